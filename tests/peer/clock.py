#!/usr/bin/env python3
"""`ohmstead serve` whose wall clock was never set, is set while it runs, and jumps: what it can't
know it doesn't say, and no duration changes.

usage: clock.py OHMSTEAD PUSH_E450 CLOCK_SHIM SANITIZER"""
import calendar
import json
import os
import sqlite3
import struct
import sys
import tempfile
import time

os.environ["OHMSTEAD"], os.environ["PUSH_E450"], SHIM, SANITIZER = sys.argv[1:5]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Broker  # noqa: E402
from daemon import Daemon, check, main, wait_for  # noqa: E402
from meter_line import AUTH, KEY, Site, change, pushes, read  # noqa: E402

OVERRIDE = "/api/v1/loads/heater/override"
MARGIN_S = 300  # for a busy machine; what is told apart here lies hours and decades away


class Clock:
    """The wall clock of a daemon."""

    def __init__(self):
        self.file = tempfile.NamedTemporaryFile()
        self.off_ms = 0
        self.jump_to(0)
        self.env = {"LD_PRELOAD": SHIM, "OHM_TEST_CLOCK": self.file.name}

    def jump_to(self, off_ms):
        self.off_ms = off_ms
        with open(self.file.name, "r+b") as file:
            file.write(struct.pack("=q", off_ms))

    def jump_to_1970(self):
        self.jump_to(-int(time.time() * 1000) + 100_000)

    def now_s(self):
        return time.time() + self.off_ms / 1000


def seconds(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def state_of(house):
    return read(house, "/api/v1/state")


def problems(house):
    return state_of(house)["health"]["problems"]


def override(house):
    return state_of(house)["loads"][0]["override"]


def journal(house):
    return read(house, "/api/v1/journal?limit=100")["items"]


def notices(house):
    return [line.get("notice") for line in journal(house)]


def site():
    return Site(pushes(400, "--key", KEY, "--auth-key", AUTH), KEY, AUTH)


def replays(place, house):
    check(house.stop() == 0, "stops")
    done = house.verb("replay", "--state", os.path.join(place.folder, "state"))
    check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)


def without_a_clock_nothing_is_invented_and_when_it_is_set_all_recovers():
    clock, start_s = Clock(), time.time()
    clock.jump_to_1970()
    with site() as place, place.serve(clock.env) as house:
        wait_for("the meter", 60, lambda: state_of(house)["meters"][0]["state"] == "ok")
        state = state_of(house)
        check(state["health"]["status"] == "warning" and
              state["health"]["problems"] == ["clock_unset"], str(state["health"]))
        check(state["now"]["fresh"] and state["now"]["import_w"] is not None, "power needs no date")
        check(state["today"] == {"date": None, "import_wh": None, "export_wh": None,
                                 "cost_eur": None, "unpriced_wh": 0, "complete": False,
                                 "estimated": False},
              str(state["today"]))
        check(state["tariff"] is None, "no price without a date")
        meter = state["meters"][0]
        check(meter["last_time"] is None and 0 <= meter["age_s"] < MARGIN_S, str(meter))
        load = state["loads"][0]
        check((load["state"], load["cause"], load["since"]) == ("fed", "normal", None), str(load))
        check(all(line["time"] is None for line in journal(house)), str(journal(house)))
        answer = change(house, "PUT", "/api/v1/ecowatt/override", {
            "from": state["time"], "to": "1970-01-01T03:00:00Z", "level": 3})
        check(answer.status in (409, 422), f"hours mean nothing without a clock: {answer.body}")
        answer = change(house, "PUT", OVERRIDE, {"state": "shed", "minutes": 60})
        check(answer.status == 200 and answer.json["override"]["until"] is None, answer.body)

        clock.jump_to(0)
        wait_for("the clock to be taken", 20, lambda: problems(house) == [])
        left_s = seconds(override(house)["until"]) - time.time()
        check(3600 - MARGIN_S < left_s <= 3601, f"an hour is an hour: {left_s} s")
        wait_for("the notices", 20, lambda: {"clock_jump", "clock_set"} <= set(notices(house)))
        state = wait_for("a price and a day", 30, lambda: next(
            (s for s in [state_of(house)] if s["tariff"] and s["today"]["date"]), None))
        check(state["today"]["complete"] is False, "the day began before the clock did")
        check(state["today"]["import_wh"] < 1000, str(state["today"]))
        check(abs(seconds(state["meters"][0]["last_time"]) - time.time()) < MARGIN_S, str(state))
        replays(place, house)
        database = sqlite3.connect(os.path.join(place.folder, "state", "ohmstead.db"))
        first, last = database.execute("SELECT min(k) >> 12, max(k) >> 12 FROM frame").fetchone()
        database.close()
        check(start_s - 3600 < first / 1000 <= last / 1000 < time.time() + 3 * 3600,
              f"readings bear the meter's own time: {first} {last}")


def a_jump_changes_no_duration():
    clock = Clock()
    with site() as place, place.serve(clock.env) as house:
        wait_for("the meter", 60, lambda: state_of(house)["meters"][0]["state"] == "ok")
        answer = change(house, "PUT", OVERRIDE, {"state": "shed", "minutes": 60})
        check(answer.status == 200, answer.body)
        start = time.monotonic()
        for count, off_ms in enumerate((7_200_000, 0, -7_200_000), 1):
            clock.jump_to(off_ms)
            wait_for("the jump to be told", 20,
                     lambda n=count: notices(house).count("clock_jump") == n)
            state = state_of(house)
            check(abs(seconds(state["time"]) - clock.now_s()) < MARGIN_S, state["time"])
            check(state["now"]["fresh"], "the meter spoke a moment ago, whatever the clock says")
            check(state["meters"][0]["age_s"] < MARGIN_S, str(state["meters"][0]["age_s"]))
            load = state["loads"][0]
            check(load["override"] is not None, "the override goes on")
            left_s = seconds(load["override"]["until"]) - clock.now_s()
            passed_s = time.monotonic() - start
            check(abs(left_s + passed_s - 3600) < MARGIN_S, f"{left_s} s left after {passed_s} s")
            since_s = clock.now_s() - seconds(load["since"])
            check(0 <= since_s + 2 < MARGIN_S, f"as it is since {since_s} s")
        # The meter kept to the true time: that our clock is another is told, and nothing else.
        check(set(problems(house)) <= {"meter_clock"}, str(problems(house)))
        replays(place, house)


def a_clock_that_falls_to_1970_is_told_and_comes_back():
    clock = Clock()
    with site() as place, place.serve(clock.env) as house:
        wait_for("a day", 60, lambda: state_of(house)["today"]["date"])
        answer = change(house, "PUT", OVERRIDE, {"state": "shed", "minutes": 60})
        until = answer.json["override"]["until"]
        clock.jump_to_1970()
        wait_for("the loss to be told", 20, lambda: problems(house) == ["clock_unset"])
        state = state_of(house)
        check(state["tariff"] is None, "no price")
        check(state["loads"][0]["override"]["until"] == until, "what was asked for stays known")
        clock.jump_to(0)
        wait_for("the clock to be back", 20, lambda: problems(house) == [])
        check(abs(seconds(override(house)["until"]) - seconds(until)) < 5, str(override(house)))
        replays(place, house)


TEMPO = """
site: {id: home, timezone: Europe/Paris}
store: {commit_s: 1}
meters:
  - {id: main, protocol: mqtt, port: "mqtt://127.0.0.1:%d/m", values: [{quantity: power_import, pointer: /p},
     {quantity: tempo_today, pointer: /c}, {quantity: tempo_tomorrow, pointer: /d}]}
contract: {tariff: bleu-tempo, power_kva: 9}
"""
BLUE, RED, UNKNOWN = 1, 3, 0
SIX = calendar.timegm((2026, 11, 21, 5, 0, 0))  # 06:00 in Paris: the 21st begins


def a_meter_ahead_of_us_makes_no_day_red_that_was_blue():
    """Twenty seconds before our six o'clock its new day has begun: what it says then is of no day
    that we know; half an hour later it is of today."""
    clock, broker = Clock(), Broker()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "site.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(TEMPO % broker.port)

        def said():
            with sqlite3.connect(f"file:{folder}/ohmstead.db?mode=ro", uri=True) as db:
                return dict(db.execute("SELECT date, code FROM day_code WHERE source='main'"))

        def tell(house, watts, today, tomorrow):
            def taken():
                broker.publish("m", json.dumps({"p": watts, "c": today, "d": tomorrow}))
                return f'"value": {watts}' in json.dumps(house.read("/api/v1/state"))
            wait_for(f"{watts} W", 60, taken)
        clock.jump_to(int((SIX - 20 - time.time()) * 1000))
        with Daemon(config=path, state=folder, env=clock.env) as house:
            tell(house, 777, BLUE, RED)
            tell(house, 778, RED, UNKNOWN)  # its six o'clock
            clock.jump_to(int((SIX + 1800 - time.time()) * 1000))
            tell(house, 779, RED, UNKNOWN)
            wait_for("the colour of the 21st", 60, lambda: said().get("2026-11-21") == "RED")
            check(said() == {"2026-11-21": "RED"}, said())
    broker.stop()


if __name__ == "__main__":
    if SANITIZER != "none":
        print("skipped: a sanitizer's run time has to be the first library of all")
        sys.exit(77)
    sys.exit(main([
        without_a_clock_nothing_is_invented_and_when_it_is_set_all_recovers,
        a_jump_changes_no_duration,
        a_clock_that_falls_to_1970_is_told_and_comes_back,
        a_meter_ahead_of_us_makes_no_day_red_that_was_blue,
    ]))
