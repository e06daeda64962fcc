"""Texts that are the beginning of others, against a plain comparison of their bytes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.text import beginnings as ours
from w2vcli.text.beginnings import Beginnings

TEXTS = st.lists(st.text("ab\n", max_size=6).map(str.encode), unique=True, max_size=8)


def sha(text):
    return hashlib.sha256(text).hexdigest()


def found(known, texts, size, *, expected):
    watched = Beginnings({sha(text): len(text) for text in known})
    if expected:
        watched.expect(map(len, texts))
    for text in texts:
        blocks = [text[i : i + size] for i in range(0, len(text), size)]
        digest = hashlib.sha256()
        assert b"".join(watched.digested(blocks, digest)) == text
        assert digest.hexdigest() == sha(text)
    assert len(watched.found) == len(set(watched.found))
    return set(watched.found)


@given(TEXTS, st.integers(0, 8), st.integers(1, 7), st.booleans())
def test_all_that_can_be_found_is_found_and_nothing_else(texts, split, size, expected):
    known, new = texts[:split], texts[split:]
    assert found(known, new, size, expected=expected) == {
        (sha(one), sha(other))
        for i, one in enumerate(texts)
        for j, other in enumerate(texts)
        if one and one != other and other.startswith(one) and j >= len(known)
        if i < j or expected
    }


def test_the_same_text_again_is_no_beginning():
    assert found([b"a b"], [b"a b", b"a b"], 2, expected=True) == set()


@pytest.mark.parametrize(("most", "finds"), [(2, True), (1, False)])
def test_with_many_inputs_only_what_was_read_before_is_known(monkeypatch, most, finds):
    monkeypatch.setattr(ours, "MOST_INPUTS", most)
    assert bool(found([], [b"a b", b"a"], 2, expected=True)) == finds
    assert found([], [b"a", b"a b"], 2, expected=True)
