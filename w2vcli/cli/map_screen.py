"""A map of words in the cells of a terminal: marks, and names where there is room."""

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from w2vcli.cli import pages
from w2vcli.cli.escaping import printable, shortened
from w2vcli.pictures.colours import COLOURS
from w2vcli.pictures.labels import Box, placed
from w2vcli.pictures.map_captions import colours_of, how_made, what_it_keeps
from w2vcli.vectors.choices import Colouring

if TYPE_CHECKING:
    from w2vcli import WordMap

_LEAST = (20, 6)  # columns and rows: on a smaller screen one has to scroll
_LONGEST = 24  # cells of a name
_GRAIN = 8.0
_MARGIN = 6  # columns to the left and right, for names

_Cell: TypeAlias = tuple[str, str]
_Grid: TypeAlias = list[list[_Cell | None]]
"""Rows of cells: each has a letter and its style, or a whole name, behind which cells are None."""

_MARKS = {"asked": ("◆", "*"), "named": ("•", "o"), "nameless": ("·", ".")}
"""The marks of words that were asked for, of others with a name, and of those without."""


def write_map(found: "WordMap", title: str, colouring: Colouring) -> None:
    """Write a map to a terminal, as large as fits it."""
    screen = pages.screen()
    text = f"{how_made(found)} {what_it_keeps(found)}"
    if screen.has_colours and colouring == "cluster":
        text += " Colours are clusters in all dimensions."
    elif screen.has_colours:
        text += " From blue to red: from rare words to frequent ones."
    columns = max(screen.columns, _LEAST[0])
    # The title, the sentences, and the next prompt need their lines.
    others = 2 + sum(-(-pages.cells(part) // (columns - 8)) for part in (title, text))
    rows = max(screen.rows - others, _LEAST[1])
    lines = drawn(found, columns, rows, colouring, letters=screen.has_letters)
    pages.write_picture(title, lines, text)


def drawn(
    found: "WordMap", columns: int, rows: int, colouring: Colouring, *, letters: bool = True
) -> list[list[tuple[str, str]]]:
    """Return the lines of a map: their pieces, each with its style.

    Parameters
    ----------
    found
        The map. It is stretched to fill the cells: names need all the room that there is.
    columns, rows
        The size in cells; none of the lines is longer.
    colouring
        What colours stand for.
    letters
        Whether more than ASCII can be shown.
    """
    points = _points(found, columns, rows)
    names = [_name(word, letters) for word in found.words]
    order = sorted(range(len(names)), key=lambda word: (word not in found.asked, word))
    wanted = [_places(*points[word], pages.cells(names[word])) for word in order]
    # A name ends with a cell that stays empty; behind the last column it need not be there.
    area = Box(0, 0, columns + 1, rows)
    boxes = placed([[place.box for place in places] for places in wanted], area, grain=_GRAIN)
    styles = [COLOURS[name].terminal for name in colours_of(found, colouring)]
    grid: _Grid = [[(" ", "")] * columns for _ in range(rows)]
    for word in reversed(order):
        column, row = points[word]
        kind = "asked" if word in found.asked else "nameless"
        grid[row][column] = (_MARKS[kind][not letters], styles[word])
    for word, places, box in zip(order, wanted, boxes, strict=True):
        if box is None:
            continue
        place = next(place for place in places if place.box == box)
        asked = word in found.asked
        style = f"bold {styles[word]}".strip() if asked else styles[word]
        _clear(grid, box)
        column, row = points[word]
        grid[row][column] = (_MARKS["asked" if asked else "named"][not letters], style)
        width = pages.cells(names[word])
        grid[place.row][place.column] = (names[word], f"{style} underline" if asked else style)
        grid[place.row][place.column + 1 : place.column + width] = [None] * (width - 1)
    return [_joined(line) for line in grid]


class _Place(NamedTuple):
    """A place for a name: the cells that it takes with its mark, and where it begins."""

    box: Box
    column: int
    row: int


def _places(column: int, row: int, width: int) -> list[_Place]:
    """Return the places for a name of so many cells beside its mark, the best first."""
    left = column - width
    return [
        _Place(Box(column, row, column + 1 + width + 1, row + 1), column + 1, row),
        _Place(Box(left, row, column + 2, row + 1), left, row),
        _Place(Box(column, row - 1, column + width + 1, row + 1), column, row - 1),
        _Place(Box(column, row, column + width + 1, row + 2), column, row + 1),
        _Place(Box(left + 1, row - 1, column + 2, row + 1), left + 1, row - 1),
        _Place(Box(left + 1, row, column + 2, row + 2), left + 1, row + 1),
    ]


def _points(found: "WordMap", columns: int, rows: int) -> list[tuple[int, int]]:
    """Return the column and the row of each word; the y axis points up."""
    places = found.places.tolist()
    (left, right), (low, high) = ((min(side), max(side)) for side in zip(*places, strict=True))
    width, height = right - left, high - low
    # Points that lie in a line stand in the middle.
    return [
        (
            round(_MARGIN + (columns - 1 - 2 * _MARGIN) * ((x - left) / width if width else 0.5)),
            round((rows - 1) * ((high - y) / height if height else 0.5)),
        )
        for x, y in places
    ]


def _name(word: str, letters: bool) -> str:
    """Return a word as it stands beside its mark."""
    shown = printable(word)
    if not letters:
        shown = shown.encode("ascii", "backslashreplace").decode()
    if not pages.cells(shown):  # marks that belong over a letter
        shown = shown.encode("ascii", "backslashreplace").decode()
    while pages.cells(shown) > _LONGEST:
        shown = shortened(shown, min(len(shown), _LONGEST + 1) - 1)
    return shown


def _clear(grid: _Grid, box: Box) -> None:
    for row in range(int(box.top), int(box.bottom)):
        for column in range(int(box.left), min(int(box.right), len(grid[row]))):
            grid[row][column] = (" ", "")


def _joined(line: list[_Cell | None]) -> list[_Cell]:
    """Return a line as pieces, as few as there are styles in a row."""
    pieces: list[_Cell] = []
    for letters, style in filter(None, line):
        if pieces and pieces[-1][1] == style:
            pieces[-1] = (pieces[-1][0] + letters, style)
        else:
            pieces.append((letters, style))
    return pieces
