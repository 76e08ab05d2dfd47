#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who stops --all gets the first of its pages, and is told that it is not all.

The signal comes when the pipe is full of which one byte has been read, so
always in the middle of the work. What is there then has to be, byte for byte,
how the whole answer begins, and behind it has to stand what it is.
"""

import signal
import subprocess
import sys

import compare
from lablib import answers
from lablib.errors import LabError

DEADLINE = 300  # seconds
COMPLETE, GAPS = 0, 3
JOBS = (1, 2, 5)


class Tool:
    """The tool, and what it is given each time."""

    def __init__(self, program, vmcore, vmlinux):
        self._command = [program, "--no-cache", str(vmcore),
                         *([vmlinux] if vmlinux else [])]

    def whole(self, *options):
        done = subprocess.run([*self._command, *options], check=False,
                              stdout=subprocess.PIPE, timeout=DEADLINE)
        if done.returncode not in (COMPLETE, GAPS):
            raise LabError(f"{options}: exit code {done.returncode}")
        return done.stdout

    def stopped(self, number, *options):
        """(exit code, stdout, stderr) of a run that gets a signal."""
        with subprocess.Popen(
                [*self._command, *options], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, bufsize=0,
                preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                 signal.SIG_DFL)) as process:
            first = process.stdout.read(1)
            process.send_signal(number)
            out, err = process.communicate(timeout=DEADLINE)
        return process.returncode, first + out, err.decode()


def _end_of_jsonl(line):
    """How many pages there are, as the last line says."""
    end = answers.document(line)
    return end["pages"] if end["partial"] and not end["complete"] and \
        "pfn" not in end and end["gaps"] else None


def _end_of_text(line):
    words = line.split()
    return int(words[1]) if words[0] == b"partial:" else None


def _wrong_pages(out, whole, n_heads, end_of):
    """What is wrong with the output of a run that was stopped, or None."""
    *lines, last = out.splitlines(keepends=True)
    pages = b"".join(lines)
    if not whole.startswith(pages) or len(pages) == len(whole):
        return "is not how the whole answer begins"
    if end_of(last) != len(lines) - n_heads:
        return f"{len(lines)} lines, and then {last}"
    return None


def _judge_all(tool, name, n_heads, end_of, *options):
    whole = tool.whole("--all", *options)
    for jobs in JOBS:
        code, out, err = tool.stopped(signal.SIGINT, "--all", f"-j{jobs}",
                                      *options)
        # With several threads all can be done while one waits to write.
        if jobs > 1 and out == whole:
            continue
        yield f"{name}, {jobs} threads", _wrong_pages(out, whole, n_heads,
                                                      end_of)
        yield f"{name}, {jobs} threads, its end", None if \
            code == -signal.SIGINT and "partial, interrupted" in err else \
            (code, err)
    # The time that is over is a signal, too.
    code, out, err = tool.stopped(signal.SIGALRM, "--all", "-j1",
                                  "--timeout=9999", *options)
    yield f"{name}, in time", _wrong_pages(out, whole, n_heads, end_of)
    yield f"{name}, in time, its end", None if \
        code == GAPS and "partial, not done within 9999 s" in err else \
        (code, err)


def _judge(tool):
    """(what, what is wrong or None) of everything that is compared."""
    yield from _judge_all(tool, "jsonl", 0, _end_of_jsonl, "--format=jsonl")
    yield from _judge_all(tool, "text", 1, _end_of_text)


def main():
    arguments = compare.dump_arguments(__doc__)
    return compare.run_checks("partial", lambda: _judge(
        Tool(arguments.tool, arguments.vmcore, arguments.vmlinux)))


if __name__ == "__main__":
    sys.exit(main())
