"""What ``train`` says of a run while it goes on: each event, on the terminal or in the log."""

from typing import TYPE_CHECKING

from w2vcli.cli import console, counting, live_curve, progress, text_options, texts_in_part
from w2vcli.cli.report import LossReport, describe_coverage, describe_vocabulary, pass_name

if TYPE_CHECKING:
    from w2vcli.training.events import Started, TrainingEvent


class TrainingReport:
    """Reports each event of a run on the terminal or in the log."""

    def __init__(
        self,
        losses: LossReport,
        meter: progress.Meter,
        texts: text_options.Texts,
        live: live_curve.LiveCurve,
    ) -> None:
        self._live = live
        self._texts = texts
        self._losses = losses
        self._meter = meter
        self._passes = 0.0

    def __call__(self, event: "TrainingEvent") -> None:
        """Report an event."""
        from w2vcli import events

        losses = self._losses
        self._live.take(event)
        match event:
            case events.Progress():
                name = pass_name(event.pass_number, event.passes, event.closing)
                self._meter.update(event.share, f"{name}  loss {event.loss:.4f}")
            case events.PassReport() | events.FinalReport():
                losses.finished(event)
            case events.Started():
                self._started(event)
            case events.LongRun():
                losses.long_run(event)
            case events.Saved():
                losses.saved(event, event.path, self._passes)
            case events.NotSaved():
                console.complain(f"warning: the run goes on without a checkpoint: {event.reason}")
            case events.Recovering():
                losses.recovering(event, self._passes)
            case events.Kept():
                losses.kept(event)
            case events.FromScratch():
                console.note(
                    f"{event.checkpoint}: a run was saved here; without --resume this one starts "
                    "from scratch, and removes it in the end"
                    if event.found
                    else f"{event.checkpoint}: no checkpoint found; starting from scratch"
                )

    def _started(self, event: "Started") -> None:
        self._passes = event.passes
        self._losses.started(event)
        self._texts.report(event.records)
        if event.summary and event.selection:
            describe_vocabulary(event.summary, event.selection, event.vocabulary)
            self._texts.check(event.vocabulary)
        else:
            describe_coverage(event.vocabulary, event.tokens)
        counting.tell_pruned(event.pruned, event.selection)
        texts_in_part.tell(event.in_part, warn=True)
        if event.warm_start:
            self._losses.warm_start(event.warm_start, event.objective_changed)
        if event.rules_changed:
            before, now = event.rules_changed
            console.complain(
                f"warning: the old model's text was {before}, this one is {now}; words written in "
                "another way count as new"
            )
        self._losses.baselines(event.baselines, event.held_out, event.prior > 0)
        if event.resumed:
            self._losses.resumed(event.resumed, event.passes)
