"""What vectors are judged by: files of analogy questions, and of pairs that people have scored."""

import re
from collections.abc import Iterator
from pathlib import Path

from w2vcli.errors import DataError, InputError

Question = tuple[str, str, str, str]
"""a, b, c, d: "a is to b as c is to ?", and the answer."""

Pair = tuple[str, str, float]
"""Two words, and how much alike people find them, on any scale."""

_NUMBER = re.compile(rb"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def read_questions(path: Path) -> dict[str, list[Question]]:
    """Read analogy questions by section: lines of four words below lines ``: section``.

    Sections of the same name are one. Questions above the first have "" for a section.

    Raises
    ------
    InputError
        If the file cannot be read.
    DataError
        If it is not UTF-8, a line is not four words, or there are no questions.
    """
    sections: dict[str, list[Question]] = {}
    name = ""
    for number, line in _lines(path):
        if line.startswith(b":"):
            name = line[1:].strip().decode()
            sections.setdefault(name, [])
            continue
        words = [word.decode() for word in line.split()]
        if len(words) != 4:
            raise DataError(
                f"{path}, line {number}: expected four words or ': section', found {len(words)} "
                "word(s); put one question on each line"
            )
        a, b, c, d = words
        sections.setdefault(name, []).append((a, b, c, d))
    if not any(sections.values()):
        raise DataError(f"{path}: the file holds no questions; put four words on each line")
    return sections


def read_pairs(path: Path) -> list[Pair]:
    """Read pairs of words with a score, the first number after the words.

    A line is split at tabs; without tabs at commas; without either at white space. Lines that
    begin with ``#`` are comments, and a first line without a number is a header.

    Raises
    ------
    InputError
        If the file cannot be read.
    DataError
        If it is not UTF-8, a line is not two words and a number, or there are no pairs.
    """
    pairs: list[Pair] = []
    lines = [(number, line) for number, line in _lines(path) if not line.startswith(b"#")]
    for place, (number, line) in enumerate(lines):
        mark = next((mark for mark in (b"\t", b",") if mark in line), None)
        cells = [cell.strip() for cell in line.split(mark)]
        score = next((float(cell) for cell in cells[2:] if _NUMBER.fullmatch(cell)), None)
        if score is not None and all(cells[:2]):
            pairs.append((cells[0].decode(), cells[1].decode(), score))
        elif score is not None or place > 0:
            raise DataError(
                f"{path}, line {number}: expected two words and a number; "
                "separate them by tabs, commas or spaces"
            )
    if not pairs:
        raise DataError(f"{path}: the file holds no pairs; put two words and a number on each line")
    return pairs


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file in UTF-8 that are not blank, with their numbers."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the path") from None
    for number, line in enumerate(text.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path}, line {number}, byte {error.start + 1}: 0x{line[error.start]:02x} is not "
                "valid UTF-8; convert the file to UTF-8 (for example with iconv)"
            ) from None
        if line.strip():
            yield number, line
