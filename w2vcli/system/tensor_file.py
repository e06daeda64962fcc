"""Our files of tensors, models and checkpoints: safetensors with a little JSON, and a checksum.

The metadata of such a file has one key, ``w2vcli``: a JSON object with the ``format``, its
``version``, the ``sha256`` of the file, and further values of that format. (One key,
because the library writes several in an order that changes from run to run, and equal content
should give equal files.) The SHA-256 is that of the whole file with 64 zeros in its own place, so
that it covers every bit.
"""

import hashlib
import json
import mmap
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from w2vcli.errors import DataError, InputError
from w2vcli.system.bytes_on_disk import BytesOnDisk
from w2vcli.system.files import atomic_output
from w2vcli.system.first_bytes import PEEK_BYTES, text_kind

KEY = "w2vcli"
_NO_DIGEST = "0" * 64
_DTYPES = {"F32": np.float32, "I64": np.int64, "U8": np.uint8}
_CODES = {np.dtype(of): code for code, of in _DTYPES.items()}
_PIECE = 1 << 24
_LONGEST_HEADER = 100_000_000  # bytes; the limit of the library


@dataclass(frozen=True)
class FileFormat:
    """A format of tensor files: what each file of one kind holds.

    Attributes
    ----------
    name
        The name of this kind of file, in messages.
    format, version
        The values of these keys in the metadata.
    remedy
        The advice about a damaged file, in messages.
    tensors
        For each tensor, the code of its type (F32, I64, U8) and its number of dimensions.
    metadata
        For each further key of the metadata, its type.
    may_be_empty
        The tensors that may have no elements.
    also
        Other versions that can be read.
    """

    name: str
    format: str
    version: int
    remedy: str
    tensors: dict[str, tuple[str, int]]
    metadata: dict[str, type]
    may_be_empty: frozenset[str] = frozenset()
    also: tuple[int, ...] = ()

    def bad(self, path: Path, why: str) -> DataError:
        """Return the error that a file of this kind cannot be used."""
        return DataError(f"{path}: not a usable {self.name}: {why}; {self.remedy}")

    def wanted(self, path: Path, kind: str) -> DataError:
        """Return the error that a file of another kind was given in the place of this one."""
        return DataError(
            f"{path}: this is {kind} and not a {self.name}; name a {self.name} instead"
        )


def write_tensors(
    path: Path,
    file_format: FileFormat,
    tensors: Mapping[str, NDArray[Any] | BytesOnDisk],
    metadata: dict[str, Any],
    keep: bool = False,
    before: Callable[[], object] | None = None,
) -> None:
    """Write a tensor file, whole or not at all; ``keep`` and ``before`` as in ``atomic_output``.

    Raises
    ------
    DataError
        If the metadata is longer than can be read again.
    OutputError, StorageError
        As ``files.atomic_output``.
    """
    about = {
        "format": file_format.format,
        "version": file_format.version,
        "sha256": _NO_DIGEST,
    } | metadata
    header: dict[str, Any] = {"__metadata__": {KEY: json.dumps(about, allow_nan=False)}}
    end = 0
    # The widest types first: so each tensor begins at a multiple of its width.
    names = sorted(tensors, key=lambda name: (-_described(tensors[name])[2], name))
    for name in names:
        code, shape, _, length = _described(tensors[name])
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [end, end + length]}
        end += length
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > _LONGEST_HEADER:
        raise DataError(
            f"{path}: it would name {len(text) / 1e6:,.0f} MB of texts and tensors, and no more "
            f"than {_LONGEST_HEADER / 1e6:,.0f} MB can be read; use fewer texts at a time"
        )
    start = len(text).to_bytes(8, "little") + text
    digest = hashlib.sha256(start)
    for name in names:
        for piece in _pieces(tensors[name]):
            digest.update(piece)
    with atomic_output(path, keep, before) as stream:
        stream.write(start.replace(_NO_DIGEST.encode(), digest.hexdigest().encode(), 1))
        for name in names:
            for piece in _pieces(tensors[name]):
                stream.write(piece)


def _described(values: NDArray[Any] | BytesOnDisk) -> tuple[str, list[int], int, int]:
    """Return the type code of a tensor, its shape, the bytes per element and in all."""
    if isinstance(values, BytesOnDisk):
        return "U8", [values.length], 1, values.length
    return _CODES[values.dtype], list(values.shape), values.itemsize, values.nbytes


def _pieces(values: NDArray[Any] | BytesOnDisk) -> Iterator[bytes | memoryview]:
    if isinstance(values, BytesOnDisk):
        yield from values.pieces()
    elif values.size:
        yield np.ascontiguousarray(values).data.cast("B")


def read_tensors(
    path: Path, file_format: FileFormat, in_memory: int = 0
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the metadata and the tensors of a file, checked one by one, but not the checksum.

    Parameters
    ----------
    path, file_format
        The file, and its expected format.
    in_memory
        A file of at most so many bytes is read; a larger one is mapped, so that only the used parts
        are read. If another program cuts a mapped file short, reading it kills the process
        (SIGBUS): call ``is_cut_short`` before.

    Raises
    ------
    InputError
        If the file does not exist or cannot be opened.
    DataError
        If it is not of this kind, is damaged or cut short, or of another version.
    """
    file, header = _opened(path, file_format, in_memory)
    about = _metadata(path, file_format, header)
    start = _header_end(file)
    tensors: dict[str, NDArray[Any]] = {}
    for name, (code, dimensions) in file_format.tensors.items():
        entry = header.get(name)
        if not entry or entry["dtype"] != code or len(entry["shape"]) != dimensions:
            raise file_format.bad(path, f"its tensor '{name}' is missing or of another type")
        if 0 in entry["shape"] and name not in file_format.may_be_empty:
            raise file_format.bad(path, f"its tensor '{name}' is empty")
        begin, end = (start + offset for offset in entry["data_offsets"])
        tensors[name] = file[begin:end].view(_DTYPES[code]).reshape(entry["shape"])
    return about, tensors


def is_cut_short(tensor: NDArray[Any]) -> bool:
    """Return whether the file that a tensor is mapped from is shorter than it was.

    The file may still be cut short between this call and the reading.
    """
    owner: object = tensor
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return isinstance(owner, mmap.mmap) and owner.size() < len(owner)


def read_metadata(path: Path, file_format: FileFormat) -> tuple[dict[str, Any], int]:
    """Return the metadata of a file, as ``read_tensors``, and the bytes of the file."""
    file, header = _opened(path, file_format)
    return _metadata(path, file_format, header), len(file)


def on_disk(path: Path, file_format: FileFormat, name: str) -> BytesOnDisk:
    """Open a tensor of bytes to read parts of it; its ``file`` is the caller's to close.

    Raises
    ------
    InputError, DataError
        As ``read_tensors``.
    """
    file, header = _opened(path, file_format)
    begin, end = header[name]["data_offsets"]
    try:
        return BytesOnDisk(path.open("rb", buffering=0), _header_end(file) + begin, end - begin)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def format_of(path: Path) -> str | None:
    """Return the name of the format in a tensor file; None for any other file.

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


def verify(path: Path, file_format: FileFormat) -> str:
    """Read all of a file, compare its checksum, and return it.

    Raises
    ------
    InputError, DataError
        As ``read_tensors``; a DataError too if the checksum is another.
    """
    file, header = _opened(path, file_format)
    said = _metadata(path, file_format, header)["sha256"].encode(errors="replace")
    # It is in the header, as JSON within JSON, where hexadecimal digits are not escaped.
    start = file[: _header_end(file)].tobytes()
    place = start.find(said)
    if len(said) != len(_NO_DIGEST) or place < 0:
        raise file_format.bad(path, "its checksum is damaged")
    digest = hashlib.sha256(start[:place] + _NO_DIGEST.encode() + start[place + len(said) :])
    # Read, not mapped: the pages of a large file would count as memory of this process.
    try:
        with path.open("rb") as stream:
            same = stream.read(len(start)) == start
            while piece := stream.read(_PIECE):
                digest.update(piece)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    if not same or digest.hexdigest().encode() != said:
        raise file_format.bad(path, "its content is not what its checksum says, so it is damaged")
    return digest.hexdigest()


_ANY = FileFormat("file", "", 0, "", {}, {})


def _opened(
    path: Path, file_format: FileFormat, in_memory: int = 0
) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Return the bytes of a file, read or mapped, and its header."""
    try:
        if path.exists() and not path.is_file():  # to open a FIFO is to wait for its writer
            raise InputError(f"{path}: cannot be read: not a regular file; name one")
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            # The library checks the header against the file; it does not say where tensors lie.
            with safe_open(path, framework="numpy"):
                pass
            # All from one open file: another run may put a new file in the place of this one.
            file: NDArray[np.uint8]
            if size <= in_memory:
                file = np.fromfile(stream, np.uint8)
                file.flags.writeable = False
            else:
                file = np.memmap(stream, np.uint8, "r")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except SafetensorError:
        if kind := _text_kind(path):
            raise file_format.wanted(path, kind) from None
        raise file_format.bad(path, "the file is damaged, cut short or of another kind") from None
    if len(file) < size:
        raise file_format.bad(path, "the file was cut short while it was read")
    return file, json.loads(file[8 : _header_end(file)].tobytes())


def _text_kind(path: Path) -> str | None:
    with suppress(OSError), path.open("rb") as stream:
        return text_kind(stream.read(PEEK_BYTES))
    return None


def _kind(said: Any) -> str:  # noqa: ANN401 - whatever a file says
    """Name the kind of a file by the format in its metadata."""
    ours = re.fullmatch("w2vcli-([a-z]{1,20})", said) if isinstance(said, str) else None
    return f"a {ours[1]} of w2vcli" if ours else f"a file of another kind ({shown(said)})"


def _header_end(file: NDArray[np.uint8]) -> int:
    return 8 + int.from_bytes(file[:8].tobytes(), "little")


def _metadata(path: Path, file_format: FileFormat, header: dict[str, Any]) -> dict[str, Any]:
    not_ours = file_format.bad(path, "this safetensors file was not made by w2vcli")
    try:
        about = json.loads(header["__metadata__"][KEY])
        said, version = about["format"], about["version"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise not_ours from None
    if said != file_format.format:
        raise file_format.wanted(path, _kind(said))
    if not {"sha256", *file_format.metadata} <= about.keys():
        raise not_ours
    if version not in (file_format.version, *file_format.also):
        raise DataError(
            f"{path}: the file has format version {shown(version)}, this w2vcli reads version "
            f"{file_format.version}; use the w2vcli that made it, or train again"
        )
    types = {"sha256": str} | file_format.metadata
    if any(type(about[key]) is not wanted for key, wanted in types.items()):
        raise file_format.bad(path, "its metadata is not what it should be")
    assert isinstance(about, dict)
    return about


def shown(value: Any) -> str:  # noqa: ANN401 - whatever a file says
    """Return a value of a file's metadata, shortened for a message."""
    if value is None or isinstance(value, dict | list):
        return "none" if not value else "..."  # it may be nested too deep to be written out
    text = "".join(char if char.isprintable() else "?" for char in str(value))
    return text if len(text) < 40 else f"{text[:12]}..."
