#!/usr/bin/env python3
"""Memory of an idle device in the whole daemon: private and written memory of `serve` with 10, 100 and 500 devices of
one kind (asked DLMS meters, each a process of its own: 5, 20 and 60), each of which has been read, and
the difference a device.

usage: device_memory.py OHMSTEAD PEERS [KIND…]     PEERS: the folder of mbus_bus, push_e450…"""
import http.server
import os
import resource
import selectors
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
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


class Pushed:
    """Meters that speak by themselves, each at a TCP port of its own: once to whoever connects."""

    protocol, extra = "", ""

    def __init__(self, count):
        self.bytes, self.selector, self.open = self.said(), selectors.DefaultSelector(), True
        self.lines, self.clients = [], []
        for i in range(count):
            server = socket.create_server(("127.0.0.1", 0))
            self.selector.register(server, selectors.EVENT_READ)
            self.lines.append(f"  - {{id: d{i}, port: \"tcp:127.0.0.1:{server.getsockname()[1]}\", "
                              f"protocol: {self.protocol}, stale_after_s: 3600{self.extra}}}")
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while self.open:
            for key, _ in self.selector.select(0.2):
                client, _ = key.fileobj.accept()
                client.sendall(self.bytes)
                self.clients.append(client)

    def speak(self):
        pass

    def close(self):
        self.open = False
        self.thread.join()
        for server in [key.fileobj for key in self.selector.get_map().values()] + self.clients:
            server.close()


class ModbusAlone(Pushed):
    """An SDM120 behind each of many addresses: a line, a port and their memory for every one."""

    protocol, extra = "modbus", ", address: \"1\", profile: sdm120, every_s: 3600"
    values = {70: 50.0, **{a: 230.0 for a in range(0, 6, 2)}, **{a: 1.0 for a in (30, 32, 34, 62)},
              **{a: 1000.0 for a in (72, 74, 76, 78, *range(346, 358, 2))}}

    @staticmethod
    def said():
        return b""

    def answer(self, request):
        head, unit, function, first, count = struct.unpack(">4sxxBBHH", request)
        data = b"".join(struct.pack(">f", self.values.get(first + i, 100.0))
                        for i in range(0, count, 2))[:2 * count]
        return head + struct.pack(">HBBB", 3 + len(data), unit, function, len(data)) + data

    def serve(self):
        while self.open:
            for key, _ in self.selector.select(0.2):
                if key.data is None:
                    client, _ = key.fileobj.accept()
                    self.selector.register(client, selectors.EVENT_READ, "client")
                elif request := key.fileobj.recv(12, socket.MSG_WAITALL):
                    key.fileobj.sendall(self.answer(request))
                else:
                    self.selector.unregister(key.fileobj)


class Sdm630Alone(ModbusAlone):
    """Likewise, with all that a three-phase meter says: 33 values."""

    extra = ", address: \"1\", profile: sdm630, every_s: 3600"
    values = {70: 50.0, **{a: 230.0 for a in range(0, 6, 2)}, **{a: 1.0 for a in range(6, 12, 2)},
              **{a: 1.0 for a in (30, 32, 34, 62)},
              **{a: 1000.0 for a in (72, 74, 76, 78, *range(346, 358, 2))}}


class E450(Pushed):
    protocol = "dlms"

    @staticmethod
    def said():
        return subprocess.run([os.path.join(PEERS, "push_e450"), "12"], check=True,
                              stdout=subprocess.PIPE).stdout


class P1(Pushed):
    protocol = "p1"

    @staticmethod
    def said():
        lines = ["/OHM5\\2BENCH", "", "1-3:0.2.8(50)", "0-0:1.0.0(261120130000W)",
                 "0-0:96.1.1(4F484D30303031)", "0-0:96.14.0(0002)", "0-0:96.13.0()"]
        lines += [f"1-0:{code}(004711.{i:03}*kWh)" for i, code in
                  enumerate(("1.8.1", "1.8.2", "2.8.1", "2.8.2"))]
        lines += [f"1-0:{code}.7.0(00.{code:03}*kW)" for code in (1, 2, 21, 41, 61, 22, 42, 62)]
        lines += [f"1-0:{code}.7.0(230.1*V)" for code in (32, 52, 72)]
        lines += [f"1-0:{code}.7.0(001*A)" for code in (31, 51, 71)]
        text = ("\r\n".join(lines) + "\r\n!").encode()
        crc = 0
        for byte in text:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        return text + b"%04X\r\n" % crc


class D0(Pushed):
    protocol = "d0"

    @staticmethod
    def said():
        sets = [f"1-0:{code}*255({value})" for code, value in
                (("0.0.9", "40012345"), ("1.8.0", "001846.250*kWh"), ("2.8.0", "000001.500*kWh"),
                 ("1.7.0", "0.812*kW"), ("32.7.0", "230.1*V"), ("31.7.0", "3.5*A"))]
        return ("/OHM3BENCH\r\n\r\n" + "\r\n".join(sets) + "\r\n!\r\n").encode()


class Tic(Pushed):
    protocol = "tic"

    @staticmethod
    def said():
        def group(label, value):
            ck = (sum(f"{label} {value}".encode()) & 0x3F) + 0x20
            return f"\n{label} {value} {chr(ck)}\r"
        groups = [("ADCO", "021528603314"), ("OPTARIF", "HC.."), ("ISOUSC", "45"),
                  ("HCHC", "001065963"), ("HCHP", "001521211"), ("PTEC", "HP.."),
                  ("IINST", "008"), ("IMAX", "042"), ("PAPP", "01890"), ("MOTDETAT", "000000")]
        frame = "\x02" + "".join(group(*g) for g in groups) + "\x03"
        return (3 * frame).encode()


class Asked:
    """DLMS meters that are asked: one process each."""

    counts = (5, 20, 60)

    def __init__(self, count):
        self.meters = [Bus("cosem_meter", ["line=wrapper", "auth=0"]) for _ in range(count)]
        self.lines = [f"  - {{id: d{i}, port: \"{meter.address}\", protocol: cosem, every_s: 3600}}"
                      for i, meter in enumerate(self.meters)]

    def speak(self):
        pass

    def close(self):
        for meter in self.meters:
            meter.close()


class Http:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = b'{"apower":12.3,"voltage":230.1,"aenergy":{"total":1234.5},"temperature":{"tC":21.5}}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def __init__(self, count):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.lines = [f"  - {{id: d{i}, port: \"{url}/{i}\", protocol: http, every_s: 3600, values: ["
                      f"{{quantity: power, pointer: /apower}}, "
                      f"{{quantity: temperature, pointer: /temperature/tC}}]}}" for i in range(count)]

    def speak(self):
        pass

    def close(self):
        self.server.shutdown()
        self.server.server_close()


KINDS = {"M-Bus": Mbus, "Modbus": Modbus, "Modbus alone": ModbusAlone,
         "SDM630 alone": Sdm630Alone, "MQTT": Mqtt, "HTTP": Http, "E450 push": E450, "P1": P1,
         "D0": D0, "TIC": Tic, "DLMS asked": Asked}


def private_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        return sum(int(line.split()[1]) for line in rollup if line.startswith("Private_Dirty"))


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
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    for kind in sys.argv[3:] or KINDS:
        counts = getattr(KINDS[kind], "counts", COUNTS)
        kb = [measure(kind, count) for count in counts]
        each = (kb[-1] - kb[0]) * 1024 / (counts[-1] - counts[0])
        middle = (kb[1] - kb[0]) * 1024 / (counts[1] - counts[0])
        good = each <= MARK
        missed += not good
        print(f"memory per idle {kind} device: {each:.0f} bytes of {counts[-1]} ({middle:.0f} of "
              f"{counts[1]}; the daemon: {kb[0]}, {kb[1]}, {kb[2]} kB) (mark: 8192) "
              f"{'ok' if good else 'MISSED'}", flush=True)
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
