"""How ``train`` tells of its losses: a growing table on a terminal, a line per event in a log."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2vcli.cli import console, planning, training_events

if TYPE_CHECKING:
    from w2vcli import Selection, Vocabulary
    from w2vcli.softmax.objective import Baselines
    from w2vcli.text.vocabulary import VocabularySummary
    from w2vcli.training.events import (
        FinalReport,
        Kept,
        LongRun,
        PassReport,
        Position,
        Recovering,
        Saved,
        Started,
    )


class LossReport:
    """Reports losses in nats per prediction, and their perplexities.

    Parameters
    ----------
    send
        Takes each event as plain values; None without --json.
    """

    def __init__(self, send: Callable[[dict[str, Any]], None] | None) -> None:
        self._send = send
        self._prior = False

    def started(self, event: "Started") -> None:
        """Report, to programs, the options and the words of the run."""
        if self._send:
            training_events.started(self._send, event)

    def warm_start(self, words: dict[str, int], changed: dict[str, tuple[float, float]]) -> None:
        """Report how many words of a warm start are old, new and gone, and a changed objective."""
        console.note("warm start: {kept:,} words kept, {new:,} new, {gone:,} gone".format(**words))
        if changed:
            then, now = (
                " and ".join(f"--{name} {values[k]:g}" for name, values in changed.items())
                for k in (0, 1)
            )
            console.note(
                f"the old model was trained with {then}, this run has {now}: their losses are of "
                "different objectives"
            )
        if self._send:
            self._send({"event": "warm_start"} | words | ({"changed": changed} if changed else {}))

    def baselines(self, baselines: "Baselines", held_out: bool, prior: bool) -> None:
        """Report the losses to compare with, before the first pass.

        ``held_out`` and ``prior`` say whether there is a held-out text, and a prior to report on.
        """
        self._prior = prior
        known = {"ln V": baselines.uniform, "unigram": baselines.unigram}
        if baselines.floor is not None:
            known["entropy floor of the counts"] = baselines.floor
        titles = ["loss", "perplexity", *(["prior"] if prior else [])]
        titles += ["held out", "perplexity"] if held_out else []
        table = [_row("", titles) + "      time"]
        table += [_row(n.removesuffix(" of the counts"), _numbers(x)) for n, x in known.items()]
        text = ", ".join(f"{name} {loss:.4f}" for name, loss in known.items())
        console.note(f"to compare with, in nats per prediction: {text}", table)
        if self._send:
            floor = {"uniform": baselines.uniform, "unigram": baselines.unigram}
            self._send({"event": "baselines"} | floor | {"floor": baselines.floor})

    def resumed(self, position: "Position", passes: float) -> None:
        """Report where a resumed run continues."""
        place = _place(*position, passes)
        console.note(f"going on {place}")
        if self._send:
            self._send({"event": "resumed"} | _position(*position))

    def recovering(self, event: "Recovering", passes: float) -> None:
        """Report that a part of the model was lost, and from where the run goes on."""
        place = _place(*event.position, passes)
        console.complain(f"warning: {event.reason}; going on {place}, the last checkpoint")
        if self._send:
            position = _position(*event.position)
            self._send({"event": "recovering", "reason": event.reason} | position)

    def long_run(self, event: "LongRun") -> None:
        """Report that the run will take long."""
        console.note(planning.describe_long_run(event))
        if self._send:
            self._send(planning.long_run_json(event))

    def saved(self, event: "Saved", path: Path, passes: float) -> None:
        """Report that the run is saved, and whether it has stopped there."""
        place = _place(event.pass_number, event.blocks_done, passes)
        if event.stopped:
            console.note(
                f"stopped {place}; there is more to do, and no model was written: the run is "
                f"saved in {path}, and the same command with --resume goes on with it"
            )
        else:
            console.note(f"saved {place} to {path}")
        if self._send:
            kind = "stopped" if event.stopped else "checkpoint"
            place_json = _position(event.pass_number, event.blocks_done)
            self._send({"event": kind} | place_json | {"file": str(path)})

    def kept(self, event: "Kept") -> None:
        """Report that the model before is kept, and which are not any more."""
        gone = ", ".join(map(str, event.removed))
        console.note(f"kept the model before as {event.path}{gone and f', and removed {gone}'}")
        if self._send:
            removed = [str(path) for path in event.removed]
            self._send({"event": "kept", "file": str(event.path), "removed": removed})

    def finished(self, event: "PassReport | FinalReport") -> None:
        """Report the losses of a pass, or of the final model."""
        from w2vcli import events

        values: dict[str, Any] = {"event": "done"}
        name = "done"
        if isinstance(event, events.PassReport):
            done, passes = min(event.pass_number, event.passes), event.passes
            name = pass_name(event.pass_number, passes, event.closing)
            values = {"event": "pass", "pass": _plain(done), "passes": _plain(passes)}
            if event.closing:
                values = {"event": "closing_pass"}
        held_out = event.validation_loss
        numbers = _numbers(event.loss)
        numbers += [_number(event.prior)] if self._prior else []
        numbers += _numbers(held_out) if held_out is not None else []
        text = f"{name}: final loss not computed (that of the last pass stands)"
        if event.loss is not None:
            text = "{}: loss {}, perplexity {}".format(name, *_numbers(event.loss))
            text += f", prior {_number(event.prior)}" if self._prior else ""
        if held_out is not None:
            text += ", held out {}, perplexity {}".format(*_numbers(held_out))
        row = f"{_row(name, numbers)}{event.seconds:8.1f} s"
        console.note(f"{text}, {event.seconds:.1f} s", [row])
        if self._send:
            values |= {"loss": event.loss, "perplexity": perplexity_of(event.loss)}
            values |= {"prior": event.prior}
            if held_out is not None:
                values |= {"validation_loss": held_out}
                values |= {"validation_perplexity": perplexity_of(held_out)}
            self._send(values | {"seconds": round(event.seconds, 3)})


def pass_name(pass_number: int, passes: float, closing: bool = False) -> str:
    """Name a pass by where it ends, and the number of all: ``pass 1.5/1.5`` for half a second."""
    if closing:
        return "closing pass"
    return f"pass {_short(min(pass_number, passes))}/{_short(passes)}"


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _plain(number: float) -> float:
    """Return a number for JSON; a whole one is written without decimals."""
    return int(number) if number == int(number) else round(number, 6)


def _place(pass_number: int, blocks_done: int, passes: float) -> str:
    """Describe a place in a run."""
    if pass_number >= passes + 1:
        place = f"in the closing pass, after {blocks_done:,} of its blocks"
        return place if blocks_done else "after the last pass"
    return f"in {pass_name(pass_number, passes)}, after {blocks_done:,} of its blocks"


def _position(pass_number: int, blocks_done: int) -> dict[str, Any]:
    return {"pass": pass_number, "blocks_done": blocks_done}


def perplexity_of(loss: float | None) -> float | None:
    """Return the perplexity exp(loss); None beyond a float, as JSON has no infinity."""
    return math.exp(loss) if loss is not None and loss < 700 else None


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _numbers(loss: float | None) -> list[str]:
    if loss is None:
        return ["not", "computed"]  # side by side in the table, where each has its column
    perplexity = perplexity_of(loss)
    if perplexity is None:
        return [f"{loss:.4f}", "inf"]
    return [f"{loss:.4f}", f"{perplexity:,.2f}" if perplexity < 1e6 else f"{perplexity:.3g}"]


def _row(name: str, cells: list[str]) -> str:
    return f"{name:<14}" + "".join(f"{cell:>11}" for cell in cells)


def describe_coverage(vocabulary: "Vocabulary", tokens: int) -> None:
    """Report how much of a corpus a vocabulary covers that was not made of it."""
    known = int(vocabulary.counts.sum())
    console.note(
        f"vocabulary: its {len(vocabulary):,} words are {known:,} of the {tokens:,} tokens "
        f"({known / tokens:.2%})"
    )


def describe_vocabulary(
    summary: "VocabularySummary", selection: "Selection", vocabulary: "Vocabulary"
) -> None:
    """Report how many words and tokens of a corpus were kept, and why others were dropped."""
    missing = sorted(selection.keep - vocabulary.ids.keys())
    if missing:
        console.complain(
            f"warning: the corpus lacks {len(missing):,} of the {len(selection.keep):,} words of "
            f"--keep-words, such as '{missing[0]}'"
        )
    why = {
        "drop_words": "listed in --drop-words",
        "min_count": f"rarer than {selection.min_count}",
        "max_vocab": f"beyond the {selection.max_vocab} most frequent",
    }
    console.note(
        f"vocabulary: {summary.kept_types:,} of {summary.types:,} types, {summary.kept_tokens:,} "
        f"of {summary.tokens:,} tokens ({summary.kept_tokens / summary.tokens:.2%}) kept"
    )
    for reason, (types, tokens) in summary.dropped.items():
        if types:
            console.note(f"dropped: {types:,} types, {tokens:,} tokens {why[reason]}")
