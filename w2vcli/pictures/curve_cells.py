"""The curve of a training as a few lines of text, for a terminal."""

import math
from collections.abc import Iterator
from itertools import pairwise

from w2vcli.pictures.axes import decimals_of, round_numbers
from w2vcli.pictures.curve_scales import (
    compared,
    decimals,
    passes_shown,
    perplexity,
    place_of,
    range_of,
    short,
)
from w2vcli.training.curve import Curve

_LEAST_WIDTH, _LEAST_COLUMNS = 50, 16
_BRAILLE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a Braille character, by row and column of its dots."""

_SIGNS = {
    True: {"corner": "└", "row": "│", "tick": "┤", "down": "┴", "floor": "─", "line": "┈"},
    False: {"corner": "+", "row": "|", "tick": "+", "down": "+", "floor": "-", "line": "-"},
}
_MARKS = {True: {"held out": "○", "exact": "◆"}, False: {"held out": "o", "exact": "X"}}


LETTERS = "".join([*_SIGNS[True].values(), *_MARKS[True].values(), chr(_BRAILLE + 255)])
"""What an encoding must have for a curve that is not in ASCII."""


def curve_cells(
    curve: Curve, columns: int = 80, rows: int = 9, ascii_only: bool = False
) -> list[str]:
    """Return a curve as lines of no more than ``columns`` characters, or none.

    Parameters
    ----------
    curve
        The curve.
    columns
        How wide the lines may be; there are none where that is too little for a curve.
    rows
        How many lines the curve itself has; four more are its title, its axis and its key.
    ascii_only
        Whether to do without Braille.
    """
    if columns < _LEAST_WIDTH or curve.is_empty:
        return []
    return _Cells(curve, columns, rows, ascii_only).lines()


class _Cells:
    """The letters of a picture in the making."""

    def __init__(self, curve: Curve, columns: int, rows: int, ascii_only: bool) -> None:
        self._curve, self._rows = curve, rows
        self._span = range_of(curve)
        low, high, _ = self._span
        most = rows // 2 + 1
        places, numbers = decimals_of(low, high, most), round_numbers(low, high, most)
        self._losses = {self._row(loss): decimals(loss, places) for loss in numbers}
        known = compared(curve, self._span)
        self._lines = {self._row(loss) for _, loss in known}
        self._names: dict[int, str] = {}
        for name, loss in known:
            row = self._row(loss)
            # Two that are near have a row each: that of the other is the next.
            free = min(set(range(rows)) - self._names.keys(), key=lambda other: abs(other - row))
            self._names[free] = f" {name} {decimals(loss)}"
        self._left = max(map(len, self._losses.values()), default=0)
        self._columns = columns - self._left - 2 - max(map(len, self._names.values()), default=0)
        self._signs, self._marks = _SIGNS[not ascii_only], _MARKS[not ascii_only]
        self._ascii = ascii_only
        self._cells: list[list[str]] = []

    def lines(self) -> list[str]:
        if self._columns < _LEAST_COLUMNS:
            return []
        self._cells = [[" "] * self._columns for _ in range(self._rows)]
        for row in self._lines:
            self._cells[row] = [self._signs["line"]] * self._columns
        self._draw()
        self._mark()
        found = []
        for row, cells in enumerate(self._cells):
            number = self._losses.get(row, "")
            sign = self._signs["tick" if number else "row"]
            name = self._names.get(row, "")
            found.append(f"{number:>{self._left}} {sign}{''.join(cells)}{name}")
        head = " " * (self._left + 1) + "loss in nats per prediction, over the passes"
        lines = [head, *found, *self._axis(), *([key] if (key := self._key()) else [])]
        return [line.rstrip() for line in lines]

    def _height(self, loss: float) -> float:
        """Return how far below the top a loss lies, from 0 to 1."""
        low, high, _ = self._span
        return (high - loss) / (high - low)

    def _row(self, loss: float) -> int:
        return min(self._rows - 1, int(self._height(loss) * self._rows))

    def _column(self, passes: float) -> int:
        return min(self._columns - 1, int(place_of(self._curve, passes) * self._columns))

    def _line(self) -> list[tuple[float, float]]:
        """Return the places of the loss; of an older model, which has no others, its passes."""
        if self._curve.points:
            return [(point.passes, point.loss) for point in self._curve.points]
        known = [(each.passes, each.loss) for each in self._curve.losses]
        return [(passes, loss) for passes, loss in known if loss is not None]

    def _draw(self) -> None:
        """Draw the loss: dots of Braille, or a star in each cell that it passes."""
        wide, high = (1, 1) if self._ascii else (2, 4)
        width, height = self._columns * wide - 1, self._rows * high - 1
        places = [
            (place_of(self._curve, passes) * width, self._height(loss) * height)
            for passes, loss in self._line()
        ]
        for x, y in _between(places):
            row, column = divmod(round(y), high), divmod(round(x), wide)
            if self._ascii:
                self._cells[row[0]][column[0]] = "*"
                continue
            before = ord(self._cells[row[0]][column[0]])
            dots = before - _BRAILLE if _BRAILLE <= before < _BRAILLE + 256 else 0
            dots |= _DOTS[row[1]][column[1]]
            self._cells[row[0]][column[0]] = chr(_BRAILLE + dots)

    def _mark(self) -> None:
        """Draw the held-out losses, and the exact one of the final vectors over them."""
        curve = self._curve
        for each in curve.losses:
            if each.held_out is not None:
                row, column = self._row(each.held_out), self._column(each.passes)
                self._cells[row][column] = self._marks["held out"]
        if curve.final and curve.final.loss is not None:
            row, column = self._row(curve.final.loss), self._column(curve.final.passes)
            self._cells[row][column] = self._marks["exact"]

    def _axis(self) -> list[str]:
        """Return the axis of the passes, and its numbers."""
        curve = self._curve
        line = [self._signs["floor"]] * self._columns
        below = [" "] * self._columns
        free = 0
        for number in passes_shown(curve, self._columns // 8):
            column, text = self._column(number), short(number)
            start = max(0, min(column - len(text) // 2, self._columns - len(text)))
            line[column] = self._signs["down"]
            if start >= free:
                below[start : start + len(text)] = text
                free = start + len(text) + 1
        name = "closing"
        start = self._column(curve.passes + 0.5) - len(name) // 2
        if curve.closing and free <= start <= len(below) - len(name):
            below[start : start + len(name)] = name
        left = " " * (self._left + 1)
        return [f"{left}{self._signs['corner']}{''.join(line)}", f"{left} {''.join(below)}"]

    def _key(self) -> str:
        """Say what the marks are, with the last numbers."""
        curve = self._curve
        parts = []
        if curve.final and curve.final.loss is not None:
            loss = curve.final.loss
            parts.append(f"{self._marks['exact']} exact {decimals(loss)} ({perplexity(loss)})")
        last = next((each for each in reversed(curve.losses) if each.held_out is not None), None)
        if last is not None and last.held_out is not None:
            parts.append(f"{self._marks['held out']} held out {decimals(last.held_out)}")
        return " " * (self._left + 2) + "   ".join(parts) if parts else ""


def _between(places: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield places on the lines between places, none farther than one from the next."""
    yield from places[:1]
    for (x0, y0), (x1, y1) in pairwise(places):
        steps = max(1, math.ceil(max(abs(x1 - x0), abs(y1 - y0))))
        for k in range(1, steps + 1):
            yield x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps
