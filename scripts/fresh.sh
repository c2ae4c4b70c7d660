#!/usr/bin/env bash
# usage: fresh.sh [--user] [--test] [--keep]      (as root, through ./dev fresh)
# The proof that a stranger's first command works: a bare Debian 12 in build/fresh/root, the last
# commit in it as a clean checkout, `./dev run` until a page is served.
#   --user  the stranger is an ordinary user with sudo (else root, with the checkout in /root)
#   --test  then ./dev test as well
#   --keep  leave the system there for a look (else it goes when all went well)
# Where Debian's packages come from is this machine's own apt configuration, read at run time.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
place=$top/build/fresh
root=$place/root
as_user=no with_test=no keep=no
for word in "$@"; do
    case "$word" in
    --user) as_user=yes ;;
    --test) with_test=yes ;;
    --keep) keep=yes ;;
    *) echo "fresh: what is '$word'?" >&2; exit 2 ;;
    esac
done

# --- a bare Debian ---------------------------------------------------------------------------
# "URI suite component" of the Debian archives that this machine uses.
archives() {
    apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI) $(SUITE) $(COMPONENT)' \
        "Created-By: Packages" 2>/dev/null |
        awk -F'|' '$1 == "Debian" && $2 ~ /^bookworm/ {
            split($3, a, " "); print a[1], $2, a[3] }' | sort -u
}

rm -rf "$root"
mkdir -p "$place/debs"
mirror=$(archives | awk '$2 == "bookworm" { print $1; exit }')
echo "fresh: a bare Debian 12 (debootstrap) ..."
start=$SECONDS
debootstrap --variant=minbase --cache-dir="$place/debs" bookworm "$root" ${mirror:+"$mirror"} \
    >"$place/debootstrap.log" 2>&1 || { tail -20 "$place/debootstrap.log" >&2; exit 1; }
echo "fresh: made in $((SECONDS - start)) s"

# The network as this machine has it: sources, proxy settings of apt, names, its own authorities.
archives | sed 's/^/deb /' >"$root/etc/apt/sources.list.d/machine.list"
[ -s "$root/etc/apt/sources.list.d/machine.list" ] && : >"$root/etc/apt/sources.list"
apt-config dump | grep -E '^Acquire::(Check|http|https|Retries)' \
    >"$root/etc/apt/apt.conf.d/90machine" || true
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mkdir -p "$root/usr/local/share/ca-certificates"
find /usr/local/share/ca-certificates -name '*.crt' \
    -exec cp -t "$root/usr/local/share/ca-certificates/" {} + 2>/dev/null || true

# --- a stranger and the checkout ---------------------------------------------------------------
home=/root
if [ $as_user = yes ]; then
    home=/home/visitor
    chroot "$root" useradd --create-home --shell /bin/bash visitor
    chroot "$root" sh -c 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
        apt-get -y -qq install --no-install-recommends sudo' >"$place/sudo.log" 2>&1
    echo 'visitor ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/visitor"
fi
mkdir -p "$root$home/ohmstead"
here() {
    git -c safe.directory="$top" -C "$top" "$@"
}
[ -z "$(here status --porcelain)" ] || echo "fresh: note: uncommitted changes are not part of it"
here archive HEAD | tar -C "$root$home/ohmstead" -xf -
[ $as_user = no ] || chroot "$root" chown -R visitor: "$home/ohmstead"

# inside COMMAND: in the new system, with its own processes and mounts, gone when it ends. Takes the
# place of the (sub)shell that calls it, so that killing that one ends them all.
inside() {
    local drop=
    [ $as_user = no ] || drop="setpriv --reuid visitor --regid visitor --init-groups"
    exec unshare --mount --pid --fork --kill-child -- bash -c '
        mount --make-rprivate /
        mount --rbind /dev "$0/dev"
        mount -t proc proc "$0/proc"
        exec chroot "$0" '"$drop"' env -i HOME="$1" \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
            bash -c "cd \"$1/ohmstead\" && $2"' "$root" "$home" "$1"
}

# unshare shrugs off SIGTERM; its own end takes the rest with it.
end_of_run() {
    kill -KILL $running 2>/dev/null || true
    wait $running 2>/dev/null || true
}

# --- the two commands -----------------------------------------------------------------------------
port=$(python3 -c 'import socket
probe = socket.socket()
probe.bind(("127.0.0.1", 0))
print(probe.getsockname()[1])')
echo "fresh: ./dev run in $home/ohmstead, log $place/run.log"
start=$SECONDS
(inside "./dev run --listen 127.0.0.1:$port") >"$place/run.log" 2>&1 </dev/null &
running=$!
trap end_of_run EXIT
served=no
while [ $((SECONDS - start)) -lt 1500 ] && kill -0 $running 2>/dev/null; do
    if python3 - "$port" >"$place/page.log" 2>&1 <<'PY'
import re, sys, urllib.request
base = f"http://127.0.0.1:{sys.argv[1]}"
page = urllib.request.urlopen(base + "/", timeout=5).read().decode()
assert "<html" in page and "<script" in page, "no page: " + page[:200]
state = urllib.request.urlopen(base + "/api/v1/state", timeout=5).read().decode()
assert '"meters"' in state, "no state: " + state[:200]
print(re.search("<title>(.*?)</title>", page).group(1), "-", len(page), "bytes; state of the house",
      len(state), "bytes")
PY
    then
        served=yes
        break
    fi
    sleep 2
done
if [ $served = no ]; then
    tail -40 "$place/run.log" >&2
    tail -2 "$place/page.log" >&2
    echo "fresh: no page after $((SECONDS - start)) s" >&2
    exit 1
fi
echo "fresh: page served $((SECONDS - start)) s after the command: $(cat "$place/page.log")"
end_of_run
trap - EXIT

if [ $with_test = yes ]; then
    echo "fresh: ./dev test, log $place/test.log"
    start=$SECONDS
    (inside "CI=true ./dev test") >"$place/test.log" 2>&1 </dev/null || {
        tail -60 "$place/test.log"
        exit 1
    }
    echo "fresh: $(tail -1 "$place/test.log") in $((SECONDS - start)) s"
fi
[ $keep = yes ] || rm -rf "$root"
