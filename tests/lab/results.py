# SPDX-License-Identifier: LGPL-2.1-or-later
"""What came of the table, kept in a file: a line for each kernel and kind, of
which doc/kernel-support.md is made."""

from typing import NamedTuple

import table
from lablib import bundle, kernels, kinds

HEAD = "# What tests/lab/run --results wrote; not to be edited.\n"
BUNDLED, IN_GIT = "bundled", "in git"

SERIES = [BUNDLED, *(series.name for series in kernels.SERIES)]
KINDS = [IN_GIT, *(kind.name for kind in kinds.KINDS), table.LIVE]


class Result(NamedTuple):
    """A cell, and the release of its kernel; empty if that is not known."""

    release: str
    cell: table.Cell

    @property
    def key(self):
        return self.cell.series, self.cell.kind

    @property
    def place(self):
        """In the table."""
        return (SERIES.index(self.cell.series), KINDS.index(self.cell.kind))


def of(cells):
    """The worst of each kernel and kind."""
    return [Result(_release(cell.series), cell)
            for cell in table.worst(cells).values()]


def _release(name):
    if name == BUNDLED:
        rows = (bundle.DIRECTORY / "versions").read_text().splitlines()
        return dict(row.split(" ", 1) for row in rows)["kernel"]
    try:
        return kernels.release(kernels.find(name))
    except FileNotFoundError:  # could not be had
        return ""


def read(path):
    lines = path.read_text().splitlines() if path.exists() else []
    return [_parse(line) for line in lines if not line.startswith("#")]


def _parse(line):
    release, series, kind, outcome, *counts, why = line.split("\t")
    return Result(release, table.Cell(series, kind, outcome,
                                      *map(int, counts), why))


def update(path, results):
    """Put results into the file; of what was not run now, what is there
    stays."""
    merged = {result.key: result for result in (*read(path), *results)
              if result.cell.series in SERIES and result.cell.kind in KINDS}
    lines = ["\t".join(map(str, (result.release, *result.cell))) + "\n"
             for result in sorted(merged.values(), key=lambda r: r.place)]
    path.write_text(HEAD + "".join(lines))
