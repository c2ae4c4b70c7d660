#!/usr/bin/env python3
"""A daemon that ends when nobody asked it to, with a coil of pymodbus and a switch behind Mosquitto:
its outputs go to their fail-safe states, it is written down, and a crash loop ends in a safe mode.

usage: supervisor.py OHMSTEAD HANG_SHIM PHIDGET_LIBRARY"""
import glob
import os
import signal
import socket
import subprocess
import sys

os.environ["OHMSTEAD"] = os.path.abspath(sys.argv[1])
os.environ.setdefault("PUSH_E450", "")
SHIM = os.path.abspath(sys.argv[2])
os.environ["OHMSTEAD_PHIDGET22"] = os.path.abspath(sys.argv[3])

from broker import free_port  # noqa: E402
from daemon import check, main, wait_for  # noqa: E402
from meter_line import COOKIES, change, read, sign_in  # noqa: E402
from relay_world import World, coil, is_so, override, speaks  # noqa: E402


def children(pid):
    """Of any of its threads."""
    found = []
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(task, encoding="ascii") as words:
                found += [int(word) for word in words.read().split()]
        except OSError:
            pass  # a thread that has ended
    return found


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return ") Z" not in stat.read()
    except OSError:
        return False


def both_energised(world, house):
    """Both loads are shed, which is not where they are safe."""
    speaks(world, house)
    for name in ("heater", "boiler"):
        override(house, name, "shed")
        is_so(house, name, "shed", "ok")
    wait_for("both to be energised", 30, lambda: world.switch.on and coil(world.port))


def verb(world, *words):
    return subprocess.run([os.environ["OHMSTEAD"], *words, "--state",
                           os.path.join(world.folder, "state")],
                          capture_output=True, text=True, timeout=300, check=False)


def both_released(world):
    wait_for("both to be released", 60, lambda: not world.switch.on and not coil(world.port))


def supervisor_of(house):
    return children(house.process.pid)[0]


def ends_by(world, house, how):
    """Kills it; its outputs are safe, and its supervisor ends."""
    watching = supervisor_of(house)
    both_energised(world, house)
    check(house.stop(how) == -how, "it is the daemon that was started")
    both_released(world)
    wait_for("the supervisor to end", 60, lambda: not is_alive(watching))
    house.says("outputs=restored")


def an_abort_leaves_the_outputs_safe():
    with World() as world:
        with world.serve() as house:
            ends_by(world, house, signal.SIGSEGV)
            house.says("cause=fault signal=SIGSEGV")
        with world.serve() as house:  # killed from outside
            ends_by(world, house, signal.SIGKILL)
            house.says("cause=killed")
        with world.serve() as house:
            ends_by(world, house, signal.SIGABRT)
            house.says("next_start=normal")
        with world.serve() as house:
            watching = supervisor_of(house)
            check(house.stop() == 0, "stops")
            check(not is_alive(watching), "nobody is left")
            check(not any("daemon aborted" in line for line in house.lines), house.lines)


def a_record_that_cannot_be_written_changes_nothing():
    with World() as world:
        with world.serve() as house:
            record = os.path.join(world.folder, "state", "aborts")
            os.remove(record)
            os.mkdir(record)
            ends_by(world, house, signal.SIGBUS)
            house.says("abort not written down")
        os.rmdir(record)
        with world.serve() as house:
            lock = os.path.join(world.folder, "state", "outputs.lock")
            os.remove(lock)
            os.mkdir(lock)  # a card that gives nothing back: nobody else can have the outputs
            ends_by(world, house, signal.SIGBUS)
            house.says("outputs: no lock")


def one_that_hangs_is_ended():
    with World() as world:
        flag = os.path.join(world.folder, "hang")
        env = {"LD_PRELOAD": SHIM, "OHM_TEST_HANG": flag}
        with world.serve(env=env, options=["--hang", "8"]) as house:
            both_energised(world, house)
            os.kill(house.process.pid, signal.SIGSTOP)  # by a person: that is no hang
            with open(flag, "w", encoding="ascii") as out:
                out.write(str(house.process.pid))
            os.kill(house.process.pid, signal.SIGCONT)
            wait_for("its end", 60, lambda: house.process.poll() is not None)
            both_released(world)
            house.says("cause=hung signal=SIGABRT")


def one_that_cannot_be_killed_has_its_outputs_restored():
    """Its end is not seen, and its lock stays: as when the kernel waits for a dying card."""
    with World() as world:
        flag = os.path.join(world.folder, "hang")
        env = {"LD_PRELOAD": SHIM, "OHM_TEST_HANG": flag}
        with world.serve(env=env, options=["--hang", "4"]) as house:
            both_energised(world, house)
            with open(flag + ".new", "w", encoding="ascii") as out:
                out.write(f"hold {house.process.pid}")
            os.rename(flag + ".new", flag)
            house.says("daemon does not end")
            both_released(world)
            house.says("outputs=restored")
            os.remove(flag)


def one_that_hangs_while_it_stops_is_ended():
    with World() as world:
        flag = os.path.join(world.folder, "hang")
        env = {"LD_PRELOAD": SHIM, "OHM_TEST_HANG": flag}
        with world.serve(env=env, options=["--hang", "4"]) as house:
            both_energised(world, house)
            house.process.send_signal(signal.SIGTERM)
            house.says("loads come back first")
            with open(flag, "w", encoding="ascii") as out:
                out.write(str(house.process.pid))
            wait_for("its end", 90, lambda: house.process.poll() is not None)
            both_released(world)
            house.says("cause=hung signal=SIGABRT")


def a_stack_that_is_used_up_is_a_fault():
    """But of a library's thread, which has no other stack to say so on: its outputs are safe all the
    same, and who is above sees the signal."""
    for thread, said in (("main", "cause=fault signal=SIGSEGV"), ("other", "cause=fault signal=SIGSEGV"),
                         ("foreign", "cause=killed signal=unknown")):
        with World() as world:
            flag = os.path.join(world.folder, "hang")
            env = {"LD_PRELOAD": SHIM, "OHM_TEST_HANG": flag}
            with world.serve(env=env) as house:
                both_energised(world, house)
                with open(flag + ".new", "w", encoding="ascii") as out:
                    out.write(f"{thread} {house.process.pid}")
                os.rename(flag + ".new", flag)
                wait_for("its end", 60, lambda: house.process.poll() is not None)
                both_released(world)
                house.says(said)


def one_board_that_fails_is_no_other_s():
    """The library of the first one crashes: the others are brought to their states all the same."""
    with World() as world:
        with open(world.config, encoding="utf-8") as old:
            text = old.read()
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(text.replace("boards:\n", "boards:\n  - {id: box, driver: phidget, serial: 1017}\n")
                      + "  - {id: pump, nominal_w: 500, output: {board: box, channel: 2, contact: NC}}\n")
        fake = {"PHIDGET22_FAKE": world.folder}
        with open(os.path.join(world.folder, "attached"), "w", encoding="ascii"):
            pass
        with world.serve(env=fake) as house:
            both_energised(world, house)
            with open(os.path.join(world.folder, "crash"), "w", encoding="ascii"):
                pass
            house.stop(signal.SIGSEGV)
            both_released(world)
            house.says("failsafe board=box ended by signal=6")
            house.says("outputs=partly")


def edited(world, back=False):
    """The boiler's coil is another one by now, in the file."""
    old, new = "channel: 3, contact: NC", "channel: 6, contact: NC"
    with open(world.config, encoding="utf-8") as found:
        text = found.read()
    with open(world.config, "w", encoding="utf-8") as out:
        out.write(text.replace(new, old) if back else text.replace(old, new))


def both_ended_at_once(world, house):
    watching = supervisor_of(house)
    both_energised(world, house)
    os.kill(watching, signal.SIGKILL)
    house.stop(signal.SIGKILL)
    check(world.switch.on and coil(world.port), "as they were")


def what_was_taken_is_what_is_restored():
    """What the last daemon took was not kept (a full disk): by the file, which is said. One that
    begins with another configuration lets go first of what the last one held."""
    with World() as world:
        state = os.path.join(world.folder, "state")
        with world.serve() as house:
            both_ended_at_once(world, house)
            with open(os.path.join(state, "outputs.yaml"), "w", encoding="utf-8") as out:
                out.write("something else")
            shown = house.verb("safe", "--restore", "--config", world.config, "--state", state)
            check(shown.returncode == 0 and "was not kept" in shown.stdout, shown)
            check(not world.switch.on and not coil(world.port), "restored")
        with world.serve() as house:
            both_ended_at_once(world, house)
        edited(world)
        with world.serve() as house:
            house.says("outputs of another configuration were not let go of")
            wait_for("the coil of before to be released", 60, lambda: not coil(world.port))
            check(house.stop() == 0, "stops")


def a_start_that_fails_lets_go():
    """Its page's port is taken, after its engine has begun: nothing stays as it was found."""
    with World() as world:
        with world.serve() as house:
            both_ended_at_once(world, house)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            argv = [os.environ["OHMSTEAD"], "serve", "--state", os.path.join(world.folder, "state"),
                    "--config", world.config, "--listen", f"127.0.0.1:{port}"]
            argv += ["--allow-root"] if os.geteuid() == 0 else []
            shown = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
        check(shown.returncode == 1 and "--listen" in shown.stderr, shown)
        check(not world.switch.on and not coil(world.port), "both are let go of")
        shown = verb(world, "safe", "--restore", "--config", world.config)
        check("nothing to restore" in shown.stdout, shown)


def what_is_not_confirmed_is_restored_later():
    """A switch that does not obey while the daemon stops: that is said, and done after its end."""
    with World() as world:
        with world.serve() as house:
            both_energised(world, house)
            world.switch.obeys = False
            check(house.stop() == 0, "stops")
            house.says("outputs not all confirmed")
        world.switch.obeys = True
        check(world.switch.on and not coil(world.port), "one is as it was")
        shown = verb(world, "safe", "--restore", "--config", world.config)
        check(shown.returncode == 0 and "restored" in shown.stdout, shown)
        check(not world.switch.on, "now it is")


def odd_options_are_left_out():
    """After an update, what was never done is refused by the check; the daemon starts without it."""
    with World() as world:
        with open(world.config, encoding="utf-8") as old:
            text = old.read()
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(text.replace("driver: tasmota,", "driver: tasmota, serial: 7,")
                      .replace("kind: grid, mqtt", "kind: cap, va: 3000, ecowatt_level: 3, mqtt")
                      + "ecowatt: {client_id: x, client_secret_env: OHM_TEST_ECOWATT}\n")
        env = {"OHM_TEST_ECOWATT": "x"}
        shown = subprocess.run([os.environ["OHMSTEAD"], "check", world.config], capture_output=True,
                               text=True, env={**os.environ, **env}, timeout=60, check=False)
        check(shown.returncode == 1 and "boards.serial: is of a Phidget" in shown.stderr
              and "limits.mqtt" in shown.stderr, shown)
        with world.serve(env=env) as house:
            house.says("option ignored option=boards.serial")
            house.says("option ignored option=limits.mqtt")
            speaks(world, house)
            state = read(house, "/api/v1/state")
            check("option_ignored" in state["health"]["problems"], state["health"])
            notes = read(house, "/api/v1/journal?kind=option_ignored")["items"]
            check({n["reason"] for n in notes} == {"boards.serial", "limits.mqtt"}, notes)
            override(house, "heater", "shed")
            is_so(house, "heater", "shed", "ok")
            check(house.stop() == 0, "stops")


def a_record_that_cannot_be_read_is_no_normal_start():
    """It may say that this is a crash loop, and no end would be counted."""
    with World() as world:
        with world.serve() as house:
            check(house.stop() == 0, "the record is there")
        dying = {"LD_PRELOAD": SHIM, "OHM_TEST_EIO": "1"}
        with world.serve(env=dying, listen=f"127.0.0.1:{free_port()}") as house:
            house.says("can't be read now")
            state = read(house, "/api/v1/state")
            check(state["run"]["mode"] == "safe" and state["run"]["ends"], state["run"])
            check("aborts_unreadable" in state["health"]["problems"], state["health"])
            notes = read(house, "/api/v1/journal?kind=safe_mode")["items"]
            check([n["reason"] for n in notes] == ["unreadable"], notes)
            check(change(house, "DELETE", "/api/v1/safe-mode").status == 200, "a person leaves it")
            house.says("safe mode left")
            wait_for("an ordinary run", 60,
                     lambda: sum("http://" in line for line in house.lines) == 2)
            signed_in_again(house)
            state = read(house, "/api/v1/state")
            check(state["run"]["mode"] == "normal", state["run"])
            check("aborts_unreadable" in state["health"]["problems"], "still told")
            check(house.stop() == 0, "stops")
        with world.serve() as house:  # the card reads again
            check(read(house, "/api/v1/state")["run"]["mode"] == "normal", "as it was")
            check(house.stop() == 0, "stops")
        record = os.path.join(world.folder, "state", "aborts")
        os.remove(record)
        os.mkdir(record)  # what can never be read is put aside, and ends are counted anew
        with world.serve() as house:
            house.says("not readable")
            check(read(house, "/api/v1/state")["run"]["mode"] == "normal", "it can be counted")
            check(os.path.isfile(record) and os.path.isdir(record + ".unreadable"), "aside")
            check(house.stop() == 0, "stops")


def when_nobody_is_left_the_next_one_does_it():
    """The service manager ends both at once (its SIGKILL goes to the whole group)."""
    with World() as world:
        state = os.path.join(world.folder, "state")
        restore = ["safe", "--restore", "--config", world.config, "--state", state]
        with world.serve() as house:
            shown = house.verb(*restore)
            check("a daemon has" in shown.stdout and "wait_s_max=30" in shown.stderr, shown)
            watching = supervisor_of(house)
            both_energised(world, house)
            os.kill(watching, signal.SIGKILL)
            house.stop(signal.SIGKILL)
            check(world.switch.on and coil(world.port), "as they were")
            shown = house.verb("safe", "--state", state)
            check("0 aborts" in shown.stdout and "nobody saw its end" in shown.stdout, shown)
            edited(world)
            shown = house.verb(*restore)
            check(shown.returncode == 0 and "restored" in shown.stdout, shown)
            check("that the last daemon took" in shown.stdout, shown)
            check(not world.switch.on and not coil(world.port), "restored")
            shown = house.verb(*restore)
            check("nothing to restore" in shown.stdout, shown)
            shown = house.verb("safe", "--state", state)
            check("1 abort so" in shown.stdout and "unseen" in shown.stdout
                  and "outputs restored" in shown.stdout, shown)
            edited(world, back=True)
        with world.serve() as house:
            watching = supervisor_of(house)
            both_energised(world, house)
            os.kill(watching, signal.SIGKILL)
            house.stop(signal.SIGKILL)
        with world.serve() as house:  # without the verb: it knows all the same
            house.says("nobody saw it")
            check(read(house, "/api/v1/state")["run"]["aborts"] == 2, "both are known")
            check(house.stop() == 0, "stops")
            shown = house.verb(*restore)
            check("nothing to restore" in shown.stdout, shown)


def signed_in_again(house):
    """Another process at the same address knows of no session."""
    house.lines[:] = [line for line in house.lines if "claim code" not in line]
    COOKIES[house.process.pid] = sign_in(house)


def a_crash_loop_ends_in_safe_mode():
    with World() as world:
        state = os.path.join(world.folder, "state")
        with world.serve() as house:
            both_energised(world, house)
            check(read(house, "/api/v1/state")["run"] ==
                  {"mode": "normal", "aborts": 0, "last": None, "ends": None}, "nothing yet")
            check(change(house, "DELETE", "/api/v1/safe-mode").status == 409, "nothing to leave")
            house.stop(signal.SIGSEGV)
        for how in (signal.SIGSEGV, signal.SIGABRT):
            with world.serve() as house:
                house.stop(how)
        with world.serve() as house:
            house.says("safe mode level=safe aborts=3")
            run = read(house, "/api/v1/state")["run"]
            check(run["mode"] == "safe" and run["aborts"] == 3 and run["ends"], run)
            check(run["last"]["signal"] == "SIGABRT" and run["last"]["cause"] == "fault", run)
            check("safe_mode" in read(house, "/api/v1/state")["health"]["problems"], "told")
            both_released(world)
            speaks(world, house)  # it is read
            answer = change(house, "PUT", "/api/v1/loads/heater/override",
                            {"state": "shed", "minutes": 60})
            check(answer.status == 409, f"{answer.status} {answer.body!r}")
            check(not world.switch.on, "nothing moves")
            notes = read(house, "/api/v1/journal?kind=aborted")["items"]
            check(len(notes) == 3, notes)
            listed = read(house, "/api/v1/safe-mode")
            check([a["signal"] for a in listed["aborts"]] == ["SIGABRT", "SIGSEGV", "SIGSEGV"],
                  listed)
            check(listed["aborts"][2]["events"] and len(listed["aborts"][0]["build_id"]) == 40,
                  listed)
            shown = house.verb("safe", "--state", state)
            check("mode safe, 3 aborts" in shown.stdout and "SIGSEGV" in shown.stdout, shown)
            check(change(house, "DELETE", "/api/v1/safe-mode").status == 200, "it is left")
            wait_for("an ordinary run", 60,
                     lambda: sum("http://" in line for line in house.lines) == 2)
            house.says("safe mode left")
        with world.serve() as house:  # as ever: what a person asked for before holds
            check(read(house, "/api/v1/state")["run"]["mode"] == "normal", "left")
            speaks(world, house)
            is_so(house, "heater", "shed", "ok")
            check(house.stop() == 0, "stops")
        with world.serve(options=["--safe-mode"]) as house:
            house.says("safe mode level=safe")
            check(house.stop() == 0, "stops")
        check(house.verb("safe", "--leave", "--state", state).returncode == 0, "by the verb")
        check(house.verb("safe", "--leave", "--state", state).returncode == 1, "nothing to leave")


def one_that_ends_has_a_successor():
    """The supervisor beside is killed alone: another one watches, ends a loop that stands still, and
    restores. So does it when that one is killed, too."""
    with World() as world:
        flag = os.path.join(world.folder, "hang")
        env = {"LD_PRELOAD": SHIM, "OHM_TEST_HANG": flag}
        with world.serve(env=env, options=["--hang", "8"]) as house:
            both_energised(world, house)
            for _ in range(2):
                old = supervisor_of(house)
                os.kill(old, signal.SIGKILL)
                new = wait_for("another one", 60, lambda old=old: [
                    pid for pid in children(house.process.pid) if pid != old and is_alive(pid)])[0]
            check(world.switch.on and coil(world.port), "nothing moved for it")
            with open(flag, "w", encoding="ascii") as out:
                out.write(str(house.process.pid))
            wait_for("its end", 60, lambda: house.process.poll() is not None)
            both_released(world)
            house.says("cause=hung signal=SIGABRT")
            wait_for("the supervisor to end", 60, lambda: not is_alive(new))
        with world.serve() as house:
            os.kill(supervisor_of(house), signal.SIGKILL)
            house.says("supervisor started")
            watching = supervisor_of(house)
            check(house.stop() == 0, "stops")
            check(not is_alive(watching), "nobody is left")
            check(not any("daemon aborted" in line for line in house.lines), house.lines)


def from_above_one_that_is_gone_is_gone():
    """What it had forked still has its end of the pipe, and its lock."""
    with World() as world:
        flag = os.path.join(world.folder, "hang")
        with Above(world, "--hang", "2", env={"LD_PRELOAD": SHIM, "OHM_TEST_HANG": flag}) as above:
            daemon = above.daemon()
            with open(flag + ".new", "w", encoding="ascii") as out:
                out.write(f"hold {daemon}")
            os.rename(flag + ".new", flag)
            wait_for("what it forks", 60, lambda: children(daemon))
            os.kill(daemon, signal.SIGKILL)
            above.house.says("daemon starts again")
            os.remove(flag)
            wait_for("the next one", 60,
                     lambda: sum("http://" in line for line in above.house.lines) == 2)
            check(above.house.stop() == 0, "stops")


def one_that_hangs_without_its_supervisor_above_is_ended():
    """It was to stop when its supervisor was killed, and stands still instead."""
    with World() as world:
        flag = os.path.join(world.folder, "hang")
        with Above(world, "--hang", "4", env={"LD_PRELOAD": SHIM, "OHM_TEST_HANG": flag}) as above:
            both_energised(world, above.house)
            daemon = above.daemon()
            with open(flag, "w", encoding="ascii") as out:
                out.write(str(daemon))
            above.house.stop(signal.SIGKILL)
            wait_for("the daemon's end", 120, lambda: not is_alive(daemon))
            both_released(world)
        wait_for("it to be written down", 60, lambda: "outputs restored" in verb(world, "safe").stdout)
        check("hung" in verb(world, "safe").stdout, "as what it was")


class Above:
    """With its supervisor above it, at an address that stays."""

    def __init__(self, world, *options, env=None):
        self.world = world
        self.house = world.serve(options=["--supervised", *options], env=env,
                                 listen=f"127.0.0.1:{free_port()}")

    def daemon(self):
        found = children(self.house.process.pid)
        return found[0] if found else None

    def abort(self, how):
        """Returns once another one runs."""
        old = self.daemon()
        os.kill(old, how)

        def again():
            try:
                return self.daemon() not in (None, old) and self.house.get("/healthz")
            except OSError:
                return False
        wait_for("the next one", 60, again)
        signed_in_again(self.house)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.house.__exit__(kind, error, trace)


def from_above_it_is_started_again():
    with World() as world, Above(world) as above:
        both_energised(world, above.house)
        above.abort(signal.SIGILL)
        both_released(world)
        good = open(world.config, encoding="utf-8").read()
        with open(world.config, "w", encoding="utf-8") as out:
            out.write("site: [no site at all")
        both_energised(world, above.house)  # as before: what was read was good
        old = above.daemon()
        os.kill(old, signal.SIGFPE)
        both_released(world)  # by what was good when the daemon began
        wait_for("the configuration to be refused", 60,
                 lambda: any("nothing was started" in line for line in above.house.lines))
        with open(world.config, "w", encoding="utf-8") as out:
            out.write(good)
        wait_for("one that runs", 60, lambda: sum("http://" in line for line in above.house.lines) == 3)
        daemon = above.daemon()
        check(above.house.stop() == 0, "the daemon's status is handed on")
        check(not is_alive(daemon), "it stopped")
    with World() as world, Above(world) as above:
        daemon = above.daemon()
        both_energised(world, above.house)
        above.house.stop(signal.SIGKILL)
        wait_for("the daemon to stop with it", 90, lambda: not is_alive(daemon))
        check(not world.switch.on and not coil(world.port), "it let go of its outputs")


def from_above_the_safe_mode_is_left():
    """In the same process, which hands its configuration over a second time: no abort."""
    with World() as world:
        state = os.path.join(world.folder, "state")
        with Above(world, "--safe-mode") as above:
            daemon = above.daemon()
            check(read(above.house, "/api/v1/state")["run"]["mode"] == "safe", "as asked")
            check(change(above.house, "DELETE", "/api/v1/safe-mode").status == 200, "it is left")
            above.house.says("safe mode left")
            wait_for("an ordinary run", 60,
                     lambda: sum("http://" in line for line in above.house.lines) == 2)
            check(above.daemon() == daemon, "the same process goes on")
            check(above.house.stop() == 0, "stops")
            shown = above.house.verb("safe", "--state", state)
            check("mode normal, 0 aborts" in shown.stdout, shown)


def from_above_it_restores_by_what_the_last_one_took():
    """The coil of a load was changed between two of its daemons: the second one's is let go of."""
    with World() as world, Above(world) as above:
        is_so(above.house, "boiler", "fed", "ok")
        edited(world)
        above.abort(signal.SIGILL)
        speaks(world, above.house)
        override(above.house, "boiler", "shed")
        wait_for("it to be shed by its coil of now", 60, lambda: coil(world.port, 6))
        os.kill(above.daemon(), signal.SIGSEGV)
        above.house.says("cause=fault signal=SIGSEGV")
        wait_for("it to be let go of", 60, lambda: not coil(world.port, 6))


def from_above_a_foreign_thread_s_fault_is_known():
    with World() as world:
        flag = os.path.join(world.folder, "hang")
        with Above(world, env={"LD_PRELOAD": SHIM, "OHM_TEST_HANG": flag}) as above:
            both_energised(world, above.house)
            with open(flag + ".new", "w", encoding="ascii") as out:
                out.write(f"foreign {above.daemon()}")
            os.rename(flag + ".new", flag)
            above.house.says("cause=fault signal=SIGSEGV")
            both_released(world)


if os.environ.get("OHM_SANITIZED") == "1":
    print("skipped: a sanitizer handles faults itself")
    sys.exit(77)
sys.exit(main([a_crash_loop_ends_in_safe_mode, an_abort_leaves_the_outputs_safe, from_above_it_is_started_again,
               from_above_it_restores_by_what_the_last_one_took, one_that_hangs_is_ended,
               one_that_hangs_while_it_stops_is_ended, a_stack_that_is_used_up_is_a_fault,
               one_board_that_fails_is_no_other_s, when_nobody_is_left_the_next_one_does_it,
               what_was_taken_is_what_is_restored, from_above_the_safe_mode_is_left,
               from_above_one_that_is_gone_is_gone, one_that_cannot_be_killed_has_its_outputs_restored, one_that_ends_has_a_successor, one_that_hangs_without_its_supervisor_above_is_ended,
               a_record_that_cannot_be_read_is_no_normal_start, odd_options_are_left_out, from_above_a_foreign_thread_s_fault_is_known, a_start_that_fails_lets_go, what_is_not_confirmed_is_restored_later,
               a_record_that_cannot_be_written_changes_nothing]))
