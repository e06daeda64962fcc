"""From text to numbers: files are read, split into tokens, and numbered by a vocabulary.

``corpus`` reads and decompresses, ``tokens`` splits and numbers, ``vocabulary`` chooses the words,
``windows`` and ``contexts`` define the context of a position, ``fingerprint`` identifies a text,
``line_sketch`` texts that share lines, ``expected`` whether one is whole,
``phrases`` become words by ``joining``, and ``demo_corpus`` makes a small text of the English
(``prose``) in Python's own documentation.
"""
