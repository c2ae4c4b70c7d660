#!/usr/bin/env python3
"""Every capture of the TIC corpus through `ohmstead decode`, as a user would run it.

usage: corpus_tic.py OHMSTEAD        (the folder of the corpora in $OHM_CORPUS)

The corpus says for each row which groups are good, which are not and why, and what kind of meter
it is. The same bytes are read as such, as hex, with a parity bit as of a line set to 8N1, and as
a terminal leaves them that makes LF of CR."""
import datetime
import json
import os
import subprocess
import sys

SKIPPED = 77
REASONS = {"checksum": "a checksum does not match",
           "checksum field length": "a group whose checksum is not one byte"}


def decode(binary, data, *options):
    """Status, messages and refusals of one run."""
    done = subprocess.run([binary, "decode", *options, "-"], input=data, capture_output=True,
                          timeout=60, check=False)
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return done.returncode, lines, done.stderr.decode().splitlines()


def even_parity(data):
    return bytes(b | (0x80 if bin(b & 0x7f).count("1") & 1 else 0) for b in data)


def value_fault(got, want):
    """What is wrong with one group, or None."""
    if (got["label"], got["value"]) != (want["label"], want["value"]):
        return f"{got['label']}={got['value']!r} for {want['label']}={want['value']!r}"
    if (got["number"], got["unit"]) != (want.get("number"), want.get("unit")):
        return f"{got} for {want}"
    said = want.get("horodate")
    if not said or said["utc_offset_h"] is None:
        return None if got["time"] is None else f"time {got['time']} for none"
    utc = (datetime.datetime.fromisoformat(said["local"]) -
           datetime.timedelta(hours=said["utc_offset_h"]))
    if got["time"] != utc.strftime("%Y-%m-%dT%H:%M:%SZ") or got["date"] != said["raw"]:
        return f"time {got['time']} for {said}"
    return None


def refusal_faults(row, refused):
    want = row["errors"]
    if len(refused) != len(want):
        return [f"{len(refused)} refusals for {len(want)}: {refused}"]
    faults = []
    for line, error in zip(refused, want):
        label = error["group"].split("\t")[0].split(" ")[0]
        fits = REASONS[error["error"]] in line and f"group {label}" in line
        if "expected" in error:
            fits = fits and f"would need '{error['expected']}'" in line
        if not fits:
            faults.append(f"refusal {line!r} for {error}")
    return faults


def row_faults(row, answer):
    """What is wrong with what we make of one capture."""
    status, got, refused = answer
    values = [value for message in got for value in message["values"]]
    faults = refusal_faults(row, refused)
    if status != (1 if row["errors"] else 0):
        faults.append(f"status {status}")
    if len(values) != row["n_valid"]:
        return [*faults, f"{len(values)} values for {row['n_valid']}"]
    faults += [f for f in map(value_fault, values, row["expected"]) if f]
    if any(m["mode"] != row["mode"] or m["producer"] != row["producer"] for m in got):
        faults.append("mode or producer")
    if row["phases"] and any(m["phases"] != row["phases"] for m in got):
        faults.append(f"phases {[m['phases'] for m in got]}")
    if all(m["complete"] for m in got) != row["complete"]:
        faults.append("complete")
    if row["contract"] and not any(m["contract"] == row["contract"] for m in got):
        faults.append(f"contract {[m['contract'] for m in got]}")
    return faults


def main():
    binary, corpus = sys.argv[1], os.environ.get("OHM_CORPUS", "")
    rows_path = os.path.join(corpus, "tic", "public.jsonl")
    if not corpus or not os.path.isfile(rows_path):
        print("no corpus: set OHM_CORPUS to the folder of the public captures")
        return SKIPPED
    with open(rows_path, encoding="utf-8") as text:
        rows = [json.loads(line) for line in text]
    passed = failed = 0
    for row in rows:
        data = bytes.fromhex(row["hex"])
        answers = {
            "bytes": decode(binary, data, "--protocol", "tic", "--raw"),
            "hex": decode(binary, row["hex"].encode(), "--protocol", "tic"),
            "found out": decode(binary, data, "--raw"),
            "as 8N1": decode(binary, even_parity(data), "--protocol", "tic", "--raw"),
        }
        if not row["errors"]:
            answers["CR as LF"] = decode(binary, data.replace(b"\r", b"\n"), "--raw")
        for name, answer in answers.items():
            faults = row_faults(row, answer)
            passed, failed = passed + (not faults), failed + bool(faults)
            for fault in faults[:5]:
                print(f"{row['id']} ({name}): {fault}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
