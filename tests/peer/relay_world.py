"""A site with two relay boards, a switch behind a real Mosquitto that speaks as Tasmota does and a
coil of pymodbus, for the tests of what moves them. $OHMSTEAD is the binary."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

os.environ.setdefault("PUSH_E450", "")
HERE = os.path.dirname(os.path.abspath(__file__))

from broker import Broker, free_port  # noqa: E402
from daemon import Daemon, check, wait_for  # noqa: E402
from meter_line import change, read, sign_in, COOKIES  # noqa: E402

UNIT, COIL = 5, 3
SITE = """
site: {{id: home, timezone: UTC}}
meters:
  - {{id: main, protocol: mqtt, port: "mqtt://127.0.0.1:{mqtt}/power", stale_after_s: 600,
      values: [{{quantity: power_import}}]}}
limits:
  - {{id: dso, kind: grid, mqtt: "mqtt://127.0.0.1:{mqtt}/dso/limit"}}
boards:
  - {{id: switches, driver: tasmota, port: "mqtt://127.0.0.1:{mqtt}", devices: [plug]}}
  - {{id: coils, driver: modbus, port: "tcp:127.0.0.1:{modbus}", unit: 5, channels: 8}}
loads:
  - {{id: heater, nominal_w: 2000, on_min_s: 0, off_min_s: 0,
      output: {{board: switches, channel: 0, contact: NC}}}}
  - {{id: boiler, nominal_w: 2000, on_min_s: 0, off_min_s: 7,
      output: {{board: coils, channel: 3, contact: NC}}}}
"""


class Switch:
    """One relay; `obeys` and `answers` can be taken away. It begins energised: its load is shed."""

    def __init__(self, broker):
        self.broker, self.on, self.obeys, self.answers, self.told = broker, True, True, True, []
        tool = shutil.which("mosquitto_sub")
        check(tool, "mosquitto_sub is missing: ./dev test installs it")
        self.ears = subprocess.Popen([tool, "-h", "127.0.0.1", "-p", str(broker.port), "-v",
                                      "-t", "cmnd/plug/#"], stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.ears.stdout:
            topic, _, payload = line.rstrip("\n").partition(" ")
            self.told.append((topic, payload))
            if topic != "cmnd/plug/POWER" or not self.answers:
                continue
            if payload in ("ON", "OFF") and self.obeys:
                self.on = payload == "ON"
            self.broker.publish("stat/plug/POWER", "ON" if self.on else "OFF")

    def orders(self):
        return [payload for topic, payload in self.told if payload in ("ON", "OFF", "TOGGLE")]

    def close(self):
        self.ears.terminate()
        self.ears.wait(30)


def coil(port, number=COIL):
    """What pymodbus holds (MODBUS Application Protocol, 6.1)."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(bytes([0, 9, 0, 0, 0, 6, UNIT, 1, 0, number, 0, 1]))
        return bool(line.recv(64)[-1] & 1)


def register(port, number):
    """The same, of a holding register (6.3)."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(bytes([0, 9, 0, 0, 0, 6, UNIT, 3, 0, number, 0, 1]))
        return int.from_bytes(line.recv(64)[-2:], "big")


class World:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="ohm-relays-")
        self.broker = Broker()
        self.switch = Switch(self.broker)
        self.port = free_port()
        self.server = subprocess.Popen([shutil.which("python3", path="/usr/bin") or sys.executable,
                                        os.path.join(HERE, "modbus_py_server.py"), "tcp",
                                        str(self.port)], stdout=subprocess.PIPE)
        check(self.server.stdout.readline() == b"up\n", "pymodbus serves")
        self.config = os.path.join(self.folder, "site.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(SITE.format(mqtt=self.broker.port, modbus=self.port))

    def serve(self, **options):
        house = Daemon(config=self.config, state=os.path.join(self.folder, "state"), **options)
        COOKIES[house.process.pid] = sign_in(house)
        return house

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.switch.close()
        self.server.terminate()
        self.server.wait(30)
        self.broker.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def load(house, name):
    return next(l for l in read(house, "/api/v1/state")["loads"] if l["id"] == name)


def is_so(house, name, state, output):
    def now():
        found = load(house, name)
        return found["state"] == state and found["output"]["state"] == output
    wait_for(f"{name} {state}, output {output}", 60, now)


def override(house, name, state):
    answer = change(house, "PUT", f"/api/v1/loads/{name}/override",
                    {"state": state, "minutes": 60})
    check(answer.status == 200, answer.body)


def speaks(world, house):
    """The meter says something, so that the start is over."""
    def once():
        world.broker.publish("power", "500")
        return read(house, "/api/v1/state")["meters"][0]["values"]
    wait_for("the meter", 60, once, 0.5)
