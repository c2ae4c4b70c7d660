#!/usr/bin/env python3
"""libohmstead as somebody else uses it: installed below a prefix of the test's own, found by
pkg-config, linked by an example in C, shared and static, and opened by one in Python.

usage: library.py BUILD SOURCE OHMSTEAD PUSH_E450"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

BUILD, SOURCE, OHMSTEAD, PUSH = (os.path.abspath(word) for word in sys.argv[1:5])
sys.argv[1:] = []
CC = os.environ.get("CC", "cc").split()[-1:]  # without a cache in front


def ask(argv, **options):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, **options)
    return done.returncode, done.stdout, done.stderr


class Place:
    """What `meson install` puts below a folder, and the examples made with it."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="ohmstead-library-")
        code, out, err = ask(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
                              "--destdir", self.root])
        assert code == 0, out + err
        found = {name: os.path.join(base, name) for base, _, names in os.walk(self.root)
                 for name in names}
        self.header, self.pc = found["ohmstead.h"], found["ohmstead.pc"]
        self.shared, self.static = found["libohmstead.so.0"], found["libohmstead.a"]
        self.libdir = os.path.dirname(self.shared)
        self.env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(self.pc),
                    "PKG_CONFIG_SYSROOT_DIR": self.root, "LD_LIBRARY_PATH": self.libdir,
                    "LIBOHMSTEAD": self.shared, "PYTHONDONTWRITEBYTECODE": "1"}
        self.capture = os.path.join(self.root, "capture.bin")
        with open(self.capture, "wb") as file:
            file.write(subprocess.run([PUSH, "2"], capture_output=True, timeout=60,
                                      check=True).stdout)

    def flags(self, *options):
        # The system's own libraries are not below the prefix: their flags stay as they are.
        code, out, err = ask(["pkg-config", *options, "ohmstead"], env=self.env)
        assert code == 0, err
        return [word if os.path.exists(word[2:]) or not word.startswith(("-I/", "-L/"))
                else word.replace(self.root, "", 1) for word in out.split()]

    def compile(self, name, *words):
        made = os.path.join(self.root, name)
        code, out, err = ask([*CC, "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o",
                              made, *words])
        assert code == 0, out + err
        return made


class Server:
    """A port that says one thing to whoever connects."""

    def __init__(self, data):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "tcp:127.0.0.1:%d" % self.socket.getsockname()[1]
        self.data = data
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            peer, _ = self.socket.accept()
            with peer:
                peer.sendall(self.data)
                while peer.recv(4096):
                    pass
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Library(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Place()
        cls.example = os.path.join(SOURCE, "examples", "meter")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place.root)

    def test_exports_its_functions_and_nothing_else(self):
        _, out, _ = ask(["nm", "-D", "--defined-only", self.place.shared])
        names = {line.split()[-1].split("@")[0] for line in out.splitlines()}
        self.assertTrue(names)
        self.assertEqual({name for name in names if not name.startswith("ohmstead_")}, set())
        with open(self.place.header, encoding="utf-8") as header:
            text = header.read()
        self.assertEqual({name for name in names if name + "(" not in text}, set())
        declared = {word.split("(")[0].lstrip("*") for word in text.split()
                    if "(" in word and word.lstrip("*").startswith("ohmstead_")}
        self.assertEqual(declared - names - {"ohmstead_message_following"}, set())
        _, out, _ = ask(["readelf", "-d", self.place.shared])
        self.assertIn("[libohmstead.so.0]", out)

    def test_the_header_is_plain_c_and_cpp(self):
        both = [("-std=c99", "c"), ("-std=c++98", "c++")]
        for standard, language in both:
            code, _, err = ask([*CC, standard, "-x", language, "-fsyntax-only", "-Wall", "-Wextra",
                                "-Wpedantic", "-Werror", self.place.header])
            if language == "c++" and "cc1plus" in err:
                continue  # no C++ compiler here
            self.assertEqual((code, err), (0, ""), language)

    def test_c_decodes_as_the_verb_does(self):
        made = self.place.compile("meter", self.example + ".c", *self.place.flags("--cflags",
                                                                                  "--libs"))
        code, out, err = ask([made, "decode", "auto", self.place.capture], env=self.place.env)
        self.assertEqual((code, err), (0, ""))
        _, verb, _ = ask([OHMSTEAD, "decode", self.place.capture])
        values = [v for line in verb.splitlines() for v in json.loads(line)["values"]]
        rows = [line.split() for line in out.splitlines() if line.startswith("  ")]
        self.assertEqual([row[0] for row in rows], [v["obis"] or "-" for v in values])
        self.assertEqual([row[1] for row in rows], [v["quantity"] or "-" for v in values])
        self.assertIn("16.7.0: ", out)

    def test_c_static(self):
        # The archive, and what it stands on as shared libraries: few systems have all of those static.
        _, needs, _ = ask(["pkg-config", "--print-requires-private", "ohmstead"], env=self.place.env)
        code, shared, err = ask(["pkg-config", "--libs", *needs.split()])
        self.assertEqual((code, err), (0, ""))
        made = self.place.compile("meter-static", self.example + ".c",
                                  *self.place.flags("--cflags"), self.place.static,
                                  *shared.split(), "-lm", "-pthread")
        _, out, _ = ask(["readelf", "-d", made])
        self.assertNotIn("libohmstead", out)
        code, out, err = ask([made, "decode", "dlms", self.place.capture])
        self.assertEqual((code, err), (0, ""))
        self.assertIn("16.7.0: ", out)

    def python(self, *words):
        return ask([sys.executable, self.example + ".py", *words], env=self.place.env)

    def test_python_decodes_as_the_verb_does(self):
        code, out, err = self.python("decode", "auto", self.place.capture)
        self.assertEqual((code, err), (0, ""))
        got = [json.loads(line) for line in out.splitlines()]
        _, verb, _ = ask([OHMSTEAD, "decode", self.place.capture])
        want = [json.loads(line) for line in verb.splitlines()]
        self.assertEqual([{key: m[key] for key in want[0]} for m in got], want)
        self.assertEqual(got[0]["units"]["16.7.0"], "W")

    def test_python_reads_a_port_as_the_verb_does(self):
        with open(self.place.capture, "rb") as file:
            data = file.read()
        with Server(data) as server:
            code, out, err = self.python("read", "auto", server.address)
        self.assertEqual((code, err), (0, ""))
        with Server(data) as server:
            _, verb, _ = ask([OHMSTEAD, "read", "--json", "--port", server.address])
        self.assertEqual(json.loads(out), json.loads(verb))

    def test_errors_are_told(self):
        code, out, err = self.python("read", "auto", "tcp:127.0.0.1:1")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("nothing listens", err)
        with open(self.place.capture, "rb") as file:
            data = bytearray(file.read())
        data[40] ^= 1
        damaged = self.place.capture + ".damaged"
        with open(damaged, "wb") as file:
            file.write(data)
        code, _, err = self.python("decode", "dlms", damaged)
        self.assertEqual(code, 1)
        self.assertIn("at byte 0: ", err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
