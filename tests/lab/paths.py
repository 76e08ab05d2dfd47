#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files are those that the guest's own /proc/PID/maps had.

Every page of a dump's truth is asked for in one run. The path of each mapping
has to be that of the VMA at the same address of the same process; the file of
the page has to have the VMA's device, inode and offset; and the processes that
have the file mapped, and those that do so without having this page, have to be
those that the VMAs of the truth come to.
"""

import collections
import sys

import compare
from lablib import truth
from lablib.errors import LabError

# The least number of different files for a comparison to mean something.
FEWEST_FILES = 8

# What the VMA of a file of an overlay tells is the overlay's device and inode
# since 6.8, and its pages are those of a file of another file system.
OVERLAY = "/overlay/"


def _path_of(vma):
    """None where /proc/PID/maps has a word for what is no file, or none."""
    return None if vma.path in ("", *compare.SPECIAL_VMAS) or \
        vma.path.startswith("[") else vma.path


def _file_of(vma):
    return vma.device, vma.inode


class Maps:
    """The VMAs of a truth."""

    def __init__(self, facts):
        self.self_pid = facts.self_pid
        self._at = {(vma.pid, vma.start): vma for vma in facts.vmas}
        self._of = collections.defaultdict(list)
        for vma in facts.vmas:
            self._of[_file_of(vma)].append(vma)

    def at(self, pid, start):
        return self._at.get((pid, start))

    def pids(self, file):
        return {vma.pid for vma in self._of[file]} - {self.self_pid}

    def places(self, file, offset):
        """Where the VMAs of a file have an offset: (pid, address)."""
        return {(vma.pid, vma.start + offset - vma.offset)
                for vma in self._of[file] if vma.pid != self.self_pid and
                0 <= offset - vma.offset < vma.end - vma.start}


def _places(mappings, self_pid):
    return {(task["pid"], int(mapping["address"], 16))
            for mapping in mappings for task in mapping["tasks"]
            if task["pid"] != self_pid}


def _mappings(page, maps):
    """Each mapping and its VMA, once for each process that has it."""
    for mapping in page["mappings"]:
        for task in mapping["tasks"]:
            if task["pid"] != maps.self_pid:
                yield mapping, maps.at(task["pid"],
                                       int(mapping["vma_start"], 16))


def _judge_file(page, maps):
    """What is wrong with the file of a page."""
    told = page["file"]
    file = told["device"], told["inode"]
    for mapping, vma in _mappings(page, maps):
        offset = vma.offset + int(mapping["address"], 16) - vma.start
        if (*file, told["offset"]) != (*_file_of(vma), offset):
            yield f"{told}, not {vma} at {offset:#x}"
    count = told["mapped_by"]["processes"]
    if count - len(maps.pids(file)) not in (0, 1):  # one prints the truth
        yield f"{told['path']}: {count} processes, not {maps.pids(file)}"
    mapped = _places(page["mappings"], maps.self_pid)
    candidates = _places(told["candidates"], maps.self_pid)
    if candidates != maps.places(file, told["offset"]) - mapped:
        yield f"{told['path']}: these do not map it: {candidates}"


def _judge(page, maps):
    """(path, what is wrong or None) of each mapping and of the page."""
    for mapping, vma in _mappings(page, maps):
        if vma is None:
            yield mapping["path"], "no such VMA"
        elif mapping["path"] != _path_of(vma):
            yield mapping["path"], f"not {_path_of(vma)}"
        else:
            yield mapping["path"], None
    if page["file"] and not (page["path"] or "").startswith(OVERLAY):
        for wrong in _judge_file(page, maps):
            yield page["path"], wrong


def main():
    arguments = compare.dump_arguments(__doc__)
    dump = arguments.vmcore.parent
    options = ["--no-cache"]
    if arguments.vmlinux:
        options += ["--vmlinux", arguments.vmlinux]
    try:
        facts = truth.Truth(dump / "truth")
        pages, _, _ = compare.ask_pfns(arguments.tool, dump, options,
                                  {page.pfn: None for page in facts.pages})
    except LabError as error:
        print(f"paths: {error}", file=sys.stderr)
        return 1
    maps = Maps(facts)
    results = {result for page in pages for result in _judge(page, maps)}
    wrong = {(path, what) for path, what in results if what}
    files = {path for path, what in results - wrong if path}
    for path, what in sorted(wrong, key=str):
        print(f"{path}: {what}")
    few = len(files) < FEWEST_FILES
    if few:
        print(f"only {len(files)} files are as they should be")
    print(f"{len(files)} passed, {len(wrong) + few} failed")
    return 1 if wrong or few else 0


if __name__ == "__main__":
    sys.exit(main())
