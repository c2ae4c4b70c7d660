#!/usr/bin/env python3
"""Golden statistics and key figures through `ohmstead stats`, as a user would run it.

usage: corpus_stats.py OHMSTEAD        (the folder of the corpora in $OHM_CORPUS)"""
import json
import os
import subprocess
import sys

SKIPPED = 77
FAULTS = []


def near(why, got, want, within):
    if got is None or abs(got - want) > within:
        FAULTS.append(f"{why}: {got}, not {want}")


def stats(binary, *options, rows=None):
    done = subprocess.run([binary, "stats", *options], capture_output=True, text=True, input=rows,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise SystemExit(f"stats {options}: {done.stderr}")
    return json.loads(done.stdout)


def key_figures(name, summary, want):
    for figure, key in (("mean", "mean_kw"), ("peak", "peak_kw"), ("load_factor", "load_factor"),
                        ("base_p05", "base_kw"), ("night_min_median", "daily_min_median_kw")):
        near(f"{name} {figure}", summary[key], want[figure], 5.1e-5)


def degree_days(binary, rows):
    """A day's least and greatest temperature, a file each."""
    for row in rows:
        got = stats(binary, "--csv", "-", "--column", "load_kW", "--temperature", "t", rows=(
            f"utc,load_kW,t\n2026-01-01T03:00:00Z,1,{row['tn']}\n2026-01-01T15:00:00Z,1,{row['tx']}\n"))
        month = got["baseline"]["months"][0]
        near(f"{row['tn']}..{row['tx']} meteo", month["degree_days_meteo"], row["dju_meteo"], 5.1e-4)
        near(f"{row['tn']}..{row['tx']} costic", month["degree_days_costic"], row["dju_costic"], 5.1e-4)


def main():
    folder = os.path.join(os.environ.get("OHM_CORPUS", ""), "forecast")
    if not os.path.exists(os.path.join(folder, "pq_golden.json")):
        print("skipped: no corpus at hand (OHM_CORPUS)")
        return SKIPPED
    with open(os.path.join(folder, "pq_golden.json"), encoding="utf-8") as text:
        golden = json.load(text)
    binary = sys.argv[1]
    steel = stats(binary, "--csv", os.path.join(folder, "kr_steel_plant.csv"), "--column",
                  "load_kW", "--timezone", "Asia/Seoul")
    key_figures("steel", steel["summary"], golden["kpi"]["steel"])

    house = os.path.join(folder, "fr_sceaux_house.csv")
    parts = ("kitchen_Wh", "laundry_Wh", "water_heater_ac_Wh")
    # The golden days are those of UTC; degree days are of Paris' days.
    utc = stats(binary, "--csv", house, "--column", "load_kW",
                *(word for part in parts for word in ("--part", part)))
    key_figures("sceaux", utc["summary"], golden["kpi"]["sceaux"])
    want = golden["sceaux_submeters"]
    for part in parts:
        near(part, utc["parts"][part]["share"], want[part], 5.1e-5)
    near("remainder", utc["parts"]["remainder"]["share"], want["remainder"], 5.1e-5)
    near("negative", utc["parts"]["remainder"]["steps_parts_exceed_whole"],
         want["hours_remainder_negative"], 0)

    local = stats(binary, "--csv", house, "--column", "load_kW", "--timezone", "Europe/Paris",
                  "--temperature", "temp_daily_degC")["baseline"]
    want = golden["sceaux_enpi"]
    near("months", local["months_fitted"], want["months"], 0)
    # Which hours of a day with gaps count is ours to choose: half a thousandth.
    near("base", local["kwh_per_day"], want["baseload_kWh_per_day"], 0.01)
    near("per degree day", local["kwh_per_degree_day"], want["kWh_per_degree_day"], 0.001)
    near("R2", local["r2"], want["R2"], 0.001)
    near("CV(RMSE)", local["cv_rmse_pct"], want["CVRMSE_pct"], 0.051)
    if "R2" not in local["verdict"]:
        FAULTS.append(f"0.7377 was taken for enough: {local['verdict']}")

    solar = stats(binary, "--csv", os.path.join(folder, "fr_emhass_house.csv"), "--column",
                  "load_kW", "--solar", "pv_kW")["solar"]
    for key in ("self_consumption", "self_sufficiency", "hours"):
        near(key, solar[key], golden["emhass_pv"][key], 5.1e-5)
    degree_days(binary, golden["dju_vectors"])
    print("\n".join(FAULTS) or "every golden value is met")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
