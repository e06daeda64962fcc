"""The files of pictures: which kind an ending asks for, and what it takes to write one."""

from collections.abc import Sequence
from pathlib import Path

from w2vcli.errors import UsageError


def kind_of(option: str, file: str, kinds: Sequence[str] = ("html", "svg", "png")) -> str:
    """Return the kind of picture that the ending of a file's name asks for, such as ``svg``.

    Parameters
    ----------
    option
        The option that named the file, for errors: ``--output``.
    file
        The name.
    kinds
        Those that there are.

    Raises
    ------
    UsageError
        If it is none of them, or the package that writes it is not installed.
    """
    ending = Path(file).suffix.removeprefix(".").lower()
    if ending not in kinds:
        *most, last = (f".{kind}" for kind in kinds)
        endings = f"{', '.join(most)} or {last}" if most else last
        raise UsageError(f"{option}: {file} does not end in {endings}; name a file that does")
    if ending == "png":
        from w2vcli.pictures.png import check_library

        check_library()
    return ending


def write(path: Path, picture: str | bytes) -> None:
    """Write a picture whole, or not at all.

    Raises
    ------
    OutputError, StorageError
        As ``atomic_output``.
    """
    from w2vcli.system.files import atomic_output

    with atomic_output(path) as stream:
        stream.write(picture.encode() if isinstance(picture, str) else picture)
