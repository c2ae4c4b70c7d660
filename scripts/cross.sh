#!/usr/bin/env bash
# usage: cross.sh [arm64|armhf]...      (both)
# The release for the boards, and its tests under emulation. The foreign libraries are downloaded
# into a sysroot below build/cross by an apt of our own: this machine's dpkg never hears of them.
set -euo pipefail
. scripts/common.sh

# What the target needs: the libraries of the build and of the tests.
target_packages() {
    awk -F'\t' '($2 == "build" || $2 == "test") && $1 ~ /-dev$|^tzdata$/ && $1 !~ /clang/ {
        print $1 }' scripts/packages.txt
}

# fill_sysroot ARCH: once per list of packages.
fill_sysroot() {
    local arch=$1 place=$PWD/build/cross/$1 list
    list=$(target_packages)
    [ "$(cat "$place/sysroot/.packages" 2>/dev/null)" != "$list" ] || return 0
    echo "dev: downloading the libraries for $arch"
    rm -rf "$place/sysroot" "$place/apt"
    mkdir -p "$place/sysroot" "$place/apt/state/lists/partial" "$place/apt/cache/archives/partial"
    : >"$place/apt/status"
    cat >"$place/apt/apt.conf" <<END
#clear APT::Architectures;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
Dir::State "$place/apt/state";
Dir::State::status "$place/apt/status";
Dir::Cache "$place/apt/cache";
Debug::NoLocking "true";
APT::Install-Recommends "false";
APT::Get::Download-Only "true";
END
    export APT_CONFIG=$place/apt/apt.conf
    # A list that a mirror serves half synchronised is left out; what is missing then shows next.
    apt-get -q update >"build/cross/$arch.update.log" 2>&1 </dev/null ||
        echo "dev: some package lists for $arch were refused (build/cross/$arch.update.log)" >&2
    # shellcheck disable=SC2086 # one word a package
    quietly "build/cross/$arch.apt.log" apt-get -q -y install $list
    unset APT_CONFIG
    local deb
    for deb in "$place"/apt/cache/archives/*.deb; do
        dpkg-deb -x "$deb" "$place/sysroot"
    done
    # Links that start at the root would leave the sysroot.
    find "$place/sysroot" -type l -lname '/*' -printf '%p\t%l\n' |
        while IFS=$'\t' read -r link target; do
            ln -sfr "$place/sysroot$target" "$link"
        done
    echo "$list" >"$place/sysroot/.packages"
}

mkdir -p build/cross
[ $# -gt 0 ] || set -- arm64 armhf
for arch in "$@"; do
    case "$arch" in
    arm64 | armhf) ;;
    *)
        echo "cross: arm64 or armhf, not '$arch'" >&2
        exit 2
        ;;
    esac
done
build_page
for arch in "$@"; do
    fill_sysroot "$arch"
    folder=build/cross/$arch/build
    printf "[constants]\nsysroot = '%s'\n" "$PWD/build/cross/$arch/sysroot" \
        >"build/cross/$arch/sysroot.ini"
    configure "$folder" --cross-file "build/cross/$arch/sysroot.ini" \
        --cross-file "packaging/cross/$arch.ini" "${RELEASE[@]}" -Dpage=true
    build "$folder"
    install -m 755 "$folder/src/ohmstead" "build/cross/ohmstead-$arch"
    kind=$(readelf -h "build/cross/ohmstead-$arch" |
        awk -F': *' '/Class|Machine/ { printf "%s ", $2 }')
    echo "dev: build/cross/ohmstead-$arch: $kind"
    scripts/test.py --built "$folder" --slow 10
done
