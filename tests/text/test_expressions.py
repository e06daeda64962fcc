"""Possessive quantifiers and the atomic groups that they are by definition."""

import random
import re
import sys

import pytest

from w2vcli.text import expressions, lines, tokenizer
from w2vcli.text.expressions import compiled, with_atomic_groups


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a++", "(?>a+)"),
        ("(?:ab?c)*+", "(?>(?:ab?c)*)"),
        (r"[^\]a+]++b", r"(?>[^\]a+]+)b"),
        (r"\.++|\x41?+|\u0041{2,3}+", r"(?>\.+)|(?>\x41?)|(?>\u0041{2,3})"),
        (r"(?:x(?:y++z)*+)++", r"(?>(?:x(?>(?:(?>y+)z)*))+)"),
        (r"(?<=\d)(?!a+)b+?c{2}(d*)", r"(?<=\d)(?!a+)b+?c{2}(d*)"),
        ("[]+]+[^]+]*+", "[]+]+(?>[^]+]*)"),
    ],
)
def test_a_possessive_quantifier_becomes_an_atomic_group(pattern, expected):
    assert with_atomic_groups(pattern) == expected
    re.compile(expected)


def test_what_python_once_got_wrong(monkeypatch):
    """``a`` alone is no ``(?:ab?c)*``, and words keep their last letters."""
    monkeypatch.setattr(expressions, "_SOUND", (99,))
    assert not compiled("(?:ab?c)*+").fullmatch("a")
    assert compiled(r"\w++(?:(?:[.-]|(?<=\d),(?=\d))\w++)*+").findall("one t-w 1,2") == [
        "one", "t-w", "1,2",
    ]  # fmt: skip


def test_words_are_whole():
    """On any Python."""
    found = tokenizer._simple("drop")("one two, U.S. 1,000 state-of-the-art https://a.b/c?d x@y.z")
    assert found == [
        *("one", "two", "U.S.", "1,000", "state-of-the-art", "https://a.b/c?d", "x@y.z"),
    ]


@pytest.mark.skipif(sys.version_info < (3, 11, 5), reason="this Python gets one of them wrong")
def test_both_find_the_same_in_any_text():
    draw = random.Random(1)
    patterns = [lines._stops.__self__.pattern, tokenizer._numbers.__self__.pattern]
    patterns += [tokenizer._simple(kept).__self__.pattern for kept in ("keep", "drop")]
    for pattern in patterns:
        ours, theirs = re.compile(with_atomic_groups(pattern)), re.compile(pattern)
        assert with_atomic_groups(pattern) != pattern
        for _ in range(2000):
            text = "".join(draw.choices("ab1 2.,'-_@:/!?…\"\n)é²", k=draw.randrange(30)))
            assert [m.span() for m in ours.finditer(text)] == [
                m.span() for m in theirs.finditer(text)
            ]
