"""Vectors that were trained elsewhere, and their file: words and one vector for each.

    tensor          dtype, shape      what
    input           float32 (V, d)    row i is the vector of word i
    vocab_bytes     uint8 (n,)        the words in UTF-8, one after the other
    vocab_offsets   int64 (V + 1,)    word i is vocab_bytes[vocab_offsets[i]:vocab_offsets[i + 1]]

Vectors with n-grams (``hashed_ngrams``) also have::

    bucket_rows     float32 (B, d)    the row of each bucket; ``input`` has the mean of a word's own
                                      row, which is not kept, and those of its n-grams

Its metadata (``tensor_file``) holds ``source``, where they come from, and ``versions``; with
n-grams also ``subwords``, how long these are (such as 3-6), and ``buckets``, how many there are.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.system.tensor_file import FileFormat, read_tensors, write_tensors
from w2vcli.text.ngrams import NgramRange
from w2vcli.vectors.hashed_ngrams import HashedNgrams
from w2vcli.vectors.word_vectors import IN_MEMORY, WordVectors, packed_words, unpacked_words

FORMAT = FileFormat(
    "file of vectors",
    "w2vcli-vectors",
    version=1,
    remedy="import it again or restore it",
    tensors={"input": ("F32", 2), "vocab_bytes": ("U8", 1), "vocab_offsets": ("I64", 1)},
    metadata={"source": dict, "versions": dict},
)

WITH_BUCKETS = replace(
    FORMAT,
    tensors=FORMAT.tensors | {"bucket_rows": ("F32", 2)},
    metadata=FORMAT.metadata | {"subwords": str, "buckets": int},
)


@dataclass(frozen=True)
class ImportedVectors(WordVectors):
    """Words with one vector each.

    Attributes
    ----------
    words
        The words; the id of a word is its index.
    w_in
        float32 (V, d): their vectors.
    source, versions
        The provenance: the file that they were imported from; the versions of the software. All
        plain JSON values.
    path
        The file that they were read from, for error messages; None if there is none.
    subwords
        The n-grams that the words are made of; None in vectors without.
    """

    words: list[str]
    w_in: NDArray[np.float32]
    source: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    path: Path | None = None
    subwords: HashedNgrams | None = None

    w_out = None
    counts = None
    _format = FORMAT

    def __repr__(self) -> str:
        return f"<{len(self.words):,} imported vectors of {self.w_in.shape[1]} dimensions>"

    @property
    def config(self) -> dict[str, Any]:  # type: ignore[override]  # nobody knows the options
        """The options of the training: none are known."""
        return {}

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        OutputError, StorageError
            As ``files.atomic_output``.
        """
        tensors = {"input": self.w_in, **packed_words(self.words)}
        about: dict[str, Any] = {"source": self.source, "versions": self.versions}
        if self.subwords is not None:
            tensors["bucket_rows"] = self.subwords.rows
            about["subwords"] = str(self.subwords.range)
            about["buckets"] = len(self.subwords.rows)
        write_tensors(path, FORMAT, tensors, about, keep=True)

    @classmethod
    def load(cls, path: Path) -> "ImportedVectors":
        """Read such a file; the matrix is mapped if it is large, as in ``Model.load``.

        Raises
        ------
        InputError
            If the file does not exist or cannot be opened.
        DataError
            If it is of another kind, is damaged or cut short, or of another format version.
        """
        about, tensors = read_tensors(path, FORMAT, IN_MEMORY)
        if "subwords" in about:
            about, tensors = read_tensors(path, WITH_BUCKETS, IN_MEMORY)
        words = unpacked_words(path, FORMAT, tensors)
        subwords = _unpacked_buckets(path, about, tensors)
        return cls(words, tensors["input"], about["source"], about["versions"], path, subwords)


def _unpacked_buckets(
    path: Path, about: dict[str, Any], tensors: dict[str, NDArray[Any]]
) -> HashedNgrams | None:
    """Return the n-grams of a file, checked; None of one without.

    Raises
    ------
    DataError
        If they do not agree with each other and with the vectors.
    """
    if "bucket_rows" not in tensors:
        return None
    rows = tensors["bucket_rows"]
    if rows.shape != (about["buckets"], tensors["input"].shape[1]):
        raise FORMAT.bad(path, "its n-grams and its vectors do not agree")
    try:
        lengths = NgramRange.parse(about["subwords"])
    except UsageError:
        raise FORMAT.bad(path, "it does not say how long its n-grams are") from None
    return HashedNgrams(lengths, rows)
