"""Locks on outputs: what lies in their way is refused by name, and stays as it is."""

from pathlib import Path

import pytest

from w2vcli.errors import OutputError
from w2vcli.system.locks import belongs_to, locked


def test_a_link_in_the_place_of_a_lock_is_not_followed(tmp_path):
    (tmp_path / ".new.lock").symlink_to("elsewhere")
    with (
        pytest.raises(OutputError, match=r"its lock .*\.new\.lock cannot be created: Too many"),
        locked(tmp_path / "new"),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [".new.lock"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("new.checkpoint", "not a regular file"), ("x" * 256, "cannot be created: File name too")],
)
def test_other_files_under_the_lock_are_checked_before(tmp_path, name, message):
    (tmp_path / "new.checkpoint").mkdir()
    with (
        pytest.raises(OutputError, match=message) as caught,
        locked(tmp_path / "new", 0, tmp_path / name),
    ):
        pass
    assert str(caught.value).startswith(str(tmp_path / name))
    assert [path.name for path in tmp_path.iterdir()] == ["new.checkpoint"]


def test_a_lock_is_removed_in_the_end(tmp_path):
    with locked(tmp_path / "new"):
        assert Path(tmp_path / ".new.lock").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_the_name_of_a_lock_is_kept(tmp_path):
    lock = tmp_path / ".new.lock"
    lock.write_text("a text")
    with (
        pytest.raises(
            OutputError, match=r"new: its lock would be .*\.new\.lock, and that is a file"
        ),
        locked(tmp_path / "new"),
    ):
        pass
    assert lock.read_text() == "a text"
    lock.write_text("")
    with locked(tmp_path / "new"):  # left behind by a run that was killed
        pass
    assert not lock.exists()


def test_which_files_beside_an_output_are_its_own(tmp_path):
    target = tmp_path / "new"
    for name in (".new.lock", ".new.0123abcd.tmp", "new.complete"):
        assert belongs_to(target, tmp_path / name)
        (tmp_path / "link").symlink_to(name)
        assert belongs_to(target, tmp_path / "link")
        (tmp_path / "link").unlink()
        assert not belongs_to(target, tmp_path / "folder" / name)
    for name in ("new", "new.lock", ".old.lock", ".new.0123abcd.tmp.gz", ".new.012.tmp"):
        assert not belongs_to(target, tmp_path / name)
