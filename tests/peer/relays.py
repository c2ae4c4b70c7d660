#!/usr/bin/env python3
"""Relay boards behind a real Mosquitto (a switch that speaks as Tasmota does) and behind pymodbus:
a start that moves nothing, orders that are confirmed, a switch that does not obey, one that goes
away, and an end that leaves the fail-safe state.

usage: relays.py OHMSTEAD"""
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse

os.environ["OHMSTEAD"] = os.path.abspath(sys.argv[1])
os.environ.setdefault("PUSH_E450", "")

from daemon import check, main, wait_for  # noqa: E402
from meter_line import change, read  # noqa: E402
from relay_world import World, coil, is_so, load, override, register, speaks  # noqa: E402


def orders_are_carried_out_and_confirmed():
    with World() as world, world.serve() as house:
        # It was energised before: the engine remembers nothing, so the load is put where it should
        # be, by one order. The coil of the board is there already: nothing is written.
        is_so(house, "heater", "fed", "ok")
        is_so(house, "boiler", "fed", "ok")
        wait_for("the switch to let go", 30, lambda: not world.switch.on)
        # Once, and again only while the echo is slow.
        check(set(world.switch.orders()) == {"OFF"}, world.switch.told)
        speaks(world, house)
        began = time.monotonic()
        for name in ("heater", "boiler"):
            override(house, name, "shed")
            is_so(house, name, "shed", "ok")
        wait_for("both to be energised", 30, lambda: world.switch.on and coil(world.port))
        check("PulseTime1" in str(world.switch.told), "it lets go by itself, should we die")
        check(house.stop() == 0, "stops")
        check(time.monotonic() - began >= 7, "the boiler's minimum time off is waited for")
        wait_for("both to be released", 30,
                 lambda: not world.switch.on and not coil(world.port))
        check("TOGGLE" not in world.switch.orders(), world.switch.orders())
        retained = subprocess.run([shutil.which("mosquitto_sub"), "-h", "127.0.0.1", "-p",
                                   str(world.broker.port), "-t", "cmnd/#", "--retained-only", "-W",
                                   "2"], capture_output=True, text=True, check=False)
        check(retained.stdout == "", "nothing is retained: " + retained.stdout)


class Switches(http.server.ThreadingHTTPServer):
    """A Shelly of the second generation with two relays, and a device with URLs of its own, at one
    address: 0, 1 and "pump". All begin energised."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Answer)
        self.on, self.obeys, self.asked = {"0": True, "1": True, "pump": True}, True, []
        self.host = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            world, url = self.server, urllib.parse.urlsplit(self.path)
            query = dict(urllib.parse.parse_qsl(url.query))
            world.asked.append(self.path)
            which = query.get("id", "pump")
            said = None
            if "Switch.Set" in url.path or url.path.endswith("/set"):
                said = {"was_on": world.on[which]}
                if world.obeys:
                    world.on[which] = query["on"] in ("true", "yes")
            elif "Switch.GetStatus" in url.path:
                said = {"id": int(which), "output": world.on[which], "apower": 0.0}
            elif url.path == "/my/pump":
                said = {"relays": [{"state": "ON" if world.on[which] else "OFF"}]}
            body = json.dumps(said).encode() if said else b"no such thing"
            self.send_response(200 if said else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def close(self):
        self.shutdown()
        self.server_close()


HTTP_SITE = """
site: {{id: home, timezone: UTC}}
meters:
  - {{id: main, protocol: mqtt, port: "mqtt://127.0.0.1:{mqtt}/power", stale_after_s: 600,
      values: [{{quantity: power_import}}]}}
boards:
  - {{id: pro, driver: shelly-http, deadman_s: 60, devices: ["{host}", "{host}/1"]}}
  - {{id: own, driver: http, devices: [pump], on: "http://{host}/my/{{device}}/set?on=yes",
      off: "http://{host}/my/{{device}}/set?on=no", state: "http://{host}/my/{{device}}",
      pointer: /relays/0/state}}
loads:
  - {{id: heater, nominal_w: 2000, on_min_s: 0, off_min_s: 0,
      output: {{board: pro, channel: 1, contact: NC}}}}
  - {{id: pump, nominal_w: 200, on_min_s: 0, off_min_s: 0,
      output: {{board: own, channel: 0, contact: NO}}}}
"""


def switches_on_http_are_confirmed():
    switches = Switches()
    with World() as world:
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(HTTP_SITE.format(mqtt=world.broker.port, host=switches.host))
        with world.serve() as house:
            is_so(house, "heater", "fed", "ok")
            is_so(house, "pump", "fed", "ok")
            wait_for("one order", 30,
                     lambda: switches.on == {"0": True, "1": False, "pump": True})
            speaks(world, house)
            for name in ("heater", "pump"):
                override(house, name, "shed")
                is_so(house, name, "shed", "ok")
            wait_for("one to be energised, one to be released", 30,
                     lambda: switches.on == {"0": True, "1": True, "pump": False})
            check(not any("id=0" in url for url in switches.asked), "what nobody wired is let be")
            check(any("on=true&toggle_after=60" in url for url in switches.asked), switches.asked)
            switches.obeys = False
            override(house, "heater", "fed")
            is_so(house, "heater", "shed", "failed")
            switches.obeys = True
            check(not any("toggle=" in url.lower() or "turn=toggle" in url
                          for url in switches.asked), switches.asked)
            check(house.stop() == 0, "stops")
        check(not switches.on["pump"], "fed by a NO contact: shed is its fail-safe state")
    switches.close()


WIRE_SITE = """
site: {{id: home, timezone: UTC}}
meters:
  - {{id: main, protocol: mqtt, port: "mqtt://127.0.0.1:{mqtt}/power", stale_after_s: 600,
      values: [{{quantity: power_import}}]}}
boards:
  - {{id: coils, driver: modbus, port: "tcp:127.0.0.1:{modbus}", unit: 5, channels: 8}}
  - {{id: relays, driver: sim}}
  - {{id: chargers, driver: modbus-level, port: "tcp:127.0.0.1:{modbus}", unit: 5, first: 20,
      channels: 1, register: 0.1A, deadman_s: 6}}
loads:
  - {{id: salon, nominal_w: 1500, on_min_s: 0, off_min_s: 0, shed_order: hors_gel,
      output: {{board: coils, positive: 1, negative: 2}}}}
  - {{id: hall, nominal_w: 1000, on_min_s: 0, off_min_s: 0, shed_order: eco,
      output: {{board: relays, eco: 4}}}}
  - {{id: car, nominal_w: 7360, on_min_s: 0, off_min_s: 0, setpoint: {{unit: A, min: 6}},
      output: {{board: relays, channel: 0}}}}
  - {{id: truck, nominal_w: 11040, on_min_s: 0, off_min_s: 0,
      setpoint: {{unit: A, min: 6, phases: 3}}, output: {{board: chargers, channel: 0}}}}
rules:
  - {{id: busy, when: [{{quantity: power_import, above: 4000}}], load: salon, then: eco}}
"""


def a_heater_takes_orders():
    with World() as world:
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(WIRE_SITE.format(mqtt=world.broker.port, modbus=world.port))
        with world.serve() as house:
            is_so(house, "salon", "fed", "ok")
            speaks(world, house)

            def order(name, asked, **body):
                answer = change(house, "PUT", f"/api/v1/loads/{name}/override",
                                {"minutes": 60, **asked, **body})
                check(answer.status == 200, answer.body)
            for name, asked, state, waves in (
                    ("confort", {"state": "fed"}, "fed", (False, False)),
                    ("eco", {"order": "eco"}, "fed", (True, True)),
                    ("hors_gel", {"state": "shed"}, "shed", (False, True)),
                    ("arret", {"order": "arret"}, "shed", (True, False))):
                order("salon", asked)
                is_so(house, "salon", state, "ok")
                check(load(house, "salon")["order"] == name, load(house, "salon"))
                wait_for(f"the wire to say {name}", 60, lambda w=waves: w == (
                    coil(world.port, 1), coil(world.port, 2)))
            # A rule's order, once nobody asks for another one.
            check(change(house, "DELETE", "/api/v1/loads/salon/override", None).status == 200, "")

            def ruled():
                world.broker.publish("power", "4500")
                found = load(house, "salon")
                return found["cause"] == "rule" and found["order"] == "eco"
            wait_for("the rule's order", 60, ruled, 0.5)
            order("salon", {"order": "arret"})
            order("hall", {"state": "shed"})
            is_so(house, "hall", "shed", "ok")
            hall = load(house, "hall")
            check(hall["order"] == "eco" and hall["orders"] == ["confort", "eco"], hall)
            for asked in ({"order": "arret"}, {"order": "Eco"}, {"order": "eco", "state": "fed"},
                          {}):
                answer = change(house, "PUT", "/api/v1/loads/hall/override",
                                {"minutes": 60, **asked})
                check(answer.status == 422, (asked, answer.status, answer.body))
            # A setpoint: 16 A and a bit is 16 A, the steps are what it can be told.
            check(load(house, "car")["setpoint_w"] == 7360, load(house, "car"))
            order("car", {"setpoint_w": 3700})
            is_so(house, "car", "fed", "ok")
            check(load(house, "car")["setpoint_w"] == 16 * 230, load(house, "car"))
            check(load(house, "car")["override"]["setpoint_w"] == 16 * 230, load(house, "car"))
            for asked in ({"setpoint_w": 1379}, {"setpoint_w": 7361}, {"order": "eco"}):
                answer = change(house, "PUT", "/api/v1/loads/car/override",
                                {"minutes": 60, **asked})
                check(answer.status == 422, (asked, answer.status, answer.body))
            order("truck", {"setpoint_w": 7000})  # of three phases: 10 A
            is_so(house, "truck", "fed", "ok")
            wait_for("the register", 60, lambda: register(world.port, 20) == 100)
            check(load(house, "truck")["setpoint_w"] == 6900, load(house, "truck"))
            # In amperes, as they are shown: a charger of "11 kW" is one of 16 A.
            order("truck", {"setpoint_a": 8.0})
            wait_for("the register", 60, lambda: register(world.port, 20) == 80)
            check(load(house, "truck")["setpoint_a"] == 8, load(house, "truck"))
            order("truck", {"setpoint_a": 16})
            wait_for("the register", 60, lambda: register(world.port, 20) == 160)
            for asked in ({"setpoint_a": 5.9}, {"setpoint_a": 16.1}, {"setpoint_a": 8.05},
                          {"setpoint_a": "8"}, {"setpoint_a": 8, "setpoint_w": 5520}):
                answer = change(house, "PUT", "/api/v1/loads/truck/override",
                                {"minutes": 60, **asked})
                check(answer.status == 422, (asked, answer.status, answer.body))
            order("car", {"state": "shed"})
            is_so(house, "car", "shed", "ok")
            check(load(house, "car")["setpoint_w"] == 0, load(house, "car"))
            check(house.stop() == 0, "stops")
        wait_for("6 A, which is safe", 60, lambda: register(world.port, 20) == 60)
        wait_for("no signal on the wire", 60,
                 lambda: not coil(world.port, 1) and not coil(world.port, 2))
        with world.serve() as house:  # the override is kept, with its order
            wait_for("the order", 60, lambda: load(house, "salon")["override"])
            check(load(house, "salon")["override"]["order"] == "arret", load(house, "salon"))
            speaks(world, house)
            is_so(house, "salon", "shed", "ok")
            wait_for("the wire to say it", 60, lambda: coil(world.port, 1))


LEVEL_SITE = """
site: {id: home, timezone: UTC}
meters:
  - {id: main, protocol: mqtt, port: "mqtt://127.0.0.1:@mqtt@/power", stale_after_s: 600,
      values: [{quantity: power_import}]}
boards:
  - {id: cars, driver: mqtt-level, port: "mqtt://127.0.0.1:@mqtt@", devices: [wallbox],
      set: "{device}/set", payload: '{"current":{a}}', state: "{device}", pointer: /current,
      deadman_s: 6}
  - {id: wires, driver: mqtt-level, port: "mqtt://127.0.0.1:@mqtt@", devices: [salon],
      words: zigbee2mqtt, set: "zigbee2mqtt/{device}/set", payload: '{"pilot_wire_mode":"{order}"}',
      state: "zigbee2mqtt/{device}", pointer: /pilot_wire_mode}
  - {id: tanks, driver: http-level, devices: [tank], set: "http://@http@/{device}/power",
      payload: '{"w":{w}}', state: "http://@http@/{device}", pointer: /w}
loads:
  - {id: car, nominal_w: 7360, on_min_s: 0, off_min_s: 0, setpoint: {unit: A, min: 6},
      output: {board: cars, channel: 0}}
  - {id: salon, nominal_w: 1500, on_min_s: 0, off_min_s: 0, shed_order: eco,
      output: {board: wires, channel: 0}}
  - {id: tank, nominal_w: 2400, on_min_s: 0, off_min_s: 0, setpoint: {min: 200, safe: 0},
      output: {board: tanks, channel: 0}}
"""


class Module:
    """A wallbox and a pilot-wire module on MQTT, and a power controller on HTTP. Each says what it
    is at after an order; `obeys` can be taken away."""

    def __init__(self, broker):
        self.broker, self.obeys, self.told = broker, True, []
        self.car, self.wire, self.tank = 0, "eco", 0
        self.ears = subprocess.Popen([shutil.which("mosquitto_sub"), "-h", "127.0.0.1", "-p",
                                      str(broker.port), "-v", "-t", "wallbox/set", "-t",
                                      "zigbee2mqtt/salon/set"], stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._listen, daemon=True).start()
        owner = self

        class Tank(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(json.dumps({"w": owner.tank}).encode())

            def do_POST(self):
                owner.tank = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["w"]
                self.answer(b"")

            def answer(self, body):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tank)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _listen(self):
        for line in self.ears.stdout:
            topic, _, payload = line.rstrip("\n").partition(" ")
            said = json.loads(payload)
            self.told.append((topic, said))
            if "current" in said:
                self.car = said["current"] if self.obeys else self.car
                self.broker.publish("wallbox", json.dumps({"current": self.car}))
            else:
                self.wire = said["pilot_wire_mode"]
                self.broker.publish("zigbee2mqtt/salon", json.dumps(said))

    def close(self):
        self.ears.terminate()
        self.ears.wait(30)
        self.server.shutdown()
        self.server.server_close()


def modules_are_told_levels():
    with World() as world:
        module = Module(world.broker)
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(LEVEL_SITE.replace("@mqtt@", str(world.broker.port))
                      .replace("@http@", module.host))
        with world.serve() as house:
            # What nobody knew is told: a car may draw nothing at first, a heater its order at rest.
            for name in ("car", "salon", "tank"):
                wait_for(f"{name} to be confirmed", 60,
                         lambda n=name: load(house, n)["output"]["state"] == "ok")
            speaks(world, house)

            def order(name, asked):
                answer = change(house, "PUT", f"/api/v1/loads/{name}/override",
                                {"minutes": 60, **asked})
                check(answer.status == 200, answer.body)
            order("car", {"setpoint_w": 3700})
            order("salon", {"order": "hors_gel"})
            order("tank", {"setpoint_w": 1555})
            is_so(house, "car", "fed", "ok")
            is_so(house, "salon", "shed", "ok")
            is_so(house, "tank", "fed", "ok")
            wait_for("all of them to be told", 60, lambda: (module.car, module.wire, module.tank) ==
                     (16, "frost_protection", 1500))
            # Its level is said again before the module lets go.
            before = len(module.told)
            wait_for("the renewal", 60, lambda: ("wallbox/set", {"current": 16})
                     in module.told[before:])
            order("salon", {"order": "confort_2"})
            wait_for("Confort -2", 60, lambda: module.wire == "comfort_-2")
            module.obeys = False
            order("car", {"setpoint_w": 2300})
            wait_for("the failure to be told", 60,
                     lambda: load(house, "car")["output"]["state"] == "failed")
            module.obeys = True
            check(house.stop() == 0, "stops")
        wait_for("the safe levels", 60, lambda: (module.wire, module.tank) == ("comfort", 0))
        module.close()


def operations_are_counted_over_restarts():
    with World() as world:
        with world.serve() as house:
            is_so(house, "heater", "fed", "ok")  # by one order: it was energised
            is_so(house, "boiler", "fed", "ok")
            speaks(world, house)
            override(house, "boiler", "shed")
            is_so(house, "boiler", "shed", "ok")
            found = load(house, "boiler")["output"]
            check(found["operations"] == 1 and 0 <= found["echo_age_s"] < 60, found)
            check(house.stop() == 0, "stops")  # and lets go: another operation
        with world.serve() as house:
            for name, operations in (("heater", 1), ("boiler", 2)):
                is_so(house, name, "fed", "ok")
                found = load(house, name)["output"]
                check(found["operations"] == operations, (name, found))
            relays = {(r["board"], r["channel"]): r for r in read(house, "/api/v1/state")["relays"]}
            check(relays["coils", 3]["operations"] == 2, relays)
            check(relays["coils", 3]["contact"] == "NC", relays)
            check(relays["coils", 0]["operations"] == 0, relays)


def a_switch_that_does_not_obey_is_told():
    with World() as world, world.serve() as house:
        is_so(house, "heater", "fed", "ok")
        speaks(world, house)
        world.switch.obeys = False
        override(house, "heater", "shed")
        is_so(house, "heater", "fed", "failed")
        check(not world.switch.on, "it stays")
        is_so(house, "boiler", "fed", "ok")
        world.switch.obeys = True
        world.broker.publish("stat/plug/POWER", "ON")  # somebody's finger
        world.switch.on = True
        is_so(house, "heater", "shed", "failed")


def the_operator_orders_by_mqtt():
    with World() as world:
        # Kept by the broker, nobody knows since when: no order.
        world.broker.publish("dso/limit", '{"va": 1, "minutes": 600}', retain=True)
        with world.serve() as house:
            is_so(house, "heater", "fed", "ok")
            speaks(world, house)

            def limit():
                return next(l for l in read(house, "/api/v1/state")["limits"] if l["id"] == "dso")
            check(not limit()["ordered"], limit())
            world.broker.publish("dso/limit", "no order")

            def ordered():
                world.broker.publish("dso/limit", '{"w": 100, "active": true, "duration_s": 600}')
                return limit()["ordered"]
            wait_for("the order", 60, ordered, 0.5)
            check(limit()["va"] == 100 and limit()["until"], limit())

            def obeyed():
                world.broker.publish("power", "500")
                return {load(house, name)["state"] for name in ("heater", "boiler")} == {"shed"}
            wait_for("nothing to be drawn", 60, obeyed, 0.5)
            check(load(house, "heater")["cause"] == "grid", load(house, "heater"))

            def taken_back():
                world.broker.publish("dso/limit", '{"active": false}')
                return not limit()["ordered"]
            wait_for("no order any more", 60, taken_back, 0.5)


def a_silence_that_is_declared_is_no_loss():
    for declared, lost in (("stale_after_s: 600,", False), ("", True)):
        with World() as world:
            with open(world.config, encoding="utf-8") as site:
                text = site.read()
            with open(world.config, "w", encoding="utf-8") as out:
                out.write(text.replace("stale_after_s: 600,", declared))
            with world.serve() as house:
                speaks(world, house)

                def measured():
                    world.broker.publish("dso/limit", '{"va": 5000, "minutes": 9}')
                    limits = read(house, "/api/v1/state")["limits"]
                    return next(l for l in limits if l["id"] == "dso")["measured_va"]
                wait_for("an order, beside what is drawn", 60, lambda: measured() is not None, 0.5)
                time.sleep(12)
                check((measured() is None) == lost, f"{declared!r}: {measured()} VA after 12 s")


sys.exit(main([orders_are_carried_out_and_confirmed, switches_on_http_are_confirmed,
               a_heater_takes_orders, modules_are_told_levels,
               operations_are_counted_over_restarts, a_switch_that_does_not_obey_is_told,
               the_operator_orders_by_mqtt, a_silence_that_is_declared_is_no_loss]))
