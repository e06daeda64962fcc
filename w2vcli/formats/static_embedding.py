"""Folders for sentence-transformers (``StaticEmbedding``) and model2vec (``StaticModel``).

The vector of a text is the mean of the vectors of its words that are in the list. Either folder has
the words in a ``tokenizer.json`` and the matrix in a ``model.safetensors``.
"""

import json
from collections.abc import Sequence
from typing import IO, Any

from w2vcli.formats import tokenizer
from w2vcli.formats.rows import Rows

SENTENCE_TRANSFORMERS_FILES = (
    "modules.json",
    "config_sentence_transformers.json",
    "README.md",
    "0_StaticEmbedding/tokenizer.json",
    "0_StaticEmbedding/model.safetensors",
)
MODEL2VEC_FILES = (
    "config.json",
    "modules.json",
    "README.md",
    "tokenizer.json",
    "model.safetensors",
)

MADE_BY = b"written by `w2vcli export`"
"""Stands in the README of a folder: it may be replaced by another export."""

_MODULE = "sentence_transformers.models.StaticEmbedding"


def write_sentence_transformers(rows: Rows, streams: Sequence[IO[bytes]]) -> None:
    """Write the files of ``SENTENCE_TRANSFORMERS_FILES``."""
    modules, config, readme, words, matrix = streams
    _write_json(modules, [{"idx": 0, "name": "0", "path": "0_StaticEmbedding", "type": _MODULE}])
    _write_json(config, {"similarity_fn_name": "cosine"})
    readme.write(_readme(rows, "sentence_transformers", "SentenceTransformer"))
    tokenizer.write(rows, words)
    _write_matrix(matrix, "embedding.weight", rows)


def write_model2vec(rows: Rows, streams: Sequence[IO[bytes]]) -> None:
    """Write the files of ``MODEL2VEC_FILES``; sentence-transformers reads them as well."""
    config, modules, readme, words, matrix = streams
    about = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "normalize": False,
        "max_length": None,
        "embedding_dtype": rows.dtype.name,
    }
    _write_json(config, about)
    _write_json(modules, [{"idx": 0, "name": "0", "path": ".", "type": _MODULE}])
    readme.write(_readme(rows, "model2vec", "StaticModel.from_pretrained"))
    tokenizer.write(rows, words)
    _write_matrix(matrix, "embeddings", rows)


def _write_json(stream: IO[bytes], value: Any) -> None:  # noqa: ANN401 - any plain value
    stream.write(json.dumps(value, indent=2).encode() + b"\n")


def _readme(rows: Rows, library: str, loading: str) -> bytes:
    name = loading.partition(".")[0]
    lower = " Texts are lower-cased." if rows.lower else ""
    cut = "white space" if rows.model.rules.tokenize is None else "the ends of words"
    return f"""---
library_name: {library.replace("_", "-")}
---

# Static word vectors

{len(rows):,} words, {rows.dim} numbers each (`--vectors {rows.vectors}`), {MADE_BY.decode()}.
A text is cut at {cut}, and its vector is the mean of the vectors of its words that are
known.{lower}

```python
from {library} import {name}

model = {loading}("path/to/this/folder")
```
""".encode()


def _write_matrix(stream: IO[bytes], name: str, rows: Rows) -> None:
    """Write a safetensors file of one matrix, a block at a time."""
    length = len(rows) * rows.dim * rows.dtype.itemsize
    entry = {
        "dtype": "F16" if rows.float16 else "F32",
        "shape": [len(rows), rows.dim],
        "data_offsets": [0, length],
    }
    header = json.dumps({"__metadata__": {"format": "pt"}, name: entry}).encode()
    header += b" " * (-len(header) % 8)
    stream.write(len(header).to_bytes(8, "little") + header)
    for _, numbers in rows.blocks():
        stream.write(numbers.data)
