"""The recipe of ``train``: corpus in, trainer ready to run, checkpoints on the way, model out."""

import hashlib
import math
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from w2vcli import __version__
from w2vcli.counts.runs import MEMORY
from w2vcli.counts.segments import Segment
from w2vcli.counts.subsampling import keep_probabilities
from w2vcli.errors import UsageError
from w2vcli.softmax.blocks import BlockSource
from w2vcli.system.files import check_space
from w2vcli.system.tensor_file import verify
from w2vcli.system.threads import Team
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection, Vocabulary
from w2vcli.training.checkpoint import KIND, Checkpoint
from w2vcli.training.data import (
    EncodedCorpus,
    TrainingCorpus,
    block_source,
    counted_as,
    encode,
    encode_as,
    stream_digest,
)
from w2vcli.training.options import TrainingOptions
from w2vcli.training.sources import GroupedSkipGram
from w2vcli.training.trainer import Event, FinalReport, PassReport, Trainer
from w2vcli.training.warm_start import WarmStart
from w2vcli.vectors import model
from w2vcli.vectors.model import Model


@dataclass(frozen=True)
class Training:
    """A run that is ready to go.

    Attributes
    ----------
    trainer
        To be run.
    corpus
        What it trains on.
    options
        How; resolved.
    about
        What else there is to say of its making: plain values.
    held_out
        The fingerprint of the held-out text, or None.
    warm_start
        The old model that it begins with, or None.
    order
        For streamed methods the digest of the token streams, which depends on the order of the
        lines, as the run does; else None.
    """

    trainer: Trainer
    corpus: TrainingCorpus
    options: TrainingOptions
    about: dict[str, object]
    held_out: dict[str, object] | None
    warm_start: WarmStart | None
    order: str | None

    @property
    def _config(self) -> dict[str, object]:
        return self.options.as_json() | self.about

    @property
    def _corpus(self) -> dict[str, object]:
        return self.corpus.fingerprint | {"validation": self.held_out}

    @property
    def _texts(self) -> dict[str, object]:
        return self._corpus | {"order": self.order}

    def checkpoint(self) -> Checkpoint:
        """Return the run as it stands now.

        Raises
        ------
        DivergedError
            If it stands where there is no going on from.
        """
        words = _digest(self.corpus.vocabulary.words)
        return Checkpoint(self.trainer.state, self._config, self._texts, words, _versions())

    def resume(self, checkpoint: Checkpoint, path: Path) -> None:
        """Go back to where another run of the same kind stood.

        Raises
        ------
        UsageError
            If its options, texts or words were others.
        DataError
            If it does not fit all the same.
        """
        checkpoint.check_options(path, self._config)
        words = _digest(self.corpus.vocabulary.words)
        checkpoint.check_texts(path, self._texts, words)
        try:
            self.trainer.restore(checkpoint.state)
        except ValueError:
            raise KIND.bad(path, "it does not go with its options and its words") from None

    def model(self) -> Model:
        """Return the model of the trainer's parameters as they are now.

        What it says of its making holds no time, path or number of threads: equal texts and
        options give equal files.
        """
        return Model(
            self.corpus.vocabulary.words,
            self.corpus.vocabulary.counts,
            *self.trainer.centred(),
            config=self._config,
            corpus=self._corpus,
            history=self.trainer.history,
            versions=_versions(),
            squares=self.trainer.row_squares,
        )


@dataclass(frozen=True)
class Keeping:
    """When a run is saved on the way, and when it is to stop.

    Attributes
    ----------
    path
        The checkpoint.
    seconds, passes
        How often to save it: whenever so many seconds, or passes, have gone by; None for never.
    until
        The time to stop at, by ``time.monotonic``.
    asked
        Says whether somebody asks the run to stop.
    """

    path: Path
    seconds: float | None = None
    passes: int | None = None
    until: float = math.inf
    asked: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Saved:
    """The run is saved; and that is its end for now, if it ``stopped``."""

    pass_number: int
    blocks_done: int
    stopped: bool


def run(training: Training, keeping: Keeping) -> Iterator[Event | Saved]:
    """Run a training as ``Trainer.run``, saved on the way; until its end, or until it is to stop.

    Raises
    ------
    OutputError, StorageError
        If the checkpoint cannot be written.
    UsageError, DivergedError
        As ``Trainer.run``.
    """
    saved = time.monotonic()
    for event in training.trainer.run():
        yield event
        if isinstance(event, FinalReport):
            return
        now = time.monotonic()
        stop = keeping.asked() or now >= keeping.until
        due = keeping.seconds is not None and now - saved >= keeping.seconds
        if isinstance(event, PassReport) and keeping.passes is not None:
            due = due or event.pass_number % keeping.passes == 0
        if stop or due:
            checkpoint = training.checkpoint()
            checkpoint.save(keeping.path)
            saved = time.monotonic()
            yield Saved(checkpoint.state.pass_number, checkpoint.state.blocks_done, stop)
        if stop:
            return


def prepare(
    corpus: Corpus | list[Segment],
    options: TrainingOptions,
    team: Team,
    words: Selection | Vocabulary | None = None,
    validation: Corpus | None = None,
    memory: int = MEMORY,
    resume: Path | None = None,
    output: Path | None = None,
    warm_start: Path | None = None,
) -> Training:
    """Read a corpus and set up its training, to the starting point.

    Parameters
    ----------
    corpus
        The text, or segments of a store, which count it.
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
    resume
        A checkpoint from which the run is to go on, or None.
    output
        Where the model is to be written, if there has to be room for it.
    warm_start
        An old model to begin with, or None.

    Raises
    ------
    InputError, DataError
        If the corpus, the held-out text, the checkpoint or the old model cannot be used.
    UsageError
        If the options do not fit together, or to the store, the checkpoint or the old model.
    OutputError
        If there is no room for the model.
    """
    options = options.resolved(warm=warm_start is not None)
    lower = corpus.lower if isinstance(corpus, Corpus) else _check_store(corpus, options)
    about: dict[str, object] = {"lower": lower, "vocabulary": _origin(words or Selection())}
    if warm_start:
        about["warm_start"] = verify(warm_start, model.KIND)
    checkpoint = Checkpoint.load(resume) if resume else None
    if checkpoint and resume:
        checkpoint.check_options(resume, options.as_json() | about)  # before the long reading
    old = Model.load(warm_start) if warm_start else None
    text: TrainingCorpus
    if isinstance(corpus, Corpus):
        text = encode_as(corpus, words or Selection(), team.threads)
    else:
        text = counted_as(corpus, words or Selection())
    counts = text.vocabulary.counts
    size = len(counts)
    if output:
        check_space(output, 4 * size * (2 * options.dim + 1) + 32 * size)
    keep = keep_probabilities(counts, options.subsample)

    warm = WarmStart.of(old, text.vocabulary.words, options) if old else None

    def source_of(text: TrainingCorpus) -> BlockSource:
        return block_source(
            text, keep, options.windows, options.batch,
            grouped=options.method == "grouped", cbow=options.arch == "cbow",
            threads=team.threads, memory=memory, visits=warm.visits if warm else None,
        )  # fmt: skip

    source = source_of(text)
    held_out = encode(validation, text.vocabulary.words, team.threads) if validation else None
    trainer = Trainer(source, size, options, team, source_of(held_out) if held_out else None)
    run_of = held_out.fingerprint if held_out else None
    order = None
    if isinstance(text, EncodedCorpus) and options.method == "stream":
        order = stream_digest(text.stream, *([held_out.stream] if held_out else []))
    training = Training(trainer, text, options, about, run_of, warm, order)
    if checkpoint and resume:
        training.resume(checkpoint, resume)
        return training
    pairs = None
    if options.start == "spectral" and (warm is None or warm.words["new"]):
        pairs = (
            source.pairs
            if isinstance(source, GroupedSkipGram)
            else text.pairs(options.windows, team.threads, memory).matrix(keep)
        )
    trainer.start(None if warm else pairs)
    if warm:
        warm.apply(trainer, counts, pairs, team.threads)
    return training


def _check_store(segments: list[Segment], options: TrainingOptions) -> bool:
    """Check that counts in a store are what is to be trained on; return if of lower-cased text."""
    if options.method != "grouped":
        raise UsageError(
            "--store: pair counts are all there is of the texts in a store, which is enough for "
            "--arch skipgram --method grouped alone"
        )
    counting = segments[0].about.counting
    if counting.windows != options.windows:
        raise UsageError(
            f"--store: the store counts with window {counting.windows.size}, "
            f"{counting.windows.weights} weights, this run with {options.windows.size}, "
            f"{options.windows.weights}; give the same --window and --window-weights"
        )
    return counting.lower


def _versions() -> dict[str, str]:
    return {
        "w2vcli": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": version("numba"),
    }


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
