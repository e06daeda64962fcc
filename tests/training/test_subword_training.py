"""Training with n-grams, from text to model: on every path, with the guarantees of any run."""

from pathlib import Path

import numpy as np
import pytest
from helpers import reference_ngrams
from helpers.texts import SENTENCES

from w2vcli import Corpus, Selection, Store, TrainingOptions, train
from w2vcli.errors import DataError, UsageError
from w2vcli.text.ngrams import NgramRange
from w2vcli.vectors.model import Model
from w2vcli.vectors.subwords import vector_of

PATHS = {
    "closing": {},
    "grouped": {"closing": False},
    "stream": {"method": "stream"},
    "cbow": {"arch": "cbow"},
    "sgd": {"optimizer": "sgd"},
    "random": {"start": "random", "bias": False},
    "n-grams alone": {"word_rows": False},
    "n-grams alone, cbow": {"word_rows": False, "arch": "cbow"},
    "no prior": {"prior": 0.0, "smoothing": 1.0},
}


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(SENTENCES * 5, encoding="utf-8")
    return "text.txt"


def options(path, **more):
    given = {"dim": 6, "batch": 9, "passes": 2, "subwords": "2-4"} | PATHS[path] | more
    return TrainingOptions(**given)


def trained(text, chosen, output=None, **more):
    return train(text, output, chosen, words=Selection(2), threads=1, **more)


@pytest.mark.parametrize("path", PATHS)
def test_the_vectors_of_a_model_are_the_means_of_its_rows(text, path):
    chosen = options(path)
    model = trained(text, chosen, "model")
    kept = reference_ngrams.chosen(model.words, 2, 4, 2)
    assert list(model.subwords.ngrams) == kept
    matrix = reference_ngrams.composition(model.words, 2, 4, kept, chosen.word_rows)
    rows = np.concatenate([model.subwords.word_rows, model.subwords.rows])
    np.testing.assert_allclose(model.w_in, matrix @ rows, atol=1e-5 * np.abs(rows).max())
    assert model.subwords.rows.any(axis=1).all()
    has_row = np.diag(matrix) > 0
    assert not model.subwords.word_rows[~has_row].any()
    again = Model.load(Path("model"))
    for name in ("rows", "word_rows", "squares"):
        np.testing.assert_array_equal(getattr(again.subwords, name), getattr(model.subwords, name))
    assert list(again.subwords.ngrams) == kept


@pytest.mark.parametrize("path", PATHS)
def test_the_loss_is_that_of_the_model(text, path):
    """Of the vectors as they are in the file, centred as they are."""
    from w2vcli import score_text

    model = trained(text, options(path, smoothing=1.0, subsample=0.0), "model")
    found = score_text(Model.load(Path("model")), Corpus([text]), threads=1)
    assert found.loss == pytest.approx(model.history[-1]["loss"], rel=1e-5)


@pytest.mark.parametrize("path", ["closing", "cbow", "n-grams alone"])
def test_a_model_does_not_depend_on_threads(text, path):
    trained(text, options(path), "one")
    train(text, "three", options(path), words=Selection(2), threads=3)
    assert Path("one").read_bytes() == Path("three").read_bytes()


def test_a_store_gives_the_model_of_its_text(text):
    trained(text, options("closing"), "model")
    store = Store("store")
    store.add(Corpus([text]), "label")
    trained(store, options("closing"), "other")
    assert Path("model").read_bytes() == Path("other").read_bytes()


@pytest.mark.parametrize("path", ["closing", "grouped", "cbow", "sgd", "n-grams alone"])
def test_a_warm_start_keeps_what_was_learnt(text, path):
    old = trained(text, options(path), "old")
    more = {"passes": 1e-9, "lr": 1e-9, "closing": False}  # a step that moves nothing
    new = trained(text, options(path, **more), warm_start="old")
    assert new.words == old.words
    np.testing.assert_allclose(new.subwords.rows, old.subwords.rows, atol=1e-4)
    np.testing.assert_allclose(new.w_in, old.w_in, atol=1e-4)
    if path != "sgd":
        assert new.subwords.squares.all()


@pytest.mark.parametrize("before", [None, "3-3"])
@pytest.mark.parametrize("after", [None, "2-4"])
def test_a_warm_start_may_have_other_ngrams(text, before, after):
    old = trained(text, options("grouped", subwords=before), "old")
    more = {"passes": 1e-9, "lr": 1e-9, "closing": False}
    new = trained(text, options("grouped", subwords=after, **more), warm_start="old")
    np.testing.assert_allclose(new.w_in, old.w_in, atol=1e-4)
    assert (new.subwords is None) == (after is None)


def test_a_warm_start_from_rows_that_are_not_finite_is_refused(text):
    old = trained(text, options("closing"))
    old.subwords.rows[3, 1] = np.nan
    old.save(Path("old"))
    with pytest.raises(DataError, match="old: not a usable model: a number in its vectors is not"):
        trained(text, options("closing"), warm_start="old")


def test_lengths_are_the_same_option_however_they_are_written(text):
    trained(text, options("closing", subwords="2-4"), "one")
    trained(text, options("closing", subwords="02-004"), "other")
    assert Path("one").read_bytes() == Path("other").read_bytes()


@pytest.mark.parametrize(("before", "after"), [(None, "2-4"), ("2-4", None), ("2-4", "3-3")])
def test_steps_after_a_warm_start_are_those_of_vectors(text, before, after):
    old = trained(text, options("grouped", subwords=before), "old")
    more = {"passes": 1e-9, "lr": 1e-9, "closing": False}
    new = trained(text, options("grouped", subwords=after, **more), warm_start="old")

    def of_vectors(model):
        known = [model.subwords.known(w) if model.subwords else [] for w in model.words]
        return model.squares[0] * np.square([len(ngrams) + 1 for ngrams in known])

    there = of_vectors(old) > 0
    found, expected = of_vectors(new)[there], of_vectors(old)[there]
    same = np.isclose(found, expected, rtol=1e-4)  # all but those of the one block of the run
    assert same.sum() >= there.sum() - 9
    assert (found >= 0.999 * expected).all()


@pytest.mark.parametrize("path", ["closing", "cbow"])
def test_without_ngrams_a_model_says_nothing_of_them(text, path):
    model = trained(text, options(path, subwords=None))
    assert model.subwords is None
    assert not {"subwords", "subword_min_count", "max_subwords", "word_rows"} & set(model.config)


def test_words_of_the_same_ngrams_are_more_alike(text):
    """What n-grams are for: of words that are alike in form, with the rest of the text the same."""
    random = np.random.default_rng(0)
    words = [f"{stem}{end}" for stem in ("walk", "talk", "jump", "play") for end in ("", "ed", "s")]
    lines = [" ".join(random.choice(words, 8)) for _ in range(300)]
    Path("drawn.txt").write_text("\n".join(lines), encoding="utf-8")
    found = {}
    for subwords in (None, "3-6"):
        chosen = options("closing", subwords=subwords)
        model = train("drawn.txt", None, chosen, words=Selection(1), threads=1)
        units = model.w_in / np.linalg.norm(model.w_in, axis=1, keepdims=True)
        ids = model.ids
        found[subwords] = np.mean(
            [units[ids[s]] @ units[ids[s + "ed"]] for s in ("walk", "talk", "jump", "play")]
        )
    assert found["3-6"] > found[None] + 0.2
    assert vector_of(model.subwords, "walking") is not None
    assert vector_of(model.subwords, "zzz") is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"subwords": "6-3"}, "--subwords 6-3: give the least and the most"),
        ({"subwords": "x"}, "--subwords x"),
        ({"subwords": NgramRange(3, 6)}, r"--subwords NgramRange\(.* is no text such as '3-6'"),
        ({"subwords": 36}, "--subwords 36 is no text"),
        ({"subwords": "40-50"}, "--subwords 40-50: no n-gram of so many characters"),
        ({"subwords": "3-6", "subword_min_count": 0}, "--subword-min-count 0 is not a whole"),
        ({"subwords": "3-6", "max_subwords": 0}, "--max-subwords 0 is not a whole number"),
        ({"subwords": "3-6", "word_rows": 3}, "--word-rows 3 is neither true nor false"),
        ({"max_subwords": 5}, "--max-subwords is about n-grams; give --subwords"),
        ({"subword_min_count": 5}, "--subword-min-count is about n-grams"),
        ({"word_rows": False}, "--no-word-rows is about n-grams"),
    ],
)
def test_options_that_make_no_sense(text, given, said):
    with pytest.raises(UsageError, match=said):
        trained(text, TrainingOptions(dim=3, **given))


def test_at_most_so_many_ngrams(text):
    model = trained(text, options("closing", max_subwords=7, subword_min_count=1))
    kept = reference_ngrams.chosen(model.words, 2, 4, 1, 7)
    assert list(model.subwords.ngrams) == kept
