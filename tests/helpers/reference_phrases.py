"""Slow, obvious references for phrases: finding and joining them. Imports nothing of w2vcli."""

import math
from collections import Counter


def joined(text, phrases):
    """The text with ``_`` in its phrases (tuples of bytes), a space between other words."""
    lines = text.split(b"\n")
    return b"\n".join(b" ".join(joined_line(line.split(), phrases)) for line in lines)


def joined_line(words, phrases):
    """The words of a line, those of a phrase as one: from left to right, the longest first."""
    done = []
    while words:
        lengths = [n for n in range(len(words), 1, -1) if tuple(words[:n]) in phrases]
        length = lengths[0] if lengths else 1
        done.append(b"_".join(words[:length]))
        words = words[length:]
    return done


def candidates(words, connectors):
    """The candidates of a line, tuples of words: two words, and connectors between them."""
    for start, word in enumerate(words):
        if word not in connectors:
            ends = [i for i in range(start + 1, len(words)) if words[i] not in connectors]
            if ends:
                yield tuple(words[start : ends[0] + 1])


def score(scoring, together, first, last, tokens, types, min_count):
    """The two scores as gensim's documentation has them."""
    if scoring == "word2vec":
        return (together - min_count) / (first * last) * types
    if together < min_count:
        return -math.inf
    return math.log((together / tokens) / ((first / tokens) * (last / tokens))) / -math.log(
        together / tokens
    )


def found(lines, scoring, threshold, min_count, connectors=frozenset()):
    """``{phrase: (score, count)}`` of lines of words; a phrase is a tuple of words."""
    words = Counter(word for line in lines for word in line)
    pairs = Counter(pair for line in lines for pair in candidates(line, connectors))
    types = len(words.keys() - connectors) + len(pairs)
    scores = {
        pair: score(
            scoring, count, words[pair[0]], words[pair[-1]], words.total(), types, min_count
        )
        for pair, count in pairs.items()
    }
    return {pair: (scores[pair], pairs[pair]) for pair in pairs if scores[pair] > threshold}
