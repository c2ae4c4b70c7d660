#!/usr/bin/env python3
"""Every test, in lanes that share the machine; ends with one line "N passed, N failed".

usage: test.py [--list] [--coverage] [--fuzz-seconds N] [LANE...]
       test.py --built FOLDER [--slow N]    only the tests of a Meson folder (./dev cross)

A lane is a list of steps that run one after the other; all lanes run side by side. What costs the
processors, the builds, goes one after the other; what mostly waits, the tests of what is built, runs
meanwhile. What a lane prints goes to build/test/<lane>.log; the terminal gets a line a lane, and the
end of the log of one that failed.
Run by ./dev as an ordinary user from the top of a tree that this user owns."""
import argparse
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

TOP = os.getcwd()
OUT = os.path.join(TOP, "build", "test")
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "OHM_SANITIZED": "1",  # for the tests that measure memory
    "TSAN_OPTIONS": "halt_on_error=0:exitcode=66:second_deadlock_stack=1",
}
# Percent, of the lane --coverage: lines of all pure rooms, branches of control and engine.
LINES_MIN, BRANCHES_MIN = 90, 95


class Lane:
    """One lane: its log, and its counts."""

    def __init__(self, name):
        self.name = name
        self.lock = threading.Lock()  # steps of one lane may run side by side
        self.passed = self.failed = self.skipped = 0
        self.notes = []
        os.makedirs(OUT, exist_ok=True)
        self.log_path = os.path.join(OUT, name + ".log")
        self.log = open(self.log_path, "w", encoding="utf-8", errors="replace")

    def run(self, argv, env=None, timeout=1800, cwd=TOP):
        """A command, its output to the log. Returns its status and its output."""
        start = time.monotonic()
        spent = 0.0
        try:
            child = subprocess.Popen(argv, cwd=cwd, env={**os.environ, **(env or {})},
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True, errors="replace")
            status, text, spent = listen(child, timeout)
        except OSError as error:
            status, text = 127, f"{error}\n"
        with self.lock:
            self.log.write("$ " + " ".join(argv) + "\n" + text +
                           f"[exit {status} after {time.monotonic() - start:.0f} s, "
                           f"{spent:.0f} s of processor]\n")
            self.log.flush()
        return status, text

    def check(self, argv, **options):
        """A command that is one test: 0 passed, 77 skipped, anything else failed."""
        status, text = self.run(argv, **options)
        with self.lock:
            self.count(argv, status, text)
        return status in (0, 77)

    def count(self, argv, status, text):
        counts = re.findall(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", text,
                            re.M)
        if counts:
            passed, failed, skipped = (int(n or 0) for n in counts[-1])
            self.passed += passed
            self.skipped += skipped
            self.failed += max(failed, 1) if status not in (0, 77) else failed
        elif status == 0:
            self.passed += 1
        elif status == 77:
            self.skipped += 1
            self.notes.append("skipped: " + " ".join(argv[-1:]) + ": " + last_line(text))
        else:
            self.failed += 1
        if status not in (0, 77):
            self.notes.append("failed: " + " ".join(argv)[:160])

    def need(self, argv, **options):
        """A step that the rest of the lane stands on: no test, but a failure if it fails."""
        status, _ = self.run(argv, **options)
        if status != 0:
            self.failed += 1
            self.notes.append("failed: " + " ".join(argv)[:160])
            raise Stop
        return True


def listen(child, timeout):
    """A command to its end: its status (124: ended by us, it took too long), what it printed, and
    the seconds of processor that it and all it waited for took."""
    late = threading.Event()

    def end():
        late.set()
        child.kill()

    timer = threading.Timer(timeout, end)
    timer.start()
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    timer.cancel()
    child.stdout.close()
    child.returncode = 124 if late.is_set() else os.waitstatus_to_exitcode(status)
    if late.is_set():
        text += "\nended: took too long\n"
    return child.returncode, text, usage.ru_utime + usage.ru_stime


class Stop(Exception):
    """The lane cannot go on."""


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


SANITIZED = ["-Dpage=false", "-Ddebug=true", "-Db_lundef=false"]
BUILDS = {  # folder below build/test, in the order they are made: its compiler and options
    "release": ("gcc", ["--buildtype=release", "-Doptimization=2", "-Dpage=true"]),
    # What UBSan finds ends the program (code that went on would be a fifth more to compile); a
    # pointer that is NULL is found by ASan where it is used.
    "asan": ("clang-14", [*SANITIZED, "-Doptimization=1", "-Dfuzz=true",
                          "-Db_sanitize=address,undefined",
                          "-Dc_args=-g1 -fno-sanitize-recover=all -fno-sanitize=null"]),
    # Warnings are the others' to fail on: where nothing is optimised gcc knows fewer lengths. Threads
    # that count in one place at once count backwards now and then, which ends gcovr.
    "coverage": ("gcc", ["-Dpage=false", "--buildtype=debug", "-Db_coverage=true",
                         "-Dwerror=false", "-Dc_args=-fprofile-update=atomic"]),
    # What has threads mostly waits: not optimised, it compiles in half the time.
    "tsan": ("clang-14", [*SANITIZED, "-Doptimization=0", "-Dc_args=-g1", "-Db_sanitize=thread"]),
}


class Builder:
    """Makes the Meson folders that the lanes stand on, one after the other, in the order of BUILDS:
    first what the page's tests wait for, which take longest and mostly wait."""

    def __init__(self, names):
        self.futures = {name: concurrent.futures.Future() for name in BUILDS if name in names}

    def folder(self, name):
        """The path of a built folder, once it is there."""
        if not self.futures[name].result():
            raise Stop  # which the build's own line tells
        return os.path.join(OUT, name)

    def run(self, lane, pool):
        """Everything that the lanes wait for; the page meanwhile, for the build that holds it."""
        page = pool.submit(self.page, lane) if "release" in self.futures else None
        try:
            for name, future in self.futures.items():
                try:
                    if name == "release" and not page.result():
                        raise Stop
                    self.build(lane, name)
                    future.set_result(True)
                except Stop:
                    future.set_result(False)
        finally:  # whatever happens, nobody waits for ever
            for future in self.futures.values():
                if not future.done():
                    future.set_result(False)

    @staticmethod
    def page(lane):
        try:
            return lane.need(["bash", "-c", ". scripts/common.sh && build_page"])
        except Stop:
            return False

    @staticmethod
    def build(lane, name):
        """Set up again if the options changed; what is up to date is not made again."""
        compiler, options = BUILDS[name]
        folder = os.path.join(OUT, name)
        stamp = os.path.join(folder, ".options")
        wanted = " ".join([compiler, *options])
        try:
            with open(stamp, encoding="utf-8") as had:
                fresh = had.read() == wanted
        except OSError:
            fresh = False
        if not fresh:
            shutil.rmtree(folder, ignore_errors=True)
            lane.need(["meson", "setup", *options, folder], env={"CC": compiler})
            with open(stamp, "w", encoding="utf-8") as note:
                note.write(wanted)
        lane.need(["ninja", "-C", folder, "-j", str(os.cpu_count())])


def side_by_side(*steps):
    """Steps of one lane that need not wait for one another."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(steps)) as pool:
        for done in [pool.submit(step) for step in steps]:
            done.result()


def meson_tests(lane, folder, suites=(), without=(), slow=1, env=None, wrapper=None):
    """meson test; cmocka's own counts are summed from its log, since Meson counts programs. More
    at a time than there are processors: many wait."""
    argv = ["meson", "test", "-C", folder, "--no-rebuild", "-t", str(slow), "--num-processes",
            str(os.cpu_count() + 2)]
    if wrapper:
        argv += ["--wrapper", wrapper]
    for suite in suites:
        argv += ["--suite", suite]
    for suite in without:
        argv += ["--no-suite", suite]
    logs = os.path.join(folder, "meson-logs", "testlog*.json")
    for old in glob.glob(logs):
        os.remove(old)
    lane.run(argv, env=env, timeout=3600)
    rows = []
    for path in glob.glob(logs):
        with open(path, encoding="utf-8", errors="replace") as log:
            rows += [json.loads(line) for line in log if line.strip()]
    if not rows:
        lane.failed += 1
        lane.notes.append("no test ran in " + folder)
    slowest = sorted(rows, key=lambda row: -row["duration"])[:12]
    with lane.lock:
        lane.log.write("slowest: " + ", ".join(f"{row['name']} {row['duration']:.0f} s"
                                               for row in slowest) + "\n")
        for row in rows:
            count_program(lane, row)


def count_program(lane, row):
    """One program's row of Meson's log: cmocka's counts, or one test where it prints none."""
    text = row.get("stdout", "") + "\n" + row.get("stderr", "")
    passed = sum(int(n) for n in re.findall(r"^\[  PASSED  \] (\d+) test\(s\)\.", text, re.M))
    failed = sum(int(n) for n in re.findall(r"^\[  FAILED  \] (?:\w+: )?(\d+) test\(s\)", text,
                                            re.M))
    skipped = sum(int(n) for n in re.findall(r"^\[  SKIPPED \] (?:\w+: )?(\d+) test\(s\)", text,
                                             re.M))
    good = row["result"] in ("OK", "EXPECTEDFAIL")
    if row["result"] == "SKIP":
        skipped = max(skipped, 1)
        lane.notes.append("skipped: " + row["name"] + ": " + last_line(text))
    elif good and passed + skipped == 0:
        passed = 1
    elif not good:
        failed = max(failed, 1)
        lane.notes.append(f"failed: {row['name']} ({row['result']})")
        lane.log.write(f"---- {row['name']}\n{text}\n----\n")
    lane.passed += passed
    lane.failed += failed
    lane.skipped += skipped


# --- the lanes -----------------------------------------------------------------------------------

def lane_static(lane, _):
    """What needs no build: formatting, the rooms' arrows, scripts."""
    sources = sorted(path for root in ("src", "tests", "bench")
                     for path in glob.glob(root + "/**/*.[ch]", recursive=True))
    lane.check(["clang-format-14", "--dry-run", "-Werror", *sources])
    lane.check([sys.executable, "tests/tools/check_arrows.py", "--self-test"])
    lane.check([sys.executable, "tests/tools/check_arrows.py", "."])
    lane.check([sys.executable, "tests/tools/lint_openapi.py", "--self-test"])
    lane.check([sys.executable, "tests/tools/lint_openapi.py", "data/api/openapi.json"])
    lane.check([sys.executable, "scripts/test.py", "--self-test"])
    for script in ["dev", ".ci/run", *sorted(glob.glob("scripts/*.sh"))]:
        lane.check(["bash", "-n", script])


def lane_plain(lane, options):
    """gcc, as released but with the tests: unit, property, corpus, worlds; of the peers those that
    can't run with a sanitizer (the others are ASan's, and the page's lane); then the symbols."""
    if options.coverage:
        folder = options.builder.folder("coverage")  # a program of one's own lacks gcov's run time
        meson_tests(lane, folder, without=("bare",), slow=2)
        coverage(lane, folder)
    else:
        folder = options.builder.folder("release")
        meson_tests(lane, folder, without=("peer",), slow=2)
        meson_tests(lane, folder, ("bare",), slow=2)
        lane.check([sys.executable, "tests/tools/check_arrows.py", ".", "--symbols",
                    os.path.join(folder, "src")])


def coverage(lane, folder):
    """Lines covered in the pure rooms, and branches in those that decide: not fewer than these."""
    status, text = lane.run(["meson", "introspect", "--targets", folder])
    rooms = subprocess.run([sys.executable, "tests/tools/check_arrows.py", "--pure-rooms"],
                           capture_output=True, text=True, check=True).stdout.split()
    filters = [word for room in rooms for word in ("--filter", f"src/{room}/")]
    report = os.path.join(OUT, "coverage.txt")
    lane.check(["gcovr", "--root", ".", *filters, "--fail-under-line", str(LINES_MIN),
                "--txt", report, folder])
    with open(report, encoding="utf-8") as lines:
        total = [line for line in lines if line.startswith("TOTAL")]
    branches = os.path.join(OUT, "coverage-branches.txt")  # an assertion's other one is never taken
    lane.check(["gcovr", "--root", ".", "--filter", "src/control/", "--filter", "src/engine/",
                "--branches", "--exclude-throw-branches", "--exclude-lines-by-pattern",
                r".*(assert|OHM_INVARIANT)\(.*", "--fail-under-branch", str(BRANCHES_MIN),
                "--txt", branches, folder])
    with open(branches, encoding="utf-8") as lines:
        decides = [line for line in lines if line.startswith("TOTAL")]
    lane.notes.append("coverage of control and engine: " +
                      (decides[-1].split()[-1] if decides else "?") + " of branches (" +
                      os.path.relpath(branches, TOP) + ")")
    lane.notes.append("coverage of the pure rooms: " + (total[-1].split()[-1] if total else "?") +
                      " of lines (" + os.path.relpath(report, TOP) + ")")


def lane_asan(lane, options):
    """clang with ASan and UBSan: the same tests, then each fuzz target for seconds."""
    folder = options.builder.folder("asan")
    env = {**SANITIZERS, "OHMSTEAD": folder + "/src/ohmstead"}
    side_by_side(lambda: meson_tests(lane, folder, slow=6, env=SANITIZERS),
                 lambda: peers(lane, env))
    lane.check(["bash", "scripts/fuzz.sh", "--built", folder, str(options.fuzz_seconds)],
               env=SANITIZERS)


def lane_tsan(lane, options):
    """clang with TSan: what has threads, which is every room but the pure ones."""
    folder = options.builder.folder("tsan")
    # clang 14's TSan does not know the wide address randomisation of newer kernels.
    steady = ["setarch", "-R"] if lane.run(["setarch", "-R", "true"])[0] == 0 else []
    daemon = folder + "/src/ohmstead"
    if steady:
        daemon = os.path.join(folder, "ohmstead")
        with open(daemon, "w", encoding="ascii") as script:
            script.write(f'#!/bin/sh\nexec setarch -R {folder}/src/ohmstead "$@"\n')
        os.chmod(daemon, 0o755)
    side_by_side(lambda: meson_tests(lane, folder, ("unit",), ("pure",), slow=10, env=SANITIZERS,
                                     wrapper=" ".join(steady)),
                 lambda: peers(lane, {**SANITIZERS, "OHMSTEAD": daemon}, ("serve",)))


def lane_page(lane, options):
    """The release with its page: the page's own tests, and the daemon with real peers."""
    env = {"OHMSTEAD": options.builder.folder("release") + "/src/ohmstead"}
    web = os.path.join(TOP, "web")

    def page():
        lane.check(["npm", "run", "--silent", "lint"], cwd=web)
        lane.check(["npm", "test", "--silent"], cwd=web)
        lane.check(["npm", "run", "--silent", "test:page"], cwd=web, env=env, timeout=1200)

    side_by_side(lambda: peers(lane, env), page)


def peers(lane, env, names=("*",)):
    """The daemon as others see it, over sockets and ports: each script counts its own tests."""
    for name in names:
        for script in sorted(glob.glob(f"tests/peer/test_{name}.py")):
            lane.check([sys.executable, script], env=env, timeout=600)


SELF_TESTS = [
    # why, Meson's row, passed, failed, skipped
    ("cmocka's counts", {"result": "OK", "stderr": "[  PASSED  ] 5 test(s).\n"}, 5, 0, 0),
    ("two groups in one program",
     {"result": "OK", "stderr": "[  PASSED  ] 5 test(s).\n[  PASSED  ] 2 test(s).\n"}, 7, 0, 0),
    ("a failure among them", {"result": "FAIL", "stderr":
     "[  PASSED  ] 4 test(s).\n[  FAILED  ] 2 test(s), listed below:\n"}, 4, 2, 0),
    ("a skip among them", {"result": "OK", "stderr":
     "[  PASSED  ] 4 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n"}, 4, 0, 1),
    ("a crash before any word", {"result": "FAIL", "stderr": ""}, 0, 1, 0),
    ("a crash after some passed", {"result": "FAIL", "stderr": "[  PASSED  ] 4 test(s).\n"},
     4, 1, 0),
    ("time ran out", {"result": "TIMEOUT"}, 0, 1, 0),
    ("a program without cmocka", {"result": "OK", "stdout": "fine\n"}, 1, 0, 0),
    ("a skipped program", {"result": "SKIP", "stdout": "no corpus\n"}, 0, 0, 1),
]


def self_test():
    """The counting, counted: a runner that misses failures is worse than none."""
    good = 0
    for why, row, *wanted in SELF_TESTS:
        lane = Lane("self-test")
        count_program(lane, {"name": why, **row})
        got = [lane.passed, lane.failed, lane.skipped]
        good += got == wanted
        if got != wanted:
            print(f"self-test: {why}: wanted {wanted}, got {got}")
    print(f"{good} passed, {len(SELF_TESTS) - good} failed")
    return 0 if good == len(SELF_TESTS) else 1


def lane_built(lane, options):
    """The unit and property tests of a folder that somebody else built, perhaps for another
    machine: fewer rounds, and no script that starts programs of that folder."""
    meson_tests(lane, os.path.abspath(options.built), ("unit", "property"), ("peer",),
                slow=options.slow, env={"OHM_SANITIZED": "1"})


LANES = {"static": lane_static, "page": lane_page, "plain": lane_plain, "asan": lane_asan,
         "tsan": lane_tsan}
STANDS_ON = {"page": "release", "plain": "release", "asan": "asan", "tsan": "tsan"}
PRINTING = threading.Lock()


def run_lane(name, work):
    lane = Lane(name)
    start = time.monotonic()
    try:
        work(lane)
    except Stop:
        pass
    except Exception as error:  # a lane that breaks is a failure, never a silence
        lane.failed += 1
        lane.notes.append(f"the runner broke: {error!r}")
    lane.log.close()
    with PRINTING:
        skipped = f", {lane.skipped} skipped" if lane.skipped else ""
        print(f"== {name}: {lane.passed} passed, {lane.failed} failed{skipped} "
              f"after {time.monotonic() - start:.0f} s")
        for note in lane.notes:
            print("   " + note)
        if lane.failed:
            with open(lane.log_path, encoding="utf-8", errors="replace") as log:
                print("".join(log.readlines()[-80:]))
            print("   whole log: " + lane.log_path)
        sys.stdout.flush()
    return lane


def run_lanes(names, options):
    """All at once, and what builds for them, as a lane of its own."""
    folders = {"coverage" if options.coverage and name == "plain" else STANDS_ON.get(name)
               for name in names}
    builder = options.builder = Builder(folders)
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(names) + 2) as pool:
        running = [pool.submit(run_lane, name, lambda lane: LANES.get(lane.name, lane_built)(
            lane, options)) for name in names]
        if builder.futures:
            running.append(pool.submit(run_lane, "build", lambda lane: builder.run(lane, pool)))
        return [lane.result() for lane in running]


def main():
    words = argparse.ArgumentParser(prog="./dev test")
    words.add_argument("--list", action="store_true", help="name the lanes")
    words.add_argument("--coverage", action="store_true", help="coverage of the pure rooms")
    words.add_argument("--fuzz-seconds", type=int, default=1, help="for each fuzz target")
    words.add_argument("--self-test", action="store_true", help="check the counting itself")
    words.add_argument("--built", metavar="FOLDER", help="run only this Meson folder's tests")
    words.add_argument("--slow", type=int, default=1, help="time limits times N, with --built")
    words.add_argument("lanes", nargs="*", metavar="LANE")
    options = words.parse_args()
    if options.self_test:
        return self_test()
    if options.list:
        for name, run in LANES.items():
            print(f"{name:8} {run.__doc__}")
        return 0
    unknown = [name for name in options.lanes if name not in LANES]
    if unknown:
        words.error("no such lane: " + ", ".join(unknown))
    names = options.lanes or (["plain"] if options.coverage else list(LANES))
    if options.built:
        names = ["built"]
    if "OHM_CORPUS" not in os.environ:
        print("   no corpus at hand (OHM_CORPUS): the tests on public captures will be skipped")
    lanes = run_lanes(names, options)
    passed, failed, skipped = (sum(getattr(lane, what) for lane in lanes)
                               for what in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
