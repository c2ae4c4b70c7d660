#!/usr/bin/env python3
"""ohmstead identify: fourteen days of a zone that `ohmstead twin` lives, measured with noise.

usage: identify_verbs.py OHMSTEAD"""
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

OHMSTEAD = ""
ZONE = {"h_tr_em": 120.0, "h_tr_w": 30.0, "h_tr_ms": 2730, "h_tr_is": 1863, "h_ve_adj": 60,
        "c_m": 19.8e6, "mass_area": 300, "A_t": 540, "heat_node": "air", "cool_node": "air",
        "max_heating_w": None, "max_cooling_w": None, "t_m0": 19.5, "dt_s": 900}
# In series and beside each other, as the standard joins them, for heat that goes to the air.
LOSS = 60 + 1 / (1 / 1863 + 1 / (30 + 1 / (1 / 2730 + 1 / 120)))


def run(verb, rows, *options):
    return subprocess.run([OHMSTEAD, verb, *options], input=rows, text=True, capture_output=True,
                          timeout=120, check=False)


def weather(days, rng):
    """Rows of t_out, solar, heating: heating switched at random, 2 hours at a time."""
    out, watts, drift = [], 0, 0.0
    for k in range(96 * days):
        hour, drift = k / 4 % 24, 0.995 * drift + rng.gauss(0, 0.15)
        sun = max(0.0, math.sin((hour - 7) * math.pi / 10)) * (hour < 17)
        watts = rng.choice((0, 1500, 3000, 6000)) if k % 8 == 0 else watts
        out.append((4 + 4 * math.sin((hour - 9) * math.pi / 12) + drift,
                    1500 * sun * rng.choice((0.2, 1.0)), watts))
    return out


def lived(days, tmp, noise=0.1, seed=7):
    """The CSV of what a site would have measured."""
    rng = random.Random(seed)
    rows = weather(days, rng)
    text = "t_out,solar_gain,int_gain,demand\n" + "".join(
        "%.3f,%.1f,200,%.1f\n" % row for row in rows)
    with open(tmp, "w", encoding="ascii") as file:
        json.dump(ZONE, file)
    done = run("twin", text, "--params", tmp, "--input", "-", "--control", "open")
    assert done.returncode == 0, done.stderr
    air = [float(line.split(",")[5]) for line in done.stdout.splitlines()[1:]]
    return "t_in,t_out,solar,heating\n" + "".join(
        "%.3f,%.3f,%.1f,%.1f\n" % (t + rng.gauss(0, noise), *row) for t, row in zip(air, rows))


os.environ["LC_ALL"] = "C.UTF-8"


class IdentifyTest(unittest.TestCase):
    def setUp(self):
        handle, self.params = tempfile.mkstemp(suffix=".json")
        os.close(handle)

    def tearDown(self):
        os.unlink(self.params)

    def identify(self, rows, *options):
        done = run("identify", rows, "-", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        assumed = rows.startswith("t_in,") and "--step" not in options
        self.assertRegex(done.stderr, r"no column of times.*: rows of 900 s are assumed.*\n\Z"
                         if assumed else r"\A\Z")
        return json.loads(done.stdout)

    def test_fourteen_days_predict_a_day(self):
        answer = self.identify(lived(14, self.params))
        self.assertTrue(answer["enough"], answer)
        self.assertLess(answer["predict_24h_rms_k"], 0.5)
        self.assertGreater(answer["predictions"], 10)
        loss = answer["figures"]["loss"]
        self.assertLess(abs(loss["value"] - LOSS), 0.1 * LOSS, loss)
        # Two nodes are not five: the range reaches to a few of a hundred of it.
        self.assertTrue(loss["low"] < 1.03 * LOSS and loss["high"] > 0.97 * LOSS, (LOSS, loss))

    def test_temperatures_may_be_missing(self):
        rows = lived(7, self.params).splitlines()
        rows = [("," + row.split(",", 1)[1] if i % 5 == 3 else row) for i, row in enumerate(rows)]
        answer = self.identify("\n".join(rows) + "\n")
        self.assertTrue(answer["enough"], answer)

    def test_times_gaps_and_clocks(self):
        lines = lived(14, self.params).splitlines()
        stamped = ["time," + lines[0]] + [
            f"2026-01-{5 + k // 96:02}T{k // 4 % 24:02}:{k % 4 * 15:02}:00Z,{row}"
            for k, row in enumerate(lines[1:])]
        plain = self.identify("\n".join(lines) + "\n")
        timed = self.identify("\n".join(stamped) + "\n")
        self.assertEqual(timed, plain)
        # The names that the other verbs know; hours are not taken for quarters of one.
        for name in ("utc", "Timestamp", "date"):
            hourly = [name + "," + lines[0]] + stamped[1::4]
            named = self.identify("\n".join(hourly) + "\n")
            self.assertEqual(named["figures"], self.identify(
                "\n".join(lines[:1] + lines[1::4]) + "\n", "--step", "3600")["figures"])
        both = ["date,utc," + lines[0]] + ["2026-01-05," + row for row in stamped[1:]]
        self.assertEqual(self.identify("\n".join(both) + "\n"), plain)
        # An hour here and there is bridged.
        holes = [row for k, row in enumerate(stamped) if k < 5 or k % 90 > 3]
        bridged = self.identify("\n".join(holes) + "\n")
        self.assertEqual(bridged["steps"], plain["steps"])
        self.assertTrue(bridged["enough"], bridged)
        self.assertLess(bridged["predict_24h_rms_k"], 0.5)
        # A day without a row parts the series.
        parted = stamped[:300] + stamped[400:]
        done = run("identify", "\n".join(parted) + "\n", "-")
        self.assertIn("has 1 gaps of more than two hours", done.stderr)
        self.assertEqual(json.loads(done.stdout)["steps"], len(stamped) - 400)
        # Clocks that were set back, rows of another grid.
        for rows, why in ((stamped[:50] + stamped[40:], "the times don't rise"),
                          (stamped[:20] + [stamped[20].replace(":45:", ":31:").replace(
                              ":15:", ":01:")] + stamped[21:], "a second row in one step"),
                          (stamped[:9] + ["yesterday" + stamped[9][20:]], "not understood")):
            done = run("identify", "\n".join(rows) + "\n", "-")
            self.assertEqual((done.returncode, done.stdout), (1, ""), why)
            self.assertIn(why, done.stderr)

    def test_a_heating_that_hides_behind_the_weather_is_not_enough(self):
        # A controller that follows the weather alone: what heats and what cools can't be told apart.
        rng = random.Random(3)
        rows = "t_in,t_out,heating\n" + "".join(
            f"{20 + rng.gauss(0, 0.2):.2f},{t:.2f},{210 * (20 - t):.0f}\n"
            for t in (5 + 3 * math.sin(k / 96 * 6.28) for k in range(96 * 14)))
        answer = self.identify(rows)
        loss = answer["figures"]["loss"]
        self.assertTrue(not answer["enough"] or loss["low"] < 210 < loss["high"], answer)

    def test_what_tells_nothing_is_said(self):
        rows = lived(14, self.params).splitlines()
        short = self.identify("\n".join(rows[:100]) + "\n")
        self.assertFalse(short["enough"])
        self.assertIn("two days", short["lacks"])
        still = "t_in,t_out,heating\n" + "20.0,5.0,2000\n" * 400
        self.assertIn("never changes", self.identify(still)["lacks"])

    def test_what_is_wrong_in_french(self):
        with mock.patch.dict(os.environ, {"LC_ALL": "fr_FR.UTF-8"}):
            done = run("identify", "t_in,t_out\n20,5\n", "-")
            self.assertEqual(done.returncode, 1)
            self.assertIn(" manque", done.stderr)

    def test_what_is_no_series_is_refused(self):
        for rows, why in (("", "too short"), ("t_in,t_out\n1,2\n", "heating is missing"),
                          ("t_in,t_out,heating\n20,,100\n", "t_out has a gap"),
                          ("t_in,t_out,heating\n20,x,100\n", "t_out holds no number"),
                          ("t_in,t_out,heating\n20,5,100\n", "too short"),
                          ("t_in,t_out,heating\n" + "900,5,100\n" * 9, "no indoor temperature")):
            done = run("identify", rows, "-")
            self.assertEqual((done.returncode, done.stdout), (1, ""), rows[:40])
            self.assertIn(why, done.stderr)
        self.assertEqual(run("identify", "", "-", "--step", "0").returncode, 2)
        self.assertEqual(run("identify", "").returncode, 2)


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop()
    unittest.main(verbosity=0)
