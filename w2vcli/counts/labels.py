"""Labels of segments: their syntax, their order, and choosing segments by them."""

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from w2vcli.errors import UsageError

_LABEL = r"[A-Za-z0-9](?:[.]?[A-Za-z0-9_-]){0,49}"
_LAST = re.compile(r"(but-)?last:([1-9][0-9]{0,8})")


class Labelled(Protocol):
    """An object with a label."""

    @property
    def label(self) -> str:
        """The label."""
        ...


T = TypeVar("T", bound=Labelled)


class NoSuchLabelError(LookupError):
    """A choice names a label that does not exist."""


def check(label: str) -> None:
    """Raise a UsageError unless a user may give this label."""
    if not re.fullmatch(_LABEL, label):
        raise UsageError(
            f"'{label}' cannot be a label: give up to 50 letters, digits, hyphens, underscores and "
            "single dots between them, first a letter or a digit"
        )


def is_label(text: str) -> bool:
    """Return whether a segment can have this label: a user's, or the ``span`` of two."""
    return re.fullmatch(rf"{_LABEL}(?:[.][.]{_LABEL})?", text) is not None


def natural(label: str) -> list[str | int]:
    """Return a key by which part-9 comes before part-10."""
    return [int(p) if i % 2 else p for i, p in enumerate(re.split("([0-9]+)", label))]


def span(labels: Sequence[str]) -> str:
    """Return ``first..last`` for labels, some of which may be spans; one label for equal ones."""
    single = [part for label in labels for part in label.split("..")]
    first, *_, last = sorted(single * 2, key=lambda label: (natural(label), label))
    return first if first == last else f"{first}..{last}"


def chosen(items: list[T], which: str | None) -> list[T]:
    """Choose items by their labels.

    Parameters
    ----------
    items
        The items, in the order of their labels.
    which
        ``last:N`` for those of the N last labels, ``but-last:N`` for those of all others; or
        labels, separated by commas; None for all.

    Raises
    ------
    NoSuchLabelError
        If there is no such label; its argument is the label.
    """
    if which is None:
        return items
    labels = list(dict.fromkeys(item.label for item in items))
    if last := _LAST.fullmatch(which):
        border = max(0, len(labels) - int(last[2]))
        wanted = set(labels[:border] if last[1] else labels[border:])
    else:
        wanted = set(which.split(","))
        if unknown := wanted - set(labels):
            raise NoSuchLabelError(min(unknown))
    return [item for item in items if item.label in wanted]
