"""A training run in its parts, or the counting alone: run by the benchmarks, JSON in and out.

What is timed has run before in the same process on a little text, so that no kernel is loaded or
compiled meanwhile.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np

from w2vcli.system.threads import Team, processors
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection, Vocabulary
from w2vcli.text.windows import Windows
from w2vcli.training.data import encode, encode_and_build
from w2vcli.training.events import PassReport
from w2vcli.training.options import TrainingOptions
from w2vcli.training.recipe import prepare
from w2vcli.training.trainer import Trainer


def parts(inputs, words):
    """Seconds for reading with counting, the start, each pass, and the final loss."""
    started = 0.0
    start = Trainer.start

    def timed_start(trainer, *arguments):
        nonlocal started
        begin = time.perf_counter()
        start(trainer, *arguments)
        started += time.perf_counter() - begin

    with Team(processors()) as team, mock.patch.object(Trainer, "start", timed_start):
        begin = time.perf_counter()
        training = prepare(Corpus(inputs), TrainingOptions(), team, words)
        prepared = time.perf_counter()
        passes = [e.seconds for e in training.trainer.run() if isinstance(e, PassReport)]
        done = time.perf_counter()
    return {
        "V": len(training.corpus.vocabulary),
        "tokens": training.corpus.fingerprint["tokens"],
        "reading_and_counting": prepared - begin - started,
        "start": started,
        "passes": passes,
        "final_loss": done - prepared - sum(passes),
        "training": done - prepared + started,
    }


def counting(inputs, words):
    """Seconds from text to pair counts."""
    begin = time.perf_counter()
    if isinstance(words, Vocabulary):
        encoded = encode(Corpus(inputs), words.words, processors())
    else:
        encoded = encode_and_build(Corpus(inputs), words, processors())
    read = time.perf_counter()
    pairs = encoded.pairs(Windows(), processors())
    done = time.perf_counter()
    return {
        "V": len(encoded.vocabulary),
        "tokens": encoded.fingerprint["tokens"],
        "pairs": len(pairs.keys),
        "reading": read - begin,
        "counting": done - read,
        "seconds": done - begin,
    }


def main():
    request = json.loads(sys.argv[1])
    work = {"parts": parts, "counting": counting}[request["work"]]
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "text")
        text.write_text("the quick brown fox jumps over the lazy dog and sleeps\n" * 200)
        work([str(text)], Selection(1))
        if "vocabulary" in request:
            work(
                [str(text)],
                Vocabulary(["the", "quick", "brown", "fox", "jumps"], np.ones(5, np.int64)),
            )
    words = (
        Vocabulary.load(request["vocabulary"])
        if "vocabulary" in request
        else Selection(request["min_count"])
    )
    print(json.dumps(work(request["inputs"], words)))


if __name__ == "__main__":
    main()
