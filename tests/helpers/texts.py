"""A small text to train on."""

SENTENCES = """\
the king rules the land and the queen rules the land
the king sits on the throne and the queen sits on the throne
the man walks to the town and the woman walks to the town
a man reads a book and a woman reads a book
the boy is a young man and the girl is a young woman
"""
