"""To learn word2vec and to prove ours: the formulas, one worked step, the gradient check.

``textbook`` writes the formulas down position by position, ``worked_example`` works one step out
with every number, and ``gradient_check`` compares the gradients of training with both.
"""
