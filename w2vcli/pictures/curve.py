"""The curve of a training as a drawing."""

import math
from collections.abc import Iterator
from itertools import pairwise

from w2vcli.pictures.axes import decimals_of, round_numbers, round_powers
from w2vcli.pictures.curve_scales import (
    compared,
    decimals,
    described,
    passes_shown,
    perplexity,
    place_of,
    range_of,
    short,
    shows_prior,
    state_of,
)
from w2vcli.pictures.drawing import Circle, Drawing, Line, Point, Shape, Text, text_width
from w2vcli.pictures.labels import Box, placed
from w2vcli.training.curve import Curve

_WIDTH, _HEIGHT = 820, 500
_PLOT = Box(66, 112, 734, 412)
_LARGE, _SMALL = 12.0, 11.0
_MANY = 40  # more passes have no dot each


def curve_drawing(curve: Curve, title: str) -> Drawing:
    """Return a curve as a drawing; ``title`` is any text."""
    return _Plot(curve).drawing(title)


class _Plot:
    """A drawing in the making."""

    def __init__(self, curve: Curve) -> None:
        self._curve = curve
        self._span = range_of(curve)

    def drawing(self, title: str) -> Drawing:
        curve = self._curve
        shapes: list[Shape] = [
            Text((24, 34), title, size=18, bold=True),
            Text((24, 56), state_of(curve).capitalize(), "muted", 13),
        ]
        shapes += [*self._grid(), *self._passes(), *self._lines(), *self._losses()]
        shapes += [*self._legend(), *self._labels(), *self._notes()]
        return Drawing(_WIDTH, _HEIGHT, title, described(curve), shapes)

    def _x(self, passes: float) -> float:
        return _PLOT.left + (_PLOT.right - _PLOT.left) * place_of(self._curve, passes)

    def _y(self, loss: float) -> float:
        low, high, _ = self._span
        return _PLOT.bottom - (_PLOT.bottom - _PLOT.top) * (loss - low) / (high - low)

    def _grid(self) -> Iterator[Shape]:
        """Yield both scales of the loss: in nats with lines, and as perplexity."""
        low, high, _ = self._span
        places = decimals_of(low, high, 7)
        yield Text((_PLOT.left - 8, _PLOT.top - 12), "loss", "muted", _LARGE, "end")
        yield Text((_PLOT.right + 8, _PLOT.top - 12), "perplexity", "muted", _LARGE)
        for loss in round_numbers(low, high, 7):
            y = self._y(loss)
            yield Line([(_PLOT.left, y), (_PLOT.right, y)], "line")
            yield Text((_PLOT.left - 8, y + 4), decimals(loss, places), "muted", _LARGE, "end")
        if -700 < low < high < 700:  # else it is beyond a float
            for value in round_powers(low, high, 7):
                y = self._y(math.log(value))
                yield Line([(_PLOT.right, y), (_PLOT.right + 5, y)], "edge")
                shown = f"{value:,.10g}" if value < 1e6 else f"{value:.0e}"
                yield Text((_PLOT.right + 9, y + 4), shown, "muted", _LARGE)

    def _passes(self) -> Iterator[Shape]:
        """Yield the scale of the passes."""
        curve = self._curve
        yield Line([(_PLOT.left, _PLOT.bottom), (_PLOT.right, _PLOT.bottom)], "edge")
        for number in passes_shown(curve, 12):
            x = self._x(number)
            yield Line([(x, _PLOT.bottom), (x, _PLOT.bottom + 5)], "edge")
            yield Text((x, _PLOT.bottom + 19), short(number), "muted", _LARGE, "middle")
        middle = self._x(curve.passes / 2)
        yield Text((middle, _PLOT.bottom + 37), "passes", "muted", _LARGE, "middle")
        if curve.closing:
            x = self._x(curve.passes)
            yield Line([(x, _PLOT.top), (x, _PLOT.bottom)], "edge", dashed=True)
            middle = self._x(curve.passes + 0.5)
            where = (min(middle, _PLOT.right - 4), _PLOT.bottom + 37)
            yield Text(where, "closing pass", "muted", _LARGE, "middle")

    def _lines(self) -> Iterator[Shape]:
        for _, loss in compared(self._curve, self._span):
            y = self._y(loss)
            yield Line([(_PLOT.left, y), (_PLOT.right, y)], "muted", 1.2, dashed=True)

    def _losses(self) -> Iterator[Shape]:
        curve = self._curve
        # The means of passes first, under the line that they are the mean of.
        for start, each in zip(self._starts(), curve.losses, strict=True):
            if each.loss is not None:
                yield self._mean(start, each.passes, each.loss, "c6", 4)
        if shows_prior(curve, self._span):
            for start, each in zip(self._starts(), curve.losses, strict=True):
                if each.objective is not None:
                    yield self._mean(start, each.passes, each.objective, "c4", 2)
        if len(curve.points) > 1:
            yield Line([self._place(*point) for point in curve.points], "c0", 2.2)
        for point in curve.points if len(curve.points) <= 2 * _MANY else ():
            yield Circle(self._place(*point), 2.6, "c0", _title("", *point))
        held_out = [(each.passes, each.held_out) for each in curve.losses]
        known = [(passes, loss) for passes, loss in held_out if loss is not None]
        if len(known) > 1:
            yield Line([self._place(*each) for each in known], "c1", 2)
        for passes, loss in known if len(known) <= _MANY else known[-1:]:
            yield Circle(self._place(passes, loss), 4.5, "c1", _title("held out, ", passes, loss))
        if curve.before is not None:
            yield from self._ring(0.0, curve.before, "the old model: ")
        if curve.final and curve.final.loss is not None:
            yield from self._ring(curve.final.passes, curve.final.loss, "exact, ")

    def _starts(self) -> list[float]:
        """Return where each pass begins."""
        return [0.0, *(each.passes for each in self._curve.losses)][:-1]

    def _mean(self, start: float, end: float, loss: float, colour: str, width: float) -> Line:
        places = [self._place(start, loss), self._place(end, loss)]
        inset = 2 + width / 2 if places[1][0] - places[0][0] > 16 else 0.0
        (left, y), (right, _) = places
        return Line([(left + inset, y), (right - inset, y)], colour, width)

    def _ring(self, passes: float, loss: float, name: str) -> Iterator[Circle]:
        place = self._place(passes, loss)
        yield Circle(place, 7, "ink", _title(name, passes, loss))
        yield Circle(place, 4, "paper")

    def _place(self, passes: float, loss: float) -> Point:
        return self._x(passes), self._y(loss)

    def _legend(self) -> Iterator[Shape]:
        """Yield what each mark stands for: its shape says it too, not its colour alone."""
        curve, x, y = self._curve, _PLOT.left, 82.0
        entries: list[tuple[str, list[Shape]]] = []
        if curve.points:
            dots = [Circle((x + 11, y), 2.6, "c0")]
            entries.append(("loss", [Line([(x, y), (x + 22, y)], "c0", 2.2), *dots]))
        if curve.losses:
            entries.append(("mean of a pass", [Line([(x, y), (x + 22, y)], "c6", 4)]))
            if shows_prior(curve, self._span):
                entries.append(("with the prior's part", [Line([(x, y), (x + 22, y)], "c4", 2)]))
            if any(each.held_out is not None for each in curve.losses):
                dot = Circle((x + 11, y), 4.5, "c1")
                entries.append(("held out", [Line([(x, y), (x + 22, y)], "c1", 2), dot]))
        rings = []
        if curve.before is not None:
            rings.append("old model")
        if curve.final and curve.final.loss is not None:
            rings.append("final vectors")
        if rings:
            ring: list[Shape] = [Circle((x + 11, y), 7, "ink"), Circle((x + 11, y), 4, "paper")]
            entries.append((f"exact: {', '.join(rings)}", ring))
        at = 0.0
        for name, shapes in entries:
            yield from (_moved(shape, at) for shape in shapes)
            yield Text((x + at + 28, y + 4), name, "ink", _LARGE)
            at += 28 + text_width(name, _LARGE) + 12

    def _labels(self) -> Iterator[Shape]:
        """Yield the names of lines and marks where there is room for them."""
        curve = self._curve
        wanted: list[tuple[str, float, float, bool]] = []
        for each, passes in ((curve.final, curve.end), (curve.before, 0.0)):
            loss = each if isinstance(each, float) or each is None else each.loss
            if loss is not None:
                wanted.append((f"{decimals(loss)}", self._x(passes), self._y(loss), True))
        last = next((each for each in reversed(curve.losses) if each.held_out is not None), None)
        if last is not None and last.held_out is not None:
            place = self._place(last.passes, last.held_out)
            wanted.append((f"held out {decimals(last.held_out)}", *place, True))
        for name, loss in compared(curve, self._span):
            wanted.append((f"{name} {decimals(loss)}", _PLOT.right, self._y(loss), False))
        taken = [Box(x - 4, y - 4, x + 4, y + 4) for x, y in self._marks()]
        for _, loss in compared(curve, self._span):
            taken.append(Box(_PLOT.left, self._y(loss) - 1, _PLOT.right, self._y(loss) + 1))
        if curve.closing:
            x = self._x(curve.passes)
            taken.append(Box(x - 3, _PLOT.top, x + 3, _PLOT.bottom))
        places = [list(_around(text, x, y, mark)) for text, x, y, mark in wanted]
        for (text, *_), box in zip(wanted, placed(places, _PLOT, taken), strict=True):
            if box is not None:
                yield Text((box.left, box.bottom - 4), text, "ink", _LARGE)

    def _marks(self) -> Iterator[Point]:
        """Yield places that no label may cover."""
        for line in (shape for shape in self._losses() if not isinstance(shape, Text)):
            points = [line.centre] if isinstance(line, Circle) else list(line.points)
            yield points[0]
            for (x0, y0), (x1, y1) in pairwise(points):
                steps = max(1, int(max(abs(x1 - x0), abs(y1 - y0)) / 6))
                for k in range(1, steps + 1):
                    yield x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps

    def _notes(self) -> Iterator[Text]:
        low, _, greatest = self._span
        notes = ["Losses in nats per prediction."]
        if low > 0:
            notes[0] += f" The axis begins at {low:.2f}, not at 0."
        if self._curve.is_empty:
            notes[0] += " No loss of this run is known yet."
        uniform = self._curve.uniform
        if uniform is not None and uniform > greatest:
            notes.append(
                f"Above the picture: ln V = {uniform:.4f}, the loss of a model that knows nothing "
                f"(perplexity {perplexity(uniform)})."
            )
        for number, note in enumerate(notes):
            yield Text((24, _HEIGHT - 28 + 17 * number), note, "muted", _SMALL)


def _around(text: str, x: float, y: float, mark: bool) -> Iterator[Box]:
    """Yield places for a label: of a mark around it, of a line above or below its right end."""
    width = text_width(text, _LARGE)
    height = _LARGE + 5
    gap = 9 if mark else 2
    if mark:
        lefts = [x - width - gap, x + gap, x - width / 2, x - width - 40]
        tops = [y - height - gap, y + gap, *(y - height - gap * k for k in (2, 4, 6))]
        tops += [y + gap * k for k in (2, 4, 6)]
    else:
        lefts = [x - width - 4, *(x - width - 30 * k for k in range(1, 20))]
        tops = [y - height - gap, y + gap]
    found = [Box(left, top, left + width, top + height) for left in lefts for top in tops]
    yield from sorted(found, key=lambda box: _distance(box, x, y)) if mark else found


def _distance(box: Box, x: float, y: float) -> float:
    """Return how far the nearest point of a box is from a place."""
    return math.hypot(max(box.left - x, 0, x - box.right), max(box.top - y, 0, y - box.bottom))


def _title(name: str, passes: float, loss: float) -> str:
    return f"{name}after {short(passes)} passes: {decimals(loss)}, perplexity {perplexity(loss)}"


def _moved(shape: Shape, by: float) -> Shape:
    match shape:
        case Line(points, colour, width, dashed, arrow):
            return Line([(x + by, y) for x, y in points], colour, width, dashed, arrow)
        case Circle((x, y), radius, colour, title):
            return Circle((x + by, y), radius, colour, title)
        case Text((x, y), text, colour, size, anchor, bold):
            return Text((x + by, y), text, colour, size, anchor, bold)
