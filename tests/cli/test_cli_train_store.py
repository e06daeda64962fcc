"""train --store: the model is that from the texts, byte for byte."""

import re
from pathlib import Path

import pytest
from helpers.arguments import changed
from helpers.store_scenes import PARTS, count_parts, refused, succeeding
from helpers.texts import SENTENCES

SMALL = ["--dim", "3", "--passes", "1", "--min-count", "2"]


@pytest.fixture
def run(w2v):
    return succeeding(w2v)


@pytest.fixture
def store(run):
    """Run in a folder with a store of three segments."""
    count_parts(run)
    return run


@pytest.mark.parametrize(
    "more",
    [
        [], ["--vocab", "text.vocab"], ["--max-vocab", "7"], ["--subsample", "0", "--no-bias"],
        ["--start", "random", "--optimizer", "sgd", "--validation", "one"],
        ["--warm-start", "model.safetensors", "--dim", "4"],
    ],
)  # fmt: skip
def test_a_model_from_a_store_is_that_from_the_texts(store, more):
    options = [option for option in SMALL if "--vocab" not in more or option not in SMALL[-2:]]
    train = ["train", *changed(options, more)]
    said = [store(*train, "whole", "-o", "expected")[1], store(*train, *PARTS, "-o", "parts")[1]]
    assert Path("parts").read_bytes() == Path("expected").read_bytes()
    said.append(store(*train, "--store", "store", "-o", "new")[1])
    assert Path("new").read_bytes() == Path("expected").read_bytes()
    assert len({re.sub(r"[\d.]+ s\n|wrote .*", "", log) for log in said}) == 1
    store("store", "store", "--compact")
    store(*train, "--store", "store", "-o", "new", "--threads", "2", "--memory", "1K")
    assert Path("new").read_bytes() == Path("expected").read_bytes()


def test_a_model_from_some_segments_is_that_from_their_texts(store):
    for choice, texts in (("last:2", ["three", "two"]), ("one,three", ["one", "three"])):
        store("train", "--store", "store", "--segments", choice, *SMALL, "-o", "new")
        store("train", *texts, *SMALL, "-o", "expected")
        assert Path("new").read_bytes() == Path("expected").read_bytes()


def test_lower_case_and_windows_are_those_of_the_store(run, w2v):
    how = ["--window", "3", "--window-weights", "uniform"]
    Path("upper").write_text(SENTENCES.upper(), encoding="utf-8")
    run("count", "upper", "one", "--store", "store", "--lower", *how)
    run("train", "--store", "store", *SMALL, "-o", "new", "--validation", "upper")
    run("train", "upper", "one", *SMALL, *how, "-o", "expected", "--lower", "--validation", "upper")
    assert Path("new").read_bytes() == Path("expected").read_bytes()
    refused(
        w2v("train", "--store", "store", *SMALL, "-o", "new", "--window", "4"), 2,
        "--window 4: the store has counted with 3; leave --window out, or count the texts anew",
    )  # fmt: skip


def test_a_run_from_a_store_goes_on_where_it_was_stopped(store):
    store("train", "whole", *SMALL, "-o", "expected")
    train = ["train", "--store", "store", *SMALL, "-o", "new", "--resume"]
    store(*train, "--max-time", "0.000001")
    assert not Path("new").exists()
    store("store", "store", "--compact")  # which changes no text
    store(*train)
    assert Path("new").read_bytes() == Path("expected").read_bytes()


def test_a_run_from_a_store_does_not_go_on_with_other_texts(store, w2v):
    train = ["train", "--store", "store", *SMALL, "-o", "new", "--resume"]
    store(*train, "--max-time", "0.000001")
    store("store", "store", "--remove", "one")
    assert w2v(*train)[0] == 2
