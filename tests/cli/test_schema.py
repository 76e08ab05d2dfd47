#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The schema of the JSON: it refuses what it should, and its words are those
of the code. That the tool keeps to it, all other tests see (lablib/answers.py).
"""

import collections
import copy
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "fixtures"))

from lablib import answers  # noqa: E402

TOOL = os.environ.get("RMAP_INSPECT")
VMCORE = ROOT / "fixtures" / "bundled" / "vmcore"

# A page with mappings, a file and a cgroup.
PAGE = "0x3e97c"


def definition(name):
    return answers.schema()["$defs"][name]


def words(name):
    return [word for word in definition(name)["enum"] if word is not None]


def source(path):
    """What the preprocessor sees: neighbouring strings are one."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.sub(r'"\s+"', "", text)


def found(pattern, *paths):
    return [word for path in paths for file in sorted(ROOT.glob(path))
            for word in re.findall(pattern, source(file))]


def columns():
    """(column, type) of each table, as export.def has them."""
    tables = collections.defaultdict(list)
    for table, column, kind in found(
            r"COLUMN\((\w+), (\w+), (INTEGER|TEXT|ADDRESS),",
            "src/api/export.def"):
        tables[table].append((column, kind))
    return tables


def types_of(property_):
    """The JSON types that a property can have, but for null."""
    if "$ref" in property_:
        property_ = definition(property_["$ref"].rpartition("/")[2])
    if "enum" in property_:
        types = {"integer" if isinstance(word, int) else "string"
                 for word in property_["enum"] if word is not None}
    else:
        types = property_["type"]
        types = {types} if isinstance(types, str) else set(types)
    return types - {"null"}


class Words(unittest.TestCase):
    """Each list of words is the one that the code has a table of."""

    maxDiff = None

    def expect(self, name, expected):
        self.assertCountEqual(words(name), expected)

    def test_kinds(self):
        self.expect("kind", found(r'\[KIND_\w+\] = \{ "([a-z-]+)"',
                                  "src/kind/kind.c"))
        table = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \| .*\| .*\| .*\|",
                           source("doc/kinds.md"), re.MULTILINE)
        self.expect("kind", [word for cell in table[:len(words("kind"))]
                             for word in re.findall(r"`([a-z-]+)`", cell)])

    def test_details(self):
        told = found(r'details_\w+\((?:survey->)?details, "(\w+)"',
                     "src/kind/*.c")
        self.assertCountEqual(definition("details")["properties"], set(told))

    def test_details_of_places(self):
        told = found(r'"([A-Za-z ]+)"',
                     *(f"src/api/place_{part}.c"
                       for part in ("file", "memory", "mm", "phys")))
        self.assertLessEqual(set(definition("place-details")["properties"]),
                             set(told))

    def test_states(self):
        states = found(r'\[STATE_\w+\] = \{ "([a-z-]+)"', "src/rmap/state.c")
        changed = found(r'define CHANGED\s+"(\w+)"', "src/api/query_live.c")
        self.expect("state", set(states + changed) - {"none", "unknown"})

    def test_levels(self):
        levels = found(r'\[PT_\w+\] = "(\w+)"', "src/arch/arch.c")
        self.assertEqual(levels[:3], words("level"))
        self.assertEqual(levels,
                         definition("details")["properties"]["level"]["enum"])

    def test_others(self):
        for name, pattern, path in (
                ("holder", r'\[HOLDER_\w+\] = "([^"]+)"', "src/rmap/ledger.c"),
                ("answer", r'\[VERDICT_\w+\] = "(\w+)"',
                 "src/rmap/verdict.c"),
                ("found-by", r'found_by = "(\w+)"', "src/api/query*.c"),
                ("ksm-role", r'\[STABLE_\w+\] = "(\w+)"', "src/rmap/stable.c"),
                ("memcg-state", r'"(dying|online)"', "src/api/memcgs.c"),
                ("severity", r'severity = .*"(.+)" : "(.+)"',
                 "src/api/audit.c"),
                ("rule", r'RULE\(\w+, "([a-z-]+)"', "src/audit/rules.def"),
                ("lock-name", r'"([\w.]+)", S_\w+, M_\w+',
                 "src/audit/lock.c"),
                ("vmcoreinfo-from", r'\[FROM_\w+\] = "(\w+)"',
                 "src/api/session.c"),
                ("layout-kind", r'\.kind = "(\w+)"', "src/api/layout.c")):
            with self.subTest(name):
                told = found(pattern, path)
                self.expect(name, told if isinstance(told[0], str)
                            else [word for pair in told for word in pair])

    def test_sources(self):
        told = found(r'\.name = "([^"]+)"',
                     "src/kernel/source_*.c")
        self.assertCountEqual(
            definition("layout-source")["properties"]["name"]["enum"], told)

    def test_objects_of_findings(self):
        told = found(r'\{ (?:\w+ \? )?"([A-Za-z_ ]+)"',
                     "src/audit/*.c")
        self.expect("finding-object-type", set(told))

    def test_tables(self):
        types = {"INTEGER": "integer", "TEXT": "string", "ADDRESS": "string"}
        tables = columns()
        self.assertCountEqual([name for name in answers.schema()["$defs"]
                               if name.startswith("row-")],
                              [f"row-{table}" for table in tables])
        for table, rows in tables.items():
            properties = dict(definition(f"row-{table}")["properties"])
            del properties["table"]
            with self.subTest(table):
                self.assertEqual(
                    [(name, types_of(of)) for name, of in properties.items()],
                    [(name, {types[kind]}) for name, kind in rows])


class Strictness(unittest.TestCase):
    """What differs a little is refused."""

    def setUp(self):
        if not answers.can_validate():
            self.skipTest("no module jsonschema")

    def ask(self, *options):
        if not TOOL or not VMCORE.exists():
            self.skipTest("no tool, or no bundled dump")
        return subprocess.run([TOOL, "--no-cache", VMCORE, *options],
                              stdout=subprocess.PIPE, timeout=120,
                              check=False).stdout

    def refuse(self, value):
        self.assertNotEqual(answers.faults(value), [])

    def twist(self, value):
        """Each way to rename, drop or add a key, or to change a type."""
        for key in value:
            yield {f"{name}x" if name == key else name: inner
                   for name, inner in value.items()}
            yield {**value, key: {"neither": "nor"}}
            if isinstance(value[key], str):
                yield {**value, key: len(value[key])}
            if isinstance(value[key], int):
                yield {**value, key: str(value[key])}
        yield {**value, "another": 1}

    def judge(self, value):
        self.assertEqual(answers.faults(value), [])
        for twisted in self.twist(value):
            self.refuse(twisted)

    def test_page(self):
        page = answers.document(self.ask("--pfn", PAGE, "--format=jsonl"))
        self.judge(page)
        for key in "memcg", "file", "verdict":
            for twisted in self.twist(page[key]):
                self.refuse({**page, key: twisted})
        for twisted in self.twist(page["mappings"][0]):
            self.refuse({**page, "mappings": [twisted]})

    def test_words_and_numbers(self):
        page = answers.document(self.ask("--pfn", PAGE, "--format=jsonl"))
        for path, wrong in ((["kind"], "files"),
                            (["mappings", 0, "state"], "unknown"),
                            (["mappings", 0, "pte"], "25"),
                            (["pfn"], "0x0a"), (["page"], "0x0"),
                            (["file", "device"], "8:1"),
                            (["details", "cache"], "of another kind")):
            twisted = copy.deepcopy(page)
            *way, last = path
            inner = twisted
            for key in way:
                inner = inner[key]
            inner[last] = wrong
            with self.subTest(path):
                self.refuse(twisted)

    def test_documents(self):
        for options in (["--pfn", PAGE, "--swap=0:1"], ["--info"],
                        ["--summary"], ["--audit"], ["--ksm"]):
            with self.subTest(options):
                self.judge(answers.document(self.ask(*options,
                                                     "--format=json")))

    def test_lines(self):
        for options in ["--all", "--min-sharers=60"], ["--export", "-"]:
            lines = self.ask(*options, *(["--format=jsonl"]
                                         if "--all" in options else []))
            last = lines.splitlines()[-1]
            with self.subTest(options):
                self.judge(answers.document(last))

    def test_no_form(self):
        self.refuse({})
        self.refuse({"table": "pages"})


class Schema(unittest.TestCase):
    def test_is_one(self):
        if not answers.can_validate():
            self.skipTest("no module jsonschema")
        answers.check_schema()

    def test_is_shipped_whole(self):
        """All that is referred to is there, and all that is there is used."""
        text = answers.SCHEMA.read_text(encoding="utf-8")
        self.assertCountEqual(set(re.findall(r'"#/\$defs/([\w-]+)"', text)),
                              answers.schema()["$defs"])


if __name__ == "__main__":
    unittest.main()
