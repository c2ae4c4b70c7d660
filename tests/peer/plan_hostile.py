#!/usr/bin/env python3
"""ohmstead plan under problems nobody would write: every field at its edges, absent, of the wrong
kind; devices of no size, deadlines that can't be, starts outside of their ranges, one step and
days of five minutes. A plan comes out of all that has one, and its controls keep every limit and
cost what the answer says, counted here from the controls alone; what no plan can come of is refused
by its name. Nothing crashes, nothing is silently wrong.

usage: plan_hostile.py OHMSTEAD"""
import copy
import json
import os
import subprocess
import sys
import tempfile

import plan_problems as problems

os.environ["LC_ALL"] = "C.UTF-8"  # what is said is looked for in English
FEASIBLE, RELATIVE = 1e-6, 1e-6
ORDER = ["tank_end", "temp_end", "temp_max", "temp_min", "tank_min", "battery_range", "car_need",
         "hot_water", "subscribed_power", "feed_in"]
MIXED = int(os.environ.get("OHM_MIXED", "30"))
LONG = os.environ.get("OHM_SANITIZED") != "1"


class Runner:
    def __init__(self, ohmstead, folder):
        self.ohmstead, self.path, self.count = ohmstead, os.path.join(folder, "p.json"), 0

    def run(self, text, *words):
        with open(self.path, "w", encoding="utf-8") as out:
            out.write(text)
        self.count += 1
        done = subprocess.run([self.ohmstead, "plan", self.path, *words], text=True,
                              capture_output=True, timeout=300, check=False)
        assert done.returncode in (0, 1), (done.returncode, done.stderr)
        return done

    def plan(self, why, problem, *words):
        """The answer, which must be there."""
        done = self.run(json.dumps(problem), *words)
        assert done.returncode == 0, (why, "no plan", done.stderr)
        return json.loads(done.stdout), done.stderr

    def refused(self, why, problem, name):
        """Refused, by the name of what is wrong, and nothing is printed."""
        text = problem if isinstance(problem, str) else json.dumps(problem)
        done = self.run(text)
        assert done.returncode == 1 and done.stdout == "", (why, done.stdout[:200])
        assert name in done.stderr, (why, name, done.stderr)


# --- what a home's controls cost ------------------------------------------------------------------

def near(a, b, why):
    assert abs(a - b) <= RELATIVE * max(1, abs(a), abs(b)), (why, a, b)


def grid(p, c, why):
    s, dt, sub, cost = p["series"], p["dt_h"], p["case"]["sub"], 0
    excludes, none = min(s["price_imp"]) < 0, [0] * p["N"]
    pv, sell = s.get("pv", none), s.get("price_exp", none)
    tank_kw = p["params"].get("tank", {}).get("p", 2.4)
    over = 0
    for k in range(p["N"]):
        imp, exp, cut, shed = (c[name][k] for name in ("imp", "exp", "curtail", "shed"))
        assert -FEASIBLE <= min(imp, exp, cut, shed), (why, k, imp, exp, cut, shed)
        assert max(imp, exp) <= sub + FEASIBLE and cut <= pv[k] + FEASIBLE, (why, k, imp, exp, cut)
        assert not excludes or min(imp, exp) <= FEASIBLE, (why, k, imp, exp)
        used = sum(c.get(name, none)[k] for name in ("ch", "ev", "p")) \
            - c.get("dis", none)[k] + tank_kw * c.get("zw", none)[k]
        left = imp - exp - cut + shed - used - s["load"][k] + pv[k]
        assert left >= -1e-5, (why, k, left)
        over += dt * max(0, left - FEASIBLE)
        cost += dt * (s["price_imp"][k] * imp - sell[k] * exp + 5 * shed)
    return cost, over


def battery(p, c, why):
    b, dt = p["params"]["bat"], p["dt_h"]
    eta_in, eta_out, least = b.get("etac", 1), b.get("etad", 1), b.get("Emin", 0)
    kwh, cost, lowest, highest = b["E0"], 0, min(least, b["E0"]), max(b["E"], b["E0"])
    for k in range(p["N"]):
        assert min(c["ch"][k], c["dis"][k]) <= FEASIBLE, (why, k)
        assert -FEASIBLE <= c["ch"][k] <= b["Pc"] + FEASIBLE, (why, k)
        assert -FEASIBLE <= c["dis"][k] <= b["Pd"] + FEASIBLE, (why, k)
        kwh += dt * (eta_in * c["ch"][k] - c["dis"][k] / eta_out)
        assert lowest - 1e-5 <= kwh <= highest + 1e-5, (why, k, kwh)
        cost += b.get("deg", 0) * dt * (c["ch"][k] + c["dis"][k])
        cost += dt * (max(0, least - kwh - FEASIBLE) if k + 1 < p["N"] else 0)
        cost += dt * max(0, kwh - b["E"] - FEASIBLE)
    assert kwh >= min(b["E0"], b["E"]) - 1e-5, (why, kwh)
    return cost - b.get("end_eur_per_kwh", 0) * (min(kwh, b["E"]) - b["E0"])


def car(p, c, why):
    e, dt, here = p["params"]["ev"], p["dt_h"], p["series"]["ev_conn"] + [0]
    cost, kwh, start = 0, 0, None
    for k in range(p["N"]):
        power = c["ev"][k]
        if here[k] <= 0.5:
            assert power == 0, (why, k, power)
            start, kwh = None, 0
            continue
        start = k if start is None else start
        least = e.get("pmin", 0)
        assert power == 0 or least - FEASIBLE <= power <= e["pmax"] + FEASIBLE, (why, k, power)
        kwh += dt * e.get("eta", 1) * power
        last = k + 1 == p["N"]
        if here[k + 1] > 0.5 and not last:
            continue
        length = k + 1 - start
        part = min(1, length * dt / e["stay_h"]) if e.get("stay_h") else length / 52
        need = e["need_kWh"] * (part if last else 1)
        assert kwh <= need + 2 + 1e-5, (why, k, kwh, need)
        cost += e.get("short_pen", 5) * max(0, need - kwh)
    return cost


def tank(p, c, why):
    """At least what is bought when there is none: an upper end."""
    t, dt, level, cost = p["params"]["tank"], p["dt_h"], p["params"]["tank"]["W0"], 0
    draw, most = p["series"].get("draw", [0] * p["N"]), max(t["Wmax"], t["W0"])
    for k in range(p["N"]):
        assert c["zw"][k] in (0, 1), (why, k)
        level = (1 - t.get("loss", 0)) * level + dt * (t.get("p", 2.4) * c["zw"][k] - draw[k])
        cost += 4 * max(0, -level)
        level = max(0, level)
        assert level <= most + 1e-5 or not c["zw"][k], (why, k, level)
        cost += t.get("short_pen", 5) * dt * max(0, t.get("Wmin", 0) - level)
    return cost + 0.15 * max(0, t["W0"] - level)


def holds(h, z, why):
    start, before = None, h.get("z0", 0)
    for k, on in enumerate(z):
        if bool(on) == bool(before):
            continue
        if start is not None:
            least = h.get("min_on", 0) if before else h.get("min_off", 0)
            assert k - start >= least, (why, k, least)
        start, before = k, on


def pump(p, c, why):
    h, m, s, x, cost = p["params"]["hp"], p["thermal"], p["series"], p["params"]["hp"]["x0"], 0
    holds(h, c["z"], why)
    before = h.get("z0", 0)
    for k in range(p["N"]):
        on, power = c["z"][k], c["p"][k]
        assert h.get("pmin", 0) * on - FEASIBLE <= power <= h["pmax"] * on + FEASIBLE, (why, k)
        heat = s["cop"][k] * power
        y = m["C"] * x + m["D"] * heat + s.get("e", [0] * p["N"])[k]
        x = m["A"] * x + m["B"] * heat + s["d"][k]
        cost += h["w_lo"] * max(0, h["Tmin"] - y) + h.get("w_hi", 0) * max(0, y - h["Tmax"])
        cost += h.get("start_cost", 0) if on and not before else 0
        before = on
    return cost + h.get("w_term", 0) * max(0, h.get("xref", x) - x)


def check_home(p, answer, why):
    c, devices = answer["controls"], p["case"]["dev"]
    cost, over = grid(p, c, why)
    cost += 50 * over
    for letter, part in (("b", battery), ("e", car), ("h", pump)):
        cost += part(p, c, why) if letter in devices else 0
    most = cost + (tank(p, c, why) if "w" in devices else 0)
    slack = 1e-4 * (1 + abs(most))
    water = any(r["limit"] in ("hot_water", "tank_min") for r in answer["relaxed"])
    assert answer["objective"] <= most + slack, (why, answer["objective"], most)
    assert water or abs(answer["objective"] - most) <= slack, (why, answer["objective"], most)
    assert answer["bound"] is None or answer["bound"] <= answer["objective"] + slack, why
    assert answer["objective"] <= answer["rules"] + slack, (why, answer["rules"])
    names = [r["limit"] for r in answer["relaxed"]]
    assert names == sorted(names, key=ORDER.index) and len(set(names)) == len(names), (why, names)
    assert all(r["steps"] > 0 and r["most"] > 0 for r in answer["relaxed"]), (why, answer["relaxed"])
    return names


def relaxed(answer, name):
    return [r for r in answer["relaxed"] if r["limit"] == name]


# --- homes ---------------------------------------------------------------------------------------

def base(devices="bewh", steps=24, number=3):
    p = problems.home(problems.rng_of(number), devices, steps)
    p["dt_h"] = 0.25
    p["series"]["price_imp"] = [abs(v) for v in p["series"]["price_imp"]]
    return p


def changed(p, **places):
    """A copy with `params__bat__E=0` and the like; None: absent."""
    out = copy.deepcopy(p)
    for path, value in places.items():
        *heads, last = path.split("__")
        at = out
        for head in heads:
            at = at[head]
        if value is None:
            at.pop(last, None)
        else:
            at[last] = value
    return out


def edge_homes():
    """(why, problem, what must be among the relaxed)"""
    p, day = base(), 24
    negative = [-0.3 if k % 5 == 2 else 0.2 for k in range(day)]
    yield "as it is", p, None
    yield "no device", base("", 24), None
    yield "one step", base("bewh", 1), None
    yield "two steps", base("bewh", 2), None
    yield "five minutes", changed(p, dt_h=1 / 12), None
    yield "an hour", changed(p, dt_h=1.0), None
    yield "a battery of no size", changed(p, params__bat__E=0, params__bat__Emin=0,
                                          params__bat__E0=0), None
    yield "a battery of no power", changed(p, params__bat__Pc=0, params__bat__Pd=0), None
    yield "reserve above the state", changed(p, params__bat__E0=1.0, params__bat__Emin=5.0), \
        "battery_range"
    yield "reserve above the state, no power", \
        changed(p, params__bat__E0=1.0, params__bat__Emin=5.0, params__bat__Pc=0), "battery_range"
    yield "more in the battery than it holds", \
        changed(p, params__bat__E0=12.0, series__load=[0.0] * day), "battery_range"
    yield "a stored kWh is worth much", changed(p, params__bat__end_eur_per_kwh=0.5), None
    yield "the same, from below the reserve", \
        changed(p, params__bat__end_eur_per_kwh=0.5, params__bat__E0=1.0, params__bat__Emin=5.0), \
        "battery_range"
    yield "a full car", changed(p, params__ev__need_kWh=0), None
    yield "a car that can't be full", changed(p, params__ev__need_kWh=500), "car_need"
    yield "a car of no power", changed(p, params__ev__pmin=0, params__ev__pmax=0), "car_need"
    yield "a car of one power", changed(p, params__ev__pmin=2.0, params__ev__pmax=2.0), None
    yield "a car that never comes", changed(p, series__ev_conn=[0.0] * day), None
    yield "a car that leaves at once", changed(p, series__ev_conn=[1.0] + [0.0] * (day - 1)), \
        "car_need"
    yield "a car that comes at last", changed(p, series__ev_conn=[0.0] * (day - 1) + [1.0]), None
    yield "a car that comes and goes", changed(p, series__ev_conn=[1.0, 0.0] * (day // 2)), \
        "car_need"
    yield "a stay in hours", changed(p, params__ev__stay_h=8, series__ev_conn=[1.0] * day), None
    yield "a tank of no size", changed(p, params__tank__Wmax=0, params__tank__Wmin=0,
                                       params__tank__W0=0), None
    yield "a tank below its least", changed(p, params__tank__W0=0.2, params__tank__Wmin=4.0), \
        "tank_min"
    yield "a tank above its most", changed(p, params__tank__W0=12.0), None
    yield "a heater of no power", changed(p, params__tank__p=0, series__draw=[2.0] * day), \
        "hot_water"
    yield "least above most", changed(p, params__tank__Wmin=9.0, params__tank__Wmax=8.0), "tank_min"
    yield "a pump of no power", changed(p, params__hp__pmin=0, params__hp__pmax=0,
                                        params__hp__x0=10), "temp_min"
    yield "a cold house", changed(p, params__hp__x0=-30), "temp_min"
    yield "a hot house", changed(p, params__hp__x0=60), "temp_max"
    yield "limits that cross", changed(p, params__hp__Tmin=24, params__hp__Tmax=19), None
    yield "on for longer than the day", changed(p, params__hp__min_on=60, params__hp__min_off=60), \
        None
    yield "running, and long", changed(p, params__hp__z0=1, params__hp__min_on=30), None
    yield "running, as a truth", changed(p, params__hp__z0=True), None
    yield "a pump that makes no heat", changed(p, series__cop=[0.0] * day), None
    yield "negative prices", changed(p, series__price_imp=negative), None
    yield "always negative", changed(p, series__price_imp=[-0.4] * day), None
    yield "negative, export pays", changed(p, series__price_imp=negative,
                                           series__price_exp=[0.1] * day), None
    yield "export is dear", changed(p, series__price_exp=[-0.2] * day), None
    yield "nothing costs", changed(p, series__price_imp=[0.0] * day, series__price_exp=[0.0] * day), \
        None
    yield "export pays more than import", changed(p, series__price_exp=[0.9] * day), None
    yield "no subscription", changed(p, case__sub=0), "subscribed_power"
    yield "a load above it", changed(p, series__load=[20.0] * day), "subscribed_power"
    yield "a load that comes back", changed(p, case__sub=1, case__dev="", series__load=[-9.0] * day), \
        "feed_in"
    yield "much sun, small sub", changed(p, case__sub=1, series__pv=[9.0] * day), None
    yield "least of everything", optional_absent(p), None


def optional_absent(p):
    absent = {"bat": ("Emin", "etac", "etad", "deg"), "ev": ("pmin", "eta", "short_pen"),
              "tank": ("p", "loss", "Wmin", "short_pen"),
              "hp": ("pmin", "min_on", "min_off", "start_cost", "z0", "w_hi", "xref", "w_term")}
    out = changed(p, series__price_exp=None, series__pv=None, series__draw=None, series__e=None)
    for device, names in absent.items():
        for name in names:
            out["params"][device].pop(name, None)
    return out


# What may be wrong at once: each a few fields.
MIXES = (
    {"params__bat__E0": 0.2, "params__bat__Emin": 6.0}, {"params__bat__E0": 15.0},
    {"params__bat__Pc": 0}, {"params__bat__Pd": 0}, {"params__bat__E": 0, "params__bat__Emin": 0},
    {"params__bat__E": 5000.0, "params__bat__Pc": 900.0, "params__bat__Pd": 900.0},
    {"params__bat__end_eur_per_kwh": 3.0}, {"params__bat__deg": 0},
    {"params__ev__need_kWh": 900.0}, {"params__ev__pmin": 7.4}, {"params__ev__pmax": 90.0},
    {"params__ev__short_pen": 1000.0}, {"params__ev__short_pen": 0},
    {"params__tank__W0": 20.0}, {"params__tank__Wmin": 12.0}, {"params__tank__p": 30.0},
    {"params__tank__loss": 0.9}, {"params__tank__short_pen": 500.0}, {"params__tank__W0": 0},
    {"params__hp__x0": -50.0}, {"params__hp__x0": 90.0}, {"params__hp__pmin": 3.2},
    {"params__hp__min_on": 24, "params__hp__min_off": 24}, {"params__hp__start_cost": 50.0},
    {"params__hp__Tmin": 25.0, "params__hp__Tmax": 18.0}, {"params__hp__w_lo": 900.0},
    {"params__hp__pmax": 40.0}, {"case__sub": 0}, {"case__sub": 0.5}, {"case__sub": 400},
)
SERIES = {"price_imp": (-2.0, 0.0, 0.2, 50.0), "price_exp": (-1.0, 0.0, 0.9, 20.0),
          "load": (-8.0, 0.0, 2.0, 60.0), "pv": (0.0, 5.0, 80.0), "draw": (0.0, 2.0, 40.0),
          "ev_conn": (0.0, 1.0), "cop": (0.0, 3.0, 9.0), "d": (-3.0, 0.0, 2.0), "e": (-9.0, 1.0)}


def mixed_home(number):
    """Several of those at once, and series that jump; of a day whose clocks change, or one step."""
    rng = problems.rng_of(50000 + number)
    devices = rng.choice(("bewh", "bewh", "bew", "bh", "ewh", "beh", "w", ""))
    p = base(devices, rng.choice((1, 2, 24, 24, 92, 96, 100)), number)
    p["dt_h"] = rng.choice((0.25, 0.25, 1.0, 1 / 12))
    for places in rng.sample(MIXES, rng.randrange(1, 6)):
        p = changed(p, **places)
    for key in rng.sample(sorted(SERIES), rng.randrange(0, 4)):
        p["series"][key] = [rng.choice(SERIES[key]) for _ in range(p["N"])]
    p["params"]["ev"]["pmax"] = max(p["params"]["ev"]["pmin"], p["params"]["ev"]["pmax"])
    p["params"]["bat"]["Emin"] = min(p["params"]["bat"]["Emin"], p["params"]["bat"]["E"])
    return p


def long_homes():
    yield "days of five minutes", base("bewh", 576)
    if LONG:
        yield "ten days of five minutes", changed(base("bewh", 2880), dt_h=1 / 12)
        yield "ten days, long runs", changed(base("h", 2880), dt_h=1 / 12, params__hp__min_on=40)


def check_homes(run):
    for i, (why, p, name) in enumerate(edge_homes()):
        for words in ((), ("--time-limit", "10")) if LONG else (((), ("--time-limit", "10"))[i % 2],):
            answer, _ = run.plan(why, p, *words)
            names = check_home(p, answer, why)
            assert name is None or name in names, (why, name, names)
            assert name is None or relaxed(answer, name)[0]["cost_eur"] > 0 or name == "temp_max"
    for number in range(MIXED):
        p = mixed_home(number)
        answer, _ = run.plan(number, p, "--time-limit", "10")
        check_home(p, answer, ("mixed", number))
        for gave in answer["relaxed"]:
            assert gave["limit"] in ORDER and gave["cost_eur"] >= 0, (number, gave)
    for why, p in long_homes():
        answer, _ = run.plan(why, p, "--time-limit", "2000")
        check_home(p, answer, why)


def wrong_values():
    return float("nan"), float("inf"), 1e308, -1e308, "12", None, [], {}, [1]


def refuse_homes(run):
    p = base("bewh", 4)
    for device, key in (("bat", "E"), ("bat", "E0"), ("bat", "Pc"), ("ev", "pmax"),
                        ("ev", "need_kWh"), ("tank", "W0"), ("tank", "Wmax"), ("hp", "pmax"),
                        ("hp", "Tmin"), ("hp", "x0")):
        run.refused("absent", changed(p, **{"params__%s__%s" % (device, key): None}), key)
    for key in ("price_imp", "load", "ev_conn", "cop", "d"):
        run.refused("absent", changed(p, **{"series__" + key: None}), key)
        run.refused("short", changed(p, **{"series__" + key: [1.0] * 3}), key)
    for value in wrong_values():
        bad = copy.deepcopy(p)
        bad["series"]["price_imp"][2] = value
        text = json.dumps(bad)
        run.refused("a gap in the prices", text,
                    "" if "NaN" in text or "Inf" in text else "price_imp[2]: is no number")
        for key in ("etac", "Pc", "E"):
            bad = copy.deepcopy(p)
            bad["params"]["bat"][key] = value
            run.refused("a wrong value", json.dumps(bad), "")
        if value is not None:
            run.refused("a wrong step", changed(p, dt_h=value), "")
            run.refused("a wrong horizon", changed(p, N=value), "")
    run.refused("no horizon", changed(p, N=0), "N")
    run.refused("no such device", changed(p, case__dev="bx"), "case.dev")
    run.refused("a ratio above 1", changed(p, params__bat__etac=1.2), "efficiencies are out of range\n")
    run.refused("a pump's range", changed(p, params__hp__pmin=5, params__hp__pmax=3), "powers")
    run.refused("a list", "[]", "")
    os.environ["LC_ALL"] = "fr_FR.UTF-8"
    run.refused("in French", changed(p, N=0), "N: n’est pas un entier dans ses limites")
    os.environ["LC_ALL"] = "C.UTF-8"
    run.refused("nothing", "", "")
    run.refused("cut", json.dumps(p)[:-30], "")


def check_notes(run):
    p = base("bw", 4)
    p["params"]["bat"]["Emix"] = 2
    p["series"]["load"].append(1.0)
    _, said = run.plan("a slip of the pen", p, "--variant", "lp")
    assert "params.bat.Emix" in said and "load: has 5 entries" in said, said
    assert "--variant" in said, said
    heating = problems.heating(problems.rng_of(1), "plain")
    heating["tmin"], heating["c"] = 3, heating["c"] + [0.1]
    heating["x0"] = heating["x0"] + [1.0]
    _, said = run.plan("a slip of the pen", heating)
    assert "tmin: is no key" in said and "c: has" in said and "x0: has" in said, said
    answer, said = run.plan("nothing to say", base("b", 4))
    assert said == "" and answer["converged"] and not answer["time_over"], (said, answer)


# --- the heating of a zone -----------------------------------------------------------------------

def stretch(p, steps):
    p["N"] = steps
    for key in ("c", "d", "e"):
        p[key] = [p[key][k % len(p[key])] for k in range(steps)]
    return p


def edge_heating():
    for number in range(8):
        yield problems.heating(problems.rng_of(number), "plain")
    for steps in (1, 288) + ((2880,) if LONG else ()):
        for number in (2, 3):
            yield stretch(problems.heating(problems.rng_of(number), "plain"), steps)
    p = stretch(problems.heating(problems.rng_of(5), "plain"), 48)
    n = p["n"]
    yield changed(p, Tmin=25, Tmax=19)
    yield changed(p, umax=0)
    yield changed(p, umin=3, umax=3)
    yield changed(p, x0=[-200.0] * n)
    yield changed(p, x0=[900.0] * n)
    yield changed(p, c=[-1.0] * 48)
    yield changed(p, c=[0.0] * 48, w_lo=0, w_hi=0, q_hi=0, w_term=[0.0] * n)
    yield changed(p, w_lo=1e6, w_hi=1e6)
    yield changed(p, c=[10.0] * 48)
    yield changed(p, dt_h=None)


def check_heating(run):
    for i, p in enumerate(edge_heating()):
        for variant in ("lp", "qp"):
            for words in ((), ("--time-limit", "10")):
                answer, _ = run.plan(i, p, "--variant", variant, *words)
                for u in answer["u"]:
                    assert p["umin"] - FEASIBLE <= u <= p["umax"] + FEASIBLE, (i, u)
                cost = problems.heating_cost(p, answer["u"], p["q_hi"] if variant == "qp" else 0)
                near(cost, answer["objective"], i)
                assert answer["bound"] <= cost + RELATIVE * (1 + abs(cost)), (i, answer["bound"])
                assert answer["converged"] or words, (i, answer["gap"])
    dear = changed(p, c=[1e6] * p["N"], dt_h=0.25)
    answer, said = run.plan("no price", dear)
    assert answer["converged"] or "not known to be the best" in said, (answer["gap"], said)


def refuse_heating(run):
    p = stretch(problems.heating(problems.rng_of(5), "plain"), 4)
    for key in ("n", "N", "A", "B", "C", "D", "x0", "umin", "umax", "Tmin", "Tmax", "w_lo", "w_hi",
                "q_hi", "x_ref", "w_term", "c", "d", "e"):
        run.refused("absent", changed(p, **{key: None}), key)
        for value in ("x", {}, 1e308, float("nan")):
            run.refused("wrong", changed(p, **{key: value}), "")
    for key in ("c", "e"):
        bad = copy.deepcopy(p)
        bad[key][1] = None
        run.refused("a gap", bad, key)
    run.refused("powers that cross", changed(p, umin=5, umax=1), "power")
    run.refused("a model that runs away", changed(stretch(copy.deepcopy(p), 96),
                                                  A=[[3.0, 0.0], [0.0, 3.0]][:p["n"]]
                                                  if p["n"] == 2 else [[3.0]]), "stable")


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = Runner(sys.argv[1], folder)
        check_homes(run)
        refuse_homes(run)
        check_notes(run)
        check_heating(run)
        refuse_heating(run)
        print("%d problems: planned and checked, or refused by name" % run.count)


if __name__ == "__main__":
    main()
