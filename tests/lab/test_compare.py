#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the checker: every fault planted in an answer or in a truth has to
be found, and a faultless answer has to pass. Needs neither lab nor tool."""

import contextlib
import io
import json
import pathlib
import tempfile
import textwrap
import unittest
from unittest import mock

import compare
from lablib import scenarios, truth
from lablib.errors import LabError

SELF_PID = 7
COUNT = 2  # what the kernel counts of each page
BITS = 0x100 | truth.UFFD_WP
FIRST_PID = 100

# Where each process has which page; a folio has the pages after it as well.
SHARED, OWN, DISK, TMPFS, HUGE = 0x1000, 0x2000, 0x3000, 0x4000, 0x5000
BACK, ZERO, FOLIO, FOLIO_PAGES = 0x6000, 0x7000, 0x10000, 16
SWAPPED, MARKED, BIOS = 0x8000, 0x9000, 0xa000
REGION_SIZE = 0x20000

CGROUPS = {"cgroup-a": 11, "cgroup-docker": 12, "cgroup-dying": 10}

# Answers what the file beside it holds, for each PFN or swap entry that it is
# asked for.
FAKE_TOOL = """\
    #!/usr/bin/python3
    import json, pathlib, sys
    canned = json.loads(pathlib.Path(__file__).with_name("answers").read_text())
    asked = [after for word, after in zip(sys.argv, sys.argv[1:])
             if word == "--swap"]
    for line in asked or sys.stdin:
        if line.strip() in canned["pages"]:
            print(json.dumps(canned["pages"][line.strip()]))
    sys.exit(canned["exit"])
    """


class MadeUpTruth:
    """A small truth that has something of every scenario."""

    def __init__(self):
        self._lines = ["truth 2", "kernel 6.19", f"self {SELF_PID}"]
        self._next_pfn = 0x100
        self._next_pid = FIRST_PID
        self._add_machine()
        for row in scenarios.EXPECTED:
            self._add_scenario(row)

    def text(self):
        return self._whole(self._lines)

    def without(self, *words):
        """The truth as it would be without the records with these words."""
        return self._whole(line for line in self._lines
                           if not set(words) <= set(line.split(" ")))

    def replaced(self, old, new):
        return self._whole(line.replace(old, new) for line in self._lines)

    @staticmethod
    def _whole(lines):
        lines = list(lines)
        return "\n".join([*lines, f"end {len(lines)}", ""])

    def _pfn(self):
        self._next_pfn += 1
        return self._next_pfn

    def _add(self, *words):
        self._lines.append(" ".join(map(str, words)))

    def _add_machine(self):
        self._add("poison 50 1 0")
        self._add("kpages 50 1", f"{truth.KPF_HWPOISON:x}")
        self._add("cgroup 10 online /lab")
        self._add("cgroup 11 online /lab/a")
        self._add("cgroup 12 online /lab/docker-1.scope")
        self._add("cgroup 13 removed /lab/dying")
        for index, state in enumerate(("clean", "dirty", "swapped")):
            self._add("cache 01:01 5", index, state, "/cached")

    def _add_scenario(self, row):
        """What any scenario is content with, in each process."""
        common = {SHARED: self._pfn(), DISK: self._pfn(), TMPFS: self._pfn()}
        for number in range(row.processes):
            pid, self._next_pid = self._next_pid, self._next_pid + 1
            self._add("proc", pid, "Z", scenarios.ZOMBIES.get(row.name,
                                                              row.name))
            self._add(f"region {pid} 0 {REGION_SIZE:x} {row.name}")
            self._add(f"vma {pid} 0 1000 r--s 0 01:01 1 /bound/file")
            self._add(f"vma {pid} 1000 2000 r--s 0 01:01 1 /overlay/file")
            self._add_pages(row, pid, common, number == 0)
            self._add(f"swap {pid} {SWAPPED:x} 0 1 80")
            self._add(f"swap {pid} {MARKED:x} 1f 0 80")
            self._add(f"pfnmap {pid} {BIOS:x} {self._pfn():x}")
            if number < max(row.whole, default=0):
                self._add("huge", pid, 0, 2048)
            if row.name in ("vmsplice", "io_uring"):
                self._add(f"pin {pid} {OWN:x} 2 {row.name}")

    def _add_pages(self, row, pid, common, is_first):
        merged = truth.KPF_KSM if row.name == "ksm" else 0
        self._add_page(row, pid, SHARED, truth.KPF_ANON | merged, common)
        self._add_page(row, pid, OWN, truth.KPF_ANON)
        self._add_page(row, pid, DISK, 0, common)
        self._add_page(row, pid, TMPFS, truth.KPF_SWAPBACKED, common)
        self._add_page(row, pid, HUGE, truth.KPF_THP | truth.KPF_HUGE
                       | truth.KPF_ANON)
        for page in range(2 if row.asked == scenarios.KERNEL else 0):
            self._add_page(row, pid, ZERO + page, truth.KPF_ZERO_PAGE)
        if not is_first:
            self._add(f"swap {pid} {BACK:x} 0 2 80")
            return
        self._add_page(row, pid, BACK, truth.KPF_ANON | truth.KPF_SWAPCACHE)
        for page in range(FOLIO_PAGES if row.name == "mthp" else 0):
            self._add_page(row, pid, FOLIO + page * 0x1000, truth.KPF_ANON |
                           (truth.KPF_COMPOUND_TAIL if page
                            else truth.KPF_COMPOUND_HEAD))

    def _add_page(self, row, pid, address, flags, common=None):
        pfn = common[address] if common else self._pfn()
        self._add(f"page {pid} {address:x} {pfn:x} {BITS:x} {COUNT} "
                  f"{flags:x} {CGROUPS.get(row.name, 0)}")


def perfect_answers(facts, checks):
    """What a faultless tool would say, and its own self would add."""
    question = compare.Question(facts, checks)
    pages = {f"{pfn:#x}": perfect_page(question, pfn, expected)
             for pfn, expected in question.expected.items()}
    entries = (compare.swap_entries(facts) if compare.SWAP in checks else {})
    for (kind, offset), pairs in entries.items():
        pages[f"{kind}:{offset:#x}"] = perfect_swap(offset, [
            mapping(*pair, "swapped") for pair in pairs.elements()])
    if entries:
        pages["0:0x30"] = perfect_swap(0x30, []) | {
            "file": {"device": "01:01", "inode": 5, "offset": 0x2000,
                     "path": "/cached"}}
    return {"pages": pages, "exit": 0}


def perfect_swap(offset, mappings):
    return {"swap_offset": f"{offset:#x}", "mappings": mappings,
            "complete": True, "gaps": [], "cached": False, "file": None}


def perfect_page(question, pfn, expected):
    pairs = [*expected.pairs.elements(), (SELF_PID, SHARED)]
    state = expected.states[-1]
    ledger = expected.ledger or compare.Ledger()
    return {
        "pfn": f"{pfn:#x}", "kind": min(expected.kinds or ["zero"]),
        "complete": True, "gaps": [], "mapcount": COUNT,
        "refcount": COUNT, "unexplained": ledger.unexplained,
        "references": [{"holder": "pinned references",
                        "count": ledger.pinned}],
        "memcg": expected.memcg,
        "mappings": [mapping(*pair, state, question.path(*pair))
                     for pair in pairs]}


def mapping(pid, address, state="mapped", path=None):
    """As the made-up truth has it, userfaultfd protects all pages."""
    return {"address": f"{address:#x}", "state": state, "path": path,
            "note": "by userfaultfd",
            "tasks": [{"pid": pid, "comm": "made-up"}]}


class CompareTest(unittest.TestCase):
    """Each test plants one fault and names the column that has to count it."""

    @classmethod
    def setUpClass(cls):
        cls.made_up = MadeUpTruth()

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        # The tool here says no more than what is compared.
        self.enterContext(mock.patch("lablib.answers.faults",
                                     return_value=[]))
        self.place = pathlib.Path(temporary.name)
        self.tool = self.place / "tool"
        self.tool.write_text(textwrap.dedent(FAKE_TOOL))
        self.tool.chmod(0o755)
        self.write_truth(self.made_up.text())
        self.facts = truth.Truth(self.place / "truth")
        self.answer_perfectly()

    def answer_perfectly(self, *checks):
        self.checks = frozenset(checks)
        self.answers = perfect_answers(self.facts, self.checks)
        self.first = next(iter(self.answers["pages"].values()))

    def write_truth(self, text):
        (self.place / "truth").write_text(text)

    def faults(self, gaps_allowed=False):
        (self.place / "answers").write_text(json.dumps(self.answers))
        result = compare.compare(str(self.tool), self.place, ["vmlinux"],
                                 gaps_allowed, self.checks)
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
            if row.is_rare:
                continue
            with self.subTest(row.name):
                self.write_truth(self.made_up.without(row.name))
                self.assertRaises(LabError, self.faults)

    # Without these words, or with others, a scenario did not happen.
    TOLD = (("huge",), ("pin", "vmsplice"), ("pin", "io_uring"), ("pfnmap",),
            ("poison",), ("kpages",), ("removed",), ("dirty",), ("swapped",))
    SPOILED = (("/bound", "/unbound"), ("/overlay", "/underlay"),
               (" 2 vmsplice", " 2 io_uring"), ("/lab/a", "/lab/b"),
               (f" {BITS:x} ", " 100 "), (f" {MARKED:x} 1f", " 0 0"),
               (f"{truth.KPF_COMPOUND_TAIL | truth.KPF_ANON:x}", "0"))

    def test_a_truth_where_a_thing_was_not_done(self):
        for words in self.TOLD:
            with self.subTest(words):
                self.write_truth(self.made_up.without(*words))
                self.assertRaises(LabError, self.faults)
        for old, new in self.SPOILED:
            with self.subTest(old):
                self.write_truth(self.made_up.replaced(old, new))
                self.assertRaises(LabError, self.faults)

    def test_a_truth_where_nothing_was_merged(self):
        merged = truth.KPF_ANON | truth.KPF_KSM
        self.write_truth(self.made_up.text().replace(
            f" {merged:x} ", f" {truth.KPF_ANON:x} "))
        self.assertRaises(LabError, self.faults)

    def judge_of(self, check, kind, plant):
        """The faults of a fault that is planted in one kind of answer."""
        self.answer_perfectly(check)
        self.assertEqual(self.faults(), [])
        plant(next(answer for name, answer in self.answers["pages"].items()
                   if kind(name, answer)))
        return self.faults()

    def test_a_protection_that_is_not_told(self):
        self.first["mappings"][0]["note"] = "read-only (copy on write)"
        self.assertEqual(self.faults(), ["wrong name"])

    def test_a_swap_entry_of_one_less_and_of_another(self):
        faults = self.judge_of(
            compare.SWAP, lambda name, answer: ":" in name,
            lambda answer: answer["mappings"][0].update(address="0xdead000"))
        self.assertEqual(sorted(faults), ["extra", "missing"])

    def test_a_swap_entry_that_is_told_as_mapped(self):
        faults = self.judge_of(
            compare.SWAP, lambda name, answer: ":" in name,
            lambda answer: answer["mappings"][0].update(state="mapped"))
        self.assertEqual(faults, ["missing"])

    def test_shared_memory_in_swap_at_another_place(self):
        def is_of_file(_, answer):
            return answer.get("file")

        for change, columns in (
                ({"offset": 0x3000}, ["extra", "missing"]),
                ({"path": "/other"}, ["wrong name"])):
            with self.subTest(change):
                self.assertEqual(self.judge_of(
                    compare.SWAP, is_of_file,
                    lambda answer: answer["file"].update(change)), columns)

    def test_a_swap_entry_with_a_gap(self):
        self.assertEqual(self.judge_of(
            compare.SWAP, lambda name, _: ":" in name,
            lambda answer: answer.update(complete=False)), ["gaps"])

    def test_a_zero_page_that_one_more_has(self):
        faults = self.judge_of(
            compare.KERNEL_PAGES,
            lambda name, answer: answer.get("kind") == "zero",
            lambda answer: answer["mappings"].append(mapping(100, 0xdead000)))
        self.assertEqual(faults, ["extra"])

    def test_pins_that_are_not_all_found(self):
        for kind, is_it in (
                ("pinned", lambda name, answer: ":" not in name and
                 answer["references"][0]["count"]),
                ("lent", lambda name, answer: answer.get("unexplained"))):
            with self.subTest(kind):
                faults = self.judge_of(
                    compare.LEDGER, is_it,
                    lambda answer: answer.update(references=[],
                                                 unexplained=0))
                self.assertEqual(faults, ["wrong count"])

    def test_a_pin_that_nobody_has(self):
        self.answer_perfectly(compare.LEDGER)
        self.first["references"][0]["count"] = 1
        self.assertEqual(self.faults(), ["wrong count"])

    def test_a_removed_cgroup_that_is_told_as_another(self):
        dying = {"path": "/lab/dying", "state": "dying"}
        for wrong in (None, dying | {"state": "online"},
                      dying | {"path": "/lab"}):
            with self.subTest(wrong):
                faults = self.judge_of(
                    compare.MEMCG,
                    lambda name, answer: answer.get("memcg") == dying,
                    lambda answer, wrong=wrong: answer.update(memcg=wrong))
                self.assertEqual(faults, ["wrong name"])

    def test_a_path_that_the_process_does_not_know(self):
        self.answer_perfectly(compare.PATHS)
        self.assertEqual(self.faults(), [])
        self.first["mappings"][0]["path"] = "/file"
        self.assertEqual(self.faults(), ["wrong name"])

    def test_the_command_line_tells_by_its_exit_code(self):
        for plant, code in ((lambda: None, 0), (self.lose_a_mapping, 1)):
            plant()
            (self.place / "answers").write_text(json.dumps(self.answers))
            said = io.StringIO()
            with mock.patch("sys.argv", [
                    "compare", f"--tool={self.tool}", f"--dump={self.place}",
                    "--vmlinux=vmlinux", f"--check={compare.LEDGER}"]), \
                    contextlib.redirect_stdout(said):
                self.assertEqual(compare.main(), code, said.getvalue())


if __name__ == "__main__":
    unittest.main()
