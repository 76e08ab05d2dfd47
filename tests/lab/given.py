#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every place that layouts and symbols can come from, on real dumps.

Each row names what the tool is given and what it must come to: the truth, or
a refusal whose words say why. Kept layouts are damaged, swapped and put where
they cannot be replaced: none of that may show in the answer.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import NamedTuple

import compare
from lablib import answers, dumps, kernels, kinds
from lablib.errors import LabError, Unavailable

FAILURE, MISMATCH = 1, 4
DEADLINE = 120  # seconds
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
OLD, NEW, OTHER = "5.10", "6.1", "7.x"
KIND, OTHER_KIND = "kdump-zlib", "qemu-elf"


class Place:
    """Files made for the rows, each once."""

    def __init__(self, tool, directory):
        self.tool = tool
        self.directory = pathlib.Path(directory)

    def dump(self, name, kind=KIND):
        return dumps.make(kernels.find(name), kinds.find(kind))

    def vmlinux(self, name):
        return kernels.fetch(kernels.find(name)) / "vmlinux"

    def build_id(self, name):
        notes = subprocess.run(["readelf", "-n", self.vmlinux(name)],
                               stdout=subprocess.PIPE, text=True, check=True)
        return notes.stdout.split("Build ID: ")[1].split()[0]

    def _make(self, name, command):
        """The file that the command writes to its standard output."""
        path = self.directory / name
        if not path.exists():
            with path.open("wb") as out:
                subprocess.run(command, stdout=out, check=True)
        return path

    def system_map(self, name):
        return self._make(f"System.map-{name}", ["nm", self.vmlinux(name)])

    def btf(self, name):
        """Bare, as in /sys/kernel/btf/vmlinux."""
        path = self.directory / f"btf-{name}"
        if not path.exists():
            subprocess.run(["objcopy", "--dump-section", f".BTF={path}",
                            self.vmlinux(name), os.devnull], check=True)
        return path

    def without(self, name, option):
        """A copy of the vmlinux that objcopy has taken something from."""
        path = self.directory / f"vmlinux-{name}{option}"
        if not path.exists():
            subprocess.run(["objcopy", option, self.vmlinux(name), path],
                           check=True)
        return path

    def debug_dir(self, name):
        """A directory where the vmlinux is to be found by its build-id."""
        directory = self.directory / f"debug-{name}"
        build_id = self.build_id(name)
        link = directory / ".build-id" / build_id[:2] / (build_id[2:] +
                                                         ".debug")
        if not link.exists():
            link.parent.mkdir(parents=True)
            link.symlink_to(self.vmlinux(name))
        return directory

    def cache(self, name, kind=KIND, with_vmlinux=True):
        """A directory with the kept layout of this kernel alone."""
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        subprocess.run(
            [self.tool, self.dump(name, kind) / "vmcore",
             *([self.vmlinux(name)] if with_vmlinux else []),
             "--cache-dir", directory, "--pfn=0"],
            stdout=subprocess.DEVNULL, timeout=DEADLINE, check=False)
        if not (directory / self.build_id(name)).exists():
            raise LabError("no layout was kept")
        return directory


# --- kept layouts, as they should not be ---


def _kept(place):
    return place.cache(NEW)


def _by_this_dump(place):
    return place.cache(NEW, with_vmlinux=False)


def _by_another_dump(place):
    """Of this kernel: but what a dump's memory told may be damaged."""
    return place.cache(NEW, OTHER_KIND, with_vmlinux=False)


def _of_another_kernel(place):
    """Under this kernel's name."""
    cache = place.cache(OTHER)
    (cache / place.build_id(OTHER)).rename(cache / place.build_id(NEW))
    return cache


def _says_it_is_this_kernel(place):
    """Another kernel's, build-id and checksum set right: a lie."""
    cache = place.cache(OTHER)
    other = cache / place.build_id(OTHER)
    lines = other.read_text().replace(place.build_id(OTHER),
                                      place.build_id(NEW))
    other.unlink()
    (cache / place.build_id(NEW)).write_text(_with_checksum(lines))
    return cache


def _with_checksum(text):
    """FNV-1a, as in src/kernel/cache.c."""
    lines = text[:text.index("checksum ")]
    total = 0xcbf29ce484222325
    for byte in lines.encode():
        total = (total ^ byte) * 0x100000001b3 % 2 ** 64
    return f"{lines}checksum {total:016x}\n"


def _cut_short(place):
    cache = place.cache(NEW)
    os.truncate(cache / place.build_id(NEW), 1000)
    return cache


def _one_offset_changed(place):
    cache = place.cache(NEW)
    file = cache / place.build_id(NEW)
    file.write_text(file.read_text().replace("member vm_area_struct.vm_end 8",
                                             "member vm_area_struct.vm_end 0"))
    return cache


def _occupied(place):
    """There is a directory where the file would be."""
    cache = pathlib.Path(tempfile.mkdtemp(dir=place.directory))
    (cache / place.build_id(NEW)).mkdir()
    return cache


def _a_file(place):
    """The cache directory is none, and nothing can be made below it."""
    file = place.directory / "a-file"
    file.touch()
    return file / "cache"


# --- the rows ---


class Answer(NamedTuple):
    """The truth, from these."""

    layouts: str
    symbols: str
    source: str = "files given"


class Refusal(NamedTuple):
    """An exit code, and words on stderr."""

    code: int
    words: tuple


class Row(NamedTuple):
    name: str
    kernel: str
    options: callable  # of a Place
    outcome: NamedTuple


KALLSYMS = "kallsyms in the dump"
FOREIGN = Refusal(MISMATCH, ("of another kernel than the dump",))


def _uncached(*options):
    return lambda place: ["--no-cache", *(
        option(place) if callable(option) else option for option in options)]


def _caching(make_cache):
    return lambda place: ["--cache-dir", make_cache(place)]


ROWS = (
    Row("nothing", NEW, _uncached(),
        Answer("BTF", KALLSYMS, "the dump itself")),
    Row("nothing, and the dump does not describe itself", OLD, _uncached(),
        Refusal(FAILURE, ("before Linux 6.0", "--vmlinux", "--system-map",
                          "/usr/lib/debug", "debuginfod: not to be asked"))),
    Row("vmlinux", NEW, _uncached(lambda place: place.vmlinux(NEW)),
        Answer("DWARF", ".symtab")),
    Row("vmlinux without DWARF", NEW,
        _uncached(lambda place: place.without(NEW, "--strip-debug")),
        Answer("BTF", ".symtab")),
    Row("vmlinux without symbols", NEW,
        _uncached(lambda place: place.without(NEW, "--strip-all")),
        Answer("BTF", KALLSYMS)),
    Row("System.map, before 6.0", OLD,
        _uncached("--system-map", lambda place: place.system_map(OLD)),
        Answer("BTF", "System.map")),
    Row("System.map and BTF, before 6.0", OLD,
        _uncached("--system-map", lambda place: place.system_map(OLD),
                  "--btf", lambda place: place.btf(OLD)),
        Answer("BTF", "System.map")),
    Row("bare BTF", NEW, _uncached("--btf", lambda place: place.btf(NEW)),
        Answer("BTF", KALLSYMS)),
    Row("BTF in ELF", NEW,
        _uncached("--btf", lambda place: place.vmlinux(NEW)),
        Answer("BTF", KALLSYMS)),
    Row("vmlinux in a debug directory", OLD,
        _uncached("--debug-dir", lambda place: place.debug_dir(NEW),
                  "--debug-dir", lambda place: place.debug_dir(OLD)),
        Answer("DWARF", ".symtab", "vmlinux on this machine")),
    Row("System.map of another kernel", NEW,
        _uncached("--system-map", lambda place: place.system_map(OTHER)),
        FOREIGN),
    Row("BTF of another kernel", NEW,
        _uncached("--btf", lambda place: place.btf(OTHER)), FOREIGN),
    *(Row(f"BTF of {foreign} with a dump of {own}", own,
          _uncached("--btf", lambda place, name=foreign: place.btf(name)),
          FOREIGN) for own, foreign in ((NEW, OLD), (OTHER, "6.12"))),
    Row("right vmlinux, and BTF of another kernel", NEW,
        _uncached(lambda place: place.vmlinux(NEW),
                  "--btf", lambda place: place.btf(OTHER)),
        Refusal(MISMATCH, ("btf-7.x: of another kernel",
                           "that of the dump's own"))),
    Row("BTF of no kernel", NEW, _uncached("--btf", "/etc/passwd"),
        Refusal(FAILURE, ("/etc/passwd", "not BTF"))),
    Row("System.map that is none", NEW,
        _uncached("--system-map", lambda place: place.vmlinux(NEW)),
        Refusal(FAILURE, ("vmlinux", "ELF"))),
    Row("kept", NEW, _caching(_kept),
        Answer("DWARF", ".symtab", "cached layout")),
    Row("kept from this dump", NEW, _caching(_by_this_dump),
        Answer("BTF", KALLSYMS, "cached layout")),
    Row("kept, before 6.0", OLD, _caching(lambda place: place.cache(OLD)),
        Answer("DWARF", ".symtab", "cached layout")),
    *(Row(f"kept:{make.__name__.replace('_', ' ')}", NEW, _caching(make),
          Answer("BTF", KALLSYMS, "the dump itself"))
      for make in (_by_another_dump, _of_another_kernel,
                   _says_it_is_this_kernel, _cut_short, _one_offset_changed,
                   _occupied, _a_file)),
)


# --- what came of them ---


def _source_faults(expected, tool, dump, options):
    """What the tool says of where its layouts and symbols are from."""
    done = subprocess.run(
        [tool, dump / "vmcore", *options, "--pfn=0", "--format=json"],
        stdout=subprocess.PIPE, timeout=DEADLINE, check=False)
    source = answers.document(done.stdout)["source"]
    served = [entry["name"] for entry in source["sources"] if entry["served"]]
    said = Answer(source["layouts"], source["symbols"], *served)
    if said != expected:
        yield f"from {said}, not {expected}"


def _answer_faults(expected, tool, dump, options):
    # Asked first: the run after it may find what this one has kept.
    yield from _source_faults(expected, tool, dump, options)
    result = compare.compare(tool, dump, options)
    yield from (fault.text for fault in result.faults)


def _refusal_faults(expected, tool, dump, options):
    done = subprocess.run(
        [tool, dump / "vmcore", *options, "--pfn=0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=DEADLINE, check=False)
    if done.returncode != expected.code:
        yield f"exit code {done.returncode}, not {expected.code}"
    if done.stdout:
        yield f"an answer all the same: {done.stdout[:60]}"
    for word in expected.words:
        if word not in done.stderr:
            yield f"does not say '{word}': {done.stderr.strip()}"


def _faults(row, place):
    dump = place.dump(row.kernel)
    options = row.options(place)
    judge = (_answer_faults if isinstance(row.outcome, Answer)
             else _refusal_faults)
    return list(judge(row.outcome, place.tool, dump, options))


def _run(row, place):
    """Prints a line; returns its outcome."""
    try:
        faults = _faults(row, place)
    except Unavailable as error:
        print(f"{row.name}: skipped: {error}")
        return SKIPPED
    except LabError as error:
        faults = [str(error)]
    print(f"{row.name}: " + (f"FAILED: {faults[0]}" if faults else "ok"))
    return FAILED if faults else PASSED


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    tool = parser.parse_args().tool
    # No row asks for a download, and none is to get one.
    os.environ.pop("DEBUGINFOD_URLS", None)
    with tempfile.TemporaryDirectory() as directory:
        place = Place(tool, directory)
        outcomes = [_run(row, place) for row in ROWS]
    passed, failed, skipped = map(outcomes.count, (PASSED, FAILED, SKIPPED))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    if failed:
        return 1
    return 0 if passed else Unavailable.exit_code


if __name__ == "__main__":
    sys.exit(main())
