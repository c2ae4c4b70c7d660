#!/usr/bin/env python3
"""A source is tried before it is configured, and the last frame of one that is: `serve` on lines
of its own.

usage: trials.py OHMSTEAD PUSH_E450"""
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

os.environ["OHMSTEAD"], PUSH = sys.argv[1:3]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Broker  # noqa: E402
from daemon import PATIENCE_S, Daemon, check, main, wait_for  # noqa: E402

KEY = "0f" * 16
SITE = """
site: {{id: home, timezone: UTC}}
meters:
  - {{id: main, port: "tcp:127.0.0.1:{port}", protocol: dlms, stale_after_s: 600}}
"""


class Line:
    """A serial server that tells each visitor the same bytes again and again."""

    def __init__(self, data):
        self.data, self.open = data, True
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while self.open:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._tell, args=(peer,), daemon=True).start()

    def _tell(self, peer):
        with peer:
            while self.open:
                try:
                    peer.sendall(self.data)
                except OSError:
                    return
                time.sleep(0.2)

    def close(self):
        self.open = False
        self.server.close()


def pushes(*options):
    start = (int(time.time()) // 60 * 60 + 5) * 1000
    return subprocess.run([PUSH, *options, "--start", str(start), "1"], capture_output=True,
                          check=True, timeout=PATIENCE_S).stdout


class House:
    def __init__(self):
        self.plain, self.secret = Line(pushes()), Line(pushes("--key", KEY))
        self.noise = Line(b"s|s<" * 8)
        self.folder = tempfile.mkdtemp(prefix="ohm-trials-")
        path = os.path.join(self.folder, "site.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(SITE.format(port=self.plain.port))
        self.daemon = Daemon(path, os.path.join(self.folder, "state"))
        self.tokens = {scope: self.token(scope) for scope in ("read", "admin")}

    def token(self, scope):
        made = subprocess.run([os.environ["OHMSTEAD"], "token", "create", "--scope", scope,
                               "--state", self.daemon.folder], capture_output=True, text=True,
                              check=True, timeout=PATIENCE_S)
        return {"Authorization": "Bearer " + made.stdout.strip()}

    def attempt(self, scope="admin", **body):
        return self.daemon.ask("POST", "/api/v1/trials", body, self.tokens[scope])

    def __enter__(self):
        self.daemon.__enter__()
        return self

    def __exit__(self, *rest):
        self.daemon.__exit__(*rest)
        for line in (self.plain, self.secret, self.noise):
            line.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def test_the_last_frame():
    with House() as house:
        def frame():
            answer = house.daemon.ask("GET", "/api/v1/meters/main/frame",
                                      headers=house.tokens["read"])
            check(answer.status == 200, answer.body)
            return answer.json if answer.json["message"] else None
        found = wait_for("a frame", 30, frame)
        check(found["device"] == "main" and found["state"] == "ok", found)
        check(found["hex"].startswith("7e") and found["came"], found["hex"][:40])
        quantities = {v["quantity"] for v in found["message"]["values"]}
        check("power_import" in quantities, quantities)
        answer = house.daemon.ask("GET", "/api/v1/meters/other/frame",
                                  headers=house.tokens["read"])
        check(answer.status == 404, answer.status)


def test_trials():
    with House() as house:
        plain, secret = f"tcp:127.0.0.1:{house.plain.port}", f"tcp:127.0.0.1:{house.secret.port}"
        answer = house.attempt(port=plain)
        check(answer.status == 200, answer.body)
        check((answer.json["state"], answer.json["protocol"], answer.json["error"]) ==
              ("ok", "dlms", None), answer.json)
        check(answer.json["message"]["values"], answer.json)

        answer = house.attempt(port=secret).json
        check(answer["state"] == "no_key" and "chiffr" in answer["text"]["fr"], answer)
        answer = house.attempt(port=secret, key="11" * 16).json
        check(answer["state"] == "wrong_key", answer)
        answer = house.attempt(port=secret, key=KEY).json
        check(answer["state"] == "ok" and answer["message"], answer)
        answer = house.attempt(port=f"tcp:127.0.0.1:{house.noise.port}", protocol="dlms",
                               seconds=2).json
        check(answer["message"] is None and answer["counters"]["bytes"] > 0, answer)
        check(answer["hex"].startswith("737c733c"), answer["hex"])

        gone = socket.create_server(("127.0.0.1", 0))
        port = gone.getsockname()[1]
        gone.close()
        answer = house.attempt(port=f"tcp:127.0.0.1:{port}").json
        check(answer["state"] == "unreachable", answer)


def test_what_is_refused():
    with House() as house:
        plain = f"tcp:127.0.0.1:{house.plain.port}"
        check(house.attempt("read", port=plain).status == 403, "a reader may not try")
        for body in ({"port": "file:/etc/passwd"}, {"port": "serial:/dev/../etc/passwd"},
                     {"port": "serial:/etc/passwd"}, {"port": ""}, {}, {"port": plain, "x": 1},
                     {"port": plain, "seconds": 0}, {"port": plain, "seconds": 61},
                     {"port": plain, "baud": "9600"}, {"port": plain, "key": "00" * 40},
                     {"port": plain, "with": ["a"]}, {"port": plain, "with": {"a": 1}},
                     {"port": plain, "with": {str(n): "x" for n in range(5)}},
                     {"port": plain, "with": {"a": "x" * 96}}):
            answer = house.attempt(**body)
            check(answer.status == 422, (body, answer.status, answer.body))
        for body, words in (({"port": plain, "protocol": "x25"}, "no such protocol"),
                            ({"port": plain, "key": "00"}, "the key"),
                            ({"port": plain, "framing": "9Z"}, "the framing"),
                            ({"port": "tcp:nowhere"}, "port"),
                            ({"port": "mqtt://h", "preset": "x"}, "no preset has the name 'x'"),
                            ({"port": "mqtt://h", "preset": "shelly"}, "'device' is missing"),
                            ({"port": "mqtt://h", "preset": "shelly", "with": {"a": "b"}},
                             "'a' is no parameter"),
                            ({"port": "mqtt://h", "with": {"a": "b"}}, "none is named"),
                            ({"port": "http://h", "preset": "shelly", "protocol": "http",
                              "with": {"device": "p"}}, "another protocol")):
            answer = house.attempt(**body)
            check(answer.status == 200 and words in answer.json["error"], (body, answer.body))
        answer = house.daemon.ask("GET", "/api/v1/ports", headers=house.tokens["admin"])
        check(answer.status == 200 and isinstance(answer.json["items"], list), answer.body)
        presets = {p["name"]: p for p in answer.json["presets"]}
        check("zigbee2mqtt" in presets and "json" in presets, presets)
        check([p["key"] for p in presets["shelly"]["parameters"]] == ["device", "channel"],
              presets["shelly"])
        answer = house.daemon.ask("GET", "/api/v1/ports", headers=house.tokens["read"])
        check(answer.status == 403, answer.status)


class Asked:
    """A meter behind an optical head on the network (IEC 62056-21, mode A): it waits for its call."""

    def __init__(self):
        body = b"0.0.0(40012345)\r\n1.8.0(001846.250*kWh)\r\n!\r\n\x03"
        check = 0
        for byte in body:
            check ^= byte
        self.data, self.calls = b"/OHM\\x\r\n\x02" + body + bytes([check]), []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = f"tcp:127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer):
        with peer:
            heard = b""
            while data := peer.recv(256):
                heard += data
                while b"\r\n" in heard:
                    call, heard = heard.split(b"\r\n", 1)
                    self.calls.append(call)
                    if call == b"/?!":
                        peer.sendall(self.data)

    def close(self):
        self.server.close()


class Simulated:
    """One of the simulated meters that stand beside push_e450."""

    def __init__(self, program, *words):
        path = os.path.join(os.path.dirname(PUSH), program)
        self.process = subprocess.Popen([path, "tcp", *words], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()


def test_the_kinds_that_are_asked():
    """As the page's set-up goes, with what one forgets on the way."""
    low = Simulated("cosem_meter", "line=wrapper", "auth=1", "client=32", "secret=12345678")
    mbus, modbus, head = Simulated("mbus_bus", "e:5:10000005"), Simulated("modbus_bus", "sdm630:1"), Asked()
    rows = (
        ({"port": low.port, "protocol": "cosem"}, "cosem", "ok"),  # who it is, and what time: no more
        ({"port": low.port, "protocol": "cosem", "settings": "client=32 auth=low", "password": "wrong678"},
         None, "refused"),
        ({"port": low.port, "protocol": "cosem", "settings": "client=32 auth=low", "password": "12345678"},
         "cosem", "ok"),
        ({"port": low.port, "protocol": "cosem", "settings": "auth=loud"}, "auth", None),
        ({"port": low.port, "protocol": "cosem", "settings": "relay=disconnect"}, "setting", None),
        ({"port": mbus.port, "protocol": "mbus", "address": "5"}, "mbus", "ok"),
        ({"port": mbus.port, "protocol": "mbus", "address": "6"}, None, "no_answer"),
        ({"port": modbus.port, "protocol": "modbus", "address": "1", "profile": "sdm630"}, "modbus", "ok"),
        ({"port": modbus.port, "protocol": "modbus", "address": "1"}, "profile", None),
        ({"port": head.port, "protocol": "d0", "every_s": 900}, "d0", "ok"),
        ({"port": head.port, "protocol": "d0", "seconds": 1}, None, "starting"),
        ({"port": head.port, "protocol": "dlms", "every_s": 900}, "every_s", None),
    )
    try:
        with House() as house:
            for body, words, state in rows:
                answer = house.attempt(**body)
                check(answer.status == 200, (body, answer.body))
                found = answer.json
                if state is None:
                    check(found["error"] and words in found["error"], (body, found))
                    continue
                check(found["error"] is None and found["state"] == state, (body, found))
                check((found["message"] is not None) == (state == "ok"), (body, found))
                check(state != "ok" or found["protocol"] == words, (body, found))
            check(head.calls == [b"/?!"], head.calls)
            secret = os.path.join(house.folder, "secret")
            with open(os.open(secret, os.O_CREAT | os.O_WRONLY, 0o600), "w") as out:
                out.write("12345678\n")
            told = doctor(house.folder, [
                f"{{id: low, port: '{low.port}', protocol: cosem, settings: 'client=32 auth=low', "
                f"password_file: {secret}}}",
                f"{{id: shut, port: '{low.port}', protocol: cosem, settings: 'client=32 auth=none'}}",
                f"{{id: bus, port: '{mbus.port}', protocol: mbus, address: '5'}}",
                f"{{id: machine, port: '{modbus.port}', protocol: modbus, address: '1', profile: sdm630}}",
                f"{{id: head, port: '{head.port}', protocol: d0, every_s: 900}}"], wait=6)
            for meter in ("low", "bus", "machine", "head"):
                check(told[meter]["verdict"] == "ok", told[meter])
            check(told["shut"]["verdict"] == "failed", told["shut"])
    finally:
        for end in (low, mbus, modbus, head):
            end.close()


class Url(http.server.BaseHTTPRequestHandler):
    """A device that answers over HTTP: a Shelly as its preset asks it, and what is none."""

    def do_GET(self):
        pages = {"/rpc/Shelly.GetStatus": b'{"switch:0":{"output":true,"apower":81.5,"voltage":229.8,'
                                          b'"aenergy":{"total":4321.5}}}',
                 "/plain": b"<html>welcome</html>"}
        body = pages.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


class Sensors:
    """A broker with a thermometer that speaks again and again, and a web server."""

    def __init__(self):
        self.broker, self.open = Broker(), True
        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Url)
        self.mqtt = f"mqtt://127.0.0.1:{self.broker.port}"
        self.http = f"http://127.0.0.1:{self.web.server_address[1]}"
        self.threads = [threading.Thread(target=self.web.serve_forever),
                        threading.Thread(target=self._speak)]
        for thread in self.threads:
            thread.start()

    def _speak(self):
        while self.open:
            for topic, payload in (("zigbee2mqtt/salon", '{"temperature":20.5,"battery":87}'),
                                   ("plain/salon", "warm")):
                self.broker.publish(topic, payload)
            time.sleep(0.3)

    def close(self):
        self.open = False
        self.web.shutdown()
        self.web.server_close()
        for thread in self.threads:
            thread.join()
        self.broker.close()


def said(kind):
    """What a simulated meter of that kind says by itself, as of now."""
    path = os.path.join(os.path.dirname(PUSH), "push_text")
    return subprocess.run([path, kind, str(int(time.time()) * 1000)], capture_output=True,
                          check=True, timeout=PATIENCE_S).stdout


def doctor(folder, meters, wait=20):
    """What it says of each meter, by its id."""
    path = os.path.join(folder, "doctor.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write("site: {id: home, timezone: UTC}\nmeters:\n" + "".join(f"  - {m}\n" for m in meters))
    done = subprocess.run([os.environ["OHMSTEAD"], "doctor", "--config", path, "--state",
                           os.path.join(folder, "doctor"), "--wait", str(wait), "--json"],
                          capture_output=True, text=True, timeout=PATIENCE_S, check=False,
                          env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"})
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["detail"].split()[0]: line for line in found if line["check"] == "meter"}


def test_the_kinds_that_speak():
    """Each is found out by itself, or named; the doctor says of it what the page says."""
    kinds = {"tic": "tic", "tic-standard": "tic", "p1": "p1", "sml": "sml", "d0": "d0"}
    lines = {kind: Line(said(kind)) for kind in kinds}
    try:
        with House() as house:
            meters = []
            for kind, protocol in kinds.items():
                port = f"tcp:127.0.0.1:{lines[kind].port}"
                meters.append(f"{{id: {kind}, port: '{port}', protocol: {protocol}}}")
                for body in ({"port": port}, {"port": port, "protocol": protocol}):
                    found = house.attempt(**body).json
                    check((found["error"], found["state"], found["protocol"]) ==
                          (None, "ok", protocol), (body, found))
                    check(found["message"]["values"] and found["hex"], (body, found))
                wrong = house.attempt(port=port, protocol="dlms", seconds=1).json
                check(wrong["message"] is None and wrong["counters"]["bytes"] > 0, (kind, wrong))
                keyed = house.attempt(port=port, protocol=protocol, key=KEY, seconds=1).json
                check(keyed.get("message") is None and keyed["state"] != "ok", (kind, keyed))
                check(keyed["error"] or keyed["state"] == "unprotected", (kind, keyed))
            told = doctor(house.folder, meters)
            for kind in kinds:
                check(told[kind]["verdict"] == "ok" and "is being read" in told[kind]["detail"],
                      told[kind])
    finally:
        for line in lines.values():
            line.close()


def test_sources_of_payloads():
    """MQTT and HTTP, by a preset, by a rule, and by nothing: then it is only shown."""
    sensors = Sensors()
    rows = (
        ({"port": sensors.mqtt, "preset": "zigbee2mqtt", "with": {"device": "salon"}}, "ok",
         "temperature"),
        ({"port": sensors.mqtt + "/zigbee2mqtt/salon"}, "ok", None),
        ({"port": sensors.mqtt, "preset": "zigbee2mqtt", "with": {"device": "cave"}, "seconds": 2},
         "starting", None),
        ({"port": sensors.http, "preset": "shelly-http"}, "ok", "power"),
        ({"port": sensors.http + "/plain"}, "ok", None),
        ({"port": sensors.http + "/plain", "preset": "shelly-http"}, None, None),
        ({"port": sensors.http + "/gone", "protocol": "http"}, "refused", None),
    )
    try:
        with House() as house:
            for body, state, quantity in rows:
                found = house.attempt(**body).json
                check(found["error"] is None, (body, found))
                check(state is None or found["state"] == state, (body, found))
                said_it = {v.get("quantity") for v in (found["message"] or {}).get("values", [])}
                check(quantity is None or quantity in said_it, (body, found))
            told = doctor(house.folder, [
                f"{{id: salon, port: '{sensors.mqtt}', preset: zigbee2mqtt, with: {{device: salon}}}}",
                f"{{id: prise, port: '{sensors.http}', preset: shelly-http}}",
                f"{{id: gone, port: '{sensors.http}/gone', protocol: http, values: "
                "[{quantity: power, pointer: /p}]}"])
            check([told[m]["verdict"] for m in ("salon", "prise", "gone")] == ["ok", "ok", "failed"],
                  told)
    finally:
        sensors.close()


def test_a_stop_in_the_middle():
    with House() as house:
        def try_long():
            """Until it is the one under way, or the daemon is gone."""
            try:
                while house.attempt(port=f"tcp:127.0.0.1:{house.noise.port}", protocol="dlms",
                                    seconds=60).status == 503:
                    time.sleep(0.05)
            except OSError:
                pass
        waiter = threading.Thread(target=try_long)
        waiter.start()

        def busy():
            answer = house.attempt(port=f"tcp:127.0.0.1:{house.plain.port}", seconds=1)
            return answer.status == 503
        wait_for("the trial under way", 30, busy, 0.05)
        house.daemon.process.terminate()
        check(house.daemon.process.wait(PATIENCE_S) == 0, "serve did not end well")
        waiter.join(PATIENCE_S)


if __name__ == "__main__":
    sys.exit(main([test_the_last_frame, test_trials, test_what_is_refused,
                   test_the_kinds_that_are_asked, test_the_kinds_that_speak,
                   test_sources_of_payloads,
                   test_a_stop_in_the_middle]))
