"""Shuffled passes of streamed sources: the same gradient as all positions have, in expectation."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from helpers import reference
from helpers.block_scenes import D, V, parameters, random_lines, source_of

from w2vcli.softmax.blocks import gather, scatter
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.system.threads import Team
from w2vcli.text.windows import Windows

PATHS = ["skipgram-stream", "cbow"]
KEEP = np.linspace(1, 0.15, V)


def predicted(block, size=V):
    """The target weights of a block by word."""
    return np.bincount(block.targets.indices, block.targets.data.astype(float), size)


def as_bytes(block):
    return [array.tobytes() for array in (*block.inputs, *block.targets)], block.positions


# --- in expectation ---------------------------------------------------------------------


class PassOf:
    """The gradients of shuffled passes at fixed parameters, one after the other, in float64."""

    def __init__(self, source, values):
        self.source, self.values = source, values
        self.random = np.random.default_rng(5)

    def __call__(self, kernel):
        w_in, w_out, b = self.values
        d_in, d_out, d_b, totals = np.zeros((V, D)), np.zeros((V, D)), np.zeros(V), np.zeros(3)

        def consume(words, d_words, d_bias):
            d_out[words] += d_words
            d_b[words] += d_bias

        for block in self.source.blocks(self.random):
            hidden = gather(block.inputs, w_in)
            result = kernel.block(hidden, w_out, b, block.targets, consume)
            words, gradient = scatter(block.inputs, result.d_hidden)
            d_in[words] += gradient
            totals += [result.loss.sum(), result.mass.sum(), block.positions]
        return np.concatenate([d_in.ravel(), d_out.ravel(), d_b, totals])


@pytest.mark.parametrize("batch", [1, 4, 1000])
@pytest.mark.parametrize("path", PATHS)
def test_the_expected_gradient_and_loss_are_those_of_all_positions(path, batch):
    lines, values = random_lines(), parameters(bias=True)
    rows = list(reference.predictions(lines, path.split("-")[0], V, 3, "linear", KEEP))
    exact = np.concatenate([
        *map(np.ravel, reference.gradients(rows, *values)),
        [reference.loss(rows, *values), sum(y.sum() for _, y in rows), len(rows)],
    ])  # fmt: skip
    source = source_of(path, lines, Windows(3), KEEP, batch)
    one_pass = PassOf(source, values)
    with Team() as team:
        kernel = SoftmaxKernel(source.largest, V, np.float64, team)
        passes = np.array([one_pass(kernel) for _ in range(250)])
    error, chance = passes.mean(axis=0) - exact, passes.std(axis=0, ddof=1) / np.sqrt(len(passes))
    assert (np.abs(error) <= 4.5 * chance + 2e-6 * np.abs(exact).max()).all()
    # The bound means something: it is far below the gradient itself.
    assert np.linalg.norm(chance[:-3]) < 0.06 * np.linalg.norm(exact[:-3])


@pytest.mark.parametrize("batch", [1, 3, 20, 100])
def test_every_position_has_its_own_probability(batch):
    """Not by chance: the offset takes all its values on a fine grid, the order is any one."""
    size, grid = 30, 200
    keep = np.random.default_rng(2).uniform(0.01, 1, size)
    keep[::5] = 1.0
    # Every word is another one, so that words tell which positions were drawn.
    source = source_of("cbow", np.arange(size).reshape(3, 10).tolist(), Windows(2), keep, batch)
    shuffle = np.random.default_rng(3).random(size)

    class Fixed(NamedTuple):
        offset: float

        def random(self, count=None):
            return self.offset if count is None else shuffle[:count]

    drawn = np.zeros(size)
    for stretch in pairwise(source._bounds):
        for offset in (np.arange(grid) + 0.5) / grid:
            block = source._drawn(source.positions[slice(*stretch)], Fixed(offset))
            drawn += predicted(block, size)
    np.testing.assert_allclose(drawn / grid, keep, atol=2 / grid)


# --- what a pass is made of -------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("batch", [1, 7, 32, 10_000])
def test_the_blocks_of_a_pass(path, batch):
    lines = np.random.default_rng(1).integers(0, V, (40, 15)).tolist()
    source = source_of(path, lines, Windows(3), KEEP, batch)
    blocks = list(source.blocks(np.random.default_rng(0)))
    assert len(blocks) == len(source)
    assert sum(block.positions for block in blocks) == len(source.positions) == 600
    assert max(len(block.targets.indptr) - 1 for block in blocks) <= source.largest
    if path == "cbow":
        expected = KEEP[np.array(lines)].sum()
        assert sum(predicted(block).sum() for block in blocks) == pytest.approx(expected)
        rows = np.sort([len(block.targets.indptr) - 1 for block in blocks])
        assert set(rows[1:]) <= {batch}
        for block in blocks:
            assert len(set(block.targets.data.tolist())) == 1
            assert 1 - 1 / len(block.targets.data) < block.targets.data[0] <= 1


def test_a_word_is_drawn_as_often_as_expected_in_each_block():
    lines = np.random.default_rng(1).integers(0, V, (40, 15)).tolist()
    source = source_of("cbow", lines, Windows(3), KEEP, 50)
    for _ in range(20):
        block = source._drawn(source.positions[:200], np.random.default_rng())
        words = source.stream[source.positions[:200]]
        weight = block.targets.data[0]
        expected = np.bincount(words, minlength=V) * KEEP / weight
        drawn = np.bincount(block.targets.indices, minlength=V)
        assert (np.abs(drawn - expected) < 1 + 1e-6).all()


def test_a_text_that_repeats_itself():
    """Half of the zeros are drawn: not those of the same place of each line, as they stand."""
    source = source_of("cbow", [[0, 1, 0, 2]] * 200, Windows(1), np.array([0.5, 1, 1]), 100, 3)
    first = 0
    for block in source.blocks(np.random.default_rng(0)):
        lengths = np.diff(block.inputs.indptr)
        zeros = block.targets.indices == 0
        first += (lengths[zeros] == 1).sum()
    assert 70 < first < 130


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("batch", [1, 5, 1000])
def test_without_subsampling_all_positions_are_drawn(path, batch):
    source = source_of(path, random_lines(3), Windows(3), np.ones(V), batch)
    plain = [as_bytes(block) for block in source.blocks()]
    shuffled = [as_bytes(block) for block in source.blocks(np.random.default_rng(0))]
    assert sorted(shuffled) == sorted(plain)


@pytest.mark.parametrize("path", PATHS)
def test_less_than_one_position_is_a_block_of_one(path):
    """The weight makes up for it; a pass without a prediction would have no loss."""
    source = source_of(path, [[1, 2, 3, 4]], Windows(1, "uniform"), np.full(V, 0.01), 5)
    assert len(source) == 1
    (block,) = source.blocks(np.random.default_rng(0))
    assert len(block.targets.indptr) == 2
    context = 1 if path == "cbow" else 0.01 * len(block.targets.indices)
    assert block.targets.data.sum() == pytest.approx(0.04 * context)


# --- randomness -------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_a_pass_is_drawn_anew_and_can_be_entered_anywhere(path):
    lines = np.random.default_rng(1).integers(0, V, (20, 15)).tolist()
    source = source_of(path, lines, Windows(3), KEEP, 16)

    def pass_from(order, skip=0):
        return [as_bytes(block) for block in source.blocks(order, skip)]

    order, same = np.random.default_rng(4), np.random.default_rng(4)
    first = pass_from(order)
    for skip in (0, 1, len(source) - 1, len(source)):
        assert pass_from(np.random.default_rng(4), skip) == first[skip:]
    # All random numbers come before the first block, wherever a pass is left.
    next(source.blocks(same))
    second = pass_from(order)
    assert second == pass_from(same)
    assert not set(map(str, first)) & set(map(str, second))


@pytest.mark.parametrize("path", PATHS)
def test_a_text_without_predictions_has_no_blocks(path):
    source = source_of(path, [[3], [], [2]], Windows(2), KEEP, 5)
    assert len(source) == 0
    assert list(source.blocks(np.random.default_rng(0))) == []
