"""What several test files share."""

import functools
import io
import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest
import typer
from helpers.browser import chromium
from helpers.halves import is_plain
from helpers.slow import is_slow
from helpers.texts import SENTENCES, TIME, without_times
from hypothesis import settings

# A job in the background may be started with SIGINT ignored, one by nohup is with SIGHUP, and our
# children would inherit that: their tests need signals as they are in a terminal.
for number, handler in {
    signal.SIGHUP: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
}.items():
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

# The first call of a kernel compiles it, and the machine is shared: no test is about time.
settings.register_profile("w2vcli", deadline=None)
settings.load_profile("w2vcli")


# Each command line builds all commands anew, for 20 ms; the tests give thousands of command lines.
typer.main.get_command = functools.cache(typer.main.get_command)

PLAIN = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
"""Whether this is the plain half of the suite."""


def pytest_configure(config):
    """Know the mark that nobody writes: ``pytest_collection_modifyitems`` sets it."""
    config.addinivalue_line("markers", "slow: takes long (see tests/helpers/slow.py)")


def pytest_ignore_collect(collection_path):
    """Leave files that run once unread in the plain half."""
    once = PLAIN and collection_path.is_file() and not is_plain(collection_path, set())
    return True if once else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Mark what is slow; leave out of the plain half what is proved once (``helpers.halves``)."""
    for item in items:
        parameters = item.callspec.id if hasattr(item, "callspec") else ""
        if is_slow(item.path, item.originalname, parameters):
            item.add_marker("slow")
    if PLAIN:
        plain = [is_plain(item.path, {m.name for m in item.iter_markers()}) for item in items]
        config.hook.pytest_deselected(items=[i for i, p in zip(items, plain, strict=True) if not p])
        items[:] = [item for item, kept in zip(items, plain, strict=True) if kept]


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real corpora and test sets beside the repository."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the shared data sets are not here: {folder}")
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with a small text, its vocabulary and a model of them, made by the commands."""
    from w2vcli.cli.app import invoke

    folder = tmp_path_factory.mktemp("trained")
    text, vocabulary, model = (
        str(folder / name) for name in ("text.txt", "text.vocab", "model.safetensors")
    )
    Path(text).write_text(SENTENCES * 3, encoding="utf-8")
    assert invoke(["build-vocab", text, "-o", vocabulary, "--min-count", "3"]) == 0
    assert (
        invoke(["train", text, "--vocab", vocabulary, "--dim", "4", "--passes", "2", "-o", model])
        == 0
    )
    return folder


@pytest.fixture
def w2v(trained, tmp_path, monkeypatch, capsys):
    """Run a command line in a folder of its own with text.txt, text.vocab and model.safetensors.

    Returns the exit code, standard output, and standard error: without the time before errors and
    warnings, and with "TIME" for the time before any other line.
    """
    for variable in os.environ.keys() - {"W2VCLI_CACHE_DIR"}:
        if variable.startswith("W2VCLI_"):
            monkeypatch.delenv(variable)
    for file in trained.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(*arguments, stdin=b""):
        from w2vcli.cli.app import invoke

        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = invoke([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, re.sub(rf"(?m)^{TIME} ", "TIME ", without_times(err))

    return run


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium for pages (``helpers.browser.opened``); skips where there is none."""
    with chromium() as started:
        yield started
