"""A whole training session: lock the output, train, save checkpoints on the way, write the model.

This is ``w2vcli train`` without its terminal: the command line and notebooks call ``train``, which
reports the events of the run.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from w2vcli.counts.parts import TextInPart, in_part
from w2vcli.counts.segments import Segment
from w2vcli.counts.store import Store
from w2vcli.errors import UsageError
from w2vcli.softmax.output_layer import OpenOutput, output_here
from w2vcli.system import signals
from w2vcli.system.inputs import is_input
from w2vcli.system.locks import locked
from w2vcli.system.threads import Team, processors
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.phrases import PhraseTable
from w2vcli.text.reading import Reading
from w2vcli.text.rules import TextRules
from w2vcli.text.vocabulary import Selection, Vocabulary
from w2vcli.training.checkpoint import beside
from w2vcli.training.data import EncodedCorpus, TrainingCorpus
from w2vcli.training.events import FinalReport, FromScratch, Position, Started, TrainingEvent
from w2vcli.training.long_run import long_run
from w2vcli.training.options import TrainingOptions
from w2vcli.training.publishing import Finished, Publication
from w2vcli.training.recipe import Training, prepare, rules_of
from w2vcli.training.run import CheckpointPolicy, check_checkpoint, run
from w2vcli.vectors.model import Model

RECOVERY_SECONDS = 600.0
"""Between checkpoints of a run on a cluster, if none are asked for."""


def _ignore(_event: TrainingEvent) -> None:
    """Ignore an event."""


def train(
    corpus: Corpus | Store | str | Path | Iterable[str | Path],
    output: str | Path | None = None,
    options: TrainingOptions | None = None,
    *,
    words: Selection | Vocabulary | None = None,
    segments: str | None = None,
    validation: str | Path | None = None,
    phrases: Sequence[PhraseTable] = (),
    warm_start: str | Path | None = None,
    final_loss: bool = True,
    checkpoint_seconds: float | None = None,
    checkpoint_passes: int | None = None,
    resume: bool = False,
    accept: Callable[[Finished], None] | None = None,
    keep: int = 0,
    keep_refused: bool = False,
    max_seconds: float = math.inf,
    patience: float = 0.0,
    memory: int | None = None,
    threads: int | None = None,
    open_output: OpenOutput | None = None,
    report: Callable[[TrainingEvent], None] = _ignore,
) -> Model | None:
    """Train a model.

    Parameters
    ----------
    corpus
        The text: a ``Corpus``, or the names of its files and folders. Or a ``Store``, whose counts
        are all that skip-gram needs.
    output
        The model file to write; None writes nothing, and the model is only returned. The file is
        locked meanwhile, and replaced whole or not at all.
    options
        How to train; None for the defaults.
    words
        A vocabulary, or how to choose one among the words of the corpus; None for the default
        choice.
    segments
        Which segments of a store to train on (``Store.segments``); None for all.
    validation
        Held-out text, whose loss is reported after each pass.
    phrases
        For the held-out text of a store whose texts had phrases joined: the same tables.
    warm_start
        An old model to begin with; it may be the output.
    final_loss
        Whether to compute the exact loss of the final parameters. Without it they are the same, and
        a resumed run may have another choice than the one that stopped.
    checkpoint_seconds, checkpoint_passes
        How often to save a checkpoint beside the output: after so many seconds, or passes; None
        for never.
    resume
        Continue the run in the output's checkpoint, if there is one: it ends in the same bytes as
        if it had never stopped.
    accept
        Looks at the finished model before it is written, and raises a RefusedError if it must not
        be: ``judging.gate.Gate``. Then the output is as it was.
    keep
        How many of the models before to keep beside the output, as its name with .1 (the newest),
        .2 and so on.
    keep_refused
        Whether a refused model is written, to the name of the output with .refused.
    max_seconds
        Save a checkpoint after so many seconds, and stop.
    patience
        The seconds to wait while another run holds the output's lock; may be infinite.
    memory
        Bytes for the process, if it does nothing else: what the words, the texts and the matrices
        leave is for pair counts, and beyond it they are merged on disk. If None, pair counts may
        take 1 GiB, or half of the memory that is to be had, if that is less.
    threads
        The number of threads; one per processor if None. The model does not depend on it.
    open_output
        Where W_out and b lie while the run descends: with ``cluster.output_layer.output_on`` on the
        workers of a cluster; None for here. There a checkpoint is saved at the start and at least
        every ``RECOVERY_SECONDS``, so an output has to be named; when a worker is lost the run goes
        on from the last one. The model does not depend on it.
    report
        Is called with each event of the run.

    Returns
    -------
    model
        The trained model; None if the run was stopped and saved.

    Raises
    ------
    UsageError
        If options do not fit together, or not to the store, the checkpoint or the old model; if
        an input would be overwritten, or if the memory given is too little.
    W2VError
        If there is not enough memory.
    RefusedError
        If the model is not accepted.
    InputError, DataError
        If an input cannot be read or used.
    DivergedError
        If the loss or a parameter stops being finite.
    OutputError, StorageError, LockedError
        If the output cannot be written, or another run holds it.
    """
    until = time.monotonic() + max_seconds
    target = None if output is None else Path(output)
    saved = beside(target) if target else None
    recovers = open_output is not None
    if recovers and checkpoint_passes is None:
        checkpoint_seconds = checkpoint_seconds or RECOVERY_SECONDS
    policy = CheckpointPolicy(
        saved, checkpoint_seconds, checkpoint_passes, until, _signal_received, recovers
    )
    if target is None and (resume or not policy.is_empty):
        raise UsageError("checkpoints lie beside the output: name an output, or leave them out")
    publication = Publication(target, accept, keep, keep_refused)
    publication.check()
    if isinstance(corpus, str | Path):
        corpus = [corpus]
    text = corpus if isinstance(corpus, Corpus | Store) else Corpus([str(name) for name in corpus])
    with ExitStack() as stack:
        if target and saved:
            _check_inputs(target, text, validation)
            check_checkpoint(saved)
            stack.enter_context(locked(target, patience, saved, *publication.files))
            if saved.exists() != resume:
                report(FromScratch(saved, saved.exists()))
        resumed = saved if resume and saved and saved.exists() else None
        team = stack.enter_context(Team(threads or processors()))
        source = stack.enter_context(opened(text, segments))
        held_out = held_out_text(validation, source, phrases) if validation else None
        training = prepare(
            source,
            options or TrainingOptions(),
            team,
            words,
            held_out,
            memory,
            resumed,
            target,
            Path(warm_start) if warm_start else None,
            open_output or output_here,
        )
        read = [
            *([source] if isinstance(source, Corpus) else []),
            *([held_out] if held_out else []),
        ]
        records = [record for text in read for record in text.records]
        started = _started(training, words or Selection(), resumed is not None, records)
        report(replace(started, options=training.options, threads=team.threads))
        long = None if recovers else long_run(training, words or Selection(), team, final_loss)
        if long is not None:
            report(long)
        # From here on there is something to save: a signal waits until that is done. The model is
        # made within the team, whose BLAS has one thread: so its bits are always the same.
        with signals.deferred():
            for event in run(training, policy, final_loss):
                report(event)
            if not isinstance(event, FinalReport):
                return None
            model = training.model()
            publication.publish(Finished(model, target, held_out), report)
            return model


def _check_inputs(target: Path, corpus: Corpus | Store, validation: str | Path | None) -> None:
    """Raise a UsageError if the output is one of the texts."""
    names = corpus.files if isinstance(corpus, Corpus) else []
    for name in (*names, *([] if validation is None else [str(validation)])):
        if is_input(target, name):
            raise UsageError(f"{target} is also read; write to another file")


@contextmanager
def opened(corpus: Corpus | Store, segments: str | None) -> Iterator[Corpus | list[Segment]]:
    """Open the segments of a store; a corpus is opened when it is read."""
    if isinstance(corpus, Store):
        with corpus.opened(segments) as found:
            yield found
        return
    if segments is not None:
        raise UsageError("segments are parts of a store, and this run has a text")
    yield corpus


def held_out_text(
    name: str | Path, source: Corpus | list[Segment], phrases: Sequence[PhraseTable]
) -> Corpus:
    """Return the held-out text, which becomes tokens as the others did."""
    tables = source.phrases if isinstance(source, Corpus) else phrases
    reading = replace(source.reading, include=()) if isinstance(source, Corpus) else Reading()
    return Corpus([str(name)], rules_of(source), tables, reading)


def _started(
    training: Training, words: Selection | Vocabulary, resumed: bool, records: list[InputRecord]
) -> Started:
    state = training.trainer.state
    rules = TextRules.from_json(training.about, "this run")
    before = training.warm_start.model.rules if training.warm_start else rules
    return Started(
        training.corpus.vocabulary,
        words if isinstance(words, Selection) else None,
        training.corpus.summary,
        training.corpus.fingerprint["tokens"],
        training.options.prior,
        training.warm_start.words if training.warm_start else None,
        training.baselines,
        training.held_out is not None,
        training.trainer.passes,
        Position(state.pass_number, state.blocks_done) if resumed else None,
        training.curve,
        records,
        training.warm_start.changed if training.warm_start else {},
        None if before == rules else (before, rules),
        training.corpus.fingerprint.get("pruned", {}).get("min_count", 0),
        _in_part(training.corpus),
    )


def _in_part(corpus: TrainingCorpus) -> tuple[TextInPart, ...]:
    """Return the texts of which a store has only some parts."""
    if isinstance(corpus, EncodedCorpus):
        return ()
    return tuple(in_part(e for segment, _ in corpus.sources for e in segment.info.inputs))


def _signal_received() -> bool:
    return signals.received() is not None
