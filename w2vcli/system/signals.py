"""How a signal ends the program: it cleans up, says so, and dies by that signal.

The first SIGINT, SIGTERM or SIGHUP ends the process at once, in the signal handler itself: an
exception would be lost where a library calls Python back from C. Within ``deferred`` the program
first saves its state; a second signal then ends it at once.

Python runs its handlers in the main thread, between two of its instructions. While that thread is
in a long call of C code (a compiler, a singular value decomposition), a thread of our own waits
for the signal instead, and ends the process when the handler has not run after a second.
"""

import os
import shutil
import signal
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE_SECONDS = 1.0
_STOP = b"\0"  # no signal has this number

Farewell = Callable[[signal.Signals, list[Path]], None]
"""Tells the user of the signal, and of the files that the process has written before."""

remove_at_end: set[Path] = set()
"""Temporary files, folders of them, and locks, which are removed when a signal ends the process."""
_written: list[Path] = []
_received: list[int] = []
_deferring: list[bool] = []
_ending = threading.Lock()
_farewell: Farewell | None = None
_watch: tuple[threading.Event, int] | None = None


class Interrupted(BaseException):
    """A signal came while it was deferred. Not an Exception: nothing on the way may catch it."""


def install(farewell: Farewell) -> None:
    """Let these signals end the program; one that the parent process ignores stays ignored.

    Parameters
    ----------
    farewell
        Called just before the process dies, in any thread and at any point of the program: it may
        use nothing that holds locks, such as buffered streams.
    """
    global _farewell, _watch
    _farewell = farewell
    ours = [number for number in _ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    ended = threading.Event()
    try:
        # Not by ``threading``, which waits for its start: for ever, where memory ends just then.
        start_new_thread(_watch_signals, (reader, ended))
    except (RuntimeError, MemoryError):  # then a signal has to wait for the end of a C call
        os.close(reader)
        os.close(writer)
    else:
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        _watch = (ended, writer)
    for number in ours:
        signal.signal(number, _handle)


def uninstall() -> None:
    """Restore the default handlers: signals end the process at once, even while it exits."""
    global _watch
    _reset_handlers()
    if _watch:
        ended, writer = _watch
        _watch = None
        signal.set_wakeup_fd(-1)
        os.write(writer, _STOP)
        ended.wait(_PATIENCE_SECONDS)
        os.close(writer)


def _reset_handlers() -> None:
    for number in _ENDINGS:
        if signal.getsignal(number) is _handle:
            signal.signal(number, signal.SIG_DFL)


def _handle(number: int, _frame: FrameType | None) -> None:
    _received.append(number)
    _reset_handlers()  # so the second signal ends the process, whatever it is doing
    if not _deferring:
        end(signal.Signals(number))


def _watch_signals(reader: int, ended: threading.Event) -> None:
    """Wait for signals, and end the process by one that the main thread does not handle."""
    came = 0
    while (byte := os.read(reader, 1)) not in (b"", _STOP):
        came += 1
        if came == 1:
            time.sleep(_PATIENCE_SECONDS)
        if came > 1 or not (_received or _deferring):
            end(signal.Signals(byte[0]))
    os.close(reader)
    ended.set()


@contextmanager
def deferred() -> Iterator[None]:
    """Let a signal wait for the end of the block, which looks for it with ``received``.

    Raises
    ------
    Interrupted
        At the end of the block, if a signal came.
    """
    _deferring.append(True)
    try:
        yield
    finally:
        _deferring.pop()
    check()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a signal wait for the end of a short block that must not be cut in two."""
    _deferring.append(True)
    try:
        yield
    finally:
        _deferring.pop()
        if _received and not _deferring:
            end(signal.Signals(_received[0]))


def written(path: Path) -> None:
    """Note that a file is in place, for the farewell; call it within ``uninterrupted``."""
    if path not in _written:
        _written.append(path)


def received() -> signal.Signals | None:
    """Return the signal that came, if one did."""
    return signal.Signals(_received[0]) if _received else None


def check() -> None:
    """Raise Interrupted if a signal came."""
    if _received:
        raise Interrupted


def end(number: signal.Signals) -> NoReturn:
    """Remove temporary files, say farewell, and die by the signal."""
    if not _ending.acquire(blocking=False):
        while True:  # the other thread ends the process
            time.sleep(1)
    for path in tuple(remove_at_end):
        with suppress(OSError):
            try:
                os.unlink(path)
            except IsADirectoryError:
                shutil.rmtree(path, ignore_errors=True)
    if _farewell:
        _farewell(number, _written)
    if threading.current_thread() is threading.main_thread():
        signal.signal(number, signal.SIG_DFL)
    else:
        import ctypes  # here, as hardly any run needs it

        ctypes.pythonapi.PyOS_setsig(int(number), ctypes.c_void_p(0))  # what signal.signal calls
    while True:
        os.kill(os.getpid(), number)
        time.sleep(1)
