"""The check of gradients: it finds nothing in true ones, and every error that is planted."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from helpers import reference
from helpers.findings import caught, everywhere

from w2vcli.counts.cooccurrence import PairCounts, merged_counts
from w2vcli.errors import DataError, DivergedError
from w2vcli.learning import gradient_check, gradient_errors, textbook
from w2vcli.learning.gradient_check import METHODS, check_gradients
from w2vcli.softmax import objective, sweeps
from w2vcli.softmax.blocks import scatter
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.system.threads import Team
from w2vcli.text.tokens import BREAK
from w2vcli.text.vocabulary import Vocabulary
from w2vcli.text.windows import Windows
from w2vcli.training import grouped, sources
from w2vcli.training.data import EncodedCorpus
from w2vcli.training.options import TrainingOptions
from w2vcli.training.sources import Streamed

V, D = 9, 3
GROUPS = ["w_in", "w_out", "bias"]
PLAIN = TrainingOptions(dim=D, passes=1, window=3, subsample=0.01, batch=7)


def stream_of(lines):
    return np.array([t for line in lines for t in [*line, BREAK]], dtype=np.int32)


def random_lines(seed=0, lengths=(9, 1, 14, 2, 6, 0)):
    """Lines with unknown words (-1); the last word of the vocabulary never occurs."""
    random = np.random.default_rng(seed)
    return [random.integers(-1, V - 1, length).tolist() for length in lengths]


def corpus(lines, size=V):
    stream = stream_of(lines)
    counts = np.bincount(stream[stream >= 0], minlength=size).astype(np.int64)
    return EncodedCorpus(Vocabulary([f"w{i}" for i in range(size)], counts), stream, [])


def check(options=PLAIN, methods=METHODS, weights=2, lines=None, **more):
    with Team() as team:
        encoded = corpus(random_lines() if lines is None else lines)
        return list(check_gradients(encoded, options, team, methods, moved=weights, **more))


# --- the textbook -----------------------------------------------------------------------


class Case(NamedTuple):
    lines: list[list[int]]
    window: int
    weights: str
    keep: np.ndarray
    factors: np.ndarray
    prior: float
    parameters: tuple[np.ndarray, np.ndarray, np.ndarray]

    def rows(self, cbow):
        arch = "cbow" if cbow else "skipgram"
        return list(
            reference.predictions(
                self.lines, arch, V, self.window, self.weights, self.keep, self.factors
            )
        )

    def totals(self, cbow):
        def weight_at(distance):
            return reference.weight(distance, self.window, self.weights)

        return textbook.totals(
            self.lines, cbow, weight_at, self.window, self.keep, self.factors, self.prior,
            *self.parameters,
        )  # fmt: skip


def case(window, weights, subsample, seed=0, prior=0.0):
    random = np.random.default_rng(seed)
    w_in, w_out = random.standard_normal((2, V, D))
    keep = np.linspace(1, 0.2, V) if subsample else np.ones(V)
    factors = np.linspace(0.5, 2, V) if prior else np.ones(V)
    parameters = w_in, w_out, random.standard_normal(V)
    return Case(random_lines(seed), window, weights, keep, factors, prior, parameters)


@pytest.mark.parametrize("cbow", [True, False])
@pytest.mark.parametrize("weights", ["linear", "uniform"])
@pytest.mark.parametrize("subsample", [True, False])
@pytest.mark.parametrize("window", [1, 3, 20])
@pytest.mark.parametrize("prior", [0.0, 3.0])
def test_the_textbook_equals_the_reference(cbow, weights, subsample, window, prior):
    """With the prior the targets are smoothed, too."""
    given = case(window, weights, subsample, prior=prior)
    rows = given.rows(cbow)
    w_in, w_out, b = given.parameters
    found = given.totals(cbow)
    loss = reference.loss(rows, *given.parameters) + reference.penalty(rows, w_in, prior)
    assert found.loss == pytest.approx(loss, rel=1e-12)
    assert found.weight == pytest.approx(sum(y.sum() for _, y in rows), rel=1e-12)
    expected = reference.gradients(rows, *given.parameters, prior)
    for ours, theirs in zip(found.gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-11)
    sizes = [np.zeros_like(values) for values in given.parameters]
    for x, y in rows:
        h = w_in.T @ x
        size = y.sum() * np.exp(reference.log_softmax(w_out @ h + b)) + y
        sizes[0] += np.outer(x, np.abs(w_out).T @ size)
        sizes[1] += np.outer(size, np.abs(h))
        sizes[2] += size
    for word in reference.predicting(rows):
        sizes[0][word] += prior * np.abs(w_in[word])
    for ours, theirs, gradient in zip(found.sizes, sizes, found.gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
        assert (np.abs(gradient) <= ours).all()


@pytest.mark.parametrize("cbow", [True, False])
def test_the_textbook_equals_finite_differences_of_its_loss(cbow):
    given = case(2, "linear", subsample=True, seed=1, prior=2.0)
    for parameter, gradient in zip(given.parameters, given.totals(cbow).gradients, strict=True):
        slopes = reference.finite_differences(lambda: given.totals(cbow).loss, parameter)
        np.testing.assert_allclose(gradient, slopes, atol=1e-7)


def test_a_text_without_predictions_is_nothing():
    given = case(2, "linear", False, prior=1.0)._replace(lines=[[1], [-1, 2, -1], []])
    found = given.totals(cbow=False)
    assert (found.loss, found.weight) == (0.0, 0.0)
    assert not any(values.any() for values in (*found.gradients, *found.sizes))


# --- true gradients ---------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("start", ["spectral", "random"])
@pytest.mark.parametrize(
    "more",
    [
        {"optimizer": "adagrad", "window": 3, "window_weights": "linear", "subsample": 0.01},
        {"optimizer": "sgd", "window": 2, "window_weights": "uniform", "subsample": 0.0},
        {
            "optimizer": "sgd",
            "window": 9,
            "window_weights": "linear",
            "subsample": 1e-4,
            "batch": 4,
            "smoothing": 0.0,
            "prior": 0.1,
        },
        {"optimizer": "adagrad", "smoothing": 1.0, "prior": 0.0},
        {"optimizer": "adagrad", "window": 1, "window_weights": "uniform", "passes": 3, "seed": 5},
    ],
)
def test_true_gradients_are_found_true(bias, start, more):
    options = TrainingOptions(**{"dim": D, "passes": 1, "bias": bias, "start": start, **more})
    findings = check(options)
    groups = GROUPS if bias else GROUPS[:2]
    assert [(f.arch, f.method, f.group) for f in findings] == [
        (arch, method, group) for arch, method in METHODS for group in groups
    ]
    for finding in findings:
        assert 0 <= finding.differences.error < 1e-6
        assert 0 <= finding.formulas.error < 1e-6
        assert 0 < finding.single.error < 1e-4
        assert finding.moved == 2
        size = 1 if finding.group == "bias" else 2
        for worst in (finding.differences, finding.formulas, finding.single):
            assert len(worst.place) == size
            assert worst.found == pytest.approx(worst.expected, rel=1e-3, abs=1e-6)


def test_predictions_are_those_of_the_text():
    findings = {(f.arch, f.method): f.predictions for f in check()}
    lines = random_lines()
    counts = corpus(lines).vocabulary.counts
    ratio = 0.01 * counts.sum() / np.maximum(counts, 1)
    keep = np.minimum(1, np.sqrt(ratio) + ratio)
    factors = reference.smoothing(counts, keep, PLAIN.smoothing)
    for (arch, _), found in findings.items():
        rows = reference.predictions(lines, arch, V, 3, "linear", keep, factors)
        assert found == pytest.approx(sum(y.sum() for _, y in rows))


@pytest.mark.parametrize("methods", [METHODS[:1], METHODS[2:], METHODS[::2], ()])
def test_only_the_methods_that_are_wanted(methods):
    found = [(f.arch, f.method) for f in check(methods=methods)]
    assert found == [method for method in methods for _ in GROUPS]


def test_no_more_weights_than_there_are():
    findings = check(weights=1000, methods=METHODS[:2])
    assert max(f.moved for f in findings if f.group == "bias") == V
    assert max(f.moved for f in findings) <= V * D


def test_the_same_seed_gives_the_same_findings():
    other = check(TrainingOptions(**{**PLAIN.__dict__, "seed": 2}))
    assert check() == check()
    assert check() != other


def test_threads_make_no_difference():
    def with_team(threads):
        with Team(threads) as team:
            return list(check_gradients(corpus(random_lines()), PLAIN, team, moved=2))

    assert with_team(1) == with_team(3)


def test_a_corpus_without_predictions():
    with pytest.raises(DataError, match="nothing to learn"):
        check(lines=[[1], [2], [-1, 3]])


def test_a_sample_on_which_training_diverges():
    with pytest.raises(DivergedError):
        check(TrainingOptions(dim=D, lr=1e38, passes=3, optimizer="sgd"))


# --- planted errors ---------------------------------------------------------------------


def plant_in_consume(monkeypatch, spoil, dtypes=(np.float32, np.float64)):
    """Let every block hand on dW_out and db spoilt; only in float64, training is left alone."""
    block = SoftmaxKernel.block

    def planted(self, hidden, w_out, bias, targets, consume=None, **how):
        def spoilt(words, d_words, d_bias):
            consume(words, *spoil(d_words, d_bias))

        wrong = consume is not None and hidden.dtype in dtypes
        return block(self, hidden, w_out, bias, targets, spoilt if wrong else consume, **how)

    monkeypatch.setattr(SoftmaxKernel, "block", planted)


def test_cbow_without_its_mean_on_the_way_back(monkeypatch):
    monkeypatch.setattr(
        "w2vcli.softmax.objective.scatter",
        lambda hidden, d: scatter(hidden._replace(data=np.ones(len(hidden.data))), d),
    )
    wrong = {("cbow", "w_in")}  # in skip-gram the weight is one anyway
    assert caught(check()) == (wrong, wrong)


def test_a_residual_of_p_instead_of_n_p(monkeypatch):
    right = sweeps._subtract_targets

    def planted(exponentials, first, indptr, indices, data, factor):
        n = np.add.reduceat(data.astype(float), indptr[:-1])
        return right(exponentials, first, indptr, indices, data, factor / n)

    monkeypatch.setattr(sweeps, "_subtract_targets", planted)
    assert caught(check()) == (everywhere(*GROUPS), everywhere(*GROUPS))


@pytest.mark.parametrize("factor", [-1, 2, 1.001])
def test_an_output_gradient_of_the_wrong_sign_or_size(monkeypatch, factor):
    plant_in_consume(monkeypatch, lambda d_words, d_bias: (factor * d_words, d_bias))
    assert caught(check()) == (everywhere("w_out"), everywhere("w_out"))


@pytest.mark.parametrize("factor", [-1, 0, 1.001])
def test_a_wrong_gradient_of_the_bias(monkeypatch, factor):
    plant_in_consume(monkeypatch, lambda d_words, d_bias: (d_words, factor * d_bias))
    assert caught(check()) == (everywhere("bias"), everywhere("bias"))


def test_an_error_in_a_single_weight(monkeypatch):
    """Which a few differences may well miss, and the formulas do not."""

    def spoil(d_words, d_bias):
        wrong = d_words.copy()
        wrong[5, 1] *= 1.5
        return wrong, d_bias

    plant_in_consume(monkeypatch, spoil)
    findings = check()
    assert caught(findings)[1] == everywhere("w_out")
    assert {f.formulas.place for f in findings if f.group == "w_out"} == {(5, 1)}


def test_an_error_in_float32_alone(monkeypatch):
    plant_in_consume(monkeypatch, lambda d_words, d_bias: (2 * d_words, d_bias), (np.float32,))
    findings = check()
    assert caught(findings) == (set(), set())
    for finding in findings:
        assert (finding.single.error > 0.1) == (finding.group == "w_out")


# Blocks of another text than the one that was asked for: their gradients are true to their own
# loss, so that differences see nothing, and only the formulas, which have the text, do.


def test_windows_one_too_small(monkeypatch):
    for name in ("_skipgram_block", "_cbow_block"):
        build = getattr(sources, name)
        monkeypatch.setattr(
            sources,
            name,
            lambda stream, at, weights, *rest, build=build: build(stream, at, weights[:-1], *rest),
        )
    lines = [[0, 1, 2, 3, 0, 4, 5, 2], [3, 2, 4, 0, 1]]  # no position without a context
    assert caught(check(methods=METHODS[1:], lines=lines)) == (
        set(),
        everywhere(*GROUPS) - {("grouped", group) for group in GROUPS},
    )


def test_counts_of_windows_one_too_small(monkeypatch):
    monkeypatch.setattr(
        "w2vcli.training.data.merged_counts",
        lambda streams, size, windows, *rest: merged_counts(
            streams, size, Windows(windows.size - 1, windows.weights), *rest
        ),
    )
    assert caught(check(methods=METHODS[:1])) == (
        set(),
        {("grouped", group) for group in GROUPS},
    )


def test_subsampling_forgotten(monkeypatch):
    for name in ("_skipgram_block", "_cbow_block"):
        build = getattr(sources, name)
        monkeypatch.setattr(
            sources,
            name,
            lambda *rest, build=build: build(*rest[:4], *np.ones((2, V)), rest[6]),
        )
    matrix = PairCounts.matrix
    monkeypatch.setattr(PairCounts, "matrix", lambda self, keep: matrix(self, np.ones(V)))
    assert caught(check()) == (set(), everywhere(*GROUPS))


def test_smoothing_forgotten(monkeypatch):
    for module, name in (
        (grouped, "take_rows"),
        (sources, "_skipgram_block"),
        (sources, "_cbow_block"),
    ):
        build = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *rest, build=build: build(*rest[:-1], np.ones(V)))
    assert caught(check()) == (set(), everywhere(*GROUPS))


@pytest.mark.parametrize("factor", [0, 2, 1.01])
def test_a_prior_of_another_size(monkeypatch, factor):
    """Its gradient goes with it, so that differences see nothing."""
    shares = objective._shares_of_words

    def planted(block):
        words, of_words = shares(block)
        return words, factor * of_words

    monkeypatch.setattr(objective, "_shares_of_words", planted)
    assert caught(check()) == (set(), everywhere("w_in"))


def test_a_prior_that_is_in_the_loss_alone(monkeypatch):
    right = objective.differentiate
    monkeypatch.setattr(gradient_errors, "differentiate", lambda *rest: right(*rest[:4]))
    assert caught(check()) == (everywhere("w_in"), everywhere("w_in"))


@pytest.mark.parametrize("group", ["w_out", "bias"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_the_worst(monkeypatch, group, value):
    def spoil(d_words, d_bias):
        d_words, d_bias = d_words.copy(), d_bias.copy()
        (d_words if group == "w_out" else d_bias)[4] = value
        return d_words, d_bias

    plant_in_consume(monkeypatch, spoil, (np.float64,))
    for finding in check():
        assert np.isfinite(finding.formulas.error) == (finding.group != group)
        if finding.group == group:
            assert finding.formulas.place[0] == 4


@pytest.mark.parametrize("slopes", [[np.nan, 1.0, 2.0], [1.0, np.nan, 2.0], [1.0, 2.0, np.nan]])
def test_a_slope_that_is_not_a_number_is_the_worst(slopes):
    gradient = np.array([1.0, 1.5, 2.0])
    worst = gradient_errors.worst_slope(gradient, [(0,), (1,), (2,)], slopes)
    assert np.isnan(worst.error)
    assert worst.place == (int(np.isnan(slopes).argmax()),)


@pytest.mark.parametrize(("slope", "error"), [(2.0, 0.5), (8.0, 0.5), (0.0, 1.0), (-4.0, 2.0)])
def test_the_worst_slope(slope, error):
    """Relative to the larger of the two."""
    worst = gradient_errors.worst_slope(np.array([1.0, 4.0]), [(0,), (1,)], [1.01, slope])
    assert worst == (error, (1,), 4.0, slope)


# --- the sample -------------------------------------------------------------------------


def long_text(lines, words):
    """A text in which every word is another one: where a stretch is from shows."""
    return stream_of(np.arange(lines * words).reshape(lines, words).tolist())


def sampled(stream, wanted, window, seed=0):
    ones = np.ones(stream.max() + 1)
    text = Streamed(stream, ones, ones, Windows(window), False, 1)
    sample = gradient_check._sample(text, wanted, np.random.default_rng(seed))
    return sample, replace(text, stream=sample).positions


@pytest.mark.parametrize(("lines", "words"), [(1, 5000), (50, 100), (700, 7)])
@pytest.mark.parametrize("wanted", [100, 300])
@pytest.mark.parametrize("seed", range(3))
def test_a_sample_is_made_of_stretches_of_the_text(lines, words, wanted, seed):
    sample, positions = sampled(long_text(lines, words), wanted, 5, seed)
    assert 0.6 * wanted <= len(positions) <= 1.2 * wanted
    within = (sample[:-1] != BREAK) & (sample[1:] != BREAK)
    np.testing.assert_array_equal(sample[1:][within], sample[:-1][within] + 1)
    assert not (sample[1:][within] % words == 0).any()  # no line goes on in the next one
    assert sample[-1] == BREAK


@pytest.mark.parametrize("wanted", [30, 31, 1000])
def test_a_short_text_is_its_own_sample(wanted):
    stream = long_text(3, 10)
    assert sampled(stream, wanted, 2)[0] is stream


@pytest.mark.parametrize("seed", range(8))
def test_a_sample_of_one_position_has_something_to_predict(seed):
    """Also where the only context of a word is behind it, at the end of its window."""
    assert len(sampled(long_text(100, 2), 1, 1, seed)[1]) >= 1
    apart = [[i, -1, i + 1] for i in range(0, 200, 2)]
    assert len(sampled(stream_of(apart), 1, 2, seed)[1]) >= 1


def test_the_size_of_a_sample():
    """Many positions for a small vocabulary, for a large one as many as can be scored."""
    assert [gradient_check.sample_size(size) for size in (1, 10_000, 30_000, 400_000)] == [
        300,
        300,
        100,
        16,
    ]


@pytest.mark.parametrize("wanted", [16, 300])
@pytest.mark.parametrize("window", [5, 50])
def test_a_sample_has_about_the_wanted_size(wanted, window):
    positions = sampled(long_text(1, 20_000), wanted, window)[1]
    assert len(positions) <= 2 * max(wanted, 2 * window + 1)


def test_findings_of_a_sample():
    """The positions that are wanted are those that are checked."""
    lines = random_lines(3, [50] * 8)
    few, all_of_them = (
        check(lines=lines, positions=n, methods=METHODS[1:2], weights=2) for n in (30, 10_000)
    )
    assert few[0].predictions < all_of_them[0].predictions / 4
    assert caught(few) == caught(all_of_them) == (set(), set())
