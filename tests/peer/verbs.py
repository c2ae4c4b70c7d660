#!/usr/bin/env python3
"""What the command line answers by itself: help, and wrong or empty input."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

OHMSTEAD = sys.argv.pop(1) if len(sys.argv) > 1 else os.environ.get("OHMSTEAD", "build/ohmstead")
PATIENCE_S = 120
SITE = "meters: [{id: m, port: 'tcp:127.0.0.1:1'}]\n"
STATE_VERBS = ("user", "token", "meter", "replay", "doctor", "import", "export", "erase",
               "backup", "restore", "ledger", "rename")


def verb(*words, text="", env=None):
    """Exit status, stdout, stderr."""
    done = subprocess.run([OHMSTEAD, *words], input=text, text=True, capture_output=True,
                          timeout=PATIENCE_S, env={**os.environ, **(env or {})}, check=False)
    return done.returncode, done.stdout, done.stderr


class Verbs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "site.yaml")

    def tearDown(self):
        self.folder.cleanup()

    def test_help_of_a_verb(self):
        self.assertEqual(verb("help", "serve"), verb("serve", "--help"))
        self.assertEqual(verb("help", "serve")[0], 0)
        self.assertEqual(verb("help"), verb("--help"))
        status, out, err = verb("help", "zebra")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("'zebra'", err)

    def test_one_rule_for_the_state_folder(self):
        rules = {verb(name, "--help")[1].split("The state folder is")[1].split("\n\n")[0]
                 for name in STATE_VERBS}
        self.assertEqual(len(rules), 1, rules)
        home = {"XDG_STATE_HOME": self.folder.name, "STATE_DIRECTORY": ""}
        site, demo = (verb("doctor", *more, env=home)[1] for more in ([], ["--demo"]))
        self.assertIn(os.path.join(self.folder.name, "ohmstead") + ": not there", site)
        self.assertIn(os.path.join(self.folder.name, "ohmstead-demo") + ": not there", demo)
        status, _, err = verb("replay", "--demo", "--state", self.folder.name)
        self.assertEqual(status, 2, err)
        self.assertIn("exclude each other", err)

    def test_a_world_is_the_same_each_time(self):
        world = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                             "world", "house.yaml")
        runs = [verb("simulate", "--world", world, "--seed", seed, "--days", "2", "--json",
                     "--print") for seed in ("7", "7", "8")]
        self.assertEqual([run[0] for run in runs], [0, 0, 0], runs[0][2])
        self.assertEqual(runs[0], runs[1])
        self.assertNotEqual(runs[0][1], runs[2][1])
        last = json.loads(runs[0][1].splitlines()[-1])
        self.assertEqual((last["seed"], last["broken"]), (7, None))
        self.assertGreater(last["events"], 5000)
        self.assertGreater(last["switchings"], 0)

    def test_a_world_that_is_none(self):
        self.assertEqual(verb("simulate")[0], 2)
        with open(self.path, "w", encoding="utf-8") as out:
            out.write("start: 2026-01-01\npower_kva: 6\nbase_w: 100\nloads: [{id: a}]\nzebra: 1\n")
        status, out, err = verb("simulate", "--world", self.path)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("zebra", err)
        self.assertEqual(verb("simulate", "--world", self.path, "--days", "0")[0], 2)

    def test_check_says_what_it_found(self):
        status, _, err = verb("check", self.path)
        self.assertEqual(status, 1)
        self.assertTrue(err.startswith(f"ohmstead: {self.path}: "), err)
        self.assertNotIn("--config", err)
        with open(self.path, "w", encoding="utf-8") as out:
            out.write(SITE)
        self.assertEqual(verb("check", self.path),
                         (0, f"{self.path}: 1 meter, 0 loads: good\n", ""))

    def test_check_warns_of_a_load_that_hardly_fits(self):
        site = ("meters: [{id: m, port: 'tcp:h:1'}]\n"
                "contract: {tariff: bleu-base, power_kva: 6}\n"
                "boards: [{id: sim, driver: sim}]\n"
                "limits: [{id: oven, kind: fuse, phase: 2, va: 2300}, {id: sun, kind: cap}]\n"
                "loads:\n"
                "- {id: car, nominal_w: %d, phase: %d, output: {board: sim, channel: 0, contact: NC}}\n")
        for watts, phase, wants in ((5364, 0, ""), (5365, 0, "it needs 6001 VA"),
                                    (5370, 0, "what is subscribed is 6000"),
                                    (2000, 1, ""), (2001, 2, "limits.oven is 2300")):
            with open(self.path, "w", encoding="utf-8") as out:
                out.write(site % (watts, phase))
            status, out, err = verb("check", self.path)
            self.assertEqual((status, out), (0, f"{self.path}: 1 meter, 1 load: good\n"), err)
            if wants:
                self.assertTrue(err.startswith(f"{self.path}:6: loads.car: warning: "), err)
                self.assertIn(wants, err)
            else:
                self.assertEqual(err, "")

    def test_check_warns_of_limits_that_can_not_be_kept(self):
        """Lower than what nobody sheds, and days that the contract does not have."""
        with open(self.path, "w", encoding="utf-8") as out:
            out.write("meters: [{id: main, port: 'tcp:127.0.0.1:1'}]\n"
                      "contract: {tariff: bleu-base, power_kva: 6}\n"
                      "shedding: {base_va: 900}\n"
                      "boards: [{id: sim, driver: sim}]\n"
                      "limits: [{id: low, kind: cap, va: 1000}, {id: fine, kind: cap, va: 1500},\n"
                      "  {id: red, kind: cap, va: 3000, day: red}]\n"
                      "loads:\n"
                      "- {id: freezer, nominal_w: 300, never_shed: true, output: {board: sim, "
                      "channel: 0, contact: NC}}\n")
        status, _, err = verb("check", self.path)
        self.assertEqual(status, 0, err)
        self.assertIn("limits.low: warning: 1000 VA are less than the 1200 that nothing sheds", err)
        self.assertNotIn("limits.fine", err)
        self.assertIn("limits.red: warning: never holds: the contract has no such days", err)
        self.assertNotIn("contract.power_kva", err)

    def test_check_counts_the_meters_that_are_written(self):
        """Not what no sub-meter counts, which it makes one of."""
        with open(self.path, "w", encoding="utf-8") as out:
            out.write("meters: [{id: a, port: 'tcp:h:1'}, {id: b, port: 'tcp:h:2', submeters_of: a}]\n")
        self.assertEqual(verb("check", self.path)[1], f"{self.path}: 2 meters, 0 loads: good\n")

    def test_check_warns_of_rules_that_can_not_be_so(self):
        with open(self.path, "w", encoding="utf-8") as out:
            out.write("meters: [{id: main, port: 'tcp:127.0.0.1:1'}, {id: room, port: "
                      "'mqtt://h/t', values: [{quantity: temperature, pointer: /t}]}]\n"
                      "contract: {tariff: bleu-base, power_kva: 6}\n"
                      "boards: [{id: sim, driver: sim}]\n"
                      "loads: [{id: l, nominal_w: 300, output: {board: sim, channel: 0}}]\n"
                      "rules:\n"
                      "- {id: never, load: l, then: shed, when: [{price_below: 0.1}, "
                      "{price_above: 0.2}]}\n"
                      "- {id: damp, load: l, then: shed, when: [{device: room, quantity: "
                      "humidity, above: 60}]}\n"
                      "- {id: warm, load: l, then: shed, when: [{device: room, quantity: "
                      "temperature, above: 21}]}\n")
        status, _, err = verb("check", self.path)
        self.assertEqual(status, 0, err)
        self.assertIn(":6: rules.never: warning: never holds: its conditions exclude", err)
        self.assertIn(":7: rules.damp: warning: 'room' has no humidity among its values", err)
        self.assertNotIn("warm", err)

    def test_check_refuses_what_serve_would(self):
        good = "meters: [{id: m, port: 'tcp:h:1'%s}]\n"
        meter = f"{self.path}:1: meters.m: "
        for text, wants in (
                (good % ", profile: zebra", meter + "no meter profile has this name"),
                (good % ", profile: zebra, protocol: dlms", meter + "no meter profile"),
                (good % ", profile: zebra, protocol: mbus, address: '1'", meter + "no"),
                (good % ", timezone: Mars/X", meter + "no such time zone"),
                (good % "" + "web: {listen: 'localhost:1'}\n", "web.listen: 'localhost' is a name"),
                (good % "" + "web: {public_origin: foo}\n", "web.public_origin: is not"),
                (good % ", timezone: Mars/X" + "web: {public_origin: foo}\n", "web.public_origin"),
                ("meters: [{id: m, port: 'tcp:h:0'}]\n", meter + "a port is a number"),
                ("meters: [{id: m, port: 'udp:h:99999'}]\n", meter + "a port is a number"),
                ("meters: [{id: m, port: 'tcp:h'}]\n", meter + "a port is missing")):
            with open(self.path, "w", encoding="utf-8") as out:
                out.write(text)
            status, out, err = verb("check", self.path)
            self.assertEqual((status, out), (1, ""), text)
            self.assertIn(wants, err, text)
        web = "web: {listen: '[::1]:1', public_origin: 'https://a.example'}\n"
        for more in (", profile: lg-e450", ", timezone: Europe/Paris",
                     ", protocol: dlms, profile: lg-e450"):
            with open(self.path, "w", encoding="utf-8") as out:
                out.write(good % more + web)
            self.assertEqual(verb("check", self.path)[0], 0, verb("check", self.path)[2])
        with open(self.path, "w", encoding="utf-8") as out:
            out.write("meters: [{id: m, port: 'udp:h:1', protocol: mbus, address: '1'}]\n")
        self.assertEqual(verb("check", self.path)[0], 0, verb("check", self.path)[2])

    def test_check_says_all_in_one_round(self):
        """What the text shows and what only a start would, and a key beside the file."""
        missing = os.path.join(self.folder.name, "keys", "main")
        key = ", key_file: keys/main"
        place = f"{self.path}:1: meters.m.key_file ({missing}): No such file"
        rest = f"{self.path}: how the parts fit together is checked when these are mended"
        later = f"{self.path}: rules, loads and limits are checked when these are mended"
        good = "meters: [{id: m, port: 'tcp:h:1'%s}]\n"
        rules = ("boards: [{id: b, driver: sim}]\n"
                 "loads: [{id: l, nominal_w: 9, output: {board: b, channel: 8}}]\n"
                 "rules:\n- {id: x, when: [{time: '01:00-03:00'}], load: l, then: fed}\n"
                 "- {id: y, when: [{time: '02:00-04:00'}], load: l, then: shed}\n")
        for text, wants in (
                (good % key, [place]),
                (good % (key + ", timezone: [1]"), [place, "meters[0].timezone", rest]),
                (good % (key + ", baud: x") + "zebra: 1\n", [place, "baud", "zebra", rest]),
                (good % key + "site: {main_meter: x}\nweb: {public_origin: foo}\n",
                 [place, ":2: site.main_meter", ":3: web.public_origin", later]),
                (good % key + rules, [place, ":3: boards.b: the board has no such channel",
                                      ":6: rules: 'x' and 'y' ask opposite things",
                                      "the rules are not usable"]),
                (good % "" + rules.replace("channel: 8", "channel: 0").replace(
                    "time: '01:00-03:00'", "tomorrow_below: 0"),
                 [":5: rules.when.tomorrow_below: waits for a forecast",
                  "the rules are not usable"]),
                (good % key + "site: {timezone: Mars/X}\nboards: [{id: b, driver: abacus}]\n"
                 "contract: {tariff: blue, power_kva: 9}\necowatt: {client_id: x}\n",
                 [place, ":2: site.timezone (Mars/X): no such", ":3: boards.b: no such board",
                  ":4: contract.tariff: 'blue'", ":5: ecowatt.client_secret: is missing",
                  later])):
            with open(self.path, "w", encoding="utf-8") as out:
                out.write(text)
            status, _, err = verb("check", self.path)
            self.assertEqual(status, 1)
            for want in wants:
                self.assertIn(want, err, text)
            self.assertEqual(len(err.splitlines()), len(wants), err)
        os.mkdir(os.path.dirname(missing))
        with open(missing, "w", encoding="utf-8", opener=lambda path, flags: os.open(
                path, flags, 0o600)) as out:
            out.write("00" * 16)
        with open(self.path, "w", encoding="utf-8") as out:
            out.write(good % key)
        self.assertEqual(verb("check", self.path)[0], 0, verb("check", self.path)[2])

    def test_a_reference_takes_no_file(self):
        self.assertEqual(verb("check", "--reference")[0], 0)
        status, out, err = verb("check", "--reference", "extra")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("'extra'", err)

    def test_a_report_for_others(self):
        folder = os.path.join(self.folder.name, "LGZ1030655933512")
        self.assertIn("LGZ1030655933512", verb("doctor", "--state", folder)[1])
        shared = verb("doctor", "--share", "--state", folder)[1]
        self.assertNotIn("LGZ1030655933512", shared)
        self.assertIn("/LG***: not there yet", shared)

    def test_nothing_to_decode_is_said(self):
        self.assertEqual(verb("decode", "-"), (0, "", "ohmstead: standard input: is empty\n"))
        self.assertEqual(verb("decode", "/dev/null"), (0, "", "ohmstead: /dev/null: is empty\n"))


if __name__ == "__main__":
    unittest.main()
