"""Many processes at work on one store at once, some of them killed.

Each adds, takes out, merges, removes and reads, as it comes. Whoever reads has to find counts that
are those of the texts that he finds, among them those that nobody takes away; and in the end all
can be put in order, with nothing left.
"""

import os
import random
import signal
import tempfile
import time
import traceback
from collections import Counter
from contextlib import suppress
from pathlib import Path

from helpers.segment_scenes import expected, found
from helpers.store_scenes import COUNTING, add, subtract
from stress.kills import _check_single
from stress.workers import serve

from w2vcli.counts.store import Store
from w2vcli.errors import InputError
from w2vcli.system import locks

_LONGEST_PAUSE = 0.03
_LONGEST_CHANGE = 60


class Crowd:
    """Processes at work on a store, in an empty folder, which is the current one."""

    def __init__(self, seed, size, texts):
        self._random = random.Random(seed)
        self._kept = {"k0", "k1"}
        data = {f"t{i}": f"w{i} the w{i % 7} and w{i % 3}\nthe\n".encode() for i in range(texts)}
        data |= {name: b"kept and\n" * 2 + name.encode() for name in sorted(self._kept)}
        for name, text in data.items():
            Path(name).write_bytes(text)
        self._names = sorted(data.keys() - self._kept)
        self._counts = {
            name: tuple(map(Counter, expected([text], COUNTING.windows)))
            for name, text in data.items()
        }
        self._store = Store(Path("store"))
        self._done = os.open("done", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self._children = set()
        for name in sorted(self._kept):
            add(self._store, [name], "kept")
        for what in (self._add, self._read, self._merge, self._take_out):  # loads the kernels
            what(self._random)
        self._size = size

    def work(self, kills):
        """Kill so many processes, one after the other; let the others end, and look at it all."""
        problems = []
        while kills:
            while len(self._children) < self._size:
                self._children.add(self._started(self._random.randrange(1 << 32)))
            time.sleep(self._random.uniform(0, _LONGEST_PAUSE))
            child = self._random.choice(sorted(self._children))
            os.kill(child, signal.SIGKILL)
            kills -= not self._problem(child, problems)
        Path("stop").touch()
        end = time.monotonic() + _LONGEST_CHANGE
        while self._children and time.monotonic() < end:
            for child in list(self._children):
                if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                    self._problem(child, problems)
            time.sleep(1e-3)
        for child in list(self._children):
            os.kill(child, signal.SIGKILL)
            self._problem(child, [])
            problems.append("one waits without end")
        self._look(problems)
        return {"done": Counter(Path("done").read_text().split()), "failures": problems}

    def _problem(self, child, problems):
        """Return whether a process ended with something wrong."""
        self._children.discard(child)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code in (0, -signal.SIGKILL):
            return False
        problems.append(Path(f"log{child}").read_text()[-1000:])
        return True

    def _started(self, seed):
        """Fork off a process that works until there is a file ``stop``."""
        _check_single()
        if child := os.fork():
            return child
        code = 1
        try:
            draw = random.Random(seed)
            while not Path("stop").exists():
                what = draw.choice(
                    [self._add] * 4 + [self._read] * 3 + [self._merge, self._take_out, self._remove]
                )
                with suppress(InputError):  # another one has taken it away
                    what(draw)
                    os.write(self._done, what.__name__[1:].encode() + b"\n")
            code = 0
        except BaseException:
            Path(f"log{os.getpid()}").write_text(traceback.format_exc())
        finally:
            os._exit(code)

    def _add(self, draw):
        add(self._store, draw.sample(self._names, 3), f"l{draw.randrange(9)}")

    def _take_out(self, draw):
        subtract(self._store, draw.sample(self._names, 2))

    def _merge(self, draw):
        self._store.compact(draw.choice([None, "last:3"]), draw.choice([None, "kept"]))

    def _remove(self, draw):
        labels = {about.label for about in self._store.segments()}
        labels = sorted(label for label in labels if "kept" not in label)
        self._store.remove(draw.choice([*labels, "none"]))

    def _read(self, draw):
        """Read as training does."""
        which = draw.choice([None, "last:2"])
        with self._store.opened(which) as segments:
            words, pairs = Counter(), Counter()
            expected_words, expected_pairs = Counter(), Counter()
            for segment in segments:
                own_words, own_pairs = found(segment)
                words.update(own_words)
                pairs.update(own_pairs)
                for entry in segment.info.inputs:
                    text_words, text_pairs = self._counts[entry["name"]]
                    expected_words.update(text_words)
                    expected_pairs.update(text_pairs)
            names = {entry["name"] for segment in segments for entry in segment.info.inputs}
            assert which or names >= self._kept, "texts are missing"
            assert (words, pairs) == (expected_words, expected_pairs), "the counts are others"

    def _look(self, problems):
        """Put it all in order, and see that it is."""
        add(self._store, self._names, "l9")
        self._store.compact()
        self._read(random.Random(2))
        (about,) = self._store.segments()
        self._store.verify([about])
        if {entry["name"] for entry in about.inputs} != {*self._names, *self._kept}:
            problems.append("there are not all the texts")
        if left := {p.name for p in Path("store").iterdir()} - {about.path.name}:
            problems.append(f"there is also {sorted(left)}")


def answer(request):
    """Kill so many processes of a crowd; tell what was done, and what was wrong."""
    locks._LOOK_AGAIN_SECONDS = 1e-3  # so many are seldom at one store
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        os.chdir(folder)
        return Crowd(request["seed"], request["processes"], request["texts"]).work(request["kills"])


if __name__ == "__main__":
    serve(answer)
