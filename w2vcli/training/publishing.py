"""How a finished model comes to its place: accepted or refused, those before it kept or not."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from w2vcli.errors import (
    DataError,
    InputError,
    OutputError,
    RefusedError,
    StorageError,
    UsageError,
)
from w2vcli.system import generations
from w2vcli.system.files import remove
from w2vcli.system.generations import generation, refused
from w2vcli.system.locks import locked
from w2vcli.system.tensor_file import format_of, verify
from w2vcli.text.corpus import Corpus
from w2vcli.training.checkpoint import beside
from w2vcli.training.events import Kept
from w2vcli.vectors import imported, model
from w2vcli.vectors.loading import load
from w2vcli.vectors.model import Model

_FORMATS = {kind.format: kind for kind in (model.FORMAT, imported.FORMAT)}


@dataclass(frozen=True)
class Finished:
    """A model whose training has ended, and that is not written yet.

    Attributes
    ----------
    model
        The model.
    output
        Where it will be written; None for nowhere.
    held_out
        The held-out text, which may be read again unless it is standard input; or None.
    """

    model: Model
    output: Path | None
    held_out: Corpus | None


@dataclass(frozen=True)
class Publication:
    """How a model is published.

    Attributes
    ----------
    output
        The model file; None for none.
    accept
        Looks at the finished model, and raises a RefusedError if it must not be published.
    keep
        How many of the models before to keep, as ``generations``.
    keep_refused
        Whether a refused model is written, to ``generations.refused``.
    """

    output: Path | None
    accept: Callable[[Finished], None] | None = None
    keep: int = 0
    keep_refused: bool = False

    @property
    def files(self) -> list[Path]:
        """Further files that the lock on the output protects."""
        if self.output is None:
            return []
        return generations.others(self.output) if self.keep or self.keep_refused else []

    def check(self) -> None:
        """Check that no other file lies where models would be kept.

        Raises
        ------
        UsageError
            If something is to be kept, and there is no output.
        OutputError
            If one of these files is no model.
        """
        if self.output is None:
            if self.keep or self.keep_refused:
                raise UsageError("models are kept beside the output: name an output")
            return
        if self.keep < 0:
            raise UsageError(f"--keep {self.keep} is not a number of models")
        places = []
        if self.keep:
            found = generations.numbers(self.output)
            places = [self.output, *(generation(self.output, number) for number in found)]
        for place in (*places, *([refused(self.output)] if self.keep_refused else [])):
            _check_model(place)

    def publish(self, finished: Finished, report: Callable[[Kept], None]) -> None:
        """Let the model be accepted, and write it; in the end remove the checkpoint of its run.

        Also that of a run whose model is refused: it has ended, and to resume it would only come to
        the same end.

        Raises
        ------
        RefusedError
            If the model is refused; then what is at the output is as it was.
        OutputError, StorageError
            If a file cannot be written, renamed or removed.
        """
        try:
            if self.accept:
                self.accept(finished)
        except RefusedError as error:
            raise RefusedError(self._refused(finished.model, str(error))) from None
        if self.output is None:
            return
        generations.settle(self.output)
        before = generation(self.output, 1)
        if self.keep:
            finished.model.save(self.output, partial(generations.make_room, self.output))
        else:
            finished.model.save(self.output)
        remove(beside(self.output))
        if self.keep:
            gone = generations.prune(self.output, self.keep)
            if before.exists():
                report(Kept(before, gone))

    def _refused(self, model: Model, why: str) -> str:
        """Do what is to be done with a refused model; return the whole message."""
        if self.output is None:
            return why
        said = f"{self.output} is unchanged" if self.output.exists() else "no model was written"
        failures = []
        if self.keep_refused:
            try:
                model.save(refused(self.output))
                said += f", and the refused one is {refused(self.output)}"
            except (OutputError, StorageError) as error:
                failures.append(str(error))
        try:
            remove(beside(self.output))
        except StorageError as error:
            failures.append(str(error))
        return "; ".join([why, said, *failures])


@dataclass(frozen=True)
class Generation:
    """A model at the output, or kept beside it.

    Attributes
    ----------
    path
        Its file.
    time
        When it was written.
    words, dim, tokens
        How many words it has, how many dimensions, and the tokens of its text; None where it does
        not say so: the tokens of imported vectors, all of a file that cannot be read.
    """

    path: Path
    time: datetime
    words: int | None
    dim: int | None
    tokens: int | None


@dataclass(frozen=True)
class RolledBack:
    """What a rollback has done.

    Attributes
    ----------
    model
        The model that is at the output now.
    replaced
        What was there, and where it is now; None if there was nothing.
    left
        The generations that are left, the newest first.
    finished
        Whether this was the end of an earlier rollback, which was killed: no other was made.
    """

    model: Generation
    replaced: Generation | None
    left: list[Generation]
    finished: bool


def kept_models(output: str | Path) -> list[Generation]:
    """Return the model at an output, if there is one, and the generations kept beside it.

    Raises
    ------
    InputError
        If there is neither.
    """
    output = Path(output)
    found = [output] if output.exists() else []
    found += [generation(output, number) for number in generations.numbers(output)]
    if not found:
        raise InputError(f"{output}: no such file, and no generation of it; check the path")
    return [_described(path) for path in found]


def roll_back(output: str | Path, patience: float = 0.0) -> RolledBack:
    """Put the newest generation of a model back; what is there becomes the refused one.

    Parameters
    ----------
    output
        The model file.
    patience
        The seconds to wait while another run holds the output's lock; may be infinite.

    Raises
    ------
    InputError
        If there is no generation.
    DataError
        If the newest one is no model, or damaged.
    OutputError, StorageError, LockedError
        If a file cannot be renamed, or another run holds the lock; or if another file lies where
        the refused one would be.
    """
    output = Path(output)
    with locked(output, patience, *generations.others(output)):
        _check_model(refused(output))
        finished = generations.settle(output)
        if not finished:
            back = generations.newest(output)
            said = format_of(back)
            verify(back, _FORMATS.get(said or "", model.FORMAT))
            was = output.exists()
            generations.roll_back(output)
        there = refused(output) if finished or was else None
        found = kept_models(output)
        return RolledBack(
            found[0], _described(there) if there else None, found[1:], finished=finished
        )


def _check_model(path: Path) -> None:
    """Raise an OutputError if a file is there that is no model."""
    try:
        other = path.exists() and not (path.is_file() and format_of(path) in _FORMATS)
    except OSError as error:  # a name that is too long
        raise OutputError(
            f"{path}: no model can be kept here: {error.strerror}; choose another output"
        ) from None
    if other or (path.is_symlink() and not path.exists()):
        raise OutputError(
            f"{path}: this is not a model of w2vcli, and it would be replaced or renamed; move it, "
            "or choose another output"
        )


def _described(path: Path) -> Generation:
    time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with suppress(DataError, InputError):
        vectors = load(path)
        words, dim = vectors.w_in.shape
        tokens = vectors.corpus.get("tokens") if isinstance(vectors, Model) else None
        return Generation(path, time, words, dim, tokens if type(tokens) is int else None)
    return Generation(path, time, None, None, None)
