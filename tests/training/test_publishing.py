"""Publishing from Python: accepted or refused, the models before kept, put back."""

import os
from pathlib import Path

import pytest

from w2vcli import Gate, Requirements, kept_models, roll_back, train
from w2vcli.errors import (
    DataError,
    InputError,
    LockedError,
    OutputError,
    RefusedError,
    UsageError,
)
from w2vcli.system.locks import locked
from w2vcli.text.vocabulary import Selection
from w2vcli.training import publishing
from w2vcli.training.events import Kept
from w2vcli.training.options import TrainingOptions
from w2vcli.vectors.model import Model

OPTIONS = TrainingOptions(dim=3, passes=1, batch=9)


def night(number, **how):
    """Train a model that differs from those of other nights."""
    options = TrainingOptions(dim=3, passes=1, batch=9, seed=number)
    return train("text.txt", "x", options, words=Selection(min_count=2), threads=1, **how)


def refuse(finished):
    raise RefusedError(f"refused: {len(finished.model.words)} words")


def names():
    return sorted(file.name for file in Path().glob("*x*") if not file.name.startswith("text"))


# --- the gate ---------------------------------------------------------------------------


def test_a_model_that_is_accepted_is_the_same(w2v):
    seen = []
    night(1, accept=seen.append)
    accepted = Path("x").read_bytes()
    night(1)
    assert Path("x").read_bytes() == accepted
    (finished,) = seen
    assert finished.output == Path("x")
    assert finished.held_out is None
    assert finished.model.words == Model.load(Path("x")).words


def test_a_model_that_is_refused_leaves_all_as_it_was(w2v):
    night(1)
    before, status = Path("x").read_bytes(), Path("x").stat()
    with pytest.raises(RefusedError, match=r"^refused: \d+ words; x is unchanged$"):
        night(2, accept=refuse, checkpoint_passes=1)
    assert Path("x").read_bytes() == before
    assert Path("x").stat().st_mtime_ns == status.st_mtime_ns
    assert names() == ["x"]  # no checkpoint, from which a run would come to the same end


def test_without_a_model_before_there_is_none_after(w2v):
    with pytest.raises(RefusedError, match=r"words; no model was written$"):
        night(2, accept=refuse)
    assert names() == []


def test_a_refused_model_is_kept_on_request(w2v):
    night(2)
    wanted = Path("x").read_bytes()
    night(1)
    before = Path("x").read_bytes()
    for _ in range(2):  # the second replaces the first
        with pytest.raises(
            RefusedError, match=r"x is unchanged, and the refused one is x.refused$"
        ):
            night(2, accept=refuse, keep_refused=True)
        assert Path("x").read_bytes() == before
        assert Path("x.refused").read_bytes() == wanted
        assert names() == ["x", "x.refused"]
        Path("x.refused").write_bytes(before)


def test_a_refused_model_that_cannot_be_kept_is_refused_all_the_same(w2v, monkeypatch):
    def save(_model, path):
        raise OutputError(f"{path}: cannot be created: No space left on device")

    night(1)
    monkeypatch.setattr(Model, "save", save)
    with pytest.raises(RefusedError, match=r"x is unchanged; x.refused: cannot be created: No sp"):
        night(2, accept=refuse, keep_refused=True)


def test_what_is_no_model_is_never_replaced(w2v):
    Path("x.refused").write_text("notes")
    with pytest.raises(
        OutputError, match=r"x.refused: this is not a model of w2vcli, and it would"
    ):
        night(1, keep_refused=True)
    assert Path("x.refused").read_text() == "notes"
    night(1)


def test_a_run_that_stops_is_not_judged(w2v):
    assert night(1, accept=refuse, max_seconds=0) is None
    assert names() == ["x.checkpoint"]
    with pytest.raises(RefusedError):
        night(1, accept=refuse, resume=True)
    assert names() == []


def test_a_gate_that_fails_in_another_way_leaves_the_checkpoint(w2v):
    def fail(_finished):
        raise InputError("the held-out text is gone")

    with pytest.raises(InputError, match="is gone"):
        night(1, accept=fail, checkpoint_passes=1)
    assert names() == ["x.checkpoint"]
    night(1, resume=True)
    assert names() == ["x"]


def test_without_an_output_a_model_may_be_judged_and_not_kept(w2v):
    seen = []
    train("text.txt", options=OPTIONS, accept=seen.append)
    assert seen[0].output is None
    with pytest.raises(RefusedError, match=r"words$"):
        train("text.txt", options=OPTIONS, accept=refuse)
    for how in ({"keep": 1}, {"keep_refused": True}):
        with pytest.raises(UsageError, match="models are kept beside the output: name an output"):
            train("text.txt", options=OPTIONS, **how)
    with pytest.raises(UsageError, match="--keep -1 is not a number of models"):
        night(1, keep=-1)


def test_requirements_from_python(w2v):
    required = Requirements.of(["overlap >= 0.99", "words >= previous"], "train")
    reports = []
    gate = Gate(required, report=reports.append)
    night(1, accept=gate)
    night(1, accept=gate)
    with pytest.raises(RefusedError, match=r"overlap 0.[0-9]+ is below 0.99"):
        night(2, accept=gate)
    first, second, third = ([verdict.met for verdict in report] for report in reports)
    assert (first, second, third) == ([True, True], [True, True], [False, True])


# --- what is kept -----------------------------------------------------------------------


def test_the_models_before_are_kept(w2v):
    events, models = [], []
    for number in range(1, 6):
        night(number, keep=2, report=events.append)
        models.insert(0, Path("x").read_bytes())
    assert names() == ["x", "x.1", "x.2"]
    assert [Path(name).read_bytes() for name in names()] == models[:3]
    kept = [event for event in events if isinstance(event, Kept)]
    assert kept == [
        *[Kept(Path("x.1"), [])] * 2,
        *[Kept(Path("x.1"), [Path("x.3")])] * 2,
    ]
    with pytest.raises(RefusedError):
        night(6, keep=2, accept=refuse)
    assert [Path(name).read_bytes() for name in names()] == models[:3]
    night(6)
    assert names() == ["x", "x.1", "x.2"]  # it keeps no more, and leaves those that there are


def test_a_write_that_fails_moves_nothing(w2v, monkeypatch):
    for number in (1, 2):
        night(number, keep=3)
    before = {name: Path(name).read_bytes() for name in names()}

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("w2vcli.system.files.os.fsync", fail)
    with pytest.raises(Exception, match="x: could not be written: No space left on device"):
        night(3, keep=3)
    assert {name: Path(name).read_bytes() for name in names()} == before


@pytest.mark.parametrize("name", ["x", "x.1", "x.2", "x.3"])
def test_other_files_where_models_would_be_kept(w2v, name):
    for number in (1, 2, 3, 4):
        night(number, keep=3)
    Path(name).write_text("notes")
    before = {file: Path(file).read_bytes() for file in names()}
    with pytest.raises(OutputError, match=f"{name}: this is not a model of w2vcli"):
        night(5, keep=3)
    assert {file: Path(file).read_bytes() for file in names()} == before


@pytest.mark.parametrize("what", ["folder", "link"])
def test_what_is_no_file_where_models_would_be_kept(w2v, what):
    night(1)
    Path("x.1").mkdir() if what == "folder" else Path("x.1").symlink_to("nowhere")
    with pytest.raises(OutputError, match=r"x.1: this is not a model"):
        night(2, keep=3)


# --- rolling back -----------------------------------------------------------------------


def test_rolling_back(w2v):
    for number in (1, 2, 3):
        night(number, keep=5)
    models = [Path(name).read_bytes() for name in names()]
    os.utime("x.1", (1e9, 1e9))
    done = roll_back("x")
    assert names() == ["x", "x.1", "x.refused"]
    assert [Path(name).read_bytes() for name in names()] == [models[1], models[2], models[0]]
    size = len(Model.load(Path("x")).words)
    assert (done.model.path, done.model.words, done.model.dim) == (Path("x"), size, 3)
    assert done.model.tokens == Model.load(Path("x")).corpus["tokens"]
    assert f"{done.model.time:%Y-%m-%d}" == "2001-09-09"
    assert done.replaced.path == Path("x.refused")
    assert ([each.path for each in done.left], done.finished) == ([Path("x.1")], False)
    assert kept_models("x") == [done.model, *done.left]


def test_a_rollback_that_was_killed_is_finished(w2v, monkeypatch):
    for number in (1, 2, 3):
        night(number, keep=5)
    models = [Path(name).read_bytes() for name in names()]

    def dies(_path):
        if Path("x").read_bytes() == models[1]:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing.generations, "_close_ranks", dies)
        with pytest.raises(KeyboardInterrupt):
            roll_back("x")
    assert Path("x").read_bytes() == models[1]
    done = roll_back("x")
    assert done.finished
    assert [Path(name).read_bytes() for name in names()] == [models[1], models[2], models[0]]
    assert done.replaced.path == Path("x.refused")


def test_a_model_that_cannot_be_read_is_rolled_back(w2v):
    for number in (1, 2):
        night(number, keep=5)
    before = Path("x.1").read_bytes()
    Path("x").write_bytes(Path("x").read_bytes()[:-1])
    done = roll_back("x")
    assert Path("x").read_bytes() == before
    assert (done.replaced.words, done.replaced.tokens) == (None, None)


def test_a_generation_that_is_damaged_is_not_put_back(w2v):
    for number in (1, 2, 3):
        night(number, keep=5)
    model = Path("x").read_bytes()
    data = bytearray(Path("x.1").read_bytes())
    data[-1] ^= 1
    Path("x.1").write_bytes(data)
    with pytest.raises(DataError, match=r"x.1: not a usable model: .*damaged"):
        roll_back("x")
    assert Path("x").read_bytes() == model
    older = Path("x.2").read_bytes()
    Path("x.1").unlink()
    roll_back("x")
    assert Path("x").read_bytes() == older


def test_what_cannot_be_rolled_back(w2v):
    night(1)
    with pytest.raises(
        InputError, match=r"x: there is no file before it, as x.1 would be; 'w2vcli"
    ):
        roll_back("x")
    night(2, keep=1)
    Path("x.refused").write_text("notes")
    with pytest.raises(OutputError, match=r"x.refused: this is not a model"):
        roll_back("x")
    with locked(Path("x")), pytest.raises(LockedError):
        roll_back("x")
    with pytest.raises(InputError, match="nothing: no such file, and no generation of it"):
        kept_models("nothing")
