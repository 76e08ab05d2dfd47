#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every frame of a dump has a kind, and it is the one that its guest says.

Compares each frame with what /proc/kpageflags said of it shortly before the
dump, and totals with /proc/meminfo and the per-CPU lists of /proc/zoneinfo.
"""

import argparse
import collections
import pathlib
import subprocess
import sys
from typing import NamedTuple

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
sys.path.insert(0, str(FIXTURES))

from lablib import answers  # noqa: E402

PAGE_KIB = 4

# Of all frames: those that changed hands between the guest's look and the
# dump. What the guest prints is itself written to, and freed.
MAY_DIFFER = 0.002

# Of all frames: those in use of which nothing says by whom.
MAY_BE_UNKNOWN = 0.001

# Whose pages have to be found on each kernel of the lab. The swap that the
# workload fills is on a disk of brd; the rest is there from boot on.
OWNERS = {"brd", "DMA pool", "ftrace", "hash table", "trace"}

# Who asks for what arm64 maps of the DMA pool anew: vmalloc()'s, then.
MAPS_DMA_POOL = "dma_common_contiguous_remap"

# <linux/kernel-page-flags.h>
SLAB, BUDDY, ANON = 1 << 7, 1 << 10, 1 << 12
HUGE, NOPAGE = 1 << 17, 1 << 20
OFFLINE, ZERO_PAGE, PGTABLE = 1 << 23, 1 << 24, 1 << 26
RESERVED = 1 << 32


class Rule(NamedTuple):
    """A frame with the bit, and without another, has one of the kinds."""
    name: str
    bit: int
    unless: int
    kinds: frozenset


BITS = [
    Rule("NOPAGE", NOPAGE, 0, {"no-page"}),
    Rule("BUDDY", BUDDY, 0, {"free"}),
    Rule("SLAB", SLAB, 0, {"slab"}),
    Rule("HUGE", HUGE, 0, {"hugetlb"}),
    Rule("OFFLINE", OFFLINE, 0, {"offline"}),
    Rule("PGTABLE", PGTABLE, 0, {"page-table"}),
    Rule("ZERO_PAGE", ZERO_PAGE, 0, {"zero", "huge-zero"}),
    # 6.12 takes the mapping of a slab for one, too.
    Rule("ANON", ANON, SLAB, {"anon", "ksm", "hugetlb"}),
    Rule("RESERVED", RESERVED, 0, {
        "reserved", "zero", "percpu", "memmap", "kernel-image", "cpu-entry",
        "page-table", "vmalloc", "stack"}),
]

# And the other way round, for kinds that the guest has a bit for.
KINDS = {
    "no-page": NOPAGE,
    "slab": SLAB,
    "hugetlb": HUGE,
    "anon": ANON,
    "ksm": ANON,
    "offline": OFFLINE,
    "reserved": RESERVED,
    "kernel-image": RESERVED,
    "zero": ZERO_PAGE,
    "huge-zero": ZERO_PAGE,
}


class Guest:
    """What the truth file has of the machine."""

    def __init__(self, path):
        self.meminfo = {}
        self.flags = []
        self.percpu_free = 0
        self.callers = {}  # of vmalloc(), by the area's pages
        self.secret = set()  # address ranges of secretmem, by process
        self.secret_frames = set()
        self.free = collections.Counter()  # frames by zone and migratetype
        for line in path.read_text(errors="surrogateescape").splitlines():
            kind, *words = line.split()
            if kind == "meminfo":
                self.meminfo[words[0]] = int(words[1])
            elif kind == "region" and words[-1] == "secretmem":
                self.secret.add((words[0], int(words[1], 16),
                                 int(words[2], 16)))
            elif kind == "page" and self.is_secret(words):
                self.secret_frames.add(int(words[2], 16))
            elif kind == "vmalloc":
                start, end = (int(word, 16) for word in words[:2])
                self.callers |= dict.fromkeys(
                    range(start, end, PAGE_KIB * 1024), words[2])
            elif kind == "migratetype":
                self.free[words[1], words[2].lower()] += sum(
                    int(blocks) << order
                    for order, blocks in enumerate(words[3:]))
            elif kind == "pcp":
                self.percpu_free += int(words[-1])
            elif kind == "kpages":
                first, count, flags = (int(word, 16) for word in words)
                if first != len(self.flags):
                    raise ValueError(f"{path}: kpages are not in a row")
                self.flags += [flags] * count

    def is_secret(self, words):
        pid, address = words[0], int(words[1], 16)
        return any(pid == owner and start <= address < end
                   for owner, start, end in self.secret)

    def frames(self, *keys):
        """The sum of lines of /proc/meminfo, in frames."""
        return sum(self.meminfo[key] for key in keys) // PAGE_KIB


class Tally:
    """What the tool says of all frames, and where the guest contradicts."""

    def __init__(self):
        self.kinds = collections.Counter()
        self.owners = collections.Counter()
        self.parts = collections.Counter()
        self.free = collections.Counter()
        self.tasks = set()
        self.callers = {}  # of vmalloc(), by address
        self.secret_frames = set()
        self.slab = None  # the first frame of one
        self.wrong = collections.Counter()
        self.examples = {}

    def add(self, page, flags):
        kind, details = page["kind"], page["details"]
        self.kinds[kind] += 1
        if kind == "owned":
            self.owners[details["owner"], details["of"]] += 1
        self.parts.update(self._parts(page, flags))
        if kind == "free" and "order" in details:
            self.free[page["zone"], details.get("migratetype")] += 1
        if details.get("memory") == "secretmem":
            self.secret_frames.add(int(page["pfn"], 16))
        if kind == "vmalloc":
            caller = details.get("caller") or ""
            self.callers[int(details["address"], 16)] = caller
            if caller.startswith(MAPS_DMA_POOL):
                self.owners["DMA pool", caller] += 1
        if kind == "stack":
            self.tasks.add(int(details["task"], 16))
        if kind == "slab" and page["head_pfn"] == page["pfn"]:
            self.slab = int(page["pfn"], 16)
        for complaint in self._complaints(kind, details, flags):
            self.wrong[complaint] += 1
            self.examples.setdefault(complaint,
                                     f"PFN {page['pfn']}, flags {flags:#x}")

    @staticmethod
    def _parts(page, flags):
        kind, details = page["kind"], page["details"]
        if kind == "free" and "order" in details:
            yield "in a block"
        if kind == "free" and details.get("list") == "per-CPU":
            yield "on a CPU's list"
        if kind == "hugetlb" and details["pool"] == "free":
            yield "hugetlb pool"
        if kind in ("kernel", "owned") and page["order"]:
            yield "compound"
        if kind in ("anon", "ksm") and page["mapcount"]:
            yield "mapped"
        if kind == "page-table" and flags & PGTABLE:
            yield "counted table"
        if kind == "page-table" and "level" not in details:
            yield "table of nobody"

    @staticmethod
    def _complaints(kind, details, flags):
        for rule in BITS:
            if flags & rule.bit and not flags & rule.unless and (
                    kind not in rule.kinds):
                yield f"{rule.name} is {kind}"
        if kind in KINDS and not flags & KINDS[kind]:
            yield f"{kind} lacks its flag"
        if kind == "free" and "order" in details and not flags & BUDDY:
            yield "a free block lacks BUDDY"


def survey(arguments, n):
    """The tool's page for each frame."""
    command = [arguments.tool, "--no-cache", arguments.vmcore,
               "--vmlinux", arguments.vmlinux, "--format=jsonl",
               "--pfn", f"0-{n - 1:#x}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          text=True) as process:
        yield from answers.lines(process.stdout)


def objects_at(arguments, addresses):
    """What the tool says of the slabs' objects at physical addresses."""
    doors = [word for address in addresses
             for word in ("--phys", f"{address:#x}")]
    answer = subprocess.run(
        [arguments.tool, "--no-cache", arguments.vmcore, "--vmlinux",
         arguments.vmlinux, "--format=json", *doors],
        stdout=subprocess.PIPE, text=True, check=False)
    return answers.document(answer.stdout)["places"]


# Of each task one address is asked about, somewhere inside.
INSIDE = 1000


def judge_objects(arguments, tally, report):
    """The tasks that stacks belong to are objects, and in use: whether all
    of them are told, depends on the kernel."""
    head = tally.slab * PAGE_KIB * 1024
    first, = objects_at(arguments, [head])
    shift = int(first["address"], 16) - head
    memory = range(shift, shift + (1 << 40))
    tasks = sorted(task for task in tally.tasks if task in memory)
    places = objects_at(arguments, [task - shift + INSIDE for task in tasks])
    good = sum(int(place["address"], 16) == task and place["complete"]
               and place["details"]["bytes into it"] == INSIDE
               and place["details"].get("state", "allocated") == "allocated"
               for task, place in zip(tasks, places, strict=True))
    told = sum("state" in place["details"] for place in places)
    report.check(tasks and good == len(tasks),
                 f"{good} of {len(tasks)} tasks are objects of slabs; "
                 f"{told} are told to be allocated")


def judge_callers(tally, guest, report):
    """A function of a module has an address for a name."""
    pairs = [(caller, guest.callers.get(address))
             for address, caller in tally.callers.items()]
    wrong = [(ours, theirs) for ours, theirs in pairs
             if ours != theirs and not (ours or "").startswith("0x")]
    modules = sum((ours or "").startswith("0x") for ours, _ in pairs)
    for ours, theirs in wrong[:8]:
        print(f"         {ours}, the guest says {theirs}")
    report.check(pairs and len(wrong) <= 4,
                 f"{len(pairs)} frames of vmalloc have a caller, {modules} "
                 f"in modules; {len(wrong)} not the one that the guest says")


class Total(NamedTuple):
    what: str
    ours: int
    theirs: int
    slack: int


def totals(tally, guest):
    """Sums that have to agree but for what changes while they are printed."""
    kinds, parts = tally.kinds, tally.parts
    slack = int(len(guest.flags) * MAY_DIFFER)
    yield Total("MemFree", parts["in a block"], guest.frames("MemFree"),
                slack)
    for zone, migratetype in sorted((+guest.free).keys() | tally.free.keys()):
        yield Total(f"free, {zone}, {migratetype}",
                    tally.free[zone, migratetype],
                    guest.free[zone, migratetype], 64)
    yield Total("per-CPU lists", parts["on a CPU's list"], guest.percpu_free,
                slack)
    # kmalloc() of more than a slab gives is counted there, too. It is
    # "kmalloc" from 6.15 on; before, all that shows is a compound page.
    yield Total("Slab", kinds["slab"] + kinds["kmalloc"] + parts["compound"],
                guest.frames("Slab"), 64)
    # The stack of the first CPU's idle thread is in the image, and not counted.
    yield Total("KernelStack", kinds["stack"], guest.frames("KernelStack"), 8)
    # Nearly all of the kernel's own are not counted, nor are the upper levels
    # before 6.15; they have no flag, either.
    yield Total("PageTables", parts["counted table"],
                guest.frames("PageTables"), 16)
    # In no place: they wait for a huge page to be split
    # (pgtable_trans_huge_deposit()).
    yield Total("deposited tables", parts["table of nobody"], 0, 32)
    yield Total("HugePages_Total", kinds["hugetlb"],
                guest.meminfo["HugePages_Total"] * 512, 0)
    yield Total("HugePages_Free", parts["hugetlb pool"],
                guest.meminfo["HugePages_Free"] * 512, 0)
    # Not those that only the swap cache still has, or a folio that is mapped
    # in part.
    yield Total("AnonPages", parts["mapped"],
                guest.frames("AnonPages"), 64)
    yield Total("Shmem", kinds["shmem"], guest.frames("Shmem"), 16)
    yield Total("Cached", kinds["shmem"] + kinds["file"],
                guest.frames("Cached", "Buffers"), 64)


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, text):
        print(f"{'ok  ' if good else 'FAIL'} {text}")
        self.passed += good
        self.failed += not good


def judge(tally, guest, report):
    n = len(guest.flags)
    for kind, count in tally.kinds.most_common():
        print(f"{count:8} {kind}")
    for (owner, of), count in tally.owners.most_common():
        print(f"{count:8} owned: {owner}, {of}")
    for complaint, count in tally.wrong.most_common():
        print(f"{count:8} {complaint}; one: {tally.examples[complaint]}")
    report.check(sum(tally.kinds.values()) == n, f"{n} frames answered")
    wrong = sum(tally.wrong.values())
    report.check(wrong <= n * MAY_DIFFER,
                 f"{wrong} of {n} frames are not what the guest said")
    for total in totals(tally, guest):
        report.check(abs(total.ours - total.theirs) <= total.slack,
                     f"{total.what}: {total.ours}, the guest says "
                     f"{total.theirs}; {total.slack} may differ")
    report.check(tally.secret_frames == guest.secret_frames,
                 f"{len(tally.secret_frames)} frames are secretmem, the same "
                 "that the guest has so")
    missing = OWNERS - {owner for owner, _ in tally.owners}
    report.check(not missing, f"owners of pages: {len(tally.owners)}; "
                 f"missing: {', '.join(sorted(missing)) or 'none'}")
    unknown, limit = tally.kinds["kernel"], int(n * MAY_BE_UNKNOWN)
    report.check(unknown <= limit,
                 f"{unknown} frames are in use by nobody knows whom, "
                 f"{100 * unknown / n:.3f} %; no more than {limit}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("vmcore", type=pathlib.Path)
    parser.add_argument("vmlinux", type=pathlib.Path)
    arguments = parser.parse_args()
    guest = Guest(arguments.vmcore.parent / "truth")
    tally, report = Tally(), Report()
    for page in survey(arguments, len(guest.flags)):
        tally.add(page, guest.flags[int(page["pfn"], 16)])
    judge(tally, guest, report)
    judge_callers(tally, guest, report)
    judge_objects(arguments, tally, report)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed or not report.passed else 0


if __name__ == "__main__":
    sys.exit(main())
