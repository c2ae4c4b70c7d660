#!/usr/bin/env python3
"""Live events by SSE and WebSocket: the same events, replay, slow readers, many readers."""
import os
import resource
import time
import unittest

from web_client import Events, Host, WebSocket, main

DECISION = 'action d {"seq":%d,"load":"water_heater","state":"shed"}'

# What a client may cost the server. A sanitizer's own books and quarantine grow by far more.
GROWTH_KB = 200000 if "OHM_SANITIZED" in os.environ else 2000


class Live(unittest.TestCase):
    def setUp(self):
        self.host = Host("demo")

    def tearDown(self):
        self.host.close()

    def test_a_stream_begins_with_the_state(self):
        events = Events(self.host)
        self.assertEqual(events.status, 200)
        self.assertEqual(events.response.getheader("Content-Type"), "text/event-stream")
        self.assertEqual(events.response.getheader("Cache-Control"), "no-store")
        number, name, data = events.next()
        self.assertEqual(name, "state")
        self.assertEqual(data, self.host.ask("GET", "/api/v1/state").json())
        self.assertGreater(number, 0)
        events.close()

    def test_events_come_in_order_with_growing_ids(self):
        events, socket_events = Events(self.host), WebSocket(self.host)
        last = events.next()[0]
        self.assertEqual(socket_events.next()["event"], "state")
        for seq in range(1, 6):
            self.host.tell(DECISION % seq)
        self.host.tell('action n {"seq":6,"notice":"meter_lost"}')
        for seq in range(1, 7):
            number, name, data = events.next()
            self.assertGreater(number, last)
            self.assertEqual((name, data["seq"]), ("notice" if seq == 6 else "decision", seq))
            self.assertEqual(socket_events.next(), {"id": number, "event": name, "data": data})
            last = number
        self.host.tell("tick")
        number, name, data = events.next()
        self.assertEqual((name, data["time"]), ("state", "2026-11-22T11:00:01Z"))
        self.assertGreater(number, last)
        self.assertEqual(socket_events.next()["id"], number)
        events.close()
        socket_events.close()

    def test_states_come_once_a_second_at_most(self):
        events = Events(self.host)
        events.next()
        start = time.monotonic()
        for _ in range(50):
            self.host.tell("tick")
        states = 1  # on a quiet machine the fifty are told as one
        while events.next()[2]["time"] != "2026-11-22T11:00:50Z":
            states += 1
        self.assertLessEqual(states, time.monotonic() - start + 1)
        events.close()

    def test_replay_after_a_reconnection(self):
        events = Events(self.host)
        last = events.next()[0]
        self.host.tell(DECISION % 1)
        last = events.next()[0]
        for seq in range(2, 5):
            self.host.tell(DECISION % seq)
        while events.next()[2].get("seq") != 4:  # what is replayed must have happened
            pass
        events.close()
        events = Events(self.host, last_id=last)
        for seq in range(2, 5):
            number, name, data = events.next()
            self.assertEqual((name, data["seq"]), ("decision", seq))
            self.assertGreater(number, last)
            last = number
        number, name, _ = events.next()
        self.assertEqual(name, "state")
        self.assertGreater(number, last)
        events.close()

    def test_replay_of_what_the_ring_has_lost_is_what_is_left(self):
        events = Events(self.host)
        last = events.next()[0]
        for newest in (1199, 1399):
            self.host.tell("burst 200")
            while events.next()[2].get("seq") != newest:  # all of it has happened
                pass
        events.close()
        events = Events(self.host, last_id=last)
        seqs = [events.next()[2]["seq"] for _ in range(256)]
        self.assertEqual(seqs, list(range(1400 - 256, 1400)))
        self.assertEqual(events.next()[1], "state")
        events.close()

    def test_ids_of_another_run_or_of_nobody_begin_with_the_state(self):
        self.host.tell(DECISION % 1)
        for last in ("1", "99999999999999999", "abc", "-1", "1 2", "9" * 40):
            events = Events(self.host, last_id=last)
            first = events.next()
            if last == "1":  # older than all: the whole ring
                self.assertEqual(first[1], "decision", last)
            else:
                self.assertEqual(first[1], "state", last)
            events.close()

    def test_a_slow_reader_goes_on_with_the_newest(self):
        plug = self.host.socket()
        plug.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{self.host.port}\r\n\r\n"
                     .encode())
        fast = Events(self.host)
        fast.next()
        before = self.host.rss_kb()
        for _ in range(60):  # far more than the ring, and than socket buffers hold
            self.host.tell("burst 250")
            while fast.next()[2].get("seq", 0) % 250 != 249:
                pass
        self.assertLess(self.host.rss_kb() - before, GROWTH_KB)
        text = b""
        while b'"seq":15999' not in text[-70000:]:
            part = plug.recv(65536)
            self.assertTrue(part)
            text += part
        self.assertLess(text.count(b"event: decision"), 14000)
        plug.close()
        fast.close()

    def test_head_and_parameters(self):
        self.assertEqual(self.host.ask("HEAD", "/api/v1/events").status, 200)
        self.assertEqual(self.host.ask("GET", "/api/v1/events?x=1").fault(), "bad-query")

    def test_many_readers_and_many_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2048)), hard))
        events = [Events(self.host) for _ in range(100)]
        sockets = [WebSocket(self.host) for _ in range(32)]
        idle = [self.host.socket() for _ in range(360)]
        self.host.tell(DECISION % 7)
        for each in events:
            self.assertEqual(each.next()[1], "state")
            self.assertEqual(each.next()[2]["seq"], 7)
        for each in sockets:
            self.assertEqual(each.next()["event"], "state")
            self.assertEqual(each.next()["data"]["seq"], 7)
        refused = WebSocket(self.host)
        self.assertEqual(refused.status, 503)
        self.assertEqual(self.host.ask("GET", "/api/v1/state").status, 200)
        for each in events + sockets + idle + [refused]:
            each.close()
        # What they took is given back.
        again = WebSocket(self.host)
        self.assertEqual(again.status, 101)
        again.close()


class Handshake(unittest.TestCase):
    def setUp(self):
        self.host = Host("demo")

    def tearDown(self):
        self.host.close()

    def test_the_accept_field(self):
        plug = WebSocket(self.host, Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==")
        self.assertIn("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", plug.head)
        plug.close()

    def test_what_is_no_handshake(self):
        for fields in ({"Upgrade": None}, {"Upgrade": "h2c"}, {"Connection": "keep-alive"},
                       {"Sec_WebSocket_Version": "8"}, {"Sec_WebSocket_Key": None},
                       {"Sec_WebSocket_Key": "abc"}, {"Sec_WebSocket_Key": "A" * 24},
                       {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25j!Q=="}):
            plug = WebSocket(self.host, **fields)
            self.assertEqual(plug.status, 426, fields)
            plug.close()
        answer = self.host.ask("GET", "/api/v1/ws")
        self.assertEqual(answer.fault(), "upgrade")
        self.assertEqual(answer.fields["sec-websocket-version"], "13")

    def test_a_page_of_another_site_is_refused(self):
        for fields in ({"Origin": "http://evil.example"}, {"Origin": "null"},
                       {"Sec_Fetch_Site": "cross-site"},
                       {"Origin": f"http://localhost:{self.host.port}"}):
            plug = WebSocket(self.host, **fields)
            self.assertEqual(plug.status, 403, fields)
            plug.close()
        plug = WebSocket(self.host, Origin=f"http://127.0.0.1:{self.host.port}",
                         Sec_Fetch_Site="same-origin")
        self.assertEqual(plug.status, 101)
        plug.close()

    def test_ping_is_answered_and_close_too(self):
        plug = WebSocket(self.host)
        plug.next()
        plug.send(9, b"hello")
        self.assertEqual(plug.frame(), (10, b"hello"))
        plug.send(1, b"whatever a client says")
        plug.send(8, b"\x03\xe8")
        self.assertEqual(plug.frame(), (8, b"\x03\xe8"))
        with self.assertRaises(EOFError):
            plug.frame()
        plug.close()

    def test_frames_that_came_with_the_handshake(self):
        plug = WebSocket(self.host, early=WebSocket.packed(9, b"early"))
        frames = [plug.frame(), plug.frame()]
        self.assertIn((10, b"early"), frames)
        plug.close()

    def test_what_breaks_the_protocol_ends_the_stream(self):
        broken = [WebSocket.packed(1, b"x", masked=False), WebSocket.packed(3, b"x"),
                  WebSocket.packed(9, b"x" * 126), WebSocket.packed(9, b"x", final=False),
                  WebSocket.packed(1, b"x" * 5000), WebSocket.packed(1, b"\xff\xfe"),
                  WebSocket.packed(0, b"x"), b"\xff" * 64]
        for data in broken:
            plug = WebSocket(self.host)
            plug.next()
            plug.socket.sendall(data)
            with self.assertRaises((EOFError, ConnectionResetError), msg=data):
                while True:
                    plug.next()
            plug.close()
        self.assertEqual(self.host.ask("GET", "/api/v1/state").status, 200)

    def test_a_flood_of_pings_by_one_who_does_not_read(self):
        plug = WebSocket(self.host)
        flood = WebSocket.packed(9, b"x" * 125) * 500
        before = self.host.rss_kb()
        with self.assertRaises(OSError):
            while True:
                plug.socket.sendall(flood)
        self.assertLess(self.host.rss_kb() - before, GROWTH_KB)
        plug.close()


class End(unittest.TestCase):
    def test_streams_end_with_the_server(self):
        host = Host("demo")
        events, plug = Events(host), WebSocket(host)
        events.next()
        plug.next()
        host.close()
        with self.assertRaises(EOFError):
            events.next()
        with self.assertRaises(EOFError) as end:
            plug.next()
        self.assertEqual(end.exception.args, (b"\x03\xe9",))
        events.close()
        plug.close()


if __name__ == "__main__":
    main()
