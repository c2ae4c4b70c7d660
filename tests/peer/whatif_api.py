#!/usr/bin/env python3
"""What if, over HTTP: panels, a battery, other contracts and powers on a measured year.

usage: whatif_api.py OHMSTEAD"""
import http.client
import os
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import OHMSTEAD, Daemon, check, main  # noqa: E402

SITE = """
site: {id: home, timezone: Europe/Paris}
meters:
  - {id: main, zone: ground, protocol: http, port: "http://127.0.0.1:9/", every_s: 60,
     values: [{quantity: power_import, pointer: /w}]}
"""
CONTRACT = "contract: {file: mine.yaml, power_kva: 6}\n"
MINE = """
name: Mine
periods: [hp, hc]
rest: hp
slots: [{period: hc, hours: [22:00-06:00]}]
rows: [{from: 2020-01-01, kva: 6, prices: {hp: 0.20, hc: 0.10}, subscription: 120,
        source: test}]
"""
TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = 370
UNTIL = TODAY.strftime("%Y-%m-%d")  # whole days, all measured
PATH = "/api/v1/whatif"


def history():
    """The register every ten minutes: 300 W, and 3 kW in two evening hours."""
    rows, wh = ["time,energy_import (Wh)"], 10_000
    for step in range(DAYS * 144 + 1):
        at = TODAY - timedelta(days=DAYS) + timedelta(minutes=10 * step)
        rows.append(f"{at.strftime('%Y-%m-%dT%H:%M:%SZ')},{wh}")
        wh += 500 if at.hour in (18, 19) else 50
    return "\n".join(rows) + "\n"


class Place:
    def __init__(self, contract=CONTRACT):
        self.contract = contract

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name
        site = SITE + self.contract.replace("mine.yaml", self.path + "/mine.yaml")
        for name, text in [("site.yaml", site), ("mine.yaml", MINE), ("use.csv", history())]:
            with open(os.path.join(self.path, name), "w", encoding="utf-8") as out:
                out.write(text)
        done = subprocess.run([OHMSTEAD, "import", "--state", self.path, "--into",
                               "home/ground/main", os.path.join(self.path, "use.csv")],
                              text=True, capture_output=True, timeout=300, check=False)
        check(done.returncode == 0, done.stderr)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def daemon(self):
        return Daemon(config=os.path.join(self.path, "site.yaml"), state=self.path)


def token_of(house):
    made = house.verb("token", "create", "--name", "r", "--scope", "read", "--state", house.folder)
    check(made.returncode == 0, made.stderr)
    return {"Authorization": "Bearer " + made.stdout.split()[-1]}


def near(a, b, within, what):
    check(abs(a - b) <= within, (what, a, b))


def asked(house, read, query):
    answer = house.ask("GET", PATH + query, headers=read)
    check(answer.status == 200, (query, answer.status, answer.body))
    return answer.json


def as_billed(house, read):
    """What is there today costs what its bill says, and other contracts what theirs say."""
    told = asked(house, read, f"?contract=bleu-base,bleu-hphc&kva=6,9&to={UNTIL}")
    span = f"?from={told['from']}&to={told['to']}"
    bill = house.ask("GET", "/api/v1/bill" + span, headers=read).json
    base = told["base"]
    check(base["own"] and base["pv_kwp"] == 0 and base["battery_kwh"] == 0, base)
    near(base["total_eur"], bill["total_eur"], 0.02, "the site as it is")
    near(base["import_kwh"], bill["import_kwh"], 0.01, "its energy")
    check(364 <= told["days"] <= 366 and told["missing_s"] == 0, told["days"])
    near(sum(p["kwh"] for p in base["periods"]), base["import_kwh"], 0.01, "periods add up")
    near(base["peak_w"], 3000, 1, "the greatest quarter of an hour")
    check([i["name"] for i in told["items"]] ==
          ["bleu-base-6kva", "bleu-base-9kva", "bleu-hphc-6kva", "bleu-hphc-9kva"],
          [i["name"] for i in told["items"]])
    others = house.ask("GET", "/api/v1/contracts" + span, headers=read).json["items"]
    for item in told["items"]:
        same = [o for o in others if o["name"] == item["name"]][0]
        check(item["fault"] == same["fault"], (item["name"], item["fault"], same["fault"]))
        near(item["total_eur"], same["total_eur"], 0.05, item["name"])
        near(item["saving_eur"], base["total_eur"] - item["total_eur"], 0.011, "what is saved")


def lived_again(house, read):
    """Panels and batteries: no energy comes from nowhere, and each step helps."""
    told = asked(house, read, f"?pv_kwp=0,3&battery_kwh=0,5&to={UNTIL}")
    base, (none, stored, panels, both) = told["base"], told["items"]
    check(none["saving_eur"] == 0 and none["import_kwh"] == base["import_kwh"], none)
    check(none["self_consumption"] is None and none["self_sufficiency"] == 0, none)
    check(told["weather"] == "typical" and told["place_known"] is False, told["weather"])
    check(1800 < panels["pv_kwh"] < 4300, panels["pv_kwh"])
    net = lambda item: item["import_kwh"] - item["export_kwh"]
    near(net(base) - net(panels), panels["pv_kwh"], 0.5, "panels: what is made is used or fed in")
    check(net(both) >= net(panels) - 0.5, "a battery makes no energy")
    check(net(both) - net(panels) < 0.15 * both["pv_kwh"], "nor loses most of it")
    check(both["self_consumption"] > panels["self_consumption"] > 0.1, (both, panels))
    check(both["self_sufficiency"] > panels["self_sufficiency"] > 0.1, (both, panels))
    check(both["saving_eur"] > panels["saving_eur"] > 100, (both, panels))
    check(stored["saving_eur"] > 0, ("cheap nights are kept for the evening", stored))
    sunny = asked(house, read, f"?pv_kwp=3&pv_yield=1200&to={UNTIL}")["items"][0]
    near(sunny["pv_kwh"], 3600, 20, "a year's yield as it is said")
    near(panels["saving_eur"], base["total_eur"] - panels["total_eur"], 0.011, "against today")
    check(told["co2_g_per_kwh"] is None and "co2_kg" not in base, "nothing is assumed")
    clean = asked(house, read, f"?pv_kwp=3&co2=52.5&to={UNTIL}")
    check(clean["co2_g_per_kwh"] == 52.5, clean["co2_g_per_kwh"])
    for case in (clean["base"], clean["items"][0]):
        near(case["co2_kg"], case["import_kwh"] * 0.0525, 0.01, "CO2 of what is bought")


def refused(house, read):
    for query, pointer in [
            ("?pv_kwp=-1", "pv_kwp"), ("?pv_kwp=1,,2", "pv_kwp"), ("?pv_kwp=", "pv_kwp"),
            ("?pv_kwp=1e9", "pv_kwp"), ("?battery_kwh=x", "battery_kwh"), ("?kva=0", "kva"),
            ("?kva=-6", "kva"), ("?x=1", "x"), ("?pv_yield=1", "pv_yield"), ("?co2=-1", "co2"),
            ("?co2=1,2", "co2"), ("?co2=2001", "co2"), ("?from=never", "from"),
            ("?from=2001-01-01", "from"), ("?contract=" + "a" * 60, "contract"),
            ("?pv_kwp=1,2,3,4&battery_kwh=1,2,3,4,5", "contract"),
            ("?pv_kwp=" + ",".join(["1"] * 17), "pv_kwp")]:
        answer = house.ask("GET", PATH + query, headers=read)
        check(answer.status == 400 and pointer.encode() in answer.body, (query, answer.status, answer.body))
    for query in ("?contract=nobodys", "?contract=bleu", "?kva=9"):
        check(house.ask("GET", PATH + query, headers=read).status == 404, query)
    check(house.ask("GET", PATH).status == 401, "without a token")
    day = TODAY.strftime("%Y-%m-%d")
    check(house.ask("GET", f"{PATH}?from={day}", headers=read).status in (400, 422), "no day yet")


def left_alone(house, read):
    """Who leaves is not worked for, and the next one is answered."""
    connection = http.client.HTTPConnection(urlsplit(house.url).netloc, timeout=30)
    connection.request("GET", PATH + "?pv_kwp=1,2,3,4&battery_kwh=2,4,6,8", headers=read)
    connection.close()
    check(house.ask("GET", "/api/v1/bill", headers=read).status == 200, "others go on")
    asked(house, read, "?pv_kwp=2")


def test_what_if():
    with Place() as place, place.daemon() as house:
        read = token_of(house)
        as_billed(house, read)
        lived_again(house, read)
        refused(house, read)
        left_alone(house, read)


def test_without_a_contract():
    with Place(contract="") as place, place.daemon() as house:
        answer = house.ask("GET", PATH + "?pv_kwp=3", headers=token_of(house))
        check(answer.status == 404, (answer.status, answer.body))


if __name__ == "__main__":
    sys.exit(main([test_what_if, test_without_a_contract]))
