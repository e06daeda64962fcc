"""The warm start: a new run that begins where an old model ended.

A word that the old model knows keeps its rows of both matrices, its bias and its AdaGrad
accumulators. A new word has no row there, but it has pair counts. Their positive PMI times the old
rows of the other matrix is one step of the power iteration that leads to the spectral start
(``spectral``). A linear map, fitted on known words from these products to their old rows (least
squares, with a constant), takes the new words' products into the old model's space. The relation
depends on how frequent a word is, so the map is fitted on the known words that are nearest to the
new ones in frequency: those are few, and mostly rare, so that their products cost little. A short
run then visits the new words as often as a cold run would, since they start untrained.

An n-gram that the old model knows keeps its row, too; a new one begins at zero, and the rows of the
words take up what is left to their vectors; where these have none, the n-grams do, as well as they
can. Where the old model has no n-grams, theirs are found from the vectors, as after a spectral
start (``composed_rows``). The accumulators are those of rows, so they change with the weight of a
word's own row in its vector: that a model has n-grams, or others, leaves the steps of its vectors
as large as they were.

A run may have another smoothing than the old model: then the old biases are moved by the change of
log s (``weights``), so that the probabilities of the text stay as they were.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.softmax.csr import Csr
from w2vcli.text.rules import TextRules
from w2vcli.training.options import TrainingOptions, cold_passes
from w2vcli.training.spectral import positive_pmi, times
from w2vcli.training.trainer import Trainer
from w2vcli.training.weights import WordWeights
from w2vcli.vectors.model import Model

ALIKE = 4096  # words that a map is fitted on
_OF_PREDICTIONS = ("method", "window", "window_weights", "subsample", "smoothing")


@dataclass(frozen=True)
class WarmStart:
    """An old model and a new vocabulary.

    Attributes
    ----------
    model
        The old model.
    rows
        int64 (V,): for each word of the new vocabulary its row in the old model, -1 for none.
    options
        Those of the new run; resolved.
    """

    model: Model
    rows: NDArray[np.int64]
    options: TrainingOptions

    @classmethod
    def of(cls, model: Model, words: list[str], options: TrainingOptions) -> "WarmStart":
        """Find the words of a new vocabulary in an old model.

        Raises
        ------
        UsageError
            If it knows none of them, or was trained with options that do not fit the new ones.
        DataError
            If its metadata lacks the options, or a number in its vectors is not finite.
        """
        old = TrainingOptions.of(model)
        for name, then, now in (
            ("arch", old.arch, options.arch),
            ("dim", model.w_in.shape[1], options.dim),
            ("optimizer", old.optimizer, options.optimizer),
            ("bias", old.bias, options.bias),
        ):
            if then != now:
                given = [f"--{'' if value else 'no-'}bias" for value in (then, now)]
                if name != "bias":
                    given = [f"--{name} {value}" for value in (then, now)]
                raise UsageError(
                    f"--warm-start: the old model was trained with {given[0]}, this run has "
                    f"{given[1]}; give the same"
                )
        rows = np.array([model.ids.get(word, -1) for word in words], dtype=np.int64)
        if (rows < 0).all():
            raise UsageError(
                "--warm-start: the old model knows no word of this corpus; is it the right model?"
            )
        ngrams = [model.subwords.rows] if model.subwords else []
        for matrix in (model.w_in, model.w_out, *ngrams):
            model.check_finite(np.einsum("ij,ij->i", matrix, matrix))
        return cls(model, rows, options)

    @property
    def words(self) -> dict[str, int]:
        """The numbers of words ``kept`` from the old model, ``new``, and ``gone``."""
        kept = int((self.rows >= 0).sum())
        return {"kept": kept, "new": len(self.rows) - kept, "gone": len(self.model.words) - kept}

    @property
    def changed(self) -> dict[str, tuple[float, float]]:
        """What the objective has another value of than that of the old model: old and new."""
        old, new = TrainingOptions.of(self.model).as_json(), self.options.as_json()
        return {
            name: (old[name], new[name])
            for name in ("smoothing", "prior")
            if old[name] != new[name]
        }

    def loss_of(self, texts: dict[str, object], words: list[str], rules: TextRules) -> float | None:
        """Return the exact loss of the old model, if it says something about this run.

        That is so where it is the mean over the same predictions with the same targets: of the same
        texts, as their fingerprint says, by the same rules, words and options. Only the prior may
        be another, as it is no part of the loss.
        """
        old, then = self.model, TrainingOptions.of(self.model)
        same = all(getattr(then, name) == getattr(self.options, name) for name in _OF_PREDICTIONS)
        same = same and all(old.corpus.get(name) == texts.get(name) for name in (*texts, "pruned"))
        if not same or old.words != words or old.rules != rules:
            return None
        final = old.history[-1] if old.history else {}
        loss = final.get("loss") if isinstance(final, dict) and final.get("final") else None
        return loss if isinstance(loss, float) and math.isfinite(loss) else None

    @property
    def _passes(self) -> float:
        assert self.options.passes is not None
        return self.options.passes

    @property
    def _cold_passes(self) -> int:
        return cold_passes(bool(self.options.closing))

    @property
    def visits(self) -> NDArray[np.int64]:
        """The visit multiplier of each word, int64 (V,): 1 for known words, more for new ones."""
        more = max(1, round(self._cold_passes / self._passes))
        return np.where(self.rows < 0, more, 1)

    def apply(
        self,
        trainer: Trainer,
        counts: NDArray[np.int64],
        pairs: Csr | None,
        threads: int = 1,
    ) -> None:
        """Turn a random start into a warm one.

        Parameters
        ----------
        trainer
            The run, at its start.
        counts
            int64 (V,): how often each word occurs.
        pairs
            float32 CSR (V, V), symmetric: expected pair counts, for the rows of new words; with
            None these stay random.
        threads
            The number of threads; the result does not depend on it.
        """
        known = self.rows >= 0
        rows = self.rows[known]
        model = self.model
        w_in, (_, w_out, bias) = trainer.vectors, trainer.parameters
        for ours, old in ((w_in, model.w_in), (w_out, model.w_out)):
            ours[known] = old[rows]
        if pairs is not None and not known.all():
            self._map_new(w_in, w_out, counts, pairs, threads)
        trainer.rows.begin(trainer.parameters.w_in, w_in, model.subwords, threads)
        if self.options.bias:
            kept = model.bias[rows].astype(np.float64) + self._smoothing_change(counts)[known]
            shift = np.average(kept - bias[known], weights=np.maximum(counts[known], 1))
            bias[~known] += np.float32(shift)
            bias[known] = kept
        # The accumulators fade over as many passes as a cold run has: if they only grew, the steps
        # of every night would be smaller than those of the night before.
        assert model.squares is not None
        old_sums = model.squares[:, rows]
        # These are of own rows, whose gradients are those of the vectors times the row's weight in
        # the mean: here that may be another.
        then, now = _own_weights(model)[rows], trainer.rows.own[known]
        old_sums[0] *= np.where(then > 0, np.square(now / np.where(then > 0, then, 1)), 0)
        # Of words that gradient descent has not visited there are none, and their first step would
        # be as large as one can be: they get the least of all.
        unvisited = old_sums[0] == 0
        if not unvisited.all():
            old_sums[0, unvisited] = old_sums[0, ~unvisited].min()
        left = max(0.0, 1 - self._passes / self._cold_passes)
        accumulators = np.zeros((3, len(known)), np.float32)
        accumulators[:, known] = old_sums * left
        trainer.optimizers.load(accumulators)
        if model.subwords or self.options.subwords:
            of_w_in = trainer.optimizers.w_in.accumulators
            trainer.rows.load_squares(of_w_in, model.subwords, left)

    def _smoothing_change(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return by how much log s is larger than with the old model's smoothing, (V,)."""
        if "smoothing" not in self.changed:
            return np.zeros(len(counts))
        before = replace(self.options, smoothing=TrainingOptions.of(self.model).smoothing)
        now, then = (WordWeights.of(counts, o).factors for o in (self.options, before))
        change: NDArray[np.float64] = np.log(now / then)
        return change

    def _map_new(
        self,
        w_in: NDArray[np.float32],
        w_out: NDArray[np.float32],
        counts: NDArray[np.int64],
        pairs: Csr,
        threads: int,
    ) -> None:
        """Set the vectors of the new words in both matrices; those of the known words are set."""
        known = self.rows >= 0
        new = np.flatnonzero(~known)
        alike = _like_in_frequency(counts, known & (np.diff(pairs.indptr) > 0), new)
        if not len(alike):
            return
        ppmi = positive_pmi(pairs, np.concatenate([alike, new]))
        products = []
        for other in (w_out, w_in):
            of_known = np.where(known[:, None], other, np.float32(0))
            products.append(times(ppmi, of_known, threads))
        for ours, product in zip((w_in, w_out), products, strict=True):
            linear = _least_squares(product[: len(alike)], ours[alike])
            ours[new] = _with_constant(product[len(alike) :]) @ linear


def _own_weights(model: Model) -> NDArray[np.float64]:
    """Return the weight of each word's own row in its vector, float64 (n,); 0 where it has none."""
    if model.subwords is None:
        return np.ones(len(model.words))
    lengths, ids = model.subwords.range, model.subwords.ids
    known = (map(ids.__contains__, lengths.in_training(word)) for word in model.words)
    counts = np.array([sum(found) for found in known])
    if TrainingOptions.of(model).word_rows:
        return 1 / (counts + 1)
    return np.where(counts > 0, 0.0, 1.0)


def _like_in_frequency(
    counts: NDArray[np.int64], known: NDArray[np.bool_], new: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the known words that are nearest to any new one in the order by frequency."""
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    of_new, words = np.sort(rank[new]), np.flatnonzero(known)
    above = np.searchsorted(of_new, rank[words]).clip(max=len(of_new) - 1)
    below = (above - 1).clip(min=0)
    away = np.abs(of_new[[above, below]] - rank[words]).min(axis=0)
    return words[np.argsort(away, kind="stable")[:ALIKE]]


def _least_squares(
    features: NDArray[np.float32], targets: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the least-squares linear map from features, with a constant, to targets."""
    # By singular values, so that few known words, or zeros, do no harm.
    return np.asarray(np.linalg.lstsq(_with_constant(features), targets, rcond=None)[0])


def _with_constant(features: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.column_stack([features, np.ones(len(features))]).astype(np.float64)
