"""The English in documentation: its paragraphs, and their words, by simple rules.

Code, doctests, tables, signatures and identifiers are left out as far as the rules can tell.

A word is a run of ASCII letters with inner apostrophes (``don't``); hyphenated words are split
at their hyphens and a possessive ``'s`` is dropped, so that every form shares one set of counts.
"""

import re
from collections.abc import Iterator
from itertools import groupby

_MIN_WORDS = 3  # a shorter paragraph is a heading or a name, and has hardly any context

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


def paragraphs(text: str) -> Iterator[str]:
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
    """Join the lines of a block; list items and definitions are paragraphs, code is left out."""
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


def words_of(paragraph: str) -> str:
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
