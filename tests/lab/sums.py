#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The sums of each process are those of the guest's own smaps_rollup.

Of every process of a dump's truth the resident, proportional, unique and
hugetlb memory has to be what the kernel printed, to the kilobyte; and the
answer has to be the same, byte by byte, for any number of threads.
"""

import subprocess
import sys

import compare
from lablib import answers, truth
from lablib.errors import LabError

PAGE_KIB = 4
DEADLINE = 300  # seconds
COMPLETE, GAPS = 0, 3
JOBS = (1, 2, 5)

# What the kernel calls it, and what it is in the answer, in kilobytes.
FIGURES = (
    (("Rss",), lambda sums: sums["rss"] * PAGE_KIB),
    (("Pss",), lambda sums: sums["pss_bytes"] // 1024),
    (("Private_Clean", "Private_Dirty"), lambda sums: sums["uss"] * PAGE_KIB),
    (("Anonymous",), lambda sums: sums["anon"] * PAGE_KIB),
    (("Shared_Hugetlb", "Private_Hugetlb"),
     lambda sums: sums["hugetlb"] * PAGE_KIB),
)
SWAP_FIGURES = (
    (("Swap",),
     lambda sums: (sums["swapped"] + sums["swapped_shmem"]) * PAGE_KIB),
    (("SwapPss",), lambda sums: sums["swap_pss_bytes"] // 1024),
)

# smaps left out what a PMD under PROT_NONE maps while it asked
# follow_trans_huge_pmd(), which refuses pmd_protnone() without FOLL_FORCE.
NOT_COUNTED = (((6, 1), "thp-none"),)


def ask(tool, vmcore, options, jobs):
    """The document, and the exit code."""
    command = [tool, "--summary", "--format=json", f"--jobs={jobs}",
               "--no-cache", str(vmcore), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False,
                          timeout=DEADLINE)
    if done.returncode not in (COMPLETE, GAPS):
        raise LabError(f"{' '.join(command)}: exit code {done.returncode}")
    return done.stdout, done.returncode


def _by_pid(document):
    return {task["pid"]: process for process in document["processes"]
            for task in process["tasks"]}


def _judge_figures(figures, pid, expected, sums, more):
    """(figure, what is wrong or None) of each; more: what the kernel may have
    counted besides."""
    for keys, figure_of in figures:
        if not set(keys) <= set(expected):
            continue
        figure = sum(expected[key] for key in keys)
        wrong = None if figure - figure_of(sums) in (0, more) else \
            f"{figure_of(sums)} kB, not {figure}"
        yield f"{pid} {'+'.join(keys)}", wrong


def _judge_process(pid, expected, sums):
    # smaps takes what was taken away for a memory failure as resident, and
    # nobody's else (is_pfn_swap_entry() has hwpoison entries since 6.10).
    poisoned = sums["poisoned"] * PAGE_KIB
    yield from _judge_figures(FIGURES, pid, expected, sums, poisoned)
    yield from _judge_figures(SWAP_FIGURES, pid, expected, sums, 0)


def _judge_whole(document, code):
    """What the sums have to come to among themselves."""
    kinds = document["kinds"]
    for key in ("frames", "mapped", "mappings", "dirty"):
        total = sum(kind[key] for kind in kinds)
        yield f"kinds, {key}", None if total == document["all"][key] else \
            f"come to {total}, not {document['all'][key]}"
    mapped = sum(process["rss"] + process["hugetlb"]
                 for process in document["processes"])
    yield "mappings", None if mapped == document["all"]["mappings"] else \
        f"{document['all']['mappings']}, and {mapped} of processes"
    yield "complete", None if code == COMPLETE and document["complete"] \
        and not document["gaps"] else str(document["gaps"][:3])


def judge_processes(sums, facts):
    """(what, what is wrong or None), from {pid: its sums}."""
    skipped = {facts.self_pid}  # it prints the truth
    skipped |= {process.pid for process in facts.processes
                for release, name in NOT_COUNTED
                if facts.kernel[:2] == release and process.comm == name}
    for pid, expected in facts.rollups.items():
        if pid in skipped:
            continue
        if pid in sums:
            yield from _judge_process(pid, expected, sums[pid])
        elif expected.get("Rss"):
            yield f"{pid}", "no such process"


def judge(document, code, facts):
    """(what, what is wrong or None) of everything that is compared."""
    yield from _judge_whole(document, code)
    yield from judge_processes(_by_pid(document), facts)


def _judge_dump(arguments):
    options = [arguments.vmlinux] if arguments.vmlinux else []
    facts = truth.Truth(arguments.vmcore.parent / "truth")
    answered = [ask(arguments.tool, arguments.vmcore, options, jobs)
                for jobs in JOBS]
    text, code = answered[0]
    yield from judge(answers.document(text), code, facts)
    for jobs, answer in zip(JOBS, answered):
        yield f"{jobs} threads", None if answer == answered[0] else \
            "another answer than one thread's"


def main():
    arguments = compare.dump_arguments(__doc__)
    return compare.run_checks("sums", lambda: _judge_dump(arguments))


if __name__ == "__main__":
    sys.exit(main())
