"""Who does the tasks that counting is cut into: this process, or several at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from w2vcli.errors import UsageError
from w2vcli.system.processes import Task, run_in_processes

T = TypeVar("T", bound=Task)
R = TypeVar("R")

_CLIENT = 128 << 20
_LEAST = 160 << 20


class TaskRunner(Protocol):
    """Does tasks somewhere, several at once."""

    @property
    def workers(self) -> int:
        """How many tasks are done at once, at present."""
        ...

    @property
    def link(self) -> str | None:
        """Where to look at the work, in a browser; None if there is no such page."""
        ...

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Yield the index of each task with its result as they are done, in any order.

        Parameters
        ----------
        function
            A function of a module. Failures that are expected it returns, as W2VErrors; what it
            raises ends the run.
        tasks
            They can be pickled, and their ``title`` is their name in messages.
        """
        ...


@dataclass(frozen=True)
class InThisProcess:
    """Does one task after the other."""

    workers: int = 1
    link: None = None

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Do the tasks in their order, as ``TaskRunner.run``."""
        for index, task in enumerate(tasks):
            yield index, function(task)


@dataclass(frozen=True)
class ProcessRunner:
    """Does tasks in processes of this machine (``system.processes``).

    Attributes
    ----------
    workers
        How many, 1 or more.
    """

    workers: int
    link: None = None

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Do the tasks, as ``TaskRunner.run``.

        Raises
        ------
        W2VError
            As ``run_in_processes``.
        """
        return run_in_processes(function, tasks, self.workers)

    def share(self, memory: int) -> int:
        """Return the bytes of memory for each process, of those for all together.

        Raises
        ------
        UsageError
            If that is too little.
        """
        share = (memory - _CLIENT) // self.workers
        if share < _LEAST:
            needed = -(-(_CLIENT + self.workers * _LEAST) >> 20)
            raise UsageError(
                f"--memory {memory >> 20}M is too little for {self.workers} processes, among "
                f"which it is divided: they take {needed}M at least; give more, or fewer --jobs"
            )
        return share
