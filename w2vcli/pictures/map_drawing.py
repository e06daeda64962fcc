"""A map of words as a drawing: points, names where there is room, and a legend."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from w2vcli.pictures.colours import CATEGORIES, SCALE, category
from w2vcli.pictures.drawing import Circle, Drawing, Line, Point, Shape, Text, text_width
from w2vcli.pictures.labels import Box, placed
from w2vcli.pictures.map_captions import (
    colours_of,
    ends_of_frequency,
    how_made,
    label,
    titled,
    what_it_keeps,
)
from w2vcli.vectors.choices import Colouring
from w2vcli.vectors.word_map import Drift, WordMap

_WIDTH = 1200
_MARGIN = 24.0
_PAD = (70.0, 26.0)  # between the frame and the points, across and down: for names
_HEIGHTS = (240.0, 760.0)  # of the points
_SMALL, _LARGE = 2.6, 5.0  # radius of a point; of one that was asked for
_SIZE, _ASKED_SIZE, _NOTE, _TITLE = 12.0, 14.0, 13.0, 22.0  # of letters
_BOLD = 1.08  # how much wider bold letters are
_LINE = 19.0
_NAMED = 4  # words for each cluster of the legend
_MOVED, _NEW, _OTHER = "c1", "c2", "edge"


def map_drawing(found: WordMap, title: str, colouring: Colouring = "cluster") -> Drawing:
    """Return a map as a drawing.

    Parameters
    ----------
    found
        The map.
    title
        What it is a map of.
    colouring
        What colours stand for. On a map with arrows they say what became of the words instead.
    """
    heading = _MARGIN + _TITLE - 4
    shapes: list[Shape] = [
        Text((_MARGIN, heading), _cut(titled(title), _TITLE), size=_TITLE, bold=True)
    ]
    sentences = [how_made(found), what_it_keeps(found)]
    line = heading + 6
    for text in _wrapped(sentences):
        line += _LINE
        shapes.append(Text((_MARGIN, line), text, "muted", _NOTE))
    legend = list(_legend(found, colouring, line + _LINE + 6))
    line = max((shape.place[1] for shape in legend if isinstance(shape, Text)), default=line)
    frame, points, old = _laid_out(found, line + 34)
    arrows = list(_arrows(found, points, old))
    names = list(_names(found, points, frame, arrows))
    shapes += [*legend, *_frame(found, frame), *arrows]
    shapes += [*_points(found, points, colouring), *names]
    room = f"{len(names):,} of {len(points):,} words have room for their names"
    end = frame.bottom + _LINE
    shapes.append(Text((_WIDTH - _MARGIN, end), room, "muted", _NOTE, "end"))
    about = " ".join([f"{len(points):,} words.", *sentences, *_clusters_heard(found)])
    return Drawing(_WIDTH, round(end + _MARGIN / 2), title, about, shapes)


# --- where things are -------------------------------------------------------------------


def _laid_out(found: WordMap, top: float) -> tuple[Box, list[Point], list[Point | None]]:
    """Return the frame, the points of the words, and where they were; the y axis points up."""
    places = found.places.tolist()
    before = found.drift.places.tolist() if found.drift else [(float("nan"),) * 2] * len(places)
    every = [(x, y) for x, y in [*places, *before] if x == x]
    (left, right), (low, high) = ((min(side), max(side)) for side in zip(*every, strict=True))
    across, down = _PAD
    wide = _WIDTH - 2 * (_MARGIN + across)
    tall = (high - low) / ((right - left) or 1.0) * wide
    height = min(max(tall, _HEIGHTS[0]), _HEIGHTS[1])
    scale = min(wide / ((right - left) or 1.0), height / ((high - low) or 1.0))
    middle = (_WIDTH / 2, top + down + height / 2)

    def point(x: float, y: float) -> Point:
        across = middle[0] + scale * (x - (left + right) / 2)
        return across, middle[1] - scale * (y - (low + high) / 2)

    frame = Box(_MARGIN, top, _WIDTH - _MARGIN, top + height + 2 * down)
    old = [point(x, y) if x == x else None for x, y in before]
    return frame, [point(x, y) for x, y in places], old


def _radius(found: WordMap, word: int) -> float:
    return _LARGE if word in found.asked else _SMALL


def _names(found: WordMap, points: list[Point], frame: Box, arrows: list[Line]) -> Iterator[Text]:
    """Yield the names that have room: first of words asked for, then of frequent ones.

    The former may cover points of the latter, which may cover none. None lies on an arrow.
    """
    area = Box(frame.left + 2, frame.top + 2, frame.right - 2, frame.bottom - 2)
    others = [word for word in range(len(points)) if word not in found.asked]
    taken = [box for line in arrows if line.arrow for box in _along(line)]
    for words in (sorted(found.asked), others):
        taken += [_dot(points[word], _radius(found, word)) for word in words]
        wanted = [list(_places(found, word, points[word])) for word in words]
        boxes = placed(wanted, area, taken)
        for word, box in zip(words, boxes, strict=True):
            if box is not None:
                taken.append(box)
                yield _name(found, word, points[word], box)


def _size(found: WordMap, word: int) -> float:
    return _ASKED_SIZE if word in found.asked else _SIZE


def _name(found: WordMap, word: int, point: Point, box: Box) -> Text:
    size = _size(found, word)
    asked = word in found.asked
    colour = "ink" if asked or not found.asked else "muted"
    x, y = (box.left + box.right) / 2, box.bottom - 0.28 * size
    anchor = "middle"
    if box.left > point[0]:  # letters may be narrower than reckoned: their far end stands free
        x, anchor = box.left, "start"
    elif box.right < point[0]:
        x, anchor = box.right, "end"
    return Text((x, y), label(found.words[word]), colour, size, anchor, asked)


def _dot(point: Point, radius: float) -> Box:
    x, y = point
    return Box(x - radius, y - radius, x + radius, y + radius)


def _along(line: Line) -> Iterator[Box]:
    """Yield small boxes that cover a line."""
    (x0, y0), (x1, y1) = line.points
    steps = int(max(abs(x1 - x0), abs(y1 - y0)) / 3) + 1
    for step in range(steps + 1):
        share = step / steps
        yield _dot((x0 + share * (x1 - x0), y0 + share * (y1 - y0)), 1.5)


def _places(found: WordMap, word: int, point: Point) -> Iterator[Box]:
    """Yield the places for a name beside its point, the best first."""
    size = _size(found, word)
    width = text_width(label(found.words[word]), size) * (_BOLD if word in found.asked else 1)
    height = 1.2 * size
    gap = _radius(found, word) + 2
    x, y = point
    near = 0.7 * gap
    for left, top in (
        (x + gap, y - height / 2),
        (x - gap - width, y - height / 2),
        (x - width / 2, y - gap - height),
        (x - width / 2, y + gap),
        (x + near, y - near - height),
        (x + near, y + near),
        (x - near - width, y - near - height),
        (x - near - width, y + near),
    ):
        yield Box(left, top, left + width, top + height)


# --- what is drawn ----------------------------------------------------------------------


def _points(found: WordMap, points: list[Point], colouring: Colouring) -> Iterator[Circle]:
    """Yield the points, those of frequent words and of words asked for above the others."""
    colours = _fates(found, found.drift) if found.drift else colours_of(found, colouring)
    for word in sorted(range(len(points)), key=lambda word: (word in found.asked, -word)):
        yield Circle(points[word], _radius(found, word), colours[word], _about(found, word))


def _fates(found: WordMap, drift: Drift) -> list[str]:
    """Return the colours of words that have moved most, are new, or are there to compare with."""
    return [
        _NEW if cosine != cosine else _MOVED if word in found.asked else _OTHER
        for word, cosine in enumerate(drift.cosines.tolist())
    ]


def _arrows(found: WordMap, points: list[Point], old: list[Point | None]) -> Iterator[Line]:
    """Yield lines from where words were, with heads for those asked for, which are above."""
    for word in sorted(range(len(points)), key=lambda word: word in found.asked):
        start, (x, y) = old[word], points[word]
        if start is None:
            continue
        if word not in found.asked:
            yield Line([start, (x, y)], "line")
            continue
        length = ((x - start[0]) ** 2 + (y - start[1]) ** 2) ** 0.5
        if length > 2 * _LARGE:  # else it is hidden by the point
            share = (length - _LARGE) / length
            tip = (start[0] + share * (x - start[0]), start[1] + share * (y - start[1]))
            yield Line([start, tip], _MOVED, 1.6, arrow=True)


def _about(found: WordMap, word: int) -> str:
    """Return what a browser shows of a point."""
    text = label(found.words[word], 60)
    if found.counts is not None:
        text += f", {int(found.counts[word]):,} times"
    if found.drift:
        cosine = float(found.drift.cosines[word])
        text += ", new" if cosine != cosine else f", cosine of old and new {cosine:.4f}"
    return text


def _frame(found: WordMap, frame: Box) -> Iterator[Shape]:
    left, top, right, bottom = frame
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    yield Line(corners, "line")
    if found.explained is None:
        return
    x, y = (f"{100 * share:.1f} % of the variance" for share in found.explained)
    yield Text((left, bottom + _LINE), f"→ x: {x}", "muted", _NOTE)
    yield Text((left, top - 7), f"↑ y: {y}", "muted", _NOTE)


def _legend(found: WordMap, colouring: Colouring, top: float) -> Iterator[Shape]:
    """Yield what the colours stand for, in lines as long as there is room."""
    more = ""
    if found.drift:
        new = sum(cosine != cosine for cosine in found.drift.cosines.tolist())
        moved = len(found.asked) - sum(
            found.drift.cosines[word] != found.drift.cosines[word] for word in found.asked
        )
        items = [(_MOVED, f"{moved:,} words that moved most, with arrows from where they were")]
        items += [(_NEW, f"{new:,} new")] if new else []
        others = len(found.words) - moved - new
        items += [(_OTHER, f"{others:,} others, with lines from where they were")] if others else []
    elif colouring == "frequency" or found.clusters is None:
        low, high = ends_of_frequency(found)
        yield Text((_MARGIN, top), low, "ink", _NOTE)
        x = _MARGIN + text_width(low, _NOTE) + 12
        for step in range(SCALE):
            yield Circle((x + 14 * step, top - 4), 5, f"s{step}")
        yield Text((x + 14 * SCALE, top), high, "ink", _NOTE)
        return
    else:
        count = int(found.clusters.max()) + 1
        if count > CATEGORIES:
            more = f"and {count - CATEGORIES:,} more clusters, in the same colours again"
        items = [
            (category(number), ", ".join(label(found.words[word], 16) for word in words))
            for number, words in enumerate(found.central_words(_NAMED)[:CATEGORIES])
        ]
    x = _MARGIN
    for colour, text in items:
        width = text_width(text, _NOTE) + 34
        if x > _MARGIN and x + width > _WIDTH - _MARGIN:
            x, top = _MARGIN, top + _LINE
        yield Circle((x + 5, top - 4), 5, colour)
        yield Text((x + 15, top), text, "ink", _NOTE)
        x += width
    if more:
        yield Text((_MARGIN, top + _LINE), more, "muted", _NOTE)


def _clusters_heard(found: WordMap) -> Iterator[str]:
    for number, words in enumerate(found.central_words(_NAMED)):
        yield f"Cluster {number}: {', '.join(label(found.words[word]) for word in words)}."


def _wrapped(sentences: Sequence[str]) -> Iterator[str]:
    """Yield a text in lines that fit the drawing."""
    line = ""
    text = " ".join(sentences).replace(" %", "\u00a0%")
    for word in text.split(" "):
        longer = f"{line} {word}".lstrip()
        if line and text_width(longer, _NOTE) > _WIDTH - 2 * _MARGIN:
            yield line
            longer = word
        line = longer
    yield line


def _cut(text: str, size: float) -> str:
    """Return as much of a text as fits a line of bold letters."""

    def fits(text: str) -> bool:
        return text_width(text, size) * _BOLD <= _WIDTH - 2 * _MARGIN

    if fits(text):
        return text
    shorter = bisect_left(range(len(text)), True, key=lambda cut: fits(f"{text[: -2 - cut]}…"))
    return f"{text[: -2 - shorter]}…"
