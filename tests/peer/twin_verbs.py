#!/usr/bin/env python3
"""ohmstead twin, as a shell sees it.

usage: twin_verbs.py OHMSTEAD"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

OHMSTEAD = ""
ZONE = {"h_tr_em": 86.8, "h_tr_w": 29.9, "h_tr_ms": 2730, "h_tr_is": 1863, "h_ve_adj": 60,
        "c_m": 19.8e6, "mass_area": 300, "A_t": 540, "heat_node": "air", "cool_node": "air",
        "max_heating_w": None, "max_cooling_w": None, "t_set_heating": 20, "t_set_cooling": 26,
        "t_m0": 20, "dt_s": 3600}
HEAD = "step,t_m_prev,t_m_next,t_m,t_s,t_air,t_op,demand"
WEATHER = "t_out,solar_gain,int_gain\n5,0,200\n5,0,200\n"


def twin(zone, rows, *options, control="ideal"):
    """zone: an object, or the text of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "zone.json")
        with open(path, "w", encoding="utf-8") as out:
            out.write(zone if isinstance(zone, str) else json.dumps(zone))
        return subprocess.run([OHMSTEAD, "twin", "--params", path, "--input", "-", *options,
                               *(["--control", control] if control else [])], input=rows,
                              text=True, capture_output=True, timeout=60, check=False)


def table(done):
    lines = done.stdout.splitlines()
    return [dict(zip(lines[0].split(","), map(float, line.split(",")))) for line in lines[1:]]


class TwinTest(unittest.TestCase):
    def test_a_set_point_is_held(self):
        done = twin(ZONE, WEATHER)
        self.assertEqual((done.returncode, done.stderr, done.stdout.split("\n")[0]), (0, "", HEAD))
        rows = table(done)
        self.assertEqual([row["step"] for row in rows], [0, 1])
        for row in rows:
            self.assertAlmostEqual(row["t_air"], 20, 9)
            self.assertGreater(row["demand"], 1000)
        self.assertEqual(rows[1]["t_m_prev"], rows[0]["t_m_next"])

    def test_a_demand_in_the_file_is_the_control(self):
        rows = table(twin(ZONE, "t_out,demand,solar_gain,int_gain\n5,1500,0,0\n5,-800,0,0\n",
                          control=None))
        self.assertEqual([row["demand"] for row in rows], [1500, -800])

    def test_a_thermostat_switches_and_waits(self):
        zone = {**ZONE, "max_heating_w": 20000, "t_m0": 19}
        rows = table(twin(zone, "t_out,solar_gain,int_gain\n" + "-10,0,0\n" * 48,
                          control="hysteresis"))
        powers = {row["demand"] for row in rows}
        self.assertEqual(powers, {0, 20000})
        for before, row in zip(rows, rows[1:]):
            if before["t_air"] < 19.5:
                self.assertEqual(row["demand"], 20000)
            elif before["t_air"] > 20.5:
                self.assertEqual(row["demand"], 0)
            else:
                self.assertEqual(row["demand"], before["demand"])

    def test_supply_air_of_its_own(self):
        plain, warmed = (table(twin(ZONE, rows))[0]["demand"] for rows in (
            "t_out,solar_gain,int_gain\n0,0,0\n", "t_out,t_supply,solar_gain,int_gain\n0,16,0,0\n"))
        self.assertAlmostEqual(plain - warmed, 60 * 16, delta=40)

    def test_what_is_wrong_is_said_with_its_place(self):
        cases = [
            ("no file of figures", "[]", WEATHER, "ideal", "object"),
            ("no JSON", "{\"h_tr_em\": }", WEATHER, "ideal", "line 1"),
            ("a figure is missing", {**ZONE, "c_m": None}, WEATHER, "ideal", '"c_m"'),
            ("text for a figure", {**ZONE, "A_t": "540"}, WEATHER, "ideal", '"A_t"'),
            ("no such node", {**ZONE, "heat_node": "roof"}, WEATHER, "ideal", '"heat_node"'),
            ("no building", {**ZONE, "mass_area": 600}, WEATHER, "ideal", "mass_area"),
            ("no step", {**ZONE, "dt_s": 0}, WEATHER, "ideal", "dt_s"),
            ("crossed", {**ZONE, "t_set_heating": 27}, WEATHER, "ideal", "t_set_heating"),
            ("a thermostat of any power", ZONE, WEATHER, "hysteresis", "max_heating_w"),
            ("an empty file", ZONE, "", "ideal", "empty"),
            ("a column is missing", ZONE, "t_out,int_gain\n5,0\n", "ideal", "solar_gain"),
            ("a column twice", ZONE, "t_out,t_out,solar_gain,int_gain\n", "ideal", "t_out"),
            ("open without a demand", ZONE, WEATHER, "open", "demand"),
            ("no number", ZONE, WEATHER + "nan,0,0\n", "ideal", "line 4"),
            ("a gap", ZONE, WEATHER + ",0,0\n", "ideal", "line 4"),
            ("a row cut short", ZONE, WEATHER + "5,0\n", "ideal", "line 4"),
            ("out of all range", ZONE, WEATHER + "5,1e12,0\n", "ideal", "line 4"),
        ]
        for why, zone, rows, control, word in cases:
            with self.subTest(why):
                done = twin(zone, rows, control=control)
                self.assertEqual((done.returncode, len(done.stderr.splitlines())), (1, 1),
                                 done.stderr)
                self.assertIn(word, done.stderr)

    def test_a_figure_nobody_knows_is_named(self):
        done = twin({**ZONE, "t_set_heatin": 21}, WEATHER)
        self.assertEqual(done.returncode, 0)
        self.assertIn("t_set_heatin", done.stderr)

    def test_wrong_use(self):
        for options in (["--control", "magic"], ["--inputs", "x"], ["more"]):
            self.assertEqual(twin(ZONE, WEATHER, *options, control=None).returncode, 2)


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    unittest.main()
