#!/usr/bin/env python3
"""ohmstead signal, as a shell sees it.

usage: signal_verbs.py OHMSTEAD"""
import json
import subprocess
import sys
import tempfile
import unittest

OHMSTEAD = ""
HEADER = "utc_start,utc_end,value\n"
MADE = "2026-10-24T22:00:00+02:00"


def body(*days):
    return json.dumps({"signals": [
        {"GenerationFichier": MADE, "jour": jour, "values": [
            {"pas": step, "hvalue": level} for step, level in levels]}
        for jour, levels in days]})


def signal(*arguments, stdin=""):
    return subprocess.run([OHMSTEAD, "signal", *arguments], input=stdin, text=True,
                          capture_output=True, timeout=60, check=False)


class SignalTest(unittest.TestCase):
    def check(self, text, rows, *options):
        done = signal("--source", "ecowatt", *options, "-", stdin=text)
        self.assertEqual((done.stdout, done.stderr, done.returncode),
                         (HEADER + "".join(row + "\n" for row in rows), "", 0))

    def test_hours(self):
        self.check(body(("2026-11-22T00:00:00+01:00", [(23, 3), (0, 0), (1, 7)])),
                   ["2026-11-21T23:00:00Z,2026-11-22T00:00:00Z,0",
                    "2026-11-22T00:00:00Z,2026-11-22T01:00:00Z,7",
                    "2026-11-22T22:00:00Z,2026-11-22T23:00:00Z,3"])

    def test_no_days(self):
        self.check('{"signals":[]}', [])

    def test_the_hour_that_comes_twice(self):
        self.check(body(("2026-10-25T00:00:00+02:00", [(2, 2)])),
                   ["2026-10-25T00:00:00Z,2026-10-25T01:00:00Z,2",
                    "2026-10-25T01:00:00Z,2026-10-25T02:00:00Z,2"])

    def test_the_hour_that_never_comes(self):
        self.check(body(("2026-03-29T00:00:00+01:00", [(2, 3), (3, 2)])),
                   ["2026-03-29T01:00:00Z,2026-03-29T02:00:00Z,2"])

    def test_another_zone(self):
        self.check(body(("2026-11-22T00:00:00Z", [(5, 2)])),
                   ["2026-11-22T05:00:00Z,2026-11-22T06:00:00Z,2"], "--timezone", "UTC")

    def test_a_whole_autumn_day(self):
        done = signal("--source", "ecowatt", "-", stdin=body(
            ("2026-10-25T00:00:00+02:00", [(step, 1) for step in range(24)])))
        self.assertEqual(len(done.stdout.splitlines()), 1 + 25)

    def test_a_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(body(("2026-11-22T00:00:00+01:00", [(0, 1)])))
            file.flush()
            done = signal("--source", "ecowatt", file.name)
            self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 2))

    def test_refused_with_one_line_and_the_header(self):
        for text in ("", " ", "<html></html>", '{"signals":[', "{}", '{"error":"x"}', "[]",
                     body(("2026-11-22T00:00:00+01:00", [("0", 1)])),
                     body(("22/11/2026", [(0, 1)]))):
            with self.subTest(text=text):
                done = signal("--source", "ecowatt", "-", stdin=text)
                self.assertEqual((done.stdout, done.returncode), (HEADER, 1))
                self.assertTrue(done.stderr.startswith("ohmstead: standard input: "))
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_wrong_use(self):
        for arguments in ([], ["-"], ["--source", "tempos", "-"], ["--source", "ecowatt"],
                          ["--source", "ecowatt", "--timezone", "../x", "-"],
                          ["--source", "ecowatt", "--timezone", "Europe/Pariss", "-"],
                          ["--source", "ecowatt", "a", "b"], ["--sauce", "ecowatt", "-"]):
            with self.subTest(arguments=arguments):
                done = signal(*arguments)
                self.assertEqual((done.stdout, done.returncode), ("", 2))
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_file_that_is_not_there(self):
        done = signal("--source", "ecowatt", "/nonexistent/body.json")
        self.assertEqual((done.stdout, done.returncode), ("", 1))

    def test_help(self):
        done = signal("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("--timezone", done.stdout)

    def test_tempo(self):
        text = ('{"tempo_like_calendars":{"values":[{"start_date":"2026-01-06T00:00:00+01:00",'
                '"end_date":"2026-01-07T00:00:00+01:00","value":"RED"}]}}')
        done = signal("--source", "tempo", "-", stdin=text)
        self.assertEqual((done.stdout, done.stderr, done.returncode),
                         (HEADER + "2026-01-06T05:00:00Z,2026-01-07T05:00:00Z,RED\n", "", 0))

    def test_the_time_of_a_conflict_is_said(self):
        text = ('[{"dateJour":"2026-01-06","codeJour":3},{"dateJour":"2026-01-06","codeJour":1}]')
        done = signal("--source", "tempo-couleur", "-", stdin=text)
        self.assertEqual((done.stdout, done.stderr, done.returncode),
                         (HEADER, "ohmstead: standard input: two colours for one day: "
                                  "2026-01-06T05:00:00Z\n", 1))


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    program = unittest.main(exit=False)
    bad = len(program.result.failures) + len(program.result.errors)
    print("%d passed, %d failed" % (max(program.result.testsRun - bad, 0), bad))
    sys.exit(1 if bad else 0)
