"""What is exported comes back bit for bit when it is imported, with any words and numbers."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from helpers.vector_scenes import HOSTILE, NUMBERS, model_of, same_bits
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from w2vcli.errors import DataError, UsageError
from w2vcli.formats.exporting import ExportOptions, export_vectors
from w2vcli.formats.importing import import_vectors
from w2vcli.formats.registry import FORMATS
from w2vcli.vectors import decimals
from w2vcli.vectors.imported import ImportedVectors

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
SQUARED = st.floats(-(2.0**62), 2.0**62, width=32)  # a few of these can be squared and summed
WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\v\f\r "), min_size=1
)
BOTH_WAYS = ["word2vec", "word2vec-binary", "glove"]


@given(arrays(np.float32, st.tuples(st.integers(0, 5), st.integers(1, 5)), elements=FINITE))
def test_numbers_as_text_read_back_as_the_same_bits(numbers):
    rows = decimals.lines(numbers)
    assert len(rows) == len(numbers)
    for row, text in zip(numbers, rows, strict=True):
        # By way of float64, as most readers do, and straight to float32.
        assert same_bits(np.array([float(n) for n in text.split()]).astype(np.float32), row)
        assert same_bits(np.array([np.float32(n) for n in text.split()]), row)


def test_numbers_have_the_fewest_digits():
    assert decimals.lines(np.array([[0.1, -0.0, 1 / 3, 1e-7]], np.float32), b"\t") == [
        b"0.1\t-0.0\t0.33333334\t1e-7"
    ]


@pytest.mark.parametrize("form", BOTH_WAYS)
@given(data=st.data())
def test_there_and_back(tmp_path_factory, form, data):
    words = data.draw(st.lists(WORD, min_size=1, max_size=6, unique=True))
    dim = data.draw(st.integers(2, 4))
    matrix = data.draw(arrays(np.float32, (len(words), dim), elements=SQUARED))
    path = tmp_path_factory.getbasetemp() / f"there-and-back-{form}"
    done = export_vectors(
        ImportedVectors(words, matrix), path, ExportOptions(form, skip_unsafe=True)
    ) if any(FORMATS[form].unsafe(word) is None for word in words) else None  # fmt: skip
    if done is None:
        return
    kept = [i for i, word in enumerate(words) if FORMATS[form].unsafe(word) is None]
    assert done.skipped == [word for word in words if FORMATS[form].unsafe(word)]
    back = import_vectors(str(path), form)
    assert back.vectors.words == [words[i] for i in kept]
    assert same_bits(back.vectors.w_in, matrix[kept])
    assert back.format == form


@pytest.mark.parametrize("form", BOTH_WAYS)
def test_the_format_is_told_by_the_content(tmp_path, form):
    model = model_of([word for word in HOSTILE if word.split() == [word]], dim=7)
    options = ExportOptions(form, "input", skip_unsafe=True)
    export_vectors(model, tmp_path / "file", options)
    back = import_vectors(str(tmp_path / "file"))
    assert back.format == form
    assert back.vectors.words == model.words
    assert same_bits(back.vectors.w_in, model.w_in)
    assert back.vectors.source["sha256"]


def test_many_blocks_and_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("w2vcli.formats.reading_text._PIECE_BYTES", 1000)
    monkeypatch.setattr("w2vcli.formats.reading_binary._PIECE_BYTES", 1000)
    monkeypatch.setattr("w2vcli.formats.table._STEP_BYTES", 100)
    monkeypatch.setattr("w2vcli.formats.rows.Rows.blocks.__defaults__", (64,))
    model = model_of([f"word{i}" for i in range(500)], dim=5)
    for form in BOTH_WAYS:
        export_vectors(model, tmp_path / "file", ExportOptions(form, "input"))
        back = import_vectors(str(tmp_path / "file"))
        assert back.vectors.words == model.words
        assert same_bits(back.vectors.w_in, model.w_in)


@pytest.mark.parametrize("form", ["word2vec", "word2vec-binary", "glove", "spacy"])
def test_compressed_output_is_the_same_each_time(tmp_path, form):
    model = model_of(["a", "b"])
    for name in ("one.gz", "other.gz", "plain"):
        export_vectors(model, tmp_path / name, ExportOptions(form))
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()
    plain = (tmp_path / "plain").read_bytes()
    assert gzip.decompress((tmp_path / "one.gz").read_bytes()) == plain


@pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])
@pytest.mark.parametrize("normalize", [False, True])
def test_which_vectors(tmp_path, vectors, normalize):
    model = model_of([f"w{i}" for i in range(9)], dim=4)
    model.w_in[:] = np.random.default_rng(1).normal(size=model.w_in.shape)
    export_vectors(model, tmp_path / "v.npy", ExportOptions("npy", vectors, normalize=normalize))
    found = np.load(tmp_path / "v.npy")

    def unit(rows):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    expected = {
        "input": model.w_in,
        "output": model.w_out,
        "sum": model.w_in + model.w_out,
        "blend": model.w_in + model.w_out / 8,
        "both": np.hstack([unit(model.w_in), unit(model.w_out)]) / np.sqrt(2),
    }[vectors]
    if normalize:
        expected = unit(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    elif vectors == "both":
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    else:
        assert same_bits(found, expected)


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "fasttext-vec"])
def test_every_format_but_one_gets_the_blend_if_nothing_else_is_asked_for(tmp_path, form):
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    model, other = model_of(["a", "b"]), model_of(["a", "b"])
    for i in range(2):
        for j in range(3):
            other.w_in[i, j] = float(model.w_in[i, j]) + float(model.w_out[i, j]) / 8
    done = export_vectors(model, tmp_path / "blend", ExportOptions(form))
    same = export_vectors(other, tmp_path / "input", ExportOptions(form, "input"))
    assert (done.vectors, done.dim) == ("blend", 3)
    compared = 0
    for one, two in zip(done.files, same.files, strict=True):
        if one.name != "README.md":  # it says which vectors these are
            assert one.read_bytes() == two.read_bytes()
            compared += 1
    assert compared


@pytest.mark.parametrize("form", ["static-embedding", "model2vec"])
@pytest.mark.parametrize("vectors", [None, "output", "both"])
def test_a_folder_says_which_vectors_it_holds(tmp_path, form, vectors):
    export_vectors(model_of(["a", "b"]), tmp_path / "v", ExportOptions(form, vectors))
    width = 6 if vectors == "both" else 3
    said = f"2 words, {width} numbers each (`--vectors {vectors or 'blend'}`)"
    assert said in (tmp_path / "v" / "README.md").read_text()


def test_top_and_words_keep_the_order_of_the_model(tmp_path):
    model = model_of(["a", "b", "c", "d"])
    model.counts[:] = [1, 5, 2, 9]
    options = ExportOptions("npy", "input", top=2, words=frozenset({"c", "b", "a", "x", "y"}))
    done = export_vectors(model, tmp_path / "v.npy", options)
    assert (tmp_path / "v.words.txt").read_text() == "b\nc\n"
    assert same_bits(np.load(tmp_path / "v.npy"), model.w_in[1:3])
    assert done.missing == ["x", "y"]
    assert done.bytes == sum(file.stat().st_size for file in done.files)


def test_float16(tmp_path):
    model = model_of(["a", "bb"], dim=2)
    model.w_in[:] = [[0.1, 2], [65504, -1]]
    export_vectors(model, tmp_path / "v.npy", ExportOptions("npy", "input", float16=True))
    found = np.load(tmp_path / "v.npy")
    assert found.dtype == np.float16
    assert (found == model.w_in.astype(np.float16)).all()
    model.w_in[1, 0] = 70000
    with pytest.raises(DataError, match="a number of the word 'bb' is too large for float16"):
        export_vectors(model, tmp_path / "v.npy", ExportOptions("npy", "input", float16=True))
    assert (np.load(tmp_path / "v.npy") == found).all()


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    model = model_of(["a", "b"])
    model.w_out[1, 1] = np.nan
    with pytest.raises(DataError, match="a number in its vectors is not finite"):
        export_vectors(model, tmp_path / "v.vec", ExportOptions("word2vec"))
    assert list(tmp_path.iterdir()) == []


def test_an_export_of_imported_vectors_has_no_counts(tmp_path):
    vectors = ImportedVectors(["a", "b"], NUMBERS[:4].reshape(2, 2))
    export_vectors(vectors, tmp_path / "v.tsv", ExportOptions("projector"))
    assert (tmp_path / "v.metadata.tsv").read_text() == "word\trank\na\t1\nb\t2\n"
    done = export_vectors(vectors, tmp_path / "v.vec", ExportOptions("word2vec"))
    assert done.vectors == "input"


def test_the_words_of_a_matrix_and_of_the_projector(tmp_path):
    model = model_of(HOSTILE)
    export_vectors(model, tmp_path / "v.npy", ExportOptions("npy", "input", skip_unsafe=True))
    lines = Path(tmp_path / "v.words.txt").read_text(encoding="utf-8").splitlines()
    assert lines == [word for word in HOSTILE if word.splitlines() == [word]]
    export_vectors(model, tmp_path / "v.tsv", ExportOptions("projector", skip_unsafe=True))
    rows = (tmp_path / "v.metadata.tsv").read_bytes().decode().split("\n")
    kept = [word for word in HOSTILE if word not in ("\u00a0", "\ufeff")]
    assert [row.split("\t")[0] for row in rows[1:-1]] == kept
    assert rows[0] == "word\tcount"
    numbers = np.loadtxt(tmp_path / "v.tsv", np.float32, delimiter="\t")
    places = [HOSTILE.index(word) for word in kept]
    assert same_bits(numbers, (model.w_in + model.w_out / 8)[places])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "nosuch"}, "--format: there is no 'nosuch'; choose one of"),
        ({"vectors": "nosuch"}, "--vectors: there is no 'nosuch'; choose one of"),
        ({"top": 0}, "--top 0: a number of words is at least 1"),
    ],
)
def test_options_from_python_are_checked(options, message):
    with pytest.raises(UsageError, match=message):
        ExportOptions(**options)


def test_outputs_from_python_are_checked(tmp_path):
    model = model_of(["a", "b"])
    assert export_vectors(model, str(tmp_path / "x.vec"), ExportOptions()).words == 2
    with pytest.raises(UsageError, match="npy is more than one file; name a file or folder"):
        export_vectors(model, io.BytesIO(), ExportOptions("npy"))
    with pytest.raises(UsageError, match=r"readers of npy take no file compressed by gzip"):
        export_vectors(model, tmp_path / "x.npy.gz", ExportOptions("npy"))
