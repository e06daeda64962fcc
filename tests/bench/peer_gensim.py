"""gensim's SGNS from a text file to saved vectors: run by gensim_runs.py, JSON in and out."""

import json
import sys
from pathlib import Path

import gensim
import numpy as np
from gensim.models import Word2Vec


def main():
    request = json.loads(sys.argv[1])
    model = Word2Vec(corpus_file=request["corpus"], **request["options"])
    folder = Path(request["folder"])
    np.save(folder / "vectors.npy", model.wv.vectors)
    np.save(folder / "outputs.npy", model.syn1neg)
    (folder / "words").write_text("\n".join(model.wv.index_to_key), "utf-8")
    print(json.dumps({"version": gensim.__version__}))


if __name__ == "__main__":
    main()
