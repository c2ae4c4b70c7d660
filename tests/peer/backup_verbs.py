#!/usr/bin/env python3
"""`ohmstead backup`, `restore` and `erase`: alone, with damaged copies, and beside a daemon.

usage: backup_verbs.py OHMSTEAD"""
import fcntl
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

if len(sys.argv) > 1:
    os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import OHMSTEAD, PATIENCE_S, Daemon, wait_for  # noqa: E402

ENV = {name: value for name, value in os.environ.items()
       if not name.startswith(("OHMSTEAD_", "LC_", "LANG"))}
ROWS = "time,power (W),energy_import (Wh)\n" + "".join(
    f"{1700000000 + 60 * i},{i % 700}.5,{1000 + i}\n" for i in range(3000))


class Case(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.state = os.path.join(self.folder, "state")
        self.store = os.path.join(self.state, "ohmstead.db")
        self.copy = os.path.join(self.folder, "copy.db")

    def run_verb(self, *words, data="", state=None):
        """Exit status, stdout, stderr."""
        done = subprocess.run([OHMSTEAD, words[0], "--state", state or self.state, *words[1:]],
                              input=data, text=True, capture_output=True, timeout=PATIENCE_S,
                              env=ENV, check=False)
        return done.returncode, done.stdout, done.stderr

    def good(self, *words, data="", state=None):
        status, out, err = self.run_verb(*words, data=data, state=state)
        self.assertEqual(status, 0, err + out)
        return out

    def refused(self, words, *verb):
        status, out, err = self.run_verb(*verb)
        self.assertEqual(status, 1, out)
        self.assertIn(words, err)

    def fill(self, place="home/a/m"):
        self.good("import", "--into", place, "-", data=ROWS)


class Backup(Case):
    def test_what_a_cut_left_is_taken_over(self):
        self.fill()
        for name in (".part", ".part-wal", ".part-journal"):
            with open(self.copy + name, "wb") as left:
                left.write(b"what was copied when the power went" * 1000)
        self.good("backup", self.copy)
        self.assertEqual(sorted(os.listdir(self.folder)), ["copy.db", "state"])
        with open(self.copy + ".part", "wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.refused("a copy is being made there already", "backup", "--force", self.copy)

    def test_a_file_that_is_there_stays(self):
        self.fill()
        with open(self.copy, "w", encoding="utf-8") as out:
            out.write("somebody's\n")
        self.refused("there is such a file already", "backup", self.copy)
        with open(self.copy, encoding="utf-8") as kept:
            self.assertEqual(kept.read(), "somebody's\n")
        self.assertEqual(sorted(os.listdir(self.folder)), ["copy.db", "state"])
        self.good("backup", "--force", self.copy)
        self.good("restore", "--check", self.copy)

    def test_there_and_back(self):
        self.fill()
        want = self.good("export")
        said = json.loads(self.good("backup", "--json", self.copy))
        self.assertEqual((said["series"], said["readings"], said["damaged"]), (2, 6000, 0))
        self.assertEqual(os.stat(self.copy).st_mode & 0o777, 0o600)
        self.assertEqual(set(os.listdir(self.folder)), {"state", "copy.db"})
        other = os.path.join(self.folder, "other")
        self.good("restore", self.copy, state=other)
        self.assertEqual(self.good("export", state=other), want)
        self.assertEqual(os.stat(os.path.join(other, "ohmstead.db")).st_mode & 0o777, 0o600)

    def test_a_store_that_is_there_stays_beside(self):
        self.fill()
        self.good("backup", self.copy)
        want = self.good("export")
        self.fill("home/b/n")
        newer = self.good("export")
        self.refused("there is a store already", "restore", self.copy)
        self.assertEqual(self.good("export"), newer)
        self.good("restore", "--force", self.copy)
        self.assertEqual(self.good("export"), want)
        aside = [name for name in os.listdir(self.state) if ".before-" in name]
        self.assertEqual(len(aside), 1)
        self.good("restore", "--force", os.path.join(self.state, aside[0]))
        self.assertEqual(self.good("export"), newer)

    def test_what_cannot_be_read_back_is_refused(self):
        self.fill()
        self.good("backup", self.copy)
        want = self.good("export")
        with open(self.copy, "rb") as whole:
            content = whole.read()
        half = os.path.join(self.folder, "half.db")
        with open(half, "wb") as out:
            out.write(content[:len(content) // 2])
        self.refused("nothing was changed", "restore", "--force", half)
        self.refused("nothing was changed", "restore", "--force", __file__)
        self.refused("No such file", "restore", "--force", os.path.join(self.folder, "none"))
        base = sqlite3.connect(self.copy)
        with base:
            base.execute("UPDATE chunk SET data=zeroblob(length(data)) WHERE k="
                         "(SELECT k FROM chunk ORDER BY k LIMIT 1)")
        base.close()
        self.refused("parts of it cannot be read", "restore", "--force", self.copy)
        self.assertEqual(self.good("export"), want)
        self.assertEqual(self.run_verb("restore", "--force", "--damaged-too", self.copy)[0], 1)
        fewer = self.good("export", "--series", "*")
        self.assertTrue(1000 < len(fewer.splitlines()) < len(want.splitlines()))
        self.refused("damaged", "backup", os.path.join(self.folder, "second.db"))
        status, out, _ = self.run_verb("doctor")
        self.assertEqual(status, 1, out)
        self.assertIn("parts of the history can't be read", out)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "second.db")))

    def test_a_disk_that_is_full(self):
        self.fill()

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (40960, 40960))
        done = subprocess.run([OHMSTEAD, "backup", "--state", self.state, self.copy], env=ENV,
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False,
                              preexec_fn=small_files)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(os.listdir(self.folder), ["state"])
        self.good("backup", self.copy)

    def test_nothing_to_copy(self):
        self.refused("No such file", "backup", self.copy)
        self.assertFalse(os.path.exists(self.copy))


class Rename(Case):
    def rows(self):
        return sorted(line.split(",", 3)[:3] for line in self.good("export").splitlines()[1:])

    def test_a_device_goes_on_under_another_name(self):
        self.fill("home/a/old")
        before = self.rows()
        self.assertIn("--dry-run", self.good("rename", "--dry-run", "home/a/old", "home/b/new"))
        self.assertEqual(self.rows(), before)
        self.good("rename", "home/a/old", "home/b/new")
        self.assertEqual(self.rows(), sorted([row[0], row[1].replace("a/old", "b/new"), row[2]]
                                             for row in before))
        self.refused("no such series", "rename", "home/a/old", "home/b/new")

    def test_two_histories_become_one(self):
        self.fill("home/a/old")
        self.fill("home/b/new")
        before = self.good("export", "--device", "home/b/new")
        self.refused("a series of that name", "rename", "home/a/old", "home/b/new")
        said = self.good("rename", "--merge", "home/a/old", "home/b/new")
        self.assertIn("0 readings were added, 6000 were there already, and for 0 instants", said)
        self.assertEqual(self.good("export", "--device", "home/b/new"), before)
        self.assertEqual({row[1].rsplit("/", 1)[0] for row in self.rows()}, {"home/b/new"})

    def test_what_is_no_name(self):
        self.fill()
        for names in (["home/z/m", "home/z/m/power"], ["home", "house"],
                      ["home/z/m/power", "home/z/m/nonsense"]):
            self.assertNotEqual(self.run_verb("rename", *names)[0], 0, names)


class Erase(Case):
    def test_an_apartment_and_nothing_else(self):
        self.fill("home/apt1/m")
        self.fill("home/apt12/m")
        both = self.good("export")
        self.refused("nothing was erased", "erase", "--zone", "home/apt1")
        self.assertIn("home/apt1/m/power", self.good("erase", "--zone", "home/apt1", "--dry-run"))
        self.assertEqual(self.good("export"), both)
        with sqlite3.connect(self.store) as db:
            db.execute("INSERT INTO event(seq,utc_ms,age_ms,last_seq,v,total_bytes)"
                       " VALUES(1,1700000000000,0,1,x'00',1)")
            line = ('{"seq":1,"time":"2023-11-14T22:13:20Z","notice":"register_held","load":null,'
                    '"device":"m","quantity":"energy_import","detail":987654,"command":null,'
                    '"actor":null}')
            db.execute("INSERT INTO journal VALUES(1,1700000000000,'n',?,?)", (b"of m 987654", line))
            db.execute("INSERT INTO journal VALUES(2,9000,'n',?,?)", (b"987654", line))  # no clock yet
        # Whose "m" is, a site says: not of the meter that stays.
        words = ("erase", "--zone", "home/apt1", "--yes")
        self.refused("nothing was erased; --config FILE", *words)
        self.assertEqual(self.good("export"), both)
        sites = {}
        for zone in ("apt1", "apt12"):
            sites[zone] = os.path.join(self.folder, zone + ".yaml")
            with open(sites[zone], "w", encoding="utf-8") as file:
                file.write("site: {id: home, timezone: Europe/Paris}\nmeters:\n  - {id: m, zone: "
                           f"{zone}, port: 'serial:/dev/null', protocol: tic}}\n")
        second = os.path.join(self.folder, "second")
        os.mkdir(second, 0o700)
        one, other = sqlite3.connect(self.store), sqlite3.connect(
            os.path.join(second, "ohmstead.db"))
        one.backup(other)
        one.close()
        other.close()
        self.assertNotIn("lines of the journal", self.good(
            *words, "--config", sites["apt12"], state=second))
        said = self.good(*words, "--config", sites["apt1"])
        self.assertIn("keep their time and kind, and nothing else: 2\n", said)
        told = json.loads(self.good("export", "--journal", "--format", "ndjson").splitlines()[0])
        self.assertEqual((told["notice"], told["device"], told["detail"]), ("register_held", None, 0))
        with open(self.store, "rb") as whole:
            self.assertNotIn(b"987654", whole.read())
        self.assertIn("6000 readings of 2 series are erased", said)
        self.assertIn("recorded for replay so far is erased, too", said)
        with sqlite3.connect(self.store) as db:
            self.assertEqual(db.execute("SELECT count(*) FROM event").fetchone()[0], 0)
        self.assertEqual(self.good("export"),
                         "".join(line for line in both.splitlines(True) if "/apt1/" not in line))
        base = sqlite3.connect(self.store)
        notes = [json.loads(value) for key, value in base.execute("SELECT key,value FROM state")
                 if key.startswith("erasure/")]
        base.close()
        self.assertEqual([(note["zone"], note["series"], note["readings"]) for note in notes],
                         [("home/apt1", 2, 6000)])
        self.refused("no series is meant", "erase", "--zone", "home/apt1", "--yes")

    def test_one_that_was_cut_is_finished(self):
        """Each step is refused once, as on a full card; the same words go on from there."""
        cuts = ("UPDATE ON journal", "DELETE ON event", "DELETE ON chunk", "DELETE ON series",
                "INSERT ON state WHEN NEW.key LIKE 'erasure/%'",
                "DELETE ON state WHEN OLD.key='erasing'")
        words = ("erase", "--zone", "home/apt1", "--yes")
        for number, cut in enumerate(cuts):
            self.state = os.path.join(self.folder, str(number))
            self.store = os.path.join(self.state, "ohmstead.db")
            self.fill("home/apt1/m")
            with sqlite3.connect(self.store) as db:
                db.execute("INSERT INTO event(seq,utc_ms,age_ms,last_seq,v,total_bytes)"
                           " VALUES(1,1700000000000,0,1,x'476512',1)")
                line = '{"notice":"register_held","device":"m","detail":476512,"actor":null}'
                db.execute("INSERT INTO journal VALUES(1,1700000000000,'n',?,?)", (b"476512", line))
                db.execute(f"CREATE TRIGGER cut BEFORE {cut} BEGIN SELECT RAISE(ABORT,'cut'); END")
            db.close()
            self.refused("the same erasure goes on", *words)
            with sqlite3.connect(self.store) as db:
                db.execute("DROP TRIGGER cut")
            db.close()
            self.good(*words)
            with sqlite3.connect(self.store) as db:
                self.assertEqual(db.execute("SELECT (SELECT count(*) FROM event),"
                                            "(SELECT count(*) FROM series),(SELECT count(*) FROM "
                                            "state WHERE key='erasing')").fetchone(), (0, 0, 0))
                self.assertTrue(db.execute("SELECT count(*) FROM state WHERE key LIKE "
                                           "'erasure/%'").fetchone()[0] > 0, cut)
            db.close()
            with open(self.store, "rb") as whole:
                self.assertFalse(b"476512" in whole.read(), cut)
            self.refused("no series is meant", *words)

    def test_a_time_of_a_series(self):
        self.fill()
        self.good("erase", "--series", "*/power", "--from", "2023-11-15", "--to", "2023-11-16",
                  "--yes", "--timezone", "UTC")
        rows = [line.split(",")[:2] for line in self.good("export").splitlines()[1:]]
        self.assertFalse([row for row in rows if row[0].startswith("2023-11-15") and
                          row[1].endswith("/power")])
        self.assertEqual(len([row for row in rows if row[1].endswith("energy_import")]), 3000)
        self.assertEqual(self.run_verb("erase", "--yes")[0], 2)


class BesideADaemon(Case):
    def test_a_copy_of_a_house_that_lives(self):
        with Daemon(env=ENV) as house:
            wait_for("readings in the store", 120, lambda: "power_import" in self.run_verb(
                "export", "--list", state=house.folder)[1])
            self.good("backup", self.copy, state=house.folder)
            status, _, err = self.run_verb("restore", "--force", self.copy, state=house.folder)
            self.assertEqual(status, 1)
            self.assertIn("a daemon uses it", err)
            self.assertTrue(house.get("/api/v1/state")["site"]["demo"])
        self.good("restore", self.copy)
        with Daemon(state=self.state, env=ENV) as again:
            self.assertTrue(again.get("/api/v1/state")["site"]["demo"])
        self.assertIn("power_import", self.good("export", "--list"))


if __name__ == "__main__":
    unittest.main()
