"""A checkpoint: a run that was interrupted, in a file beside its model.

    tensor                                       dtype, shape        what
    input, output, bias                          as in the model     the parameters; with n-grams
                                                                     input has all rows, (R, d)
    input_squares, output_squares, bias_squares  as the parameters   AdaGrad's; not for SGD

The metadata (``tensor_file``) holds the position of the run (``state``) and its inputs:
``config``, ``corpus`` (the fingerprints of the texts and, for streamed methods, the ``order`` of
their lines), ``words`` (of the vocabulary) and ``versions``; and unless it is older the ``curve``
(``Curve.as_json``, and how many passes are ``done``). A run resumed from here ends in the same
bytes as one that never stopped.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.system.tensor_file import FileFormat, read_tensors, shown, verify, write_tensors
from w2vcli.training.curve import points_of
from w2vcli.training.events import TrainerState
from w2vcli.training.options import BEFORE

FORMAT = FileFormat(
    "checkpoint",
    "w2vcli-checkpoint",
    version=1,
    remedy="remove it, and train without --resume",
    tensors={"input": ("F32", 2), "output": ("F32", 2), "bias": ("F32", 1)},
    metadata={"state": dict, "config": dict, "corpus": dict, "words": str, "versions": dict},
)
_WITH_SQUARES = replace(
    FORMAT, tensors=FORMAT.tensors | {f"{name}_squares": of for name, of in FORMAT.tensors.items()}
)


def beside(model: Path) -> Path:
    """Return the path of the checkpoint of a model."""
    return model.with_name(f"{model.name}.checkpoint")


@dataclass(frozen=True)
class Checkpoint:
    """A run that has stopped.

    Attributes
    ----------
    state
        The position and the arrays of the run.
    config, corpus, words, versions
        The inputs of the run: the options; the fingerprints of the texts; the SHA-256 of the words
        of the vocabulary; the versions of the software. Plain JSON values.
    curve
        ``Curve.as_json``, and how many passes are ``done``; empty in an older one.
    """

    state: TrainerState
    config: dict[str, Any]
    corpus: dict[str, Any]
    words: str
    versions: dict[str, str]
    curve: dict[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all.

        Raises
        ------
        OutputError, StorageError
            As ``files.atomic_output``.
        """
        state = self.state
        about = {
            "state": {
                "pass": state.pass_number,
                "blocks_done": state.blocks_done,
                "loss": list(state.loss),
                "random": state.random,
                "history": state.history,
                "since_point": list(state.since_point),
            },
            "config": self.config,
            "corpus": self.corpus,
            "words": self.words,
            "versions": self.versions,
        } | ({"curve": self.curve} if self.curve else {})
        write_tensors(path, format_for(self.config), state.arrays, about)

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a checkpoint, all of it, and compare its checksum.

        Raises
        ------
        InputError, DataError
            As ``tensor_file.read_tensors``.
        """
        verify(path, FORMAT)
        about, tensors = read(path)
        said = about["state"]
        try:
            np.random.default_rng().bit_generator.state = said[
                "random"
            ]  # an error unless it is one
            total, weight, *more = map(float, said["loss"])
            (penalty,) = more or [0.0]  # older runs had no prior
            state = TrainerState(
                int(said["pass"]),
                int(said["blocks_done"]),
                (total, weight, penalty),
                dict(said["random"]),
                _history(said["history"]),
                tensors,
                points_of(about.get("curve", {})),
                _two(said.get("since_point", [0.0, 0.0])),
            )
            if not (0 < state.pass_number <= len(state.history) + 1 and state.blocks_done >= 0):
                raise ValueError("no run can stand there")
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            raise FORMAT.bad(path, "it does not say where the run stands") from None
        config, corpus, words, versions, curve = (
            about.get(key, {}) for key in ("config", "corpus", "words", "versions", "curve")
        )
        return cls(state, config, corpus, words, versions, curve)

    def check_options(self, path: Path, config: dict[str, Any]) -> None:
        """Raise a UsageError if these are other options than the checkpoint was made with."""
        theirs, ours = _flat(BEFORE | self.config), _flat(config)
        # Without --tokenize or --subwords what else is about them is not there at all.
        heads = ("tokenize", "subwords")
        for key in sorted(theirs.keys() | ours.keys(), key=lambda key: (key not in heads, key)):
            then, now = theirs.get(key), ours.get(key)
            if then != now:
                raise UsageError(
                    f"--resume: the run in {path} has another {_option(key)}: {_shown(then)} "
                    f"there, {_shown(now)} here; give the same options, or leave --resume out"
                )

    def check_texts(self, path: Path, corpus: dict[str, Any], words: str) -> None:
        """Raise a UsageError if these are other texts, or another vocabulary."""
        for what, then, now in (
            ("corpus", _text(self.corpus), _text(corpus)),
            (
                "held-out text",
                _text(self.corpus.get("validation")),
                _text(corpus.get("validation")),
            ),
            ("vocabulary", self.words, words),
            ("pruning of its counts", self.corpus.get("pruned"), corpus.get("pruned")),
            ("order of lines", self.corpus.get("order"), corpus.get("order")),
        ):
            if then != now:
                raise UsageError(
                    f"--resume: the run in {path} has another {what}: {_shown(then)} there, "
                    f"{_shown(now)} here; give the same texts, or leave --resume out"
                )


def read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the metadata and the tensors of a checkpoint; its checksum is not compared.

    Raises
    ------
    InputError, DataError
        As ``tensor_file.read_tensors``; a DataError too if the tensors do not agree.
    """
    about, tensors = read_tensors(path, FORMAT)
    about, tensors = read_tensors(path, format_for(about["config"]))
    shapes = {name: values.shape for name, values in tensors.items()}
    if any(shapes[name] != shapes[name.removesuffix("_squares")] for name in shapes) or (
        shapes["input"][1:] != shapes["output"][1:] or shapes["bias"] != shapes["output"][:1]
    ):
        raise FORMAT.bad(path, "its matrices do not agree")
    return about, tensors


def format_for(config: dict[str, Any]) -> FileFormat:
    """Return the file format of checkpoints for this configuration."""
    return _WITH_SQUARES if config.get("optimizer") == "adagrad" else FORMAT


def _two(said: Any) -> tuple[float, float]:  # noqa: ANN401 - whatever a file says
    """Return two numbers; raise an error if they are none."""
    one, two = map(float, said)
    return one, two


def _history(said: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - whatever a file says
    """Return the records of the passes; raise an error if they are invalid."""
    records = [dict(record) for record in said]
    for record in records:
        if not (
            isinstance(record["loss"], float)
            and isinstance(record.get("prior", 0.0), float)  # older runs had none
            and isinstance(record["validation_loss"], float | None)
        ):
            raise TypeError("these are not the losses of a pass")
    return records


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """Return the options with the rules of the text among them: each is an option."""
    text = config.get("text")
    return config if not isinstance(text, dict) else config | {"text": None} | text


def _option(key: str) -> str:
    return "vocabulary choice" if key == "vocabulary" else f"--{shown(key).replace('_', '-')}"


def _text(corpus: Any) -> str | None:  # noqa: ANN401 - whatever a file says
    """Return a text's fingerprint and number of tokens, for a message."""
    try:
        return f"{shown(corpus['fingerprint'])} ({shown(corpus['tokens'])} tokens)"
    except (KeyError, TypeError):
        return None


def _shown(value: Any) -> str:  # noqa: ANN401
    """Return a value for a message, of several parts only the first."""
    if isinstance(value, dict):
        parts = [f"{shown(key)} {shown(item)}" for key, item in value.items() if item]
    elif isinstance(value, list):
        parts = [shown(item) for item in value]
    else:
        return shown(value)
    return (", ".join(parts[:4]) + (" ..." if len(parts) > 4 else "")) or "none"
