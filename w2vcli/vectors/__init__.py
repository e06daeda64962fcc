"""A trained model: its file, and which words are near which.

``model`` is the file format, ``neighbors`` finds the nearest words, and ``analogies`` has the
formulas of 3CosAdd and 3CosMul. Nothing here needs Numba, so that questions are answered at once.
"""
