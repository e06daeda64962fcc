"""train --like: the options of a model, as defaults of another run."""

import json
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from helpers.texts import SENTENCES

from w2vcli.vectors.model import Model

SMALL = ["--dim", "3", "--min-count", "2"]
WAYS = {
    "plain": [],
    "other numbers": [
        *(
            "--window",
            "3",
            "--window-weights",
            "uniform",
            "--subsample",
            "0.01",
            "--smoothing",
            "1",
        ),
        *("--prior", "2", "--passes", "1.5", "--lr", "0.3", "--batch", "7", "--seed", "5"),
        "--no-bias",
    ],
    "cbow": ["--arch", "cbow", "--passes", "1"],
    "streamed": ["--method", "stream", "--passes", "1"],
    "sgd": ["--optimizer", "sgd", "--start", "random"],
    "not closing": ["--no-closing"],
    "closing though sgd": ["--optimizer", "sgd", "--closing"],
    "lower": ["--lower"],
    "tokenized": ["--tokenize", "words", "--numbers", "fold", "--punctuation", "keep"],
    "few": ["--max-vocab", "9"],
    "n-grams": ["--subwords", "2-3"],
    "n-grams alone": [
        *("--subwords", "1-4", "--subword-min-count", "3", "--max-subwords", "9"),
        "--no-word-rows",
    ],
    "no final loss": ["--no-final-loss"],
}


@pytest.fixture
def old(w2v):
    """Train a model, ``old``, and return ``w2v``."""
    Path("new.txt").write_text(f"The 3 Kings: {SENTENCES}" * 2, encoding="utf-8")
    assert w2v("train", "text.txt", "-o", "old", *SMALL)[0] == 0
    return w2v


def config(w2v, *arguments):
    """Return the options that a command line of ``train`` comes to."""
    code, out, err = w2v("train", *arguments, "--print-config")
    assert (code, err) == (0, ""), err
    return tomllib.loads(out)["train"], out


@pytest.mark.parametrize("way", WAYS)
def test_the_same_text_gives_the_same_bytes(w2v, way):
    Path("new.txt").write_text(f"The 3 Kings: {SENTENCES}" * 2, encoding="utf-8")
    assert w2v("train", "new.txt", "-o", "old", *SMALL, *WAYS[way])[0] == 0
    code, _, err = w2v("train", "new.txt", "-o", "new", "--like", "old")
    assert code == 0, err
    assert Path("new").read_bytes() == Path("old").read_bytes()
    (note,) = [line for line in err.splitlines() if "like" in line]
    assert note.startswith("TIME like old: --arch ")
    given = WAYS[way]
    for name, value in pairwise(given):
        if name[:2] == "--" and value[:2] != "--":
            assert re.search(rf"{name} {value}(\.0)?( |$)", note), name


def test_phrases_need_their_tables_again(w2v):
    text = "new york is a city and los angeles is a city\n" * 20
    Path("new.txt").write_text(text, encoding="utf-8")
    find = ["phrases", "new.txt", "-o", "table", "--min-count", "2", "--threshold", "0.1"]
    assert w2v(*find)[0] == 0
    train = ["train", "new.txt", "--phrases", "table"]
    assert w2v(*train, *SMALL, "-o", "old")[0] == 0
    code, _, err = w2v("train", "new.txt", "-o", "new", "--like", "old")
    assert code == 2
    assert re.fullmatch(
        r"w2vcli: --like: old was trained on text whose phrases were joined \(\w+, by 'w2vcli info "
        r"TABLE'\); give their tables again with --phrases\n",
        err,
    )
    assert w2v(*train, "-o", "new", "--like", "old")[0] == 0
    assert Path("new").read_bytes() == Path("old").read_bytes()


def test_a_vocabulary_file_and_lists_of_words_have_to_be_given_again(old):
    Path("list").write_text("king\n", encoding="utf-8")
    w2v, train = old, ["train", "text.txt", "-o", "new", "--like", "old"]
    for made, message in (
        (["--vocab", "text.vocab"], "was trained with a vocabulary file; give that file, or anoth"),
        (["--min-count", "2", "--keep-words", "list"], "was trained with --keep-words; give that"),
        (["--min-count", "2", "--drop-words", "list"], "was trained with --drop-words; give that"),
    ):
        assert w2v("train", "text.txt", "--dim", "3", *made, "-o", "old")[0] == 0
        code, _, err = w2v(*train)
        assert code == 2
        assert err.startswith(f"w2vcli: --like: old {message}")
        again = made if made[0] == "--vocab" else made[2:]
        assert w2v(*train, *again)[0] == 0
        assert Path("new").read_bytes() == Path("old").read_bytes()


def test_line_environment_and_file_come_before_the_model_and_that_before_the_defaults(
    old, monkeypatch
):
    train = ["text.txt", "-o", "new", "--like", "old"]
    found, out = config(old, *train)
    assert (found["dim"], found["min-count"], found["seed"]) == (3, 2, 1)
    assert "dim = 3  # model old, by --like" in out.splitlines()
    assert 'lock = "fail"  # default' in out.splitlines()
    Path("c.toml").write_text("[train]\ndim = 4\nseed = 4\n", encoding="utf-8")
    found, out = config(old, *train, "--config", "c.toml")
    assert (found["dim"], found["min-count"], found["seed"]) == (4, 2, 4)
    assert "dim = 4  # file c.toml" in out.splitlines()
    monkeypatch.setenv("W2VCLI_TRAIN_DIM", "5")
    assert config(old, *train, "--config", "c.toml")[0]["dim"] == 5
    assert config(old, *train, "--config", "c.toml", "--dim", "6")[0]["dim"] == 6
    Path("again.toml").write_text(out, encoding="utf-8")
    monkeypatch.delenv("W2VCLI_TRAIN_DIM")
    assert config(old, "text.txt", "--config", "again.toml")[0] == found


def test_the_option_itself_may_stand_in_the_environment_or_a_file(old, monkeypatch):
    Path("c.toml").write_text("[train]\nlike = 'old'\n", encoding="utf-8")
    assert config(old, "text.txt", "-o", "new", "--config", "c.toml")[0]["dim"] == 3
    monkeypatch.setenv("W2VCLI_TRAIN_LIKE", "old")
    assert config(old, "text.txt", "-o", "new")[0]["dim"] == 3


@pytest.mark.parametrize(
    ("made", "given", "left"),
    [
        ([], ["--arch", "cbow"], {"method", "closing", "passes"}),
        ([], ["--method", "stream"], {"closing", "passes"}),
        ([], ["--optimizer", "sgd"], {"lr", "closing", "passes"}),
        ([], ["--no-closing"], {"passes"}),
        ([], ["--warm-start", "old"], {"lr", "passes"}),
        ([], ["--arch", "skipgram", "--optimizer", "adagrad", "--closing"], set()),
        (["--warm-start", "model.safetensors"], [], {"lr", "passes"}),
        (["--warm-start", "model.safetensors"], ["--warm-start", "old"], set()),
    ],
)
def test_what_was_chosen_to_go_with_another_option_is_chosen_anew(old, made, given, left):
    assert old("train", "text.txt", "-o", "old", "--min-count", "2", "--dim", "4", *made)[0] == 0
    found, _ = config(old, "text.txt", "-o", "new", "--like", "old", *given)
    chosen = {"method", "closing", "passes", "lr"}
    named = {name.removeprefix("--no-").removeprefix("--") for name in given}
    assert chosen - found.keys() == left - named
    assert old("train", "text.txt", "-o", "new", "--like", "old", *given)[0] == 0


def test_what_a_store_has_counted_is_as_it_was_counted(old):
    assert old("train", "text.txt", "-o", "old", *SMALL, "--lower", "--window", "3")[0] == 0
    for window in ("3", "4"):
        store = f"store{window}"
        assert old("count", "text.txt", "--store", store, "--lower", "--window", window)[0] == 0
        found, _ = config(old, "--store", store, "-o", "new", "--like", "old")
        assert "window" not in found
        assert not found["lower"]
        assert old("train", "--store", store, "-o", "new", "--like", "old")[0] == 0
        same = Path("new").read_bytes() == Path("old").read_bytes()
        assert same == (window == "3")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("none", 66, "none: cannot be read: No such file or directory"),
        ("text.txt", 65, "text.txt: this is a text and not a model; name a model instead"),
        ("text.vocab", 65, "text.vocab: this is a vocabulary and not a model"),
        ("imported", 65, "imported: these vectors were imported, so how they were trained is not"),
        ("short", 65, "short: not a usable model"),
        ("", 2, "a file name is empty"),
    ],
)
def test_what_is_no_model_of_ours(old, name, code, message):
    Path("vectors").write_text("a 1 2\nb 3 4\n", encoding="utf-8")
    assert old("import", "vectors", "-o", "imported")[0] == 0
    Path("short").write_bytes(Path("old").read_bytes()[:-20])
    found, out, err = old("train", "text.txt", "-o", "new", "--like", name)
    assert (found, out) == (code, ""), err
    assert err.startswith(f"w2vcli: {message}")
    assert err.count("\n") == 1
    assert not Path("new").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"arch": "glove"},
            "old: it does not say how it was trained: in its configuration, ",
        ),
        ({"dim": 10**9}, "--like old: Invalid value for '--dim': "),
        ({"seed": "x"}, "--like old: Invalid value for '--seed': "),
        ({"subwords": "2-3", "max_subwords": 0}, "--like old: Invalid value for '--max-subwords'"),
        ({"subwords": "3-2"}, "old: it does not say how it was trained: in its configuration, 'su"),
        ({"text": {"tokenize": "words", "version": 99}}, "old: its text was tokenized by rules"),
    ],
)
def test_a_model_with_options_that_make_no_sense(old, changed, message):
    model = Model.load(Path("old"))
    model.config.update(changed)
    model.save(Path("old"))
    code, _, err = old("train", "text.txt", "-o", "new", "--like", "old")
    assert code == 65, err
    assert err.startswith(f"w2vcli: {message}")
    assert err.count("\n") == 1


def test_programs_see_the_options_too(old):
    code, out, _ = old("train", "text.txt", "-o", "new", "--like", "old", "--json")
    assert code == 0
    options = json.loads(out.splitlines()[0])["options"]
    assert options.items() <= Model.load(Path("old")).config.items()
