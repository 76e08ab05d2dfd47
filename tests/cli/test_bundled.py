#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tool and its library on the small real dump that comes along.

RMAP_INSPECT names the tool. What it answers of swap entries, of pages without
a reverse map and of whole folios is held against what the guest said of itself
(fixtures/bundled/truth), and against what it answers by other ways.
"""

import collections
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUNDLED = ROOT / "fixtures" / "bundled"
sys.path.insert(0, str(ROOT / "fixtures"))

from lablib import answers, truth  # noqa: E402

TOOL = os.environ.get("RMAP_INSPECT")

COMPLETE = 0
FAILED = 1
WITH_GAPS = 3


def setUpModule():
    if not TOOL or not (BUNDLED / "vmcore").exists():
        raise unittest.SkipTest("no tool, or no bundled dump")


def binary():
    """The program behind the wrapper of libtool."""
    tool = pathlib.Path(TOOL)
    behind = tool.parent / ".libs" / tool.name
    return behind if behind.exists() else tool


def ask(*options, stdin=""):
    """(exit code, the objects) of --format=jsonl."""
    done = subprocess.run(
        [TOOL, "--no-cache", BUNDLED / "vmcore", "--format=jsonl", *options],
        input=stdin, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, list(answers.lines(done.stdout.splitlines()))


def ask_pages(pfns, *options):
    return ask("--pfn-file=-", *options,
               stdin="".join(f"{pfn:#x}\n" for pfn in pfns))


def places(answer):
    """(pid, address) of each of its mappings."""
    return collections.Counter(
        (task["pid"], int(mapping["address"], 16))
        for mapping in answer["mappings"] for task in mapping["tasks"])


class Bundled(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.truth = truth.Truth(BUNDLED / "truth")
        cls.pfns = sorted({place.pfn for place in
                           cls.truth.pages + cls.truth.poisons})
        cls.code, cls.pages = ask_pages(cls.pfns)

    def zero_pages(self):
        found = collections.defaultdict(collections.Counter)
        for page in self.truth.pages:
            if page.flags & truth.KPF_ZERO_PAGE:
                found[page.pfn][page.pid, page.address] += 1
        self.assertTrue(found)
        return found

    def test_swap_entries(self):
        expected = collections.defaultdict(collections.Counter)
        for swap in self.truth.swapped:
            if swap.type < truth.SWAP_DISKS:
                expected[swap.type, swap.offset][swap.pid, swap.address] += 1
        self.assertGreater(len(expected), 10)
        code, answers = ask(*(f"--swap={number}:{offset:x}"
                              for number, offset in expected))
        self.assertEqual(code, COMPLETE)
        self.assertEqual(len(answers), len(expected))
        for answer, (entry, pairs) in zip(answers, expected.items()):
            self.assertEqual((answer["swap_type"],
                              int(answer["swap_offset"], 16)), entry)
            self.assertEqual(places(answer), pairs)
            self.assertEqual(answer["count"], len(answer["mappings"]))
            self.assertEqual(answer["gaps"], [])

    def test_zero_page_is_found_in_the_page_tables(self):
        expected = self.zero_pages()
        code, pages = ask_pages(expected)
        self.assertEqual(code, COMPLETE)
        for page, pairs in zip(pages, expected.values()):
            self.assertEqual(page["found_by"], "scan")
            # The huge one is not marked as special in a PMD.
            self.assertLessEqual({mapping["state"] for mapping in
                                  page["mappings"]}, {"special", "mapped"})
            # The truth is of the workload; others have it, too.
            self.assertEqual(pairs - places(page), collections.Counter())

    def test_scan_takes_place_where_it_is_needed(self):
        """The first such page may come late, and others after it."""
        zeros = list(self.zero_pages())
        others = [page.pfn for page in self.truth.pages
                  if not page.flags & truth.KPF_ZERO_PAGE][:50]
        order = others + zeros + others[:3] + zeros
        code, pages = ask_pages(order)
        self.assertEqual(code, COMPLETE)
        alone = {pfn: page for pfn, page in
                 zip(zeros, ask_pages(zeros)[1])}
        for pfn, page in zip(order, pages):
            if pfn in alone:
                self.assertEqual(page, alone[pfn])
            else:
                self.assertNotEqual(page["mappings"], [])

    def test_all_ways_agree(self):
        self.assertEqual(self.code, COMPLETE)
        code, by_both = ask_pages(self.pfns, "--method=both")
        self.assertEqual(code, COMPLETE)
        states = collections.Counter()
        for rmap, both in zip(self.pages, by_both):
            self.assertEqual(both.pop("differences"), [])
            self.assertEqual(rmap, both)
            states.update(mapping["state"] for mapping in rmap["mappings"])
        for state in "mapped", "swapped", "special", "poisoned":
            self.assertGreater(states[state], 4)

    def test_folio_is_the_sum_of_its_pages(self):
        expected = collections.defaultdict(collections.Counter)
        for page in self.pages:
            if page["order"] and page["mappings"]:
                expected[int(page["head_pfn"], 16)].update(places(page))
        self.assertTrue(expected)
        for method in "rmap", "scan", "both":
            code, folios = ask_pages(expected, "--folio",
                                     f"--method={method}")
            self.assertEqual(code, COMPLETE)
            for folio, pairs in zip(folios, expected.values()):
                self.assertIs(folio["folio"], True)
                self.assertEqual(self.each_page(folio), pairs)

    def test_memory_is_bounded(self):
        """Too little is an error that says what to do, never less of an
        answer; whoever needs little gets all."""
        if b"__asan_init" in binary().read_bytes():
            self.skipTest("a sanitizer takes more for itself")
        codes = collections.Counter()
        for megabytes in 1, 4, 8, 12, 16, 24, 32, 48, 64, 128, 512:
            for question in f"--pfn={self.pfns[0]:#x}", "--summary":
                done = subprocess.run(
                    [TOOL, "--no-cache", BUNDLED / "vmcore", "--format=json",
                     f"--max-memory={megabytes}M", question],
                    capture_output=True, text=True, timeout=120, check=False)
                codes[done.returncode] += 1
                if done.returncode == COMPLETE:
                    self.assertEqual(done.stderr, "")
                    self.assertIs(answers.document(done.stdout)["complete"],
                                  True)
                elif done.returncode == FAILED:
                    self.assertIn("out of memory; allow more with "
                                  "--max-memory", done.stderr)
                else:
                    self.assertEqual(done.returncode, WITH_GAPS)
                    self.assertIn("out of memory", done.stdout)
        self.assertGreater(codes[COMPLETE], 1)
        self.assertGreater(codes[FAILED], 1)

    @staticmethod
    def each_page(folio):
        return collections.Counter(
            (task["pid"], int(mapping["address"], 16) + 4096 * i)
            for mapping in folio["mappings"] for task in mapping["tasks"]
            for i in range(mapping["n_pages"]))


class Examples(unittest.TestCase):
    """What documents say that a command prints; … stands for some lines."""

    DOCUMENTS = ("README.md", "fixtures/bundled/README.md",
                 "doc/how-the-reverse-map-works.md")
    LEFT_OUT = "…"

    def check(self, command, shown):
        program, *arguments = shlex.split(command)
        self.assertEqual(program, "rmap-inspect")
        with tempfile.TemporaryDirectory() as cache:
            done = subprocess.run(
                [TOOL, *arguments], cwd=ROOT, capture_output=True, text=True,
                env=os.environ | {"XDG_CACHE_HOME": cache}, timeout=120,
                check=False)
        pattern = "".join(
            r"(?:.*\n)*?" if line.strip() == self.LEFT_OUT else
            re.escape(line) + r"\n" for line in shown.splitlines())
        # A blank line ends an answer, and need not stand in a document.
        self.assertRegex(done.stdout, rf"\A{pattern}\n?\Z")

    def test_examples(self):
        for document in self.DOCUMENTS:
            text = (ROOT / document).read_text(encoding="utf-8")
            examples = re.findall(r"^```\n\$ (.+)\n((?:.*\n)*?)```", text,
                                  re.MULTILINE)
            self.assertTrue(examples, document)
            for command, shown in examples:
                with self.subTest(document=document, command=command):
                    self.check(command, shown)


if __name__ == "__main__":
    unittest.main()
