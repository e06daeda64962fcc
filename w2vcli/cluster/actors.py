"""Objects that live on the workers of a cluster, and calls of their methods.

A call goes from here straight to the worker, not by way of the scheduler. A worker that is lost
takes its object with it: then every call ends in an error, also where nobody would answer any more.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from w2vcli.softmax.output_layer import OutputLostError

if TYPE_CHECKING:
    from w2vcli.cluster.connection import Cluster

_LOOK_SECONDS = 2.0


@contextmanager
def unprofiled() -> Iterator[None]:
    """Let Dask not profile the worker that this process is.

    By default it looks at the stacks of a worker's threads every 10 ms. Where each processor has a
    worker, that took about a tenth of the time of a block.
    """
    import distributed

    worker = distributed.get_worker()
    profiling = worker.periodic_callbacks.get("profile")  # None where the configuration says so
    if profiling is None or not profiling.is_running():
        yield
        return
    worker.loop.add_callback(profiling.stop)
    try:
        yield
    finally:
        worker.loop.add_callback(profiling.start)


class Actors:
    """One object on each of some workers.

    Parameters
    ----------
    cluster
        The cluster.
    kind
        Their class, which the workers import from the installed package.
    arguments
        The argument of each, by the address of its worker.

    Raises
    ------
    OutputLostError
        If a worker is lost.
    """

    def __init__(self, cluster: "Cluster", kind: type, arguments: Mapping[str, object]) -> None:
        self._cluster = cluster
        self._addresses = list(arguments)
        self._futures = [
            cluster.client.submit(
                kind, argument, actor=True, pure=False, workers=[address], retries=0
            )
            for address, argument in arguments.items()
        ]
        self._actors = self._results(self._futures)

    def call(self, method: str, arguments: Sequence[Sequence[Any]]) -> list[Any]:
        """Call a method of each with its arguments, all at once, and return what they return.

        Raises
        ------
        OutputLostError
            If a worker is lost.
        """
        return self._call(range(len(self._actors)), method, arguments)

    def call_one(self, index: int, method: str, *arguments: Any) -> Any:  # noqa: ANN401 - its own
        """Call a method of one of them."""
        return self._call(range(index, index + 1), method, [arguments])[0]

    def _call(self, which: range, method: str, arguments: Sequence[Sequence[Any]]) -> list[Any]:
        try:
            with self._cluster.client.as_current():  # an actor looks for its client
                answers = [
                    getattr(self._actors[index], method)(*given)
                    for index, given in zip(which, arguments, strict=True)
                ]
        except RuntimeError:  # what Dask raises where it knows already that the worker is gone
            raise self._lost() from None
        return self._results(answers, which)

    def release(self) -> None:
        """Let the workers forget them at once; Dask would wait until Python collects the actors."""
        client = self._cluster.client
        if client.status == "running":
            with suppress(OSError, asyncio.CancelledError):
                client.cancel(self._futures, force=True)
        self._actors = []

    def _results(self, answers: Sequence[Any], which: range | None = None) -> list[Any]:
        """Return the results of futures, or find that one will never come."""
        found = []
        for index, answer in zip(which or range(len(answers)), answers, strict=True):
            while True:
                try:
                    found.append(answer.result(timeout=_LOOK_SECONDS))
                    break
                except TimeoutError:
                    if self._addresses[index] not in {w.address for w in self._cluster.workers()}:
                        raise self._lost(index) from None
                except (OSError, RuntimeError) as error:
                    raise self._lost(index) from error
        return found

    def _lost(self, index: int | None = None) -> OutputLostError:
        self._cluster.check_alive()  # without the scheduler, no other worker would be found
        name = "a worker" if index is None else f"the worker {self._addresses[index]}"
        return OutputLostError(f"{name} of the cluster is lost, and its part of the model with it")
