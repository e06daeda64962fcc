"""The phrases of a corpus: candidates are counted exactly, and chosen by their score."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.external_sum import MEMORY, ExternalSum, summed
from w2vcli.counts.packed_runs import SortedRun
from w2vcli.counts.phrase_candidates import Candidates
from w2vcli.counts.phrase_criteria import PhraseCriteria
from w2vcli.counts.phrase_scores import npmi_scores, word2vec_scores
from w2vcli.errors import DataError
from w2vcli.system.threads import ordered_map, processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.phrases import Phrase, PhraseTable
from w2vcli.text.tokens import Lexicon, encode_corpus
from w2vcli.text.vocabulary import check_words


@dataclass(frozen=True)
class PhraseSummary:
    """What the phrases of a corpus were chosen among.

    Attributes
    ----------
    tokens, types
        Of the corpus; the types are words that are no connectors.
    candidates, frequent
        The number of different candidates, and of those that are frequent enough.
    phrases
        The number of phrases in the table.
    """

    tokens: int
    types: int
    candidates: int
    frequent: int
    phrases: int

    def as_json(self) -> dict[str, int]:
        """Return the summary as plain values."""
        return asdict(self)


def find_phrases(
    corpus: Corpus,
    criteria: PhraseCriteria | None = None,
    threads: int | None = None,
    memory: int = MEMORY,
) -> tuple[PhraseTable, PhraseSummary]:
    """Find the phrases of a corpus.

    Parameters
    ----------
    corpus
        The text.
    criteria
        Which candidates are phrases; None for the default choice.
    threads
        The number of threads, one per processor if None; the result does not depend on them.
    memory
        Bytes for counts of candidates; beyond that they wait in temporary files. The words and the
        beginnings with connectors come on top of it.

    Returns
    -------
    table
        The phrases, best score first, then the more frequent, then by their bytes in UTF-8.
    summary
        What they were chosen among.

    Raises
    ------
    InputError, StorageError, DataError
        As ``Corpus.chunks``; an InputError too if the corpus has no words, a DataError if none of
        the candidates is a phrase.
    """
    criteria = criteria or PhraseCriteria()
    connectors = sorted(word.encode() for word in criteria.connectors)
    lexicon = Lexicon(connectors)
    candidates = Candidates(len(connectors))
    runs = _runs(corpus, lexicon, candidates, threads or processors(), memory)
    different, keys, counts = _frequent(runs, criteria.least_count)
    words, of_words = lexicon.words, lexicon.counts
    tokens, types = int(of_words.sum()), len(words) - len(connectors)
    check_words(words if tokens else [], corpus)
    firsts, lasts = candidates.ends(keys)
    of_ends = of_words[firsts], of_words[lasts]
    if criteria.scoring == "npmi":
        scores = npmi_scores(counts, *of_ends, tokens)
    else:
        scores = word2vec_scores(counts, *of_ends, criteria.min_count, types + different)
    chosen = scores > criteria.least_score
    if not chosen.any():
        raise DataError(f"{corpus.name}: {_why_none(criteria, scores)}")
    found = zip(
        keys[chosen].tolist(), scores[chosen].tolist(), counts[chosen].tolist(), strict=True
    )
    ordered = sorted(
        (-score, -count, b" ".join(words[word] for word in candidates.words(key)))
        for key, score, count in found
    )[: criteria.top]
    phrases = tuple(Phrase(text.decode(), -score, -count) for score, count, text in ordered)
    summary = PhraseSummary(tokens, types, different, len(keys), len(phrases))
    return PhraseTable(phrases), summary


def _runs(
    corpus: Corpus, lexicon: Lexicon, candidates: Candidates, threads: int, memory: int
) -> Iterator[SortedRun]:
    """Count the candidates of a corpus; yield keys and counts in parts with rising keys."""

    def run(packed: NDArray[np.int64]) -> SortedRun:
        return summed(packed, 1)

    with ExternalSum(memory, threads) as runs:
        streams = (stream for _, stream in encode_corpus(corpus, lexicon, threads))
        for part in ordered_map(run, map(candidates.packed, streams), threads):
            runs.add(part)
        yield from runs.merged()


def _frequent(
    runs: Iterator[SortedRun], least: int
) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of candidates, and keys and counts of those that are frequent."""
    number, keys, totals = 0, [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in runs:
        frequent = part[1] >= least
        number += len(frequent)
        keys.append(part[0][frequent])
        totals.append(part[1][frequent])
    return number, np.concatenate(keys), np.concatenate(totals)


def _why_none(criteria: PhraseCriteria, scores: NDArray[np.float64]) -> str:
    if not len(scores):
        times = "once" if criteria.least_count == 1 else f"{criteria.least_count:,} times"
        lower = f"lower --min-count ({criteria.min_count}) or " if criteria.min_count > 1 else ""
        return f"no two words stand together {times}, as a phrase has to; {lower}give more text"
    pairs = f"none of the {len(scores):,} pairs of words that are frequent enough is a phrase"
    if len(scores) == 1:
        pairs = "the one pair of words that is frequent enough is no phrase"
    return (
        f"{pairs}: the best score is {scores.max():.6g}; lower --threshold "
        f"({criteria.least_score:g})"
    )
