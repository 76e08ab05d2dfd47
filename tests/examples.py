#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples of doc/examples on the small real dump that comes along.

EXAMPLES names the directory with the programs, RMAP_INSPECT the tool. What they
print is held against what the guest said of itself, and against the tool.
"""

import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "fixtures"))

from lablib import answers  # noqa: E402

VMCORE = ROOT / "fixtures/bundled/vmcore"
EXAMPLES = os.environ.get("EXAMPLES")
TOOL = os.environ.get("RMAP_INSPECT")
TREE = "57"  # has pages of its own, and shares with fourteen descendants


def run(program, *arguments):
    with tempfile.TemporaryDirectory() as cache:
        return subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=120,
            env=os.environ | {"XDG_CACHE_HOME": cache}, check=False)


def example(name, *arguments):
    return run(pathlib.Path(EXAMPLES) / name, *arguments)


def ask(*options):
    return answers.document(
        run(TOOL, VMCORE, "--format=json", *options).stdout)


class Examples(unittest.TestCase):
    def sharers(self, pid):
        """{address: (PFN, how many)}"""
        done = example("sharers", VMCORE, pid)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = (line.split() for line in done.stdout.splitlines())
        return {int(address, 16): (int(pfn, 16), int(number))
                for address, pfn, number in rows}

    def test_sharers(self):
        pids, of_tree = collections.defaultdict(set), {}
        for line in (ROOT / "fixtures/bundled/truth").read_text().splitlines():
            kind, *fields = line.split()
            if kind == "self":
                # Maps pages, too, and is not in the list that it wrote.
                for pfn, _ in self.sharers(fields[0]).values():
                    pids[pfn].add(fields[0])
            elif kind == "page":
                pid, address, pfn = fields[0], *(int(field, 16)
                                                 for field in fields[1:3])
                pids[pfn].add(pid)
                if pid == TREE:
                    of_tree[address] = pfn
        self.assertEqual(self.sharers(TREE),
                         {address: (pfn, len(pids[pfn]))
                          for address, pfn in of_tree.items()})

    def test_walk(self):
        shared = example("walk", VMCORE, "0x2e795")
        self.assertEqual(
            (shared.returncode, shared.stdout),
            (0, "not writable in any of 15 VMAs that allow it\n"))
        own = example("walk", VMCORE, "0x2e77f")
        self.assertEqual(own.returncode, 0)
        self.assertRegex(own.stdout, r"^writable at 0x7fff7fc35000 in the "
                         r"address space 0x[0-9a-f]+ of PID 57 \(tree\)\n$")

    def test_memory(self):
        done = example("memory", VMCORE)
        self.assertEqual(done.returncode, 0)
        rows = [tuple(map(int, line.split()[:4]))
                for line in done.stdout.splitlines()[1:]]
        self.assertEqual(rows, [
            (4 * process["rss"], process["pss_bytes"] // 1024,
             4 * process["uss"], process["tasks"][0]["pid"])
            for process in ask("--summary")["processes"]])

    def test_post_mortem(self):
        done = run(ROOT / "doc/examples/post-mortem", VMCORE)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertLess(len(done.stdout.splitlines()), 60)
        for page in ask("--hwpoison")["pages"]:
            self.assertEqual(done.stdout.count(f"\n  {page['pfn']}  "), 2)
        self.assertIn("mappings: 0 findings\n", done.stdout)
        self.assertTrue(done.stdout.endswith("\n  nothing was hidden\n"))

    def test_not_a_dump(self):
        for name, arguments in (("sharers", [TREE]), ("walk", ["1"]),
                                ("memory", [])):
            done = example(name, ROOT / "README.md", *arguments)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("README.md", done.stderr)
        done = run(ROOT / "doc/examples/post-mortem", ROOT / "README.md")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("README.md", done.stderr)


if __name__ == "__main__":
    unittest.main()
