"""Reading finalfusion (``.fifu``): vocabularies of words without subwords, matrices of float32.

All numbers are little-endian. The file begins with a header, and chunks follow:

    header      "FiFu", u32 version (0), u32 chunks, u32 the id of each chunk
    chunk       u32 id, u64 bytes that follow
    1 words     u64 words, for each: u32 bytes, UTF-8
    2 matrix    u64 rows, u32 dimensions, u32 type (10: float32), 1 to 4 bytes of padding, up to a
                multiple of 4 from the start of the file, rows
    5 metadata  TOML
    6 norms     u64 rows, u32 type, padding, float32 for each: the length before normalization

The vectors are read as they are stored, of length one if there are norms: multiplied by the norms,
they are those that were trained.
"""

from typing import IO

import numpy as np

from w2vcli.errors import DataError
from w2vcli.formats.exact_reader import ExactReader
from w2vcli.formats.table import Table

MAGIC = b"FiFu"
_VOCABULARY, _MATRIX = 1, 2
_OTHERS = {
    3: "buckets of subwords",
    4: "quantized vectors",
    7: "fastText's subwords",
    8: "explicit subwords",
    9: "floret's subwords",
}
_FLOAT32 = 10
_MOST_CHUNKS = 16
_MOST_NUMBERS = 1 << 20
_LONGEST_WORD = 1 << 16
_ROWS = 1 << 12


def read_finalfusion(stream: IO[bytes], table: Table) -> None:
    """Read all rows.

    Raises
    ------
    DataError
        If it is another format, holds subwords or quantized vectors, or is damaged, or if a row is
        bad.
    """
    reader = ExactReader(stream, table.name)
    magic, version, chunks = reader.read(4), *reader.numbers("II")
    if magic != MAGIC or version != 0 or chunks > _MOST_CHUNKS:
        raise DataError(
            f"{table.name}: not a finalfusion file of version 0; choose another --format"
        )
    for kind in reader.numbers("I" * chunks):
        if kind in _OTHERS:
            raise DataError(
                f"{table.name}: it holds {_OTHERS[kind]}, which w2vcli does not read; convert it "
                "to word2vec's format with finalfusion's own tools"
            )
    words: list[bytes] | None = None
    for _ in range(chunks):
        kind, size = reader.numbers("IQ")
        end = reader.place + size
        if kind == _VOCABULARY:
            words = _words(reader, size, table.name)
        elif kind == _MATRIX and words is not None:
            _add_rows(reader, words, table)
            return  # the norms stand behind, and nothing else is needed
        else:
            reader.skip(size)
        if reader.place != end:
            raise DataError(f"{table.name}: the file is damaged; fetch it again")
    raise DataError(f"{table.name}: there are no words with vectors in it; name another file")


def _words(reader: ExactReader, size: int, name: str) -> list[bytes]:
    (count,) = reader.numbers("Q")
    if count > size // 4:
        raise DataError(f"{name}: the file is damaged; fetch it again")
    words = []
    for _ in range(count):
        (length,) = reader.numbers("I")
        if length > _LONGEST_WORD:
            raise DataError(f"{name}: the file is damaged; fetch it again")
        words.append(reader.read(length))
    return words


def _add_rows(reader: ExactReader, words: list[bytes], table: Table) -> None:
    rows, dim, kind = reader.numbers("QII")
    if kind != _FLOAT32 or rows != len(words) or not 0 < dim <= _MOST_NUMBERS:
        raise DataError(
            f"{table.name}: its matrix is not of float32 or not one row for each word; convert it "
            "to word2vec's format with finalfusion's own tools"
        )
    reader.skip(4 - reader.place % 4)
    for start in range(0, rows, _ROWS):
        some = words[start : start + _ROWS]
        vectors = np.frombuffer(reader.read(4 * dim * len(some)), "<f4").reshape(-1, dim)
        table.add(range(start + 1, start + 1 + len(some)), some, vectors)
        if table.full:
            return
