"""Processes that are killed before an operation on a file of a given number."""

import os
import signal
from collections.abc import Callable
from types import ModuleType

from helpers.faulty_disk import OPERATIONS


class _Killer:
    """Stands in for the module ``os``, and kills the process before an operation."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __getattr__(self, name: str):
        real = getattr(os, name)
        if name not in OPERATIONS:
            return real

        def asked(*arguments):
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1
            return real(*arguments)

        return asked


def killed(action: Callable[[], object], at: int, *modules: ModuleType) -> bool:
    """Do something in a process of its own, which dies before the operation ``at``; say if it did.

    The operations that count are those of the modules.
    """
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return True
        assert os.WEXITSTATUS(status) == 0
        return False
    code = 1
    try:
        killer = _Killer(at)
        for module in modules:
            module.os = killer
        action()
        code = 0
    finally:
        os._exit(code)
