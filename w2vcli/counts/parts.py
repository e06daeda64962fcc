"""Parts of texts among the entries of segments: a text may be counted in ranges of its file.

The entry of a part has the SHA-256 and the bytes of the whole text, the tokens, the fingerprint
and the sketch of its own lines, and as ``part`` the range: ``begin`` and ``end``, places in the
file (``text.ranges``), ``of`` so many bytes. It may say ``sketched``, the most lines in a sketch,
where they are few. Parts that follow upon each other add up; those of a whole text make its entry
what it is if the text is counted at once. (In a share of texts a whole one is such a part, too.)
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import inf
from typing import Any

from w2vcli.counts import labels
from w2vcli.text.line_sketch import LineSketch

LINES_OF_SKETCH = 256


@dataclass(frozen=True)
class TextInPart:
    """A text of which only some ranges are counted.

    Attributes
    ----------
    name, sha256
        Its name when the first of them was counted, and its SHA-256.
    lacking
        The ranges that are not counted: where each begins and ends, in bytes of the file.
    of
        How many bytes the file has.
    """

    name: str
    sha256: str
    lacking: tuple[tuple[int, int], ...]
    of: int

    @property
    def bytes(self) -> int:
        """How many bytes of the file are counted."""
        return self.of - sum(end - begin for begin, end in self.lacking)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self) | {"bytes": self.bytes}


def is_part(entry: object) -> bool:
    """Return whether the ``part`` of an entry, if it has one, is what it should be."""
    part = entry.get("part") if isinstance(entry, dict) else None
    if part is None:
        return isinstance(entry, dict) and "part" not in entry
    return (
        isinstance(part, dict)
        and all(type(part.get(key)) is int for key in ("begin", "end", "of"))
        and 0 <= part["begin"] <= part["end"] <= part["of"]
        and type(part.get("sketched", 1)) is int
        and part.get("sketched", 1) >= 1
    )


def among(entries: Iterable[dict[str, Any]]) -> bool:
    """Return whether there are parts among some entries."""
    return any("part" in entry for entry in entries)


def has_wholes(entries: Iterable[dict[str, Any]]) -> bool:
    """Return whether some entries are parts that are all of their text."""
    return any(whole(entry) is not entry for entry in entries)


def sketch_of(entry: dict[str, Any]) -> LineSketch | None:
    """Return the sketch of a text in a segment; None if there is none, or none that can be read."""
    with suppress(ValueError):
        return LineSketch.from_json(entry["sketch"]) if "sketch" in entry else None
    return None


def place(entry: dict[str, Any]) -> tuple[float, float]:
    """Return where in its text a part begins and ends; of a whole text, infinitely far."""
    part = entry.get("part")
    return (0, inf) if part is None else (part["begin"], part["end"])


def title(entry: dict[str, Any]) -> str:
    """Return the name of a text or of a part in messages."""
    if "part" not in entry:
        return str(entry["name"])
    part = entry["part"]
    return f"{entry['name']}, bytes {part['begin']:,} to {part['end']:,} of {part['of']:,}"


def collide(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two entries of the same text count some of it twice."""
    if "part" not in one or "part" not in other:
        return True
    (begin, end), (other_begin, other_end) = place(one), place(other)
    if (begin, end) == (other_begin, other_end):
        return True
    return begin < other_end and other_begin < end


def join(entries: Iterable[dict[str, Any]], size: int = LINES_OF_SKETCH) -> list[dict[str, Any]]:
    """Add up the entries of parts that follow upon each other.

    Parameters
    ----------
    entries
        Those of different texts, or parts of texts.
    size
        The largest number of lines in a sketch.

    Returns
    -------
    entries
        Fewer ones. The label of several parts is the span of theirs, the name that of the first.
    """
    joined = []
    of_text: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        if "part" in entry:
            of_text.setdefault(entry["sha256"], []).append(entry)
        else:
            joined.append(entry)
    for parts in of_text.values():
        for run in _runs(sorted(parts, key=place)):
            joined.append(_sum(run, size) if len(run) > 1 else run[0])
    return joined


def whole(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry without its part, if that is all of the text."""
    part = entry.get("part")
    if part is None or (part["begin"], part["end"]) != (0, part["of"]):
        return entry
    return {key: value for key, value in entry.items() if key != "part"}


def incomplete(entries: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return, by their SHA-256, the texts of which only some parts are there, as joined parts."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in join(entry for entry in entries if "part" in entry):
        if "part" in whole(entry):
            found.setdefault(entry["sha256"], []).append(entry)
    return found


def in_part(entries: Iterable[dict[str, Any]]) -> list[TextInPart]:
    """Return the texts of which only some parts are there, in the order of their names."""
    texts = []
    for sha256, runs in incomplete(entries).items():
        of = runs[0]["part"]["of"]
        places = [(run["part"]["begin"], run["part"]["end"]) for run in runs]
        borders = pairwise([(0, 0), *places, (of, of)])
        lacking = tuple((end, begin) for (_, end), (begin, _) in borders if end < begin)
        texts.append(TextInPart(str(runs[0]["name"]), sha256, lacking, of))
    return sorted(texts, key=lambda text: (text.name, text.sha256))


def _runs(parts: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Divide the parts of a text, in their order, where a part between two of them is lacking."""
    run: list[dict[str, Any]] = []
    for entry in parts:
        if run and run[-1]["part"]["end"] != entry["part"]["begin"]:
            yield run
            run = []
        run.append(entry)
    yield run


def _sum(parts: Sequence[dict[str, Any]], size: int) -> dict[str, Any]:
    """Return the entry of parts that follow upon each other."""
    from w2vcli.text import fingerprint  # loads Numba, which metadata does not need

    first, last = parts[0], parts[-1]
    total = fingerprint.total(int(entry["fingerprint"], 16) for entry in parts)
    joined = first | {
        "label": labels.span([entry["label"] for entry in parts]),
        "tokens": sum(entry["tokens"] for entry in parts),
        "fingerprint": f"{total:016x}",
        "part": _range(first["part"] | {"end": last["part"]["end"]}, parts),
    }
    size = min(size, first["part"].get("sketched", size))
    sketch = LineSketch()
    for entry in parts:
        own = sketch_of(entry)
        if own is None:
            return {key: value for key, value in joined.items() if key != "sketch"}
        sketch = sketch.merged(own, size)
    return joined | {"sketch": sketch.as_json()}


def _range(part: dict[str, Any], parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Add up what else the parts of one run say: their lines, and the bad bytes in them."""
    if "lines" not in part:
        return part
    lines = bad = first = 0
    for entry in parts:
        own = entry["part"]
        bad += own["bad"]
        first = first or (own["first_bad"] and lines + own["first_bad"])
        lines += own["lines"]
    return part | {"lines": lines, "bad": bad, "first_bad": first}
