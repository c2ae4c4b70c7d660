"""A real Mosquitto for tests: unprivileged, on 127.0.0.1 and a free port, in a folder of its own."""
import os
import shutil
import socket
import subprocess
import tempfile
import time

PATHS = os.environ.get("PATH", "") + ":/usr/sbin"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Broker:
    """`lines` go into its configuration after the listener: certificates, passwords."""

    def __init__(self, lines=(), anonymous=True, port=None):
        self.program = shutil.which("mosquitto", path=PATHS)
        if not self.program:
            raise RuntimeError("mosquitto is missing: ./dev test installs it")
        self.folder = tempfile.mkdtemp(prefix="ohm-broker-")
        self.lines, self.anonymous, self.process = list(lines), anonymous, None
        for _ in range(5):  # a free port may be taken between asking and using it
            self.port = port or free_port()
            if self.start():
                return
        raise RuntimeError("mosquitto does not start: " + self.log())

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
            return log.read()

    def start(self):
        path = os.path.join(self.folder, "conf")
        with open(path, "w", encoding="utf-8") as conf:
            conf.write("\n".join([f"listener {self.port} 127.0.0.1",
                                  f"allow_anonymous {str(self.anonymous).lower()}",
                                  "persistence false", *self.lines, ""]))
        with open(os.path.join(self.folder, "log"), "ab") as log:
            before = log.tell()
            self.process = subprocess.Popen([self.program, "-c", path], stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            # Its own word: who answers on that port may be somebody who took it meanwhile.
            if " running" in self.log()[before:]:
                return True
            time.sleep(0.05)
        return False

    def publish(self, topic, payload, retain=False):
        """One message at most once (MQTT 3.1.1, clauses 3.1 and 3.3), by a client of its own."""
        def field(text):
            return len(text).to_bytes(2, "big") + text

        def packet(kind, body):
            size, left = b"", len(body)
            while True:
                size += bytes([left % 128 | (128 if left > 127 else 0)])
                left //= 128
                if not left:
                    return bytes([kind]) + size + body

        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall(packet(0x10, field(b"MQTT") + bytes([4, 2, 0, 60]) + field(b"")))
            if line.recv(4)[-1:] != b"\0":
                raise RuntimeError("the broker refuses")
            line.sendall(packet(0x31 if retain else 0x30, field(topic.encode()) + payload.encode()))
            line.sendall(bytes([0xe0, 0]))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
