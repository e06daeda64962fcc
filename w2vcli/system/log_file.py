"""A file of messages to which several processes may append: each line goes in whole."""

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from w2vcli.errors import OutputError
from w2vcli.system.files import close

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOCTTY
_PEEK_BYTES = 4096
_MOMENT = 0.02


class LogFile:
    """A file that lines are appended to.

    A line is written by one call, at the end of the file wherever that is by then. So the lines of
    several processes do not mix, and a file that is cut short by another program (``copytruncate``)
    goes on at its new end. Where the file was renamed or removed, the next line begins a new one
    of the old name.

    Parameters
    ----------
    path
        The file; it is made if need be.

    Raises
    ------
    OutputError
        If it cannot be opened, or holds what is no text: a model, perhaps, named by mistake.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = _opened(path)
        self._torn = _is_torn(path, self._handle)
        if self._torn:  # or another process is about to write the rest, and it shows in parts
            time.sleep(_MOMENT)
            self._torn = _is_torn(path, self._handle)

    def append(self, line: str) -> None:
        """Append a line in UTF-8; what cannot be encoded is escaped.

        Raises
        ------
        OSError
            If it cannot be written. A later one may be, and then begins on a line of its own.
        """
        self._follow()
        left = line.encode(errors="backslashreplace") + b"\n"
        if self._torn:
            left = b"\n" + left
        while left:
            done = os.write(self._handle, left)
            left = left[done:]
            self._torn = bool(left)

    def close(self) -> None:
        """Close the file."""
        close(self._handle)

    def _follow(self) -> None:
        """Open the file of this name, if the open one has it no more."""
        try:
            ours = os.fstat(self._handle)
            if not stat.S_ISREG(ours.st_mode):
                return
            with suppress(FileNotFoundError):
                if os.path.samestat(ours, self.path.stat()):
                    return
            handle = _opened(self.path)
        except (OSError, OutputError):
            return  # the open one takes the line, under whatever name it has
        close(self._handle)
        self._handle = handle
        self._torn = _is_torn(self.path, handle)


def _opened(path: Path) -> int:
    """Open a file to append to, and return its descriptor."""
    try:
        # A pipe without a reader would be waited for.
        handle = os.open(path, _FLAGS | os.O_NONBLOCK, 0o666)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(
            f"--log-file {path}: it cannot be opened: {reason}; name another file"
        ) from None
    os.set_blocking(handle, True)
    if _is_binary(path, handle):
        close(handle)
        raise OutputError(f"--log-file {path}: this is no file of text; name another file")
    return handle


def _is_binary(path: Path, handle: int) -> bool:
    """Return whether there is a file with something in it that is no text."""
    return b"\0" in _piece(path, handle, 0, _PEEK_BYTES)


def _is_torn(path: Path, handle: int) -> bool:
    """Return whether a file ends within a line, as on a disk that was full."""
    end = os.fstat(handle).st_size
    return end > 0 and _piece(path, handle, end - 1, 1) not in (b"\n", b"")


def _piece(path: Path, handle: int, start: int, size: int) -> bytes:
    """Read a piece of a regular file; nothing of one that can be written but not read."""
    with suppress(OSError):
        if stat.S_ISREG(os.fstat(handle).st_mode):
            with path.open("rb") as file:
                file.seek(start)
                return file.read(size)
    return b""
