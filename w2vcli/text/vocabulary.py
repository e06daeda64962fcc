"""Words and their ids: counting the types of a corpus, choosing among them, and their file.

A vocabulary is ordered by falling count, ties by the bytes of the word in UTF-8; a word's place in
that order is its id, its row in every matrix. Its file has one ``word count`` line per word: what
word2vec's ``-save-vocab`` writes and its ``-read-vocab`` and gensim's ``fvocab`` read.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import DataError, InputError, UsageError
from w2vcli.system.files import atomic_output
from w2vcli.text.corpus import Corpus
from w2vcli.text.opening import lines_of

MIN_COUNT = 5


@dataclass(frozen=True)
class Vocabulary:
    """Words with their counts; the id of a word is its index.

    Attributes
    ----------
    words
        The words, all different, none empty, none with white space.
    counts
        int64 (V,): how often each occurs.
    """

    words: list[str]
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"<Vocabulary of {len(self.words):,} words>"

    @cached_property
    def ids(self) -> dict[str, int]:
        """The word -> id map."""
        return {word: index for index, word in enumerate(self.words)}

    def head(self, size: int | None) -> "Vocabulary":
        """Return the ``size`` most frequent words, in the same order; all of them for None."""
        chosen = np.sort(np.argsort(-self.counts, kind="stable")[:size])
        return Vocabulary([self.words[i] for i in chosen], self.counts[chosen])

    def save(self, path: Path) -> None:
        """Write the ``word count`` lines, whole or not at all (``files.atomic_output``)."""
        with atomic_output(path) as stream:
            for word, count in zip(self.words, self.counts.tolist(), strict=True):
                stream.write(f"{word} {count}\n".encode())

    @classmethod
    def load(cls, path: str) -> "Vocabulary":
        """Read a vocabulary file, in the order of its lines.

        Raises
        ------
        InputError
            If the file cannot be opened or holds no words.
        DataError
            If a line is not ``word count``, with its number, or a word stands there twice.
        """
        words: list[str] = []
        counts: list[int] = []
        for number, line in enumerate(lines_of(path), start=1):
            fields = line.split()
            if len(fields) != 2 or not fields[1].isdigit() or len(fields[1]) > 18:
                raise DataError(
                    f"{path}, line {number}: expected 'word count', found {_shown(line)}; make the "
                    "file with 'w2vcli build-vocab'"
                )
            words.append(fields[0].decode())
            counts.append(int(fields[1]))
        if not words:
            raise InputError(f"{path}: the vocabulary is empty; make it with 'w2vcli build-vocab'")
        vocabulary = cls(words, np.array(counts, dtype=np.int64))
        if len(vocabulary.ids) != len(words):
            number, word = next(
                (n, w) for n, w in enumerate(words, start=1) if vocabulary.ids[w] != n - 1
            )
            raise DataError(
                f"{path}, line {number}: the word '{word}' stands here and again in line "
                f"{vocabulary.ids[word] + 1}; a vocabulary names each word once"
            )
        return vocabulary


def _shown(line: bytes) -> str:
    text = line.decode()
    return repr(text if len(text) <= 40 else text[:37] + "...")


def read_word_list(path: str) -> frozenset[str]:
    """Read a file of words: the first field of every line, so that a vocabulary file will do."""
    return frozenset(line.split()[0].decode() for line in lines_of(path) if line.split())


@dataclass(frozen=True)
class Selection:
    """Which types become the vocabulary.

    Attributes
    ----------
    min_count
        The least count of a word, 1 or more.
    max_vocab
        The largest number of words, or None for no bound. Exactly this many remain if there are
        as many: the most frequent ones, ties by the bytes of the word.
    keep
        Words kept whatever their count, if they occur at all.
    drop
        Words left out, whatever their count.
    """

    min_count: int = MIN_COUNT
    max_vocab: int | None = None
    keep: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if both := self.keep & self.drop:
            raise UsageError(
                f"the word '{min(both)}' is both in --keep-words and in --drop-words; "
                "take it out of one of them"
            )


@dataclass(frozen=True)
class VocabularySummary:
    """Where the tokens of a corpus went: kept, and dropped by reason; the parts add up.

    Attributes
    ----------
    types, tokens
        Of the whole corpus.
    kept_types, kept_tokens
        Of the vocabulary.
    dropped
        For each reason (``drop_words``, ``min_count``, ``max_vocab``) the types and tokens that
        it cost.
    """

    types: int
    tokens: int
    kept_types: int
    kept_tokens: int
    dropped: dict[str, tuple[int, int]]

    def as_json(self) -> dict[str, Any]:
        """Return the summary as plain values."""
        return {
            "types": self.types,
            "tokens": self.tokens,
            "kept": {"types": self.kept_types, "tokens": self.kept_tokens},
            "kept_share": self.kept_tokens / self.tokens,
            "dropped": {
                reason: {"types": types, "tokens": tokens}
                for reason, (types, tokens) in self.dropped.items()
            },
        }


def select_words(
    words: list[bytes], counts: NDArray[np.int64], selection: Selection
) -> tuple[NDArray[np.int64], VocabularySummary]:
    """Choose a vocabulary among the counted types of a corpus.

    Parameters
    ----------
    words
        The types, in UTF-8.
    counts
        int64 (types,): how often each occurs.
    selection
        How to choose.

    Returns
    -------
    chosen
        int64 (V,): the indices of the chosen types, in the order of the vocabulary.
    summary
        Types and tokens kept and dropped.
    """
    keep = _members(words, selection.keep)
    drop = _members(words, selection.drop)
    if selection.max_vocab is not None and keep.sum() > selection.max_vocab:
        raise UsageError(
            f"--keep-words keeps {keep.sum():,} words of this corpus, more than --max-vocab "
            f"{selection.max_vocab:,}; raise --max-vocab or shorten the list"
        )
    rare = (counts < selection.min_count) & ~keep & ~drop
    candidates = np.flatnonzero(~rare & ~drop)
    chosen = np.array(
        sorted(candidates.tolist(), key=lambda i: (not keep[i], -counts[i], words[i])),
        dtype=np.int64,
    )[: selection.max_vocab]
    chosen = np.array(sorted(chosen.tolist(), key=lambda i: (-counts[i], words[i])), dtype=np.int64)
    beyond = np.zeros(len(words), dtype=bool)
    beyond[candidates] = True
    beyond[chosen] = False
    return chosen, VocabularySummary(
        types=len(words),
        tokens=int(counts.sum()),
        kept_types=len(chosen),
        kept_tokens=int(counts[chosen].sum()),
        dropped={
            reason: (int(mask.sum()), int(counts[mask].sum()))
            for reason, mask in (("drop_words", drop), ("min_count", rare), ("max_vocab", beyond))
        },
    )


def _members(words: list[bytes], chosen: frozenset[str]) -> NDArray[np.bool_]:
    if not chosen:
        return np.zeros(len(words), np.bool_)
    encoded = {word.encode() for word in chosen}
    return np.fromiter((word in encoded for word in words), np.bool_, len(words))


def build_vocabulary(
    words: list[bytes], counts: NDArray[np.int64], selection: Selection
) -> tuple[Vocabulary, NDArray[np.int64], VocabularySummary]:
    """Make the vocabulary of the chosen types.

    Returns
    -------
    vocabulary
        The chosen words with their counts.
    chosen
        int64 (V,): their indices among ``words``.
    summary
        Types and tokens kept and dropped.

    Raises
    ------
    DataError
        If none is chosen.
    """
    chosen, summary = select_words(words, counts, selection)
    if not len(chosen):
        raise DataError(
            f"none of the {summary.types:,} words of the corpus is left in the vocabulary: the "
            f"most frequent occurs {int(counts.max()):,} times; lower --min-count "
            f"({selection.min_count}) or give more text"
        )
    vocabulary = Vocabulary([words[i].decode() for i in chosen], counts[chosen])
    return vocabulary, chosen, summary


def count_vocabulary(
    corpus: Corpus, selection: Selection | None = None, threads: int | None = None
) -> tuple[Vocabulary, VocabularySummary]:
    """Count the words of a corpus, and choose its vocabulary.

    Parameters
    ----------
    corpus
        The text.
    selection
        How to choose; None for the default choice.
    threads
        The number of threads; one per processor if None.

    Raises
    ------
    InputError, StorageError, DataError
        As ``Corpus.chunks``; an InputError too if the corpus has no words, a DataError if none of
        them is chosen.
    """
    from w2vcli.system.threads import processors
    from w2vcli.text.tokens import Lexicon, encode_corpus  # imports Numba, which files do not need

    lexicon = Lexicon()
    for _ in encode_corpus(corpus, lexicon, threads or processors()):
        pass
    check_words(lexicon.words, corpus)
    chosen = build_vocabulary(lexicon.words, lexicon.counts, selection or Selection())
    return chosen[0], chosen[2]


def check_words(words: list[bytes], corpus: Corpus) -> None:
    """Raise an InputError if a corpus has no words."""
    if not words:
        raise InputError(f"{corpus.name}: there are no words in it; give text")
