"""Questions to the vectors: nearest words by cosine, and analogies. NumPy only."""

import difflib
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.model import Model

Vectors = Literal["input", "output", "sum"]
AnalogyMethod = Literal["add", "mul"]

_ROWS = 1024
_MUL_EPSILON = 1e-3
_SPELLINGS_AMONG = 30_000


class Neighbor(NamedTuple):
    """A word and how well it answers the question."""

    word: str
    score: float


class UnknownWordsError(LookupError):
    """A question names words that the model does not know; ``words`` has them."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(", ".join(words))
        self.words = words


class VectorSpace:
    """The vectors of a model as directions.

    Parameters
    ----------
    model
        Whose words and vectors.
    vectors
        ``input`` (the rows of W_in), ``output`` (of W_out), or their ``sum``.
    """

    def __init__(self, model: Model, vectors: Vectors = "sum") -> None:
        self.model = model
        self._vectors = vectors
        self._norms: NDArray[np.float32] | None = None

    def _rows(self, which: slice) -> NDArray[np.float32]:
        """Return some of the vectors."""
        if self._vectors == "sum":
            total: NDArray[np.float32] = self.model.w_in[which] + self.model.w_out[which]
            return total
        return (self.model.w_in if self._vectors == "input" else self.model.w_out)[which]

    def similar(self, word: str, top: int = 10) -> list[Neighbor]:
        """Return the words of largest cosine with ``word``, the word itself left out.

        Raises
        ------
        UnknownWordsError
            If the model does not know the word.
        """
        (index,) = self._indices([word])
        return self._best(self._cosines(self._unit(index)), [index], top)

    def analogy(
        self, a: str, b: str, c: str, top: int = 10, method: AnalogyMethod = "add"
    ) -> list[Neighbor]:
        """Answer "a is to b as c is to ?", the three words themselves left out.

        Parameters
        ----------
        a, b, c
            The words of the question.
        top
            How many answers.
        method
            ``add`` is 3CosAdd (Mikolov et al. 2013), the cosine with b - a + c of unit vectors;
            ``mul`` is 3CosMul (Levy & Goldberg 2014), cos(d, b) cos(d, c) / (cos(d, a) + 0.001)
            with cosines moved to [0, 1].

        Raises
        ------
        UnknownWordsError
            If the model does not know all three.
        """
        indices = self._indices([a, b, c])
        unit_a, unit_b, unit_c = (self._unit(index) for index in indices)
        if method == "add":
            target = unit_b - unit_a + unit_c
            scores = self._cosines(target / (np.linalg.norm(target) or np.float32(1)))
        else:
            to_a, to_b, to_c = ((self._cosines(u) + 1) / 2 for u in (unit_a, unit_b, unit_c))
            scores = (to_b * to_c / (to_a + _MUL_EPSILON)).astype(np.float32)
        return self._best(scores, indices, top)

    def _indices(self, words: list[str]) -> list[int]:
        found = [self.model.find(word) for word in words]
        known = [index for index in found if index is not None]
        if len(known) < len(words):
            raise UnknownWordsError(
                [word for word, index in zip(words, found, strict=True) if index is None]
            )
        return known

    def _unit(self, index: int) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self._rows(slice(index, index + 1))[0]
        return row / (np.linalg.norm(row) or np.float32(1))

    def _cosines(self, unit: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of every vector with a unit vector; that of zeros is 0.

        The vectors are taken part by part, while in cache, and a sum of matrices is never made
        whole: one question should not wait for more than one look at the file.
        """
        cosines = np.empty(len(self.model.words), dtype=np.float32)
        first_time = self._norms is None
        norms = np.empty_like(cosines) if self._norms is None else self._norms
        for start in range(0, len(cosines), _ROWS):
            which = slice(start, start + _ROWS)
            part = self._rows(which)
            if first_time:
                squares = np.einsum("ij,ij->i", part, part)
                norms[which] = np.sqrt(np.where(squares > 0, squares, np.float32(1)))
            np.divide(part @ unit, norms[which], out=cosines[which])
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
    """Return known words that are spelt like an unknown one, most alike first.

    Words that differ only in case come first; the others are sought among the frequent words.
    """
    folded = word.casefold()
    same = [known for known in words if known.casefold() == folded][:count]
    among = [known for known in words[:_SPELLINGS_AMONG] if abs(len(known) - len(word)) <= 2]
    close = difflib.get_close_matches(word, among, count, cutoff=0.75)
    return list(dict.fromkeys(same + close))[:count]
