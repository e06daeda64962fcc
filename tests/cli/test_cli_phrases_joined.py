"""Phrases from end to end: each command that reads texts, as if they had been joined before."""

import random
from pathlib import Path

import numpy as np
import pytest
from helpers import reference_phrases
from helpers.reference_counts import tokens

import w2vcli
from w2vcli.text.phrases import PhraseTable

TRAIN = ["--dim", "3", "--passes", "1", "--min-count", "2", "--seed", "1"]
BOTH = ["--phrases", "first", "--phrases", "second"]


def words_of(table):
    return {tuple(phrase.text.encode().split(b" ")) for phrase in PhraseTable.load(table).phrases}


@pytest.fixture(autouse=True)
def tables(w2v):
    """Two rounds of phrases of the file text; the file joined is what they make of it."""
    parts = ["new york times", "new york", "bank of england", "béla bartók", "the", "of", "sea"]
    choice = random.Random(4)
    lines = (" ".join(choice.choices(parts, k=7)) for _ in range(300))
    Path("text").write_text("\n".join(lines) + "\n", encoding="utf-8")
    find = ["--min-count", "5", "--connectors", "english", "--scoring", "npmi"]
    assert w2v("phrases", "text", "-o", "first", *find, "--threshold", "0.7")[0] == 0
    assert w2v("phrases", "text", "-o", "second", "--phrases", "first", *find)[0] == 0
    once = reference_phrases.joined(Path("text").read_bytes(), words_of("first"))
    Path("joined").write_bytes(reference_phrases.joined(once, words_of("second")))


def test_the_tables_are_those_of_the_reference():
    text = Path("text").read_bytes()
    connectors = {b"of", b"the"}
    first = reference_phrases.found(tokens(text), "npmi", 0.7, 5, connectors)
    assert words_of("first") == first.keys()
    assert (b"bank", b"of", b"england") in first
    assert (b"new", b"york") in first
    once = reference_phrases.joined(text, first)
    second = reference_phrases.found(tokens(once), "npmi", 0.5, 5, connectors)
    assert words_of("second") == second.keys()
    assert (b"new_york", b"times") in second


def test_tokenize(w2v):
    assert w2v("tokenize", "text", "-o", "out", "--phrases", "first")[0] == 0
    once = reference_phrases.joined(Path("text").read_bytes(), words_of("first"))
    assert Path("out").read_bytes() == once
    assert w2v("tokenize", "text", "-o", "out", *BOTH)[0] == 0
    assert Path("out").read_bytes() == Path("joined").read_bytes()
    assert b" bank_of_england " in once
    assert b" new_york_times " in Path("out").read_bytes()


def test_the_order_of_tables_is_that_of_the_command(w2v):
    assert w2v("tokenize", "text", "-o", "out", "--phrases", "second", "--phrases", "first")[0] == 0
    assert b"new_york_times" not in Path("out").read_bytes()


def test_build_vocab(w2v):
    assert w2v("build-vocab", "text", "-o", "new", *BOTH)[0] == 0
    assert w2v("build-vocab", "joined", "-o", "same")[0] == 0
    assert Path("new").read_bytes() == Path("same").read_bytes()
    assert "new_york_times " in Path("new").read_text(encoding="utf-8")


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_train(w2v, arch):
    assert w2v("train", "text", "-o", "new", *BOTH, *TRAIN, "--arch", arch)[0] == 0
    assert w2v("train", "joined", "-o", "same", *TRAIN, "--arch", arch)[0] == 0
    new, same = w2vcli.load("new"), w2vcli.load("same")
    assert new.words == same.words
    assert "béla_bartók" in new.words
    assert np.array_equal(new.w_in, same.w_in)
    assert np.array_equal(new.w_out, same.w_out)


def test_count_and_train_on_the_store(w2v):
    assert w2v("count", "text", "--store", "store", "--label", "a", *BOTH)[0] == 0
    assert w2v("train", "--store", "store", "-o", "new", *TRAIN)[0] == 0
    assert w2v("train", "text", "-o", "same", *BOTH, *TRAIN)[0] == 0
    new, same = w2vcli.load("new"), w2vcli.load("same")
    assert new.words == same.words
    assert np.array_equal(new.w_in, same.w_in)


def test_a_store_with_phrases_refuses_texts_without(w2v):
    assert w2v("count", "text", "--store", "store", "--label", "a", *BOTH)[0] == 0
    for options in ([], BOTH[:2], BOTH[2:] + BOTH[:2]):
        code, out, err = w2v("count", "joined", "--store", "store", "--label", "b", *options)
        assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_table_that_was_rewritten_with_other_scores_is_the_same(w2v):
    assert w2v("count", "text", "--store", "store", "--label", "a", *BOTH)[0] == 0
    lines = Path("first").read_text(encoding="utf-8").splitlines()
    Path("first").write_text(
        "\n".join(line.split("\t")[0] for line in reversed(lines)), encoding="utf-8"
    )
    Path("more").write_text("the bank of england\n", encoding="utf-8")
    assert w2v("count", "more", "--store", "store", "--label", "b", *BOTH)[0] == 0


@pytest.mark.parametrize("command", [["tokenize"], ["build-vocab"], ["train"], ["phrases"]])
def test_tables_that_are_none(w2v, command):
    for data, code, message in [
        (b"a b\nc\n", 65, "table, line 2: expected the words of a phrase"),
        (b"a b\n\xff b\n", 65, "table, line 2, byte 1: 0xff is not valid UTF-8"),
        (b"a b\na  b\n", 65, "table, line 2: the phrase 'a b' stands in line 1 too"),
        (b"", 66, "table: there are no phrases in it"),
    ]:
        Path("table").write_bytes(data)
        found, out, err = w2v(*command, "text", "-o", "new", "--phrases", "table")
        assert (found, out) == (code, "")
        assert err.startswith(f"w2vcli: {message}")
        assert err.count("\n") == 1
        assert not Path("new").exists()


@pytest.mark.parametrize("command", [["tokenize"], ["build-vocab"], ["train"], ["phrases"]])
def test_the_output_is_no_table_that_is_read(w2v, command):
    before = Path("first").read_bytes()
    found, _, err = w2v(*command, "text", "-o", "first", "--phrases", "first")
    assert (found, err) == (2, "w2vcli: --output: first is also read; write to another file\n")
    assert Path("first").read_bytes() == before
