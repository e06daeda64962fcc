"""(b) Streamed CBOW and skip-gram against textbook PyTorch, in positions of the text per second.

Ours is the trainer on the streamed block source; making the blocks is timed. PyTorch's batches are
made beforehand. Runs of both take turns.
"""

import statistics
import time

import numpy as np
import peers
from processes import child
from report import Report, at_least

from w2vcli.counts.subsampling import keep_probabilities
from w2vcli.system.threads import Team, processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection
from w2vcli.text.windows import Windows
from w2vcli.training.data import block_source, encode_and_build
from w2vcli.training.options import TrainingOptions
from w2vcli.training.trainer import Progress, Trainer

WORDS = 20_430
DIM, BATCH, WINDOW = 100, 512, 5
TARGET = 3
_WARM_UP, _BATCHES = 5, 30


def run(setting):
    threads = processors()
    encoded = encode_and_build(Corpus([str(setting.corpus)]), Selection(1, WORDS), threads)
    size = len(encoded.vocabulary)
    places = np.flatnonzero(encoded.stream >= 0)[: (_WARM_UP + _BATCHES) * BATCH]
    stream = encoded.stream[: places[-1] + 1]
    stream_file = setting.folder / "stream.npy"
    np.save(stream_file, stream)
    interpreter = peers.python()
    report = Report(
        f"(b) Streamed training, positions/s: V = {size:,}, d = {DIM}, batch {BATCH}, window "
        f"{WINDOW}, {threads} threads",
        peer="PyTorch",
        notes=[
            f"median of {setting.repeats} runs of {_BATCHES} batches each; ours with the making of "
            "the batches, PyTorch's without",
            "PyTorch: embedding, linear, cross entropy, Adam; skip-gram: one softmax per position "
            "with the counts of its",
            "context as soft targets, the fastest way found of writing it",
        ],
        numbers={"V": size, "d": DIM, "batch": BATCH, "window": WINDOW, "threads": threads},
    )
    keep = keep_probabilities(encoded.vocabulary.counts, 1e-3)
    for arch in ("cbow", "skipgram"):
        ours, theirs = [], []
        for _ in range(setting.repeats):
            ours.append(_ours(encoded, stream, keep, arch, threads))
            request = {
                "stream": stream_file, "words": size, "dim": DIM, "batch": BATCH,
                "window": WINDOW, "arch": arch, "warm_up": _WARM_UP, "threads": threads,
            }  # fmt: skip
            theirs.append(child("peer_torch.py", request, interpreter).told)
        variants = {
            name: statistics.median(one[name] for one in theirs) for name in theirs[0]
        }  # positions/s
        rate = statistics.median(ours)
        name, best = max(variants.items(), key=lambda item: item[1])
        report.add(
            arch, f"{rate:,.0f}", f"{best:,.0f}", f"{rate / best:.2f}",
            target=at_least(rate / best, TARGET),
        )  # fmt: skip
        for other, value in variants.items():
            mark = " (fastest)" if other == name else ""
            report.add(f"  {other}{mark}", "", f"{value:,.0f}", f"{rate / value:.2f}")
        report.numbers[arch] = {"ours": ours, "pytorch": theirs, "ratio": rate / best}
    return report


def _ours(encoded, stream, keep, arch, threads):
    """Return the positions per second of a run of ours."""
    text = type(encoded)(encoded.vocabulary, stream, encoded.records)
    source = block_source(
        text, keep, Windows(WINDOW), BATCH, grouped=False, cbow=arch == "cbow", threads=threads
    )
    options = TrainingOptions(
        arch=arch, method="stream", dim=DIM, windows=Windows(WINDOW), passes=1, batch=BATCH,
        start="random",
    )  # fmt: skip
    with Team(threads) as team:
        trainer = Trainer(source, len(keep), options.resolved(), team)
        trainer.start(None)
        done, begin = 0, 0.0
        for event in trainer.run():
            if not isinstance(event, Progress):
                break
            done += 1
            if done == _WARM_UP:
                begin = time.perf_counter()
        return (done - _WARM_UP) * BATCH / (time.perf_counter() - begin)
