"""Values of options that are more than a number or a choice: sizes, times, intervals, locks.

The ``checked_`` functions are callbacks of options. The ``parse_`` functions take checked values.
"""

import math
import re

import typer

LEAST_MEMORY = 256 << 20
"""Bytes that the program itself needs."""

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def checked_finite(value: float | None) -> float | None:
    """Refuse NaN and infinity."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("it should be a finite number")
    return value


def checked_positive(value: float | None) -> float | None:
    """Refuse NaN, infinity, and numbers that are not greater than 0."""
    if value is not None and value <= 0:
        raise typer.BadParameter("it should be greater than 0")
    return checked_finite(value)


def checked_size(text: str) -> str:
    """Refuse what is not a size like 500M or 2G."""
    if not re.fullmatch(r"[0-9]{1,12}[KMGT]?", text.upper()):
        raise typer.BadParameter(f"'{text}' is not a size; write it as in 500M or 2G")
    return text


def checked_process_memory(text: str) -> str:
    """Refuse what is not a size, or is less than the program itself needs."""
    if parse_size(checked_size(text)) < LEAST_MEMORY:
        raise typer.BadParameter(f"'{text}' is too little: the program itself needs 256M")
    return text


def checked_run_memory(text: str | None) -> str | None:
    """Refuse what ``checked_process_memory`` does; None is what there is."""
    return None if text is None else checked_process_memory(text)


def checked_shard_size(text: str | None) -> str | None:
    """Refuse what is not a size, or is no byte at all."""
    if text is not None and parse_size(checked_size(text)) < 1:
        raise typer.BadParameter("a shard has a byte at least")
    return text


def checked_share(text: str | None) -> str | None:
    """Refuse what is not a share like 0/3, or is none of those."""
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
    if not found or int(found[1]) >= int(found[2]):
        raise typer.BadParameter(
            f"'{text}' is not a share; of three these are 0/3, 1/3 and 2/3: the first is 0, the "
            "last one less than their number"
        )
    return text


def parse_share(text: str) -> tuple[int, int]:
    """Return which a checked share is, and of how many."""
    index, _, of = text.partition("/")
    return int(index), int(of)


def parse_size(text: str) -> int:
    """Return the bytes of a checked size."""
    number, unit = re.fullmatch(r"([0-9]+)([KMGT]?)", text.upper()).groups()  # type: ignore[union-attr]
    return int(number) * _UNITS[unit]


def checked_time(text: str | None) -> str | None:
    """Refuse what is not a time like 90s or 2h, or is 0."""
    if text is not None and not _seconds(text):
        raise typer.BadParameter(f"'{text}' is not a time; write it as in 90s, 50m or 2h")
    return text


def parse_time(text: str | None) -> float:
    """Return the seconds of a checked time; infinity for None."""
    return math.inf if text is None else _seconds(text) or math.inf


def checked_interval(text: str | None) -> str | None:
    """Refuse what is neither a time nor a number of passes like 3passes, or is 0."""
    if text is not None and not _seconds(text) and not _passes(text):
        raise typer.BadParameter(
            f"'{text}' is neither a time nor passes; write it as in 10m, 2h, 1pass or 3passes"
        )
    return text


def parse_interval(text: str | None) -> tuple[float | None, int | None]:
    """Return the seconds or the passes of a checked interval, and None for the other."""
    return (None, None) if text is None else (_seconds(text), _passes(text))


def checked_segments(text: str | None) -> str | None:
    """Refuse ``last:`` or ``but-last:`` without a number of labels: no label has a colon."""
    if (
        text is not None
        and text.startswith(("last:", "but-last:"))
        and not re.fullmatch("(but-)?last:[1-9][0-9]{0,8}", text)
    ):
        name = text.partition(":")[0]
        raise typer.BadParameter(f"'{text}' is not {name}:N with a number N of at least 1")
    return text


def checked_lock(text: str) -> str:
    """Refuse all but the policies for a lock that another run holds."""
    policy, equals, seconds = text.partition("=")
    if policy in ("fail", "skip") and not equals:
        return text
    if policy == "wait" and (not equals or _seconds(seconds) is not None):
        return text
    raise typer.BadParameter(f"'{text}' is none of fail, skip, wait and wait=SECONDS")


def parse_patience(lock: str) -> float:
    """Return how many seconds to wait for another run's lock; infinity for a bare ``wait``."""
    policy, _, seconds = lock.partition("=")
    if policy != "wait":
        return 0.0
    found = _seconds(seconds) if seconds else None
    return math.inf if found is None else found


def _seconds(text: str) -> float | None:
    """Return the seconds of a time; None if it is not one."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd]?)", text)
    return float(found[1]) * _SECONDS[found[2]] if found else None


def _passes(text: str) -> int | None:
    """Return the number of passes; None if the text is not one."""
    found = re.fullmatch(r"([0-9]{1,9}) ?pass(es)?", text)
    return int(found[1]) if found else None
