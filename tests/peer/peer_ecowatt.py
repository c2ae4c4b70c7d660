#!/usr/bin/env python3
"""The Ecowatt fetcher against the stand-in of RTE, minutes passing as fast as the test says.

usage: peer_ecowatt.py DRIVER"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from signal_stand_in import (Answer, BAD_GATEWAY, CLIENT_ID, CLIENT_SECRET, SIGNALS_PATH, StandIn,
                          T05, TOKEN_PATH, day, signals)

DRIVER = ""
NOON = datetime(2026, 1, 15, 11, 0, tzinfo=timezone.utc)


class Fetcher:
    """The driver, its clock and what it said last."""

    def __init__(self, url, folder, source="ecowatt"):
        self.utc, self.mono, self.clock_set = NOON, 1000, True
        self.status, self.detail, self.next, self.calls = None, None, None, 0
        self.signals = []
        self.log = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen([DRIVER, source, url, folder], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log)

    def stop(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=120)
        self.process.stdout.close()
        return status

    def logged(self):
        self.log.seek(0)
        return self.log.read()

    def command(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            said = json.loads(line)
            if "done" in said:
                return said["done"]
            if "signals" in said:
                self.signals.append(said)
            else:
                self.status, self.detail = said["status"], said["detail"]
                self.calls = said["calls"]
                self.next = said["next"] and datetime.fromisoformat(
                    said["next"].replace("Z", "+00:00"))
        raise AssertionError("the driver ended: " + self.logged())

    def new(self, secret=CLIENT_SECRET):
        return self.command("new %s %s" % (CLIENT_ID, secret))

    def restart(self, after_s=0):
        """The process ends and starts again: another monotonic clock, the same folder."""
        self.command("free")
        self.utc += timedelta(seconds=after_s)
        self.mono = 50
        self.new()

    def tick(self, after_s=0):
        self.utc += timedelta(seconds=after_s)
        self.mono += after_s
        self.command("tick %s %d %d" % (self.utc.strftime("%Y-%m-%dT%H:%M:%SZ"), self.mono,
                                        self.clock_set))
        self.command("wait")

    def ticks(self, minutes):
        for _ in range(minutes):
            self.tick(60)

    def wait_s(self):
        return (self.next - self.utc).total_seconds()


class EcowattTest(unittest.TestCase):
    def setUp(self):
        self.rte = StandIn()
        self.folder = tempfile.TemporaryDirectory()
        self.fetcher = Fetcher(self.rte.url, self.folder.name)
        self.assertTrue(self.fetcher.new())

    def tearDown(self):
        self.assertEqual(self.fetcher.stop(), 0)
        log = self.fetcher.logged()
        self.assertNotIn(CLIENT_SECRET, log)
        self.assertNotIn("token1", log)
        self.fetcher.log.close()
        self.rte.stop()
        self.folder.cleanup()

    def signal_calls(self):
        return self.rte.count(SIGNALS_PATH)

    def test_nothing_is_asked_before_its_time_is_kept(self):
        def tick(after_s):  # nobody waits for an answer
            self.fetcher.utc += timedelta(seconds=after_s)
            self.fetcher.mono += after_s
            self.fetcher.command("tick %s %d 1" % (self.fetcher.utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
                                                   self.fetcher.mono))
        self.fetcher.command("disk later")
        for _ in range(5):
            tick(1)
        self.assertEqual((self.rte.calls, self.fetcher.calls), ([], 0))
        self.fetcher.command("disk full")
        tick(1)
        self.assertEqual((self.rte.calls, self.fetcher.status), ([], "not_kept"))
        self.assertGreater(self.fetcher.wait_s(), 0)
        self.fetcher.command("disk now")
        self.fetcher.ticks(240)
        self.assertEqual(self.fetcher.status, "")
        self.assertGreater(self.signal_calls(), 0)

    def test_first_call_gets_a_token_then_the_signals(self):
        self.fetcher.tick()
        self.assertEqual(self.fetcher.status, "")
        self.assertEqual(self.fetcher.signals[0]["signals"], 24)
        self.assertEqual(self.fetcher.signals[0]["made"], "2026-01-14T22:00:00Z")
        path, headers = self.rte.calls[0]
        self.assertEqual(path, TOKEN_PATH)
        self.assertEqual(headers["Content-Type"], "application/x-www-form-urlencoded")
        self.assertEqual(headers["Content-Length"], "0")
        self.assertEqual(self.rte.calls[1][1]["Authorization"], "Bearer token1")

    def test_the_token_is_kept_until_it_expires(self):
        self.fetcher.tick()
        self.fetcher.ticks(119)
        self.assertEqual(self.signal_calls(), 2)
        self.assertEqual(self.rte.count(TOKEN_PATH), 1)
        self.fetcher.ticks(10)
        self.assertEqual(self.signal_calls(), 3)
        self.assertEqual(self.rte.count(TOKEN_PATH), 2)

    def test_never_more_than_one_call_in_15_minutes(self):
        """Whatever happens, with a restart every minute."""
        self.rte.script(SIGNALS_PATH, Answer(500, T05), Answer(401), Answer(503), Answer(429),
                        Answer(200, ""), Answer(200, "<html>"))
        last, calls = None, 0
        for minute in range(400):
            self.fetcher.tick(60)
            if minute % 3 == 0:
                self.fetcher.restart()
            if self.signal_calls() > calls:
                if last is not None:
                    self.assertGreaterEqual(minute - last, 15)
                self.assertEqual(self.signal_calls(), calls + 1)
                last, calls = minute, calls + 1
        self.assertGreaterEqual(calls, 5)

    def test_a_restart_gives_the_last_body_and_does_not_ask(self):
        self.fetcher.tick()
        before = self.fetcher.signals[-1]
        self.fetcher.signals.clear()
        self.fetcher.restart(120)
        self.fetcher.tick()
        self.assertEqual(self.fetcher.signals, [before])
        self.assertEqual(self.signal_calls(), 1)
        self.assertAlmostEqual(self.fetcher.wait_s(), 3600 - 120, delta=5)

    def test_retry_after_is_obeyed(self):
        self.rte.script(SIGNALS_PATH, Answer(429, headers={"Retry-After": "3000"}))
        self.fetcher.tick()
        self.assertEqual(self.fetcher.status, "http_429")
        self.assertGreaterEqual(self.fetcher.wait_s(), 3000)
        self.assertLessEqual(self.fetcher.wait_s(), 3061)
        self.fetcher.restart(60)
        self.fetcher.tick()
        self.assertGreaterEqual(self.fetcher.wait_s(), 2940)
        self.fetcher.ticks(48)
        self.assertEqual(self.signal_calls(), 1)
        self.fetcher.ticks(3)
        self.assertEqual(self.signal_calls(), 2)
        self.assertEqual(self.fetcher.status, "")

    def test_retry_after_as_a_date(self):
        soon = datetime.now(timezone.utc) + timedelta(seconds=4000)
        self.rte.script(SIGNALS_PATH, Answer(
            503, headers={"Retry-After": soon.strftime("%a, %d %b %Y %H:%M:%S GMT")}))
        self.fetcher.tick()
        self.assertGreaterEqual(self.fetcher.wait_s(), 3900)

    def test_bad_answers_keep_the_last_good_body(self):
        self.fetcher.tick()
        good = signals(day("2026-01-15", "+01:00", "2026-01-14T23:00:00+01:00", [1] * 24))
        cases = [(Answer(500, T05), "http_500"), (Answer(502, BAD_GATEWAY), "http_502"),
                 (Answer(200, BAD_GATEWAY), "bad_body"), (Answer(200, ""), "bad_body"),
                 (Answer(200, " "), "bad_body"), (Answer(200, good[:90]), "bad_body"),
                 (Answer(200, good, cut=90), "broken"), (Answer(close=True), "broken"),
                 (Answer(200, T05), "bad_body"), (Answer(200, " " * 300000), "bad_body"),
                 (Answer(404), "http_404"), (Answer(302, headers={"Location": "/x"}), "http_302")]
        for answer, error in cases:
            with self.subTest(error=error, body=answer.body[:20]):
                self.rte.script(SIGNALS_PATH, answer)
                calls = self.signal_calls()
                while self.signal_calls() == calls:
                    self.fetcher.tick(60)
                self.assertEqual(self.fetcher.status, error)
                self.assertEqual(len(self.fetcher.signals), 1)
        self.fetcher.restart()
        self.fetcher.tick()
        self.assertEqual(len(self.fetcher.signals), 2)
        self.assertEqual(self.fetcher.signals[1], self.fetcher.signals[0])

    def test_back_off_doubles(self):
        self.rte.script(SIGNALS_PATH, *[Answer(500, T05)] * 6)
        self.fetcher.tick()
        for want_min in (15, 30, 60, 120, 120):
            self.assertGreaterEqual(self.fetcher.wait_s(), want_min * 60)
            self.assertLessEqual(self.fetcher.wait_s(), want_min * 60 * 1.25 + 1)
            self.fetcher.tick(int(self.fetcher.wait_s()) + 1)

    def test_401_renews_the_token_once_then_stops(self):
        self.rte.script(SIGNALS_PATH, *[Answer(401)] * 3)
        self.fetcher.tick()
        self.assertEqual(self.fetcher.status, "http_401")
        self.fetcher.ticks(17)
        self.assertEqual((self.signal_calls(), self.rte.count(TOKEN_PATH)), (2, 2))
        self.fetcher.ticks(59)
        self.assertEqual(self.signal_calls(), 2)
        self.fetcher.ticks(8)
        self.assertEqual(self.signal_calls(), 3)

    def test_an_expired_token_heals(self):
        self.fetcher.tick()
        self.rte.valid_tokens.clear()
        self.fetcher.ticks(61)
        self.assertEqual(self.fetcher.status, "http_401")
        self.fetcher.ticks(17)
        self.assertEqual(self.fetcher.status, "")
        self.assertEqual(self.rte.count(TOKEN_PATH), 2)

    def test_403_stops_for_an_hour_and_says_why(self):
        self.rte.script(SIGNALS_PATH, Answer(403))
        self.fetcher.tick()
        self.assertEqual(self.fetcher.status, "http_403")
        self.assertIn("v5", self.fetcher.detail)
        self.fetcher.ticks(59)
        self.assertEqual(self.signal_calls(), 1)
        self.fetcher.ticks(8)
        self.assertEqual((self.signal_calls(), self.fetcher.status), (2, ""))

    def test_a_wrong_secret_stops_for_an_hour(self):
        self.fetcher.command("free")
        self.fetcher.new("wrong")
        self.fetcher.tick()
        self.assertEqual(self.fetcher.status, "token_refused")
        self.fetcher.ticks(59)
        self.assertEqual((self.rte.count(TOKEN_PATH), self.signal_calls()), (1, 0))

    def test_bad_tokens(self):
        for body in ("", "<html>", "{}", '{"access_token":"a\\r\\nHost: x","expires_in":7200}',
                     '{"access_token":"%s","expires_in":7200}' % ("x" * 2000)):
            with self.subTest(body=body[:30]):
                self.rte.script(TOKEN_PATH, Answer(200, body))
                calls = self.rte.count(TOKEN_PATH)
                while self.rte.count(TOKEN_PATH) == calls:
                    self.fetcher.tick(60)
                self.assertEqual(self.fetcher.status, "bad_token")
        self.assertEqual(self.signal_calls(), 0)

    def test_nothing_is_asked_while_the_clock_is_not_set(self):
        self.fetcher.utc = datetime(1970, 1, 1, 0, 0, 30, tzinfo=timezone.utc)
        self.fetcher.clock_set = False
        self.fetcher.ticks(30)
        self.assertEqual((self.fetcher.status, len(self.rte.calls)), ("clock_unset", 0))
        self.fetcher.utc, self.fetcher.clock_set = NOON, True
        self.fetcher.tick()
        self.assertEqual((self.fetcher.status, self.signal_calls()), ("", 1))

    def test_a_clock_that_goes_back_brings_no_early_call(self):
        self.fetcher.tick()
        self.fetcher.utc -= timedelta(days=400)
        self.fetcher.ticks(14)
        self.assertEqual(self.signal_calls(), 1)
        self.fetcher.restart()
        self.fetcher.ticks(14)
        self.assertEqual(self.signal_calls(), 1)

    def test_no_connection_is_tried_again_soon(self):
        self.rte.stop()
        self.fetcher.tick()
        self.assertEqual(self.fetcher.status, "offline")
        self.assertLessEqual(self.fetcher.wait_s(), 90)
        self.rte = StandIn()

    def test_an_older_or_empty_file_tells_nothing_new(self):
        self.fetcher.tick()
        self.rte.script(SIGNALS_PATH, Answer(200, signals()), Answer(200, signals(
            day("2026-01-15", "+01:00", "2026-01-13T23:00:00+01:00", [3] * 24))))
        self.fetcher.ticks(125)
        self.assertEqual(self.signal_calls(), 3)
        self.assertEqual((len(self.fetcher.signals), self.fetcher.status), (1, ""))
        self.rte.script(SIGNALS_PATH, Answer(200, signals(
            day("2026-01-15", "+01:00", "2026-01-15T12:00:00+01:00", [3] * 24))))
        self.fetcher.ticks(61)
        self.assertEqual(self.fetcher.signals[-1]["made"], "2026-01-15T11:00:00Z")

    def test_the_night_asks_for_the_last_day(self):
        self.fetcher.utc = datetime(2026, 1, 15, 22, 40, tzinfo=timezone.utc)
        self.rte.good_signals = signals(*[
            day("2026-01-%d" % d, "+01:00", "2026-01-15T23:00:00+01:00", [1] * 24)
            for d in (16, 17, 18)])
        self.fetcher.tick()
        self.fetcher.ticks(80)  # to midnight, local time 23:40 + 80 min
        self.assertGreaterEqual(self.signal_calls(), 4)

    def test_freed_while_a_call_is_under_way(self):
        self.rte.script(TOKEN_PATH, Answer(200, "{}", delay=0.5))
        self.fetcher.command("tick 2026-01-15T11:00:00Z 1000 1")
        self.fetcher.command("free")
        self.fetcher.new()


if __name__ == "__main__":
    DRIVER = sys.argv.pop(1)
    unittest.main(verbosity=1)
