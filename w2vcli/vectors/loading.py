"""Reading vectors of either kind: a trained model, or vectors that were imported."""

from pathlib import Path
from typing import Any

from w2vcli.errors import DataError
from w2vcli.system.tensor_file import format_of, read_metadata
from w2vcli.vectors.imported import FORMAT as IMPORTED
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import FORMAT, Model


def load(path: str | Path) -> Model | ImportedVectors:
    """Read a model, or vectors that ``import`` made: all questions can be asked of both.

    Raises
    ------
    InputError, DataError
        As ``Model.load`` and ``ImportedVectors.load``.
    """
    path = Path(path)
    kind = format_of(path)
    if kind == IMPORTED.format:
        return ImportedVectors.load(path)
    try:
        return Model.load(path)
    except DataError as error:
        if kind is None:  # no file of ours, or one that is damaged
            raise DataError(
                f"{error}; vectors of another tool are read by 'w2vcli import'"
            ) from None
        raise


def metadata_of(path: str | Path) -> dict[str, Any]:
    """Return what a trained model says of its making, in plain values; no tensor is read.

    Raises
    ------
    InputError
        As ``Model.load``.
    DataError
        If it is no model, or holds vectors that were imported.
    """
    path = Path(path)
    if format_of(path) == IMPORTED.format:
        raise DataError(
            f"{path}: these vectors were imported, so how they were trained is not known; name a "
            "model that 'w2vcli train' made"
        )
    return read_metadata(path, FORMAT)[0]
