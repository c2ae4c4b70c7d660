#!/usr/bin/env python3
"""ohmstead detect on files as people have them.

usage: detect_verbs.py OHMSTEAD"""
import csv
import datetime
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
                         [("gap", "2026-01-25T00:00:00Z", "2026-01-25T10:00:00Z")])

    def test_the_history_is_learnt_and_not_told(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "history.csv")
            with open(path, "w", encoding="ascii") as out:
                out.write(rows(0, 30, lambda h, v: None if 480 <= h < 490 else v))
            text = rows(30, 3, lambda h, v: -v if 740 <= h < 745 else v)
            self.assertEqual(self.alarms(text, "--history", path),
                             [("ct_reversed", "2026-02-04T20:00:00Z", "2026-02-05T01:00:00Z")])
            self.assertEqual(self.alarms(text), [])  # nothing is known yet

    def test_a_date_that_is_wrong_costs_one_row(self):
        """A clock that jumped ahead for a row: what comes after is looked at all the same."""
        lines = rows(0, 30, lambda h, v: None if 480 <= h < 490 else v).splitlines()
        lines[400] = lines[400].replace("2026", "2062")
        done = run("\n".join(lines) + "\n", "--column", "load_kW")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 rows are out of order", done.stderr)
        self.assertEqual([a["type"] for a in csv.DictReader(done.stdout.splitlines())], ["gap"])

    def test_wrong_words(self):
        text = rows(0, 2)
        for options, status, why in (((), 2, "--column"), (("--column", "x"), 1, "no column"),
                                     (("--column", "load_kW", "--timezone", "No/Where"), 2,
                                      "No/Where")):
            done = run(text, *options)
            self.assertEqual(done.returncode, status)
            self.assertIn(why, done.stderr)
        self.assertEqual(run("utc,load_kW\n", "--column", "load_kW").returncode, 1)
        self.assertEqual(run("utc,load_kW\n2026-01-01T00:00:00Z,1\n2026-01-01T00:00:07Z,1\n",
                             "--column", "load_kW").returncode, 1)


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    unittest.main()
