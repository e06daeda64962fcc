"""What a word weighs in training: where it is kept, and where it is predicted.

With smoothing X, the target weights of a word that occurs n times (n is its count times the
probability of keeping it) are multiplied by::

    s = scale n^(X - 1)        sum n s = sum n

So it is predicted as often as a word that occurs n^X times: word2vec's exponent of the unigram in
negative sampling, in the exact softmax. A softmax of the smoothed targets is p(o | c) s_o, up to a
factor for each c. Hence log s is subtracted from the scores for the probabilities of the text.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.subsampling import keep_probabilities
from w2vcli.training.options import TrainingOptions


class WordWeights(NamedTuple):
    """The weights of the words of a vocabulary.

    Attributes
    ----------
    keep
        float64 (V,): the probability with which subsampling keeps each word.
    factors
        float64 (V,): s, by which smoothing multiplies the target weights of each word; exactly 1
        without smoothing.
    """

    keep: NDArray[np.float64]
    factors: NDArray[np.float64]

    @classmethod
    def of(cls, counts: NDArray[np.int64], options: TrainingOptions) -> "WordWeights":
        """Return the weights of words that occur so often in the training text, int64 (V,)."""
        keep = keep_probabilities(counts, options.subsample)
        return cls(keep, smoothing_factors(counts * keep, options.smoothing))

    def unsmoothed(self, bias: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the bias with which a softmax of smoothed targets becomes that of the text."""
        return bias if (self.factors == 1).all() else bias - np.log(self.factors).astype(np.float32)


def smoothing_factors(occurrences: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Return s for each word, float64 (V,); a word that never occurs counts as half the rarest.

    Parameters
    ----------
    occurrences
        float64 (V,): n, how often each word occurs.
    exponent
        X, from 0 to 1.
    """
    occurs = occurrences > 0
    if exponent == 1 or not occurs.any():
        return np.ones(len(occurrences))
    n = np.maximum(occurrences, occurrences[occurs].min() / 2)
    powers = n ** (exponent - 1)
    scale = occurrences.sum() / (occurrences * powers).sum()
    factors: NDArray[np.float64] = scale * powers
    return factors
