"""Inputs: whether one of them is the file that is to be written, or standard output."""

import os
import stat
from pathlib import Path


def is_input(path: Path, name: str) -> bool:
    """Return whether ``path`` is the input ``name``; ``-`` is standard input, perhaps a file."""
    try:
        status = os.fstat(0) if name == "-" else Path(name).stat()
        return stat.S_ISREG(status.st_mode) and os.path.samestat(status, path.stat())
    except (OSError, ValueError):  # one of them does not exist
        return False


def is_stdout(name: str) -> bool:
    """Return whether standard output is the file of the input ``name``, as for ``is_input``."""
    try:
        status, other = os.fstat(0) if name == "-" else Path(name).stat(), os.fstat(1)
        return stat.S_ISREG(status.st_mode) and os.path.samestat(status, other)
    except (OSError, ValueError):
        return False
