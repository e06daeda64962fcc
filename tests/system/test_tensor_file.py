"""Tensor files: bytes on disk among the arrays, metadata alone, and what the safetensors see."""

import hashlib
import json
import os
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file

from w2vcli.errors import DataError, InputError, OutputError, StorageError
from w2vcli.system import bytes_on_disk
from w2vcli.system.bytes_on_disk import BytesOnDisk
from w2vcli.system.tensor_file import (
    FileFormat,
    is_cut_short,
    on_disk,
    read_metadata,
    read_tensors,
    verify,
    write_tensors,
)

FORMAT = FileFormat(
    "thing",
    "w2vcli-thing",
    version=3,
    remedy="make it again",
    tensors={"floats": ("F32", 2), "numbers": ("I64", 1), "bytes": ("U8", 1), "more": ("U8", 1)},
    metadata={"name": str},
    may_be_empty=frozenset({"bytes", "more"}),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "thing"


@pytest.fixture
def spare():
    """A temporary file."""
    with tempfile.TemporaryFile(buffering=0) as file:
        yield file


def some_tensors(file, data=b"abcdefg", begin=2, length=3):
    file.seek(0)
    file.write(data)
    return {
        "bytes": BytesOnDisk(file, begin, length),
        "numbers": np.array([1, -2, 2**62]),
        "floats": np.array([[0.5, 1.0, 2.0], [3.0, -1.0, 4.0]], np.float32),
        "more": np.frombuffer(b"xy", np.uint8),
    }


@given(st.binary(max_size=40), st.binary(max_size=9), st.text(max_size=9), st.integers(1, 50))
@settings(max_examples=60)
def test_round_trip(tmp_path_factory, data, more, name, piece):
    path = tmp_path_factory.getbasetemp() / "thing"
    with tempfile.TemporaryFile(buffering=0) as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(bytes_on_disk, "_PIECE", piece)
        tensors = some_tensors(file, b"12" + data + b"34", 2, len(data))
        tensors["more"] = np.frombuffer(more, np.uint8)
        write_tensors(path, FORMAT, tensors, {"name": name})
    about, read = read_tensors(path, FORMAT)
    assert about["name"] == name
    assert (read["bytes"].tobytes(), read["more"].tobytes()) == (data, more)
    for key in ("numbers", "floats"):
        np.testing.assert_array_equal(read[key], tensors[key], strict=True)
    verify(path, FORMAT)
    assert read_metadata(path, FORMAT) == (about, path.stat().st_size)
    found = on_disk(path, FORMAT, "bytes")
    with found.file:
        assert b"".join(found.pieces()) == data


def test_bytes_on_disk_and_in_memory_make_the_same_file(tmp_path, spare):
    tensors = some_tensors(spare)
    write_tensors(tmp_path / "one", FORMAT, tensors, {"name": "n"})
    tensors["bytes"] = np.frombuffer(b"cde", np.uint8)
    write_tensors(tmp_path / "other", FORMAT, dict(reversed(tensors.items())), {"name": "n"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_the_library_reads_the_same(path, spare):
    write_tensors(path, FORMAT, some_tensors(spare), {"name": "n"})
    loaded = load_file(path)
    _, ours = read_tensors(path, FORMAT)
    assert loaded.keys() == ours.keys()
    for key, values in loaded.items():
        np.testing.assert_array_equal(values, ours[key], strict=True)
    with safe_open(path, framework="numpy") as file:
        about = json.loads(file.metadata()["w2vcli"])
    assert about == {"format": "w2vcli-thing", "version": 3, "sha256": about["sha256"], "name": "n"}


def test_the_checksum_is_of_the_file_with_zeros_in_its_place(path, spare):
    write_tensors(path, FORMAT, some_tensors(spare), {"name": "0" * 64})
    said = read_metadata(path, FORMAT)[0]["sha256"]
    data = path.read_bytes()
    assert data.count(said.encode()) == 1
    assert hashlib.sha256(data.replace(said.encode(), b"0" * 64)).hexdigest() == said
    assert verify(path, FORMAT) == said


def test_every_tensor_begins_at_a_multiple_of_its_width(path, spare):
    for length in range(8):
        write_tensors(
            path, FORMAT, some_tensors(spare, b"1" * 9, 0, length), {"name": "n" * length}
        )
        data = path.read_bytes()
        start = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:start])
        for entry in header.values():
            width = {"F32": 4, "I64": 8}.get(entry.get("dtype"), 1)
            assert (start + entry.get("data_offsets", [-start])[0]) % width == 0


def test_what_cannot_be_read_leaves_the_old_file(path, spare):
    path.write_bytes(b"old")
    tensors = some_tensors(spare, b"ab", 0, 3)
    with pytest.raises(StorageError, match=r"a temporary file: reading failed: .* was cut short"):
        write_tensors(path, FORMAT, tensors, {"name": "n"})
    assert path.read_bytes() == b"old"
    assert [file.name for file in path.parent.iterdir()] == ["thing"]


def test_no_folder_to_write_to(tmp_path, spare):
    with pytest.raises(OutputError, match="does not exist"):
        write_tensors(tmp_path / "none" / "thing", FORMAT, some_tensors(spare), {"name": "n"})


# --- bytes on disk ----------------------------------------------------------------------


@given(st.integers(0, 20), st.integers(0, 20))
def test_any_part(begin, end):
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"--0123456789")
        on_disk = BytesOnDisk(file, 2, 10)
        begin, end = min(begin, 10), min(end, 10)
        assert on_disk.read(begin, end) == b"0123456789"[begin:end]
        assert file.tell() == 12  # nobody minds where it stands


def test_reading_by_and_by(spare, monkeypatch):
    spare.write(b"abcdefg")
    read = os.pread
    monkeypatch.setattr(bytes_on_disk.os, "pread", lambda fd, n, place: read(fd, min(n, 2), place))
    assert BytesOnDisk(spare, 1, 5).read(0, 5) == b"bcdef"


def test_reading_that_fails(path, spare, monkeypatch):
    def refuse(*_):
        raise OSError(5, "Input/output error")

    path.write_bytes(b"ab")
    monkeypatch.setattr(bytes_on_disk.os, "pread", refuse)
    with path.open("rb") as file, pytest.raises(StorageError) as caught:
        BytesOnDisk(file, 0, 2).read(0, 2)
    assert str(caught.value).endswith("thing: reading failed: Input/output error")
    with pytest.raises(StorageError, match="a temporary file: reading failed: Input/out"):
        BytesOnDisk(spare, 0, 2).read(0, 2)


# --- what is refused --------------------------------------------------------------------


@pytest.mark.parametrize("read", [read_metadata, read_tensors, verify])
def test_files_that_are_none(path, spare, read):
    with pytest.raises(InputError, match="thing: cannot be read: No such file"):
        read(path, FORMAT)
    path.write_bytes(b"\0text\n" * 9)
    with pytest.raises(DataError, match=r"not a usable thing: the file is.*; make it again"):
        read(path, FORMAT)
    other = FileFormat("other", "w2vcli-other", 3, "", FORMAT.tensors, FORMAT.metadata)
    write_tensors(path, other, some_tensors(spare), {"name": "n"})
    with pytest.raises(DataError, match=r"this is a other of w2vcli and not a thing; name a thing"):
        read(path, FORMAT)
    write_tensors(path, FORMAT, some_tensors(spare), {"name": 1})
    with pytest.raises(DataError, match="its metadata is not what it should be"):
        read(path, FORMAT)


def test_only_some_tensors_may_be_empty(path, spare):
    empty = {"bytes": BytesOnDisk(spare, 0, 0), "more": np.empty(0, np.uint8)}
    write_tensors(path, FORMAT, some_tensors(spare) | empty, {"name": "n"})
    _, read = read_tensors(path, FORMAT)
    assert (read["bytes"].shape, read["more"].shape) == ((0,), (0,))
    write_tensors(path, FORMAT, some_tensors(spare) | {"numbers": np.empty(0, int)}, {"name": "n"})
    with pytest.raises(DataError, match="its tensor 'numbers' is empty"):
        read_tensors(path, FORMAT)
    read_metadata(path, FORMAT)  # which looks at no tensor


def test_bytes_stay_readable_when_the_file_is_gone(path, spare):
    write_tensors(path, FORMAT, some_tensors(spare), {"name": "n"})
    found = on_disk(path, FORMAT, "bytes")
    path.unlink()
    with found.file:
        assert found.read(0, found.length) == b"cde"
    with pytest.raises(InputError, match="cannot be read: No such file"):
        on_disk(path, FORMAT, "bytes")


def test_a_file_that_was_read_outlives_being_cut_short(path, spare):
    write_tensors(path, FORMAT, some_tensors(spare), {"name": "n"})
    _, read = read_tensors(path, FORMAT, in_memory=path.stat().st_size)
    _, mapped = read_tensors(path, FORMAT, in_memory=path.stat().st_size - 1)
    assert not isinstance(read["floats"].base, np.memmap)
    assert not read["floats"].flags.writeable
    for name, values in mapped.items():
        np.testing.assert_array_equal(values, read[name], strict=True)
    before = {name: values.copy() for name, values in read.items()}
    assert not is_cut_short(mapped["floats"])
    path.write_bytes(b"")
    assert is_cut_short(mapped["floats"])
    assert not is_cut_short(read["floats"])
    for name, values in before.items():
        np.testing.assert_array_equal(values, read[name], strict=True)


def test_a_file_that_is_cut_short_while_it_is_read(path, spare, monkeypatch):
    write_tensors(path, FORMAT, some_tensors(spare), {"name": "n"})
    read = np.fromfile
    monkeypatch.setattr(np, "fromfile", lambda stream, dtype: read(stream, dtype, count=40))
    with pytest.raises(DataError, match="not a usable thing: the file was cut short while"):
        read_tensors(path, FORMAT, in_memory=1 << 20)
