"""A trained model: its file, and which words are near which.

``model`` is the file format; ``neighbors`` answers with cosines and analogies. Nothing here needs
Numba, so that questions are answered at once.
"""
