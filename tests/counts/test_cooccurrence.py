"""Pair counts are exactly those of ten obvious lines, however the text is cut into pieces."""

import numpy as np
import pytest
from helpers import reference_counts
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts import cooccurrence
from w2vcli.counts.cooccurrence import count_pairs
from w2vcli.counts.subsampling import keep_probabilities
from w2vcli.text.tokens import BREAK, UNKNOWN, Lexicon
from w2vcli.text.windows import Windows

SIZE = 5
LINES = st.lists(st.lists(st.integers(UNKNOWN, SIZE - 1), max_size=12), max_size=6)
WINDOWS = st.builds(Windows, st.integers(1, 8), st.sampled_from(["linear", "uniform"]))
both_weights = pytest.mark.parametrize("weights", ["linear", "uniform"])


def stream_of(lines):
    return np.array([token for line in lines for token in [*line, BREAK]], dtype=np.int32)


def both_ways(pairs):
    """One triangle, with a word's pairs with itself met once, as the reference counts them."""
    full = {}
    for key, total in zip(pairs.keys.tolist(), pairs.totals.tolist(), strict=True):
        high, low = divmod(key, pairs.size)
        assert 0 <= low <= high < pairs.size
        full[high, low] = full[low, high] = total * (1 + (high == low))
    return full


def counted(text_lines, windows, size=SIZE):
    return both_ways(count_pairs([stream_of(text_lines)], size, windows))


@given(LINES, WINDOWS, st.lists(st.integers(0, 40), max_size=5))
def test_counts_are_the_references_for_any_cut(lines, windows, cuts):
    stream = stream_of(lines)
    pairs = count_pairs(np.split(stream, sorted(cuts)), SIZE, windows)
    assert both_ways(pairs) == reference_counts.pair_counts(lines, windows.size, windows.weights)
    assert np.all(np.diff(pairs.keys) > 0)
    assert pairs.keys.dtype == pairs.totals.dtype == np.int64
    assert (pairs.size, pairs.windows) == (SIZE, windows)


@given(LINES, WINDOWS, st.integers(1, 7))
def test_pieces_of_any_length_and_their_merging(lines, windows, piece):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cooccurrence, "_PAIRS_PER_PIECE", piece)
        found = counted(lines, windows)
    assert found == reference_counts.pair_counts(lines, windows.size, windows.weights)


@both_weights
def test_a_long_text_in_many_pieces(weights, monkeypatch):
    random = np.random.default_rng(3)
    lines = [random.integers(-1, 40, n).tolist() for n in random.integers(0, 60, 50)]
    monkeypatch.setattr(cooccurrence, "_PAIRS_PER_PIECE", 97)
    assert counted(lines, Windows(5, weights), 40) == reference_counts.pair_counts(
        lines, 5, weights
    )


@given(LINES, WINDOWS, st.integers(1, 3), st.integers(0, 400), st.integers(1, 30))
def test_threads_memory_and_pieces_change_nothing(lines, windows, threads, memory, piece):
    stream = stream_of(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cooccurrence, "_PAIRS_PER_PIECE", piece)
        pairs = count_pairs([stream], SIZE, windows, threads, memory)
    assert both_ways(pairs) == reference_counts.pair_counts(lines, windows.size, windows.weights)
    assert np.all(np.diff(pairs.keys) > 0)


@pytest.mark.jit
@both_weights
def test_real_text(shared_data, weights):
    with (shared_data / "wikitext2.valid.txt").open("rb") as file:
        text = file.read(200_000).rpartition(b"\n")[0] + b"\n"
    lines = reference_counts.tokens(text)
    words = [word for word, _ in reference_counts.vocabulary(lines, min_count=3)]
    ids = {word: i for i, word in enumerate(words)}
    stream = Lexicon(words, grow=False).encode(text)
    windows = Windows(3, weights)
    found = both_ways(count_pairs(np.array_split(stream, 7), len(words), windows))
    lines = [[ids.get(word, -1) for word in line] for line in lines]
    assert found == reference_counts.pair_counts(lines, 3, weights)


# --- by hand ----------------------------------------------------------------------------


def test_linear_weights_fall_with_the_distance():
    assert counted([[0, 1, 2, 3]], Windows(2)) == {
        (0, 1): 2, (1, 0): 2, (0, 2): 1, (2, 0): 1, (1, 2): 2, (2, 1): 2,
        (1, 3): 1, (3, 1): 1, (2, 3): 2, (3, 2): 2,
    }  # fmt: skip
    assert (
        counted([[0, 1, 2, 3]], Windows(2, "uniform")).keys()
        == counted([[0, 1, 2, 3]], Windows(2)).keys()
    )
    assert set(counted([[0, 1, 2, 3]], Windows(2, "uniform")).values()) == {1}


def test_unknown_tokens_keep_their_place():
    assert counted([[0, UNKNOWN, 1]], Windows(1)) == {}
    assert counted([[0, UNKNOWN, 1]], Windows(2)) == {(0, 1): 1, (1, 0): 1}


def test_lines_end_windows():
    assert counted([[0], [1]], Windows(5)) == {}
    assert counted([[0], [], [], [1, 2]], Windows(5)) == {(1, 2): 5, (2, 1): 5}


@both_weights
def test_a_window_larger_than_the_text(weights):
    lines = [[0, 1, 0]]
    found = counted(lines, Windows(100, weights))
    assert found == reference_counts.pair_counts(lines, 100, weights)


@pytest.mark.parametrize("lines", [[], [[]], [[0]], [[UNKNOWN, UNKNOWN]], [[0], [1], [2]]])
def test_no_pairs(lines):
    pairs = count_pairs([stream_of(lines)], SIZE, Windows())
    assert (len(pairs.keys), len(pairs.totals)) == (0, 0)
    indptr, indices, data = pairs.matrix(np.ones(SIZE))
    assert (indptr.tolist(), len(indices), len(data)) == ([0] * (SIZE + 1), 0, 0)
    assert len(count_pairs([], SIZE, Windows()).keys) == 0


def test_a_large_vocabulary_and_a_wide_window_do_not_overflow():
    size = 2**27
    lines = [[size - 1, 0, size - 1, size - 2]]
    found = counted(lines, Windows(255), size)
    assert found == reference_counts.pair_counts(lines, 255, "linear")


def test_windows():
    assert Windows(3).integers == [3, 2, 1]
    assert Windows(3, "uniform").integers == [1, 1, 1]
    assert (Windows(3).unit, Windows(3, "uniform").unit) == (3, 1)


# --- the full matrix --------------------------------------------------------------------


@given(LINES, WINDOWS, st.lists(st.floats(0.01, 1), min_size=SIZE, max_size=SIZE))
def test_the_matrix_is_the_dense_reference(lines, windows, keep):
    pairs = count_pairs([stream_of(lines)], SIZE, windows)
    indptr, indices, data = pairs.matrix(np.array(keep))
    matrix = np.zeros((SIZE, SIZE))
    for row in range(SIZE):
        columns = indices[indptr[row] : indptr[row + 1]]
        assert np.all(np.diff(columns) > 0)
        matrix[row, columns] = data[indptr[row] : indptr[row + 1]]
    counts = reference_counts.pair_counts(lines, windows.size, windows.weights)
    expected = reference_counts.dense(counts, SIZE, keep, windows.unit)
    np.testing.assert_allclose(matrix, expected, rtol=2**-23)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert len(indices) == np.count_nonzero(expected)
    assert (indptr.dtype, indices.dtype, data.dtype) == (np.int64, np.int32, np.float32)


def test_a_word_beside_itself_is_both_the_centre_and_the_context():
    matrix = count_pairs([stream_of([[1, 1]])], 2, Windows(1)).matrix(np.ones(2))
    assert matrix.indptr.tolist() == [0, 0, 1]
    assert (matrix.indices.tolist(), matrix.data.tolist()) == ([1], [2.0])


# --- subsampling ------------------------------------------------------------------------


def test_keep_probabilities_by_hand():
    # Shares 1/2, 1/4, 1/8 and 1/8 at t = 1/32: t / f is 1/16, 1/8, 1/4 and 1/4.
    keep = keep_probabilities(np.array([4, 2, 1, 1]), 1 / 32)
    assert keep.tolist() == pytest.approx([1 / 4 + 1 / 16, 8**-0.5 + 1 / 8, 3 / 4, 3 / 4])
    assert keep.dtype == np.float64


def test_rare_words_are_always_kept():
    assert keep_probabilities(np.array([1000, 1]), 1e-3).tolist()[1] == 1.0
    assert keep_probabilities(np.array([3, 1]), 1.0).tolist() == [1.0, 1.0]


def test_no_subsampling():
    assert keep_probabilities(np.array([5, 1]), 0).tolist() == [1.0, 1.0]


def test_words_that_do_not_occur_are_kept_and_divide_nothing_by_zero():
    assert keep_probabilities(np.array([1000, 0]), 1e-3).tolist()[1] == 1.0
    assert keep_probabilities(np.array([0]), 1e-3).tolist() == [pytest.approx(0.001**0.5 + 0.001)]
