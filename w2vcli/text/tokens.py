"""From text to word ids, in machine code: a hash table of the words' bytes, no Python objects.

A token stream is an int32 array: ids of words, ``UNKNOWN`` for a token without an id, ``BREAK``
where a line ends. Windows, counts and blocks are made from such streams.
"""

import secrets
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2vcli.system.compiler import Array, jit
from w2vcli.system.threads import ordered_map
from w2vcli.text.corpus import Corpus, InputRecord
from w2vcli.text.fingerprint import Fingerprint, lines
from w2vcli.text.line_sketch import LineSketch

UNKNOWN = -1
BREAK = -2

TokenStream: TypeAlias = NDArray[np.int32]

_FIRST_SLOTS = 1 << 12
_FIRST_BYTES = 1 << 16


class Lexicon:
    """Numbers words 0, 1, 2, ... in the order of their first occurrence.

    A lexicon that grows gives every token an id; a fixed one, made of a vocabulary, gives other
    words ``UNKNOWN``. Both count the tokens that they encode.

    Parameters
    ----------
    words
        The words to begin with, in UTF-8.
    grow
        Whether new words are added.
    """

    def __init__(self, words: Iterable[bytes] = (), *, grow: bool = True) -> None:
        self._slots = np.zeros(_FIRST_SLOTS, dtype=np.int32)  # id + 1; 0 is free
        self._hashes = np.zeros(_FIRST_SLOTS // 2, dtype=np.int64)
        self._ends = np.zeros(_FIRST_SLOTS // 2 + 1, dtype=np.int64)
        self._blob = np.zeros(_FIRST_BYTES, dtype=np.uint8)
        self._tally = np.zeros(_FIRST_SLOTS // 2, dtype=np.int64)
        self._size = 0
        self._point = 256 + secrets.randbelow((1 << 30) - 256)
        self._grow = True
        self.unknown = 0
        for text in _in_pieces(words):
            self.encode(text)
        self._tally[:] = 0
        self._grow = grow

    def __len__(self) -> int:
        return self._size

    @property
    def counts(self) -> NDArray[np.int64]:
        """int64 (n,): how often each word occurs in the texts encoded so far."""
        return self._tally[: self._size].copy()

    @property
    def words(self) -> list[bytes]:
        """The words in UTF-8, by id."""
        return self._text().split(b" ")[:-1]

    def _text(self) -> bytes:
        """Return the words as a text, each followed by a space."""
        return self._blob[: self._ends[self._size]].tobytes()

    def encode(self, text: bytes) -> TokenStream:
        """Return the token stream of a text that ends in white space."""
        data = np.frombuffer(text, dtype=np.uint8)
        ids = np.empty(len(data), dtype=np.int32)
        # Position in the text, length of the stream, words, unknown tokens; the hash's point.
        state = np.array([0, 0, self._size, 0, self._point], dtype=np.int64)
        while state[0] < len(data):
            _encode(
                data, self._slots, self._hashes, self._ends, self._blob, self._tally,
                ids, state, self._grow,
            )  # fmt: skip
            if state[0] < len(data):
                self._enlarge(int(state[2]))
        self._size = int(state[2])
        self.unknown += int(state[3])
        return ids[: state[1]].copy()

    def fingerprint(self, stream: TokenStream) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ``fingerprint.lines`` for a part of a text, encoded without ``UNKNOWN``."""
        return lines(stream, BREAK, self._blob, self._ends[: self._size + 1])

    def adopt(self, other: "Lexicon") -> NDArray[np.int32]:
        """Add the words and the counts of another lexicon.

        Returns
        -------
        ids
            int32 (len(other),): the id here of each of its words, ``UNKNOWN`` for some if this
            lexicon is fixed.
        """
        ids = self.encode(other._text())
        more = other._tally[: len(ids)] - 1  # encoding its words has counted each of them once
        known = ids != UNKNOWN
        self._tally[ids[known]] += more[known]
        self.unknown += int(more[~known].sum())
        return ids

    def _enlarge(self, size: int) -> None:
        """Double the tables, or the room for the bytes of the words if the tables are not full."""
        if size < len(self._hashes):
            self._blob = _resized(self._blob, int(self._ends[size]), 2 * len(self._blob))
            return
        capacity = 2 * size
        self._slots = np.zeros(2 * capacity, dtype=np.int32)
        _fill_slots(self._slots, self._hashes[:size])
        self._hashes = _resized(self._hashes, size, capacity)
        self._ends = _resized(self._ends, size + 1, capacity + 1)
        self._tally = _resized(self._tally, size, capacity)


def _in_pieces(words: Iterable[bytes], size: int = 100_000) -> Iterator[bytes]:
    batch: list[bytes] = []
    for word in words:
        batch.append(word)
        if len(batch) == size:
            yield b"\n".join(batch) + b"\n"
            batch.clear()
    if batch:
        yield b"\n".join(batch) + b"\n"


def _resized(array: Array, used: int, size: int) -> Array:
    """Return a longer array that begins with the used part; the rest of it takes no memory yet."""
    larger = np.zeros(size, dtype=array.dtype)
    larger[:used] = array[:used]
    return larger


@jit
def _fill_slots(slots: Array, hashes: Array) -> None:
    """Enter the ids of all words, known by their hashes to be different words, into the table."""
    mask = len(slots) - 1
    for word in range(len(hashes)):
        slot = hashes[word] & mask
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = word + 1


@jit
def _encode(
    data: Array,
    slots: Array,
    hashes: Array,
    ends: Array,
    blob: Array,
    tally: Array,
    ids: Array,
    state: Array,
    grow: bool,
) -> None:
    """Encode tokens from ``state`` on, to the end of the text or until a table is full.

    The hash of a word is the polynomial with its bytes as coefficients (behind a first one of 1),
    modulo the prime 2 ** 31 - 1, at a secret random point below 2 ** 30 (Carter and Wegman, 1979):
    nobody can devise words that collide. It stays below 2 ** 32, so no product overflows int64.
    """
    position, written, size, unknown, point = state[0], state[1], state[2], state[3], state[4]
    mask = len(slots) - 1
    length = len(data)
    while position < length:
        byte = data[position]
        if byte == 32 or 9 <= byte <= 13:
            if byte == 10 and (written == 0 or ids[written - 1] != BREAK):
                ids[written] = BREAK
                written += 1
            position += 1
            continue
        start = position
        code = np.int64(1)
        while not (byte == 32 or 9 <= byte <= 13):
            code = code * point + np.int64(byte)
            code = (code & 0x7FFFFFFF) + (code >> 31)
            position += 1
            byte = data[position]
        code = (code & 0x7FFFFFFF) + (code >> 31)
        # Words that differ in the last byte alone have hashes side by side: spread them.
        code = (code * 0x9E3779B1) & 0xFFFFFFFF
        code ^= code >> 15
        slot = code & mask
        token = UNKNOWN
        while slots[slot] != 0:
            word = slots[slot] - 1
            begin = ends[word]
            if hashes[word] == code and ends[word + 1] - begin == position - start + 1:
                same = True
                for offset in range(position - start):
                    if blob[begin + offset] != data[start + offset]:
                        same = False
                        break
                if same:
                    token = word
                    break
            slot = (slot + 1) & mask
        if token == UNKNOWN and grow:
            begin = ends[size]
            if size == len(hashes) or begin + position - start >= len(blob):
                position = start
                break
            for offset in range(position - start):
                blob[begin + offset] = data[start + offset]
            blob[begin + position - start] = 32
            ends[size + 1] = begin + position - start + 1
            hashes[size] = code
            slots[slot] = size + 1
            token = size
            size += 1
        if token == UNKNOWN:
            unknown += 1
        else:
            tally[token] += 1
        ids[written] = token
        written += 1
    state[0], state[1], state[2], state[3] = position, written, size, unknown


def encode_corpus(
    corpus: Corpus, lexicon: Lexicon, threads: int = 1, sketched: int = 0
) -> Iterator[tuple[InputRecord, TokenStream]]:
    """Yield the token streams of a corpus chunk by chunk, each with the record of its file.

    A window may reach across chunks. Each chunk is encoded with a lexicon of its own, in one of
    the threads, and then renumbered. The records are given their tokens, their fingerprints, and
    sketches of up to ``sketched`` lines, if that is not 0.
    """

    def work(
        chunk: tuple[InputRecord, bytes],
    ) -> tuple[InputRecord, TokenStream, Lexicon, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        record, text = chunk
        words = Lexicon()
        stream = words.encode(text)
        return record, stream, words, words.fingerprint(stream)

    chunks = ((corpus.records[-1], text) for text in corpus.chunks())
    of_file = Fingerprint()
    before: InputRecord | None = None
    for record, stream, words, part in ordered_map(work, chunks, threads):
        if record is not before:
            before, of_file = record, Fingerprint()
        hashes = of_file.add(part)
        if sketched:
            record.sketch = (record.sketch or LineSketch()).joined(hashes, sketched)
        record.tokens += int(words.counts.sum())
        record.fingerprint = of_file.value
        yield record, renumbered(stream, lexicon.adopt(words))


def renumbered(stream: TokenStream, new_ids: NDArray[np.int32]) -> TokenStream:
    """Return the stream with each id ``i`` replaced by ``new_ids[i]``; other marks stay."""
    # UNKNOWN and BREAK are -1 and -2: as indices they name the two entries put at the end.
    table = np.append(new_ids, np.array([BREAK, UNKNOWN], dtype=np.int32))
    return table[stream]


def joined(streams: Iterable[TokenStream]) -> TokenStream:
    """Return the streams as one."""
    parts = list(streams)
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
