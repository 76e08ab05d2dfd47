#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs rmap-inspect in guests, on their own /proc/kcore.

The guest is the one that is dumped otherwise, with all its scenarios at rest:
the answers have to be its truth, every one complete, and those of a dump of
the same guest. Then it is asked where something stands in its way, and has to
say what.
"""

import argparse
import pathlib
import sys
import tempfile

import compare
from lablib import answers, kernels, live, truth
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


def _answers(out):
    """What the tool said in the guest, by PFN; where it was asked twice, what
    it said then."""
    return {int(page["pfn"], 16): page for name in ("pages", "again")
            for page in answers.lines((out / name).read_text().splitlines())}


def _hindrances(out):
    """Those that are not named."""
    for name, words in FAILURES.items():
        said = (out / f"{name}.err").read_text().strip()
        if words not in said or _code(out, name) != FAILED:
            yield compare.Fault("gaps", f"{name}: {said}")


def _code(out, name):
    return int((out / f"{name}.code").read_text())


def _facts_of(page):
    """What must not depend on when the page was asked about."""
    mappings = sorted(
        (mapping["address"], mapping["state"], task["pid"])
        for mapping in page["mappings"] for task in mapping["tasks"])
    return page["kind"], page["mapcount"], page["complete"], mappings


def _differences(tool, place, series, question, live_pages):
    """Between what was said in the guest and what is said of its dump, which
    was taken when it had answered. Pages of those who were at work meanwhile
    are not in the question."""
    options = ["--no-cache"]
    if series.needs_vmlinux:
        options.append(kernels.directory(series) / "vmlinux")
    dumped, _, _ = compare.ask_pfns(tool, place, options, question.expected)
    for alive, dead in zip(live_pages, dumped):
        if _facts_of(alive) != _facts_of(dead):
            yield compare.Fault(
                "wrong kind", f"PFN {alive['pfn']}: alive {_facts_of(alive)}, "
                              f"in the dump {_facts_of(dead)}")


def judge(series, place, tool):
    """Boots the guest, with `place` for all that comes out of it, and judges
    what the tool said there as compare.compare() does on a dump."""
    live.run(series, place, tool)
    out = place / "out"
    if not (out / "pages").stat().st_size:
        raise LabError((out / "pages.err").read_text().strip())
    answers = _answers(out)
    question = _question(truth.Truth(place / "truth"), answers)
    pages = [answers[pfn] for pfn in question.expected]
    faults = [*compare.judge_pages(question, pages),
              *_differences(tool, place, series, question, pages),
              *_hindrances(out)]
    return compare.Result(
        pfns=len(pages),
        mappings=sum(expected.pairs.total()
                     for expected in question.expected.values()),
        pages_with_gaps=sum(not page["complete"] for page in pages),
        faults=faults, seconds=0)


def _judge_in(place, name, tool):
    """Prints a row; whether all is well."""
    try:
        result = judge(kernels.find(name), place, tool)
    except LabError as error:
        print(f"{name}: {error}")
        return False
    print(compare.result_row(name, "live", "rmap", result))
    compare.show_faults(result.faults)
    return not result.faults


def main():
    arguments = _arguments()
    print(compare.table_head())
    outcomes = []
    for name in arguments.kernels:
        with tempfile.TemporaryDirectory() as scratch:
            place = pathlib.Path(scratch)
            if arguments.keep:
                place = arguments.keep / name
                place.mkdir(parents=True, exist_ok=True)
            outcomes.append(_judge_in(place, name, arguments.tool))
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
