#!/usr/bin/env python3
"""ohmstead stats: figures worked by hand, civil periods, what is missing.

usage: stats_verbs.py OHMSTEAD"""
import datetime
import json
import subprocess
import sys
import unittest

OHMSTEAD = ""
UTC = datetime.timezone.utc


def run(text, *options):
    return subprocess.run([OHMSTEAD, "stats", "--csv", "-", *options], input=text, text=True,
                          capture_output=True, timeout=60, check=False)


def hours(start, values, head="load_kW"):
    begin = datetime.datetime(*start, tzinfo=UTC)
    return f"utc,{head}\n" + "".join(
        f"{(begin + datetime.timedelta(hours=i)).strftime('%Y-%m-%dT%H:%M:%SZ')},{value}\n"
        for i, value in enumerate(values))


class Stats(unittest.TestCase):
    def answer(self, text, *options):
        done = run(text, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_a_day_by_hand(self):
        got = self.answer(hours((2026, 1, 5), [1] * 12 + [3] * 11 + [""]), "--price", "0.2",
                          "--co2", "50", "--by", "day")
        summary = got["summary"]
        self.assertAlmostEqual(summary["energy_kwh"], 45)
        self.assertAlmostEqual(summary["cost_eur"], 9)
        self.assertAlmostEqual(summary["co2_kg"], 2.25)
        self.assertAlmostEqual(summary["mean_kw"], 45 / 23, places=5)
        self.assertEqual((summary["peak_kw"], summary["base_kw"]), (3, 1))
        self.assertEqual(summary["samples"], 23)
        self.assertAlmostEqual(summary["covered"], 23 / 24, places=5)
        self.assertAlmostEqual(got["periods"][0]["covered"], 23 / 24, places=4)

    def test_peaks_have_their_causes(self):
        """Four weeks: the saw takes 1 kW at ten, the press 2; one Tuesday the press takes 6, one
        Sunday something without a meter 5."""
        begin = datetime.datetime(2026, 1, 5, tzinfo=UTC)
        text = "utc,load_kW,saw_kW,press_kW,out_C\n"
        for h in range(28 * 24):
            at = begin + datetime.timedelta(hours=h)
            saw, press = (1, 2) if at.hour == 10 and at.weekday() < 5 else (0, 0)
            other = 0.5
            if (at.day, at.hour) == (13, 10):
                press = 6
            if (at.day, at.hour) == (18, 20):
                other = 5
            text += f"{at:%Y-%m-%dT%H:%M:%SZ},{saw + press + other},{saw},{press},{at.day}\n"
        got = self.answer(text, "--column", "load_kW", "--part", "saw_kW", "--part", "press_kW",
                          "--temperature", "out_C")
        first, second, third = got["peaks"][:3]
        self.assertEqual(len(got["peaks"]), 5)
        self.assertEqual((first["at"], first["kw"], first["usual_kw"], first["temperature_c"]),
                         ("2026-01-13T10:00:00Z", 7.5, 3.5, 13))
        self.assertEqual(first["causes"], [{"part": "press_kW", "kw": 6, "usual_kw": 2}])
        self.assertEqual((second["at"], second["causes"]),
                         ("2026-01-18T20:00:00Z", [{"part": "remainder", "kw": 5, "usual_kw": 0.5}]))
        self.assertEqual((third["kw"], third["causes"]), (3.5, []))
        self.assertEqual([x["member"] for x in got["lacks"]],
                         ["summary.cost_eur", "summary.co2_kg", "solar", "periods.pieces"])
        bare = self.answer(text, "--column", "load_kW")
        self.assertIsNone(bare["peaks"][0]["causes"])
        self.assertIn({"member": "peaks.causes", "needs": "sub-meters"}, bare["lacks"])

    def test_one_row_has_no_energy(self):
        got = self.answer("utc,load_kW\n2026-01-01T00:00:00Z,2\n", "--price", "0.2", "--co2", "50")
        self.assertIsNone(got["step_s"])
        self.assertEqual(got["summary"]["peak_kw"], 2)
        for figure in ("energy_kwh", "cost_eur", "co2_kg", "covered"):
            self.assertIsNone(got["summary"][figure], figure)

    def test_energy_of_a_step_is_power(self):
        got = self.answer("utc,kitchen_Wh\n2026-01-01T00:00:00Z,250\n2026-01-01T00:30:00Z,250\n")
        self.assertAlmostEqual(got["summary"]["mean_kw"], 0.5)
        self.assertAlmostEqual(got["summary"]["energy_kwh"], 0.5)

    def test_energy_of_uneven_rows_is_whole(self):
        year = [(datetime.date(2026, month, 1), 28 * month) for month in range(1, 13)]
        got = self.answer("utc,kWh\n" + "".join(f"{day},{kwh}\n" for day, kwh in year))
        self.assertEqual([row["energy_kwh"] for row in got["periods"]], [v for _, v in year])
        self.assertEqual(got["summary"]["energy_kwh"], 28 * 78)
        self.assertAlmostEqual(got["periods"][1]["mean_kw"], 56 / (28 * 24), places=6)
        self.assertEqual((got["unit"], got["unit_assumed"]), ("kWh", False))
        got = self.answer("utc,load_kWh\n" + "".join(
            f"2026-01-01T{at}:00Z,1\n" for at in ("00:00", "01:00", "01:30", "02:30", "03:30")))
        self.assertEqual(got["summary"]["energy_kwh"], 5)
        self.assertEqual((got["summary"]["peak_kw"], got["summary"]["covered"]), (2, 1))
        for first in ("2026-03-27", "2026-10-23"):
            begin = datetime.date.fromisoformat(first)
            got = self.answer("date,load_kWh\n" + "".join(
                f"{begin + datetime.timedelta(days=i)} 00:00,24\n" for i in range(5)),
                "--timezone", "Europe/Paris", "--by", "day")
            self.assertEqual([row["energy_kwh"] for row in got["periods"]], [24] * 5)
            self.assertAlmostEqual(got["periods"][2]["mean_kw"],
                                   24 / (23 if begin.month == 3 else 25), places=5)
        gap = self.answer("utc,load_kWh\n" + "".join(
            f"2026-01-01T{hour:02}:00:00Z,1\n" for hour in (0, 1, 2, 5, 6)))["summary"]
        self.assertEqual((gap["energy_kwh"], gap["peak_kw"]), (5, 1))
        self.assertAlmostEqual(gap["covered"], 5 / 7, places=5)

    def test_units_that_are_a_name_and_none(self):
        for head, kw, unit in (("kW", 5, "kW"), ("Wh", 0.005, "Wh"), ("MWh", 5000, "MWh"),
                               ("load_W", 0.005, "W"), ("Energy", 0.005, None)):
            got = self.answer(hours((2026, 1, 1), [5] * 4, head))
            self.assertEqual(got["summary"]["mean_kw"], kw, head)
            self.assertEqual((got["unit"], got["unit_assumed"]), (unit or "W", not unit))

    def test_the_load_is_the_column_that_is_left(self):
        for head, options in (("pv_kW,load_kW", ("--solar", "pv_kW")),
                              ("t,load_kW", ("--temperature", "t")),
                              ("a_kW,load_kW", ("--part", "A_kW")),
                              ("n,load_kW", ("--pieces", "n"))):
            text = f"utc,{head}\n2026-01-01T00:00:00Z,7,2\n2026-01-01T01:00:00Z,7,2\n"
            got = self.answer(text, *options)
            self.assertEqual((got["column"], got["summary"]["mean_kw"]), ("load_kW", 2))
            done = run(text)
            self.assertEqual(done.returncode, 1)
            self.assertIn("several columns could be the load", done.stderr)

    def test_a_counter_over_a_gap(self):
        got = self.answer("utc,load_kW,pieces\n2026-01-01T00:00:00Z,10,1000\n"
                          "2026-01-01T01:00:00Z,10,1010\n2026-01-01T02:00:00Z,10,\n"
                          "2026-01-01T03:00:00Z,10,1030\n", "--pieces", "pieces")["periods"][0]
        self.assertEqual(got["pieces"], 30)

    def test_days_of_23_and_25_hours(self):
        for start, long in (((2026, 3, 28, 23), 23), ((2026, 10, 24, 22), 25)):
            got = self.answer(hours(start, [1] * (long + 24)), "--timezone", "Europe/Paris", "--by",
                              "day")
            self.assertEqual([row["energy_kwh"] for row in got["periods"]], [long, 24])
            self.assertEqual([row["covered"] for row in got["periods"]], [1, 1])
            self.assertEqual(got["periods"][1]["against_period_before_pct"], 0)

    def test_periods_add_up_in_any_partition(self):
        text = hours((2025, 12, 20), [1 + i % 5 for i in range(24 * 60)])
        whole = self.answer(text)["summary"]["energy_kwh"]
        for by in ("day", "week", "month", "year"):
            got = self.answer(text, "--by", by, "--timezone", "Europe/Paris")["periods"]
            self.assertAlmostEqual(sum(row["energy_kwh"] for row in got), whole, places=2)

    def test_a_year_before(self):
        values = [2] * (24 * 31) + [1] * (24 * 334) + [3] * (24 * 31)
        got = self.answer(hours((2024, 1, 1), values[:24 * 366] + values[24 * 365:]))["periods"]
        self.assertEqual(got[12]["from"], "2025-01-01")
        self.assertIsNotNone(got[12]["against_year_before_pct"])
        self.assertIsNone(got[0]["against_year_before_pct"])
        self.assertEqual(got[1]["against_period_before_pct"], -50)

    def test_what_was_not_measured_is_not_compared(self):
        got = self.answer(hours((2026, 1, 1), [1] * (24 * 31) + [""] * (24 * 20) + [1] * 48))
        self.assertIsNone(got["periods"][1]["against_period_before_pct"])
        self.assertLess(got["periods"][1]["covered"], 0.1)

    def test_kwh_a_piece_and_a_counter_that_begins_anew(self):
        got = self.answer("utc,load_kW,pieces\n2026-01-01T00:00:00Z,10,100\n"
                          "2026-01-01T01:00:00Z,10,140\n2026-01-01T02:00:00Z,10,5\n", "--pieces",
                          "pieces")["periods"][0]
        self.assertEqual(got["pieces"], 45)
        self.assertAlmostEqual(got["kwh_per_piece"], 30 / 45, places=5)

    def test_parts_and_remainder(self):
        got = self.answer("utc,load_W,a_W,b_W\n2026-01-01T00:00:00Z,1000,300,200\n"
                          "2026-01-01T01:00:00Z,1000,900,300\n", "--part", "a_W", "--part",
                          "b_W")["parts"]
        self.assertAlmostEqual(got["a_W"]["share"], 0.6)
        self.assertAlmostEqual(got["remainder"]["share"], 0.15)
        self.assertEqual(got["remainder"]["steps_parts_exceed_whole"], 1)

    def test_a_baseline_needs_a_year(self):
        begin = datetime.datetime(2025, 1, 1, tzinfo=UTC)
        rows = ["utc,load_kW,t"]
        for i in range(24 * 400):
            t = 10 + i // 24 % 60 / 6
            at = (begin + datetime.timedelta(hours=i)).strftime("%Y-%m-%dT%H:%M:%SZ")
            rows.append(f"{at},{1 + 0.1 * max(0, 18 - t)},{t}")
        text = "\n".join(rows) + "\n"
        got = self.answer(text, "--temperature", "t")["baseline"]
        self.assertEqual(got["verdict"], "good")
        self.assertAlmostEqual(got["kwh_per_day"], 24, places=3)
        self.assertAlmostEqual(got["kwh_per_degree_day"], 2.4, places=3)
        self.assertAlmostEqual(got["months"][3]["expected_kwh_per_day"],
                               got["months"][3]["kwh_per_day"], places=3)
        short = self.answer("\n".join(rows[:24 * 90]) + "\n", "--temperature", "t")["baseline"]
        self.assertEqual(short["verdict"], "fewer than twelve months")
        self.assertIsNone(short["months"][0]["expected_kwh_per_day"])

    def test_one_row_constant_and_negative(self):
        one = self.answer("utc,load_kW\n2026-01-01T00:00:00Z,5\n")
        self.assertEqual((one["summary"]["samples"], one["summary"]["mean_kw"]), (1, 5))
        self.assertIsNone(one["summary"]["covered"])
        flat = self.answer(hours((2026, 1, 1), [0] * 48))["summary"]
        self.assertIsNone(flat["load_factor"])
        self.assertEqual(flat["energy_kwh"], 0)
        back = self.answer(hours((2026, 1, 1), [-2] * 24))["summary"]
        self.assertEqual(back["energy_kwh"], -48)
        self.assertIsNone(back["load_factor"])

    def test_a_register_is_no_power(self):
        """What export writes of a register, and what only a register does: never fall."""
        rising = [20464201 + 300 * i for i in range(30)]
        for values, head in ((rising[:3], "energy_import"), (rising, "mean"),
                             (rising, "load_kWh")):
            done = run(hours((2026, 1, 1), values, head))
            self.assertNotEqual(done.returncode, 0, head)
            self.assertIn("counts up: a register", done.stderr)
        self.answer(hours((2026, 1, 1), rising + [rising[-2]], "load_W"))
        self.answer(hours((2026, 1, 1), [5, 5, 5], "energy_import_W"))

    def test_bad_input_is_named(self):
        for why, text, options, says in (
                ("no numbers", "utc,a\n2026-01-01T00:00:00Z,x\n", (), "no column has numbers"),
                ("no rows", "utc,a\n", (), "no column has numbers"),
                ("no such column", "utc,a\n2026-01-01T00:00:00Z,1\n", ("--solar", "pv"), "pv"),
                ("no such period", "utc,a\n", ("--by", "fortnight"), "fortnight"),
                ("energy of one row", "utc,a_Wh\n2026-01-01T00:00:00Z,1\n", (), "one row only")):
            with self.subTest(why):
                done = run(text, *options)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(says, done.stderr)


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    unittest.main()
