"""Memory: how much was used, and the limit on the address space (``ulimit -v``).

When memory runs out, Python and NumPy raise an error, but LLVM and BLAS abort the process or try
again for ever. So the room for them is checked before they are loaded.
"""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

from w2vcli.errors import W2VError

_NEEDED = 600_000_000
"""Bytes for Numba and LLVM, with kernels to compile and a few threads; measured, rounded up."""


def check_address_space() -> None:
    """Check that a limit on the address space leaves room for compiled code.

    Raises
    ------
    W2VError
        If it does not.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    except OSError:  # not on Linux
        return
    if limit - used < _NEEDED:
        raise W2VError(
            f"not enough memory: this process may use {limit / 1e6:,.0f} MB (ulimit -v), and "
            f"compiled code needs {(used + _NEEDED) / 1e6:,.0f} MB; raise the limit"
        )


def peak_memory() -> int:
    """Return the most memory that this process has had so far, in bytes."""
    # What getrusage tells may be of the process that started this one.
    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
