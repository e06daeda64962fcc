"""From text to numbers: files are read, cut into tokens, and numbered by a vocabulary.

``corpus`` reads and decompresses, ``tokens`` cuts and numbers, ``vocabulary`` chooses the words,
``windows`` and ``contexts`` say what stands around a position, ``fingerprint`` sums a text up, and
``demo_corpus`` makes a small text of Python's own documentation.
"""
