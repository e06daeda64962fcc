"""What is asked of all words at once: scores by cosine or by 3CosMul, quick ones and exact ones.

The quick scores of many words come from one product in float32, and each class bounds what
rounding can have taken from them; the exact ones are computed in float64, word by word, and rounded
to ``_DECIMALS``. ``search`` finds the best words by both.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from w2vcli.vectors.analogies import three_cos_mul

_CACHED = 32  # questions whose scores for a part of the words fit into the cache
_DECIMALS = 12
_ROUNDING = float(np.finfo(np.float32).eps)


class Questions(Protocol):
    """Questions, each of which gives every word a score."""

    left: NDArray[np.float32]
    """Vectors of length one or zero, (m, D), whose products with directions decide."""
    indifferent: NDArray[np.bool_]
    """Of each question, whether all words have the same score."""

    def __len__(self) -> int: ...

    def some(self, which: slice) -> "Questions":
        """Return a part of the questions."""
        ...

    def quick(self, products: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return scores that are right up to rounding, (questions, n), by products (m, n)."""
        ...

    def least_quick(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each question the least quick score that a word of this score can have."""
        ...

    def exact(self, question: NDArray[np.int64], units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores of n words, each for one question, as float64 (n,)."""
        ...


class Cosines:
    """Questions after the words of largest cosine with a target.

    Parameters
    ----------
    targets
        float64 (n, D): vectors of length one; zeros have the cosine 0 with everything.
    """

    def __init__(self, targets: NDArray[np.float64]) -> None:
        self._targets = targets
        self.left = targets.astype(np.float32)
        self.indifferent = (targets == 0).all(axis=1)

    def __len__(self) -> int:
        return len(self._targets)

    def some(self, which: slice) -> "Cosines":
        """Return a part of the questions."""
        return Cosines(self._targets[which])

    def quick(self, products: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the products."""
        return products

    def least_quick(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores less what the rounding of a product can have taken from them."""
        return scores - _error(self._targets.shape[1])

    def exact(self, question: NDArray[np.int64], units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the cosines."""
        return products_of(self._targets[question], units)


class ThreeCosMul:
    """Analogies, answered by 3CosMul.

    Parameters
    ----------
    units
        float64 (m, D): the directions of the words in the questions.
    places
        int64 (n, 3): the rows of a, b and c of each question in ``units``.
    """

    def __init__(self, units: NDArray[np.float64], places: NDArray[np.int64]) -> None:
        used, renumbered = np.unique(places, return_inverse=True)
        self._units = units[used]
        self.left = self._units.astype(np.float32)
        self._places = renumbered.reshape(-1, 3)
        self.indifferent = (self._units == 0).all(axis=1)[self._places].all(axis=1)

    def __len__(self) -> int:
        return len(self._places)

    def some(self, which: slice) -> "ThreeCosMul":
        """Return a part of the questions."""
        return ThreeCosMul(self._units, self._places[which])

    def quick(self, products: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return scores that are not too small: by cosines a little too large, or too small."""
        # Near cos(d, a) = -1 a small error there is a large one of the score.
        error = np.float32(_error(self.left.shape[1]))
        one = np.ones((), dtype=np.float32)
        high = (products + (1 + error)) / 2
        shares = three_cos_mul(np.maximum(products - error, -one), one, one)
        a, b, c = self._places.T
        scores = np.empty((len(a), products.shape[1]), dtype=np.float32)
        for start in range(0, len(a), _CACHED):
            some = slice(start, start + _CACHED)
            np.multiply(high[b[some]], high[c[some]], out=scores[some])
            scores[some] *= shares[a[some]]
        return scores

    def least_quick(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores, but for the rounding of the last few operations."""
        return scores - 8 * _ROUNDING * np.abs(scores)

    def exact(self, question: NDArray[np.int64], units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores."""
        to_a, to_b, to_c = (products_of(self._units[p], units) for p in self._places[question].T)
        return three_cos_mul(to_a, to_b, to_c).round(_DECIMALS)


def _error(dim: int) -> float:
    """Return more than the error of a product of two vectors of length one in float32.

    Higham (2002), section 3.1: dim roundings of the sum, whatever its order, and a few of the
    vectors; each of at most half of ``_ROUNDING``.
    """
    return (dim + 16) * _ROUNDING


def products_of(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the product of each row with the other's: float64 (n,), the same whatever n is."""
    products: NDArray[np.float64] = np.multiply(left, right).sum(axis=1).round(_DECIMALS)
    return products + 0.0  # no -0
