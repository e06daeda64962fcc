"""predict: whole outputs for people, pipes and programs; every query and line that is wrong."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.terminals import PROGRAM, on_terminal
from helpers.texts import SENTENCES

from w2vcli.judging.prediction import Predictor
from w2vcli.system.threads import Team
from w2vcli.training.options import TrainingOptions
from w2vcli.vectors.model import Model

SKIPGRAM = "model.safetensors"
TEXT = "the king rules the land\n\nzzz\nthe boy is a zzz man\n"


@pytest.fixture(scope="module")
def cbow_file(tmp_path_factory):
    from w2vcli.cli.app import invoke

    folder = tmp_path_factory.mktemp("cbow")
    text, model = str(folder / "text"), str(folder / "model")
    Path(text).write_text(SENTENCES * 3, encoding="utf-8")
    train = ["train", text, "--arch", "cbow", "--min-count", "3", "--dim", "4", "--window", "3"]
    assert invoke([*train, "-o", model]) == 0
    return model


@pytest.fixture
def cbow(w2v, cbow_file):
    """The predictor of a CBOW model, "cbow" in the folder of the commands."""
    Path("cbow").write_bytes(Path(cbow_file).read_bytes())
    with Team() as team:
        yield Predictor(Model.load(Path("cbow")), team)


@pytest.fixture
def skipgram(w2v):
    with Team() as team:
        yield Predictor(Model.load(Path(SKIPGRAM)), team)


def answers(query, predictor, probabilities, top):
    return "".join(
        "\t".join([*query, word, f"{p:#.4g}"]) + "\n"
        for word, p in predictor.most_probable(probabilities, top)
    )


# --- distributions of skip-gram ---------------------------------------------------------


def test_words_around_words(w2v, skipgram):
    expected = "".join(answers([w], skipgram, skipgram.around(w), 3) for w in ("king", "a"))
    assert w2v("predict", SKIPGRAM, "king", "a", "--top", "3") == (0, expected, "")
    assert w2v("predict", SKIPGRAM, "--top", "3", stdin=b"\n king\na") == (0, expected, "")


def test_ten_answers_if_not_said(w2v, skipgram):
    assert w2v("predict", SKIPGRAM, "king")[1].count("\n") == 10


@pytest.mark.parametrize("arguments", [["king"], ["king", "--threads", "1"]])
def test_all_the_probabilities_as_json_add_up_to_one(w2v, skipgram, arguments):
    code, out, err = w2v("predict", SKIPGRAM, *arguments, "--json", "--top", "999999")
    assert (code, err, out.count("\n")) == (0, "", 1)
    found = json.loads(out)
    everything = skipgram.most_probable(skipgram.around("king"), 999999)
    assert found == {
        "query": "king",
        "answers": [{"word": word, "probability": p} for word, p in everything],
    }
    assert len(everything) == len(skipgram.model.words)
    assert sum(row["probability"] for row in found["answers"]) == pytest.approx(1, abs=1e-9)


def test_unknown_words_are_named_and_the_others_answered(w2v, skipgram):
    expected = answers(["a"], skipgram, skipgram.around("a"), 1)
    assert w2v("predict", SKIPGRAM, "kings", "a", "", "--top", "1") == (
        3,
        expected,
        "w2vcli: the model does not know the word 'kings'; near it: king\n"
        "w2vcli: the model does not know the word ''\n",
    )


NO_GAP = (
    "this is a skip-gram model, and a gap ('_') needs a CBOW model; name single words, or train "
    "with --arch cbow\n"
)


@pytest.mark.parametrize("arguments", [["the", "_", "rules"], ["the _ rules"], ["_", "king"]])
def test_a_gap_needs_a_cbow_model(w2v, arguments):
    assert w2v("predict", SKIPGRAM, *arguments) == (2, "", f"w2vcli: {NO_GAP}")
    line = " ".join(arguments).encode()
    code, out, err = w2v("predict", SKIPGRAM, "--top", "1", stdin=b"king\n" + line + b"\nking\n")
    assert (code, out.count("\n")) == (65, 1)
    assert err == f"w2vcli: standard input, line 2: {NO_GAP}"


def test_an_underscore_by_itself_is_an_unknown_word(w2v):
    assert w2v("predict", SKIPGRAM, "_")[0] == 3
    assert w2v("predict", SKIPGRAM, stdin=b"_\nking\n")[0] == 3


def test_an_underscore_that_the_model_knows_is_a_word(w2v):
    Path("text").write_text("the king _ the queen _\n" * 9)
    assert w2v("train", "text", "-o", "new", "--dim", "2")[0] == 0
    code, out, err = w2v("predict", "new", "the", "_", "king", "--top", "1", "--json")
    assert (code, err) == (0, "")
    assert [json.loads(line)["query"] for line in out.splitlines()] == ["the", "_", "king"]


# --- distributions of CBOW --------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["the", "_", "rules", "a"], ["the _ rules", "a"]])
def test_the_word_in_a_gap(w2v, cbow, arguments):
    query = ["the", "_", "rules", "a"]
    expected = answers(query, cbow, cbow.between(["the"], ["rules", "a"]), 2)
    assert w2v("predict", "cbow", *arguments, "--top", "2") == (0, expected, "")
    line = b"\nthe _  rules a\n"
    assert w2v("predict", "cbow", "--top", "2", stdin=line) == (0, expected, "")


def test_gaps_as_json(w2v, cbow):
    code, out, err = w2v("predict", "cbow", "--json", "--top", "1", stdin=b"king _\n_ king man\n")
    assert (code, err) == (0, "")
    gaps = [(["king"], []), ([], ["king", "man"])]
    for line, (before, after) in zip(out.splitlines(), gaps, strict=True):
        ((word, p),) = cbow.most_probable(cbow.between(before, after), 1)
        assert json.loads(line) == {
            "query": [*before, "_", *after],
            "answers": [{"word": word, "probability": p}],
        }


def test_a_gap_among_some_unknown_words_is_answered(w2v, cbow):
    query = ["kings", "king", "_", "zzz", "zzz"]
    expected = answers(query, cbow, cbow.between(query[:2], query[3:]), 1)
    assert w2v("predict", "cbow", *query, "--top", "1") == (
        3,
        expected,
        "w2vcli: the model does not know the word 'kings'; near it: king\n"
        "w2vcli: the model does not know the word 'zzz'\n",
    )


def test_gaps_without_any_known_context(w2v, cbow):
    code, out, err = w2v("predict", "cbow", stdin=b"_\nking a zzz zzz zzz _ zzz\n_ man\n")
    why = "so there is no answer; give the gap more context\n"
    assert (code, out) == (3, answers(["_", "man"], cbow, cbow.between([], ["man"]), 10))
    assert err == (
        f"w2vcli: no word that the model knows stands within 3 of the gap in '_', {why}"
        "w2vcli: no word that the model knows stands within 3 of the gap in "
        f"'king a zzz zzz zzz _ zzz', {why}"
        "w2vcli: the model does not know the word 'zzz'\n"
    )


GAPS = "write '_' for the word that this CBOW model is to predict, as in 'the _ of france'\n"


@pytest.mark.parametrize(
    ("arguments", "found"), [(["king"], 0), (["_", "king", "_"], 2), ([""], 0), (["a_b"], 0)]
)
def test_arguments_without_one_gap(w2v, cbow, arguments, found):
    message = f"w2vcli: expected one gap, found {found}; {GAPS}"
    assert w2v("predict", "cbow", *arguments) == (2, "", message)


@pytest.mark.parametrize(("line", "found"), [(b"king man", 0), (b"_ _", 2)])
def test_a_line_without_one_gap(w2v, cbow, line, found):
    expected = answers(["_", "man"], cbow, cbow.between([], ["man"]), 1)
    message = f"w2vcli: standard input, line 3: expected one gap, found {found}; {GAPS}"
    result = w2v("predict", "cbow", "--top", "1", stdin=b"_ man\n\n" + line + b"\n_ a\n")
    assert result == (65, expected, message)


# --- scores of lines --------------------------------------------------------------------


def scores(predictor, lines):
    return "".join(
        f"{score.log_probability:.4f}\t{score.perplexity:.6g}\t{score.predictions:.6g}\t"
        + line.replace("\t", "\\t").replace("\r", "\\r")
        + "\n"
        for line, score in zip(lines, predictor.score(x.split() for x in lines), strict=True)
    )


@pytest.mark.parametrize("model", [SKIPGRAM, "cbow"])
def test_a_line_out_for_each_line_in(w2v, cbow, skipgram, model):
    lines = TEXT.split("\n")[:-1]
    expected = scores(cbow if model == "cbow" else skipgram, lines)
    assert w2v("predict", model, "--score", stdin=TEXT.encode()) == (0, expected, "")
    assert w2v("predict", model, "--score", stdin=TEXT[:-1].encode()) == (0, expected, "")
    rows = [line.split("\t") for line in expected.splitlines()]
    assert [row[3] for row in rows] == lines
    assert [row[:3] for row in rows[1:3]] == [["nan", "nan", "0"]] * 2


def test_a_line_of_arguments(w2v, skipgram):
    expected = scores(skipgram, ["the king zzz rules"])
    assert w2v("predict", SKIPGRAM, "--score", "the king", "zzz", "rules") == (0, expected, "")
    assert w2v("predict", SKIPGRAM, "--score", "") == (0, scores(skipgram, [""]), "")
    expected = scores(skipgram, ["the king", "a man"])
    assert w2v("predict", SKIPGRAM, "--score", "the king\na man") == (0, expected, "")


def test_a_text_without_lines(w2v):
    assert w2v("predict", SKIPGRAM, "--score", stdin=b"") == (0, "", "")


def test_scores_as_json(w2v, skipgram):
    code, out, err = w2v("predict", SKIPGRAM, "--score", "--json", stdin=TEXT.encode())
    assert (code, err) == (0, "")
    found = [json.loads(line) for line in out.splitlines()]
    lines = TEXT.split("\n")[:-1]
    for number, (line, score) in enumerate(
        zip(lines, skipgram.score(x.split() for x in lines), strict=True), start=1
    ):
        known = not math.isnan(score.log_probability)
        assert found[number - 1] == {
            "line": number,
            "log_probability": pytest.approx(score.log_probability, rel=1e-5) if known else None,
            "perplexity": pytest.approx(score.perplexity, rel=1e-5) if known else None,
            "predictions": pytest.approx(score.predictions),
            "tokens": len(line.split()),
            "unknown": line.count("zzz"),
            "text": line,
        }


def test_a_perplexity_beyond_a_float(w2v):
    bias, ones = np.array([0, -2000], np.float32), np.ones((2, 1), np.float32)
    config = TrainingOptions().resolved().as_json()
    Model(["a", "b"], np.array([1, 1]), ones, ones, bias, config).save(Path("new"))
    code, out, _ = w2v("predict", "new", "--score", "b b")
    log_probability, perplexity, _, text = out.rstrip().split("\t")
    assert (code, log_probability, perplexity, text) == (0, "-2000.0000", "inf", "b b")
    found = json.loads(w2v("predict", "new", "--score", "b b", "--json")[1])
    assert (found["log_probability"], found["perplexity"]) == (-2000.0, None)


def test_lines_of_any_length_and_kind(w2v, skipgram):
    """Longer than what is read at once; with tabs and a carriage return; more than a batch."""
    lines = ["king " + "x" * 200_000 + " queen", "", " a\tman\r", *["the land", ""] * 2000]
    expected = scores(skipgram, lines)
    code, out, err = w2v("predict", SKIPGRAM, "--score", stdin="\n".join(lines).encode())
    assert (code, err) == (0, "")
    assert out == expected.removesuffix("nan\tnan\t0\t\n")  # what ends in a newline is over


def test_only_ascii_white_space_cuts(w2v):
    line = "the\u00a0king\u2028the\x0bking"
    found = json.loads(w2v("predict", SKIPGRAM, "--score", "--json", stdin=line.encode())[1])
    assert (found["tokens"], found["unknown"], found["text"]) == (2, 1, line)


def test_a_line_that_is_not_utf8(w2v, skipgram):
    code, out, err = w2v("predict", SKIPGRAM, "--score", stdin=b"the king\na man\na \xe9\na king\n")
    assert (code, out) == (65, scores(skipgram, ["the king", "a man"]))
    assert err == (
        "w2vcli: standard input, line 3, byte 3: 0xe9 is not valid UTF-8; send the words in UTF-8\n"
    )


@pytest.mark.parametrize(("model", "flags"), [(SKIPGRAM, ["--score"]), ("cbow", [])])
def test_arguments_that_are_not_utf8(w2v, cbow, model, flags):
    arguments = ["the", "_", os.fsdecode(b"\xff")]
    message = "w2vcli: the arguments, byte 7: 0xff is not valid UTF-8; send the words in UTF-8\n"
    assert w2v("predict", model, *flags, *arguments) == (65, "", message)


# --- usage and streams ------------------------------------------------------------------


@pytest.mark.parametrize("top", ["10", "3"])
def test_score_gives_no_answers_to_count(w2v, top):
    assert w2v("predict", SKIPGRAM, "--score", "--top", top) == (
        2, "", "w2vcli: --top is for answers, and --score gives none; leave one of them out\n"
    )  # fmt: skip


def test_a_model_that_does_not_say_how_it_was_trained(w2v):
    model = Model.load(Path(SKIPGRAM))
    model.config.clear()
    model.save(Path("new"))
    code, out, err = w2v("predict", "new", "king")
    assert (code, out) == (65, "")
    assert err.startswith("w2vcli: the model does not say how it was trained: ")


@pytest.mark.parametrize("arguments", [[], ["--score"]])
def test_a_terminal_without_words_is_asked_for_some(w2v, arguments):
    code, shown = on_terminal(" ".join(["predict", SKIPGRAM, *arguments]), columns=200)
    assert code == 2
    assert shown == [
        "w2vcli: no words were given; name them after the model, or pipe them in, one query a line"
    ]


def test_a_terminal_gets_a_table_of_probabilities(w2v, cbow):
    code, shown = on_terminal("predict cbow the _ rules --top 2")
    title, header, _, *rows = shown
    assert (code, title, header.split()) == (0, "the _ rules", ["word", "probability"])
    assert [row.split() for row in rows] == [
        [word, f"{p:#.4g}"] for word, p in cbow.most_probable(cbow.between(["the"], ["rules"]), 2)
    ]


def test_a_terminal_gets_scores_in_columns(w2v, skipgram):
    code, shown = on_terminal(f"predict {SKIPGRAM} --score the king rules")
    header, row = shown
    expected = scores(skipgram, ["the king rules"])
    assert code == 0
    assert header == "log probability    perplexity   predictions  text"
    assert row.split(maxsplit=3) == [*expected.split()[:3], "the king rules"]
    assert row.index("the king") == header.index("text")
    assert json.loads(on_terminal(f"predict {SKIPGRAM} --score a man --json")[1][0])


@pytest.mark.parametrize("flags", [[], ["--score"]])
def test_each_line_is_answered_as_it_comes(w2v, flags):
    with subprocess.Popen(
        [*PROGRAM, "predict", SKIPGRAM, *flags, *([] if flags else ["--top", "1"])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        for line in ("king", "man", "land"):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            assert line in process.stdout.readline().rstrip("\n").split("\t")
        process.stdin.close()
        assert process.stdout.read() == ""


def test_help_loads_no_numba():
    code = "import sys; from w2vcli.cli.app import invoke; code = invoke(['predict', '--help'])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; sys.exit(code or 'numba' in sys.modules)"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
