"""Word similarity where words are rare, or the vocabulary lacks one: of vectors by their names."""

import math
from dataclasses import dataclass

import numpy as np

from w2vcli.judging.evaluation import Pair, spearman

_KINDS = ("rare", "unseen")


@dataclass(frozen=True)
class RarePairs:
    """The pairs of some sets that have a rare word, or an unseen one.

    Attributes
    ----------
    sets
        The pairs by ``rare`` and ``unseen``, then by the name of the set: words as the vocabulary
        writes them, unseen ones in lower case, as the corpora of the benchmarks are. A pair with
        an unseen word is not among the rare ones.
    """

    sets: dict[str, dict[str, list[Pair]]]

    @classmethod
    def found(cls, sets, words, counts, rare):
        """Find them in sets of pairs, by how often each word of the vocabulary occurs."""
        known: dict[str, tuple[str, int]] = {}
        for word, count in zip(words, counts, strict=True):
            known.setdefault(word.upper(), (word, count))
        found: dict[str, dict[str, list[Pair]]] = {kind: {} for kind in _KINDS}
        for name, pairs in sets.items():
            kinds: dict[str, list[Pair]] = {kind: [] for kind in _KINDS}
            for first, second, score in pairs:
                (a, n), (b, m) = (known.get(w.upper(), (w.lower(), 0)) for w in (first, second))
                if not (n and m):
                    kinds["unseen"].append((a, b, score))
                elif min(n, m) < rare:
                    kinds["rare"].append((a, b, score))
            for kind, chosen in kinds.items():
                found[kind][name] = chosen
        return cls(found)

    @property
    def words(self):
        """All words of these pairs, each once."""
        pairs = [pair for sets in self.sets.values() for chosen in sets.values() for pair in chosen]
        return sorted({word for first, second, _ in pairs for word in (first, second)})

    def among(self, words):
        """Return the same of the pairs alone both of whose words are among these."""
        kept = {
            kind: {
                name: [pair for pair in pairs if pair[0] in words and pair[1] in words]
                for name, pairs in sets.items()
            }
            for kind, sets in self.sets.items()
        }
        return RarePairs(kept)

    def verdict(self, vectors, fewest):
        """Return Spearman's correlation of each kind and set, and the mean of each kind.

        What is not defined is NaN; sets of fewer pairs than ``fewest`` are no part of the mean, as
        theirs is mostly chance.

        Parameters
        ----------
        vectors
            The vector of each of ``words``.
        fewest
            How many pairs make a set.

        Returns
        -------
        verdict
            Of each kind: numbers by the names of the sets, and ``mean``.
        """
        verdict = {}
        for kind, sets in self.sets.items():
            found = {name: _correlation(pairs, vectors) for name, pairs in sets.items()}
            counted = [
                found[name]
                for name, pairs in sets.items()
                if len(pairs) >= fewest and not math.isnan(found[name])
            ]
            mean = sum(counted) / len(counted) if counted else math.nan
            verdict[kind] = found | {"mean": mean}
        return verdict


def _correlation(pairs, vectors):
    if not pairs:
        return math.nan
    first, second = (np.array([vectors[pair[i]] for pair in pairs], np.float64) for i in (0, 1))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosines = np.einsum("nd,nd->n", first, second) / np.where(lengths == 0, 1, lengths)
    found = spearman(cosines, np.array([score for _, _, score in pairs]))
    return math.nan if found is None else found
