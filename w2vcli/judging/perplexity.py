"""The perplexity of a text: the exact loss of a model on it, and what training would report."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.external_sum import MEMORY
from w2vcli.softmax.blocks import BlockSource
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import (
    Baselines,
    MeanLoss,
    Parameters,
    baselines,
    log_shares,
    mean_loss,
)
from w2vcli.system.threads import Team, prefetch, processors
from w2vcli.text.corpus import Corpus
from w2vcli.training.data import block_source, encode
from w2vcli.training.options import TrainingOptions
from w2vcli.training.weights import WordWeights
from w2vcli.vectors.model import Model


@dataclass(frozen=True)
class TextScore:
    """The loss of a model on a text.

    Attributes
    ----------
    loss
        Of the text as it is, in nats per prediction: the smoothing of the model is undone. Its
        exponential is the perplexity.
    smoothed_loss
        The loss of training's objective (without the prior) on this text: of its smoothed targets,
        by the scores as they are. Training reports it as the validation loss. The same number as
        ``loss`` for a model that was trained without smoothing.
    predictions
        The expected number of predictions, the sum of the target weights without smoothing.
    tokens, known
        The number of tokens of the text, and of those that the model knows. The others are
        neither predicted nor used as context.
    training_unigram
        The loss on this text of a model that knows only the frequencies of the words in training;
        a useful model has a smaller one.
    baselines
        Further losses to compare with ``loss``; their unigram and floor are fitted to this very
        text.
    """

    loss: float
    smoothed_loss: float
    predictions: float
    tokens: int
    known: int
    training_unigram: float
    baselines: Baselines

    @property
    def gain(self) -> float:
        """How much smaller ``loss`` is than ``training_unigram``, in nats per prediction."""
        return self.training_unigram - self.loss


def score_text(
    model: Model, corpus: Corpus, threads: int | None = None, memory: int = MEMORY
) -> TextScore:
    """Return the loss of a model on a text, in the model's windows, weights and subsampling.

    Parameters
    ----------
    model
        The model.
    corpus
        The text; its rules should be those of the model.
    threads
        The number of threads; one per processor if None.
    memory
        Bytes for pair counts, as in training.

    Raises
    ------
    InputError, DataError
        If the text cannot be used, or the model does not say how it was trained.
    """
    options = replace(TrainingOptions.of(model), batch=512)
    if options.arch == "skipgram":
        options = replace(options, method="grouped")  # the same loss as streamed, and faster
    weights = WordWeights.of(model.counts, options)
    with Team(threads or processors()) as team:
        encoded = encode(corpus, model.words, team.threads)
        smoothed = block_source(encoded, weights, options, team.threads, memory)
        source = replace(smoothed, factors=np.ones_like(weights.factors))
        predicted, to_compare = baselines(source, len(model.words), f"{corpus.name}: ")
        kernel = SoftmaxKernel(source.largest, len(model.words), np.float32, team)

        def loss_of(source: BlockSource, bias: NDArray[np.float32]) -> MeanLoss:
            parameters = Parameters(model.w_in, model.w_out, bias)
            return mean_loss(kernel, parameters, prefetch(source.blocks(), team.threads))

        loss = loss_of(source, weights.unsmoothed(model.bias))
        with_smoothing = loss if options.smoothing == 1 else loss_of(smoothed, model.bias)
    model.check_finite(loss.value + with_smoothing.value)
    return TextScore(
        loss.value,
        with_smoothing.value,
        loss.weight,
        sum(record.tokens for record in encoded.records),
        int(encoded.vocabulary.counts.sum()),
        _unigram_loss(predicted, model.counts * weights.keep),
        to_compare,
    )


def _unigram_loss(predicted: NDArray[np.float64], trained: NDArray[np.float64]) -> float:
    """Return the mean loss of predicting words by their shares in training; (V,) and (V,)."""
    logs = log_shares(trained)
    logs -= np.log(np.exp(logs).sum())  # words that training never saw have a share too
    return float(-(predicted @ logs) / predicted.sum())
