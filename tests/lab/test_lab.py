#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The parts of the lab that decide something, without a boot or a mirror."""

import contextlib
import datetime
import hashlib
import os
import pathlib
import socket
import struct
import sys
import tempfile
import unittest
import unittest.mock

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
sys.path.insert(0, str(FIXTURES))

import results  # noqa: E402
import table  # noqa: E402
from lablib import (apt, bundle, cache, dumping, flattened,  # noqa: E402
                    fork_server, gdbstub, initramfs, kernels, kinds,
                    makedumpfile, modules, qemu, rollups, scenarios, source,
                    truth)
from lablib.architectures import ARM64, X86_64  # noqa: E402
from lablib.errors import LabError  # noqa: E402


class SourcesTest(unittest.TestCase):
    """Both forms of apt sources are in use on Debian 12."""

    def test_one_line_form(self):
        text = ("# deb http://commented.example/debian old main\n"
                "deb [arch=amd64 signed-by=/k] http://m.example/debian a main\n"
                "deb-src http://m.example/debian a main\n"
                "deb http://m.example/debian b main contrib\n")
        self.assertEqual(apt._one_line_entries(text),
                         [("http://m.example/debian", "a"),
                          ("http://m.example/debian", "b")])

    def test_deb822_form(self):
        text = ("Types: deb deb-src\n# a comment\n"
                "URIs: http://m.example/debian\nSuites: a a-updates\n"
                "Components: main\n\n"
                "Types: deb-src\nURIs: http://m.example/debian\nSuites: b\n")
        self.assertEqual(list(apt._deb822_entries(text)),
                         [("http://m.example/debian", "a"),
                          ("http://m.example/debian", "a-updates")])


class KeptNamesTest(unittest.TestCase):
    """Where the packages of each way of splitting keep their files."""

    PLACES = {
        "boot/vmlinuz-6.1.0-1-cloud-amd64": "vmlinuz",
        "usr/lib/modules/7.3.4/vmlinuz": "vmlinuz",
        "usr/lib/debug/boot/vmlinux-6.1.0-1-cloud-amd64": "vmlinux",
        "usr/lib/debug/lib/modules/7.3.4/vmlinux": "vmlinux",
        "lib/modules/6.1.0/kernel/fs/a.ko": "modules/fs/a.ko",
        "usr/lib/modules/7.3.4/kernel/fs/a.ko.xz": "modules/fs/a.ko.xz",
        "lib/modules/6.1.0/modules.builtin": "modules/modules.builtin",
        "usr/lib/debug/lib/modules/6.1.0/kernel/fs/a.ko": None,
        "usr/share/doc/a/copyright": None,
    }

    def test_places(self):
        for path, place in self.PLACES.items():
            with self.subTest(path):
                self.assertEqual(kernels._kept_name(path), place)


class ProgramPlacesTest(unittest.TestCase):
    """Where makedumpfile and its libraries go in a guest of each
    architecture."""

    PLACES = {
        "usr/bin/makedumpfile": ("bin/makedumpfile",) * 2,
        "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2":
            ("lib64/ld-linux-x86-64.so.2", None),
        "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1":
            (None, "lib/ld-linux-aarch64.so.1"),
        "usr/lib/aarch64-linux-gnu/libc.so.6":
            (None, "lib/aarch64-linux-gnu/libc.so.6"),
        "usr/share/doc/makedumpfile/copyright": (None, None),
    }

    def test_places(self):
        for path, places in self.PLACES.items():
            with self.subTest(path):
                self.assertEqual(tuple(
                    makedumpfile._kept_name(architecture, path)
                    for architecture in (X86_64, ARM64)), places)


class InDirectory(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.place = pathlib.Path(temporary.name)


class OptionsTest(unittest.TestCase):
    """kconfig drops an option without a word."""

    CONFIG = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"-c\"\n"

    def test_all_there(self):
        source.check_options("# CONFIG_B would be a comment\nCONFIG_A=y\n\n"
                             "CONFIG_C=\"-c\"\n", self.CONFIG)

    def test_off_absent_or_another_value(self):
        for line in ("CONFIG_B=y", "CONFIG_D=y", "CONFIG_C=\"-d\""):
            with self.subTest(line):
                self.assertRaisesRegex(
                    LabError, line, source.check_options,
                    f"CONFIG_A=y\n{line}\n", self.CONFIG)


class OwnKernelTest(InDirectory):
    """A kernel of ours is made again when its options change."""

    def test_stale_with_its_options(self):
        fragment = self.place / "config.fragment"
        fragment.write_text("CONFIG_A=y\n")
        series = kernels.Series("own", (), "", fragment=fragment)
        with unittest.mock.patch.object(cache, "root", lambda: self.place):
            with cache.making(kernels.directory(series),
                              kernels._key(series)):
                pass
            self.assertTrue(kernels.is_cached(series))
            fragment.write_text("CONFIG_B=y\n")
            self.assertFalse(kernels.is_cached(series))


class VmcoreinfoTest(unittest.TestCase):
    """What is written down of a bundled dump is what the dump says."""

    def test_behind_binary_headers(self):
        dump = (b"KDUMP   \xff\n\0OSRELEASE=6.12.1-x\nBUILD-ID=2ef5\n"
                b"PAGESIZE=4096\nSYMBOL(mem_section)=ffff\n"
                b"CRASHTIME=1795381098\n\0\xff")
        self.assertEqual(bundle.vmcoreinfo(dump), {
            "OSRELEASE": "6.12.1-x", "BUILD-ID": "2ef5",
            "CRASHTIME": "1795381098"})


class BundledTest(unittest.TestCase):
    """The files in git belong together."""

    @classmethod
    def setUpClass(cls):
        lines = (bundle.DIRECTORY / "versions").read_text().splitlines()
        cls.versions = [line.split(" ", 1) for line in lines]
        cls.vmcore = (bundle.DIRECTORY / "vmcore").read_bytes()

    def test_checksums(self):
        for name in bundle.COPIED:
            contents = (bundle.DIRECTORY / name).read_bytes()
            digest = hashlib.sha256(contents).hexdigest()
            self.assertIn(["sha256", f"{digest} {name}"], self.versions)

    def test_the_dump_is_of_that_kernel(self):
        said = bundle.vmcoreinfo(self.vmcore)
        self.assertIn(["kernel", said["OSRELEASE"]], self.versions)
        self.assertIn(["build-id", said["BUILD-ID"]], self.versions)

    def test_every_scenario_happened(self):
        facts = truth.Truth(bundle.DIRECTORY / "truth")
        self.assertIn(["kernel", facts.release], self.versions)
        scenarios.check(facts)


class WithTruth(InDirectory):
    def read(self, *records, head=truth.FORMAT, kernel="6.12.3+deb13"):
        lines = [head, f"kernel {kernel}", "self 1", *records]
        path = self.place / "truth"
        path.write_text("\n".join([*lines, f"end {len(lines)}", ""]))
        return truth.Truth(path)


class TruthTest(WithTruth):
    """What is in the format is read, and nothing else."""

    def test_a_page_and_its_cgroup(self):
        page = "page 5 1000 a 100 2 5828"
        self.assertEqual(self.read(f"{page} 62").pages[0].cgroup, 62)
        self.assertRaises(LabError, self.read, page)

    def test_what_is_no_truth(self):
        self.assertRaises(LabError, self.read, head="truth 1")
        self.assertRaises(LabError, self.read, "pagge 1")
        self.assertRaises(LabError, self.read, "pin 1 1000 1")

    def test_the_flags_of_each_frame(self):
        facts = self.read("kpages 0 1 100000000", "kpages 1 1f 400",
                          "kpages 40 2 800")
        for pfn, flags in ((0, 1 << 32), (1, 0x400), (0x1f, 0x400),
                           (0x20, 0), (0x41, 0x800), (0x42, 0)):
            self.assertEqual(facts.flags_of(pfn), flags, pfn)

    def test_a_count_of_each_order(self):
        facts = self.read("buddy 0 DMA32 3 0 7")
        self.assertEqual(facts.buddies[0].free, (3, 0, 7))

    def test_what_a_kernel_may_lack(self):
        row = scenarios.Expected("mthp", 2, None, since=(6, 13))
        lacking = self.read("absent mthp no multi-size THP")
        self.assertEqual(lacking.absent["mthp"], "no multi-size THP")
        self.assertTrue(row.is_excused(lacking))
        self.assertFalse(row._replace(since=(6, 12)).is_excused(lacking))
        self.assertFalse(row.is_excused(self.read()))

    def test_what_an_architecture_has_later(self):
        row = scenarios.Expected("uffd-wp", 2, None, since=(5, 7),
                                 since_on_arm64=(6, 10))
        for kernel, excused in (("6.1.0-5-cloud-arm64", True),
                                ("6.1.0-5-cloud-amd64", False),
                                ("6.12.3-cloud-arm64", False)):
            facts = self.read("absent uffd-wp none", kernel=kernel)
            self.assertEqual(row.is_excused(facts), excused, kernel)

    def test_a_page_table_that_is_not_shared(self):
        row = next(row for row in scenarios.EXPECTED
                   if row.name == "hugetlb-pmd")
        for count, is_shared in ((2, True), (3, False)):
            facts = self.read(*(
                line for pid in (5, 6, 7)
                for line in (f"region {pid} 0 1000 {row.name}",
                             f"page {pid} 0 a 100 {count} 20000 0")))
            shown = scenarios.shown(facts)[row.name]
            self.assertEqual(row.happened(shown), is_shared)


class RollupsTest(WithTruth):
    """The kernel's own sums, from the pages of one process."""

    VMA = "vma 5 1000 9000 ---p 0 00:00 0 "
    TWICE = "page 5 1000 a 100 2 1000 0"
    THRICE = "page 5 2000 b 100 3 1000 0"

    def check(self, resident, shares, *records, **options):
        rollups.check(self.read(self.VMA, *records, f"rollup 5 Rss {resident}",
                                f"rollup 5 Pss {shares}", **options))

    def test_shares_are_rounded_down(self):
        self.check(8, 3, self.TWICE, self.THRICE)
        self.assertRaises(LabError, self.check, 8, 4, self.TWICE, self.THRICE)
        self.assertRaises(LabError, self.check, 4, 3, self.TWICE, self.THRICE)

    def test_pages_that_are_not_summed(self):
        for flags, count in (("20000", 1), ("1000000", 1), ("1000", 0)):
            self.check(4, 2, self.TWICE,
                       f"page 5 3000 c 100 {count} {flags} 0")

    def test_a_poisoned_page(self):
        self.check(8, 6, self.TWICE, "poison c 5 3000", "swap 5 3000 1d c 80")
        self.check(4, 2, self.TWICE, "poison c 5 3000", "swap 5 3000 1d d 80")

    def test_a_pmd_that_one_kernel_overlooks(self):
        huge = "page 5 3000 c 100 1 401000 0"
        self.check(8, 6, self.TWICE, huge)
        self.check(4, 2, self.TWICE, huge, kernel="6.1.0-5")
        self.check(8, 6, self.TWICE, huge.replace("3000", "9000"),
                   kernel="6.1.0-5")

    def test_a_process_without(self):
        self.assertRaises(LabError, self.check, 4, 2, self.TWICE,
                          "vma 6 1000 2000 rw-p 0 00:00 0 ")


class ForkServerTest(WithTruth):
    """A dump of a size to choose, which has to be that size."""

    SIZE = fork_server.Size(1, 2, 32, 1, 1)
    RECORDS = ("proc 5 S worker", "proc 6 S child", "rollup 5 Rss 3072",
               "rollup 6 Rss 1024")

    def test_a_place_of_its_own(self):
        self.assertEqual(fork_server.kind(self.SIZE).name,
                         "fork-server-1-2-32-1-1")
        self.assertEqual(len({size.name for size in fork_server.GROWTH}), 9)

    def test_the_memory_grows_with_it(self):
        self.assertEqual(fork_server.Size().mebibytes, 6144)
        self.assertEqual(self.SIZE.mebibytes, 2048)

    def test_no_such_size(self):
        for change in ({"every": 0}, {"heap": 0}, {"children": -1}):
            self.assertRaises(LabError, fork_server.kind,
                              self.SIZE._replace(**change))

    def test_all_of_it_is_there(self):
        fork_server.check(self.read(*self.RECORDS), self.SIZE)
        self.assertRaises(LabError, fork_server.check,
                          self.read(*self.RECORDS), self.SIZE._replace(heap=3))
        self.assertRaises(LabError, fork_server.check,
                          self.read(*self.RECORDS),
                          self.SIZE._replace(children=2))

    def test_figures(self):
        (self.place / "vmcore").write_bytes(bytes(5000))
        figures = fork_server.figures(self.place, self.read(*self.RECORDS))
        self.assertEqual((figures["bytes"], figures["processes"],
                          figures["mappings"]), (5000, 2, 1024))


class StaleTest(unittest.TestCase):
    """A dump is stale with its own guest's files, not with another's."""

    def test_files_of_a_guest(self):
        names = {path.name for path in initramfs.sources(
            ("fork-server",), ("init-fork-server",))}
        self.assertLessEqual({"fork-server.c", "support.c", "process.h",
                              "guest-common", "init-fork-server"}, names)
        self.assertNotIn("main.c", names)
        self.assertNotIn("init", names)


class FlattenedTest(InDirectory):
    def rearrange(self, contents):
        (self.place / "flat").write_bytes(contents)
        flattened.rearrange(self.place / "flat", self.place / "plain")
        return (self.place / "plain").read_bytes()

    @staticmethod
    def flat(*records, end=True):
        body = b"".join(struct.pack(">qq", offset, len(data)) + data
                        for offset, data in records)
        head = flattened.SIGNATURE.ljust(flattened.HEADER_SIZE, b"\0")
        return head + body + (struct.pack(">qq", -1, -1) if end else b"")

    def test_records_in_any_order_and_a_disk_after_them(self):
        flat = self.flat((4, b"cd"), (0, b"ab")) + b"old disk contents"
        self.assertEqual(self.rearrange(flat), b"ab\0\0cd")

    def test_no_flattened_dump(self):
        self.assertRaises(LabError, self.rearrange, bytes(8192))

    def test_no_end(self):
        self.assertRaises(LabError, self.rearrange,
                          self.flat((0, b"ab"), end=False))

    def test_cut_short(self):
        self.assertRaises(LabError, self.rearrange,
                          self.flat((0, b"abcd"), end=False)[:-2])


class GdbStubTest(unittest.TestCase):
    """All that QEMU says stands there before it is asked."""

    STOPPED = b"$T02thread:01;#04"

    def stub(self, said):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        theirs.sendall(self.STOPPED + said)
        return gdbstub.Stub(ours, 1), theirs

    def test_a_breakpoint(self):
        stub, theirs = self.stub(b"+$OK#9a+")
        stub.run_to(0xffffffff81000000)
        self.assertEqual(theirs.recv(100),
                         b"+$Z1,ffffffff81000000,1#cd+$c#63")
        self.assertFalse(stub.has_stopped())
        theirs.sendall(self.STOPPED)
        self.assertTrue(stub.has_stopped())

    def test_no_breakpoint(self):
        for said in (b"-", b"+$E22#a9", b"+$#00"):
            with self.subTest(said):
                self.assertRaises(LabError, self.stub(said)[0].run_to, 0)


class ModulesTest(InDirectory):
    def add(self, name, depends):
        path = self.place / f"{name}.ko"
        path.write_bytes(f"\0depends={depends}\0name={name}\0".encode())

    def order(self, *names):
        (self.place / "modules.builtin").write_text("kernel/built-in.ko\n")
        found = modules.Modules(self.place).load_order(
            modules.Wanted(name) for name in names)
        return [name for name, _, _ in found]

    def test_dependencies_come_first_and_once(self):
        self.add("top", "middle-one,base")
        self.add("middle-one", "base,built_in")
        self.add("base", "")
        self.assertEqual(self.order("top", "base"),
                         ["base", "middle_one", "top"])

    def test_a_module_that_can_be_done_without(self):
        (self.place / "modules.builtin").write_text("")
        found = modules.Modules(self.place).load_order(
            [modules.Wanted("absent", optional=True)])
        self.assertEqual(found, [])

    def test_a_module_that_is_not_there(self):
        self.assertRaises(LabError, self.order, "absent")


class TableTest(unittest.TestCase):
    """What CI runs is a part of the table that the day tells."""

    DAYS = [datetime.date(2026, 12, 30) + datetime.timedelta(n)
            for n in range(table.QUARTERS)]

    def test_four_days_have_each_row_once(self):
        rows = [row for day in self.DAYS for row in table.quarter(day)]
        self.assertCountEqual(rows, table.ROWS)

    def test_a_quarter_is_no_more(self):
        most = -(-len(table.ROWS) // table.QUARTERS)
        for day in self.DAYS:
            self.assertLessEqual(len(table.quarter(day)), most)
            self.assertEqual(table.quarter(day), table.quarter(
                day + datetime.timedelta(table.QUARTERS)))

    def test_the_worst_way_of_asking_shows(self):
        cell = table.Cell("a", "x", table.PASSED, 7, 9)
        lines = list(table.lines([
            cell, cell._replace(outcome=table.FAILED, missing=1),
            cell._replace(outcome=table.SKIPPED, why="so"),
            cell._replace(series="b"),
            cell._replace(series="b", kind="y", outcome=table.SKIPPED,
                          why="so"),
            cell._replace(series="a", kind="y", outcome=table.FAILED,
                          frames=0, why="ended")]))
        self.assertEqual(lines[1:], [
            "   a                 b",
            "x  7/9 -1 +0 FAILED  7/9 -0 +0",
            "y  FAILED            -",
            "skipped: a x, b y: so",
            "FAILED: a y: ended"])


class ResultsTest(InDirectory):
    """What is kept of several runs, of which each had a part of the table."""

    OLD = table.Cell("7.x", "qemu-elf", table.FAILED, 7, 9, 1, 0)

    def lines(self, *runs):
        file = self.place / "results"
        with unittest.mock.patch.object(
                results, "_release", lambda name: f"{name}.1"):
            for cells in runs:
                results.update(file, results.of(cells))
        self.assertEqual(
            [result.cell for result in results.read(file)],
            [result.cell for result in sorted(
                results.read(file), key=lambda result: result.place)])
        return [line.split("\t") for line in
                file.read_text().removeprefix(results.HEAD).splitlines()]

    def test_what_ran_again_replaces_and_the_rest_stays(self):
        self.assertEqual(
            self.lines([self.OLD, self.OLD._replace(kind="live")],
                       [self.OLD._replace(outcome=table.PASSED, missing=0),
                        self.OLD._replace(series="6.1", why="so, there")]),
            [["6.1.1", "6.1", "qemu-elf", "FAILED", "7", "9", "1", "0",
              "so, there"],
             ["7.x.1", "7.x", "qemu-elf", "passed", "7", "9", "0", "0", ""],
             ["7.x.1", "7.x", "live", "FAILED", "7", "9", "1", "0", ""]])

    def test_the_worst_way_of_asking_is_kept(self):
        better = self.OLD._replace(outcome=table.PASSED, missing=0)
        self.assertEqual(self.lines([self.OLD, better]),
                         self.lines([better, self.OLD]))
        self.assertEqual(results.read(self.place / "results")[0].cell,
                         self.OLD)

    def test_what_the_table_has_no_more_goes(self):
        self.assertEqual(
            self.lines([self.OLD._replace(series="2.4"), self.OLD])[0][1],
            "7.x")


class GuestsTest(unittest.TestCase):
    """Kinds that are dumps of one guest, and those that are not."""

    def test_one_guest_for_all_that_it_can_be_dumped_into(self):
        guests = {kind.name: kind.recipe.guest for kind in kinds.KINDS}
        self.assertEqual(guests["qemu-elf"], guests["qemu-kdump-zlib"])
        self.assertEqual(guests["kdump-zlib"], guests["kdump-split"])
        for name in ("qemu-elf-noinfo", "qemu-elf-moving", "kdump-zlib"):
            self.assertNotEqual(guests["qemu-elf"], guests[name])

    def test_a_recipe_tells_itself_apart(self):
        words = [kind.recipe.words for kind in kinds.KINDS]
        self.assertEqual(len(set(words)), len(words))


class QemuTest(InDirectory):
    """Which emulator runs a guest."""

    def command(self, architecture):
        with unittest.mock.patch.object(cache, "root", lambda: self.place), \
                unittest.mock.patch.object(qemu.tools, "find",
                                           lambda name: f"/bin/{name}"):
            return qemu.command(architecture)

    def test_the_machines_own(self):
        with cache.making(self.place / "qemu", "of another configuration"):
            pass
        for architecture in X86_64, ARM64:
            self.assertEqual(self.command(architecture),
                             (f"/bin/{architecture.qemu}",))

    def test_the_one_in_the_cache(self):
        with cache.making(self.place / "qemu", qemu._key()):
            pass
        for architecture in X86_64, ARM64:
            self.assertEqual(self.command(architecture)[:2], (
                str(self.place / "qemu" / architecture.qemu), "-L"))


class EndOfDataTest(InDirectory):
    """A disk is longer than what was written to it."""

    def test_a_hole_behind_the_data(self):
        disk = self.place / "disk"
        for written, end in ((b"", 0), (b"a" * 8192, 8192)):
            disk.write_bytes(written)
            os.truncate(disk, 1 << 20)
            self.assertEqual(dumping._end_of_data(disk), end)


class CacheTest(InDirectory):
    def test_whole_or_absent(self):
        made = self.place / "made"
        with contextlib.suppress(KeyboardInterrupt):
            with cache.making(made, "key"):
                raise KeyboardInterrupt
        self.assertFalse(made.exists())
        self.assertIsNone(cache.made_for(made))
        with cache.making(made, "key") as partial:
            (partial / "file").touch()
        self.assertEqual(sorted(os.listdir(made)), ["complete", "file"])
        self.assertEqual(cache.made_for(made), "key")
        self.assertTrue(cache.is_complete(made, "key"))
        self.assertFalse(cache.is_complete(made, "another key"))


if __name__ == "__main__":
    unittest.main()
