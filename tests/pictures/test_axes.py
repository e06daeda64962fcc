"""Numbers on axes: few, round, in their range."""

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from w2vcli.pictures.axes import decimals_of, round_numbers, round_powers


def test_what_people_would_write():
    assert round_numbers(6.4, 8.5, 7) == [6.5, 7.0, 7.5, 8.0, 8.5]
    assert decimals_of(6.4, 8.5, 7) == 1
    assert round_numbers(0, 4, 12) == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert round_numbers(0, 1000, 12) == [100 * n for n in range(11)]
    assert (round_numbers(7.123, 7.124, 3), decimals_of(7.123, 7.124, 3)) == (
        [7.123, 7.1235, 7.124],
        4,
    )
    assert round_powers(math.log(150), math.log(6000), 7) == [200, 500, 1000, 2000, 5000]
    assert round_powers(math.log(0.9), math.log(2e6), 7) == [10.0**n for n in range(7)]
    assert round_powers(math.log(480), math.log(700), 7) == [500, 550, 600, 650, 700]


@given(st.floats(-1e30, 1e30), st.floats(1e-6, 1e30), st.integers(2, 15))
def test_they_are_few_and_in_the_range(low, width, most):
    high = low + width
    assume(high - low > 1e-9 * max(abs(low), abs(high)))
    found = round_numbers(low, high, most)
    slack = (high - low) * 1e-6
    assert len(found) <= most
    assert all(low - slack <= number <= high + slack for number in found)
    assert found == sorted(set(found))
    assert len(found) >= max(1, (most - 2) // 3) or most < 4
    assert 0 <= decimals_of(low, high, most) < 40


@given(st.floats(0, 600), st.floats(1e-3, 100), st.integers(3, 12))
def test_powers_are_few_and_in_the_range(low, width, most):
    found = round_powers(low, low + width, most)
    assert len(found) <= most
    assert found == sorted(set(found))
    assert all(low - 1e-6 <= math.log(value) <= low + width + 1e-6 for value in found)
