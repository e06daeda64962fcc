"""Kind, size and provenance of a w2vcli file, as it states them itself, in plain values.

``_FORMATS`` lists the kinds of tensor files. Vocabularies and tables of phrases are text, known by
their first line.
"""

import hashlib
import stat
from collections.abc import Callable
from heapq import nlargest
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias

from w2vcli.counts import segments, word_share
from w2vcli.errors import DataError, InputError
from w2vcli.system.first_bytes import PEEK_BYTES, begins_as_phrases, begins_as_vocabulary
from w2vcli.system.tensor_file import FileFormat, format_of, read_tensors, shown, verify
from w2vcli.text.corpus import Corpus
from w2vcli.text.input_files import STDIN
from w2vcli.text.phrases import PhraseTable
from w2vcli.text.vocabulary import Vocabulary
from w2vcli.training import checkpoint
from w2vcli.vectors import imported, model
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model

Facts: TypeAlias = dict[str, Any]

_DEEPEST = 8  # twice the depth of the files that we write
_MOST_FREQUENT = 5


def facts_of(path: Path, verified: bool = False) -> Facts:
    """Return the facts that a model or another file of ours states of itself.

    Parameters
    ----------
    path
        The file.
    verified
        Whether to read all of it first, and compare its checksum; or, of a vocabulary, which has
        none, the order of its lines.

    Returns
    -------
    facts
        Plain JSON values: ``kind``, ``bytes``, ``checksum`` (None where the format has none),
        ``verified`` and ``verified_by``, then those of the kind, for example ``words``. The
        metadata is returned as it is in the file, with any types.

    Raises
    ------
    InputError
        If the file does not exist, cannot be opened or is not a regular file.
    DataError
        If it is of an unknown kind or another version, or damaged.
    """
    size = _size(path)
    said = format_of(path)
    if said is None:
        start = _start_of(path)
        if begins_as_phrases(start):
            return {"kind": "table of phrases", "bytes": size} | _phrases(path, verified)
        return {"kind": "vocabulary", "bytes": size} | _vocabulary(path, start, verified)
    if said not in _FORMATS:
        raise DataError(
            f"{path}: a file of a kind that this w2vcli does not know ({shown(said)}); use the "
            "w2vcli that made it"
        )
    kind, described = _FORMATS[said]
    if verified:
        verify(path, kind)
    about, _ = read_tensors(path, kind)
    if not _is_shallow(about):
        raise kind.bad(path, "its metadata is not what it should be")
    return {
        "kind": kind.name,
        "format_version": about["version"],
        "bytes": size,
        "checksum": about["sha256"],
        "verified": verified,
        "verified_by": "the checksum of all its bytes" if verified else None,
        **described(path, about),
    }


def _model(path: Path, about: Facts) -> Facts:
    loaded = Model.load(path)
    words, dim = loaded.w_in.shape
    kept = {"curve": about["curve"]} if "curve" in about else {}  # older models have none
    return (
        {"words": words, "dim": dim}
        | _ngrams(loaded)
        | {key: about[key] for key in model.FORMAT.metadata}
        | kept
    )


def _ngrams(loaded: Model) -> Facts:
    """Return the facts of the n-grams of a model; none of a model without."""
    if loaded.subwords is None:
        return {}
    own, rows = loaded.subwords.word_rows, loaded.subwords.rows
    return {
        "subwords": {
            "range": str(loaded.subwords.range),
            "kind": "exact",
            "ngrams": len(rows),
            "bytes": {"words": own.nbytes, "ngrams": rows.nbytes},
        }
    }


def _imported(path: Path, about: Facts) -> Facts:
    vectors = ImportedVectors.load(path)
    words, dim = vectors.w_in.shape
    return (
        {"words": words, "dim": dim}
        | _buckets(vectors)
        | {key: about[key] for key in imported.FORMAT.metadata}
    )


def _buckets(vectors: ImportedVectors) -> Facts:
    """Return the facts of the n-grams of imported vectors; none of vectors without."""
    if vectors.subwords is None:
        return {}
    rows = vectors.subwords.rows
    return {
        "subwords": {
            "range": str(vectors.subwords.range),
            "kind": "hashed",
            "buckets": len(rows),
            "bytes": {"words": vectors.w_in.nbytes, "buckets": rows.nbytes},
        }
    }


def _checkpoint(path: Path, about: Facts) -> Facts:
    words, dim = checkpoint.read(path)[1]["output"].shape
    state = about["state"]
    try:
        total, weight, *more = state["loss"]
        (penalty,) = more or [0.0]  # older runs had no prior
        place = {
            "pass": int(state["pass"]),
            "blocks_done": int(state["blocks_done"]),
            "loss": total / weight if weight else None,
            "prior": penalty / weight if weight else None,
        }
        history = list(state["history"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise checkpoint.FORMAT.bad(path, "it does not say where the run stands") from None
    beside = path.with_suffix("")
    is_beside = checkpoint.beside(beside) == path and beside.is_file()
    return {
        "model": str(beside) if is_beside else None,
        "words": words,
        "words_sha256": about["words"],
        "dim": dim,
        "state": place,
        "config": about["config"],
        "corpus": about["corpus"],
        "history": history,
        "versions": about["versions"],
    } | ({"curve": about["curve"]} if "curve" in about else {})


def _segment(path: Path, about: Facts) -> Facts:
    said = segments.SegmentInfo.read(path).as_json()
    return {key: value for key, value in said.items() if key not in ("file", "bytes")}


def _word_share(path: Path, about: Facts) -> Facts:
    return {key: about[key] for key in word_share.FORMAT.metadata}


_FORMATS: dict[str, tuple[FileFormat, Callable[[Path, Facts], Facts]]] = {
    model.FORMAT.format: (model.FORMAT, _model),
    imported.FORMAT.format: (imported.FORMAT, _imported),
    checkpoint.FORMAT.format: (checkpoint.FORMAT, _checkpoint),
    segments.FORMAT.format: (segments.FORMAT, _segment),
    word_share.FORMAT.format: (word_share.FORMAT, _word_share),
}


def _phrases(path: Path, verified: bool) -> Facts:
    table = PhraseTable.load(str(path))
    return {
        "checksum": None,
        "verified": verified,
        "verified_by": "its lines; the format holds no checksum to compare" if verified else None,
        "phrases": len(table),
        "fingerprint": table.fingerprint,
        "best": [phrase.text for phrase in table.phrases[:_MOST_FREQUENT]],
    }


def _vocabulary(path: Path, start: bytes, verified: bool) -> Facts:
    if not begins_as_vocabulary(start):
        raise DataError(
            f"{path}: neither a model, a checkpoint, a segment, a vocabulary nor a table of "
            "phrases of w2vcli, or damaged; name another file, or make this one again"
        )
    vocabulary = Vocabulary.load(str(path))
    if verified:
        _check_order(path, vocabulary)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    counts = vocabulary.counts.tolist()
    top = nlargest(_MOST_FREQUENT, zip(vocabulary.words, counts, strict=True), itemgetter(1))
    return {
        "sha256": digest,
        "checksum": None,
        "verified": verified,
        "verified_by": "its lines and their order; the format holds no checksum to compare"
        if verified
        else None,
        "words": len(vocabulary),
        "tokens": sum(counts),  # by Python: the sum of an array would wrap around
        "least_count": min(counts),
        "most_frequent": [{"word": word, "count": count} for word, count in top],
    }


def _start_of(path: Path) -> bytes:
    """Return the beginning of a text, which may be compressed; nothing of what is none."""
    try:
        return next(Corpus([str(path)]).chunks(PEEK_BYTES))
    except DataError:
        return b""


def _check_order(path: Path, vocabulary: Vocabulary) -> None:
    """Raise a DataError unless the words stand as ``build-vocab`` writes them."""
    places = [
        (-count, word.encode())
        for word, count in zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)
    ]
    for number, (above, here) in enumerate(pairwise(places), start=2):
        if above > here:
            raise DataError(
                f"{path}, line {number}: the word '{here[1].decode()}' is out of order (falling "
                "counts, ties by the bytes of the word), so the file was changed or is not of "
                "'w2vcli build-vocab'; make it again, or use it if that was meant"
            )


def _size(path: Path) -> int:
    """Return the size of a regular file; others may have no end, or be readable only once."""
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the path") from None
    if not stat.S_ISREG(status.st_mode) or str(path) == STDIN:
        raise InputError(
            f"{path}: this is not a regular file; name a model, a checkpoint or a vocabulary"
        )
    return status.st_size


def _is_shallow(value: Any, depth: int = 0) -> bool:  # noqa: ANN401 - any plain value
    """Return whether a value is nested so little that recursion is safe."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return depth < _DEEPEST and all(_is_shallow(item, depth + 1) for item in items)
    return True
