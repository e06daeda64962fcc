"""Files behind URLs, by fsspec: found, listed and read. fsspec is loaded for URLs only.

A library behind fsspec raises whatever it likes. Here each failure becomes one sentence, without
the secrets that a URL may hold (``urls``).
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

from w2vcli.errors import InputError, W2VError
from w2vcli.system.urls import redacted, scheme_of, shown

_BLOCK_BYTES = 1 << 23
_BUFFER_BYTES = 1 << 16
_SECONDS = 60.0  # without a byte
_NO_ACCESS = (401, 403)
_GONE = (404, 410)
_PACKAGES = {
    "dask": "distributed",
    "dbfs": "requests",
    "git": "pygit2",
    "http": "aiohttp",
    "https": "aiohttp",
    "libarchive": "libarchive-c",
    "sftp": "paramiko",
    "smb": "smbprotocol",
    "ssh": "paramiko",
}
"""What fsspec's own file systems need."""
_ARROW = ("hdfs", "arrow_hdfs")
_CHANGES = (
    *("etag", "generation", "md5hash", "content-md5", "contentmd5", "content_md5", "digest"),
    *("checksum", "versionid", "last-modified", "lastmodified", "last_modified", "modified"),
    *("updated", "mtime", "modificationtime", "created"),
)
"""What file systems say of a file that changes with its content, in lower case."""


@dataclass(frozen=True)
class Place:
    """Where a URL leads.

    Attributes
    ----------
    url
        The URL, with its secrets.
    system
        The file system, fsspec's.
    path
        The path in it.
    """

    url: str
    system: Any
    path: str

    @property
    def is_web(self) -> bool:
        """Whether it is read by HTTP, which has no folders, and perhaps no ranges."""
        return "http" in _names(self.system)


def _names(system: Any) -> tuple[str, ...]:  # noqa: ANN401 - fsspec has no types
    said = system.protocol
    return (said,) if isinstance(said, str) else tuple(said)


def place_of(url: str) -> Place:
    """Find the file system of a URL.

    Raises
    ------
    InputError
        If its protocol is not known, or a package is missing; the message names it.
    """
    try:
        import fsspec
    except ImportError:
        raise InputError(
            f"{shown(url)}: to read a URL takes one more package: pip install 'w2vcli[remote]'"
        ) from None
    protocols = [scheme_of(part) for part in url.split("::")]
    for protocol in protocols:
        _check_protocol(url, protocol)
    with reaching(url):
        system, path = fsspec.core.url_to_fs(url, **_options(protocols))
    return Place(url, system, path)


def _options(protocols: list[str]) -> dict[str, Any]:
    """Return what fsspec's own defaults are not right for.

    A request may take longer than aiohttp's five minutes: it may be of a whole file. And as in
    other programs, the environment may name a proxy.
    """
    if protocols not in (["http"], ["https"]):
        return {}
    from aiohttp import ClientTimeout

    patience = ClientTimeout(total=None, sock_connect=_SECONDS, sock_read=_SECONDS)
    return {"client_kwargs": {"timeout": patience, "trust_env": True}}


def _check_protocol(url: str, protocol: str) -> None:
    """Raise an InputError if fsspec, or a package that it needs, does not know a protocol."""
    from fsspec.registry import get_filesystem_class, known_implementations

    try:
        get_filesystem_class(protocol)
    except ValueError:
        raise InputError(
            f"{shown(url)}: the protocol {protocol}:// is not known; check the URL, or install the "
            "package that adds it to fsspec"
        ) from None
    except ImportError:
        known = known_implementations.get(protocol, {}).get("class", protocol)
        package = "pyarrow" if protocol in _ARROW else _PACKAGES.get(protocol)
        if package is None:
            own = known.startswith("fsspec.")
            package = "requests" if own else known.partition(".")[0].replace("_", "-")
        raise InputError(
            f"{shown(url)}: to read {protocol}:// takes one more package: pip install {package}"
        ) from None


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Turn any failure to reach a URL into an InputError."""
    try:
        yield
    except (W2VError, MemoryError):
        raise
    except Exception as error:
        raise InputError(f"{shown(url)}: {_why(error)}") from None


def _why(error: Exception) -> str:
    """Return why a URL cannot be reached, and what to do."""
    cause = error.__cause__
    if isinstance(error, FileNotFoundError) and isinstance(cause, Exception):
        # By HTTP, fsspec says that there is no such file, whatever has failed.
        is_web = type(cause).__module__.startswith("aiohttp") or isinstance(cause, TimeoutError)
        error = cause if is_web else error
    if isinstance(error, FileNotFoundError | NotADirectoryError) or (
        getattr(error, "status", None) in _GONE
    ):
        return "no such file or folder; check the URL"
    if isinstance(error, PermissionError) or getattr(error, "status", None) in _NO_ACCESS:
        return f"no permission to read it ({reason(error)}); check the URL and your credentials"
    return f"cannot be reached: {reason(error)}; check the URL, the network and your credentials"


def reason(error: BaseException) -> str:
    """Return what an error says, in one line and without secrets."""
    status, message = getattr(error, "status", None), getattr(error, "message", None)
    if status and message:
        return f"{status} {message}"
    said = getattr(error, "strerror", None) or str(error)
    line = redacted(str(said)).strip().partition("\n")[0].rstrip(" .")
    return line or type(error).__name__


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
