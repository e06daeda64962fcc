"""Blocks against the reference: A and Y, and the gradients of a whole corpus on every path."""

import numpy as np
import pytest
from helpers import reference
from helpers.block_scenes import PATHS, V, parameters, random_lines, source_of
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vcli.softmax.blocks import gather, scatter
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.system.threads import Team
from w2vcli.text.windows import Windows


def totals(source, w_in, w_out, b, prior=0.0):
    """Return loss and gradients summed over the corpus, by our blocks and kernel, in float64."""
    d_in, d_out, d_b, loss = np.zeros_like(w_in), np.zeros_like(w_out), np.zeros_like(b), 0.0

    def consume(words, d_words, d_bias):
        d_out[words] += d_words
        d_b[words] += d_bias

    with Team() as team:
        kernel = SoftmaxKernel(source.largest, len(b), np.float64, team)
        for block in source.blocks():
            hidden = gather(block.inputs, w_in)
            result = kernel.block(hidden, w_out, b, block.targets, consume)
            words, gradient = scatter(block.inputs, result.d_hidden)
            d_in[words] += gradient
            for word, share in zip(block.inputs.indices, block.shares, strict=True):
                d_in[word] += prior * share * w_in[word]
                loss += prior / 2 * share * w_in[word] @ w_in[word]
            loss += result.loss.sum()
    return loss, d_in, d_out, d_b


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("weights", ["linear", "uniform"])
@pytest.mark.parametrize("subsample", [False, True])
@pytest.mark.parametrize("smoothed", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_gradients_equal_the_formulas(path, subsample, weights, bias, smoothed):
    lines, windows = random_lines(), Windows(3, weights)
    keep = np.linspace(1, 0.2, V) if subsample else np.ones(V)
    factors = np.linspace(0.5, 2, V) if smoothed else np.ones(V)
    w_in, w_out, b = parameters(bias)
    rows = list(reference.predictions(lines, path.split("-")[0], V, 3, weights, keep, factors))
    expected = (reference.loss(rows, w_in, w_out, b), *reference.gradients(rows, w_in, w_out, b))
    for batch in (1, 5, 1000):
        source = source_of(path, lines, windows, keep, batch, factors=factors)
        ours = totals(source, w_in, w_out, b)
        for a, e in zip(ours, expected, strict=True):
            np.testing.assert_allclose(a, e, rtol=2e-6, atol=2e-6)  # Y is float32


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("path", PATHS)
def test_gradients_equal_finite_differences(path, bias):
    lines = random_lines(1)[:3]
    w_in, w_out, b = parameters(bias)
    rows = list(reference.predictions(lines, path.split("-")[0], V, 2, "uniform", np.ones(V)))
    source = source_of(path, lines, Windows(2, "uniform"), np.ones(V), 4)
    _, d_in, d_out, d_b = totals(source, w_in, w_out, b)

    def loss():
        return reference.loss(rows, w_in, w_out, b)

    for parameter, gradient in ((w_in, d_in), (w_out, d_out), (b, d_b)):
        slopes = reference.finite_differences(loss, parameter)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(
    lines=st.lists(st.lists(st.integers(-1, V - 1), max_size=12), max_size=6),
    window=st.integers(1, 15),
    weights=st.sampled_from(["linear", "uniform"]),
    batch=st.integers(1, 40),
)
def test_streamed_skipgram_summed_is_grouped(lines, window, weights, batch):
    keep, factors = np.linspace(1, 0.3, V), np.linspace(0.5, 2, V)
    windows = Windows(window, weights)
    stream, grouped = (
        totals(source_of(path, lines, windows, keep, size, factors=factors), *parameters(True), 2.0)
        for path, size in (("skipgram-stream", batch), ("skipgram-grouped", 5))
    )
    for a, e in zip(stream, grouped, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-5, atol=1e-5)


def shares_of_a_pass(source, order):
    sums = np.zeros(V)
    for block in source.blocks(order):
        assert block.shares.shape == block.inputs.data.shape
        np.add.at(sums, block.inputs.indices, block.shares)
    return sums


def predicting(lines, path, keep):
    """One for each word that predicts, (V,)."""
    rows = reference.predictions(lines, path.split("-")[0], V, 3, "linear", keep)
    expected = np.zeros(V)
    expected[reference.predicting(rows)] = 1
    return expected


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("subsample", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_the_shares_of_the_prior_add_up_to_one(path, subsample, shuffled):
    """For each word that predicts, over a pass; the others have none."""
    lines = random_lines(5)
    keep = np.linspace(1, 0.2, V) if subsample else np.ones(V)
    if subsample and shuffled and path != "skipgram-grouped":
        pytest.skip("its positions are drawn: the next test")
    for batch in (1, 4, 1000):
        source = source_of(path, lines, Windows(3), keep, batch)
        sums = shares_of_a_pass(source, np.random.default_rng(2) if shuffled else None)
        np.testing.assert_allclose(sums, predicting(lines, path, keep), rtol=1e-12)


@pytest.mark.parametrize("path", PATHS[1:])
def test_the_shares_of_drawn_positions_add_up_to_one_in_expectation(path):
    lines, keep = random_lines(5), np.linspace(1, 0.4, V)
    source = source_of(path, lines, Windows(3), keep, 4)
    order = np.random.default_rng(1)
    passes = np.array([shares_of_a_pass(source, order) for _ in range(600)])
    expected = predicting(lines, path, keep)
    error = passes.std(axis=0) / np.sqrt(len(passes))
    assert (np.abs(passes.mean(axis=0) - expected) <= 4 * error + 1e-12).all()
    assert passes.std(axis=0).max() > 0.1


def test_the_shares_of_a_grouped_word_are_those_of_its_counts():
    """Word 0 is in every pair, and its counts are taken in several shares of a pass."""
    lines = [[0, word] for word in range(1, V) for _ in range(3)]
    source = source_of("skipgram-grouped", lines, Windows(1), np.ones(V), 2)
    found = {
        float(share)
        for block in source.blocks(np.random.default_rng(1))
        for word, share, begin, end in zip(
            block.inputs.indices, block.shares, block.targets.indptr, block.targets.indptr[1:],
            strict=False,
        )
        if word == 0 and block.targets.data[begin:end].tolist() == [np.float32(3 * share)] * (V - 1)
    }  # fmt: skip
    assert found
    assert found <= {1 / 3, 2 / 3}


def test_the_shares_of_a_streamed_word_are_those_of_its_positions():
    """By hand: 1 stands three times, twice in the first block; 2 has one position in each."""
    source = source_of("skipgram-stream", [[1, 2, 1, 2, 1]], Windows(1), np.full(V, 0.5), 3)
    first, second = source.blocks()
    assert first.inputs.indices.tolist() == second.inputs.indices.tolist() == [1, 2]
    np.testing.assert_allclose(first.shares, [2 / 3, 1 / 2])
    np.testing.assert_allclose(second.shares, [1 / 3, 1 / 2])


def test_the_shares_of_a_word_of_cbow_are_those_of_its_weights_in_the_means():
    """By hand: around 0, 1 alone; around 1, 0 and 2 by halves; around 2, 1 alone."""
    source = source_of("cbow", [[0, 1, 2]], Windows(1), np.ones(V), 2)
    first, second = source.blocks()
    assert first.inputs.indices.tolist() == [1, 0, 2]
    np.testing.assert_allclose(first.shares, [1 / 2, 1, 1])
    assert second.inputs.indices.tolist() == [1]
    np.testing.assert_allclose(second.shares, [1 / 2])


def test_cbow_divides_on_the_way_back_too():
    """Every context row receives (1/m) dL/dh, and one that stands there twice receives it twice."""
    source = source_of("cbow", [[1, 2, 1]], Windows(2, "uniform"), np.ones(V), 10)
    block = list(source.blocks())[0]  # noqa: RUF015
    np.testing.assert_array_equal(block.targets.indices, [1, 2, 1])
    h = gather(block.inputs, np.eye(V))
    np.testing.assert_allclose(h[0, [1, 2]], [0.5, 0.5])  # around the first 1: 2 and 1
    np.testing.assert_allclose(h[1, [1, 2]], [1.0, 0.0])  # around the 2: 1 and 1
    words, gradient = scatter(block.inputs, np.diag([1.0, 10.0, 100.0]))
    np.testing.assert_array_equal(words, [1, 2])
    np.testing.assert_allclose(gradient, [[0.5, 10.0, 50.0], [0.5, 0.0, 50.0]])


def test_equal_centres_of_a_batch_are_merged():
    source = source_of("skipgram-stream", [[1, 2, 1, 2]], Windows(1), np.ones(V), 4)
    (block,) = source.blocks()
    np.testing.assert_array_equal(block.inputs.indices, [1, 2])
    np.testing.assert_array_equal(block.targets.indices, [2, 1])
    np.testing.assert_array_equal(block.targets.data, [3, 3])
    assert block.positions == 4


@pytest.mark.parametrize("path", PATHS)
def test_order_changes_only_the_order(path):
    lines = random_lines(4)
    source = source_of(path, lines, Windows(3), np.ones(V), 3)
    w_in, w_out, b = parameters(bias=True)

    def losses(order):
        with Team() as team:
            kernel = SoftmaxKernel(source.largest, V, np.float64, team)
            return [
                kernel.block(gather(x.inputs, w_in), w_out, b, x.targets).loss.sum()
                for x in source.blocks(order)
            ]

    plain, shuffled = losses(None), losses(np.random.default_rng(7))
    assert plain != shuffled
    assert losses(np.random.default_rng(7)) == shuffled
    assert sum(plain) == pytest.approx(sum(shuffled))
    assert len(source) >= len(plain)


@pytest.mark.parametrize("path", PATHS)
def test_a_word_alone_is_no_prediction(path):
    keep = np.ones(V)
    source = source_of(path, [[3], [1, 2]], Windows(2), keep, 10)
    for block in source.blocks():
        assert 3 not in block.inputs.indices
        assert 3 not in block.targets.indices
        assert (np.diff(block.targets.indptr) > 0).all()


def test_one_update_by_hand():
    """Words a b; W_in = (1; 0), W_out = (ln 3; 0), no bias, step 1; the text is "a b", window 1.

    From a (h = 1): z = (ln 3, 0), p = (3/4, 1/4), target b: residual (3/4, -3/4).
    From b (h = 0): z = (0, 0), p = (1/2, 1/2), target a: residual (-1/2, 1/2).
    dW_out = residual * h: only a's row of the block counts, (3/4, -3/4).
    dW_in: a gets 3/4 ln 3 + (-3/4) 0, b gets -1/2 ln 3.
    """
    w_in, w_out, b = np.array([[1.0], [0.0]]), np.array([[np.log(3.0)], [0.0]]), np.zeros(2)
    for path in ("skipgram-stream", "skipgram-grouped"):
        source = source_of(path, [[0, 1]], Windows(1), np.ones(2), 2, size=2)
        loss, d_in, d_out, d_b = totals(source, w_in, w_out, b)
        assert loss == pytest.approx(np.log(4.0) + np.log(2.0))
        np.testing.assert_allclose(d_in[:, 0], [0.75 * np.log(3), -0.5 * np.log(3)])
        np.testing.assert_allclose(d_out[:, 0], [0.75, -0.75])
        np.testing.assert_allclose(d_b, [0.25, -0.25])
