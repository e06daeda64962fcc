"""The loss of blocks and its gradients, against the reference; and the mean of losses."""

import math

import numpy as np
import pytest
from helpers import reference
from helpers.block_scenes import PATHS, D, V, parameters, random_lines, source_of

from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import Mean, Parameters, differentiate, mean_loss
from w2vcli.system.threads import Team
from w2vcli.text.windows import Windows

WINDOWS = Windows(3)
KEEP = np.linspace(1, 0.2, V)
every_path = pytest.mark.parametrize("path", PATHS)


def rows_of(lines, path):
    return list(reference.predictions(lines, path.split("-")[0], V, 3, "linear", KEEP))


def source(path, batch, lines):
    return source_of(path, lines, WINDOWS, KEEP, batch)


@every_path
@pytest.mark.parametrize("batch", [1, 4, 1000])
@pytest.mark.parametrize("bias", [True, False])
def test_differentiate_equals_the_formulas(path, batch, bias):
    lines, point = random_lines(), Parameters(*parameters(bias))
    before = [values.copy() for values in point]
    sums = [np.zeros_like(values) for values in point]
    loss = weight = 0.0

    def consume(words, d_words, d_bias):
        sums[1][words] += d_words
        sums[2][words] += d_bias

    blocks = source(path, batch, lines)
    with Team() as team:
        kernel = SoftmaxKernel(blocks.largest, V, np.float64, team)
        for block in blocks.blocks():
            found = differentiate(kernel, point, block, consume)
            assert found.words.dtype == np.int64
            assert found.words.tolist() == sorted({*block.inputs.indices.tolist()})
            assert found.d_in.shape == (len(found.words), D)
            sums[0][found.words] += found.d_in
            loss += found.softmax.loss.sum()
            weight += found.softmax.mass.sum()
    rows = rows_of(lines, path)
    assert loss == pytest.approx(reference.loss(rows, *point), rel=1e-6)  # Y is float32
    assert weight == pytest.approx(sum(y.sum() for _, y in rows), rel=1e-6)
    for ours, theirs in zip(sums, reference.gradients(rows, *point), strict=True):
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
        found = mean_loss(kernel, Parameters(*(m.astype(dtype) for m in point)), blocks.blocks())
    rows = rows_of(lines, path)
    mass = sum(y.sum() for _, y in rows)
    assert found.weight == pytest.approx(mass, rel=1e-6)
    assert found.total == pytest.approx(reference.loss(rows, *point), rel=1e-6)
    assert found.value == pytest.approx(reference.loss(rows, *point) / mass, rel=1e-6)


@every_path
def test_mean_loss_is_that_of_differentiate(path):
    """To the last bit: differences of the one are held against gradients of the other."""
    point = Parameters(*parameters(bias=True))
    blocks = source(path, 4, random_lines())
    mean = Mean()
    with Team() as team:
        kernel = SoftmaxKernel(blocks.largest, V, np.float64, team)
        for block in blocks.blocks():
            result = differentiate(kernel, point, block, lambda *_: None).softmax
            mean.add(result.loss.sum(), result.mass.sum())
        assert mean_loss(kernel, point, blocks.blocks()).value == mean.value


def test_the_mean_loss_of_nothing_is_not_a_number():
    with Team() as team:
        kernel = SoftmaxKernel(1, V, np.float64, team)
        mean = mean_loss(kernel, Parameters(*parameters(bias=True)), [])
    assert (mean.total, mean.weight) == (0.0, 0.0)
    assert math.isnan(mean.value)


def test_a_mean_is_weighted_and_summed_in_float64():
    mean = Mean()
    mean.add(3.0, 2.0)
    mean.add(1.0, 6.0)
    assert mean.value == 0.5
    for _ in range(10):
        mean.add(np.float32(2**24), np.float32(2**24))
        mean.add(np.float32(1), np.float32(1))
    assert (mean.total, mean.weight) == (10 * (2**24 + 1) + 4, 10 * (2**24 + 1) + 8)
    assert type(mean.total) is type(mean.weight) is float
