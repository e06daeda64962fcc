"""The working folder of a task: names that are relative mean the same as at the client.

A process has one working folder for all its threads. So tasks of several clients take turns where
these run in different folders; those of one run side by side.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_changed = threading.Condition()
_inside: list[Path] = []
"""The folder of each task that is being done; all the same."""
_own: list[Path] = []
"""The folder that the process had before; empty while no task is being done."""


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Work in a folder; where it is not there, in that of the process, as if it were copied there.

    Parameters
    ----------
    folder
        Its absolute path.
    """
    with _changed:
        _changed.wait_for(lambda: not _inside or _inside[0] == folder)
        if not _inside and folder.is_dir():
            _own.append(Path.cwd())
            os.chdir(folder)
        _inside.append(folder)
    try:
        yield
    finally:
        with _changed:
            _inside.pop()
            if not _inside:
                if _own:
                    os.chdir(_own.pop())
                _changed.notify_all()
