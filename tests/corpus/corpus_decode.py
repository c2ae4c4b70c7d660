#!/usr/bin/env python3
"""Every capture of the DLMS corpus through `ohmstead decode`, as a user would run it.

usage: corpus_decode.py OHMSTEAD        (the folder of the corpora in $OHM_CORPUS)

The corpus says for each row which values a reader must find (its `value` is our `raw`, its
`scaled` our `value`), or that it must find none."""
import datetime
import json
import os
import subprocess
import sys

SKIPPED = 77
OTHER_PROTOCOLS = ("p1", "iec62056-21")


def decode(binary, data, *options):
    """Status, messages and refusals of one run."""
    done = subprocess.run([binary, "decode", *options, "-"], input=data, capture_output=True,
                          timeout=60, check=False)
    lines = [json.loads(line, parse_float=str) for line in done.stdout.decode().splitlines()]
    return done.returncode, lines, done.stderr.decode().splitlines()


def decimal(number):
    """A number of the corpus as its exact text, as our JSON writes it."""
    text = repr(number)
    return text if "e" not in text else f"{number:.12f}".rstrip("0")


def same_number(got, want):
    return float(got) == float(want) and len(str(got)) <= len(decimal(want))


def value_fault(got, want):
    """What is wrong with one value, or None."""
    obis = want.get("obis")
    if obis != got["obis"]:
        return f"obis {got['obis']} for {obis}"
    expected = want["value"]
    if isinstance(expected, dict):
        expected = expected.get("hex", expected)
    if got["raw"] != expected:
        return f"raw {got['raw']!r} for {expected!r}"
    if "scaled" in want:
        if not same_number(got["value"], want["scaled"]) or got["scaler"] != want["scaler"]:
            return f"value {got['value']} scaler {got['scaler']} for {want}"
        if got["unit"] != (want["unit"] or "1"):
            return f"unit {got['unit']} for {want['unit']}"
        if got["quantity"] is None:
            return "no quantity"
    return None


def time_fault(got, want):
    """The header's time: an instant when it has a deviation, else local."""
    said = want.get("datetime")
    if said is None:
        return None
    local = datetime.datetime.fromisoformat(said["local"])
    if said["deviation_min"] is None:
        fits = got["time"] is None and got["local"] == local.strftime("%Y-%m-%dT%H:%M:%S")
    else:
        utc = local + datetime.timedelta(minutes=said["deviation_min"])
        fits = got["time"][:19] == utc.strftime("%Y-%m-%dT%H:%M:%S") and "local" not in got
    return None if fits else f"time {got['time']} {got.get('local')} for {said}"


def message_faults(got, want):
    faults = [time_fault(got, want)]
    if "system_title" in want:
        faults.append(None if got["meter"]["system_title"] == want["system_title"] else "title")
        security = got["security"]
        faults.append(None if (security["control"], security["counter"]) ==
                      (want["security_control"], want["frame_counter"]) else f"{security}")
        faults.append(None if security["authenticated"] == bool(want.get("tag_ok")) else
                      "authenticated")
    elif got["security"] is not None:
        faults.append("security of a plain message")
    if len(got["values"]) != len(want["values"]):
        return [*faults, f"{len(got['values'])} values for {len(want['values'])}"]
    faults += [value_fault(g, w) for g, w in zip(got["values"], want["values"])]
    return faults


def row_faults(binary, row):
    """What is wrong with what we make of one capture."""
    options = []
    if row["key"]:
        options += ["--key", row["key"]]
    if row["auth_key"]:
        options += ["--auth-key", row["auth_key"]]
    status, got, refused = decode(binary, row["hex"].encode(), *options)
    again = decode(binary, bytes.fromhex(row["hex"]), *options)
    faults = [] if again == (status, got, refused) else ["raw bytes give another answer than hex"]
    want = [m for m in row.get("expected_messages") or [] if m.get("values")]
    if row["id"] == "sagemcom-xt211-cz-apdu":  # its expectation is a text of another tool's
        energy = [v for m in got for v in m["values"] if v["obis"] == "1-0:1.8.0*255"]
        return faults if [v["value"] for v in energy] == [4913794] else [*faults, "tagless list"]
    if len(got) != len(want):
        return [*faults, f"{len(got)} messages for {len(want)}: {refused}"]
    if not want and (status != 1 or not refused):
        faults.append(f"status {status} and no refusal")
    if want and (status != 0 or refused) and not row.get("stream"):
        faults.append(f"status {status}: {refused}")
    for g, w in zip(got, want):
        faults += [f for f in message_faults(g, w) if f]
    return faults


def wrong_key_faults(binary, row):
    """A capture under another key gives no value, and says so."""
    key = "00" * (len(row["key"]) // 2)
    status, got, refused = decode(binary, row["hex"].encode(), "--key", key)
    said = len(refused) == 1 and ("key" in refused[0])
    return [] if status == 1 and not got and said else [f"wrong key: {status} {got} {refused}"]


def kamstrup_faults(binary, path):
    done = subprocess.run([binary, "decode", "--stats", "--timezone", "Europe/Oslo", path],
                          capture_output=True, text=True, timeout=60, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    times = [line["time"] for line in lines[:-1]]
    if done.returncode != 0 or lines[-1]["messages"] != len(times) or len(times) < 600:
        return [f"status {done.returncode}, {lines[-1]}"]
    return [] if None not in times and times == sorted(times) else ["times out of order"]


def main():
    binary, corpus = sys.argv[1], os.environ.get("OHM_CORPUS", "")
    rows_path = os.path.join(corpus, "dlms", "public.jsonl")
    if not corpus or not os.path.isfile(rows_path):
        print("no corpus: set OHM_CORPUS to the folder of the public captures")
        return SKIPPED
    passed = failed = 0
    with open(rows_path, encoding="utf-8") as text:
        rows = [json.loads(line) for line in text]
    checks = [(row["id"], row_faults(binary, row)) for row in rows
              if row["transport"] not in OTHER_PROTOCOLS]
    checks += [(row["id"] + " under another key", wrong_key_faults(binary, row)) for row in rows
               if row["key"] and row["transport"] != "apdu"]
    checks.append(("kamstrup log",
                   kamstrup_faults(binary, os.path.join(corpus, "dlms", "kamstrup-6841-no.bin"))))
    for name, faults in checks:
        passed, failed = passed + (not faults), failed + bool(faults)
        for fault in faults[:5]:
            print(f"{name}: {fault}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
