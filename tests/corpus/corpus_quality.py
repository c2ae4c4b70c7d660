#!/usr/bin/env python3
"""Electrical golden values through `ohmstead quality`, as a user would run it.

usage: corpus_quality.py OHMSTEAD        (the folder of the corpora in $OHM_CORPUS)"""
import json
import os
import subprocess
import sys
import tempfile

SKIPPED = 77
FAULTS = []


def quality(binary, path, *options):
    done = subprocess.run([binary, "quality", "--csv", path, *options], capture_output=True,
                          text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise SystemExit(f"quality {path}: {done.stderr}")
    return json.loads(done.stdout)


def near(why, got, want, within):
    if got is None or abs(got - want) > within:
        FAULTS.append(f"{why}: {got}, not {want}")


def vectors(binary, rows):
    """Each vector as a file of its own, by phasors and by line voltages."""
    names = ("u1_V", "angle1_deg", "u2_V", "angle2_deg", "u3_V", "angle3_deg")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vector.csv")
        for row in rows:
            for kind, heads, values in (
                    ("phasors", names, [x for phase in row["phase_V"] for x in phase]),
                    ("lines", ("v12_V", "v23_V", "v31_V"), row["line_V"])):
                with open(path, "w", encoding="ascii") as out:
                    out.write("utc," + ",".join(heads) + "\n2026-01-01T00:00:00Z," +
                              ",".join(str(v) for v in values) + "\n")
                got, why = quality(binary, path)["unbalance"], f"{row['case']} by {kind}"
                want = row["VUF2_pct"] if kind == "phasors" else row["CIGRE_pct"]
                # Lines are printed to a µV; near 0 the root of what is left of that shows.
                near(why, got["vuf_pct"]["max"], want, 2e-6 if want else 2e-4)
                if kind == "phasors":
                    near(why + ", zero", got["vuf0_pct"]["max"], row["VUF0_pct"], 2e-6)
                    near(why + ", PVUR", got["pvur_pct"]["max"], row["PVUR_pct"], 2e-6)
                else:
                    near(why + ", LVUR", got["lvur_pct"]["max"], row["LVUR_pct"], 2e-6)


def transformer(got, want):
    unbalance, currents, voltage = got["unbalance"], got["currents"], got["voltage"]
    near("samples", unbalance["vuf_pct"]["samples"], want["samples"], 0)
    for key, name in (("CIGRE_pct", "vuf_pct"), ("LVUR_pct", "lvur_pct"), ("PVUR_pct", "pvur_pct")):
        for figure, value in want[key].items():
            near(f"{name} {figure}", unbalance[name][figure], value, 5.1e-5)
    for figure, value in want["current_unbalance_pct"].items():
        near("currents " + figure, currents["unbalance_pct"][figure], value, 5.1e-4)
    for figure, value in want["neutral_A"].items():
        near("neutral " + figure, currents["neutral_a"][figure], value, 0.051)
    for key, name in (("share_phase_samples_outside_230_10pct", "share_outside"),
                      ("share_above_253", "share_above"), ("share_below_207", "share_below")):
        near(name, voltage[name], want[key], 5.1e-6)
    near("weeks", got["en50160"]["weeks_total"], want["weeks_total"], 0)
    near("weeks off", got["en50160"]["weeks_voltage_too_often_off"], want["weeks_failing_95pct"], 0)


def steel(got, months, bank):
    for month, want in zip(got["reactive"]["months"], months):
        why = month["month"]
        near(why, int(why[5:]), want["month"], 0)
        near(why + " kWh", month["kwh"], want["kWh_6_22_monsat"], 0.051)
        near(why + " kvarh", month["kvarh"], want["kvarh_lag"], 0.051)
        near(why + " tan phi", month["tan_phi"], want["tan_phi"], 5.1e-5)
        near(why + " billed", month["billed_kvarh"], want["billable_kvarh_over_0_4"], 0.051)
        near(why + " counts", month["counts"], want["winter"], 0)
    near("months", len(got["reactive"]["months"]), 12, 0)
    capacitor = got["reactive"]["capacitor"]
    near("mean kW", capacitor["mean_kw"], bank["mean_P_kW"], 0.0051)
    near("tan phi", capacitor["tan_phi"], bank["tan1"], 5.1e-5)
    near("kvar", capacitor["kvar_mean"], bank["Qc_mean_to_tan_0_4_kvar"], 0.0051)
    near("kvar p95", capacitor["kvar_p95"], bank["Qc_p95_kvar"], 0.0051)


def main():
    folder = os.path.join(os.environ.get("OHM_CORPUS", ""), "forecast")
    path = os.path.join(folder, "pq_golden.json")
    if not os.path.exists(path):
        print("skipped: no corpus at hand (OHM_CORPUS)")
        return SKIPPED
    with open(path, encoding="utf-8") as text:
        golden = json.load(text)
    binary = sys.argv[1]
    vectors(binary, golden["unbalance_vectors"])
    transformer(quality(binary, os.path.join(folder, "xx_transformer_3ph.csv")),
                golden["transformer"])
    steel(quality(binary, os.path.join(folder, "kr_steel_plant.csv"), "--timezone", "Asia/Seoul",
                  "--running", "20"), golden["steel_reactive"], golden["steel_capacitor"])
    print("\n".join(FAULTS) or "every golden value is met")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
