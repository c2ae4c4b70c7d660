#!/usr/bin/env python3
"""The household's rules over HTTP: written, tried, armed, refused, kept over restarts.

usage: rules.py OHMSTEAD"""
import os
import sys
import tempfile

os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, check, main, wait_for  # noqa: E402

RULES = "/api/v1/rules"
SITE = """
site: {id: home, timezone: Europe/Paris}
meters:
  - {id: main, zone: ground, protocol: http, port: "http://127.0.0.1:9/", every_s: 60,
     values: [{quantity: power_import, pointer: /w}]}
contract: {file: mine.yaml, power_kva: 6}
limits:
  - {id: oven, kind: fuse, va: 4600}
  - {id: dso, kind: grid}
boards: [{id: sim, driver: sim, channels: 8}]
loads:
  - {id: tank, nominal_w: 2000, on_min_s: 0, off_min_s: 0,
     output: {board: sim, channel: 0, contact: NC}}
  - {id: towels, nominal_w: 500, on_min_s: 0, off_min_s: 0,
     output: {board: sim, channel: 1, contact: NC}}
RULES
"""
MINE = """
name: Mine
periods: [all]
rest: all
rows: [{from: 2020-01-01, kva: 6, prices: {all: 0.20}, subscription: 0, source: test}]
"""
IN_FILE = """
rules:
  - {id: always, when: [{price_below: 9}], load: towels, then: fed}
"""


def rule(name, when, load="tank", then="shed", more=""):
    return f"rules:\n  - {{id: {name}, when: [{when}], load: {load}, then: {then}{more}}}\n"


class Place:
    """A site of its own, its state kept between daemons."""

    def __init__(self, rules=IN_FILE):
        self.rules = rules

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.path = self.folder.name
        self.write(self.rules)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def write(self, rules):
        for name, text in [("site.yaml", SITE.replace("RULES", rules).replace("mine.yaml", self.path + "/mine.yaml")),
                           ("mine.yaml", MINE)]:
            with open(os.path.join(self.path, name), "w", encoding="utf-8") as out:
                out.write(text)

    def daemon(self):
        return Daemon(config=os.path.join(self.path, "site.yaml"), state=self.path)


def token_of(house, scope):
    made = house.verb("token", "create", "--name", scope, "--scope", scope, "--state", house.folder)
    check(made.returncode == 0, made.stderr)
    return {"Authorization": "Bearer " + made.stdout.split()[-1]}


class Desk:
    def __init__(self, house):
        self.house, self.headers = house, token_of(house, "control")

    def ask(self, method, path="", body=None):
        return self.house.ask(method, RULES + path, body, self.headers)

    def items(self):
        answer = self.ask("GET")
        check(answer.status == 200, answer.body)
        return {item["id"]: item for item in answer.json["items"]}

    def good(self, method, path="", body=None):
        answer = self.ask(method, path, body)
        check(answer.status == 200, (method, path, answer.status, answer.body))
        return answer.json

    def refused(self, status, fault, method, path="", body=None):
        answer = self.ask(method, path, body)
        check((answer.status, answer.json["type"]) == (status, "urn:ohmstead:fault:" + fault),
              (method, path, answer.status, answer.body))
        return answer.json

    def state(self, load):
        return self.house.ask("GET", "/api/v1/loads/" + load, headers=self.headers).json

    def notices(self):
        lines = self.house.ask("GET", "/api/v1/journal?limit=200", headers=self.headers).json["items"]
        return [line for line in lines if str(line.get("notice", "")).startswith("rule_")]


def written_tried_and_armed():
    """The whole way of a rule, and what the journal says of it."""
    cheap = rule("night", "{price_below: 1}")
    with Place() as place, place.daemon() as house:
        desk = Desk(house)
        check([(i["source"], i["armed"]) for i in desk.items().values()] == [("file", True)],
              "the configuration's")
        desk.refused(409, "untried-rule", "PUT", "/night", {"yaml": cheap, "armed": True})
        desk.good("PUT", "/night", {"yaml": cheap})
        kept = desk.items()["night"]
        check((kept["source"], kept["armed"], kept["tried"], kept["fault"]) ==
              ("page", False, False, None), kept)
        check(kept["when"] == [{"kind": "price", "device": None, "quantity": None,
                                "unit": "EUR/kWh", "below": True, "threshold": 1, "hysteresis": 0,
                                "for_s": 0}], kept["when"])
        desk.refused(409, "untried-rule", "PUT", "/night/armed", {"armed": True})
        trial = desk.good("POST", "/trial", {"yaml": "rules:\n" + kept["yaml"], "days": 1})
        check([(i["id"], i["armed"]) for i in trial["items"]] ==
              [("always", True), ("night", False)], trial)
        check(trial["items"][1]["times"] == 1, trial)
        check(desk.items()["night"]["tried"], "what is kept was tried")
        desk.good("PUT", "/night/armed", {"armed": True})
        wait_for("the load to be off", 30, lambda: desk.state("tank")["state"] == "shed")
        check(desk.state("tank")["cause"] == "rule", desk.state("tank"))
        night = desk.items()["night"]
        check(night["armed"] and night["active"] and night["by"] == "token:control", night)
        other = rule("night", "{price_below: 0.5}")  # another version, which nobody tried
        desk.refused(409, "untried-rule", "PUT", "/night", {"yaml": other, "armed": True})
        desk.good("PUT", "/night", {"yaml": other, "armed": True, "anyway": True})
        desk.good("PUT", "/night/armed", {"armed": False})
        wait_for("the load to be fed", 30, lambda: desk.state("tank")["state"] == "fed")
        desk.good("DELETE", "/night")
        check(list(desk.items()) == ["always"], "removed")
        found = wait_for("the journal", 30,
                         lambda: len(desk.notices()) >= 3 and desk.notices())
        told = [(n["notice"], n["rule"], n["actor"], n["detail"]) for n in found]
        check(told == [("rule_disarmed", "night", "token:control", 0),
                       ("rule_armed", "night", "token:control", 1),
                       ("rule_armed", "night", "token:control", 0)], told)
        house.stop()


def kept_over_restarts():
    """What is armed goes on, what is not stays so; one that can't be any more asks nothing."""
    with Place() as place:
        with place.daemon() as house:
            desk = Desk(house)
            for name, load, armed in [("one", "tank", True), ("two", "towels", False),
                                      ("three", "tank", True)]:
                text = rule(name, '{time: "00:00-12:00"}, {price_below: 1}', load,
                            more=", unless: [{days: sat-sun}], at_least_s: 60")
                desk.good("PUT", "/" + name, {"yaml": text, "armed": armed, "anyway": armed})
            before = desk.items()
            check(before["one"]["unless"][0]["weekdays"] == [6, 7], before["one"])
            house.stop()
        with place.daemon() as house:
            desk = Desk(house)
            after = desk.items()
            for name in ("one", "two", "three"):
                same = ("armed", "yaml", "version", "by", "at", "fault", "when", "unless")
                check([before[name][k] for k in same] == [after[name][k] for k in same], name)
            check(after["one"]["holds"] is not None, "armed: it is known whether it holds")
            house.stop()
        place.write("rules:\n  - {id: one, when: [{price_below: 9}], load: tank, then: fed, "
                    "priority: 9}\n  - {id: hot, when: [{price_below: 9}], load: tank, then: fed}\n")
        with place.daemon() as house:
            desk = Desk(house)
            after = desk.items()
            check(after["one"]["source"] == "page" and after["one"]["armed"], "both of that id")
            check("the configuration has a rule of this id" in after["one"]["fault"], after["one"])
            check("opposite things of tank" in after["three"]["fault"], after["three"])
            check(after["three"]["holds"] is None and after["two"]["fault"] is None, after)
            house.says("rule three of the page is not usable")
            desk.good("DELETE", "/three")
            house.stop()


def what_comes_alive_is_told():
    """A rule that was armed and contradicted another one is active once that is gone: the journal
    says so, and by whom."""
    with Place() as place:
        with place.daemon() as house:
            desk = Desk(house)
            desk.good("PUT", "/one", {"yaml": rule("one", "{price_below: 1}"), "armed": True,
                                      "anyway": True})
            house.stop()
        path = os.path.join(place.path, "rules.yaml")
        with open(path, encoding="utf-8") as kept:
            text = kept.read()
        fed = rule("two", "{price_below: 1}", then="fed")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text.replace("rules:\n", "rules:\n" + fed.removeprefix("rules:\n"), 1)
                      + "  - {id: two, armed: true, tried: false}\n")
        with place.daemon() as house:
            desk = Desk(house)
            items = desk.items()
            faulty = next(name for name in ("one", "two") if items[name]["fault"])
            other = "one" if faulty == "two" else "two"
            check("opposite things" in items[faulty]["fault"], items)
            desk.good("DELETE", "/" + other)
            house.says(f"rule {faulty} armed by=")
            check(desk.items()[faulty]["fault"] is None, "it is active")
            house.stop()


def a_file_that_is_bad():
    """It stops nobody, and what was in it is put aside."""
    with Place() as place:
        path = os.path.join(place.path, "rules.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write("rules: [{id: x, when: soon\n\x00")
        with place.daemon() as house:
            desk = Desk(house)
            answer = desk.good("GET")
            check("rules.yaml" in answer["fault"] and len(answer["items"]) == 1, answer)
            desk.good("PUT", "/new", {"yaml": rule("new", "{days: mon}")})
            check(desk.good("GET")["fault"] is None, "written anew")
            check(os.path.exists(path + ".bad"), "put aside")
            house.stop()


def refusals():
    """Who may not, what is wrong, and with an example what contradicts what."""
    with Place() as place, place.daemon() as house:
        desk = Desk(house)
        good = {"yaml": rule("a", "{price_below: 1}"), "armed": True, "anyway": True}
        read = token_of(house, "read")
        check(house.ask("GET", RULES, headers=read).status == 200, "may be read")
        for headers, status in [(read, 403), ({}, 401)]:
            for method, path, body in [("PUT", "/a", good), ("PUT", "/a/armed", {"armed": True}),
                                       ("DELETE", "/a", None)]:
                answer = house.ask(method, RULES + path, body, headers)
                check(answer.status == status, (method, path, answer.status))
        desk.refused(404, "unknown-rule", "DELETE", "/a")
        desk.refused(404, "unknown-rule", "PUT", "/a/armed", {"armed": False})
        desk.refused(409, "rule-in-file", "DELETE", "/always")
        desk.refused(409, "rule-in-file", "PUT", "/always/armed", {"armed": False})
        desk.refused(409, "rule-in-file", "PUT", "/always",
                     {"yaml": rule("always", "{price_below: 1}")})
        desk.refused(422, "bad-member", "PUT", "/a/armed", {"armed": 1})
        desk.refused(422, "bad-member", "PUT", "/a/armed", {"armed": True, "anyway": "yes"})
        desk.refused(422, "bad-member", "PUT", "/a", {**good, "now": True})
        desk.refused(422, "bad-member", "PUT", "/a", {"armed": True})
        lines = [
            ("of another id", rule("b", "{price_below: 1}"), "at the address of its id"),
            ("no load", rule("a", "{price_below: 1}", "tonk"), "is it meant to be tank"),
            ("five conditions", rule("a", ", ".join(["{days: mon}"] * 3), more=", unless: "
                                     "[{days: tue}, {days: wed}]"), "4 conditions"),
            ("not YAML", "rules: [", "rules.yaml"),
            ("empty", "rules: []\n", "one rule"),
        ]
        for why, yaml, said in lines:
            answer = desk.refused(422, "bad-rules", "PUT", "/a", {**good, "yaml": yaml})
            check(said in str(answer["errors"]), (why, answer["errors"]))
        desk.good("PUT", "/a", good)
        dear = {"yaml": rule("dear", "{price_above: 0.1}", then="fed"), "armed": True,
                "anyway": True}
        answer = desk.refused(422, "bad-rules", "PUT", "/dear", dear)
        check("'a' and 'dear' ask opposite things of tank at once, as when: price 0.55 EUR/kWh" in
              str(answer["errors"]), answer["errors"])
        desk.refused(422, "bad-rules", "POST", "/trial", {"yaml": dear["yaml"]})
        desk.good("PUT", "/dear", {"yaml": dear["yaml"]})  # put by: it asks nothing yet
        desk.refused(422, "bad-rules", "PUT", "/dear/armed", {"armed": True, "anyway": True})
        desk.good("PUT", "/a/armed", {"armed": False})
        desk.good("PUT", "/dear/armed", {"armed": True, "anyway": True})
        house.stop()


def days_people_and_orders():
    """Conditions that only a house knows: who is at home, what the operator orders, cheap hours."""
    with Place() as place, place.daemon() as house:
        desk = Desk(house)
        for name, when, sort in [
                ("away", "{presence: away}", "presence"), ("low", "{order: dso, below: 4000}", "order"),
                ("day", "{day: red, ahead_h: 6}", "day"), ("hours", "{cheapest_h: 24}", "cheapest"),
                ("red", "{tomorrow: red}", "day")]:
            desk.good("PUT", "/" + name, {"yaml": rule(name, when), "armed": True, "anyway": True})
            check(desk.items()[name]["when"][0]["kind"] == sort, desk.items()[name])

        def is_known(name, holds):
            wait_for(f"{name}: {holds}", 30, lambda: desk.items()[name]["holds"] is holds)

        is_known("hours", True)  # one price all day: all 24 hours are among the 24
        is_known("day", None)  # this contract has no colours
        is_known("red", None)
        is_known("away", None)
        is_known("low", False)
        path = "/api/v1/presence"
        for body, status in [({"home": False}, 200), ({"home": 1}, 422), ({}, 422)]:
            answer = house.ask("PUT", path, body, desk.headers)
            check(answer.status == status, answer.body)
        check(desk.ask("GET").json["presence"] == "away", "said")
        is_known("away", True)
        check(house.ask("PUT", path, {"home": False}, token_of(house, "read")).status == 403, "may not")
        answer = house.ask("PUT", "/api/v1/limits/dso", {"va": 3000, "minutes": 60}, desk.headers)
        check(answer.status == 200, answer.body)
        is_known("low", True)
        house.stop()
    for when, said in [("{order: dsa}", "not the id of a limit"), ("{order: oven}", "fuse"),
                       ("{price_below: 1, ahead_h: 2}", "ahead_h"), ("{cheapest_h: 25}", "25"),
                       ("{day: green}", "green"), ("{presence: home, day: red}", "one thing"),
                       ("{ecowatt_level: 3, ahead_h: 4}", "configure ecowatt"),
                       ("{co2_below: 40, ahead_h: 3}", "eco2mix"), ("{outdoor_below: 0}", "open-meteo"),
                       ("{tomorrow_below: 0, tomorrow_above: 30}", "two conditions"),
                       ("{overrun_h: 6}", "configure a plan"), ("{overrun_w: 6}", "one thing"),
                       ("{co2_below: 40, day: red}", "one thing"), ("{price_below: 1, overrun_w: 5}", "overrun_h")]:
        with Place("") as place:
            place.write(rule("a", when))
            made = Daemon.verb(None, "check", os.path.join(place.path, "site.yaml"))
            check(made.returncode == 1 and said in made.stderr + made.stdout, (when, made))
    for hours, status in [(24, 0), (25, 1)]:  # as far as the plan looks
        with Place("") as place:
            place.write(rule("a", f"{{overrun_h: {hours}}}") + "plan:\n  hours: 24\n  water: {load: tank, litres: 200}\n")
            made = Daemon.verb(None, "check", os.path.join(place.path, "site.yaml"))
            check(made.returncode == status and ("plan.hours" in made.stderr + made.stdout) == bool(status), made)


if __name__ == "__main__":
    sys.exit(main([written_tried_and_armed, kept_over_restarts, a_file_that_is_bad, refusals,
                   what_comes_alive_is_told, days_people_and_orders]))
