"""The sections of the page of ``explain`` from the words to the loss."""

from w2vcli.cli.explain_numbers import Page, headings, short, vector, written
from w2vcli.cli.pages import Section, Table


def title(page: Page, window: int) -> Section:
    """The sentence, and the window on it."""
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


def words(page: Page) -> Section:
    """Part 1: x and y."""
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
                + ([written(example.factors[i])] if page.smoothed else [])
                + [short(example.x[i]), short(example.y[i])]
                for i, word in enumerate(page.words)
            ],
            strong=page.given,
        ),
    )


def hidden(page: Page) -> Section:
    """Part 2: h."""
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
            ["W_in", "x", *headings("v", step.weights.w_in)],
            [
                *(
                    [word, short(x[i]), *vector(step.weights.w_in[i], 1)]
                    for i, word in enumerate(page.words)
                ),
                ["h", "", *vector(step.h, 4 if page.cbow else 1)],
            ],
            strong=page.given,
            totals=1,
        ),
    )


def scores(page: Page) -> Section:
    """Part 3: z."""
    step, bias = page.step, page.bias
    return Section(
        "3  Scores",
        "z = W_out h + b" if bias else "z = W_out h",
        "Each word's output vector u (its row of W_out), times h.",
        Table(
            ["W_out", *headings("u", step.weights.w_out), *(["b"] if bias else []), "z"],
            [
                [
                    word,
                    *vector(step.weights.w_out[i], 1),
                    *([written(step.weights.bias[i])] if bias else []),
                    written(step.z[i]),
                ]
                for i, word in enumerate(page.words)
            ],
        ),
    )


def softmax(page: Page) -> Section:
    """Part 4: p."""
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
                    [word, written(step.z[i]), written(between.exponentials[i]), written(step.p[i])]
                    for i, word in enumerate(page.words)
                ),
                ["sum", "", written(between.exponential_sum), written(step.p.sum())],
            ],
            strong=page.predicted,
            totals=1,
        ),
    )


def loss(page: Page) -> Section:
    """Part 5: L."""
    y, step = page.example.y, page.step
    totals = [["L", "", "", "", written(step.loss)]]
    text = "In nats: how surprised the model is by what stands there."
    if page.prior:
        totals += [
            ["prior", "", "", "", written(step.penalty)],
            ["L + prior", "", "", "", written(step.loss + step.penalty)],
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
                    [page.words[i], short(y[i]), written(step.p[i])]
                    + [
                        written(cost)
                        for cost in (page.between.surprisals[i], page.between.costs[i])
                    ]
                    for i in sorted(page.predicted)
                ),
                *totals,
            ],
            totals=len(totals),
        ),
    )
