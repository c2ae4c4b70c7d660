#!/usr/bin/env python3
"""`ohmstead decode` and `ohmstead read` as a user runs them, on the bytes of a simulated meter.

usage: meter_verbs.py OHMSTEAD PUSH_E450

Pseudo-terminals, TCP and pipes are this test's own; no fixed port, no fixed name."""
import json
import os
import pty
import socket
import subprocess
import sys
import tempfile
import threading
import tty
import unittest

OHMSTEAD, PUSH = sys.argv[1:3]
KEY, AUTH = "0f" * 16, "a5" * 16
ENV = {name: value for name, value in os.environ.items()
       if not name.startswith(("OHMSTEAD_", "LC_", "LANG"))}


def pushes(count, *options):
    return subprocess.run([PUSH, *options, str(count)], capture_output=True, check=True,
                          timeout=120).stdout


def run(*arguments, data=b"", env=None):
    """Status, messages and the lines of stderr."""
    done = subprocess.run([OHMSTEAD, *arguments], input=data, capture_output=True, timeout=120,
                          check=False, env={**ENV, **(env or {})})
    return done.returncode, done.stdout.decode(), done.stderr.decode().splitlines()


def messages(text):
    return [json.loads(line) for line in text.splitlines()]


def value(message, quantity):
    return [v["value"] for v in message["values"] if v["quantity"] == quantity]


class Sample(unittest.TestCase):
    """data/demo/e450.hex, which the README offers to try: our simulator's, and readable."""
    FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

    def test_the_sample(self):
        with open(os.path.join(self.FOLDER, "README.md"), encoding="utf-8") as text:
            line = text.read().split("ohmstead decode --key 0")[1].split("#")[0]
        words = ("--key 0" + line.replace("\\\n", " ")).split()
        keys, name = words[:4], words[4]
        path = os.path.join(self.FOLDER, name)
        with open(path, encoding="ascii") as text:
            self.assertEqual(bytes.fromhex(text.read()), pushes(3, *keys))
        status, out, err = run("decode", *keys, path)
        self.assertEqual((status, err, len(messages(out))), (0, [], 4))
        self.assertTrue(all(m["security"]["authenticated"] for m in messages(out)))


class Decode(unittest.TestCase):
    def test_plain_and_stats(self):
        status, out, err = run("decode", "--stats", "--timezone", "UTC", "-", data=pushes(13))
        *got, stats = messages(out)
        self.assertEqual((status, err), (0, []))
        self.assertEqual(len(got), 15)  # 13 lists of power, 2 of registers
        self.assertEqual(got[0]["time"], "2026-11-20T12:00:00Z")
        self.assertEqual(got[1]["meter"], {"system_title": None, "id": "LGZ0000000000450",
                                           "profile": "lg-e450"})
        self.assertIsNone(got[0]["security"])
        self.assertEqual(len(value(got[0], "voltage_l1")), 1)
        self.assertEqual(list(stats), ["frames", "messages", "bad_fcs", "gaps", "tag_failures",
                                       "replays", "unknown_layout", "bytes_skipped"])
        self.assertEqual(stats["messages"], 15)

    def test_local_time_without_a_zone(self):
        _, out, _ = run("decode", "-", data=pushes(1))
        self.assertIsNone(messages(out)[0]["time"])
        self.assertEqual(messages(out)[0]["local"], "2026-11-20T12:00:00")
        _, out, _ = run("decode", "--timezone", "Europe/Paris", "-", data=pushes(1))
        self.assertEqual(messages(out)[0]["time"], "2026-11-20T11:00:00Z")
        self.assertNotIn("local", messages(out)[0])

    def test_hex_text_in_any_shape(self):
        data = pushes(2)
        want = run("decode", "--raw", "-", data=data)
        text = data.hex(" ").encode()
        shapes = [text, data.hex().encode(), data.hex().upper().encode(),
                  b"\n".join(text[i:i + 48] for i in range(0, len(text), 48)), b" \r\n" + text]
        for shape in shapes:
            self.assertEqual(run("decode", "-", data=shape), want)
            self.assertEqual(run("decode", "--hex", "-", data=shape), want)

    def test_text_that_is_not_hex(self):
        status, out, err = run("decode", "-", data=pushes(1).hex().encode() + b"7")
        self.assertEqual((status, len(err)), (1, 1))
        self.assertIn("one hex digit", err[0])
        self.assertEqual(len(messages(out)), 2)  # what was there before
        status, _, err = run("decode", "--hex", "-", data=b"7e a0 xx")
        self.assertEqual(status, 1)
        self.assertIn("not hex (at character 7)", err[0])

    def test_ciphered_with_keys_from_anywhere(self):
        data = pushes(1, "--key", KEY, "--auth-key", AUTH)
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for text in (KEY, AUTH):
                names.append(os.path.join(folder, f"{len(names)}.key"))
                with open(names[-1], "w", encoding="ascii") as file:
                    file.write(text + "\n")
                os.chmod(names[-1], 0o600)
            ways = [run("decode", "--key", KEY, "--auth-key", AUTH, "-", data=data),
                    run("decode", "--key-file", names[0], "--auth-key-file", names[1], "-",
                        data=data),
                    run("decode", "-", data=data,
                        env={"OHMSTEAD_KEY": KEY, "OHMSTEAD_AUTH_KEY": AUTH})]
            os.chmod(names[0], 0o644)
            status, _, err = run("decode", "--key-file", names[0], "-", data=data)
            self.assertEqual(status, 1)
            self.assertIn("chmod 600", err[0])
        for status, out, err in ways:
            self.assertEqual((status, err), (0, []))
            security = messages(out)[0]["security"]
            self.assertEqual(security, {"control": 48, "counter": 1001, "authenticated": True})
            self.assertEqual(messages(out)[0]["meter"]["system_title"], "4c475a0000000450")

    def test_wrong_missing_and_half_keys(self):
        data = pushes(1, "--key", KEY, "--auth-key", AUTH)
        for options, word in (((), "no encryption key"),
                              (("--key", AUTH, "--auth-key", AUTH), "wrong key"),
                              (("--key", KEY, "--auth-key", KEY), "wrong key"),
                              (("--key", AUTH), "wrong key")):
            status, out, err = run("decode", *options, "-", data=data)
            self.assertEqual((status, out), (1, ""))
            self.assertEqual(len(err), 2)
            self.assertIn(word, err[0])
            self.assertIn("4c475a0000000450", err[0])
            self.assertNotIn(KEY, "".join(err))
        status, out, _ = run("decode", "--key", KEY, "-", data=data)
        self.assertEqual(status, 0)
        self.assertFalse(messages(out)[0]["security"]["authenticated"])

    def test_a_replay_is_refused(self):
        data = pushes(1, "--key", KEY, "--auth-key", AUTH)
        status, out, err = run("decode", "--key", KEY, "--auth-key", AUTH, "--stats", "-",
                               data=data + data)
        self.assertEqual((status, len(err), len(messages(out))), (1, 2, 3))
        self.assertEqual(messages(out)[-1]["replays"], 2)

    def test_a_flipped_bit_gives_no_value(self):
        data = bytearray(pushes(1, "--pairs", "--key", KEY, "--auth-key", AUTH))
        for at in range(0, len(data), 7):
            data[at] ^= 4
            status, out, err = run("decode", "--key", KEY, "--auth-key", AUTH, "-",
                                   data=bytes(data))
            data[at] ^= 4
            self.assertEqual((status, out), (1, ""), at)
            self.assertTrue(all("at byte" in line for line in err))

    def test_prints_before_the_end_of_the_pipe(self):
        data = pushes(2)
        with subprocess.Popen([OHMSTEAD, "decode", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, env=ENV) as process:
            process.stdin.write(data)
            process.stdin.flush()
            self.assertEqual(json.loads(process.stdout.readline())["protocol"], "dlms")
            process.stdin.close()
            self.assertEqual(len(process.stdout.readlines()), 2)

    def test_wrong_use(self):
        for arguments in (["decode"], ["decode", "a", "b"], ["decode", "--hex", "--raw", "-"],
                          ["decode", "--protocol", "x25", "-"], ["decode", "--key", "00", "-"],
                          ["decode", "--profile", "none", "-"], ["decode", "--nonsense", "-"],
                          ["decode", "--timezone", "Europe/Nowhere", "-"],
                          ["read"], ["read", "--port", "ttyUSB0"], ["read", "house"],
                          ["read", "--port", "tcp:h:0"], ["read", "--port", "/dev/x", "--baud", "x"],
                          ["read", "--port", "/dev/x", "--framing", "8X1"],
                          ["read", "--port", "/dev/x", "--timeout", "0"],
                          ["read", "--port", "/dev/x", "--every", "x"],
                          ["read", "--port", "/dev/x", "--address", "5" * 100]):
            status, out, err = run(*arguments)
            self.assertEqual((status, out, len(err)), (2, "", 1), arguments)
        self.assertEqual(run("decode", "/nonexistent")[0], 1)

    def test_nothing_at_all(self):
        self.assertEqual(run("decode", "-", data=b""),
                         (0, "", ["ohmstead: standard input: is empty"]))
        status, out, err = run("decode", "-", data=b"GET / HTTP/1.1\r\n" * 40)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("no frame of any known protocol", err[0])


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

    def close(self):
        self.gone.set()
        self.thread.join()
        os.close(self.slave)
        os.close(self.master)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Read(unittest.TestCase):
    def test_once_from_a_port(self):
        with Line(pushes(1)) as line:
            status, out, err = run("read", "--port", line.address, "--timezone", "UTC")
        self.assertEqual((status, err), (0, []))
        self.assertEqual(len(messages(out)), 1)
        answer = messages(out)[0]
        self.assertEqual(answer["meter"]["profile"], "lg-e450")
        said = {v["quantity"]: v["value"] for v in answer["values"]}
        self.assertEqual(answer["16.7.0"], said["power_import"] - said["power_export"])
        self.assertEqual((answer["units"]["16.7.0"], answer["32.7.0"]), ("W", said["voltage_l1"]))

    def test_once_ciphered(self):
        with Line(pushes(1, "--key", KEY, "--auth-key", AUTH)) as line:
            status, out, _ = run("read", "--port", line.address,
                                 env={"OHMSTEAD_KEY": KEY, "OHMSTEAD_AUTH_KEY": AUTH})
        self.assertEqual(status, 0)
        self.assertTrue(messages(out)[0]["security"]["authenticated"])

    def test_says_that_the_key_is_missing_or_wrong(self):
        with Line(pushes(1, "--key", KEY, "--auth-key", AUTH)) as line:
            status, out, err = run("read", "--port", line.address)
            self.assertEqual((status, out), (1, ""))
            self.assertIn("no key is configured", err[0])
            status, out, err = run("read", "--port", line.address, "--key", AUTH,
                                   env={"LANG": "fr_FR.UTF-8"})
            self.assertEqual((status, out), (1, ""))
            self.assertIn("les clés configurées ne les ouvrent pas", err[0])

    def test_says_that_nothing_comes(self):
        with Line(b"") as line:
            status, out, err = run("read", "--port", line.address, "--timeout", "1")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("nothing comes", err[0])

    def test_says_that_it_makes_no_sense(self):
        with Line(b"\x55\xaa\x00\xff" * 8) as line:  # seconds enough to hear some of it
            status, out, err = run("read", "--port", line.address, "--timeout", "5")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("makes no sense", err[0])

    def test_a_port_that_is_not_there(self):
        status, out, err = run("read", "--port", "/dev/ohmstead-no-such-port")
        self.assertEqual((status, out, len(err)), (1, "", 1))
        self.assertIn("plugged in", err[0])

    def test_follows_tcp(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"tcp:127.0.0.1:{server.getsockname()[1]}"
            with subprocess.Popen([OHMSTEAD, "read", "--follow", "--port", address],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=ENV) as process:
                for _ in range(2):  # the gateway restarts in between
                    peer, _ = server.accept()
                    with peer:
                        peer.sendall(pushes(1))
                        for _ in range(2):
                            line = json.loads(process.stdout.readline())
                            self.assertEqual(line["protocol"], "dlms")
                process.terminate()
                process.communicate()

    def test_a_file(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(pushes(2))
            file.flush()
            status, out, _ = run("read", "--follow", "--port", "file:" + file.name)
        self.assertEqual((status, len(messages(out))), (0, 3))
        registers = next(m for m in messages(out) if "1.8.0" in m)
        self.assertEqual(registers["units"]["1.8.0"], "kWh")
        self.assertEqual([1000 * registers["1.8.0"]], value(registers, "energy_import"))

    def test_a_file_of_something_else(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"nothing of the kind\n")
            file.flush()
            status, out, err = run("read", "--port", "file:" + file.name)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("no frame of any known protocol", err[-1])

    def test_a_table_on_a_terminal(self):
        master, slave = pty.openpty()
        with tempfile.NamedTemporaryFile() as file:
            file.write(pushes(1))
            file.flush()
            with subprocess.Popen([OHMSTEAD, "read", "--port", "file:" + file.name], stdout=slave,
                                  env=ENV) as process:
                os.close(slave)
                text = b""
                while True:
                    try:
                        piece = os.read(master, 4096)
                    except OSError:
                        break
                    if not piece:
                        break
                    text += piece
                process.wait()
        os.close(master)
        lines = text.decode().splitlines()
        self.assertIn("Landis+Gyr E450", lines[0])
        self.assertRegex("\n".join(lines), r"1-0:1\.7\.0\*255 +power_import +\d+ W")


class Doctor(unittest.TestCase):
    def test_says_how_each_meter_is(self):
        with tempfile.TemporaryDirectory() as folder, Line(pushes(1)) as good, \
                Line(b"") as silent:
            path = os.path.join(folder, "site.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"""meters:
- {{id: good, port: '{good.address}', protocol: dlms}}
- {{id: silent, port: '{silent.address}', protocol: dlms}}
- {{id: gone, port: 'serial:/dev/ohmstead-no-such-port', protocol: dlms}}
""")
            status, out, err = run("doctor", "--config", path, "--state", folder + "/state",
                                   "--wait", "8", "--json")
        found = {line["detail"].split()[0]: line for line in messages(out)
                 if line["check"] == "meter"}
        self.assertEqual((status, err), (1, []))
        self.assertEqual(found["good"]["verdict"], "ok")
        self.assertIn("is being read", found["good"]["detail"])
        self.assertEqual(found["silent"]["verdict"], "failed")
        self.assertIn("nothing comes", found["silent"]["detail"])
        self.assertIn("no such port", found["gone"]["detail"])

    def test_a_good_site_is_not_waited_for(self):
        with tempfile.TemporaryDirectory() as folder, Line(pushes(1)) as line:
            path = os.path.join(folder, "site.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"meters: [{{id: m, port: '{line.address}'}}]\n")
            _, out, _ = run("doctor", "--config", path, "--state", folder + "/state",
                            "--wait", "50", env={"LANG": "fr_FR.UTF-8"})
        self.assertIn("Le compteur est lu.", out)
        self.assertEqual(run("doctor", "--wait", "0")[0], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
