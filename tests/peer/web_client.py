"""What the tests of the web room share: a host process, an HTTP client, SSE and WebSocket readers.

Everything is python3's own library and speaks the protocols itself, so that the server meets a
client that owes it nothing."""
import base64
import http.client
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile

PATIENCE_S = 120  # for anything to happen; only a failure takes so long


class Host:
    """tests/peer/web_host.c as a process."""

    def __init__(self, *options, state=None):
        self.folder = None if state else tempfile.TemporaryDirectory()
        self.state = state or self.folder.name
        self.process = subprocess.Popen([program(), self.state, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("web_host: " + self.process.stderr.read())
        self.about = json.loads(line)
        self.port = self.about["port"]
        self.tls = None

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "ok\n":
            raise AssertionError("web_host did not obey: " + line)

    def close(self):
        """Ends it; its log. Whoever made it sees that it ended well."""
        _, log = self.process.communicate(timeout=PATIENCE_S)
        if self.folder:
            self.folder.cleanup()
        if self.process.returncode != 0:
            raise AssertionError(f"web_host ended with {self.process.returncode}: {log}")
        return log

    def rss_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def connection(self):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE_S,
                                               context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def ask(self, method, path, body=None, **fields):
        """One request on its own connection: the Answer. Underscores in names are hyphens; a body
        that is no bytes goes as JSON; a field of None is left out."""
        connection = self.connection()
        headers = {name.replace("_", "-"): value for name, value in fields.items() if value}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=headers)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def raw(self, data, until_close=True):
        """Bytes in, bytes out."""
        with self.socket() as plug:
            try:
                plug.sendall(data)
            except OSError:
                pass  # it has heard enough: what did it answer?
            got = b""
            while until_close or b"\r\n\r\n" not in got:
                try:
                    part = plug.recv(65536)
                except ConnectionResetError:
                    break
                if not part:
                    break
                got += part
            return got

    def socket(self):
        plug = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        return self.tls.wrap_socket(plug, server_hostname="127.0.0.1") if self.tls else plug


def program():
    """web_host: named on the command line, by Meson."""
    return os.environ["WEB_HOST"]


def main():
    """Takes the paths of web_host and ohmstead off the command line, and runs the tests."""
    import unittest
    if len(sys.argv) < 2:
        print("needs the path of web_host (meson test gives it)")
        sys.exit(77)
    os.environ["WEB_HOST"] = sys.argv.pop(1)
    if len(sys.argv) > 1 and os.access(sys.argv[1], os.X_OK):
        os.environ["OHMSTEAD"] = sys.argv.pop(1)
    unittest.main(module="__main__", verbosity=1)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.fields = {name.lower(): value for name, value in response.getheaders()}
        self.cookies = response.msg.get_all("Set-Cookie") or []
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def fault(self):
        """The word of a fault, after a look at its form."""
        kind = self.fields["content-type"]
        assert kind == "application/problem+json", kind
        problem = self.json()
        assert problem["status"] == self.status, problem
        assert problem["detail"] and problem["title"], problem
        prefix = "urn:ohmstead:fault:"
        assert problem["type"].startswith(prefix), problem
        return problem["type"][len(prefix):]


class Events:
    """A reader of SSE; `next` gives (id, event, data)."""

    def __init__(self, host, last_id=None, **fields):
        self.connection = host.connection()
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        self.connection.request("GET", "/api/v1/events", headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def line(self):
        return self.response.readline().decode().rstrip("\n")

    def next(self):
        event = {}
        while True:
            raw = self.response.readline()
            if not raw:
                raise EOFError
            line = raw.decode().rstrip("\n")
            if line == "" and "data" in event:
                return int(event["id"]), event["event"], json.loads(event["data"])
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = value

    def close(self):
        self.connection.close()


class WebSocket:
    """A client of RFC 6455, as small as it gets."""

    def __init__(self, host, path="/api/v1/ws", early=b"", **fields):
        key = base64.b64encode(b"0123456789abcdef").decode()
        headers = {"Host": f"127.0.0.1:{host.port}", "Upgrade": "websocket",
                   "Connection": "keep-alive, Upgrade", "Sec-WebSocket-Key": key,
                   "Sec-WebSocket-Version": "13"}
        headers.update({name.replace("_", "-"): value for name, value in fields.items()})
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
        self.socket = host.socket()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() + early)
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.head = head.decode()
        self.status = int(self.head.split()[1])

    def more(self):
        part = self.socket.recv(65536)
        if not part:
            raise EOFError
        self.buffer += part

    def take(self, count):
        while len(self.buffer) < count:
            self.more()
        part, self.buffer = self.buffer[:count], self.buffer[count:]
        return part

    def frame(self):
        """(opcode, payload) of the next frame."""
        first, second = self.take(2)
        assert not second & 0x80, "a server's frame is not masked"
        length = second & 0x7F
        if length == 126:
            length = struct.unpack("!H", self.take(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", self.take(8))[0]
        assert first & 0x80, "one frame a message"
        return first & 0x0F, self.take(length)

    def next(self):
        """The next event: pings and pongs are passed over."""
        while True:
            opcode, payload = self.frame()
            if opcode == 1:
                return json.loads(payload)
            if opcode == 8:
                raise EOFError(payload)

    @staticmethod
    def packed(opcode, payload=b"", final=True, masked=True):
        mask = b"\x01\x02\x03\x04"
        head = bytes([opcode | (0x80 if final else 0)])
        flag = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([flag | len(payload)])
        else:
            head += bytes([flag | 126]) + struct.pack("!H", len(payload))
        if not masked:
            return head + payload
        return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))

    def send(self, opcode, payload=b"", **how):
        self.socket.sendall(self.packed(opcode, payload, **how))

    def close(self):
        self.socket.close()


def trusting(ca_path):
    """A TLS context that trusts this CA alone."""
    context = ssl.create_default_context(cafile=ca_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
