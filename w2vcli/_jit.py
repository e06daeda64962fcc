"""How w2vcli compiles: one decorator, one cache folder, one fast-math policy.

``jit`` keeps the order of operations as written; ``fast_jit`` lets the compiler reorder additions
so that sums of floats vectorise. Both may fuse a product with a sum, neither assumes that values
are finite, and both release the GIL, so that plain threads run kernels side by side.
"""

import os
import stat
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import numba
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""An array of the kernels, whose element types Numba infers."""

F = TypeVar("F", bound=Callable[..., object])


def _cache_folder() -> Path:
    """Name the folder for compiled kernels: ours by variable, else the user's cache folder."""
    if chosen := os.environ.get("W2VCLI_CACHE_DIR"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~").expanduser() / ".cache") / "w2vcli"


def _usable(folder: Path) -> bool:
    """Make the folder, and say whether only this user can write to it.

    The cache holds machine code that is run unread: a folder that others can write to would let
    them run theirs.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except (OSError, RuntimeError):
        return False
    private = not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    owned = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return private and owned and os.access(folder, os.W_OK | os.X_OK)


def _prepare_cache() -> bool:
    """Point Numba at our cache folder; False, with one warning, where there is none to use."""
    folder = _cache_folder()
    if _usable(folder):
        numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
        return True
    warnings.warn(
        f"compiled code is not kept, so every start takes some seconds longer: {folder} is not a "
        "folder that only you can write to; set W2VCLI_CACHE_DIR to one that is",
        RuntimeWarning,
        stacklevel=2,
    )
    return False


_CACHE = _prepare_cache() if not numba.config.DISABLE_JIT else False  # type: ignore[attr-defined]

# Reordering and fusing of additions, and no care for the sign of zero: what vectorisation needs.
# Not "nnan" or "ninf": a diverged run must be seen as such.
_FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}


def jit(function: F) -> F:
    """Compile a function of arrays and numbers that computes in the order as written."""
    return cast(F, numba.njit(nogil=True, cache=_CACHE, fastmath={"contract"})(function))


def fast_jit(function: F) -> F:
    """Compile a function whose floating-point sums may be reordered to vectorise."""
    return cast(F, numba.njit(nogil=True, cache=_CACHE, fastmath=_FAST_MATH)(function))
