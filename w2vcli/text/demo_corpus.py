"""The corpus of ``w2vcli demo``: the English that every Python installation carries.

Two sources are read, neither from the network: the language-reference topics of
:mod:`pydoc_data.topics` and the docstrings of the standard library, which are taken from its
source files with :mod:`ast` (no standard-library module is imported for its docstrings). Code,
doctests, tables, signatures and identifiers are left out as far as simple rules can tell, and each
remaining paragraph becomes one line of lower-case words.

A word is a run of ASCII letters with inner apostrophes (``don't``); hyphenated words are split
at their hyphens and a possessive ``'s`` is dropped, so that every form shares one set of counts.
"""

import ast
import inspect
import os
import re
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path

from w2vcli.errors import InputError
from w2vcli.system.files import atomic_output

__all__ = ["MIN_TOKENS", "DemoCorpus", "demo_lines", "write_demo_corpus"]

MIN_TOKENS = 50_000
"""Fewer tokens than this mean that the standard library's sources are not installed."""

_MIN_WORDS = 3  # a shorter paragraph is a heading or a name, and has hardly any context
_EXCLUDED = frozenset(
    {"__pycache__", "dist-packages", "idle_test", "site-packages", "test", "tests"}
)

_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*\Z")
_WRAPPER = "\"'`*()[]{}<>,.;:!?\u2018\u2019\u201c\u201d\u2026"  # what may surround a word
_LETTER = re.compile("[A-Za-z]")

# What starts a paragraph of its own; the marker is not part of its text.
_BULLET = re.compile(r"(?P<marker>\s*(?:[-*+o]|\(?[0-9a-z][.)])\s+)\S")
_DEFINITION = re.compile(r"(?P<marker>)\s*\S+(?: \S+){0,2}\s+(?:--?|:)\s+\S")
_FIELD = re.compile(r"(?P<marker>\s*:(?:param|parameter|type|returns?|rtype|raises?)\b[^:]*:)")
_DIRECTIVE = re.compile(r"(?P<marker>\s*\.\. )")
_OPENERS = (_BULLET, _DEFINITION, _FIELD, _DIRECTIVE)
_PROSE = re.compile(r"\s*(?:[A-Z\"(]|[-*+o]\s|\(?[0-9a-z][.)]\s|\S+(?: \S+){0,2}\s+(?:--?|:)\s+\S)")

# What is not text.
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\. |\.\.\.$|\$ |% |In \[\d+\]:)")
_CODE = re.compile(
    r"""\s*(?:
    (?:(?:class|async|def|exception|coroutine|classmethod|static|abstractmethod)\ )*
        [\w.]+\(.*(?:\)|,|->.*)\s*:?\Z                       # a signature or a call
    | @\w | (?:async\ )?def\ \w+\( | class\ \w+(?:\(.*\))?:
    | from\ [\w.]+\ import\  | import\ [\w., ]+\Z | print\(
    | (?:el)?if\ [^.]*:\Z | else:\Z | try:\Z | except\b.*:\Z | finally:\Z
    | while\ [^.]*:\Z | for\ \w+(?:,\ ?\w+)*\ in\ .*:\Z | with\ .*\ as\ \w+:
    | (?:return|yield|del)\ \w+\Z | pass\Z | raise\ \w+(?:\(|\Z)
    | [\w.]+(?:\[.*\])?\ [-+*/|&]?=\ \S                       # an assignment
    | .*\ \ \#\                                               # a comment after code
    )""",
    re.VERBOSE,
)

# What is said in fewer or plainer words.
_REWRITES = (
    (re.compile(r":(?:[a-z]+:)?[a-z]+:(?=`)"), ""),  # a role, as in :func:`len`
    (re.compile(r"(?:New|Added|Changed|Deprecated) (?:in|since) version [\d.]+:?"), ""),
    (re.compile(r"(?<=[a-z]{4})\(s\)"), "s"),
    (re.compile(r"\bI/O\b"), "IO"),
    (re.compile("\u2019"), "'"),
)
_CONTRACTIONS = frozenset(
    {"here's", "he's", "it's", "let's", "one's", "she's", "that's", "there's", "what's", "who's"}
)
_COMMON = (
    "a all an and any are as at be been but by can cannot does don't for from had has have how i "
    "if in into is isn't it its may more must no not of on only or other otherwise should so some "
    "such than that the their them then there these they this those to use used using was we were "
    "what when where whether which while who will with without would you your"
)
_FUNCTION_WORDS = frozenset(_COMMON.split())


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
            for paragraph in _paragraphs(text):
                line = _words(paragraph)
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


def _paragraphs(text: str) -> Iterator[str]:
    """Split a documentation text into paragraphs, each on one line, leaving out the code."""
    opened = -1  # if the paragraph before ends with a colon, its indentation
    literal = False  # whether it ends with two, which announces code
    code = -1  # while in code, the indentation of the paragraph that announced it
    for block in _blocks(text):
        if code >= 0:
            while block and _indent(block[0]) > code:
                del block[0]
            if not block:
                continue
            code = -1
        if 0 <= opened < _indent(block[0]) and (literal or not any(map(_PROSE.match, block))):
            code = opened
            opened = -1
            continue
        yield from _block_paragraphs(block)
        opened = _indent(block[-1]) if block[-1].endswith(":") else -1
        literal = block[-1].endswith("::")


def _blocks(text: str) -> Iterator[list[str]]:
    """Split a text at its blank lines."""
    lines = (line.rstrip() for line in text.expandtabs().splitlines())
    for filled, block in groupby(lines, key=bool):
        if filled:
            yield list(block)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _block_paragraphs(block: list[str]) -> Iterator[str]:
    """Join the lines of a block; list items and definitions start anew, code is left out."""
    kept: list[str] = []
    for line in block:
        if _PROMPT.match(line):
            break  # a doctest lasts until the next blank line
        opener = next(filter(None, (pattern.match(line) for pattern in _OPENERS)), None)
        code = _CODE.match(line) or not _LETTER.search(line)
        if kept and (opener or code):
            yield " ".join(kept)
            kept = []
        if not code:
            kept.append(line[opener.end("marker") if opener else 0 :].strip())
    if kept:
        yield " ".join(kept)


def _words(paragraph: str) -> str:
    """Reduce a paragraph to its lower-case words, or to nothing if it is not English text."""
    for pattern, plain_text in _REWRITES:
        paragraph = pattern.sub(plain_text, paragraph)
    chunks = paragraph.split()
    words: list[str] = []
    plain = 0
    for chunk in chunks:
        found = _chunk_words(chunk)
        plain += bool(found)
        words += found
    known = sum(word in _FUNCTION_WORDS for word in words)
    short = len(words) < 12
    english = known >= 0.2 * len(words) or (short and (known or paragraph.endswith(".")))
    if english and len(words) >= _MIN_WORDS and plain >= 0.6 * len(chunks):
        return " ".join(words)
    return ""


def _chunk_words(chunk: str) -> list[str]:
    """Give the words of a blank-free piece of text: none if it is code, a number or a symbol."""
    words: list[str] = []
    for piece in re.split(r"[-/\u2013\u2014]+", chunk.strip(_WRAPPER)):
        piece = piece.strip(_WRAPPER)
        if not piece:
            continue
        if not _WORD.match(piece):
            return []
        word = piece.lower()
        if word.endswith("'s") and word not in _CONTRACTIONS:
            word = word[:-2]
        if len(word) > 1 or word in "ai":  # other letters are variables
            words.append(word)
    return words
