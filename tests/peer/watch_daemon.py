#!/usr/bin/env python3
"""What the daemon makes of a store of months: forecasts of its registers and alarms, kept over
restarts and kill -9, judged again when the clock jumps, gone with what is erased.

usage: watch_daemon.py OHMSTEAD CLOCK_SHIM SANITIZER"""
import calendar
import http.server
import json
import math
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

os.environ["OHMSTEAD"], SHIM, SANITIZER = sys.argv[1:4]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, check, main, wait_for  # noqa: E402

MAIN = "home/ground/main/energy_import"
HOUR, DAY = 3600, 86400
ALARMS = "/api/v1/analysis/alarms"
SITE = """site: {{id: home, timezone: Europe/Paris}}
meters:
  - {{id: main, zone: ground, protocol: tic, port: "tcp:127.0.0.1:9"}}
contract:
  power_kva: 9
  prices:
    - {{from: 2020-01-01, base: 0.2, subscription: 150}}
analysis:
  holidays: fr
  closures: {closures}
"""


def power(t, noise):
    """A house that gets up, comes home, and stays in at week-ends. W."""
    hour, weekday = t // HOUR % 24, (t // DAY + 3) % 7
    w = 250 + noise.gauss(0, 30)
    w += 900 if 6 <= hour < 8 else 1500 if 17 <= hour < 21 else 0
    return max(20, w + (300 if weekday >= 5 and 9 <= hour < 16 else 0))


class House:
    """A folder with a configuration and a store that remembers `days`, `more` W since six in the
    morning (UTC) of the day `since` days ago; its wall clock may be moved. What is told of a step is
    what was seen when it was noticed: by its hour that is all of it, or a part."""

    def __init__(self, days, more=0, since=0, registers=1, shim=False):
        self.folder = tempfile.mkdtemp(prefix="ohm-watch-")
        self.state = os.path.join(self.folder, "state")
        os.mkdir(self.state)
        self.config = os.path.join(self.folder, "site.yaml")
        closures = os.path.join(self.folder, "closures.txt")
        with open(closures, "w", encoding="utf-8") as out:
            out.write("2026-08-03..2026-08-14\n")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(SITE.format(closures=closures))
        self.shim = shim
        self.clock = os.path.join(self.folder, "clock")
        self.set_clock(0)
        self.now = int(time.time()) // HOUR * HOUR
        self.fill(days, more, since, registers)

    def fill(self, days, more, since, registers):
        if registers == 0:
            return
        noise = random.Random(8)
        today = self.now // DAY * DAY
        names = ["main"] + [f"sub{i}" for i in range(1, registers)]
        count = 1000000
        path = os.path.join(self.folder, "past.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write("time," + ",".join(f"home/ground/{n}/energy_import" for n in names) + "\n")
            for t in range(today - days * DAY, self.now + 1, HOUR):
                stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
                out.write(stamp + f",{count}" * registers + "\n")
                count += round(power(t, noise) + (more if t >= today - since * DAY + 6 * HOUR else 0))
        self.verb("import", "--state", self.state, "--config", self.config, path)

    def verb(self, *words):
        done = subprocess.run([os.environ["OHMSTEAD"], *words], capture_output=True, text=True,
                              timeout=240, check=False)
        check(done.returncode == 0, f"{words}: {done.stderr}")

    def set_clock(self, off_s):
        with open(self.clock, "r+b" if os.path.exists(self.clock) else "w+b") as out:
            out.write(struct.pack("<q", off_s * 1000))

    def serve(self):
        env = {"LD_PRELOAD": SHIM, "OHM_TEST_CLOCK": self.clock} if self.shim else None
        return Daemon(config=self.config, state=self.state, env=env)

    def stored(self, key):
        base = sqlite3.connect(os.path.join(self.state, "ohmstead.db"))
        count = base.execute("SELECT count(*) FROM state WHERE key LIKE ?", (key,)).fetchone()[0]
        base.close()
        return count

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)


def forecast(house, register=MAIN):
    """Once it was learnt."""
    def said():
        listed = house.read("/api/v1/analysis/forecast")["registers"]
        if not any(r["register"] == register and r["made"] for r in listed):
            return None
        return house.read("/api/v1/analysis/forecast?register=" + register)
    return wait_for(f"the forecast of {register}", 60, said)


def act(house, method, path):
    made = house.verb("token", "create", "--state", house.folder, "--scope", "control")
    check(made.returncode == 0, made.stderr)
    return house.ask(method, ALARMS + path,
                     headers={"Authorization": "Bearer " + made.stdout.strip()})


def of_type(house, kind, state="all"):
    return [a for a in house.read(f"{ALARMS}?state={state}")["alarms"] if a["type"] == kind]


def notices(house, name):
    return [i for i in house.read("/api/v1/journal?limit=200")["items"] if i.get("notice") == name]


def two_days_are_forecast_from_the_store():
    with House(days=100) as site, site.serve() as house:
        said = forecast(house)
        check(said["state"] == "said" and said["kind"] == "load", str(said)[:300])
        check(said["days_learnt"] >= 98 and said["lacking"] is None, str(said)[:300])
        check(said["step_s"] == HOUR and 70 <= len(said["mean"]) <= 74, str(len(said["mean"])))
        check(said["error_w"] < 1.1 * said["simple_error_w"], str(said)[:300])
        begin = calendar.timegm(time.strptime(said["from"], "%Y-%m-%dT%H:%M:%SZ"))
        check(site.now - 26 * HOUR < begin <= site.now, said["from"])
        noise, off, inside, hours = random.Random(1), 0, 0, len(said["mean"])
        for h, mean in enumerate(said["mean"]):
            real = power(begin + h * HOUR, noise)
            off += abs(mean - real) / hours
            inside += said["q10"][h] <= real <= said["q90"][h]
            deciles = [said[f"q{k}"][h] for k in range(10, 100, 10)]
            check(deciles == sorted(deciles), str(deciles))
        check(off < 120, f"mean error {off} W")
        check(inside > hours * 0.5, f"{inside} of {hours} in the band")
        unknown = house.ask("GET", "/api/v1/analysis/forecast?register=home/x/y/power",
                            headers=house.bearer)
        check(unknown.status == 404, str(unknown.status))
        check(house.ask("GET", "/api/v1/analysis/forecast").status == 401, "strangers see nothing")


def quarters(t, noise):
    """A pump that runs in the third quarter of each hour, beside a house."""
    return 300 + 5 * (t // HOUR % 24) + noise.gauss(0, 10) + (800 if t // 900 % 4 == 2 else 0)


def by_quarter_hours_where_they_are_asked_for():
    """The main meter and panels with a meter of their own; a sub-meter stays with hours, and so does
    all of it, where nobody asks. After a restart it goes on from what was kept."""
    def sun(t):
        return max(0, 1500 * math.sin((t % DAY / 3600 - 6) / 12 * math.pi))
    keys = [f"home/ground/{n}" for n in ("main/energy_import", "sub/energy_import", "sun/energy_export")]
    with House(days=0, registers=0) as site:
        noise, counts = random.Random(3), [1000000.0] * 3
        path = os.path.join(site.folder, "quarters.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write("time," + ",".join(keys) + "\n")
            for t in range(site.now // DAY * DAY - 50 * DAY, site.now + 1, 900):
                stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
                out.write(stamp + "".join(f",{c:.0f}" for c in counts) + "\n")
                w = quarters(t, noise)
                counts = [c + x / 4 for c, x in zip(counts, (w, w / 2, sun(t + 450)))]
        site.verb("import", "--state", site.state, "--config", site.config, path)
        with site.serve() as house:
            check(forecast(house)["step_s"] == HOUR, "nobody asked")
        with open(site.config, encoding="utf-8") as text:
            config = text.read().replace("analysis:", "analysis:\n  forecast_step: 15m")
        with open(site.config, "w", encoding="utf-8") as out:
            out.write(config)
        told = None
        for _ in range(2):
            with site.serve() as house:
                said = forecast(house)
                check(said["step_s"] == 900 and 284 <= len(said["mean"]) <= 292, str(said)[:400])
                begin = calendar.timegm(time.strptime(said["from"], "%Y-%m-%dT%H:%M:%SZ"))
                for i, mean in enumerate(said["mean"][96:192]):
                    real = quarters(begin + (96 + i) * 900, random.Random(0))
                    check(abs(mean - real) < 60, f"quarter {i}: {mean} W, not {real}")
                    check(said["q10"][96 + i] <= said["q90"][96 + i], str(i))
                panels = forecast(house, keys[2])
                check(panels["step_s"] == 900 and panels["kind"] == "solar", str(panels)[:300])
                off = max(abs(w - sun(begin + (96 + i) * 900 + 450))
                          for i, w in enumerate(panels["mean"][96:192]))
                check(off < 60, f"the sun is off by {off} W")
                check(forecast(house, keys[1])["step_s"] == HOUR, "a sub-meter has hours")
                check(told in (None, said["mean"]), "it was learnt otherwise")
                told = said["mean"]
                house.stop(signal.SIGKILL)


def a_short_history_is_said():
    with House(days=9) as site, site.serve() as house:
        said = forecast(house)
        check(said["lacking"] == "history" and said["days_learnt"] <= 10, str(said)[:300])
        check(all(v is not None for v in said["mean"]), "one week already says something")


def an_alarm_is_told_once_seen_and_survives():
    with House(days=150, more=400, since=10) as site:
        with site.serve() as house:
            forecast(house)
            step = wait_for("the alarm", 60, lambda: of_type(house, "step", "open"))[0]
            check(step["state"] == "active" and step["end"] is None, str(step))
            check(350 < step["actual_w"] - step["expected_w"] < 480, str(step))
            cost = (step["actual_w"] - step["expected_w"]) * 24 / 1000 * 0.2
            check(abs(step["cost_eur_per_day"] - cost) < 0.01, str(step))
            check(step["fr"]["advice"] and step["en"]["title"], str(step))
            wait_for("the notice", 30, lambda: notices(house, "alarm"))
            one = house.read(f"{ALARMS}/{step['id']}")
            check(len(one["day"]["median_w"]) == 24, str(one))
            check(act(house, "POST", "/99999/acknowledge").status == 404, "no such alarm")
            seen = act(house, "POST", f"/{step['id']}/acknowledge")
            check(seen.status == 200 and seen.json["state"] == "acknowledged", str(seen.body))
            house.stop(signal.SIGKILL)
        with site.serve() as house:
            forecast(house)
            again = of_type(house, "step")
            check([a["id"] for a in again] == [step["id"]], str(again))
            check(again[0]["state"] == "acknowledged" and again[0]["acknowledged_by"], str(again))
            check(len(notices(house, "alarm")) == len(
                [a for a in house.read(ALARMS)["alarms"] if a["state"] != "over"]), "told once")
            check(site.stored("analysis/watch/%") == 1, "its state is kept")


def what_is_normal_is_not_an_alarm():
    with House(days=150, more=400, since=10) as site, site.serve() as house:
        forecast(house)
        step = wait_for("the alarm", 60, lambda: of_type(house, "step", "open"))[0]
        taught = act(house, "POST", f"/{step['id']}/teach")
        check(taught.status == 200 and taught.json["state"] == "normal", str(taught.body))
        check(not of_type(house, "step", "open"), "it is open no more")
        wait_for("the detector's own end of it", 60,
                 lambda: of_type(house, "step")[0]["end"] is not None)
        check(not of_type(house, "step", "open"), "nor is its like")
        check(not notices(house, "alarm_ended"), "nobody waits for the end of what is normal")
        back = act(house, "DELETE", f"/{step['id']}/teach")
        check(back.status == 200 and back.json["state"] != "normal", str(back.body))
        check(act(house, "DELETE", f"/{step['id']}/teach").status == 404, "it was taken back")
        again = wait_for("it goes on", 60, lambda: of_type(house, "step", "open"))
        check([a["id"] for a in again] == [step["id"]], str(again))


SUBS = """  - {id: heating, zone: ground, protocol: tic, port: "tcp:127.0.0.1:9", submeters_of: main}
  - {id: sockets, zone: ground, protocol: tic, port: "tcp:127.0.0.1:9", submeters_of: main}
"""


def several_columns(site, hours_of, columns):
    """Imports `hours_of(t, noise)`, W by column, of 60 days; those of energy as registers."""
    noise, count = random.Random(8), [1000000.0] * len(columns)
    path = os.path.join(site.folder, "columns.csv")
    with open(path, "w", encoding="utf-8") as out:
        out.write("time," + ",".join("home/ground/" + c for c in columns) + "\n")
        for t in range(site.now // DAY * DAY - 60 * DAY, site.now + 1, HOUR // 2):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
            watts = hours_of(t, noise)
            out.write(stamp + "".join(
                f",{count[i]:.0f}" if c.endswith(("import", "export")) else f",{watts[i]:.0f}"
                for i, c in enumerate(columns)) + "\n")
            count = [n + w / 2 for n, w in zip(count, watts)]
    site.verb("import", "--state", site.state, "--config", site.config, path)


def sub_meters_that_no_longer_add_up_are_told():
    """For four days something draws 900 W that no sub-meter counts."""
    def hours_of(t, noise):
        heating, sockets = 300 + noise.gauss(0, 30), power(t, noise)
        new = 900 if t >= site.now // DAY * DAY - 4 * DAY else 0
        return [heating + sockets + 150 + new, heating, sockets]
    with House(days=0, registers=0) as site:
        with open(site.config, encoding="utf-8") as text:
            config = text.read().replace("contract:", SUBS + "contract:")
        with open(site.config, "w", encoding="utf-8") as out:
            out.write(config)
        several_columns(site, hours_of, [f"{n}/energy_import" for n in ("main", "heating", "sockets")])
        with site.serve() as house:
            odd = wait_for("the remainder", 60, lambda: of_type(house, "residue", "open"))[0]
            check(odd["series"] == MAIN, str(odd))
            check(100 < odd["expected_w"] < 250 and 900 < odd["actual_w"] < 1250, str(odd))
            cost = (odd["actual_w"] - odd["expected_w"]) * 24 / 1000 * 0.2
            check(abs(odd["cost_eur_per_day"] - cost) < 0.01, str(odd))
            check("sous-compt" in odd["fr"]["advice"] and odd["en"]["title"], str(odd))
            check(act(house, "POST", f"/{odd['id']}/acknowledge").status == 200, "seen")
            forecast(house, "home/ground/sockets/energy_import")
            check(not [a for a in house.read(ALARMS)["alarms"] if a["type"] == "residue"
                       and a["series"] != MAIN], "sub-meters have none")
            house.stop(signal.SIGKILL)
        with site.serve() as house:  # what stands beside is read again, and told the same
            forecast(house)
            again = of_type(house, "residue")
            check([(a["id"], a["state"]) for a in again] == [(odd["id"], "acknowledged")], str(again))
            taught = act(house, "POST", f"/{odd['id']}/teach")
            check(taught.json["state"] == "normal", str(taught.body))
            check(not of_type(house, "residue", "open"), "it is open no more")


def what_panels_beside_give_is_no_remainder():
    """A main meter that counts what is drawn alone, or what is fed in too, and panels with a meter of
    their own: sub-meters exceed what is drawn while the sun shines. Then something is added."""
    def hours_of(t, noise, new_days):
        heating, sockets = 300 + noise.gauss(0, 30), power(t, noise)
        new = 900 if t >= site.now // DAY * DAY - new_days * DAY else 0
        sun = max(0, 1800 * math.sin((t % DAY / 3600 - 6) / 12 * math.pi))
        net = heating + sockets + 150 + new - sun
        return [max(0, net), heating, sockets, sun, 0, max(0, -net)]
    names = ["main/energy_import", "heating/energy_import", "sockets/energy_import",
             "sun/energy_export", "sun/energy_import", "main/energy_export"]
    for columns, new_days in ((5, 0), (6, 0), (6, 4)):
        with House(days=0, registers=0) as site:
            with open(site.config, encoding="utf-8") as text:
                config = text.read().replace("contract:", SUBS + """\
  - {id: sun, zone: ground, protocol: tic, port: "tcp:127.0.0.1:9"}
contract:""")
            with open(site.config, "w", encoding="utf-8") as out:
                out.write(config)
            several_columns(site, lambda t, noise, n=new_days: hours_of(t, noise, n), names[:columns])
            with site.serve() as house:
                forecast(house)
                if new_days:
                    odd = wait_for("the remainder", 60, lambda: of_type(house, "residue", "open"))[0]
                    check(100 < odd["expected_w"] < 250 and 900 < odd["actual_w"] < 1250, str(odd))
                else:
                    check(not of_type(house, "residue"), str((columns, of_type(house, "residue"))))


def a_sub_meter_without_readings_is_no_remainder():
    with House(days=0, registers=0) as site:
        with open(site.config, encoding="utf-8") as text:
            config = text.read().replace("contract:", SUBS + "contract:")
        with open(site.config, "w", encoding="utf-8") as out:
            out.write(config)
        several_columns(site, lambda t, noise: [
            500 + (900 if t >= site.now // DAY * DAY - 4 * DAY else 0), 300 + noise.gauss(0, 30)],
            ["main/energy_import", "heating/energy_import"])
        with site.serve() as house:
            forecast(house)
            forecast(house, "home/ground/heating/energy_import")
            check(not of_type(house, "residue"), "a part is not known")


def phases_that_were_exchanged_are_told():
    def hours_of(t, noise):
        flat = [power(t, noise), 250 + noise.gauss(0, 20), 1100 + noise.gauss(0, 60)]
        swapped = [flat[0], flat[2], flat[1]]
        since = site.now // DAY * DAY - 2 * DAY
        return [sum(flat)] + (swapped if t >= since else flat)
    with House(days=0, registers=0) as site:
        several_columns(site, hours_of, ["main/energy_import"] + [f"main/power_l{i}" for i in (1, 2, 3)])
        with site.serve() as house:
            forecast(house)
            odd = wait_for("the phases", 60, lambda: of_type(house, "phase_swap"))
            check(len(odd) == 1 and odd[0]["series"] == MAIN, str(odd))
            begin = calendar.timegm(time.strptime(odd[0]["start"], "%Y-%m-%dT%H:%M:%SZ"))
            check(abs(begin - (site.now // DAY * DAY - 2 * DAY)) <= 12 * HOUR, str(odd))
            check("phase" in odd[0]["fr"]["advice"], str(odd))


def a_better_register_takes_over_what_was_said():
    """Months of power with a step; then the meter counts energy too."""
    with House(days=0) as site:
        noise = random.Random(8)
        path = os.path.join(site.folder, "power.csv")
        today = site.now // DAY * DAY
        with open(path, "w", encoding="utf-8") as out:
            out.write("time,home/ground/boiler/power\n")
            for t in range(today - 120 * DAY, site.now, HOUR // 2):
                more = 400 if t >= today - 10 * DAY + 6 * HOUR else 0
                stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
                out.write(f"{stamp},{power(t, noise) + more:.0f}\n")
        site.verb("import", "--state", site.state, "--config", site.config, path)
        with site.serve() as house:
            step = wait_for("the alarm", 60, lambda: of_type(house, "step", "open"))[0]
            check(step["series"] == "home/ground/boiler/power", str(step))
            check(act(house, "POST", f"/{step['id']}/acknowledge").status == 200, "seen")
            check(house.stop() == 0, "stops")
        with open(path, "w", encoding="utf-8") as out:
            out.write("time,home/ground/boiler/energy_import\n")
            for i in range(3):
                stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(site.now - (3 - i) * HOUR))
                out.write(f"{stamp},{i}\n")
        site.verb("import", "--state", site.state, "--config", site.config, path)
        with site.serve() as house:
            moved = wait_for("the alarm of the register", 60, lambda: [
                a for a in house.read(ALARMS)["alarms"] if a["id"] == step["id"]
                and a["series"] == "home/ground/boiler/energy_import"])[0]
            check(moved["acknowledged_by"], str(moved))


def what_is_erased_is_forgotten():
    with House(days=150, more=400, since=10) as site:
        with site.serve() as house:
            forecast(house)
            wait_for("the alarm", 60, lambda: of_type(house, "step"))
        site.verb("erase", "--state", site.state, "--series", MAIN, "--yes")
        with site.serve() as house:
            wait_for("nothing of it", 60, lambda: not house.read(ALARMS)["alarms"] and
                     not house.read("/api/v1/analysis/forecast")["registers"])


def a_clock_that_jumped_ahead_and_back_is_judged_again():
    if SANITIZER != "none":
        return  # a preloaded library comes before the sanitizer's own
    with House(days=60, shim=True) as site, site.serve() as house:
        first = forecast(house)
        site.set_clock(30 * DAY)
        ahead = wait_for("a forecast of then", 60, lambda: next(
            (f for f in [forecast(house)] if f["from"] > first["from"]), None))
        check(ahead["days_learnt"] <= first["days_learnt"] + 1, "a month without readings")
        site.set_clock(0)
        back = wait_for("a forecast of now", 60, lambda: next(
            (f for f in [forecast(house)] if f["from"] < ahead["from"]), None))
        check(back["days_learnt"] - first["days_learnt"] in (0, 1), str(back)[:300])  # midnight
        judged = house.read(ALARMS)["judged"]
        check(judged <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), judged)


def now_text():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def judged_in(site):
    """Of the book's bytes: behind the magic, the version, the next number and a flag."""
    base = sqlite3.connect(os.path.join(site.state, "ohmstead.db"))
    book = base.execute("SELECT value FROM state WHERE key = 'analysis/alarms'").fetchone()[0]
    base.close()
    return struct.unpack_from(">q", book, 25)[0]


def a_book_of_the_future_is_judged_now():
    if SANITIZER != "none":
        return  # a preloaded library comes before the sanitizer's own
    with House(days=60, shim=True) as site:
        site.set_clock(30 * DAY)
        with site.serve() as house:
            wait_for("a judgement of then", 60,
                     lambda: (house.read(ALARMS)["judged"] or "") > now_text())
            check(house.stop() == 0, "stops")
        site.set_clock(0)
        with site.serve() as house:
            wait_for("a judgement of now", 60,
                     lambda: (house.read(ALARMS)["judged"] or "9") <= now_text())
            wait_for("it in the store", 60, lambda: judged_in(site) <= time.time() * 1000)
            house.stop(signal.SIGKILL)
        with site.serve() as house:
            judged = house.read(ALARMS)["judged"]
            check(judged is not None and judged <= now_text(), f"kept: {judged}")


def panels_that_yield_less_are_told_and_forecast_as_the_sun():
    with House(days=1) as site:
        noise, count = random.Random(4), 0
        path = os.path.join(site.folder, "panels.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write("time,home/roof/panels/energy_export\n")
            for t in range(site.now - 110 * DAY, site.now + 1, HOUR):
                out.write(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t)) + f",{count}\n")
                hour, cloud = t // HOUR % 24, 0.3 + 0.7 * noise.random()
                bright = max(0, 1 - abs(hour - 12) / 5) * 3000 * cloud
                count += round(bright * (0.35 if t >= site.now - 25 * DAY else 1))
        site.verb("import", "--state", site.state, "--config", site.config, path)
        for _ in range(2):  # again after a restart
            with site.serve() as house:
                said = forecast(house, "home/roof/panels/energy_export")
                check(said["kind"] == "solar", str(said)[:200])
                check(min(said["q10"]) >= 0, "panels draw nothing")
                low = wait_for("the yield", 30, lambda: of_type(house, "pv_yield", "open"))
                check(len(of_type(house, "pv_yield")) == 1, str(low))
                check(house.stop() == 0, "stops")


def a_leak_of_water_is_told_in_its_own_unit():
    """Taps of a house; for four days a toilet runs, 7.5 l/h. The heating's volume runs round."""
    key = "home/cellar/water/volume"
    with House(days=1) as site:
        with open(site.config, encoding="utf-8") as text:
            config = text.read().replace("analysis:", "analysis:\n  water_eur_per_m3: 4.5")
        with open(site.config, "w", encoding="utf-8") as out:
            out.write(config)
        noise, count = random.Random(4), 0
        path = os.path.join(site.folder, "water.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write(f"time,{key},home/cellar/heating/volume,home/cellar/heating/heat_energy\n")
            for t in range(site.now - 45 * DAY, site.now + 1, HOUR):
                round_m3 = (t - site.now) / HOUR * 0.2 + 1000
                out.write(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t)) +
                          f",{count / 10000:.4f},{round_m3:.4f},{t // HOUR * 1000}\n")
                hour = t // HOUR % 24
                count += 10 * noise.randrange(20, 90) if 6 <= hour < 9 or 18 <= hour < 22 else 0
                count += 75 if t >= site.now - 4 * DAY else 0
        site.verb("import", "--state", site.state, "--config", site.config, path)
        with site.serve() as house:
            leak = wait_for("the leak", 60, lambda: of_type(house, "leak", "open"))[0]
            check(leak["series"] == key and leak["unit"] == "l/h", str(leak))
            check((leak["expected"], leak["actual"]) == (0, 7.5), str(leak))
            check(leak["expected_w"] is None and leak["actual_w"] is None, "it is no power")
            check(abs(leak["cost_eur_per_day"] - 7.5 * 24 / 1000 * 4.5) < 1e-6, str(leak))
            begin = calendar.timegm(time.strptime(leak["start"], "%Y-%m-%dT%H:%M:%SZ"))
            check(abs(begin - (site.now - 4 * DAY)) <= 12 * HOUR, str(leak))
            one = house.read(f"{ALARMS}/{leak['id']}")
            check(one["day"]["median_w"] == [None] * 24, str(one))
            forecast(house)
            listed = house.read("/api/v1/analysis/forecast")["registers"]
            check([r["register"] for r in listed] == [MAIN], f"water is not forecast: {listed}")
            none = house.ask("GET", "/api/v1/analysis/forecast?register=" + key,
                             headers=house.bearer)
            check(none.status == 404, str(none.status))
            check(act(house, "POST", f"/{leak['id']}/acknowledge").status == 200, "seen")
            wait_for("its state in the store", 60, lambda: site.stored("analysis/watch/%") == 2)
            house.stop(signal.SIGKILL)
        with site.serve() as house:  # its weeks are read again, and tell the same
            wait_for("all is judged", 60, lambda: house.read(ALARMS)["judged"])
            forecast(house)
            time.sleep(3)
            again = [(a["id"], a["state"]) for a in house.read(ALARMS)["alarms"]
                     if a["type"] == "leak"]
            check(again == [(leak["id"], "acknowledged")], str(again))


def a_fridge_that_runs_on_is_told():
    """Two fridges whose compressors run 20 of 60 minutes, and 35 for the last four days; one of them
    is known to be a machine."""
    with House(days=1) as site:
        with open(site.config, encoding="utf-8") as text:
            config = text.read().replace("contract:", """\
  - {id: fridge, zone: ground, protocol: tic, port: "tcp:127.0.0.1:9", machine: fridge}
  - {id: other, zone: ground, protocol: tic, port: "tcp:127.0.0.1:9"}
contract:""")
        with open(site.config, "w", encoding="utf-8") as out:
            out.write(config)
        path, noise, count = os.path.join(site.folder, "fridge.csv"), random.Random(4), 0.0
        since = site.now // DAY * DAY - 4 * DAY
        with open(path, "w", encoding="utf-8") as out:
            out.write("time,home/ground/fridge/energy_import,home/ground/other/energy_import\n")
            for t in range(site.now - 40 * DAY, site.now + 1, 300):
                stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
                out.write(f"{stamp},{count:.0f},{count:.0f}\n")
                runs = t % HOUR < (35 if t >= since else 20) * 60
                count += (120 + noise.gauss(0, 4) if runs else 1) / 12
        site.verb("import", "--state", site.state, "--config", site.config, path)
        with site.serve() as house:
            odd = wait_for("the fridge", 60, lambda: of_type(house, "cycles", "open"))[0]
            check(odd["series"] == "home/ground/fridge/energy_import", str(odd))
            check(35 < odd["expected"] < 50 and 60 < odd["actual"] < 80, str(odd))
            begin = calendar.timegm(time.strptime(odd["start"], "%Y-%m-%dT%H:%M:%SZ"))
            check(abs(begin - since) <= DAY, str(odd))
            check(odd["unit"] == "W" and 0 < odd["cost_eur_per_day"] < 0.3, str(odd))
            check(act(house, "POST", f"/{odd['id']}/acknowledge").status == 200, "seen")
            forecast(house, "home/ground/other/energy_import")
            check(len(of_type(house, "cycles")) == 1, "nobody said what the other one is")
            wait_for("the states", 60, lambda: site.stored("analysis/watch/%") == 3)
            house.stop(signal.SIGKILL)
        with site.serve() as house:
            forecast(house, "home/ground/fridge/energy_import")
            again = [(a["id"], a["state"]) for a in of_type(house, "cycles")]
            check(again == [(odd["id"], "acknowledged")], str(again))


PARIS = ZoneInfo("Europe/Paris")
TODAY = datetime.now(PARIS).date()


def outdoor(date):
    """Every day has weather of its own, that of the day before tells nothing; after a mild
    week it is cold from today on. °C"""
    if date >= TODAY - timedelta(days=8):
        return -2 if date >= TODAY else 15
    return random.Random(date.toordinal()).randrange(-5, 19)


def heated(t):
    """Never the same two hours in a row: that would be a meter that is stuck."""
    return 300 + t // HOUR * 7919 % 41 + 100 * max(0, 18 - outdoor(datetime.fromtimestamp(t, PARIS).date()))


class Forecaster(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        first = int(time.time()) // DAY * DAY - DAY
        hours = [first + HOUR * i for i in range(5 * 24)]
        warm = [outdoor(datetime.fromtimestamp(t, PARIS).date()) for t in hours]
        body = json.dumps({"utc_offset_seconds": 0, "hourly": {
            "time": hours, "temperature_2m": warm, "shortwave_radiation": [0] * len(hours)}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def weather_record(day, light=lambda day, hour: 0):
    """What was said at its begin of three days, as the daemon keeps it."""
    zone = 14695981039346656037
    for byte in b"Europe/Paris":
        zone = (zone ^ byte) * 1099511628211 % 2**64
    tenths = []
    for ahead in range(3):
        tenths += [10 * outdoor(day + timedelta(days=ahead))] * 24
        tenths += [round(10 * light(day + timedelta(days=ahead), hour)) for hour in range(24)]
    return struct.pack(">BQ144h", 1, zone, *tenths)


def remember_weather(site, days, *light):
    base = sqlite3.connect(os.path.join(site.state, "ohmstead.db"))
    today = datetime.now(PARIS).date()
    for back in range(1, days + 1):
        day = today - timedelta(days=back)
        base.execute("INSERT INTO state(key, value) VALUES(?, ?)",
                     (f"analysis/weather/{day.toordinal() - 719163:07d}", weather_record(day, *light)))
    base.commit()
    base.close()


def the_weather_of_tomorrow_counts():
    """A heating that only the weather explains: 120 days of it, 100 of them with what was said of
    their weather. Of less than four weeks the weather is kept, and not gone by."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forecaster)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    key, told = "home/ground/pump/energy_import", {}
    for days in (100, 10):
        with House(days=1) as site:
            with open(site.config, "a", encoding="utf-8") as out:
                out.write(f"signals: [{{source: open-meteo, url: 'http://127.0.0.1:"
                          f"{server.server_port}', latitude: 48.85, longitude: 2.35}}]\n")
            path, count = os.path.join(site.folder, "pump.csv"), 0
            with open(path, "w", encoding="utf-8") as out:
                out.write("time," + key + "\n")
                for t in range(site.now - 120 * DAY, site.now + 1, HOUR):
                    out.write(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t)) + f",{count}\n")
                    count += heated(t)
            site.verb("import", "--state", site.state, "--config", site.config, path)
            remember_weather(site, days)
            with site.serve() as house:
                if days == 100:
                    wait_for("a forecast with weather", 60, lambda: next(
                        (r["weather"] for r in house.read("/api/v1/analysis/forecast")["registers"]
                         if r["register"] == key), False))
                wait_for("what is said of today", 60, lambda: site.stored(
                    "analysis/weather/%") > days)
                told[days] = forecast(house, key)
                check(house.stop() == 0, "stops")
    server.shutdown()
    said = told[100]
    begin = calendar.timegm(time.strptime(said["from"], "%Y-%m-%dT%H:%M:%SZ"))
    off = {d: sum(abs(told[d]["mean"][h] - heated(begin + h * HOUR)) for h in range(24, 48)) / 24
           for d in told}
    check(off[100] < 0.7 * off[10], f"tomorrow is off by {off} W")
    check(told[100]["weather"] and not told[10]["weather"], "ten days are too few")


GLOOM = TODAY - timedelta(days=24)


def radiation(day, hour):
    """On the ground, W/m²: days of any kind, then weeks of gloom."""
    clouds = 0.3 + 0.7 * random.Random(day.toordinal()).random()
    return max(0, 1 - abs(hour - 12) / 5) * 500 * (0.4 * clouds if day >= GLOOM else clouds)


def a_dark_month_is_no_fault_of_the_panels():
    """The light that was forecast explains what they give; then half of them are off, too."""
    key = "home/roof/panels/energy_export"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forecaster)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for share in (1, 0.5):
        with House(days=1) as site:
            with open(site.config, "a", encoding="utf-8") as out:
                out.write(f"signals: [{{source: open-meteo, url: 'http://127.0.0.1:"
                          f"{server.server_port}', latitude: 48.85, longitude: 2.35, tilt: 0, "
                          "power_kwp: 3}]\n")
            path, count, noise = os.path.join(site.folder, "panels.csv"), 0, random.Random(2)
            with open(path, "w", encoding="utf-8") as out:
                out.write("time," + key + "\n")
                for t in range(site.now - 100 * DAY, site.now + 1, HOUR):
                    out.write(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t)) + f",{count}\n")
                    at = datetime.fromtimestamp(t, PARIS)
                    off = share if at.date() >= GLOOM + timedelta(days=4) else 1
                    count += round(3 * radiation(at.date(), at.hour) * noise.uniform(0.85, 1.15) * off)
            site.verb("import", "--state", site.state, "--config", site.config, path)
            remember_weather(site, 99, radiation)
            with site.serve() as house:
                said = forecast(house, key)
                check(said["kind"] == "solar" and said["light"] == "forecast", str(said)[:300])
                wait_for("all is judged", 60, lambda: house.read(ALARMS)["judged"])
                low = of_type(house, "pv_yield")
                check(len(low) == (share < 1), f"{share}: {low}")
                check(house.stop() == 0, "stops")
    server.shutdown()


def more_registers_than_stay_in_memory_are_watched():
    count = 72  # 64 stay
    with House(days=20, registers=count) as site:
        with site.serve() as house:
            wait_for("all of them", 60, lambda: sum(
                r["made"] is not None
                for r in house.read("/api/v1/analysis/forecast")["registers"]) == count)
            said = forecast(house, f"home/ground/sub{count - 1}/energy_import")
            check(said["days_learnt"] >= 18, str(said)[:300])
            check(house.read("/api/v1/analysis/forecast")["registers"][0]["register"] == MAIN,
                  "the main meter comes first")
            wait_for("all states", 60, lambda: site.stored("analysis/watch/%") == count)
            if SANITIZER == "none":
                with open(f"/proc/{house.process.pid}/status", encoding="utf-8") as status:
                    rss_kb = next(int(l.split()[1]) for l in status if l.startswith("VmRSS"))
                check(rss_kb < 60_000, f"{rss_kb} kB")
            check(house.stop() == 0, "stops")


if __name__ == "__main__":
    sys.exit(main([
        two_days_are_forecast_from_the_store,
        by_quarter_hours_where_they_are_asked_for,
        a_short_history_is_said,
        an_alarm_is_told_once_seen_and_survives,
        what_is_normal_is_not_an_alarm,
        sub_meters_that_no_longer_add_up_are_told,
        what_panels_beside_give_is_no_remainder,
        a_sub_meter_without_readings_is_no_remainder,
        phases_that_were_exchanged_are_told,
        a_better_register_takes_over_what_was_said,
        what_is_erased_is_forgotten,
        panels_that_yield_less_are_told_and_forecast_as_the_sun,
        a_leak_of_water_is_told_in_its_own_unit,
        a_fridge_that_runs_on_is_told,
        the_weather_of_tomorrow_counts,
        a_dark_month_is_no_fault_of_the_panels,
        more_registers_than_stay_in_memory_are_watched,
        a_clock_that_jumped_ahead_and_back_is_judged_again,
        a_book_of_the_future_is_judged_now,
    ]))
