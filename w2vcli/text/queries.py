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
    if rules.tokenize is not None and any(
        len(word) > 1 and word[0] in "+-" for word in query.split()
    ):
        return None  # no token that the rules make begins with a sign
    tokens = _tokens(query, rules)
    if len(tokens) == 1 or rules.phrases:
        return words.get(_JOINT.join(tokens))
    return None


def _tokens(query: str, rules: TextRules) -> list[str]:
    if rules.tokenize is None:
        return (query.lower() if rules.lower else query).split(" ")
    from w2vcli.text.tokenizer import tokenized  # takes a while, and most models need none

    return tokenized(query, rules).split()
