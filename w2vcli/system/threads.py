"""Doing the same to many things in several threads, with the results in order.

Numba kernels and NumPy release the GIL, so threads suffice, and nothing is copied.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import TypeVar, cast

import numpy as np
from threadpoolctl import threadpool_limits

T = TypeVar("T")
R = TypeVar("R")


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ordered_map(function: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Yield ``function(item)`` for each item, in order, working some items ahead.

    Parameters
    ----------
    function
        Called in one of the threads.
    items
        Drawn from as results are wanted, at most ``threads + 1`` ahead.
    threads
        How many; with one, nothing runs beside the caller.
    """
    if threads == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def one_ahead(items: Iterable[T], threads: int) -> Iterator[T]:
    """Yield the items, each made while the one before it is being used; with one thread, plainly.

    Parameters
    ----------
    items
        Drawn from in a thread of its own, one at a time.
    threads
        How many the caller may use.
    """
    if threads == 1:
        yield from items
        return
    iterator = iter(items)
    done = object()
    with ThreadPoolExecutor(1) as pool:
        coming: Future[T | object] = pool.submit(next, iterator, done)
        while (item := coming.result()) is not done:
            coming = pool.submit(next, iterator, done)
            yield cast("T", item)


class Team:
    """A team of threads for the chunks of a block; BLAS itself is held to one thread.

    Use as a context manager. Within it NumPy does not warn of overflow: a run that diverges is
    recognised by its loss.

    Parameters
    ----------
    threads
        How many, 1 or more.
    """

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self._pool = (
            ThreadPoolExecutor(threads, initializer=partial(np.seterr, all="ignore"))
            if threads > 1
            else None
        )
        self._context = ExitStack()

    def __enter__(self) -> "Team":
        self._context.enter_context(threadpool_limits(limits=1))
        self._context.enter_context(np.errstate(all="ignore"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._context.close()

    def run(self, task: Callable[[int], None], count: int) -> None:
        """Do ``task(0)``, ..., ``task(count - 1)``, in any order, and wait for all of them."""
        if self._pool and count > 1:
            for _ in self._pool.map(task, range(count)):
                pass
        else:
            for index in range(count):
                task(index)
