"""Runs a command and tells its wall time, processor time and peak memory.

    python -IS launch.py RESULT COMMAND...

A process of its own, and a small one: what Linux calls the peak memory of a process includes that
of the process that started it, and the benchmarks hold large arrays. It loads only what it needs.
"""

import json
import os
import sys
import time


def main(result, *command):
    begin = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - begin
    told = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
    with open(result, "w") as stream:  # noqa: PTH123 - pathlib would triple this process
        json.dump(told, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
