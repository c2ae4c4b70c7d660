#!/usr/bin/env python3
"""`ohmstead read --protocol cosem` on a simulated meter, as a user runs it: every authentication
over HDLC, TCP wrapper and optical head; 96 rows of a load profile by time and by entry.

usage: cosem_verbs.py OHMSTEAD COSEM_METER"""
import contextlib
import datetime
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

OHMSTEAD, METER = sys.argv[1:3]
os.environ["OHMSTEAD"] = OHMSTEAD
import daemon  # noqa: E402  it reads the variable
HOME = tempfile.TemporaryDirectory(prefix="ohm-cosem-home-")
ENV = {name: value for name, value in os.environ.items()
       if not name.startswith(("OHMSTEAD_", "LC_", "LANG", "STATE_DIR"))}
ENV["XDG_STATE_HOME"] = HOME.name
SECRET = "Gretchenfrage"
KEYS = {"OHMSTEAD_KEY": bytes(range(16)).hex(),
        "OHMSTEAD_AUTH_KEY": bytes(range(0xd0, 0xe0)).hex()}
START = datetime.datetime(2026, 1, 15)
# Names of ours, the mechanism's number, what the meter and the reader are told besides.
AUTHS = (("none", 0, 0, ""), ("low", 1, 0, ""), ("high", 2, 0, ""), ("gmac", 5, 0, ""),
         ("gmac", 5, 0x30, "security=both"),
         ("gmac", 5, 0x30, "security=both dedicated-key=yes"), ("sha256", 6, 0x20,
                                                                "security=encrypt"))
LINES = (("pty", "hdlc"), ("tcp", "wrapper"), ("pty", "mode-e"), ("tcp", "hdlc"))


class Meter:
    """A meter of its own, as long as the block lasts; then it says how it was left."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([METER, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        self.left = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.left = self.process.stdout.read().split("\n")
        self.process.wait(timeout=60)
        self.process.stdout.close()


def run(*arguments, env=None):
    """Status, objects and the lines of stderr."""
    done = subprocess.run([OHMSTEAD, *arguments], capture_output=True, timeout=300, check=False,
                          env={**ENV, **(env or {})})
    return (done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()],
            done.stderr.decode().splitlines())


def read(meter, settings, *options, secret=SECRET, home=HOME.name):
    # Waits long enough for a busy machine: nothing here depends on them.
    return run("read", "--port", meter.address, "--protocol", "cosem", "--timeout", "200",
               "--settings", f"timeout-ms=20000 {settings}", *options,
               env={**KEYS, "OHMSTEAD_PASSWORD": secret, "XDG_STATE_HOME": home})


def row(i):
    """Row i of the simulated load profile: time, A+, A-."""
    time = START + datetime.timedelta(minutes=15 * i)
    return (time.strftime("%Y-%m-%dT%H:%M:%SZ"), 25149419 + i * 125 + i % 7, 812000 + i // 8)


def rows(got):
    return [(g["time"],) + tuple(v["value"] for v in g["values"]
                                 if v["quantity"] in ("energy_import", "energy_export"))
            for g in got]


BY_TIME = "profile=1-0:99.1.0 from=2026-01-15T00:00:00Z to=2026-01-15T23:45:00Z"
BY_ENTRY = "profile=1-0:99.1.0 entries=1-96"


class Read(unittest.TestCase):
    def test_every_authentication_on_every_line(self):
        for where, line in LINES:
            for i, (auth, number, control, more) in enumerate(AUTHS):
                with self.subTest(line=line, where=where, auth=auth, more=more), \
                     Meter(where, f"line={line}", f"auth={number}", f"control={control}",
                           f"secret={SECRET}", f"pdu={400 if i % 2 else 65535}") as meter:
                    which = BY_TIME if i % 2 else BY_ENTRY
                    status, got, err = read(
                        meter, f"line={line} client=1 auth={auth} {more} {which}")
                    self.assertEqual((status, err), (0, []))
                    self.assertEqual(len(got), 97)
                    now = {v["quantity"]: v["value"] for v in got[0]["values"]}
                    self.assertEqual(now["power_import"], 1362)
                    self.assertEqual(now["voltage_l1"], 230.4)
                    self.assertEqual(now["energy_import"], row(96)[1])
                    self.assertEqual(got[0]["meter"]["id"], "SIM1000000000001")
                    security = got[0]["security"]
                    self.assertEqual(security["authenticated"] if security else None,
                                     control == 0x30 if control else None)
                    self.assertEqual(rows(got[1:]), [row(i) for i in range(96)])

    def test_parts_of_a_profile_and_its_other_forms(self):
        for ways, which, want in (
                (8, "entries=1-96", range(96)),  # null-data where nothing changed
                (16, "entries=1-96", range(96)),  # compact array
                (0, "entries=90-", range(89, 96)),
                (0, "entries=7", range(6, 7)),
                (4 | 2, "from=2026-01-15T06:00:00Z to=2026-01-15T07:00:00Z", range(24, 29))):
            with Meter("tcp", "line=wrapper", f"ways={ways}", "pdu=300") as meter:
                status, got, err = read(
                    meter, f"client=1 read=1-0:1.8.0 profile=1-0:99.1.0 {which}")
                self.assertEqual((status, err), (0, []))
                self.assertEqual(rows(got[1:]), [row(i) for i in want])

    def test_a_list_of_registers_and_two_profiles(self):
        with Meter("tcp", "line=wrapper", "ways=512") as meter:  # neither lists nor selection
            status, got, err = read(meter, "client=1 read=1-0:1.8.0,3/1-0:32.7.0/2,1-0:9.9.9 "
                                           "profile=0-0:98.1.0,0-0:99.98.0")
        self.assertEqual((status, err), (0, []))
        self.assertEqual([v["obis"] for v in got[0]["values"]],
                         ["0-0:42.0.0*255", "0-0:1.0.0*255", "1-0:1.8.0*255", "1-0:32.7.0*255"])
        self.assertEqual(len(got), 1 + 3 + 5)
        self.assertEqual([g["values"][-1]["raw"] for g in got[4:]], [1, 2, 3, 4, 5])

    def test_scan_shows_the_objects(self):
        with Meter("tcp", "line=wrapper", "auth=1", f"secret={SECRET}", "pdu=200") as meter:
            scan = ("scan", "--port", meter.address, "--protocol", "dlms", "--settings")
            status, got, err = run(*scan, "client=1 auth=low timeout-ms=20000",
                                   env={"OHMSTEAD_PASSWORD": SECRET})
            self.assertEqual((status, len(got), err), (0, 15, []))
            found = {g["obis"]: (g["class"], g["class_name"], g["quantity"]) for g in got}
            self.assertEqual(found["1-0:1.8.0*255"], (3, "register", "energy_import"))
            self.assertEqual(found["1-0:99.1.0*255"], (7, "profile", None))
            status, got, err = run(*scan, "client=16 timeout-ms=20000")
            self.assertEqual((status, got), (1, []))
            self.assertIn("does not show its list", err[0])

    def test_the_frame_counter_is_recovered(self):
        with Meter("tcp", "line=wrapper", "auth=5", "control=0x30") as meter:
            status, got, err = read(meter, "client=1 auth=gmac security=both counter=0-0:43.1.0 "
                                           "read=1-0:1.8.0")
        self.assertEqual((status, len(got), err), (0, 1, []))
        self.assertTrue(got[0]["security"]["authenticated"])

    def test_one_run_after_the_other_uses_higher_counters(self):
        with tempfile.TemporaryDirectory(prefix="ohm-cosem-") as folder, \
             Meter("tcp", "line=wrapper", "auth=5", "control=0x30") as meter:
            for _ in range(3):  # in one second, mostly
                status, got, err = read(meter, "client=1 auth=gmac security=both read=1-0:1.8.0",
                                        "--state", folder)
                self.assertEqual((status, len(got), err), (0, 1, []))
            status, got, err = run(
                "scan", "--port", meter.address, "--protocol", "dlms", "--state", folder,
                "--settings", "client=1 auth=gmac security=both timeout-ms=20000", env=KEYS)
            self.assertEqual((status, len(got), err), (0, 15, []))
            # Nowhere to keep them: another title each time, and that is said.
            status, got, err = read(meter, "client=1 auth=gmac security=both counter=0-0:43.1.0 "
                                           "read=1-0:1.8.0", home="/dev/null")
            self.assertEqual((status, len(got)), (0, 1))
            self.assertIn("system title is another one", err[0])
            names = sorted(os.listdir(f"{folder}/dlms"))
            self.assertEqual(len(names), 3)  # counter, lock, title
            with open(f"{folder}/dlms/{names[0]}", "w", encoding="ascii") as file:
                file.write("rubbish")
            status, got, err = read(meter, "client=1 auth=gmac security=both", "--state", folder)
            self.assertEqual((status, got), (1, []))
            self.assertIn("counters are damaged", err[0])

    def test_a_profile_that_is_refused_takes_nothing_with_it(self):
        with Meter("tcp", "line=wrapper", f"ways={1 << 17}") as meter:
            status, got, err = read(meter, "client=1 read=1-0:1.8.0 profile=1-0:99.1.0")
        self.assertEqual((status, len(got)), (1, 1))
        self.assertIn("refuses the rows of its profile", err[0])

    def test_what_goes_wrong_is_said(self):
        for told, settings, secret, words in (
                (("auth=1", f"secret={SECRET}"), "client=1 auth=low", "wrong", "refuses the password"),
                (("auth=2", f"secret={SECRET}"), "client=1 auth=high", "wrong", "refuses the password"),
                (("auth=5", "ways=1024"), "client=1 auth=gmac", "", "proof is wrong"),
                (("auth=0",), "client=1 auth=low", "", "needs a key or a password"),
                (("auth=5", "control=0x30"), "client=1 auth=gmac", "", "does not support this context"),
                (("auth=1",), "client=16 browse=yes", "", "does not show its list")):
            with self.subTest(settings=settings, told=told), \
                 Meter("tcp", "line=wrapper", *told) as meter:
                status, got, err = read(meter, settings, secret=secret)
                self.assertEqual((status, got), (1, []))
                self.assertIn(words, err[0])
        with Meter("pty", "line=mode-e", "ways=128") as meter:
            status, got, err = read(meter, "line=mode-e client=1")
            self.assertEqual((status, got), (1, []))
            self.assertIn("offers no HDLC", err[0])

    def test_wrong_settings_are_wrong_use(self):
        for settings, words in (("client=0", "client="), ("colour=red", "no such key"),
                                ("relay=disconnect", "relay= is no setting"),
                                ("set-clock=yes", "set-clock= is no setting"),
                                ("allow-disconnect=yes", "allow_disconnect: true"),
                                ("security=both", "auth=")):
            status, got, err = run("read", "--port", "tcp:127.0.0.1:1", "--protocol", "cosem",
                                   "--settings", settings)
            self.assertEqual((status, got), (2, []))
            self.assertIn(words, err[0])

    def test_deeds_need_their_words(self):
        for options, words in ((("--set-clock",), "--timezone"),
                               (("--relay", "disconnect"), "allow_disconnect: true")):
            status, got, err = run("read", "--port", "tcp:127.0.0.1:1", "--protocol", "cosem",
                                   *options)
            self.assertEqual((status, got), (2, []))
            self.assertIn(words, err[0])

    def test_clock_and_disconnector_of_a_configuration(self):
        for allowed in (False, True):
            with Meter("tcp", "line=wrapper") as meter, \
                 tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write("site:\n  id: home\nmeters:\n  - id: main\n"
                           f"    port: {meter.address}\n    protocol: cosem\n"
                           "    settings: client=1 timeout-ms=20000 read=0-0:96.3.10\n"
                           f"    allow_disconnect: {str(allowed).lower()}\n")
                file.flush()
                status, got, err = run("read", "--config", file.name, "--relay", "disconnect")
                if not allowed:
                    self.assertEqual((status, got), (2, []))
                    self.assertIn("allow_disconnect", err[0])
                    continue
                self.assertEqual((status, err), (0, []))
                self.assertEqual(got[0]["values"][-1]["raw"], 0)
                status, got, err = run("read", "--config", file.name, "--set-clock")
                self.assertEqual((status, err), (0, []))
            self.assertEqual(meter.left[0], "relay: disconnected")
            said = datetime.datetime.fromtimestamp(int(meter.left[1][7:]) / 1000)
            self.assertLess(abs((said - datetime.datetime.now()).total_seconds()), 600)


class Serve(unittest.TestCase):
    """The daemon keeps rows of the past under their own time, each once, over restarts."""

    def test_rows_come_into_the_store(self):
        with tempfile.TemporaryDirectory(prefix="ohm-cosem-") as folder, \
             Meter("tcp", "line=wrapper", "auth=5", "control=0x30", f"ways={1 << 23}") as meter:
            for name, value in KEYS.items():
                with open(os.open(f"{folder}/{name}", os.O_CREAT | os.O_WRONLY, 0o600), "w",
                          encoding="ascii") as file:
                    file.write(value)
            with open(f"{folder}/site.yaml", "w", encoding="ascii") as file:
                file.write("site:\n  id: home\nmeters:\n  - id: main\n"
                           f"    port: {meter.address}\n    protocol: cosem\n"
                           "    settings: client=1 auth=gmac security=both timeout-ms=20000 "
                           "profile=1-0:99.1.0 from=2026-01-01T00:00:00Z\n"
                           f"    key_file: {folder}/OHMSTEAD_KEY\n"
                           f"    auth_key_file: {folder}/OHMSTEAD_AUTH_KEY\n    every_s: 1\n")
            for _ in range(2):
                os.makedirs(f"{folder}/state", mode=0o700, exist_ok=True)
                with daemon.Daemon(f"{folder}/site.yaml", f"{folder}/state"):
                    daemon.wait_for("96 rows in the store", 60,
                                    lambda: self.rows(f"{folder}/state") >= 96)
                self.assertEqual(self.rows(f"{folder}/state"), 96)
            # One of them says 0: kept, and never believed.
            done = subprocess.run(
                [OHMSTEAD, "export", "--config", f"{folder}/site.yaml", "--state",
                 f"{folder}/state", "--series", "home/*/main/energy_import", "--from",
                 "2026-01-15T00:00:00Z", "--to", "2026-01-16T00:00:00Z", "--format", "ndjson"],
                capture_output=True, text=True, timeout=120, check=True, env=ENV)
            kept = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([k["value"] for k in kept if k["quality"] == "suspect"], [0])
            self.assertEqual(sum(k["quality"] == "good" for k in kept), 95)

    @staticmethod
    def rows(folder):
        """Frames of the simulated day; what is read now bears the time of now."""
        path = f"{folder}/ohmstead.db"
        if not os.path.exists(path):
            return 0
        try:
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
                return db.execute("SELECT count(*) FROM frame WHERE k >= 1768435200000 * 4096 "
                                  "AND k < 1768521600000 * 4096").fetchone()[0]
        except sqlite3.OperationalError:  # being made
            return 0


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
