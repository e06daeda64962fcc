"""fastText's binary models, slowly: a writer, and what its description says of their vectors.

Nothing here is of w2vcli, and nothing is shared with it.
"""

import struct


def signed_fnv(data):
    """FNV-1a of 32 bits, of bytes as signed numbers, in Python's whole numbers."""
    value = 0x811C9DC5
    for byte in data:
        signed = struct.unpack("b", bytes([byte]))[0]
        value ^= signed % 2**32
        value = value * 0x01000193 % 2**32
    return value


def ngrams_of(word, least, most):
    """The n-grams of a word, in the order of their places."""
    if word == "</s>":
        return []
    marked = "<" + word + ">"
    spans = [
        (start, start + length)
        for start in range(len(marked))
        for length in range(1, most + 1)
        if length >= least and start + length <= len(marked)
    ]
    return [marked[a:b] for a, b in spans if (a, b) not in ((0, 1), (len(marked) - 1, len(marked)))]


class TinyModel:
    """A model of lists: words, rows of words and of buckets, and how long n-grams are."""

    def __init__(self, words, rows, bucket_rows, minn=3, maxn=6, **more):
        self.words, self.rows, self.bucket_rows = words, rows, bucket_rows
        self.minn, self.maxn = minn, maxn
        self.columns = len((rows + bucket_rows)[0])
        self.more = {
            "magic": 793712314, "version": 12, "model": 2, "labels": [], "pruned": -1,
            "quantized": 0, "t": 1e-4, "output": rows, "claimed_dim": self.columns,
            "claimed_buckets": len(bucket_rows), "entries": None, "kind": 0,
            "input_rows": len(rows) + len(bucket_rows), "behind": b"",
        }  # fmt: skip
        assert more.keys() <= self.more.keys()
        self.more |= more

    def vector(self, word):
        """The vector of a word, seen or not; zeros where nothing is known."""
        found = [self.rows[self.words.index(word)]] if word in self.words else []
        for ngram in ngrams_of(word, self.minn, self.maxn):
            found.append(self.bucket_rows[signed_fnv(ngram.encode()) % len(self.bucket_rows)])
        return [sum(column) / max(len(found), 1) for column in zip(*found, strict=True)]

    def data(self):
        """The bytes of the file."""
        said = self.more
        out = struct.pack("<ii", said["magic"], said["version"])
        out += struct.pack(
            "<iiiiiiiiiiii", said["claimed_dim"], 5, 5, 1, 5, 1, 2, said["model"],
            said["claimed_buckets"], self.minn, self.maxn, 100,
        )  # fmt: skip
        out += struct.pack("<d", said["t"])
        entries = said["entries"]
        if entries is None:
            entries = len(self.words) + len(said["labels"])
        out += struct.pack("<iii", entries, len(self.words), len(said["labels"]))
        out += struct.pack("<qq", 1000, said["pruned"])
        for word in self.words:
            word = word if isinstance(word, bytes) else word.encode()
            out += word + b"\0" + struct.pack("<qb", 7, said["kind"])
        for label in said["labels"]:
            out += label.encode() + b"\0" + struct.pack("<qb", 7, 1)
        out += self._matrix(self.rows + self.bucket_rows, said["input_rows"])
        out += self._matrix(said["output"], len(said["output"]))
        return out + said["behind"]

    def _matrix(self, rows, promised):
        out = struct.pack("<Bqq", self.more["quantized"], promised, self.columns)
        for row in rows:
            out += struct.pack(f"<{len(row)}f", *row)
        return out
