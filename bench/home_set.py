#!/usr/bin/env python3
"""How good the plans of homes are that nobody tuned them by: eighty homes, drawn from a seed, of a
day and of two, with all devices or some, a quarter with prices below nothing.

    bench/home_set.py OHMSTEAD PROBLEMS [BEST.json]

PROBLEMS is the directory of the public planning problems, from which shapes of load, sun, hot water
and weather are taken. Each home is solved within 100 ms (a day) or 300 ms (two); printed are what
it costs, what is best known, how far both are apart, the bound, the work, and what kind of home it
is. Best known is the least that was ever seen: BEST.json is read, and written where this run was
better, so that runs of other builds, of longer searches or of other solvers add to it."""
import json
import math
import os
import random
import resource
import subprocess
import sys
import tempfile

SEED = 20261124
CLASSES = ("96-all", "192-all", "96-some", "192-some")
LIMIT_MS = {96: 100, 192: 300}
PRICES = {"bleu": (.1325, .1612), "blanc": (.1499, .1871), "rouge": (.1575, .7060)}
SOURCES = ("H01_bat_pv_blanc", "H02_bat_pv_rouge", "H03_ev_deadline_sub6", "H04_tank_pv",
           "H05_hp_minonoff_rouge", "H09_negative_prices", "H11_bat_pv_48h_lp")


def solve2(a, b):
    """Two equations."""
    det = a[0][0] * a[1][1] - a[0][1] * a[1][0]
    return ((b[0] * a[1][1] - b[1] * a[0][1]) / det, (a[0][0] * b[1] - a[1][0] * b[0]) / det)


class Shapes:
    """What the public problems have in common, by hours of the day."""

    def __init__(self, directory):
        problems = [json.load(open(os.path.join(directory, s + ".json"))) for s in SOURCES]
        first, last = problems[0], problems[-1]
        self.params, self.thermal = first["params"], first["thermal"]
        self.sun = {h % 24: v / (6 * .7)
                    for h, v in zip(first["series"]["hour"], first["series"]["pv"])}
        hours = last["series"]["hour"]
        self.load = dict(zip(hours, last["series"]["load"]))
        self.draw = dict(zip(hours, last["series"]["draw"]))
        rows = []
        for p in problems:
            s = p["series"]
            for k, h in enumerate(s["hour"]):
                sun = p["case"]["q"][int(h // 24)] * self.sun[h % 24]
                rows.append((h % 24, s["t_out"][k], sun, s["d"][k], s["e"][k], s["cop"][k],
                             s["ev_conn"][k]))
        self.here = {r[0]: r[6] for r in rows}
        self.cops = sorted((r[1], r[5]) for r in rows)
        self.drift, self.offset = self.fit(rows, 3), self.fit(rows, 4)

    @staticmethod
    def fit(rows, column):
        """(of the weather, of the sun, by hours): least squares."""
        hours = {}
        for r in rows:
            hours.setdefault(r[0], []).append(r)
        a, b = [[0, 0], [0, 0]], [0, 0]
        for group in hours.values():
            mean = [sum(r[c] for r in group) / len(group) for c in (1, 2, column)]
            for r in group:
                x = (r[1] - mean[0], r[2] - mean[1])
                for i in range(2):
                    b[i] += x[i] * (r[column] - mean[2])
                    for j in range(2):
                        a[i][j] += x[i] * x[j]
        w = solve2(a, b)
        rest = {h: sum(r[column] - w[0] * r[1] - w[1] * r[2] for r in g) / len(g)
                for h, g in hours.items()}
        return w[0], w[1], rest

    def cop(self, t):
        first, later = self.cops[0], self.cops[50]
        if t <= first[0]:
            return later[1] + (later[1] - first[1]) / (later[0] - first[0]) * (t - later[0])
        for (a, b), (c, d) in zip(self.cops, self.cops[1:]):
            if a <= t <= c:
                return b + (d - b) * (t - a) / (c - a) if c > a else b
        return self.cops[-1][1]


def price(hour, colours):
    colour = colours[max(0, min(3, int((hour - 6) // 24) + 1))]
    return PRICES[colour][0 if hour % 24 >= 22 or hour % 24 < 6 else 1]


def case_of(rng, steps, whole):
    start = rng.choice((0, 6, 8, 12, 16, 18, 20, 22))
    base = rng.choice(("bleu", "blanc", "rouge", "mix"))
    colours = [rng.choice(sorted(PRICES)) for _ in range(4)] if base == "mix" else [base] * 4
    some = ("bewh", "beh", "bwh", "ewh", "eh", "wh", "bh", "bew", "ew", "bw", "h")
    case = {"N": steps, "h0": start, "col": colours,
            "T": [rng.choice((-5, -2, 0, 2, 4, 8, 12)), rng.choice((3, 4, 6))],
            "pv": rng.choice((0, 3, 6, 9)), "q": [round(rng.random(), 1) for _ in range(4)],
            "exp": rng.choice((0, .04, .04, .1)), "sub": rng.choice((6, 6, 9, 9, 12)),
            "dev": "bewh" if whole else rng.choice(some)}
    if rng.random() < .25:
        case["neg"] = [11, 16]
    return case


def home(rng, shapes, steps, whole):
    case = case_of(rng, steps, whole)
    hours = [case["h0"] + k / 4 for k in range(steps)]
    out = [case["T"][0] + case["T"][1] * math.sin((h + .125 - 9) * math.pi / 12) for h in hours]
    sun = [case["q"][int(h // 24)] * shapes.sun[h % 24] for h in hours]
    below = case.get("neg", (0, 0))
    weather = {name: [w[0] * t + w[1] * q + w[2][h % 24] for t, q, h in zip(out, sun, hours)]
               for name, w in (("d", shapes.drift), ("e", shapes.offset))}
    params = json.loads(json.dumps(shapes.params))
    if not whole:
        params["bat"]["E0"] = rng.uniform(1, 10)
        params["tank"]["W0"] = rng.uniform(1.5, 8)
        params["hp"]["x0"], params["hp"]["z0"] = rng.uniform(19, 22), rng.randrange(2)
        params["ev"]["need_kWh"] = rng.choice((6, 12, 22, 30))
        params["hp"]["min_on"] = params["hp"]["min_off"] = rng.choice((2, 4, 6))
    series = {"t_out": out, "hour": hours, "price_exp": [case["exp"]] * steps,
              "price_imp": [-.05 if below[0] <= h % 24 < below[1] else price(h, case["col"])
                            for h in hours],
              "load": [shapes.load[h if h < 48 else h - 24] for h in hours],
              "pv": [case["pv"] * q for q in sun], "draw": [shapes.draw[h % 48] for h in hours],
              "ev_conn": [shapes.here[h % 24] for h in hours],
              "cop": [shapes.cop(t) for t in out], **weather}
    return {"case": case, "dt_h": .25, "N": steps, "params": params, "thermal": shapes.thermal,
            "series": series}


def homes(directory):
    shapes = Shapes(directory)
    for name in CLASSES:
        rng = random.Random("%d %s" % (SEED, name))
        for n in range(20):
            yield "%s-%02d" % (name, n), home(rng, shapes, int(name.split("-")[0]),
                                              name.endswith("all"))


def solve(binary, path, limit_ms):
    """The answer, and the processor's ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    text = subprocess.run([binary, "plan", path, "--time-limit", str(limit_ms)], check=True,
                          capture_output=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    return json.loads(text), 1e3 * (after - before)


def main():
    binary, directory = sys.argv[1:3]
    kept = sys.argv[3] if len(sys.argv) > 3 else None
    best = json.load(open(kept)) if kept and os.path.exists(kept) else {}
    rows = []
    with tempfile.TemporaryDirectory() as tmp:
        for name, problem in homes(directory):
            path = os.path.join(tmp, name + ".json")
            with open(path, "w") as out:
                json.dump(problem, out)
            answer, ms = solve(binary, path, LIMIT_MS[problem["N"]])
            best[name] = min(best.get(name, math.inf), answer["objective"])
            kind = problem["case"]["dev"] + (", below nothing" if "neg" in problem["case"] else "")
            rows.append((name, kind, answer, ms))
    near = 0
    for name, kind, answer, ms in rows:
        gap = (answer["objective"] - best[name]) / abs(best[name])
        near += gap <= 1e-3
        print("%-12s %10.5f best %10.5f (%6.3f %%) bound %10.5f %4d programs %4.0f ms  %s" % (
            name, answer["objective"], best[name], 100 * gap, answer["bound"],
            answer["iterations"], ms, kind))
    print("%d of %d within 0.1 %% of the best known" % (near, len(rows)))
    if kept:
        with open(kept, "w") as out:
            json.dump(best, out, indent=0, sort_keys=True)


if __name__ == "__main__":
    main()
