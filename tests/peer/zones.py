#!/usr/bin/env python3
"""Zones of a real `serve`: two rooms whose thermometers answer over HTTP, each with its own heater.

usage: zones.py OHMSTEAD"""
import calendar
import http.server
import json
import math
import os
import shutil
import sqlite3
import struct
import sys
import tempfile
import threading
import time

os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Broker  # noqa: E402
from daemon import Daemon, check, main, wait_for  # noqa: E402

class Thermometer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/v1/forecast"):
            first = int(time.time()) // 86400 * 86400
            hours = [first + 3600 * i for i in range(72)]
            answer = {"utc_offset_seconds": 0, "hourly": {
                "time": hours, "temperature_2m": [3.5] * 72, "shortwave_radiation": [0] * 72}}
        else:
            answer = {"t": self.server.rooms[self.path.strip("/")], "w": 800}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def config(port, more):
    return more + f"""
meters:
- {{id: main, port: 'http://127.0.0.1:{port}/living', every_s: 1, values: [{{quantity: power_import, pointer: /w, unit: W}}]}}
- {{id: living, port: 'http://127.0.0.1:{port}/living', every_s: 1, values: [{{quantity: temperature, pointer: /t}}]}}
- {{id: office, port: 'http://127.0.0.1:{port}/office', every_s: 1, values: [{{quantity: temperature, pointer: /t}}]}}
boards: [{{id: b, driver: sim}}]
loads:
- {{id: r1, nominal_w: 1500, on_min_s: 1, off_min_s: 1, output: {{board: b, channel: 0, contact: NC}}}}
- {{id: boiler, nominal_w: 2000, on_min_s: 1, off_min_s: 1, output: {{board: b, channel: 2, contact: NC}}}}
- {{id: r2, nominal_w: 1000, on_min_s: 1, off_min_s: 1, output: {{board: b, channel: 1, contact: NC}}}}
zones:
- {{id: living, name: Séjour, sensor: living, loads: [r1], schedule: [{{at: '00:00', set_c: 20}}]}}
- {{id: office, sensor: office, loads: [r2], schedule: [{{at: '00:00', set_c: 19}}], stale: shed, loss_w_per_k: 40, store_wh_per_k: 600}}
"""


PLANNED = """
contract: {{tariff: bleu-base, power_kva: 6}}
signals: [{{source: open-meteo, url: 'http://127.0.0.1:{port}', latitude: 48.85, longitude: 2.35}}]
plan: {{hours: 24}}
"""


class Site:
    """A daemon over two thermometers; `more` of its configuration."""

    def __init__(self, more=""):
        self.more = more

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Thermometer)
        self.rooms = self.server.rooms = {"living": 18.0, "office": 21.0}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.folder = tempfile.mkdtemp(prefix="ohm-zones-")
        path = os.path.join(self.folder, "site.yaml")
        with open(path, "w", encoding="utf-8") as out:
            port = self.server.server_address[1]
            out.write(config(port, self.more.format(port=port)))
        self.daemon = Daemon(config=path, state=os.path.join(self.folder, "state"),
                             plan="plan:" in self.more)
        self.daemon.config = path
        return self.daemon, self.rooms

    def __exit__(self, *failure):
        self.daemon.stop()
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)


def stamp(seconds_utc):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds_utc))


def seconds(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def zone_of(house, name):
    return next(z for z in house.read("/api/v1/zones")["items"] if z["id"] == name)


def load_of(house, name):
    return next(l for l in house.read("/api/v1/state")["loads"] if l["id"] == name)


def until(what, house, load, state, cause):
    return wait_for(what, 60, lambda: next(
        (l for l in [load_of(house, load)] if l["state"] == state and l["cause"] == cause), None))


def hand(house):
    """What changes a set point, by a token that may."""
    made = house.verb("token", "create", "--scope", "control", "--state", house.folder)
    check(made.returncode == 0, made.stderr)
    bearer = {"Authorization": "Bearer " + made.stdout.strip()}
    return lambda method, path, body=None: house.ask(method, path, body, bearer)


def each_zone_has_its_own_thermostat():
    with Site() as (house, rooms):
        until("the living room to be heated", house, "r1", "fed", "thermostat")
        until("the office to be warm enough", house, "r2", "shed", "thermostat")
        living, office = zone_of(house, "living"), zone_of(house, "office")
        check(living["temperature_c"] == 18 and living["set_c"] == 20 and living["asks"] == "cold", living)
        check(living["name"] == "Séjour" and living["loads"] == ["r1"], living)
        check(living["twin"]["state"] == "none" and office["twin"]["loss_w_per_k"] == 40, office)
        rooms.update(living=20.5, office=18.9)
        until("the living room to be warm enough", house, "r1", "shed", "thermostat")
        rooms.update(office=18.5)
        until("the office to be heated", house, "r2", "fed", "thermostat")
        line = wait_for("it in the journal", 30, lambda: next(
            (l for l in house.read("/api/v1/journal?limit=50")["items"]
             if l.get("cause") == "thermostat" and l.get("load") == "r1" and l["state"] == "shed"), None))
        check(line["switches"], str(line))


def a_set_point_by_hand_has_an_end_and_survives():
    with Site() as (house, _):
        change = hand(house)
        wait_for("the zones", 30, lambda: zone_of(house, "living")["state"] == "ok")
        path = "/api/v1/zones/living/set"
        for body in ({"set_c": 21}, {"set_c": 50, "minutes": 5}, {"set_c": "21", "minutes": 5},
                     {"set_c": 21, "minutes": 0}, {"set_c": 21, "minutes": 99999},
                     {"set_c": 21, "minutes": 5, "until": "2030-01-01T00:00:00Z"}, {"minutes": 5}):
            answer = change("PUT", path, body)
            check(answer.status == 422, f"{body}: {answer.status} {answer.body!r}")
        check(change("PUT", "/api/v1/zones/attic/set", {"set_c": 20, "minutes": 5}).status == 404, "no such zone")
        answer = change("PUT", path, {"set_c": 16.5, "minutes": 60})
        check(answer.status == 200 and answer.json["override"]["set_c"] == 16.5 and
              answer.json["set_c"] == 16.5 and answer.json["scheduled_c"] == 20, answer.body)
        until("the living room to wait", house, "r1", "shed", "thermostat")
        answer = change("DELETE", path)
        check(answer.status == 200 and answer.json["override"] is None, answer.body)
        until("the schedule to be back", house, "r1", "fed", "thermostat")
        check(house.stop() == 0, "stops")
        done = house.verb("replay", "--state", house.folder)
        check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)


def zones_are_planned_each_by_its_figures():
    with Site(PLANNED) as (house, rooms):
        plan = wait_for("a plan", 60, lambda: next(
            (p for p in [house.read("/api/v1/plan")]
             if p["state"] == "planned" and any(l["zone"] for l in p["loads"])), None))
        by_zone = {l["zone"]: l for l in plan["loads"]}
        check(set(by_zone) == {"office"}, f"the living room's figures are not known: {list(by_zone)}")
        office = by_zone["office"]
        check(office["load"] == "r2" and office["unit"] == "C" and office["kind"] == "heating", office)
        check(set(office["low"]) == {18} and set(office["high"]) == {20}, "a band about 19 C")
        check(max(office["power_w"]) <= 1000, "no more than its heater")
        mine = [a for a in plan["actions"] if a["load"] == "r2"]
        check(mine and all(a["to"] == b["from"] for a, b in zip(mine, mine[1:])), "without a gap")
        until("too warm for any plan", house, "r2", "shed", "thermostat")
        rooms.update(office=19.1)
        wait_for("what the plan wants", 60, lambda: load_of(house, "r2")["cause"] == "plan")
        # Its own days are counted, and that they do not tell enough yet is said: at night, so that
        # before three o'clock nothing is.
        twin = zone_of(house, "living")["twin"]
        check(twin["state"] == "none" and twin["days"] < 1 and twin["loss_w_per_k"] is None, twin)
        # A set point by hand is planned for.
        answer = hand(house)("PUT", "/api/v1/zones/office/set", {"set_c": 16, "minutes": 180})
        check(answer.status == 200, answer.body)
        wait_for("another plan", 60, lambda: any(
            l["low"][0] == 15 and l["low"][-1] == 18
            for l in house.read("/api/v1/plan").get("loads", [])))


def a_red_hour_is_prepared_for():
    """Three hours from now Ecowatt is red for two: who it will cut heats before, and says why."""
    with Site(PLANNED + "limits: [{{id: dso, kind: grid}}]\n") as (house, rooms):
        rooms.update(living=20.0, office=19.0)
        change = hand(house)
        planned = lambda: next((p for p in [house.read("/api/v1/plan")] if p["state"] == "planned"), None)
        before = wait_for("a plan", 60, planned)
        check(before["limits"] == [] and before["forecast"]["base"] == "configured", str(before["limits"]))
        begin = int(time.time()) // 900 * 900 + 3 * 3600
        told = {"from": stamp(begin), "to": stamp(begin + 7200), "level": 3}
        answer = change("PUT", "/api/v1/ecowatt/override", told)
        check(answer.status == 200, answer.body)
        plan = wait_for("a plan that knows it", 90, lambda: next(
            (p for p in [planned()] if p and p["limits"]), None))
        red = [l for l in plan["limits"] if l["limit"] == "ecowatt_red"]
        check(red[0]["from"] == told["from"] and red[-1]["to"] == told["to"], str(plan["limits"]))
        mine = [a for a in plan["actions"] if a["load"] == "r2"]
        check(any(a["state"] == "fed" and a["why"] == "red" for a in mine), str(mine))
        check(all(a["state"] == "shed" and a["why"] == "held" for a in mine
                  if told["from"] <= a["from"] < told["to"]), str(mine))
        k = (begin - seconds(plan["from"])) // plan["step_s"]
        level = plan["loads"][0]["level"]
        without = before["loads"][0]["level"][(begin - seconds(before["from"])) // plan["step_s"] - 1]
        check(level[k - 1] > without + 0.3, f"{level[k - 1]} before the hour, {without} without it")
        check(plan["weight_eur_per_kwh"][k] == 0.3 and plan["weight_eur_per_kwh"][k - 1] == 0, "weighs")
        # An order of the grid holds until its end, in the plan too.
        answer = change("PUT", "/api/v1/limits/dso", {"va": 900, "minutes": 60})
        check(answer.status == 200, answer.body)
        order = wait_for("a plan that knows the order", 90, lambda: next(
            (l for p in [planned()] if p for l in p["limits"] if l["limit"] == "dso"), None))
        check(order["import_w"] == 855, str(order))
        check(0 <= seconds(order["to"]) - time.time() - 3540 < 960, str(order))
        check(house.stop() == 0, "stops")
        done = house.verb("replay", "--state", house.folder)
        check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)


TANK = PLANNED.replace("plan: {{hours: 24}}", "plan: {{hours: 24, water: {{load: boiler, litres: 100, "
                       "high_c: 65, legionella_days: 7}}}}")


def a_tank_is_heated_through_when_it_is_due():
    """What an earlier run knew holds: a tank that was heated through eight days ago is at once, one
    of ten minutes ago is not."""
    with Site(TANK) as (house, _):
        wait_for("a plan", 60, lambda: house.read("/api/v1/plan")["state"] == "planned")
        path, folder = house.config, house.folder
        check(house.stop() == 0, "stops")
        for ago_s, due in ((8 * 86400, True), (600, False)):
            with sqlite3.connect(os.path.join(folder, "ohmstead.db")) as base:
                value, = base.execute("SELECT value FROM state WHERE key='plan/legionella'").fetchone()
                check(int(value) <= time.time() * 1000, value)
                base.execute("UPDATE state SET value=? WHERE key='plan/legionella'",
                             (b"%d" % ((time.time() - ago_s) * 1000),))
            with Daemon(config=path, state=folder, plan=True) as again:
                plan = wait_for("a plan", 60, lambda: next(
                    (p for p in [again.read("/api/v1/plan")] if p["state"] == "planned"), None))
                mine = [a for a in plan["actions"] if a["load"] == "boiler"]
                check((mine[0]["why"] == "hygiene" and mine[0]["state"] == "fed") == due, str(mine))
                check(any(a["why"] == "hygiene" for a in mine) == due, str(mine))
                check(again.stop() == 0, "stops")


def what_is_decided_already_is_planned_around():
    """A person feeds one load and sheds another for an hour; a phase has no room for the boiler."""
    with Site(TANK) as (house, rooms):
        rooms.update(living=19.5, office=19.0)
        change = hand(house)
        planned = lambda: next((p for p in [house.read("/api/v1/plan")] if p["state"] == "planned"), None)
        wait_for("a plan", 60, planned)
        for load, state in (("boiler", "fed"), ("r2", "shed")):
            answer = change("PUT", f"/api/v1/loads/{load}/override", {"state": state, "minutes": 60})
            check(answer.status == 200, answer.body)
        plan = wait_for("a plan that knows both", 90, lambda: next(
            (p for p in [planned()] if p and sum(a["why"] == "hand" for a in p["actions"]) >= 2), None))
        for load, state in (("boiler", "fed"), ("r2", "shed")):
            mine = [a for a in plan["actions"] if a["load"] == load and a["why"] == "hand"]
            check(mine[0]["state"] == state and mine[0]["from"] == plan["from"], str(mine))
            check(0 <= seconds(mine[-1]["to"]) - time.time() - 3540 < 960, str(mine))
        check(plan["base_w"][0] == plan["base_w"][8] + 2000, "what is fed by hand is drawn")
    with Site(TANK + "limits: [{{id: leg, kind: fuse, phase: 2, va: 760}}]\n") as (house, rooms):
        rooms.update(living=19.5, office=19.0)
        plan = wait_for("a plan", 60, lambda: next(
            (p for p in [house.read("/api/v1/plan")] if len(p.get("loads", [])) == 2), None))
        mine = [a for a in plan["actions"] if a["load"] == "boiler"]
        check(len(mine) == 1 and mine[0]["state"] == "shed" and mine[0]["why"] == "room", str(mine))
        check(any(max(l["power_w"]) == 1000 for l in plan["loads"] if l["load"] == "r2"), "a smaller one has room")


def a_car_is_asked_for_and_it_survives():
    """Ready in five hours with two kWh: planned, kept over a restart, taken back."""
    with Site("site: {{timezone: UTC}}\n" + PLANNED.replace("plan: {{hours: 24}}",
              "plan: {{hours: 24, car: {{load: boiler, need_kwh: 3, home: '18:00', ready: '06:00'}}}}")) as (house, _):
        change, path, folder = hand(house), house.config, house.folder
        ready = int(time.time()) // 900 * 900 + 5 * 3600
        first = wait_for("a plan", 60, lambda: house.read("/api/v1/plan").get("car"))
        check(first["asked"] is False and first["need_kwh"] == 3 and first["ready_minute"] == 360, first)
        for body in ({"need_kwh": 201, "ready": stamp(ready)}, {"need_kwh": 2, "ready": stamp(ready - 86400)},
                     {"need_kwh": 2, "ready": stamp(ready + 3 * 86400)}, {"need_kwh": "2", "ready": stamp(ready)},
                     {"need_kwh": 2, "ready": stamp(ready), "daily": 1}):
            check(change("PUT", "/api/v1/plan/car", body).status == 422, body)
        check(change("PUT", "/api/v1/plan/car", {"need_kwh": 2}).status in (400, 422), "no end")
        answer = change("PUT", "/api/v1/plan/car", {"need_kwh": 2, "ready": stamp(ready)})
        check(answer.status == 204, answer.body)
        check(house.stop() == 0, "stops")
        with Daemon(config=path, state=folder, plan=True) as again:
            plan = wait_for("the plan for it", 60, lambda: next(
                (p for p in [again.read("/api/v1/plan")] if p.get("car") and p["car"]["asked"]), None))
            check(plan["car"]["ready"] == stamp(ready) and plan["car"]["need_kwh"] == 2, plan["car"])
            mine = next(l for l in plan["loads"] if l["kind"] == "car")["power_w"]
            steps = (ready - seconds(plan["from"])) // plan["step_s"]
            check(sum(mine[:steps]) * plan["step_s"] / 3.6e6 >= 1.99 and not any(mine[steps:]), str(mine))
            check(hand(again)("DELETE", "/api/v1/plan/car").status == 204, "taken back")
            wait_for("the configuration's again", 60, lambda: not again.read("/api/v1/plan")["car"]["asked"])
            check(again.stop() == 0, "stops")
            done = again.verb("replay", "--state", again.folder)
            check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)


def a_car_is_asked_for_by_mqtt():
    """By a real broker: what is no order, or was kept by the broker, changes nothing; what is lasts
    over a restart, and is taken back."""
    broker = Broker()
    plan = (f"plan: {{{{hours: 24, car: {{{{load: boiler, need_kwh: 3, home: '18:00', ready: '06:00', "
            f"mqtt: 'mqtt://127.0.0.1:{broker.port}/home/car'}}}}}}}}")
    broker.publish("home/car", '{"need_kwh": 9, "ready": "05:00"}', retain=True)
    try:
        with Site("site: {{timezone: UTC}}\n" + PLANNED.replace("plan: {{hours: 24}}", plan)) as (house, _):
            path, folder = house.config, house.folder
            asked = lambda of: wait_for("a plan", 60, lambda: of.read("/api/v1/plan").get("car"))
            house.says("car orders listened for car=boiler")
            broker.publish("home/car", '{"need_kwh": 2}')
            house.says("car order refused car=boiler")
            check(asked(house)["asked"] is False and asked(house)["need_kwh"] == 3, "the configuration's")
            ready = int(time.time()) // 900 * 900 + 5 * 3600
            broker.publish("home/car", json.dumps({"soc": 40, "target_soc": 80, "capacity_kwh": 5,
                                                   "ready": stamp(ready)}))
            wait_for("a plan for it", 60, lambda: asked(house)["asked"])
            check(asked(house)["ready"] == stamp(ready) and asked(house)["need_kwh"] == 2, asked(house))
            check(house.stop() == 0, "stops")
            with Daemon(config=path, state=folder, plan=True) as again:
                wait_for("it is known still", 60, lambda: asked(again)["asked"])
                again.says("car orders listened for car=boiler")
                broker.publish("home/car", '{"need_kwh": null}')
                wait_for("the configuration's again", 60, lambda: not asked(again)["asked"])
                check(again.stop() == 0, "stops")
                done = again.verb("replay", "--state", again.folder)
                check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)
    finally:
        broker.close()


def two_weeks_of(loss, store):
    """The past of a room with a thermostat, up to the last quarter of an hour, as the daemon keeps it."""
    steps, indoor, heats, rows = 14 * 96, 19.0, False, b""
    for k in range(steps):
        outdoor = 4 + 5 * math.sin(k * 0.0654) + 3 * math.sin(k * 0.011) + (k * 7919 % 256) / 256
        wanted = 17 if k // 4 % 24 < 6 else 20
        heats = indoor < wanted - 0.3 or (heats and indoor < wanted + 0.3)
        heat = 4500 if heats else 0
        rows += struct.pack("<hhHH", round(indoor * 100), round(outdoor * 100), heat, 0)
        rest = outdoor + heat / loss
        indoor = rest + (indoor - rest) * math.exp(-loss * 0.25 / store)
    first = int(time.time()) // 900 - steps
    return struct.pack("<BBHIq", 1, 0, steps, 0, first) + rows


def the_night_finds_what_a_zone_loses_and_keeps_it():
    # Where it is past three o'clock now: the night's work is due.
    zone = "UTC" if time.gmtime().tm_hour >= 4 else "America/Los_Angeles"
    with Site(f"site: {{{{timezone: {zone}}}}}\n") as (house, _):
        wait_for("the zones", 30, lambda: zone_of(house, "living")["state"] == "ok")
        check(zone_of(house, "living")["twin"]["state"] == "none", "nothing is known at first")
        path, folder = house.config, house.folder
        check(house.stop() == 0, "stops")
        with sqlite3.connect(os.path.join(folder, "ohmstead.db")) as base:
            base.execute("INSERT OR REPLACE INTO state(key, value) VALUES('twin.living.past', ?)",
                         (two_weeks_of(110, 1500),))
        for _ in range(2):  # found by the first, kept for the second
            with Daemon(config=path, state=folder) as again:
                twin = wait_for("figures", 60, lambda: next(
                    (t for t in [zone_of(again, "living")["twin"]] if t["state"] == "learnt"), None))
                check(abs(twin["loss_w_per_k"] - 110) < 15 and
                      twin["loss_low_w_per_k"] <= 110 <= twin["loss_high_w_per_k"] + 5, twin)
                check(abs(twin["store_wh_per_k"] - 1500) < 300 and twin["error_k"] < 0.5, twin)
                check(twin["made"] and twin["days"] > 13, twin)
                check(again.stop() == 0, "stops")
        with sqlite3.connect(os.path.join(folder, "ohmstead.db")) as base:
            kept, = base.execute("SELECT value FROM state WHERE key='twin.living.found'").fetchone()
        version, loss_mw, *_, gain_mw = struct.unpack("<B9q", kept)
        check(version == 2 and abs(loss_mw / 1000 - twin["loss_w_per_k"]) <= 0.5, kept)
        check(abs(gain_mw / 1000) < 200, "nothing else heated it")


if __name__ == "__main__":
    sys.exit(main([each_zone_has_its_own_thermostat, a_set_point_by_hand_has_an_end_and_survives,
                   zones_are_planned_each_by_its_figures, a_red_hour_is_prepared_for,
                   a_tank_is_heated_through_when_it_is_due,
                   what_is_decided_already_is_planned_around, a_car_is_asked_for_and_it_survives,
                   a_car_is_asked_for_by_mqtt,
                   the_night_finds_what_a_zone_loses_and_keeps_it]))
