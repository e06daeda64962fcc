"""What a model is worth: analogies, similarity, perplexity, predictions, change, origin.

``evaluation`` compares with question files and human scores, ``perplexity`` with held-out text,
``comparison`` with another model; ``prediction`` says which words a model expects, and
``file_info`` what a file says of itself.
"""
