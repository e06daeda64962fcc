"""similarity, odd, vectors and clusters: whole outputs, in pipes, as JSON and on terminals."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from helpers.terminals import on_terminal
from helpers.texts import without_times

from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model

MODEL = "model.safetensors"
KINDS = ["input", "output", "sum", "blend", "both"]
HOSTILE = ["\x1b[31m", "\u202eabc", "<script>", "'\"", "a b", "x" * 10_000, "-", "+", "-v"]


@pytest.fixture
def model(trained):
    return Model.load(trained / MODEL)


def units(model, vectors="both"):
    """The directions of all words in float64."""
    w_in, w_out = (w.astype(np.float64) for w in (model.w_in, model.w_out))

    def normed(w):
        return w / np.linalg.norm(w, axis=1, keepdims=True)

    return {
        "input": normed(w_in),
        "output": normed(w_out),
        "sum": normed(w_in + w_out),
        "blend": normed(w_in + w_out / 8),
        "both": np.hstack([normed(w_in), normed(w_out)]) / np.sqrt(2),
    }[vectors]


def rows_of(model, words, vectors="both"):
    return units(model, vectors)[[model.ids[word] for word in words]]


@pytest.fixture
def hostile(w2v):
    matrix = np.random.default_rng(2).normal(size=(len(HOSTILE), 3)).astype(np.float32)
    ImportedVectors(HOSTILE, matrix).save(Path("hostile"))
    return HOSTILE


# --- similarity -------------------------------------------------------------------------


@pytest.mark.parametrize("vectors", KINDS)
def test_similarity_of_two_words_and_of_more(w2v, model, vectors):
    chosen = ["--vectors", vectors]
    a, b, c = rows_of(model, ["king", "queen", "man"], vectors)
    code, out, err = w2v("similarity", MODEL, "king", "queen", *chosen)
    assert (code, out, err) == (0, f"king\tqueen\t{a @ b:.4f}\n", "")
    assert w2v("similarity", MODEL, "king", "queen", "man", *chosen)[1] == (
        f"king\tqueen\t{a @ b:.4f}\nking\tman\t{a @ c:.4f}\nqueen\tman\t{b @ c:.4f}\n"
    )
    code, out, _ = w2v(
        "similarity", MODEL, "--json", *chosen, stdin=b"king queen\n\nking nosuch\nking queen man\n"
    )
    assert code == 3
    two, unknown, three = map(json.loads, out.splitlines())
    assert two == {"query": ["king", "queen"], "cosine": pytest.approx(a @ b, abs=1e-6)}
    assert unknown == {"query": ["king", "nosuch"], "unknown": ["nosuch"]}
    assert three["query"] == ["king", "queen", "man"]
    matrix = np.array([a, b, c]) @ np.array([a, b, c]).T
    assert np.array(three["cosines"]) == pytest.approx(matrix, abs=1e-6)


def test_similarity_has_the_digits_of_similar(w2v, model):
    for line in w2v("similar", MODEL, "king", "--top", "99", "--json")[1].splitlines():
        for neighbor in json.loads(line)["neighbors"]:
            found = w2v("similarity", MODEL, "king", neighbor["word"], "--json")[1]
            assert json.loads(found)["cosine"] == neighbor["cosine"]


def test_a_word_is_similar_to_itself(w2v):
    assert w2v("similarity", MODEL, "king", "king")[1] == "king\tking\t1.0000\n"


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        (["similarity", MODEL, "king"], 2, "expected 2 words or more, found 1; put one query on"),
        (["odd", MODEL, "king", "man"], 2, "expected 3 different words or more, found 2: of two,"),
        (["odd", MODEL, "king", "man", "man"], 2, "expected 3 different words or more, found 2"),
        (["similarity", MODEL], 2, "no words were given"),
        (["vectors", MODEL, "king", "--all"], 2, "--all prints all words; leave it or the words"),
        (["clusters", MODEL], 2, "Missing option '--number'"),
        (["clusters", MODEL, "-k", "0"], 2, "Invalid value for '--number'"),
        (["clusters", MODEL, "-k", "9999"], 2, "--number 9999: there are "),
        (["similarity", "none", "a", "b"], 66, "none: "),
        (["odd", "text.vocab", "a", "b", "c"], 65, "text.vocab: "),
        (["vectors", "none", "a"], 66, "none: "),
        (["clusters", "none", "-k", "2"], 66, "none: "),
    ],
)
def test_what_can_be_wrong(w2v, monkeypatch, command, code, message):
    if message.startswith("no words"):
        monkeypatch.setattr("w2vcli.cli.lines.sys", type("S", (), {"stdin": None}))
    found = w2v(*command)
    assert found[:2] == (code, "")
    assert found[2].startswith(f"w2vcli: {message}")
    assert found[2].count("\n") == 1


@pytest.mark.parametrize(
    ("command", "line", "message"),
    [
        ("similarity", b"king", "expected 2 words or more, found 1"),
        ("odd", b"king man king", "expected 3 different words or more, found 2"),
        ("vectors", b"\xe9", "byte 1: 0xe9 is not valid UTF-8"),
    ],
)
def test_a_line_that_is_no_question(w2v, command, line, message):
    code, out, err = w2v(command, MODEL, stdin=b"king man queen\n" + line + b"\nman king a\n")
    assert code == 65
    assert {row.partition("\t")[0].split()[0] for row in out.splitlines()} <= {
        "king",
        "man",
        "queen",
    }
    assert err.startswith("w2vcli: standard input, line 2")
    assert message in err


def test_a_terminal_gets_a_matrix_where_it_fits(w2v, model):
    words = model.words[:4]
    code, shown = on_terminal(f"similarity {MODEL} {' '.join(words)}")
    assert code == 0
    assert shown[1].split() == words
    cosines = rows_of(model, words) @ rows_of(model, words).T
    for row, word, values in zip(shown[3:], words, cosines, strict=True):
        assert row.split() == [word, *(f"{v:.4f}" for v in values)]
    many = model.words[:12]
    code, shown = on_terminal(f"similarity {MODEL} {' '.join(many)}")
    assert shown[1].split() == ["word", "word", "cosine"]
    assert len(shown) == 3 + 12 * 11 // 2


# --- odd --------------------------------------------------------------------------------


def slow_odd(model, words):
    chosen = rows_of(model, words)
    mean = chosen.mean(axis=0)
    scores = chosen @ mean / np.linalg.norm(mean)
    order = sorted(range(len(words)), key=lambda i: scores[i])
    return [(words[i], scores[i]) for i in order]


def test_the_odd_one_out(w2v, model):
    words = ["king", "queen", "man", "the"]
    expected = slow_odd(model, words)
    code, out, err = w2v("odd", MODEL, *words, "king")
    assert (code, err) == (0, "")
    assert out == "".join(f"king queen man the\t{w}\t{s:.4f}\n" for w, s in expected)
    code, out, _ = w2v("odd", MODEL, "--json", stdin=b"king queen man the\nking nosuch man\n")
    assert code == 3
    found, unknown = map(json.loads, out.splitlines())
    assert found["query"] == words
    assert found["odd"] == expected[0][0]
    assert [n["word"] for n in found["words"]] == [w for w, _ in expected]
    assert [n["cosine"] for n in found["words"]] == pytest.approx(
        [s for _, s in expected], abs=1e-6
    )
    assert unknown == {"query": ["king", "nosuch", "man"], "unknown": ["nosuch"]}


def test_the_first_of_equally_odd_ones(w2v):
    ImportedVectors(["a", "b", "c", "d"], np.eye(4, dtype=np.float32)).save(Path("axes"))
    assert w2v("odd", "axes", "c", "a", "b")[1].split("\t")[1] == "c"
    ImportedVectors(["a", "b", "c", "d"], np.zeros((4, 2), np.float32)).save(Path("zeros"))
    assert w2v("odd", "zeros", "c", "a", "b")[1].splitlines()[0] == "c a b\tc\t0.0000"


# --- vectors ----------------------------------------------------------------------------


@pytest.mark.parametrize("vectors", KINDS)
@pytest.mark.parametrize("normalize", [False, True])
def test_vectors_read_the_same_again(w2v, model, vectors, normalize):
    raw = {
        "input": model.w_in,
        "output": model.w_out,
        "sum": model.w_in + model.w_out,
        "blend": model.w_in + model.w_out / 8,
        "both": np.hstack([model.w_in, model.w_out]),
    }[vectors]
    arguments = ["--vectors", vectors, *["--normalize"] * normalize]
    code, out, err = w2v("vectors", MODEL, "--all", *arguments)
    assert (code, err) == (0, "")
    lines = [line.split("\t") for line in out.splitlines()]
    assert [line[0] for line in lines] == model.words
    numbers = np.array([line[1:] for line in lines], dtype=np.float32)
    if normalize:
        assert numbers == pytest.approx(units(model, vectors), abs=1e-7)
    else:
        assert (numbers == raw).all()
    assert w2v("vectors", MODEL, *arguments, stdin="\n".join(model.words).encode())[1] == out
    asjson = w2v("vectors", MODEL, model.words[1], "--json", *arguments)[1]
    told = json.loads(asjson)
    assert told["word"] == model.words[1]
    assert (np.array(told["vector"], np.float32) == numbers[1]).all()


def test_numbers_of_any_size_read_the_same_again(w2v):
    matrix = np.array([[1e-45, 1e-5, -0.0, 1 / 3], [16777216, 1e16, 3e18, 0.1]], np.float32)
    ImportedVectors(["a", "b"], matrix).save(Path("sizes"))
    out = w2v("vectors", "sizes", "--all")[1]
    found = np.array([line.split("\t")[1:] for line in out.splitlines()], np.float32)
    assert found.tobytes() == matrix.tobytes()


def test_vectors_go_on_to_similar(w2v):
    printed = w2v("vectors", MODEL, "king", "queen")[1]
    out = w2v("similar", MODEL, "--by-vector", "--top", "1", stdin=printed.encode())[1]
    assert out == "king\tking\t1.0000\nqueen\tqueen\t1.0000\n"


def test_unknown_words_have_no_vectors(w2v):
    code, out, err = w2v("vectors", MODEL, "--json", stdin=b"nosuch king\n")
    assert code == 3
    unknown, king = map(json.loads, out.splitlines())
    assert unknown == {"query": "nosuch", "unknown": ["nosuch"]}
    assert king["word"] == "king"
    assert err.startswith("w2vcli: the model does not know the word 'nosuch'")


def test_vectors_that_are_not_finite_are_not_printed(w2v):
    matrix = np.ones((3, 2), np.float32)
    matrix[1] = np.inf
    ImportedVectors(["a", "b", "c"], matrix).save(Path("bad"))
    for command in (["vectors", "bad", "--all"], ["similarity", "bad", "a", "b"],
                    ["odd", "bad", "a", "b", "c"], ["clusters", "bad", "-k", "2"],
                    ["vectors", "bad", "--all", "--normalize"]):  # fmt: skip
        code, out, err = w2v(*command)
        assert (code, out) == (65, ""), command
        assert "not finite" in err


# --- clusters ---------------------------------------------------------------------------


def test_clusters(w2v, model):
    code, out, err = w2v("clusters", MODEL, "-k", "3", "--threads", "2")
    assert (code, err) == (0, "")
    rows = [line.split("\t") for line in out.splitlines()]
    assert sorted(row[0] for row in rows) == sorted(model.words)
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    assert {row[1] for row in rows} == {"0", "1", "2"}
    assert w2v("clusters", MODEL, "--number", "3", "--threads", "1")[1] == out
    told = [json.loads(x) for x in w2v("clusters", MODEL, "-k", "3", "--json")[1].splitlines()]
    assert [(n["word"], str(c["cluster"])) for c in told for n in c["words"]] == [
        (row[0], row[1]) for row in rows
    ]
    assert all(c["size"] == len(c["words"]) for c in told)
    code, out, _ = w2v("clusters", MODEL, "-k", "2", "--restrict", "5")
    assert {line.split("\t")[0] for line in out.splitlines()} == set(model.words[:5])


def test_clusters_that_do_not_settle(w2v, monkeypatch):
    monkeypatch.setattr("w2vcli.vectors.clusters._PASSES", 1)
    code, _, err = w2v("clusters", MODEL, "-k", "3")
    assert code == 0
    assert err == (
        "w2vcli: warning: more than one word in a thousand still changed its cluster in pass 1, "
        "which was the last\n"
    )


def test_a_terminal_gets_a_table_of_clusters(w2v):
    code, shown = on_terminal(f"clusters {MODEL} -k 3 --seed 4")
    assert code == 0
    place = next(i for i, line in enumerate(shown) if "most central" in line)
    out = w2v("clusters", MODEL, "-k", "3", "--seed", "4")[1]
    first = [line.split("\t")[0] for line in out.splitlines() if line.split("\t")[1] == "0"]
    row = shown[place + 2].split()
    assert row[:2] == ["0", str(len(first))]
    assert row[2] == first[0]


# --- hostile words ----------------------------------------------------------------------


def test_hostile_words_come_through(w2v, hostile):
    known = [word for word in hostile if " " not in word]
    ImportedVectors(known, np.eye(len(known), dtype=np.float32)).save(Path("known"))
    out = w2v("vectors", "known", "--all")[1]
    assert [line.split("\t")[0] for line in out.splitlines()] == known
    lines = w2v("similarity", "known", *known)[1].splitlines()
    assert len(lines) == len(known) * (len(known) - 1) // 2
    told = json.loads(w2v("odd", "known", "--json", *known)[1])
    assert told["query"] == known
    assert {n["word"] for n in told["words"]} == set(known)
    assert json.loads(w2v("vectors", "known", "-v", "--json")[1])["word"] == "-v"
    clusters = w2v("clusters", "known", "-k", "2")[1]
    assert {line.split("\t")[0] for line in clusters.splitlines()} == set(known)


@pytest.mark.parametrize(
    "command",
    [
        "similarity bad - + <b>",
        "odd bad - + <b>",
        "clusters bad -k 2",
        "similar bad - +",
        "vectors bad + <b>",
    ],
)
def test_a_terminal_is_not_controlled_by_words(w2v, command):
    words = ["-", "+", "<b>", "\x1b[31m", "\u202e"]
    ImportedVectors(words, np.eye(5, dtype=np.float32)).save(Path("bad"))
    code, shown = on_terminal(command)
    assert code == 0
    assert "\u202e" not in "".join(shown)
    if not command.startswith("vectors"):
        assert re.search(r"<b>|\\x1b", without_times("\n".join(shown)))


def test_titles_of_a_matrix_are_printable(w2v):
    words = ["\x1b[31m", "a", "\u202e"]
    ImportedVectors(words, np.eye(3, dtype=np.float32)).save(Path("bad"))
    code, shown = on_terminal("similarity bad \x1b[31m a \u202e")
    assert code == 0
    assert shown[1].split() == ["\\x1b[31m", "a", "\\u202e"]
