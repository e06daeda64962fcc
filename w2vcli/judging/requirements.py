"""What is required of a model: reading ``validation_loss <= 1.02 * previous``.

    requirement   MEASURE  <= or < or >= or >  BOUND
    BOUND         NUMBER, or previous: also times a number, and plus or minus one

It is read by hand: nothing of it is ever executed.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, NamedTuple, TypeAlias

from w2vcli.errors import UsageError

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "<=": (operator.le, "above"),
    "<": (operator.lt, "not below"),
    ">=": (operator.ge, "below"),
    ">": (operator.gt, "not above"),
}
"""What each means, and what a number is that does not meet it."""

_EXAMPLE = "write it as in 'words >= 0.9 * previous'"
_BOUNDS = "write a number, previous, 1.02 * previous, previous + 0.1 or previous - 0.1"
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_]\w*(?:-[A-Za-z_]\w*)*)"
    r"|(?P<sign>[<>=!]+|[-+*])"
    r"|(?P<other>\S))"
)


class Measure(NamedTuple):
    """What can be measured.

    ``has_previous`` says whether an earlier model has this number too, so that ``previous`` may
    stand in a bound; ``is_change`` that it is itself measured from the earlier model to the new
    one.
    """

    has_previous: bool = True
    is_change: bool = False


_ALONE = Measure(has_previous=False)
Command: TypeAlias = Literal["train", "eval", "compare"]
_MEASURES: dict[Command, dict[str, Measure]] = {
    "train": dict.fromkeys(
        (
            "validation_loss",
            "validation_gain",
            "loss",
            "analogies",
            "similarity",
            "words",
            "tokens",
        ),
        Measure(),
    )
    | {"overlap": Measure(has_previous=False, is_change=True)},
    "eval": dict.fromkeys(
        ("analogies", "similarity", "perplexity", "loss", "smoothed_loss", "words"), _ALONE
    ),
    "compare": dict.fromkeys(
        ("overlap", "mean_overlap", "mean_cosine", "median_cosine", "shared", "new", "gone"), _ALONE
    )
    | dict.fromkeys(("words", "tokens"), Measure()),
}
"""What each command measures."""


@dataclass(frozen=True)
class Requirement:
    """A bound on a measure.

    Attributes
    ----------
    measure
        Its name.
    comparison
        One of ``<=``, ``<``, ``>=`` and ``>``.
    bound
        The bound as it was written, with single spaces.
    factor, offset
        What it is: ``factor * previous + offset``, or the offset alone where the factor is None.
    is_change
        As for ``Measure``.
    """

    measure: str
    comparison: str
    bound: str
    factor: float | None
    offset: float
    is_change: bool = False

    @property
    def text(self) -> str:
        """The requirement as it was written, with single spaces."""
        return f"{self.measure} {self.comparison} {self.bound}"

    @property
    def needs_previous(self) -> bool:
        """Whether it compares with an earlier model."""
        return self.is_change or self.factor is not None


def parsed(text: str, command: Command, lacking: Mapping[str, str]) -> Requirement:
    """Read a requirement.

    Parameters
    ----------
    text
        Such as ``words >= 0.9 * previous``; white space does not matter.
    command
        Which command measures: each has measures of its own.
    lacking
        The measures of it that cannot be had now, and what they need.

    Raises
    ------
    UsageError
        If it is no requirement, names an unknown measure or one that is lacking, or compares with
        ``previous`` where there is no such number.
    """
    measures = _MEASURES[command]
    tokens = [
        (match.lastgroup or "", match[match.lastgroup or 0]) for match in _TOKEN.finditer(text)
    ]

    def wrong(why: str) -> UsageError:
        return UsageError(f"--require '{text}': {why}")

    if not tokens:
        raise wrong(f"there is nothing in it; {_EXAMPLE}")
    (kind, name), *rest = tokens
    known = f"the measures of {command} are {', '.join(measures)}"
    if kind != "name":
        raise wrong(f"'{name}' is no measure, with which it begins; {known}")
    if name not in measures:
        close = get_close_matches(name.lower().replace("-", "_"), measures, 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise wrong(f"there is no measure '{name}'{hint}; {known}")
    if not rest or rest[0][1] not in COMPARISONS:
        found = f"'{rest[0][1]}' is no comparison" if rest else "a comparison is missing"
        raise wrong(f"{found} after '{name}': that is <=, <, >= or >; {_EXAMPLE}")
    comparison, bound = rest[0][1], rest[1:]
    shown = " ".join(token for _, token in bound)
    if bound[0:1] == [("sign", "-")]:
        shown = shown.replace("- ", "-", 1)
    found_bound = _bound(bound)
    if found_bound is None:
        what = f"'{shown}' is no bound" if bound else "a bound is missing"
        raise wrong(f"{what}; {_BOUNDS}")
    factor, offset = found_bound
    if not (math.isfinite(offset) and math.isfinite(factor or 0.0)):
        raise wrong("a number in it is too large")
    measure = measures[name]
    if factor is not None and not measure.has_previous:
        raise wrong(f"{command} knows no previous {name}; give a number")
    if name in lacking:
        raise wrong(lacking[name])
    return Requirement(name, comparison, shown, factor, offset, measure.is_change)


def _bound(tokens: Sequence[tuple[str, str]]) -> tuple[float | None, float] | None:
    """Return the factor of ``previous`` (None where it is not named) and the offset, if right."""
    shape = " ".join(kind if kind == "number" else token for kind, token in tokens)
    numbers = [float(token) for kind, token in tokens if kind == "number"]
    if shape in ("number", "- number"):
        return None, -numbers[0] if shape[0] == "-" else numbers[0]
    found = re.fullmatch(r"(number \* )?previous(?(1)|(?: \* number)?)( [-+] number)?", shape)
    if not found:
        return None
    offset = 0.0
    if found[2]:
        offset = numbers.pop() * (-1 if "-" in found[2] else 1)
    return (numbers[0] if numbers else 1.0), offset
