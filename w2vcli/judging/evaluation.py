"""The quality of vectors: analogy questions, and similarity as people judge it. NumPy only.

The rules are those of gensim's ``evaluate_word_analogies`` and ``evaluate_word_pairs``, so that
scores can be compared:

* Only the first ``restrict`` words of a model take part (all, for None): they are the known words
  and the possible answers. A question or a pair with an unknown word is not answered.
* Words that differ only in case (that ``str.upper`` makes equal) count as one word, represented by
  the first of them, the most frequent. With ``case_sensitive`` every word is separate.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2vcli.errors import DataError, InputError
from w2vcli.system.threads import ordered_map, single_threaded_blas
from w2vcli.vectors.analogies import three_cos_add, three_cos_mul
from w2vcli.vectors.neighbors import VectorSpace

Question = tuple[str, str, str, str]
"""a, b, c, d: "a is to b as c is to ?", and the answer."""

Pair = tuple[str, str, float]
"""Two words, and how much alike people find them, on any scale."""

# Questions and words that are scored at once: their scores fit into the cache.
_QUESTIONS = 128
_WORDS = 2048
_NUMBER = re.compile(rb"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


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
    """Tallies: of each section, of those whose names begin with ``gram``, of the others, of all."""

    sections: dict[str, Tally]
    syntactic: Tally
    semantic: Tally
    total: Tally


@dataclass(frozen=True)
class SimilarityScore:
    """How many pairs there were, of how many both words are known, and Spearman's correlation.

    ``spearman`` is None where it is not defined: for fewer than two pairs, or if all are equal.
    """

    pairs: int
    answered: int
    spearman: float | None

    @property
    def coverage(self) -> float:
        """The share of the pairs that were answered."""
        return self.answered / self.pairs


def read_questions(path: Path) -> dict[str, list[Question]]:
    """Read analogy questions by section: lines of four words below lines ``: section``.

    Sections of the same name are one. Questions above the first have "" for a section.

    Raises
    ------
    InputError
        If the file cannot be read.
    DataError
        If it is not UTF-8, a line is not four words, or there are no questions.
    """
    sections: dict[str, list[Question]] = {}
    name = ""
    for number, line in _lines(path):
        if line.startswith(b":"):
            name = line[1:].strip().decode()
            sections.setdefault(name, [])
            continue
        words = [word.decode() for word in line.split()]
        if len(words) != 4:
            raise DataError(
                f"{path}, line {number}: expected four words or ': section', found {len(words)} "
                "word(s); put one question on each line"
            )
        a, b, c, d = words
        sections.setdefault(name, []).append((a, b, c, d))
    if not any(sections.values()):
        raise DataError(f"{path}: the file holds no questions; put four words on each line")
    return sections


def read_pairs(path: Path) -> list[Pair]:
    """Read pairs of words with a score, the first number after the words.

    A line is split at tabs; without tabs at commas; without either at white space. Lines that
    begin with ``#`` are comments, and a first line without a number is a header.

    Raises
    ------
    InputError
        If the file cannot be read.
    DataError
        If it is not UTF-8, a line is not two words and a number, or there are no pairs.
    """
    pairs: list[Pair] = []
    lines = [(number, line) for number, line in _lines(path) if not line.startswith(b"#")]
    for place, (number, line) in enumerate(lines):
        mark = next((mark for mark in (b"\t", b",") if mark in line), None)
        cells = [cell.strip() for cell in line.split(mark)]
        score = next((float(cell) for cell in cells[2:] if _NUMBER.fullmatch(cell)), None)
        if score is not None and all(cells[:2]):
            pairs.append((cells[0].decode(), cells[1].decode(), score))
        elif score is not None or place > 0:
            raise DataError(
                f"{path}, line {number}: expected two words and a number; "
                "separate them by tabs, commas or spaces"
            )
    if not pairs:
        raise DataError(f"{path}: the file holds no pairs; put two words and a number on each line")
    return pairs


def evaluate_analogies(
    space: VectorSpace,
    questions: Mapping[str, list[Question]],
    restrict: int | None = None,
    case_sensitive: bool = False,
    threads: int = 1,
) -> AnalogyScores:
    """Answer the questions of each section with 3CosAdd and 3CosMul, and count what is correct.

    The scores are those of ``VectorSpace.analogy``. An answer is none of the question's own words;
    of words with equal scores it is the first. For ``restrict`` and ``case_sensitive`` see the
    module; the result does not depend on ``threads``.
    """
    words = _Words(space.model.words[:restrict], case_sensitive)
    section_of = np.array(
        [place for place, section in enumerate(questions.values()) for _ in section], dtype=np.int64
    )
    ids = words.find(word for section in questions.values() for q in section for word in q)
    ids = ids.reshape(-1, 4)
    known = (ids >= 0).all(axis=1)
    correct = np.zeros((len(ids), 2), dtype=np.bool_)
    correct[known] = ids[known, 3:] == _answers(space, ids[known, :3], words.meant, threads)
    marks = np.column_stack([np.ones_like(known), known, correct])
    syntactic = np.array([name.startswith("gram") for name in questions], np.bool_)[section_of]
    return AnalogyScores(
        {name: _tally(marks[section_of == place]) for place, name in enumerate(questions)},
        _tally(marks[syntactic]),
        _tally(marks[~syntactic]),
        _tally(marks),
    )


def _tally(marks: NDArray[np.bool_]) -> Tally:
    return Tally(*marks.sum(axis=0).tolist())


def evaluate_similarity(
    space: VectorSpace,
    pairs: list[Pair],
    restrict: int | None = None,
    case_sensitive: bool = False,
) -> SimilarityScore:
    """Compare the cosines of one or more pairs of words with the scores that people gave them.

    For ``restrict`` and ``case_sensitive`` see the module.
    """
    words = _Words(space.model.words[:restrict], case_sensitive)
    ids = words.find(word for first, second, _ in pairs for word in (first, second)).reshape(-1, 2)
    known = (ids >= 0).all(axis=1)
    first, second = (space.directions(column) for column in ids[known].T)
    cosines = np.einsum("nd,nd->n", first, second)
    scores = np.array([score for _, _, score in pairs])[known]
    return SimilarityScore(len(pairs), len(scores), spearman(cosines, scores))


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


class _Words:
    """The words that take part; ``meant``, int64 (n,), has the word that represents each."""

    def __init__(self, words: list[str], case_sensitive: bool) -> None:
        self._fold = str if case_sensitive else str.upper
        self._first: dict[str, int] = {}
        firsts = (self._first.setdefault(self._fold(word), i) for i, word in enumerate(words))
        self.meant = np.fromiter(firsts, np.int64, len(words))

    def find(self, words: Iterable[str]) -> NDArray[np.int64]:
        """Return the word that represents each of some words; -1 for an unknown one."""
        return np.array([self._first.get(self._fold(word), -1) for word in words], dtype=np.int64)


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


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file in UTF-8 that are not blank, with their numbers."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the path") from None
    for number, line in enumerate(text.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path}, line {number}, byte {error.start + 1}: 0x{line[error.start]:02x} is not "
                "valid UTF-8; convert the file to UTF-8 (for example with iconv)"
            ) from None
        if line.strip():
            yield number, line
