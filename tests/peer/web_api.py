#!/usr/bin/env python3
"""The HTTP API of a demo house: what is read, what is commanded, what is refused, and how."""
import re
import select
import unittest

from web_client import Host, PATIENCE_S, main

OVERRIDE = "/api/v1/loads/water_heater/override"
NOW = "2026-11-22T11:00:00Z"


class Case(unittest.TestCase):
    options = ["demo"]

    def setUp(self):
        self.host = Host(*self.options)

    def tearDown(self):
        self.host.close()

    def load(self, name="water_heater"):
        loads = self.host.ask("GET", "/api/v1/state").json()["loads"]
        return next(load for load in loads if load["id"] == name)


class Reading(Case):
    def test_the_state(self):
        answer = self.host.ask("GET", "/api/v1/state")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.fields["content-type"], "application/json")
        self.assertEqual(answer.fields["cache-control"], "no-store")
        state = answer.json()
        self.assertEqual(set(state), {"version", "time", "site", "meters", "now", "today",
                                      "tariff", "ecowatt", "limits", "loads", "relays", "health"})
        self.assertEqual(state["time"], NOW)
        self.assertEqual(state["site"], {"id": "home", "name": "Maison", "demo": True,
                                         "timezone": "Europe/Paris", "contract_va": 9000})
        self.assertEqual(state["now"], {
            "fresh": True, "import_w": 1234.5, "export_w": 0,
            "phases": [{"phase": 1, "import_w": 411.5, "voltage_v": 230.1, "current_a": 1.789}]})
        self.assertEqual(state["today"], {
            "date": "2026-11-22", "import_wh": 8700, "export_wh": 0, "cost_eur": 1.93,
            "complete": True, "estimated": False})
        self.assertEqual(state["tariff"]["next"], {
            "at": "2026-11-22T21:00:00Z", "period": "hc", "price_eur_per_kwh": 0.1579})
        self.assertEqual(state["meters"][0]["name"], 'Compteur "général"')
        self.assertEqual(state["meters"][0]["age_s"], 2)
        self.assertEqual(state["health"], {"status": "ok", "problems": [],
                                           "dropped_readings": 0, "dropped_events": 0,
                                           "mirrors": []})
        self.assertEqual(len(state["relays"]), 8)
        self.assertEqual(state["relays"][1], {"board": "sim", "channel": 1, "coil": False,
                                              "led": True, "load": "radiator"})
        self.assertEqual(state["loads"][0], {
            "id": "water_heater", "name": "Chauffe-eau", "nominal_w": 2400, "tier": 1, "phase": 1,
            "state": "fed", "cause": "normal", "held_by": None, "level": None, "since": None,
            "until": None, "expected_w": None, "override": None,
            "output": {"board": "sim", "channel": 0, "contact": "NC", "coil": False, "led": True,
                       "state": "ok"}})

    def test_one_meter(self):
        whole = self.host.ask("GET", "/api/v1/state").json()["meters"][0]
        answer = self.host.ask("GET", "/api/v1/meters/main")
        self.assertEqual((answer.status, answer.json()), (200, whole))
        self.assertTrue(whole["whole"])
        self.assertEqual(self.host.ask("GET", "/api/v1/meters/other").status, 404)
        self.assertEqual(self.host.ask("GET", "/api/v1/meters/main?x=1").status, 400)

    def test_ecowatt_and_its_critical_hours(self):
        ecowatt = self.host.ask("GET", "/api/v1/ecowatt").json()
        self.assertEqual(ecowatt, self.host.ask("GET", "/api/v1/state").json()["ecowatt"])
        self.assertEqual([day["date"] for day in ecowatt["days"]],
                         ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"])
        self.assertEqual([len(day["hours"]) for day in ecowatt["days"]], [24] * 4)
        self.assertEqual(ecowatt["days"][0]["level"], 3)
        for query, threshold, count in (("", 2, 8), ("?threshold=3", 3, 4), ("?threshold=1", 1, 84)):
            critical = self.host.ask("GET", "/api/v1/ecowatt/critical" + query).json()
            self.assertEqual(critical["threshold"], threshold)
            self.assertEqual(len(critical["hours"]), count)
        first = self.host.ask("GET", "/api/v1/ecowatt/critical?threshold=3").json()["hours"][0]
        self.assertEqual(first, {"from": "2026-11-22T17:00:00Z", "to": "2026-11-22T18:00:00Z",
                                 "level": 3, "manual": False})
        for query in ("?threshold=4", "?threshold=-1", "?threshold=x", "?threshold=", "?x=1",
                      "?threshold=2&x=1"):
            answer = self.host.ask("GET", "/api/v1/ecowatt/critical" + query)
            self.assertEqual((answer.status, answer.fault()), (400, "bad-query"), query)

    def test_the_journal(self):
        answer = self.host.ask("GET", "/api/v1/journal")
        self.assertEqual(answer.json(), {"items": [], "next": None})
        for seq in range(1, 8):
            self.host.tell('action d {"seq":%d,"load":"radiator"}' % seq)
        page = self.host.ask("GET", "/api/v1/journal?limit=3").json()
        self.assertEqual([item["seq"] for item in page["items"]], [7, 6, 5])
        self.assertEqual(page["next"], 5)
        page = self.host.ask("GET", "/api/v1/journal?limit=3&before=5").json()
        self.assertEqual([item["seq"] for item in page["items"]], [4, 3, 2])
        page = self.host.ask("GET", f"/api/v1/journal?before={page['next']}").json()
        self.assertEqual(page, {"items": [{"seq": 1, "load": "radiator"}], "next": None})
        for query in ("limit=0", "limit=501", "limit=x", "before=0", "before=-1", "after=1",
                      "limit=1&limit=2"):
            answer = self.host.ask("GET", "/api/v1/journal?" + query)
            self.assertEqual(answer.status, 400, query)

    def test_the_series(self):
        self.assertEqual(self.host.ask("GET", "/api/v1/series").json()["items"], [])
        self.host.tell("frames 360")
        answer = self.host.ask("GET", "/api/v1/series").json()
        items = answer["items"]
        self.assertRegex(answer["past"], "^[0-9a-f]{16}$")
        self.assertEqual(items, [
            {"key": "home/ground/main/energy_import", "unit": "Wh", "kind": "counter"},
            {"key": "home/ground/main/power_import", "unit": "W", "kind": "gauge"}])
        base = "/api/v1/series/home/ground/main/"
        series = self.host.ask("GET", base + "power_import").json()
        self.assertEqual((series["unit"], series["kind"], series["step_s"]), ("W", "gauge", 60))
        self.assertEqual((series["from"], series["to"]), ("2026-11-21T11:00:00Z", NOW))
        self.assertEqual(len(series["points"]), 1440)
        self.assertEqual(series["points"][0], ["2026-11-21T11:00:00Z", None, None, None])
        series = self.host.ask("GET", base + "power_import?from=2026-11-22T10:10:00Z"
                               "&to=2026-11-22T10:12:00Z&step=60s").json()
        self.assertEqual(series["points"], [
            ["2026-11-22T10:10:00Z", 1006.2, 1005.9, 1006.4],
            ["2026-11-22T10:11:00Z", 1006.8, 1006.5, 1007]])
        series = self.host.ask("GET", base + "energy_import?from=2026-11-22T11:10:00%2B01:00"
                               "&to=2026-11-22T10:12:00Z&step=1m").json()
        self.assertEqual(series["points"], [
            ["2026-11-22T10:10:00Z", 5064, 5064, 5064], ["2026-11-22T10:11:00Z", 5070, 5070, 5070]])

    def test_series_that_are_too_much_or_nothing(self):
        self.host.tell("frames 2")
        base = "/api/v1/series/home/ground/main/"
        for path, status, fault in (
                ("power_export", 404, "unknown-series"), ("nonsense", 404, "unknown-series"),
                ("power_import?step=1s&from=2026-11-22T00:00:00Z", 422, "too-many-points"),
                ("power_import?step=0", 400, "bad-query"),
                ("power_import?step=1x", 400, "bad-query"),
                ("power_import?step=" + "9" * 30, 400, "bad-query"),
                ("power_import?from=yesterday", 400, "bad-query"),
                ("power_import?from=2026-11-22T12:00:00Z&to=2026-11-22T12:00:00Z", 400,
                 "bad-query"),
                ("power_import?from=0001-01-01T00:00:00Z&step=1d", 422, "too-many-points"),
                ("power_import?x=1", 400, "bad-query")):
            answer = self.host.ask("GET", base + path)
            self.assertEqual((answer.status, answer.fault()), (status, fault), path)
        answer = self.host.ask("GET", "/api/v1/series/" + "a" * 200 + "/b/c/power_import")
        self.assertEqual(answer.fault(), "unknown-series")
        series = self.host.ask("GET", base + "power_import?from=2026-11-22T08:13:21Z&step=1s")
        self.assertEqual(len(series.json()["points"]), 9999)

    def test_steps_on_the_calendar(self):
        self.host.tell("frames 360")  # 10:00:10 to 11:00:00 UTC, one Wh each ten seconds
        base = "/api/v1/series/home/ground/main/"
        answer = self.host.ask("GET", base + "energy_import?agg=energy&step=day"
                               "&from=2026-11-20T23:00:00Z&to=2026-11-22T23:00:00Z")
        self.assertEqual(answer.fields["cache-control"], "private, no-cache")
        self.assertEqual(answer.json(), {
            "key": "home/ground/main/energy_import", "unit": "Wh", "agg": "energy", "step": "day",
            "timezone": "Europe/Paris", "from": "2026-11-20T23:00:00Z",
            "to": "2026-11-22T23:00:00Z",
            "points": [["2026-11-20T23:00:00Z", None, "gap"],
                       ["2026-11-21T23:00:00Z", 359, "partial"]]})
        again = self.host.ask("GET", base + "energy_import?agg=energy&step=day"
                              "&from=2026-11-20T23:00:00Z&to=2026-11-22T23:00:00Z",
                              If_None_Match=answer.fields["etag"])
        self.assertEqual((again.status, again.body), (304, b""))
        # ten minutes of a register, and the same of a power: 1006 W for a sixth of an hour
        ten = "&step=10m&from=2026-11-22T10:10:00Z&to=2026-11-22T10:20:00Z"
        for quantity, unit, value in (("energy_import", "Wh", 60), ("power_import", "Wh", 168.1)):
            answer = self.host.ask("GET", base + quantity + "?agg=energy" + ten).json()
            self.assertEqual((answer["unit"], answer["points"]),
                             (unit, [["2026-11-22T10:10:00Z", value, "measured"]]))
        for agg, value in (("min", 1005.9), ("max", 1011.8), ("first", 1005.9), ("last", 1011.8)):
            answer = self.host.ask("GET", base + "power_import?agg=" + agg + ten).json()
            self.assertEqual((answer["unit"], answer["points"][0][1]), ("W", value), agg)
        # the night of the change of time has 25 hours; months begin in the site's zone
        for step, edges in (("day", ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]),
                            ("month", ["2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"])):
            query = "energy_import?agg=energy&step=%s&from=%s&to=2026-11-26T23:00:00Z" % (
                step, edges[0])
            answer = self.host.ask("GET", base + query).json()
            self.assertEqual([point[0] for point in answer["points"]][:2], edges)
        days = self.host.ask("GET", base + "energy_import?agg=energy").json()["points"]
        self.assertEqual((len(days), days[-1]), (30, ["2026-11-21T23:00:00Z", 359, "partial"]))

    def test_steps_that_are_refused(self):
        self.host.tell("frames 2")
        base = "/api/v1/series/home/ground/main/"
        for path, status, fault in (
                ("power_export?agg=energy", 404, "unknown-series"),
                ("power_import?agg=median", 400, "bad-query"), ("power_import?agg=", 400, "bad-query"),
                ("power_import?agg=mean&step=fortnight", 400, "bad-query"),
                ("power_import?agg=mean&step=0", 400, "bad-query"),
                ("power_import?agg=mean&x=1", 400, "bad-query"),
                ("power_import?agg=mean&from=yesterday", 400, "bad-query"),
                ("power_import?agg=mean&from=2026-11-22T12:00:00Z&to=2026-11-22T12:00:00Z", 400,
                 "bad-query"),
                ("voltage_l1?agg=energy", 400, "bad-query"),
                ("power_import?agg=mean&step=1s", 422, "too-many-points"),
                ("power_import?agg=mean&from=0001-01-01T00:00:00Z", 422, "too-many-points")):
            answer = self.host.ask("GET", base + path)
            self.assertEqual((answer.status, answer.fault()), (status, fault), path)

    def test_fields_and_readings(self):
        self.host.tell("frames 360")
        base = "/api/v1/series/home/ground/main/"
        ten = "&step=10m&from=2026-11-22T10:10:00Z&to=2026-11-22T10:20:00Z"
        answer = self.host.ask("GET", base + "power_import?fields=mean,max,readings,energy" + ten)
        self.assertEqual(answer.json(), {
            "key": "home/ground/main/power_import", "unit": "W",
            "fields": ["mean", "max", "readings", "energy"], "energy_unit": "Wh", "step": "10m",
            "timezone": "Europe/Paris", "from": "2026-11-22T10:10:00Z",
            "to": "2026-11-22T10:20:00Z",
            "points": [["2026-11-22T10:10:00Z", 1008.9, 1011.8, 60, 168.1, "measured"]]})
        raw = self.host.ask("GET", base + "power_import?agg=raw&from=2026-11-22T10:10:00Z"
                            "&to=2026-11-22T10:10:20Z").json()
        self.assertEqual((raw["agg"], raw["points"]), ("raw", [
            ["2026-11-22T10:10:00Z", 1005.9, "good"], ["2026-11-22T10:10:10Z", 1006, "good"]]))
        self.assertEqual(len(self.host.ask("GET", base + "power_import?agg=raw").json()["points"]),
                         359)  # the last one is now, and now is not in it
        both = self.host.ask("GET", base + "energy_import?agg=energy&step=1h"
                             "&from=2026-11-22T10:00:00Z&to=2026-11-22T11:00:00Z"
                             "&compare_from=2026-11-21T10:00:00Z").json()
        self.assertEqual(both["points"], [["2026-11-22T10:00:00Z", 359, "partial"]])
        self.assertEqual(both["compared"], {
            "from": "2026-11-21T10:00:00Z", "to": "2026-11-21T11:00:00Z",
            "points": [["2026-11-21T10:00:00Z", None, "gap"]]})
        months = self.host.ask("GET", base + "energy_import?agg=energy&step=day"
                               "&from=2026-10-31T23:00:00Z&to=2026-11-30T23:00:00Z"
                               "&compare_from=2025-09-30T22:00:00Z&compare_to=2025-10-31T23:00:00Z")
        self.assertEqual((len(months.json()["points"]), len(months.json()["compared"]["points"])),
                         (30, 31))
        for query in ("agg=mean&fields=mean", "fields=", "fields=mean,mean", "fields=mean,",
                      "fields=median", "agg=raw&step=1h", "agg=raw&compare_from=2026-01-01T00:00:00Z",
                      "agg=mean&compare_to=2026-01-01T00:00:00Z",
                      "agg=mean&compare_from=1026-01-01T00:00:00Z",
                      "agg=mean&compare_from=2026-01-01T00:00:00Z&compare_to=2025-01-01T00:00:00Z",
                      "agg=mean&format=xls", "agg=mean&format=csv&compare_from=2026-01-01T00:00:00Z"):
            answer = self.host.ask("GET", base + "power_import?" + query)
            self.assertEqual((answer.status, answer.fault()), (400, "bad-query"), query)
        self.assertEqual(self.host.ask("GET", base + "voltage_l1?fields=energy").fault(),
                         "bad-query")

    def test_tables_and_lines(self):
        self.host.tell("frames 360")
        base = "/api/v1/series/home/ground/main/power_import?"
        ten = "&from=2026-11-22T10:10:00Z&to=2026-11-22T10:10:20Z"
        table = self.host.ask("GET", base + "agg=raw&format=csv" + ten)
        self.assertEqual(table.fields["content-type"], "text/csv; charset=utf-8; header=present")
        self.assertEqual(table.fields["content-disposition"],
                         'attachment; filename="power_import-main.csv"')
        key = "home/ground/main/power_import"
        self.assertEqual(table.body.decode(), "time,series,value,unit,quality\r\n"
                         f"2026-11-22T10:10:00Z,{key},1005.9,W,good\r\n"
                         f"2026-11-22T10:10:10Z,{key},1006,W,good\r\n")
        asked = self.host.ask("GET", base + "agg=raw" + ten, Accept="text/csv")
        self.assertEqual((asked.body, asked.fields["vary"]), (table.body, "Accept"))
        french = self.host.ask("GET", base + "fields=mean,energy&step=1h&format=csv-fr"
                               "&from=2026-11-22T09:00:00Z&to=2026-11-22T11:00:00Z").body.decode()
        self.assertEqual(french, "\ufeffhorodatage;utc;fin_utc;serie;moyenne;energie;unite;qualite"
                         "\r\n22/11/2026 10:00:00;2026-11-22T09:00:00Z;2026-11-22T10:00:00Z;"
                         f"{key};;;W;gap\r\n22/11/2026 11:00:00;2026-11-22T10:00:00Z;"
                         f"2026-11-22T11:00:00Z;{key};1017,9;1015;W;good\r\n")
        import json
        lines = self.host.ask("GET", base + "agg=max&step=1h&format=ndjson"
                              "&from=2026-11-22T09:00:00Z&to=2026-11-22T11:00:00Z")
        self.assertEqual(lines.fields["content-type"], "application/x-ndjson")
        self.assertEqual([json.loads(line)["max"] for line in lines.body.splitlines()],
                         [None, 1035.8])
        again = self.host.ask("GET", base + "agg=raw&format=csv" + ten,
                              If_None_Match=table.fields["etag"])
        self.assertEqual((again.status, again.body), (304, b""))
        none = self.host.ask("GET", base + "agg=raw&format=ndjson&to=2026-01-02T00:00:00Z")
        self.assertEqual((none.status, none.body), (200, b""))

    def test_what_is_over_need_not_be_asked_again(self):
        self.host.tell("frames 3000")  # from 02:40:10 to 11:00:00 UTC
        base = "/api/v1/series/home/ground/main/power_import?"
        past = self.host.ask("GET", "/api/v1/series").json()["past"]
        kept = "private, max-age=31536000, immutable"
        over = "&from=2026-11-22T04:00:00Z&to=2026-11-22T08:00:00Z&v="
        for query, want in (
                ("agg=mean&step=1h" + over + past, kept), ("step=10m" + over + past, kept),
                ("agg=raw&format=ndjson" + over + past, kept),
                ("agg=mean&step=1h" + over + "0" * 16, "private, no-cache"),
                ("agg=mean&step=1h" + over[:-3], "private, no-cache"),
                # this may still come late
                ("agg=mean&step=1h&from=2026-11-22T04:00:00Z&to=2026-11-22T10:00:00Z&v=" + past,
                 "private, no-cache"),
                # and here the next reading will say what the register did at the end
                ("agg=mean&step=1h&from=2026-11-20T04:00:00Z&to=2026-11-22T02:00:00Z&v=" + past,
                 "private, no-cache"),
                ("agg=mean&step=1h&compare_from=2026-11-21T04:00:00Z" + over + past,
                 "private, no-cache")):
            answer = self.host.ask("GET", base + query)
            self.assertEqual((answer.status, answer.fields["cache-control"]), (200, want), query)
        self.host.tell("frames 3000")
        self.assertNotEqual(self.host.ask("GET", "/api/v1/series").json()["past"], past)
        answer = self.host.ask("GET", base + "agg=mean&step=1h" + over + past)
        self.assertEqual(answer.fields["cache-control"], "private, no-cache")

    def test_expressions(self):
        self.host.tell("frames 360")
        from urllib.parse import quote
        power, energy = "{home/ground/main/power_import}", "{home/ground/main/energy_import}"
        base = "/api/v1/query?step=10m&from=2026-11-22T09:50:00Z&to=2026-11-22T10:20:00Z&expr="
        answer = self.host.ask("GET", base + quote(f"-2 * ({power} + max({power}, 5000)) / 4"))
        self.assertEqual(answer.json(), {
            "expr": f"-2 * ({power} + max({power}, 5000)) / 4", "agg": "mean", "step": "10m",
            "timezone": "Europe/Paris", "from": "2026-11-22T09:50:00Z",
            "to": "2026-11-22T10:20:00Z",
            "points": [["2026-11-22T09:50:00Z", None], ["2026-11-22T10:00:00Z", -3001.45],
                       ["2026-11-22T10:10:00Z", -3004.45]]})
        again = self.host.ask("GET", base + quote(f"-2 * ({power} + max({power}, 5000)) / 4"),
                              If_None_Match=answer.fields["etag"])
        self.assertEqual(again.status, 304)
        gained = self.host.ask("GET", base + quote(f"{energy} - {energy}") + "&agg=energy").json()
        self.assertEqual([value for _, value in gained["points"]], [None, 0, 0])
        nothing = self.host.ask("GET", base + quote(f"1 / ({energy} - {energy})")).json()
        self.assertEqual([value for _, value in nothing["points"]], [None, None, None])
        for query, status, fault in (
                ("", 400, "bad-query"), ("1 %2B 2", 400, "bad-query"),
                (quote(power + power), 400, "bad-query"),
                (quote(power) + "&agg=raw", 400, "bad-query"),
                (quote(power) + "&format=csv", 400, "bad-query"),
                (quote(power) + "&fields=mean", 400, "bad-query"),
                (quote("{home/ground/main/power_export}"), 404, "unknown-series"),
                (quote("{home}"), 404, "unknown-series"),
                (quote(power) + "&agg=median", 400, "bad-query")):
            answer = self.host.ask("GET", base + query.replace(" ", "%20"))
            self.assertEqual((answer.status, answer.fault()), (status, fault), query)
        self.assertEqual(self.host.ask("GET", "/api/v1/query?expr=" + quote(power) + "&step=1s")
                         .fault(), "too-many-points")

    def test_the_meter_by_short_codes(self):
        now = self.host.ask("GET", "/api/data").json()
        self.assertEqual(now, {
            "timestamp": "2026-11-22T10:59:58Z", "1.7.0": 1234.5, "2.7.0": 0, "21.7.0": 411.5,
            "32.7.0": 230.1, "31.7.0": 1.789, "1.8.0": 12048.95, "16.7.0": 1234.5,
            "units": {"1.7.0": "W", "2.7.0": "W", "21.7.0": "W", "32.7.0": "V", "31.7.0": "A",
                      "1.8.0": "kWh", "16.7.0": "W"}})
        self.assertEqual(self.host.ask("GET", "/api/data?period=24h").fault(), "unknown-series")
        self.host.tell("frames 360")
        day = self.host.ask("GET", "/api/data?period=24h").json()
        self.assertEqual((day["from"], day["to"], day["step_s"]), ("2026-11-21T11:00:00Z", NOW, 60))
        self.assertEqual(len(day["data"]), 60)  # nothing was read before: no row, no zero
        self.assertEqual(day["data"][10], {"timestamp": "2026-11-22T10:10:00Z", "1.8.0": 5.064,
                                           "1.7.0": 1006.2})
        self.assertEqual(day["units"], {"1.8.0": "kWh", "1.7.0": "W"})
        for period, step_s in (("7d", 900), ("366d", 86400)):
            self.assertEqual(self.host.ask("GET", "/api/data?period=" + period).json()["step_s"],
                             step_s)
        for query in ("period=1y", "period=", "period=0h", "tarif=1", "period=1h&period=2h"):
            self.assertEqual(self.host.ask("GET", "/api/data?" + query).status, 400, query)

    def test_health(self):
        self.assertEqual(self.host.ask("GET", "/healthz").json(), {"status": "ok"})

    def test_the_description_of_the_api_and_its_tag(self):
        plain = self.host.ask("GET", "/api/v1/openapi.json")
        self.assertEqual(plain.json()["openapi"], "3.1.0")
        self.assertEqual(plain.fields["cache-control"], "no-cache")
        again = self.host.ask("GET", "/api/v1/openapi.json",
                              If_None_Match=plain.fields["etag"])
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(again.fields["etag"], plain.fields["etag"])
        other = self.host.ask("GET", "/api/v1/openapi.json", If_None_Match='"other"')
        self.assertEqual(other.status, 200)

    def test_compression_when_it_is_accepted(self):
        import gzip
        plain = self.host.ask("GET", "/api/v1/openapi.json")
        packed = self.host.ask("GET", "/api/v1/openapi.json", Accept_Encoding="br, gzip")
        self.assertNotIn("content-encoding", plain.fields)
        self.assertEqual(packed.fields["content-encoding"], "gzip")
        self.assertEqual(packed.fields["vary"], "Accept-Encoding")
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertNotEqual(packed.fields["etag"], plain.fields["etag"])
        again = self.host.ask("GET", "/api/v1/openapi.json", Accept_Encoding="gzip",
                              If_None_Match=packed.fields["etag"])
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertNotIn("content-encoding", again.fields)

    def test_head_is_get_without_the_body(self):
        for path in ("/", "/api/v1/state", "/api/v1/journal", "/get_relays_state"):
            get, head = self.host.ask("GET", path), self.host.ask("HEAD", path)
            self.assertEqual((head.status, head.body), (200, b""), path)
            self.assertEqual(head.fields["content-length"], get.fields["content-length"], path)


class Ledger(Case):
    options = ["demo", "ledger"]

    def test_the_energy_ledger(self):
        import time
        base = "/api/v1/energy/home/ground/main/"
        self.assertEqual(self.host.ask("GET", base + "energy_import").fault(), "unknown-series")
        self.host.tell("frames 3000")  # a Wh each ten seconds, from 03:40:10 local time on
        end = time.monotonic() + 120
        while True:  # it follows hour by hour
            day = self.host.ask("GET", base + "energy_import").json()
            if day["rows"] and day["periods"] == ["hc", "hp"] and (day["rows"][0][1][1] or 0) > 0:
                break
            self.assertLess(time.monotonic(), end, "the ledger follows")
        self.assertEqual((day["from"], day["to"], day["unit"], day["step"]),
                         ("2026-10-24", "2026-11-23", "Wh", "day"))
        self.assertEqual(day["periods"], ["hc", "hp"])
        date, (off_peak, peak), word = day["rows"][0]
        self.assertEqual((date, off_peak, word), ("2026-11-22", 839, "partial"))
        self.assertGreater(peak, 0)
        year = self.host.ask("GET", base + "energy_import?step=year&from=2026-01-01"
                             "&to=2027-01-01").json()
        self.assertEqual(year["rows"][0][0], "2026-01-01")
        self.assertEqual(year["rows"][0][1][0], 839)
        none = self.host.ask("GET", base + "energy_import?from=2025-01-01&to=2025-02-01").json()
        self.assertEqual((none["periods"], none["rows"]), ([], []))
        for query in ("step=hour", "step=", "from=2026-02-30", "from=2026-1-1", "to=1999-01-01",
                      "from=2026-11-23", "x=1"):
            answer = self.host.ask("GET", base + "energy_import?" + query)
            self.assertEqual((answer.status, answer.fault()), (400, "bad-query"), query)
        self.assertEqual(self.host.ask("GET", base + "power_import").fault(), "unknown-series")


class Commands(Case):
    def test_an_override_by_minutes(self):
        answer = self.host.ask("PUT", OVERRIDE, {"state": "shed", "minutes": 120})
        self.assertEqual(answer.status, 200)
        load = answer.json()
        self.assertEqual(load, self.load())
        self.assertEqual((load["state"], load["cause"], load["expected_w"]),
                         ("shed", "manual", -2400))
        self.assertEqual(load["override"], {"state": "shed", "until": "2026-11-22T13:00:00Z"})
        self.assertTrue(load["output"]["coil"])
        answer = self.host.ask("DELETE", OVERRIDE)
        self.assertEqual((answer.status, answer.json()["state"]), (200, "fed"))
        self.assertIsNone(answer.json()["override"])

    def test_an_override_until(self):
        answer = self.host.ask("PUT", OVERRIDE,
                               {"state": "fed", "until": "2026-11-22T13:00:00+01:00"})
        self.assertEqual(answer.json()["override"], {"state": "fed",
                                                     "until": "2026-11-22T12:00:00Z"})

    def test_a_limit_that_is_ordered(self):
        answer = self.host.ask("PUT", "/api/v1/limits/dso", {"va": 4200, "minutes": 60})
        self.assertEqual(answer.status, 200)
        main, dso = answer.json()
        self.assertEqual((main["kind"], main["measured_va"], main["trip_s"]), ("main", 11000, 280))
        self.assertEqual(dso, {"id": "dso", "kind": "grid", "phase": None, "va": 4200,
                               "in_force": False, "ordered": True,
                               "until": "2026-11-22T12:00:00Z", "measured_va": None,
                               "trip_s": None})
        answer = self.host.ask("DELETE", "/api/v1/limits/dso")
        self.assertEqual((answer.status, answer.json()[1]["va"]), (200, None))
        for body in ({"va": 4200}, {"minutes": 60}, {"va": -1, "minutes": 60},
                     {"va": 4200, "minutes": 0}, {"va": "4200", "minutes": 60}):
            answer = self.host.ask("PUT", "/api/v1/limits/dso", body)
            self.assertEqual(answer.status, 422, body)
        for name in ("main", "none"):
            answer = self.host.ask("PUT", f"/api/v1/limits/{name}", {"va": 1, "minutes": 1})
            self.assertEqual((answer.status, answer.fault()), (404, "unknown-limit"), name)

    def test_overrides_that_are_none(self):
        rows = [
            ("no end", {"state": "shed"}, 422, "bad-end"),
            ("two ends", {"state": "shed", "minutes": 5, "until": "2026-11-22T12:00:00Z"}, 422,
             "bad-end"),
            ("too soon", {"state": "shed", "until": "2026-11-22T11:00:59Z"}, 422, "bad-end"),
            ("in the past", {"state": "shed", "until": "2020-01-01T00:00:00Z"}, 422, "bad-end"),
            ("too late", {"state": "shed", "until": "2026-11-29T11:00:01Z"}, 422, "bad-end"),
            ("no minutes", {"state": "shed", "minutes": 0}, 422, "bad-end"),
            ("too many minutes", {"state": "shed", "minutes": 10081}, 422, "bad-end"),
            ("half a minute", {"state": "shed", "minutes": 1.5}, 422, "bad-end"),
            ("minutes as text", {"state": "shed", "minutes": "5"}, 422, "bad-end"),
            ("no state", {"minutes": 5}, 422, "bad-member"),
            ("another state", {"state": "on", "minutes": 5}, 422, "bad-member"),
            ("a number as state", {"state": 1, "minutes": 5}, 422, "bad-member"),
            ("no time", {"state": "shed", "until": "12:00"}, 422, "bad-member"),
            ("another member", {"state": "shed", "minutes": 5, "force": True}, 422, "bad-member"),
            ("a list", [1], 400, "bad-json"),
        ]
        for why, body, status, fault in rows:
            answer = self.host.ask("PUT", OVERRIDE, body)
            self.assertEqual((answer.status, answer.fault()), (status, fault), why)
        self.assertEqual(self.load()["state"], "fed")

    def test_bodies_that_are_none(self):
        deep = b'{"state":' + b"[" * 2000 + b"]" * 2000 + b"}"
        rows = [
            ("not JSON", b"state=shed", 400, "bad-json"), ("empty object end", b"{", 400, "bad-json"),
            ("a key twice", b'{"state":"shed","state":"fed","minutes":5}', 400, "bad-json"),
            ("after the end", b'{"state":"shed","minutes":5}x', 400, "bad-json"),
            ("not UTF-8", b'{"state":"\xff"}', 400, "bad-json"),
            ("a NUL", b'{"state":"shed\x00"}', 400, "bad-json"),
            ("deep", b'{"a":' * 20 + b"1" + b"}" * 20, 400, "bad-json"),
            ("huge number", b'{"state":"shed","minutes":1e999}', 400, "bad-json"),
        ]
        for why, body, status, fault in rows:
            answer = self.host.ask("PUT", OVERRIDE, body, Content_Type="application/json")
            self.assertEqual((answer.status, answer.fault()), (status, fault), why)
        self.assertEqual(self.host.ask("PUT", OVERRIDE, deep,
                                       Content_Type="application/json").status, 400)
        self.assertEqual(self.host.ask("PUT", OVERRIDE).fault(), "body-type")
        answer = self.host.ask("PUT", OVERRIDE, b"", Content_Type="application/json")
        self.assertEqual(answer.fault(), "bad-json")
        answer = self.host.ask("PUT", OVERRIDE, b'{"state":"shed","minutes":5}',
                               Content_Type="text/plain")
        self.assertEqual((answer.status, answer.fault()), (415, "body-type"))
        answer = self.host.ask("PUT", OVERRIDE, {"state": "x" * 5000})
        self.assertEqual((answer.status, answer.fault()), (413, "big-body"))

    def test_loads_that_are_none(self):
        for name in ("nothing", "water_heater%20", "WATER_HEATER"):
            answer = self.host.ask("PUT", f"/api/v1/loads/{name}/override",
                                   {"state": "shed", "minutes": 5})
            self.assertEqual((answer.status, answer.fault()), (404, "unknown-load"), name)

    def test_what_the_house_refuses(self):
        codes = {"OHM_RANGE": (422, "bad-end"), "OHM_CONFLICT": (409, "refused"),
                 "OHM_DENIED": (409, "refused"), "OHM_BUSY": (503, "busy"),
                 "OHM_IO": (503, "not-kept"), "OHM_UNKNOWN": (404, "unknown-load")}
        names = ["OHM_OK", "OHM_MORE", "OHM_END", "OHM_BAD_FORMAT", "OHM_BAD_CHECKSUM",
                 "OHM_TOO_BIG", "OHM_RANGE", "OHM_UNSUPPORTED", "OHM_UNKNOWN", "OHM_NO_KEY",
                 "OHM_BAD_TAG", "OHM_REPLAYED", "OHM_GAP", "OHM_DENIED", "OHM_CONFLICT",
                 "OHM_BUSY", "OHM_IO", "OHM_NO_MEMORY"]
        for name, want in codes.items():
            self.host.tell(f"result {names.index(name)}")
            answer = self.host.ask("PUT", OVERRIDE, {"state": "shed", "minutes": 5})
            self.assertEqual((answer.status, answer.fault()), want, name)

    def test_levels_by_hand(self):
        hours = {"from": "2026-11-22T14:00:00Z", "to": "2026-11-22T16:00:00Z"}
        answer = self.host.ask("PUT", "/api/v1/ecowatt/override", {**hours, "level": 3})
        self.assertEqual(answer.status, 200)
        manual = [hour for hour in answer.json()["days"][0]["hours"] if hour["manual"]]
        self.assertEqual([hour["level"] for hour in manual], [3, 3])
        answer = self.host.ask("DELETE", "/api/v1/ecowatt/override")
        self.assertEqual((answer.status, "manual\": true" in answer.body.decode()), (200, False))
        for body, fault in (({**hours, "level": 4}, "bad-member"), ({**hours}, "bad-member"),
                            ({**hours, "level": "3"}, "bad-member"),
                            ({"from": hours["to"], "to": hours["from"], "level": 3}, "bad-hours"),
                            ({"from": "2026-11-21T14:00:00Z", "to": NOW, "level": 3}, "bad-hours"),
                            ({"from": NOW, "to": "2026-12-22T16:00:00Z", "level": 3}, "bad-hours")):
            answer = self.host.ask("PUT", "/api/v1/ecowatt/override", body)
            self.assertEqual((answer.status, answer.fault()), (422, fault), body)

    def test_more_commands_than_may_wait(self):
        self.host.tell("mute")
        body = b'{"state":"shed","minutes":5}'
        plugs = []
        for _ in range(33):
            plug = self.host.socket()
            plug.sendall(f"PUT {OVERRIDE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}"
                         "\r\nContent-Type: application/json\r\n\r\n".encode() + body)
            plugs.append(plug)
        # Which of them is one too many is the server's choice.
        answered, _, _ = select.select(plugs, [], [], PATIENCE_S)
        self.assertEqual(len(answered), 1)
        answer = answered[0].recv(65536)
        self.assertIn(b" 503 ", answer.split(b"\r\n")[0])
        self.assertIn(b"fault:busy", answer)
        for plug in plugs:
            plug.close()


class Mute(Case):
    options = ["demo", "patience=300"]

    def test_a_command_without_an_answer_and_its_client_gone(self):
        self.host.tell("mute")
        plug = self.host.socket()
        body = b'{"state":"shed","minutes":5}'
        plug.sendall(f"PUT {OVERRIDE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
                     "Content-Type: application/json\r\n\r\n".encode() + body)
        plug.close()
        answer = self.host.ask("PUT", OVERRIDE, {"state": "shed", "minutes": 5})
        self.assertEqual((answer.status, answer.fault()), (503, "no-answer"))
        self.host.tell("result 0")
        answers = [self.host.ask("PUT", OVERRIDE, {"state": "shed", "minutes": 5}).status
                   for _ in range(3)]
        self.assertIn(200, answers)  # 0.3 s may be little for a busy machine


class Prototype(Case):
    def test_home_in_both_forms(self):
        answer = self.host.ask("GET", "/", Accept="application/json")
        self.assertEqual(answer.json(), {"message": "API de gestion du délestage énergétique"})
        answer = self.host.ask("GET", "/", Accept="text/html")
        self.assertNotIn("json", answer.fields["content-type"])

    def test_the_relays(self):
        answer = self.host.ask("GET", "/get_relays_state")
        self.assertEqual(answer.json(), {str(n): False for n in range(1, 9)})
        self.host.ask("PUT", OVERRIDE, {"state": "shed", "minutes": 5})
        self.assertEqual(self.host.ask("GET", "/get_relays_state").json()["1"], True)

    def test_a_write_needs_a_token(self):
        body = {"signal": "2026-11-22", "pas": "18", "hvalue": 3}
        answer = self.host.ask("POST", "/update_hvalue", body)
        self.assertEqual((answer.status, answer.fault()), (401, "token-needed"))
        self.assertIn("Bearer", answer.fields["www-authenticate"])


class Refusals(Case):
    def test_nothing_acts_on_get(self):
        before = self.host.ask("GET", "/api/v1/state").json()
        paths = ["/", "/docs", "/healthz", "/api/v1/state", "/api/v1/journal", "/api/v1/series",
                 "/api/v1/ecowatt", "/api/v1/ecowatt/critical", "/api/v1/session",
                 "/get_relays_state", "/update_hvalue", OVERRIDE, "/api/v1/ecowatt/override"]
        for path in paths:
            for query in ("", "?state=shed&minutes=5", "?signal=2026-11-22&pas=18&hvalue=3"):
                self.host.ask("GET", path + query)
                self.host.ask("HEAD", path + query)
        self.assertEqual(self.host.ask("GET", "/api/v1/state").json(), before)

    def test_methods(self):
        for path, allow in (("/api/v1/state", "GET, HEAD, OPTIONS"),
                            (OVERRIDE, "PUT, DELETE, OPTIONS"),
                            ("/update_hvalue", "POST, OPTIONS")):
            for method in ("PATCH", "TRACE", "BREW", "PROPFIND"):
                answer = self.host.ask(method, path)
                self.assertEqual((answer.status, answer.fault()), (405, "method"), method)
                self.assertEqual(answer.fields["allow"], allow)
            answer = self.host.ask("OPTIONS", path)
            self.assertEqual((answer.status, answer.fields["allow"]), (204, allow))
        self.assertEqual(self.host.ask("POST", "/api/v1/state", {}).status, 405)
        self.assertEqual(self.host.ask("OPTIONS", "/nothing").status, 404)

    def test_addresses(self):
        for path in ("/nothing", "/api", "/api/v1", "/api/v2/state", "/api/v1/loads",
                     "/api/v1/loads/water_heater", "/index.html/x", "/data/api/openapi.json"):
            answer = self.host.ask("GET", path)
            self.assertEqual((answer.status, answer.fault()), (404, "not-found"), path)
        for path in ("//", "/api/v1/state/", "/api//v1/state", "/api/v1/./state", "/%2e%2e/etc",
                     "/a%2fb", "/api/v1/state%00", "/a%0d%0aX:y", "/%zz"):
            answer = self.host.ask("GET", path)
            self.assertEqual((answer.status, answer.fault()), (400, "bad-target"), path)
        answer = self.host.ask("GET", "/" + "a" * 1024)
        self.assertEqual((answer.status, answer.fault()), (414, "long-target"))

    def test_faults_speak_french(self):
        french = self.host.ask("GET", "/nothing", Accept_Language="fr-FR, en;q=0.5")
        english = self.host.ask("GET", "/nothing", Accept_Language="de")
        self.assertEqual(french.json()["detail"], "Il n’y a rien à cette adresse.")
        self.assertEqual(french.fields["content-language"], "fr")
        self.assertEqual(english.json()["detail"], "There is nothing at this address.")
        self.assertEqual(french.json()["instance"], "/nothing")

    def test_security_fields_are_everywhere(self):
        want = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
                "cross-origin-resource-policy": "same-origin"}
        for method, path in (("GET", "/"), ("GET", "/api/v1/state"), ("GET", "/nothing"),
                             ("PUT", OVERRIDE), ("OPTIONS", OVERRIDE), ("HEAD", "/docs"),
                             ("GET", "/api/v1/ws"), ("BREW", "/")):
            fields = self.host.ask(method, path).fields
            for name, value in want.items():
                self.assertEqual(fields[name], value, (method, path))
            policy = fields["content-security-policy"]
            self.assertIn("default-src 'self'", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertNotIn("access-control-allow-origin", fields)
            self.assertNotIn("strict-transport-security", fields)
            self.assertIn("cache-control", fields)

    def test_hosts(self):
        port = self.host.port
        for host in ("localhost", f"localhost:{port}", "127.0.0.1", "[::1]:1234", "192.0.2.7",
                     "LOCALHOST"):
            self.assertEqual(self.host.ask("GET", "/api/v1/state", Host=host).status, 200, host)
        for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example",
                     "127.0.0.1.evil.example", "ohmstead"):
            answer = self.host.ask("GET", "/api/v1/state", Host=host)
            self.assertEqual((answer.status, answer.fault()), (421, "unknown-host"), host)
        for host in ("", "a b", "localhost:0", "localhost:x", "@localhost"):
            answer = self.host.raw(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(), False)
            self.assertIn(b" 400 ", answer.split(b"\r\n")[0], host)

    def test_pages_of_other_sites(self):
        port = self.host.port
        body = {"state": "shed", "minutes": 5}
        own = f"http://127.0.0.1:{port}"
        for fields in ({"Origin": "http://evil.example"}, {"Origin": "null"},
                       {"Origin": f"https://127.0.0.1:{port}"}, {"Origin": "http://127.0.0.1:1"},
                       {"Origin": f"http://localhost:{port}"}, {"Origin": "file://"},
                       {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
                       {"Origin": own, "Sec_Fetch_Site": "cross-site"}):
            answer = self.host.ask("PUT", OVERRIDE, body, **fields)
            self.assertEqual((answer.status, answer.fault()), (403, "cross-origin"), fields)
            self.assertEqual(self.host.ask("DELETE", OVERRIDE, **fields).status, 403, fields)
        self.assertEqual(self.load()["state"], "fed")
        for fields in ({}, {"Origin": own}, {"Sec_Fetch_Site": "none"},
                       {"Origin": own, "Sec_Fetch_Site": "same-origin"}):
            self.assertEqual(self.host.ask("PUT", OVERRIDE, body, **fields).status, 200, fields)

    def test_what_is_no_http(self):
        body = b'{"state":"shed","minutes":5}'
        put = f"PUT {OVERRIDE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        rows = [
            b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: a\r\nOrigin: b\r\n\r\n",
            b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
            b"GET /" + b"/" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            put.encode() + b"Content-Length: -1\r\n\r\n" + body,
            put.encode() + b"Content-Length: 99999999999999999999\r\n\r\n" + body,
            put.encode() + b"Content-Length: 5\r\nContent-Length: 28\r\n\r\n" + body,
            put.encode() + b"Transfer-Encoding: chunked\r\n\r\n1c\r\n" + body + b"\r\n0\r\n\r\n",
            put.encode() + b"Content-Length: 28\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
            put.encode() + b"Content-Length: 28\r\nTransfer-Encoding: identity\r\n\r\n" + body,
            b"GET /api/v1/state HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
        ]
        for data in rows:
            answer = self.host.raw(data, until_close=False)
            status = answer.split(b" ")[1] if answer.startswith(b"HTTP/") else b"closed"
            self.assertTrue(status == b"closed" or status.startswith((b"4", b"5")),
                            (data[:80], answer[:80]))
        self.assertEqual(self.load()["state"], "fed")

    def test_what_never_comes_to_a_handler_is_answered_like_all_else(self):
        """MHD refuses these by itself; its own pages would have none of our fields."""
        rows = [
            (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5000 + b"\r\n", 431),
            (b"GET /" + b"/" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\n\r\n", 400),
            (b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400),
        ]
        for data, status in rows:
            answer = self.host.raw(data)
            self.assertNotIn(b"<", answer)
            if len(data) > 4096 and b"\r\n\r\n" not in answer:
                continue  # closed with bytes unread: what was said may be lost (RFC 9112 §9.6)
            lines = answer.split(b"\r\n\r\n")[0].decode().split("\r\n")
            self.assertEqual(lines[0].split()[1], str(status), (data[:60], answer))
            fields = {name.lower(): value for name, value in
                      (line.split(": ", 1) for line in lines[1:])}
            self.assertEqual(fields["content-length"], "0")
            self.assertEqual(fields["x-content-type-options"], "nosniff")
            self.assertEqual(fields["referrer-policy"], "no-referrer")
            self.assertEqual(fields["cache-control"], "no-store")
            self.assertIn("default-src 'self'", fields["content-security-policy"])

    def test_requests_that_never_end(self):
        for data in (b"\r\n\r\n\r\n", b"\x00" * 100, b"\xff" * 3000,
                     b"GET / HTTP/1.1\r\nHost: local",
                     f"PUT {OVERRIDE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 28\r\n"
                     "Content-Type: application/json\r\n\r\n{".encode()):
            with self.host.socket() as plug:
                plug.sendall(data)
            self.assertEqual(self.host.ask("GET", "/healthz").status, 200)

    def test_connections_are_kept(self):
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        missing = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with self.host.socket() as plug:
            for data, status in ((request, b" 200 "), (missing, b" 404 "), (request, b" 200 ")):
                plug.sendall(data)
                answer = b""
                while b"\r\n\r\n" not in answer:
                    answer += plug.recv(65536)
                head, _, rest = answer.partition(b"\r\n\r\n")
                self.assertIn(status, head.split(b"\r\n")[0])
                left = int(re.search(rb"Content-Length: (\d+)", head).group(1)) - len(rest)
                while left:
                    left -= len(plug.recv(left))


class Cors(Case):
    options = ["demo", "cors=https://other.example"]

    def test_a_configured_origin_may_read_without_credentials(self):
        fields = self.host.ask("GET", "/api/v1/state", Origin="https://other.example").fields
        self.assertEqual(fields["access-control-allow-origin"], "https://other.example")
        self.assertNotIn("access-control-allow-credentials", fields)
        self.assertEqual(fields["vary"], "Origin")
        fields = self.host.ask("GET", "/api/v1/state", Origin="https://evil.example").fields
        self.assertNotIn("access-control-allow-origin", fields)
        self.assertEqual(fields["vary"], "Origin")

    def test_preflight(self):
        answer = self.host.ask("OPTIONS", OVERRIDE, Origin="https://other.example",
                               Access_Control_Request_Method="PUT")
        self.assertEqual(answer.status, 204)
        self.assertEqual(answer.fields["access-control-allow-origin"], "https://other.example")
        self.assertIn("Authorization", answer.fields["access-control-allow-headers"])
        answer = self.host.ask("OPTIONS", OVERRIDE, Origin="https://evil.example",
                               Access_Control_Request_Method="PUT")
        self.assertNotIn("access-control-allow-methods", answer.fields)

    def test_it_changes_nothing_without_a_token(self):
        answer = self.host.ask("PUT", OVERRIDE, {"state": "shed", "minutes": 5},
                               Origin="https://other.example")
        self.assertEqual((answer.status, answer.fault()), (403, "cross-origin"))


class Names(Case):
    options = ["demo", "host=ohm.lan", "origin=https://ohm.example", "proxy"]

    def test_configured_names(self):
        for host in ("ohm.lan", "OHM.LAN:8443", "ohm.example", "localhost"):
            self.assertEqual(self.host.ask("GET", "/healthz", Host=host).status, 200, host)
        self.assertEqual(self.host.ask("GET", "/healthz", Host="other.lan").status, 421)

    def test_behind_a_proxy_the_browser_sees_tls(self):
        answer = self.host.ask("PUT", OVERRIDE, {"state": "shed", "minutes": 5}, Host="ohm.example",
                               Origin="https://ohm.example")
        self.assertEqual(answer.status, 200)
        self.assertIn("strict-transport-security", answer.fields)
        answer = self.host.ask("PUT", OVERRIDE, {"state": "shed", "minutes": 5}, Host="ohm.example",
                               Origin="https://evil.example")
        self.assertEqual(answer.status, 403)


class Locked(Case):
    options = []

    def test_nothing_without_a_login(self):
        for method, path, body in (("GET", "/api/v1/state", None), ("GET", "/api/v1/events", None),
                                   ("GET", "/api/v1/journal", None),
                                   ("GET", "/api/v1/series", None),
                                   ("GET", "/get_relays_state", None),
                                   ("PUT", OVERRIDE, {"state": "shed", "minutes": 5}),
                                   ("DELETE", OVERRIDE, None)):
            answer = self.host.ask(method, path, body)
            self.assertEqual((answer.status, answer.fault()), (401, "not-logged-in"), path)
        for path in ("/", "/docs", "/healthz", "/api/v1/openapi.json"):
            self.assertEqual(self.host.ask("GET", path).status, 200)


if __name__ == "__main__":
    main()
