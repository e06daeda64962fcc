"""``--plan``: what a run would take, as tables; and what a long run says at its start."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2vcli.cli import console, counting, pages, paths, progress, values
from w2vcli.cli.text_options import Texts
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Corpus, Plan, Selection, Store, TrainingOptions, Vocabulary, Windows
    from w2vcli.training.events import LongRun

_MB = 1e6


def needs_output(output: str | None) -> str:
    """Return the name of the output, which only ``--plan`` can do without.

    Raises
    ------
    UsageError
        If there is none.
    """
    if output is None:
        raise UsageError(
            "Missing option '--output' / '-o': name the model file to write (only --plan needs "
            "none)"
        )
    return output


def plan_training(
    options: "TrainingOptions",
    words: "Selection | Vocabulary",
    texts: Texts,
    text: "Corpus | None",
    json: bool,
    *,
    store: str | None,
    label: str | None,
    memory: str | None,
    threads: int | None,
    **more: Any,  # noqa: ANN401 - as they are, of ``plan``
) -> None:
    """Plan a training run, and write the plan; ``more`` are further parameters of ``plan``."""
    from w2vcli import Store, plan, scratch_store

    limit = None if memory is None else values.parse_size(memory)

    def planned(source: "Corpus | Store") -> "Plan":
        with progress.meter("reading", getattr(source, "progress", None), "planning the run"):
            return plan(source, options, words=words, memory=limit, threads=threads, **more)

    if text is None or store is None:
        found = planned(Store(store or "") if text is None else text)
    else:
        folder = paths.store_folder(store, [*text.files, *texts.files])
        windows = Store(folder).windows(options.window, options.window_weights)
        with scratch_store(folder, text.rules, windows, threads) as scratch:
            with progress.meter("reading the corpus", text.progress, "counting pairs of words"):
                scratch.add(text, counting.label_of(label), windows)
            found = planned(scratch)
    if text is not None:
        texts.report(text.records)
    write(found, json)


def plan_counting(
    folder: str | Path,
    texts: Texts,
    corpus: "Corpus",
    windows: "Windows",
    json: bool,
    **more: Any,  # noqa: ANN401 - as they are, of ``plan_count``
) -> None:
    """Plan the counting of texts into a store, and write the plan."""
    from w2vcli import plan_count

    with progress.meter("reading the corpus", corpus.progress, "planning the counting"):
        found = plan_count(folder, corpus, windows, **more)
    texts.report(corpus.records)
    write(found, json)


def write(found: "Plan", json: bool) -> None:
    """Write a plan as a result: tables on a terminal, lines of cells in a pipe, or JSON."""
    if json:
        console.write_json(found.as_json())
    elif console.results_on_terminal():
        _write_tables(found)
    else:
        _write_lines(found)
    if found.refusal:
        console.complain(f"the run would be refused: {found.refusal}")


def _rows(
    found: "Plan", of: Callable[[Any], dict[str, Any]], shown: Callable[[Any], str]
) -> list[list[str]]:
    """Return a row for each name that any of the vocabularies has, with its numbers."""
    numbers = [of(choice) for choice in found.choices]
    names = dict.fromkeys(name for one in numbers for name in one)
    return [[name, *(shown(one.get(name)) for one in numbers)] for name in names]


def _of_words(choice: Any) -> dict[str, Any]:  # noqa: ANN401 - a Choice, which loads Numba
    found = {"words": choice.words, "tokens": choice.tokens}
    return found if choice.pairs is None else found | {"pairs of words": choice.pairs}


def _write_lines(found: "Plan") -> None:
    console.write_row(["words", "vocabulary", *(choice.option for choice in found.choices)])
    for row in _rows(found, _of_words, _plain):
        console.write_row(["words", *row])
    for row in _rows(found, lambda c: c.arrays | {"peak": c.peak, "file": c.model}, _plain):
        console.write_row(["bytes", *row])
    for row in _rows(found, lambda c: c.seconds | {"all": c.total}, _plain):
        console.write_row(["seconds", *row])


def _plain(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _write_tables(found: "Plan") -> None:
    options = [choice.option for choice in found.choices]
    of_types = "" if found.types is None else f" of {found.types:,} types"
    rows = _rows(found, _of_words, lambda value: "" if value is None else f"{value:,}")
    title = f"Plan for {found.tokens:,} tokens{of_types}, {found.threads} threads"
    about = ""
    if found.sampled > 1:
        about = f"Pairs were counted of every {found.sampled}th word, and times are estimates."
    pages.write_table(title, pages.Table(["", *options], rows), about)
    rows = _rows(found, lambda c: c.arrays, _megabytes)
    rows += [["peak memory", *(_megabytes(c.peak) for c in found.choices)]]
    rows += [["peak in stage", *(c.peak_stage for c in found.choices)]]
    rows += [["written", *(_megabytes(c.model) for c in found.choices)]]
    about = ""
    if found.room:
        about = f"This process may have {found.room.bytes / _MB:,.0f} MB."
    pages.write_table("Memory, MB", pages.Table(["", *options], rows, totals=3), about)
    rows = _rows(found, lambda c: c.seconds, _tenths)
    rows += [["in all", *(_tenths(c.total) for c in found.choices)]]
    pages.write_table("Time, s", pages.Table(["", *options], rows, totals=1))


def _megabytes(value: int | None) -> str:
    return "" if value is None else f"{value / _MB:,.1f}"


def _tenths(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


def describe_long_run(event: "LongRun") -> str:
    """Return the line with which a long run begins."""
    line = (
        f"this run will take about {_duration(event.seconds)}, with {event.words:,} words and "
        f"{event.dim:,} dimensions"
    )
    if event.shorter is None:
        return f"{line}; a smaller --max-vocab or --dim would shorten it"
    way = event.shorter
    return (
        f"{line}; {way.option} would leave {way.words:,} words and about "
        f"{_duration(way.seconds)}, a smaller --dim shortens it too ('--plan' says more)"
    )


def long_run_json(event: "LongRun") -> dict[str, Any]:
    """Return that as plain values."""
    values = {"event": "long_run", "seconds": round(event.seconds, 1)}
    way = event.shorter
    shorter = way and {
        "option": way.option,
        "words": way.words,
        "seconds": round(way.seconds, 1),
    }
    return values | {"words": event.words, "dim": event.dim, "shorter": shorter}


def _duration(seconds: float) -> str:
    """Write a time as a person would say it."""
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return (
                f"{seconds / unit:.1f} {name}"
                if seconds < 10 * unit and unit > 60
                else (f"{seconds / unit:.0f} {name}")
            )
    return f"{seconds:.0f} seconds"
