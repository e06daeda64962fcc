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


def totals(source, w_in, w_out, b):
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
            loss += result.loss.sum()
    return loss, d_in, d_out, d_b


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("weights", ["linear", "uniform"])
@pytest.mark.parametrize("subsample", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_gradients_equal_the_formulas(path, subsample, weights, bias):
    lines, windows = random_lines(), Windows(3, weights)
    keep = np.linspace(1, 0.2, V) if subsample else np.ones(V)
    w_in, w_out, b = parameters(bias)
    rows = list(reference.predictions(lines, path.split("-")[0], V, 3, weights, keep))
    expected = (reference.loss(rows, w_in, w_out, b), *reference.gradients(rows, w_in, w_out, b))
    for batch in (1, 5, 1000):
        ours = totals(source_of(path, lines, windows, keep, batch), w_in, w_out, b)
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
    keep = np.linspace(1, 0.3, V)
    w_in, w_out, b = parameters(bias=True)
    windows = Windows(window, weights)
    stream = totals(source_of("skipgram-stream", lines, windows, keep, batch), w_in, w_out, b)
    grouped = totals(source_of("skipgram-grouped", lines, windows, keep, 5), w_in, w_out, b)
    for a, e in zip(stream, grouped, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-5, atol=1e-5)


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
