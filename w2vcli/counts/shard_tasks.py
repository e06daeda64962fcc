"""The tasks that workers do: count a shard, add results up, hash files.

Workers may be other processes or other machines: tasks and results can be pickled, and a worker
calls these functions by their names. Every task uses one thread. Failures that are expected are
returned, so that those of all files can be named together.
"""

import hashlib
import json
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from w2vcli.counts import parts
from w2vcli.counts.drafts import Draft, count, input_of, merge
from w2vcli.counts.listing import open_verified
from w2vcli.counts.memory_budget import MemoryBudget
from w2vcli.counts.segment_sums import all_words
from w2vcli.counts.segments import Counting, SegmentInfo
from w2vcli.counts.shard_results import ShardResults
from w2vcli.counts.shards import Shard, Source
from w2vcli.counts.spool import Spool
from w2vcli.errors import W2VError
from w2vcli.system.temporary import no_room, temporary_file
from w2vcli.text.corpus import Corpus
from w2vcli.text.expected import Expected
from w2vcli.text.hashed import HashedText, hash_text
from w2vcli.text.input_files import describe
from w2vcli.text.phrases import PhraseTable
from w2vcli.text.ranges import RangedCorpus, TextRange
from w2vcli.text.reading import Reading

_LABEL = "shard"  # of results, which nobody sees

T = TypeVar("T")


@dataclass(frozen=True)
class Manner:
    """How all shards of a run are counted.

    Attributes
    ----------
    counting
        The windows, and how texts become tokens.
    phrases, reading, expected
        As of ``Corpus``; of what a text is expected to be, only the mark at its end matters.
    sketched
        The lines in the sketch of a text; 0 for no sketches.
    memory
        Bytes for the process of a worker.
    """

    counting: Counting
    phrases: tuple[PhraseTable, ...]
    reading: Reading
    expected: Expected
    sketched: int
    memory: int

    @classmethod
    def of(cls, corpus: Corpus, counting: Counting, sketched: int, memory: int) -> "Manner":
        """Return how a corpus is counted."""
        reading = replace(corpus.reading, include=())
        return cls(counting, tuple(corpus.phrases), reading, corpus.expected, sketched, memory)

    def corpus(self, ranges: Sequence[TextRange]) -> RangedCorpus:
        """Return the corpus of some ranges."""
        rules = self.counting.rules
        whole = Corpus([], rules, self.phrases, self.reading)
        whole.expected = self.expected
        return RangedCorpus.of(whole, ranges)

    def name_of(self, shard: Shard) -> str:
        """Return the file of the result of a shard: another one for each way of counting it."""
        how = [
            self.counting.as_json(),
            [self.reading.encoding, self.reading.on_bad_bytes, self.expected.end_mark],
            self.sketched,
            [[each.name, each.identity, each.begin, each.end] for each in shard.ranges],
        ]
        return name_of(json.dumps(how))


def name_of(what: str) -> str:
    """Return the name of a result's file, which follows from what it is the result of."""
    return f"{hashlib.sha256(what.encode(errors='replace')).hexdigest()[:32]}.segment"


@dataclass(frozen=True)
class Result:
    """A result that is finished.

    Attributes
    ----------
    tokens
        How many tokens were counted.
    data
        The file, where the worker does not see the folder of the results; else None.
    """

    tokens: int
    data: bytes | None = None


@dataclass(frozen=True)
class ShardTask:
    """Something to do with a shard."""

    shard: Shard
    manner: Manner

    @property
    def title(self) -> str:
        """Its name in messages."""
        return self.shard.title

    @property
    def stored(self) -> int:
        """How many bytes of files it is."""
        return self.shard.stored


@dataclass(frozen=True)
class CountTask(ShardTask):
    """To count a shard."""

    results: ShardResults
    name: str


@dataclass(frozen=True)
class MergeTask:
    """To add results up to another."""

    names: tuple[str, ...]
    manner: Manner
    results: ShardResults
    name: str

    @property
    def title(self) -> str:
        """Its name in messages."""
        return f"the sum of {len(self.names)} shards"


@dataclass(frozen=True)
class HashTask:
    """To hash files.

    Attributes
    ----------
    files
        The files, each with rising lengths at which its SHA-256 is wanted, too.
    expected, encoding
        As of ``hash_text``.
    """

    files: tuple[tuple[Source, tuple[int, ...]], ...]
    expected: Expected
    encoding: str

    @property
    def title(self) -> str:
        """Its name in messages."""
        more = len(self.files) - 1
        first = describe(self.files[0][0].name)
        return f"the SHA-256 of {first}{f' and {more:,} more' if more else ''}"


def work(task: CountTask | HashTask) -> Result | list[HashedText] | W2VError:
    """Count a shard or hash files: the tasks of one run side by side."""
    return count_shard(task) if isinstance(task, CountTask) else hash_files(task)


def failures_returned(function: Callable[[Any], T], task: Any) -> T | W2VError:  # noqa: ANN401
    """Do a task; return an error of ours, so that it reaches the client."""
    try:
        return function(task)
    except W2VError as error:
        return error


def count_shard(task: CountTask) -> Result | W2VError:
    """Count a shard, into the folder of the results."""
    return failures_returned(_count, task)


def merge_results(task: MergeTask) -> Result | W2VError | None:
    """Add results up, within their folder; return None where that folder is not seen."""
    return failures_returned(_merge, task) if task.results.is_seen() else None


def hash_files(
    task: HashTask, advance: Callable[[int], object] = lambda _stored: None
) -> list[HashedText] | W2VError:
    """Read files for their SHA-256; ``advance`` as of ``hash_text``."""
    return failures_returned(partial(_hash, advance=advance), task)


def check_shard(task: ShardTask) -> W2VError | None:
    """Read a shard only to look for bytes that are no text."""

    def check(task: ShardTask) -> None:
        deque(task.manner.corpus(task.shard.ranges).chunks(), 0)

    return failures_returned(check, task)


def _count(task: CountTask) -> Result:
    budget = MemoryBudget(task.manner.memory)
    corpus = task.manner.corpus(task.shard.ranges)
    with (
        Spool(corpus, 1, budget.left, task.manner.sketched) as spool,
        temporary_file() as file,
    ):
        every = range(len(corpus.files))
        room = budget.left(len(spool.words))
        draft = count(spool, every, task.manner.counting, _LABEL, file, 1, room)
        inputs = [
            input_of(record, _LABEL) | _part(record.lines, each, record.bad.count, record.bad.first)
            for record, each in zip(spool.records, task.shard.ranges, strict=True)
        ]
        return _saved(replace(draft, inputs=inputs), task.results, task.name)


def _part(lines: int, each: TextRange, bad: int, first_bad: int) -> dict[str, Any]:
    """Return what the entry of a range has of its own, while the whole text is not known."""
    source = Source(each.name, each.size, each.identity, is_plain=True)
    end = each.size if each.end is None else each.end
    part = {"begin": each.begin, "end": end, "of": each.size}
    return {
        "sha256": source.key,
        "part": part | {"lines": lines, "bad": bad, "first_bad": first_bad},
    }


def _saved(draft: Draft, results: ShardResults, name: str) -> Result:
    tokens = int(draft.counts.sum())
    if results.is_seen():
        draft.save(results.path(name))
        return Result(tokens)
    with no_room(), tempfile.TemporaryDirectory(prefix="w2vcli-") as folder:
        path = Path(folder, name)
        draft.save(path)
        return Result(tokens, path.read_bytes())


def _merge(task: MergeTask) -> Result:
    budget = MemoryBudget(task.manner.memory)
    with ExitStack() as stack:
        segments = [
            stack.enter_context(open_verified(SegmentInfo.read(task.results.path(name))))
            for name in task.names
        ]
        file = stack.enter_context(temporary_file())
        words = all_words(segments, budget.left)
        draft = merge(segments, _LABEL, file, 1, budget.left(len(words[0])), words)
        sketched = task.manner.sketched
        joined = parts.join((e for s in segments for e in s.info.inputs), sketched)
        return _saved(replace(draft, inputs=joined), task.results, task.name)


def _hash(task: HashTask, advance: Callable[[int], object]) -> list[HashedText]:
    found = []
    for source, lengths in task.files:
        each = source.range()
        each.check_unchanged()
        found.append(hash_text(each.name, lengths, task.expected, task.encoding, advance))
        each.check_unchanged()
    return found
