"""Training against the textbook, and the promises of the loop."""

import numpy as np
import pytest
from helpers import reference
from helpers.block_scenes import random_lines, source_of, stream_of

from w2vcli.counts.cooccurrence import count_pairs
from w2vcli.errors import DivergedError, UsageError
from w2vcli.softmax.objective import baselines
from w2vcli.system.threads import Team
from w2vcli.text.windows import Windows
from w2vcli.training.events import Evaluating, FinalReport, PassReport, Progress
from w2vcli.training.options import TrainingOptions
from w2vcli.training.trainer import Trainer

V = 12


def trained(source, options, size=V, *, threads=1, pairs=None, validation=None, **how):
    with Team(threads) as team:
        trainer = Trainer(source, baselines(source, size)[0], options, team, validation)
        trainer.start(pairs)
        events = list(trainer.run(**how))
    return trainer, events


def options(**given):
    return TrainingOptions(
        **{"dim": 4, "start": "random", "passes": 2, "batch": 5, "prior": 0.0, **given}
    )


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("prior", [0.0, 0.4])
def test_textbook_sgd_step_by_step(arch, bias, prior, monkeypatch):
    """Batch 1, plain SGD, uniform windows, no subsampling: w -= lr * gradient, position by
    position, is what a dozen lines of float64 NumPy do. A position has its share of the prior of
    each word that predicts there."""
    monkeypatch.setattr("w2vcli.training.trainer.WARM_UP_STEPS", 1)
    lines = random_lines(6)
    windows = Windows(2, "uniform")
    source = source_of(arch, lines, windows, np.ones(V), 1)
    chosen = options(
        arch=arch, method="stream", optimizer="sgd", lr=0.5, batch=1, passes=1, bias=bias,
        prior=prior,
    )  # fmt: skip
    with Team() as team:
        trainer = Trainer(source, baselines(source, V)[0], chosen, team)
        trainer.start(None)
        w_in, w_out, b = (m.astype(np.float64) for m in trainer.parameters)
        order = np.random.default_rng(chosen.seed)
        order.uniform(size=trainer.parameters.w_in.shape)
        starts = np.arange(len(source))
        order.shuffle(starts)
        list(trainer.run())
    known = [place for place in range(len(source.stream)) if source.stream[place] >= 0]
    at_work = [rows for rows in (predictions_at(lines, place, arch) for place in known) if rows]
    assert len(at_work) == len(source) < len(known)
    uses = sum(a for rows in at_work for a, _ in rows)
    for step, start in enumerate(starts):
        rows = at_work[start]
        size = 0.5 * (1 - step / len(source))
        d_in, d_out, d_b = reference.gradients(rows, w_in, w_out, b)
        d_in += prior * (rows[0][0] / np.maximum(uses, 1e-9))[:, None] * w_in
        w_in -= size * d_in
        w_out -= size * d_out
        b -= size * d_b * bias
    np.testing.assert_allclose(trainer.parameters.w_in, w_in, atol=1e-5)
    np.testing.assert_allclose(trainer.parameters.w_out, w_out, atol=1e-5)
    np.testing.assert_allclose(trainer.parameters.bias, b, atol=1e-5)


def predictions_at(lines, place, arch):
    """The prediction of one place of the stream, alone."""
    line = next(
        (line, place - offset)
        for line, offset in zip(lines, offsets(lines), strict=True)
        if offset <= place < offset + len(line)
    )
    tokens, at = line
    around = [t if abs(i - at) <= 2 else -1 for i, t in enumerate(tokens)]
    every = list(reference.windows([around], 2, "uniform"))
    index = sum(1 for t in around[:at] if t >= 0)
    centre, context = every[index]
    a, y = np.zeros(V), np.zeros(V)
    if not context:
        return []
    for word, _ in context:
        (y if arch == "skipgram" else a)[word] += 1 if arch == "skipgram" else 1 / len(context)
    (a if arch == "skipgram" else y)[centre] += 1
    return [(a, y)]


def offsets(lines):
    total = 0
    for line in lines:
        yield total
        total += len(line) + 1


@pytest.mark.parametrize("path", ["skipgram-grouped", "skipgram-stream", "cbow"])
def test_loss_falls_and_is_the_loss_of_the_final_parameters(path):
    lines = random_lines(2)
    arch, _, method = path.partition("-")
    source = source_of(path, lines, Windows(3), np.ones(V), 5)
    chosen = options(arch=arch, method=method or "stream", passes=8, prior=0.3)
    trainer, events = trained(source, chosen)
    losses = [e.loss for e in events if isinstance(e, PassReport)]
    assert losses[-1] < losses[0]
    rows = list(reference.predictions(lines, arch, V, 3, "linear", np.ones(V)))
    total = reference.loss(rows, *(m.astype(float) for m in trainer.parameters))
    assert isinstance(events[-1], FinalReport)
    assert events[-1].loss == pytest.approx(total / sum(y.sum() for _, y in rows), rel=1e-6)
    penalty = reference.penalty(rows, trainer.parameters.w_in.astype(float), 0.3)
    assert events[-1].prior == pytest.approx(penalty / sum(y.sum() for _, y in rows), rel=1e-6)
    assert [entry["loss"] for entry in trainer.history] == [*losses, events[-1].loss]
    priors = [e.prior for e in events if isinstance(e, PassReport)]
    assert [entry["prior"] for entry in trainer.history] == [*priors, events[-1].prior]
    steps = [e for e in events if isinstance(e, Progress)]
    assert steps[-1].pass_number == steps[-1].passes == 8


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("path", ["skipgram-grouped", "skipgram-stream", "cbow"])
def test_without_the_final_loss_the_rest_is_the_same(path, held_out):
    """And it takes no evaluation of the corpus, only those of a held-out text."""
    source = source_of(path, random_lines(2), Windows(3), np.ones(V), 5)
    validation = source_of(path, random_lines(3), Windows(3), np.ones(V), 5) if held_out else None
    arch, _, method = path.partition("-")
    chosen = options(arch=arch, method=method or "stream", passes=1.5, prior=0.3)
    whole, shown = trained(source, chosen, validation=validation)
    short, seen = trained(source, chosen, validation=validation, final_loss=False)
    assert [a.tobytes() for a in short.state.arrays.values()] == [
        a.tobytes() for a in whole.state.arrays.values()
    ]
    assert short.history[:-1] == whole.history[:-1]
    assert short.history[-1] == whole.history[-1] | {"loss": None, "prior": None}
    report = seen[-1]
    assert isinstance(report, FinalReport)
    assert (report.loss, report.prior) == (None, None)
    assert report.validation_loss == shown[-1].validation_loss
    assert (report.validation_loss is not None) == held_out
    evaluations = [sum(isinstance(e, Evaluating) for e in events) for events in (shown, seen)]
    of_held_out = 2 * len(list(validation.blocks())) if validation else 0
    assert evaluations == [of_held_out + len(list(source.blocks())), of_held_out]


@pytest.mark.parametrize("path", ["skipgram-grouped", "skipgram-stream", "cbow"])
def test_the_prior_of_a_pass_is_that_of_the_parameters_that_its_blocks_met(path):
    """In steps that change nothing, that of the start; it is no part of the loss."""
    lines = random_lines(2)
    arch = path.partition("-")[0]
    source = source_of(path, lines, Windows(3), np.ones(V), 5)
    chosen = options(optimizer="sgd", lr=1e-30, passes=1, prior=7.0)
    trainer, events = trained(source, chosen)
    rows = list(reference.predictions(lines, arch, V, 3, "linear", np.ones(V)))
    weight = sum(y.sum() for _, y in rows)
    penalty = reference.penalty(rows, trainer.parameters.w_in.astype(float), 7.0)
    (report,) = (e for e in events if isinstance(e, PassReport))
    assert report.prior == pytest.approx(penalty / weight, rel=1e-6)
    total = reference.loss(rows, *(m.astype(float) for m in trainer.parameters))
    assert report.loss == pytest.approx(total / weight, rel=1e-6)


@pytest.mark.parametrize("path", ["skipgram-grouped", "skipgram-stream", "cbow"])
def test_a_stronger_prior_makes_shorter_input_vectors(path):
    """And a worse likelihood. A word that predicts nothing stays where it was."""
    source = source_of(path, random_lines(2), Windows(3), np.ones(V), 5)
    norms, losses, unused = [], [], set()
    for prior in (0.0, 1.0, 10.0, 1000.0):
        trainer, events = trained(source, options(passes=20, prior=prior))
        norms.append(float(np.linalg.norm(trainer.parameters.w_in[: V - 1])))
        losses.append(events[-1].loss)
        unused.add(trainer.parameters.w_in[V - 1].tobytes())
    assert norms == sorted(norms, reverse=True)
    assert losses == sorted(losses)
    assert norms[-1] < 0.1 * norms[0]
    assert len(unused) == 1


@pytest.mark.parametrize("passes", [0.5, 1, 1.5])
def test_the_share_of_the_training_that_is_done(passes):
    lines = [[0, 1, 2, 3]] * 5
    source = source_of("skipgram-stream", lines, Windows(3), np.ones(V), 1)
    _, events = trained(source, options(passes=passes))
    shares = [event.share for event in events if isinstance(event, Progress)]
    steps = round(passes * len(source))
    assert shares == pytest.approx([(step + 1) / steps for step in range(steps)])
    assert {e.passes for e in events if isinstance(e, PassReport)} == {steps / len(source)}


def test_baselines_by_hand():
    """Window 1, text "0 1 0": pairs 0-1 four times; each side predicts the other alone."""
    source = source_of("skipgram-grouped", [[0, 1, 0]], Windows(1), np.ones(V), 5)
    mass, found = baselines(source, V)
    assert mass.tolist() == [2, 2, *[0] * (V - 2)]
    assert found.uniform == pytest.approx(np.log(V))
    assert found.unigram == pytest.approx(np.log(2))
    assert found.floor == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("path", ["skipgram-grouped", "skipgram-stream", "cbow"])
def test_bias_starts_at_the_unigram(path):
    """With both matrices zero the loss would be the unigram's entropy; a floor lies below it."""
    lines = random_lines(3)
    arch = path.split("-")[0]
    source = source_of(path, lines, Windows(2), np.ones(V), 5)
    mass, found = baselines(source, V)
    with Team() as team:
        trainer = Trainer(source, mass, options(), team)
    rows = list(reference.predictions(lines, arch, V, 2, "linear", np.ones(V)))
    zeros = np.zeros((V, 4))
    loss = reference.loss(rows, zeros, zeros, trainer.parameters.bias.astype(float))
    # The word that is never predicted takes a little.
    assert loss / sum(y.sum() for _, y in rows) == pytest.approx(found.unigram, abs=0.05)
    if path == "skipgram-grouped":
        assert found.floor < found.unigram
    else:
        assert found.floor is None


def test_without_bias_there_is_none():
    source = source_of("skipgram-grouped", random_lines(), Windows(2), np.ones(V), 5)
    trainer, _ = trained(source, options(bias=False))
    assert not trainer.parameters.bias.any()


def test_both_matrices_zero_are_refused():
    with pytest.raises(UsageError, match="W_in and W_out are both zero"):
        options(start="zeros").resolved()
    source = source_of("skipgram-grouped", random_lines(), Windows(2), np.ones(V), 5)
    with Team() as team:
        trainer = Trainer(source, baselines(source, V)[0], options(), team)
        with pytest.raises(UsageError, match="both matrices are zero"):
            next(trainer.run())


def test_cbow_has_no_grouped_method():
    with pytest.raises(UsageError, match="pair counts"):
        TrainingOptions(arch="cbow", method="grouped").resolved()


def test_a_spectral_start_without_positive_pmi_falls_back_to_random():
    """One word, next to itself only: its PMI is zero."""
    stream = np.zeros(6, np.int32)
    pairs = count_pairs([stream], 1, Windows(2)).matrix(np.ones(1))
    source = source_of("skipgram-grouped", [[0] * 6], Windows(2), np.ones(1), 5, size=1)
    trainer, events = trained(source, options(start="spectral"), size=1, pairs=pairs)
    assert trainer.parameters.w_in.any()
    assert events[-1].loss == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("path", ["skipgram-grouped", "skipgram-stream", "cbow"])
def test_divergence_is_an_error(path):
    source = source_of(path, random_lines(), Windows(2), np.ones(V), 5)
    with pytest.raises(DivergedError, match=r"pass 1.*lower --lr"):
        trained(source, options(optimizer="sgd", lr=1e30, passes=5))


@pytest.mark.parametrize("path", ["skipgram-grouped", "skipgram-stream", "cbow"])
def test_divergence_in_the_only_step_is_seen(path):
    """The parameters are finite after it, the loss that they give is not."""
    source = source_of(path, random_lines(), Windows(2), np.ones(V), 1000)
    with Team() as team:
        trainer = Trainer(
            source, baselines(source, V)[0], options(optimizer="sgd", lr=1e25, passes=1), team
        )
        trainer.start(None)
        trainer.parameters.w_out[:] = trainer.parameters.w_in
        with pytest.raises(DivergedError, match="the loss is no longer finite"):
            list(trainer.run())


@pytest.mark.parametrize("path", ["skipgram-grouped", "skipgram-stream", "cbow"])
def test_validation_loss_is_that_of_the_held_out_text(path):
    arch = path.split("-")[0]
    source = source_of(path, random_lines(1), Windows(2), np.ones(V), 5)
    lines = random_lines(9)
    held_out = source_of(path, lines, Windows(2), np.ones(V), 7)
    trainer, events = trained(source, options(prior=5.0), validation=held_out)
    rows = list(reference.predictions(lines, arch, V, 2, "linear", np.ones(V)))
    total = reference.loss(rows, *(m.astype(float) for m in trainer.parameters))
    assert events[-1].validation_loss == pytest.approx(total / sum(y.sum() for _, y in rows), 1e-6)


@pytest.mark.jit
@pytest.mark.parametrize("path", ["skipgram-grouped", "skipgram-stream", "cbow"])
@pytest.mark.parametrize("optimizer", ["adagrad", "sgd"])
def test_bits_do_not_depend_on_threads(path, optimizer):
    size = 5000
    random = np.random.default_rng(0)
    lines = [random.integers(0, size, 40).tolist() for _ in range(60)]
    stream = stream_of(lines)
    pairs = count_pairs([stream], size, Windows(3)).matrix(np.ones(size))
    source = source_of(path, lines, Windows(3), np.linspace(1, 0.2, size), 400, size=size)

    def state(threads):
        trainer, events = trained(
            source,
            options(dim=9, optimizer=optimizer, prior=2.0),
            size,
            threads=threads,
            pairs=pairs,
        )
        losses = events[-1].loss, events[-1].prior
        return (*(matrix.tobytes() for matrix in trainer.parameters), *losses)

    one = state(1)
    for threads in (2, 3, 4):
        assert state(threads) == one


def test_seeds_choose_the_run():
    source = source_of("skipgram-grouped", random_lines(), Windows(2), np.ones(V), 3)
    runs = [trained(source, options(seed=seed))[0].parameters.w_in.tobytes() for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("path", ["skipgram-grouped", "cbow"])
@pytest.mark.parametrize("bias", [True, False])
def test_centred_is_the_same_model_with_its_mean_at_the_origin(path, bias):
    lines = random_lines(2)
    arch = path.split("-")[0]
    source = source_of(path, lines, Windows(3), np.ones(V), 5)
    trainer, _ = trained(source, options(arch=arch, bias=bias, passes=6))
    rows = list(reference.predictions(lines, arch, V, 3, "linear", np.ones(V)))
    w_in, w_out, b = (m.astype(float) for m in trainer.centred())
    before = reference.loss(rows, *(m.astype(float) for m in trainer.parameters))
    assert reference.loss(rows, w_in, w_out, b) == pytest.approx(before, rel=1e-6)
    unigram = sum(y for _, y in rows)
    np.testing.assert_allclose(unigram @ w_out / unigram.sum(), 0, atol=1e-6)
    if bias:
        np.testing.assert_allclose(unigram @ w_in / unigram.sum(), 0, atol=1e-6)
    else:
        assert not b.any()
