"""The warm start against its formulas in float64, and as an option of train."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from helpers import reference
from helpers.pairs import dense_counts, dense_ppmi, pairs_of

from w2vcli.errors import UsageError
from w2vcli.softmax.csr import Csr
from w2vcli.softmax.objective import Parameters
from w2vcli.system.tensor_file import verify
from w2vcli.training.input_rows import InputRows
from w2vcli.training.options import TrainingOptions
from w2vcli.training.warm_start import WarmStart
from w2vcli.vectors.model import FORMAT, Model

OLD_WORDS = [f"old{i}" for i in range(40)]
OPTIONS = TrainingOptions(dim=6).resolved(warm=True)


class Trainer:
    """What a warm start needs of a trainer."""

    def __init__(self, size, dim, seed=3):
        random = np.random.default_rng(seed)
        shapes = (size, dim), (size, dim), size
        self.parameters = Parameters(
            *(random.normal(size=shape).astype(np.float32) for shape in shapes)
        )
        self.optimizers = self
        self.rows = InputRows(size)

    @property
    def vectors(self):
        return self.parameters.w_in

    def load(self, rows):
        self.accumulators = rows


def old_model(seed=0, **config):
    random = np.random.default_rng(seed)
    w_in, w_out = (random.normal(size=(40, 6)).astype(np.float32) for _ in range(2))
    return Model(
        OLD_WORDS,
        np.arange(40, 0, -1),
        w_in,
        w_out,
        random.normal(size=40).astype(np.float32),
        OPTIONS.as_json() | config,
        squares=random.uniform(1, 9, (3, 40)).astype(np.float32),
    )


# 30 words are kept, in another order; of 50 words 20 are new.
WORDS = [f"old{39 - i + i // 5 * 2}" if i % 5 < 3 else f"new{i}" for i in range(50)]
KEPT = np.array([word.startswith("old") for word in WORDS])
COUNTS = np.random.default_rng(5).integers(1, 1000, 50)


def test_known_words_have_the_rows_of_the_old_model():
    model, trainer = old_model(), Trainer(50, 6)
    warm = WarmStart.of(model, WORDS, OPTIONS)
    assert warm.words == {"kept": 30, "new": 20, "gone": 10}
    warm.apply(trainer, COUNTS, pairs_of(50, 4000))
    for new, word in enumerate(WORDS):
        if word in OLD_WORDS:
            old = OLD_WORDS.index(word)
            np.testing.assert_array_equal(trainer.parameters.w_in[new], model.w_in[old])
            np.testing.assert_array_equal(trainer.parameters.w_out[new], model.w_out[old])
            assert trainer.parameters.bias[new] == model.bias[old]


def test_new_words_are_the_mapped_products_of_the_pmi_and_the_old_rows():
    model, trainer = old_model(), Trainer(50, 6)
    pairs = pairs_of(50, 4000)
    ppmi = dense_ppmi(pairs, 50)
    rows = [OLD_WORDS.index(word) for word in WORDS if word in OLD_WORDS]
    WarmStart.of(model, WORDS, OPTIONS).apply(trainer, COUNTS, pairs)
    for ours, old, other in (
        (trainer.parameters.w_in, model.w_in, model.w_out),
        (trainer.parameters.w_out, model.w_out, model.w_in),
    ):
        rows_of_other = np.zeros((50, 6))
        rows_of_other[KEPT] = other[rows]
        features = np.column_stack([ppmi @ rows_of_other, np.ones(50)])
        linear = np.linalg.lstsq(features[KEPT], old[rows], rcond=None)[0]
        np.testing.assert_allclose(ours[~KEPT], features[~KEPT] @ linear, rtol=1e-3, atol=1e-4)


def test_a_linear_relation_is_found_again():
    """Where the old rows are a linear map of the products, so are the rows of the new words."""
    random = np.random.default_rng(1)
    pairs = pairs_of(50, 4000)
    ppmi = dense_ppmi(pairs, 50)
    model, trainer = old_model(), Trainer(50, 6)
    rows = [OLD_WORDS.index(word) for word in WORDS if word in OLD_WORDS]
    of_known = np.zeros((50, 6))
    of_known[KEPT] = model.w_out[rows]
    every = ppmi @ of_known @ random.normal(size=(6, 6)) + random.normal(size=6)
    model.w_in[rows] = every[KEPT]
    WarmStart.of(model, WORDS, OPTIONS).apply(trainer, COUNTS, pairs)
    np.testing.assert_allclose(trainer.parameters.w_in[~KEPT], every[~KEPT], rtol=1e-3, atol=1e-3)


def test_the_map_is_fitted_on_known_words_that_are_as_frequent_as_new_ones(monkeypatch):
    """Not on those that never meet another word: they say nothing."""
    monkeypatch.setattr("w2vcli.training.warm_start.ALIKE", 12)
    words = [f"old{i}" if i < 30 else f"new{i}" for i in range(32)]
    counts = np.array(
        [900 - 20 * i for i in range(30)] + [505, 690]
    )  # between 19 and 20; 10 and 11
    counts[11] = 0
    dense = dense_counts(pairs_of(32, 4000), 32)
    dense[11] = dense[:, 11] = 0
    starts = np.append(0, np.cumsum((dense > 0).sum(axis=1)))
    pairs = Csr(starts, np.nonzero(dense)[1].astype(np.int32), dense[dense > 0].astype(np.float32))
    alike = [8, 9, 10, 12, 13, 14, *range(17, 23)]  # three on either side of each, without 11
    model, trainer = old_model(), Trainer(32, 6)
    WarmStart.of(model, words, OPTIONS).apply(trainer, counts, pairs)
    ppmi = dense_ppmi(pairs, 32)
    for ours, old, other in (
        (trainer.parameters.w_in, model.w_in, model.w_out),
        (trainer.parameters.w_out, model.w_out, model.w_in),
    ):
        rows_of_other = np.zeros((32, 6))
        rows_of_other[:30] = other[:30]
        features = np.column_stack([ppmi @ rows_of_other, np.ones(32)])
        linear = np.linalg.lstsq(features[alike], old[alike], rcond=None)[0]
        np.testing.assert_allclose(ours[30:], features[30:] @ linear, rtol=1e-3, atol=1e-3)


def test_the_bias_of_new_words_is_shifted_as_that_of_the_known_on_average():
    model, trainer = old_model(), Trainer(50, 6)
    start = trainer.parameters.bias.astype(np.float64)
    rows = [OLD_WORDS.index(word) for word in WORDS if word in OLD_WORDS]
    shift = np.average(model.bias[rows] - start[KEPT], weights=COUNTS[KEPT])
    WarmStart.of(model, WORDS, OPTIONS).apply(trainer, COUNTS, None)
    np.testing.assert_allclose(trainer.parameters.bias[~KEPT], start[~KEPT] + shift, rtol=1e-5)


def test_another_smoothing_moves_the_bias_of_known_words():
    """By log s of the new one less that of the old; a shift of new words follows from it."""
    model, trainer = old_model(smoothing=0.25, prior=0.0), Trainer(50, 6)
    start = trainer.parameters.bias.astype(np.float64)
    warm = WarmStart.of(model, WORDS, OPTIONS)
    assert warm.changed == {"smoothing": (0.25, 0.75), "prior": (0.0, 30.0)}
    warm.apply(trainer, COUNTS, None)
    ratio = OPTIONS.subsample / (COUNTS / COUNTS.sum())
    keep = np.minimum(1, np.sqrt(ratio) + ratio)
    now, then = (reference.smoothing(COUNTS, keep, x) for x in (0.75, 0.25))
    rows = [OLD_WORDS.index(word) for word in WORDS if word in OLD_WORDS]
    expected = model.bias[rows] + np.log(now / then)[KEPT]
    np.testing.assert_allclose(trainer.parameters.bias[KEPT], expected, rtol=1e-5, atol=1e-6)
    shift = np.average(expected - start[KEPT], weights=COUNTS[KEPT])
    np.testing.assert_allclose(trainer.parameters.bias[~KEPT], start[~KEPT] + shift, rtol=1e-5)


def test_an_old_model_that_knows_neither_smoothing_nor_prior_had_none():
    model = old_model()
    del model.config["smoothing"], model.config["prior"]
    changed = WarmStart.of(model, WORDS, OPTIONS).changed
    assert changed == {"smoothing": (1.0, 0.75), "prior": (0.0, 30.0)}
    assert WarmStart.of(old_model(), WORDS, OPTIONS).changed == {}


def test_without_counts_new_words_stay_as_they_are():
    trainer = Trainer(50, 6)
    start = trainer.parameters.w_in.copy()
    WarmStart.of(old_model(), WORDS, OPTIONS).apply(trainer, COUNTS, None)
    np.testing.assert_array_equal(trainer.parameters.w_in[~KEPT], start[~KEPT])


@pytest.mark.parametrize(
    ("closing", "passes", "factor", "visits"),
    [
        (False, 0.25, 0.875, 8),
        (False, 1, 0.5, 2),
        (False, 3, 0, 1),
        (True, 0.5, 0.875, 8),
        (True, 3, 0.25, 1),
        (True, 4, 0, 1),
    ],
)
def test_how_much_of_the_old_sums_is_kept_and_how_often_new_words_are_visited(
    closing, passes, factor, visits
):
    model, trainer = old_model(), Trainer(50, 6)
    options = TrainingOptions(dim=6, passes=passes, closing=closing).resolved(warm=True)
    warm = WarmStart.of(model, WORDS, options)
    warm.apply(trainer, COUNTS, None)
    rows = [OLD_WORDS.index(word) for word in WORDS if word in OLD_WORDS]
    np.testing.assert_allclose(
        trainer.accumulators[:, KEPT], factor * model.squares[:, rows], rtol=1e-6
    )
    assert not trainer.accumulators[:, ~KEPT].any()
    assert warm.visits.tolist() == [1 if kept else visits for kept in KEPT]


@pytest.mark.parametrize("unvisited", [2, 30])
def test_words_without_sums_get_the_least_of_all(unvisited):
    """They were rare, and only a closing pass has seen to their input vectors."""
    model, trainer = old_model(), Trainer(50, 6)
    rows = [OLD_WORDS.index(word) for word in WORDS if word in OLD_WORDS]
    model.squares[0, rows[:unvisited]] = 0
    before = model.squares.copy()
    WarmStart.of(model, WORDS, OPTIONS).apply(trainer, COUNTS, None)
    kept = 1 - OPTIONS.passes / 4
    least = min(before[0, rows[unvisited:]], default=0)
    expected = [least] * unvisited + before[0, rows[unvisited:]].tolist()
    np.testing.assert_allclose(trainer.accumulators[0, KEPT], kept * np.array(expected), rtol=1e-6)
    np.testing.assert_allclose(trainer.accumulators[1:, KEPT], kept * before[1:, rows], rtol=1e-6)
    np.testing.assert_array_equal(model.squares, before)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_few_known_words(size):
    """Fewer than the map has unknowns: the least one is taken, and all stays finite."""
    words = OLD_WORDS[:size] + [f"new{i}" for i in range(50 - size)]
    trainer = Trainer(50, 6)
    WarmStart.of(old_model(), words, OPTIONS).apply(trainer, COUNTS, pairs_of(50, 4000))
    for values in (trainer.parameters.w_in, trainer.parameters.w_out, trainer.parameters.bias):
        assert np.isfinite(values).all()
        assert np.abs(values).max() < 1e3


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ({"arch": "cbow", "method": "stream"}, "with --arch cbow, this run has --arch skipgram"),
        ({"optimizer": "sgd"}, "with --optimizer sgd, this run has --optimizer adagrad"),
        ({"bias": False}, "with --no-bias, this run has --bias"),
    ],
)
def test_a_model_of_another_kind_is_refused(old, message):
    with pytest.raises(UsageError, match=message):
        WarmStart.of(old_model(**old), WORDS, OPTIONS)


def test_other_dimensions_and_other_words_are_refused():
    with pytest.raises(UsageError, match="with --dim 6, this run has --dim 7"):
        WarmStart.of(old_model(), WORDS, TrainingOptions(dim=7).resolved(warm=True))
    with pytest.raises(UsageError, match="knows no word of this corpus"):
        WarmStart.of(old_model(), ["nobody", "knows"], OPTIONS)


# --- the command ------------------------------------------------------------------------

SMALL = ["--dim", "4", "--min-count", "2"]


def test_train_reports_what_is_kept_new_and_gone(w2v):
    Path("more.txt").write_text("the queen sings a song to the king\n" * 5, encoding="utf-8")
    code, out, err = w2v(
        "train", "more.txt", *SMALL, "--warm-start", "model.safetensors", "-o", "new", "--json"
    )
    assert code == 0, err
    events = [json.loads(line) for line in out.splitlines()]
    old, new = Model.load(Path("model.safetensors")), Model.load(Path("new"))
    kept = len(set(old.words) & set(new.words))
    words = {"kept": kept, "new": len(new.words) - kept, "gone": len(old.words) - kept}
    assert {"event": "warm_start", **words} in events
    assert f"warm start: {kept} words kept, {words['new']} new, {words['gone']} gone" in err
    assert new.config["passes"] == 0.5
    assert new.config["warm_start"] == verify(Path("model.safetensors"), FORMAT)


def test_a_warm_start_may_have_another_objective(w2v):
    """It says so; with steps that change nothing the probabilities of the text stay as they were,
    and the loss is that of the new objective."""
    plain = ["--vocab", "text.vocab", "--dim", "4", "--smoothing", "1", "--prior", "0"]
    assert w2v("train", "text.txt", *plain, "-o", "plain")[0] == 0
    code, out, err = w2v(
        *("train", "text.txt", "--vocab", "text.vocab", "--dim", "4", "--json"),
        *("--warm-start", "plain", "-o", "new", "--lr", "1e-30", "--no-closing"),
    )
    assert code == 0, err
    assert (
        "the old model was trained with --smoothing 1 and --prior 0, this run has --smoothing "
        "0.75 and --prior 30: their losses are of different objectives\n"
    ) in err
    events = [json.loads(line) for line in out.splitlines()]
    changed = {"smoothing": [1.0, 0.75], "prior": [0.0, 30.0]}
    assert [event["changed"] for event in events if event["event"] == "warm_start"] == [changed]
    told = [
        json.loads(w2v("eval", name, "--perplexity", "text.txt", "--json")[1])
        for name in ("plain", "new")
    ]
    assert told[0]["loss"] == pytest.approx(told[1]["loss"], abs=1e-5)
    (done,) = (event for event in events if event["event"] == "done")
    assert told[1]["smoothed_loss"] == pytest.approx(done["loss"], abs=1e-6)
    assert abs(told[1]["smoothed_loss"] - told[1]["loss"]) > 0.002


def test_a_warm_start_goes_on_from_the_old_loss(w2v):
    """Where nothing is new, the first block meets the old model, and the end is no worse: in the
    objective, of which the prior is a part."""
    code, out, err = w2v(
        *("train", "text.txt", "--vocab", "text.vocab", "--dim", "4", "--json"),
        *("--warm-start", "model.safetensors", "-o", "model.safetensors", "--lr", "0.01"),
    )
    assert code == 0, err
    losses = [json.loads(line) for line in out.splitlines() if '"done"' in line]
    old = json.loads(w2v("info", "model.safetensors", "--json")[1])
    assert losses[-1]["loss"] == old["history"][-1]["loss"]
    cold = w2v(
        "train", "text.txt", "--vocab", "text.vocab", "--dim", "4", "--passes", "2", "-o", "c"
    )
    assert cold[0] == 0
    before = Model.load(Path("c")).history[-1]
    assert losses[-1]["loss"] + losses[-1]["prior"] < before["loss"] + before["prior"] + 1e-3


@pytest.mark.parametrize("more", [[], ["--method", "stream"], ["--start", "random"]])
def test_the_bytes_do_not_depend_on_threads_or_on_a_stop(w2v, more):
    Path("more.txt").write_text("the queen sings a song to the king\n" * 5, encoding="utf-8")
    command = ["train", "text.txt", "more.txt", *SMALL, *more, "--warm-start", "model.safetensors"]
    command += ["--passes", "1.5", "--batch", "4"]
    digests = set()
    for number, threads in enumerate(("1", "3")):
        code, _, err = w2v(*command, "--threads", threads, "-o", f"new{number}")
        assert code == 0, err
        digests.add(hashlib.sha256(Path(f"new{number}").read_bytes()).hexdigest())
    code, _, err = w2v(*command, "--max-time", "0.000001s", "-o", "part")
    assert code == 0, err
    assert Path("part.checkpoint").exists()
    code, _, err = w2v(*command, "--resume", "-o", "part")
    assert code == 0, err
    digests.add(hashlib.sha256(Path("part").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_run_with_another_old_model_is_not_gone_on_with(w2v):
    w2v("train", "text.txt", *SMALL, "--seed", "9", "-o", "other")
    command = ["train", "text.txt", *SMALL, "-o", "new", "--batch", "4"]
    w2v(*command, "--warm-start", "model.safetensors", "--max-time", "0.000001s")
    code, _, err = w2v(*command, "--warm-start", "other", "--resume")
    assert code == 2
    assert "has another --warm-start" in err


@pytest.mark.parametrize(("name", "code"), [("missing", 66), ("text.txt", 65), ("", 2)])
def test_an_old_model_that_cannot_be_used(w2v, name, code):
    before = Path("model.safetensors").read_bytes()
    got, _, err = w2v("train", "text.txt", *SMALL, "--warm-start", name, "-o", "model.safetensors")
    assert got == code
    assert err.count("\n") == 1
    assert Path("model.safetensors").read_bytes() == before
