"""Random planning problems of the documented shape (docs/plan.md), and the same problems as linear
programs in CPLEX's LP format, written here from the documented model alone: nothing of ohmstead
is asked what its own problem is."""
import math
import random

FAR = 1e30


class Program:
    """A linear program that is written as text: costs, rows, ranges, whole variables."""

    def __init__(self):
        self.costs, self.rows, self.ranges, self.whole, self.constant = {}, [], {}, [], 0.0

    def var(self, name, low=0.0, high=FAR, cost=0.0, whole=False):
        self.ranges[name] = (low, high)
        if cost:
            self.costs[name] = self.costs.get(name, 0.0) + cost
        if whole:
            self.whole.append(name)
        return name

    def row(self, terms, relation, right):
        """terms: (factor, name) pairs; equal names are added up."""
        sums = {}
        for factor, name in terms:
            sums[name] = sums.get(name, 0.0) + factor
        self.rows.append(([(f, n) for n, f in sums.items() if f], relation, right))

    @staticmethod
    def _sum(terms):
        return " ".join("%s %.17g %s" % ("-" if f < 0 else "+", abs(f), n) for f, n in terms)

    def text(self):
        out = ["Minimize", " obj: " + (self._sum((c, n) for n, c in self.costs.items()) or "0 zero")]
        out.append("Subject To")
        for i, (terms, relation, right) in enumerate(self.rows):
            out.append(" r%d: %s %s %.17g" % (i, self._sum(terms) or "0 zero", relation, right))
        out.append("Bounds")
        out.append(" 0 <= zero <= 0")
        for name, (low, high) in self.ranges.items():
            low_text = "-inf" if low <= -FAR else "%.17g" % low
            high_text = "+inf" if high >= FAR else "%.17g" % high
            out.append(" %s <= %s <= %s" % (low_text, name, high_text))
        if self.whole:
            out += ["General", " " + "\n ".join(self.whole)]
        return "\n".join(out + ["End", ""])


# --- the heating of a zone ------------------------------------------------------------------------

def heating(rng, kind):
    """A problem of that kind (see KINDS)."""
    n, steps = rng.choice((1, 2)), rng.choice((1, 2, 5, 12, 24, 48))
    if n == 1:
        a, b, c, d = [[rng.uniform(0.9, 0.999)]], [rng.uniform(0.01, 0.1)], [rng.uniform(0.7, 1)], \
            rng.uniform(0, 1.2)
    else:
        mix = rng.uniform(0.01, 0.3)
        a = [[0.97 - mix, mix], [mix / 20, 0.995 - mix / 20]]
        b, c, d = [rng.uniform(0.1, 0.6), rng.uniform(0, 0.02)], [1 - rng.uniform(0, .2), 0.05], \
            rng.uniform(0, 0.2)
    out = [rng.uniform(-8, 15) + 4 * math.sin(k / 15) for k in range(steps)]
    p = {"n": n, "N": steps, "dt_h": 0.25, "A": a, "B": b, "C": c, "D": d, "umin": 0,
         "umax": rng.uniform(3, 12), "Tmin": 19.0, "Tmax": rng.choice((21.0, 24.0, 28.0)),
         "w_lo": 0.75, "w_hi": 0.1, "q_hi": rng.choice((0, 0.125)),
         "x0": [rng.uniform(17, 22) for _ in range(n)], "x_ref": [20.0] * n,
         "w_term": [rng.uniform(0, 3) for _ in range(n)]}
    # At rest with no power the zone is as warm as it is outdoors.
    p["d"] = [[t * (1 - sum(row)) for row in a] for t in out]
    p["e"] = [t * (1 - sum(c)) + rng.uniform(0, 2) for t in out]
    p["c"] = [0.25 * rng.choice((0.13, 0.16, 0.71)) / rng.choice((1, 3)) for _ in out]
    KINDS[kind](rng, p)
    return p


def _plain(_rng, _p):
    pass


def _same_price(_rng, p):
    p["c"] = [0.03] * p["N"]


def _free(rng, p):
    p["c"] = [rng.choice((0, 0, 0.03)) for _ in p["c"]]
    p["w_hi"] = p["q_hi"] = 0
    p["w_term"] = [0] * p["n"]


def _negative_prices(rng, p):
    p["c"] = [rng.uniform(-0.1, 0.1) for _ in p["c"]]


def _no_room(rng, p):
    """No plan without slack: too cold, too weak, or limits that cross."""
    way = rng.randrange(4)
    if way == 0:
        p["x0"] = [rng.choice((-20, 60))] * p["n"]
    elif way == 1:
        p["umax"] = 0
    elif way == 2:
        p["Tmin"], p["Tmax"] = 24, 19
    else:
        p["x_ref"], p["w_term"] = [1000] * p["n"], [5] * p["n"]


def _one_temperature(rng, p):
    p["Tmin"] = p["Tmax"] = rng.choice((19, 20.5))


def _one_power(rng, p):
    p["umin"] = p["umax"] = rng.choice((0, 2.5))


def _watts(_rng, p):
    """Power in W: every coefficient of it a thousandth."""
    p["umax"] *= 1000
    p["B"], p["D"], p["c"] = [b / 1000 for b in p["B"]], p["D"] / 1000, [c / 1000 for c in p["c"]]


def _dear(_rng, p):
    """Prices in cents of cents: everything ten thousand times."""
    for key in ("w_lo", "w_hi", "q_hi"):
        p[key] *= 1e4
    p["w_term"], p["c"] = [w * 1e4 for w in p["w_term"]], [c * 1e4 for c in p["c"]]


def _cheap(_rng, p):
    for key in ("w_lo", "w_hi", "q_hi"):
        p[key] *= 1e-4
    p["w_term"], p["c"] = [w * 1e-4 for w in p["w_term"]], [c * 1e-4 for c in p["c"]]


def _strict(rng, p):
    """Comfort at any price."""
    p["w_lo"] = rng.choice((1e3, 1e5))
    p["w_hi"] = rng.choice((0.1, 1e3))


def _no_limits(_rng, p):
    p["Tmin"], p["Tmax"] = -1000, 1000


def _strange(rng, p):
    """What no building is: cooling by heat, no heat at all, temperatures that don't see it."""
    way = rng.randrange(4)
    if way == 0:
        p["B"] = [-b for b in p["B"]]
    elif way == 1:
        p["B"] = [0] * p["n"]
    elif way == 2:
        p["D"] = -p["D"]
    else:
        p["C"] = [0] * p["n"]


KINDS = {"plain": _plain, "one price": _same_price, "free": _free,
         "negative prices": _negative_prices, "no room": _no_room,
         "one temperature": _one_temperature, "one power": _one_power, "watts": _watts,
         "dear": _dear, "cheap": _cheap, "strict": _strict, "no limits": _no_limits,
         "strange": _strange}


def heating_cost(p, u, curve):
    """What powers cost: simulated, by the documented objective."""
    n, cost, x = p["n"], 0.0, list(p["x0"])
    for k in range(p["N"]):
        y = sum(p["C"][i] * x[i] for i in range(n)) + p["D"] * u[k] + p["e"][k]
        below, above = max(0, p["Tmin"] - y), max(0, y - p["Tmax"])
        cost += p["c"][k] * u[k] + p["w_lo"] * below + (p["w_hi"] + curve * above) * above
        x = [sum(p["A"][i][j] * x[j] for j in range(n)) + p["B"][i] * u[k] + p["d"][k][i]
             for i in range(n)]
    return cost + sum(p["w_term"][i] * max(0, p["x_ref"][i] - x[i]) for i in range(n))


def heating_highs(p, u):
    """By how much each step is too warm under powers u."""
    n, x, out = p["n"], list(p["x0"]), []
    for k in range(p["N"]):
        y = sum(p["C"][i] * x[i] for i in range(n)) + p["D"] * u[k] + p["e"][k]
        out.append(max(0, y - p["Tmax"]))
        x = [sum(p["A"][i][j] * x[j] for j in range(n)) + p["B"][i] * u[k] + p["d"][k][i]
             for i in range(n)]
    return out


def heating_program(p, tangents=None):
    """The linear program; with tangents, q_hi·s² from below by its tangents at these points of
    each step."""
    n, lp = p["n"], Program()
    for k in range(p["N"] + 1):
        for i in range(n):
            lp.var("x%d_%d" % (k, i), -FAR)
    for i in range(n):
        lp.row([(1, "x0_%d" % i)], "=", p["x0"][i])
        lp.var("st%d" % i, cost=p["w_term"][i])
        lp.row([(1, "st%d" % i), (1, "x%d_%d" % (p["N"], i))], ">=", p["x_ref"][i])
    for k in range(p["N"]):
        u = lp.var("u%d" % k, p["umin"], p["umax"], p["c"][k])
        low, high = lp.var("l%d" % k, cost=p["w_lo"]), lp.var("h%d" % k, cost=p["w_hi"])
        y = [(p["C"][i], "x%d_%d" % (k, i)) for i in range(n)] + [(p["D"], u)]
        lp.row(y + [(1, low)], ">=", p["Tmin"] - p["e"][k])
        lp.row(y + [(-1, high)], "<=", p["Tmax"] - p["e"][k])
        for i in range(n):
            lp.row([(1, "x%d_%d" % (k + 1, i)), (-p["B"][i], u)] +
                   [(-p["A"][i][j], "x%d_%d" % (k, j)) for j in range(n)], "=", p["d"][k][i])
        if tangents:
            lp.var("q%d" % k, cost=p["q_hi"])
            for s in tangents[k]:
                lp.row([(1, "q%d" % k), (-2 * s, high)], ">=", -s * s)
    return lp


# --- a home --------------------------------------------------------------------------------------

PARAMS = {"bat": {"E": 10.0, "Emin": 1.0, "E0": 4.0, "Pc": 5.0, "Pd": 5.0, "etac": 0.95,
                  "etad": 0.95, "deg": 0.015},
          "ev": {"pmin": 1.4, "pmax": 7.4, "eta": 0.92, "need_kWh": 6.0, "short_pen": 1.5},
          "tank": {"p": 2.4, "loss": 0.004, "W0": 4.5, "Wmax": 8.5, "Wmin": 1.5, "short_pen": 1.0},
          "hp": {"pmin": 0.8, "pmax": 3.2, "min_on": 4, "min_off": 4, "start_cost": 0.02,
                 "Tmin": 19.5, "Tmax": 23.0, "w_lo": 0.75, "w_hi": 0.15, "x0": 20.2, "xref": 20.0,
                 "w_term": 0.2933, "z0": 0}}


def home(rng, devices, steps):
    p = {"case": {"dev": devices, "sub": rng.choice((3, 6, 9))}, "N": steps,
         "dt_h": rng.choice((0.25, 0.25, 1)),
         "params": {k: dict(v) for k, v in PARAMS.items()},
         "thermal": {"A": 0.992, "B": 0.0425, "C": 0.935, "D": 0.873}}
    sun, cold = rng.choice((0, 3, 6)), rng.uniform(-5, 10)
    negative = rng.random() < 0.2
    dear = [0.13 + 0.58 * ((k // 8) % 2) for k in range(steps)]
    flat = [rng.choice((0.13, 0.16, 0.71)) for _ in range(steps)]
    s = {"price_imp": dear if rng.random() < 0.5 else flat,
         "price_exp": [rng.choice((0.0, 0.04))] * steps,
         "load": [rng.uniform(0.2, 3) for _ in range(steps)],
         "pv": [sun * max(0, math.sin(k / 6)) * rng.random() for k in range(steps)],
         "draw": [rng.choice((0, 0, 0.3, 2)) for _ in range(steps)],
         "ev_conn": [1.0 if k % 24 < 18 else 0.0 for k in range(steps)],
         "cop": [rng.uniform(2.2, 4)] * steps}
    s["d"] = [0.008 * (cold + 2 * math.sin(k / 9)) for k in range(steps)]
    s["e"] = [0.065 * cold + rng.uniform(0, 1) for _ in range(steps)]
    if negative:
        s["price_imp"] = [-0.1 if k % 7 == 3 else v for k, v in enumerate(s["price_imp"])]
    p["series"] = s
    p["params"]["bat"]["E0"] = rng.uniform(1, 10)
    p["params"]["tank"]["W0"] = rng.uniform(0, 8)
    p["params"]["tank"]["short_pen"] = rng.choice((1, 1, 3))
    p["params"]["hp"]["x0"] = rng.uniform(18, 22)
    p["params"]["hp"]["z0"] = rng.randrange(2)
    p["params"]["bat"]["end_eur_per_kwh"] = rng.choice((0, 0.2))
    if rng.random() < 0.3:  # one power or none
        p["params"]["ev"]["pmin"] = p["params"]["ev"]["pmax"] = rng.choice((2.3, 3.7))
        p["params"]["hp"]["pmin"] = p["params"]["hp"]["pmax"]
    return p


def _battery(lp, p, k, net):
    b, dt = p["params"]["bat"], p["dt_h"]
    last = k + 1 == p["N"]
    ch = lp.var("ch%d" % k, 0, b["Pc"], b["deg"] * dt)
    dis = lp.var("dis%d" % k, 0, b["Pd"], b["deg"] * dt)
    way = lp.var("zb%d" % k, 0, 1, whole=True)
    lp.row([(1, ch), (-b["Pc"], way)], "<=", 0)
    lp.row([(1, dis), (b["Pd"], way)], "<=", b["Pd"])
    level = lp.var("E%d" % k, max(b["Emin"], b["E0"]) if last else b["Emin"], b["E"])
    if last:  # what is in it at the end, above what was
        worth = b.get("end_eur_per_kwh", 0)
        lp.var(level, *lp.ranges[level], cost=-worth)
        lp.var("Estart", b["E0"], b["E0"], cost=worth)
    before = [(-1, "E%d" % (k - 1))] if k else []
    lp.row([(1, level), (-dt * b["etac"], ch), (dt / b["etad"], dis)] + before, "=",
           0 if k else b["E0"])
    net += [(-1, ch), (1, dis)]


def _car(lp, p, k, net):
    e = p["params"]["ev"]
    here = p["series"]["ev_conn"][k] > 0.5
    ev = lp.var("ev%d" % k, 0, e["pmax"] if here else 0)
    on = lp.var("ze%d" % k, 0, 1 if here else 0, whole=True)
    lp.row([(1, ev), (-e["pmax"], on)], "<=", 0)
    lp.row([(1, ev), (-e["pmin"], on)], ">=", 0)
    net.append((-1, ev))


def _car_needs(lp, p):
    e, here, start = p["params"]["ev"], p["series"]["ev_conn"] + [0.0], None
    for k in range(p["N"]):
        if here[k] <= 0.5:
            start = None
            continue
        start = k if start is None else start
        if here[k + 1] > 0.5 and k + 1 < p["N"]:
            continue
        need = e["need_kWh"] * ((k + 1 - start) / 52 if k + 1 == p["N"] else 1)
        got = [(p["dt_h"] * e["eta"], "ev%d" % i) for i in range(start, k + 1)]
        short = lp.var("short%d" % k, cost=e["short_pen"])
        lp.row(got + [(1, short)], ">=", need)
        lp.row(got, "<=", need + 2)


def _tank(lp, p, k, net):
    t, dt = p["params"]["tank"], p["dt_h"]
    on = lp.var("zw%d" % k, 0, 1, whole=True)
    level = lp.var("W%d" % k, 0, t["Wmax"])
    water = lp.var("w%d" % k, cost=4)
    low = lp.var("wl%d" % k, cost=t["short_pen"] * dt)
    before = [(-(1 - t["loss"]), "W%d" % (k - 1))] if k else []
    lp.row([(1, level), (-dt * t["p"], on), (-1, water)] + before, "=",
           -dt * p["series"]["draw"][k] + (0 if k else (1 - t["loss"]) * t["W0"]))
    lp.row([(1, level), (1, low)], ">=", t["Wmin"])
    if k + 1 == p["N"]:
        lp.row([(1, level), (1, lp.var("wend", cost=0.15))], ">=", t["W0"])
    net.append((-t["p"], on))


def _pump(lp, p, k, net):
    h, m, s = p["params"]["hp"], p["thermal"], p["series"]
    power = lp.var("p%d" % k, 0, h["pmax"])
    on = lp.var("z%d" % k, 0, 1, whole=True)
    start, stop = lp.var("zs%d" % k, 0, 1, h["start_cost"]), lp.var("zt%d" % k, 0, 1)
    lp.row([(1, power), (-h["pmax"], on)], "<=", 0)
    lp.row([(1, power), (-h["pmin"], on)], ">=", 0)
    before = [(-1, "z%d" % (k - 1))] if k else []
    lp.row([(1, on), (-1, start), (1, stop)] + before, "=", 0 if k else h["z0"])
    lp.row([(1, start), (1, stop)], "<=", 1)
    lp.row([(1, "zs%d" % i) for i in range(max(0, k - h["min_on"] + 1), k + 1)] + [(-1, on)],
           "<=", 0)
    lp.row([(1, "zt%d" % i) for i in range(max(0, k - h["min_off"] + 1), k + 1)] + [(1, on)],
           "<=", 1)
    x, heat = lp.var("x%d" % k, -FAR), s["cop"][k]
    past = [(-m["A"], "x%d" % (k - 1))] if k else []
    lp.row([(1, x), (-m["B"] * heat, power)] + past, "=",
           s["d"][k] + (0 if k else m["A"] * h["x0"]))
    y = [(m["D"] * heat, power)] + ([(m["C"], "x%d" % (k - 1))] if k else [])
    offset = s["e"][k] + (0 if k else m["C"] * h["x0"])
    lp.row(y + [(1, lp.var("yl%d" % k, cost=h["w_lo"]))], ">=", h["Tmin"] - offset)
    lp.row(y + [(-1, lp.var("yh%d" % k, cost=h["w_hi"]))], "<=", h["Tmax"] - offset)
    if k + 1 == p["N"]:
        lp.row([(1, x), (1, lp.var("xend", cost=h["w_term"]))], ">=", h["xref"])
    net.append((-1, power))


def home_program(p):
    lp, s, dt, sub = Program(), p["series"], p["dt_h"], p["case"]["sub"]
    devices = {"b": _battery, "e": _car, "w": _tank, "h": _pump}
    excludes = min(s["price_imp"]) < 0
    for k in range(p["N"]):
        imp = lp.var("imp%d" % k, 0, sub, dt * s["price_imp"][k])
        exp = lp.var("exp%d" % k, 0, sub, -dt * s["price_exp"][k])
        net = [(1, imp), (-1, exp), (-1, lp.var("cut%d" % k, 0, s["pv"][k])),
               (1, lp.var("shed%d" % k, cost=5 * dt))]
        if excludes:
            way = lp.var("zg%d" % k, 0, 1, whole=True)
            lp.row([(1, imp), (-sub, way)], "<=", 0)
            lp.row([(1, exp), (sub, way)], "<=", sub)
        for letter in p["case"]["dev"]:
            devices[letter](lp, p, k, net)
        lp.row(net, "=", s["load"][k] - s["pv"][k])
    if "e" in p["case"]["dev"]:
        _car_needs(lp, p)
    return lp


def rng_of(number):
    return random.Random(7919 * number + 11)
