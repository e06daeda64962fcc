"""Projections, against a singular value decomposition in float64 that uses nothing of ours."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from w2vcli.errors import UsageError
from w2vcli.vectors import projection
from w2vcli.vectors.projection import (
    LEAST,
    check_projection,
    neighbor_places,
    principal_axes,
    scaled,
)

SHAPES = [(9, 1), (2, 5), (3, 2), (10, 3), (3, 10), (40, 40), (200, 7), (7, 200)]
PACKAGES = {"umap": "umap", "tsne": "openTSNE"}


def units(size, width, seed=5):
    vectors = np.random.default_rng(seed).normal(size=(size, width)) + 0.5
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def reference(vectors):
    """The principal components and their shares of the variance, two of each."""
    centred = vectors.astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    places = np.zeros((len(vectors), 2))
    for number, axis in enumerate(axes[:2]):
        sign = 1 if max(axis) > -min(axis) else -1
        places[:, number] = sign * centred @ axis
    shares = [*(singular**2 / (singular**2).sum()), 0.0]
    return places, shares[:2]


# --- principal components ---------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rows", [1, 3, 4096])
def test_principal_components_are_those_of_the_reference(shape, rows, monkeypatch):
    monkeypatch.setattr(projection, "_ROWS", rows)
    vectors = units(*shape)
    axes = principal_axes(vectors)
    places, shares = reference(vectors)
    assert axes.places(vectors) == pytest.approx(places, abs=1e-7)
    assert axes.explained == pytest.approx(shares, abs=1e-9)
    lengths = np.square(axes.axes).sum(axis=0)
    assert lengths == pytest.approx([1.0, 1.0 if min(shape[0] - 1, shape[1]) > 1 else 0.0])


@pytest.mark.parametrize("shape", [(1000, 20), (20, 1000)])
def test_threads_change_no_bit(shape, monkeypatch):
    monkeypatch.setattr(projection, "_ROWS", 100)
    vectors = units(*shape)
    one = principal_axes(vectors)
    with threadpool_limits(limits=3):
        before = threadpool_info()
        many = principal_axes(vectors, threads=3)
        assert (many.places(vectors, 3) == one.places(vectors)).all()
        assert (many.axes == one.axes).all()
        assert many.explained == one.explained
        assert threadpool_info() == before


def test_a_vector_that_was_not_among_them_has_its_place_too():
    vectors = units(50, 6)
    axes = principal_axes(vectors)
    one, other = axes.places(vectors[:2])
    middle = (vectors[:1].astype(np.float64) + vectors[1:2]) / 2
    assert axes.places(middle)[0] == pytest.approx((one + other) / 2)
    assert axes.places(axes.mean[None])[0] == pytest.approx([0, 0])


def test_the_first_axis_is_that_of_the_largest_variance():
    vectors = np.array([[3.0, 0, 1], [-3, 0, 1], [0, 1, 1], [0, -1, 1]])
    axes = principal_axes(vectors)
    assert pytest.approx(np.eye(3)[:2]) == axes.axes.T
    assert axes.explained == pytest.approx((0.9, 0.1))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (5, 1), (30, 4), (4, 30)])
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_vectors_that_do_not_differ_lie_in_one_place(shape, value):
    same = np.full(shape, value, np.float32)
    axes = principal_axes(same)
    assert axes.explained == (0.0, 0.0)
    assert (axes.places(same) == 0).all()
    assert (scaled(axes.places(same))[0] == 0).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", [(9, 1), (9, 12)])
def test_vectors_along_a_line_have_no_second_axis(shape):
    line = np.linspace(-1, 1, shape[0])[:, None] * np.ones(shape[1])
    axes = principal_axes(line)
    assert axes.explained == pytest.approx((1, 0))
    assert (axes.places(line)[:, 1] == 0).all()


# --- the scale --------------------------------------------------------------------------

finite = st.floats(-1e6, 1e6)
some_places = st.lists(st.tuples(finite, finite), min_size=1, max_size=20).map(np.array)


@pytest.mark.filterwarnings("error")
@given(some_places, some_places)
def test_places_fill_the_square_on_one_scale(first, second):
    one, other = scaled(first, second)
    together, before = np.concatenate([one, other]), np.concatenate([first, second])
    spread = np.ptp(before, axis=0)
    if spread.max() < 2e-7:
        assert (together == 0).all()
        return
    assert np.abs(together).max() <= 1
    assert np.ptp(together, axis=0) == pytest.approx(2 * spread / spread.max(), abs=1e-9)
    assert together.max(axis=0) == pytest.approx(-together.min(axis=0), abs=1e-9)
    wide = int(spread.argmax())
    assert (together[:, wide].min(), together[:, wide].max()) == pytest.approx((-1, 1))


def test_a_place_that_is_not_a_number_stays_so():
    one, other = scaled(np.array([[0.0, 0], [2, 1]]), np.array([[np.nan, np.nan], [4, 2]]))
    assert one.tolist() == [[-1, -0.5], [0, 0]]
    assert np.isnan(other[0]).all()
    assert other[1].tolist() == [1, 0.5]


# --- UMAP and t-SNE ---------------------------------------------------------------------


@pytest.fixture(params=PACKAGES)
def method(request):
    pytest.importorskip(PACKAGES[request.param], reason="pip install -e '.[map]'")
    return request.param


def projected(vectors, method, seed=1):
    (start,) = scaled(principal_axes(vectors).places(vectors))
    return neighbor_places(vectors, method, seed, start)


def test_a_seed_gives_the_same_map_and_another_one_another(method):
    vectors = units(60, 10)
    first = projected(vectors, method)
    assert first.shape == (60, 2)
    assert first.dtype == np.float64
    assert (projected(vectors, method) == first).all()
    assert (projected(vectors, method, seed=2) != first).any()


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 10**30])
def test_any_seed(method, seed):
    assert np.isfinite(projected(units(9, 4), method, seed)).all()


def test_groups_stay_together(method):
    rng = np.random.default_rng(3)
    centres = np.repeat(np.eye(3, 12), 30, axis=0)
    vectors = (centres + rng.normal(scale=0.05, size=centres.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = projected(vectors, method)
    far = np.linalg.norm(found[:, None] - found, axis=2)
    np.fill_diagonal(far, np.inf)
    assert (far.argmin(axis=1) // 30 == np.arange(90) // 30).all()


@pytest.mark.parametrize(
    "vectors",
    [
        units(LEAST, 3),
        units(LEAST + 3, 1),
        np.repeat(units(1, 5), 30, axis=0),
        np.zeros((30, 5), np.float32),
        np.concatenate([units(20, 5), np.zeros((5, 5), np.float32)]),
    ],
    ids=["few", "one dimension", "all alike", "zeros", "some zeros"],
)
def test_awkward_vectors_have_places(vectors, method):
    assert np.isfinite(projected(vectors, method)).all()


def test_too_few_words(method):
    with pytest.raises(UsageError, match=f"there are 3 words, and it needs {LEAST}"):
        projected(units(3, 3), method)


@pytest.mark.parametrize("method", PACKAGES)
def test_a_package_that_is_not_there_is_named(method, monkeypatch):
    monkeypatch.setitem(sys.modules, PACKAGES[method], None)
    with pytest.raises(UsageError, match=r"pip install 'w2vcli\[map\]'"):
        check_projection(method)
    with pytest.raises(UsageError, match="--method"):
        projected(units(9, 3), method)


def test_principal_components_need_no_package(monkeypatch):
    for package in PACKAGES.values():
        monkeypatch.setitem(sys.modules, package, None)
    check_projection("pca")
