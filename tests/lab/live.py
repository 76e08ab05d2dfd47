#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs rmap-inspect in guests, on their own /proc/kcore.

The guest is the one that is dumped otherwise, with all its scenarios at rest:
the answers have to be its truth, every one complete. Then it is asked where
something stands in its way, and has to say what.
"""

import argparse
import collections
import json
import pathlib
import sys
import tempfile

import compare
from lablib import kernels, live, truth
from lablib.errors import LabError

# Who boots the guest and asks is at work while he asks: no scenario.
ASKERS = ("init", "to-file")

# What is said on stderr of each that is in the way; all fail.
FAILURES = {
    "masked": "hidden by an empty file, as in a container; run this on the "
              "host",
    "lockdown": "the kernel is locked down (confidentiality)",
}
FAILED = 1


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True, type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path,
                        help="a directory for all that comes out of guests")
    parser.add_argument("kernels", nargs="+", metavar="KERNEL")
    return parser.parse_args()


def _question(facts, answered):
    """Of the pages that the guest chose."""
    question = compare.Question(
        facts, (compare.LEDGER, compare.MEMCG, compare.PATHS))
    askers = {process.pid for process in facts.processes
              if process.comm in ASKERS}
    question.expected = {
        pfn: expected for pfn, expected in question.expected.items()
        if pfn in answered and not any(pid in askers for pid, _ in expected.pairs)}
    question.check_coverage()
    return question


def _judge_pages(out, facts):
    """Prints what differs; the number of pages and of faults."""
    answered = {int(page["pfn"], 16): page for page in map(
        json.loads, (out / "pages").read_text().splitlines())}
    question = _question(facts, answered)
    pages = [answered[pfn] for pfn in question.expected]
    faults = list(compare.judge_pages(question, pages))
    states = collections.Counter(mapping["state"] for page in pages
                                 for mapping in page["mappings"])
    print(f"  {len(pages)} pages, mappings: {dict(states)}, "
          f"{sum(not page['complete'] for page in pages)} incomplete")
    compare.show_faults(faults)
    return len(faults)


def _judge_hindrances(out):
    """How many are not named."""
    wrong = 0
    for name, words in FAILURES.items():
        said = (out / f"{name}.err").read_text().strip()
        if words not in said or _code(out, name) != FAILED:
            print(f"  {name}: {said}")
            wrong += 1
    return wrong


def _code(out, name):
    return int((out / f"{name}.code").read_text())


def _judge(name, place, tool):
    live.run(kernels.find(name), place, tool)
    out = place / "out"
    if not (out / "pages").stat().st_size:
        raise LabError(f"{name}: {(out / 'pages.err').read_text().strip()}")
    faults = _judge_pages(out, truth.Truth(place / "truth"))
    return faults + _judge_hindrances(out)


def main():
    arguments = _arguments()
    failed = 0
    for name in arguments.kernels:
        print(f"{name}:")
        try:
            with tempfile.TemporaryDirectory() as scratch:
                place = arguments.keep / name if arguments.keep else \
                    pathlib.Path(scratch)
                place.mkdir(parents=True, exist_ok=True)
                faults = _judge(name, place, arguments.tool)
        except LabError as error:
            print(f"  {error}")
            faults = 1
        print("  FAILED" if faults else "  passed")
        failed += bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
