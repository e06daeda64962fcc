"""The model and its file: one safetensors file with everything that a query needs.

    tensor          dtype, shape      what
    input           float32 (V, d)    W_in, row i the input vector of word i
    output          float32 (V, d)    W_out
    bias            float32 (V,)      b; zeros where the model was trained without
    counts          int64 (V,)        how often each word occurred in the training corpus
    squares         float32 (3, V)    AdaGrad's sums of squared gradients, for each row of W_in and
                                      of W_out its mean, and for each bias; zeros after SGD
    vocab_bytes     uint8 (n,)        the words in UTF-8, one after the other
    vocab_offsets   int64 (V + 1,)    word i is vocab_bytes[vocab_offsets[i]:vocab_offsets[i + 1]]

A model with n-grams (``subwords``; its ``config`` names their ``subwords``, such as 3-6) has also::

    ngram_rows      float32 (G, d)    the row of each n-gram
    word_rows       float32 (V, d)    the own row of each word, zeros where it has none; row i of
                                      ``input`` is the mean of it and the rows of its n-grams
    ngram_squares   float32 (G,)      AdaGrad's, as in ``squares``
    ngram_bytes     uint8 (m,)        the n-grams in UTF-8, in rising order
    ngram_offsets   int64 (G + 1,)    as those of the words

Its metadata (``tensor_file``) holds ``config``, ``corpus``, ``history`` and ``versions``; since
there are curves (``training.curve``), also ``curve``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DataError, UsageError
from w2vcli.system.tensor_file import FileFormat, format_of, read_tensors, write_tensors
from w2vcli.text.ngrams import NgramRange
from w2vcli.vectors.imported import FORMAT as IMPORTED
from w2vcli.vectors.subwords import NgramRows
from w2vcli.vectors.word_vectors import IN_MEMORY, WordVectors, packed_words, unpacked_words

FORMAT = FileFormat(
    "model",
    "w2vcli-model",
    version=2,
    remedy="train it again or restore it",
    tensors={
        "input": ("F32", 2),
        "output": ("F32", 2),
        "bias": ("F32", 1),
        "counts": ("I64", 1),
        "squares": ("F32", 2),
        "vocab_bytes": ("U8", 1),
        "vocab_offsets": ("I64", 1),
    },
    metadata={"config": dict, "corpus": dict, "history": list, "versions": dict},
)

_WITH_NGRAMS = replace(
    FORMAT,
    tensors=FORMAT.tensors
    | {
        "ngram_rows": ("F32", 2),
        "word_rows": ("F32", 2),
        "ngram_squares": ("F32", 1),
        "ngram_bytes": ("U8", 1),
        "ngram_offsets": ("I64", 1),
    },
)


@dataclass(frozen=True)
class Model(WordVectors):
    """Word vectors with their words, as ``train`` makes them.

    Attributes
    ----------
    words
        The vocabulary; the id of a word is its index.
    counts
        int64 (V,): how often each word occurred in training.
    w_in, w_out
        float32 (V, d): the input and the output vectors.
    bias
        float32 (V,): the output bias.
    config, corpus, history, versions
        The provenance: the options; the fingerprint of the corpus; the record of each pass; the
        versions of the software. All plain JSON values.
    squares
        float32 (3, V), as in the file: AdaGrad's accumulators, for a warm start. None for zeros.
    path
        The file that it was read from, for error messages; None if there is none.
    curve
        What the history does not hold of the curve of the training (``training.curve``), plain JSON
        values as the file has them; empty in an older model.
    subwords
        The n-grams that words are made of; None in a model without.
    """

    words: list[str]
    counts: NDArray[np.int64]
    w_in: NDArray[np.float32]
    w_out: NDArray[np.float32]
    bias: NDArray[np.float32]
    config: dict[str, Any] = field(default_factory=dict)
    corpus: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    squares: NDArray[np.float32] | None = None
    path: Path | None = None
    curve: dict[str, Any] = field(default_factory=dict)
    subwords: NgramRows | None = None

    _format = FORMAT

    def __repr__(self) -> str:
        return f"<Model of {len(self.words):,} words, {self.w_in.shape[1]} dimensions>"

    def save(self, path: Path, before: Callable[[], object] | None = None) -> None:
        """Write the model file, whole or not at all; ``before`` as in ``files.atomic_output``.

        Raises
        ------
        OutputError, StorageError
            As ``files.atomic_output``.
        """
        tensors: dict[str, NDArray[Any]] = {
            "input": self.w_in,
            "output": self.w_out,
            "bias": self.bias,
            "counts": self.counts,
            "squares": np.zeros((3, len(self.words)), np.float32)
            if self.squares is None
            else self.squares,
            **packed_words(self.words),
            **_packed_ngrams(self.subwords),
        }
        about = {
            "config": self.config,
            "corpus": self.corpus,
            "history": self.history,
            "versions": self.versions,
        } | ({"curve": self.curve} if self.curve else {})
        write_tensors(path, FORMAT, tensors, about, keep=True, before=before)

    @classmethod
    def load(cls, path: Path) -> "Model":
        """Read a model file; the matrices are mapped, so a query reads only what it uses.

        All else is checked now. The matrices are not read yet: call ``check_file`` before that, and
        ``check_finite`` on what is computed from them.

        Raises
        ------
        InputError
            If the file does not exist or cannot be opened.
        DataError
            If it is not a model, is damaged or cut short, of another format version, holds vectors
            that were imported, of a text that became tokens by later rules, if its parts
            disagree, or if they hold what training never writes:
            white space within a word, negative counts, numbers that are not finite.
        """
        check_trained(path)
        about, tensors = read_tensors(path, FORMAT, IN_MEMORY)
        if about["config"].get("subwords") is not None:
            about, tensors = read_tensors(path, _WITH_NGRAMS, IN_MEMORY)
        size = len(tensors["counts"])
        shapes_agree = (
            tensors["output"].shape == tensors["input"].shape
            and len(tensors["input"]) == len(tensors["bias"]) == size
            and tensors["squares"].shape == (3, size)
        )
        if not shapes_agree:
            raise FORMAT.bad(path, "its vocabulary and its matrices do not agree")
        words = unpacked_words(path, FORMAT, tensors)
        counts, bias, squares = tensors["counts"], tensors["bias"], tensors["squares"]
        if counts.min() < 0 or not counts.any() or counts.sum(dtype=np.float64) >= 2**63:
            raise FORMAT.bad(path, "its counts are not those of a text")
        if not (np.isfinite(bias).all() and np.isfinite(squares).all() and squares.min() >= 0):
            raise FORMAT.bad(path, "its bias or its AdaGrad sums are not finite numbers")
        model = cls(
            words,
            counts,
            tensors["input"],
            tensors["output"],
            bias,
            about["config"],
            about["corpus"],
            about["history"],
            about["versions"],
            squares,
            path,
            about.get("curve", {}),
            _unpacked_ngrams(path, about["config"], tensors),
        )
        model.rules  # noqa: B018 - an error if this program does not know them
        return model


def _packed_ngrams(subwords: NgramRows | None) -> dict[str, NDArray[Any]]:
    """Return the tensors that hold the n-grams of a model, if it has any."""
    if subwords is None:
        return {}
    return {
        "ngram_rows": subwords.rows,
        "word_rows": subwords.word_rows,
        "ngram_squares": subwords.squares,
        **packed_words(list(subwords.ngrams), "ngram"),
    }


def _unpacked_ngrams(
    path: Path, config: dict[str, Any], tensors: dict[str, NDArray[Any]]
) -> NgramRows | None:
    """Return the n-grams of a model, checked; None of a model without.

    Raises
    ------
    DataError
        If they do not agree with each other and with the words.
    """
    if "ngram_rows" not in tensors:
        return None
    ngrams = unpacked_words(path, FORMAT, tensors, "ngram")
    rows, own, squares = (tensors[n] for n in ("ngram_rows", "word_rows", "ngram_squares"))
    if own.shape != tensors["input"].shape or rows.shape[1:] != own.shape[1:]:
        raise FORMAT.bad(path, "its n-grams and its matrices do not agree")
    if squares.shape != rows.shape[:1] or not (np.isfinite(squares).all() and squares.min() >= 0):
        raise FORMAT.bad(path, "the AdaGrad sums of its n-grams are not finite numbers")
    try:
        lengths = NgramRange.parse(config["subwords"])
    except (TypeError, UsageError):
        raise FORMAT.bad(path, "it does not say how long its n-grams are") from None
    return NgramRows(lengths, ngrams, rows, own, squares)


def check_trained(path: Path) -> None:
    """Raise a DataError if a file holds vectors that were imported; an InputError as ``load``."""
    if format_of(path) == IMPORTED.format:
        raise DataError(
            f"{path}: these vectors were imported, so they have no output vectors, bias and "
            "counts, which predictions, losses and a warm start need; name a model that "
            "'w2vcli train' made"
        )
