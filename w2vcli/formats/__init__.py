"""The formats of others: exporting vectors to what other programs read, and importing theirs.

``exporting`` and ``importing`` do the whole; ``registry`` lists what can be written, with a small
module for each format. May use system, text and vectors.
"""
