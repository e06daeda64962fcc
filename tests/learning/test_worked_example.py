"""The worked example against the reference, number by number; and that it is training's code."""

import math
from itertools import pairwise

import numpy as np
import pytest
from helpers import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vcli.errors import DivergedError, UsageError
from w2vcli.learning.worked_example import work_out
from w2vcli.softmax import kernel, sweeps
from w2vcli.softmax.blocks import scatter

CAT = ["the", "cat", "sat", "on", "the", "mat"]
ARCHS = ["skipgram", "cbow"]
both_archs = pytest.mark.parametrize("arch", ARCHS)


def close(found, expected, atol=1e-11):
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


def rows_of(example, arch, window, smoothing):
    """The rows (x, y) of A and Y of every position of the sentence, by the reference."""
    size = len(example.words)
    ones, counts = np.ones(size), [example.tokens.count(i) for i in range(size)]
    factors = reference.smoothing(counts, ones, smoothing)
    close(example.factors, factors)
    return list(
        reference.predictions([example.tokens], arch, size, window, "uniform", ones, factors)
    )


def check_step(step, row, lr, bias, prior, shares):
    """Compare every number of a step with the formulas, from the step's own starting point."""
    x, y = row
    w_in, w_out, b = step.weights
    h = w_in.T @ x
    z = w_out @ h + b
    p = np.exp(reference.log_softmax(z))
    residual = y.sum() * p - y
    d_in, d_out, d_b = reference.gradients([row], w_in, w_out, b)
    d_in += prior * shares[:, None] * w_in
    close(step.h, h)
    close(step.z, z)
    close(step.p, p)
    close(step.loss, reference.loss([row], w_in, w_out, b))
    close(step.penalty, prior / 2 * shares @ (w_in**2).sum(axis=1))
    close(step.residual, residual)
    close(step.d_hidden, w_out.T @ residual)
    gradients = (d_in, d_out, d_b if bias else np.zeros_like(b))
    for ours, theirs in zip(step.gradients, gradients, strict=True):
        close(ours, theirs)
    after = [w - lr * g for w, g in zip(step.weights, gradients, strict=True)]
    for ours, theirs in zip(step.after, after, strict=True):
        close(ours, theirs)
    close(step.loss_after, reference.loss([row], *after))
    close(step.penalty_after, prior / 2 * shares @ (after[0] ** 2).sum(axis=1))


def check(sentence, arch, position, window, lr, bias, smoothing=1.0, prior=0.0, **options):
    """Work a sentence out, and compare all of it with the reference."""
    example = work_out(
        sentence, arch=arch, position=position, window=window, lr=lr, bias=bias,
        smoothing=smoothing, prior=prior, **options,
    )  # fmt: skip
    assert [example.words[token] for token in example.tokens] == sentence
    assert example.counts == [sentence.count(word) for word in example.words]
    assert example.position == position
    rows = rows_of(example, arch, window, smoothing)
    shares = rows[position][0] / sum(x for x, _ in rows)
    close(example.shares, shares)
    close(example.x, rows[position][0])
    close(example.y, rows[position][1], 1e-6)  # Y is float32, and exact without smoothing
    assert smoothing != 1 or (example.y == rows[position][1]).all()
    mass = sum(y for _, y in rows)
    first = np.log(mass / mass.sum()) if bias else np.zeros(len(example.words))
    close(example.steps[0].weights.bias, first, 1e-11 if smoothing == 1 else 1e-6)
    for step in example.steps:
        check_step(step, (example.x, example.y), lr, bias, prior, shares)
    for slope in example.slopes:
        gradient = getattr(example.steps[0].gradients, slope.name)
        assert slope.formula == gradient[slope.place]
        assert slope.difference == pytest.approx(slope.formula, rel=1e-8, abs=1e-8)
    return example


@both_archs
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("start", ["random", "zeros"])
@pytest.mark.parametrize("window", [1, 2, 5])
@pytest.mark.parametrize("position", [0, 2, 5])
@pytest.mark.parametrize(("smoothing", "prior"), [(1.0, 0.0), (0.5, 2.0)])
def test_every_number_equals_the_formulas(arch, bias, start, window, position, smoothing, prior):
    check(CAT, arch, position, window, 0.1, bias, smoothing, prior, start=start, steps=2)


@settings(max_examples=40)
@given(
    sentence=st.lists(st.sampled_from("abcdef"), min_size=2, max_size=12),
    arch=st.sampled_from(ARCHS),
    bias=st.booleans(),
    window=st.integers(1, 15),
    dim=st.integers(1, 6),
    lr=st.floats(0.001, 0.5),
    seed=st.integers(0, 99),
    data=st.data(),
)
def test_every_sentence(sentence, arch, bias, window, dim, lr, seed, data):
    position = data.draw(st.integers(0, len(sentence) - 1))
    check(sentence, arch, position, window, lr, bias, dim=dim, seed=seed)


def test_the_cat_sat_on_the_mat_by_hand():
    """Around "sat", within two words: the cat ... on the, with "the" twice."""
    skipgram, cbow = (work_out(CAT, arch=arch) for arch in ARCHS)
    for example in (skipgram, cbow):
        assert example.words == ["the", "cat", "sat", "on", "mat"]
        assert example.counts == [2, 1, 1, 1, 1]
        assert example.tokens == [0, 1, 2, 3, 0, 4]
        assert example.position == 2  # of six words the third is the middle one
        assert example.context == [0, 1, 3, 4]
        assert example.steps[0].weights.w_in.shape == (5, 3)
    assert (skipgram.x.tolist(), skipgram.y.tolist()) == ([0, 0, 1, 0, 0], [2, 1, 0, 1, 0])
    assert (cbow.x.tolist(), cbow.y.tolist()) == ([0.5, 0.25, 0, 0.25, 0], [0, 0, 1, 0, 0])


@pytest.mark.parametrize(
    ("position", "window", "context"),
    [(0, 1, [1]), (0, 2, [1, 2]), (5, 1, [4]), (5, 9, [0, 1, 2, 3, 4]), (3, 1, [2, 4])],
)
def test_the_window_ends_with_the_sentence(position, window, context):
    assert work_out(CAT, position=position, window=window).context == context


@pytest.mark.parametrize(("words", "middle"), [(2, 0), (3, 1), (4, 1), (5, 2)])
def test_the_middle_word_is_the_centre(words, middle):
    assert work_out(CAT[:words]).position == middle


@both_archs
def test_a_step_starts_where_the_last_one_ended_and_the_loss_falls(arch):
    steps = work_out(CAT, arch=arch, lr=0.01, steps=20, bias=True).steps
    assert len(steps) == 20
    for one, two in pairwise(steps):
        for ended, started in zip(one.after, two.weights, strict=True):
            np.testing.assert_array_equal(ended, started)
        assert two.loss == one.loss_after
    losses = [step.loss for step in steps] + [steps[-1].loss_after]
    assert losses == sorted(set(losses), reverse=True)


@pytest.mark.parametrize(("arch", "predicted", "other"), [("skipgram", 0, 2), ("cbow", 2, 0)])
def test_slopes_are_those_of_each_kind_of_weight(arch, predicted, other):
    """Of the input, a word that is predicted, one that is not, and the bias."""
    example = work_out(CAT, arch=arch, bias=True)
    (name, (given, column)), *rest = [(s.name, s.place) for s in example.slopes]
    assert (name, column) == ("w_in", 0)
    assert example.x[given] > 0
    assert rest == [("w_out", (predicted, 0)), ("w_out", (other, 0)), ("bias", (predicted,))]
    assert [s.name for s in work_out(CAT, arch=arch).slopes] == ["w_in", "w_out", "w_out"]


def test_where_every_word_is_predicted_no_other_has_a_slope():
    example = work_out(["a", "b", "a", "b"], window=2)
    assert [s.name for s in example.slopes] == ["w_in", "w_out"]


@both_archs
@pytest.mark.parametrize("bias", [True, False])
def test_from_zeros_nothing_moves_but_the_bias(arch, bias):
    example = work_out(CAT, arch=arch, start="zeros", bias=bias, steps=3)
    for step in example.steps:
        for group in (step.weights, step.after, step.gradients):
            assert not group.w_in.any()
            assert not group.w_out.any()
            assert group.bias.any() == bias
        assert not step.h.any()
    losses = [step.loss for step in example.steps] + [example.steps[-1].loss_after]
    if bias:
        assert losses == sorted(set(losses), reverse=True)
    else:  # every word is as probable as any other, for ever
        assert losses == [pytest.approx(example.y.sum() * math.log(5), rel=1e-15)] * 4


@both_archs
def test_without_a_bias_it_stays_zero_though_the_residual_is_not(arch):
    (step,) = work_out(CAT, arch=arch).steps
    assert step.residual.all()
    for bias in (step.weights.bias, step.gradients.bias, step.after.bias):
        assert not bias.any()


def test_the_start_is_in_tenths_and_depends_on_the_seed():
    def start(seed):
        w_in, w_out, _ = work_out(CAT, dim=50, seed=seed).steps[0].weights
        return np.concatenate([w_in, w_out])

    assert {*start(1).flat} == {k / 10 for k in range(-9, 10)}
    assert (start(1) == start(1)).all()
    assert (start(1) != start(2)).any()


@pytest.mark.parametrize(
    ("sentence", "position", "message"),
    [
        ([], None, "a sentence without words has no context; give two words or more"),
        (["cat"], None, "a sentence of one word has no context; give two words or more"),
        (["cat"], 0, "a sentence of one word has no context; give two words or more"),
        (CAT, 6, "there is no word 7 in this sentence, which has 6"),
        (CAT, -1, "there is no word 0 in this sentence, which has 6"),
    ],
)
def test_sentences_that_cannot_be_worked_out(sentence, position, message):
    with pytest.raises(UsageError) as raised:
        work_out(sentence, position=position)
    assert str(raised.value) == message


# --- break the code that trains, and the example shows it -------------------------------


def beside(example):
    """The slopes whose formula is not what the loss does, by name."""
    return {s.name for s in example.slopes if abs(s.formula - s.difference) > 1e-6}


def test_the_chain_rule_is_that_of_training(monkeypatch):
    """CBOW without 1/m: each context word gets all of dL/dh, as in word2vec.c."""
    true = work_out(CAT, arch="cbow")
    monkeypatch.setattr(
        "w2vcli.softmax.objective.scatter",
        lambda hidden, d_hidden: scatter(hidden._replace(data=np.ones(4)), d_hidden),
    )
    wrong = work_out(CAT, arch="cbow")
    assert (beside(true), beside(wrong)) == (set(), {"w_in"})
    close(wrong.steps[0].gradients.w_in, 4 * true.steps[0].gradients.w_in)
    close(wrong.steps[0].gradients.w_out, true.steps[0].gradients.w_out)


@both_archs
def test_the_residual_is_that_of_training(monkeypatch, arch):
    """A kernel that forgets to subtract the targets."""
    true = work_out(CAT, arch=arch, bias=True)
    monkeypatch.setattr(
        sweeps, "_subtract_targets", lambda exponentials, *rest: rest[-1].astype(float)
    )
    wrong = work_out(CAT, arch=arch, bias=True)
    assert (beside(true), beside(wrong)) == (set(), {"w_in", "w_out", "bias"})
    close(wrong.steps[0].residual, true.y.sum() * true.steps[0].p)


def test_the_loss_is_that_of_training(monkeypatch):
    """A kernel whose loss is twice what it should be."""

    class Twice(kernel.SoftmaxKernel):
        def block(self, *arguments, **how):
            result = super().block(*arguments, **how)
            return kernel.BlockResult(2 * result.loss, result.mass, result.d_hidden)

    true = work_out(CAT)
    monkeypatch.setattr("w2vcli.learning.worked_example.SoftmaxKernel", Twice)
    wrong = work_out(CAT)
    assert wrong.steps[0].loss == 2 * true.steps[0].loss
    assert beside(wrong) == {"w_in", "w_out"}


@pytest.mark.parametrize("lr", [1e308, 1e200])
def test_a_step_beyond_all_numbers(lr):
    with pytest.raises(DivergedError, match=r"--lr 1e.* is too large: after step [12] the numbers"):
        work_out(CAT, lr=lr, steps=3)


def test_a_large_step_is_no_error():
    assert work_out(CAT, lr=1e3, steps=5).steps[-1].loss_after > 0
