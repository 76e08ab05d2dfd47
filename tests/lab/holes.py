#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A dump with holes gives no wrong line, and owns up to what it does not find.

holes.py [--tool TOOL] [VMCORE [VMLINUX]], a kdump of a guest of the lab, with
the truth beside it. Copies lack the pages of some objects each, which the tool
itself has found in the whole dump; what it says of pages of the truth is
compared, and how much of it is found is printed.
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile
from typing import NamedTuple

import compare
from lablib import answers, holes, truth
from lablib.errors import LabError

SEED = 6
DEADLINE = 300  # seconds
ASKED = 500  # PFNs of the truth, about each copy
COMPLETE, GAPS = 0, 3
PAGE_SHIFT = 12
GIB = 1 << 30
SHOWN = 3


class Tool:
    """The tool, and what it is given each time."""

    def __init__(self, program, vmlinux):
        self.program = program
        self.options = ["--no-cache", *([vmlinux] if vmlinux else [])]

    def lines(self, vmcore, *options, text=""):
        done = subprocess.run(
            [self.program, vmcore, *self.options, *options], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, input=text,
            timeout=DEADLINE, check=False)
        if done.returncode not in (COMPLETE, GAPS):
            raise LabError(f"{options}: exit code {done.returncode}")
        return list(answers.lines(done.stdout.splitlines())), \
            done.returncode


# --- where things are in the whole dump ---


def _frame(address):
    """The direct map begins at a multiple of a GiB, of which a guest has at
    most one."""
    return address % GIB >> PAGE_SHIFT


class Objects:
    """The frames that objects of each type are in."""

    def __init__(self, tool, vmcore, rng):
        self._rng = rng
        rows, _ = tool.lines(vmcore, "--export", "-")
        self._addresses = {}
        for row in rows:
            if "address" in row and str(row["address"]).startswith("0x"):
                self._addresses.setdefault(row["table"], []).append(
                    int(row["address"], 16))
        slabs, _ = tool.lines(vmcore, "--all", "--kind=slab",
                              "--format=jsonl")
        told, _ = tool.lines(vmcore, "--pfn-file=-", "--format=jsonl",
                             text="\n".join(page["pfn"] for page in slabs))
        self._slabs = {}
        for page in told:
            if page["details"]:
                self._slabs.setdefault(page["details"]["cache"],
                                       []).append(page)
        nodes, _ = tool.lines(vmcore, "--ksm", "--format=jsonl")
        self._items = [item["rmap_item"] for node in nodes
                       for item in node.get("items", ())]

    def some(self, table, n=1):
        """Of n rows of a table, chosen at random."""
        return {_frame(address) for address in
                self._rng.sample(self._addresses[table], n)}

    def nth(self, table, *places):
        return {_frame(self._addresses[table][place]) for place in places}

    def slab(self, cache, n=None):
        """Of n pages of a cache; all if None."""
        pages = self._slabs.get(cache, [])
        chosen = pages if n is None else self._rng.sample(
            pages, min(n, len(pages)))
        return {int(page["pfn"], 16) for page in chosen}

    def items(self):
        """KSM's, whose slabs are those of other objects of that size."""
        return {_frame(int(item, 16)) for item in self._items}

    def any_slab(self, n):
        pages = [page for slabs in self._slabs.values() for page in slabs]
        return {int(page["pfn"], 16) for page in self._rng.sample(pages, n)}

    def second_pages(self):
        """What an old makedumpfile takes for a user's in each large slab."""
        return {int(page["head_pfn"], 16) + 1
                for slabs in self._slabs.values() for page in slabs
                if page["order"]}


class Hole(NamedTuple):
    """What is cut out, and how much of the truth has to be found all the
    same, in percent: with its process, with or without it."""

    name: str
    frames: callable
    least: float = 0
    least_anywhere: float = 0


HOLES = (
    Hole("init's task", lambda o: o.nth("task", 0), 90, 99),
    Hole("a task in the middle", lambda o: o.nth("task", 60), 90, 99),
    Hole("three tasks", lambda o: o.nth("task", 10, 50, 90), 80, 99),
    Hole("a page of PIDs", lambda o: o.slab("pid", 1), 100),
    Hole("all PIDs", lambda o: o.slab("pid"), 100),
    Hole("all PIDs and two tasks",
         lambda o: o.slab("pid") | o.nth("task", 30, 80), 90, 99),
    Hole("an mm_struct", lambda o: o.some("mm"), 100),
    Hole("all mm_structs", lambda o: o.slab("mm_struct"), 100),
    Hole("four pages of VMAs", lambda o: o.slab("vm_area_struct", 4)),
    Hole("all maple nodes", lambda o: o.slab("maple_node"), 100),
    Hole("two anon_vma pages", lambda o: o.slab("anon_vma", 2), 100),
    Hole("all anon_vmas", lambda o: o.slab("anon_vma"), 100),
    Hole("four AVC pages", lambda o: o.slab("anon_vma_chain", 4), 100),
    Hole("all AVCs", lambda o: o.slab("anon_vma_chain"), 100),
    Hole("inodes of files", lambda o: o.some("file", 6), 100),
    Hole("KSM's items", Objects.items, 100),
    Hole("all signal_structs", lambda o: o.slab("signal_cache"), 100),
    Hole("nodes of trees", lambda o: o.slab("radix_tree_node", 8), 100),
    Hole("100 pages of slabs", lambda o: o.any_slab(100)),
    Hole("second pages", Objects.second_pages, 90, 99),
)


# --- what is said of it ---


class Share(NamedTuple):
    """Of the mappings of the truth, in percent: with their process, and with
    or without it."""

    known: float
    found: float


def _share(question, pages):
    total = known = found = 0
    for page in pages:
        expected = question.expected[int(page["pfn"], 16)]
        pairs = expected.pairs
        told = compare._pairs(page, question.self_pid, expected.states)
        nobodys = sum(mapping["state"] in expected.states and
                      not mapping["tasks"] for mapping in page["mappings"])
        missing = (pairs - told).total()
        total += pairs.total()
        known += (pairs & told).total()
        found += (pairs & told).total() + min(missing, nobodys)
    return Share(100 * known / total, 100 * found / total)


def _judge_pages(tool, dump, question, hole):
    """The faults, and the share that was found."""
    pages, code = tool.lines(dump / "vmcore", "--pfn-file=-",
                             "--format=jsonl",
                             text="".join(f"{pfn:#x}\n"
                                          for pfn in question.expected))
    faults = [fault.text for fault in
              compare.judge_pages(question, pages, gaps_allowed=True)]
    if code == COMPLETE and not all(page["complete"] for page in pages):
        faults.append("exit code 0, with gaps")
    share = _share(question, pages)
    if share.known < hole.least or share.found < hole.least_anywhere:
        faults.append(f"only {share.known:.1f} % were found, "
                      f"{share.found:.1f} % without their process")
    return faults, share


def _judge_all(tool, dump, facts):
    """Of --all: nothing extra, and nothing missing if it is complete."""
    pages, code = tool.lines(
        dump / "vmcore", "--all", "--format=jsonl",
        *(f"--kind={kind}" for kind in compare.PAGE_KINDS))
    listed = {int(page["pfn"], 16) for page in pages
              if page.get("mappings") is not None}
    told = {(pid, int(mapping["address"], 16), int(page["pfn"], 16))
            for page in pages for mapping in page.get("mappings") or ()
            if mapping.get("state", "mapped") == "mapped"
            for pid in mapping["pids"] if pid != facts.self_pid}
    expected = {(page.pid, page.address, page.pfn) for page in facts.pages
                if page.pfn in listed and page.pid != facts.self_pid}
    pids = {page.pid for page in facts.pages}
    faults = [f"--all: extra: {place}" for place in sorted(told - expected)
              if place[0] in pids]
    if code == COMPLETE:
        faults += [f"--all: missing: {place}"
                   for place in sorted(expected - told)]
    return faults, 100 * len(expected & told) / len(expected)


def _sample(question, rng):
    """Some PFNs of the truth, in the same order."""
    asked = set(rng.sample(sorted(question.expected),
                           min(ASKED, len(question.expected))))
    question.expected = {pfn: expected for pfn, expected
                         in question.expected.items() if pfn in asked}
    return question


def _judge(tool, vmcore):
    """(what, what is wrong or None) of everything that is compared."""
    rng = random.Random(SEED)
    facts = truth.Truth(vmcore.parent / "truth")
    question = _sample(compare.Question(facts, ()), rng)
    objects = Objects(tool, vmcore, rng)
    print(f"{'HOLE':24}{'PAGES':>6}{'FOUND':>8}{'WITHOUT PID':>13}"
          f"{'--all':>8}")
    with tempfile.TemporaryDirectory(
            dir=os.environ.get("TMPDIR", "/var/tmp")) as name:
        dump = pathlib.Path(name)
        for hole in HOLES:
            frames = hole.frames(objects)
            if not frames:
                yield hole.name, "there is nothing to cut out"
                continue
            gone = holes.punch(vmcore, dump / "vmcore", frames)
            by_page, share = _judge_pages(tool, dump, question, hole)
            by_all, of_all = _judge_all(tool, dump, facts)
            print(f"{hole.name:24}{len(gone):6}{share.known:7.1f}%"
                  f"{share.found - share.known:12.1f}%{of_all:7.1f}%")
            faults = [*by_page, *by_all]
            yield hole.name, "\n  ".join(faults[:SHOWN]) or None


def main():
    arguments = compare.dump_arguments(__doc__)
    return compare.run_checks("holes", lambda: _judge(
        Tool(arguments.tool, arguments.vmlinux),
        arguments.vmcore.resolve()))


if __name__ == "__main__":
    sys.exit(main())
