"""Several streams in one file, what may follow them, and formats that are not read."""

import bz2
import gzip
import io
import lzma

import pytest

from w2vcli.text.compression import CompressionError, decompressed

try:
    from compression import zstd
except ImportError:
    try:
        from backports import zstd
    except ImportError:
        zstd = None

needs_zstd = pytest.mark.skipif(zstd is None, reason="no zstd module: pip install 'w2vcli[zstd]'")
COMPRESSORS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
if zstd:
    COMPRESSORS["zstd"] = zstd.compress
every_format = pytest.mark.parametrize("name", COMPRESSORS)
FIRST, SECOND = b"the king rules the land\n" * 999, b"the queen rules the land\n" * 999
SKIPPABLE = b"\x53\x2a\x4d\x18\x04\x00\x00\x00skip"


def read(data):
    return decompressed(io.BytesIO(data)).read()


@every_format
@pytest.mark.parametrize("bit", range(24))
def test_a_flipped_bit_in_the_magic_of_the_second_stream(name, bit):
    compress = COMPRESSORS[name]
    first, second = compress(FIRST), bytearray(compress(SECOND))
    assert read(first + second) == FIRST + SECOND
    second[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CompressionError, match="damaged or cut short"):
        read(first + second)


@every_format
@pytest.mark.parametrize("rest", [b"x", b"\n", b"garbage behind", b"\x00x", b"\x00\x00\x00\x00x"])
def test_anything_else_behind_a_stream(name, rest):
    with pytest.raises(CompressionError, match="damaged or cut short"):
        read(COMPRESSORS[name](FIRST) + rest)


@pytest.mark.parametrize(
    ("name", "zeros", "legal"),
    [
        ("gzip", 1, True), ("gzip", 511, True), ("gzip", 1 << 17, True),
        ("xz", 4, True), ("xz", 1 << 17, True), ("xz", 3, False), ("xz", (1 << 17) + 2, False),
        ("bzip2", 4, False), ("zstd", 4, False),
    ],
)  # fmt: skip
def test_padding(name, zeros, legal):
    if name not in COMPRESSORS:
        pytest.skip("no zstd module")
    first, second, padding = *map(COMPRESSORS[name], (FIRST, SECOND)), bytes(zeros)
    for data, text in ((first + padding, FIRST), (first + padding + second, FIRST + SECOND)):
        if legal:
            assert read(data) == text
        else:
            with pytest.raises(CompressionError, match="damaged or cut short"):
                read(data)


@pytest.mark.parametrize(
    "text", [b"BZhang went\n", b"BZh", b"BZh9", b"BZh9 and more\n", b"BZh0" + bz2.compress(b"")[4:]]
)
def test_a_text_that_begins_like_bzip2(text):
    assert read(text) == text


@pytest.mark.parametrize("text", [b"", FIRST])
@pytest.mark.parametrize("length", [6, 7, 8, 9, 10, 11, 13])
def test_bzip2_cut_within_its_first_bytes(text, length):
    with pytest.raises(CompressionError, match="cut short"):
        read(bz2.compress(text)[:length])


@needs_zstd
def test_zstd_skippable_frames():
    data = zstd.compress(FIRST)
    assert read(SKIPPABLE + data) == FIRST
    assert read(data + SKIPPABLE + SKIPPABLE + data + SKIPPABLE) == FIRST + FIRST
    with pytest.raises(CompressionError, match="cut short"):
        read(data + SKIPPABLE[:-1])


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (lzma.compress(FIRST, lzma.FORMAT_ALONE), "legacy .lzma data"),
        (b"\x1f\x9d\x90the", "data of the program compress (.Z)"),
        (b"\x04\x22\x4d\x18the", "LZ4 data"),
        (b"PK\x03\x04the", "a zip archive"),
        (b"7z\xbc\xaf\x27\x1cthe", "a 7-Zip archive"),
    ],
)
def test_formats_that_are_not_read_are_named(data, name):
    with pytest.raises(CompressionError) as caught:
        read(data)
    assert str(caught.value).startswith(f"this is {name}, which w2vcli does not read; ")


def test_small_data_that_decompress_to_much_come_in_parts():
    for compress in COMPRESSORS.values():
        stream = decompressed(io.BytesIO(compress(bytes(1 << 24)) + compress(b"end")))
        total = 0
        while block := stream.read(1 << 20):
            assert len(block) <= 1 << 20
            total += len(block)
        assert total == (1 << 24) + 3
