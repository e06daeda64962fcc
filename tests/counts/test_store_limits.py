"""More than fits: files open at once, texts in a segment."""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.store_scenes import add, check, labels_of, store_of, subtract, sums, write

from w2vcli.counts.store import Store
from w2vcli.errors import DataError
from w2vcli.system import tensor_file


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write()


def test_more_segments_than_files_may_be_open():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    now = len(os.listdir("/dev/fd"))  # noqa: PTH208
    store = Store(Path("store"))
    for number in range(60):
        Path("text").write_bytes(b"word %d" % number)
        add(store, ["text"], f"l{number}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (now + 30, hard))
    try:
        store.compact()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert labels_of(store) == ["l0..l59"]
    assert sums(store)[0][b"word"] == 60


def test_more_segments_than_files_may_ever_be_open():
    """In a process of its own, as a lower limit cannot be raised again."""
    store_of("a", "b", "c")
    code = (
        "import resource; from pathlib import Path; from w2vcli.counts.store import Store; "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)); Store(Path('store')).compact()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert re.search(
        r"StorageError: 3 segments are more than this process may have open: the limit is 9 files "
        r"\(ulimit -n\), and [0-9]+ are needed; raise it, or choose fewer segments",
        done.stderr,
    ), done.stderr


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.symlink_to("nowhere"), r"a link that leads nowhere \(No such file"),
        (lambda path: path.symlink_to(path.name), r"a link that leads nowhere \(Too many levels"),
        (os.mkfifo, "not a file, so no segment"),  # opening it would wait for ever
        (Path.mkdir, "not a file, so no segment"),
    ],
)
def test_what_is_named_like_a_segment_and_is_no_file(make, why):
    store = store_of("a")
    make(Path("store/x.segment"))
    for use in (store.segments, lambda: add(store, "b"), lambda: subtract(store, "a")):
        with pytest.raises(DataError, match=f"store/x.segment: {why}.*; take it out of the store"):
            use()


def test_more_texts_than_a_segment_can_name(monkeypatch):
    store = store_of("a", "b", "c")
    monkeypatch.setattr(tensor_file, "_LONGEST_HEADER", 1200)
    with pytest.raises(DataError, match=r"it would name 0 MB .*; use fewer texts at a time"):
        store.compact()
    check(store, "abc")
