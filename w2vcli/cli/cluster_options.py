"""The options by which a command lets the workers of a Dask cluster do its work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from w2vcli.cli import console, values
from w2vcli.cli.options import option

if TYPE_CHECKING:
    from w2vcli.cluster.connection import Cluster

WAIT_SECONDS = 60.0

Scheduler = Annotated[
    str | None,
    option(
        metavar="ADDRESS",
        help="Let the workers of a Dask cluster do the work: tcp://HOST:PORT, tls://HOST:PORT, or "
        "the FILE.json of its scheduler; the result does not depend on them.",
        show_default=False,
    ),
]
WaitForWorkers = Annotated[
    float,
    option(
        metavar="SECONDS",
        min=0,
        callback=values.checked_finite,
        help="How long the cluster may be without any worker.",
    ),
]


@contextmanager
def cluster_at(address: str | None, wait_seconds: float) -> "Iterator[Cluster | None]":
    """Connect to a cluster, and say who is there and where to look; None without an address."""
    if address is None:
        yield None
        return
    from w2vcli import connected

    def wait() -> None:
        console.note(f"no worker is there yet: waiting for one, {wait_seconds:g} s at most")

    with connected(address, wait_seconds, wait) as found:
        workers = found.workers()
        threads = sum(worker.threads for worker in workers)
        numbers = (len(workers), "worker"), (threads, "thread")
        many = [f"{number:,} {what}{'s' * (number != 1)}" for number, what in numbers]
        link = found.dashboard()
        watch = f"; to watch them: {link}" if link else ""
        console.note("{}: {} with {}{}".format(address, *many, watch))
        yield found
