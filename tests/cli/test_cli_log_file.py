"""--log-file and --log-format: every message, with its time, whatever fails."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.limits import limited_files
from helpers.terminals import PROGRAM, on_terminal
from helpers.texts import TIME

TRAIN = ["train", "text.txt", "-o", "new", "--passes", "1", "--min-count", "3", "--dim", "3"]
SIMILAR = ["similar", "model.safetensors", "king"]


def process(*arguments, **more):
    """Run the program as a process, off a terminal."""
    return subprocess.run(
        [*PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, **more,
    )  # fmt: skip


def log_lines(file="log"):
    """Return the lines of a log, each of which has its time."""
    text = Path(file).read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert re.fullmatch(rf"(?:{TIME} \S.*\n)+", text), text
    return [line.partition(" ")[2] for line in text.splitlines()]


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_the_log_has_what_is_said_whether_it_is_shown_or_not(w2v, quiet):
    done = process(*TRAIN, *quiet, "--log-file", "log")
    assert done.returncode == 0
    lines = log_lines()
    assert lines[-1] == "wrote new"
    assert any(line.startswith("pass 1/1: loss ") for line in lines)
    assert done.stderr == ("" if quiet else Path("log").read_text(encoding="utf-8"))


def test_it_is_appended_to(w2v):
    Path("log").write_text("begun by somebody else\n", encoding="utf-8")
    for _ in range(2):
        assert w2v(*TRAIN, "--log-file", "log")[0] == 0
    text = Path("log").read_text(encoding="utf-8")
    assert text.startswith("begun by somebody else\n")
    assert text.count(" wrote new\n") == 2


def test_on_a_terminal_the_log_has_lines_and_the_screen_its_table(w2v):
    code, shown = on_terminal(" ".join([*TRAIN, "--log-file", "log"]))
    assert code == 0
    assert any(line.startswith("ln V ") for line in shown)
    assert not any(re.match(TIME, line) for line in shown)
    assert shown[-1] == "wrote new"
    lines = log_lines()
    assert any(line.startswith("to compare with, in nats per prediction: ln V ") for line in lines)
    assert any(line.startswith("done: loss ") for line in lines)
    assert not [line for line in lines if line.startswith("ln V")]


def test_json_for_the_log_and_for_stderr_off_a_terminal(w2v):
    done = process(*TRAIN, "--log-file", "log", "--log-format", "json")
    text = Path("log").read_text(encoding="utf-8")
    assert done.stderr == text
    for line in text.splitlines():
        said = json.loads(line)
        assert list(said) == ["time", "level", "command", "message"]
        assert re.fullmatch(TIME, said["time"])
        assert (said["level"], said["command"]) == ("info", "train")
    code, shown = on_terminal(" ".join([*TRAIN, "--log-file", "log", "--log-format", "json"]))
    assert (code, shown[-1]) == (0, "wrote new")


def test_levels_and_exit_codes_in_json(w2v):
    Path("list").write_text("nosuchword\n", encoding="utf-8")
    done = process("-v", "--log-format", "json", *TRAIN, "--keep-words", "list")
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert {line["level"] for line in said} == {"debug", "info", "warning"}
    (warning,) = (line for line in said if line["level"] == "warning")
    assert warning["message"].startswith("the corpus lacks 1 of the 1 words of --keep-words")
    assert "exit_code" not in warning
    done = process("--log-format", "json", "similar", "no\nsuch", "king")
    (said,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (said["level"], said["command"], said["exit_code"]) == ("error", "similar", 66)
    assert said["message"].startswith("no\nsuch: ")
    done = process("--log-format", "json", *SIMILAR[:2], "nosuchword")
    (said,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, said["level"], said["exit_code"]) == (3, "error", 3)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["trian"], 2),
        (["--log-file", "log"], 2),
        (["train", "text.txt", "--dimm", "3"], 2),
        (["train", "text.txt", "-o", "new", "--dim", "0"], 2),
        (["train", "none.txt", "-o", "new"], 66),
        (["similar", "model.safetensors", "nosuchword"], 3),
        (["train", "text.txt", "-o", "none/new"], 73),
    ],
)
def test_errors_are_in_the_log_also_those_of_the_command_line(w2v, arguments, code, form):
    where = [] if "--log-file" in arguments else ["--log-file", "log"]
    done = process(*arguments, *where, "--log-format", form)
    assert done.returncode == code
    assert done.stderr == Path("log").read_text(encoding="utf-8")
    assert done.stderr.count("\n") == 1
    if form == "json":
        assert json.loads(done.stderr)["exit_code"] == code
    else:
        assert log_lines()[0].startswith("w2vcli: ")


def test_an_error_of_a_configuration_file_is_in_the_log_that_it_names(w2v):
    Path("c.toml").write_text('log-file = "log"\n[train]\ndimm = 3\n', encoding="utf-8")
    done = process("--config", "c.toml", *TRAIN)
    assert done.returncode == 78
    assert done.stderr == Path("log").read_text(encoding="utf-8")
    assert "'dimm' in [train] is not an option" in done.stderr


def test_the_farewell_of_a_signal_is_in_the_log(w2v):
    long = ["train", "text.txt", "--min-count", "3", "--dim", "3", "--passes", "1000000"]
    running = subprocess.Popen(
        [*PROGRAM, *long, "-o", "new", "--log-file", "log", "--log-format", "json"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in running.stderr:
        if "pass 2/" in line:
            break
    running.terminate()
    last = running.stderr.read().splitlines()[-1]
    running.wait()
    assert json.loads(last) | {"time": ""} == {
        "time": "", "level": "error", "command": "train", "exit_code": 143,
        "message": "interrupted by SIGTERM; written: new.checkpoint; all other files are unchanged",
    }  # fmt: skip
    assert Path("log").read_text(encoding="utf-8").splitlines()[-1] == last


# --- a log that cannot be ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none/log", "No such file or directory"),
        (".", "Is a directory"),
        ("x" * 300, "File name too long"),
        ("fifo", "No such device or address"),
    ],
)
def test_a_log_that_cannot_be_opened_is_said_at_the_start(w2v, name, reason):
    os.mkfifo("fifo")
    code, out, err = w2v(*TRAIN, "--log-file", name)
    assert (code, out) == (73, "")
    assert err == f"w2vcli: --log-file {name}: it cannot be opened: {reason}; name another file\n"
    assert not Path("new").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([*SIMILAR, "--log-file", "model.safetensors"], 2, "--log-file: model.safetensors is also"),
        ([*TRAIN, "--log-file", "./text.txt"], 2, "--log-file: ./text.txt is also read or written"),
        ([*TRAIN, "--log-file", "new"], 2, "--log-file: new is also read or written"),
        ([*TRAIN, "--log-file", "./new.checkpoint"], 2, "--log-file: a run that writes new may"),
        ([*TRAIN, "--log-file", "new.refused"], 2, "--log-file: a run that writes new may itself"),
        ([*TRAIN, "--log-file", "new.3"], 2, "--log-file: a run that writes new may itself use th"),
        ([*TRAIN, "--log-file", ".new.lock"], 2, "--log-file: a run that writes new may itself us"),
        (["rollback", "new", "--log-file", "new.1"], 2, "--log-file: a run that writes new may it"),
        ([*TRAIN, "--log-file", "-"], 2, "--log-file: '-' is no file; messages go to standard er"),
        (
            ["build-vocab", ".", "-o", "../vocab", "--log-file", "log"],
            2,
            "--log-file: log lies in the folder ., which is read; write to another folder",
        ),
        ([*TRAIN, "--log-file", ""], 2, "a file name is empty; is a variable unset in the command"),
        (["info", "text.txt", "--log-file", "model.safetensors"], 73, "--log-file model.safetens"),
        # Nor does an error in reading the line write to it.
        ([*SIMILAR, "--topp", "3", "--log-file", "model.safetensors"], 2, "No such option: --topp"),
        (["train", "text.txt", "--dimm", "3", "--log-file=text.txt"], 2, "No such option: --dimm"),
        (["train", "text.txt", "--dimm", "3", "--log-file=./text.txt"], 2, "No such option: --dim"),
    ],
)
def test_no_other_file_is_taken_for_the_log(w2v, arguments, code, message):
    before = {path: path.read_bytes() for path in Path().iterdir()}
    result = w2v(*arguments)
    assert result[:2] == (code, "")
    assert result[2].startswith(f"w2vcli: {message}")
    assert result[2].count("\n") == 1
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_a_full_disk_costs_the_log_and_not_the_work(w2v):
    code, _, err = w2v("-q", *TRAIN, "--log-file", "/dev/full")
    assert code == 0
    assert err == (
        "w2vcli: warning: --log-file /dev/full: it cannot be written: No space left on device; "
        "the work goes on without it\n"
    )
    assert Path("new").exists()


def test_a_disk_that_fills_up_leaves_whole_lines_and_a_model(w2v):
    """The line that did not fit ends where the next one begins."""
    unknown = [*SIMILAR[:2], "nosuchword", "--log-file", "log"]
    told = "w2vcli: the model does not know the word 'nosuchword'\n"
    Path("log").write_text("x" * 2000 + "\n", encoding="utf-8")
    with limited_files(2001 + 20 + len(told) + 30):
        assert w2v(*unknown) == (3, "", told)
        code, _, err = w2v(*unknown)
    assert code == 3
    assert err == (
        "w2vcli: warning: --log-file log: it cannot be written: File too large; the work goes on "
        f"without it\n{told}"
    )
    assert w2v(*unknown) == (3, "", told)
    _, first, torn, last = Path("log").read_text(encoding="utf-8").splitlines()
    assert first[21:] == last[21:] == told.strip()
    assert first[21:].startswith(torn[21:])
    assert len(torn) < len(first)


# --- many writers -----------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from w2vcli.system.log_file import LogFile
log = LogFile(Path("log"))
for number in range(2000):
    log.append(sys.argv[1] * 200 + f" {number}")
"""


def test_the_lines_of_several_processes_do_not_mix(w2v):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, name]) for name in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    lines = Path("log").read_text(encoding="utf-8").splitlines()
    for name in "abc":
        ours = [line for line in lines if line[0] == name]
        assert ours == [f"{name * 200} {number}" for number in range(2000)]
    assert len(lines) == 6000
