"""similar and analogy: whole outputs, as lines and as JSON, from arguments and from a pipe."""

import json

import pytest

from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace


@pytest.fixture
def space(trained):
    return VectorSpace(Model.load(trained / "model.safetensors"))


def lines(query, neighbors):
    return "".join("\t".join([*query, n.word, f"{n.score:.4f}"]) + "\n" for n in neighbors)


def test_similar_writes_a_line_per_word(w2v, space):
    expected = lines(["king"], space.similar("king", 3)) + lines(["a"], space.similar("a", 3))
    assert w2v("similar", "model.safetensors", "king", "a", "--top", "3") == (0, expected, "")


def test_similar_reads_words_from_a_pipe(w2v, space):
    expected = lines(["king"], space.similar("king", 1)) + lines(["a"], space.similar("a", 1))
    result = w2v("similar", "model.safetensors", "--top", "1", stdin=b"\nking  a\n")
    assert result == (0, expected, "")


def test_similar_as_json(w2v, space):
    code, out, err = w2v("similar", "model.safetensors", "king", "--top", "2", "--json")
    assert (code, err) == (0, "")
    neighbors = [{"word": n.word, "cosine": round(n.score, 6)} for n in space.similar("king", 2)]
    assert json.loads(out) == {"query": "king", "neighbors": neighbors}
    assert out.count("\n") == 1


@pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend"])
def test_vectors_to_choose_from(w2v, trained, vectors):
    space = VectorSpace(Model.load(trained / "model.safetensors"), vectors)
    expected = lines(["king"], space.similar("king", 2))
    result = w2v("similar", "model.safetensors", "king", "--top", "2", "--vectors", vectors)
    assert result == (0, expected, "")


def test_unknown_words_are_named_and_the_others_answered(w2v, space):
    code, out, err = w2v("similar", "model.safetensors", "kings", "a", "x\ty\n", "--top", "1")
    assert (code, out) == (3, lines(["a"], space.similar("a", 1)))
    assert err == (
        "w2vcli: the model does not know the word 'kings'; near it: king\n"
        "w2vcli: the model does not know the word 'x\\ty\\n'\n"
    )


def test_more_answers_than_words(w2v, space):
    _, out, _ = w2v("similar", "model.safetensors", "king", "--top", "99999999999999999999")
    assert out.count("\n") == len(space.model.words) - 1


@pytest.mark.parametrize("method", ["add", "mul"])
def test_analogy_writes_the_question_and_an_answer_per_line(w2v, space, method):
    question = ["man", "king", "woman"]
    expected = lines(question, space.analogy(*question, 2, method))
    result = w2v("analogy", "model.safetensors", *question, "--top", "2", "--method", method)
    assert result == (0, expected, "")


def test_analogies_from_a_pipe_as_json(w2v, space):
    code, out, err = w2v(
        "analogy", "model.safetensors", "--json", "--top", "1",
        stdin=b"man king woman\n\nman zzz woman\nboy man girl\n",
    )  # fmt: skip
    assert code == 3
    assert err == "w2vcli: the model does not know the word 'zzz'\n"
    first, unknown, last = out.splitlines()
    assert json.loads(unknown) == {"query": ["man", "zzz", "woman"], "unknown": ["zzz"]}
    for line, query in ((first, ["man", "king", "woman"]), (last, ["boy", "man", "girl"])):
        (best,) = space.analogy(*query, 1)
        assert json.loads(line) == {
            "query": query,
            "answers": [{"word": best.word, "score": round(best.score, 6)}],
        }


def test_a_line_that_is_no_analogy(w2v):
    code, out, err = w2v("analogy", "model.safetensors", stdin=b"man king woman\nman king\n")
    assert code == 65
    assert out.startswith("man\tking\twoman\t")
    assert err == (
        "w2vcli: standard input, line 2: expected 3 words, found 2; put one query on each line\n"
    )


def test_a_line_that_is_not_utf8(w2v):
    code, _, err = w2v("similar", "model.safetensors", stdin=b"king\na \xe9\n")
    assert code == 65
    assert err == (
        "w2vcli: standard input, line 2, byte 3: 0xe9 is not valid UTF-8; send the words in UTF-8\n"
    )


def test_words_beyond_ascii(w2v):
    text = "ĝoja naïve 東京 😀\n" * 5
    code, _, _ = w2v("train", "-", "-o", "uni", "--dim", "2", "--passes", "1", stdin=text.encode())
    assert code == 0
    code, out, err = w2v("similar", "uni", "東京", "--json")
    assert (code, err) == (0, "")
    assert {n["word"] for n in json.loads(out)["neighbors"]} == {"ĝoja", "naïve", "😀"}
    assert "😀" in out  # itself, not an escape


def test_json_has_a_line_for_each_query_of_a_stream(w2v):
    code, out, err = w2v("similar", "model.safetensors", "--json", stdin=b"king\nnosuch\nqueen\n")
    assert code == 3
    assert [json.loads(line)["query"] for line in out.splitlines()] == ["king", "nosuch", "queen"]
    assert json.loads(out.splitlines()[1]) == {"query": "nosuch", "unknown": ["nosuch"]}
    assert err.startswith("w2vcli: the model does not know the word 'nosuch'")
    code, out, _ = w2v("analogy", "model.safetensors", "a", "x", "y", "--json")
    assert (code, json.loads(out)) == (3, {"query": ["a", "x", "y"], "unknown": ["x", "y"]})
    code, out, _ = w2v("predict", "model.safetensors", "nosuch", "--json")
    assert (code, json.loads(out)) == (3, {"query": "nosuch", "unknown": ["nosuch"]})


@pytest.mark.parametrize(
    ("command", "query"), [("similar", "king"), ("predict", "king"), ("analogy", "man king woman")]
)
def test_a_hyphen_for_standard_input(w2v, command, query):
    given = w2v(command, "model.safetensors", *query.split())
    assert given[0] == 0
    assert w2v(command, "model.safetensors", "-", stdin=query.encode() + b"\n") == given
