"""The curve of a training, from the file of its model or of its checkpoint."""

from pathlib import Path
from typing import Any

from w2vcli.errors import DataError
from w2vcli.system.tensor_file import FileFormat, format_of, read_metadata
from w2vcli.training import checkpoint
from w2vcli.training.curve import Curve
from w2vcli.vectors import imported, model


def curve_of(path: Path) -> Curve:
    """Return the curve that a model or a checkpoint holds.

    One of an older version has no points within its passes, and nothing to compare with.

    Raises
    ------
    InputError
        If the file does not exist or cannot be opened.
    DataError
        If it is of another kind, is damaged, or has no loss in it; or if it holds vectors that were
        imported, which have no training.
    """
    said = format_of(path)
    if said == model.FORMAT.format:
        about, _ = read_metadata(path, model.FORMAT)
        curve = _curve(path, model.FORMAT, about, about["history"])
    elif said == checkpoint.FORMAT.format:
        about, _ = read_metadata(path, checkpoint.FORMAT)
        state = about["state"]
        curve = _curve(path, checkpoint.FORMAT, about, state.get("history"))
    elif said == imported.FORMAT.format:
        raise DataError(
            f"{path}: these vectors were imported, so there is no training whose curve could be "
            "drawn; name a model that 'w2vcli train' made"
        )
    else:
        raise DataError(
            f"{path}: only a model and a checkpoint of one have a training whose curve can be "
            "drawn; name one of these"
        )
    if curve.is_empty and curve.unigram is None:
        raise DataError(f"{path}: there are no losses in it to draw; name another model")
    return curve


def _curve(path: Path, kind: FileFormat, about: dict[str, Any], history: Any) -> Curve:  # noqa: ANN401
    try:
        return Curve.of(about["config"], history, about.get("curve"))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise kind.bad(path, "its losses are not those of a training") from None
