#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other ways to name pages lead to those that the truth has.

Every so many pages of a dump's truth are asked for by process and address, by
struct page and by physical address, each in one run; swapped ones have none.
Then all pages of each process, of its address space and of its VMAs are asked
for: each address has to have the frame that the truth says. All that processes
map of a file has to be among its pages, and --hwpoison has to find the pages
that were poisoned, no others.
"""

import argparse
import collections
import pathlib
import subprocess
import sys
from typing import NamedTuple

import compare
from lablib import answers, bundle, truth

ASKED = 400
ASKED_VMAS = 100
# There /proc shows the file on top, and the pages are those of one below.
STACKED = "/overlay/"
SWAP_DISKS = 1  # that the guest has; entries of other types are no swap
PAGE_SIZE = 4096


def _run(tool, dump, output, places):
    return subprocess.run(
        [*tool, "--no-cache", dump / "vmcore", f"--format={output}",
         *(word for place in places for word in place if word)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=compare.DEADLINE, check=False)


def _ask(tool, dump, places):
    """The tool's pages, its exit code and what it complained of."""
    done = _run(tool, dump, "jsonl", places)
    pages = list(answers.lines(done.stdout.splitlines()))
    return pages, done.returncode, done.stderr.splitlines()


def _document(tool, dump, places):
    """All that the tool says of places with many pages."""
    done = _run(tool, dump, "json", places)
    for line in done.stderr.splitlines():
        print(line)
    return answers.document(done.stdout)


def _some(things):
    return things[::len(things) // ASKED + 1]


def _compare(door, pages, wanted):
    """Prints what differs; how many are right, and how many are not."""
    got = [int(page["pfn"], 16) for page in pages]
    wrong = [(pfn, other) for pfn, other in zip(wanted, got) if pfn != other]
    wrong += [("nothing", "nothing")] * abs(len(wanted) - len(got))
    for pfn, other in wrong[:10]:
        print(f"{door}: {other}, not {pfn}")
    return len(wanted) - len(wrong), len(wrong)


# --- all pages of something ---


class Contents(NamedTuple):
    """What is in an address space, or in a part of it."""

    pages: dict  # address → PFN
    swapped: int
    others: int  # entries that are neither: poisoned, markers, …


def _answered(place):
    """What the tool found at a place, huge pages page by page."""
    pages = {int(found["at"], 16) + i * PAGE_SIZE: int(found["pfn"], 16) + i
             for found in place["found"] for i in range(found["pages"])}
    return Contents(pages, place["details"].get("swapped", 0),
                    place["details"].get("in entries of other kinds", 0))


class Expectation:
    """What the truth says of each process. Mappings of raw frames are left
    out, since /proc/PID/pagemap passes over them in most kernels."""

    def __init__(self, facts):
        self.vmas = [vma for vma in facts.vmas if vma.pid != facts.self_pid]
        self._raw = [vma for vma in self.vmas
                     if vma.path.startswith(("[vvar", "/dev/mem"))]
        self._pages = collections.defaultdict(dict)
        self._swapped = collections.defaultdict(list)
        for page in facts.pages:
            self._pages[page.pid][page.address] = page.pfn
        for swap in facts.swapped:
            self._swapped[swap.pid].append(swap)

    def pids(self):
        return sorted({vma.pid for vma in self.vmas})

    def of(self, pid, start=0, end=1 << 64):
        types = [swap.type for swap in self._swapped[pid]
                 if start <= swap.address < end]
        swapped = sum(number < SWAP_DISKS for number in types)
        return Contents(
            {address: pfn for address, pfn in self._pages[pid].items()
             if start <= address < end},
            swapped, len(types) - swapped)

    def without_raw(self, pid, contents):
        raw = [(vma.start, vma.end) for vma in self._raw if vma.pid == pid]
        return Contents(
            {address: pfn for address, pfn in contents.pages.items()
             if not any(start <= address < end for start, end in raw)},
            contents.swapped, contents.others)


def _compare_place(expectation, place, wanted, pid):
    """Whether a place has all that is wanted, and nothing else."""
    got = expectation.without_raw(pid, _answered(place))
    wanted = expectation.without_raw(pid, wanted)
    right = got == wanted and place["complete"]
    if not right:
        wrong = dict(got.pages.items() ^ wanted.pages.items())
        print(f"{place['option']} {place['argument']}: {len(wrong)} addresses "
              f"differ, such as {[hex(a) for a in sorted(wrong)[:3]]}; "
              f"{got[1:]} swapped and others, not {wanted[1:]}; "
              f"gaps {place['gaps'][:3]}")
    return (1, 0) if right else (0, 1)


def _compare_processes(tool, dump, expectation):
    """--pid for all processes, and --mm for what they have."""
    pids = expectation.pids()
    places = _document(tool, dump,
                       [("--pid", str(pid)) for pid in pids])["places"]
    places += _document(tool, dump, [("--mm", place["address"])
                                     for place in places])["places"]
    if len(places) != 2 * len(pids):
        yield 0, 1
        return
    for pid, place in zip(pids * 2, places):
        yield _compare_place(expectation, place, expectation.of(pid), pid)


def _vmas(pages, pids):
    """Some of the VMAs that map the pages, and of which process they are."""
    vmas = {mapping["vma"]: mapping["tasks"][0]["pid"]
            for page in pages for mapping in page["mappings"]
            if mapping["tasks"] and mapping["tasks"][0]["pid"] in pids}
    return dict(list(vmas.items())[::len(vmas) // ASKED_VMAS + 1])


def _compare_vmas(tool, dump, expectation, pages):
    """--vma for each VMA that some answers named."""
    vmas = _vmas(pages, set(expectation.pids()))
    places = _document(tool, dump,
                       [("--vma", vma) for vma in vmas])["places"]
    if not vmas or len(places) != len(vmas):
        yield 0, 1
        return
    for pid, place in zip(vmas.values(), places):
        bounds = int(place["start"], 16), int(place["end"], 16)
        yield _compare_place(expectation, place,
                             expectation.of(pid, *bounds), pid)


# --- files ---


def _mapped_files(facts, expectation):
    """By device, inode and path: offset → PFNs that processes map of it."""
    files = collections.defaultdict(lambda: collections.defaultdict(set))
    anonymous = {page.pfn for page in facts.pages
                 if page.flags & truth.KPF_ANON}
    for vma in expectation.vmas:
        if not vma.path.startswith("/") or vma.path.startswith(STACKED):
            continue
        for address, pfn in expectation.of(vma.pid, vma.start,
                                           vma.end).pages.items():
            if pfn not in anonymous:
                file = files[vma.device, vma.inode, vma.path]
                file[address - vma.start + vma.offset].add(pfn)
    return files


def _offsets(place):
    return _answered(place).pages


def _compare_file(places, offsets, zero_pages):
    """All that processes map of a file is there, in its place; among several
    files of one path, in one of them."""
    return any(all(pfns - zero_pages <= {_offsets(place).get(offset)}
                   for offset, pfns in offsets.items()) and place["complete"]
               for place in places)


def _compare_mappings(expectation, pages, facts):
    """Who maps the pages of files, by the truth. Poisoned pages have gaps:
    there are entries that name them still."""
    poisoned = {poison.pfn for poison in facts.poisons}
    maps = collections.defaultdict(set)
    for pid in expectation.pids():
        for address, pfn in expectation.of(pid).pages.items():
            maps[pfn].add((pid, address))
    for page in pages:
        pfn = int(page["pfn"], 16)
        got = {(task["pid"], int(mapping["address"], 16))
               for mapping in page["mappings"] for task in mapping["tasks"]
               if mapping["state"] == "mapped" and
               task["pid"] != facts.self_pid}
        right = got == maps[pfn] and (page["complete"] or pfn in poisoned)
        if not right:
            print(f"--file: PFN {page['pfn']}: not as the truth has it")
        yield (1, 0) if right else (0, 1)


def _ask_for_files(tool, dump, names):
    """The places by the names asked for, and all pages."""
    answer = _document(tool, dump, [("--file", name) for name in names])
    places = collections.defaultdict(list)
    for place in answer.get("places", ()):
        places[place["argument"]].append(place)
    return places, answer["pages"]


def _compare_files(tool, dump, facts, expectation):
    """--file for each file that some process maps, in both ways."""
    files = _mapped_files(facts, expectation)
    zero_pages = {page.pfn for page in facts.pages
                  if page.flags & truth.KPF_ZERO_PAGE}
    wanted = [(name, offsets)
              for (device, inode, path), offsets in files.items()
              for name in (path, f"{device}:{inode}")]
    places, pages = _ask_for_files(
        tool, dump, sorted({name for name, _ in wanted}))
    for name, offsets in wanted:
        right = _compare_file(places[name], offsets, zero_pages)
        if not right:
            print(f"--file {name}: not all that processes map; "
                  f"gaps {[place['gaps'][:2] for place in places[name]]}")
        yield (1, 0) if right else (0, 1)
    yield from _compare_mappings(expectation, pages, facts)
    paths = {path for _, _, path in files}
    for path in "/disk/data", "/memfd:lab (deleted)", "/bin/workload":
        if path not in paths:
            print(f"{path}: the truth has no such file")
            yield 0, 1


# Files of the workload by names that no process has them mapped by.
OTHER_NAMES = {"/disk/inner/data": "/bound/data",
               "/disk/lower/low": "/overlay/low",
               "/disk/upper/high": "/overlay/high"}


def _compare_names(tool, dump, facts):
    """--file by names that only directories know: the same file, the same
    pages as by the name under which it is mapped."""
    mapped = {vma.path for vma in facts.vmas}
    names = {other: name for other, name in OTHER_NAMES.items()
             if name in mapped and other not in mapped}
    if not names:
        return
    places, _ = _ask_for_files(tool, dump, [*names, *names.values()])
    for other, name in names.items():
        got, wanted = ([(place["address"], _offsets(place),
                         place["complete"]) for place in places[path]]
                       for path in (other, name))
        if got != wanted:
            print(f"--file {other}: not what {name} is")
        yield (1, 0) if got == wanted else (0, 1)


def _compare_cached(tool, dump, facts):
    """--file for files of which the truth tells each page, mapped or not.
    Of those that are out, mincore() leaves out what has been read ahead."""
    files = collections.defaultdict(dict)
    for page in facts.cached:
        files[f"{page.device}:{page.inode}"][page.index] = page.state
    if not files:
        return
    places, _ = _ask_for_files(tool, dump, files)
    for name, states in files.items():
        wanted = {index * PAGE_SIZE for index, state in states.items()
                  if state != "swapped"}
        swapped = sum(state == "swapped" for state in states.values())
        right = any(wanted <= set(_offsets(place)) and
                    place["details"].get("swapped", 0) >= swapped
                    for place in places[name])
        if not right:
            print(f"--file {name}: not the pages that are cached")
        yield (1, 0) if right else (0, 1)


# --- poisoned pages ---


def _compare_poisoned(tool, dump, facts):
    """--hwpoison is what was poisoned; or this kernel cannot."""
    wanted = sorted(poison.pfn for poison in facts.poisons)
    pages, code, complaints = _ask(tool, dump, [("--hwpoison", None)])
    got = [int(page["pfn"], 16) for page in pages]
    if code == 1 and "CONFIG_MEMORY_FAILURE" in complaints[0]:
        right = not wanted
    else:
        right = got == wanted and not complaints
    if not right:
        print(f"--hwpoison: {got}, not {wanted}; {complaints}")
    return (1, 0) if right else (0, 1)


def _compare_none(tool, dump, pages):
    """What is neither a VMA nor an mm is refused."""
    mapping = pages[0]["mappings"][0]
    wrong = [("--vma", mapping["mm"]), ("--mm", mapping["vma"]),
             ("--vma", "0"), ("--mm", "ffff800000000000"),
             ("--mm", "1"), ("--pid", "4194304"), ("--file", "/nowhere"),
             ("--file", "ff:ff:1")]
    got, code, complaints = _ask(tool, dump, wrong)
    right = not got and code == 1 and len(complaints) == len(wrong)
    if not right:
        print(f"what is not there: exit code {code}, {complaints}")
    return (1, 0) if right else (0, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("--dump", type=pathlib.Path,
                        default=bundle.DIRECTORY)
    parser.add_argument("--vmlinux", type=pathlib.Path,
                        help="without it the dump has to describe itself")
    arguments = parser.parse_args()
    dump = arguments.dump
    tool = [arguments.tool]
    if arguments.vmlinux:
        tool += ["--vmlinux", arguments.vmlinux]
    facts = truth.Truth(dump / "truth")
    alive = [page for page in _some(facts.pages) if page.pid != facts.self_pid]
    wanted = [page.pfn for page in alive]
    by_virt, _, _ = _ask(tool, dump, [
        ("--virt", f"{page.pid}:{page.address:x}") for page in alive])
    by_page, _, _ = _ask(tool, dump, [
        ("--page", page["page"]) for page in by_virt if page["page"]])
    by_phys, _, _ = _ask(tool, dump, [
        ("--phys", f"{pfn * PAGE_SIZE + 0x123:x}") for pfn in wanted])
    swapped = [swap for swap in facts.swapped if swap.pid != facts.self_pid]
    none, code, complaints = _ask(tool, dump, [
        ("--virt", f"{swap.pid}:{swap.address:x}") for swap in swapped])
    results = [
        _compare("--virt", by_virt, wanted),
        _compare("--page", by_page,
                 [int(page["pfn"], 16) for page in by_virt if page["page"]]),
        _compare("--phys", by_phys, wanted),
        _compare("--virt of swapped pages", none, []),
        # The kernel's swap offset is what /proc/PID/pagemap shows.
        (1, 0) if swapped and code == 1 and all(
            f"swap type {swap.type}, offset {swap.offset:#x}" in line
            for swap, line in zip(swapped, complaints)) else (0, 1),
    ]
    expectation = Expectation(facts)
    results += _compare_processes(tool, dump, expectation)
    results += _compare_vmas(tool, dump, expectation, by_virt)
    results += _compare_files(tool, dump, facts, expectation)
    results += _compare_names(tool, dump, facts)
    results += _compare_cached(tool, dump, facts)
    results.append(_compare_poisoned(tool, dump, facts))
    results.append(_compare_none(tool, dump, by_virt))
    passed, failed = map(sum, zip(*results))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
