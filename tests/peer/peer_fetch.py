#!/usr/bin/env python3
"""The fetchers of all sources against the stand-in of their services, hours passing as fast as
the test says.

usage: peer_fetch.py DRIVER"""
import os
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peer_ecowatt
from peer_ecowatt import Fetcher
from signal_stand_in import (ADR_TOKEN_PATH, Answer, CLIENT_ID, CLIENT_SECRET, SERVICES, StandIn,
                             TOKEN_PATH)

CET = timezone(timedelta(hours=1))

# source, path, segments of the first answer, their first start, last end and last value
SOURCES = (
    ("tempo", "/open_api/tempo_like_supply_contract/v1/tempo_like_calendars", 137,
     "2025-09-01T04:00:00Z", "2026-01-16T05:00:00Z", "BLUE"),
    ("tempo-services-rte", "/cms/open_data/v1/tempo", 1, "2026-01-15T05:00:00Z",
     "2026-01-16T05:00:00Z", "RED"),
    ("tempo-couleur", "/api/joursTempo", 1, "2026-01-15T05:00:00Z", "2026-01-16T05:00:00Z",
     "WHITE"),
    ("ejp", "/commerce/activet/v1/calendrier-jours-effacement", 2, "2026-01-15T06:00:00Z",
     "2026-01-16T06:00:00Z", "0"),
    ("demand-response", "/open_api/demand_response_signal/v2/signals", 1, "2026-01-14T23:00:00Z",
     "2026-01-15T23:00:00Z", "1"),
    ("entsoe", "/api", 48, "2026-01-14T23:00:00Z", "2026-01-16T23:00:00Z", "61.2"),
    ("energy-charts", "/price", 48, "2026-01-14T23:00:00Z", "2026-01-16T23:00:00Z", "50.5"),
    ("nordpool", "/api/DayAheadPrices", 24, "2026-01-14T23:00:00Z", "2026-01-15T23:00:00Z",
     "23.5"),
    ("awattar", "/v1/marketdata", 48, "2026-01-14T23:00:00Z", "2026-01-16T23:00:00Z", "50"),
    ("tibber", "/v1-beta/gql", 24, "2026-01-14T23:00:00Z", "2026-01-15T23:00:00Z", "250"),
    ("eco2mix", "/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records", 1,
     "2026-01-15T11:00:00Z", "2026-01-15T11:15:00Z", "38"),
    ("open-meteo", "/v1/forecast", 48, "2026-01-14T23:00:00Z", "2026-01-16T23:00:00Z", "3.5"),
    ("forecast-solar", "/{secret}/estimate/48.8534/2.3488/35/0/3.000", 1, "2026-01-15T07:40:00Z",
     "2026-01-15T11:00:00Z", "600"),
    ("openadr", "/events", 1, "2026-01-15T11:00:00Z", "2026-01-15T13:00:00Z", "2"),
)


class FetchTest(unittest.TestCase):
    def setUp(self):
        self.server = StandIn()
        StandIn.published = datetime(2026, 1, 16, tzinfo=CET)
        self.folder = tempfile.TemporaryDirectory()
        self.fetchers = []

    def tearDown(self):
        for fetcher in self.fetchers:
            self.assertEqual(fetcher.stop(), 0)
            log = fetcher.logged()
            for secret in (CLIENT_SECRET, "token1", self.server.url):
                self.assertNotIn(secret, log)
            fetcher.log.close()
        self.server.stop()
        self.folder.cleanup()

    def fetcher(self, source):
        fetcher = Fetcher(self.server.url, self.folder.name, source)
        fetcher.utc = datetime(2026, 1, 15, 9, 0, tzinfo=timezone.utc)  # 10:00 in Paris
        self.fetchers.append(fetcher)
        self.assertTrue(fetcher.new())
        return fetcher

    def services(self, path):
        return self.server.count(path)

    def test_every_source_answers(self):
        own = "/%s/estimate/48.8534/2.3488/35/0/3.000" % CLIENT_SECRET
        SERVICES[own] = SERVICES["/estimate/48.8534/2.3488/35/0/3.000"]
        self.server.scripts[own] = []
        for source, path, count, start, end, last in SOURCES:
            with self.subTest(source=source):
                fetcher = self.fetcher(source)
                fetcher.tick()
                self.assertEqual((fetcher.status, fetcher.detail), ("", ""))
                self.assertEqual(self.services(path.format(secret=CLIENT_SECRET)), 1)
                got = fetcher.signals[0]
                self.assertEqual((got["signals"], got["from"], got["to"], got["last"]),
                                 (count, start, end, last))

    def test_a_restart_gives_the_last_body_and_does_not_ask(self):
        for source, path in (("tempo-couleur", "/api/joursTempo"), ("open-meteo", "/v1/forecast"),
                             ("entsoe", "/api")):
            with self.subTest(source=source):
                fetcher = self.fetcher(source)
                fetcher.tick()
                before = fetcher.signals[-1]
                for _ in range(5):
                    fetcher.restart(30)
                    fetcher.tick()
                self.assertEqual(fetcher.signals[-1], before)
                self.assertEqual(self.services(path), 1)

    def test_what_is_sent(self):
        for source in ("tempo", "entsoe", "tibber", "openadr", "ejp", "open-meteo"):
            self.fetcher(source).tick()
        calls = {urlsplit(path).path: (parse_qs(urlsplit(path).query), headers, body)
                 for (path, headers), body in zip(self.server.calls, self.server.bodies)}
        query, headers, _ = calls["/open_api/tempo_like_supply_contract/v1/tempo_like_calendars"]
        self.assertEqual(query, {"start_date": ["2025-09-01T00:00:00+02:00"],
                                 "end_date": ["2026-01-16T00:00:00+01:00"]})
        self.assertIn("application/json", headers["Accept"])
        query, headers, _ = calls["/api"]
        self.assertEqual((query["in_Domain"], query["periodStart"], query["periodEnd"]),
                         (["10YFR-RTE------C"], ["202601142300"], ["202601162300"]))
        self.assertNotIn("Authorization", headers)
        query, headers, body = calls["/v1-beta/gql"]
        self.assertEqual(headers["Content-Type"], "application/json")
        _, headers, body = calls[ADR_TOKEN_PATH]
        self.assertEqual(parse_qs(body), {"grant_type": ["client_credentials"],
                                          "client_id": [CLIENT_ID],
                                          "client_secret": [CLIENT_SECRET]})
        query, _, _ = calls["/commerce/activet/v1/calendrier-jours-effacement"]
        self.assertEqual(query["dateApplicationBorneSup"], ["2026-1-16"])
        query, _, _ = calls["/v1/forecast"]
        self.assertEqual((query["latitude"], query["longitude"], query["timeformat"]),
                         (["48.8534"], ["2.3488"], ["unixtime"]))

    def test_tomorrow_is_not_published_yet(self):
        """Asked for when it is binding, again until it is there, and no fault meanwhile."""
        path = SOURCES[0][1]
        fetcher = self.fetcher("tempo")
        fetcher.tick()
        fetcher.ticks(50)  # past 10:40 and its spread
        self.assertEqual((fetcher.status, self.services(path)), ("", 2))
        self.assertEqual(len(fetcher.signals), 1)
        StandIn.published = datetime(2026, 1, 17, tzinfo=CET)
        while len(fetcher.signals) == 1 and fetcher.mono < 4 * 3600:
            fetcher.tick(60)
        self.assertEqual((fetcher.signals[-1]["to"], fetcher.signals[-1]["last"]),
                         ("2026-01-17T05:00:00Z", "RED"))
        asked = self.services(path)
        self.assertLess(asked, 5)
        fetcher.ticks(180)  # once more at 11:20, when the last changes are through
        self.assertLessEqual(self.services(path), asked + 1)

    def test_nord_pool_answers_a_day_at_a_time(self):
        fetcher = self.fetcher("nordpool")
        fetcher.tick()
        fetcher.utc = datetime(2026, 1, 15, 12, 20, tzinfo=timezone.utc)
        fetcher.mono += 12000
        fetcher.tick()
        self.assertEqual((fetcher.status, len(fetcher.signals)), ("", 1))  # 204
        StandIn.published = datetime(2026, 1, 17, tzinfo=CET)
        fetcher.tick(3600)
        self.assertEqual((fetcher.signals[-1]["signals"], fetcher.signals[-1]["from"]),
                         (48, "2026-01-14T23:00:00Z"))
        fetcher.restart(60)  # only the newest body is kept: today's is asked for again
        fetcher.tick()
        fetcher.tick(3600)
        self.assertEqual(fetcher.signals[-1]["to"], "2026-01-16T23:00:00Z")

    def test_refusals_keep_what_is_known(self):
        cases = (("open-meteo", "/v1/forecast", Answer(429, '{"error":true,"reason":"limit"}',
                                                       headers={"Retry-After": "7200"}), "http_429"),
                 ("open-meteo", "/v1/forecast", Answer(200, '{"error":true,"reason":"limit"}'),
                  "bad_body"),
                 ("tibber", "/v1-beta/gql", Answer(200, '{"errors":[{"message":"no"}]}'),
                  "bad_body"),
                 ("entsoe", "/api", Answer(200, "<Acknowledgement_MarketDocument/>"), "bad_body"),
                 ("entsoe", "/api", Answer(503, "<html>"), "http_503"),
                 ("energy-charts", "/price", Answer(404, '{"detail":"Not Found"}'), "http_404"),
                 ("openadr", "/events", Answer(403, '{"title":"Forbidden"}'), "http_403"),
                 ("tempo-couleur", "/api/joursTempo", Answer(close=True), "broken"))
        for source, path, answer, error in cases:
            with self.subTest(source=source, error=error):
                self.folder.cleanup()
                self.folder = tempfile.TemporaryDirectory()
                fetcher = self.fetcher(source)
                fetcher.tick()
                self.assertEqual(len(fetcher.signals), 1)
                self.server.script(path, answer)
                calls = self.services(path)
                while self.services(path) == calls:
                    fetcher.tick(600)
                self.assertEqual((fetcher.status, len(fetcher.signals)), (error, 1))

    def test_events_that_are_gone_are_gone(self):
        fetcher = self.fetcher("openadr")
        fetcher.tick()
        self.server.script("/events", Answer(200, "[]"))
        while len(fetcher.signals) == 1:
            fetcher.tick(60)
        self.assertEqual(fetcher.signals[-1]["signals"], 0)
        self.assertEqual(self.server.count(TOKEN_PATH), 0)

    def test_an_address_that_secrets_may_not_go_to(self):
        for source in ("tempo", "tibber", "entsoe", "openadr"):
            fetcher = Fetcher("http://example.invalid", self.folder.name, source)
            self.fetchers.append(fetcher)
            self.assertFalse(fetcher.new())


if __name__ == "__main__":
    peer_ecowatt.DRIVER = sys.argv.pop(1)
    unittest.main(verbosity=1)
