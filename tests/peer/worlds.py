#!/usr/bin/env python3
"""ohmstead simulate --world … --worlds K: worlds on all cores, as a shell sees it.

usage: worlds.py OHMSTEAD"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

OHMSTEAD = ""
WORLDS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "world")
HOUSE, FARM, FLAT, ROOMS = (os.path.join(WORLDS, f"{name}.yaml")
                            for name in ("house", "farm", "flat", "rooms"))
# A stove that draws thrice its plate: once that was seen it can't come back, which the world's watch,
# who goes by the plate, takes ill.
WRONG = """start: 2026-01-01
power_kva: 6
base_w: 100
loads:
  - {id: stove, kind: plug, tier: 1, nominal_w: 3000, draws_w: 9000, on_min_s: 0, off_min_s: 0}
"""
NAME = "no load stays shed after its cause ended"


def simulate(*options):
    done = subprocess.run([OHMSTEAD, "simulate", *options], text=True, capture_output=True, timeout=900,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as own:
        return [int(child) for child in own.read().split()]


def wait_for(what):
    for _ in range(200):
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("did not come in ten seconds")


class WorldsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def start(self, *options):
        run = subprocess.Popen([OHMSTEAD, "simulate", *options], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        self.addCleanup(run.wait)
        self.addCleanup(lambda: run.poll() is None and run.kill())
        return run

    def test_a_range_is_exact_and_the_same_each_time(self):
        ask = ("--world", HOUSE, "--world", FLAT, "--worlds", "5", "--seed", "41", "--days", "2", "--json")
        runs = []
        for _ in range(2):
            status, out, err = simulate(*ask)
            self.assertEqual(status, 0, err)
            lines = [json.loads(line) for line in out.splitlines()]
            runs.append(sorted(lines[:-1], key=lambda line: line["seed"]))
            total = lines[-1]
        self.assertEqual(runs[0], runs[1])
        self.assertEqual([(line["seed"], line["file"]) for line in runs[0]],
                         [(41 + i, (HOUSE, FLAT)[i % 2]) for i in range(5)])
        self.assertEqual((total["worlds"], total["worlds_asked"], total["violated"]), (5, 5, 0))
        for key in ("asserted", "switchings", "events"):
            self.assertEqual(total[key], sum(line[key] for line in runs[0]), key)
            self.assertGreater(total[key], 0)
        self.assertEqual(total["release_s_max"], max(line["release_s_max"] for line in runs[0]))
        alone = json.loads(simulate("--world", HOUSE, "--seed", "43", "--days", "2", "--json")[1])
        self.assertEqual(alone, runs[0][2])

    def test_seeds_are_fresh(self):
        seen = []
        for _ in range(2):
            status, out, err = simulate("--world", HOUSE, "--worlds", "2", "--days", "1")
            self.assertEqual(status, 0, err)
            told = re.search(r"again: ohmstead (simulate .*)", err).group(1)
            self.assertEqual(simulate(*told.split()[1:])[0], 0)
            seen.append(re.search(r"\(seeds (\d+) to (\d+)\)", out).groups())
        first, second = seen
        self.assertEqual(int(first[1]), int(first[0]) + 1)
        self.assertNotEqual(first, second)

    def test_what_breaks_is_told_with_how_to_see_it_again(self):
        path = self.write("wrong.yaml", WRONG)
        status, out, err = simulate("--world", path, "--world", HOUSE, "--worlds", "4", "--seed", "5",
                                    "--days", "3")
        self.assertEqual(status, 1)
        self.assertEqual(err.splitlines()[-1], NAME)
        self.assertIn("2 worlds violated one", out)
        again = re.findall(r"to see it again: ohmstead (simulate .*)\)", err)
        self.assertEqual(sorted(re.findall(r"--seed (\d+)", " ".join(again))), ["5", "7"])
        for command in again:
            status, _, err = simulate(*command.split()[1:])
            self.assertEqual((status, err.splitlines()[-1]), (1, NAME))

    def test_an_abort_costs_its_own_world(self):
        run = self.start("--world", HOUSE, "--worlds", "2", "--days", "365")
        workers = wait_for(lambda: children(run.pid))
        time.sleep(0.5)
        os.kill(workers[0], signal.SIGABRT)
        out, err = run.communicate(timeout=300)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(err.splitlines()[-1], "the engine does not abort")
        self.assertIn("1.0 world-years in 1 of 2 worlds", out)
        self.assertRegex(err, r"to see it again: ohmstead simulate --world \S+ --seed \d+ --days 365\)")

    def test_interrupted_it_says_what_was_done(self):
        for sign in (signal.SIGINT, signal.SIGTERM):
            run = self.start("--world", HOUSE, "--worlds", "1000", "--days", "30")
            workers = wait_for(lambda: children(run.pid))
            time.sleep(2)
            run.send_signal(sign)
            out, err = run.communicate(timeout=20)
            self.assertEqual(run.returncode, 130, err)
            done = int(re.search(r" in (\d+) of 1000 worlds", out).group(1))
            self.assertLess(done, 1000)
            self.assertIn("0 worlds violated one", out)
            for pid in workers:
                self.assertFalse(os.path.exists(f"/proc/{pid}"), pid)

    def test_what_happened_is_counted(self):
        status, out, err = simulate("--world", HOUSE, "--worlds", "2", "--seed", "3", "--days", "60",
                                    "--faults")
        self.assertEqual(status, 0, err)
        rows = [line.split() for line in out.splitlines() if line.startswith("  fault ")]
        with open(HOUSE, encoding="utf-8") as world:
            drawn = re.findall(r"^  (\w+): [1-9]\d*$", world.read().split("faults:")[1], re.M)
        self.assertEqual(sorted(row[1] for row in rows if int(row[2])), sorted(drawn))
        for row in rows:
            self.assertAlmostEqual(float(row[3]), int(row[2]) * 365 / 120, delta=0.006)

    def test_all_that_can_go_wrong_does(self):
        status, out, err = simulate("--world", HOUSE, "--world", FARM, "--world", FLAT, "--world",
                                    ROOMS, "--seed", "9", "--days", "200", "--faults", "--json")
        self.assertEqual(status, 0, err)
        counts = json.loads(out.splitlines()[-1])["counts"]
        for group in ("fault", "deed", "command", "switched_by"):
            never = [name for name, times in counts[group].items() if times == 0]
            self.assertEqual(never, [], group)
        for name in ("meter_lost meter_back register_backwards register_jump register_accepted signal_stale "
                     "output_failed output_back clock_unset clock_set clock_jump stopped limit_uncovered "
                     "on_min_broken shed_max_broken effect limit_ended no_effect shed_day_spent zone_lost "
                     "zone_back zone_still rules rule_armed rule_disarmed rule_removed override_ended "
                     "command_refused").split():
            self.assertGreater(counts["journal"][name], 0, name)

    def test_bad_input(self):
        house = ("--world", HOUSE)
        for options, words in ((("--world",), "a value is missing"),
                               ((*house, "--worlds", "0"), "not a number of worlds"),
                               ((*house, "--worlds", "many"), "not a number of worlds"),
                               ((*house, "--seed", "0"), "not a seed"),
                               ((*house, "--years", "0"), "not a number of years"),
                               ((*house, "--years", "2", "--days", "3"), "exclude each other"),
                               ((*house, *house, "--worlds", "1"), "fewer worlds than files"),
                               ((*house, "--worlds", "2", "--print"), "is of one world"),
                               ((*house, "--worlds", "2", "--trace", "x"), "is of one world")):
            status, out, err = simulate(*options)
            self.assertEqual((status, out), (2, ""), options)
            self.assertIn(words, err)
        status, out, err = simulate(*house, "--world", os.path.join(self.folder, "none.yaml"))
        self.assertEqual((status, out), (1, ""))
        self.assertIn("none.yaml", err)
        status, _, err = simulate(*house, "--days", "1", "--trace", os.path.join(self.folder, "no", "x"))
        self.assertEqual(status, 1)
        self.assertIn("can't be written", err)


if __name__ == "__main__":
    OHMSTEAD = sys.argv.pop(1)
    unittest.main()
