"""gensim's SGNS trained as a process of its own; with ``--keep-peers`` once, and then kept.

Two sets of options: ``default`` is what gensim does unless told otherwise, ``best`` what a search
over its own options found. The search is repeated by

    PYTHONPATH=tests nice .venv/bin/python -m bench.gensim_runs TEXT [--similarity FOLDER]

with TEXT of a few million tokens: one option after the other takes each of its values, and the best
stays; the measure is the mean of two, the share of analogies and the mean of the similarity sets.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from bench import kept, peers
from bench.evaluation import ANALOGIES, MEAN, Judges, space_of
from bench.kept import Kept
from bench.setting import SHARED

_SGNS = {"sg": 1, "vector_size": 100, "workers": 2}
DEFAULT = {"negative": 5, "epochs": 5, "window": 5, "sample": 1e-3, "alpha": 0.025}
BEST = DEFAULT | {"epochs": 10, "alpha": 0.05, "window": 10, "negative": 10}
OPTIONS = {"default": DEFAULT, "best": BEST}
_SEARCHED = {
    "epochs": (5, 10),
    "sample": (1e-3, 1e-4),
    "alpha": (0.025, 0.05),
    "window": (5, 10),
    "negative": (5, 10, 15),
}


class GensimRun(Kept):
    """One training of gensim, and its vectors."""

    @property
    def words(self):
        return (self.folder / "words").read_text("utf-8").splitlines()

    def space(self, which):
        """Return its vectors as directions: W_in for ``input``, both matrices for the others."""
        vectors, outputs = (np.load(self.folder / f"{name}.npy") for name in ("vectors", "outputs"))
        return space_of(self.words, vectors, outputs, which)


def trained(interpreter, corpus, options, folder):
    """Train on a corpus, or return what an earlier call left in the folder (``kept``)."""
    found = kept.trained(
        "gensim", peers.REQUIREMENTS["gensim"], "peer_gensim.py", corpus, _SGNS | options, folder,
        interpreter,
    )  # fmt: skip
    return GensimRun(found.costs, found.folder, found.when)


def search(interpreter, corpus, judges, min_count, folder):
    """Yield the options, the verdict and the seconds of each training of the search."""
    best: dict = dict(DEFAULT)
    most = 0.0
    for option, values in _SEARCHED.items():
        tried = []
        for value in values:
            options = best | {option: value}
            run = trained(
                interpreter, corpus, options | {"min_count": min_count, "seed": 1}, folder
            )
            verdict = judges.verdict(run.space("input"))
            tried.append(((verdict["analogies"] + verdict[MEAN]) / 2, value))
            if value != best[option] or not most:
                yield options, verdict, run.costs["seconds"]
        most, best[option] = max(tried, key=lambda one: one[0])


def main():
    parser = argparse.ArgumentParser(description="Search for gensim's best options on a text.")
    parser.add_argument("text", type=Path)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--similarity", type=Path, default=SHARED)
    parser.add_argument("--min-count", type=int, default=5)
    arguments = parser.parse_args()
    judges = Judges.found(arguments.data, arguments.similarity)
    names = [*ANALOGIES, *judges.sets, MEAN]
    print(*DEFAULT, *names, "seconds", sep="\t", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for options, verdict, seconds in search(
            peers.interpreter("gensim"), arguments.text, judges, arguments.min_count, Path(folder)
        ):
            shown = [f"{verdict[name]:.3f}" for name in names]
            print(*options.values(), *shown, f"{seconds:.0f}", sep="\t", flush=True)


if __name__ == "__main__":
    main()
