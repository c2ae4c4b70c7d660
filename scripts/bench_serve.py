#!/usr/bin/env python3
"""usage: bench_serve.py OHMSTEAD DIST

What `OHMSTEAD serve --demo` takes, with the marks of the house: time to the first byte served,
resident and private memory with the house running and a page open (no login in progress), the
stripped binary, what a first visit to the page of DIST transfers, and how long the chart of a year
(a reading a minute, by hours: mean, least, most) takes over HTTP. Exit 1 if a mark is missed."""
import gzip
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

STARTS = 7
CHARTS = 21
SETTLE_S = 20  # the house runs, readings flow, before memory is read


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port, path, encoding="gzip"):
    """The body as transferred, and its type."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}",
                                     headers={"Accept-Encoding": encoding})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read(), answer.headers


def start(ohmstead, state):
    """A daemon on a free port, and the milliseconds from exec to the first byte of its page."""
    port = free_port()
    began = time.monotonic()
    daemon = subprocess.Popen([ohmstead, "serve", "--demo", "--listen", f"127.0.0.1:{port}",
                               "--state", state], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
                if line.recv(1):
                    return daemon, port, (time.monotonic() - began) * 1000
        except ConnectionRefusedError:
            if daemon.poll() is not None:
                sys.exit(f"bench: {ohmstead} serve ended with {daemon.returncode}")
            if time.monotonic() - began > 30:
                daemon.kill()
                sys.exit("bench: nothing served after 30 s")
            time.sleep(0.001)


def stop(daemon):
    daemon.terminate()
    try:
        daemon.wait(20)
    except subprocess.TimeoutExpired:
        daemon.kill()
        sys.exit("bench: the daemon did not end on SIGTERM")


def rolled_up(pid):
    kb = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        for line in rollup:
            found = re.match(r"(\w+):\s+(\d+) kB", line)
            if found:
                kb[found.group(1)] = int(found.group(2))
    return kb


def memory_mb(pid):
    """Memory of a daemon: resident; private, as nobody else can have it, with what it shares with
    its supervisor alone and what that has of its own; and what it alone holds of files (libraries
    mostly), which the next program that maps them shares and the kernel may drop."""
    kb = rolled_up(pid)
    private = kb["Private_Dirty"] + kb["Shared_Dirty"]
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        private += sum(rolled_up(int(child))["Private_Dirty"] for child in children.read().split())
    return kb["Rss"] / 1024, private / 1024, kb["Private_Clean"] / 1024


def first_load(port):
    """Bytes of the page and of what it loads at once, as transferred; and its JavaScript, gzip."""
    page, headers = fetch(port, "/")
    text = gzip.decompress(page) if headers.get("Content-Encoding") == "gzip" else page
    total, scripts = len(page), 0
    for link in sorted(set(re.findall(r'(?:src|href)="(/?[^":]+\.(?:js|css|svg|webmanifest|woff2))"',
                                      text.decode()))):
        body, headers = fetch(port, "/" + link.lstrip("./"))
        total += len(body)
        if link.endswith(".js"):
            packed = headers.get("Content-Encoding") == "gzip"
            scripts += len(body) if packed else len(gzip.compress(body, 9))
    return total / 1000, scripts / 1000


def write_year(path):
    """A year of a power, a reading a minute, that ended two days ago."""
    rng, power_w = random.Random(3), 500
    first = (int(time.time()) // 86400 - 367) * 86400
    with open(path, "w", encoding="ascii") as file:
        file.write("time,power_import\n")
        for minute in range(365 * 1440):
            power_w = max(60, min(9000, power_w + rng.randint(-90, 90)))
            file.write(f"{first + minute * 60},{power_w}\n")
    return first


def cpu_ms(pid):
    """Of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def year_chart(ohmstead, place):
    """Milliseconds of the chart of a year, each time read and drawn up anew: all of them; and of
    the daemon's CPU for one."""
    state, table = os.path.join(place, "year"), os.path.join(place, "year.csv")
    first = write_year(table)
    stop(start(ohmstead, state)[0])
    subprocess.run([ohmstead, "import", "--into", "demo/ground/year", "--state", state, "--column",
                    "power_import=power_import:W", table], check=True, stdout=subprocess.DEVNULL)
    daemon, port, _ = start(ohmstead, state)
    day = "%Y-%m-%dT00:00:00Z"
    path = ("/api/v1/series/demo/ground/year/power_import?step=1h&fields=mean,min,max&from="
            + time.strftime(day, time.gmtime(first)) + "&to="
            + time.strftime(day, time.gmtime(first + 365 * 86400)))
    try:
        times, cpu = [], cpu_ms(daemon.pid)
        for _ in range(CHARTS):
            began = time.monotonic()
            body, _ = fetch(port, path, "identity")
            times.append((time.monotonic() - began) * 1000)
        points = json.loads(body)["points"]
        if len(points) != 8760 or any(p[1] is None for p in points):
            sys.exit("bench: the chart of a year is not whole")
        return times, (cpu_ms(daemon.pid) - cpu) / CHARTS
    finally:
        stop(daemon)


def report(what, figure, unit, mark):
    good = figure <= mark
    print(f"{what:44} {figure:8.1f} {unit:3} (mark: <= {mark} {unit}) {'ok' if good else 'MISSED'}")
    return good


def main(ohmstead, dist):
    with tempfile.TemporaryDirectory(dir="build") as place:
        stripped = os.path.join(place, "ohmstead")
        shutil.copy(ohmstead, stripped)
        subprocess.run(["strip", stripped], check=True)
        size_mb = os.path.getsize(stripped) / 1e6
        times = []
        for i in range(STARTS):
            daemon, _, first_byte = start(ohmstead, os.path.join(place, f"start{i}"))
            times.append(first_byte)
            stop(daemon)
        daemon, port, _ = start(ohmstead, os.path.join(place, "long"))
        try:
            page_kb, scripts_kb = first_load(port)
            stream = urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/events", timeout=10)
            time.sleep(SETTLE_S)
            rss, private, alone = memory_mb(daemon.pid)
            stream.close()
        finally:
            stop(daemon)
        charts, chart_cpu = year_chart(ohmstead, place)
    everything = sum(os.path.getsize(os.path.join(base, name))
                     for base, _, names in os.walk(dist) for name in names) / 1000
    good = [report("time to the first byte served, median", statistics.median(times), "ms", 300),
            report("a year's chart over HTTP, median", statistics.median(charts), "ms", 15),
            report("resident memory, a page open", rss, "MB", 20),
            report("private memory, a page open", private, "MB", 8),
            report("stripped binary, page inside", size_mb, "MB", 5),
            report("page: first load as transferred", page_kb, "kB", 250),
            report("page: JavaScript, gzip", scripts_kb, "kB", 100)]
    print(f"{'time to the first byte, slowest of ' + str(STARTS):44} {max(times):8.1f} ms")
    print(f"{'pages of files that nobody else maps now':44} {alone:8.1f} MB")
    print(f"{'CPU of the daemon for one such chart':44} {chart_cpu:8.1f} ms")
    print(f"{'web/dist, all files':44} {everything:8.1f} kB")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
