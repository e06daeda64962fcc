"""Nearest words by cosine, answers to analogies, and words of similar spelling. NumPy only."""

import difflib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UNKNOWN_WORDS, UsageError, W2VError
from w2vcli.vectors.analogies import three_cos_add, three_cos_mul
from w2vcli.vectors.choices import AnalogyMethod, Vectors
from w2vcli.vectors.word_vectors import WordVectors

_ROWS = 1024
_SPELLINGS_AMONG = 30_000


class Neighbor(NamedTuple):
    """A word and its score as an answer."""

    word: str
    score: float


class UnknownWordsError(W2VError, LookupError):
    """A question contains ``words`` that the model does not know."""

    exit_code = UNKNOWN_WORDS

    def __init__(self, words: list[str]) -> None:
        named = ", ".join(f"'{word}'" for word in words)
        super().__init__(f"the model does not know the word{'s' * (len(words) > 1)} {named}")
        self.words = words


class VectorSpace:
    """The vectors of a model as directions.

    Parameters
    ----------
    model
        The model.
    vectors
        ``input`` (the rows of W_in), ``output`` (of W_out), their ``sum``, or ``both``: the two
        unit vectors side by side, so that a cosine is the mean of the cosines in both matrices. If
        None, ``both``, or ``input`` where words have one vector only.

    Raises
    ------
    UsageError
        If words have one vector only, and others are asked for.
    """

    def __init__(self, model: WordVectors, vectors: Vectors | None = None) -> None:
        if model.w_out is None and vectors not in (None, "input"):
            raise UsageError(
                f"--vectors {vectors}: {model.path or 'the model'} has one vector for each word, "
                "as it was imported; leave the option out"
            )
        self.model = model
        self._vectors: Vectors = vectors or ("input" if model.w_out is None else "both")
        self._norms: NDArray[np.float64] | None = None

    def directions(self, which: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the directions of some words: the product of two is their cosine.

        Returns
        -------
        directions
            float32 (n, d), or (n, 2 d) for ``both`` with two parts of equal length: unit vectors;
            zeros for a vector of zeros.
        """
        parts = self._parts(which)
        units = [part / (self._lengths(part)[:, None] * np.sqrt(len(parts))) for part in parts]
        return np.concatenate(units, axis=1).astype(np.float32)

    def _parts(self, which: slice | NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Return the vectors of some words: of one matrix, or of two side by side."""
        self.model.check_file()
        w_in = self.model.w_in[which]
        if self.model.w_out is None:
            return [w_in]
        w_out = self.model.w_out[which]
        if self._vectors == "sum":
            return [w_in + w_out]
        return {"input": [w_in], "output": [w_out], "both": [w_in, w_out]}[self._vectors]

    def _lengths(self, part: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the lengths of vectors, with 1 instead of 0, so that one can divide by them.

        Raises
        ------
        DataError
            If one is not finite. Every vector is checked here before it is used.
        """
        squares = np.einsum("ij,ij->i", part, part)
        self.model.check_finite(squares)
        return np.sqrt(np.where(squares > 0, squares, np.float32(1)))

    def similar(self, word: str, top: int = 10) -> list[Neighbor]:
        """Return the words of largest cosine with ``word``, the word itself left out.

        Raises
        ------
        UnknownWordsError
            If the model does not know the word.
        """
        (index,) = self._indices([word])
        (unit,) = self.directions(slice(index, index + 1))
        return self._best(self._cosines(unit), [index], top)

    def analogy(
        self, a: str, b: str, c: str, top: int = 10, method: AnalogyMethod = "add"
    ) -> list[Neighbor]:
        """Answer "a is to b as c is to ?", the three words themselves left out.

        Parameters
        ----------
        a, b, c
            The words of the question.
        top
            The number of answers.
        method
            ``add`` for 3CosAdd, ``mul`` for 3CosMul (``analogies``).

        Raises
        ------
        UnknownWordsError
            If the model does not know all three.
        """
        indices = self._indices([a, b, c])
        unit_a, unit_b, unit_c = self.directions(np.array(indices))
        if method == "add":
            target = three_cos_add(unit_a, unit_b, unit_c)
            scores = self._cosines(target / (np.linalg.norm(target) or np.float32(1)))
        else:
            scores = three_cos_mul(*(self._cosines(unit) for unit in (unit_a, unit_b, unit_c)))
        return self._best(scores, indices, top)

    def _indices(self, words: list[str]) -> list[int]:
        found = [self.model.find(word) for word in words]
        known = [index for index in found if index is not None]
        if len(known) < len(words):
            raise UnknownWordsError(
                [word for word, index in zip(words, found, strict=True) if index is None]
            )
        return known

    def _cosines(self, unit: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of every word's direction with another; that of zeros is 0.

        The vectors are read in parts that fit into the cache, and never copied as a whole: a
        question reads the file once.
        """
        cosines = np.zeros(len(self.model.words), dtype=np.float32)
        units = unit.reshape(-1, self.model.w_in.shape[1])
        known = self._norms is not None
        norms = self._norms if self._norms is not None else np.empty((len(units), len(cosines)))
        for start in range(0, len(cosines), _ROWS):
            which = slice(start, start + _ROWS)
            for number, part in enumerate(self._parts(which)):
                if not known:
                    norms[number, which] = self._lengths(part) * np.sqrt(len(units))
                cosines[which] += (part @ units[number]) / norms[number, which]
        self._norms = norms
        return cosines

    def _best(self, scores: NDArray[np.float32], without: list[int], top: int) -> list[Neighbor]:
        """Return the ``top`` best words, equals in the order of the vocabulary."""
        scores[without] = -np.inf
        top = min(top, len(scores) - len(set(without)))
        if top <= 0:
            return []
        least = np.partition(scores, len(scores) - top)[len(scores) - top]
        candidates = np.flatnonzero(scores >= least)
        order = candidates[np.argsort(-scores[candidates], kind="stable")][:top]
        return [Neighbor(self.model.words[i], float(scores[i])) for i in order.tolist()]


def near_spellings(word: str, words: list[str], count: int = 3) -> list[str]:
    """Return known words with a spelling like that of an unknown one, the most similar first.

    Words that differ only in case come first; the others are among the most frequent words.
    """
    folded = word.casefold()
    same = [known for known in words if known.casefold() == folded][:count]
    among = [known for known in words[:_SPELLINGS_AMONG] if abs(len(known) - len(word)) <= 2]
    close = difflib.get_close_matches(word, among, count, cutoff=0.75)
    return list(dict.fromkeys(same + close))[:count]
