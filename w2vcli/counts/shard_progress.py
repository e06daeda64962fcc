"""How far the work on shards has come, for whoever shows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from w2vcli.counts.task_runner import TaskRunner


@dataclass
class ShardProgress:
    """The progress of the tasks of a run; other threads may look at it.

    Attributes
    ----------
    stage
        What is done now, for messages; empty before the first task.
    unit
        What the tasks are, in the plural.
    done, total
        Tasks of this stage.
    taken_up
        Shards that an earlier run has finished.
    stored_done, stored_total
        Bytes of files of this stage.
    tokens
        Tokens counted so far.
    workers, link
        As of the ``TaskRunner``.
    advanced
        Called when a stage begins and when a task is done, in the thread of the caller.
    """

    stage: str = ""
    unit: str = "shards"
    done: int = 0
    total: int = 0
    taken_up: int = 0
    stored_done: int = 0
    stored_total: int = 0
    tokens: int = 0
    workers: int = 0
    link: str | None = None
    advanced: Callable[[], object] = lambda: None
    _began: float = field(default_factory=time.monotonic)

    def begin(
        self, stage: str, runner: TaskRunner, total: int, stored: int = 0, unit: str = "shards"
    ) -> None:
        """Begin a stage of so many tasks, which read so many bytes of files."""
        self.stage, self.total, self.stored_total, self.unit = stage, total, stored, unit
        self.done = self.stored_done = self.tokens = 0
        self.workers, self.link = runner.workers, runner.link
        self._began = time.monotonic()
        self.advanced()

    def advance(self, runner: TaskRunner, stored: int = 0, tokens: int = 0, tasks: int = 1) -> None:
        """Note that tasks are done."""
        self.done += tasks
        self.stored_done += stored
        self.tokens += tokens
        self.workers = runner.workers
        self.advanced()

    @property
    def share(self) -> float | None:
        """The share of this stage that is done, from 0 to 1; None if there are no tasks."""
        if self.stored_total:
            return self.stored_done / self.stored_total
        return self.done / self.total if self.total else None

    @property
    def seconds(self) -> float:
        """The seconds since the stage began."""
        return time.monotonic() - self._began

    @property
    def seconds_left(self) -> float | None:
        """The seconds that the stage may still take; None if nothing is known yet."""
        share = self.share
        return self.seconds * (1 - share) / share if share else None

    @property
    def tokens_a_second(self) -> float:
        """The tokens counted in a second of this stage."""
        return self.tokens / max(self.seconds, 1e-9)
