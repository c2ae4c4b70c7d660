#!/usr/bin/env python3
"""PostgreSQL as the place of the history: the store's own tests on it, and a daemon whose server
goes away, comes back, refuses, and is found again by a machine that lost its card.

usage: postgres.py OHMSTEAD CHECKS"""
import concurrent.futures
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

CHECKS = sys.argv.pop(2)
os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import check, main, wait_for  # noqa: E402
from mqtt_site import MqttSite  # noqa: E402
from postgres_server import PostgreSQL  # noqa: E402

STORE = """
store:
  commit_s: 1
  postgresql: {{host: 127.0.0.1, port: {port}, database: ohm, user: ohm, password_file: '{file}'{more}}}
"""
HOUR = 3600


class World(MqttSite):
    def __init__(self, server, more=""):
        with tempfile.NamedTemporaryFile("w", prefix="ohm-pgsecret-", delete=False) as out:
            out.write(server.password + "\n")
        self.server, self.secret = server, out.name
        super().__init__("ohm-pgsite-",
                         STORE.format(port=server.port, file=self.secret, more=more), 300)

    def bring(self, count, days_ago):
        """Imports so many minutes of years ago."""
        path = os.path.join(self.folder, "old.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write("time,power_import\n")
            for n in range(count):
                at = self.base // 60 * 60 - days_ago * 24 * HOUR + 60 * n
                self.said[at] = n % 700
                out.write(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) + f",{n % 700}\n")
        return self.verb("import", "--config", self.config, "--state", self.state, "--into",
                         "home/main/main", path)

    def frames(self):
        """Messages that wait in the file for being folded."""
        base = sqlite3.connect(f"file:{self.state}/ohmstead.db?mode=ro", uri=True)
        try:
            return base.execute("SELECT count(*) FROM frame").fetchone()[0]
        finally:
            base.close()

    def kept(self, there=None):
        """Everything published is on a disk; `there`: what the server has, where it is away."""
        wait_for("everything to be kept", 60, lambda: self.frames() + (
            self.in_server() if there is None else there) >= len(self.said))

    def verb(self, *args, **more):
        return subprocess.run([os.environ["OHMSTEAD"], *args], capture_output=True, text=True,
                              timeout=300, check=False, **more)

    def refused(self, state):
        """A daemon that does not start."""
        root = ["--allow-root"] if os.geteuid() == 0 else []
        return self.verb("serve", "--config", self.config, "--state", state, "--listen",
                         "127.0.0.1:0", *root)

    def export(self, state=None):
        done = self.verb("export", "--state", state or self.state, "--series",
                         "home/main/main/power_import", "--format", "ndjson")
        rows = [json.loads(line) for line in done.stdout.splitlines()] \
            if done.returncode == 0 else []
        return {row["time"]: row["value"] for row in rows}, done.stderr

    def wanted(self):
        return {time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t)): p
                for t, p in self.said.items()}

    def all_there(self, what, state=None):
        got, words = self.export(state)
        wanted = self.wanted()
        differ = [(t, v, got.get(t)) for t, v in wanted.items() if got.get(t) != v]
        check(got == wanted, f"{what}: {len(got)} of {len(wanted)}: {differ[:5]} {words}")

    def in_server(self):
        rows = self.server.sql("SELECT sum(n) FROM ohmstead.chunk c JOIN ohmstead.series_keys s "
                               "ON s.id=c.k>>42 WHERE s.key='home/main/main/power_import'")
        return int(rows[0][0] or 0) if rows and rows[0] else 0

    def heard(self, daemon):
        """The meter's subscription is there: a reading came through."""
        def seen():
            self.publish({0: 1})
            return any("meter main state=ok" in line for line in daemon.lines)
        wait_for("the meter's first message", 60, seen, 0.3)

    def __exit__(self, *why):
        super().__exit__(*why)
        os.remove(self.secret)


def the_stores_own_tests_hold_on_it():
    with PostgreSQL() as server:
        copy = tempfile.mkdtemp(prefix="ohm-pgtest-")
        secret = os.path.join(copy, "secret")
        with open(secret, "w", encoding="utf-8") as out:
            out.write(server.password)
        os.chmod(secret, 0o600)
        place = f"{server.folder} {server.port} {secret}"
        try:
            def run(name):
                return subprocess.run([CHECKS, name], capture_output=True, text=True, timeout=600,
                                      check=False, env={**os.environ, "OHM_TEST_POSTGRES": place,
                                           "OHM_SANITIZED": "1"})
            names = ("store_tidy", "store_history", "store", "store_energy", "store_journal")
            with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:  # each in its schemas
                for name, done in zip(names, pool.map(run, names)):
                    check(done.returncode == 0,
                          f"{name}: {done.returncode} {done.stdout}{done.stderr}")
                    check("PASSED" in done.stdout + done.stderr, done.stdout)
        finally:
            shutil.rmtree(copy, ignore_errors=True)
        chunks = server.sql("SELECT count(*) FROM pg_tables WHERE tablename='chunk'")
        check(int(chunks[0][0]) > 20, f"they were there: {chunks}")


def a_week_away_costs_nothing():
    """The store alone, with a clock of its own (tests/unit/test_postgres.c): each phase a process,
    the one without its server ends as by kill -9."""
    with PostgreSQL() as server, tempfile.TemporaryDirectory(prefix="ohm-pgfar-") as folder:
        secret = os.path.join(folder, "secret")
        with open(secret, "w", encoding="utf-8") as out:
            out.write(server.password)
        os.chmod(secret, 0o600)

        def phase(name):
            done = subprocess.run(
                [CHECKS, "postgres"], capture_output=True, text=True, timeout=600, check=False,
                env={**os.environ, "OHM_TEST_POSTGRES": f"127.0.0.1 {server.port} {secret}",
                     "OHM_TEST_FAR": f"{folder} {name}"})
            check(done.returncode == 0, f"{name}: {done.returncode} {done.stdout}{done.stderr}")

        def there():
            return int(server.sql("SELECT sum(n) FROM far.chunk")[0][0])
        phase("before")
        check(there() == 2 * 144, "a day")
        server.stop(signal.SIGKILL)
        phase("away")
        server.start()
        phase("after")
        check(there() == 2 * 8 * 144, f"and a week, nothing twice: {there()}")
        # It refuses, as with a full disk, and then it does not.
        server.sql("ALTER SYSTEM SET default_transaction_read_only=on")
        server.sql("SELECT pg_reload_conf()")
        phase("refused")
        check(there() == 2 * 8 * 144, "nothing of it")
        server.stop()
        os.remove(os.path.join(server.data, "postgresql.auto.conf"))
        server.start()
        phase("end")
        check(there() == 2 * 9 * 144, f"all of it: {there()}")


def place_of(daemon, state):
    """What the daemon says of the server, if that is so."""
    place = daemon.read("/api/v1/state")["health"]["history"]
    return place if place["state"] == state else None


def names_are_the_same_at_once(world):
    """What is renamed, merged or deleted is so in the plain tables over there, before more is read."""
    path = os.path.join(world.folder, "names.csv")
    with open(path, "w", encoding="utf-8") as out:
        out.write("time,power (W)\n" + "".join(f"2026-01-0{n}T00:00:00Z,{n}\n" for n in (1, 2, 3)))

    def known():
        return sorted(key for key, in world.server.sql(
            "SELECT d.key||'/'||s.quantity FROM ohmstead.series s JOIN ohmstead.device d "
            "ON d.id=s.device WHERE d.key NOT LIKE '%/main'"))

    def verb(*words):
        done = world.verb(words[0], "--state", world.state, *words[1:])
        check(done.returncode == 0, done.stderr)
    for device in ("home/old/pump", "home/old/other"):
        verb("import", "--into", device, path)
    check(known() == ["home/old/other/power", "home/old/pump/power"], known())
    verb("rename", "home/old/pump", "home/new/pump")
    check(known() == ["home/new/pump/power", "home/old/other/power"], known())
    verb("rename", "--merge", "home/old/other", "home/new/pump")
    check(known() == ["home/new/pump/power"], known())
    verb("import", "--into", "home/old/other", path)
    check(known() == ["home/new/pump/power", "home/old/other/power"], known())
    verb("erase", "--yes", "--device", "home/old/other")
    check(known() == ["home/new/pump/power"], known())


def a_daemon_goes_on_while_its_server_is_away():
    with PostgreSQL() as server, World(server) as world:
        with world.serve() as daemon:
            world.heard(daemon)
            done = world.bring(2000, 40)
            check(done.returncode == 0, done.stderr)
            check(world.in_server() == 2000, world.in_server())
            world.kept()
            world.all_there("at once")
            health = daemon.read("/api/v1/state")["health"]
            check(health["history"] == {"place": "postgresql", "state": "ok", "detail": None,
                                        "away_since": None}, health)
            check(daemon.read("/api/v1/system")["store"]["postgresql_bytes"] > 0, "its size")
            names_are_the_same_at_once(world)
            server.stop(signal.SIGKILL)
            done = world.verb("rename", "--state", world.state, "home/new/pump", "home/new/well")
            check(done.returncode == 1 and "PostgreSQL" in done.stderr, done.stderr)
            away = wait_for("the outage to be told", 60, lambda: place_of(daemon, "away"), 1)
            check(away["detail"] and away["away_since"], away)
            check("history_away" in daemon.read("/api/v1/state")["health"]["problems"], "a problem")
            world.publish({n: 100 + n for n in range(1, 30)})
            world.kept(2000)
            got, words = world.export()
            check(not got and "PostgreSQL" in words, f"said, not passed over: {words}")
            done = world.bring(10, 50)
            check(done.returncode == 1 and "PostgreSQL" in done.stderr, done.stderr)
            for n in range(10):
                del world.said[world.base // 60 * 60 - 50 * 24 * HOUR + 60 * n]
            daemon.stop(signal.SIGKILL)
        with world.serve() as daemon:  # starts without its server
            daemon.says("postgresql away")
            done = world.verb("doctor", "--state", world.state)
            check("history" in done.stdout and "PostgreSQL" in done.stdout, done.stdout)
            world.heard(daemon)
            server.start()
            wait_for("the return to be told", 100,
                     lambda: any("postgresql back" in line for line in daemon.lines))
            wait_for("the page to know", 60, lambda: place_of(daemon, "ok"))
            world.kept()
            world.all_there("after it")
            check(not any(server.password in line for line in daemon.lines), "no secret")


def a_machine_that_lost_its_card_finds_its_history():
    with PostgreSQL() as server, World(server) as world:
        with world.serve() as daemon:
            world.heard(daemon)
            check(world.bring(1000, 40).returncode == 0, "an import")
            # Nobody takes over what a daemon that runs writes to.
            done = world.refused(world.new_state())
            check(done.returncode == 1 and "another ohmstead writes" in done.stderr, done.stderr)
        with open(world.config, encoding="utf-8") as text:
            config = text.read()
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(config.replace("id: home", "id: cabin"))
        done = world.refused(world.new_state())
        check(done.returncode == 1 and "another site" in done.stderr, done.stderr)
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(config)
        old, world.state = world.state, world.new_state()
        with world.serve() as daemon:
            got, words = world.export()
            check(len(got) == 1000, f"all that was folded: {len(got)} {words}")
            world.heard(daemon)
            wait_for("it to be kept", 60, lambda: world.frames() > 0)
            world.all_there("and it goes on")
        # A store that is not its owner neither reads nor writes it.
        plain = config[:config.index("  postgresql:")]
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(plain)
        world.state = world.new_state()
        with world.serve() as daemon:
            world.heard(daemon)
            wait_for("it to be kept", 60, lambda: world.frames() > 0)
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(config)
        done = world.refused(world.state)
        check(done.returncode == 1 and "another store" in done.stderr, done.stderr)
        # Nor does one whose history is there go on without.
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(plain)
        done = world.refused(old)
        check(done.returncode == 1 and "PostgreSQL" in done.stderr, done.stderr)


def a_store_moves_in_and_out():
    with PostgreSQL() as server, World(server, ", schema: 'Haus 7'") as world:
        with open(world.config, encoding="utf-8") as text:
            config = text.read()
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(config[:config.index("  postgresql:")])
        with world.serve() as daemon:
            world.heard(daemon)
            wait_for("it to be kept", 60, lambda: world.frames() > 0)
        check(world.bring(3000, 40).returncode == 0, "an import")
        world.all_there("in the file")
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(config)
        with world.serve():
            count = server.sql('SELECT sum(n) FROM "Haus 7".chunk')
            check(int(count[0][0]) == 3000, f"moved: {count}")
            mean = server.sql("SELECT round(sum(mean*readings)/sum(readings)) FROM "
                              "\"Haus 7\".chunk_values WHERE key='home/main/main/power_import'")
            check(300 < int(mean[0][0]) < 350, f"plain SQL reads the summaries: {mean}")
            world.all_there("over there")
            done = world.verb("doctor", "--state", world.state)
            check("PostgreSQL 1" in done.stdout, done.stdout)
            copy = os.path.join(world.folder, "copy.db")
            done = world.verb("backup", "--state", world.state, copy)
            check(done.returncode == 0, done.stderr + done.stdout)
        server.stop()
        back = world.new_state()
        done = world.verb("restore", "--state", back, copy)
        check(done.returncode == 0, done.stderr)
        world.all_there("the copy is whole by itself", back)


def what_is_wrong_is_named_before_anything_starts():
    with PostgreSQL() as server, World(server) as world:
        rows = [
            ("{host: db, database: ohm, user: ohm, tls: disable, password_env: W}", "tls"),
            ("{database: ohm}", "host"),
            ("{host: db}", "database"),
            ("{host: 127.0.0.1, database: ohm, user: ohm, tls: maybe}", "verify-full"),
            ("{host: 127.0.0.1, database: ohm, user: ohm, password_file: /nowhere}", "/nowhere"),
        ]
        with open(world.config, encoding="utf-8") as text:
            config = text.read()
        head = config[:config.index("  postgresql:")]
        for line, words in rows:
            with open(world.config, "w", encoding="utf-8") as out:
                out.write(head + "  postgresql: " + line + "\n")
            done = world.verb("check", world.config, env={**os.environ, "W": "w"})
            check(done.returncode == 1 and words in done.stderr, f"{line}: {done.stderr}")
        with open(world.secret, "w", encoding="utf-8") as out:
            out.write("wrong\n")
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(config)
        done = world.refused(world.state)
        check(done.returncode == 1 and "password" in done.stderr, done.stderr)


if __name__ == "__main__":
    sys.exit(main([the_stores_own_tests_hold_on_it,
                   a_week_away_costs_nothing,
                   a_daemon_goes_on_while_its_server_is_away,
                   a_machine_that_lost_its_card_finds_its_history,
                   a_store_moves_in_and_out,
                   what_is_wrong_is_named_before_anything_starts]))
