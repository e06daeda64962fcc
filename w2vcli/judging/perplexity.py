"""How well a model predicts a text: its exact loss there, as training would report it."""

from dataclasses import dataclass

import numpy as np

from w2vcli.counts.runs import MEMORY
from w2vcli.counts.subsampling import keep_probabilities
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import Baselines, baselines, mean_loss
from w2vcli.system.threads import Team, one_ahead
from w2vcli.text.corpus import Corpus
from w2vcli.training.data import block_source, encode
from w2vcli.training.options import TrainingOptions
from w2vcli.vectors.model import Model


@dataclass(frozen=True)
class TextScore:
    """The loss of a model on a text.

    Attributes
    ----------
    loss
        In nats per prediction; its exponential is the perplexity.
    predictions
        The weight of the predictions: how many there are, in expectation.
    tokens, known
        How many tokens the text has, and how many of them the model knows. The others are not
        predicted, nor predicted from.
    baselines
        Losses to compare with, of this text.
    """

    loss: float
    predictions: float
    tokens: int
    known: int
    baselines: Baselines


def score_text(model: Model, corpus: Corpus, team: Team, memory: int = MEMORY) -> TextScore:
    """Return the loss of a model on a text, in the model's windows, weights and subsampling.

    Parameters
    ----------
    model
        The model.
    corpus
        The text; to be lower-cased if the model's was.
    team
        The threads to use, entered.
    memory
        Bytes for pair counts, as in training.

    Raises
    ------
    InputError, DataError
        If the text cannot be used, or the model does not say how it was trained.
    """
    options = TrainingOptions.of(model)
    encoded = encode(corpus, model.words, team.threads)
    cbow = options.arch == "cbow"
    # By counts where that can be: the same loss whatever the method was, and sooner.
    source = block_source(
        encoded, keep_probabilities(model.counts, options.subsample), options.windows, 512,
        grouped=not cbow, cbow=cbow, threads=team.threads, memory=memory,
    )  # fmt: skip
    _, to_compare = baselines(source, len(model.words), f"{corpus.name}: ")
    kernel = SoftmaxKernel(source.largest, len(model.words), np.float32, team)
    loss = mean_loss(kernel, model, one_ahead(source.blocks(), team.threads))
    model.check_finite(loss.value)
    return TextScore(
        loss.value,
        loss.weight,
        sum(record.tokens for record in encoded.records),
        int(encoded.vocabulary.counts.sum()),
        to_compare,
    )
