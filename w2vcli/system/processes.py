"""Other processes that do tasks, one each at a time: fresh interpreters, which share nothing.

Each is at the other end of a socket. It ends when that is closed, in whatever way this process
ends, even by SIGKILL; so none is ever left behind. One that dies takes its own task with it only:
another is started, and gets that task again.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
import warnings
from _thread import start_new_thread
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from w2vcli.errors import W2VError
from w2vcli.system import signals
from w2vcli.system.files import discard

ATTEMPTS = 3
"""So often a task is begun whose process dies."""

_NO_MEMORY = 77
_PATIENCE_SECONDS = 1.0
_CHILD = """
import json, sys
sys.path[:] = json.loads(sys.argv[2])
sys.modules["scipy"] = None  # as in the program itself
from w2vcli.system.processes import serve
serve(int(sys.argv[1]))
"""


class Task(Protocol):
    """What a process is to do: it can be pickled, and has a name in messages."""

    @property
    def title(self) -> str:
        """The name."""
        ...


T = TypeVar("T", bound=Task)
R = TypeVar("R")


class _Process:
    """A process, the socket to it, and the index of the task that it is at."""

    def __init__(self) -> None:
        self.connection, other = Pipe()
        self.task: int | None = None
        handle = other.fileno()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _CHILD, str(handle), json.dumps(sys.path)],
                stdin=subprocess.DEVNULL,
                pass_fds=[handle],
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )
        except OSError as error:
            self.connection.close()
            raise W2VError(
                f"no further process can be started: {error.strerror or error}; use fewer --jobs, "
                "or allow more (ulimit -u)"
            ) from None
        finally:
            other.close()

    def give(self, index: int, function: Callable[[T], R], task: T) -> None:
        """Let it do a task."""
        self.task = index
        with suppress(OSError):  # it is dead: that is noticed where its answer is awaited
            self.connection.send((function, task))

    def end(self) -> None:
        """End it, and wait until it has."""
        self.connection.close()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def epitaph(self) -> str:
        """Say how it died."""
        code = self._process.wait()
        if code == _NO_MEMORY:
            return "for lack of memory"
        return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


def run_in_processes(
    function: Callable[[T], R], tasks: Sequence[T], processes: int
) -> Iterator[tuple[int, R]]:
    """Do tasks, and yield the index of each with its result, in the order in which they are done.

    Parameters
    ----------
    function
        A function of a module, which the processes import.
    tasks
        The tasks.
    processes
        How many processes; no more are started than there are tasks.

    Raises
    ------
    W2VError
        If a process cannot be started, or has died ``ATTEMPTS`` times over one task. What the
        function raises is raised, too; of what is no W2VError, as a W2VError with its traceback.
    """
    waiting = deque(range(len(tasks)))
    deaths: Counter[int] = Counter()
    team: list[_Process] = []
    try:
        while waiting and len(team) < processes:
            team.append(_Process())
            index = waiting.popleft()
            team[-1].give(index, function, tasks[index])
        while team:
            for connection in wait([each.connection for each in team]):
                each = next(one for one in team if one.connection is connection)
                index = each.task if each.task is not None else 0
                try:
                    answer = each.connection.recv()
                except (EOFError, OSError):
                    deaths[index] += 1
                    if deaths[index] == ATTEMPTS:
                        raise _given_up(tasks[index].title, each.epitaph()) from None
                    team.remove(each)
                    each.end()
                    each = _Process()
                    team.append(each)
                    each.give(index, function, tasks[index])
                    continue
                if waiting:
                    following = waiting.popleft()
                    each.give(following, function, tasks[following])
                else:
                    team.remove(each)
                    each.end()
                yield index, _result(answer)
    finally:
        for each in team:
            each.connection.close()  # of all of them, before waiting for any
        for each in team:
            each.end()


def _given_up(title: str, how: str) -> W2VError:
    return W2VError(
        f"{title}: the process that worked on it died {ATTEMPTS} times, at last {how}; if memory "
        "was short, use fewer --jobs or a smaller --shard-size"
    )


def _result(answer: tuple[bool, Any]) -> Any:  # noqa: ANN401 - what a function returned
    done, result = answer
    if done:
        return result
    if isinstance(result, W2VError):
        raise result
    raise W2VError(f"unexpected, in another process: {result}")


def serve(handle: int) -> None:
    """Do the tasks that come by a socket: what each process does, until the socket is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that has the others
    warnings.simplefilter("ignore")
    connection: Connection[Any, Any] = Connection(handle)
    tasks: SimpleQueue[Any] = SimpleQueue()
    start_new_thread(_receive, (connection, tasks))
    while True:
        item = tasks.get()
        try:
            if isinstance(item, Exception):
                raise item
            function, task = item
            answer: tuple[bool, Any] = True, function(task)
        except MemoryError:
            _end(_NO_MEMORY)
        except W2VError as error:
            answer = False, error
        except Exception:
            answer = False, traceback.format_exc()
        try:
            connection.send(answer)
        except OSError:
            _end(0)
        item = answer = None  # type: ignore[assignment]  # large, perhaps


def _receive(connection: Any, tasks: Any) -> None:  # noqa: ANN401
    """Take tasks from the socket, and end the process at once when it is closed."""
    while True:
        try:
            tasks.put(connection.recv())
        except (EOFError, OSError):
            _end(0)
        except Exception as error:
            tasks.put(error)


def _end(code: int) -> None:
    """End this process, whatever it is doing, without what it was writing."""
    for path in tuple(signals.remove_at_end):
        discard(path)
    os._exit(code)
