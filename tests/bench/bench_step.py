"""(a) A grouped training step as a share of the speed of sgemm.

Ours is all of a step: making the block, gathering H, both sweeps, AdaGrad on W_in, W_out and b.
sgemm is only the three products in it, H W' and E W and E' H, by NumPy on as many threads, with
arrays made beforehand. Both are counted as 6 B V d operations; for ours B is the number of rows
that the block really has. Rounds of ours and of sgemm take turns, with a short pause between:
OpenBLAS's threads go on spinning for a moment. Where sgemm did not get its processors, or we seem
faster than the products that we contain, something else was running: then no target counts as met.
"""

import statistics
import time

import numpy as np
from bench.report import Report, Target, at_least
from bench.watched import Watched
from threadpoolctl import threadpool_info, threadpool_limits

from w2vcli.softmax.objective import baselines
from w2vcli.system.threads import Team, processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection
from w2vcli.training.data import block_source, encode_and_build
from w2vcli.training.events import Progress
from w2vcli.training.options import TrainingOptions
from w2vcli.training.trainer import Trainer
from w2vcli.training.weights import WordWeights

_ROUNDS = 10
_WARM_UP = 3
_PAUSE = 0.15
_LEAST_USE = 0.9  # of the processors, by sgemm on an idle machine


def run(setting):
    threads, sizes = processors(), setting.sizes
    batch = sizes.step_batch
    encoded = encode_and_build(
        Corpus([str(setting.corpus)]), Selection(1, sizes.step_words), threads
    )
    plain = TrainingOptions(batch=batch).resolved()
    source = block_source(encoded, WordWeights.of(encoded.vocabulary.counts, plain), plain)
    size = len(encoded.vocabulary)
    report = Report(
        "(a) Grouped training step and sgemm",
        size,
        f"B = {batch}, {threads} threads, GFLOP/s",
        peer="sgemm",
        notes=[
            "ours: a whole step, AdaGrad and the making of the block included, median round",
            "sgemm: only H W', E W and E' H, by NumPy, median round",
            f"BLAS: {_kernels()}, the same for both",
            "share: the median of the shares of each round in the round of sgemm that follows it",
        ],
        numbers={"B": batch, "threads": threads, "blas": _kernels()},
    )
    for dim, target in sizes.step_targets.items():
        ours, sgemm, cores = _rounds(source, size, batch, dim, threads, setting.repeats)
        medians = statistics.median(ours), statistics.median(sgemm)
        share = statistics.median(a / b for a, b in zip(ours, sgemm, strict=True))
        met = at_least(share, target, f"{target:.0%}")
        if cores < _LEAST_USE * threads or share > 1:
            met = Target(met.bound, met=None)
            report.notes.append(
                f"d = {dim}: NOT VALID, sgemm had {cores:.2f} of {threads} processors: let nothing "
                "else run"
            )
        report.add(
            f"d = {dim}", f"{medians[0]:.1f}", f"{medians[1]:.1f}", f"{share:.1%}", target=met
        )
        best = max(ours), max(sgemm)
        report.add(
            f"d = {dim}, best", f"{best[0]:.1f}", f"{best[1]:.1f}", f"{best[0] / best[1]:.1%}"
        )
        report.numbers[f"d{dim}"] = {"ours": ours, "sgemm": sgemm, "share": share, "cores": cores}
    return report


def _rounds(source, size, batch, dim, threads, passes):
    """Return GFLOP/s of the rounds of ours and of sgemm, and the processors that sgemm had."""
    options = TrainingOptions(dim=dim, start="random", passes=passes, batch=batch)
    watched = Watched(source)
    products = _products(size, batch, dim)
    ours: list[float] = []
    sgemm: list[float] = []
    cores: list[float] = []
    with Team(threads) as team:
        trainer = Trainer(watched, baselines(watched, size)[0], options.resolved(), team)
        trainer.start(None)
        steps = _steps(trainer, passes * len(source))
        watched.rows.clear()
        _take(steps, _WARM_UP)
        per_round = max(1, len(source) // _ROUNDS)
        while True:
            time.sleep(_PAUSE)
            before = sum(watched.rows)
            begin = time.perf_counter()
            done = _take(steps, per_round)
            seconds = time.perf_counter() - begin
            if done < per_round:
                return ours, sgemm, statistics.median(cores)
            rows = sum(watched.rows) - before
            ours.append(6e-9 * rows * size * dim / seconds)
            with threadpool_limits(threads, "blas"):
                rate, used = _rate(products, seconds)
            sgemm.append(6e-9 * batch * size * dim * rate)
            cores.append(used)


def _steps(trainer, count):
    """Yield after each step of the run; the losses at its end are not taken."""
    events = trainer.run()
    for event in events:
        if isinstance(event, Progress):
            yield event
            count -= 1
            if count == 0:
                break
    events.close()


def _take(steps, count):
    """Take so many steps, or as many as are left; return how many."""
    return sum(1 for _ in zip(range(count), steps, strict=False))


def _products(size, batch, dim):
    """Return a function that does the three products of a step."""
    random = np.random.default_rng(1)
    hidden = random.standard_normal((batch, dim), np.float32)
    w_out = random.standard_normal((size, dim), np.float32)
    scores = np.empty((batch, size), np.float32)
    d_hidden, d_words = np.empty_like(hidden), np.empty_like(w_out)

    def products():
        np.matmul(hidden, w_out.T, out=scores)
        np.matmul(scores, w_out, out=d_hidden)
        np.matmul(scores.T, hidden, out=d_words)

    return products


def _rate(work, seconds):
    """Return how often per second the work is done, and on how many processors on average."""
    work()
    begin, used = time.perf_counter(), time.process_time()
    times = 0
    while times == 0 or time.perf_counter() - begin < seconds:
        work()
        times += 1
    elapsed = time.perf_counter() - begin
    return times / elapsed, (time.process_time() - used) / elapsed


def _kernels():
    """Name the kernels that BLAS has chosen for this processor."""
    return ", ".join(
        f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip()
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    )
