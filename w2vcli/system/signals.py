"""Ending by a signal: clean up, say so, and die by that signal, as whoever sent it expects.

The first signal asks: the program stops where it is, or, within ``deferred``, where its state can
be saved. The second one stops it at once.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []
_deferring: list[bool] = []


class Interrupted(BaseException):
    """A signal asked the process to end. Not an Exception: nothing on the way may catch it."""


def install() -> None:
    """Let these signals interrupt the program; one ignored by whoever started us stays so."""
    for number in _ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _received.append(number)
    for ending in _ENDINGS:
        if signal.getsignal(ending) is not signal.SIG_IGN:
            signal.signal(ending, signal.SIG_DFL)
    if not _deferring:
        raise Interrupted


@contextmanager
def deferred() -> Iterator[None]:
    """Let a signal wait for the end of the block, which looks for it with ``received``."""
    _deferring.append(True)
    try:
        yield
    finally:
        _deferring.pop()
    check()


def received() -> signal.Signals | None:
    """Return the signal that came, if one did."""
    return signal.Signals(_received[0]) if _received else None


def check() -> None:
    """Raise Interrupted if a signal came.

    The exception of the handler can get lost, where Python was just calling back from C code; so
    long loops look again.
    """
    if _received:
        raise Interrupted


def die(number: signal.Signals) -> None:
    """End the process by the signal."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
