"""The same answers as gensim's ``KeyedVectors`` gives to the same questions."""

import numpy as np
import pytest

from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.neighbors import VectorSpace

gensim = pytest.importorskip("gensim", reason="gensim has no wheels for this Python yet")

SIZE = 400
WORDS = [f"w{i}" for i in range(SIZE)]
MATRIX = np.random.default_rng(9).normal(size=(SIZE, 12)).astype(np.float32)
SPACE = VectorSpace(ImportedVectors(WORDS, MATRIX))
QUERIES = [
    (["w1"], []),
    (["w1", "w2"], []),
    (["w1"], ["w3"]),
    (["w1", "w5"], ["w3"]),
    ([], ["w7"]),
    (["w1", "w1", "w2"], ["w9", "w10"]),
]


@pytest.fixture(scope="module")
def theirs():
    vectors = gensim.models.KeyedVectors(12)
    vectors.add_vectors(WORDS, MATRIX)
    return vectors


def agree(ours, theirs):
    assert [word for word, _ in ours] == [word for word, _ in theirs]
    assert [score for _, score in ours] == pytest.approx([s for _, s in theirs], abs=1e-6)


@pytest.mark.parametrize(("plus", "minus"), QUERIES)
def test_most_similar(theirs, plus, minus):
    agree(SPACE.similar(plus, 20, minus), theirs.most_similar(plus, minus, topn=20))
    (restricted,) = SPACE.similar_each([(plus, minus)], 20, range(50))
    agree(restricted, theirs.most_similar(plus, minus, topn=20, restrict_vocab=50))


def test_analogies(theirs):
    for i in range(0, 60, 3):
        a, b, c = WORDS[i : i + 3]
        agree(SPACE.analogy(a, b, c), theirs.most_similar([b, c], [a]))


def test_by_vector(theirs):
    vectors = np.random.default_rng(1).normal(size=(5, 12))
    for vector, found in zip(vectors, SPACE.near_vectors(vectors, 8), strict=True):
        agree(found, theirs.similar_by_vector(vector.astype(np.float32), topn=8))


def test_similarity(theirs):
    for i in range(20):
        a, b = WORDS[i], WORDS[i + 30]
        assert SPACE.cosines([a, b])[0, 1] == pytest.approx(theirs.similarity(a, b), abs=1e-6)


def test_the_odd_one_out(theirs):
    for i in range(0, 200, 5):
        words = WORDS[i : i + 5]
        assert SPACE.odd(words)[0].word == theirs.doesnt_match(words)
        ranked = theirs.rank_by_centrality(words)
        assert [n.word for n in reversed(SPACE.odd(words))] == [word for _, word in ranked]
