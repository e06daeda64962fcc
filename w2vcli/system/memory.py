"""The limit on the address space (``ulimit -v``), checked before memory runs out.

When memory runs out, Python and NumPy raise an error, but LLVM and BLAS abort the process or try
again for ever. So the room for them is checked before they are loaded.
"""

import os
import resource
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
