"""Reading fastText's own models (``.bin``): skip-gram and CBOW, with their buckets of n-grams.

All numbers are little-endian. Of versions 11 and 12:

    header      i32 magic (793712314), i32 version
    options     i32 each: dim, ws, epoch, minCount, neg, wordNgrams, loss, model (1 CBOW, 2
                skip-gram, 3 supervised), bucket, minn, maxn, lrUpdateRate; f64 t
    dictionary  i32 entries, i32 words, i32 labels, i64 tokens, i64 pruned (-1: it is not)
    entry       UTF-8, ended by a zero byte; i64 count, i8 kind (0 word, 1 label); words come first
    input       u8 quantized, i64 rows, i64 dim, rows of float32: first the words, then the buckets
    output      u8 quantized, i64 rows, i64 dim, rows of float32

A word's vector is the mean of its row and of the buckets of its n-grams (``hashed_ngrams``); where
``maxn`` is 0, its row. The output vectors are not kept.
(https://fasttext.cc/docs and the papers that it names.)
"""

import struct
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DataError
from w2vcli.formats.exact_reader import ExactReader
from w2vcli.formats.table import GrowingMatrix, Table
from w2vcli.text.ngrams import LONGEST, NgramRange
from w2vcli.vectors.hashed_ngrams import HashedNgrams

MAGIC = struct.pack("<i", 793712314)
_VERSIONS = (11, 12)
_MODELS = (1, 2, 3)
_SUPERVISED = 3
_MOST_NUMBERS = 1 << 20
_LONGEST_WORD = 1 << 16
_PIECE_BYTES = 1 << 22
_LEAST_T = 1e-300


class _Options(NamedTuple):
    """The options of the training, as the file has them."""

    dim: int
    window: int
    epochs: int
    min_count: int
    negatives: int
    word_ngrams: int
    loss: int
    model: int
    buckets: int
    least: int
    most: int
    update_rate: int
    t: float

    @property
    def range(self) -> NgramRange | None:
        """How long n-grams are; None where there are none."""
        lengths = NgramRange(max(self.least, 1), self.most)
        return lengths if lengths.least <= lengths.most else None


def read_fasttext(stream: IO[bytes], table: Table) -> HashedNgrams | None:
    """Read all words, with their finished vectors, and the buckets.

    Returns
    -------
    subwords
        The n-grams; None of a model without.

    Raises
    ------
    DataError
        If it is another format, a supervised or quantized model, or damaged, or if a row is bad.
    """
    reader = ExactReader(stream, table.name)
    options = _read_options(reader, table.name)
    words = _read_words(reader, table.name)
    rows = _read_shape(reader, options, table.name)
    lengths = options.range
    wanted = len(words) + options.buckets
    if rows != wanted if lengths else rows < len(words):
        raise _damaged(table.name)
    step = max(1, _PIECE_BYTES // (4 * options.dim))
    for start in range(0, len(words), step):
        some = words[start : start + step]
        vectors = _read_rows(reader, len(some), options.dim)
        table.add(range(start + 1, start + 1 + len(some)), some, vectors)
        if table.full and lengths is None:
            return None
    left = rows - len(words)
    if lengths is None:
        reader.skip(4 * options.dim * left)
        subwords = None
    else:
        subwords = HashedNgrams(lengths, _read_buckets(reader, left, options.dim, table.name))
    if not table.full:
        reader.skip(4 * options.dim * _read_shape(reader, options, table.name))
        if not reader.ends():
            raise DataError(f"{table.name}: it goes on behind its output vectors; fetch it again")
    if subwords is not None:
        subwords.finish(table.words, table.matrix())
    return subwords


def _damaged(name: str) -> DataError:
    return DataError(f"{name}: the file is damaged; fetch it again")


def _read_options(reader: ExactReader, name: str) -> _Options:
    magic, (version,) = reader.read(len(MAGIC)), reader.numbers("i")
    if magic != MAGIC or version not in _VERSIONS:
        raise DataError(
            f"{name}: not a binary model of fastText of version 11 or 12; choose another --format"
        )
    options = _Options(*reader.numbers("12id"))
    if 0 < abs(options.t) < _LEAST_T:  # two more integers stand before it
        raise DataError(
            f"{name}: this is a model of floret, which is another format; write its vectors as "
            "text, with floret's save_vectors, and import that"
        )
    if options.model not in _MODELS or not 0 < options.dim <= _MOST_NUMBERS:
        raise _damaged(name)
    if options.model == _SUPERVISED:
        raise DataError(
            f"{name}: this is a supervised model of fastText, which tells labels of texts, and not "
            "one of words; name a skip-gram or CBOW model"
        )
    if options.buckets < 0 or (options.range and not options.buckets):
        raise _damaged(name)
    if options.range and options.most > LONGEST:
        raise DataError(
            f"{name}: the file is damaged, or its n-grams have up to {options.most:,} characters, "
            f"and more than {LONGEST} are not read; fetch it again, or write its vectors as text, "
            "and import that"
        )
    return options


def _read_words(reader: ExactReader, name: str) -> list[bytes]:
    """Read the dictionary, and return its words; labels, which have no rows, come behind them."""
    entries, words, labels, _, pruned = reader.numbers("iiiqq")
    if pruned >= 0:
        raise _quantized(name)
    if words < 0 or labels < 0 or words + labels != entries:
        raise _damaged(name)
    found = []
    for place in range(entries):
        word = reader.until(b"\0", _LONGEST_WORD)
        _, kind = reader.numbers("qb")
        if kind != (place >= words):
            raise _damaged(name)
        if place < words:
            found.append(word)
    return found


def _read_shape(reader: ExactReader, options: _Options, name: str) -> int:
    """Read what stands before a matrix, and return the number of its rows."""
    (quantized,) = reader.numbers("B")
    if quantized == 1:
        raise _quantized(name)
    rows, dim = reader.numbers("qq")
    if quantized or rows < 0 or dim != options.dim:
        raise _damaged(name)
    return rows


def _quantized(name: str) -> DataError:
    return DataError(
        f"{name}: this is a quantized model of fastText (.ftz), of codes in place of vectors; name "
        "the model that it was made of (.bin)"
    )


def _read_rows(reader: ExactReader, rows: int, dim: int) -> NDArray[np.float32]:
    return np.frombuffer(reader.read(4 * dim * rows), "<f4").reshape(-1, dim)


def _read_buckets(reader: ExactReader, rows: int, dim: int, name: str) -> NDArray[np.float32]:
    """Read the rows of the buckets; any unseen word may ask for any of them."""
    matrix = GrowingMatrix()
    step = max(1, _PIECE_BYTES // (4 * dim))
    for start in range(0, rows, step):
        piece = _read_rows(reader, min(step, rows - start), dim)
        with np.errstate(over="ignore", invalid="ignore"):
            finite = np.isfinite(np.einsum("ij,ij->i", piece, piece))
        if not finite.all():
            raise DataError(
                f"{name}, bucket {start + int(np.argmin(finite)) + 1:,}: a number is not finite, "
                "or its square exceeds float32, so that words have no vectors; name another file"
            )
        matrix.append(piece)
    return matrix.whole()
