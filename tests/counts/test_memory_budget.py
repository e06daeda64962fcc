"""``--memory`` of count bounds the process, words included, or is refused with what would do."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from w2vcli.counts import memory_budget
from w2vcli.counts.external_sum import MEMORY
from w2vcli.counts.memory_budget import MemoryBudget
from w2vcli.counts.store import Store
from w2vcli.errors import UsageError
from w2vcli.text.corpus import Corpus

COUNT = """
import re, sys
from pathlib import Path
from w2vcli.cli.app import run
code = run(["count", "text", "--store", "store", "--memory", "256M", "--threads", sys.argv[1]])
# Not ru_maxrss, in which a process begins with the peak of the one that started it.
print(code, re.search(r"VmHWM:\\s*([0-9]+) kB", Path("/proc/self/status").read_text())[1])
"""


def counted(types, threads):
    """Count a text of so many types in a process; return its code, peak in KB, and messages."""
    words = np.random.default_rng(0).integers(types, size=2_000_000) + 1_000_000
    lines = words.reshape(-1, 20).astype(str).tolist()
    Path("text").write_text("".join(" ".join(line) + "\n" for line in lines), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(threads)], capture_output=True, text=True, check=False
    )
    code, peak = map(int, done.stdout.split())
    return code, peak, done.stderr


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted otherwise")
@pytest.mark.parametrize("threads", [1, 2])
def test_counting_keeps_to_the_memory_given(threads):
    code, peak, err = counted(60_000, threads)
    assert code == 0, err
    assert peak <= 256 << 10


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted otherwise")
def test_too_many_words_for_the_memory_are_refused_before_they_take_it():
    code, peak, err = counted(900_000, 2)
    assert code == 2
    assert "w2vcli: --memory 256M is too little for so many different words (" in err
    assert peak <= 256 << 10
    assert list(Path("store").iterdir()) == []


MERGE = """
import re
from pathlib import Path
from w2vcli.cli.app import run
code = run(["store", "store", "--compact", "--memory", "256M", "--threads", "2"])
print(code, re.search(r"VmHWM:\\s*([0-9]+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted otherwise")
def test_merging_takes_each_word_once_however_many_segments_have_it():
    """By the sum of their types, 12 times 40,000, it was refused."""
    generator = np.random.default_rng(0)
    for number in range(12):
        words = generator.integers(40_000, size=300_000) + 1_000_000
        lines = words.reshape(-1, 20).astype(str).tolist()
        text = "".join(" ".join(line) + "\n" for line in lines)
        Path("text").write_text(text, encoding="utf-8")
        Store("store").add(Corpus(["text"]), str(number))
    done = subprocess.run(
        [sys.executable, "-c", MERGE], capture_output=True, text=True, check=False
    )
    code, peak = map(int, done.stdout.split()[-2:])
    assert code == 0, done.stderr
    assert peak <= 256 << 10
    (info,) = Store("store").segments()
    assert (info.tokens, info.types) == (3_600_000, 40_000)


def test_what_is_left_and_what_would_do(monkeypatch):
    held = [500 << 20]
    monkeypatch.setattr(memory_budget, "resident", lambda: held[0])
    budget = MemoryBudget(256 << 20)
    assert budget.left() == (256 - 118 << 20) // 2  # what was held before does not count
    held[0] += 100 << 20
    assert budget.left() == (256 - 218 << 20) // 2
    assert budget.left(50_000) == ((38 << 20) - 50_000 * 120) // 2
    with pytest.raises(UsageError, match=r"words \(100,000 so far\): it takes 262M at least"):
        budget.left(100_000)
    assert MemoryBudget(MEMORY).left(1_000_000) > 0
