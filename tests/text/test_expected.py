"""A text that is not what was expected is refused, however it comes; an end mark is no text."""

import hashlib
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.errors import DataError, UsageError
from w2vcli.text.corpus import Corpus
from w2vcli.text.expected import Expected
from w2vcli.text.reading import Reading


def without_mark(text, mark):
    """By lines: the text before a last line that is the mark; None if it is another."""
    lines = text.split(b"\n")
    if lines[-1] == b"" and len(lines) > 1:
        lines.pop()
    if lines[-1].removesuffix(b"\r") != mark:
        return None
    return b"".join(line + b"\n" for line in lines[:-1])


def blocks_of(text, cuts):
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[i:j] for i, j in pairwise(places)]


TEXTS = st.lists(st.sampled_from(["E", "ND", "END", "\n", "\r", "a "]), max_size=9).map("".join)


@given(TEXTS, st.sampled_from(["END", "E", "é"]), st.lists(st.integers(0, 40)))
def test_the_mark_is_the_last_line_wherever_blocks_end(text, mark, cuts):
    text = (text + ("é" if mark == "é" and len(text) % 2 else "")).encode()
    expected, wanted = Expected(end_mark=mark), without_mark(text, mark.encode())
    marked = expected.marked("text", blocks_of(text, cuts), "utf-8")
    if wanted is None:
        with pytest.raises(DataError, match=r"^text: expected '.*' as the last line, found "):
            list(marked)
    else:
        assert b"".join(marked) == wanted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", "an empty one"),
        (b"a\nEND\n\n", "an empty one"),
        (b"a\nEN", "'EN'"),
        (b"a\nEND of it\n", "'...of it'"),
        (b"a\nTHE END\n", "'...E END'"),
        (b"a\n END\n", "' END'"),
    ],
)
def test_what_is_found_instead(text, found):
    with pytest.raises(DataError) as failure:
        list(Expected(end_mark="END").marked("-", [text], "utf-8"))
    said = str(failure.value)
    assert said.startswith("standard input: expected 'END' as the last line, found ")
    assert said.endswith("; the text is not whole, so nothing of it is used")
    assert found in said


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252", "shift_jis"])
def test_the_mark_in_the_encoding_of_the_text(tmp_path, encoding):
    path = tmp_path / "text"
    path.write_bytes("a b c\n=END=\n".encode(encoding))
    reading = Reading(encoding)
    corpus = Corpus([str(path)], reading=reading, expected=Expected(end_mark="=END="))
    assert b"".join(corpus.chunks()).split() == [b"a", b"b", b"c"]


@pytest.mark.parametrize(
    ("encoding", "mark", "message"),
    [
        ("utf-16", "END", "--end-mark cannot be found in text in utf-16, whose lines do not end i"),
        ("utf-16-le", "END", "--end-mark cannot be found in text in utf-16-le, whose lines do not"),
        ("latin-1", "\u20ac", "--end-mark: '\u20ac' cannot be written in latin-1"),
    ],
)
def test_a_mark_that_cannot_be_found(encoding, mark, message):
    with pytest.raises(UsageError) as failure:
        list(Expected(end_mark=mark).marked("text", [b"END\n"], encoding))
    assert str(failure.value).startswith(message)


# --- of a corpus ------------------------------------------------------------------------

LINES = [b"the cat sat\n", b"on the mat\n", b"\n", b"and slept\n"]
TEXT = b"".join(LINES)
SHA = hashlib.sha256(TEXT).hexdigest()


def read(path, data, expected):
    path.write_bytes(data)
    corpus = Corpus([str(path)], expected=expected)
    text = b"".join(corpus.chunks(7))
    (record,) = corpus.records
    return text, record


@pytest.mark.parametrize(
    "expected",
    [
        Expected(),
        Expected(lines=4),
        Expected(sha256=SHA),
        Expected(sha256=SHA.upper()),
        Expected(lines=4, sha256=SHA),
    ],
)
def test_what_is_as_expected(tmp_path, expected):
    text, record = read(tmp_path / "text", TEXT, expected)
    assert text.split() == TEXT.split()
    assert (record.sha256, record.lines, record.bytes) == (SHA, 4, len(TEXT))


@pytest.mark.parametrize("end", [b"#end\n", b"#end", b"#end\r\n"])
def test_the_mark_is_no_part_of_the_text_nor_of_its_record(tmp_path, end):
    expected = Expected(4, SHA, "#end")
    text, record = read(tmp_path / "text", TEXT + end, expected)
    assert text.split() == TEXT.split()
    assert (record.sha256, record.lines, record.bytes) == (SHA, 4, len(TEXT))


def test_each_shorter_text_is_refused(tmp_path):
    for size in range(len(TEXT)):
        for expected in (Expected(lines=4), Expected(sha256=SHA)):
            with pytest.raises(DataError, match="expected"):
                read(tmp_path / "text", TEXT[:size], expected)
    whole = TEXT + b"#end"
    for size in range(len(whole)):
        with pytest.raises(DataError, match="expected '#end' as the last line"):
            read(tmp_path / "text", whole[:size], Expected(end_mark="#end"))


def test_the_messages(tmp_path):
    path = tmp_path / "text"
    other = hashlib.sha256(TEXT[:-1]).hexdigest()
    for expected, message in (
        (
            Expected(lines=4),
            "expected 4 lines, found 3 that end in a newline; the text is not whole, so nothing of "
            "it is used",
        ),
        (
            Expected(sha256=SHA),
            f"expected the SHA-256 {SHA}, found {other} (of the decompressed bytes); the text is "
            "another, so nothing of it is used",
        ),
    ):
        with pytest.raises(DataError) as failure:
            read(path, TEXT[:-1], expected)
        assert str(failure.value) == f"{path}: {message}"


def test_a_long_text(tmp_path):
    generator = random.Random(1)
    lines = [b"%d " % generator.randrange(10**6) * 9 + b"\n" for _ in range(40_000)]
    data = b"".join(lines)
    expected = Expected(40_000, hashlib.sha256(data).hexdigest(), "the end")
    (tmp_path / "text").write_bytes(data + b"the end\n")
    corpus = Corpus([str(tmp_path / "text")], expected=expected)
    assert (
        hashlib.sha256(b"".join(corpus.chunks())).hexdigest()
        == hashlib.sha256(data + b"\n").hexdigest()
    )


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"lines": 0}, "--expect-lines"),
        ({"sha256": SHA}, "--expect-sha256"),
        ({"end_mark": "x"}, "--end-mark"),
    ],
)
def test_one_text_at_a_time(tmp_path, given, name):
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(b"a\n")
    with pytest.raises(UsageError, match=f"^{name} says what one text has to be, and here are 3;"):
        Corpus([str(tmp_path)], expected=Expected(**given))


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, SHA + "0", SHA + "\n"])
def test_what_is_no_sha256(text):
    with pytest.raises(UsageError, match="is not a SHA-256: give its 64 hexadecimal digits"):
        Expected(sha256=text)


@pytest.mark.parametrize("text", ["", "a\nb", "a\r", "\n"])
def test_what_is_no_line(text):
    with pytest.raises(
        UsageError, match=r"^--end-mark: it is the last line of the text, so give o"
    ):
        Expected(end_mark=text)
