#!/usr/bin/env bash
# usage: fuzz.sh [--built FOLDER] [SECONDS] [TARGET]
# Runs each libFuzzer target (or the one named) for SECONDS (60), with ASan and UBSan. What a
# target finds worth keeping grows in build/fuzz/<target> (or $FUZZ_CORPUS/<target>); a crash stays
# as a file in build/fuzz/crashes. Prints "N passed, N failed", a target a test.
set -euo pipefail
. scripts/common.sh

folder=
if [ "${1:-}" = --built ]; then
    folder=$2
    shift 2
fi
seconds=${1:-60}
only=${2:-}
case "$seconds" in
'' | *[!0-9]*)
    echo "fuzz: '$seconds' is not a number of seconds" >&2
    exit 2
    ;;
esac
if [ -z "$folder" ]; then
    folder=build/fuzz-asan
    CC=clang-14 configure "$folder" -Dpage=false -Dtests=true -Dfuzz=true \
        --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false
    build "$folder"
fi
corpus=${FUZZ_CORPUS:-$PWD/build/fuzz}
crashes=$PWD/build/fuzz/crashes
mkdir -p "$corpus" "$crashes"
symbolizer=$(command -v llvm-symbolizer-14 || true)
export ASAN_SYMBOLIZER_PATH=$symbolizer
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}

# Seeds come from our own encoders, never from captures: the programs seed_<target> write them.
passed=0 failed=0
for binary in "$folder"/tests/fuzz/fuzz_*; do
    if [ ! -f "$binary" ] || [ ! -x "$binary" ]; then continue; fi
    name=${binary##*/fuzz_}
    [ -z "$only" ] || [ "$name" = "$only" ] || continue
    mkdir -p "$corpus/$name"
    if [ -x "$folder/tests/fuzz/seed_$name" ]; then
        "$folder/tests/fuzz/seed_$name" "$corpus/$name"
    fi
    echo "fuzz: $name for $seconds s ($(find "$corpus/$name" -type f | wc -l) inputs at hand)"
    if "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=8192 \
        -artifact_prefix="$crashes/$name-" -print_final_stats=1 "$corpus/$name" \
        >"$crashes/../$name.log" 2>&1 </dev/null; then
        grep -E 'stat::number_of_executed_units|^#[0-9]+\s+DONE' "$crashes/../$name.log" || true
        passed=$((passed + 1))
    else
        tail -60 "$crashes/../$name.log"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $((passed + failed)) -gt 0 ]
