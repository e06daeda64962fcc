"""The lines by which the manual counts, or chooses words, in shares: run, with the bytes of one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.sessions import blocks
from helpers.texts import SENTENCES

from w2vcli.cli.app import invoke

MINE = "tests/docs/test_shares_shown.py"
MANUAL = Path(__file__).resolve().parents[2] / "w2vcli" / "manual"


def shown(page):
    """The scripts of a page."""
    found = blocks((MANUAL / page).read_text(encoding="utf-8"))
    return ["\n".join(block.lines) for block in found if block.marked("run by") == MINE]


def run(script, **variables):
    environment = (
        os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"} | variables
    )
    subprocess.run(["sh", "-ec", script], env=environment, check=True)


@pytest.fixture(autouse=True)
def texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("texts").mkdir()
    for number in range(3):
        Path("texts", f"{number}.txt").write_text(f"text {number}\n{SENTENCES}" * (number + 1))


def only(store):
    (segment,) = Path(store).iterdir()
    return segment.read_bytes()


def test_shares_by_xargs_and_by_an_array_of_jobs():
    by_xargs, by_slurm = shown("count.md")
    run(by_xargs)
    assert invoke(["count", "texts", "--store", "one", "--label", "2026-11-23"]) == 0
    assert only("counts") == only("one")
    Path("counts").rename("by-xargs")
    for number in range(16):
        run(by_slurm, SLURM_ARRAY_TASK_ID=str(number))
    assert invoke(["store", "counts", "--compact"]) == 0
    assert only("counts") == only("one")


def test_shares_of_words_by_make():
    (makefile,) = shown("build-vocab.md")
    Path("Makefile").write_text(makefile + "\n")
    run("make -j 2 all.vocab")
    assert invoke(["build-vocab", "texts", "-o", "one.vocab", "--min-count", "2"]) == 0
    assert Path("all.vocab").read_bytes() == Path("one.vocab").read_bytes()
