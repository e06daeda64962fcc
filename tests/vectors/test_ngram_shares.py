"""What each n-gram of a word says, against a slow reference that uses nothing of ours."""

import math
from dataclasses import replace

import numpy as np
import pytest
from helpers.fasttext_files import TinyModel, ngrams_of, signed_fnv
from helpers.subword_models import WORDS, subword_model

from w2vcli.errors import DataError, UsageError
from w2vcli.formats.importing import import_vectors
from w2vcli.text.ngrams import NgramRange
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.lookup import Lookup
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import UnknownWordsError
from w2vcli.vectors.ngram_shares import NgramShare, check_ngrams, ngram_shares
from w2vcli.vectors.subwords import NgramRows


def cosine(a, b):
    length = math.sqrt(math.fsum(x * x for x in a) * math.fsum(x * x for x in b))
    return math.fsum(x * y for x, y in zip(a, b, strict=True)) / length if length else 0.0


def mean(rows):
    return [math.fsum(column) / len(rows) for column in zip(*rows, strict=True)]


def reference(word, rows, own=None, least=3, most=6):
    """The shares of a word, whose vector is made anew without each of its n-grams.

    ``rows`` are those of the n-grams by their texts; ``own`` the own row, None if there is none.
    """
    marked = f"<{word}>"
    parts = [] if own is None else [(None, own)]
    for start in range(len(marked)):
        for length in range(least, most + 1):
            text = marked[start : start + length]
            if len(text) == length and text in rows:
                parts.append((text, rows[text]))
    whole = mean([row for _, row in parts])
    found = {}
    for text, row in parts:
        others = [other for name, other in parts if name != text]
        found[text] = (
            text,
            sum(name == text for name, _ in parts),
            cosine(row, whole),
            cosine(mean(others), whole) if others else None,
        )
    return list(found.values())


def agree(shares, expected, near_enough=1e-9):
    assert [share[:2] for share in shares] == [share[:2] for share in expected]
    for share, (_, _, near, left) in zip(shares, expected, strict=True):
        assert share.cosine == pytest.approx(near, abs=near_enough)
        assert share.left == (left if left is None else pytest.approx(left, abs=near_enough))


def rows_of(subwords):
    return {ngram: subwords.rows[i].tolist() for i, ngram in enumerate(subwords.ngrams)}


@pytest.mark.parametrize("word_rows", [True, False])
@pytest.mark.parametrize(("least_words", "bare"), [(1, 0), (2, 4), (9, 20)])
def test_words_of_the_vocabulary(word_rows, least_words, bare):
    """Some with an n-gram that occurs twice, some ``bare`` of n-grams."""
    model = subword_model(word_rows=word_rows, least_words=least_words)
    without = 0
    for index, word in enumerate(WORDS):
        found = ngram_shares(Lookup(model), word)
        own = model.subwords.word_rows[index].tolist()
        expected = reference(word, rows_of(model.subwords), own if any(own) else None)
        agree(found.shares, expected)
        assert (found.word, found.is_known) == (word, True)
        without += not model.subwords.known(word)
    assert without == bare


def test_an_ngram_that_occurs_twice_is_left_out_as_a_whole():
    model = subword_model(["banana"], ngrams="3-3")
    shares = ngram_shares(Lookup(model), "banana").shares
    assert [share[:2] for share in shares] == [
        (None, 1), ("<ba", 1), ("ban", 1), ("ana", 2), ("nan", 1), ("na>", 1),
    ]  # fmt: skip
    own = model.subwords.word_rows[0].tolist()
    agree(shares, reference("banana", rows_of(model.subwords), own, most=3))


@pytest.mark.parametrize("word", ["kingly", "aaaaa", "naïveté", "日本人", "walkkings"])
def test_unseen_words(word):
    model = subword_model()
    found = ngram_shares(Lookup(model), word)
    agree(found.shares, reference(word, rows_of(model.subwords)))
    assert (found.word, found.is_known) == (word, False)
    assert found.shares


@pytest.mark.parametrize("word", ["zzz", "", "k"])
def test_a_word_without_a_row_is_unknown(word):
    with pytest.raises(UnknownWordsError) as caught:
        ngram_shares(Lookup(subword_model()), word)
    assert caught.value.words == [word]


def test_a_word_as_the_model_writes_it():
    model = subword_model(lower=True)
    found = ngram_shares(Lookup(model), "KING")
    assert (found.word, found.is_known) == ("king", True)
    assert found == ngram_shares(Lookup(model), "king")
    unseen = ngram_shares(Lookup(model), "KINGLY")
    assert (unseen.word, unseen.is_known) == ("kingly", False)
    assert unseen == ngram_shares(Lookup(model), "kingly")
    with pytest.raises(UnknownWordsError):
        ngram_shares(Lookup(model, unseen=False), "kingly")


@pytest.mark.parametrize("word", ["banana", "två", "</s>", "bandana", "\U0001d54f\U0001d54f"])
def test_fasttexts_own_rows_are_what_the_ngrams_lack(tmp_path, word):
    """Its file has them, but what is imported has only the vectors, rounded to float32."""
    words, buckets = ["banana", "två", "</s>", "b"], 7
    rows, shared = (
        np.random.default_rng(seed).normal(size=(size, 5)).astype(np.float32).tolist()
        for seed, size in enumerate((len(words), buckets))
    )
    (tmp_path / "model.bin").write_bytes(TinyModel(words, rows, shared).data())
    vectors = import_vectors(str(tmp_path / "model.bin")).vectors
    by_text = {n: shared[signed_fnv(n.encode()) % buckets] for n in ngrams_of(word, 3, 6)}
    own = rows[words.index(word)] if word in words else None
    found = ngram_shares(Lookup(vectors), word)
    assert found.is_known == (word in words)
    agree(found.shares, reference(word, by_text, own), 1e-5)


def test_a_row_that_is_all_of_a_word_leaves_nothing_and_zeros_say_nothing():
    rows = np.array([[0, 0], [3, 4]], np.float32)
    subwords = NgramRows(
        NgramRange(3, 3), ["<ab", "ab>"], rows, np.zeros((1, 2), np.float32), np.zeros(2)
    )
    model = replace(subword_model(["ab"], dim=2), w_in=rows[1:] / 2, subwords=subwords)
    assert ngram_shares(Lookup(model), "ab").shares == [
        NgramShare("<ab", 1, 0.0, 1.0), NgramShare("ab>", 1, 1.0, 0.0)
    ]  # fmt: skip
    assert ngram_shares(Lookup(model), "cab").shares == [NgramShare("ab>", 1, 1.0, None)]


def test_the_most_telling_are_those_without_which_least_is_left():
    found = ngram_shares(Lookup(subword_model()), "walking")
    ordered = found.most_telling(99)
    assert sorted(ordered, key=lambda share: share.left) == ordered
    assert {share.ngram for share in ordered} == {share.ngram for share in found.shares}
    assert found.most_telling(2) == ordered[:2]
    alone = ngram_shares(Lookup(subword_model(least_words=9)), "x")
    assert alone.most_telling(1) == alone.shares == [NgramShare(None, 1, 1.0, None)]


def test_a_model_without_ngrams():
    model = subword_model()
    plain = Model(model.words, model.counts, model.w_in, model.w_out, model.bias)
    for ask in (lambda: ngram_shares(Lookup(plain), "king"), lambda: check_ngrams(plain)):
        with pytest.raises(UsageError, match="the model in memory has no n-grams; train a model"):
            ask()
    check_ngrams(model)


def test_imported_vectors_without_ngrams():
    vectors = ImportedVectors(["king"], np.ones((1, 2), np.float32))
    with pytest.raises(UsageError, match=r"has no n-grams; import fastText's \.bin, which has"):
        check_ngrams(vectors)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite(bad):
    model = subword_model()
    model.subwords.rows[model.subwords.ids["ing"], 2] = bad
    ngram_shares(Lookup(model), "queen")
    with pytest.raises(DataError, match="not finite"):
        ngram_shares(Lookup(model), "king")
