#!/usr/bin/env python3
"""`ohmstead import` and `ohmstead export` as a user runs them, alone and beside a daemon.

usage: import_verbs.py OHMSTEAD"""
import csv
import datetime
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

if len(sys.argv) > 1:
    os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import OHMSTEAD, PATIENCE_S, Daemon  # noqa: E402

ENV = {name: value for name, value in os.environ.items()
       if not name.startswith(("OHMSTEAD_", "LC_", "LANG"))}
CURVE = ("Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
         "Grandeur metier;Etape metier;Unite\r\n"
         "00000000000000;Courbe de charge;24/10/2026;26/10/2026;Energie active;Consommation;"
         "Comptage Brut;W\r\n\r\nHorodate;Valeur\r\n"
         "2026-10-25T01:30:00+02:00;800\r\n2026-10-25T02:00:00+02:00;810\r\n"
         "2026-10-25T02:30:00+02:00;820\r\n2026-10-25T03:00:00+02:00;\r\n"
         "2026-10-25T02:30:00+01:00;840\r\n2026-10-25T03:00:00+01:00;850\r\n")
WIDE = ("Date;Puissance (kW);Température;Remarque\r\n"
        "05/01/2026 00:00;1,234;19,5;x\r\n05/01/2026 00:10;1,3;19,6;\r\n"
        "05/01/2026 00:20;;19,7;\r\n")


class Case(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.state = os.path.join(self.folder, "state")

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run_verb(self, *words, data=b"", state=None):
        """Exit status, stdout, stderr."""
        done = subprocess.run([OHMSTEAD, words[0], "--state", state or self.state, *words[1:]],
                              input=data, capture_output=True, timeout=PATIENCE_S, env=ENV,
                              check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def good(self, *words, data=b"", state=None):
        status, out, err = self.run_verb(*words, data=data, state=state)
        self.assertEqual(status, 0, err + out)
        return out

    def rows(self, *words, state=None):
        return list(csv.DictReader(io.StringIO(self.good("export", *words, state=state))))

    def series(self, out):
        return {line["series"]: line for line in map(json.loads, out.splitlines())
                if "series" in line}


class Import(Case):
    def test_a_load_curve_over_the_end_of_summer(self):
        path = self.file("curve.csv", CURVE)
        words = ("import", "--into", "home/ground/main", path)
        dry = self.good(*words, "--dry-run")
        self.assertIn("home/ground/main/power_import_mean", dry)
        self.assertIn("nothing was written", dry)
        self.assertFalse(os.path.exists(self.state))
        line = self.series(self.good(*words, "--json"))["home/ground/main/power_import_mean"]
        self.assertEqual((line["readings"], line["new"], line["min"], line["max"], line["unit"]),
                         (5, 5, 800, 850, "W"))
        self.assertEqual((line["first"], line["last"]),
                         ("2026-10-24T23:00:00Z", "2026-10-25T01:30:00Z"))
        again = self.series(self.good(*words, "--json"))["home/ground/main/power_import_mean"]
        self.assertEqual((again["new"], again["already_there"]), (0, 5))
        self.assertEqual([(row["time"], row["value"]) for row in self.rows()],
                         [("2026-10-24T23:00:00Z", "800"), ("2026-10-24T23:30:00Z", "810"),
                          ("2026-10-25T00:00:00Z", "820"), ("2026-10-25T01:00:00Z", "840"),
                          ("2026-10-25T01:30:00Z", "850")])

    def test_the_main_meter_of_a_configuration(self):
        config = self.file("site.yaml", "site: {id: maison}\nmeters:\n"
                           "  - {id: linky, zone: rdc, port: 'tcp:127.0.0.1:1'}\n")
        self.good("import", "--config", config, self.file("curve.csv", CURVE))
        self.good("import", "--config", config, self.file("wide.csv", WIDE))
        self.assertEqual({row["series"] for row in self.rows()},
                         {"maison/rdc/linky/power_import_mean", "maison/import/wide/power",
                          "maison/import/wide/temperature"})

    def test_columns_of_a_table(self):
        path = self.file("wide.csv", WIDE.encode("latin-1"))
        out = self.good("import", "--column", "temperature=salon/air/temperature", path)
        self.assertIn("home/import/wide/power", out)
        self.assertIn("home/salon/air/temperature", out)
        self.assertIn("1 refused", out)
        values = {(row["time"], row["series"]): row["value"] for row in self.rows()}
        self.assertEqual(values[("2026-01-04T23:00:00Z", "home/import/wide/power")], "1234")
        self.assertEqual(values[("2026-01-04T23:20:00Z", "home/salon/air/temperature")], "19.7")
        self.assertEqual(len(values), 5)

    def test_rules_of_a_file(self):
        rules = self.file("rules", "# what is what\nPuissance (kW) = home/a/b/power_import : kW\n"
                                   "Puissance=home/a/b/power_import:kW\nRemarque=-\n")
        path = self.file("wide.csv", WIDE)
        out = self.good("import", "--map", rules, "--only", path)
        self.assertIn("home/a/b/power_import", out)
        self.assertIn("left out: 'Température': no rule for it", out)
        status, _, err = self.run_verb("import", "--map", self.file("bad", "a\n"), path)
        self.assertEqual(status, 1)
        self.assertIn("bad:1: not a rule", err)

    def test_what_cannot_be_is_refused_and_named(self):
        head = "time,energy_import (kWh),power (W)\n"
        path = self.file("odd.csv", head + "1970-01-01T00:10:00Z,1,1\n2026-01-05T00:00:00Z,100,5\n"
                         "2099-01-05T00:00:00Z,101,5\n2026-01-05T01:00:00Z,99,6\n"
                         "2026-01-05T02:00:00Z,100.5,1e30\nyesterday,1,1\n"
                         "2026-01-05T03:00:00Z,101,many\n")
        status, out, err = self.run_verb("import", "--into", "h/g/m", path)
        self.assertEqual(status, 0, err)
        for words in ("1 refused, from line 2 on: before 2000", "from line 4 on: in the future",
                      "from line 5 on: a register that falls", "from line 6 on: out of range"):
            self.assertIn(words, out)
        self.assertIn(f"{path}:7: not a date and time: 'yesterday'", err)
        self.assertIn(f"{path}:8: not a number: 'many'", err)
        self.assertEqual([row["value"] for row in self.rows("--series", "*/energy_import")],
                         ["100000", "100500", "101000"])
        self.good("import", "--into", "h/g/m", "--meter-change", path)
        self.assertIn("99000", [row["value"] for row in self.rows()])

    def register(self, name, values, first=0):
        """A file of a register, read every ten minutes."""
        start = datetime.datetime(2026, 1, 5) + datetime.timedelta(minutes=10 * first)
        return self.file(name, "time,energy_import (Wh)\n" + "".join(
            f"{(start + datetime.timedelta(minutes=10 * i)).isoformat()}Z,{value}\n"
            for i, value in enumerate(values)))

    def test_a_wrong_reading_of_a_register_hides_no_other(self):
        good = [1000000 + 50 * i for i in range(9000)]  # more than goes at once
        for where, wrong, why in ((100, 99000000, "jumps"), (100, 3, "falls"), (0, 99000000, "jumps"),
                                  (8191, 99000000, "jumps"), (8999, 99000000, "jumps")):
            path = self.register("spike.csv", good[:where] + [wrong] + good[where + 1:])
            state = os.path.join(self.folder, f"state-{where}-{wrong}")
            for words in (("--dry-run",), ()):
                out = self.good("import", "--into", "h/g/m", *words, path, state=state)
                self.assertIn("8999 new", out)
                self.assertIn(f"1 refused, from line {where + 2} on: a register that {why}", out)
            out = self.good("import", "--into", "h/g/m", path, state=state)
            self.assertIn("0 new, 8999 there already", out)
            self.assertIn(f"1 refused, from line {where + 2} on", out)

    def test_a_register_is_compared_with_what_is_stored(self):
        self.good("import", "--into", "h/g/m", self.register("a.csv", range(50000, 50100)))
        self.good("import", "--into", "h/g/m", self.register("b.csv", range(60000, 60100), first=300))
        falls, jumps = "a register that falls", "a register that jumps"
        for name, values, first, new, why in (
                ("below.csv", [3], 40.5, 0, falls), ("above.csv", [99000000], 40.5, 0, jumps),
                ("early.csv", [50001, 50001], -9, 0, jumps), ("late.csv", [60098], 500, 0, falls),
                ("under.csv", [50098, 50100, 55000], 110, 2, falls),
                ("over.csv", [60001, 55000, 55001], 120, 2, jumps),
                ("far.csv", [99000000], 401, 0, jumps), ("beside.csv", [60099], 500, 1, None)):
            path = self.register(name, values, first)
            before = len(self.rows())
            for words in (("--dry-run",), ()):
                status, out, err = self.run_verb("import", "--into", "h/g/m", *words, path)
                self.assertEqual(status, 0 if new else 1, out + err)
                self.assertIn(f"{new} new", out)
                if why:
                    self.assertIn(f"{len(values) - new} refused, from line 2 on: {why}", out)
            self.assertEqual(len(self.rows()), before + new)
        self.good("import", "--into", "h/g/m", "--meter-change", self.register("new.csv", [3, 4], 600))
        self.assertEqual([row["value"] for row in self.rows()][-2:], ["3", "4"])

    def test_many_readings_tell_one_that_is_stored_wrong(self):
        """The last reading of a file was misread, by less than can't be; the next files are right."""
        wrong = [234000 + 5 * i for i in range(143)] + [1234567]
        self.good("import", "--into", "h/g/m", self.register("day1.csv", wrong))
        right = [234715 + 5 * i for i in range(9000)]  # more than goes at once
        path = self.register("day2.csv", right, 144)
        self.assertIn("2 refused", self.run_verb("import", "--into", "h/g/m", self.register(
            "two.csv", right[:2], 144))[1])
        for words, new, there in ((("--dry-run",), 9000, 0), ((), 9000, 0), ((), 0, 9000)):
            out = self.good("import", "--into", "h/g/m", *words, path)
            self.assertIn(f"    {new} new", out)
            self.assertIn(" 0 refused", out)
            self.assertEqual("stored of 2026-01-05T23:50:00Z is wrong" in out, there == 0, out)
        self.assertEqual(len(self.rows()), 9144)

    def test_another_value_for_the_same_time(self):
        first = self.file("a.csv", "time,power (W)\n2026-01-05T00:00:00Z,1\n")
        other = self.file("b.csv", "time,power (W)\n2026-01-05T00:00:00Z,2\n")
        self.good("import", "--into", "h/g/m", first)
        self.assertIn("1 with another value there (kept", self.good("import", "--into", "h/g/m", other))
        self.assertEqual(self.rows()[0]["value"], "1")
        self.assertIn("(replaced)", self.good("import", "--into", "h/g/m", "--replace", other))
        self.assertEqual(self.rows()[0]["value"], "2")

    def test_two_columns_are_never_one_series(self):
        path = self.file("two.csv", "time,a (kW),b (kW)\n2026-01-05T00:00:00Z,1,2\n")
        out = self.good("import", "--into", "h/g/m", path)
        self.assertIn("left out: 'b' in kW: another source became the same series already", out)
        self.assertEqual(len(self.rows()), 1)

    def test_statistics_of_home_assistant(self):
        text = ("statistic_id;unit;start;min;max;mean;sum;state\n"
                "sensor.salon;°C;26.01.2024 12:00;20;21;20,5;;\n"
                "sensor.compteur;kWh;26.01.2024 12:00;;;;10,5;100,25\n"
                "sensor.compteur;kWh;26.01.2024 13:00;;;;11,5;101,25\n"
                "sensor.wifi;dBm;26.01.2024 12:00;-60;-50;-55;;\n")
        out = self.good("import", "-", data=text.encode())
        self.assertIn("left out: 'sensor.wifi' in dBm", out)
        self.assertEqual({(row["series"], row["value"]) for row in self.rows()},
                         {("home/import/salon/temperature", "20.5"),
                          ("home/import/compteur/energy_import", "100250"),
                          ("home/import/compteur/energy_import", "101250")})

    def test_line_protocol(self):
        text = ("# a comment\nkWh,domain=sensor,entity_id=oven value=1.5,unit_str=\"x\" 1767571200\n"
                "twin,room=salon temperature=20.5,on=true 1767571200\nbroken\n")
        status, out, err = self.run_verb("import", "--precision", "s", "-", data=text.encode())
        self.assertEqual(status, 0, err)
        self.assertIn("standard input:4: no fields", err)
        self.assertEqual({(row["series"], row["value"]) for row in self.rows()},
                         {("home/import/oven/energy_import", "1500"),
                          ("home/import/salon/temperature", "20.5")})

    def test_what_is_no_table_is_said(self):
        for content, words in ((b"PK\x03\x04x", "a zip archive"), (b"\x1f\x8b\x08", "gzip"),
                               ("a;b\n".encode("utf-16"), "UTF-16"), (b"", "is empty"),
                               (b"\xd0\xcf\x11\xe0", "a workbook"),
                               (b"a,b\n1,2\n", "no column is one of times"),
                               (b"time,foo\n2026-01-05,1\n", "nothing in it became a reading")):
            status, _, err = self.run_verb("import", self.file("x", content))
            self.assertEqual(status, 1, content)
            self.assertIn(words, err)
        status, _, err = self.run_verb("import", os.path.join(self.folder, "none"))
        self.assertEqual(status, 1)
        for words in (("--format", "xls"), ("--into", "a//b"), ("--column", "a"),
                      ("--times", "x"), ("--decimal", ";"), ("--separator", "x"),
                      ("--precision", "h")):
            status, _, err = self.run_verb("import", *words, "-")
            self.assertEqual(status, 2, err)

    def test_stopped_half_way_and_made_again(self):
        head = "time,power (W),temperature (°C)\n"
        lines = [f"{1700000000 + 10 * i},{i % 5000}.5,{i % 40}\n" for i in range(30000)]
        whole = (head + "".join(lines)).encode()
        path = self.file("long.csv", whole)
        process = subprocess.Popen([OHMSTEAD, "import", "--state", self.state, "--into", "h/g/m",
                                    "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=ENV)
        try:
            process.stdin.write(whole[:len(whole) // 2])
            process.stdin.flush()
            process.send_signal(signal.SIGKILL)
        finally:
            process.stdin.close()
            process.wait(PATIENCE_S)
        self.good("import", "--into", "h/g/m", path)
        other = os.path.join(self.folder, "other")
        self.good("import", "--into", "h/g/m", path, state=other)
        self.assertEqual(self.good("export"), self.good("export", state=other))
        self.assertEqual(len(self.rows()), 60000)


class Bases(Case):
    """SQLite files of others, which stay as they are."""

    def base(self, name, script):
        path = os.path.join(self.folder, name)
        base = sqlite3.connect(path)
        base.executescript(script)
        base.close()
        return path

    def test_the_database_of_home_assistant(self):
        tables = ("CREATE TABLE statistics_meta(id INTEGER PRIMARY KEY, statistic_id TEXT,"
                  " source TEXT, unit_of_measurement TEXT, has_mean INT, has_sum INT, name TEXT);"
                  "INSERT INTO statistics_meta VALUES"
                  "(1,'sensor.salon','recorder','°C',1,0,NULL),"
                  "(2,'sensor.compteur','recorder','kWh',0,1,NULL),"
                  "(3,'sensor.wifi','recorder','dBm',1,0,NULL),"
                  "(4,'sensor.daily','recorder','kWh',0,1,NULL);")
        new = self.base("new.db", tables + "CREATE TABLE statistics(id INTEGER PRIMARY KEY,"
                        " metadata_id INT, start_ts FLOAT, mean FLOAT, min FLOAT, max FLOAT,"
                        " state FLOAT, sum FLOAT);"
                        "INSERT INTO statistics VALUES(1,1,1699999200.0,20.5,20,21,NULL,NULL),"
                        "(2,2,1699999200.0,NULL,NULL,NULL,1234.567,1.5),"
                        "(3,2,1700002800.0,NULL,NULL,NULL,1235.1000000000001,2.0),"
                        "(5,4,1699999200.0,NULL,NULL,NULL,5.5,8.0),"  # begins anew each day
                        "(6,4,1700002800.0,NULL,NULL,NULL,0.25,8.25),"
                        "(4,3,1699999200.0,-60,-61,-59,NULL,NULL);")
        old = self.base("old.db", tables + "CREATE TABLE statistics(id INTEGER PRIMARY KEY,"
                        " metadata_id INT, start DATETIME, mean FLOAT, min FLOAT, max FLOAT,"
                        " state FLOAT, sum FLOAT);"
                        "INSERT INTO statistics VALUES"
                        "(1,1,'2023-11-14 22:00:00.000000',20.5,20,21,NULL,NULL);")
        with open(new, "rb") as content:
            before = content.read()
        out = self.good("import", new)
        self.assertIn("left out: 'sensor.wifi' in dBm", out)
        self.assertEqual({(row["time"], row["series"], row["value"]) for row in self.rows()},
                         {("2023-11-14T22:00:00Z", "home/import/salon/temperature", "20.5"),
                          ("2023-11-14T23:00:00Z", "home/import/compteur/energy_import", "1234567"),
                          ("2023-11-15T00:00:00Z", "home/import/compteur/energy_import",
                           "1235100"),
                          ("2023-11-14T23:00:00Z", "home/import/daily/energy_import", "8000"),
                          ("2023-11-15T00:00:00Z", "home/import/daily/energy_import", "8250")})
        with open(new, "rb") as content:
            self.assertEqual(content.read(), before)
        self.assertIn("1 there already", self.good("import", old))
        with open(new, "rb") as content:
            status, _, err = self.run_verb("import", "-", data=content.read())
        self.assertEqual(status, 1)
        self.assertIn("name the file", err)

    def test_local_times_of_the_hour_that_comes_twice(self):
        """Text without a zone is read as it was written, if it was written in order."""
        clock = ["01:45", "02:15", "02:45", "02:15", "02:45", "03:15"]
        instants = ["2025-10-25T23:45:00Z", "2025-10-26T00:15:00Z", "2025-10-26T00:45:00Z",
                    "2025-10-26T01:15:00Z", "2025-10-26T01:45:00Z", "2025-10-26T02:15:00Z"]
        values = ",".join(f"('2025-10-26 {time}:00',{100 + i})" for i, time in enumerate(clock))
        for why, rest, insert, want in [
                ("in order", "", values, instants),
                ("an hour at most is turned back", "", values + ",('2025-10-25 12:00:00',7)",
                 None),
                ("no rows in order", " WITHOUT ROWID", "('2025-10-26 01:45:00',100)",
                 instants[:1])]:
            with self.subTest(why):
                state = os.path.join(self.folder, why)
                key = "timestamp TEXT, power FLOAT" + (", PRIMARY KEY(timestamp)" if rest else "")
                path = self.base(why + ".db", f"CREATE TABLE p({key}){rest};"
                                              f"INSERT INTO p VALUES{insert};")
                self.good("import", "--timezone", "Europe/Paris", "--column",
                          "power=h/z/m/power_import:W", path, state=state)
                rows = self.rows(state=state)
                if want is None:  # by their text: the earliest is there
                    self.assertEqual(rows[0]["time"], "2025-10-25T10:00:00Z")
                else:
                    self.assertEqual([(row["time"], row["value"]) for row in rows],
                                     [(t, str(100 + i)) for i, t in enumerate(want)])

    def test_a_table_of_the_prototypes(self):
        path = self.base("e450.db", "CREATE TABLE mesure_energie(id INTEGER PRIMARY KEY,"
                         " timestamp DATETIME, tension_l1 FLOAT, courant_l1 FLOAT,"
                         " puissance_active_totale FLOAT, facteur_puissance FLOAT,"
                         " thd_tension FLOAT, qualite VARCHAR(16));"
                         "CREATE TABLE user(id INTEGER, name TEXT);"
                         "INSERT INTO mesure_energie VALUES"
                         "(1,'2025-11-01 12:00:00.000000',230.4,5.25,1200,0.98,2.1,'good');")
        out = self.good("import", "--format", "prototype", "--into", "home/ground/e450", path)
        self.assertIn("left out: 'thd_tension'", out)
        self.assertEqual({(row["time"], row["series"], row["value"]) for row in self.rows()},
                         {("2025-11-01T12:00:00Z", "home/ground/e450/" + name, value)
                          for name, value in (("voltage_l1", "230.4"), ("current_l1", "5.25"),
                                              ("power", "1200"), ("power_factor", "0.98"))})
        status, _, err = self.run_verb("import", "--table", "user", path)
        self.assertEqual(status, 1)
        self.assertIn("no table of it has a column of times", err)
        status, _, err = self.run_verb("import", os.path.join(self.state, "ohmstead.db"))
        self.assertEqual(status, 1)
        self.assertIn("a store of ohmstead", err)


class Export(Case):
    def setUp(self):
        super().setUp()
        self.good("import", "--into", "h/g/m", self.file("e.csv",
                  "time,energy_import (Wh),power_import (W),temperature (°C),quality\n"
                  "2026-03-28T23:30:00Z,1000,500.5,-1.25,good\n"
                  "2026-03-29T00:30:00Z,1500,501,,estimated\n"
                  "2026-03-29T12:00:00Z,9000,,20,suspect\n"))

    def test_every_form_comes_back_the_same(self):
        want = self.good("export")
        for form in ("csv", "csv-fr", "influx"):
            text = self.good("export", "--format", form)
            other = os.path.join(self.folder, form)
            self.good("import", "-", data=text.encode(), state=other)
            self.assertEqual(self.good("export", state=other), want, form)
        lines = [json.loads(line) for line in self.good("export", "--format", "ndjson").splitlines()]
        self.assertEqual([line["value"] for line in lines if line["series"] == "h/g/m/temperature"],
                         [-1.25, 20])
        self.assertTrue(self.good("export", "--format", "csv-fr").startswith(
            "\ufeffhorodatage;utc;serie;valeur;unite;qualite\r\n29/03/2026 00:30:00;"))
        self.assertIn(";500,5;W;", self.good("export", "--format", "csv-fr"))

    def test_ranges_places_and_steps(self):
        self.assertEqual(len(self.rows("--series", "*/power_import")), 2)
        self.assertEqual(len(self.rows("--device", "h/g/m")), 7)
        self.assertEqual(len(self.rows("--zone", "h/g", "--from", "2026-03-29T00:30:00Z")), 4)
        days = self.rows("--series", "h/g/m/energy_import", "--step", "day")
        self.assertEqual([(row["time"], row["readings"]) for row in days],
                         [("2026-03-28T23:00:00Z", "2")])  # a suspect one counts for nothing
        self.assertEqual(days[0]["last"], "1500")
        hours = self.rows("--series", "h/g/m/power_import", "--step", "1h")
        self.assertEqual(hours[0]["mean"], "500.5")
        self.assertEqual(hours[3]["quality"], "gap")
        out = os.path.join(self.folder, "mine.csv")
        self.good("export", "--out", out)
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o600)
        self.assertEqual(self.good("export", "--list").split()[:2], ["h/g/m/energy_import", "3"])

    def test_wrong_use(self):
        for words in (("--format", "xml"), ("--step", "1d"), ("--from", "x"), ("--to", "y"),
                      ("--journal", "--step", "day"), ("--from", "2026-02-01", "--to", "2026-01-01")):
            self.assertEqual(self.run_verb("export", *words)[0], 2, words)
        self.assertIn("no series is meant", self.run_verb("export", "--series", "no")[2])
        self.assertEqual(self.run_verb("export", state=self.folder)[0], 1)


class BesideADaemon(Case):
    def test_import_and_export(self):
        path = self.file("curve.csv", CURVE)
        with Daemon(env=ENV) as house:
            self.good("import", "--into", "old/attic/meter", path, state=house.folder)
            rows = self.rows("--device", "old/attic/meter", state=house.folder)
            self.assertEqual(len(rows), 5)
            answer = house.get("/api/v1/series")
            self.assertIn("old/attic/meter/power_import_mean", json.dumps(answer))
            self.good("export", "--journal", "--format", "ndjson", state=house.folder)
            self.assertTrue(house.get("/api/v1/state")["site"]["demo"])


if __name__ == "__main__":
    unittest.main()
