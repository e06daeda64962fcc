"""Dask clusters of real processes on loopback."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
DASK = str(Path(sys.executable).parent / "dask")
LONG = 60.0


def wait_until(condition, seconds=LONG):
    """Wait until something is so, and return it."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)
    return found


class RealCluster:
    """A scheduler and workers, each a process with a log in the folder.

    Attributes
    ----------
    file
        The scheduler's file.
    address
        Its address.
    """

    def __init__(self, folder, protocol="tcp", dashboard=False, **variables):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self._variables = variables
        self._processes = []
        self._workers = 0
        self.scheduler = self._start(
            "scheduler", "--host", f"{protocol}://127.0.0.1", "--port", "0",
            "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(self.file),
            "--dashboard" if dashboard else "--no-dashboard",
        )  # fmt: skip
        wait_until(lambda: self.file.exists() and self.file.read_bytes())
        self.address = json.loads(self.file.read_bytes())["address"]

    def _start(self, *arguments, path=(), **variables):
        number = len(self._processes)
        places = os.pathsep.join([*map(str, path), str(TESTS)])
        with (self.folder / f"{number}-{arguments[0]}.log").open("wb") as log:
            process = subprocess.Popen(
                [DASK, *arguments],
                env=os.environ | {"PYTHONPATH": places} | self._variables | variables,
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._processes.append(process)
        return process

    def worker(self, *arguments, path=()):
        """Start a worker, in a process of its own if no nanny is asked for."""
        self._workers += 1
        nanny = () if "--nanny" in arguments else ("--no-nanny",)
        return self._start(
            "worker", "--scheduler-file", str(self.file), "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(self.folder / "local"), *nanny, *arguments, path=path,
        )  # fmt: skip

    def workers(self, number=2):
        """Start some workers."""
        return [self.worker() for _ in range(number)]

    def wait_for(self, number):
        """Wait until so many workers are there."""
        import distributed

        with distributed.Client(self.address, set_as_default=False) as client:
            wait_until(lambda: len(client.nthreads()) == number)

    def close(self):
        for process in self._processes:
            process.kill()  # a worker that is asked to end takes seconds to do so
            process.wait()


@contextmanager
def real_cluster(folder, **options):
    """Start a scheduler, and at the end stop it and its workers."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = RealCluster(folder, **options)
    try:
        yield cluster
    finally:
        cluster.close()


def pretend(folder, name, version):
    """Make a folder for PYTHONPATH by which a package seems to have another version."""
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return folder
