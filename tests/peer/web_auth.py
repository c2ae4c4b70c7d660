#!/usr/bin/env python3
"""Users, sessions, tokens: the first run's claim, logging in, who may what, and how often."""
import os
import tempfile
import unittest

from web_client import Answer, Events, Host, WebSocket, main

OVERRIDE = "/api/v1/loads/water_heater/override"
SHED = {"state": "shed", "minutes": 5}
GOOD = "correct horse battery"
HVALUE = {"signal": "2026-11-22", "pas": "18", "hvalue": 3}


class Browser:
    """One who keeps the cookie and shows the CSRF token, as our page does."""

    def __init__(self, host):
        self.host = host
        self.cookie = self.csrf = None

    def ask(self, method, path, body=None, **fields):
        fields.setdefault("Cookie", self.cookie)
        if method != "GET":
            fields.setdefault("X_CSRF_Token", self.csrf)
        answer = self.host.ask(method, path, body, **fields)
        for cookie in answer.cookies:
            self.cookie = cookie.split(";")[0]
        if answer.status in (200, 201) and b'"csrf"' in answer.body:
            self.csrf = answer.json()["csrf"]
        return answer

    def login(self, user, password=GOOD):
        return self.ask("POST", "/api/v1/session", {"user": user, "password": password})


class Case(unittest.TestCase):
    options = []

    def setUp(self):
        self.state = tempfile.TemporaryDirectory()
        self.host = Host(*self.options, state=self.state.name)

    def tearDown(self):
        if self.host:
            self.host.close()
        self.state.cleanup()

    def again(self, *options):
        """The server ends and starts anew on the same state; its log."""
        log = self.host.close()
        self.host = None
        self.host = Host(*(options or self.options), state=self.state.name)
        return log

    def claim(self, user="marie"):
        browser = Browser(self.host)
        answer = browser.ask("POST", "/api/v1/claim", {
            "code": self.host.about["claim"], "user": user, "password": GOOD})
        self.assertEqual(answer.status, 201, answer.body)
        return browser

    def person(self, admin, name, role):
        answer = admin.ask("POST", "/api/v1/users",
                           {"name": name, "password": GOOD + name, "role": role})
        self.assertEqual(answer.status, 201, answer.body)
        browser = Browser(self.host)
        self.assertEqual(browser.login(name, GOOD + name).status, 200)
        return browser

    def token(self, admin, **members):
        answer = admin.ask("POST", "/api/v1/tokens", {"name": "test", **members})
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json()

    def bearer(self, token, method, path, body=None, **fields):
        return self.host.ask(method, path, body, Authorization="Bearer " + token, **fields)


class Claim(Case):
    def test_the_first_run(self):
        code = self.host.about["claim"]
        self.assertRegex(code, r"^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$")
        self.assertEqual(self.host.ask("GET", "/api/v1/session").json(), {
            "user": None, "role": "none", "demo": False, "claimed": False, "csrf": None})
        browser = Browser(self.host)
        answer = browser.ask("POST", "/api/v1/claim", {
            "code": code.lower().replace("-", " "), "user": "marie", "password": GOOD})
        self.assertEqual(answer.status, 201)
        session = browser.ask("GET", "/api/v1/session").json()
        self.assertEqual((session["user"], session["role"], session["claimed"]),
                         ("marie", "admin", True))
        self.assertEqual(browser.ask("GET", "/api/v1/state").status, 200)
        answer = browser.ask("POST", "/api/v1/claim",
                             {"code": code, "user": "eve", "password": GOOD})
        self.assertEqual((answer.status, answer.fault()), (409, "claimed"))
        self.again()
        self.assertEqual(self.host.about["claim"], "")
        self.assertEqual(Browser(self.host).login("marie").status, 200)

    def test_a_wrong_code_and_too_many(self):
        body = {"code": "AAAA-AAAA-AAAA", "user": "eve", "password": GOOD}
        for code in ("AAAA-AAAA-AAAA", "A", "-" * 60, self.host.about["claim"][:-1]):
            answer = self.host.ask("POST", "/api/v1/claim", {**body, "code": code})
            self.assertEqual((answer.status, answer.fault()), (403, "bad-claim-code"), code)
        self.host.ask("POST", "/api/v1/claim", body)
        answer = self.host.ask("POST", "/api/v1/claim", body)
        self.assertEqual((answer.status, answer.fault()), (429, "too-many-tries"))
        self.assertGreater(int(answer.fields["retry-after"]), 0)
        self.claim()  # no stranger keeps the owner out

    def test_what_a_claim_refuses(self):
        code = self.host.about["claim"]
        for members, fault in (({"password": "short"}, "short-password"),
                               ({"user": "marie/admin", "password": GOOD}, "bad-member"),
                               ({"user": "", "password": GOOD}, "bad-member")):
            answer = self.host.ask("POST", "/api/v1/claim",
                                   {"code": code, "user": "marie", **members})
            self.assertEqual((answer.status, answer.fault()), (422, fault))
        answer = self.host.ask("POST", "/api/v1/claim",
                               {"code": code, "user": "marie", "password": GOOD},
                               Origin="http://evil.example")
        self.assertEqual(answer.fault(), "cross-origin")

    def test_nothing_is_stored_that_opens_anything(self):
        admin = self.claim()
        token = self.token(admin, role="admin")["token"]
        self.again()
        with open(os.path.join(self.state.name, "ohmstead.db"), "rb") as store:
            stored = store.read()
        self.assertIn(b"$argon2id$v=19$m=19456,t=2,p=1$", stored)
        self.assertNotIn(GOOD.encode(), stored)
        self.assertNotIn(token.split("_")[2].encode(), stored)


class Session(Case):
    def test_the_cookie(self):
        self.claim()
        answer = Browser(self.host).login("MARIE")
        self.assertEqual(answer.status, 200)
        self.assertEqual(len(answer.cookies), 1)
        parts = answer.cookies[0].split("; ")
        self.assertRegex(parts[0], r"^__Host-ohmstead=[0-9a-f]{64}$")
        self.assertEqual(set(parts[1:]), {"Path=/", "Secure", "HttpOnly", "SameSite=Strict",
                                          "Max-Age=2592000"})
        self.assertEqual(answer.json()["user"], "marie")
        self.assertRegex(answer.json()["csrf"], r"^[0-9a-f]{32}$")

    def test_logging_out(self):
        browser = self.claim()
        cookie = browser.cookie
        answer = browser.ask("DELETE", "/api/v1/session")
        self.assertEqual(answer.status, 204)
        self.assertIn("Max-Age=0", answer.cookies[0])
        answer = self.host.ask("GET", "/api/v1/state", Cookie=cookie)
        self.assertEqual(answer.fault(), "not-logged-in")

    def test_a_new_login_ends_the_session_before(self):
        browser = self.claim()
        cookie = browser.cookie
        self.assertEqual(browser.login("marie").status, 200)
        self.assertNotEqual(browser.cookie, cookie)
        self.assertEqual(self.host.ask("GET", "/api/v1/state", Cookie=cookie).status, 401)

    def test_wrong_logins(self):
        self.claim()
        for user, password in (("marie", "wrong horse battery"), ("nobody", GOOD),
                               ("marie", GOOD + " "), ("marie\n", GOOD)):
            answer = self.host.ask("POST", "/api/v1/session", {"user": user, "password": password})
            self.assertEqual((answer.status, answer.fault()), (401, "bad-login"), user)
            self.assertEqual(answer.cookies, [])
        for body in ({"user": "marie"}, {"user": "marie", "password": 1}, {"password": GOOD},
                     {"user": "marie", "password": ""}, {"user": "m" * 65, "password": GOOD},
                     {"user": "marie", "password": "x" * 513}):
            self.assertEqual(self.host.ask("POST", "/api/v1/session", body).status, 422, body)

    def test_too_many_wrong_logins(self):
        self.claim()
        wrong = {"user": "marie", "password": "wrong horse battery"}
        for _ in range(5):
            self.assertEqual(self.host.ask("POST", "/api/v1/session", wrong).status, 401)
        answer = self.host.ask("POST", "/api/v1/session", {"user": "marie", "password": GOOD})
        self.assertEqual((answer.status, answer.fault()), (429, "too-many-tries"))
        self.assertGreater(int(answer.fields["retry-after"]), 0)
        # Another user at the same address still may.
        answer = self.host.ask("POST", "/api/v1/session", {**wrong, "user": "paul"})
        self.assertEqual(answer.status, 401)
        log = self.again()
        self.assertIn('web_login_limited subject="marie" address=127.0.0.1', log)

    def test_the_log_tells_who_and_no_secret(self):
        admin = self.claim()
        token = self.token(admin)["token"]
        self.host.ask("POST", "/api/v1/session",
                      {"user": 'x" by=admin\nweb_login subject=root', "password": "hunter2hunter2"})
        log = self.again()
        self.assertIn('web_claimed subject="marie"', log)
        self.assertIn("by=user:marie address=127.0.0.1", log)
        forged = [line for line in log.splitlines() if "subject=root" in line]
        self.assertEqual(len(forged), 1)
        self.assertIn("web_login_failed", forged[0])
        for secret in (GOOD, "hunter2hunter2", token, token.split("_")[2], admin.cookie,
                       admin.csrf, self.host.about["claim"] or "-never-"):
            self.assertNotIn(secret, log)

    def test_forged_requests(self):
        browser = self.claim()
        own = f"http://127.0.0.1:{self.host.port}"
        other = self.person(browser, "paul", "operator")
        rows = [
            ("no token", {"X_CSRF_Token": None}, "csrf"),
            ("an empty one", {"X_CSRF_Token": ""}, "csrf"),
            ("another's", {"X_CSRF_Token": other.csrf}, "csrf"),
            ("another site", {"Origin": "http://evil.example"}, "cross-origin"),
            ("a sandbox", {"Origin": "null"}, "cross-origin"),
            ("by the browser's word", {"Sec_Fetch_Site": "cross-site"}, "cross-origin"),
            ("another port", {"Origin": "http://127.0.0.1:1"}, "cross-origin"),
        ]
        for why, fields, fault in rows:
            answer = browser.ask("PUT", OVERRIDE, SHED, **fields)
            self.assertEqual((answer.status, answer.fault()), (403, fault), why)
            answer = browser.ask("DELETE", "/api/v1/session", **fields)
            self.assertEqual(answer.status, 403, why)
        answer = browser.ask("PUT", OVERRIDE, SHED, Origin=own, Sec_Fetch_Site="same-origin")
        self.assertEqual(answer.status, 200)

    def test_sessions_end_with_their_user_and_with_the_server(self):
        admin = self.claim()
        paul = self.person(admin, "paul", "viewer")
        self.assertEqual(paul.ask("GET", "/api/v1/state").status, 200)
        self.assertEqual(admin.ask("DELETE", "/api/v1/users/paul").status, 204)
        self.assertEqual(paul.ask("GET", "/api/v1/state").status, 401)
        self.again()
        admin.host = self.host
        self.assertEqual(admin.ask("GET", "/api/v1/state").status, 401)

    def test_cookies_that_are_none(self):
        self.claim()
        for cookie in ("__Host-ohmstead=", "__Host-ohmstead=" + "0" * 64, "__Host-ohmstead",
                       "__Host-ohmstead=" + "\xff" * 64, "=", ";;;", "ohmstead=" + "0" * 64):
            self.assertEqual(self.host.ask("GET", "/api/v1/state", Cookie=cookie).status, 401)


class Roles(Case):
    def test_who_may_what(self):
        admin = self.claim()
        people = {"viewer": self.person(admin, "vera", "viewer"),
                  "operator": self.person(admin, "olga", "operator"), "admin": admin}
        rows = [
            ("GET", "/api/v1/state", None, "viewer operator admin"),
            ("GET", "/api/v1/journal", None, "viewer operator admin"),
            ("GET", "/api/v1/series", None, "viewer operator admin"),
            ("GET", "/get_relays_state", None, "viewer operator admin"),
            ("GET", "/api/v1/system", None, "viewer operator admin"),
            ("GET", "/api/v1/backup", None, "admin"),
            ("GET", "/api/v1/backup/file", None, "admin"),
            ("DELETE", "/api/v1/backup", None, "admin"),
            ("GET", "/api/v1/doctor", None, "admin"),
            ("PUT", OVERRIDE, SHED, "operator admin"),
            ("DELETE", OVERRIDE, None, "operator admin"),
            ("DELETE", "/api/v1/ecowatt/override", None, "operator admin"),
            ("GET", "/api/v1/users", None, "admin"),
            ("GET", "/api/v1/users/vera", None, "admin"),
            ("GET", "/api/v1/tokens", None, "admin"),
            ("POST", "/api/v1/tokens", {"name": "x"}, "admin"),
            ("DELETE", "/api/v1/users/nobody", None, "admin"),
            ("POST", "/update_hvalue", HVALUE, ""),
        ]
        for method, path, body, who in rows:
            for role, browser in people.items():
                answer = browser.ask(method, path, body)
                allowed = role in who.split()
                self.assertEqual(answer.status in (200, 201, 204, 404), allowed,
                                 (method, path, role, answer.status))
                if not allowed and path != "/update_hvalue":
                    self.assertEqual((answer.status, answer.fault()), (403, "forbidden"))
            self.assertIn(self.host.ask(method, path, body).status, (401,), path)

    def test_tokens_have_the_rights_of_their_scope(self):
        admin = self.claim()
        scopes = {"read": 1, "control": 2, "admin": 3}
        for scope, level in scopes.items():
            token = self.token(admin, scopes=[scope])
            self.assertEqual(token["scopes"], [scope])
            text = token["token"]
            self.assertRegex(text, "^ohm_" + token["id"] + "_[0-9a-f]{64}$")
            self.assertEqual(self.bearer(text, "GET", "/api/v1/state").status, 200)
            self.assertEqual(self.bearer(text, "PUT", OVERRIDE, SHED).status,
                             200 if level > 1 else 403)
            self.assertEqual(self.bearer(text, "POST", "/update_hvalue", HVALUE).status,
                             200 if level > 1 else 403)
            self.assertEqual(self.bearer(text, "GET", "/api/v1/users").status,
                             200 if level > 2 else 403)

    def test_a_changed_role_counts_at_once(self):
        admin = self.claim()
        self.person(admin, "paul", "admin")
        self.assertEqual(admin.ask("DELETE", "/api/v1/users/marie").status, 204)
        self.assertEqual(admin.ask("GET", "/api/v1/users").status, 401)


class System(Case):
    def test_a_copy_to_take_along(self):
        import sqlite3
        import time
        admin = self.claim()
        self.host.tell("frames 360")
        none = admin.ask("GET", "/api/v1/backup").json()
        self.assertEqual((none["state"], none["file"], none["started"]), ("none", None, None))
        self.assertEqual(admin.ask("GET", "/api/v1/backup/file").status, 404)
        self.assertEqual(admin.ask("POST", "/api/v1/backup", X_CSRF_Token="0").fault(), "csrf")
        self.assertEqual(admin.ask("POST", "/api/v1/backup").status, 202)
        end = time.monotonic() + 120
        while (made := admin.ask("GET", "/api/v1/backup").json())["state"] == "running":
            self.assertLess(time.monotonic(), end, "the copy is made")
        self.assertEqual((made["state"], made["why"]), ("done", None))
        self.assertEqual((made["contents"]["series"], made["contents"]["readings"]), (2, 720))
        self.assertEqual(made["pages_done"], made["pages_total"])
        answer = admin.ask("GET", "/api/v1/backup/file")
        self.assertEqual(len(answer.body), made["file"]["bytes"])
        self.assertRegex(answer.fields["content-disposition"],
                         '^attachment; filename="ohmstead-home-[0-9-]{10}[.]db"$')
        self.assertEqual(answer.fields["cache-control"], "no-store")
        path = os.path.join(self.state.name, "taken.db")
        with open(path, "wb") as file:
            file.write(answer.body)
        with sqlite3.connect(path) as base:
            self.assertEqual(base.execute("SELECT count(*) FROM frame").fetchone(), (360,))
        base.close()
        copy = os.path.join(self.state.name, "copy.db")
        self.assertEqual(os.stat(copy).st_mode & 0o777, 0o600)
        self.assertEqual(admin.ask("DELETE", "/api/v1/backup").json()["file"], None)
        self.assertFalse(os.path.exists(copy))
        self.assertEqual(admin.ask("DELETE", "/api/v1/backup").status, 404)
        log = self.again()
        for event in ("backup_started", "backup_taken", "backup_removed"):
            self.assertIn(event + ' subject="store" by=user:marie', log)

    def test_a_copy_that_cannot_be_made_says_why(self):
        import time
        admin = self.claim()
        os.mkdir(os.path.join(self.state.name, "copy.db"))  # nothing takes its place
        self.assertEqual(admin.ask("POST", "/api/v1/backup").status, 202)
        end = time.monotonic() + 120
        while (made := admin.ask("GET", "/api/v1/backup").json())["state"] == "running":
            self.assertLess(time.monotonic(), end, "it ends")
        self.assertEqual(made["state"], "failed")
        self.assertTrue(made["why"])
        os.rmdir(os.path.join(self.state.name, "copy.db"))

    def test_the_store_and_the_report(self):
        admin = self.claim()
        empty = admin.ask("GET", "/api/v1/system").json()
        self.assertEqual((empty["growth"], empty["store"]["first"]), (None, None))
        self.host.tell("frames 360")
        system = admin.ask("GET", "/api/v1/system").json()
        self.assertEqual(system["keep"], [{"after_days": 90, "every_minutes": 1}])
        store = system["store"]
        self.assertEqual((store["series"], store["readings"], store["damaged"]), (2, 720, 0))
        self.assertEqual((store["first"], store["last"]),
                         ("2026-11-22T10:00:10Z", "2026-11-22T11:00:00Z"))
        self.assertGreater(store["bytes"], 4096)
        self.assertGreater(store["disk_free_bytes"], 0)
        self.assertEqual(set(system["growth"]), {"readings_per_day", "bytes_per_day"})
        self.assertEqual(admin.ask("GET", "/api/v1/system?x=1").fault(), "bad-query")
        answer = admin.ask("GET", "/api/v1/doctor")
        self.assertEqual(answer.body, b"meter    dlms ok\n")  # the daemon's adds the machine
        self.assertEqual(answer.fields["content-type"], "text/plain; charset=utf-8")
        self.assertEqual(answer.fields["content-disposition"],
                         'attachment; filename="ohmstead-doctor.txt"')


class Users(Case):
    def test_the_life_of_a_user(self):
        admin = self.claim()
        answer = admin.ask("POST", "/api/v1/users",
                           {"name": "Paul", "password": GOOD, "role": "viewer"})
        self.assertEqual(answer.status, 201)
        self.assertEqual(set(answer.json()), {"name", "role", "created"})
        self.assertEqual([user["name"] for user in
                          admin.ask("GET", "/api/v1/users").json()["items"]], ["marie", "Paul"])
        self.assertEqual(admin.ask("GET", "/api/v1/users/paul").json()["role"], "viewer")
        answer = admin.ask("POST", "/api/v1/users",
                           {"name": "pAUL", "password": GOOD, "role": "admin"})
        self.assertEqual((answer.status, answer.fault()), (409, "user-exists"))
        self.assertEqual(admin.ask("DELETE", "/api/v1/users/paul").status, 204)
        self.assertEqual(admin.ask("DELETE", "/api/v1/users/paul").status, 404)
        self.assertEqual(admin.ask("GET", "/api/v1/users/paul").status, 404)
        answer = admin.ask("DELETE", "/api/v1/users/marie")
        self.assertEqual((answer.status, answer.fault()), (409, "last-admin"))

    def test_passwords_that_are_too_weak(self):
        admin = self.claim()
        for password, fault in (
                ("short12", "short-password"), ("é" * 7, "short-password"),
                ("x" * 129, "long-password"), ("password", "common-password"),
                ("Password123!", "common-password"), ("aaaaaaaaaaaa", "common-password"),
                ("12345678901234567890", "common-password"), ("abababababab", "common-password"),
                ("azertyuiop", "common-password"), ("grandmother", None), ("é" * 8, "common-password"),
                ("grandmother2024", "common-password")):
            name = "grandmother" if password.startswith("grandmother2") else "paul"
            answer = admin.ask("POST", "/api/v1/users",
                               {"name": name, "password": password, "role": "viewer"})
            if fault:
                self.assertEqual((answer.status, answer.fault()), (422, fault), password)
                self.assertEqual(answer.json()["errors"], [{"pointer": "/password"}])
            else:
                self.assertEqual(answer.status, 201, password)

    def test_bad_users(self):
        admin = self.claim()
        for members in ({"name": "a b"}, {"name": "../x"}, {"name": "x" * 32}, {"name": "é"},
                        {"name": ".x"}, {"role": "root"}, {"role": "demo"}, {"role": "none"},
                        {"role": None}, {"more": 1}):
            answer = admin.ask("POST", "/api/v1/users",
                               {"name": "paul", "password": GOOD, "role": "viewer", **members})
            self.assertEqual((answer.status, answer.fault()), (422, "bad-member"), members)

    def test_changing_a_password_ends_the_other_sessions(self):
        admin = self.claim()
        paul = self.person(admin, "paul", "viewer")
        other = Browser(self.host)
        other.login("paul", GOOD + "paul")
        path = "/api/v1/users/paul/password"
        for body, status in (({"password": "another one 42"}, 422),
                             ({"current": "wrong one 42", "password": "another one 42"}, 401),
                             ({"current": GOOD + "paul", "password": "short"}, 422)):
            self.assertEqual(paul.ask("PUT", path, body).status, status, body)
        self.assertEqual(paul.ask("PUT", "/api/v1/users/marie/password",
                                  {"password": "another one 42"}).status, 403)
        answer = paul.ask("PUT", path, {"current": GOOD + "paul", "password": "another one 42"})
        self.assertEqual(answer.status, 204)
        self.assertEqual(paul.ask("GET", "/api/v1/state").status, 200)
        self.assertEqual(other.ask("GET", "/api/v1/state").status, 401)
        self.assertEqual(Browser(self.host).login("paul", GOOD + "paul").status, 401)
        self.assertEqual(Browser(self.host).login("paul", "another one 42").status, 200)
        self.assertEqual(admin.ask("PUT", path, {"password": "yet another 42"}).status, 204)
        self.assertEqual(paul.ask("GET", "/api/v1/state").status, 401)

    def test_no_more_than_fit(self):
        admin = self.claim()
        token = self.token(admin)
        for number in range(63):
            self.token(admin, name=f"token {number}")
        answer = admin.ask("POST", "/api/v1/tokens", {"name": "one more"})
        self.assertEqual((answer.status, answer.fault()), (409, "full"))
        self.assertEqual(admin.ask("DELETE", f"/api/v1/tokens/{token['id']}").status, 204)
        self.token(admin, name="room again")


class Tokens(Case):
    def test_the_life_of_a_token(self):
        admin = self.claim()
        token = self.token(admin, name="Home Assistant", role="operator", expires_days=7)
        self.assertEqual((token["scopes"], token["role"], token["last_used"]),
                         (["control"], "operator", None))
        self.assertIsNotNone(token["expires"])
        path = f"/api/v1/tokens/{token['id']}"
        self.assertNotIn("token", admin.ask("GET", path).json())
        self.assertEqual(self.bearer(token["token"], "PUT", OVERRIDE, SHED).status, 200)
        self.assertIsNotNone(admin.ask("GET", path).json()["last_used"])
        self.again()
        self.assertEqual(self.bearer(token["token"], "GET", "/api/v1/state").status, 200)
        admin = Browser(self.host)
        admin.login("marie")
        listed = admin.ask("GET", "/api/v1/tokens").json()["items"]
        self.assertEqual([item["name"] for item in listed], ["Home Assistant"])
        self.assertEqual(admin.ask("DELETE", path).status, 204)
        answer = self.bearer(token["token"], "GET", "/api/v1/state")
        self.assertEqual((answer.status, answer.fault()), (401, "bad-token"))
        self.assertEqual(admin.ask("DELETE", path).status, 404)

    def test_the_last_use_survives(self):
        admin = self.claim()
        token = self.token(admin, scopes=["admin"])
        self.bearer(token["token"], "GET", "/api/v1/state")
        self.again()
        listed = self.bearer(token["token"], "GET", "/api/v1/tokens").json()["items"]
        self.assertIsNotNone(listed[0]["last_used"])

    def test_the_log_and_the_journal_call_tokens_by_name(self):
        admin = self.claim()
        made = self.token(admin, name="Home Assistant", role="admin")
        self.assertEqual(self.bearer(made["token"], "POST", "/api/v1/users", {
            "name": "paul", "password": GOOD, "role": "viewer"}).status, 201)
        answer = admin.ask("DELETE", "/api/v1/tokens/" + made["id"])
        self.assertEqual(answer.status, 204, answer.body)
        log = self.again()
        self.assertIn('web_token_added subject="Home Assistant" by=user:marie', log)
        self.assertIn('web_user_added subject="paul" by="token:Home Assistant"', log)
        self.assertIn('web_token_removed subject="Home Assistant" by=user:marie', log)

    def test_tokens_that_are_none(self):
        admin = self.claim()
        good = self.token(admin)["token"]
        other = self.token(admin)["token"]
        bad = [good[:-1], good + "0", good.upper(), "ohm_00000000_" + good[13:],
               good[:13] + other[13:], good.replace("ohm_", "OHM_"), "x", "",
               good[:-1] + ("0" if good[-1] != "0" else "1")]
        for text in bad:
            answer = self.bearer(text, "GET", "/api/v1/state")
            self.assertEqual((answer.status, answer.fault()), (401, "bad-token"), text)
        for field in ("Basic " + good, good, "Bearer", "Bearer " + good + " x"):
            answer = self.host.ask("GET", "/api/v1/state", Authorization=field)
            self.assertEqual(answer.fault(), "bad-token", field)
        # A bad token is not helped by a good session.
        answer = admin.ask("GET", "/api/v1/state", Authorization="Bearer x")
        self.assertEqual(answer.status, 401)

    def test_bad_new_tokens(self):
        admin = self.claim()
        for members in ({"scopes": []}, {"scopes": ["everything"]}, {"scopes": "read"},
                        {"scopes": [1]}, {"role": "demo"}, {"role": "admin", "scopes": ["read"]},
                        {"expires_days": 0}, {"expires_days": 3661}, {"expires_days": "7"},
                        {"name": ""}, {"name": "a\nb"}, {"name": "x" * 32}):
            answer = admin.ask("POST", "/api/v1/tokens", {"name": "x", **members})
            self.assertEqual((answer.status, answer.fault()), (422, "bad-member"), members)

    def test_a_token_needs_no_page_of_ours(self):
        token = self.token(self.claim(), scopes=["control"])["token"]
        for fields in ({"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
            self.assertEqual(self.bearer(token, "PUT", OVERRIDE, SHED, **fields).status, 200)

    def test_streams_by_token(self):
        token = self.token(self.claim())["token"]
        events = Events(self.host, Authorization="Bearer " + token)
        self.assertEqual(events.next()[1], "state")
        events.close()
        plug = WebSocket(self.host, Authorization="Bearer " + token)
        self.assertEqual(plug.next()["event"], "state")
        plug.close()
        plug = WebSocket(self.host)
        self.assertEqual(plug.status, 401)
        plug.close()

    def test_the_prototypes_write(self):
        token = self.token(self.claim(), scopes=["control"])["token"]
        rows = [
            ({"signal": "2026-11-22", "pas": "18", "hvalue": 3}, "2026-11-22T17:00:00Z", 1),
            ({"signal": "2026-11-22T00:00:00+01:00", "pas": 20, "hvalue": 2},
             "2026-11-22T19:00:00Z", 1),
            ({"signal": "2026-11-23", "pas": 0, "hvalue": "0"}, "2026-11-22T23:00:00Z", 1),
        ]
        for body, start, count in rows:
            answer = self.bearer(token, "POST", "/update_hvalue", body)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(answer.json(), {"message": "hvalue mis à jour", **body})
            days = self.bearer(token, "GET", "/api/v1/ecowatt").json()["days"]
            hours = [hour for day in days for hour in day["hours"] if hour["from"] == start]
            self.assertEqual([(hour["level"], hour["manual"]) for hour in hours],
                             [(int(body["hvalue"]), True)] * count)
        for body, fault in (({"signal": "2026-11-22", "pas": "24", "hvalue": 1}, "bad-member"),
                            ({"signal": "2026-11-22", "pas": "1x", "hvalue": 1}, "bad-member"),
                            ({"signal": "2026-13-22", "pas": 1, "hvalue": 1}, "bad-member"),
                            ({"signal": "22/11/2026", "pas": 1, "hvalue": 1}, "bad-member"),
                            ({"signal": "2026-11-22", "pas": 18, "hvalue": 4}, "bad-member"),
                            ({"signal": "2026-11-22", "pas": 18, "hvalue": True}, "bad-member"),
                            ({"signal": "2026-11-22", "pas": 18}, "bad-member"),
                            ({"signal": "2026-11-21", "pas": 1, "hvalue": 1}, "bad-hours"),
                            ({"signal": "2027-11-22", "pas": 1, "hvalue": 1}, "bad-hours")):
            answer = self.bearer(token, "POST", "/update_hvalue", body)
            self.assertEqual((answer.status, answer.fault()), (422, fault), body)


class Demo(Case):
    options = ["demo"]

    def test_the_anonymous(self):
        self.assertEqual(self.host.about["claim"], "")
        session = self.host.ask("GET", "/api/v1/session").json()
        self.assertEqual(session, {"user": None, "role": "demo", "demo": True, "claimed": True,
                                   "csrf": None})
        self.assertEqual(self.host.ask("PUT", OVERRIDE, SHED).status, 200)
        for method, path in (("GET", "/api/v1/users"), ("POST", "/api/v1/tokens"),
                             ("GET", "/api/v1/tokens")):
            answer = self.host.ask(method, path, {} if method == "POST" else None)
            self.assertEqual((answer.status, answer.fault()), (403, "forbidden"))
        answer = self.host.ask("POST", "/api/v1/claim",
                               {"code": "x", "user": "eve", "password": GOOD})
        self.assertEqual(answer.fault(), "claimed")
        answer = self.host.ask("PUT", "/api/v1/users/demo/password", {"password": GOOD})
        self.assertEqual(answer.fault(), "forbidden")


if __name__ == "__main__":
    main()
