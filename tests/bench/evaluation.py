"""Word vectors against human judgement: the same code for every model. NumPy only."""

import numpy as np


class Judge:
    """Judges vectors of some words by analogies and by word similarity.

    The words are lower-cased, theirs and those of the tests; of words that become equal the first,
    the most frequent, stands. Questions with a word that is not in the vocabulary are left out.
    """

    def __init__(self, words, vectors, data):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        self._unit = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        self._ids = {}
        for index, word in enumerate(words):
            self._ids.setdefault(word.lower(), index)
        self._data = data

    def verdict(self):
        """Return shares of analogies that are solved, and rank correlations."""
        questions, syntactic = self._questions()
        right = self._solved(questions)
        return {
            "analogies": _mean(right),
            "semantic": _mean(right[~syntactic]),
            "syntactic": _mean(right[syntactic]),
            "questions": len(right),
            "ws353": self._similarity("wordsim353.tsv"),
            "simlex999": self._similarity("simlex999.tsv"),
        }

    def _questions(self):
        """Return ids (n, 4) of the questions a, b, c, d, and which of them are on syntax."""
        questions, syntactic, section = [], [], ""
        for line in (self._data / "questions-words.txt").read_text("utf-8").splitlines():
            if line.startswith(":"):
                section = line[1:].strip()
                continue
            ids = [self._ids.get(word.lower(), -1) for word in line.split()]
            if min(ids) >= 0:
                questions.append(ids)
                syntactic.append(section.startswith("gram"))
        return np.array(questions, int).reshape(-1, 4), np.array(syntactic, bool)

    def _solved(self, questions, rows=500):
        """3CosAdd over the whole vocabulary without a, b and c: is d nearest to b - a + c?"""
        right = [np.empty(0, bool)]
        for start in range(0, len(questions), rows):
            a, b, c, d = questions[start : start + rows].T
            cosines = (self._unit[b] - self._unit[a] + self._unit[c]) @ self._unit.T
            for asked in (a, b, c):
                cosines[np.arange(len(asked)), asked] = -np.inf
            right.append(cosines.argmax(axis=1) == d)
        return np.concatenate(right)

    def _similarity(self, name):
        """Spearman's rank correlation of cosines and human scores."""
        cosines, scores = [], []
        for line in (self._data / name).read_text("utf-8").splitlines():
            first, second, score = line.split("\t")[:3]
            i, j = self._ids.get(first.lower()), self._ids.get(second.lower())
            if i is not None and j is not None:
                cosines.append(float(self._unit[i] @ self._unit[j]))
                scores.append(float(score))
        if len(scores) < 2:
            return float("nan")
        return float(np.corrcoef(_ranks(cosines), _ranks(scores))[0, 1])


def _ranks(values):
    """Ranks from 0; equal values share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[places]


def _mean(right):
    return float(right.mean()) if len(right) else float("nan")
