"""Words of similar spelling, to name where a word is unknown."""

import difflib
from collections import defaultdict
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

_AMONG = 30_000
_BUCKETS = 64
_CUTOFF = 0.75  # the least of difflib's ratios


class Spellings:
    """Finds words with a spelling like that of an unknown one.

    Parameters
    ----------
    words
        The known words, the most frequent first.
    """

    def __init__(self, words: list[str]) -> None:
        self._words = words

    def near(self, word: str, count: int = 3) -> list[str]:
        """Return known words of similar spelling, the most similar first.

        Words that differ only in case come first; the others are among the most frequent words,
        the same as those of ``difflib.get_close_matches`` among words of about the same length.
        """
        same = self._by_case.get(word.casefold(), [])[:count]
        return list(dict.fromkeys(same + self._close(word, count)))[:count]

    @cached_property
    def _by_case(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for word in self._words:
            found[word.casefold()].append(word)
        return found

    @cached_property
    def _lengths(self) -> NDArray[np.int64]:
        return np.array([len(word) for word in self._words[:_AMONG]], dtype=np.int64)

    @cached_property
    def _letters(self) -> NDArray[np.uint16]:
        """How often letters of each bucket occur in each word: (n, _BUCKETS)."""
        return _letters(self._words[:_AMONG], self._lengths)

    def _close(self, word: str, count: int) -> list[str]:
        # A ratio is 2 m / (length of both) with m matching letters, and no more than the letters in
        # common can match: few words are left to compare.
        letters = _letters([word], np.array([len(word)]))
        some = np.flatnonzero(abs(self._lengths - len(word)) <= 2)
        common = np.minimum(self._letters[some], letters).sum(axis=1, dtype=np.int64)
        some = some[2 * common >= _CUTOFF * (self._lengths[some] + len(word))]
        among = [self._words[index] for index in some.tolist()]
        return difflib.get_close_matches(word, among, count, _CUTOFF)


def _letters(words: list[str], lengths: NDArray[np.int64]) -> NDArray[np.uint16]:
    codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    places = np.repeat(np.arange(len(words)), lengths) * _BUCKETS + codes % _BUCKETS
    counts = np.bincount(places, minlength=len(words) * _BUCKETS)
    return counts.clip(max=2**16 - 1).astype(np.uint16).reshape(-1, _BUCKETS)
