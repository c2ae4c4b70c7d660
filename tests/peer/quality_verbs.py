#!/usr/bin/env python3
"""ohmstead quality: files as sites have them, good and bad, and figures worked by hand.

usage: quality_verbs.py OHMSTEAD"""
import json
import subprocess
import sys
import unittest

OHMSTEAD = ""


def run(text, *options):
    return subprocess.run([OHMSTEAD, "quality", "--csv", "-", *options], input=text, text=True,
                          capture_output=True, timeout=60, check=False)


def week(values, step_min=10, head="u1_V", start=(2026, 1, 5)):
    """A file whose rows begin on a Monday."""
    rows = [f"utc,{head}"]
    for i, value in enumerate(values):
        minutes = i * step_min
        day = start[2] + minutes // 1440
        rows.append(f"{start[0]}-{start[1]:02}-{day:02}T{minutes % 1440 // 60:02}:"
                    f"{minutes % 60:02}:00Z,{value}")
    return "\n".join(rows) + "\n"


class Quality(unittest.TestCase):
    def answer(self, text, *options):
        done = run(text, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_a_week_against_the_standard(self):
        good = [230] * 1008
        for why, values, verdict in (
                ("all well", good, "kept"),
                ("a twentieth low", [206] * 50 + good[50:], "kept"),
                ("more than a twentieth low", [206] * 51 + good[51:], "broken"),
                ("one far too low", [190] + good[1:], "broken"),
                ("one too high", [254] + good[1:], "broken"),
                ("a day alone", good[:144], "too little measured")):
            with self.subTest(why):
                got = self.answer(week(values))["en50160"]
                self.assertEqual([w["verdict"] for w in got["weeks"]], [verdict])
                self.assertFalse(got["indication_only"])
        self.assertTrue(self.answer(week(good[:672], 15))["en50160"]["indication_only"])

    def test_a_week_in_pieces_is_an_indication(self):
        for share, indication in ((1, False), (0.92, False), (0.88, True), (0.43, True)):
            with self.subTest(share):
                got = self.answer(week([230] * round(1008 * share)))["en50160"]["weeks"]
                self.assertEqual([(w["verdict"], w["indication_only"]) for w in got],
                                 [("kept", indication)])

    def test_finer_rows_are_judged_as_means_of_ten_minutes(self):
        good = [230] * (7 * 1440)
        for why, values, verdict, least in (
                ("a minute's dip", [180] + good[1:], "kept", 225.4994),
                ("ten minutes low", [190] * 10 + good[10:], "broken", 190),
                ("less than half of ten minutes", [190] * 4 + [""] * 6 + good[10:], "kept", 230),
                ("half of them", [190] * 5 + [""] * 5 + good[10:], "broken", 190),
                ("three of every ten", ([230] * 3 + [""] * 7) * 1008, "too little measured",
                 None)):
            with self.subTest(why):
                got = self.answer(week(values, 1))["en50160"]
                self.assertEqual([w["verdict"] for w in got["weeks"]], [verdict])
                self.assertFalse(got["indication_only"])
                if least:
                    self.assertAlmostEqual(got["weeks"][0]["u1"]["min"], least, places=3)

    def test_a_phase_that_is_not_measured_takes_no_other_with_it(self):
        for names, means in (("i1_A,i2_A", [10, 20, None]), ("i2_A,i3_A", [None, 10, 20])):
            text = f"utc,{names}\n" + "".join(
                f"2026-01-05T{h:02}:00:00Z,{9 + h % 2 * 2},20\n" for h in range(24))
            got = self.answer(text)["currents"]
            self.assertEqual((got["mean_a"], got["move"], got["unbalance_pct"]),
                             (means, None, None))

    def test_a_bank_pays_back_by_the_winter_hours_measured(self):
        options = ("--bank-step", "10", "--eur-per-kvar", "500", "--eur-per-kvarh", "0.02")
        for months, years in (((11,), 12.1), ((11, 12), 12.1), (range(1, 13), 12.1),
                              ((5, 6, 7), None)):
            text = "utc,p_kW,q_kvar\n" + "".join(
                f"2025-{month:02}-{day:02}T{hour:02}:00:00Z,100,80\n"
                for month in months for day in range(1, 29) for hour in range(24))
            bank = self.answer(text, *options)["reactive"]["capacitor"]["bank"]
            self.assertEqual((bank["kvar"], bank["payback_years"]), (40, years))

    def test_a_phase_that_is_gone_is_no_unbalance(self):
        text = ("utc,u1_V,u2_V,u3_V\n2026-01-01T00:00:00Z,230,230,230\n"
                "2026-01-01T00:10:00Z,230,0,230\n2026-01-01T00:20:00Z,230,,230\n")
        got = self.answer(text)
        self.assertEqual(got["unbalance"]["pvur_pct"]["samples"], 1)
        self.assertEqual(got["unbalance"]["pvur_pct"]["max"], 0)
        self.assertEqual(got["voltage"]["rows_interrupted"], 1)

    def test_what_is_lacking_is_said_and_never_0(self):
        got = self.answer("utc,p_kW\n2026-01-01T00:00:00Z,1\n")
        for member in ("currents", "voltage", "power_factor", "reactive"):
            self.assertIsNone(got[member], member)
        lacks = [row["member"] for row in got["lacks"]]
        self.assertIn("reactive", lacks)
        self.assertIn("power_factor", lacks)
        self.assertIsNone(got["step_s"])  # of one row
        got = self.answer("utc,u12_V,i1_A,i3_A,p_kW,s_kVA\n2026-01-01T00:00:00Z,400,5,6,1,2\n")
        lacks = [row["member"] for row in got["lacks"]]
        self.assertIn("unbalance.vuf_pct", lacks)  # two line voltages are missing
        self.assertIn("currents", lacks)
        self.assertNotIn("power_factor", lacks)

    def test_a_day_is_no_week(self):
        rows = "".join(f"2026-01-05T{i // 6:02}:{i % 6}0:00Z,230\n" for i in range(144))
        week = self.answer("utc,u1_V\n" + rows)["en50160"]["weeks"][0]
        self.assertEqual((week["verdict"], week["u1"]["verdict"]), ("too little measured",) * 2)

    def test_units_names_and_decimal_commas(self):
        got = self.answer("Horodate;Puissance (kW);Q\n05/01/2026 08:00;3,0;4000\n"
                          "05/01/2026 08:10;3,0;4000\n", "--timezone", "Europe/Paris")
        self.assertAlmostEqual(got["power_factor"]["factor"]["median"], 0.6)
        month = got["reactive"]["months"][0]
        self.assertAlmostEqual(month["kwh"], 1.0)
        self.assertAlmostEqual(month["tan_phi"], 4 / 3, places=5)

    def test_a_role_is_said(self):
        got = self.answer("utc,a,b\n2026-01-01T00:00:00Z,3,4\n", "--column", "p=a", "--column",
                          "q=b")
        self.assertEqual(got["columns"], {"p": "a", "q": "b"})

    def test_power_that_goes_back_has_no_factor(self):
        got = self.answer("utc,p_kW,q_kvar\n2026-01-01T00:00:00Z,-3,4\n2026-01-01T01:00:00Z,3,-4\n")
        self.assertEqual(got["power_factor"]["quadrants"], [0, 1, 0, 1])
        self.assertEqual(got["power_factor"]["undefined"], 1)
        self.assertEqual(got["power_factor"]["factor"]["samples"], 1)

    def test_reactive_energy_of_winter_days(self):
        """A Monday hour in January counts, a Sunday's and a night's don't, April's aren't billed."""
        rows = "utc,p_kW,q_kvar\n" + "".join(
            f"{at},100,{q}\n" for at, q in (
                ("2026-01-04T11:00:00Z", 999), ("2026-01-05T02:00:00Z", 999),
                ("2026-01-05T03:00:00Z", 999), ("2026-01-05T09:00:00Z", 60),
                ("2026-01-05T10:00:00Z", 60), ("2026-04-07T09:00:00Z", 60),
                ("2026-04-07T10:00:00Z", 60)))
        got = self.answer(rows, "--timezone", "Europe/Paris", "--eur-per-kvarh", "0.02")["reactive"]
        january, april = got["months"]
        self.assertAlmostEqual(january["kvarh"], 120)
        self.assertAlmostEqual(january["billed_kvarh"], 120 - 0.4 * 200)
        self.assertAlmostEqual(january["cost_eur"], 0.8)
        self.assertEqual((april["counts"], april["billed_kvarh"]), (False, 0))
        at_31 = self.answer(rows, "--timezone", "Europe/Paris", "--tan-limit", "0.31")["reactive"]
        self.assertAlmostEqual(at_31["months"][0]["billed_kvarh"], 120 - 0.31 * 200)

    def test_rows_that_come_again_are_left_out_and_counted(self):
        got = self.answer("utc,u1\n2026-01-01T00:00:00Z,230\n2026-01-01T00:00:00Z,500\n"
                          "2025-12-31T00:00:00Z,500\n2026-01-01T00:10:00Z,231\n")
        self.assertEqual((got["rows"], got["rows_left_out"]), (2, 2))
        self.assertEqual(got["voltage"]["max_v"], 231)

    def test_bad_input_is_named(self):
        for why, text, options, says in (
                ("empty", "", (), "is empty"),
                ("no times", "a,b\n1,2\n", (), "no column of times"),
                ("no such time", "a,b\n1,2\n", ("--time", "zeit"), "zeit"),
                ("a bad time", "utc,u1\nyesterday,230\n", (), "line 2: yesterday"),
                ("nothing known", "utc,x\n2026-01-01T00:00:00Z,1\n", (), "no column that is known"),
                ("no such column", "utc,u1\n2026-01-01T00:00:00Z,1\n", ("--column", "p=zz"), "zz"),
                ("no such role", "utc,u1\n2026-01-01T00:00:00Z,1\n", ("--column", "zz=u1"), "zz"),
                ("a number that is none", "utc,u1\n2026-01-01T00:00:00Z,1\n", ("--nominal", "x"),
                 "--nominal"),
                ("no such zone", "utc,u1\n", ("--timezone", "Mars/Olympus"), "Mars")):
            with self.subTest(why):
                done = run(text, *options)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(says, done.stderr)
                self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    unittest.main()
