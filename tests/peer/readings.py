"""The readings of a store from outside: the extension in Python's SQLite and in the shell's."""
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

DRIVER, EXTENSION = sys.argv[1:3]
KEY = "home/ground/main/voltage_l1"
T0 = 1795305600000


def want(i):
    return 100000 + i if i >= 19999 else i * 7919 % 1009


class Readings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="ohm-readings-")
        cls.path = os.path.join(cls.folder.name, "ohmstead.db")
        subprocess.run([DRIVER, cls.path], check=True, timeout=60)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.base = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        if not hasattr(self.base, "enable_load_extension"):
            self.skipTest("this Python's sqlite3 loads no extensions")
        self.base.enable_load_extension(True)
        self.base.load_extension(EXTENSION)

    def tearDown(self):
        self.base.close()

    def rows(self, sql, *arguments):
        return self.base.execute(sql, arguments).fetchall()

    def test_all_of_a_series(self):
        rows = self.rows("SELECT time_ms, raw, quality FROM readings(?)", KEY)
        self.assertEqual(rows, [(T0 + 1000 * i, want(i), 3 if i >= 19999 else 0) for i in range(20100)])

    def test_a_range_in_the_base_unit(self):
        rows = self.rows("SELECT time, value FROM readings(?, ?, ?) ORDER BY time_ms", KEY,
                         T0 + 19998000, "2026-11-22T05:33:20Z")
        self.assertEqual(rows, [("2026-11-22T05:33:18Z", want(19998) / 100),
                                ("2026-11-22T05:33:19Z", want(19999) / 100)])

    def test_statements_of_any_shape(self):
        self.assertEqual(self.rows("SELECT count(*), max(value) FROM readings(?, ?)", KEY, T0 + 20050000),
                         [(50, (100000 + 20099) / 100)])
        rows = self.rows("SELECT k.key, count(*) FROM series_keys k, readings(k.key) r"
                         " WHERE r.value > 1000 GROUP BY 1")
        self.assertEqual(rows, [(KEY, 101)])
        rows = self.rows("SELECT count(*) FROM readings(?) a JOIN readings(?) b USING (time_ms)"
                         " WHERE a.time_ms < ?", KEY, KEY, T0 + 20000)
        self.assertEqual(rows, [(20,)])
        self.assertEqual(self.rows("SELECT raw FROM readings(?) ORDER BY time_ms DESC LIMIT 1", KEY),
                         [(want(20099),)])

    def test_summaries_of_chunks(self):
        rows = self.rows("SELECT sum(readings), min(min), max(max) FROM chunk_values WHERE key=?", KEY)
        self.assertEqual(rows, [(20000, 0, 10.08)])

    def test_what_is_wrong_is_said(self):
        for sql, words in (
                ("SELECT * FROM readings", "key of a series"),
                ("SELECT * FROM readings('home/ground/main/moonlight')", "no such quantity"),
                ("SELECT * FROM readings('home/ground/main/power')", "no such series"),
                ("SELECT * FROM readings('%s', 'yesterday')" % KEY, "milliseconds since 1970"),
                ("SELECT * FROM readings(NULL)", "site/zone/device/quantity")):
            with self.assertRaisesRegex(sqlite3.OperationalError, words, msg=sql):
                self.rows(sql)
        other = sqlite3.connect(":memory:")
        other.enable_load_extension(True)
        other.load_extension(EXTENSION)
        with self.assertRaisesRegex(sqlite3.OperationalError, "not the database"):
            other.execute("SELECT * FROM readings('a/b/c/power')")
        other.close()

    def test_the_shell(self):
        if not shutil.which("sqlite3"):
            self.skipTest("no sqlite3 shell here")
        text = subprocess.run(
            ["sqlite3", "-readonly", "-cmd", ".load '%s'" % EXTENSION, self.path,
             "SELECT count(*) FROM readings('%s')" % KEY],
            check=True, capture_output=True, text=True, timeout=60).stdout
        self.assertEqual(text.strip(), "20100")


unittest.main(argv=sys.argv[:1])
