"""How w2vcli compiles: one decorator, one cache folder, one fast-math policy.

``jit`` keeps the order of operations as written; ``fast_jit`` lets the compiler reorder additions
so that sums of floats vectorise. Both may fuse a product with a sum, neither assumes that values
are finite, and both release the GIL, so that plain threads run kernels side by side.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias, TypeVar, cast

from numpy.typing import NDArray

from w2vcli.system import code_cache
from w2vcli.system.memory import check_address_space

check_address_space()
try:
    import numba
except OSError:  # its libraries cannot be mapped
    raise MemoryError from None

Array: TypeAlias = NDArray[Any]
"""An array of the kernels, whose element types Numba infers."""

F = TypeVar("F", bound=Callable[..., object])


_CACHE = not numba.config.DISABLE_JIT and code_cache.prepare()  # type: ignore[attr-defined]
if _CACHE:
    numba.config.CACHE_DIR = _CACHE  # type: ignore[attr-defined]

# Reordering and fusing of additions, and no care for the sign of zero: what vectorisation needs.
# Not "nnan" or "ninf": a diverged run must be seen as such.
_FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}


def jit(function: F) -> F:
    """Compile a function of arrays and numbers that computes in the order as written."""
    return _compiled(function, {"contract"})


def fast_jit(function: F) -> F:
    """Compile a function whose floating-point sums may be reordered to vectorise."""
    return _compiled(function, _FAST_MATH)


def _compiled(function: F, fast_math: set[str]) -> F:
    dispatcher: Any = numba.njit(nogil=True, cache=bool(_CACHE), fastmath=fast_math)(function)
    if _CACHE:
        # Code that cannot be kept, as on a full disk, is no reason to fail: Numba asks this
        # method which errors to overlook, and by itself overlooks none.
        dispatcher._cache._guard_against_spurious_io_errors = partial(suppress, OSError)
    return cast(F, dispatcher)
