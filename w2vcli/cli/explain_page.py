"""The page of ``w2vcli explain``: one step of training on paper, a section for each formula."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from w2vcli.cli.pages import Section, Table

if TYPE_CHECKING:
    from w2vcli.learning.example import Step, WorkedExample
    from w2vcli.learning.example_values import Intermediates
    from w2vcli.softmax.kernel import Matrix

_COLUMNS = 3  # of a vector; two vectors beside each other fit 80 columns


def sections(
    example: "WorkedExample",
    cbow: bool,
    window: int,
    lr: float,
    bias: bool,
    smoothing: float = 1.0,
    prior: float = 0.0,
) -> Iterator[Section]:
    """Yield the sections of the page, in the order of the calculation.

    Parameters
    ----------
    example
        All numbers of the page.
    cbow, window, lr, bias, smoothing, prior
        The options that they were made with.
    """
    page = _Page(example, cbow, bias, smoothing, prior)
    yield _title(page, window)
    yield _words(page)
    yield _hidden(page)
    yield _scores(page)
    yield _softmax(page)
    yield _loss(page)
    yield _residual(page)
    yield _gradient_of_hidden(page)
    yield _gradient_of_input(page)
    yield _gradient_of_output(page)
    yield _differences(page)
    yield _update(page, lr)
    yield _losses(page)


@dataclass(frozen=True)
class _Page:
    """The example, and values that several sections share."""

    example: "WorkedExample"
    cbow: bool
    bias: bool
    smoothing: float
    prior: float

    @property
    def words(self) -> list[str]:
        return self.example.words

    @property
    def step(self) -> "Step":
        """The first step, which the page shows."""
        return self.example.steps[0]

    @property
    def centre(self) -> str:
        return self.words[self.example.tokens[self.example.position]]

    @property
    def contexts(self) -> int:
        """The number of context words."""
        return len(self.example.context)

    @cached_property
    def between(self) -> "Intermediates":
        """The numbers on the way through the first step."""
        from w2vcli import intermediates

        return intermediates(self.example, self.step)

    @property
    def n(self) -> float:
        """The sum of the target weights: C for skip-gram, 1 for CBOW, if there is no smoothing."""
        return self.example.n

    @property
    def single(self) -> bool:
        """Whether one word is to be predicted, rather than C of them."""
        return self.cbow or self.contexts == 1

    @property
    def smoothed(self) -> bool:
        return self.smoothing != 1

    @property
    def n_p(self) -> str:
        """The formula for n p: C context words share one softmax."""
        return "p" if self.n == 1 else f"{_short(self.n)} p"

    @property
    def given(self) -> frozenset[int]:
        """The words in x."""
        return frozenset(self.example.x.nonzero()[0].tolist())

    @property
    def predicted(self) -> frozenset[int]:
        """The words in y."""
        return frozenset(self.example.y.nonzero()[0].tolist())


def _title(page: _Page, window: int) -> Section:
    example, words, centre = page.example, page.words, page.centre
    shown = [words[token] for token in example.tokens]
    shown[example.position] = f"[{centre}]"
    around = " ".join(words[example.tokens[place]] for place in example.context)
    what = (
        f"CBOW predicts '{centre}' from the words around it"
        if page.cbow
        else f"skip-gram predicts the words around '{centre}'"
    )
    return Section(
        f"One step of word2vec on paper: {what}",
        text=f"{' '.join(shown)}\nwithin {window} {'word' if window == 1 else 'words'} of "
        f"'{centre}': {around}",
    )


def _words(page: _Page) -> Section:
    example, m = page.example, page.contexts
    text = (
        f"x is the mean of the one-hot vectors of the {m} context words; y marks the centre word."
        if page.cbow
        else f"x marks the centre word; y counts the context words, C = {m} of them."
    )
    if page.smoothed:
        text += (
            " Smoothed: y is multiplied by s, which is proportional to "
            f"count^{page.smoothing - 1:g} and leaves the sum of all counts as it was. So a word "
            f"is predicted as if it occurred count^{page.smoothing:g} times."
        )
    return Section(
        "1  Words in, words to predict",
        f"x = (1/{m}) sum of one-hot vectors"
        if page.cbow
        else f"x = one-hot vector of '{page.centre}'",
        text,
        Table(
            ["word", "id", "count", *(["s"] if page.smoothed else []), "x", "y"],
            [
                [word, str(i), str(example.counts[i])]
                + ([_number(example.factors[i])] if page.smoothed else [])
                + [_short(example.x[i]), _short(example.y[i])]
                for i, word in enumerate(page.words)
            ],
            strong=page.given,
        ),
    )


def _hidden(page: _Page) -> Section:
    x, step = page.example.x, page.step
    text = (
        "The hidden vector is the mean of the context words' rows of W_in (bold)."
        if page.cbow
        else "The hidden vector is a look-up: x picks its row of W_in (bold)."
    )
    return Section(
        "2  Hidden vector",
        "h = W_in' x",
        text,
        Table(
            ["W_in", "x", *_headings("v", step.weights.w_in)],
            [
                *(
                    [word, _short(x[i]), *_vector(step.weights.w_in[i], 1)]
                    for i, word in enumerate(page.words)
                ),
                ["h", "", *_vector(step.h, 4 if page.cbow else 1)],
            ],
            strong=page.given,
            totals=1,
        ),
    )


def _scores(page: _Page) -> Section:
    step, bias = page.step, page.bias
    return Section(
        "3  Scores",
        "z = W_out h + b" if bias else "z = W_out h",
        "Each word's output vector u (its row of W_out), times h.",
        Table(
            ["W_out", *_headings("u", step.weights.w_out), *(["b"] if bias else []), "z"],
            [
                [
                    word,
                    *_vector(step.weights.w_out[i], 1),
                    *([_number(step.weights.bias[i])] if bias else []),
                    _number(step.z[i]),
                ]
                for i, word in enumerate(page.words)
            ],
        ),
    )


def _softmax(page: _Page) -> Section:
    step = page.step
    between = page.between
    return Section(
        "4  Softmax",
        "p_j = exp(z_j) / sum_k exp(z_k)",
        "The sum runs over the whole vocabulary. Nothing is sampled.",
        Table(
            ["word", "z", "exp(z)", "p"],
            [
                *(
                    [word, _number(step.z[i]), _number(between.exponentials[i]), _number(step.p[i])]
                    for i, word in enumerate(page.words)
                ),
                ["sum", "", _number(between.exponential_sum), _number(step.p.sum())],
            ],
            strong=page.predicted,
            totals=1,
        ),
    )


def _loss(page: _Page) -> Section:
    y, step = page.example.y, page.step
    totals = [["L", "", "", "", _number(step.loss)]]
    text = "In nats: how surprised the model is by what stands there."
    if page.prior:
        totals += [
            ["prior", "", "", "", _number(step.penalty)],
            ["L + prior", "", "", "", _number(step.loss + step.penalty)],
        ]
        text += (
            f" Beside it stands the prior, ({page.prior:g} / 2) |v|^2 for each row of W_in that "
            "predicts. Each window has its share of it, given in part 8."
        )
    return Section(
        "5  Loss",
        "L = - sum_j y_j ln p_j" + (", and the prior's share" if page.prior else ""),
        text,
        Table(
            ["word", "y", "p", "- ln p", "- y ln p"],
            [
                *(
                    [page.words[i], _short(y[i]), _number(step.p[i])]
                    + [
                        _number(cost)
                        for cost in (page.between.surprisals[i], page.between.costs[i])
                    ]
                    for i in sorted(page.predicted)
                ),
                *totals,
            ],
            totals=len(totals),
        ),
    )


def _residual(page: _Page) -> Section:
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
                    _number(page.between.expected_counts[i]),
                    _short(y[i]),
                    _number(step.residual[i]),
                ]
                for i, word in enumerate(page.words)
            ],
            strong=page.predicted,
        ),
    )


def _gradient_of_hidden(page: _Page) -> Section:
    step, n = page.step, page.n
    times = "" if n == 1 else f"{_short(n)} "
    return Section(
        "7  Gradient of the hidden vector",
        f"dL/dh = W_out' ({page.n_p} - y)",
        "Step against it, and h moves by what was observed minus what was expected.",
        Table(
            ["", *_headings("", step.weights.w_out)],
            [
                [_observed(page), *_vector(page.between.observed)],
                [f"expected: {times}sum_k p_k u_k", *_vector(page.between.expected)],
                ["dL/dh = expected - observed", *_vector(step.d_hidden)],
            ],
            totals=1,
        ),
    )


def _observed(page: _Page) -> str:
    """Name what was observed: the u_o, each as often as its y says."""
    if page.smoothed:
        return "observed: sum of the y_o u_o"
    return "observed: u_o" if page.single else "observed: sum of the u_o"


def _gradient_of_input(page: _Page) -> Section:
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
            ["W_in", "x", *(["a"] if prior else []), *_headings("dv", step.weights.w_in)],
            [
                [
                    word,
                    *(_short(value) for value in ([x[i], share[i]] if prior else [x[i]])),
                    *_vector(step.gradients.w_in[i]),
                ]
                for i, word in enumerate(page.words)
                if x[i]
            ],
        ),
    )


def _gradient_of_output(page: _Page) -> Section:
    step = page.step
    return Section(
        "9  Gradient of the output vectors",
        f"dL/dW_out = ({page.n_p} - y) h'",
        "An outer product: every word's vector moves along h, by its residual."
        + (" The bias's gradient is the residual itself." if page.bias else ""),
        Table(
            ["W_out", "residual", *_headings("du", step.weights.w_out)],
            [
                [word, _number(step.residual[i]), *_vector(step.gradients.w_out[i])]
                for i, word in enumerate(page.words)
            ],
            strong=page.predicted,
        ),
    )


def _differences(page: _Page) -> Section:
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


def _update(page: _Page, lr: float) -> Section:
    old, new = page.step.weights, page.step.after
    blank = _blank(old.w_in)
    rows = [
        *(
            [f"v {word}", *_vector(old.w_in[i]), *_vector(new.w_in[i])]
            for i, word in enumerate(page.words)
            if page.example.x[i]
        ),
        *(
            [f"u {word}", *_vector(old.w_out[i]), *_vector(new.w_out[i])]
            for i, word in enumerate(page.words)
        ),
        *(
            [f"b {word}", _number(old.bias[i]), *blank, _number(new.bias[i]), *blank]
            for i, word in enumerate(page.words)
            if page.bias
        ),
    ]
    return Section(
        "11  Update",
        f"w = w - {lr:g} dL/dw",
        _moved(page.step, page.bias),
        Table(["vector", *_headings("", old.w_in), *_headings("new ", old.w_in)], rows),
    )


def _losses(page: _Page) -> Section:
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
        text += f" {what} has fallen by {_number(-change)}."
    # The first ones, and the last.
    listed = [*range(min(len(losses), 11)), *([len(losses) - 1] if len(losses) > 11 else [])]
    return Section(
        f"12  The loss after {'the step' if len(steps) == 1 else f'{len(steps)} steps'}",
        "perplexity = exp(L)" if n == 1 else f"perplexity = exp(L / {_short(n)})",
        text,
        Table(
            ["after step", "L", "perplexity", *(["prior", "L + prior"] if page.prior else [])],
            [
                [str(number), _number(losses[number]), _number(perplexities[number])]
                + [
                    _number(value)
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


def _name(parameter: str, place: tuple[int, ...], words: list[str]) -> str:
    word = words[place[0]]
    if parameter == "bias":
        return f"b of {word}"
    return f"{'v' if parameter == 'w_in' else 'u'}{place[1] + 1} of {word}"
