"""Texts that share many lines with texts of the store: counted, these lines count twice.

Segments keep a sketch of the lines of each text (``line_sketch``). Texts in segments that were
written before there were sketches have none, and are not recognised.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from w2vcli.counts.parts import LINES_OF_SKETCH, sketch_of
from w2vcli.counts.segments import SegmentInfo
from w2vcli.errors import DataError
from w2vcli.text.corpus import InputRecord
from w2vcli.text.input_files import describe
from w2vcli.text.line_sketch import overlaps

_FEWEST_LINES = 16
_MOST_LINES = 1 << 17  # in a segment: 1.4 MB of its metadata, which every command reads


@dataclass(frozen=True)
class SharedLines:
    """Two texts that share many lines.

    Attributes
    ----------
    part, whole
        Their names in messages: a large part of the lines of the first are also in the second. (Of
        texts of equally many lines, the first is the new one.)
    share
        The estimate of that part, up to 1. Lines of fewer than five words are left out of it.
    """

    part: str
    whole: str
    share: float

    def __str__(self) -> str:
        return f"about {self.share:.0%} of the lines of {self.part} are also in {self.whole}"


def sketch_size(texts: int) -> int:
    """Return how many lines the sketch of each of so many texts has; 0 if they are too many."""
    size = min(LINES_OF_SKETCH, _MOST_LINES // max(1, texts))
    return size if size >= _FEWEST_LINES else 0


def bounded(inputs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of the texts of a segment, with sketches that are not too long for it."""
    size = sketch_size(len(inputs))
    entries = []
    for entry in inputs:
        sketch = sketch_of(entry) if size else None
        plain = {key: value for key, value in entry.items() if key != "sketch"}
        entries.append(plain | {"sketch": sketch.cut(size).as_json()} if sketch else plain)
    return entries


def shared_lines(
    segments: Iterable[SegmentInfo],
    records: Sequence[InputRecord],
    named: Iterable[tuple[str, str]] = (),
) -> list[SharedLines]:
    """Find texts that share many lines.

    Parameters
    ----------
    segments
        The store.
    records
        New texts; each is compared with the store, and with those before it.
    named
        Pairs of SHA-256 of texts about which all is said.
    """
    there = [entry for info in segments for entry in info.inputs]
    texts = [entry["sha256"] for entry in there] + [record.sha256 for record in records]
    sketches = [sketch_of(entry) for entry in there] + [record.sketch for record in records]
    silent = {frozenset(pair) for pair in named}

    def title(text: int) -> str:
        if text >= len(there):
            return records[text - len(there)].title
        entry = there[text]
        return f"{describe(entry['name'])}, counted as {entry['label']},"

    return [
        SharedLines(title(found.part), title(found.whole).removesuffix(","), found.share)
        for found in overlaps(sketches, len(there))
        if texts[found.part] != texts[found.whole]  # else parts of one text
        and {texts[found.part], texts[found.whole]} not in silent
    ]


def check_apart(beginnings: Sequence[tuple[str, str]], shared: Sequence[SharedLines]) -> None:
    """Raise a DataError if there are texts that overlap: pairs of a beginning, or shared lines."""
    found = [f"{start} is the beginning of {longer}" for start, longer in beginnings]
    found += map(str, shared)
    if found:
        others = len(found) - 1
        like = "1 more text is" if others == 1 else f"{others:,} more texts are"
        more = f", and {like} like that" if others else ""
        raise DataError(
            f"{found[0]}{more}; nothing was counted, as --overlap refuse asks: leave that out to "
            "count it all the same"
        )
