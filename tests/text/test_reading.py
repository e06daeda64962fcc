"""Reading raw text: encodings, bad bytes, which files of a folder."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.errors import DataError, InputError, UsageError
from w2vcli.text.corpus import Corpus
from w2vcli.text.reading import Reading
from w2vcli.text.rules import TextRules

SIZES = [1, 2, 3, 7, 1 << 20]
every_size = pytest.mark.parametrize("size", SIZES)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name, data):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return name

    return write


def read(*names, size=1 << 20, rules=None, **reading):
    corpus = Corpus(names, rules or TextRules(), (), Reading(**reading))
    text = b"".join(corpus.chunks(size)).decode()
    return [line.split() for line in text.split("\n") if line.split()], corpus.records


TEXT = "Grüße aus Köln\nzwei Zeilen\n\nEnde ohne Zeilenende"


@every_size
@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_encodings(write, encoding, size):
    name = write("a", TEXT.encode(encoding))
    found, records = read(name, size=size, encoding=encoding)
    assert found == [line.split() for line in TEXT.split("\n") if line]
    assert records[0].bytes == len(TEXT.encode(encoding))
    assert records[0].bad.count == 0


@every_size
@pytest.mark.parametrize("encoding", ["shift_jis", "gb18030", "euc_kr", "iso2022_jp"])
def test_characters_of_several_bytes(write, encoding, size):
    text = "日本 東京\n" * 3 if encoding != "euc_kr" else "한국 서울\n" * 3
    assert read(write("a", text.encode(encoding)), size=size, encoding=encoding)[0] == [
        line.split() for line in text.splitlines()
    ]


def test_another_encoding_in_compressed_data(write):
    assert read(write("a.gz", gzip.compress(TEXT.encode("utf-16"))), encoding="utf-16")[0][0] == [
        "Grüße", "aus", "Köln",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["nosuch", "", "rot13", "base64", "zlib", "a\0b"])
def test_unknown_encodings(encoding):
    with pytest.raises(UsageError, match="is no encoding that Python knows; name one such as"):
        Reading(encoding=encoding)


@every_size
@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (b"a\nb \xff\n", "utf-8", "a, line 2, byte 3: 0xff is not valid UTF-8; convert the text"),
        (b"a\nb \xe9\n", "ascii", "a, line 2, byte 5 of the file: 0xe9 is not valid ascii; is as"),
        (b"a \n\x81\xff", "shift_jis", "a, line 2, byte 4 of the file: 0x81 is not valid shift_"),
        (TEXT.encode("utf-16") + b"x", "utf-16", "a, line 4, byte 97 of the file: 0x78 is not v"),
    ],
)
def test_bad_bytes_are_named(write, data, encoding, message, size):
    if encoding == "utf-16":
        message = message.replace("97", f"{len(data)}")
    with pytest.raises(DataError) as caught:
        read(write("a", data), size=size, encoding=encoding)
    assert str(caught.value).startswith(message)


BAD = {
    "utf-8": b"one\nt\xffw\xfeo x\nthree\n\xff\nfour \xe9",
    "ascii": b"one\nt\xffw\xfeo x\nthree\n\xff\nfour \xe9",
}


@every_size
@pytest.mark.parametrize("encoding", BAD)
def test_bad_bytes_are_replaced(write, encoding, size):
    found, records = read(
        write("a", BAD[encoding]), size=size, encoding=encoding, on_bad_bytes="replace"
    )
    bad = "\ufffd"
    assert found == [["one"], [f"t{bad}w{bad}o", "x"], ["three"], [bad], ["four", bad]]
    assert (records[0].bad.count, records[0].bad.first) == (4, 2)


@every_size
@pytest.mark.parametrize("encoding", BAD)
@pytest.mark.parametrize("rules", [TextRules(), TextRules(tokenize="words")])
def test_lines_with_bad_bytes_are_left_out(write, encoding, size, rules):
    found, records = read(
        write("a", BAD[encoding]), write("b", b"\xff"), write("c", b"c"),
        size=size, encoding=encoding, on_bad_bytes="skip-line", rules=rules,
    )  # fmt: skip
    assert found == [["one"], ["three"], ["c"]]
    assert [record.bad.count for record in records] == [3, 1, 0]
    assert [record.bad.first for record in records] == [2, 1, 0]


@given(st.binary(max_size=40), st.sampled_from(SIZES), st.sampled_from(["replace", "skip-line"]))
def test_any_bytes(tmp_path_factory, data, size, policy):
    data = data.replace(b"\x1f\x8b", b"").replace(b"PK", b"").replace(b"\xef\xbb\xbf", b"")
    path = tmp_path_factory.mktemp("any") / "a"
    path.write_bytes(b"text " + data)
    expected = []
    for line in (b"text " + data).split(b"\n"):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            if policy == "skip-line":
                continue
            text = line.decode("utf-8", "replace")
        if tokens := text.encode().split():
            expected.append([token.decode() for token in tokens])
    corpus = Corpus([str(path)], TextRules(), (), Reading(on_bad_bytes=policy))
    found = b"".join(corpus.chunks(size)).split(b"\n")
    assert [[t.decode() for t in line.split()] for line in found if line.split()] == expected


def test_all_files_with_bad_bytes_are_named_at_once(write):
    names = [write("a", b"fine"), write("b", b"x\n\xff"), write("c", b"fine"), write("d", b"\xfe ")]
    with pytest.raises(DataError) as caught:
        read(*names)
    assert str(caught.value) == (
        "2 of the 4 files hold bytes that are no text: b, line 2, byte 1, 0xff is not valid UTF-8, "
        "and d, line 1, byte 1, 0xfe is not valid UTF-8; convert them (for example with iconv), "
        "name their --encoding, or see --on-bad-bytes"
    )


def test_no_more_than_twenty_are_named(write):
    with pytest.raises(DataError, match=r"^25 of the 25 files .* and f19, line 1.*, and 5 more; "):
        read(*(write(f"f{i:02}", b"\xff") for i in range(25)))


@pytest.mark.parametrize(
    ("include", "found"),
    [
        (["*.txt"], ["d/a.txt", "d/e/b.txt"]),
        (["*.txt", "?.md"], ["d/a.txt", "d/c.md", "d/e/b.txt"]),
        (["[ab].*"], ["d/a.txt", "d/e/b.txt"]),
    ],
)
def test_only_some_files_of_a_folder(write, include, found):
    for name in ("d/a.txt", "d/c.md", "d/e/b.txt", "d/.hidden.txt", "x.rst"):
        write(name, b"x\n")
    assert Corpus(["d", "x.rst"], reading=Reading(include=tuple(include))).files == [
        *found, "x.rst",
    ]  # fmt: skip


def test_a_pattern_that_chooses_nothing(write):
    write("d/a.txt", b"x\n")
    with pytest.raises(InputError, match=r"^d: none of the 1 files in the folder matches --inc"):
        Corpus(["d"], reading=Reading(include=("*.md", "*.rst")))
    with pytest.raises(UsageError, match="--include chooses among the files of folders, and none"):
        Corpus(["d/a.txt"], reading=Reading(include=("*.md",)))
