"""The progress bar on a terminal: what is done, the time elapsed, and the time left, told apart."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers.terminals import on_terminal

from w2vcli.cli import progress


@dataclass
class Reading:
    done: int = 0
    total: int | None = None
    text: int = 0
    finished: bool = False


@pytest.mark.parametrize(
    ("reading", "shown"),
    [
        (Reading(), (0, None, "reading")),
        (Reading(25, 100, 90), (25, 100, "reading")),
        (Reading(0, None, 12_345_678), (0, None, "reading, 12.3 MB so far")),
        (Reading(100, 100, 300, finished=True), (0, None, "counting")),
        (Reading(0, 0, 0), (0, None, "reading")),  # a folder of empty files
    ],
)
def test_how_much_is_read(reading, shown):
    assert progress._shown_reading(reading, "reading", "counting") == shown


def test_the_clock():
    assert [progress._clock(s) for s in (0, 59.9, 61, 3600 + 62)] == [
        "0:00:00", "0:00:59", "0:01:01", "1:01:02",
    ]  # fmt: skip


def test_elapsed_and_left_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("the king rules the land\n" * 100_000, encoding="utf-8")
    code, shown = on_terminal("build-vocab text -o vocab", columns=100)
    assert code == 0
    bars = [line for line in shown if "elapsed" in line]
    assert bars
    for line in bars:
        assert re.search(r"[0-9]:[0-9]{2}:[0-9]{2} elapsed(, [0-9]:[0-9]{2}:[0-9]{2} left)?$", line)
    assert any(line.startswith("reading the corpus") for line in bars)


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_a_bar_goes_on_from_reading_to_training(monkeypatch, capfd, share):
    monkeypatch.setattr(progress, "shows_progress", lambda: True)
    monkeypatch.setitem(os.environ, "COLUMNS", "100")
    reading = Reading(10, 40, 10)
    with progress.meter("reading", reading) as meter:
        meter.update(share, "pass 1/2")
        reading.done = 40  # is looked at no more
        meter.update(share, "pass 1/2")
    assert f"{share * 100:3.0f}%" in capfd.readouterr().err
