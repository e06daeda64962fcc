"""How good vectors are, by the package's own evaluation: the same code for ours and for gensim's.

That it agrees with gensim's is held by ``tests/judging/test_gensim_agreement.py``.
"""

import math

import numpy as np

from w2vcli.judging.evaluation import (
    evaluate_analogies,
    evaluate_similarity,
    read_pairs,
    read_questions,
)
from w2vcli.system.threads import processors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

QUALITIES = {
    "analogies": "analogies, all",
    "semantic": "analogies, semantic",
    "syntactic": "analogies, syntactic",
    "ws353": "WordSim-353, Spearman",
    "simlex999": "SimLex-999, Spearman",
}


def verdict(space, data):
    """Return shares of analogies that 3CosAdd solves, and Spearman's rank correlations."""
    scores = evaluate_analogies(
        space, read_questions(data / "questions-words.txt"), threads=processors()
    )
    similarity = {
        name: evaluate_similarity(space, read_pairs(data / file)).spearman
        for name, file in (("ws353", "wordsim353.tsv"), ("simlex999", "simlex999.tsv"))
    }
    found = {
        "analogies": scores.total.accuracy_add,
        "semantic": scores.semantic.accuracy_add,
        "syntactic": scores.syntactic.accuracy_add,
        **similarity,
    }
    known = {name: math.nan if value is None else value for name, value in found.items()}
    return known | {"questions": scores.total.answered}


def space_of(words, vectors):
    """Return the vectors of a peer as directions of words."""
    model = Model(words, np.zeros(len(words), np.int64), vectors, vectors, vectors[:, 0])
    return VectorSpace(model, "input")
