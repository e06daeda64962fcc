"""The best words for many questions at once: exact, and as fast as a matrix product.

The vocabulary is read once for a batch of questions, in parts. A product in float32 gives the
scores of a part; only entries that may be among the best so far are looked at again. Their scores
are computed anew in float64, one by one, and these decide: so an answer has the same digits and
the same order whichever questions were asked together with it, and whatever BLAS does. No entry
is lost, as a product is compared with a bound on what rounding can have taken from it.

Equal scores are in the order of the vocabulary.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.system.threads import ordered_map, processors, single_threaded_blas
from w2vcli.vectors.directions import Directions
from w2vcli.vectors.questions import Questions

_ROWS = 4096  # words at once: enough for a product to be fast
_FEW_ROWS = 1024  # the same for few questions, where a part fits into the cache
_QUESTIONS = 1024
_FEW = 16
_ANSWERS = 1 << 22  # of a batch, at most
_CANDIDATES = 1 << 14  # whose vectors are in memory in float64

_Exact: TypeAlias = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]


class Best(NamedTuple):
    """The best words of some questions, the best first.

    Attributes
    ----------
    words, scores
        int64 and float64 (n, k): their ids and scores. Where a question has fewer answers, the
        last scores of its row are -inf.
    """

    words: NDArray[np.int64]
    scores: NDArray[np.float64]


def best_words(
    directions: Directions,
    questions: Questions,
    without: Sequence[Sequence[int]],
    top: int,
    among: range | NDArray[np.int64],
    least: float = -np.inf,
) -> Best:
    """Return the ``top`` words of the largest scores for each question.

    Parameters
    ----------
    directions, questions
        The words, and what is asked.
    without
        For each question, the ids of words that are no answers.
    top
        The number of answers.
    among
        The ids of all words that can be answers, each once, ascending.
    least
        The least score of an answer.

    Raises
    ------
    DataError
        If a vector that is read is not finite.
    """
    top = max(0, min(top, len(among)))
    batch = max(1, min(_QUESTIONS, _ANSWERS // max(top, 1)))
    found = [
        _Running(questions.some(slice(s, s + batch)), without[s : s + batch], top, least)
        for s in range(0, len(questions), batch)
    ]
    few = len(questions) < _FEW
    rows = min(_ROWS, _FEW_ROWS) if few else _ROWS
    parts = [among[start : start + rows] for start in range(0, len(among), rows)]
    with ExitStack() as held:
        if not few:
            held.enter_context(single_threaded_blas())
        for running in found if top else ():
            good = partial(running.good_ones, directions)
            for row, words, scores in ordered_map(good, parts, 1 if few else processors()):
                running.take(row, words, scores)
    return Best(
        np.concatenate([np.empty((0, top), np.int64), *(r.words for r in found)]),
        np.concatenate([np.empty((0, top)), *(r.scores for r in found)]),
    )


class _Running:
    """The best words of a batch of questions among the parts that were looked at so far."""

    def __init__(
        self, questions: Questions, without: Sequence[Sequence[int]], top: int, least: float
    ) -> None:
        self._questions = questions
        self._least = least
        self._most_left_out = max(map(len, without), default=0)
        pairs = [(row, word) for row, words in enumerate(without) for word in words]
        self._without = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self.words = np.zeros((len(questions), top), dtype=np.int64)
        self.scores = np.full((len(questions), top), -np.inf)

    def good_ones(
        self, directions: Directions, part: range | NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return rows, words and scores of those of a part that are better than the best so far.

        Several threads may do so at once, while another calls ``take``: the best that one of them
        sees may be old, which costs time and no answer.
        """
        questions, top = self._questions, self.scores.shape[1]
        which: slice | NDArray[np.int64]
        if isinstance(part, range):
            words, which = np.arange(part.start, part.stop), slice(part.start, part.stop)
        else:
            words = which = part

        def exact(row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.float64]:
            scores = np.empty(len(row))
            for start in range(0, len(row), _CANDIDATES):
                some = slice(start, start + _CANDIDATES)
                candidates = directions.exact_directions(words[column[some]])
                scores[some] = questions.exact(row[some], candidates)
            return scores

        quick = questions.quick(directions.quick_products(questions.left, which))
        place = np.searchsorted(words, self._without[:, 1]).clip(max=len(words) - 1)
        here = words[place] == self._without[:, 1]
        quick[self._without[here, 0], place[here]] = -np.inf
        # Of equals the first are the best: no other has to be looked at.
        quick[questions.indifferent, top + self._most_left_out :] = -np.inf
        worst = self.scores[:, -1].copy()
        if len(words) > top and np.isneginf(worst).any():
            self._raise_worst(worst, quick, exact)
        bounds = questions.least_quick(np.maximum(worst, self._least)).astype(np.float32)
        # Of a row without a bound all are looked at, but for those that are no answers.
        bounds = np.maximum(bounds, np.finfo(np.float32).min)[:, None]
        row, column = np.divmod(np.flatnonzero(quick >= bounds), len(words))
        scores = exact(row, column)
        good = scores >= self._least
        return row[good], words[column[good]], scores[good]

    def _raise_worst(
        self, worst: NDArray[np.float64], quick: NDArray[np.float32], exact: _Exact
    ) -> None:
        """Put in the place of -inf the least score of so many words that are good answers."""
        rows = np.flatnonzero(np.isneginf(worst))
        top = self.scores.shape[1]
        columns = np.argpartition(quick[rows], -top, axis=1)[:, -top:]
        all_are_answers = quick[rows[:, None], columns].min(axis=1) > -np.inf
        rows, columns = rows[all_are_answers], columns[all_are_answers]
        scores = exact(np.repeat(rows, top), columns.ravel()).reshape(columns.shape)
        worst[rows] = scores.min(axis=1)

    def take(
        self, row: NDArray[np.int64], words: NDArray[np.int64], scores: NDArray[np.float64]
    ) -> None:
        """Take words into the best of their rows; those of earlier parts have been taken."""
        good = scores > self.scores[row, -1]
        row, words, scores = row[good], words[good], scores[good]
        if not len(row):
            return
        rows, place = np.unique(row, return_inverse=True)
        top = self.scores.shape[1]
        place = np.concatenate([np.repeat(np.arange(len(rows)), top), place])
        words = np.concatenate([self.words[rows].ravel(), words])
        scores = np.concatenate([self.scores[rows].ravel(), scores])
        order = np.lexsort((words, -scores, place))
        firsts = np.searchsorted(place[order], np.arange(len(rows)))
        best = order[firsts[:, None] + np.arange(top)]
        self.words[rows], self.scores[rows] = words[best], scores[best]
