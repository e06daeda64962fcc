"""The mirror of a store behind a URL: what was fetched of its segments, on this machine.

A segment never changes, so what was fetched of it serves until it is gone. The folder has whole
segments; ``heads`` in it has files of the size of a segment, of which only the beginning, with the
metadata, was fetched, and the rest are zeros that take no room.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from w2vcli.counts.listing import ENDING
from w2vcli.errors import ConfigError, StorageError
from w2vcli.system import remote_files
from w2vcli.system.code_cache import folder_name
from w2vcli.system.files import atomic_output, check_space
from w2vcli.system.remote_folder import RemoteFolder

WEEK = 7 * 24 * 3600.0
_HEAD_BYTES = 1 << 16
_PIECE = 1 << 22


class Mirror:
    """What was fetched of the segments in a folder behind a URL.

    Attributes
    ----------
    folder
        The mirror, in the cache folder of w2vcli.

    Raises
    ------
    ConfigError
        If there is no folder for it.
    """

    def __init__(self, remote: RemoteFolder) -> None:
        self._remote = remote
        base = folder_name()
        if base is None:
            raise ConfigError(
                f"{remote.name}: there is no home folder to keep its segments in; name a folder in "
                "W2VCLI_CACHE_DIR"
            )
        self.folder = Path(base, "stores", hashlib.sha256(remote.name.encode()).hexdigest()[:24])
        try:
            for part in ("heads", "incoming"):
                (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"{remote.name}: its segments cannot be kept in {self.folder}: {error.strerror}; "
                "name another folder in W2VCLI_CACHE_DIR"
            ) from None

    def head(self, name: str) -> Path:
        """Return the file of a segment of which only the beginning was fetched."""
        return self.folder / "heads" / name

    def has_whole(self, name: str, size: int) -> bool:
        """Return whether all of a segment was fetched."""
        return _size(self.folder / name) == size

    def has(self, name: str, size: int) -> bool:
        """Return whether at least the beginning of a segment was fetched."""
        return self.has_whole(name, size) or _size(self.head(name)) == size

    def fetch_head(self, name: str, size: int) -> None:
        """Fetch the beginning of a segment.

        Raises
        ------
        InputError
            If it is not there, or may not be read.
        StorageError, OutputError
            If it cannot be fetched, or not be kept.
        """
        start = self._remote.read(name, min(size, _HEAD_BYTES))
        length = 8 + int.from_bytes(start[:8], "little")
        if len(start) < length <= size:
            start = self._remote.read(name, length)
        with self._kept(self.folder / name if len(start) == size else self.head(name), size) as out:
            out.write(start)

    def fetch(self, name: str, size: int) -> None:
        """Fetch a whole segment.

        Raises
        ------
        InputError, StorageError, OutputError
            As ``fetch_head``.
        """
        check_space(self.folder / name, size)
        with (
            remote_files.opened(self._remote.url_of(name)) as source,
            self._kept(self.folder / name, size) as out,
        ):
            while piece := _read(source, f"{self._remote.name}/{name}"):
                out.write(piece)
        self.head(name).unlink(missing_ok=True)

    def forget(self, name: str) -> None:
        """Remove what was fetched of a segment."""
        self.head(name).unlink(missing_ok=True)
        (self.folder / name).unlink(missing_ok=True)

    def sweep(self, current: Collection[str]) -> None:
        """Remove what was fetched a week ago of segments that are gone, or not to its end."""
        waiting = self.folder.glob("incoming/*")
        for path in [*self.folder.rglob(f"*{ENDING}"), *waiting]:
            with suppress(OSError):
                if path.name not in current and time.time() - path.stat().st_mtime > WEEK:
                    path.unlink()

    @contextmanager
    def _kept(self, path: Path, size: int) -> Iterator[IO[bytes]]:
        """Open a file that comes into the mirror whole; what it lacks of its size are zeros."""
        waiting = self.folder / "incoming" / secrets.token_hex(8)
        with atomic_output(waiting) as stream:
            yield stream
        os.truncate(waiting, size)
        waiting.replace(path)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _read(source: IO[bytes], title: str) -> bytes:
    try:
        return source.read(_PIECE)
    except OSError as error:
        raise StorageError(f"{title}: reading failed: {error.strerror or error}") from None
