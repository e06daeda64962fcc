"""Threads: the only module that starts any, and that limits those of BLAS.

Numba kernels and NumPy release the GIL, so threads suffice, and nothing is copied.
"""

import os
import resource
import sys
import threading
from _thread import start_new_thread
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, TypeVar, cast

import numpy as np
from threadpoolctl import threadpool_limits

from w2vcli.errors import W2VError
from w2vcli.system.memory import address_space_left

T = TypeVar("T")
R = TypeVar("R")

_START_SECONDS = 10.0
_LARGEST_STACK = 8 << 20  # bytes; of a thread where the system sets no limit, at most
_CODE_BYTES = 140_000_000
"""Of address space, for kernels that are loaded while threads are there; measured, rounded up."""


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def single_threaded_blas() -> AbstractContextManager[object]:
    """Hold BLAS to one thread within the block: with several, its rounding may differ."""
    return cast("AbstractContextManager[object]", threadpool_limits(limits=1))


class _Pool:
    """Threads that do the tasks they are given, in the order in which these come.

    Unlike the executor of Python it starts all threads at once, and never waits for ever: a thread
    for which there is no memory left may die before it can tell anybody (``ulimit -v``).

    Parameters
    ----------
    threads
        The number of threads.
    initializer
        Called in each thread when it begins.

    Raises
    ------
    W2VError
        If the system does not allow so many threads.
    """

    def __init__(self, threads: int, initializer: Callable[[], object] | None = None) -> None:
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._initializer = initializer
        self._begun = threading.Semaphore(0)
        self._ended = threading.Semaphore(0)
        self._threads = 0
        try:
            _check_room(threads)
            for _ in range(threads):
                start_new_thread(self._work, ())
                if not self._begun.acquire(timeout=_START_SECONDS):
                    raise MemoryError
                self._threads += 1
        except (RuntimeError, MemoryError):
            self.close()
            raise W2VError(
                "the threads cannot be started; use fewer --threads, or allow more processes or "
                "memory (ulimit -u, ulimit -v)"
            ) from None

    def submit(self, function: Callable[..., R], *arguments: Any) -> "Future[R]":  # noqa: ANN401
        """Let a thread call a function; the future will have its result or its error."""
        future: Future[R] = Future()

        def task() -> None:
            try:
                if future.set_running_or_notify_cancel():
                    future.set_result(function(*arguments))
            except BaseException as error:
                future.set_exception(error)

        self._tasks.put(task)
        return future

    def close(self) -> None:
        """End the threads, without the tasks that none has begun, and wait until they are done."""
        with suppress(Empty):
            while True:
                self._tasks.get_nowait()
        for _ in range(self._threads):
            self._tasks.put(None)
        for _ in range(0 if sys.is_finalizing() else self._threads):
            # At the end of the interpreter no other thread runs any more.
            self._ended.acquire()
        self._threads = 0

    def _work(self) -> None:
        """Do tasks until there is none: what each thread does."""
        self._begun.release()
        try:
            if self._initializer:
                self._initializer()
            while task := self._tasks.get():
                task()
                del task  # with its result, which may be large, before waiting for the next
        finally:
            self._ended.release()


def _check_room(threads: int) -> None:
    """Raise a MemoryError if threads would leave compiled code no memory: LLVM would abort."""
    left = address_space_left()
    if left is None or "numba" not in sys.modules:
        return
    stack, _ = resource.getrlimit(resource.RLIMIT_STACK)
    if not 0 < stack < _LARGEST_STACK:
        stack = _LARGEST_STACK
    if left < threads * stack + _CODE_BYTES:
        raise MemoryError


@contextmanager
def _pool(threads: int, initializer: Callable[[], object] | None = None) -> Iterator[_Pool]:
    """Start a pool of threads, and end them with the block.

    Raises
    ------
    W2VError
        If the system does not allow so many threads.
    """
    pool = _Pool(threads, initializer)
    try:
        yield pool
    finally:
        pool.close()


def ordered_map(
    function: Callable[[T], R], items: Iterable[T], threads: int
) -> Generator[R, None, None]:
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
        self._pool: _Pool | None = None
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
            tasks = [self._pool.submit(task, index) for index in range(count)]
            try:
                for done in tasks:
                    done.result()
            finally:
                for left in tasks:
                    left.cancel()
        else:
            for index in range(count):
                task(index)
