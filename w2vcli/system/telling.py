"""What is said of a folder behind a URL names the URL, and not its mirror on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from w2vcli.errors import W2VError

_names: dict[str, str] = {}


def tell(mirror: Path, name: str) -> None:
    """Note which name a mirror is told by."""
    _names[str(mirror)] = name


def told(text: object) -> str:
    """Return a text, such as a path, with URLs in the place of their mirrors."""
    said = str(text)
    for mirror, name in _names.items():
        said = said.replace(mirror, name)
    return said


@contextmanager
def telling() -> Iterator[None]:
    """Let errors name URLs, not their mirrors. Also a decorator."""
    try:
        yield
    except W2VError as error:
        if _names and error.args:
            error.args = (told(error.args[0]), *error.args[1:])
        raise
