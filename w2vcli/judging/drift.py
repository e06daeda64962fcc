"""A map of the words of two models, with where each of them was in the older one.

The map is that of the new vectors: their principal axes. The old vectors are rotated onto them as
for a comparison (``alignment``), and as principal axes are linear, the old places are exact.
"""

from itertools import islice

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.judging.alignment import Side, rotation_of, turned
from w2vcli.judging.comparison import DECIMALS, Comparison
from w2vcli.system.threads import single_threaded_blas
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.projection import principal_axes, scaled
from w2vcli.vectors.word_map import Drift, WordMap, units_of_words
from w2vcli.vectors.word_vectors import WordVectors


def drift_map(
    old: WordVectors,
    new: WordVectors,
    found: Comparison,
    others: int = 300,
    min_count: int = 1,
    threads: int = 1,
) -> WordMap:
    """Make a map of the words that a comparison found changed or new, among frequent ones.

    Parameters
    ----------
    old, new, found
        The models and their comparison. Those of its words that it lists as changed or new are
        ``asked`` on the map.
    others
        How many of the most frequent words of the new model there are besides, to compare with:
        these move by chance, too.
    min_count
        Words that are rarer in either model are none of these, as in ``compare``.
    threads
        The number of threads; the result does not depend on it.

    Returns
    -------
    map
        Its ``drift`` has the old place of each word that the old model knows.

    Raises
    ------
    UsageError
        If no word is frequent enough.
    DataError
        If a vector is not finite.
    """
    names = [change.word for change in found.changed] + [word for word, _ in found.new_words]
    asked = {new.ids[name] for name in names}
    chosen = np.array(sorted(asked.union(_frequent(old, new, others, min_count))), dtype=np.int64)
    if not len(chosen):
        raise UsageError(
            f"--min-count {min_count}: no word is as frequent as that in both models, so there is "
            "nothing to map; give a smaller one"
        )
    space = VectorSpace(new, found.vectors)
    units = units_of_words(space, chosen)
    axes = principal_axes(units, threads)
    before, cosines = _old_places(old, new, found, chosen, units, threads)
    places, old_places = scaled(axes.places(units, threads), axes.places(before, threads))
    return WordMap(
        [new.words[index] for index in chosen.tolist()],
        None if new.counts is None else new.counts[chosen].astype(np.int64),
        units,
        space.vectors,
        places,
        explained=axes.explained,
        asked=frozenset(np.searchsorted(chosen, sorted(asked)).tolist()),
        drift=Drift(old_places, cosines),
    )


def _frequent(old: WordVectors, new: WordVectors, most: int, min_count: int) -> list[int]:
    """Return the first words of the new model that are not rare in either, at most so many."""

    def is_rare(model: WordVectors, index: int | None) -> bool:
        if index is None or model.counts is None:
            return False
        return bool(model.counts[index] < min_count)

    frequent = (
        index
        for index, word in enumerate(new.words)
        if not is_rare(new, index) and not is_rare(old, old.ids.get(word))
    )
    return list(islice(frequent, most))


def _old_places(
    old: WordVectors,
    new: WordVectors,
    found: Comparison,
    chosen: NDArray[np.int64],
    units: NDArray[np.float32],
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the old vectors, rotated, and their cosines with the new; NaN for words that are new.

    Returns
    -------
    vectors, cosines
        float64 (n, D) and (n,).
    """
    shared = [word for word in new.words if word in old.ids]
    places = {word: place for place, word in enumerate(shared)}
    known = np.array([new.words[index] in places for index in chosen.tolist()], dtype=np.bool_)
    among = [places[new.words[index]] for index in chosen[known].tolist()]
    before, after = (Side(model, found.vectors, shared) for model in (old, new))
    vectors = np.full(units.shape, np.nan)
    with single_threaded_blas():
        rotation = rotation_of(before, after, threads)
        vectors[known] = turned(before, after, rotation, np.array(among, dtype=np.int64))
    cosines: NDArray[np.float64] = (vectors * units).sum(axis=1).round(DECIMALS)
    return vectors, cosines
