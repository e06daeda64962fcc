"""What words, names and texts may hold, in a pipe, on a terminal and in JSON."""

import json
from pathlib import Path

import numpy as np
import pytest

from w2vcli.cli.escaping import json_line, printable, tab_separated
from w2vcli.vectors.model import Model


@pytest.mark.parametrize("text", ["a\tb", "a\nb", "a\rb\x0bc\x0cd", "\x1c\x1d\x1e\x85\u2028\u2029"])
def test_a_cell_breaks_neither_its_line_nor_its_column(text):
    line = tab_separated(["before", text, "after"])
    assert line.split("\t") == ["before", printable(text), "after"]
    assert len(line.splitlines()) == 1


def test_a_pipe_gets_all_other_characters_as_they_are():
    cells = ["mi\u200cxaham", "a\u00a0b", "é", "back\\slash", ""]
    assert tab_separated(cells) == "\t".join(cells)


def test_a_terminal_gets_no_character_that_controls_it():
    assert printable("a\x1b[2J\tb\u202ec") == "a\\x1b[2J\\tb\\u202ec"
    assert printable("señor") == "señor"


def test_json_is_one_printable_line():
    value = {"a\nb": ["\x1b", 1.5, float("nan"), (float("inf"),)], "c": {"d": "\u2028é"}}
    line = json_line(value)
    assert line.isprintable()
    assert json.loads(line) == {"a\nb": ["\x1b", 1.5, None, [None]], "c": {"d": "\u2028é"}}


def rows(out, columns):
    """The rows of a result, each of which has so many columns."""
    found = [line.split("\t") for line in out.splitlines()]
    assert {len(row) for row in found} == {columns}
    return found


def test_sections_and_file_names_in_the_tables_of_eval(w2v):
    Path("a\tb\nc").write_text(": one\ttab\nking queen man woman\n")
    code, out, _ = w2v("eval", "model.safetensors", "--analogies", "a\tb\nc")
    assert code == 0
    assert rows(out, 8)[0][1] in ("one\\ttab", "one tab")
    Path("a\tb\nc").write_text("king queen 3\nman woman 2\n")
    code, out, _ = w2v("eval", "model.safetensors", "--similarity", "a\tb\nc")
    assert (code, rows(out, 6)[0][1]) == (0, "a\\tb\\nc")


def test_words_with_line_separators_in_answers_and_comparisons(w2v):
    words = ["a", "b\x85c", "d\u2028e"]
    rng = np.random.default_rng(1)
    for name in ("old", "new"):
        vectors = rng.normal(size=(3, 2)).astype(np.float32)
        Model(words, np.array([3, 2, 1]), vectors, vectors, vectors[:, 0]).save(Path(name))
    code, out, _ = w2v("similar", "old", "a")
    assert code == 0
    assert {row[1] for row in rows(out, 3)} == {"b\\x85c", "d\\u2028e"}
    code, out, _ = w2v("compare", "old", "new")
    assert code == 0
    changed = [row.split("\t") for row in out.splitlines()]
    assert {row[0] for row in changed} == {"changed", "summary"}
    assert {row[1] for row in changed[:-1]} == {"a", "b\\x85c", "d\\u2028e"}


def test_a_scored_text_is_the_last_of_four_columns(w2v):
    code, out, _ = w2v("predict", "model.safetensors", "--score", stdin=b"a\tking\r\n")
    assert (code, rows(out, 4)[0][3]) == (0, "a\\tking\\r")
