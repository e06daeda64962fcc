"""The entry point of ``w2vcli`` and of ``python -m w2vcli``."""

import os
import signal
import sys
import time
from contextlib import suppress

from w2vcli.errors import W2VError
from w2vcli.system.memory import check_address_space, spare_address_space

_LEAST = 250_000_000
"""Bytes for Python, NumPy and the reading of a command line; measured, rounded up."""


def main() -> None:
    """Run the program with the arguments of the process, and exit with its code."""
    # Until the program has its own handlers, Ctrl-C ends it without a traceback.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Before NumPy is loaded: the threads are ours, so OpenBLAS need not start any of its own.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # Numba loads SciPy where it is installed, for functions of linear algebra that no kernel
    # uses; and the BLAS of SciPy waits for ever where it gets no memory.
    sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        check_address_space(_LEAST, "the program")
        spare_address_space()
        from w2vcli.cli.app import run
    except (W2VError, MemoryError, ImportError, OSError) as error:
        _give_up(error)
    else:
        sys.exit(run(sys.argv[1:]))


def _give_up(error: Exception) -> None:
    """Say that the program cannot be loaded: by a limit on memory, or as it is not whole."""
    if os.environ.get("W2VCLI_DEBUG"):
        raise error
    now = "" if os.isatty(2) else time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime())
    said = " ".join(str(error).split())
    if not isinstance(error, W2VError):
        said = f"the program cannot be loaded: {said or 'not enough memory'}; raise the limit on "
        said += "memory (ulimit -v) if there is one, or install w2vcli again"
    with suppress(OSError):  # standard error may be closed
        os.write(2, f"{now}w2vcli: {said}\n".encode(errors="backslashreplace"))
    sys.exit(W2VError.exit_code)


if __name__ == "__main__":
    main()
