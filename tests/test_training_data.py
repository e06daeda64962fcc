"""From text to what is trained on: the same words, ids and counts whichever way it is read."""

import hashlib
from collections import Counter

import numpy as np
import pytest
import reference_counts
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.blocks import GroupedSkipGram, Streamed
from w2vcli.corpus import Corpus
from w2vcli.errors import DataError, InputError
from w2vcli.tokens import BREAK, UNKNOWN
from w2vcli.training_data import (
    block_source,
    count_words,
    encode,
    encode_and_build,
)
from w2vcli.training_options import Windows
from w2vcli.vocabulary import Selection

TEXT = b"the cat sat on the mat\nthe dog sat\n\nrare cat\n"


@pytest.fixture
def corpus_of(tmp_path):
    def corpus_of(*texts, lower=False):
        for number, text in enumerate(texts):
            (tmp_path / f"{number}.txt").write_bytes(text)
        return Corpus([str(tmp_path / f"{n}.txt") for n in range(len(texts))], lower)

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


def test_count_words(corpus_of):
    lexicon = count_words(corpus_of(TEXT, b"the end"))
    counts = dict(zip(lexicon.words, lexicon.counts.tolist(), strict=True))
    assert counts == Counter((TEXT + b"the end").split())


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
    given = (encoded, np.ones(3), Windows(2), 4)
    grouped = block_source(*given, grouped=True, cbow=False)
    assert isinstance(grouped, GroupedSkipGram)
    assert grouped.positions.tolist() == [3, 2, 2]
    for cbow in (False, True):
        streamed = block_source(*given, grouped=False, cbow=cbow)
        assert isinstance(streamed, Streamed)
        assert (streamed.cbow, streamed.batch) == (cbow, 4)
    assert sum(block.positions for block in grouped.blocks()) == 7
    # One of the seven words stands alone in its line, and predicts nothing.
    assert sum(block.positions for block in streamed.blocks()) == 6
