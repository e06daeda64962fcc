"""What all benchmarks need: the corpus as plain text, a folder to work in, sizes, the peers."""

import bz2
import gzip
import lzma
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bench import peers
from bench.evaluation import Judges
from helpers.browser import chromium

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared" / "data"
_OPEN: Mapping[str, Any] = {".xz": lzma.open, ".gz": gzip.open, ".bz2": bz2.open}


@dataclass(frozen=True)
class Sizes:
    """How large everything is that is measured; only the test of the benchmarks changes it.

    Attributes
    ----------
    step_words, step_batch, step_targets
        (a): V, B, and for each dimension the share of sgemm to reach.
    stream_words, stream_dim, stream_batch, warm_up, batches
        (b): V, d, positions in a batch; batches that are not timed, and that are.
    warm_up_tokens
        (c): tokens of the run that loads the kernels.
    times
        (d): how often the corpus is read; the first is what the others are compared with.
    command_tokens, starts, large, demo
        (e): tokens of the text; warm starts at least; words and dimensions of the large model;
        whether to run ``demo``.
    asked, questions
        (e): words and dimensions of the models that are asked many questions; how many.
    thread_tokens, threads
        (f): tokens of the text that is trained on with each number of threads.
    parts, nights, pipe_times
        (g): parts of the corpus; nights in the chain; how often the corpus goes through the pipe.
    raw_times, phrase_threshold, exported
        (h): how often the raw text is repeated; the score of a phrase; words and dimensions of what
        is exported.
    map_words, map_frames
        (m): words of the map; how many frames each motion lasts.
    planned
        (p): the least counts of the vocabularies.
    rare, fewest_pairs
        (subwords): how often a word occurs that is just not rare; the pairs of a set at least that
        is part of a mean.
    vocabularies
        (v): about how many words there are.
    shard, tiny_shards
        (cluster): bytes of a shard; how many tasks there are that do nothing.
    block_words, block_dim, blocks
        (cluster): V and d of the blocks of training, and how many of them.
    """

    step_words: int = 35_388
    step_batch: int = 512
    step_targets: Mapping[int, float] = field(default_factory=lambda: {100: 0.65, 300: 0.80})
    stream_words: int = 20_430
    stream_dim: int = 100
    stream_batch: int = 512
    warm_up: int = 5
    batches: int = 30
    warm_up_tokens: int = 20_000
    times: tuple[int, ...] = (1, 2, 4, 8)
    command_tokens: int = 100_000
    starts: int = 3
    large: tuple[int, int] = (400_000, 300)
    demo: bool = True
    asked: tuple[tuple[int, int], ...] = ((85_000, 100), (400_000, 100))
    questions: int = 2048
    thread_tokens: int = 300_000
    threads: tuple[int, ...] = (1, 2, 3, 4)
    parts: int = 30
    nights: int = 14
    pipe_times: int = 6
    raw_times: int = 10
    phrase_threshold: float = 10
    exported: tuple[int, int] = (1_000_000, 100)
    map_words: int = 20_000
    map_frames: int = 300
    planned: tuple[int, ...] = (5, 20)
    rare: int = 100
    fewest_pairs: int = 10
    vocabularies: tuple[int, ...] = (20_000, 35_000, 85_000, 200_000, 500_000)
    shard: int = 4 << 20
    tiny_shards: tuple[int, ...] = (100, 10_000)
    block_words: tuple[int, ...] = (35_388, 200_000)
    block_dim: int = 100
    blocks: int = 20


@dataclass(frozen=True)
class Setting:
    """Where and how to measure.

    Attributes
    ----------
    corpus
        Plain text.
    folder
        To work in; emptied afterwards.
    data
        Holds the questions of analogies.
    repeats
        How often to measure.
    min_count
        Of the vocabulary in c, d, f, g, h, q and subwords.
    sizes
        How large everything is.
    peer
        Returns the interpreter that has ``gensim``, ``fasttext``, ``torch`` or ``lxml``, or None
        where it is not installed.
    similarity
        Holds sets of pairs of words; ``data`` if not given.
    gensim
        (c): with which options gensim trains, ``default`` or ``best`` (gensim_runs.py).
    browser
        (m): a context that has a browser.
    keep_peers
        (c, v, subwords): where the vectors and times of gensim and fastText are kept for the next
        time, if they are.
    """

    corpus: Path
    folder: Path
    data: Path
    repeats: int
    min_count: int
    sizes: Sizes = field(default_factory=Sizes)
    peer: Callable[[str], Path | None] = peers.interpreter
    similarity: Path | None = None
    gensim: tuple[str, ...] = ("default",)
    keep_peers: Path | None = None
    browser: Callable[[], AbstractContextManager[Any]] = chromium

    @cached_property
    def judges(self):
        """What vectors are judged by."""
        return Judges.found(self.data, self.similarity or self.data)

    def head(self, tokens):
        """Return a file with the first lines of the corpus that hold this many tokens."""
        path = self.folder / f"head-{tokens}.txt"
        if not path.exists():
            with self.corpus.open("rb") as text, path.open("wb") as out:
                for line in text:
                    out.write(line)
                    tokens -= len(line.split())
                    if tokens <= 0:
                        break
        return path


def cache_folder():
    """Return where decompressed corpora are kept, outside the repository."""
    base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    folder = Path(base, "w2vcli-bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def plain_text(corpus):
    """Return the corpus as a file of plain text: gensim's ``corpus_file`` takes nothing else."""
    if not corpus.is_file():
        sys.exit(f"{corpus}: no such file; name a corpus with --corpus")
    if corpus.suffix not in _OPEN:
        return corpus
    status = corpus.stat()
    plain = cache_folder() / f"{status.st_size}-{int(status.st_mtime)}-{corpus.stem}"
    if not plain.exists():
        print(f"Decompressing {corpus} to {plain}; once.", file=sys.stderr, flush=True)
        part = plain.with_suffix(".part")
        with _OPEN[corpus.suffix](corpus) as text, part.open("wb") as out:
            shutil.copyfileobj(text, out, 1 << 22)
        part.replace(plain)
    return plain
