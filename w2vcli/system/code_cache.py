"""The folder where compiled kernels are kept: ours alone, checked before it is used.

The cache holds machine code that is run unread. So it lies in a folder to which only its owner may
write, and a list of checksums, made when a process ends, is compared when the next one begins: a
file that is not as listed (damaged, or left by a process that was killed) is thrown away, and its
kernel compiled anew. Where there is no such folder, everything works, only slower.
"""

import atexit
import hashlib
import json
import os
import stat
import warnings
from contextlib import suppress
from pathlib import Path

_LIST = "checksums.json"


def prepare() -> str | None:
    """Return the path of the folder, ready for use; None, with one warning, if there is none."""
    folder = _folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _private(folder):
            _discard_unlisted(folder)
            atexit.register(_write_list, folder)
            return str(folder)
    except (OSError, RuntimeError):
        pass
    warnings.warn(
        f"compiled code cannot be kept, so every start takes some seconds longer: {folder} is not "
        "a folder that you and only you can write to; set W2VCLI_CACHE_DIR to one that is",
        RuntimeWarning,
        stacklevel=2,
    )
    return None


def _folder() -> Path:
    """Name the folder: ours by variable, else below the user's cache folder."""
    if chosen := os.environ.get("W2VCLI_CACHE_DIR"):
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~").expanduser() / ".cache") / "w2vcli"


def _private(folder: Path) -> bool:
    status = folder.stat()
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    owned = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return not shared and owned and os.access(folder, os.W_OK | os.X_OK)


def _checksums(folder: Path) -> dict[str, str]:
    found = {}
    for file in sorted(folder.glob("*/*.nb[ic]")):
        with suppress(FileNotFoundError):  # another process has just discarded it
            found[str(file.relative_to(folder))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def _discard_unlisted(folder: Path) -> None:
    try:
        listed = json.loads((folder / _LIST).read_text())
    except (OSError, ValueError):
        listed = {}
    for name, checksum in _checksums(folder).items():
        if not isinstance(listed, dict) or listed.get(name) != checksum:
            (folder / name).unlink(missing_ok=True)


def _write_list(folder: Path) -> None:
    """List what is there now, if that is possible: the list only saves time."""
    with suppress(OSError):
        text = json.dumps(_checksums(folder), indent=0)
        if not (folder / _LIST).exists() or (folder / _LIST).read_text() != text:
            temporary = folder / f"{_LIST}.{os.getpid()}"
            temporary.write_text(text)
            temporary.replace(folder / _LIST)
