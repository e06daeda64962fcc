"""Locks on outputs: what lies in their way is refused by name, and stays as it is."""

from pathlib import Path

import pytest

from w2vcli.errors import OutputError
from w2vcli.system.locks import locked


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
