"""w2vcli: word2vec with the exact full softmax, for the command line."""

__version__ = "0.1.0"
