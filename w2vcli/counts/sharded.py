"""Counting texts in shards: tasks count them, sums of them grow, one segment is committed.

The segment has the bytes of one that ``Store.add`` counts alone. Nothing of it is seen before its
rename; finished shards wait in a hidden folder of the store (``shard_results``), where the next run
finds them if this one is killed.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from w2vcli.counts import parts
from w2vcli.counts.adding import Adding
from w2vcli.counts.changes import StoreChange
from w2vcli.counts.drafts import input_of, merge
from w2vcli.counts.listing import open_verified
from w2vcli.counts.memory_budget import MemoryBudget
from w2vcli.counts.overlaps import sketch_size
from w2vcli.counts.segment_sums import all_words
from w2vcli.counts.segments import SegmentInfo
from w2vcli.counts.shard_progress import ShardProgress
from w2vcli.counts.shard_results import ShardResults
from w2vcli.counts.shard_tasks import (
    CountTask,
    HashTask,
    Manner,
    MergeTask,
    Result,
    merge_results,
    work,
)
from w2vcli.counts.shard_tree import Node, lacking, tree_of
from w2vcli.counts.sharded_reading import read_by, results_of
from w2vcli.counts.shards import shards_of, sources_of
from w2vcli.counts.task_runner import TaskRunner
from w2vcli.counts.text_hashes import TextHashes
from w2vcli.errors import InputError, W2VError
from w2vcli.system.temporary import temporary_file
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.decoding import BadBytes

_ATTEMPTS = 10
"""So often shards are counted again that another process has removed."""


@dataclass(frozen=True)
class Sharding:
    """Who counts texts in shards.

    Attributes
    ----------
    runner
        Does the tasks.
    memory
        Bytes for the process of each worker.
    size
        The bytes of a shard; None for 16 to 64 MB, by the size of its file.
    progress
        Told how far it has come.
    """

    runner: TaskRunner
    memory: int
    size: int | None = None
    progress: ShardProgress = field(default_factory=ShardProgress)


def add_in_shards(
    adding: Adding, corpus: Corpus, sharding: Sharding, budget: MemoryBudget, threads: int
) -> StoreChange:
    """Count texts in shards, and add those that are new to a store as one segment.

    Parameters
    ----------
    adding
        The addition to the store.
    corpus
        The texts; at the end its ``records`` are those that were read, without lines of others.
    sharding
        Who counts.
    budget, threads
        Memory and threads of this process, for the last sum.

    Raises
    ------
    UsageError, InputError, DataError, StorageError, OutputError
        As ``Store.add``; a UsageError too if one of the texts is no file.
    W2VError
        As the runner.
    """
    with ShardResults.of(adding.listing.folder) as results:
        return _Addition(adding, corpus, sharding, results).run(budget, threads)


class _Vanished(Exception):  # noqa: N818 - no error: they are made again, where needed
    """Results are gone that were there."""


class _Addition:
    """One run of ``add_in_shards``."""

    def __init__(
        self, adding: Adding, corpus: Corpus, sharding: Sharding, results: ShardResults
    ) -> None:
        self._adding = adding
        self._corpus = corpus
        self._runner = sharding.runner
        self._progress = sharding.progress
        self._size = sharding.size
        self._results = results
        self._sources = sources_of(corpus)
        sketched = sketch_size(len(self._sources))
        self._manner = Manner.of(corpus, adding.counting, sketched, sharding.memory)
        there = (entry for info in adding.listing.segments() for entry in info.inputs)
        self._hashes = TextHashes(corpus, self._sources, (entry["bytes"] for entry in there))

    def run(self, budget: MemoryBudget, threads: int) -> StoreChange:
        """Hash, count, and commit; again for what another process has added meanwhile."""
        self._hash(self._hashes.compressed())
        self._hash(self._hashes.doubtful())
        has_seen = False
        vanished = 0
        names: set[str] = set()
        while True:
            segments = self._adding.listing.segments()
            new, skipped = self._adding.new(self._hashes.records(), segments)
            shards = shards_of([self._sources[i] for i in new], self._size)
            roots = tree_of(shards, self._manner)
            names.update(node.name for root in roots for node in root.every())
            self._count(roots)
            self._hash(self._hashes.missing(), "reading")
            try:
                with self._using_results():
                    self._merge(roots)
                    records = self._records(roots, new)
                self._corpus.records = records
                if not has_seen:  # it sees each text once
                    self._hashes.replay(self._adding.beginnings)
                    has_seen = True
                self._check_words(records, skipped, segments)
                done = self._adding.decided(records, skipped, segments)
                if not new or self._commit(roots, done, budget, threads):
                    self._results.remove(names)
                    return done
            except _Vanished as error:
                vanished += 1
                if vanished == _ATTEMPTS:
                    raise W2VError(str(error)) from None

    @contextmanager
    def _using_results(self) -> Iterator[None]:
        """Notice that results are gone: they have the same names in another process."""
        try:
            yield
        except InputError as error:
            # It has counted the same, and removed them when it had added them up.
            raise _Vanished(str(error)) from None

    def _hash(self, indices: Sequence[int], stage: str = "comparing") -> None:
        """Read texts for their SHA-256."""
        tasks = self._hashes.tasks(indices)
        if tasks:
            self._progress.begin(f"{stage} texts", self._runner, len(tasks), unit="tasks")
            self._read([task for task, _ in tasks], dict(tasks))

    def _count(self, roots: Sequence[Node]) -> None:
        """Count the shards that no run has finished; texts that are new are hashed beside."""
        every = [node for root in roots for node in root.every() if node.shard]
        left = [node for node in lacking(roots, self._results) if node.shard]
        counting = [
            CountTask(node.shard, self._manner, self._results, node.name)
            for node in left
            if node.shard
        ]
        hashing = self._hashes.tasks(self._hashes.missing())
        taken_up = len(every) - len(left)
        self._progress.taken_up = taken_up
        self._progress.begin(
            "counting", self._runner, len(left), sum(task.stored for task in counting)
        )
        self._read([*(task for task, _ in hashing), *counting], dict(hashing))

    def _read(
        self, tasks: Sequence[CountTask | HashTask], texts: dict[HashTask, list[int]]
    ) -> None:
        """Do tasks that read texts, and keep what they find."""
        for task, result in read_by(self._runner, work, tasks, len(self._sources), self._progress):
            if isinstance(task, HashTask):
                assert isinstance(result, list)
                self._hashes.found.update(zip(texts[task], result, strict=True))
                if self._progress.unit == "tasks":
                    self._progress.advance(self._runner)
            elif isinstance(result, Result):
                if result.data is not None:
                    self._results.write(task.name, result.data)
                self._progress.advance(self._runner, task.stored, result.tokens)

    def _merge(self, roots: Sequence[Node]) -> None:
        """Add results up, the lower sums first."""
        left = [node for node in lacking(roots, self._results) if node.children]
        self._progress.begin("adding up", self._runner, len(left), unit="sums")
        for height in sorted({node.height for node in left}):
            nodes = [node for node in left if node.height == height]
            tasks = [
                MergeTask(
                    tuple(child.name for child in node.children),
                    self._manner,
                    self._results,
                    node.name,
                )
                for node in nodes
            ]
            for index, found in results_of(self._runner, merge_results, tasks):
                # A worker that does not see the folder leaves it to this process.
                result = merge_results(tasks[index]) if found is None else found
                if isinstance(result, W2VError):
                    raise result
                self._results.remove(tasks[index].names)
                self._progress.advance(self._runner)

    def _records(self, roots: Sequence[Node], new: Sequence[int]) -> list[InputRecord]:
        """Return the records of the texts that were counted."""
        infos = [SegmentInfo.read(self._results.path(root.name)) for root in roots]
        entries = parts.join((e for info in infos for e in info.inputs), self._manner.sketched)
        of_source = {entry["sha256"]: entry for entry in entries}
        return [self._record(i, of_source[self._sources[i].key]) for i in new]

    def _record(self, index: int, entry: dict[str, Any]) -> InputRecord:
        text, part = self._hashes.found[index], entry["part"]
        return InputRecord(
            self._sources[index].name,
            text.sha256,
            text.bytes,
            part["lines"],
            entry["tokens"],
            int(entry["fingerprint"], 16),
            BadBytes(part["bad"], part["first_bad"]),
            parts.sketch_of(entry),
        )

    def _check_words(
        self,
        records: Sequence[InputRecord],
        skipped: Sequence[InputRecord],
        segments: Sequence[SegmentInfo],
    ) -> None:
        texts = {record.sha256 for record in skipped}
        there = (e for info in segments for e in info.inputs if e["sha256"] in texts)
        tokens = sum(record.tokens for record in records)
        self._adding.check_words(tokens + sum(entry["tokens"] for entry in there))

    def _commit(
        self, roots: Sequence[Node], done: StoreChange, budget: MemoryBudget, threads: int
    ) -> bool:
        """Add the last sums up, and put the segment into the store."""
        self._progress.begin("writing the segment", self._runner, 0, unit="sums")
        label = self._adding.label
        with self._using_results(), ExitStack() as stack:
            segments = [
                stack.enter_context(open_verified(SegmentInfo.read(self._results.path(root.name))))
                for root in roots
            ]
            file = stack.enter_context(temporary_file())
            words = all_words(segments, budget.left)
            draft = merge(segments, label, file, threads, budget.left(len(words[0])), words)
            inputs = [input_of(record, label) for record in done.texts]
            return self._adding.commit(replace(draft, inputs=inputs), done)
