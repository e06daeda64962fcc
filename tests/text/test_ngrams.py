"""The n-grams of a word: fastText's, in code points."""

import pytest
from helpers import reference_ngrams

from w2vcli.errors import UsageError
from w2vcli.text.ngrams import LONGEST_WORD, NgramRange


@pytest.mark.parametrize("word", ["walk", "a", "aaaa", "<>", "naïve", "日本語", "👩‍👩‍👧", "x" * 30])
@pytest.mark.parametrize(("least", "most"), [(1, 1), (1, 3), (3, 6), (2, 50), (6, 6)])
def test_the_ngrams_are_all_runs_of_characters(word, least, most):
    assert NgramRange(least, most).of(word) == reference_ngrams.ngrams(word, least, most)


def test_of_a_word():
    assert NgramRange(3, 4).of("walk") == ["<wa", "<wal", "wal", "walk", "alk", "alk>", "lk>"]
    assert NgramRange(3, 3).of("aaaa") == ["<aa", "aaa", "aaa", "aa>"]  # twice is twice
    assert NgramRange(3, 6).of("a") == ["<a>"]
    assert NgramRange(4, 6).of("a") == []


def test_very_long_words_are_not_made_of_ngrams():
    lengths = NgramRange(2, 3)
    word = "ab" * (LONGEST_WORD // 2)
    assert lengths.in_training(word) == lengths.of(word)
    assert lengths.in_training(word + "a") == []
    assert lengths.of(word + "a")  # fastText's are


def test_a_range_is_read_and_written():
    assert NgramRange.parse("3-6") == (3, 6)
    assert str(NgramRange(3, 6)) == "3-6"
    for wrong in ("", "3", "3-", "-3", "6-3", "0-3", "3-101", "3-6-9", "a-b", "3 - 6", "٣-٦"):
        with pytest.raises(UsageError, match="as in 3-6"):
            NgramRange.parse(wrong)
