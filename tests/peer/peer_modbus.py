#!/usr/bin/env python3
"""`ohmstead read` on Modbus servers that others wrote: pymodbus and libmodbus, over TCP and over a
pair of pseudo-terminals as serial lines.

usage: peer_modbus.py OHMSTEAD [MODBUS_LIB_SERVER]"""
import json
import os
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tty
import unittest

OHMSTEAD = sys.argv[1]
LIB_SERVER = sys.argv[2] if len(sys.argv) > 2 else None
HERE = os.path.dirname(os.path.abspath(__file__))
ENV = {name: value for name, value in os.environ.items()
       if not name.startswith(("OHMSTEAD_", "LC_", "LANG"))}
LONG_S = 60  # only a broken run waits so long


def python_with(*modules):
    """A python that has these modules: ours, or Debian's own."""
    for python in (sys.executable, "/usr/bin/python3", shutil.which("python3") or ""):
        if python and subprocess.run([python, "-c", "import " + ", ".join(modules)], check=False,
                                     capture_output=True).returncode == 0:
            return python
    return None


PYTHON = python_with("pymodbus", "serial_asyncio")


class SerialPair:
    """Two pseudo-terminals, joined: what is written into one comes out of the other."""

    def __init__(self):
        self.ends = [pty.openpty(), pty.openpty()]
        for master, slave in self.ends:
            tty.setraw(master)
            tty.setraw(slave)
        self.names = [os.ttyname(slave) for _, slave in self.ends]
        self.stop_read, self.stop_write = os.pipe()
        self.thread = threading.Thread(target=self._carry)
        self.thread.start()

    def _carry(self):
        masters = [master for master, _ in self.ends]
        while True:
            ready = select.select([*masters, self.stop_read], [], [])[0]
            if self.stop_read in ready:
                return
            for master in ready:
                os.write(masters[1 - masters.index(master)], os.read(master, 4096))

    def close(self):
        os.write(self.stop_write, b"x")
        self.thread.join()
        for pair in [*self.ends, (self.stop_read, self.stop_write)]:
            for fd in pair:
                os.close(fd)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Peers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.mkdir(os.path.join(self.folder.name, "modbus"))
        shipped = os.path.join(HERE, "..", "..", "data", "modbus", "sdm630.yaml")
        with open(shipped, encoding="utf-8") as file:
            text = re.sub(r"device: \{.*\}", "device: { baud: 19200, registers_max: 60, gap: 12, "
                          "reply_ms: 10000 }", file.read())
        with open(os.path.join(self.folder.name, "modbus", "sdm630.yaml"), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def start(self, *command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, LONG_S)
        self.addCleanup(process.kill)
        return process.stdout.readline().strip()

    def read(self, port, unit, wanted=0):
        """Reads until the server is there: it says that it comes up, not that it listens."""
        end = time.monotonic() + LONG_S
        while True:
            done = subprocess.run(
                [OHMSTEAD, "read", "--port", port, "--protocol", "modbus", "--profile", "sdm630",
                 "--profiles", self.folder.name, "--address", str(unit), "--json"],
                capture_output=True, timeout=LONG_S, check=False, env=ENV, text=True)
            if done.returncode == wanted or time.monotonic() > end:
                break
        self.assertEqual(done.returncode, wanted, done.stderr)
        return json.loads(done.stdout) if wanted == 0 else done.stderr

    def check(self, message):
        seen = {item["name"]: item["value"] for item in message["values"]}
        self.assertEqual([seen[name] for name in ("voltage_l1", "voltage_l2", "voltage_l3",
                                                  "current_l1", "power", "frequency")],
                         [230.1, 231.2, 229.9, 1.5, 1234.5, 50.02])
        self.assertAlmostEqual(seen["energy_import"], 5432100, delta=1)

    @unittest.skipUnless(PYTHON, "python3-pymodbus and python3-serial-asyncio are not there")
    def test_pymodbus_over_tcp(self):
        port = free_port()
        self.assertEqual(self.start(PYTHON, os.path.join(HERE, "modbus_py_server.py"), "tcp",
                                    str(port)), "up")
        self.check(self.read(f"tcp:127.0.0.1:{port}", 5))

    @unittest.skipUnless(PYTHON, "python3-pymodbus and python3-serial-asyncio are not there")
    def test_pymodbus_over_a_serial_line(self):
        pair = SerialPair()
        self.addCleanup(pair.close)
        self.assertEqual(self.start(PYTHON, os.path.join(HERE, "modbus_py_server.py"),
                                    pair.names[0]), "up")
        self.check(self.read("serial:" + pair.names[1], 5))

    @unittest.skipUnless(LIB_SERVER, "libmodbus was not there when this was built")
    def test_libmodbus_over_tcp(self):
        port = self.start(LIB_SERVER, "tcp")
        self.check(self.read(f"tcp:127.0.0.1:{port}", 1))

    @unittest.skipUnless(LIB_SERVER, "libmodbus was not there when this was built")
    def test_libmodbus_over_a_serial_line(self):
        pair = SerialPair()
        self.addCleanup(pair.close)
        self.assertEqual(self.start(LIB_SERVER, pair.names[0], "17"), "up")
        self.check(self.read("serial:" + pair.names[1], 17))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
