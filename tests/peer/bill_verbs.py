#!/usr/bin/env python3
"""`ohmstead bill` as a person runs it: bills from CSV, their forms, and what is refused.

usage: bill_verbs.py OHMSTEAD"""
import csv
import datetime
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

OHMSTEAD = sys.argv.pop(1) if len(sys.argv) > 1 else os.environ.get("OHMSTEAD", "build/ohmstead")
PATIENCE_S = 120
COLUMNS = ["line", "from", "to", "quantity", "unit", "unit_price_eur", "amount_eur", "vat_pct",
           "how"]


class Bill(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def run_bill(self, *words):
        done = subprocess.run([OHMSTEAD, "bill", *words], text=True, capture_output=True,
                              timeout=PATIENCE_S, check=False)
        return done.returncode, done.stdout, done.stderr

    def rows(self, *words):
        status, out, err = self.run_bill(*words, "--csv")
        self.assertEqual(status, 0, err)
        reader = csv.DictReader(io.StringIO(out))
        self.assertEqual(reader.fieldnames, COLUMNS)
        return list(reader)

    def hours(self, first, count, wh):
        """Local hours of one summer day and those that follow, with their offset."""
        lines = [f"2025-{7 + (first + i // 24 - 1) // 31:02}-{(first + i // 24 - 1) % 31 + 1:02}T"
                 f"{i % 24:02}:00:00+02:00,{wh}" for i in range(count)]
        return "time,energy_wh\n" + "\n".join(lines) + "\n"

    def test_what_only_rises_is_no_energy_of_steps(self):
        """A register under any name is never summed up as if each row were used anew."""
        times = [f"2025-03-{1 + k // 24:02}T{k % 24:02}:00:00Z" for k in range(60)]
        rises = [100000 + 300 * k for k in range(60)]
        for head, words, kwh in [
                ("time,energy_import (Wh)", [], 17.7), ("time,energy_import_wh", [], 17.7),
                ("time,wh", [], None), ("time,wh", ["--form", "register"], 17.7),
                ("time,wh", ["--form", "steps"], 6531), ("time,power_w", ["--form", "steps"], None)]:
            with self.subTest((head, words)):
                path = self.file("rises.csv", head + "\n" + "".join(
                    f"{at},{wh}\n" for at, wh in zip(times, rises)))
                status, out, err = self.run_bill("--contract", "bleu-base-6kva", "--csv", path,
                                                 "--json", *words)
                if kwh is None:
                    self.assertEqual((status, out), (1, ""), err)
                    self.assertTrue("--form" in err or "is a power" in err, err)
                else:
                    self.assertEqual((status, json.loads(out)["import_kwh"]), (0, kwh), err)

    def test_the_lines_add_up(self):
        path = self.file("use.csv", self.hours(25, 14 * 24, 500))
        rows = self.rows("--contract", "edf-hchp-6kva", "--csv", path)
        self.assertEqual(rows[-1]["line"], "total")
        self.assertEqual([(r["line"], r["from"], r["to"], r["quantity"], r["amount_eur"],
                           r["vat_pct"]) for r in rows[:-1]], [
            ("subscription", "2025-07-25", "2025-08-01", "7", "3.26", "5.5"),
            ("subscription", "2025-08-01", "2025-08-08", "7", "3.64", "20"),
            ("energy_hp", "2025-07-25", "2025-08-01", "56.000", "12.02", "20"),
            ("energy_hc", "2025-07-25", "2025-08-01", "28.000", "4.75", "20"),
            ("energy_hp", "2025-08-01", "2025-08-08", "56.000", "11.65", "20"),
            ("energy_hc", "2025-08-01", "2025-08-08", "28.000", "4.58", "20")])
        cents = sum(round(float(r["amount_eur"]) * 100) for r in rows[:-1])
        self.assertEqual(cents, round(float(rows[-1]["amount_eur"]) * 100))

    def test_json_says_the_same(self):
        path = self.file("use.csv", self.hours(1, 24, 500))
        status, out, _ = self.run_bill("--contract", "bleu-base-6kva", "--csv", path, "--json")
        self.assertEqual(status, 0)
        bill = json.loads(out)
        self.assertEqual(bill["import_kwh"], 12)
        self.assertEqual(bill["total_eur"], 2.87)  # 165.17 / 365 + 12 × 0.2016
        self.assertEqual([line["line"] for line in bill["lines"]], ["subscription", "energy_base"])

    def test_own_hours_and_an_own_file(self):
        path = self.file("use.csv", self.hours(1, 24, 1000))
        rows = self.rows("--contract", "bleu-hphc", "--kva", "9", "--off-peak",
                         "01:00-07:00,13:00-15:00", "--csv", path)
        self.assertEqual([r["quantity"] for r in rows[1:3]], ["16.000", "8.000"])
        own = self.file("own.yaml", "name: own\nrows:\n  - {from: 2025-01-01, prices: {base: 0.15},"
                                    " subscription: 0, source: mine}\n")
        rows = self.rows("--contract", own, "--csv", path)
        self.assertEqual([(r["line"], r["amount_eur"], r["vat_pct"]) for r in rows],
                         [("energy_base", "3.60", ""), ("total", "3.60", "")])

    def test_registers_of_periods(self):
        path = self.file("index.csv", "date;index HP (kWh);index HC (kWh)\n"
                                      "2025-03-01;1000;2000\n2025-04-01;1150,5;2070\n")
        rows = self.rows("--contract", "bleu-hphc-6kva", "--csv", path)
        self.assertEqual([(r["line"], r["quantity"], r["amount_eur"]) for r in rows], [
            ("subscription", "31", "14.42"), ("energy_hp", "150.500", "32.30"),
            ("energy_hc", "70.000", "11.87"), ("total", "", "58.59")])

    def test_months_and_other_contracts(self):
        path = self.file("use.csv", self.hours(25, 14 * 24, 500))
        status, out, _ = self.run_bill("--contract", "bleu-base-3", "--csv", path, "--by", "month")
        self.assertEqual(status, 0)
        self.assertEqual(out.count("total"), 2)
        status, out, err = self.run_bill("--compare", "--csv", path, "--csv")
        self.assertEqual(status, 0, err)
        table = list(csv.DictReader(io.StringIO(out)))
        priced = [float(row["total_eur"]) for row in table if row["total_eur"]]
        self.assertEqual(priced, sorted(priced))
        self.assertGreaterEqual(len(table), 20)
        own = next(row for row in table if row["contract"] == "bleu-hphc-6kva")
        self.assertEqual(own["total_eur"], "39.90")

    def test_loads_at_other_hours(self):
        """Half of 1 kWh an hour may move: 8 off-peak hours take 500 W each from the 16 others."""
        path = self.file("use.csv", self.hours(1, 24, 1000))
        status, out, err = self.run_bill("--compare", "--csv", path, "--csv", "--shift",
                                         "boiler:500@22:00-06:00")
        self.assertEqual(status, 0, err)
        table = {row["contract"]: row for row in csv.DictReader(io.StringIO(out))}
        row = table["bleu-hphc-6kva"]
        # 16 × 0.2146 + 8 × 0.1696; then 12 and 12
        self.assertEqual((row["energy_eur"], row["shifted_eur"]), ("4.79", "5.09"))
        self.assertEqual(table["bleu-base-6kva"]["total_eur"],
                         table["bleu-base-6kva"]["shifted_eur"])
        status, out, err = self.run_bill("--compare", "--csv", path, "--shift", "boiler@1-2")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("LOAD:WATTS@FROM-TO", err)

    def test_the_meter_of_the_store(self):
        """A zone or a load called main is not the main meter; which meter is billed is said."""
        state = os.path.join(self.folder.name, "state")
        path = self.file("two.csv", "time,a,b\n" + "".join(
            f"2025-08-31T{h:02}:00:00Z,{1000 + 100 * h},{5000 + 7 * h}\n" for h in range(24)))
        lone = os.path.join(self.folder.name, "lone")
        for folder, first, second in [(state, "home/ground/linky", "home/main/heater"),
                                      (lone, "home/main/heater", "home/z/main")]:
            done = subprocess.run(
                [OHMSTEAD, "import", "--state", folder, "--column",
                 f"a={first}/energy_import:Wh", "--column", f"b={second}/energy_import:Wh", path],
                text=True, capture_output=True, timeout=PATIENCE_S, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        site = self.file("site.yaml", "site:\n  id: home\n  timezone: Atlantic/Azores\n"
                                      "meters:\n  - {id: linky, zone: ground, port: 'serial:/dev/null', "
                                      "protocol: tic, baud: 1200}\n")
        base = ["--contract", "bleu-base-6kva", "--from", "2025-08-31T04:00:00Z", "--to",
                "2025-08-31T06:00:00Z"]
        for why, words, meter, kwh in [
                ("named whole", ["--device", "home/ground/linky", "--state", state],
                 "home/ground/linky", 0.2),
                ("named by its last part", ["--device", "heater", "--state", state],
                 "home/main/heater", 0.014),
                ("of the site", ["--config", site, "--state", state], "home/ground/linky", 0.2),
                ("the one called main", ["--state", lone], "home/z/main", 0.014)]:
            with self.subTest(why):
                status, out, err = self.run_bill(*base, *words, "--json")
                self.assertEqual(status, 0, err)
                bill = json.loads(out)
                self.assertEqual((bill["meter"], bill["import_kwh"]), (meter, kwh))
                self.assertIn(f"counted by {meter}", err)
                self.assertEqual("-01:00" in bill["from"] or "+00:00" in bill["from"],
                                 "--config" in words, bill["from"])
        for why, words, says in [
                ("two could be meant", [], "home/ground/linky, home/main/heater"),
                ("a part of a name is none", ["--device", "link"], "of that meter is stored")]:
            with self.subTest(why):
                status, out, err = self.run_bill(*base, "--state", state, *words)
                self.assertEqual((status, out), (1, ""))
                self.assertIn(says, err)

    def test_the_contract_of_the_site(self):
        """--config alone: what was written in the page, else what the file says, else none."""
        state = os.path.join(self.folder.name, "own")
        path = self.file("own.csv", "time,a\n" + "".join(
            f"2025-08-{1 + h // 24:02}T{h % 24:02}:00:00Z,"
            f"{24000 * (h // 24) + 1000 * (h % 24) + 500 * min(h % 24, 24 - h % 24)}\n"
            for h in range(24 * 31)))  # 24 kWh a day, three quarters of them in its first half
        done = subprocess.run([OHMSTEAD, "import", "--state", state, "--column",
                               "a=home/ground/linky/energy_import:Wh", path], text=True,
                              capture_output=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        bare = ("site:\n  id: home\nmeters:\n  - {id: linky, zone: ground, port: "
                "'serial:/dev/null', protocol: tic, baud: 1200}\n")
        site = self.file("site.yaml", bare + "contract: {tariff: bleu-hphc, power_kva: 9, "
                                             "off_peak: ['01:00-09:00']}\n")
        day = ["--state", state, "--day", "2025-08-10", "--json"]

        def bill(*words):
            status, out, err = self.run_bill(*words, *day)
            self.assertEqual(status, 0, err)
            return json.loads(out), err
        want, _ = bill("--contract", "bleu-hphc-9kva", "--off-peak", "01:00-09:00", "--config", site)
        other, _ = bill("--contract", "bleu-hphc-9kva", "--off-peak", "12:00-20:00", "--config", site)
        self.assertNotEqual(want, other)
        told, err = bill("--config", site)
        self.assertEqual(told["lines"], want["lines"])
        self.assertIn(f"the contract is that of {site}", err)
        bare = self.file("bare.yaml", bare)
        for words, status, says in [
                (["--config", bare], 1, "it has no contract"),
                (["--config", site, "--kva", "6"], 2, "are of --contract"),
                (["--config", site, "--off-peak", "01:00-02:00"], 2, "are of --contract")]:
            code, out, err = self.run_bill(*words, *day)
            self.assertEqual((code, out), (status, ""))
            self.assertIn(says, err)
        page = os.path.join(state, "contract.yaml")
        with open(page, "w", encoding="utf-8") as out:
            out.write("name: Dear\npower_kva: 9\nrows:\n  - {from: 2020-01-01, prices: "
                      "{base: 1.00}, subscription: 0, source: my bill}\n")
        for config in (site, bare):
            told, err = bill("--config", config)
            self.assertEqual((told["import_kwh"], told["total_eur"]), (24, 24))
            self.assertIn(f"the contract is that of {page}", err)
        with open(page, "w", encoding="utf-8") as out:
            out.write("name: [\n")
        code, out, err = self.run_bill("--config", site, *day)
        self.assertEqual((code, out), (1, ""))
        self.assertIn("contract.yaml", err)

    def test_what_the_store_estimates_is_said(self):
        rows = [f"2025-09-{1 + h // 24:02}T{h % 24:02}:00:00Z,{1000 + h * 100}"
                for h in range(24 * 6) if not 30 <= h < 78]
        rows += [f"2025-09-07T{h:02}:00:00Z,{h * 100}" for h in range(24)]  # another meter
        path = self.file("gap.csv", "time,energy_import\n" + "\n".join(rows) + "\n")
        state = os.path.join(self.folder.name, "gap")
        done = subprocess.run([OHMSTEAD, "import", "--state", state, "--column",
                               "energy_import=home/ground/main/energy_import:Wh", "--meter-change",
                               path], text=True, capture_output=True, timeout=PATIENCE_S,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        bill = ("--state", state, "--contract", "bleu-hphc-6kva", "--from", "2025-09-01T12:00",
                "--to", "2025-09-07T12:00")
        status, out, err = self.run_bill(*bill)
        self.assertEqual(status, 0, err)
        self.assertIn("kWh lie between readings more than an hour apart", out)
        self.assertIn("the register fell 1 time, first at 2025-09-07T02:00:00+02:00", out)
        self.assertRegex(out, r"energy_hp .*kWh of it estimated over gaps")
        notes = json.loads(self.run_bill(*bill, "--json")[1])["notes"]
        self.assertEqual(notes["estimated_kwh"], 4.9)
        self.assertEqual(notes["estimated_from"], "2025-09-02T07:00:00+02:00")
        self.assertEqual(notes["meter_changes"], 1)

    def register(self, state, rows):
        """A register of the main meter, as it is."""
        path = self.file("register.csv", "time,energy_import\n" + "".join(
            f"{at:%Y-%m-%dT%H:%M:%SZ},{value}\n" for at, value in rows))
        done = subprocess.run([OHMSTEAD, "import", "--state", state, "--column",
                               "energy_import=home/ground/main/energy_import:Wh", "--meter-change",
                               path], text=True, capture_output=True, timeout=PATIENCE_S,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_of_the_store_is_wrong_or_lost_is_said(self):
        state = os.path.join(self.folder.name, "wrong")
        start = datetime.datetime(2025, 9, 1, 12)
        rows = [[start + datetime.timedelta(minutes=n), 1000 + 10 * n] for n in range(3 * 8192)]
        rows[5000][1] = 99000000
        self.register(state, rows)
        bill = ("--state", state, "--contract", "bleu-base-6kva", "--from", "2025-09-02",
                "--to", "2025-09-16")
        status, out, err = self.run_bill(*bill)
        self.assertEqual(status, 0, err)
        self.assertIn("wrong readings of the register were left out at 1 time, first at "
                      "2025-09-05T01:20:00+02:00", out)
        self.assertNotIn("more than an hour apart", out)
        whole = json.loads(self.run_bill(*bill, "--json")[1])
        self.assertEqual(whole["notes"]["wrong_readings"], 1)
        self.assertEqual(whole["import_kwh"], 14 * 24 * 0.6)
        base = sqlite3.connect(os.path.join(state, "ohmstead.db"))
        keys = [key for key, in base.execute("SELECT k FROM chunk ORDER BY k")]
        with base:
            base.execute("UPDATE chunk SET data=CAST(X'ff'||substr(data,2) AS BLOB) WHERE k=?",
                         (keys[len(keys) // 2],))
        base.close()
        status, out, err = self.run_bill(*bill)
        self.assertEqual(status, 0, err)
        self.assertIn("kWh lie between readings more than an hour apart", out)
        self.assertEqual(json.loads(self.run_bill(*bill, "--json")[1])["import_kwh"],
                         whole["import_kwh"])

    def test_days_and_prices_that_the_store_kept(self):
        """Colours and spot prices that the daemon was told are used, the user's own first."""
        path = self.file("use.csv", "time,energy_import\n" + "".join(
            f"2026-11-{20 + h // 24:02}T{h % 24:02}:00:00Z,{1000 + h * 100}\n" for h in range(96)))
        state = os.path.join(self.folder.name, "told")
        done = subprocess.run([OHMSTEAD, "import", "--state", state, "--column",
                               "energy_import=home/ground/main/energy_import:Wh", path], text=True,
                              capture_output=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        span = ("--state", state, "--from", "2026-11-21", "--to", "2026-11-23")
        self.assertEqual(self.run_bill(*span, "--contract", "bleu-tempo-9kva")[0], 1)
        with sqlite3.connect(os.path.join(state, "ohmstead.db")) as db:
            for day, code in [(20, "BLUE"), (21, "WHITE"), (22, "RED")]:
                db.execute("INSERT INTO day_code VALUES('tempo', ?, 'rte', 1, ?, 0)",
                           (f"2026-11-{day}", code))
            for hour in range(48):  # 2026-11-21 00:00 in Paris
                start = 1795215600000 + hour * 3600000
                db.execute("INSERT INTO spot_price VALUES('entsoe', ?, ?, 1, ?, 0)",
                           (start, start + 3600000, 100000000 if hour < 24 else 200000000))
        rows = self.rows(*span, "--contract", "bleu-tempo-9kva")
        self.assertEqual([(r["line"], r["quantity"]) for r in rows[1:-1]], [
            ("energy_blue_hc", "0.600"), ("energy_white_hc", "0.800"), ("energy_white_hp", "1.600"),
            ("energy_red_hc", "0.200"), ("energy_red_hp", "1.600")])
        own = self.file("c.csv", "date,colour\n2026-11-22,BLUE\n")
        lines = [r["line"] for r in self.rows(*span, "--contract", "bleu-tempo-9kva",
                                              "--colours", own)]
        self.assertNotIn("energy_red_hp", lines)
        spot = self.file("spot.yaml", "name: spot\nperiods: [base]\nrest: base\n"
                         "spot: {period: base, factor: 1, fee: 0.01}\n"
                         "rows:\n  - {from: 2026-01-01, subscription: 0, prices: {}, source: own}\n")
        status, out, err = self.run_bill(*span, "--contract", spot)
        self.assertEqual(status, 0, err)
        self.assertIn("spot prices as entsoe told them", out)
        self.assertRegex(out, r"4\.800 kWh +x 0\.1600 ")  # 2.4 at 0.11, 2.4 at 0.21
        status, out, err = self.run_bill(*span, "--compare")
        self.assertEqual(status, 0, err)
        self.assertRegex(out, r"bleu-tempo-9kva +\d")

    def test_a_load_curve_of_the_store(self):
        path = self.file("curve.csv", "time,p\n" + "".join(
            f"2025-09-01T{h:02}:{m:02}:00+02:00,600\n" for h in range(24) for m in (0, 30)))
        state = os.path.join(self.folder.name, "curve")
        done = subprocess.run([OHMSTEAD, "import", "--state", state, "--column",
                               "p=home/ground/main/power_import_mean:W", path], text=True,
                              capture_output=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        status, out, err = self.run_bill("--state", state, "--contract", "bleu-base-6kva", "--from",
                                         "2025-09-01", "--to", "2025-09-01T12:00", "--json")
        self.assertEqual(status, 0, err)
        bill = json.loads(out)
        self.assertEqual((bill["import_kwh"], bill["notes"]["basis"]), (7.2, "load_curve"))
        self.assertIn("the energy is that of the load curve", err)

    def test_refusals(self):
        path = self.file("use.csv", self.hours(1, 24, 500))
        late = self.file("late.csv", "utc,wh\n2026-07-01T00:00:00Z,1\n2026-07-01T01:00:00Z,1\n")
        gap = self.file("gap.yaml", "name: own\nperiods: [a, b]\nslots:\n  - {period: a, hours: "
                                    "[00:00-12:00]}\nrows:\n  - {from: 2025-01-01, prices: {a: 1, "
                                    "b: 1}, source: mine}\n")
        for why, words, status, says in [
                ("no contract", ["--csv", path], 2, "--contract is missing"),
                ("no such contract", ["--contract", "zork", "--csv", path], 1, "zork"),
                ("no such power", ["--contract", "bleu-tempo-5kva", "--csv", path], 1, "5 kVA"),
                ("an unknown colour", ["--contract", "bleu-tempo-9kva", "--csv", late], 1,
                 "the colour of the day is not known"),
                ("a gap", ["--contract", gap, "--csv", path], 1, "gap.yaml:4: slots: no slot"),
                ("no file", ["--contract", "bleu-base-6kva", "--csv", path + "x"], 1, "use.csvx"),
                ("no input", ["--contract", "bleu-base-6kva"], 2, "--csv FILE")]:
            with self.subTest(why):
                code, out, err = self.run_bill(*words)
                self.assertEqual((code, out), (status, ""))
                self.assertIn(says, err)

    def test_an_assumed_colour_is_said(self):
        late = self.file("late.csv", "utc,wh\n2026-07-01T06:00:00Z,1\n2026-07-01T07:00:00Z,1\n")
        status, out, _ = self.run_bill("--contract", "bleu-tempo-9kva", "--csv", late,
                                       "--assume-day", "blue", "--day", "2026-07-01")
        self.assertEqual(status, 0)
        self.assertIn("1 day without a known colour: assumed blue", out)
        self.assertIn("nothing is known of 1320 min", out)


if __name__ == "__main__":
    unittest.main(verbosity=1)
