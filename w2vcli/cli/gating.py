"""What is required of a model (``--require``), on its way in and out; and which models are kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from w2vcli.cli import console, paths
from w2vcli.cli.option_groups import Gathered
from w2vcli.cli.options import option
from w2vcli.errors import UsageError

if TYPE_CHECKING:
    from w2vcli import Gate, Requirements
    from w2vcli.cli.progress import Meter
    from w2vcli.judging.requirements import Command
    from w2vcli.judging.verdicts import Found, Verdict
    from w2vcli.training.publishing import Finished

Send = Callable[[dict[str, Any]], None]

JudgedBy = Annotated[
    list[str] | None,
    option(
        "--require",
        metavar="EXPR",
        help="Require a bound, as in 'overlap >= 0.3'; where it is not met, end with exit code 4. "
        "May be repeated.",
    ),
]


@dataclass(frozen=True)
class Publishing:
    """The options that say when and how a model is published.

    Attributes
    ----------
    require
        The requirements, as they were written.
    analogies, similarity
        Files to measure by, or None.
    keep
        How many models before to keep.
    keep_refused
        Whether to write a refused model.
    """

    require: tuple[str, ...]
    analogies: str | None
    similarity: str | None
    keep: int
    keep_refused: bool

    @property
    def files(self) -> list[str | None]:
        """The files that are read."""
        return [self.analogies, self.similarity]

    def gate(
        self, validation: str | None, final_loss: bool, threads: int | None, memory: int
    ) -> "Gate | None":
        """Read the requirements, and then the files to measure by; None if nothing is required.

        Raises
        ------
        UsageError
            If they do not fit together, or to the other options.
        InputError, DataError
            If a file cannot be read or used.
        """
        if self.keep_refused and not self.require:
            raise UsageError("--keep-refused: nothing is refused without --require; give both")
        required = requirements(self.require, "train", self._lacking(validation, final_loss))
        for name in ("analogies", "similarity"):
            if getattr(self, name) is not None and name not in required.measures:
                raise UsageError(
                    f"--{name} is what --require '{name} ...' measures by; give both, or neither"
                )
        if not required.each:
            return None
        for each in required.each:
            again = each.factor is not None or each.measure == "validation_gain"
            if validation == "-" and each.measure.startswith("validation_") and again:
                raise UsageError(
                    f"--require '{each.text}': the held-out text may have to be read again, and "
                    "standard input can be read only once; name a file"
                )
        paths.input_files([*self.files, validation])
        from w2vcli import Gate, read_pairs, read_questions

        questions = read_questions(Path(self.analogies)) if self.analogies else {}
        pairs = read_pairs(Path(self.similarity)) if self.similarity else []
        return Gate(required, questions, pairs, threads, memory)

    def _lacking(self, validation: str | None, final_loss: bool) -> dict[str, str]:
        """Return the measures that these options do not allow, and what they need."""
        needs = {
            "validation_loss": (validation, "--validation FILE, the text to measure it on"),
            "validation_gain": (validation, "--validation FILE, the text to measure it on"),
            "analogies": (self.analogies, "--analogies FILE, the questions to ask"),
            "similarity": (self.similarity, "--similarity FILE, the pairs to compare"),
        }
        lacking = {
            name: f"it needs {what}" for name, (given, what) in needs.items() if given is None
        }
        if not final_loss:
            lacking["loss"] = "it needs the final loss; give --final-loss"
        return lacking

    def check(self, gate: "Gate | None", target: Path, inputs: Sequence[str | None]) -> None:
        """Check, before anything is read, what lies at the output and beside it.

        Raises
        ------
        UsageError
            If an input has a name that the run may give to a model.
        InputError, DataError
            As ``Gate.check``.
        """
        from w2vcli.system.generations import generation, refused

        ours = {generation(target, number): "--keep" for number in range(1, self.keep + 2)}
        ours = ours if self.keep else {}
        if self.keep_refused:
            ours[refused(target)] = "--keep-refused"
        folder = target.parent.resolve()
        by_place = {folder / place.name: why for place, why in ours.items()}
        for name in paths.input_files(inputs):
            for place in (Path(name).resolve(), Path(name).parent.resolve() / Path(name).name):
                if why := by_place.get(place):
                    raise UsageError(
                        f"{why}: a run that writes {target} may replace or remove {name}, which "
                        "is read; write to another file"
                    )
        if gate:
            gate.check(target)


def reporting(
    gate: "Gate | None", send: Send | None, meter: "Meter"
) -> "Callable[[Finished], None] | None":
    """Let a gate report what it does, and its verdicts, also as an event."""
    if gate is None:
        return None

    def report(verdicts: "list[Verdict]") -> None:
        show(verdicts)
        if send:
            event = "accepted" if all(verdict.met for verdict in verdicts) else "refused"
            send({"event": event, "required": [verdict.as_json() for verdict in verdicts]})

    judging = replace(gate, report=report)

    def accept(finished: "Finished") -> None:
        meter.update(1.0, "measuring what is required")
        judging(finished)

    return accept


def show(verdicts: "Sequence[Verdict]") -> None:
    """Report which requirements are met; of the others the error tells."""
    for verdict in verdicts:
        if verdict.met:
            console.note(f"required: {verdict.sentence}")


def requirements(
    texts: Sequence[str] | None, command: "Command", lacking: Mapping[str, str] | None = None
) -> "Requirements":
    """Read the requirements of a command.

    Raises
    ------
    UsageError
        As ``Requirements.of``.
    """
    from w2vcli import Requirements

    return Requirements.of(texts or (), command, lacking or {})


def enforce(
    required: "Requirements",
    values: "Mapping[str, Found | None]",
    previous: "Mapping[str, Found]",
    json: bool,
) -> None:
    """Report whether what a command has measured is what is required.

    Raises
    ------
    RefusedError
        If it is not.
    """
    if not required.each:
        return
    verdicts = required.verdicts(values, previous)
    show(verdicts)
    if json:
        met = all(verdict.met for verdict in verdicts)
        console.write_json({"required": [each.as_json() for each in verdicts], "met": met})
    required.enforce(verdicts)


def _publishing(
    require: Annotated[
        list[str] | None,
        option(
            metavar="EXPR",
            help="Publish the model only if it meets this, as in 'validation_loss <= 1.02 * "
            "previous', where previous is that of the model now at MODEL; else leave that one, "
            "and end with exit code 4. May be repeated.",
        ),
    ] = None,
    analogies: Annotated[
        str | None,
        option(metavar="FILE", help="The questions for --require 'analogies ...', as for eval."),
    ] = None,
    similarity: Annotated[
        str | None,
        option(metavar="FILE", help="The pairs for --require 'similarity ...', as for eval."),
    ] = None,
    keep_refused: Annotated[
        bool, option("--keep-refused", help="Write a model that is refused to MODEL.refused.")
    ] = False,
    keep: Annotated[
        int,
        option(
            metavar="N",
            min=0,
            max=1000,
            help="Keep the N models before, as MODEL.1 (the newest) to MODEL.N.",
        ),
    ] = 0,
) -> Publishing:
    return Publishing(tuple(require or ()), analogies, similarity, keep, keep_refused)


PublishingOptions = Annotated[Publishing, Gathered(_publishing)]
