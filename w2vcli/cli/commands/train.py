"""``w2vcli train``: learn word vectors from a corpus."""

from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import (
    cluster_options,
    console,
    counting,
    gating,
    live_curve,
    option_groups,
    options,
    paths,
    picture_files,
    planning,
    progress,
    shard_options,
    text_options,
    training_events,
    training_report,
    values,
    wholeness,
)
from w2vcli.cli.options import option
from w2vcli.cli.report import LossReport
from w2vcli.errors import STOPPED, UsageError

if TYPE_CHECKING:
    pass


@option_groups.gathers
def train(
    *,
    corpus: options.MaybeCorpus = None,
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            metavar="MODEL",
            help="The model file to write; required, but for --plan.",
            show_default=False,
        ),
    ] = None,
    like: options.Like = None,  # by now its options are defaults (``usage``)
    words: option_groups.VocabularyWords,
    settings: option_groups.Training,
    texts: text_options.RawTexts,
    expected: wholeness.ExpectedText,
    closing: Annotated[
        bool | None,
        option(
            "--closing/--no-closing",
            help="Descend for the most frequent words only, and end with a Newton step of every "
            "input vector; so if not given, with grouped and adagrad.",
        ),
    ] = None,
    threads: options.Threads = None,
    scheduler: cluster_options.Scheduler = None,
    wait_for_workers: cluster_options.WaitForWorkers = cluster_options.WAIT_SECONDS,
    memory: options.RunMemory = None,
    store: Annotated[
        str | None,
        option(
            metavar="DIR",
            help="Train on the counts of this store, after adding those of a corpus if one is "
            "given.",
        ),
    ] = None,
    label: options.Label = None,
    segments: options.Segments = None,
    warm_start: Annotated[
        str | None,
        option(metavar="MODEL", help="Begin with this model's vectors; it may be the output."),
    ] = None,
    validation: Annotated[
        str | None, option(metavar="FILE", help="Held-out text; its loss is shown each pass.")
    ] = None,
    final_loss: Annotated[
        bool,
        option(
            help="Compute the exact loss of the final vectors in the end; without it they are the "
            "same.",
        ),
    ] = True,
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
    publishing: gating.PublishingOptions,
    plot: options.Plot = None,
    lock: options.Lock = "fail",
    strict_exit: Annotated[
        bool,
        option(
            "--strict-exit",
            help="End with exit code 5, and not 0, if --max-time stops the run; with 6 if --lock "
            "skip leaves the work to another.",
        ),
    ] = False,
    plan: options.Plan = False,
    json: options.Json = False,
) -> None:
    """Learn word vectors from a corpus.

    The softmax is exact: over the whole vocabulary, for every prediction.

    A run that SIGINT or SIGTERM ends is saved first, to MODEL.checkpoint; a second signal ends it
    at once.
    """
    if plan and scheduler is not None:
        raise UsageError("--plan is about this machine alone; leave out --scheduler")
    chosen = replace(settings, closing=closing)
    chosen.resolved()
    has_texts = bool(corpus or texts.files_from)
    _check_source(has_texts, store, label, segments, validation, texts)
    wholeness.check_used(expected, has_texts)
    size = None if memory is None else values.parse_size(memory)
    for_texts = size or values.parse_size(options.MEMORY)
    gate = publishing.gate(validation, final_loss, threads, for_texts)
    corpus = texts.names(corpus) if has_texts else []
    paths.input_files([warm_start])  # which may be the output
    if plan:
        planning.plan_training(
            chosen, words.read(), texts, texts.corpus(corpus, expected) if corpus else None, json,
            store=store, label=label, memory=memory, threads=threads, segments=segments,
            validation=validation, warm_start=warm_start, final_loss=final_loss,
            phrases=texts.tables() if store else (),
        )  # fmt: skip
        return
    output = planning.needs_output(output)
    read = [*corpus, *words.files, *texts.files, validation, store, *publishing.files]
    target = paths.output_file(output, read)
    publishing.check(gate, target, read)
    live = _live_curve(plot, target, [*read, warm_start])
    from w2vcli import Corpus, Store, output_on
    from w2vcli import train as run

    seconds, passes = values.parse_interval(checkpoint_every)
    picture_lock = (
        nullcontext() if plot is None else paths.output_lock(Path(plot), lock, strict=strict_exit)
    )
    with ExitStack() as stack:
        cluster = stack.enter_context(cluster_options.cluster_at(scheduler, wait_for_workers))
        counted = None
        source: Corpus | Store
        if store is None:
            source = texts.corpus(corpus, expected)
        elif not has_texts:
            source = Store(store)
        else:
            folder = paths.store_folder(store, [*corpus, *texts.files])
            source = Store(folder, threads, for_texts)
            windows = source.windows(chosen.window, chosen.window_weights)
            chosen.resolved(counted=windows)  # an error before the texts are counted
            text = texts.corpus(corpus, expected)
            with shard_options.on_cluster(cluster, for_texts) as shards:
                counted = counting.count_texts(source, texts, text, label, windows, sharding=shards)
        reading = (
            progress.meter("reading the corpus", source.progress, "preparing the training")
            if isinstance(source, Corpus)
            else progress.meter("adding the counts of the store")
        )
        send = stack.enter_context(console.feed())
        meter = stack.enter_context(reading)
        if counted and store and json:
            send({"event": "counted"} | counting.as_json(store, counted))
        # The model is written even if the results on the way cannot be.
        losses = LossReport(send if json else None)
        report = training_report.TrainingReport(losses, meter, texts, live)
        with paths.skipped_if_locked(target, lock, strict_exit), picture_lock:
            finished = run(
                source,
                target,
                chosen,
                words=words.read(),
                segments=segments,
                validation=validation,
                phrases=texts.tables() if store else (),
                warm_start=warm_start,
                final_loss=final_loss,
                checkpoint_seconds=seconds,
                checkpoint_passes=passes,
                resume=resume,
                accept=gating.reporting(gate, send if json else None, meter),
                keep=publishing.keep,
                keep_refused=publishing.keep_refused,
                max_seconds=values.parse_time(max_time),
                patience=values.parse_patience(lock),
                memory=size,
                threads=threads,
                open_output=output_on(cluster) if cluster else None,
                report=report,
            )
        if json:
            training_events.ended(send, target if finished else None)
    if finished:
        if not json:
            live_curve.show(live.curve)
        console.note(f"wrote {target}")
    if live.written:
        console.note(f"wrote {plot}")
    if not finished and strict_exit:
        raise typer.Exit(STOPPED)


def _check_source(
    has_texts: bool,
    store: str | None,
    label: str | None,
    segments: str | None,
    validation: str | None,
    texts: text_options.Texts,
) -> None:
    if not has_texts and store is None:
        raise UsageError("train takes texts, or --store DIR, or both: name what to train on")
    if label is not None and not (has_texts and store is not None):
        raise UsageError(
            "--label names texts that are counted into a store; give texts and --store DIR too"
        )
    if segments is not None and store is None:
        raise UsageError("--segments chooses among the segments of a store; give --store DIR too")
    if store is None or has_texts or texts.given is None:
        return
    if texts.given == "--lower":
        raise UsageError(
            "--lower: what is in a store was lower-cased when counted, or was not; leave it out"
        )
    if texts.given != "--phrases":
        raise UsageError(
            f"{texts.given}: the texts in a store became tokens when they were counted; give it to "
            "'w2vcli count'"
        )
    if validation is None:
        raise UsageError(
            "--phrases: in a store they were joined when its texts were counted; give it to "
            "'w2vcli count', and here only with --validation"
        )


def _live_curve(plot: str | None, target: Path, read: list[str | None]) -> live_curve.LiveCurve:
    """Return the curve to keep, with the file to write it to, once that is sure to do no harm."""
    title = live_curve.title_of(target)
    if plot is None:
        return live_curve.LiveCurve(None, "", title)
    kind = picture_files.kind_of("--plot", plot)
    written = [str(target), f"{target}.checkpoint"]
    return live_curve.LiveCurve(paths.picture_file("--plot", plot, read, written), kind, title)
