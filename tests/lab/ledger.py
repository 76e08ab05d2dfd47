#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""References and verdicts on all page frames of a dump, against its truth.

The guest was at rest: but for the pages that the truth says are lent or
pinned, each reference has to be explained. What reclaim and migration can do
is known for the pages of some scenarios, and for those of no user at all.
"""

import argparse
import collections
import pathlib
import subprocess
import sys

import compare
from lablib import answers, scenarios, truth
from lablib.errors import LabError

FRAMES = "0-0x7ffff"  # of the lab's guests: 1 GiB, on arm64 the second

# What a page is worth that is pinned and small (GUP_PIN_COUNTING_BIAS).
PIN_BIAS = 1024

# A dump with fewer pages of users proves little.
ENOUGH = 1000

PINNED = "pinned references"
NOBODYS = ("free", "no-page", "unreadable")


def ask(tool, vmcore, vmlinux):
    """Each page of the dump, one after the other."""
    command = [tool, "--no-cache", "--format=jsonl", "--pfn", FRAMES, vmcore,
               *vmlinux]
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          text=True) as running:
        yield from answers.lines(running.stdout)
    if running.returncode not in (compare.COMPLETE, compare.WITH_GAPS):
        raise LabError(f"{tool}: exit code {running.returncode}")


def _head(page):
    return int(page["head_pfn"], 16)


class References:
    """What holds each folio beside page tables and caches."""

    def __init__(self, facts):
        self._pfns = {(page.pid, page.address): page.pfn
                      for page in facts.pages}
        self._pins = [(self._pfns[pin.pid, pin.address], pin)
                      for pin in facts.pins]
        self._got = {}
        self._order = {}
        self._head_of = {}

    def add(self, page):
        """Notes what the tool says of a page of users."""
        head = _head(page)
        pinned = sum(reference["count"] for reference in page["references"]
                     if reference["holder"] == PINNED)
        self._got.setdefault(head, (page["unexplained"], pinned))
        self._order[head] = page["order"]
        self._head_of[int(page["pfn"], 16)] = head

    def __len__(self):
        return len(self._head_of)

    def _wanted(self):
        wanted = collections.defaultdict(lambda: (0, 0))
        for pfn, pin in self._pins:
            head = self._head_of.get(pfn)
            extra, pinned = wanted[head]
            each = 1 if self._order.get(head) else PIN_BIAS
            wanted[head] = ((extra + pin.count, pinned)
                            if pin.kind == "vmsplice" else
                            (extra, pinned + each * pin.count))
        return wanted

    def faults(self):
        """One line for each folio that has other references than it should."""
        wanted = self._wanted()
        for head in self._got.keys() | wanted.keys():
            got, want = self._got.get(head), wanted.get(head, (0, 0))
            if got != want:
                yield (f"PFN {head:#x}: (unexplained, pinned) is {got}, not "
                       f"{want}") if head is not None else (
                           "a pinned page is of no user")

    def lent(self):
        """Frames whose folios are lent or pinned."""
        return {pfn for pfn, _ in self._pins}


class Verdicts:
    """What is known of them before the tool is asked."""

    def __init__(self, facts, lent):
        index = scenarios.RegionIndex(facts.regions)
        self._lent = lent
        self._scenario = {}
        for page in facts.pages:
            self._scenario[page.pfn] = (
                index.name_of(page.pid, page.address), page.pid)
        self.asked = collections.Counter()

    def fault(self, page):
        """What is wrong with the verdict on a page, or None."""
        name, wrong = self._judge(page)
        if name:
            self.asked[name] += 1
        return wrong and f"PFN {page['pfn']} ({name}): {page['verdict']}"

    def _judge(self, page):
        """Which rule is about the page, and whether it is broken."""
        verdict, kind = page["verdict"], page["kind"]
        pfn = int(page["pfn"], 16)
        scenario, pid = self._scenario.get(pfn, (None, None))
        if kind in NOBODYS:
            return ("nobody's", verdict is not None) \
                if kind != "unreadable" else (None, False)
        if page["references"] is None:
            return "the kernel's", not _says(
                verdict["migrate"], "no", f"unmovable kind: {kind}")
        if pfn in self._lent:
            return "lent", any(_answer(verdict, question) != "no"
                               for question in ("reclaim", "migrate"))
        if scenario == "mlock":
            return scenario, not (
                _says(verdict["reclaim"], "no", f"mlocked by PID {pid} (")
                and _answer(verdict, "migrate") == "yes")
        if scenario == "anon" and kind == "anon":
            return scenario, any(_answer(verdict, question) != "yes"
                                 for question in ("reclaim", "migrate"))
        return None, False

    def unasked(self, lent):
        """Rules that were about no page."""
        rules = ["nobody's", "the kernel's", "mlock", "anon"]
        return [rule for rule in rules + (["lent"] if lent else [])
                if not self.asked[rule]]


def _answer(verdict, question):
    return verdict[question]["answer"]


def _says(answer, word, reason):
    return answer["answer"] == word and any(
        given.startswith(reason) for given in answer["reasons"])


def judge(facts, pages):
    """(References, Verdicts, all faults)"""
    references = References(facts)
    verdicts = Verdicts(facts, references.lent())
    faults = []
    for page in pages:
        if page["references"] is not None:
            references.add(page)
        fault = verdicts.fault(page)
        if fault:
            faults.append(fault)
    faults += references.faults()
    if len(references) < ENOUGH:
        faults.append(f"only {len(references)} pages of users")
    faults += [f"no page to judge: {rule}"
               for rule in verdicts.unasked(references.lent())]
    return references, verdicts, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("vmcore", type=pathlib.Path)
    parser.add_argument("vmlinux", nargs="*")
    arguments = parser.parse_args()
    facts = truth.Truth(arguments.vmcore.parent / "truth")
    try:
        references, verdicts, faults = judge(
            facts, ask(arguments.tool, arguments.vmcore, arguments.vmlinux))
    except LabError as error:
        print(f"ledger: {error}\n0 passed, 1 failed")
        return 1
    print(f"{len(references)} pages of users, {len(facts.pins)} of them lent "
          f"or pinned; verdicts on {dict(verdicts.asked)}")
    for fault in faults[:compare.SHOWN_FAULTS]:
        print(fault)
    # The sum of all references is one more thing that is judged.
    passed = 0 if faults else 1 + len(verdicts.asked)
    print(f"{passed} passed, {len(faults)} failed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
