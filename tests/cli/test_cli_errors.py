"""Wrong command lines: one sentence on standard error, the documented code, nothing written."""

import os
from pathlib import Path

import pytest
import typer

from w2vcli.cli.app import app

TRAIN = ["train", "text.txt", "-o", "new.safetensors"]
BUILD = ["build-vocab", "text.txt", "-o", "new.vocab"]
HELP = "; see 'w2vcli {} --help'"


def check(result, code, message):
    """Compare a result; a message that ends in "..." may go on."""
    found_code, out, err = result
    assert found_code == code, err
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 1
    if message.endswith("..."):
        assert lines[0].startswith(f"w2vcli: {message[:-3]}")
    else:
        assert lines[0] == f"w2vcli: {message}"


@pytest.fixture(autouse=True)
def nothing_new(w2v):
    """No failed command leaves a file or changes one."""

    def state():
        return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}

    before = state()
    yield
    after = state()
    assert {path for path in after if path.name.startswith((".", "new"))} == set()
    assert {path for path in before if after.get(path) != before[path]} == set()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "No such command 'trian' (did you mean train?); see 'w2vcli --help'"),
        (["frobnicate"], "No such command 'frobnicate'; see 'w2vcli --help'"),
        ([*TRAIN, "--dimm", "3"], "No such option: --dimm (did you mean --dim?)..."),
        (["build-vocab", "text.txt"], "Missing option '--output' / '-o'..."),
        (["train", "-o", "x"], "train takes texts, or --store DIR, or both: name what to train on"),
        (
            ["train", "text.txt", "--label", "a", "-o", "x"],
            "--label names texts that are counted...",
        ),
        (["train", "--store", "s", "--label", "a", "-o", "x"], "--label names texts that are..."),
        ([*TRAIN, "--segments", "last:1"], "--segments chooses among the segments of a store..."),
        (["similar"], "Missing argument 'MODEL'" + HELP.format("similar")),
        ([*TRAIN, "--dim", "0"], "Invalid value for '--dim': ..."),
        ([*TRAIN, "--dim", "x"], "Invalid value for '--dim': ..."),
        ([*TRAIN, "--dim", "1.5"], "Invalid value for '--dim': ..."),
        ([*TRAIN, "--dim"], "Option '--dim' requires an argument..."),
        ([*TRAIN, "--window", "1000000"], "Invalid value for '--window': ..."),
        ([*TRAIN, "--passes", "0"], "Invalid value for '--passes': ..."),
        ([*TRAIN, "--batch", "0"], "Invalid value for '--batch': ..."),
        ([*TRAIN, "--threads", "0"], "Invalid value for '--threads': ..."),
        ([*TRAIN, "--threads", "99999"], "Invalid value for '--threads': ..."),
        ([*TRAIN, "--seed", "-1"], "Invalid value for '--seed': ..."),
        ([*TRAIN, "--arch", "cbo"], "Invalid value for '--arch': ..."),
        ([*TRAIN, "--subsample", "nan"], "Invalid value for '--subsample': ..."),
        ([*TRAIN, "--subsample", "inf"], "Invalid value for '--subsample': it should be a fin..."),
        ([*TRAIN, "--subsample", "-1"], "Invalid value for '--subsample': ..."),
        ([*TRAIN, "--smoothing", "1.5"], "Invalid value for '--smoothing': ..."),
        ([*TRAIN, "--smoothing", "nan"], "Invalid value for '--smoothing': ..."),
        ([*TRAIN, "--prior", "-1"], "Invalid value for '--prior': ..."),
        ([*TRAIN, "--prior", "inf"], "Invalid value for '--prior': it should be a fin..."),
        ([*TRAIN, "--lr", "nan"], "Invalid value for '--lr': it should be a finite number..."),
        ([*TRAIN, "--lr", "inf"], "Invalid value for '--lr': it should be a finite number..."),
        ([*TRAIN, "--lr", "-1"], "Invalid value for '--lr': it should be greater than 0..."),
        ([*TRAIN, "--lr", "0"], "Invalid value for '--lr': it should be greater than 0..."),
        ([*TRAIN, "--arch", "cbow", "--method", "grouped"], "--method grouped is for skip-gram..."),
        ([*TRAIN, "--start", "zeros"], "--start zeros cannot learn: where W_in and W_out are..."),
        (
            [*TRAIN, "--vocab", "text.vocab", "--min-count", "1"],
            "--min-count, --keep-words and --drop-words choose words when a vocabulary is...",
        ),
        (
            ["train", "-", "-o", "new", "--validation", "-"],
            "standard input ('-') can be read only once, so name it once",
        ),
        (
            ["build-vocab", "-", "-", "-o", "new"],
            "standard input ('-') can be read only once, so name it once",
        ),
        (["build-vocab", "", "-o", "new"], "a file name is empty; is a variable unset..."),
        ([*TRAIN, "--validation", ""], "a file name is empty; is a variable unset..."),
        (["build-vocab", "text.txt", "-o", ""], "a file name is empty; is a variable unset..."),
        (["build-vocab", "text.txt", "-o", "-"], "--output: '-' (standard output) cannot be..."),
        (
            ["build-vocab", "text.txt", "-o", "./text.txt"],
            "--output: ./text.txt is also read; write to another file",
        ),
        (
            ["train", "text.txt", "--vocab", "text.vocab", "-o", "text.vocab"],
            "--output: text.vocab is also read; write to another file",
        ),
        (
            ["build-vocab", ".", "-o", "new.vocab"],
            "--output: new.vocab lies in the folder ., which is read; write to another folder",
        ),
        (
            ["analogy", "model.safetensors", "man", "king"],
            "analogy takes three words, as in 'man king woman', and was given 2",
        ),
        (
            [*TRAIN, "--arch", "x"],
            "Invalid value for '--arch': 'x' is not one of 'skipgram', 'cbow'; see...",
        ),
        (
            ["train", "--store", "s", "-o", "new", "--segments", "last:0"],
            "Invalid value for '--segments': 'last:0' is not last:N with a number N...",
        ),
        (["store", "s", "--segments", "last:x"], "Invalid value for '--segments': 'last:x' is..."),
        (["demo", ""], "the name of the folder is empty; is a variable unset in the command?"),
        (["similar", "model.safetensors", "king", "--top", "0"], "Invalid value for '--top'..."),
    ],
)
def test_wrong_usage(w2v, arguments, message):
    check(w2v(*arguments), 2, message)


APPLICATION = typer.main.get_command(app)
OPTIONS = [
    (name, option)
    for name, command in APPLICATION.commands.items()
    for option in [*command.params, *(APPLICATION.params if name == "train" else [])]
    if option.param_type_name == "option" and not option.is_eager
]


def spelled(option, number):
    """Return an option as arguments: of a pair of flags and of a short and a long name, either."""
    flag = [*option.opts, *option.secondary_opts][-number]
    return [flag] if option.is_flag else [flag, str(number)]


@pytest.mark.parametrize(
    ("name", "option"), OPTIONS, ids=[f"{name} {option.opts[0]}" for name, option in OPTIONS]
)
def test_an_option_given_twice(w2v, name, option):
    arguments = [*spelled(option, 0), *spelled(option, 1)]
    result = w2v(name, *arguments, "x")
    if option.multiple:
        assert "twice" not in result[2]
    else:
        check(
            result, 2, f"{max(option.opts, key=len)} is given twice, and only one can count; le..."
        )


def test_some_options_may_be_repeated_and_most_may_not():
    assert {option.name for _, option in OPTIONS if option.multiple} == {
        "similarity",
        "perplexity",
        "phrases",
        "include",
        "require",
    }
    assert len(OPTIONS) > 80


def test_the_configuration_file_given_twice(w2v):
    check(w2v("--config", "a", "--config", "b", *TRAIN), 2, "--config is given twice, and only...")


def test_an_option_in_the_environment_and_on_the_command_line(w2v, monkeypatch):
    monkeypatch.setenv("W2VCLI_SIMILAR_TOP", "2")
    code, out, _ = w2v("similar", "model.safetensors", "king", "--top", "3")
    assert (code, len(out.splitlines())) == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["build-vocab", "none.txt", "-o", "new"], 66, "none.txt: no such file or folder..."),
        (["train", "none.txt", "-o", "new"], 66, "none.txt: no such file or folder..."),
        ([*TRAIN, "--vocab", "none"], 66, "none: no such file..."),
        ([*TRAIN, "--validation", "none"], 66, "none: no such file..."),
        ([*BUILD, "--keep-words", "none"], 66, "none: no such file..."),
        (["similar", "none", "king"], 66, "none: ..."),
        (["build-vocab", "empty", "-o", "new"], 66, "..."),
        (["build-vocab", "blank", "-o", "new"], 66, "..."),
        (["build-vocab", "nothing", "-o", "new"], 66, "nothing: the folder holds no files..."),
        (["train", "empty", "-o", "new"], 66, "..."),
        (["train", "-", "-o", "new"], 66, "..."),
        (
            ["build-vocab", "bad", "-o", "new"],
            65,
            "bad, line 2, byte 5: 0xff is not valid UTF-8...",
        ),
        (["train", "bad", "-o", "new"], 65, "bad, line 2, byte 5: 0xff is not valid UTF-8..."),
        ([*BUILD, "--min-count", "999"], 65, "none of the..."),
        ([*TRAIN, "--vocab", "text.txt"], 65, "text.txt, line 1: expected 'word count'..."),
        ([*TRAIN, "--vocab", "empty"], 66, "empty: the vocabulary is empty..."),
        (
            ["similar", "text.vocab", "king"],
            65,
            "text.vocab: this is a vocabulary and not a model; name a model instead...",
        ),
        (["similar", "short", "king"], 65, "short: not a usable model..."),
        (["similar", "empty", "king"], 65, "empty: not a usable model..."),
        (
            ["train", "one.txt", "-o", "new", "--min-count", "1"],
            65,
            "no two words of the vocabulary stand within one window of each other...",
        ),
        (
            ["build-vocab", "text.txt", "-o", "none/new"],
            73,
            "none/new: the folder none does not exist; make it first or choose another",
        ),
        (
            ["train", "none.txt", "-o", "none/new"],
            73,  # before anything is read
            "none/new: the folder none does not exist; make it first or choose another",
        ),
        (["train", "text.txt", "-o", "text.txt/new"], 73, "text.txt/new: ..."),
        (["train", "text.txt", "-o", "nothing"], 73, "nothing: this is not a regular file..."),
        (["demo", "text.txt"], 73, "text.txt: the folder cannot be made: File exists..."),
    ],
)
def test_unusable_files(w2v, arguments, code, message):
    Path("empty").touch()
    Path("blank").write_bytes(b" \n\t\n \n")
    Path("nothing").mkdir()
    Path("bad").write_bytes(b"a b c\nd e \xff f\n")
    Path("one.txt").write_text("king\nqueen\n" * 9, encoding="utf-8")
    Path("short").write_bytes(Path("model.safetensors").read_bytes()[:-100])
    check(w2v(*arguments), code, message)


def test_a_model_is_not_a_vocabulary(w2v):
    code, out, err = w2v(*TRAIN, "--vocab", "model.safetensors")
    assert (code, out) == (65, "")
    assert err.startswith("w2vcli: model.safetensors")
    assert err.count("\n") == 1


@pytest.mark.parametrize("size", [0, 3, 8, 100, 700])
def test_a_model_cut_short_anywhere(w2v, size):
    Path("short").write_bytes(Path("model.safetensors").read_bytes()[:size])
    check(w2v("similar", "short", "king"), 65, "short: not a usable model...")


def test_bytes_that_are_not_text_in_arguments(w2v):
    name = os.fsdecode(b"\xff\n\x1b[2J")
    check(w2v("build-vocab", name, "-o", "new"), 66, r"\udcff\n\x1b[2J: no such file...")


@pytest.mark.parametrize("optimizer", ["sgd", "adagrad"])
def test_a_run_that_diverges_writes_no_model(w2v, optimizer):
    code, out, err = w2v(*TRAIN, "--lr", "1e30", "--optimizer", optimizer, "--min-count", "1")
    assert (code, out) == (70, "")
    last = err.splitlines()[-1]
    assert last.startswith("w2vcli: training diverged in pass ")
    assert last.endswith("; no model was written; lower --lr")


def test_a_bug_is_one_sentence_and_a_traceback_only_for_whoever_asks(w2v, monkeypatch):
    from w2vcli.vectors.model import Model

    def broken(path):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(Model, "load", broken)
    query = ["similar", "model.safetensors", "king"]
    check(w2v(*query), 1, "unexpected ZeroDivisionError: oh; this is a bug in w2vcli: please...")
    monkeypatch.setenv("W2VCLI_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        w2v(*query)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (MemoryError(), 1, "not enough memory; use a smaller --max-vocab, --dim or --batch"),
        (OSError(5, "Input/output error"), 74, "input or output failed: [Errno 5] Input/output..."),
    ],
)
def test_the_machine_gives_out(w2v, monkeypatch, error, code, message):
    from w2vcli.cli import console
    from w2vcli.vectors.model import Model

    def failing(path):
        raise error

    monkeypatch.setattr(Model, "load", failing)
    monkeypatch.setattr(console, "silence_stdout", lambda: None)  # it is pytest's
    check(w2v("similar", "model.safetensors", "king"), code, message)


def test_not_one_more_file_may_be_opened(w2v, monkeypatch):
    """Not even the one that standard output would lead to from then on."""
    from w2vcli.vectors.model import Model

    def failing(path):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(Model, "load", failing)
    monkeypatch.setattr("w2vcli.cli.messages.os.open", lambda *_: failing(None))
    result = w2v("similar", "model.safetensors", "king")
    check(result, 74, "input or output failed: [Errno 24] Too many open files...")


def test_a_lock_has_its_code(w2v, monkeypatch):
    from w2vcli.errors import LockedError
    from w2vcli.vectors.model import Model

    def locked(path):
        raise LockedError("x: another run is writing it; wait for it")

    monkeypatch.setattr(Model, "load", locked)
    check(w2v("similar", "model.safetensors", "king"), 75, "x: another run is writing it...")


@pytest.mark.parametrize(
    "command", ["similar fifo a", "info fifo", "compare fifo model.safetensors"]
)
def test_a_model_that_is_a_fifo_is_not_waited_for(w2v, command):
    os.mkfifo("fifo")
    code, _, err = w2v(*command.split())
    assert code in (65, 66)
    assert "fifo" in err
