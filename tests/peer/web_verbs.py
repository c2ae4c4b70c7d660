#!/usr/bin/env python3
"""The verbs user and token, alone and beside a running server."""
import os
import pty
import select
import subprocess
import tempfile
import threading
import unittest

from web_client import Host, PATIENCE_S, main

GOOD = "correct horse battery"


def verb(*arguments, line=None):
    """Exit status, stdout, stderr."""
    done = subprocess.run([os.environ["OHMSTEAD"], *arguments], input=line, text=True,
                          capture_output=True, timeout=PATIENCE_S)
    return done.returncode, done.stdout, done.stderr


class Verbs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.state = os.path.join(self.folder.name, "state")

    def tearDown(self):
        self.folder.cleanup()

    def user(self, *arguments, line=GOOD + "\n"):
        return verb("user", *arguments, "--state", self.state, line=line)

    def token(self, *arguments):
        return verb("token", *arguments, "--state", self.state)

    def test_users_without_a_server(self):
        self.assertEqual(self.user("add", "marie", "--role", "admin"), (0, "", ""))
        self.assertEqual(self.user("add", "paul")[0], 0)
        status, out, _ = self.user("list", "--json")
        self.assertEqual(status, 0)
        self.assertEqual([line.split('"')[3] for line in out.splitlines()], ["marie", "paul"])
        self.assertEqual(self.user("remove", "paul"), (0, "", ""))
        self.assertEqual(os.stat(self.state).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(os.path.join(self.state, "ohmstead.db")).st_mode & 0o077, 0)

    def test_what_is_refused(self):
        self.user("add", "marie", "--role", "admin")
        rows = [
            (("add", "marie"), {}, 1, "already"), (("remove", "marie"), {}, 1, "administrator"),
            (("remove", "nobody"), {}, 1, "no user"), (("passwd", "nobody"), {}, 1, "no user"),
            (("add", "x"), {"line": "short\n"}, 1, "8 characters"),
            (("add", "x"), {"line": "password1\n"}, 1, "guess"),
            (("add", "x"), {"line": ""}, 1, "no password"),
            (("add", "x"), {"line": "x" * 600 + "\n"}, 1, "too long"),
            (("add", "a b"), {}, 2, "a name is"), (("add",), {}, 2, "missing"),
            (("list", "x"), {}, 2, "takes no name"), (("frob", "x"), {}, 2, "the action"),
            (("add", "x", "--role", "root"), {}, 2, "the role"), (("add", "x", "--no"), {}, 2, "--no"),
            (("list", "--demo"), {}, 2, "exclude"),
        ]
        for arguments, options, status, words in rows:
            got = self.user(*arguments, **options)
            self.assertEqual((got[0], got[1]), (status, ""), arguments)
            self.assertTrue(got[2].startswith("ohmstead: "), got[2])
            self.assertIn(words, got[2], arguments)
        self.assertEqual(self.user("list")[1].count("\n"), 1)

    def test_tokens(self):
        status, text, error = self.token("create", "--name", "ha", "--scope", "read,control",
                                         "--expires", "7")
        self.assertEqual((status, error), (0, ""))
        self.assertRegex(text, r"^ohm_[0-9a-f]{8}_[0-9a-f]{64}\n$")
        status, out, _ = self.token("list", "--json")
        self.assertIn('"name":"ha","scope":"control"', out)
        self.assertNotIn(text.split("_")[2].strip(), out)
        self.assertEqual(self.token("revoke", text.split("_")[1]), (0, "", ""))
        self.assertEqual(self.token("revoke", text.split("_")[1])[0], 1)
        self.assertEqual(self.token("list"), (0, "", ""))
        for arguments in (("create", "--scope", "all"), ("create", "--scope", ""),
                          ("create", "--expires", "0"), ("create", "--expires", "1y"),
                          ("create", "x"), ("revoke",), ("make",), ("create", "--name", "")):
            self.assertEqual(self.token(*arguments)[0], 2, arguments)

    def test_a_password_typed_on_a_terminal(self):
        def typed(*lines):
            leader, follower = pty.openpty()
            with subprocess.Popen([os.environ["OHMSTEAD"], "user", "add", "marie", "--state",
                                   self.state], stdin=follower, stderr=subprocess.PIPE,
                                  text=True) as process:
                shown = ""
                for number, line in enumerate(lines):
                    while shown.count("password") <= number:
                        self.assertIsNone(process.poll(), shown)
                        shown += process.stderr.read(1)
                    os.write(leader, line.encode() + b"\n")
                shown += process.stderr.read()
            echo = os.read(leader, 4096) if self.readable(leader) else b""
            os.close(leader)
            os.close(follower)
            self.assertNotIn(lines[0].encode(), echo)
            return process.returncode, shown
        status, shown = typed(GOOD, GOOD + "!")
        self.assertEqual(status, 1)
        self.assertIn("differ", shown)
        self.assertEqual(typed(GOOD, GOOD)[0], 0)

    @staticmethod
    def readable(descriptor):
        return bool(select.select([descriptor], [], [], 0)[0])

    def test_the_claim_is_open_until_there_is_an_administrator(self):
        os.mkdir(self.state, 0o700)
        status, out, err = self.user("add", "paul")
        self.assertEqual((status, out), (0, ""))
        self.assertIn("no administrator yet", err)
        host = Host(state=self.state)
        try:
            self.assertTrue(host.about["claim"])
            answer = host.ask("POST", "/api/v1/session", {"user": "paul", "password": GOOD})
            self.assertEqual((answer.status, answer.json()["claimed"]), (200, False))
            claim = {"code": host.about["claim"], "user": "paul", "password": GOOD}
            self.assertEqual(host.ask("POST", "/api/v1/claim", claim).status, 409)
            answer = host.ask("POST", "/api/v1/claim", {**claim, "user": "marie"})
            self.assertEqual((answer.status, answer.json()["role"]), (201, "admin"))
            answer = host.ask("POST", "/api/v1/claim", {**claim, "user": "eve"})
            self.assertEqual((answer.status, answer.fault()), (409, "claimed"))
        finally:
            host.close()
        self.assertEqual(self.user("role", "marie", "--role", "viewer")[0], 1)
        self.assertEqual(self.user("role", "paul")[0], 2)
        self.assertEqual(self.user("role", "nobody", "--role", "admin")[0], 1)
        self.assertEqual(self.user("role", "paul", "--role", "admin"), (0, "", ""))
        self.assertEqual(self.user("role", "marie", "--role", "viewer"), (0, "", ""))

    def test_sessions_end_with_the_password_and_with_the_account(self):
        os.mkdir(self.state, 0o700)
        host = Host(state=self.state)
        try:
            self.user("add", "marie", "--role", "admin")
            self.user("add", "paul")

            def login():
                answer = host.ask("POST", "/api/v1/session", {"user": "paul", "password": GOOD})
                self.assertEqual(answer.status, 200)
                return {"Cookie": answer.fields["set-cookie"].split(";")[0]}

            def is_paul(cookie):
                return host.ask("GET", "/api/v1/session", **cookie).json()["user"] == "paul"
            cookie = login()
            self.user("role", "paul", "--role", "operator")
            self.assertTrue(is_paul(cookie), "a role is looked up, not remembered")
            self.user("passwd", "paul")  # to the same one: what was stolen ends all the same
            self.assertFalse(is_paul(cookie))
            cookie = login()
            self.user("remove", "paul")
            self.assertFalse(is_paul(cookie))
            self.user("add", "paul", "--role", "admin")
            self.assertFalse(is_paul(cookie), "another account of the same name")
            cookie = login()
            self.user("remove", "paul")
            self.user("add", "paul", "--role", "admin")  # nobody asked in between
            self.assertFalse(is_paul(cookie))
        finally:
            host.close()

    def test_beside_a_running_server(self):
        os.mkdir(self.state, 0o700)
        host = Host(state=self.state)
        try:
            self.assertFalse(host.ask("GET", "/api/v1/session").json()["claimed"])
            status, text, _ = self.token("create", "--scope", "admin")
            bearer = {"Authorization": "Bearer " + text.strip()}
            self.assertEqual(host.ask("GET", "/api/v1/state", **bearer).status, 200)
            self.assertEqual(self.user("add", "marie", "--role", "admin")[0], 0)
            answer = host.ask("POST", "/api/v1/session", {"user": "marie", "password": GOOD})
            self.assertEqual(answer.status, 200)
            answer = host.ask("POST", "/api/v1/claim", {
                "code": host.about["claim"], "user": "eve", "password": GOOD})
            self.assertEqual((answer.status, answer.fault()), (409, "claimed"))
            # Changes of both sides meet: none is lost.
            for number in range(8):
                self.assertEqual(self.user("add", f"verb{number}")[0], 0)
                answer = host.ask("POST", "/api/v1/users", {
                    "name": f"web{number}", "password": GOOD, "role": "viewer"}, **bearer)
                self.assertEqual(answer.status, 201)
            names = {user["name"] for user in
                     host.ask("GET", "/api/v1/users", **bearer).json()["items"]}
            self.assertEqual(len(names), 17)
        finally:
            host.close()

    def test_a_change_counts_from_its_commit_on_even_under_a_flood_of_bad_tokens(self):
        os.mkdir(self.state, 0o700)
        host = Host(state=self.state)
        ended, tries = threading.Event(), []

        def flood():
            stranger = {"Authorization": "Bearer ohm_00000000_" + "0" * 64}
            while not ended.is_set():
                tries.append(host.ask("GET", "/api/v1/state", **stranger).status)

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            for _ in range(5):
                text = self.token("create", "--scope", "read")[1].strip()
                bearer = {"Authorization": "Bearer " + text}
                self.assertEqual(host.ask("GET", "/api/v1/state", **bearer).status, 200)
                self.assertEqual(self.token("revoke", text.split("_")[1])[0], 0)
                self.assertEqual(host.ask("GET", "/api/v1/state", **bearer).status, 401)
        finally:
            ended.set()
            thread.join()
            host.close()
        self.assertEqual(set(tries), {401})

    def test_a_first_user_made_by_the_verb_ends_the_claim(self):
        os.mkdir(self.state, 0o700)
        host = Host(state=self.state)
        self.assertFalse(host.ask("GET", "/api/v1/session").json()["claimed"])
        self.assertEqual(self.user("add", "marie", "--role", "admin")[0], 0)
        self.assertTrue(host.ask("GET", "/api/v1/session").json()["claimed"])
        host.close()


if __name__ == "__main__":
    main()
