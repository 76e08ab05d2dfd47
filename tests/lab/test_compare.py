#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the checker: every fault planted in an answer or in a truth has to
be found, and a faultless answer has to pass. Needs neither lab nor tool."""

import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

import compare
from lablib import scenarios, truth
from lablib.errors import LabError

SELF_PID = 7
COUNT = 2  # what the kernel counts of each page
SHARED, OWN, DISK, TMPFS = 0x1000, 0x2000, 0x3000, 0x4000
HUGE, SWAPPED = 0x5000, 0x6000
REGION_SIZE = 0x10000

# Answers what the file beside it holds, for each PFN that it is asked for.
FAKE_TOOL = """\
    #!/usr/bin/python3
    import json, pathlib, sys
    canned = json.loads(pathlib.Path(__file__).with_name("answers").read_text())
    for line in sys.stdin:
        if line.strip() in canned["pages"]:
            print(json.dumps(canned["pages"][line.strip()]))
    sys.exit(canned["exit"])
    """


class MadeUpTruth:
    """A small truth that has something of every scenario."""

    def __init__(self):
        self._lines = ["truth 1", "kernel 0.0", f"self {SELF_PID}"]
        self._next_pfn = 0x100
        self._next_pid = 100
        for row in scenarios.EXPECTED:
            self._add_scenario(row)

    def text(self):
        return "\n".join([*self._lines, f"end {len(self._lines)}", ""])

    def without(self, word):
        """The truth as it would be without the records with this word."""
        kept = [line for line in self._lines if word not in line.split(" ")]
        return "\n".join([*kept, f"end {len(kept)}", ""])

    def _pfn(self):
        self._next_pfn += 1
        return self._next_pfn

    def _add_scenario(self, row):
        """Pages that any scenario is content with, in each process."""
        merged = truth.KPF_KSM if row.name == "ksm" else 0
        shared, disk, tmpfs = self._pfn(), self._pfn(), self._pfn()
        for _ in range(row.processes):
            pid = self._next_pid
            self._next_pid += 1
            self._lines.append(f"proc {pid} Z {row.name}")
            self._lines.append(f"region {pid} 0 {REGION_SIZE:x} {row.name}")
            for address, pfn, flags in (
                    (SHARED, shared, truth.KPF_ANON | merged),
                    (OWN, self._pfn(), truth.KPF_ANON),
                    (DISK, disk, 0),
                    (TMPFS, tmpfs, truth.KPF_SWAPBACKED),
                    (HUGE, self._pfn(), truth.KPF_THP | truth.KPF_HUGE)):
                self._lines.append(
                    f"page {pid} {address:x} {pfn:x} 100 {COUNT} {flags:x}")
            self._lines.append(f"swap {pid} {SWAPPED:x} 0 1 80")


def perfect_answers(facts):
    """What a faultless tool would say, and its own self would add."""
    pages = {}
    for pfn, expected in compare.Question(facts).expected.items():
        pairs = [*expected.pairs.elements(), (SELF_PID, SHARED)]
        pages[f"{pfn:#x}"] = {
            "pfn": f"{pfn:#x}", "kind": min(expected.kinds),
            "complete": True, "gaps": [], "mapcount": COUNT,
            "refcount": COUNT, "unexplained": 0,
            "mappings": [mapping(*pair) for pair in pairs]}
    return {"pages": pages, "exit": 0}


def mapping(pid, address, state="mapped"):
    return {"address": f"{address:#x}", "state": state,
            "tasks": [{"pid": pid, "comm": "made-up"}]}


class CompareTest(unittest.TestCase):
    """Each test plants one fault and names the column that has to count it."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.place = pathlib.Path(temporary.name)
        self.tool = self.place / "tool"
        self.tool.write_text(textwrap.dedent(FAKE_TOOL))
        self.tool.chmod(0o755)
        self.made_up = MadeUpTruth()
        self.write_truth(self.made_up.text())
        self.answers = perfect_answers(truth.Truth(self.place / "truth"))
        self.first = next(iter(self.answers["pages"].values()))

    def write_truth(self, text):
        (self.place / "truth").write_text(text)

    def faults(self, gaps_allowed=False):
        (self.place / "answers").write_text(json.dumps(self.answers))
        result = compare.compare(str(self.tool), self.place, ["vmlinux"],
                                 gaps_allowed)
        self.assertGreater(result.pfns, 0)
        return [fault.column for fault in result.faults]

    def lose_a_mapping(self):
        del self.first["mappings"][0]

    def leave_a_gap(self):
        self.first.update(complete=False,
                          gaps=[{"what": "w", "where": "h", "why": "y"}])
        self.answers["exit"] = compare.WITH_GAPS

    def test_a_perfect_answer_passes(self):
        self.assertEqual(self.faults(), [])

    def test_a_missing_mapping(self):
        self.lose_a_mapping()
        self.assertEqual(self.faults(), ["missing"])

    def test_a_mapping_that_is_only_swapped(self):
        self.first["mappings"][0]["state"] = "swapped"
        self.assertEqual(self.faults(), ["missing"])

    def test_an_extra_mapping(self):
        self.first["mappings"].append(mapping(100, 0xdead000))
        self.assertEqual(self.faults(), ["extra"])

    def test_a_mapping_told_twice(self):
        self.first["mappings"].append(self.first["mappings"][0])
        self.assertEqual(self.faults(), ["extra"])

    def test_a_mapping_at_another_address(self):
        self.first["mappings"][0]["address"] = "0xdead000"
        self.assertEqual(sorted(self.faults()), ["extra", "missing"])

    def test_a_wrong_kind(self):
        self.first["kind"] = "hugetlb"
        self.assertEqual(self.faults(), ["wrong kind"])

    def test_a_wrong_count(self):
        self.first["mapcount"] = COUNT + 1
        self.assertEqual(self.faults(), ["wrong count"])

    def test_a_reference_that_nobody_holds(self):
        self.first["unexplained"] = 1
        self.assertEqual(self.faults(), ["wrong count"])

    def test_a_count_that_is_not_known(self):
        self.first["mapcount"] = None
        self.assertEqual(self.faults(), [])

    def test_a_gap_in_a_whole_dump(self):
        self.leave_a_gap()
        self.assertEqual(self.faults(), ["gaps"])

    def test_a_gap_that_the_exit_code_hides(self):
        self.leave_a_gap()
        self.answers["exit"] = compare.COMPLETE
        self.assertEqual(self.faults(), ["gaps", "gaps"])

    def test_a_page_without_answer(self):
        self.answers["pages"].popitem()
        self.assertEqual(self.faults(), ["missing"])

    def test_a_tool_that_fails(self):
        self.answers["exit"] = 1
        self.assertRaises(LabError, self.faults)

    def test_a_lossy_dump_with_an_honest_gap(self):
        self.lose_a_mapping()
        self.leave_a_gap()
        self.assertEqual(self.faults(gaps_allowed=True), [])

    def test_a_lossy_dump_with_a_silent_loss(self):
        self.lose_a_mapping()
        self.assertEqual(self.faults(gaps_allowed=True), ["missing", "gaps"])

    def test_a_lossy_dump_with_an_extra_mapping(self):
        self.leave_a_gap()
        self.first["mappings"].append(mapping(100, 0xdead000))
        self.assertEqual(self.faults(gaps_allowed=True), ["extra"])

    def test_a_truth_without_its_end(self):
        self.write_truth(self.made_up.text().rsplit("end", 1)[0])
        self.assertRaises(LabError, self.faults)

    def test_a_truth_with_a_line_lost(self):
        head, _, tail = self.made_up.text().partition("swap")
        self.write_truth(head + tail.split("\n", 1)[1])
        self.assertRaises(LabError, self.faults)

    def test_a_truth_without_one_scenario(self):
        for row in scenarios.EXPECTED:
            with self.subTest(row.name):
                self.write_truth(self.made_up.without(row.name))
                self.assertRaises(LabError, self.faults)

    def test_a_truth_where_nothing_was_merged(self):
        merged = truth.KPF_ANON | truth.KPF_KSM
        self.write_truth(self.made_up.text().replace(
            f"{merged:x}\n", f"{truth.KPF_ANON:x}\n"))
        self.assertRaises(LabError, self.faults)

    def test_the_command_line_tells_by_its_exit_code(self):
        for plant, code in ((lambda: None, 0), (self.lose_a_mapping, 1)):
            plant()
            (self.place / "answers").write_text(json.dumps(self.answers))
            done = subprocess.run(
                [sys.executable, compare.__file__, "--tool", self.tool,
                 "--dump", self.place, "--vmlinux", "vmlinux"],
                stdout=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, code, done.stdout)


if __name__ == "__main__":
    unittest.main()
