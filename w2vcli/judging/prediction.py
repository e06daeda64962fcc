"""Predictions of a model: probabilities of words around a word or in a gap, and of a text.

They need the exact softmax: a model trained by sampling has scores without a normaliser. Contexts
are made by ``training.sources`` with the model's own windows, weights and subsampling. The
smoothing of training's targets is undone (``training.weights``), so these are probabilities of the
text as it is; for a model without smoothing, those whose logarithms add up to the loss of training.

What is predicted is a word of the vocabulary. What it is predicted from may be an unseen word
(``vectors.lookup``): a word of skip-gram with its own hidden vector, or one of a CBOW context, with
the weight of a word that subsampling always keeps.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from w2vcli.softmax.blocks import gather
from w2vcli.softmax.csr import Csr, columns_between
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.sweeps import Matrix
from w2vcli.system.threads import Team, processors
from w2vcli.text.phrases import PhraseTable
from w2vcli.text.preparation import Preparation
from w2vcli.text.tokens import UNKNOWN, TokenStream
from w2vcli.training.options import TrainingOptions
from w2vcli.training.sources import Streamed
from w2vcli.training.weights import WordWeights
from w2vcli.vectors.lookup import Lookup
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import UnknownWordsError

ROWS = 512
"""The largest number of predictions in a block."""

# A longer line is taken in pieces: the memory for the pairs of a piece grows with the window.
_POSITIONS = 4096


@dataclass(frozen=True)
class LineScore:
    """The probability of a line.

    Attributes
    ----------
    tokens, unknown
        The number of tokens of the line, and of those that the model neither knows nor has n-grams
        of.
    predictions
        The sum of the target weights; 0 if no two known words are within one window.
    log_probability
        The mean log-probability, in nats per prediction; NaN without predictions.
    unseen
        The unseen words of the line, each once: others are predicted from them.
    """

    tokens: int
    unknown: int
    predictions: float
    log_probability: float
    unseen: tuple[str, ...] = ()

    @property
    def perplexity(self) -> float:
        """exp(-log_probability); infinite where that is beyond a float."""
        try:
            return math.exp(-self.log_probability)
        except OverflowError:
            return math.inf


class Predictor:
    """Computes the predictions of a model.

    Parameters
    ----------
    model
        The model.
    team
        The threads to use, entered.
    phrases
        The tables of phrases that were joined in the text that the model was trained on.
    unseen
        Whether words are predicted from unseen ones, too, where the model has n-grams.

    Raises
    ------
    DataError
        If the model does not say how it was trained.
    """

    def __init__(
        self,
        model: Model,
        team: Team,
        phrases: Sequence[PhraseTable] = (),
        unseen: bool = True,
    ) -> None:
        options = TrainingOptions.of(model)
        self.model = model
        self.lookup = Lookup(model, unseen)
        self.cbow = options.arch == "cbow"
        self.windows = options.windows
        weights = WordWeights.of(model.counts, options)
        self._keep = weights.keep  # and 1 for each unseen word, some of them not found yet
        self._ones = np.ones_like(self._keep)
        self._bias = weights.unsmoothed(model.bias)
        self._kernel = SoftmaxKernel(ROWS, len(model.words), np.float32, team)
        self._phrases = phrases

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text, by the rules of the model's, as one line.

        Raises
        ------
        UsageError
            If these need other tables of phrases.
        """
        rules = replace(self.model.rules, lines="line")
        rules.check_phrases(self._phrases)
        if rules.as_json() is None:
            # Cut as a corpus is: at ASCII white space only.
            return [word.decode() for word in text.encode().split()]
        preparation = Preparation(rules, self._phrases)
        line = preparation.feed(text.encode() + b"\n") + preparation.finish()
        return [word.decode() for word in line.split()]

    def unknown(self, words: Iterable[str]) -> list[str]:
        """Return the words that the model neither knows nor has n-grams of, each once."""
        return [word for word in dict.fromkeys(words) if self.lookup.find(word) is None]

    def around(self, word: str) -> NDArray[np.float64]:
        """Return p(context word | word), float64 (V,), of a skip-gram model.

        Raises
        ------
        UnknownWordsError
            If the model does not know the word.
        """
        index = self.lookup.find(word)
        if index is None:
            raise UnknownWordsError([word])
        self.model.check_file()
        return self._distribution(self.lookup.w_in(np.array([index])))

    def between(self, before: Sequence[str], after: Sequence[str]) -> NDArray[np.float64] | None:
        """Return p(word | context) of the word between others, of a CBOW model.

        Parameters
        ----------
        before, after
            The words on either side, in the order of the text. An unknown word keeps its place.

        Returns
        -------
        probabilities
            float64 (V,); None if no word with a vector is within the window.
        """
        # The word in the gap does not influence its context, but the stream needs one there.
        stream = np.concatenate([self._encode(before), np.zeros(1, np.int32), self._encode(after)])
        inputs, _ = self._source(stream).rows(np.array([len(before)]))
        if not len(inputs.indices):
            return None
        return self._distribution(self._hidden(inputs))

    def most_probable(
        self, probabilities: NDArray[np.float64], top: int
    ) -> list[tuple[str, float]]:
        """Return the most probable words, with equals in the order of the vocabulary."""
        order = np.argsort(-probabilities, kind="stable")[:top].tolist()
        return [(self.model.words[index], float(probabilities[index])) for index in order]

    def score(self, lines: Iterable[Sequence[str]]) -> list[LineScore]:
        """Return the score of each line, a list of its tokens.

        That is -loss / weight of training's objective without smoothing and prior, on this line
        alone: in skip-gram over all pairs of words within a window of each other, in CBOW over all
        words that have a context.
        """
        lines = list(lines)
        streams = [self._encode(line) for line in lines]
        parts = [(k, *part) for k, stream in enumerate(streams) for part in self._parts(stream)]
        # Lines share no rows, so that each has its own loss, but they share calls of the kernel:
        # one by one, short lines would take four times as long.
        inputs = _stacked(inputs for _, inputs, _ in parts)
        targets = _stacked(targets for _, _, targets in parts)
        rows = [np.full(len(targets.indptr) - 1, k) for k, _, targets in parts]
        owner = np.concatenate([np.empty(0, np.int64), *rows])
        totals = np.zeros((len(streams), 2))
        for start in range(0, len(owner), ROWS):
            batch = slice(start, start + ROWS)
            h = self._hidden(_rows(inputs, batch))
            y = _rows(targets, batch)
            result = self._kernel.block(h, self.model.w_out, self._bias, y)
            np.add.at(totals, owner[batch], np.stack([result.loss, result.mass], axis=1))
        self.model.check_finite(totals)
        return [
            LineScore(
                len(s),
                int((s == UNKNOWN).sum()),
                n,
                -loss / n if n else math.nan,
                self._unseen(line, s),
            )
            for line, s, (loss, n) in zip(lines, streams, totals.tolist(), strict=True)
        ]

    def _encode(self, words: Iterable[str]) -> TokenStream:
        found = (self.lookup.find(word) for word in words)
        return np.array([UNKNOWN if i is None else i for i in found], dtype=np.int32)

    def _unseen(self, line: Sequence[str], stream: TokenStream) -> tuple[str, ...]:
        """Return the unseen words of a line, each once."""
        places = np.flatnonzero(stream >= len(self.model.words)).tolist()
        return tuple(dict.fromkeys(line[place] for place in places))

    def _parts(self, stream: TokenStream) -> Iterator[tuple[Csr, Csr]]:
        """Yield A and Y of the predictions of a line, in pieces."""
        known = len(self.model.words)
        source = self._source(stream)
        # No unseen word is predicted: in CBOW it is no position, in skip-gram no target.
        positions = source.positions
        if self.cbow:
            positions = positions[stream[positions] < known]
        for start in range(0, len(positions), _POSITIONS):
            inputs, targets = source.rows(positions[start : start + _POSITIONS])
            if not self.cbow and len(self.lookup) > known:
                targets = columns_between(targets, 0, known)
            yield inputs, targets

    def _source(self, stream: TokenStream) -> Streamed:
        """Return the predictions of a text, as it is: without smoothing."""
        if len(self.lookup) > len(self._keep):
            more = np.ones(2 * len(self.lookup) - len(self._keep))
            self._keep = np.concatenate([self._keep, more])
            self._ones = np.ones_like(self._keep)
        return Streamed(stream, self._keep, self._ones, self.windows, self.cbow, _POSITIONS)

    def _hidden(self, inputs: Csr) -> Matrix:
        """Return H = A W_in, where A may have unseen words."""
        self.model.check_file()
        if not (inputs.indices >= len(self.model.words)).any():
            return gather(inputs, self.model.w_in)
        used, places = np.unique(inputs.indices, return_inverse=True)
        rows = Csr(inputs.indptr, places.astype(np.int32), inputs.data)
        return gather(rows, self.lookup.w_in(used.astype(np.int64)))

    def _distribution(self, hidden: Matrix) -> NDArray[np.float64]:
        row: NDArray[np.float64]
        (row,) = self._kernel.probabilities(hidden, self.model.w_out, self._bias)
        self.model.check_finite(row)
        return row


@contextmanager
def predictor(
    model: Model,
    threads: int | None = None,
    phrases: Sequence[PhraseTable] = (),
    unseen: bool = True,
) -> Iterator[Predictor]:
    """Give a predictor with threads of its own, for the time of the block.

    Parameters
    ----------
    model
        The model.
    threads
        The number of threads; one per processor if None.
    phrases, unseen
        As in ``Predictor``.

    Raises
    ------
    DataError
        As ``Predictor``.
    """
    with Team(threads or processors()) as team:
        yield Predictor(model, team, phrases, unseen)


def _stacked(parts: Iterable[Csr]) -> Csr:
    """Return the rows of all the matrices as one matrix."""
    parts = list(parts)
    lengths = np.concatenate([np.zeros(1, np.int64), *(np.diff(part.indptr) for part in parts)])
    indices = np.concatenate([np.empty(0, np.int32), *(part.indices for part in parts)])
    data = np.concatenate([np.empty(0, np.float32), *(part.data for part in parts)])
    return Csr(np.cumsum(lengths), indices, data)


def _rows(matrix: Csr, rows: slice) -> Csr:
    """Return some of the rows of a matrix."""
    indptr = matrix.indptr[rows.start : rows.stop + 1]
    entries = slice(indptr[0], indptr[-1])
    return Csr(indptr - indptr[0], matrix.indices[entries], matrix.data[entries])
