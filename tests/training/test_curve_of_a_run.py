"""The curve of a run: the same from its events and from its file, whatever the time it takes."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.cli.live_curve import LiveCurve
from w2vcli.judging.training_curve import curve_of
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection
from w2vcli.training import curve as curves
from w2vcli.training import events
from w2vcli.training.curve import Curve, Losses, parts_of_a_pass
from w2vcli.training.options import TrainingOptions
from w2vcli.training.session import train
from w2vcli.training.trainer import Trainer
from w2vcli.vectors.model import Model

WAYS = [
    {},
    {"closing": False, "passes": 1.5},
    {"method": "stream", "optimizer": "sgd", "start": "random"},
    {"arch": "cbow", "passes": 0.5, "prior": 0.0},
]


def trained(output="new", threads=1, held_out=None, **how):
    """Train; return what was reported, and the curve that was kept of it."""
    reported, live = [], LiveCurve(None, "", "")
    more = {name: how.pop(name) for name in ("warm_start", "words", "final_loss") if name in how}

    def report(event):
        reported.append(event)
        live.take(event)

    options = TrainingOptions(**{"dim": 3, "batch": 3} | how)
    words = more.pop("words", Selection(min_count=2))
    train(
        "text.txt", output, options, words=words, validation=held_out, threads=threads,
        report=report, **more,
    )  # fmt: skip
    return reported, live.curve


def of_kind(reported, kind):
    return [event for event in reported if isinstance(event, kind)]


@pytest.mark.parametrize("held_out", [None, "text.txt"])
@pytest.mark.parametrize("way", WAYS)
def test_events_and_the_file_make_the_same_curve(w2v, way, held_out):
    reported, curve = trained(held_out=held_out, **way)
    assert curve == curve_of(Path("new"))
    model = Model.load(Path("new"))
    (started,) = of_kind(reported, events.Started)
    assert curve.uniform == started.baselines.uniform
    assert curve.unigram == started.baselines.unigram
    assert curve.floor == started.baselines.floor
    passes = of_kind(reported, events.PassReport)
    assert [each[1:] for each in curve.losses] == [
        (event.loss, event.prior, event.validation_loss) for event in passes
    ]
    assert [(each.loss, each.prior, each.held_out) for each in curve.reported] == [
        (record["loss"], record["prior"], record["validation_loss"]) for record in model.history
    ]
    (final,) = of_kind(reported, events.FinalReport)
    assert curve.final == (curve.end, final.loss, final.prior, final.validation_loss)
    assert curve.done == curve.end == passes[0].passes + curve.closing
    points = [event.point for event in of_kind(reported, events.Progress) if event.point]
    assert list(curve.points) == points
    assert curve.points[-1].passes == pytest.approx(curve.passes, abs=1e-6)


@pytest.mark.parametrize("way", WAYS[:3])
def test_the_points_of_a_pass_have_its_mean(w2v, monkeypatch, way):
    """With one part for each pass they are the losses of the passes."""
    monkeypatch.setattr(curves, "_OF_A_PASS", 1)
    _, curve = trained(**way)
    means = [each.loss for each in curve.losses][: -1 if curve.closing else None]
    assert [point.loss for point in curve.points] == [round(mean, 6) for mean in means]
    ends = [each.passes for each in curve.losses][: len(means)]
    assert [point.passes for point in curve.points] == pytest.approx(ends, abs=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_a_point_is_the_mean_since_the_one_before(w2v, monkeypatch, way):
    blocks, point_of = [], Trainer._point

    def noted(trainer, loss, weight):
        point = point_of(trainer, loss, weight)
        blocks.append((trainer.done, float(loss), float(weight), point))
        return point

    monkeypatch.setattr(Trainer, "_point", noted)
    _, curve = trained(**way)
    expected, since = [], []
    for done, loss, weight, point in blocks:
        since.append((loss, weight))
        if point:
            assert len(since) > 1 or done == blocks[-1][0]
            total, weights = map(sum, zip(*since, strict=True))
            expected.append((pytest.approx(done, abs=1e-6), pytest.approx(total / weights, 1e-6)))
            since = []
    assert list(curve.points) == expected
    assert not since


def test_how_many_points_there_are(w2v):
    assert [parts_of_a_pass(passes, 1000) for passes in (0.5, 2, 4, 60, 1000)] == [24, 24, 15, 1, 1]
    assert [parts_of_a_pass(4, blocks) for blocks in (1, 3, 8, 25)] == [1, 1, 4, 12]
    _, curve = trained(passes=4, batch=1, method="stream")
    assert len(curve.points) == 4 * 15
    assert [point.passes for point in curve.points[14::15]] == [1, 2, 3, 4]


def test_without_the_exact_loss(w2v):
    _, curve = trained(final_loss=False)
    assert curve.final == (curve.end, None, None, None)
    assert curve == curve_of(Path("new"))


# --- the old model's loss ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, True),
        ({"prior": 2.0}, True),
        ({"passes": 3}, True),
        ({"window": 3}, False),
        ({"window_weights": "uniform"}, False),
        ({"smoothing": 1.0}, False),
        ({"subsample": 0.0}, False),
        ({"method": "stream"}, False),
        ({"words": Selection(min_count=2, max_vocab=10)}, False),
    ],
)
def test_an_old_models_loss_is_shown_where_it_is_of_the_same_predictions(w2v, change, known):
    _, before = trained("old")
    _, curve = trained("new", warm_start="old", **change)
    assert curve.before == (before.final.loss if known else None)
    assert curve_of(Path("new")).before == curve.before


def test_an_old_model_of_another_text_or_without_its_exact_loss(w2v):
    trained("old")
    with Path("text.txt").open("a", encoding="utf-8") as text:
        text.write("the king rules the land\n")
    assert trained("new", warm_start="old")[1].before is None
    trained("old", final_loss=False)
    assert trained("new", warm_start="old")[1].before is None


def test_an_old_models_text_by_other_rules(w2v):
    trained("old")
    model = Model.load(Path("old"))
    replace(model, config=model.config | {"lower": True}).save(Path("lower"))
    assert trained("new", warm_start="lower")[1].before is None
    assert trained("new", warm_start="old")[1].before is not None


# --- what files hold --------------------------------------------------------------------

RECORD = {"loss": 2.5, "prior": 0.5, "validation_loss": None}


def test_an_older_model_has_a_curve_too():
    history = [{"loss": 3.0, "validation_loss": 3.5}, RECORD, RECORD | {"final": True}]
    curve = Curve.of({"passes": 1.5}, history, None)
    assert curve == Curve(
        1.5,
        losses=(Losses(1.0, 3.0, None, 3.5), Losses(1.5, 2.5, 0.5, None)),
        final=Losses(1.5, 2.5, 0.5, None),
        done=1.5,
    )
    assert [each.objective for each in curve.reported] == [None, 3.0, 3.0]


def test_a_closing_pass_counts_as_one():
    history = [RECORD, RECORD | {"closing": True}]
    curve = Curve.of({"passes": 1, "closing": True}, history, {"passes": 0.75, "done": 1.75})
    assert [each.passes for each in curve.losses] == [0.75, 1.75]
    assert (curve.done, curve.end, curve.final) == (1.75, 1.75, None)


def test_a_curve_without_losses_is_empty():
    nothing = {"loss": None, "prior": None, "validation_loss": None, "final": True}
    assert Curve.of({"passes": 1}, [], {"unigram": 2.0}).is_empty
    assert Curve.of({"passes": 1}, [nothing], None).is_empty
    assert not Curve.of({"passes": 1}, [nothing | {"validation_loss": 1.0}], None).is_empty
    assert not Curve.of({"passes": 1}, [], {"points": [[0.5, 2.0]]}).is_empty


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
KEPT = ("passes", "uniform", "unigram", "floor", "before", "points", "done")


@given(
    st.fixed_dictionaries({"passes": st.just(2) | VALUES}, optional={"closing": VALUES}),
    st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(RECORD, VALUES)), max_size=3),
    st.fixed_dictionaries({}, optional=dict.fromkeys(KEPT, VALUES)),
)
def test_what_is_no_curve_is_an_error_of_these_kinds(config, history, kept):
    try:
        curve = Curve.of(config, history, kept)
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    numbers = [value for each in curve.reported for value in each if value is not None]
    assert all(abs(number) <= 1e100 for number in numbers)
    assert Curve.of(config, history, curve.as_json() | {"done": curve.done}) == curve


def test_points_out_of_order_are_none():
    with pytest.raises(ValueError, match="in order"):
        curves.points_of({"points": [[0.5, 1.0], [0.5, 1.0]]})


def test_a_text_by_a_corpus_has_the_same_curve(w2v):
    """The files into which a text is divided, and threads, are nothing to a curve."""
    _, curve = trained(threads=1)
    halves = Path("text.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    for name, lines in (("one", halves[:5]), ("two", halves[5:])):
        Path(name).write_text("".join(lines), encoding="utf-8")
    options = TrainingOptions(dim=3, batch=3)
    train(Corpus(["one", "two"]), "halves", options, words=Selection(min_count=2), threads=2)
    assert curve_of(Path("halves")) == curve
