#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files have the names that the guest's own /proc/PID/maps had for them.

Every page of a dump's truth is asked for in one run; the path of each mapping
has to be that of the VMA at the same address of the same process.
"""

import argparse
import collections
import pathlib
import sys

import compare
from lablib import bundle, truth
from lablib.errors import LabError

# The least number of different files for a comparison to mean something.
FEWEST_FILES = 8


def _path_of(vma):
    """None where /proc/PID/maps has a word for what is no file, or none."""
    return None if vma.path in ("", *compare.SPECIAL_VMAS) or \
        vma.path.startswith("[") else vma.path


def _mappings(pages, self_pid):
    """Each mapping with the pid of each process that has it."""
    for page in pages:
        for mapping in page["mappings"]:
            for task in mapping["tasks"]:
                if task["pid"] != self_pid:
                    yield task["pid"], mapping


def _judge(facts, pages):
    """How often each (wanted, got) pair of paths was seen."""
    vmas = {(vma.pid, vma.start): vma for vma in facts.vmas}
    seen = collections.Counter()
    for pid, mapping in _mappings(pages, facts.self_pid):
        vma = vmas.get((pid, int(mapping["vma_start"], 16)))
        wanted = _path_of(vma) if vma else "no such VMA"
        seen[wanted, mapping["path"]] += 1
    return seen


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("vmcore", nargs="?", type=pathlib.Path,
                        default=bundle.DIRECTORY / "vmcore",
                        help="in a directory that the lab made")
    parser.add_argument("vmlinux", nargs="?")
    return parser.parse_args()


def main():
    arguments = _arguments()
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
    seen = _judge(facts, pages)
    wrong = [pair for pair in seen if pair[0] != pair[1]]
    files = {wanted for wanted, got in seen if wanted and wanted == got}
    for wanted, got in wrong:
        print(f"{got}, not {wanted}: {seen[wanted, got]} mappings")
    few = len(files) < FEWEST_FILES
    if few:
        print(f"only {len(files)} files are as they should be")
    print(f"{len(files)} passed, {len(wrong) + few} failed")
    return 1 if wrong or few else 0


if __name__ == "__main__":
    sys.exit(main())
