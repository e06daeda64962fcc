"""How fast this machine makes words of n-grams: chooses them, and solves for their rows."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from w2vcli.training.composition import Composition
from w2vcli.training.options import TrainingOptions
from w2vcli.training.row_solver import GROUP, START_STEPS, STEPS, solve_rows


@dataclass(frozen=True)
class CompositionPace:
    """The pace of a run.

    Attributes
    ----------
    part
        The seconds for each entry of C (``composition``).
    """

    part: float

    def seconds(self, composition: Composition | None) -> float:
        """Return the seconds that a run with such a composition takes for it."""
        return self.part * len(composition.matrix.data) if composition else 0.0


def composition_pace(
    make: Callable[[], Composition | None], options: TrainingOptions, threads: int
) -> CompositionPace:
    """Make a composition, solve for some dimensions of its rows, and take the time.

    As in ``pace``, the kernels are loaded before.

    Parameters
    ----------
    make
        Makes the composition; None of words without n-grams, which take no time.
    options
        How the run trains: whether it solves for rows at its start and at its end, and of how many
        dimensions.
    threads
        The number of threads of the run.
    """
    begin = time.perf_counter()
    composition = make()
    made = time.perf_counter() - begin
    if composition is None:
        return CompositionPace(0.0)
    right = np.random.default_rng(0).standard_normal((composition.words, GROUP))
    begin = time.perf_counter()
    ridge = np.full(len(composition.ngrams), 1 / GROUP)
    solve_rows(composition.shared, np.ones((composition.words, 1)), right, ridge)
    solved = time.perf_counter() - begin
    times = START_STEPS / STEPS * (options.start == "spectral") + bool(options.closing)
    groups = -(-options.dim // GROUP)
    solving = times * solved * groups / min(threads, groups)
    return CompositionPace((made + solving) / max(1, len(composition.matrix.data)))
