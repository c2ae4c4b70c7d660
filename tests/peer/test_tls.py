#!/usr/bin/env python3
"""Off loopback there is TLS, with a certificate of the own CA, or nothing at all."""
import hashlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import OHMSTEAD, PATIENCE_S, Daemon, Failure, check, main  # noqa: E402


def get(port, context, path="/healthz", name="localhost", host=None):
    """Status line and headers of one answer over TLS."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as plug:
        with context.wrap_socket(plug, server_hostname=name) as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host or name}:{port}\r\n"
                         "Connection: close\r\n\r\n".encode())
            answer = b""
            while part := line.recv(65536):
                answer += part
            return answer.decode("latin-1").split("\r\n\r\n")[0], line.version()


def off_loopback_is_tls_with_the_fingerprint_on_the_console():
    with Daemon(listen="0.0.0.0:0") as house:
        check(house.url.startswith("https://"), house.url)
        port = int(house.url.rsplit(":", 1)[1])
        ca = os.path.join(house.folder, "tls", "ca.crt")
        check(os.stat(os.path.join(house.folder, "tls", "server.key")).st_mode & 0o77 == 0, "mode")
        with open(ca, encoding="ascii") as pem:
            digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read())).hexdigest().upper()
        shown = ":".join(digest[i:i + 2] for i in range(0, 64, 2))
        house.says(shown)  # on the console
        name = socket.gethostname()  # what a phone can be given
        house.says(f"https://{name}:{port}/")

        context = ssl.create_default_context(cafile=ca)
        if re.fullmatch(r"[A-Za-z0-9-]+", name):  # else it is no name for a certificate
            check(get(port, context, name=name)[0].startswith("HTTP/1.1 200"), "the host's name")
        check(get(port, context, host="a.example")[0].startswith("HTTP/1.1 421"), "another's")
        head, version = get(port, context)
        check(head.startswith("HTTP/1.1 200"), head)
        check("Strict-Transport-Security" in head, head)
        check(version in ("TLSv1.2", "TLSv1.3"), version)
        try:
            get(port, ssl.create_default_context())
            raise Failure("a stranger's CA was enough")
        except ssl.SSLCertVerificationError:
            pass
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try:
                answer = plain.recv(64)
            except ConnectionError:
                answer = b""
            check(not answer.startswith(b"HTTP"), f"plain HTTP was answered: {answer!r}")


def the_authority_stays_over_restarts():
    folder = tempfile.mkdtemp(prefix="ohm-tls-")
    try:
        seen = []
        for _ in range(2):
            with Daemon(state=folder, listen="0.0.0.0:0") as house:
                house.says("SHA-256")
                seen += [line for line in house.lines if "SHA-256" in line][:1]
                check(house.stop() == 0, "stops")
        check(len(seen) == 2 and seen[0] == seen[1], str(seen))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def on_loopback_it_is_plain():
    with Daemon() as house:
        check(house.url.startswith("http://127.0.0.1:"), house.url)
        check(not os.path.exists(os.path.join(house.folder, "tls")), "no key is made for nothing")


def a_name_is_no_address_to_listen_on():
    folder = tempfile.mkdtemp(prefix="ohm-tls-")
    try:
        done = subprocess.run([OHMSTEAD, "serve", "--demo", "--allow-root", "--listen",
                               "somewhere.example:0", "--state", folder],
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        check(done.returncode in (1, 2), f"{done.returncode} {done.stderr}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main([
        off_loopback_is_tls_with_the_fingerprint_on_the_console,
        the_authority_stays_over_restarts,
        on_loopback_it_is_plain,
        a_name_is_no_address_to_listen_on,
    ]))
