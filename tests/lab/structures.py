#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What --anon-vma and --ksm tell of a dump against what its guest has done.

structures.py [--tool TOOL] VMCORE [VMLINUX], with the truth beside the dump.
The names of the fork tree's processes say who is whose child; ksmd's work is
known by the pages that processes share without being related, and by the
kernel's own counters.
"""

import argparse
import collections
import pathlib
import subprocess
import sys

import compare
from lablib import answers, scenarios, truth


class Tests:
    def __init__(self, arguments):
        self._arguments = arguments
        self.facts = truth.Truth(arguments.dump.parent / "truth")
        self.index = scenarios.RegionIndex(self.facts.regions)
        self.comms = {process.pid: process.comm
                      for process in self.facts.processes}
        self.passed = self.failed = 0

    def check(self, name, got, wanted):
        if got == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{name}: {got}, not {wanted}")

    def ask(self, *options):
        """The document, of a complete answer."""
        arguments = self._arguments
        done = subprocess.run(
            [arguments.tool, "--no-cache", "--format=json", *options,
             arguments.dump, *arguments.vmlinux],
            stdout=subprocess.PIPE, timeout=compare.DEADLINE, check=False)
        document = answers.document(done.stdout)
        self.check(f"{' '.join(options)}: exit code and gaps",
                   (done.returncode, document["gaps"]), (0, []))
        return document

    def pairs(self, scenario):
        """{pfn: {(pid, address)}}: all mappings of the scenario's pages."""
        pairs = collections.defaultdict(set)
        for page in self.facts.pages:
            if page.pid != self.facts.self_pid:
                pairs[page.pfn].add((page.pid, page.address))
        return {pfn: found for pfn, found in pairs.items()
                if any(self.index.name_of(*pair) == scenario
                       for pair in found)}

    def family_of(self, scenario):
        """Of the anon_vma of the page that most processes have."""
        pairs = self.pairs(scenario)
        pfn = max(pairs, key=lambda pfn: len(pairs[pfn]))
        page = self.ask("--pfn", f"{pfn:#x}")["pages"][0]
        return self.ask("--anon-vma", page["chain"][0]["address"])["family"]


def pid_of(vma):
    return vma["tasks"][0]["pid"]


def fork_tree(tests):
    """tree, treea, treeb, treeaa, …: each has a VMA and its own anon_vma."""
    family = tests.family_of("tree")
    comms = sorted(comm for comm in tests.comms.values()
                   if comm.startswith("tree"))
    vmas = {vma["vma"]: vma for vma in family["vmas"]}
    owners = {vma["anon_vma"]: tests.comms[pid_of(vma)]
              for vma in family["vmas"]}
    tests.check("tree: owners of anon_vmas", sorted(owners.values()), comms)
    tests.check("tree: anon_vmas", len(family["anon_vmas"]), len(comms))
    for anon_vma in family["anon_vmas"]:
        owner = owners[anon_vma["anon_vma"]]
        tests.check(f"parent of {owner}", owners.get(anon_vma["parent"]),
                    owner[:-1] if owner != "tree" else None)
        tests.check(
            f"VMAs below {owner}",
            sorted(tests.comms[pid_of(vmas[avc["vma"]])]
                   for avc in anon_vma["avcs"]),
            [comm for comm in comms if comm.startswith(owner)])
        children = sum(comm[:-1] == owner for comm in comms)
        if anon_vma["num_children"] is not None:
            tests.check(f"children of {owner}", anon_vma["num_children"],
                        children + (owner == "tree"))
    tests.check("tree: what a fork reuses",
                [vma for vma in family["vmas"] if vma["reused"]], [])


def generations(tests):
    """Each outlived its parent: an anon_vma was left behind, and reused."""
    family = tests.family_of("reuse")
    pids = {region.pid for region in tests.facts.regions
            if region.name == "reuse"}
    tests.check("reuse: processes", {pid_of(vma) for vma in family["vmas"]},
                pids)
    reused = {vma["reused"] for vma in family["vmas"] if vma["reused"]}
    tests.check("reuse: marked as reusable",
                {anon_vma["anon_vma"] for anon_vma in family["anon_vmas"]
                 if anon_vma["reusable"]}, reused)
    # With a new anon_vma at each fork there would be one a generation.
    tests.check("reuse: few anon_vmas", len(family["anon_vmas"]) < 8, True)


def pairs_of_page(page, self_pid):
    return {(task["pid"], int(mapping["address"], 16))
            for mapping in page["mappings"] for task in mapping["tasks"]
            if task["pid"] != self_pid}


def merged_pages(tests):
    document = tests.ask("--ksm")
    nodes = {int(node["pfn"], 16): node for node in document["nodes"]
             if node["pfn"]}
    chains = {node["node"] for node in document["nodes"]
              if node["role"] == "chain"}
    expected = tests.pairs("ksm")
    merged = {pfn for pfn, pairs in expected.items()
              if len({pid for pid, _ in pairs}) > 1}
    tests.check("ksm: merged pages without a node", merged - set(nodes),
                set())
    for pfn, node in nodes.items():
        tests.check(f"ksm: sharers of PFN {pfn:#x}",
                    pairs_of_page(node["page"], tests.facts.self_pid),
                    expected.get(pfn, set()))
        tests.check(f"ksm: chain of {node['node']}",
                    node["role"] != "dup" or node["chain"] in chains, True)
    summary = document["summary"]
    tests.check("ksm: sharers by cgroup", summary["cgroups"], [{
        "path": "/", "state": "online", "container": None,
        "sharers": summary["sharers"]}])
    tests.check("ksm: nodes", summary["pages_shared"], summary["nodes"])
    tests.check("ksm: items",
                summary["pages_shared"] + summary["pages_sharing"],
                summary["items"])
    tests.check("ksm: chains", bool(chains), True)
    one = next(node for node in document["nodes"] if node["role"] == "dup")
    alone = tests.ask("--ksm", one["node"])["nodes"]
    tests.check("ksm: one node alone",
                [(node["node"], node["role"], node["pfn"], node["items"],
                  node["sharers"]) for node in alone],
                [(one["node"], one["role"], one["pfn"], one["items"],
                  one["sharers"])])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("dump", type=pathlib.Path)
    parser.add_argument("vmlinux", nargs="*")
    tests = Tests(parser.parse_args())
    fork_tree(tests)
    generations(tests)
    merged_pages(tests)
    print(f"{tests.passed} passed, {tests.failed} failed")
    return 1 if tests.failed or not tests.passed else 0


if __name__ == "__main__":
    sys.exit(main())
