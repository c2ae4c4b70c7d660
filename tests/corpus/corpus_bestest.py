#!/usr/bin/env python3
"""ASHRAE 140 (BESTEST), the building fabric's cases, through `ohmstead twin --weather`.

usage: corpus_bestest.py OHMSTEAD        (the folder of the corpora in $OHM_CORPUS)

The cases of ASHRAE 140-2020, section 7, on its own weather (Denver International, TMY3), in the
figures that a 5R1C model takes: U-values with films, air changes and fan corrected for the
altitude, the mass and its area, h_is and the glass' angle as in the ISO 13790 package of the
Modelica IBPSA library, which also prints the limits of acceptance of the standard's RESULTS5-2A and
its own 5R1C results. Its figures and ours must be close; heating and cooling must lie within the
limits, but for case 900's cooling, which a single mass node can't (nor do BSIMAC and TRNSYS)."""
import glob
import json
import os
import subprocess
import sys
import tempfile

SKIPPED = 77
# As in the library, diffuse light meets the glass as if from the front.
GLASS = {"u": 3.1, "g": 0.769, "g_diffuse": 1, "g_angle": [-0.189, 0.644, -0.596], "height": 2,
         "width": 3}
SOUTH = [{"area": 12, "azimuth": 180, **GLASS}]
SIDES = [{"area": 6, "azimuth": azimuth, **GLASS} for azimuth in (90, 270)]
LIGHT = {"c_m": 42167 * 48, "mass_area": 2.95 * 48}
HEAVY = {"c_m": 307750 * 48, "mass_area": 2.43 * 48}
# The fan of case 650, 1409 m3/h at that altitude's density, from 18 to 7 o'clock.
FAN = [1409 / 129.6 if hour < 7 or hour >= 18 else 0 for hour in range(24)]
NIGHT = [20 if 7 <= hour < 23 else 10 for hour in range(24)]
NO_HEAT = {"t_set_heating": None,
           "t_set_cooling": [27 if 7 <= hour < 18 else None for hour in range(24)],
           "ventilation_ach": FAN}


def box(windows, mass=None, south_wall=9.6, side_wall=16.2, **more):
    walls = [(21.6, 0), (side_wall, 90), (south_wall, 180), (side_wall, 270)]
    return {"floor_area": 48, "volume": 129.6, "h_is": 2.1, **(mass or LIGHT),
            "infiltration_ach": 0.414, "internal_w": 200, "t_set_heating": 20,
            "t_set_cooling": 27, "surfaces": [
                *({"area": area, "u": 0.53, "azimuth": azimuth} for area, azimuth in walls),
                {"area": 48, "u": 0.33, "tilt": 0},
                {"area": 48, "u": 0.038, "tilt": 180, "hidden": True}, *windows], **more}


def screened(windows, **screens):
    return [{**window, **screens} for window in windows]


OVERHANG = {"overhang": 1, "overhang_gap": 0.5}
EAST_WEST = {"south_wall": 21.6, "side_wall": 10.2}
# Name: building, (limits of heating), (limits of cooling), 5R1C of the IBPSA library; MWh a year.
CASES = {
    "600": (box(SOUTH), (3.75, 4.98), (5.00, 6.83), (4.658, 5.803)),
    "610": (box(screened(SOUTH, **OVERHANG)), (3.61, 5.27), (2.74, 6.03), (4.784, 4.602)),
    "620": (box(SIDES, **EAST_WEST), (3.67, 5.38), (2.76, 5.19), (4.824, 4.009)),
    "630": (box(screened(SIDES, fin=1, **OVERHANG), **EAST_WEST), (3.69, 6.12), (1.08, 4.42),
            (5.097, 2.954)),
    "640": (box(SOUTH, t_set_heating=NIGHT), (1.58, 3.76), (4.44, 6.86), (2.898, 5.617)),
    "650": (box(SOUTH, **NO_HEAT), (0.00, 0.00), (3.46, 5.88), (0.0, 4.961)),
    "900": (box(SOUTH, HEAVY), (1.04, 2.28), None, (1.833, 2.284)),
    "920": (box(SIDES, HEAVY, **EAST_WEST), (2.55, 4.20), (2.43, 3.08), (3.650, 2.684)),
    "940": (box(SOUTH, HEAVY, t_set_heating=NIGHT), (0.22, 1.91), None, (1.242, 2.251)),
}
# Free floating: least and greatest air temperature, the range of the standard's programs and by
# how many kelvins a single mass node may leave it.
FREE = {
    "600FF": (box(SOUTH), (-13.8, -9.9), (62.4, 68.4), 0),
    "900FF": (box(SOUTH, HEAVY), (0.6, 2.2), (43.3, 46.0), 0.6),
}


# Light on a wall in a year, kWh/m2: what passes the glass over its transmissivity, least and most
# of the standard's programs (tables B8-11 and B8-14).
LIGHT_ON = {"south": (180, 1290, 1388), "west": (270, 904, 997)}


def twin(binary, weather, building, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="ascii") as params:
        json.dump(building, params)
        params.flush()
        done = subprocess.run([binary, "twin", "--params", params.name, "--weather", weather,
                               *options], capture_output=True, text=True, timeout=120,
                              check=False)
    if done.returncode or done.stderr:
        raise SystemExit(f"status {done.returncode}: {done.stderr}")
    return done.stdout


def run(binary, weather, building, *options):
    return json.loads(twin(binary, weather, building, "--summary", *options))


def rows(binary, weather, building, column):
    lines = twin(binary, weather, building).splitlines()
    place = lines[0].split(",").index(column)
    return [float(line.split(",")[place]) for line in lines[1:]]


def main():
    binary, corpora = sys.argv[1], os.environ.get("OHM_CORPUS", "")
    found = glob.glob(os.path.join(corpora, "twin", "bestest", "*725650*.epw")) if corpora else []
    if not found:
        print("no weather of ASHRAE 140 at hand (OHM_CORPUS)")
        return SKIPPED
    failed = 0
    for name, (building, heating, cooling, peer) in CASES.items():
        year = run(binary, found[0], building)
        heats, cools = year["heating_kwh"] / 1000, year["cooling_kwh"] / 1000
        bad = not heating[0] <= round(heats, 3) <= heating[1]
        bad = bad or (cooling is not None and not cooling[0] <= cools <= cooling[1])
        failed += bad
        print("failed" if bad else "ok    ", f"{name}: heats {heats:.3f} MWh of {heating}, cools "
              f"{cools:.3f} of {cooling or 'no limit here'}; the library's 5R1C: {peer}")
    for name, (building, least, most, room) in FREE.items():
        year = run(binary, found[0], building, "--control", "open")
        low, high = year["t_air_min"], year["t_air_max"]
        bad = not (least[0] - room <= low <= least[1] + room and
                   most[0] - room <= high <= most[1] + room)
        failed += bad
        print("failed" if bad else "ok    ", f"{name}: {low:.1f} °C of {least}, {high:.1f} of {most}")
    for name, (azimuth, least, most) in LIGHT_ON.items():
        wall = {"floor_area": 48, "t_m0": 20, "surfaces": [
            {"area": 1, "u": 0, "g": 1, "g_angle": [1e-12], "g_diffuse": 1, "azimuth": azimuth}]}
        light = sum(rows(binary, found[0], wall, "solar_gain")) / 1000
        bad = not least <= light <= most
        failed += bad
        print("failed" if bad else "ok    ", f"light on the {name}: {light:.0f} kWh/m2 of "
              f"{least} to {most}")
    print(f"{len(CASES) + len(FREE) + len(LIGHT_ON) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
