"""What a run would take: words, pairs, bytes and seconds, for some vocabularies."""

from dataclasses import asdict, dataclass
from typing import Any

from w2vcli.system.memory import Room


@dataclass(frozen=True)
class Choice:
    """A vocabulary, and what a run with it would take.

    Attributes
    ----------
    option
        The option that chooses it, such as ``--min-count 20``.
    words, tokens
        Its words, and how many tokens of the texts they are.
    pairs
        The distinct pairs of words, in any order; None where none are counted.
    arrays, stages
        The bytes of each array, and those in memory at once in each stage, by name.
    peak, peak_stage
        The most bytes in memory at once, and in which stage.
    model
        The bytes of the file that is written.
    seconds
        Of each stage, by name.
    """

    option: str
    words: int
    tokens: int
    pairs: int | None
    arrays: dict[str, int]
    stages: dict[str, int]
    peak: int
    peak_stage: str
    model: int
    seconds: dict[str, float]

    @property
    def total(self) -> float:
        """The seconds of the whole run."""
        return sum(self.seconds.values())

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self) | {
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
            "total_seconds": round(self.total, 3),
        }


@dataclass(frozen=True)
class Plan:
    """What a run would take.

    Attributes
    ----------
    types, tokens
        Of the texts; the types are None where a vocabulary was given.
    choices
        The chosen vocabulary, and smaller ones.
    room
        The memory that the process may have, and what bounds it; None where that is unknown.
    refusal
        Why the run would be refused; None if it would not.
    sampled
        Of which words pairs were counted: of every one, of every second, and so on.
    threads
        The number of threads.
    """

    types: int | None
    tokens: int
    choices: list[Choice]
    room: Room | None
    refusal: str | None
    sampled: int
    threads: int

    def as_json(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        return {
            "types": self.types,
            "tokens": self.tokens,
            "threads": self.threads,
            "sampled": self.sampled,
            "available": self.room.bytes if self.room else None,
            "refusal": self.refusal,
            "vocabularies": [choice.as_json() for choice in self.choices],
        }
