#!/usr/bin/env python3
"""The period and price of every half-hour since 2014-09-01, against a small reference of our own.

usage: corpus_prices.py PRICE_DUMP      (the folder of the corpora in $OHM_CORPUS)

The reference knows nothing of contracts: it reads the CRE's CSV files and the list of days, and
asks Python's zoneinfo what the clock shows."""
import bisect
import csv
import datetime
import os
import pathlib
import subprocess
import sys
import zoneinfo

SKIPPED = 77
PARIS = zoneinfo.ZoneInfo("Europe/Paris")
FROM = datetime.datetime(2014, 9, 1, tzinfo=PARIS)
TO = datetime.datetime(2026, 2, 1, tzinfo=PARIS)  # the CRE's last row is open: others follow it
SHOWN = 10


def micro(text):
    """A French decimal in millionths, exactly."""
    whole, _, fraction = text.partition(",")
    return int(whole) * 10**6 + int((fraction + "000000")[:6])


def rows_of(path, power):
    """Ascending (date, row) of a power, with prices."""
    with open(path, encoding="utf-8-sig", newline="") as text:
        rows = [(datetime.datetime.strptime(row["DATE_DEBUT"], "%d/%m/%Y").date(), row)
                for row in csv.DictReader(text, delimiter=";")
                if row["P_SOUSCRITE"] == str(power) and row["PART_FIXE_TTC"]]
    return sorted(rows, key=lambda row: row[0])


def row_at(rows, date):
    at = bisect.bisect([start for start, _ in rows], date) - 1
    return rows[at][1] if at >= 0 else None


class Tempo:
    columns = {"BLUE": "Bleu", "WHITE": "Blanc", "RED": "Rouge"}

    def __init__(self, folder):
        with open(folder / "tempo" / "days.csv", newline="") as text:
            self.colours = {row["date"]: row["colour"] for row in csv.DictReader(text)}

    def __call__(self, local, row):
        day = local.date() - datetime.timedelta(days=local.hour < 6)
        colour = self.colours.get(day.isoformat())
        if colour is None:
            return None
        hours = "HP" if 6 <= local.hour < 22 else "HC"
        column = f"PART_VARIABLE_{hours}{self.columns[colour]}_TTC"
        return f"{colour.lower()}_{hours.lower()}", micro(row[column])


def base(_local, row):
    return "base", micro(row["PART_VARIABLE_TTC"])


def hphc(local, row):
    hours = "HP" if 6 <= local.hour < 22 else "HC"
    return hours.lower(), micro(row[f"PART_VARIABLE_{hours}_TTC"])


def compare(dump, folder, name, option, power, price_of):
    """How many half-hours were priced alike; the faults found."""
    rows = rows_of(folder / "tariffs" / "cre" / f"Option_{option}.csv", power)
    window = (int(FROM.timestamp()), int(TO.timestamp()))
    done = subprocess.run([dump, name, str(window[0]), str(window[1])], capture_output=True,
                          check=True, text=True, timeout=240)
    faults, priced, seconds = [], 0, window[0]
    for line in done.stdout.splitlines():
        local = datetime.datetime.fromtimestamp(seconds, PARIS)
        row = row_at(rows, local.date())
        want = price_of(local, row) if row else None
        text = f"{seconds},{want[0]},{want[1]}" if want else f"{seconds},-,-"
        if line != text:
            faults.append(f"{name}: {local}: {line} for {text}")
        priced += want is not None
        seconds += 1800
    if seconds < window[1]:
        faults.append(f"{name}: the dump ends early")
    return priced, faults


def main():
    corpus = os.environ.get("OHM_CORPUS")
    folder = pathlib.Path(corpus or "") / "grid"
    if not corpus or not (folder / "tariffs" / "cre").is_dir():
        print("SKIPPED: OHM_CORPUS does not lead to the captures of tariffs")
        return SKIPPED
    cases = [("bleu-base-6kva", "Base", 6, base), ("bleu-hphc-9kva", "HPHC", 9, hphc),
             ("bleu-tempo-9kva", "Tempo", 9, Tempo(folder))]
    failed = 0
    for name, option, power, price_of in cases:
        priced, faults = compare(sys.argv[1], folder, name, option, power, price_of)
        print(f"{name}: {priced} half-hours priced, {len(faults)} differ")
        for fault in faults[:SHOWN]:
            print(fault)
        failed += len(faults) + (priced == 0)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
