#!/usr/bin/env python3
"""Mirrors: what the site reads is in a real VictoriaMetrics and a real InfluxDB, each reading once,
whatever went away meanwhile.

usage: mirrors.py OHMSTEAD"""
import http.server
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Failure, check, main, wait_for  # noqa: E402
from engines import InfluxDB, VictoriaMetrics  # noqa: E402
from mqtt_site import MqttSite  # noqa: E402

class World(MqttSite):
    """With these mirrors."""

    def __init__(self, *mirrors):
        self.bearer = None
        super().__init__("ohm-mirrors-", "mirrors:\n" + "\n".join(mirrors)
                         + "\nstore: {commit_s: 1}\n", 400)

    def health(self, daemon):
        if not self.bearer:
            made = subprocess.run([os.environ["OHMSTEAD"], "token", "create", "--state",
                                   self.state], capture_output=True, text=True, check=True,
                                  timeout=120)
            self.bearer = {"Authorization": "Bearer " + made.stdout.strip()}
        return daemon.ask("GET", "/api/v1/state", headers=self.bearer).json

    def wanted(self):
        return sorted((float(t), float(p)) for t, p in self.said.items())


def listening(world, daemon):
    """The subscription is there: the first reading came through."""
    def seen():
        world.publish({0: 100})
        return world.health(daemon)["meters"][0]["state"] == "ok"
    wait_for("the meter's first message", 30, seen, 0.3)


def all_there(what, world, points):
    def ask():
        got = points()
        check(len(got) <= len(world.said), f"{what}: something is there twice: {got}")
        return got == world.wanted()
    try:
        wait_for(f"{what}: {len(world.said)} readings", 60, ask)
    except Failure as late:
        raise Failure(f"{late}: {points()} instead of {world.wanted()}") from None


def vm_line(engine):
    return f"  - {{id: vm, kind: victoriametrics, url: '{engine.url}', every_s: 1}}"


def influx_line(engine):
    return f"  - {{id: influx, kind: influxdb1, url: '{engine.url}', every_s: 1}}"


def each_reading_is_there_once_whatever_went_away():
    with VictoriaMetrics() as vm, InfluxDB() as influx, \
            World(vm_line(vm), influx_line(influx)) as world:
        influx.make_database()

        def check_all(what):
            all_there(what + ", VictoriaMetrics", world,
                      lambda: vm.points("ohmstead_power_import", device="main", site="home"))
            all_there(what + ", InfluxDB", world,
                      lambda: influx.points("power_import", device="main", zone="main"))

        with world.serve() as daemon:
            listening(world, daemon)
            world.publish({t: 200 + t + 0.5 for t in range(1, 20)})
            check_all("at once")
            wait_for("nothing owed", 30, lambda: all(
                m["state"] == "ok" and m["owed_since"] is None
                for m in world.health(daemon)["health"]["mirrors"]))
            vm.stop(signal.SIGKILL)
            influx.stop(signal.SIGKILL)
            world.publish({t: 300 + t for t in range(20, 40)})
            wait_for("both to be missed", 60, lambda: all(
                m["state"] == "offline" and m["owed_since"]
                for m in world.health(daemon)["health"]["mirrors"]))
            vm.start()
            influx.start()
            check_all("after an outage")
            daemon.stop(signal.SIGKILL)
        with world.serve() as daemon:
            listening(world, daemon)
            world.publish({t: 400 + t for t in range(40, 60)})
            check_all("after kill -9")
            world.publish({t + 60: 1 for t in range(3)})
            check_all("in time")
            world.publish({t - 100: 2 for t in range(3)})
            check_all("late readings")


def a_correction_replaces_what_was_sent():
    with VictoriaMetrics() as vm, InfluxDB() as influx, \
            World(vm_line(vm), influx_line(influx)) as world, world.serve() as daemon:
        influx.make_database()
        listening(world, daemon)
        world.publish({t: 500 + t for t in range(1, 10)})
        vm_points = lambda: vm.points("ohmstead_power_import", device="main")  # noqa: E731
        all_there("before", world, vm_points)
        world.publish({5: 3})
        all_there("InfluxDB overwrites", world,
                  lambda: influx.points("power_import", device="main"))
        wait_for("the new revision", 60, lambda: any(
            m["corrections"] > 0 for m in world.health(daemon)["health"]["mirrors"]))
        wait_for("the old one to be gone", 60, lambda: vm_points() == world.wanted())
        energy = vm.points("ohmstead_energy_import", device="main")
        check(len(energy) == 10, f"the other series is as it was: {energy}")
        check(vm.points("ohmstead_power_import", rev="1") == world.wanted(), "in one revision")


def an_import_and_an_erasure_reach_it():
    with VictoriaMetrics() as vm, World(vm_line(vm)) as world, world.serve() as daemon:
        listening(world, daemon)
        points = lambda: vm.points("ohmstead_power_import", device="main")  # noqa: E731
        all_there("before", world, points)
        path = os.path.join(world.folder, "old.csv")
        stamps = [world.base - 86400 * 3 + n * 600 for n in range(5)]
        with open(path, "w", encoding="utf-8") as out:
            out.write("time,power_import\n")
            for n, t in enumerate(stamps):
                out.write(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t)) + f",{600 + n}\n")
                world.said[t] = 600 + n
        done = daemon.verb("import", "--config", world.config, "--state", world.state, "--into",
                           "home/main/main", path)
        check(done.returncode == 0, done.stderr + done.stdout)
        all_there("imported", world, points)
        done = daemon.verb("erase", "--config", world.config, "--state", world.state, "--yes",
                           "--series", "home/main/main/power_import")
        check(done.returncode == 0, done.stderr + done.stdout)
        wait_for("the erasure to reach it", 60, lambda: not points())


def rows_of(daemon, world, key, **query):
    path = "/api/v1/series/" + key + "?" + urllib.parse.urlencode(query)
    return daemon.ask("GET", path, headers=world.bearer)


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def what_engines_have_is_asked_for():
    with VictoriaMetrics() as vm, InfluxDB() as influx, \
            World(vm_line(vm), influx_line(influx)) as world, world.serve() as daemon:
        influx.make_database()
        listening(world, daemon)
        world.publish({t: 200 + t + 0.5 for t in range(1, 30)})
        all_there("VictoriaMetrics", world,
                  lambda: vm.points("ohmstead_power_import", device="main"))
        all_there("InfluxDB", world, lambda: influx.points("power_import", device="main"))
        range_of = {"from": stamp(world.base - 60), "to": stamp(world.base + 60)}
        # A site that is not ours, from years ago, in both.
        old = 1600000000
        far = "".join(f"ohmstead,device=m,site=other,zone=a energy_import={1000 + n} "
                      f"{(old + 60 * n) * 1000}\n" for n in range(5)).encode()
        # What was corrected is another series over there, and one here.
        again = f"ohmstead,device=m,rev=1,site=other,zone=a energy_import=1000 {old * 1000}\n".encode()
        vm.ask("/write?precision=ms", far + again)
        influx.ask("/write?db=ohmstead&precision=ms", far)
        for source in ("vm", "influx"):
            for key in ("power_import", "energy_import"):
                here = rows_of(daemon, world, "home/main/main/" + key, step="10s", **range_of).json
                there = rows_of(daemon, world, "home/main/main/" + key, step="10s", source=source,
                                **range_of).json
                check(there["source"] == source and "source" not in here, there)
                check(there["points"] == here["points"] and len(there["points"]) == 12,
                      f"{source}: {there['points']} instead of {here['points']}")
            raw = rows_of(daemon, world, "home/main/main/power_import", step="raw", source=source,
                          **range_of).json["points"]
            check([row[1] for row in raw] == [p for _, p in world.wanted()], raw)

            def told():
                points = rows_of(daemon, world, "other/a/m/energy_import", step="raw",
                                 source=source, **{"from": stamp(old), "to": stamp(old + 3600)})
                return [row[1] for row in points.json["points"]] == [1000 + n for n in range(5)]
            wait_for(source + " to show the other site", 30, told)
            keys = daemon.ask("GET", f"/api/v1/series?source={source}&site=other",
                              headers=world.bearer).json
            check([item["key"] for item in keys["items"]] == ["other/a/m/energy_import"], keys)
            every = daemon.ask("GET", f"/api/v1/series?source={source}", headers=world.bearer).json
            check(len(every["items"]) == 3 and every["source"] == source, every)
            verb = ["export", "--config", world.config, "--source", source]
            done = daemon.verb(*verb, "--series", "other/*", "--from", stamp(old), "--to",
                               stamp(old + 3600), "--format", "ndjson")
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            check([line["value"] for line in lines] == [1000 + n for n in range(5)],
                  done.stdout + done.stderr)
            done = daemon.verb(*verb, "--series", "other/a/m/energy_import", "--from", stamp(old),
                               "--to", stamp(old + 240), "--step", "2m", "--format", "ndjson")
            steps = [(s["first"], s["last"], s["readings"]) for s in
                     map(json.loads, done.stdout.splitlines())]
            check(steps == [(1000, 1001, 2), (1002, 1003, 2)], done.stdout + done.stderr)
            done = daemon.verb(*verb, "--list", "--series", "*")
            check(len(done.stdout.split()) == 3, done.stdout + done.stderr)
        reply = rows_of(daemon, world, "other/a/m/energy_import", agg="energy", source="vm")
        check(reply.status == 422 and "energy-at-home" in reply.json["type"], reply.json)
        reply = rows_of(daemon, world, "other/a/m/energy_import", source="nobody")
        check(reply.status == 404, reply.json)
        reply = daemon.ask("GET", "/api/v1/series?source=vm&site=%22%7D", headers=world.bearer)
        check(reply.status == 400, reply.json)
        vm.stop(signal.SIGKILL)
        reply = rows_of(daemon, world, "other/a/m/energy_import", source="vm")
        check(reply.status == 502, reply.json)
        done = daemon.verb("export", "--config", world.config, "--source", "vm", "--series", "*",
                           "--from", "2020-01-01")
        check(done.returncode == 1 and "ohmstead: vm:" in done.stderr, done.stderr)


class Stranger:
    """An engine that answers as it is told, and keeps what it took."""

    def __init__(self):
        self.lines, self.asked, self.refuse, self.tell = [], [], None, None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.asked.append((self.path, self.headers.get("Authorization")))
                if outer.tell and "/query" in self.path:
                    status, words = 200, outer.tell(body)
                    outer.types = self.headers.get("Content-Type"), self.headers.get("Accept")
                else:
                    status, words = outer.refuse(body) if outer.refuse else (204, "")
                if status == 204 and "/write" in self.path:
                    outer.lines += body.splitlines()
                self.send_response(status)
                self.send_header("Content-Length", str(len(words)))
                self.end_headers()
                self.wfile.write(words.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def points(self):
        rows = [line.rsplit(" ", 1) for line in self.lines if " power_import=" in line]
        return sorted((int(t) / 1000, float(head.rsplit("=", 1)[1])) for head, t in rows)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def influxdb_2_is_spoken_to_as_documented():
    with Stranger() as stranger, tempfile.NamedTemporaryFile("w", suffix=".token") as token:
        token.write("s3cret-token\n")
        token.flush()
        os.chmod(token.name, 0o600)
        line = (f"  - {{id: two, kind: influxdb2, url: '{stranger.url}', org: 'my home', "
                f"bucket: energy, token_file: '{token.name}', every_s: 1}}")
        # A line that is refused for itself is left out, alone; the others are taken.
        stranger.refuse = lambda body: (400, '{"code":"invalid"}') if "=777 " in body else (204, "")
        with World(line) as world, world.serve() as daemon:
            listening(world, daemon)
            world.publish({1: 10, 2: 20, 3: 777, 4: 40})
            del world.said[world.base + 3]
            all_there("all but one", world, stranger.points)
            path, authorization = stranger.asked[0]
            check(path == "/api/v2/write?precision=ms&org=my%20home&bucket=energy", path)
            check(authorization == "Token s3cret-token", "the token")
            check(not any("s3cret" in text for text in daemon.lines), "no secret in the log")
            wait_for("the refused line to be counted", 60, lambda: any(
                m["refused"] == 1 for m in world.health(daemon)["health"]["mirrors"]))
            stranger.refuse = lambda body: (401, '{"code":"unauthorized"}')
            world.publish({5: 50})
            wait_for("the refusal to be told", 60, lambda: next(
                (m for m in world.health(daemon)["health"]["mirrors"]
                 if m["state"] == "denied" and "unauthorized" in m["detail"]), None))
            stranger.refuse = None
            all_there("after the refusal", world, stranger.points)
            # Questions: Flux there, annotated CSV back (InfluxDB v2 API, /api/v2/query).
            asked = []
            stranger.tell = lambda body: asked.append(body) or (
                "#datatype,string,long,dateTime:RFC3339,double\r\n,result,table,_time,_value\r\n"
                ",_result,0,2020-09-13T12:26:40Z,12.5\r\n,_result,0,2020-09-13T12:27:40.5Z,13\r\n")
            when = {"from": "2020-09-13T12:00:00Z", "to": "2020-09-13T13:00:00Z"}
            got = rows_of(daemon, world, "home/main/main/power_import", step="raw", source="two",
                          **when).json
            check([row[:2] for row in got["points"]] == [["2020-09-13T12:26:40Z", 12.5],
                                                         ["2020-09-13T12:27:40.500Z", 13]], got)
            path, authorization = stranger.asked[-1]
            check(path == "/api/v2/query?org=my%20home" and authorization == "Token s3cret-token",
                  stranger.asked[-1])
            check(stranger.types == ("application/vnd.flux", "application/csv"), stranger.types)
            check('from(bucket:"energy")' in asked[0] and 'r._field=="power_import"' in asked[0],
                  asked[0])
            for body in ("error,reference\r\nno,897\r\n", "<html>", "\0" * 100000,
                         ",_time,_value\r\n,1999-01-01T00:00:00Z,1\r\n"):
                stranger.tell = lambda _, body=body: body
                reply = rows_of(daemon, world, "home/main/main/power_import", step="raw",
                                source="two", **when)
                check(reply.status == 502, f"{body[:20]!r}: {reply.status}")
            reply = rows_of(daemon, world, 'home/main/x")%7C%3Edrop("/power_import', source="two",
                            **when)
            check(reply.status in (400, 404) and len(asked) == 1, reply.json)


def what_is_wrong_is_named_before_anything_starts():
    rows = [
        ("{id: vm, kind: victoriametrics, url: 'ftp://x'}", "http"),
        ("{id: vm, kind: victoriametrics}", "url"),
        ("{id: vm, kind: influxdb2, url: 'http://127.0.0.1:1'}", "token"),
        ("{id: vm, kind: victoriametrics, url: 'http://{node}:1'}", "nodes"),
        ("{id: vm, kind: prometheus, url: 'http://127.0.0.1:1'}", "victoriametrics"),
        ("{id: vm, kind: influxdb1, url: 'http://example.org', user: a, password_env: OHM_W}",
         "https"),
    ]
    for line, words in rows:
        with World("  - " + line) as world:
            done = subprocess.run([os.environ["OHMSTEAD"], "check", world.config], text=True,
                                  capture_output=True, timeout=120, check=False,
                                  env={**os.environ, "OHM_W": "w"})
            check(done.returncode == 1 and words in done.stderr, f"{line}: {done.stderr}")


if __name__ == "__main__":
    sys.exit(main([each_reading_is_there_once_whatever_went_away,
                   a_correction_replaces_what_was_sent,
                   an_import_and_an_erasure_reach_it,
                   what_engines_have_is_asked_for,
                   influxdb_2_is_spoken_to_as_documented,
                   what_is_wrong_is_named_before_anything_starts]))
