"""The spectral start against a dense SVD."""

import numpy as np
import pytest
from helpers.pairs import dense_ppmi, pairs_of

from w2vcli.counts.cooccurrence import count_pairs
from w2vcli.text.windows import Windows
from w2vcli.training.spectral import spectral_start


def test_whole_rank_gives_the_matrix_back():
    pairs = pairs_of(20, 400)
    w_in, w_out = spectral_start(pairs, 20, np.random.default_rng(0))
    np.testing.assert_allclose(w_in @ w_out.T, dense_ppmi(pairs, 20), atol=2e-5)


def test_low_rank_is_nearly_the_best():
    pairs = pairs_of(300, 20_000)
    ppmi = dense_ppmi(pairs, 300)
    w_in, w_out = spectral_start(pairs, 12, np.random.default_rng(0))
    u, s, v = np.linalg.svd(ppmi)
    best = np.linalg.norm(ppmi - (u[:, :12] * s[:12]) @ v[:12])
    assert np.linalg.norm(ppmi - w_in @ w_out.T) < 1.02 * best
    np.testing.assert_allclose(np.linalg.norm(w_in, axis=0), np.sqrt(s[:12]), rtol=0.06)
    np.testing.assert_allclose(np.linalg.norm(w_out, axis=0), np.sqrt(s[:12]), rtol=0.06)


@pytest.mark.parametrize("threads", [2, 3])
def test_bits_do_not_depend_on_threads(threads):
    pairs = pairs_of(3000, 30_000)
    one = spectral_start(pairs, 7, np.random.default_rng(1), 1)
    many = spectral_start(pairs, 7, np.random.default_rng(1), threads)
    assert [m.tobytes() for m in one] == [m.tobytes() for m in many]


def test_more_dimensions_than_words_and_words_without_pairs():
    pairs = count_pairs([np.array([0, 1, 0, 1, 3, 3], np.int32)], 5, Windows(1)).matrix(np.ones(5))
    w_in, w_out = spectral_start(pairs, 9, np.random.default_rng(0))
    assert w_in.shape == w_out.shape == (5, 9)
    assert np.isfinite(w_in).all()
    assert np.isfinite(w_out).all()
    np.testing.assert_allclose(w_in @ w_out.T, dense_ppmi(pairs, 5), atol=1e-5)
