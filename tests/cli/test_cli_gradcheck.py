"""gradcheck: what it says, what it exits with, and what it checks."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from helpers.arguments import changed
from helpers.terminals import on_terminal

from w2vcli.softmax.blocks import scatter
from w2vcli.softmax.objective import mean_loss
from w2vcli.training import sources
from w2vcli.vectors.model import Model

SMALL = ["text.txt", "--dim", "3", "--sample", "24", "--weights", "1", "--passes", "1"]
ERROR = r"\d\.\de-\d\d"
METHODS = ["grouped", "stream", "cbow"]


def verdict(gradients):
    return (
        f"TIME all {gradients} gradients are true to within 1e-05, and to within 0.001 in float32\n"
    )


def words_of_text():
    return Path("text.txt").read_text(encoding="utf-8").split()


def expected_lines(methods=METHODS, groups=("W_in", "W_out", "b")):
    """What a pipe gets: method, group, worst differences, worst of the formulas, float32."""
    lines = []
    for method in methods:
        for group in groups:
            place = r"\w+" if group == "b" else r"\w+ [123]"
            lines.append(
                "\t".join([method, group, ERROR, place, ERROR, place, ERROR]) + "\n",
            )
    return "".join(lines)


@pytest.fixture
def check(w2v):
    return lambda *arguments: w2v("gradcheck", *changed(SMALL, arguments))


@pytest.fixture
def _no_mean(monkeypatch):
    """CBOW without the 1/m on the way back."""
    monkeypatch.setattr(
        "w2vcli.softmax.objective.scatter",
        lambda hidden, d: scatter(hidden._replace(data=np.ones(len(hidden.data))), d),
    )


def methods_of(out):
    return list(dict.fromkeys(line.split("\t")[0] for line in out.splitlines()))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--start", "random", "--optimizer", "sgd", "--window-weights", "uniform"],
        ["--vocab", "text.vocab", "--subsample", "0", "--window", "20", "--threads", "2"],
        ["--min-count", "1", "--lower", "--batch", "3", "--seed", "7", "--lr", "0.5"],
        ["--smoothing", "0", "--prior", "0.5"],
        ["--smoothing", "1", "--prior", "0"],
    ],
)
def test_true_gradients(check, arguments):
    code, out, err = check(*arguments)
    assert (code, err) == (0, verdict(9))
    assert re.fullmatch(expected_lines(), out), out


def test_without_a_bias_it_is_not_checked(check):
    code, out, err = check("--no-bias")
    assert (code, err) == (0, verdict(6))
    assert re.fullmatch(expected_lines(groups=["W_in", "W_out"]), out), out


@pytest.mark.usefixtures("_no_mean")
def test_a_planted_error(check):
    code, out, err = check("--prior", "0")  # beside which the error is small
    assert code == 1
    assert err == (
        "w2vcli: 1 of 9 gradients is not true: that of W_in by method cbow is beyond the "
        "tolerance\n"
    )
    assert methods_of(out) == METHODS  # all that was found is shown all the same
    errors = {tuple(line.split("\t")[:2]): line.split("\t") for line in out.splitlines()}
    assert [float(errors["cbow", "W_in"][column]) > 1e-2 for column in (2, 4, 6)] == [True] * 3


@pytest.mark.usefixtures("_no_mean")
def test_a_planted_error_where_it_is_not_looked_for(check):
    assert check("--arch", "skipgram")[0] == 0


def test_an_error_that_only_the_formulas_see(check, monkeypatch):
    """Gradients of another loss than the text's: true to it, so that differences agree.

    The error is small, so that it does not show in float32.
    """
    build = sources._cbow_block
    monkeypatch.setattr(
        sources, "_cbow_block", lambda *rest: build(*rest[:4], rest[4] ** 1.0005, *rest[5:])
    )
    code, out, err = check("--arch", "cbow")
    assert (code, err.count("\n")) == (1, 1)
    errors = [[float(line.split("\t")[column]) for column in (2, 4)] for line in out.splitlines()]
    assert [[error > 1e-5 for error in pair] for pair in errors] == [[False, True]] * 3


def test_an_error_that_only_the_differences_see(check, monkeypatch):
    """A loss of which the gradients, true to the formulas, are not the gradients."""

    def doubled(*arguments):
        mean = mean_loss(*arguments)
        mean.total *= 2
        return mean

    monkeypatch.setattr("w2vcli.learning.gradient_errors.mean_loss", doubled)
    code, out, err = check("--arch", "cbow")
    assert (code, err.count("\n")) == (1, 1)
    errors = [[float(line.split("\t")[column]) for column in (2, 4)] for line in out.splitlines()]
    assert [[error > 1e-5 for error in pair] for pair in errors] == [[True, False]] * 3


def test_a_tolerance_that_rounding_exceeds(check):
    code, out, err = check("--tolerance", "1e-300")
    assert code == 1
    assert re.fullmatch(expected_lines(), out)
    assert err.startswith("w2vcli: 9 of 9 gradients are not true: that of W_in by method grouped ")
    assert err.count("\n") == 1


@pytest.mark.usefixtures("_no_mean")
def test_a_tolerance_cannot_hide_float32(check):
    """Which has a tolerance of its own."""
    assert check("--tolerance", "100")[0] == 1


@pytest.mark.parametrize("arguments", [[], ["--arch", "cbow"]])
def test_json(check, arguments):
    code, out, err = check("--json", *arguments)
    assert (code, err) == (0, verdict(3 if arguments else 9))
    records = [json.loads(line) for line in out.splitlines()]
    lines = check(*arguments)[1].splitlines()
    names = {"w_in": "W_in", "w_out": "W_out", "bias": "b"}
    for record, line in zip(records, lines, strict=True):
        assert list(record) == [
            "arch",
            "method",
            "group",
            "differences",
            "formulas",
            "single",
            "weights",
            "predictions",
            "tolerance",
            "within",
        ]
        method, group, differences, at_difference, formulas, at_formula, single = line.split("\t")
        assert method == ("cbow" if record["arch"] == "cbow" else record["method"])
        assert group == names[record["group"]]
        shown = zip((differences, formulas, single), ("differences", "formulas", "single"))  # noqa: B905
        for text, kind in shown:
            worst = record[kind]
            assert list(worst) == ["error", "word", "dimension", "found", "expected"]
            assert f"{worst['error']:.1e}" == text
            assert worst["found"] == pytest.approx(worst["expected"], rel=1e-2, abs=1e-6)
        for text, kind in ((at_difference, "differences"), (at_formula, "formulas")):
            word, dimension = record[kind]["word"], record[kind]["dimension"]
            assert text == (word if group == "b" else f"{word} {dimension}")
            assert (dimension is None) == (group == "b")
        assert (record["weights"], record["tolerance"], record["within"]) == (1, 1e-5, True)
        assert record["predictions"] > 0


def test_rows_of_ngrams_are_checked_and_named(check, monkeypatch):
    """In W_in they follow those of words."""
    code, _, err = check("--subwords", "2-3", "--json")
    assert (code, err) == (0, verdict(9))
    monkeypatch.setattr("w2vcli.training.composition.SHARED", 0.05)
    code, out, _ = check("--subwords", "2-3", "--json")
    assert code == 1
    records = [json.loads(line) for line in out.splitlines()]
    assert {record["group"] for record in records if not record["within"]} == {"w_in"}
    for record in records:
        worst = record["formulas"]
        if record["group"] == "w_in":
            assert list(worst) == ["error", "ngram", "dimension", "found", "expected"]
            assert 2 <= len(worst["ngram"]) <= 3
            assert any(worst["ngram"] in f"<{word}>" for word in words_of_text())
        else:
            assert worst["word"] in words_of_text()
    lines = check("--subwords", "2-3")[1].splitlines()
    for record, line in zip(records, lines, strict=True):
        worst, shown = record["formulas"], line.split("\t")[5]
        dimension = f" {worst['dimension']}" if worst["dimension"] else ""
        ngram, word = worst.get("ngram"), worst.get("word")
        assert shown == (f"({ngram})" if ngram else word) + dimension


@pytest.mark.parametrize(
    ("arguments", "methods"),
    [
        (["--arch", "skipgram"], ["grouped", "stream"]),
        (["--arch", "cbow"], ["cbow"]),
        (["--method", "grouped"], ["grouped"]),
        (["--method", "stream"], ["stream", "cbow"]),
        (["--arch", "skipgram", "--method", "stream"], ["stream"]),
        (["--arch", "cbow", "--method", "stream"], ["cbow"]),
    ],
)
def test_only_what_is_named_is_checked(check, arguments, methods):
    code, out, _ = check(*arguments)
    assert (code, methods_of(out)) == (0, methods)


def test_the_environment_and_a_file_name_things_too(w2v, monkeypatch):
    Path("my.toml").write_text('[gradcheck]\nmethod = "grouped"\n', encoding="utf-8")
    assert methods_of(w2v("--config", "my.toml", "gradcheck", *SMALL)[1]) == ["grouped"]
    monkeypatch.setenv("W2VCLI_GRADCHECK_ARCH", "cbow")
    assert methods_of(w2v("gradcheck", *SMALL)[1]) == ["cbow"]
    assert methods_of(w2v("gradcheck", *SMALL, "--arch", "skipgram")[1]) == ["grouped", "stream"]
    assert w2v("--config", "my.toml", "gradcheck", *SMALL)[0] == 2  # CBOW by counts


def test_threads_and_repetition_make_no_difference(check):
    assert check() == check("--threads", "1") == check("--threads", "3")
    assert check() != check("--seed", "2")


def test_no_model_is_written_or_read(check):
    before = {path: path.read_bytes() for path in Path().iterdir()}
    assert check()[0] == 0
    assert {path: path.read_bytes() for path in Path().iterdir()} == before
    assert Model.load(Path("model.safetensors")).words


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none"], 66, "none: no such file or folder; check the path"),
        (["empty"], 66, "empty: there are no words in it; give text"),
        (
            ["column", "--min-count", "1"],
            65,
            "no two words of the vocabulary stand within one window of each other, so there is "
            "nothing to learn; give text with several words a line, or lower --min-count",
        ),
        (
            ["text.txt", "--arch", "cbow", "--method", "grouped"],
            2,
            "--method grouped is for skip-gram: CBOW does not depend on the corpus through pair "
            "counts alone; use --method stream",
        ),
        (
            ["text.txt", "--start", "zeros"],
            2,
            "--start zeros cannot learn: where W_in and W_out are both zero, so are the gradients "
            "of both, and only the bias would ever move; use spectral or random",
        ),
        (
            ["text.txt", "--vocab", "text.vocab", "--min-count", "2"],
            2,
            "--min-count, --keep-words and --drop-words choose words when a vocabulary is built; "
            "leave them out with --vocab, or give them to 'w2vcli build-vocab'",
        ),
        (
            ["-", "-"],
            2,
            "standard input ('-') can be read only once, so name it once",
        ),
        (["-", "--vocab", "-"], 2, "standard input ('-') can be read only once, so name it once"),
        ([""], 2, "a file name is empty; is a variable unset in the command?"),
        (
            ["text.txt", "--tolerance", "0"],
            2,
            "Invalid value for '--tolerance': it should be greater than 0; "
            "see 'w2vcli gradcheck --help'",
        ),
        (
            ["text.txt", "--sample", "0"],
            2,
            "Invalid value for '--sample': it should be greater than or equal to 1; "
            "see 'w2vcli gradcheck --help'",
        ),
        ([], 2, "no text was given; name files or folders, or give --files-from FILE"),
    ],
)
def test_what_cannot_be_checked(w2v, arguments, code, message):
    Path("empty").write_text(" \n", encoding="utf-8")
    Path("column").write_text("a\nb\nc\n", encoding="utf-8")
    assert w2v("gradcheck", *arguments) == (code, "", f"w2vcli: {message}\n")


def test_a_sample_on_which_training_diverges(check):
    code, out, err = check("--lr", "1e38", "--optimizer", "sgd")
    assert (code, out, err.count("\n")) == (70, "", 1)
    assert err.startswith("w2vcli: training diverged in pass 1: ")


@pytest.mark.parametrize("lr", ["1e6", "1e10"])
def test_a_point_where_rounding_hides_the_differences_is_no_false_alarm(check, lr):
    """There is no NaN yet, but a loss of a million nats."""
    code, out, err = check("--lr", lr, "--max-vocab", "9", "--weights", "5")
    assert (code, out, err.count("\n")) == (70, "", 1)
    assert err.startswith("w2vcli: training on the sample led to a loss of ")
    assert err.endswith("so no gradient can be checked there; lower --lr\n")


def test_help_names_no_default_that_does_not_hold(w2v):
    out = w2v("gradcheck", "--help")[1]
    for name in ("--arch", "--method"):
        text = " ".join(out[out.index(f"{name} <") :].split())
        assert re.match(rf"{name} <[a-z|]+> Check only this \w+; both if not given. --", text), text


def test_a_corpus_on_standard_input(w2v):
    text = Path("text.txt").read_bytes()
    assert w2v("gradcheck", "-", *SMALL[1:], stdin=text) == w2v("gradcheck", *SMALL)


def test_a_terminal_gets_a_table(check):
    """With the numbers that a pipe gets."""
    code, shown = on_terminal(" ".join(["gradcheck", *SMALL]))
    assert code == 0
    start = next(i for i, line in enumerate(shown) if line.startswith("Worst relative errors, at "))
    verdict = next(i for i, line in enumerate(shown) if line.startswith("all 9 gradients are true"))
    assert verdict > start
    title, heading, rule, *rows = shown[start:verdict]
    assert re.fullmatch(r"Worst relative errors, at [\d.]+ predictions over \d+ words", title)
    assert re.split(r"  +", heading.strip()) == [
        "method",
        "differences",
        "worst at",
        "formulas",
        "worst at",
        "float32",
    ]
    assert set(rule.strip()) == {"─"}
    assert [row.split() for row in rows] == [line.split() for line in check()[1].splitlines()]
    assert max(map(len, shown)) <= 80


def test_a_terminal_is_told_how_many_ngrams_there_are(check):
    _, shown = on_terminal(" ".join(["gradcheck", *SMALL, "--subwords", "2-3"]))
    (title,) = (line for line in shown if line.startswith("Worst relative errors, at "))
    assert re.search(r"over \d+ words and \d+ n-grams$", title)
