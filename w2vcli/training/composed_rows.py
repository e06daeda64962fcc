"""W_in with n-grams: a row for each word and each n-gram, of which the vectors of words are means.

A word by itself is learnt in its own row (``move``, ``put``); what all words have learnt is divided
among all rows by least squares (``row_solver``), where a run begins and at the end of its closing
pass. The prior of each row is that of ``composition``, but for what ``settle`` says.
"""

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.blocks import BlockSource, gather
from w2vcli.softmax.csr import Csr
from w2vcli.system.threads import ordered_map
from w2vcli.training.composition import SHARED, ComposedBlocks, Composition, evidence_of
from w2vcli.training.curvature import Curvature
from w2vcli.training.input_rows import InputRows
from w2vcli.training.row_solver import GROUP, START_STEPS, product, solve_rows
from w2vcli.vectors.subwords import NgramRows

LOUD = 3.0
"""What of lambda an own row has at most where n-grams are settled."""

FEW = 8e-5
"""Of the vocabulary: n-grams of fewer words are held back where they are settled."""

_LEAST_PRIOR = 1e-3  # to settle with where there is none: else nothing would tell rows apart


class ComposedRows(InputRows):
    """A row for each word and each n-gram, of which vectors are means.

    Parameters
    ----------
    composition
        Of which rows words are made.
    source
        The corpus as blocks of words.

    Attributes
    ----------
    composition
        The same.
    evidence
        float64 (V,): how much the text says of each word (``evidence_of``).
    """

    settle_in_the_end = True

    def __init__(self, composition: Composition, source: BlockSource) -> None:
        super().__init__(composition.words)
        self.count = composition.rows
        self.composition = composition
        self.evidence = evidence_of(source, composition.words)
        self._own_prior = composition.own_prior(self.evidence)
        # A word without a row of its own has one while it is learnt by itself (``move``, ``put``).
        self._has_row = composition.own > 0
        shared = composition.shared
        of_word = np.repeat(np.arange(composition.words), np.diff(shared.indptr))
        variances = np.bincount(of_word, np.square(shared.data) / SHARED, composition.words)
        self.prior_shares = 1 / (self._has_row / self._own_prior + variances)
        self.own = np.where(self._has_row, composition.own, 1.0)

    def blocks(self, source: BlockSource) -> BlockSource:
        """Return a source whose A, (B, V), is of words as one whose A, (B, R), is of rows."""
        return ComposedBlocks(source, self.composition, self.evidence)

    def vectors(self, w_in: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the vectors of all words, (V, d), made of W_in's rows."""
        return self.vectors_of(np.arange(self.composition.words), w_in)

    def vectors_of(
        self, words: NDArray[np.integer], w_in: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the vectors of some words, (n, d)."""
        shared = gather(_some_rows(self.composition.shared, words), w_in[self._words :])
        own = self.own[words, None].astype(np.float32)
        found: NDArray[np.float32] = shared + own * w_in[words]
        return found

    def move(
        self, w_in: NDArray[np.float32], words: NDArray[np.integer], change: NDArray[np.floating]
    ) -> None:
        """Add to the vectors of some words, in place; n-grams stay as they are."""
        w_in[words] += change / self.own[words, None]

    def put(
        self, w_in: NDArray[np.float32], words: NDArray[np.integer], vectors: NDArray[np.floating]
    ) -> None:
        """Set the vectors of some words, in place; n-grams stay as they are."""
        self.move(w_in, words, vectors - self.vectors_of(words, w_in).astype(np.float64))

    def place(self, w_in: NDArray[np.float32], vectors: NDArray[np.floating], threads: int) -> None:
        """Set all rows so that the words have these vectors, or nearly.

        The n-grams get what makes the prior of all rows least; without own rows, what makes the sum
        of the squared errors least.
        """
        ngrams = self._fit(vectors, threads)
        self._set(w_in, vectors - product(self.composition.shared, ngrams), ngrams)

    def _fit(self, vectors: NDArray[np.floating], threads: int) -> NDArray[np.float64]:
        """Return the rows of n-grams whose means come nearest to vectors, float64 (G, d)."""
        weights = self._own_prior if self._has_row.all() else np.ones(len(self._own_prior))
        right = weights[:, None] * vectors.astype(np.float64)
        shared, ridge = self.composition.shared, np.full(len(self.composition.ngrams), SHARED)
        return solve_rows(shared, weights[:, None], right, ridge, threads, START_STEPS)

    def begin(
        self,
        w_in: NDArray[np.float32],
        vectors: NDArray[np.float32],
        old: NgramRows | None,
        threads: int,
    ) -> None:
        """Set all rows so that the words have these vectors; n-grams as in ``old``, if any.

        Where words have no rows of their own, the n-grams take up what those of ``old`` leave of
        the vectors.
        """
        if old is None:
            self.place(w_in, vectors, threads)
            return
        ngrams = np.zeros((len(self.composition.ngrams), w_in.shape[1]))
        ours, theirs = self._also_in(old)
        ngrams[ours] = old.rows[theirs]
        left = vectors - product(self.composition.shared, ngrams)
        if not self._has_row.all():
            ngrams += self._fit(left, threads)
            left = vectors - product(self.composition.shared, ngrams)
        self._set(w_in, left, ngrams)

    def clear(self, w_in: NDArray[np.float32]) -> None:
        """Set rows that no word is made of to zero."""
        w_in[: self._words][~self._has_row] = 0

    def load_squares(
        self, squares: NDArray[np.float32], old: NgramRows | None, left: float
    ) -> None:
        """Set AdaGrad's sums of the n-grams to what is ``left`` of those of an old model.

        New n-grams, and those that were never visited, get the least of all, as words do. Where the
        old model has no n-grams, they get what its sums would be if the gradients of words had
        nothing to do with each other.
        """
        if not len(squares):
            return
        if old is None:
            of_vectors = squares[: self._words, 0] / np.square(self.own)
            indptr, indices, data = self.composition.shared
            each = np.square(data) * np.repeat(of_vectors, np.diff(indptr))
            found = np.bincount(indices, each, len(self.composition.ngrams))
            squares[self._words :] = found[:, None]
            return
        ours, theirs = self._also_in(old)
        sums = old.squares[theirs]
        if not sums.any():
            return
        least = sums[sums > 0].min()
        means = np.full(len(self.composition.ngrams), least)
        means[ours] = np.where(sums > 0, sums, least)
        squares[self._words :] = (means * left)[:, None]

    def settle(self, w_in: NDArray[np.float32], curvature: Curvature, threads: int) -> None:
        """Make the most of vectors that were learnt word by word, given n-grams to share.

        Of the objective of each word there is the parabola at its vector (``closing``). The sum of
        these parabolas and of the prior of all rows is least at rows that follow from least
        squares, in each of the directions of ``curvature`` by itself. So are own rows settled,
        given the n-grams; but those with another prior:

        * No own row is held by more than ``LOUD``. A word of a million occurrences tells no more of
          what its n-grams mean than one of a thousand, and would outvote all others.
        * The n-grams of few words are held back: that of m words has lambda SHARED
          (1 + (FEW V / m)^4). Else they would do the work of the words' own rows, and bring near
          each other what is alike by chance.

        Words of which the text says nothing have no parabola: their own rows stay as they are, as
        do n-grams of no other words.
        """
        prior = max(curvature.prior, _LEAST_PRIOR)
        shared, has_row = self.composition.shared, self._has_row[:, None]
        held, of_vectors = prior * self._own_prior[:, None], prior * self.prior_shares[:, None]
        at_most = np.minimum(held, prior * LOUD)
        said = self.evidence[:, None] > 0
        learnt = self.vectors(w_in)
        dim, size = learnt.shape[1], self.count - self._words
        own, ngrams = np.empty(learnt.shape), np.empty((size, dim))
        in_words = np.bincount(shared.indices, minlength=size)
        ridge = prior * SHARED * (1 + (FEW * self._words / in_words) ** 4)

        def settle(first: int) -> None:
            some = slice(first, first + GROUP)
            precise = self.evidence[:, None] * curvature.values[some]
            right = (precise + of_vectors) * (learnt @ curvature.vectors[:, some]) * said
            # What is left to n-grams: of a word without a row of its own, all.
            free = np.where(has_row, at_most / (precise + at_most), 1.0)
            rows = solve_rows(shared, precise * free, right * free, ridge)
            means = product(shared, rows)
            own[:, some] = (right - precise * means) / (precise + held)
            ngrams[:, some] = rows

        for _ in ordered_map(settle, range(0, dim, GROUP), threads):
            pass
        own, ngrams = own @ curvature.vectors.T, ngrams @ curvature.vectors.T
        own = np.where(said, own, self.own[:, None] * w_in[: self._words])
        of_word = np.repeat(said[:, 0], np.diff(shared.indptr))
        is_said = np.bincount(shared.indices, of_word, len(ngrams)) > 0
        self._set(w_in, own, np.where(is_said[:, None], ngrams, w_in[self._words :]))

    def minus(self, w_in: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return W_in with all vectors less a vector, (d,): the weights of a mean add up to one."""
        less = w_in - vector
        self.clear(less)
        return less

    def ngrams(self, w_in: NDArray[np.float32], squares: NDArray[np.float32]) -> NgramRows | None:
        """Return the n-grams of a model, of W_in and AdaGrad's squares; None without."""
        size = self._words
        rows = w_in[size:].copy()
        means = squares[size:].mean(axis=1) if len(squares) else np.zeros(len(rows), np.float32)
        of = self.composition
        return NgramRows(of.range, of.ngrams, rows, w_in[:size].copy(), means)

    def _also_in(self, old: NgramRows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers, here and there, of the n-grams that an old model has too."""
        found = np.array([old.ids.get(ngram, -1) for ngram in self.composition.ngrams], np.int64)
        ours = np.flatnonzero(found >= 0)
        return ours, found[ours]

    @property
    def _words(self) -> int:
        return self.composition.words

    def _set(
        self,
        w_in: NDArray[np.float32],
        own: NDArray[np.floating],
        ngrams: NDArray[np.float64],
    ) -> None:
        """Set all rows: the parts of their own that words have, (V, d), and the n-grams' rows."""
        w_in[: self._words] = np.where(self._has_row[:, None], own / self.own[:, None], 0.0)
        w_in[self._words :] = ngrams


def _some_rows(matrix: Csr, rows: NDArray[np.integer]) -> Csr:
    """Return some rows of a sparse matrix."""
    indptr, indices, data = matrix
    lengths = indptr[rows + 1] - indptr[rows]
    begins = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = np.arange(begins[-1]) + np.repeat(indptr[rows] - begins[:-1], lengths)
    return Csr(begins, indices[places], data[places])
