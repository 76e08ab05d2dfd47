#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares rmap-inspect's answers on a dump with the guest's own truth.

Every PFN of the truth that is a mapped 4 KiB page of a process is asked for
in one run, and the set of (pid, address) pairs has to be the truth's; CHECKS
names what else can be compared. Shares no code with the tool, and refuses to
pass where there is little to compare.
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

from lablib import answers, bundle, scenarios, truth  # noqa: E402
from lablib.errors import LabError  # noqa: E402

DEADLINE = 900
SHOWN_FAULTS = 10
METHODS = ("rmap", "scan")
PAGE_KINDS = ("anon", "file", "shmem", "ksm", "hugetlb")

# What can be compared beyond the mappings of pages that have a reverse map.
SWAP = "swap"  # who refers to each swap entry
KERNEL_PAGES = "kernel_pages"  # mappings that no reverse map knows
LEDGER = "ledger"  # how many references of a page are pins or unexplained
MEMCG = "memcg"  # the cgroup that a page is charged to
PATHS = "paths"  # the files of the VMAs, as the process knows them
CHECKS = (SWAP, KERNEL_PAGES, LEDGER, MEMCG, PATHS)

# A pin of a page that is no part of a folio counts as that many references.
PIN_OF_SMALL_PAGE = 1024

PAGE_SIZE = 4096

# Of the guest's disk for swap.
SWAP_PAGES = 16384

# The tool's exit codes that are answers.
COMPLETE, WITH_GAPS = 0, 3

# Not a page of a process, or one that the reverse map does not know.
NO_REVERSE_MAP = truth.KPF_NOPAGE | truth.KPF_ZERO_PAGE | truth.KPF_RESERVED

# VMAs that the kernel fills with pages of its own.
SPECIAL_VMAS = ("[vvar]", "[vvar_vclock]", "[vdso]", "[vsyscall]")


class Ledger(NamedTuple):
    """The references to a folio that its mappings do not explain."""

    unexplained: int = 0
    pinned: int = 0


class Expected(NamedTuple):
    """What the truth says of one PFN. Of a page of the kernel only the
    mappings are known."""

    pairs: collections.Counter
    kinds: frozenset = None  # more than one where /proc cannot tell
    count: int = None  # of mappings, those of the printing process included
    ledger: Ledger = None
    memcg: dict = None
    states: tuple = ("mapped",)  # as the tool calls them


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

    def __init__(self, facts, checks=CHECKS):
        self.self_pid = facts.self_pid
        self.checks = checks
        self._facts = facts
        self._index = scenarios.RegionIndex(facts.regions)
        self._memcgs = _memcgs(facts)
        self._movers = {region.pid for region in facts.regions
                        if region.name == "cgroup-dying"}
        self.protected = _protected_pairs(facts)
        self._files = scenarios.RegionIndex(
            truth.Region(vma.pid, vma.start, vma.end, vma.path)
            for vma in facts.vmas if vma.path.startswith("/"))
        ledgers = _ledgers(facts)
        ksm_flag_tells = _ksm_flag_tells(facts.pages)
        self.expected = {
            pfn: Expected(
                _pairs_of(pages), self._kinds(pages, ksm_flag_tells),
                pages[0].count, ledgers.get(_head(facts, pfn), Ledger()),
                self._memcg(pages))
            for pfn, pages in _comparable(facts).items()}
        for pfn in moving(facts):
            self.expected[pfn] = self.expected[pfn]._replace(
                count=0, states=("migrating",))
        if KERNEL_PAGES in checks:
            self.expected |= {
                pfn: Expected(_pairs_of(pages), states=("mapped", "special"))
                for pfn, pages in _kernel_pages(facts).items()}

    def scenario(self, pid, address):
        return self._index.name_of(pid, address) or "no scenario"

    def path(self, pid, address):
        """The file of a VMA, or None."""
        return self._files.name_of(pid, address)

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

    def _memcg(self, pages):
        """Before 6.12 the kernel does not tell of the tails of a folio. Of a
        removed cgroup it names the one above, to which the pages are handed
        over only from some 7 on; 6.12 does not, 7.3 does."""
        if pages[0].cgroup == 0:
            return None
        if self._facts.kernel < (7, 0):
            regions = {self.scenario(page.pid, page.address)
                       for page in pages}
            if "cgroup-dying" in regions:
                return self._memcgs["removed"]
            # Its stack and libraries: some were touched before it was moved.
            if any(page.pid in self._movers for page in pages):
                return None
        return self._memcgs[pages[0].cgroup]

    def check_coverage(self):
        """Raises unless every scenario and kind of page is asked about."""
        asked = {self.scenario(*pair) for expected in self.expected.values()
                 for pair in expected.pairs}
        page_kinds = set().union(
            *(expected.kinds or () for expected in self.expected.values()))
        absent = [row.name for row in scenarios.expected(self._facts)
                  if row.name not in asked and self._is_asked(row)]
        absent += [kind for kind in PAGE_KINDS if kind not in page_kinds]
        if absent:
            raise LabError("nothing to compare of " + ", ".join(absent))


    def _is_asked(self, row):
        return row.asked == scenarios.BY_RMAP or KERNEL_PAGES in self.checks


def _protected_pairs(facts):
    """Where userfaultfd protects a page from writing; None: pagemap does not
    tell (until 5.11)."""
    pairs = {(page.pid, page.address) for page in facts.pages
             if page.bits & truth.UFFD_WP}
    return pairs or None


def _pairs_of(records):
    return collections.Counter((record.pid, record.address)
                               for record in records)


def moving(facts):
    """Pages that were unmapped, to be moved, when the dump was taken."""
    areas = scenarios.RegionIndex(truth.Region(*moving, "moving")
                                  for moving in facts.moving)
    return {page.pfn for page in facts.pages
            if areas.name_of(page.pid, page.address)}


def _head(facts, pfn):
    """The first page of the folio."""
    while facts.flags_of(pfn) & truth.KPF_COMPOUND_TAIL:
        pfn -= 1
    return pfn


def _ledgers(facts):
    """By the first page of each folio that somebody holds on to."""
    pfns = {(page.pid, page.address): page.pfn for page in facts.pages}
    ledgers = collections.defaultdict(Ledger)
    for pin in facts.pins:
        head = _head(facts, pfns[pin.pid, pin.address])
        unexplained, pinned = ledgers[head]
        if pin.kind == "vmsplice":
            unexplained += pin.count
        elif facts.flags_of(head) & truth.KPF_COMPOUND_HEAD:
            pinned += pin.count
        else:
            pinned += pin.count * PIN_OF_SMALL_PAGE
        ledgers[head] = Ledger(unexplained, pinned)
    return ledgers


def _memcgs(facts):
    """What the tool should say of each cgroup, by its inode."""
    return {("removed" if cgroup.state == "removed" else cgroup.inode):
            {"path": cgroup.path,
             "state": "dying" if cgroup.state == "removed" else "online"}
            for cgroup in facts.cgroups}


def _ksm_flag_tells(pages):
    """Linux 6.12's kpageflags sets the KSM bit on every anonymous page."""
    return any(page.flags & truth.KPF_ANON and not page.flags & truth.KPF_KSM
               for page in pages)


def _is_kernel_page(facts):
    """Tells pages of a process from those that no reverse map knows."""
    special = scenarios.RegionIndex(
        truth.Region(vma.pid, vma.start, vma.end, vma.path)
        for vma in facts.vmas if vma.path in SPECIAL_VMAS)
    return lambda page: (page.flags & NO_REVERSE_MAP or
                         special.name_of(page.pid, page.address) is not None)


def _by_pfn(records):
    by_pfn = collections.defaultdict(list)
    for record in records:
        by_pfn[record.pfn].append(record)
    return by_pfn


def _comparable(facts):
    """The truth's pages by PFN, without those of the kernel."""
    is_kernel_page = _is_kernel_page(facts)
    return _by_pfn(page for page in facts.pages if not is_kernel_page(page))


def _kernel_pages(facts):
    return _by_pfn([*filter(_is_kernel_page(facts), facts.pages),
                    *facts.pfnmaps])


def swap_entries(facts):
    """(pid, address) of all that refer to an entry, by (type, offset)."""
    entries = collections.defaultdict(list)
    for swap in facts.swapped:
        if swap.type < truth.SWAP_DISKS:
            entries[swap.type, swap.offset].append(swap)
    return {entry: _pairs_of(records) for entry, records in entries.items()}


# --- what the tool says ---


def _ask(tool, dump, options, asked, text=""):
    """One run of the tool; its pages, its exit code and its seconds."""
    command = [tool, dump / "vmcore", *options, *asked, "--format=jsonl"]
    start = time.monotonic()
    try:
        done = subprocess.run(
            command, input=text,
            stdout=subprocess.PIPE, text=True, timeout=DEADLINE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabError(str(error)) from error
    seconds = time.monotonic() - start
    if done.returncode not in (COMPLETE, WITH_GAPS):
        raise LabError(f"{tool}: exit code {done.returncode}")
    try:
        pages = list(answers.lines(done.stdout.splitlines()))
    except json.JSONDecodeError as error:
        raise LabError(f"{tool}: not JSON: {error}") from error
    return pages, done.returncode, seconds


def dump_arguments(doc):
    """The command line of a script that judges one dump, by its docstring."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("vmcore", nargs="?", type=pathlib.Path,
                        default=bundle.DIRECTORY / "vmcore",
                        help="in a directory that the lab made")
    parser.add_argument("vmlinux", nargs="?")
    return parser.parse_args()


def run_checks(name, judge, errors=(LabError,)):
    """The exit code of a script. judge() yields (what, what is wrong or None)
    of everything that is compared."""
    try:
        results = list(judge())
    except errors as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    wrong = [result for result in results if result[1] is not None]
    for what, why in wrong:
        print(f"{what}: {why}")
    print(f"{len(results) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


def ask_pfns(tool, dump, options, pfns):
    return _ask(tool, dump, options, ["--pfn-file", "-"],
                "".join(f"{pfn:#x}\n" for pfn in pfns))


def _ask_swap(tool, dump, options, entries):
    return _ask(tool, dump, options,
                [word for kind, offset in entries
                 for word in ("--swap", f"{kind}:{offset:#x}")])


def _pairs(page, self_pid, states=("mapped",)):
    """(pid, address) of each mapping, once for each process that has it."""
    return collections.Counter(
        (task["pid"], int(mapping["address"], 16))
        for mapping in page["mappings"] if mapping["state"] in states
        for task in mapping["tasks"] if task["pid"] != self_pid)


def _owns_up(page):
    return not page["complete"] and bool(page["gaps"])


# --- the two, side by side ---


def _judge_page(question, pfn, page, gaps_allowed):
    """The faults of one page's answer."""
    expected = question.expected[pfn]
    answered = _pairs(page, question.self_pid, expected.states)

    def name(pair):
        pid, address = pair
        return (f"PFN {pfn:#x}: pid {pid} at {address:#x} "
                f"({question.scenario(*pair)})")

    for pair in (answered - expected.pairs).elements():
        yield Fault("extra", f"extra: {name(pair)}")
    if expected.kinds is not None:
        for column, what in _judge_contents(question, expected, page,
                                            gaps_allowed):
            yield Fault(column,
                        f"{column}: {name(min(expected.pairs))}: {what}")
    if gaps_allowed and _owns_up(page):
        return
    for pair in (expected.pairs - answered).elements():
        yield Fault("missing", f"missing: {name(pair)}")
    if not page["complete"] or page["gaps"]:
        yield Fault("gaps", f"gaps: {name(min(expected.pairs))}: "
                            f"{page['gaps']}")


def _judge_contents(question, expected, page, gaps_allowed):
    """(column, what is wrong) of all but the mappings of a user page."""
    hidden = gaps_allowed and _owns_up(page)
    unseen = hidden and page["kind"] == "unreadable"
    if page["kind"] not in expected.kinds and not unseen:
        yield "wrong kind", (f"{page['kind']}, not "
                             f"{' or '.join(expected.kinds)}")
    if page["mapcount"] not in (expected.count, None):
        yield "wrong count", f"{page['mapcount']}, not {expected.count}"
    if LEDGER in question.checks and not unseen:
        yield from _judge_ledger(expected.ledger, page)
    elif page["unexplained"] and expected.ledger == Ledger():
        yield "wrong count", (f"in a guest at rest {page['unexplained']} "
                              f"references of {page['refcount']} are "
                              f"unexplained")
    if MEMCG in question.checks and expected.memcg is not None and \
            not (hidden and page["memcg"] is None):
        told = {key: (page["memcg"] or {}).get(key) for key in expected.memcg}
        if told != expected.memcg:
            yield "wrong name", f"{told}, not {expected.memcg}"
    if question.protected is not None:
        yield from _judge_protection(question, expected, page)
    if PATHS in question.checks:
        yield from _judge_paths(question, page, hidden)


def _judge_protection(question, expected, page):
    for mapping in page["mappings"]:
        for task in mapping["tasks"]:
            pair = task["pid"], int(mapping["address"], 16)
            told = "userfaultfd" in (mapping["note"] or "")
            if pair in expected.pairs and \
                    told != (pair in question.protected):
                yield "wrong name", f"pid {pair[0]}: {mapping['note']}"


def _judge_paths(question, page, hidden):
    for mapping in page["mappings"]:
        for task in mapping["tasks"]:
            path = question.path(task["pid"], int(mapping["address"], 16))
            if hidden and mapping["path"] is None:
                continue
            if task["pid"] != question.self_pid and mapping["path"] != path:
                yield "wrong name", f"{mapping['path']}, not {path}"


def _judge_ledger(ledger, page):
    pinned = sum(reference["count"] for reference in page["references"] or ()
                 if reference["holder"] == "pinned references")
    found = Ledger(page["unexplained"] or 0, pinned)
    if found != ledger:
        yield "wrong count", (f"of {page['refcount']} references "
                              f"{found}, not {ledger}")


def _judge_swap(question, tool, dump, options, facts):
    """The faults of the answers on who refers to which swap entry."""
    entries = swap_entries(facts)
    answers, _, _ = _ask_swap(tool, dump, options, entries)
    if len(answers) != len(entries):
        yield Fault("missing", f"{len(answers)} answers to {len(entries)} "
                               f"swap entries")
        return
    for ((kind, offset), pairs), answer in zip(entries.items(), answers):
        answered = _pairs(answer, question.self_pid, ("swapped",))
        for column, difference in (("extra", answered - pairs),
                                   ("missing", pairs - answered)):
            for pid, address in difference.elements():
                yield Fault(column,
                            f"{column}: swap entry {kind}:{offset:#x}: pid "
                            f"{pid} at {address:#x} "
                            f"({question.scenario(pid, address)})")


def _judge_swap_disk(tool, dump, options, facts, gaps_allowed):
    """All places of the disk are asked for: each page of shared memory that
    is out has to be in one. Where the page is in the swap cache still, or
    again, mincore() does not tell that it is out."""
    wanted = {(page.device, page.inode, page.index): page.path
              for page in facts.cached if page.state == "swapped"}
    if not wanted:
        return
    answers, code, _ = _ask_swap(tool, dump, options, [
        (0, offset) for offset in range(SWAP_PAGES)])
    for answer in filter(lambda answer: answer["file"], answers):
        where, file = f"swap entry 0:{answer['swap_offset']}", answer["file"]
        place = file["device"], file["inode"], file["offset"] // PAGE_SIZE
        path = wanted.pop(place, None)
        if path is None and not answer["cached"]:
            yield Fault("extra", f"extra: {where}: {place} of {file['path']}")
        if path not in (None, file["path"]):
            yield Fault("wrong name", f"{where}: {file['path']}, not {path}")
    if gaps_allowed and code == WITH_GAPS:
        return
    for place in wanted:
        yield Fault("missing", f"missing: {place} in swap")
    for answer in answers:
        if not answer["complete"]:
            yield Fault("gaps", f"gaps: swap entry 0:{answer['swap_offset']}: "
                                f"{answer['gaps']}")


def judge_pages(question, pages, gaps_allowed=False):
    """The faults of the answers to all that was asked, in that order."""
    asked = list(question.expected)
    if [int(page["pfn"], 16) for page in pages] != asked:
        yield Fault("missing", "the PFNs answered are not those asked for, "
                               "in the order asked")
        return
    for pfn, page in zip(asked, pages):
        yield from _judge_page(question, pfn, page, gaps_allowed)


def _judge(question, pages, exit_code, gaps_allowed):
    """All faults of one run."""
    yield from judge_pages(question, pages, gaps_allowed)
    incomplete = any(not page["complete"] for page in pages)
    if incomplete != (exit_code == WITH_GAPS):
        yield Fault("gaps", f"exit code {exit_code}, but the pages are "
                            f"{'in' if incomplete else ''}complete")
    if gaps_allowed and not incomplete:
        yield Fault("gaps", "a dump with needed pages missing, "
                            "and no gap was found")


def compare(tool, dump, options, gaps_allowed=False, checks=CHECKS):
    """Runs the tool over a dump; raises where there is nothing to judge."""
    facts = truth.Truth(dump / "truth")
    scenarios.check(facts)
    question = Question(facts, checks)
    question.check_coverage()
    pages, exit_code, seconds = ask_pfns(tool, dump, options,
                                          question.expected)
    faults = list(_judge(question, pages, exit_code, gaps_allowed))
    if SWAP in checks:
        faults += _judge_swap(question, tool, dump, options, facts)
        faults += _judge_swap_disk(tool, dump, options, facts, gaps_allowed)
    return Result(
        pfns=len(question.expected),
        mappings=sum(expected.pairs.total()
                     for expected in question.expected.values()),
        pages_with_gaps=sum(not page["complete"] for page in pages),
        faults=faults,
        seconds=seconds)


# --- the table ---

COLUMNS = (
    ("KERNEL", 15), ("DUMP", 19), ("METHOD", 11), ("PFNS", 6),
    ("MAPPINGS", 9), ("MISSING", 8), ("EXTRA", 6), ("WRONG KIND", 11), ("WRONG COUNT", 12),
    ("WRONG NAME", 11), ("GAPS", 5), ("SECONDS", 8), ("RESULT", 0),
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
        counts["wrong count"], counts["wrong name"],
        result.pages_with_gaps, f"{result.seconds:.2f}",
        "FAILED" if result.faults else "passed")


def fault_lines(faults):
    for fault in faults[:SHOWN_FAULTS]:
        yield f"  {fault.text}"
    if len(faults) > SHOWN_FAULTS:
        yield f"  and {len(faults) - SHOWN_FAULTS} more"


def show_faults(faults):
    for line in fault_lines(faults):
        print(line)


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
    parser.add_argument("--check", choices=CHECKS, action="append",
                        help="of what is compared beyond the mappings of "
                             "pages, this alone; may be repeated")
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
                         arguments.gaps_allowed, arguments.check or CHECKS)
    except LabError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    print(table_head())
    print(result_row(dump.parent.name, dump.name, arguments.method, result))
    show_faults(result.faults)
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
