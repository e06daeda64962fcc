"""The ``tokenizer.json`` of a word list, for the tokenizers library of Hugging Face.

A text is cut as that of the model was, and each word looked up whole. A word that is not in the
list gives no token at all, so that it does not move the mean of a text's vectors: the usual
``[UNK]`` would count as one more vector, of zeros. The library drops unknown words with one model
only, BPE without merges and without an unknown token; but that would look up the single letters of
such a word. So every word of the list, and of a text, gets a prefix (SentencePiece's), and no token
is a single letter.
"""

import json
from typing import IO, Any

from w2vcli.formats.rows import Rows
from w2vcli.formats.words import PREFIX
from w2vcli.text.tokenizer import token_pattern

_PIECE = 1 << 14


def write(rows: Rows, stream: IO[bytes]) -> None:
    """Write the file; the id of a word is its row."""
    whole: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": _normalizer(rows),
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                _splitter(rows),
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


def _splitter(rows: Rows) -> dict[str, Any]:
    """Return what cuts a text into words: by the rules of the model's text, or at white space."""
    rules = rows.model.rules
    if rules.tokenize is None:
        return {"type": "WhitespaceSplit"}
    return {
        "type": "Split",
        "pattern": {"Regex": token_pattern(rules.punctuation)},
        "behavior": "Removed",
        "invert": True,
    }


def _normalizer(rows: Rows) -> dict[str, Any] | None:
    """Return what writes a text as the words are written.

    The library only lower-cases. What case folding makes of further characters, such as ss of ß,
    is put in their place where a word of the list holds it.
    """
    rules = rows.model.rules
    if rules.tokenize is None:
        return {"type": "Lowercase"} if rules.lower else None
    steps: list[dict[str, Any]] = [{"type": "NFC"}]
    if rules.lower:
        steps.append({"type": "Lowercase"})
        held = "\n".join(rows.words)
        steps += [
            _replace(char, char.casefold())
            for char in map(chr, range(0x80, 0x110000))
            if char.casefold() != char == char.lower() and char.casefold() in held
        ]
        steps.append({"type": "NFC"})
    steps += [_replace(hyphen, "-") for hyphen in "\u2010\u2011"]
    within = {"Regex": r"(?<=[\p{L}\p{N}\p{M}])’(?=[\p{L}\p{N}\p{M}])"}
    steps.append({"type": "Replace", "pattern": within, "content": "'"})
    return {"type": "Sequence", "normalizers": steps}


def _replace(old: str, new: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"String": old}, "content": new}
