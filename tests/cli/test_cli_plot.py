"""train --plot and info --plot: the same curve, whole at any time, and never at the run's cost."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers.terminals import PROGRAM, on_terminal

from w2vcli.cli import picture_files
from w2vcli.cli.live_curve import LiveCurve
from w2vcli.errors import StorageError
from w2vcli.judging.training_curve import curve_of

TRAIN = ["train", "text.txt", "-o", "new", "--dim", "3", "--batch", "3", "--passes", "2"]
SVG = "{http://www.w3.org/2000/svg}"


def data_of(page):
    """What a page of a curve shows, from its file."""
    text = Path(page).read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text)[1])


def names():
    return sorted(path.name for path in Path().iterdir())


@pytest.mark.parametrize("kind", ["svg", "html", "png"])
def test_info_draws_what_train_has_drawn(w2v, kind):
    if kind == "png":
        pytest.importorskip("matplotlib")
    before = names()
    code, out, err = w2v(*TRAIN, "--validation", "text.txt", "--plot", f"a.{kind}")
    assert (code, out) == (0, "")
    assert err.splitlines()[-2:] == ["TIME wrote new", f"TIME wrote a.{kind}"]
    code, out, err = w2v("info", "new", "--plot", f"b.{kind}")
    assert (code, err) == (0, f"TIME wrote b.{kind}\n")
    assert out == w2v("info", "new")[1]
    assert Path(f"a.{kind}").read_bytes() == Path(f"b.{kind}").read_bytes()
    assert set(names()) - set(before) == {"new", f"a.{kind}", f"b.{kind}"}


def test_the_picture_has_the_numbers_of_the_events(w2v):
    _, out, _ = w2v(*TRAIN, "--validation", "text.txt", "--plot", "a.html", "--json")
    events = [json.loads(line) for line in out.splitlines()]
    data = data_of("a.html")
    losses = [(e["loss"], e["prior"], e["validation_loss"]) for e in events if "prior" in e]
    assert [(e["loss"], e["prior"], e["held_out"]) for e in [*data["losses"], data["final"]]] == (
        losses
    )
    (baselines,) = (event for event in events if event["event"] == "baselines")
    assert {name: data[name] for name in ("uniform", "unigram", "floor")} == {
        name: baselines[name] for name in ("uniform", "unigram", "floor")
    }
    assert len(data["points"]) > 4


def test_a_picture_changes_nothing_of_the_model(w2v):
    w2v(*TRAIN)
    expected = Path("new").read_bytes()
    w2v(*TRAIN, "--plot", "a.svg")
    assert Path("new").read_bytes() == expected


def test_the_points_are_left_to_json(w2v):
    lines = w2v("info", "model.safetensors")[1].splitlines()
    assert [line for line in lines if line.startswith("curve.points")] == [
        f"curve.points\t{len(curve_of(Path('model.safetensors')).points)}; --json shows them, and "
        "--plot draws them"
    ]


def test_an_option_like_any_other(w2v):
    Path("w2v.toml").write_text('[train]\nplot = "a.svg"\n[info]\nplot = "b.svg"\n')
    assert w2v("--config", "w2v.toml", *TRAIN)[0] == 0
    assert w2v("--config", "w2v.toml", "info", "new")[0] == 0
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()


# --- on the way -------------------------------------------------------------------------


def test_a_run_that_stops_leaves_its_picture_and_goes_on_with_it(w2v):
    states = []
    arguments = [*TRAIN, "--plot", "a.html"]
    code, _, err = w2v(*arguments, "--max-time", "0.000001")
    assert code == 0
    assert err.splitlines()[-1] == "TIME wrote a.html"
    states.append(data_of("a.html"))
    assert states[0]["state"].startswith("not finished: 0.")
    w2v("info", "new.checkpoint", "--plot", "b.html")
    assert data_of("b.html") == states[0]
    for more in [["--max-time", "0.000001"]] * 9 + [[]]:
        assert w2v(*arguments, *more, "--resume")[0] == 0
        states.append(data_of("a.html"))
        for name in ("points", "losses"):
            assert states[-1][name][: len(states[-2][name])] == states[-2][name]
    assert states[-1]["state"] == "finished: 2 passes and the closing pass"
    resumed = Path("a.html").read_bytes()
    w2v(*arguments)
    assert Path("a.html").read_bytes() == resumed


def test_a_killed_run_leaves_a_whole_picture(w2v):
    arguments = [*TRAIN[:-1], "100000", "--plot", "a.svg"]
    run = subprocess.Popen([*PROGRAM, *arguments], stderr=subprocess.DEVNULL)
    seen, deadline = set(), time.monotonic() + 60
    while len(seen) < 3 and time.monotonic() < deadline:
        if Path("a.svg").exists():
            root = ElementTree.fromstring(Path("a.svg").read_text(encoding="utf-8"))
            seen.add(root.find(f"{SVG}desc").text)
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert len(seen) == 3
    root = ElementTree.fromstring(Path("a.svg").read_text(encoding="utf-8"))
    assert "not finished: " in root.find(f"{SVG}desc").text
    # What the killed run has left beside it, the next one removes.
    Path(".a.svg.0123abcd.tmp").write_bytes(b"half")
    assert w2v(*TRAIN, "--plot", "a.svg")[0] == 0
    assert "finished: 2 passes" in Path("a.svg").read_text(encoding="utf-8")
    assert [name for name in names() if "tmp" in name or "lock" in name] == []


class Clock:
    """Time that passes only where it is told to."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


def test_pictures_are_drawn_now_and_then(w2v, monkeypatch):
    """Every three seconds and after each pass; in a twentieth of the time where that is more."""
    from w2vcli import Corpus, TrainingOptions, events, train

    reported = []
    options = TrainingOptions(dim=3, batch=2, passes=3, closing=False, method="stream")
    train(Corpus(["text.txt"]), options=options, report=reported.append)
    clock, drawn, cost = Clock(), [], 0.0

    def write(path, picture):
        drawn.append(clock.now)
        clock.now += cost

    monkeypatch.setattr("w2vcli.cli.live_curve.time", clock)
    monkeypatch.setattr(picture_files, "write", write)

    def times(step):
        """At which events a picture is drawn, where a block takes so long; and the kinds."""
        live, found = LiveCurve(Path("a.svg"), "svg", ""), []
        clock.now = 100.0
        for number, event in enumerate(reported):
            before = len(drawn)
            live.take(event)
            found += [(number, type(event))] * (len(drawn) - before)
            clock.now += step if isinstance(event, events.Progress) else 0.0
        return found

    passes = sum(isinstance(event, events.PassReport) for event in reported)
    quick = times(1e-6)
    assert [kind for _, kind in quick] == [
        events.Started, *[events.PassReport] * passes, events.FinalReport,
    ]  # fmt: skip
    slow = [number for number, kind in times(1.0) if kind is events.Progress]
    assert slow
    assert min(b - a for a, b in pairwise(slow)) >= 3
    cost = 0.5
    dear = [number for number, kind in times(1.0) if kind is events.Progress]
    assert min(b - a for a, b in pairwise(dear)) >= 10
    assert times(1.0)[-1][1] is events.FinalReport


@pytest.mark.parametrize(
    "failure", [StorageError("a.svg: could not be written: no room"), ValueError("a bug")]
)
def test_a_picture_that_fails_is_told_once_and_costs_nothing(w2v, monkeypatch, failure):
    def fails(path, picture):
        raise failure

    monkeypatch.setattr(picture_files, "write", fails)
    code, _, err = w2v(*TRAIN, "--plot", "a.svg")
    assert code == 0
    assert Path("new").exists()
    assert err.count("warning") == 1
    assert f"w2vcli: warning: the run goes on without its picture: {failure}" in err
    assert "wrote a.svg" not in err


def test_a_folder_that_is_gone_on_the_way(w2v, monkeypatch):
    """By the last picture it is there again."""
    write, calls = picture_files.write, []

    def sometimes(path, picture):
        calls.append(path)
        if 1 < len(calls) < 4:
            raise StorageError("gone")
        write(path, picture)

    monkeypatch.setattr("w2vcli.cli.live_curve._SHARE", 0)
    monkeypatch.setattr(picture_files, "write", sometimes)
    _, _, err = w2v(*TRAIN, "--plot", "a.svg")
    assert len(calls) >= 4
    assert err.count("warning") == 1
    assert err.splitlines()[-1] == "TIME wrote a.svg"


# --- refused before anything is read ----------------------------------------------------


@pytest.mark.parametrize(
    ("plot", "code", "message"),
    [
        ("a.jpg", 2, "--plot: a.jpg does not end in .html, .svg or .png; name a file that does"),
        ("svg", 2, "--plot: svg does not end in .html, .svg or .png"),
        ("", 2, "--plot:  does not end in .html, .svg or .png"),
        ("text.svg", 2, "--plot: text.svg is also read; write to another file"),
        ("model.svg", 2, "--plot: model.svg is also read; write to another file"),
        ("new.svg", 2, "--plot: new.svg is a file that the run itself writes"),
        ("link.svg", 2, "--plot: link.svg is a file that the run itself writes"),
        ("./new.svg", 2, "--plot: ./new.svg is a file that the run itself writes"),
        ("texts/a.svg", 2, "--plot: texts/a.svg lies in the folder texts, which is read"),
        ("none/a.svg", 73, "none/a.svg: the folder none does not exist"),
        ("folder.svg", 73, "folder.svg: this is not a regular file"),
        ("x" * 300 + ".svg", 73, "x"),
    ],
)
def test_a_picture_that_cannot_be(w2v, plot, code, message):
    Path("folder.svg").mkdir()
    Path("texts").mkdir()
    Path("texts/one.txt").write_text("a b\n")
    os.link("text.txt", "text.svg")
    os.link("model.safetensors", "model.svg")
    Path("link.svg").symlink_to("new.svg")
    before = names()
    arguments = ["train", "text.txt", "texts", "--warm-start", "model.safetensors"]
    arguments += ["-o", "new.svg", "--validation", "text.txt", "--plot", plot]
    found, out, err = w2v(*arguments)
    assert (found, out) == (code, ""), err
    assert err.startswith(f"w2vcli: {message}")
    assert err.count("\n") == 1
    assert names() == before


def test_a_picture_of_a_checkpoint_is_no_checkpoint(w2v):
    code, _, err = w2v(*TRAIN[:2], "-o", "a", "--plot", "a.checkpoint")
    assert (code, err[:35]) == (2, "w2vcli: --plot: a.checkpoint does n")


def test_a_picture_that_another_run_draws(w2v):
    from w2vcli.system.locks import locked

    with locked(Path("a.svg")):
        code, _, err = w2v(*TRAIN, "--plot", "a.svg")
        assert (code, "a.svg: another run is at work on it" in err) == (75, True)
        assert w2v(*TRAIN, "--plot", "a.svg", "--lock", "skip")[0] == 0
    assert not Path("new").exists()
    assert not Path("a.svg").exists()


@pytest.mark.parametrize(
    ("file", "plot", "code", "message"),
    [
        ("text.vocab", "a.svg", 65, "text.vocab: only a model and a checkpoint of one have a "),
        ("model.safetensors", "a.gif", 2, "--plot: a.gif does not end in .html, .svg or .png"),
        ("model.svg", "model.svg", 2, "--plot: model.svg is also read; write to another file"),
        ("model.safetensors", "none/a.svg", 73, "none/a.svg: the folder none does not exist"),
        ("none", "a.svg", 66, "none: cannot be read"),
    ],
)
def test_what_info_cannot_draw(w2v, file, plot, code, message):
    os.link("model.safetensors", "model.svg")
    before = names()
    found, out, err = w2v("info", file, "--plot", plot)
    assert (found, out, err.count("\n")) == (code, "", 1), err
    assert err.startswith(f"w2vcli: {message}")
    assert names() == before


def test_without_matplotlib(w2v, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, _, err = w2v(*TRAIN, "--plot", "a.png")
    assert code == 2
    assert "writing PNG needs one more package: pip install 'w2vcli[plot]'" in err
    assert not Path("new").exists()


# --- on a terminal ----------------------------------------------------------------------


def shown(w2v, monkeypatch, columns=80, more="", **environment):
    """What a training shows on a terminal."""
    for name, value in {"LC_ALL": "C.UTF-8", **environment}.items():
        monkeypatch.setenv(name, value)
    command = f"train text.txt -o new --dim 3 --batch 3 --passes 2 --validation text.txt {more}"
    code, lines = on_terminal(command, columns=columns)
    assert code == 0
    return lines


def curve_in(lines):
    """The lines of the curve among them: from its title to its key."""
    titles = [n for n, line in enumerate(lines) if line.strip().startswith("loss in nats")]
    if not titles:
        return []
    (first,) = titles
    (last,) = (n for n, line in enumerate(lines) if line.lstrip()[1:7] == " exact")
    return lines[first : last + 1]


def test_a_training_ends_with_a_curve(w2v, monkeypatch):
    lines = shown(w2v, monkeypatch)
    curve = curve_in(lines)
    assert len(curve) == 13
    assert max(map(len, curve)) <= 80
    assert lines[-1] == "wrote new"
    kept = curve_of(Path("new"))
    assert f"◆ exact {kept.final.loss:.4f}" in curve[-1]
    assert any(f"unigram {kept.unigram:.4f}" in line for line in curve)
    assert sum("\u2801" <= char <= "\u28ff" for line in curve for char in line) > 5


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}]
)
def test_where_there_is_no_braille(w2v, monkeypatch, environment):
    curve = curve_in(shown(w2v, monkeypatch, 60, **environment))
    assert len(curve) == 13
    assert max(map(len, curve)) <= 60
    assert "".join(curve).isascii()
    assert "".join(curve).count("*") > 5


def test_where_there_is_no_room(w2v, monkeypatch):
    assert curve_in(shown(w2v, monkeypatch, columns=40)) == []


def test_with_json_or_in_a_log_there_is_none(w2v, monkeypatch):
    assert curve_in(shown(w2v, monkeypatch, more="--json")) == []
    assert "loss in nats" not in w2v(*TRAIN)[2]


@pytest.mark.parametrize(("terminal", "letters"), [("dumb", 0), ("linux", 42)])
def test_terminals_of_few_letters(w2v, monkeypatch, terminal, letters):
    """The helper's own TERM stands for no terminal of these."""
    from w2vcli.cli import console, messages

    monkeypatch.setattr(messages, "on_terminal", lambda: True)
    monkeypatch.setenv("TERM", terminal)
    assert console.draws() == bool(letters)
    assert not console.draws("\u2801")
    monkeypatch.setenv("TERM", "xterm")
    assert console.draws()
