"""``w2vcli explain``: one step of training on paper."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from w2vcli.cli import console, explain_page, options, pages, paths, picture_files
from w2vcli.cli.lines import cut, text_of
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.pictures.step_page import ExampleOptions

_SENTENCE = "the cat sat on the mat"
_MOST_WORDS = 20


def explain(
    sentence: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SENTENCE", help=f"The text to train on; '{_SENTENCE}' if not given."
        ),
    ] = None,
    arch: options.ArchOption = "skipgram",
    position: Annotated[
        int | None,
        option(metavar="N", min=1, help="Which word of the sentence; the middle one if not given."),
    ] = None,
    window: options.Window = 2,
    dim: Annotated[int, option(metavar="N", min=1, max=100, help="Dimensions of the vectors.")] = 3,
    lr: Annotated[float, option(metavar="X", help="The step size.", **options.POSITIVE)] = 0.1,
    steps: Annotated[
        int | None,
        option(
            metavar="N",
            min=1,
            max=1000,
            help="Steps, all on the same window; 1 if not given, 50 with --output.",
        ),
    ] = None,
    start: Annotated[
        Literal["random", "zeros"],
        option(help="Begin with random tenths, or with zeros, to see why one must not."),
    ] = "random",
    bias: Annotated[bool, option(help="An output bias, which starts at the unigram.")] = False,
    smoothing: options.Smoothing = 1.0,
    prior: options.Prior = 0.0,
    seed: options.Seed = 1,
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write a page for a browser instead, FILE.html: both architectures, every number "
            "with its formula at a touch, and a slider through the steps.",
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Show one step of training on paper, with every formula and number.

    Softmax, loss and gradients come from the code that trains, run in float64. Positions in the
    sentence count from 1, with --json too.
    """
    if output is not None and json:
        raise UsageError("--json writes numbers to stdout, and --output a page; leave one out")
    if output is not None:
        picture_files.kind_of("--output", output, ["html"])
    path = None if output is None else paths.output_file(output, [])
    words = cut(text_of(sentence or [_SENTENCE]))
    if len(set(words)) > _MOST_WORDS:
        raise UsageError(
            f"explain is for a sentence that fits a terminal, of at most {_MOST_WORDS} different "
            f"words, and this one has {len(set(words))}; give a shorter one"
        )
    from w2vcli import example_values, work_out

    shared: ExampleOptions = {
        "position": None if position is None else position - 1,
        "window": window,
        "dim": dim,
        "lr": lr,
        "bias": bias,
        "smoothing": smoothing,
        "prior": prior,
        "seed": seed,
    }
    if path is not None:
        from w2vcli.pictures.step_page import STEPS, step_page

        made = step_page(words, arch=arch, start=start, steps=steps or STEPS, **shared)
        picture_files.write(path, made)
        console.note(f"wrote {path}")
        return
    example = work_out(words, arch=arch, start=start, steps=steps or 1, **shared)
    if json:
        console.write_json(example_values(example))
    else:
        page = explain_page.sections(example, arch == "cbow", window, lr, bias, smoothing, prior)
        pages.write_page(page)
