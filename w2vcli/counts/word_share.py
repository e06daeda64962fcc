"""A share of the words of texts, in a file: all its words with their counts, before any choice.

    tensor   dtype, shape   content
    words    uint8 (n,)     all words of the share, in UTF-8, in the order of their bytes, each
                            followed by a space
    counts   int64 (V,)     how often each occurs

The metadata (``tensor_file``) holds ``share``, as in 0/3; ``lower`` and perhaps ``text``, how texts
became words; ``reading``, how bytes became text; ``texts``, the SHA-256 of the sizes of all files;
and ``cut``, the SHA-256 of each file that has words in other shares, too, by its number. So shares
that are not of the same texts, or are not all, are not added up.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.shards import Share, share_of, sources_of
from w2vcli.errors import InputError, UsageError
from w2vcli.system.tensor_file import FileFormat, format_of, read_tensors, verify, write_tensors
from w2vcli.system.threads import processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.decoding import BadBytes
from w2vcli.text.hashed import hash_text
from w2vcli.text.input_files import STDIN
from w2vcli.text.ranges import RangedCorpus
from w2vcli.text.rules import TextRules

FORMAT = FileFormat(
    "share of words",
    "w2vcli-share",
    version=1,
    remedy="make it again with 'w2vcli build-vocab --shard'",
    tensors={"words": ("U8", 1), "counts": ("I64", 1)},
    metadata={
        "share": str,
        "lower": bool,
        "reading": list,
        "texts": str,
        "cut": dict,
        "types": int,
        "tokens": int,
    },
    may_be_empty=frozenset({"words", "counts"}),
)


@dataclass(frozen=True)
class WordShare:
    """The words of a share of texts.

    Attributes
    ----------
    text
        The words in UTF-8, in the order of their bytes, each followed by a space.
    counts
        int64 (V,): how often each occurs.
    share
        Which share.
    rules
        How texts became words.
    reading, texts, cut
        As in the file.
    """

    text: bytes
    counts: NDArray[np.int64]
    share: Share
    rules: TextRules
    reading: list[str]
    texts: str
    cut: dict[str, str]

    @property
    def types(self) -> int:
        """How many different words there are."""
        return len(self.counts)

    @property
    def tokens(self) -> int:
        """How many words of the texts there are."""
        return int(self.counts.sum())

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        OutputError, StorageError
            As ``files.atomic_output``.
        """
        rules = self.rules.as_json()
        about: dict[str, Any] = {
            "share": str(self.share),
            "lower": self.rules.lower,
            **({} if rules is None else {"text": rules}),
            "reading": self.reading,
            "texts": self.texts,
            "cut": self.cut,
            "types": self.types,
            "tokens": self.tokens,
        }
        words = np.frombuffer(self.text, np.uint8)
        write_tensors(path, FORMAT, {"words": words, "counts": self.counts}, about)

    @classmethod
    def load(cls, path: Path) -> "WordShare":
        """Read a file, and compare its checksum.

        Raises
        ------
        InputError
            If it cannot be read.
        DataError
            If it is another kind of file, or damaged.
        """
        verify(path, FORMAT)
        about, tensors = read_tensors(path, FORMAT)
        text, counts = tensors["words"].tobytes(), np.array(tensors["counts"])
        index, _, of = about["share"].partition("/")
        try:
            text.decode()
            share = Share(int(index), int(of))
        except (ValueError, UsageError):
            raise FORMAT.bad(path, "its parts do not agree") from None
        words = text.split(b" ")[:-1]
        if (
            text.split() != words
            or len(set(words)) != len(counts)
            or len(words) != len(counts)
            or (counts < 1).any()
            or about["types"] != len(counts)
            or about["tokens"] != sum(counts.tolist())
        ):
            raise FORMAT.bad(path, "its parts do not agree")
        rules = TextRules.from_json(about, str(path))
        return cls(text, counts, share, rules, about["reading"], about["texts"], about["cut"])


def count_word_share(corpus: Corpus, share: Share, threads: int | None = None) -> WordShare:
    """Count the words of a share of texts.

    Parameters
    ----------
    corpus
        All texts; at the end its ``records`` are those of the ranges that were read.
    share
        Which share of them.
    threads
        The number of threads; one per processor if None.

    Raises
    ------
    UsageError
        If one of the texts is no file.
    InputError, StorageError, DataError
        As ``Corpus.chunks``; an InputError too if all texts are empty, a DataError if a file
        changes while it is read.
    """
    sources = sources_of(corpus)
    if not any(source.size for source in sources):
        raise InputError(f"{corpus.name}: there are no words in it; give text")
    ranges = share_of(sources, share)
    cut = {}
    corpus.progress.begin([each.size for _, each in ranges if each.end is not None])
    for index, each in ranges:
        if each.end is not None:
            each.check_unchanged()
            text = hash_text(each.name, (), corpus.expected, advance=corpus.progress.read)
            cut[str(index)] = text.sha256
            each.check_unchanged()
    ranged = RangedCorpus.of(corpus, [each for _, each in ranges])
    ranged.progress = corpus.progress
    from w2vcli.counts.word_shards import counted  # loads Numba, which metadata does not need

    lexicon = counted(ranged, threads or processors())
    corpus.records = [
        replace(record, bad=BadBytes(record.bad.count, record.bad.first + ranged.lines_before(i)))
        if record.bad.count
        else record
        for i, record in enumerate(ranged.records)
    ]
    words, counts = lexicon.words, lexicon.counts
    order = sorted(range(len(words)), key=words.__getitem__)
    sizes = json.dumps([[source.size, source.is_plain] for source in sources])
    return WordShare(
        b"".join(words[i] + b" " for i in order),
        counts[order],
        share,
        corpus.rules,
        [corpus.reading.encoding, corpus.reading.on_bad_bytes],
        hashlib.sha256(sizes.encode()).hexdigest(),
        cut,
    )


def check_no_shares(corpus: Corpus) -> None:
    """Raise a UsageError if one of the texts is a share of words."""
    for name in corpus.files:
        path = Path(name)
        if path.is_file() and name != STDIN and format_of(path) == FORMAT.format:
            raise UsageError(
                f"{name}: this is a share of words and not a text; add shares up with --merge"
            )
