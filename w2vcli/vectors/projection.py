"""Vectors on paper: principal components by NumPy; UMAP and t-SNE by the libraries of their makers.

Principal components are linear: the axes along which the vectors differ most, and what lies along
all others is not seen. So a vector that was not among them has its place too. UMAP and t-SNE keep
neighbours together instead, and nothing else: neither distances nor directions. They begin with the
principal components (Kobak & Linderman 2021), and a seed gives the same map again.
"""

import sys
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2vcli.errors import UsageError
from w2vcli.system.threads import ordered_map, single_threaded_blas
from w2vcli.vectors.choices import Projection

_ROWS = 4096
_SAME = 1e-7  # of vectors of length one in float32: less is rounding

_NEIGHBORS = 15  # UMAP's default
_PERPLEXITY = 30  # t-SNE's
_SEEDS = 2**32
_JITTER = 1e-4  # of places from -1 to 1
LEAST = 4
"""Words that UMAP and t-SNE need."""


@dataclass(frozen=True)
class PrincipalAxes:
    """The two axes along which some vectors differ most.

    Attributes
    ----------
    mean
        float64 (D,): the mean of the vectors, which is put at zero.
    axes
        float64 (D, 2): the axes, of length one, at right angles; zeros where the vectors do not
        differ along a first or second axis. Of the numbers of each the largest is positive.
    explained
        The shares of the variance that lie along them; zeros where there is none.
    """

    mean: NDArray[np.float64]
    axes: NDArray[np.float64]
    explained: tuple[float, float]

    def places(self, vectors: NDArray[Any], threads: int = 1) -> NDArray[np.float64]:
        """Return the places of vectors, whichever they are: float64 (n, 2)."""
        places = np.empty((len(vectors), 2))

        def place(start: int) -> None:
            rows = slice(start, start + _ROWS)
            places[rows] = (vectors[rows] - self.mean) @ self.axes

        with single_threaded_blas():
            for _ in ordered_map(place, range(0, len(vectors), _ROWS), threads):
                pass
        return places


def principal_axes(vectors: NDArray[Any], threads: int = 1) -> PrincipalAxes:
    """Return the principal axes of vectors, from the eigenvectors of their covariance in float64.

    Parameters
    ----------
    vectors
        float (n, D), n of at least 1.
    threads
        The number of threads; the result does not depend on it.
    """
    size, width = vectors.shape
    starts = range(0, size, _ROWS)

    def sum_of(start: int) -> NDArray[np.float64]:
        total: NDArray[np.float64] = vectors[start : start + _ROWS].sum(axis=0, dtype=np.float64)
        return total

    with single_threaded_blas():  # with several threads, its rounding may differ
        mean = np.zeros(width)
        for total in ordered_map(sum_of, starts, threads):
            mean += total
        mean /= size

        def products_of(start: int) -> NDArray[np.float64]:
            part = vectors[start : start + _ROWS] - mean
            products: NDArray[np.float64] = part.T @ part
            return products

        if size < width:  # the same from the smaller matrix of the products of the vectors
            part = vectors - mean
            values, columns = np.linalg.eigh(part @ part.T / size)
            axes = part.T @ columns[:, ::-1][:, :2]
            lengths = np.sqrt(np.square(axes).sum(axis=0))
            axes /= np.where(lengths < _SAME, np.inf, lengths)
        else:
            covariance = np.zeros((width, width))
            for products in ordered_map(products_of, starts, threads):
                covariance += products
            values, columns = np.linalg.eigh(covariance / size)
            axes = columns[:, ::-1][:, :2]
    variance = float(values.clip(min=0).sum())
    largest = [*values[::-1][:2].clip(min=0).tolist(), 0.0, 0.0][:2]
    axes = np.pad(axes, ((0, 0), (0, 2 - axes.shape[1])))
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    # Along an axis without any variance there is rounding only.
    axes = axes * np.where(np.sqrt(largest) < _SAME, 0.0, signs)
    shares = [value / variance if np.sqrt(value) >= _SAME else 0.0 for value in largest]
    return PrincipalAxes(mean, axes, (shares[0], shares[1]))


def scaled(*groups: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return places about zero, none farther than 1 along either axis, all on one scale.

    Parameters
    ----------
    groups
        Each float64 (n, 2); a place may be not a number, and stays so.
    """
    together = np.concatenate(groups)
    low, high = np.nanmin(together, axis=0), np.nanmax(together, axis=0)
    half = float((high - low).max()) / 2
    if half < _SAME:  # all in one place
        return [group * 0.0 for group in groups]
    return [((group - (low + high) / 2) / half).clip(-1, 1) for group in groups]


def check_projection(method: Projection) -> None:
    """Raise a UsageError if a projection needs a package that is not installed."""
    if method != "pca" and sys.modules.get("scipy", sys) is None:
        del sys.modules["scipy"]  # ``__main__`` keeps it out, but both packages need it
    try:
        if method == "umap":
            import umap  # noqa: F401
        elif method == "tsne":
            import openTSNE  # noqa: F401
    except ImportError:
        name = {"umap": "umap-learn", "tsne": "openTSNE"}[method]
        raise UsageError(
            f"--method {method} needs {name}: pip install 'w2vcli[map]', or leave it at pca"
        ) from None


def neighbor_places(
    units: NDArray[np.float32], method: Projection, seed: int, start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return places at which near neighbours, by the cosine, stay near: float64 (n, 2).

    Parameters
    ----------
    units
        float32 (n, D): vectors of length one, or zeros.
    method
        ``umap`` or ``tsne``.
    seed
        Seed of all that is random; its last 32 bits count, as the packages have no more.
    start
        float64 (n, 2): where they begin.

    Raises
    ------
    UsageError
        If the package is not installed, or there are fewer than ``LEAST`` vectors.
    """
    check_projection(method)
    if len(units) < LEAST:
        raise UsageError(
            f"--method {method}: there are {len(units)} words, and it needs {LEAST} at the least; "
            "leave it at pca"
        )
    # Copies of a vector, or vectors along a line, would stay where they begin.
    jitter = np.random.default_rng(seed).normal(scale=_JITTER, size=start.shape)
    place = _by_umap if method == "umap" else _by_tsne
    with warnings.catch_warnings(), single_threaded_blas():
        warnings.simplefilter("ignore")  # of libraries to one another
        return np.asarray(place(units, seed % _SEEDS, start + jitter), dtype=np.float64)


# Both take one thread: with more, a seed would not give the same map again.


def _by_umap(units: NDArray[np.float32], seed: int, start: NDArray[np.float64]) -> Any:  # noqa: ANN401
    import umap

    return umap.UMAP(
        n_neighbors=min(_NEIGHBORS, len(units) - 1),
        metric="cosine",
        init=(10 * start).astype(np.float32),  # as wide as UMAP's own beginnings
        random_state=seed,
        n_jobs=1,
    ).fit_transform(units)


def _by_tsne(units: NDArray[np.float32], seed: int, start: NDArray[np.float64]) -> Any:  # noqa: ANN401
    import openTSNE

    return openTSNE.TSNE(
        perplexity=min(_PERPLEXITY, (len(units) - 1) / 3),
        metric="euclidean",  # of unit vectors: sqrt(2 - 2 cosine), and zeros have a place too
        initialization=start * (1e-4 / start[:, 0].std()),  # as openTSNE begins by itself
        random_state=seed,
        n_jobs=1,
    ).fit(units)
