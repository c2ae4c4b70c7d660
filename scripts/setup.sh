# shellcheck shell=bash
# Sourced by ./dev: installs what a verb lacks from scripts/packages.txt, and finds the ordinary
# user that builds and runs. Nothing here runs without being asked on a terminal, once.

INTERACTIVE=no
[ ! -t 0 ] || [ ! -t 1 ] || INTERACTIVE=yes # a person is there to answer

# The packages of the given purposes that are not there yet, one a line.
missing_packages() {
    local package purpose reason command
    while IFS=$'\t' read -r package purpose reason command; do
        case "$package" in '' | '#'*) continue ;; esac
        case " $* " in *" $purpose "*) ;; *) continue ;; esac
        [ -n "$command" ] && command -v "$command" >/dev/null && continue
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
            grep -q '^installed$' || printf '%s\t%s\n' "$package" "$reason"
    done <"$TOP/scripts/packages.txt"
}

# Runs a command as root: as we are, or through sudo, which asks for its password on a
# terminal only.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ "$INTERACTIVE" = yes ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# apt-get, with every service that a package would start kept stopped: test servers are started
# by the tests themselves, unprivileged and on free ports.
install_quietly() {
    local guard=/usr/sbin/policy-rc.d made=no status=0
    if [ ! -e "$guard" ] && printf '#!/bin/sh\nexit 101\n' | as_root tee "$guard" >/dev/null; then
        made=yes
        as_root chmod 755 "$guard"
    fi
    as_root apt-get -qq update ||
        echo "dev: apt-get update failed; trying with the lists at hand" >&2
    as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -y -qq -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" \
        >"$LOGS/apt.log" 2>&1 || status=$?
    [ $made = no ] || as_root rm -f "$guard"
    [ $status = 0 ] || tail -20 "$LOGS/apt.log" >&2
    return $status
}

# need PURPOSE...: installs what is missing for these purposes, after saying so.
need() {
    local list names answer
    command -v apt-get >/dev/null ||
        die "this is no Debian: install what scripts/packages.txt lists for: $*"
    list=$(missing_packages "$@")
    [ -n "$list" ] || return 0
    names=$(printf '%s\n' "$list" | cut -f1)
    echo "dev: these Debian packages are missing and will be installed:"
    printf '%s\n' "$list" | while IFS=$'\t' read -r package reason; do
        printf '  %-24s %s\n' "$package" "$reason"
    done
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        # shellcheck disable=SC2086 # words of one command
        die "no root here and no sudo: as root, run: apt-get install --no-install-recommends" $names
    fi
    if [ "$ASK" = yes ] && [ "$INTERACTIVE" = yes ]; then
        read -r -p "Go on? [Y/n] " answer
        case "$answer" in '' | [yYoO]*) ;; *) die "nothing installed, nothing built" ;; esac
    fi
    # shellcheck disable=SC2086 # package names hold no spaces
    install_quietly $names || die "the packages could not be installed (whole log: $LOGS/apt.log)"
}

# Who builds and runs: an ordinary user as they are; root hands over to the owner of the checkout,
# or to a system user of our own when root owns it too. Sets WORKER (empty: nobody to hand to) and
# AS_WORKER, the words before a command: a clean PATH (root's may lead into its own home), and the
# rest of the environment as it is: proxies, CI, npm's settings.
find_worker() {
    WORKER=
    AS_WORKER=()
    [ "$(id -u)" = 0 ] || return 0
    WORKER=$(stat -c %U "$TOP")
    if [ "$WORKER" = root ] || ! id "$WORKER" >/dev/null 2>&1; then
        WORKER=ohmstead-dev
        id "$WORKER" >/dev/null 2>&1 ||
            useradd --system --user-group --create-home --home-dir /var/lib/ohmstead-dev \
                --shell /usr/sbin/nologin "$WORKER" || die "cannot create the user $WORKER"
    fi
    WORKER_HOME=$(getent passwd "$WORKER" | cut -d: -f6)
    AS_WORKER=(setpriv --reuid "$WORKER" --regid "$(id -g "$WORKER")" --init-groups -- env
        -u XDG_RUNTIME_DIR -u XDG_STATE_HOME -u XDG_CACHE_HOME -u XDG_CONFIG_HOME
        HOME="$WORKER_HOME" USER="$WORKER" LOGNAME="$WORKER"
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
}

as_worker() {
    "${AS_WORKER[@]}" "$@"
}

# The copy's place in the worker's home: one for each checkout.
copy_at_home() {
    echo "$WORKER_HOME/$(basename "$TOP")-$(printf %s "$TOP" | cksum | cut -d' ' -f1)"
}

# Where the worker works. In the checkout if it is theirs; else in a copy that is: under build/
# where they can get there, in their home where they cannot (a checkout below /root). Sets WORK.
find_place() {
    WORK=$TOP
    [ -n "$WORKER" ] && [ "$(stat -c %U "$TOP")" != "$WORKER" ] || return 0
    WORK=$TOP/build/work
    mkdir -p "$TOP/build"
    as_worker test -x "$TOP/build" || WORK=$(copy_at_home)
}

# And there what is in the checkout: a file that went from it goes from the copy; times are kept
# for ninja.
find_work() {
    local want have
    find_place
    [ "$WORK" != "$TOP" ] || return 0
    mkdir -p "$WORK"
    want=$(list_tree "$TOP")
    have=$(list_tree "$WORK")
    LC_ALL=C comm -13 <(echo "$want") <(echo "$have") | tr '\n' '\0' |
        (cd "$WORK" && xargs -0 -r rm -f --)
    echo "$want" | tar -C "$TOP" -cf - --no-recursion -T - | tar -C "$WORK" -xf - --no-same-owner
    chown -R "$WORKER:" "$WORK"
}

# Every source file of a tree, without needing git (a tarball builds too).
list_tree() {
    (cd "$1" && find . \( -path ./.git -o -path ./build -o -path './build-*' -o -name node_modules \
        -o -path ./web/dist -o -name __pycache__ \) -prune -o \( -type f -o -type l \) -print) |
        LC_ALL=C sort
}
