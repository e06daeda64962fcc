"""W_in as the trainer sees it: the vectors of words, and the rows that they are made of.

Gradient descent needs none of this: its blocks say which rows a hidden vector is made of. Here is
what begins and ends a run, and what the closing pass does, in terms of the vectors of words: here
for a row for each word, which is all that there is without n-grams, and in ``composed_rows`` with.
"""

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.blocks import BlockSource
from w2vcli.training.curvature import Curvature
from w2vcli.vectors.subwords import NgramRows


class InputRows:
    """A row for each word: its vector.

    In all methods ``w_in`` is W_in, float32 (R, d), and ``words`` are ids, (n,).

    Parameters
    ----------
    words
        V.

    Attributes
    ----------
    count
        R, the number of rows of W_in.
    own
        float64 (V,): the weight of each word's own row in its vector; 1, too, of a row that is no
        part of it.
    prior_shares
        float64 (V,): what of lambda the vector of each word has, by the priors of its rows.
    settle_in_the_end
        Whether ``settle`` does anything.
    """

    settle_in_the_end = False

    def __init__(self, words: int) -> None:
        self.count = words
        self.own = np.ones(words)
        self.prior_shares = np.ones(words)

    def blocks(self, source: BlockSource) -> BlockSource:
        """Return a source whose A, (B, V), is of words as one whose A, (B, R), is of rows."""
        return source

    def vectors(self, w_in: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the vectors of all words, (V, d): W_in itself, or what its rows make of them."""
        return w_in

    def vectors_of(
        self, words: NDArray[np.integer], w_in: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the vectors of some words, (n, d); a copy."""
        found: NDArray[np.float32] = w_in[words]
        return found

    def move(
        self, w_in: NDArray[np.float32], words: NDArray[np.integer], change: NDArray[np.floating]
    ) -> None:
        """Add to the vectors of some words, (n, d), in place; n-grams stay as they are."""
        w_in[words] += change

    def put(
        self, w_in: NDArray[np.float32], words: NDArray[np.integer], vectors: NDArray[np.floating]
    ) -> None:
        """Set the vectors of some words, (n, d), in place; n-grams stay as they are."""
        w_in[words] = vectors

    def place(self, w_in: NDArray[np.float32], vectors: NDArray[np.floating], threads: int) -> None:
        """Set all rows, in place, so that the words have these vectors, (V, d), or nearly."""
        w_in[:] = vectors

    def begin(
        self,
        w_in: NDArray[np.float32],
        vectors: NDArray[np.float32],
        old: NgramRows | None,
        threads: int,
    ) -> None:
        """Set all rows as ``place`` does, but those of n-grams that ``old`` has as they are there.

        ``vectors`` may be what ``vectors`` returned.
        """
        self.place(w_in, vectors, threads)

    def clear(self, w_in: NDArray[np.float32]) -> None:
        """Set rows that no word is made of to zero."""

    def load_squares(
        self, squares: NDArray[np.float32], old: NgramRows | None, left: float
    ) -> None:
        """Set AdaGrad's sums of the n-grams to what is ``left`` of those of an old model.

        ``squares`` are those of W_in, float32 (R, d), set in place, and those of words are set;
        empty for SGD. ``left`` is a share, from 0 to 1. Where the old model has no n-grams, their
        sums follow from those of words.
        """

    def settle(self, w_in: NDArray[np.float32], curvature: Curvature, threads: int) -> None:
        """Make the most of vectors that were learnt word by word, given n-grams to share.

        ``curvature`` is that of W_out as it was while they were learnt. The result does not depend
        on ``threads``.
        """

    def minus(self, w_in: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return another W_in whose vectors are all less a vector, (d,)."""
        less: NDArray[np.float32] = w_in - vector
        return less

    def ngrams(self, w_in: NDArray[np.float32], squares: NDArray[np.float32]) -> NgramRows | None:
        """Return the n-grams of a model, of W_in and AdaGrad's squares; None without."""
        return None
