"""Reading vectors of either kind: a trained model, or vectors that were imported."""

from pathlib import Path

from w2vcli.errors import DataError
from w2vcli.system.tensor_file import format_of
from w2vcli.vectors.imported import FORMAT as IMPORTED
from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model


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
