"""The comparison of two models, against plain loops in float64 that use nothing of ours."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from w2vcli.errors import DataError
from w2vcli.judging import alignment, comparison
from w2vcli.judging.comparison import WordChange, compare
from w2vcli.vectors.model import Model

RANDOM = np.random.Generator(np.random.PCG64(5))
START = RANDOM.bit_generator.state
every_kind = pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])


@pytest.fixture(autouse=True)
def _seed():
    """Each test has the same random numbers, whichever others run."""
    RANDOM.bit_generator.state = START


def normal(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def names(*numbers):
    return [f"w{number}" for number in numbers]


def model_of(w_in, w_out=None, words=None, counts=None):
    w_in = np.array(w_in, dtype=np.float32)
    size = len(w_in)
    return Model(
        words or names(*range(size)),
        np.array(counts or range(size, 0, -1), dtype=np.int64),
        w_in,
        w_in if w_out is None else np.array(w_out, dtype=np.float32),
        np.zeros(size, dtype=np.float32),
    )


def turn(dim):
    """A random rotation, perhaps with a reflection."""
    return np.linalg.qr(RANDOM.normal(size=(dim, dim)))[0]


# --- the references ---------------------------------------------------------------------


def unit(vector):
    length = math.sqrt(sum(float(x) ** 2 for x in vector))
    return np.array([float(x) / length if length else 0.0 for x in vector])


def parts(model, vectors):
    """For each word its vectors of length one: one, or two whose cosines are averaged."""
    both = {word: (model.w_in[i], model.w_out[i]) for i, word in enumerate(model.words)}
    return {
        word: {
            "input": [unit(v)],
            "output": [unit(u)],
            "sum": [unit(v + u)],
            "blend": [unit(v + u / 8)],
            "both": [unit(v), unit(u)],
        }[vectors]
        for word, (v, u) in both.items()
    }


def padded(vector, dim):
    return np.array([*vector, *[0.0] * (dim - len(vector))])


def reference_rotation(old, new):
    """The orthogonal polar factor of the cross product of the vectors, padded with zeros."""
    dim = max(len(old[0]), len(new[0]))
    cross = np.zeros((dim, dim))
    for a, b in zip(old, new, strict=True):
        cross += np.outer(padded(a, dim), padded(b, dim))
    left, _, right = np.linalg.svd(cross)
    return left @ right


def reference_cosines(old, new, vectors, words):
    old, new = parts(old, vectors), parts(new, vectors)
    a, b = ([part for word in words for part in side[word]] for side in (old, new))
    rotation = reference_rotation(a, b)
    dim = len(rotation)
    each = [
        sum(x * y for x, y in zip(padded(p, dim) @ rotation, padded(q, dim), strict=True))
        for p, q in zip(a, b, strict=True)
    ]
    per_word = len(each) // len(words)
    return [sum(each[i : i + per_word]) / per_word for i in range(0, len(each), per_word)]


def reference_nearest(model, vectors, words, count):
    """For each word the set of its nearest; equals in the order of ``words``."""
    side = parts(model, vectors)

    def near(word, other):
        pairs = zip(side[word], side[other], strict=True)
        return round(sum(float(p @ q) for p, q in pairs) / len(side[word]), 9)

    return [
        set(sorted((w for w in words if w != word), key=lambda w: -near(word, w))[:count])
        for word in words
    ]


def reference_overlaps(old, new, vectors, words, neighbors):
    count = min(neighbors, len(words) - 1)
    pairs = zip(
        reference_nearest(old, vectors, words, count),
        reference_nearest(new, vectors, words, count),
        strict=True,
    )
    return [len(before & after) / count for before, after in pairs]


def agree(old, new, vectors="input", neighbors=10):
    """Check a whole comparison against the references; return it."""
    words = [word for word in new.words if word in old.words]
    found = compare(old, new, vectors, top=10**9, neighbors=neighbors)
    cosines = reference_cosines(old, new, vectors, words)
    overlaps = reference_overlaps(old, new, vectors, words, neighbors)
    assert sorted(c.word for c in found.changed) == sorted(words)
    by_word = {c.word: c for c in found.changed}
    assert [by_word[w].cosine for w in words] == pytest.approx(cosines, abs=2e-6)
    assert [by_word[w].overlap for w in words] == pytest.approx(overlaps)
    assert [by_word[w].old_count for w in words] == [old.counts[old.words.index(w)] for w in words]
    assert [by_word[w].new_count for w in words] == [new.counts[new.words.index(w)] for w in words]
    order = [(c.cosine, words.index(c.word)) for c in found.changed]
    assert order == sorted(order)
    assert found.mean_cosine == pytest.approx(np.mean(cosines), abs=2e-6)
    assert found.median_cosine == pytest.approx(np.median(cosines), abs=2e-6)
    assert found.mean_overlap == pytest.approx(np.mean(overlaps))
    assert (found.shared, found.overlap_words) == (len(words), len(words))
    assert (found.new, found.gone) == (len(new.words) - len(words), len(old.words) - len(words))
    return found


# --- against the references -------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("dims", [(5, 5), (3, 6), (6, 3), (2, 4)])
def test_models_of_unlike_words_and_dimensions(vectors, dims):
    old = model_of(normal(40, dims[0]), normal(40, dims[0]), names(*range(40)))
    new_words = names(*RANDOM.permutation(60)[:35])
    new = model_of(normal(35, dims[1]), normal(35, dims[1]), new_words)
    agree(old, new, vectors)


@every_kind
def test_blocks_change_nothing(vectors, monkeypatch):
    old, new = (model_of(normal(50, 4), normal(50, 4)) for _ in range(2))
    whole = agree(old, new, vectors)
    for rows, cells, least, group in [(1, 1, 1, 1), (7, 150, 3, 2), (49, 1000, 1, 64)]:
        monkeypatch.setattr(alignment, "_ROWS", rows)
        monkeypatch.setattr(comparison, "_CELLS", cells)
        monkeypatch.setattr(comparison, "_ASKED", least)
        monkeypatch.setattr(comparison, "_GROUP", group)
        assert agree(old, new, vectors).changed == whole.changed


@pytest.mark.parametrize("size", [2, 3, 10, 11, 12])
@pytest.mark.parametrize("neighbors", [1, 10, 100])
def test_few_words(size, neighbors):
    found = agree(model_of(normal(size, 2)), model_of(normal(size, 2)), "both", neighbors)
    assert found.neighbors == min(neighbors, size - 1)


@pytest.mark.parametrize("neighbors", [1, 3, 7, 40])
def test_many_words_and_few(neighbors):
    agree(model_of(normal(150, 3)), model_of(normal(150, 3)), "output", neighbors)


AXES = st.tuples(st.integers(-2, 2), st.booleans()).map(lambda v: [v[0], 0] if v[1] else [0, v[0]])


@pytest.mark.filterwarnings("error")
@given(st.lists(st.tuples(AXES, AXES), min_size=2, max_size=30), st.integers(1, 12))
def test_ties_and_zeros(rows, neighbors):
    # Axis-parallel vectors have cosines that are exact in float32, so that ties are ties.
    old, new = (model_of([row[side] for row in rows]) for side in (0, 1))
    words = new.words
    found = compare(old, new, "input", 99, neighbors)
    overlaps = reference_overlaps(old, new, "input", words, neighbors)
    by_word = {c.word: c.overlap for c in found.changed}
    assert [by_word[word] for word in words] == pytest.approx(overlaps)


@given(st.lists(st.lists(st.integers(-3, 3), min_size=1), min_size=1), st.integers(1, 200))
def test_the_largest_of_rows(rows, count):
    width = 1 + count + max(map(len, rows))
    scores = np.array([(row * width)[:width] for row in rows], dtype=np.float32)
    found = comparison._largest(scores, count)
    expected = [sorted(range(width), key=lambda i: (-row[i], i))[:count] for row in scores]
    assert [sorted(row) for row in found.tolist()] == [sorted(row) for row in expected]


# --- what the rotation is ---------------------------------------------------------------


@every_kind
def test_a_rotation_is_undone(vectors):
    new = model_of(normal(200, 6), normal(200, 6))
    rotation = turn(6)
    found = compare(model_of(new.w_in @ rotation, new.w_out @ rotation), new, vectors)
    assert {c.cosine for c in found.changed} == {1.0}
    assert (found.mean_cosine, found.median_cosine, found.mean_overlap) == (1.0, 1.0, 1.0)
    assert found.changed[0] == WordChange("w0", 1.0, 1.0, 200, 200)  # equals stay in order


def test_lengths_do_not_matter():
    new = model_of(normal(50, 4))
    lengths = np.exp(normal(50, 1))
    assert compare(model_of(new.w_in * lengths), new, "input").mean_cosine == 1.0


def test_both_matrices_are_turned_alike():
    new = model_of(normal(200, 6), normal(200, 6))
    old = model_of(new.w_in @ turn(6), new.w_out @ turn(6))
    assert compare(old, new, "input").mean_cosine == 1.0
    assert compare(old, new, "output").mean_cosine == 1.0
    assert compare(old, new, "both").mean_cosine < 0.8


@every_kind
def test_a_word_that_moved_is_the_most_changed(vectors):
    w_in, w_out = normal(300, 8), normal(300, 8)
    new = model_of(w_in, w_out)
    rotation = turn(8)
    w_in[17], w_out[17] = normal(8), normal(8)
    old = model_of(
        (w_in + 0.05 * normal(300, 8)) @ rotation, (w_out + 0.05 * normal(300, 8)) @ rotation
    )
    first, second, *_ = compare(old, new, vectors).changed
    assert first.word == "w17"
    assert first.cosine < 0.9 < second.cosine
    assert first.overlap < 0.5


def test_no_other_rotation_has_a_larger_mean_cosine():
    old, new = model_of(normal(30, 3)), model_of(normal(30, 3))
    a, b = ([unit(v) for v in model.w_in] for model in (old, new))
    best = compare(old, new, "input").mean_cosine
    others = [np.mean([p @ rotation @ q for p, q in zip(a, b, strict=True)])
              for rotation in (turn(3) for _ in range(300))]  # fmt: skip
    assert max(others) <= best + 1e-6
    assert max(others) > best - 0.1


@every_kind
@pytest.mark.parametrize("wider", ["old", "new"])
def test_dimensions_that_hold_nothing_do_not_matter(vectors, wider):
    narrow = model_of(normal(100, 4), normal(100, 4))
    rotation = turn(7)[:4]
    wide = model_of(narrow.w_in @ rotation, narrow.w_out @ rotation)
    found = compare(*((wide, narrow) if wider == "old" else (narrow, wide)), vectors)
    assert (found.mean_cosine, found.mean_overlap, found.dim) == (1.0, 1.0, 7)


def test_there_and_back_are_alike():
    one, other = model_of(normal(40, 3)), model_of(normal(40, 5))
    there, back = compare(one, other, top=40), compare(other, one, top=40)
    assert [c[:3] for c in there.changed] == [c[:3] for c in back.changed]
    assert (there.new, there.gone, there.mean_overlap) == (0, 0, back.mean_overlap)


# --- by hand ----------------------------------------------------------------------------


def test_by_hand():
    # Turned by a quarter; then c moved from beside b to beside a.
    old = model_of([[0, 2], [-1, 0], [-3, 0], [1, 1]], words=list("abcx"), counts=[9, 8, 7, 6])
    new = model_of([[1, 0], [0, 5], [4, 0], [1, 1]], words=list("abcy"), counts=[5, 4, 3, 2])
    found = compare(old, new, "input", neighbors=1)
    # A'B for a, b, c is (0, 1) x (1, 0) + (-1, 0) x (0, 1) + (-1, 0) x (1, 0) =
    # ((-1, -1), (1, 0)), and its polar factor is ((-1, -2), (2, -1)) / sqrt(5).
    root = math.sqrt(5)
    assert [c.word for c in found.changed] == ["c", "a", "b"]
    assert [c.cosine for c in found.changed] == pytest.approx(
        [1 / root, 2 / root, 2 / root], abs=1e-6
    )
    # a: b (the first of two at 0), now c. b: c, now a (the first of two). c: b, now a.
    assert [c.overlap for c in found.changed] == [0, 0, 0]
    assert (found.shared, found.new, found.gone) == (3, 1, 1)
    assert (found.new_words, found.gone_words) == ([("y", 2)], [("x", 6)])


@pytest.mark.filterwarnings("error")
def test_vectors_of_zeros_are_near_nothing():
    old, new = model_of([[0, 0], [1, 0], [0, 1]]), model_of([[0, 0], [0, 1], [1, 0]])
    found = compare(old, new, "input")
    assert [(c.word, c.cosine) for c in found.changed] == [("w0", 0), ("w1", 1), ("w2", 1)]
    nothing = model_of(np.zeros((3, 2)))
    assert compare(nothing, nothing).mean_cosine == 0


def test_neighbours_are_sought_among_the_shared_words():
    rows = normal(30, 3)
    near = np.repeat(rows, 3, axis=0)  # each word has three others beside it, all of them new
    new = model_of(
        np.concatenate([rows, near]), words=names(*range(30)) + [f"x{i}" for i in range(90)]
    )
    assert compare(model_of(rows), new).mean_overlap == 1.0


# --- what is listed ---------------------------------------------------------------------


def test_top_and_min_count():
    words = list("abcdefgh")
    old = model_of(normal(6, 2), words=words[:6], counts=[60, 50, 40, 3, 2, 1])
    new = model_of(normal(6, 2), words=[*words[2:4], *words[5:8], "i"], counts=[9, 8, 7, 6, 5, 4])
    every = compare(old, new)
    assert {c.word for c in every.changed} == set("cdf")
    assert every.new_words == [("g", 6), ("h", 5), ("i", 4)]
    assert every.gone_words == [("a", 60), ("b", 50), ("e", 2)]
    fewer = compare(old, new, min_count=3, top=1)
    assert len(fewer.changed) == 1
    assert (fewer.new_words, fewer.gone_words) == ([("g", 6)], [("a", 60)])
    frequent = compare(old, new, min_count=9)
    assert [c.word for c in frequent.changed] == ["c"]
    assert (frequent.new_words, frequent.gone_words) == ([], [("a", 60), ("b", 50)])
    for other in (fewer, frequent):
        assert (other.shared, other.new, other.gone) == (3, 3, 3)
        assert (other.mean_cosine, other.mean_overlap) == (every.mean_cosine, every.mean_overlap)
    assert compare(old, new, min_count=99).changed == []


@pytest.mark.parametrize("shared", [0, 1])
def test_too_few_shared_words(shared):
    old, new = model_of(normal(3, 2)), model_of(normal(3, 2), words=names(3 - shared, 7, 8))
    with pytest.raises(DataError, match="share fewer than two words"):
        compare(old, new)


# --- many words -------------------------------------------------------------------------


@pytest.mark.parametrize(("seen", "sample"), [(900, 30), (899, 15), (450, 15), (300, 10), (1, 1)])
def test_the_mean_overlap_of_very_many_words_is_that_of_a_sample(seen, sample, monkeypatch):
    old, new = model_of(normal(30, 3)), model_of(normal(30, 3))
    overlaps = reference_overlaps(old, new, "both", new.words, 4)
    monkeypatch.setattr(comparison, "_SEEN", seen)
    found = compare(old, new, top=7, neighbors=4)
    assert found.overlap_words == sample
    assert found.mean_overlap == pytest.approx(np.mean(overlaps[:: 30 // sample]))
    # Those of the words that are shown are their own, in the sample or not.
    assert [c.overlap for c in found.changed] == pytest.approx(
        [overlaps[int(c.word[1:])] for c in found.changed]
    )


@pytest.mark.parametrize("threads", [2, 3])
def test_the_result_does_not_depend_on_threads(threads, monkeypatch):
    monkeypatch.setattr(alignment, "_ROWS", 100)
    monkeypatch.setattr(comparison, "_CELLS", 64 * 1000)
    old, new = model_of(normal(1000, 20)), model_of(normal(1000, 20))
    with threadpool_limits(limits=threads):
        before = threadpool_info()
        assert compare(old, new, threads=threads) == compare(old, new)
        assert threadpool_info() == before
