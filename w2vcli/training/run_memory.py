"""The memory of a run: refused at the start where it cannot be enough, else divided.

``--memory`` bounds the whole process; without it the bound is what the process may have
(``system.memory``). What the words, the token stream and the program leave is for pair counts.
"""

from collections.abc import Callable
from dataclasses import replace

from w2vcli.counts.external_sum import MEMORY
from w2vcli.errors import UsageError, W2VError
from w2vcli.system.memory import Room, resident, room
from w2vcli.training.composition import Composition
from w2vcli.training.data import EncodedCorpus, TrainingCorpus
from w2vcli.training.options import TrainingOptions
from w2vcli.training.sizes import PROGRAM, WORD, Load, arrays, peak
from w2vcli.vectors.model import Model

LEAST_FOR_PAIRS = 24 << 20
_SPARE = 12 << 20  # for each thread, and one more: what the allocator keeps of what was freed


class RunMemory:
    """The memory that a run may have.

    What is in use before the run does not count to its ``--memory``: a notebook may have loaded
    much else.

    Parameters
    ----------
    limit
        The bytes for a process that does nothing else; None for what there is.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self._other = max(0, resident() - PROGRAM)

    def for_pairs(self, load: Load) -> int:
        """Return the bytes for pair counts; beyond them they are merged on disk.

        Parameters
        ----------
        load
            The run as far as it is known: all but the pairs.

        Raises
        ------
        UsageError, W2VError
            As ``check``.
        """
        most = self._most(load)
        if most is None:
            return MEMORY
        needed = max(peak(load)[0], _held(load) + 2 * LEAST_FOR_PAIRS)
        if needed > most.bytes:
            self._refuse(load, needed, most)
        return _left(load, most.bytes, self.limit is None)

    def check(self, load: Load) -> None:
        """Check that a run can have the memory that it needs.

        Raises
        ------
        UsageError
            If ``--memory`` is too little.
        W2VError
            If it is not to be had.
        """
        most, (needed, _) = self._most(load), peak(load)
        if most is not None and needed > most.bytes:
            self._refuse(load, needed, most)

    def watching(self, load: Load, for_pairs: int) -> Callable[[int, bool], None]:
        """Return what checks the run when so many pairs are known, and whether these are all.

        ``for_pairs`` are the bytes that were given for them.
        """

        def check(pairs: int, complete: bool) -> None:
            known = replace(load, for_pairs=for_pairs, pairs=pairs, entries=2 * pairs)
            most = self._most(known)
            if complete:
                self.check(known)
            elif most is not None and _held(load) + 16 * pairs > most.bytes:
                self._refuse(known, peak(known)[0], most)

        return check

    def _most(self, load: Load) -> Room | None:
        """Return the bytes that the run may have, and what bounds them."""
        if self.limit is not None:
            return Room(self.limit - _spare(load), f"--memory {self.limit >> 20}M")
        found = room()
        return found and Room(max(0, found.bytes - self._other), found.limit)

    def _refuse(self, load: Load, needed: int, most: Room) -> None:
        """Raise the error that says how much is needed, and why, and what would help."""
        what = f"a vocabulary of {load.words:,} words with {load.options.dim:,} dimensions"
        parts = [f"{load.ngrams:,} n-grams"] * bool(load.ngrams)
        parts += [f"{load.pairs:,} pairs of words"] * bool(load.pairs)
        what = " and ".join([", ".join([what, *parts[:-1]]), *parts[-1:]])
        most_ngrams = "--max-subwords, " * bool(load.ngrams)
        ways_out = f"raise --min-count, or lower --max-vocab, {most_ngrams}--dim or --batch"
        if self.limit is not None:
            # What counting takes depends on what it is given.
            while peak(replace(load, for_pairs=_left(load, needed)))[0] > needed:
                needed += 1 << 20
            raise UsageError(
                f"{most.limit} is too little: {what} takes {-(-(needed + _spare(load)) >> 20)}M at "
                f"least; give more, {ways_out}"
            )
        raise W2VError(
            f"not enough memory: {what} takes {needed / 1e6:,.0f} MB at least, and this process "
            f"may have {most.bytes / 1e6:,.0f} MB: {most.limit}; {ways_out}"
        )


def _spare(load: Load) -> int:
    """Return the bytes to spare where a limit has to be kept."""
    return (load.threads + 1) * _SPARE


def _held(load: Load) -> int:
    """Return the bytes of what is there before pairs are counted."""
    held = arrays(load)
    return PROGRAM + held["token stream"] + WORD * load.words + held.get("n-grams", 0)


def _left(load: Load, most: int, is_open: bool = False) -> int:
    """Return the bytes for pairs, of so many in all; no more than 1 GiB of what there is."""
    # Runs, and the pieces being made into runs, take up to twice the bytes that they are given.
    left = max(LEAST_FOR_PAIRS, (most - _held(load)) // 2)
    return min(left, MEMORY) if is_open else left


def load_of(
    text: TrainingCorpus,
    options: TrainingOptions,
    threads: int,
    old: Model | None,
    *,
    elsewhere: bool = False,
    composition: Composition | None = None,
) -> Load:
    """Return what is known of a run once its texts are read; options resolved.

    Parameters
    ----------
    text
        The texts.
    options
        How to train; resolved.
    threads
        The number of threads.
    old
        The old model of a warm start, or None.
    elsewhere
        Whether other machines compute the blocks.
    composition
        Of which rows words are made; None for one row for each.
    """
    return Load(
        len(text.vocabulary),
        options,
        threads,
        text.summary.types if text.summary else len(text.vocabulary),
        len(text.stream) if isinstance(text, EncodedCorpus) else 0,
        old_words=len(old.words) if old else 0,
        elsewhere=elsewhere,
        ngrams=len(composition.ngrams) if composition else 0,
        parts=len(composition.matrix.data) if composition else 0,
    )
