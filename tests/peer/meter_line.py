"""A site of one's own on a simulated meter's line, for the peer tests: a serial server that plays
pushes, a folder with a configuration and its keys, and somebody who is signed in.

The binaries are $OHMSTEAD and $PUSH_E450."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from daemon import Daemon, check

PUSH = os.environ["PUSH_E450"]
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
  - {{id: heater, nominal_w: 2000, off_min_s: 0, output: {{board: sim, channel: 0, contact: NC}}}}
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
    def serve(self, env=None):
        """The daemon, somebody who is signed in to it, and then the line."""
        with Daemon(config=self.config, state=os.path.join(self.folder, "state"),
                    env=env) as house:
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


def read(house, path):
    """A site with people is closed to strangers."""
    if house.process.pid not in COOKIES:
        COOKIES[house.process.pid] = sign_in(house)
    answer = house.ask("GET", path, headers={"Cookie": COOKIES[house.process.pid]})
    check(answer.status == 200, f"{answer.status} {answer.body[:200]!r}")
    return answer.json


def meter_of(house):
    state = read(house, "/api/v1/state")
    return {**state["meters"][0], "fresh": state["now"]["fresh"]}


def change(house, method, path, body=None):
    """As the page does it."""
    cookie = {"Cookie": COOKIES[house.process.pid]}
    csrf = house.ask("GET", "/api/v1/session", headers=cookie).json["csrf"]
    return house.ask(method, path, body, {**cookie, "X-CSRF-Token": csrf, "Origin": house.url})
