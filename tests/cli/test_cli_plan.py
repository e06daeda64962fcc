"""train --plan and count --plan: what a run would take, as tables, lines and JSON."""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from helpers.reference_counts import pair_counts, tokens, vocabulary
from helpers.terminals import on_terminal
from helpers.texts import SENTENCES

from w2vcli.vectors.model import Model

STAGES = [
    "starting", "reading", "counting", "spectral start", "passes", "closing pass", "final loss",
    "saving",
]  # fmt: skip
ARRAYS = [
    "token stream", "pair counts", "W_in", "W_out", "output bias", "AdaGrad sums", "kernel buffers"
]  # fmt: skip
BARE = ["train", "text.txt", "--plan"]
TRAIN = [*BARE, "--dim", "4"]


@pytest.fixture
def plan(w2v):
    """Plan with these options, in JSON; the text has rare words and frequent ones."""
    Path("text.txt").write_text(SENTENCES * 12 + "once upon a time\n" * 7, encoding="utf-8")

    def plan(*arguments):
        code, out, err = w2v(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    return plan


def reference(name, min_count):
    """Words, tokens and distinct pairs of a text, in any order."""
    lines = tokens(Path(name).read_bytes())
    words = vocabulary(lines, min_count)
    ids = {word: i for i, (word, _) in enumerate(words)}
    encoded = [[ids.get(word, -1) for word in line] for line in lines]
    pairs = {tuple(sorted(pair)) for pair in pair_counts(encoded, 5, "linear")}
    return len(words), sum(count for _, count in words), len(pairs)


def numbers(choice):
    return choice["words"], choice["tokens"], choice["pairs"]


def test_a_plan_in_json(plan, w2v):
    before = sorted(Path().iterdir())
    found = plan(*TRAIN, "--min-count", "2", "--threads", "2")
    assert sorted(Path().iterdir()) == before
    lines = tokens(Path("text.txt").read_bytes())
    count = Counter(word for line in lines for word in line)
    assert (found["types"], found["tokens"]) == (len(count), count.total())
    assert (found["threads"], found["sampled"], found["refusal"]) == (2, 1, None)
    assert found["available"] > 1 << 28
    choices = found["vocabularies"]
    options = [choice["option"] for choice in choices]
    assert options == ["--min-count 2", "--min-count 10", "--min-count 20", "--min-count 50"]
    for choice, least in zip(choices, (2, 10, 20, 50), strict=True):
        assert numbers(choice) == reference("text.txt", least)
        assert list(choice["seconds"]) == STAGES
        assert list(choice["arrays"]) == ARRAYS
        assert choice["total_seconds"] == pytest.approx(sum(choice["seconds"].values()), abs=0.01)
        assert choice["peak"] == max(choice["stages"].values())
        assert choice["peak"] == choice["stages"][choice["peak_stage"]]
        assert all(value >= 0 for value in choice["seconds"].values())
    for more, fewer in pairwise(choices):
        assert fewer["words"] < more["words"]
        assert fewer["peak"] <= more["peak"]


@pytest.mark.parametrize(
    "more",
    [
        ["--arch", "cbow"], ["--method", "stream", "--start", "random"], ["--no-final-loss"],
        ["--optimizer", "sgd", "--no-closing"], ["--validation", "text.txt"],
        ["--warm-start", "model.safetensors"], ["--passes", "0.5", "--batch", "3"],
        ["--subsample", "0", "--window", "2"],
    ],
)  # fmt: skip
def test_a_plan_of_any_run(plan, w2v, more):
    found = plan(*TRAIN, "--min-count", "2", *more)
    seconds = found["vocabularies"][0]["seconds"]
    code, _, err = w2v(*[a for a in TRAIN if a != "--plan"], "--min-count", "2", *more, "-o", "new")
    assert code == 0, err
    assert ("closing pass" in seconds) == ("closing pass" in err)
    assert ("final loss" in seconds) == ("--no-final-loss" not in more)
    assert ("spectral start" in seconds) == ("random" not in more)


def test_a_plan_with_ngrams(plan, w2v):
    """The arrays are those of the run; what n-grams take is said apart, for each vocabulary."""
    more = ["--min-count", "2", "--subwords", "2-3"]
    first, *others = plan(*TRAIN, *more)["vocabularies"]
    assert list(first["arrays"]) == [*ARRAYS, "n-grams"]
    assert list(first["seconds"]) == [*STAGES, "n-grams"]
    assert w2v(*[a for a in TRAIN if a != "--plan"], *more, "-o", "new")[0] == 0
    model = Model.load(Path("new"))
    rows = len(model.words) + len(model.subwords.ngrams)
    assert first["arrays"]["W_in"] == 4 * rows * 4
    assert first["seconds"]["n-grams"] > 0
    for fewer in others:
        assert fewer["arrays"]["n-grams"] < first["arrays"]["n-grams"]
        assert fewer["seconds"]["n-grams"] <= first["seconds"]["n-grams"]


def test_smaller_vocabularies_without_any_ngram_are_no_choice(plan, w2v):
    """A run with them would be refused; the run itself is not."""
    choices = plan(*TRAIN, "--min-count", "2", "--subwords", "3-6")["vocabularies"]
    options = [choice["option"] for choice in choices]
    assert options == ["--min-count 2", "--min-count 10", "--min-count 20"]  # and not 50
    code, _, err = w2v(*TRAIN, "--min-count", "2", "--subwords", "9-9")
    assert (code, err.count("\n")) == (2, 1)
    assert "is in at least 2 words of the vocabulary, which has 24" in err


def test_a_vocabulary_file_and_smaller_ones(plan, w2v):
    assert w2v("build-vocab", "text.txt", "-o", "some.vocab", "--min-count", "3")[0] == 0
    found = plan(*TRAIN, "--vocab", "some.vocab")
    assert found["types"] is None
    first, *others = found["vocabularies"]
    assert first["option"] == "--vocab"
    assert numbers(first) == reference("text.txt", 3)
    for choice in others:
        assert choice["option"] == f"--max-vocab {choice['words']}"
        again = plan(*TRAIN, "--vocab", "some.vocab", *choice["option"].split())
        assert numbers(again["vocabularies"][0]) == numbers(choice)


def test_a_plan_of_a_store_is_that_of_its_texts(plan, w2v):
    Path("more.txt").write_text(SENTENCES * 3, encoding="utf-8")
    assert w2v("count", "text.txt", "--store", "store", "--label", "a")[0] == 0
    before = {p: p.read_bytes() for p in Path("store").iterdir()}
    texts = plan(*TRAIN)["vocabularies"]
    assert [*map(numbers, plan("train", "--store", "store", *TRAIN[2:])["vocabularies"])] == [
        *map(numbers, texts)
    ]
    both = plan("train", "more.txt", "--store", "store", *TRAIN[2:])["vocabularies"]
    whole = plan("train", "text.txt", "more.txt", *TRAIN[2:])["vocabularies"]
    assert [*map(numbers, both)] == [*map(numbers, whole)]
    some = plan("train", "more.txt", "--store", "store", "--segments", "b", "--label", "b",
                *TRAIN[2:])  # fmt: skip
    assert [*map(numbers, some["vocabularies"])] == [
        *map(numbers, plan("train", "more.txt", *TRAIN[2:])["vocabularies"])
    ]
    again = plan("train", "text.txt", "--store", "store", *TRAIN[2:])["vocabularies"]
    assert [*map(numbers, again)] == [*map(numbers, texts)]
    assert {p: p.read_bytes() for p in Path("store").iterdir()} == before
    code, _, err = w2v("train", "more.txt", "--store", "store", *TRAIN[2:], "--window", "3")
    assert code == 2
    assert "the store store counts with window 5" in err


def test_a_plan_of_counting(plan, w2v):
    Path("more.txt").write_text(SENTENCES, encoding="utf-8")
    count = ["count", "text.txt", "more.txt", "--store", "store"]
    found = plan(*count, "--plan")
    assert not Path("store").exists()
    (choice,) = found["vocabularies"]
    assert w2v(*count)[0] == 0
    (segment,) = Path("store").glob("*.segment")
    listed = json.loads(w2v("store", "store", "--json")[1].splitlines()[0])
    assert numbers(choice) == (listed["types"], listed["tokens"], listed["pairs"])
    assert choice["model"] == pytest.approx(segment.stat().st_size, rel=0.3)
    assert list(choice["seconds"]) == ["starting", "reading", "counting", "saving"]
    (nothing,) = plan(*count, "--plan")["vocabularies"]
    assert numbers(nothing) == (0, 0, 0)
    code, _, err = w2v(*count, "--plan", "--subtract")
    assert (code, err) == (2, "w2vcli: --plan tells what counting would take; leave out "
                           "--subtract\n")  # fmt: skip


def test_a_plan_in_a_pipe(plan, w2v):
    code, out, err = w2v(*TRAIN)
    assert (code, err) == (0, "")
    lines = [line.split("\t") for line in out.splitlines()]
    assert lines[0] == ["words", "vocabulary", "--min-count 5", "--min-count 10",
                        "--min-count 20", "--min-count 50"]  # fmt: skip
    table = {(kind, name): values for kind, name, *values in lines}
    expected = [str(reference("text.txt", least)[2]) for least in (5, 10, 20, 50)]
    assert table["words", "pairs of words"] == expected
    assert {name for kind, name in table if kind == "seconds"} == {*STAGES, "all"}
    assert {name for kind, name in table if kind == "bytes"} == {*ARRAYS, "peak", "file"}
    assert all(re.fullmatch(r"\d+(\.\d{3})?", v) for row in lines[1:] for v in row[2:])


@pytest.mark.parametrize("columns", [80, 100])
def test_a_plan_on_a_terminal(plan, columns):
    code, lines = on_terminal(" ".join([*TRAIN, "--min-count", "2"]), columns=columns)
    assert code == 0
    assert max(map(len, lines)) <= columns
    assert any(re.match(r" *pairs of words +[\d,]+ +[\d,]+ +[\d,]+ +[\d,]+$", x) for x in lines)
    assert any(re.match(r" *peak memory( +[\d,.]+){4}$", line) for line in lines)
    assert any(re.match(r" *in all( +[\d,.]+){4}$", line) for line in lines)


def test_what_would_be_refused(plan, w2v):
    found = plan(*BARE, "--memory", "256M", "--dim", "100000")
    assert re.match("--memory 256M is too little: a vocabulary of .* takes .*M", found["refusal"])
    code, out, err = w2v(*BARE, "--memory", "256M", "--dim", "100000")
    assert code == 0
    assert err.startswith("w2vcli: the run would be refused: --memory 256M is too little: ")
    assert out
    run = [argument for argument in BARE if argument != "--plan"]
    code, out, err = w2v(*run, "--memory", "256M", "--dim", "100000", "-o", "new")
    assert (code, out) == (2, "")
    assert err == f"w2vcli: {found['refusal']}\n"
    assert not Path("new").exists()


def test_there_is_no_plan_of_a_cluster(w2v):
    assert w2v(*BARE, "--scheduler", "tcp://127.0.0.1:1")[::2] == (
        2, "w2vcli: --plan is about this machine alone; leave out --scheduler\n"
    )  # fmt: skip


def test_a_run_needs_an_output(w2v):
    assert w2v("train", "text.txt")[2] == (
        "w2vcli: Missing option '--output' / '-o': name the model file to write (only --plan "
        "needs none)\n"
    )


def test_a_plan_reads_what_it_is_given_as_the_run_does(plan, w2v):
    for arguments, code, said in (
        (["train", "missing", "--plan"], 66, "missing: "),
        (["train", "--plan"], 2, "train takes texts, or --store DIR"),
        ([*TRAIN, "--min-count", "9999"], 65, "none of the"),
        ([*BARE, "--warm-start", "model.safetensors", "--dim", "7"], 2, "--warm-start: the old"),
        (["count", "missing", "--store", "store", "--plan"], 66, "missing: "),
    ):
        found, out, err = w2v(*arguments)
        assert (found, out) == (code, "")
        assert said in err
