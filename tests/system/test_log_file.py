"""A file that lines are appended to: whole lines, under its name, whatever becomes of it."""

import os
from pathlib import Path

import pytest

from w2vcli.errors import OutputError
from w2vcli.system import log_file
from w2vcli.system.log_file import LogFile


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = LogFile(Path("log"))
    yield opened
    opened.close()


def text(name="log"):
    return Path(name).read_text(encoding="utf-8")


def test_what_cannot_be_encoded_is_escaped(log):
    log.append("na\xefve \udcff")
    assert text() == "na\xefve \\udcff\n"


def test_a_file_that_was_renamed_is_begun_anew(log):
    """As logrotate does it."""
    log.append("one")
    Path("log").rename("log.1")
    log.append("two")
    log.append("three")
    assert (text("log.1"), text()) == ("one\n", "two\nthree\n")


def test_one_that_was_renamed_and_made_anew_is_followed(log):
    log.append("one")
    Path("log").rename("log.1")
    Path("log").touch()
    log.append("two")
    assert (text("log.1"), text()) == ("one\n", "two\n")


def test_one_that_was_cut_short_goes_on_at_its_end(log):
    """As logrotate does it with copytruncate."""
    log.append("one")
    os.truncate("log", 0)
    log.append("two")
    assert text() == "two\n"


def test_where_no_new_one_can_be_made_the_old_one_goes_on(log):
    log.append("one")
    Path("log").rename("log.1")
    Path("log").mkdir()
    log.append("two")
    assert text("log.1") == "one\ntwo\n"


@pytest.mark.parametrize("fits", [0, 2, 3])
def test_a_line_that_does_not_fit_does_not_spoil_the_next(log, monkeypatch, fits):
    real = os.write

    def full(handle, data):
        if not left:
            raise OSError(28, "No space left on device")
        return real(handle, data[: left.pop()])

    left = [fits] if fits else []
    monkeypatch.setattr(log_file.os, "write", full)
    with pytest.raises(OSError, match="No space"):
        log.append("one two")
    monkeypatch.setattr(log_file.os, "write", real)
    log.append("three")
    assert text() == f"{'one two'[:fits]}{os.linesep if fits else ''}three\n"


def test_a_line_that_is_written_in_pieces_is_whole(log, monkeypatch):
    real = os.write
    monkeypatch.setattr(log_file.os, "write", lambda handle, data: real(handle, data[:2]))
    log.append("one two three")
    assert text() == "one two three\n"


def test_a_pipe_that_is_read(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    log = LogFile(tmp_path / "fifo")
    log.append("one")
    assert os.read(reader, 100) == b"one\n"
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        log.append("two")
    log.close()


@pytest.mark.parametrize("content", [b"\0", b"text\0", b"\x1f\x8b\x08\0"])
def test_what_is_no_text_is_no_log(tmp_path, content):
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(OutputError, match="file: this is no file of text; name another file"):
        LogFile(file)
    assert file.read_bytes() == content


def test_a_name_that_no_file_can_have():
    with pytest.raises(OutputError, match="it cannot be opened: embedded null byte"):
        LogFile(Path("a\0b"))
