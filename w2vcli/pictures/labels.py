"""Labels beside points, none over another: for drawings in pixels, and for terminals in cells."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle: its left, upper, right and lower edges."""

    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: "Box") -> bool:
        """Return whether two rectangles have more than an edge in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def placed(
    wanted: Sequence[Sequence[Box]], area: Box, taken: Iterable[Box] = (), grain: float = 40.0
) -> list[Box | None]:
    """Return where each label goes: the first of its places that is free, or None.

    Parameters
    ----------
    wanted
        The places for each label, the best first; the labels in the order of their importance.
    area
        They must lie within it.
    taken
        Places where no label may be.
    grain
        The edge of the squares in which places are looked up: about the size of a label. The result
        does not depend on it.
    """
    cells: defaultdict[tuple[int, int], list[Box]] = defaultdict(list)

    def squares(box: Box) -> Iterable[tuple[int, int]]:
        for column in range(int(box.left // grain), int(box.right // grain) + 1):
            for row in range(int(box.top // grain), int(box.bottom // grain) + 1):
                yield column, row

    def take(box: Box) -> None:
        for square in squares(box):
            cells[square].append(box)

    def is_free(box: Box) -> bool:
        inside = (
            area.left <= box.left
            and box.right <= area.right
            and area.top <= box.top
            and box.bottom <= area.bottom
        )
        return inside and not any(
            box.covers(other) for square in squares(box) for other in cells[square]
        )

    for box in taken:
        take(box)
    found: list[Box | None] = []
    for places in wanted:
        best = next((box for box in places if is_free(box)), None)
        if best is not None:
            take(best)
        found.append(best)
    return found
