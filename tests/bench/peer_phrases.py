"""gensim's Phrases from a text file to a table: run by bench_text.py, JSON in and out."""

import json
import sys
from pathlib import Path

import gensim
from gensim.models.phrases import Phrases


class Sentences:
    """The lines of a text file, read anew each time."""

    def __init__(self, path):
        self._path = path

    def __iter__(self):
        with Path(self._path).open(encoding="utf-8") as text:
            for line in text:
                yield line.split()


def main():
    request = json.loads(sys.argv[1])
    text = Sentences(request["corpus"])
    phrases = Phrases(text, threshold=request["threshold"], max_vocab_size=10**9)
    found = phrases.export_phrases()
    lines = (f"{phrase}\t{score}\n" for phrase, score in found.items())
    Path(request["table"]).write_text("".join(lines), "utf-8")
    print(json.dumps({"version": gensim.__version__, "phrases": len(found)}))


if __name__ == "__main__":
    main()
