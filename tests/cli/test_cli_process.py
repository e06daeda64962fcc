"""The program as a process: signals, broken pipes, full disks, closed streams, terminals."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.terminals import PROGRAM, on_terminal
from helpers.texts import TIME, without_times

from w2vcli.vectors.model import Model

SIMILAR = "similar model.safetensors king --top 3"
TRAIN = "train text.txt --min-count 3 --dim 3 --passes 3 -o new"
LONG = "train text.txt --min-count 3 --dim 3 --passes 1000000 -o new"


@pytest.fixture
def shell(w2v):
    """Run a shell command in which $W is the program; return its code and both outputs."""

    def run(command):
        environment = os.environ | {"W": f"{sys.executable} -m w2vcli"}
        done = subprocess.run(
            ["bash", "-c", command], env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (f"$W {SIMILAR} | head -0; exit ${{PIPESTATUS[0]}}", (0, "", "")),
        ("$W --help | true; exit ${PIPESTATUS[0]}", (0, "", "")),
        (f"$W {SIMILAR} > /dev/full", (74, "", "standard output: could not be written: No space")),
        ("$W --help > /dev/full", (74, "", "input or output failed: ")),
        (f"$W {SIMILAR} >&-", (74, "", "standard output is closed")),
        ("$W similar model.safetensors <&-", (2, "", "no words were given; name them after")),
        ("$W similar model.safetensors 0> other", (66, "", "standard input: cannot be read: ")),
        ("$W train - -o new <&-", (66, "", "standard input is closed")),
        ("$W similar model.safetensors nosuch 2>&-", (3, "", "")),
        ("$W similar none 2> /dev/full", (66, "", "")),
        ("$W similar none 2>&1 | true; exit ${PIPESTATUS[0]}", (66, "", "")),
    ],
)
def test_streams_that_fail(shell, command, expected):
    code, out, err = shell(command)
    assert (code, out) == expected[:2], err
    assert re.match(rf"{TIME} w2vcli: {re.escape(expected[2])}" if expected[2] else "$", err)
    assert err.count("\n") == bool(expected[2])


def test_every_line_of_a_log_begins_with_the_time(shell):
    code, _, err = shell("$W train text.txt -o new --min-count 1 --lr 1e30")
    assert code == 70
    assert "w2vcli: training diverged" in err
    assert [line for line in err.splitlines() if not re.match(rf"{TIME} \S", line)] == []


@pytest.mark.parametrize(
    ("streams", "code"),
    [
        ("--json 2> log | true", 0),
        ("--json 2> log > /dev/full", 74),
        ("2>&1 | true", 0),
        ("2> /dev/full", 0),
        ("<&- >&- 2>&-", 0),
    ],
)
def test_training_outlives_its_listeners(shell, streams, code):
    assert shell(f"$W {TRAIN} {streams}; exit ${{PIPESTATUS[0]}}")[0] == code
    assert len(Model.load(Path("new")).words)


@pytest.mark.parametrize("command", ["similar", "analogy", "predict", "predict --score"])
def test_a_mapped_model_that_is_cut_short_between_two_queries(w2v, command):
    """Large models are mapped, and reading what is gone would kill the process by SIGBUS."""
    assert w2v(*TRAIN.split())[0] == 0
    code = (
        "from w2vcli.vectors import model; model.IN_MEMORY = 0; "
        "from w2vcli.__main__ import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, *command.split(), "new"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
    ) as process:  # fmt: skip
        query = "king\n" if command in ("similar", "predict") else "the king rules\n"
        process.stdin.write(query)
        assert process.stdout.readline()
        os.truncate("new", 0)
        process.stdin.write(query)
        process.stdin.close()
        assert process.wait() == 65
        assert without_times(process.stderr.read()) == (
            "w2vcli: new: not a usable model: the file was cut short while it was in use; "
            "train it again or restore it\n"
        )


def started(arguments, **more):
    """Start a training run, and return once it is at work."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments.split()], stderr=subprocess.PIPE, text=True, **more
    )
    for line in process.stderr:
        if "pass 2/" in line:
            break
    return process


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_run_saves_it_and_leaves_the_model_as_it_was(w2v, name):
    Path("new").write_text("the model of yesterday", encoding="utf-8")
    before = sorted(Path().iterdir())
    process = started(LONG)
    process.send_signal(signal.Signals[name])
    last = without_times(process.stderr.read()).splitlines()[-1]
    assert process.wait() == -signal.Signals[name]
    assert last == (
        f"w2vcli: interrupted by {name}; written: new.checkpoint; all other files are unchanged"
    )
    assert Path("new").read_text(encoding="utf-8") == "the model of yesterday"
    assert sorted(Path().iterdir()) == sorted([*before, Path("new.checkpoint")])


def test_a_signal_that_was_ignored_stays_ignored(w2v):
    process = started(
        LONG,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),  # as nohup does
    )
    process.send_signal(signal.SIGHUP)
    for line in process.stderr:  # it goes on
        if "pass " in line:
            break
    assert process.poll() is None
    process.terminate()
    process.stderr.read()
    assert process.wait() == -signal.SIGTERM


def test_a_terminal_gets_tables(w2v):
    code, shown = on_terminal("similar model.safetensors king --top 2")
    assert code == 0
    title, header, rule, *rows = shown
    assert (title, header.split()) == ("king", ["word", "score"])
    assert set(rule.strip()) == {"─"}
    assert [row.split() for row in rows] == [
        line.split("\t")[1:]
        for line in w2v("similar", "model.safetensors", "king", "--top", "2")[1].splitlines()
    ]


def test_a_terminal_without_words_is_asked_for_some(w2v):
    code, shown = on_terminal("similar model.safetensors", columns=200)
    assert code == 2
    assert shown == [
        "w2vcli: no words were given; name them after the model, or pipe them in, one query a line"
    ]


@pytest.mark.parametrize("more", ["", " --no-final-loss"])
def test_a_terminal_gets_a_table_of_losses_and_a_file_the_results(w2v, more):
    with Path("events").open("wb") as events:
        code, shown = on_terminal(f"{TRAIN} --json --validation text.txt{more}", stdout=events)
    assert code == 0
    written = [json.loads(line) for line in Path("events").read_text("utf-8").splitlines()]
    assert [event["event"] for event in written] == [
        "options", "vocabulary", "baselines", *["pass"] * 3, "closing_pass", "done", "written",
        "end",
    ]  # fmt: skip
    lines = r"(ln V|unigram|entropy|pass \d/\d   |closing pass   |done)"
    table = [line for line in shown if re.match(lines, line)]
    header = next(line for line in shown if line.split()[:1] == ["loss"])
    assert header.split() == [
        "loss", "perplexity", "prior", "held", "out", "perplexity", "time"
    ]  # fmt: skip
    assert [line[:14].strip() for line in table] == [
        "ln V", "unigram", "entropy floor", "pass 1/3", "pass 2/3", "pass 3/3",
        "closing pass", "done",
    ]  # fmt: skip
    assert {len(line) for line in table[3:]} == {len(header)}
    assert ("not   computed" in table[-1]) == bool(more)
    assert shown[-1] == "wrote new"
    assert max(map(len, shown)) <= 80


def test_without_a_home_or_a_locale(w2v):
    done = subprocess.run(
        [*PROGRAM, *SIMILAR.split()], env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_pipe_gets_utf8_whatever_the_locale(w2v):
    text = "ĝoja 東京 naïve\n" * 5
    train = ["train", "-", "--dim", "2", "--passes", "1", "-o", "new"]
    assert w2v(*train, stdin=text.encode())[0] == 0
    done = subprocess.run(
        [*PROGRAM, "similar", "new", "--top", "1"], input="naïve".encode(),
        env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().startswith("naïve\t")


def test_impatient_signals_end_the_run_without_a_traceback(w2v):
    process = started(LONG)
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    assert "Traceback" not in process.stderr.read()
    assert process.wait() == -signal.SIGINT


def test_a_warning_of_a_library_is_one_line(shell):
    """Numba's, of a variable that it cannot read, has a traceback in it."""
    code, _, err = shell(f"NUMBA_NUM_THREADS=x $W {TRAIN}")
    assert code == 0
    assert "warning: Environment variable 'NUMBA_NUM_THREADS' is defined" in err
    assert "Traceback" not in err
