"""A sketch of the lines of a text: a sample by which texts that share many lines know each other.

Of the hashes of the different lines of a text (``fingerprint``) a sketch keeps the lowest. As the
same line has the same hash in every text, two texts sample the same lines: below the bound up to
which both sketches are complete, what they have in common is an unbiased sample of the lines that
the texts have in common (bottom-k MinHash; Broder, 1997, and Bar-Yossef et al., 2002). Short lines
have no hash: headings are the same in many texts.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ALL = 1 << 63  # all hashes are below

LEAST_SHARED = 8
"""Fewer lines in common are too small a sample, or too little to speak of."""

LEAST_SHARE = 0.25
"""Of the lines of the text that has fewer: headers that each day's text repeats are less."""


@dataclass(frozen=True)
class LineSketch:
    """The lowest hashes of the different lines of a text.

    Attributes
    ----------
    hashes
        int64 (n,), rising: all hashes of lines that are below ``below``.
    below
        That bound; 2 ** 63 where they are those of all lines.
    """

    hashes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    below: int = _ALL

    def joined(self, hashes: NDArray[np.int64], size: int) -> "LineSketch":
        """Return the sketch of a text with further lines; ``size`` is as for ``cut``."""
        new = hashes[hashes < self.below] if self.below < _ALL else hashes
        if not len(new):
            return self
        return LineSketch(np.union1d(self.hashes, new), self.below).cut(size)

    def merged(self, other: "LineSketch", size: int) -> "LineSketch":
        """Return the sketch of two texts together; ``size`` is as for ``cut``."""
        below = min(self.below, other.below)
        hashes = np.union1d(self.hashes, other.hashes)
        return LineSketch(hashes[hashes < below] if below < _ALL else hashes, below).cut(size)

    def cut(self, size: int) -> "LineSketch":
        """Return a sketch of the same text of at most ``size`` hashes, 1 or more."""
        if len(self.hashes) <= size:
            return self
        return LineSketch(self.hashes[:size].copy(), int(self.hashes[size]))

    def as_json(self) -> dict[str, Any]:
        """Return the sketch as plain values."""
        data = self.hashes.astype("<i8").tobytes()
        return {"below": self.below, "hashes": base64.b64encode(data).decode()}

    @classmethod
    def from_json(cls, said: Any) -> "LineSketch":  # noqa: ANN401 - whatever a file says
        """Return the sketch that ``as_json`` wrote.

        Raises
        ------
        ValueError
            If it did not write this.
        """
        try:
            below, data = said["below"], base64.b64decode(said["hashes"], validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise ValueError("this is no sketch of lines") from None
        if type(below) is not int or not 0 < below <= _ALL or len(data) % 8:
            raise ValueError("this is no sketch of lines")
        hashes = np.frombuffer(data, "<i8").astype(np.int64)
        bounds = [-1, *hashes[:1].tolist(), *hashes[-1:].tolist(), below]
        if (np.diff(hashes) <= 0).any() or bounds[0] >= bounds[1] or bounds[-2] >= bounds[-1]:
            raise ValueError("this is no sketch of lines")
        return cls(hashes, below)


@dataclass(frozen=True)
class Overlap:
    """Two texts of which one shares many of its lines with the other.

    Attributes
    ----------
    part, whole
        The indices of the texts: the first has the greater share of its lines in the second.
    share
        The estimate of that share, from ``LEAST_SHARE`` to 1.
    """

    part: int
    whole: int
    share: float


def overlaps(sketches: list[LineSketch | None], first: int) -> list[Overlap]:
    """Find texts that share many lines.

    Parameters
    ----------
    sketches
        Of each text; None where there is none.
    first
        Texts from this index on are compared with all texts before them.

    Returns
    -------
    overlaps
        In the order of the later of the two texts.
    """
    owners = np.concatenate(
        [np.empty(0, np.int64)]
        + [np.full(len(s.hashes), i) for i, s in enumerate(sketches) if s is not None]
    )
    every = np.concatenate([np.empty(0, np.int64)] + [s.hashes for s in sketches if s is not None])
    order = np.argsort(every, kind="stable")  # the owners of a hash rise
    every, owners = every[order], owners[order]
    found = []
    for new in range(first, len(sketches)):
        sketch = sketches[new]
        if sketch is None:
            continue
        begins, ends = (np.searchsorted(every, sketch.hashes, side) for side in ("left", "right"))
        shared = np.zeros(new, np.int64)
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            others = owners[begin:end]
            shared[others[others < new]] += 1
        for other in np.flatnonzero(shared >= LEAST_SHARED).tolist():
            one = sketches[other]
            assert one is not None
            if overlap := _compared(one, sketch, other, new):
                found.append(overlap)
    return found


def _compared(one: LineSketch, other: LineSketch, index: int, other_index: int) -> Overlap | None:
    """Return how two texts overlap, if it is worth naming."""
    below = min(one.below, other.below)
    a, b = (s.hashes if s.below == below else s.hashes[s.hashes < below] for s in (one, other))
    shared = len(np.intersect1d(a, b, assume_unique=True))
    if shared < max(LEAST_SHARED, LEAST_SHARE * min(len(a), len(b))):
        return None
    share = shared / min(len(a), len(b))
    if len(a) < len(b):
        return Overlap(index, other_index, share)
    return Overlap(other_index, index, share)
