"""The gradient check: gradients against finite differences and against the textbook's formulas.

After training on a sample of a corpus, the gradient of the mean loss per prediction is computed in
four ways: by the code that trains, in float64 and in float32; by finite differences of its loss,
for some parameters; and by the formulas of the textbook, position by position, for all of them.
This is done for every method (grouped skip-gram, streamed skip-gram, CBOW) and for each of the
three groups of parameters.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DivergedError
from w2vcli.learning import textbook
from w2vcli.learning.gradient_errors import (
    Worst,
    choose_places,
    gradients,
    slope_at,
    worst,
    worst_slope,
)
from w2vcli.softmax.blocks import BlockSource
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import Parameters, baselines, mean_loss
from w2vcli.system.threads import Team, processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.tokens import BREAK, TokenStream
from w2vcli.text.vocabulary import Selection, Vocabulary
from w2vcli.training.composed_rows import ComposedRows
from w2vcli.training.composition import FREE, HELD, OWN, SHARED, Composition, composition_of
from w2vcli.training.data import EncodedCorpus, block_source, encode_as
from w2vcli.training.input_rows import InputRows
from w2vcli.training.options import Arch, Method, TrainingOptions
from w2vcli.training.sources import Streamed
from w2vcli.training.trainer import Trainer
from w2vcli.training.weights import WordWeights

METHODS: tuple[tuple[Arch, Method], ...] = (
    ("skipgram", "grouped"),
    ("skipgram", "stream"),
    ("cbow", "stream"),
)

_BLOWN_UP = 10_000  # times ln V: a loss whose rounding hides its differences
_NEAR = 0.1
_STRETCHES = 8
_SCORES = 3_000_000


@dataclass(frozen=True)
class Finding:
    """The errors for one method and one group of parameters.

    Attributes
    ----------
    arch, method, group
        The architecture, the method and the group.
    differences
        Gradient against finite differences, at ``moved`` places; relative to the larger of the
        two.
    formulas
        Gradient against the formulas, everywhere; relative to the sum of the absolute gradient
        terms, which bounds rounding.
    single
        The same for the gradient in float32, in which training runs.
    moved
        The number of parameters moved for differences.
    predictions
        The expected number of predictions in the sample.
    """

    arch: Arch
    method: Method
    group: str
    differences: Worst
    formulas: Worst
    single: Worst
    moved: int
    predictions: float


def sample_size(size: int) -> int:
    """Return how many positions to sample if V words are scored at each."""
    return min(300, max(16, _SCORES // size))


def check_corpus(
    corpus: Corpus,
    options: TrainingOptions,
    words: Selection | Vocabulary | None = None,
    arch: Arch | None = None,
    method: Method | None = None,
    positions: int | None = None,
    moved: int = 10,
    threads: int | None = None,
    report: Callable[[float], None] = lambda _share: None,
) -> tuple[list[Finding], list[str], list[str]]:
    """Check the gradients on a corpus.

    Parameters
    ----------
    corpus
        The text.
    options, positions, moved
        As in ``check_gradients``.
    words
        A vocabulary, or how to choose one among the words of the corpus; None for the default
        choice.
    arch, method
        The only architecture and method to check; None for all.
    threads
        The number of threads; one per processor if None.
    report
        Is called with the share of the work that is done.

    Returns
    -------
    findings
        One for each method and group of parameters.
    words, ngrams
        The vocabulary, and the n-grams that words are made of: what the places of the findings
        stand for. In W_in the rows of n-grams follow those of words.

    Raises
    ------
    InputError, DataError, DivergedError
        As ``check_gradients``; also if the corpus cannot be read or used.
    """
    methods = tuple((a, m) for a, m in METHODS if arch in (None, a) and method in (None, m))
    findings = []
    with Team(threads or processors()) as team:
        encoded = encode_as(corpus, words or Selection(), team.threads)
        for finding in check_gradients(encoded, options, team, methods, positions, moved):
            findings.append(finding)
            report(len(findings) / (len(methods) * (3 if options.bias else 2)))
    vocabulary = encoded.vocabulary.words
    composition = composition_of(vocabulary, options)
    return findings, vocabulary, composition.ngrams if composition else []


def check_gradients(
    encoded: EncodedCorpus,
    options: TrainingOptions,
    team: Team,
    methods: tuple[tuple[Arch, Method], ...] = METHODS,
    positions: int | None = None,
    moved: int = 10,
) -> Iterator[Finding]:
    """Yield the findings for each method and group of parameters.

    Parameters
    ----------
    encoded
        The corpus.
    options
        How to train on the sample, except for the architecture and the method.
    team
        The threads to use, entered.
    methods
        The pairs of architecture and method to check.
    positions
        How many positions of the corpus to sample; about ``sample_size`` by default.
    moved
        How many parameters of each group to move for finite differences.

    Raises
    ------
    DataError
        If the corpus has nothing to predict.
    DivergedError
        If training on the sample diverges, or ends in a loss too large to measure differences of.
    """
    random = np.random.default_rng(options.seed)
    word_weights = WordWeights.of(encoded.vocabulary.counts, options)
    composition = composition_of(encoded.vocabulary.words, options)
    wanted = positions or sample_size(len(encoded.vocabulary))
    text = Streamed(encoded.stream, *word_weights, options.windows, False, options.batch)
    sample = replace(encoded, stream=_sample(text, wanted, random))
    for arch, method in methods:
        chosen = replace(options, arch=arch, method=method, closing=False)
        source = block_source(sample, word_weights, chosen, team.threads)
        rows = ComposedRows(composition, source) if composition else None
        point = _trained(source, sample, word_weights.keep, chosen, team, random, rows)
        blocks = rows.blocks(source) if rows else source
        made = _made_of(composition) if composition else None
        yield from _check(
            blocks, sample.stream, word_weights, chosen, point, team, moved, random, made
        )


def _sample(text: Streamed, wanted: int, random: np.random.Generator) -> TokenStream:
    """Return stretches of a text, each with a prediction: about ``wanted`` positions in all."""
    if len(text.positions) <= wanted:
        return text.stream
    whole = 2 * text.windows.size + 1
    stretches = max(1, min(_STRETCHES, wanted // whole))
    length = max(whole, wanted // stretches)
    parts: list[TokenStream] = []
    for place in np.sort(random.choice(text.positions, stretches, replace=False)):
        start = max(0, int(place) - text.windows.size)
        parts += [text.stream[start : start + length], np.array([BREAK], np.int32)]
    return np.concatenate(parts)


def _trained(
    source: BlockSource,
    sample: EncodedCorpus,
    keep: NDArray[np.float64],
    options: TrainingOptions,
    team: Team,
    random: np.random.Generator,
    rows: InputRows | None,
) -> Parameters:
    """Return a point near the end of training on the sample, in float64.

    Noise is added so that no gradient to be checked is zero by chance.
    """
    trainer = Trainer(source, baselines(source, len(keep))[0], options, team, rows=rows)
    pairs = None
    if options.start == "spectral":
        pairs = source.pairs
        if pairs is None:
            pairs = sample.pairs(options.windows).matrix(keep)
    trainer.start(pairs)
    for _ in trainer.run():
        pass
    w_in, w_out, bias = trainer.parameters
    bias = random.normal(bias, _NEAR) if options.bias else np.zeros(len(keep))
    return Parameters(random.normal(w_in, _NEAR), random.normal(w_out, _NEAR), bias)


def _check(
    source: BlockSource,
    stream: TokenStream,
    word_weights: WordWeights,
    options: TrainingOptions,
    point: Parameters,
    team: Team,
    moved: int,
    random: np.random.Generator,
    made: textbook.Made | None,
) -> Iterator[Finding]:
    size = len(word_weights.keep)
    kernel = SoftmaxKernel(source.largest, size, np.float64, team)
    loss = mean_loss(kernel, point, source.blocks()).value
    if loss > _BLOWN_UP * math.log(size):
        raise DivergedError(
            f"training on the sample led to a loss of {loss:.3g} nats per prediction, where "
            f"knowing nothing costs {math.log(size):.3g}: its rounding hides the differences "
            "to be measured, so no gradient can be checked there; lower --lr"
        )
    prior = options.prior
    ours = gradients(source, kernel, point, prior)
    single = gradients(
        source,
        SoftmaxKernel(source.largest, size, np.float32, team),
        Parameters(*(values.astype(np.float32) for values in point)),
        prior,
    )
    window, unit = options.windows, options.windows.unit
    book = textbook.totals(
        _lines(stream), options.arch == "cbow",
        lambda distance: window.integers[distance - 1] / unit, window.size, *word_weights, prior,
        point.w_in, point.w_out, point.bias, made,
    )  # fmt: skip
    for number, group in enumerate(Parameters._fields):
        if group == "bias" and not options.bias:
            continue
        gradient = getattr(ours, group)
        places = choose_places(gradient, moved, random)
        slopes = [slope_at(source, kernel, point, group, place, prior) for place in places]
        expected, terms = book.gradients[number] / book.weight, book.sizes[number] / book.weight
        yield Finding(
            options.arch,
            options.method or "stream",
            group,
            worst_slope(gradient, places, slopes),
            worst(gradient, expected, terms),
            worst(getattr(single, group), expected, terms),
            len(places),
            book.weight,
        )


def _made_of(composition: Composition) -> textbook.Made:
    """Return of which rows words are made, as the textbook has it."""
    indptr, indices, data = composition.matrix
    parts = list(zip(indices.tolist(), data.tolist(), strict=True))
    rows = [parts[begin:end] for begin, end in pairwise(indptr.tolist())]
    return textbook.Made(rows, OWN, HELD, FREE, SHARED)


def _lines(stream: TokenStream) -> textbook.Lines:
    """Return the lines of a token stream."""
    lines: textbook.Lines = [[]]
    for token in stream.tolist():
        if token == BREAK:
            lines.append([])
        else:
            lines[-1].append(token)
    return lines
