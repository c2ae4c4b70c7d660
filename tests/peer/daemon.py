"""A real `ohmstead serve` for the peer tests: on a free port of 127.0.0.1, in a folder of its own.

The binary is $OHMSTEAD. Used as:

    with Daemon() as house:                      # the demo
        state = house.get("/api/v1/state")
"""
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

OHMSTEAD = os.environ.get("OHMSTEAD", "build/ohmstead")
SIDE_BY_SIDE = 4  # tests of one script
PATIENCE_S = 120  # for a process to start, answer or end; only a failure takes so long
SLACK = 4  # waits are written for a quiet machine and the plain build: here is for the others


class Failure(AssertionError):
    """What a test found wrong."""


def check(truth, why):
    if not truth:
        raise Failure(why)


def wait_for(what, seconds, ask, every=0.2):
    """Asks until the answer is true; returns it. A generous limit, not a timing."""
    seconds *= SLACK
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(every)
    raise Failure(f"waited {seconds} s for {what}")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Daemon:
    """One process; `state` keeps its folder between several."""

    def __init__(self, config=None, state=None, env=None, listen="127.0.0.1:0", plan=False,
                 options=()):
        self.folder = state or tempfile.mkdtemp(prefix="ohm-serve-")
        self.own_folder = state is None
        self.lines, self.bearer = [], None
        argv = [OHMSTEAD, "serve", "--state", self.folder, "--listen", listen]
        argv += ["--config", config] if config else ["--demo"]
        argv += [] if plan else ["--no-plan"]  # what is planned depends on the hour
        argv += options
        if os.geteuid() == 0:
            argv.append("--allow-root")
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL,
                                        env={**os.environ, **(env or {})})
        threading.Thread(target=self._listen, daemon=True).start()
        self.url = wait_for("the address on standard output", 30, self._address, 0.05)

    def _listen(self):
        """What it writes at once (the address and what follows it) is seen at once."""
        rest = b""
        while data := os.read(self.process.stdout.fileno(), 65536):
            *lines, rest = (rest + data).split(b"\n")
            self.lines += [line.decode(errors="replace") for line in lines]

    def _address(self):
        for line in list(self.lines):
            found = re.search(r"(https?://[^ ]+?)/?$", line)
            if found:
                return found.group(1)
        if self.process.poll() is not None:
            raise Failure("serve ended: " + "\n".join(self.lines))
        return None

    def says(self, words):
        """Waits until a line with these words came."""
        return wait_for(f"the words {words!r}", 30,
                        lambda: any(words in line for line in list(self.lines)))

    def ask(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:
                return Answer(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.headers, refused.read())

    def get(self, path):
        answer = self.ask("GET", path)
        check(answer.status == 200, f"GET {path}: {answer.status} {answer.body[:300]!r}")
        return answer.json

    def read(self, path):
        """The same where one has to say who asks: by a token, made when it is first needed."""
        if not self.bearer:
            made = self.verb("token", "create", "--state", self.folder)
            check(made.returncode == 0, made.stderr)
            self.bearer = {"Authorization": "Bearer " + made.stdout.strip()}
        answer = self.ask("GET", path, headers=self.bearer)
        check(answer.status == 200, f"GET {path}: {answer.status} {answer.body[:300]!r}")
        return answer.json

    def session(self):
        """The headers that a browser's script would send with a change."""
        answer = self.ask("GET", "/api/v1/session")
        cookie = answer.headers.get("Set-Cookie", "").split(";")[0]
        headers = {"X-CSRF-Token": answer.json.get("csrf") or "", "Origin": self.url}
        if cookie:
            headers["Cookie"] = cookie
        return headers

    def change(self, method, path, body=None):
        return self.ask(method, path, body, self.session())

    def load(self, name):
        return next(l for l in self.get("/api/v1/state")["loads"] if l["id"] == name)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE_S)

    def verb(self, *words, **options):
        return subprocess.run([OHMSTEAD, *words], capture_output=True, text=True, timeout=PATIENCE_S,
                              stdin=subprocess.DEVNULL, check=False, **options)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)
        if error is not None:
            print("\n".join("    | " + line for line in self.lines[-40:]))
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def outcome(test):
    """One test's end: None, or what went wrong."""
    try:
        test()
    except Exception as error:  # every test must get its turn
        return f"failed  {test.__name__}: {error!r}"
    return None


def main(tests):
    """Runs the tests, some side by side, for each has daemons and folders of its own and mostly
    waits; ends with the line that the runner reads."""
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
        for test, wrong in zip(tests, pool.map(outcome, tests)):
            passed += wrong is None
            failed += wrong is not None
            print(wrong or f"ok      {test.__name__}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
