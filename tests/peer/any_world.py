#!/usr/bin/env python3
"""Worlds that nobody wrote: loads, limits, phases, interlocks, times and faults drawn from a number,
each lived for some days. What must never happen must not in any of them (ohmstead simulate --world).

usage: any_world.py OHMSTEAD [--first N] [--count K] [--days D] [--keep FOLDER]

Without options it is the same worlds each time; with --first others, as many as wanted. A world that
fails is kept in FOLDER, and the command that shows it again is printed."""
import argparse
import os
import random
import subprocess
import sys
import tempfile

FAULTS = ("meter_silent meter_frozen meter_unit register_back clock_jump clock_lost relay_stuck relay_liar "
          "relay_refuses power_cut killed stopped cut_at_write disk_full flood command_storm signal_silent "
          "rules_changed sensor_silent sensor_frozen reconfigured").split()
LOADS_MAX, PLATES_W = 12, (300, 500, 800, 1000, 1500, 2000, 2400, 3000, 3700, 4500)


def rows(name, all_of):
    return [f"{name}:"] + ["  - {" + ", ".join(f"{k}: {v}" for k, v in row.items()) + "}" for row in all_of]


class House:
    """What one number makes."""

    def __init__(self, number):
        self.draw = random.Random(number)
        self.three_phase = self.often(0.4)
        self.kva = self.one_of(9, 12, 15, 18, 36) if self.three_phase else self.one_of(3, 6, 9, 12)
        self.lock = []  # which loads never run together

    def one_of(self, *what):
        return self.draw.choice(what)

    def often(self, share):
        return self.draw.random() < share

    def share_of_va(self, least, most):
        return int(self.kva * 1000 * self.draw.uniform(least, most)) // 100 * 100

    def phase(self):
        return self.one_of(0, 1, 2, 3) if self.three_phase else 1

    def limits(self):
        yield {"id": "dso", "kind": "grid"}
        if self.often(0.7):
            yield {"id": "tense", "kind": "cap", "va": self.share_of_va(0.3, 0.8),
                   "ecowatt_level": self.one_of(2, 3)}
        if self.often(0.4):
            yield {"id": "own", "kind": "cap", "va": self.share_of_va(0.5, 0.95)}
        if self.often(0.5):
            of_phase = 3 if self.three_phase else 1
            yield {"id": "branch", "kind": "fuse", "phase": self.phase() or 1,
                   "va": self.share_of_va(0.5 / of_phase, 0.95 / of_phase)}

    def load(self, number):
        kind = self.one_of("tank", "zone", "car", "plug", "zone", "plug")
        plate_w = self.one_of(*PLATES_W, 7360 if self.kva > 6 else 3000)
        off_s = self.one_of(0, 30, 60, 120, 120, 300, 600)
        load = {"id": f"l{number}", "kind": kind, "tier": self.draw.randint(1, 4), "phase": self.phase(),
                "nominal_w": plate_w, "draws_w": int(plate_w * self.one_of(1, 1, 0.95, 0.8, 0.6)),
                "on_min_s": self.one_of(0, 30, 60, 60, 300, 600), "off_min_s": off_s}
        if self.often(0.5):
            load |= {"shed_max_s": self.one_of(1800, 3600, 7200, 14400) + off_s,
                     "rest_min_s": self.one_of(600, 1800, 3600)}
        if self.often(0.2):
            load["shed_day_s"] = self.one_of(3600, 7200, 14400)
        if number in self.lock:
            load |= {"interlock": 1, "no": "true"}
        elif self.often(0.1):
            load["never_shed"] = "true"
        elif self.often(0.3):
            load["no"] = "true"
        self.special(load)
        return load

    def special(self, load):
        """What only some kinds have: setpoints, orders of the pilot wire, a room's temperature."""
        if load["kind"] in ("tank", "car") and self.often(0.4):
            load["min_w"] = self.one_of(200, 500, 1380) if load["nominal_w"] > 1500 else 100
            if load["kind"] == "tank":
                load["step_w"] = 100
        elif load["kind"] == "zone" and self.often(0.4):
            load["shed_order"] = self.one_of("eco", "hors_gel", "arret")
        if load["kind"] != "zone":
            return
        if "never_shed" not in load and self.often(0.5):
            load |= {"set_c": self.one_of(16, 17, 18, 19, 20, 21), "frost_c": self.one_of(6, 8, 10, 12)}
        elif self.often(0.3):
            load["comfort_c"] = 17.5

    def use(self):
        least_s = self.one_of(60, 120, 600, 1200)
        return {"power_w": self.one_of(500, 1000, 1500, 2000, 2500, 3000), "least_s": least_s,
                "most_s": least_s * self.one_of(2, 3, 5), "a_day": self.draw.randint(1, 8),
                "from_h": self.draw.randint(0, 10), "to_h": self.draw.randint(12, 23),
                "phase": self.one_of(1, 2, 3) if self.three_phase else 1}

    def text(self):
        count = self.draw.randint(1, LOADS_MAX)
        if count > 1 and self.often(0.4):
            self.lock = self.draw.sample(range(count), self.draw.randint(2, min(count, 3)))
        out = [f"start: {self.one_of('2026-01-01', '2026-03-20', '2026-07-01', '2025-10-10')}",
               f"power_kva: {self.kva}", f"base_w: {self.one_of(50, 150, 300, 600)}",
               f"tense_days: {self.one_of(0, 10, 30)}"]
        out += ["three_phase: true"] * self.three_phase + ["no_tic: true"] * self.often(0.4)
        out += rows("limits", self.limits())
        out += rows("loads", [self.load(i) for i in range(count)])
        out += rows("uses", [self.use() for _ in range(self.draw.randint(1, 6))])
        out += ["faults:"] + [f"  {name}: {self.one_of(5, 10, 20, 40)}" for name in FAULTS if self.often(0.8)]
        return "\n".join(out) + "\n"


def live(ohmstead, number, days, folder):
    """Whether nothing happened that must not."""
    path = os.path.join(folder, f"any-{number}.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(House(number).text())
    run = subprocess.run([ohmstead, "simulate", "--world", path, "--seed", str(7 * number + 1), "--days", str(days)],
                         text=True, capture_output=True, timeout=900, check=False)
    if run.returncode == 0:
        os.remove(path)
        return True
    print(f"FAILED  {path}\n" + "".join(f"    {line}\n" for line in run.stderr.splitlines()[-4:]))
    with open(path, encoding="utf-8") as world:
        print(world.read())
    return False


def main():
    words = argparse.ArgumentParser()
    words.add_argument("ohmstead")
    words.add_argument("--first", type=int, default=1)
    words.add_argument("--count", type=int, default=40)
    words.add_argument("--days", type=int, default=4)
    words.add_argument("--keep")
    options = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        numbers = range(options.first, options.first + options.count)
        good = sum(live(options.ohmstead, n, options.days, options.keep or folder) for n in numbers)
    print(f"{good} passed, {options.count - good} failed")
    return 1 if good < options.count else 0


if __name__ == "__main__":
    sys.exit(main())
