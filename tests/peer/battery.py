#!/usr/bin/env python3
"""A battery of a real `serve` behind a real Mosquitto: what its inverter is told and when it is left alone.

usage: battery.py OHMSTEAD"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Broker  # noqa: E402
from daemon import Daemon, check, main, wait_for  # noqa: E402

SITE = """
site: {{id: home, timezone: UTC}}
contract: {{tariff: bleu-hphc, power_kva: 6, off_peak: ["{off_peak}"]}}
meters:
  - {{id: main, protocol: mqtt, port: "mqtt://127.0.0.1:{mqtt}/main", values: [{{quantity: power_import, pointer: /in}}, {{quantity: power_export, pointer: /out}}]}}
  - {{id: storage, protocol: mqtt, port: "mqtt://127.0.0.1:{mqtt}/inverter", values: [{{quantity: battery_charge, pointer: /soc}}]}}
{more}boards:
  - {{id: inverter, driver: mqtt-level, port: "mqtt://127.0.0.1:{mqtt}", devices: [inverter], deadman_s: 6,
      set: "{{device}}/set", payload: '{{"mode":"remote","w":{{w}}}}', own_payload: '{{"mode":"auto"}}'}}
loads:
  - {{id: battery, nominal_w: 3000, on_min_s: 0, off_min_s: 0, setpoint: {{min: 200, step: 50}}, output: {{board: inverter, channel: 0}}}}
plan:
  hours: {hours}
  base_w: {base_w}
  battery: {{load: battery, sensor: storage, capacity_kwh: 12, discharge_w: 2500, reserve_percent: 10, cycle_eur_per_kwh: 0}}
"""


class House:
    """A meter and an inverter, which say how things are each second; `told` is what came."""

    def __init__(self, cheap, soc, base_w=400, more="", hours=24):
        self.broker, self.told = Broker(), []
        self.net_w, self.soc, self.over = base_w, soc, False
        self.ears = subprocess.Popen([shutil.which("mosquitto_sub"), "-h", "127.0.0.1", "-p",
                                      str(self.broker.port), "-t", "inverter/set"],
                                     stdout=subprocess.PIPE, text=True)
        self.folder = tempfile.mkdtemp(prefix="ohm-battery-")
        path = os.path.join(self.folder, "site.yaml")
        # Cheap hours that end in an hour or two: too soon to fill it if it does not begin now.
        from_h = (time.gmtime().tm_hour + (18 if cheap else 6)) % 24
        with open(path, "w", encoding="utf-8") as out:
            out.write(SITE.format(mqtt=self.broker.port, base_w=base_w, more=more, hours=hours,
                                  off_peak=f"{from_h:02}:00-{(from_h + 8) % 24:02}:00"))
        for work in (self._listen, self._speak):
            threading.Thread(target=work, daemon=True).start()
        self.daemon = Daemon(path, os.path.join(self.folder, "state"), plan=True)

    def _listen(self):
        for line in self.ears.stdout:
            self.told.append(json.loads(line))

    def _speak(self):
        while not self.over:
            net = self.net_w
            self.broker.publish("main", json.dumps({"in": max(net, 0), "out": max(-net, 0)}))
            if self.soc is not None:
                self.broker.publish("inverter", json.dumps({"soc": self.soc}))
            time.sleep(1)

    def until_told(self, what, good):
        return wait_for(what, 45, lambda: next((t for t in reversed(self.told[-1:]) if good(t)), None))

    def battery(self):
        return next(l for l in self.daemon.read("/api/v1/state")["loads"] if l["id"] == "battery")

    def plan(self):
        return self.daemon.read("/api/v1/plan")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.over = True
        self.daemon.__exit__(kind, error, trace)
        self.ears.kill()
        self.broker.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def charges(told):
    return told.get("w", 0) > 0


def it_charges_in_cheap_hours_and_gives_way():
    with House(cheap=True, soc=20) as house:
        first = house.until_told("it to charge", charges)
        check(first["mode"] == "remote" and 200 <= first["w"] <= 3000, first)
        plan = house.plan()["battery"]
        check(plan["state"] == "planned" and plan["charge_percent"] == 20, plan)
        check(plan["plan_eur"] < plan["own_eur"] - 0.05 and plan["bound_eur"] <= plan["plan_eur"] + 0.2, plan)
        now = plan["actions"][0]
        check(now["does"] == "charge" and now["why"] == "cheap", now)
        check(now["instead_eur_per_kwh"] > now["price_eur_per_kwh"], now)
        load = house.battery()
        check(load["battery"] == "charge" and load["cause"] == "plan" and load["setpoint_w"] == first["w"], load)
        said = len(house.told)  # said again before its time-out is over
        wait_for("it to be said again", 30, lambda: len(house.told) >= said + 2)
        house.net_w = 8000  # 6 kVA are subscribed: the limit goes before the plan
        house.until_told("it to be left to its own mode", lambda t: t["mode"] == "auto")
        load = house.battery()
        check(load["state"] == "shed" and load["cause"] == "breaker" and load["battery"] == "own", load)
        line = wait_for("it in the journal", 30, lambda: next(
            (l for l in house.daemon.read("/api/v1/journal?limit=50")["items"]
             if l.get("cause") == "breaker" and l.get("battery") == "own"), None))
        check(line["load"] == "battery", line)


def it_keeps_its_reserve_and_is_let_go_at_the_end():
    with House(cheap=False, soc=10) as house:
        house.until_told("it to rest", lambda t: t["mode"] == "remote" and t["w"] == 0)
        now = house.plan()["battery"]["actions"][0]
        check(now["does"] == "rest" and now["why"] == "reserve", now)
        check(house.battery()["battery"] == "rest", house.battery())
        house.daemon.stop()
        check(house.told[-1]["mode"] == "auto", house.told[-3:])


def it_gives_what_is_above_a_limit_and_no_more_than_is_drawn():
    limit = 'limits: [{id: house, kind: cap, va: 2000}]\n'
    with House(cheap=True, soc=90, base_w=3000, more=limit, hours=6) as house:
        told = house.until_told("it to give", lambda t: t.get("w", 0) < 0)
        check(-2500 <= told["w"] <= -1000, told)
        now = house.plan()["battery"]["actions"][0]
        check(now["does"] == "give" and now["why"] == "under", now)
        given = -told["w"]
        house.net_w = 600 - given  # the house draws 600 W all of a sudden: the rest is fed back
        less = house.until_told("it to give less", lambda t: -600 <= t.get("w", -9999) < 0)
        check(less["mode"] == "remote", less)
        house.net_w = 600 + less["w"]


def one_that_nobody_knows_of_is_left_alone():
    # A kilowatt in the dear hours to come: even two cheap ones left fill it only if it begins now.
    with House(cheap=True, soc=None, base_w=1000) as house:
        wait_for("no plan, and why", 60, lambda: house.plan().get("error") == "how full the battery is nobody says")
        wait_for("its own mode", 60, lambda: house.battery()["cause"] == "own")
        check(house.battery()["battery"] == "own", house.battery())
        check(not any(charges(t) for t in house.told), house.told)
        house.soc = 30
        house.until_told("it to charge once that is known", charges)
        house.daemon.stop(signal.SIGKILL)
        count = len(house.told)
        time.sleep(7)
        check(not any(charges(t) for t in house.told[count + 1:]), "nothing says it again: its time-out lets it go")


if __name__ == "__main__":
    main([it_charges_in_cheap_hours_and_gives_way, it_keeps_its_reserve_and_is_let_go_at_the_end,
          it_gives_what_is_above_a_limit_and_no_more_than_is_drawn, one_that_nobody_knows_of_is_left_alone])
