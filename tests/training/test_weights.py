"""The weights of words: smoothing against its formula, and at its edges."""

import numpy as np
import pytest
from helpers import reference
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.training.options import TrainingOptions
from w2vcli.training.weights import WordWeights, smoothing_factors

COUNTS = np.array([900, 0, 400, 30, 7, 0, 1])


def test_by_hand():
    """X = 1/2: n = 4 and 1 become sqrt: 2 and 1, times 5/3."""
    factors = smoothing_factors(np.array([4.0, 1.0]), 0.5)
    np.testing.assert_allclose(factors * [4, 1], [10 / 3, 5 / 3])


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=9).filter(any),
    st.sampled_from([0.0, 1e-3, 0.25, 0.75, 0.999]),
    st.sampled_from([0.0, 1e-12, 1e-3, 1.0]),
)
def test_against_the_formula(counts, exponent, subsample):
    counts = np.array(counts)
    options = TrainingOptions(smoothing=exponent, subsample=subsample)
    keep, factors = WordWeights.of(counts, options)
    np.testing.assert_allclose(factors, reference.smoothing(counts, keep, exponent), rtol=1e-9)
    n = counts * keep
    assert (n * factors).sum() == pytest.approx(n.sum())
    assert np.isfinite(factors).all()
    assert (factors > 0).all()
    order = np.argsort(n, kind="stable")
    assert (np.diff(factors[order]) <= 1e-9 * factors[order][:-1]).all()  # rarer is not less


def test_a_word_that_does_not_occur_counts_as_half_the_rarest():
    factors = smoothing_factors(COUNTS.astype(float), 0.75)
    assert factors[1] == factors[5] == pytest.approx(factors[6] * 2**0.25)


@pytest.mark.parametrize("counts", [COUNTS, np.zeros(3, np.int64), np.array([5])])
def test_without_smoothing_the_factors_are_exactly_one(counts):
    weights = WordWeights.of(counts, TrainingOptions(smoothing=1.0))
    assert (weights.factors == 1).all()
    bias = np.ones(len(counts), np.float32)
    assert weights.unsmoothed(bias) is bias


def test_a_bias_is_unsmoothed_by_the_log():
    """A softmax of n^X becomes the share of n, and with n^X as target weights n does again."""
    weights = WordWeights.of(COUNTS, TrainingOptions(smoothing=0.25, subsample=0.0))
    occurs = COUNTS > 0
    smoothed = np.where(occurs, COUNTS, 0.5) ** 0.25
    bias = weights.unsmoothed(np.log(smoothed).astype(np.float32))
    assert bias.dtype == np.float32
    shares = np.exp(bias[occurs]) / np.exp(bias[occurs]).sum()
    np.testing.assert_allclose(shares, COUNTS[occurs] / COUNTS.sum(), rtol=1e-5)
