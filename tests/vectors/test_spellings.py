"""Words of similar spelling, against difflib among all words of about the same length."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.vectors import spellings
from w2vcli.vectors.spellings import Spellings

KNOWN = ["france", "France", "river", "rivers", "riser", "FRANCE", "a", "battalion", "françe"]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("FRance", ["france", "France", "FRANCE"]),
        ("rivr", ["river", "rivers"]),
        ("battallion", ["battalion"]),
        ("A", ["a"]),
        ("zzzzzz", []),
        ("", []),
    ],
)
def test_near_spellings(word, near):
    assert Spellings(KNOWN).near(word) == near


def test_so_many_spellings_and_each_once():
    assert Spellings(KNOWN).near("FRance", 1) == ["france"]
    assert Spellings(KNOWN).near("france", 9) == ["france", "France", "FRANCE", "françe"]


def test_other_case_is_found_among_all_words_and_the_rest_among_the_frequent(monkeypatch):
    monkeypatch.setattr(spellings, "_AMONG", 2)
    words = ["one", "two", "three", "Three"]
    assert Spellings(words).near("THREE") == ["three", "Three"]
    assert Spellings(words).near("threee") == []


@given(st.text("abAé東", max_size=7), st.lists(st.text("abAé東", min_size=1), unique=True))
def test_the_same_as_difflib_finds(word, known):
    found = Spellings(known).near(word, 5)
    same = [k for k in known if k.casefold() == word.casefold()]
    among = [k for k in known if abs(len(k) - len(word)) <= 2]
    close = difflib.get_close_matches(word, among, 5, cutoff=0.75)
    assert found == list(dict.fromkeys(same[:5] + close))[:5]


def test_what_no_text_holds():
    assert Spellings(["a" * 70_000]).near("a" * 69_999) == ["a" * 70_000]
    assert Spellings(["\udce9b", "x"]).near("\udce9c") == []
    assert Spellings([]).near("word") == []
