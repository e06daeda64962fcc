"""Ten parts of WikiText-2's beginning, in and out of a store in any way, count as all at once."""

import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from helpers.store_scenes import bytes_of

PROGRAM = [sys.executable, "-m", "w2vcli"]
TRAIN = ["--max-vocab", "3000", "--dim", "8", "--passes", "0.5", "--seed", "3"]
PARTS, LINES = 10, 10_000
_SHORTEST_LIFE, _LONGEST_LIFE = 0.3, 1.5


def cut(text, random):
    """Cut a text into uneven parts, between lines."""
    lines = text.splitlines(keepends=True)
    while True:
        borders = sorted(random.sample(range(1, len(lines)), PARTS - 1))
        parts = ["".join(lines[i:j]) for i, j in zip([0, *borders], [*borders, None], strict=True)]
        if len(set(parts)) == PARTS:
            return parts


@pytest.mark.jit
def test_parts_of_wikitext_in_any_order_some_twice_some_by_processes_that_are_killed(
    w2v, shared_data
):
    random = Random(20)

    def run(*arguments):
        code, out, err = w2v(*arguments)
        assert code == 0, err
        return out

    whole = "text"
    with (shared_data / "wikitext2.train.txt").open(encoding="utf-8") as text:
        Path(whole).write_text("".join(islice(text, LINES)), encoding="utf-8")
    run("count", whole, "--store", "whole", "--label", "whole")
    run("train", whole, *TRAIN, "-o", "whole.model")
    expected = Path("whole.model").read_bytes()

    for number, part in enumerate(cut(Path(whole).read_text(encoding="utf-8"), random)):
        Path(f"part-{number}").write_text(part, encoding="utf-8")
    Path("copy").write_bytes(Path("part-7").read_bytes())
    order = random.sample(range(PARTS), PARTS)
    alone, together = order[:3], order[3:]
    for number in [*alone, alone[0]]:
        run("count", f"part-{number}", "--store", "parts", "--label", f"part-{number}")

    # The others at once, each part twice; of each pair one may be killed at any moment.
    def started(number):
        command = ["count", f"part-{number}", "copy", "--store", "parts"]
        return subprocess.Popen(
            [*PROGRAM, *command, "--label", f"part-{number}", "--threads", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    killed = 0
    for number in together:
        both = [started(number), started(number)]
        victim, other = random.sample(both, 2)
        try:
            victim.wait(random.uniform(_SHORTEST_LIFE, _LONGEST_LIFE))
        except subprocess.TimeoutExpired:
            os.kill(victim.pid, signal.SIGKILL)
        for process in (victim, other):
            _, err = process.communicate()
            killed += process.returncode == -signal.SIGKILL
            assert process.returncode in (0, *[-signal.SIGKILL] * (process is victim)), err
    assert killed >= 1, "nobody was killed"

    run("train", "--store", "parts", *TRAIN, "-o", "uncompacted.model")
    assert Path("uncompacted.model").read_bytes() == expected
    assert run("store", "parts", "--compact", "--label", "all").count("\n") == 1
    assert bytes_of("parts") == bytes_of("whole")
    run("count", "part-4", "part-7", "--store", "parts", "--subtract")
    assert bytes_of("parts") != bytes_of("whole")
    run("count", "copy", "part-4", "--store", "parts", "--label", "again")
    run("train", "--store", "parts", *TRAIN, "-o", "parts.model")
    assert Path("parts.model").read_bytes() == expected
    run("store", "parts", "--remove", "again")
    run("count", "part-7", "part-4", "--store", "parts", "--label", "again")
    run("store", "parts", "--compact")
    run("store", "parts", "--verify")
    assert bytes_of("parts") == bytes_of("whole")
    assert len(os.listdir("parts")) == 1  # noqa: PTH208
    for choice in ([], ["--segments", "last:1"], ["--segments", "again..all"]):
        run("train", "--store", "parts", *choice, *TRAIN, "-o", "parts.model")
        assert Path("parts.model").read_bytes() == expected
