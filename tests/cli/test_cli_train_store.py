"""train --store: the model is that from the texts, byte for byte."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from helpers.arguments import changed
from helpers.store_scenes import PARTS, count_parts, refused, succeeding
from helpers.texts import SENTENCES

from w2vcli import load
from w2vcli.system.tensor_file import read_tensors
from w2vcli.training.run_memory import RunMemory
from w2vcli.vectors.model import FORMAT

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
def test_a_model_from_a_store_is_that_from_the_texts(store, more, monkeypatch):
    options = [option for option in SMALL if "--vocab" not in more or option not in SMALL[-2:]]
    train = ["train", *changed(options, more)]
    said = [store(*train, "whole", "-o", "expected")[1], store(*train, *PARTS, "-o", "parts")[1]]
    assert Path("parts").read_bytes() == Path("expected").read_bytes()
    said.append(store(*train, "--store", "store", "-o", "new")[1])
    assert Path("new").read_bytes() == Path("expected").read_bytes()
    assert len({re.sub(r"[\d.]+ s\n|wrote .*", "", log) for log in said}) == 1
    store("store", "store", "--compact")
    monkeypatch.setattr(RunMemory, "for_pairs", lambda memory, _: 1024)
    store(*train, "--store", "store", "-o", "new", "--threads", "2", "--memory", "1G")
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


# --- texts that are counted into the store first ----------------------------------------


def test_counting_and_training_are_one_command(store):
    """The same segments, log and model as of two; a second time the text is skipped."""
    Path("new.txt").write_text(SENTENCES.replace("king", "duke"), encoding="utf-8")
    shutil.copytree("store", "other")
    warm = ["--segments", "last:2", "--warm-start", "model.safetensors", "--dim", "4"]
    train = ["train", *changed(SMALL, warm)]
    _, counted = store("count", "new.txt", "--store", "other", "--label", "zz")
    _, trained = store(*train, "--store", "other", "-o", "expected")
    one = [*train, "new.txt", "--store", "store", "--label", "zz", "-o", "new"]
    _, said = store(*one)
    assert Path("new").read_bytes() == Path("expected").read_bytes()
    assert same_but_for_times(said) == same_but_for_times(counted + trained)
    assert segments_of("store") == segments_of("other")
    assert len(segments_of("store")) == 4
    out, again = store(*one, "--json")
    assert "new.txt: in the store already, so it is skipped\n" in again
    counted_event = json.loads(out.splitlines()[0])
    assert counted_event == {
        "event": "counted", "store": "store", "texts": [], "skipped": ["new.txt"], "made": [],
        "gone": [], "overlaps": [],
    }  # fmt: skip
    assert segments_of("store") == segments_of("other")


def segments_of(folder):
    """Their contents: the names have a random part."""
    return sorted(path.read_bytes() for path in Path(folder).glob("*.segment"))


def same_but_for_times(log):
    return re.sub(r"[\d.]+ s\n|wrote .*", "", log)


def test_the_store_of_texts_to_train_on_may_be_new(run):
    """Their rules and windows are those of the store then; today is their label."""
    Path("upper").write_text(SENTENCES.upper(), encoding="utf-8")
    how = ["--lower", "--window", "3", *SMALL]
    run("train", "upper", *how, "-o", "expected")
    out, _ = run("train", "upper", *how, "--store", "made", "-o", "new", "--json")
    assert Path("new").read_bytes() == Path("expected").read_bytes()
    (made,) = json.loads(out.splitlines()[0])["made"]
    assert made["label"] == date.today().isoformat()
    assert (made["windows"]["size"], made["lower"]) == (3, True)


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--arch", "cbow"], 2, "--store: pair counts are all there is of the texts in a store"),
        (["--method", "stream"], 2, "--store: pair counts are all there is of the texts in a"),
        (["--window", "4"], 2, "the store store counts with window 5"),
        (["--lower"], 2, "the store store counts with window 5"),
        (["--label", "a,b"], 2, "'a,b' cannot be a label"),
        (
            ["--output", "store/new"],
            2,
            "--output: store/new lies in the folder store, which is read",
        ),
    ],
)
def test_what_is_refused_before_a_text_is_counted(store, w2v, more, code, message):
    Path("new.txt").write_text(SENTENCES.replace("king", "duke"), encoding="utf-8")
    before = sorted(path.name for path in Path("store").glob("*.segment"))
    train = ["train", "new.txt", "--store", "store", *SMALL, "--output", "new"]
    refused(w2v(*changed(train, more)), code, message)
    assert sorted(path.name for path in Path("store").glob("*.segment")) == before


def test_a_run_that_counts_first_goes_on_where_it_was_stopped(store):
    Path("new.txt").write_text(SENTENCES.replace("king", "duke"), encoding="utf-8")
    train = ["train", "new.txt", "--store", "store", *SMALL, "-o", "new", "--resume"]
    store(*train, "--max-time", "0.000001")
    assert not Path("new").exists()
    store(*train)
    store("train", "whole", "new.txt", *SMALL, "-o", "expected")
    assert Path("new").read_bytes() == Path("expected").read_bytes()


# --- a store without its rare words -----------------------------------------------------


def parts_of(model):
    """The tensors of a model, and its metadata, without what tells that the counts were pruned."""
    about, tensors = read_tensors(Path(model), FORMAT)
    about.pop("sha256")
    mark = about["corpus"].pop("pruned", None)
    return about, {name: array.tobytes() for name, array in tensors.items()}, mark


@pytest.mark.parametrize("least", ["2", "3", "5"])
def test_words_that_were_not_pruned_are_learnt_as_from_the_texts(store, least):
    train = ["train", "--dim", "3", "--passes", "1", "--min-count", least]
    store(*train, "whole", "-o", "expected")
    store("store", "store", "--prune-min-count", least)
    store(*train, "--store", "store", "-o", "new")
    about, tensors, mark = parts_of("new")
    assert (about, tensors, None) == parts_of("expected")
    assert mark["min_count"] == int(least)


def test_a_stopped_run_does_not_go_on_with_a_pruned_store(store, w2v):
    train = ["train", "--store", "store", *SMALL, "-o", "new", "--resume"]
    store(*train, "--max-time", "0.000001")
    store("store", "store", "--prune-min-count", "2")
    refused(
        w2v(*train), 2,
        "--resume: the run in new.checkpoint has another pruning of its counts: none there, "
        "min_count 2, tokens",
    )  # fmt: skip


def test_further_texts_bring_back_a_word_with_fewer_counts(run):
    Path("old").write_text("king queen\nking land queen land\nqueen king land\n", encoding="utf-8")
    Path("rare").write_text("duke king queen\n", encoding="utf-8")
    Path("more").write_text("duke queen land\nduke land king\n", encoding="utf-8")
    for name in ("old", "rare"):
        run("count", name, "--store", "store", "--label", name)
    run("store", "store", "--prune-min-count", "2")
    run("count", "more", "--store", "store", "--label", "z")
    run("train", "--store", "store", "--dim", "2", "--passes", "1", "--min-count", "1", "-o", "new")
    model = load(Path("new"))
    assert dict(zip(model.words, model.counts.tolist(), strict=True)) == {
        "queen": 5, "king": 5, "land": 5, "duke": 2,
    }  # fmt: skip
