"""The entry point of ``w2vcli`` and of ``python -m w2vcli``."""

import os
import signal
import sys


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
    from w2vcli.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
