#!/usr/bin/env python3
"""usage: bench_store.py BENCH_STORE [FOLDER [SERIES [CONTENDER]]]

Runs BENCH_STORE with InfluxDB 1.6, VictoriaMetrics and PostgreSQL beside it: Debian's, unprivileged,
on free ports of 127.0.0.1, with their data under FOLDER (default: build). One that is not installed
is left out, and the benchmark says so. Its exit status is ours."""
import contextlib
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "peer"))
from engines import InfluxDB, VictoriaMetrics  # noqa: E402
from postgres_server import PostgreSQL  # noqa: E402

# It compacts what has not been written to for ten minutes, or four hours: here a second is enough.
SOON = {"INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION": "1s",
        "INFLUXDB_DATA_COMPACT_FULL_WRITE_COLD_DURATION": "1s"}


def servers(stack):
    """NAME: (process, address, folder of its data) of those that can be had."""
    found = {}
    for name, kind in (("INFLUXDB", InfluxDB), ("VICTORIAMETRICS", VictoriaMetrics),
                       ("POSTGRESQL", PostgreSQL)):
        try:
            one = stack.enter_context(kind())
        except RuntimeError as why:
            print(f"bench_store: {why}", file=sys.stderr)
            continue
        # What InfluxDB has not compacted yet lies beside its data.
        address, data = getattr(one, "url", None), "" if name == "INFLUXDB" else "data"
        if name == "POSTGRESQL":
            data = os.path.join("data", "base")
            address = (f"host=127.0.0.1 port={one.port} dbname=ohm user=ohm "
                       f"password={one.password}")
        found[name] = (one.process.pid, address, os.path.join(one.folder, data))
    return found


def main(binary, folder="build", *more):
    folder = os.path.abspath(folder)
    os.environ.update(SOON)
    with tempfile.TemporaryDirectory(dir=folder, prefix="bench-store-") as place, \
            contextlib.ExitStack() as stack:
        os.chmod(place, 0o755)  # PostgreSQL may run as somebody else
        tempfile.tempdir = place
        env = {**os.environ, **{f"OHM_BENCH_{name}": "\t".join(map(str, where))
                                for name, where in servers(stack).items()}}
        return subprocess.run([binary, place, *more], env=env,
                              check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
