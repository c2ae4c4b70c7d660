#!/usr/bin/env python3
"""The daemon with sources of signals: what it shows, what a restart keeps, what check refuses.

usage: signals_daemon.py OHMSTEAD"""
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from zoneinfo import ZoneInfo
from datetime import datetime, timedelta, timezone

os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Broker  # noqa: E402
from daemon import OHMSTEAD, Daemon, check, main, wait_for  # noqa: E402
from signal_stand_in import Answer, CLIENT_ID, CLIENT_SECRET, StandIn  # noqa: E402
from vtn_stand_in import Vtn  # noqa: E402

SITE = """
site: {{id: home}}
store: {{commit_s: 1}}
meters:
  - {{id: main, protocol: http, port: "http://127.0.0.1:9/", every_s: 60,
     values: [{{quantity: power_import, pointer: /w}}]}}
signals:
  - {{source: tempo-couleur, url: "{url}"}}
  - {{source: energy-charts, url: "{url}"}}
  - {{source: open-meteo, url: "{url}", latitude: 48.8534, longitude: 2.3488}}
  - {{source: generic, id: mine, url: "{url}/price", pointer: /price/0, unit: EUR/MWh, every_s: 3600}}
  - {{source: openadr, id: vtn, url: "{url}", client_id: {id}, client_secret_file: {secret}}}
"""
COLOURS, PRICES, WEATHER, EVENTS = "/api/joursTempo", "/price", "/v1/forecast", "/events"


class Site:
    """A folder with a configuration, and the services' stand-in with answers of today."""

    def __init__(self, text=SITE):
        self.services = StandIn()
        self.folder = tempfile.TemporaryDirectory()
        self.config = os.path.join(self.folder.name, "site.yaml")
        secret = os.path.join(self.folder.name, "secret")
        with open(secret, "w", encoding="utf-8") as file:
            file.write(CLIENT_SECRET + "\n")
        os.chmod(secret, 0o600)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text.format(url=self.services.url, id=CLIENT_ID, secret=secret))
        now = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
        hours = [int((now + timedelta(hours=n)).timestamp()) for n in range(-30, 48)]
        days = [(now + timedelta(days=n)).strftime("%Y-%m-%d") for n in range(-2, 2)]
        self.services.script(COLOURS, Answer(200, json.dumps(
            [{"dateJour": day, "codeJour": 3} for day in days])))
        self.services.script(PRICES, *[Answer(200, json.dumps(
            {"unix_seconds": hours, "price": [-0.5] * len(hours), "unit": "EUR / MWh"}))] * 2)
        self.services.script(WEATHER, Answer(200, json.dumps(
            {"utc_offset_seconds": 0, "hourly": {"time": hours, "temperature_2m":
                                                 [3.5] * len(hours), "shortwave_radiation":
                                                 [120] * len(hours)}})))
        self.services.script(EVENTS, Answer(200, json.dumps([{"intervalPeriod": {
            "start": now.isoformat(), "duration": "PT48H"}, "intervals": [
                {"payloads": [{"type": "SIMPLE", "values": [2]}]}]}])))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.services.stop()
        self.folder.cleanup()


def by_name(answer):
    return {(one["id"], one["series"]): one for one in answer["signals"]}


def token_of(house):
    made = house.verb("token", "create", "--name", "test", "--scope", "read", "--state",
                      house.folder)
    check(made.returncode == 0, made.stderr)
    return {"Authorization": "Bearer " + made.stdout.split()[-1]}


def signals(house, token):
    answer = house.ask("GET", "/api/v1/signals", headers=token)
    check(answer.status == 200, (answer.status, answer.body[:200]))
    return answer.json


def all_known(house, token):
    """The signals once each source has said something."""
    answer = signals(house, token)
    known = by_name(answer)
    return answer if known and all(one["state"] == "fresh" for one in known.values()) else None


def test_what_every_source_says():
    with Site() as site, Daemon(config=site.config, state=site.folder.name) as house:
        token = token_of(house)
        answer = wait_for("all signals", 30, lambda: all_known(house, token))
        told = by_name(answer)
        check(set(told) == {("tempo-couleur", None), ("energy-charts", None),
                            ("open-meteo", "temperature_2m"),
                            ("open-meteo", "shortwave_radiation"), ("mine", None), ("vtn", None)}, told.keys())
        price = told[("energy-charts", None)]
        check((price["now"], price["unit"], price["topic"]) == (-0.5, "EUR/MWh", "price"), price)
        check(price["error"] is None and price["age_s"] >= 0 and price["next"], price)
        check(len(price["segments"]) <= 24 + 1 + 48, "what is long over is not shown")
        check(told[("open-meteo", "temperature_2m")]["now"] == 3.5, told)
        mine = told[("mine", None)]
        check((mine["now"], mine["unit"], mine["topic"]) == (-0.5, "EUR/MWh", "other"), mine)
        sun = told[("open-meteo", "shortwave_radiation")]
        check((sun["now"], sun["unit"]) == (120, "W/m²"), sun)
        check((told[("vtn", None)]["now"], told[("vtn", None)]["topic"]) == (2, "event"), told)
        tempo = answer["tempo"]
        check((tempo["today"]["colour"], tempo["today"]["source"]) == ("RED", "tempo-couleur"),
              tempo)

        def kept():  # prices for spot bills, as the market told them
            with sqlite3.connect(f"file:{site.folder.name}/ohmstead.db?mode=ro", uri=True) as db:
                return db.execute("SELECT count(*) FROM spot_price WHERE source='energy-charts'"
                                  " AND rank=3 AND neur_per_kwh=-500000").fetchone()[0]
        wait_for("prices in the store", 120, kept)
        check(not any(CLIENT_SECRET in line for line in house.lines), "a secret in the log")


def test_a_restart_knows_and_does_not_ask():
    with Site() as site:
        with Daemon(config=site.config, state=site.folder.name) as house:
            token = token_of(house)
            wait_for("all signals", 30, lambda: all_known(house, token))
            house.stop()
        asked = [site.services.count(path) for path in (COLOURS, PRICES, WEATHER)]
        check(asked == [1, 2, 1], asked)  # two sources ask for prices
        with Daemon(config=site.config, state=site.folder.name) as house:
            answer = wait_for("what was kept", 30, lambda: signals(house, token)
                              if by_name(signals(house, token)).get(
                                  ("energy-charts", None), {}).get("now") == -0.5 else None)
            check(by_name(answer)[("open-meteo", "temperature_2m")]["now"] == 3.5, answer)
        check([site.services.count(path) for path in (COLOURS, PRICES, WEATHER)] == asked,
              "a restart asked again")


class Linky:
    """A meter of a Tempo contract on a TCP port, historic mode: a red day, a white one after it."""

    def __init__(self):
        groups = (("ADCO", "012345678901"), ("OPTARIF", "BBR("), ("ISOUSC", "45"),
                  ("BBRHCJB", "001000000"), ("BBRHPJB", "001000000"), ("BBRHCJW", "001000000"),
                  ("BBRHPJW", "001000000"), ("BBRHCJR", "001000000"), ("BBRHPJR", "001000123"),
                  ("PTEC", "HPJR"), ("DEMAIN", "BLAN"), ("IINST", "002"), ("IMAX", "060"),
                  ("PAPP", "00400"), ("HHPHC", "Y"), ("MOTDETAT", "000000"))
        lines = [label + " " + value for label, value in groups]
        self.frame = "\x02" + "".join(
            "\n%s %c\r" % (line, (sum(line.encode()) & 0x3f) + 0x20) for line in lines) + "\x03"
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                line, _ = self.socket.accept()
                while True:
                    line.sendall(self.frame.encode())
                    time.sleep(0.5)  # as often as a meter speaks, no test's wait
            except OSError:
                if self.socket.fileno() < 0:
                    return

    def close(self):
        self.socket.close()


def far_from_six():
    """A zone where it is not about 06:00: then nobody knows of which day a meter speaks."""
    paris = datetime.now(ZoneInfo("Europe/Paris"))
    return "Atlantic/Azores" if paris.hour in (5, 6) else "Europe/Paris"


def test_a_meter_tells_tempo_itself():
    meter = Linky()
    site = ("site: {{id: home, timezone: " + far_from_six() + "}}\nstore: {{commit_s: 1}}\nmeters:\n  - {{id: linky, protocol: tic, port: 'tcp:127.0.0.1:%d'}}"
            "\ncontract: {{tariff: bleu-tempo, power_kva: 9}}\nsignals:\n  - {{source: tempo-couleur, url: \"{url}\"}}\n" % meter.port)
    with Site(site) as place, Daemon(config=place.config, state=place.folder.name) as house:
        token = token_of(house)

        def told():
            tempo = signals(house, token)["tempo"]
            return tempo if tempo and tempo["today"]["source"] == "meter" else None
        tempo = wait_for("the meter's colour", 30, told)
        check(tempo["today"]["colour"] == "RED", tempo)
        check((tempo["tomorrow"]["colour"], tempo["tomorrow"]["source"]) == ("WHITE", "meter"), tempo)

        def priced():
            answer = house.ask("GET", "/api/v1/state", headers=token)
            return answer.json["tariff"] if answer.status == 200 else None
        tariff = wait_for("a price of now", 30, priced)
        check(tariff["period"].startswith("red_"), tariff)  # without a colour there is no price
        check(tariff["price_eur_per_kwh"] > 0, tariff)
        today = house.ask("GET", "/api/v1/state", headers=token).json["today"]
        check(today["cost_eur"] is not None, today)  # the engine was told the colour, too

        def kept():  # committed with the readings, a minute later at the most
            with sqlite3.connect(f"file:{place.folder.name}/ohmstead.db?mode=ro", uri=True) as db:
                return db.execute("SELECT count(*) FROM day_code WHERE source='linky' AND rank=0"
                                  " AND calendar='tempo' AND code IN ('RED','WHITE')").fetchone()[0] == 2
        wait_for("both days in the store", 120, kept)
    meter.close()


AHEAD = """
site: {{id: home, timezone: Europe/Paris}}
meters:
  - {{id: main, protocol: http, port: "http://127.0.0.1:9/", every_s: 60,
     values: [{{quantity: power_import, pointer: /w}}]}}
boards: [{{id: box, driver: sim}}]
loads: [{{id: tank, nominal_w: 2000, output: {{board: box, channel: 0, contact: NC}}}}]
signals:
  - {{source: open-meteo, url: "{url}", latitude: 48.8534, longitude: 2.3488}}
  - {{source: generic, id: mine, url: "{url}/price", pointer: "", start: /at, value: /g, unit: g/kWh}}
rules:
  - {{id: clean, load: tank, then: fed, when: [{{co2_below: 40}}]}}
  - {{id: dirty, load: tank, then: fed, when: [{{co2_above: 70, ahead_h: 4}}]}}
  - {{id: far, load: tank, then: fed, when: [{{co2_above: 200, ahead_h: 40}}]}}
  - {{id: frost, load: tank, then: fed, when: [{{tomorrow_below: 4}}]}}
  - {{id: hot, load: tank, then: fed, when: [{{outdoor_above: 30, ahead_h: 12}}]}}
"""


def test_rules_go_by_what_is_told_of_hours_that_come():
    now = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
    grams = json.dumps([{"at": (now + timedelta(hours=n)).isoformat(), "g": 30 if n < 2 else 80}
                        for n in range(-2, 7)])
    with Site(AHEAD) as place:
        place.services.scripts[PRICES] = [Answer(200, grams)] * 5
        with Daemon(config=place.config, state=place.folder.name) as house:
            token = token_of(house)

            def known():
                said = {one["id"]: (one["holds"], one["lacks"]) for one in
                        house.ask("GET", "/api/v1/rules", headers=token).json["items"]}
                return said if said["frost"][0] and said["clean"][0] else None
            # It is told once a minute; an hour that ends meanwhile is still one of 30 g.
            said = wait_for("what is told of hours", 150, known)
            check(said["dirty"] == (True, []) and said["hot"] == (False, []), said)
            check(said["far"] == (None, ["co2"]), said)
            check(house.ask("GET", "/api/v1/rules", headers=token).json["outlooks"] == ["co2", "outdoor"], "told")
            house.stop()


TOPIC = """
site: {{id: home}}
store: {{commit_s: 1}}
meters:
  - {{id: main, protocol: http, port: "http://127.0.0.1:9/", every_s: 60,
     values: [{{quantity: power_import, pointer: /w}}]}}
signals:
  - {{source: generic, id: box, url: "mqtt://127.0.0.1:%d/tariff/now", pointer: /price, unit: ct/kWh}}
  - {{source: generic, id: bare, url: "mqtt://127.0.0.1:%d/tariff/bare", unit: EUR/MWh}}
"""


def spots(folder):
    """What the store knows of prices: who told them, in nEUR/kWh."""
    with sqlite3.connect(f"file:{folder}/ohmstead.db?mode=ro", uri=True) as db:
        return set(db.execute("SELECT DISTINCT source, neur_per_kwh FROM spot_price"))


SPOT = """
site: {{id: home, timezone: Europe/Paris}}
store: {{commit_s: 1}}
meters:
  - {{id: linky, protocol: tic, port: 'tcp:127.0.0.1:%d'}}
contract: {{file: "%s", power_kva: 6}}
signals:
  - {{source: generic, id: mine, url: "{url}/price", pointer: "", start: /at, value: /price, unit: EUR/MWh}}
"""


def test_a_spot_contract_in_a_running_daemon():
    """The price of now and the cost of today, by a source of the user's own."""
    meter = Linky()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as contract:
        contract.write("name: spot\npower_kva: 6\nspot: {period: base, factor: 2, fee: 0.01}\nrows:\n"
                       "  - {from: 2020-01-01, prices: {}, subscription: 0, source: test}\n")
        contract.flush()
        now = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
        hours = json.dumps([{"at": (now + timedelta(hours=n)).isoformat(), "price": 100 + n}
                            for n in range(-30, 30)])
        with Site(SPOT % (meter.port, contract.name)) as place:
            place.services.scripts[PRICES] = [Answer(200, hours)] * 5
            with Daemon(config=place.config, state=place.folder.name) as house:
                token = token_of(house)

                def priced():
                    state = house.ask("GET", "/api/v1/state", headers=token).json
                    known = state["tariff"] and state["today"]["cost_eur"] is not None
                    return state if known else None
                state = wait_for("a price and a cost", 60, priced)
                # 0.20 + 0.01; an hour that began meanwhile is 0.212
                check(state["tariff"]["price_eur_per_kwh"] in (0.21, 0.212), state["tariff"])
                check(state["today"]["unpriced_wh"] == 0, state["today"])
    meter.close()


def test_a_topic_is_a_source():
    broker = Broker()
    try:
        with Site(TOPIC % (broker.port, broker.port)) as place:
            with Daemon(config=place.config, state=place.folder.name) as house:
                token = token_of(house)
                broker.publish("tariff/bare", "99", True)  # of unknown age where it is met kept

                def told():
                    broker.publish("tariff/now", '{"price": 21.45}')
                    broker.publish("tariff/bare", "-3.5")
                    said = by_name(signals(house, token))
                    good = said and said[("box", None)]["now"] and said[("bare", None)]["now"] == -3.5
                    return said if good else None
                box = wait_for("a price from the topic", 30, told)[("box", None)]
                wait_for("both prices in the store, as the market's", 120, lambda: spots(
                    place.folder.name) == {("box", 214500000), ("bare", -3500000)})
                check((box["now"], box["unit"], box["error"]) == (214.5, "EUR/MWh", None), box)

                def refused():
                    broker.publish("tariff/now", '{"cost": 1}')
                    said = by_name(signals(house, token))[("box", None)]
                    return said if said["error"] == "bad_body" else None
                box = wait_for("a body that is refused", 30, refused)
                check(box["now"] == 214.5, "the last good one holds")
                house.stop()
            with Daemon(config=place.config, state=place.folder.name) as house:
                said = wait_for("what was kept", 30, lambda: by_name(signals(house, token)))
                check(said[("box", None)]["now"] == 214.5, said)
    finally:
        broker.stop()


NODE = """
site: {{id: home}}
meters:
  - {{id: main, protocol: http, port: "http://127.0.0.1:9/", every_s: 60,
     values: [{{quantity: power_import, pointer: /w}}]}}
signals:
  - {{source: openadr, id: vtn, url: "%s", client_id: {id}, client_secret_file: {secret},
     ven_name: house-7, reports: true}}
"""


def test_a_report_of_what_was_imported():
    """From the store, by the daemon: an hour that is known, and one that no reading tells."""
    vtn = Vtn()
    now = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
    start = now - timedelta(hours=4)
    vtn.events = [{"id": "e1", "programID": "p1", "intervalPeriod": {
        "start": start.isoformat(), "duration": "PT1H"}, "reportDescriptors": [
            {"payloadType": "USAGE", "units": "KWH"}], "intervals": [
                {"id": 7 + n, "payloads": [{"type": "SIMPLE", "values": [1]}]} for n in range(2)]}]
    try:
        with Site(NODE % vtn.url) as place:
            rows = ["time,energy_import"] + [
                "%s,%d" % ((start + timedelta(minutes=10 * n)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                           1000 + 100 * n) for n in range(7)]
            path = os.path.join(place.folder.name, "use.csv")
            with open(path, "w", encoding="utf-8") as out:
                out.write("\n".join(rows) + "\n")
            done = subprocess.run([OHMSTEAD, "import", "--state", place.folder.name, "--into",
                                   "home/main/main", path], text=True, capture_output=True,
                                  timeout=120, check=False)
            check(done.returncode == 0, done.stderr)
            with Daemon(config=place.config, state=place.folder.name):
                report = wait_for("a report", 60, lambda: vtn.reports)[0]
        check((report["clientName"], report["resources"][0]["resourceName"]) ==
              ("house-7", "house-7"), report)
        told = [(i["id"], [p["values"][0] for p in i["payloads"]])
                for i in report["resources"][0]["intervals"]]
        check(told == [(7, [0.6, "OK"]), (8, ["MISSING"])], told)
    finally:
        vtn.stop()


LIMITED = """
site: {{id: home}}
meters:
  - {{id: main, protocol: http, port: "http://127.0.0.1:9/", every_s: 60,
     values: [{{quantity: power_import, pointer: /w}}]}}
signals:
  - {{source: openadr, id: vtn, url: "%s", client_id: {id}, client_secret_file: {secret}}}
limits:
  - {{id: dso, kind: grid, signal: vtn}}
"""


def test_an_event_limits_until_it_ends_or_is_taken_back():
    vtn = Vtn()
    now = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
    vtn.events = [{"id": "e1", "programID": "p1", "intervalPeriod": {
        "start": (now - timedelta(hours=1)).isoformat(), "duration": "PT1H"}, "intervals": [
            {"id": n, "payloads": [{"type": "PRICE", "values": [0.2]},
                                   {"type": "IMPORT_CAPACITY_LIMIT", "values": [kw]}]}
            for n, kw in enumerate((9, 4.2, 4.2))]}]
    try:
        with Site(LIMITED % vtn.url) as place:
            with Daemon(config=place.config, state=place.folder.name) as house:
                token = token_of(house)

                def limit():
                    said = house.ask("GET", "/api/v1/state", headers=token).json
                    return next(l for l in said["limits"] if l["id"] == "dso")
                wait_for("the order", 60, lambda: limit()["ordered"], 0.5)
                said = limit()
                until = datetime.fromisoformat(said["until"].replace("Z", "+00:00"))
                check(said["va"] == 4200 and any(abs(until - now - timedelta(hours=n)) < timedelta(seconds=1)
                                                 for n in (1, 2)), said)
                vtn.events = []
                wait_for("it to be taken back", 150, lambda: not limit()["ordered"], 1)
                check(house.stop() == 0, "stops")
    finally:
        vtn.stop()


def check_says(text, *words):
    with Site(text) as site:
        done = subprocess.run([OHMSTEAD, "check", site.config], text=True, capture_output=True,
                              timeout=120, check=False)
        check(done.returncode == 1, done)
        for word in words:
            check(word in done.stderr + done.stdout, (word, done.stderr))


def test_check_refuses_what_could_not_ask():
    head = SITE.split("signals:")[0] + "signals:\n"
    check_says(head + "  - {{source: generic, url: 'mqtt://broker/a/+', pointer: /a}}\n", "topic")
    check_says(head + "  - {{source: tempos}}\n", "signals", "tempo-couleur")
    check_says(head + "  - {{source: open-meteo}}\n", "latitude and longitude are missing")
    check_says(head + "  - {{source: tempo}}\n", "client id or secret is empty")
    check_says(head + "  - {{source: openadr, client_id: a}}\n", "url")
    check_says(head + "  - {{source: openadr, url: 'https://a.example', client_id: a, client_secret_file: "
               "{secret}, reports: true}}\n", "ven_name")
    check_says(head + "  - {{source: ejp, ven_name: a}}\n", "openadr")
    for signal, kind in (("ejp", "grid"), ("other", "grid"), ("money", "cap"), ("power", "fuse")):
        check_says(head + "  - {{source: ejp}}\n"
                   "  - {{source: generic, id: money, url: 'https://a.example', pointer: /a, unit: EUR/kWh}}\n"
                   "  - {{source: generic, id: power, url: 'https://a.example', pointer: /a, unit: kW}}\n"
                   "limits: [{{id: one, kind: %s, va: 4000, signal: %s}}]\n" % (kind, signal), "limits.signal")
    check_says(head + "  - {{source: ejp}}\n  - {{source: ejp}}\n", "'ejp' is taken")
    check_says(head + "  - {{source: ejp, id: ecowatt}}\n", "'ecowatt' is taken")
    check_says(head + "  - {{source: tibber, url: 'http://example.org', client_secret_file: "
               "{secret}}}\n", "must start with https://")


if __name__ == "__main__":
    sys.exit(main([test_what_every_source_says, test_a_restart_knows_and_does_not_ask,
                   test_a_meter_tells_tempo_itself, test_a_topic_is_a_source,
                   test_a_spot_contract_in_a_running_daemon,
                   test_rules_go_by_what_is_told_of_hours_that_come,
                   test_a_report_of_what_was_imported,
                   test_an_event_limits_until_it_ends_or_is_taken_back,
                   test_check_refuses_what_could_not_ask]))
