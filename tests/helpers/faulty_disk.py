"""A disk that fails when it is told to, notes what it is asked, and can lose its power.

``Disk`` stands in for the modules ``os``, ``fcntl`` and ``tempfile`` where w2vcli writes, so every
operation on a file goes through it. ``Platter`` knows what a loss of power may leave.
"""

import errno
import fcntl
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

OPERATIONS = {
    "access", "close", "fchmod", "flock", "fstat", "fsync", "link", "listdir", "mkdir", "open",
    "pread", "replace", "stat", "statvfs", "unlink", "write",
}  # fmt: skip
"""The functions that touch a disk. Whoever uses another one there has to name it here."""
PLAIN = {"fsencode", "geteuid", "gettempdir", "path", "umask"}


def snapshot(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def visible(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if not name.startswith(".")}


def pop_complete(files: dict[str, bytes]) -> list[bytes]:
    """Take out the files that were complete, but could not be put in place."""
    return [files.pop(name) for name in list(files) if name.endswith(".complete")]


@dataclass(frozen=True)
class Call:
    """An operation, by its function and what it is done to."""

    name: str
    what: str  # folder, lock, temporary, file; run: a nameless temporary file of counts


@dataclass(frozen=True)
class Fault:
    """What goes wrong: the call of this number fails.

    It has not been done, unless ``late``; later ones fail too if it is ``lasting``; one that
    is ``short`` does not fail, but writes or reads half.
    """

    at: int
    error: int = errno.EIO
    late: bool = False
    lasting: bool = False
    short: bool = False


class Disk:
    """Stands in for the modules that touch files.

    Attributes
    ----------
    calls
        What was asked of it.
    seen
        For each call the files as they were before it; kept if there is no fault.
    events
        What changed, for ``Platter``; likewise.
    descriptors
        What is open, and what each is.
    """

    def __init__(self, folder: Path, fault: Fault | None = None) -> None:
        self._folder = folder
        self._fault = fault
        self.calls: list[Call] = []
        self.seen: list[dict[str, bytes]] = []
        self.events: list[tuple[Any, ...]] = []
        self.descriptors: dict[int, Path | str] = {}

    @property
    def hit(self) -> bool:
        return self._fault is not None and self._fault.at < len(self.calls)

    def __getattr__(self, name: str) -> Any:
        module = next(module for module in (os, fcntl, tempfile) if hasattr(module, name))
        real = getattr(module, name)
        if name in OPERATIONS:
            return partial(self._asked, name, real)
        assert name in PLAIN or not callable(real), f"is {name} an operation on files?"
        return real

    def TemporaryFile(self) -> io.BufferedRandom:  # noqa: N802 - as in tempfile
        file = self.do("open", "run", tempfile.TemporaryFile, buffering=0)
        return io.BufferedRandom(_Run(self, file))

    def _asked(self, name: str, real: Callable[..., Any], *args: Any) -> Any:
        first = args[0]
        place = self.descriptors.get(first, "run") if isinstance(first, int) else Path(first)
        if name == "fsync":  # what a disk has flushed is for ``Platter`` to know
            real = os.fstat
        result = self.do(name, _kind(place), real, *args)
        if name == "open":
            self.descriptors[result] = place
        return result

    def do(self, name: str, what: str, real: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Do an operation, or let it fail."""
        number = len(self.calls)
        self.calls.append(Call(name, what))
        fault = self._fault
        if fault is None:
            self.seen.append(snapshot(self._folder))
            if what != "run":
                self._note(name, what, *args)
        if name == "close":  # the descriptor is gone, whatever close says
            self.descriptors.pop(*args, None)
        if not fault or not (number == fault.at or (fault.lasting and number > fault.at)):
            return real(*args, **more)
        if fault.short and name == "write":
            return real(*args[:-1], memoryview(args[-1])[: -(-len(args[-1]) // 2)])
        if fault.short and name == "pread":
            return real(args[0], -(-args[1] // 2), args[2])
        if fault.late or name == "close":
            with suppress(FileNotFoundError, FileExistsError):
                result = real(*args, **more)
                if name == "open" and what != "run":
                    os.close(result)
        if name == "access":
            return False
        raise OSError(fault.error, os.strerror(fault.error))

    def _note(self, name: str, what: str, first: Any, *rest: Any) -> None:
        """Note what is about to change."""
        path = self.descriptors.get(first) if isinstance(first, int) else Path(first)
        if name == "open" and rest[0] & os.O_CREAT:
            if not path.exists():
                self.events.append(("create", path.name))
            elif rest[0] & os.O_TRUNC:
                self.events.append(("truncate", path.name))
        elif name == "write":
            self.events.append(("write", path.name, bytes(rest[0])))
        elif name == "fsync":
            self.events.append(("flush", None if what == "folder" else path.name))
        elif name == "replace":
            self.events.append(("rename", path.name, Path(rest[0]).name))
        elif name == "link":
            self.events.append(("link", path.name, Path(rest[0]).name))
        elif name == "unlink":
            self.events.append(("unlink", path.name))


class _Run(io.FileIO):
    """A nameless temporary file on a disk."""

    def __init__(self, disk: Disk, file: io.FileIO) -> None:
        super().__init__(os.dup(file.fileno()), "r+")
        file.close()
        self._disk = disk

    def write(self, data: Any) -> int:
        return self._disk.do("write", "run", io.FileIO.write, self, data)

    def close(self) -> None:
        if not self.closed:
            self._disk.do("close", "run", io.FileIO.close, self)


def _kind(place: Path | str) -> str:
    if isinstance(place, str):
        return place
    if place.is_dir():
        return "folder"
    return {".lock": "lock", ".tmp": "temporary"}.get(place.suffix, "file")


class Platter:
    """What a loss of power may leave of a folder: all that was flushed, and any part of the rest.

    Flushing a file is for its content; names are as certain as the folder. Of the changes to the
    folder since it was flushed any may have reached the disk, in any order; of what a file had
    when it was flushed all is there, but of a later content none, some, or zeros in its place.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self._data = dict(enumerate(files.values()))
        self._flushed = dict(self._data)
        self._names: dict[str, int] = {name: number for number, name in enumerate(files)}
        self._flushed_names = dict(self._names)
        self._pending: list[dict[str, int | None]] = []

    def apply(self, event: tuple[Any, ...]) -> None:
        match event:
            case ("create", name):
                number = len(self._data)
                self._data[number] = self._flushed[number] = b""
                self._change({name: number})
            case ("truncate", name):
                self._data[self._names[name]] = b""
            case ("write", name, data):
                self._data[self._names[name]] += data
            case ("flush", None):
                self._flushed_names, self._pending = dict(self._names), []
            case ("flush", name):
                number = self._names[name]
                self._flushed[number] = self._data[number]
            case ("rename", name, other):
                self._change({name: None, other: self._names[name]})
            case ("link", name, other):
                self._change({other: self._names[name]})
            case ("unlink", name):
                self._change({name: None})

    def _change(self, names: dict[str, int | None]) -> None:
        self._pending.append(names)
        self._names = _changed(self._names, names)

    def now(self) -> dict[str, bytes]:
        """Return the files as programs see them."""
        return {name: self._data[number] for name, number in self._names.items()}

    def survivors(self) -> Iterator[dict[str, bytes]]:
        """Yield each folder that may be found when the power is back."""
        for reached in product([False, True], repeat=len(self._pending)):
            names = self._flushed_names
            for change, there in zip(self._pending, reached, strict=True):
                names = _changed(names, change) if there else names
            for contents in product(*map(self._contents, names.values())):
                yield dict(zip(names, contents, strict=True))

    def _contents(self, number: int) -> set[bytes]:
        data, flushed = self._data[number], self._flushed[number]
        if data == flushed:
            return {data}
        return {flushed, b"", data[: len(data) // 2], bytes(len(data)), data}


def _changed(names: dict[str, int], change: dict[str, int | None]) -> dict[str, int]:
    return {name: number for name, number in (names | change).items() if number is not None}
