"""Vectors that were trained elsewhere, and their file: words and one vector for each.

    tensor          dtype, shape      what
    input           float32 (V, d)    row i is the vector of word i
    vocab_bytes     uint8 (n,)        the words in UTF-8, one after the other
    vocab_offsets   int64 (V + 1,)    word i is vocab_bytes[vocab_offsets[i]:vocab_offsets[i + 1]]

Its metadata (``tensor_file``) holds ``source``, where they come from, and ``versions``.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.system.tensor_file import FileFormat, read_tensors, write_tensors
from w2vcli.vectors.word_vectors import IN_MEMORY, WordVectors, packed_words, unpacked_words

FORMAT = FileFormat(
    "file of vectors",
    "w2vcli-vectors",
    version=1,
    remedy="import it again or restore it",
    tensors={"input": ("F32", 2), "vocab_bytes": ("U8", 1), "vocab_offsets": ("I64", 1)},
    metadata={"source": dict, "versions": dict},
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
    """

    words: list[str]
    w_in: NDArray[np.float32]
    source: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    path: Path | None = None

    w_out = None
    counts = None
    subwords = None
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
        about = {"source": self.source, "versions": self.versions}
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
        words = unpacked_words(path, FORMAT, tensors)
        return cls(words, tensors["input"], about["source"], about["versions"], path)
