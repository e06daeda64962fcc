"""How the words of a question are read: signs, options, several spellings of one word."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.terminals import on_terminal

from w2vcli.text.rules import TextRules
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model

MODEL = "model.safetensors"
WORDS = ["class", "function", "king", "man", "c", "n", "zero", "model", "words", "5"]


@pytest.fixture
def tokenized(w2v):
    """A model whose rules lower-case a text and drop its punctuation; ``zero`` is a zero vector."""
    matrix = np.random.default_rng(5).normal(size=(len(WORDS), 6)).astype(np.float32)
    matrix[WORDS.index("zero")] = 0
    counts = np.arange(len(WORDS), 0, -1)
    config = {"lower": True, "text": TextRules(True, "words").as_json()}
    biases = np.zeros(len(WORDS), np.float32)
    Model(WORDS, counts, matrix, matrix, biases, config).save(Path("tokenized"))


@pytest.mark.parametrize("command", ["similar", "analogy", "similarity", "odd", "vectors"])
def test_the_names_of_arguments_are_words(w2v, tokenized, command):
    given = ["model", "words", "king"]
    code, out, err = w2v(command, "tokenized", *given)
    assert (code, err) == (0, "")
    assert out
    assert (code, out, err) == w2v(command, "tokenized", "--", *given)


@pytest.mark.parametrize(
    ("command", "unknown"),
    [
        ("similar tokenized -function class", "-function"),
        ("similar tokenized class -- --function", "-function"),
        ("similar tokenized +Class", "+Class"),
        ("similarity tokenized -- class -class", "-class"),
        ("analogy tokenized -- king man -class", "-class"),
        ("vectors tokenized -- +5", "+5"),
    ],
)
def test_no_rule_strips_a_sign(w2v, tokenized, command, unknown):
    code, _, err = w2v(*command.split())
    assert code == 3
    assert err == (
        f"w2vcli: the model does not know the word '{unknown}'; it knows '{unknown[1:]}', without "
        "the sign\n"
    )


def test_a_word_that_begins_with_a_sign_is_looked_up_as_it_stands(w2v, tokenized):
    assert w2v("similar", "tokenized", "class", "-Function")[0] == 0  # the sign is none of its own
    ImportedVectors(["-a", "a", "b"], np.eye(3, dtype=np.float32)).save(Path("signs"))
    assert w2v("similarity", "signs", "--", "-a", "a")[1] == "-a\ta\t0.0000\n"


def test_quotes_around_several_words(w2v):
    code, out, err = w2v("similar", MODEL, "king -man")
    assert (code, out) == (3, "")
    assert err == (
        "w2vcli: the model does not know the word 'king -man'; leave the quotes out to name "
        "several words\n"
    )


@pytest.mark.parametrize("name", ["-n", "-k"])
def test_what_others_call_top(w2v, tokenized, name):
    for command in (["similar", "tokenized", "king"], ["analogy", "tokenized", "a", "b", "c"]):
        code, out, err = w2v(*command, name, "5")
        assert (code, out) == (2, "")
        assert err.startswith(f"w2vcli: No such option: {name}: here this is --top; if '{name}' is")
    letter = name[1]
    for given in (["king", name, "man"], ["king", name], ["--", "king", name, "5"]):
        code, _, err = w2v("similar", "tokenized", *given)
        assert (code, f"word '{letter}'" in err) == ((0, False) if letter == "n" else (3, True))
    assert w2v("similarity", "tokenized", "king", name, "5")[0] == 3  # it has no --top


def test_different_words_are_different_in_the_model(w2v, tokenized):
    code, out, err = w2v("odd", "tokenized", "class", "Class", "class.")
    assert (code, out) == (2, "")
    assert err.startswith("w2vcli: expected 3 different words or more, found 1: of two, none is")
    assert (
        w2v("odd", "tokenized", "King", "class", "Class", "man")[1]
        == (w2v("odd", "tokenized", "King", "class", "man")[1])
    )


# --- nothing is near --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("similar tokenized king -king", "no word is near"),
        ("similar tokenized zero", "no word is near"),
        ("analogy tokenized zero zero zero", "no word is an answer"),
        ("analogy tokenized zero zero zero --method mul", "no word is an answer"),
    ],
)
def test_vectors_that_cancel_out_have_no_neighbors(w2v, tokenized, command, what):
    code, out, err = w2v(*command.split())
    name = " ".join(command.split()[2:]).removesuffix(" --method mul")
    said = f"w2vcli: warning: nothing is left of the vectors of '{name}', so that {what}\n"
    assert (code, out, err) == (0, "", said)
    code, out, err = w2v(*command.split(), "--json")
    assert err == said
    assert [] in json.loads(out).values()


def test_few_answers_are_no_warning(w2v, tokenized):
    assert w2v("similar", "tokenized", "king", "--min-score", "2") == (0, "", "")
    zero = "zero man zero --method mul --min-score 9"
    assert w2v("analogy", "tokenized", *zero.split()) == (0, "", "")


def test_a_short_vector_has_a_direction(w2v, tokenized):
    rest = ["--vectors", "input", "--by-vector", "--json"]
    long, short = (
        json.loads(w2v("similar", "tokenized", *rest, stdin=line)[1])["neighbors"]
        for line in (b"1 0 0 0 0 0", b"1e-200 0 0 0 0 0")
    )
    assert short == long
    assert short[0]["cosine"] > 0


# --- what is said of a query ------------------------------------------------------------


def test_answers_say_which_word_was_meant(w2v, tokenized):
    def asked(*command):
        return json.loads(w2v(*command, "--json")[1])

    assert asked("similar", "tokenized", "C++")["word"] == "c"
    assert "word" not in asked("similar", "tokenized", "c")
    assert asked("similar", "tokenized", "King", "-C++")["known_as"] == ["king", "c"]
    for command in ("analogy", "odd", "similarity"):
        assert asked(command, "tokenized", "king", "Man", "C++")["known_as"] == ["king", "man", "c"]
        assert "known_as" not in asked(command, "tokenized", "king", "man", "c")
    assert w2v("similar", "tokenized", "C++", "--top", "1")[1].startswith("C++\t")


def test_a_title_says_which_word_was_meant(w2v, tokenized):
    code, shown = on_terminal("similar tokenized C++ c King -C++ --top 1")
    assert (code, shown[::4]) == (0, ["C++ (as c)", "c", "King -C++ (as king -c)"])
    assert on_terminal("odd tokenized king C++ man")[1][0] == "king C++ man (as king c man)"
    code, shown = on_terminal("analogy tokenized king C++ man")
    assert shown[0] == "king : C++ :: man : ? (as king c man)"


def test_an_unknown_word_is_told_once(w2v):
    code, out, err = w2v("similar", MODEL, "--json", stdin=b"nix\nnix +nix\nking nix\n")
    assert code == 3
    assert err == "w2vcli: the model does not know the word 'nix'\n"
    assert [json.loads(line).get("unknown") for line in out.splitlines()] == [
        ["nix"], ["nix"], None, ["nix"],
    ]  # fmt: skip
    _, _, err = w2v("similar", MODEL, "y" * 5000)
    assert err == f"w2vcli: the model does not know the word '{'y' * 59}…'\n"


# --- standard input ---------------------------------------------------------------------


def test_a_byte_order_mark_is_no_part_of_a_word(w2v):
    code, out, err = w2v("similar", MODEL, "--top", "1", stdin=b"\xef\xbb\xbfking\nqueen\n")
    assert (code, err) == (0, "")
    assert out == w2v("similar", MODEL, "--top", "1", "king", "queen")[1]
    mark = b"\xef\xbb\xbf1 0 0 0\n"
    assert w2v("similar", MODEL, "--by-vector", "--vectors", "input", stdin=mark)[0] == 0


def test_vectors_as_json_go_on_to_similar(w2v):
    printed = w2v("vectors", MODEL, "king", "queen", "--json")[1]
    out = w2v("similar", MODEL, "--by-vector", "--top", "1", stdin=printed.encode())[1]
    assert out == "king\tking\t1.0000\nqueen\tqueen\t1.0000\n"
    lines = b'{ 1 2 3 4\n{"word": "\\ud800", "vector": [1, 2, 3, 4]}\n{"vector":[1,2,3,4]}\n'
    rest = ["--by-vector", "--vectors", "input", "--top", "1"]
    code, out, err = w2v("similar", MODEL, *rest, stdin=lines)
    assert (code, err) == (0, "")
    assert [line[0] for line in out.splitlines()] == ["{", "?", "3"]
