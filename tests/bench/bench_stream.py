"""(b) Streamed CBOW and skip-gram against textbook PyTorch, in positions of the text per second.

Ours is the trainer on the streamed block source; making the blocks is timed. PyTorch's batches are
made beforehand. Runs of both take turns.
"""

import statistics
import time
from dataclasses import replace

import numpy as np
from bench.processes import child
from bench.report import NOT_INSTALLED, Report, at_least

from w2vcli.counts.subsampling import keep_probabilities
from w2vcli.softmax.objective import baselines
from w2vcli.system.threads import Team, processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection
from w2vcli.training.data import block_source, encode_and_build
from w2vcli.training.events import Progress
from w2vcli.training.options import TrainingOptions
from w2vcli.training.trainer import Trainer

WINDOW = 5
TARGET = 3


def run(setting):
    threads, sizes = processors(), setting.sizes
    encoded = encode_and_build(
        Corpus([str(setting.corpus)]), Selection(1, sizes.stream_words), threads
    )
    size = len(encoded.vocabulary)
    places = np.flatnonzero(encoded.stream >= 0)
    places = places[: (sizes.warm_up + sizes.batches) * sizes.stream_batch]
    text = replace(encoded, stream=encoded.stream[: places[-1] + 1])
    stream_file = setting.folder / "stream.npy"
    np.save(stream_file, text.stream)
    interpreter = setting.peer("torch")
    report = Report(
        "(b) Streamed training, positions/s",
        size,
        f"d = {sizes.stream_dim}, batch {sizes.stream_batch}, window {WINDOW}, {threads} threads",
        peer="PyTorch",
        notes=[
            f"median of {setting.repeats} runs of {sizes.batches} batches each; ours with the "
            "making of the batches, PyTorch's without",
            "PyTorch: embedding, linear, cross entropy, Adam; skip-gram: one softmax per position "
            "with the counts of its",
            "context as soft targets, the fastest way found of writing it",
        ],
        numbers={
            "d": sizes.stream_dim, "batch": sizes.stream_batch, "window": WINDOW,
            "threads": threads,
        },
    )  # fmt: skip
    keep = keep_probabilities(encoded.vocabulary.counts, 1e-3)
    for arch in ("cbow", "skipgram"):
        ours, theirs = [], []
        for _ in range(setting.repeats):
            ours.append(_ours(text, keep, arch, threads, sizes))
            if interpreter:
                request = {
                    "stream": stream_file, "words": size, "dim": sizes.stream_dim,
                    "batch": sizes.stream_batch, "window": WINDOW, "arch": arch,
                    "warm_up": sizes.warm_up, "threads": threads,
                }  # fmt: skip
                theirs.append(child("peer_torch.py", request, interpreter).told)
        report.numbers[arch] = {"ours": ours, "pytorch": theirs}
        _add(report, arch, statistics.median(ours), theirs)
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
        target=at_least(ratio, TARGET),
    )  # fmt: skip
    for name, value in variants.items():
        mark = " (fastest)" if name == fastest else ""
        report.add(f"  {name}{mark}", "", f"{value:,.0f}", f"{rate / value:.2f}")
    report.numbers[arch]["ratio"] = ratio


def _ours(text, keep, arch, threads, sizes):
    """Return the positions per second of a run of ours."""
    options = TrainingOptions(
        arch=arch, method="stream", dim=sizes.stream_dim, window=WINDOW, passes=1,
        batch=sizes.stream_batch, start="random",
    )  # fmt: skip
    source = block_source(text, keep, options, threads)
    with Team(threads) as team:
        trainer = Trainer(source, baselines(source, len(keep))[0], options.resolved(), team)
        trainer.start(None)
        done, begin = 0, 0.0
        for event in trainer.run():
            if not isinstance(event, Progress):
                break
            done += 1
            if done == sizes.warm_up:
                begin = time.perf_counter()
        return (done - sizes.warm_up) * options.batch / (time.perf_counter() - begin)
