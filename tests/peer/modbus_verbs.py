#!/usr/bin/env python3
"""`ohmstead read` and `decode` on simulated Modbus devices, as a user runs them: pseudo-terminals,
Modbus TCP, serial frames inside TCP.

usage: modbus_verbs.py OHMSTEAD MODBUS_BUS"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

OHMSTEAD, BUS = sys.argv[1:3]
DATA = os.path.join(os.path.dirname(__file__), "..", "..", "data", "modbus")
ENV = {name: value for name, value in os.environ.items()
       if not name.startswith(("OHMSTEAD_", "LC_", "LANG"))}


class Bus:
    """Devices of their own, as long as the block lasts."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([BUS, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


def run(*arguments, data=b""):
    """Status, objects and stderr."""
    done = subprocess.run([OHMSTEAD, *arguments], input=data, capture_output=True, timeout=300,
                          check=False, env=ENV)
    return (done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()],
            done.stderr.decode())


def patient_profiles(folder):
    """The shipped profiles, but patient: a busy machine makes no difference."""
    os.mkdir(os.path.join(folder, "modbus"))
    for name in "sdm630", "iem3155", "em24", "shelly-3em":
        with open(os.path.join(DATA, name + ".yaml"), encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"device: \{", "device: { reply_ms: 10000,", text)
        with open(os.path.join(folder, "modbus", name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(text)


def values(message):
    return {item["name"]: item["value"] for item in message["values"]}


class Read(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        patient_profiles(self.folder.name)

    def read(self, bus, profile, unit, *options, protocol="modbus"):
        return run("read", "--port", bus.address, "--protocol", protocol, "--profile", profile,
                   "--profiles", self.folder.name, "--address", str(unit), "--json", *options)

    def test_every_line(self):
        for line, protocol in (("tcp", "modbus"), ("pty", "modbus"), ("pty", "modbus-rtu"),
                               ("tcp+rtu", "modbus-rtu"), ("pty+echo", "modbus")):
            with Bus(line, "sdm630:1", "iem3155:2:n", "em24:3", "shelly-3em:4:s") as bus:
                for unit, profile in enumerate(("sdm630", "iem3155", "em24", "shelly-3em"), 1):
                    status, got, err = self.read(bus, profile, unit, protocol=protocol)
                    self.assertEqual((status, err, len(got)), (0, "", 1), (line, profile))
                    self.assertEqual(got[0]["meter"]["unit"], unit)
                    self.assertEqual(got[0]["meter"]["profile"], profile)
                    seen = values(got[0])
                    self.assertEqual((seen["power"], seen["frequency"]), (1234.5, 50))
                    self.assertEqual(seen["voltage_l1"], 230.1)
                    self.assertAlmostEqual(seen["energy_import"], 5432100, delta=50)

    def test_what_is_wrong_is_said(self):
        cases = (("tcp", "sdm630:1:v", 1, "modbus", "values can't be"),
                 ("tcp", "sdm630:1", 9, "modbus", "does not answer"),
                 ("pty", "sdm630:1:d", 1, "modbus", "does not answer"),
                 ("pty", "sdm630:1:b", 1, "modbus", "busy"),
                 ("pty", "umg:1", 1, "modbus", "refuses"),
                 ("tcp+rtu", "sdm630:1", 1, "modbus", "modbus-rtu"))
        for line, device, unit, protocol, word in cases:
            with Bus(line, device) as bus:
                status, got, err = run("read", "--port", bus.address, "--protocol", protocol,
                                       "--profile", "sdm630", "--address", str(unit))
                self.assertEqual((status, got), (1, []), (line, device))
                self.assertIn(word, err, (line, device))

    def test_wrong_use(self):
        for options, word in ((("--protocol", "modbus"), "profile"),
                              (("--protocol", "modbus", "--profile", "nothing"), "profile"),
                              (("--protocol", "modbus", "--profile", "sdm630", "--address", "x"),
                               "unit id")):
            status, _, err = run("read", "--port", "tcp:127.0.0.1:1", *options)
            self.assertEqual(status, 2, options)
            self.assertIn(word, err)


class Scan(unittest.TestCase):
    def test_who_is_there(self):
        for line, protocol in (("tcp", "modbus"), ("pty", "modbus"), ("tcp+rtu", "modbus-rtu")):
            with Bus(line, "sdm630:2", "sdm630:4:i") as bus:
                status, got, err = run("scan", "--port", bus.address, "--protocol", protocol,
                                       "--address", "1-4", "--json")
                self.assertEqual((status, err), (0, ""), line)
                self.assertEqual([item["found"] for item in got], ["2", "4"], line)
                self.assertEqual((got[0]["manufacturer"], got[0]["sunspec"]), (None, False))
                self.assertEqual((got[1]["manufacturer"], got[1]["model"]), ("Maker", "M-3"))

    def test_nobody(self):
        with Bus("tcp", "sdm630:9") as bus:
            status, got, err = run("scan", "--port", bus.address, "--protocol", "modbus",
                                   "--address", "1-2", "--json")
            self.assertEqual((status, got), (1, []))
            self.assertIn("nobody", err)
            self.assertEqual(run("scan", "--port", bus.address, "--protocol", "modbus",
                                 "--address", "9-1")[0], 2)


class Decode(unittest.TestCase):
    def test_a_captured_pair(self):
        pair = struct.pack(">HHHBBHH", 7, 0, 6, 1, 3, 3027, 2) + struct.pack(
            ">HHHBBBf", 7, 0, 7, 1, 3, 4, 228.5)
        status, got, err = run("decode", "--protocol", "modbus", "--profile", "iem3155", "-",
                               data=pair.hex().encode())
        self.assertEqual((status, err, len(got)), (0, "", 1))
        self.assertEqual((got[0]["function"], got[0]["address"], got[0]["count"]), (3, 3027, 2))
        self.assertEqual(values(got[0]), {"voltage_l1": 228.5})


class Check(unittest.TestCase):
    METER = "  - {{id: m{n}, port: \"tcp:127.0.0.1:502\", protocol: {protocol}, profile: {profile}, " \
            "address: \"{n}\"}}\n"

    def check(self, *meters):
        text = "site: {id: home, timezone: UTC}\nmeters:\n" + "".join(
            self.METER.format(n=n, protocol=protocol, profile=profile)
            for n, (protocol, profile) in enumerate(meters, 1))
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([OHMSTEAD, "check", file.name], capture_output=True, timeout=60,
                                  check=False, env=ENV, text=True)
        return done.returncode, done.stdout + done.stderr

    def test_one_framing_an_address(self):
        good = self.check(("modbus", "sdm630"), ("modbus", "sdm120"))
        self.assertEqual(good[0], 0, good)
        mixed = self.check(("modbus", "sdm630"), ("modbus-rtu", "sdm120"))
        self.assertEqual(mixed[0], 1)
        self.assertIn("framing", mixed[1])
        self.assertIn(":4", mixed[1])

    def test_the_profile_must_be_there(self):
        self.assertIn("no Modbus profile", self.check(("modbus", "sdm631"))[1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
