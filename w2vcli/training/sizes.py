"""The bytes of a training run: each array, and what is in memory at once in each of its stages.

Pure functions of numbers. The arrays are exact to the byte; what a stage holds besides them (copies
on the way, in NumPy's expressions and in LAPACK) is counted by what the code of that stage does.
"""

import math
from dataclasses import dataclass

from w2vcli.counts.cooccurrence import piece_length
from w2vcli.training.closing import HEAD_WORDS
from w2vcli.training.options import TrainingOptions
from w2vcli.training.row_solver import GROUP
from w2vcli.training.spectral import EXTRA_COLUMNS

PROGRAM = 190 << 20
"""Bytes of Python, NumPy and Numba with the kernels of training loaded; measured, rounded up."""

WORD = 100
"""Bytes of a word of the vocabulary, as an object, in its list and in its map."""

_TYPE = 120  # bytes: a word as an object, and its places in lists and tables while they are sorted
_GROWTH = 0.65  # about the power of the length of a text with which distinct pairs grow
_MERGING = 2.2  # runs and their sum, which is shorter than they are
_DENSEST = 0.35  # about the share of the 512 most frequent words in all entries
_KEPT = 0.85  # about the share of pairs that are more frequent than by chance


@dataclass(frozen=True)
class Load:
    """What the bytes of a run depend on.

    Attributes
    ----------
    words
        V.
    options
        How to train; resolved.
    threads
        The number of threads.
    types
        The number of different words in the texts.
    stream
        The length of the token stream, with its marks; 0 where counts come from a store.
    pairs, entries
        The distinct pairs of words, in any order, and the entries of the symmetric matrix of them.
    held_out_stream, held_out_entries
        The same for the held-out text.
    densest
        The entries of the largest block; 0 where they are not known.
    for_pairs
        The bytes that counting may take (``cooccurrence.count_pairs``).
    old_words
        The words of the old model of a warm start.
    elsewhere
        Whether other machines compute the blocks: then this one needs no buffers for them.
    ngrams, parts
        The n-grams that have a row of W_in, and the entries of C (``composition``); 0 without.
    """

    words: int
    options: TrainingOptions
    threads: int = 1
    types: int = 0
    stream: int = 0
    pairs: int = 0
    entries: int = 0
    held_out_stream: int = 0
    held_out_entries: int = 0
    densest: int = 0
    for_pairs: int = 1 << 30
    old_words: int = 0
    elsewhere: bool = False
    ngrams: int = 0
    parts: int = 0

    @property
    def rows(self) -> int:
        """The largest number of rows of a block, B."""
        return min(self.options.batch, self.words) if self.grouped else self.options.batch

    @property
    def densest_block(self) -> int:
        """The entries of the largest block; about so many where they are not known."""
        if self.densest:
            return self.densest
        share = _DENSEST * math.sqrt(self.rows / 512)
        return min(round(share * self.entries), self.entries, self.rows * self.words)

    @property
    def grouped(self) -> bool:
        """Whether blocks are made of pair counts."""
        return self.options.method == "grouped"

    @property
    def is_spectral(self) -> bool:
        """Whether the run begins with singular vectors of the pair counts."""
        return self.options.start == "spectral" and not self.old_words


def arrays(load: Load) -> dict[str, int]:
    """Return the bytes of each array that a run keeps, by its name."""
    size, dim = load.words, load.options.dim
    matrix = 4 * size * dim
    w_in = 4 * (size + load.ngrams) * dim
    sizes = {
        "token stream": 4 * (load.stream + load.held_out_stream),
        "pair counts": _matrix(load, load.entries),
        "W_in": w_in,
        "W_out": matrix,
        "output bias": 4 * size,
        "AdaGrad sums": (w_in + matrix + 4 * size) * (load.options.optimizer == "adagrad"),
        "kernel buffers": 4 * load.rows * size * (not load.elsewhere),
    }
    if load.held_out_entries:
        sizes["held-out pair counts"] = _matrix(load, load.held_out_entries)
    if load.ngrams:
        # C, its part without the own rows, the parts of the prior; and their texts, with the map.
        sizes["n-grams"] = (12 + 12 + 8) * load.parts + 16 * size + 2 * WORD * load.ngrams
    if not load.grouped:
        sizes["positions"] = 8 * load.stream
    return sizes


def stages(load: Load, program: int = PROGRAM) -> dict[str, int]:
    """Return the bytes in memory in each stage of a run, by its name.

    ``program`` are the bytes of the program itself, with its kernels loaded.
    """
    held = arrays(load)
    always = program + WORD * load.words
    pairs, stream = held["pair counts"], held["token stream"]
    lasting = pairs if load.grouped else held.get("positions", 0) + stream
    lasting += held.get("held-out pair counts", 0) + held.get("n-grams", 0)
    matrix = held["W_out"]
    # While all rows exist: both matrices and their sums of squares.
    trained = lasting + held["W_in"] + matrix + held["AdaGrad sums"] + held["output bias"]
    blocks = 3 * 8 * load.densest_block
    size, dim, columns = load.words, load.options.dim, load.options.dim + EXTRA_COLUMNS
    placing = settling = 0
    if load.ngrams:
        # In float64 some dimensions of all rows at a time, with what conjugate gradients keep of
        # them: of what threads have freed, the allocator gives nothing back.
        trained += 8 * load.threads * GROUP * (8 * load.ngrams + 6 * size)
        # All rows, and parts of the vectors; the transpose of the weights. In the end the rows are
        # there in two bases.
        placing = 8 * (load.ngrams + 4 * size) * dim + 24 * load.parts
        settling = placing + 8 * load.ngrams * dim
    found = {"reading": program + 2 * stream + _tables(load)}
    if load.pairs:
        # The matrix beside what it is made of; then the losses to compare with, block by block.
        after = pairs + max(16 * load.pairs, 40 * load.densest_block * load.grouped)
        found["counting"] = always + stream + max(_counting(load), after)
        found["counting"] += held.get("held-out pair counts", 0) + held.get("n-grams", 0)
    if load.is_spectral and load.pairs:
        kept = int(8 * _KEPT * load.entries)
        # The basis and the products, and three copies in float64 in QR or SVD.
        basis = size * columns * (3 * 4 + 3 * 8)
        rest = lasting if load.grouped else lasting + pairs
        start = rest + kept + max(basis, kept) + 2 * matrix
        placed = trained + rest - lasting + placing
        found["spectral start"] = always + (max(start, placed) if load.ngrams else start)
    if load.old_words:
        # The rows of new words; then those of n-grams, where the old model has none.
        placed = max(4 * matrix, matrix + placing)
        found["warm start"] = always + trained + 2 * 4 * load.old_words * dim + placed
    found["passes"] = always + trained + held["kernel buffers"] + blocks + 2 * matrix // 10
    if load.options.closing:
        lifted = max(0, size - HEAD_WORDS)
        copies = 12 * size * (dim + 1) + 40 * lifted * dim + 40 * dim * dim
        copies = max(copies, settling)
        found["closing pass"] = always + trained + held["kernel buffers"] + max(blocks, copies)
    # The vectors and, of n-grams, both kinds of rows too.
    more = held["W_in"] + matrix if load.ngrams else 0
    found["saving"] = always + trained + 3 * matrix + 2 * more
    return found


def peak(load: Load, program: int = PROGRAM) -> tuple[int, str]:
    """Return the most bytes in memory at once, and the name of the stage."""
    stage, most = max(stages(load, program).items(), key=lambda item: item[1])
    return most, stage


def model_bytes(words: int, dim: int, ngrams: int = 0) -> int:
    """Return about how many bytes the file of a model has."""
    more = 4 * (words + ngrams) * dim + 20 * ngrams if ngrams else 0
    return 4 * words * (2 * dim + 1) + 32 * words + more


def _matrix(load: Load, entries: int) -> int:
    """Return the bytes of a matrix of pair counts: 8 an entry, and where each row begins."""
    return 8 * entries + 8 * (load.words + 1) if entries else 0


def _tables(load: Load) -> int:
    """Return the bytes of the words of a text while they are counted and chosen from."""
    capacity = 1 << max(11, (load.types - 1).bit_length())
    return _TYPE * load.types + 32 * capacity


def _counting(load: Load) -> int:
    """Return the bytes of pair counts while they are summed: pieces, runs and their merging."""
    length = piece_length(load.options.windows, load.threads, load.for_pairs)
    tokens = max(1, min(length, load.stream))
    pieces = -(-load.stream // tokens)
    pairs = tokens * load.options.windows.size
    distinct = min(pairs, int(load.pairs * (tokens / max(tokens, load.stream)) ** _GROWTH))
    # Each thread has a piece and its sums; those of one more may wait.
    working = min(load.threads, pieces) * (8 * pairs + 16 * distinct) + 16 * distinct
    runs = 16 * load.pairs
    if runs > load.for_pairs // 2:  # in parts from disk, and then as a whole
        return max(load.for_pairs + working, 24 * load.pairs + load.for_pairs // 2)
    merging = int(_MERGING * runs)
    return working + merging if pieces > 2 * load.threads else max(working + runs, merging)
