"""The words of queries, written as the rules of a text write its words."""

from collections.abc import Mapping

from w2vcli.text.rules import TextRules

_JOINT = "_"  # what joins the words of a phrase


def found_in(words: Mapping[str, int], query: str, rules: TextRules) -> int | None:
    """Return the id of the word that a query means in texts of these rules, or None.

    A word that is there as it was given comes first. Where phrases were joined, several words are
    taken for one. A sign before a word belongs to it: no rule takes ``-class`` for ``class``.
    """
    if query in words:
        return words[query]
    tokens = _tokens(query, rules)
    if len(tokens) == 1 or rules.phrases:
        return words.get(_JOINT.join(tokens))
    return None


def form_of(query: str, rules: TextRules) -> str | None:
    """Return the word that texts of these rules have for a query; None if it is no single word."""
    tokens = _tokens(query, rules)
    if len(tokens) != 1:
        return None
    try:
        word = tokens[0].encode()
    except UnicodeEncodeError:  # an argument that is not UTF-8
        return None
    return tokens[0] if word.split() == [word] else None


def _tokens(query: str, rules: TextRules) -> list[str]:
    """Return the tokens of a query; none where the rules make no token that begins with a sign."""
    if rules.tokenize is not None and any(
        len(word) > 1 and word[0] in "+-" for word in query.split()
    ):
        return []
    if rules.tokenize is None:
        return (query.lower() if rules.lower else query).split(" ")
    from w2vcli.text.tokenizer import tokenized  # takes a while, and most models need none

    return tokenized(query, rules).split()
