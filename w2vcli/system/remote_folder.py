"""A folder behind a URL, in an object store: its files appear whole, and one may be made only once.

To make a file unless it is there is the one operation on which two writers can agree, without a
lock that one of them might take with it. Only some protocols have it: elsewhere nothing is written.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from w2vcli.errors import InputError, OutputError, StorageError, UsageError, W2VError
from w2vcli.system.remote_places import is_refusal, place_of, reason
from w2vcli.system.urls import scheme_of, shown

_MAKE_ONCE = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "created")


class RemoteFolder:
    """A folder behind a URL.

    Attributes
    ----------
    name
        The URL, without its secrets.

    Raises
    ------
    UsageError, InputError
        If the protocol is HTTP; if it is not known, or a package is missing.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self.name = shown(self._url)
        self._place = place_of(self._url)
        if self._place.is_web:
            raise UsageError(
                f"{self.name}: a store is not read by HTTP, which has no folders; name it in "
                "s3://, gs:// or az://, or copy it"
            )
        self._system = self._place.system

    def check_writable(self) -> None:
        """Raise a UsageError if its protocol is not one of those that keep two writers apart."""
        if scheme_of(self._url) not in _MAKE_ONCE:
            raise UsageError(
                f"{self.name}: {scheme_of(self._url)}:// cannot keep two writers apart, so a store "
                "there is only read; change it where it is a folder, or name one in s3://, gs:// "
                "or az://"
            )

    def entries(self) -> dict[str, tuple[int, float | None]] | None:
        """Return the files in it: their names, bytes, and when they were written, if that is known.

        The time is in seconds since 1970. None if there is no such folder.

        Raises
        ------
        InputError, StorageError
            If it is a file, or may not be read; or cannot be reached.
        """
        with self._reaching("", "read"):
            self._system.invalidate_cache()
            try:
                found = self._system.ls(self._place.path, detail=True)
            except FileNotFoundError:
                return None
        own = self._place.path.rstrip("/")
        if any(each["type"] == "file" and each["name"].rstrip("/") == own for each in found):
            raise InputError(f"{self.name}: this is a file; name a folder")
        return {
            each["name"].rpartition("/")[2]: (each["size"], _time_of(each))
            for each in found
            if each["type"] == "file" and not each["name"].endswith("/")
        }

    def read(self, name: str, size: int | None = None) -> bytes:
        """Return a file, or its first bytes.

        Raises
        ------
        InputError, StorageError
            If it is not there, or may not be read; or cannot be reached.
        """
        with self._reaching(name, "read"):
            return bytes(self._system.cat_file(self._path(name), start=0, end=size))

    def url_of(self, name: str) -> str:
        """Return the URL of a file in the folder, with its secrets."""
        return f"{self._url}/{name}"

    def create(self, name: str, data: bytes) -> bool:
        """Make a small file, which nobody else makes with the same bytes.

        Returns
        -------
        made
            False if it was there.

        Raises
        ------
        OutputError, StorageError
            If it cannot be written: an OutputError if that is not permitted.
        """
        with self._reaching(name, "written"):
            try:
                self._system.pipe_file(self._path(name), data, mode="create")
            except Exception:
                # What was sent twice, as its answer was lost, is found there, and is ours.
                with suppress(Exception):
                    return bytes(self._system.cat_file(self._path(name))) == data
                raise
        return True

    def put(self, file: Path, name: str) -> None:
        """Copy a local file into the folder.

        Raises
        ------
        OutputError, StorageError
            As ``create``.
        """
        with self._reaching(name, "written"):
            self._system.put_file(str(file), self._path(name))
            self._system.invalidate_cache()
            size, there = file.stat().st_size, self._system.info(self._path(name))["size"]
        if there != size:
            raise StorageError(
                f"{self.name}/{name}: could not be written: of {size:,} bytes {there:,} are there"
            )

    def remove(self, name: str) -> None:
        """Remove a file, if it is there and that can be done."""
        with suppress(Exception):
            self._system.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._place.path.rstrip('/')}/{name}"

    @contextmanager
    def _reaching(self, name: str, what: str) -> Iterator[None]:
        """Turn what a library raises into an error of one sentence."""
        title = f"{self.name}/{name}" if name else self.name
        try:
            yield
        except (W2VError, MemoryError):
            raise
        except Exception as error:
            why = f"{title}: could not be {what}: {reason(error)}"
            if not isinstance(error, FileNotFoundError) and not is_refusal(error):
                raise StorageError(f"{why}; check the network, and try again") from None
            kind = OutputError if what == "written" else InputError
            raise kind(f"{why}; check the URL and your credentials") from None


def _time_of(entry: dict[str, object]) -> float | None:
    """Return when a file was written, as its file system says under one name or another."""
    said = next((entry[name] for name in _TIMES if entry.get(name)), None)
    if isinstance(said, str):
        with suppress(ValueError):
            said = datetime.fromisoformat(said)
    if isinstance(said, datetime):
        return said.timestamp()
    return float(said) if isinstance(said, int | float) else None
