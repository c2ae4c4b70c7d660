#!/usr/bin/env python3
"""The main job as a user has it: `ohmstead serve` alone, asked over HTTP."""
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import OHMSTEAD, PATIENCE_S, Daemon, check, main, wait_for  # noqa: E402


def rfc3339(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def the_demo_house_lives():
    with Daemon() as house:
        house.says(f'state folder="{house.folder}"')
        needed = {"power_import", "voltage_l1", "voltage_l2", "voltage_l3", "energy_import"}

        def complete(state):
            known = {value["quantity"] for value in state["meters"][0]["values"]}
            return (state["meters"][0]["state"] == "ok" and needed <= known and
                    len(state["ecowatt"]["days"]) >= 4 and
                    state["today"]["cost_eur"] is not None)
        state = wait_for("all that the meter and the grid say", 120, lambda: next(
            (s for s in [house.get("/api/v1/state")] if complete(s)), None))
        check(state["site"]["demo"] is True, "the demo says that it is one")
        check(state["now"]["fresh"], "what the meter says is fresh")
        meter = state["meters"][0]
        check(meter["authenticated"], "the demo's meter is ciphered with a tag")
        register = next(v for v in meter["values"] if v["quantity"] == "energy_import")
        check(register["unit"] == "Wh", str(register))
        check(len(state["loads"]) == 4, "four loads")
        check(len(state["relays"]) == 8, "a board of eight relays")
        check(state["tariff"]["price_eur_per_kwh"] > 0, "a price")
        check(state["today"]["import_wh"] >= 0, str(state["today"]))


def calm(house):
    """No tense level for an hour: the demo's own begins two minutes after its start."""
    now = time.time()
    answer = house.change("PUT", "/api/v1/ecowatt/override",
                          {"from": rfc3339(now - 60), "to": rfc3339(now + 3600), "level": 1})
    check(answer.status == 200, f"{answer.status} {answer.body!r}")


def an_orange_level_sheds_and_the_reason_is_told():
    with Daemon() as house:
        wait_for("the meter", 40, lambda: house.get("/api/v1/state")["now"]["fresh"])
        wait_for("the start to be over", 70, lambda: house.load("water_heater")["held_by"] is None)
        now = time.time()
        answer = house.change("PUT", "/api/v1/ecowatt/override",
                              {"from": rfc3339(now - 60), "to": rfc3339(now + 3600), "level": 2})
        check(answer.status == 200, f"{answer.status} {answer.body!r}")
        load = wait_for("the water heater to be shed", 10, lambda: next(
            (l for l in [house.load("water_heater")]
             if l["state"] == "shed" and l["output"]["coil"]), None))
        check(load["cause"] == "ecowatt" and load["level"] == 2, str(load))
        check(load["output"]["led"] is False, str(load))
        check(house.load("laundry")["state"] == "fed", "what is never shed stays fed")
        check(house.load("heating")["cause"] != "ecowatt", "the heating sheds from red only")
        wait_for("the decision in the journal", 10, lambda: any(
            l.get("load") == "water_heater" and l.get("state") == "shed" and
            l.get("cause") == "ecowatt" for l in house.get("/api/v1/journal?limit=20")["items"]))
        calm(house)
        wait_for("its release after the minimum off time", 120,
                 lambda: house.load("water_heater")["state"] == "fed")
        check(house.change("DELETE", "/api/v1/ecowatt/override").status == 200, "cleared")


def an_override_needs_an_end_and_ends():
    with Daemon() as house:
        calm(house)
        path = "/api/v1/loads/car/override"
        wait_for("the start to be over", 70, lambda: house.load("car")["held_by"] is None)
        for body in ({"state": "shed"}, {"state": "shed", "minutes": 0},
                     {"state": "perhaps", "minutes": 5}, {"state": "shed", "minutes": 99999}):
            answer = house.change("PUT", path, body)
            check(answer.status in (400, 422), f"{body}: {answer.status}")
            check("problem+json" in answer.headers["Content-Type"], "a problem is told as one")
        answer = house.change("PUT", path, {"state": "shed", "minutes": 5})
        check(answer.status == 200, f"{answer.status} {answer.body!r}")
        check(answer.json["cause"] == "manual" and answer.json["override"], answer.body)
        check(house.change("DELETE", path).status == 200, "given back")
        wait_for("the release", 120, lambda: house.load("car")["state"] == "fed")


def a_stop_is_orderly_and_the_day_replays():
    folder = tempfile.mkdtemp(prefix="ohm-replay-")
    try:
        with Daemon(state=folder) as house:
            wait_for("the start to be over", 70, lambda: house.load("car")["held_by"] is None)
            answer = house.change("PUT", "/api/v1/loads/car/override",
                                  {"state": "shed", "minutes": 5})
            check(answer.status == 200, answer.body)
            check(house.stop() == 0, "exit status 0 on SIGTERM")
            done = house.verb("replay", "--state", folder)
            check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def what_was_acknowledged_survives_a_kill():
    folder = tempfile.mkdtemp(prefix="ohm-kill-")
    try:
        with Daemon(state=folder) as house:
            wait_for("the start to be over", 70, lambda: house.load("car")["held_by"] is None)
            answer = house.change("PUT", "/api/v1/loads/car/override",
                                  {"state": "shed", "minutes": 60})
            check(answer.status == 200, answer.body)
            seq = house.get("/api/v1/journal?limit=1")["items"][0]["seq"]
            house.stop(signal.SIGKILL)
        with Daemon(state=folder) as house:
            load = house.load("car")
            check(load["override"] and load["override"]["state"] == "shed", str(load))
            lines = house.get("/api/v1/journal?limit=100")["items"]
            check(any(l["seq"] == seq for l in lines), "the journal is whole")
            seqs = [l["seq"] for l in lines]
            check(len(seqs) == len(set(seqs)), "no sequence number is given twice")
            check(house.stop() == 0, "stops")
            done = house.verb("replay", "--state", folder)
            check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def a_disk_that_refuses_is_said_and_got_over():
    with Daemon() as house:
        log = os.path.join(house.folder, "ohmstead.db-wal")
        wait_for("the first commit", 20, lambda: os.path.exists(log) and os.path.getsize(log))
        forever = resource.RLIM_INFINITY
        resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE, (1, forever))
        shed = {"state": "shed", "minutes": 60}
        answer = house.ask("PUT", "/api/v1/loads/car/override", shed)
        check(answer.status == 503 and "not-kept" in answer.json["type"], answer.body)
        wait_for("what is in force to be shown", 10, lambda: house.load("car")["override"])
        wait_for("the alarm", 10,
                 lambda: house.get("/api/v1/state")["health"]["status"] == "alarm")
        resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE, (forever, forever))
        answer = house.ask("PUT", "/api/v1/loads/car/override", shed)
        check(answer.status == 200, answer.body)
        wait_for("the end of the alarm", 10,
                 lambda: house.get("/api/v1/state")["health"]["status"] != "alarm")
        check(house.stop() == 0, "stops")
        done = house.verb("replay", "--state", house.folder)
        check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)


def a_damaged_state_starts_afresh_and_the_journal_goes_on():
    folder = tempfile.mkdtemp(prefix="ohm-damage-")
    try:
        with Daemon(state=folder) as house:
            before = wait_for("a line of the journal", 20,
                              lambda: house.get("/api/v1/journal?limit=1")["items"])[0]["seq"]
            check(house.stop() == 0, "stops")
        database = sqlite3.connect(os.path.join(folder, "ohmstead.db"))
        with database:
            database.execute("UPDATE state SET value=x'00' WHERE key='engine'")
        database.close()
        with Daemon(state=folder) as house:
            house.says("engine state not readable")
            newest = wait_for("the start in the journal", 20,
                              lambda: [line for line in
                                       house.get("/api/v1/journal?limit=9")["items"]
                                       if line["seq"] > before + 1])
            check(newest, "numbers go on")
            check(house.stop() == 0, "stops")
            done = house.verb("replay", "--state", folder)
            check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def the_living_room_is_a_zone_with_four_weeks_behind_it():
    with Daemon(plan=True) as house:
        zone = wait_for("the room", 30, lambda: next(
            (z for z in house.get("/api/v1/zones")["items"] if z["state"] == "ok"), None))
        check(zone["id"] == "living" and zone["loads"] == ["heating"], zone)
        check(15 < zone["temperature_c"] < 27.1 and zone["set_c"] in (17.5, 20), zone)
        check(zone["scheduled_c"] == zone["set_c"] and len(zone["schedule"]) == 2, zone)
        # In a summer that never heats nothing is learnt, and the page says why.
        twin = wait_for("its past", 60, lambda: next(
            (z["twin"] for z in house.get("/api/v1/zones")["items"]
             if z["twin"]["days"] >= 27 and (z["twin"]["made"] or z["twin"]["lacks"])), None))
        check(abs(twin["loss_w_per_k"] - 110) < 25, twin)
        if twin["state"] == "learnt":
            check(twin["loss_low_w_per_k"] < twin["loss_w_per_k"] < twin["loss_high_w_per_k"] and
                  twin["error_k"] < 0.5, twin)
        plan = wait_for("its plan", 30, lambda: next(
            (p for p in [house.get("/api/v1/plan")] if p["state"] == "planned"), None))
        load = next(l for l in plan["loads"] if l["kind"] == "heating")
        check(load["zone"] == "living" and load["load"] == "heating", load)
        meter = next(m for m in house.get("/api/v1/state")["meters"] if m["device"] == "living")
        check(meter["state"] == "ok", meter)


def the_day_is_planned_and_the_reason_told():
    with Daemon(plan=True) as house:
        plan = wait_for("a plan", 30, lambda: next(
            (p for p in [house.get("/api/v1/plan")] if p["state"] == "planned"), None))
        steps = len(plan["price_eur_per_kwh"])
        check(plan["step_s"] * steps == 24 * 3600, "a day")
        check({l["kind"] for l in plan["loads"]} == {"water", "car", "heating"}, str(plan["loads"]))
        ours, rules = plan["plan"], plan["thermostat"]
        cost = [c["paid_eur"] + c["comfort_eur"] + c["wear_eur"] - c["stored_eur"]
                for c in (ours, rules)]
        check(cost[0] <= cost[1] + 0.01, "dearer than no plan")
        for load in plan["loads"]:
            mine = [a for a in plan["actions"] if a["load"] == load["load"]]
            check(mine[0]["from"] == plan["from"], "the first action begins now")
            check(all(a["to"] == b["from"] for a, b in zip(mine, mine[1:])), "actions without a gap")
            check(all(a["why"] in ("cheap", "sun", "need", "red", "ahead", "weight") if a["state"] == "fed" else
                      a["why"] in ("later", "enough", "room", "held", "weight") for a in mine), str(mine))
        line = wait_for("the request in the journal", 60, lambda: next(
            (l for l in house.get("/api/v1/journal?limit=50")["items"]
             if l.get("cause") == "plan"), None))
        check(line["plan"]["why"] and line["until"], str(line))
        state = house.load(line["load"])
        check(state["cause"] in ("plan", "ecowatt", "breaker"), str(state))
        # A hand goes before the plan.
        answer = house.change("PUT", "/api/v1/loads/car/override", {"state": "fed", "minutes": 5})
        check(answer.status == 200, answer.body)
        check(house.load("car")["override"]["state"] == "fed", "the hand is there")
        check(house.stop() == 0, "stops")
        done = house.verb("replay", "--state", house.folder)
        check(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)


def a_named_configuration_is_never_replaced_by_a_demo():
    folder = tempfile.mkdtemp(prefix="ohm-config-")
    try:
        for text, wants in ((None, "site.yaml"), ("meters: 3\n", "a list is expected"),
                            ("zebra: 1\n", "unknown key")):
            path = os.path.join(folder, "site.yaml")
            if text is not None:
                with open(path, "w", encoding="utf-8") as out:
                    out.write(text)
            argv = [OHMSTEAD, "serve", "--config", path, "--state", folder + "/s",
                    "--listen", "127.0.0.1:0", "--allow-root"]
            done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
            check(done.returncode == 1, f"{text!r}: status {done.returncode}")
            check(wants in done.stderr, f"{text!r}: {done.stderr}")
            check(not os.path.exists(folder + "/s/ohmstead.db"), "nothing was started")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def what_check_calls_good_serve_can_start():
    meter = "meters: [{id: m, port: 'tcp:127.0.0.1:1'}]\n"
    folder = tempfile.mkdtemp(prefix="ohm-check-")
    path = os.path.join(folder, "site.yaml")
    ecowatt = "ecowatt: {client_id: x, client_secret_env: "
    try:
        for text, wants in (
                (ecowatt + "OHM_TEST_NOT_SET}\n",
                 "ecowatt.client_secret_env (OHM_TEST_NOT_SET): names an environment"),
                (ecowatt + "HOME, url: 'http://example.org'}\n", "ecowatt.url: must start with"),
                ("boards: [{id: b, driver: zebra}]\n", "boards.b: no such board driver")):
            with open(path, "w", encoding="utf-8") as out:
                out.write(meter + text)
            for verb in (["check", path], ["doctor", "--config", path, "--state", folder],
                         ["serve", "--config", path, "--state", folder + "/s", "--allow-root",
                          "--listen", "127.0.0.1:0"]):
                done = subprocess.run([OHMSTEAD] + verb, capture_output=True, text=True,
                                      timeout=PATIENCE_S, check=False)
                check(done.returncode == 1, f"{verb[0]} {text!r}: status {done.returncode}")
                check(wants in done.stderr, f"{verb[0]} {text!r}: {done.stderr}")
            check(not os.path.exists(folder + "/s"), "nothing was started")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wrong_use_is_said():
    done = subprocess.run([OHMSTEAD, "serve", "--listen", "nowhere", "--allow-root"],
                          capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    check(done.returncode == 2 and "nowhere" in done.stderr, done.stderr)
    done = subprocess.run([OHMSTEAD, "doctor", "--state", "/etc/passwd/x"], capture_output=True,
                          text=True, timeout=PATIENCE_S, check=False)
    check(done.returncode == 1 and "failed   state folder" in done.stdout, done.stdout)


def root_is_refused_unless_told():
    if os.geteuid() != 0:
        return
    done = subprocess.run([OHMSTEAD, "serve", "--listen", "127.0.0.1:0"], capture_output=True,
                          text=True, timeout=PATIENCE_S, check=False)
    check(done.returncode == 1 and "root" in done.stderr, done.stderr)


def two_daemons_do_not_share_a_store():
    with Daemon() as house:
        argv = [OHMSTEAD, "serve", "--demo", "--state", house.folder, "--listen", "127.0.0.1:0",
                "--allow-root"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        check(done.returncode == 1, f"status {done.returncode}: {done.stderr}")


if __name__ == "__main__":
    sys.exit(main([
        the_demo_house_lives,
        an_orange_level_sheds_and_the_reason_is_told,
        an_override_needs_an_end_and_ends,
        a_stop_is_orderly_and_the_day_replays,
        what_was_acknowledged_survives_a_kill,
        a_disk_that_refuses_is_said_and_got_over,
        a_damaged_state_starts_afresh_and_the_journal_goes_on,
        the_living_room_is_a_zone_with_four_weeks_behind_it,
        the_day_is_planned_and_the_reason_told,
        a_named_configuration_is_never_replaced_by_a_demo,
        what_check_calls_good_serve_can_start,
        wrong_use_is_said,
        root_is_refused_unless_told,
        two_daemons_do_not_share_a_store,
    ]))
