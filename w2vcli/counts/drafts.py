"""Drafts of segments, within a memory limit: texts counted or taken out, merged, pruned."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts import parts
from w2vcli.counts.cooccurrence import merged_counts
from w2vcli.counts.external_sum import MEMORY, packed, written_between
from w2vcli.counts.overlaps import bounded
from w2vcli.counts.packed_runs import PackedRun, SortedRun
from w2vcli.counts.pruned import Pruned, together
from w2vcli.counts.segment_sums import AllWords, all_parts, all_words, pair_sums
from w2vcli.counts.segments import Counting, Segment, version_of
from w2vcli.counts.spool import Spool
from w2vcli.errors import DataError
from w2vcli.system.bytes_on_disk import BytesOnDisk
from w2vcli.system.tensor_file import write_tensors
from w2vcli.text.corpus import InputRecord
from w2vcli.text.tokens import UNKNOWN, renumbered

_NO_ID = -1


@dataclass(frozen=True)
class Draft:
    """A segment that is not in the store yet; its pairs wait in a temporary file.

    Attributes
    ----------
    label, counting, inputs, pruned
        As in ``SegmentInfo``.
    words
        The words in UTF-8, in the order of their bytes.
    counts
        int64 (V,): how often each word occurs.
    pairs
        The pair counts.
    """

    label: str
    counting: Counting
    inputs: list[dict[str, Any]]
    words: list[bytes]
    counts: NDArray[np.int64]
    pairs: PackedRun
    pruned: Pruned | None = None

    def save(self, path: Path, replaces: Iterable[str] = ()) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        OutputError, StorageError
            As ``files.atomic_output``.
        """
        info: dict[str, Any] = {
            "label": self.label,
            **self.counting.as_json(),
            "inputs": sorted(bounded(self.inputs), key=lambda e: (e["sha256"], parts.place(e))),
            "types": len(self.words),
            "pairs": self.pairs.entries,
            "replaces": sorted(replaces),
            **({"pruned": self.pruned.as_json()} if self.pruned else {}),
        }
        text = b"".join(word + b"\n" for word in self.words)
        tensors: dict[str, NDArray[Any] | BytesOnDisk] = {
            "words": np.frombuffer(text, np.uint8),
            "counts": self.counts,
            "pairs": self.pairs.data,
            "frame_firsts": self.pairs.firsts,
            "frame_ends": self.pairs.ends,
        }
        write_tensors(path, version_of(self.inputs, self.pruned), tensors, info)


def input_of(record: InputRecord, label: str) -> dict[str, Any]:
    """Return the entry of a text in a segment's metadata."""
    return {
        "label": label,
        "name": record.name,
        "sha256": record.sha256,
        "bytes": record.bytes,
        "tokens": record.tokens,
        "fingerprint": f"{record.fingerprint:016x}",
        **({"sketch": record.sketch.as_json()} if record.sketch else {}),
    }


def count(
    spool: Spool,
    files: Sequence[int],
    counting: Counting,
    label: str,
    file: IO[bytes],
    threads: int = 1,
    memory: int = MEMORY,
) -> Draft:
    """Count some texts.

    Parameters
    ----------
    spool, files
        The texts, and the indices of those to count.
    counting
        How to count.
    label
        The label of the segment.
    file
        A temporary file for the pairs, which must stay open until the draft is saved.
    threads
        The number of threads.
    memory
        Bytes for counts that are not merged yet; beyond that they wait in temporary files.
    """
    counts = spool.counts(files)
    order = sorted(np.flatnonzero(counts).tolist(), key=spool.words.__getitem__)
    new_ids = np.full(len(counts), UNKNOWN, np.int32)
    new_ids[order] = np.arange(len(order), dtype=np.int32)
    streams = (renumbered(stream, new_ids) for stream in spool.streams(files))
    runs = merged_counts(streams, len(order), counting.windows, threads, memory)
    return Draft(
        label,
        counting,
        [input_of(spool.records[file_], label) for file_ in files],
        [spool.words[i] for i in order],
        counts[order],
        packed(runs, file),
    )


def tombstone(label: str, counting: Counting) -> Draft:
    """Return an empty segment, which only replaces others; the parameters are ``count``'s."""
    none = np.empty(0, np.int64)
    pairs = PackedRun(BytesOnDisk(io.BytesIO(), 0, 0), none, none, 0)
    return Draft(label, counting, [], [], none, pairs)


def merge(
    segments: Sequence[Segment],
    label: str,
    file: IO[bytes],
    threads: int = 1,
    memory: int = MEMORY,
    known: AllWords | None = None,
) -> Draft:
    """Add segments up; ``label``, ``file``, ``threads`` and ``memory`` are those of ``count``.

    ``known`` are their words, from ``all_words``, if the caller has them.

    Raises
    ------
    DataError
        If a segment is damaged.
    """
    words, counts, ids = known or all_words(segments)
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(len(order))
    sources = [(segment, rank[own]) for segment, own in zip(segments, ids, strict=True)]
    return Draft(
        label,
        segments[0].info.counting,
        [
            parts.whole(entry)
            for entry in parts.join(entry for s in segments for entry in s.info.inputs)
        ],
        [words[i] for i in order],
        counts[order],
        packed(pair_sums(sources, len(words), threads, memory), file),
        together(segment.info.pruned for segment in segments),
    )


def prune(
    segment: Segment,
    kept: NDArray[np.bool_],
    min_count: int,
    file: IO[bytes],
    threads: int = 1,
    memory: int = MEMORY,
) -> Draft:
    """Drop some words of a segment, and their pairs, and mark it.

    Parameters
    ----------
    segment
        The segment.
    kept
        bool (V,): whether to keep each of its words; not all of them.
    min_count
        For the mark: the dropped words are rarer.
    file, threads, memory
        Those of ``count``.

    Raises
    ------
    DataError
        If the segment is damaged.
    """
    new_ids = np.where(kept, np.cumsum(kept) - 1, _NO_ID)
    left = int(kept.sum())
    mark = Pruned(min_count, int(segment.counts[~kept].sum()))
    return Draft(
        segment.info.label,
        segment.info.counting,
        segment.info.inputs,
        [word for word, stays in zip(segment.words, kept.tolist(), strict=True) if stays],
        segment.counts[kept],
        packed(pair_sums([(segment, new_ids)], left, threads, memory), file),
        together([segment.info.pruned, mark]),
    )


def subtract(
    segment: Segment,
    spool: Spool,
    files: Sequence[int],
    file: IO[bytes],
    other_file: IO[bytes],
    threads: int = 1,
    memory: int = MEMORY,
) -> Draft:
    """Subtract some of the texts of a segment, not all of them.

    The parameters are those of ``count``; ``other_file`` is another temporary file.

    Raises
    ------
    DataError
        If the segment does not hold the counts of these texts.
    """
    lacking = segment.bad("it names these texts but does not hold their counts")
    ids = {word: index for index, word in enumerate(segment.words)}
    taken = spool.counts(files)
    new_ids = np.array([ids.get(word, UNKNOWN) for word in spool.words], np.int32)
    if (new_ids[taken > 0] == UNKNOWN).any():
        raise lacking
    known = new_ids != UNKNOWN
    counts = segment.counts.copy()
    counts[new_ids[known]] -= taken[known]
    if (counts < 0).any():
        raise lacking
    size = len(counts)
    streams = (renumbered(stream, new_ids) for stream in spool.streams(files))
    less = packed(
        merged_counts(streams, size, segment.info.counting.windows, threads, memory), other_file
    )
    rank = np.where(counts > 0, np.cumsum(counts > 0) - 1, _NO_ID)
    left = int((counts > 0).sum())

    def rest() -> Iterator[SortedRun]:
        for keys, totals in _difference(segment, less, lacking):
            high, low = rank[keys // size], rank[keys % size]
            if (high == _NO_ID).any() or (low == _NO_ID).any():
                raise lacking
            yield high * left + low, totals

    gone = {spool.records[file_].sha256 for file_ in files}
    return Draft(
        segment.info.label,
        segment.info.counting,
        [entry for entry in segment.info.inputs if entry["sha256"] not in gone],
        [word for word, count in zip(segment.words, counts.tolist(), strict=True) if count],
        counts[counts > 0],
        packed(rest(), file),
    )


def _difference(segment: Segment, less: PackedRun, lacking: DataError) -> Iterator[SortedRun]:
    """Yield the differences of the pair counts of a segment and others, without the zeros."""
    subtracted = 0
    for keys, totals in all_parts(segment):
        less_keys, less_totals = written_between(less, int(keys[0]), int(keys[-1]) + 1)
        places = np.searchsorted(keys, less_keys)
        if (keys[places] != less_keys).any():
            raise lacking
        totals[places] -= less_totals
        subtracted += len(places)
        if (totals < 0).any():
            raise lacking
        yield keys[totals > 0], totals[totals > 0]
    if subtracted != less.entries:
        raise lacking
