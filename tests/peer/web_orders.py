#!/usr/bin/env python3
"""The HTTP API of a demo house: what is commanded, what is refused, to whom, and how."""
import re
import select

from web_case import Case, NOW, OVERRIDE
from web_client import Host, PATIENCE_S, main


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
        self.assertEqual(dso, {"id": "dso", "kind": "grid", "phase": None, "meter": None, "va": 4200,
                               "source": "order", "configured_va": None, "ecowatt_level": None,
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
                 "/get_relays_state", "/update_hvalue", OVERRIDE, "/api/v1/ecowatt/override",
                 "/api/v1/loads", "/api/v1/loads/water_heater"]
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
        for path in ("/nothing", "/api", "/api/v1", "/api/v2/state", "/api/v1/load",
                     "/api/v1/loads/water_heater/x", "/index.html/x", "/data/api/openapi.json"):
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
