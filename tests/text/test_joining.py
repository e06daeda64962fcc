"""Joining the words of phrases, against a slow reference and for any cutting of the text."""

from itertools import pairwise

import pytest
from helpers import reference_phrases
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.text.corpus import Corpus
from w2vcli.text.joining import Joiner


def phrases(*texts):
    return {tuple(text.encode().split(b" ")) for text in texts}


def joined(text, found, cuts=()):
    """What a joiner makes of a text that comes in pieces, each ending in white space."""
    joiner = Joiner(found)
    bounds = [0, *cuts, len(text)]
    pieces = [joiner.feed(text[a:b]) for a, b in pairwise(bounds)]
    assert all(piece == b"" or piece[-1:].isspace() for piece in pieces)
    return b"".join(pieces) + joiner.finish()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"in new york now\n", b"in new_york now\n"),
        (b"new york new york\n", b"new_york new_york\n"),
        (b"the new york times\n", b"the new_york_times\n"),
        (b"new\nyork\n", b"new\nyork\n"),
        (b"new\tyork\x0bnew\x0c \r\n york\r\n", b"new_york new\nyork\n"),
        (b"\n\n  new  york \n \n\nx\n", b"\n\nnew_york\n\n\nx\n"),
        (b"york times square\n", b"york_times square\n"),
        (b"a b c d\n", b"a_b c_d\n"),
        (b"a a a\n", b"a_a a\n"),
        (b"", b""),
        (b" ", b""),
        (b"new york ", b"new_york\n"),
        (b"new york", b"new_york\n"),
    ],
)
def test_by_hand(text, expected):
    found = phrases("new york", "new york times", "york times", "a b", "b c", "c d", "a a")
    assert joined(text, found) == expected


def test_a_word_belongs_to_one_phrase_at_most():
    assert joined(b"a b c d\n", phrases("a b c", "c d")) == b"a_b_c d\n"
    assert joined(b"a b c d\n", phrases("a b d", "b c d")) == b"a b_c_d\n"


def test_no_phrases_but_the_same_white_space():
    assert joined(b" a  b\t\n", set()) == b"a b\n"


def test_two_tables_make_longer_phrases():
    once = joined(b"the new york times\n", phrases("new york"))
    assert joined(once, phrases("new_york times")) == b"the new_york_times\n"


def test_what_only_looks_like_white_space_is_none():
    text = "new\u00a0york new\u2028york new\u0085york new york\n".encode()
    assert joined(text, phrases("new york")) == text.replace(b"new york", b"new_york")


@pytest.mark.parametrize(
    "word",
    [
        "-",
        "+",
        "_",
        "a_b",
        "\x00",
        "\x1b[31m",
        "\u202eabc",
        "<script>",
        "'",
        '"',
        "ÿ",
        "x" * 10_000,
    ],
)
def test_hostile_words(word):
    text = f"{word} {word} york\n{word}\n".encode()
    found = {(word.encode(), b"york")}
    assert joined(text, found) == f"{word} {word}_york\n{word}\n".encode()


def test_a_piece_waits_only_for_what_may_become_a_phrase():
    joiner = Joiner(phrases("a b c"))
    assert joiner.feed(b"x y z ") == b""  # z may begin a phrase and y too, and x is held back
    assert joiner.feed(b"a ") == b"x "
    assert joiner.feed(b"b c ") == b"y z "
    assert joiner.feed(b"d\n") == b"a_b_c d\n"
    assert joiner.finish() == b""


few = st.sampled_from([b"a", b"b", b"c", b"a_b", "é".encode()])
tables = st.sets(st.lists(few, min_size=2, max_size=4).map(tuple), max_size=6)
spaces = st.sampled_from([b" ", b" ", b" ", b"\n", b"  ", b"\t", b"\r\n", b"\n\n"])
texts = st.lists(st.tuples(few, spaces), max_size=30).map(
    lambda parts: b"".join(word + space for word, space in parts)
)


@given(texts, tables, st.data())
def test_against_the_reference_however_the_text_is_cut(text, found, data):
    places = [i + 1 for i, byte in enumerate(text) if byte in b" \t\r\n"]
    cuts = sorted(data.draw(st.sets(st.sampled_from(places)))) if places else []
    expected = reference_phrases.joined(text, found)
    assert joined(text, found, cuts) == expected + b"\n" * (expected[-1:] not in (b"", b"\n"))


@pytest.mark.parametrize("size", [1, 7, 100, 1 << 20])
def test_the_chunks_of_a_corpus(tmp_path, size):
    text = ("a b c " * 200 + "a\n" + "new york\n" * 30).encode()
    file = tmp_path / "text"
    file.write_bytes(text.removesuffix(b"\n"))
    joiner, found = Joiner(phrases("b c a", "c a", "new york")), phrases("b c a", "c a", "new york")
    pieces = [joiner.feed(chunk) for chunk in Corpus([str(file)]).chunks(size)]
    assert b"".join(pieces) + joiner.finish() == reference_phrases.joined(text, found)
