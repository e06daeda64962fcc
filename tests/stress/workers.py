"""Work in processes of their own, some at once: a request in JSON, an answer in JSON.

A process per request, because the work may end it: by a signal, for want of memory, on purpose.
"""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Answer:
    """What became of a request: the answer, or None and how the process ended without one."""

    request: dict[str, Any]
    told: dict[str, Any] | None
    ending: str


def answers(module, requests, workers):
    """Yield what ``module`` of this folder says to each request, in their order."""
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda request: _ask(module, request), requests)


def _ask(module, request):
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("W2VCLI_") or name == "W2VCLI_CACHE_DIR"
    }
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", f"stress.{module}", json.dumps(request)],
        # A process that forks must have one thread, and OpenBLAS starts its own when it is loaded.
        env=environment | {"PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode == 0:
        return Answer(request, json.loads(done.stdout.splitlines()[-1]), "")
    ending = f"ended with code {done.returncode}"
    if done.returncode < 0:
        ending = f"ended by {signal.Signals(-done.returncode).name}"
    return Answer(request, None, f"{ending}\n{done.stderr.decode(errors='replace')[-2000:]}")


def serve(answer):
    """Answer the request on the command line, as the last line of standard output."""
    told = answer(json.loads(sys.argv[1]))
    sys.stdout.write(f"\n{json.dumps(told)}\n")
