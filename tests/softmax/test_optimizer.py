"""The two optimisers against their formulas."""

import numpy as np
import pytest

from w2vcli.softmax.optimizer import Optimizer


def test_sgd_is_w_minus_step_times_gradient():
    w = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    Optimizer("sgd", w).update(slice(1, 3), np.array([[1.0, 0.0], [0.0, -2.0]]), 0.5)
    np.testing.assert_array_equal(w, [[1, 2], [2.5, 4], [5, 7]])


def test_adagrad_by_hand():
    w = np.zeros(2)
    optimizer = Optimizer("adagrad", w)
    optimizer.update(slice(0, 2), np.array([3.0, 0.0]), 0.1)
    np.testing.assert_allclose(w, [-0.1, 0.0])  # 3 / sqrt(9); no gradient, no move
    optimizer.update(slice(0, 2), np.array([4.0, 2.0]), 0.1)
    np.testing.assert_allclose(w, [-0.1 - 0.1 * 4 / 5, -0.1])  # sqrt(9 + 16)


@pytest.mark.parametrize("name", ["sgd", "adagrad"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chosen_rows_and_ranges_agree(name, dtype):
    random = np.random.default_rng(0)
    start, gradient = random.standard_normal((2, 6, 3)).astype(dtype)
    by_range, by_rows = start.copy(), start.copy()
    one, other = Optimizer(name, by_range), Optimizer(name, by_rows)
    for _ in range(3):
        one.update(slice(2, 5), gradient[2:5], 0.3)
        other.update(np.array([4, 2, 3]), gradient[[4, 2, 3]], 0.3)
    assert by_range.tobytes() == by_rows.tobytes()
    assert by_range.dtype == dtype
    np.testing.assert_array_equal(by_range[:2], start[:2])


def test_adagrad_does_not_care_for_the_scale_of_gradients():
    a, b = np.zeros((4, 2), np.float32), np.zeros((4, 2), np.float32)
    small, large = Optimizer("adagrad", a), Optimizer("adagrad", b)
    random = np.random.default_rng(0)
    for _ in range(5):
        g = random.standard_normal((4, 2)).astype(np.float32)
        small.update(slice(0, 4), g, 0.2)
        large.update(slice(0, 4), np.float32(2.0**20) * g, 0.2)
    np.testing.assert_allclose(a, b, rtol=1e-6)
