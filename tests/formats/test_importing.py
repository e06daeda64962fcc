"""Reading vectors of other programs: formats, compression, and bad rows."""

import bz2
import gzip
import hashlib
import io
import lzma
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.vector_scenes import same_bits

from w2vcli.errors import DataError, InputError
from w2vcli.formats.importing import import_vectors

TEXT = b"3 2\none 1 0.1\ntwo 0.9 0.2\nthree -0.5 1e-3\n"
WORDS = ["one", "two", "three"]
MATRIX = np.array([[1, 0.1], [0.9, 0.2], [-0.5, 1e-3]], np.float32)


def binary(words, matrix, between=b""):
    rows = (
        w + b" " + v.astype("<f4").tobytes() + between for w, v in zip(words, matrix, strict=True)
    )
    return f"{len(words)} {matrix.shape[1]}\n".encode() + b"".join(rows)


@pytest.fixture
def read(tmp_path):
    """Import a file of these bytes."""

    def imported(data, *more, **options):
        (tmp_path / "file").write_bytes(data)
        return import_vectors(str(tmp_path / "file"), *more, **options)

    return imported


def check(found, form, words=WORDS, matrix=MATRIX):
    assert found.format == form
    assert found.vectors.words == words
    assert same_bits(found.vectors.w_in, matrix)


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        TEXT.removesuffix(b"\n"),
        TEXT.replace(b"\n", b" \n"),  # as word2vec and fastText write it
        TEXT.replace(b"\n", b"\r\n"),
        TEXT.replace(b" ", b"\t"),
        TEXT.replace(b" ", b"  "),
        b"\xef\xbb\xbf" + TEXT,
        TEXT.replace(b"0.9", b"+.9").replace(b"1e-3", b"001.E-03"),
    ],
)
def test_text(read, data):
    check(read(data), "word2vec")
    check(read(data.partition(b"\n")[2]), "glove")


@pytest.mark.parametrize("between", [b"", b"\n"])
def test_binary(read, between):
    check(read(binary([w.encode() for w in WORDS], MATRIX, between)), "word2vec-binary")


FINALFUSION = bytes.fromhex(
    "46694675000000000400000005000000010000000200000006000000050000001000000000000000"
    "736f75726365203d202274657374220a010000001e00000000000000030000000000000003000000"
    "657474040000007476c3a503000000747265020000002a0000000000000003000000000000000200"
    "00000a00000000009a99193fcdcc4c3f0000803f00000000000000000000803f060000001c000000"
    "0000000003000000000000000a000000000000000000a0400000803f00000040"
)
"""Written by finalfusion 0.7.1 for Python: metadata, words, matrix, norms."""


def test_finalfusion(read):
    matrix = np.array([[0.6, 0.8], [1, 0], [0, 1]], np.float32)
    check(read(FINALFUSION), "finalfusion", ["ett", "två", "tre"], matrix)
    check(read(FINALFUSION, top=2), "finalfusion", ["ett", "två"], matrix[:2])


def fifu(*chunks):
    """A file of chunks, as the format's description says."""
    data = b"FiFu" + struct.pack(f"<II{len(chunks)}I", 0, len(chunks), *(c[0] for c in chunks))
    for kind, content in chunks:
        content = content(len(data) + 12) if callable(content) else content
        data += struct.pack("<IQ", kind, len(content)) + content
    return data


@pytest.mark.parametrize("extra", range(4))
def test_the_padding_of_finalfusion(read, extra):
    """One to four bytes, even where the place is a multiple of four."""
    word = b"w" * (1 + extra)
    words = struct.pack("<QI", 1, len(word)) + word

    def matrix(place):
        padding = 4 - (place + 16) % 4
        return struct.pack("<QII", 1, 2, 10) + bytes(padding) + struct.pack("<2f", 1, 2)

    found = read(fifu((1, words), (2, matrix)))
    check(found, "finalfusion", [word.decode()], np.array([[1, 2]], np.float32))


@pytest.mark.parametrize(
    ("chunks", "said"),
    [
        ([(3, b"")], "it holds buckets of subwords, which w2vcli does not read"),
        ([(1, b""), (4, b"")], "it holds quantized vectors"),
        ([(5, b"x")], "there are no words with vectors in it"),
        ([(1, struct.pack("<Q", 9))], "the file is damaged"),
        ([(1, struct.pack("<QI", 1, 1 << 30))], "the file is damaged"),
        ([(1, struct.pack("<Q", 0) + b"x")], "the file is damaged"),
        ([(1, struct.pack("<QI", 1, 1) + b"w"), (2, struct.pack("<QII", 1, 2, 1))],
         "its matrix is not of float32"),
        ([(1, struct.pack("<QI", 1, 1) + b"w"), (2, struct.pack("<QII", 2, 2, 10))],
         "its matrix is not of float32 or not one row for each word"),
        ([(1, struct.pack("<QI", 1, 1) + b"w"), (2, struct.pack("<QII", 1, 2, 10))],
         "the file is cut short or damaged"),
    ],
)  # fmt: skip
def test_finalfusion_that_is_not_read(read, chunks, said):
    with pytest.raises(DataError, match=said):
        read(fifu(*chunks))


def test_another_version_of_finalfusion(read):
    with pytest.raises(DataError, match="not a finalfusion file of version 0"):
        read(b"FiFu" + struct.pack("<II", 1, 0))


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed(read, compress):
    check(read(compress(TEXT)), "word2vec")
    with pytest.raises(DataError, match="the compressed data is damaged or cut short"):
        read(compress(TEXT * 1000)[:-5])


def test_zstandard(read):
    zstd = pytest.importorskip(
        "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    )
    check(read(zstd.compress(TEXT)), "word2vec")


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT)))
    found = import_vectors("-")
    check(found, "word2vec")
    assert found.vectors.source["file"] == "-"


def test_the_source(read, tmp_path):
    """The digest is that of the whole file, also where only its beginning is wanted."""
    for data, top in ((TEXT, None), (TEXT, 2), (gzip.compress(TEXT, mtime=0), 1)):
        source = read(data, top=top).vectors.source
        assert source["sha256"] == hashlib.sha256(data).hexdigest()
        assert (source["bytes"], source["top"]) == (len(data), top)


def test_a_matrix_that_grows(read, monkeypatch):
    monkeypatch.setattr("w2vcli.formats.table._STEP_BYTES", 64)
    monkeypatch.setattr("w2vcli.formats.reading_text._PIECE_BYTES", 50)
    rows = [(f"w{i}", i / 8, -i / 8) for i in range(1000)]
    found = read("".join(f"{w} {a} {b}\n" for w, a, b in rows).encode())
    check(found, "glove", [w for w, *_ in rows], np.array([r[1:] for r in rows], np.float32))


# --- bad rows ---------------------------------------------------------------------------

GOOD = b"good 1 2\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"one 1", "expected a word and 2 numbers, found 2 fields"),
        (b"one", "expected a word and 2 numbers, found 1 field;"),
        (b"", "expected a word and 2 numbers, found 0 fields"),
        (b"one 1 2 3", "too long: expected a word and 2 numbers, found 3 numbers"),
        (b"one 1e5 -.2 3 4", "too long: expected a word and 2 numbers, found 4 numbers"),
        (b"New York 1 2", "the word 'New York' holds white space"),
        (b". . . 1 2", "the word '. . .' holds white space"),
        (b" 1 2", "the word '' is empty"),
        (b"one 1 x2", "expected 2 numbers behind the word, found 'x2'"),
        (b"one 1 nan", "expected 2 numbers behind the word, found 'nan'"),
        (b"one 1 1e39", "a number of the word 'one' is not finite"),
        (b"one 0x1p3 2", "expected 2 numbers behind the word, found '0x1p3'"),
        (b"one 1,5 2", "expected 2 numbers behind the word, found '1,5'"),
        (b"one 2e19 1", "the vector of the word 'one' is so long that its square exceeds"),
        (b"one 1 [2]", r"expected 2 numbers behind the word, found '\[2\]'"),
        (b"one 1 1-2", "expected 2 numbers behind the word, found '1-2'"),
        (b"good 3 4", "the word 'good' stands in line 1 too"),
        (b"\xff\xfe 1 2", r"the word is not valid UTF-8 \(byte 0xff\)"),
        (b"one 1 \xff", "expected 2 numbers behind the word, found"),
    ],
)
def test_a_bad_line_is_named_or_left_out(read, row, said):
    data = GOOD + row + b"\nlast 5 6\n"
    with pytest.raises(DataError, match=f"line 2: {said}.*--on-bad-rows skip"):
        read(data, "glove")
    found = read(data, "glove", on_bad_rows="skip")
    check(found, "glove", ["good", "last"], np.array([[1, 2], [5, 6]], np.float32))
    assert len(found.bad) == 1
    assert found.vectors.source["skipped_rows"] == 1


def test_a_short_line_does_not_borrow_from_a_long_one(read):
    found = read(b"a 1 2\nb 1\nc 1 2 3\nd 4 5\n", on_bad_rows="skip")
    assert found.vectors.words == ["a", "d"]
    assert len(found.bad) == 2


@pytest.mark.parametrize(
    ("word", "bad", "said"),
    [
        (b"one\tb", [1, 2], "the word 'one.tb' holds white space"),
        (b"", [1, 2], "the word '' is empty"),
        (b"good", [1, 2], "the word 'good' stands in row 1 too"),
        (b"\xc3", [1, 2], "the word is not valid UTF-8"),
        (b"one", [np.nan, 1], "a number of the word 'one' is not finite"),
    ],
)
def test_a_bad_row_of_a_binary_file(read, word, bad, said):
    data = binary([b"good", word, b"last"], np.array([[1, 2], bad, [5, 6]], np.float32))
    with pytest.raises(DataError, match=f"row 2: {said}"):
        read(data, "word2vec-binary")
    found = read(data, "word2vec-binary", on_bad_rows="skip")
    check(found, "word2vec-binary", ["good", "last"], np.array([[1, 2], [5, 6]], np.float32))


@pytest.mark.parametrize("skip", ["error", "skip"])
@pytest.mark.parametrize(
    ("data", "form", "said"),
    [
        (TEXT.replace(b"3 2", b"4 2"), None, "promises 4 words, and 3 lines follow"),
        (TEXT.replace(b"3 2", b"2 2"), None, "promises 2 words, and 3 lines follow"),
        (TEXT[4:], "word2vec", "line 1: expected the number of words and of dimensions"),
        (b"3 0\na\n", "word2vec", "line 1: expected the number of words and of dimensions"),
        (b"word\n", None, "line 1: expected a word and its numbers, found 'word'"),
        (b"\x00\x01\n\xff", None, "line 1: expected a word and its numbers"),
        (TEXT[4:], "word2vec-binary", "expected a first line with the number of words"),
        (TEXT, "finalfusion", "not a finalfusion file"),
        (binary([b"a", b"b"], MATRIX[:2])[:-1], None, "row 2: the file ends here"),
        (binary([b"a", b"b"], MATRIX[:2])[:-9], None, "row 2: the file ends here"),
        (binary([b"a", b"b"], MATRIX[:2]) + b"x", None, "it goes on behind the 2 words"),
        (b"2 2\n" + b"x" * 200_000, "word2vec-binary", "row 1: the file ends here, or is damaged"),
        (b"PK\x03\x04" + bytes(100), None, "this is a zip archive"),
    ],
)
def test_a_bad_file_is_refused_whatever_is_skipped(read, data, form, said, skip):
    with pytest.raises(DataError, match=said):
        read(data, form, on_bad_rows=skip)


def test_top_does_not_look_at_the_rest(read):
    check(read(TEXT + b"bad\n", top=2), "word2vec", WORDS[:2], MATRIX[:2])
    found = read(b"a 1 1\na 1 1\nb 1 1\nbad\n", top=2, on_bad_rows="skip")
    assert found.vectors.words == ["a", "b"]


def test_nothing_in_it(read, tmp_path):
    for data in (b"0 2\n", b"0 2"):
        with pytest.raises(InputError, match="there are no vectors in it"):
            read(data, "word2vec")
    with pytest.raises(InputError, match="there are no vectors in it"):
        read(b"a 1 nan\na\n", on_bad_rows="skip")
    with pytest.raises(InputError, match="no such file or folder; check the path"):
        import_vectors(str(tmp_path / "missing"))
    with pytest.raises(InputError, match="this is a folder"):
        import_vectors(str(tmp_path))
    with pytest.raises(DataError, match="expected a word and its numbers, found ''"):
        read(b"")


def test_our_own_files_are_not_imported(trained):
    with pytest.raises(DataError, match="this is a file of w2vcli already"):
        import_vectors(str(Path(trained) / "model.safetensors"))


def test_a_long_word_and_many_numbers_are_told_apart(read):
    """The first row may be longer than what is looked at."""
    for word, dim in ((b"x" * 30_000, 2), (b"a", 20_000)):
        matrix = np.arange(2 * dim, dtype=np.float32).reshape(2, dim) + np.float32(1e8)
        words = [word, b"b"]
        lines = b"".join(
            w + b" " + b" ".join(b"%d" % n for n in row) + b"\n"
            for w, row in zip(words, matrix.tolist(), strict=True)
        )
        header = b"2 %d\n" % dim
        for data, form in (
            (header + lines, "word2vec"),
            (binary(words, matrix), "word2vec-binary"),
        ):
            check(read(data), form, [w.decode() for w in words], matrix)


def test_large_numbers(read):
    for matrix in ([[70_000, 2]], [[1e18, -1e19]]):
        matrix = np.array(matrix, np.float32)
        check(read(binary([b"a"], matrix)), "word2vec-binary", ["a"], matrix)
        check(read(b"a %f %f\n" % tuple(matrix[0])), "glove", ["a"], matrix)
    for huge in ([2e19, 0], [1.5e19, 1.5e19]):
        with pytest.raises(DataError, match="row 1: the vector of the word 'a' is so long"):
            read(binary([b"a"], np.array([huge], np.float32)))


# --- which format it is -----------------------------------------------------------------


@pytest.mark.parametrize("place", range(4))
def test_a_line_feed_among_the_first_numbers_is_no_end_of_a_row(read, place):
    """One of the four bytes of the first number is 0x0A."""
    for before in (b"\x00\x00\x80\x3f", b"11.5", b"\xcd\xcc\x8c?"):
        first = np.frombuffer(before[:place] + b"\n" + before[place + 1 :], "<f4")
        matrix = np.array([[first[0], 0.1], [1, 2]], np.float32)
        check(read(binary([b"a", b"b"], matrix)), "word2vec-binary", ["a", "b"], matrix)


def test_random_numbers_are_binary(read):
    """Of whatever bytes they are, and how few of them there may be."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        matrix = rng.normal(size=(4, 3)).astype(np.float32)
        words = [b"a", b"b", b"c", b"d"]
        assert read(binary(words, matrix)).format == "word2vec-binary"


@pytest.mark.parametrize(
    "bad", ["New York 1 2", "a 1,5 2", "a 0x1p3 1", "a", "", "a 1 2 3", "\xe9"]
)
def test_a_bad_first_row_is_still_text(read, bad):
    bad = bad.encode("latin-1")
    found = read(b"3 2\n" + bad + b"\nc 1 2\nd 3 4\n", on_bad_rows="skip")
    check(found, "word2vec", ["c", "d"], np.array([[1, 2], [3, 4]], np.float32))
    found = read(bad + b"\nc 1 2\nd 3 4\n", on_bad_rows="skip")
    check(found, "glove", ["c", "d"], np.array([[1, 2], [3, 4]], np.float32))


def test_text_of_bad_rows_alone_is_text(read):
    with pytest.raises(DataError, match="line 2: expected 2 numbers behind the word, found '1,5'"):
        read(b"2 2\na 1,5 2,5\nb 1,0 2,0\n")


def test_a_first_word_longer_than_any_buffer(read):
    word = b"x" * 100_000
    matrix = np.array([[0.1, 0.2]], np.float32)
    check(read(binary([word], matrix)), "word2vec-binary", [word.decode()], matrix)
    for data in (b"1 2\n" + word + b" 0.1 0.2\n", gzip.compress(b"1 2\n" + word + b" 0.1 0.2")):
        check(read(data), "word2vec", [word.decode()], matrix)


def test_a_byte_order_mark_is_no_part_of_a_word(read):
    for data in (TEXT, TEXT.partition(b"\n")[2]):
        assert read(b"\xef\xbb\xbf" + data).vectors.words == WORDS


@pytest.mark.parametrize("skip", ["error", "skip"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n \n\n"])
def test_empty_lines_at_the_end_are_no_rows(read, monkeypatch, end, skip):
    monkeypatch.setattr("w2vcli.formats.reading_text._PIECE_BYTES", 7)
    for data in (TEXT, TEXT.partition(b"\n")[2]):
        found = read(data + end * 9, on_bad_rows=skip)
        assert (found.vectors.words, found.skipped) == (WORDS, 0)
    with pytest.raises(DataError, match="line 5: expected a word and 2 numbers, found 0 fields"):
        read(TEXT.replace(b"3 2", b"5 2") + b"\n" + b"four 1 2\n")
    found = read(TEXT.replace(b"3 2", b"24 2") + b"\n" * 20 + b"four 1 2\n", on_bad_rows="skip")
    assert (found.vectors.words, found.skipped) == ([*WORDS, "four"], 20)
    assert found.bad[-1].startswith("line 24: ")


@pytest.mark.parametrize("first", [b"a 1", b"a 1 2 3", b"a 1 2 3 4"])
def test_the_first_line_alone_does_not_say_how_many_numbers(read, first):
    found = read(first + b"\nb 1 2\nc 3 4\n", on_bad_rows="skip")
    check(found, "glove", ["b", "c"], np.array([[1, 2], [3, 4]], np.float32))
    assert len(found.bad) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"the 90\nof 50\n", "its lines are a word and one number, as in a vocabulary"),
        (b"the 90\nNew York 1\nof 50\n", "its lines are a word and one number"),
        (b"0.1 0.2 0.3\n1 2 3\n", "its lines are numbers without words"),
    ],
)
def test_what_is_hardly_vectors_is_taken_only_on_demand(read, data, said):
    with pytest.raises(DataError, match=f"{said}.* choose --format glove"):
        read(data, on_bad_rows="skip")
    assert len(read(data, "glove", on_bad_rows="skip").vectors.words) == 2


def test_some_words_may_be_numbers(read):
    assert read(b"1 2 3\n2 3 4\na 4 5\n").vectors.words == ["1", "2", "a"]


def pickled(protocol):
    return pickle.dumps({"vectors": [1.0]}, protocol)


def npy():
    file = io.BytesIO()
    np.save(file, MATRIX)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (npy(), r"a NumPy array \(.npy\), which holds no words"),
        (pickled(2), "a pickle, .*save_word2vec_format"),
        (pickled(5), "a pickle, .*save_word2vec_format"),
        (struct.pack("<Q", 64) + b'{"embeddings":{"dtype":"F32"', "a safetensors file of another"),
        ("one 1 0.1\n".encode("utf-16"), "text in UTF-16.*iconv"),
        (b"\xfe\xff" + "one 1 0.1\n".encode("utf-16-be"), "text in UTF-16.*iconv"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"SQLite format 3\0", "a SQLite database"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid 1\n",
            "a pointer of Git LFS .*git lfs pull",
        ),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (b"50 2 3 4 2 2166136261 < >\n0 1 2\n", "a table of floret, .*with floret's save_vectors"),
    ],
)
@pytest.mark.parametrize("form", [None, "glove"])
def test_foreign_files_are_named(read, data, said, form):
    with pytest.raises(DataError, match=f"file: this is {said}"):
        read(data, form, on_bad_rows="skip")
