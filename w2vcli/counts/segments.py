"""A segment: the counts of some texts, in a file that never changes.

    tensor        dtype, shape       content
    words         uint8 (n,)         all words of the texts, in UTF-8, in the order of their bytes,
                                     each followed by a newline
    counts        int64 (V,)         how often each occurs
    pairs         uint8 (m,)         the pair counts as a packed run (``packed_runs``): the keys are
                                     ``high * V + low`` of one triangle, the totals integer weights
    frame_firsts  int64 (frames,)    the index of that run
    frame_ends    int64 (frames,)

The order of the words does not depend on the order of the texts, so equal counts give equal bytes.
The metadata (``tensor_file``) holds ``label``; ``windows``, ``lower`` and, if further
rules made tokens of the texts, ``text``: the way of counting; ``inputs``, for each text its label,
name, SHA-256, bytes, tokens, fingerprint and perhaps the ``sketch`` of its lines (``line_sketch``);
``types`` and ``pairs``, the numbers of different words and pairs; and ``replaces``, the names of
the segments that this one replaces.

A segment without its rare words has the mark ``pruned``, and is of version 2, so that programs that
do not know the mark, and would lose it in merging, do not read it. Likewise a segment that holds
parts of texts (``parts``), pruned or not, is of version 3.
"""

import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts import parts
from w2vcli.counts.labels import is_label
from w2vcli.counts.pruned import Pruned
from w2vcli.errors import DataError
from w2vcli.system.tensor_file import (
    FileFormat,
    on_disk,
    read_metadata,
    read_tensors,
)
from w2vcli.text.rules import TextRules
from w2vcli.text.windows import Windows, WindowWeights

if TYPE_CHECKING:
    from w2vcli.counts.packed_runs import PackedRun

FORMAT = FileFormat(
    "segment",
    "w2vcli-segment",
    version=1,
    also=(2, 3),
    remedy="take it out of the store, and count its texts again",
    tensors={
        "words": ("U8", 1),
        "counts": ("I64", 1),
        "pairs": ("U8", 1),
        "frame_firsts": ("I64", 1),
        "frame_ends": ("I64", 1),
    },
    metadata={
        "label": str,
        "windows": dict,
        "lower": bool,
        "inputs": list,
        "types": int,
        "pairs": int,
        "replaces": list,
    },
    # All of them: a text may have no words, and a tombstone has no texts.
    may_be_empty=frozenset({"words", "counts", "pairs", "frame_firsts", "frame_ends"}),
)
PRUNED = replace(FORMAT, version=2)
"""The format of a segment with the mark ``pruned``."""
PARTS = replace(FORMAT, version=3)
"""The format of a segment that holds parts of texts."""

HIGHEST_COUNT = 1 << 50
"""No segment has as many tokens or as high a pair count; so sums of thousands fit into int64."""

_INPUT = {"label": str, "name": str, "sha256": str, "bytes": int, "tokens": int, "fingerprint": str}


@dataclass(frozen=True)
class Counting:
    """How texts are counted; the same for all segments of a store."""

    windows: Windows = field(default_factory=Windows)
    rules: TextRules = field(default_factory=TextRules)

    def __str__(self) -> str:
        return f"window {self.windows.size}, {self.windows.weights} weights, {self.rules}"

    def as_json(self) -> dict[str, Any]:
        """Return the way of counting as plain JSON values."""
        rules = self.rules.as_json()
        said = {"windows": asdict(self.windows), "lower": self.rules.lower}
        return said if rules is None else said | {"text": rules}


@dataclass(frozen=True)
class SegmentInfo:
    """The metadata of a segment.

    Attributes
    ----------
    path
        Its file.
    label
        The label that the user gave.
    counting
        How its texts were counted.
    inputs
        The texts, as in the file; none for a tombstone.
    types, pairs
        The numbers of different words, and of different pairs of words.
    replaces
        The names of the files that it replaces.
    bytes
        The size of its file.
    pruned
        Which words its counts lack; None if they are those of its texts.
    """

    path: Path
    label: str
    counting: Counting
    inputs: list[dict[str, Any]]
    types: int
    pairs: int
    replaces: list[str]
    bytes: int
    pruned: Pruned | None = None

    @classmethod
    def read(cls, path: Path) -> "SegmentInfo":
        """Read the metadata of a segment.

        Raises
        ------
        InputError
            If the file does not exist or cannot be opened.
        DataError
            If it is not a segment, or is damaged or cut short.
        """
        info, size = read_metadata(path, FORMAT)
        try:
            windows = Windows(**info["windows"])
            pruned = Pruned.from_json(info.get("pruned"))
            sound = (
                type(windows.size) is int
                and 1 <= windows.size <= 1000
                and windows.weights in get_args(WindowWeights)
                and is_label(info["label"])
                and all(_is_input(entry) for entry in info["inputs"])
                and all(isinstance(name, str) for name in info["replaces"])
                and sum(entry["tokens"] for entry in info["inputs"]) <= HIGHEST_COUNT
                and info["version"] == version_of(info["inputs"], pruned).version
            )
        except TypeError:
            sound = False
        if not sound:
            raise FORMAT.bad(path, "its metadata is not what it should be")
        counting = Counting(windows, TextRules.from_json(info, str(path)))
        return cls(
            path,
            info["label"],
            counting,
            info["inputs"],
            info["types"],
            info["pairs"],
            info["replaces"],
            size,
            pruned,
        )

    @property
    def tokens(self) -> int:
        """The number of tokens in its texts, also of words that were pruned."""
        return sum(entry["tokens"] for entry in self.inputs)

    def as_json(self) -> dict[str, Any]:
        """Return the metadata as plain JSON values, without the sketches of lines."""
        return {
            "file": self.path.name,
            "label": self.label,
            **self.counting.as_json(),
            "tokens": self.tokens,
            "types": self.types,
            "pairs": self.pairs,
            "bytes": self.bytes,
            **({"pruned": self.pruned.as_json()} if self.pruned else {}),
            "inputs": [
                {key: value for key, value in entry.items() if key != "sketch"}
                for entry in self.inputs
            ],
        }

    @property
    def in_part(self) -> int:
        """How many of its texts are there in part."""
        return len(parts.incomplete(self.inputs))

    @property
    def texts(self) -> set[str]:
        """The SHA-256 of each text, also of those that are there in part."""
        return {entry["sha256"] for entry in self.inputs}


def _is_input(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and all(type(entry.get(key)) is wanted for key, wanted in _INPUT.items())
        and entry["tokens"] >= 0
        and re.fullmatch("[0-9a-f]{64}", entry["sha256"]) is not None
        and re.fullmatch("[0-9a-f]{16}", entry["fingerprint"]) is not None
        and parts.is_part(entry)
    )


def version_of(inputs: list[dict[str, Any]], pruned: Pruned | None) -> FileFormat:
    """Return the format of a segment with these entries and this mark."""
    if parts.among(inputs):
        return PARTS
    return PRUNED if pruned else FORMAT


@dataclass(frozen=True)
class Segment:
    """A segment, open: it can be read even when it is replaced. Use as a context manager.

    Attributes
    ----------
    info
        The metadata.
    text
        The words in UTF-8, each followed by a newline.
    counts
        int64 (V,): how often each word occurs.
    pairs
        The pair counts.
    """

    info: SegmentInfo
    text: bytes
    counts: NDArray[np.int64]
    pairs: "PackedRun"

    @classmethod
    def open(cls, info: SegmentInfo) -> "Segment":
        """Open a segment.

        Raises
        ------
        InputError, DataError
            As ``SegmentInfo.read``.
        """
        from w2vcli.counts.packed_runs import (
            PackedRun,  # loads Numba, which metadata does not need
        )

        path = info.path
        _, tensors = read_tensors(path, FORMAT)
        text = tensors["words"].tobytes()
        try:
            text.decode()
        except UnicodeDecodeError:
            raise FORMAT.bad(path, "its words are not valid UTF-8") from None
        counts, firsts, ends = (
            np.array(tensors[name]) for name in ("counts", "frame_firsts", "frame_ends")
        )
        if (
            not (b"\n" + text).endswith(b"\n")
            or text.count(b"\n") != len(counts)
            or len(counts) != info.types
            or (counts < 1).any()
            or counts.sum(dtype=np.float64) > HIGHEST_COUNT
            or len(firsts) != len(ends)
            or np.append(0, ends)[-1] != len(tensors["pairs"])
            or (ends <= np.append(0, ends)[:-1]).any()
            or (firsts <= np.append(-1, firsts)[:-1]).any()
        ):
            raise FORMAT.bad(path, "its parts do not agree")
        return cls(
            info, text, counts, PackedRun(on_disk(path, FORMAT, "pairs"), firsts, ends, info.pairs)
        )

    def __enter__(self) -> "Segment":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pairs.data.file.close()

    @property
    def words(self) -> list[bytes]:
        """The words, in UTF-8."""
        return self.text.split(b"\n")[:-1]

    def bad(self, why: str) -> DataError:
        """Return the error that the segment cannot be used."""
        return FORMAT.bad(self.info.path, why)
