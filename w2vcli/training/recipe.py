"""The recipe of a training run: corpus in, trainer at its starting point, model out."""

from dataclasses import dataclass, replace
from pathlib import Path

from w2vcli.counts.segments import Segment
from w2vcli.errors import DataError
from w2vcli.softmax.blocks import BlockSource
from w2vcli.softmax.objective import Baselines, baselines
from w2vcli.softmax.output_layer import OpenOutput, output_here
from w2vcli.system.files import check_space
from w2vcli.system.tensor_file import verify
from w2vcli.system.threads import Team
from w2vcli.text.corpus import Corpus
from w2vcli.text.rules import TextRules
from w2vcli.text.vocabulary import Selection, Vocabulary
from w2vcli.training.checkpoint import FORMAT, Checkpoint
from w2vcli.training.closing import ClosingPass
from w2vcli.training.composed_rows import ComposedRows
from w2vcli.training.composition import composition_of
from w2vcli.training.curve import Curve
from w2vcli.training.data import (
    EncodedCorpus,
    TrainingCorpus,
    block_source,
    counted_as,
    encode,
    encode_as,
    stream_digest,
)
from w2vcli.training.grouped import GroupedSkipGram
from w2vcli.training.input_rows import InputRows
from w2vcli.training.options import TrainingOptions
from w2vcli.training.provenance import versions, word_origin, words_digest
from w2vcli.training.run_memory import RunMemory, load_of
from w2vcli.training.sizes import model_bytes
from w2vcli.training.trainer import Trainer
from w2vcli.training.warm_start import WarmStart
from w2vcli.training.weights import WordWeights
from w2vcli.vectors import model
from w2vcli.vectors.model import Model


@dataclass(frozen=True)
class Training:
    """A run at its starting point.

    Attributes
    ----------
    trainer
        The training loop.
    corpus
        The texts or counts to train on.
    options
        How to train; resolved.
    about
        Further provenance for the model's metadata: plain JSON values.
    held_out
        The fingerprint of the held-out text, or None.
    warm_start
        The old model that the run begins with, or None.
    baselines
        Losses to compare with.
    before
        Of a warm start, the old model's exact loss, if it is of the same predictions; else None.
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
    baselines: Baselines
    before: float | None
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
        """Return a checkpoint of the run as it stands now.

        Raises
        ------
        DivergedError
            If a parameter is not finite: no run can continue from there.
        """
        words = words_digest(self.corpus.vocabulary.words)
        curve = self.curve.as_json() | {"done": self.trainer.done}
        return Checkpoint(self.trainer.state, self._config, self._texts, words, versions(), curve)

    def resume(self, checkpoint: Checkpoint, path: Path) -> None:
        """Continue from a checkpoint of the same run.

        Raises
        ------
        UsageError
            If its options, texts or words are different.
        DataError
            If its content does not fit them.
        """
        checkpoint.check_options(path, self._config)
        words = words_digest(self.corpus.vocabulary.words)
        checkpoint.check_texts(path, self._texts, words)
        try:
            self.trainer.restore(checkpoint.state)
        except ValueError:
            raise FORMAT.bad(path, "it does not go with its options and its words") from None

    @property
    def curve(self) -> Curve:
        """The curve of the run as it stands now."""
        compared = self.baselines
        kept = Curve(
            self.trainer.passes,
            uniform=compared.uniform,
            unigram=compared.unigram,
            floor=None if compared.floor is None else float(compared.floor),
            before=self.before,
            points=tuple(self.trainer.points),
        )
        now = kept.as_json() | {"done": self.trainer.done}
        return Curve.of(self._config, self.trainer.history, now)

    def model(self) -> Model:
        """Return the model of the trainer's parameters as they are now.

        Its metadata holds no time, path or number of threads: equal texts and options give equal
        files.
        """
        trainer = self.trainer
        w_in, w_out, bias = trainer.centred()
        return Model(
            self.corpus.vocabulary.words,
            self.corpus.vocabulary.counts,
            trainer.rows.vectors(w_in),
            w_out,
            bias,
            config=self._config,
            corpus=self._corpus,
            history=trainer.history,
            versions=versions(),
            squares=trainer.optimizers.row_accumulators,
            curve=self.curve.as_json(),
            subwords=trainer.rows.ngrams(w_in, trainer.optimizers.w_in.accumulators),
        )


def prepare(
    corpus: Corpus | list[Segment],
    options: TrainingOptions,
    team: Team,
    words: Selection | Vocabulary | None = None,
    validation: Corpus | None = None,
    memory: int | None = None,
    resume: Path | None = None,
    output: Path | None = None,
    warm_start: Path | None = None,
    open_output: OpenOutput = output_here,
) -> Training:
    """Read a corpus and set up its training, up to the starting point.

    Parameters
    ----------
    corpus
        The text, or segments of a store with its counts.
    options
        How to train.
    team
        The threads to use, entered.
    words
        A vocabulary, or how to choose one among the words of the corpus.
    validation
        Held-out text, or None.
    memory
        Bytes for the process (``RunMemory``); None for what there is.
    resume
        A checkpoint to continue from, or None.
    output
        Where the model will be written, to check that the disk has room for it; or None.
    warm_start
        An old model to begin with, or None.
    open_output
        Where W_out and b lie while the run descends (``Trainer``).

    Raises
    ------
    InputError, DataError
        If the corpus, the held-out text, the checkpoint or the old model cannot be used.
    UsageError
        If the options do not fit together, or to the store, the checkpoint or the old model.
    UsageError, W2VError
        If there is not enough memory (``RunMemory``).
    OutputError
        If there is no room for the model.
    """
    limit = RunMemory(memory)
    options = _resolved(corpus, options, warm_start is not None)
    rules = rules_of(corpus)
    about: dict[str, object] = {"lower": rules.lower}
    about["vocabulary"] = word_origin(words or Selection())
    if (text_rules := rules.as_json()) is not None:
        about["text"] = text_rules
    if warm_start:
        model.check_trained(warm_start)
        about["warm_start"] = verify(warm_start, model.FORMAT)
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
    composition = composition_of(text.vocabulary.words, options)
    if output:
        ngrams = len(composition.ngrams) if composition else 0
        check_space(output, model_bytes(size, options.dim, ngrams))
    weights = WordWeights.of(counts, options)
    warm = WarmStart.of(old, text.vocabulary.words, options) if old else None

    load = load_of(
        text, options, team.threads, old,
        elsewhere=open_output is not output_here, composition=composition,
    )  # fmt: skip
    for_pairs = limit.for_pairs(load)
    check = limit.watching(load, for_pairs)

    def source_of(text: TrainingCorpus, weights: WordWeights = weights) -> BlockSource:
        visits = warm.visits if warm else None
        return block_source(text, weights, options, team.threads, for_pairs, visits, check)

    source = source_of(text)
    held_out = encode(validation, text.vocabulary.words, team.threads) if validation else None
    try:
        unigram, to_compare = baselines(source, size)
    except DataError:
        if options.subsample:
            kept = WordWeights.of(counts, replace(options, subsample=0))
            baselines(source_of(text, kept), size)
            raise DataError(
                f"--subsample {options.subsample:g} leaves no pair of words any weight, so there "
                "is nothing to learn; raise it, or give 0 for none"
            ) from None
        raise
    held_out_source = source_of(held_out) if held_out else None
    if held_out_source:
        baselines(held_out_source, size, "the held-out text: ")
    rows = InputRows(size)
    if composition:
        rows = ComposedRows(composition, source)
    closing = None
    if options.closing:
        assert isinstance(source, GroupedSkipGram)
        learnt = warm.rows >= 0 if warm else None
        closing = ClosingPass(source, unigram, options.prior, learnt, rows)
    trainer = Trainer(source, unigram, options, team, held_out_source, closing, open_output, rows)
    run_of = held_out.fingerprint if held_out else None
    order = None
    if isinstance(text, EncodedCorpus) and options.method == "stream":
        order = stream_digest(text.stream, *([held_out.stream] if held_out else []))
    elif isinstance(text, EncodedCorpus):
        text = text.without_stream()  # the pair counts are all that is needed of it
    before = warm.loss_of(text.fingerprint, text.vocabulary.words, rules) if warm else None
    training = Training(trainer, text, options, about, run_of, warm, to_compare, before, order)
    if checkpoint and resume:
        training.resume(checkpoint, resume)
        return training
    _start(training, source, team.threads, for_pairs)
    return training


def rules_of(corpus: Corpus | list[Segment]) -> TextRules:
    """Return the rules by which texts became tokens."""
    return corpus.rules if isinstance(corpus, Corpus) else corpus[0].info.counting.rules


def _start(training: Training, source: BlockSource, threads: int, memory: int) -> None:
    """Take the trainer to its starting point: spectral, random, or an old model's vectors."""
    trainer, warm, options = training.trainer, training.warm_start, training.options
    pairs = None
    if options.start == "spectral" and (warm is None or warm.words["new"]):
        pairs = source.pairs
        if pairs is None:
            weights = WordWeights.of(training.corpus.vocabulary.counts, options)
            pairs = training.corpus.pairs(options.windows, threads, memory).matrix(weights.keep)
    trainer.start(None if warm else pairs)
    if warm:
        warm.apply(trainer, training.corpus.vocabulary.counts, pairs, threads)


def _resolved(
    source: Corpus | list[Segment], options: TrainingOptions, warm: bool
) -> TrainingOptions:
    """Return the options with every choice made; those of a store's counts are the store's."""
    if isinstance(source, Corpus):
        return options.resolved(warm=warm)
    return options.resolved(warm=warm, counted=source[0].info.counting.windows)
