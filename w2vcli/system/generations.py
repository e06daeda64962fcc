"""Generations: the files that an output has replaced, kept beside it as FILE.1, FILE.2 and so on.

FILE itself is there at every moment, and nothing is lost wherever a run is killed: each step is one
link or one rename, and is on the disk before the next. To make room, each generation is renamed to
the next number, the oldest first, up to a number that is free; then FILE is linked as FILE.1, and
at last the new file is renamed over FILE (``files.atomic_output``). A run that is killed on the way
leaves a number free, from which the next one goes on, or FILE.1 with the same content as FILE,
which counts as one. Those beyond the number to keep are removed when the new file is in place.

To roll back, FILE gets a second, hidden name, FILE.1 is renamed over it, the others move up, and
the hidden name becomes FILE.refused. While there is a hidden name, a rollback is unfinished.

The caller holds the lock on the output.
"""

import errno
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from w2vcli.errors import InputError, StorageError
from w2vcli.system import signals
from w2vcli.system.files import atomic_output, beside, flush_folder, followed, remove
from w2vcli.system.locks import belongs_to

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS, errno.EACCES}
"""What a file system says that has no hard links, or not from here to there."""
_PIECE = 1 << 20


def generation(path: Path, number: int) -> Path:
    """Name a generation of an output; 1 is the newest."""
    return path.with_name(f"{path.name}.{number}")


def refused(path: Path) -> Path:
    """Name the file that was refused, or rolled back."""
    return path.with_name(f"{path.name}.refused")


def others(path: Path) -> list[Path]:
    """Name the files beside an output that its lock protects too."""
    return [generation(path, 1), refused(path), _mark(path)]


def beside_output(path: Path, other: Path) -> bool:
    """Say whether a run that writes an output may write or rename another file of this name.

    A name such as FILE.2024 is the user's own: there are no more than a thousand generations.
    """
    if belongs_to(path, other):
        return True
    ours = re.escape(path.name) + r"\.(checkpoint|refused|1000|[1-9][0-9]{0,2})"
    try:
        return other.parent.resolve() == path.parent.resolve() and bool(
            re.fullmatch(ours, other.name)
        )
    except (OSError, RuntimeError):  # a name that is too long, links in a circle
        return False


def numbers(path: Path) -> list[int]:
    """Return the numbers of the generations, the newest first; one number may be missing between.

    So a file of the user's, such as FILE.2024, is none.
    """
    found: list[int] = []
    number = 1
    while number - (found[-1] if found else 0) <= 2:
        if os.path.lexists(generation(path, number)):
            found.append(number)
        number += 1
    return found


def make_room(path: Path) -> None:
    """Keep the file as the first generation; call it just before the file is replaced.

    Raises
    ------
    StorageError
        If a generation cannot be renamed, or the file cannot be linked or copied. Then each is
        there still, perhaps under the next number.
    """
    if not path.exists() or same(path, generation(path, 1)):
        return
    taken = numbers(path)
    free = next(number for number in range(1, len(taken) + 2) if number not in taken)
    for number in range(free, 1, -1):
        _rename(generation(path, number - 1), generation(path, number))
    _link(path, generation(path, 1))


def prune(path: Path, keep: int) -> list[Path]:
    """Remove the generations beyond the first ``keep``, the oldest first, and return their names.

    Raises
    ------
    StorageError
        If one cannot be removed.
    """
    gone = [generation(path, number) for number in reversed(numbers(path)) if number > keep]
    for each in gone:
        remove(each)
    return gone


def settle(path: Path) -> bool:
    """Finish a rollback that was killed, if one was; return whether it had replaced the file.

    Raises
    ------
    StorageError
        If a file cannot be renamed or removed.
    """
    mark = _mark(path)
    if not os.path.lexists(mark):
        return False
    if same(mark, path):
        remove(mark)
        return False
    _close_ranks(path)
    _rename(mark, refused(path))
    return True


def newest(path: Path) -> Path:
    """Return the generation that a rollback would put back: the newest with another content.

    Raises
    ------
    InputError
        If there is none.
    """
    kept = numbers(path)
    for number in kept:
        if not same(path, generation(path, number)):
            return generation(path, number)
    if kept:
        raise InputError(
            f"{path}: there is no other file before it: {generation(path, kept[0]).name} has the "
            "same content"
        )
    raise InputError(
        f"{path}: there is no file before it, as {generation(path, 1).name} would be; 'w2vcli "
        "train --keep N' keeps the last N"
    )


def roll_back(path: Path) -> None:
    """Put the newest generation back in place; what was there becomes ``refused``.

    Raises
    ------
    InputError
        If there is none.
    StorageError
        If a step fails; settle the rest with ``settle``.
    """
    newest(path)  # an error before anything is done, if there is none
    back = generation(path, 1)
    with signals.uninterrupted():
        _close_ranks(path)
        while same(path, back):  # of a run that was killed, or equal bytes: it counts as one
            remove(back)
            _close_ranks(path)
        if path.exists():
            _link(path, _mark(path))
        try:
            _rename(back, followed(path))
        except StorageError as error:
            if not isinstance(error.__cause__, OSError) or error.__cause__.errno != errno.EXDEV:
                raise
            _copy(back, path)  # through a link to another file system
            remove(back)
        _close_ranks(path)
        if os.path.lexists(_mark(path)):
            _rename(_mark(path), refused(path))
        signals.written(path)


def same(one: Path, other: Path) -> bool:
    """Return whether two names have one file, or two files with the same bytes."""
    with suppress(OSError):
        if os.path.samefile(one, other):
            return True
        with one.open("rb") as first, other.open("rb") as second:
            while (piece := first.read(_PIECE)) == second.read(_PIECE):
                if not piece:
                    return True
    return False


def _mark(path: Path) -> Path:
    """Name the hidden file that an unfinished rollback has left."""
    return beside(path, "rollback")


def _close_ranks(path: Path) -> None:
    """Rename the generations, so that no number is missing."""
    for place, number in enumerate(numbers(path), 1):
        if number != place:
            _rename(generation(path, number), generation(path, place))


def _rename(old: Path, new: Path) -> None:
    try:
        os.replace(old, new)
        flush_folder(new.parent)
    except OSError as error:
        raise StorageError(
            f"{old}: could not be renamed to {new.name}: {error.strerror or error}"
        ) from error


def _link(path: Path, name: Path) -> None:
    """Give a file a second name; where the file system has no links, copy it."""
    try:
        os.link(followed(path), name)
        flush_folder(name.parent)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise StorageError(
                f"{path}: could not be kept as {name.name}: {error.strerror or error}"
            ) from error
        _copy(path, name)


def _copy(path: Path, name: Path) -> None:
    """Copy a file, whole or not at all, with its permissions."""
    try:
        with path.open("rb") as source, atomic_output(name, like=path) as target:
            shutil.copyfileobj(source, target, _PIECE)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror or error}") from error
