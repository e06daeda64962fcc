"""What shards cost by themselves, in processor time and bytes: JSON in and out.

They are counted and added up in this process, with one thread.
"""

import json
import pickle
import sys
import time
from collections import defaultdict
from pathlib import Path

from w2vcli.counts.shard_tasks import CountTask, HashTask, MergeTask
from w2vcli.counts.sharded import Sharding
from w2vcli.counts.store import Store
from w2vcli.text.corpus import Corpus

KINDS = {CountTask: "count", MergeTask: "sum", HashTask: "hash"}


class Measuring:
    """Does tasks here, as a ``TaskRunner``, and adds up what they cost."""

    workers, link = 1, None

    def __init__(self):
        self.costs: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def run(self, function, tasks):
        """Yield the index of each task with its result."""
        for index, task in enumerate(tasks):
            begin = time.process_time()
            result = function(task)
            costs = self.costs[KINDS[type(task)]]
            costs["tasks"] += 1
            costs["seconds"] += time.process_time() - begin
            costs["sent"] += len(pickle.dumps(task))
            costs["returned"] += len(pickle.dumps(result))
            if not isinstance(task, HashTask):
                costs["written"] += task.results.path(task.name).stat().st_size
            yield index, result


def costs(corpus, store, size):
    """Count a corpus in shards of so many bytes."""
    runner = Measuring()
    begin = time.process_time()
    sharding = Sharding(runner, 1 << 30, size)
    (done,) = Store(Path(store), 1).add(Corpus([corpus]), "day", sharding=sharding).made
    seconds = time.process_time() - begin
    in_tasks = sum(each["seconds"] for each in runner.costs.values())
    return {
        **runner.costs,
        "client": seconds - in_tasks,
        "segment": done.path.stat().st_size,
        "pairs": done.pairs,
    }


if __name__ == "__main__":
    corpus, warm_up, store, sizes = json.loads(sys.argv[1])
    costs(warm_up, f"{store}-warm", max(1, Path(warm_up).stat().st_size // 40))
    print(json.dumps({size: costs(corpus, f"{store}-{size}", size) for size in sizes}))
