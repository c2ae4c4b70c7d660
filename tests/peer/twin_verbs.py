#!/usr/bin/env python3
"""ohmstead twin, as a shell sees it.

usage: twin_verbs.py OHMSTEAD"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

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


BUILDING = {"floor_area": 100, "class": "medium", "infiltration_ach": 0.5, "internal_w": 300,
            "t_set_heating": 19, "t_set_cooling": [None] * 8 + [26] * 16, "t_m0": 19,
            "surfaces": [{"name": "walls", "area": 150, "u": 0.4, "azimuth": 90},
                         {"name": "window", "area": 15, "u": 1.3, "g": 0.6, "azimuth": 180},
                         {"name": "floor", "area": 100, "u": 0.3, "b": 0.5, "hidden": True}]}
HEAD_EPW = "LOCATION,Town,,FRA,Made,0,48.8,2.3,1.0,75\n" + "HEAD\n" * 7


def hours(count, outdoor=5, direct=0, diffuse=0):
    return "".join(f"2023,2,{1 + h // 24},{1 + h % 24},0,?,{outdoor},0,80,100000,0,0,300,0,"
                   f"{direct if 9 <= h % 24 < 16 else 0},{diffuse if 8 <= h % 24 < 17 else 0},0\n"
                   for h in range(count))


def lived(building, weather, *options):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("building.json", "weather.epw")]
        for path, text in zip(paths, (json.dumps(building), weather)):
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        return subprocess.run([OHMSTEAD, "twin", "--params", paths[0], "--weather", paths[1],
                               *options], text=True, capture_output=True, timeout=60, check=False)


os.environ["LC_ALL"] = "C.UTF-8"


class BuildingTest(unittest.TestCase):
    def test_a_year_by_areas_and_weather(self):
        done = lived(BUILDING, HEAD_EPW + hours(72, direct=600, diffuse=80))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = table(done)
        self.assertEqual([row["step"] for row in rows], list(range(72)))
        for row in rows:
            self.assertGreaterEqual(row["t_air"], 19 - 1e-9)
        noon, night = rows[12], rows[2]
        # 15 m2 of glass, 600 W/m2 from some 25 degrees above the south, less what the sky takes.
        self.assertTrue(3500 < noon["solar_gain"] < 6500, noon["solar_gain"])
        sky_w = (150 * 0.4 + 15 * 1.3) * 0.04 * 0.5 * 4.5 * 11
        self.assertAlmostEqual(night["solar_gain"], -sky_w, 6)

    def test_half_steps_add_up_to_the_same_heat(self):
        whole, half = (json.loads(lived({**BUILDING, "dt_s": dt}, HEAD_EPW + hours(240),
                                        "--summary").stdout) for dt in (3600, 1800))
        self.assertEqual((whole["steps"], half["steps"]), (240, 480))
        self.assertAlmostEqual(half["heating_kwh"] / whole["heating_kwh"], 1, 2)

    def test_without_a_start_it_has_lived_before(self):
        building = {key: value for key, value in BUILDING.items() if key != "t_m0"}
        first = table(lived(building, HEAD_EPW + hours(400, outdoor=-5)))[0]["t_m_prev"]
        last = table(lived(building, HEAD_EPW + hours(400, outdoor=-5)))[-1]["t_m_next"]
        self.assertAlmostEqual(first, last, 2)

    def test_free_floating_neither_heats_nor_cools(self):
        summary = json.loads(lived(BUILDING, HEAD_EPW + hours(48), "--control", "open",
                                   "--summary").stdout)
        self.assertEqual((summary["heating_kwh"], summary["cooling_kwh"]), (0, 0))
        self.assertLess(summary["t_air_min"], 19)

    def test_zones_that_touch(self):
        day, night = {**BUILDING, "name": "day"}, {**BUILDING, "name": "night",
                                                   "t_set_heating": 14}
        good = HEAD_EPW + hours(96, outdoor=-3)

        def heat(links, *zones):
            done = lived({"zones": zones or (day, night), "links": links}, good, "--summary")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return {name: zone["heating_kwh"]
                    for name, zone in json.loads(done.stdout)["zones"].items()}

        alone = json.loads(lived(BUILDING, good, "--summary").stdout)["heating_kwh"]
        apart = heat([])
        joined = heat([{"between": ["day", "night"], "air_w_per_k": 60}])
        self.assertAlmostEqual(apart["day"], alone, 6)
        self.assertGreater(joined["day"], apart["day"] + 1)  # it heats the other, too
        self.assertLessEqual(joined["night"], apart["night"])
        same = heat([{"between": ["a", "b"], "mass_w_per_k": 60}], {**BUILDING, "name": "a"},
                    {**BUILDING, "name": "b"})
        self.assertAlmostEqual(same["a"], alone, 6)
        rows = lived({"zones": [day, night]}, HEAD_EPW + hours(24)).stdout.splitlines()
        self.assertEqual((len(rows), rows[0].split(",")[:2], rows[2].split(",")[:2]),
                         (49, ["step", "zone"], ["0", "night"]))
        for why, params in (
                ("a \"name\" of its own", {"zones": [day, day]}),
                ("a link is", {"zones": [day, night], "links": [{"between": ["day", "attic"]}]}),
                ("a link is", {"zones": [day, night], "links": [
                    {"between": ["day", "night"], "air_w_per_k": -1}]}),
                ("one dt_s", {"zones": [day, {**night, "dt_s": 900}]}),
                ("there is no (dt_s)", {"zones": [day], "dt_s": 900}),
                ("list of 1 to 12", {"zones": []})):
            done = lived(params, good)
            self.assertEqual((done.returncode, done.stdout), (1, ""), why)
            self.assertIn(why, done.stderr)

    def test_what_is_no_building_or_no_weather_is_refused(self):
        window = {"area": 2, "u": 1, "g": 0.5, "overhang": 1}
        good = HEAD_EPW + hours(24)
        for why, building, weather in (
                ("must be whole parts of an hour", {**BUILDING, "dt_s": 700}, good),
                ("is none of its figures", {**BUILDING, "floor": 3}, good),
                ("surface 1: \"u\" is missing", {**BUILDING, "surfaces": [{"area": 3}]}, good),
                ("needs the window's height", {**BUILDING, "surfaces": [window]}, good),
                ("is none of very light", {**BUILDING, "class": "solid"}, good),
                ("one an hour of the day", {**BUILDING, "internal_w": [1, 2]}, good),
                ("t_set_heating is above", {**BUILDING, "t_set_heating": 30}, good),
                ("\"surfaces\" is missing", ZONE, good),
                ("begins with LOCATION", BUILDING, hours(24)),
                ("line 10", BUILDING, HEAD_EPW + hours(1) + hours(1, outdoor=99.9)),
                ("holds no hour", BUILDING, HEAD_EPW)):
            done = lived(building, weather)
            self.assertEqual((done.returncode, done.stdout), (1, ""), why)
            self.assertIn(why, done.stderr)
        for figure in ({"floor_area": -1}, {"c_m": -5, "mass_area": 9}, {"heat_recovery": 2}):
            self.assertNotIn("surface", lived({**BUILDING, **figure}, good).stderr)  # it is none's
        second = [*BUILDING["surfaces"][:1], {"area": 3, "u": -1}]
        self.assertIn("(surface 2)", lived({**BUILDING, "surfaces": second}, good).stderr)
        for options in (("--summary", "--control", "hysteresis"), ("--input", "-")):
            self.assertEqual(lived(BUILDING, good, *options).returncode, 2)


class TwinTest(unittest.TestCase):
    def test_a_first_row_that_is_refused_leaves_nothing(self):
        done = twin(ZONE, "t_out,solar_gain,int_gain\ncold,0,0\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        done = twin({**ZONE, "max_heating_w": -5}, WEATHER)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("max_heating_w is no power", done.stderr)

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
            ("no weather", ZONE, WEATHER + "9999,0,0\n", "ideal", "line 4"),
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

    def test_what_is_wrong_in_french(self):
        with mock.patch.dict(os.environ, {"LC_ALL": "fr_FR.UTF-8"}):
            self.assertIn("c_m n’est pas une capacité", twin({**ZONE, "c_m": -1}, WEATHER).stderr)
            self.assertIn("colonne t_out ne porte pas de nombre (line 4)",
                          twin(ZONE, WEATHER + ",0,0\n").stderr)

    def test_wrong_use(self):
        for options in (["--control", "magic"], ["--inputs", "x"], ["more"]):
            self.assertEqual(twin(ZONE, WEATHER, *options, control=None).returncode, 2)


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    unittest.main()
