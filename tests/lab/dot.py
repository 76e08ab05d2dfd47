#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pictures of --format=dot show as many VMAs as the truth has mappings.

Draws a page of each scenario with graphviz, counts what is in the picture, and
leaves it for people in the output directory.
"""

import argparse
import collections
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree

import compare
from lablib import answers, bundle, scenarios, truth

SKIP = 77
SCENARIOS = ("tree", "reuse", "ksm", "file")
SVG = "{http://www.w3.org/2000/svg}"
TOP = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTED = TOP / "doc/topology.svg"


class Picture:
    """What an SVG of graphviz has in it: groups with classes."""

    def __init__(self, svg):
        groups = xml.etree.ElementTree.fromstring(svg).iter(SVG + "g")
        self._groups = [(set(group.get("class", "").split()), group)
                        for group in groups]

    def count(self, *words):
        return sum(classes >= set(words) for classes, _ in self._groups)

    def pids(self, *words):
        """Of the processes named in nodes with these words."""
        labels = [group.find(f".//{SVG}text").text
                  for classes, group in self._groups if classes >= set(words)]
        return sorted(int(label.split()[0]) for label in labels)


class Tests:
    def __init__(self, arguments):
        self._arguments = arguments
        self.facts = truth.Truth(arguments.dump / "truth")
        self.passed = self.failed = 0

    def check(self, name, got, wanted):
        if got == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{name}: {got}, not {wanted}")

    def ask(self, *options):
        arguments = self._arguments
        return subprocess.run(
            [arguments.tool, "--no-cache", arguments.dump / "vmcore",
             *options], stdout=subprocess.PIPE, timeout=compare.DEADLINE,
            check=True).stdout

    def draw(self, name, *options):
        """The picture, which is left behind as SVG and PNG."""
        dot = self.ask("--format=dot", *options)
        directory = self._arguments.output
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{name}.dot").write_bytes(dot)
        for kind in ("svg", "png"):
            subprocess.run(
                ["dot", f"-T{kind}", "-o", directory / f"{name}.{kind}"],
                input=dot, timeout=compare.DEADLINE, check=True)
        return Picture((directory / f"{name}.svg").read_bytes())

    def pairs_of(self, scenario):
        """The PFN with most mappings in the scenario, and all of these."""
        index = scenarios.RegionIndex(self.facts.regions)
        pairs = collections.defaultdict(list)
        for page in self.facts.pages:
            if page.pid != self.facts.self_pid:
                pairs[page.pfn].append((page.pid, page.address))
        return max(((pfn, found) for pfn, found in pairs.items()
                    if index.name_of(*found[0]) == scenario),
                   key=lambda item: len(item[1]))


def page_of_scenario(tests, scenario):
    pfn, pairs = tests.pairs_of(scenario)
    picture = tests.draw(scenario, "--pfn", f"{pfn:#x}")
    tests.check(f"{scenario}: VMAs that map the page",
                picture.count("node", "vma", "mapped"), len(pairs))
    tests.check(f"{scenario}: processes that map the page",
                picture.pids("node", "vma", "mapped"),
                sorted(pid for pid, _ in pairs))
    tests.check(f"{scenario}: pages", picture.count("node", "page"), 1)
    return pfn, picture


def fork_tree(tests):
    """Each process has a VMA and an anon_vma of its own."""
    pfn, picture = page_of_scenario(tests, "tree")
    members = len({region.pid for region in tests.facts.regions
                   if region.name == "tree"})
    tests.check("tree: anon_vmas", picture.count("node", "anon_vma"),
                members)
    tests.check("tree: VMAs", picture.count("node", "vma"), members)
    tests.check("tree: children", picture.count("edge", "child"),
                members - 1)
    page = answers.document(tests.ask("--format=jsonl", "--pfn", f"{pfn:#x}"))
    family = tests.draw("tree-family", "--anon-vma",
                        page["chain"][0]["address"])
    tests.check("family: anon_vmas", family.count("node", "anon_vma"),
                members)
    tests.check("family: VMAs", family.count("node", "vma"), members)
    tests.check("family: VMAs that are marked",
                family.count("node", "mapped"), 0)


def documented_picture(tests):
    """The one in doc/ is no other than the tool would draw."""
    picture = Picture(DOCUMENTED.read_bytes())
    tests.check("doc: VMAs that map the page",
                picture.count("node", "vma", "mapped"), 15)
    tests.check("doc: anon_vmas", picture.count("node", "anon_vma"), 15)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("--dump", type=pathlib.Path,
                        default=bundle.DIRECTORY)
    parser.add_argument("--output", type=pathlib.Path,
                        default=TOP / "build/test-logs/pictures",
                        help="where the pictures are left")
    arguments = parser.parse_args()
    if not shutil.which("dot"):
        print("dot is not installed")
        return SKIP
    tests = Tests(arguments)
    fork_tree(tests)
    for scenario in SCENARIOS[1:]:
        page_of_scenario(tests, scenario)
    documented_picture(tests)
    print(f"{tests.passed} passed, {tests.failed} failed")
    return 1 if tests.failed or not tests.passed else 0


if __name__ == "__main__":
    sys.exit(main())
