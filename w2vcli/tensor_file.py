"""Our files of tensors, models and checkpoints: safetensors with a little JSON, and a checksum.

The metadata of such a file has one key, ``w2vcli``: a JSON object with the ``format``, its
``version``, the ``sha256`` of the file, and what else the kind of file says of itself. (One key,
because the library writes several in an order that changes from run to run, and equal content
should give equal files.) The SHA-256 is that of the whole file with 64 zeros in its own place, so
that no bit of the file goes unguarded.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from w2vcli.errors import DataError, InputError
from w2vcli.files import atomic_output

KEY = "w2vcli"
_NO_DIGEST = "0" * 64
_DTYPES = {"F32": np.float32, "I64": np.int64, "U8": np.uint8}
_PIECE = 1 << 24


@dataclass(frozen=True)
class Kind:
    """A kind of tensor file.

    Attributes
    ----------
    name
        What to call it in a sentence.
    format, version
        What its metadata says.
    remedy
        What to do about a damaged one.
    tensors
        For each tensor, the code of its type (F32, I64, U8) and how many dimensions it has.
    metadata
        For each further key of the metadata, its type.
    """

    name: str
    format: str
    version: int
    remedy: str
    tensors: dict[str, tuple[str, int]]
    metadata: dict[str, type]

    def bad(self, path: Path, why: str) -> DataError:
        """Return the error that a file of this kind cannot be used."""
        return DataError(f"{path}: not a usable {self.name}: {why}; {self.remedy}")


def write_tensors(
    path: Path, kind: Kind, tensors: dict[str, NDArray[Any]], metadata: dict[str, Any]
) -> None:
    """Write a tensor file, whole or not at all.

    Raises
    ------
    OutputError, StorageError
        As ``files.atomic_output``.
    """
    about = {"format": kind.format, "version": kind.version, "sha256": _NO_DIGEST} | metadata
    contiguous = {name: np.ascontiguousarray(values) for name, values in tensors.items()}
    data = save(contiguous, metadata={KEY: json.dumps(about, allow_nan=False)})
    place = data.index(_NO_DIGEST.encode())
    digest = hashlib.sha256(data).hexdigest().encode()
    with atomic_output(path) as stream:
        for part in (data[:place], digest, memoryview(data)[place + len(digest) :]):
            stream.write(part)


def read_tensors(path: Path, kind: Kind) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the metadata and the tensors of a file, checked one by one, but not the checksum.

    The tensors are mapped, so that only what is used is read.

    Raises
    ------
    InputError
        If the file does not exist or cannot be opened.
    DataError
        If it is not of this kind, is damaged or cut short, or of another version.
    """
    file, header = _opened(path, kind)
    about = _metadata(path, kind, header)
    start = _header_end(file)
    tensors: dict[str, NDArray[Any]] = {}
    for name, (code, dimensions) in kind.tensors.items():
        entry = header.get(name)
        if not entry or entry["dtype"] != code or len(entry["shape"]) != dimensions:
            raise kind.bad(path, f"its tensor '{name}' is missing or of another type")
        if 0 in entry["shape"]:
            raise kind.bad(path, f"its tensor '{name}' is empty")
        begin, end = (start + offset for offset in entry["data_offsets"])
        tensors[name] = file[begin:end].view(_DTYPES[code]).reshape(entry["shape"])
    return about, tensors


def format_of(path: Path) -> str | None:
    """Return what a tensor file says that it is; None of any other file.

    Raises
    ------
    InputError
        If the file does not exist or cannot be opened.
    """
    try:
        _, header = _opened(path, _ANY)
        said = json.loads(header["__metadata__"][KEY])["format"]
    except (DataError, KeyError, TypeError, ValueError, RecursionError):
        return None
    return said if isinstance(said, str) else None


def verify(path: Path, kind: Kind) -> str:
    """Read all of a file, compare its checksum, and return it.

    Raises
    ------
    InputError, DataError
        As ``read_tensors``; a DataError too if the checksum is another.
    """
    file, header = _opened(path, kind)
    said = _metadata(path, kind, header)["sha256"].encode()
    # It stands in the header, as JSON within JSON: 64 digits look the same there.
    place = file[: _header_end(file)].tobytes().find(said)
    if len(said) != len(_NO_DIGEST) or place < 0:
        raise kind.bad(path, "its checksum is damaged")
    digest = hashlib.sha256()
    digest.update(file[:place].data)
    digest.update(_NO_DIGEST.encode())
    for start in range(place + len(said), len(file), _PIECE):
        digest.update(file[start : start + _PIECE].data)
    if digest.hexdigest().encode() != said:
        raise kind.bad(path, "its content is not what its checksum says, so it is damaged")
    return digest.hexdigest()


_ANY = Kind("file", "", 0, "", {}, {})


def _opened(path: Path, kind: Kind) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Return a file, mapped, and its header."""
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
        raise kind.bad(path, "the file is damaged, cut short or of another kind") from None
    return file, json.loads(file[8 : _header_end(file)].tobytes())


def _header_end(file: NDArray[np.uint8]) -> int:
    return 8 + int.from_bytes(file[:8].tobytes(), "little")


def _metadata(path: Path, kind: Kind, header: dict[str, Any]) -> dict[str, Any]:
    try:
        about = json.loads(header["__metadata__"][KEY])
        said, version = about["format"], about["version"]
        values = {key: about[key] for key in ("sha256", *kind.metadata)}
    except (KeyError, TypeError, ValueError, RecursionError):
        raise kind.bad(path, "this safetensors file was not made by w2vcli") from None
    if said != kind.format:
        raise kind.bad(path, f"it is a file of another kind ({said})")
    if version != kind.version:
        raise DataError(
            f"{path}: the file has format version {version}, this w2vcli reads version "
            f"{kind.version}; use the w2vcli that made it, or train again"
        )
    types = {"sha256": str} | kind.metadata
    if any(type(values[key]) is not wanted for key, wanted in types.items()):
        raise kind.bad(path, "its metadata is not what it should be")
    assert isinstance(about, dict)
    return about
