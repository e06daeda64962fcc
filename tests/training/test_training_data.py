"""From text to what is trained on: the same words, ids and counts whichever way it is read."""

import hashlib
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from helpers import reference_counts, segment_scenes
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vcli.counts.spool import Spool
from w2vcli.errors import DataError, InputError
from w2vcli.text.corpus import Corpus
from w2vcli.text.rules import TextRules
from w2vcli.text.tokens import BREAK, UNKNOWN
from w2vcli.text.vocabulary import Selection, Vocabulary, count_vocabulary
from w2vcli.training.data import (
    block_source,
    counted_as,
    encode,
    encode_and_build,
    encode_as,
)
from w2vcli.training.grouped import GroupedSkipGram
from w2vcli.training.options import TrainingOptions
from w2vcli.training.sources import Streamed
from w2vcli.training.weights import WordWeights

TEXT = b"the cat sat on the mat\nthe dog sat\n\nrare cat\n"


@pytest.fixture
def corpus_of(tmp_path):
    def corpus_of(*texts, lower=False):
        for number, text in enumerate(texts):
            (tmp_path / f"{number}.txt").write_bytes(text)
        return Corpus([str(tmp_path / f"{n}.txt") for n in range(len(texts))], TextRules(lower))

    return corpus_of


def decoded(encoded):
    """The stream as lines of words, "?" for the unknown, without empty lines."""
    lines = [[]]
    for token in encoded.stream.tolist():
        if token == BREAK:
            lines.append([])
        else:
            lines[-1].append("?" if token == UNKNOWN else encoded.vocabulary.words[token])
    return [line for line in lines if line]


def test_count_vocabulary(corpus_of):
    vocabulary, summary = count_vocabulary(corpus_of(TEXT, b"the end"), Selection(min_count=1))
    counts = dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True))
    assert counts == Counter((TEXT + b"the end").decode().split())
    assert summary.tokens == summary.kept_tokens == sum(counts.values())


def test_encode_and_build_by_hand(corpus_of):
    encoded = encode_and_build(corpus_of(TEXT), Selection(min_count=2))
    assert encoded.vocabulary.words == ["the", "cat", "sat"]
    assert encoded.vocabulary.counts.tolist() == [3, 2, 2]
    assert decoded(encoded) == [
        ["the", "cat", "sat", "?", "the", "?"],
        ["the", "?", "sat"],
        ["?", "cat"],
    ]
    assert (encoded.summary.tokens, encoded.summary.kept_tokens) == (11, 7)


@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "c", "é", "dd"]), max_size=9), max_size=6),
    st.integers(1, 3),
    st.none() | st.integers(1, 4),
)
def test_against_the_reference_and_the_vocabulary_that_it_gave(
    tmp_path_factory, lines, least, most
):
    path = tmp_path_factory.getbasetemp() / "encoded"
    path.write_text("".join(" ".join(line) + "\n" for line in lines), encoding="utf-8")
    expected = reference_counts.vocabulary(reference_counts.tokens(path.read_bytes()), least, most)
    corpus = Corpus([str(path)])
    if not expected:
        with pytest.raises((InputError, DataError)):
            encode_and_build(corpus, Selection(least, most))
        return
    built = encode_and_build(corpus, Selection(least, most))
    assert built.vocabulary.words == [word.decode() for word, _ in expected]
    assert built.vocabulary.counts.tolist() == [count for _, count in expected]
    known = {word.decode() for word, _ in expected}
    assert decoded(built) == [
        [word if word in known else "?" for word in line] for line in lines if line
    ]
    # Read with the vocabulary that came out of it, the corpus is the same again.
    again = encode(corpus, built.vocabulary.words)
    assert again.stream.tolist() == built.stream.tolist()
    assert again.vocabulary.counts.tolist() == built.vocabulary.counts.tolist()
    assert again.fingerprint == built.fingerprint
    assert again.summary is None


@pytest.mark.jit
def test_a_real_corpus(shared_data):
    path = shared_data / "wikitext2.valid.txt"
    encoded = encode_and_build(Corpus([str(path)]), Selection(max_vocab=3000))
    lines = reference_counts.tokens(path.read_bytes())
    expected = reference_counts.vocabulary(lines, 5, 3000)
    assert [(word.encode(), n) for word, n in zip(
        encoded.vocabulary.words, encoded.vocabulary.counts.tolist(), strict=True
    )] == expected  # fmt: skip
    assert np.count_nonzero(encoded.stream != BREAK) == sum(map(len, lines))
    assert encoded.records[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_counts_are_those_of_the_corpus_not_of_the_vocabulary_file(corpus_of):
    encoded = encode(corpus_of(TEXT), ["mat", "absent", "the"])
    assert encoded.vocabulary.words == ["mat", "absent", "the"]
    assert encoded.vocabulary.counts.tolist() == [1, 0, 3]


def test_lower_case(corpus_of):
    encoded = encode_and_build(corpus_of("É é A a a".encode(), lower=True), Selection(1))
    assert dict(zip(encoded.vocabulary.words, encoded.vocabulary.counts, strict=True)) == {
        "a": 3,
        "é": 2,
    }


def test_the_fingerprint_is_of_texts_not_of_names_or_order(corpus_of):
    one = encode_and_build(corpus_of(TEXT, b"a b\n"), Selection(1)).fingerprint
    other = encode_and_build(corpus_of(b"a b\n", TEXT), Selection(1)).fingerprint
    assert one == other
    assert one["tokens"] == 13
    joined = encode_and_build(corpus_of(TEXT + b"\na  b"), Selection(1)).fingerprint
    assert joined == one
    assert encode_and_build(corpus_of(TEXT, b"a c\n"), Selection(1)).fingerprint != one


@pytest.mark.parametrize("text", [b"", b"\n \n"])
def test_a_corpus_without_words(corpus_of, text):
    with pytest.raises(InputError, match="no words"):
        encode_and_build(corpus_of(text), Selection())


def test_no_word_of_the_vocabulary_occurs(corpus_of):
    with pytest.raises(DataError, match=r"1\.txt: no word of the vocabulary occurs"):
        encode(corpus_of(TEXT, TEXT), ["absent"])


# --- what is trained on -----------------------------------------------------------------


def test_block_sources(corpus_of):
    encoded = encode_and_build(corpus_of(TEXT), Selection(min_count=2))
    options = TrainingOptions(window=2, batch=4)
    weights = WordWeights.of(encoded.vocabulary.counts, options)
    grouped = block_source(encoded, weights, replace(options, method="grouped"))
    assert isinstance(grouped, GroupedSkipGram)
    assert grouped.positions.tolist() == [3, 2, 2]
    for arch in ("skipgram", "cbow"):
        streamed = block_source(encoded, weights, replace(options, arch=arch, method="stream"))
        assert isinstance(streamed, Streamed)
        assert (streamed.cbow, streamed.batch) == (arch == "cbow", 4)
    assert sum(block.positions for block in grouped.blocks()) == 7
    # One of the seven words stands alone in its line, and predicts nothing.
    assert sum(block.positions for block in streamed.blocks()) == 6


# --- the same from counts ---------------------------------------------------------------

CHOICES = st.builds(
    Selection,
    st.integers(1, 3),
    st.none() | st.integers(1, 4),
    st.sampled_from([frozenset(), frozenset({"b", "absent"})]),
    st.sampled_from([frozenset(), frozenset({"é", "word"})]),
)
VOCABULARIES = st.lists(
    st.sampled_from([*segment_scenes.WORDS, "absent", "z"]), min_size=1, unique=True
).map(lambda words: Vocabulary(words, np.ones(len(words), np.int64)))


@given(
    st.lists(segment_scenes.TEXTS, min_size=1, max_size=4),
    CHOICES | VOCABULARIES,
    segment_scenes.COUNTINGS,
    st.integers(1, 2),
    st.data(),
)
@settings(max_examples=60)
def test_counts_are_as_good_as_texts(tmp_path_factory, texts, words, counting, threads, data):
    folder = tmp_path_factory.getbasetemp()
    corpus = segment_scenes.corpus_of(folder, texts)
    order = data.draw(st.permutations(range(len(texts))))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(texts)), max_size=3)) - {len(texts)})
    with Spool(corpus) as spool:
        abouts = [
            segment_scenes.saved(folder / f"counted-{i}", spool, order[i:j], counting)
            for i, j in pairwise([0, *cuts, len(texts)])
        ]
    with segment_scenes.opened(abouts) as segments:
        try:
            read = encode_as(corpus, words)
        except (InputError, DataError) as error:
            with pytest.raises(type(error)):
                counted_as(segments, words)
            return
        counted = counted_as(segments, words)
        assert counted.vocabulary.words == read.vocabulary.words
        assert counted.vocabulary.counts.tolist() == read.vocabulary.counts.tolist()
        assert counted.vocabulary.counts.dtype == read.vocabulary.counts.dtype
        assert counted.summary == read.summary
        assert counted.fingerprint == read.fingerprint
        ours, theirs = (one.pairs(counting.windows, threads) for one in (counted, read))
        assert (ours.size, ours.windows) == (theirs.size, theirs.windows)
        np.testing.assert_array_equal(ours.keys, theirs.keys, strict=True)
        np.testing.assert_array_equal(ours.totals, theirs.totals, strict=True)


@pytest.mark.jit
def test_counts_of_a_real_corpus(shared_data, tmp_path):
    with (shared_data / "wikitext2.valid.txt").open("rb") as file:
        lines = file.read(400_000).splitlines(keepends=True)[:-1]
    texts = [b"".join(lines[i::3]) for i in range(3)]
    corpus = segment_scenes.corpus_of(tmp_path, texts)
    with Spool(corpus) as spool:
        abouts = [segment_scenes.saved(tmp_path / f"{i}", spool, [i]) for i in range(3)]
    windows = segment_scenes.COUNTING.windows
    with segment_scenes.opened(abouts) as segments:
        for words in (Selection(), Selection(1), encode_as(corpus, Selection(9)).vocabulary):
            counted, read = counted_as(segments, words), encode_as(corpus, words)
            assert counted.vocabulary.words == read.vocabulary.words
            theirs = read.pairs(windows)
            for memory in (1, 1 << 30):
                ours = counted.pairs(windows, 2, memory)
                np.testing.assert_array_equal(ours.keys, theirs.keys)
                np.testing.assert_array_equal(ours.totals, theirs.totals)


@pytest.mark.parametrize(
    ("text", "words", "error", "message"),
    [
        (b"\n", Selection(1), InputError, "there are no words in the texts of this store"),
        (b"\n", Vocabulary(["a"], np.ones(1, np.int64)), InputError, "there are no words"),
        (b"a\n", Vocabulary(["b"], np.ones(1, np.int64)), DataError, "no word of the vocabulary"),
        (b"a\n", Selection(2), DataError, "none of the 1 words"),
    ],
)
def test_counts_of_nothing(tmp_path, text, words, error, message):
    about = segment_scenes.segment_of(tmp_path, [text])
    with segment_scenes.opened([about]) as segments, pytest.raises(error, match=message):
        counted_as(segments, words)


def test_counts_can_only_be_grouped(tmp_path):
    about = segment_scenes.segment_of(tmp_path, [b"a b a\n"])
    with segment_scenes.opened([about]) as segments:
        counted = counted_as(segments, Selection(1))
        windows = segment_scenes.COUNTING.windows
        options = TrainingOptions(
            window=windows.size, window_weights=windows.weights, batch=4, method="grouped"
        )
        weights = WordWeights.of(counted.vocabulary.counts, options)
        grouped = block_source(counted, weights, options)
        assert isinstance(grouped, GroupedSkipGram)
        assert grouped.positions.tolist() == [2, 1]
