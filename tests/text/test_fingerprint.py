"""The fingerprint is the one of the formulas, however the text is cut, and finds every change."""

import random
from itertools import pairwise

import numpy as np
import pytest
from helpers.reference_counts import tokens
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.text.corpus import Corpus
from w2vcli.text.fingerprint import LEAST_TOKENS, Fingerprint, total
from w2vcli.text.tokens import Lexicon, encode_corpus

# --- the formulas, with Python's integers -----------------------------------------------

P = 2**31 - 1


def fnv1a(data):
    code = 2166136261
    for byte in data:
        code = (code ^ byte) * 16777619 % 2**32
    return code


def mix(x):
    x %= 2**32
    for _ in range(2):
        x = (x ^ x >> 16) * 0x45D9F3B % 2**32
    return x ^ x >> 16


def of_line(words):
    n = len(words)
    a = sum(fnv1a(word) * pow(1000003, n - i, P) for i, word in enumerate(words, 1)) % P
    b = sum(fnv1a(word[::-1]) * pow(998244353, n - i, P) for i, word in enumerate(words, 1)) % P
    return mix(a ^ mix(b)), mix(b ^ mix(a ^ n))


def reference(lines):
    sums = [of_line(words) for words in lines if words]
    high, low = (sum(parts) % 2**32 for parts in zip((0, 0), *sums, strict=True))
    return high * 2**32 + low


def test_the_hash_of_the_reference_is_fnv_1a():
    # The values that its authors publish.
    assert (fnv1a(b""), fnv1a(b"a"), fnv1a(b"foobar")) == (0x811C9DC5, 0xE40C292C, 0xBF9CF968)


def in_parts(*parts):
    """The fingerprint of a text in parts, each of which ends in white space."""
    fingerprint = Fingerprint()
    for part in parts:
        lexicon = Lexicon()
        fingerprint.add(lexicon.fingerprint(lexicon.encode(part)))
    return fingerprint.value


# --- the same as the formulas -----------------------------------------------------------

UNICODE = st.text(st.characters(codec="utf-8") | st.sampled_from(" \t\n\r\v\f"), max_size=60)
WORDS = ["a", "b", "ab", "ba", "aa", "é", "\U0001d54f", "\x00"]
LINES = st.lists(st.lists(st.sampled_from(WORDS), max_size=5), max_size=6)


def text_of(lines):
    return "".join(" ".join(line) + "\n" for line in lines).encode()


@given(UNICODE.map(str.encode), st.sampled_from([b" ", b"\n"]), st.lists(st.integers(0, 80)))
def test_any_text_cut_at_any_white_space(text, end, cuts):
    text += end
    after = [i + 1 for i, byte in enumerate(text) if byte in b" \t\n\r\v\f"]
    places = sorted({0, len(text), *(after[cut % len(after)] for cut in cuts)})
    parts = [text[i:j] for i, j in pairwise(places)]
    assert in_parts(*parts) == reference(tokens(text))


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b""],
        [b"\n"],
        [b" \t\r", b"\n\n", b" "],
        [b"a "],
        [b"a ", b"b ", b"c\n"],
        [b"a ", b"\n", b"b\n"],
        [b"a\nb ", b"\t", b"c\nd ", b"e "],
        [b"a\n", b"\n", b"\nb\n"],
        [b"a\tb\r\nc\vd\fe\n"],
        [b"word " * 3000, b"word " * 3000 + b"\n"],
    ],
)
def test_by_hand(parts):
    assert in_parts(*parts) == reference(tokens(b"".join(parts)))


def test_what_stores_hold_does_not_change():
    assert in_parts("the cat sat\non the mät\n".encode()) == 17104172100392102065
    assert in_parts() == 0


def test_the_value_can_be_asked_for_on_the_way():
    fingerprint = Fingerprint()
    values = []
    for part in (b"a b ", b"c\nd ", b"e"):
        lexicon = Lexicon()
        fingerprint.add(lexicon.fingerprint(lexicon.encode(part + b" ")))
        values.append(fingerprint.value)
    lines = [[[b"a", b"b"]], [[b"a", b"b", b"c"], [b"d"]], [[b"a", b"b", b"c"], [b"d", b"e"]]]
    assert values == [reference(some) for some in lines]


@given(st.lists(UNICODE, min_size=1, max_size=3), st.integers(1, 9), st.integers(1, 3))
def test_the_records_of_a_corpus(tmp_path_factory, texts, size, threads):
    folder = tmp_path_factory.getbasetemp()
    files = [folder / f"fingerprint-{number}" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(text.encode())
    corpus = Corpus([str(file) for file in files])
    whole = corpus.chunks
    corpus.chunks = lambda: whole(size)
    for _ in encode_corpus(corpus, Lexicon(), threads):
        pass
    lines = [tokens(text.removeprefix("\ufeff").encode()) for text in texts]
    assert [record.fingerprint for record in corpus.records] == [reference(some) for some in lines]
    assert [record.tokens for record in corpus.records] == [sum(map(len, some)) for some in lines]


def test_a_fixed_lexicon_changes_nothing(tmp_path):
    (tmp_path / "text").write_bytes(b"a b\nc d\n")
    corpus = Corpus([str(tmp_path / "text")])
    for _ in encode_corpus(corpus, Lexicon([b"c"], grow=False)):
        pass
    assert corpus.records[0].fingerprint == reference([[b"a", b"b"], [b"c", b"d"]])


# --- what it is good for ----------------------------------------------------------------


@given(LINES, st.integers(1, 4), st.randoms(use_true_random=False))
def test_lines_in_any_order_in_any_files_add_up(lines, files, generator):
    order = generator.sample(lines, len(lines))
    cuts = sorted(generator.randint(0, len(order)) for _ in range(files - 1))
    parts = [order[i:j] for i, j in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    assert total(in_parts(text_of(part)) for part in parts) == in_parts(text_of(lines))


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_the_total_adds_both_halves(fingerprints):
    high = sum(one >> 32 for one in fingerprints) % 2**32
    low = sum(one % 2**32 for one in fingerprints) % 2**32
    assert total(fingerprints) == high * 2**32 + low


@given(LINES, LINES)
def test_it_is_equal_only_for_the_same_lines(one, other):
    same = sorted(filter(None, one)) == sorted(filter(None, other))
    assert (in_parts(text_of(one)) == in_parts(text_of(other))) == same


@pytest.mark.parametrize(
    "changed",
    [
        b"the dog sat\non the mat\n",  # another word
        b"the cat sat\non mat the\n",  # two swapped
        b"the cat\nsat on the mat\n",  # one in the next line
        b"the cat sat\non the the mat\n",  # one doubled
        b"the cat sat\non the\n",  # one lost
        b"the cat sat on the mat\n",  # lines joined
        b"the cat sat\non the mat\non the mat\n",  # a line doubled
        b"tac eht sat\non the mat\n",  # the bytes of words backwards
        b"the cat sat\n",
        b"",
    ],
)
def test_changes_by_hand(changed):
    assert in_parts(changed) != in_parts(b"the cat sat\non the mat\n")


@pytest.mark.parametrize("pair", [(b"costarring", b"liquid"), (b"declinate", b"macallums")])
def test_words_of_equal_hash_are_told_apart(pair):
    assert fnv1a(pair[0]) == fnv1a(pair[1])
    assert in_parts(pair[0] + b"\n") != in_parts(pair[1] + b"\n")


@pytest.mark.jit
def test_a_long_text_of_many_lines():
    generator = random.Random(4)
    words = [b"%d" % generator.randrange(10**6) for _ in range(3000)]
    lines = [generator.choices(words, k=generator.randrange(30)) for _ in range(4000)]
    text = b"".join(b" ".join(line) + b"\n" for line in lines)
    cut = text.index(b" ", len(text) // 2) + 1
    assert in_parts(text[:cut], text[cut:]) == reference(lines)


def test_every_single_word_has_a_value_of_its_own():
    values = {in_parts(b"%d\n" % number) for number in range(2000)}
    assert len(values) == 2000
    bits = np.array([[value >> bit & 1 for bit in range(64)] for value in values])
    assert (abs(bits.mean(axis=0) - 0.5) < 0.06).all()  # five standard deviations


# --- the hashes of lines ----------------------------------------------------------------


def hashes_of(lines):
    return sorted(
        high << 31 | low >> 1
        for high, low in (of_line(words) for words in lines if len(words) >= LEAST_TOKENS)
    )


@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=3, max_size=7), max_size=6),
    st.lists(st.integers(0, 80)),
)
def test_each_line_gives_its_hash_wherever_the_text_is_cut(lines, cuts):
    text = text_of(lines)
    after = [i + 1 for i, byte in enumerate(text) if byte in b" \n"]
    places = sorted({0, len(text), *(after[cut % len(after)] for cut in cuts if after)})
    fingerprint, found = Fingerprint(), []
    for i, j in pairwise(places):
        lexicon = Lexicon()
        found += fingerprint.add(lexicon.fingerprint(lexicon.encode(text[i:j]))).tolist()
    assert sorted(found) == hashes_of(tokens(text))
    assert all(0 <= one < 2**63 for one in found)
