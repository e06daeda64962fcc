"""The page of a worked step, on which its reader can touch every number and go through the steps.

The page shows numbers and computes none: all of them are values of ``explain --json``.
"""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack, get_args

from w2vcli.errors import DivergedError, UsageError
from w2vcli.learning.example import ExampleStart
from w2vcli.learning.example_values import example_values
from w2vcli.learning.worked_example import work_out
from w2vcli.pictures.page import page
from w2vcli.system.plain_values import finite
from w2vcli.training.options import Arch

STEPS = 50
"""How many steps a page has if nobody says: on a short sentence p comes close to y by then."""

MOST_NUMBERS = 3_000_000
"""How many numbers a page may hold: a page of as many has 29 MB, and opens in some 4 seconds."""

_MATRICES = ("w_in", "w_out", "b")
_SCRIPTS = ("step_words", "step_formulas", "step_grid", "step_parts")


class ExampleOptions(TypedDict, total=False):
    """The options of ``work_out`` that all examples of a page share."""

    position: int | None
    window: int
    dim: int
    lr: float
    bias: bool
    smoothing: float
    prior: float
    seed: int


def step_page(
    sentence: Sequence[str],
    *,
    arch: Arch = "skipgram",
    start: ExampleStart = "random",
    steps: int = STEPS,
    **options: Unpack[ExampleOptions],
) -> str:
    """Work a step out for either architecture, from random numbers and from zeros; return a page.

    Its script finds in ``frame.data``: ``arch`` and ``start``, which are shown first, and
    ``examples[arch][start]``, the values of ``example_values``. Weights after a step are left out
    there, but for the last one: the next step begins with them. Numbers that are not finite are
    null.

    Parameters
    ----------
    sentence, steps, options
        As for ``work_out``.
    arch, start
        What the page shows first.

    Raises
    ------
    UsageError
        As ``work_out``; or if there would be too many numbers for a page.
    DivergedError
        As ``work_out``, whichever of the examples it is.
    """
    numbers = 4 * steps * len(set(sentence)) * (4 * options.get("dim", 3) + 8)
    if numbers > MOST_NUMBERS:
        raise UsageError(
            f"the page would hold some {numbers / 1e6:.0f} million numbers, too many for a "
            "browser; give fewer --steps, or a smaller --dim"
        )
    examples = {
        one: {
            other: _values(sentence, one, other, steps, options) for other in get_args(ExampleStart)
        }
        for one in get_args(Arch)
    }
    return page(
        "step",
        "One step of word2vec, number by number",
        {"arch": arch, "start": start, "examples": examples},
        parts=_SCRIPTS,
    )


def _values(
    sentence: Sequence[str], arch: Arch, start: ExampleStart, steps: int, options: ExampleOptions
) -> Any:  # noqa: ANN401 - plain values
    try:
        example = work_out(sentence, arch=arch, start=start, steps=steps, **options)
    except DivergedError as error:
        raise DivergedError(f"the page shows both architectures, and of {arch}: {error}") from None
    values = example_values(example)
    for step in values["steps"][:-1]:
        for name in _MATRICES:
            del step[f"{name}_after"]
    # Those of the first step are in it.
    del values["finite_differences"]
    return finite(values)
