#!/usr/bin/env bash
# The release: the page (web/ → web/dist), then build/ohmstead with it inside.
# Run by ./dev as an ordinary user, from the top of a tree that this user owns.
set -euo pipefail
. scripts/common.sh

build_page
configure build/release "${RELEASE[@]}" -Dtests=false -Dpage=true
build build/release src/ohmstead
install -m 755 build/release/src/ohmstead build/ohmstead
