"""Words made of n-grams: C, blocks with A C in the place of A, and the prior of each row."""

import numpy as np
import pytest
from helpers import reference, reference_ngrams

from w2vcli.counts.cooccurrence import PairCounts, merged_counts
from w2vcli.errors import UsageError
from w2vcli.learning.gradient_errors import gradients
from w2vcli.softmax.kernel import SoftmaxKernel
from w2vcli.softmax.objective import Parameters, mean_loss
from w2vcli.system.threads import Team
from w2vcli.text.ngrams import NgramRange
from w2vcli.text.tokens import BREAK
from w2vcli.text.windows import Windows
from w2vcli.training import composition as module
from w2vcli.training.composition import ComposedBlocks, Composition, evidence_of
from w2vcli.training.grouped import GroupedSkipGram
from w2vcli.training.sources import Streamed

WORDS = ["banana", "bananas", "anaconda", "walk", "walks", "x", "naïve", "日本語", "日本"]
"""``ana`` is twice in some of them, and x has no n-gram of two characters or more in common."""

V, D = len(WORDS), 3
METHODS = ["grouped", "stream", "cbow"]


def dense(matrix, columns):
    found = np.zeros((len(matrix.indptr) - 1, columns))
    for row in range(len(found)):
        for k in range(matrix.indptr[row], matrix.indptr[row + 1]):
            found[row, matrix.indices[k]] += matrix.data[k]
    return found


def made(least=2, most=4, min_count=2, word_rows=True):
    return Composition.of(WORDS, NgramRange(least, most), min_count, None, word_rows)


# --- C ----------------------------------------------------------------------------------


@pytest.mark.parametrize("word_rows", [True, False])
@pytest.mark.parametrize("min_count", [1, 2, 3])
@pytest.mark.parametrize("lengths", [(1, 2), (2, 4), (3, 6), (3, 3)])
def test_a_vector_is_the_mean_of_its_rows(lengths, min_count, word_rows):
    found = made(*lengths, min_count, word_rows)
    kept = reference_ngrams.chosen(WORDS, *lengths, min_count)
    assert found.ngrams == kept
    expected = reference_ngrams.composition(WORDS, *lengths, kept, word_rows)
    np.testing.assert_allclose(dense(found.matrix, found.rows), expected, rtol=1e-15)
    np.testing.assert_allclose(found.own, np.diag(expected[:, :V]), rtol=1e-15)
    shared = dense(found.shared, len(kept))
    np.testing.assert_allclose(shared, expected[:, V:], rtol=1e-15)
    np.testing.assert_allclose(expected.sum(axis=1), 1.0, rtol=1e-15)
    for row in range(V):  # columns rise within a row
        columns = found.matrix.indices[found.matrix.indptr[row] : found.matrix.indptr[row + 1]]
        assert (np.diff(columns) > 0).all()


def test_special_words():
    found = made()
    x = WORDS.index("x")
    row = dense(found.matrix, found.rows)
    assert row[x, x] == 1.0
    assert np.count_nonzero(row[x]) == 1  # a word with no n-gram is its own row
    ana = V + found.ngrams.index("ana")
    own = row[WORDS.index("banana")]
    assert own[ana] == pytest.approx(2 * own[WORDS.index("banana")])
    alone = dense(made(word_rows=False).matrix, found.rows)
    assert alone[WORDS.index("walk"), WORDS.index("walk")] == 0.0  # it is all n-grams
    assert alone[x, x] == 1.0


@pytest.mark.parametrize("most", [1, 2, 5, 10_000])
def test_the_ngrams_of_most_words_are_kept(most):
    found = Composition.of(WORDS, NgramRange(1, 3), 2, most)
    assert found.ngrams == reference_ngrams.chosen(WORDS, 1, 3, 2, most)


@pytest.mark.parametrize(
    ("least", "words", "said"),
    [
        (2, WORDS, f"at least 2 words of the vocabulary, which has {V}; lower --subword-min"),
        (2, ["banana"], "at least 2 words of the vocabulary, which has 1; lower --subword-min"),
        (1, WORDS, "any word of the vocabulary; name other lengths"),
    ],
)
def test_without_any_ngram_there_is_an_error(least, words, said):
    expected = f"--subwords 19-20: no n-gram of so many characters is in {said}"
    with pytest.raises(UsageError, match=expected):
        Composition.of(words, NgramRange(19, 20), least)


def test_a_very_long_word_is_its_own_row():
    words = ["ab" * 500, "ab" * 500 + "a", "ab" * 50_000]
    found = Composition.of(words, NgramRange(1, 100), 1)
    assert len(found.ngrams) == len(set(NgramRange(1, 100).of(words[0])))
    np.testing.assert_array_equal(found.own[1:], 1.0)


# --- blocks -----------------------------------------------------------------------------


def scene(method, seed=0):
    """Return a source of blocks of words, and the same predictions as dense rows of A and Y."""
    random = np.random.default_rng(seed)
    lines = [random.integers(-1, V, length).tolist() for length in (9, 1, 14, 2, 40, 0)]
    stream = np.array([t for line in lines for t in [*line, BREAK]], np.int32)
    keep, factors = np.linspace(1, 0.3, V), np.linspace(0.5, 2, V)
    windows = Windows(3, "linear")
    arch = "cbow" if method == "cbow" else "skipgram"
    rows = list(reference.predictions(lines, arch, V, 3, "linear", keep, factors))
    if method == "grouped":
        counts = PairCounts.of(merged_counts([stream], V, windows), V, windows)
        positions = np.bincount(stream[stream >= 0], minlength=V).astype(float)
        return GroupedSkipGram(counts.matrix(keep), positions, factors, 4), rows
    return Streamed(stream, keep, factors, windows, method == "cbow", 7), rows


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("order", [None, 3])
def test_composed_blocks_have_a_c_in_the_place_of_a(method, order):
    source, _ = scene(method)
    composition = made()
    composed = ComposedBlocks(source, composition, np.ones(V))
    matrix = dense(composition.matrix, composition.rows)

    def random():
        return None if order is None else np.random.default_rng(order)

    for plain, found in zip(source.blocks(random()), composed.blocks(random()), strict=True):
        expected = dense(plain.inputs, V) @ matrix
        np.testing.assert_allclose(dense(found.inputs, composition.rows), expected, rtol=1e-12)
        assert found.inputs.indices.dtype == np.int32
        assert found.positions == plain.positions
        for ours, theirs in zip(found.targets, plain.targets, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert (len(composed), composed.largest, composed.every) == (
        len(source),
        source.largest,
        source.every,
    )
    assert composed.typical == source.typical
    assert composed.pairs is source.pairs
    skipped = list(composed.blocks(random(), skip=1))
    assert len(skipped) == len(list(source.blocks(random()))) - 1


@pytest.mark.parametrize("method", ["grouped", "stream"])
def test_what_the_text_says_of_a_word_is_its_target_weight(method):
    source, rows = scene(method)
    expected = reference_ngrams.evidence(rows, V)
    np.testing.assert_allclose(evidence_of(source, V), expected, rtol=1e-6)


def test_in_cbow_it_is_by_the_squares_of_its_weights():
    """Of each place by itself, where a word is twice in a window."""
    stream = np.array([0, 1, 2, BREAK], np.int32)
    source = Streamed(stream, np.ones(V), np.ones(V), Windows(1, "uniform"), True, 7)
    # 0 and 2 predict 1, with half the mean each; 1 predicts 0 and 2, alone.
    np.testing.assert_allclose(evidence_of(source, V)[:3], [0.25, 2.0, 0.25])


@pytest.mark.parametrize("word_rows", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_the_shares_of_a_pass_add_up_to_the_prior_of_each_row(method, word_rows, monkeypatch):
    shape = reference_ngrams.Shape(0.3, 3.0, 5.0, 0.1)
    for name, value in shape._asdict().items():
        monkeypatch.setattr(module, name.upper(), value)
    source, rows = scene(method)
    composition = made(word_rows=word_rows)
    evidence = np.linspace(0, 20, V)
    sums = np.zeros(composition.rows)
    for block in ComposedBlocks(source, composition, evidence).blocks():
        np.add.at(sums, block.inputs.indices, block.shares)
    seen = np.array([any(a[word] > 0 for a, _ in rows) for word in range(V)])
    matrix = dense(composition.matrix, composition.rows)
    expected = reference_ngrams.priors(matrix, evidence, shape, seen)
    np.testing.assert_allclose(sums, expected, rtol=1e-6, atol=1e-12)


# --- gradients --------------------------------------------------------------------------


def point(composition, seed=1):
    random = np.random.default_rng(seed)
    w_in = random.standard_normal((composition.rows, D))
    return Parameters(w_in, random.standard_normal((V, D)), random.standard_normal(V))


def objective(rows, matrix, parameters, precisions):
    """Return the objective per prediction, and its gradient, from the definitions."""
    w_in, w_out, bias = parameters
    vectors = matrix @ w_in
    found = reference.gradients(rows, vectors, w_out, bias, 0.0)
    weight = sum(y.sum() for _, y in rows)
    loss = reference.loss(rows, vectors, w_out, bias)
    loss += (precisions * (w_in**2).sum(axis=1)).sum() / 2
    d_in = matrix.T @ found[0] + precisions[:, None] * w_in
    return loss / weight, [d_in / weight, found[1] / weight, found[2] / weight]


@pytest.mark.parametrize("word_rows", [True, False])
@pytest.mark.parametrize("prior", [0.0, 4.0])
@pytest.mark.parametrize("method", METHODS)
def test_gradients_are_those_of_the_definitions(method, prior, word_rows):
    source, rows = scene(method)
    composition = made(word_rows=word_rows)
    evidence = evidence_of(source, V)
    composed = ComposedBlocks(source, composition, evidence)
    parameters = point(composition)
    matrix = dense(composition.matrix, composition.rows)
    seen = np.array([any(a[word] > 0 for a, _ in rows) for word in range(V)])
    shape = reference_ngrams.Shape.of(module)
    precisions = prior * reference_ngrams.priors(matrix, evidence, shape, seen)
    loss, expected = objective(rows, matrix, parameters, precisions)
    with Team() as team:
        kernel = SoftmaxKernel(composed.largest, V, np.float64, team)
        found = gradients(composed, kernel, parameters, prior)
        mean = mean_loss(kernel, parameters, composed.blocks(), prior)
        assert mean.value + mean.prior == pytest.approx(loss, rel=1e-6)
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-6)
        # And by finite differences, of rows of words and of n-grams.
        random = np.random.default_rng(5)
        for row in [*random.integers(0, V, 3), *random.integers(V, composition.rows, 5)]:
            sides = []
            for step in (1e-5, -1e-5):
                parameters.w_in[row, 1] += step
                moved = mean_loss(kernel, parameters, composed.blocks(), prior)
                sides.append(moved.value + moved.prior)
                parameters.w_in[row, 1] -= step
            assert (sides[0] - sides[1]) / 2e-5 == pytest.approx(found.w_in[row, 1], abs=1e-8)


@pytest.mark.parametrize("prior", [0.0, 4.0])
def test_along_the_text_gradients_are_those_of_pair_counts(prior):
    composition = made()
    parameters = point(composition)
    found = []
    with Team() as team:
        for method in ("grouped", "stream"):
            source, _ = scene(method)
            composed = ComposedBlocks(source, composition, np.linspace(0, 50, V))
            kernel = SoftmaxKernel(composed.largest, V, np.float64, team)
            found.append(gradients(composed, kernel, parameters, prior))
    for grouped, streamed in zip(*found, strict=True):
        np.testing.assert_allclose(grouped, streamed, rtol=0, atol=1e-6)
