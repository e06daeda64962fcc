"""Questions to the vectors, against dense float64 references."""

import numpy as np
import pytest
from helpers import reference_counts
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.vectors import search
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import UnknownWordsError, VectorSpace

SIZE, DIM = 60, 7
RANDOM = np.random.default_rng(8)
W_IN = RANDOM.normal(size=(SIZE, DIM)).astype(np.float32)
W_OUT = RANDOM.normal(size=(SIZE, DIM)).astype(np.float32)
UNITS = [w / np.linalg.norm(w, axis=1, keepdims=True) for w in (W_IN, W_OUT)]
MATRICES = {
    "input": W_IN,
    "output": W_OUT,
    "sum": W_IN + W_OUT,
    "blend": W_IN + W_OUT / 8,
    "both": np.hstack(UNITS),
}
every_kind = pytest.mark.parametrize("vectors", MATRICES)
FINITE = st.floats(-(2.0**62), 2.0**62, width=32).filter(lambda x: x == 0 or abs(x) > 1e-35)


def model_of(w_in, w_out=None, words=None, **config):
    w_in = np.array(w_in, dtype=np.float32)
    size = len(w_in)
    return Model(
        words or [f"w{i}" for i in range(size)],
        np.arange(size, 0, -1),
        w_in,
        w_in if w_out is None else w_out,
        np.zeros(size, dtype=np.float32),
        config,
    )


def space_of(w_in, vectors="input", **more):
    return VectorSpace(model_of(w_in, **more), vectors)


def agree(found, scores, without, top):
    expected = reference_counts.ranked(scores, without, top)
    assert [word for word, _ in found] == [f"w{i}" for i in expected]
    assert [score for _, score in found] == pytest.approx([scores[i] for i in expected], abs=1e-5)


# --- against the references -------------------------------------------------------------


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=6))
def test_a_blend_is_rounded_once(pairs):
    """Sums in float64 of such numbers, rounded again, are the float32 nearest to the true ones."""
    w_in, w_out = np.array(pairs, dtype=np.float32).T
    space = space_of([w_in], "blend", w_out=w_out[None])
    expected = [np.float32(float(v) + float(u) / 8) for v, u in zip(w_in, w_out, strict=True)]
    assert space.raw_vectors(slice(None)).tolist() == [expected]
    assert space.width == len(pairs)


@every_kind
@pytest.mark.parametrize("rows", [1, 7, 16384])
def test_similar(vectors, rows, monkeypatch):
    monkeypatch.setattr(search, "_ROWS", rows)
    space = space_of(W_IN, vectors, w_out=W_OUT)
    for word in range(0, SIZE, 7):
        scores = reference_counts.similar(MATRICES[vectors], word)
        agree(space.similar(f"w{word}", 12), scores, {word}, 12)


@every_kind
@pytest.mark.parametrize("method", ["add", "mul"])
@pytest.mark.parametrize("question", [(0, 1, 2), (50, 3, 41), (5, 5, 9), (5, 9, 9), (4, 4, 4)])
def test_analogy(vectors, method, question):
    reference = getattr(reference_counts, f"three_cos_{method}")
    found = space_of(W_IN, vectors, w_out=W_OUT).analogy(
        *(f"w{i}" for i in question), top=12, method=method
    )
    agree(found, reference(MATRICES[vectors], *question), set(question), 12)


@given(
    st.lists(st.lists(st.integers(-2, 2), min_size=2, max_size=2), min_size=3), st.integers(0, 9)
)
def test_small_whole_numbers_with_ties_and_zeros(rows, top):
    # Axis-parallel vectors have cosines that are exact in float32, so that ties are ties.
    rows = [[x, 0] if abs(x) >= abs(y) else [0, y] for x, y in rows]
    space = space_of(rows)
    if any(rows[1]):
        agree(space.similar("w1", top), reference_counts.similar(rows, 1), {1}, top)
    else:
        assert space.similar("w1", top) == []


# --- by hand ----------------------------------------------------------------------------


def test_cosines_by_hand():
    found = space_of([[3, 4], [6, 8], [4, 3], [-3, -4], [4, -3]]).similar("w0")
    assert [word for word, _ in found] == ["w1", "w2", "w4", "w3"]
    assert [score for _, score in found] == pytest.approx([1, 0.96, 0, -1])
    assert all(type(score) is float for _, score in found)


def test_an_analogy_by_hand():
    rows = {"man": [1, 0, 0], "king": [1, 1, 0], "woman": [1, 0, 1], "queen": [1, 1, 1]}
    rows["tree"] = [0, -1, 0]
    space = VectorSpace(model_of(list(rows.values()), words=list(rows)))
    for method in ("add", "mul"):
        assert space.analogy("man", "king", "woman", method=method)[0].word == "queen"
    # 3CosMul of the queen: (1 + sqrt(2/3))/2 squared over (1 + sqrt(1/3))/2 + 0.001.
    ((_, score),) = space.analogy("man", "king", "woman", top=1, method="mul")
    assert score == pytest.approx(((1 + (2 / 3) ** 0.5) / 2) ** 2 / ((1 + 3**-0.5) / 2 + 0.001))


@pytest.mark.parametrize("method", ["add", "mul"])
def test_the_words_of_the_question_are_no_answers(method):
    found = space_of(W_IN).analogy("w1", "w2", "w3", top=SIZE, method=method)
    assert {word for word, _ in found} == {f"w{i}" for i in range(SIZE)} - {"w1", "w2", "w3"}


def test_equal_scores_are_in_the_order_of_the_vocabulary():
    space = space_of([[1, 0]] + [[0, 1], [2, 0], [0, -3]] * 5)
    assert [word for word, _ in space.similar("w0", 7)] == [
        *("w2", "w5", "w8", "w11", "w14"),
        *("w1", "w3"),
    ]


def test_the_first_of_many_equals_are_chosen():
    space = space_of([[1, 0]] * 50)
    assert [word for word, _ in space.similar("w3", 4)] == ["w0", "w1", "w2", "w4"]


@pytest.mark.parametrize(("top", "answers"), [(-1, 0), (0, 0), (1, 1), (3, 3), (4, 3), (10**9, 3)])
def test_top(top, answers):
    assert len(space_of(W_IN[:4]).similar("w0", top)) == answers


def test_a_vocabulary_that_the_question_uses_up():
    assert space_of(W_IN[:1]).similar("w0") == []
    assert space_of(W_IN[:3]).analogy("w0", "w1", "w2") == []
    assert space_of(W_IN[:3]).analogy("w0", "w0", "w0", method="mul")[0].word in {"w1", "w2"}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["add", "mul"])
def test_vectors_of_zeros_are_near_nothing(method):
    space = space_of([[0, 0], [1, 0], [0, 0], [-1, 0], [0, 1]])
    assert space.similar("w0") == space.similar("w1", 10, ["w1"]) == []
    assert space.similar(["w1", "w3"]) == space.similar("w0", 10, ["w2"]) == []
    assert space.cancels(["w1", "w3"])
    assert not space.cancels(["w1"], ["w3"])
    assert space.similar("w1") == [("w0", 0), ("w2", 0), ("w4", 0), ("w3", -1)]
    assert space.analogy("w0", "w2", "w0", top=9, method=method) == []


@pytest.mark.parametrize("words", [["b", "x", "a"], ["x", "a", "y"], ["x", "y", "x"]])
def test_all_unknown_words_are_named(words):
    space = VectorSpace(model_of(W_IN[:2], words=["a", "b"]))
    with pytest.raises(UnknownWordsError) as caught:
        space.analogy(*words)
    assert caught.value.words == list(dict.fromkeys(word for word in words if word in "xy"))
    with pytest.raises(UnknownWordsError) as caught:
        space.similar("x")
    assert caught.value.words == ["x"]


def test_questions_to_a_lower_cased_model_may_be_in_capitals():
    space = VectorSpace(model_of(W_IN[:3], words=["paris", "é", "x"], lower=True))
    assert space.similar("PARIS") == space.similar("paris")
    assert space.analogy("É", "Paris", "x") == []
    with pytest.raises(UnknownWordsError, match="PARIS"):
        VectorSpace(model_of(W_IN[:1], words=["paris"])).similar("PARIS")


def test_a_model_from_a_file_gives_the_same_answers(tmp_path):
    model = model_of(W_IN, W_OUT)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    for vectors in MATRICES:
        ours, theirs = VectorSpace(model, vectors), VectorSpace(loaded, vectors)
        assert ours.similar("w5") == theirs.similar("w5")
        assert ours.analogy("w5", "w6", "w7") == theirs.analogy("w5", "w6", "w7")
