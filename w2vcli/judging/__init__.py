"""Judging a model: analogies, similarity, perplexity, predictions, changes, provenance.

``evaluation`` compares with question files and human scores, ``perplexity`` with held-out text,
``comparison`` with another model; ``prediction`` gives the probabilities of words, and
``file_info`` the kind, size and provenance of a file.
"""
