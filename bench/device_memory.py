#!/usr/bin/env python3
"""Memory of an idle device in the whole daemon: private memory of `serve` with 10, 100 and 500 devices of
one kind, each of which has been read, and the difference a device.

usage: device_memory.py OHMSTEAD PEERS [KIND…]     PEERS: the folder of mbus_bus and modbus_bus"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

os.environ["OHMSTEAD"], PEERS = sys.argv[1:3]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "peer"))
from broker import Broker  # noqa: E402
from daemon import Daemon  # noqa: E402

MARK = 8192
COUNTS = (10, 100, 500)
A_BUS = 100  # devices on one line


class Bus:
    """Simulated devices at one TCP port."""

    def __init__(self, program, devices):
        self.process = subprocess.Popen([os.path.join(PEERS, program), "tcp", *devices],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


class Polled:
    program, protocol, extra = "", "", ""

    def __init__(self, count):
        self.buses, self.lines = [], []
        for first in range(0, count, A_BUS):
            ids = range(1, min(A_BUS, count - first) + 1)
            self.buses.append(Bus(self.program, [self.device(i) for i in ids]))
            self.lines += [f"  - {{id: d{first + i}, port: \"{self.buses[-1].address}\", "
                           f"protocol: {self.protocol}, address: \"{i}\", every_s: 3600{self.extra}}}"
                           for i in ids]

    def speak(self):
        pass

    def close(self):
        for bus in self.buses:
            bus.close()


class Mbus(Polled):
    program, protocol = "mbus_bus", "mbus"

    @staticmethod
    def device(i):
        return f"e:{i}:{10000000 + i}"


class Modbus(Polled):
    program, protocol, extra = "modbus_bus", "modbus", ", profile: sdm630"

    @staticmethod
    def device(i):
        return f"sdm630:{i}"


class Mqtt:
    def __init__(self, count):
        self.count, self.broker = count, Broker()
        self.lines = [f"  - {{id: d{i}, port: \"mqtt://127.0.0.1:{self.broker.port}\", "
                      f"preset: zigbee2mqtt, with: {{device: d{i}}}}}" for i in range(count)]

    def speak(self):
        """One client says it for all: a line of its own for each topic."""
        body = ('{"local_temperature":20.2%d,"current_heating_setpoint":21,"pi_heating_demand":40,'
                '"battery":87,"running_state":"heat","linkquality":120}')
        for i in range(self.count):
            subprocess.run(["mosquitto_pub", "-p", str(self.broker.port), "-t", f"zigbee2mqtt/d{i}",
                            "-m", body % (i % 10)], check=True, timeout=30)

    def close(self):
        self.broker.close()


KINDS = {"M-Bus": Mbus, "Modbus": Modbus, "MQTT": Mqtt}


def private_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        return sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))


def measure(kind, count):
    folder = tempfile.mkdtemp(prefix="ohm-memory-")
    world = KINDS[kind](count)
    try:
        config = os.path.join(folder, "site.yaml")
        with open(config, "w", encoding="utf-8") as out:
            out.write("site: {id: home, timezone: UTC}\nstore: {commit_s: 1}\nmeters:\n" + "\n".join(world.lines) + "\n")
        with Daemon(config, os.path.join(folder, "state")) as daemon:
            made = subprocess.run([os.environ["OHMSTEAD"], "token", "create", "--state",
                                   daemon.folder], capture_output=True, text=True, check=True)
            bearer = {"Authorization": "Bearer " + made.stdout.strip()}
            deadline, spoken = time.monotonic() + 240, 0
            while True:
                state = daemon.ask("GET", "/api/v1/state", headers=bearer).json
                read = sum(m["state"] == "ok" for m in state["meters"])
                if read == count:
                    break
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{kind}: {read} of {count} devices were read")
                if spoken < 3:
                    world.speak()
                    spoken += 1
                time.sleep(1)
            time.sleep(3)
            return private_kb(daemon.process.pid)
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    missed = 0
    for kind in sys.argv[3:] or KINDS:
        kb = [measure(kind, count) for count in COUNTS]
        each = (kb[-1] - kb[0]) * 1024 / (COUNTS[-1] - COUNTS[0])
        middle = (kb[1] - kb[0]) * 1024 / (COUNTS[1] - COUNTS[0])
        good = each <= MARK
        missed += not good
        print(f"memory per idle {kind} device: {each:.0f} bytes of {COUNTS[-1]} ({middle:.0f} of "
              f"{COUNTS[1]}; the daemon: {kb[0]}, {kb[1]}, {kb[2]} kB) (mark: 8192) "
              f"{'ok' if good else 'MISSED'}", flush=True)
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
