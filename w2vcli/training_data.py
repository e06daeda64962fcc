"""From a corpus to what is trained on: vocabulary, token stream, pair counts, block sources."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2vcli.blocks import BlockSource, GroupedSkipGram, Streamed
from w2vcli.cooccurrence import count_pairs
from w2vcli.corpus import Corpus, InputRecord
from w2vcli.errors import DataError, InputError
from w2vcli.runs import MEMORY
from w2vcli.tokens import BREAK, Lexicon, TokenStream, encode_corpus, joined, renumbered
from w2vcli.training_options import Windows
from w2vcli.vocabulary import Selection, Vocabulary, VocabularySummary, build_vocabulary


@dataclass(frozen=True)
class EncodedCorpus:
    """A corpus as a stream of word ids, with the vocabulary that the ids stand for.

    Attributes
    ----------
    vocabulary
        The words, with their counts in this corpus.
    stream
        The token stream.
    records
        What was read.
    summary
        What became of the tokens; None where the vocabulary was given.
    """

    vocabulary: Vocabulary
    stream: TokenStream
    records: list[InputRecord]
    summary: VocabularySummary | None = None

    @property
    def fingerprint(self) -> dict[str, object]:
        """What identifies the texts, whatever the names or the order of the files."""
        return {
            "tokens": sum(record.tokens for record in self.records),
            "inputs": sorted(
                ({"sha256": r.sha256, "bytes": r.bytes, "tokens": r.tokens} for r in self.records),
                key=lambda entry: str(entry["sha256"]),
            ),
        }


def count_words(corpus: Corpus, threads: int = 1) -> Lexicon:
    """Return all the types of a corpus with their counts."""
    lexicon = Lexicon()
    for _ in encode_corpus(corpus, lexicon, threads):
        pass
    _check_words(lexicon, corpus)
    return lexicon


def _check_words(lexicon: Lexicon, corpus: Corpus) -> None:
    if not len(lexicon):
        raise InputError(f"{corpus.name}: there are no words in it; give text")


def encode_and_build(corpus: Corpus, selection: Selection, threads: int = 1) -> EncodedCorpus:
    """Read a corpus once: choose its vocabulary, and encode it.

    Raises
    ------
    InputError, DataError
        As ``Corpus.chunks`` and ``build_vocabulary``.
    """
    lexicon = Lexicon()
    stream = joined(encode_corpus(corpus, lexicon, threads))
    _check_words(lexicon, corpus)
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
    stream = joined(encode_corpus(corpus, lexicon, threads))
    if not len(stream) or not (stream != BREAK).any():
        raise InputError(f"{corpus.name}: there are no words in it; give text")
    if not lexicon.counts.any():
        raise DataError(
            f"{corpus.name}: no word of the vocabulary occurs here; is it the right vocabulary?"
        )
    return EncodedCorpus(Vocabulary(known, lexicon.counts), stream, corpus.records)


def encode_as(corpus: Corpus, words: Selection | Vocabulary, threads: int = 1) -> EncodedCorpus:
    """Read a corpus with the words of a vocabulary, or with a choice among its own.

    Raises
    ------
    InputError, DataError
        As ``encode`` and ``encode_and_build``.
    """
    if isinstance(words, Vocabulary):
        return encode(corpus, words.words, threads)
    return encode_and_build(corpus, words, threads)


def block_source(
    encoded: EncodedCorpus,
    keep: NDArray[np.float64],
    windows: Windows,
    batch: int,
    *,
    grouped: bool,
    cbow: bool,
    threads: int = 1,
    memory: int = MEMORY,
) -> BlockSource:
    """Return an encoded corpus as blocks for one method and architecture."""
    if grouped:
        pairs = count_pairs([encoded.stream], len(keep), windows, threads, memory).matrix(keep)
        return GroupedSkipGram(pairs, encoded.vocabulary.counts.astype(np.float64), batch)
    return Streamed(encoded.stream, keep, windows, cbow, batch)
