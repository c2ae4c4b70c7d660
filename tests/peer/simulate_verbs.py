#!/usr/bin/env python3
"""ohmstead simulate --start: the laboratory, as a shell sees it.

usage: simulate_verbs.py OHMSTEAD"""
import csv
import http.server
import io
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import unittest
import xml.etree.ElementTree

OHMSTEAD = ""
WEEK = ("--start", "2026-01-12", "--end", "2026-01-18")
BARE = {"building": None, "base_load_w": 500, "export_eur_per_kwh": 0.1, "kva": 6}


def simulate(*options, code=0):
    done = subprocess.run([OHMSTEAD, "simulate", *options], text=True, capture_output=True,
                          timeout=120, check=False)
    if done.returncode != code:
        raise AssertionError(f"status {done.returncode}: {done.stderr}")
    return done


def report(*options):
    return json.loads(simulate(*options, "--json").stdout)


os.environ["LC_ALL"] = "C.UTF-8"


class LaboratoryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def said(self, options, why, code):
        """What is wrong is named, on one line but for what --vary takes, and in French, too."""
        done = simulate(*options, code=code)
        self.assertIn(why, done.stderr)
        french = subprocess.run([OHMSTEAD, "simulate", *options], text=True, capture_output=True,
                                env={**os.environ, "LC_ALL": "fr_FR.UTF-8"}, timeout=60,
                                check=False)
        self.assertEqual((french.returncode, done.stdout, french.stdout), (code, "", ""))
        for one, other in zip(done.stderr.splitlines()[-1:], french.stderr.splitlines()[-1:]):
            strip = [re.sub(r"\((see|voir) .*|line \d+.*", "", line) for line in (one, other)]
            self.assertTrue(strip[0] != strip[1] or "near" in one, one)

    def test_a_plan_is_compared_with_what_there_is_without_one(self):
        told = report(*WEEK)
        runs = {(run["mode"], run.get("forecast")): run for run in told["runs"]}
        self.assertEqual(set(runs), {("mpc", "persistence"), ("mpc", "perfect"), ("ideal", None),
                                     ("manual", None)})
        plan, ideal = runs["mpc", "persistence"], runs["ideal", None]
        self.assertEqual((plan["plans"], ideal["plans"]), (7 * 96, 0))
        self.assertLess(plan["cost_eur"], ideal["cost_eur"])
        self.assertLess(plan["cold_kh"], 1)
        self.assertGreater(told["share_of_omniscient_saving"], 0.8)
        for run in runs.values():
            self.assertAlmostEqual(sum(period["eur"] for period in run["periods"].values()),
                                   run["energy_eur"], 6)
            self.assertAlmostEqual(run["cost_eur"], run["energy_eur"] + run["subscription_eur"] -
                                   run["feed_in_eur"], 6)
        self.assertEqual(told, {**report(*WEEK), "runs": told["runs"]})  # again the same
        text = simulate(*WEEK).stdout
        self.assertIn("ideal controller", text)
        self.assertIn("red_hp", text)

    def test_a_winter_on_tempo(self):
        """What docs/simulate.md tells: both baselines, and the share that persistence keeps."""
        told = report("--start", "2025-10-15", "--end", "2026-04-15", "--tariff", "tempo")
        runs = {(run["mode"], run.get("forecast")): run for run in told["runs"]}
        plan, omniscient = runs["mpc", "persistence"], runs["mpc", "perfect"]
        self.assertGreaterEqual(told["share_of_omniscient_saving"], 0.95)
        self.assertEqual(plan["plans"], 183 * 96)  # both changes of the clocks are within
        self.assertLess(omniscient["cost_eur"], plan["cost_eur"])
        for other in ("ideal", "manual"):
            self.assertLess(plan["cost_eur"], 0.9 * runs[other, None]["cost_eur"], other)
        for run in (plan, omniscient, runs["ideal", None]):
            self.assertLess(run["cold_kh"], 0.01)

    def test_car_and_tank(self):
        days = ("--start", "2026-01-12", "--end", "2026-01-14")
        world = {**BARE, "car": {"need_kwh": 8, "kw": 3.7}, "tank": {"kw": 2.4, "day_kwh": 5}}
        path = self.write("devices.json", world)
        runs = {mode: report(*days, "--world", path, "--tariff", "tempo", "--mode", mode)["runs"][0]
                for mode in ("manual", "mpc")}
        for run in runs.values():
            self.assertEqual(run["water_short_kwh"], 0)
            self.assertLess(run["car_short_kwh"], 0.3)
            self.assertAlmostEqual(run["import_kwh"] - run["load_kwh"],
                                   run["car_kwh"] + run["tank_kwh"], 6)
        self.assertGreater(runs["mpc"]["plans"], 10)
        self.assertLess(runs["mpc"]["cost_eur"], runs["manual"]["cost_eur"] - 1)
        rows = list(csv.DictReader(io.StringIO(simulate(
            *days, "--world", path, "--tariff", "tempo", "--out", "csv").stdout)))
        for row in rows:  # away from seven to half past six
            clock = (int(row["time"][11:13]) + 1) % 24 + int(row["time"][14:16]) / 60
            self.assertTrue(float(row["car_w"]) == 0 or not 7 <= clock < 18.5, row)
        for wrong in ({"car": {"need_kwh": -1}}, {"car": {"wheels": 4}}, {"tank": {"kwh": 0}}):
            simulate(*days, "--world", self.write("wrong.json", {**BARE, **wrong}), code=1)

    def test_who_knows_the_future_does_no_worse_up_to_the_last_day(self):
        """Beyond the end each hour is as a day before: not the last quarter of an hour for ever,
        whose night a plan that knows everything took for the next day: that cost 5 % more. Plans of
        devices that are on or off differ by some thousandths of themselves."""
        world = self.write("devices.json", {**BARE, "kva": 9, "battery": {"kwh": 8, "kw": 4},
                                            "car": {"need_kwh": 9}, "tank": {"kw": 2.4},
                                            "pv": {"kwp": 3}})
        runs = report("--start", "2026-06-10", "--end", "2026-06-14", "--world", world, "--tariff",
                      "hphc", "--vary", "forecast=persistence,perfect")["runs"]
        costs = [run["cost_eur"] + run["battery_wear_eur"] -
                 0.1 * (run["battery_gain_kwh"] + run["water_gain_kwh"]) for run in runs]
        self.assertLess(costs[1], costs[0] * 1.01)

    def test_prices_of_the_market(self):
        contract = self.write("spot.yaml", "name: market\n"
                              "spot: {period: base, factor: 1, fee: 0.02, tax: 0}\n"
                              "rows:\n  - {from: 2025-01-01, prices: {}, source: mine}\n")
        hours = [f"2026-01-{day:02}T{hour:02}:00:00Z" for day in range(11, 20) for hour in range(24)]
        rows = [f"{a},{b},{50 if '11:00' in a else 150}" for a, b in zip(hours, hours[1:])]
        prices = self.write("prices.csv", "utc_start,utc_end,value\n" + "\n".join(rows) + "\n")
        world = self.write("bare.json", BARE)
        run = report(*WEEK, "--world", world, "--tariff", contract, "--prices", prices)["runs"][0]
        self.assertAlmostEqual(run["energy_eur"], 7 * 0.5 * (23 * 0.17 + 0.07), 6)
        done = simulate(*WEEK, "--world", world, "--tariff", contract, code=1)
        self.assertIn("its price is the market's: --prices FILE", done.stderr)
        short = self.write("short.csv", "utc_start,utc_end,value\n" + "\n".join(rows[:50]) + "\n")
        done = simulate(*WEEK, "--world", world, "--tariff", contract, "--prices", short, code=1)
        self.assertIn("no price of the market from (2026-01-13T02:00:00Z)", done.stderr)

    def test_what_the_grid_emits_by_the_hour(self):
        world = self.write("bare.json", BARE)
        co2 = self.write("co2.csv", "date,g_per_kwh\n" + "".join(
            f"2026-01-{day:02} {hour:02}:00,{100 if hour < 12 else 20}\n"
            for day in range(12, 19) for hour in range(24)))
        run = report(*WEEK, "--world", world, "--tariff", "base", "--co2", co2)["runs"][0]
        self.assertAlmostEqual(run["co2_kg"], 7 * 12 * 0.5 * 0.120, 6)

    def test_the_sun_of_another_place(self):
        weather = self.write("w.csv", "utc,t_out,direct,diffuse\n" + "".join(
            f"2026-01-{day:02}T{hour:02}:00:00Z,5,300,50\n"
            for day in range(11, 20) for hour in range(24)))
        world = self.write("sun.json", {**BARE, "pv": {"kwp": 3}})
        made = {place: report(*WEEK, "--weather", weather, "--world", world, "--tariff", "base",
                              "--place", place)["runs"][0]["pv_kwh"]
                for place in ("48.85,2.35", "-33.9,18.4")}
        self.assertNotAlmostEqual(made["48.85,2.35"], made["-33.9,18.4"], 0)
        for wrong in ("48", "91,2", "a,b", "48,200"):
            simulate(*WEEK, "--place", wrong, code=2)

    def test_what_a_house_without_heating_pays_is_what_the_contract_says(self):
        world = self.write("bare.json", BARE)
        run = report(*WEEK, "--world", world, "--tariff", "base")["runs"][0]
        self.assertAlmostEqual(run["import_kwh"], 0.5 * 24 * 7, 9)
        bill = json.loads(subprocess.run(
            [OHMSTEAD, "bill", "--contract", "bleu-base-6kva", "--from", "2026-01-12", "--to",
             "2026-01-19", "--json", "--csv", self.write("use.csv", "time,energy_import\n" + "".join(
                 f"2026-01-{day:02}T{hour:02}:00:00+01:00,{500 * (24 * (day - 12) + hour)}\n"
                 for day in range(12, 20) for hour in range(24 if day < 19 else 1)))],
            text=True, capture_output=True, timeout=60, check=True).stdout)
        self.assertAlmostEqual(run["cost_eur"], float(bill["total_eur"]), delta=0.02)

    def test_what_if_on_what_was_used(self):
        register = "time,energy_import\n" + "".join(
            f"2026-01-{day:02}T{hour:02}:00:00+01:00,{100 * (24 * (day - 12) + hour)}\n"
            for day in range(12, 20) for hour in range(24 if day < 19 else 1))
        path = self.write("register.csv", register)
        runs = report(*WEEK, "--load", path, "--vary", "contract=base,hphc", "--vary",
                      "pv_kwp=0,2")["runs"]
        self.assertEqual([round(run["load_kwh"], 6) for run in runs], [16.8] * 4)
        self.assertEqual(runs[0]["heat_kwh"], 0)  # its heating is in what was measured
        self.assertLess(runs[1]["cost_eur"], runs[0]["cost_eur"])
        holes = register.replace("T03:00", "T02:30").replace("2026-01-14T", "2026-01-13T")
        self.assertIn("ohmstead: ", simulate(*WEEK, "--load", self.write("bad.csv", holes),
                                             code=1).stderr)
        late = ("--start", "2026-01-12", "--end", "2026-01-20", "--load", path)
        self.assertIn("more than a tenth", simulate(*late, code=1).stderr)

        subprocess.run([OHMSTEAD, "import", path, "--column",
                        "energy_import=home/ground/main/energy_import:Wh", "--state",
                        self.folder], check=True, capture_output=True, timeout=60)
        stored = report(*WEEK, "--state", self.folder, "--device", "main",
                        "--vary", "contract=base,hphc")["runs"]
        self.assertAlmostEqual(stored[0]["cost_eur"], runs[0]["cost_eur"], 6)

    def test_clocks_change(self):
        world = self.write("bare.json", BARE)
        for day, hours in (("2025-03-30", 23), ("2025-10-26", 25)):
            run = report("--start", day, "--end", day, "--world", world)["runs"][0]
            self.assertAlmostEqual(run["import_kwh"], 0.5 * hours, 9)

    def test_clocks_that_move_by_half_an_hour(self):
        world = self.write("bare.json", BARE)
        there = ("--world", world, "--tariff", "base", "--zone", "Australia/Lord_Howe")
        for start, end, hours in (("2025-04-01", "2025-04-10", 240.5),
                                  ("2025-10-01", "2025-10-10", 239.5)):
            days = ("--start", start, "--end", end, *there)
            run = report(*days)["runs"][0]
            self.assertAlmostEqual(run["import_kwh"], 0.5 * hours, 9)
            self.assertIn("--step 1800", simulate(*days, "--step", "3600", code=2).stderr)
            self.assertAlmostEqual(report(*days, "--step", "1800")["runs"][0]["import_kwh"],
                                   0.5 * hours, 9)

    def test_what_a_breaker_would_not_let_is_said(self):
        world = self.write("strong.json", {**BARE, "base_load_w": [7000] + [500] * 23})
        self.assertEqual(report(*WEEK, "--world", world)["runs"][0]["over_subscribed_h"], 7)
        self.assertIn("above the subscribed power: 7.00 h", simulate(*WEEK, "--world", world).stdout)
        self.assertNotIn("above the subscribed", simulate(
            *WEEK, "--world", self.write("bare.json", BARE)).stdout)

    def test_a_plan_heats_below_the_subscribed_power(self):
        runs = report(*WEEK, "--vary", "kva=6,12", "--vary", "mode=mpc,manual")["runs"]
        plan, thermostat, wide, _ = runs
        self.assertEqual(plan["over_subscribed_h"], 0)
        self.assertLessEqual(plan["import_peak_kw"], 6 + 1e-9)
        self.assertGreater(wide["import_peak_kw"], 9)
        self.assertLess(plan["cold_kh"], 0.5)
        self.assertLess(plan["energy_eur"], 1.05 * wide["energy_eur"])
        self.assertGreater(thermostat["over_subscribed_h"], 1)  # which knows no breaker

    def test_sweeps_run_all_combinations(self):
        told = report(*WEEK, "--vary", "battery_kwh=0,5", "--vary", "contract=base,tempo",
                      "--vary", "pv_kwp=0,3")
        self.assertEqual([run["name"] for run in told["runs"]],
                         [f"battery_kwh={b} contract={c} pv_kwp={p}" for b in (0, 5)
                          for c in ("base", "tempo") for p in (0, 3)])
        costs = {run["name"]: run for run in told["runs"]}
        self.assertEqual(costs["battery_kwh=0 contract=base pv_kwp=0"]["pv_kwh"], 0)
        self.assertGreater(costs["battery_kwh=0 contract=base pv_kwp=3"]["pv_kwh"], 10)
        insulation = report(*WEEK, "--vary", "insulation=1,0.5")["runs"]
        self.assertLess(insulation[1]["heat_kwh"], 0.8 * insulation[0]["heat_kwh"])

    def test_steps_as_csv_influx_and_sqlite(self):
        out = simulate(*WEEK, "--mode", "ideal", "--out", "csv").stdout
        rows = list(csv.DictReader(io.StringIO(out)))
        self.assertEqual((len(rows), rows[0]["time"]), (672, "2026-01-11T23:00:00Z"))
        run = report(*WEEK, "--mode", "ideal")["runs"][0]
        self.assertAlmostEqual(sum(float(row["grid_w"]) for row in rows) / 4000,
                               run["import_kwh"], 3)
        lines = simulate(*WEEK, "--mode", "ideal", "--out", "influx").stdout.splitlines()
        self.assertRegex(lines[0], r"^simulation,mode=ideal,period=\w+ t_out=-?[\d.]+,.* "
                                   r"1768172400000000000$")
        path = os.path.join(self.folder, "steps.db")
        simulate(*WEEK, "--mode", "ideal", "--out", "sqlite", "--output", path)
        with sqlite3.connect(path) as db:
            self.assertEqual(db.execute("SELECT count(*), min(time_ms) FROM steps").fetchone(),
                             (672, 1768172400000))
        again = simulate(*WEEK, "--out", "sqlite", "--output", path, code=1)
        self.assertIn("--reset replaces it", again.stderr)
        simulate(*WEEK, "--mode", "manual", "--out", "sqlite", "--output", path, "--reset")

    def test_files_are_whole_and_nothing_else_is_replaced(self):
        day = ("--start", "2026-01-12", "--end", "2026-01-12", "--mode", "ideal")
        for form in ("csv", "influx"):  # to a device as it is, with --reset too: it stays one
            for reset in ((), ("--reset",)):
                done = simulate(*day, "--out", form, "--output", "/dev/full", *reset, code=1)
                self.assertIn("No space left on device", done.stderr)
        simulate(*day, "--html", "/dev/null", "--reset")
        self.assertIn("no file that a database", simulate(
            *day, "--out", "sqlite", "--output", "/dev/null", "--reset", code=1).stderr)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))
        foreign = os.path.join(self.folder, "ohmstead.db")
        with sqlite3.connect(foreign) as db:
            db.execute("CREATE TABLE readings (at INTEGER)")
        for form in ("csv", "sqlite"):
            self.assertIn("a database of something else", simulate(
                *day, "--out", form, "--output", foreign, "--reset", code=1).stderr)
        with sqlite3.connect(foreign) as db:
            self.assertEqual(db.execute("SELECT count(*) FROM readings").fetchone(), (0,))
        use = self.write("use.csv", "time,load_w\n2026-01-12 00:00,5\n")
        for same in (("--load", use, "--out", "csv", "--output", use),
                     ("--html", use, "--out", "csv", "--output", use)):
            self.assertIn("is named twice", simulate(*day, *same, "--reset", code=2).stderr)
        # Said before anything is computed: the weather is not even looked for.
        for path, why in ((self.folder, "Is a directory"), (use, "is there already (--reset replaces it)"),
                          (self.folder + "/none/x.csv", "No such file or directory")):
            done = simulate(*day, "--weather", "none.csv", "--html", path, code=1)
            self.assertIn(f"{path}: {why}", done.stderr)
        full = "ulimit -f 1; trap '' XFSZ; exec \"$@\""  # files of a block at most
        for form in ("csv", "sqlite"):
            path = self.write("kept." + form, "")
            simulate(*day, "--out", form, "--output", path, "--reset")
            with open(path, "rb") as file:
                before = file.read()
            done = subprocess.run(["sh", "-c", full, "sh", OHMSTEAD, "simulate", *day, "--mode",
                                   "manual", "--out", form, "--output", path, "--reset"],
                                  text=True, capture_output=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("what was there is as it was", done.stderr)
            with open(path, "rb") as file:
                self.assertEqual(file.read(), before)
        self.assertEqual(set(os.listdir(self.folder)),
                         {"ohmstead.db", "use.csv", "kept.csv", "kept.sqlite"})

    def test_a_plan_file_is_followed(self):
        plan = "time,heat_w\n" + "".join(f"2026-01-{day} {hour:02}:00,{100 * hour}\n"
                                        for day in range(12, 19) for hour in range(24))
        rows = csv.DictReader(io.StringIO(simulate(
            *WEEK, "--mode", "plan-file", "--plan", self.write("plan.csv", plan), "--out",
            "csv").stdout))
        for row in rows:
            hour = (int(row["time"][11:13]) + 1) % 24
            self.assertEqual(float(row["heat_w"]), 100 * hour)
        valve = self.write("valve.csv", plan.replace("heat_w", "valve").replace("00\n", "\n"))
        follows = (*WEEK, "--mode", "plan-file", "--plan", valve)
        for row in csv.DictReader(io.StringIO(simulate(*follows, "--out", "csv").stdout)):
            hour = (int(row["time"][11:13]) + 1) % 24  # that many per cent, of 9 kW
            self.assertAlmostEqual(float(row["heat_w"]), 90 * hour, 3)
            self.assertAlmostEqual(float(row["valve"]), hour, 4)
        wide = report(*follows, "--vary", "max_heating_w=9000,4500")["runs"]
        self.assertAlmostEqual(wide[0]["heat_kwh"], 2 * wide[1]["heat_kwh"], 6)
        gap = self.write("gap.csv", "time,heat_w\n2026-01-12 00:00,5\n2026-01-13 00:00,5\n")
        done = simulate(*WEEK, "--mode", "plan-file", "--plan", gap, code=1)
        self.assertIn("has a gap at (2026-01-12T01:00:00Z)", done.stderr)

    def test_weather_of_files(self):
        day = ("--start", "2026-01-12", "--end", "2026-01-12", "--mode", "ideal", "--out", "csv")
        table = "time,t_out,direct,diffuse\n" + "".join(
            f"2026-01-12 {hour:02}:{minute},{hour},0,0\n" for hour in range(24)
            for minute in ("00", "30"))
        archive = {"latitude": 48.8, "longitude": 2.3, "utc_offset_seconds": 0, "hourly": {
            "time": [f"2026-01-{11 + (23 + i) // 24:02}T{(23 + i) % 24:02}:00"
                     for i in range(25)],
            "temperature_2m": list(range(25)), "direct_normal_irradiance": [0] * 25,
            "diffuse_radiation": [0] * 25}}
        epw = "LOCATION,T,,F,M,0,48.8,2.3,1.0,75\n" + "H\n" * 7 + "".join(
            f"1999,1,12,{hour + 1},0,?,{hour},0,80,1,0,0,3,0,0,0,0\n" for hour in range(24))
        for name, text in (("w.csv", table), ("w.json", archive), ("w.epw", epw)):
            rows = list(csv.DictReader(io.StringIO(simulate(
                *day, "--weather", self.write(name, text)).stdout)))
            self.assertEqual([float(row["t_out"]) for row in rows],
                             [hour for hour in range(24) for _ in range(4)], name)
        for far in (1e300, -1e300, 90000):
            path = self.write("far.json", {**archive, "utc_offset_seconds": far})
            self.assertIn("no zone is so far", simulate(*day, "--weather", path, code=1).stderr)
        archive["hourly"]["time"][3] = "12"
        path = self.write("short.json", archive)
        self.assertIn("a time is not understood: (12)",
                      simulate(*day, "--weather", path, code=1).stderr)
        hole = self.write("hole.csv", table.replace("2026-01-12 07:00,7,0,0\n", "").replace(
            "2026-01-12 07:30,7,0,0\n", ""))
        done = simulate(*day, "--weather", hole, code=1)
        self.assertIn("a gap in the hour from (2026-01-12T06:00:00Z)", done.stderr)
        hot = self.write("hot.csv", table.replace("2026-01-12 07:00,7,0,0", "2026-01-12 07:00,7,-90,0"))
        done = simulate(*day, "--weather", hot, code=1)
        self.assertIn("(2026-01-12T06:00:00Z, direct = -45)", done.stderr)
        placeless = {key: archive[key] for key in archive if key != "latitude"}
        done = simulate(*day, "--weather", self.write("nowhere.json", placeless), code=1)
        self.assertIn("does not say where it is", done.stderr)

    def test_each_contract_of_a_sweep_has_its_own_periods_in_the_page(self):
        path = os.path.join(self.folder, "sweep.html")
        simulate("--start", "2026-01-12", "--end", "2026-01-12", "--html", path,
                 "--vary", "contract=base,tempo")
        with open(path, encoding="utf-8") as page:
            table = re.findall("<table>.*?</table>", page.read(), re.S)[1]
        rows = [re.findall("<t[hd]>(.*?)</t[hd]>", row) for row in table.split("<tr>")[1:]]
        self.assertEqual(rows[0][1:3], ["base", "blue_hc"])
        self.assertEqual({len(row) for row in rows}, {8})
        self.assertEqual(rows[1][2:], ["–"] * 6)
        self.assertEqual(rows[2][1], "–")
        self.assertNotIn("–", rows[2][2:])

    def test_the_page_needs_nothing_else(self):
        path = os.path.join(self.folder, "report.html")
        simulate(*WEEK, "--html", path, "--world",
                 self.write("a&b<c.json", {"building": None, "base_load_w": 300}))
        with open(path, encoding="utf-8") as text:
            page = text.read()
        self.assertNotRegex(page, r"<script|src=|href=|url\(")
        self.assertIn("a&amp;b&lt;c.json", page)
        simulate(*WEEK, "--html", path, "--reset")
        simulate(*WEEK, "--html", path, "--reset", "--language", "fr")
        with open(path, encoding="utf-8") as page:
            text = page.read()
        self.assertIn('lang="fr"', text)
        for english in ("ideal controller", "weather", "The dearest week", "peak", "synthetic"):
            self.assertNotIn(english, text)
        self.assertIn("régulateur idéal", text)
        self.assertIn("min-width:40rem", text)  # a phone scrolls plots, and can read them
        self.assertIsNone(re.search(r"<td>[0-9]+[.][0-9]", text))  # 64,85
        simulate(*WEEK, "--language", "de", code=2)
        with open(path, encoding="utf-8") as text:
            page = text.read()
        plots = re.findall(r"<svg.*?</svg>", page, re.S)
        self.assertEqual(len(plots), 4)
        for plot in plots:  # the week's, too, say which days they are of
            self.assertIn(">14/01</text>", plot)
        for plot in plots:
            xml.etree.ElementTree.fromstring(plot)
            self.assertNotIn("nan", plot)

    def test_as_the_prototype_was_asked(self):
        """Instants, the end not in it; and --reset alone only purges."""
        hours = ("--start", "2026-02-01T00:00:00", "--end", "2026-02-05T00:00:00", "--mode", "mpc")
        told = report(*hours)
        self.assertEqual((told["days"], told["start"], told["end"]),
                         (4, "2026-01-31T23:00:00Z", "2026-02-04T23:00:00Z"))
        days = report("--start", "2026-02-01", "--end", "2026-02-04")
        self.assertEqual(told["runs"][0]["cost_eur"], days["runs"][0]["cost_eur"])
        part = report("--start", "2026-02-01T06:00", "--end", "2026-02-01T12:00", "--mode", "ideal")
        whole = report("--start", "2026-02-01", "--end", "2026-02-01", "--mode", "ideal")
        self.assertAlmostEqual(part["runs"][0]["subscription_eur"],
                               whole["runs"][0]["subscription_eur"] / 4, 9)
        self.assertEqual(part["runs"][0]["plans"], 0)
        utc = report("--start", "2026-02-01T05:00:00Z", "--end", "2026-02-01T11:00:00Z",
                     "--mode", "ideal")
        self.assertEqual(utc["runs"][0]["import_kwh"], part["runs"][0]["import_kwh"])
        done = simulate("--reset", *hours)
        self.assertEqual((done.stdout, len(done.stderr.splitlines())), (simulate(*hours).stdout, 1))
        path = os.path.join(self.folder, "s.db")
        simulate(*hours, "--out", "sqlite", "--output", path)
        simulate("--reset", "--out", "sqlite", "--output", path)
        self.assertFalse(os.path.exists(path))

    def test_steps_in_an_influx_server(self):
        asked = []

        class Server(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((self.path, self.headers.get("Authorization"), body.decode()))
                self.send_response(204 if "lab" in self.path else 404)
                self.end_headers()
                if "lab" not in self.path:
                    self.wfile.write(b'{"message":"bucket not\x1bfound"}')

            def do_GET(self):
                self.send_response(405)
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            base = f"http://127.0.0.1:{server.server_port}"
            to = ("--mode", "ideal", "--out", "influx", "--output")
            year = ("--start", "2026-01-01", "--end", "2026-03-31")
            env = {**os.environ, "INFLUX_TOKEN": "secret"}
            url = base + "/api/v2/write?org=o&bucket=lab"
            done = subprocess.run([OHMSTEAD, "simulate", *year, *to, url, "--reset"], env=env,
                                  text=True, capture_output=True, timeout=60, check=True)
            self.assertIn("ideal controller", done.stdout)
            self.assertEqual(asked[0][0], "/api/v2/delete?org=o&bucket=lab")
            self.assertIn("simulation", json.loads(asked[0][2])["predicate"])
            self.assertEqual({who for _, who, _ in asked}, {"Token secret"})
            self.assertGreater(len(asked), 2)  # in pieces, and each whole
            lines = "".join(body for _, _, body in asked[1:]).splitlines()
            self.assertEqual("\n".join(lines) + "\n", simulate(*year, *to[:-1]).stdout)
            simulate("--reset", "--out", "influx", "--output", base + "/write?db=lab")
            self.assertEqual(asked[-1], ("/query?db=lab", None, "q=DROP+MEASUREMENT+simulation"))
            self.assertIn('HTTP 404: {"message":"bucket not found"}', simulate(
                *year, *to, base + "/write?db=other", code=1).stderr)
            simulate(*year, *to, base + "/", code=2)
            simulate(*year, "--out", "csv", "--output", url, code=2)
            server.shutdown()
        # Nobody there: said before the run, which would miss its weather.
        done = simulate(*year, *to, url, "--weather", "none.csv", code=1)
        self.assertIn("(does the server run?)", done.stderr)
        done = subprocess.run([OHMSTEAD, "simulate", *year, *to, "http://192.0.2.1/write?db=lab"],
                              env=env, text=True, capture_output=True, timeout=60, check=False)
        self.assertIn("a token goes over https: only", done.stderr)

    def test_a_sweep_that_is_interrupted_tells_what_was_done(self):
        path = os.path.join(self.folder, "x.html")
        sweep = subprocess.Popen(
            [OHMSTEAD, "simulate", "--start", "2024-01-01", "--end", "2025-12-31", "--json",
             "--html", path, "--vary", "battery_kwh=" + ",".join(str(i) for i in range(1, 21))],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertIn("of 20", sweep.stderr.readline())
        sweep.send_signal(signal.SIGINT)
        out, err = sweep.communicate(timeout=60)
        self.assertEqual(sweep.returncode, 130)
        told = json.loads(out)
        self.assertTrue(told["interrupted"])
        self.assertIn(f"interrupted: {len(told['runs'])} of 20 runs were done", err)
        self.assertGreater(len(told["runs"]), 0)
        self.assertLess(len(told["runs"]), 20)
        for run in told["runs"]:
            self.assertFalse(run["failed"])

    def test_what_is_wrong_in_a_sweep_is_said_once_and_first(self):
        thin = self.write("thin.json", {"building": {
            "floor_area": 100, "surfaces": [{"area": 400, "u": 0.5}]}})
        for options, why in ((("--tariff", "free"), "neither a shipped contract nor a file"),
                             (("--vary", "contract=base,free"), "neither a shipped contract"),
                             (("--vary", "kva=9,7"), "has no price for 7 kVA"),
                             (("--world", thin, "--vary", "insulation=1,20"), "lose more than the mass")):
            done = simulate(*WEEK, *options, code=1)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(why, done.stderr)
            self.assertEqual(done.stdout, "")
        prices = self.write("p.csv", "utc_start,utc_end,value\n"
                            "2026-01-11T23:00:00Z,2026-01-12T00:00:00Z,50\n")
        done = simulate(*WEEK, "--prices", prices, "--vary", "contract=base,tempo", code=2)
        self.assertIn("a contract by the market's price", done.stderr)
        world = self.write("bare.json", BARE)
        for key in ("insulation=1,0.5", "comfort_low=19,20", "max_heating_w=1,2"):
            done = simulate(*WEEK, "--world", world, "--vary", key, code=2)
            self.assertIn("in a house without building: '" + key.split("=")[0], done.stderr)

    def test_the_report_speaks_french(self):
        french = {**os.environ, "LC_ALL": "fr_FR.UTF-8"}
        done = subprocess.run([OHMSTEAD, "simulate", *WEEK], env=french, text=True, check=True,
                              capture_output=True, timeout=60)
        self.assertIn("la maison fournie: 7 jours, météo synthétique, contrat", done.stdout)
        self.assertIn("régulateur idéal", done.stdout)
        self.assertRegex(done.stdout, r"rouge, heures pleines \d+ kWh \d+,\d\d EUR")
        english = simulate(*WEEK, "--language", "en").stdout
        for word in ("weather", "plan that knows everything", "cost EUR", "degree-hours"):
            self.assertIn(word, english)
            self.assertNotIn(word, done.stdout)
        bare = report(*WEEK, "--world", self.write("bare.json", BARE))["runs"][0]
        self.assertIsNone(bare["operative_mean_c"])  # nothing is heated: no temperature of 0

    def test_what_is_wrong_is_named(self):
        for options, code, why in (
                (("--start", "2026-01-12"), 2, "--end DAY, the last one, is missing"),
                (("--end", "2026-01-12"), 2, "--start DAY is missing"),
                (("--start", "2026-01-12T00:30", "--end", "2026-01-13"), 2, "a full hour"),
                (("--start", "2026-03-29T02:00", "--end", "2026-03-30"), 2, "a full hour"),
                (("--start", "2010-01-01", "--end", "2026-01-01"), 2, "more than ten years"),
                (("--reset",), 2, "--reset goes with"),
                ((*WEEK, "--vary", "pv_kwp=1", "--vary", "pv_kwp=2"), 2, "twice: 'pv_kwp'"),
                ((*WEEK, "--vary", "battery_kw=1,2"), 2, "in a house without battery_kwh: "),
                ((*WEEK, "--seed", "2", "--weather", "x.csv"), 2, "--seed is of synthetic"),
                ((*WEEK, "--plan", "x.csv"), 2, "go together"),
                ((*WEEK, "--load", "x.csv", "--device", "main"), 2, "--load goes without"),
                ((*WEEK, "--place", "1,1", "--weather", "x.epw"), 2, "--place is for weather"),
                ((*WEEK, "--out", "csv", "--json"), 2, "--output FILE takes the steps"),
                (("--start", "2026-02-30", "--end", "2026-03-01"), 2, "--start is a day"),
                (("--start", "2026-03-02", "--end", "2026-03-01"), 2, "before --start"),
                ((*WEEK, "--mode", "dream"), 2, "--mode is mpc"),
                ((*WEEK, "--mode", "plan-file"), 2, "go together"),
                ((*WEEK, "--vary", "mode=mpc,plan-file"), 2, "go together"),
                ((*WEEK, "--vary", "colour=1"), 2, "no such figure"),
                ((*WEEK, "--vary", "pv_kwp=-1"), 2, "no such figure, or an impossible"),
                ((*WEEK, "--tariff", "free"), 1, "neither a shipped contract nor a file"),
                ((*WEEK, "--weather", "rain.epw"), 1, "rain.epw"),
                ((*WEEK, "--weather", "rain"), 2, "--weather is synthetic"),
                ((*WEEK, "--step", "420"), 2, "--step is whole parts"),
                ((*WEEK, "--out", "sqlite"), 2, "needs --output"),
                (("--start", "2027-01-12", "--end", "2027-01-13", "--colours", "calendar"), 1,
                 "the colour of a day is not known")):
            self.said(options, why, code)
        for text, why in (({"bulding": {}}, "no such figure of a house (bulding)"),
                          ({"battery": {"kwh": -4}}, "battery: \"kwh\" must be"),
                          ({"building": {"floor_area": 3}}, "\"surfaces\" must be"),
                          ({"heating": {"kind": "coal"}}, "kind is electric"),
                          ({"comfort": {"low": 19}}, "no \"building\" that would be heated"),
                          ({"heating": {"max_w": 9}, "building": None}, "would be heated"),
                          ({"tank": {"kwh": 9}}, "tank: \"kw\" is missing"),
                          ({"battery": {"kw": 9}}, "battery: \"kwh\" is missing"),
                          ({"base_load_w": -1}, "base_load_w: -1: must be a number from 0 to 1e+06"),
                          ({"car": {"need_kwh": 9, "home": 8, "ready": 8}}, "the same hour"),
                          ("[", "line 1")):
            self.said((*WEEK, "--world", self.write("bad.json", text)), why, 1)


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    unittest.main(verbosity=0)
