#!/usr/bin/env python3
"""`ohmstead read` and `ohmstead scan` on a simulated M-Bus, as a user runs it, over pseudo-terminals and TCP.

usage: mbus_verbs.py OHMSTEAD MBUS_BUS"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

OHMSTEAD, BUS = sys.argv[1:3]
ENV = {name: value for name, value in os.environ.items()
       if not name.startswith(("OHMSTEAD_", "LC_", "LANG"))}


class Bus:
    """A bus of its own, as long as the block lasts."""

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


def run(*arguments):
    """Status, objects and the lines of stderr."""
    done = subprocess.run([OHMSTEAD, *arguments], capture_output=True, timeout=300, check=False,
                          env=ENV)
    return (done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()],
            done.stderr.decode().splitlines())


def read(bus, *options):
    # A slow line has long waits, so that a busy machine makes no difference.
    return run("read", "--port", bus.address, "--protocol", "mbus", "--baud", "300", *options)


class Read(unittest.TestCase):
    def test_by_primary_and_secondary_address(self):
        for line in "pty", "tcp", "pty+echo":
            with Bus(line, "w:5:12345678", "h:6:87654321:m", "e:7:11223344") as bus:
                status, got, err = read(bus, "--address", "5")
                self.assertEqual((status, len(got), err), (0, 1, []))
                self.assertEqual(got[0]["meter"]["id"], "12345678")
                self.assertEqual(got[0]["meter"]["medium"], "Water")
                volume = got[0]["values"][1]
                self.assertEqual((volume["quantity"], volume["unit"]), ("volume", "m^3"))
                self.assertGreater(volume["value"], 0)
                status, got, err = read(bus, "--address", "87654321")
                self.assertEqual((status, len(got), err), (0, 1, []))
                self.assertFalse(got[0]["more_follows"])
                self.assertEqual(got[0]["meter"]["id"], "87654321")
                stored = [v["storage"] for v in got[0]["values"]]
                self.assertEqual(stored[-1], 0)  # the block that ends the last telegram
                self.assertEqual([s for s in stored if s >= 10], list(range(10, 30)))
                status, got, err = read(bus, "--address", "112233FFFFFFFF02")
                self.assertEqual((status, len(got), err), (0, 1, []))

    def test_with_its_key(self):
        key = b"not any meter's\0".hex()
        with Bus("tcp", "e:5:12345678:mk") as bus:
            status, got, err = read(bus, "--address", "5", "--key", key)
            self.assertEqual((status, len(got), err), (0, 1, []))
            self.assertEqual(got[0]["security"], {"mode": 5, "authenticated": False})
            self.assertEqual(got[0]["units"]["1.8.0"], "kWh")
            for options, words in (((), "no key is configured"),
                                   (("--key", "00" * 16), "the key does not open it"),
                                   (("--key", "00" * 32), "has 16 bytes")):
                status, got, err = read(bus, "--address", "5", *options)
                self.assertEqual(got, [])
                self.assertIn(words, err[-1])

    def test_the_only_meter_needs_no_address(self):
        with Bus("pty", "g:17:12345678") as bus:
            status, got, err = read(bus)
            self.assertEqual((status, len(got), err), (0, 1, []))
            self.assertEqual(got[0]["meter"]["address"], 17)

    def test_what_goes_wrong_is_said(self):
        with Bus("tcp", "w:5:12345678:d", "w:6:12345679:b", "w:7:12345670:x") as bus:
            for address, words in (("5", "no meter of this address answers"),
                                   ("6", "application too busy"),
                                   ("7", "the answers are damaged"),
                                   ("99999999", "no meter of this secondary address answers")):
                status, got, err = read(bus, "--address", address)
                self.assertEqual((status, got), (1, []))
                self.assertIn(words, err[0])
            status, got, err = read(bus, "--address", "251")
            self.assertEqual((status, got), (2, []))

    def test_meters_of_a_configuration(self):
        with Bus("tcp", "w:5:12345678", "e:6:87654321") as bus:
            text = ("site:\n  id: home\n  main_meter: power\nmeters:\n"
                    f"  - id: water\n    port: {bus.address}\n    protocol: mbus\n"
                    "    address: \"5\"\n    every_s: 1\n"
                    f"  - id: power\n    port: {bus.address}\n    protocol: mbus\n"
                    "    address: \"87654321\"\n    every_s: 1\n")
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(text)
                file.flush()
                status, got, err = run("read", "--config", file.name, "water")
                self.assertEqual((status, len(got), err), (0, 1, []))
                self.assertEqual(got[0]["meter"]["id"], "12345678")
                status, got, err = run("read", "--config", file.name)
                self.assertEqual((status, len(got), err), (0, 1, []))
                self.assertEqual(got[0]["meter"]["id"], "87654321")


def scan(bus, *options):
    # As slow as can be: no answer of a busy machine is taken for one of the next address. The
    # searches below meet somebody at every step, so nothing waits that long.
    return run("scan", "--port", bus.address, "--protocol", "mbus", "--baud", "110", *options)


class Scan(unittest.TestCase):
    def test_primary_addresses(self):
        for line in "pty", "pty+echo":
            with Bus(line, "w:2:12345678", "h:3:87654321", "g:4:1", "e:4:2") as bus:
                status, got, err = scan(bus, "--address", "2-4")
                self.assertEqual((status, err), (0, []))
                self.assertEqual([(g["found"], g["clear"]) for g in got],
                                 [("2", True), ("3", True), ("4", False)])
                self.assertEqual((got[0]["id"], got[0]["medium"]), ("12345678", "Water"))
                self.assertEqual(got[1]["secondary_address"], "8765432124400304")

    def test_secondary_addresses(self):
        with Bus("pty", "w:0:12345678", "g:0:12", "e:7:99") as bus:
            status, got, err = scan(bus, "--address", "1234567FFFFFFFFF")
            self.assertEqual((status, err), (0, []))
            self.assertEqual([g["found"] for g in got], ["1234567877040207"])
            # What a scan says is what a reading takes.
            status, got, _ = read(bus, "--address", got[0]["found"])
            self.assertEqual((status, len(got)), (0, 1))

    def test_nobody(self):
        with Bus("pty") as bus:
            status, got, err = scan(bus, "--address", "7")
            self.assertEqual((status, got), (1, []))
            self.assertIn("nobody answers", err[0])

    def test_wrong_use(self):
        for arguments in (["--protocol", "mbus"], ["--port", "tcp:127.0.0.1:1"],
                          ["--port", "tcp:127.0.0.1:1", "--protocol", "tic"],
                          ["--port", "tcp:127.0.0.1:1", "--protocol", "mbus", "--address", "x"],
                          ["--port", "tcp:127.0.0.1:1", "--protocol", "mbus", "--primary",
                           "--secondary"]):
            self.assertEqual(run("scan", *arguments)[0], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
