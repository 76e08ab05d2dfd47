#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line tool, linked with fake_lib.c, seen from outside.

RMAP_INSPECT_FAKE names the tool. The canned answers are in fake_lib.c; a PFN
not named there is an anonymous page with one mapping.
"""

import contextlib
import csv
import fcntl
import hashlib
import json
import os
import pathlib
import pty
import re
import resource
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "fixtures"))

from lablib import answers  # noqa: E402

TOOL = os.environ.get("RMAP_INSPECT_FAKE")

MANUAL = ROOT / "doc/rmap-inspect.8"
COMPLETION = ROOT / "completion/rmap-inspect.bash"

COMPLETE, FAILED, USAGE, GAPS, MISMATCH = range(5)

# For answers without words that the library always has: the tool prints null.
without_schema = mock.patch("lablib.answers.faults", new=lambda _value: [])


def elf(e_type, data=1):
    order = "<" if data == 1 else ">"
    head = b"\x7fELF" + bytes([2, data, 1]) + bytes(9)
    return (head + struct.pack(order + "HH", e_type, 62)).ljust(64, b"\0")


def part(number):
    header = (b"KDUMP   " + struct.pack("<I", 6)).ljust(428, b"\0")
    return ((header + struct.pack("<I", 4096)).ljust(4096 + 12, b"\0") +
            struct.pack("<IQQ", 1, number, number + 1))


FILES = {
    "core": elf(4),
    "core2": elf(4),
    "core.be": elf(4, data=2),
    "kdump": b"KDUMP   " + bytes(100),
    "part0": part(0),
    "part1": part(1),
    "part2": part(2),
    "flattened": b"makedumpfile\0\0\0\0" + bytes(100),
    "vmlinux": elf(2),
    "vmlinux2": elf(3),
    "module.ko": elf(1),
    "unknown": b"\x01\x02\x03\x00" * 300,
    "empty": b"",
    "text": b"just\twords\n",
    "gzip": b"\x1f\x8b\x08\x00" + bytes(60),
    "vmlinuz": bytes(0x202) + b"HdrS" + bytes(100),
    "saved": b"LibvirtQemudSave" + bytes(100),
    "cut-elf": b"\x7fELF\x02\x01\x01",
}


def setUpModule():
    if not TOOL:
        raise unittest.SkipTest("RMAP_INSPECT_FAKE does not name the tool")


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        for name, content in FILES.items():
            with open(os.path.join(cls.tmp.name, name), "wb") as file:
                file.write(content)
        os.mkdir(os.path.join(cls.tmp.name, "dir"))
        os.mkfifo(os.path.join(cls.tmp.name, "fifo"))

    def env(self, locale="C.UTF-8", fake=""):
        return dict(os.environ, LC_ALL=locale, FAKE_RMI=fake, TERM="xterm")

    def run_tool(self, *args, stdin="", locale="C.UTF-8", fake=""):
        """(exit code, stdout, stderr), the streams as bytes."""
        done = subprocess.run(
            [TOOL, *args], input=stdin.encode(), capture_output=True,
            cwd=self.tmp.name, env=self.env(locale, fake), timeout=60,
            check=False)
        return done.returncode, done.stdout, done.stderr

    def expect(self, args, code, out="", err="", **how):
        got = self.run_tool(*args, **how)
        self.assertEqual(got, (code, out.encode(), err.encode()))

    def expect_error(self, args, code, message, **how):
        self.expect(args, code, "", f"rmap-inspect: {message}\n", **how)

    def interrupt(self, *args, fake="slow", number=signal.SIGINT):
        """(exit code, stdout, stderr) when a signal comes in the middle."""
        with subprocess.Popen(
                [TOOL, *args, "-v"], cwd=self.tmp.name,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
                env=self.env(fake=fake)) as process:
            while b"downloading" not in process.stderr.readline():
                pass
            process.send_signal(number)
            out, err = process.communicate(timeout=20)
        return process.returncode, out.decode(), err.decode()

    def query(self, pfns, *args, **how):
        """(exit code, the document) of --format=json."""
        code, out, _ = self.run_tool("core", "--pfn", pfns, "--format=json",
                                     *args, **how)
        return code, answers.document(out)


ANON = """\
PFN 0xafab  phys 0xafab000  page 0xfffff677002beac0  anonymous, 4 KiB
  flags   uptodate lru active swapbacked      node 0, zone DMA32
  counts  refcount 3 = 3 mappings             mapcount 3
  verdict reclaim: yes; migration: yes
  chain   page.mapping → anon_vma 0xffff8b1503c0a270 (root, 3 VMAs), index 0x7f1c6ff15
  3 mappings, each confirmed in the page tables
    PID  COMMAND  ADDRESS         PERM  VMA                            STATE
     97  treeA0   0x7f1c6ff15000  rw-p  0x7f1c6ff15000-0x7f1c6ff35000  mapped, read-only (copy on write)
     98  treeA1   0x7f1c6ff15000  rw-p  0x7f1c6ff15000-0x7f1c6ff35000  mapped, read-only (copy on write)
   1099  treeA2   0x7f1c6ff15000  rw-p  0x7f1c6ff15000-0x7f1c6ff35000  mapped, read-only (copy on write)
"""

FILE = """\
PFN 0x100  phys 0x100000  page 0xfffff677002beac0  file, 4 KiB
  flags   uptodate lru active swapbacked      node 0, zone DMA32
  counts  refcount 3 = 2 mappings + 1 page cache  mapcount 2
  verdict reclaim: yes, once it is written back; migration: cannot be told
  file    /usr/lib/libc.so.6 (08:01 inode 12), offset 0x12000
  memcg   /system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope, container 0123456789ab
  chain   page.mapping → address_space 0xffff8b1504000178, index 0x12
          address_space.i_mmap → interval tree (2 of 5 VMAs overlap)
  2 mappings, each confirmed in the page tables
    PID  COMMAND  ADDRESS         PERM  VMA                            STATE
     97  treeA0   0x7f0000012000  r-xp  0x7f0000000000-0x7f0000020000  mapped
     98  treeA1   0x7f0000012000  r-xp  0x7f0000000000-0x7f0000020000  mapped
"""

WITH_GAPS = """\
PFN 0x200  phys 0x200000  page 0xfffff677002beac0  anonymous, 4 KiB
  flags   uptodate lru active swapbacked      node 0, zone DMA32
  counts  refcount 3                          mapcount 3
  chain   page.mapping → anon_vma 0xffff8b1503c0a270 (root, 3 VMAs)
  gap     anon_vma_chain: rb node 0xffff88800512ba80: page excluded from the dump
  gap     something: not known why
  3 mappings found, each confirmed in the page tables; there may be more
    PID  ADDRESS
     97  0x7f1c6ff15000
     98  0x7f1c6ff15000
   1099  0x7f1c6ff15000
"""

NONE_FOUND = """\
PFN 0x201  phys 0x201000  page 0xfffff677002beac0  anonymous, 4 KiB
  flags   -                                   node 0, zone DMA32
  counts  refcount 1                          mapcount 0
  gap     anon_vma_chain: rb node 0xffff88800512ba80: page excluded from the dump
  gap     something: not known why
  no user mapping found, but not everything was seen
"""

HOLE = """\
PFN 0x300  phys 0x300000  no struct page  kind not known
  gap     struct page: no memory section at PFN 0x300
  no user mapping found, but not everything was seen
"""

SLAB = r"""PFN 0x301  phys 0x301000  page 0xfffff677002beac0  slab, 4 KiB
  flags   -                                   node 0, zone DMA32
  counts  refcount 1                          mapcount 0
  detail  cache task_\x1bstruct, kmem_cache 0xffff8b1501000000, size 64
  verdict reclaim: no, unmovable kind: slab; migration: no, unmovable kind: slab
  no user mapping
"""

UNTOLD = """\
PFN 0x302  phys 0x302000  page 0xfffff6770000c080  kind not known
  flags   -
  no user mapping found, but not everything was seen
"""

HOSTILE = r"""PFN 0x400  phys 0x400000  page 0xfffff677002beac0  shared memory, 4 KiB
  flags   uptodate lru active swapbacked      node 0, zone DMA32
  counts  refcount 2 = 1 mapping + 1 unexplained  mapcount 1
  verdict reclaim: no, mlocked by PID 1 (\x1b[31mred), on the unevictable list; migration: yes
  file    /tmp/\x1b]0;title\x07/🐧 (00:19 inode 2), offset 0x0, dirty
          mapped in 2 VMAs of 8 processes, 1 of them without this page
  memcg   /lxc.payload.\x1b[1m (dying), container \x1b[1m
  1 mapping, confirmed in the page tables
    PID  COMMAND
      1  \x1b[31mred
      2  bad\xff\xc0\xafz
      3  naïve
      4  q"b\x1b\x0a\x09\x0d\x08\x0c\x7f
      5  \xed\xa0\x80\xc2\x9b
      6  
      7  -
      8  cut\xe2\x82
"""

UNMAPPED = """\
PFN 0x401  phys 0x401000  page 0xfffff677002beac0  file, 4 KiB
  flags   -                                   node 0, zone DMA32
  counts  refcount 1                          mapcount 0
  file    /disk/data (08:11 inode 13), offset 0x0, dirty, writeback
          mapped in 3 VMAs of 2 processes, this page by none
  no user mapping
"""

NAMELESS = r"""PFN 0x402  phys 0x402000  page 0xfffff677002beac0  file, 4 KiB
  flags   -                                   node 0, zone DMA32
  counts  refcount 1                          mapcount 0
  file    inode 18446744073709551608 of ext\x1b4 on 08:11 (no name in memory), offset 0x8000
          mapped by no process
  no user mapping
"""

NOT_COUNTED = """\
PFN 0x403  phys 0x403000  page 0xfffff677002beac0  file, 4 KiB
  flags   -                                   node 0, zone DMA32
  counts  refcount 1                          mapcount 0
  file    /disk/data (08:11 inode 13), offset 0x0
  no user mapping found, but not everything was seen
"""

NAME_ALONE = r"""PFN 0x404  phys 0x404000  page 0xfffff677002beac0  file, 4 KiB
  flags   -                                   node 0, zone DMA32
  counts  refcount 1                          mapcount 0
  file    /disk/\x1b
  no user mapping found, but not everything was seen
"""

SHARED_MM = """\
PFN 0x500  phys 0x500000  page 0xfffff677002beac0  merged by KSM, 4 KiB
  flags   uptodate lru active swapbacked      node 0, zone DMA32
  counts  refcount 2                          mapcount 2
  2 mappings and 1 entry that maps nothing now, each confirmed in the page tables
      PID  COMMAND             ADDRESS  PERM  VMA              STATE
      200  parent              0x11000  rw-p  0x10000-0x20000  mapped
  4194304  clone_vm            0x11000  rw-p  0x10000-0x20000  mapped
        -  (no process found)  0x11000  -     0x10000-0x20000  mapped
       97  treeA0              0x12000  -     -                migrating
"""

HUGE_TAIL = """\
PFN 0x805  phys 0x805000  page 0xfffff677002beac0  anonymous, 2 MiB, its head is PFN 0x800
  flags   uptodate lru active swapbacked      node 0, zone DMA32
  counts  refcount 1                          mapcount 1
  1 mapping, confirmed in the page tables
    PID  MM                  VM_AREA             VM_FLAGS  PFN    LEVEL  PTE                 PATH
     97  0xffff8b1501000000  0xffff8b1502000000  0x100073  0x805  pte    0x800000000afab025  -
"""

DAMAGED = """\
PFN 0x900  phys 0x900000  page 0xfffff677002beac0  anonymous
  flags   -                                   node 0, zone DMA32
  counts  refcount -1                         mapcount -128
  no user mapping
"""

FIRST_PAGE = """\
PFN 0x0  phys 0x0  page 0xfffff67700000000  reserved, 4 KiB
  flags   -                                   node 0, zone DMA
  counts  refcount 1                          mapcount 0
  no user mapping
"""

DIFFERENT = """\
PFN 0x600  phys 0x600000  page 0xfffff677002beac0  anonymous, 4 KiB
  flags   uptodate lru active swapbacked      node 0, zone DMA32
  counts  refcount 1                          mapcount 1
  1 mapping, confirmed in the page tables
    PID  ADDRESS
     97  0x7f1c6ff15000
  2 differences between rmap and scan
  ONLY-IN    PID  ADDRESS
  scan        98  0x7f1c6ff15000
  rmap      1099  0x7f1c6ff15000
"""

SESSION_GAP = """
in every answer
  gap     task list: task 0xffff88800512ba80: cut short
"""


EXPLAINED = """\
  explain PFN 0xafab is the frame at physical address 0xafab000; its struct page is 0xfffff677002beac0
            crash  kmem -p afab000
            drgn   page = pfn_to_page(0xafab)
          its mapping word 0xffff8b1503c0a271 has bit 0 set: anonymous; without it, it is the anon_vma 0xffff8b1503c0a270
            crash  struct anon_vma ffff8b1503c0a270
            drgn   anon_vma = Object(prog, "struct anon_vma *", 0xffff8b1503c0a270)
          its tree holds an anon_vma_chain for each VMA that may have the page, at the address that index 0x7f1c6ff15 gives there
            crash  tree -t rbtree -r anon_vma.rb_root -o anon_vma_chain.rb -s anon_vma_chain.vma ffff8b1503c0a270
            drgn   [avc.vma for avc in rbtree_inorder_for_each_entry("struct anon_vma_chain", anon_vma.rb_root.rb_root.address_of_(), "rb")]
          at 0x7f1c6ff15000, the page table of PID 97 (treeA0) has the pte 0x800000000afab025: it decides, here and for 2 more
            crash  vtop -c 97 7f1c6ff15000
            drgn   follow_page(Object(prog, "struct mm_struct *", 0xffff8b1501000000), 0x7f1c6ff15000)
          its refcount 3 is what its holders come to, so that nobody else keeps it
            crash  struct page._refcount,_mapcount fffff677002beac0
            drgn   page._refcount, page._mapcount, decode_page_flags(page)
"""

EXPLAINED_SLAB = """\
  explain PFN 0x301 is the frame at physical address 0x301000; its struct page is 0xfffff677002beac0
            crash  kmem -p 301000
            drgn   page = pfn_to_page(0x301)
          its flags and type say: slab; the kernel uses it for itself, and keeps no way back to a mapping
            crash  kmem 301000
            drgn   identify_address(page_to_virt(page))
"""

EXPLAINED_HOLE = """\
  explain at the places that the lines "gap" name the way ended, so that the answer may not be whole
"""

# A few words of each step to these pages.
EXPLAINED_STEPS = {
    "0x100": ["PFN 0x100", "bit 0 clear", "i_mmap holds", "PID 97 (treeA0)",
              "its refcount 3"],
    "0x200": ["PFN 0x200", "bit 0 set", "an anon_vma_chain",
              "PID 97 (treeA0)", 'the lines "gap"'],
    "0x400": ["PFN 0x400", r"PID 1 (\x1b[31mred)",
              "1 more than its holders"],
    "0x500": ["PFN 0x500", "merged by KSM", "an item for each page",
              "PID 200 (parent)"],
    "0x805": ["PFN 0x805", "its head, PFN 0x800,", "PID 97 (treeA0)"],
    "0": ["PFN 0x0", "PG_reserved"],
}


class Text(Case):
    """Byte for byte, in both locales."""

    def expect_text(self, args, code, text, **how):
        self.expect(["core", *args], code, text, **how)
        # What the C locale cannot print is escaped or has a stand-in.
        plain = text.replace("→", "->")
        for char in "ï🐧":
            escaped = "".join(f"\\x{byte:02x}" for byte in char.encode())
            plain = plain.replace(char, escaped)
        self.expect(["core", *args], code, plain, locale="C", **how)

    def test_anonymous(self):
        self.expect_text(["--pfn", "0xafab"], COMPLETE, ANON)

    def test_file(self):
        self.expect_text(["--pfn=0x100"], COMPLETE, FILE)

    def test_file_that_nobody_maps(self):
        self.expect_text(["--pfn=0x401"], COMPLETE, UNMAPPED)

    def test_file_without_a_name(self):
        self.expect_text(["--pfn=0x402"], COMPLETE, NAMELESS)

    def test_file_that_is_not_whole(self):
        self.expect_text(["--pfn=0x403"], GAPS, NOT_COUNTED)
        self.expect_text(["--pfn=0x404"], GAPS, NAME_ALONE)

    def test_gaps(self):
        self.expect_text(["--pfn=0x200", "-o", "PID,ADDRESS"], GAPS,
                         WITH_GAPS)

    def test_none_found(self):
        self.expect_text(["--pfn=0x201"], GAPS, NONE_FOUND)

    def test_hole(self):
        self.expect_text(["--pfn=0x300"], GAPS, HOLE)

    def test_slab(self):
        self.expect_text(["--pfn=0x301"], COMPLETE, SLAB)

    def test_untold(self):
        self.expect_text(["--pfn=0x302"], GAPS, UNTOLD)

    def test_hostile_names(self):
        self.expect_text(["--pfn=0x400", "-oPID,COMMAND"], COMPLETE, HOSTILE)

    def test_shared_mm(self):
        self.expect_text(["--pfn=0x500"], COMPLETE, SHARED_MM)

    def test_huge_tail(self):
        columns = "pid,mm,vm_area,vm_flags,pfn,level,pte,path"
        self.expect_text(["--pfn=0x805", "--output", columns], COMPLETE,
                         HUGE_TAIL)

    def test_damaged(self):
        self.expect_text(["--pfn=0x900"], COMPLETE, DAMAGED)

    def test_pfn_zero(self):
        self.expect_text(["--pfn=0"], COMPLETE, FIRST_PAGE)

    def test_methods_differ(self):
        self.expect_text(["--pfn=0x600", "--method=both", "-oPID,ADDRESS"],
                         FAILED, DIFFERENT)

    def test_methods_agree(self):
        self.expect_text(["--pfn=0xafab", "--method=both"], COMPLETE,
                         ANON + "  rmap and scan agree\n")

    def test_several_pages(self):
        self.expect_text(["--pfn=0xafab,0x301"], COMPLETE, f"{ANON}\n{SLAB}")

    def test_session_gap(self):
        self.expect_text(["--pfn=0x301"], GAPS, SLAB + SESSION_GAP,
                         fake="session-gap")

    def test_explained(self):
        for pfn, code, text, why in (
                ("0xafab", COMPLETE, ANON, EXPLAINED),
                ("0x301", COMPLETE, SLAB, EXPLAINED_SLAB),
                ("0x300", GAPS, HOLE, EXPLAINED_HOLE)):
            with self.subTest(pfn):
                self.expect_text(["--pfn", pfn, "--explain"], code,
                                 text + why)

    def test_explained_steps(self):
        for pfn, steps in EXPLAINED_STEPS.items():
            _, out, _ = self.run_tool("core", "--pfn", pfn, "--explain")
            why = out.decode().partition("  explain ")[2]
            got = [line for line in why.splitlines()
                   if not line.startswith(" " * 12)]
            with self.subTest(pfn):
                self.assertEqual(len(got), len(steps))
                for words, line in zip(steps, got):
                    self.assertIn(words, line)

    def test_added_columns(self):
        _, plus, _ = self.run_tool("core", "--pfn=1", "-o", "+PFN,PID")
        header = plus.decode().splitlines()[4].split()
        self.assertEqual(header, ["PID", "COMMAND", "ADDRESS", "PERM", "VMA",
                                  "STATE", "PFN"])

    def test_no_raw_control_characters(self):
        _, out, _ = self.run_tool("core", "--pfn=0x400", "-o+PATH")
        self.assertFalse([byte for byte in out if byte < 32 and byte != 10])

    def test_query_breaks_off(self):
        self.expect(["core", "--pfn=0x301,0xdead,0x301"], FAILED, SLAB,
                    "rmap-inspect: PFN 0xdead: damaged\n")


PAGE_KEYS = ["pfn", "page", "kind", "flags", "refcount", "mapcount", "order",
             "head_pfn", "index", "mapping", "mappings", "complete", "gaps",
             "path", "node", "zone", "chain", "references", "unexplained",
             "details", "memcg", "file", "verdict", "folio", "found_by"]
MAPPING_KEYS = ["mm", "tasks", "vma", "vma_start", "vma_end", "vma_flags",
                "path", "address", "level", "pte", "state", "perm", "pfn",
                "n_pages", "note"]


BRIEF = """\
PFN         KIND        SIZE      REFS   MAPS  WHO                     SEEN      FILE OR CGROUP
0xafab      anon        4 KiB        3      3  97 treeA0 +2            complete  -
0x100       file        4 KiB        3      2  97 treeA0 +1            complete  /usr/lib/libc.so.6
0x200       anon        4 KiB        3      3  97 treeA0 +2            gaps      -
0x300       -           -            -      0  -                       gaps      -
0x500       ksm         4 KiB        2      2  200 parent +1           complete  -
0x805       anon        2 MiB        1      1  97 treeA0               complete  -
0x900       anon        -           -1      0  -                       complete  -
2 of 7 answers have gaps; --format=text says which
"""


class Brief(Case):
    def test_table(self):
        self.expect(["core", "--pfn=0xafab,0x100,0x200,0x300,0x500,0x805,"
                     "0x900", "--format=brief"], GAPS, BRIEF)

    def test_hostile_names(self):
        _, out, _ = self.run_tool("core", "--pfn=0x400", "--format=brief")
        line = out.decode().splitlines()[1]
        self.assertIn("1 \\x1b[31mred +7", line)
        self.assertTrue(line.endswith("  /tmp/\\x1b]0;title\\x07/\U0001f427"))
        _, out, _ = self.run_tool("core", "--pfn=0x400", "--format=brief",
                                  locale="C")
        self.assertTrue(out.isascii())

    def test_methods_differ(self):
        code, out, _ = self.run_tool("core", "--pfn=0x600", "--format=brief",
                                     "--method=both")
        self.assertEqual(code, FAILED)
        self.assertIn(" differ ", out.decode().splitlines()[1])

    def test_gap_in_every_answer(self):
        code, out, _ = self.run_tool("core", "--pfn=1", "--format=brief",
                                     fake="session-gap")
        self.assertEqual(code, GAPS)
        self.assertEqual(out.decode().splitlines()[2],
                         "gap in every answer: task list: task "
                         "0xffff88800512ba80: cut short")


CONTEXT = """\
  PFN         KIND        SIZE      REFS   MAPS  WHO                     SEEN      FILE OR CGROUP
> 0x0         reserved    4 KiB        1      0  -                       complete  -
  0x1         anon        4 KiB        1      1  97 treeA0               complete  -
  0x2         anon        4 KiB        1      1  97 treeA0               complete  -
> 0x3         anon        4 KiB        1      1  97 treeA0               complete  -
  0x4         anon        4 KiB        1      1  97 treeA0               complete  -
  0x5         anon        4 KiB        1      1  97 treeA0               complete  -
"""


class Context(Case):
    def pfns(self, *args):
        code, out, _ = self.run_tool("core", "--format=jsonl", *args)
        self.assertEqual(code, COMPLETE)
        return [(page["pfn"], page["asked"])
                for page in answers.lines(out.splitlines())]

    def test_brief_by_default(self):
        self.expect(["core", "--pfn=3,0", "--context=2"], COMPLETE, CONTEXT)

    def test_overlaps_are_merged(self):
        self.assertEqual(
            self.pfns("--pfn=5,4-6,9", "--page=14", "--context=1"),
            [("0x3", False), ("0x4", True), ("0x5", True), ("0x6", True),
             ("0x7", False), ("0x8", False), ("0x9", True), ("0xa", False),
             ("0x13", False), ("0x14", True), ("0x15", False)])

    def test_no_context(self):
        self.assertEqual(self.pfns("--pfn=7,7", "--context=0"),
                         [("0x7", True)])

    def test_ends_where_pfns_end(self):
        self.assertEqual(
            self.pfns(f"--pfn={2**52 - 2}", "--context=2"),
            [("0xffffffffffffc", False), ("0xffffffffffffd", False),
             ("0xffffffffffffe", True), ("0xfffffffffffff", False)])
        self.assertEqual(self.pfns(f"--pfn={2**64 - 1}", "--context=1"),
                         [("0xfffffffffffffffe", False),
                          ("0xffffffffffffffff", True)])

    def test_text_where_columns_or_text_are_asked_for(self):
        for option in "-oPID", "--format=text":
            _, out, _ = self.run_tool("core", "--pfn=3", "--context=1",
                                      option)
            self.assertEqual(out.decode().count("\nPFN 0x"), 2)

    def test_malformed(self):
        for text in "", "-1", "x", "1-2", "pfn:3", "18446744073709551616":
            with self.subTest(text):
                self.expect_error(
                    ["core", "--pfn=1", f"--context={text}"], USAGE,
                    f"--context '{text}': is not a number of page frames; "
                    "write 16 or 0x10")


class Json(Case):
    def test_document(self):
        code, doc = self.query("0xafab,0x100")
        self.assertEqual(code, COMPLETE)
        self.assertEqual(sorted(doc), ["complete", "gaps", "pages", "schema",
                                       "source"])
        self.assertEqual(doc["schema"], "rmap-inspect/1")
        self.assertIs(doc["complete"], True)
        self.assertEqual(doc["gaps"], [])
        self.assertEqual([page["pfn"] for page in doc["pages"]],
                         ["0xafab", "0x100"])

    def test_source(self):
        _, doc = self.query("1", "vmlinux")
        self.assertEqual(doc["source"], {
            "core": "core", "format": "ELF dump", "architecture": "x86_64",
            "release": "6.1.0-56-cloud-amd64", "build_id": None,
            "vmlinux": "vmlinux", "vmlinux_build_id": None,
            "layouts": "DWARF", "symbols": ".symtab",
            "incomplete": False, "matched": True,
            "kaslr_offset": "0x1e000000", "phys_base": "0x0",
            "vmcoreinfo": {"from": "dump", "address": None},
            "sources": [
                {"name": "cached layout", "served": False,
                 "declined": "none in \x1b[1m"},
                {"name": "the dump itself", "served": True,
                 "declined": None}]})

    def test_page(self):
        _, doc = self.query("0xafab")
        page = doc["pages"][0]
        mappings = page.pop("mappings")
        self.assertEqual(page, {
            "pfn": "0xafab", "page": "0xfffff677002beac0", "kind": "anon",
            "flags": ["uptodate", "lru", "active", "swapbacked"],
            "refcount": 3, "mapcount": 3, "order": 0, "head_pfn": "0xafab",
            "index": "0x7f1c6ff15", "mapping": "0xffff8b1503c0a271",
            "complete": True, "gaps": [], "path": None, "node": 0,
            "zone": "DMA32",
            "chain": [{"from": "page.mapping", "object": "anon_vma",
                       "address": "0xffff8b1503c0a270",
                       "detail": "root, 3 VMAs"}],
            "references": [{"holder": "mappings", "count": 3}],
            "unexplained": 0, "details": {}, "memcg": None,
            "verdict": {"reclaim": {"answer": "yes", "reasons": []},
                        "migrate": {"answer": "yes", "reasons": []}},
            "file": None, "folio": False, "found_by": "rmap"})
        self.assertEqual(len(mappings), 3)
        self.assertEqual(mappings[2], {
            "mm": "0xffff8b1501002000",
            "tasks": [{"pid": 1099, "comm": "treeA2"}],
            "vma": "0xffff8b1502000200", "vma_start": "0x7f1c6ff15000",
            "vma_end": "0x7f1c6ff35000", "vma_flags": "0x100073",
            "path": None, "address": "0x7f1c6ff15000", "level": "pte",
            "pte": "0x800000000afab025", "state": "mapped", "perm": "rw-p",
            "pfn": "0xafab", "n_pages": 1,
            "note": "read-only (copy on write)"})

    def test_details(self):
        _, doc = self.query("0x301")
        self.assertEqual(doc["pages"][0]["details"], {
            "cache": "task_\x1bstruct", "kmem_cache": "0xffff8b1501000000",
            "size": 64})

    def test_file(self):
        _, doc = self.query("0x400")
        self.assertEqual(doc["pages"][0]["file"], {
            "path": "/tmp/\x1b]0;title\x07/🐧", "filesystem": "tmpfs",
            "device": "00:19", "inode": 2, "size": 0, "offset": 0,
            "deleted": True, "dirty": True, "writeback": False,
            "mapped_by": {"vmas": 2, "processes": 8},
            "candidates": [{
                "mm": "0xffff8b1501001000",
                "tasks": [{"pid": 97, "comm": "treeA0"}],
                "vma": "0xffff8b1502000900", "vma_start": "0x1000",
                "vma_end": "0x2000", "address": "0x1000"}]})

    def test_file_not_known(self):
        _, doc = self.query("0x402,0x403")
        nameless, damaged = (page["file"] for page in doc["pages"])
        self.assertEqual((nameless["path"], damaged["mapped_by"]),
                         (None, None))
        self.assertEqual(nameless["offset"], 0x8000)
        self.assertEqual(nameless["inode"], 2 ** 64 - 8)

    def test_memcg(self):
        _, doc = self.query("0x400")
        self.assertEqual(doc["pages"][0]["memcg"], {
            "address": "0xffff8b1505001000", "path": "/lxc.payload.\x1b[1m",
            "state": "dying", "inode": 4412, "container": "\x1b[1m"})

    def test_verdict(self):
        _, doc = self.query("0x400")
        self.assertEqual(doc["pages"][0]["verdict"], {
            "reclaim": {"answer": "no",
                        "reasons": ["mlocked by PID 1 (\x1b[31mred)",
                                    "on the unevictable list"]},
            "migrate": {"answer": "yes", "reasons": []}})

    @without_schema
    def test_keys_are_the_contract(self):
        _, doc = self.query("0xafab,0x100,0x200,0x300,0x400,0x500,0x805")
        for page in doc["pages"]:
            self.assertEqual(list(page), PAGE_KEYS)
            for mapping in page["mappings"]:
                self.assertEqual(list(mapping), MAPPING_KEYS)

    @without_schema
    def test_unknown_is_null(self):
        code, doc = self.query("0x300")
        self.assertEqual(code, GAPS)
        self.assertEqual(doc["pages"][0], {
            "pfn": "0x300", "page": None, "kind": None, "flags": [],
            "refcount": None, "mapcount": None, "order": None,
            "head_pfn": None, "index": None, "mapping": None, "mappings": [],
            "complete": False, "path": None, "node": None, "zone": None,
            "chain": [], "references": None, "unexplained": None,
            "details": {}, "memcg": None, "verdict": None,
            "file": None, "folio": False, "found_by": None,
            "gaps": [{"what": "struct page", "where": None,
                      "why": "no memory section at PFN 0x300"}]})
        self.assertIs(doc["complete"], False)

    def test_unknown_vma_is_null(self):
        _, doc = self.query("0x500")
        mapping = doc["pages"][0]["mappings"][2]
        for key in "vma", "vma_start", "vma_end", "vma_flags", "perm":
            self.assertIsNone(mapping[key], key)

    def test_pfn_zero_is_known(self):
        _, doc = self.query("0")
        self.assertEqual(doc["pages"][0]["head_pfn"], "0x0")

    def test_tasks_of_one_mm(self):
        _, doc = self.query("0x500")
        tasks = [mapping["tasks"] for mapping in doc["pages"][0]["mappings"]]
        self.assertEqual(tasks[0], [{"pid": 200, "comm": "parent"},
                                    {"pid": 4194304, "comm": "clone_vm"}])
        self.assertEqual(tasks[1], [])

    def test_hostile_names(self):
        for locale in "C", "C.UTF-8":
            _, doc = self.query("0x400", locale=locale)
            mapping = doc["pages"][0]["mappings"][0]
            self.assertEqual([task["comm"] for task in mapping["tasks"]], [
                "\x1b[31mred", r"bad\xff\xc0\xafz", "naïve",
                "q\"b\\x1b\n\t\r\b\f\x7f", "\\xed\\xa0\\x80\x9b", "", None,
                r"cut\xe2\x82"])
            self.assertEqual(mapping["path"], "/tmp/\x1b]0;title\x07/🐧")

    def test_differences(self):
        code, doc = self.query("0x600", "--method=both")
        differences = doc["pages"][0]["differences"]
        self.assertEqual(code, FAILED)
        self.assertEqual([d["only_in"] for d in differences],
                         ["scan", "rmap"])
        self.assertEqual(list(differences[0]["mapping"]), MAPPING_KEYS)

    def test_differences_only_with_both(self):
        for method in "rmap", "scan":
            code, doc = self.query("0x600", f"--method={method}")
            self.assertEqual(code, COMPLETE)
            self.assertNotIn("differences", doc["pages"][0])

    def test_session_gap(self):
        code, doc = self.query("1", fake="session-gap")
        self.assertEqual(code, GAPS)
        self.assertIs(doc["complete"], False)
        self.assertEqual(doc["gaps"], [
            {"what": "task list", "where": "task 0xffff88800512ba80",
             "why": "cut short"}])

    def test_query_breaks_off(self):
        """The document is whole and says that it is not complete."""
        code, doc = self.query("1,0xdead,2")
        self.assertEqual(code, FAILED)
        self.assertEqual(len(doc["pages"]), 1)
        self.assertIs(doc["complete"], False)
        self.assertEqual(doc["gaps"], [
            {"what": "query", "where": None, "why": "PFN 0xdead: damaged"}])

    def test_no_page_at_all(self):
        _, doc = self.query("0xdead")
        self.assertEqual(doc["pages"], [])

    def test_lines(self):
        code, out, err = self.run_tool("core", "--pfn=1-3,0x400",
                                       "--format=jsonl")
        pages = list(answers.lines(out.splitlines()))
        self.assertEqual((code, err), (COMPLETE, b""))
        self.assertEqual([page["pfn"] for page in pages],
                         ["0x1", "0x2", "0x3", "0x400"])
        self.assertEqual(list(pages[0]), PAGE_KEYS)

    def test_lines_session_gap_is_not_hushed(self):
        code, _, err = self.run_tool("core", "--pfn=1", "--format=jsonl",
                                     "--quiet", fake="session-gap")
        self.assertEqual(code, GAPS)
        self.assertEqual(err, b"rmap-inspect: gap in every answer: task list"
                              b": task 0xffff88800512ba80: cut short\n")


NOT_A_NUMBER = "is not a page frame number; write 6699, 0x1a2b or pfn:1a2b"
EMPTY_ITEM = ("is an empty item; write a number or a range on each side of a "
              "comma")
OPEN_RANGE = "is a range without both ends; write FIRST-LAST"
BACKWARD = ("is a range that ends before it begins; write the lower end "
            "first")
TOO_LARGE = "does not fit into 64 bits; page frame numbers are smaller"

MALFORMED = [
    # as typed, the offending part, why
    ("", "", EMPTY_ITEM),
    (",", "", EMPTY_ITEM),
    ("1,,2", "", EMPTY_ITEM),
    ("1,", "", EMPTY_ITEM),
    ("1,2x,3", "2x", NOT_A_NUMBER),
    ("1a2b", "1a2b", NOT_A_NUMBER),
    ("0x", "0x", NOT_A_NUMBER),
    ("pfn:", "pfn:", NOT_A_NUMBER),
    ("pfn:0x", "pfn:0x", NOT_A_NUMBER),
    ("0xpfn:1", "0xpfn:1", NOT_A_NUMBER),
    ("0x1g", "0x1g", NOT_A_NUMBER),
    (" 1", " 1", NOT_A_NUMBER),
    ("1 2", "1 2", NOT_A_NUMBER),
    ("+1", "+1", NOT_A_NUMBER),
    ("all", "all", NOT_A_NUMBER),
    ("1..3", "1..3", NOT_A_NUMBER),
    ("-5", "-5", OPEN_RANGE),
    ("5-", "5-", OPEN_RANGE),
    ("-", "-", OPEN_RANGE),
    ("1-2-3", "2-3", NOT_A_NUMBER),
    ("pfn:1a-1f", "1f", NOT_A_NUMBER),
    ("9-3", "9-3", BACKWARD),
    ("1,0x11-0x10", "0x11-0x10", BACKWARD),
    ("18446744073709551616", "18446744073709551616", TOO_LARGE),
    ("0x10000000000000000", "0x10000000000000000", TOO_LARGE),
    ("99999999999999999999999", "99999999999999999999999", TOO_LARGE),
]

WELL_FORMED = [
    ("7", ["0x7"]),
    ("010", ["0xa"]),
    ("0X1A", ["0x1a"]),
    ("pfn:1a2b", ["0x1a2b"]),
    ("pfn:0x1a2b", ["0x1a2b"]),
    ("PFN:1A", ["0x1a"]),
    ("3-5", ["0x3", "0x4", "0x5"]),
    ("5-5", ["0x5"]),
    ("0xfe-256", ["0xfe", "0xff", "0x100"]),
    ("pfn:1e-pfn:1f", ["0x1e", "0x1f"]),
    ("9,1-2,9", ["0x9", "0x1", "0x2", "0x9"]),
    ("18446744073709551615", ["0xffffffffffffffff"]),
]


INFO = r"""dump      core: ELF dump, compression zstd
pages     24140 present, 155793 excluded, 4 KiB each
kernel    6.1.0-56-cloud-amd64, x86_64
build-id  not known
KASLR     0x1e000000
located   by VMCOREINFO in the dump
crashed   2026-11-22 18:06:55 UTC
sources   cached layout: none in \x1b[1m
          the dump itself: serves (layouts from DWARF, symbols from .symtab)
"""

LAYOUT = """\
KIND        NAME                 OFFSET  SIZE  COUNT               VALUE  PATH           SOURCE
struct      page                      -    64      -                   -  page           BTF
member      page.compound_info        8     8      -                   -  compound_head  BTF
member      page.compound_order       -     -      -                   -  (has none)     BTF
enumerator  PG_head                   -     -      -                   6  PG_head        BTF
symbol      init_task                 -     -      -  0xffffffff9f00f940  init_task      kallsyms in the dump
"""


class About(Case):
    def test_info(self):
        self.expect(["core", "--info"], COMPLETE, INFO)

    def test_where_the_kernel_was_found(self):
        _, out, _ = self.run_tool("core", "--info", fake="found")
        self.assertIn("\nlocated   by VMCOREINFO found in memory from a CPU's "
                      "registers, at 0x3e8c0000\n", out.decode())
        _, out, _ = self.run_tool("core", "--info", "--format=json",
                                  fake="found")
        self.assertEqual(answers.document(out)["source"]["vmcoreinfo"],
                         {"from": "cpu", "address": "0x3e8c0000"})

    def test_host_only_with_verbose(self):
        _, out, _ = self.run_tool("core", "--info", "--verbose")
        self.assertIn(rb"host      db\x1b[31m1", out)
        for args, host in ([], None), (["-v"], "db\x1b[31m1"):
            _, out, _ = self.run_tool("core", "--info", "--format=json", *args)
            self.assertEqual(answers.document(out)["info"]["host"], host)

    def test_nothing_known(self):
        _, out, _ = self.run_tool("core", "--info", fake="know-nothing")
        self.assertIn("compression not known\npages     4 KiB each\n",
                      out.decode())
        self.assertIn("crashed   not known\n", out.decode())
        _, out, _ = self.run_tool("core", "--info", "--format=json",
                                  fake="know-nothing")
        self.assertEqual(answers.document(out)["info"], dict.fromkeys(
            ["compression", "pages_present", "pages_excluded", "crash_time",
             "host", "problem"]))

    def test_absurd_time(self):
        _, out, _ = self.run_tool("core", "--info", fake="any-time")
        self.assertIn("crashed   not known\n", out.decode())

    def test_forced(self):
        """Told, and warned about, whatever is asked."""
        code, out, err = self.run_tool("core", "vmlinux", "--info", "--force",
                                       fake="mismatch")
        self.assertEqual(code, COMPLETE)
        self.assertIn("\nvmlinux   vmlinux\n", out.decode())
        self.assertIn(b"warning: vmlinux: of another kernel", err)

    def test_info_without_answers(self):
        """It is told what the dump is, and why no page can be asked about."""
        rows = [("no-debuginfo", GAPS, "none of these sources serves; give "),
                ("mismatch", MISMATCH, "build-id of the dump is aa, ")]
        for fake, wanted, problem in rows:
            with self.subTest(fake):
                code, out, err = self.run_tool("core", "--info", fake=fake)
                self.assertEqual((code, err), (wanted, b""))
                self.assertTrue(out.decode().startswith("dump      core: "))
                self.assertIn(f"\nproblem   {problem}", out.decode())
                code, out, _ = self.run_tool("core", "--info",
                                             "--format=json", fake=fake)
                self.assertEqual(code, wanted)
                self.assertIn(problem, answers.document(out)["info"]["problem"])

    def test_info_of_no_dump(self):
        code, out, err = self.run_tool("core", "--info", fake="no-dump")
        self.assertEqual((code, out), (FAILED, b""))
        self.assertEqual(err, b"rmap-inspect: not a dump\n")

    def test_layout(self):
        self.expect(["core", "--dump-layout"], COMPLETE, LAYOUT)

    def test_layout_json(self):
        _, out, _ = self.run_tool("core", "--dump-layout", "--format=json")
        document = answers.document(out)
        self.assertEqual(document["schema"], "rmap-inspect/1")
        member, absent, constant, symbol = document["layout"][1:]
        self.assertEqual(member, {
            "kind": "member", "name": "page.compound_info", "required": True,
            "path": "compound_head", "offset": 8, "size": 8, "count": 1,
            "value": None, "address": None, "source": "BTF",
            "paths": ["compound_info", "compound_head"]})
        self.assertEqual([absent[key] for key in
                          ("path", "offset", "size", "count")], [None] * 4)
        self.assertEqual(constant["value"], 6)
        self.assertEqual(symbol["address"], "0xffffffff9f00f940")


class PfnLists(Case):
    def pfns(self, *args, **how):
        code, out, err = self.run_tool("core", "--format=jsonl", *args, **how)
        self.assertEqual((code, err), (COMPLETE, b""))
        return [answers.document(line)["pfn"] for line in out.splitlines()]

    def test_well_formed(self):
        for text, expected in WELL_FORMED:
            with self.subTest(text):
                self.assertEqual(self.pfns("--pfn", text), expected)

    def test_malformed(self):
        for text, part, why in MALFORMED:
            with self.subTest(text):
                self.expect_error(["core", "--pfn", text], USAGE,
                                  f"--pfn '{text}': '{part}' {why}")

    def test_repeated(self):
        self.assertEqual(self.pfns("--pfn=3", "--pfn", "1,2"),
                         ["0x3", "0x1", "0x2"])

    def test_file_from_stdin(self):
        text = "# log of Monday\n\n pfn:1a2b  # bad page\r\n7,9\n1-2"
        self.assertEqual(self.pfns("--pfn-file", "-", stdin=text),
                         ["0x1a2b", "0x7", "0x9", "0x1", "0x2"])

    def test_file_and_list_in_order(self):
        path = os.path.join(self.tmp.name, "list")
        with open(path, "w", encoding="ascii") as file:
            file.write("5\n6\n")
        self.assertEqual(
            self.pfns("--pfn=9", "--pfn-file", path, "--pfn=8"),
            ["0x9", "0x5", "0x6", "0x8"])

    def test_file_malformed_line(self):
        path = os.path.join(self.tmp.name, "list")
        with open(path, "w", encoding="ascii") as file:
            file.write("1\n# 2x\n1,2x\n3\n")
        self.expect_error(
            ["core", "--pfn-file", path], USAGE,
            f"--pfn-file '{path}' line 3: '2x' {NOT_A_NUMBER}")

    def test_stdin_line_by_line(self):
        """Each is answered, while the next is not known yet."""
        with subprocess.Popen(
                [TOOL, "core", "--format=jsonl", "--pfn=9", "--pfn-file=-"],
                cwd=self.tmp.name, env=self.env(), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, bufsize=0) as tool:
            for line, pfns in ((b"", ["0x9"]), (b"4\n", ["0x4"]),
                               (b"# no page\n\n3,7-8\n", ["0x3", "0x7", "0x8"]),
                               (b"5", [])):
                tool.stdin.write(line)
                tool.stdin.flush()
                for pfn in pfns:
                    self.assertTrue(select.select([tool.stdout], [], [], 20)[0])
                    page = answers.document(tool.stdout.readline())
                    self.assertEqual(page["pfn"], pfn)
            tool.stdin.close()
            page = answers.document(tool.stdout.read())
            self.assertEqual(page["pfn"], "0x5")
            self.assertEqual(tool.wait(timeout=20), COMPLETE)

    def test_stdin_in_document(self):
        code, out, _ = self.run_tool("core", "--format=json", "--pfn-file=-",
                                     stdin="1\n2\n")
        document = answers.document(out)
        self.assertEqual((code, document["complete"]), (COMPLETE, True))
        self.assertEqual([page["pfn"] for page in document["pages"]],
                         ["0x1", "0x2"])

    def test_stdin_malformed_line(self):
        code, out, err = self.run_tool("core", "--format=json", "--pfn-file=-",
                                       stdin="1\n2\n2x\n3\n")
        document = answers.document(out)
        self.assertEqual((code, document["complete"]), (USAGE, False))
        self.assertEqual([page["pfn"] for page in document["pages"]],
                         ["0x1", "0x2"])
        self.assertEqual(err.decode(), "rmap-inspect: --pfn-file '-' line 3: "
                         f"'2x' {NOT_A_NUMBER}\n")

    def test_stdin_with_context(self):
        """In order, so that all are needed before the first."""
        self.assertEqual(
            self.pfns("--pfn-file=-", "--context=1", stdin="9\n4\n"),
            ["0x3", "0x4", "0x5", "0x8", "0x9", "0xa"])

    def test_file_with_nul(self):
        self.expect_error(
            ["core", "--pfn-file=-"], USAGE,
            f"--pfn-file '-' line 1: '1' {NOT_A_NUMBER}", stdin="1\0002\n")

    def test_file_without_pages(self):
        self.expect_error(
            ["core", "--pfn-file=-"], USAGE,
            "--pfn-file '-': no page frame number in it; write one LIST a "
            "line", stdin="# nothing\n\n")

    def test_file_missing(self):
        self.expect_error(["core", "--pfn-file=gone"], FAILED,
                          "--pfn-file 'gone': No such file or directory")

    def test_file_is_directory(self):
        self.expect_error(["core", "--pfn-file=dir"], FAILED,
                          "--pfn-file 'dir': Is a directory")


class Together(Case):
    """Many lines at once, answered by several threads in their order."""

    PFNS = [*range(1, 3000), 0x300, 0x400, 0x500, *range(0x2000, 0x2c00)]

    def run_jobs(self, jobs, form, pfns, fake=""):
        return self.run_tool("core", f"--format={form}", f"--jobs={jobs}",
                             "--pfn-file=-", fake=fake,
                             stdin="".join(f"{pfn:#x}\n" for pfn in pfns))

    def expect_same(self, pfns, fake=""):
        for form in "text", "brief", "csv", "json", "jsonl":
            with self.subTest(form):
                alone = self.run_jobs(1, form, pfns, fake)
                self.assertEqual(self.run_jobs(3, form, pfns, fake), alone)

    def test_same_as_one(self):
        self.expect_same(self.PFNS)

    def test_gaps_of_all_answers(self):
        self.expect_same(self.PFNS, "session-gap")

    def test_gap_that_one_has(self):
        _, out, _ = self.run_jobs(3, "json", range(0x2000, 0x2c00),
                                  "session-gap clone-gap")
        self.assertEqual([gap["why"] for gap in answers.document(out)["gaps"]],
                         ["cut short", "seen by a clone"])

    def test_without_clones(self):
        self.expect_same(self.PFNS, "no-clone")

    def test_breaks_off(self):
        for place in 10, 3500, len(self.PFNS):
            pfns = [*self.PFNS[:place], 0xdead, *self.PFNS[place:]]
            code, _, err = self.run_jobs(3, "csv", pfns)
            self.assertEqual(code, FAILED)
            self.assertEqual(err.count(b"PFN 0xdead: damaged"), 1)
            self.expect_same(pfns)

    def test_breaks_off_while_more_may_come(self):
        """Nobody is kept waiting for an answer that will not come."""
        with self.popen() as tool:
            lines = "".join(f"{pfn:#x}\n" for pfn in [*self.PFNS, 0xdead])
            tool.stdin.write(lines.encode())
            tool.stdin.flush()
            tool.stdout.read()
            self.assertEqual(tool.wait(timeout=20), FAILED)

    def popen(self):
        return subprocess.Popen(
            [TOOL, "core", "--format=csv", "--jobs=3", "--pfn-file=-"],
            cwd=self.tmp.name, env=self.env(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def test_each_burst_is_answered(self):
        with self.popen() as tool:
            self.assertTrue(tool.stdout.readline().startswith(b"pfn,"))
            for first in 0x2000, 0x4000, 0x6000:
                pfns = [*range(first, first + 5000), first, first + 1]
                for part in pfns[:5000], pfns[5000:5001], pfns[5001:]:
                    lines = "".join(f"{pfn:#x}\n" for pfn in part)
                    tool.stdin.write(lines.encode())
                    tool.stdin.flush()
                    for pfn in part:
                        line = tool.stdout.readline()
                        self.assertEqual(line.split(b",")[0],
                                         f"{pfn:#x}".encode())
            tool.stdin.close()
            self.assertEqual(tool.stdout.read(), b"")

    def digest(self, *options):
        done = subprocess.run(
            [TOOL, "core", "--format=jsonl", "--pfn-file=-", *options],
            cwd=self.tmp.name, env=self.env(), capture_output=True,
            input=b"0x10000-0x2ffff\n", timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (COMPLETE, b""))
        return hashlib.md5(done.stdout).hexdigest()

    def test_more_than_is_kept_for_a_turn(self):
        """Each part has more than 16 MiB to say."""
        self.assertEqual(self.digest("--jobs=3"), self.digest("--jobs=1"))

    @unittest.skipIf("sanitized" in (TOOL or ""),
                     "a sanitizer takes more for itself")
    def test_more_than_there_is_memory_for(self):
        whole = self.digest("--jobs=1")
        for megabytes in 20, 40:
            self.assertEqual(
                self.digest("--jobs=2", f"--max-memory={megabytes}M"), whole)

    def test_bad_line_behind_what_others_say(self):
        """As long as they read the same pieces, as from a file."""
        path = os.path.join(self.tmp.name, "lines")
        with open(path, "w", encoding="ascii") as file:
            file.write("0x300\n" * 30000 + "zz\n")
        said = []
        for jobs in "--jobs=1", "--jobs=3":
            with open(path, "rb") as lines:
                done = subprocess.run(
                    [TOOL, "core", "--format=csv", "--pfn-file=-", jobs],
                    cwd=self.tmp.name, env=self.env(), stdin=lines,
                    capture_output=True, timeout=60, check=False)
            said.append((done.returncode, done.stdout, done.stderr))
        self.assertEqual(said[0][0], USAGE)
        self.assertIn(b"line 30001: 'zz'", said[0][2])
        self.assertEqual(said[0], said[1])

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [TOOL, "core", "--format=jsonl", "--jobs=3", "--pfn-file=-"],
                cwd=self.tmp.name, env=self.env(), stdout=full,
                stderr=subprocess.PIPE, check=False, timeout=60,
                input=b"0x2000-0x8000\n")
        self.assertEqual(done.returncode, FAILED)
        self.assertEqual(done.stderr, b"rmap-inspect: standard output: "
                         b"No space left on device\n")


class Csv(Case):
    """Compared with jsonl, which other tests read."""

    PFNS = "--pfn=0-9,0x400"

    def rows(self, *options):
        code, out, _ = self.run_tool("core", self.PFNS, "--format=csv",
                                     *options)
        self.assertIn(code, (COMPLETE, GAPS))
        self.assertNotIn(b"\x1b", out)
        return list(csv.DictReader(out.decode().splitlines()))

    def test_a_line_for_each_process_of_each_mapping(self):
        _, out, _ = self.run_tool("core", self.PFNS, "--format=jsonl")
        expected = []
        for page in answers.lines(out.splitlines()):
            places = [(mapping["address"], str(task["pid"]) if task else "")
                      for mapping in page["mappings"]
                      for task in mapping["tasks"] or [None]]
            expected += [(page["pfn"], page["kind"],
                          str(page["complete"]).lower(), *place)
                         for place in places or [("", "")]]
        self.assertEqual(
            [(row["pfn"], row["kind"], row["complete"], row["address"],
              row["pid"]) for row in self.rows()], expected)

    def test_names_are_quoted(self):
        commands = {row["command"] for row in self.rows()}
        self.assertTrue(any('"' in command for command in commands), commands)

    def test_gaps_are_warnings(self):
        _, _, err = self.run_tool("core", self.PFNS, "--format=csv")
        _, out, _ = self.run_tool("core", self.PFNS, "--format=json")
        for gap in answers.document(out)["gaps"]:
            self.assertIn(gap["why"], err.decode())


class Places(Case):
    def test_in_order_behind_the_list(self):
        _, doc = self.query("0x301", "--phys", "100", "--page=0xafab",
                            "--virt", "512:7f0000000000")
        self.assertEqual([page["pfn"] for page in doc["pages"]],
                         ["0x301", "0x100", "0xafab", "0x200"])

    def test_without_a_list(self):
        code, out, _ = self.run_tool("core", "--virt=769:0")
        self.assertEqual((code, out.decode()), (COMPLETE, SLAB))

    def test_nothing_there(self):
        code, out, err = self.run_tool("core", "--phys=dead", "--phys=301",
                                       "--format=json")
        document = answers.document(out)
        self.assertEqual(code, FAILED)
        self.assertEqual(err.decode(),
                         "rmap-inspect: --phys dead: nothing is mapped "
                         "there\n")
        self.assertEqual(len(document["pages"]), 1)
        self.assertIs(document["complete"], False)
        self.assertEqual(len(document["gaps"]), 1)

    def test_malformed(self):
        address = "is not an address of at most 64 bits; write it in " \
                  "hexadecimal"
        rows = [
            ("--phys", "", address), ("--phys", "-1", address),
            ("--phys", " 1", address), ("--page", "0xg", address),
            ("--page", "10000000000000000", address),
            ("--virt", "7:", address),
            ("--virt", "7", "is not PID:ADDR; write 97:7f1c6ff15000"),
            ("--virt", ":7", "is not PID:ADDR; write 97:7f1c6ff15000"),
            ("--virt", "4294967296:7",
             "is not PID:ADDR; write 97:7f1c6ff15000"),
        ]
        pid = "is not a process ID; write it in decimal"
        rows += [("--mm", "x", address), ("--vma", "", address),
                 ("--pid", "", pid), ("--pid", "1:2", pid),
                 ("--pid", "0x1", pid), ("--pid", "-1", pid),
                 ("--pid", "4294967296", pid)]
        file = "is neither a path nor MAJ:MIN:INO; write both as in " \
               "/proc/PID/maps, /usr/lib/libc.so.6 or fe:01:4711"
        rows += [("--file", text, file) for text in (
            "", "data", "1:2", "1:2:", "1:2:3:4", "1:2:a", "-1:2:3",
            "g:1:2", "100000000:1:2", "1:2:18446744073709551616")]
        for option, text, message in rows:
            with self.subTest(option=option, text=text):
                self.expect_error(["core", f"{option}={text}"], USAGE,
                                  f"{option} '{text}': {message}")


PLACES = """\
mm 0xffff8b1501000000 of 200 parent +1: 31 VMAs, 3 pages present, 12 swapped
vma 0xffff8b1502000400 of 97 treeA0, 0x7f0000000000-0x7f0000020000 /usr/lib/\\x1blibc.so.6: 0 pages present
mm 0xffff8b1501009000 of no process found: 0 pages present
  gap     page table: pte table at frame 0x12: \\x1b[1mexcluded

AT              PFN         KIND        SIZE      REFS   MAPS  WHO                     SEEN      FILE OR CGROUP
-               0x3         anon        4 KiB        1      1  97 treeA0               complete  -
0x7f1c6ff15000  0xafab      anon        4 KiB        3      3  97 treeA0 +2            complete  -
0x7f1c6ff16000  0x805       anon        2 MiB        1      1  97 treeA0               complete  -
0x7f1c6ff17000  0x806       anon        4 KiB        1      1  97 treeA0               complete  -
0x7f1c6ff15000  0xafab      anon        4 KiB        3      3  97 treeA0 +2            complete  -
-               0x7         anon        4 KiB        1      1  97 treeA0               complete  -
0x7f1c6ff15000  0xafab      anon        4 KiB        3      3  97 treeA0 +2            complete  -
"""


class ManyPages(Case):
    def test_brief_by_default(self):
        self.expect(["core", "--pid=97", "--vma=ffff8b1502000400",
                     "--page=7", "--mm", "0xffff8b1501009000", "--pfn=3"],
                    GAPS, PLACES)

    def test_no_pages(self):
        code, out, err = self.run_tool("core", "--pid=98", "--format=text")
        self.assertEqual((code, err), (COMPLETE, b""))
        self.assertEqual(out.decode(), "mm 0xffff8b1501001000 of 1 "
                         "\\x1b[31mred +7: 0 pages present\n\n")

    def test_document(self):
        code, out, _ = self.run_tool("core", "--page=7", "--pid=97",
                                     "--format=json")
        doc = answers.document(out)
        self.assertEqual(code, COMPLETE)
        self.assertEqual([page["pfn"] for page in doc["pages"]],
                         ["0x7", "0xafab", "0x805", "0x806"])
        self.assertEqual(doc["places"], [{
            "option": "--pid", "argument": "97", "type": "mm",
            "address": "0xffff8b1501000000",
            "tasks": [{"pid": 200, "comm": "parent"},
                      {"pid": 4194304, "comm": "clone_vm"}],
            "start": None, "end": None, "path": None, "device": None,
            "inode": None,
            "details": {"VMAs": 31, "pages present": 3, "swapped": 12},
            "found": [{"pfn": "0xafab", "pages": 1, "at": "0x7f1c6ff15000"},
                      {"pfn": "0x805", "pages": 2, "at": "0x7f1c6ff16000"}],
            "complete": True, "gaps": []}])

    def test_gaps_of_a_place(self):
        code, out, _ = self.run_tool("core", "--mm=ffff8b1501009000",
                                     "--format=json")
        doc = answers.document(out)
        self.assertEqual(code, GAPS)
        self.assertIs(doc["complete"], False)
        self.assertEqual(doc["places"][0]["gaps"][0]["why"],
                         "\x1b[1mexcluded")
        code, _, err = self.run_tool("core", "--mm=ffff8b1501009000",
                                     "--format=jsonl")
        self.assertEqual(code, GAPS)
        self.assertEqual(err.decode(), "rmap-inspect: --mm ffff8b1501009000: "
                         "gap: page table: pte table at frame 0x12: "
                         "\\x1b[1mexcluded\n")

    def test_files(self):
        code, out, _ = self.run_tool("core", "--file=/disk/data",
                                     "--file=FE:10:4711")
        lines = out.decode().splitlines()
        self.assertEqual(code, COMPLETE)
        self.assertEqual(lines[:3], [
            "file 0xffff8b1505000000 /disk/data, device fe:01, inode 12: "
            "1 page present, 2 swapped, to 0:0x12 0:0x13",
            "file 0xffff8b1505001000, device fe:10, inode 4711: "
            "0 pages present", ""])
        _, out, _ = self.run_tool("core", "--file=fe:10:4711",
                                  "--format=json")
        place = answers.document(out)["places"][0]
        self.assertEqual((place["device"], place["inode"]), ("fe:10", 4711))

    def test_hwpoison(self):
        code, out, _ = self.run_tool("core", "--hwpoison")
        self.assertEqual(code, GAPS)
        self.assertEqual(out.decode().splitlines(), [
            "memory: 1 page poisoned",
            "  gap     page table: pte table at frame 0x12: "
            "\\x1b[1mexcluded", "", *BRIEF.splitlines()[:2]])
        _, out, _ = self.run_tool("core", "--hwpoison", "--format=json")
        place = answers.document(out)["places"][0]
        self.assertEqual((place["option"], place["argument"],
                          place["address"]), ("--hwpoison", None, None))
        self.assertEqual(place["found"],
                         [{"pfn": "0xafab", "pages": 1, "at": None}])
        code, _, err = self.run_tool("core", "--hwpoison", "--format=jsonl")
        self.assertEqual(err.decode(), "rmap-inspect: --hwpoison: gap: page "
                         "table: pte table at frame 0x12: \\x1b[1mexcluded\n")
        code, _, err = self.run_tool("core", "--hwpoison", fake="no-poison")
        self.assertEqual((code, err.decode()), (
            FAILED, "rmap-inspect: --hwpoison: no such address space\n"))

    def test_not_there(self):
        code, out, err = self.run_tool("core", "--mm=1")
        self.assertEqual((code, out), (FAILED, b""))
        self.assertEqual(err.decode(),
                         "rmap-inspect: --mm 1: no such address space\n")

    def test_no_context(self):
        self.expect_error(
            ["core", "--pid=97", "--context=1"], USAGE,
            "--context: is of single pages, and the pages of --pid and the "
            "like lie anywhere; leave out one of the two")


ZERO_PAGE = """\
PFN 0x700  phys 0x700000  page 0xfffff677002beac0  reserved, 4 KiB
  flags   reserved                            node 0, zone DMA32
  counts  refcount 1                          mapcount 0
  1 mapping, found in the page tables (the kernel keeps no reverse map for such a page)
    PID  COMMAND  ADDRESS   PERM  VMA                STATE
     97  treeA0   0x401000  r--p  0x400000-0x402000  special
"""

NOBODYS = """\
PFN 0x701  phys 0x701000  page 0xfffff677002beac0  other, 4 KiB
  flags   -                                   node 0, zone DMA32
  counts  refcount 1                          mapcount 0
  no user mapping; looked for in the page tables (the kernel keeps no reverse map for such a page)
"""


class WithoutReverseMap(Case):
    def test_text(self):
        self.expect(["core", "--pfn=0x700"], COMPLETE, ZERO_PAGE)
        self.expect(["core", "--pfn=0x701"], COMPLETE, NOBODYS)

    def test_nothing_to_explain_where_all_is_scanned(self):
        _, out, _ = self.run_tool("core", "--pfn=0x700", "--method=scan")
        self.assertIn(b"  1 mapping, confirmed in the page tables\n", out)

    def test_json(self):
        _, doc = self.query("0x700")
        self.assertEqual(doc["pages"][0]["found_by"], "scan")


FOLIO = """\
PFN 0x805  phys 0x805000  page 0xfffff677002beac0  anonymous, 2 MiB, its head is PFN 0x800
  flags   uptodate lru active swapbacked      node 0, zone DMA32
  counts  refcount 1                          mapcount 1
  1 mapping of any page of its folio, confirmed in the page tables
    PID  COMMAND  ADDRESS         PERM  VMA                            STATE                             PFN    PAGES
     97  treeA0   0x7f1c6ff15000  rw-p  0x7f1c6ff15000-0x7f1c6ff35000  mapped, read-only (copy on write) 0x800    512
"""

FOLIO_UNMAPPED = """\
PFN 0x301  phys 0x301000  page 0xfffff677002beac0  slab, 4 KiB
"""


class Folio(Case):
    def test_text(self):
        code, out, _ = self.run_tool("core", "--pfn=0x805", "--folio")
        self.assertEqual(code, COMPLETE)
        self.assertEqual([" ".join(line.split())
                          for line in out.decode().splitlines()],
                         [" ".join(line.split())
                          for line in FOLIO.splitlines()])

    def test_unmapped(self):
        _, out, _ = self.run_tool("core", "--pfn=0x301", "--folio")
        self.assertTrue(out.decode().startswith(FOLIO_UNMAPPED))
        self.assertTrue(out.decode().endswith(
            "\n  no user mapping of any page of its folio\n"))

    def test_chosen_columns_stay(self):
        _, out, _ = self.run_tool("core", "--pfn=0x805", "--folio", "-oPID")
        self.assertNotIn(b"PAGES", out)

    def test_json(self):
        _, doc = self.query("0x805", "--folio")
        page = doc["pages"][0]
        self.assertIs(page["folio"], True)
        self.assertEqual((page["mappings"][0]["pfn"],
                          page["mappings"][0]["n_pages"]), ("0x800", 512))


SWAPPED = """\
swap 0:0x1a2b  count 2  its page is in the swap cache, and may be mapped: PFN 0x700
  2 page-table entries hold it
    PID  COMMAND  ADDRESS         PERM  VMA                            STATE
     97  treeA0   0x7f1c6ff15000  rw-p  0x7f1c6ff15000-0x7f1c6ff35000  swapped
     98  treeA1   0x7f1c6ff15000  rw-p  0x7f1c6ff15000-0x7f1c6ff35000  swapped

swap 1:0x0  count 0
  nobody refers to it

swap 31:0x1
  gap     swap entry: 0:0x1: no page table holds it
  nobody was found to refer to it, but not everything was seen

swap 0:0x4
  file    /memfd:lab (deleted) (00:01 inode 1024), offset 0x7000
          mapped in 1 VMA of 1 process, this page by none
  the file holds it, and no page table
"""


class SwapEntries(Case):
    KEYS = ["swap_type", "swap_offset", "mappings", "complete", "gaps",
            "count", "cached", "cached_pfn", "file"]

    def test_text(self):
        self.expect(["core", "--swap=0:0x1a2b", "--swap", "1:0",
                     "--swap=31:1", "--swap=0:4"], GAPS, SWAPPED)

    def test_behind_the_pages(self):
        code, doc = self.query("0x301", "--swap=0:1a2b", "--swap=7:0")
        self.assertEqual(code, COMPLETE)
        self.assertEqual(list(doc), ["schema", "source", "pages", "swap",
                                     "complete", "gaps"])
        self.assertEqual([page["pfn"] for page in doc["pages"]], ["0x301"])
        self.assertEqual([(entry["swap_type"], entry["swap_offset"])
                          for entry in doc["swap"]],
                         [(0, "0x1a2b"), (7, "0x0")])
        self.assertEqual(list(doc["swap"][0]), self.KEYS)
        self.assertEqual(list(doc["swap"][0]["mappings"][0]), MAPPING_KEYS)

    def test_without_pages(self):
        _, out, _ = self.run_tool("core", "--swap=0:1", "--format=json")
        doc = answers.document(out)
        self.assertEqual(doc["pages"], [])
        self.assertIs(doc["complete"], False)
        self.assertEqual(doc["swap"], [{
            "swap_type": 0, "swap_offset": "0x1", "mappings": [],
            "complete": False, "count": None, "cached": None,
            "cached_pfn": None, "file": None,
            "gaps": [{"what": "swap entry", "where": "0:0x1",
                      "why": "no page table holds it"}]}])

    def test_only_when_asked_for(self):
        _, doc = self.query("0x301")
        self.assertNotIn("swap", doc)

    def test_lines(self):
        code, out, _ = self.run_tool("core", "--pfn=1", "--swap=0:2",
                                     "--swap=0:3", "--format=jsonl")
        lines = list(answers.lines(out.splitlines()))
        self.assertEqual(code, COMPLETE)
        self.assertEqual([list(line) for line in lines],
                         [PAGE_KEYS, self.KEYS, self.KEYS])
        self.assertEqual(lines[1]["mappings"][0]["state"], "swapped")

    def test_breaks_off(self):
        code, out, err = self.run_tool("core", "--swap=0:2", "--swap=0:dead",
                                       "--format=json")
        doc = answers.document(out)
        self.assertEqual((code, err), (FAILED, b"rmap-inspect: damaged\n"))
        self.assertEqual(len(doc["swap"]), 1)
        self.assertIs(doc["complete"], False)

    def test_malformed(self):
        for text in ("", "0", "0:", ":1", "0x1:1", "0:0xg", "-1:1", "0: 1",
                     "4294967296:1", "0:10000000000000000", "0:1:2"):
            with self.subTest(text=text):
                self.expect_error(
                    ["core", f"--swap={text}"], USAGE,
                    f"--swap '{text}': is not TYPE:OFFSET; write 0:0x1a2b, "
                    "the offset in hexadecimal")
# How kernels name pages, and the frames that are named so. Lines as the
# kernel's own sources print them, or as they were reported.
LOG_LINES = [
    # mm/page_alloc.c, mm/debug.c
    ("BUG: Bad page state in process page-types  pfn:18000", [0x18000]),
    ("page: refcount:1 mapcount:-1 mapping:0000000000000000 index:0x0 "
     "pfn:0x81a09", [0x81a09]),
    ("page:ffffea0000450000 count:0 mapcount:0 mapping:          (null) "
     "index:0x70006b599", [0x11400]),
    ("page:ffffea0000450000 refcount:2 mapcount:1 mapping:ffff8880a1b2c3d0 "
     "index:0x7 pfn:0x11400", [0x11400]),
    ("page:000000006f5b2c8e refcount:1 mapcount:0 mapping:0000000000000000 "
     "index:0x1 pfn:0x12345", [0x12345]),
    ("page:(____ptrval____) refcount:1 mapcount:0 mapping:(____ptrval____) "
     "index:0x1 pfn:0x12345", [0x12345]),
    ("head:ffffea0000450000 order:9 compound_mapcount:0 "
     "compound_pincount:0", [0x11400]),
    ("page:ffffea0000450040 refcount:1 mapcount:0 mapping:ffff8880a1b2c3d0 "
     "index:0x1 head:ffffea0000450000 order:9", [0x11401, 0x11400]),
    ("head: order:9 mapcount:1 entire_mapcount:0 nr_pages_mapped:1 "
     "pincount:0", []),
    ("page:ffffea0000450000 is uninitialized and poisoned", [0x11400]),
    ("raw: 01ffff800000000a ffffea0000450008 ffffea0000450088 "
     "0000000000000000", []),
    # mm/slub.c
    ("Slab 0xffffea0000450000 objects=21 used=21 fp=0x0000000000000000 "
     "flags=0x200(workingset|node=0|zone=1)", [0x11400]),
    ("INFO: Slab 0x00000000d93f9d5e objects=16 used=2", []),
    # mm/memory.c: what follows names the page, if there is one
    ("BUG: Bad page map in process syz-executor198  pte:8000000071c00227 "
     "pmd:74b30067", []),
    ("addr:0000000020563000 vm_flags:08100077 anon_vma:ffff8880547d2200 "
     "mapping:0000000000000000 index:20563", []),
    # mm/memory-failure.c, mm/madvise.c, mm/hwpoison-inject.c
    ("Memory failure: 0x200c9742: recovery action for dax page: Recovered",
     [0x200c9742]),
    ("Memory failure: 0x1a2b: Sending SIGBUS to victim:97 due to hardware "
     "memory corruption", [0x1a2b]),
    ("Memory failure: Unable to find user space address 7f5bb6601000 in "
     "victim", []),
    ("soft offline: 0x1a2b: thp split failed", [0x1a2b]),
    ("soft offline: 0x1a2b page already poisoned", [0x1a2b]),
    ("Soft offlining pfn 0x1a2b at process virtual address 0x7f5bb6600000",
     [0x1a2b]),
    ("Injecting memory failure for pfn 0x1a2b at process virtual address "
     "0x7f5bb6600000", [0x1a2b]),
    ("Injecting memory failure at pfn 0x1a2b", [0x1a2b]),
    ("Unpoison: Software-unpoisoned page 0x61234", [0x61234]),
    # mm/memory_hotplug.c
    ("migrating pfn 4eaac3 failed ret:1", [0x4eaac3]),
    ("failed to isolate pfn 4eaac3", [0x4eaac3]),
    # drivers/ras/cec.c
    ("RAS: Soft-offlining pfn: 0x1a2b", [0x1a2b]),
    # drivers/edac/edac_mc.c: page is a frame there
    ("EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0 "
     "(channel:1 slot:0 page:0x1b5e77 offset:0x140 grain:32 syndrome:0x0 - "
     "area:DRAM err_code:0001:0091)", [0x1b5e77]),
    ("EDAC MC0: 1 CE Master abort on unknown label ( page:0xbead "
     "offset:0xbeef grain:-61441 syndrome:0x0)", [0xbead]),
    ("EDAC MC0: 1 UE memory read error on any memory (page:0x0 offset:0x0 "
     "grain:8)", []),
    ("EDAC MC0: ADDR 0x1b5e77140", [0x1b5e77]),
    # drivers/firmware/efi/cper.c
    ("{1}[Hardware Error]:   physical_address: 0x00000000deadbeef",
     [0xdeadb]),
    ("{1}[Hardware Error]:   physical_address_mask: 0xfffffffffffff000", []),
    ("[Hardware Error]: physical address: 0x1a2b000", [0x1a2b]),
    # arch/x86/kernel/cpu/mce
    ("mce: Uncorrected hardware memory error in user-access at edbe201400",
     [0xedbe201]),
    ("mce: [Hardware Error]: TSC 0 ADDR 1a2b140 MISC 86 ", [0x1a2b]),
    # an address of another kind, or of no kind that is told
    ("mce: [Hardware Error]: TSC 0 ADDR ffffffff81234567 MISC 1c0 ", []),
    ("mce: [Hardware Error]: TSC 0 ADDR 1a2b140 ", []),
    ("mce: [Hardware Error]: TSC 0 ADDR 1a2b140 MISC 86 SYND 5 IPID "
     "9600050f00 ", []),
    # numbers that name no page
    ("last_pfn = 0x7ffdf max_arch_pfn = 0x400000000", []),
    ("pfn: add one", []),
    ("pfn:beefy", []), ("pfn 0x", []), ("pfn 0x1a2b_c", []),
    ("pfn:0x11223344556677889", []),
    ("skb_over_panic: text:ffffffff81a2b3c4 len:1 put:1 "
     "head:ffff888012345000 data:ffff888012345040 tail:0x41 end:0x40", []),
    ("BUG: unable to handle page fault for address: ffff888061234000", []),
    ("PGD 2c01067 P4D 2c01067 PUD 107267063 PMD 10382b063", []),
]

ANON_LOG = """\
  log     [   40.000004] BUG: Bad page state in process a\\x1b[1m  pfn:0afab
          [   41.000004] page: refcount:1 pfn:0xafab
"""


class FromDmesg(Case):
    def write(self, name, *lines):
        path = os.path.join(self.tmp.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        return path

    def ask(self, *args, stdin="", lines=()):
        """(exit code, the document, stderr); lines: of the dump's log."""
        env = self.env(fake="real-places")
        env["FAKE_LOG"] = self.write("dump.log", *lines)
        done = subprocess.run(
            [TOOL, "core", "--format=json", *args], input=stdin.encode(),
            capture_output=True, cwd=self.tmp.name, env=env, timeout=60,
            check=False)
        return (done.returncode, answers.document(done.stdout),
                done.stderr.decode())

    def frames(self, document):
        return [int(page["pfn"], 16) for page in document["pages"]]

    def test_how_kernels_name_pages(self):
        for line, frames in LOG_LINES:
            with self.subTest(line):
                _, document, _ = self.ask("--from-dmesg", lines=[line])
                self.assertEqual(self.frames(document), frames)
                self.assertEqual(document["gaps"], [])
                for page in document["pages"]:
                    self.assertEqual(
                        page["log"],
                        [{"seq": 40, "time": 40.000004, "text": line}])

    def test_prefixes(self):
        line = "Memory failure: 0x1a2b: Recovered"
        rows = [
            ("", None), ("[   12.345678] ", 12.345678),
            ("<6>[12345.678901] ", 12345.678901),
            ("kern  :info  : [    0.000000] ", 0),
            ("[    1.500000][    T7] ", 1.5),
            ("Nov 24 20:17:37 db1 kernel: [  104.000001] ", 104.000001),
        ]
        for prefix, time_told in rows:
            with self.subTest(prefix):
                _, document, _ = self.ask("--from-dmesg=-",
                                          stdin=f"\n{prefix}{line}\r\n")
                log = document["pages"][0]["log"]
                self.assertEqual(log[0]["seq"], 2)
                self.assertEqual(log[0]["time"], time_told)
                self.assertTrue(log[0]["text"].endswith(line))

    def test_other_dates_stay(self):
        for prefix in ("[Tue Nov 24 20:16:01 2026] ", "db1 kernel: ",
                       "2026-11-24T20:16:01,123456+00:00 ", "[12.5] ",
                       "version [1.000000] "):
            with self.subTest(prefix):
                _, document, _ = self.ask("--from-dmesg=-",
                                          stdin=f"{prefix}pfn:1a2b\n")
                self.assertEqual(document["pages"][0]["log"], [
                    {"seq": 1, "time": None, "text": f"{prefix}pfn:1a2b"}])

    def test_each_frame_once_in_order(self):
        _, document, _ = self.ask(
            "--pfn=7", "--from-dmesg", lines=[
                "pfn:30 pfn:10 pfn:30", "nothing here", "pfn:20\tpfn:0x10",
                "physical address: 0x30fff"])
        self.assertEqual(self.frames(document), [7, 0x30, 0x10, 0x20])
        told = [[(line["seq"], line["text"]) for line in page["log"]]
                for page in document["pages"]]
        self.assertEqual(told, [
            [], [(40, "pfn:30 pfn:10 pfn:30"),
                 (43, "physical address: 0x30fff")],
            [(40, "pfn:30 pfn:10 pfn:30"), (42, "pfn:0x10")],
            [(42, "pfn:20")]])

    def test_text(self):
        path = self.write("hostile.log",
                          "[   40.000004] BUG: Bad page state in process "
                          "a\x1b[1m  pfn:0afab",
                          "[   41.000004] page: refcount:1 pfn:0xafab")
        head, rest = ANON.split("\n", 1)
        self.expect(["core", f"--from-dmesg={path}"], COMPLETE,
                    f"{head}\n{ANON_LOG}{rest}")

    def test_text_of_many_lines(self):
        code, out, _ = self.run_tool("core", "--from-dmesg=-",
                                     stdin="pfn:301\n" * 20)
        lines = out.decode().splitlines()
        self.assertEqual(code, COMPLETE)
        self.assertEqual(lines[1:10], ["  log     pfn:301"] +
                         ["          pfn:301"] * 7 +
                         ["          and 12 more lines"])

    def test_redacted(self):
        line = "BUG: Bad page state in process secret  pfn:0afab"
        _, document, err = self.ask("--from-dmesg", "--redact", "--verbose",
                                    lines=[line, "page:00000000ab12cd34"])
        self.assertEqual(self.frames(document), [0xafab])
        self.assertEqual(document["pages"][0]["log"], [
            {"seq": 40, "time": 40.000004, "text": "(withheld)"}])
        self.assertNotIn("secret", err)
        self.assertIn("record 41: page:00000000ab12cd34", err)
        self.assertIn("redacting", err)

    def test_json_key_only_in_this_mode(self):
        _, document = self.query("0xafab")
        self.assertNotIn("log", document["pages"][0])

    def test_nothing_named(self):
        code, document, err = self.ask("--from-dmesg", lines=["all is well"])
        self.assertEqual((code, document["pages"]), (COMPLETE, []))
        self.assertIs(document["complete"], True)
        self.assertEqual(err, "rmap-inspect: warning: --from-dmesg: the log "
                              "names no page\n")

    def test_places_without_a_page_are_gaps(self):
        code, document, _ = self.ask("--from-dmesg", lines=[
            "pfn:ffffffffffffffff", "physical address: 0xdead",
            "pfn:301"])
        self.assertEqual(code, GAPS)
        self.assertEqual(self.frames(document), [0x301])
        self.assertIs(document["complete"], False)
        self.assertEqual(document["gaps"], [
            {"what": "kernel log", "where": "record 40: "
             "pfn:ffffffffffffffff", "why": "no machine has such a frame"},
            {"what": "kernel log", "where": "record 41: physical address: "
             "0xdead", "why": "nothing is mapped there"}])

    def test_hashed_pointers_are_told(self):
        _, out, err = self.run_tool(
            "core", "--from-dmesg=-", "--verbose",
            stdin="page:000000006f5b2c8e is\npage:(____ptrval____) was\n"
                  "TSC 0 ADDR 1a2b140\n")
        self.assertEqual(out, b"")
        self.assertIn(
            "rmap-inspect: --from-dmesg: line 1: page:000000006f5b2c8e: a "
            "hashed pointer, which is no address; left out\n"
            "rmap-inspect: --from-dmesg: line 2: page:(____ptrval____): a "
            "hashed pointer, which is no address; left out\n"
            "rmap-inspect: --from-dmesg: line 3: ADDR 1a2b140: not known "
            "to be a physical address; left out\n", err.decode())

    def test_no_log(self):
        code, out, err = self.run_tool("core", "--from-dmesg", "--pfn=0x301",
                                       "--format=json")
        document = answers.document(out)
        self.assertEqual(code, FAILED)
        self.assertEqual(err.decode(),
                         "rmap-inspect: --from-dmesg: the log cannot be "
                         "found; give the log with --from-dmesg=FILE\n")
        self.assertEqual(len(document["pages"]), 1)
        self.assertEqual(document["gaps"], [
            {"what": "query", "where": None,
             "why": "the log that names pages could not be read"}])

    def test_file_without_equals_sign(self):
        self.expect_error(
            ["core", "--from-dmesg", "text"], FAILED,
            "text: is a text file; give a vmcore or a vmlinux\n"
            "rmap-inspect: --from-dmesg: reads the log in the dump; another "
            "is given as --from-dmesg=FILE")

    def test_file_missing(self):
        code, _, err = self.run_tool("core", "--from-dmesg=gone")
        self.assertEqual((code, err.decode()), (
            FAILED, "rmap-inspect: --from-dmesg 'gone': No such file or "
                    "directory\n"))

    def test_file_is_directory(self):
        code, _, err = self.run_tool("core", "--from-dmesg=dir")
        self.assertEqual((code, err.decode()), (
            FAILED, "rmap-inspect: --from-dmesg 'dir': Is a directory\n"))

    def test_file_with_nul(self):
        _, out, _ = self.run_tool("core", "--from-dmesg=-",
                                  stdin="\0\0 pfn:301\n")
        self.assertIn("PFN 0x301 ", out.decode())


class Files(Case):
    def opened(self, *args):
        """What the library was given: (core, vmlinux)."""
        code, _, err = self.run_tool(*args, "--pfn=1", "--verbose")
        self.assertEqual(code, COMPLETE)
        return err.decode()

    def expect_opened(self, args, core, vmlinux):
        self.assertEqual(self.opened(*args),
                         f"rmap-inspect: core {core}, vmlinux {vmlinux}\n")

    def test_either_order(self):
        for kernel in "vmlinux", "vmlinux2":
            for core in "core", "core.be", "kdump", "flattened", "unknown":
                with self.subTest(core=core, kernel=kernel):
                    self.expect_opened([core, kernel], core, kernel)
                    self.expect_opened([kernel, core], core, kernel)

    def test_alone(self):
        for core in "core", "kdump", "flattened", "unknown", "cut-elf":
            with self.subTest(core):
                self.expect_opened([core], core, "(none)")

    def test_vmlinux_option(self):
        self.expect_opened(["core", "--vmlinux", "vmlinux"], "core",
                           "vmlinux")

    def test_parts(self):
        parts = ["part2", "part0", "part1"]
        told = ("rmap-inspect: core part2, vmlinux {}\n"
                "rmap-inspect: part part0\nrmap-inspect: part part1\n")
        self.assertEqual(self.opened(*parts), told.format("(none)"))
        self.assertEqual(self.opened("--vmlinux=vmlinux", *parts),
                         told.format("vmlinux"))
        for place in range(len(parts) + 1):
            files = parts[:place] + ["vmlinux"] + parts[place:]
            with self.subTest(files):
                self.assertEqual(self.opened(*files), told.format("vmlinux"))
        # Whether it is all of them, the library says.
        self.expect_opened(["part0"], "part0", "(none)")

    def test_parts_and_others(self):
        rows = [
            (["part0", "core", "part1"], USAGE,
             "core: is an ELF core, beside part0, which is a part of a split "
             "dump; give the parts of one dump, and at most one vmlinux"),
            (["part0", "--vmlinux=kdump"], USAGE,
             "kdump: is a kdump, beside part0, which is a part of a split "
             "dump; give the parts of one dump, and at most one vmlinux"),
            (["vmlinux", "part0", "part1", "vmlinux2"], USAGE,
             "vmlinux and vmlinux2: both are kernels; give at most one "
             "vmlinux"),
            (["part0", "vmlinux", "--vmlinux=part1"], USAGE,
             "part1: is a part of a split dump, beside part0, which is a part "
             "of a split dump; give the parts of one dump, and at most one "
             "vmlinux"),
            (["part0", "part1", "gone"], FAILED,
             "gone: No such file or directory"),
        ]
        for args, code, message in rows:
            with self.subTest(args):
                self.expect_error([*args, "--pfn=1"], code, message)

    def test_unfit(self):
        messages = {
            "empty": "is empty; give a vmcore or a vmlinux",
            "text": "is a text file; give a vmcore or a vmlinux",
            "dir": "is a directory; give a file",
            "fifo": "is a pipe or a device; give a regular file",
            "/dev/null": "is a pipe or a device; give a regular file",
            "gone": "No such file or directory",
            "gzip": "is compressed by gzip; unpack it first",
            "vmlinuz": "is a boot image (vmlinuz) without debug information; "
                       "give the vmlinux it was made from",
            "saved": "is a saved virtual machine, not a dump; make one with "
                     "virsh dump --memory-only",
            "module.ko": "is an ELF object file, perhaps a module; give a "
                         "vmcore or a vmlinux",
        }
        for name, why in messages.items():
            for args in ([name], ["core", name], [name, "vmlinux"],
                         ["core", "--vmlinux", name]):
                with self.subTest(args):
                    self.expect_error([*args, "--pfn=1"], FAILED,
                                      f"{name}: {why}")

    def test_wrong_roles(self):
        rows = [
            (["core", "core2"], "core and core2: both are dumps; give one "
                                "dump and one vmlinux"),
            (["vmlinux", "vmlinux2"],
             "vmlinux and vmlinux2: both are kernels; give one dump and one "
             "vmlinux"),
            (["vmlinux"], "vmlinux: is an ELF executable, not a dump; give "
                          "the dump as well"),
            (["core", "--vmlinux=kdump"],
             "core and kdump: both are dumps; give one dump and one vmlinux"),
            (["vmlinux", "--vmlinux=vmlinux2"],
             "vmlinux and vmlinux2: both are kernels; give one dump and one "
             "vmlinux"),
            (["core", "vmlinux", "vmlinux2"],
             "vmlinux2: one file too many; give one dump and at most one "
             "vmlinux"),
            (["core", "vmlinux", "--vmlinux=vmlinux2"],
             "vmlinux: one file too many; give one dump and at most one "
             "vmlinux"),
        ]
        for args, message in rows:
            with self.subTest(args):
                self.expect_error([*args, "--pfn=1"], USAGE, message)


FAMILY = r"""family of 4 anon_vmas, 4 VMAs, 7 AVCs
anon_vma 0xffff8b1503c0a000  root; 4 VMAs, refcount 4, num_children 3, num_active_vmas 1
    own        rw-p  0x7f1c6ff15000-0x7f1c6ff35000  97 treeA0
    inherited  rw-p  0x7f1c6ff15000-0x7f1c6ff35000  98 treeA1
    inherited  rw-p  0x1000-0x2000  (no process found)
    inherited  rw-p  0x1000-0x2000  1 \x1b[31mred, 2 bad\xff\xc0\xafz, 3 naïve, 4 q"b\x1b\x0a\x09\x0d\x08\x0c\x7f, 5 \xed\xa0\x80\xc2\x9b, 6 , 7 -, 8 cut\xe2\x82
  anon_vma 0xffff8b1503c0a100  child; 1 VMA, refcount 1, num_children 1, num_active_vmas 0; the next fork reuses it
      inherited  rw-p  0x7f1c6ff15000-0x7f1c6ff35000  98 treeA1
    anon_vma 0xffff8b1503c0a200  child, asked about; 1 VMA, refcount 1, degree 1
        own        rw-p  0x7f1c6ff15000-0x7f1c6ff35000  98 treeA1 (its next fork reuses 0xffff8b1503c0a100)
anon_vma 0xffff8b1503c0a300  cannot be seen; 1 VMA
    own        rw-p  0x1000-0x2000  1 \x1b[31mred, 2 bad\xff\xc0\xafz, 3 naïve, 4 q"b\x1b\x0a\x09\x0d\x08\x0c\x7f, 5 \xed\xa0\x80\xc2\x9b, 6 , 7 -, 8 cut\xe2\x82
"""

LARGE_FAMILY = """\
family of 401 anon_vmas, 401 VMAs, 801 AVCs found; there may be more
gap  struct page: no memory section at PFN 0x300
gap  task list: task 0xffff88800512ba80: cut short
anon_vma 0xffff8b1503c0a000  root, asked about; 401 VMAs, refcount 4, num_children 3, num_active_vmas 1
    own        rw-p  0x7f1c6ff15000-0x7f1c6ff35000  100 worker
    inherited  400 VMAs
  anon_vma 0xffff8b1503c0a100  child; 1 VMA, refcount 4, num_children 3, num_active_vmas 1
      own        rw-p  0x7f1c6ff15000-0x7f1c6ff35000  101 worker
  anon_vma 0xffff8b1503c0a200  child; 1 VMA, refcount 4, num_children 3, num_active_vmas 1
      own        rw-p  0x7f1c6ff15000-0x7f1c6ff35000  102 worker
  anon_vma 0xffff8b1503c0a300  child; 1 VMA, refcount 4, num_children 3, num_active_vmas 1
      own        rw-p  0x7f1c6ff15000-0x7f1c6ff35000  103 worker
  397 more children without children, 397 VMAs
"""


class Family(Case):
    """--anon-vma."""

    def test_text(self):
        self.expect(["core", "--anon-vma=0xffff8b1503c0a200"], COMPLETE,
                    FAMILY)

    def test_what_is_too_large_for_every_line(self):
        self.expect(["core", "--anon-vma=400"], GAPS, LARGE_FAMILY,
                    fake="session-gap")

    def test_json(self):
        for how in ("json", "jsonl"):
            code, out, _ = self.run_tool("core", "--anon-vma=1",
                                         f"--format={how}")
            document = answers.document(out)
            self.assertEqual((code, document["complete"]), (COMPLETE, True))
        self.assertEqual(document["schema"], "rmap-inspect/1")
        family = document["family"]
        self.assertEqual(family["asked"], "0xffff8b1503c0a200")
        self.assertEqual(family["root"], "0xffff8b1503c0a000")
        root, middle, last, unseen = family["anon_vmas"]
        self.assertEqual([avc["own"] for avc in root["avcs"]],
                         [True, False, False, False])
        self.assertEqual(middle, {
            "anon_vma": "0xffff8b1503c0a100", "parent": "0xffff8b1503c0a000",
            "depth": 1, "seen": True, "refcount": 1, "degree": None,
            "num_children": 1, "num_active_vmas": 0, "reusable": True,
            "avcs": [{"avc": "0xffff8b1504000100",
                      "vma": "0xffff8b1502000100", "own": False}]})
        self.assertEqual((last["degree"], last["num_children"]), (1, None))
        self.assertEqual((unseen["seen"], unseen["refcount"]), (False, None))
        self.assertEqual(family["vmas"][1], {
            "vma": "0xffff8b1502000100", "mm": "0xffff8b1501001000",
            "tasks": [{"pid": 98, "comm": "treeA1"}],
            "vma_start": "0x7f1c6ff15000", "vma_end": "0x7f1c6ff35000",
            "vma_flags": "0x100073", "perm": "rw-p",
            "anon_vma": "0xffff8b1503c0a200",
            "reused": "0xffff8b1503c0a100"})
        self.assertIsNone(family["vmas"][2]["anon_vma"])

    def test_gaps_of_both_kinds(self):
        code, out, _ = self.run_tool("core", "--anon-vma=400",
                                     "--format=json", fake="session-gap")
        document = answers.document(out)
        self.assertEqual((code, document["complete"]), (GAPS, False))
        self.assertEqual(document["family"]["gaps"][0]["what"],
                         "struct page")
        self.assertEqual(document["gaps"][0]["what"], "task list")
        self.assertEqual(len(document["family"]["anon_vmas"]), 401)

    def test_no_anon_vma(self):
        self.expect_error(["core", "--anon-vma=0xdead"], FAILED,
                          "--anon-vma: 0xdead is no anon_vma")


CONTAINER = 4 * "0123456789abcdef"

KSM = """\
NODE                ROLE             PFN  ITEMS  SHARERS  SAVED  PROCESSES
0xffff8b1507000000  chain
0xffff8b1507000040  dup            0x500      2        3      2  200 parent+4194304 clone_vm, (no process found), 97 treeA0
0xffff8b1507000080  node           0x720      2        6      5  97 treeA0 (2 times), 98 treeA1, 1099 treeA2, (no process found) and 1 more
0xffff8b15070000c0  migrated       0x200      0        3      2  97 treeA0, 98 treeA1, 1099 treeA2
  gap  anon_vma_chain: rb node 0xffff88800512ba80: page excluded from the dump
  gap  something: not known why
0xffff8b1507000100  node           0x999      0        0      0  (stale: the page is gone)
4 nodes and 1 chain found; there may be more: 4 items, 12 sharers, 9 pages saved
        9 sharers in /system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope
        3 sharers in no cgroup that is known
the kernel's counters: pages_shared 2, pages_sharing 2, which does not count processes forked since
  gap  struct page: no memory section at PFN 0x300
"""

ALL = """\
PFN           KIND            MAPS  OBJECT              INDEX       WHO
0x1000        anon               4  0xffff8b1503c0a270  0x7f1c6ff15  300 server and 3 more
0x0           file               1  0xffff8b1503c0a280  0x0         (no process found)  /srv/"\\x1bdata  gap: excluded from the dump
0xfffffffff   zero               0  -                   -           ? (no reverse map)
0x2000        free               0  -                   -           \

"""


class All(Case):
    """--all."""

    def test_text(self):
        self.expect(["core", "--all"], GAPS, ALL,
                    "rmap-inspect: 1 of 4 pages have gaps\n")

    def test_jsonl(self):
        code, out, err = self.run_tool("core", "--all", "--format=jsonl",
                                       fake="summary-gaps")
        shared, unseen, zero, free = answers.lines(out.splitlines())
        self.assertEqual(code, GAPS)
        self.assertIn(b"gap: mappings: PFN 0x2000: the kernel counts", err)
        vma = {"pids": [300, 301], "mm": "0xffff8b1501000000",
               "vma": "0xffff8b1502000000"}
        self.assertEqual(shared, {
            "pfn": "0x1000", "kind": "anon", "object": "0xffff8b1503c0a270",
            "index": "0x7f1c6ff15", "order": 2, "dirty": True, "mapcount": 2,
            "n_mappings": 4, "memcg": "/\"\x1b", "mappings": [
                {**vma, "address": "0x400000"},
                {"pids": [], "mm": "0xffff8b1501001000",
                 "vma": "0xffff8b1502000100", "address": "0x0"},
                {**vma, "address": "0x401000", "level": "pmd"},
                {**vma, "address": "0x400000", "state": "device-private"}]})
        self.assertEqual((unseen["pfn"], unseen["mapcount"], unseen["gap"]),
                         ("0x0", -1, "excluded from the dump"))
        self.assertEqual(unseen["path"], "/srv/\"\x1bdata")
        self.assertEqual(zero, {"pfn": "0xfffffffff", "kind": "zero",
                                "n_mappings": None, "mappings": None})
        self.assertEqual(free, {"pfn": "0x2000", "kind": "free",
                                "n_mappings": 0, "mappings": []})

    STOPPED = ("rmap-inspect: --all: partial, {}\n"
               "rmap-inspect: gap: pages: 4 of 4000: stopped at 1 of 100 "
               "stretches\n"
               "rmap-inspect: 1 of 4 pages have gaps\n")

    def test_interrupted(self):
        """What is there stays, says that it is not all, and it ends as
        whatever Ctrl-C ends."""
        self.assertEqual(self.interrupt("core", "--all"), (
            -signal.SIGINT, ALL + "partial: 4 of 4000 pages\n",
            self.STOPPED.format("interrupted")))
        _, out, _ = self.interrupt("core", "--all", fake="slow-count")
        self.assertEqual(out, ALL + "partial: no page\n")

    def test_interrupted_jsonl(self):
        _, whole, _ = self.run_tool("core", "--all", "--format=jsonl")
        code, out, _ = self.interrupt("core", "--all", "--format=jsonl")
        *pages, end = out.splitlines(keepends=True)
        self.assertEqual((code, "".join(pages)),
                         (-signal.SIGINT, whole.decode()))
        self.assertEqual(answers.document(end), {
            "partial": True, "pages": 4, "of": 4000, "complete": False,
            "gaps": [{"what": "pages", "where": "4 of 4000",
                      "why": "stopped at 1 of 100 stretches"}]})
        _, out, _ = self.interrupt("core", "--all", "--format=jsonl",
                                   fake="slow-count")
        self.assertEqual(answers.document(out.splitlines()[-1])["of"], None)

    def test_timeout(self):
        self.expect(["core", "--all", "--timeout=1"], GAPS,
                    ALL + "partial: 4 of 4000 pages\n",
                    self.STOPPED.format("not done within 1 s"), fake="slow")
        self.expect_error(["core", "--pfn=1", "--timeout=1"], USAGE,
                          "--timeout: is for --summary, --all, --audit, "
                          "--export and --report; leave it out")

    def test_mistakes(self):
        for form in "text", "jsonl":
            self.expect_error(["core", "--all", "--kind=x",
                               f"--format={form}"], FAILED,
                              "--all: there is no kind of page called 'x'")
        for args, message in (
                (["core", "--all", "--format=json"],
                 "--all: cannot be shown with --format=json"),
                (["core", "--pfn=1", "--kind=anon"],
                 "--kind and --min-sharers: choose pages of --all; leave "
                 "them out, or ask for that"),
                (["core", "--all", "--min-sharers=0"],
                 "--min-sharers '0': is not a number from 1 up"),
                (["core", "--all", "--jobs=x"],
                 "--jobs 'x': is not a number from 1 up"),
                (["core", "--all", "--pid=1", "--pid=2"],
                 "--all: is no question about pages; leave it out, or "
                 "--pfn")):
            with self.subTest(args):
                self.expect_error(args, USAGE, message)


KSM_NODE = """\
NODE                ROLE             PFN  ITEMS  SHARERS  SAVED  PROCESSES
0xffff8b1507000080  node           0x720      2        6      5  97 treeA0 (2 times), 98 treeA1, 1099 treeA2, (no process found), (no process found)
  rmap_item 0xffff8b1506000000  anon_vma 0xffff8b1503c0a000  address 0x11000  mm 0xffff8b1501000000
  rmap_item 0xffff8b1506000040  anon_vma 0xffff8b1503c0a100  address 0x11000
4 nodes and 1 chain: 4 items, 12 sharers, 9 pages saved
        9 sharers in /system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope
        3 sharers in no cgroup that is known
"""


class Ksm(Case):
    """--ksm."""

    def test_all(self):
        self.expect(["core", "--ksm"], GAPS, KSM)
        self.expect(["--ksm", "core"], GAPS, KSM)

    def test_one_node_however_written(self):
        for args in (["core", "--ksm=0xffff8b1507000080"],
                     ["core", "--ksm", "0xffff8b1507000080"],
                     ["--ksm", "ffff8b1507000080", "core"]):
            with self.subTest(args):
                self.expect(args, COMPLETE, KSM_NODE)

    @without_schema
    def test_json(self):
        code, out, _ = self.run_tool("core", "--ksm", "--format=json")
        document = answers.document(out)
        self.assertEqual((code, document["complete"]), (GAPS, False))
        self.assertEqual(document["schema"], "rmap-inspect/1")
        self.assertEqual([gap["what"] for gap in document["gaps"]],
                         ["struct page"])
        chain, dup, _, _, stale = document["nodes"]
        self.assertEqual(chain, {
            "node": "0xffff8b1507000000", "role": "chain", "chain": None,
            "pfn": None, "stale": False, "items": [], "sharers": 0,
            "saved": 0, "page": None, "cgroups": []})
        self.assertEqual(dup["page"]["pfn"], dup["pfn"])
        self.assertEqual(dup["items"][1], {
            "rmap_item": "0xffff8b1506000040",
            "anon_vma": "0xffff8b1503c0a100", "address": "0x11000",
            "mm": None})
        self.assertEqual((stale["stale"], stale["page"]), (True, None))
        self.assertEqual(document["summary"], {
            "nodes": 4, "chains": 1, "stale": 1, "items": 4, "sharers": 12,
            "saved": 9, "pages_shared": 2, "pages_sharing": 2,
            "cgroups": [
                {"path": f"/system.slice/docker-{CONTAINER}.scope",
                 "state": "online", "container": CONTAINER, "sharers": 9},
                {"path": None, "state": None, "container": None,
                 "sharers": 3}]})

    @without_schema
    def test_jsonl(self):
        _, out, _ = self.run_tool("core", "--ksm", "--format=jsonl",
                                  fake="session-gap")
        *nodes, end = answers.lines(out.splitlines())
        self.assertEqual([node["role"] for node in nodes],
                         ["chain", "dup", "node", "migrated", "node"])
        self.assertEqual(end["summary"]["saved"], 9)
        self.assertEqual([gap["what"] for gap in end["gaps"]],
                         ["struct page", "task list"])

    def test_without_ksm(self):
        self.expect_error(["core", "--ksm"], FAILED, "--ksm: no KSM",
                          fake="no-ksm")
        code, out, _ = self.run_tool("core", "--ksm", "--format=json",
                                     fake="no-ksm")
        document = answers.document(out)
        self.assertEqual((code, document["complete"]), (FAILED, False))
        self.assertEqual(document["gaps"][0]["why"], "no KSM")


SUMMARY = """\
memory: 262144 frames with a struct page, 60000 of them mapped, 120000 mappings
  KIND    FRAMES       SIZE  OF ALL  MAPPED  MAPPINGS  DIRTY
  free    200000  781.2 MiB  76.3 %       0         0      0
  anon     61000  238.3 MiB  23.3 %   60000    120000  59000
  kernel    1144    4.5 MiB   0.4 %       0         0      0

address spaces: 3, by PSS
  PID  COMMAND                 RSS      PSS      USS     ANON     FILE    SHMEM  HUGETLB    SWAP
  301  \\x1b[1mworker +1    1.1 MiB  900 KiB  320 KiB  720 KiB  240 KiB  160 KiB        0       0
  300  server              1.2 MiB  800 KiB  400 KiB  800 KiB  240 KiB  160 KiB  2.0 MiB  36 KiB
    -  (no process found)        0        0        0        0        0        0        0       0

shared: the largest of 9 groups of frames that the same processes map
  FRAMES     SIZE  MAPPINGS  PROCESSES  WHO
     200  800 KiB       400          2  300 server, 301 \\x1b[1mworker +1

files: the largest of 30 in the page cache
  FRAMES     SIZE  MAPPED  MAPPINGS  DIRTY  FILE
     100  400 KiB      60       120      3  /srv/\\x1bdata
      40  160 KiB       0         0      0  tmpfs inode 5 of 00:18
       1    4 KiB       0         0      0  address_space 0xffff8b1508000200

memory cgroups: what is charged to them, slabs aside
  FRAMES     SIZE  MAPPED  STATE  CGROUP
     500  2.0 MiB     400  dying  /lab
       3   12 KiB       0  -      -

anonymous memory: the largest of 4 families of anon_vmas
  ROOT ANON_VMA       ANON_VMAS  DEPTH  FRAMES     SIZE  MAPPINGS
  0xffff8b1503c0a270          3      2     380  1.5 MiB       700

pages: the most mapped of 1000 that are mapped more than once
     PFN  KIND  MAPPINGS
  0x1000  anon        65
  0x1001  file         3

KSM saves 31 frames, 124 KiB: see --ksm
"""

SUMMARY_GAPS = """
incomplete: 1 gap
  gap  mappings: PFN 0x2000: the kernel counts 3, 2 were found
"""


class Summary(Case):
    """--summary."""

    def test_text(self):
        self.expect(["core", "--summary"], COMPLETE, SUMMARY)
        self.expect(["core", "--summary", "--jobs=2", "--top", "3"], COMPLETE,
                    SUMMARY)

    def test_gaps(self):
        self.expect(["core", "--summary"], GAPS, SUMMARY + SUMMARY_GAPS,
                    fake="summary-gaps")

    def on_terminal(self, width, *args):
        """The lines that a terminal of this width shows."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, width, 0, 0))
        with subprocess.Popen([TOOL, "core", *(args or ["--summary"])],
                              stdout=slave, cwd=self.tmp.name,
                              env=self.env()) as tool:
            os.close(slave)
            shown = b""
            with contextlib.suppress(OSError):    # the tool has ended
                while data := os.read(master, 4096):
                    shown += data
            self.assertEqual(tool.wait(timeout=20), COMPLETE)
        os.close(master)
        return shown.decode().splitlines()

    def test_bars(self):
        """As long as the terminal has room for, or none."""
        self.assertNotIn("#", SUMMARY)
        for width, longest in (200, 23), (80, 14), (70, 6), (64, 0):
            with self.subTest(width):
                lines = self.on_terminal(width)
                free = next(line for line in lines
                            if line.startswith("  free "))
                self.assertEqual(free.count("#"), longest)
                self.assertLessEqual(len(free), max(
                    width, len(free.replace("#", ""))))

    FOLDED = """\
     200  800 KiB       400          2  300 server, 301
                                        \\x1b[1mworker +1

"""

    def test_folded(self):
        """The last column goes on below itself, where that leaves room."""
        for width, folds in (200, False), (64, True), (44, False):
            with self.subTest(width):
                shown = "\n".join(self.on_terminal(width))
                self.assertEqual(self.FOLDED in shown, folds)
                self.assertIn("server, 301" if folds else
                              "300 server, 301 \\x1b[1mworker +1\n", shown)

    def test_addresses_are_not_folded(self):
        """Half an address is none: the terminal does what it does."""
        lines = self.on_terminal(46, "--pfn=0x805", "-o", "PID,MM,VM_AREA")
        self.assertEqual(lines[-1], "     97  0xffff8b1501000000  "
                                    "0xffff8b1502000000")

    def document(self, *args, **how):
        code, out, err = self.run_tool("core", "--summary", "--format=json",
                                       *args, **how)
        self.assertEqual(err, b"")
        return code, answers.document(out)

    def test_json(self):
        code, document = self.document()
        self.assertEqual((code, document["complete"], document["gaps"]),
                         (COMPLETE, True, []))
        self.assertEqual(document["schema"], "rmap-inspect/1")
        self.assertEqual(document["all"], {
            "frames": 262144, "mapped": 60000, "mappings": 120000,
            "dirty": 59003})
        self.assertEqual([kind["kind"] for kind in document["kinds"]],
                         ["free", "anon", "kernel"])
        self.assertEqual(document["processes"][0], {
            "mm": "0xffff8b1501000000",
            "tasks": [{"pid": 300, "comm": "server"}], "vmas": 12,
            "covered": 4096, "rss": 300, "anon": 200, "file": 60,
            "shmem": 40, "uss": 100, "pss_bytes": 819200, "hugetlb": 512,
            "raw": 2, "swapped": 7, "swapped_shmem": 2,
            "swap_pss_bytes": 14336, "poisoned": 0, "not_present": 1})
        self.assertEqual(document["processes"][1]["tasks"][0]["comm"],
                         "\x1b[1mworker")
        self.assertEqual(document["processes"][2]["tasks"], [])
        self.assertEqual(document["processes"][2]["swap_pss_bytes"], None)

    def test_json_lists(self):
        _, document = self.document()
        self.assertEqual(
            {name: (document[name]["n"], len(document[name]["largest"]))
             for name in ("sharings", "files", "families", "pages")},
            {"sharings": (9, 1), "files": (30, 3), "families": (4, 1),
             "pages": (1000, 2)})
        self.assertEqual([file["path"] for file in
                          document["files"]["largest"]],
                         ["/srv/\x1bdata", None, None])
        self.assertEqual(document["memcgs"][1]["memcg"], None)
        self.assertEqual(document["ksm_saved"], 31)

    def test_json_gaps(self):
        code, document = self.document(fake="summary-gaps")
        self.assertEqual((code, document["complete"]), (GAPS, False))
        self.assertEqual([gap["where"] for gap in document["gaps"]],
                         ["PFN 0x2000"])

    def test_failure(self):
        for args in [], ["--format=json"]:
            self.expect_error(["core", "--summary", *args], FAILED,
                              "--summary: out of memory", fake="no-summary")

    STOPPED = """\
partial: what was known by then
memory: 262144 frames with a struct page
  KIND  FRAMES       SIZE  OF ALL  MAPPED  MAPPINGS  DIRTY
  anon   61000  238.3 MiB  23.3 %       -         -  59000

address spaces: 1 were read, by RSS
  PID  COMMAND      RSS  PSS  USS     ANON     FILE    SHMEM  HUGETLB  SWAP
  300  server   1.2 MiB    -    -  800 KiB  240 KiB  160 KiB  2.0 MiB     -

incomplete: 1 gap
  gap  address spaces: 1 of 3: stopped at 1 of 3 address spaces
"""

    def test_timeout(self):
        start = time.monotonic()
        self.expect(["core", "--summary", "--timeout=1"], GAPS, self.STOPPED,
                    "rmap-inspect: --summary: partial, not done within 1 s\n",
                    fake="slow")
        self.assertLess(time.monotonic() - start, 10)
        self.expect(["core", "--summary", "--timeout=60"], COMPLETE, SUMMARY)

    def test_interrupted(self):
        """What is right stays, and it ends as whatever Ctrl-C ends."""
        self.assertEqual(self.interrupt("core", "--summary"), (
            -signal.SIGINT, self.STOPPED,
            "rmap-inspect: --summary: partial, interrupted\n"))
        code, out, _ = self.interrupt("core", "--summary", "--format=json")
        document = answers.document(out)
        self.assertEqual((code, document["partial"], document["complete"]),
                         (-signal.SIGINT, True, False))
        self.assertEqual(document["all"], {
            "frames": 262144, "mapped": None, "mappings": None,
            "dirty": 59003})
        process, = document["processes"]
        self.assertEqual([process[key] for key in
                          ("rss", "uss", "pss_bytes", "swapped_shmem")],
                         [300, None, None, None])
        self.assertEqual((document["sharings"], document["ksm_saved"]),
                         ({"n": None, "largest": []}, None))

    def test_interrupted_before_anything_is_known(self):
        self.assertEqual(
            self.interrupt("core", "--summary", fake="slow-memmap"), (
                -signal.SIGINT, "",
                "rmap-inspect: --summary: interrupted: cancelled\n"))

    def test_what_does_not_go_with_it(self):
        for args, why in (
                (["--jobs=0"], "--jobs '0': is not a number from 1 up"),
                (["-j", "many"], "--jobs 'many': is not a number from 1 up"),
                (["--top=0"], "--top '0': is not a number from 1 up"),
                (["--top=-1"], "--top '-1': is not a number from 1 up"),
                (["--timeout=0"],
                 "--timeout '0': is not a number from 1 up"),
                (["--timeout=86401"],
                 "--timeout '86401': is longer than a day"),
                (["--format=jsonl"],
                 "--summary: cannot be shown with --format=jsonl"),
                (["--format=dot"],
                 "--summary: cannot be shown with --format=dot"),
                (["--ksm"],
                 "--ksm and --summary: leave out one of the two"),
                (["--pfn=1"], "--summary: is no question about pages; leave "
                 "it out, or --pfn")):
            with self.subTest(args):
                self.expect_error(["core", "--summary", *args], USAGE, why)


AUDIT_HEAD = """\
262144 frames, 2 address spaces with 30 VMAs and 4096 mappings, \
5 anon_vmas with 7 AVCs, 3 files, 1 stable node
"""

FINDINGS = AUDIT_HEAD + """\
2 rules: 3 findings
  tree-order: it does not hold that intervals are ordered
    corruption  anon_vma 0xffff8b1503c0a270, AVC 0xffff8b1503c0b000
      start: 2 before 1
    mid-update  anon_vma 0xffff8b1503c0a270
      start: 4 before 3
      anon_vma.rwsem of 0xffff8b1503c0a270 is held for writing by 1201 work\\x1ber
    and 1 more
"""


class Audit(Case):
    """--audit."""

    def test_clean(self):
        self.expect(["core", "--audit"], COMPLETE,
                    AUDIT_HEAD + "2 rules: nothing was found\n")

    def test_gaps(self):
        self.expect(["core", "--audit"], GAPS,
                    AUDIT_HEAD + "2 rules: nothing was found, and not "
                    "everything was seen\n  gap  AVC list: VMA "
                    "0xffff8b1501000000: page excluded\n",
                    fake="audit-gaps")

    def test_findings(self):
        self.expect(["core", "--audit"], FAILED, FINDINGS, fake="findings")

    def test_json(self):
        code, out, _ = self.run_tool("core", "--audit", "--format=json",
                                     fake="findings,audit-gaps")
        document = answers.document(out)
        self.assertEqual((code, document["complete"], document["n_findings"]),
                         (FAILED, False, 3))
        self.assertEqual(document["looked_at"]["avcs"], 7)
        self.assertEqual([rule["findings"] for rule in document["rules"]],
                         [0, 3])
        corrupt, half = document["findings"]
        self.assertEqual(corrupt, {
            "rule": "tree-order", "promise": "intervals are ordered",
            "severity": "corruption", "detail": "start: 2 before 1",
            "lock": None,
            "objects": [
                {"type": "anon_vma", "address": "0xffff8b1503c0a270"},
                {"type": "AVC", "address": "0xffff8b1503c0b000"}]})
        self.assertEqual(half["severity"], "mid-update")
        self.assertEqual(half["lock"], {
            "name": "anon_vma.rwsem", "object": "0xffff8b1503c0a270",
            "task": "0xffff8b1504000000", "pid": 1201,
            "comm": "work\x1ber"})

    STOPPED = AUDIT_HEAD + """\
2 rules, 1 of them checked wholly: nothing was found, and not everything was seen
  not checked wholly: tree-order
  gap  rules: 1 of 2 checked wholly: stopped at 1 of 9 spaces
"""

    def test_interrupted(self):
        """Not clean, whatever was not found by then."""
        self.assertEqual(self.interrupt("core", "--audit"), (
            -signal.SIGINT, self.STOPPED,
            "rmap-inspect: --audit: partial, interrupted\n"))
        code, out, _ = self.interrupt("core", "--audit", "--format=json")
        document = answers.document(out)
        self.assertEqual((code, document["complete"], document["partial"]),
                         (-signal.SIGINT, False, True))
        self.assertEqual([rule["checked"] for rule in document["rules"]],
                         [True, False])

    def test_timeout(self):
        self.expect(["core", "--audit", "--timeout=1"], GAPS, self.STOPPED,
                    "rmap-inspect: --audit: partial, not done within 1 s\n",
                    fake="slow")
        _, out, _ = self.run_tool("core", "--audit", "--format=json")
        self.assertIs(answers.document(out)["partial"], False)

    def test_failure(self):
        self.expect_error(["core", "--audit"], FAILED,
                          "--audit: out of memory", fake="no-audit")

    def test_formats(self):
        for name in ("brief", "jsonl", "dot"):
            with self.subTest(name):
                self.expect_error(["core", "--audit", f"--format={name}"],
                                  USAGE, "--audit: cannot be shown with "
                                  f"--format={name}")


EXPORT_LINES = """\
{"table":"dump","key":"core","value":"/a \\"quoted\\" \\u001b name \\\\xff"}
{"table":"dump","key":"host","value":null}
{"table":"mapping","pfn":4096,"address":140737488347136}
{"table":"mapping","pfn":4096,"address":140737488347136}
{"table":"page","pfn":4096,"mappings":2,"unexplained":-1,"anon_vma":1}
{"table":"page","pfn":68719476735,"mappings":0,"unexplained":null,\
"anon_vma":null}
{"table":"anon_vma","id":1,"address":"0xffff8b1503c0a270"}
"""


class Export(Case):
    """--export."""

    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.path = os.path.join(self.place.name, "it's.sqlite")

    def export(self, code=COMPLETE, **how):
        self.expect(["core", "--export", self.path], code, **how)

    def rows(self, query):
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            return database.execute(query).fetchall()

    def left(self):
        return os.listdir(self.place.name)

    def test_lines(self):
        self.expect(["core", "--export=-"], COMPLETE, EXPORT_LINES)

    def test_database(self):
        self.export()
        self.assertEqual(self.left(), ["it's.sqlite"])
        self.assertEqual(self.rows("SELECT * FROM dump"), [
            ("core", "/a \"quoted\" \x1b name \\xff"), ("host", None)])
        self.assertEqual(self.rows("SELECT * FROM page"), [
            (0x1000, 2, -1, 1), (0xfffffffff, 0, None, None)])
        self.assertEqual(self.rows("SELECT * FROM anon_vma"),
                         [(1, "0xffff8b1503c0a270")])
        self.assertEqual(len(self.rows("SELECT * FROM mapping")), 2)
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])

    def test_indexes(self):
        self.export()
        names = self.rows("SELECT name FROM sqlite_master WHERE "
                          "type = 'index' AND sql IS NOT NULL")
        self.assertEqual(sorted(name for name, in names),
                         ["mapping_pfn", "page_anon_vma", "page_mappings",
                          "page_unexplained"])

    def test_mode(self):
        umask = os.umask(0o027)
        try:
            self.export()
        finally:
            os.umask(umask)
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o640)

    def test_gaps(self):
        self.export(GAPS, fake="export-gaps",
                    err="rmap-inspect: something was not seen: 2 rows of "
                    "table gap say what\n")
        self.assertEqual(self.left(), ["it's.sqlite"])

    def test_replaces_an_export(self):
        self.export()
        self.export()
        self.assertEqual(len(self.rows("SELECT * FROM mapping")), 2)

    def test_replaces_nothing_else(self):
        def database():
            with contextlib.closing(sqlite3.connect(self.path)) as other:
                other.execute("CREATE TABLE mine (a)")
                other.commit()

        def text():
            with open(self.path, "w", encoding="ascii") as file:
                file.write("mine")

        for make in (database, text, lambda: os.mkfifo(self.path)):
            make()
            before = os.stat(self.path)
            self.export(FAILED, err=f"rmap-inspect: --export '{self.path}': "
                        "is there already, and no export that could be "
                        "replaced; give another name\n")
            after = os.stat(self.path)
            self.assertEqual((before.st_ino, before.st_size, before.st_mtime),
                             (after.st_ino, after.st_size, after.st_mtime))
            os.unlink(self.path)

    def test_no_such_directory(self):
        self.expect(["core", "--export=missing/a.sqlite"], FAILED,
                    err="rmap-inspect: --export 'missing/a.sqlite': No such "
                    "file or directory\n")

    def test_failure_leaves_the_former(self):
        self.export()
        with open(self.path, "rb") as file:
            before = file.read()
        self.export(FAILED, fake="no-export",
                    err="rmap-inspect: --export: out of memory\n")
        self.assertEqual(self.left(), ["it's.sqlite"])
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_no_room(self):
        """What the file may not grow beyond stands for the disk's end."""
        done = subprocess.run(
            [TOOL, "core", "--export", self.path], cwd=self.tmp.name,
            env=self.env(fake="endless-export"), capture_output=True,
            timeout=60, check=False, preexec_fn=lambda: (
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))))
        self.assertEqual((done.returncode, done.stdout), (FAILED, b""))
        self.assertRegex(done.stderr.decode(), r"^rmap-inspect: --export "
                         r"'.*it's.sqlite': .+; nothing is kept\n$")
        self.assertEqual(self.left(), [])

    def test_interrupted(self):
        for target in (self.path, "-"):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                with self.subTest(target=target, signal=number):
                    self.assertEqual(self.interrupt(
                        "core", "--export", target, fake="slow-export",
                        number=number), (
                            -number, "",
                            "rmap-inspect: --export: interrupted\n"))
                    self.assertEqual(self.left(), [])

    def test_timeout(self):
        self.expect(["core", "--export", self.path, "--timeout=1"], FAILED,
                    fake="slow-export", err="rmap-inspect: --export: not "
                    "done within 1 s\n")
        self.assertEqual(self.left(), [])

    def test_what_does_not_go_with_it(self):
        for args, why in (
                (["--export="], "--export '': no file; give one, or - for "
                 "the standard output"),
                (["--export=a", "--export=b"],
                 "--export: given twice; write one in each run"),
                (["--export=a", "--all"],
                 "--all and --export: leave out one of the two"),
                (["--export=a", "--pfn=1"], "--export: is no question about "
                 "pages; leave it out, or --pfn")):
            with self.subTest(args):
                self.expect_error(["core", *args], USAGE, why)


class Report(Case):
    """--report."""

    DATA = re.compile(r'id="data">\n(.*)\n</script>\n<script>')

    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.path = os.path.join(self.place.name, "it's.html")

    def report(self, *args, code=GAPS, err="", **how):
        """The data of the page."""
        self.expect(["core", "--report", self.path, *args], code, err=err,
                    **how)
        self.assertEqual(os.listdir(self.place.name), ["it's.html"])
        return json.loads(self.data())

    def data(self):
        text = pathlib.Path(self.path).read_text(encoding="utf-8")
        self.assertTrue(text.startswith("<!DOCTYPE html>\n"))
        self.assertTrue(text.endswith("</html>\n"))
        return self.DATA.search(text)[1]

    def expect_none(self, err, *args, **how):
        self.expect_error(["core", "--report", self.path, *args], FAILED, err,
                          **how)

    def test_says_what_other_questions_say(self):
        data = self.report("--top=1")
        for part, option in (("summary", "--summary"), ("audit", "--audit"),
                             ("info", "--info")):
            _, out, _ = self.run_tool("core", option, "--format=json")
            answer = answers.document(out)
            for key in answer:
                if key != "processes":
                    self.assertEqual(
                        self.without_counts(data[part][key]), answer[key])

    def without_counts(self, value):
        """Without what only a report has: how much was cut."""
        if isinstance(value, list):
            return [self.without_counts(item) for item in value]
        if isinstance(value, dict):
            return {key: self.without_counts(item) for key, item in
                    value.items() if not key.endswith("_left_out")}
        return value

    def test_largest_process_first(self):
        sizes = [process["pss_bytes"] for process in
                 self.report()["summary"]["processes"]]
        self.assertEqual(sizes, sorted(sizes, reverse=True))

    def test_parts_that_fail_are_gaps(self):
        for fake, part in (("no-summary", "summary"), ("no-ksm", "ksm"),
                           ("no-audit", "audit"), ("no-export", "held")):
            with self.subTest(fake):
                data = self.report(fake=fake)
                self.assertNotIn(part, data)
                self.assertFalse(data["complete"])
                self.assertEqual(len(data["gaps"]), 1)

    def test_gaps_of_every_answer(self):
        self.assertIn({"what": "task list", "where": "task 0xffff88800512ba80",
                       "why": "cut short"},
                      self.report(fake="session-gap")["gaps"])

    def test_names_are_no_markup(self):
        self.report(fake="markup")
        self.assertNotIn("<", self.data())

    def test_redacted(self):
        self.assertTrue(self.report("--redact")["redacted"])
        self.assertFalse(self.report()["redacted"])

    def test_interrupted(self):
        code, out, err = self.interrupt("core", "--report", self.path)
        self.assertEqual((code, out), (-signal.SIGINT, ""))
        self.assertIn("--report: partial, interrupted\n", err)
        data = json.loads(self.data())
        self.assertTrue(data["summary"]["partial"])
        self.assertNotIn("audit", data)
        self.assertIn({"what": "audit", "where": None, "why": "interrupted"},
                      data["gaps"])

    def test_not_done_in_time(self):
        data = self.report("--timeout=1", fake="slow",
                           err="rmap-inspect: --report: partial, not done "
                           "within 1 s\n")
        self.assertTrue(data["summary"]["partial"])

    def test_replaces_a_report_and_nothing_else(self):
        self.report()
        self.report()
        pathlib.Path(self.path).write_text("<!DOCTYPE html>\nmine")
        self.expect_none(
            f"--report '{self.path}': is there already, and no report that "
            "could be replaced; give another name")
        self.assertEqual(pathlib.Path(self.path).read_text(),
                         "<!DOCTYPE html>\nmine")

    def test_no_place(self):
        self.path = os.path.join(self.place.name, "none/report.html")
        self.expect_none(
            f"--report '{self.path}': No such file or directory")

    def test_malformed(self):
        for args, message in (
                (["--report=a", "--report=b"],
                 "--report: given twice; write one in each run"),
                (["--report="], "--report '': no file; give one"),
                (["--report=-"], "--report '-': no file; give one"),
                (["--report=a", "--summary"],
                 "--summary and --report: leave out one of the two"),
                (["--report=a", "--pfn=1"],
                 "--report: is no question about pages; leave it out, or "
                 "--pfn")):
            with self.subTest(args):
                self.expect_error(["core", *args], USAGE, message)


class Dot(Case):
    """--format=dot, as far as it can be judged without graphviz."""

    STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')

    def graph(self, *args, code=COMPLETE, **how):
        """The lines of a graph, checked for balanced quotes."""
        got, out, err = self.run_tool("core", "--format=dot", *args, **how)
        text = out.decode("utf-8")
        self.assertEqual((got, err), (code, b""))
        bare = self.STRING.sub("", text)
        self.assertNotIn('"', bare)
        self.assertNotRegex(text.replace("\n", "").replace("\t", ""),
                            "[\x00-\x1f\x7f-\x9f]")
        self.assertEqual((bare.count("{"), bare.count("}")),
                         (bare.count("digraph rmap"),) * 2)
        return text.splitlines()

    def count(self, lines, word):
        return sum(f'class="{word}"' in line for line in lines)

    def test_family(self):
        lines = self.graph("--anon-vma=1")
        self.assertEqual(
            [self.count(lines, word) for word in
             ("anon_vma", "vma", "vma mapped", "avc", "child")],
            [4, 4, 0, 7, 2])

    def test_page_of_a_family(self):
        lines = self.graph("--pfn=0x721")
        self.assertEqual(
            [self.count(lines, word) for word in
             ("page", "anon_vma", "vma", "vma mapped", "avc", "child")],
            [1, 100, 97, 3, 100, 99])

    def test_what_is_too_large(self):
        lines = self.graph("--pfn=0x702")
        self.assertEqual(
            [self.count(lines, word) for word in
             ("anon_vma", "vma", "vma mapped", "more", "gap")],
            [5, 2, 3, 1, 1])
        self.assertIn("396 more anon_vmas, 396 more VMAs", "".join(lines))

    def test_generations(self):
        lines = self.graph("--anon-vma=13e7")
        drawn = self.count(lines, "anon_vma")
        hidden = re.findall("… ([0-9]+) more anon_vmas?, ([0-9]+) more VMA",
                            "".join(lines))
        self.assertEqual(drawn, 80)
        self.assertEqual(drawn + sum(int(more) for more, _ in hidden), 999)
        self.assertEqual(self.count(lines, "vma") +
                         sum(int(more) for _, more in hidden), 999)

    def test_file(self):
        lines = self.graph("--pfn=0x100")
        self.assertEqual(self.count(lines, "vma mapped"), 2)
        self.assertIn("/usr/lib/libc.so.6", "".join(lines))

    def test_merged(self):
        lines = self.graph("--pfn=0x720")
        self.assertEqual(
            [self.count(lines, word) for word in
             ("stable_node", "item", "anon_vma", "vma mapped")],
            [1, 2, 2, 6])

    def test_unmapped(self):
        lines = self.graph("--pfn=0x301")
        self.assertEqual(self.count(lines, "page"), 1)
        self.assertFalse(any("->" in line for line in lines))

    def test_gaps(self):
        lines = self.graph("--pfn=0x200", code=GAPS)
        self.assertIn("gap: anon_vma_chain: ", "".join(lines))
        _, _, err = self.run_tool("core", "--format=dot", "--pfn=1",
                                  fake="session-gap")
        self.assertIn(b"gap in every answer: task list", err)

    def test_a_graph_for_each_page(self):
        lines = self.graph("--pfn=0x100,0x720,0x301")
        self.assertEqual(lines.count("digraph rmap {"), 3)

    def test_hostile_names(self):
        text = "\n".join(self.graph("--pfn=0x400"))
        self.assertIn(r"1 \\x1b[31mred, 2 bad\\xff\\xc0\\xafz, 3 naïve and 5 "
                      "more", text)
        self.assertIn(r"/tmp/\\x1b]0;title\\x07/🐧", text)

    def test_what_has_no_picture(self):
        for option in ("--info", "--dump-layout", "--ksm"):
            self.expect_error(["core", option, "--format=dot"], USAGE,
                              f"{option}: cannot be shown with --format=dot")
        self.expect_error(["core", "--swap=0:1", "--format=dot"], USAGE,
                          "--swap: cannot be shown with --format=dot")


class CommandLine(Case):
    def test_usage(self):
        rows = [
            ([], "no dump given; see --help"),
            (["--pfn=1"], "no dump given; see --help"),
            (["core"], "no page given; say which with --pfn LIST, or ask "
                       "for --info"),
            (["core", "--pfn=1", "--info"],
             "--info: is no question about pages; leave it out, or --pfn"),
            (["core", "--anon-vma=1", "--pfn=1"],
             "--anon-vma: is no question about pages; leave it out, or "
             "--pfn"),
            (["core", "--dump-layout", "--anon-vma=1"],
             "--anon-vma and --dump-layout: leave out one of the two"),
            (["core", "--anon-vma=1", "--anon-vma=2"],
             "--anon-vma: given twice; ask in two runs"),
            (["core", "--ksm", "--anon-vma=1"],
             "--anon-vma and --ksm: leave out one of the two"),
            (["core", "--ksm=x"],
             "--ksm 'x': is not an address of at most 64 bits; write it in "
             "hexadecimal"),
            (["core", "--ksm", "--pfn=1"],
             "--ksm: is no question about pages; leave it out, or --pfn"),
            (["core", "--anon-vma=1:2"],
             "--anon-vma '1:2': is not an address of at most 64 bits; write "
             "it in hexadecimal"),
            (["core", "--dump-layout", "--info"],
             "--info and --dump-layout: leave out one of the two"),
            (["--methd=rmap"], "--methd: no such option; did you mean "
                               "--method?"),
            (["--colour"], "--colour: no such option; did you mean --color?"),
            (["--color=neverr"], "--color 'neverr': no such value; did you "
                                 "mean never?"),
            (["--ver"], "--ver: no such option; did you mean --virt?"),
            (["-x"], "-x: no such option; see --help"),
            (["-qx"], "-x: no such option; see --help"),
            (["core", "--pfn"], "--pfn: no argument; give LIST"),
            (["core", "-o"], "--output: no argument; give COL,..."),
            (["--quiet=yes"], "--quiet: takes no argument; see --help"),
            (["--method=rmpa"], "--method 'rmpa': no such value; did you "
                                "mean rmap?"),
            (["--method=all"], "--method 'all': no such value; see --help"),
            (["--format=jsnol"], "--format 'jsnol': no such value; did you "
                                 "mean jsonl?"),
            (["--format=xml"], "--format 'xml': no such value; see --help"),
            (["-o", "PID,COMAND"], "--output 'PID,COMAND': no column "
                                   "'COMAND'; did you mean COMMAND?"),
            (["-o", "FOO"], "--output 'FOO': no column 'FOO'; see "
                            "--list-columns"),
            (["-o", "PID,,PFN"], "--output 'PID,,PFN': no column ''; see "
                                 "--list-columns"),
            (["core", "--pfn=1", "--format=json", "-oPID"],
             "--output: chooses columns of text, and --format=json always "
             "has the same; leave out one of the two"),
            (["core", "--pfn=1", "--format=jsonl", "--explain"],
             "--explain: is for people, and --format=jsonl for programs; "
             "leave out one of the two"),
            (["core", "--pfn=1", "--debuginfod", "--no-debuginfod"],
             "--debuginfod and --no-debuginfod: leave out one of the two"),
            (["core", "--pfn=1", "--cache-dir="],
             "--cache-dir '': no directory; give one, or --no-cache"),
            (["core", "--pfn=1", "--no-cache", "--cache-dir=d"],
             "--cache-dir and --no-cache: leave out one of the two"),
        ]
        for args, message in rows:
            with self.subTest(args):
                self.expect_error(args, USAGE, message)

    def test_max_memory_is_a_size(self):
        for size in ("", "0", "1m", "M", " 1M", "-1", "1MB", "0x10",
                     "99999999999G"):
            self.expect_error(
                ["core", "--pfn=1", f"--max-memory={size}"], USAGE,
                f"--max-memory '{size}': is no size; write 512M or 4G")

    def test_help(self):
        code, out, err = self.run_tool("--help")
        text = out.decode("ascii")
        self.assertEqual((code, err), (COMPLETE, b""))
        self.assertTrue(text.startswith("Usage: rmap-inspect "))
        self.assertIn("      --pfn LIST ", text)
        for exit_code in range(5):
            self.assertIn(f"\n  {exit_code}  ", text)
        self.assertLess(max(map(len, text.splitlines())), 80)

    def test_manual_has_the_same_options(self):
        _, out, _ = self.run_tool("--help")
        manual = MANUAL.read_text(encoding="utf-8")
        self.assertEqual(
            set(re.findall(r"^ +(?:-\w, )?--([\w-]+)", out.decode(), re.M)),
            set(re.findall(r"^\.It (?:Fl \w , )?Fl -([\w-]+)", manual, re.M)))
        for short in re.findall(r"^ +-(\w), --", out.decode(), re.M):
            self.assertIn(f"\n.It Fl {short} ,", manual)
        for exit_code in range(5):
            self.assertIn(f"\n.It {exit_code}\n", manual)

    def test_completion_offers_values_there_are(self):
        text = COMPLETION.read_text(encoding="utf-8")
        for option in ("format", "method"):
            words = re.search(rf"--{option}\) words='([a-z ]+)'", text)[1]
            for word in words.split():
                code, _, err = self.run_tool(
                    f"--{option}={word}", "--list-columns")
                self.assertEqual((code, err), (COMPLETE, b""))

    def test_version(self):
        code, out, err = self.run_tool("-V")
        self.assertEqual((code, err), (COMPLETE, b""))
        self.assertRegex(out.decode(), r"^rmap-inspect \S+ "
                         r"\(librmap-inspect 1\.0\.0-fake\)\n$")

    def test_list_columns(self):
        code, out, _ = self.run_tool("--list-columns")
        names = [line.split()[0] for line in out.decode().splitlines()]
        self.assertEqual(code, COMPLETE)
        self.assertEqual(names[:6], ["PID", "COMMAND", "ADDRESS", "PERM",
                                     "VMA", "STATE"])
        code, _, _ = self.run_tool("core", "--pfn=1", "-o", ",".join(names))
        self.assertEqual(code, COMPLETE)


class Session(Case):
    def test_cache_dir(self):
        home, xdg = "/home/me", "/var/cache/me"
        rows = [
            ([], {"HOME": home}, home + "/.cache/rmap-inspect"),
            ([], {"HOME": home, "XDG_CACHE_HOME": xdg},
             xdg + "/rmap-inspect"),
            ([], {"HOME": home, "XDG_CACHE_HOME": "here"},
             home + "/.cache/rmap-inspect"),
            ([], {"HOME": home, "XDG_CACHE_HOME": ""},
             home + "/.cache/rmap-inspect"),
            ([], {}, "(none)"),
            (["--cache-dir", "here"], {"XDG_CACHE_HOME": xdg}, "here"),
            (["--no-cache"], {"HOME": home, "XDG_CACHE_HOME": xdg}, "(none)"),
        ]
        for args, variables, directory in rows:
            with self.subTest(args=args, variables=variables):
                done = subprocess.run(
                    [TOOL, "core", "--pfn=1", "-v", *args],
                    capture_output=True, cwd=self.tmp.name, check=True,
                    env={"FAKE_RMI": "tell-cache", **variables}, timeout=60)
                self.assertEqual(done.stderr.decode().splitlines()[-1],
                                 f"rmap-inspect: cache {directory}")

    def test_tmpdir(self):
        rows = [
            ([], {}, "(none)"),
            ([], {"TMPDIR": ""}, "(none)"),
            ([], {"TMPDIR": "/scratch"}, "/scratch"),
            (["--tmpdir", "here"], {"TMPDIR": "/scratch"}, "here"),
        ]
        for args, variables, directory in rows:
            with self.subTest(args=args, variables=variables):
                done = subprocess.run(
                    [TOOL, "flattened", "--pfn=1", "-v", *args],
                    capture_output=True, cwd=self.tmp.name, check=True,
                    env={"FAKE_RMI": "tell-tmpdir", **variables}, timeout=60)
                self.assertEqual(done.stderr.decode().splitlines()[-1],
                                 f"rmap-inspect: tmpdir {directory}")
        self.expect_error(["flattened", "--pfn=1", "--tmpdir", ""], USAGE,
                          "--tmpdir '': no directory; give one with room for "
                          "the dump")

    def test_live(self):
        done = subprocess.run(
            [TOOL, "--live", "--pfn=1", "-v"], capture_output=True,
            check=True, env={"FAKE_RMI": "tell-live"}, timeout=60)
        self.assertIn("rmap-inspect: live", done.stderr.decode())
        alone = "--live: answers --pfn, --info and --dump-layout alone; " \
                "for more take a dump"
        rows = [
            (["vmcore", "--live", "--pfn=1"],
             "vmcore: --live is about the running machine; leave out one "
             "of the two"),
            (["--live", "--pid=1"], alone),
            (["--live", "--swap=0:1"], alone),
            (["--live", "--from-dmesg"], alone),
            (["--live", "--summary"], alone),
            (["--live", "--all"], alone),
            (["--live", "--audit"], alone),
            (["--live", "--ksm"], alone),
            (["--live", "--pfn=1", "--method=scan"],
             "--method: page tables of a running machine are not scanned, "
             "since they change meanwhile; leave it out"),
            (["--live"], "no page given; say which with --pfn LIST, or ask "
             "for --info"),
        ]
        for args, words in rows:
            with self.subTest(args=args):
                self.expect_error(args, USAGE, words)

    def test_sources(self):
        urls = {"DEBUGINFOD_URLS": "http://127.0.0.1:1"}
        none = "btf - map - dirs debuginfod 0"
        rows = [
            ([], {}, none),
            (["--btf=b", "--system-map=m"], {},
             "btf b map m dirs debuginfod 0"),
            (["--debug-dir=c", "--debug-dir", "a"], {},
             "btf - map - dirs c a debuginfod 0"),
            (["--debuginfod"], {}, none[:-1] + "1"),
            ([], urls, none[:-1] + "1"),
            ([], {"DEBUGINFOD_URLS": ""}, none),
            (["--no-debuginfod"], urls, none),
            (["--info"], urls, none),
            (["--info", "--debuginfod"], urls, none[:-1] + "1"),
        ]
        for args, variables, told in rows:
            with self.subTest(args=args, variables=variables):
                asked = [] if "--info" in args else ["--pfn=1"]
                done = subprocess.run(
                    [TOOL, "core", "-v", *asked, *args],
                    capture_output=True, cwd=self.tmp.name, check=True,
                    env={"FAKE_RMI": "tell-sources", **variables}, timeout=60)
                self.assertEqual(done.stderr.decode().splitlines()[-1],
                                 f"rmap-inspect: {told}")

    def interrupted(self, signals, *args):
        """The exit code after so many Ctrl-C, and the seconds it took."""
        with subprocess.Popen(
                [TOOL, "core", "--pfn=1", "-v", *args], cwd=self.tmp.name,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                # A shell's background jobs ignore it, and so would the tool.
                preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                 signal.SIG_DFL),
                env={"FAKE_RMI": "download"}) as process:
            process.stderr.readline()
            process.stderr.readline()
            start = time.monotonic()
            for _ in range(signals):
                process.send_signal(signal.SIGINT)
                time.sleep(0.05)
            process.wait(timeout=60)
        return process.returncode, time.monotonic() - start

    def test_interrupted_download(self):
        """The library is told, and the tool ends as if by the signal."""
        for signals in 1, 2:
            with self.subTest(signals=signals):
                code, seconds = self.interrupted(signals, "--debuginfod")
                self.assertEqual(code, -signal.SIGINT)
                self.assertLess(seconds, 5)

    def test_open_failures(self):
        rows = [
            ("mismatch", ["vmlinux"], MISMATCH,
             "build-id of the dump is aa, of the vmlinux bb; give the "
             "vmlinux of the dump, or --force"),
            ("mismatch", ["--btf=btf"], MISMATCH,
             "build-id of the dump is aa, of the vmlinux bb; give that of "
             "the dump's own kernel"),
            ("no-debuginfo", [], FAILED,
             "no debug information found; give its vmlinux with --vmlinux "
             "FILE, or its System.map with --system-map FILE"),
            ("no-debuginfo", ["vmlinux"], FAILED,
             "no debug information found"),
            ("no-memory", [], FAILED, "out of memory"),
            # More than the shadow of a sanitizer.
            ("no-memory", ["--max-memory=64T"], FAILED,
             "out of memory; allow more with --max-memory, or ask for less"),
        ]
        for fake, args, code, message in rows:
            with self.subTest(fake=fake, args=args):
                self.expect_error(["core", "--pfn=1", "--format=json", *args],
                                  code, message, fake=fake)

    def test_force(self):
        code, _, err = self.run_tool("core", "vmlinux", "--pfn=1", "--force",
                                     fake="mismatch")
        self.assertEqual(code, COMPLETE)
        self.assertEqual(err, b"rmap-inspect: warning: vmlinux: of another "
                              b"kernel than the dump, used by --force; "
                              b"answers may be wrong\n")

    def test_warnings(self):
        args = ["core", "--pfn=1"]
        fake = "warning incomplete"
        _, _, err = self.run_tool(*args, fake=fake)
        self.assertEqual(err.decode().splitlines(), [
            r"rmap-inspect: warning: a \x1b[1mwarning",
            "rmap-inspect: warning: core: the dump is marked incomplete; "
            "pages may be missing"])
        _, _, err = self.run_tool(*args, "--quiet", fake=fake)
        self.assertEqual(err, b"")

    def test_verbose(self):
        _, _, err = self.run_tool("core", "--pfn=1", "-v")
        self.assertEqual(err, b"rmap-inspect: core core, vmlinux (none)\n")


class Streams(Case):
    def test_full_disk(self):
        for args in (["core", "--pfn=1"], ["--help"], ["--list-columns"],
                     ["--version"],
                     ["core", "--pfn=1-5000", "--format=jsonl"],
                     ["core", "--pfn=1-5000", "--format=json"],
                     *(["core", "--pfn=1", f"--format={form}"]
                       for form in ("brief", "csv", "dot")),
                     *(["core", action, *form]
                       for action in ("--summary", "--audit", "--ksm",
                                      "--anon-vma=ffff8b1503c0a270")
                       for form in ([], ["--format=json"])),
                     *(["core", action] for action in (
                         "--info", "--dump-layout", "--all", "--swap=0:1",
                         "--export=-"))):
            with self.subTest(args), open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [TOOL, *args], stdout=full, stderr=subprocess.PIPE,
                    cwd=self.tmp.name, env=self.env(), timeout=60,
                    check=False)
                self.assertEqual(done.returncode, FAILED)
                self.assertEqual(
                    done.stderr.splitlines()[-1], b"rmap-inspect: standard "
                    b"output: No space left on device")

    def test_full_disk_ends_the_query(self):
        """A range that nobody could wait for."""
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [TOOL, "core", "--pfn=0x10000-0xffffffffffffffff"],
                stdout=full, stderr=subprocess.DEVNULL, cwd=self.tmp.name,
                env=self.env(), timeout=20, check=False)
        self.assertEqual(done.returncode, FAILED)

    def test_closed_stdout(self):
        for args, code in ((["core", "--pfn=1"], FAILED),
                           (["core", "--pfn=x"], USAGE)):
            with self.subTest(args):
                done = subprocess.run(
                    ["sh", "-c", 'exec "$@" >&-', "sh", TOOL, *args],
                    stderr=subprocess.DEVNULL, cwd=self.tmp.name,
                    env=self.env(), timeout=20, check=False)
                self.assertEqual(done.returncode, code)

    def test_reader_leaves(self):
        with subprocess.Popen(
                [TOOL, "core", "--pfn=0x10000-0xffffffffffffffff"],
                stdout=subprocess.PIPE, cwd=self.tmp.name,
                env=self.env()) as tool:
            tool.stdout.readline()
            tool.stdout.close()
            self.assertEqual(tool.wait(timeout=20), -signal.SIGPIPE)

    def max_rss(self, pages, fmt):
        with subprocess.Popen(
                [TOOL, "core", f"--pfn=0x10000-{0x10000 + pages - 1:#x}",
                 f"--format={fmt}"],
                stdout=subprocess.DEVNULL, cwd=self.tmp.name,
                env=self.env()) as tool:
            _, status, usage = os.wait4(tool.pid, 0)
            tool.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(tool.returncode, COMPLETE)
        return usage.ru_maxrss

    @unittest.skipIf("sanitized" in (TOOL or ""),
                     "the sanitizer keeps freed memory")
    def test_memory_is_bounded(self):
        for fmt in "text", "json", "jsonl":
            with self.subTest(fmt):
                growth = self.max_rss(10000, fmt) - self.max_rss(100, fmt)
                self.assertLess(growth, 2048, "KiB")

    def test_ten_thousand_pages(self):
        _, doc = self.query("0x10000-0x1270f")
        self.assertEqual(len(doc["pages"]), 10000)


class Colors(Case):
    GAPS = ["core", "--pfn=0x200"]

    def shown(self, *args, terminal=True, **variables):
        """What comes out, on a terminal or in a pipe."""
        master, slave = pty.openpty() if terminal else os.pipe()
        with subprocess.Popen(
                [TOOL, *args], stdout=slave, cwd=self.tmp.name,
                env=dict(self.env(), TERM="xterm") | variables) as tool:
            os.close(slave)
            shown = b""
            with contextlib.suppress(OSError):    # the tool has ended
                while data := os.read(master, 4096):
                    shown += data
            tool.wait(timeout=20)
        os.close(master)
        return shown.replace(b"\r\n", b"\n").decode()

    def test_when(self):
        """Each row: on a terminal or not, the environment, the option."""
        for terminal, variables, option, colored in (
                (True, {}, [], True),
                (True, {}, ["--color=auto"], True),
                (True, {}, ["--color=never"], False),
                (True, {"NO_COLOR": "1"}, [], False),
                (True, {"NO_COLOR": ""}, [], True),
                (True, {"NO_COLOR": "1"}, ["--color=always"], True),
                (True, {"TERM": "dumb"}, [], False),
                (False, {}, [], False),
                (False, {}, ["--color=auto"], False),
                (False, {"NO_COLOR": "1"}, ["--color=always"], True),
                (False, {}, ["--color"], True)):
            with self.subTest(terminal=terminal, option=option, **variables):
                shown = self.shown(*self.GAPS, *option, terminal=terminal,
                                   **variables)
                self.assertEqual("\033[" in shown, colored)

    def test_what(self):
        """Colours are all that is added, and each ends on its line."""
        for args in (self.GAPS, ["core", "--pfn=0xafab"],
                     ["core", "--pfn=0x200,0xafab", "--format=brief"],
                     ["core", "--summary"], ["core", "--audit"],
                     ["core", "--info"]):
            with self.subTest(args):
                plain = self.shown(*args, "--color=never", terminal=False)
                shown = self.shown(*args, "--color=always", terminal=False)
                self.assertEqual(re.sub(r"\033\[\d*m", "", shown), plain)
                for line in shown.splitlines():
                    self.assertRegex(line, r"^([^\033]*\033\[\d+m[^\033]*"
                                           r"\033\[m)*[^\033]*$")
        self.assertRegex(self.shown(*self.GAPS),
                         "(?m)^\033\\[33m  gap .*\033\\[m$")

    def test_not_for_programs(self):
        for form in "json", "jsonl", "csv", "dot":
            with self.subTest(form):
                self.assertNotIn("\033", self.shown(
                    *self.GAPS, f"--format={form}", "--color=always"))


class Progress(Case):
    def on_terminal(self, *args, term="xterm", fake="", both=False,
                    code=COMPLETE):
        """What a terminal at stderr receives, or at both streams."""
        master, slave = pty.openpty()
        shown = b""
        with subprocess.Popen(
                [TOOL, *args], stdout=slave if both else subprocess.DEVNULL,
                stderr=slave, cwd=self.tmp.name,
                env=dict(self.env(fake=fake), TERM=term)) as tool:
            os.close(slave)
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                ready, _, _ = select.select([master], [], [], 1)
                try:
                    data = os.read(master, 4096) if ready else b""
                except OSError:     # the tool has ended
                    break
                shown += data
            self.assertEqual(tool.wait(timeout=20), code)
        os.close(master)
        return shown

    def test_shown_late_and_cleared(self):
        shown = self.on_terminal("core", "--pfn=0xbeef").decode()
        lines = shown.split("\r\033[K")
        self.assertEqual((lines[0], lines[-1]), ("", ""))
        self.assertRegex(lines[1], r"^page tables: (9|1\d) of 13, "
                                   r"([1-9]|10)/s, [01] s left$")
        self.assertLess(len(lines), 7)

    def test_until_there_are_lines(self):
        """Lines on the same terminal show themselves that it goes on."""
        shown = self.on_terminal("core", "--all", fake="long", both=True,
                                 code=GAPS).decode().replace("\r\n", "\n")
        before, heading, rest = shown.partition("PFN ")
        self.assertTrue(before.endswith("\r\033[K"))
        self.assertNotIn("page tables", rest)
        self.assertTrue((heading + rest).startswith(
            "\n".join(ALL.splitlines()[:2])))

    def test_beside_lines_that_go_elsewhere(self):
        shown = self.on_terminal("core", "--all", fake="long", code=GAPS)
        lines = shown.decode().split("\r\033[K")
        self.assertGreater(len(lines), 12)
        self.assertEqual(lines[-1], "rmap-inspect: 1 of 4 pages have gaps\r\n")

    def test_not_for_short_work(self):
        self.assertEqual(self.on_terminal("core", "--pfn=1"), b"")

    def test_not_on_dumb_terminal(self):
        self.assertEqual(
            self.on_terminal("core", "--pfn=0xbeef", term="dumb"), b"")

    def test_not_in_a_pipe(self):
        code, _, err = self.run_tool("core", "--pfn=0xbeef")
        self.assertEqual((code, err), (COMPLETE, b""))


if __name__ == "__main__":
    unittest.main()
