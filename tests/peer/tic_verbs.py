#!/usr/bin/env python3
"""`ohmstead decode` and `ohmstead read` on the télé-information of a meter, as a user runs them.

usage: tic_verbs.py OHMSTEAD

Pseudo-terminals are this test's own; no fixed name."""
import json
import os
import pty
import subprocess
import sys
import threading
import tty
import unittest

OHMSTEAD = sys.argv[1]
ENV = {name: value for name, value in os.environ.items()
       if not name.startswith(("OHMSTEAD_", "LC_", "LANG"))}
STX, ETX = b"\x02", b"\x03"


def checksum(text):
    return bytes([(sum(text) & 0x3f) + 0x20])


def historic(label, value):
    body = f"{label} {value}".encode()
    return b"\n" + body + b" " + checksum(body) + b"\r"


def standard(*fields):
    body = "\t".join(fields).encode() + b"\t"
    return b"\n" + body + checksum(body) + b"\r"


def frame(*groups):
    return STX + b"".join(groups) + ETX


HISTORIC = frame(historic("ADCO", "021861348497"), historic("OPTARIF", "HC.."),
                 historic("HCHC", "000000100"), historic("HCHP", "000000020"),
                 historic("PTEC", "HP.."), historic("PAPP", "02840"))
STANDARD = frame(standard("ADSC", "021861348497"), standard("DATE", "E241011010531", ""),
                 standard("EAST", "000000120"), standard("SINSTS", "00519"))


def run(*arguments, data=b""):
    """Status, messages and the lines of stderr."""
    done = subprocess.run([OHMSTEAD, *arguments], input=data, capture_output=True, timeout=60,
                          check=False, env=ENV)
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return done.returncode, lines, done.stderr.decode().splitlines()


def labels(message):
    return [value["label"] for value in message["values"]]


class Decode(unittest.TestCase):
    def test_both_modes_in_any_shape(self):
        for options in (("--protocol", "tic"), ()):
            for data in (HISTORIC + STANDARD, (HISTORIC + STANDARD).hex().encode()):
                status, got, err = run("decode", *options, "-", data=data)
                self.assertEqual((status, err), (0, []))
                self.assertEqual([m["mode"] for m in got], ["historique", "standard"])
        self.assertEqual(got[0]["meter"]["id"], "021861348497")
        self.assertEqual(labels(got[0]), ["ADCO", "OPTARIF", "HCHC", "HCHP", "PTEC", "PAPP"])
        self.assertEqual(got[0]["values"][-1],
                         {"label": "PAPP", "value": "02840", "time": None, "unit": "VA",
                          "quantity": "apparent_power_import", "number": 2840})
        self.assertEqual((got[0]["time"], got[1]["time"]), (None, "2024-10-10T23:05:31Z"))

    def test_bad_groups_are_said_and_good_ones_kept(self):
        data = HISTORIC.replace(b"02840", b"02841")
        status, got, err = run("decode", "--protocol", "tic", "-", data=data)
        self.assertEqual(status, 1)
        self.assertEqual(labels(got[0]), ["ADCO", "OPTARIF", "HCHC", "HCHP", "PTEC"])
        self.assertEqual(got[0]["rejected"], 1)
        self.assertEqual(len(err), 1)
        place = data.index(b"\nPAPP")
        self.assertIn(f"at byte {place}: group: a checksum does not match; group PAPP, "
                      "which would need '0'", err[0])

    def test_the_wrong_speed(self):
        status, got, err = run("decode", "--protocol", "tic", "-", data=b"s|s<s|s<\x7f" * 20)
        self.assertEqual((status, got, len(err)), (1, [], 1))
        self.assertIn("wrong speed", err[0])

    def test_an_overrun_is_in_its_frame_only(self):
        data = frame(historic("ADPS", "033"), historic("IINST", "033"))
        status, got, _ = run("decode", "--protocol", "tic", "-", data=data)
        self.assertEqual((status, len(got)), (0, 1))
        self.assertTrue(got[0]["overrun"])


class Line:
    """A pseudo-terminal whose far end says `data` again and again."""

    def __init__(self, data):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.address = "serial:" + os.ttyname(self.slave)
        self.data = data
        self.gone = threading.Event()
        self.thread = threading.Thread(target=self.say)
        self.thread.start()

    def say(self):
        os.set_blocking(self.master, False)
        while not self.gone.wait(0.02):
            try:
                os.write(self.master, self.data)
            except BlockingIOError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.gone.set()
        self.thread.join()
        os.close(self.slave)
        os.close(self.master)


class Read(unittest.TestCase):
    def test_once_from_a_port(self):
        for options in (("--protocol", "tic"), ()):
            with Line(STANDARD) as line:
                status, got, err = run("read", "--port", line.address, *options)
            self.assertEqual((status, err), (0, []))
            self.assertEqual(got[0]["protocol"], "tic")
            self.assertEqual(got[0]["meter"]["id"], "021861348497")

    def test_once_is_a_whole_frame(self):
        with Line(STANDARD[40:] + STANDARD[:40]) as line:  # joined in mid-frame each time
            status, got, err = run("read", "--port", line.address, "--protocol", "tic")
        self.assertEqual((status, err), (0, []))
        self.assertEqual(len(got), 1)
        self.assertTrue(got[0]["complete"])

    def test_a_key_is_of_no_use(self):
        with Line(STANDARD) as line:
            status, got, err = run("read", "--port", line.address, "--protocol", "tic",
                                   "--key", "00" * 16)
        self.assertEqual((status, got), (2, []))
        self.assertIn("takes no key", err[0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
