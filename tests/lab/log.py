#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's log in dumps, and the pages that a log names.

Every line that the guest's kernel has printed on its console must be in the
log of the dump, in the same order, and the log has no gap from the first
record on. Of the pages in it, those that the kernel has poisoned are told, and
no others. Then the bundled dump: a log that names pages of its truth, each in
three ways, must lead to these pages.
"""

import argparse
import pathlib
import re
import subprocess
import sys

import compare
from lablib import answers, bundle, dumps, kernels, kinds, truth
from lablib.errors import LabError, Unavailable

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
ROWS = (("5.10", "kdump-zlib"), ("6.1", "kdump-zlib"), ("6.1", "qemu-elf"),
        ("6.12", "qemu-elf"), ("7.x", "kdump-zlib"), ("7.x", "qemu-elf"))
ASKED = 40
PAGE_SIZE = 4096

LINE = re.compile(r"\[ *(\d+\.\d{6})\] (.*)")
BANNER = "Linux version "
POISONED = re.compile(r"(?:Memory failure: |soft offline: |\bpfn )"
                      r"(0x[0-9a-f]+)")
RECOVERED = re.compile(r"Memory failure: (0x[0-9a-f]+): recovery action .*: "
                       "Recovered")


# --- the log of a dump ---


def _console(path):
    """The kernel's lines, up to where the capture kernel of a kdump begins."""
    last = 0
    for raw in path.read_text(errors="surrogateescape").splitlines():
        match = LINE.fullmatch(raw.rstrip("\r"))
        if not match:
            continue
        time = float(match[1])
        if match[2].startswith(BANNER) and time < last:
            return
        last = time
        yield match[0]


def _read_log(print_log, files):
    """The records' numbers, their lines, and the gaps."""
    done = subprocess.run([print_log, *files], text=True,
                          errors="surrogateescape", stdout=subprocess.PIPE,
                          timeout=compare.DEADLINE, check=True)
    numbers, lines, gaps = [], [], []
    for row in done.stdout.splitlines():
        if row.startswith("gap: "):
            gaps.append(row)
            continue
        number, line = row.split(" ", 1)
        numbers.append(int(number))
        lines.append(line)
    return numbers, lines, gaps


def _ask(tool, files, *options, log=None):
    """The pages that the tool answers."""
    done = subprocess.run(
        [tool, "--no-cache", "--quiet", "--format=jsonl", *files, *options],
        input=log, stdout=subprocess.PIPE, text=True, timeout=compare.DEADLINE,
        check=False)
    return list(answers.lines(done.stdout.splitlines()))


def _named_faults(tool, files, lines):
    """The pages that the log names are those of memory failures."""
    pages = {int(page["pfn"], 16): page
             for page in _ask(tool, files, "--from-dmesg")}
    named = {int(match[1], 16) for match in map(POISONED.search, lines)
             if match}
    if set(pages) != named:
        yield f"the log names {named or 'no page'}, not {set(pages)}"
        return
    for line in lines:
        match = RECOVERED.search(line)
        if match and "hwpoison" not in pages[int(match[1], 16)]["flags"]:
            yield f"not poisoned: {line}"


def _log_faults(tool, print_log, series, kind):
    """What is wrong, and how many lines of the console there were."""
    dump = dumps.make(series, kind)
    files = [dump / "vmcore"]
    if series.needs_vmlinux:
        files.append(kernels.directory(series) / "vmlinux")
    numbers, lines, faults = _read_log(print_log, files)
    if sorted(set(numbers)) != list(range(numbers[-1] + 1)):
        faults.append("the numbers of the records do not run from 0 on")
    if BANNER not in lines[0]:
        faults.append(f"begins with {lines[0]}")
    rest = iter(lines)
    console = list(_console(dump / "console.log"))
    missing = [line for line in console if line not in rest]
    faults += [f"not there, or not in order: {line}" for line in missing[:1]]
    if not console:
        faults.append("the console has no line to look for")
    faults += _named_faults(tool, files, lines)
    return faults, f"{len(lines)} lines, {len(console)} on the console"


# --- the pages that a log names ---


def _page_faults(tool):
    facts = truth.Truth(bundle.DIRECTORY / "truth")
    alive = [page.pfn for page in facts.pages if page.pid != facts.self_pid]
    frames = list(dict.fromkeys(alive[::len(alive) // ASKED + 1]))
    named = [f"Memory failure: {pfn:#x}: Recovered" for pfn in frames]
    files = [bundle.DIRECTORY / "vmcore"]
    pages = _ask(tool, files, "--from-dmesg=-", log="\n".join(named))
    by_page = [f"page:{int(page['page'], 16):x} count:1" for page in pages]
    by_phys = [f"{{1}}[Hardware Error]:   physical_address: "
               f"{pfn * PAGE_SIZE + 0x123:#018x}" for pfn in frames]
    faults = []
    for name, lines in (("PFN", named), ("struct page", by_page),
                        ("physical address", by_phys),
                        ("all", named + by_page + by_phys)):
        got = _ask(tool, files, "--from-dmesg=-", log="\n".join(lines))
        if [int(page["pfn"], 16) for page in got] != frames:
            faults.append(f"{name}: other pages than those named")
        ways = len(lines) // len(frames)
        if any(len(page["log"]) != ways for page in got):
            faults.append(f"{name}: not the lines that name the page")
    return faults, f"{len(frames)} pages, each named in three ways"


# --- what came of it ---


def _run(name, judge, *arguments):
    """Prints a line; returns its outcome."""
    try:
        faults, words = judge(*arguments)
    except Unavailable as error:
        print(f"{name}: skipped: {error}")
        return SKIPPED
    except (LabError, subprocess.CalledProcessError) as error:
        faults, words = [str(error)], ""
    print(f"{name}: " + (f"FAILED: {faults[0]}" if faults else f"ok: {words}"))
    return FAILED if faults else PASSED


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("--print-log", type=pathlib.Path, required=True,
                        help="the program print_log of the build")
    arguments = parser.parse_args()
    outcomes = [_run("pages that a log names", _page_faults, arguments.tool)]
    for series, kind in ROWS:
        outcomes.append(_run(f"log of {series} {kind}", _log_faults,
                             arguments.tool, arguments.print_log,
                             kernels.find(series), kinds.find(kind)))
    passed, failed, skipped = map(outcomes.count, (PASSED, FAILED, SKIPPED))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
