#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Under --redact no name leaves the tool, in no mode and no format.

Each mode is run in each format as it is and redacted, on a dump in a directory
with names of its own. Redacted JSON has to be the other with stand-ins, made
here once more, in place of the names, and nothing else; and of all names that
the guest's truth, the tool's JSON and the command line have, none may be in
what a redacted run prints, on either of its streams, unless it is a word of
the tool's own.
"""

import collections
import concurrent.futures
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

import compare
from lablib import answers, truth

DEADLINE = 300  # seconds
WORKERS = 2
USAGE = 2
SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src"
FORMATS = ("text", "brief", "json", "jsonl", "dot")
SHORTEST = 4  # names that are looked for; shorter ones are in many words
SOME = 5
# Most of --export: lines of numbers, but for the kind of a page.
NUMBERS = ('{"table":"page"', '{"table":"mapping"', '{"table":"avc"')
MOST = 300  # pages that are asked for one by one
# "case 4711" to see that a blank does not end a path.
DIRECTORY = "Jane Doe, case 4711"
DUMP, VMLINUX, CACHE = "acme-db01.vmcore", "acme-vmlinux", "acme-cache"
NO_BTF = "acme-missing"
LOG_NAME = "acme-payroll"

# Of tests/unit/test_stand_in.c, which has them all.
FIXED = re.compile(r"/dev/zero|/anon_hugepage|/secretmem|/\[aio\]|"
                   r"/SYSV[0-9a-f]{8}|block device \d+:\d+")
LITERAL = re.compile(r'"([^"\n]*)"')
STAND_IN = re.compile(r"\b[cpgkh][0-9a-f]{12}\b")
BOILED = re.compile(r"\b(?:0x[0-9a-f]+|\d+|[cpgkh][0-9a-f]{12})\b")


# ---- what the tool ought to do ----


def _stand_in(letter, name):
    digest = hashlib.sha256(name.encode()).hexdigest()
    return letter + digest[:12] if name else ""


def _parts(letter, path):
    return "/".join(part if part in (".", "..") else _stand_in(letter, part)
                    for part in path.split("/"))


def _file(path):
    path, deleted, _ = path.partition(" (deleted)")
    before, found, rest = path.partition("(unreachable)")
    path = rest if found else before
    if path.startswith("/memfd:"):
        shown = "/memfd:" + _stand_in("p", path[len("/memfd:"):])
    elif FIXED.fullmatch(path):
        shown = path
    else:
        shown = _parts("p", path)
    return found + shown + deleted


def _command(name):
    return _stand_in("c", name)


def _cgroup(path):
    return _parts("g", path)


def _reason(text):
    return re.sub(r"(PID \d+) \(([^)]*)\)",
                  lambda found: f"{found[1]} ({_command(found[2])})", text)


def _withheld(_):
    return "(withheld)"


def _argument(text):
    return _file(text) if text.startswith("/") else text


_RULES = {
    "comm": _command, "allocated_by": _command, "path": _file,
    "memcg": _cgroup, "container": lambda name: _stand_in("k", name),
    "host": lambda name: _stand_in("h", name), "argument": _argument,
    "core": lambda path: _parts("p", path),
    "vmlinux": lambda path: _parts("p", path),
    "reasons": _reason, "text": _withheld,
    # Sentences with paths in them: not one by one, but names are looked for.
    "declined": lambda _: "", "problem": lambda _: "",
}


def _rule(key, parent):
    if key == "value" and "key" in parent:  # of --export
        return _RULES.get(parent["key"])
    if key == "path" and "container" in parent:
        return _cgroup
    if key == "path" and "required" in parent:
        return None  # of --dump-layout: a member's
    return _RULES.get(key)


def _redacted(value, key=None, parent=()):
    """The JSON of a redacted run, from that of the other."""
    if isinstance(value, dict):
        return {name: _redacted(inner, name, value)
                for name, inner in value.items()}
    if isinstance(value, list):
        return [_redacted(inner, key, parent) for inner in value]
    rule = _rule(key, parent) if isinstance(value, str) else None
    return rule(value) if rule else value


# ---- names ----


class Names:
    """All that must not be seen, and their stand-ins."""

    def __init__(self):
        self._names = collections.defaultdict(set)  # by letter
        # What the tool says itself, and members of the kernel's structures;
        # more of the kernel's code comes later.
        self._own = [literal for path in SOURCES.glob("*/*.c")
                     for literal in LITERAL.findall(path.read_text())]
        self._own += [path.read_text() for path in SOURCES.glob("*/*.def")]

    def add(self, letter, *names):
        self._names[letter].update(name for name in names if name)

    def add_path(self, letter, path):
        path = path.removesuffix(" (deleted)").removeprefix("(unreachable)")
        if not FIXED.fullmatch(path):
            self.add(letter, *path.removeprefix("/memfd:").split("/"))

    def add_truth(self, facts):
        self.add("c", *(process.comm for process in facts.processes))
        for record in (*facts.vmas, *facts.cached):
            if record.path.startswith("/"):
                self.add_path("p", record.path)
        for cgroup in facts.cgroups:
            self.add_path("g", cgroup.path)

    def add_json(self, value, key=None, parent=()):
        if isinstance(value, dict):
            for name, inner in value.items():
                self.add_json(inner, name, value)
        elif isinstance(value, list):
            for inner in value:
                self.add_json(inner, key, parent)
        elif isinstance(value, str):
            self._add_leaf(_rule(key, parent), key, value, parent)

    def _add_leaf(self, rule, key, value, parent):
        if rule == _command:
            self.add("c", value)
        elif rule in (_file, _cgroup):
            self.add_path("p" if rule == _file else "g", value)
        elif "host" in (key, parent.get("key")) or key == "container":
            self.add("k" if key == "container" else "h", value)
        elif key in ("filesystem", "caller"):  # names in code
            self._own.append(value)

    def count(self, letter):
        return len(self._names[letter])

    def secrets(self):
        """Those that are long enough, and no words of ours."""
        every = set().union(*self._names.values())
        own = "\n".join(self._own)
        return {name for name in every
                if len(name) >= SHORTEST and name not in own}

    def stand_ins(self):
        return {_stand_in(letter, name)
                for letter, names in self._names.items() for name in names}


def _boil_down(text):
    """Each line once, without stand-ins and numbers: many are alike."""
    return "\n".join(set(BOILED.sub("0", text).splitlines()))


# ---- the tool ----


class Tool:
    def __init__(self, program, directory, with_vmlinux):
        self._command = [program, str(directory / DUMP),
                         f"--cache-dir={directory / CACHE}"]
        if with_vmlinux:
            self._command.append(f"--vmlinux={directory / VMLINUX}")

    def run(self, options, text=""):
        return subprocess.run([*self._command, *options], input=text,
                              capture_output=True, text=True, check=False,
                              timeout=DEADLINE)

    def lines(self, *options):
        done = self.run(["--format=jsonl", *options])
        return list(answers.lines(done.stdout.splitlines()))


class Mode(NamedTuple):
    """Something to ask, and the formats to see; not all can show it."""

    name: str
    options: list
    formats: tuple = FORMATS
    text: str = ""


def _by_key(records, key, most):
    """At most so many of each key."""
    found = collections.defaultdict(list)
    for record in records:
        found[key(record)].append(record)
    return [record for rows in found.values() for record in rows[:most]]


def _pfns(pages, facts):
    """Of each kind, of each file, and of each cgroup some."""
    listed = _by_key(pages, lambda page: page["kind"], SOME)
    listed += _by_key(pages, lambda page: page.get("memcg"), 1)
    pfns = {int(page["pfn"], 16) for page in listed}
    starts = {(vma.pid, vma.start) for vma in facts.vmas
              if vma.path.startswith("/")}
    pfns.update(page.pfn for page in facts.pages
                if (page.pid, page.address) in starts)
    return sorted(pfns)[:MOST]


def _families(pages):
    """(a mapping, the anon_vma that leads to it)"""
    for page in pages:
        for step in page["chain"]:
            if step["object"] == "anon_vma" and page["mappings"]:
                yield page["mappings"][0], step["address"]


def _smallest_family(pages, facts):
    """Of a process with few pages, which are all told of."""
    sizes = collections.Counter(page.pid for page in facts.pages)
    return min(_families(pages),
               key=lambda pair: sizes[pair[0]["tasks"][0]["pid"]] or MOST)


def _places(mapping, facts):
    pid = mapping["tasks"][0]["pid"]
    mapped = next(vma.path for vma in facts.vmas if vma.path.startswith("/"))
    return [f"--virt={pid}:{mapping['address']}", f"--pid={pid}",
            f"--vma={mapping['vma']}", f"--file={mapped}",
            f"--file={facts.cached[0].path}", "--hwpoison"]


def _modes(tool, facts, directory):
    pfns = _pfns(tool.lines("--all"), facts)
    asked = "--pfn=" + ",".join(f"{pfn:#x}" for pfn in pfns)
    mapping, anon_vma = _smallest_family(tool.lines(asked), facts)
    swap = next(entry for entry in facts.swapped
                if entry.type < truth.SWAP_DISKS)
    log = f"[    1.000000] Bad page state in {LOG_NAME}  pfn:{pfns[0]:x}\n"
    return [
        Mode("pages", [asked]),
        Mode("scan too", [asked, "--method=both"], ("json",)),
        Mode("folios", [asked, "--folio"], ("json",)),
        Mode("explain", [asked, "--explain"], ("text",)),
        Mode("columns", [asked, "--output=" + _columns(tool)], ("text",)),
        Mode("context", [f"--pfn={pfns[0]:#x}", "--context=8"]),
        Mode("places", _places(mapping, facts)),
        Mode("swap", [f"--swap={swap.type}:{swap.offset:x}"]),
        Mode("info", ["--info"]),
        Mode("no BTF", ["--info", f"--btf={directory / NO_BTF}"]),
        Mode("not opened", ["--ksm", f"--btf={directory / NO_BTF}"],
             ("text",)),
        Mode("layout", ["--dump-layout"]),
        Mode("family", [f"--anon-vma={anon_vma}"]),
        Mode("ksm", ["--ksm"]),
        Mode("summary", ["--summary", "--top=1000"]),
        Mode("all", ["--all", "--min-sharers=1"]),
        Mode("audit", ["--audit"]),
        Mode("export", ["--export=-"], ("jsonl",)),
        Mode("log", ["--from-dmesg"]),
        Mode("given log", ["--from-dmesg=-"], text=log),
        Mode("no process", ["--pid=4000000"], ("json",)),
    ]


def _columns(tool):
    return ",".join(line.split()[0] for line in
                    tool.run(["--list-columns"]).stdout.splitlines()
                    if re.match(r"\s*[A-Z]", line))


# ---- judging ----


def _documents(text, fmt):
    if fmt == "json":
        return [answers.document(text)] if text else []
    return list(answers.lines(text.splitlines()))


def _differing(plain, shown):
    """Pairs of lines that are not the same; a line of --all is a page."""
    lines = list(zip(plain.splitlines(), shown.splitlines()))
    return ("\n".join(pair[i] for pair in lines if pair[0] != pair[1])
            for i in (0, 1))


def _judge_json(plain, shown, fmt):
    if fmt == "jsonl":
        plain, shown = _differing(plain, shown)
    expected = [_redacted(value) for value in _documents(plain, fmt)]
    # What is judged as a whole elsewhere.
    found = [_blank(value) for value in _documents(shown, fmt)]
    wrong = [(want, got) for want, got in zip(expected, found) if want != got]
    if len(expected) != len(found):
        return len(expected), len(found)
    return _first_difference(*wrong[0]) if wrong else None


def _blank(value):
    if isinstance(value, dict):
        return {name: "" if name in ("declined", "problem") and inner else
                _blank(inner) for name, inner in value.items()}
    return [_blank(inner) for inner in value] if isinstance(value, list) \
        else value


def _first_difference(want, got, where=""):
    if isinstance(want, dict) and isinstance(got, dict):
        pairs = [(name, want.get(name), got.get(name))
                 for name in {*want, *got}]
    elif isinstance(want, list) and isinstance(got, list):
        pairs = [(str(i), *pair) for i, pair in enumerate(zip(want, got))]
    else:
        return f"{where}: {want!r} is {got!r}"
    name, *pair = next((row for row in pairs if row[1] != row[2]),
                       ("length", len(want), len(got)))
    return _first_difference(*pair, f"{where}.{name}")


class Run:
    """What a run of the tool came to."""

    def __init__(self, done):
        self.returncode, self.stderr = done.returncode, done.stderr
        self.stdout = "".join(line for line in
                              done.stdout.splitlines(keepends=True)
                              if not line.startswith(NUMBERS))


class Runs:
    """Both runs of a mode in a format."""

    def __init__(self, tool, mode, fmt):
        options = [*mode.options, f"--format={fmt}", "--verbose"]
        self.plain = Run(tool.run(options, mode.text))
        self.shown = None
        self.name = f"{mode.name}, {fmt}"
        self.fmt = fmt
        if self.plain.returncode != USAGE:
            self.shown = Run(tool.run([*options, "--redact"],
                                      mode.text))

    def add_names(self, names):
        if self.fmt in ("json", "jsonl") and self.shown:
            for value in _documents(self.plain.stdout, self.fmt):
                names.add_json(value)

    def judge(self, secrets, stand_ins):
        """(what, what is wrong or None)"""
        plain, shown = self.plain, self.shown
        yield f"{self.name}: exit code", (
            None if plain.returncode == shown.returncode else
            (plain.returncode, shown.returncode, shown.stderr[-200:]))
        lengths = [run.stdout.count("\n") for run in (plain, shown)]
        yield f"{self.name}: lines", (None if lengths[0] == lengths[1] else
                                      lengths)
        if self.fmt in ("json", "jsonl"):
            yield f"{self.name}: JSON", _judge_json(plain.stdout, shown.stdout,
                                                    self.fmt)
        for stream in "stdout", "stderr":
            text = getattr(shown, stream)
            boiled = _boil_down(text)
            told = [name for name in secrets if name in boiled]
            yield f"{self.name}: names on {stream}", told[:SOME] or None
            others = set(STAND_IN.findall(text)) - stand_ins
            yield f"{self.name}: stand-ins on {stream}", (
                sorted(others)[:SOME] or None)


def _enough(names, runs):
    """That there was something to hide, and what hides it."""
    yield "commands", None if names.count("c") > 50 else names.count("c")
    yield "files", None if names.count("p") > 20 else names.count("p")
    yield "cgroups", None if names.count("g") > 3 else names.count("g")
    secrets = names.secrets()
    yield "secrets", None if len(secrets) > 60 else sorted(secrets)
    kinds = collections.Counter(run.fmt for run in runs)
    yield "formats", None if min(kinds[fmt] for fmt in FORMATS) > 4 else kinds
    shown = "\n".join(_boil_down(run.plain.stdout) for run in runs)
    unseen = [name for name in secrets if name not in shown]
    yield "secrets that are shown otherwise", (
        None if len(unseen) < len(secrets) / 2 else sorted(unseen))


def _runs(tool, modes):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        runs = pool.map(lambda pair: Runs(tool, *pair),
                        [(mode, fmt) for mode in modes
                         for fmt in mode.formats])
        return [run for run in runs if run.shown]


def _names(runs, facts, directory):
    names = Names()
    names.add_truth(facts)
    names.add("c", LOG_NAME)
    names.add_path("p", str(directory))
    names.add("p", DUMP, VMLINUX, CACHE, NO_BTF)
    for run in runs:
        run.add_names(names)
    return names


def _judge(tool, facts, directory):
    runs = _runs(tool, _modes(tool, facts, directory))
    names = _names(runs, facts, directory)
    yield from _enough(names, runs)
    secrets, stand_ins = names.secrets(), names.stand_ins()
    for run in runs:
        yield from run.judge(secrets, stand_ins)
    yield from _judge_database(tool, secrets, directory)


def _judge_database(tool, secrets, directory):
    """A file of --export, as bytes; short names are in it by chance."""
    path = directory / "export.sqlite"
    done = tool.run([f"--export={path}", "--redact"])
    yield "database: exit code", (None if done.returncode in (0, 3) else
                                  done.stderr)
    longer = "".join(f"{name}\n" for name in secrets if len(name) > 5)
    found = subprocess.run(["grep", "-aoFf", "-", path], input=longer,
                           capture_output=True, text=True, check=False)
    yield "database: names", found.stdout.splitlines()[:SOME] or None


def _link(directory, arguments):
    directory.mkdir()
    (directory / DUMP).symlink_to(arguments.vmcore.resolve())
    if arguments.vmlinux:
        (directory / VMLINUX).symlink_to(
            pathlib.Path(arguments.vmlinux).resolve())


def _judge_dump(arguments):
    facts = truth.Truth(arguments.vmcore.parent / "truth")
    with tempfile.TemporaryDirectory(prefix="redact-") as parent:
        directory = pathlib.Path(parent) / DIRECTORY
        _link(directory, arguments)
        tool = Tool(arguments.tool, directory, arguments.vmlinux)
        yield from _judge(tool, facts, directory)


def main():
    arguments = compare.dump_arguments(__doc__)
    return compare.run_checks("redact", lambda: _judge_dump(arguments))


if __name__ == "__main__":
    sys.exit(main())
