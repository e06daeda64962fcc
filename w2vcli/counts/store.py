"""The count store: a folder of segments, whose counts add up to those of all their texts.

The segments in the folder are the store. A segment never changes: it appears by one rename, or is
removed. A segment may replace others: it names them, and from the moment it appears they are
ignored, so that a reader finds whole texts, each once. ``listing`` reads the folder, and
``transaction`` replaces segments. The lock of the store is held only while a finished segment is
written; the counting before it needs no lock.
"""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

from w2vcli.counts import labels, parts
from w2vcli.counts.adding import Adding
from w2vcli.counts.changes import StoreChange, parted
from w2vcli.counts.choices import OnOverlap
from w2vcli.counts.drafts import Draft, count, merge, prune, subtract
from w2vcli.counts.segment_sums import all_words
from w2vcli.counts.segments import Counting, SegmentInfo
from w2vcli.counts.sharded import Sharding, add_in_shards
from w2vcli.counts.shards import Share
from w2vcli.counts.share import add_share
from w2vcli.counts.spool import Spool
from w2vcli.counts.spool_of_parts import check_cuttable, parts_of, spool_of_parts
from w2vcli.counts.store_reader import StoreReader
from w2vcli.counts.transaction import changed, replace, transaction
from w2vcli.errors import DataError, InputError, UsageError
from w2vcli.system.telling import telling
from w2vcli.system.temporary import temporary_file
from w2vcli.text.corpus import Corpus
from w2vcli.text.windows import Windows


class Store(StoreReader):
    """A count store; ``add`` makes its folder. The parameters are those of ``StoreReader``."""

    @telling()
    def add(
        self,
        corpus: Corpus,
        label: str,
        windows: Windows | None = None,
        overlap: OnOverlap = "warn",
        sharding: Sharding | None = None,
        share: Share | None = None,
    ) -> StoreChange:
        """Count the texts that are not in the store yet, as one segment.

        Parameters
        ----------
        corpus
            The texts.
        label
            The label of the segment.
        windows
            The windows; None for those of the store.
        overlap
            What becomes of texts that share much with others, and so would count in part twice:
            with ``warn`` they are counted, and the change names them; with ``refuse`` nothing is.
        sharding
            Who counts the texts, cut into shards; None for the threads of this process. The bytes
            of the segment do not depend on it.
        share
            Count only this share of them, in this process (``counts.share``); None for all.

        Raises
        ------
        UsageError
            If the store counts in another way, or this cannot be a label.
        InputError, DataError, StorageError
            As ``Corpus.chunks``; an InputError too if the corpus has no words, a DataError if a
            segment is damaged, or texts overlap and that is refused, or a part of one is there.
        OutputError
            If the folder cannot be made or written to.
        """
        counting = Counting(windows or self.windows(), corpus.rules)
        adding = Adding(self._listing, corpus, counting, label, overlap)
        if share:
            return add_share(adding, corpus, share, self._budget, self._threads)
        if sharding:
            return add_in_shards(adding, corpus, sharding, self._budget, self._threads)
        corpus.beginnings = adding.beginnings
        with Spool(corpus, self._threads, self._budget.left) as spool:
            adding.check_words(len(spool.words))
            while True:
                segments = self.segments()
                new, skipped = adding.new(spool.records, segments)
                done = adding.decided([spool.records[i] for i in new], skipped, segments)
                if not new:
                    return done
                with temporary_file() as file:
                    room = self._budget.left(len(spool.words))
                    draft = count(spool, new, counting, label, file, self._threads, room)
                    if adding.commit(draft, done):
                        return done

    @telling()
    def subtract(self, corpus: Corpus, windows: Windows | None = None) -> StoreChange:
        """Take texts out of the segments that they were counted in, one segment after the other.

        Raises
        ------
        UsageError, InputError, DataError, StorageError, OutputError
            As ``add``; a DataError too if a text is one of several in a segment that was pruned.
        """
        done = StoreChange()
        with self._spooled(corpus, Counting(windows or self.windows(), corpus.rules)) as spool:
            there = {text for info in self.segments() for text in info.texts}
            wanted, skipped = parted(spool.records, there, there=True)
            places = {spool.records[i].sha256: i for i in wanted}
            for segment in self.segments():
                _check_whole(segment, places.keys())
                check_cuttable(segment, corpus, places)
            done.skipped.extend(skipped)
            taken: set[int] = set()
            while info := next((a for a in self.segments() if a.texts & places.keys()), None):
                files = [places[text] for text in sorted(info.texts & places.keys())]
                if self._take_out(info, corpus, spool, files, done):
                    done.texts.extend(spool.records[i] for i in files if i not in taken)
                    taken.update(files)  # a text may be in several segments, in parts
        return done

    @contextmanager
    def _spooled(self, corpus: Corpus, counting: Counting) -> Iterator[Spool]:
        """Read a corpus, after checking that the store counts in this way and can be changed."""
        with transaction(self._listing):
            self._listing.check_counting(self.segments(), counting)
        with Spool(corpus, self._threads, self._budget.left) as spool:
            yield spool

    def _take_out(
        self,
        info: SegmentInfo,
        corpus: Corpus,
        spool: Spool,
        files: list[int],
        done: StoreChange,
    ) -> bool:
        """Take texts out of a segment; return False if another process has replaced it."""
        if len(files) == len(info.texts):
            return self._replace([info], None, done)
        _check_whole(info, {spool.records[file].sha256 for file in files})
        with ExitStack() as stack:
            try:
                segment = stack.enter_context(self._listing.open(info))
            except InputError:
                return False
            places = {spool.records[file].sha256: file for file in files}
            if parts_of(info, places):
                spool = spool_of_parts(info, corpus, places, self._threads)
                files = list(range(len(stack.enter_context(spool).records)))
            spare = [stack.enter_context(temporary_file()) for _ in range(2)]
            room = self._budget.left(len(spool.words) + 2 * info.types)
            draft = subtract(segment, spool, files, spare[0], spare[1], self._threads, room)
            return self._replace([info], draft, done)

    @telling()
    def compact(self, which: str | None = None, label: str | None = None) -> StoreChange:
        """Merge segments into one; the sums stay as they are.

        Parameters
        ----------
        which
            As in ``segments``.
        label
            Of the new segment; by default that of the old ones, or ``first..last``.

        Raises
        ------
        UsageError, InputError, DataError, StorageError, OutputError
            As ``add``.
        """
        if label is not None:
            labels.check(label)
        with transaction(self._listing):
            # What killed processes have left is removed even if there is nothing to merge.
            if which is not None and not self.segments(which) and self.segments():
                return StoreChange()
        while True:
            done = StoreChange()
            with self.opened(which) as segments, temporary_file() as file:
                old = [segment.info for segment in segments]
                if len(old) == 1 and not parts.has_wholes(old[0].inputs):
                    return done
                name = label or labels.span([info.label for info in old])
                words = all_words(segments, self._budget.left)
                room = self._budget.left(len(words[0]))
                draft = merge(segments, name, file, self._threads, room, words)
                if self._replace(old, draft, done):
                    return done

    @telling()
    def prune(self, min_count: int, which: str | None = None) -> StoreChange:
        """Drop words that are rare in the whole store from segments, with their pairs.

        The texts stay the ones that the store holds. Trained with this ``min_count`` or a higher
        one, and no further texts, the vectors are the same as before: no word is among those to
        learn that has lost a count.

        Parameters
        ----------
        min_count
            2 or more: words that occur less often in all segments together are dropped.
        which
            The segments to drop them from, as in ``segments``.

        Returns
        -------
        done
            Nothing is made of a segment that has no such words.

        Raises
        ------
        UsageError, InputError, DataError, StorageError, OutputError
            As ``add``.
        """
        if min_count < 2:
            raise UsageError("no word is rarer than 1; give a least count of 2 or more")
        done = StoreChange()
        dropped: set[bytes] = set()
        with transaction(self._listing):
            pass  # as in ``compact``
        while True:
            with self.opened() as segments:
                every = [segment.info for segment in segments]
                chosen = {info.path for info in self._listing.chosen(every, which)}
                words, counts, ids = all_words(segments, self._budget.left)
                room = self._budget.left(max(info.types for info in every))
                for segment, own in zip(segments, ids, strict=True):
                    rare = counts[own] < min_count
                    if segment.info.path not in chosen or not rare.any():
                        continue
                    with temporary_file() as file:
                        draft = prune(segment, ~rare, min_count, file, self._threads, room)
                        if not self._replace([segment.info], draft, done):
                            break  # another process has replaced it: look again
                    dropped.update(words[i] for i in own[rare].tolist())
                else:
                    return StoreChange(done.made, done.gone, types=len(dropped))

    @telling()
    def keep(self, which: str) -> StoreChange:
        """Remove the segments of all labels but some, chosen as by ``segments``.

        Their texts are as if they had never been counted: they can be counted again.

        Raises
        ------
        InputError, DataError
            As ``segments``.
        StorageError, OutputError
            As ``remove``.
        """

        def removed() -> StoreChange:
            every = self.segments()
            kept = {info.path for info in self._listing.chosen(every, which)}
            old = [info for info in every if info.path not in kept]
            replace(self._listing, old, None)
            return StoreChange(gone=old)

        return changed(self._listing, removed)

    @telling()
    def remove(self, label: str) -> StoreChange:
        """Remove the segments of a label.

        Raises
        ------
        UsageError
            If this cannot be a label.
        InputError
            If there are none.
        DataError
            As ``segments``.
        StorageError, OutputError
            If a file cannot be removed, or the folder not be written to.
        """
        if not labels.is_label(label):
            raise UsageError(f"'{label}' is not a label; 'w2vcli store' lists those that there are")

        def removed() -> StoreChange:
            old = self.segments(label)
            replace(self._listing, old, None)
            return StoreChange(gone=old)

        return changed(self._listing, removed)

    def _replace(self, old: list[SegmentInfo], draft: Draft | None, done: StoreChange) -> bool:
        """Replace segments by another, or remove them; return False if one of them is gone."""

        def replaced() -> bool:
            if not {info.path for info in old} <= {info.path for info in self.segments()}:
                return False
            done.made.extend(replace(self._listing, old, draft))
            done.gone.extend(old)
            return True

        return changed(self._listing, replaced)


def _check_whole(info: SegmentInfo, texts: Collection[str]) -> None:
    """Raise a DataError if some of the texts of a segment cannot be taken out of it."""
    if info.pruned and 0 < len(info.texts & set(texts)) < len(info.texts):
        raise DataError(
            f"{info.path}: its words rarer than {info.pruned.min_count} were pruned, so no text "
            "can be taken out of it exactly; take out all its texts, or remove its label with "
            "'w2vcli store --remove'"
        )
