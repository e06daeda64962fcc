"""All compiled kernels of a run, loaded by a run on a few words."""

from collections import deque
from dataclasses import replace

import numpy as np

from w2vcli.counts.external_sum import merged, packed, written_between
from w2vcli.softmax.objective import baselines
from w2vcli.system.temporary import temporary_file
from w2vcli.system.threads import Team
from w2vcli.text.ngrams import NgramRange
from w2vcli.text.tokens import BREAK, Lexicon
from w2vcli.text.vocabulary import Vocabulary
from w2vcli.training.closing import ClosingPass
from w2vcli.training.composed_rows import ComposedRows
from w2vcli.training.composition import Composition
from w2vcli.training.data import EncodedCorpus, block_source
from w2vcli.training.grouped import GroupedSkipGram
from w2vcli.training.input_rows import InputRows
from w2vcli.training.options import TrainingOptions
from w2vcli.training.row_sample import entries_of, rows_of_stream
from w2vcli.training.trainer import Trainer
from w2vcli.training.weights import WordWeights


def load_kernels(options: TrainingOptions, team: Team) -> None:
    """Load, or compile, what a run with these options needs; options resolved, team entered."""
    words = Lexicon()
    words.fingerprint(words.encode(b"a b c b a c\n"))
    Lexicon().adopt(words)
    stream = np.array([0, 1, 2, 1, 0, 2, BREAK] * 9, np.int32)
    corpus = EncodedCorpus(Vocabulary(["a", "b", "c"], np.full(3, 18)), stream, [])
    few = replace(options, dim=2, batch=2, passes=1, subsample=0.0, prior=1.0)
    weights = WordWeights.of(corpus.vocabulary.counts, few)
    source = block_source(corpus, weights, few)
    unigram, _ = baselines(source, 3)
    rows = InputRows(3)
    if few.subwords:
        letters = Composition.of(corpus.vocabulary.words, NgramRange(1, 1), 1, None, few.word_rows)
        rows = ComposedRows(letters, source)
    closing = None
    if few.closing and isinstance(source, GroupedSkipGram):
        closing = ClosingPass(replace(source, head=2), unigram, few.prior, rows=rows)
    counts = corpus.pairs(few.windows)
    run = (counts.keys, counts.totals)
    merged([run, run])
    with temporary_file() as file:
        written_between(packed([run], file), 0, 1 << 62)
    entries_of(*run, np.arange(3), np.arange(3), 3)
    trainer = Trainer(source, unigram, few, team, None, closing, rows=rows)
    trainer.start(counts.matrix(weights.keep))
    deque(trainer.run(), 0)
    rows_of_stream(stream, few.windows, np.arange(3))
