"""Inputs: whether one of them is the file that is to be written, or standard output."""

import os
import stat
from pathlib import Path

from w2vcli.system.urls import local_path


def is_input(path: Path, name: str) -> bool:
    """Return whether ``path`` is the input ``name``; ``-`` is standard input, perhaps a file."""
    try:
        status = _status(name)
        return stat.S_ISREG(status.st_mode) and os.path.samestat(status, path.stat())
    except (OSError, ValueError):  # one of them does not exist
        return False


def is_stdout(name: str) -> bool:
    """Return whether standard output is the file of the input ``name``, as for ``is_input``."""
    try:
        status, other = _status(name), os.fstat(1)
        return stat.S_ISREG(status.st_mode) and os.path.samestat(status, other)
    except (OSError, ValueError):
        return False


def _status(name: str) -> os.stat_result:
    """Return the status of an input; a URL that is no local file has none."""
    if name == "-":
        return os.fstat(0)
    if (path := local_path(name)) is None:
        raise FileNotFoundError(name)
    return path.stat()
