"""A share of texts, counted as a segment of its own by a process that knows of no other.

All processes see the same files, and cut the same shares of them. Of the texts that it counts, also
of those in part, a process first reads the whole, for the SHA-256: so all know a text by the same
name, and its parts add up to it (``parts``) when their segments are merged.
"""

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

from w2vcli.counts import parts
from w2vcli.counts.adding import Adding, check_apart_from_parts
from w2vcli.counts.changes import StoreChange, texts_of
from w2vcli.counts.drafts import count, input_of
from w2vcli.counts.memory_budget import MemoryBudget
from w2vcli.counts.overlaps import sketch_size
from w2vcli.counts.segments import SegmentInfo
from w2vcli.counts.shard_tasks import hash_files
from w2vcli.counts.shards import Share, share_of, sources_of
from w2vcli.counts.spool import Spool
from w2vcli.counts.text_hashes import TextHashes
from w2vcli.errors import DataError, W2VError
from w2vcli.system.temporary import temporary_file
from w2vcli.system.threads import ordered_map
from w2vcli.text.beginnings import MOST_INPUTS
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.decoding import BadBytes
from w2vcli.text.ranges import RangedCorpus, TextRange


def add_share(
    adding: Adding, corpus: Corpus, share: Share, budget: MemoryBudget, threads: int
) -> StoreChange:
    """Count a share of texts, and add what is new of it to a store as one segment.

    Parameters
    ----------
    adding
        The addition to the store.
    corpus
        All texts; at the end its ``records`` are those of the ranges that were read.
    share
        Which share of them.
    budget, threads
        Memory and threads.

    Returns
    -------
    done
        Nothing is made of a share that is there already, or that has no bytes.

    Raises
    ------
    UsageError, InputError, DataError, StorageError, OutputError
        As ``Store.add``; a UsageError too if one of the texts is no file, a DataError if a file
        changes meanwhile, or a range of a text is there in another share.
    """
    return _Addition(adding, corpus, share, threads).run(budget)


class _Addition:
    """One run of ``add_share``."""

    def __init__(self, adding: Adding, corpus: Corpus, share: Share, threads: int) -> None:
        self._adding = adding
        self._corpus = corpus
        self._threads = threads
        self._sources = sources_of(corpus)
        self._share = share
        self._ranges = dict(share_of(self._sources, share))
        if not any(source.size for source in self._sources):
            adding.check_words(0)
        there = (entry for info in adding.listing.segments() for entry in info.inputs)
        self._hashes = TextHashes(corpus, self._sources, (entry["bytes"] for entry in there))

    def run(self, budget: MemoryBudget) -> StoreChange:
        """Hash, count, and commit; again for what another process has added meanwhile."""
        copies = self._hash()
        segments = self._adding.listing.segments()
        counted, skipped = self._parted(segments, copies)
        if not counted:
            return self._adding.decided([], [record for _, record in skipped], segments)
        ranged = RangedCorpus.of(self._corpus, [self._ranges[i] for i in counted])
        ranged.progress = self._corpus.progress
        sketched = sketch_size(len(self._sources))
        with Spool(ranged, self._threads, budget.left, sketched) as spool:
            places = {i: place for place, i in enumerate(counted)}
            records = {i: self._record(i, ranged, places[i]) for i in counted}
            self._corpus.records = list(records.values())
            while True:
                new = [i for i in counted if i not in {r for r, _ in skipped}]
                known = [record for _, record in skipped]
                done = self._adding.decided([records[i] for i in new], known, segments)
                if not new:
                    return done
                with temporary_file() as file:
                    room = budget.left(len(spool.words))
                    draft = count(
                        spool, [places[i] for i in new], self._adding.counting,
                        self._adding.label, file, self._threads, room,
                    )  # fmt: skip
                    inputs = [self._entry(records[i], self._sources[i].size) for i in new]
                    if self._adding.commit(replace(draft, inputs=inputs), done):
                        return done
                segments = self._adding.listing.segments()
                skipped = self._parted(segments, copies)[1]

    def _hash(self) -> set[int]:
        """Read the texts of the share for their SHA-256; return those that are copies of others.

        Others are those before them, which may be in other shares: files of as many bytes are
        compared. Of a text that is there compressed, too, the plain file counts, as only its shares
        can be counted.
        """
        sizes = [source.size for source in self._sources]
        of_size: dict[int, list[int]] = {}
        for i, size in enumerate(sizes):
            of_size.setdefault(size, []).append(i)
        compared = set(self._ranges)
        compared.update(j for i in self._ranges for j in of_size[sizes[i]] if j < i)
        # Those of which the length is known only now come first: others may begin with them.
        self._read(self._hashes.compressed(), compared)
        unpacked = {i: text.bytes for i, text in self._hashes.found.items() if i in self._ranges}
        compared.update(j for size in unpacked.values() for j in of_size.get(size, []))
        self._read(self._hashes.missing(), compared)
        texts = self._hashes.found
        beginnings = self._adding.beginnings
        if len(sizes) <= MOST_INPUTS:
            beginnings.expect(sizes)
        owner: dict[str, int] = {}
        for i in sorted(compared, key=lambda i: (not self._sources[i].is_plain, i)):
            owner.setdefault(texts[i].sha256, i)
        for i in sorted(self._ranges):
            if owner[texts[i].sha256] == i:
                beginnings.add(texts[i].sha256, texts[i].bytes, texts[i].starts)
        return {i for i in self._ranges if owner[texts[i].sha256] != i}

    def _read(self, indices: Sequence[int], compared: Collection[int]) -> None:
        tasks = self._hashes.tasks([i for i in indices if i in compared])
        progress = self._corpus.progress
        progress.begin([source.size for task, _ in tasks for source, _ in task.files])
        hashing = partial(hash_files, advance=progress.read)
        hashed = ordered_map(hashing, (task for task, _ in tasks), self._threads)
        with closing(hashed) as results:  # else an error would keep its threads
            for (_, group), result in zip(tasks, results, strict=True):
                if isinstance(result, W2VError):
                    raise result
                self._hashes.found.update(zip(group, result, strict=True))

    def _parted(
        self, segments: list[SegmentInfo], copies: Collection[int]
    ) -> tuple[list[int], list[tuple[int, InputRecord]]]:
        """Return the indices of the texts of which the share is new, and the others.

        Raises
        ------
        DataError
            If some of the share of a text is there, but not all of it.
        """
        known = texts_of(segments)
        runs = parts.incomplete(entry for info in segments for entry in info.inputs)
        new, others = [], []
        for i, each in self._ranges.items():
            text = self._hashes.found[i]
            record = InputRecord(each.name, text.sha256, text.bytes, part=_part(each))
            there = runs.get(text.sha256, [])
            if i in copies or text.sha256 in known or _is_among(record, there):
                others.append((i, record))
                continue
            _check_apart(record, there, segments)
            new.append(i)
        return new, others

    def _record(self, index: int, ranged: RangedCorpus, place: int) -> InputRecord:
        """Return the record of what was counted of a text, which is named by all of it."""
        text, record, bad = self._hashes.found[index], ranged.records[place], BadBytes()
        if record.bad.count:
            bad = BadBytes(record.bad.count, ranged.lines_before(place) + record.bad.first)
        part = _part(self._ranges[index])
        return replace(record, sha256=text.sha256, bytes=text.bytes, bad=bad, part=part)

    def _entry(self, record: InputRecord, size: int) -> dict[str, Any]:
        """Return the entry of what was counted of a text, of which the file has so many bytes."""
        entry = input_of(record, self._adding.label)
        if self._share.of == 1:
            return entry
        begin, end, of = record.part or (0, size, size)
        part = {"begin": begin, "end": end, "of": of}
        sketched = sketch_size(len(self._sources))
        few = {"sketched": sketched} if 0 < sketched < parts.LINES_OF_SKETCH else {}
        return entry | {"part": part | few}


def _part(each: TextRange) -> tuple[int, int, int] | None:
    """Return the part of its file that a range is; None if it is all of it."""
    return None if each.end is None else (each.begin, each.end, each.size)


def _is_among(record: InputRecord, there: Sequence[dict[str, Any]]) -> bool:
    """Return whether all of a part is in some run of the parts of its text."""
    if record.part is None:
        return False
    begin, end, _ = record.part
    return any(run["part"]["begin"] <= begin and end <= run["part"]["end"] for run in there)


def _check_apart(
    record: InputRecord, there: Sequence[dict[str, Any]], segments: Sequence[SegmentInfo]
) -> None:
    """Raise a DataError if some of a share of a text is among the parts of it that are there."""
    if record.part is None:
        check_apart_from_parts(record, segments)
        return
    begin, end, _ = record.part
    for run in there:
        if run["part"]["begin"] < end and begin < run["part"]["end"]:
            raise DataError(
                f"{record.title}: some of it is in the store already, which was counted in other "
                f"shares ({parts.title(run)}); give --shard I/N with the same N and the same "
                "texts, or take the text out with 'w2vcli count --subtract'"
            )
