"""The words of texts, counted in shards: for a vocabulary, with the bytes of one process.

Nothing is kept of a run that is killed: words are counted quickly, and there are few of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.segments import Counting
from w2vcli.counts.shard_tasks import Manner, ShardTask, failures_returned
from w2vcli.counts.sharded import Sharding
from w2vcli.counts.sharded_reading import read_by
from w2vcli.counts.shards import Shard, shards_of, sources_of
from w2vcli.errors import W2VError
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.decoding import BadBytes
from w2vcli.text.tokens import Lexicon, encode_corpus
from w2vcli.text.vocabulary import (
    Selection,
    Vocabulary,
    VocabularySummary,
    build_vocabulary,
    check_words,
)
from w2vcli.text.windows import Windows


class WordsTask(ShardTask):
    """To count the words of a shard."""


@dataclass(frozen=True)
class CountedWords:
    """The words of a shard.

    Attributes
    ----------
    text
        The words in UTF-8, each followed by a space.
    counts
        int64 (n,): how often each occurs.
    lines
        For each range the number of its lines, of sequences or lines of bad bytes, and of the first
        line with any, from the range on.
    """

    text: bytes
    counts: NDArray[np.int64]
    lines: tuple[tuple[int, int, int], ...]


class WordSums:
    """Words and their counts, added up."""

    def __init__(self) -> None:
        self._lexicon = Lexicon()
        self._counts = np.zeros(0, np.int64)

    def add(self, text: bytes, counts: NDArray[np.int64]) -> None:
        """Add different words, each followed by a space, and their counts: int64 (n,)."""
        ids = self._lexicon.encode(text)
        grown = np.zeros(len(self._lexicon), np.int64)
        grown[: len(self._counts)] = self._counts
        grown[ids] += counts
        self._counts = grown

    @property
    def words(self) -> list[bytes]:
        """The words, in UTF-8."""
        return self._lexicon.words

    @property
    def counts(self) -> NDArray[np.int64]:
        """int64 (n,): how often each occurs."""
        return self._counts


def count_words(task: WordsTask) -> CountedWords | W2VError:
    """Count the words of a shard."""
    return failures_returned(_count_words, task)


def _count_words(task: WordsTask) -> CountedWords:
    corpus = task.manner.corpus(task.shard.ranges)
    lexicon = counted(corpus)
    text = b"".join(word + b" " for word in lexicon.words)
    lines = tuple((each.lines, each.bad.count, each.bad.first) for each in corpus.records)
    return CountedWords(text, lexicon.counts, lines)


def counted(corpus: Corpus, threads: int = 1) -> Lexicon:
    """Read a corpus, and return its words with their counts."""
    lexicon = Lexicon()
    for _ in encode_corpus(corpus, lexicon, threads):
        pass
    return lexicon


def vocabulary_in_shards(
    corpus: Corpus, selection: Selection, sharding: Sharding
) -> tuple[Vocabulary, VocabularySummary]:
    """Count the words of a corpus in shards, and choose its vocabulary.

    Parameters
    ----------
    corpus
        The texts; at the end its ``records`` say how many lines each has, and what became of bad
        bytes.
    selection
        How to choose.
    sharding
        Who counts. Its ``memory`` is no bound here: the words have to fit.

    Raises
    ------
    UsageError, InputError, StorageError, DataError
        As ``count_vocabulary``; a UsageError too if one of the texts is no file.
    W2VError
        As the runner.
    """
    sources = sources_of(corpus)
    shards = shards_of(sources, sharding.size)
    manner = Manner.of(corpus, Counting(Windows(), corpus.rules), 0, sharding.memory)
    tasks = [WordsTask(shard, manner) for shard in shards]
    progress, runner = sharding.progress, sharding.runner
    progress.begin("counting words", runner, len(tasks), sum(task.stored for task in tasks))
    sums = WordSums()
    found: dict[Shard, CountedWords] = {}
    for task, result in read_by(runner, count_words, tasks, len(sources), progress):
        sums.add(result.text, result.counts)
        found[task.shard] = CountedWords(b"", result.counts[:0], result.lines)
        progress.advance(runner, task.stored, int(result.counts.sum()))
    corpus.records = _records(corpus, (found[shard] for shard in shards), shards)
    check_words(sums.words, corpus)
    progress.begin("choosing words", runner, 0)
    chosen = build_vocabulary(sums.words, sums.counts, selection)
    return chosen[0], chosen[2]


def _records(
    corpus: Corpus, results: Iterable[CountedWords], shards: Iterable[Shard]
) -> list[InputRecord]:
    """Return the records of the files, of which the ranges come in the order of the corpus."""
    records: list[InputRecord] = []
    names = iter(corpus.files)
    for shard, result in zip(shards, results, strict=True):
        for each, (lines, bad, first) in zip(shard.ranges, result.lines, strict=True):
            if not each.begin:
                records.append(InputRecord(next(names), bad=BadBytes()))
            record = records[-1]
            if bad and not record.bad.count:
                record.bad.first = record.lines + first
            record.bad.count += bad
            record.lines += lines
    return records
