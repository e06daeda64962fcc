"""Words with vectors, whoever trained them: what all questions are asked of."""

from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2vcli.system.tensor_file import FileFormat, is_cut_short
from w2vcli.text.queries import found_in
from w2vcli.text.rules import TextRules
from w2vcli.vectors.subwords import Subwords

IN_MEMORY = 1 << 27
"""Bytes of a file of vectors that is read at once; a larger one is mapped."""


class WordVectors:
    """Words with one or two vectors each: a trained ``Model``, or ``ImportedVectors``.

    Attributes
    ----------
    words
        The vocabulary; the id of a word is its index. Frequent words come first.
    w_in
        float32 (V, d): the input vectors, or the only ones.
    w_out
        float32 (V, d): the output vectors; None where there are none.
    counts
        int64 (V,): how often each word occurred in training; None where nobody knows.
    config
        The options of the training; empty for vectors trained elsewhere.
    path
        The file that they were read from, for error messages; None if there is none.
    subwords
        The n-grams that the words are made of; None where they are not.
    """

    words: list[str]
    w_in: NDArray[np.float32]
    w_out: NDArray[np.float32] | None
    counts: NDArray[np.int64] | None
    config: dict[str, Any]
    path: Path | None
    subwords: Subwords | None
    _format: FileFormat

    @cached_property
    def ids(self) -> dict[str, int]:
        """The word -> id map."""
        return {word: index for index, word in enumerate(self.words)}

    def find(self, word: str) -> int | None:
        """Return the id of a word, or None; as the rules of the model's corpus write it.

        Raises
        ------
        DataError
            As ``rules``.
        """
        return found_in(self.ids, word, self.rules)

    @cached_property
    def rules(self) -> TextRules:
        """The rules by which the texts became tokens.

        Raises
        ------
        DataError
            As ``TextRules.from_json``.
        """
        return TextRules.from_json(self.config, str(self.path or "the model in memory"))

    def check_file(self) -> None:
        """Check that the matrices can still be read; call it before each query.

        Raises
        ------
        DataError
            If they are mapped from a file that has been cut short.
        """
        if self.path and is_cut_short(self.w_in):
            raise self._format.bad(self.path, "the file was cut short while it was in use")

    def check_finite(self, values: ArrayLike) -> None:
        """Check numbers computed from the vectors: a sum or a product shows what is not finite.

        Raises
        ------
        DataError
            If one of them is not finite.
        """
        if not np.isfinite(values).all():
            raise self._format.bad(
                self.path or Path("the model in memory"),
                "a number in its vectors is not finite, or is far too large",
            )


def packed_words(words: list[str], name: str = "vocab") -> dict[str, NDArray[Any]]:
    """Return the two tensors that hold words in a file; or n-grams, by the ``name`` ``ngram``.

    Returns
    -------
    tensors
        ``vocab_bytes``, uint8 (n,), the words in UTF-8, one after the other, and ``vocab_offsets``,
        int64 (V + 1,): word i is ``vocab_bytes[vocab_offsets[i]:vocab_offsets[i + 1]]``.
    """
    encoded = [word.encode() for word in words]
    lengths = np.fromiter((len(word) for word in encoded), np.int64, len(encoded))
    return {
        f"{name}_bytes": np.frombuffer(b"".join(encoded), dtype=np.uint8),
        f"{name}_offsets": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    }


_KINDS = {
    "vocab": ("input", "vocabulary", "a word"),
    "ngram": ("ngram_rows", "list of n-grams", "an n-gram"),
}


def unpacked_words(
    path: Path, file_format: FileFormat, tensors: dict[str, Any], name: str = "vocab"
) -> list[str]:
    """Return the words of a file, checked: what ``packed_words`` made.

    Raises
    ------
    DataError
        If the two tensors do not agree with each other and with their matrix, a word is not UTF-8
        or holds white space, or a word stands there twice.
    """
    matrix, what, one = _KINDS[name]
    offsets = tensors[f"{name}_offsets"]
    blob = tensors[f"{name}_bytes"].tobytes()
    agree = (
        len(offsets) == len(tensors[matrix]) + 1
        and offsets[0] == 0
        and offsets[-1] == len(blob)
        and bool(np.all(offsets[1:] > offsets[:-1]))
    )
    if not agree:
        raise file_format.bad(path, f"its {what} and its matrices do not agree")
    ends = offsets.tolist()
    try:
        words = [blob[a:b].decode() for a, b in pairwise(ends)]
    except UnicodeDecodeError:
        raise file_format.bad(path, f"its {what} is not valid UTF-8") from None
    # A word is what stands between white space: the code that reads texts relies on it.
    if blob.split() != [blob]:
        raise file_format.bad(path, f"{one} of its {what} holds white space")
    if len(set(words)) != len(words):
        raise file_format.bad(path, f"its {what} names {one} twice")
    return words
