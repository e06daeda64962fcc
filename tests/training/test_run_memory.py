"""The memory of a run: what it may have, when it is refused, and that it keeps to its --memory."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.arguments import changed

from w2vcli.errors import UsageError, W2VError
from w2vcli.system.memory import Room
from w2vcli.training import run_memory
from w2vcli.training.options import TrainingOptions
from w2vcli.training.run_memory import LEAST_FOR_PAIRS, RunMemory
from w2vcli.training.sizes import PROGRAM, Load, arrays, peak

LOAD = Load(10_000, TrainingOptions().resolved(), 2, 20_000, 1_000_000)
WAYS = "raise --min-count, or lower --max-vocab, --dim or --batch"

TRAIN = """
import re, sys
from pathlib import Path
from w2vcli.cli.app import run
code = run(["train", "text", "-o", "model", *sys.argv[1:]])
print(code, re.search(r"VmHWM:\\s*([0-9]+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.fixture
def having(monkeypatch):
    """Set what the machine has left."""

    def having(size):
        limit = "that is what the machine has left"
        monkeypatch.setattr(run_memory, "room", lambda: Room(size, limit) if size else None)
        monkeypatch.setattr(run_memory, "resident", lambda: PROGRAM)

    return having


def test_what_is_left_for_pairs(having):
    fixed = PROGRAM + 4 * LOAD.stream + 100 * LOAD.words
    having(64 << 30)
    assert RunMemory().for_pairs(LOAD) == 1 << 30
    having(1 << 30)
    assert RunMemory().for_pairs(LOAD) == ((1 << 30) - fixed) // 2
    spare = 3 * 12 << 20  # two threads and one more
    assert RunMemory(4 << 30).for_pairs(LOAD) == ((4 << 30) - fixed - spare) // 2
    made_of_ngrams = replace(LOAD, ngrams=1_000, parts=5_000_000)
    more = arrays(made_of_ngrams)["n-grams"]
    having(1 << 30)
    assert RunMemory().for_pairs(made_of_ngrams) == ((1 << 30) - fixed - more) // 2
    made_of_ngrams = replace(LOAD, ngrams=1_000, parts=5_000_000)
    more = arrays(made_of_ngrams)["n-grams"]
    having(1 << 30)
    assert RunMemory().for_pairs(made_of_ngrams) == ((1 << 30) - fixed - more) // 2
    having(None)
    assert RunMemory().for_pairs(LOAD) == 1 << 30


def test_what_a_notebook_has_loaded_does_not_count_to_its_memory(having, monkeypatch):
    having(8 << 30)
    monkeypatch.setattr(run_memory, "resident", lambda: PROGRAM + (3 << 30))
    assert RunMemory(1 << 30).for_pairs(LOAD) > 0
    assert RunMemory()._most(LOAD).bytes == 5 << 30


def test_a_run_that_does_not_fit_is_refused_with_the_numbers(having):
    load = replace(LOAD, words=90_000)
    needed = peak(load)[0]
    having(needed - 1)
    with pytest.raises(W2VError) as raised:
        RunMemory().for_pairs(load)
    assert type(raised.value) is W2VError
    assert str(raised.value) == (
        f"not enough memory: a vocabulary of 90,000 words with 100 dimensions takes "
        f"{needed / 1e6:,.0f} MB at least, and this process may have {(needed - 1) / 1e6:,.0f} MB: "
        f"that is what the machine has left; {WAYS}"
    )
    with pytest.raises(UsageError) as raised:
        RunMemory(256 << 20).check(Load(10**6, LOAD.options))
    assert re.fullmatch(
        "--memory 256M is too little: a vocabulary of 1,000,000 words with 100 dimensions takes "
        f"[0-9]+M at least; give more, {re.escape(WAYS)}",
        str(raised.value),
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"pairs": 10**9}, "100 dimensions and 1,000,000,000 pairs of words takes"),
        ({"ngrams": 10**8}, "100 dimensions and 100,000,000 n-grams takes"),
        (
            {"ngrams": 10**8, "pairs": 10**9},
            "100 dimensions, 100,000,000 n-grams and 1,000,000,000 pairs of words takes",
        ),
    ],
)
def test_what_is_too_much_is_named(having, more, said):
    having(1 << 30)
    with pytest.raises(W2VError) as raised:
        RunMemory().check(replace(LOAD, **more))
    assert said in str(raised.value)
    assert ("lower --max-vocab, --max-subwords, --dim" in str(raised.value)) == ("ngrams" in more)


def test_what_would_do_does(having):
    having(1 << 40)
    with pytest.raises(UsageError, match=r"takes ([0-9]+)M at least") as raised:
        RunMemory(LEAST_FOR_PAIRS).for_pairs(LOAD)
    enough = int(re.search("takes ([0-9]+)M", str(raised.value))[1])
    assert RunMemory(enough << 20).for_pairs(LOAD) >= LEAST_FOR_PAIRS


def test_too_many_pairs_are_refused_as_soon_as_they_are_known(having):
    having(1 << 30)
    memory = RunMemory(512 << 20)
    check = memory.watching(LOAD, memory.for_pairs(LOAD))
    check(1000, True)
    check(9_000_000, False)  # there is room for what is known
    for complete in (True, False):
        with pytest.raises(UsageError, match=r"and 50,000,000 pairs of words takes [0-9]{4}M at"):
            check(50_000_000, complete)


def trained(*options):
    """Train in a process; return its code, its peak in bytes, and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, *options], capture_output=True, text=True, check=False
    )
    code, peak = map(int, done.stdout.split())
    return code, peak << 10, done.stderr


@pytest.fixture
def text(tmp_path, monkeypatch):
    """A text of 1.2 M tokens with many different pairs of words, here."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    shares = 1 / (np.arange(9000) + 20.0)
    words = random.choice(9000, 1_200_000, p=shares / shares.sum()) + 10_000
    lines = words.reshape(-1, 30).astype(str).tolist()
    Path("text").write_text("".join(" ".join(line) + "\n" for line in lines), encoding="utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted otherwise")
@pytest.mark.parametrize(
    "more", [[], ["--dim", "100", "--subwords", "1-6", "--subword-min-count", "1"]]
)
def test_training_keeps_to_the_memory_given_or_is_refused(text, more):
    """And the model is the same, whatever it is given."""
    options = changed(["--dim", "20", "--passes", "0.2", "--batch", "128"], more)
    code, most, err = trained(*options)
    assert code == 0, err
    model = Path("model").read_bytes()
    Path("model").unlink()
    code, _, err = trained(*options, "--memory", "256M")
    assert code == 2, err
    least = re.search("takes ([0-9]+)M at least", err)[1]
    assert not Path("model").exists()
    for given in (int(least), int(least) + 40):
        code, peak, err = trained(*options, "--memory", f"{given}M")
        if code == 2:  # what is needed is known exactly once the pairs are counted
            given = int(re.search("takes ([0-9]+)M at least", err)[1])
            code, peak, err = trained(*options, "--memory", f"{given}M")
        assert code == 0, err
        assert peak <= given << 20
        assert Path("model").read_bytes() == model
    assert most > 0
