"""Doing the same to many things in several threads, with the results in order.

Numba kernels and NumPy release the GIL, so threads suffice, and nothing is copied.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, cast

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
