"""Many questions at once: the same answers as one by one, and as a slow search in float64."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.errors import DataError
from w2vcli.vectors import search
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.neighbors import VectorSpace

RANDOM = np.random.default_rng(12)


def space_of(matrix):
    matrix = np.array(matrix, dtype=np.float32)
    return VectorSpace(ImportedVectors([f"w{i}" for i in range(len(matrix))], matrix))


def unit(vector):
    length = np.sqrt(sum(x * x for x in vector))
    return vector / length if length > 1e-30 else vector * 0


def slow(matrix, plus, minus, top, among=None, least=-9.0):
    """What the search promises: float64, rounded to 12 decimals, equals in order."""
    units = [unit(row.astype(np.float64)) for row in np.array(matrix, dtype=np.float32)]
    total = sum(units[i] for i in plus) - sum((units[i] for i in minus), np.zeros_like(units[0]))
    if np.sqrt(total @ total) <= 1e-9:  # no direction, so that no word is near
        return []
    target = unit(total)
    scores = {
        i: round(float(u @ target), 12)
        for i, u in enumerate(units)
        if i not in (*plus, *minus) and (among is None or i in among)
    }
    order = sorted(scores, key=lambda i: (-scores[i], i))
    return [(f"w{i}", pytest.approx(scores[i], abs=1e-10)) for i in order if scores[i] >= least][
        :top
    ]


def hard_vocabulary(size=300, dim=9):
    """Near-ties, copies, multiples, opposites, zeros, tiny and huge vectors."""
    matrix = RANDOM.normal(size=(size, dim)).astype(np.float32)
    matrix[50:60] = matrix[3]
    matrix[60:70] = matrix[4] * 2.0 ** np.arange(10)[:, None]
    matrix[70:90] = matrix[5] + RANDOM.normal(size=(20, dim)) * 1e-6
    matrix[90:95] = 0
    matrix[95:98] = -matrix[3]
    matrix[98:104] = matrix[6] * np.float32(1e-25)
    matrix[104:110] = matrix[6] * np.float32(1e15)
    return matrix


HARD = hard_vocabulary()
ASKED = [0, 3, 50, 4, 61, 5, 71, 90, 95, 6, 98, 104, 299]


@pytest.mark.parametrize(("rows", "few"), [(7, 0), (64, 99), (4096, 0), (4096, 99)])
@pytest.mark.parametrize("top", [1, 5, 12, 298, 10**20])
def test_as_a_slow_search(monkeypatch, rows, few, top):
    monkeypatch.setattr(search, "_ROWS", rows)
    monkeypatch.setattr("w2vcli.vectors.directions._FEW", few)
    found = space_of(HARD).similar_each([([f"w{i}"], []) for i in ASKED], min(top, 10**9))
    assert found == [slow(HARD, [i], [], min(top, 999)) for i in ASKED]


@pytest.mark.parametrize("batch", [1, 2, 5, 1024])
def test_a_batch_does_not_change_a_bit(monkeypatch, batch):
    rows = RANDOM.normal(size=(3000, 130)).astype(np.float32)
    rows[1000:1040] = rows[7] + RANDOM.normal(size=(40, 130)).astype(np.float32) * 1e-7
    space = space_of(rows)
    queries = [([f"w{i}", f"w{i + 1}"], [f"w{i + 2}"]) for i in range(40)]
    alone = [space.similar_each([query], 9) for query in queries]
    monkeypatch.setattr(search, "_QUESTIONS", batch)
    assert [[found] for found in space.similar_each(queries, 9)] == alone
    for method in ("add", "mul"):
        questions = [tuple(f"w{i + k}" for k in range(3)) for i in range(40)]
        alone = [space.analogy_each([question], 9, method) for question in questions]
        assert [[found] for found in space.analogy_each(questions, 9, method)] == alone


@given(
    st.lists(st.lists(st.integers(-2, 2), min_size=3, max_size=3), min_size=5, max_size=30),
    st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=3), min_size=1, max_size=4),
    st.integers(1, 9),
    st.integers(1, 8),
)
def test_sums_of_small_numbers(matrix, queries, top, rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_FEW_ROWS", rows)
        found = space_of(matrix).similar_each(
            [([f"w{i}" for i in q[1:]], [f"w{q[0]}"]) for q in queries], top
        )
    assert found == [slow(matrix, q[1:], q[:1], top) for q in queries]


def test_some_words_and_good_ones_only():
    among = [2, 3, 50, 55, 61, 92, 97, 200]
    space = space_of(HARD)
    for least in (-9.0, 0.0, 0.3):
        found = space.similar_each([([f"w{i}"], []) for i in ASKED], 4, among, least)
        assert found == [slow(HARD, [i], [], 4, among, least) for i in ASKED]
    found = space.similar_each([(["w3"], [])], 4, range(55))
    assert found == [slow(HARD, [3], [], 4, range(55))]
    assert space.similar_each([(["w3"], [])], 4, [3]) == [[]]
    assert space.similar_each([], 4) == []


def test_scores_at_the_bound_are_answers():
    space = space_of([[1, 0], [0, 1], [3, 4]])
    assert [n.word for n in space.similar_each([(["w0"], [])], 9, None, 0.6)[0]] == ["w2"]
    assert space.similar_each([(["w0"], [])], 9, None, 0.6000001) == [[]]


def test_three_cos_mul_where_an_error_would_be_large():
    # cos(d, a) = -1: the score is divided by 0.001, and the errors of float32 with it.
    rows = RANDOM.normal(size=(600, 5)).astype(np.float32)
    rows[100:140] = -rows[0] + RANDOM.normal(size=(40, 5)).astype(np.float32) * 1e-4
    units = np.array([unit(row.astype(np.float64)) for row in rows])
    a, b, c = ((units @ units[i] + 1) / 2 for i in range(3))
    scores = b * c / (a + 0.001)
    order = [i for i in np.argsort(-scores, kind="stable").tolist() if i > 2][:30]
    found = space_of(rows).analogy("w0", "w1", "w2", 30, "mul")
    assert [n.word for n in found] == [f"w{i}" for i in order]
    assert [n.score for n in found] == pytest.approx(scores[order], rel=1e-7)


@pytest.mark.parametrize("questions", [1, 40])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_a_number_that_is_none_is_found_wherever_it_is(questions, value):
    rows = np.ones((5000, 3), np.float32)
    rows[4999, 2] = value
    queries = [([f"w{i}"], []) for i in range(questions)]
    with pytest.raises(DataError, match="not finite, or is far too large"):
        space_of(rows).similar_each(queries)


def test_words_that_are_all_alike_are_found_in_order(monkeypatch):
    monkeypatch.setattr(search, "_CANDIDATES", 50)
    queries = [([f"w{i}"], []) for i in range(20)]
    found = space_of(np.ones((9000, 2))).similar_each(queries, 3)
    assert [[n.word for n in answers] for answers in found[:4]] == [
        ["w1", "w2", "w3"], ["w0", "w2", "w3"], ["w0", "w1", "w3"], ["w0", "w1", "w2"],
    ]  # fmt: skip
    assert space_of(np.zeros((9000, 2))).similar_each(queries, 3) == [[]] * 20


def test_a_vector_has_a_direction_however_short_it_is():
    space = space_of([[1, 0], [0, 1], [3, 4]])
    vectors = np.array([[1e-200, 0], [1.0, 0], [5e-324, 0], [0, 0], [3e90, 4e90]])
    found = space.near_vectors(vectors, 1)
    assert found == [[("w0", 1.0)]] * 3 + [[], [("w2", 1.0)]]


def test_only_a_bound_on_the_rounding_saves_the_best():
    """Without it, the best of near-equal words would be lost behind a product's rounding."""
    rows = np.tile(RANDOM.normal(size=300).astype(np.float32), (9000, 1))
    rows[1:] += (RANDOM.normal(size=(8999, 300)) * 1e-6).astype(np.float32)
    queries = list(range(0, 9000, 450))
    found = space_of(rows).similar_each([([f"w{i}"], []) for i in queries], 3)
    units = rows.astype(np.float64)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    for i, answers in zip(queries, found, strict=True):
        scores = (units @ units[i]).round(12)
        scores[i] = -9
        order = np.lexsort((np.arange(9000), -scores))[:3]
        assert [n.word for n in answers] == [f"w{j}" for j in order]


def test_vectors_of_ones_own():
    space = space_of(HARD)
    vectors = RANDOM.normal(size=(3, 9))
    for vector, answers in zip(vectors, space.near_vectors(vectors * 1e90, 4), strict=True):
        matrix = np.vstack([HARD.astype(np.float64), vector])
        expected = slow_cosines(matrix)
        assert [n.word for n in answers] == [f"w{i}" for i in expected[:4]]


def slow_cosines(matrix):
    units = np.array([unit(row) for row in matrix])
    scores = (units[:-1] @ units[-1]).round(11)
    return sorted(range(len(scores)), key=lambda i: (-scores[i], i))
