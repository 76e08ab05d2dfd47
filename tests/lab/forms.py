#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares rmap-inspect with the truth on one dump in other forms: flattened,
split, and compressed otherwise.

The dump is the one that lies in git, so that nothing is booted.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import NamedTuple

import compare
from lablib import bundle
from lablib.errors import LabError
from lablib.flatten import QEMU_PIECE, flatten
from lablib.recompress import LZO, SNAPPY, recompress
from lablib.split import split

N_PARTS = 3

# Says what is left on a disk of 1 MiB.
NO_MOUNT = 77
SMALL_DISK = f"""
mount -t tmpfs -o size=1M tmpfs "$1" || exit {NO_MOUNT}
"$2" "$3" --tmpdir "$1" --info --no-cache
code=$?
ls -A "$1" | sed "s/^/left: /"
exit $code
"""


class Form(NamedTuple):
    """What the dump is made into, and the files beside the first that the
    tool is given."""

    name: str
    make: callable


def _flattened(piece, backwards=False):
    def make(source, place):
        flatten(source, place / "vmcore", piece, backwards)
        return []
    return make


def _compressed(compression):
    """Flattened, too, as by QEMU."""
    def make(source, place):
        recompress(source, place / "plain", compression)
        flatten(place / "plain", place / "vmcore")
        return []
    return make


def _split(first):
    """The part `first` is given first, the others in order."""
    def make(source, place):
        parts = [place / f"vmcore.{i}" for i in range(N_PARTS)]
        split(source, parts)
        parts.pop(first).rename(place / "vmcore")
        return parts
    return make


FORMS = (
    Form("flattened", _flattened(QEMU_PIECE)),
    Form("flattened back", _flattened(777, backwards=True)),
    Form("lzo, flattened", _compressed(LZO)),
    Form("snappy, flattened", _compressed(SNAPPY)),
    Form("split", _split(0)),
    Form("split, last first", _split(N_PARTS - 1)),
)


def _compare(tool, form, place):
    others = form.make(bundle.DIRECTORY / "vmcore", place)
    (place / "truth").symlink_to(bundle.DIRECTORY / "truth")
    options = ["--no-cache", "--tmpdir", place, *others]
    return compare.compare(tool, place, options, checks=())


def _has_passed(tool, form):
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        try:
            result = _compare(tool, form, place)
        except LabError as error:
            print(f"{form.name}: FAILED: {error}")
            return False
    print(compare.result_row("bundled", form.name, "rmap", result))
    compare.show_faults(result.faults)
    return not result.faults


def _full_disk_is_told(tool):
    """The tool says so before it writes, or need not write; it leaves
    nothing behind."""
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        flatten(bundle.DIRECTORY / "vmcore", place / "vmcore")
        (place / "disk").mkdir()
        done = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
             SMALL_DISK, "sh", place / "disk", tool, place / "vmcore"],
            capture_output=True, text=True, check=False)
    if done.returncode == NO_MOUNT:
        print("full disk: skipped: no file system can be mounted here")
        return True
    in_place = done.returncode == 0
    told = "left: " not in done.stdout and (in_place or (
        done.returncode == 1 and "1 MiB left" in done.stderr and
        "--tmpdir" in done.stderr))
    print("full disk: " + ("passed" if told else f"FAILED: {done}"))
    return told


def _is_read_in_place(tool):
    """An answer comes although nothing could be written anywhere."""
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        flatten(bundle.DIRECTORY / "vmcore", place / "vmcore", QEMU_PIECE)
        done = subprocess.run(
            [tool, place / "vmcore", "--tmpdir", place / "nowhere", "--info",
             "--no-cache"], capture_output=True, text=True, check=False)
    print("in place: " + ("FAILED: " + done.stderr if done.returncode else
                          "passed"))
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--tool",
                        default=os.environ.get("RMAP_INSPECT",
                                               "rmap-inspect"))
    parser.add_argument("--in-place", action="store_true",
                        help="libkdumpfile reads flattened dumps by itself "
                        "(0.5.3 and later): see that nothing is copied")
    arguments = parser.parse_args()
    tool = arguments.tool
    print(compare.table_head())
    outcomes = [_has_passed(tool, form) for form in FORMS]
    outcomes.append(_full_disk_is_told(tool))
    if arguments.in_place:
        outcomes.append(_is_read_in_place(tool))
    print(f"{sum(outcomes)} passed, {outcomes.count(False)} failed")
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
