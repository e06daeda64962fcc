"""What memory this process has had, has, and may have.

When memory runs out, Python and NumPy raise an error, but LLVM and BLAS abort the process or try
again for ever, and the system may kill it without a word. So the room is looked at before it is
needed.
"""

import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from w2vcli.errors import W2VError

_M_ARENA_MAX = -8  # of malloc.h
_NEEDED = 600_000_000
"""Bytes for Numba and LLVM, with kernels to compile and a few threads; measured, rounded up."""

_ROOT = Path("/")


class Room(NamedTuple):
    """The memory that a process may have in all: ``bytes``, and ``limit``, what sets the bound."""

    bytes: int
    limit: str


def check_address_space(needed: int = _NEEDED, what: str = "compiled code") -> None:
    """Check that a limit on the address space leaves room.

    Parameters
    ----------
    needed
        The bytes that are needed beside those in use; by default those of compiled code.
    what
        Who needs them, for the message.

    Raises
    ------
    W2VError
        If they are not there.
    """
    limit, left = address_space(), address_space_left()
    if limit is not None and left is not None and left < needed:
        raise W2VError(
            f"not enough memory: this process may use {limit / 1e6:,.0f} MB (ulimit -v), and "
            f"{what} needs {(limit - left + needed) / 1e6:,.0f} MB; raise the limit"
        )


def address_space() -> int | None:
    """Return the limit on the address space in bytes (``ulimit -v``); None if there is none."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit


def address_space_left() -> int | None:
    """Return how much of the address space is left in bytes; None where there is no limit."""
    limit = address_space()
    if limit is None:
        return None
    try:
        used = _pages(_ROOT)[0]
    except OSError:  # not on Linux
        return None
    return limit - used


def spare_address_space() -> None:
    """Where the address space is limited, keep threads from reserving 64 MB each, unused."""
    if address_space() is not None:
        with suppress(OSError, AttributeError):  # another C library than that of GNU
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def peak_memory() -> int:
    """Return the most memory that this process has had so far, in bytes."""
    # What getrusage tells may be of the process that started this one.
    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def resident(root: Path = _ROOT) -> int:
    """Return the bytes of this process in memory now; the highest so far if that is unknown."""
    try:
        return _pages(root)[1]
    except OSError:  # not on Linux
        return peak_memory()


def room(root: Path = _ROOT) -> Room | None:
    """Return the memory that this process may have, with what it has; None if nothing is known.

    That is the least of what the machine has left, of the limits of the process's control groups,
    and of the limit on its address space. Files that the system keeps in memory give way, and swap
    space counts. ``root`` is where /proc and /sys are looked for.
    """
    held = resident(root)
    found = [Room(left + held, limit) for left, limit in _left(root, held)]
    return min(found, default=None)


def _left(root: Path, held: int) -> Iterator[tuple[int, str]]:
    """Yield the bytes that each limit leaves, and what it is called."""
    machine = _numbers(root / "proc/meminfo")
    swap = machine.get("SwapFree", 0) << 10
    if "MemAvailable" in machine:
        yield (machine["MemAvailable"] << 10) + swap, "that is what the machine has left"
    for folder, names in _groups(root):
        most, used, stat = (_read(folder / name) for name in names)
        if most.isdigit() and used.isdigit():
            files = _numbers(folder / names[2]) if stat else {}
            cached = sum(files.get(name, 0) for name in ("inactive_file", "active_file"))
            left = int(most) - int(used) + min(cached, int(used))
            yield max(0, left) + swap, "its control group allows no more"
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        try:
            used_space = _pages(root)[0]
        except OSError:
            used_space = held
        yield max(0, limit - used_space), "ulimit -v allows no more"


def _groups(root: Path) -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """Yield the folders of the control groups of this process, and their files' names."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, kinds, path = [*line.split(":", 2), "", ""][:3]
        if not kinds:
            base, names = "sys/fs/cgroup", ("memory.max", "memory.current", "memory.stat")
        elif "memory" in kinds.split(","):
            base = "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat")
        else:
            continue
        # In a container the path may be that of the host, where there is no such folder here.
        group = Path(path.lstrip("/"))
        for folder in (group, *group.parents):
            yield root / base / folder, names


def _numbers(path: Path) -> dict[str, int]:
    """Return the numbers of a file of lines like ``name: 12 kB``."""
    fields = (line.replace(":", " ").split() for line in _read(path).splitlines())
    return {line[0]: int(line[1]) for line in fields if len(line) > 1 and line[1].isdigit()}


def _read(path: Path) -> str:
    """Return the text of a small file of the system; empty if there is none."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _pages(root: Path) -> tuple[int, int]:
    """Return the bytes of the address space and of memory that this process uses."""
    size, held, *_ = (root / "proc/self/statm").read_text().split()
    page = os.sysconf("SC_PAGESIZE")
    return int(size) * page, int(held) * page
