"""Which rows of W_in a word's vector is made of: its own, and those of its n-grams.

Without n-grams the vector of a word is its row of W_in. With them W_in has R = V + G rows, one for
each word and one for each n-gram, and the vectors are C W_in: row c of the sparse matrix C, (V, R),
takes the mean of the word's own row and the rows of its k n-grams, one that occurs twice counting
twice::

    v_c = (w_c + sum_g z_g) / (k + 1)        or, without own rows, v_c = sum_g z_g / k

A hidden vector is A C W_in, so blocks (``softmax.blocks``) whose A is replaced by A C are all that
gradient descent needs to know: in skip-gram the vector still depends on the centre word alone, so
that pair counts are enough, and the softmax is as exact as without.

The prior is over rows, (1/2) sum_r lambda_r |row r|^2. An own row enters by its part of the mean,
w_c / (k + 1), which without n-grams is the whole vector, and has there::

    lambda (OWN + n_c / HELD . n_c / (n_c + FREE))

n_c is how much the text says of the word (``evidence_of``). So the likeness of words of the same
n-grams does not vanish where a word is frequent: with lambda alone the own part of a frequent word
would take up all that its n-grams leave, and these would be learnt from rare words alone. A rare
word is freer than without n-grams: what all of them leave is small. The row of an n-gram has
lambda SHARED: it is one of many in a mean, and many words speak for it.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.softmax.blocks import Block, BlockSource
from w2vcli.softmax.csr import Csr
from w2vcli.system.compiler import Array, jit
from w2vcli.text.ngrams import NgramRange
from w2vcli.training.options import TrainingOptions

OWN = 0.3
HELD = 20.0
FREE = 1000.0
"""How much the text has to say of a word for its own row to be held back."""

SHARED = 1 / 100


@dataclass(frozen=True)
class Composition:
    """Of which rows of W_in the vectors of words are made.

    Attributes
    ----------
    range
        How many characters the n-grams have.
    ngrams
        The n-grams that have a row, in rising order; that of ``ngrams[i]`` is row V + i.
    matrix
        C, float64 CSR (V, R).
    """

    range: NgramRange
    ngrams: list[str]
    matrix: Csr

    @classmethod
    def of(
        cls,
        words: list[str],
        lengths: NgramRange,
        least: int = 1,
        most: int | None = None,
        word_rows: bool = True,
    ) -> "Composition":
        """Choose n-grams, and make C.

        Parameters
        ----------
        words
            The vocabulary.
        lengths
            How many characters the n-grams have.
        least
            In how many words an n-gram has to occur.
        most
            How many n-grams there may be: those that are in most words; None for all.
        word_rows
            Whether words have rows of their own. Without, only a word without any n-gram has one.

        Raises
        ------
        UsageError
            If no n-gram is left.
        """
        found = Counter[str]()
        for word in words:
            found.update(set(lengths.in_training(word)))
        kept = sorted(ngram for ngram, in_words in found.items() if in_words >= least)
        if most is not None and len(kept) > most:
            kept = sorted(sorted(kept, key=lambda ngram: -found[ngram])[:most])
        if not kept:
            where = "any word of the vocabulary; "
            if least > 1:
                where = (
                    f"at least {least:,} words of the vocabulary, which has {len(words):,}; lower "
                    "--subword-min-count, or "
                )
            raise UsageError(
                f"--subwords {lengths}: no n-gram of so many characters is in {where}name other "
                "lengths"
            )
        rows = {ngram: len(words) + number for number, ngram in enumerate(kept)}
        indptr = np.zeros(len(words) + 1, np.int64)
        indices, data = array("i"), array("d")  # there may be millions
        for number, word in enumerate(words):
            own = Counter(rows[ngram] for ngram in lengths.in_training(word) if ngram in rows)
            has_row = word_rows or not own
            parts = own.total() + has_row
            if has_row:
                indices.append(number)
                data.append(1 / parts)
            for row, times in sorted(own.items()):
                indices.append(row)
                data.append(times / parts)
            indptr[number + 1] = len(indices)
        matrix = Csr(indptr, np.array(indices, np.int32), np.array(data, np.float64))
        return cls(lengths, kept, matrix)

    @property
    def words(self) -> int:
        """V."""
        return len(self.matrix.indptr) - 1

    @property
    def rows(self) -> int:
        """R."""
        return self.words + len(self.ngrams)

    @cached_property
    def own(self) -> NDArray[np.float64]:
        """The weight of each word's own row in its vector, float64 (V,); 0 where it has none."""
        weights = np.zeros(self.words)
        of_word = np.repeat(np.arange(self.words), np.diff(self.matrix.indptr))
        is_own = self.matrix.indices < self.words
        weights[of_word[is_own]] = self.matrix.data[is_own]
        return weights

    @cached_property
    def shared(self) -> Csr:
        """C without the own rows, (V, G): the weights of n-grams alone."""
        is_ngram = self.matrix.indices >= self.words
        kept = np.concatenate([[0], np.cumsum(is_ngram)])[self.matrix.indptr]
        indices = self.matrix.indices[is_ngram] - np.int32(self.words)
        return Csr(kept.astype(np.int64), indices, self.matrix.data[is_ngram])

    def own_prior(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what of lambda the own part of each word has, float64 (V,)."""
        return OWN + evidence / HELD * (evidence / (evidence + FREE))


def composition_of(words: list[str], options: TrainingOptions) -> Composition | None:
    """Return of which rows words are made with these options; None without n-grams.

    Raises
    ------
    UsageError
        If no n-gram is left.
    """
    lengths = options.ngram_range
    if lengths is None:
        return None
    least, most = options.subword_min_count, options.max_subwords
    return Composition.of(words, lengths, least, most, options.word_rows)


@dataclass(frozen=True)
class ComposedBlocks:
    """A source of blocks in which words stand for the rows that they are made of.

    Attributes
    ----------
    source
        The corpus as blocks of words.
    composition
        Of which rows words are made.
    evidence
        float64 (V,): how much the text says of each word.
    """

    source: BlockSource
    composition: Composition
    evidence: NDArray[np.float64]

    @property
    def pairs(self) -> Csr | None:
        """Those of the source: of words."""
        return self.source.pairs

    @property
    def largest(self) -> int:
        """The largest number of rows of a block."""
        return self.source.largest

    @property
    def typical(self) -> int:
        """The number of rows of a block of a shuffled pass, on average."""
        return self.source.typical

    @property
    def every(self) -> int:
        """The number of blocks of a pass that is not shuffled."""
        return self.source.every

    def __len__(self) -> int:
        return len(self.source)

    def blocks(self, order: np.random.Generator | None = None, skip: int = 0) -> Iterator[Block]:
        """Yield the blocks of the source, with A C in the place of A."""
        for block in self.source.blocks(order, skip):
            yield self._composed(block)

    def _composed(self, block: Block) -> Block:
        found = _compose(*block.inputs, block.shares, *self.composition.matrix, self._parts)
        indptr, indices, data, shares = found
        return block._replace(inputs=Csr(indptr, indices, data), shares=shares)

    @cached_property
    def _parts(self) -> NDArray[np.float64]:
        """What each entry of C has of the prior of its row, float64, as the entries of C.

        An own row belongs to its word; an n-gram's is divided among its words by their weights.
        """
        composition = self.composition
        indices, data = composition.matrix.indices, np.asarray(composition.matrix.data, np.float64)
        words = composition.words
        wholes = np.bincount(indices, data, composition.rows)
        parts: NDArray[np.float64] = data / wholes[indices]
        is_own = indices < words
        parts[~is_own] *= SHARED
        own = indices[is_own]
        parts[is_own] = data[is_own] ** 2 * composition.own_prior(self.evidence)[own]
        return parts


def evidence_of(source: BlockSource, size: int) -> NDArray[np.float64]:
    """Return how much a text says of each word's vector, float64 (V,).

    That is the sum over all predictions of their target weight times the square of the word's
    weight in the hidden vector, as in the second derivative of the loss. In skip-gram it is the sum
    of the word's target weights.
    """
    evidence = np.zeros(size)
    for block in source.blocks():
        targets, inputs = block.targets, block.inputs
        # Between neighbouring bounds, as no row is empty: every prediction has a target.
        mass = np.add.reduceat(targets.data.astype(np.float64), targets.indptr[:-1])
        weights = np.square(np.asarray(inputs.data, np.float64))
        weights *= np.repeat(mass, np.diff(inputs.indptr))
        evidence += np.bincount(inputs.indices, weights, size)
    return evidence


@jit
def _compose(
    indptr: Array,
    indices: Array,
    data: Array,
    shares: Array,
    c_indptr: Array,
    c_indices: Array,
    c_data: Array,
    c_parts: Array,
) -> tuple[Array, Array, Array, Array]:
    """Return A C, row by row without adding up equal columns, and the shares of its entries."""
    begins = np.zeros(len(indptr), np.int64)
    for row in range(len(indptr) - 1):
        length = 0
        for k in range(indptr[row], indptr[row + 1]):
            word = indices[k]
            length += c_indptr[word + 1] - c_indptr[word]
        begins[row + 1] = begins[row] + length
    columns = np.empty(begins[-1], np.int32)
    values = np.empty(begins[-1])
    parts = np.empty(begins[-1])
    n = 0
    for k in range(indptr[-1]):
        word = indices[k]
        for e in range(c_indptr[word], c_indptr[word + 1]):
            columns[n] = c_indices[e]
            values[n] = data[k] * c_data[e]
            parts[n] = shares[k] * c_parts[e]
            n += 1
    return begins, columns, values, parts
