"""The options by which texts are counted in parts: by several processes, or by a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from w2vcli.cli import cluster_options, progress, values
from w2vcli.cli.option_groups import Gathered
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Sharding
    from w2vcli.cluster.connection import Cluster


@dataclass(frozen=True)
class Shards:
    """How texts are counted in parts.

    Attributes
    ----------
    jobs
        The number of processes that count shards; None for this process.
    size
        The bytes of a shard; None for the default.
    scheduler
        The address of the cluster that counts them; None if there is none.
    wait_seconds
        How long it may be without any worker.
    """

    jobs: int | None
    size: int | None
    scheduler: str | None
    wait_seconds: float

    @property
    def given(self) -> str | None:
        """The name of an option that was given; None if none was."""
        if self.jobs is not None:
            return "--jobs"
        return None if self.scheduler is None else "--scheduler"

    @contextmanager
    def sharding(self, memory: int | None) -> "Iterator[Sharding | None]":
        """Give what counts shards, and show how far it is; None if this process counts alone.

        Parameters
        ----------
        memory
            Bytes for all processes of this machine together, and for each task of a cluster; None
            where that is not bounded.
        """
        from w2vcli import ProcessRunner, Sharding

        if self.jobs is not None:
            runner = ProcessRunner(self.jobs)
            own = 0 if memory is None else runner.share(memory)
            sharding = Sharding(runner, own, self.size)
            with progress.shard_meter(sharding.progress):
                yield sharding
            return
        with (
            cluster_options.cluster_at(self.scheduler, self.wait_seconds) as cluster,
            on_cluster(cluster, memory or 0, self.size) as shards,
        ):
            yield shards


@contextmanager
def on_cluster(
    cluster: "Cluster | None", memory: int, size: int | None = None
) -> "Iterator[Sharding | None]":
    """Give what lets a cluster count shards, as ``Shards.sharding``; None if there is none."""
    if cluster is None:
        yield None
        return
    from w2vcli import DaskRunner, Sharding

    sharding = Sharding(DaskRunner(cluster), memory, size)
    with progress.shard_meter(sharding.progress):
        yield sharding


def _shards(
    jobs: Annotated[
        int | None,
        option(
            metavar="N",
            min=1,
            max=1024,
            help="Let N processes count shards of the files, one each at a time; the result does "
            "not depend on them.",
            show_default=False,
        ),
    ] = None,
    shard_size: Annotated[
        str | None,
        option(
            metavar="SIZE",
            callback=values.checked_shard_size,
            help="The bytes of a shard, as in 500K; 16M to 64M if not given, by the size of the "
            "file.",
            show_default=False,
        ),
    ] = None,
    scheduler: cluster_options.Scheduler = None,
    wait_for_workers: cluster_options.WaitForWorkers = cluster_options.WAIT_SECONDS,
) -> Shards:
    if jobs is not None and scheduler is not None:
        raise UsageError("--jobs counts on this machine, --scheduler on others; give one of them")
    if shard_size is not None and jobs is None and scheduler is None:
        raise UsageError(
            "--shard-size is about the shards of --jobs and --scheduler; give one of them too"
        )
    size = None if shard_size is None else values.parse_size(shard_size)
    return Shards(jobs, size, scheduler, wait_for_workers)


ShardOptions = Annotated[Shards, Gathered(_shards)]
