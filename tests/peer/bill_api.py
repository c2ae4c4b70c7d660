#!/usr/bin/env python3
"""Bills over HTTP: months, the last bill, billing periods, loads at other hours.

usage: bill_api.py OHMSTEAD"""
import http.client
import os
import subprocess
import sys
import tempfile
import threading
from datetime import datetime, timedelta, timezone

os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import OHMSTEAD, Daemon, check, main, wait_for  # noqa: E402

SITE = """
site: {id: home, timezone: Europe/Paris}
meters:
  - {id: main, zone: ground, protocol: http, port: "http://127.0.0.1:9/", every_s: 60,
     values: [{quantity: power_import, pointer: /w}]}
contract: {file: mine.yaml, power_kva: 6}
"""
MINE = """
name: Mine
periods: [hp, hc]
rest: hp
slots: [{period: hc, hours: [22:00-06:00]}]
rows: [{from: 2020-01-01, kva: 6, prices: {hp: 0.20, hc: 0.10}, subscription: 0, source: test}]
"""
TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = 20  # of readings: 250 W, and 3 kW in two evening hours
FIRST_WH = 10_000


def history():
    """The register every ten minutes, in UTC."""
    rows, wh = ["time,energy_import (Wh)"], FIRST_WH
    for step in range(DAYS * 144 + 1):
        at = TODAY - timedelta(days=DAYS) + timedelta(minutes=10 * step)
        rows.append(f"{at.strftime('%Y-%m-%dT%H:%M:%SZ')},{wh}")
        wh += 500 if at.hour in (18, 19) else 42
    return "\n".join(rows) + "\n", wh


def daily():
    """As Enedis gives them out."""
    first = datetime.now(timezone.utc).date() - timedelta(days=40)
    rows = [(first + timedelta(days=n)).strftime("%d/%m/%Y") + ";35" for n in range(40)]
    return "Date;Consommation (en kWh)\n" + "\n".join(rows) + "\n", 0


class Place:
    def __init__(self, days=False):
        self.history = daily if days else history

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name
        text, self.last_wh = self.history()
        for name, content in [("site.yaml", SITE.replace("mine.yaml", self.path + "/mine.yaml")),
                              ("mine.yaml", MINE), ("use.csv", text)]:
            with open(os.path.join(self.path, name), "w", encoding="utf-8") as out:
                out.write(content)
        self.add(text)
        return self

    def add(self, text):
        path = os.path.join(self.path, "use.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        done = subprocess.run([OHMSTEAD, "import", "--state", self.path, "--into",
                               "home/ground/main", path],
                              text=True, capture_output=True, timeout=120, check=False)
        check(done.returncode == 0, done.stderr)

    def __exit__(self, *_):
        self.folder.cleanup()

    def daemon(self):
        return Daemon(config=os.path.join(self.path, "site.yaml"), state=self.path)


def token_of(house, scope):
    made = house.verb("token", "create", "--name", scope, "--scope", scope, "--state", house.folder)
    check(made.returncode == 0, made.stderr)
    return {"Authorization": "Bearer " + made.stdout.split()[-1]}


def near(a, b, what):
    check(abs(a - b) < 0.0011, (what, a, b))


def the_last_bill(house, read, control):
    day = (TODAY - timedelta(days=DAYS + 20)).strftime("%Y-%m-%d")
    check(house.ask("GET", "/api/v1/bill?since=last", headers=read).status == 404, "none told yet")
    check(house.ask("GET", "/api/v1/bill/last", headers=read).status == 404, "none told yet")
    told = {"date": day, "register_kwh": 4.5}
    refused = house.ask("PUT", "/api/v1/bill/last", told, read)
    check(refused.status == 403, refused.body)
    for wrong, member in [({"date": "2026-02-30"}, "/date"), ({"date": "2999-01-01"}, "/date"),
                          ({"date": day, "register_kwh": -1}, "/register_kwh"),
                          ({"date": day, "by": "me"}, "/by")]:
        answer = house.ask("PUT", "/api/v1/bill/last", wrong, control)
        check((answer.status, answer.json["errors"][0]["pointer"]) == (422, member), answer.body)
    answer = house.ask("PUT", "/api/v1/bill/last", told, control)
    check((answer.status, answer.json) == (200, told), answer.body)
    bill = house.ask("GET", "/api/v1/bill?since=last", headers=read).json
    near(bill["from_last_bill_kwh"], (FIRST_WH - 4500) / 1000, "before the first reading")
    check(bill["notes"]["estimated_s"] >= 20 * 86400 - 7200, bill["notes"])
    check(bill["last_bill"] == told, bill["last_bill"])
    counted = sum(line["quantity"] for line in bill["lines"] if line["kind"] == "energy")
    check(counted > (FIRST_WH - 4500) / 1000 + 10, counted)
    near(counted, bill["import_kwh"], "the lines are what was used")
    answer = house.ask("PUT", "/api/v1/bill/last", {"date": day, "register_kwh": 10.5}, control)
    check(answer.status == 200, answer.body)
    answer = house.ask("GET", "/api/v1/bill?since=last", headers=read)
    check((answer.status, answer.json["type"]) == (422, "urn:ohmstead:fault:bad-register"),
          answer.body)
    check(house.ask("DELETE", "/api/v1/bill/last", headers=control).status == 204, "forgotten")
    check(house.ask("GET", "/api/v1/bill/last", headers=read).status == 404, "forgotten")


def months(house, read):
    first = (TODAY - timedelta(days=DAYS - 1)).strftime("%Y-%m-%d")
    to = TODAY.strftime("%Y-%m-%d")
    whole = house.ask("GET", f"/api/v1/bill?from={first}&to={to}", headers=read).json
    parts = house.ask("GET", f"/api/v1/bill/months?from={first}&to={to}", headers=read).json
    check(1 <= len(parts["months"]) <= 2 and parts["months"][0]["from"] == first, parts)
    near(sum(m["import_kwh"] for m in parts["months"]), whole["import_kwh"], "the months' energy")
    check(abs(parts["total_eur"] - whole["total_eur"]) <= 0.02, (parts, whole["total_eur"]))
    early = house.ask("GET", f"/api/v1/bill/months?from=2019-12-01&to={to}", headers=read).json
    check([m["fault"] for m in early["months"][:2]] == ["no_price", None], early["months"][:2])
    check(early["total_eur"] is None and early["months_priced"] == len(early["months"]) - 1,
          "no sum that leaves a month out")
    answer = house.ask("GET", f"/api/v1/bill?month=2026-01&from={first}", headers=read)
    check(answer.status == 400, answer.body)


def powers(house, read, first):
    path = "/api/v1/contract/powers"
    answer = house.ask("GET", f"{path}?from={first}", headers=read).json
    check("va" in answer["lacks"] and "loads" in answer["lacks"], answer["lacks"])
    kva = [p["power_kva"] for p in answer["powers"]]
    check(kva == sorted(set(kva)) and len(kva) >= 4, kva)
    own = [p for p in answer["powers"] if p["own"]]
    check(len(own) == 1 and own[0]["overruns"] == 0 and own[0]["trips"] == 0, own)
    check(all(p["shed"]["loads"] == [] for p in answer["powers"]), "there is no load")
    check(answer["measured_s"] > 86400 and answer["missing_s"] >= 0, answer["measured_s"])
    for query in ("?x=1", "?from=never", "?from=2026-02-30"):
        check(house.ask("GET", path + query, headers=read).status == 400, query)
    check(house.ask("GET", path).status == 401, "it tells how the house lives")


def what_if(house, read):
    first = (TODAY - timedelta(days=DAYS - 1)).strftime("%Y-%m-%d")
    to = TODAY.strftime("%Y-%m-%d")
    path = f"/api/v1/contracts?from={first}&to={to}"
    plain = house.ask("GET", path, headers=read).json
    own = next(i for i in plain["items"] if i["own"])
    three = next(p for p in plain["powers"] if p["power_kva"] == 3)
    check(three["steps_over"] == 0 and "shifted_eur" not in own and "shift" not in plain, three)
    check(plain["peaks"] and all(p["power"] == 3000 for p in plain["peaks"]), plain["peaks"])
    check(plain["missing_s"] == 0 and own["fits"] is True, plain["missing_s"])
    young = house.ask("GET", "/api/v1/contracts", headers=read).json
    begin = (TODAY - timedelta(days=DAYS + 1)).strftime("%Y-%m-%d")
    check(young["from"] >= begin, "no subscription of months before the meter: " + young["from"])
    early = (TODAY - timedelta(days=300)).strftime("%Y-%m-%d")
    long = house.ask("GET", f"/api/v1/contracts?from={early}&to={to}", headers=read).json
    check(long["missing_s"] > 86400 * 7 and long["cheapest"] is None, long["missing_s"])
    moved = house.ask("GET", path + "&shift=boiler:2000@22:00-06:00/3", headers=read).json
    check(moved["shift"]["loads"][0]["load"] == "boiler", moved["shift"])
    kwh = moved["shift"]["loads"][0]["kwh"]
    check(3 * (DAYS - 2) <= kwh <= 3 * DAYS, kwh)
    own = next(i for i in moved["items"] if i["own"])
    check(abs(own["total_eur"] - own["shifted_eur"] - kwh * 0.10) < 0.03, (own, kwh))
    answer = house.ask("GET", path + "&shift=boiler@22:00-06:00", headers=read)
    check(answer.status == 400, "no load of the site has that name: its power must be said")
    powers(house, read, first)
    # What has no price says since when, and why.
    answer = house.ask("GET", f"/api/v1/bill?contract=bleu-tempo-9kva&from={first}&to={to}",
                       headers=read)
    check(answer.status == 422, answer.body)
    fault = answer.json["errors"][0]
    check(fault["detail"].startswith(first) and "the colour of the day is not known" in
          fault["detail"], fault)


DEAR = """name: Dear
power_kva: 9
rows:
  - {from: 2020-01-01, prices: {base: 1.00}, subscription: 0, source: my bill}
"""


def the_contract(house, read, admin):
    """Written, refused with its faults, used at once, and given up."""
    told = house.ask("GET", "/api/v1/contract", headers=read).json
    check((told["source"], told["name"], told["yaml"]) == ("configuration", "Mine", None), told)
    check(told["rows"][0]["eur_per_kwh"] == {"hp": 0.2, "hc": 0.1}, told["rows"])
    check(house.ask("PUT", "/api/v1/contract", {"yaml": DEAR}, read).status == 403, "read only")
    gap = DEAR.replace("rows:", "periods: [a, b]\nslots: [{period: a, hours: [06:00-12:00]}]\nrows:")
    gap = gap.replace("base: 1.00", "a: 1, b: 2")
    for wrong, words in [("name: [", "not YAML"), (gap, "no slot covers"),
                         (DEAR.replace("1.00", "cheap"), "contract.yaml:4"),
                         ("name: x\npower_kva: 6\n", "rows")]:
        for method, path in [("PUT", "/api/v1/contract"), ("POST", "/api/v1/contract/check")]:
            answer = house.ask(method, path, {"yaml": wrong}, admin)
            check(answer.status == 422, answer.body)
            check(any(words in e["detail"] for e in answer.json["errors"]), (words, answer.body))
    check(house.ask("POST", "/api/v1/contract/check", {"yaml": DEAR}, admin).status == 204, "good")
    check(house.ask("GET", "/api/v1/contract", headers=read).json["source"] == "configuration",
          "checked only")
    answer = house.ask("PUT", "/api/v1/contract", {"yaml": DEAR}, admin)
    check((answer.status, answer.json["source"], answer.json["yaml"]) == (200, "page", DEAR),
          answer.body)
    in_force(house, read, "Dear", 9000)
    bill = bill_of_days(house, read)
    check(bill["contract"] == "Dear", bill["contract"])
    near(bill["total_eur"], round(bill["import_kwh"], 2), "one EUR a kWh")


def in_force(house, read, name, va):
    """The price of now, the limit of the house and the journal follow without a restart."""
    def state():
        return house.ask("GET", "/api/v1/state", headers=read).json
    wait_for(f"{name} to be the price of now", 30, lambda: state()["tariff"]["name"] == name)
    check(state()["site"]["contract_va"] == va, state()["site"])
    lines = house.ask("GET", "/api/v1/journal?limit=20", headers=read).json["items"]
    told = [i for i in lines if i.get("notice") == "contract"]
    check(told and told[0]["detail"] == va and told[0]["actor"] == "token:admin", lines)


def bill_of_days(house, read):
    first, to = (TODAY - timedelta(days=3)), TODAY - timedelta(days=1)
    return house.ask("GET", f"/api/v1/bill?from={first:%Y-%m-%d}&to={to:%Y-%m-%d}",
                     headers=read).json


def test_a_contract_written_in_the_page():
    with Place() as place:
        with place.daemon() as house:
            read, admin = token_of(house, "read"), token_of(house, "admin")
            the_contract(house, read, admin)
            house.stop()
        with place.daemon() as house:
            told = house.ask("GET", "/api/v1/contract", headers=read).json
            check(told["source"] == "page", told)
            state = house.ask("GET", "/api/v1/state", headers=read).json
            check(state["tariff"]["name"] == "Dear", "kept over a restart")
            answer = house.ask("DELETE", "/api/v1/contract", headers=admin)
            check((answer.status, answer.json["source"]) == (200, "configuration"), answer.body)
            in_force(house, read, "Mine", 6000)
            check(bill_of_days(house, read)["contract"] == "Mine", "given up")
            house.stop()
        replayed = house.verb("replay", "--state", house.folder)
        check(replayed.returncode == 0 and "identical" in replayed.stdout,
              replayed.stdout + replayed.stderr)


def test_a_question_over_years_keeps_nobody_waiting():
    """Sixteen years under every contract are asked; a chart and the bill of a month are answered
    before it, and what other powers would have done behind it. Who leaves ends his question."""
    with Place() as place:
        place.add("time,energy_import (Wh)\n2010-01-01T00:00:00Z,0\n")
        years_wait_for_nobody(place)


def test_nobody_knows_which_power_suffices():
    """Energies of days tell no power: no other one is recommended."""
    with Place(days=True) as place, place.daemon() as house:
        read = token_of(house, "read")
        told = house.ask("GET", "/api/v1/contracts", headers=read).json
        check(told["peak"] is None, told["peak"])
        check({i["fits"] for i in told["items"]} == {None}, told["items"][:2])
        best = next(i for i in told["items"] if i["name"] == told["cheapest"]["name"])
        check(best["power_kva"] == 6, best)  # the site's own power


def years_wait_for_nobody(place):
    with place.daemon() as house:
        read = token_of(house, "read")
        order = []

        def ask(name, path):
            answer = house.ask("GET", path, headers=read)
            order.append((name, answer.status))
        long = threading.Thread(target=ask, args=("years", "/api/v1/contracts?from=2010-01-01"
                                                  "&to=2026-01-01&shift=a:1000@22:00-06:00"))
        long.start()
        for name, path in (("chart", "/api/v1/series"), ("bill", "/api/v1/bill?month=2026-02")):
            ask(name, path)
        ask("powers", "/api/v1/contract/powers")  # as long as they are: behind them
        long.join(120)
        check([name for name, _ in order] == ["chart", "bill", "years", "powers"], order)
        gone = http.client.HTTPConnection(house.url.split("//")[1], timeout=60)
        gone.request("GET", "/api/v1/contracts?from=2010-01-01&to=2026-01-01", headers=read)
        gone.close()
        answer = house.ask("GET", "/api/v1/contracts?from=2026-02-01&to=2026-02-03", headers=read)
        check(answer.status in (200, 404), answer.status)


def test_bills_over_http():
    with Place() as place, place.daemon() as house:
        read, control = token_of(house, "read"), token_of(house, "control")
        the_last_bill(house, read, control)
        months(house, read)
        what_if(house, read)
        first = (TODAY - timedelta(days=10)).strftime("%Y-%m-%d")
        to = (TODAY + timedelta(days=20)).strftime("%Y-%m-%d")
        answer = house.ask("GET", f"/api/v1/bill/projection?from={first}&to={to}", headers=read)
        check(answer.status == 200 and answer.json["from"] == first, answer.body)
        check(answer.json["low_eur"] <= answer.json["expected_eur"] <= answer.json["high_eur"],
              answer.json)
        answer = house.ask("GET", f"/api/v1/bill/projection?from={to}&to={first}", headers=read)
        check(answer.status == 400, answer.body)


if __name__ == "__main__":
    sys.exit(main([test_bills_over_http, test_a_contract_written_in_the_page,
                   test_nobody_knows_which_power_suffices,
                   test_a_question_over_years_keeps_nobody_waiting]))
