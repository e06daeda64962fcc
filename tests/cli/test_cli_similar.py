"""similar beyond single words: sums, which answers, vectors; and how its queries are read."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from helpers.terminals import PROGRAM, on_terminal

from w2vcli.cli import lines
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace

MODEL = "model.safetensors"
WORDS = ["-", "+", "-a", "+a", "a", "--", "++", "--top", "b", "-h", "--help"]


@pytest.fixture
def signs(w2v):
    """Vectors of words that look like signs and options."""
    matrix = np.random.default_rng(3).normal(size=(len(WORDS), 6)).astype(np.float32)
    vectors = ImportedVectors(WORDS, matrix)
    vectors.save(Path("signs"))
    return VectorSpace(vectors)


def rows(name, neighbors):
    return "".join(f"{name}\t{n.word}\t{n.score:.4f}\n" for n in neighbors)


@pytest.mark.parametrize(
    ("given", "queries"),
    [
        (["-a"], [("-a", ["-a"], [])]),
        (["+a"], [("+a", ["+a"], [])]),
        (["-h"], None),
        (["a", "-b"], [("a -b", ["a"], ["b"])]),
        (["a", "+b", "b"], [("a +b", ["a", "b"], []), ("b", ["b"], [])]),
        (["a", "b"], [("a", ["a"], []), ("b", ["b"], [])]),
        (["-a", "-b"], [("-a -b", [], ["a", "b"])]),
        (["+a", "b"], [("+a", ["+a"], []), ("b", ["b"], [])]),
        (["a", "-"], [("a", ["a"], []), ("-", ["-"], [])]),
        (["-", "+"], [("-", ["-"], []), ("+", ["+"], [])]),
        (["a", "+-a", "-++"], [("a +-a -++", ["a", "-a"], ["++"])]),
        (["a", "++", "--top=3"], None),
        (["b", "-a", "-a"], [("b -a -a", ["b"], ["a", "a"])]),
    ],
)  # fmt: skip
def test_signed_words(w2v, signs, given, queries):
    code, out, err = w2v("similar", "signs", *given)
    if queries is None:
        assert code == 0
        assert ("Usage:" in out) if "-h" in given else (out.count("\n") == 3)
        return
    expected = "".join(
        rows(name, signs.similar_each([(plus, minus)])[0]) for name, plus, minus in queries
    )
    assert (code, out, err) == (0, expected, "")
    assert w2v("similar", "signs", stdin=" ".join(given).encode()) == (0, expected, "")
    assert w2v("similar", "signs", "--", *given)[:2] == (
        (0, expected) if given != ["-"] else (2, "")
    )


def test_options_may_stand_between_words(w2v, signs):
    expected = rows("a -b", signs.similar(["a"], 2, ["b"]))
    for arguments in (["--top", "2", "a", "-b"], ["a", "--top", "2", "-b"], ["a", "-b", "--top=2"]):
        assert w2v("similar", "signs", *arguments) == (0, expected, "")
    code, _, err = w2v("similar", "-x", "signs", "a")
    assert code == 2
    assert "No such option: -x" in err
    code, _, err = w2v("similar", "signs", "a", "--x")
    assert code == 2
    assert "No such option: --x" in err
    assert w2v("similar", "signs", "a", "--top")[0] == 2
    for word in ("--", "--top", "--help"):
        assert w2v("similar", "signs", "--top", "1", "--", word)[1].startswith(f"{word}\t")


def test_the_sum_of_several_words_as_json(w2v, signs):
    code, out, _ = w2v(
        "similar", "signs", "--json", "--top", "1", stdin=b"a -b +-a\n-a\nnone -a -x\n"
    )
    assert code == 3
    signed, single, unknown = map(json.loads, out.splitlines())
    (best,) = signs.similar(["a", "-a"], 1, ["b"])
    assert signed == {
        "query": "a -b +-a",
        "plus": ["a", "-a"],
        "minus": ["b"],
        "neighbors": [{"word": best.word, "cosine": round(best.score, 6)}],
    }
    assert single.keys() == {"query", "neighbors"}
    assert unknown == {
        "query": "none -a -x",
        "plus": ["none"],
        "minus": ["a", "x"],
        "unknown": ["none", "x"],
    }


def test_an_unknown_word_is_named_without_its_sign(w2v):
    code, out, err = w2v("similar", MODEL, "king", "-queenn", "+man")
    assert (code, out) == (3, "")
    assert err == "w2vcli: the model does not know the word 'queenn'; near it: queen\n"


def test_which_words_are_answers(w2v, trained):
    space = VectorSpace(Model.load(trained / MODEL))
    words = space.model.words
    assert w2v("similar", MODEL, "king", "--restrict", "4")[1] == rows(
        "king", space.similar_each([(["king"], [])], 10, range(4))[0]
    )
    Path("list").write_text("queen 3\nnosuch\n\nman\tx\n", encoding="utf-8")
    code, out, err = w2v("similar", MODEL, "king", "--among", "list")
    assert code == 0
    assert {line.split("\t")[1] for line in out.splitlines()} == {"queen", "man"}
    assert err == (
        "w2vcli: warning: list: the model does not know 1 of its 2 words: 'nosuch'\n"
    ).replace("1 of its 2", "1 of its 3")
    best = space.similar("king", len(words))
    code, out, _ = w2v("similar", MODEL, "king", "--min-score", repr(best[2].score))
    assert (code, out) == (0, rows("king", best[:3]))
    assert w2v("similar", MODEL, "king", "--min-score", "1.5") == (0, "", "")
    assert w2v("similar", MODEL, "king", "--min-score", "nan")[0] == 2
    code, out, _ = w2v("analogy", MODEL, "man", "king", "woman", "--among", "list", "--top", "1")
    assert (code, out.split("\t")[3]) == (0, "queen")


@pytest.mark.parametrize(
    ("text", "arguments", "code", "message"),
    [
        (b"x y\nz\n", [], 65, "list: the model knows none of its words; put words of"),
        (b"", [], 65, "list: it is empty; put words of the model there, one a line"),
        (b"\n \n", [], 65, "list: it is empty; put words"),
        (b"zebra\n", ["--restrict", "1"], 65, "list: the model knows none of its words among its"),
        (b"\xff\n", [], 65, "list, line 1, byte 1: 0xff is not valid UTF-8"),
        (None, [], 66, "list: "),
    ],
)
def test_a_list_that_cannot_be_used(w2v, text, arguments, code, message):
    if text is not None:
        Path("list").write_bytes(text)
    found = w2v("similar", MODEL, "king", "--among", "list", *arguments)
    assert found[:2] == (code, "")
    assert found[2].startswith(f"w2vcli: {message}")
    assert found[2].count("\n") == 1


def test_standard_input_is_read_once(w2v):
    code, _, err = w2v("similar", MODEL, "--among", "-", stdin=b"king\n")
    assert code == 2
    assert err == (
        "w2vcli: --among -: the words to ask about are read from standard input too; name a file, "
        "or give the words as arguments\n"
    )
    assert w2v("similar", MODEL, "king", "--among", "-", stdin=b"queen\n")[1].count("\n") == 1
    for text, start in ((b"", "it is empty"), (b"nosuch\n", "the model knows none of its words")):
        question = ["man", "king", "woman"]
        code, out, err = w2v("analogy", MODEL, *question, "--among", "-", stdin=text)
        assert (code, out) == (65, "")
        assert err.startswith(f"w2vcli: standard input: {start}")
    Path("folder").mkdir()
    code, out, err = w2v("similar", MODEL, "king", "--among", "folder")
    assert (code, out) == (66, "")
    assert err == "w2vcli: folder: this is a folder; name a file of words for --among\n"


# --- vectors ----------------------------------------------------------------------------


@pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])
def test_by_vector(w2v, trained, vectors):
    model = Model.load(trained / MODEL)
    space = VectorSpace(model, vectors)
    index = model.ids["king"]
    pair = model.w_in[index], model.w_out[index]
    vector = {
        "input": pair[0],
        "output": pair[1],
        "sum": pair[0] + pair[1],
        "blend": pair[0] + pair[1] / 8,
        "both": np.concatenate(pair),
    }[vectors]
    line = " ".join(map(repr, vector.tolist()))
    code, out, err = w2v(
        "similar", MODEL, "--by-vector", "--vectors", vectors, "--top", "3",
        stdin=f"\n{line}\nthe-king\t{line}\n".encode(),
    )  # fmt: skip
    assert (code, err) == (0, "")
    found = space.near_vectors(np.array([vector], dtype=np.float64), 3)[0]
    assert out == rows("2", found) + rows("the-king", found)
    assert found[0].word == "king"
    assert [n.word for n in found[1:]] == [n.word for n in space.similar("king", 2)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 2 3", "expected 4 numbers, as vectors have here (input), perhaps behind a word, or a "
                  "line of 'w2vcli vectors --json', and found 3 words or numbers; see --vectors"),
        ('{"vector": [1, 2, 3]}', "expected 4 numbers"),
        ('{"vector": [1, 2, 3, null]}', "'None' is not a number"),
        ('{"vector": 1}', "expected 4 numbers"),
        ("x" * 5000 + " 1 2 3", f"'{'x' * 59}…' is not a number that a vector can have\n"),
        ("0 0 0 -0.0", "a vector of zeros has no direction, so that no word is near it"),
        ("a 1 2 3 4 5", "expected 4 numbers"),
        ("a 1 2 3", "'a' is not a number that a vector can have"),
        ("a 1 2 3 nan", "'nan' is not a number that a vector can have"),
        ("1 2 3 inf", "'inf' is not"),
        ("1 2 3 1e300", "'1e300' is not"),
        ("1 2 3 1_0", "'1_0' is not"),
        ("1 2 3 1,5", "'1,5' is not"),
    ],
)  # fmt: skip
def test_what_is_no_vector(w2v, line, message):
    code, out, err = w2v(
        "similar", MODEL, "--by-vector", "--vectors", "input", "--top", "1",
        stdin=f"1 2 3 4\n{line}\n1 2 3 4\n".encode(),
    )  # fmt: skip
    assert code == 65
    assert out.startswith("1\t")
    assert out.count("\n") == 1
    assert err.startswith(f"w2vcli: standard input, line 2: {message}")
    assert err.count("\n") == 1


def test_vectors_are_on_standard_input_alone(w2v):
    code, _, err = w2v("similar", MODEL, "king", "--by-vector")
    assert (code, err) == (
        2, "w2vcli: --by-vector reads vectors on standard input; leave the words out\n",
    )  # fmt: skip


# --- batches and dialogues --------------------------------------------------------------


def test_lines_that_are_there_together_are_answered_like_single_ones(w2v, monkeypatch):
    words = Model.load(Path(MODEL)).words
    queries = [*words, "king -man +woman", "nosuch", *words[:5]]
    text = "\n".join(queries).encode()
    code, together, _ = w2v("similar", MODEL, "--json", stdin=text)
    alone = "".join(w2v("similar", MODEL, "--json", stdin=q.encode())[1] for q in queries)
    assert (code, together) == (3, alone)
    monkeypatch.setattr(lines, "_READ_BYTES", 7)
    assert w2v("similar", MODEL, "--json", stdin=text)[1] == alone


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("similar", "king -man +woman"),
        ("similar", "king"),
        ("analogy", "man king woman"),
        ("similar --by-vector --vectors input", "king 1 2 3 4"),
    ],
)
def test_a_dialogue(w2v, arguments, line):
    with subprocess.Popen(
        [*PROGRAM, *arguments.split(), MODEL, "--top", "1"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    ) as process:  # fmt: skip
        answers = []
        for _ in range(3):
            process.stdin.write(f"{line}\n")
            answers.append(process.stdout.readline())
        process.stdin.close()
        assert process.stdout.read() == ""
    assert process.returncode == 0
    assert answers[0]
    assert len(set(answers)) == 1


def test_many_unknown_words_do_not_take_seconds_each(w2v):
    code, _, err = w2v("similar", MODEL, stdin=b"".join(b"kng%d king\n" % i for i in range(3000)))
    assert code == 3
    told = err.splitlines()
    assert len(told) == 3000
    assert sum("; near it: king" in line for line in told) == 10  # kng0 to kng9


def test_a_terminal_gets_a_table_for_each_query(w2v):
    code, shown = on_terminal(f"similar {MODEL} king -man +woman queen --top 1")
    assert code == 0
    assert [shown[0], shown[4]] == ["king -man +woman", "queen"]
