"""The files of pictures: which kind an ending asks for, and what it takes to write one."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from w2vcli.cli import console
from w2vcli.errors import UsageError
from w2vcli.vectors.choices import Colouring

if TYPE_CHECKING:
    from w2vcli import WordMap
    from w2vcli.pictures.drawing import Drawing


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


def drawn(drawing: "Drawing", kind: str) -> str | bytes:
    """Return a drawing as a picture of a kind: ``svg`` or ``png``."""
    if kind == "png":
        from w2vcli.pictures.png import png

        return png(drawing)
    from w2vcli.pictures.svg import svg

    return svg(drawing)


def write_map(
    path: Path, kind: str, found: "WordMap", title: str, colouring: Colouring = "cluster"
) -> None:
    """Write a map of words as a picture of a kind, and say so.

    Raises
    ------
    OutputError, StorageError
        As ``atomic_output``.
    """
    if kind == "html":
        from w2vcli.pictures.map_page import map_page

        write(path, map_page(found, title))
    else:
        from w2vcli.pictures.map_drawing import map_drawing

        write(path, drawn(map_drawing(found, title, colouring), kind))
    console.note(f"wrote {path}")


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
