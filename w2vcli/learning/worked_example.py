"""A worked example: one step of training on a sentence, with all intermediate numbers.

All numbers come from the code that trains: the window from ``training.sources``, softmax, loss and
gradients from the kernel, the chain rule from ``objective``, the step from ``optimizer``. It runs
in float64, with one prediction per block, uniform windows, no subsampling and plain SGD: word2vec
as in the textbook, unless the targets are smoothed or the input vectors have a prior.
"""

from collections.abc import Sequence

import numpy as np

from w2vcli.errors import DivergedError, UsageError
from w2vcli.learning.example import ExampleStart, Floats, Settings, Slope, Step, WorkedExample
from w2vcli.softmax.blocks import Block, gather
from w2vcli.softmax.csr import Csr
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import Parameters, differentiate, mean_loss
from w2vcli.softmax.optimizer import Optimizer
from w2vcli.softmax.sweeps import Matrix, score
from w2vcli.system.threads import Team
from w2vcli.text.tokens import BREAK
from w2vcli.text.windows import Windows
from w2vcli.training.options import Arch
from w2vcli.training.sources import Streamed
from w2vcli.training.weights import smoothing_factors

EPSILON = 1e-5
"""The distance to either side of a parameter for its finite difference."""


def work_out(
    sentence: Sequence[str],
    *,
    arch: Arch = "skipgram",
    position: int | None = None,
    window: int = 2,
    dim: int = 3,
    lr: float = 0.1,
    steps: int = 1,
    start: ExampleStart = "random",
    bias: bool = False,
    smoothing: float = 1.0,
    prior: float = 0.0,
    seed: int = 1,
) -> WorkedExample:
    """Train on one window of a sentence, and keep every number.

    Parameters
    ----------
    sentence
        Its words.
    arch
        ``skipgram`` or ``cbow``.
    position
        Of the centre word, from 0; the middle one if not given.
    window
        Context words on either side.
    dim
        d.
    lr
        The step size.
    steps
        How many steps.
    start
        ``random``: both matrices in tenths, from -0.9 to 0.9, for easy calculation by hand;
        ``zeros``: zeros.
    bias
        Whether there is an output bias; it starts at the log of the share of each word among the
        words that are predicted in this sentence.
    smoothing, prior
        As in ``TrainingOptions``: X, by the counts in this sentence, and lambda.
    seed
        Of the random start.

    Raises
    ------
    UsageError
        If the sentence has fewer than two words, or none at the position.
    DivergedError
        If the step size is so large that a number is no longer finite.
    """
    if len(sentence) < 2:
        what = "a sentence of one word" if sentence else "a sentence without words"
        raise UsageError(f"{what} has no context; give two words or more")
    place = (len(sentence) - 1) // 2 if position is None else position
    if not 0 <= place < len(sentence):
        raise UsageError(
            f"there is no word {place + 1} in this sentence, which has {len(sentence)}"
        )
    words = list(dict.fromkeys(sentence))
    tokens = [words.index(word) for word in sentence]
    size = len(words)
    counts = np.bincount(tokens)
    factors = smoothing_factors(counts.astype(np.float64), smoothing)
    stream = np.array([*tokens, BREAK], np.int32)
    windows = Windows(window, "uniform")
    text = Streamed(stream, np.ones(size), factors, windows, arch == "cbow", batch=1)
    block = text.at(np.array([place]))
    weights = _start(size, dim, start, seed)
    if bias:
        whole = text.at(text.positions)
        mass = _dense_sum(whole.targets, size)
        weights.bias[:] = np.log(mass / mass.sum())
    with Team() as team:
        kernel = SoftmaxKernel(1, size, np.float64, team)
        taken: list[Step] = []
        for _ in range(steps):
            taken.append(_step(kernel, weights, block, lr, bias, prior))
            weights = taken[-1].after
            if not all(np.isfinite(values).all() for values in (taken[-1].loss_after, *weights)):
                raise DivergedError(
                    f"--lr {lr:g} is too large{f' for --prior {prior:g}' if prior else ''}: after "
                    f"step {len(taken)} the numbers are no longer finite; give a smaller one"
                )
    last = len(sentence) - 1
    spans = [(max(0, at - window), min(last, at + window)) for at in range(len(sentence))]
    around = range(spans[place][0], spans[place][1] + 1)
    return WorkedExample(
        Settings(arch, window, dim, lr, seed, start, bias, smoothing, prior),
        words,
        counts.tolist(),
        tokens,
        place,
        [other for other in around if other != place],
        spans,
        _dense_sum(block.inputs, size),
        _dense_sum(block.targets, size),
        factors,
        _dense_sum(block.inputs._replace(data=block.shares), size),
        taken,
    )


def _start(size: int, dim: int, start: ExampleStart, seed: int) -> Parameters:
    tenths = np.zeros((2, size, dim))
    if start == "random":
        tenths[:] = np.random.default_rng(seed).integers(-9, 9, tenths.shape, endpoint=True) / 10
    return Parameters(tenths[0], tenths[1], np.zeros(size))


def _dense_sum(matrix: Csr, size: int) -> Floats:
    """Return the sum of the rows of a sparse matrix."""
    total = np.zeros(size)
    np.add.at(total, matrix.indices, matrix.data)
    return total


def _step(
    kernel: SoftmaxKernel, before: Parameters, block: Block, lr: float, bias: bool, prior: float
) -> Step:
    gradients = Parameters(*(np.zeros_like(values) for values in before))

    def collect(words: slice, d_words: Matrix, d_bias: Matrix) -> None:
        gradients.w_out[words] = d_words
        gradients.bias[words] = d_bias

    softmax, words, d_in, penalty = differentiate(kernel, before, block, collect, prior)
    gradients.w_in[words] = d_in
    # For one prediction the residual equals the gradient of the bias, even if there is no bias.
    residual = gradients.bias.copy()
    if not bias:
        gradients.bias[:] = 0
    hidden = gather(block.inputs, before.w_in)
    z = np.empty((1, len(before.bias)))
    score(hidden, before.w_out, before.bias, z)
    after = Parameters(*(values.copy() for values in before))
    every = slice(0, len(residual))
    for values, gradient in zip(after, gradients, strict=True):
        Optimizer("sgd", values).update(every, gradient, lr)
    loss_after = mean_loss(kernel, after, [block], prior)
    return Step(
        before,
        hidden[0],
        z[0],
        kernel.probabilities(hidden, before.w_out, before.bias)[0],
        float(softmax.loss[0]),
        penalty,
        residual,
        softmax.d_hidden[0],
        gradients,
        after,
        loss_after.total,
        loss_after.penalty,
        _slopes(kernel, before, gradients, block, bias, prior),
    )


def _slopes(
    kernel: SoftmaxKernel,
    weights: Parameters,
    gradients: Parameters,
    block: Block,
    bias: bool,
    prior: float,
) -> list[Slope]:
    """Return the slopes along a parameter of each kind: input, predicted, not predicted, bias."""
    # The most frequent input word: it shows that a word gets its share each time it occurs.
    given = int(_dense_sum(block.inputs, len(weights.bias)).argmax())
    predicted = int(block.targets.indices[0])
    others = [word for word in range(len(weights.bias)) if word not in block.targets.indices]
    places: list[tuple[str, tuple[int, ...]]] = [
        ("w_in", (given, 0)),
        ("w_out", (predicted, 0)),
        *(("w_out", (word, 0)) for word in others[:1]),
        *([("bias", (predicted,))] if bias else []),
    ]
    slopes = []
    for name, place in places:
        losses = []
        for distance in (EPSILON, -EPSILON):
            moved = Parameters(*(values.copy() for values in weights))
            getattr(moved, name)[place] += distance
            found = mean_loss(kernel, moved, [block], prior)
            losses.append(found.total + found.penalty)
        formula = float(getattr(gradients, name)[place])
        difference = (losses[0] - losses[1]) / (2 * EPSILON)
        slopes.append(Slope(name, place, formula, losses[0], losses[1], difference))
    return slopes
