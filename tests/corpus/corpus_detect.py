#!/usr/bin/env python3
"""Injected faults through `ohmstead detect`, scored as PROTOCOL.md of the corpus says (section 3).

usage: corpus_detect.py OHMSTEAD         (the folder of the corpora in $OHM_CORPUS)"""
import csv
import datetime
import os
import statistics
import subprocess
import sys

SKIPPED = 77
ZONES = {"sceaux": "Europe/Paris", "steel": "Asia/Seoul", "emhass": "Europe/Paris",
         "ecn": "Europe/Amsterdam"}
SHORT = ("spike", "rollback", "gap", "zero")  # found within 2 h of their end, the others within 12
F1_MIN, FALSE_MAX, HARD_MIN, DRIFT_HOURS_MAX = 0.90, 0.5, 0.97, 48
RECALL_MIN = {"zero": 0.85, "left_on": 0.60, "drift": 0.95, "stuck": 0.97, "rollback": 0.97}
HOUR = datetime.timedelta(hours=1)


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def detect(binary, path, zone):
    done = subprocess.run([binary, "detect", "--csv", path, "--column", "y", "--timezone", zone],
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{path}: {done.stderr}")
    alarms = sorted((instant(a["start"]), instant(a["end"]))
                    for a in csv.DictReader(done.stdout.splitlines()))
    episodes = []
    for start, end in alarms:
        if episodes and start - episodes[-1][1] < 6 * HOUR:
            episodes[-1][1] = max(end, episodes[-1][1])
        else:
            episodes.append([start, end])
    return episodes


def days_of(path):
    """Days behind the twelve weeks without a fault."""
    with open(path, encoding="ascii") as text:
        rows = text.read().splitlines()
    return (instant(rows[-1].split(",")[0]) - instant(rows[1].split(",")[0])).days - 84


def main():
    folder = os.path.join(os.environ.get("OHM_CORPUS", ""), "forecast", "anomalies")
    if not os.path.exists(os.path.join(folder, "events.csv")):
        print("skipped: no corpus at hand (OHM_CORPUS)")
        return SKIPPED
    with open(os.path.join(folder, "events.csv"), encoding="ascii") as text:
        events = list(csv.DictReader(text))
    found, true, false, days = [], 0, 0, 0
    for series, zone in ZONES.items():
        for repetition in "012":
            path = os.path.join(folder, f"{series}_r{repetition}.csv")
            episodes = detect(sys.argv[1], path, zone)
            mine = [(e["type"], instant(e["start"]), instant(e["end"])) for e in events
                    if (e["series"], e["rep"]) == (series, repetition)]
            for kind, start, end in mine:
                late = end + (2 if kind in SHORT else 12) * HOUR
                delays = [(a - start) / HOUR for a, _ in episodes if start - HOUR <= a <= late]
                found.append((kind, min(delays) if delays else None))
            hits = sum(any(a <= end + 24 * HOUR and b >= start - HOUR for _, start, end in mine)
                       for a, b in episodes)
            true, false, days = true + hits, false + len(episodes) - hits, days + days_of(path)
    recall = {kind: [d for k, d in found if k == kind] for kind in dict(found)}
    share = {kind: sum(d is not None for d in all_) / len(all_) for kind, all_ in recall.items()}
    whole, precision = sum(d is not None for _, d in found) / len(found), true / (true + false)
    f1, false_30 = 2 * whole * precision / (whole + precision), false / days * 30
    hard = statistics.mean(share[k] for k in ("gap", "stuck", "rollback", "ct_reversed"))
    drift = statistics.median(d for d in recall["drift"] if d is not None)
    print(f"F1 {f1:.3f}, {false_30:.2f} false in 30 days, drift after {drift:.0f} h",
          " ".join(f"{kind} {value:.2f}" for kind, value in sorted(share.items())))
    faults = [f"{kind}: {share[kind]:.2f}" for kind, least in RECALL_MIN.items()
              if share[kind] < least]
    if f1 < F1_MIN or false_30 > FALSE_MAX or hard < HARD_MIN or drift > DRIFT_HOURS_MAX:
        faults.append(f"F1 {f1:.3f}, false {false_30:.2f}, hard {hard:.2f}, drift {drift:.0f} h")
    print("\n".join(faults) or "every mark is met")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
