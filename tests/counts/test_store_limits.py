"""More than fits: files open at once, texts in a segment."""

import os
import resource
from pathlib import Path

import pytest
from helpers.store_scenes import add, check, labels_of, store_of, sums, write

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


def test_more_texts_than_a_segment_can_name(monkeypatch):
    store = store_of("a", "b", "c")
    monkeypatch.setattr(tensor_file, "_LONGEST_HEADER", 1200)
    with pytest.raises(DataError, match=r"it would name 0 MB .*; use fewer texts at a time"):
        store.compact()
    check(store, "abc")
