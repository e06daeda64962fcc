"""How good vectors are, by the package's own evaluation: the same code for ours and for gensim's.

That it agrees with gensim's is held by ``tests/judging/test_gensim_agreement.py``.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from w2vcli.errors import DataError
from w2vcli.judging.evaluation import (
    Pair,
    Question,
    evaluate_analogies,
    evaluate_similarity,
    read_pairs,
    read_questions,
)
from w2vcli.system.threads import processors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

ANALOGIES = {
    "analogies": "analogies, all",
    "semantic": "analogies, semantic",
    "syntactic": "analogies, syntactic",
}
MEAN = "mean"
_SUFFIXES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Judges:
    """What vectors are judged by.

    Attributes
    ----------
    questions
        Analogies by section.
    sets
        Pairs of words with the likeness that people see, by the name of the set.
    """

    questions: dict[str, list[Question]]
    sets: dict[str, list[Pair]]

    @classmethod
    def found(cls, data, similarity):
        """Read the analogies of one folder, and the sets that are found in another."""
        return cls(read_questions(data / "questions-words.txt"), similarity_sets(similarity))

    @property
    def names(self):
        """What each number of a verdict is called in a table."""
        sets = {name: f"{name}, Spearman" for name in self.sets}
        return ANALOGIES | sets | {MEAN: f"mean of {len(sets)} sets"}

    def verdict(self, space):
        """Return shares of analogies that 3CosAdd solves, and Spearman's rank correlations.

        What is not defined, as no word of it is known, is NaN, and no part of the mean.
        """
        scores = evaluate_analogies(space, self.questions, threads=processors())
        found = {
            "analogies": scores.total.accuracy_add,
            "semantic": scores.semantic.accuracy_add,
            "syntactic": scores.syntactic.accuracy_add,
        }
        found |= {
            name: evaluate_similarity(space, pairs).spearman for name, pairs in self.sets.items()
        }
        known = {name: math.nan if value is None else value for name, value in found.items()}
        defined = [known[name] for name in self.sets if not math.isnan(known[name])]
        mean = sum(defined) / len(defined) if defined else math.nan
        return known | {MEAN: mean, "questions": scores.total.answered}


def similarity_sets(folder):
    """Return the pairs of each file of a folder that holds pairs of words with a number."""
    sets = {}
    for path in sorted(Path(folder).iterdir()):
        if path.suffix in _SUFFIXES and path.is_file():
            try:
                sets[path.stem] = read_pairs(path)
            except DataError:  # a text, or questions
                continue
    return sets


def space_of(words, vectors, outputs, which):
    """Return vectors of a peer as directions of words: ``input``, ``sum`` or ``both``, as ours."""
    model = Model(words, np.zeros(len(words), np.int64), vectors, outputs, vectors[:, 0])
    return VectorSpace(model, which)
