"""A site whose one meter speaks over a broker of its own: what was published is known."""
import json
import os
import shutil
import subprocess
import tempfile
import time

from broker import Broker
from daemon import Daemon

SITE = """
site: {{id: home, timezone: UTC}}
meters:
  - id: main
    protocol: mqtt
    port: mqtt://127.0.0.1:{mqtt}/main
    time: /t
    values:
      - {{quantity: power_import, pointer: /p}}
      - {{quantity: energy_import, pointer: /e}}
"""


class MqttSite:
    """`said` is what was published: {seconds: power}; `base` the second that rows count from."""

    def __init__(self, prefix, rest, age_s):
        """`rest`: what the site's file has besides, as it is."""
        self.folder = tempfile.mkdtemp(prefix=prefix)
        self.broker, self.states = Broker(), 0
        self.config = os.path.join(self.folder, "site.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(SITE.format(mqtt=self.broker.port) + rest)
        self.base, self.said = int(time.time()) - age_s, {}
        self.state = self.new_state()

    def new_state(self):
        self.states += 1
        path = os.path.join(self.folder, f"state{self.states}")
        os.mkdir(path, 0o700)
        return path

    def serve(self):
        return Daemon(self.config, self.state)

    def publish(self, rows):
        """{seconds after the base: power}, one message each, in that order."""
        lines = []
        for after, power in rows.items():
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.base + after))
            lines.append(json.dumps({"t": stamp, "p": power, "e": 1000 + after}))
            self.said[self.base + after] = power
        subprocess.run([shutil.which("mosquitto_pub"), "-h", "127.0.0.1", "-p",
                        str(self.broker.port), "-t", "main", "-q", "1", "-l"],
                       input="\n".join(lines) + "\n", text=True, check=True, timeout=120)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.broker.close()
        shutil.rmtree(self.folder, ignore_errors=True)
