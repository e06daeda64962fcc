"""What many tasks have in common, and is large, goes to each worker once: tables of phrases.

A table of 100,000 phrases is 5 MB, and takes a worker most of a second to be ready to join them. It
is the result of a task of its own, which Dask keeps, passes from worker to worker, and makes again
where the last worker that had it has died. A task names its tables by their numbers.
"""

import io
import pickle
import warnings
from collections.abc import Sequence
from typing import Any

from w2vcli.text.phrases import PhraseTable


class CommonParts:
    """The tables that the tasks of one run have in common.

    Parameters
    ----------
    client
        The ``distributed.Client``.
    name
        The name of the run, which no other has.
    """

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401
        self._client = client
        self._name = name
        self._tables: list[PhraseTable] = []
        self.futures: list[Any] = []

    def without(self, task: object) -> bytes:
        """Return a task, pickled without its tables; those that are new go to the cluster."""
        stream = io.BytesIO()
        _Pickler(stream, self._tables).dump(task)
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # that it is large
            for table in self._tables[len(self.futures) :]:
                key = (self._name, "phrases", len(self.futures))
                self.futures.append(self._client.submit(_loaded, pickle.dumps(table), key=key))
        return stream.getvalue()


def with_parts(task: bytes, tables: Sequence[PhraseTable]) -> Any:  # noqa: ANN401 - any task
    """Return the task that ``CommonParts.without`` has pickled."""
    return _Unpickler(io.BytesIO(task), tables).load()


def _loaded(table: bytes) -> Any:  # noqa: ANN401 - what was pickled
    return pickle.loads(table)


class _Pickler(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, tables: list[PhraseTable]) -> None:
        super().__init__(stream)
        self._tables = tables

    def persistent_id(self, obj: object) -> int | None:
        """Return the number of a table, which stands for it; None for everything else."""
        if not isinstance(obj, PhraseTable):
            return None
        for number, table in enumerate(self._tables):
            if table is obj:
                return number
        self._tables.append(obj)
        return len(self._tables) - 1


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, tables: Sequence[PhraseTable]) -> None:
        super().__init__(stream)
        self._tables = tables

    def persistent_load(self, pid: int) -> PhraseTable:
        """Return a table by its number."""
        return self._tables[pid]
