"""A drawing: lines, circles and texts with the names of colours, to be written as SVG or PNG.

Coordinates are pixels from the upper left corner, y downwards.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line through points; ``arrow``: with a head at its end."""

    points: Sequence[Point]
    colour: str = "ink"
    width: float = 1.0
    dashed: bool = False
    arrow: bool = False


@dataclass(frozen=True)
class Circle:
    """A filled circle; ``title`` is what a browser shows of it."""

    centre: Point
    radius: float
    colour: str = "ink"
    title: str = ""


@dataclass(frozen=True)
class Text:
    """A text in one line.

    ``place`` is on its base line, at its ``anchor``: ``start``, ``middle`` or ``end``. ``size`` is
    that of the font in pixels.
    """

    place: Point
    text: str
    colour: str = "ink"
    size: float = 12.0
    anchor: str = "start"
    bold: bool = False


Shape: TypeAlias = Line | Circle | Text


@dataclass(frozen=True)
class Drawing:
    """Shapes on paper, the later ones above; the title and description are for those who hear."""

    width: int
    height: int
    title: str
    description: str = ""
    shapes: list[Shape] = field(default_factory=list)


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is, in pixels: hardly ever less than with a sans-serif font."""
    return size * sum(map(_share_of_size, text))


def _share_of_size(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    if char in "ijltfr.,:;'|!-()[] ":
        return 0.42
    if char in "mwMW@%—…":
        return 1.0
    return 0.75 if char.isupper() else 0.64
