"""An output is the old file or the new one, never a part, and never in the way."""

import errno
import os
import resource
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from w2vcli.errors import DataError, OutputError, StorageError
from w2vcli.system import files
from w2vcli.system.files import atomic_output, check_output

before_3_13 = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="a link to itself is then replaced like any other file"
)
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")


def write(path, data=b"new"):
    with atomic_output(path) as stream:
        stream.write(data)


def names_in(folder):
    return [path.name for path in folder.iterdir()]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


@contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_a_new_file(tmp_path):
    write(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert names_in(tmp_path) == ["file"]


def test_an_old_file_is_there_until_the_block_ends(old):
    with atomic_output(old) as stream:
        stream.write(b"n" * 100_000)
        stream.flush()
        assert old.read_bytes() == b"old"
    assert old.read_bytes() == b"n" * 100_000
    assert names_in(old.parent) == ["file"]


def test_who_reads_the_old_file_goes_on_reading_it(old):
    with old.open("rb") as reader:
        write(old)
        assert reader.read() == b"old"


@pytest.mark.parametrize(
    ("raised", "caught"),
    [
        (DataError("bad"), DataError),
        (ValueError("a bug"), ValueError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (OSError(errno.ENOSPC, "No space left on device"), StorageError),
    ],
)
@pytest.mark.parametrize("exists", [True, False])
def test_whatever_happens_in_the_block_leaves_all_as_it_was(tmp_path, raised, caught, exists):
    path = tmp_path / "file"
    if exists:
        path.write_bytes(b"old")

    def fail():
        with atomic_output(path) as stream:
            stream.write(b"half")
            raise raised

    with pytest.raises(caught):
        fail()
    assert names_in(tmp_path) == ["file"] * exists
    assert not exists or path.read_bytes() == b"old"


def test_a_full_disk(old):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StorageError) as caught:
            write(old, b"n" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(caught.value) == f"{old}: could not be written: File too large"
    assert old.read_bytes() == b"old"
    assert names_in(old.parent) == ["file"]


def test_a_rename_that_fails(old, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files.os, "replace", refuse)
    with pytest.raises(StorageError, match=r"could not be put in place: Input/output error$"):
        write(old)
    assert old.read_bytes() == b"old"
    assert names_in(old.parent) == ["file"]


def test_a_complete_file_that_cannot_be_put_in_place_is_kept_beside(old, monkeypatch):
    replace = os.replace

    def refuse(source, to):
        if to == old:
            raise OSError(errno.EPERM, "Operation not permitted")
        replace(source, to)

    monkeypatch.setattr(files.os, "replace", refuse)
    with pytest.raises(StorageError) as caught, atomic_output(old, keep=True) as stream:
        stream.write(b"new")
    assert str(caught.value) == (
        f"{old}: could not be put in place: Operation not permitted; it is complete in "
        f"{old}.complete, so move it from there"
    )
    assert old.read_bytes() == b"old"
    assert Path(f"{old}.complete").read_bytes() == b"new"
    assert len(names_in(old.parent)) == 2


def test_file_and_folder_are_flushed_in_this_order(old, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(
        files.os, "fsync", lambda fd: (done.append(stat.S_IFMT(os.fstat(fd).st_mode)), fsync(fd))
    )
    monkeypatch.setattr(
        files.os, "replace", lambda source, to: (done.append("rename"), replace(source, to))
    )
    write(old)
    assert done == [stat.S_IFREG, "rename", stat.S_IFDIR]


@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o666, 0o400])
def test_permissions_are_kept(old, permissions):
    old.chmod(permissions)
    write(old)
    assert mode(old) == permissions
    assert old.read_bytes() == b"new"


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_permissions_of_a_new_file_are_the_users(tmp_path, mask):
    with umask(mask):
        write(tmp_path / "file")
        assert os.umask(mask) == mask
    assert mode(tmp_path / "file") == 0o666 & ~mask


def test_nobody_else_reads_a_file_that_is_being_written(old):
    old.chmod(0o600)
    with umask(0), atomic_output(old):
        (temporary,) = set(old.parent.iterdir()) - {old}
        assert mode(temporary) == 0o600


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_the_file_that_it_names_is_written(tmp_path, exists):
    (tmp_path / "there").mkdir()
    if exists:
        (tmp_path / "there" / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("there/file")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "file").read_bytes() == b"new"
    assert names_in(tmp_path / "there") == ["file"]


def test_a_relative_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(Path("file"))
    assert Path("file").read_bytes() == b"new"


def test_the_longest_name_that_the_system_allows(tmp_path):
    write(tmp_path / ("é" * 127))
    assert names_in(tmp_path) == ["é" * 127]


def test_temporaries_are_hidden_so_that_no_corpus_folder_takes_them_in(tmp_path):
    with atomic_output(tmp_path / "file"):
        (name,) = names_in(tmp_path)
        assert name.startswith(".file.")


# --- outputs that cannot be -------------------------------------------------------------


@pytest.fixture
def impossible(tmp_path, request):
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "into-nothing").symlink_to(tmp_path / "nothing" / "file")
    (tmp_path / "circle").symlink_to("circle")
    return tmp_path / request.param


@pytest.mark.parametrize("function", [check_output, write])
@pytest.mark.parametrize(
    ("impossible", "message"),
    [
        ("nothing/file", r"the folder .*nothing does not exist; make it first"),
        ("into-nothing", r"the folder .*nothing does not exist; make it first"),
        ("file/below", r"the folder .*file is not a folder"),
        ("folder", "not a regular file"),
        pytest.param("circle", "cannot be created: Symlink loop", marks=before_3_13),
        ("x" * 256, "cannot be created: File name too long"),
    ],
    indirect=["impossible"],
)
def test_impossible_outputs_are_refused(tmp_path, impossible, message, function):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match=message) as caught:
        function(impossible)
    assert str(caught.value).startswith(str(impossible))
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_device_is_no_place_for_a_file():
    with pytest.raises(OutputError, match="not a regular file"):
        check_output(Path("/dev/null"))


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_names_of_the_folder_itself(name):
    with pytest.raises(OutputError, match="not a regular file"):
        check_output(Path(name))


@as_user
def test_a_folder_that_may_not_be_written(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o500)
    with pytest.raises(OutputError, match="no permission to write in"):
        check_output(folder / "file")


def test_a_folder_that_may_not_be_written_even_where_the_user_is_root(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="no permission to write in"):
        check_output(tmp_path / "file")


def test_a_folder_where_no_file_can_be_made(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(files.os, "open", refuse)
    with pytest.raises(OutputError, match="cannot be created: Read-only file system"):
        write(tmp_path / "file")


def test_a_file_of_another_user_in_a_sticky_folder(old, monkeypatch):
    old.parent.chmod(0o1777)
    monkeypatch.setattr(files.os, "geteuid", lambda: old.stat().st_uid + 1)
    with pytest.raises(OutputError, match="belongs to another user, in a folder where only"):
        check_output(old)
    check_output(old.parent / "other")
    old.parent.chmod(0o777)
    check_output(old)


@pytest.fixture
def immutable(old):
    done = subprocess.run(["chattr", "+i", str(old)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no file can be made immutable here")
    yield old
    subprocess.run(["chattr", "-i", str(old)], check=True)


def test_an_immutable_file(immutable):
    with pytest.raises(OutputError, match="marked as immutable or append-only; take that mark"):
        check_output(immutable)


def test_a_file_that_says_so_is_immutable(old, monkeypatch):
    """The same where no file can be made immutable."""

    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(files.os, "open", refuse)
    with pytest.raises(OutputError, match="marked as immutable or append-only; take that mark"):
        check_output(old)


def test_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(OutputError, match="no permission to look into the folder"):
        check_output(tmp_path / "file")


def test_a_check_touches_nothing(old):
    check_output(old)
    check_output(old.parent / "other")
    assert old.read_bytes() == b"old"
    assert names_in(old.parent) == ["file"]
