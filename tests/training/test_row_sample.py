"""Sampled rows of the pair counts are those of all pairs, and what is estimated of them."""

from collections import Counter

import numpy as np
import pytest
from helpers.reference_counts import dense, pair_counts
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts.subsampling import keep_probabilities
from w2vcli.text.tokens import BREAK
from w2vcli.text.vocabulary import Vocabulary
from w2vcli.text.windows import Windows
from w2vcli.training.closing import HEAD_WORDS
from w2vcli.training.data import EncodedCorpus, block_source
from w2vcli.training.options import TrainingOptions
from w2vcli.training.row_sample import as_matrix, chosen_rows, rows_of_stream
from w2vcli.training.weights import WordWeights
from w2vcli.training.workload import SampledCounts

SIZE = 12
LINES = st.lists(st.lists(st.integers(-1, SIZE - 1), max_size=15), min_size=1, max_size=9)
WINDOWS = st.builds(Windows, st.integers(1, 4), st.sampled_from(["linear", "uniform"]))


def stream_of(lines):
    return np.array([token for line in lines for token in (*line, BREAK)], np.int32)


@given(lines=LINES, windows=WINDOWS, data=st.data())
def test_the_rows_are_those_of_all_pairs(lines, windows, data):
    rows = np.array(data.draw(st.lists(st.integers(0, SIZE - 1), unique=True, min_size=1)))
    sample = rows_of_stream(stream_of(lines), windows, rows)
    pairs = pair_counts(lines, windows.size, windows.weights)
    found = {
        (int(row), int(column)): int(total)
        for row, column, total in zip(
            sample.row_of_entry, sample.indices, sample.totals, strict=True
        )
    }
    assert found == {pair: total for pair, total in pairs.items() if pair[0] in set(rows.tolist())}
    keep = np.linspace(0.1, 1, SIZE)
    chosen = np.arange(SIZE) % 3 != 0
    matrix = as_matrix(sample, keep, windows.unit, chosen)
    expected = dense(pairs, SIZE, keep, windows.unit)
    expected[[row for row in range(SIZE) if row not in rows]] = 0
    expected[~chosen] = 0
    expected[:, ~chosen] = 0
    shown = np.zeros((SIZE, SIZE))
    for row in range(SIZE):
        some = slice(matrix.indptr[row], matrix.indptr[row + 1])
        shown[row, matrix.indices[some]] = matrix.data[some]
    np.testing.assert_allclose(shown, expected, rtol=1e-6)


def test_which_rows():
    counts = np.random.default_rng(0).permutation(np.arange(1, 3001))
    assert sorted(chosen_rows(counts, 1 << 40).tolist()) == list(range(3000))
    some = chosen_rows(counts, most=int(counts.sum()) // 4)
    assert (np.diff(counts[some]) < 0).all()
    assert counts[some].tolist() == list(range(2998, 0, -4))  # the third of each four
    assert len(chosen_rows(counts, most=1)) >= 256


def zipf_corpus(words=3000, tokens=60_000, seed=0):
    """A text of words that are about as frequent as those of a language."""
    random = np.random.default_rng(seed)
    shares = 1 / (np.arange(words) + 2.7)
    stream = random.choice(words, tokens, p=shares / shares.sum()).astype(np.int32)
    counts = np.bincount(np.delete(stream, np.s_[::25]), minlength=words)
    rank = np.empty(words, np.int32)
    rank[np.argsort(-counts, kind="stable")] = np.arange(words)
    stream = rank[stream]
    stream[::25] = BREAK
    counts = np.bincount(stream[stream >= 0], minlength=words)
    return EncodedCorpus(Vocabulary([f"w{i}" for i in range(words)], counts), stream, [])


def sampled(text, options, most, chosen=None):
    counts = text.vocabulary.counts
    sample = rows_of_stream(text.stream, options.windows, chosen_rows(counts, most))
    everything = np.ones(len(counts), bool) if chosen is None else chosen
    return SampledCounts(sample, counts, everything, options)


@pytest.mark.parametrize("closing", [True, False])
def test_with_all_rows_the_work_is_that_of_the_run(closing, monkeypatch):
    for module in ("workload", "data"):
        monkeypatch.setattr(f"w2vcli.training.{module}.HEAD_WORDS", 500)
    text = zipf_corpus(1500, 30_000)
    options = TrainingOptions(closing=closing, batch=64, prior=0.5).resolved()
    work = sampled(text, options, most=1 << 40).workload()
    counts = text.vocabulary.counts
    weights = WordWeights.of(counts, options)
    source = block_source(text, weights, options)
    pairs = {tuple(sorted(pair)) for pair in pair_counts(lines_of(text.stream), 5, "linear")}
    assert work.pairs == len(pairs)
    assert work.entries == len(source.pairs.data)
    assert work.tokens == counts.sum()
    assert work.steps.number == round(options.passes * len(source))
    blocks = list(source.blocks(np.random.default_rng(0)))
    rows = np.mean([len(block.targets.indptr) - 1 for block in blocks])
    entries = np.mean([len(block.targets.data) for block in blocks])
    assert work.steps.rows == pytest.approx(rows, rel=0.05)
    assert work.steps.entries == pytest.approx(entries, rel=0.1)
    assert source.typical == pytest.approx(rows, abs=1)
    every = list(source.blocks())
    assert (work.every.number, source.every) == (len(every), len(every))
    assert work.every.rows == pytest.approx(np.mean([len(b.targets.indptr) - 1 for b in every]))
    assert work.densest == len(every[0].targets.data)
    assert (work.lifted > 0) == (work.stepped.number > 0) == closing


def lines_of(stream):
    lines = [[]]
    for token in stream.tolist():
        if token == BREAK:
            lines.append([])
        else:
            lines[-1].append(token)
    return lines


def test_a_sample_is_near_the_whole():
    text = zipf_corpus(words=8000, tokens=400_000)
    options = TrainingOptions().resolved()
    whole = sampled(text, options, most=1 << 40)
    some = sampled(text, options, most=40_000)
    assert len(some.rows) < 1000
    for chosen in (None, text.vocabulary.counts >= 20):
        a, b = (
            SampledCounts(one.sample, one.counts, one.chosen if chosen is None else chosen, options)
            for one in (whole, some)
        )
        a, b = a.workload(), b.workload()
        assert (a.words, a.tokens) == (b.words, b.tokens)
        for name in ("pairs", "entries", "occurrences"):
            assert getattr(b, name) == pytest.approx(getattr(a, name), rel=0.05), name
        assert b.steps.number == pytest.approx(a.steps.number, rel=0.05)
        assert b.steps.rows == pytest.approx(a.steps.rows, rel=0.05)


def test_a_smaller_vocabulary_is_counted_as_if_the_others_were_unknown():
    text = zipf_corpus(800, 20_000)
    options = TrainingOptions(batch=32).resolved()
    chosen = text.vocabulary.counts >= 20
    work = sampled(text, options, 1 << 40, chosen).workload()
    ids = np.append(np.where(chosen, np.cumsum(chosen) - 1, -1), [BREAK, -1]).astype(np.int32)
    counts = text.vocabulary.counts[chosen]
    smaller = EncodedCorpus(Vocabulary(["x"] * len(counts), counts), ids[text.stream], [])
    alone = sampled(smaller, options, 1 << 40).workload()
    assert work == alone


def test_occurrences_are_about_those_of_a_window():
    text = zipf_corpus(300, 20_000)
    met = Counter()
    for line in lines_of(text.stream):
        for i, word in enumerate(line):
            for other in line[max(0, i - 5) : i]:
                met[word, other] += 1
    work = sampled(text, TrainingOptions().resolved(), 1 << 40).workload()
    assert work.occurrences == pytest.approx(met.total(), rel=0.1)


def test_no_head_is_larger_than_the_default():
    assert HEAD_WORDS > 256  # else the sample would have too few of them
    assert keep_probabilities(np.array([1, 2]), 0).tolist() == [1, 1]
