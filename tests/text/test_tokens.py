"""Words interned in machine code, against a dict and a Counter."""

from collections import Counter

import numpy as np
import pytest
from helpers.reference_counts import tokens
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.text import tokens as ours
from w2vcli.text.corpus import Corpus
from w2vcli.text.tokens import (
    BREAK,
    UNKNOWN,
    Lexicon,
    encode_corpus,
    joined,
    renumbered,
)

WORDS = st.sampled_from(
    ["a", "b", "é", "ß", "\U0001d54f", "aa", "ab", "ba", "word", "wordy", "\x00", "a\u00a0b"]
)
TEXTS = st.lists(st.lists(WORDS | st.sampled_from(["", "\t", "\r"]), max_size=8), max_size=6).map(
    lambda lines: "".join(" ".join(line) + "\n" for line in lines).encode()
)


def decoded(stream, words):
    """The lines that a stream stands for, without the empty ones; None for an unknown token."""
    lines = [[]]
    for token in stream.tolist():
        if token == BREAK:
            lines.append([])
        else:
            lines[-1].append(None if token == UNKNOWN else words[token])
    return [line for line in lines if line]


def fnv1a(word):
    code = 2166136261
    for byte in word:
        code = (code ^ byte) * 16777619 % 2**32
    return code


@given(st.lists(TEXTS, max_size=4))
def test_a_growing_lexicon_is_a_dict_and_a_counter(texts):
    lexicon = Lexicon()
    streams = [lexicon.encode(text) for text in texts]
    lines = [line for text in texts for line in tokens(text)]
    counts = Counter(word for line in lines for word in line)
    assert lexicon.words == list(counts)  # ids in the order of first meeting
    assert lexicon.counts.tolist() == list(counts.values())
    assert len(lexicon) == len(counts)
    assert lexicon.unknown == 0
    assert [decoded(stream, lexicon.words) for stream in streams] == [
        [line for line in tokens(text) if line] for text in texts
    ]


@given(st.lists(TEXTS, max_size=3), st.lists(WORDS, unique=True))
def test_a_fixed_lexicon_knows_what_it_was_given(texts, known):
    known = [word.encode() for word in known]
    lexicon = Lexicon(known, grow=False)
    assert lexicon.counts.tolist() == [0] * len(known)
    found = [decoded(lexicon.encode(text), known) for text in texts]
    assert found == [
        [[word if word in known else None for word in line] for line in tokens(text) if line]
        for text in texts
    ]
    counts = Counter(word for text in texts for word in text.split())
    assert lexicon.words == known
    assert lexicon.counts.tolist() == [counts[word] for word in known]
    assert lexicon.unknown == counts.total() - lexicon.counts.sum()


@pytest.mark.parametrize(
    "words", [1, 2047, 2048, 2049, pytest.param(70_000, marks=pytest.mark.jit)]
)
def test_tables_grow_with_the_number_of_words(words):
    text = b" ".join(b"%d" % (i * i) for i in range(words)) + b"\n"
    lexicon = Lexicon()
    stream = np.concatenate([lexicon.encode(text), lexicon.encode(text)])
    assert stream.tolist() == [*range(words), BREAK, *range(words), BREAK]
    assert lexicon.words == text.split()
    assert lexicon.counts.tolist() == [2] * words


@pytest.mark.parametrize("length", [1 << 16, (1 << 16) + 1, 200_000])
def test_tables_grow_with_the_length_of_words(length):
    text = b"a " + b"x" * length + b" " + b"y" * 5 + b" a\n"
    lexicon = Lexicon()
    assert lexicon.encode(text).tolist() == [0, 1, 2, 0, BREAK]
    assert lexicon.words == text.split()[:3]
    assert lexicon.counts.tolist() == [2, 1, 1]


def test_tables_that_are_full_in_the_middle_of_a_line_lose_nothing(monkeypatch):
    monkeypatch.setattr(ours, "_FIRST_SLOTS", 2)
    monkeypatch.setattr(ours, "_FIRST_BYTES", 1)
    text = b"".join(b"w%d w%d\nw%d " % (i, i // 2, i // 3) for i in range(40)) + b"\n"
    lexicon = Lexicon()
    stream = lexicon.encode(text)
    assert decoded(stream, lexicon.words) == [line for line in tokens(text) if line]
    assert dict(zip(lexicon.words, lexicon.counts.tolist(), strict=True)) == Counter(text.split())


@pytest.mark.parametrize(
    ("first", "second"),
    [(b"costarring", b"liquid"), (b"declinate", b"macallums"), (b"altarages", b"zinkes")],
)
def test_words_of_equal_hash_stay_different(first, second):
    assert fnv1a(first) == fnv1a(second)
    lexicon = Lexicon()
    assert lexicon.encode(first + b" " + second + b" " + first + b"\n").tolist() == [0, 1, 0, BREAK]
    assert lexicon.counts.tolist() == [2, 1]
    fixed = Lexicon([second], grow=False)
    assert fixed.encode(first + b" " + second + b" ").tolist() == [UNKNOWN, 0]


def test_more_words_than_one_piece(monkeypatch):
    assert list(ours._in_pieces([b"a", b"b", b"c", b"d"], 2)) == [b"a\nb\n", b"c\nd\n"]
    assert list(ours._in_pieces([b"a", b"b", b"c"], 2)) == [b"a\nb\n", b"c\n"]
    assert list(ours._in_pieces([])) == []


@pytest.mark.parametrize(
    ("text", "stream"),
    [
        (b"", []),
        (b" \t\r\v\f", []),
        (b"\n\n \n", [BREAK]),
        (b"a\r\n\r\nb\n", [0, BREAK, 1, BREAK]),
        (b"a ", [0]),
    ],
)
def test_streams_by_hand(text, stream):
    found = Lexicon().encode(text)
    assert found.tolist() == stream
    assert found.dtype == np.int32


def test_unknown_tokens_keep_their_place():
    stream = Lexicon([b"b", b"a"], grow=False).encode(b"a x b\nx\n")
    assert stream.tolist() == [1, UNKNOWN, 0, BREAK, UNKNOWN, BREAK]


def test_renumbered_and_joined():
    stream = np.array([0, UNKNOWN, 2, BREAK, 1], dtype=np.int32)
    found = renumbered(stream, np.array([7, UNKNOWN, 5], dtype=np.int32))
    assert found.tolist() == [7, UNKNOWN, 5, BREAK, UNKNOWN]
    assert found.dtype == np.int32
    assert joined([stream, stream[:2]]).tolist() == [*stream.tolist(), 0, UNKNOWN]
    assert joined([]).tolist() == []


def test_tokens_are_added_to_the_record_of_their_file(tmp_path, monkeypatch):
    (tmp_path / "1").write_bytes(b"a b\nc x\n" * 5)
    (tmp_path / "2").write_bytes(b"")
    (tmp_path / "3").write_bytes(b"a\n")
    corpus = Corpus([str(tmp_path)])
    whole = corpus.chunks
    monkeypatch.setattr(corpus, "chunks", lambda: whole(4))
    chunks = list(encode_corpus(corpus, Lexicon([b"a", b"b", b"c"], grow=False)))
    stream = joined(stream for _, stream in chunks)
    assert [record.tokens for record in corpus.records] == [20, 0, 1]
    assert list(dict.fromkeys(record.name for record, _ in chunks)) == [
        record.name for record in corpus.records
    ]
    assert np.count_nonzero(stream != BREAK) == 21
