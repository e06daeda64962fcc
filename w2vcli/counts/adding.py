"""Texts on their way into a store: which are new, which overlap others, and the one commit.

Whoever counts them, this decides: ``Store.add`` with the threads of this process, ``sharded`` with
the tasks of several.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from w2vcli.counts import labels, parts
from w2vcli.counts.changes import StoreChange, parted, texts_of
from w2vcli.counts.choices import OnOverlap
from w2vcli.counts.drafts import Draft
from w2vcli.counts.listing import Listing
from w2vcli.counts.overlaps import check_apart, shared_lines
from w2vcli.counts.segments import Counting, SegmentInfo
from w2vcli.counts.transaction import changed, replace, transaction
from w2vcli.errors import DataError, InputError
from w2vcli.text.beginnings import Beginnings
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.input_files import describe


class Adding:
    """Adds texts to a store; makes its folder.

    Parameters
    ----------
    listing
        The segments of the store.
    corpus
        The texts.
    counting, label, overlap
        As of ``Store.add``.

    Attributes
    ----------
    beginnings
        Finds texts that are the beginning of others; it has to see all texts.

    Raises
    ------
    UsageError
        If the store counts in another way, or this cannot be a label.
    InputError, DataError, StorageError
        If the store cannot be read.
    OutputError
        If the folder cannot be made or written to.
    """

    def __init__(
        self, listing: Listing, corpus: Corpus, counting: Counting, label: str, overlap: OnOverlap
    ) -> None:
        labels.check(label)
        listing.make()
        there = [entry for info in listing.segments() for entry in info.inputs]
        self.beginnings = Beginnings({entry["sha256"]: entry["bytes"] for entry in there})
        self.listing = listing
        self.counting = counting
        self.label = label
        self._corpus = corpus
        self._overlap = overlap
        self._names = {entry["sha256"]: entry["name"] for entry in there}
        with transaction(listing):
            listing.check_counting(listing.segments(), counting)

    def check_words(self, tokens: int) -> None:
        """Raise an InputError if all the texts together have no tokens."""
        if not tokens:
            raise InputError(f"{self._corpus.name}: there are no words in it; give text")

    def new(
        self, records: list[InputRecord], segments: list[SegmentInfo]
    ) -> tuple[list[int], list[InputRecord]]:
        """Return the indices of the texts that are not in the store, and the other texts.

        Raises
        ------
        DataError
            If a part of one is.
        """
        new, skipped = parted(records, texts_of(segments), there=False)
        for i in new:
            check_apart_from_parts(records[i], segments)
        return new, skipped

    def decided(
        self,
        records: Sequence[InputRecord],
        skipped: list[InputRecord],
        segments: list[SegmentInfo],
    ) -> StoreChange:
        """Return what is known of new texts before they are added.

        Parameters
        ----------
        records
            The new texts, with their sketches; ``beginnings`` has seen them.
        skipped
            Texts that are there already.
        segments
            The store.

        Raises
        ------
        DataError
            If they overlap others, and that is refused.
        """
        counted = {record.sha256: record.name for record in records}
        found = [pair for pair in self.beginnings.found if counted.keys() & set(pair)]
        names = self._names | counted
        pairs = [(describe(names[start]), describe(names[longer])) for start, longer in found]
        shared = shared_lines(segments, records, found)
        if self._overlap == "refuse":
            check_apart(pairs, shared)
        return StoreChange([], [], list(records), skipped, pairs, shared)

    def commit(self, draft: Draft, done: StoreChange) -> bool:
        """Put a segment into the store; return False if one of its texts is there meanwhile.

        Raises
        ------
        UsageError
            If the store counts in another way by now.
        StorageError, OutputError
            If the segment cannot be written.
        """

        def added() -> bool:
            segments = self.listing.segments()
            self.listing.check_counting(segments, self.counting)
            there = [entry for info in segments for entry in info.inputs]
            # Another process may have added some of them meanwhile.
            if meet(draft.inputs, there):
                return False
            done.made.extend(replace(self.listing, [], draft))
            return True

        return changed(self.listing, added)


def check_apart_from_parts(record: InputRecord, segments: Sequence[SegmentInfo]) -> None:
    """Raise a DataError if a text is in the store in part."""
    found = parts.incomplete(entry for info in segments for entry in info.inputs)
    if record.sha256 in found:
        raise DataError(
            f"{record.title}: a part of this text is in the store already "
            f"({parts.title(found[record.sha256][0])}); count its other parts, with --shard as "
            "that one, or take it out with 'w2vcli count --subtract'"
        )


def meet(entries: Iterable[dict[str, Any]], there: Iterable[dict[str, Any]]) -> bool:
    """Return whether some of a text would count twice, if entries are added to others."""
    known: dict[str, list[dict[str, Any]]] = {}
    for entry in there:
        known.setdefault(entry["sha256"], []).append(entry)
    return any(parts.collide(new, old) for new in entries for old in known.get(new["sha256"], []))
