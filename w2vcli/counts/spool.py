"""A corpus that is read once, and then again and again from a temporary file.

A pipe can be read only once, and which of its texts to count, with which ids, is known at its end.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from w2vcli.counts.overlaps import sketch_size
from w2vcli.system.bytes_on_disk import BytesOnDisk
from w2vcli.system.temporary import no_room, temporary_file
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.tokens import Lexicon, TokenStream, encode_corpus

_PIECE = 1 << 22


class Spool:
    """The token streams of the files of a corpus. Use as a context manager.

    Parameters
    ----------
    corpus
        The corpus; the constructor reads it.
    threads
        The number of threads.
    check
        Called after each chunk with the number of different words so far; may raise an error.
    sketched
        The lines in the sketch of a text, 0 for no sketches; None for as many as there is room for.

    Attributes
    ----------
    records
        The record of each file, with a sketch of its lines unless they are too many.
    words
        The words in UTF-8, by id; an id is given to each token of the corpus.

    Raises
    ------
    InputError, DataError, StorageError
        As ``Corpus.chunks``; a StorageError too if there is no room for the temporary file.
    """

    def __init__(
        self,
        corpus: Corpus,
        threads: int = 1,
        check: Callable[[int], object] = lambda words: None,
        sketched: int | None = None,
    ) -> None:
        lexicon = Lexicon()
        ends: list[int] = []
        last: InputRecord | None = None
        with ExitStack() as stack:
            file = stack.enter_context(temporary_file())
            size = sketch_size(len(corpus.files)) if sketched is None else sketched
            for record, stream in encode_corpus(corpus, lexicon, threads, size):
                with no_room():
                    file.write(stream.data)
                if record is not last:  # every file has at least one chunk
                    last = record
                    ends.append(ends[-1] if ends else 0)
                ends[-1] += stream.nbytes
                check(len(lexicon))
            with no_room():
                file.flush()
            self._stack = stack.pop_all()
        self._texts = [BytesOnDisk(file, begin, end - begin) for begin, end in pairwise([0, *ends])]
        self.records: list[InputRecord] = corpus.records
        self.words = lexicon.words

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def streams(self, files: Iterable[int]) -> Iterator[TokenStream]:
        """Yield the token streams of some files, given by their indices, in pieces."""
        for text in (self._texts[file] for file in files):
            for begin in range(0, text.length, _PIECE):
                piece = text.read(begin, min(begin + _PIECE, text.length))
                yield np.frombuffer(piece, np.int32)

    def counts(self, files: Iterable[int]) -> NDArray[np.int64]:
        """Return int64 (n,): how often each word occurs in some files."""
        counts = np.zeros(len(self.words), np.int64)
        for stream in self.streams(files):
            counts += np.bincount(stream[stream >= 0], minlength=len(counts))
        return counts
