"""(b) Streamed CBOW and skip-gram against textbook PyTorch, in positions of the text per second.

Ours is the trainer on the streamed block source, at the start of a pass over the whole corpus;
making the blocks is timed. Of the positions of the text it draws those that subsampling keeps, and
the others count too: that is the time in which a pass gets through a text, and what it is compared
in. How many rows it computes is told besides. PyTorch computes every position, so its rate is the
same with any text; its batches are made beforehand. Runs of both take turns.
"""

import statistics
import time

import numpy as np
from bench.processes import child
from bench.report import NOT_INSTALLED, Report, at_least
from bench.watched import Watched

from w2vcli.system.threads import Team, processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection
from w2vcli.training.data import block_source, encode_and_build
from w2vcli.training.events import Progress
from w2vcli.training.options import TrainingOptions
from w2vcli.training.trainer import Trainer
from w2vcli.training.weights import WordWeights

WINDOW = 5
SUBSAMPLE = 1e-3
TARGETS = {"cbow": 5, "skipgram": 3}


def run(setting):
    threads, sizes = processors(), setting.sizes
    encoded = encode_and_build(
        Corpus([str(setting.corpus)]), Selection(1, sizes.stream_words), threads
    )
    size = len(encoded.vocabulary)
    places = np.flatnonzero(encoded.stream >= 0)
    places = places[: (sizes.warm_up + sizes.batches) * sizes.stream_batch]
    stream_file = setting.folder / "stream.npy"
    np.save(stream_file, encoded.stream[: places[-1] + 1])
    interpreter = setting.peer("torch")
    report = Report(
        "(b) Streamed training, positions of the text/s",
        size,
        f"d = {sizes.stream_dim}, batch {sizes.stream_batch}, window {WINDOW}, {threads} threads",
        peer="PyTorch",
        notes=[
            f"median of {setting.repeats} runs of {sizes.batches} batches each; ours with the "
            "making of the batches, PyTorch's without",
            "ours draws the positions that subsampling keeps, of all in the corpus, and the others "
            "count too; PyTorch",
            "computes every position; rows computed: of the blocks of ours, in a second",
            "PyTorch: embedding, linear, cross entropy, Adam; skip-gram: one softmax per position "
            "with the counts of its",
            "context as soft targets, the fastest way found of writing it",
        ],
        numbers={
            "d": sizes.stream_dim, "batch": sizes.stream_batch, "window": WINDOW,
            "threads": threads,
        },
    )  # fmt: skip
    for arch in ("cbow", "skipgram"):
        ours, theirs = [], []
        for _ in range(setting.repeats):
            ours.append(_ours(encoded, arch, threads, sizes))
            if interpreter:
                request = {
                    "stream": stream_file, "words": size, "dim": sizes.stream_dim,
                    "batch": sizes.stream_batch, "window": WINDOW, "arch": arch,
                    "warm_up": sizes.warm_up, "threads": threads,
                }  # fmt: skip
                theirs.append(child("peer_torch.py", request, interpreter).told)
        rates, rows = zip(*ours, strict=True)
        report.numbers[arch] = {"ours": rates, "rows": rows, "pytorch": theirs}
        _add(report, arch, statistics.median(rates), theirs)
        report.add("  rows computed", f"{statistics.median(rows):,.0f}")
    return report


def _add(report, arch, rate, theirs):
    """Compare a rate with the fastest of the ways in which PyTorch does the same."""
    if not theirs:
        report.add(arch, f"{rate:,.0f}", NOT_INSTALLED)
        return
    variants = {name: statistics.median(one[name] for one in theirs) for name in theirs[0]}
    fastest = max(variants, key=lambda name: variants[name])
    ratio = rate / variants[fastest]
    report.add(
        arch, f"{rate:,.0f}", f"{variants[fastest]:,.0f}", f"{ratio:.2f}",
        target=at_least(ratio, TARGETS[arch]),
    )  # fmt: skip
    for name, value in variants.items():
        mark = " (fastest)" if name == fastest else ""
        report.add(f"  {name}{mark}", "", f"{value:,.0f}", f"{rate / value:.2f}")
    report.numbers[arch]["ratio"] = ratio


def _ours(text, arch, threads, sizes):
    """Return the positions of the text per second of a run of ours, and the rows that it computes.

    A row of skip-gram is a word of a batch, however often it is drawn there.
    """
    options = TrainingOptions(
        arch=arch, method="stream", dim=sizes.stream_dim, window=WINDOW, passes=1,
        batch=sizes.stream_batch, start="random", subsample=SUBSAMPLE,
    )  # fmt: skip
    weights = WordWeights.of(text.vocabulary.counts, options)
    source = Watched(block_source(text, weights, options, threads))
    with Team(threads) as team:
        trainer = Trainer(source, weights.keep * text.vocabulary.counts, options.resolved(), team)
        trainer.start(None)
        done, begin = 0, 0.0
        for event in trainer.run():
            done += isinstance(event, Progress)
            if done == sizes.warm_up:
                begin = time.perf_counter()
            if done == sizes.warm_up + sizes.batches:
                break
        seconds = time.perf_counter() - begin
    timed = slice(sizes.warm_up, done)
    return sum(source.positions[timed]) / seconds, sum(source.rows[timed]) / seconds
