"""(cluster) What the workers of a Dask cluster add, and what a cluster costs; workers are here."""

from importlib.util import find_spec

from bench import cluster_blocks, cluster_counting
from bench.report import NOT_INSTALLED, Report

PARTS = (cluster_counting, cluster_blocks)


def run(setting):
    report = Report(
        "(cluster) Workers of a cluster on this machine",
        0,
        "a process with one thread each",
        columns=("1 worker", "result"),
        peer="2 workers",
    )
    if find_spec("distributed") is None:
        for part in PARTS:
            for row in part.ROWS:
                report.add(row, NOT_INSTALLED)
        return report
    for part in PARTS:
        part.add(setting, report)
    return report
