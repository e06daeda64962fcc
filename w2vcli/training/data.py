"""From a corpus to training data: vocabulary, token stream, pair counts, block sources."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.cooccurrence import PairCounts, merged_counts
from w2vcli.counts.external_sum import MEMORY
from w2vcli.counts.packed_runs import SortedRun
from w2vcli.counts.pruned import together
from w2vcli.counts.segment_sums import all_words, pair_sums
from w2vcli.counts.segments import Segment
from w2vcli.errors import DataError, InputError
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.fingerprint import total
from w2vcli.text.tokens import (
    BREAK,
    Lexicon,
    TokenStream,
    encode_corpus,
    joined,
    renumbered,
)
from w2vcli.text.vocabulary import (
    Selection,
    Vocabulary,
    VocabularySummary,
    build_vocabulary,
    check_words,
)
from w2vcli.text.windows import Windows
from w2vcli.training.closing import HEAD_WORDS
from w2vcli.training.grouped import GroupedSkipGram
from w2vcli.training.options import TrainingOptions
from w2vcli.training.sources import Streamed
from w2vcli.training.weights import WordWeights

PairCheck: TypeAlias = Callable[[int, bool], object]
"""Takes the number of distinct pairs so far, and whether these are all; it may raise an error."""


def _nothing(_pairs: int, _complete: bool) -> None:
    """Check nothing."""


def _checked(runs: Iterable[SortedRun], check: PairCheck) -> Iterator[SortedRun]:
    """Yield runs; call ``check`` with the number of their entries."""
    pairs = 0
    for run in runs:
        pairs += len(run[0])
        check(pairs, False)
        yield run
    check(pairs, True)


@dataclass(frozen=True)
class EncodedCorpus:
    """A corpus as a stream of word ids, with its vocabulary.

    Attributes
    ----------
    vocabulary
        The words, with their counts in this corpus.
    stream
        The token stream.
    records
        A record of each file.
    summary
        The numbers of tokens kept and dropped; None where the vocabulary was given.
    """

    vocabulary: Vocabulary
    stream: TokenStream
    records: list[InputRecord]
    summary: VocabularySummary | None = None

    @property
    def fingerprint(self) -> dict[str, Any]:
        """The identity of the texts, independent of their division into files: plain values."""
        return _identity((record.tokens, record.fingerprint) for record in self.records)

    def pairs(
        self,
        windows: Windows,
        threads: int = 1,
        memory: int = MEMORY,
        check: PairCheck = _nothing,
    ) -> PairCounts:
        """Return the pair counts, by ``cooccurrence.count_pairs``.

        ``check`` is called while they are put together.
        """
        size = len(self.vocabulary)
        runs = merged_counts([self.stream], size, windows, threads, memory)
        return PairCounts.of(_checked(runs, check), size, windows)

    def without_stream(self) -> "EncodedCorpus":
        """Return the corpus without its token stream, which takes 4 bytes a token."""
        return replace(self, stream=np.empty(0, np.int32))


@dataclass(frozen=True)
class CountedCorpus:
    """A corpus as counts in a store, with a vocabulary; its attributes are ``EncodedCorpus``'s.

    Attributes
    ----------
    ids
        int64 (V,): the ids of the words, in the order of their bytes in UTF-8.
    sources
        The open segments, each with int64 (V_segment,): the places of its words in that order,
        -1 for words that are not in the vocabulary.
    """

    vocabulary: Vocabulary
    ids: NDArray[np.int64]
    sources: list[tuple[Segment, NDArray[np.int64]]]
    summary: VocabularySummary | None = None

    @property
    def fingerprint(self) -> dict[str, Any]:
        """The identity of the texts: the same as ``EncodedCorpus.fingerprint``.

        Where rare words were pruned from their counts, it says that too, as ``pruned``.
        """
        mark = together(segment.info.pruned for segment, _ in self.sources)
        return _identity(
            (entry["tokens"], int(entry["fingerprint"], 16))
            for segment, _ in self.sources
            for entry in segment.info.inputs
        ) | ({"pruned": mark.as_json()} if mark else {})

    def pairs(
        self,
        windows: Windows,
        threads: int = 1,
        memory: int = MEMORY,
        check: PairCheck = _nothing,
    ) -> PairCounts:
        """Return the pair counts, as ``EncodedCorpus``; they have the windows of the store.

        Raises
        ------
        DataError
            If a segment is damaged.
        """
        size = len(self.vocabulary)
        sums = pair_sums(self.sources, size, threads, memory)
        return PairCounts.of(_checked(sums, check), size, windows).renumbered(self.ids)


TrainingCorpus: TypeAlias = EncodedCorpus | CountedCorpus


def _identity(texts: Iterable[tuple[int, int]]) -> dict[str, Any]:
    tokens, fingerprints = zip(*texts, strict=True)
    return {"tokens": sum(tokens), "fingerprint": f"{total(fingerprints):016x}"}


def stream_digest(*streams: TokenStream) -> str:
    """Return the SHA-256 of token streams: unlike a fingerprint, it depends on the line order."""
    digest = hashlib.sha256()
    for stream in streams:
        digest.update(len(stream).to_bytes(8, "little"))
        digest.update(stream.data)
    return digest.hexdigest()


def encode_and_build(corpus: Corpus, selection: Selection, threads: int = 1) -> EncodedCorpus:
    """Read a corpus once: choose its vocabulary, and encode it.

    Raises
    ------
    InputError, DataError
        As ``Corpus.chunks`` and ``build_vocabulary``.
    """
    lexicon = Lexicon()
    stream = joined(stream for _, stream in encode_corpus(corpus, lexicon, threads))
    check_words(lexicon.words, corpus)
    vocabulary, chosen, summary = build_vocabulary(lexicon.words, lexicon.counts, selection)
    new_ids = np.full(len(lexicon), -1, dtype=np.int32)
    new_ids[chosen] = np.arange(len(chosen), dtype=np.int32)
    return EncodedCorpus(vocabulary, renumbered(stream, new_ids), corpus.records, summary)


def encode(corpus: Corpus, words: Iterable[str], threads: int = 1) -> EncodedCorpus:
    """Read a corpus with a given vocabulary.

    Raises
    ------
    InputError, DataError
        As ``Corpus.chunks``; a DataError too if no word of the vocabulary occurs.
    """
    known = list(words)
    lexicon = Lexicon((word.encode() for word in known), grow=False)
    stream = joined(stream for _, stream in encode_corpus(corpus, lexicon, threads))
    if not len(stream) or not (stream != BREAK).any():
        raise InputError(f"{corpus.name}: there are no words in it; give text")
    if not lexicon.counts.any():
        raise DataError(
            f"{corpus.name}: no word of the vocabulary occurs here; is it the right vocabulary?"
        )
    return EncodedCorpus(Vocabulary(known, lexicon.counts), stream, corpus.records)


def encode_as(corpus: Corpus, words: Selection | Vocabulary, threads: int = 1) -> EncodedCorpus:
    """Read a corpus with a given vocabulary, or with one chosen among its own words.

    Raises
    ------
    InputError, DataError
        As ``encode`` and ``encode_and_build``.
    """
    if isinstance(words, Vocabulary):
        return encode(corpus, words.words, threads)
    return encode_and_build(corpus, words, threads)


def counted_as(segments: list[Segment], words: Selection | Vocabulary) -> CountedCorpus:
    """Use the counts of segments, with a given vocabulary or one chosen among their words.

    Raises
    ------
    InputError, DataError
        As ``encode_as``; a DataError too if a segment is damaged.
    """
    known, counts, in_known = all_words(segments)
    if not known:
        raise InputError(
            f"{segments[0].info.path.parent}: there are no words in the texts of this store; "
            "count others"
        )
    if isinstance(words, Vocabulary):
        index = {word: number for number, word in enumerate(known)}
        chosen = np.array([index.get(word.encode(), -1) for word in words.words], np.int64)
        vocabulary = Vocabulary(words.words, np.where(chosen >= 0, counts[chosen], 0))
        summary = None
        if not vocabulary.counts.any():
            raise DataError(
                "no word of the vocabulary occurs in the store; is it the right vocabulary?"
            )
    else:
        vocabulary, chosen, summary = build_vocabulary(known, counts, words)
    ids = np.array(
        sorted(range(len(vocabulary)), key=lambda i: vocabulary.words[i].encode()), np.int64
    )
    places = np.full(
        len(known) + 1, -1, np.int64
    )  # words that do not occur write to the last element
    places[chosen[ids]] = np.arange(len(ids))
    sources = [(segment, places[own]) for segment, own in zip(segments, in_known, strict=True)]
    return CountedCorpus(vocabulary, ids, sources, summary)


def block_source(
    corpus: TrainingCorpus,
    weights: WordWeights,
    options: TrainingOptions,
    threads: int = 1,
    memory: int = MEMORY,
    visits: NDArray[np.int64] | None = None,
    check: PairCheck = _nothing,
) -> GroupedSkipGram | Streamed:
    """Return a corpus as blocks for the method and architecture of a training run.

    Parameters
    ----------
    corpus
        The corpus; ``CountedCorpus`` only for the method ``grouped``.
    weights
        The weights of the words, by their counts in the training text.
    options
        How to train; resolved.
    threads, memory
        As in ``cooccurrence.count_pairs``.
    visits
        As in ``GroupedSkipGram``.
    check
        As in ``EncodedCorpus.pairs``.

    Raises
    ------
    DataError
        If a segment of a store is damaged.
    """
    if options.method == "grouped":
        pairs = corpus.pairs(options.windows, threads, memory, check).matrix(weights.keep)
        positions = corpus.vocabulary.counts.astype(np.float64)
        head = HEAD_WORDS if options.closing else None
        return GroupedSkipGram(pairs, positions, weights.factors, options.batch, visits, head)
    assert isinstance(corpus, EncodedCorpus)
    cbow = options.arch == "cbow"
    return Streamed(corpus.stream, *weights, options.windows, cbow, options.batch)
