"""Tasks that read texts are run, and bad bytes in any of them are named together."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeAlias, TypeVar

from w2vcli.counts.shard_progress import ShardProgress
from w2vcli.counts.shard_tasks import HashTask, ShardTask, check_shard
from w2vcli.counts.task_runner import TaskRunner
from w2vcli.errors import W2VError
from w2vcli.system.processes import Task
from w2vcli.text.corpus import BadFilesError, all_of
from w2vcli.text.decoding import BadBytesError

T = TypeVar("T", bound=ShardTask | HashTask)
R = TypeVar("R")
AnyTask = TypeVar("AnyTask", bound=Task)
_Bad: TypeAlias = BadBytesError | BadFilesError


def results_of(
    runner: TaskRunner, function: Callable[[AnyTask], R], tasks: Sequence[AnyTask]
) -> Iterator[tuple[int, R]]:
    """Yield results as ``runner.run``, and end what is running if the caller stops."""
    run = runner.run(function, tasks)
    try:
        yield from run
    finally:
        if isinstance(run, Generator):
            run.close()


def read_by(
    runner: TaskRunner,
    function: Callable[[T], R | W2VError],
    tasks: Sequence[T],
    files: int,
    progress: ShardProgress,
) -> Iterator[tuple[T, R]]:
    """Yield tasks with their results, as they are done.

    Parameters
    ----------
    runner
        Who does them.
    function, tasks
        What is done. Of the same file, ranges come in their order.
    files
        How many files the corpus has, for an error.
    progress
        Told of each task that is done, by the caller: of tokens it knows nothing.

    Raises
    ------
    DataError
        If there are bytes that are no text: when all shards have been looked at, for all files.
    W2VError
        The first other failure of a task.
    """
    done: set[int] = set()
    bad: dict[int, _Bad] = {}
    held: W2VError | None = None
    for index, result in results_of(runner, function, tasks):
        done.add(index)
        task = tasks[index]
        if isinstance(result, BadBytesError | BadFilesError):
            bad[index] = result
            break
        if isinstance(result, W2VError):
            # Bad bytes come before what a text was expected to be, as they are met first.
            if not (isinstance(task, HashTask) and task.expected.given):
                raise result
            held = result
            continue
        yield task, result
    if bad:
        raise _all_bad(runner, tasks, done, bad, files, progress)
    if held:
        raise held


def _all_bad(
    runner: TaskRunner,
    tasks: Sequence[T],
    done: set[int],
    bad: "dict[int, _Bad]",
    files: int,
    progress: ShardProgress,
) -> W2VError:
    """Return one error for the bad bytes of all files; shards that are not done are looked at."""
    behind = {_cut_file(tasks[i]): i for i in bad}
    left = [
        index
        for index, task in enumerate(tasks)
        if index not in done
        and not isinstance(task, HashTask)
        and not (_cut_file(task) and behind.get(_cut_file(task), index) < index)
    ]
    progress.begin("looking for bytes that are no text", runner, len(left))
    some = [task for task in (tasks[i] for i in left) if not isinstance(task, HashTask)]
    for place, result in results_of(runner, check_shard, some):
        progress.advance(runner)
        if isinstance(result, BadBytesError | BadFilesError):
            bad[left[place]] = result
        elif result:
            return result
    errors: list[BadBytesError] = []
    named: set[str] = set()
    for index in sorted(bad):
        name, error = _cut_file(tasks[index]), bad[index]
        if name in named:
            continue
        if name:
            named.add(name)
        errors += error.errors if isinstance(error, BadFilesError) else [error]
    return all_of(errors, files)


def _cut_file(task: ShardTask | HashTask) -> str | None:
    """Return the file of which a task reads a range; None if it reads whole files."""
    if isinstance(task, HashTask) or task.shard.ranges[0].end is None:
        return None
    return task.shard.ranges[0].name
