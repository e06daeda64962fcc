"""Training: from a corpus or its counts to the vectors.

``options`` says how, ``data`` and ``sources`` what the blocks of predictions are, ``spectral`` and
``warm_start`` where a run begins, ``trainer`` is the loop, ``checkpoint`` saves it half-way, and
``recipe`` puts them together.
"""
