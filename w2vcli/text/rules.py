"""How raw text becomes tokens: the rules, and their form in files.

Without rules, tokens are what stands between white space, and lines end in line feeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from w2vcli.errors import DataError, UsageError

if TYPE_CHECKING:
    from w2vcli.text.phrases import PhraseTable

VERSION = 1
"""The version of the rules: it grows when any text would become other tokens."""

Tokenize: TypeAlias = Literal["words"]
Numbers: TypeAlias = Literal["keep", "fold", "drop"]
Punctuation: TypeAlias = Literal["keep", "drop"]
Lines: TypeAlias = Literal["line", "paragraph", "sentence"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "numbers": get_args(Numbers),
    "punctuation": get_args(Punctuation),
    "lines": get_args(Lines),
}
_KEYS = {"tokenize", "version", "phrases", *_CHOICES}


@dataclass(frozen=True)
class TextRules:
    """The rules by which raw text becomes tokens.

    Attributes
    ----------
    lower
        Whether to lower-case the text: if it is tokenized by Unicode's case folding, else as
        ``str.lower``.
    tokenize
        ``words`` to find the words by the rules of ``tokenizer``; None if they already stand
        between white space.
    numbers, punctuation, lines
        What becomes of numbers, punctuation and lines where text is tokenized (``tokenizer``,
        ``lines``).
    phrases
        The fingerprint of each table of phrases whose words are joined, one table after the other.

    Raises
    ------
    UsageError
        If there are rules of tokenizing without it.
    """

    lower: bool = False
    tokenize: Tokenize | None = None
    numbers: Numbers = "keep"
    punctuation: Punctuation = "drop"
    lines: Lines = "line"
    phrases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in _CHOICES:
            value = getattr(self, name)
            if self.tokenize is None and value != getattr(TextRules, name):
                raise UsageError(
                    f"--{name} {value} says how to tokenize; give --tokenize words too"
                )

    def __str__(self) -> str:
        parts = ["lower-cased" if self.lower else "case kept"]
        if self.tokenize:
            parts.append(f"tokenized into {self.tokenize}")
            parts += [
                f"{name} {value}"
                for name in _CHOICES
                if (value := getattr(self, name)) != getattr(TextRules, name)
            ]
        if self.phrases:
            parts.append(f"phrases of {', '.join(self.phrases)}")
        return ", ".join(parts)

    def as_json(self) -> dict[str, Any] | None:
        """Return all rules but ``lower`` as plain JSON values; None if there are none."""
        said: dict[str, Any] = {}
        if self.tokenize is not None:
            said = {"tokenize": self.tokenize, "version": VERSION}
            said |= {name: getattr(self, name) for name in _CHOICES}
        if self.phrases:
            said["phrases"] = list(self.phrases)
        return said or None

    @classmethod
    def from_json(cls, said: Mapping[str, Any], where: str) -> "TextRules":
        """Return the rules of a file that holds ``lower``, and ``text`` if there are others.

        Parameters
        ----------
        said
            The values of these keys; it may have others.
        where
            The file, for error messages.

        Raises
        ------
        DataError
            If they are those of a later version of this program, or no rules at all.
        """
        lower, text = bool(said.get("lower")), said.get("text") or {}
        try:
            if text.get("tokenize") and text["version"] > VERSION:
                raise DataError(
                    f"{where}: its text was tokenized by rules of version {text['version']}, and "
                    f"this program knows those up to {VERSION}; use a newer w2vcli"
                )
            if not text.keys() <= _KEYS or not isinstance(text.get("phrases", []), list):
                raise ValueError
            phrases = tuple(text.get("phrases", ()))
            given = {name: text[name] for name in _CHOICES} if text.get("tokenize") else {}
            sound = text.get("tokenize") in (None, *get_args(Tokenize)) and all(
                isinstance(phrase, str) for phrase in phrases
            )
            if not sound or any(value not in _CHOICES[name] for name, value in given.items()):
                raise ValueError
        except (AttributeError, KeyError, TypeError, ValueError):
            raise DataError(
                f"{where}: it does not say how its text became words in a way that this program "
                "knows; use the w2vcli that made it, or restore it"
            ) from None
        return cls(lower, text.get("tokenize"), phrases=phrases, **given)

    def check_phrases(self, tables: "Sequence[PhraseTable]", whose: str = "this text") -> None:
        """Raise a UsageError if these are not the tables of phrases that the rules name.

        ``whose`` rules they are is said in the message.
        """
        given = tuple(table.fingerprint for table in tables)
        if given == self.phrases:
            return
        if not given:
            raise UsageError(
                f"{whose} needs the phrases that were joined before "
                f"({', '.join(self.phrases)}, by 'w2vcli info TABLE'); name their table with "
                "--phrases"
            )
        raise UsageError(
            f"--phrases: {', '.join(given)} is not what was joined before "
            f"({', '.join(self.phrases) or 'no phrases'}); give the same table, or none"
        )
