"""Tokens a second of counting with one and two workers, and the seconds of the scheduler a task."""

import json
import os
import statistics
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.child_cluster import processor_seconds
from bench.processes import HERE, VARIABLES, child, measured, w2vcli
from bench.report import at_least
from helpers.clusters import real_cluster

SPEED_UP = 1.7
MOST_OF_OTHERS = 0.1
WORKERS = (1, 2)
STAGES = ("planning", "counting", "reading texts", "adding up", "writing the segment")
WHOLE, COUNTING, SAME = "counted, tokens/s", "  of them while shards are counted", "segment"
ROWS = (WHOLE, COUNTING, SAME)


def watched(request):
    """Return what the client told, with the share of the machine that others had meanwhile."""
    processes = request["scheduler_process"], *request.pop("worker_processes")
    begin, busy = time.perf_counter(), busy_seconds()
    ours = sum(map(processor_seconds, processes))
    command = [sys.executable, HERE / "child_cluster.py", json.dumps(request, default=str)]
    done = measured(command, PYTHONPATH=HERE.parent)
    ours = sum(map(processor_seconds, processes)) - ours + done.cpu_seconds
    all_of_it = (time.perf_counter() - begin) * (os.cpu_count() or 1)
    return done.told | {"others": (busy_seconds() - busy - ours) / all_of_it}


def busy_seconds():
    """Return the processor time of all processes since the machine was started."""
    user, nice, system, *_ = Path("/proc/stat").read_text().split()[1:]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def add(setting, report):
    """Measure, and add rows to the report."""
    warm_up = setting.head(setting.sizes.warm_up_tokens)
    found: dict[int, list[Any]] = {workers: [] for workers in WORKERS}
    alone = []
    for turn in range(setting.repeats):
        for workers in WORKERS:
            with started(setting.folder / f"cluster-{workers}-{turn}", workers) as request:
                store = setting.folder / f"store-{workers}-{turn}"
                request |= {"work": "counting", "corpus": setting.corpus, "store": store}
                request |= {"size": setting.sizes.shard, "warm_up": warm_up}
                found[workers].append(watched(request))
        store = setting.folder / f"alone-{turn}"
        options = ("--store", store, "--label", "day", "--threads", 1)
        alone.append(w2vcli("count", setting.corpus, *options).seconds)
    others = max(one["others"] for each in found.values() for one in each)
    report.words, tokens = found[1][0]["V"], found[1][0]["tokens"]

    def row(what, of, target=None):
        ours, theirs = ([tokens / of(one) for one in found[workers]] for workers in WORKERS)
        ratio = statistics.median(ours) and statistics.median(theirs) / statistics.median(ours)
        shown = [f"{statistics.median(values):,.0f}" for values in (ours, theirs)]
        verdict = target and at_least(ratio, target)
        if verdict and others > MOST_OF_OTHERS:
            verdict = verdict._replace(met=None)
        report.add(what, *shown, f"x {ratio:.2f}", verdict)

    row(WHOLE, lambda one: one["seconds"], SPEED_UP)
    row(COUNTING, lambda one: one["stages"]["counting"])

    def add_seconds(what, of):
        each = [statistics.median(map(of, found[workers])) for workers in WORKERS]
        report.add(what, *(f"{seconds:.2f}" for seconds in each))

    for stage in STAGES:
        add_seconds(f"  {stage}, s", lambda one, stage=stage: one["stages"].get(stage, 0))
    add_seconds("  all of it, s", lambda one: one["seconds"])
    report.add("without a cluster, one thread, s", f"{statistics.median(alone):.2f}")
    files = [one["segment"] for each in found.values() for one in each]
    files += [
        next(setting.folder.glob(f"alone-{turn}/*.segment")) for turn in range(setting.repeats)
    ]
    segments = {Path(file).read_bytes() for file in files}
    report.add(SAME, result="equal" if len(segments) == 1 else "different")
    report.numbers["counting"] = {"alone": alone, "workers": found}
    _add_shards(setting, warm_up, report)
    _add_tiny(setting, report)
    report.notes += [
        f"NOT VALID where others had more than {MOST_OF_OTHERS:.0%} of the processors; they had "
        f"{others:.0%}",
        f"shards of {setting.sizes.shard / 1e6:.1f} MB; median of {setting.repeats}, whose workers "
        "have counted a little before; without a cluster: the whole command",
        "a task that does nothing: wall time of all, and the scheduler's processor time",
    ]


def _add_shards(setting, warm_up, report):
    """Add what shards of several sizes cost, whoever counts them."""
    sizes = [setting.sizes.shard * times for times in (1, 4, 16)]
    request = [setting.corpus, warm_up, setting.folder / "shards", sizes]
    found = child("child_shards.py", request).told
    for size, costs in found.items():
        title = f"shards of {int(size) / 1e6:,.3g} MB"
        count = costs["count"]
        each = costs["sum"]["seconds"] if "sum" in costs else 0.0
        report.add(f"{title}: their number", "", "", f"{count['tasks']:.0f}")
        report.add(f"{title}: counting, processor s", "", "", f"{count['seconds']:.2f}")
        report.add(f"{title}: sums of them, processor s", "", "", f"{each:.2f}")
        report.add(f"{title}: last sum, processor s", "", "", f"{costs['client']:.2f}")
        report.add(f"{title}: results, MB", "", "", f"{count['written'] / 1e6:.1f}")
        report.add(f"{title}: bytes of a task", "", "", f"{count['sent'] / count['tasks']:.0f}")
    report.add("segment, MB", "", "", f"{costs['segment'] / 1e6:.1f}")
    report.numbers["shards"] = found


@contextmanager
def started(folder, workers):
    """Start a cluster, and give what a child must know of it."""
    with real_cluster(folder, **VARIABLES) as cluster:
        running = cluster.workers(workers)
        yield {
            "scheduler": cluster.address,
            "worker_processes": [worker.pid for worker in running],
            "scheduler_process": cluster.scheduler.pid,
            "workers": workers,
        }


def _add_tiny(setting, report):
    """Add what tasks cost that do nothing."""
    with started(setting.folder / "cluster-tiny", 2) as request:
        request |= {"work": "tiny", "numbers": setting.sizes.tiny_shards}
        found = watched(request)["tiny"]
    for number, costs in found.items():
        title = f"{int(number):,} tiny tasks"
        report.add(f"{title}, s", "", f"{costs['seconds']:.2f}")
        each = costs["scheduler"] / int(number)
        report.add(f"{title}: scheduler, ms a task", "", f"{each * 1e3:.2f}")
    report.numbers["tiny"] = found
