#!/usr/bin/env python3
"""A real Mosquitto's clients flood the daemon while it sheds: thousands of messages to the topic of the
operator's orders, to that of a switch and to the meter's, garbage and valid ones. The order that is
in force is carried out and stays so, the API answers, what was said last is what holds, and no
memory is kept of the rest.

usage: floods.py OHMSTEAD     OHM_SANITIZED=1: fewer messages, memory is not looked at"""
import os
import random
import socket
import sys
import threading
import time

os.environ["OHMSTEAD"] = os.path.abspath(sys.argv[1])
os.environ.setdefault("PUSH_E450", "")

from daemon import check, main, wait_for  # noqa: E402
from meter_line import read  # noqa: E402
from relay_world import World, load, speaks  # noqa: E402

SANITIZED = os.environ.get("OHM_SANITIZED") == "1"
MESSAGES = 2000 if SANITIZED else 20000
GROWTH_KB = 6 << 10
ORDER = b'{"va": 100, "minutes": 60}'


def packet(topic, payload):
    """PUBLISH at most once (MQTT 3.1.1, 3.3)."""
    body = len(topic).to_bytes(2, "big") + topic + payload
    size, left = b"", len(body)
    while True:
        size += bytes([left % 128 | (128 if left > 127 else 0)])
        left //= 128
        if not left:
            return b"\x30" + size + body


class Flood:
    """Sends so many messages, on one connection, as fast as the broker takes them."""

    def __init__(self, port, count, seed):
        self.port, self.count, self.chance = port, count, random.Random(seed)
        self.thread = threading.Thread(target=self.send, daemon=True)
        self.thread.start()

    def message(self):
        kind = self.chance.randrange(10)
        if kind < 3:
            return packet(b"dso/limit", ORDER)
        if kind < 6:
            return packet(b"dso/limit", self.chance.randbytes(self.chance.randrange(200)))
        if kind == 6:
            return packet(b"dso/limit", b'{"va":' * self.chance.randrange(500))
        if kind == 7:
            return packet(b"stat/plug/RESULT", self.chance.randbytes(60))
        if kind == 8:
            return packet(b"power", b"%d" % self.chance.randrange(400, 600))
        return packet(b"power", self.chance.randbytes(20))

    def send(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=600) as line:
            line.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")
            check(line.recv(4)[-1:] == b"\0", "the broker lets us in")
            for _ in range(self.count // 100):
                line.sendall(b"".join(self.message() for _ in range(100)))
            line.sendall(b"\xe0\x00")

    def wait(self):
        self.thread.join(600)
        check(not self.thread.is_alive(), "the broker takes what is sent")


def memory_kb(pid):
    """Of the daemon and of the process that watches over it."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        own = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return own + sum(memory_kb(child) for child in children.read().split())


def limit(house):
    return next(l for l in read(house, "/api/v1/state")["limits"] if l["id"] == "dso")


def all_are(house, state):
    return {load(house, name)["state"] for name in ("heater", "boiler")} == {state}


def orders_are_carried_out_in_a_flood():
    with World() as world, world.serve() as house:
        speaks(world, house)
        wait_for("all to be fed", 60, lambda: all_are(house, "fed"))
        Flood(world.broker.port, MESSAGES // 4, 1).wait()
        wait_for("the order, amid all that", 60, lambda: limit(house)["ordered"])
        before = memory_kb(house.process.pid)

        flood, began = Flood(world.broker.port, MESSAGES, 2), time.monotonic()
        wait_for("nothing to be drawn", 60, lambda: all_are(house, "shed"))
        print(f"shed {time.monotonic() - began:.1f} s into a flood of {MESSAGES} messages")
        flood.wait()
        check(all_are(house, "shed") and limit(house)["va"] == 100, "it stays so")

        def taken_back():
            world.broker.publish("dso/limit", '{"active": false}')
            return not limit(house)["ordered"]
        wait_for("what was said last to hold", 60, taken_back, 0.5)

        def fed_again():
            world.broker.publish("power", "500")
            return all_are(house, "fed")
        wait_for("all to be fed again", 240, fed_again, 0.5)
        grown = memory_kb(house.process.pid) - before
        print(f"memory: {before} kB, {grown:+d} kB after {MESSAGES} messages")
        check(SANITIZED or grown <= GROWTH_KB, f"it grew by {grown} kB")
        check(house.stop() == 0, "stops")


sys.exit(main([orders_are_carried_out_in_a_flood]))
