"""What all pictures of a curve have in common: what they show, in which range, and its words."""

import math
from typing import NamedTuple

from w2vcli.pictures.axes import round_numbers
from w2vcli.training.curve import Curve

_VISIBLE = 0.01  # of the height

LINES = {"unigram": "unigram", "floor": "entropy floor", "uniform": "ln V"}
"""The names of the losses to compare with."""


class Range(NamedTuple):
    """The losses that a picture shows, and the greatest of the run and what it is compared with."""

    low: float
    high: float
    greatest: float


def range_of(curve: Curve) -> Range:
    """Return the range of losses of a picture: all that there are, but for ln V, and a margin.

    ln V is shown where it lies within; to make room for it would press the curve flat.
    """
    losses = [point.loss for point in curve.points]
    for each in curve.reported:
        losses += [loss for loss in (each.loss, each.held_out) if loss is not None]
    losses += [x for x in (curve.unigram, curve.floor, curve.before) if x is not None]
    low, high = min(losses, default=0.0), max(losses, default=1.0)
    if shows_prior(curve, Range(low, high, high)):
        objectives = [each.objective for each in curve.losses if each.objective is not None]
        low, high = min(low, *objectives, high), max(high, *objectives, low)
    width = high - low
    # A picture of what hardly differs would make much of it.
    margin = 0.06 * width if width > 1e-3 * (1 + abs(high)) else 0.5 + 0.01 * abs(high)
    return Range(max(min(low, 0.0), low - margin), high + margin, high)


def compared(curve: Curve, span: Range) -> list[tuple[str, float]]:
    """Return the losses to compare with that lie within a range, with their names."""
    known = [(name, getattr(curve, key)) for key, name in LINES.items()]
    return [(name, loss) for name, loss in known if loss is not None and loss <= span.greatest]


def shows_prior(curve: Curve, span: Range) -> bool:
    """Return whether the part of the prior is large enough to be seen in a picture."""
    largest = max((each.prior or 0.0 for each in curve.losses), default=0.0)
    return largest > _VISIBLE * (span.high - span.low)


def place_of(curve: Curve, passes: float) -> float:
    """Return where a number of passes lies in a picture, from 0 at its left to 1 at its right.

    The closing pass has a fifth at most, as little is to be seen in it.
    """
    closing = min(0.2, 1 / (curve.passes + 1)) if curve.closing else 0.0
    share = min(passes / curve.passes, 1.0) if curve.passes else 0.0
    return share * (1 - closing) + min(max(0.0, passes - curve.passes), 1.0) * closing


def passes_shown(curve: Curve, most: int) -> list[float]:
    """Return the numbers on the axis of the passes; whole ones where there are enough of them."""
    numbers = round_numbers(0.0, curve.passes, most) if curve.passes else [0.0]
    whole = [number for number in numbers if number == int(number)]
    return whole if len(whole) > 2 else numbers


def state_of(curve: Curve) -> str:
    """Say how far the run is, in a sentence without a full stop."""
    all_of_it = f"{short(curve.passes)} pass{'es' if curve.passes != 1 else ''}"
    if curve.closing:
        all_of_it += " and the closing pass"
    if curve.final:
        return f"finished: {all_of_it}"
    if curve.done >= curve.passes and curve.closing:
        return f"not finished: in the closing pass, after {short(curve.passes)} passes"
    done = f"{short(curve.done)} of {short(curve.passes)}"
    return f"not finished: {done} passes are done{', the closing pass follows' * curve.closing}"


def described(curve: Curve) -> str:
    """Say in words what a picture of a curve shows, for those who do not see it."""
    parts = [f"Loss in nats per prediction over the passes; {state_of(curve)}."]
    if curve.points:
        first, last = curve.points[0], curve.points[-1]
        parts.append(
            f"Within the passes it goes from {decimals(first.loss)} to {decimals(last.loss)}."
        )
    if curve.losses and curve.losses[-1].held_out is not None:
        parts.append(f"Held out: {decimals(curve.losses[-1].held_out)}.")
    if curve.final and curve.final.loss is not None:
        parts.append(f"Exact loss of the final vectors: {decimals(curve.final.loss)}.")
    known = [(name, getattr(curve, key)) for key, name in LINES.items()]
    parts += [f"{name}: {decimals(loss)}." for name, loss in known if loss is not None]
    return " ".join(parts)


def decimals(loss: float, places: int = 4) -> str:
    """Return a loss as a text, with so many decimals unless it is far too large."""
    return f"{loss:.{places}f}" if abs(loss) < 1e6 else f"{loss:.3g}"


def perplexity(loss: float) -> str:
    """Return the perplexity of a loss as a text."""
    if loss > 700:
        return "more than 1e304"
    value = math.exp(loss)
    return f"{value:,.0f}" if 100 <= value < 1e6 else f"{value:.3g}"


def short(number: float) -> str:
    """Return a number of passes as a text: 2, 1.5, 0.48."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
