"""What all benchmarks need: the corpus as plain text, a folder to work in, how often to repeat."""

import bz2
import gzip
import lzma
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared" / "data"
_OPEN = {".xz": lzma.open, ".gz": gzip.open, ".bz2": bz2.open}


@dataclass(frozen=True)
class Setting:
    """``corpus`` is plain text; ``folder`` is emptied afterwards; ``data`` holds the test sets."""

    corpus: Path
    folder: Path
    data: Path
    repeats: int
    min_count: int

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
