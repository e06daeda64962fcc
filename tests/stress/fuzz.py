"""Fuzzing: whatever a file holds, a parser reads it or raises an error of ours, in bounded memory.

A parser works in a process whose memory is capped, and which an alarm ends if an input takes it
too long. An input that it fails on is kept, and can be tried again by itself.
"""

import hashlib
import resource
import signal
import sys
import traceback
import warnings
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
from stress.parsers import PARSERS, check_message
from stress.workers import serve

from w2vcli.errors import W2VError

MEMORY = 1 << 30
SECONDS = 20
_KEPT = 5


def tried(parser, path, data):
    """Let a parser read some bytes.

    Returns
    -------
    outcome
        ``read``, or the name of the error of ours.

    Raises
    ------
    Exception
        Any other; and an AssertionError if our error's message is no sentence for a terminal.
    """
    path.unlink(missing_ok=True)  # what is mapped of the last one stays what it was
    path.write_bytes(data)
    try:
        parser.use(path)
    except W2VError as error:
        check_message(error)
        return type(error).__name__
    return "read"


def quietly():
    """Leave out NumPy's warnings of overflow, as the program does."""
    np.seterr(all="ignore")
    warnings.simplefilter("ignore", RuntimeWarning)


def answer(request):
    """Try so many damaged files on one parser, and tell what came of them."""
    name, folder = request["parser"], Path(request["folder"])
    parser, random = PARSERS[name], Random(f"{request['seed']} {name}")
    path = Path(request["input"])
    quietly()
    goods = parser.goods(path)
    for good in goods:
        tried(parser, path, good)  # loads the kernels
    at_first = _peak()
    _cap_memory()
    outcomes, failures = Counter(), {}
    for _ in range(request["inputs"]):
        data = parser.damage(random, goods)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            outcomes[tried(parser, path, data)] += 1
        except Exception as error:
            signal.setitimer(signal.ITIMER_REAL, 0)
            outcomes["FAILED"] += 1
            place = traceback.extract_tb(error.__traceback__)[-1]
            if (place.filename, place.lineno) not in failures and len(failures) < _KEPT:
                kept = folder / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
                kept.write_bytes(data)
                said = "\n".join(line[:200] for line in traceback.format_exc(limit=-4).splitlines())
                failures[place.filename, place.lineno] = f"{kept}\n{said}"
    signal.setitimer(signal.ITIMER_REAL, 0)
    path.unlink()
    more = _peak() - at_first
    return {"outcomes": outcomes, "failures": list(failures.values()), "memory": more}


def _peak():
    """Return the largest number of bytes that this process has had in memory."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _cap_memory():
    """Let this process have so much more memory than now, where the system can say."""
    status = Path("/proc/self/statm")
    if status.exists():
        now = int(status.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))


if __name__ == "__main__":
    serve(answer)
