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
HOME_RELATIVE = 1e-3


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


def near(a, b, what):
    assert abs(a - b) <= FEASIBLE, (what, a, b)


def cost_of_battery(p, c):
    b, dt, cost, kwh = p["params"]["bat"], p["dt_h"], 0, p["params"]["bat"]["E0"]
    for k, (into, out) in enumerate(zip(c["ch"], c["dis"])):
        assert min(into, out) <= FEASIBLE, ("both", k)
        assert into <= b["Pc"] + FEASIBLE and out <= b["Pd"] + FEASIBLE, k
        kwh += dt * (b["etac"] * into - out / b["etad"])
        assert b["Emin"] - FEASIBLE <= kwh <= b["E"] + FEASIBLE, (k, kwh)
        cost += b["deg"] * dt * (into + out)
    assert kwh >= b["E0"] - FEASIBLE, kwh
    return cost


def cost_of_car(p, ev):
    e, dt, cost, kwh = p["params"]["ev"], p["dt_h"], 0, 0
    here, start = [x > 0.5 for x in p["series"]["ev_conn"]] + [False], None
    for k in range(p["N"]):
        assert ev[k] == 0 or here[k], k
        assert ev[k] == 0 or e["pmin"] - FEASIBLE <= ev[k] <= e["pmax"] + FEASIBLE, (k, ev[k])
        start = k if here[k] and start is None else start
        kwh += dt * e["eta"] * ev[k]
        if here[k] and (not here[k + 1] or k + 1 == p["N"]):
            cut = k + 1 == p["N"]
            need = e["need_kWh"] * ((k + 1 - start) / 52 if cut else 1)
            assert kwh <= need + 2 + FEASIBLE, (k, kwh)
            cost += e["short_pen"] * max(0, need - kwh)
            start, kwh = None, 0
    return cost


def cost_of_tank(p, zw):
    """Hot water is bought when there is none, no earlier: that is the cheapest where an hour below
    Wmin costs far less than water, as in these problems."""
    t, dt, cost, level = p["params"]["tank"], p["dt_h"], 0, p["params"]["tank"]["W0"]
    for k in range(p["N"]):
        assert zw[k] in (0, 1), (k, zw[k])
        level = (1 - t["loss"]) * level + dt * (t["p"] * zw[k] - p["series"]["draw"][k])
        cost += 4 * max(0, -level)
        level = max(level, 0)
        assert level <= t["Wmax"] + FEASIBLE, (k, level)
        cost += t["short_pen"] * dt * max(0, t["Wmin"] - level)
    return cost + 0.15 * max(0, t["W0"] - level)


def check_holds(z, before, on_min, off_min):
    """Runs of on and off that begin within the horizon, save the one that its end cuts."""
    runs, start = [], None
    for k, on in enumerate(z):
        if on != (z[k - 1] if k else before):
            start = k
            runs.append([on, 0])
        if start is not None:
            runs[-1][1] += 1
    for on, length in runs[:-1]:
        assert length >= (on_min if on else off_min), runs


def cost_of_pump(p, power, z):
    h, m, s, cost, x = p["params"]["hp"], p["thermal"], p["series"], 0, p["params"]["hp"]["x0"]
    check_holds(z, h["z0"], h["min_on"], h["min_off"])
    for k in range(p["N"]):
        assert z[k] in (0, 1), (k, z[k])
        assert h["pmin"] * z[k] - FEASIBLE <= power[k] <= h["pmax"] * z[k] + FEASIBLE, k
        heat = s["cop"][k] * power[k]
        y = m["C"] * x + m["D"] * heat + s["e"][k]
        x = m["A"] * x + m["B"] * heat + s["d"][k]
        cost += h["w_lo"] * max(0, h["Tmin"] - y) + h["w_hi"] * max(0, y - h["Tmax"])
        cost += h["start_cost"] if z[k] and not (z[k - 1] if k else h["z0"]) else 0
    return cost + h["w_term"] * max(0, h["xref"] - x)


def cost_of_home(p, c):
    """The objective of corpus/plan/README.md, from the controls alone."""
    s, dt, sub, cost = p["series"], p["dt_h"], p["case"]["sub"], 0
    none = [0] * p["N"]
    for k in range(p["N"]):
        imp, exp, cut, shed = (c[name][k] for name in ("imp", "exp", "curtail", "shed"))
        assert -FEASIBLE <= imp <= sub + FEASIBLE and -FEASIBLE <= exp <= sub + FEASIBLE, k
        assert -FEASIBLE <= cut <= s["pv"][k] + FEASIBLE and shed >= -FEASIBLE, k
        assert min(s["price_imp"]) >= 0 or min(imp, exp) <= FEASIBLE, ("both", k)
        near(imp - exp - cut + shed - c.get("ch", none)[k] + c.get("dis", none)[k] -
             c.get("ev", none)[k] - p["params"]["tank"]["p"] * c.get("zw", none)[k] -
             c.get("p", none)[k], s["load"][k] - s["pv"][k], k)
        cost += dt * (s["price_imp"][k] * imp - s["price_exp"][k] * exp + 5 * shed)
    cost += cost_of_battery(p, c) if "ch" in c else 0
    cost += cost_of_car(p, c["ev"]) if "ev" in c else 0
    cost += cost_of_tank(p, c["zw"]) if "zw" in c else 0
    return cost + (cost_of_pump(p, c["p"], c["z"]) if "z" in c else 0)


def check_home(path):
    with open(path, encoding="utf-8") as file:
        p = json.load(file)
    best, bound = p["optimum"]["milp_best"], p["optimum"]["milp_bound"]
    worst = 0
    hurried = bool(os.environ.get("OHM_SANITIZED"))  # how good a plan is in time is the machine's
    for words in ([], ["--time-limit", "10"], ["--time-limit", "1000"]):
        answer = plan(*words, path)[0]
        cost = cost_of_home(p, answer["controls"])
        assert abs(cost - answer["objective"]) <= 1e-6 * max(1, abs(cost)), (path, cost)
        # No plan beats their bound, and ours lies below every plan.
        assert answer["objective"] >= bound - 1e-5 * max(1, abs(best)), (path, words)
        assert answer["bound"] <= best + 1e-5 * max(1, abs(best)), (path, words)
        score = (answer["objective"] - best) / max(0.1, abs(best))
        worst = max(worst, 0 if hurried or words else score)
    print("%s: %+.4f %%" % (os.path.basename(path), 100 * worst))
    assert worst <= HOME_RELATIVE, (path, worst)


def main():
    folder = os.environ.get("OHM_CORPUS", "")
    heating = sorted(glob.glob(os.path.join(folder, "plan", "S*.json"))) if folder else []
    if not heating:
        print("OHM_CORPUS/plan is not here: nothing was checked")
        return 77
    for path in heating:
        check_heating(path)
    home = sorted(glob.glob(os.path.join(folder, "plan", "H*.json")))
    for path in home:
        check_home(path)
    print(len(heating), "heating problems,", len(home), "of homes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
