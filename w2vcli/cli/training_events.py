"""The events of ``train --json`` that are about the whole run: its options, words and output."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from w2vcli.cli import messages
from w2vcli.system.memory import peak_memory

if TYPE_CHECKING:
    from w2vcli.training.events import Started

Send: TypeAlias = Callable[[dict[str, Any]], None]


def started(send: Send, event: "Started") -> None:
    """Send the options of a run, with every choice made, and what became of the words."""
    options = event.options.as_json() if event.options else {}
    send({"event": "options", "options": options, "threads": event.threads})
    vocabulary, summary = event.vocabulary, event.summary
    kept = {"types": len(vocabulary), "tokens": int(vocabulary.counts.sum())}
    reasons = summary.dropped if summary else {}
    dropped = {
        "types": summary.types - summary.kept_types if summary else None,
        "tokens": event.tokens - kept["tokens"],
        "why": {name: {"types": n, "tokens": of} for name, (n, of) in reasons.items()},
    }
    types = summary.types if summary else None
    read = {"types": types, "tokens": event.tokens}
    lacking = {"in_part": [text.as_json() for text in event.in_part]} if event.in_part else {}
    send({"event": "vocabulary"} | read | {"kept": kept, "dropped": dropped} | lacking)


def ended(send: Send, model: Path | None) -> None:
    """Send what was written, if a model was, and what the run has cost."""
    if model is not None:
        with model.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        send({"event": "written", "file": str(model), "bytes": size, "sha256": digest})
    cost = {"seconds": round(messages.seconds(), 3), "peak_memory": peak_memory()}
    send({"event": "end"} | cost)
