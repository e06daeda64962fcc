"""The entry point of ``w2vcli`` and of ``python -m w2vcli``."""

import signal
import sys


def main() -> None:
    """Run the program with the arguments of the process, and exit with its code."""
    # Until the program has its own handlers, Ctrl-C ends it without a traceback.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from w2vcli.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
