"""The options of every command: before its name and behind it, in the environment and in a file."""

import json
import re
from pathlib import Path

import pytest
import typer
from helpers.terminals import on_terminal

from w2vcli.cli import common
from w2vcli.cli.app import app

APPLICATION = typer.main.get_command(app)
TRAIN = ["train", "text.txt", "-o", "new", "--passes", "1", "--min-count", "3", "--dim", "3"]
COUNT = ["count", "text.txt", "--store", "store"]
SIMILAR = ["similar", "model.safetensors", "king", "--top", "2"]
QUIET = [TRAIN, COUNT, SIMILAR, ["build-vocab", "text.txt", "-o", "new"], ["demo"]]


# --- --quiet and --verbose --------------------------------------------------------------


@pytest.mark.parametrize("command", QUIET, ids=lambda command: command[0])
@pytest.mark.parametrize("where", ["before", "behind", "long", "variable", "file"])
def test_quiet_is_silent_of_what_goes_well(w2v, monkeypatch, command, where):
    if command == ["demo"]:
        monkeypatch.setattr("w2vcli.cli.commands.demo._ANALOGIES", [])
        if where != "before":
            pytest.skip("it takes seconds")
    if where == "variable":
        monkeypatch.setenv("W2VCLI_QUIET", "true")
    Path("c.toml").write_text("quiet = true\n", encoding="utf-8")
    arguments = {
        "before": ["-q", *command],
        "behind": [*command, "-q"],
        "long": [*command, "--quiet"],
        "variable": command,
        "file": ["--config", "c.toml", *command],
    }[where]
    if (command, where) == (SIMILAR, "behind"):
        arguments = ["similar", "-q", *SIMILAR[1:]]  # behind a word, -q is one
    code, out, err = w2v(*arguments)
    assert (code, err) == (0, "")
    monkeypatch.delenv("W2VCLI_QUIET", raising=False)
    if command == SIMILAR:
        assert out == w2v(*SIMILAR)[1]
    elif command != ["demo"]:
        assert out == ""
        assert w2v(*command)[2]  # it has something to say


def test_warnings_and_errors_are_shown_to_the_quiet(w2v):
    Path("list").write_text("nosuchword\n", encoding="utf-8")
    code, _, err = w2v("-q", *TRAIN, "--keep-words", "list")
    assert code == 0
    assert err == (
        "w2vcli: warning: the corpus lacks 1 of the 1 words of --keep-words, such as 'nosuchword'\n"
    )
    code, _, err = w2v("-q", "similar", "none", "king")
    assert (code, err.count("\n")) == (66, 1)
    code, _, err = w2v("-q", "similar", "model.safetensors", "nosuchword")
    assert (code, err) == (3, "w2vcli: the model does not know the word 'nosuchword'\n")


def test_a_quiet_terminal_shows_no_bar_and_no_table(w2v):
    assert on_terminal(" ".join(["-q", *TRAIN])) == (0, [])
    code, shown = on_terminal(" ".join(["-q", *SIMILAR]))
    assert code == 0
    assert shown[0] == "king"


@pytest.mark.parametrize("where", ["before", "behind", "variable", "file"])
def test_verbose_says_what_the_work_depends_on_and_what_it_took(w2v, monkeypatch, where):
    if where == "variable":
        monkeypatch.setenv("W2VCLI_VERBOSE", "1")
    Path("c.toml").write_text("verbose = true\n", encoding="utf-8")
    arguments = {
        "before": ["-v", *TRAIN],
        "behind": [*TRAIN, "-v"],
        "variable": TRAIN,
        "file": [*TRAIN, "--config", "c.toml"],
    }[where]
    code, _, err = w2v(*arguments, "--threads", "2")
    assert code == 0
    lines = [line.removeprefix("TIME ") for line in err.splitlines()]
    assert re.match(r"w2vcli 0\.\d+\.\d+, Python 3\.\d+\.\d+, numpy 2\S+, numba 0\S+$", lines[0])
    assert lines[1] == f"configuration file: {'c.toml' if where == 'file' else 'none'}"
    assert re.match(r"compiled code is kept in /", lines[2])
    assert re.match(r"temporary files go to /", lines[3])
    assert re.match(r"threads: 2, processors: \d+$", lines[4])
    assert re.match(r"\d+\.\d s, peak memory \d+ MB$", lines[-1])
    assert lines[-2] == "wrote new"


def test_verbose_tells_the_cost_of_what_fails(w2v):
    code, _, err = w2v("similar", "none", "king", "--verbose")
    assert code == 66
    assert re.search(r"none: .*\nTIME \d+\.\d s, peak memory \d+ MB\n$", err)


@pytest.mark.parametrize(
    "arguments",
    [["-q", "-v", *SIMILAR], ["-v", *SIMILAR, "--quiet"], ["similar", "-qv", *SIMILAR[1:]]],
)
def test_quiet_and_verbose_are_opposites(w2v, arguments):
    code, out, err = w2v(*arguments)
    assert (code, out) == (2, "")
    assert err == "w2vcli: --quiet and --verbose are opposites; give one of them\n"


def test_of_quiet_and_verbose_the_nearer_one_holds(w2v, monkeypatch):
    Path("c.toml").write_text("quiet = true\n", encoding="utf-8")
    assert "peak memory" in w2v("--config", "c.toml", "-v", *SIMILAR)[2]
    monkeypatch.setenv("W2VCLI_VERBOSE", "1")
    assert "peak memory" in w2v("--config", "c.toml", *SIMILAR)[2]
    assert w2v("--config", "c.toml", "-q", *SIMILAR)[2] == ""
    monkeypatch.setenv("W2VCLI_QUIET", "0")
    monkeypatch.delenv("W2VCLI_VERBOSE")
    assert w2v("--config", "c.toml", *TRAIN)[2] != ""


# --- words that look like them ----------------------------------------------------------


@pytest.mark.parametrize("word", ["-q", "-v", "-quiet"])
def test_behind_the_first_argument_of_a_question_they_are_words(w2v, word):
    code, _, err = w2v("similar", "model.safetensors", "king", word)
    assert code == 3
    assert f"does not know the word '{word[1:]}'" in err
    code, _, err = w2v("similar", "model.safetensors", "king", "--quiet")
    assert (code, err) == (0, "")


# --- the configuration file -------------------------------------------------------------


@pytest.mark.parametrize("where", ["before", "behind", "attached", "in between", "variable"])
def test_the_configuration_file_before_and_behind_the_command(w2v, monkeypatch, where):
    Path("c.toml").write_text("[similar]\ntop = 1\n", encoding="utf-8")
    similar = SIMILAR[:3]
    if where == "variable":
        monkeypatch.setenv("W2VCLI_CONFIG", "c.toml")
    code, out, _ = w2v(
        *{
            "before": ["--config", "c.toml", *similar],
            "behind": [*similar, "--config", "c.toml"],
            "attached": [*similar, "--config=c.toml"],
            "in between": ["similar", "--config", "c.toml", *similar[1:]],
            "variable": similar,
        }[where]
    )
    assert (code, out.count("\n")) == (0, 1)


def test_a_file_on_the_line_replaces_that_of_the_environment_unread(w2v, monkeypatch):
    monkeypatch.setenv("W2VCLI_CONFIG", "no such file")
    Path("c.toml").write_text("[similar]\ntop = 1\n", encoding="utf-8")
    code, out, _ = w2v(*SIMILAR[:3], "--config", "c.toml")
    assert (code, out.count("\n")) == (0, 1)
    assert w2v(*SIMILAR)[0] == 78


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            '[train]\nlog-file = "x"',
            "'log-file' in [train] is an option of every command; write it above the first table",
        ),
        ("quiet = 1", "'quiet' should be true or false, not 1"),
        ("log_file = true", "'log_file' should be a number or a string, not true"),
        ("quiet = true\n[quiet]", "not valid TOML: "),
        ("[quiet]", "'quiet' should be true or false, not {}"),
        ("config = 'x'", "'config' is not a table of one of the commands"),
        ("print-config = true", "'print-config' is not a table of one of the commands"),
        ("log-format = 'xml'", "Invalid value for '--log-format': 'xml' is not one of"),
        ("log-file = 'a'\nlog_file = 'b'", "'log_file' is set twice, with '-' and with '_'"),
        ("['']", "'' is not a table of one of the commands"),
    ],
)
def test_a_file_that_is_wrong_about_them(w2v, config, message):
    Path("c.toml").write_text(config, encoding="utf-8")
    code, out, err = w2v(*SIMILAR, "--config", "c.toml")
    assert (code, out) == (78, "")
    assert err.startswith(f"w2vcli: c.toml: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("W2VCLI_QUIET", "maybe", "W2VCLI_QUIET: Invalid value for '--quiet' / '-q': "),
        ("W2VCLI_LOG_FORMAT", "xml", "W2VCLI_LOG_FORMAT: Invalid value for '--log-format': "),
        ("W2VCLI_PRINT_CONFIG", "1", "the environment variable W2VCLI_PRINT_CONFIG is not an opt"),
        ("W2VCLI_TRAIN_QUIET", "1", "the environment variable W2VCLI_TRAIN_QUIET is not an opti"),
    ],
)
def test_a_variable_that_is_wrong_about_them(w2v, monkeypatch, variable, value, message):
    monkeypatch.setenv(variable, value)
    code, out, err = w2v(*SIMILAR)
    assert (code, out) == (78, "")
    assert err.startswith(f"w2vcli: {message}")
    assert err.count("\n") == 1


def test_an_option_that_may_be_repeated_may_be_one_string_in_a_file(w2v):
    Path("pairs").write_text("king queen 9\nman woman 8\nboy girl 3\n", encoding="utf-8")
    for value in ('"pairs"', '["pairs"]'):
        Path("c.toml").write_text(f"[eval]\nsimilarity = {value}\n", encoding="utf-8")
        code, out, err = w2v("--config", "c.toml", "eval", "model.safetensors", "--json")
        assert code == 0, err
        assert json.loads(out.splitlines()[0])


# --- given twice ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["count", "text.txt", "--store=a", "--store", "b"], "--store"),
        (["count", "text.txt", "--store=a", "--store=a"], "--store"),
        (["train", "text.txt", "-o", "a", "--output", "b"], "--output"),
        (["train", "text.txt", "-oa", "--output=b"], "--output"),
        (["train", "text.txt", "-o", "a", "--json", "--json"], "--json"),
        (["train", "text.txt", "-o", "a", "--bias", "--no-bias"], "--bias"),
        (["train", "text.txt", "-o", "a", "--no-bias", "--no-bias"], "--bias"),
        (["similar", "model.safetensors", "king", "--top", "3", "--top=3"], "--top"),
        (["similar", "model.safetensors", "--top", "3", "king", "--top", "4"], "--top"),
        (["-q", "-q", *SIMILAR], "--quiet"),
        (["-q", *SIMILAR, "--quiet"], "--quiet"),
        (["similar", "-qq", *SIMILAR[1:]], "--quiet"),
        (["--log-file", "a", *SIMILAR, "--log-file", "b"], "--log-file"),
        (["--config", "a", *SIMILAR, "--config", "b"], "--config"),
        (["--print-config", *SIMILAR, "--print-config"], "--print-config"),
    ],
)
def test_an_option_of_one_value_is_given_once(w2v, arguments, option):
    code, out, err = w2v(*arguments)
    assert (code, out) == (2, "")
    assert err == (
        f"w2vcli: {option} is given twice, and only one can count; leave the other out\n"
    )
    assert not Path("a").exists()


def test_the_same_option_in_the_environment_and_on_the_line_is_no_repetition(w2v, monkeypatch):
    monkeypatch.setenv("W2VCLI_LOG_FILE", "one")
    monkeypatch.setenv("W2VCLI_QUIET", "1")
    monkeypatch.setenv("W2VCLI_BUILD_VOCAB_OUTPUT", "old")
    Path("c.toml").write_text("log-file = 'three'\n", encoding="utf-8")
    code, _, err = w2v(
        "-q", "--config", "c.toml", "build-vocab", "text.txt", "-o", "new", "--log-file", "two"
    )
    assert (code, err) == (0, "")
    assert [Path(name).exists() for name in ("one", "two", "three", "old", "new")] == [
        False, True, False, False, True,
    ]  # fmt: skip


# --- help -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", APPLICATION.commands)
def test_every_command_shows_them_at_the_end_of_its_help(w2v, name):
    out = w2v(name, "--help")[1]
    own, title, shared = out.partition("\nOptions of every command:\n")
    assert title
    names = [f"--{name.replace('_', '-')}" for name in common.NAMES]
    assert re.findall(r"(?m)^  (?:-\w, )?(--[a-z-]+)", shared) == names
    assert not any(re.search(rf"(?m)^  (?:-\w, )?{name}\b", own) for name in names)


def test_help_opens_no_log(w2v):
    code, _, err = w2v("train", "--help", "--log-file", "log")
    assert (code, err) == (0, "")
    assert not Path("log").exists()
