#!/usr/bin/env python3
"""Every public planning problem through `ohmstead plan`: what the plan costs, computed here again
from its controls, against the references; and the replays in their order.

usage: corpus_plan.py OHMSTEAD"""
import glob
import json
import os
import subprocess
import sys

RELATIVE = 1e-5
FEASIBLE = 1e-6


def plan(*words):
    done = subprocess.run([sys.argv[1], "plan", *words], text=True, capture_output=True,
                          timeout=120, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def close(a, b, what):
    assert abs(a - b) <= RELATIVE * max(1, abs(b)), (what, a, b)


def cost_of_heating(p, u, x, at, curve):
    """The objective of corpus/plan/README.md, from the controls alone."""
    n, cost = p["n"], 0
    for k in range(p["N"]):
        assert p["umin"] - FEASIBLE <= u[k] <= p["umax"] + FEASIBLE, (k, u[k])
        y = sum(p["C"][i] * x[i] for i in range(n)) + p["D"] * u[k] + p["e"][at + k]
        below, above = max(0, p["Tmin"] - y), max(0, y - p["Tmax"])
        cost += p["c"][at + k] * u[k] + p["w_lo"] * below + (p["w_hi"] + curve * above) * above
        d = p["d"][at + k]
        x = [sum(p["A"][i][j] * x[j] for j in range(n)) + p["B"][i] * u[k] +
             (d[i] if isinstance(d, list) else d) for i in range(n)]
    return cost + sum(p["w_term"][i] * max(0, p["x_ref"][i] - x[i]) for i in range(n))


def check_heating(path):
    with open(path, encoding="utf-8") as file:
        p = json.load(file)
    for variant, curve in (("lp", 0), ("qp", p["q_hi"])):
        answer = plan("--variant", variant, path)[0]
        close(answer["objective"], p["optimum"][variant]["objective"], (path, variant))
        cost = cost_of_heating(p, answer["u"], p["x0"], 0, curve)
        assert abs(cost - answer["objective"]) <= 1e-6 * max(1, cost), (path, variant, cost)
        assert 0 <= answer["gap"] <= RELATIVE, (path, variant, answer["gap"])
        lines = plan("--replay", "--variant", variant, path)
        assert len(lines) == p["replay"], (path, len(lines))
        for t, (line, ref) in enumerate(zip(lines, p["replay_ref"]["lp"])):
            if variant == "lp":
                close(line["objective"], ref["objective"], (path, t))
            cost = cost_of_heating(p, line["u"], ref["x0"], t, curve)
            assert abs(cost - line["objective"]) <= 1e-6 * max(1, cost), (path, variant, t, cost)
            assert 0 <= line["gap"] <= RELATIVE, (path, variant, t, line["gap"])


def main():
    folder = os.environ.get("OHM_CORPUS", "")
    heating = sorted(glob.glob(os.path.join(folder, "plan", "S*.json"))) if folder else []
    if not heating:
        print("OHM_CORPUS/plan is not here: nothing was checked")
        return 77
    for path in heating:
        check_heating(path)
    print(len(heating), "heating problems")
    return 0


if __name__ == "__main__":
    sys.exit(main())
