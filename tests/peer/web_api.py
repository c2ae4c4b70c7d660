#!/usr/bin/env python3
"""The HTTP API of a demo house: what is read, and how."""
import json

from web_case import Case, NOW
from web_client import main


class Reading(Case):
    def test_the_state(self):
        answer = self.host.ask("GET", "/api/v1/state")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.fields["content-type"], "application/json")
        self.assertEqual(answer.fields["cache-control"], "no-store")
        state = answer.json()
        self.assertEqual(state["run"], {"mode": "normal", "aborts": 0, "last": None, "ends": None})
        self.assertEqual(set(state), {"version", "time", "site", "run", "meters", "now", "today",
                                      "tariff", "ecowatt", "limits", "loads", "relays", "health"})
        self.assertEqual(state["time"], NOW)
        self.assertEqual(state["site"], {"id": "home", "name": "Maison", "demo": True,
                                         "timezone": "Europe/Paris", "contract_va": 9000})
        self.assertEqual(state["now"], {
            "fresh": True, "import_w": 1234.5, "export_w": 0,
            "phases": [{"phase": 1, "import_w": 411.5, "voltage_v": 230.1, "current_a": 1.789}]})
        self.assertEqual(state["today"], {
            "date": "2026-11-22", "import_wh": 8700, "export_wh": 0, "cost_eur": 1.93,
            "unpriced_wh": 0, "complete": True, "estimated": False})
        self.assertEqual(state["tariff"]["next"], {
            "at": "2026-11-22T21:00:00Z", "period": "hc", "price_eur_per_kwh": 0.1579})
        self.assertEqual(state["meters"][0]["name"], 'Compteur "général"')
        self.assertEqual(state["meters"][0]["age_s"], 2)
        self.assertEqual(state["health"], {"status": "ok", "problems": [],
                                           "dropped_readings": 0, "dropped_events": 0,
                                           "history": None, "mirrors": []})
        self.assertEqual(len(state["relays"]), 8)
        self.assertEqual(state["relays"][1], {
            "board": "sim", "channel": 1, "contact": "NC", "coil": False, "led": True,
            "load": "radiator", "state": "ok", "echo_age_s": 0, "operations": 11})
        self.assertEqual(state["loads"][0], {
            "id": "water_heater", "name": "Chauffe-eau", "nominal_w": 2400, "learnt_w": None,
            "no_effect": False, "tier": 1, "phase": 1,
            "never_shed": False, "limit": None, "not_with": ["radiator"],
            "state": "fed", "cause": "normal", "held_by": None, "level": None, "since": None,
            "until": None, "expected_w": None, "override": None,
            "output": {"board": "sim", "channel": 0, "contact": "NC", "coil": False, "led": True,
                       "state": "ok", "echo_age_s": None, "operations": 10}})
        self.assertEqual((state["loads"][1]["limit"], state["loads"][1]["not_with"]),
                         ("dso", ["water_heater"]))

    def test_one_meter(self):
        whole = self.host.ask("GET", "/api/v1/state").json()["meters"][0]
        answer = self.host.ask("GET", "/api/v1/meters/main")
        self.assertEqual((answer.status, answer.json()), (200, whole))
        self.assertTrue(whole["whole"])
        self.assertEqual(self.host.ask("GET", "/api/v1/meters/other").status, 404)
        self.assertEqual(self.host.ask("GET", "/api/v1/meters/main?x=1").status, 400)

    def test_the_loads(self):
        loads = self.host.ask("GET", "/api/v1/state").json()["loads"]
        answer = self.host.ask("GET", "/api/v1/loads")
        self.assertEqual((answer.status, answer.json()), (200, {"items": loads}))
        for load in loads:
            answer = self.host.ask("GET", "/api/v1/loads/" + load["id"])
            self.assertEqual((answer.status, answer.json()), (200, load))
        answer = self.host.ask("GET", "/api/v1/loads/other")
        self.assertEqual((answer.status, answer.fault()), (404, "unknown-load"))
        for path in ("/api/v1/loads", "/api/v1/loads/water_heater"):
            answer = self.host.ask("GET", path + "?x=1")
            self.assertEqual((answer.status, answer.fault()), (400, "bad-query"))

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

    def test_the_journal_is_searched(self):
        lines = ['{"seq":1,"load":"radiator","state":"shed","cause":"breaker","limit":{"id":"Main"}}',
                 '{"seq":2,"load":"water_heater","state":"fed","cause":"normal","limit":null}',
                 '{"seq":3,"notice":"effect","load":"radiator","expected_va":-900}',
                 '{"seq":4,"notice":"command_done","load":null,"actor":"user:Marie"}',
                 '{"seq":5,"load":"radiator","state":"fed","cause":"normal","limit":null}']
        for line in lines:
            self.host.tell(("action n " if "notice" in line else "action d ") + line)
        now = NOW
        for query, seqs in (
                ("load=radiator", [5, 3, 1]), ("load=radiato", []), ("kind=decision", [5, 2, 1]),
                ("kind=notice", [4, 3]), ("kind=effect", [3]), ("kind=effect&load=water_heater", []),
                ("q=BREAK", [1]), ("q=marie", [4]), ("q=main", [1]), ("q=-900", []),
                ("q=radiator&kind=decision", [5, 1]), ("from=2000-01-01T00:00:00Z", [5, 4, 3, 2, 1]),
                ("to=2000-01-01T00:00:00Z", []), (f"from={now}&to=2100-01-01T00:00:00Z", None)):
            page = self.host.ask("GET", "/api/v1/journal?" + query).json()
            if seqs is not None:
                self.assertEqual([item["seq"] for item in page["items"]], seqs, query)
            self.assertIsNone(page["next"], query)
        page = self.host.ask("GET", "/api/v1/journal?load=radiator&limit=2").json()
        self.assertEqual(([item["seq"] for item in page["items"]], page["next"]), ([5, 3], 3))
        page = self.host.ask("GET", "/api/v1/journal?load=radiator&limit=2&before=3").json()
        self.assertEqual(([item["seq"] for item in page["items"]], page["next"]), ([1], None))
        for query in ("kind=nonsense", "kind=", "load=", "q=" + 64 * "x", "load=" + 32 * "x",
                      "from=yesterday", "to=1", "cause=breaker"):
            answer = self.host.ask("GET", "/api/v1/journal?" + query)
            self.assertEqual((answer.status, answer.fault()), (400, "bad-query"), query)

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
        # The same time of the day, also where a day of 25 hours is compared, or one of 23 is the default.
        autumn = self.host.ask("GET", base + "energy_import?agg=energy&step=1h"
                               "&from=2026-10-25T09:00:00Z&to=2026-10-25T17:00:00Z"
                               "&compare_from=2026-10-24T08:00:00Z").json()
        self.assertEqual((autumn["compared"]["to"], len(autumn["compared"]["points"])),
                         ("2026-10-24T16:00:00Z", 8))
        whole = self.host.ask("GET", base + "energy_import?agg=energy&step=1h"
                              "&from=2026-10-24T22:00:00Z&to=2026-10-25T23:00:00Z"
                              "&compare_from=2026-10-23T22:00:00Z").json()
        self.assertEqual((len(whole["points"]), len(whole["compared"]["points"])), (25, 24))
        spring = self.host.ask("GET", base + "power_import?agg=raw&to=2026-03-29T10:00:00Z").json()
        self.assertEqual(spring["from"], "2026-03-28T11:00:00Z")
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

    def test_the_prototypes_industrial_routes(self):
        base = "/api/industrie/"
        for route in ("equilibre-phases", "facteur-puissance"):
            self.assertEqual(self.host.ask("GET", base + route).fault(), "not-measured", route)
            self.assertEqual(self.host.ask("GET", base + route + "?x=1").status, 400)
        for phase, (volts, amps) in enumerate(((23000, 8000), (23000, 20000), (20700, 8000)), 1):
            self.host.tell(f"value voltage_l{phase} {volts}")
            self.host.tell(f"value current_l{phase} {amps}")
        got = self.host.ask("GET", base + "equilibre-phases").json()
        self.assertEqual(got["timestamp"], "2026-11-22T10:59:58Z")
        self.assertEqual(got["equilibre"], {  # 12 A is the mean: the second phase is 8 above it
            "equilibre_global": False, "score_equilibre": 0.666667,
            "phase_plus_chargee_tension": 1, "phase_plus_chargee_courant": 2,
            "recommandations": "Déséquilibre important - Rééquilibrage urgent nécessaire"})
        for phase in (1, 2, 3):
            self.host.tell(f"value current_l{phase} 12000")
        got = self.host.ask("GET", base + "equilibre-phases").json()["equilibre"]
        self.assertEqual(got["score_equilibre"], 0.068966)  # a phase that is low counts too
        self.assertTrue(got["equilibre_global"])

        self.host.tell("value power_import 30000")
        self.host.tell("value reactive_power -40000")  # of meters that say one signed value
        got = self.host.ask("GET", base + "facteur-puissance").json()["facteur_puissance"]
        self.assertEqual((got["facteur_puissance"], got["quadrant"]), (0.6, 4))
        self.host.tell("value reactive_power_import 40000")
        got = self.host.ask("GET", base + "facteur-puissance").json()["facteur_puissance"]
        self.assertEqual(got, {
            "facteur_puissance": 0.6, "evaluation": "critique", "penalite_applicable": 0.7,
            "economies_compensation": None, "compensation_recommandee": True, "quadrant": 1,
            "tan_phi": 1.333333, "capacite_batteries_necesaire": {
                "capacite_min_kvar": 2.8, "capacite_max_kvar": 4,
                "capacite_recommandee_kvar": 3.013}})
        self.host.tell("value reactive_power_import 6000")
        got = self.host.ask("GET", base + "facteur-puissance").json()["facteur_puissance"]
        self.assertEqual((got["evaluation"], got["penalite_applicable"]), ("excellent", 0))
        self.host.tell("value power_import 0")
        got = self.host.ask("GET", base + "facteur-puissance").json()["facteur_puissance"]
        self.assertEqual((got["facteur_puissance"], got["evaluation"]), (None, "indéfini"))
        self.host.tell("value power_import 12345")

        got = self.host.ask("GET", base + "charges-par-machine").json()
        self.assertEqual((got["charges_par_equipement"], got["total_consomme"],
                          got["pourcentages"]), ({"divers": 1.2345}, 1.2345, {"divers": 100}))
        hour = base + "kpi-energetiques"
        self.assertEqual(self.host.ask("GET", hour).fault(), "unknown-series")
        self.host.tell("frames 360")
        got = self.host.ask("GET", hour).json()
        self.assertEqual(got["periode"], "11:00 - 12:00")
        self.assertEqual((got["kpis"]["puissance_max_kw"], got["kpis"]["qualite_donnees"],
                          got["kpis"]["efficacite_globale"]), (1.0358, 100, None))
        self.assertAlmostEqual(got["kpis"]["puissance_moyenne_kw"], 1.018, places=3)
        self.assertAlmostEqual(got["kpis"]["consommation_horaire_kwh"], 0.358, places=2)

    def test_industrial_routes_without_what_they_need(self):
        base = "/api/industrie/"
        for phase in (1, 2, 3):
            self.host.tell(f"value current_l{phase} {1000 * phase}")
        got = self.host.ask("GET", base + "equilibre-phases").json()["equilibre"]
        self.assertEqual(got, {  # 2 A say nothing of balance
            "equilibre_global": None, "score_equilibre": None, "phase_plus_chargee_tension": None,
            "phase_plus_chargee_courant": 3, "recommandations": None})
        for fed, total in ((12345, 0), (52345, -4)):
            self.host.tell("value power_import 12345")
            self.host.tell(f"value power_export {fed}")
            got = self.host.ask("GET", base + "charges-par-machine").json()
            self.assertEqual((got["total_consomme"], got["pourcentages"]),
                             (total, {"divers": None}))
            self.assertEqual(got["charges_par_equipement"], {"divers": None if total else 0})

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
        self.check_hours(base)
        for query in ("step=week", "step=", "format=xml", "from=2026-02-30", "from=2026-1-1", "to=1999-01-01",
                      "from=2026-11-23", "x=1"):
            answer = self.host.ask("GET", base + "energy_import?" + query)
            self.assertEqual((answer.status, answer.fault()), (400, "bad-query"), query)
        self.assertEqual(self.host.ask("GET", base + "power_import").fault(), "unknown-series")

    def check_hours(self, base):
        """The same by hours and as lines; the day is their sum."""
        path = base + "energy_import?from=2026-11-22&to=2026-11-23&step="
        hours = self.host.ask("GET", path + "hour").json()
        self.assertEqual((hours["step"], hours["periods"]), ("hour", [""]))
        self.assertEqual(hours["rows"][0][0], "2026-11-22T03:00:00+01:00")
        self.assertEqual(hours["rows"][0][2], "partial")
        self.assertEqual(hours["rows"][1], ["2026-11-22T04:00:00+01:00", [360], "measured"])
        answer = self.host.ask("GET", path + "hour&format=csv")
        lines = answer.body.decode().split("\r\n")
        self.assertEqual(lines[0], "from,series,period,wh,how,kept")
        self.assertEqual(lines[2], "2026-11-22T04:00:00+01:00,home/ground/main/energy_import,,360,"
                         "measured,0")
        self.assertIn("energy_import-main.csv", answer.fields["content-disposition"])
        french = self.host.ask("GET", path + "hour&format=csv-fr").body.decode().split("\r\n")
        self.assertEqual(french[0], "\ufeffdebut;decalage;serie;periode;wh;qualite;eclairci")
        self.assertEqual(french[2], "22/11/2026 04:00:00;+01:00;home/ground/main/energy_import;;360;"
                         "measured;0")
        rows = [json.loads(line) for line in self.host.ask(
            "GET", path + "day", Accept="application/x-ndjson").body.splitlines()]
        self.assertEqual([(row["period"], row["how"]) for row in rows],
                         [("hc", "partial"), ("hp", "partial")])
        self.assertGreaterEqual(sum(row["wh"] for row in rows),
                                sum(wh for _, (wh,), _ in hours["rows"]) - 360)


if __name__ == "__main__":
    main()
