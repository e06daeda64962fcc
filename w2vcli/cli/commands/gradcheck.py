"""``w2vcli gradcheck``: check the gradients, on this corpus."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from w2vcli.cli import console, option_groups, options, pages, paths, progress, text_options
from w2vcli.cli.options import option
from w2vcli.errors import W2VError
from w2vcli.training.options import Arch, Method

if TYPE_CHECKING:
    from w2vcli.learning.gradient_check import Finding
    from w2vcli.learning.gradient_errors import Worst

_NAMES = {"w_in": "W_in", "w_out": "W_out", "bias": "b"}
_SINGLE = 1e-3  # of float32
_Rows: TypeAlias = list[tuple[str, str]]  # of W_in: "word" or "ngram", and which


@option_groups.gathers
def gradcheck(
    words: option_groups.VocabularyWords,
    texts: text_options.RawTexts,
    settings: option_groups.Training,
    corpus: options.MaybeCorpus = None,
    arch: Annotated[
        Arch | None,
        option(help="Check only this architecture; both if not given.", show_default=False),
    ] = None,
    method: Annotated[
        Method | None,
        option(help="Check only this method; both if not given.", show_default=False),
    ] = None,
    threads: options.Threads = None,
    sample: Annotated[
        int | None,
        option(
            metavar="N",
            min=1,
            help="Positions of the text to take; up to 300, fewer for a large vocabulary, if not "
            "given.",
        ),
    ] = None,
    weights: Annotated[
        int, option(metavar="N", min=1, help="Parameters to move, of each group of each method.")
    ] = 10,
    tolerance: Annotated[
        float,
        option(
            metavar="X",
            help="The largest relative error to accept, in float64.",
            **options.POSITIVE,
        ),
    ] = 1e-5,
    json: options.Json = False,
) -> None:
    """Check the gradients, against finite differences and against the formulas.

    Trains on a sample of the corpus with the options of train, and compares at the point that this
    reaches: for every method, or only those that --arch and --method name. Exits with 0 if all
    errors are within the tolerance, else with 1.
    """
    from w2vcli import check_corpus

    corpus = texts.names(corpus)
    paths.input_files([*corpus, *words.files, *texts.files])
    chosen = words.read()
    text = texts.corpus(corpus)
    reading = progress.meter("reading the corpus", text.progress, "training")
    with reading as meter:
        findings, known, ngrams = check_corpus(
            text, settings, chosen, arch, method, sample, weights, threads,
            lambda share: meter.update(share, "checking"),
        )  # fmt: skip
    texts.report(text.records)
    rows = [*(("word", word) for word in known), *(("ngram", ngram) for ngram in ngrams)]
    if json:
        for finding in findings:
            console.write_json(_as_json(finding, rows, tolerance))
    else:
        counted = f"{len(known):,} words" + (f" and {len(ngrams):,} n-grams" if ngrams else "")
        _write_table(findings, rows, counted)
    _judge(findings, tolerance)


def _as_json(finding: "Finding", rows: _Rows, tolerance: float) -> dict[str, Any]:
    def worst(found: "Worst") -> dict[str, Any]:
        (kind, name), dimension = _place(found, rows)
        place = {kind: name, "dimension": dimension}
        return {"error": found.error} | place | {"found": found.found, "expected": found.expected}

    return {
        "arch": finding.arch,
        "method": finding.method,
        "group": finding.group,
        "differences": worst(finding.differences),
        "formulas": worst(finding.formulas),
        "single": worst(finding.single),
        "weights": finding.moved,
        "predictions": finding.predictions,
        "tolerance": tolerance,
        "within": _within(finding, tolerance),
    }


def _write_table(findings: "list[Finding]", rows: _Rows, counted: str) -> None:
    pages.write_table(
        f"Worst relative errors, at {findings[0].predictions:,.1f} predictions over {counted}",
        pages.Table(
            ["method", "", "differences", "worst at", "formulas", "worst at", "float32"],
            [
                [
                    _method(finding),
                    _NAMES[finding.group],
                    *_shown(finding.differences, rows),
                    *_shown(finding.formulas, rows),
                    f"{finding.single.error:.1e}",
                ]
                for finding in findings
            ],
        ),
    )


def _judge(findings: "list[Finding]", tolerance: float) -> None:
    """Report whether the gradients are true; end with exit code 1 if not."""
    beyond = [finding for finding in findings if not _within(finding, tolerance)]
    if not beyond:
        console.note(
            f"all {len(findings)} gradients are true to within {tolerance:g}, and to within "
            f"{_SINGLE:g} in float32"
        )
        return
    console.complain(
        f"{len(beyond)} of {len(findings)} gradients {'is' if len(beyond) == 1 else 'are'} not "
        f"true: that of {_NAMES[beyond[0].group]} by method {_method(beyond[0])} is beyond the "
        "tolerance"
    )
    raise typer.Exit(W2VError.exit_code)


def _method(finding: "Finding") -> str:
    """Name a training method in one word: only skip-gram has two."""
    return "cbow" if finding.arch == "cbow" else finding.method


def _within(finding: "Finding", tolerance: float) -> bool:
    """Return whether the errors are small enough; NaN never is."""
    exact = finding.differences.error <= tolerance and finding.formulas.error <= tolerance
    return exact and finding.single.error <= _SINGLE


def _place(worst: "Worst", rows: _Rows) -> tuple[tuple[str, str | None], int | None]:
    """Return the row and the dimension, from 1, of a parameter; None for what it has not."""
    if not worst.place:
        return ("word", None), None
    row, *dimension = worst.place
    return rows[row], dimension[0] + 1 if dimension else None


def _shown(worst: "Worst", rows: _Rows) -> tuple[str, str]:
    """Return an error, and the word and the dimension where it is; an n-gram is in brackets."""
    (kind, name), dimension = _place(worst, rows)
    if name is None:
        return "-", "-"
    name = f"({name})" if kind == "ngram" else name
    return f"{worst.error:.1e}", name if dimension is None else f"{name} {dimension}"
