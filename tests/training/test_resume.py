"""A run that stops goes on to the same bytes; one run at a time; stale files are swept."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.arguments import changed

from w2vcli.errors import DataError, LockedError, UsageError
from w2vcli.system.locks import locked
from w2vcli.system.tensor_file import read_tensors, verify, write_tensors
from w2vcli.system.threads import Team
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection
from w2vcli.training import checkpoint
from w2vcli.training.checkpoint import Checkpoint
from w2vcli.training.events import PassReport, Progress, Saved
from w2vcli.training.options import TrainingOptions
from w2vcli.training.recipe import prepare
from w2vcli.training.run import CheckpointPolicy, run
from w2vcli.vectors import model
from w2vcli.vectors.model import Model

PATHS = [
    {"arch": "skipgram", "method": "grouped"},
    {"arch": "skipgram", "method": "stream"},
    {"arch": "cbow"},
]
SUBWORDS = [
    {"subwords": "2-3"},
    {"subwords": "2-3", "word_rows": False},
]


def prepared(team, options, resume=None, **how):
    words, held_out = Selection(min_count=2), Corpus(["text.txt"])
    return prepare(Corpus(["text.txt"]), options, team, words, held_out, resume=resume, **how)


def trained(options, output, stop_after=None, resume=None, threads=1, counted=object, **how):
    """Train, to the end or until so many events have come; return how many came."""
    path, events = Path("saved"), 0

    def asked():
        return stop_after is not None and events >= stop_after

    with Team(threads) as team:
        training = prepared(team, options, resume, **how)
        for event in run(training, CheckpointPolicy(path, requested=asked)):
            events += isinstance(event, counted)
            if isinstance(event, Saved) and event.stopped:
                return events
        training.model().save(Path(output))
    return events


@pytest.mark.parametrize(
    "more", [{}, {"optimizer": "sgd", "start": "random"}, {"bias": False}, *SUBWORDS]
)
@pytest.mark.parametrize("path", PATHS)
def test_wherever_a_run_stops_it_goes_on_to_the_same_bytes(w2v, path, more):
    options = TrainingOptions(dim=3, passes=2, batch=9, **path, **more)
    events = trained(options, "whole")
    expected = Path("whole").read_bytes()
    assert events > 8
    for stop in range(1, events, max(1, events // 4)):
        trained(options, "part", stop_after=stop)
        assert not Path("part").exists()
        trained(options, "part", resume=Path("saved"), threads=2)
        assert Path("part").read_bytes() == expected
        Path("part").unlink()


@pytest.mark.parametrize("more", [{}, *SUBWORDS])
@pytest.mark.parametrize("warm", [None, "model.safetensors"])
def test_wherever_a_run_with_rare_words_stops_it_goes_on_to_the_same_bytes(
    w2v, monkeypatch, warm, more
):
    """Those that gradient descent does not visit are lifted once, as the closing pass begins."""
    monkeypatch.setattr("w2vcli.training.data.HEAD_WORDS", 10)
    options = TrainingOptions(dim=4, passes=2, batch=9, prior=2.0, **more)
    how = {"warm_start": warm and Path(warm)}
    events = trained(options, "whole", **how)
    assert Model.load(Path("whole")).squares[0].all() == bool(warm)
    for stop in range(1, events):
        trained(options, "part", stop_after=stop, **how)
        trained(options, "part", resume=Path("saved"), threads=2, **how)
        assert Path("part").read_bytes() == Path("whole").read_bytes()


@pytest.mark.parametrize("path", PATHS)
def test_a_run_that_stops_again_and_again(w2v, path):
    options = TrainingOptions(dim=3, passes=2, batch=3, **path)
    trained(options, "whole")
    trained(options, "part", stop_after=1)
    stops = 0
    while not Path("part").exists():
        trained(options, "part", stop_after=3, resume=Path("saved"), counted=Progress)
        stops += 1
    assert stops > 2
    assert Path("part").read_bytes() == Path("whole").read_bytes()


@pytest.mark.parametrize("path", PATHS)
def test_a_run_that_stops_behind_the_last_block_of_a_pass(w2v, path):
    options = TrainingOptions(dim=3, passes=2, batch=9, closing=False, **path)
    blocks = trained(options, "whole", counted=Progress) // 2
    assert blocks > 1
    trained(options, "part", stop_after=blocks, counted=Progress)
    state = Checkpoint.load(Path("saved")).state
    assert (state.pass_number, state.blocks_done) == (1, blocks)
    trained(options, "part", resume=Path("saved"))
    assert Path("part").read_bytes() == Path("whole").read_bytes()


def test_saving_on_the_way_changes_nothing(w2v):
    options = TrainingOptions(dim=3, passes=4, batch=9)
    trained(options, "whole")
    with Team() as team:
        training = prepared(team, options)
        events = list(run(training, CheckpointPolicy(Path("saved"), passes=2)))
        training.model().save(Path("saved-often"))
    saved = [event for event in events if isinstance(event, Saved)]
    assert [(event.pass_number, event.blocks_done) for event in saved] == [(3, 0), (5, 0)]
    assert [e.closing for e in events if isinstance(e, PassReport)] == [False] * 4 + [True]
    assert Path("saved-often").read_bytes() == Path("whole").read_bytes()


def test_a_run_of_before_smoothing_and_prior_goes_on_without_them(w2v):
    """Its checkpoint knows neither, in its options, its losses and its history; nor does it know
    a closing pass."""
    options = TrainingOptions(dim=3, passes=3, batch=9, smoothing=1.0, prior=0.0, closing=False)
    blocks = trained(options, "whole", counted=Progress) // 3
    trained(options, "part", stop_after=blocks + 1, counted=Progress)
    about, tensors = read_tensors(Path("saved"), checkpoint.format_for(TrainingOptions().as_json()))
    del about["config"]["smoothing"], about["config"]["prior"], about["config"]["closing"]
    assert about["state"]["loss"].pop() == 0.0
    assert [record.pop("prior") for record in about["state"]["history"]] == [0.0]
    kind = checkpoint.format_for(about["config"])
    write_tensors(Path("saved"), kind, tensors, {k: about[k] for k in kind.metadata})
    with pytest.raises(UsageError, match=r"has another --prior: 0\.0 there, 30\.0 here"):
        trained(replace(options, prior=30.0), "part", resume=Path("saved"))
    with pytest.raises(UsageError, match=r"has another --smoothing: 1\.0 there, 0\.75 here"):
        trained(replace(options, smoothing=0.75), "part", resume=Path("saved"))
    with pytest.raises(UsageError, match=r"has another --closing: False there, True here"):
        trained(replace(options, closing=True), "part", resume=Path("saved"))
    trained(options, "part", resume=Path("saved"))
    whole, part = (model.Model.load(Path(name)) for name in ("whole", "part"))
    for name in ("w_in", "w_out", "bias"):
        assert getattr(part, name).tobytes() == getattr(whole, name).tobytes()
    assert part.history == [
        {k: v for k, v in record.items() if (number, k) != (0, "prior")}
        for number, record in enumerate(whole.history)
    ]


# --- the command ------------------------------------------------------------------------

TRAIN = ["train", "text.txt", "-o", "new", "--dim", "4", "--passes", "3", "--min-count", "2"]


@pytest.fixture
def stopped(w2v):
    code, _, err = w2v(*TRAIN, "--max-time", "0.000001")
    assert code == 0
    assert "there is more to do, and no model was written" in err
    assert not Path("new").exists()
    return w2v


def test_max_time_and_resume(stopped):
    code, out, _ = stopped(*TRAIN, "--resume", "--json")
    assert code == 0
    assert '{"event": "resumed", "pass": 1, "blocks_done": 1}\n' in out
    assert stopped(*TRAIN[:3], "whole", *TRAIN[4:])[0] == 0
    assert Path("new").read_bytes() == Path("whole").read_bytes()
    assert not Path("new.checkpoint").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lr", "0.1"], "has another --lr: 0.25 there, 0.1 here"),
        (["--passes", "5"], "has another --passes: 3 there, 5 here"),
        (["--window", "2"], "has another --window: 5 there, 2 here"),
        (["--smoothing", "1"], "has another --smoothing: 0.75 there, 1.0 here"),
        (["--prior", "3"], "has another --prior: 30.0 there, 3.0 here"),
        (["--lower"], "has another --lower: False there, True here"),
        (["--subwords", "2-3"], "has another --subwords: none there, 2-3 here"),
        (["--max-vocab", "9"], "has another vocabulary choice"),
        (["--validation", "text.txt"], "has another held-out text: none there"),
    ],
)
def test_a_checkpoint_of_other_options_is_refused(stopped, options, message):
    before = Path("new.checkpoint").read_bytes()
    code, out, err = stopped(*changed(TRAIN, options), "--resume")
    assert (code, out) == (2, "")
    assert message in err.splitlines()[-1]
    assert Path("new.checkpoint").read_bytes() == before


def test_a_checkpoint_of_another_corpus_is_refused(stopped):
    with Path("text.txt").open("a") as text:
        text.write("the king\n")
    code, _, err = stopped(*TRAIN, "--resume")
    assert code == 2
    assert "has another corpus" in err


@pytest.mark.parametrize("reordered", ["text.txt", "held-out.txt"])
@pytest.mark.parametrize("path", [["--arch", "cbow"], ["--method", "stream"]])
def test_the_same_lines_in_another_order_are_another_streamed_run(w2v, path, reordered):
    """The fingerprint of a text does not depend on its order; a streamed run does."""
    shutil.copy("text.txt", "held-out.txt")
    command = [*TRAIN, *path, "--validation", "held-out.txt"]
    assert w2v(*command, "--max-time", "0.000001")[0] == 0
    lines = Path(reordered).read_text().splitlines(keepends=True)
    Path(reordered).write_text("".join(reversed(lines)))
    code, _, err = w2v(*command, "--resume")
    assert code == 2
    assert "has another order of lines" in err
    Path(reordered).write_text("".join(lines))
    assert w2v(*command, "--resume")[0] == 0


def test_a_grouped_run_does_not_mind_the_order_of_lines(stopped):
    lines = Path("text.txt").read_text().splitlines(keepends=True)
    Path("text.txt").write_text("".join(reversed(lines)))
    assert stopped(*TRAIN, "--resume")[0] == 0
    assert stopped(*TRAIN[:3], "whole", *TRAIN[4:])[0] == 0
    assert Path("new").read_bytes() == Path("whole").read_bytes()


def test_a_damaged_checkpoint_is_refused(stopped):
    data = bytearray(Path("new.checkpoint").read_bytes())
    data[-3] ^= 1
    Path("new.checkpoint").write_bytes(data)
    code, _, err = stopped(*TRAIN, "--resume")
    assert code == 65
    assert "new.checkpoint: not a usable checkpoint: its content is not what its checksum" in err


NESTED = json.loads('{"a": ' * 600 + "1" + "}" * 600)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["pass"], 0),
        (["pass"], 9),
        (["pass"], "x"),
        (["blocks_done"], -1),
        (["loss"], [1]),
        (["loss"], [1, "x"]),
        (["loss"], [1, 2, "x"]),
        (["loss"], [1, 2, 3, 4]),
        (["random"], {}),
        (["random", "bit_generator"], "MT19937"),
        (["random", "state", "state"], -1),
        (["random", "has_uint32"], 1e300),
        (["history"], None),
        (["history"], [{"validation_loss": None}]),
        (["history"], [{"loss": 1.0}]),
        (["history"], [{"loss": 1.0, "validation_loss": "x"}]),
        (["history"], [{"loss": 1.0, "prior": "x", "validation_loss": None}]),
        (["history"], [[]]),
    ],
)
def test_a_checkpoint_that_no_run_has_written_is_refused(stopped, place, value):
    about, tensors = read_tensors(Path("new.checkpoint"), checkpoint.FORMAT)
    tensors |= {f"{name}_squares": values for name, values in tensors.items()}
    inner = about["state"]
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    kind = checkpoint.format_for(about["config"])
    write_tensors(Path("new.checkpoint"), kind, tensors, {k: about[k] for k in kind.metadata})
    code, out, err = stopped(*TRAIN, "--resume")
    assert (code, out) == (65, "")
    assert "new.checkpoint: not a usable checkpoint: it does not say where the run stands" in err


@pytest.mark.parametrize("rows", [-1, 1])
@pytest.mark.parametrize("subwords", [(), ("--subwords", "2-3")])
def test_a_checkpoint_of_more_or_fewer_input_rows_is_refused(w2v, subwords, rows):
    """Its options and its words say how many there are: one for each word and each n-gram."""
    command = [*TRAIN, *subwords]
    assert w2v(*command, "--max-time", "0.000001")[0] == 0
    about, tensors = checkpoint.read(Path("new.checkpoint"))
    for name in ("input", "input_squares"):
        tensors[name] = np.resize(tensors[name], (len(tensors[name]) + rows, 4))
    kind = checkpoint.format_for(about["config"])
    write_tensors(Path("new.checkpoint"), kind, tensors, {k: about[k] for k in kind.metadata})
    code, out, err = w2v(*command, "--resume")
    assert (code, out) == (65, "")
    assert "it does not go with its options and its words" in err


ODD = [NESTED, [NESTED], "x" * 5000, "one\ntwo", 10**300, None]


def compared(saved, now):
    path = Path("new.checkpoint")
    saved.check_options(path, now.config)
    saved.check_texts(path, now.corpus, now.words)


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_another_run_is_shown_in_a_short_sentence(stopped, value):
    saved = Checkpoint.load(Path("new.checkpoint"))
    texts = {"tokens": value, "fingerprint": value}
    for config, corpus in (
        ({"vocabulary": {"given": value}}, {}),
        ({"vocabulary": value}, {}),
        ({"one\ntwo" * 100: 1}, {}),
        (saved.config, texts),
    ):
        other = replace(saved, config=config, corpus=corpus)
        with pytest.raises(UsageError) as caught:
            compared(other, saved)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 300


def test_without_a_checkpoint_resume_begins_anew(w2v):
    code, _, err = w2v(*TRAIN, "--resume")
    assert code == 0
    assert "no checkpoint found; starting from scratch" in err


@pytest.mark.parametrize(
    "wrong",
    [["--max-time", "x"], ["--max-time", "0"], ["--checkpoint-every", "0pass"], ["--lock", "no"]],
)
def test_wrong_options(w2v, wrong):
    code, out, err = w2v(*TRAIN, *wrong)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert wrong[0] in err


def test_divergence_leaves_the_old_model(w2v):
    Path("new").write_bytes(b"old")
    code, _, err = w2v(*TRAIN, "--optimizer", "sgd", "--start", "random", "--lr", "1e38")
    assert code == 70
    assert "training diverged in pass" in err
    assert Path("new").read_bytes() == b"old"


# --- one run at a time ------------------------------------------------------------------


def test_one_run_at_a_time(w2v):
    with locked(Path("new")):
        code, out, err = w2v(*TRAIN)
        assert (code, out) == (75, "")
        assert err == (
            "w2vcli: new: another run is at work on it; wait for its end, or for it to end with "
            "--lock wait\n"
        )
        code, _, err = w2v(*TRAIN, "--lock", "skip")
        assert (code, err) == (0, "TIME new: another run is at work on it; nothing is left to do\n")
        assert w2v(*TRAIN, "--lock", "wait=0.2")[0] == 75
        assert w2v("build-vocab", "text.txt", "-o", "new")[0] == 75
        assert w2v("build-vocab", "text.txt", "-o", "other")[0] == 0
        assert not Path("new").exists()
    assert w2v(*TRAIN)[0] == 0
    assert [p.name for p in Path().iterdir() if p.name.startswith(".")] == []


def test_waiting_for_another_run(w2v):
    script = "from pathlib import Path; from w2vcli.system.locks import locked; import time\n"
    script += "with locked(Path('new')): print(flush=True); time.sleep(0.5)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(LockedError), locked(Path("new")):
            pass
        with locked(Path("new"), 30):
            assert holder.wait() == 0


def test_a_killed_holder_never_blocks(tmp_path):
    path = tmp_path / "new"
    script = f"from pathlib import Path; from w2vcli.system.locks import locked; import time\n\
with locked(Path({str(path)!r})): print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        holder.kill()
    assert (tmp_path / ".new.lock").exists()
    with locked(path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_killed_runs_left_is_swept_and_nothing_else(tmp_path):
    path, saved = tmp_path / "new", tmp_path / "new.checkpoint"
    stale = [".new.0123abcd.tmp", ".new.checkpoint.0123abcd.tmp"]
    others = [".newer.0123abcd.tmp", ".new.0123abcd.tmp.txt", ".new.x123abcd.tmp", "new.tmp"]
    for name in stale + others:
        (tmp_path / name).touch()
    with locked(path, 0, saved):
        pass
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(others)


def test_a_lock_whose_file_was_taken_away_is_taken_anew(tmp_path):
    """As by a holder that ends between our opening of the file and our locking it."""
    path, name = tmp_path / "new", tmp_path / ".new.lock"
    handle = os.open(name, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    name.unlink()
    with locked(path):
        assert name.exists()
    os.close(handle)


# --- every bit --------------------------------------------------------------------------


def test_every_flipped_bit_of_a_model_and_a_checkpoint_is_found(stopped, tmp_path):
    assert stopped("train", "text.txt", "-o", "small", "--dim", "1", "--max-vocab", "3")[0] == 0
    for path, kind in ((Path("small"), model.FORMAT), (Path("new.checkpoint"), checkpoint.FORMAT)):
        good = path.read_bytes()
        assert len(verify(path, kind)) == 64
        flipped = tmp_path / "flipped"
        places = range(8 * len(good)) if kind is model.FORMAT else range(0, 8 * len(good), 37)
        for bit in places:
            data = bytearray(good)
            data[bit // 8] ^= 1 << bit % 8
            flipped.write_bytes(data)
            with pytest.raises(DataError):
                verify(flipped, kind)
    assert Checkpoint.load(Path("new.checkpoint")).state.blocks_done == 1
