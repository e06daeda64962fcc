"""The softmax kernel against the formulas, in float64 and against plain float32 NumPy."""

import numpy as np
import pytest
from helpers.reference import finite_differences, log_softmax, softmax_block, softmax_block_float32

from w2vcli.softmax import shards, sweeps
from w2vcli.softmax.csr import Csr
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.system.threads import Team

SHAPES = [(7, 13, 5), (1, 1, 1), (1, 2, 3), (3, 1, 4), (5, 64, 1), (33, 129, 17)]


def sparse(dense, dtype):
    rows, columns = np.nonzero(dense)
    indptr = np.searchsorted(rows, np.arange(len(dense) + 1)).astype(np.int64)
    return Csr(indptr, columns.astype(np.int32), dense[rows, columns].astype(dtype))


def block(rows, size, dim, *, scale=1.0, dtype=np.float64, seed=0, density=0.3):
    """A random block; row 1, where there is one, has no targets at all."""
    random = np.random.default_rng(seed)
    hidden = (scale * random.standard_normal((rows, dim))).astype(dtype)
    w_out = random.standard_normal((size, dim)).astype(dtype)
    bias = random.standard_normal(size).astype(dtype)
    y = (random.random((rows, size)) < density) * random.integers(1, 50, (rows, size))
    y[0, size // 2] += 1
    if rows > 1:
        y[1] = 0
    return hidden, w_out, bias, y.astype(dtype)


def run(hidden, w_out, bias, y, threads=1):
    """Return loss, dH, dW_out and db by the kernel, and check that it does not touch its input."""
    before = [m.copy() for m in (hidden, w_out, bias)]
    d_out, d_bias = np.full_like(w_out, np.nan), np.full_like(bias, np.nan)

    def consume(words, d_words, d_b):
        d_out[words], d_bias[words] = d_words, d_b

    with Team(threads) as team:
        worker = SoftmaxKernel(len(hidden), len(w_out), hidden.dtype.type, team)
        result = worker.block(hidden, w_out, bias, sparse(y, hidden.dtype), consume)
    for old, new in zip(before, (hidden, w_out, bias), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_allclose(result.mass, y.sum(axis=1, dtype=np.float64))
    return result.loss, result.d_hidden, d_out, d_bias


@pytest.fixture(params=[2048, 6])
def chunk_words(request, monkeypatch):
    """One chunk, and many: both must give the same mathematics."""
    monkeypatch.setattr(shards, "CHUNK_WORDS", request.param)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0])
@pytest.mark.usefixtures("chunk_words")
def test_float64_equals_the_formulas(shape, scale):
    data = block(*shape, scale=scale)
    for ours, theirs in zip(run(*data), softmax_block(*data), strict=True):
        size = max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-11 * size)


@pytest.mark.parametrize("shape", [*SHAPES, (129, 257, 33)])
@pytest.mark.parametrize("scale", [1.0, 10.0, 100.0])
@pytest.mark.usefixtures("chunk_words")
def test_float32_error_is_that_of_plain_float32(shape, scale):
    """Budget: twice the error of naive float32 NumPy, and a few units in the last place."""
    data = block(*shape, scale=scale, dtype=np.float32)
    exact = softmax_block(*data)
    for ours, naive, true in zip(run(*data), softmax_block_float32(*data), exact, strict=True):
        size = np.abs(true).max()
        error, allowed = np.abs(ours - true).max(), np.abs(naive - true).max()
        assert error <= 2 * allowed + 8 * np.finfo(np.float32).eps * size


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
@pytest.mark.usefixtures("chunk_words")
def test_targets_of_next_to_no_probability(shift):
    """One word has all the probability, another the counts: exp underflows, the loss must not."""
    hidden = np.array([[1.0, 0.0]], dtype=np.float32)
    w_out = np.zeros((20, 2), dtype=np.float32)
    w_out[3, 0] = 300.0
    bias = np.full(20, shift, dtype=np.float32)
    y = np.zeros((1, 20), dtype=np.float32)
    y[0, 17] = 2.0
    loss, d_hidden, d_out, d_bias = run(hidden, w_out, bias, y)
    assert loss[0] == pytest.approx(600.0)
    np.testing.assert_allclose(d_hidden, [[600.0, 0.0]], rtol=1e-6)
    np.testing.assert_allclose(d_out[[3, 17], 0], [2.0, -2.0], rtol=1e-6)
    np.testing.assert_allclose(d_bias[[3, 17, 0]], [2.0, -2.0, 0.0], atol=1e-6)


def test_row_without_targets_gives_nothing():
    hidden, w_out, bias, y = block(4, 9, 3)
    y[:] = 0
    for values in run(hidden, w_out, bias, y):
        assert not values.any()


def test_gradients_are_the_finite_differences_of_the_loss():
    hidden, w_out, bias, y = block(3, 12, 4, seed=5)
    _, d_hidden, d_out, d_bias = run(hidden, w_out, bias, y)

    def total():
        return run(hidden, w_out, bias, y)[0].sum()

    for parameter, gradient in ((hidden, d_hidden), (w_out, d_out), (bias, d_bias)):
        slopes = finite_differences(total, parameter)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-6)


def test_worked_example():
    """Two words, one dimension, by hand: z = (ln 3, 0), p = (3/4, 1/4), target the second word."""
    hidden = np.array([[1.0]])
    w_out = np.array([[np.log(3.0)], [0.0]])
    loss, d_hidden, d_out, d_bias = run(hidden, w_out, np.zeros(2), np.array([[0.0, 1.0]]))
    assert loss[0] == pytest.approx(np.log(4.0))
    np.testing.assert_allclose(d_bias, [0.75, -0.75])
    np.testing.assert_allclose(d_out, [[0.75], [-0.75]])
    np.testing.assert_allclose(d_hidden, [[0.75 * np.log(3.0)]])


def test_target_weights_add():
    """C context words share one softmax: their losses and residuals add."""
    hidden, w_out, bias, _ = block(1, 8, 3)
    first, second = np.zeros((1, 8)), np.zeros((1, 8))
    first[0, 2], second[0, 5] = 1, 3
    both = run(hidden, w_out, bias, first + second)
    for a, b, c in zip(
        run(hidden, w_out, bias, first), run(hidden, w_out, bias, second), both, strict=True
    ):
        np.testing.assert_allclose(a + b, c, atol=1e-12)


@pytest.mark.jit
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bits_do_not_depend_on_threads(dtype):
    data = block(40, 9000, 12, dtype=dtype, density=0.01)
    once = run(*data)
    for threads in (2, 3, 4):
        for a, b in zip(once, run(*data, threads=threads), strict=True):
            assert a.tobytes() == b.tobytes()


@pytest.mark.jit
def test_a_consumer_may_update_its_chunk_at_once():
    """As training does: the gradients must be those of the old parameters all the same."""
    hidden, w_out, bias, y = block(30, 9000, 8, dtype=np.float32, density=0.01)
    expected = run(hidden, w_out, bias, y)
    d_out = np.empty_like(w_out)

    def consume(words, d_words, d_b):
        d_out[words] = d_words
        w_out[words] -= 0.1 * d_words
        bias[words] -= 0.1 * d_b

    with Team(2) as team:
        worker = SoftmaxKernel(30, 9000, np.float32, team)
        result = worker.block(hidden, w_out, bias, sparse(y, np.float32), consume)
    assert result.d_hidden.tobytes() == expected[1].tobytes()
    assert d_out.tobytes() == expected[2].tobytes()


def test_loss_alone_is_the_same_loss():
    hidden, w_out, bias, y = block(6, 50, 4, dtype=np.float32)
    with Team() as team:
        worker = SoftmaxKernel(6, 50, np.float32, team)
        result = worker.block(hidden, w_out, bias, sparse(y, np.float32))
    assert result.loss.tobytes() == run(hidden, w_out, bias, y)[0].tobytes()
    assert result.d_hidden.size == 0


def test_scratch_space_serves_smaller_blocks():
    """The last block of a pass is smaller than the others."""
    big, small = block(9, 20, 3, seed=1), block(4, 20, 3, seed=2)
    with Team() as team:
        worker = SoftmaxKernel(9, 20, np.float64, team)
        worker.block(*big[:3], sparse(big[3], np.float64), lambda *_: None)
        result = worker.block(*small[:3], sparse(small[3], np.float64))
    np.testing.assert_allclose(result.loss, softmax_block(*small)[0], rtol=1e-12)


def probabilities(hidden, w_out, bias, threads=1):
    with Team(threads) as team:
        worker = SoftmaxKernel(len(hidden), len(w_out), hidden.dtype.type, team)
        return worker.probabilities(hidden, w_out, bias)


def softmax(hidden, w_out, bias):
    """The reference's, in float64."""
    z = hidden.astype(float) @ w_out.astype(float).T + bias
    return np.exp([log_softmax(row) for row in z])


@pytest.mark.parametrize("shape", [*SHAPES, (3, 5000, 4)])
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0])
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-6), (np.float64, 1e-14)])
@pytest.mark.usefixtures("chunk_words")
def test_probabilities_equal_the_softmax(shape, scale, dtype, rtol):
    data = block(*shape, scale=scale, dtype=dtype)[:3]
    found = probabilities(*data)
    assert (found.dtype, found.shape) == (np.float64, shape[:2])
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    # The rounding of a score is in proportion to the score, and is a factor of exp(score).
    size = max(1.0, np.abs(data[0].astype(float) @ data[1].T.astype(float)).max())
    np.testing.assert_allclose(found, softmax(*data), rtol=rtol * size, atol=1e-36)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scores", [[5000, -5000, 0], [-1e30, -1e30, -1e30], [1e30, 1e30, 0]])
@pytest.mark.usefixtures("chunk_words")
def test_probabilities_of_extreme_scores(dtype, scores):
    w_out = np.full((40, 1), min(scores), dtype=dtype)
    w_out[[1, 20, 39], 0] = scores
    found = probabilities(np.ones((1, 1), dtype), w_out, np.zeros(40, dtype))
    best = (w_out == w_out.max())[:, 0]
    np.testing.assert_allclose(found[0], best / best.sum(), rtol=1e-12, atol=1e-37)


@pytest.mark.jit
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bits_of_probabilities_do_not_depend_on_threads(dtype):
    data = block(20, 9000, 12, dtype=dtype)[:3]
    once = probabilities(*data).tobytes()
    assert [probabilities(*data, threads=n).tobytes() for n in (2, 3, 4)] == [once] * 3


def test_probabilities_and_blocks_share_their_scratch_space():
    """In whatever order they are asked for, and of whatever size; what was given stays."""
    big, small = block(9, 5000, 3, seed=1, density=0.01), block(4, 5000, 3, seed=2, density=0.01)
    with Team() as team:
        worker = SoftmaxKernel(9, 5000, np.float64, team)

        def losses(data):
            return worker.block(*data[:3], sparse(data[3], np.float64)).loss.tobytes()

        before = losses(big), losses(small)
        first = worker.probabilities(*big[:3])
        copy = first.copy()
        second = worker.probabilities(*small[:3])
        assert (losses(big), losses(small)) == before
    np.testing.assert_array_equal(first, copy)
    np.testing.assert_allclose(first, softmax(*big[:3]), rtol=1e-12)
    np.testing.assert_allclose(second, softmax(*small[:3]), rtol=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_probabilities_of_what_is_not_finite_are_not_numbers(value):
    hidden, w_out, bias, _ = block(3, 64, 2)
    w_out[40, 0] = value
    hidden[:, 0] = 1
    assert np.isnan(probabilities(hidden, w_out, bias)).any(axis=1).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("word", [0, 4, 63])
def test_not_finite_is_seen(value, dtype, word):
    """Even if it is no target's score that is not finite."""
    hidden, w_out, bias, y = block(3, 64, 2, dtype=dtype)
    y[:, word] = 0
    y[0, 7] += 1
    w_out[word, 0] = value
    assert not np.isfinite(run(hidden, w_out, bias, y)[0]).all()


@pytest.mark.jit
def test_exponential_to_its_stated_error():
    z = -np.geomspace(1e-6, 87.0, 100_001).astype(np.float32)
    ours = np.array([sweeps._exponential(value) for value in z], dtype=np.float64)
    np.testing.assert_allclose(ours, np.exp(z.astype(np.float64)), rtol=2.5e-7)
    assert sweeps._exponential(np.float32(0.0)) == 1.0
    assert 0 <= sweeps._exponential(np.float32(-1e9)) < 1e-37
