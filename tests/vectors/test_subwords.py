"""The n-grams of a model: its file holds them, and they make the vectors of words."""

import json
import struct

import numpy as np
import pytest
from helpers.damage import damaged
from helpers.subword_models import WORDS, subword_model
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save

from w2vcli.errors import DataError
from w2vcli.text.ngrams import NgramRange
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import UnknownWordsError, VectorSpace
from w2vcli.vectors.subwords import Ngram, vector_of


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def rewritten(path, change):
    """The file of a model with n-grams, in which ``change`` has altered tensors and metadata."""
    subword_model().save(path)
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["w2vcli"])
    tensors = {name: tensor.copy() for name, tensor in load_file(path).items()}
    change(tensors, about)
    path.write_bytes(save(tensors, {"w2vcli": json.dumps(about)}))
    return path


@pytest.mark.parametrize("word_rows", [True, False])
def test_round_trip(path, word_rows):
    model = subword_model(word_rows=word_rows, title="ñ")
    model.save(path)
    loaded = Model.load(path)
    assert loaded.words == WORDS
    assert loaded.config == {"title": "ñ", "subwords": "3-6"}
    np.testing.assert_array_equal(loaded.w_in, model.w_in, strict=True)
    ours, theirs = model.subwords, loaded.subwords
    assert theirs.range == NgramRange(3, 6)
    assert list(theirs.ngrams) == list(ours.ngrams)
    assert theirs.ngrams == sorted(theirs.ngrams)
    for name in ("rows", "word_rows", "squares"):
        np.testing.assert_array_equal(getattr(theirs, name), getattr(ours, name), strict=True)
    before = path.read_bytes()
    loaded.save(path)
    assert path.read_bytes() == before


def test_the_file_is_the_documented_one(path):
    model = subword_model(["ab", "né"], dim=2, ngrams="2-3")
    model.save(path)
    ngrams = ["<a", "<ab", "<n", "<né", "ab", "ab>", "b>", "né", "né>", "é>"]
    tensors = load_file(path)
    assert model.subwords.ngrams == ngrams
    assert tensors["ngram_bytes"].tobytes() == "".join(ngrams).encode()
    assert tensors["ngram_offsets"].tolist() == [0, 2, 5, 7, 11, 13, 16, 18, 21, 25, 28]
    assert {name: (t.dtype.name, t.shape) for name, t in tensors.items() if "_" in name} == {
        "ngram_rows": ("float32", (10, 2)),
        "ngram_squares": ("float32", (10,)),
        "word_rows": ("float32", (2, 2)),
        "ngram_bytes": ("uint8", (28,)),
        "ngram_offsets": ("int64", (11,)),
        "vocab_bytes": ("uint8", (5,)),
        "vocab_offsets": ("int64", (3,)),
    }


def test_a_model_without_ngrams_has_no_further_tensors(path):
    model = subword_model()
    plain = Model(model.words, model.counts, model.w_in, model.w_out, model.bias)
    plain.save(path)
    assert Model.load(path).subwords is None
    assert not [name for name in load_file(path) if "ngram" in name or "rows" in name]


@pytest.mark.parametrize(
    "name", ["ngram_rows", "word_rows", "ngram_squares", "ngram_bytes", "ngram_offsets"]
)
@pytest.mark.parametrize("change", ["missing", "dtype", "dimension"])
def test_tensors_missing_or_of_another_type(path, name, change):
    def alter(tensors, _):
        tensor = tensors.pop(name)
        if change == "dtype":
            tensors[name] = tensor.astype(np.float64)
        elif change == "dimension":
            tensors[name] = tensor[None].copy()

    with pytest.raises(DataError, match=f"its tensor '{name}' is missing or of another type"):
        Model.load(rewritten(path, alter))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("word_rows", lambda t: t[:-1], "its n-grams and its matrices do not agree"),
        ("word_rows", lambda t: t[:, :-1], "its n-grams and its matrices do not agree"),
        ("ngram_rows", lambda t: t[:, :-1], "its n-grams and its matrices do not agree"),
        ("ngram_rows", lambda t: t[:-1], "its list of n-grams and its matrices do not agree"),
        ("ngram_offsets", lambda t: t[:-1], "its list of n-grams and its matrices do not agree"),
        ("ngram_offsets", lambda t: t[::-1], "its list of n-grams and its matrices do not agree"),
        ("ngram_offsets", lambda t: t + 1, "its list of n-grams and its matrices do not agree"),
        ("ngram_bytes", lambda t: t[:-1], "its list of n-grams and its matrices do not agree"),
        ("ngram_bytes", lambda t: t | 128, "its list of n-grams is not valid UTF-8"),
        ("ngram_bytes", lambda t: 0 * t + 65, "its list of n-grams names an n-gram twice"),
        ("ngram_bytes", lambda t: 0 * t + 32, "an n-gram of its list of n-grams holds white space"),
        ("ngram_squares", lambda t: t[:-1], "AdaGrad sums of its n-grams are not finite numbers"),
        ("ngram_squares", lambda t: -t - 1, "AdaGrad sums of its n-grams are not finite numbers"),
        ("ngram_squares", lambda t: t * np.nan, "AdaGrad sums of its n-grams are not finite numb"),
    ],
)
def test_parts_that_disagree(path, name, change, message):
    def alter(tensors, _):
        tensors[name] = np.ascontiguousarray(change(tensors[name])).astype(tensors[name].dtype)

    with pytest.raises(DataError, match=message):
        Model.load(rewritten(path, alter))


@pytest.mark.parametrize("lengths", ["", "3", "6-3", "0-2", 3, [3, 6], {}, True])
def test_lengths_that_are_none(path, lengths):
    def alter(_, about):
        about["config"]["subwords"] = lengths

    with pytest.raises(DataError, match="it does not say how long its n-grams are"):
        Model.load(rewritten(path, alter))


def test_known_ngrams_are_in_order_and_as_often_as_they_occur():
    subwords = subword_model(["aaaa"], ngrams="3-3").subwords
    assert subwords.ngrams == ["<aa", "aa>", "aaa"]
    twice = [Ngram("<aa", 0), Ngram("aaa", 2), Ngram("aaa", 2), Ngram("aa>", 1)]
    assert subwords.known("aaaa") == twice
    assert subwords.known("baaa") == twice[1:2] + twice[3:]
    assert subwords.known("") == subwords.known("b") == []


@pytest.mark.parametrize("word", ["kingly", "aaaaa", "naïve", "日本人"])
def test_the_vector_of_a_word_is_the_mean_of_its_ngrams(word):
    subwords = subword_model().subwords
    marked = f"<{word}>"
    rows = [
        subwords.rows[subwords.ngrams.index(marked[start:end])].astype(np.float64)
        for start in range(len(marked))
        for end in range(start + 3, min(start + 6, len(marked)) + 1)
        if marked[start:end] in subwords.ngrams
    ]
    vector = vector_of(subwords, word)
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector, sum(rows) / len(rows), rtol=1e-6, atol=1e-7)


def test_a_word_without_a_known_ngram_has_no_vector():
    subwords = subword_model().subwords
    assert vector_of(subwords, "zzz") is None
    assert vector_of(subwords, "") is None


def test_a_word_is_the_mean_of_its_row_and_its_ngrams():
    with_rows, without = (subword_model(word_rows=chosen) for chosen in (True, False))
    for index, word in enumerate(WORDS):
        count = len(with_rows.subwords.known(word))
        assert count, word
        by_ngrams = vector_of(with_rows.subwords, word).astype(np.float64)
        whole = (with_rows.subwords.word_rows[index] + count * by_ngrams) / (count + 1)
        np.testing.assert_allclose(with_rows.w_in[index], whole, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(without.w_in[index], vector_of(without.subwords, word))
        assert not without.subwords.word_rows[index].any()


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of a small model with n-grams."""
    path = tmp_path_factory.mktemp("good") / "model"
    subword_model(["king", "queen", "walks"], dim=2, ngrams="3-4").save(path)
    return path.read_bytes()


@given(st.data())
@settings(max_examples=400)
def test_damaged_bytes(tmp_path_factory, good, data):
    """Our errors, or a model that can be asked about words that it has not seen."""
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(damaged(data, good))
    try:
        model = Model.load(path)
        answers = VectorSpace(model).similar("kingly", 9)
    except (DataError, UnknownWordsError):
        return
    assert len(answers) == len(model.words)
    assert all(-1.001 <= answer.score <= 1.001 for answer in answers)


def test_every_truncation_is_refused(path, good):
    for length in range(0, len(good), 3):
        path.write_bytes(good[:length])
        with pytest.raises(DataError, match="the file is damaged, cut short or of another kind"):
            Model.load(path)
