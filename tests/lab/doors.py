#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other ways to name a page lead to the page that the truth has.

Every so many pages of a dump's truth are asked for by process and address, by
struct page and by physical address, each in one run; swapped ones have none.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import compare
from lablib import bundle, truth

ASKED = 400
PAGE_SIZE = 4096


def _ask(tool, dump, places):
    """The tool's pages, its exit code and what it complained of."""
    done = subprocess.run(
        [tool, "--no-cache", dump / "vmcore", "--format=jsonl",
         *(word for option, text in places for word in (option, text))],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=compare.DEADLINE, check=False)
    pages = [json.loads(line) for line in done.stdout.splitlines()]
    return pages, done.returncode, done.stderr.splitlines()


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("--dump", type=pathlib.Path,
                        default=bundle.DIRECTORY)
    arguments = parser.parse_args()
    tool, dump = arguments.tool, arguments.dump
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
    passed, failed = map(sum, zip(*results))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
