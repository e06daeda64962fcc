"""The recipe of ``train``: corpus in, trainer ready to run, model out."""

import hashlib
import platform
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from w2vcli import __version__
from w2vcli.blocks import BlockSource, GroupedSkipGram
from w2vcli.cooccurrence import count_pairs, keep_probabilities
from w2vcli.corpus import Corpus
from w2vcli.kernel import Team
from w2vcli.model import Model
from w2vcli.runs import MEMORY
from w2vcli.trainer import Trainer
from w2vcli.training_data import (
    EncodedCorpus,
    block_source,
    encode,
    encode_as,
)
from w2vcli.training_options import TrainingOptions
from w2vcli.vocabulary import Selection, Vocabulary


@dataclass(frozen=True)
class Training:
    """A run that is ready to go.

    Attributes
    ----------
    trainer
        To be run.
    encoded
        The corpus that it trains on.
    options
        How; resolved.
    about
        What else there is to say of its making: plain values.
    held_out
        The fingerprint of the held-out text, or None.
    """

    trainer: Trainer
    encoded: EncodedCorpus
    options: TrainingOptions
    about: dict[str, object]
    held_out: dict[str, object] | None

    def model(self) -> Model:
        """Return the model of the trainer's parameters as they are now.

        What it says of its making holds no time, path or number of threads: equal texts and
        options give equal files.
        """
        return Model(
            self.encoded.vocabulary.words,
            self.encoded.vocabulary.counts,
            *self.trainer.centred(),
            config=self.options.as_json() | self.about,
            corpus=self.encoded.fingerprint | {"validation": self.held_out},
            history=self.trainer.history,
            versions={
                "w2vcli": __version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "numba": version("numba"),
            },
        )


def prepare(
    corpus: Corpus,
    options: TrainingOptions,
    team: Team,
    words: Selection | Vocabulary | None = None,
    validation: Corpus | None = None,
    memory: int = MEMORY,
) -> Training:
    """Read a corpus and set up its training, to the starting point.

    Parameters
    ----------
    corpus
        The text.
    options
        How to train.
    team
        The threads to use, entered.
    words
        A vocabulary, or how to choose one among the words of the corpus.
    validation
        Held-out text, or None.
    memory
        Bytes for pair counts; beyond that they are merged on disk.

    Raises
    ------
    InputError, DataError
        If the corpus or the held-out text cannot be used.
    UsageError
        If the options do not fit together.
    """
    options = options.resolved()
    encoded = encode_as(corpus, words or Selection(), team.threads)
    size = len(encoded.vocabulary)
    keep = keep_probabilities(encoded.vocabulary.counts, options.subsample)

    def source_of(text: EncodedCorpus) -> BlockSource:
        return block_source(
            text, keep, options.windows, options.batch,
            grouped=options.method == "grouped", cbow=options.arch == "cbow",
            threads=team.threads, memory=memory,
        )  # fmt: skip

    source = source_of(encoded)
    held_out = encode(validation, encoded.vocabulary.words, team.threads) if validation else None
    trainer = Trainer(source, size, options, team, source_of(held_out) if held_out else None)
    pairs = None
    if options.start == "spectral":
        pairs = (
            source.pairs
            if isinstance(source, GroupedSkipGram)
            else count_pairs([encoded.stream], size, options.windows, team.threads, memory).matrix(
                keep
            )
        )
    trainer.start(pairs)
    about = {"lower": corpus.lower, "vocabulary": _origin(words or Selection())}
    return Training(trainer, encoded, options, about, held_out.fingerprint if held_out else None)


def _origin(words: Selection | Vocabulary) -> dict[str, object]:
    """Say where the vocabulary came from, in a few plain values."""
    if isinstance(words, Vocabulary):
        return {"given": _digest(words.words)}
    return {
        "min_count": words.min_count,
        "max_vocab": words.max_vocab,
        "keep_words": _digest(sorted(words.keep)) if words.keep else None,
        "drop_words": _digest(sorted(words.drop)) if words.drop else None,
    }


def _digest(words: list[str]) -> str:
    """Return the SHA-256 of words, one a line."""
    return hashlib.sha256("".join(f"{word}\n" for word in words).encode()).hexdigest()
