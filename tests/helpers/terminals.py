"""The program on a terminal of its own."""

import os
import pty
import re
import subprocess
import sys

PROGRAM = [sys.executable, "-m", "w2vcli"]


def on_terminal(arguments, stdout=None, columns=80):
    """Run the program on a terminal of its own; return its exit code and what was shown."""
    code, shown = sent_to_terminal(arguments, stdout, columns)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r", "\n")
    return code, [line.rstrip() for line in plain.splitlines() if line.strip()]


def sent_to_terminal(arguments, stdout=None, columns=80, **variables):
    """Run the program on a terminal of its own; return its exit code and all bytes it has sent."""
    master, slave = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"} | variables
    process = subprocess.Popen(
        [*PROGRAM, *arguments.split()],
        stdin=slave, stdout=slave if stdout is None else stdout, stderr=slave, env=environment,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(master)
    return process.wait(), shown
