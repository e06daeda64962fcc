"""The quality of vectors: analogy questions, and similarity as people judge it. NumPy only.

The rules are those of gensim's ``evaluate_word_analogies`` and ``evaluate_word_pairs``, so that
scores can be compared:

* Only the first ``restrict`` words of a model take part (all, for None): they are the known words
  and the possible answers. A question or a pair with an unknown word is not answered.
* Words that differ only in case (that ``str.upper`` makes equal) count as one word, represented by
  the first of them, the most frequent. With ``case_sensitive`` every word is separate.

With ``oov`` questions and pairs with unseen words (``vectors.lookup``) are answered too, and they
are counted apart, so that the other scores stay what they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2vcli.judging.judged_words import JudgedWords
from w2vcli.judging.judgements import Pair as Pair
from w2vcli.judging.judgements import Question as Question
from w2vcli.judging.judgements import read_pairs as read_pairs
from w2vcli.judging.judgements import read_questions as read_questions
from w2vcli.system.threads import ordered_map, single_threaded_blas
from w2vcli.vectors.analogies import three_cos_add, three_cos_mul
from w2vcli.vectors.neighbors import VectorSpace

# Questions and words that are scored at once: their scores fit into the cache.
_QUESTIONS = 128
_WORDS = 2048


@dataclass(frozen=True)
class Tally:
    """How many questions were asked, answered, and answered correctly by 3CosAdd and 3CosMul."""

    asked: int
    answered: int
    correct_add: int
    correct_mul: int

    @property
    def accuracy_add(self) -> float | None:
        """The share of the answered questions that 3CosAdd answers correctly; None of none."""
        return self.correct_add / self.answered if self.answered else None

    @property
    def accuracy_mul(self) -> float | None:
        """The same for 3CosMul."""
        return self.correct_mul / self.answered if self.answered else None


@dataclass(frozen=True)
class AnalogyScores:
    """Tallies: of each section, of those whose names begin with ``gram``, of the others, of all.

    With ``oov`` also ``unseen``, of the questions that these leave unanswered (of which those are
    answered that unseen words are in), and ``with_unseen``, of all; else None.
    """

    sections: dict[str, Tally]
    syntactic: Tally
    semantic: Tally
    total: Tally
    unseen: "AnalogyScores | None" = None
    with_unseen: "AnalogyScores | None" = None


@dataclass(frozen=True)
class SimilarityScore:
    """How many pairs there were, of how many both words are known, and Spearman's correlation.

    ``spearman`` is None where it is not defined: for fewer than two pairs, or if all are equal.
    With ``oov`` there are also ``unseen``, of the pairs that these leave unanswered (of which those
    are answered that unseen words are in), and ``with_unseen``, of all; else None.
    """

    pairs: int
    answered: int
    spearman: float | None
    unseen: "SimilarityScore | None" = None
    with_unseen: "SimilarityScore | None" = None

    @property
    def coverage(self) -> float:
        """The share of the pairs that were answered; 1 of none."""
        return self.answered / self.pairs if self.pairs else 1.0


def evaluate_analogies(
    space: VectorSpace,
    questions: Mapping[str, list[Question]],
    restrict: int | None = None,
    case_sensitive: bool = False,
    threads: int = 1,
    oov: bool = False,
) -> AnalogyScores:
    """Answer the questions of each section with 3CosAdd and 3CosMul, and count what is correct.

    The scores are those of ``VectorSpace.analogy``. An answer is none of the question's own words;
    of words with equal scores it is the first. For ``restrict``, ``case_sensitive`` and ``oov`` see
    the module: a, b and c may be unseen, and d, the answer, is a known word. The result does not
    depend on ``threads``.
    """
    words = JudgedWords(space.lookup, restrict, case_sensitive, oov)
    section_of = np.array(
        [place for place, section in enumerate(questions.values()) for _ in section], dtype=np.int64
    )
    ids = words.find(word for section in questions.values() for q in section for word in q)
    ids = ids.reshape(-1, 4)
    size = len(space.model.words)
    known = np.all((ids >= 0) & (ids < size), axis=1)
    correct = np.zeros((len(ids), 2), dtype=np.bool_)
    correct[known] = ids[known, 3:] == _answers(space, ids[known, :3], words.meant, threads)
    syntactic = np.array([name.startswith("gram") for name in questions], np.bool_)[section_of]

    def scores(asked: NDArray[np.bool_], answered: NDArray[np.bool_]) -> AnalogyScores:
        marks = np.column_stack([asked, answered, correct]) & asked[:, None]
        return AnalogyScores(
            {name: _tally(marks[section_of == place]) for place, name in enumerate(questions)},
            _tally(marks[syntactic]),
            _tally(marks[~syntactic]),
            _tally(marks),
        )

    every = np.ones_like(known)
    found = scores(every, known)
    if not oov:
        return found
    # Apart from the others: what BLAS makes of a product may depend on how many rows it has.
    unseen = ~known & np.all(ids >= 0, axis=1) & (ids[:, 3] < size)
    correct[unseen] = ids[unseen, 3:] == _answers(space, ids[unseen, :3], words.meant, threads)
    return replace(found, unseen=scores(~known, unseen), with_unseen=scores(every, known | unseen))


def _tally(marks: NDArray[np.bool_]) -> Tally:
    return Tally(*marks.sum(axis=0).tolist())


def evaluate_similarity(
    space: VectorSpace,
    pairs: list[Pair],
    restrict: int | None = None,
    case_sensitive: bool = False,
    oov: bool = False,
) -> SimilarityScore:
    """Compare the cosines of one or more pairs of words with the scores that people gave them.

    For ``restrict``, ``case_sensitive`` and ``oov`` see the module.
    """
    words = JudgedWords(space.lookup, restrict, case_sensitive, oov)
    ids = words.find(word for first, second, _ in pairs for word in (first, second)).reshape(-1, 2)
    people = np.array([score for _, _, score in pairs])

    def score(asked: int, answered: NDArray[np.bool_]) -> SimilarityScore:
        first, second = (space.directions(column) for column in ids[answered].T)
        cosines = np.einsum("nd,nd->n", first, second)
        return SimilarityScore(asked, len(cosines), spearman(cosines, people[answered]))

    known = np.all((ids >= 0) & (ids < len(space.model.words)), axis=1)
    found = score(len(pairs), known)
    if not oov:
        return found
    every = np.all(ids >= 0, axis=1)
    unseen = score(len(pairs) - found.answered, every & ~known)
    return replace(found, unseen=unseen, with_unseen=score(len(pairs), every))


def spearman(x: ArrayLike, y: ArrayLike) -> float | None:
    """Return Spearman's rank correlation of two lists, equally long; None if one does not vary."""
    x, y = _ranks(x), _ranks(y)
    scale = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / scale) if scale else None


def _ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Return the ranks minus their mean; equal values share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = np.cumsum(counts) - (counts + len(places)) / 2
    return ranks[places]


def _answers(
    space: VectorSpace, questions: NDArray[np.int64], meant: NDArray[np.int64], threads: int
) -> NDArray[np.int64]:
    """Answer questions a, b, c, int64 (n, 3), with 3CosAdd and 3CosMul.

    Returns
    -------
    answers
        int64 (n, 2): representatives as in ``meant``; -1 if the question names all words.
    """
    # There are many questions, but few words in them: one matrix product gives the cosines of all
    # these words with a part of the vocabulary, and a question uses three of its rows.
    asked, places = np.unique(questions, return_inverse=True)
    a, b, c = places.reshape(-1, 3).T
    directions = space.directions(asked)

    def best_from(start: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the best scores among some words, and the words that have them, (n, 2)."""
        here = meant[start : start + _WORDS]
        cosines = directions @ space.directions(slice(start, start + len(here))).T
        named = np.flatnonzero(np.isin(here, asked))
        best = np.empty((len(questions), 2), dtype=np.float32)
        words = np.empty((len(questions), 2), dtype=np.int64)
        for first in range(0, len(questions), _QUESTIONS):
            some = slice(first, first + _QUESTIONS)
            to_a, to_b, to_c = cosines[a[some]], cosines[b[some]], cosines[c[some]]
            own, columns = np.nonzero((questions[some, :, None] == here[named]).any(axis=1))
            # 3CosAdd is not divided by |b - a + c| here: the order of the words is the same.
            both = three_cos_add(to_a, to_b, to_c), three_cos_mul(to_a, to_b, to_c)
            for method, scores in enumerate(both):
                scores[own, named[columns]] = -np.inf
                words[some, method] = scores.argmax(axis=1)
                best[some, method] = scores.max(axis=1)
        return best, here[words]

    best = np.full((len(questions), 2), -np.inf, dtype=np.float32)
    answers = np.full((len(questions), 2), -1, dtype=np.int64)
    with single_threaded_blas():
        for scores, words in ordered_map(best_from, range(0, len(meant), _WORDS), threads):
            better = scores > best
            best[better] = scores[better]
            answers[better] = words[better]
    return answers
