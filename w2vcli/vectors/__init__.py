"""A trained model: its file, and which words are near which.

``model`` is the file format, ``neighbors`` answers questions, with ``search`` for many at once, and
``analogies`` has the formulas of 3CosAdd and 3CosMul. Nothing here needs Numba, so that questions
are answered at once.
"""
