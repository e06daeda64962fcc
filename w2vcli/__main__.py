"""The entry point of ``w2vcli`` and of ``python -m w2vcli``."""

import sys

from w2vcli.cli import run


def main() -> None:
    """Run the program with the arguments of the process, and exit with its code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
