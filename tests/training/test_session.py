"""A training session: what lies beside the output, checkpoints that fail, calls from Python."""

import subprocess
from pathlib import Path

import pytest
from helpers.terminals import PROGRAM

from w2vcli.counts.store import Store
from w2vcli.errors import InputError, LockedError, OutputError, UsageError
from w2vcli.system.locks import locked
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection
from w2vcli.training import run
from w2vcli.training.events import FinalReport, PassReport, Position, Progress, Started
from w2vcli.training.options import TrainingOptions
from w2vcli.training.session import train
from w2vcli.vectors.model import Model

OPTIONS = TrainingOptions(dim=3, passes=2, batch=9)
WORDS = Selection(min_count=2)
TRAIN = ["train", "text.txt", "--min-count", "2", "--dim", "3", "--passes", "2", "--batch", "9"]


# --- what lies where the checkpoint goes ------------------------------------------------

IN_THE_WAY = "x.checkpoint: this is not a checkpoint of w2vcli, and one would be written here"


@pytest.mark.parametrize(
    "command",
    [
        ["train", "x.checkpoint", "-o", "x"],
        ["train", "text.txt", "-o", "x", "--validation", "x.checkpoint"],
        ["train", "text.txt", "-o", "x", "--vocab", "x.checkpoint"],
        ["train", "text.txt", "-o", "x", "--warm-start", "x.checkpoint"],
        ["train", "text.txt", "-o", "x"],
        ["train", "text.txt", "-o", "x", "--resume"],
    ],
)
def test_another_file_where_the_checkpoint_would_be_is_never_touched(w2v, command):
    text = Path("text.vocab" if "--vocab" in command else "text.txt").read_bytes()
    Path("x.checkpoint").write_bytes(text)
    code, _, err = w2v(*command)
    assert (code, Path("x").exists()) == (73, False)
    assert IN_THE_WAY in err
    assert Path("x.checkpoint").read_bytes() == text


def test_a_folder_where_the_checkpoint_would_be_is_named_before_the_work(w2v):
    Path("x.checkpoint").mkdir()
    code, _, err = w2v("train", "text.txt", "-o", "x")
    assert code == 73
    assert IN_THE_WAY in err
    assert "pass" not in err


def test_a_name_that_is_too_long_for_a_checkpoint_is_named_before_the_work(w2v):
    code, _, err = w2v("train", "text.txt", "-o", "x" * 250)
    assert code == 73
    assert f"{'x' * 250}.checkpoint: no checkpoint can be written here: File name too long" in err


def test_a_model_is_no_checkpoint(w2v):
    model = Path("model.safetensors").read_bytes()
    Path("x.checkpoint").write_bytes(model)
    assert w2v("train", "text.txt", "-o", "x")[0] == 73
    assert Path("x.checkpoint").read_bytes() == model


def test_a_checkpoint_of_an_earlier_run_is_replaced_and_goes_with_the_model(w2v):
    assert w2v(*TRAIN, "-o", "x", "--max-time", "0.000001")[0] == 0
    assert Path("x.checkpoint").exists()
    code, _, err = w2v(*TRAIN, "-o", "x")
    assert code == 0
    said = "x.checkpoint: a run was saved here; without --resume this one starts from scratch, and"
    assert said in err
    assert Path("x").exists()
    assert not Path("x.checkpoint").exists()


# --- a checkpoint that cannot be written ------------------------------------------------


def failing_saves(monkeypatch, fail):
    """Let checkpoints fail, the first of them, or from then on."""
    saves, save = [], run.Checkpoint.save

    def saved(checkpoint, path):
        saves.append(path)
        if fail(len(saves)):
            raise OutputError(f"{path}: cannot be created: No space left on device")
        save(checkpoint, path)

    monkeypatch.setattr(run.Checkpoint, "save", saved)
    return saves


def test_a_checkpoint_on_the_way_that_cannot_be_written_does_not_end_the_run(w2v, monkeypatch):
    assert w2v(*TRAIN, "-o", "whole")[0] == 0
    saves = failing_saves(monkeypatch, lambda number: number == 1)
    code, _, err = w2v(*TRAIN, "-o", "x", "--checkpoint-every", "1pass")
    assert (code, len(saves)) == (0, 3)
    assert Path("x").read_bytes() == Path("whole").read_bytes()
    warning = "warning: the run goes on without a checkpoint: x.checkpoint: cannot be created: No"
    assert err.count(warning) == 1
    assert err.index(warning) < err.index("saved after the last pass to x.checkpoint")


def test_a_checkpoint_with_which_the_run_stops_has_to_be_written(w2v, monkeypatch):
    failing_saves(monkeypatch, lambda _number: True)
    code, _, err = w2v(*TRAIN, "-o", "x", "--max-time", "0.000001")
    assert code == 73
    assert err.splitlines()[-1].endswith("x.checkpoint: cannot be created: No space left on device")
    assert not Path("x").exists()


# --- from Python ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "corpus", ["text.txt", Path("text.txt"), ["text.txt"], lambda: Corpus(["text.txt"])]
)
def test_training_gives_the_model_that_the_command_writes(w2v, corpus):
    assert w2v(*TRAIN, "-o", "x")[0] == 0
    events = []
    corpus = corpus() if callable(corpus) else corpus
    model = train(corpus, "y", OPTIONS, words=WORDS, threads=1, report=events.append)
    assert Path("y").read_bytes() == Path("x").read_bytes()
    assert model.words == Model.load(Path("x")).words
    started, *_, done = events
    assert isinstance(started, Started)
    assert isinstance(done, FinalReport)
    assert started.vocabulary.words == model.words
    assert started.selection == WORDS
    assert (started.warm_start, started.held_out, started.resumed) == (None, False, None)
    reports = [event for event in events if isinstance(event, PassReport)]
    assert [report.closing for report in reports] == [False] * 2 + [True]
    assert started.passes == 2
    assert any(isinstance(event, Progress) for event in events)


def test_training_on_a_store_gives_the_same_model(w2v):
    store = Store(Path("counts"))
    store.add(Corpus(["text.txt"]), "a")
    train(store, "y", OPTIONS, words=WORDS, segments="a")
    train("text.txt", "x", OPTIONS, words=WORDS)
    assert Path("y").read_bytes() == Path("x").read_bytes()
    with pytest.raises(InputError, match="no segment has the label 'b'"):
        train(store, "y", OPTIONS, segments="b")
    with pytest.raises(UsageError, match="segments are parts of a store"):
        train("text.txt", "y", OPTIONS, segments="a")


def test_without_an_output_nothing_is_written(w2v):
    before = {path.name for path in Path().iterdir()}
    model = train("text.txt", options=OPTIONS, words=WORDS)
    assert {path.name for path in Path().iterdir()} == before
    model.save(Path("x"))
    train("text.txt", "y", OPTIONS, words=WORDS)
    assert Path("y").read_bytes() == Path("x").read_bytes()


@pytest.mark.parametrize(
    "how",
    [{"resume": True}, {"max_seconds": 1}, {"checkpoint_passes": 1}, {"checkpoint_seconds": 1}],
)
def test_checkpoints_need_an_output(w2v, how):
    with pytest.raises(UsageError, match="checkpoints lie beside the output"):
        train("text.txt", options=OPTIONS, **how)


def test_a_run_that_stops_and_is_resumed(w2v):
    assert train("text.txt", "x", OPTIONS, words=WORDS, max_seconds=0) is None
    assert not Path("x").exists()
    events = []
    assert train("text.txt", "x", OPTIONS, words=WORDS, resume=True, report=events.append)
    assert isinstance(events[0].resumed, Position)
    train("text.txt", "y", OPTIONS, words=WORDS)
    assert Path("y").read_bytes() == Path("x").read_bytes()


@pytest.mark.parametrize("how", [{"corpus": "text.txt"}, {"corpus": ["."], "validation": "x"}])
def test_the_output_is_never_an_input(w2v, how):
    text = Path("text.txt").read_bytes()
    Path("x").write_bytes(text)
    output = "text.txt" if how["corpus"] == "text.txt" else "x"
    with pytest.raises(UsageError, match=f"{output} is also read; write to another file"):
        train(**how, output=output, options=OPTIONS)
    assert Path(output).read_bytes() == text


@pytest.mark.parametrize("command", ["build-vocab -", "train - --dim 3"])
def test_the_output_is_never_the_file_on_standard_input(w2v, command):
    text = Path("text.txt").read_bytes()
    with Path("text.txt").open("rb") as stream:
        done = subprocess.run(
            [*PROGRAM, *command.split(), "-o", "text.txt"],
            stdin=stream, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "--output: text.txt is also read; write to another file" in done.stderr
    assert Path("text.txt").read_bytes() == text


def test_the_output_is_locked(w2v):
    with locked(Path("x")), pytest.raises(LockedError):
        train("text.txt", "x", OPTIONS)
