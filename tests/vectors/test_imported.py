"""Vectors that were trained elsewhere: their file, and what can be asked of them."""

import numpy as np
import pytest

import w2vcli
from w2vcli.errors import DataError, UsageError
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model


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
