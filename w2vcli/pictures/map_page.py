"""The page of a map of words, on which its reader can move about, search, and ask for neighbours.

Cosines are computed in the page, from the vectors in it. These are whole numbers of 16 bits: a
component of a vector of length one is k / 32767. A cosine of two of 200 numbers is off by less than
0.0001 then.
"""

import base64
from typing import Any

import numpy as np

from w2vcli.pictures.map_captions import how_made
from w2vcli.pictures.page import page
from w2vcli.vectors.word_map import WordMap

_LARGEST = 32767
_CENTRES = 3


def map_page(found: WordMap, title: str) -> str:
    """Return a page that shows a map.

    The page finds in ``frame.data``:

    * ``words``, ``counts`` (or null), ``clusters`` (or null), ``x`` and ``y`` from -1 to 1: one for
      each word, the most frequent first; ``asked``, the numbers of words to point out;
    * ``units``: int16, little-endian, in base64, ``width`` for each word;
    * ``made``: a sentence, by which projection of which vectors;
    * ``method``, ``seed`` and ``explained`` (two shares, or null), as in ``WordMap``;
    * ``centres``: the numbers of the words nearest to the centre of each cluster;
    * ``drift``: null, or ``x``, ``y`` and ``cosines``, with null for each word that is new.
    """
    whole = np.rint(found.units * np.float32(_LARGEST)).astype("<i2")
    return page(
        "map",
        title,
        {
            "words": found.words,
            "counts": None if found.counts is None else found.counts.tolist(),
            "clusters": None if found.clusters is None else found.clusters.tolist(),
            "x": _rounded(found.places[:, 0]),
            "y": _rounded(found.places[:, 1]),
            "asked": sorted(found.asked),
            "width": found.units.shape[1],
            "units": base64.b64encode(whole.tobytes()).decode(),
            "made": how_made(found),
            "centres": found.central_words(_CENTRES),
            "method": found.method,
            "seed": found.seed,
            "explained": found.explained,
            "drift": found.drift
            and {
                "x": _rounded(found.drift.places[:, 0]),
                "y": _rounded(found.drift.places[:, 1]),
                "cosines": _rounded(found.drift.cosines),
            },
        },
        parts=("map_words", "map_dots", "map_labels", "map_view", "map_hands"),
    )


def _rounded(values: Any) -> list[float | None]:  # noqa: ANN401 - a float64 array
    """Return numbers with five decimals; None for what is not a number."""
    return [None if value != value else round(value, 5) for value in values.tolist()]
