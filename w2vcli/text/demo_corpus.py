"""The corpus of ``w2vcli demo``: the English that every Python installation carries.

Two sources are read, neither from the network: the language-reference topics of
:mod:`pydoc_data.topics` and the docstrings of the standard library, which are taken from its
source files with :mod:`ast` (no standard-library module is imported for its docstrings). Each
paragraph of English becomes one line of lower-case words (``prose``).
"""

import ast
import inspect
import os
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from w2vcli.errors import InputError
from w2vcli.system.files import atomic_output
from w2vcli.text.prose import paragraphs, words_of

__all__ = ["MIN_TOKENS", "DemoCorpus", "demo_lines", "write_demo_corpus"]

MIN_TOKENS = 50_000
"""Fewer tokens than this mean that the standard library's sources are not installed."""

_EXCLUDED = frozenset(
    {"__pycache__", "dist-packages", "idle_test", "site-packages", "test", "tests"}
)


@dataclass(frozen=True)
class DemoCorpus:
    """What :func:`write_demo_corpus` wrote.

    Attributes
    ----------
    lines : int
        Lines of the file: one paragraph each.
    tokens : int
        Words of the file.
    sources : int
        Texts that gave at least one line: each topic and each source file counts as one.
    """

    lines: int
    tokens: int
    sources: int


def demo_lines() -> Iterator[str]:
    """Give the paragraphs of the demo corpus as lines of lower-case words.

    The order depends on nothing but the standard library's files: first the topics by name, then
    the docstrings by file path. No line is empty and none occurs twice.

    Yields
    ------
    str
        The words of one paragraph, separated by single spaces; no newline at the end.

    Raises
    ------
    InputError
        If fewer than :data:`MIN_TOKENS` words were found by the end.
    """
    for line, _ in _numbered_lines():
        yield line


def write_demo_corpus(path: Path) -> DemoCorpus:
    """Write the demo corpus to a file, which appears complete or not at all.

    Parameters
    ----------
    path : Path
        The file to write; replaced if it exists. Its folder must exist.

    Returns
    -------
    DemoCorpus
        The counts of what was written.

    Raises
    ------
    InputError
        If the standard library's sources hold too little text; `path` is then left as it was.
    OutputError, StorageError
        As ``files.atomic_output``.
    """
    lines = tokens = 0
    sources: set[int] = set()
    with atomic_output(path) as file:
        for line, source in _numbered_lines():
            file.write(line.encode() + b"\n")
            lines += 1
            tokens += line.count(" ") + 1
            sources.add(source)
    return DemoCorpus(lines=lines, tokens=tokens, sources=len(sources))


def _numbered_lines() -> Iterator[tuple[str, int]]:
    """Give each line of the corpus with the number of the source it came from."""
    seen: set[str] = set()
    tokens = 0
    for number, texts in enumerate(chain(_topics(), _docstrings_by_file(_stdlib_folder()))):
        for text in texts:
            for paragraph in paragraphs(text):
                line = words_of(paragraph)
                if line and line not in seen:
                    seen.add(line)
                    tokens += line.count(" ") + 1
                    yield line, number
    if tokens < MIN_TOKENS:
        raise InputError(
            f"the demo corpus needs the standard library's source files, but only {tokens:,} words "
            f"of documentation were found in {_stdlib_folder()} (at least {MIN_TOKENS:,} are "
            "needed); give a text file of your own instead"
        )


def _stdlib_folder() -> Path:
    return Path(sysconfig.get_path("stdlib"))


def _topics() -> Iterator[list[str]]:
    """Give the texts of ``help("TOPIC")``, each as a list of one."""
    try:
        from pydoc_data.topics import topics
    except ImportError:  # a stripped installation
        return
    for name in sorted(topics):
        yield [topics[name]]


def _docstrings_by_file(folder: Path) -> Iterator[list[str]]:
    """Give the docstrings of each Python file below a folder, in the order of the paths."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _EXCLUDED)
        for name in sorted(names):
            if name.endswith(".py"):
                yield _docstrings(Path(parent, name))


def _docstrings(path: Path) -> list[str]:
    """Read the docstrings of a file; a file that cannot be read or parsed has none."""
    try:
        source = path.read_bytes()
        if b'"""' not in source and b"'''" not in source:
            return []  # parsing is the cost, and one-line docstrings in single quotes are rare
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody else's code
            tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: list[str] = []
    blocks: list[list[ast.stmt]] = [tree.body]
    while blocks:  # only statements are walked: expressions are most of a tree
        block = blocks.pop()
        for statement in block:
            for name in ("body", "orelse", "finalbody"):
                inner = getattr(statement, name, None)
                if isinstance(inner, list) and inner:
                    blocks.append(inner)
            for handler in getattr(statement, "handlers", ()):
                blocks.append(handler.body)
        first = block[0] if block else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            found.append(inspect.cleandoc(first.value.value))
    return found
