#!/usr/bin/env bash
# usage: bench.sh [NAME]...
# The benchmarks of bench/ (all, or bench_NAME), then what serving the demo house takes (serve): memory,
# time to the first byte, sizes; what an idle device costs the daemon (memory); and kill -9 a thousand times (kill;
# OHM_KILLS). The store's is beside Debian's time-series servers; OHM_SERIES=30 is all of its workload. Figures hold for the machine they were made on.
set -euo pipefail
. scripts/common.sh

scripts/build.sh
configure build/bench "${RELEASE[@]}" -Dpage=false -Dtests=false -Dbenchmarks=true
build build/bench
missed=0
for binary in build/bench/bench/bench_*; do
    if [ ! -f "$binary" ] || [ ! -x "$binary" ]; then continue; fi
    name=${binary##*/bench_}
    [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
    echo "== $name"
    if [ "$name" = store ]; then
        python3 scripts/bench_store.py "$binary" build "${OHM_SERIES:-4}" || missed=1
    else
        "$binary" || missed=1
    fi
done
if [ $# = 0 ] || [[ " $* " == *" serve "* ]]; then
    echo "== serve"
    python3 scripts/bench_serve.py build/ohmstead web/dist || missed=1
fi
if [ $# = 0 ] || [[ " $* " == *" memory "* ]]; then
    echo "== memory"
    configure build/bench-peers "${RELEASE[@]}" -Dpage=false -Dtests=true -Dbenchmarks=false
    build build/bench-peers src/ohmstead tests/peer/mbus_bus tests/peer/modbus_bus
    python3 bench/device_memory.py build/bench-peers/src/ohmstead build/bench-peers/tests/peer || missed=1
fi
if [ $# = 0 ] || [[ " $* " == *" kill "* ]]; then
    echo "== kill (mark: nothing acknowledged is lost in 1 000 kill -9)"
    configure build/bench-peers "${RELEASE[@]}" -Dpage=false -Dtests=true -Dbenchmarks=false
    build build/bench-peers tests/checks
    OHM_KILLS=${OHM_KILLS:-1000} build/bench-peers/tests/checks prop_store_kill || missed=1
fi
exit $missed
