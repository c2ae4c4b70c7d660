#!/usr/bin/env python3
"""Simulated sensors on a real broker, read by their presets: `sim sensors` → Mosquitto → `serve` → API.

usage: sensors.py OHMSTEAD"""
import os
import shutil
import subprocess
import sys
import tempfile

os.environ["OHMSTEAD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker import Broker  # noqa: E402
from daemon import PATIENCE_S, Daemon, check, main, wait_for  # noqa: E402

# Of each device, what must come out (a preset that reads less has lost something).
WANTED = {
    "maison": {"power_import", "power_export", "energy_import", "energy_export"},
    "solaire": {"power"},
    "triphase": {"power", "power_l1", "voltage_l2", "current_l3", "energy_import", "energy_export"},
    "ballon": {"power", "voltage", "current", "energy_import", "switch"},
    "machine": {"power", "voltage", "current", "energy_import", "switch"},
    "prise": {"power", "energy_import", "switch"},
    "vanne-salon": {"temperature", "temperature_setpoint", "valve_position", "heating",
                    "battery_level"},
    "air-salon": {"temperature", "humidity", "pressure", "co2", "presence"},
    "fenetre": {"contact", "battery_level"},
    "vanne-chambre": {"temperature", "temperature_setpoint", "valve_position", "battery_level"},
    "thermo-bureau": {"temperature", "humidity", "battery_level"},
    "exterieur": {"temperature", "humidity", "battery_level"},
    "cave": {"temperature"},
    "garage": {"temperature", "humidity"},
}


def run(*arguments):
    return subprocess.run([os.environ["OHMSTEAD"], "sim", *arguments], capture_output=True,
                          text=True, timeout=PATIENCE_S)


def test_every_preset_end_to_end():
    folder = tempfile.mkdtemp(prefix="ohm-sensors-")
    broker, speaker = Broker(), None
    try:
        where = f"mqtt://127.0.0.1:{broker.port}"
        site = run("sensors", "--broker", where, "--print-config")
        check(site.returncode == 0 and "preset: zigbee2mqtt" in site.stdout, site.stderr)
        config = os.path.join(folder, "sim.yaml")
        with open(config, "w", encoding="utf-8") as out:
            out.write(site.stdout)
        speaker = subprocess.Popen([os.environ["OHMSTEAD"], "sim", "sensors", "--broker", where,
                                    "--every", "0.5"], stderr=subprocess.PIPE, text=True)
        with Daemon(config, os.path.join(folder, "state")) as daemon:
            made = subprocess.run([os.environ["OHMSTEAD"], "token", "create", "--state",
                                   daemon.folder], capture_output=True, text=True, check=True,
                                  timeout=PATIENCE_S)
            bearer = {"Authorization": "Bearer " + made.stdout.strip()}
            last = {}

            def all_there():
                answer = daemon.ask("GET", "/api/v1/state", headers=bearer)
                check(answer.status == 200, answer.body)
                for meter in answer.json["meters"]:
                    last[meter["device"]] = {v["quantity"]: v for v in meter["values"]
                                             if v["value"] is not None}
                return set(last) == set(WANTED) and all(
                    WANTED[name] <= set(values) for name, values in last.items())
            try:
                wait_for("every sensor", 60, all_there)
            finally:
                missing = {n: WANTED[n] - set(last.get(n, {})) for n in WANTED}
                print({n: m for n, m in missing.items() if m})
            valve = last["vanne-salon"]
            check(10 < valve["temperature"]["value"] < 30 and valve["temperature"]["unit"] == "C",
                  valve)
            check(valve["temperature_setpoint"]["value"] in (17.5, 20.5), valve)
            check(last["fenetre"]["contact"]["value"] in (0, 1), last["fenetre"])
            check(0.9 < last["air-salon"]["pressure"]["value"] < 1.1, last["air-salon"])
            suspect = {(n, q) for n, values in last.items() for q, v in values.items()
                       if v["quality"] == "suspect"}
            check(not suspect, suspect)
        speaker.terminate()
        check(speaker.wait(PATIENCE_S) == 0, "sim did not end well")
    finally:
        if speaker and speaker.poll() is None:
            speaker.kill()
            speaker.wait()
        broker.close()
        shutil.rmtree(folder, ignore_errors=True)


def test_rounds_end_and_wrong_use_is_said():
    broker = Broker()
    try:
        where = f"mqtt://127.0.0.1:{broker.port}"
        done = run("sensors", "--broker", where, "--rounds", "2", "--every", "0.05")
        check(done.returncode == 0 and "the sensors speak" in done.stderr, done)
        for arguments in (["sensors"], ["lamps", "--broker", where],
                          ["sensors", "--broker", "http://h"], ["sensors", "--broker", where + "/t"],
                          ["sensors", "--broker", where, "--every", "0"],
                          ["sensors", "--broker", where, "--every", "5s"],
                          ["sensors", "--broker", where, "--rounds", "0"],
                          ["sensors", "--broker", where, "--timezone", "Nowhere/Land"]):
            wrong = run(*arguments)
            check(wrong.returncode == 2 and wrong.stderr.startswith("ohmstead: sim:"),
                  (arguments, wrong.returncode, wrong.stderr))
    finally:
        broker.close()


if __name__ == "__main__":
    sys.exit(main([test_every_preset_end_to_end, test_rounds_end_and_wrong_use_is_said]))
