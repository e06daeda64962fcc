"""The connection to a Dask scheduler: where it is, who works for it, and with which versions.

Only this floor imports Dask, and only when a cluster is asked for: ``distributed`` takes a second.
What it logs is for those who run a cluster; a command says itself, in one sentence, what is wrong.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from w2vcli.cluster import scheduler
from w2vcli.cluster.scheduler import address_of, check_scheduler, dask, no_scheduler, security_of
from w2vcli.errors import StorageError, UsageError

_CLOSE_SECONDS = 2.0
_LOOK_SECONDS = 0.25
_PAGE_SECONDS = 1.0

PACKAGES = ("w2vcli", "numpy", "numba")
"""What must be the same everywhere, for results to have the same bytes; and so must Python."""

Versions = Mapping[str, str | None]
"""The version of Python (major and minor) and of each of ``PACKAGES``; None where it is lacking."""


@dataclass(frozen=True)
class Worker:
    """A worker of the cluster.

    Attributes
    ----------
    address
        Where it is, as Dask writes it.
    threads
        The tasks that it does at once.
    """

    address: str
    threads: int


class Cluster:
    """A Dask cluster that this process is a client of; ``connected`` makes one.

    Attributes
    ----------
    address
        The address of the scheduler, as it was given.
    client
        The ``distributed.Client``, which fetches results from the workers themselves.
    wait_seconds
        How long the cluster may be without any worker.
    """

    def __init__(self, address: str, client: Any, wait_seconds: float) -> None:  # noqa: ANN401
        self.address = address
        self.client = client
        self.wait_seconds = wait_seconds

    def workers(self) -> list[Worker]:
        """Return the workers that there are now, in the order of their addresses.

        Raises
        ------
        StorageError
            If the scheduler does not answer.
        """
        with self.speaking():
            threads = self.client.nthreads()
        return [Worker(address, threads[address]) for address in sorted(threads)]

    def dashboard(self) -> str | None:
        """Return the link to Dask's dashboard, or None if the scheduler has none.

        Raises
        ------
        StorageError
            If the scheduler does not answer.
        """
        with self.speaking():
            found = self.client.get_versions(packages=["bokeh"])
            if not found["scheduler"]["packages"].get("bokeh"):
                return None  # its page would only say that Bokeh is lacking
            link = str(self.client.dashboard_link)
        try:
            urlopen(link, timeout=_PAGE_SECONDS).close()
        except HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return None  # started with --no-dashboard
        except (OSError, ValueError, HTTPException):
            pass  # a browser may come there, by a way of its own
        return link

    def check_alive(self) -> None:
        """Raise a StorageError if the connection to the scheduler was lost, even for a moment."""
        if self.client.status != "running":
            raise self.lost()

    def lost(self) -> StorageError:
        """Return the error that the connection to the scheduler was lost."""
        return StorageError(
            f"--scheduler {self.address}: the connection to the scheduler was lost; see whether it "
            "is still there, and run the command again"
        )

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Turn failures of a question to the scheduler into a StorageError."""
        self.check_alive()
        try:
            yield
        except (OSError, asyncio.CancelledError):  # timeouts, too, and closed connections
            raise self.lost() from None

    def wait_for_worker(self, waiting: Callable[[], object] = lambda: None) -> list[Worker]:
        """Wait until there is a worker, and return those that there are.

        ``waiting`` is called if there is none at once.

        Raises
        ------
        StorageError
            If none comes within ``wait_seconds``, or the scheduler does not answer.
        """
        until = time.monotonic() + self.wait_seconds
        if not self.workers():
            waiting()
        while not (workers := self.workers()):
            if time.monotonic() >= until:
                raise StorageError(
                    f"--scheduler {self.address}: no worker came within {self.wait_seconds:g} s; "
                    "start some with 'dask worker', or give them longer with --wait-for-workers"
                )
            time.sleep(_LOOK_SECONDS)
        return workers

    def check_versions(self) -> None:
        """Compare Python and ``PACKAGES`` here and on every worker that there is now.

        The scheduler computes nothing, but it looks into the tasks that it passes on, and so needs
        this package and this Python.

        Raises
        ------
        UsageError
            If a worker or the scheduler has another version, or lacks a package.
        StorageError
            If the scheduler does not answer.
        """
        with self.speaking():
            found = self.client.get_versions(packages=list(PACKAGES))
        ours = _versions(found["client"])
        passing = {name: ours[name] for name in ("Python", "w2vcli")}
        differing = difference("the scheduler", _versions(found["scheduler"]), passing)
        for address, theirs in sorted(found["workers"].items()):
            differing = differing or difference(worker_at(address), _versions(theirs), ours)
        if differing:
            raise UsageError(differing)


@cache
def versions_here() -> Versions:
    """Return the versions of this process."""
    from distributed.versions import get_versions

    return _versions(get_versions(PACKAGES))


def _versions(found: Mapping[str, Any]) -> Versions:
    """Return the versions that matter out of those that Dask tells."""
    python = ".".join(found["host"]["python"].split(".")[:2])
    return {"Python": python} | {name: found["packages"].get(name) for name in PACKAGES}


def worker_at(address: str) -> str:
    """Return what a worker is called in messages."""
    return f"the worker at {address}"


def difference(who: str, theirs: Versions, ours: Versions) -> str | None:
    """Return a sentence on the first version of ours that somebody does not have; None if none."""
    for name, here in ours.items():
        there = theirs.get(name)
        if there != here:
            has, own = (f"{name} {v}" if v else f"no {name}" for v in (there, here))
            return (
                f"{who} has {has}, and this machine {own}: install the same "
                "versions on all, as the results have the same bytes only then"
            )
    return None


@contextmanager
def connected(
    address: str,
    wait_seconds: float = 60.0,
    waiting: Callable[[], object] = lambda: None,
) -> Iterator[Cluster]:
    """Connect to a scheduler, wait for a worker, and compare the versions of all workers.

    Parameters
    ----------
    address
        ``tcp://HOST:PORT``, ``tls://HOST:PORT`` (with the certificates of Dask's configuration), or
        the name of the file that ``dask scheduler --scheduler-file`` wrote.
    wait_seconds
        How long the cluster may be without any worker, now and later.
    waiting
        Called if there is no worker at once.

    Raises
    ------
    UsageError
        If Dask is not installed, this is no address, or a worker has other versions.
    InputError, DataError
        If the file is not there, or is no scheduler's.
    ConfigError
        If Dask's configuration does not fit, as for TLS.
    StorageError
        If there is no scheduler, or no worker within ``wait_seconds``.
    """
    where = address_of(address)
    distributed = dask()
    security = security_of(address, distributed)
    check_scheduler(address, where, security, distributed)
    try:
        client = distributed.Client(
            where,
            timeout=scheduler.CONNECT_SECONDS,
            set_as_default=False,
            name="w2vcli",
            security=security,
            direct_to_workers=True,
        )
    except OSError:
        raise no_scheduler(address) from None
    cluster = Cluster(address, client, wait_seconds)
    try:
        cluster.wait_for_worker(waiting)
        cluster.check_versions()
        yield cluster
    finally:
        # Of a scheduler that is gone nobody waits for a farewell.
        with suppress(Exception):
            client.close(timeout=_CLOSE_SECONDS if client.status == "running" else 0)
