#!/usr/bin/env python3
"""`ohmstead serve --config` on a simulated meter's line: what a householder is told when the key
is wrong, the line goes dead or lies, and that nothing is invented or taken twice.

usage: site.py OHMSTEAD PUSH_E450"""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

os.environ["OHMSTEAD"], PUSH = sys.argv[1:3]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, check, main, wait_for  # noqa: E402

KEY, AUTH, OTHER = "0f" * 16, "a5" * 16, "11" * 16
SITE = """
site: {{id: home, timezone: UTC}}
meters:
  - id: main
    port: tcp:127.0.0.1:{port}
    stale_after_s: {stale_s}
    {keys}
contract: {{tariff: bleu-hphc, power_kva: 9, off_peak: [22:00-06:00]}}
boards: [{{id: sim, driver: sim}}]
loads:
  - {{id: heater, nominal_w: 2000, output: {{board: sim, channel: 0, contact: NC}}}}
"""


class Line:
    """A serial server on a free port that plays a meter's pushes, one every 0.3 s, once somebody
    looks on."""

    def __init__(self, pushes):
        self.pushes, self.sent, self.plugged, self.playing = pushes, 0, True, False
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.peers = []
        threading.Thread(target=self._accept, daemon=True).start()
        threading.Thread(target=self._play, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            if self.plugged:
                self.peers.append(peer)
            else:
                peer.close()

    def _play(self):
        while True:
            time.sleep(0.3)
            ready = self.playing and self.plugged and self.peers
            if not ready or self.sent == len(self.pushes):
                continue
            try:
                self.peers[-1].sendall(self.pushes[self.sent])
                self.sent += 1
            except OSError:
                self.peers.pop()

    def unplug(self):
        self.plugged = False
        for peer in self.peers:
            peer.close()
        self.peers = []

    def close(self):
        self.unplug()
        self.server.close()


def pushes(count, *options, start=None):
    """One element a pushing time, as of now."""
    # Just after a minute: no list of registers among the first eleven, all are of one length.
    start = start or (int(time.time()) // 60 * 60 + 5) * 1000
    whole = subprocess.run([PUSH, *options, "--start", str(start), str(count)],
                           capture_output=True, check=True, timeout=60).stdout
    every = len(whole) // count
    return [whole[i * every:(i + 1) * every if i + 1 < count else None] for i in range(count)]


class Site:
    """A folder with a configuration and its key files, and the line it reads."""

    def __init__(self, lines, key=None, auth=None, stale_s=60):
        self.folder = tempfile.mkdtemp(prefix="ohm-site-")
        self.line = Line(lines)
        keys = ""
        for name, value in (("key_file", key), ("auth_key_file", auth)):
            if value:
                path = os.path.join(self.folder, name)
                with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as out:
                    out.write(value + "\n")
                keys += f"{name}: {path}\n    "
        self.config = os.path.join(self.folder, "site.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(SITE.format(port=self.line.port, keys=keys, stale_s=stale_s))

    @contextlib.contextmanager
    def serve(self):
        """The daemon, somebody who is signed in to it, and then the line."""
        with Daemon(config=self.config, state=os.path.join(self.folder, "state")) as house:
            meter_of(house)
            self.line.playing = True
            yield house

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.line.close()
        shutil.rmtree(self.folder, ignore_errors=True)


COOKIES = {}  # by process
PASSWORD = "un mot de passe assez long"


def sign_in(house):
    """As the first person does: with the code from the console; later with the password."""
    code = next((found.group(1) for found in (re.search(r"claim code (\S+)", line)
                                              for line in list(house.lines)) if found), None)
    if code:
        answer = house.change("POST", "/api/v1/claim",
                              {"code": code, "user": "marie", "password": PASSWORD})
    else:
        answer = house.change("POST", "/api/v1/session", {"user": "marie", "password": PASSWORD})
    check(answer.status in (200, 201), f"{answer.status} {answer.body[:200]!r}")
    return answer.headers["Set-Cookie"].split(";")[0]


def meter_of(house):
    """A site with people is closed to strangers."""
    if house.process.pid not in COOKIES:
        COOKIES[house.process.pid] = sign_in(house)
    answer = house.ask("GET", "/api/v1/state", headers={"Cookie": COOKIES[house.process.pid]})
    check(answer.status == 200, f"{answer.status} {answer.body[:200]!r}")
    return {**answer.json["meters"][0], "fresh": answer.json["now"]["fresh"]}


def reaches(house, state, seconds=40):
    return wait_for(f"the state {state} (is {meter_of(house)['state']})", seconds, lambda: next(
        (m for m in [meter_of(house)] if m["state"] == state), None))


def a_ciphered_meter_is_read_and_its_silence_is_told():
    with Site(pushes(400, "--key", KEY, "--auth-key", AUTH), KEY, AUTH, stale_s=3) as site, \
            site.serve() as house:
        check(house.ask("GET", "/api/v1/state").status == 401, "strangers see nothing")
        meter = reaches(house, "ok")
        check(meter["authenticated"], "the tag was checked")
        check(any(v["quantity"] == "power_import" for v in meter["values"]), str(meter))
        site.line.unplug()
        wait_for("the loss to be told", 40, lambda: meter_of(house)["state"] in
                 ("stale", "unreachable") and not meter_of(house)["fresh"])
        site.line.plugged = True
        reaches(house, "ok", 90)


def a_wrong_key_and_no_key_are_told_apart():
    for key, auth, wants in ((OTHER, AUTH, "wrong_key"), (KEY, OTHER, "wrong_key"),
                             (None, None, "no_key")):
        with Site(pushes(400, "--key", KEY, "--auth-key", AUTH), key, auth) as site, \
                site.serve() as house:
            meter = reaches(house, wants)
            check(meter["values"] == [], "no value from what could not be proved")


def a_babbling_line_and_a_dead_one_are_told_apart():
    with Site([b"\x00U\xff~" * 40] * 400) as site, site.serve() as house:
        check(reaches(house, "no_frame")["values"] == [], "noise yields nothing")
    with Site([], stale_s=3) as site, site.serve() as house:
        reaches(house, "no_bytes")


def a_flipped_bit_and_a_replay_yield_nothing():
    good = pushes(6, "--key", KEY, "--auth-key", AUTH)
    bad = bytearray(good[3])
    bad[len(bad) // 2] ^= 0x10
    with Site(good[:3] + [bytes(bad)] + good[:3], KEY, AUTH) as site, site.serve() as house:
        reaches(house, "ok")
        wait_for("the line to be played", 40, lambda: site.line.sent == 7)
        counters = wait_for("the replays to be counted", 20, lambda: next(
            (c for c in [meter_of(house)["counters"]] if c["replays"] >= 3), None))
        check(counters["bad_fcs"] >= 1, str(counters))
        check(counters["messages"] <= 5, f"three pushes, two lists on the minute: {counters}")


def a_replay_after_a_restart_is_a_replay_too():
    good = pushes(6, "--key", KEY, "--auth-key", AUTH)
    with Site(good, KEY, AUTH) as site:
        with site.serve() as house:
            reaches(house, "ok")
            wait_for("the line to be played", 40, lambda: site.line.sent == 6)
            check(house.stop() == 0, "stops")
        site.line.unplug()  # what is sent to nobody is lost
        with site.serve() as house:
            site.line.plugged = True
            wait_for("the line to be opened again", 60, lambda: site.line.peers)
            site.line.pushes = good + good
            counters = wait_for("the replays to be counted", 60, lambda: next(
                (c for c in [meter_of(house)["counters"]] if c["replays"] >= 6), None))
            check(counters["messages"] == 0, str(counters))


def a_swapped_meter_is_told_and_its_counter_forgotten():
    """A new meter under the old one's title counts from the start again."""
    good = pushes(400, "--key", KEY, "--auth-key", AUTH)
    verb = [os.environ["OHMSTEAD"], "meter"]
    with Site(good[200:], KEY, AUTH, stale_s=3) as site:
        at = ["--state", os.path.join(site.folder, "state")]
        with site.serve() as house:
            reaches(house, "ok")
            asked = subprocess.run([*verb, "reset", "main", *at], capture_output=True, text=True,
                                   timeout=60, check=False)
            check(asked.returncode == 1 and "running" in asked.stderr, str(asked))
            check(house.stop() == 0, "stops")
        site.line.unplug()
        site.line.pushes, site.line.sent = good, 0
        with site.serve() as house:
            site.line.plugged = True
            reaches(house, "replayed", 60)
            check(house.stop() == 0, "stops")
        asked = subprocess.run([*verb, "list", *at], capture_output=True, text=True, timeout=60,
                               check=True)
        check(asked.stdout == "main\n", str(asked))
        for name, code in (("none", 1), ("main", 0), ("main", 1)):
            asked = subprocess.run([*verb, "reset", name, *at], capture_output=True, text=True,
                                   timeout=60, check=False)
            check(asked.returncode == code, f"{name}: {asked}")
        site.line.unplug()
        with site.serve() as house:
            site.line.plugged = True
            reaches(house, "ok", 60)


if __name__ == "__main__":
    sys.exit(main([
        a_ciphered_meter_is_read_and_its_silence_is_told,
        a_wrong_key_and_no_key_are_told_apart,
        a_babbling_line_and_a_dead_one_are_told_apart,
        a_flipped_bit_and_a_replay_yield_nothing,
        a_replay_after_a_restart_is_a_replay_too,
        a_swapped_meter_is_told_and_its_counter_forgotten,
    ]))
