#!/usr/bin/env python3
"""A world that nobody has seen: a seed of its own each run, which is printed, as is the command that
shows a broken invariant again.

usage: fresh.py OHMSTEAD DAYS WORLD..."""
import subprocess
import sys


def main():
    program, days, worlds = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open("/dev/urandom", "rb") as chance:
        seed = 1 + int.from_bytes(chance.read(4), "big")
    status = 0
    for world in worlds:
        command = [program, "simulate", "--world", world, "--seed", str(seed), "--days", days]
        print("again:", " ".join(command), flush=True)
        status = subprocess.run(command, check=False).returncode or status
    return status


if __name__ == "__main__":
    sys.exit(main())
