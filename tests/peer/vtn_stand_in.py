#!/usr/bin/env python3
"""A stand-in for a VTN of OpenADR 3.0 or 3.1 on a free port: tokens, VENs, resources, programs,
events and reports, as strict as the definition lets it be, with its problems (RFC 9457).

What it holds are plain lists that a test fills and reads. `script` queues answers for a path that
go before the good ones. Every request is remembered as (method, path, query, body)."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CLIENT_ID, CLIENT_SECRET = "stand-in-id", "stand-in-secret"
PAGE_MAX = 50


class Problem(Exception):
    def __init__(self, status, title, headers=None):
        super().__init__(title)
        self.status, self.title, self.headers = status, title, headers or {}


class Vtn:
    def __init__(self, version="3.1"):
        self.version = version
        self.vens, self.resources, self.programs, self.events, self.reports = [], [], [], [], []
        self.hidden_vens = []  # of other clients: their names are taken
        self.calls, self.scripts, self.tokens = [], {}, 0
        self.lock = threading.Lock()
        vtn = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                vtn.serve(self, "GET", "")

            def do_POST(self):
                vtn.serve(self, "POST", self.rfile.read(
                    int(self.headers.get("Content-Length", "0"))).decode())

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def script(self, path, *answers):
        with self.lock:
            self.scripts.setdefault(path, []).extend(answers)

    def count(self, method, path):
        with self.lock:
            return sum(1 for m, p, _, _ in self.calls if (m, p) == (method, path))

    def asked(self, method, path):
        with self.lock:
            return [(query, body) for m, p, query, body in self.calls if (m, p) == (method, path)]

    def serve(self, handler, method, text):
        target = urlsplit(handler.path)
        query = parse_qs(target.query)
        headers = {"Content-Type": "application/json"}
        with self.lock:
            try:
                self.calls.append((method, target.path, query, text))
                if self.scripts.get(target.path):
                    raise self.scripts[target.path].pop(0)
                status, answer = self.answer(method, target.path, query, text, handler.headers)
            except Problem as problem:
                status, answer = problem.status, {"type": "about:blank", "title": problem.title,
                                                  "status": problem.status}
                headers.update(problem.headers)
        body = json.dumps(answer).encode()
        handler.close_connection = True
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    # --- what it answers ------------------------------------------------------------------

    def answer(self, method, path, query, text, headers):
        if path == "/auth/token":
            form = parse_qs(text)
            if (form.get("client_id"), form.get("client_secret")) != ([CLIENT_ID], [CLIENT_SECRET]):
                raise Problem(400, "invalid_client")
            self.tokens += 1
            return 200, {"access_token": "token%d" % self.tokens, "token_type": "Bearer",
                         "expires_in": 3600}
        if headers.get("Authorization") != "Bearer token%d" % self.tokens:
            raise Problem(401, "Unauthorized")
        if method == "GET":
            return 200, self.page(self.listed(path, query), query)
        return 201, self.made(path, json.loads(text))

    @staticmethod
    def page(found, query):
        skip, limit = int(query.get("skip", ["0"])[0]), int(query.get("limit", [PAGE_MAX])[0])
        if limit > PAGE_MAX:
            raise Problem(400, "limit is too high")
        return found[skip:skip + limit]

    def is_for(self, one, query):
        """Whether the targets that are asked for let an object through."""
        targets = one.get("targets")
        if not targets:
            return True
        if self.version == "3.0":
            kind, values = query.get("targetType", [""])[0], query.get("targetValues", [])
            return any(t["type"] == kind and set(t["values"]) & set(values) for t in targets)
        return bool(set(targets) & set(query.get("targets", [])))

    def listed(self, path, query):
        def only(key, name, items):
            return [one for one in items if name not in query or one[key] == query[name][0]]
        if path == "/vens":
            return only("venName", "venName", self.vens)
        if self.is_resources(path):
            return only("resourceName", "resourceName", self.resources)
        if path == "/programs":
            return [one for one in self.programs if self.is_for(one, query)]
        if path == "/events":
            return [one for one in only("programID", "programID", self.events)
                    if self.is_for(one, query)]
        if path == "/reports":
            return only("eventID", "eventID", only("clientName", "clientName", self.reports))
        raise Problem(404, "Not Found")

    def is_resources(self, path):
        return path == "/resources" if self.version == "3.1" else bool(
            self.vens) and path == "/vens/%s/resources" % self.vens[0]["id"]

    def made(self, path, body):
        if path == "/vens":
            return self.keep(self.vens, "venName", body, {"objectType", "venName"},
                             "VEN_VEN_REQUEST", self.hidden_vens)
        if self.is_resources(path):
            return self.keep(self.resources, "resourceName", body,
                             {"objectType", "resourceName", "venID"}, "VEN_RESOURCE_REQUEST", [])
        if path == "/reports":
            return self.report(body)
        raise Problem(404, "Not Found")

    def keep(self, place, name, body, known, kind, taken):
        right = body.get("objectType") == kind if self.version == "3.1" else "objectType" not in body
        if not right or not body.get(name) or set(body) - known:
            raise Problem(400, "Bad Request")
        if body[name] in [one[name] for one in place] + taken:
            raise Problem(409, "Conflict")
        place.append(dict(body, id="%s-%d" % (name, len(place))))
        return place[-1]

    def report(self, body):
        known = {"eventID", "clientName", "reportName", "payloadDescriptors", "resources"}
        if self.version == "3.0":
            known.add("programID")
        if set(body) != known:
            raise Problem(400, "Bad Request")
        if body["eventID"] not in [one["id"] for one in self.events]:
            raise Problem(404, "Not Found")
        self.reports.append(dict(body, id="report-%d" % len(self.reports)))
        return self.reports[-1]
