# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of all kernels and machines by all kinds of dumps, and live: which
rows of it are a day's quarter, and how it is printed."""

from typing import NamedTuple

from lablib import kernels
from lablib.architectures import X86_64

# From what hides behind the others to what shows.
OUTCOMES = SKIPPED, PASSED, FAILED = "skipped", "passed", "FAILED"

QUARTERS = 4
LIVE = "live"

# Ours has its dump in git.
ROWS = tuple(series for series in kernels.SERIES if series.fragment is None)


class Cell(NamedTuple):
    """What came of one kernel and kind, by one way of asking."""

    series: str
    kind: str
    outcome: str
    frames: int = 0
    mappings: int = 0
    missing: int = 0
    extra: int = 0
    why: str = ""  # it was skipped, or failed without an answer

    def text(self):
        if self.outcome == SKIPPED:
            return "-"
        if not self.frames:
            return FAILED
        mark = f" {FAILED}" if self.outcome == FAILED else ""
        return (f"{self.frames}/{self.mappings} -{self.missing} "
                f"+{self.extra}{mark}")

    @property
    def rank(self):
        """The worst way of asking has the highest."""
        return OUTCOMES.index(self.outcome), self.missing + self.extra


def quarter(date):
    """The rows of that day: four days in a row have all."""
    return ROWS[date.toordinal() % QUARTERS::QUARTERS]


def is_live_daily(series):
    """Whether its quarters run the tool in its guest, too: on arm64 that takes
    minutes, and one row of it has to do."""
    return series.architecture is X86_64 or \
        series is kernels.LINUX_6_12_ARM64


def reasons(cells):
    """Why there is nothing in cells: {(outcome, why): those that share it}."""
    shared = {}
    for cell in cells:
        if cell.why:
            shared.setdefault((cell.outcome, cell.why), {})[
                f"{cell.series} {cell.kind}"] = None
    return {reason: ", ".join(names) for reason, names in shared.items()}


def worst(cells):
    """Of each kernel and kind, the way of asking that came off worst."""
    return {(cell.series, cell.kind): cell
            for cell in sorted(cells, key=lambda cell: cell.rank)}


def lines(cells):
    """A line for each kind and a column for each kernel, then what is not
    there and why."""
    columns = list(dict.fromkeys(cell.series for cell in cells))
    rows = list(dict.fromkeys(cell.kind for cell in cells))
    texts = {key: cell.text() for key, cell in worst(cells).items()}
    grid = [["", *columns], *(
        [row, *(texts.get((column, row), "") for column in columns)]
        for row in rows)]
    widths = [max(map(len, column)) for column in zip(*grid)]
    yield ("frames/mappings -missing +extra, of the way of asking that "
           "differs most from the truth:")
    for row in grid:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
    for (outcome, why), names in reasons(cells).items():
        yield f"{outcome}: {names}: {why}"
