"""Counting on a cluster in its stages, or tasks that do nothing: JSON in and out.

What is timed has run before on a little text with the same workers, so that their kernels are
loaded.
"""

import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from helpers.cluster_tasks import Task, do

from w2vcli.cluster.connection import connected
from w2vcli.cluster.workers import DaskRunner
from w2vcli.counts.sharded import Sharding
from w2vcli.counts.store import Store
from w2vcli.system.threads import processors
from w2vcli.text.corpus import Corpus

MEMORY = 1 << 30


def counting(cluster, scheduler_process, corpus, store, size, warm_up):
    """Count a corpus: seconds of each stage."""
    runner = DaskRunner(cluster)
    for number in range(4):  # for each worker at least one
        warm = Sharding(runner, MEMORY, max(1, Path(warm_up).stat().st_size // 16))
        Store(Path(f"{store}-{number}"), 1).add(Corpus([warm_up]), "day", sharding=warm)
    stages: dict[str, float] = defaultdict(float)
    sharding = Sharding(runner, MEMORY, size)
    last, since = "planning", time.perf_counter()

    def advanced():
        nonlocal last, since
        now = time.perf_counter()
        stages[last] += now - since
        last, since = sharding.progress.stage, now

    sharding.progress.advanced = advanced
    begin = time.perf_counter()
    (done,) = Store(Path(store), processors()).add(Corpus([corpus]), "day", sharding=sharding).made
    seconds = time.perf_counter() - begin
    advanced()
    return {
        "V": done.types,
        "tokens": done.tokens,
        "seconds": seconds,
        "stages": dict(stages),
        "segment": str(done.path),
    }


def tiny(cluster, numbers, scheduler_process):
    """Seconds that each of these numbers of tasks takes that do nothing, and the scheduler's."""
    runner = DaskRunner(cluster)
    list(runner.run(do, [Task(1)] * 100))
    found = {}
    for number in numbers:
        begin, busy = time.perf_counter(), processor_seconds(scheduler_process)
        list(runner.run(do, [Task(1)] * number))
        found[number] = {
            "seconds": time.perf_counter() - begin,
            "scheduler": processor_seconds(scheduler_process) - busy,
        }
    return {"tiny": found}


def processor_seconds(process):
    """The processor time of a process."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:13])) / os.sysconf("SC_CLK_TCK")


WORKS: dict[str, Any] = {"counting": counting, "tiny": tiny}

if __name__ == "__main__":
    request = json.loads(sys.argv[1])
    workers = request.pop("workers")
    with connected(request.pop("scheduler")) as found:
        while len(found.workers()) < workers:
            time.sleep(0.05)
        print(json.dumps(WORKS[request.pop("work")](found, **request)))
