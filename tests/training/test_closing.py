"""The closing pass against its formulas in float64, and what it does for training."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.block_scenes import random_lines, stream_of

from w2vcli.counts.cooccurrence import count_pairs
from w2vcli.softmax.csr import row_sums
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import Parameters, baselines, mean_loss
from w2vcli.softmax.optimizer import Optimizer
from w2vcli.softmax.output_layer import Output, OutputHere
from w2vcli.system.threads import Team
from w2vcli.text.windows import Windows
from w2vcli.training.closing import ClosingPass
from w2vcli.training.curvature import Curvature
from w2vcli.training.events import PassReport, Progress
from w2vcli.training.grouped import GroupedSkipGram
from w2vcli.training.options import TrainingOptions
from w2vcli.training.trainer import Trainer
from w2vcli.vectors.model import Model

V, D = 40, 4
MANY = 60  # lines


def source(head=None, batch=7, seed=0, factors=None):
    """Words of which the first are the most frequent, and the last never occurs."""
    random = np.random.default_rng(seed)
    chances = 1.0 / np.arange(1, V)
    lines = [random.choice(V - 1, 12, p=chances / chances.sum()).tolist() for _ in range(MANY)]
    pairs = count_pairs([stream_of(lines)], V, Windows(2)).matrix(np.ones(V))
    factors = np.linspace(0.5, 2, V) if factors is None else factors
    return GroupedSkipGram(pairs, np.ones(V), factors, batch, head=head)


def point(dtype=np.float64, seed=1, scale=0.7):
    random = np.random.default_rng(seed)
    w_in, w_out = (scale * random.standard_normal((2, V, D))).astype(dtype)
    return Parameters(w_in, w_out, random.standard_normal(V).astype(dtype))


def dense(blocks):
    """Y of all words, (V, V), float64."""
    counts = np.zeros((V, V))
    pairs = blocks.pairs
    for row in range(V):
        for k in range(pairs.indptr[row], pairs.indptr[row + 1]):
            column = pairs.indices[k]
            counts[row, column] = float(pairs.data[k]) * blocks.factors[column]
    return counts


def objective(v, y, parameters, prior):
    scores = parameters.w_out @ v + parameters.bias
    return y.sum() * np.log(np.exp(scores).sum()) - y @ scores + prior / 2 * v @ v


def slope_and_curvature(v, along, y, parameters, prior):
    """The derivatives of the objective along a direction, by its formulas."""
    p = np.exp(parameters.w_out @ v + parameters.bias)
    p /= p.sum()
    scores = parameters.w_out @ along
    mean = p @ scores
    slope = y.sum() * mean - y @ scores + prior * v @ along
    return slope, y.sum() * (p @ (scores - mean) ** 2) + prior * along @ along


def covariance(w_out, mass):
    q = mass / mass.sum()
    mean = q @ w_out
    return sum(q[j] * np.outer(w_out[j] - mean, w_out[j] - mean) for j in range(V)), mean


def closed(blocks, parameters, prior, passes=1, **how):
    """Make the closing pass; return its object, and the parameters after it."""
    after = Parameters(*(values.copy() for values in parameters))
    with Team(how.pop("threads", 1)) as team:
        unigram = baselines(blocks, V)[0]
        closing = ClosingPass(blocks, unigram, prior, **how)
        _, w_out, bias = (Optimizer("sgd", values) for values in after)
        output = OutputHere(Output(blocks.largest, w_out, bias, False, team))
        closing.begin(after, team, lift=True)
        for _ in range(passes):
            for block in closing.blocks():
                closing.step(output, after.w_in, block)
    return closing, after


# --- the step ---------------------------------------------------------------------------


@pytest.mark.parametrize("prior", [0.0, 0.4, 30.0])
def test_a_step_is_that_of_newton_along_its_direction(prior):
    """By the formulas, word by word: D = -(n C + lambda I)^-1 g, and t = -g'D / D'HD, at most 1."""
    blocks, before = source(), point()
    counts, mass = dense(blocks), baselines(blocks, V)[0]
    shared, _ = covariance(before.w_out, mass)
    _, after = closed(blocks, before, prior)
    for word in range(V - 1):
        y, v = counts[word], before.w_in[word]
        gradient = np.array(
            [slope_and_curvature(v, axis, y, before, prior)[0] for axis in np.eye(D)]
        )
        along = -np.linalg.solve(y.sum() * shared + prior * np.eye(D), gradient)
        slope, curvature = slope_and_curvature(v, along, y, before, prior)
        expected = v + min(1, -slope / curvature) * along
        np.testing.assert_allclose(after.w_in[word], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(after.w_in[V - 1], before.w_in[V - 1])  # has no pairs
    np.testing.assert_array_equal(after.w_out, before.w_out)
    np.testing.assert_array_equal(after.bias, before.bias)


def test_slope_and_curvature_are_those_of_finite_differences():
    """The formulas of this file, that the step is held to."""
    blocks, at = source(), point()
    random, h = np.random.default_rng(3), 1e-4
    for word in range(0, V - 1, 5):
        y, v, along = dense(blocks)[word], at.w_in[word], random.standard_normal(D)
        below, here, above = (objective(v + k * h * along, y, at, 0.7) for k in (-1, 0, 1))
        slope, curvature = slope_and_curvature(v, along, y, at, 0.7)
        assert (above - below) / (2 * h) == pytest.approx(slope, rel=1e-5, abs=1e-5)
        assert (above - 2 * here + below) / h**2 == pytest.approx(curvature, rel=1e-4)


def test_again_and_again_it_comes_to_the_minimum():
    """It is Newton's method: where nothing moves any more, the gradient is zero."""
    blocks, before = source(), point()
    _, after = closed(blocks, before, 0.5, passes=60)
    for word in range(V - 1):
        y, v = dense(blocks)[word], after.w_in[word]
        slopes = [slope_and_curvature(v, axis, y, after, 0.5)[0] for axis in np.eye(D)]
        np.testing.assert_allclose(slopes, 0, atol=1e-3)


@pytest.mark.parametrize("prior", [0.0, 1.0])
def test_where_the_softmax_is_sure_of_the_wrong_words_the_step_stays_short(prior):
    """The slope is steep there, and there is hardly any curvature: Newton would go astray."""
    blocks, before = source(), point()
    before.w_in[:] *= 60
    counts = dense(blocks)
    _, after = closed(blocks, before, prior)
    _, far = closed(blocks, before, prior, passes=30)
    shared, _ = covariance(before.w_out, baselines(blocks, V)[0])
    for word in range(V - 1):
        y, v = counts[word], before.w_in[word]
        gradient = [slope_and_curvature(v, axis, y, before, prior)[0] for axis in np.eye(D)]
        along = np.linalg.solve(y.sum() * shared + prior * np.eye(D), gradient)
        step = after.w_in[word] - v
        assert np.linalg.norm(step) <= np.linalg.norm(along) * (1 + 1e-6)
        assert objective(far.w_in[word], y, before, prior) < objective(v, y, before, prior)


def test_float32_is_near_float64():
    _, double = closed(source(), point(), 3.0)
    _, single = closed(source(), point(np.float32), 3.0)
    assert single.w_in.dtype == np.float32
    np.testing.assert_allclose(single.w_in, double.w_in, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("what", ["w_out", "everything"])
def test_where_there_is_nothing_to_learn_nothing_moves(what):
    """Output vectors that are all zero have no covariance, and give no gradient."""
    before = point()
    before.w_out[:] = 0
    if what == "everything":
        before.w_in[:] = 0
    _, after = closed(source(), before, 0.0)
    np.testing.assert_array_equal(after.w_in, before.w_in)


# --- the lift ---------------------------------------------------------------------------

HEAD = 16


def lift_of(blocks, parameters, prior):
    """(n C + lambda I)^-1 (sum of y u - n E_q[u]) of every word, by the formulas."""
    counts = dense(blocks)
    shared, mean = covariance(parameters.w_out, baselines(blocks, V)[0])
    return np.array(
        [
            np.linalg.solve(
                y.sum() * shared + prior * np.eye(D), y @ parameters.w_out - y.sum() * mean
            )
            for y in counts
        ]
    )


def test_words_that_are_not_visited_are_lifted_as_far_as_the_rarest_visited_ones_went():
    """The prior is so large beside their masses that no step follows."""
    blocks, before, prior = source(HEAD), point(), 40.0
    closing, after = closed(blocks, before, prior)
    visited = blocks.visited
    rare = np.setdiff1d(np.arange(V - 1), visited)
    totals = row_sums(blocks.pairs)
    assert totals[visited].min() >= totals[rare].max() > 0
    assert len(closing) == -(-HEAD // blocks.batch)
    near = lift_of(blocks, before, prior)
    rarest = sorted(visited, key=lambda word: totals[word])[: HEAD // 4]
    kappa = (near[rarest] * before.w_in[rarest]).sum() / (near[rarest] ** 2).sum()
    np.testing.assert_allclose(after.w_in[rare], kappa * near[rare], rtol=1e-4, atol=1e-6)


def test_of_an_old_model_words_are_lifted_only_where_no_step_follows():
    blocks, before, prior = source(HEAD), point(), 1.0
    totals = row_sums(blocks.pairs)
    rare = np.setdiff1d(np.arange(V - 1), blocks.visited)
    followed = totals[rare] >= 10 * prior
    assert followed.any()
    assert not followed.all()
    kept = np.zeros(V, bool)
    kept[rare[::2]] = True
    unigram = baselines(blocks, V)[0]
    after = Parameters(*(values.copy() for values in before))
    with Team() as team:
        ClosingPass(blocks, unigram, prior, kept).begin(after, team, lift=True)
    same = (after.w_in == before.w_in).all(axis=1)
    np.testing.assert_array_equal(same[rare], kept[rare] & followed)
    assert same[blocks.visited].all()
    assert same[V - 1]


def test_a_lift_of_zeros_is_zero():
    """Where the visited words are at zero, so that nothing can be fitted."""
    before = point()
    before.w_in[:] = 0
    before.w_out[:] = 0
    _, after = closed(source(HEAD), before, 1.0)
    assert not after.w_in.any()


def test_without_lift_nothing_begins_anew():
    before = point()
    after = Parameters(*(values.copy() for values in before))
    blocks = source(HEAD)
    with Team() as team:
        ClosingPass(blocks, baselines(blocks, V)[0], 40.0).begin(after, team, lift=False)
    np.testing.assert_array_equal(after.w_in, before.w_in)


# --- which words are visited ------------------------------------------------------------


@pytest.mark.parametrize("head", [1, 5, HEAD])
def test_a_shuffled_pass_visits_the_head_alone_and_its_counts_are_whole(head):
    blocks = source(head)
    sums = np.zeros((V, V))
    for block in blocks.blocks(np.random.default_rng(0)):
        for row, word in enumerate(block.inputs.indices):
            some = slice(*block.targets.indptr[row : row + 2])
            sums[word, block.targets.indices[some]] += block.targets.data[some]
    expected = dense(blocks)
    expected[np.setdiff1d(np.arange(V), blocks.visited)] = 0
    assert len(blocks.visited) == head
    np.testing.assert_allclose(sums, expected, rtol=1e-5)


@pytest.mark.parametrize("head", [None, V - 1, V, 1000])
def test_a_head_of_all_words_is_the_plain_pass(head):
    plain, ours = source(), source(head)
    for one, other in zip(
        plain.blocks(np.random.default_rng(4)), ours.blocks(np.random.default_rng(4)), strict=True
    ):
        for a, b in zip((*one.inputs, *one.targets), (*other.inputs, *other.targets), strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_exact_loss_is_that_of_all_words():
    with Team() as team:
        losses = [
            mean_loss(SoftmaxKernel(7, V, np.float64, team), point(), source(head).blocks(), 1.0)
            for head in (None, 3)
        ]
    assert losses[0].value == losses[1].value
    assert losses[0].prior == losses[1].prior


# --- in training ------------------------------------------------------------------------


def trained(head=HEAD, threads=1, prior=1.0, **given):
    options = TrainingOptions(dim=D, start="random", batch=7, prior=prior, **{"passes": 2, **given})
    blocks = source(head)
    with Team(threads) as team:
        unigram = baselines(blocks, V)[0]
        trainer = Trainer(
            blocks, unigram, options, team, closing=ClosingPass(blocks, unigram, prior)
        )
        trainer.start(None)
        return trainer, list(trainer.run())


def test_the_model_does_not_depend_on_the_threads():
    one, four = (trained(threads=threads)[0] for threads in (1, 4))
    for a, b in zip(one.parameters, four.parameters, strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("passes", [0.5, 1, 1.5, 3])
def test_it_comes_after_the_passes(passes):
    trainer, events = trained(passes=passes)
    reports = [event for event in events if isinstance(event, PassReport)]
    assert [report.closing for report in reports] == [False] * -int(-passes // 1) + [True]
    assert [bool(record.get("closing")) for record in trainer.history] == [
        *[False] * (len(reports) - 1), True, False,
    ]  # fmt: skip
    shares = [event.share for event in events if isinstance(event, Progress)]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    closing = [event for event in events if isinstance(event, Progress) and event.closing]
    assert 0 < len(closing) < len(shares)


def test_the_objective_is_lower_after_it():
    trainer, events = trained()
    report = [event for event in events if isinstance(event, PassReport)][-1]
    final = trainer.history[-1]
    assert final["final"]
    # The report is of the words that take a step, before it; the final loss is of all.
    assert final["loss"] + final["prior"] < report.loss + report.prior


def test_the_command(w2v, monkeypatch):
    monkeypatch.setattr("w2vcli.training.data.HEAD_WORDS", 10)
    train = ["train", "text.txt", "--min-count", "1", "--dim", "4", "--prior", "2", "--json"]
    code, out, err = w2v(*train, "-o", "with")
    assert code == 0
    events = [json.loads(line) for line in out.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds[-7:-2] == ["pass", "pass", "pass", "closing_pass", "done"]
    assert sorted(events[-4]) == ["event", "loss", "perplexity", "prior", "seconds"]
    assert " closing pass: loss " in err
    code, out, err = w2v(*train, "--no-closing", "--passes", "4", "-o", "without")
    assert code == 0
    assert "closing_pass" not in out
    assert "closing" not in err
    models = [Model.load(Path(name)) for name in ("with", "without")]
    assert [model.config["closing"] for model in models] == [True, False]
    assert (models[0].squares[0] > 0).sum() == 10
    losses = [model.history[-1]["loss"] + model.history[-1]["prior"] for model in models]
    assert losses[0] < losses[1]


def test_random_lines_train_too():
    """A text of so few words that the head is all of them."""
    stream = stream_of(random_lines(3))
    pairs = count_pairs([stream], 12, Windows(3)).matrix(np.ones(12))
    blocks = GroupedSkipGram(pairs, np.ones(12), np.ones(12), 5, head=100)
    unigram = baselines(blocks, 12)[0]
    with Team() as team:
        closing = ClosingPass(blocks, unigram, 0.1)
        options = TrainingOptions(dim=3, start="random", passes=2, prior=0.1)
        trainer = Trainer(blocks, unigram, options, team, closing=closing)
        trainer.start(None)
        list(trainer.run())
    assert np.isfinite(trainer.parameters.w_in).all()


def test_the_covariance_solves_what_it_says():
    w_out, mass = point().w_out, np.arange(V, dtype=float)
    shared, mean = covariance(w_out, mass)
    curvature = Curvature(w_out, mass, 2.0)
    np.testing.assert_allclose(curvature.mean, mean, atol=1e-12)
    masses, gradients = np.array([0.5, 90.0]), np.random.default_rng(0).standard_normal((2, D))
    expected = [
        np.linalg.solve(n * shared + 2 * np.eye(D), g)
        for n, g in zip(masses, gradients, strict=True)
    ]
    np.testing.assert_allclose(curvature.solve(masses, gradients), expected, rtol=1e-9)


def test_variances_are_those_of_the_softmax():
    """Also where whole chunks of the vocabulary have almost no probability."""
    random = np.random.default_rng(2)
    size = 5000
    hidden, along = random.standard_normal((2, 3, D))
    w_out, bias = random.standard_normal((size, D)), random.standard_normal(size)
    bias[2000:] -= 300
    with Team(2) as team:
        found = SoftmaxKernel(3, size, np.float64, team).variances(hidden, w_out, bias, along)
    for row in range(3):
        scores = w_out @ hidden[row] + bias
        p = np.exp(scores - scores.max())
        p /= p.sum()
        values = w_out @ along[row]
        expected = p @ (values - p @ values) ** 2
        assert found[row] == pytest.approx(expected, rel=1e-9)


def test_one_probability_of_one_has_no_variance():
    with Team() as team:
        kernel = SoftmaxKernel(1, 3, np.float64, team)
        ones = np.ones((1, D))
        found = kernel.variances(ones, np.eye(3, D), np.array([0.0, 900.0, 0.0]), ones)
    assert found == [0.0]
