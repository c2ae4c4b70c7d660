"""Real time-series engines for tests: unprivileged, on 127.0.0.1 and a free port, in a folder of
their own."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from broker import PATHS, free_port


class Engine:
    """A program with a port; `stop` and `start` keep its data."""

    program = ready = None

    def __init__(self):
        self.binary = shutil.which(self.program, path=os.environ.get("OHM_ENGINES", "") + ":" +
                                   PATHS)
        if not self.binary:
            raise RuntimeError(f"{self.program} is missing: ./dev test installs it")
        self.folder = tempfile.mkdtemp(prefix="ohm-engine-")
        self.port, self.process = free_port(), None
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def argv(self):
        raise NotImplementedError

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(self.argv(), stdout=log, stderr=log,
                                            cwd=self.folder)
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.ask(self.ready)
                return
            except (OSError, urllib.error.URLError):
                time.sleep(0.05)
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            raise RuntimeError(f"{self.program} does not start: " + log.read()[-2000:])

    def ask(self, path, data=None, **query):
        if query:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(query)
        with urllib.request.urlopen(self.url + path, data=data, timeout=60) as reply:
            return reply.read().decode()

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(60)

    def close(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class VictoriaMetrics(Engine):
    program, ready = "victoria-metrics", "/health"

    def argv(self):
        return [self.binary, "-storageDataPath", os.path.join(self.folder, "data"),
                "-httpListenAddr", f"127.0.0.1:{self.port}", "-retentionPeriod", "100y",
                "-memory.allowedBytes", "64MB"]

    def points(self, name, **labels):
        """The stored points of a metric, every copy of them: [(seconds, value)]."""
        match = ",".join([f'__name__="{name}"', *(f'{k}="{v}"' for k, v in labels.items())])
        rows = self.ask("/api/v1/export/csv", format="__timestamp__:unix_ms,__value__",
                        **{"match[]": "{" + match + "}", "start": "0"})
        return sorted((int(t) / 1000, float(v)) for t, v in
                      (row.split(",") for row in rows.split()))


CONFIG = """reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[monitor]
  store-enabled = false
"""


class InfluxDB(Engine):
    """Version 1.6, with one database."""

    program, ready = "influxd", "/ping"

    def argv(self):
        path = os.path.join(self.folder, "conf")
        with open(path, "w", encoding="utf-8") as conf:
            conf.write(CONFIG.format(folder=self.folder, port=self.port))
        return [self.binary, "run", "-config", path]

    def query(self, words):
        import json
        return json.loads(self.ask("/query", b"", db="ohmstead", epoch="ms", q=words))["results"][0]

    def make_database(self):
        self.query("CREATE DATABASE ohmstead")

    def points(self, field, **labels):
        where = " AND ".join(f"\"{k}\"='{v}'" for k, v in labels.items())
        answer = self.query(f'SELECT "{field}" FROM ohmstead WHERE {where}')
        rows = answer.get("series", [{"values": []}])[0]["values"]
        return sorted((t / 1000, v) for t, v in rows)
