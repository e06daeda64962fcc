"""``w2vcli explain``: one step of training on paper."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from w2vcli.cli import console, explain_page, options, pages
from w2vcli.cli.lines import cut, text_of
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.learning.worked_example import WorkedExample

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
        int, option(metavar="N", min=1, max=1000, help="Steps, all on the same window.")
    ] = 1,
    start: Annotated[
        Literal["random", "zeros"],
        option(help="Begin with random tenths, or with zeros, to see why one must not."),
    ] = "random",
    bias: Annotated[bool, option(help="An output bias, which starts at the unigram.")] = False,
    smoothing: options.Smoothing = 1.0,
    prior: options.Prior = 0.0,
    seed: options.Seed = 1,
    json: options.Json = False,
) -> None:
    """Show one step of training on paper, with every formula and number.

    Softmax, loss and gradients come from the code that trains, run in float64. Positions in the
    sentence count from 1, with --json too.
    """
    words = cut(text_of(sentence or [_SENTENCE]))
    if len(set(words)) > _MOST_WORDS:
        raise UsageError(
            f"explain is for a sentence that fits a terminal, of at most {_MOST_WORDS} different "
            f"words, and this one has {len(set(words))}; give a shorter one"
        )
    from w2vcli import work_out

    example = work_out(
        words,
        arch=arch,
        position=None if position is None else position - 1,
        window=window,
        dim=dim,
        lr=lr,
        steps=steps,
        start=start,
        bias=bias,
        smoothing=smoothing,
        prior=prior,
        seed=seed,
    )
    if json:
        settings = {"arch": arch, "window": window, "dim": dim, "lr": lr, "seed": seed}
        more = {"start": start, "bias": bias, "smoothing": smoothing, "prior": prior}
        console.write_json({"sentence": words} | settings | more | _as_json(example))
    else:
        page = explain_page.sections(example, arch == "cbow", window, lr, bias, smoothing, prior)
        pages.write_page(page)


def _as_json(example: "WorkedExample") -> dict[str, Any]:
    """Return every number of the example as plain values; positions count from 1."""
    return {
        "vocabulary": example.words,
        "counts": example.counts,
        "position": example.position + 1,
        "context": [position + 1 for position in example.context],
        "x": example.x.tolist(),
        "y": example.y.tolist(),
        "factors": example.factors.tolist(),
        "shares": example.shares.tolist(),
        "steps": [
            {
                "w_in": step.weights.w_in.tolist(),
                "w_out": step.weights.w_out.tolist(),
                "b": step.weights.bias.tolist(),
                "h": step.h.tolist(),
                "z": step.z.tolist(),
                "p": step.p.tolist(),
                "loss": step.loss,
                "penalty": step.penalty,
                "residual": step.residual.tolist(),
                "d_h": step.d_hidden.tolist(),
                "d_w_in": step.gradients.w_in.tolist(),
                "d_w_out": step.gradients.w_out.tolist(),
                "d_b": step.gradients.bias.tolist(),
                "w_in_after": step.after.w_in.tolist(),
                "w_out_after": step.after.w_out.tolist(),
                "b_after": step.after.bias.tolist(),
                "loss_after": step.loss_after,
                "penalty_after": step.penalty_after,
            }
            for step in example.steps
        ],
        "finite_differences": [
            {"parameter": s.name, "place": s.place, "formula": s.formula, "slope": s.difference}
            for s in example.slopes
        ],
    }
