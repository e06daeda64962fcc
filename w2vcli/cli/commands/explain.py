"""``w2vcli explain``: one step of training on paper."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from w2vcli.cli import console, options, pages
from w2vcli.cli.options import option
from w2vcli.cli.pages import Section, Table
from w2vcli.cli.queries import cut, text_of
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli.learning.worked_example import Step, WorkedExample
    from w2vcli.softmax.kernel import Matrix

_SENTENCE = "the cat sat on the mat"
_MOST_WORDS = 20
_COLUMNS = 3  # of a vector; two vectors beside each other fit 80 columns


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
        seed=seed,
    )
    if json:
        settings = {"arch": arch, "window": window, "dim": dim, "lr": lr, "seed": seed}
        console.write_json(
            {"sentence": words} | settings | {"start": start, "bias": bias} | _as_json(example)
        )
    else:
        pages.write_page(_page(example, arch == "cbow", window, lr, bias))


def _as_json(example: "WorkedExample") -> dict[str, Any]:
    """Return every number of the example as plain values; positions count from 1."""
    return {
        "vocabulary": example.words,
        "counts": example.counts,
        "position": example.position + 1,
        "context": [position + 1 for position in example.context],
        "x": example.x.tolist(),
        "y": example.y.tolist(),
        "steps": [
            {
                "w_in": step.weights.w_in.tolist(),
                "w_out": step.weights.w_out.tolist(),
                "b": step.weights.bias.tolist(),
                "h": step.h.tolist(),
                "z": step.z.tolist(),
                "p": step.p.tolist(),
                "loss": step.loss,
                "residual": step.residual.tolist(),
                "d_h": step.d_hidden.tolist(),
                "d_w_in": step.gradients.w_in.tolist(),
                "d_w_out": step.gradients.w_out.tolist(),
                "d_b": step.gradients.bias.tolist(),
                "w_in_after": step.after.w_in.tolist(),
                "w_out_after": step.after.w_out.tolist(),
                "b_after": step.after.bias.tolist(),
                "loss_after": step.loss_after,
            }
            for step in example.steps
        ],
        "finite_differences": [
            {"parameter": s.name, "place": s.place, "formula": s.formula, "slope": s.difference}
            for s in example.slopes
        ],
    }


def _page(
    example: "WorkedExample", cbow: bool, window: int, lr: float, bias: bool
) -> Iterator[Section]:
    """Yield the page, section by section, in the order of the calculation."""
    words, x, y, step = example.words, example.x, example.y, example.steps[0]
    predicted = frozenset(y.nonzero()[0].tolist())
    given = frozenset(x.nonzero()[0].tolist())
    n = float(y.sum())
    count = _short(n)
    # What stands before p where a window of C context words shares one softmax.
    of_n = "p" if n == 1 else f"{count} p"
    vectors = _headings("v", step.weights.w_in)
    outputs = _headings("u", step.weights.w_out)

    centre = words[example.tokens[example.position]]
    shown = [words[token] for token in example.tokens]
    shown[example.position] = f"[{centre}]"
    around = " ".join(words[example.tokens[place]] for place in example.context)
    what = (
        f"CBOW predicts '{centre}' from the words around it"
        if cbow
        else f"skip-gram predicts the words around '{centre}'"
    )
    yield Section(
        f"One step of word2vec on paper: {what}",
        text=f"{' '.join(shown)}\nwithin {window} {'word' if window == 1 else 'words'} of "
        f"'{centre}': {around}",
    )
    m = len(example.context)
    text = (
        f"x is the mean of the one-hot vectors of the {m} context words; y marks the centre word."
        if cbow
        else f"x marks the centre word; y counts the context words, C = {count} of them."
    )
    yield Section(
        "1  Words in, words to predict",
        f"x = (1/{m}) sum of one-hot vectors" if cbow else f"x = one-hot vector of '{centre}'",
        text,
        Table(
            ["word", "id", "count", "x", "y"],
            [
                [word, str(i), str(example.counts[i]), _short(x[i]), _short(y[i])]
                for i, word in enumerate(words)
            ],
            strong=given,
        ),
    )
    text = (
        "The hidden vector is the mean of the context words' rows of W_in (bold)."
        if cbow
        else "The hidden vector is a look-up: x picks its row of W_in (bold)."
    )
    yield Section(
        "2  Hidden vector",
        "h = W_in' x",
        text,
        Table(
            ["W_in", "x", *vectors],
            [
                *(
                    [word, _short(x[i]), *_vector(step.weights.w_in[i], 1)]
                    for i, word in enumerate(words)
                ),
                ["h", "", *_vector(step.h, 4 if cbow else 1)],
            ],
            strong=given,
            totals=1,
        ),
    )
    yield Section(
        "3  Scores",
        "z = W_out h + b" if bias else "z = W_out h",
        "Each word's output vector u (its row of W_out), times h.",
        Table(
            ["W_out", *outputs, *(["b"] if bias else []), "z"],
            [
                [
                    word,
                    *_vector(step.weights.w_out[i], 1),
                    *([_number(step.weights.bias[i])] if bias else []),
                    _number(step.z[i]),
                ]
                for i, word in enumerate(words)
            ],
        ),
    )
    exponentials = [_exp(z) for z in step.z.tolist()]
    yield Section(
        "4  Softmax",
        "p_j = exp(z_j) / sum_k exp(z_k)",
        "The sum runs over the whole vocabulary. Nothing is sampled.",
        Table(
            ["word", "z", "exp(z)", "p"],
            [
                *(
                    [word, _number(step.z[i]), _number(exponentials[i]), _number(step.p[i])]
                    for i, word in enumerate(words)
                ),
                ["sum", "", _number(math.fsum(exponentials)), _number(step.p.sum())],
            ],
            strong=predicted,
            totals=1,
        ),
    )
    yield Section(
        "5  Loss",
        "L = - sum_j y_j ln p_j",
        "In nats: how surprised the model is by what stands there.",
        Table(
            ["word", "y", "p", "- ln p", "- y ln p"],
            [
                *(
                    [words[i], _short(y[i]), _number(step.p[i])]
                    + [_number(cost) for cost in (_cost(step.p[i]), y[i] * _cost(step.p[i]))]
                    for i in sorted(predicted)
                ),
                ["L", "", "", "", _number(step.loss)],
            ],
            totals=1,
        ),
    )
    yield Section(
        "6  Residual",
        f"dL/dz = {of_n} - y",
        "Expected minus observed: the slope of the loss along each score."
        + ("" if n == 1 else " The C words share one softmax, and their residuals add up."),
        Table(
            ["word", of_n, "y", f"{of_n} - y"],
            [
                [word, _number(n * step.p[i]), _short(y[i]), _number(step.residual[i])]
                for i, word in enumerate(words)
            ],
            strong=predicted,
        ),
    )
    observed = y @ step.weights.w_out
    expected = n * step.p @ step.weights.w_out
    times = "" if n == 1 else f"{count} "
    yield Section(
        "7  Gradient of the hidden vector",
        f"dL/dh = W_out' ({of_n} - y)",
        "Step against it, and h moves by what was observed minus what was expected.",
        Table(
            ["", *_headings("", step.weights.w_out)],
            [
                ["observed: u_o" if n == 1 else "observed: sum of the u_o", *_vector(observed)],
                [f"expected: {times}sum_k p_k u_k", *_vector(expected)],
                ["dL/dh = expected - observed", *_vector(step.d_hidden)],
            ],
            totals=1,
        ),
    )
    text = (
        "h is a mean of "
        f"{m} vectors, so each of them gets 1/{m} of dL/dh, as often as it stands there."
        if cbow
        else "h was one row of W_in, so that row gets all of it, and no other row any."
    )
    yield Section(
        "8  Gradient of the input vectors",
        "dL/dW_in = x (dL/dh)'",
        text,
        Table(
            ["W_in", "x", *_headings("dv", step.weights.w_in)],
            [
                [words[i], _short(x[i]), *_vector(step.gradients.w_in[i])]
                for i in range(len(words))
                if x[i]
            ],
        ),
    )
    yield Section(
        "9  Gradient of the output vectors",
        f"dL/dW_out = ({of_n} - y) h'",
        "An outer product: every word's vector moves along h, by its residual."
        + (" The bias's gradient is the residual itself." if bias else ""),
        Table(
            ["W_out", "residual", *_headings("du", step.weights.w_out)],
            [
                [word, _number(step.residual[i]), *_vector(step.gradients.w_out[i])]
                for i, word in enumerate(words)
            ],
            strong=predicted,
        ),
    )
    yield Section(
        "10  Is it true?",
        "dL/dw = (L(w + e) - L(w - e)) / 2e",
        "Move a single weight by e = 0.00001 to either side, and watch the loss.",
        Table(
            ["weight", "formula", "finite difference"],
            [
                [
                    _name(slope.name, slope.place, words),
                    f"{slope.formula:.8f}",
                    f"{slope.difference:.8f}",
                ]
                for slope in example.slopes
            ],
        ),
    )
    yield Section(
        "11  Update",
        f"w = w - {lr:g} dL/dw",
        _moved(step, bias),
        Table(
            ["vector", *_headings("", step.weights.w_in), *_headings("new ", step.weights.w_in)],
            [
                *(
                    [f"v {word}", *_vector(step.weights.w_in[i]), *_vector(step.after.w_in[i])]
                    for i, word in enumerate(words)
                    if x[i]
                ),
                *(
                    [f"u {word}", *_vector(step.weights.w_out[i]), *_vector(step.after.w_out[i])]
                    for i, word in enumerate(words)
                ),
                *(
                    [
                        f"b {word}",
                        *[_number(step.weights.bias[i]), *_blank(step.weights.w_in)],
                        *[_number(step.after.bias[i]), *_blank(step.weights.w_in)],
                    ]
                    for i, word in enumerate(words)
                    if bias
                ),
            ],
        ),
    )
    yield _losses(example.steps, n)


def _losses(steps: Sequence["Step"], n: float) -> Section:
    """Return the section on how the loss went."""
    losses = [step.loss for step in steps] + [steps[-1].loss_after]
    change = losses[-1] - losses[0]
    text = "The same window again."
    if abs(change) < 1e-12:
        text += " Nothing has changed."
    elif change > 0:
        text += " The loss has risen: the step is too large. Try a smaller --lr."
    else:
        text += f" The loss has fallen by {_number(-change)}."
    # The first ones, and the last.
    listed = [*range(min(len(losses), 11)), *([len(losses) - 1] if len(losses) > 11 else [])]
    return Section(
        f"12  The loss after {'the step' if len(steps) == 1 else f'{len(steps)} steps'}",
        "perplexity = exp(L)" if n == 1 else f"perplexity = exp(L / {_short(n)})",
        text,
        Table(
            ["after step", "L", "perplexity"],
            [
                [str(number), _number(losses[number]), _number(_exp(losses[number] / n))]
                for number in listed
            ],
        ),
    )


def _moved(step: "Step", bias: bool) -> str:
    """Say what the step moves; where it starts at zero, why that is nothing."""
    if step.weights.w_in.any() or step.weights.w_out.any():
        return "Down the slope, for every weight at once."
    return (
        "W_out is zero, so dL/dh = W_out' (...) is zero: W_in gets no gradient. h is zero, so "
        "dL/dW_out = (...) h' is zero too. Each matrix waits for the other, and nothing ever "
        "leaves zero, however many steps are taken. Start one of them at random."
        + (" Only the bias moves: it learns how frequent words are, and no more." if bias else "")
    )


def _headings(name: str, matrix: "Matrix") -> list[str]:
    """Name the columns of a vector, as many as ``_vector`` shows."""
    dim = matrix.shape[1]
    if dim <= _COLUMNS:
        return [f"{name}{k + 1}" for k in range(dim)]
    return [*(f"{name}{k + 1}" for k in range(_COLUMNS - 1)), f"..{name.strip()}{dim}"]


def _blank(matrix: "Matrix") -> list[str]:
    """Fill the columns of a vector beside a single number."""
    return [""] * (min(matrix.shape[1], _COLUMNS) - 1)


def _vector(values: "Matrix", places: int = 4) -> list[str]:
    """Show a vector; of a long one, the first elements and the last."""
    if len(values) > _COLUMNS:
        return [*_vector(values[: _COLUMNS - 1], places), *_vector(values[-1:], places)]
    return [_number(value, places) for value in values.tolist()]


def _number(value: float, places: int = 4) -> str:
    if abs(value) >= 1e5:
        return f"{value:.3e}"
    return f"{round(float(value), places) + 0:.{places}f}"  # + 0: no minus before a zero


def _short(value: float) -> str:
    """Show a count, or the share of a word, as short as it is."""
    return f"{value:.4g}"


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _cost(p: float) -> float:
    return -math.log(p) if p > 0 else math.inf


def _name(parameter: str, place: tuple[int, ...], words: list[str]) -> str:
    word = words[place[0]]
    if parameter == "bias":
        return f"b of {word}"
    return f"{'v' if parameter == 'w_in' else 'u'}{place[1] + 1} of {word}"
