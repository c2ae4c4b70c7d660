#!/usr/bin/env python3
"""A board of Phidgets behind a stand-in for the vendor's library: opened by serial number, ordered
when it attaches and whenever it comes back, told that we are alive, opened anew when its failsafe
timer ran out, let go at the end; by network server; and no library at all.

usage: phidgets.py OHMSTEAD LIBRARY"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

os.environ["OHMSTEAD"] = os.path.abspath(sys.argv[1])
os.environ["OHMSTEAD_PHIDGET22"] = os.path.abspath(sys.argv[2])
os.environ.setdefault("PUSH_E450", "")

from broker import Broker  # noqa: E402
from daemon import Daemon, check, main, wait_for  # noqa: E402
from meter_line import change, read, sign_in, COOKIES  # noqa: E402

SITE = """
site: {{id: home, timezone: UTC}}
store: {{commit_s: 1}}
meters:
  - {{id: main, protocol: mqtt, port: "mqtt://127.0.0.1:{mqtt}/power", stale_after_s: 600,
      values: [{{quantity: power_import}}]}}
boards:
  - {{id: box, driver: phidget, serial: 1017{more}}}
loads:
  - {{id: heater, nominal_w: 2000, on_min_s: 0, off_min_s: 0,
      output: {{board: box, channel: 5, contact: NC}}}}
"""


class World:
    def __init__(self, more=", deadman_s: 3"):
        self.folder = tempfile.mkdtemp(prefix="ohm-phidgets-")
        self.broker = Broker()
        self.config = os.path.join(self.folder, "site.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(SITE.format(mqtt=self.broker.port, more=more))

    def put(self, name):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8"):
            pass

    def take(self, name):
        os.unlink(os.path.join(self.folder, name))

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
                return log.read().splitlines()
        except FileNotFoundError:
            return []

    def serve(self):
        house = Daemon(config=self.config, state=os.path.join(self.folder, "state"),
                       env={"PHIDGET22_FAKE": self.folder})
        COOKIES[house.process.pid] = sign_in(house)
        return house

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.broker.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def heater(house):
    return read(house, "/api/v1/state")["loads"][0]


def is_so(house, state, output):
    def now():
        found = heater(house)
        return found["state"] == state and found["output"]["state"] == output
    wait_for(f"{state}, output {output}", 60, now)


def a_board_comes_and_goes():
    with World() as world, world.serve() as house:
        wait_for("the one wired channel to be opened", 30, lambda: "open 5 1017" in world.log())
        is_so(house, "fed", "failed")  # nobody is there
        check(heater(house)["output"]["echo_age_s"] is None, heater(house))
        world.put("attached")
        is_so(house, "fed", "ok")
        did = [l for l in world.log() if l.startswith(("open", "set"))]
        check(did[0] == "open 5 1017" and set(did[1:]) == {"set 5 0"}, world.log())
        check("failsafe 5 3000" in world.log(), world.log())
        wait_for("a sign of life", 30, lambda: "feed 5 0" in world.log())

        def speaks():
            world.broker.publish("power", "500")
            return read(house, "/api/v1/state")["meters"][0]["values"]
        wait_for("the meter", 60, speaks, 0.5)
        answer = change(house, "PUT", "/api/v1/loads/heater/override",
                        {"state": "shed", "minutes": 60})
        check(answer.status == 200, answer.body)
        wait_for("the coil to be energised", 30, lambda: "set 5 1" in world.log())
        is_so(house, "shed", "ok")
        world.take("attached")
        wait_for("the loss to be told", 60, lambda: heater(house)["output"]["state"] != "ok")
        before = len(world.log())
        world.put("attached")  # with its relays at rest: ordered anew
        wait_for("the order", 60, lambda: "set 5 1" in world.log()[before:])
        wait_for("its timer", 30, lambda: "failsafe 5 3000" in world.log()[before:])
        before = len(world.log())
        world.put("trip")
        wait_for("the channel to be closed", 30, lambda: "close 5" in world.log()[before:])
        world.take("trip")
        wait_for("it to be opened again, and ordered", 60,
                 lambda: "open 5 1017" in world.log()[before:] and "set 5 1" in world.log()[before:])
        check(house.stop() == 0, "stops")
        check(world.log()[-1] == "close 5", world.log()[-5:])
        check([l for l in world.log() if l.startswith("set")][-1] == "set 5 0", "fed at the end")


def journal(house):
    return read(house, "/api/v1/journal?limit=100")["items"]


def a_shed_outlives_its_daemon():
    """At the start nothing has attached yet: the order waits for it, it has not failed."""
    with World(more="") as world:
        world.put("attached")
        world.put("old")
        with world.serve() as house:
            is_so(house, "fed", "ok")

            def ordered():
                world.broker.publish("power", "500")
                return change(house, "PUT", "/api/v1/loads/heater/override",
                              {"state": "shed", "minutes": 60}).status == 200
            wait_for("an order", 60, ordered, 0.5)
            is_so(house, "shed", "ok")
            wait_for("the order to be kept", 100,
                     lambda: any(line.get("load") == "heater" and line.get("cause") == "manual"
                                 for line in journal(house)), 0.5)
            before = len(world.log())
            house.stop(signal.SIGKILL)
        with world.serve() as house:
            is_so(house, "shed", "ok")
            did = [l for l in world.log()[before:] if l.startswith(("open", "set"))]
            # The supervisor let it go; the next daemon knows of the order.
            check(did[:3] == ["open 5 1017", "set 5 0", "open 5 1017"] and
                  set(did[3:]) == {"set 5 1"}, did)
            check(not any(line.get("notice") == "output_failed" for line in journal(house)),
                  journal(house))
            check(house.stop() == 0, "stops")


def what_could_not_be_opened_is_opened_later():
    with World(more="") as world:
        world.put("attached")
        world.put("busy")
        with world.serve() as house:
            wait_for("a first try", 30, lambda: "busy 5 1017" in world.log())
            world.take("busy")
            is_so(house, "fed", "ok")
            check("open 5 1017" in world.log() and "set 5 0" in world.log(), world.log())
            check(house.stop() == 0, "stops")


def an_older_board_behind_a_server():
    with World(', port: "tcp:127.0.0.1:5661"') as world:
        world.put("attached")
        world.put("old")  # without a failsafe timer
        with world.serve() as house:
            is_so(house, "fed", "ok")
            for line in ("add box 127.0.0.1 5661 0 0", "remote 5 1", "server 5 box", "set 5 0"):
                check(line in world.log(), (line, world.log()))
            check(not any(l.startswith(("failsafe", "feed")) for l in world.log()), world.log())
            check(house.stop() == 0, "stops")
        check(world.log()[-1] == "remove box", world.log()[-3:])


def without_the_library_it_is_said():
    with World() as world:
        done = subprocess.run([os.environ["OHMSTEAD"], "serve", "--config", world.config, "--state",
                               os.path.join(world.folder, "state"), "--listen", "127.0.0.1:0",
                               "--allow-root"], env={**os.environ, "OHMSTEAD_PHIDGET22": "/nowhere"},
                              capture_output=True, text=True, timeout=120, check=False)
        check(done.returncode == 1 and "libphidget22 is not installed" in done.stderr, done.stderr)


sys.exit(main([a_board_comes_and_goes, a_shed_outlives_its_daemon,
               what_could_not_be_opened_is_opened_later, an_older_board_behind_a_server,
               without_the_library_it_is_said]))
