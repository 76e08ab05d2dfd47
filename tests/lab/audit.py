#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--audit finds nothing in a dump, and each fault that is planted in a copy.

audit.py [--tool TOOL] VMCORE [VMLINUX], an ELF dump of a guest of the lab,
with the truth beside it. One word or two are changed at an address that the
tool itself names, the rule that this breaks has to be among the findings, and
the bytes are put back.
"""

import argparse
import pathlib
import struct
import subprocess
import sys
import tempfile

import compare
from lablib import answers, scenarios, truth
from lablib.errors import LabError

COMPLETE, FINDINGS = 0, 1
JOBS = (1, 2, 5)

PAGE_SIZE = 4096
PT_LOAD = 1
PRESENT, WRITABLE, HUGE = 1, 2, 0x80
FRAME = 0x000f_ffff_ffff_f000


class Memory:
    """A copy of a dump: words of it by physical address, to read and change."""

    def __init__(self, dump, copy):
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", dump,
                        copy], check=True)
        copy.chmod(0o600)
        self.path = copy
        self._file = open(copy, "r+b", buffering=0)
        self._loads = list(self._read_loads())
        self._changed = []

    def _read_loads(self):
        header = self._file.read(64)
        offset, = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        for i in range(count):
            self._file.seek(offset + i * size)
            p_type, _, at, _, phys, length = struct.unpack(
                "<IIQQQQ", self._file.read(40))
            if p_type == PT_LOAD:
                yield phys, length, at

    def _seek(self, phys):
        for start, length, at in self._loads:
            if start <= phys < start + length:
                self._file.seek(at + phys - start)
                return
        raise LabError(f"{phys:#x}: not in the dump")

    def read(self, phys, size=8):
        self._seek(phys)
        return int.from_bytes(self._file.read(size), "little")

    def write(self, phys, value, size=8):
        self._changed.append((phys, self.read(phys, size), size))
        self._put(phys, value, size)

    def _put(self, phys, value, size):
        self._seek(phys)
        self._file.write((value % (1 << 8 * size)).to_bytes(size, "little"))

    def restore(self):
        while self._changed:
            self._put(*self._changed.pop())


class Kernel:
    """Structures of the guest's kernel, by address and member."""

    def __init__(self, memory, layout):
        self._memory = memory
        self._rows = {row["name"]: row for row in layout}
        self.read_phys, self.write_phys = memory.read, memory.write
        self.pgd = None

    def has(self, member):
        return (self._rows.get(member) or {}).get("path") is not None

    def size(self, name):
        return self._rows[name]["size"]

    def offset(self, member):
        return self._rows[member]["offset"]

    def phys(self, address):
        """A kernel address goes through the table of whichever process."""
        if self.pgd is None:
            # The direct map begins at a multiple of 1 GiB, and guests of the
            # lab have no more memory than that.
            return address & 0x3fff_ffff
        return self.slot(self.pgd, address, True)

    def slot(self, pgd, address, into=False):
        """Physical: of the entry for address, or of what it maps."""
        levels = 4 if address < 1 << 47 or address >> 47 == 0x1ffff else 5
        table = pgd
        for level in reversed(range(levels)):
            shift = 12 + 9 * level
            at = table + (address >> shift & 511) * 8
            entry = self._memory.read(at)
            last = level == 0 or (level <= 2 and entry & HUGE)
            if last or not entry & PRESENT:
                break
            table = entry & FRAME
        if not into:
            return at
        if not entry & PRESENT:
            raise LabError(f"{address:#x}: not mapped in the guest")
        inside = (1 << shift) - 1
        return (entry & FRAME & ~inside) + (address & inside)

    def pgd_of(self, mm):
        return self.get(mm, "mm_struct.pgd") & 0x3fff_ffff

    def place(self, address, member):
        return self.phys(address + self.offset(member))

    def get(self, address, member, size=None):
        return self._memory.read(self.place(address, member),
                                 size or self._rows[member]["size"])

    def set(self, address, member, value, size=None):
        self._memory.write(self.place(address, member), value,
                           size or self._rows[member]["size"])

    def add(self, address, member, n=1):
        size = min(self._rows[member]["size"], 8)
        self.set(address, member, self.get(address, member, size) + n, size)

    # ---- red-black trees ----

    def node(self, rb, member):
        return self.get(rb, f"rb_node.{member}")

    def nodes(self, rb):
        """All rb_nodes at and below rb."""
        if rb:
            yield from self.nodes(self.node(rb, "left"))
            yield rb
            yield from self.nodes(self.node(rb, "right"))


def number(text):
    return int(text, 16)


class Guest:
    """What the faults are planted in: found by asking the tool."""

    def __init__(self, ask, facts):
        index = scenarios.RegionIndex(facts.regions)

        def page_of(scenario):
            for page in facts.pages:
                if index.name_of(page.pid, page.address) == scenario:
                    return ask("--pfn", f"{page.pfn:#x}")["pages"][0]
            raise LabError(f"the guest has no page of {scenario}")

        self.page = page_of("tree")
        self.mapping = self.page["mappings"][0]
        self.anon_vma = number(self.page["chain"][0]["address"])
        self.other = page_of("anon")
        family = ask("--anon-vma", hex(self.anon_vma))["family"]
        self.child = next(number(m["anon_vma"]) for m in family["anon_vmas"]
                          if m["parent"])
        avcs = next(m["avcs"] for m in family["anon_vmas"]
                    if number(m["anon_vma"]) == self.anon_vma)
        self.avcs = [number(avc["avc"]) for avc in avcs]
        self.vmas = [number(avc["vma"]) for avc in avcs]
        self.vma = number(self.mapping["vma"])
        self.mm = number(self.mapping["mm"])
        self.file_page, self.file_mapping = self._file_page(ask, facts)
        nodes = ask("--ksm")["nodes"]
        self.stable = next(node for node in nodes
                           if node["pfn"] and node["items"] and node["page"])
        self.huge = self._huge_page(ask, facts)

    def _file_page(self, ask, facts):
        """Of the program that all processes run, mapped in several VMAs."""
        pages = ask("--pid", str(facts.processes[-1].pid))["pages"]
        files = [page for page in pages if page["kind"] in ("file", "shmem") and
                 page["order"] == 0 and page["mappings"]]
        page = max(files, key=lambda page: len(page["mappings"]))
        return page, number(page["mapping"])

    def _huge_page(self, ask, facts):
        for huge in facts.huge:
            page = ask("--virt", f"{huge.pid}:{huge.start:x}")["pages"][0]
            if page["kind"] == "anon" and page["order"] > 0:
                return page
        raise LabError("the guest has no huge page")


# ---- faults: each changes one thing, and says which rule that breaks ----

FAULTS = []


def breaks(*rules):
    """Any of the rules has to be among the findings."""
    def register(fault):
        FAULTS.append((fault.__name__, rules, fault))
        return fault
    return register


def struct_page(page):
    return number(page["page"])


def flip(kernel, at, member, bits):
    kernel.set(at, member, kernel.get(at, member) ^ bits)


@breaks("anon-reach")
def page_of_another_anon_vma(kernel, guest):
    kernel.set(struct_page(guest.page), "page.mapping",
               kernel.get(struct_page(guest.other), "page.mapping"))


@breaks("anon-reach")
def page_with_another_index(kernel, guest):
    kernel.add(struct_page(guest.page), "page.index")


@breaks("frame-kind")
def page_without_mapping(kernel, guest):
    kernel.set(struct_page(guest.page), "page.mapping", 0)


@breaks("mapcount")
def mapcount_one_more(kernel, guest):
    kernel.add(struct_page(guest.page), "page.mapcount")


@breaks("mapcount")
def mapcount_of_a_file_one_less(kernel, guest):
    kernel.add(struct_page(guest.file_page), "page.mapcount", -1)


@breaks("file-reach")
def file_page_of_another_file(kernel, guest):
    page = struct_page(guest.file_page)
    kernel.set(page, "page.mapping", kernel.get(page, "page.mapping") + 0x400)


@breaks("file-reach")
def file_page_with_another_index(kernel, guest):
    kernel.add(struct_page(guest.file_page), "page.index")


def slot_of(kernel, mapping):
    return kernel.slot(kernel.pgd_of(number(mapping["mm"])),
                       number(mapping["address"]))


def entry_write(kernel, at, change):
    kernel.write_phys(at, change(kernel.read_phys(at)))


@breaks("anon-reach")
def duplicate_mapping(kernel, guest):
    other = number(guest.other["pfn"]) << 12
    entry_write(kernel, slot_of(kernel, guest.mapping),
                lambda entry: entry & ~FRAME | other)


@breaks("mapcount")
def lost_mapping(kernel, guest):
    entry_write(kernel, slot_of(kernel, guest.mapping), lambda entry: 0)


@breaks("anon-writable")
def shared_page_writable(kernel, guest):
    entry_write(kernel, slot_of(kernel, guest.mapping),
                lambda entry: entry | WRITABLE)


@breaks("frame-kind")
def page_table_mapped(kernel, guest):
    at = slot_of(kernel, guest.mapping)
    entry_write(kernel, at, lambda entry: entry & ~FRAME | at & FRAME)


@breaks("stray-entry")
def entry_outside_of_vmas(kernel, guest):
    at = slot_of(kernel, guest.mapping)
    table = at & FRAME
    entry = kernel.read_phys(at)
    for i in range(512):
        address = (number(guest.mapping["address"]) & ~0x1f_ffff) + (i << 12)
        if not kernel.read_phys(table + i * 8) and \
                not guest.covered(address):
            kernel.write_phys(table + i * 8, entry)
            return
    raise LabError("the table has no room beside its VMAs")


@breaks("avc-vma")
def avc_of_another_vma(kernel, guest):
    kernel.set(guest.avcs[0], "anon_vma_chain.vma", guest.vmas[1])


@breaks("avc-list")
def avc_of_another_anon_vma(kernel, guest):
    kernel.set(guest.avcs[0], "anon_vma_chain.anon_vma",
               number(guest.other["mapping"]) & ~3)


@breaks("avc-links")
def back_pointer_of_a_list(kernel, guest):
    at = guest.avcs[0] + kernel.offset("anon_vma_chain.same_vma")
    kernel.set(at, "list_head.prev", guest.avcs[1])


def leaf_of(kernel, root):
    """An rb_node without children, and its parent."""
    for rb in kernel.nodes(root):
        for side in ("left", "right"):
            below = kernel.node(rb, side)
            if below and not kernel.node(below, "left") and \
                    not kernel.node(below, "right"):
                return below, rb, side
    raise LabError("the tree has no leaf")


@breaks("avc-tree")
def missing_avc(kernel, guest):
    root = kernel.get(guest.anon_vma, "anon_vma.rb_root")
    _, parent, side = leaf_of(kernel, root)
    kernel.set(parent, f"rb_node.{side}", 0)


@breaks("avc-list")
def vma_without_its_list(kernel, guest):
    vma = guest.vmas[0]
    head = vma + kernel.offset("vm_area_struct.anon_vma_chain")
    kernel.set(head, "list_head.next", head)


@breaks("own-anon-vma")
def vma_of_another_anon_vma(kernel, guest):
    kernel.set(guest.vma, "vm_area_struct.anon_vma",
               number(guest.other["mapping"]) & ~3)


@breaks("tree-augmented")
def augmented_value_stale(kernel, guest):
    root = kernel.get(guest.anon_vma, "anon_vma.rb_root")
    avc = root - kernel.offset("anon_vma_chain.rb")
    kernel.add(avc, "anon_vma_chain.rb_subtree_last", -1)


@breaks("tree-colour")
def red_root(kernel, guest):
    flip(kernel, kernel.get(guest.anon_vma, "anon_vma.rb_root"),
         "rb_node.parent_color", 1)


@breaks("tree-balance")
def colour_of_a_leaf(kernel, guest):
    root = kernel.get(guest.anon_vma, "anon_vma.rb_root")
    leaf, _, _ = leaf_of(kernel, root)
    flip(kernel, leaf, "rb_node.parent_color", 1)


@breaks("tree-parent")
def parent_of_a_node(kernel, guest):
    root = kernel.get(guest.anon_vma, "anon_vma.rb_root")
    leaf, _, _ = leaf_of(kernel, root)
    word = kernel.node(leaf, "parent_color")
    kernel.set(leaf, "rb_node.parent_color", leaf | word & 1)


@breaks("tree-order")
def children_swapped(kernel, guest):
    root = kernel.get(guest.file_mapping, "address_space.i_mmap")
    left, right = kernel.node(root, "left"), kernel.node(root, "right")
    kernel.set(root, "rb_node.left", right)
    kernel.set(root, "rb_node.right", left)


@breaks("tree-leftmost")
def leftmost_is_the_root(kernel, guest):
    kernel.set(guest.anon_vma, "anon_vma.leftmost",
               kernel.get(guest.anon_vma, "anon_vma.rb_root"))


@breaks("anon-vma-root")
def root_of_another_family(kernel, guest):
    kernel.set(guest.child, "anon_vma.root",
               number(guest.other["mapping"]) & ~3)


@breaks("anon-vma-root")
def root_that_is_none(kernel, guest):
    kernel.set(guest.child, "anon_vma.root", guest.child + 0x1000)


@breaks("anon-vma-children", "anon-vma-root")
def parent_of_another_family(kernel, guest):
    kernel.set(guest.child, "anon_vma.parent",
               number(guest.other["mapping"]) & ~3)


@breaks("anon-vma-children")
def children_one_more(kernel, guest):
    kernel.add(guest.anon_vma, "anon_vma.num_children")


@breaks("anon-vma-active")
def active_vmas_one_less(kernel, guest):
    kernel.add(guest.anon_vma, "anon_vma.num_active_vmas", -1)


@breaks("anon-vma-refcount")
def no_reference(kernel, guest):
    kernel.set(guest.child, "anon_vma.refcount", 0)


@breaks("map-count")
def one_vma_more(kernel, guest):
    kernel.add(guest.mm, "mm_struct.map_count")


@breaks("file-reach")
def vma_with_another_offset(kernel, guest):
    kernel.add(number(guest.file_page["mappings"][0]["vma"]),
               "vm_area_struct.vm_pgoff")


@breaks("i-mmap-missing")
def empty_i_mmap(kernel, guest):
    kernel.set(guest.file_mapping, "address_space.i_mmap", 0)


@breaks("i-mmap-foreign")
def vma_of_no_file(kernel, guest):
    kernel.set(number(guest.file_page["mappings"][0]["vma"]),
               "vm_area_struct.vm_file", 0)


@breaks("stable-node")
def stable_node_of_another_frame(kernel, guest):
    kernel.add(number(guest.stable["node"]), "ksm_stable_node.kpfn")


@breaks("ksm-reach")
def item_at_another_address(kernel, guest):
    kernel.add(number(guest.stable["items"][0]["rmap_item"]),
               "ksm_rmap_item.address", PAGE_SIZE * 1024)


@breaks("entire-mapcount")
def huge_page_mapped_once_more(kernel, guest):
    page = struct_page(guest.huge)
    if kernel.has("folio.entire_mapcount"):
        kernel.add(page, "folio.entire_mapcount")
    else:
        kernel.add(page + kernel.size("page"), "page.compound_mapcount")


@breaks("large-mapcount")
def folio_mapped_once_more(kernel, guest):
    page = struct_page(guest.huge)
    if kernel.has("folio.large_mapcount"):
        kernel.add(page, "folio.large_mapcount")
    else:
        kernel.add(page, "page.mapcount")


# ---- memory of structures ----

def slab_page(kernel, guest, address):
    """The struct page, or struct slab, of the slab that has an object."""
    page = guest.page_of_frame(kernel.phys(address) >> 12)
    tails = number(page["pfn"]) - number(page["head_pfn"])
    return struct_page(page) - tails * kernel.size("page")


def slab_member(kernel, name):
    return f"{'slab' if kernel.has(f'slab.{name}') else 'page'}.{name}"


def swapped(word):
    return int.from_bytes(word.to_bytes(8, "little"), "big")


def free(kernel, guest, address):
    """What slab_free() does: first in the list of its slab, one less in use.

    The pointer to the next is hidden, bytes swapped since 5.7 (all kernels of
    the lab)."""
    slab = slab_page(kernel, guest, address)
    cache = kernel.get(slab, slab_member(kernel, "slab_cache"))
    at = address + kernel.get(cache, "kmem_cache.offset")
    word = kernel.get(slab, slab_member(kernel, "freelist"))
    if kernel.has("kmem_cache.random"):
        word ^= kernel.get(cache, "kmem_cache.random") ^ swapped(at)
    kernel.write_phys(kernel.phys(at), word)
    kernel.set(slab, slab_member(kernel, "freelist"), address)
    kernel.add(slab, slab_member(kernel, "counters"), -1)


@breaks("slab-object")
def slab_of_a_process(kernel, guest):
    """The frame of an AVC becomes one of a process."""
    at = slab_page(kernel, guest, guest.avcs[0])
    for member in ("flags", "compound_info", "mapping", "mapcount"):
        kernel.set(at, f"page.{member}",
                   kernel.get(struct_page(guest.other), f"page.{member}"))


@breaks("slab-object")
def objects_begin_elsewhere(kernel, guest):
    slab = slab_page(kernel, guest, guest.anon_vma)
    cache = kernel.get(slab, slab_member(kernel, "slab_cache"))
    kernel.add(cache, "kmem_cache.red_left_pad", 8)


@breaks("slab-cache")
def slab_of_another_cache(kernel, guest):
    slab = slab_page(kernel, guest, guest.anon_vma)
    other = slab_page(kernel, guest, guest.mm)
    kernel.set(slab, slab_member(kernel, "slab_cache"),
               kernel.get(other, slab_member(kernel, "slab_cache")))


@breaks("freed-object")
def freed_avc(kernel, guest):
    free(kernel, guest, guest.avcs[0])


@breaks("freed-object")
def freed_anon_vma(kernel, guest):
    free(kernel, guest, guest.anon_vma)


@breaks("freed-object")
def freed_vma(kernel, guest):
    free(kernel, guest, guest.vma)


@breaks("freed-object")
def freed_mm(kernel, guest):
    free(kernel, guest, guest.mm)


@breaks("freed-object")
def freed_stable_node(kernel, guest):
    free(kernel, guest, number(guest.stable["node"]))


@breaks("freed-object")
def freed_rmap_item(kernel, guest):
    free(kernel, guest, number(guest.stable["items"][0]["rmap_item"]))


# ---- the tests ----

class Tests:
    def __init__(self, arguments, copy):
        self._arguments = arguments
        self._tool = arguments.tool
        self.passed = self.failed = 0
        self._memory = Memory(arguments.dump, copy)
        facts = truth.Truth(arguments.dump.parent / "truth")
        layout = self.ask("--dump-layout")["layout"]
        self._kernel = Kernel(self._memory, layout)
        self._guest = Guest(self.ask, facts)
        self._kernel.pgd = self._kernel.pgd_of(self._guest.mm)
        vmas = [(vma.pid, vma.start, vma.end) for vma in facts.vmas]
        pid = self._guest.mapping["tasks"][0]["pid"]
        self._guest.covered = lambda address: any(
            one == pid and start <= address < end for one, start, end in vmas)
        self._guest.page_of_frame = lambda pfn: self.ask(
            "--pfn", f"{pfn:#x}")["pages"][0]

    def check(self, name, problem):
        if problem:
            self.failed += 1
            print(f"{name}: {problem}")
        else:
            self.passed += 1

    def _run(self, *options):
        return subprocess.run(
            [self._tool, "--no-cache", *options, self._memory.path,
             *self._arguments.vmlinux],
            stdout=subprocess.PIPE, timeout=compare.DEADLINE, check=False)

    def ask(self, *options):
        return answers.document(self._run("--format=json", *options).stdout)

    def clean(self, name):
        answers = [self._run("--audit", f"--jobs={jobs}") for jobs in JOBS]
        first = answers[0]
        self.check(name, None if first.returncode == COMPLETE else
                   first.stdout.decode())
        self.check(f"{name}: any number of threads", None if all(
            (answer.returncode, answer.stdout) ==
            (first.returncode, first.stdout) for answer in answers) else
                   "the answers differ")

    def audit(self):
        """(exit code, document) with what is planted, which is taken out."""
        try:
            done = self._run("--audit", "--format=json")
            return done.returncode, answers.document(done.stdout)
        finally:
            self._memory.restore()

    def plant(self, name, rules, fault):
        try:
            fault(self._kernel, self._guest)
            code, document = self.audit()
        except (LabError, KeyError, TypeError) as error:
            self._memory.restore()
            self.check(name, f"could not be planted: {error!r}")
            return
        found = {rule["rule"]: rule["findings"]
                 for rule in document["rules"] if rule["findings"]}
        right = code == FINDINGS and any(rule in found for rule in rules)
        self.check(name, None if right else
                   f"exit code {code}, {found}, not {' or '.join(rules)}, "
                   f"gaps {document['gaps'][:2]}")

    def lock(self):
        """A writer over a half-changed tree is named."""
        kernel, guest = self._kernel, self._guest
        augmented_value_stale(kernel, guest)
        root = kernel.get(guest.anon_vma, "anon_vma.root")
        task = self._task_of_init()
        kernel.set(root, "anon_vma.rwsem_count", 1)
        kernel.set(root, "anon_vma.rwsem_owner", task)
        _, document = self.audit()
        found = [(finding["severity"], (finding["lock"] or {}).get("task"))
                 for finding in document["findings"]
                 if finding["rule"] == "tree-augmented"]
        self.check("a lock held for writing", None if
                   found == [("mid-update", hex(task))] else found)

    def _task_of_init(self):
        """init_task's next in the list, as the kernel links it."""
        row = next(row for row in self.ask("--dump-layout")["layout"]
                   if row["name"] == "init_task")
        at = number(row["address"])
        return self._kernel.get(at, "task_struct.tasks", 8) - \
            self._kernel.offset("task_struct.tasks")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="rmap-inspect")
    parser.add_argument("dump", type=pathlib.Path)
    parser.add_argument("vmlinux", nargs="*")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rmap-inspect-audit.") as scratch:
        tests = Tests(arguments, pathlib.Path(scratch) / "vmcore")
        tests.clean("as it was dumped")
        for name, rules, fault in FAULTS:
            tests.plant(name, rules, fault)
        tests.lock()
        tests.clean("with everything put back")
    print(f"{len(FAULTS)} faults were planted")
    print(f"{tests.passed} passed, {tests.failed} failed")
    return 1 if tests.failed or not tests.passed else 0


if __name__ == "__main__":
    sys.exit(main())
