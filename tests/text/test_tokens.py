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
    [(b"aaaaaaaa", b"aaabaaa_"), (b"aaaaaaaa", b"aaacaaa]"), (b"xxaaaaaaaa", b"xxaaabaaa_")],
)
def test_words_of_equal_hash_stay_different(monkeypatch, first, second):
    # At 256 the polynomial is the word as a number, which here differs by a multiple of the prime.
    monkeypatch.setattr(ours.secrets, "randbelow", lambda _: 0)
    lexicon = Lexicon()
    assert lexicon.encode(first + b" " + second + b" " + first + b"\n").tolist() == [0, 1, 0, BREAK]
    assert lexicon._hashes[0] == lexicon._hashes[1]
    assert lexicon.counts.tolist() == [2, 1]
    fixed = Lexicon([second], grow=False)
    assert fixed.encode(first + b" " + second + b" ").tolist() == [UNKNOWN, 0]


def fnv1a(starts, blocks):
    """FNV-1a, from given states, over each of some blocks."""
    codes = starts
    for column in blocks.T:
        codes = ((codes ^ column) * 16777619) & 0xFFFFFFFF
    return codes


def test_words_that_collide_in_a_known_hash_do_not_collide():
    """A hash that anybody can compute lets a text make the table a list."""
    blocks = np.random.default_rng(0).integers(33, 127, (1 << 19, 6))
    words, state = [b""], 2166136261
    for _ in range(8):  # two blocks that take the state to the same one: so 2 ** 8 words
        codes = fnv1a(np.full(len(blocks), state), blocks)
        order = np.argsort(codes)
        same = np.flatnonzero(np.diff(codes[order]) == 0)[0]
        pair = [bytes(blocks[i].astype(np.uint8)) for i in order[same : same + 2]]
        words, state = [word + end for word in words for end in pair], codes[order[same]]
    ends = fnv1a(np.full(256, 2166136261), np.array([list(word) for word in words]))
    assert len(set(words)) == 256
    assert len(set(ends.tolist())) == 1
    lexicon = Lexicon(words)
    assert lexicon.words == words
    assert len(set(lexicon._hashes[:256].tolist())) > 250


@given(st.integers(0, 2**30 - 257), TEXTS)
def test_the_hash_makes_no_difference(point, text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ours.secrets, "randbelow", lambda _: point)
        one = Lexicon()
    other = Lexicon()
    assert one.encode(text).tolist() == other.encode(text).tolist()
    assert one.words == other.words


def test_no_word_makes_the_hash_overflow(monkeypatch):
    monkeypatch.setattr(ours.secrets, "randbelow", lambda below: below - 1)
    word = "\U0010ffff\u07ff".encode() * 1000 + b"\xff" * 1000
    lexicon = Lexicon()
    lexicon.encode(word + b" ")
    code, point, prime = 1, 2**30 - 1, 2**31 - 1
    for byte in word:
        code = code * point + byte
        code = (code & prime) + (code >> 31)
    code = (code & prime) + (code >> 31)
    code = code * 0x9E3779B1 & 0xFFFFFFFF
    assert lexicon._hashes[0] == code ^ code >> 15


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
