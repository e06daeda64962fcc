"""Whether a text is tokenized: raw prose is told from what looks like it."""

import re
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

from w2vcli.text.demo_corpus import demo_lines
from w2vcli.text.rules import TextRules
from w2vcli.text.tokenizer import tokenized
from w2vcli.text.untokenized import glued_punctuation

LIBRARY = Path(sysconfig.get_path("stdlib"))


def words_of(text, min_count=5):
    return [word for word, n in Counter(text.split()).most_common() if n >= min_count]


def prose():
    manual = Path(__file__).resolve().parents[2] / "w2vcli" / "manual"
    texts = (path.read_text(encoding="utf-8") for path in sorted(manual.glob("*.md")))
    # Without options, tables and sessions: these are code.
    return re.sub(r"(?ms)^(\||    |<!--).*?$|^```.*?^```|[`*\[\]#()/]", " ", "\n".join(texts))


def test_raw_prose_is_noticed_and_tokenized_prose_is_not():
    found = glued_punctuation(words_of(prose(), 3))
    assert found.share > 0.05
    assert found.example[-1] in ".,;:"
    for punctuation in ("keep", "drop"):
        rules = TextRules(tokenize="words", punctuation=punctuation)
        assert glued_punctuation(words_of(tokenized(prose(), rules), 3)) is None


@pytest.mark.parametrize(
    "line",
    [
        "das haus, die stadt. der hund; ein kind: na",
        "le chien, la ville. un enfant; mais non: oui",
        "слово, город. ребёнок; дом: да",
        "शब्द, शहर। घर; है",
        "كلمة، مدينة؛ بيت.",
    ],
)
def test_other_languages(line):
    plain = re.findall(r"[^\s,.;:।،؛]+", line)
    raw = [f"{word}{i}x{mark}" for i in "abcdefgh" for word in plain for mark in ("", ",", ".")]
    assert glued_punctuation(raw) is not None
    assert glued_punctuation([*(word for word in raw if word[-1] not in ",."), ",", "."]) is None


def test_program_text_is_not_prose():
    text = "".join(
        path.read_text(encoding="utf-8", errors="replace") for path in sorted(LIBRARY.glob("*.py"))
    )
    assert glued_punctuation(words_of(text)) is None


@pytest.mark.parametrize("name", ["wikitext2.train.txt", "wikitext2.valid.txt"])
def test_tokenized_corpora(shared_data, name):
    text = (shared_data / name).read_text(encoding="utf-8")
    for min_count in (1, 5):
        assert glued_punctuation(words_of(text, min_count)) is None


def test_the_demo_corpus():
    assert glued_punctuation(words_of("\n".join(demo_lines()))) is None


def test_a_few_abbreviations_show_nothing():
    words = [f"w{chr(97 + i)}{chr(97 + j)}" for i in range(26) for j in range(26)]
    assert glued_punctuation([*words, *(f"{word}." for word in words[:9])]) is None
    assert glued_punctuation([*words, *(f"{word}." for word in words[:13])]) is None
    assert glued_punctuation([*words, *(f"{word}." for word in words[:20])]).example == "waa."
    assert glued_punctuation([]) is None
