#!/usr/bin/env python3
"""`ohmstead serve --config` on a simulated meter's line: what a householder is told when the key
is wrong, the line goes dead or lies, and that nothing is invented or taken twice.

usage: site.py OHMSTEAD PUSH_E450"""
import os
import subprocess
import sys
import time

os.environ["OHMSTEAD"], os.environ["PUSH_E450"] = sys.argv[1:3]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, check, main, wait_for  # noqa: E402
from meter_line import AUTH, KEY, OTHER, Site, meter_of, pushes, read  # noqa: E402


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


def a_clock_left_in_summer_time_is_told_and_not_believed():
    """Nor does a clock that is a little slow make the page empty."""
    now_s = int(time.time())
    for off_s, told in ((3600, True), (-60, False)):
        start = ((now_s + off_s) // 60 * 60 + 5) * 1000
        with Site(pushes(400, "--key", KEY, "--auth-key", AUTH, start=start), KEY, AUTH) as site, \
                site.serve() as house:
            meter = reaches(house, "ok")
            state = read(house, "/api/v1/state")
            check(state["now"]["import_w"] is not None, str(state["now"]))
            check(("meter_clock" in state["health"]["problems"]) == told, str(state["health"]))
            check((meter["clock_off_s"] is not None) == told, str(meter))
            if told:
                check(3000 < meter["clock_off_s"] < 4200, str(meter))
                check(all(v["time"] < time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(
                    time.time() + 2)) for v in meter["values"]), "nothing from the future")


def a_meter_that_cannot_be_reached_is_a_problem_at_once():
    with Site([]) as site:
        with open(site.config, encoding="utf-8") as file:
            text = file.read()
        with open(site.config, "w", encoding="utf-8") as file:
            file.write(text.replace(f"tcp:127.0.0.1:{site.line.port}", "serial:/nowhere/meter"))
        with Daemon(config=site.config, state=os.path.join(site.folder, "state")) as house:
            meter_of(house)

            def problems():
                return read(house, "/api/v1/state")["health"]["problems"]
            wait_for("the problem", 5, lambda: "meter_silent" in problems())
            check(meter_of(house)["state"] == "unreachable", "in these words")


if __name__ == "__main__":
    sys.exit(main([
        a_ciphered_meter_is_read_and_its_silence_is_told,
        a_wrong_key_and_no_key_are_told_apart,
        a_babbling_line_and_a_dead_one_are_told_apart,
        a_flipped_bit_and_a_replay_yield_nothing,
        a_replay_after_a_restart_is_a_replay_too,
        a_swapped_meter_is_told_and_its_counter_forgotten,
        a_clock_left_in_summer_time_is_told_and_not_believed,
        a_meter_that_cannot_be_reached_is_a_problem_at_once,
    ]))
