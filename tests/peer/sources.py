#!/usr/bin/env python3
"""Several sources of one house: registers that go down are told, sources stand for one another.

usage: sources.py OHMSTEAD"""
import http.server
import json
import os
import shutil
import sys
import tempfile
import threading

os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, check, main, wait_for  # noqa: E402

SITE = """
site: {{id: home, timezone: UTC}}
meters:
  - id: main
    protocol: http
    port: http://127.0.0.1:{web}/main
    every_s: 0.5
    stale_after_s: 600
    values: [{{quantity: energy_import, pointer: /wh}}, {{quantity: power_import, pointer: /w}}]
  - id: second
    protocol: http
    port: http://127.0.0.1:{web}/second
    every_s: 0.5
    stale_after_s: 600
    values: [{{quantity: energy_import, pointer: /wh}}, {{quantity: power_import, pointer: /w}}]
"""


MERGED = SITE.replace("timezone: UTC", "timezone: UTC, main_meter: grid") \
    .replace("stale_after_s: 600", "stale_after_s: 10") + """
merge:
  - id: grid
    zone: street
    from: [main, second]
"""


class House:
    """A folder, a configuration, and a web server that plays the meters."""

    def __init__(self, site=SITE):
        outer = self
        self.says = {"/main": {"wh": 5000123, "w": 400}, "/second": {"wh": 700, "w": 100}}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                said = outer.says.get(self.path)
                body = json.dumps(said).encode()
                self.send_response(200 if said else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # the daemon was stopped meanwhile

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.folder = tempfile.mkdtemp(prefix="ohm-sources-")
        self.state = os.path.join(self.folder, "state")
        self.config = os.path.join(self.folder, "site.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(site.format(web=self.server.server_address[1]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)


def token_of(daemon):
    made = daemon.verb("token", "create", "--name", "test", "--scope", "read", "--state",
                       daemon.folder)
    check(made.returncode == 0, made.stderr)
    return {"Authorization": "Bearer " + made.stdout.split()[-1]}


def notices(daemon, token, name):
    answer = daemon.ask("GET", "/api/v1/journal?limit=200", headers=token)
    check(answer.status == 200, f"{answer.status} {answer.body[:200]!r}")
    return [line for line in answer.json["items"] if line.get("notice") == name]


def value(daemon, token, device, quantity):
    answer = daemon.ask("GET", f"/api/v1/meters/{device}", headers=token)
    if answer.status != 200:
        return None
    return next((v["value"] for v in answer.json["values"] if v["quantity"] == quantity), None)


def a_register_that_goes_down_is_told():
    with House() as house:
        with Daemon(house.config, house.state) as daemon:
            token = token_of(daemon)
            wait_for("a first reading", 30,
                     lambda: value(daemon, token, "second", "energy_import") == 700 and
                     value(daemon, token, "main", "energy_import") == 5000123)
            house.says["/second"]["wh"] = 690  # held back, until more readings say the same
            held = wait_for("the doubt", 30, lambda: notices(daemon, token, "register_held"))
            check([(t["device"], t["quantity"], t["detail"]) for t in held] ==
                  [("second", "energy_import", -10)], str(held))
            told = wait_for("the correction", 30,
                            lambda: notices(daemon, token, "register_corrected"))
            check([(t["device"], t["quantity"], t["detail"]) for t in told] ==
                  [("second", "energy_import", 10)], str(told))
            house.says["/second"]["wh"] = 1690
            wait_for("the next reading", 30,
                     lambda: value(daemon, token, "second", "energy_import") == 1690)
            check(not notices(daemon, token, "register_jumped"), "counting on is no news")
            house.says["/second"]["wh"] = 900000000  # a sum of bytes lets such errors pass
            told = wait_for("the jump, confirmed", 30,
                            lambda: notices(daemon, token, "register_jumped"))
            check([(t["device"], t["detail"]) for t in told] == [("second", 899998310)], str(told))
            check(not notices(daemon, token, "register_rolled"), "counting on is no news")
            daemon.stop()
        house.says["/main"]["wh"] = 3  # changed by the electrician meanwhile
        with Daemon(house.config, house.state) as daemon:
            told = wait_for("the new meter", 30,
                            lambda: notices(daemon, token, "register_replaced"))
            check([(t["device"], t["detail"]) for t in told] == [("main", 5000123)], str(told))
            daemon.stop()
        replayed = daemon.verb("replay", "--state", house.state)
        check(replayed.returncode == 0, replayed.stdout + replayed.stderr)


def one_source_stands_for_another():
    with House(MERGED) as house:
        house.says["/second"] = {"wh": 5000200, "w": 410}
        with Daemon(house.config, house.state) as daemon:
            token = token_of(daemon)

            def grid():
                return daemon.ask("GET", "/api/v1/meters/grid", headers=token).json

            def power():
                return value(daemon, token, "grid", "power_import")

            wait_for("the preferred one", 30, lambda: power() == 400)
            check(grid()["protocol"] == "merge" and grid()["state"] == "ok", str(grid()))
            placed = [(m["device"], m["main"], m["source_of"], m["part_of"]) for m in
                      daemon.ask("GET", "/api/v1/state", headers=token).json["meters"]]
            check(placed == [("main", False, "grid", None), ("second", False, "grid", None),
                             ("grid", True, None, None)], str(placed))
            wait_for("the main meter's now", 30, lambda: daemon.ask(
                "GET", "/api/v1/state", headers=token).json["now"]["import_w"] == 400)
            house.says["/main"] = None  # the preferred one goes silent
            wait_for("the second one", 30, lambda: power() == 410 and
                     value(daemon, token, "grid", "energy_import") == 5000200)
            house.says["/main"] = {"wh": 5000300, "w": 420}
            wait_for("the preferred one again", 30, lambda: power() == 420)
            check(grid()["disagreements"] == [], str(grid()))
            house.says["/second"]["w"] = 9000
            wait_for("the disagreement", 60, lambda: grid()["disagreements"] == ["power_import"])
            state = daemon.ask("GET", "/api/v1/state", headers=token).json
            check("sources_disagree" in state["health"]["problems"], str(state["health"]))
            check(power() == 420, "the preferred one is used all the same")
            told = wait_for("its line in the journal", 30,
                            lambda: notices(daemon, token, "sources_disagree"))
            check((told[0]["device"], told[0]["quantity"]) == ("grid", "power_import"), str(told))
            house.says["/second"]["w"] = 421
            wait_for("agreement", 60, lambda: grid()["disagreements"] == [] and
                     notices(daemon, token, "sources_agree"))
            daemon.stop()
        read = daemon.verb("read", "--config", house.config, "grid")
        check(read.returncode == 2 and "several meters" in read.stderr, read.stderr)


def what_no_submeter_counts():
    site = SITE.replace("id: second", "id: second\n    submeters_of: main") \
        .replace("stale_after_s: 600", "stale_after_s: 20")
    with House(site) as house:
        with Daemon(house.config, house.state) as daemon:
            token = token_of(daemon)

            def rest():
                return daemon.ask("GET", "/api/v1/meters/divers", headers=token).json

            placed = [(m["device"], m["main"], m["source_of"], m["part_of"]) for m in
                      daemon.ask("GET", "/api/v1/state", headers=token).json["meters"]]
            check(placed == [("main", True, None, None), ("second", False, None, "main"),
                             ("divers", False, None, "main")], str(placed))
            wait_for("the rest", 30, lambda: value(daemon, token, "divers", "power") == 300 and
                     value(daemon, token, "divers", "energy_import") == 4999423)
            check((rest()["protocol"], rest()["state"], rest()["disagreements"]) ==
                  ("rest", "ok", []), str(rest()))
            house.says["/second"]["w"] = 1000
            wait_for("less than nothing", 60, lambda: rest()["disagreements"] == ["power"])
            check(value(daemon, token, "divers", "power") == -600, str(rest()))
            told = wait_for("its line in the journal", 30,
                            lambda: notices(daemon, token, "sources_disagree"))
            check(told[0]["device"] == "divers", str(told))
            house.says["/second"]["w"] = 100
            wait_for("a rest again", 60, lambda: rest()["disagreements"] == [] and
                     notices(daemon, token, "sources_agree"))
            house.says["/second"] = None  # a gap, not a rest of everything
            wait_for("the gap", 120, lambda: rest()["state"] == "stale")
            check(value(daemon, token, "divers", "power") == 300, str(rest()))
            daemon.stop()


if __name__ == "__main__":
    sys.exit(main([a_register_that_goes_down_is_told, one_source_stands_for_another,
                   what_no_submeter_counts]))
