# shellcheck shell=bash disable=SC2034
# Sourced by the scripts that build: the page, and one Meson folder.

mkdir -p build
export npm_config_cache=${npm_config_cache:-$PWD/build/npm-cache}
export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false

# What we ship, and what we measure: -O2 as the tests run it. A warning of a newer compiler is not
# the visitor's fault; the test lanes treat it as an error.
RELEASE=(--buildtype=release -Doptimization=2 -Dwerror=false)

# quietly LOG COMMAND...: output to a log, shown only when the command fails.
quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null || {
        tail -60 "$log" >&2
        echo "dev: failed: $* (whole log: $PWD/$log)" >&2
        return 1
    }
}

# The page, if its sources or its lock changed since the last time.
build_page() {
    local locked sources
    locked=$(sha256sum <web/package-lock.json)$(node --version)
    if [ ! -d web/node_modules ] || [ "$(cat build/page.lock 2>/dev/null)" != "$locked" ]; then
        echo "dev: fetching the page's locked dependencies (npm ci)"
        (cd web && quietly ../build/npm.log npm ci --ignore-scripts)
        echo "$locked" >build/page.lock
        rm -f build/page.sources
    fi
    sources=$(find web \( -name node_modules -o -name dist \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
    if [ ! -d web/dist ] || [ "$(cat build/page.sources 2>/dev/null)" != "$sources" ]; then
        echo "dev: building the page"
        (cd web && quietly ../build/page.log npm run build)
        echo "$sources" >build/page.sources
    fi
}

# configure FOLDER OPTIONS...: a Meson folder with exactly these options, made again if they
# changed or if an older run left it half made.
configure() {
    local folder=$1
    shift
    if [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/.options")" = "${CC:-} $*" ]; then
        return
    fi
    rm -rf "$folder"
    mkdir -p "$folder"
    quietly "$folder.configure.log" meson setup "$@" "$folder"
    echo "${CC:-} $*" >"$folder/.options"
}

# build FOLDER TARGETS...
build() {
    local folder=$1
    shift
    echo "dev: compiling ($folder)"
    quietly "$folder.ninja.log" ninja -C "$folder" "$@"
}
