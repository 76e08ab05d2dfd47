#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every frame of a dump has a kind, and it is the one that its guest says.

Compares each frame with what /proc/kpageflags said of it shortly before the
dump, and the totals with /proc/meminfo.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

import compare

PAGE_KIB = 4

# Frames that changed hands between the guest's look and the dump.
MAY_DIFFER = 0.002
# Frames in use of which nothing in the dump says by whom.
MAY_BE_UNKNOWN = 0.001

# <linux/kernel-page-flags.h>
SLAB, BUDDY, ANON = 1 << 7, 1 << 10, 1 << 12
COMPOUND = 1 << 15 | 1 << 16
HUGE, NOPAGE, THP = 1 << 17, 1 << 20, 1 << 22
OFFLINE, ZERO_PAGE, PGTABLE = 1 << 23, 1 << 24, 1 << 26
RESERVED = 1 << 32

# A frame with the bit has one of these kinds. Not the other way round where
# the kernel tells less than we do: a table without a type, a reserved frame.
BITS = {
    "NOPAGE": (NOPAGE, {"no-page"}),
    "BUDDY": (BUDDY, {"free"}),
    "SLAB": (SLAB, {"slab"}),
    "HUGE": (HUGE, {"hugetlb"}),
    "OFFLINE": (OFFLINE, {"offline"}),
    "PGTABLE": (PGTABLE, {"page-table"}),
    "ZERO_PAGE": (ZERO_PAGE, {"zero", "huge-zero"}),
    # A hugetlb page can be anonymous, too.
    "ANON": (ANON, {"anon", "ksm", "hugetlb"}),
    "RESERVED": (RESERVED, {
        "reserved", "zero", "percpu", "memmap", "kernel-image", "cpu-entry",
        "page-table", "vmalloc", "stack"}),
}

# A frame of the kind has this bit, or one of them.
KINDS = {
    "no-page": NOPAGE,
    "slab": SLAB,
    "hugetlb": HUGE,
    "anon": ANON,
    "ksm": ANON,
    "offline": OFFLINE,
    "reserved": RESERVED,
    "zero": ZERO_PAGE,
    "huge-zero": ZERO_PAGE,
}


class Guest:
    """What the truth file has of the machine."""

    def __init__(self, path):
        self.meminfo = {}
        self.flags = []
        for line in path.read_text().splitlines():
            words = line.split()
            if words[0] == "meminfo":
                self.meminfo[words[1]] = int(words[2])
            elif words[0] == "kpages":
                first, count, flags = (int(word, 16) for word in words[1:])
                assert first == len(self.flags)
                self.flags += [flags] * count


def ask(tool, dump, n):
    """The tool's page for each frame."""
    with subprocess.Popen(
            [tool, "--no-cache", dump / "vmcore", "--format=jsonl",
             "--pfn", f"0-{n - 1:#x}", *compare_options(dump)],
            stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            yield json.loads(line)


def compare_options(dump):
    """Kernels before 6.1 do not describe themselves."""
    release = next(line.split()[1] for line
                   in (dump / "truth").read_text().splitlines()
                   if line.startswith("kernel "))
    del release
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("--dump", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    guest = Guest(arguments.dump / "truth")
    totals = collections.Counter()
    wrong = collections.Counter()
    examples = {}
    for page in ask(arguments.tool, arguments.dump, len(guest.flags)):
        pfn = int(page["pfn"], 16)
        flags, kind = guest.flags[pfn], page["kind"]
        totals[kind] += 1
        bad = []
        for name, (bit, kinds) in BITS.items():
            if flags & bit and kind not in kinds:
                bad.append(f"{name} is {kind}")
        if kind in KINDS and not flags & KINDS[kind]:
            bad.append(f"{kind} without its bit")
        if kind == "free" and "order" in page["details"] and not flags & BUDDY:
            bad.append("block not BUDDY")
        for b in bad:
            wrong[b] += 1
            examples.setdefault(b, []).append((hex(pfn), hex(flags)))
    for k, v in totals.most_common():
        print(v, k)
    for b, n in wrong.most_common():
        print(n, b, examples[b][:3])


if __name__ == "__main__":
    sys.exit(main())
