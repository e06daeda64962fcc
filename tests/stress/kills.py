"""Kill -9: whenever a run dies, the output is the old or the new one, and the next run goes on.

Runs are forked off a process that has the program and its kernels loaded, or each would spend a
second on imports. It has a single thread, which is checked before every fork: OpenBLAS is held to
one, compiled kernels start none, and the program's own have ended. That a fork does what the
program does shows in its output: it must be that of a process of its own, byte by byte.

Half of the kills come at a random moment of the time that a whole run takes, half shortly after a
temporary file has appeared: any, or that of the output. After a quarter of the kills the next run
is killed too.
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from stress.cases import CASES, OUTPUT, TEXT, text
from stress.workers import serve

from w2vcli.cli import app as cli
from w2vcli.training.checkpoint import beside

PHASES = (
    "before the lock",
    "reading",
    "training",
    "writing the checkpoint",
    "writing the output",
    "output in place",
)
_LONGEST_WRITE = 0.002
_LONGEST_RUN = 300


class Victim:
    """A case in a folder of its own, whose runs are killed.

    Parameters
    ----------
    case
        Which.
    folder
        An empty folder.
    random
        Where the moments come from.

    Attributes
    ----------
    went_on, again
        After how many kills the next run went on from what was saved, and was killed itself.
    """

    def __init__(self, case, folder, random):
        self._case, self._random = case, random
        self._work, self._events, self._log = folder / "work", folder / "events", folder / "log"
        self.went_on = self.again = 0
        self._done = True
        os.chdir(folder)  # the last one is gone, and compiling asks where it is
        self._begin(old=False)
        self._expected = self._of_its_own(folder)
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            self._begin(old=False)
            if problems := self._finish(resumes=False):
                raise RuntimeError(f"without a kill: {problems}")
            times.append(time.perf_counter() - begin)
        self._length = statistics.median(times)

    def _of_its_own(self, folder):
        """Return what an unforked, unhurried run writes, and load the kernels here."""
        if self._case.run is cli.run:
            command = [sys.executable, "-m", "w2vcli", *self._case.arguments]
            done = subprocess.run(command, cwd=self._work, capture_output=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr.decode()[-1000:])
            expected = self._output()
            self._begin(old=False)
        os.chdir(self._work)
        self._case.run(self._case.arguments)
        os.chdir(folder)
        return expected if self._case.run is cli.run else self._output()

    def _output(self):
        return self._case.read(self._work / OUTPUT)

    def _begin(self, *, old):
        """Empty the folder but for the text, and an old output if there is to be one."""
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir()
        (self._work / TEXT).write_bytes(text())
        if old or self._case.needs_old:
            self._case.old(self._work / OUTPUT)
        self._old, self._before = self._output(), set()

    def killed(self):
        """Kill one run, and see what it has left; then, mostly, what the next run makes of it.

        Returns
        -------
        phase
            Where the kill hit; None if the run ended before it.
        problems
            What is not as it should be, in sentences.
        """
        if self._done:
            self._begin(old=self._random.random() < 0.5)
        (self._work / self._case.lock).unlink(missing_ok=True)  # to see whether this run has it
        self._before = set(temporaries(self._work))
        ended = self._ended_before_the_kill()
        if ended is not None:
            self._done = True
            return None, self._complete() if ended == 0 else [f"it ended with code {ended}"]
        phase, problems = self._phase(), self._whole()
        self._done = bool(problems) or self._output() != self._old or self._random.random() < 0.75
        if self._done:
            went_on = self._saved().exists()
            self.went_on += went_on
            problems += self._finish(resumes=went_on)
        else:
            self.again += 1
        return phase, problems

    def _ended_before_the_kill(self):
        """Return the exit code of a run that the kill did not reach, None of one that it did."""
        child = self._started()
        wait = self._random.uniform(0, 1.05) * self._length
        aim = self._random.choice(["moment", "moment", "any", "output"])
        end = time.perf_counter() + (0 if aim == "output" else wait)
        status = _waited(child, lambda: time.perf_counter() >= end)
        if status is None and aim != "moment":
            status = _waited(child, lambda: self._new_temporaries(of_output=aim == "output"))
            time.sleep(self._random.uniform(0, _LONGEST_WRITE))
        if status is None:
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
        code = os.waitstatus_to_exitcode(status)
        return None if code == -signal.SIGKILL else code

    def _new_temporaries(self, *, of_output=False):
        """Return the names of the temporary files that this run has begun, and not ended."""
        new = {*temporaries(self._work)} - self._before
        return {name for name in new if not (of_output and ".checkpoint." in name)}

    def _started(self):
        """Fork off a run, and return its process."""
        _check_single()
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            os.chdir(self._work)
            for number, name in enumerate((os.devnull, self._events, self._log)):
                flags = os.O_RDWR | (os.O_CREAT | os.O_TRUNC if number else 0)
                os.dup2(os.open(name, flags), number)
            code = self._case.run(self._case.arguments)
            sys.stdout.flush()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _saved(self):
        return beside(self._work / OUTPUT)

    def _phase(self):
        """Say where the kill hit, by what it left."""
        if new := self._new_temporaries():
            saving = any(".checkpoint." in name for name in new)
            return "writing the checkpoint" if saving else "writing the output"
        if self._output() == self._expected:
            return "output in place"
        if not (self._work / self._case.lock).exists():
            return "before the lock"
        return "training" if self._events.read_bytes() else "reading"

    def _whole(self):
        """Look at what a killed run has left."""
        problems = []
        if self._output() not in (self._old, self._expected):
            problems.append("the output is neither the old nor the new one")
        if self._case.saved and self._saved().exists():
            try:
                self._case.saved(self._saved())
            except Exception as error:
                problems.append(f"what was saved cannot be read: {error!r}")
        known = {TEXT, OUTPUT, self._case.lock, *temporaries(self._work)}
        if self._case.saved:
            known.add(self._saved().name)
        if unknown := {*os.listdir(self._work)} - known:  # noqa: PTH208 - fast, and names suffice
            problems.append(f"it left {sorted(unknown)}")
        if len(new := self._new_temporaries()) > 1:
            problems.append(f"it left several temporary files: {sorted(new)}")
        return problems

    def _finish(self, *, resumes):
        """Let a run come to its end."""
        self._events.write_bytes(b"")
        child, end = self._started(), time.monotonic() + _LONGEST_RUN
        status = _waited(child, lambda: time.monotonic() >= end, every=1e-3)
        if status is None:
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
        code = os.waitstatus_to_exitcode(status)
        problems = self._complete() if code == 0 else [f"the next run ended with code {code}"]
        if (b'"resumed"' in self._events.read_bytes()) != resumes:
            problems.append("the next run went on" + (" not" if resumes else " with nothing"))
        return problems

    def _complete(self):
        """Look at what a run has left that came to its end."""
        problems = []
        if self._output() != self._expected:
            problems.append("the output is not that of a run that was never killed")
        names = {*os.listdir(self._work), *temporaries(self._work)}  # noqa: PTH208
        if (self._work / self._case.lock).exists():
            names.add(self._case.lock)
        if left := names - {TEXT, OUTPUT}:
            problems.append(f"after a whole run there is {sorted(left)}")
        return problems

    def log(self):
        """Return the end of what the last run said."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-1000:]


def temporaries(folder):
    """Return the names of the temporary files in a folder and below."""
    return [name for _, _, names in os.walk(folder) for name in names if name.endswith(".tmp")]


def _waited(child, reason, every=50e-6):
    """Wait for the end of a process, and return its status; None if there is a reason to go on."""
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        if reason():
            return None
        time.sleep(every)


def _check_single():
    """Raise a RuntimeError unless this process has one thread, so that it may fork."""
    end = time.monotonic() + 5
    while time.monotonic() < end:  # one that was joined may take a moment to be gone
        tasks = Path("/proc/self/task")
        if threading.active_count() == 1 and (
            not tasks.exists() or len(list(tasks.iterdir())) == 1
        ):
            return
    raise RuntimeError("it is not safe to fork: there are other threads")


def answer(request):
    """Kill so many runs of each case, and tell in which phase, and what was wrong."""
    told = {}
    for name, kills in request["kills"].items():
        phases, failures = Counter(), []
        with TemporaryDirectory() as folder:
            victim = Victim(CASES[name], Path(folder), Random(f"{request['seed']} {name}"))
            while phases.total() < kills:
                phase, problems = victim.killed()
                phases.update([phase] if phase else [])
                if problems:
                    where = f"{name}, kill {phases.total()}, {phase or 'after its end'}"
                    failures.append(f"{where}: {'; '.join(problems)}\n{victim.log()}")
        told[name] = {
            "phases": phases,
            "went_on": victim.went_on,
            "again": victim.again,
            "failures": failures,
        }
    return told


if __name__ == "__main__":
    serve(answer)
