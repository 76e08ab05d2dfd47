#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An export holds what the guest's own pagemap and smaps_rollup said.

Every present mapping of a dump's truth has to be a row, and no other of these
processes; every number that names a row of another table has to have it; the
JSON Lines are the same rows; files are the same bytes for any number of
threads. The queries of doc/export.md have to find something, and what the
manual page says of tables and columns has to be what there is.
"""

import collections
import contextlib
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

import compare
import sums
from lablib import answers, truth
from lablib.errors import LabError

DEADLINE = 300  # seconds
COMPLETE, GAPS = 0, 3
JOBS = (1, 2, 5)
SOME = 7
# Entries that are about the page, and map it.
COUNTED = "coalesce(state NOT IN ('migrating', 'poisoned'), 1)"
DOC = pathlib.Path(__file__).resolve().parents[2] / "doc"
# Nothing in a guest may be pinned by what nobody knows at the time.
MAY_FIND_NOTHING = {"Who holds pages that nobody explains?"}


class Tool:
    """The tool, and what it is given each time."""

    def __init__(self, program, vmcore, vmlinux):
        self._command = [program, "--no-cache", str(vmcore),
                         *([vmlinux] if vmlinux else [])]

    def export(self, target, *options):
        command = [*self._command, f"--export={target}", *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False,
                              timeout=DEADLINE)
        if done.returncode not in (COMPLETE, GAPS):
            raise LabError(f"{' '.join(command)}: exit code "
                           f"{done.returncode}")
        return done.stdout


def _tables(database):
    return [name for name, in database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND "
        "name NOT LIKE 'sqlite_%'")]


def _columns(database, table):
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def _judge_mappings(database, facts):
    listed = {pfn for pfn, in database.execute(
        "SELECT pfn FROM page WHERE listed")}
    told = {row for row in database.execute(
        "SELECT task.pid, mapping.address, mapping.pfn FROM mapping "
        "JOIN vma ON vma.id = mapping.vma JOIN task ON task.mm = vma.mm "
        f"WHERE {COUNTED}")
            if row[0] != facts.self_pid}
    expected = {(page.pid, page.address, page.pfn) for page in facts.pages
                if page.pfn in listed and page.pid != facts.self_pid}
    levels = {level for level, in database.execute(
        "SELECT DISTINCT level FROM mapping JOIN page ON page.pfn = "
        "mapping.pfn WHERE kind = 'hugetlb'")}
    yield "levels of hugetlb", None if levels in ({"pmd"}, {"pmd", "pud"}) \
        else levels
    pids = {page.pid for page in facts.pages}
    yield "missing", sorted(expected - told)[:SOME] or None
    yield "extra", sorted(place for place in told - expected
                          if place[0] in pids)[:SOME] or None
    yield "enough", None if len(expected) > 1000 else len(expected)


def _judge_pages(database, facts):
    """The reverse map's rows, and the count of the page tables."""
    pages = {pfn for pfn, in database.execute("SELECT pfn FROM page")}
    yield "frames", sorted({page.pfn for page in facts.pages} -
                           pages)[:SOME] or None
    yield "mappings of pages", database.execute(
        "SELECT page.pfn, mappings, count(mapping.pfn) FROM page "
        f"LEFT JOIN mapping ON mapping.pfn = page.pfn AND {COUNTED} "
        "WHERE listed "
        "GROUP BY page.pfn HAVING mappings <> count(mapping.pfn) "
        f"LIMIT {SOME}").fetchall() or None
    yield "complete", database.execute(
        "SELECT * FROM gap").fetchall()[:SOME] or None
    yield "said so", None if database.execute(
        "SELECT value FROM dump WHERE key = 'complete'").fetchall() == [
            ("yes",)] else "no"


def _judge_sums(database, facts):
    names = ("rss", "pss_bytes", "uss", "anon", "hugetlb", "swapped",
             "swapped_shmem", "swap_pss_bytes", "poisoned")
    yield from sums.judge_processes({
        pid: dict(zip(names, figures)) for pid, *figures in database.execute(
            "SELECT pid, resident, pss_bytes, not_shared, anon, hugetlb, "
            "swapped, swapped_shmem, swap_pss_bytes, poisoned FROM task JOIN mm ON mm.id = task.mm")}, facts)


def _judge_names(database, facts):
    comms = dict(database.execute("SELECT pid, comm FROM task"))
    for process in facts.processes:
        if process.pid in comms:
            yield f"{process.pid} comm", \
                None if comms[process.pid] == process.comm else \
                (comms[process.pid], process.comm)


def _judge_references(database, references):
    for table, column, of in references:
        key = _columns(database, of)[0]
        dangling = database.execute(
            f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT "
            f"NULL AND {column} NOT IN (SELECT {key} FROM {of}) "
            f"LIMIT {SOME}").fetchall()
        yield f"{table}.{column}", dangling or None


def _judge_lines(tool, database):
    """The same rows in the same order, so that order in SQLite is free."""
    tables = _tables(database)
    rows = collections.defaultdict(list)
    for row in answers.lines(tool.export("-").splitlines()):
        rows[row.pop("table")].append(row)
    yield "tables", None if set(rows) <= set(tables) else set(rows)
    for table in tables:
        columns = _columns(database, table)
        lines = [tuple(row[column] for column in columns)
                 for row in rows[table]]
        same = sorted(lines, key=repr) == sorted(
            database.execute(f"SELECT * FROM {table}"), key=repr)
        yield f"lines of {table}", None if same and \
            all(len(row) == len(columns) for row in rows[table]) else "differ"


def _queries():
    """(title, SQL) of each in the document."""
    text = (DOC / "export.md").read_text(encoding="utf-8")
    return re.findall(r"^### (.+)\n(?:.*\n)*?```sql\n((?:.*\n)*?)```", text,
                      re.MULTILINE)


def _judge_queries(database):
    queries = _queries()
    yield "a dozen queries", None if len(queries) >= 12 else len(queries)
    for title, query in queries:
        found = database.execute(query).fetchall()
        yield f"query: {title}", None if found or \
            title in MAY_FIND_NOTHING else "finds nothing"


def _manual():
    """{table or view: [(column, table it names or None)]}."""
    text = (DOC / "rmap-inspect-export.5").read_text(encoding="utf-8")
    tables = {}
    for part in re.split(r"^\.Ss ", text, flags=re.MULTILINE)[1:]:
        name = part.split("\n", 1)[0].split()[-1]
        tables[name] = re.findall(
            r"^\.It Va (\w+)(?: No \\\(-> Va (\w+))?$", part, re.MULTILINE)
    return tables


def _judge_manual(database):
    manual = _manual()
    there = {name: _columns(database, name) for name, in database.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND "
        "name NOT LIKE 'sqlite_%'")}
    yield "tables of the manual", None if set(manual) == set(there) else \
        set(manual) ^ set(there)
    for name, columns in there.items():
        told = [column for column, _ in manual.get(name, ())]
        yield f"columns of {name} in the manual", \
            None if told == columns else (told, columns)
    yield from _judge_references(database, [
        (table, column, of) for table, columns in manual.items()
        for column, of in columns if of])


def _judge_database(tool, path, facts):
    with contextlib.closing(sqlite3.connect(path)) as database:
        yield "integrity", None if database.execute(
            "PRAGMA integrity_check").fetchall() == [("ok",)] else "broken"
        yield from _judge_pages(database, facts)
        yield from _judge_mappings(database, facts)
        yield from _judge_sums(database, facts)
        yield from _judge_names(database, facts)
        yield from _judge_lines(tool, database)
        yield from _judge_queries(database)
        yield from _judge_manual(database)


def _judge(tool, facts):
    """(what, what is wrong or None) of everything that is compared."""
    with tempfile.TemporaryDirectory() as place:
        paths = [pathlib.Path(place, f"{jobs}.sqlite") for jobs in JOBS]
        for jobs, path in zip(JOBS, paths):
            tool.export(path, f"--jobs={jobs}")
            yield f"{jobs} threads", None if path.read_bytes() == \
                paths[0].read_bytes() else "another file"
        yield from _judge_database(tool, paths[0], facts)


def _judge_dump(arguments):
    facts = truth.Truth(arguments.vmcore.parent / "truth")
    yield from _judge(Tool(arguments.tool, arguments.vmcore,
                           arguments.vmlinux), facts)


def main():
    arguments = compare.dump_arguments(__doc__)
    return compare.run_checks("export", lambda: _judge_dump(arguments),
                              (LabError, sqlite3.Error))


if __name__ == "__main__":
    sys.exit(main())
