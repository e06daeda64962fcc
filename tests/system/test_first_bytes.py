"""The kind of a text by its first bytes."""

import pytest

from w2vcli.system.first_bytes import begins_as_vocabulary, text_kind


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"the 120\nof 33\na ", "a vocabulary"),
        (b"the\t120\r\nof\t33\r\n", "a vocabulary"),
        (b"the 120\n" + b"x" * 999, "a vocabulary"),
        (b"400000 300\nthe 0.1 0.2\n", "a text"),
        (b"the cat sat on the mat", "a text"),
        ("\n\tseñor señor é".encode()[:-1], "a text"),
        (b"", None),
        (b"a 1\nb 1", None),
        (b"\x10\0\0\0\0\0\0\0{}", None),
        (b"the cat sat on\x07 the mat", None),
        (b"the cat sat on \xff the mat", None),
    ],
)
def test_texts_and_vocabularies(start, kind):
    assert text_kind(start) == kind


def test_the_first_line_of_a_vocabulary():
    assert begins_as_vocabulary(b"the 120\nof no number\n")
    assert not begins_as_vocabulary(b"the cat\nof 33\n")
