#!/usr/bin/env python3
"""A node of OpenADR 3 (the real fetcher) against the stand-in of its VTN: who it says it is, what
it asks, what it reports, and what it does when it is refused.

usage: peer_openadr.py DRIVER"""
import json
import os
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peer_ecowatt
from peer_ecowatt import Fetcher
from vtn_stand_in import CLIENT_ID, CLIENT_SECRET, Problem, Vtn

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=timezone.utc)


def level(name, start=NOON, hours=1, value=2, count=1, **more):
    return dict({"id": name, "programID": "p1", "intervalPeriod": {
        "start": start.isoformat(), "duration": "PT%dH" % hours}, "intervals": [
            {"id": n, "payloads": [{"type": "SIMPLE", "values": [value]}]} for n in range(count)]},
        **more)


class NodeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.vtn, self.nodes = None, []

    def tearDown(self):
        for node in self.nodes:
            self.assertEqual(node.stop(), 0)
            log = node.logged()
            for secret in (CLIENT_SECRET, "token1", self.vtn.url):
                self.assertNotIn(secret, log)
            node.log.close()
        self.vtn.stop()
        self.folder.cleanup()

    def node(self, version="3.1", settings="house-7 - - - - 0"):
        self.vtn = self.vtn or Vtn(version)
        node = Fetcher(self.vtn.url, self.folder.name, "openadr")
        node.utc = NOON
        self.nodes.append(node)
        self.assertTrue(node.command("node " + settings))
        self.assertTrue(node.new())
        return node

    def told(self, node):
        return node.signals[-1] if node.signals else None

    def test_it_registers_once_in_both_versions(self):
        for version, path in (("3.1", "/resources"), ("3.0", "/vens/venName-0/resources")):
            with self.subTest(version=version):
                self.folder.cleanup()
                self.folder = tempfile.TemporaryDirectory()
                if self.vtn:
                    self.vtn.stop()
                self.vtn = Vtn(version)
                self.vtn.events = [level("e1")]
                node = self.node(settings="house-7 boiler - - - 0")
                node.tick()
                self.assertEqual((node.status, self.told(node)["last"]), ("", "2"))
                self.assertEqual([one["venName"] for one in self.vtn.vens], ["house-7"])
                self.assertEqual([one["resourceName"] for one in self.vtn.resources], ["boiler"])
                self.assertEqual(self.vtn.count("POST", path), 1)
                tried = self.vtn.count("POST", "/vens")
                for _ in range(5):
                    node.restart(400)
                    node.tick()
                node.utc += timedelta(days=1)  # looked at again, and found
                node.restart(400)
                node.tick()
                self.assertEqual(self.vtn.count("POST", "/vens"), tried)
                self.assertEqual((len(self.vtn.vens), len(self.vtn.resources)), (1, 1))
                self.assertEqual(self.vtn.count("GET", "/vens"), 2)
                self.assertEqual((self.vtn.reports, node.status), ([], ""))

    def test_a_lost_memory_makes_no_second_node(self):
        node = self.node(settings="house-7 boiler - - - 0")
        node.tick()
        node.command("free")
        for name in os.listdir(self.folder.name):
            os.remove(os.path.join(self.folder.name, name))
        node.utc += timedelta(hours=1)
        self.assertTrue(node.new())
        node.tick()
        self.assertEqual((len(self.vtn.vens), len(self.vtn.resources)), (1, 1))

    def test_without_a_name_it_only_reads(self):
        self.vtn = Vtn()
        self.vtn.events = [level("e1", reportDescriptors=[{"payloadType": "USAGE"}],
                                 start=NOON - timedelta(hours=2))]
        node = self.node(settings="- - - - - 0")
        node.tick()
        self.assertEqual([(m, p) for m, p, _, _ in self.vtn.calls],
                         [("POST", "/auth/token"), ("GET", "/programs"), ("GET", "/events")])

    def test_refusals_beside_the_events(self):
        cases = (("/vens", [Problem(403, "Forbidden")] * 2, "ven_refused"),
                 ("/resources", [Problem(403, "Forbidden")] * 2, "resource_refused"))
        for path, answers, code in cases:
            with self.subTest(code=code):
                self.folder.cleanup()
                self.folder = tempfile.TemporaryDirectory()
                if self.vtn:
                    self.vtn.stop()
                self.vtn = Vtn()
                self.vtn.events = [level("e1")]
                self.vtn.script(path, *answers)
                node = self.node(settings="house-7 boiler - - - 0")
                node.tick()
                self.assertEqual((node.status, self.told(node)["last"]), (code, "2"))
                node.tick(400)  # it is given the right
                self.assertEqual(node.status, "")

    def test_who_may_not_look_keeps_what_it_made(self):
        self.vtn = Vtn()
        self.vtn.events = [level("e1")]
        node = self.node()
        node.tick()
        tried = self.vtn.count("POST", "/vens")
        for _ in range(3):
            self.vtn.script("/vens", Problem(403, "not to be read"))
            node.utc += timedelta(days=1)
            node.restart(400)
            node.tick()
            self.assertEqual(node.status, "")
        self.assertEqual((self.vtn.count("POST", "/vens"), len(self.vtn.vens)), (tried, 1))

    def test_a_name_that_is_taken(self):
        self.vtn = Vtn()
        self.vtn.hidden_vens = ["house-7"]
        self.vtn.events = [level("e1")]
        node = self.node()
        node.tick()
        self.assertEqual((node.status, self.told(node)["last"]), ("ven_taken", "2"))
        self.assertIn("ven_name", node.detail)

    def test_pages_of_events(self):
        self.vtn = Vtn()
        self.vtn.events = [level("e%d" % n, start=NOON + timedelta(hours=n)) for n in range(120)]
        node = self.node()
        node.tick()
        self.assertEqual((self.told(node)["signals"], node.status), (120, ""))
        self.assertEqual([query["skip"] for query, _ in self.vtn.asked("GET", "/events")],
                         [["0"], ["50"], ["100"]])
        node.restart(30)
        node.tick()
        self.assertEqual(self.told(node)["signals"], 120)  # all pages were kept

    def test_targets_of_both_versions(self):
        for version, kind, targets in (("3.1", "-", ["north", "house-7"]),
                                       ("3.0", "GROUP", [{"type": "GROUP", "values": ["north"]}])):
            with self.subTest(version=version):
                if self.vtn:
                    self.vtn.stop()
                self.folder.cleanup()
                self.folder = tempfile.TemporaryDirectory()
                self.vtn = Vtn(version)
                self.vtn.events = [level("e1", targets=targets)]
                node = self.node(settings="house-7 - - %s north,south 0" % kind)
                node.tick()
                self.assertEqual(self.told(node)["signals"], 1)

    def test_a_program_by_name_with_its_units(self):
        """Prices that only the program describes as per MWh, and events of another program."""
        self.vtn = Vtn()
        self.vtn.programs = [{"id": "p0", "programName": "other"},
                             {"id": "p1", "programName": "prices", "payloadDescriptors": [
                                 {"payloadType": "PRICE", "units": "MWH", "currency": "EUR"}]}]
        price = level("e1")
        price["intervals"][0]["payloads"] = [{"type": "PRICE", "values": [61.2]}]
        self.vtn.events = [price, dict(level("e2"), programID="p0")]
        node = self.node(settings="house-7 - prices - - 0")
        node.tick()
        self.assertEqual((self.told(node)["last"], node.status), ("61.2", ""))
        self.assertEqual(self.vtn.asked("GET", "/events")[0][0]["programID"], ["p1"])
        node.restart(400)
        node.tick()
        self.assertEqual((self.told(node)["last"], self.vtn.count("GET", "/programs")), ("61.2", 1))
        self.vtn.programs = []
        node.utc += timedelta(days=1)
        node.restart(400)
        node.tick()
        self.assertEqual(node.status, "program_unknown")

    def reporting(self, version="3.1", **descriptor):
        self.vtn = Vtn(version)
        asked = dict({"payloadType": "USAGE"}, **descriptor)
        self.vtn.events = [level("e1", start=NOON - timedelta(hours=1, minutes=30), count=3,
                                 reportDescriptors=[asked])]
        return self.node(settings="house-7 boiler - - - 1")

    def test_a_report_at_the_end_of_the_event(self):
        for version in ("3.1", "3.0"):
            with self.subTest(version=version):
                if self.vtn:
                    self.vtn.stop()
                self.folder.cleanup()
                self.folder = tempfile.TemporaryDirectory()
                node = self.reporting(version)
                node.tick()
                self.assertEqual(self.vtn.reports, [])  # an interval is still to come
                for _ in range(28):
                    node.tick(300)  # until 14:20: its last reading is waited for
                self.assertEqual(self.vtn.reports, [])
                for _ in range(4):
                    node.tick(300)
                self.assertEqual(node.status, "")
                report, = self.vtn.reports
                self.assertEqual((report["eventID"], report["clientName"], report["reportName"]),
                                 ("e1", "house-7", "e1#0#2"))
                self.assertEqual(report.get("programID"), "p1" if version == "3.0" else None)
                told = report["resources"][0]
                self.assertEqual(told["resourceName"], "boiler")
                self.assertEqual([[p["values"][0] for p in i["payloads"]]
                                  for i in told["intervals"]],
                                 [[0.25, "OK"], [0.5, "OK"], ["MISSING"]])
                self.assertEqual(told["intervals"][1]["intervalPeriod"],
                                 {"start": "2026-01-15T11:30:00Z", "duration": "PT3600S"})
                for _ in range(3):
                    node.restart(400)
                    node.tick()
                self.assertEqual((len(self.vtn.reports), self.vtn.count("POST", "/reports")),
                                 (1, 1))

    def test_reports_of_each_interval(self):
        node = self.reporting(payloadType="DEMAND", readingType="MEAN", units="KW", startInterval=0,
                              numIntervals=1, repeat=-1)
        for _ in range(24):
            node.tick(300)
        self.assertEqual([one["reportName"] for one in self.vtn.reports],
                         ["e1#0#0", "e1#0#1", "e1#0#2"])
        for report in self.vtn.reports:
            self.assertEqual(report["payloadDescriptors"][0]["units"], "KW")
            self.assertEqual(report["resources"][0]["intervals"][0]["payloads"][0],
                             {"type": "DEMAND", "values": [0.25]})

    def test_a_crash_after_a_report_sends_no_second_one(self):
        node = self.reporting()
        node.utc += timedelta(hours=3)
        node.tick()
        self.assertEqual(len(self.vtn.reports), 1)
        node.command("free")
        os.remove(os.path.join(self.folder.name, "openadr_ven"))  # it was not on the disk yet
        node.utc += timedelta(minutes=10)
        self.assertTrue(node.new())
        node.tick()
        self.assertEqual((len(self.vtn.reports), self.vtn.count("POST", "/reports")), (1, 1))

    def test_reports_that_are_refused(self):
        for status, again in ((400, False), (403, True), (404, False), (409, False)):
            with self.subTest(status=status):
                if self.vtn:
                    self.vtn.stop()
                self.folder.cleanup()
                self.folder = tempfile.TemporaryDirectory()
                node = self.reporting()
                self.vtn.script("/reports", Problem(403, "not to be read"),
                                *[Problem(status, "no")] * (2 if status == 400 else 1))
                node.utc += timedelta(hours=3)
                node.tick()
                self.assertEqual(node.status, "" if status == 409 else "report_refused")
                self.assertEqual(self.told(node)["signals"], 3)
                for _ in range(3):
                    node.tick(400)
                self.assertEqual((len(self.vtn.reports), node.status), (1 if again else 0, ""))

    def test_reports_that_we_can_not_make(self):
        for descriptor in ({"payloadType": "STORAGE_CHARGE_LEVEL"}, {"historical": False},
                           {"units": "GHG"}, {"readingType": "PEAK"}):
            with self.subTest(descriptor=descriptor):
                if self.vtn:
                    self.vtn.stop()
                self.folder.cleanup()
                self.folder = tempfile.TemporaryDirectory()
                node = self.reporting(**descriptor)
                node.utc += timedelta(hours=3)
                node.tick()
                self.assertEqual((node.status, self.vtn.reports), ("report_unknown", []))

    def test_another_resource_is_meant(self):
        node = self.reporting("3.0", targets=[{"type": "RESOURCE_NAME", "values": ["battery"]}])
        node.utc += timedelta(hours=3)
        node.tick()
        self.assertEqual((node.status, self.vtn.reports), ("", []))

    def test_a_vtn_in_trouble_is_left_alone(self):
        """401 takes one new token; 429 and 5xx end the round, and nothing is sent in between."""
        cases = (("/vens", 429, "http_429", 7000), ("/events", 500, "http_500", 0),
                 ("/programs", 503, "http_503", 0), ("/events", 401, "http_401", 0))
        for path, status, code, least in cases:
            with self.subTest(path=path, status=status):
                if self.vtn:
                    self.vtn.stop()
                self.folder.cleanup()
                self.folder = tempfile.TemporaryDirectory()
                self.vtn = Vtn()
                self.vtn.events = [level("e1")]
                self.vtn.script(path, Problem(status, "no", {"Retry-After": "7200"} if least else {}))
                node = self.node()
                node.tick()
                calls = len(self.vtn.calls)
                self.assertEqual((node.status, self.vtn.calls[-1][1]), (code, path))
                self.assertGreaterEqual(node.wait_s(), least)
                node.tick(5)
                self.assertEqual(len(self.vtn.calls), calls)
                for _ in range(30):
                    node.tick(300)
                self.assertEqual((node.status, self.told(node)["last"]), ("", "2"))
                self.assertEqual(len(self.vtn.vens), 1)

    def test_answers_that_are_nonsense(self):
        for path, body in (("/vens", "[{}]"), ("/programs", "3"), ("/resources", "[[[")):
            with self.subTest(path=path):
                if self.vtn:
                    self.vtn.stop()
                self.folder.cleanup()
                self.folder = tempfile.TemporaryDirectory()
                self.vtn = Vtn()
                self.vtn.events = [level("e1")]
                plain, kept = self.vtn.answer, path

                def answer(method, path, query, text, headers, kept=kept, body=body, plain=plain):
                    if path == kept and method == "GET":
                        return 200, json.loads(body) if body != "[[[" else body
                    return plain(method, path, query, text, headers)
                self.vtn.answer = answer
                node = self.node(settings="house-7 boiler - - - 0")
                node.tick()
                self.assertEqual((node.status, self.told(node)["last"]), ("", "2"))

    def test_what_is_not_enough(self):
        self.vtn = Vtn()
        node = Fetcher(self.vtn.url, self.folder.name, "openadr")
        self.nodes.append(node)
        for settings in ("- boiler - - - 0", "- - - - - 1", "house-7 - - GROUP - 0"):
            node.command("node " + settings)
            self.assertFalse(node.new())


if __name__ == "__main__":
    peer_ecowatt.DRIVER = sys.argv.pop(1)
    unittest.main(verbosity=1)
