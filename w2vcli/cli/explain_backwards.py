"""The sections of the page of ``explain`` from the loss back to the weights."""

from typing import TYPE_CHECKING

from w2vcli.cli.explain_numbers import Page, blanks, headings, short, vector, written
from w2vcli.cli.pages import Section, Table

if TYPE_CHECKING:
    from w2vcli.learning.example import Step


def residual(page: Page) -> Section:
    """Part 6: dL/dz."""
    y, step, single = page.example.y, page.step, page.single
    return Section(
        "6  Residual",
        f"dL/dz = {page.n_p} - y",
        "Expected minus observed: the slope of the loss along each score."
        + ("" if single else " The C words share one softmax, and their residuals add up."),
        Table(
            ["word", page.n_p, "y", f"{page.n_p} - y"],
            [
                [
                    word,
                    written(page.between.expected_counts[i]),
                    short(y[i]),
                    written(step.residual[i]),
                ]
                for i, word in enumerate(page.words)
            ],
            strong=page.predicted,
        ),
    )


def gradient_of_hidden(page: Page) -> Section:
    """Part 7: dL/dh."""
    step, n = page.step, page.n
    times = "" if n == 1 else f"{short(n)} "
    return Section(
        "7  Gradient of the hidden vector",
        f"dL/dh = W_out' ({page.n_p} - y)",
        "Step against it, and h moves by what was observed minus what was expected.",
        Table(
            ["", *headings("", step.weights.w_out)],
            [
                [_observed(page), *vector(page.between.observed)],
                [f"expected: {times}sum_k p_k u_k", *vector(page.between.expected)],
                ["dL/dh = expected - observed", *vector(step.d_hidden)],
            ],
            totals=1,
        ),
    )


def _observed(page: Page) -> str:
    """Name what was observed: the u_o, each as often as its y says."""
    if page.smoothed:
        return "observed: sum of the y_o u_o"
    return "observed: u_o" if page.single else "observed: sum of the u_o"


def gradient_of_input(page: Page) -> Section:
    """Part 8: dL/dW_in."""
    x, step, m = page.example.x, page.step, page.contexts
    share, prior = page.example.shares, page.prior
    text = (
        "h is a mean of "
        f"{m} vectors, so each of them gets 1/{m} of dL/dh, as often as it stands there."
        if page.cbow
        else "h was one row of W_in, so that row gets all of it, and no other row any."
    )
    if prior:
        what = "the weights in means that a word has" if page.cbow else "the positions of a word"
        text += (
            f" The prior pulls each row towards zero, by lambda = {prior:g} times the row over the "
            f"whole sentence; of {what} there, the share a is in this window."
        )
    return Section(
        "8  Gradient of the input vectors",
        "dL/dW_in = x (dL/dh)'" + (" + lambda a v" if prior else ""),
        text,
        Table(
            ["W_in", "x", *(["a"] if prior else []), *headings("dv", step.weights.w_in)],
            [
                [
                    word,
                    *(short(value) for value in ([x[i], share[i]] if prior else [x[i]])),
                    *vector(step.gradients.w_in[i]),
                ]
                for i, word in enumerate(page.words)
                if x[i]
            ],
        ),
    )


def gradient_of_output(page: Page) -> Section:
    """Part 9: dL/dW_out."""
    step = page.step
    return Section(
        "9  Gradient of the output vectors",
        f"dL/dW_out = ({page.n_p} - y) h'",
        "An outer product: every word's vector moves along h, by its residual."
        + (" The bias's gradient is the residual itself." if page.bias else ""),
        Table(
            ["W_out", "residual", *headings("du", step.weights.w_out)],
            [
                [word, written(step.residual[i]), *vector(step.gradients.w_out[i])]
                for i, word in enumerate(page.words)
            ],
            strong=page.predicted,
        ),
    )


def differences(page: Page) -> Section:
    """Part 10: the slopes of a few weights, by the formula and as finite differences."""
    return Section(
        "10  Is it true?",
        "dL/dw = (L(w + e) - L(w - e)) / 2e",
        "Move a single weight by e = 0.00001 to either side, and watch the loss"
        + (", with the prior in it." if page.prior else "."),
        Table(
            ["weight", "formula", "finite difference"],
            [
                [
                    _name(slope.name, slope.place, page.words),
                    f"{slope.formula:.8f}",
                    f"{slope.difference:.8f}",
                ]
                for slope in page.example.slopes
            ],
        ),
    )


def update(page: Page, lr: float) -> Section:
    """Part 11: the weights before and after the step."""
    old, new = page.step.weights, page.step.after
    blank = blanks(old.w_in)
    rows = [
        *(
            [f"v {word}", *vector(old.w_in[i]), *vector(new.w_in[i])]
            for i, word in enumerate(page.words)
            if page.example.x[i]
        ),
        *(
            [f"u {word}", *vector(old.w_out[i]), *vector(new.w_out[i])]
            for i, word in enumerate(page.words)
        ),
        *(
            [f"b {word}", written(old.bias[i]), *blank, written(new.bias[i]), *blank]
            for i, word in enumerate(page.words)
            if page.bias
        ),
    ]
    return Section(
        "11  Update",
        f"w = w - {lr:g} dL/dw",
        _moved(page.step, page.bias),
        Table(["vector", *headings("", old.w_in), *headings("new ", old.w_in)], rows),
    )


def losses(page: Page) -> Section:
    """Part 12: the loss after each step."""
    from w2vcli import intermediates

    steps, n = page.example.steps, page.n
    betweens = [intermediates(page.example, step) for step in steps]
    losses = [step.loss for step in steps] + [steps[-1].loss_after]
    perplexities = [*(number.perplexity for number in betweens), betweens[-1].perplexity_after]
    penalties = [step.penalty for step in steps] + [steps[-1].penalty_after]
    change = losses[-1] + penalties[-1] - losses[0] - penalties[0]
    what = "The loss, with the prior," if page.prior else "The loss"
    text = "The same window again."
    if abs(change) < 1e-12:
        text += " Nothing has changed."
    elif change > 0:
        text += f" {what} has risen: the step is too large. Try a smaller --lr."
    else:
        text += f" {what} has fallen by {written(-change)}."
    # The first ones, and the last.
    listed = [*range(min(len(losses), 11)), *([len(losses) - 1] if len(losses) > 11 else [])]
    return Section(
        f"12  The loss after {'the step' if len(steps) == 1 else f'{len(steps)} steps'}",
        "perplexity = exp(L)" if n == 1 else f"perplexity = exp(L / {short(n)})",
        text,
        Table(
            ["after step", "L", "perplexity", *(["prior", "L + prior"] if page.prior else [])],
            [
                [str(number), written(losses[number]), written(perplexities[number])]
                + [
                    written(value)
                    for value in (penalties[number], losses[number] + penalties[number])
                    if page.prior
                ]
                for number in listed
            ],
        ),
    )


def _moved(step: "Step", bias: bool) -> str:
    """Describe what the step changes; from zeros, explain why that is nothing."""
    if step.weights.w_in.any() or step.weights.w_out.any():
        return "Down the slope, for every weight at once."
    return (
        "W_out is zero, so dL/dh = W_out' (...) is zero: W_in gets no gradient. h is zero, so "
        "dL/dW_out = (...) h' is zero too. Each matrix waits for the other, and nothing ever "
        "leaves zero, however many steps are taken. Start one of them at random."
        + (" Only the bias moves: it learns how frequent words are, and no more." if bias else "")
    )


def _name(parameter: str, place: tuple[int, ...], words: list[str]) -> str:
    word = words[place[0]]
    if parameter == "bias":
        return f"b of {word}"
    return f"{'v' if parameter == 'w_in' else 'u'}{place[1] + 1} of {word}"
