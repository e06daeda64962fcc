"""Files behind URLs: found, listed and read (``remote_places``)."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from w2vcli.errors import InputError
from w2vcli.system.remote_places import Place, place_of, reaching, reason

_BLOCK_BYTES = 1 << 23
_BUFFER_BYTES = 1 << 16
_CHANGES = (
    *("etag", "generation", "md5hash", "content-md5", "contentmd5", "content_md5", "digest"),
    *("checksum", "versionid", "last-modified", "lastmodified", "last_modified", "modified"),
    *("updated", "mtime", "modificationtime", "created"),
)
"""What file systems say of a file that changes with its content, in lower case."""


def facts_of(place: Place) -> dict[str, Any]:
    """Return what the file system says of a file or folder: at least its ``type``.

    Raises
    ------
    InputError
        If it is not there, or cannot be reached.
    """
    with reaching(place.url):
        return dict(place.system.info(place.path))


def size_of(url: str) -> int | None:
    """Return the bytes of a file as it is stored; None if that cannot be known."""
    try:
        size = facts_of(place_of(url)).get("size")
    except InputError:
        return None
    return size if isinstance(size, int) else None


def identity_of(url: str) -> str:
    """Return what changes with the content of a file: its size with its tag, version or time.

    Raises
    ------
    InputError
        If it is not there, or cannot be reached.
    """
    place = place_of(url)
    with reaching(url):
        place.system.invalidate_cache(None if place.is_web else place.path)
    facts = facts_of(place)
    said = {name.lower(): str(value) for name, value in facts.items() if value is not None}
    changes = [f"{name} {said[name]}" for name in _CHANGES if name in said]
    return ", ".join([f"{said.get('size', 'unknown')} bytes", *changes])


def reads_ranges(url: str) -> bool:
    """Return whether a part of a file can be read without what stands before it.

    Raises
    ------
    InputError
        If it is not there, or cannot be reached.
    """
    place = place_of(url)
    facts = facts_of(place)
    if not place.is_web:
        return True
    size = facts.get("size")
    if not isinstance(size, int) or size < 2 or facts.get("partial") is False:
        return False
    try:
        with reaching(url), place.system.open(place.path, "rb", cache_type="none") as file:
            file.seek(1)
            return len(file.read(1)) == 1
    except InputError:
        return False


@contextmanager
def opened(url: str) -> Iterator[IO[bytes]]:
    """Open a file to read its bytes as they are stored. It can be sought in.

    What fails later is an OSError that says why. Where a server gives no ranges of bytes, to seek
    means to read what stands before.

    Raises
    ------
    InputError
        If it is not there, or cannot be reached.
    """
    place = place_of(url)
    with reaching(url):
        file = _open(place)
    with io.BufferedReader(_Stream(place, file), _BUFFER_BYTES) as stream:
        yield cast("IO[bytes]", stream)


def _open(place: Place, block: int | None = None) -> Any:  # noqa: ANN401
    size = _BLOCK_BYTES if block is None else block
    file = place.system.open(place.path, "rb", block_size=size)
    if isinstance(file, io.BytesIO):  # of memory://, one file with one position for all
        return io.BytesIO(file.getvalue())
    return file


class _Stream(io.RawIOBase):
    """A file behind a URL, whose failures are OSErrors."""

    def __init__(self, place: Place, file: Any) -> None:  # noqa: ANN401
        self._place = place
        self._file = file
        self._size: int | None = getattr(file, "size", None)
        self._position = 0  # where the next byte is read
        self._reached = 0  # where the file stands
        self._is_sequential = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END and self._size is None:
            raise OSError("its size is not known, so its end cannot be sought")
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size or 0}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        try:
            data = self._read(len(buffer))
        except MemoryError:
            raise
        except Exception as error:
            raise OSError(reason(error)) from None
        if not data and self._size is not None and self._position < self._size:
            raise OSError(f"it ended after {self._position:,} of {self._size:,} bytes")
        self._position = self._reached = self._position + len(data)
        buffer[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        if not self._is_sequential:
            try:
                if self._reached != self._position:
                    self._file.seek(self._position)
                return bytes(self._file.read(size))
            except ValueError:  # HTTP, from a server that gives no ranges
                if not self._place.is_web:
                    raise
                self._is_sequential = True
                self._reopen()
        if self._position < self._reached:
            self._reopen()
        while self._reached < self._position:
            skipped = len(self._file.read(min(_BLOCK_BYTES, self._position - self._reached)))
            if not skipped:
                return b""
            self._reached += skipped
        return bytes(self._file.read(size))

    def _reopen(self) -> None:
        self._file.close()
        self._file = _open(self._place, 0)
        self._reached = 0

    def close(self) -> None:
        if not self.closed:
            try:
                self._file.close()
            finally:
                super().close()


def listed(url: str) -> list[str] | None:
    """Return the URLs of the files that a folder or a pattern means; None if it means one file.

    Hidden files are left out, and those in hidden folders; the others stand in the order of the
    names of their folders, and then of their own.

    Raises
    ------
    InputError
        If nothing is there, or it cannot be reached.
    """
    place = place_of(url)
    head, chained, tail = _parted(url)
    scheme = head.index("://") + 3
    magic = [head.find(letter, scheme) for letter in ("*" if place.is_web else "*?[")]
    first = min((at for at in magic if at >= 0), default=-1)
    with reaching(url):
        place.system.invalidate_cache()
        try:
            kind = "file" if place.is_web and first >= 0 else place.system.info(place.path)["type"]
        except FileNotFoundError:
            if first < 0:
                raise
            kind = "pattern"
        if place.is_web and kind == "file":
            kind = "pattern" if first >= 0 else "folder" if head.endswith("/") else kind
        if kind == "file":
            return None
        if kind == "pattern":
            fixed = head[: max(head.rfind("/", 0, first) + 1, scheme)]
            matches = place.system.glob(place.path, detail=True)
            folders = [path for path, facts in matches.items() if facts["type"] == "directory"]
            found = [path for path in matches if path not in folders]
            is_hidden = _never if _is_hidden(head[len(fixed) :]) else _is_hidden
        else:
            fixed, folders, found = head.rstrip("/") + "/", [place.path], []
            is_hidden = _is_hidden
        root = place.system._strip_protocol(fixed + chained + tail).rstrip("/")
        for folder in folders:
            found += place.system.find(folder)
        names = {_below(root, path) for path in found}
    chosen = [name for name in names if name and not is_hidden(name)]
    ordered = sorted(chosen, key=lambda name: name.split("/"))
    if place.is_web and kind == "folder" and not ordered:
        return None  # a URL that ends in a slash, and is a file all the same
    return [f"{fixed}{name}{chained}{tail}" for name in ordered]


def _parted(url: str) -> tuple[str, str, str]:
    """Split a chain of URLs behind the first of them that has a path."""
    at = url.find("::", url.index("://"))
    return (url, "", "") if at < 0 else (url[:at], "::", url[at + 2 :])


def _below(root: str, path: str) -> str:
    """Return the path below a root; an empty one for a mark that stands for a folder."""
    return "" if path.endswith("/") else path.removeprefix(root).lstrip("/")


def _never(_name: str) -> bool:
    return False


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
