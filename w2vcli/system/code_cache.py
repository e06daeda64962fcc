"""The folder where compiled kernels are kept: only its owner can enter it.

The cache holds machine code that is run unchecked, so nobody else may write to it. Numba replaces
its files atomically: a killed process leaves no partial file. Without such a folder everything
works, but every start is slower.
"""

import errno
import os
import stat
import warnings
from pathlib import Path

_LASTING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}
_warned: list[OSError] = []


def prepare() -> str | None:
    """Return the path of the folder, ready for use; None, with one warning, if there is none."""
    reason = "there is no home folder that only you can write to"
    try:
        base = _folder()
        reason = f"{base} is not a folder that you, and only you, can write to"
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _owned(base) and not base.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            # Only its owner can enter this one. The permissions of what Numba makes in it
            # depend on the umask, so others might be able to write there.
            inner = base / "kernels"
            inner.mkdir(mode=0o700, exist_ok=True)
            if _owned(inner):
                inner.chmod(0o700)
                if os.access(inner, os.W_OK | os.X_OK):
                    return str(inner)
    except (OSError, RuntimeError):
        pass
    _warn(f"{reason}; name such a folder in W2VCLI_CACHE_DIR")
    return None


def warn_of(error: OSError) -> None:
    """Warn, once, of an error of the cache that lasts; that a file is gone is none."""
    if error.errno in _LASTING and not _warned:
        _warned.append(error)
        _warn(f"{folder_name()}: {error.strerror}")


def _warn(reason: str) -> None:
    warnings.warn(
        f"compiled code cannot be kept, so every start takes some seconds longer: {reason}",
        RuntimeWarning,
        stacklevel=3,
    )


def _folder() -> Path:
    """Name the folder: by W2VCLI_CACHE_DIR, else in the user's cache folder.

    Raises
    ------
    RuntimeError
        If the user has no home folder.
    """
    if chosen := os.environ.get("W2VCLI_CACHE_DIR"):
        return Path(chosen).absolute()
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "w2vcli"
    return Path("~").expanduser() / ".cache" / "w2vcli"


def folder_name() -> str | None:
    """Name the folder, whether it can be used or not; None if there is no home for it."""
    try:
        return str(_folder())
    except RuntimeError:
        return None


def _owned(folder: Path) -> bool:
    """Say whether this is a folder of this user."""
    status = folder.stat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
