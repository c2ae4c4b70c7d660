#!/usr/bin/env python3
"""Sources of payloads: `read` and `serve` on a real MQTT broker and on a small web server.

usage: payloads.py OHMSTEAD"""
import base64
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

os.environ["OHMSTEAD"] = sys.argv.pop(1)
os.environ["PLUG_PASSWORD"] = "sésame:1"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Broker  # noqa: E402
from daemon import PATIENCE_S, Daemon, check, main, wait_for  # noqa: E402

SITE = """
site: {{id: home, timezone: UTC}}
meters:
  - id: main
    protocol: http
    port: http://127.0.0.1:{web}/rpc/EM.GetStatus?id=0
    every_s: 1
    stale_after_s: 600
    values:
      - {{quantity: power_import, pointer: /total_act_power}}
      - {{quantity: energy_import, pointer: /energy/total, unit: kWh}}
  - id: salon
    zone: living
    protocol: mqtt
    port: mqtt://127.0.0.1:{mqtt}/zigbee2mqtt/salon
    values:
      - {{quantity: temperature, pointer: /temperature}}
  - id: plug
    zone: kitchen
    protocol: mqtt
    port: mqtt://127.0.0.1:{mqtt}/tele/plug
    time: /Time
    values:
      - {{quantity: power, topic: SENSOR, pointer: /ENERGY/Power, unit: kW}}
      - {{quantity: voltage, topic: SENSOR, pointer: /ENERGY/Voltage}}
      - {{quantity: temperature, topic: /other/place, pattern: "T=([-0-9.]+)"}}
  - id: gone
    zone: cellar
    protocol: http
    port: http://127.0.0.1:{web}/nothing-here
    every_s: 1
    values: [{{quantity: power, pointer: /power}}]
  - id: locked
    zone: cellar
    protocol: http
    port: http://127.0.0.1:{web}/rpc/EM.GetStatus?id=1
    every_s: 1
    user: lea
    password_env: PLUG_PASSWORD
    values: [{{quantity: power, pointer: /total_act_power}}]
"""


class Web:
    """Answers like a three-phase meter of the Shelly kind; nothing else is there."""

    def __init__(self):
        outer = self
        self.body = {"total_act_power": 1234.56, "energy": {"total": 12345.678}}
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.path, self.headers.get("Authorization")))
                known = self.path.startswith("/rpc/EM.GetStatus")
                body = json.dumps(outer.body).encode() if known else b"no"
                self.send_response(200 if known else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def publish(broker, topic, payload, retain=False):
    tool = shutil.which("mosquitto_pub")
    check(tool, "mosquitto_pub is missing: ./dev test installs it")
    subprocess.run([tool, "-h", "127.0.0.1", "-p", str(broker.port), "-t", topic, "-m", payload,
                    *(["-r"] if retain else [])], check=True, timeout=PATIENCE_S)


def reader(*arguments):
    return subprocess.Popen([os.environ["OHMSTEAD"], "read", "--json", *arguments],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class World:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="ohm-payloads-")
        self.broker, self.web = Broker(), Web()
        self.config = os.path.join(self.folder, "site.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(SITE.format(web=self.web.port, mqtt=self.broker.port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.broker.close()
        self.web.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def test_read_shows_what_comes():
    with World() as world:
        # Retained, so that it is there whenever the reader subscribes.
        publish(world.broker, "zigbee2mqtt/salon", '{"temperature":21.48}', retain=True)
        process = reader("--port", f"mqtt://127.0.0.1:{world.broker.port}/zigbee2mqtt/#")
        out, err = process.communicate(timeout=PATIENCE_S)
        check(process.returncode == 0, err)
        message = json.loads(out)
        check(message["meter"]["id"] == "zigbee2mqtt/salon", message)
        check(message["payload"] == '{"temperature":21.48}' and message["retained"], message)

        process = reader("--config", world.config, "main")
        out, err = process.communicate(timeout=PATIENCE_S)
        check(process.returncode == 0, err)
        values = {v["quantity"]: v["value"] for v in json.loads(out)["values"]}
        check(values == {"power_import": 1234.6, "energy_import": 12345678}, values)

        process = reader("--config", world.config, "--timeout", "5", "gone")
        out, err = process.communicate(timeout=PATIENCE_S)
        check(process.returncode == 1 and not out, (process.returncode, out, err))


def test_serve_makes_series_of_them():
    with World() as world, Daemon(world.config, os.path.join(world.folder, "state")) as daemon:
        made = subprocess.run([os.environ["OHMSTEAD"], "token", "create", "--state", daemon.folder],
                              capture_output=True, text=True, check=True, timeout=PATIENCE_S)
        bearer = {"Authorization": "Bearer " + made.stdout.strip()}

        def meters():
            answer = daemon.ask("GET", "/api/v1/state", headers=bearer)
            check(answer.status == 200, answer.body)
            return {meter["device"]: meter for meter in answer.json["meters"]}

        def value(device, quantity):
            found = [v["value"] for v in meters()[device]["values"] if v["quantity"] == quantity]
            return found[0] if found else None

        wait_for("the main meter", 30, lambda: value("main", "power_import") == 1234.6)
        check(value("main", "energy_import") == 12345678, meters()["main"])
        world.web.body["total_act_power"] = -5
        wait_for("its next answer", 30, lambda: value("main", "power_import") == -5)

        wait_for("the broker", 30, lambda: meters()["salon"]["state"] != "unreachable")

        def until(device, quantity, want, topic, payload):
            """Publishes until it is there: nobody says when a subscription is in force."""
            def once():
                publish(world.broker, topic, payload)
                return value(device, quantity) == want
            wait_for(f"{device} {quantity}", 30, once, 0.3)

        until("salon", "temperature", 19.5, "zigbee2mqtt/salon", '{"temperature":"19.5"}')
        until("plug", "power", 250, "tele/plug/SENSOR", '{"ENERGY":{"Power":0.25,"Voltage":null}}')
        check(value("plug", "voltage") is None, "null became a voltage")
        # The rule of a plain text payload has a time's place, so its topic must be JSON: refused.
        publish(world.broker, "other/place", "H=1 T=4")
        publish(world.broker, "tele/plug/SENSOR", "not json")
        wait_for("a refusal", 30, lambda: meters()["plug"]["counters"]["bad_fcs"] >= 1)
        check(value("plug", "power") == 250, "a bad payload changed a value")
        check(meters()["salon"]["state"] == "ok", meters()["salon"])
        wait_for("the address that is not there", 60,
                 lambda: meters()["gone"]["state"] == "refused")

        # A retained payload without a time of its own is no reading: it may be of last year.
        publish(world.broker, "zigbee2mqtt/salon", '{"temperature":1}', retain=True)
        world.broker.stop()
        check(world.broker.start(), world.broker.log())
        until("salon", "temperature", 22, "zigbee2mqtt/salon", '{"temperature":22}')


def test_user_and_password_are_asked_with():
    """RFC 7617: only where they are configured, and only for that source."""
    with World() as world:
        for meter in ("locked", "main"):
            process = reader("--config", world.config, meter)
            _, err = process.communicate(timeout=PATIENCE_S)
            check(process.returncode == 0, err)
        wanted = "Basic " + base64.b64encode("lea:sésame:1".encode()).decode()
        sent = {path: header for path, header in world.web.asked}
        check(sent["/rpc/EM.GetStatus?id=1"] == wanted, sent)
        check(sent["/rpc/EM.GetStatus?id=0"] is None, sent)


def test_check_names_the_line():
    rows = [
        ("{quantity: power, pointer: power}", "not a JSON pointer"),
        ("{quantity: powr, pointer: /a}", "the name of a quantity"),
        ("{quantity: power, pointer: /a, unit: V}", "not one of this quantity"),
        ("{quantity: power, pointer: /a, unit: furlong}", "the unit is not known"),
        ("{quantity: power, pattern: '('}", "not a regular expression"),
        ("{quantity: power, pointer: /a, topic: b}", "have no topics"),
    ]
    folder = tempfile.mkdtemp(prefix="ohm-payloads-")
    try:
        for value, words in rows:
            path = os.path.join(folder, "site.yaml")
            with open(path, "w", encoding="utf-8") as out:
                out.write("site: {id: home}\nmeters:\n  - id: main\n    protocol: http\n"
                          f"    port: http://h/\n    values:\n      - {value}\n")
            done = subprocess.run([os.environ["OHMSTEAD"], "check", path], capture_output=True,
                                  text=True, timeout=PATIENCE_S, check=False)
            check(done.returncode == 1 and words in done.stderr, (value, done.stderr))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main([test_read_shows_what_comes, test_serve_makes_series_of_them,
                   test_user_and_password_are_asked_with,
                   test_check_names_the_line]))
