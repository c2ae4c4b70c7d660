#!/usr/bin/env python3
"""The reference runs of the 5R1C twin through `ohmstead twin`, as a user would run it.

usage: corpus_twin.py OHMSTEAD        (the folder of the corpora in $OHM_CORPUS)

The runs are another program's, printed with twelve digits (weeks) or ten (years). Configuration
c6 shows that program's fault (it cools by the heating's node): there only what happens before it
first cools is compared."""
import csv
import glob
import json
import os
import subprocess
import sys
import tempfile

SKIPPED = 77
NODES = {"NewRadiators": "air", "AirConditioning": "air", "FloorHeating": "surface", "TABS": "mass"}
STARTS = {"week": 18.0, "weeksummer": 23.0, "year": 20.0}
FIGURES = ("h_tr_em", "h_tr_w", "h_tr_ms", "h_tr_is", "h_ve_adj", "c_m", "mass_area", "A_t",
           "t_set_heating", "t_set_cooling")
COLUMNS = ("t_m_prev", "t_m_next", "t_m", "t_s", "t_air", "t_op", "demand")


def power(text):
    """Infinity is no JSON number: null."""
    value = abs(float(text))
    return None if value == float("inf") else value


def zone(config, start_c, step_s):
    derived, (heat, cool) = config["derived"], config["emission"]
    return {**{name: derived[name] for name in FIGURES}, "heat_node": NODES[heat],
            "cool_node": NODES[cool], "max_heating_w": power(derived["max_heating_energy"]),
            "max_cooling_w": power(derived["max_cooling_energy"]), "t_m0": start_c,
            "dt_s": step_s}


def twin(binary, params, rows, control):
    """The columns of the answer, a list a row."""
    names = ["t_out", "solar_gain", "int_gain"] + (["demand"] if control == "open" else [])
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("zone.json", "input.csv")]
        with open(files[0], "w", encoding="utf-8") as out:
            json.dump(params, out)
        with open(files[1], "w", encoding="utf-8", newline="") as out:
            table = csv.writer(out)
            table.writerow(names)
            table.writerows([row[name] for name in names] for row in rows)
        done = subprocess.run([binary, "twin", "--params", files[0], "--input", files[1],
                               "--control", control], capture_output=True, text=True, timeout=60,
                              check=False)
    if done.returncode or done.stderr:
        raise SystemExit(f"status {done.returncode}: {done.stderr}")
    return list(csv.DictReader(done.stdout.splitlines()))


def faults(got, rows, within_k):
    """The largest difference, and where it is too large."""
    if len(got) != len(rows):
        return [f"{len(got)} rows for {len(rows)}"]
    found = []
    for have, want in zip(got, rows):
        for name in COLUMNS:
            if name in want:
                value = float(want[name])
                room = within_k if name != "demand" else within_k * 1000 + abs(value) * 1e-9
                if abs(float(have[name]) - value) > room:
                    found.append(f"step {have['step']} {name}: {have[name]} for {want[name]}")
    return found


def read(path):
    with open(path, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def config_runs(folder, configs):
    for path in sorted(glob.glob(os.path.join(folder, "c*__*__*.csv"))):
        name, _, period = os.path.basename(path)[:-4].split("__")
        rows = read(path)
        if name.startswith("c6"):
            cold = next((i for i, row in enumerate(rows) if float(row["demand"]) < 0), len(rows))
            rows = rows[:cold]
        yield (path, zone(configs[name], STARTS[period], 3600), rows, "ideal",
               1e-6 if period == "year" else 1e-8)


def control_runs(folder, house):
    """One house by a thermostat of 9 kW (v1), and under a random valve (v2)."""
    for path in sorted(glob.glob(os.path.join(folder, "v[12]_*.csv"))):
        way, steps, heater = os.path.basename(path).split("__")[0].split("_")
        minutes = int("".join(c for c in steps if c.isdigit()))
        params = {**zone(house, 20.0 if way == "v1" else 18.0, 60 * minutes),
                  "heat_node": NODES[heater], "max_heating_w": 9000}
        rows = [{**row, "demand": row["power"]} for row in read(path)]
        yield path, params, rows, "hysteresis" if way == "v1" else "open", 1e-8


def main():
    binary, corpora = sys.argv[1], os.environ.get("OHM_CORPUS", "")
    folder = os.path.join(corpora, "twin")
    if not corpora or not os.path.isdir(folder):
        print("no corpus at hand (OHM_CORPUS)")
        return SKIPPED
    with open(os.path.join(folder, "summary.json"), encoding="utf-8") as text:
        configs = json.load(text)["configs"]
    house = next(config for name, config in configs.items() if name.startswith("c2"))
    jobs = [*config_runs(folder, configs), *control_runs(folder, house)]
    failed = 0
    for path, params, rows, control, within_k in jobs:
        found = faults(twin(binary, params, rows, control), rows, within_k)
        failed += bool(found)
        print("failed" if found else "ok    ", os.path.basename(path), f"({len(rows)} steps)",
              *found[:3])
    print(f"{len(jobs) - failed} passed, {failed} failed")
    return 1 if failed or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
