#!/usr/bin/env python3
"""TLS off loopback: a certificate that comes of age while the server runs, and what is no TLS."""
import os
import socket
import ssl
import tempfile
import time
import unittest

from web_client import Events, Host, PATIENCE_S, WebSocket, main, trusting


class Tls(unittest.TestCase):
    def setUp(self):
        self.state = tempfile.TemporaryDirectory()

    def start(self, *options):
        host = Host("demo", "address=0.0.0.0", *options, state=self.state.name)
        host.tls = trusting(os.path.join(self.state.name, "tls", "ca.crt"))
        self.addCleanup(self.state.cleanup)
        return host

    @staticmethod
    def certificate(host):
        with host.socket() as plug:
            return plug.getpeercert()

    def test_a_certificate_is_renewed_while_it_runs(self):
        host = self.start("due=3")
        events, plug = Events(host), WebSocket(host)
        self.assertEqual(events.next()[1], "state")
        self.assertEqual(plug.next()["event"], "state")
        old = host.socket()
        end = time.monotonic() + PATIENCE_S
        fresh = time.time() + 300 * 86400  # the old one ends in thirty days
        while ssl.cert_time_to_seconds(self.certificate(host)["notAfter"]) < fresh:
            self.assertLess(time.monotonic(), end, "never renewed")
            time.sleep(0.1)
        # What is under way goes on, and so does what was never asked.
        host.tell('action d {"seq":7,"load":"water_heater"}')
        self.assertEqual(events.next()[2]["seq"], 7)
        self.assertEqual(plug.next()["data"]["seq"], 7)
        old.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.assertIn(b" 200 ", old.recv(65536).split(b"\r\n")[0])
        for each in (old, events, plug):
            each.close()
        self.assertIn("web_certificate_renewed", host.close())

    def test_a_connection_that_ends_in_its_handshake_costs_nothing(self):
        host = self.start()
        for data in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 40,
                     b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", host.port), timeout=PATIENCE_S) as plug:
                plug.sendall(data)
        self.assertEqual(host.ask("GET", "/healthz").status, 200)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        try:
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        except ValueError:
            self.skipTest("this Python has no TLS 1.1 to try")
        with socket.create_connection(("127.0.0.1", host.port), timeout=PATIENCE_S) as plug:
            with self.assertRaises(OSError):
                old.wrap_socket(plug)
        self.assertEqual(host.ask("GET", "/healthz").status, 200)
        host.close()


if __name__ == "__main__":
    main()
