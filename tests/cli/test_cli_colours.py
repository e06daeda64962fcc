"""Colours: only on terminals that have some, and that nobody has asked to have none."""

import os
import re
import subprocess

import pytest
from helpers.terminals import PROGRAM, sent_to_terminal

COLOUR = rb"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8;[0-9;]+)(?:;[0-9;]*)?m"
CONTROL = b"\x1b"
TRAIN = "train text.txt --min-count 3 --dim 3 --passes 40 --batch 1 -o new"
COLOURED = ["map model.safetensors", "explain", "manual train", TRAIN]
COMMANDS = [
    *COLOURED, "similar model.safetensors king", "predict model.safetensors king",
    "info model.safetensors", "train text.txt -o new --nosuch 3", "similar none king",
]  # fmt: skip


@pytest.mark.parametrize("command", COLOURED)
def test_terminals_get_colours(w2v, command):
    """Or the next test would prove nothing."""
    assert re.search(COLOUR, sent_to_terminal(command, NO_COLOR="")[1])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1"}, {"COLORTERM": "truecolor"}])
def test_who_asks_for_no_colours_gets_none(w2v, command, variables):
    code, shown = sent_to_terminal(command, NO_COLOR="1", **variables)
    assert shown
    assert code in (0, 2, 66)
    assert re.findall(COLOUR, shown) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_dumb_terminal_gets_text(w2v, command):
    assert re.findall(CONTROL, sent_to_terminal(command, TERM="dumb")[1]) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_what_goes_to_a_pipe_has_no_colours_even_if_they_are_forced(w2v, command):
    forced = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TTY_COMPATIBLE": "1", "TERM": "xterm"}
    done = subprocess.run(
        [*PROGRAM, *command.split()], env=os.environ | forced, stdin=subprocess.DEVNULL,
        capture_output=True, check=False,
    )  # fmt: skip
    assert CONTROL not in done.stdout + done.stderr
