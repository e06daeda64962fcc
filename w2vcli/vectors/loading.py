"""Reading vectors of either kind: a trained model, or vectors that were imported."""

from pathlib import Path

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
    return ImportedVectors.load(path) if format_of(path) == IMPORTED.format else Model.load(path)
