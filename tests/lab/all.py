#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What --all says of every page is what the guest's own pagemap said.

Every present mapping of a dump's truth has to be listed with its page, and no
other of these processes; every frame once; and the same bytes whatever the
number of threads. What the filters choose has to be what they say of all.
"""

import bisect
import collections
import subprocess
import sys

import compare
from lablib import answers, truth
from lablib.errors import LabError

DEADLINE = 300  # seconds
COMPLETE, GAPS = 0, 3
JOBS = (1, 2, 5)
SOME = 7
PAGE_KIB = 4
NO_ACCESS = "---"
OTHER_MOUNTS = ("/bound/", "/overlay/")


class Tool:
    """The tool, and what it is given each time."""

    def __init__(self, program, vmcore, vmlinux):
        self._command = [program, "--format=jsonl", "--no-cache",
                         str(vmcore), *([vmlinux] if vmlinux else [])]

    def _run(self, options, text=""):
        command = [*self._command, *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False,
                              input=text.encode(), timeout=DEADLINE)
        if done.returncode not in (COMPLETE, GAPS):
            raise LabError(f"{' '.join(command)}: exit code "
                           f"{done.returncode}")
        return done.stdout

    def text(self, *options):
        return self._run(["--all", *options])

    def pages(self, *options):
        return _pages(self.text(*options))

    def ask(self, pfns):
        """Of each page, what is said of it alone."""
        return [page for page in _pages(self._run(["--pfn-file=-"],
                                                  "\n".join(pfns)))
                if "pfn" in page]


def _pages(text):
    return list(answers.lines(text.splitlines()))


def _state(mapping):
    return mapping.get("state", "mapped")


def _places(page):
    """(pid, address) of each mapping, and not of what maps nothing more."""
    return [(pid, int(mapping["address"], 16))
            for mapping in page["mappings"] or ()
            if _state(mapping) == "mapped" for pid in mapping["pids"]]


def _judge_frames(pages, facts):
    frames = collections.Counter(int(page["pfn"], 16) for page in pages)
    twice = [pfn for pfn, times in frames.items() if times > 1]
    yield "frames once", [f"{pfn:#x}" for pfn in twice[:SOME]] or None
    missing = [f"{page.pfn:#x}" for page in facts.pages
               if page.pfn not in frames]
    yield "frames", missing[:SOME] or None
    wrong = [page["pfn"] for page in pages if page["mappings"] is not None and
             len(page["mappings"]) != page["n_mappings"]]
    yield "n_mappings", wrong[:SOME] or None


def _judge_mappings(pages, facts):
    """Of the processes of the truth; what has no reverse map is not listed."""
    listed = {int(page["pfn"], 16) for page in pages
              if page["mappings"] is not None}
    told = {(pid, address, int(page["pfn"], 16))
            for page in pages for pid, address in _places(page)
            if pid != facts.self_pid}
    moving = compare.moving(facts)
    expected = {(page.pid, page.address, page.pfn) for page in facts.pages
                if page.pfn in listed and page.pid != facts.self_pid and
                page.pfn not in moving}
    pids = {page.pid for page in facts.pages}
    yield "missing", sorted(expected - told)[:SOME] or None
    yield "extra", sorted(place for place in told - expected
                          if place[0] in pids)[:SOME] or None
    yield "enough", None if len(expected) > 1000 else len(expected)
    migrating = {other[0] for page in pages for other in
                 _others(page, lambda mapping: mapping["pids"])
                 if other[3] == "migrating"}
    yield "migrating", sorted(moving ^ migrating)[:SOME] or None


def _regions(facts):
    """The VMA that covers (pid, address), or None."""
    starts = collections.defaultdict(list)
    for vma in sorted(facts.vmas, key=lambda vma: (vma.pid, vma.start)):
        starts[vma.pid].append(vma)

    def at(pid, address):
        vmas = starts[pid]
        i = bisect.bisect(vmas, address, key=lambda vma: vma.start) - 1
        return vmas[i] if i >= 0 and address < vmas[i].end else None
    return at


def _judge_levels(pages, facts):
    """What the guest says is mapped by PMD is, and nothing else. Of what
    PROT_NONE keeps, smaps of 6.1 does not say it."""
    at = _regions(facts)
    told = collections.Counter()
    for page in pages:
        for mapping in page["mappings"] or ():
            if page["kind"] == "hugetlb" or mapping.get("level") != "pmd":
                continue
            for pid in mapping["pids"]:
                vma = at(pid, int(mapping["address"], 16))
                if vma and vma.permissions[:3] != NO_ACCESS:
                    told[pid, vma.start] += PAGE_KIB
    expected = collections.Counter({
        (huge.pid, huge.start): huge.kilobytes for huge in facts.huge
        if at(huge.pid, huge.start).permissions[:3] != NO_ACCESS})
    for gone in (told - expected, expected - told):
        yield "levels", [(pid, f"{start:#x}", kib) for (pid, start), kib
                         in sorted(gone.items())[:SOME]] or None
    yield "enough levels", None if told else "none is a PMD"
    levels = {mapping.get("level", "pte") for page in pages
              if page["kind"] == "hugetlb" for mapping in page["mappings"]}
    yield "levels of hugetlb", sorted(levels - {"pmd", "pud"}) or None


def _others(page, pids_of):
    """(PFN, pid, address, state) of entries that map nothing any more."""
    return {(int(page["pfn"], 16), pid, int(mapping["address"], 16),
             _state(mapping)) for mapping in page["mappings"] or ()
            if _state(mapping) in ("migrating", "poisoned")
            for pid in pids_of(mapping)}


def _judge_states(tool, pages):
    """Each page that is asked about alone says the same. No guest of the lab
    has a device that pages could be lent to."""
    states = {_state(mapping) for page in pages
              for mapping in page["mappings"] or ()}
    yield "states", sorted(states - {"mapped", "migrating", "poisoned"}) or \
        None
    listed = [page for page in pages if page["mappings"] is not None and
              page["kind"] in ("anon", "file", "shmem", "ksm", "hugetlb")]
    told = set().union(*(_others(page, lambda mapping: mapping["pids"])
                         for page in listed))
    alone = set().union(*(
        _others(page, lambda mapping: [task["pid"]
                                       for task in mapping["tasks"]])
        for page in tool.ask([page["pfn"] for page in listed])))
    yield "other states", sorted(told ^ alone)[:SOME] or None


def _judge_paths(pages, facts):
    """The path of a page's file is that in the maps of who maps it, unless
    he sees it through another mount."""
    at = _regions(facts)
    wrong, n = [], 0
    for page in pages:
        if page["kind"] not in ("file", "shmem"):
            continue
        for pid, address in _places(page):
            vma = at(pid, address)
            if not vma or not vma.path.startswith("/") or \
                    vma.path.startswith(OTHER_MOUNTS):
                continue
            n += 1
            if page.get("path") != vma.path:
                wrong.append((page["pfn"], page.get("path"), vma.path))
    yield "paths", wrong[:SOME] or None
    yield "enough paths", None if n > 100 else n


def _judge_gaps(pages):
    gaps = [(page["pfn"], page["gap"]) for page in pages if "gap" in page]
    yield "gaps", gaps[:SOME] or None


def _judge_filters(tool, pages, facts):
    by_pfn = {page["pfn"]: page for page in pages}
    pid = max((page.pid for page in facts.pages
               if page.pid != facts.self_pid))
    most = sorted((page["n_mappings"] or 0 for page in pages), reverse=True)
    rows = (
        ("--kind=ksm", ["--kind=ksm"], lambda page: page["kind"] == "ksm"),
        ("two kinds", ["--kind=ksm", "--kind=file"],
         lambda page: page["kind"] in ("ksm", "file")),
        ("--min-sharers", ["--min-sharers=9"],
         lambda page: (page["n_mappings"] or 0) >= 9),
        ("--pid", [f"--pid={pid}"],
         lambda page: pid in (place[0] for place in _places(page))),
    )
    for name, options, is_chosen in rows:
        chosen = [page for page in tool.pages(*options)
                  if page["mappings"] is not None]
        expected = {pfn for pfn, page in by_pfn.items()
                    if page["mappings"] is not None and is_chosen(page)}
        got = {page["pfn"] for page in chosen}
        yield name, sorted(got ^ expected)[:SOME] or None
        yield f"{name}, as before", None if all(
            by_pfn[page["pfn"]] == page for page in chosen) else "differs"
    top = sorted((page["n_mappings"] for page in
                  tool.pages(f"--top={SOME}")), reverse=True)
    yield "--top", None if top == most[:SOME] else (top, most[:SOME])


def _judge(tool, facts):
    """(what, what is wrong or None) of everything that is compared."""
    texts = [tool.text(f"--jobs={jobs}") for jobs in JOBS]
    for jobs, text in zip(JOBS, texts):
        yield f"{jobs} threads", None if text == texts[0] else "differs"
    pages = _pages(texts[0])
    yield from _judge_frames(pages, facts)
    yield from _judge_mappings(pages, facts)
    yield from _judge_gaps(pages)
    yield from _judge_levels(pages, facts)
    yield from _judge_states(tool, pages)
    yield from _judge_paths(pages, facts)
    yield from _judge_filters(tool, pages, facts)


def _judge_dump(arguments):
    facts = truth.Truth(arguments.vmcore.parent / "truth")
    yield from _judge(Tool(arguments.tool, arguments.vmcore,
                           arguments.vmlinux), facts)


def main():
    arguments = compare.dump_arguments(__doc__)
    return compare.run_checks("all", lambda: _judge_dump(arguments))


if __name__ == "__main__":
    sys.exit(main())
