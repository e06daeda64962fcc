"""Threads: the only module that starts any, and that limits those of BLAS.

Numba kernels and NumPy release the GIL, so threads suffice, and nothing is copied.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import TypeVar, cast

import numpy as np
from threadpoolctl import threadpool_limits

from w2vcli.errors import W2VError

T = TypeVar("T")
R = TypeVar("R")

_START_SECONDS = 30.0


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def single_threaded_blas() -> AbstractContextManager[object]:
    """Hold BLAS to one thread within the block: with several, its rounding may differ."""
    return cast("AbstractContextManager[object]", threadpool_limits(limits=1))


@contextmanager
def _pool(
    threads: int, initializer: Callable[[], object] | None = None
) -> Iterator[ThreadPoolExecutor]:
    """Start a pool of threads, all of them at once.

    The executor alone would start one thread per task, so that a lack of memory or processes would
    be noticed only in the middle of the work.

    Raises
    ------
    W2VError
        If the system does not allow so many threads.
    """
    pool = ThreadPoolExecutor(threads, initializer=initializer)
    everybody = threading.Barrier(threads + 1)
    try:
        for _ in range(threads):
            pool.submit(everybody.wait)  # none ends before all have started
        everybody.wait(_START_SECONDS)
    except (RuntimeError, MemoryError):
        everybody.abort()
        pool.shutdown(wait=False, cancel_futures=True)
        raise W2VError(
            "the threads cannot be started; use fewer --threads, or allow more processes or "
            "memory (ulimit -u, ulimit -v)"
        ) from None
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def ordered_map(function: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Yield ``function(item)`` for each item, in order, working some items ahead.

    Parameters
    ----------
    function
        Called in one of the threads.
    items
        Taken one by one, at most ``threads + 1`` ahead of the results.
    threads
        The number of threads; with one, the caller's own thread does the work.

    Raises
    ------
    W2VError
        If the threads cannot be started.
    """
    if threads == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[R]] = deque()
    with _pool(threads) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def prefetch(items: Iterable[T], threads: int) -> Iterator[T]:
    """Yield the items; with several threads, make each while the caller uses the one before.

    Parameters
    ----------
    items
        Taken in another thread, one at a time.
    threads
        The number of threads that the caller may use; with one, nothing is made ahead.

    Raises
    ------
    W2VError
        If the thread cannot be started.
    """
    if threads == 1:
        yield from items
        return
    iterator = iter(items)
    done = object()
    with _pool(1) as pool:
        coming: Future[T | object] = pool.submit(next, iterator, done)
        while (item := coming.result()) is not done:
            coming = pool.submit(next, iterator, done)
            yield cast("T", item)


class Team:
    """A team of threads for the chunks of a block; BLAS itself is held to one thread.

    Use as a context manager: the threads start when it is entered. Within it NumPy does not warn
    of overflow: a run that diverges is recognised by its loss.

    Parameters
    ----------
    threads
        The number of threads, 1 or more.

    Raises
    ------
    W2VError
        On entering, if the threads cannot be started.
    """

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._context = ExitStack()

    def __enter__(self) -> "Team":
        self._context.enter_context(single_threaded_blas())
        self._context.enter_context(np.errstate(all="ignore"))
        if self.threads > 1:
            quiet = partial(np.seterr, all="ignore")
            self._pool = self._context.enter_context(_pool(self.threads, quiet))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool = None
        self._context.close()

    def run(self, task: Callable[[int], None], count: int) -> None:
        """Do ``task(0)``, ..., ``task(count - 1)``, in any order, and wait for all of them."""
        if self._pool and count > 1:
            for _ in self._pool.map(task, range(count)):
                pass
        else:
            for index in range(count):
                task(index)
