"""Tasks done by the workers of a cluster: ``DaskRunner`` is a ``counts.task_runner.TaskRunner``.

Dask's scheduler decides who does what, and lets others do what a dead worker was at. Here it gets
the tasks a few at a time: a hundred thousand at once would be as many futures to keep, and results
that were not fetched yet would fill the memory of the workers.
"""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NoReturn, TypeVar

from w2vcli.cluster.common_parts import CommonParts, with_parts
from w2vcli.cluster.connection import Cluster, Versions, difference, versions_here, worker_at
from w2vcli.cluster.folders import working_in
from w2vcli.errors import StorageError, UsageError, W2VError
from w2vcli.system.processes import ATTEMPTS, Task
from w2vcli.system.threads import single_threaded_blas
from w2vcli.text.phrases import PhraseTable

T = TypeVar("T", bound=Task)
R = TypeVar("R")

_LOOK_SECONDS = 1.0
_AHEAD = 2
"""Tasks that wait for each thread of a worker, beside the one that it does."""


@dataclass(frozen=True)
class _Place:
    """Where a task comes from.

    Attributes
    ----------
    folder
        The working folder of the client.
    versions
        What is installed there.
    topic
        Under which the client is told that a task is begun.
    """

    folder: Path
    versions: Versions
    topic: str


@dataclass(frozen=True)
class _Differs:
    """What a worker answers that came later than the others, and has other versions."""

    message: str


class DaskRunner:
    """Does tasks on a cluster, as ``TaskRunner``.

    Attributes
    ----------
    workers
        How many tasks the workers do at once, when last looked at.
    link
        Where to look at the work, in a browser; None if the scheduler has no such page.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.link = cluster.dashboard()
        self.workers = sum(worker.threads for worker in cluster.workers())

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Yield the index of each task with its result as they are done, in any order.

        Parameters
        ----------
        function
            A function of a module, which the workers import.
        tasks
            They can be pickled, and their ``title`` is their name in messages.

        Raises
        ------
        UsageError
            If a worker has other versions than this process.
        StorageError
            If the scheduler is gone, or no worker is left for ``Cluster.wait_seconds``.
        W2VError
            If a task was begun ``ATTEMPTS`` times, and each time its worker died or had not enough
            memory; and what the function raises.
        """
        run = _Run(self._cluster, function, tasks, self)
        try:
            yield from run.results()
        finally:
            run.close()


class _Run:
    """The tasks of one call of ``DaskRunner.run``, and what has become of them."""

    def __init__(
        self,
        cluster: Cluster,
        function: Callable[[Any], Any],
        tasks: Sequence[Any],
        runner: DaskRunner,
    ) -> None:
        self._cluster = cluster
        self._function = function
        self._tasks = tasks
        self._runner = runner
        self._name = f"{function.__name__}-{uuid.uuid4()}"
        self._place = _Place(Path.cwd(), versions_here(), self._name)
        self._parts = CommonParts(cluster.client, self._name)
        self._futures: dict[int, Any] = {}
        self._begun: Counter[int] = Counter()
        self._failed: Counter[int] = Counter()
        self._done: SimpleQueue[int] = SimpleQueue()
        self._seen = time.monotonic()
        cluster.client.subscribe_topic(self._name, self._note_begun)

    def _note_begun(self, event: tuple[float, int]) -> None:
        """Count how often a task was begun: called for what workers tell, in Dask's thread."""
        self._begun[event[1]] += 1

    def results(self) -> Iterator[tuple[int, Any]]:
        """Let the tasks be done, and yield the results."""
        coming = iter(range(len(self._tasks)))
        self._look()
        while True:
            while len(self._futures) < self._runner.workers * (1 + _AHEAD):
                index = next(coming, None)
                if index is None:
                    break
                self._submit(index)
            if not self._futures:
                return
            index = self._next_done()
            with suppress(_TriedAgain):
                result = self._result(index)
                del self._futures[index]  # and Dask's copy with it
                self._seen = time.monotonic()
                yield index, result

    def _submit(self, index: int) -> None:
        """Give a task to the scheduler."""
        with self._cluster.speaking():
            task = self._parts.without(self._tasks[index])
            future = self._cluster.client.submit(
                _do,
                self._function,
                task,
                self._parts.futures,
                self._place,
                index,
                key=(self._name, index, self._failed[index]),
            )
        self._futures[index] = future
        future.add_done_callback(lambda _: self._done.put(index))

    def _next_done(self) -> int:
        """Wait for a task that is done, and return its index."""
        looked = time.monotonic()
        while True:
            with suppress(Empty):
                return self._done.get(timeout=_LOOK_SECONDS)
            if time.monotonic() - looked >= _LOOK_SECONDS:
                self._look()
                looked = time.monotonic()

    def _look(self) -> None:
        """See whether scheduler and workers are there, and no task is begun too often."""
        self._cluster.check_alive()
        workers = self._cluster.workers()
        now = time.monotonic()
        if workers:
            self._runner.workers = sum(worker.threads for worker in workers)
            self._seen = now
        elif now - self._seen >= self._cluster.wait_seconds:
            raise StorageError(
                f"--scheduler {self._cluster.address}: no worker is left, and none came within "
                f"{self._cluster.wait_seconds:g} s; what is done is kept: start workers, and run "
                "the command again"
            )
        for index, begun in self._begun.copy().items():
            if begun > ATTEMPTS and index in self._futures:
                raise self._given_up(index)

    def _result(self, index: int) -> Any:  # noqa: ANN401 - what the function returns
        """Fetch the result of a task that is done, or raise what it has come to."""
        client = self._cluster.client
        fetched = asyncio.run_coroutine_threadsafe(
            client.gather(self._futures[index], asynchronous=True), client.loop.asyncio_loop
        )
        try:
            # If its worker has died meanwhile, this lasts until another has done it again.
            while not fetched.done():
                with suppress(TimeoutError):
                    fetched.exception(timeout=_LOOK_SECONDS)
                    break
                self._look()
            result = fetched.result()
        except MemoryError:
            self._failed[index] += 1
            if max(self._failed[index], self._begun[index]) >= ATTEMPTS:
                raise self._given_up(index) from None
            self._submit(index)
            raise _TriedAgain from None
        except Exception as error:
            self._explain(index, error)
        if isinstance(result, _Differs):
            raise UsageError(result.message)
        return result

    def _explain(self, index: int, error: Exception) -> NoReturn:
        """Raise what an error of a task means."""
        import distributed

        self._cluster.check_alive()
        if isinstance(error, W2VError):
            raise error
        if isinstance(error, distributed.scheduler.KilledWorker):
            raise self._given_up(index) from None
        if isinstance(error, distributed.CancelledError):
            raise self._cluster.lost() from None
        self._cluster.check_versions()
        title = self._tasks[index].title
        if isinstance(error, OSError):
            raise StorageError(f"{title}: input or output failed on a worker: {error}") from None
        said = f"unexpected {type(error).__name__}: {error}"
        raise W2VError(f"{title}: {said}; it was raised on a worker") from error

    def _given_up(self, index: int) -> W2VError:
        return W2VError(
            f"{self._tasks[index].title}: each of {ATTEMPTS} workers that worked on it died, or "
            "had not enough memory; give workers more memory, or use a smaller --shard-size"
        )

    def close(self) -> None:
        """Let the scheduler drop what is left."""
        client = self._cluster.client
        with suppress(Exception):
            client.unsubscribe_topic(self._name)
        left = [*self._futures.values(), *self._parts.futures]
        if left and client.status == "running":
            with suppress(Exception):
                client.cancel(left, force=True)
        self._futures.clear()
        self._parts.futures.clear()


class _TriedAgain(Exception):  # noqa: N818 - no error: the task is with the scheduler again
    """A task is done once more."""


def _do(
    function: Callable[[T], R],
    task: bytes,
    tables: Sequence[PhraseTable],
    place: _Place,
    index: int,
) -> R | _Differs:
    """Do a task, on a worker that has the versions of the client."""
    import distributed

    worker = distributed.get_worker()
    if differing := difference(worker_at(worker.address), versions_here(), place.versions):
        return _Differs(differing)
    worker.log_event(place.topic, index)
    with working_in(place.folder), single_threaded_blas():
        return function(with_parts(task, tables))
