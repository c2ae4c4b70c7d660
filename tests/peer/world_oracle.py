#!/usr/bin/env python3
"""Switchings of the engine in days of a world, against a schedule that knew the day before it began.

`ohmstead simulate --calm --trace` writes each minute of a world in which nothing goes wrong: what
nobody can shed, what each load wanted, what it got. For each day CBC then finds the schedule with the
fewest switchings among those that keep the same hard limits:

* in no minute is more drawn than the breaker's power and each fuse's, on the site and on each phase,
  but for those minutes in which the engine did (it waits 20 seconds before it believes an overrun).
  That is the engine's own bound, too: by the thermal model alone a house could draw 1.3 times what is
  subscribed for ever, which nobody pays for;
* minimum times off and on, and the longest shed (an hour where none is given; where there was no power
  for longer, and the journal said so, as long as the engine's);
* each load gets as much of what it wanted as the engine gave it that day: else the fewest switchings
  are those of a house that is off.

The variables are the loads' times off, one for each begin and end where what has to be shed changes
(and every few minutes of a long one), so that each costs two switchings. A minute in which too much
would be drawn asks, of each set of loads without which the rest can't relieve it, for one that is off:
the same as the power's own inequality for whole variables, and much stronger for the solver. The times
off of the engine are among them, so there is always an answer.

usage: world_oracle.py OHMSTEAD WORLD...     OHM_WORLD_ORACLE=N: N days of each world (default 2), OHM_WORLD_SEED"""
import csv
import datetime
import itertools
import math
import os
import re
import subprocess
import sys
import tempfile

MOST = 1.5
SEED = 7
HOUR = 60           # minutes
SECONDS = 60  # a day that takes CBC longer is told, and left out
PIECE = 10          # a stretch in which the same has to be shed is cut in pieces of so many minutes
CUT_FROM, CUT_TO = 2, 5  # a day ends at an hour of the night at which nothing is shed


class Load:
    def __init__(self, about, columns):
        self.id = about["id"]
        self.watts = int(about["draws_w"])
        self.phase = int(about.get("phase", 0))
        self.off_min = -(-int(about["off_min_s"]) // 60)
        self.longest = int(about.get("shed_max_s", 0)) // 60 or HOUR
        self.wants, self.served, self.switched = (
            columns[self.id + suffix] for suffix in ("_wants_s", "_served_s", "_switched"))


def entries(text):
    """The flow maps of a world's file."""
    for inside in re.findall(r"- \{(.*?)\}", text, re.S):
        yield dict(re.split(r":\s*", part.strip(), maxsplit=1) for part in inside.split(","))


class World:
    def __init__(self, path):
        with open(path, encoding="utf-8") as source:
            text = source.read()
        rows = list(entries(text))
        self.about = [row for row in rows if row.get("kind") in ("tank", "zone", "car", "plug")]
        self.three_phase = "three_phase: true" in text
        # A meter without VA: W count for 1 / 0.95 of them.
        self.factor = 0.95 if "no_tic: true" in text else 1.0
        power = 1000 * int(re.search(r"power_kva: (\d+)", text).group(1))
        self.limits = [(0, power)]
        if self.three_phase:
            self.limits += [(phase, power / 3) for phase in (1, 2, 3)]
        self.limits += [(int(row["phase"]), int(row["va"])) for row in rows if row.get("kind") == "fuse"]

    def share(self, load, scope):
        if scope == 0 or not self.three_phase:
            return 1.0 if scope == 0 else 0.0
        return 1 / 3 if load.phase == 0 else float(load.phase == scope)


class Minutes:
    """What the trace says, by columns."""

    def __init__(self, path):
        with open(path, newline="", encoding="ascii") as source:
            rows = list(csv.reader(source))
        self.columns = {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}
        self.times = [datetime.datetime.fromisoformat(t.replace("Z", "+00:00"))
                      for t in self.columns.pop("time")]
        self.columns = {name: [int(v) for v in values] for name, values in self.columns.items()}

    def base(self, scope, t):
        phases = (1, 2, 3) if scope == 0 else (scope,)
        return sum(self.columns[f"base_{p}_w"][t] for p in phases)


def covers(world, loads, minutes, t):
    """The sets of loads of which one at least has to be off in this minute; none if all fits."""
    found = set()
    for scope, va in world.limits:
        draws = [(i, load.watts * world.share(load, scope) * load.wants[t] / 60)
                 for i, load in enumerate(loads)]
        draws = [(i, watts) for i, watts in draws if watts > 0]
        excess = minutes.base(scope, t) + sum(watts for _, watts in draws) - va * world.factor
        if excess <= 0 or not draws:
            continue
        for count in range(1, len(draws) + 1):
            for chosen in itertools.combinations(draws, count):
                names = frozenset(i for i, _ in chosen)
                rest = sum(watts for i, watts in draws if i not in names)
                if rest < min(excess, sum(w for _, w in draws)) and not any(f <= names for f in found):
                    found.add(names)
    return frozenset(found)


def offs_of(load, begin, end):
    """The times off of the engine: [from, to), by its orders. All are on at begin."""
    off, since, found = False, begin, []
    for t in range(begin, end):
        for _ in range(load.switched[t]):
            if off and since <= t:
                found.append((since, t + 1))
            off, since = not off, max(t, found[-1][1] if found else t)
    if off and since < end:
        found.append((since, end))
    return found


class Problem:
    def __init__(self, world, loads, minutes, begin, end):
        self.loads = loads
        self.own = [offs_of(load, begin, end) for load in loads]
        off = [{t for a, b in own for t in range(a, b)} for own in self.own]
        self.needs = []
        for t in range(begin, end):
            sets = frozenset(names for names in covers(world, loads, minutes, t)
                             if any(t in off[i] for i in names))
            if sets:
                self.needs.append((t, sets))
        self.begin, self.end = begin, end
        self.engine = sum(sum(load.switched[begin:end]) for load in loads)
        self.intervals = [self.offs(load, i) for i, load in enumerate(loads)]

    def edges(self):
        """Where an off may begin, and end: where what has to be shed changes."""
        begins, ends, last, length = [], [], None, 0
        for t, sets in self.needs:
            goes_on = last and last[0] == t - 1 and last[1] == sets and length < PIECE
            if not goes_on:
                begins.append(t)
                if last:
                    ends.append(last[0] + 1)
                length = 0
            length += 1
            last = (t, sets)
        if last:
            ends.append(last[0] + 1)
        return begins, ends

    def offs(self, load, i):
        begins, ends = self.edges()
        own = self.own[i]
        longest = max([load.longest] + [b - a + 1 for a, b in own])
        concerned = {t for t, sets in self.needs if any(i in names for names in sets)}
        found = set()
        for a in begins:
            for b in ends:
                if a < b <= a + longest and a in concerned and b - 1 in concerned:
                    found.add((a, min(max(b, a + load.off_min), self.end)))
        found.update(own)
        return sorted(found)

    def rows(self):
        at = [{} for _ in self.loads]
        for i, intervals in enumerate(self.intervals):
            for n, (a, b) in enumerate(intervals):
                for t in range(a, b):
                    at[i].setdefault(t, []).append(f"z{i}_{n}")
        said = set()
        for t, sets in self.needs:
            for names in sets:
                terms = [z for i in sorted(names) for z in at[i].get(t, [])]
                said.add(" + ".join(terms) + " >= 1")
        for i, load in enumerate(self.loads):
            for t in sorted(at[i]):  # never two at once; one right after the other is on for a moment
                said.add(" + ".join(at[i][t]) + " <= 1")
            lost = sum(load.wants[self.begin:self.end]) - sum(load.served[self.begin:self.end])
            terms = [f"{sum(load.wants[a:b])} z{i}_{n}" for n, (a, b) in enumerate(self.intervals[i])]
            if terms:  # orders fall within a minute: so much of it is not known
                said.add(" + ".join(terms) + f" <= {lost + 60 * (1 + len(self.own[i]))}")
        return sorted(said)

    def solve(self, folder):
        """The fewest switchings, and True; below them for sure, and False, if CBC was not done in time."""
        names = [f"z{i}_{n}" for i, found in enumerate(self.intervals) for n in range(len(found))]
        if not self.needs:
            return 0, True
        path = os.path.join(folder, "day.lp")
        with open(path, "w", encoding="ascii") as out:
            out.write("Minimize\n obj: " + fold(" + ".join(f"2 {z}" for z in names)) + "\nSubject To\n")
            for k, row in enumerate(self.rows()):
                out.write(f" r{k}: {fold(row)}\n")
            out.write("Binary\n" + fold(" ".join(names)) + "\nEnd\n")
        said = subprocess.run(["cbc", path, "-sec", str(SECONDS), "-solve"], text=True,
                              capture_output=True, timeout=20 * SECONDS, check=False).stdout
        value = re.search(r"^Objective value:\s+(\S+)", said, re.M)
        assert value or "Stopped on time" in said, "the engine's own is a schedule: " + said[-500:]
        if "Optimal solution found" in said:
            return round(float(value.group(1))), True
        bound = re.search(r"^Lower bound:\s+(\S+)", said, re.M)
        return (math.ceil(float(bound.group(1)) - 1e-6) if bound else 0), False


def fold(text):
    words, lines = text.split(" "), []
    for n in range(0, len(words), 24):
        lines.append(" ".join(words[n:n + 24]))
    return "\n  ".join(lines)


def days_of(loads, minutes):
    """[begin, end) of days that begin and end while all loads are on and nothing is too much."""
    off = [False] * len(loads)
    cuts, day = [], None
    for t, time in enumerate(minutes.times):
        quiet = not any(off) and not any(load.switched[t] for load in loads)
        if quiet and CUT_FROM <= time.hour < CUT_TO and day != time.date():
            cuts.append(t)
            day = time.date()
        for i, load in enumerate(loads):
            if load.switched[t] % 2:
                off[i] = not off[i]
    return list(zip(cuts, cuts[1:]))


def compare(program, path, days, seed, folder):
    trace = os.path.join(folder, "minutes.csv")
    subprocess.run([program, "simulate", "--world", path, "--seed", str(seed), "--days", str(days + 2),
                    "--calm", "--trace", trace], check=True, capture_output=True, timeout=300)
    world, minutes = World(path), Minutes(trace)
    loads = [Load(about, minutes.columns) for about in world.about if "never_shed" not in about]
    loads = [load for load in loads if sum(load.served) > 0]  # an interlock may keep one off for ever
    engine = best = 0
    for begin, end in days_of(loads, minutes)[:days]:
        problem = Problem(world, loads, minutes, begin, end)
        fewest, proven = problem.solve(folder)
        print(f"{os.path.basename(path)} {minutes.times[begin]:%Y-%m-%d}: {problem.engine} switchings, "
              f"{fewest} at the least{'' if proven else ' (no answer in time, a bound: not counted)'} "
              f"({sum(map(len, problem.intervals))} variables)", flush=True)
        if not proven:
            continue
        engine += problem.engine
        best += fewest
    return engine, best


def main():
    program, worlds = sys.argv[1], sys.argv[2:]
    days = int(os.environ.get("OHM_WORLD_ORACLE", "2"))
    seed = int(os.environ.get("OHM_WORLD_SEED", SEED))
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in worlds:
            engine, best = compare(program, path, days, seed, folder)
            ratio = engine / best if best else 1.0
            print(f"{os.path.basename(path)}: {engine} switchings, {best} by who knew the days before: "
                  f"{ratio:.2f} times (mark: <= {MOST})")
            if best == 0 or ratio > MOST:
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
