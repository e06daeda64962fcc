"""The loss of blocks and its gradients, against the reference; and the mean of losses."""

import math

import numpy as np
import pytest
from helpers import reference
from helpers.block_scenes import PATHS, D, V, parameters, random_lines, source_of

from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import MeanLoss, Parameters, differentiate, mean_loss
from w2vcli.system.threads import Team
from w2vcli.text.windows import Windows

WINDOWS = Windows(3)
KEEP = np.linspace(1, 0.2, V)
FACTORS = np.linspace(0.4, 3, V)
every_path = pytest.mark.parametrize("path", PATHS)


def rows_of(lines, path):
    return list(reference.predictions(lines, path.split("-")[0], V, 3, "linear", KEEP, FACTORS))


def source(path, batch, lines):
    return source_of(path, lines, WINDOWS, KEEP, batch, factors=FACTORS)


@every_path
@pytest.mark.parametrize("batch", [1, 4, 1000])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("prior", [0.0, 2.5])
def test_differentiate_equals_the_formulas(path, batch, bias, prior):
    lines, point = random_lines(), Parameters(*parameters(bias))
    before = [values.copy() for values in point]
    sums = [np.zeros_like(values) for values in point]
    loss = weight = penalty = 0.0

    def consume(words, d_words, d_bias):
        sums[1][words] += d_words
        sums[2][words] += d_bias

    blocks = source(path, batch, lines)
    with Team() as team:
        kernel = SoftmaxKernel(blocks.largest, V, np.float64, team)
        for block in blocks.blocks():
            found = differentiate(kernel, point, block, consume, prior)
            assert found.words.dtype == np.int64
            assert found.words.tolist() == sorted({*block.inputs.indices.tolist()})
            assert found.d_in.shape == (len(found.words), D)
            sums[0][found.words] += found.d_in
            loss += found.softmax.loss.sum()
            weight += found.softmax.mass.sum()
            penalty += found.penalty
    rows = rows_of(lines, path)
    assert loss == pytest.approx(reference.loss(rows, *point), rel=1e-6)  # Y is float32
    assert weight == pytest.approx(sum(y.sum() for _, y in rows), rel=1e-6)
    assert penalty == pytest.approx(reference.penalty(rows, point.w_in, prior), rel=1e-12)
    for ours, theirs in zip(sums, reference.gradients(rows, *point, prior), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=2e-6)
    for old, new in zip(before, point, strict=True):
        np.testing.assert_array_equal(old, new)


@every_path
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_mean_loss_equals_the_formulas(path, dtype):
    lines, point = random_lines(2), parameters(bias=True)
    blocks = source(path, 4, lines)
    with Team() as team:
        kernel = SoftmaxKernel(blocks.largest, V, dtype, team)
        in_dtype = Parameters(*(m.astype(dtype) for m in point))
        found = mean_loss(kernel, in_dtype, blocks.blocks(), 3.0)
    rows = rows_of(lines, path)
    mass = sum(y.sum() for _, y in rows)
    assert found.weight == pytest.approx(mass, rel=1e-6)
    assert found.total == pytest.approx(reference.loss(rows, *point), rel=1e-6)
    assert found.value == pytest.approx(reference.loss(rows, *point) / mass, rel=1e-6)
    assert found.penalty == pytest.approx(reference.penalty(rows, point[0], 3.0), rel=1e-6)
    assert found.prior == pytest.approx(found.penalty / mass, rel=1e-6)


@every_path
def test_mean_loss_is_that_of_differentiate(path):
    """To the last bit: differences of the one are held against gradients of the other."""
    point = Parameters(*parameters(bias=True))
    blocks = source(path, 4, random_lines())
    mean = MeanLoss()
    with Team() as team:
        kernel = SoftmaxKernel(blocks.largest, V, np.float64, team)
        for block in blocks.blocks():
            found = differentiate(kernel, point, block, lambda *_: None, 0.7)
            mean.add(found.softmax.loss.sum(), found.softmax.mass.sum(), found.penalty)
        again = mean_loss(kernel, point, blocks.blocks(), 0.7)
        assert (again.value, again.prior) == (mean.value, mean.prior)


def test_the_mean_loss_of_nothing_is_not_a_number():
    with Team() as team:
        kernel = SoftmaxKernel(1, V, np.float64, team)
        mean = mean_loss(kernel, Parameters(*parameters(bias=True)), [])
    assert (mean.total, mean.weight) == (0.0, 0.0)
    assert math.isnan(mean.value)
    assert math.isnan(mean.prior)


def test_a_mean_is_weighted_and_summed_in_float64():
    mean = MeanLoss()
    mean.add(3.0, 2.0, 1.0)
    mean.add(1.0, 6.0)
    assert (mean.value, mean.prior) == (0.5, 0.125)
    for _ in range(10):
        mean.add(np.float32(2**24), np.float32(2**24))
        mean.add(np.float32(1), np.float32(1))
    assert (mean.total, mean.weight) == (10 * (2**24 + 1) + 4, 10 * (2**24 + 1) + 8)
    assert type(mean.total) is type(mean.weight) is float


@every_path
def test_the_gradient_with_the_prior_equals_finite_differences_of_the_objective(path):
    point = Parameters(*parameters(bias=True))
    blocks = source(path, 5, random_lines(1))
    d_in = np.zeros_like(point.w_in)
    with Team() as team:
        kernel = SoftmaxKernel(blocks.largest, V, np.float64, team)
        for block in blocks.blocks():
            found = differentiate(kernel, point, block, lambda *_: None, 1.5)
            d_in[found.words] += found.d_in

        def objective():
            found = mean_loss(kernel, point, blocks.blocks(), 1.5)
            return found.total + found.penalty

        slopes = reference.finite_differences(objective, point.w_in)
    np.testing.assert_allclose(d_in, slopes, rtol=1e-5, atol=1e-5)
