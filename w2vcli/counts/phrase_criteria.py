"""Which pairs of words are phrases. Without NumPy, for ``--help``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from w2vcli.errors import UsageError

Scoring = Literal["word2vec", "npmi"]

THRESHOLDS: Mapping[Scoring, float] = {"word2vec": 10.0, "npmi": 0.5}

ENGLISH_CONNECTORS = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in"}
    | {"of", "on", "or", "the", "to", "with", "without"}
)
"""Those of gensim 4.4, ``ENGLISH_CONNECTOR_WORDS``."""


@dataclass(frozen=True)
class PhraseCriteria:
    """Which candidates are phrases.

    Attributes
    ----------
    scoring
        The score.
    threshold
        Phrases have a higher score; None for that of ``THRESHOLDS``. Greater than 0 for
        ``word2vec``, from -1 to 1 for ``npmi``.
    min_count
        The least count of a phrase, 1 or more; ``word2vec`` takes it from every count too, so that
        a phrase occurs more often than that.
    connectors
        Words that stand within phrases, not at their ends, and do not count.
    top
        How many to keep at most, the best ones; None for no bound.
    """

    scoring: Scoring = "word2vec"
    threshold: float | None = None
    min_count: int = 5
    connectors: frozenset[str] = frozenset()
    top: int | None = None

    def __post_init__(self) -> None:
        if self.scoring == "word2vec" and not self.least_score > 0:
            raise UsageError(
                f"--threshold {self.least_score:g}: a score of word2vec is greater than 0 for "
                "every phrase; give a threshold above 0, 10 for example"
            )
        if self.scoring == "npmi" and not -1 <= self.least_score <= 1:
            raise UsageError(
                f"--threshold {self.least_score:g}: the score npmi lies between -1 and 1; give a "
                "threshold between them, 0.5 for example"
            )

    @property
    def least_score(self) -> float:
        """The threshold, also where none is given."""
        return THRESHOLDS[self.scoring] if self.threshold is None else self.threshold

    @property
    def least_count(self) -> int:
        """The least count with which a candidate may be a phrase."""
        return self.min_count + 1 if self.scoring == "word2vec" else self.min_count
