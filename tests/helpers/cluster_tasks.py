"""Tasks for the workers of a cluster, which import this module."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """To do something with a number."""

    number: int
    how: str = "square"
    log: str = ""
    tables: tuple = ()

    @property
    def title(self):
        return f"task {self.number}"


def do(task):
    """Do what a task says; it leaves a line in its log when it begins."""
    if task.log:
        with Path(task.log).open("a") as log:
            log.write(f"{task.number}\n")
    match task.how:
        case "square":
            return task.number**2
        case "memory":
            raise MemoryError
        case "die":
            time.sleep(0.3)  # for the scheduler to be told that it has begun
            os.kill(os.getpid(), signal.SIGKILL)
        case "sleep":
            time.sleep(1)
        case "phrases" | "slow phrases":
            time.sleep(0.5 * (task.how == "slow phrases"))
            where = os.getpid(), *map(id, task.tables)
            return tuple(map(len, task.tables)), where
        case "folder":
            return str(Path.cwd())
        case "fail":
            raise KeyError(task.number)
        case "disk":
            raise OSError(28, "No space left on device")
    return None


def profiles(dask_worker):
    """Whether Dask looks at the stacks of a worker now and then."""
    return dask_worker.periodic_callbacks["profile"].is_running()
