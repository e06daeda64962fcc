"""Which tests run in which half of the suite: ``make test`` runs it compiled and as plain Python.

The plain half, with NUMBA_DISABLE_JIT=1, shows that the kernels do the same as plain Python. A test
that runs no kernel in this process proves in it what it has just proved, so it runs once.
"""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

ONCE = {
    "bench",
    "stress",
    "system",
    "test_halves.py",
    "test_structure.py",
    "text/test_demo_corpus.py",
    "text/test_fingerprint.py",
}
"""Folders and files of tests that run once; of others some tests are marked ``once``."""


def is_plain(path, markers):
    """Return whether the plain half has a test, by its file and the names of its markers."""
    places = {path, *path.parents}
    listed = any(TESTS / name in places for name in ONCE)
    return not listed and markers.isdisjoint({"jit", "once"})
