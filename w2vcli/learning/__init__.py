"""Learning word2vec, and proving this one: the formulas, a worked example, the gradient check.

``textbook`` has the formulas, position by position; ``worked_example`` is one step of training with
all its numbers; ``gradient_check`` compares the gradients of training with the formulas and with
finite differences.
"""
