"""What other tools call their options and commands, and what to use here instead.

The names are those of word2vec, gensim, fastText and GloVe.
"""

import re
from collections.abc import Collection

_RENAMED = {
    "passes": "epoch epochs iter iterations max-iter niter",
    "dim": "size vector-size vec-size embedding-size layer1-size dimension dimensions dims",
    "min-count": "vocab-min-count min-freq min-frequency",
    "max-vocab": "max-vocab-size max-final-vocab vocab-size",
    "window": "ws window-size context context-size",
    "window-weights": "shrink-windows distance-weighting",
    "threads": "thread workers worker n-jobs jobs num-threads",
    "lr": "alpha start-alpha initial-alpha learning-rate eta step-size",
    "subsample": "sample t subsampling",
    "batch": "batch-size batch-words",
    "seed": "random-seed random-state",
    "vocab": "read-vocab vocab-file",
    "lower": "lowercase lower-case do-lower-case",
    "output": "out save save-file output-file",
    "top": "topn top-n n-best limit",
    "float16": "half fp16",
    "validation": "valid valid-file validation-file",
    "max-time": "time-limit autotune-duration",
    "quiet": "silent no-progress progress-off",
    "verbose": "debug loglevel log-level",
    "log-file": "log logfile",
}
_INSTEAD = {name: ours for ours, theirs in _RENAMED.items() for name in theirs.split()}

_REMARKS = {
    "alpha": "--lr, which falls linearly to 0",
    "start-alpha": "--lr, which falls linearly to 0",
    "shrink-windows": "--window-weights linear, the default: what a window that shrinks at random "
    "does on average",
    "batch-words": "--batch, and needs no setting",
}

_EXACT = "the softmax is exact, over the whole vocabulary, so nothing is sampled or approximated"
_ALWAYS = "there is no need for it"
_LENGTHS = "'w2vcli train --subwords 3-6' names both lengths of n-grams"
_ABSENT = {
    "negative": _EXACT,
    "neg": _EXACT,
    "negatives": _EXACT,
    "ns-exponent": _EXACT,
    "hs": _EXACT,
    "loss": _EXACT,
    "sg": "use --arch skipgram (the default) or --arch cbow",
    "skipgram": "use --arch skipgram, which is the default",
    "cbow": "use --arch cbow",
    "model": "use --arch skipgram (the default) or --arch cbow",
    "cbow-mean": "CBOW always takes the mean of the context vectors",
    "min-alpha": "the step size falls linearly from --lr to 0",
    "end-alpha": "the step size falls linearly from --lr to 0",
    "min-n": _LENGTHS,
    "minn": _LENGTHS,
    "max-n": _LENGTHS,
    "maxn": _LENGTHS,
    "bucket": "every n-gram has a row of its own; with 'w2vcli train --subwords' --max-subwords "
    "says how many there may be",
    "word-ngrams": "to join words that belong together see 'w2vcli phrases --help'",
    "train": "name the text as an argument: w2vcli train TEXT -o MODEL",
    "input": "name the file as an argument, without an option before it",
    "input-file": "name the file as an argument, without an option before it",
    "file": "name the file as an argument, without an option before it",
    "corpus": "name the text as an argument, without an option before it",
    "corpus-file": "name the text as an argument, without an option before it",
    "sentences": "name the text as an argument, without an option before it",
    "binary": "'w2vcli export --format word2vec-binary' writes word2vec's binary format, and "
    "'w2vcli import' tells by the content",
    "save-vocab": "'w2vcli build-vocab' writes a vocabulary file",
    "classes": "'w2vcli clusters MODEL -k N' finds them in a model",
    "pretrained-vectors": "--warm-start begins with a model that 'w2vcli train' made",
    "compute-loss": f"the loss is always computed; {_ALWAYS}",
    "sorted-vocab": f"a vocabulary is always sorted by falling count; {_ALWAYS}",
    "symmetric": "windows reach to both sides",
    "x-max": "that is of GloVe, which has another loss",
    "gpu": "all is computed on the processor",
    "device": "all is computed on the processor",
}

_COMMANDS = {
    "train": "word2vec skipgram cbow fit learn supervised glove",
    "build-vocab": "vocab vocab-count vocabulary save-vocab",
    "count": "cooccur cooccurrence",
    "similar": "nn distance most-similar neighbors neighbours nearest knn sim",
    "analogy": "analogies word-analogy",
    "eval": "accuracy compute-accuracy evaluate test evaluate-word-analogies",
    "phrases": "word2phrase phrase phraser bigrams",
    "vectors": "print-word-vectors print-vectors vector dump",
    "subwords": "print-ngrams ngrams get-subwords",
    "odd": "doesnt-match odd-one-out doesn't-match",
    "similarity": "cosine distance-between",
    "clusters": "cluster classes kmeans",
    "map": "plot visualize visualise scatter tsne t-sne umap pca",
    "export": "convert save save-word2vec-format",
    "import": "load-word2vec-format load",
    "manual": "help man docs",
    "tokenize": "tokenise tokenizer preprocess",
}
_COMMAND_INSTEAD = {name: ours for ours, theirs in _COMMANDS.items() for name in theirs.split()}


def option_advice(given: str, known: Collection[str]) -> str | None:
    """Say what takes the place of another tool's option.

    Parameters
    ----------
    given
        As it stands in the command line: with dashes before it, perhaps a value behind ``=``.
    known
        The options of the command, as in ``--min-count``.

    Returns
    -------
    advice
        A part of a sentence, or None if the name is nowhere in use.
    """
    name = _plain(given)
    if f"--{name}" in known:
        return f"here this is --{name}"
    ours = _INSTEAD.get(name)
    if ours and f"--{ours}" in known:
        return f"here this is {_REMARKS.get(name, f'--{ours}')}"
    return f"there is none: {_ABSENT[name]}" if name in _ABSENT else None


def command_instead(given: str) -> str | None:
    """Return the command that does what another tool's command of this name does."""
    return _COMMAND_INSTEAD.get(_plain(given))


def _plain(given: str) -> str:
    """Return a name without dashes and value: ``--minCount=5``, ``-min_count`` as min-count."""
    name = given.lstrip("-").partition("=")[0]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower().replace("_", "-")
