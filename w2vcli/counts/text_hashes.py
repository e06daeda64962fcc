"""The SHA-256 of the texts of a run, read by workers: which are there already, which begin others.

A text can only be one that is known if it has as many bytes. So texts whose length says that are
read first, for their SHA-256 alone, and need not be counted; all others while they are counted.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from w2vcli.counts.shard_tasks import HashTask
from w2vcli.counts.shards import LEAST_SHARD, Source
from w2vcli.text.beginnings import MOST_INPUTS, Beginnings
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.hashed import HashedText

_MOST_FILES = 1000


class TextHashes:
    """What is known of the texts of a corpus without their words.

    Parameters
    ----------
    corpus, sources
        The texts, and their files.
    known
        The bytes of each text that is in the store.

    Attributes
    ----------
    found
        What is known, by the index of the text.
    """

    def __init__(self, corpus: Corpus, sources: Sequence[Source], known: Iterable[int]) -> None:
        self.found: dict[int, HashedText] = {}
        self._sources = sources
        self._known = {length for length in known if length}
        self._expected = corpus.expected
        self._encoding = corpus.reading.encoding
        self._unknown = [
            not source.is_plain or corpus.expected.end_mark is not None for source in sources
        ]

    def sizes(self) -> list[int | None]:
        """Return how many bytes each text has; None if that is not known yet."""
        return [
            self.found[i].bytes if i in self.found else None if self._unknown[i] else source.size
            for i, source in enumerate(self._sources)
        ]

    def compressed(self) -> list[int]:
        """Return the texts whose length is not known, if there are others that they may be."""
        many = len(self._sources) > 1 or bool(self._known)
        return [i for i, unknown in enumerate(self._unknown) if unknown and many]

    def doubtful(self) -> list[int]:
        """Return the texts, not read yet, that have as many bytes as another, or as one known."""
        sizes = self.sizes()
        often = Counter(sizes)
        return [
            i
            for i, size in enumerate(sizes)
            if i not in self.found and size is not None and (size in self._known or often[size] > 1)
        ]

    def missing(self) -> list[int]:
        """Return the texts that have not been read, at all or at all lengths that matter."""
        return [
            i
            for i in range(len(self._sources))
            if i not in self.found
            or any(
                length <= self.found[i].bytes and length not in self.found[i].starts
                for length in self._lengths(i)
            )
        ]

    def tasks(self, indices: Collection[int]) -> list[tuple[HashTask, list[int]]]:
        """Return tasks that read some texts, each with the indices of its texts."""
        tasks = []
        group: list[int] = []
        size = 0
        for i in indices:
            size += self._sources[i].size
            if group and (size > LEAST_SHARD or len(group) == _MOST_FILES):
                tasks.append((self._task(group), group))
                group, size = [], self._sources[i].size
            group.append(i)
        return [*tasks, (self._task(group), group)] if group else tasks

    def _task(self, group: Sequence[int]) -> HashTask:
        files = [(self._sources[i], tuple(self._lengths(i))) for i in group]
        return HashTask(tuple(files), self._expected, self._encoding)

    def _lengths(self, index: int) -> list[int]:
        """Return the lengths at which ``Beginnings`` looks at a text, and perhaps some more."""
        sizes = self.sizes()
        few = len(sizes) <= MOST_INPUTS
        stored = [source.size for source in self._sources] if few else []
        lengths = self._known | {size for size in [*sizes[:index], *stored] if size}
        bound = sizes[index]
        return sorted(length for length in lengths if bound is None or length <= bound)

    def replay(self, beginnings: Beginnings) -> None:
        """Let ``beginnings`` see all texts, in their order."""
        beginnings.expect(source.size for source in self._sources)
        for i in range(len(self._sources)):
            text = self.found[i]
            beginnings.add(text.sha256, text.bytes, text.starts)

    def records(self) -> list[InputRecord]:
        """Return the records of the texts; where a SHA-256 is not known, there is another name."""
        return [
            InputRecord(source.name, self.found[i].sha256, self.found[i].bytes)
            if i in self.found
            else InputRecord(source.name, f"unknown {i}")
            for i, source in enumerate(self._sources)
        ]
