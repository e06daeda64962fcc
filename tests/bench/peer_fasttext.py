"""fastText from a text file to a saved model, or the vectors of one: run by fasttext_runs.py.

JSON in and out. Its package says what it is doing on standard error, which nobody reads.
"""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import fasttext
import numpy as np


def main():
    request = json.loads(sys.argv[1])
    folder = Path(request["folder"])
    model = str(folder / "model.bin")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    if "words" in request:
        found = fasttext.load_model(model)
        names = found.get_words()
        np.save(folder / "vectors.npy", _vectors(found, names))
        (folder / "words").write_text("\n".join(names), "utf-8")
        np.save(folder / "asked.npy", _vectors(found, request["words"]))
    else:
        fasttext.train_unsupervised(request["corpus"], **request["options"]).save_model(model)
    print(json.dumps({"version": version("fasttext-wheel")}))


def _vectors(model, words):
    return np.array([model.get_word_vector(word) for word in words], dtype=np.float32)


if __name__ == "__main__":
    main()
