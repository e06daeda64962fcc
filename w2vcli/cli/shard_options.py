"""The options by which texts are counted in parts: by several processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from w2vcli.cli import progress, values
from w2vcli.cli.option_groups import Gathered
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Sharding


@dataclass(frozen=True)
class Shards:
    """How texts are counted in parts.

    Attributes
    ----------
    jobs
        The number of processes that count shards; None for this process.
    size
        The bytes of a shard; None for the default.
    """

    jobs: int | None
    size: int | None

    @property
    def given(self) -> str | None:
        """The name of an option that was given; None if none was."""
        return None if self.jobs is None else "--jobs"

    @contextmanager
    def sharding(self, memory: int) -> "Iterator[Sharding | None]":
        """Give what counts shards, and show how far it is; None if this process counts alone.

        Parameters
        ----------
        memory
            Bytes for all processes together.
        """
        if self.jobs is None:
            yield None
            return
        from w2vcli import ProcessRunner, Sharding

        runner = ProcessRunner(self.jobs)
        sharding = Sharding(runner, runner.share(memory), self.size)
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
            "not depend on them. They share --memory.",
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
) -> Shards:
    if shard_size is not None and jobs is None:
        raise UsageError("--shard-size is about the shards of --jobs; give --jobs too")
    size = None if shard_size is None else values.parse_size(shard_size)
    return Shards(jobs, size)


ShardOptions = Annotated[Shards, Gathered(_shards)]
