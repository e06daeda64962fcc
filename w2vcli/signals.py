"""Ending by a signal: clean up, say so, and die by that signal, as whoever sent it expects."""

import os
import signal
from types import FrameType

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []


class Interrupted(BaseException):
    """A signal asked the process to end. Not an Exception: nothing on the way may catch it."""


def install() -> None:
    """Let these signals interrupt the program; one ignored by whoever started us stays so."""
    for number in _ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _received.append(number)
    # An impatient second signal would end the clean-up that the first one began.
    for ending in _ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise Interrupted


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
