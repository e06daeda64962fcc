"""The ``tokenizer.json`` of a word list, for the tokenizers library of Hugging Face.

A text is cut at white space, and each word looked up whole. A word that is not in the list gives
no token at all, so that it does not move the mean of a text's vectors: the usual ``[UNK]`` would
count as one more vector, of zeros. The library drops unknown words with one model only, BPE without
merges and without an unknown token; but that would look up the single letters of such a word. So
every word of the list, and of a text, gets a prefix (SentencePiece's), and no token is a single
letter.
"""

import json
from typing import IO, Any

from w2vcli.formats.rows import Rows
from w2vcli.formats.words import PREFIX

_PIECE = 1 << 14


def write(rows: Rows, stream: IO[bytes]) -> None:
    """Write the file; the id of a word is its row."""
    whole: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"} if rows.lower else None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "WhitespaceSplit"},
                {
                    "type": "Metaspace",
                    "replacement": PREFIX,
                    "prepend_scheme": "always",
                    "split": False,
                },
            ],
        },
        "post_processor": None,
        "decoder": {
            "type": "Metaspace",
            "replacement": PREFIX,
            "prepend_scheme": "always",
            "split": False,
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": True,
            "vocab": "HERE",
            "merges": [],
        },
    }
    before, after = json.dumps(whole, ensure_ascii=False).split('"HERE"')
    stream.write(f"{before}{{".encode())
    words = rows.words
    for start in range(0, len(words), _PIECE):
        pairs = (
            f"{json.dumps(PREFIX + word, ensure_ascii=False)}: {start + i}"
            for i, word in enumerate(words[start : start + _PIECE])
        )
        stream.write((", " if start else "").encode() + ", ".join(pairs).encode())
    stream.write(f"}}{after}".encode())
