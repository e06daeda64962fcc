"""``w2vcli train``: learn word vectors from a corpus."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, option_groups, options, paths, values
from w2vcli.cli.options import option
from w2vcli.cli.report import LossReport, describe_vocabulary
from w2vcli.errors import UsageError
from w2vcli.system import signals

if TYPE_CHECKING:
    from w2vcli.counts.segments import Segment
    from w2vcli.text.corpus import Corpus
    from w2vcli.training.recipe import Keeping, Training


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("train")(train)


@option_groups.gathers
def train(
    *,
    corpus: options.MaybeCorpus = None,
    output: Annotated[
        str, option("--output", "-o", metavar="MODEL", help="The model file to write.")
    ],
    words: option_groups.VocabularyWords,
    settings: option_groups.Training,
    lower: options.Lower = False,
    threads: options.Threads = None,
    memory: options.Memory = "1G",
    store: Annotated[
        str | None,
        option(metavar="DIR", help="Train on the counts of this store, instead of a corpus."),
    ] = None,
    segments: options.Segments = None,
    warm_start: Annotated[
        str | None,
        option(metavar="MODEL", help="Begin with this model's vectors; it may be the output."),
    ] = None,
    validation: Annotated[
        str | None, option(metavar="FILE", help="Held-out text; its loss is shown each pass.")
    ] = None,
    checkpoint_every: options.CheckpointEvery = None,
    resume: Annotated[
        bool,
        option(
            "--resume",
            help="Go on with the run in MODEL.checkpoint, if there is one; to the same model as "
            "if it had never stopped.",
        ),
    ] = False,
    max_time: options.MaxTime = None,
    lock: options.Lock = "fail",
    json: options.Json = False,
) -> None:
    """Learn word vectors from a corpus.

    The softmax is exact: over the whole vocabulary, for every prediction.

    A run that SIGINT or SIGTERM ends is saved first, to MODEL.checkpoint; a second signal ends it
    at once.
    """
    begin = time.monotonic()
    corpus = corpus or []
    from w2vcli.system.files import remove
    from w2vcli.system.threads import Team, processors
    from w2vcli.text.corpus import Corpus
    from w2vcli.text.vocabulary import Selection
    from w2vcli.training.checkpoint import beside
    from w2vcli.training.recipe import Keeping, prepare

    _check_source(corpus, store, segments, lower)
    paths.input_files([warm_start])  # which may be the output
    target = paths.output_file(output, [*corpus, *words.files, validation, store])
    saved = beside(target)
    seconds, passes = values.parse_interval(checkpoint_every)
    until = begin + values.parse_time(max_time)
    keeping = Keeping(saved, seconds, passes, until, lambda: signals.received() is not None)
    with console.feed() as send, paths.output_lock(target, lock, saved):
        # Results on the way are a convenience: whatever becomes of them, the model is written.
        report = LossReport(send if json else None)
        chosen = words.read()
        resumed = saved if resume and saved.exists() else None
        if saved.exists() != resume:
            console.note(
                f"{saved}: there is no such run to go on with, so this one begins anew"
                if resume
                else f"{saved}: a run was saved here; this one begins anew, without --resume"
            )
        with (
            Team(threads or processors()) as team,
            console.meter("reading the corpus") as meter,
            _source(corpus, lower, store, segments) as source,
        ):
            if not isinstance(source, Corpus):
                lower = source[0].about.counting.lower
            training = prepare(
                source,
                settings,
                team,
                chosen,
                Corpus([validation], lower) if validation else None,
                values.parse_size(memory),
                resumed,
                target,
                Path(warm_start) if warm_start else None,
            )
            if training.corpus.summary and isinstance(chosen, Selection):
                describe_vocabulary(training.corpus.summary, chosen, training.corpus.vocabulary)
            if training.warm_start:
                report.warm_start(training.warm_start.words)
            report.baselines(training.trainer.baselines, validation is not None)
            if resumed:
                report.resumed(training.trainer.state, training.trainer.passes)
            # From here on there is something to save: a signal waits until that is done. The
            # model is made within the team, whose BLAS has one thread: so its bits are the same.
            with signals.deferred():
                if finished := _run(training, keeping, meter, report):
                    training.model().save(target)
                    remove(saved)
        if finished:
            console.note(f"wrote {target}")


def _check_source(corpus: list[str], store: str | None, segments: str | None, lower: bool) -> None:
    if bool(corpus) == (store is not None):
        raise UsageError("train takes either texts or --store DIR: name what to train on")
    if segments is not None and store is None:
        raise UsageError("--segments chooses among the segments of a store; give --store DIR too")
    if lower and store is not None:
        raise UsageError("--lower: what is in a store was lower-cased when counted, or was not")


@contextmanager
def _source(
    corpus: list[str], lower: bool, store: str | None, segments: str | None
) -> "Iterator[Corpus | list[Segment]]":
    """Open what is to be trained on."""
    from w2vcli.text.corpus import Corpus

    if store is None:
        yield Corpus(corpus, lower)
        return
    from w2vcli.counts.store import Store

    with Store(Path(store)).opened(segments) as opened:
        yield opened


def _run(
    training: "Training", keeping: "Keeping", meter: console.Meter, report: LossReport
) -> bool:
    """Train, and tell of it; return whether the training came to its end."""
    from w2vcli.training.recipe import Saved, run
    from w2vcli.training.trainer import FinalReport, PassReport, Progress

    for event in run(training, keeping):
        if isinstance(event, Progress):
            share = (event.pass_number - 1 + event.blocks_done / event.blocks) / event.passes
            meter.update(share, f"pass {event.pass_number}/{event.passes}  loss {event.loss:.4f}")
        elif isinstance(event, Saved):
            report.saved(event, keeping.path, training.trainer.passes)
        elif isinstance(event, PassReport | FinalReport):
            report.finished(event)
    return isinstance(event, FinalReport)
