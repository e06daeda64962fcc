"""n-grams that share rows by a hash: as fastText's description has them, and fastText itself."""

import numpy as np
import pytest
from helpers.fasttext_files import ngrams_of, signed_fnv
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.text.ngrams import NgramRange
from w2vcli.vectors import hashed_ngrams
from w2vcli.vectors.hashed_ngrams import HashedNgrams, bucket_of, buckets_of
from w2vcli.vectors.subwords import vector_of

WORDS = ["the", "a", "é", "日本語", "\U0001d54fx", "naïve", "</s>", "x" * 300, "ab" * 50, "<", ">"]
WORD = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
RANGE = st.tuples(st.integers(1, 7), st.integers(1, 7)).map(sorted)


@pytest.mark.parametrize(
    ("text", "value"),
    [  # of the FNV test suite of its authors, whose bytes are all below 0x80
        ("", 0x811C9DC5),
        ("a", 0xE40C292C),
        ("b", 0xE70C2DE5),
        ("foobar", 0xBF9CF968),
    ],
)
def test_the_hash_is_fnv_1a(text, value):
    assert bucket_of(text, 2**32) == value == signed_fnv(text.encode())


def test_bytes_are_signed():
    """0xC3 and 0xA9 change the upper bits too, as fastText has had it since 0.1."""
    plain = 0x811C9DC5
    for byte in "é".encode():
        plain = (plain ^ byte) * 0x01000193 % 2**32
    assert bucket_of("é", 2**32) == signed_fnv("é".encode()) != plain


@given(st.lists(WORD, min_size=1, max_size=8), RANGE, st.integers(1, 50))
def test_many_words_at_once_are_each_word_alone(words, lengths, buckets):
    words = [*words, "</s>", "é"]
    rows, counts = buckets_of(words, NgramRange(*lengths), buckets)
    assert len(rows) == counts.sum()
    assert len(counts) == len(words)
    subwords = HashedNgrams(NgramRange(*lengths), np.zeros((buckets, 2), np.float32))
    for word, some in zip(words, np.split(rows, np.cumsum(counts)[:-1]), strict=True):
        expected = [signed_fnv(n.encode()) % buckets for n in ngrams_of(word, *lengths)]
        assert [n.row for n in subwords.known(word)] == expected
        assert [n.text for n in subwords.known(word)] == ngrams_of(word, *lengths)
        assert sorted(some.tolist()) == sorted(expected)


@pytest.mark.parametrize("numbers", [1 << 22, 30, 1])
@pytest.mark.parametrize("words", [1 << 10, 2])
def test_finished_vectors(monkeypatch, numbers, words):
    """In whatever pieces the words and the rows are taken."""
    monkeypatch.setattr(hashed_ngrams, "_NUMBERS", numbers)
    monkeypatch.setattr(hashed_ngrams, "_WORDS", words)
    rng = np.random.default_rng(2)
    subwords = HashedNgrams(NgramRange(2, 4), rng.normal(size=(13, 3)).astype(np.float32))
    own = rng.normal(size=(len(WORDS), 3)).astype(np.float32)
    finished = own.copy()
    subwords.finish(WORDS, finished)
    for i, word in enumerate(WORDS):
        some = [signed_fnv(n.encode()) % 13 for n in ngrams_of(word, 2, 4)]
        mean = (own[i].astype(float) + subwords.rows[some].astype(float).sum(0)) / (len(some) + 1)
        np.testing.assert_allclose(finished[i], mean, rtol=1e-6, atol=1e-7)
    assert (finished[WORDS.index("</s>")] == own[WORDS.index("</s>")]).all()


def test_a_word_without_any_ngram_has_no_vector():
    subwords = HashedNgrams(NgramRange(5, 6), np.ones((4, 2), np.float32))
    assert vector_of(subwords, "ab") is None
    assert vector_of(subwords, "</s>") is None
    assert vector_of(subwords, "abc").tolist() == [1, 1]


def test_fasttext_makes_the_same_ngrams(tmp_path):
    fasttext = pytest.importorskip("fasttext", reason="fasttext-wheel is not installed")
    (tmp_path / "text").write_text("ett två tre naïve 日本語 </s>\n" * 20, encoding="utf-8")
    for lengths in ((3, 6), (1, 2)):
        theirs = fasttext.train_unsupervised(
            str(tmp_path / "text"), dim=2, minn=lengths[0], maxn=lengths[1], bucket=97, epoch=1,
            thread=1, verbose=0,
        )  # fmt: skip
        seen = theirs.get_words()
        ours = HashedNgrams(NgramRange(*lengths), np.zeros((97, 2), np.float32))
        for word in ["två", "naïve", "日本語", "unseen", "åäö", "x", "\U0001d54f", "</s>"]:
            texts, rows = theirs.get_subwords(word)
            known = [(n.text, n.row + len(seen)) for n in ours.known(word)]
            own = [(word, seen.index(word))] if word in seen else []
            assert own + known == list(zip(texts, rows.tolist(), strict=True))
