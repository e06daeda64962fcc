"""3CosAdd and 3CosMul: how well a word d answers "a is to b as c is to ?".

All vectors have length one, so that the product of two is their cosine::

    3CosAdd    cos(d, b) - cos(d, a) + cos(d, c) = d (b - a + c)        Mikolov et al. 2013
    3CosMul    cos(d, b) cos(d, c) / (cos(d, a) + 0.001)                Levy & Goldberg 2014

where 3CosMul has its cosines moved from [-1, 1] to [0, 1]. The answer is the word of the largest
score that is none of a, b and c.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_EPSILON = 1e-3

_Numbers = TypeVar("_Numbers", NDArray[np.float32], NDArray[np.float64])


def three_cos_add(a: _Numbers, b: _Numbers, c: _Numbers) -> _Numbers:
    """Return b - a + c: of cosines with the three words the scores, of their vectors the target.

    Any shape, the same for all.
    """
    return b - a + c


def three_cos_mul(to_a: _Numbers, to_b: _Numbers, to_c: _Numbers) -> _Numbers:
    """Return the scores of words by their cosines with a, b and c; any shape, the same for all."""
    near_a, near_b, near_c = ((cosines + 1) / 2 for cosines in (to_a, to_b, to_c))
    return near_b * near_c / (near_a + _EPSILON)  # type: ignore[return-value]  # float32 stays so
