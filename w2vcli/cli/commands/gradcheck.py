"""``w2vcli gradcheck``: say whether the gradients are true, on this corpus."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from w2vcli.cli import console, option_groups, options, pages, paths
from w2vcli.cli.options import option
from w2vcli.errors import W2VError
from w2vcli.system import signals

if TYPE_CHECKING:
    from w2vcli.learning.gradient_check import Finding, Worst

_NAMES = {"w_in": "W_in", "w_out": "W_out", "bias": "b"}
_SINGLE = 1e-3  # of float32
_NARROWING = ("arch", "method")


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("gradcheck")(gradcheck)


@option_groups.gathers
def gradcheck(
    context: typer.Context,
    corpus: options.Corpus,
    words: option_groups.VocabularyWords,
    settings: option_groups.Training,
    lower: options.Lower = False,
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
        int, option(metavar="N", min=1, help="Weights to move, of each group of each method.")
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
    from w2vcli.learning.gradient_check import METHODS, check_gradients
    from w2vcli.system.threads import Team, processors
    from w2vcli.text.corpus import Corpus
    from w2vcli.training.data import encode_as

    paths.input_files([*corpus, *words.files])
    given = {name for name in _NARROWING if _is_given(context, name)}
    methods = tuple(
        (arch, method)
        for arch, method in METHODS
        if ("arch" not in given or arch == settings.arch)
        and ("method" not in given or method == settings.method)
    )
    chosen = words.read()
    findings: list[Finding] = []
    with Team(threads or processors()) as team, console.meter("reading the corpus") as meter:
        encoded = encode_as(Corpus(corpus, lower), chosen, team.threads)
        for finding in check_gradients(encoded, settings, team, methods, sample, weights):
            signals.check()
            findings.append(finding)
            share = len(findings) / (len(methods) * (3 if settings.bias else 2))
            meter.update(share, "checking")
    if json:
        for finding in findings:
            console.write_json(asdict(finding) | {"tolerance": tolerance})
    else:
        names = encoded.vocabulary.words
        pages.write_table(
            f"Worst relative errors, at {findings[0].predictions:,.1f} predictions over "
            f"{len(names):,} words",
            pages.Table(
                ["method", "", "differences", "worst at", "formulas", "worst at", "float32"],
                [
                    [
                        _method(finding),
                        _NAMES[finding.group],
                        *_shown(finding.differences, names),
                        *_shown(finding.formulas, names),
                        f"{finding.single.error:.1e}",
                    ]
                    for finding in findings
                ],
            ),
        )
    beyond = [f for f in findings if not _within(f, tolerance)]
    if beyond:
        console.complain(
            f"{len(beyond)} of {len(findings)} gradients are not true: that of "
            f"{_NAMES[beyond[0].group]} by method {_method(beyond[0])} is beyond the tolerance"
        )
        raise typer.Exit(W2VError.exit_code)


def _method(finding: "Finding") -> str:
    """Name a way to train, in a word: only skip-gram has two."""
    return "cbow" if finding.arch == "cbow" else finding.method


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _within(finding: "Finding", tolerance: float) -> bool:
    """Say whether the errors are small enough; NaN never is."""
    exact = finding.differences.error <= tolerance and finding.formulas.error <= tolerance
    return exact and finding.single.error <= _SINGLE


def _shown(worst: "Worst", names: list[str]) -> tuple[str, str]:
    """Return an error, and the word and the dimension where it is."""
    if not worst.place:
        return "-", "-"
    word, *dimension = worst.place
    return f"{worst.error:.1e}", " ".join([names[word], *(str(d + 1) for d in dimension)])
