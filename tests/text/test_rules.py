"""The rules of a text in files: what is written, read, refused; and the words of queries."""

from pathlib import Path

import numpy as np
import pytest

from w2vcli.errors import DataError, UsageError
from w2vcli.text.phrases import Phrase, PhraseTable
from w2vcli.text.queries import found_in
from w2vcli.text.rules import VERSION, TextRules
from w2vcli.vectors.model import Model

TABLE = PhraseTable((Phrase("new york"),))
OTHER = PhraseTable((Phrase("old york"),))
PHRASES = (TABLE.fingerprint,)


@pytest.mark.parametrize(
    "rules",
    [
        TextRules(),
        TextRules(lower=True),
        TextRules(True, "words"),
        TextRules(False, "words", "fold", "keep", "sentence", PHRASES),
        TextRules(phrases=PHRASES),
    ],
)
def test_round_trip(rules):
    said = {"lower": rules.lower, "other": 1}
    if (text := rules.as_json()) is not None:
        said["text"] = text
    assert TextRules.from_json(said, "a file") == rules


def test_nothing_is_stored_unless_it_is_used():
    assert TextRules().as_json() is None
    assert TextRules(lower=True).as_json() is None


def test_the_rules_of_a_later_version_are_refused(tmp_path):
    later = TextRules(tokenize="words").as_json() | {"version": VERSION + 1}
    expected = (
        f"its text was tokenized by rules of version {VERSION + 1}, and this program knows those "
        f"up to {VERSION}; use a newer w2vcli"
    )
    with pytest.raises(DataError) as caught:
        TextRules.from_json({"text": later}, "a file")
    assert str(caught.value) == f"a file: {expected}"
    ones = np.ones((2, 2), np.float32)
    path = Path(tmp_path / "model")
    Model(["a", "b"], np.array([2, 1]), ones, ones, ones[0], config={"text": later}).save(path)
    with pytest.raises(DataError) as caught:
        Model.load(path)
    assert str(caught.value) == f"{path}: {expected}"


@pytest.mark.parametrize(
    "text",
    [
        "words",
        7,
        [],
        [1],
        {"tokenize": "words"},
        {"tokenize": "letters", "version": VERSION},
        TextRules(tokenize="words").as_json() | {"version": "1"},
        TextRules(tokenize="words").as_json() | {"version": None},
        TextRules(tokenize="words").as_json() | {"numbers": "halve"},
        TextRules(tokenize="words").as_json() | {"lines": ["line"]},
        {"phrases": [1]},
        {"phrases": 5},
        {"phrases": "0123456789abcdef"},
        TextRules(tokenize="words").as_json() | {"stemming": "porter"},
    ],
)
def test_what_is_no_rule_is_refused(text):
    if text == []:  # as none
        assert TextRules.from_json({"text": text}, "a file") == TextRules()
        return
    with pytest.raises(DataError, match=r"^a file: it does not say how its text became words in"):
        TextRules.from_json({"text": text}, "a file")


@pytest.mark.parametrize(
    "option", [{"numbers": "fold"}, {"punctuation": "keep"}, {"lines": "line"}]
)
def test_rules_of_tokenizing_need_it(option):
    ((name, value),) = option.items()
    if value == "line":
        assert TextRules(**option) == TextRules()
        return
    with pytest.raises(UsageError, match=f"^--{name} {value} says how to tokenize; give --tokeni"):
        TextRules(**option)


def test_tables_of_phrases_are_those_of_the_rules():
    TextRules(phrases=PHRASES).check_phrases([TABLE])
    TextRules().check_phrases([])
    for rules, tables, message in (
        (TextRules(phrases=PHRASES), [], "name their table with --phrases"),
        (TextRules(phrases=PHRASES), [OTHER], f"{OTHER.fingerprint} is not what was joined befor"),
        (TextRules(phrases=PHRASES), [TABLE, TABLE], "is not what was joined before"),
        (TextRules(), [TABLE], r"joined before \(no phrases\)"),
    ):
        with pytest.raises(UsageError, match=message):
            rules.check_phrases(tables)


WORDS = {"new_york": 0, "york": 1, "don't": 2, "0": 3, "War,": 4, "war": 5, "café": 6, "ß": 7}
TOKENIZED = TextRules(True, "words", "fold", phrases=PHRASES)


@pytest.mark.parametrize(
    ("query", "rules", "found"),
    [
        ("war", TextRules(), 5),
        ("WAR", TextRules(), None),
        ("WAR", TextRules(lower=True), 5),
        ("War,", TextRules(True, "words"), 4),  # as it was given
        ("WAR,", TextRules(True, "words"), 5),
        ("“Cafe\u0301”", TextRules(True, "words"), 6),
        ("don’t", TextRules(True, "words"), 2),
        ("1,984", TextRules(True, "words"), None),
        ("1,984", TOKENIZED, 3),
        ("New York", TOKENIZED, 0),
        ("New York", TextRules(True, "words"), None),
        ("New York", TextRules(lower=True, phrases=PHRASES), 0),
        ("york new", TOKENIZED, None),
        ("ẞ", TextRules(lower=True), 7),
        ("ẞ", TextRules(True, "words"), None),  # folded to ss
        ("", TOKENIZED, None),
        ("...", TOKENIZED, None),
        ("\x1b[31m", TOKENIZED, None),
    ],
)
def test_queries(query, rules, found):
    assert found_in(WORDS, query, rules) == found
