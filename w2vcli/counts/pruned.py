"""The mark of a segment whose rare words were dropped: which, and how many tokens they were."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Pruned:
    """What the counts of a segment lack.

    Attributes
    ----------
    min_count
        2 or more: words that were rarer in the whole store, when it was pruned, were dropped with
        all their pairs; of a merged segment, in a part of it at least.
    tokens
        How many tokens of its texts these were.
    """

    min_count: int
    tokens: int

    def as_json(self) -> dict[str, Any]:
        """Return the mark as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Any) -> "Pruned | None":  # noqa: ANN401 - whatever a file says
        """Return the mark that ``as_json`` wrote; None for None.

        Raises
        ------
        TypeError
            If it did not write this.
        """
        if said is None:
            return None
        mark = cls(**said)
        if type(mark.min_count) is not int or type(mark.tokens) is not int:
            raise TypeError("numbers are expected")
        if mark.min_count < 2 or mark.tokens < 1:
            raise TypeError("such a mark is never written")
        return mark


def together(marks: Iterable[Pruned | None]) -> Pruned | None:
    """Return the mark of all counts with these marks; None if there is none."""
    found = [mark for mark in marks if mark]
    if not found:
        return None
    return Pruned(max(mark.min_count for mark in found), sum(mark.tokens for mark in found))
