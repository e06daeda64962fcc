"""Vectors that were trained elsewhere: their file, and what can be asked of them."""

import numpy as np
import pytest
from safetensors import safe_open

import w2vcli
from w2vcli.errors import DataError, UsageError
from w2vcli.system.tensor_file import read_metadata, write_tensors
from w2vcli.text.ngrams import NgramRange
from w2vcli.vectors.hashed_ngrams import HashedNgrams
from w2vcli.vectors.imported import FORMAT, ImportedVectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.word_vectors import packed_words


@pytest.fixture
def path(tmp_path):
    matrix = np.array([[1, 0], [0.9, 0.1], [0, 1]], np.float32)
    vectors = ImportedVectors(["one", "ett", "tvåa"], matrix, {"file": "x.vec"}, {"numpy": "2"})
    vectors.save(tmp_path / "vectors")
    return tmp_path / "vectors"


def test_the_file_comes_back_as_it_was(path):
    vectors = w2vcli.load(path)
    assert isinstance(vectors, ImportedVectors)
    assert vectors.words == ["one", "ett", "tvåa"]
    assert vectors.w_in.tolist() == np.array([[1, 0], [0.9, 0.1], [0, 1]], np.float32).tolist()
    assert (vectors.source, vectors.versions) == ({"file": "x.vec"}, {"numpy": "2"})
    assert (vectors.w_out, vectors.counts, vectors.config) == (None, None, {})
    assert repr(vectors) == "<3 imported vectors of 2 dimensions>"


def test_it_is_asked_like_a_model(path):
    space = w2vcli.VectorSpace(w2vcli.load(path))
    assert [n.word for n in space.similar("one")] == ["ett", "tvåa"]
    assert len(space.analogy("one", "ett", "tvåa", method="mul")) == 0


@pytest.mark.parametrize("vectors", ["output", "sum", "blend", "both"])
def test_there_are_no_output_vectors(path, vectors):
    with pytest.raises(UsageError, match="has one vector for each word"):
        w2vcli.VectorSpace(w2vcli.load(path), vectors)


def test_what_needs_a_whole_model_says_why_this_is_none(path):
    with pytest.raises(DataError, match="these vectors were imported, so they have no output"):
        Model.load(path)


@pytest.mark.parametrize("words", [["a", "a", "b"], ["a b", "c", "d"], ["a", "b"]])
def test_what_no_import_writes_is_refused(tmp_path, words):
    ImportedVectors(words, np.ones((3, 2), np.float32)).save(tmp_path / "vectors")
    with pytest.raises(DataError, match="not a usable file of vectors: "):
        w2vcli.load(tmp_path / "vectors")


@pytest.fixture
def with_buckets(tmp_path):
    """Vectors with n-grams: they, and how to save them otherwise."""
    rng = np.random.default_rng(1)
    subwords = HashedNgrams(NgramRange(3, 6), rng.normal(size=(5, 2)).astype(np.float32))
    return ImportedVectors(["one", "ett"], np.ones((2, 2), np.float32), subwords=subwords)


def test_buckets_come_back_as_they_were(with_buckets, tmp_path):
    with_buckets.save(tmp_path / "vectors")
    vectors = w2vcli.load(tmp_path / "vectors")
    assert vectors.subwords.range == (3, 6)
    assert (vectors.subwords.rows == with_buckets.subwords.rows).all()
    about = read_metadata(tmp_path / "vectors", FORMAT)[0]
    assert (about["subwords"], about["buckets"]) == ("3-6", 5)


def test_large_buckets_are_mapped(with_buckets, tmp_path, monkeypatch):
    monkeypatch.setattr("w2vcli.vectors.imported.IN_MEMORY", 0)
    with_buckets.save(tmp_path / "vectors")
    vectors = w2vcli.load(tmp_path / "vectors")
    assert isinstance(vectors.subwords.rows, np.memmap)
    assert (vectors.subwords.rows == with_buckets.subwords.rows).all()


def test_vectors_without_ngrams_have_no_further_parts(path):
    """The bytes of such a file are those of the versions that knew of no n-grams."""
    about = read_metadata(path, FORMAT)[0]
    assert about.keys() == {"format", "version", "sha256", "source", "versions"}
    with safe_open(path, framework="numpy") as file:
        assert set(file.keys()) == {"input", "vocab_bytes", "vocab_offsets"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"buckets": 6}, "its n-grams and its vectors do not agree"),
        ({"subwords": "6-3"}, "it does not say how long its n-grams are"),
        ({"subwords": "x"}, "it does not say how long its n-grams are"),
        ({"subwords": 3}, "its metadata is not what it should be"),
        ({"subwords": None}, "its metadata is not what it should be"),
        ({"buckets": "5"}, "its metadata is not what it should be"),
        ({"columns": 3}, "its n-grams and its vectors do not agree"),
        ({"rows": None}, "its tensor 'bucket_rows' is missing"),
    ],
)
def test_damaged_buckets_are_refused(with_buckets, tmp_path, changes, said):
    rows = np.ones((5, changes.get("columns", 2)), np.float32)
    tensors = {"input": with_buckets.w_in, **packed_words(with_buckets.words), "bucket_rows": rows}
    if "rows" in changes:
        del tensors["bucket_rows"]
    about = {"source": {}, "versions": {}, "subwords": "3-6", "buckets": 5}
    about |= {key: changes[key] for key in about if key in changes}
    write_tensors(tmp_path / "vectors", FORMAT, tensors, about)
    with pytest.raises(DataError, match=f"not a usable file of vectors: {said}"):
        w2vcli.load(tmp_path / "vectors")
