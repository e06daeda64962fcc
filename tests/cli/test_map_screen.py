"""A map in the cells of a terminal."""

import re
from dataclasses import replace
from unicodedata import east_asian_width

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.cli.map_screen import drawn
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.word_map import WordMap, map_words


def map_of(words, places, asked=()):
    size = len(words)
    places = np.array(places, float).reshape(size, 2)
    return WordMap(
        list(words),
        np.arange(size, 0, -1),
        np.ones((size, 1), np.float32),
        "input",
        places,
        clusters=np.arange(size) % 3,
        asked=frozenset(asked),
    )


def lines_of(found, columns=60, rows=14, **more):
    return ["".join(piece for piece, _ in line) for line in drawn(found, columns, rows, **more)]


def lines(found, columns=60, rows=14, colouring="cluster", **more):
    return lines_of(found, columns, rows, colouring=colouring, **more)


def cells(text):
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


CORNERS = [(-1, 1), (1, 1), (-1, -1), (1, -1), (0, 0)]


def test_words_are_where_they_are_on_the_map():
    shown = lines(map_of(["a", "b", "c", "d", "e"], CORNERS), 31, 5)
    assert [line.rstrip() for line in shown] == [
        "      •a                •b",
        "",
        "               •e",
        "",
        "      •c                •d",
    ]


def test_words_that_were_asked_for_stand_out():
    found = map_of(["a", "b", "c", "d", "e"], CORNERS, asked=[1])
    pieces = [piece for line in drawn(found, 31, 5, "cluster") for piece in line]
    assert ("◆", "bold yellow") in pieces
    assert ("b", "bold yellow underline") in pieces
    assert ("•a", "blue") in pieces
    frequencies = [style for line in drawn(found, 31, 5, "frequency") for _, style in line]
    assert "bright_red" in frequencies
    assert "bold bright_red underline" in frequencies


def test_a_word_without_room_has_its_mark():
    found = map_of(["first", "second", "third"], [(-1, 1), (-1, 1), (1, 0)])
    assert [line.strip() for line in lines(found, 30, 2)] == ["•first", "•third"]
    many = map_of([f"word{n}" for n in range(60)], np.random.default_rng(1).normal(size=(60, 2)))
    text = "\n".join(lines(many, 40, 8))
    named = [word for word in many.words if re.search(rf"{word}\b", text)]
    assert named[0] == "word0"
    assert 10 < len(named) < 60
    assert text.count("·") > 3


def test_a_name_that_was_asked_for_comes_before_a_frequent_one():
    found = map_of(["first", "second", "x"], [(-1, 1), (-1, 1), (1, 0)], asked=[1])
    crowd = map_of(["first", "second"], [(0, 0), (0, 0)], asked=[0, 1])
    assert lines(crowd, 8, 1) == ["    ◆   "]  # no name has room
    assert lines(found, 26, 1) == ["      ◆second      •x     "]


def test_letters_of_chinese_take_two_cells():
    found = map_of(["東京", "大阪府", "b"], [(-1, 0), (0, 0), (1, 0)])
    (line,) = lines(found, 40, 1)
    assert cells(line) == 40
    assert line.rstrip() == "      •東京         •大阪府      •b"


def test_a_name_is_cut_and_escaped():
    found = map_of(["x" * 10_000, "\x1b[2Jé\u202e"], [(-1, 0), (-1, 1)])
    text = "\n".join(lines(found, 60, 4))
    assert f"•{'x' * 23}…" in text
    assert "•\\x1b[2Jé\\u202e" in text
    assert text.replace("\n", "").isprintable()
    wide = map_of(["漢" * 5000], [(0, 0)])
    assert cells(lines(wide, 60, 1)[0]) == 60


def test_a_terminal_that_has_ascii_only():
    found = map_of(["é", "b", "b"], [(-1, 1), (1, 0), (1, 0)], asked=[1])
    text = "\n".join(lines(found, 40, 3, letters=False))
    assert text.isascii()
    assert "o\\xe9" in text
    assert "*b" in text


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
number = st.floats(-1, 1)


@given(
    st.lists(st.tuples(words, number, number), min_size=1, max_size=40),
    st.integers(20, 120),
    st.integers(1, 30),
    st.sets(st.integers(0, 39)),
)
def test_every_line_is_as_long_as_the_screen_is_wide(some, columns, rows, asked):
    from w2vcli.cli.pages import cells

    found = map_of(
        [word for word, _, _ in some],
        [place for _, *place in some],
        [number for number in asked if number < len(some)],
    )
    shown = lines(found, columns, rows)
    assert len(shown) == rows
    assert {cells(line) for line in shown} == {columns}
    assert any(mark in "".join(shown) for mark in "•◆·")


@pytest.mark.parametrize("size", [1, 2, 5])
def test_words_in_one_place(size):
    same = np.ones((size, 3), np.float32)
    found = map_words(VectorSpace(ImportedVectors([f"w{n}" for n in range(size)], same)))
    text = "\n".join(lines(found, 30, 5))
    assert "•w0" in text
    assert lines(replace(found, clusters=None, counts=None), 30, 5, "frequency")
