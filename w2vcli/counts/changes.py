"""What a change of a store has done, and which texts it is about."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from w2vcli.counts.overlaps import SharedLines
from w2vcli.counts.parts import incomplete
from w2vcli.counts.segments import SegmentInfo
from w2vcli.text.corpus import InputRecord


@dataclass(frozen=True)
class StoreChange:
    """The effect of a command on a store.

    Attributes
    ----------
    made, gone
        The new segments, and the removed ones.
    texts, skipped
        The texts that were counted or subtracted, and those that needed nothing: they were in the
        store already, or were not in it.
    beginnings
        Pairs of names of texts, of which at least one was counted now: the first is the beginning
        of the second, so its words are counted twice. (``text.beginnings`` says which are found.)
    shared
        Further texts that were counted now and share many lines with another (``overlaps``).
    types
        Of a pruning, how many different words were dropped.
    """

    made: list[SegmentInfo] = field(default_factory=list)
    gone: list[SegmentInfo] = field(default_factory=list)
    texts: list[InputRecord] = field(default_factory=list)
    skipped: list[InputRecord] = field(default_factory=list)
    beginnings: list[tuple[str, str]] = field(default_factory=list)
    shared: list[SharedLines] = field(default_factory=list)
    types: int = 0


def texts_of(segments: Iterable[SegmentInfo]) -> set[str]:
    """Return the SHA-256 of each text in some segments, unless a part of it is lacking."""
    entries = [entry for info in segments for entry in info.inputs]
    return {entry["sha256"] for entry in entries} - incomplete(entries).keys()


def parted(
    records: list[InputRecord], known: set[str], *, there: bool
) -> tuple[list[int], list[InputRecord]]:
    """Split texts into those that are known (or, unless ``there``, are not) and the others.

    Returns
    -------
    chosen
        The indices of the first; a text that occurs twice is chosen once.
    others
        The records of the others.
    """
    places = {record.sha256: i for i, record in reversed(list(enumerate(records)))}
    chosen = sorted(i for text, i in places.items() if (text in known) == there)
    return chosen, [record for i, record in enumerate(records) if i not in chosen]
