"""Ranges of files: wherever a text is cut, its parts are its text."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from w2vcli.errors import DataError
from w2vcli.text.corpus import Corpus
from w2vcli.text.decoding import BadBytesError
from w2vcli.text.expected import Expected
from w2vcli.text.phrases import Phrase, PhraseTable
from w2vcli.text.ranges import RangedCorpus, TextRange, cut_from, ends_of
from w2vcli.text.reading import Reading
from w2vcli.text.rules import TextRules

PIECES = [
    *("a", "B", " ", "new", "york", "\n", "\n\n", "\n\n\n", "\r\n", "\r", "\r\n\r\n", "\t", "\x0b"),
    *("Mr. ", "x. ", "Y! ", "3.5", "-", "\ufeff", "Σ", "ΑΣ", "e\u0301", "\u0301", "\u2029"),
    *("\u2028", "\x85", "。", "it's", "\n \n", '"', "\u00ad", "İ"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map(lambda parts: "".join(parts).encode())
BROKEN = st.lists(
    st.sampled_from(
        [b"a ", b"b\n", b"\xff", b"\xe2\x82", b"\n", b"\xef\xbb\xbf", b"\x00", b"\n\n"]
    ),
    max_size=20,
).map(b"".join)
TABLES = (PhraseTable((Phrase("new york"), Phrase("a b a"))),)
READING = Reading()
RULES = [
    TextRules(lower=lower, **more)
    for lower in (False, True)
    for more in (
        {},
        {"phrases": (TABLES[0].fingerprint,)},
        {"tokenize": "words"},
        {"tokenize": "words", "punctuation": "keep", "numbers": "drop"},
        {"tokenize": "words", "lines": "paragraph"},
        {"tokenize": "words", "lines": "sentence", "phrases": (TABLES[0].fingerprint,)},
    )
]


def cuts_of(text, rules):
    """All cuts of a text, the slow way."""
    return [n for n in range(1, len(text) + 1) if text[:n].endswith(ends_of(rules))]


def ranges(name, text, places):
    borders = [0, *sorted({place for place in places if 0 < place < len(text)}), len(text)]
    return [TextRange(name, len(text), *pair) for pair in pairwise(borders)]


def lines(corpus):
    """The lines of a corpus as tokens; empty lines mean nothing."""
    text = b"".join(corpus.chunks(7))
    return [line.split() for line in text.split(b"\n") if line.split()]


def corpora(path, text, places, rules, reading=READING):
    path.write_bytes(text)
    phrases = TABLES if rules.phrases else ()
    whole = Corpus([str(path)], rules, phrases, reading)
    if not text:
        return whole, [RangedCorpus.of(whole, [TextRange(str(path), 0)])]
    return whole, [RangedCorpus.of(whole, [part]) for part in ranges(str(path), text, places)]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("ranges") / "text"


@given(TEXTS, st.lists(st.integers(1, 80), max_size=5), st.sampled_from(RULES))
def test_cut_anywhere_a_text_has_the_lines_of_the_whole(path, text, places, rules):
    whole, parts = corpora(path, text, places, rules)
    assert [line for part in parts for line in lines(part)] == lines(whole)
    records = [part.records[0] for part in parts]
    assert sum(record.bytes for record in records) == len(text)
    assert sum(record.lines for record in records) == whole.records[0].lines


@given(
    BROKEN,
    st.lists(st.integers(1, 80), max_size=5),
    st.sampled_from([RULES[0], RULES[2], RULES[4]]),
    st.sampled_from(["replace", "skip-line"]),
)
def test_bad_bytes_are_counted_where_they_are(path, text, places, rules, how):
    whole, parts = corpora(path, text, places, rules, Reading(on_bad_bytes=how))
    assert [line for part in parts for line in lines(part)] == lines(whole)
    bad, before, first = whole.records[0].bad, 0, 0
    assert sum(part.records[0].bad.count for part in parts) == bad.count
    for part in parts:
        if part.records[0].bad.first and not first:
            first = before + part.records[0].bad.first
        before += part.records[0].lines
    assert first == bad.first


@example(b"\xffb\n\x00b\n", [1], RULES[2])
@given(BROKEN, st.lists(st.integers(1, 80), max_size=5), st.sampled_from([RULES[0], RULES[2]]))
def test_the_first_bad_bytes_are_named_as_in_the_whole(path, text, places, rules):
    whole, parts = corpora(path, text, places, rules)
    said = []
    for corpus in (whole, *parts):
        try:
            lines(corpus)
        except BadBytesError as error:
            said.append((corpus is whole, str(error)))
    if said:
        assert said[0] == (True, said[1][1])


@given(TEXTS, st.integers(0, 80), st.sampled_from(RULES), st.integers(1, 90))
def test_the_first_cut_is_the_first(tmp_path_factory, text, place, rules, limit):
    path = tmp_path_factory.getbasetemp() / "cut"
    path.write_bytes(text)
    expected = next((cut for cut in cuts_of(text, rules) if cut >= place), None)
    with path.open("rb") as source:
        assert cut_from(source, place, ends_of(rules)) == expected
        found = cut_from(source, place, ends_of(rules), limit)
    assert found == expected or (found is None and (expected is None or expected > limit))


def test_a_line_longer_than_its_range_belongs_to_the_range_where_it_begins(tmp_path):
    text = b"short\n" + b"long " * 100_000 + b"\nend"
    _, parts = corpora(tmp_path / "t", text, [3, 1000, 2000, 499_999], RULES[0])
    assert [sum(map(len, lines(part))) for part in parts] == [1, 100_000, 0, 0, 1]


def test_the_mark_at_the_end_is_in_the_last_range_only(tmp_path):
    text = b"a b\nc d\n#END\n"
    path = tmp_path / "t"
    path.write_bytes(text)
    whole = Corpus([str(path)], expected=Expected(end_mark="#END"))
    for places in ([5], [8], [9], [12], [1, 2, 3]):
        parts = [RangedCorpus.of(whole, [part]) for part in ranges(str(path), text, places)]
        assert [line for part in parts for line in lines(part)] == [[b"a", b"b"], [b"c", b"d"]]
    path.write_bytes(text + b"e\n")
    parts = ranges(str(path), text + b"e\n", [5])
    with pytest.raises(DataError, match="expected '#END' as the last line, found 'e'"):
        lines(RangedCorpus.of(whole, parts[1:]))


def test_a_file_that_changes_is_refused(tmp_path):
    path = tmp_path / "t"
    path.write_bytes(b"a\nb\n")
    part = TextRange(str(path), 4, 0, 2, "another")
    with pytest.raises(DataError, match="the file has changed while it was read"):
        lines(RangedCorpus.of(Corpus([str(path)]), [part]))
