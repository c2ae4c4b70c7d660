#!/usr/bin/env bash
# usage: fuzz.sh [--built FOLDER] [SECONDS] [TARGET]
# Runs each libFuzzer target (or the one named) for SECONDS (60), with ASan and UBSan, as many side
# by side as there are processors. What a target finds worth keeping grows in build/fuzz/<target>
# (or $FUZZ_CORPUS/<target>); a crash stays as a file in build/fuzz/crashes. A line a target, its
# whole log in build/fuzz/<target>.log; at the end "N passed, N failed".
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
'' | *[!0-9]* | 0)
    echo "fuzz: '$seconds' is not a number of seconds" >&2
    exit 2
    ;;
esac
if [ -z "$folder" ]; then
    folder=build/fuzz-asan
    CC=clang-14 configure "$folder" -Dpage=false -Dtests=true -Dfuzz=true -Dc_args=-g1 \
        -Doptimization=1 -Ddebug=true -Db_sanitize=address,undefined -Db_lundef=false
    build "$folder" tests/fuzz/fuzzer
fi
export FUZZER=$folder/tests/fuzz/fuzzer SECONDS_EACH=$seconds
export CORPUS=${FUZZ_CORPUS:-$PWD/build/fuzz} LOGS=$PWD/build/fuzz
mkdir -p "$CORPUS" "$LOGS/crashes"
ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer-14 || true)
export ASAN_SYMBOLIZER_PATH UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}

# One target, one line: "ok ..." or, after the end of its log, "failed ...".
fuzz_one() {
    local name=$1 corpus=$CORPUS/$1 log=$LOGS/$1.log had has runs status=0
    mkdir -p "$corpus"
    # Seeds come from our own encoders, never from captures.
    "$FUZZER" seed "$name" "$corpus" >"$log" 2>&1 || status=$?
    had=$(find "$corpus" -type f | wc -l)
    [ $status != 0 ] || "$FUZZER" "$name" -max_total_time="$SECONDS_EACH" -timeout=10 \
        -rss_limit_mb=1024 -max_len=8192 -artifact_prefix="$LOGS/crashes/$name-" \
        -print_final_stats=1 "$corpus" >>"$log" 2>&1 </dev/null || status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
    has=$(find "$corpus" -type f | wc -l)
    if [ $status = 0 ] && [ "${runs:-0}" -gt 0 ]; then
        printf 'ok      %-18s %9d runs, %d inputs kept, %d of them new\n' "$name" "$runs" "$has" \
            $((has - had))
    else
        # One write, so that two at a time do not mix.
        printf '%s\n' "$(tail -60 "$log")" "failed  $name (whole log: $log)"
    fi
}
export -f fuzz_one

targets=$("$FUZZER" list)
if [ -n "$only" ]; then
    targets=$(grep -Fx -- "$only" <<<"$targets") || {
        echo "fuzz: no such target: $only" >&2
        exit 2
    }
fi
echo "fuzz: $(wc -l <<<"$targets") targets, $seconds s each, corpus in $CORPUS"
said=$LOGS/said
xargs -P "$(nproc)" -I TARGET bash -c 'fuzz_one TARGET' <<<"$targets" | tee "$said"
passed=$(grep -c '^ok ' "$said" || true)
failed=$(($(wc -l <<<"$targets") - passed)) # one that said nothing failed too
echo "$passed passed, $failed failed"
[ $failed = 0 ]
