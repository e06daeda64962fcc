"""A run whose output layer is lost goes on from the last checkpoint, to the same bytes."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from w2vcli import Selection, TrainingOptions, train
from w2vcli.errors import StorageError, UsageError
from w2vcli.softmax.optimizer import Optimizer
from w2vcli.softmax.output_layer import OutputHere, OutputLostError
from w2vcli.training.events import Progress, Recovering, Saved

TEXT = "the cat sat on the mat and the dog sat on the log as the cat saw the dog\n" * 20
PATHS = [{"arch": "skipgram", "method": "grouped"}, {"arch": "cbow"}]


class Elsewhere:
    """An output layer with arrays of its own, which is lost at some calls of ``block``."""

    def __init__(self, losses):
        self._losses = set(losses)
        self._calls = 0

    @contextmanager
    def opened(self, output):
        self._ours = output
        names = output.w_out.name, output.bias.name
        theirs = [
            Optimizer(name, values.parameter.copy())
            for name, values in zip(names, (output.w_out, output.bias), strict=True)
        ]
        for mine, their in zip((output.w_out, output.bias), theirs, strict=True):
            their.accumulators[:] = mine.accumulators
        self._theirs = theirs
        self._there = OutputHere(output._replace(w_out=theirs[0], bias=theirs[1]))
        yield self
        # What was not fetched is gone.
        for their in theirs:
            their.parameter[:] = np.nan

    def block(self, *arguments, **named):
        self._calls += 1
        if self._calls in self._losses:
            raise OutputLostError("the worker is lost")
        return self._there.block(*arguments, **named)

    def variances(self, *arguments):
        return self._there.variances(*arguments)

    def fetch(self):
        for own, there in zip((self._ours.w_out, self._ours.bias), self._theirs, strict=True):
            own.parameter[:] = there.parameter
            own.accumulators[:] = there.accumulators


def run(path, losses, output, **how):
    Path("text.txt").write_text(TEXT)
    seen = []
    options = TrainingOptions(dim=4, batch=4, seed=3, **path)
    there = None if losses is None else Elsewhere(losses).opened
    train(
        "text.txt", output, options, words=Selection(1), open_output=there, report=seen.append,
        validation="text.txt", **how,
    )  # fmt: skip
    return seen


@pytest.mark.parametrize("path", PATHS)
def test_the_model_has_the_same_bytes_wherever_it_is_lost(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    blocks = sum(isinstance(event, Progress) for event in run(path, None, "here"))
    assert blocks > 4
    for lost in range(1, blocks + 3):  # held-out losses are blocks, too
        seen = run(path, [lost], "there", checkpoint_passes=1)
        (recovering,) = [event for event in seen if isinstance(event, Recovering)]
        assert recovering.reason == "the worker is lost"
        before = [event for event in seen[: seen.index(recovering)] if isinstance(event, Saved)]
        saved = (before[-1].pass_number, before[-1].blocks_done) if before else (1, 0)
        assert recovering.position == saved
        done = [point.passes for point in recovering.curve.points]
        assert all(passes <= saved[0] for passes in done)
        assert Path("there").read_bytes() == Path("here").read_bytes()
        assert not Path("there.checkpoint").exists()


def test_three_losses_without_a_checkpoint_between_end_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(PATHS[0], None, "here")
    with pytest.raises(StorageError, match=r"lost; the last checkpoint is there.checkpoint, and "):
        run(PATHS[0], [1, 2, 3], "there")
    assert not Path("there").exists()
    run(PATHS[0], [1, 2], "there", resume=True)
    assert Path("there").read_bytes() == Path("here").read_bytes()


def test_losses_with_a_checkpoint_between_do_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = sum(isinstance(event, Progress) for event in run(PATHS[0], None, "here"))
    losses = range(2, 5 * blocks, 3)
    seen = run(PATHS[0], losses, "there", checkpoint_seconds=1e-9)
    assert sum(isinstance(event, Recovering) for event in seen) > 3
    assert Path("there").read_bytes() == Path("here").read_bytes()


def test_a_run_that_may_be_lost_needs_a_name_for_its_checkpoint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="name an output"):
        run(PATHS[0], [], None)
