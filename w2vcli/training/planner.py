"""Plans a run before it is begun: reads, samples and measures; trains and writes nothing.

The texts are read once, as the run reads them; of the pair counts a sample is counted
(``row_sample``); the pace of the machine is measured on these (``pace``).
"""

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.external_sum import MEMORY
from w2vcli.counts.segments import Segment
from w2vcli.counts.store import Store
from w2vcli.errors import UsageError, W2VError
from w2vcli.softmax.objective import baselines
from w2vcli.system.memory import resident, room
from w2vcli.system.threads import Team, processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.phrases import PhraseTable
from w2vcli.text.vocabulary import Selection, Vocabulary
from w2vcli.training.composition import Composition, composition_of
from w2vcli.training.composition_pace import composition_pace
from w2vcli.training.data import EncodedCorpus, TrainingCorpus, counted_as, encode, encode_as
from w2vcli.training.kernels import load_kernels
from w2vcli.training.options import TrainingOptions
from w2vcli.training.pace import (
    block_pace,
    counting_pace,
    saving_pace,
    seconds_of,
    start_pace,
    streamed_pace,
)
from w2vcli.training.plan import Choice, Plan
from w2vcli.training.prediction import LOADED, Paces, Run, seconds_of_stages
from w2vcli.training.row_sample import RowSample, chosen_rows, rows_of_store, rows_of_stream
from w2vcli.training.run_memory import RunMemory
from w2vcli.training.session import held_out_text, opened
from w2vcli.training.sizes import Load, arrays, model_bytes, peak, stages
from w2vcli.training.sources import Streamed
from w2vcli.training.warm_start import ALIKE, WarmStart
from w2vcli.training.workload import Blocks, SampledCounts, Workload
from w2vcli.vectors.model import Model

LEAST_COUNTS = (10, 20, 50)
"""Of the vocabularies beside the chosen one."""


def plan(
    corpus: Corpus | Store,
    options: TrainingOptions | None = None,
    *,
    words: Selection | Vocabulary | None = None,
    segments: str | None = None,
    validation: str | Path | None = None,
    phrases: Sequence[PhraseTable] = (),
    warm_start: str | Path | None = None,
    final_loss: bool = True,
    memory: int | None = None,
    threads: int | None = None,
) -> Plan:
    """Say what a run of ``train`` with these parameters would take, from its start.

    Raises
    ------
    UsageError, InputError, DataError
        As ``train``. For want of memory there is no error: the plan says so.
    """
    imports = time.process_time()
    with ExitStack() as stack:
        team = stack.enter_context(Team(threads or processors()))
        begin = time.perf_counter()
        source = stack.enter_context(opened(corpus, segments))
        opening = time.perf_counter() - begin
        counted = None if isinstance(source, Corpus) else source[0].info.counting.windows
        warm = warm_start is not None
        chosen = (options or TrainingOptions()).resolved(warm=warm, counted=counted)
        kernels = seconds_of(lambda: load_kernels(chosen, team))
        program = resident()
        old = Model.load(Path(warm_start)) if warm_start else None
        held_out = held_out_text(validation, source, phrases) if validation else None
        read = _Read(source, chosen, team, words or Selection(), held_out, old)
        read.reading += opening
        started = imports + min(kernels, LOADED)
        return read.plan(RunMemory(memory), program, started, final_loss)


class _Read:
    """The texts of a run, read once, and the rows of the sample."""

    def __init__(
        self,
        source: Corpus | list[Segment],
        options: TrainingOptions,
        team: Team,
        words: Selection | Vocabulary,
        held_out: Corpus | None,
        old: Model | None,
    ) -> None:
        self._options, self._team, self._words, self._old = options, team, words, old
        begin = time.perf_counter()
        self._text: TrainingCorpus
        if isinstance(source, Corpus):
            self._text = encode_as(source, words, team.threads)
        else:
            self._text = counted_as(source, words)
        vocabulary = self._text.vocabulary
        self._counts = vocabulary.counts
        self._held_out = encode(held_out, vocabulary.words, team.threads) if held_out else None
        self.reading = time.perf_counter() - begin
        self._warm = WarmStart.of(old, vocabulary.words, options) if old else None
        begin = time.perf_counter()
        self._sample = self._rows_of(self._text)
        self._adding = time.perf_counter() - begin
        self._held_out_sample = self._rows_of(self._held_out) if self._held_out else None

    def _rows_of(self, text: TrainingCorpus) -> RowSample:
        rows = chosen_rows(self._counts)
        if isinstance(text, EncodedCorpus):
            return rows_of_stream(text.stream, self._options.windows, rows)
        return rows_of_store(text, rows, self._team.threads)

    @property
    def _stream(self) -> int:
        """The length of the token stream; 0 where counts come from a store."""
        return len(self._text.stream) if isinstance(self._text, EncodedCorpus) else 0

    def plan(self, memory: RunMemory, program: int, started: float, final_loss: bool) -> Plan:
        """Measure, and put the plan together."""
        names, chosen, made = zip(*self._vocabularies(), strict=True)
        sampled = list(map(self._sampled, chosen))
        works = [self._work(one) for one in sampled]
        loads = list(map(self._load, works, made))
        refusal = None
        try:
            for_pairs = memory.for_pairs(replace(loads[0], pairs=0, entries=0))
            loads = [replace(one, for_pairs=for_pairs) for one in loads]
            memory.check(loads[0])
        except W2VError as error:
            refusal = str(error)
        paces = self._paces(sampled[0], works[0], started)
        run = Run(
            self._options,
            self._team.threads,
            self._stream,
            works[0].occurrences,
            works[0].pairs,
            loads[0].for_pairs,
            self._held_out_blocks(),
            final_loss,
            self._mapped,
        )
        of_ngrams = composition_pace(
            lambda: self._composition(chosen[0]), self._options, self._team.threads
        )
        choices = []
        for name, work, load, composition in zip(names, works, loads, made, strict=True):
            saved = model_bytes(work.words, self._options.dim, load.ngrams)
            seconds = seconds_of_stages(work, paces, run, saved)
            if composition:
                seconds["n-grams"] = of_ngrams.seconds(composition)
            pairs = work.pairs if load.pairs else None
            most, stage = peak(load, program)
            by_stage = stages(load, program)
            choices.append(
                Choice(name, work.words, work.tokens, pairs, arrays(load), by_stage, most, stage,
                       saved, seconds)
            )  # fmt: skip
        step = max(1, round(len(self._counts) / max(1, len(self._sample.rows))))
        types = self._text.summary.types if self._text.summary else None
        tokens = self._text.fingerprint["tokens"]
        return Plan(types, tokens, choices, room(), refusal, step, self._team.threads)

    def _vocabularies(self) -> list[tuple[str, NDArray[np.bool_], Composition | None]]:
        """Return the run's vocabulary and smaller ones: option, words, what these are made of."""
        words, before = self._words, len(self._counts)
        everything = np.ones(before, bool)
        found = [(_option_of(words), everything, self._composition(everything))]
        for least in LEAST_COUNTS:
            if isinstance(words, Vocabulary):
                chosen = words.counts >= least
            else:
                kept = (word in words.keep for word in self._text.vocabulary.words)
                chosen = (self._counts >= least) | np.fromiter(kept, bool, len(self._counts))
            size = int(chosen.sum())
            if 0 < size < before:
                before = size
                given = isinstance(words, Vocabulary)
                name = f"--max-vocab {size}" if given else f"--min-count {least}"
                with suppress(UsageError):  # of fewer words that have no n-gram left
                    found.append((name, chosen, self._composition(chosen)))
        return found

    def _sampled(self, chosen: NDArray[np.bool_]) -> SampledCounts:
        visits = self._warm.visits if self._warm else None
        return SampledCounts(self._sample, self._counts, chosen, self._options, visits)

    def _work(self, of: SampledCounts) -> Workload:
        """Return the work with a vocabulary; along the text, blocks are counted by positions."""
        work = of.workload()
        if not isinstance(self._text, EncodedCorpus) or self._options.method == "grouped":
            return work
        batch, keep = self._options.batch, of.weights.keep
        kept = float((self._counts * keep).sum())
        assert self._options.passes is not None
        steps = max(1, round(self._options.passes * math.ceil(kept / batch)))
        every = Blocks(math.ceil(work.tokens / batch), min(batch, work.tokens), 0.0)
        return replace(
            work, steps=Blocks(steps, batch, 0.0), stepped=Blocks(0, 0.0, 0.0), every=every
        )

    @property
    def _pairs_are_counted(self) -> bool:
        is_spectral = self._options.start == "spectral" and self._mapped != 0
        return self._options.method == "grouped" or is_spectral

    @property
    def _mapped(self) -> float | None:
        """The share of the words whose rows a warm start maps; None for a run from the start."""
        if self._warm is None:
            return None
        words = self._warm.words
        mapped = words["new"] + min(ALIKE, words["kept"]) if words["new"] else 0
        return mapped / len(self._counts)

    def _composition(self, chosen: NDArray[np.bool_]) -> Composition | None:
        """Return of which rows the words of a vocabulary are made."""
        words = self._text.vocabulary.words
        some = [word for word, is_there in zip(words, chosen.tolist(), strict=True) if is_there]
        return composition_of(some, self._options)

    def _load(self, work: Workload, composition: Composition | None) -> Load:
        counted = self._pairs_are_counted
        return Load(
            work.words,
            self._options,
            self._team.threads,
            self._text.summary.types if self._text.summary else work.words,
            self._stream,
            work.pairs if counted else 0,
            work.entries if counted else 0,
            len(self._held_out.stream) if self._held_out else 0,
            self._held_out_entries(),
            work.densest if self._options.method == "grouped" else 0,
            MEMORY,
            len(self._old.words) if self._old else 0,
            ngrams=len(composition.ngrams) if composition else 0,
            parts=len(composition.matrix.data) if composition else 0,
        )

    def _held_out_entries(self) -> int:
        if self._held_out_sample is None or self._options.method != "grouped":
            return 0
        scale = len(self._counts) / max(1, len(self._held_out_sample.rows))
        return round(scale * len(self._held_out_sample.indices))

    def _held_out_blocks(self) -> Blocks | None:
        """Return the blocks of the held-out text."""
        if self._held_out is None:
            return None
        counts, batch = self._held_out.vocabulary.counts, self._options.batch
        rows = int((counts > 0).sum() if self._options.method == "grouped" else counts.sum())
        number = math.ceil(rows / batch)
        return Blocks(number, rows / number, self._held_out_entries() / number)

    def _paces(self, of: SampledCounts, work: Workload, started: float) -> Paces:
        """Measure how fast this machine does the work."""
        options, team, size = self._options, self._team, len(self._counts)
        text, counting, adding, made = self._text, None, None, 0.0
        if not isinstance(text, EncodedCorpus):
            adding = self._adding
        elif self._pairs_are_counted:
            counting = counting_pace(text.stream, size, options.windows, team.threads)
        losses = start_pace(of, team.threads) if self._pairs_are_counted else None
        if options.method == "grouped":
            blocks = block_pace(of, max(1, round(work.steps.rows)), team)
        else:
            assert isinstance(text, EncodedCorpus)
            cbow = options.arch == "cbow"
            source = Streamed(text.stream, *of.weights, options.windows, cbow, options.batch)
            some = list(islice(source.blocks(np.random.default_rng(0)), 4))
            if not some:
                baselines(source, size)  # which says why there are none
            made = seconds_of(lambda: list(islice(source.blocks(), 4))) / 4 / options.batch
            blocks = streamed_pace(options, size, some, team)
        return Paces(started, self.reading, counting, adding, losses, blocks, saving_pace(), made)


def _option_of(words: Selection | Vocabulary) -> str:
    """Return the option that chooses the vocabulary of the run."""
    if isinstance(words, Vocabulary):
        return "--vocab"
    return f"--min-count {words.min_count}"
