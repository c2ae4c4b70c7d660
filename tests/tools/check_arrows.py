#!/usr/bin/env python3
"""Holds the sources against the house plan (docs/architecture.md, "The rooms").

usage: check_arrows.py TREE                     includes, README files, lengths
       check_arrows.py TREE --symbols BUILD     and the symbols of the pure rooms' libraries
       check_arrows.py --self-test              shows that each rule can fail
       check_arrows.py --pure-rooms             their names

A pure room includes no header of an impure one, only a few system headers, calls nothing outside
tests/tools/allowed_symbols.txt and holds no mutable global. BUILD is the src folder of a plain
build: sanitizers and coverage add symbols of their own."""
import os
import re
import subprocess
import sys
import tempfile

PURE = ("base", "wire", "grid", "tariff", "analysis", "building", "plan", "control", "engine",
        "inout")
ARROWS = {
    "base": (),
    "wire": ("base",),
    "grid": ("base",),
    "tariff": ("base",),
    "analysis": ("base",),
    "building": ("base",),
    "plan": ("base", "building", "tariff"),
    "control": ("base", "grid", "tariff", "plan"),
    "engine": ("base", "wire", "grid", "tariff", "plan", "control"),
    "inout": ("base",),
    "report": ("base", "analysis"),
    "host": ("base",),
    "config": ("host",) + PURE,
    "link": ("base", "host"),
    "meter": ("base", "host", "config", "link", "wire"),
    "library": ("base", "host", "link", "meter", "wire"),
    "fetch": ("base", "host", "config", "link", "grid"),
    "store": ("base", "host", "link"),
    "relay": ("base", "host", "config", "link", "wire", "engine"),  # engine: the output's actions
    "web": ("host", "config", "store", "meter", "report") + PURE,  # meter: its states, in words
    "sim": ("link",) + PURE,
}
ALL = tuple(ARROWS) + ("cmd",)
ARROWS["cmd"] = ALL
MAIN = ("cmd",)  # what src/main.c may call

# System headers that bring types, constants, memory, text and mathematics, and no world.
PURE_HEADERS = {"assert.h", "float.h", "inttypes.h", "limits.h", "math.h", "stdalign.h",
                "stdbool.h", "stddef.h", "stdint.h", "string.h"}

LINES_MAX = 600
COLUMNS_MAX = 100
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
LONG_REASON = "longer than %d lines because" % LINES_MAX


def sources(folder):
    """Every C file below a folder, as paths relative to it, sorted."""
    found = []
    for base, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(base, name), folder)
                  for name in names if name.endswith((".c", ".h"))]
    return sorted(found)


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def check_includes(tree):
    """Own headers follow the arrows; pure rooms use the short list of system headers."""
    faults = []
    src = os.path.join(tree, "src")
    for path in sources(src):
        room = path.split(os.sep)[0] if os.sep in path else None
        if room is not None and room not in ARROWS:
            faults.append(f"src/{path}: the room '{room}' is not in the house plan")
            continue
        may = MAIN if room is None else (room, *ARROWS[room])
        for kind, name in INCLUDE.findall(read(os.path.join(src, path))):
            target = name.split("/")[0] if "/" in name else None
            if kind == '"' and target is None:
                faults.append(f'src/{path}: "{name}": name the room: "room/{name}"')
            elif kind == '"' and target not in may:
                faults.append(f"src/{path}: {room or 'main.c'} may not call {target} ({name})")
            elif kind == "<" and room in PURE and name not in PURE_HEADERS:
                faults.append(f"src/{path}: a pure room may not include <{name}>")
    return faults


def check_shape(tree):
    """A README in every room; files and lines no longer than the guide says."""
    faults = []
    src = os.path.join(tree, "src")
    for room in sorted(name for name in os.listdir(src) if os.path.isdir(os.path.join(src, name))):
        readme = os.path.join(src, room, "README.md")
        if not os.path.isfile(readme) or len(read(readme).split()) < 10:
            faults.append(f"src/{room}: no README.md that says what lives here and what may not")
    for top in ("src", "tests", "bench"):
        folder = os.path.join(tree, top)
        for path in sources(folder) if os.path.isdir(folder) else ():
            lines = read(os.path.join(folder, path)).splitlines()
            head = " ".join(lines[:30]).lower()
            if len(lines) > LINES_MAX and LONG_REASON not in head:
                faults.append(f"{top}/{path}: {len(lines)} lines; split it, or say at its top: "
                              f"'{LONG_REASON} ...'")
            faults += [f"{top}/{path}:{number}: {len(line)} columns"
                       for number, line in enumerate(lines, 1) if len(line) > COLUMNS_MAX]
    return faults


def allowed_symbols(path):
    """{room: set of symbols}; lines are 'room: symbol...', '*' for every pure room."""
    allowed = {room: set() for room in PURE}
    for line in read(path).splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        room, names = line.split(":")
        for each in PURE if room.strip() == "*" else [room.strip()]:
            allowed[each] |= set(names.split())
    return allowed


def symbols(archive):
    """The symbols of a library as (object, name, kind, section)."""
    listing = subprocess.run(["nm", "-A", "--format=sysv", archive], check=True,
                             capture_output=True, text=True).stdout
    rows = []
    for line in listing.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 7:
            continue
        where, name = cells[0].rsplit(":", 1)
        rows.append((os.path.basename(where.split(":")[-1]), name.strip(), cells[2], cells[6]))
    return rows


def plain_name(name):
    """The function that a hardened build calls in a checked form: __memcpy_chk is memcpy."""
    checked = re.fullmatch(r"__(\w+)_chk", name)
    return checked.group(1) if checked else name


def symbol_faults(room, rows, defined, allowed):
    """What one pure library may not hold: outside symbols, mutable globals."""
    faults = []
    own = {name for _, name, kind, _ in rows if kind != "U"}
    for origin, name, kind, section in rows:
        if kind == "U":
            known = own.union(*(defined.get(other, set()) for other in ARROWS[room]))
            if name not in known and plain_name(name) not in allowed:
                faults.append(f"{room}: {origin} calls {name}, which is not in its allow-list")
        elif kind in "BbDdCGgSs" and not section.startswith(".data.rel.ro"):
            faults.append(f"{room}: {origin} holds a mutable global: {name} ({section})")
    return faults


def check_symbols(tree, build):
    """The pure rooms' libraries of a plain build."""
    allowed = allowed_symbols(os.path.join(tree, "tests", "tools", "allowed_symbols.txt"))
    rows = {}
    for room in PURE:
        archive = os.path.join(build, f"libohm_{room}.a")
        if os.path.exists(archive):
            rows[room] = symbols(archive)
        elif any(path.endswith(".c") for path in sources(os.path.join(tree, "src", room))):
            return [f"{room}: no library {archive}: build first"]
    defined = {room: {name for _, name, kind, _ in found if kind not in "Utrdb"}
               for room, found in rows.items()}
    return [fault for room, found in rows.items()
            for fault in symbol_faults(room, found, defined, allowed[room])]


# --- the check, checked --------------------------------------------------------------------------

def write(root, path, text):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as out:
        out.write(text)


SELF_TESTS = [
    # why, file, text, words of the fault (None: no fault)
    ("an arrow of the plan", "src/wire/a.c", '#include "base/err.h"\n', None),
    ("an arrow against the plan", "src/base/a.c", '#include "wire/hdlc.h"\n', "may not call wire"),
    ("a pure room and an impure one", "src/engine/a.c", '#include "store/store.h"\n',
     "may not call store"),
    ("spaces in the directive", "src/grid/a.c", '  #  include "web/web.h"\n', "may not call web"),
    ("a world behind a system header", "src/tariff/a.c", "#include <time.h>\n", "<time.h>"),
    ("an impure room may", "src/host/a.c", "#include <time.h>\n", None),
    ("a room that nobody planned", "src/attic/a.c", "", "not in the house plan"),
    ("a header without its room", "src/wire/a.c", '#include "hdlc.h"\n', "name the room"),
    ("main only calls cmd", "src/main.c", '#include "web/web.h"\n', "main.c may not call web"),
    ("a line too long", "src/base/a.c", "/*" + "x" * 120 + "*/\n", "columns"),
    ("a file too long", "src/base/a.c", "\n" * 700, "700 lines"),
    ("a file too long, with its reason", "src/base/a.c",
     "/* Longer than 600 lines because it is a table. */\n" + "\n" * 700, None),
    ("a room without a word", "src/base/README.md", "base\n", "no README.md"),
]

SYMBOL_TESTS = [
    ("memory is allowed", "void *memcpy(void *, const void *, unsigned long);\n"
     "void f(char *p, const char *q) { memcpy(p, q, 400); }\n", None),
    ("stdio is not", 'int puts(const char *);\nint f(void) { return puts("x"); }\n', "calls puts"),
    ("a counter", "int calls; int f(void) { return ++calls; }\n", "mutable global: calls"),
    ("a hidden counter", "int f(void) { static int n = 3; return ++n; }\n", "mutable global: n"),
    ("a table of pointers is constant", 'int f(int); const char *const names[] = {"a", "b"};\n'
     "int f(int i) { return names[i][0]; }\n", None),
]


def self_test():
    """Each rule passes what it should and catches what it should."""
    passed = failed = 0
    for why, path, text, words in SELF_TESTS:
        with tempfile.TemporaryDirectory() as tree:
            room = path.split("/")[1]
            if not room.endswith(".c"):
                write(tree, f"src/{room}/README.md", "What lives here, and what may not, in full "
                      "sentences of a few words.")
            else:
                os.makedirs(os.path.join(tree, "src"), exist_ok=True)
            write(tree, path, text)
            good = verdict(why, check_includes(tree) + check_shape(tree), words)
            passed, failed = passed + good, failed + (not good)
    for why, text, words in SYMBOL_TESTS:
        with tempfile.TemporaryDirectory() as tree:
            write(tree, "a.c", text)
            made = os.path.join(tree, "a.o")
            subprocess.run(["gcc", "-O2", "-fPIE", "-fno-builtin", "-c", "-o", made,
                            os.path.join(tree, "a.c")], check=True)
            archive = os.path.join(tree, "libohm_base.a")
            subprocess.run(["ar", "crs", archive, made], check=True, capture_output=True)
            good = verdict(why, symbol_faults("base", symbols(archive), {}, {"memcpy"}), words)
            passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def verdict(why, faults, words):
    good = not faults if words is None else any(words in fault for fault in faults)
    if not good:
        print(f"self-test: {why}: wanted {words!r}, got {faults}")
    return good


def main(words):
    if words == ["--self-test"]:
        return self_test()
    if words == ["--pure-rooms"]:
        print(" ".join(PURE))
        return 0
    if len(words) == 1:
        faults = check_includes(words[0]) + check_shape(words[0])
    elif len(words) == 3 and words[1] == "--symbols":
        faults = check_symbols(words[0], words[2])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    for fault in faults:
        print(fault)
    print(f"check_arrows: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
