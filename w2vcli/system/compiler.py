"""How w2vcli compiles: one decorator, one cache folder, one fast-math policy.

``jit`` keeps the order of operations as written; ``fast_jit`` lets the compiler reorder additions
so that sums of floats vectorise. Both may fuse a product with a sum, neither assumes that values
are finite, and both release the GIL, so that plain threads run kernels side by side.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeAlias, TypeVar, cast

from numpy.typing import NDArray

from w2vcli.errors import ConfigError
from w2vcli.system import code_cache
from w2vcli.system.memory import check_address_space

check_address_space()
try:
    import numba
except OSError:  # its libraries cannot be mapped
    raise MemoryError from None
except ValueError as error:  # of one of its variables, which it reads when it is loaded
    names = ", ".join(name for name in os.environ if name.startswith("NUMBA_"))
    raise ConfigError(f"{names}: Numba cannot be loaded: {error}; unset or correct it") from None

Array: TypeAlias = NDArray[Any]
"""An array of the kernels, whose element types Numba infers."""

F = TypeVar("F", bound=Callable[..., object])

_CACHE = not numba.config.DISABLE_JIT and code_cache.prepare()  # type: ignore[attr-defined]

# Reordering and fusing of additions, and no care for the sign of zero: what vectorisation needs.
# Not "nnan" or "ninf": a diverged run must be seen as such.
_FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}


def jit(function: F) -> F:
    """Compile a function of arrays and numbers, which keeps the order of its operations."""
    return _compiled(function, {"contract"})


def fast_jit(function: F) -> F:
    """Compile a function whose floating-point sums may be reordered to vectorise."""
    return _compiled(function, _FAST_MATH)


def _compiled(function: F, fast_math: set[str]) -> F:
    with _cache_folder():
        dispatcher: Any = numba.njit(nogil=True, cache=bool(_CACHE), fastmath=fast_math)(function)
    if _CACHE:
        # Numba uses this method to ignore errors of its cache; its own version ignores none.
        cache = dispatcher._cache
        cache._guard_against_spurious_io_errors = partial(_overlook_errors, cache)
    return cast(F, dispatcher)


@contextmanager
def _cache_folder() -> Iterator[None]:
    """Let functions decorated in the block be cached in our folder, and no others."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = _CACHE or before
    try:
        yield
    finally:
        config.CACHE_DIR = before


@contextmanager
def _overlook_errors(cache: Any) -> Iterator[None]:  # noqa: ANN401 - Numba has no types
    """Ignore errors of the cache, for example on a full disk: functions are compiled then."""
    try:
        yield
    except OSError as error:
        code_cache.warn_of(error)
    except MemoryError:
        pass
    except Exception:  # unpickling a damaged file may raise anything: clear the cache
        with suppress(OSError):
            cache.flush()
