"""Which format a file of vectors has, by its beginning, and which it has that is not read."""

import codecs
import re
from collections import Counter

from w2vcli.errors import DataError
from w2vcli.formats import finalfusion, reading_fasttext
from w2vcli.formats.choices import ImportName
from w2vcli.formats.reading_text import FIRST_LINES, header_of, is_number, without_mark
from w2vcli.system.tensor_file import KEY

PEEK_BYTES = 1 << 18
"""So much of a file is looked at: more than the longest word, and many rows."""

_GLOVE = "choose --format glove to import it all the same"
_AS_TEXT = "write its words and vectors as text, in word2vec's format, and import that"
_FOREIGN = {
    rb"\x93NUMPY": f"a NumPy array (.npy), which holds no words; {_AS_TEXT}",
    rb"\x80[\2-\5][\x00-\xff]*[\x00-\x08]": "a pickle, as gensim's save and PyTorch write it; load "
    "it with the program that made it, and write it as text (in gensim, save_word2vec_format)",
    rb"[\x00-\xff]{4}[\x00-\x03]\0\0\0\{\s*\"": "a safetensors file of another program; "
    f"{_AS_TEXT}",
    rb"(\xff\xfe|\xfe\xff)[^\0]?\0": "text in UTF-16 or UTF-32; convert it to UTF-8 first, with "
    "iconv -f UTF-16 -t UTF-8",
    rb"PAR1\x15": f"a Parquet file; {_AS_TEXT}",
    rb"\x89HDF\r\n": f"an HDF5 file; {_AS_TEXT}",
    rb"SQLite format 3\0": f"a SQLite database, as Magnitude's files are; {_AS_TEXT}",
    rb"version https://git-lfs": "a pointer of Git LFS and not the file itself; fetch that with "
    "git lfs pull",
    rb"([0-9]+ ){4}[1-4] [0-9]+ [^\s0-9]+ [^\s0-9]+\r?\n": "a table of floret, whose rows are of "
    "hashed n-grams and not of words; write the vectors of words as text, with floret's "
    "save_vectors, and import that",
    rb"(?i:<!doctype html)": "a web page; fetch the file of vectors itself",
}


def refuse_foreign(start: bytes, name: str) -> None:
    """Refuse what no format of ours begins with.

    Parameters
    ----------
    start
        The first bytes of a file.
    name
        The file, for messages.

    Raises
    ------
    DataError
        If the file is of a known kind that is not read.
    """
    if re.match(rb'[\x00-\xff]{8}\{"__metadata__":\{"%b"' % KEY.encode(), start):
        raise DataError(f"{name}: this is a file of w2vcli already; use it as it is")
    for pattern, kind in _FOREIGN.items():
        if re.match(pattern, start[:1024]):
            raise DataError(f"{name}: this is {kind}")


def format_of(start: bytes, name: str) -> ImportName:
    """Return the format of a file.

    Parameters
    ----------
    start
        Its first ``PEEK_BYTES``; all, if it has no more.
    name
        The file, for messages.

    Raises
    ------
    DataError
        If the rows are of one number, or all words are numbers: these are hardly vectors.
    """
    if start.startswith(finalfusion.MAGIC):
        return "finalfusion"
    if start.startswith(reading_fasttext.MAGIC):
        return "fasttext-bin"
    first, _, rest = start.partition(b"\n")
    if header := header_of(first):
        return "word2vec" if _is_text(rest, header[1]) else "word2vec-binary"
    _refuse_counts(start, name)
    return "glove"


def _is_text(rows: bytes, dim: int) -> bool:
    """Return whether rows are text: one of the first is as it should be, or all is plain."""
    for line in rows.split(b"\n", FIRST_LINES)[:FIRST_LINES]:
        fields = line.rsplit(None, dim)
        if len(fields) == dim + 1 and all(map(is_number, fields[1:])):
            return True
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(rows)
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x08\x0e-\x1b\x7f]", text)


def _refuse_counts(start: bytes, name: str) -> None:
    lines = [line.split() for line in without_mark(start).split(b"\n")]
    if len(start) >= PEEK_BYTES and len(lines) > 1:
        lines.pop()  # it is cut
    lines = [fields for fields in lines if fields]
    usual = Counter(map(len, lines[:FIRST_LINES])).most_common(1)
    if usual and usual[0][0] == 2:  # a word and a number
        raise DataError(
            f"{name}: its lines are a word and one number, as in a vocabulary; name a file of "
            f"vectors, or {_GLOVE}"
        )
    if lines and all(len(fields) > 1 and all(map(is_number, fields)) for fields in lines):
        raise DataError(
            f"{name}: its lines are numbers without words; put a word before each line, or {_GLOVE}"
        )
