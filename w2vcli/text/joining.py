"""Joining the words of phrases: ``new york`` becomes ``new_york``, wherever it stands in a line.

From left to right, the longest phrase first; a word belongs to one phrase at most. A second table,
applied to the text that the first one joined, makes longer phrases.
"""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from itertools import compress, pairwise

DELIMITER = b"_"

# No text in UTF-8 has this byte, so it can stand for the end of a line among the tokens.
_BREAK = b"\xff"


class Joiner:
    """Joins the phrases of a text that comes in pieces; the pieces make no difference.

    What comes out has one space between the tokens of a line, and none at its ends. Lines stay
    what they are, also empty ones.

    Parameters
    ----------
    phrases
        The words of each phrase, two or more, in UTF-8.
    """

    def __init__(self, phrases: AbstractSet[tuple[bytes, ...]]) -> None:
        self._phrases = phrases
        lengths = defaultdict(set)
        for words in phrases:
            lengths[words[:2]].add(len(words))
        self._lengths = {pair: sorted(found, reverse=True) for pair, found in lengths.items()}
        self._longest = max(map(len, phrases), default=2)
        self._waiting: list[bytes] = []  # tokens of a line where a phrase may still begin
        self._held = b""  # the last token that is decided in a line which is not at its end

    def feed(self, text: bytes) -> bytes:
        """Take a piece of text in UTF-8 that ends in white space.

        Returns
        -------
        text
            What is joined so far, ending in white space or empty: the last words of a line wait
            for what follows them.
        """
        tokens = self._waiting + text.replace(b"\n", b" \xff ").split()
        done, decided = [], 0
        # Where fewer tokens than the longest phrase has are left of an open line, more may come.
        undecided = max(_after_last_break(tokens), len(tokens) - self._longest + 1)
        found = map(self._lengths.__contains__, pairwise(tokens))
        for start in compress(range(len(tokens)), found):
            if start >= undecided:
                break
            if start < decided:
                continue
            for length in self._lengths[tokens[start], tokens[start + 1]]:
                words = tuple(tokens[start : start + length])
                if words in self._phrases:
                    done += tokens[decided:start]
                    done.append(DELIMITER.join(words))
                    decided = start + length
                    break
        end = max(decided, undecided)
        done += tokens[decided:end]
        self._waiting = tokens[end:]
        return self._written(done)

    def finish(self) -> bytes:
        """Return the rest of the text; its end is the end of the last line."""
        return self.feed(b"\n") if self._waiting or self._held else b""

    def _written(self, tokens: list[bytes]) -> bytes:
        """Return tokens as text, but for the last one of a line that goes on."""
        if self._held:
            tokens.insert(0, self._held)
        self._held = tokens.pop() if tokens and tokens[-1] != _BREAK else b""
        if not tokens:
            return b""
        text = b" ".join(tokens) + b" "
        # In two steps, as a space may stand between two ends of lines.
        return text.replace(b" \xff", _BREAK).replace(b"\xff ", b"\n").replace(_BREAK, b"\n")


def _after_last_break(tokens: list[bytes]) -> int:
    """Return the index of the first token of the last line."""
    for index in range(len(tokens) - 1, -1, -1):
        if tokens[index] == _BREAK:
            return index + 1
    return 0
