#!/usr/bin/env python3
"""A stand-in for RTE's data portal: a token endpoint and the Ecowatt signals, on a free port.

Answers are scripted: each endpoint has a queue of answers and, when the queue is empty, a good
one. Every request is remembered with the headers it came with, so that a test can count calls.
Used as a module by the tests, or by hand:  rte_stand_in.py  prints the address and serves."""
import base64
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN_PATH = "/token/oauth/"
SIGNALS_PATH = "/open_api/ecowatt/v5/signals"
CLIENT_ID, CLIENT_SECRET = "stand-in-id", "stand-in-secret"

T05 = ('{\r\n\t"error":"ECOWATT_COMMON_T05",\r\n\t"error_description":"Internal Server Error",'
       '\r\n\t"error_uri": "",\r\n\t"error_details": {\r\n\t\t"transaction_id":"Id-0"\r\n\t}\r\n}')
BAD_GATEWAY = "<!DOCTYPE HTML>\n<html><head><title>502 Bad Gateway</title></head></html>\n"


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
    def __init__(self):
        self.lock = threading.Lock()
        self.calls = []  # (path, headers)
        self.scripts = {TOKEN_PATH: [], SIGNALS_PATH: []}
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
                stand_in.serve(self, SIGNALS_PATH)

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                stand_in.serve(self, TOKEN_PATH)

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
            return sum(1 for called, _ in self.calls if called == path)

    def serve(self, handler, wanted_path):
        with self.lock:
            self.calls.append((handler.path, dict(handler.headers)))
            if handler.path != wanted_path:
                answer = Answer(404, "")
            elif self.scripts[wanted_path]:
                answer = self.scripts[wanted_path].pop(0)
            elif wanted_path == TOKEN_PATH:
                answer = self.give_token(handler.headers)
            else:
                answer = self.give_signals(handler.headers)
        self.send(handler, answer)

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
