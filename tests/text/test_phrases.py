"""The table of phrases and its file."""

import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from w2vcli.errors import DataError, InputError, OutputError
from w2vcli.text.phrases import Phrase, PhraseTable

TABLE = PhraseTable((Phrase("new york", 52363.14159, 1200), Phrase("béla bartók", 0.25, 7)))


@pytest.fixture
def saved(tmp_path):
    def saved(data):
        path = tmp_path / "table"
        path.write_bytes(data)
        return str(path)

    return saved


def test_the_file(tmp_path):
    path = tmp_path / "table"
    TABLE.save(path)
    assert path.read_bytes() == "new york\t52363.1\t1200\nbéla bartók\t0.25\t7\n".encode()
    loaded = PhraseTable.load(str(path))
    assert loaded.phrases == (Phrase("new york", 52363.1, 1200), Phrase("béla bartók", 0.25, 7))
    assert (len(loaded), repr(loaded)) == (2, "<PhraseTable of 2 phrases>")


@pytest.mark.parametrize(
    "data",
    [
        b"new york\na b c\n",
        b"new york\na b c",
        b"\n  new   york \n\n \na b\x0bc\n\n",
        b"\xef\xbb\xbfnew york\r\na b c\r\n",
        b"new york\t3\t5\na b c\t-1e-3\t0\n",
        b"new york\t3.5\t5\r\na b c\n",
    ],
)
def test_tables_that_people_wrote(saved, data):
    assert [phrase.text for phrase in PhraseTable.load(saved(data)).phrases] == [
        "new york",
        "a b c",
    ]


words = st.text(st.characters(codec="utf-8", exclude_characters=" \t\n\r\v\f"), min_size=1)
texts = st.lists(words, min_size=2, max_size=4).map(" ".join)


@example({"\ufeffnew york": 1, "\ufeff \ufeff": 2})
@given(st.dictionaries(texts, st.none() | st.integers(0, 10**18 - 1), min_size=1))
def test_round_trip(tmp_path_factory, counts):
    path = tmp_path_factory.getbasetemp() / "table"
    table = PhraseTable(tuple(Phrase(t, None if n is None else 0.5, n) for t, n in counts.items()))
    table.save(path)
    loaded = PhraseTable.load(str(path))
    assert loaded == table
    assert loaded.fingerprint == table.fingerprint


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"york", "'york'"),
        ("new\u00a0york".encode(), r"'new\xa0york'"),
        (b"new york\t3", r"'new york\t3'"),
        (b"new york\t3\t4\t5", r"'new york\t3\t4\t5'"),
        (b"new york\tx\t4", r"'new york\tx\t4'"),
        (b"new york\tnan\t4", r"'new york\tnan\t4'"),
        (b"new york\tinf\t4", r"'new york\tinf\t4'"),
        (b"new york\t3\t-4", r"'new york\t3\t-4'"),
        (b"new york\t3\t4.5", r"'new york\t3\t4.5'"),
        (b"new york\t3\t1000000000000000000", r"'new york\t3\t1000000000000000000'"),
        (b"new\tyork", r"'new\tyork'"),
        (b"\t3\t4", r"'\t3\t4'"),
        (b"\x1b[31m", r"'\x1b[31m'"),
        (b"x" * 10_000, "'" + "x" * 37 + "...'"),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\n", b"\nz z\n"])
def test_lines_that_are_no_phrase_are_named(saved, line, shown, end):
    name = saved(b"a b\n\n" + line + end)
    with pytest.raises(DataError) as caught:
        PhraseTable.load(name)
    assert str(caught.value).startswith(
        f"{name}, line 3: expected the words of a phrase, alone or with a tab, a score, a tab and "
        f"a count, found {shown}; make"
    )


def test_a_phrase_that_stands_twice(saved):
    name = saved(b"a b\nc d\nc e\nc  d\t1\t2\n")
    with pytest.raises(DataError, match="table, line 4: the phrase 'c d' stands in line 2 too"):
        PhraseTable.load(name)


def test_bytes_that_are_not_utf8(saved):
    with pytest.raises(DataError, match=r"table, line 2, byte 3: 0xff is not valid UTF-8"):
        PhraseTable.load(saved(b"a b\nc \xff\n"))


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_no_phrases(saved, data):
    with pytest.raises(InputError, match="there are no phrases in it; make the table with"):
        PhraseTable.load(saved(data))


def test_a_vocabulary_is_no_table(saved):
    lines = [f"w{i} {1000 - i // 2 * 100}\n".encode() for i in range(10)]
    with pytest.raises(DataError, match="table: this is a vocabulary and no table of phrases;"):
        PhraseTable.load(saved(b"".join(lines)))
    for other in (lines[:9], lines[::-1], [*lines, b"new york\n"], [*lines, b"x 1\t2\t3\n"]):
        assert len(PhraseTable.load(saved(b"".join(other)))) == len(other)


def test_tables_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="nothing: no such file or folder; check the path"):
        PhraseTable.load(str(tmp_path / "nothing"))
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        PhraseTable.load(str(tmp_path))


def test_saving_where_there_is_no_folder(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        TABLE.save(tmp_path / "nothing" / "table")


def test_the_fingerprint_is_that_of_the_phrases():
    other = PhraseTable((Phrase("béla bartók"), Phrase("new york", 1.0, 2)))
    assert other.fingerprint == TABLE.fingerprint
    assert len(TABLE.fingerprint) == 16
    assert int(TABLE.fingerprint, 16) >= 0
    others = [("new york",), ("new york", "béla bartok"), ("new york béla", "bartók x")]
    for texts in others:
        assert PhraseTable(tuple(map(Phrase, texts))).fingerprint != TABLE.fingerprint


def test_each_text_has_a_joiner_of_its_own():
    one, two = TABLE.joiner(), TABLE.joiner()
    assert one.feed(b"in new ") == b""
    assert two.feed(b"york\n") == b"york\n"
    assert one.feed(b"york\n") == b"in new_york\n"


def test_pickled_it_is_its_phrases_alone():
    table = PhraseTable((*TABLE.phrases, Phrase("los angeles")))
    data = pickle.dumps(table)
    assert table.fingerprint
    assert table.joiner()
    assert pickle.dumps(table) == data
    assert pickle.loads(data) == table
