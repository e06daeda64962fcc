"""Whether a model is what is required of it: verdicts on requirements, in numbers and in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from w2vcli.errors import RefusedError
from w2vcli.judging.requirements import COMPARISONS, Command, Requirement, parsed

_NOTHING: Mapping[str, str] = {}

Found: TypeAlias = float | str
"""A number that was measured, or the reason why there is none."""


@dataclass(frozen=True)
class Verdict:
    """Whether a requirement is met.

    Attributes
    ----------
    requirement
        The requirement.
    met
        Whether it is.
    value, previous, bound
        The numbers of the model and of the one before, and the bound; None where there are none.
    reason
        Why it is met, or not, where that does not follow from the numbers; else "".
    """

    requirement: Requirement
    met: bool
    value: float | None = None
    previous: float | None = None
    bound: float | None = None
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The verdict in words, with the numbers."""
        required = self.requirement
        if self.reason:
            return f"{required.text} {'holds' if self.met else 'is not shown'}: {self.reason}"
        assert self.value is not None
        assert self.bound is not None
        value, limit = _numbers(self.value, self.bound)
        named = f"{required.bound} = {limit}" if required.factor is not None else limit
        if self.met:
            return f"{required.measure} {value} {required.comparison} {named}"
        by, _ = _numbers(abs(self.value - self.bound), 0.0)
        apart = f" (by {by})" if self.value != self.bound else ""
        what = COMPARISONS[required.comparison][1]
        return f"{required.measure} {value} is {what} {named}{apart}"

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as plain values."""
        return {
            "require": self.requirement.text,
            "measure": self.requirement.measure,
            "value": self.value,
            "previous": self.previous,
            "bound": self.bound,
            "met": self.met,
        } | ({"reason": self.reason} if self.reason else {})


def _judged(requirement: Requirement, value: Found | None, previous: Found | None) -> Verdict:
    """Say whether a requirement is met, as ``Requirements.verdicts``."""
    number = value if isinstance(value, float | int) else None
    before = previous if isinstance(previous, float | int) else None
    if isinstance(value, str):
        return Verdict(requirement, False, None, before, reason=value)
    if value is None or (requirement.factor is not None and previous is None):
        return Verdict(requirement, True, number, reason="there is no model before this one")
    if requirement.factor is not None and before is None:
        return Verdict(requirement, False, number, reason=str(previous))
    bound = requirement.offset + (requirement.factor or 0.0) * (before or 0.0)
    compare, _ = COMPARISONS[requirement.comparison]
    return Verdict(requirement, compare(value, bound), value, before, bound)


@dataclass(frozen=True)
class Requirements:
    """What is required of one model.

    Attributes
    ----------
    each
        The requirements.
    """

    each: tuple[Requirement, ...]

    @classmethod
    def of(
        cls, texts: Iterable[str], command: Command, lacking: Mapping[str, str] = _NOTHING
    ) -> "Requirements":
        """Read requirements; ``command`` and ``lacking`` are those of ``requirements.parsed``.

        Raises
        ------
        UsageError
            As ``requirements.parsed`` of each.
        """
        return cls(tuple(parsed(text, command, lacking) for text in texts))

    @property
    def measures(self) -> set[str]:
        """The measures that are needed."""
        return {required.measure for required in self.each}

    def verdicts(
        self, values: Mapping[str, Found | None], previous: Mapping[str, Found]
    ) -> list[Verdict]:
        """Say of each requirement whether it is met.

        Parameters
        ----------
        values
            What was measured of the model; None for a change where there is no earlier model.
        previous
            The same of the earlier model, where a bound names it; empty if there is none.

        Returns
        -------
        verdicts
            Without an earlier model a requirement that compares with one is met: the first model
            of all is compared with none. What could not be measured is not met, nor is what is no
            number.
        """
        return [
            _judged(required, values[required.measure], previous.get(required.measure))
            for required in self.each
        ]

    @staticmethod
    def enforce(verdicts: Sequence[Verdict]) -> None:
        """Raise a RefusedError that names each requirement which is not met."""
        failed = [verdict.sentence for verdict in verdicts if not verdict.met]
        if failed:
            raise RefusedError(f"refused: {'; '.join(failed)}")


def _numbers(*values: float) -> list[str]:
    """Write numbers with four decimals, or with more if different ones would look the same."""
    texts: list[str] = []
    for decimals in (4, 6, 9, 12, 17):
        texts = [f"{value:,.{decimals}f}" for value in values]
        if len(set(texts)) == len(set(values)):
            break
    return [text.rstrip("0").rstrip(".") for text in texts]
