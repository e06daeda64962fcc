"""The numbers that an axis shows: few, round, and in its range."""

import math


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """Return the multiples of 1, 2 or 5 times a power of ten from ``low`` to ``high``.

    Of the steps that give no more than ``most`` numbers it is the smallest; the range is not less
    than 1e-9 wide, nor than a billionth of its ends.
    """
    return _multiples(low, high, _step(low, high, most))


def decimals_of(low: float, high: float, most: int) -> int:
    """Return how many decimals ``round_numbers`` need."""
    return max(0, -math.floor(math.log10(_step(low, high, most)) + 1e-9))


def round_powers(low: float, high: float, most: int) -> list[float]:
    """Return round numbers whose logarithms lie from ``low`` to ``high``, for a second reading.

    They are 1, 2 and 5 times powers of ten; or the powers only where these are enough; or, where
    the range is too small for two of them, ``round_numbers``.
    """
    least, greatest = math.exp(low), math.exp(high)
    found: list[float] = []
    for digits in ((1, 2, 5), (1,)):
        powers = range(math.floor(math.log10(least)), math.ceil(math.log10(greatest)) + 1)
        found = [d * 10.0**p for p in powers for d in digits if least <= d * 10.0**p <= greatest]
        if len(found) <= most:
            break
    if len(found) >= 3:
        return found[:: -(-len(found) // most)]
    return [value for value in round_numbers(least, greatest, most) if value > 0]


def _step(low: float, high: float, most: int) -> float:
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    return next(
        step
        for step in (factor * power for factor in (1, 2, 5, 10, 20, 50))
        if len(_multiples(low, high, step)) <= most
    )


def _multiples(low: float, high: float, step: float) -> list[float]:
    slack = step * 1e-9
    first, last = math.ceil((low - slack) / step), math.floor((high + slack) / step)
    # Rounded, as 3 times 0.1 is not 0.3.
    return [round(number * step, 12) for number in range(first, last + 1)]
