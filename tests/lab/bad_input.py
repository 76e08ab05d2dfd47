#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Gives rmap-inspect what it cannot use: damaged, wrong and absent files,
pages that are not there and senseless command lines.

Each row has to end in time with its exit code and the words that help; where
there are answers, they are right or own up to what they lack. Meant for a
build with sanitizers, and works with any.
"""

import argparse
import contextlib
import errno
import itertools
import json
import mmap
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from typing import NamedTuple

import compare
from lablib import answers, cache, dumps, kernels, kinds, truth
from lablib.errors import LabError, Unavailable
from lablib.flatten import flatten
from lablib.flattened import HEADER_SIZE, RECORD

DEADLINE = 60
ASKED_PFNS = 300
SHOWN_FAULTS = 5
SANITIZER_EXIT = 99

COMPLETE, FAILURE, USAGE, WITH_GAPS, MISMATCH = range(5)
ANSWERED = (COMPLETE, WITH_GAPS)
ANY_END = (COMPLETE, FAILURE, WITH_GAPS)

# Damage to a kdump: a spot in each so many bytes, at different places.
SPOT = 64
DESCRIPTOR_SIZE = 24
DESCRIPTOR_OFFSET = struct.Struct("<Q")
DESCRIPTORS_PERIOD = 300
PERIODS = (64 << 10, 256 << 10, 1 << 20)
STEPS = 6

OUTCOMES = PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"

# No run may say any of these, on neither stream.
NEVER_SAID = ("AddressSanitizer", "LeakSanitizer", "runtime error",
              "Assertion", "assertion", "Traceback")

# A message that passed two places which both named the thing.
SAID_TWICE = re.compile(r'(?:^|: |")(\S[^:\n"]*): \1: ', re.MULTILINE)

# What libkdumpfile leaks is not the tool's.
SUPPRESSIONS = "leak:libkdumpfile\n"

# The guest of the lab has RAM below 1 GiB, but for the hole of the PC; the
# kernel could address 64 TiB or more of it.
HOLE_PFN = 0xa0
ABOVE_RAM_PFN = (1 << 30) >> 12
PAST_THE_END_PFN = 1 << 48


# --- where to cut a file ---


def _at(size):
    return lambda path: size


def _part(percent):
    return lambda path: path.stat().st_size * percent // 100


def _short_by(size):
    return lambda path: path.stat().st_size - size


def _inside(mark):
    """A few bytes past the mark, which is near the start of a dump."""
    def position(path):
        with open(path, "rb") as file:
            return file.read(1 << 16).index(mark) + len(mark) + 4
    return position


class _KdumpHeader(NamedTuple):
    block_size: int
    sub_header_blocks: int
    bitmap_blocks: int

    FORMAT = struct.Struct("=III")
    OFFSET = 0x1ac

    @classmethod
    def of(cls, path):
        with open(path, "rb") as file:
            file.seek(cls.OFFSET)
            return cls(*cls.FORMAT.unpack(file.read(cls.FORMAT.size)))


def _inside_bitmap(path):
    header = _KdumpHeader.of(path)
    return header.block_size * (1 + header.sub_header_blocks +
                                header.bitmap_blocks // 2)


def _descriptors_start(path):
    header = _KdumpHeader.of(path)
    return header.block_size * (1 + header.sub_header_blocks +
                                header.bitmap_blocks)


def _inside_descriptors(path):
    return _descriptors_start(path) + 4096


class Cut(NamedTuple):
    """A file that ends too early, and how a run with it may end."""

    source: str
    where: str
    position: callable
    exits: tuple = (FAILURE,)

    @property
    def name(self):
        return f"{self.source}-cut-{self.where}"


CUTS = (
    Cut("elf", "in-header", _at(32)),
    Cut("elf", "in-program-headers", _at(224)),
    Cut("elf", "in-notes", _inside(b"CORE\0")),
    Cut("elf", "in-vmcoreinfo", _inside(b"OSRELEASE=")),
    Cut("elf", "10%", _part(10), ANY_END),
    Cut("elf", "50%", _part(50), ANY_END),
    Cut("elf", "75%", _part(75), ANY_END),
    Cut("elf", "90%", _part(90), ANY_END),
    Cut("elf", "98%", _part(98), ANY_END),
    Cut("kdump", "in-header", _at(200)),
    Cut("kdump", "in-sub-header", _at(4096 + 40)),
    Cut("kdump", "in-notes", _inside(b"CORE\0")),
    Cut("kdump", "in-vmcoreinfo", _inside(b"OSRELEASE=")),
    Cut("kdump", "in-bitmap", _inside_bitmap),
    Cut("kdump", "in-descriptors", _inside_descriptors, ANY_END),
    Cut("kdump", "10%", _part(10), ANY_END),
    Cut("kdump", "50%", _part(50), ANY_END),
    Cut("kdump", "75%", _part(75), ANY_END),
    Cut("kdump", "90%", _part(90), ANY_END),
    Cut("kdump", "98%", _part(98), ANY_END),
    Cut("kdump", "last-byte", _short_by(1), ANY_END),
    Cut("flat", "in-header", _at(200)),
    Cut("flat", "in-first-record", _at(HEADER_SIZE + 8)),
    Cut("flat", "50%", _part(50)),
    Cut("flat", "in-last-record", _short_by(8)),
    Cut("vmlinux", "in-header", _at(32)),
    Cut("vmlinux", "after-header", _at(64)),
    Cut("vmlinux", "10%", _part(10)),
    Cut("vmlinux", "50%", _part(50)),
    Cut("vmlinux", "90%", _part(90)),
    Cut("vmlinux", "last-byte", _short_by(1)),
)


def _next_data(file, offset, end):
    try:
        return os.lseek(file, offset, os.SEEK_DATA)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return end  # only a hole is left


def _extents(file, end):
    """(offset, size) of all that is not a hole before `end`."""
    offset = 0
    while (start := _next_data(file, offset, end)) < end:
        offset = min(os.lseek(file, start, os.SEEK_HOLE), end)
        yield start, offset - start


def _copy(source, target, size):
    """The first `size` bytes, holes as holes."""
    with open(source, "rb") as old, open(target, "wb") as new:
        new.truncate(size)
        for start, left in _extents(old.fileno(), size):
            old.seek(start)
            new.seek(start)
            while left:
                done = os.copy_file_range(old.fileno(), new.fileno(), left)
                if not done:
                    raise LabError(f"{source}: shorter than it was")
                left -= done


def _making_cut(cut):
    def make(inputs, path):
        source = inputs[cut.source]
        _copy(source, path, cut.position(source))
    return make


# --- the sections of a vmlinux ---

ELF_SECTIONS = struct.Struct("<40xQ10xHHH")
ELF_SECTION = struct.Struct("<IIQQQQIIQQ")
BUILD_ID_NOTE = struct.pack("<III", 4, 20, 3) + b"GNU\0"


class Section(NamedTuple):
    offset: int
    size: int


def _sections(path):
    """The sections of an ELF file by their names."""
    with open(path, "rb") as file:
        table, entry, count, names = ELF_SECTIONS.unpack(
            file.read(ELF_SECTIONS.size))
        file.seek(table)
        rows = [ELF_SECTION.unpack(file.read(entry)) for _ in range(count)]
        file.seek(rows[names][4])
        text = file.read(rows[names][5])
    return {text[row[0]:text.index(b"\0", row[0])].decode():
            Section(row[4], row[5]) for row in rows}


def _section_contents(path, name):
    section = _sections(path)[name]
    with open(path, "rb") as file:
        file.seek(section.offset)
        return file.read(section.size)


def _build_id(vmlinux):
    notes = _section_contents(vmlinux, ".notes")
    start = notes.index(BUILD_ID_NOTE) + len(BUILD_ID_NOTE)
    return notes[start:start + 20].hex()


def _overwrite(path, section, contents):
    with open(path, "r+b") as file:
        file.seek(section.offset)
        file.write(contents)


def _copy_whole(source, target):
    _copy(source, target, source.stat().st_size)


def _make_without_types(inputs, path):
    """The sections are there, under names that mean nothing."""
    _copy_whole(inputs["vmlinux"], path)
    names = _section_contents(path, ".shstrtab")
    _overwrite(path, _sections(path)[".shstrtab"],
               names.replace(b".debug_", b".other_").replace(b".BTF\0",
                                                             b".OTH\0"))


# --- damage inside a file ---


def _section(name):
    return lambda path: [_sections(path)[name]]


def _descriptors(first):
    """Some of the places where a kdump tells where a page's data lie; the
    data begin where these end, with the page of the first."""
    def parts(path):
        start = _descriptors_start(path)
        with open(path, "rb") as file:
            file.seek(start)
            end, = DESCRIPTOR_OFFSET.unpack(file.read(DESCRIPTOR_OFFSET.size))
        return [Section(offset, DESCRIPTOR_SIZE) for offset in
                range(start + first * DESCRIPTOR_SIZE, end - DESCRIPTOR_SIZE,
                      DESCRIPTORS_PERIOD * DESCRIPTOR_SIZE)]
    return parts


def _page_data(period, first):
    """A few bytes in each period, where a kdump has the data of pages."""
    def parts(path):
        size = path.stat().st_size
        return [Section(offset, SPOT) for offset in
                range(size // 10 + first, size - SPOT, period)]
    return parts


def _each(pattern, most=None):
    """Where the file has such bytes, as many as are asked for."""
    def parts(path):
        with open(path, "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return [Section(hit.start(), len(hit[0])) for hit in
                itertools.islice(re.finditer(pattern, data), most)]
    return parts


def _first_record(offset, size):
    return lambda path: [Section(HEADER_SIZE + offset, size)]


class Damage(NamedTuple):
    """A file with parts of it overwritten with one byte."""

    source: str
    where: str
    parts: callable
    byte: bytes

    @property
    def name(self):
        return f"{self.source}-{self.where}-as-{self.byte.hex()}"


FILLINGS = (b"\0", b"\xff")

NO_VMCOREINFO = Damage("noinfo", "vmcoreinfo", _each(b"OSRELEASE="), b"x")

# The note comes before the memory, where it stands once more.
BAD_NOTES = tuple(
    Damage("elf", f"note-{what}", _each(pattern, 1), b"9")
    for what, pattern in (
        ("without-release", rb"OSRELEASE="),
        ("without-page-table", rb"SYMBOL\(swapper_pg_dir\)="),
        ("of-another-place", rb"(?<=NUMBER\(phys_base\)=)."),
    ))

DAMAGES = (
    *(Damage("vmlinux", section, _section(f".{section}"), byte)
      for section in ("symtab", "strtab", "debug_aranges", "debug_info",
                      "debug_abbrev", "debug_str")
      for byte in FILLINGS),
    NO_VMCOREINFO,
    *BAD_NOTES,
    Damage("flat", "version", lambda path: [Section(24, 8)], b"\xff"),
    Damage("flat", "first-offset", _first_record(0, 8), b"\x7f"),
    Damage("flat", "first-size", _first_record(8, 8), b"\xff"),
    Damage("flat", "first-size", _first_record(8, 8), b"\x7f"),
    Damage("flat", "first-record", _first_record(0, RECORD.size), b"\xff"),
    *(Damage("kdump", f"descriptors-from-{step}",
             _descriptors(step * DESCRIPTORS_PERIOD // STEPS), byte)
      for step in range(STEPS) for byte in FILLINGS),
    *(Damage("kdump", f"{period >> 10}-KiB-spots-from-{step}",
             _page_data(period, step * period // STEPS), b"\xff")
      for period in PERIODS for step in range(STEPS)),
)


def _making_damage(damage):
    def make(inputs, path):
        _copy_whole(inputs[damage.source], path)
        for part in damage.parts(path):
            _overwrite(path, part, damage.byte * part.size)
    return make


# --- other files ---


def _making(contents):
    return lambda inputs, path: path.write_bytes(contents)


def _make_directory(inputs, path):
    path.mkdir()


def _make_nothing(inputs, path):
    pass


MADE = {
    "empty": _making(b""),
    "text": _making(b"This is no dump, and no kernel.\n" * 300),
    "noise": _making(bytes(byte * byte % 251 for byte in range(20000))),
    "elf-magic": _making(b"\x7fELF" + bytes(range(1, 201)) * 20),
    "kdump-magic": _making(b"KDUMP   " + bytes(range(1, 201)) * 200),
    "directory": _make_directory,
    "missing": _make_nothing,
    "no-types": _make_without_types,
    "flat": lambda inputs, path: flatten(inputs["kdump"], path),
    **{cut.name: _making_cut(cut) for cut in CUTS},
    **{damage.name: _making_damage(damage) for damage in DAMAGES},
}


DUMPS = ("elf", "kdump", "noinfo")


class Inputs:
    """What rows name in braces: files, made when first asked for, and
    values that come from them."""

    def __init__(self, kernel, other, place):
        self._place = place
        self._lab = {
            "elf": lambda: self._dump(kernel, "qemu-elf"),
            "noinfo": lambda: self._dump(kernel, "qemu-elf-noinfo"),
            "kdump": lambda: self._dump(kernel, "kdump-zlib"),
            "vmlinux": lambda: self._vmlinux(kernel),
            "other-vmlinux": lambda: self._vmlinux(other),
            "build-id": lambda: _build_id(self["vmlinux"]),
            "other-build-id": lambda: _build_id(self["other-vmlinux"]),
        }
        self._got = {}
        self._absent = {}

    def _dump(self, kernel, kind):
        self["vmlinux"]  # raises what is known already
        return dumps.make(kernels.find(kernel), kinds.find(kind)) / "vmcore"

    @staticmethod
    def _vmlinux(kernel):
        return kernels.fetch(kernels.find(kernel)) / "vmlinux"

    def __getitem__(self, name):
        if name in self._absent:
            raise self._absent[name]
        if name not in self._got:
            self._got[name] = self._get(name)
        return self._got[name]

    def _get(self, name):
        if name in MADE:
            path = self._place / name
            MADE[name](self, path)
            return path
        try:
            return self._lab[name]()
        except Unavailable as error:  # do not try again for each row
            self._absent[name] = error
            raise

    def has(self, name):
        with contextlib.suppress(Unavailable):
            return bool(self[name])
        return False

    def fill_in(self, words):
        return [word.format_map(self) for word in words]

    def remove_made(self):
        for name in self._got.keys() & MADE.keys():
            path = self._got.pop(name)
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


# --- the rows ---


class Row(NamedTuple):
    """One run. `asked` names the dump whose truth the answers are held
    against; without it the command says itself what to ask for."""

    name: str
    command: str
    exits: tuple
    words: tuple = ()
    asked: str = ""


def _asking(name, files, exits, at_fault, dump):
    """A run for PFNs of the truth; a failure names the file at fault."""
    return Row(name, f"{files} --pfn-file - --format=jsonl", exits,
               (f"{{{at_fault}}}",) if at_fault else (), dump)


def _harmed_row(about, source, name, exits):
    """A file harmed in some way, beside a whole one of the other sort."""
    if source == "flat":  # refused, whatever is asked
        return Row(about, f"{{{name}}} {{vmlinux}} --pfn 1", (FAILURE,),
                   (f"{{{name}}}",))
    if source == "vmlinux":
        files, dump = f"{{kdump}} {{{name}}}", "kdump"
    else:
        files, dump = f"{{{name}}} {{vmlinux}}", source
    return _asking(about, files, exits, name, dump)


WHOLE_ROWS = (
    _asking("whole: elf", "{elf} {vmlinux}", (COMPLETE,), None, "elf"),
    _asking("whole: kdump, pages that it excludes", "{kdump} {vmlinux}",
            (COMPLETE,), None, "kdump"),
    _asking("whole: elf without VMCOREINFO", "{noinfo} {vmlinux}",
            (COMPLETE,), None, "noinfo"),
    *(_asking(f"whole but for the note: {damage.where}",
              f"{{{damage.name}}} {{vmlinux}}", (COMPLETE,), None, "elf")
      for damage in BAD_NOTES),
)

HARMED_ROWS = (
    *(_harmed_row(f"cut: {cut.source} {cut.where}", cut.source, cut.name,
                  cut.exits) for cut in CUTS),
    *(_harmed_row(f"damaged: {damage.source} {damage.where} "
                  f"as {damage.byte.hex()}", damage.source, damage.name,
                  ANY_END) for damage in DAMAGES),
)

# Then layouts and symbols come out of the harmed file, too.
ALONE_ROWS = tuple(
    row for harm in (*CUTS, *DAMAGES) if harm.source not in ("vmlinux", "flat")
    for row in (
        _asking(f"alone: {harm.name}", f"{{{harm.name}}}", ANY_END, harm.name,
                harm.source),
        Row(f"info: {harm.name}", f"{{{harm.name}}} --info", ANY_END,
            (f"{{{harm.name}}}",))))

GIVEN_ROWS = tuple(
    Row(f"given: {option} {{{file}}}", f"{{kdump}} {option} {{{file}}} --pfn 1",
        (FAILURE,), (f"{{{file}}}",))
    for option in ("--btf", "--system-map")
    for file in ("empty", "text", "directory", "missing", "noinfo"))

DUMP_ROWS = (
    Row("dump: empty", "{empty} {vmlinux} --pfn 1", (FAILURE,),
        ("{empty}", "empty")),
    Row("dump: text", "{text} {vmlinux} --pfn 1", (FAILURE,),
        ("{text}", "text file")),
    Row("dump: directory", "{directory} {vmlinux} --pfn 1", (FAILURE,),
        ("{directory}", "directory")),
    Row("dump: missing", "{missing} {vmlinux} --pfn 1", (FAILURE,),
        ("{missing}", "No such file")),
    Row("dump: device", "/dev/null {vmlinux} --pfn 1", (FAILURE,),
        ("/dev/null", "device")),
    Row("dump: noise", "{noise} {vmlinux} --pfn 1", (FAILURE,),
        ("{noise}", "not a dump")),
    Row("dump: noise after the magic of ELF",
        "{elf-magic} {vmlinux} --pfn 1", (FAILURE,), ("{elf-magic}",)),
    Row("dump: noise after the magic of kdump",
        "{kdump-magic} {vmlinux} --pfn 1", (FAILURE,), ("{kdump-magic}",)),
    Row("dump: no VMCOREINFO",
        f"{{{NO_VMCOREINFO.name}}} {{vmlinux}} --pfn 1", (FAILURE,),
        (f"{{{NO_VMCOREINFO.name}}}", "none is in memory",
         "-device vmcoreinfo")),
)

VMLINUX_ROWS = (
    Row("vmlinux: empty", "{kdump} {empty} --pfn 1", (FAILURE,),
        ("{empty}", "empty")),
    Row("vmlinux: empty, by option", "{kdump} --vmlinux {empty} --pfn 1",
        (FAILURE,), ("{empty}", "empty")),
    Row("vmlinux: text", "{kdump} {text} --pfn 1", (FAILURE,),
        ("{text}", "text file")),
    Row("vmlinux: text, by option", "{kdump} --vmlinux {text} --pfn 1",
        (FAILURE,), ("{text}", "text file")),
    Row("vmlinux: directory", "{kdump} {directory} --pfn 1", (FAILURE,),
        ("{directory}", "directory")),
    Row("vmlinux: missing", "{kdump} {missing} --pfn 1", (FAILURE,),
        ("{missing}", "No such file")),
    Row("vmlinux: noise", "{kdump} {noise} --pfn 1", (FAILURE,),
        ("{noise}", "unknown format")),
    Row("vmlinux: noise after the magic of ELF",
        "{kdump} --vmlinux {elf-magic} --pfn 1", (FAILURE,),
        ("{elf-magic}",)),
    Row("vmlinux: another build, elf", "{elf} {other-vmlinux} --pfn 1",
        (MISMATCH,),
        ("{other-vmlinux}", "{build-id}", "{other-build-id}", "--force")),
    Row("vmlinux: another build, kdump", "{kdump} {other-vmlinux} --pfn 1",
        (MISMATCH,),
        ("{other-vmlinux}", "{build-id}", "{other-build-id}", "--force")),
    Row("vmlinux: another build, forced, elf",
        "{elf} {other-vmlinux} --force --pfn 0-0x1000", (MISMATCH,),
        ("another kernel", "VMCOREINFO")),
    Row("vmlinux: another build, forced, kdump",
        "{kdump} {other-vmlinux} --force --pfn 0-0x1000", (MISMATCH,),
        ("another kernel", "VMCOREINFO")),
    Row("vmlinux: no DWARF, no BTF", "{kdump} {no-types} --pfn 1", (FAILURE,),
        ("{no-types}", "debug information")),
)

PAGE_ROWS = tuple(
    Row(f"page: {name}, {dump}", f"{{{dump}}} {{vmlinux}} --pfn {pfn:#x}",
        (COMPLETE,), (f"PFN {pfn:#x}", "looked for in the page tables",
                      *words))
    for dump in ("elf", "kdump")
    for name, pfn, words in (
        ("in the PC's hole", HOLE_PFN, ("reserved",)),
        ("above RAM", ABOVE_RAM_PFN, ("no struct page", "not memory")),
        ("past the end", PAST_THE_END_PFN, ("no struct page", "not memory")),
    ))

USAGE_ROWS = tuple(
    Row(f"usage: {name}", command, (exit_code,), words)
    for name, command, exit_code, words in (
        ("nothing", "", USAGE, ("--help",)),
        ("no files", "--pfn 1", USAGE, ("no dump",)),
        ("no pages", "{kdump} {vmlinux}", USAGE, ("--pfn",)),
        ("no dump", "{vmlinux} --pfn 1", USAGE, ("{vmlinux}", "not a dump")),
        ("two dumps", "{kdump} {elf} --pfn 1", USAGE,
         ("{kdump}", "{elf}", "both are dumps")),
        ("two kernels", "{vmlinux} {vmlinux} --pfn 1", USAGE,
         ("{vmlinux}", "both are kernels")),
        ("three files", "{kdump} {vmlinux} {vmlinux} --pfn 1", USAGE,
         ("{vmlinux}", "too many")),
        ("no such option", "--no-such-option", USAGE, ("--no-such-option",)),
        ("no such method", "{kdump} {vmlinux} --pfn 1 --method best", USAGE,
         ("best",)),
        ("no such format", "{kdump} {vmlinux} --pfn 1 --format best", USAGE,
         ("best",)),
        ("no such column", "{kdump} {vmlinux} --pfn 1 -o best", USAGE,
         ("best", "--list-columns")),
        ("no number", "{kdump} {vmlinux} --pfn best", USAGE, ("best",)),
        ("a negative number", "{kdump} {vmlinux} --pfn=-1", USAGE, ("-1",)),
        ("more than 64 bits", "{kdump} {vmlinux} --pfn 0x10000000000000000",
         USAGE, ("0x10000000000000000", "64 bits")),
        ("a range backwards", "{kdump} {vmlinux} --pfn 5-1", USAGE, ("5-1",)),
        ("an empty item", "{kdump} {vmlinux} --pfn 1,,2", USAGE, ("empty",)),
        ("a list of words", "{kdump} {vmlinux} --pfn-file {text}", USAGE,
         ("{text}", "line 1")),
        ("an empty list", "{kdump} {vmlinux} --pfn-file {empty}", USAGE,
         ("{empty}",)),
        ("a list missing", "{kdump} {vmlinux} --pfn-file {missing}", FAILURE,
         ("{missing}", "No such file")),
        ("a directory of lists", "{kdump} {vmlinux} --pfn-file {directory}",
         FAILURE, ("{directory}", "directory")),
    ))

ROWS = (*WHOLE_ROWS, *HARMED_ROWS, *ALONE_ROWS, *GIVEN_ROWS, *DUMP_ROWS,
        *VMLINUX_ROWS, *PAGE_ROWS, *USAGE_ROWS)


# --- running and judging a row ---


class Questions:
    """What to ask of each dump, and what its truth says, read once."""

    def __init__(self):
        self._read = {}

    def of(self, dump):
        if dump not in self._read:
            question = compare.Question(
                truth.Truth(dump.with_name("truth")))
            pfns = sorted(question.expected)
            self._read[dump] = question, pfns[::len(pfns) // ASKED_PFNS + 1]
        return self._read[dump]


def _environment(place):
    """The caller's, with the options of the sanitizers added, and no place
    to keep layouts: each row is to read them from its own files."""
    suppressions = place / "suppressions"
    suppressions.write_text(SUPPRESSIONS)
    options = {
        "ASAN_OPTIONS": f"exitcode={SANITIZER_EXIT}",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "LSAN_OPTIONS": f"suppressions={suppressions}:print_suppressions=0",
    }
    return os.environ | {"HOME": "", "XDG_CACHE_HOME": ""} | {
        name: ":".join(filter(None, (os.environ.get(name), added)))
        for name, added in options.items()}


def _message_faults(row, words, done):
    said = done.stdout + done.stderr
    if not done.stderr.strip() and done.returncode not in ANSWERED:
        yield "no message"
    for word in NEVER_SAID:
        if word in said:
            yield f"says {word!r}"
    for repeated in sorted(set(SAID_TWICE.findall(said))):
        yield f"says twice {repeated!r}"
    # An answer need not name the file that a failure has to name.
    if row.asked and done.returncode in ANSWERED:
        return
    for word in words:
        if word not in said:
            yield f"does not say {word!r}"


def _answer_faults(question, pfns, exit_code, lines):
    """Pages are those asked for, and right or silent."""
    try:
        pages = list(answers.lines(lines))
    except (answers.NotOfSchema, json.JSONDecodeError) as error:
        yield f"not JSON of its schema: {error}"
        return
    answered = [int(page["pfn"], 16) for page in pages]
    if answered != (pfns if exit_code in ANSWERED else pfns[:len(pages)]):
        yield "the PFNs answered are not those asked for"
        return
    if exit_code == WITH_GAPS and all(page["complete"] for page in pages):
        yield f"exit code {exit_code}, but the pages are complete"
    for pfn, page in zip(pfns, pages):
        for fault in compare._judge_page(question, pfn, page,
                                         exit_code != COMPLETE):
            yield fault.text


def _faults(row, question, pfns, words, done):
    if done.returncode not in row.exits:
        yield f"exit code {done.returncode}, not " + " or ".join(
            map(str, row.exits))
    yield from _message_faults(row, words, done)
    if row.asked:
        yield from _answer_faults(question, pfns, done.returncode,
                                  done.stdout.splitlines())


def _run(row, tool, inputs, questions, environment):
    """The faults of one row, and what was run, in a few words."""
    command = [tool, *inputs.fill_in(row.command.split())]
    question, pfns = None, ()
    if row.asked:
        question, pfns = questions.of(inputs[row.asked])
    try:
        done = subprocess.run(
            command, input="".join(f"{pfn:#x}\n" for pfn in pfns),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", timeout=DEADLINE, check=False, env=environment)
    except subprocess.TimeoutExpired:
        return [f"still running after {DEADLINE} s"]
    faults = list(_faults(row, question, pfns, inputs.fill_in(row.words),
                          done))
    if faults:
        faults += [f"| {line}" for line in
                   done.stderr.splitlines()[:SHOWN_FAULTS]]
    return faults


def _show(name, faults):
    print(f"{name}: " + (f"FAILED: {faults[0]}" if faults else "ok"))
    for fault in faults[1:SHOWN_FAULTS]:
        print(f"  {fault}")
    if len(faults) > SHOWN_FAULTS:
        print(f"  and {len(faults) - SHOWN_FAULTS} lines more")


def _outcome(row, *how):
    try:
        faults = _run(row, *how)
    except Unavailable as error:
        print(f"{row.name}: skipped: {error}")
        return SKIPPED
    except LabError as error:
        faults = [str(error)]
    _show(row.name, faults)
    return FAILED if faults else PASSED


def _outcomes(rows, tool, inputs, environment):
    if not any(inputs.has(dump) for dump in DUMPS):
        print("no dump can be had")
        return [SKIPPED] * len(rows)
    questions = Questions()
    outcomes = []
    for row in rows:
        outcomes.append(_outcome(row, tool, inputs, questions, environment))
        sys.stdout.flush()
        inputs.remove_made()
    return outcomes


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0],
        epilog="Exit codes: 0 nothing failed, 1 something did, 77 there is "
               "no dump to try it on.")
    parser.add_argument("--tool", required=True)
    parser.add_argument("--kernel", default="6.1", metavar="SERIES")
    parser.add_argument("--other", default="7.x", metavar="SERIES",
                        help="the kernel whose vmlinux does not fit")
    parser.add_argument("--rows", default="", metavar="REGEX",
                        help="only rows whose names match")
    return parser.parse_args()


def main():
    arguments = _arguments()
    rows = [row for row in ROWS if re.search(arguments.rows, row.name)]
    cache.root().mkdir(parents=True, exist_ok=True)
    # Beside the dumps: a file system with room, where copies may be free.
    with tempfile.TemporaryDirectory(prefix=".bad-input.",
                                     dir=cache.root()) as name:
        place = pathlib.Path(name)
        inputs = Inputs(arguments.kernel, arguments.other, place)
        outcomes = _outcomes(rows, arguments.tool, inputs,
                             _environment(place))
    counts = [outcomes.count(outcome) for outcome in OUTCOMES]
    print(", ".join(f"{count} {outcome}"
                    for count, outcome in zip(counts, OUTCOMES)))
    passed, failed, _ = counts
    if failed:
        return 1
    return 0 if passed else Unavailable.exit_code


if __name__ == "__main__":
    sys.exit(main())
