#!/usr/bin/env bash
# usage: lint.sh [FILE.c...]
# clang-tidy (.clang-tidy) and gcc's -fanalyzer over the sources, or over the files named. Advice
# for a reader, run by hand: a finding is a question, so nothing here fails CI.
set -euo pipefail
. scripts/common.sh

configure build/lint -Dpage=false -Dtests=true --buildtype=debug
build build/lint
mapfile -t files < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else find src -name '*.c' | sort; fi)
echo "dev: clang-tidy on ${#files[@]} files"
printf '%s\0' "${files[@]}" | xargs -0 -P 2 -n 8 clang-tidy-14 -p build/lint --quiet 2>/dev/null |
    tee build/lint/tidy.log || true
echo "dev: gcc -fanalyzer"
CC=gcc configure build/analyzer -Dpage=false -Dtests=false --buildtype=debug -Dwerror=false \
    -Dc_args=-fanalyzer
ninja -C build/analyzer 2>&1 | grep -E 'warning:|note:' | tee build/lint/analyzer.log || true
echo "dev: $(grep -c 'warning:' build/lint/tidy.log || true) findings of clang-tidy," \
    "$(grep -c 'warning:' build/lint/analyzer.log || true) of gcc (build/lint/*.log)"
