"""fastText's skip-gram with n-grams trained as a process of its own; kept as gensim's vectors are.

What is kept is its model (0.9 GB with its two million buckets), so that any word can be asked for.
"""

import numpy as np
from bench import kept, peers
from bench.kept import Kept
from bench.processes import child

from w2vcli.system.threads import processors

# All else is what fastText does unless told otherwise: lr 0.05, t 1e-4, bucket 2,000,000.
OPTIONS = {"model": "skipgram", "dim": 100, "minn": 3, "maxn": 6, "neg": 5, "epoch": 5, "ws": 5}
_END = "</s>"  # fastText counts the ends of lines as a word


class FastTextRun(Kept):
    """One training of fastText, and its vectors."""

    def vectors(self, interpreter, words):
        """Return the vector of each word by its name: all of its vocabulary, and ``words``.

        Returns
        -------
        known, asked
            Of the vocabulary, and of ``words``, which it may lack.
        """
        child("peer_fasttext.py", {"folder": self.folder, "words": words}, interpreter)
        names = (self.folder / "words").read_text("utf-8").split("\n")
        vectors, asked = (np.load(self.folder / f"{name}.npy") for name in ("vectors", "asked"))
        known = dict(zip(names, vectors, strict=True))
        known.pop(_END, None)
        return known, dict(zip(words, asked, strict=True))


def trained(interpreter, corpus, min_count, run, folder):
    """Train on a corpus, or return what an earlier call left in the folder (``kept``).

    Runs of other numbers are other runs: with several threads no two are the same.
    """
    options = OPTIONS | {"minCount": min_count, "thread": processors()}
    found = kept.trained(
        "fasttext", peers.REQUIREMENTS["fasttext"], "peer_fasttext.py", corpus, options, folder,
        interpreter, run=run,
    )  # fmt: skip
    return FastTextRun(found.costs, found.folder, found.when)
