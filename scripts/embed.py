#!/usr/bin/env python3
"""Puts files into the binary: one assembler file with the bytes, one C file with their names.

usage: embed.py --asm OUT.S --table OUT.c --blob OUT.bin --depfile OUT.d
                [--add PREFIX=FOLDER]... [--gzip PREFIX]...

Every file below a FOLDER (but meson.build, README.md and dot files) becomes an asset named
PREFIX/path. The bytes go into one blob that the assembler includes with .incbin, so they are
read-only, cost nothing to compile and need no tool of the target machine. Files of a --gzip
prefix that shrink are stored twice, as they are and compressed, for HTTP's Content-Encoding.
The result depends on the files' names and contents alone."""
import argparse
import gzip
import hashlib
import os
import re
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",
}
SKIP = {"meson.build", "README.md"}
HASHED = re.compile(r"/assets/[^/]+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$")  # as the page's bundler names
ALIGN = 16


def find(adds):
    """{asset name: path}, and the folders looked into."""
    found, folders = {}, []
    for add in adds:
        prefix, _, folder = add.partition("=")
        if not os.path.isdir(folder):
            sys.exit(f"embed.py: {folder}: no such folder (./dev build makes the page; "
                     "-Dpage=false builds without it)")
        for base, dirs, names in os.walk(folder):
            dirs[:] = sorted(name for name in dirs if not name.startswith("."))
            folders.append(base)
            for name in sorted(names):
                if name in SKIP or name.startswith("."):
                    continue
                path = os.path.join(base, name)
                key = prefix + "/" + os.path.relpath(path, folder).replace(os.sep, "/")
                if not re.fullmatch(r"[A-Za-z0-9._/@-]+", key):
                    sys.exit(f"embed.py: {path}: only letters, digits, '.', '_', '-', '@'")
                found[key] = path
    return found, folders


class Blob:
    def __init__(self):
        self.bytes = bytearray()

    def add(self, data):
        """Where the bytes start; a NUL follows them, so text can be read as a C string."""
        at = len(self.bytes)
        self.bytes += data + b"\0"
        self.bytes += b"\0" * (-len(self.bytes) % ALIGN)
        return at


def row(name, data, packed, blob):
    kind = TYPES.get(os.path.splitext(name)[1], "application/octet-stream")
    etag = hashlib.sha256(data).hexdigest()[:24]
    plain = f"{{ ohm_assets_blob + {blob.add(data)}, {len(data)} }}"
    small = f"{{ ohm_assets_blob + {blob.add(packed)}, {len(packed)} }}" if packed else "{ 0, 0 }"
    fixed = "true" if HASHED.search(name) else "false"
    return f'    {{ "{name}", "{kind}",\n      "{etag}", {fixed},\n      {plain}, {small} }},\n'


def main():
    parser = argparse.ArgumentParser()
    for name in ("asm", "table", "blob", "depfile"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--add", action="append", default=[])
    parser.add_argument("--gzip", action="append", default=[])
    args = parser.parse_args()

    found, folders = find(args.add)
    blob, rows = Blob(), []
    for name in sorted(found):
        with open(found[name], "rb") as source:
            data = source.read()
        packed = None
        if any(name.startswith(prefix + "/") for prefix in args.gzip):
            packed = gzip.compress(data, 9, mtime=0)
            if len(packed) >= len(data) * 9 // 10:
                packed = None
        rows.append(row(name, data, packed, blob))
    blob.add(b"")  # never empty

    with open(args.blob, "wb") as out:
        out.write(blob.bytes)
    with open(args.asm, "w", encoding="utf-8") as out:
        out.write(f"/* made by scripts/embed.py; {hashlib.sha256(blob.bytes).hexdigest()} */\n"
                  "    .section .rodata\n"
                  "    .globl ohm_assets_blob\n"
                  "    .type ohm_assets_blob, %object\n"
                  f"    .balign {ALIGN}\n"
                  "ohm_assets_blob:\n"
                  f"    .incbin \"{os.path.abspath(args.blob)}\"\n"
                  f"    .size ohm_assets_blob, {len(blob.bytes)}\n"
                  "    .section .note.GNU-stack, \"\", %progbits\n")
    with open(args.table, "w", encoding="utf-8") as out:
        out.write("/* made by scripts/embed.py */\n"
                  '#include "host/assets_table.h"\n\n'
                  "const ohm_asset ohm_assets_table[] = {\n" + "".join(rows) +
                  "    { 0, 0, 0, false, { 0, 0 }, { 0, 0 } },\n"
                  "};\n"
                  f"const size_t ohm_assets_table_count = {len(rows)};\n")
    with open(args.depfile, "w", encoding="utf-8") as out:
        needed = sorted(found.values()) + folders
        out.write(args.asm + ": " + " ".join(path.replace(" ", "\\ ") for path in needed) + "\n")


if __name__ == "__main__":
    main()
