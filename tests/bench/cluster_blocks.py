"""What a block of training costs more on workers of this machine than without any.

Blocks are those of training: rows of the corpus's pair counts, with a step of W_out and b by
AdaGrad. The same block is done without a cluster on two threads, by one worker with two threads,
and by two with one each, in turns; the results must be the same. What is added are the bytes that
travel between this process and all workers.
"""

import statistics
import time
from contextlib import ExitStack
from itertools import cycle, islice

import numpy as np
from bench.report import at_most
from helpers.clusters import real_cluster

from w2vcli.cluster.connection import connected
from w2vcli.cluster.output_layer import output_on
from w2vcli.softmax.optimizer import Optimizer
from w2vcli.softmax.output_layer import OpenOutput, Output, output_here
from w2vcli.system.threads import Team
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection
from w2vcli.training.data import block_source, encode_and_build
from w2vcli.training.options import TrainingOptions
from w2vcli.training.weights import WordWeights

MOST = 0.15
THREADS = {1: (2,), 2: (1, 1)}
"""The threads of each worker, by the number of workers."""
HERE, ADDED = "a block without a cluster, s", "added by workers"
BYTES, SAME = "  MB to and from workers", "  losses and gradients"
ROWS = (HERE, ADDED, BYTES, SAME)
_WARM_UP = 3
_STEP = 0.1


def add(setting, report):
    """Measure, and add rows to the report."""
    sizes = setting.sizes
    for words in sizes.block_words:
        size, blocks = _blocks(setting, words)
        seconds, travelled, same = _measured(setting, size, sizes.block_dim, blocks)
        here = seconds[0]
        report.add(f"V = {size:,}: {HERE}", f"{statistics.median(here):.3f}")
        added = {
            n: statistics.median(a / b for a, b in zip(seconds[n], here, strict=True)) - 1
            for n in THREADS
        }
        # The bound is for large vocabularies: a small one needs no cluster.
        target = at_most(added[2], MOST, f"{MOST:.0%}") if words == max(sizes.block_words) else None
        shown = [f"{added[n]:.1%}" for n in THREADS]
        report.add(f"V = {size:,}: {ADDED}", *shown, target=target)
        report.add(BYTES, *(f"{travelled[n] / 1e6:.1f}" for n in THREADS))
        report.add(SAME, result="equal" if same else "different")
        report.numbers[f"blocks_{words}"] = {
            "V": size, "seconds": seconds, "bytes": travelled, "added": added,
        }  # fmt: skip
    report.notes.append(
        f"a block: d = {setting.sizes.block_dim}, B = {TrainingOptions().resolved().batch}; 2 "
        "threads without a cluster and on 1 worker, one each on 2; taken in turns, median of the "
        "ratios"
    )


def _blocks(setting, words):
    """Return V, and some blocks of the corpus with so many words."""
    options = TrainingOptions().resolved()
    encoded = encode_and_build(Corpus([str(setting.corpus)]), Selection(1, words), 2)
    weights = WordWeights.of(encoded.vocabulary.counts, options)
    source = block_source(encoded, weights, options)
    shuffled = cycle(source.blocks(np.random.default_rng(1)))
    return len(encoded.vocabulary), list(islice(shuffled, _WARM_UP + setting.sizes.blocks))


def _measured(setting, size, dim, blocks):
    """Return the seconds of each block by the number of workers, the bytes of one, and equality."""
    places: dict[int, OpenOutput] = {0: output_here}
    with ExitStack() as stack:
        for number, threads in THREADS.items():
            folder = setting.folder / f"blocks-{size}-{number}"
            running = stack.enter_context(real_cluster(folder))
            for each in threads:
                running.worker("--nthreads", str(each))
            running.wait_for(number)
            found = stack.enter_context(connected(running.address))
            places[number] = output_on(found)
        runs = {n: _run(opened, size, dim, blocks) for n, opened in places.items()}
        for one in runs.values():
            stack.callback(one.close)
        seconds: dict[int, list[float]] = {n: [] for n in runs}
        travelled = {}
        same = True
        for turn in range(len(blocks)):
            results = {n: next(one) for n, one in runs.items()}
            first = results[0][2]
            for n, (took, there, result) in results.items():
                same &= np.array_equal(result.d_hidden, first.d_hidden)
                if turn >= _WARM_UP:
                    seconds[n].append(took)
                travelled[n] = there
    return seconds, travelled, same


def _run(opened, size, dim, blocks):
    """Yield the seconds of each block, the bytes that have travelled, and its result."""
    random = np.random.default_rng(1)
    w_out, w_in = (random.uniform(-0.1, 0.1, (size, dim)).astype(np.float32) for _ in range(2))
    optimizers = Optimizer("adagrad", w_out), Optimizer("adagrad", np.zeros(size, np.float32))
    rows = max(len(block.targets.indptr) - 1 for block in blocks)
    with Team(2) as team, opened(Output(rows, *optimizers, True, team)) as output:
        counted = _counting(output)
        for block in blocks:
            hidden = w_in[block.inputs.indices]
            before, begin = counted(), time.perf_counter()
            result = output.block(hidden, block.targets, _STEP)
            yield time.perf_counter() - begin, counted() - before, result


def _counting(output):
    """Return what tells how many bytes of arrays have travelled so far."""
    total = 0
    actors = getattr(output, "_actors", None)
    if actors is None:
        return lambda: 0
    call = actors.call

    def counted(method, arguments):
        nonlocal total
        found = call(method, arguments)
        total += _bytes(arguments) + _bytes(found)
        return found

    actors.call = counted
    return lambda: total


def _bytes(values):
    """The bytes of the arrays in nested lists and dictionaries."""
    if isinstance(values, np.ndarray):
        return values.nbytes
    if isinstance(values, dict):
        return _bytes(list(values.values()))
    return sum(map(_bytes, values)) if isinstance(values, list | tuple) else 0
