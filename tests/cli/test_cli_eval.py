"""eval: whole outputs of each measure, as lines and as JSON, and every way to get it wrong."""

import json
import math
from pathlib import Path

import pytest

from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

QUESTIONS = """\
: family
king queen man woman
King QUEEN boy girl
: gram1-nothing
the a on xyzzy
"""
PAIRS = "word,other,score\nking,queen,9\nman,woman,8.5\nthe,throne,1\nking,xyzzy,5\n"


@pytest.fixture
def files(w2v):
    Path("questions.txt").write_text(QUESTIONS, encoding="utf-8")
    Path("pairs.csv").write_text(PAIRS, encoding="utf-8")
    return w2v


def test_analogies_by_section(files, trained):
    code, out, err = files("eval", "model.safetensors", "--analogies", "questions.txt")
    assert (code, err) == (0, "")
    space = VectorSpace(Model.load(trained / "model.safetensors"))
    correct = []
    for method in ("add", "mul"):
        first = space.analogy("king", "queen", "man", 1, method)[0].word == "woman"
        second = space.analogy("king", "queen", "boy", 1, method)[0].word == "girl"
        correct.append(first + second)
    cells = [f"{n}\t{50 * n:.2f}" for n in correct]
    assert out == (
        f"analogies\tfamily\t2\t2\t{cells[0]}\t{cells[1]}\n"
        "analogies\tgram1-nothing\t1\t0\t0\t-\t0\t-\n"
        f"analogies\tsemantic\t2\t2\t{cells[0]}\t{cells[1]}\n"
        "analogies\tsyntactic\t1\t0\t0\t-\t0\t-\n"
        f"analogies\tall\t3\t2\t{cells[0]}\t{cells[1]}\n"
    )


def test_case_sensitive(files):
    _, out, _ = files(
        "eval", "model.safetensors", "--analogies", "questions.txt", "--case-sensitive", "--json"
    )
    found = json.loads(out)
    assert found["sections"]["family"]["answered"] == 1
    assert found["case_sensitive"] is True


def test_restrict(files):
    _, out, _ = files(
        "eval", "model.safetensors", "--analogies", "questions.txt", "--restrict", "3", "--json"
    )
    assert json.loads(out)["all"] == {
        "asked": 3, "answered": 0, "correct_add": 0, "correct_mul": 0,
        "accuracy_add": None, "accuracy_mul": None,
    }  # fmt: skip


def test_similarity(files, trained):
    code, out, err = files(
        "eval", "model.safetensors", "--similarity", "pairs.csv", "--vectors", "input"
    )
    assert (code, err) == (0, "")
    kind, name, pairs, answered, coverage, spearman = out.rstrip("\n").split("\t")
    assert (kind, name, pairs, answered, coverage) == (
        "similarity", "pairs.csv", "4", "3", "0.7500",
    )  # fmt: skip
    space = VectorSpace(Model.load(trained / "model.safetensors"), "input")
    cosines = {
        pair: dict(space.similar(pair[0], 99))[pair[1]]
        for pair in (("king", "queen"), ("man", "woman"), ("the", "throne"))
    }
    ranks = [sorted(cosines.values()).index(c) for c in cosines.values()]
    # People's ranks are 2, 1, 0; of three ranks without ties, Spearman is 1 - sum d^2 / 4.
    assert (
        float(spearman) == 1 - sum((a - b) ** 2 for a, b in zip(ranks, (2, 1, 0), strict=True)) / 4
    )


@pytest.mark.parametrize(
    ("vectors", "which"),
    [
        ("input", "the input vectors"),
        ("output", "the output vectors"),
        ("sum", "the sums of input and output vectors"),
        ("blend", "the input vectors plus an eighth of the output vectors"),
        ("both", "input and output vectors side by side"),
    ],
)
def test_a_table_names_the_vectors_and_json_too(files, monkeypatch, vectors, which):
    arguments = ["eval", "model.safetensors", "--similarity", "pairs.csv", "--vectors", vectors]
    assert json.loads(files(*arguments, "--json")[1])["vectors"] == vectors
    monkeypatch.setattr("w2vcli.cli.pages.results_on_terminal", lambda: True)
    code, out, _ = files(*arguments)
    assert code == 0
    assert f"By the cosines of {which}; among all words" in " ".join(out.split())


@pytest.mark.parametrize("smoothing", ["0.75", "1"])
def test_perplexity_is_what_training_reports_of_held_out_text(files, smoothing):
    """Of the text as it is, without smoothing; with it, it is told apart."""
    Path("held").write_text("the king and the queen\na man and a woman on the throne\n")
    for arch in ("skipgram", "cbow"):
        code, out, _ = files(
            "train", "text.txt", "-o", "new", "--arch", arch, "--dim", "4", "--min-count", "2",
            "--validation", "held", "--json", "--smoothing", smoothing, "--prior", "1",
        )  # fmt: skip
        assert code == 0
        events = map(json.loads, out.splitlines())
        (reported,) = (event for event in events if event["event"] == "done")
        code, out, _ = files("eval", "new", "--perplexity", "held", "--json")
        found = json.loads(out)
        assert found["smoothed_loss"] == pytest.approx(reported["validation_loss"], rel=1e-6)
        assert found["perplexity"] == pytest.approx(math.exp(found["loss"]))
        assert (found["loss"] == found["smoothed_loss"]) == (smoothing == "1")
        assert found["perplexity_of"] == "held"
        assert (found["tokens"], found["known"]) == (13, 13)
        assert found["unigram"] < found["training_unigram"]


def test_perplexity_as_lines(files):
    code, out, err = files("eval", "model.safetensors", "--perplexity", "text.txt")
    assert (code, err) == (0, "")
    lines = [line.split("\t") for line in out.splitlines()]
    assert [line[1] for line in lines] == [
        "loss of this text", "ln V", "unigram of the training text", "unigram of this text",
        "entropy floor of its counts", "training's smoothed loss",
    ]  # fmt: skip
    assert {line[0] for line in lines} == {"perplexity"}
    as_json = json.loads(
        files("eval", "model.safetensors", "--perplexity", "text.txt", "--json")[1]
    )
    assert lines[0][2:] == [f"{as_json['loss']:.4f}", f"{as_json['perplexity']:.2f}"]
    assert lines[-1][2:] == [f"{as_json['smoothed_loss']:.4f}", "-"]
    assert as_json["smoothed_loss"] != as_json["loss"]
    size = len(Model.load(Path("model.safetensors")).words)
    assert lines[1][3] == f"{size:.2f}"


def test_perplexity_of_standard_input(files):
    text = Path("text.txt").read_bytes()
    _, from_file, _ = files("eval", "model.safetensors", "--perplexity", "text.txt")
    assert files("eval", "model.safetensors", "--perplexity", "-", stdin=text) == (
        0, from_file, "",
    )  # fmt: skip


def test_a_text_is_lower_cased_if_the_models_was(files):
    files("train", "text.txt", "-o", "new", "--dim", "4", "--lower")
    Path("upper").write_text(Path("text.txt").read_text().upper())
    _, lower, _ = files("eval", "new", "--perplexity", "text.txt")
    _, upper, _ = files("eval", "new", "--perplexity", "upper")
    assert lower == upper != ""


def test_all_at_once(files):
    arguments = ["--analogies", "questions.txt", "--similarity", "pairs.csv"]
    Path("more.csv").write_text(PAIRS)
    more = ["--similarity", "more.csv", "--perplexity", "text.txt"]
    code, out, _ = files("eval", "model.safetensors", *arguments, *more, "--json")
    assert code == 0
    kinds = [next(iter(json.loads(line))) for line in out.splitlines()]
    assert kinds == ["analogies", "similarity", "similarity", "perplexity_of"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "there is nothing to measure by; name --analogies, --similarity or --perplexity"),
        (["--analogies", ""], 2, "a file name is empty"),
        (["--analogies", "missing"], 66, "missing: cannot be read"),
        (["--similarity", "missing"], 66, "missing: cannot be read"),
        (["--perplexity", "missing"], 66, "missing"),
        (["--analogies", "pairs.csv"], 65, "pairs.csv, line 1"),
        (["--similarity", "questions.txt"], 65, "questions.txt, line 2"),
        (["--perplexity", "-", "--perplexity", "-"], 2, "standard input ('-') can be read only"),
        (["--analogies", "questions.txt", "--restrict", "0"], 2, "--restrict"),
    ],
)
def test_what_can_be_wrong(files, arguments, code, message):
    found, out, err = files("eval", "model.safetensors", *arguments)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert message in err


def test_a_bad_file_costs_no_other_number(files):
    """All are read first: nothing is printed of a run that fails."""
    code, out, _ = files(
        "eval", "model.safetensors", "--analogies", "questions.txt", "--similarity", "missing"
    )
    assert (code, out) == (66, "")
