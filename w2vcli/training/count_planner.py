"""Plans the counting of texts into a store: reads and samples; counts and writes nothing."""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.changes import texts_of
from w2vcli.counts.cooccurrence import piece_length
from w2vcli.counts.external_sum import MEMORY, packed
from w2vcli.counts.listings import listing_of
from w2vcli.counts.memory_budget import MemoryBudget
from w2vcli.counts.segments import Counting
from w2vcli.errors import UsageError
from w2vcli.system.memory import resident, room
from w2vcli.system.temporary import temporary_file
from w2vcli.system.threads import Team, processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.tokens import Lexicon, TokenStream, encode_corpus, joined
from w2vcli.text.vocabulary import check_words
from w2vcli.text.windows import Windows
from w2vcli.training.kernels import load_kernels
from w2vcli.training.options import TrainingOptions
from w2vcli.training.pace import counting_pace, saving_pace, seconds_of
from w2vcli.training.plan import Choice, Plan
from w2vcli.training.prediction import LOADED, Run, summing
from w2vcli.training.row_sample import RowSample, chosen_rows, rows_of_stream
from w2vcli.training.workload import SampledCounts

_HEADER, _TEXT = 800, 250  # bytes of what a segment says of itself, and of each text
_WORD = 120  # bytes: a word as an object, its places in lists, and its line in a segment


def plan_count(
    folder: str | Path,
    corpus: Corpus,
    windows: Windows | None = None,
    *,
    memory: int = MEMORY,
    threads: int | None = None,
) -> Plan:
    """Say what it would take to count texts into a store; those that are in it are left out.

    Raises
    ------
    UsageError, InputError, DataError, StorageError
        As ``Store.add``. For want of memory there is no error: the plan says so.
    """
    imports = time.process_time()
    windows, threads = windows or Windows(), threads or processors()
    options = TrainingOptions(window=windows.size, window_weights=windows.weights).resolved()
    there = _texts_in(folder, Counting(windows, corpus.rules))
    with Team() as team:
        kernels = seconds_of(lambda: load_kernels(options, team))
    program, budget = resident(), MemoryBudget(memory)
    begin = time.perf_counter()
    words, stream = _read(corpus, threads, there)
    seconds = {"starting": imports + min(kernels, LOADED), "reading": time.perf_counter() - begin}
    counts = np.bincount(stream[stream >= 0], minlength=len(words)).astype(np.int64)
    types = int((counts > 0).sum())
    length = sum(len(word) + 1 for word, count in zip(words, counts.tolist(), strict=True) if count)
    refusal, for_pairs = None, memory // 2
    try:
        for_pairs = budget.left(types)
    except UsageError as error:
        refusal = str(error)
    pairs, file, sampled = 0, length + 8 * types + _HEADER + _TEXT * len(corpus.records), 1
    if types:
        sample = rows_of_stream(stream, windows, chosen_rows(counts))
        work = SampledCounts(sample, counts, counts > 0, options).workload()
        pairs, sampled = work.pairs, max(1, round(types / len(sample.rows)))
        pace = counting_pace(stream, len(counts), windows, threads)
        run = Run(options, threads, len(stream), work.occurrences, pairs, for_pairs)
        seconds["counting"] = summing(work, pace, run) + pairs * pace.packed
        file += round(pairs * _bytes_of_a_pair(sample, words))
        seconds["saving"] = file * saving_pace()
    arrays = {
        "words": _WORD * types + length,
        "pair counts": min(16 * pairs, for_pairs),
        "token stream, on disk": 4 * len(stream),
    }
    piece = min(len(stream), piece_length(windows, threads, for_pairs)) * windows.size
    summed = min(20 * piece * (threads + 1) + 2 * arrays["pair counts"], 2 * for_pairs)
    tables = 32 * (1 << max(11, (len(words) - 1).bit_length())) + length
    stages = {"reading": program + tables, "counting": program + arrays["words"] + summed}
    stage = max(stages, key=stages.__getitem__)
    choice = Choice(
        "all words", types, int(counts.sum()), pairs, arrays, stages, stages[stage], stage, file,
        seconds,
    )  # fmt: skip
    return Plan(len(words), choice.tokens, [choice], room(), refusal, sampled, threads)


def _texts_in(folder: str | Path, counting: Counting) -> set[str]:
    """Return the SHA-256 of each text in a store, which may not exist yet."""
    listing = listing_of(folder)
    if not listing.exists():
        return set()
    segments = listing.segments()
    listing.check_counting(segments, counting)
    return texts_of(segments)


def _read(corpus: Corpus, threads: int, there: set[str]) -> tuple[list[bytes], TokenStream]:
    """Return the words of some texts, and the token streams of those that are not there."""
    lexicon = Lexicon()
    parts = list(encode_corpus(corpus, lexicon, threads))
    words = lexicon.words
    check_words(words, corpus)
    first = {record.sha256: record for record in reversed(corpus.records)}
    new = [
        stream
        for record, stream in parts
        if record.sha256 not in there and first[record.sha256] is record
    ]
    return words, joined(new)


def _bytes_of_a_pair(sample: RowSample, words: list[bytes]) -> float:
    """Return the bytes of a pair in a segment, whose words are in the order of their bytes."""
    rank = np.empty(len(words), np.int64)
    rank[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    high, low = rank[sample.row_of_entry], rank[sample.indices]
    lower: NDArray[np.bool_] = low <= high
    keys = (high * len(words) + low)[lower]
    order = np.argsort(keys)
    with temporary_file() as file:
        run = packed([(keys[order], sample.totals[lower][order])], file)
        return run.data.length / max(1, run.entries)
