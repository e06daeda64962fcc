"""What a benchmark found, as a table and as one line of JSON."""

import json
import math
import statistics
from dataclasses import dataclass, field
from typing import Any, NamedTuple

NOT_INSTALLED = "not installed"
# What the rows of costs are called, a unit to divide by, and how many digits are shown.
COSTS = {
    "seconds": ("wall, s", 1, 1),
    "cpu_seconds": ("processor time, s", 1, 1),
    "peak_bytes": ("peak memory, GB", 1e9, 2),
}
_VERDICTS = {True: "met", False: "MISSED", None: "NOT VALID"}


class Target(NamedTuple):
    """A bound of the issue, and whether it was met; None where the measurement is not valid."""

    bound: str
    met: bool | None


def at_least(value, bound, shown=None):
    return Target(f">= {shown or f'{bound:g}'}", bool(value >= bound))


def at_most(value, bound, shown=None):
    return Target(f"<= {shown or f'{bound:g}'}", bool(value <= bound))


def spread(values, digits):
    """Return the median, and from where to where the values go if they differ."""
    if not values:
        return NOT_INSTALLED
    middle, least, most = (
        f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values))
    )
    return middle if least == most or math.isnan(values[0]) else f"{middle} ({least} to {most})"


class Row(NamedTuple):
    """A line of the table; ``result`` is what the target is about, a ratio where there is one."""

    what: str
    ours: str = ""
    peer: str = ""
    result: str = ""
    target: Target | None = None


@dataclass
class Report:
    """The findings of one benchmark.

    ``title`` says what is compared, ``words`` with what size of vocabulary (V), ``conditions`` with
    what else; ``peer`` names the second column and ``columns`` those around it; ``notes`` say what
    the numbers mean; ``numbers`` is for the JSON.
    """

    title: str
    words: int
    conditions: str
    peer: str = ""
    columns: tuple[str, str] = ("ours", "result")
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)

    def add(self, what, ours="", peer="", result="", target=None):
        self.rows.append(Row(what, ours, peer, result, target))

    def text(self):
        ours, result = self.columns
        cells = [("", ours, self.peer, result, "target", "")]
        for row in self.rows:
            verdict = _VERDICTS[row.target.met] if row.target else ""
            bound = row.target.bound if row.target else ""
            cells.append((row.what, row.ours, row.peer, row.result, bound, verdict))
        cells = [line for line in zip(*cells, strict=True) if any(line[1:]) or line[0]]
        widths = [max(map(len, column)) for column in cells]
        lines = [f"{self.title}: V = {self.words:,}, {self.conditions}", ""]
        for line in zip(*cells, strict=True):
            first, *others = (
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            lines.append("  ".join([first, *others]).rstrip())
        return "\n".join([*lines, "", *self.notes])

    def json(self, name, about):
        targets = {
            row.what: {"result": row.result, "target": row.target.bound, "met": row.target.met}
            for row in self.rows
            if row.target
        }
        found = {"benchmark": name, **about, "V": self.words, "targets": targets}
        return json.dumps(found | self.numbers)
