#!/usr/bin/env python3
"""ohmstead detect on files as people have them.

usage: detect_verbs.py OHMSTEAD"""
import csv
import datetime
import math
import os
import random
import subprocess
import sys
import tempfile
import unittest

OHMSTEAD = ""
START = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)


def rows(first, days, fault=None):
    """An office with some noise; `fault` says what a row holds instead, or leaves it out (None)."""
    out, rng = ["utc,load_kW"], random.Random(first)
    for h in range(24 * first, 24 * (first + days)):
        t = START + datetime.timedelta(hours=h)
        value = (50 if 8 <= t.hour < 18 and t.weekday() < 5 else 10) * rng.uniform(0.95, 1.05)
        value = fault(h, value) if fault else value
        if value is not None:
            out.append("%s,%s" % (t.strftime("%Y-%m-%dT%H:%M:%SZ"), value))
    return "\n".join(out) + "\n"


def run(text, *options):
    return subprocess.run([OHMSTEAD, "detect", "--csv", "-", *options], input=text, text=True,
                          capture_output=True, timeout=60, check=False)


class Detect(unittest.TestCase):
    def alarms(self, text, *options):
        done = run(text, "--column", "load_kW", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("start,end,type,severity,expected,actual\n"))
        return [(a["type"], a["start"], a["end"])
                for a in csv.DictReader(done.stdout.splitlines())]

    def test_rows_that_are_left_out_are_a_gap(self):
        text = rows(0, 30, lambda h, v: None if 480 <= h < 490 else v)
        self.assertEqual(self.alarms(text),
                         [("gap", "2026-01-25T02:00:00Z", "2026-01-25T10:00:00Z")])  # its third hour

    def test_the_history_is_learnt_and_not_told(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "history.csv")
            with open(path, "w", encoding="ascii") as out:
                out.write(rows(0, 30, lambda h, v: None if 480 <= h < 490 else v))
            text = rows(30, 3, lambda h, v: -v if 740 <= h < 745 else v)
            self.assertEqual(self.alarms(text, "--history", path),
                             [("ct_reversed", "2026-02-04T20:00:00Z", "2026-02-05T01:00:00Z")])
            self.assertEqual(self.alarms(text), [])  # nothing is known yet

    def test_what_is_no_number_is_said(self):
        text = rows(0, 30, lambda h, v: {50: "abc", 60: "NaN", 70: "", 80: "inf"}.get(h, v))
        done = run(text, "--column", "load_kW")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 of load_kW are no numbers (the first in line 52)", done.stderr)
        self.assertNotIn("no numbers", run(rows(0, 30), "--column", "load_kW").stderr)

    def test_nothing_is_printed_of_what_can_not_be_read(self):
        done = run(rows(0, 30), "--column", "nope")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("has no such column (nope)", done.stderr)
        skipped = run("utc,load_kW\n2026-03-29 01:00,1\n2026-03-29 02:00,1\n", "--column",
                      "load_kW", "--timezone", "Europe/Paris")
        self.assertEqual((skipped.returncode, skipped.stdout), (1, ""))
        self.assertIn("clocks skipped this hour", skipped.stderr)

    def test_a_date_that_is_wrong_costs_one_row(self):
        """A clock that jumped ahead for a row: what comes after is looked at all the same."""
        lines = rows(0, 30, lambda h, v: None if 480 <= h < 490 else v).splitlines()
        lines[400] = lines[400].replace("2026", "2062")
        done = run("\n".join(lines) + "\n", "--column", "load_kW")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 rows are out of order", done.stderr)
        self.assertEqual([a["type"] for a in csv.DictReader(done.stdout.splitlines())], ["gap"])

    def table(self, head, days, of):
        """Hourly rows of several columns; `of` (day, hour, a random number) gives their cells."""
        out, rng = [head], random.Random(5)
        for h in range(24 * days):
            t = START + datetime.timedelta(hours=h)
            cells = ",".join("%.3f" % v for v in of(h // 24, h % 24, rng.uniform))
            out.append("%s,%s" % (t.strftime("%Y-%m-%dT%H:%M:%SZ"), cells))
        return "\n".join(out) + "\n"

    def only(self, text, kind, *options):
        done = run(text, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [a for a in csv.DictReader(done.stdout.splitlines()) if a["type"] == kind]

    def test_phases_that_were_exchanged(self):
        def of(day, hour, u):
            a, b, c = 2 * u(0.9, 1.1), (20 if 8 <= hour < 18 else 4) * u(0.9, 1.1), 9 * u(0.9, 1.1)
            return (b, a, c) if day >= 40 else (a, b, c)
        text = self.table("utc,i1_A,i2_A,i3_A", 50, of)
        alarms = self.only(text, "phase_swap", "--column", "i1_A", "--phases", "i1_A,i2_A,i3_A")
        self.assertEqual([a["start"] for a in alarms], ["2026-02-14T00:00:00Z"])
        self.assertEqual(run(text, "--column", "i1_A", "--phases", "i1_A,i2_A").returncode, 2)

    def test_sub_meters_in_their_own_units(self):
        """A sub-meter in Wh a row, the main one in kW: the remainder is that of one unit."""
        def of(day, hour, u):
            part = (3 if 8 <= hour < 18 else 1) * u(0.9, 1.1)
            return part + 1.5 * u(0.9, 1.1), part * 1000 * (2.5 if day >= 40 else 1)
        text = self.table("utc,main_kW,part_Wh", 50, of)
        alarms = self.only(text, "residue", "--column", "main_kW", "--sub", "part_Wh")
        self.assertTrue(alarms)
        self.assertGreaterEqual(alarms[0]["start"], "2026-02-14")
        self.assertLessEqual(alarms[0]["start"], "2026-02-15T12:00:00Z")
        self.assertEqual(run(text, "--column", "main_kW", "--sub", "none").returncode, 1)

    def test_panels_that_lost_a_string(self):
        """Against the light that was measured, and against a clear sky of that place alone."""
        def of(day, hour, u):
            light = max(0.0, 800 * math.sin((hour - 6) / 12 * math.pi)) * u(0.7, 1.0)
            return light * 0.005 * (0.6 if day >= 60 else 1), light
        text = self.table("utc,pv_kW,light_Wm2", 100, of)
        options = ("--column", "pv_kW", "--kind", "pv")
        for more, latest in ((("--irradiance", "light_Wm2"), 5),
                             (("--latitude", "0", "--longitude", "0", "--tilt", "0"), 12)):
            starts = [a["start"] for a in self.only(text, "pv_yield", *options, *more)]
            day = (datetime.datetime.fromisoformat(starts[0].replace("Z", "+00:00")) - START).days
            self.assertEqual(len(starts), 1)
            self.assertTrue(60 < day <= 60 + latest, day)
        self.assertEqual(run(text, *options, "--latitude", "48").returncode, 2)

    def test_water_that_never_rests(self):
        def of(day, hour, u):
            return (100 * u(0.5, 1.5) if 6 <= hour < 22 else 0) + (7 if day >= 40 else 0),
        text = self.table("utc,water_L", 50, of)
        alarms = self.only(text, "leak", "--column", "water_L", "--kind", "water", "--words", "fr",
                           "--price", "0.004")
        self.assertEqual(len(alarms), 1)
        self.assertEqual(alarms[0]["onset"], "2026-02-14T00:00:00Z")
        self.assertEqual(alarms[0]["per_day"], "168")
        self.assertEqual(alarms[0]["cost_per_day"], "0.67")
        self.assertIn("robinets", alarms[0]["do"])

    def test_a_machine_that_runs_more(self):
        def of(day, hour, u):
            return 100 * u(0.95, 1.05) if hour % (2 if day >= 40 else 4) == 0 else 2,
        text = self.table("utc,fridge_W", 50, of)
        alarms = self.only(text, "drift", "--column", "fridge_W", "--kind", "machine", "--words",
                           "en", "--price", "0.25")
        self.assertEqual(alarms[0]["onset"], "2026-02-14T00:00:00Z")
        self.assertAlmostEqual(float(alarms[0]["per_day"]), 0.59, delta=0.05)  # kWh
        self.assertAlmostEqual(float(alarms[0]["cost_per_day"]), 0.15, delta=0.02)

    def test_rows_of_a_minute(self):
        """They are put together to five minutes."""
        out = ["utc,load_kW"]
        for m in range(20 * 1440):
            if not 15 * 1440 + 600 <= m < 15 * 1440 + 900:
                t = START + datetime.timedelta(minutes=m)
                out.append("%s,%.3f" % (t.strftime("%Y-%m-%dT%H:%M:%SZ"), 2 + m % 7))
        self.assertEqual([a[:2] for a in self.alarms("\n".join(out) + "\n")],
                         [("gap", "2026-01-20T12:55:00Z")])

    def test_a_short_past_says_what_it_lacks(self):
        for days, why in ((1, "shorter than 14 days"), (20, "shorter than 84 days"), (90, "")):
            done = run(rows(0, days), "--column", "load_kW")
            self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 1))
            self.assertIn(why, done.stderr)
            self.assertEqual(bool(done.stderr), bool(why), done.stderr)
        done = run("utc,load_kW\n" + "".join(f"2026-01-01T{h:02}:00:00Z,\n" for h in range(24)),
                   "--column", "load_kW")
        self.assertIn("nothing of it was measured", done.stderr)

    def test_wrong_words(self):
        text = rows(0, 2)
        for options, status, why in (((), 2, "--column"), (("--column", "x"), 1, "no such column"),
                                     (("--column", "load_kW", "--timezone", "No/Where"), 2,
                                      "No/Where"),
                                     (("--column", "load_kW", "--kind", "oil"), 2, "oil"),
                                     (("--column", "load_kW", "--words", "de"), 2, "de"),
                                     (("--column", "load_kW", "--price", "x"), 2, "x")):
            done = run(text, *options)
            self.assertEqual(done.returncode, status)
            self.assertIn(why, done.stderr)
        self.assertEqual(run("utc,load_kW\n", "--column", "load_kW").returncode, 1)
        self.assertEqual(run("utc,load_kW\n2026-01-01T00:00:00Z,1\n2026-01-01T07:00:00Z,1\n",
                             "--column", "load_kW").returncode, 1)


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    unittest.main()
