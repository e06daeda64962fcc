"""Tokenizing: what is a word, in tables to read, and against a slow reference on any text."""

import re
import unicodedata

import pytest
import regex
from helpers import reference_words
from hypothesis import example, given
from hypothesis import strategies as st

from w2vcli.text import tokenizer
from w2vcli.text.rules import TextRules
from w2vcli.text.tokenizer import tokenized, with_line_feeds

WORDS = TextRules(tokenize="words")


def words(text, **rules):
    return tokenized(text, TextRules(tokenize="words", **rules))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("war. War, (war) war!", "war War war war"),
        ("don't don’t state-of-the-art", "don't don't state-of-the-art"),
        ("rock 'n' roll, ’tis the dogs’ 'em", "rock n roll tis the dogs em"),
        ("the U.S. and U.S.A.; at 5 p.m., U.S.-based", "the U.S. and U.S.A. at 5 p.m. U.S.-based"),
        ("in main.c. Dr. Ph.D. A. end.Start", "in main.c Dr Ph.D A end.Start"),
        ("3.14 1,000 1,000,000.50 $5 50% -5 1, 2", "3.14 1,000 1,000,000.50 5 50 5 1 2"),
        ("a/b x--y x—y well... AT&T C++", "a b x y x y well AT T C"),
        ("@name #tag jane.doe@example.org. a@b", "name tag jane.doe@example.org a b"),
        ("see http://a.org/b?c=d, <https://a.org/>.", "see http://a.org/b?c=d https://a.org/"),
        ("_word_ __init__ new_york a__b", "word init new_york a b"),
        ("so\u00adft word\u200bword x\ufeffy \u200fabc\u200e", "soft word word xy abc"),
        ("a\u00a0b\u2009c\u3000d", "a b c d"),
        ("cafe\u0301 na\u00efve", "café naïve"),
        ("हिन्दी में लिखा है।", "हिन्दी में लिखा है"),
        ("می\u200cخواهم. צה״ל col·lecció", "می\u200cخواهم צה״ל col·lecció"),
        ("中文句子。日本語", "中文句子 日本語"),
        ("😀 ❤️ 👩\u200d💻 ½ x² \x1b[0m", "½ x² 0m"),
        ("non\u2011breaking hyphen\u2010ated", "non-breaking hyphen-ated"),
        ("' ’ - . _ \u0301 \u200d", ""),
        ("http://a\0b\x1b[31mred a://b\x1cc\u200bd", "http://a b 31mred a://b c d"),
    ],
)  # fmt: skip
def test_words(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("“Hello,” she said.", "“ Hello , ” she said ."),
        ("a -- b... c!!! ‘x’", "a -- b ... c !!! ‘ x ’"),
        ("50% of $5 @name", "50 % of $ 5 @ name"),
        ("हाँ। ❤️👩\u200d💻🇫🇷", "हाँ । ❤️ 👩\u200d💻 🇫🇷"),
        ("a\x00b \x1b \u200b c", "a b c"),
        ("dogs’ don’t", "dogs ’ don't"),
        ("\u2010\u0301 \u2011\u200d a \u2010\u2010 b", "- - a -- b"),
    ],
)
def test_punctuation_kept(text, found):
    assert words(text, punctuation="keep") == found


@pytest.mark.parametrize(
    ("text", "folded", "dropped"),
    [
        ("in 1984 or 3.14", "in 0 or 0", "in or"),
        ("1 2\n3\n4 a 5 6\n", "0 0\n0\n0 a 0 0\n", "\n\na\n"),
        ("1,000 2026-11-24 192.168.0.1", "0 0 0", ""),
        ("covid-19 1990s 21st x2 ½", "covid-19 1990s 21st x2 ½", "covid-19 1990s 21st x2 ½"),
        ("٣٤ १२", "0 0", ""),
        ("0", "0", ""),
    ],
)
def test_numbers(text, folded, dropped):
    assert words(text, numbers="fold") == folded
    assert words(text, numbers="drop") == dropped


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Straße STRASSE", "strasse strasse"),
        ("ΣΑΣ σας", "σασ σασ"),
        ("İstanbul ILIK ılık", "i\u0307stanbul ilik ılık"),
        ("\u1e96 J\u030c \u01f0", "\u1e96 \u01f0 \u01f0"),
        ("ＡＢＣ ＤonT", "ａｂｃ ｄont"),
    ],
)
def test_lower_is_case_folding(text, found):
    assert words(text, lower=True) == found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_every_end_of_a_line(end):
    assert with_line_feeds(f"a b{end}c{end}") == "a b\nc\n"


CHARACTERS = st.lists(
    st.one_of(
        st.sampled_from("aaabZ09  \n..,'’-_@:/\"()!%#“”«"),
        st.sampled_from("éßİıΣςжª½²\u0301\u00ad\u200b\u200c\u200d\u200e\u2010\u2011·־״नि्中。😀👩💻\ufe0f"),
        st.sampled_from("\0\x1b\x1c\x1f\x85\ufeff🇫🇷\u0903\u0327\u0344\u0345"),
        st.sampled_from(["a://b", "\u2010\u0301", "\u2011\u200d", "🇫🇷\ufe0f"]),
        st.characters(codec="utf-8"),
    ),
    max_size=60,
).map("".join)  # fmt: skip
RULES = st.builds(
    TextRules,
    st.booleans(),
    st.just("words"),
    st.sampled_from(["keep", "fold", "drop"]),
    st.sampled_from(["keep", "drop"]),
)


def known_to_all(text):
    """Leave out characters that one of the libraries does not know yet."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cn", "Co"))


@given(CHARACTERS, RULES)
@example("U.S.'s U.S. a.b.c.d a.b.cd. x@y.z.", WORDS)
@example("a://b.c/(d)/. a:// a@b-c. a@b", WORDS)
@example("a\u1e9eb \u0130\u0307", TextRules(lower=True, tokenize="words"))
def test_as_the_reference(text, rules):
    text = with_line_feeds(known_to_all(text))
    expected = [
        reference_words.tokens(
            line, lower=rules.lower, numbers=rules.numbers, punctuation=rules.punctuation
        )
        for line in text.split("\n")
    ]
    assert tokenized(text, rules) == "\n".join(map(" ".join, expected))


@given(CHARACTERS, RULES)
def test_tokens_are_their_own_tokens(text, rules):
    once = tokenized(with_line_feeds(known_to_all(text)), rules)
    assert tokenized(once, rules) == once


@given(
    st.text("\u0301\u0327\u0344\u0345\u0903\u0f71\u0f72a", min_size=200, max_size=600),
    st.booleans(),
)
def test_many_marks_are_normalized_as_few(text, lower):
    text = "e" + text
    expected = unicodedata.normalize("NFC", text)
    if lower:
        expected = unicodedata.normalize("NFC", expected.casefold())
    assert tokenizer.normalized(text, lower=lower) == expected


def test_simple_characters_are_alike_for_both_libraries_and_never_change():
    simple = [c for c in map(chr, range(0x110000)) if re.match(f"[{tokenizer._SIMPLE}]", c)]
    assert len(simple) > 1500
    for c in simple:
        assert bool(re.match(r"[^\W_]", c)) == bool(regex.match(r"[\p{L}\p{N}]", c))
        assert not regex.match(r"[\p{M}\p{Cf}\p{Cs}\p{Cn}]", c) or c.isspace()
        assert bool(re.match(r"\s", c)) == bool(regex.match(r"\s", c)) or c < " "
        assert unicodedata.is_normalized("NFC", c)
        assert unicodedata.combining(c) == 0
    marks = regex.compile(r"\p{M}|[\u1160-\u11ff]").findall("".join(map(chr, range(0xD800))))
    firsts = {unicodedata.normalize("NFC", c + m)[0] for c in simple[:200] for m in marks}
    assert firsts  # and what they compose with is not simple:
    assert not [m for m in marks if re.match(f"[{tokenizer._SIMPLE}]", m)]


@pytest.mark.parametrize(
    "text",
    ["a" * 10_000, "a." * 50_000, "a@" * 50_000, "a://" * 50_000, "a://" + "." * 100_000,
     "1," * 50_000, "'" * 100_000, "a-" * 50_000, "\u0301" * 50_000, "_" * 100_000],
)  # fmt: skip
def test_hostile_texts_take_no_longer_than_others(text):
    for character in ("", "ह"):
        for rules in (WORDS, TextRules(True, "words", "fold", "keep")):
            assert len(tokenized(text + character, rules)) <= 4 * len(text)
