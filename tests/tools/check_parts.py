#!/usr/bin/env python3
"""The files of `checks` share a program: none may define a name that another would meet, as a
stand-in for a library's function is. Such a file is a program of its own: `alone` in
tests/meson.build.

usage: check_parts.py NM LIBRARY...     each holds one file's object, libcheck_<name>.a"""
import re
import subprocess
import sys


def names(listing):
    """{library's name: its global names} from the lines of nm -A."""
    found = {}
    for library, name in re.findall(r"libcheck_(\w+)\.a:.*[0-9a-f]+ [A-TV-Z] (\S+)$", listing, re.M):
        found.setdefault(library, []).append(name)
    return found


def strays(found):
    """What a library gives beside its entry, and what misses its entry."""
    return [f"{library}: {name}" for library, given in found.items()
            for name in set(given) ^ {"ohm_check_" + library} if not name.startswith("__")]


def main(argv):
    line = "a/libcheck_%s.a:b.c.o:00000010 T %s\n"
    sample = line % ("a", "ohm_check_a") + line % ("b", "ohm_check_b") + line % ("b", "getaddrinfo")
    assert strays(names(sample)) == ["b: getaddrinfo"], "this check itself is broken"
    listing = subprocess.run([argv[1], "-A", "--extern-only", "--defined-only", *argv[2:]],
                             text=True, capture_output=True, check=True).stdout
    found = names(listing)
    bad = strays(found)
    print("\n".join(bad) or f"{len(found)} files, each with its entry alone")
    return 0 if not bad and len(found) == len(argv) - 2 > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
