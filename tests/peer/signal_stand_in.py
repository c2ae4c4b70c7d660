#!/usr/bin/env python3
"""A stand-in for the services that tell signals, on a free port: RTE's portal with its tokens
(Ecowatt, Tempo, demand response), and one row of SERVICES for each of the others.

Answers are scripted: each endpoint has a queue of answers and, when the queue is empty, a good
one. Every request is remembered with the headers it came with, so that a test can count calls.
Used as a module by the tests, or by hand:  signal_stand_in.py  prints the address and serves."""
import base64
import json
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN_PATH = "/token/oauth/"
ADR_TOKEN_PATH = "/auth/token"
SIGNALS_PATH = "/open_api/ecowatt/v5/signals"
CLIENT_ID, CLIENT_SECRET = "stand-in-id", "stand-in-secret"

T05 = ('{\r\n\t"error":"ECOWATT_COMMON_T05",\r\n\t"error_description":"Internal Server Error",'
       '\r\n\t"error_uri": "",\r\n\t"error_details": {\r\n\t\t"transaction_id":"Id-0"\r\n\t}\r\n}')
BAD_GATEWAY = "<!DOCTYPE HTML>\n<html><head><title>502 Bad Gateway</title></head></html>\n"


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def tempo(query, _):
    """Days from start to end; an end that is not published yet is F04, as RTE has it."""
    start, end = (datetime.fromisoformat(query[key][0]) for key in ("start_date", "end_date"))
    if end > StandIn.published:
        return Answer(400, json.dumps({"error": "TMPLIKSUPCON_TMPLIKCAL_F04"}))
    days = [start + timedelta(days=n) for n in range(round((end - start).total_seconds() / 86400))]
    values = [{"start_date": day.isoformat(), "end_date": (day + timedelta(days=1)).isoformat(),
               "value": "RED" if day.day == 16 else "BLUE"} for day in reversed(days)]
    return Answer(200, json.dumps({"tempo_like_calendars": {"values": values}}))


def nordpool(query, _):
    """A day of hours; tomorrow's is no content before it is published."""
    day = instant(query["date"][0] + "T00:00:00+01:00")
    if day >= StandIn.published:
        return Answer(204, "")
    entries = [{"deliveryStart": (day + timedelta(hours=n)).isoformat(),
                "deliveryEnd": (day + timedelta(hours=n + 1)).isoformat(),
                "entryPerArea": {query["deliveryArea"][0]: n + 0.5}} for n in range(24)]
    return Answer(200, json.dumps({"deliveryAreas": query["deliveryArea"], "currency": "EUR",
                                   "multiAreaEntries": entries}))


def entsoe(query, _):
    if query.get("securityToken") != [CLIENT_SECRET]:
        return Answer(401, "<html>Unauthorized</html>")
    start = datetime.strptime(query["periodStart"][0], "%Y%m%d%H%M")
    return Answer(200, "<Publication_MarketDocument><type>A44</type><TimeSeries><curveType>A03"
                  "</curveType><Period><timeInterval><start>%sZ</start><end>%sZ</end>"
                  "</timeInterval><resolution>PT60M</resolution><Point><position>1</position>"
                  "<price.amount>61.20</price.amount></Point></Period></TimeSeries>"
                  "</Publication_MarketDocument>"
                  % (start.strftime("%Y-%m-%dT%H:%M"),
                     (start + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")))


def tibber(_, body):
    assert "priceInfo" in json.loads(body)["query"]
    hours = [{"total": 0.25, "startsAt": "2026-01-15T%02d:00:00.000+01:00" % n} for n in range(24)]
    return Answer(200, json.dumps({"data": {"viewer": {"homes": [{"currentSubscription": {
        "priceInfo": {"current": {"currency": "EUR"}, "today": hours, "tomorrow": []}}}]}}}))


def constant(document):
    return lambda query, body: Answer(200, json.dumps(document))


# The seconds of 2026-01-15T00:00+01:00, and hours from there.
DAY_S = 1768431600
HOURS_S = [DAY_S + 3600 * n for n in range(48)]

# path: who must be let in how, and what is answered to a query and a body
SERVICES = {
    "/open_api/tempo_like_supply_contract/v1/tempo_like_calendars": ("oauth", tempo),
    "/open_api/demand_response_signal/v2/signals": ("oauth", constant({"signals": [
        {"signaled_dates": [{"start_date": "2026-01-15T00:00:00+01:00", "end_date":
                             "2026-01-16T00:00:00+01:00", "aoe_signals": 1}]}]})),
    "/cms/open_data/v1/tempo": ("", constant({"values": {"2026-01-15": "RED"}})),
    "/api/joursTempo": ("", constant([{"dateJour": "2026-01-15", "codeJour": 2}])),
    "/commerce/activet/v1/calendrier-jours-effacement": ("", constant(
        {"errors": [], "content": {"options": [{"option": "EJP", "calendrier": [
            {"dateApplication": "2026-01-15", "statut": "EJP"}]}]}})),
    "/api": ("", entsoe),
    "/price": ("", constant({"unix_seconds": HOURS_S, "price": [50.5] * 48,
                             "unit": "EUR / MWh"})),
    "/api/DayAheadPrices": ("", nordpool),
    "/v1/marketdata": ("", constant({"data": [
        {"start_timestamp": s * 1000, "end_timestamp": (s + 3600) * 1000, "marketprice": 50,
         "unit": "Eur/MWh"} for s in HOURS_S]})),
    "/v1-beta/gql": ("secret", tibber),
    "/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records": ("", constant(
        {"results": [{"date_heure": "2026-01-15T11:00:00+00:00", "taux_co2": 38}]})),
    "/v1/forecast": ("", constant({"utc_offset_seconds": 0, "hourly": {
        "time": HOURS_S, "temperature_2m": [3.5] * 48, "shortwave_radiation": [100] * 48}})),
    "/estimate/48.8534/2.3488/35/0/3.000": ("", constant({"result": {"watts": {
        "2026-01-15T07:40:00+00:00": 0, "2026-01-15T11:00:00+00:00": 1200}}})),
    "/events": ("oauth", constant([{"priority": 1, "intervalPeriod": {
        "start": "2026-01-15T11:00:00Z", "duration": "PT2H"}, "intervals": [
            {"payloads": [{"type": "SIMPLE", "values": [2]}]}]}])),
}


class Answer:
    """One scripted answer. `cut` closes the connection after that many bytes of the body;
    `close` closes it without a word; `delay` waits first."""

    def __init__(self, status=200, body="", headers=None, delay=0.0, cut=None, close=False):
        self.status, self.body, self.headers = status, body, headers or {}
        self.delay, self.cut, self.close = delay, cut, close


def day(date, offset, made, levels):
    """A day as RTE writes it; `levels` is a list of 24, None leaves the hour out."""
    return {"GenerationFichier": made, "jour": "%sT00:00:00%s" % (date, offset),
            "dvalue": max(level for level in levels if level is not None),
            "message": "Pas d\u2019alerte.",
            "values": [{"pas": step, "hvalue": level} for step, level in enumerate(levels)
                       if level is not None]}


def signals(*days):
    return json.dumps({"signals": list(days)})


class StandIn:
    published = datetime(2026, 1, 16, tzinfo=timezone(timedelta(hours=1)))  # days before are there

    def __init__(self):
        self.lock = threading.Lock()
        self.calls = []  # (path, headers)
        self.bodies = []  # of the same
        self.scripts = {path: [] for path in (TOKEN_PATH, ADR_TOKEN_PATH, SIGNALS_PATH, *SERVICES)}
        self.good_signals = signals(day("2026-01-15", "+01:00", "2026-01-14T23:00:00+01:00",
                                        [1] * 24))
        self.tokens = 0
        self.valid_tokens = set()
        self.expires_in = 7200
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                stand_in.serve(self, "")

            def do_POST(self):
                stand_in.serve(self, self.rfile.read(
                    int(self.headers.get("Content-Length", "0"))).decode())

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,),
                         daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def script(self, path, *answers):
        with self.lock:
            self.scripts[path] += answers

    def count(self, path):
        with self.lock:
            return sum(1 for called, _ in self.calls if urlsplit(called).path == path)

    def serve(self, handler, body):
        target = urlsplit(handler.path)
        with self.lock:
            self.calls.append((handler.path, dict(handler.headers)))
            self.bodies.append(body)
            if target.path not in self.scripts:
                answer = Answer(404, "")
            elif self.scripts[target.path]:
                answer = self.scripts[target.path].pop(0)
            elif target.path in (TOKEN_PATH, ADR_TOKEN_PATH):
                answer = self.give_token(handler.headers)
            elif target.path == SIGNALS_PATH:
                answer = self.give_signals(handler.headers)
            else:
                answer = self.give_service(target, handler.headers, body)
        self.send(handler, answer)

    def give_service(self, target, headers, body):
        auth, give = SERVICES[target.path]
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        allowed = {"": True, "secret": token == CLIENT_SECRET, "oauth": token in self.valid_tokens}
        if not allowed[auth] or (auth and scheme != "Bearer"):
            return Answer(401, "")
        return give(parse_qs(target.query), body)

    def give_token(self, headers):
        pair = base64.b64encode(("%s:%s" % (CLIENT_ID, CLIENT_SECRET)).encode()).decode()
        if headers.get("Authorization") != "Basic " + pair:
            return Answer(401, '{"error":"invalid_client"}')
        self.tokens += 1
        token = "token%d" % self.tokens
        self.valid_tokens.add(token)
        return Answer(200, json.dumps({"access_token": token, "token_type": "Bearer",
                                       "expires_in": self.expires_in}))

    def give_signals(self, headers):
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.valid_tokens:
            return Answer(401, "")
        return Answer(200, self.good_signals)

    @staticmethod
    def send(handler, answer):
        time.sleep(answer.delay)
        body = answer.body.encode()
        handler.close_connection = True
        if answer.close:
            return
        try:
            handler.send_response(answer.status)
            handler.send_header("Content-Length", str(len(body)))
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body if answer.cut is None else body[:answer.cut])
        except OSError:
            pass  # the client gave up: that is what some tests want


if __name__ == "__main__":
    print(StandIn().url, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.exit(0)
