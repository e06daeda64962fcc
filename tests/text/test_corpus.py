"""Reading text: compression by content, folders, chunks of any size, and what is wrong where."""

import bz2
import gzip
import hashlib
import inspect
import io
import lzma
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from helpers.reference_counts import tokens
from hypothesis import given
from hypothesis import strategies as st
from stress.parsers import huge_dictionary

from w2vcli.errors import DataError, InputError, StorageError, UsageError
from w2vcli.text.corpus import Corpus
from w2vcli.text.rules import TextRules

try:
    from compression import zstd
except ImportError:
    try:
        from backports import zstd
    except ImportError:
        zstd = None

TEXT = "".join(f"line {i} of señor Ωmega {i * i}\n" for i in range(300)).encode()

needs_zstd = pytest.mark.skipif(zstd is None, reason="no zstd module: pip install 'w2vcli[zstd]'")


def zstd_compressed(data):
    return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})


COMPRESSORS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd_compressed,
}
every_compression = pytest.mark.parametrize(
    "compress",
    [pytest.param(COMPRESSORS[name], id=name) for name in ("gzip", "bzip2", "xz")]
    + [pytest.param(COMPRESSORS["zstd"], id="zstd", marks=needs_zstd)],
)


@pytest.fixture
def write(tmp_path):
    def write(data, name="corpus"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return str(path)

    return write


def read(*names, size=None, lower=False):
    """All the text of a corpus, as lines of words, without the empty lines."""
    corpus = Corpus(names, TextRules(lower))
    chunks = list(corpus.chunks(size) if size else corpus.chunks())
    assert all(chunk[-1:].isspace() for chunk in chunks)
    return [line for line in tokens(b"".join(chunks)) if line]


def words(text):
    return [line for line in tokens(text) if line]


# --- what the bytes are -----------------------------------------------------------------


def test_plain_text(write):
    assert read(write(TEXT)) == words(TEXT)


@every_compression
@pytest.mark.parametrize("size", [1, 7, None])
def test_compression_is_recognised_by_content(write, compress, size):
    assert read(write(compress(TEXT), "no-suffix"), size=size) == words(TEXT)


@every_compression
def test_several_members_are_one_text(write, compress):
    halves = compress(TEXT[:1000]) + compress(TEXT[1000:])
    assert read(write(halves)) == words(TEXT)


@every_compression
def test_compressed_nothing_is_an_empty_text(write, compress):
    assert read(write(compress(b""))) == []


@every_compression
def test_data_cut_short_is_refused_at_every_length(write, compress):
    data = compress(b"some words to squeeze\n")
    for length in range(6, len(data)):
        name = write(data[:length])
        with pytest.raises(DataError, match="damaged or cut short") as caught:
            read(name)
        assert str(caught.value).startswith(name)


@every_compression
def test_a_second_member_cut_short_is_refused(write, compress):
    with pytest.raises(DataError, match="damaged or cut short"):
        read(write(compress(TEXT) + compress(TEXT)[:-9]))


@every_compression
def test_damaged_data_is_refused_or_harmless_and_nothing_else(write, compress):
    data = compress(TEXT)
    refused = 0
    for place in range(6, len(data), 11):
        damaged = bytearray(data)
        damaged[place] ^= 0x55
        try:
            found = read(write(damaged))
        except DataError:
            refused += 1
        else:  # in the header: a time, a name, an operating system
            assert found == words(TEXT)
    assert refused > 10


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory cannot be capped")
def test_compressed_data_that_ask_for_too_much_memory(write):
    name = write(huge_dictionary())
    done = subprocess.run(
        [sys.executable, "-c", READ_CAPPED, name], capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{name}: to decompress it takes more memory than there is; compress it "\
        "anew, with a smaller dictionary\n"  # fmt: skip


READ_CAPPED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from w2vcli.text.corpus import Corpus
from w2vcli.text.rules import TextRules
from w2vcli.errors import DataError
try:
    list(Corpus(sys.argv[1:]).chunks())
except DataError as error:
    print(error)
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python itself reads zstd")
def test_zstd_without_its_package_names_the_extra(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    monkeypatch.setitem(sys.modules, "backports", None)
    name = write(b"\x28\xb5\x2f\xfd and more")
    with pytest.raises(InputError, match=r"pip install 'w2vcli\[zstd\]'") as caught:
        read(name)
    assert str(caught.value).startswith(name)


@pytest.mark.parametrize("size", [1, 2, 3, 4, None])
@pytest.mark.parametrize("text", [b"", b"a b\nc\n"])
def test_byte_order_mark_is_no_part_of_the_first_word(write, text, size):
    assert read(write(b"\xef\xbb\xbf" + text), size=size) == words(text)


def test_byte_order_mark_of_each_file_but_not_within_one(write):
    first, second = write(b"\xef\xbb\xbfa", "1"), write(b"\xef\xbb\xbfb \xef\xbb\xbfc", "2")
    assert read(first, second) == [[b"a"], [b"b", b"\xef\xbb\xbfc"]]


@pytest.mark.parametrize("text", [b"", b"\n", b" \t\r\n\n", b"\r\n"])
def test_nothing_but_white_space_has_no_words(write, text):
    assert read(write(text)) == []


@pytest.mark.parametrize("text", [b"a b\r\nc\r\n", b"a b\nc", b"\n\na\tb\n\nc  ", b"a\vb\fx\nc"])
def test_line_ends_and_white_space(write, text):
    assert read(write(text)) == words(text)


def test_other_unicode_spaces_are_parts_of_words(write):
    text = "a\u00a0b c\u3000d\u2028e\x1cf".encode()
    assert read(write(text)) == [["a\u00a0b".encode(), "c\u3000d\u2028e\x1cf".encode()]]


def test_the_end_of_a_file_ends_its_line(write):
    assert read(write(b"a", "1"), write(b"b", "2")) == [[b"a"], [b"b"]]


# --- chunks -----------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from(["a", "é", "€uro", "\U0001d54f", " ", "\n", "\r\n", "\t"])),
    st.integers(1, 40),
)
def test_any_chunk_size_gives_the_same_words(tmp_path_factory, parts, size):
    text = "".join(parts).encode()
    path = tmp_path_factory.getbasetemp() / "any-size"
    path.write_bytes(text)
    assert read(str(path), size=size) == words(text)


def test_a_chunk_is_long_only_where_a_word_is(write):
    long = "ä".encode() * 500
    chunks = list(Corpus([write(b"a b " * 50 + long + b" c" * 50)]).chunks(16))
    assert max(map(len, chunks)) < len(long) + 32
    assert sorted(map(len, chunks))[-2] <= 32
    assert b"".join(chunks).split() == [b"a", b"b"] * 50 + [long] + [b"c"] * 50


def test_a_line_longer_than_the_chunk_is_one_line(write):
    text = b"word " * 1000
    assert read(write(text), size=64) == words(text)


def test_chunks_can_be_read_again(write):
    corpus = Corpus([write(TEXT)])
    assert list(corpus.chunks()) == list(corpus.chunks())
    assert len(corpus.records) == 1


@every_compression
@pytest.mark.parametrize("text", [b"", b"a", b"\xef\xbb\xbfa b\r\n", TEXT])
def test_records_are_of_the_decompressed_bytes(write, compress, text):
    corpus = Corpus([write(compress(text))])
    list(corpus.chunks(5))
    (record,) = corpus.records
    assert record.sha256 == hashlib.sha256(text).hexdigest()
    assert record.bytes == len(text)


@every_compression
def test_progress_is_the_place_in_the_files_as_they_are_stored(write, compress):
    big = b"".join(b"%d\n" % (i * i) for i in range(100_000))
    names = [write(compress(big), "1"), write(big, "2")]
    corpus = Corpus(names)
    shares = []
    for _ in corpus.chunks(1 << 16):
        assert not corpus.progress.finished
        shares.append(corpus.progress.done)
    assert corpus.progress.finished
    assert shares == sorted(shares)
    assert len(set(shares)) > 10
    assert shares[0] < shares[-1] == sum(Path(name).stat().st_size for name in names)
    assert corpus.progress.total == shares[-1]
    assert corpus.progress.text == 2 * len(big)


def test_progress_where_there_is_no_size(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    corpus = Corpus([str(tmp_path / "fifo")])
    writer = threading.Thread(target=(tmp_path / "fifo").write_bytes, args=[TEXT])
    writer.start()
    list(corpus.chunks())
    writer.join()
    assert (corpus.progress.total, corpus.progress.text) == (None, len(TEXT))


@pytest.mark.parametrize(("text", "lines"), [(b"", 0), (b"a", 1), (b"a\nb", 2), (b"a\n\nb\n", 3)])
@pytest.mark.parametrize("size", [1, 3, None])
def test_records_count_lines(write, text, lines, size):
    corpus = Corpus([write(text)])
    list(corpus.chunks(size) if size else corpus.chunks())
    assert corpus.records[0].lines == lines


# --- bytes that are not UTF-8 -----------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 8, 1000])
@pytest.mark.parametrize(
    ("text", "line", "byte", "value"),
    [
        (b"\xff", 1, 1, "ff"),
        (b"good line\nand b\xe9d one\n", 2, 6, "e9"),
        ("é é é\nñ ".encode() + b"\xc3", 2, 4, "c3"),
        (b"a\n\n\nb \xe2\x82 c", 4, 3, "e2"),
        (b"\xef\xbb\xbfx \x80", 1, 6, "80"),
        (b"a b c d e f g h i j \xed\xa0\x80", 1, 21, "ed"),
        (b"ok\r\n" * 20 + b"x" * 30 + b"\xc0\xaf", 21, 31, "c0"),
    ],
)
def test_bad_bytes_are_named_by_file_line_and_byte(write, text, line, byte, value, size):
    name = write(text)
    with pytest.raises(DataError) as caught:
        read(name, size=size)
    assert str(caught.value).startswith(f"{name}, line {line}, byte {byte}: 0x{value} is not")


def test_places_are_counted_anew_in_each_file(write):
    good, bad = write(b"a\nb\nc", "good"), write(b"d\n\xff", "bad")
    with pytest.raises(DataError, match=r"bad, line 2, byte 1: 0xff"):
        read(good, bad)


# --- lower case -------------------------------------------------------------------------


@given(
    st.text(alphabet=st.sampled_from("aÀÉßİΣσςЖ\u01c5\u0130 \n"), max_size=30), st.integers(1, 9)
)
def test_lower_case_is_that_of_unicode(tmp_path_factory, text, size):
    path = tmp_path_factory.getbasetemp() / "lower"
    path.write_bytes(text.encode())
    assert read(str(path), size=size, lower=True) == words(text.lower().encode())


def test_case_is_kept_unless_asked(write):
    assert read(write(b"Some WORDS")) == [[b"Some", b"WORDS"]]
    assert read(write(b"Some WORDS"), lower=True) == [[b"some", b"words"]]


# --- names ------------------------------------------------------------------------------


def test_folders_are_read_in_the_order_of_names_without_hidden_files(write, tmp_path):
    for name in ("b", "a/z", "a/c/y", "a.txt", "_x", ".hidden", "a/.git/config", ".d/file"):
        write(name.encode(), f"corpus/{name}")
    found = read(str(tmp_path / "corpus"))
    assert found == [[name] for name in (b"_x", b"a/c/y", b"a/z", b"a.txt", b"b")]


def test_folders_may_be_nested_deeper_than_calls(tmp_path):
    folder = tmp_path
    for depth in range(200):
        (folder / "a").write_text(f"{depth}\n", encoding="utf-8")
        folder /= "b"
        folder.mkdir()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        assert read(str(tmp_path)) == [[b"%d" % depth] for depth in range(200)]
    finally:
        sys.setrecursionlimit(limit)


def test_folders_nested_beyond_what_a_path_can_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(20):
        Path("d" * 250).mkdir()
        monkeypatch.chdir("d" * 250)
    with pytest.raises(InputError, match="cannot be read: File name too long; check the path"):
        Corpus([str(tmp_path)])


def test_a_hidden_folder_that_is_named_is_read(write, tmp_path):
    write(b"words", ".secret/file")
    assert read(str(tmp_path / ".secret")) == [[b"words"]]


def test_links_to_files_are_read_and_links_to_folders_are_not(write, tmp_path):
    target = write(b"words", "elsewhere")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "file").symlink_to(target)
    (tmp_path / "corpus" / "circle").symlink_to(tmp_path / "corpus")
    (tmp_path / "corpus" / "dangling").symlink_to(tmp_path / "nothing")
    assert read(str(tmp_path / "corpus")) == [[b"words"]]


def test_inputs_keep_the_order_given(write):
    assert read(write(b"2", "z"), write(b"1", "a")) == [[b"2"], [b"1"]]


@pytest.mark.parametrize("name", ["nothing", "file/below", "nothing/below"])
def test_missing_input(write, tmp_path, name):
    write(b"", "file")
    with pytest.raises(InputError, match="no such file or folder") as caught:
        Corpus([str(tmp_path / name)])
    assert str(caught.value).startswith(str(tmp_path / name))


def test_names_that_the_system_refuses(tmp_path):
    (tmp_path / "circle").symlink_to("circle")
    for name in ("x" * 300, str(tmp_path / "circle")):
        with pytest.raises(InputError, match="cannot be read"):
            Corpus([name])


@pytest.mark.parametrize("hidden", [False, True])
def test_folder_without_files(write, tmp_path, hidden):
    (tmp_path / "empty").mkdir()
    if hidden:
        write(b"words", "empty/.hidden")
    with pytest.raises(InputError, match="holds no files"):
        Corpus([str(tmp_path / "empty")])


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_what_may_not_be_read_is_named(write, tmp_path):
    Path(write(b"words", "corpus/file")).chmod(0)
    with pytest.raises(InputError, match="file: cannot be read"):
        read(str(tmp_path / "corpus"))
    (tmp_path / "corpus" / "sub").mkdir(mode=0)
    with pytest.raises(InputError, match="sub: cannot be read"):
        read(str(tmp_path / "corpus"))


def test_a_file_that_vanishes_before_it_is_read(write):
    name = write(TEXT)
    corpus = Corpus([name])
    Path(name).unlink()
    with pytest.raises(InputError, match="no such file or folder; check the path"):
        list(corpus.chunks())


def test_reading_that_fails_half_way_is_not_called_damage(write, monkeypatch):
    class Failing(io.BytesIO):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    name = write(TEXT)
    monkeypatch.setattr(Path, "open", lambda *_: Failing())
    with pytest.raises(StorageError, match="reading failed: Input/output error"):
        read(name)


# --- standard input ---------------------------------------------------------------------


READ_STDIN = (
    "import sys; from w2vcli.text.corpus import Corpus; "
    "sys.stdout.buffer.write(b''.join(Corpus(['-']).chunks(7))); sys.stdin.buffer.closed and 1/0"
)


def from_stdin(data):
    return subprocess.run(
        [sys.executable, "-c", READ_STDIN], input=data, capture_output=True, check=False
    )


@every_compression
def test_standard_input_is_decompressed_though_a_pipe_cannot_seek(compress):
    assert words(from_stdin(compress(TEXT)).stdout) == words(TEXT)


def test_standard_input_stays_open_and_may_be_shorter_than_any_magic():
    assert from_stdin(b"ab").stdout == b"ab\n"
    assert from_stdin(b"").stdout == b"\n"


def test_errors_name_standard_input():
    assert b"BadBytesError: standard input, line 2, byte 1" in from_stdin(b"a\n\xff").stderr
    assert b"DataError: standard input: the compressed" in from_stdin(b"\x1f\x8b\x08").stderr


def test_closed_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="standard input is closed"):
        read("-")


def test_standard_input_twice(write):
    with pytest.raises(UsageError, match="only once"):
        Corpus(["-", write(TEXT), "-"])
