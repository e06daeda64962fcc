"""The errors of a gradient: against finite differences of the loss, and against expected values."""

from typing import NamedTuple

import numpy as np

from w2vcli.softmax.blocks import BlockSource
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import Parameters, differentiate, mean_loss
from w2vcli.softmax.sweeps import Matrix

# Central differences of the fourth order: f(w + k e) for these k, with these factors, over e.
_EPSILON = 1e-3
_STENCIL = ((1, 8 / 12), (-1, -8 / 12), (2, -1 / 12), (-2, 1 / 12))
_FLAT = 1e-3
_NOTHING = 1e-30  # the exponentials of float32 end at about 1e-38


class Worst(NamedTuple):
    """The largest relative error, its place, and the two values there."""

    error: float
    place: tuple[int, ...]
    found: float
    expected: float


def gradients(
    source: BlockSource, kernel: SoftmaxKernel, point: Parameters, prior: float
) -> Parameters:
    """Return the gradient of the objective per prediction, by the code that trains."""
    sums = Parameters(*(np.zeros(values.shape) for values in point))

    def collect(words: slice, d_words: Matrix, d_bias: Matrix) -> None:
        sums.w_out[words] += d_words
        sums.bias[words] += d_bias

    mass = 0.0
    for block in source.blocks():
        softmax, words, d_in, _ = differentiate(kernel, point, block, collect, prior)
        sums.w_in[words] += d_in
        mass += softmax.mass.sum()
    return Parameters(*(values / mass for values in sums))


def choose_places(
    gradient: Matrix, count: int, random: np.random.Generator
) -> list[tuple[int, ...]]:
    """Choose parameters: half of them those of the largest gradients, half at random.

    Parameters of almost no gradient are left out: rounding of the loss would hide the difference.
    """
    flat = np.abs(gradient).ravel()
    steep = np.argsort(-flat, kind="stable")[: -(-count // 2)]
    others = np.setdiff1d(np.flatnonzero(flat > _FLAT * flat.max()), steep)
    chosen = random.choice(others, min(count - len(steep), len(others)), replace=False)
    rows = np.unravel_index(np.concatenate([steep, chosen]).astype(np.int64), gradient.shape)
    return list(zip(*(row.tolist() for row in rows), strict=True))


def slope_at(
    source: BlockSource,
    kernel: SoftmaxKernel,
    point: Parameters,
    group: str,
    place: tuple[int, ...],
    prior: float,
) -> float:
    """Return the finite difference of the objective per prediction along one parameter."""
    values = getattr(point, group)
    before = values[place]
    slope = 0.0
    for steps, factor in _STENCIL:
        values[place] = before + steps * _EPSILON
        found = mean_loss(kernel, point, source.blocks(), prior)
        slope += factor * (found.value + found.prior) / _EPSILON
    values[place] = before
    return slope


def worst_slope(gradient: Matrix, places: list[tuple[int, ...]], slopes: list[float]) -> Worst:
    """Return the largest error against finite differences, relative to the larger of the two."""
    found = [float(gradient[place]) for place in places]
    errors = [
        abs(ours - slope) / max(abs(ours), abs(slope), _NOTHING)
        for ours, slope in zip(found, slopes, strict=True)
    ]
    # A group whose gradient is zero everywhere has no such places.
    if not errors:
        return Worst(0.0, (), 0.0, 0.0)
    k = int(np.nan_to_num(errors, nan=np.inf).argmax())
    return Worst(errors[k], places[k], found[k], slopes[k])


def worst(found: Matrix, expected: Matrix, size: Matrix) -> Worst:
    """Return the largest error against the formulas, relative to ``size``, of the same shape."""
    errors = np.abs(found - expected) / np.maximum(size, _NOTHING)
    place = np.unravel_index(int(np.nan_to_num(errors, nan=np.inf).argmax()), errors.shape)
    where = tuple(int(index) for index in place)
    return Worst(float(errors[where]), where, float(found[where]), float(expected[where]))
