"""The entry point of ``w2vcli`` and of ``python -m w2vcli``."""

import os
import signal
import sys
import time


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
        from w2vcli.cli.app import run
    except (MemoryError, ImportError, OSError) as error:
        _give_up(error)
    else:
        sys.exit(run(sys.argv[1:]))


def _give_up(error: Exception) -> None:
    """Say that the program cannot be loaded: by a limit on memory, or as it is not whole."""
    if os.environ.get("W2VCLI_DEBUG"):
        raise error
    now = "" if os.isatty(2) else time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime())
    reason = " ".join(str(error).split()) or "not enough memory"
    message = f"{now}w2vcli: the program cannot be loaded: {reason}; raise the limit on memory "
    message += "(ulimit -v) if there is one, or install w2vcli again\n"
    try:
        os.write(2, message.encode(errors="backslashreplace"))
    finally:
        sys.exit(1)


if __name__ == "__main__":
    main()
