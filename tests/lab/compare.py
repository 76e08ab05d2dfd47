#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares rmap-inspect's answers on a dump with the guest's own truth.

Every PFN of the truth that is a mapped 4 KiB page of a process is asked for
in one run, and the set of (pid, address) pairs has to be the truth's. Shares
no code with the tool, and refuses to pass where there is little to compare.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import time
from typing import NamedTuple

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
sys.path.insert(0, str(FIXTURES))

from lablib import scenarios, truth  # noqa: E402
from lablib.errors import LabError  # noqa: E402

DEADLINE = 900
SHOWN_FAULTS = 10
METHODS = ("rmap", "scan")
PAGE_KINDS = ("anon", "file", "shmem", "ksm", "hugetlb")

# The tool's exit codes that are answers.
COMPLETE, WITH_GAPS = 0, 3

# Not a page of a process, or one that the reverse map does not know.
NOT_COMPARED = truth.KPF_NOPAGE | truth.KPF_ZERO_PAGE | truth.KPF_RESERVED

# VMAs that the kernel fills with pages of its own.
SPECIAL_VMAS = ("[vvar]", "[vvar_vclock]", "[vdso]", "[vsyscall]")


class Expected(NamedTuple):
    """What the truth says of one PFN."""

    pairs: collections.Counter
    kinds: frozenset  # more than one where /proc cannot tell them apart
    count: int  # of mappings, those of the printing process among them


class Fault(NamedTuple):
    """One difference; `column` is where the table counts it."""

    column: str
    text: str


class Result(NamedTuple):
    pfns: int
    mappings: int
    pages_with_gaps: int
    faults: list
    seconds: float


# --- what the truth says ---


class Question:
    """The PFNs to ask for, and what the answer should be."""

    def __init__(self, facts):
        self.self_pid = facts.self_pid
        self._facts = facts
        self._held = _held_folios(facts)
        self._index = scenarios.RegionIndex(facts.regions)
        ksm_flag_tells = _ksm_flag_tells(facts.pages)
        self.expected = {
            pfn: Expected(
                collections.Counter((page.pid, page.address)
                                    for page in pages),
                self._kinds(pages, ksm_flag_tells),
                pages[0].count)
            for pfn, pages in _comparable(facts).items()}

    def scenario(self, pid, address):
        return self._index.name_of(pid, address) or "no scenario"

    def is_held(self, pfn):
        """Whether references are to be expected that nothing explains."""
        return _head(self._facts, pfn) in self._held

    def _kinds(self, pages, ksm_flag_tells):
        """Before 6.12 only the head of a folio tells that it is of shmem."""
        flags = pages[0].flags | self._facts.flags_of(
            _head(self._facts, pages[0].pfn)) & truth.KPF_SWAPBACKED
        if flags & truth.KPF_HUGE:
            return frozenset(["hugetlb"])
        if not flags & truth.KPF_ANON:
            return frozenset(
                ["shmem" if flags & truth.KPF_SWAPBACKED else "file"])
        if ksm_flag_tells:
            return frozenset(["ksm" if flags & truth.KPF_KSM else "anon"])
        return self._kinds_by_region(pages)

    def _kinds_by_region(self, pages):
        """Equal pages of processes that never forked from one another can
        share a PFN only when merged; one that is alone may be either."""
        mergers = {page.pid for page in pages
                   if self.scenario(page.pid, page.address) == "ksm"}
        if not mergers:
            return frozenset(["anon"])
        return frozenset(["ksm"] if len(mergers) > 1 else ["anon", "ksm"])

    def check_coverage(self):
        """Raises unless every scenario and kind of page is asked about."""
        asked = {self.scenario(*pair) for expected in self.expected.values()
                 for pair in expected.pairs}
        page_kinds = set().union(
            *(expected.kinds for expected in self.expected.values()))
        absent = [row.name for row in scenarios.expected(self._facts)
                  if row.name not in asked
                  and row.asked == scenarios.BY_RMAP]
        absent += [kind for kind in PAGE_KINDS if kind not in page_kinds]
        if absent:
            raise LabError("nothing to compare of " + ", ".join(absent))


def _head(facts, pfn):
    """The first page of the folio."""
    while facts.flags_of(pfn) & truth.KPF_COMPOUND_TAIL:
        pfn -= 1
    return pfn


def _held_folios(facts):
    """The first page of each folio that a pipe or a ring holds on to."""
    pfns = {(page.pid, page.address): page.pfn for page in facts.pages}
    return {_head(facts, pfns[pin.pid, pin.address]) for pin in facts.pins}


def _ksm_flag_tells(pages):
    """Linux 6.12's kpageflags sets the KSM bit on every anonymous page."""
    return any(page.flags & truth.KPF_ANON and not page.flags & truth.KPF_KSM
               for page in pages)


def _comparable(facts):
    """The truth's pages by PFN, without those that are not compared."""
    special = scenarios.RegionIndex(
        truth.Region(vma.pid, vma.start, vma.end, vma.path)
        for vma in facts.vmas if vma.path in SPECIAL_VMAS)
    by_pfn = collections.defaultdict(list)
    for page in facts.pages:
        if page.flags & NOT_COMPARED:
            continue
        if special.name_of(page.pid, page.address) is None:
            by_pfn[page.pfn].append(page)
    return by_pfn


# --- what the tool says ---


def _ask(tool, dump, options, pfns):
    """One run of the tool; its pages, its exit code and its seconds."""
    command = [tool, dump / "vmcore", *options, "--pfn-file", "-",
               "--format=jsonl"]
    start = time.monotonic()
    try:
        done = subprocess.run(
            command, input="".join(f"{pfn:#x}\n" for pfn in pfns),
            stdout=subprocess.PIPE, text=True, timeout=DEADLINE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabError(str(error)) from error
    seconds = time.monotonic() - start
    if done.returncode not in (COMPLETE, WITH_GAPS):
        raise LabError(f"{tool}: exit code {done.returncode}")
    try:
        pages = [json.loads(line) for line in done.stdout.splitlines()]
    except json.JSONDecodeError as error:
        raise LabError(f"{tool}: not JSON: {error}") from error
    return pages, done.returncode, seconds


def _pairs(page, self_pid):
    """(pid, address) of each mapping, once for each process that has it."""
    return collections.Counter(
        (task["pid"], int(mapping["address"], 16))
        for mapping in page["mappings"] if mapping["state"] == "mapped"
        for task in mapping["tasks"] if task["pid"] != self_pid)


def _owns_up(page):
    return not page["complete"] and bool(page["gaps"])


# --- the two, side by side ---


def _judge_page(question, pfn, page, gaps_allowed):
    """The faults of one page's answer."""
    expected = question.expected[pfn]
    answered = _pairs(page, question.self_pid)

    def name(pair):
        pid, address = pair
        return (f"PFN {pfn:#x}: pid {pid} at {address:#x} "
                f"({question.scenario(*pair)})")

    for pair in (answered - expected.pairs).elements():
        yield Fault("extra", f"extra: {name(pair)}")
    unseen = gaps_allowed and _owns_up(page) and page["kind"] == "unreadable"
    if page["kind"] not in expected.kinds and not unseen:
        yield Fault("wrong kind",
                    f"wrong kind: {name(min(expected.pairs))} is "
                    f"{page['kind']}, not {' or '.join(expected.kinds)}")
    if page["mapcount"] not in (expected.count, None):
        yield Fault("wrong count",
                    f"wrong count: {name(min(expected.pairs))}: "
                    f"{page['mapcount']}, not {expected.count}")
    if page["unexplained"] and not question.is_held(pfn):
        yield Fault("wrong count",
                    f"wrong count: {name(min(expected.pairs))}: in a guest "
                    f"at rest {page['unexplained']} references of "
                    f"{page['refcount']} are unexplained")
    if gaps_allowed and _owns_up(page):
        return
    for pair in (expected.pairs - answered).elements():
        yield Fault("missing", f"missing: {name(pair)}")
    if not page["complete"] or page["gaps"]:
        yield Fault("gaps", f"gaps: {name(min(expected.pairs))}: "
                            f"{page['gaps']}")


def _judge(question, pages, exit_code, gaps_allowed):
    """All faults of one run."""
    asked = list(question.expected)
    if [int(page["pfn"], 16) for page in pages] != asked:
        yield Fault("missing", "the PFNs answered are not those asked for, "
                               "in the order asked")
        return
    for pfn, page in zip(asked, pages):
        yield from _judge_page(question, pfn, page, gaps_allowed)
    incomplete = any(not page["complete"] for page in pages)
    if incomplete != (exit_code == WITH_GAPS):
        yield Fault("gaps", f"exit code {exit_code}, but the pages are "
                            f"{'in' if incomplete else ''}complete")
    if gaps_allowed and not incomplete:
        yield Fault("gaps", "a dump with needed pages missing, "
                            "and no gap was found")


def compare(tool, dump, options, gaps_allowed=False):
    """Runs the tool over a dump; raises where there is nothing to judge."""
    facts = truth.Truth(dump / "truth")
    scenarios.check(facts)
    question = Question(facts)
    question.check_coverage()
    pages, exit_code, seconds = _ask(tool, dump, options, question.expected)
    return Result(
        pfns=len(question.expected),
        mappings=sum(expected.pairs.total()
                     for expected in question.expected.values()),
        pages_with_gaps=sum(not page["complete"] for page in pages),
        faults=list(_judge(question, pages, exit_code, gaps_allowed)),
        seconds=seconds)


# --- the table ---

COLUMNS = (
    ("KERNEL", 7), ("DUMP", 19), ("METHOD", 11), ("PFNS", 6),
    ("MAPPINGS", 9), ("MISSING", 8), ("EXTRA", 6), ("WRONG KIND", 11), ("WRONG COUNT", 12),
    ("GAPS", 5), ("SECONDS", 8), ("RESULT", 0),
)


def table_row(*cells):
    return " ".join(str(cell).ljust(width)
                    for cell, (_, width) in zip(cells, COLUMNS)).rstrip()


def table_head():
    return table_row(*(name for name, _ in COLUMNS))


def result_row(kernel, kind, method, result):
    counts = collections.Counter(fault.column for fault in result.faults)
    return table_row(
        kernel, kind, method, result.pfns, result.mappings,
        counts["missing"], counts["extra"], counts["wrong kind"],
        counts["wrong count"],
        result.pages_with_gaps, f"{result.seconds:.2f}",
        "FAILED" if result.faults else "passed")


def show_faults(faults):
    for fault in faults[:SHOWN_FAULTS]:
        print(f"  {fault.text}")
    if len(faults) > SHOWN_FAULTS:
        print(f"  and {len(faults) - SHOWN_FAULTS} more")


def _arguments():
    parser = argparse.ArgumentParser(
        description="Compares rmap-inspect's answers with the truth of a "
                    "dump. Exit codes: 0 equal, 1 not.")
    parser.add_argument("--tool", required=True)
    parser.add_argument("--dump", required=True, type=pathlib.Path,
                        help="a directory that the lab made")
    parser.add_argument("--vmlinux", type=pathlib.Path,
                        help="without it the dump has to describe itself")
    parser.add_argument("--method", choices=METHODS, default=METHODS[0])
    parser.add_argument("--gaps-allowed", action="store_true",
                        help="the dump lacks needed pages: a mapping may be "
                             "missing where the answer says so")
    return parser.parse_args()


def _options(arguments):
    """What the tool is given beside the dump."""
    options = ["--no-cache", "--method", arguments.method]
    return options + ([arguments.vmlinux] if arguments.vmlinux else [])


def main():
    arguments = _arguments()
    dump = arguments.dump.resolve()
    try:
        result = compare(arguments.tool, dump, _options(arguments),
                         arguments.gaps_allowed)
    except LabError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    print(table_head())
    print(result_row(dump.parent.name, dump.name, arguments.method, result))
    show_faults(result.faults)
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
