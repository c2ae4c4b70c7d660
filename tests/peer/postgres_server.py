"""A real PostgreSQL server for tests: unprivileged, on 127.0.0.1 and a free port, in a folder of
its own. It refuses to run as root, so where the tests do, it is somebody else's process."""
import atexit
import glob
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from broker import PATHS, free_port


def binaries():
    """The folder of initdb and postgres: Debian keeps them out of the path."""
    found = shutil.which("initdb", path=os.environ.get("OHM_ENGINES", "") + ":" + PATHS)
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    if found:
        folders.append(os.path.dirname(os.path.realpath(found)))
    if not folders:
        raise RuntimeError("postgresql is missing: ./dev test installs it")
    return folders[0]


class Template:
    """A cluster with the role and the database "ohm", made once: each server begins as a copy."""

    made, lock = None, threading.Lock()

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="ohm-pgnew-")
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.data, self.password = os.path.join(self.folder, "data"), secrets.token_urlsafe(12)
        user = stranger()
        if user:
            os.chown(self.folder, pwd.getpwnam(user).pw_uid, -1)
        path = os.path.join(self.folder, "password")
        with open(path, "w", encoding="utf-8") as out:
            out.write(self.password + "\n")
        os.chmod(path, 0o644)
        command(self.folder, "initdb", "-D", self.data, "-U", "ohm",
                "--auth-host=scram-sha-256", "--auth-local=trust", "--pwfile", path, "--no-sync", "-E", "UTF8", "--locale=C")
        os.remove(path)
        # Alone, for one statement: nobody listens.
        command(self.folder, "postgres", "--single", "-D", self.data, "-F", "postgres",
                input="CREATE DATABASE ohm\n")

    @classmethod
    def get(cls):
        with cls.lock:
            cls.made = cls.made or cls()
            return cls.made


def stranger():
    """Who runs a server where the tests are root's; None: we do."""
    return "nobody" if os.geteuid() == 0 else None


def command(folder, program, *args, **more):
    done = subprocess.run([os.path.join(binaries(), program), *args], capture_output=True,
                          text=True, user=stranger(), cwd=folder, timeout=300, check=False, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
    return done.stdout


class PostgreSQL:
    """One cluster with the role and the database "ohm"; `stop` and `start` keep its data. Over TCP it
    asks for the password; over the socket in `folder` it does not: that is quicker."""

    def __init__(self):
        template = Template.get()
        self.password, self.port, self.process = template.password, free_port(), None
        self.folder = tempfile.mkdtemp(prefix="ohm-pg-")
        self.data = os.path.join(self.folder, "data")
        if stranger():
            os.chown(self.folder, pwd.getpwnam(stranger()).pw_uid, -1)
        subprocess.run(["cp", "-a", template.data, self.data], check=True, timeout=300)
        self.start()

    def sql(self, words, database="ohm"):
        """The rows of an answer, as lists of text."""
        out = command(self.folder, "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "ohm", "-d", database,
                      "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", words,
                      env={"PGPASSWORD": self.password, "LC_ALL": "C"})
        return [line.split("\t") for line in out.splitlines()]

    def start(self):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with open(os.path.join(self.folder, "log"), "ab") as log:
                self.process = subprocess.Popen(
                    [os.path.join(binaries(), "postgres"), "-D", self.data, "-p", str(self.port),
                     "-k", self.folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                     "-c", "full_page_writes=off", "-c", "autovacuum=off",
                     "-c", "max_connections=40", "-c", "shared_buffers=16MB"],
                    stdout=log, stderr=log, user=stranger(), cwd=self.folder)
            # After a kill, what it left may still be ending: then it says so and is started again.
            while time.monotonic() < end and self.process.poll() is None:
                try:
                    self.sql("SELECT 1", database="postgres")
                    return
                except RuntimeError:
                    time.sleep(0.1)
            time.sleep(0.2)
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            raise RuntimeError("postgres does not start: " + log.read()[-2000:])

    def stop(self, how=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(120)

    def close(self):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
