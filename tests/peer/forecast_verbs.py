#!/usr/bin/env python3
"""ohmstead forecast on files as people have them: a clock change, gaps, closures, wrong words.

usage: forecast_verbs.py OHMSTEAD"""
import csv
import datetime
import math
import os
import subprocess
import sys
import tempfile
import unittest

OHMSTEAD = ""
UTC = datetime.timezone.utc


def rows(days, start=datetime.datetime(2026, 1, 5, tzinfo=UTC), gap=lambda t: False):
    """An office in UTC: 50 from 8 to 18 h in the week, else 10."""
    out = ["utc,load_kW,temp_degC"]
    for h in range(24 * days):
        t = start + datetime.timedelta(hours=h)
        value = 50 if 8 <= t.hour < 18 and t.weekday() < 5 else 10
        out.append("%s,%s,%d" % (t.strftime("%Y-%m-%dT%H:%M:%SZ"), "" if gap(t) else value,
                                 10 + t.hour // 2))
    return "\n".join(out) + "\n"


def run(text, *options):
    return subprocess.run([OHMSTEAD, "forecast", "--csv", "-", *options], input=text, text=True,
                          capture_output=True, timeout=60, check=False)


class Forecast(unittest.TestCase):
    def said(self, text, *options):
        done = run(text, "--column", "load_kW", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return list(csv.DictReader(done.stdout.splitlines()))

    def test_the_two_days_after_the_last(self):
        said = self.said(rows(56))  # ends with a Sunday
        self.assertEqual([row["h"] for row in said], [str(h) for h in range(48)])
        self.assertEqual(said[0]["utc"], "2026-03-02T00:00:00Z")
        for h, row in enumerate(said):
            self.assertAlmostEqual(float(row["q50"]), 50 if 8 <= h % 24 < 18 else 10, delta=1)

    def test_a_register_is_no_power(self):
        text = "utc,energy_import\n" + "".join(
            f"2026-01-{1 + h // 24:02d}T{h % 24:02d}:00:00Z,{5000000 + 300 * h}\n"
            for h in range(24 * 21))
        done = run(text, "--column", "energy_import")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("counts up: a register", done.stderr)

    def test_what_comes_after_the_origin_changes_nothing(self):
        told = self.said(rows(70), "--at", "2026-03-02T00:00:00Z")
        self.assertEqual(told, self.said(rows(56), "--at", "2026-03-02T00:00:00Z"))

    def test_closures_are_sundays(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "closed.csv")
            with open(path, "w", encoding="utf-8") as out:
                out.write("from,to\n2026-03-02,2026-03-03\n")
            for row in self.said(rows(56), "--holidays", path):
                self.assertAlmostEqual(float(row["q50"]), 10, delta=3)

    def test_clock_changes(self):
        """In Paris 2026-03-29 has 23 hours: 48 h end an hour into the third day."""
        said = self.said(rows(82), "--timezone", "Europe/Paris", "--at", "2026-03-28T23:00:00Z")
        self.assertEqual(len(said), 48)
        self.assertTrue(all(row["q50"] for row in said))

    def test_quarters_of_an_hour_and_weather(self):
        said = self.said(rows(35), "--step", "1h", "--exog", "temp_degC", "--horizon", "24h")
        self.assertEqual(len(said), 24)
        self.assertTrue(all(float(row["q10"]) <= float(row["q90"]) for row in said))

    def test_a_gap_is_not_zero(self):
        said = self.said(rows(56, gap=lambda t: t.day % 3 == 0))
        self.assertGreater(min(float(row["q50"]) for row in said), 8)

    def test_little_is_said_to_be_little(self):
        done = run(rows(1), "--column", "load_kW")
        self.assertEqual(done.returncode, 0)
        self.assertIn("only 1 days are known", done.stderr)
        done = run(rows(3), "--column", "load_kW", "--at", "2026-01-05T00:00:00Z")
        self.assertEqual(done.stdout.splitlines()[1], "2026-01-05T00:00:00Z,0" + "," * 10)

    def test_a_meter_that_was_out_is_said(self):
        """Nothing is known for seven weeks: empty cells, never 0, and a word about it."""
        done = run(rows(56), "--column", "load_kW", "--at", "2026-04-20T00:00:00Z")
        self.assertEqual(done.returncode, 0)
        self.assertIn("the 49 days before 2026-04-20T00:00:00Z were not measured", done.stderr)
        self.assertEqual(set(row["mean"] for row in csv.DictReader(done.stdout.splitlines())), {""})

    def test_rows_that_are_coarser_than_the_step(self):
        done = run(rows(35), "--column", "load_kW", "--step", "15min")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("farther apart than the step", done.stderr)

    def test_a_date_that_is_wrong_costs_one_row(self):
        """A year that was mistyped, ahead or back, in the midst or at the front."""
        lines = rows(56).splitlines()
        for at, year in ((1, "2062"), (700, "2062"), (700, "1990"), (1300, "2027")):
            text = lines[:at] + [lines[at].replace("2026", year)] + lines[at + 1:]
            done = run("\n".join(text) + "\n", "--column", "load_kW")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("standard input: 1 rows are out of order", done.stderr)
            first = done.stdout.splitlines()[1].split(",")
            self.assertEqual(first[0], "2026-03-02T00:00:00Z")
            self.assertAlmostEqual(float(first[7]), 10, delta=1)
        done = run("\n".join(lines[:300] + lines[200:]) + "\n", "--column", "load_kW")
        self.assertIn("100 rows are out of order", done.stderr)
        self.assertEqual(done.stdout, run(rows(56), "--column", "load_kW").stdout)

    def test_no_value_as_a_number_is_no_value(self):
        """The largest double stands for nothing: the same as an empty cell."""
        lines = rows(56).splitlines()
        cells = [line.split(",") for line in lines]
        said = []
        for text in ("", "1.7976931348623157E308", "-9e300", "1e16"):
            cells[400][1] = text
            said.append(self.said("\n".join(map(",".join, cells)) + "\n"))
        self.assertEqual(said, said[:1] * 4)

    def test_origins(self):
        """utc is taken before a column of dates; origins in disorder are refused."""
        head = "date,utc\n"
        good = "2026-03-01,2026-02-28T00:00:00Z\n2026-03-02,2026-03-01T00:00:00Z\n"
        swapped = "".join(reversed(good.splitlines(True)))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "origins.csv")
            for text, status in ((good, 0), (swapped, 1), (good + good, 1)):
                with open(path, "w", encoding="ascii") as out:
                    out.write(head + text)
                done = run(rows(56), "--column", "load_kW", "--origins", path)
                self.assertEqual(done.returncode, status, done.stderr)
                if status:
                    self.assertIn("origins out of order", done.stderr)
                else:
                    self.assertEqual([line.split(",")[0] for line in
                                      done.stdout.splitlines()[1::48]],
                                     ["2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"])

    def test_panels_know_where_they_are(self):
        """A sensor's noise by night is not said where the sun is down; the light on the ground is
        taken as that on the panels, which a winter sun makes more of."""
        out, start = ["utc,load_kW,ghi_Wm2"], datetime.datetime(2026, 1, 5, tzinfo=UTC)
        for h in range(24 * 40):
            t = start + datetime.timedelta(hours=h)
            light = max(0, 300 * math.sin((t.hour - 7.5) / 9 * math.pi)) if 7 < t.hour < 17 else 0
            light *= (1, 0.2, 0.6)[h // 24 % 3]
            out.append("%s,%.3f,%.1f" % (t.strftime("%Y-%m-%dT%H:%M:%SZ"), light * 0.003 + 0.01,
                                         light))
        text, panels = "\n".join(out) + "\n", ("--kind", "pv")
        place = ("--latitude", "48.85", "--longitude", "2.35", "--tilt", "60")
        self.assertGreater(float(self.said(text, *panels)[1]["q50"]), 0.005)
        for exog in ((), ("--exog", "ghi_Wm2")):
            said = self.said(text, *panels, *place, *exog, "--at", "2026-02-12T00:00:00Z")
            self.assertEqual([float(said[h][q]) for h in (0, 2, 22, 26) for q in ("q10", "q90")],
                             [0] * 8)
            self.assertGreater(float(said[12]["q50"]), 0.1)
        for wrong in (("--kind", "load", *place), (*panels, "--latitude", "48"),
                      (*panels, "--latitude", "91", "--longitude", "0"), (*panels, "--tilt", "30")):
            self.assertEqual(run(text, "--column", "load_kW", *wrong).returncode, 2)

    def test_rows_of_one_and_ten_minutes(self):
        """They become hours, or quarters where those are asked for."""
        for minutes in (1, 10):
            out, start = ["utc,load_kW"], datetime.datetime(2026, 1, 5, tzinfo=UTC)
            for m in range(0, 1440 * 15, minutes):
                t = start + datetime.timedelta(minutes=m)
                out.append("%s,%d" % (t.strftime("%Y-%m-%dT%H:%M:%SZ"),
                                      5 if 8 <= t.hour < 18 else 1))
            text = "\n".join(out) + "\n"
            self.assertEqual(len(self.said(text)), 48)
            quarters = self.said(text, "--step", "15min")
            self.assertEqual(len(quarters), 192)
            self.assertAlmostEqual(float(quarters[48]["q50"]), 5, delta=0.5)

    def test_what_was_measured_wrongly_is_not_learnt(self):
        """Two days of a transformer the wrong way round are as two days without a value."""
        said = []
        for wrong in (lambda v: "%d" % -v, lambda v: ""):
            out, start = ["utc,load_kW"], datetime.datetime(2026, 1, 5, tzinfo=UTC)
            for h in range(24 * 42):
                t = start + datetime.timedelta(hours=h)
                value = (50 if 8 <= t.hour < 18 and t.weekday() < 5 else 10) + h % 5
                out.append("%s,%s" % (t.strftime("%Y-%m-%dT%H:%M:%SZ"),
                                      wrong(value) if 24 * 38 <= h < 24 * 40 else value))
            said.append(self.said("\n".join(out) + "\n"))
        self.assertEqual(said[0], said[1])

    def test_wrong_words(self):
        text = rows(2)
        for options, status, why in (
                ((), 2, "--column"),
                (("--column", "nothing"), 1, "no such column"),
                (("--column", "load_kW", "--kind", "wind"), 2, "--kind"),
                (("--column", "load_kW", "--step", "7min"), 2, "--step"),
                (("--column", "load_kW", "--horizon", "60h"), 2, "--horizon"),
                (("--column", "load_kW", "--at", "soon"), 2, "--at"),
                (("--column", "load_kW", "--holidays", "/dev/null"), 1, "no date"),
                (("--column", "load_kW", "--timezone", "Mars/Base"), 2, "Mars/Base")):
            done = run(text, *options)
            self.assertEqual((done.returncode, done.stdout), (status, ""), options)
            self.assertIn(why, done.stderr)
        self.assertEqual(run("utc,load_kW\n", "--column", "load_kW").returncode, 1)


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    unittest.main()
