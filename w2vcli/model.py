"""The model and its file: one safetensors file with everything that a query needs.

    tensor          dtype, shape      what
    input           float32 (V, d)    W_in, row i the input vector of word i
    output          float32 (V, d)    W_out
    bias            float32 (V,)      b; zeros where the model was trained without
    counts          int64 (V,)        how often each word occurred in the training corpus
    vocab_bytes     uint8 (n,)        the words in UTF-8, one after the other
    vocab_offsets   int64 (V + 1,)    word i is vocab_bytes[vocab_offsets[i]:vocab_offsets[i + 1]]

The metadata has one key, ``w2vcli``: a JSON object with ``format`` ("w2vcli-model"), ``version``,
``config``, ``corpus``, ``history`` and ``versions``. (One key, because the library writes several
in an order that changes from run to run, and equal models should be equal files.)
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from w2vcli.errors import DataError, InputError
from w2vcli.files import atomic_output
from w2vcli.training_options import TrainingOptions

FORMAT = "w2vcli-model"
FORMAT_VERSION = 1
_KEY = "w2vcli"
_SHAPES = {
    "input": ("F32", 2),
    "output": ("F32", 2),
    "bias": ("F32", 1),
    "counts": ("I64", 1),
    "vocab_bytes": ("U8", 1),
    "vocab_offsets": ("I64", 1),
}
_DTYPES = {"F32": np.float32, "I64": np.int64, "U8": np.uint8}


@dataclass(frozen=True)
class Model:
    """Word vectors with their words.

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
        What the file says of its making: the options; the fingerprint of the corpus; the record
        of each pass; the versions of the software. All plain JSON values.
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

    @cached_property
    def ids(self) -> dict[str, int]:
        """The word -> id map."""
        return {word: index for index, word in enumerate(self.words)}

    @cached_property
    def options(self) -> TrainingOptions:
        """How the model was trained.

        Raises
        ------
        DataError
            If it does not say.
        """
        try:
            return TrainingOptions.from_json(self.config)
        except ValueError as error:
            raise DataError(
                f"the model does not say how it was trained: in its configuration, {error}; "
                "train it again"
            ) from None

    def find(self, word: str) -> int | None:
        """Return the id of a word, or None; lower-cased first if the model's corpus was."""
        if self.config.get("lower"):
            word = word.lower()
        return self.ids.get(word)

    def save(self, path: Path) -> None:
        """Write the model file, whole or not at all.

        Raises
        ------
        OutputError, StorageError
            As ``files.atomic_output``.
        """
        encoded = [word.encode() for word in self.words]
        lengths = np.fromiter((len(word) for word in encoded), np.int64, len(encoded))
        tensors: dict[str, NDArray[Any]] = {
            "input": np.ascontiguousarray(self.w_in),
            "output": np.ascontiguousarray(self.w_out),
            "bias": np.ascontiguousarray(self.bias),
            "counts": np.ascontiguousarray(self.counts),
            "vocab_bytes": np.frombuffer(b"".join(encoded), dtype=np.uint8),
            "vocab_offsets": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        }
        about = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "config": self.config,
            "corpus": self.corpus,
            "history": self.history,
            "versions": self.versions,
        }
        with atomic_output(path) as stream:
            stream.write(save(tensors, metadata={_KEY: json.dumps(about, allow_nan=False)}))

    @classmethod
    def load(cls, path: Path) -> "Model":
        """Read a model file; the matrices are mapped, so a query reads only what it uses.

        Raises
        ------
        InputError
            If the file does not exist or cannot be opened.
        DataError
            If it is not a model, is damaged or cut short, of another format version, or its
            parts disagree.
        """
        about, tensors = _read(path)
        size = len(tensors["counts"])
        offsets = tensors["vocab_offsets"]
        blob = tensors["vocab_bytes"].tobytes()
        shapes_agree = (
            tensors["output"].shape == tensors["input"].shape
            and len(tensors["input"]) == len(tensors["bias"]) == size
            and len(offsets) == size + 1
            and offsets[0] == 0
            and offsets[-1] == len(blob)
            and bool(np.all(offsets[1:] > offsets[:-1]))
        )
        if not shapes_agree:
            raise _bad(path, "its vocabulary and its matrices do not agree")
        ends = offsets.tolist()
        try:
            words = [blob[a:b].decode() for a, b in pairwise(ends)]
        except UnicodeDecodeError:
            raise _bad(path, "its vocabulary is not valid UTF-8") from None
        model = cls(
            words,
            tensors["counts"],
            tensors["input"],
            tensors["output"],
            tensors["bias"],
            *(about[key] for key in ("config", "corpus", "history", "versions")),
        )
        if len(model.ids) != size:
            raise _bad(path, "its vocabulary names a word twice")
        return model


def _bad(path: Path, why: str) -> DataError:
    return DataError(f"{path}: not a usable model: {why}; train it again or restore it")


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the metadata and the mapped tensors of a model file, checked one by one."""
    try:
        with path.open("rb") as stream:
            # The library checks the header against the file; it does not say where tensors lie.
            with safe_open(path, framework="numpy"):
                pass
            # All from one mapping: another run may put a new file in the place of this one.
            file = np.memmap(stream, np.uint8, "r")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except SafetensorError:
        raise _bad(path, "the file is damaged, cut short or of another kind") from None
    start = 8 + int.from_bytes(file[:8].tobytes(), "little")
    header = json.loads(file[8:start].tobytes())
    about = _metadata(path, header.get("__metadata__") or {})
    tensors: dict[str, NDArray[Any]] = {}
    for name, (code, dimensions) in _SHAPES.items():
        entry = header.get(name)
        if not entry or entry["dtype"] != code or len(entry["shape"]) != dimensions:
            raise _bad(path, f"its tensor '{name}' is missing or of another type")
        if 0 in entry["shape"]:
            raise _bad(path, f"its tensor '{name}' is empty")
        begin, end = (start + offset for offset in entry["data_offsets"])
        tensors[name] = file[begin:end].view(_DTYPES[code]).reshape(entry["shape"])
    return about, tensors


def _metadata(path: Path, metadata: dict[str, str]) -> dict[str, Any]:
    try:
        about = json.loads(metadata[_KEY])
        kind, version = about["format"], about["version"]
        types = [type(about[key]) for key in ("config", "corpus", "history", "versions")]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _bad(path, "this safetensors file was not made by w2vcli") from None
    if kind != FORMAT:
        raise _bad(path, f"it is a file of another kind ({kind})")
    if version != FORMAT_VERSION:
        raise DataError(
            f"{path}: the file has format version {version}, this w2vcli reads version "
            f"{FORMAT_VERSION}; use the w2vcli that made it, or train again"
        )
    if types != [dict, dict, list, dict]:
        raise _bad(path, "its metadata is not what it should be")
    assert isinstance(about, dict)
    return about
