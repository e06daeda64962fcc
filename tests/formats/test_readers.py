"""What the real readers make of our exports: gensim, spaCy, FAISS, pandas, model2vec, ... .

Those that are not installed are skipped: ``make readers`` adds them.
"""

import os
import pydoc_data.topics

import numpy as np
import pytest
from helpers.vector_scenes import HOSTILE, model_of, same_bits

import w2vcli
from w2vcli.formats.exporting import ExportOptions, export_vectors
from w2vcli.formats.importing import import_vectors
from w2vcli.formats.registry import FORMATS
from w2vcli.text.rules import TextRules
from w2vcli.text.tokenizer import tokenized

DIM = 5
SKIPPED = "it is not installed: 'make readers' adds it"


def reader(name):
    os.environ["HF_HUB_OFFLINE"] = "1"
    return pytest.importorskip(name, reason=f"{name}: {SKIPPED}")


@pytest.fixture(scope="module")
def model():
    return model_of(HOSTILE, DIM)


def exported(model, path, form, **options):
    """Export, and return the words that are there, and their numbers."""
    skip = {"skip_unsafe": True, "vectors": "input"}
    export_vectors(model, path, ExportOptions(form, **(skip | options)))
    unsafe = FORMATS[form].unsafe
    kept = [i for i, word in enumerate(model.words) if unsafe(word) is None]
    return [model.words[i] for i in kept], model.w_in[kept]


# --- gensim -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "name", "options"),
    [
        ("word2vec", "v.vec", {"binary": False}),
        ("word2vec", "v.vec.gz", {"binary": False}),
        ("word2vec-binary", "v.bin", {"binary": True}),
        ("word2vec-binary", "v.bin.gz", {"binary": True}),
        ("glove", "v.glove", {"binary": False, "no_header": True}),
    ],
)
def test_gensim(model, tmp_path, form, name, options):
    keyed = pytest.importorskip("gensim.models", reason="gensim is not installed").KeyedVectors
    words, matrix = exported(model, tmp_path / name, form)
    if form != "glove":
        assert words == HOSTILE
    found = keyed.load_word2vec_format(str(tmp_path / name), **options)
    assert found.index_to_key == words
    assert same_bits(found.vectors, matrix)


@pytest.mark.parametrize("binary", [False, True])
def test_vectors_written_by_gensim_answer_alike(tmp_path, binary):
    keyed = pytest.importorskip("gensim.models", reason="gensim is not installed").KeyedVectors
    rng = np.random.default_rng(3)
    words = [f"word{i}" for i in range(200)]
    theirs = keyed(20)
    theirs.add_vectors(words, rng.normal(size=(200, 20)).astype(np.float32))
    theirs.save_word2vec_format(str(tmp_path / "v"), binary=binary)
    ours = import_vectors(str(tmp_path / "v")).vectors
    assert ours.words == words
    assert same_bits(ours.w_in, theirs.vectors)
    ours.save(tmp_path / "imported")
    space = w2vcli.VectorSpace(w2vcli.load(tmp_path / "imported"))
    for word in words[:20]:
        expected = theirs.most_similar(word, topn=10)
        found = space.similar(word, top=10)
        assert [n.word for n in found] == [name for name, _ in expected]
        np.testing.assert_allclose([n.score for n in found], [s for _, s in expected], atol=1e-6)


# --- matrices and tables ----------------------------------------------------------------


def test_faiss_and_numpy(model, tmp_path):
    faiss = reader("faiss")
    small = model_of([f"w{i}" for i in range(50)], DIM)
    small.w_in[:] = np.random.default_rng(2).normal(size=small.w_in.shape)
    exported(small, tmp_path / "v.npy", "npy", normalize=True)
    matrix = np.load(tmp_path / "v.npy")
    index = faiss.IndexFlatIP(DIM)
    index.add(matrix)
    scores, places = index.search(matrix[:1], 4)
    space = w2vcli.VectorSpace(small, "input")
    expected = space.similar("w0", top=3)
    assert [small.words[i] for i in places[0]] == ["w0", *(n.word for n in expected)]
    np.testing.assert_allclose(scores[0][1:], [n.score for n in expected], atol=1e-5)


def test_pandas_reads_parquet(model, tmp_path):
    pandas = reader("pandas")
    words, matrix = exported(model, tmp_path / "v.parquet", "parquet")
    assert words == HOSTILE
    table = pandas.read_parquet(tmp_path / "v.parquet")
    assert list(table.columns) == ["word", "count", "vector"]
    assert table["word"].tolist() == words
    assert table["count"].tolist() == model.counts.tolist()
    assert same_bits(np.stack(table["vector"].tolist()), matrix)


@pytest.mark.parametrize("float16", [False, True])
def test_pyarrow(tmp_path, monkeypatch, float16):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    monkeypatch.setattr("w2vcli.formats.parquet._GROUP_NUMBERS", 16)
    model = model_of(HOSTILE, 2)
    model.w_in[:] = np.random.default_rng(4).normal(size=model.w_in.shape)
    exported(model, tmp_path / "v.parquet", "parquet", float16=float16)
    table = parquet.read_table(tmp_path / "v.parquet")
    kind = "halffloat" if float16 else "float"
    assert str(table.schema.field("vector").type) == f"fixed_size_list<element: {kind}>[2]"
    assert table["word"].to_pylist() == HOSTILE
    vectors = np.stack(table["vector"].to_numpy())
    assert (vectors == model.w_in.astype(vectors.dtype)).all()
    assert vectors.dtype == (np.float16 if float16 else np.float32)


# --- spaCy ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["v.vec", "v.vec.gz"])
def test_spacy(model, tmp_path, name):
    spacy = reader("spacy")
    from spacy.training.initialize import convert_vectors

    words, matrix = exported(model, tmp_path / name, "spacy")
    assert words == HOSTILE
    nlp = spacy.blank("en")
    convert_vectors(nlp, tmp_path / name, truncate=-1, prune=-1)  # what `init vectors` calls
    for word, row in zip(words, matrix, strict=True):
        assert same_bits(nlp.vocab.get_vector(word), row)


# --- sentences --------------------------------------------------------------------------

TEXTS = ["plain é -", "plain xyzzy é plai -", " plain\n\té\u00a0-  ", "", "xyzzy", "x p l", "é"]


def means(model, lower=False):
    """The mean of the vectors of the known words of each text; zeros if none is."""
    texts = [text.lower() if lower else text for text in TEXTS]
    known = [[model.ids[word] for word in text.split() if word in model.ids] for text in texts]
    zeros = np.zeros(model.w_in.shape[1], np.float32)
    return np.stack([model.w_in[ids].mean(axis=0) if ids else zeros for ids in known])


@pytest.fixture(scope="module")
def sentences():
    """A model with numbers of usual size, whose words hold the hostile ones."""
    model = model_of(HOSTILE, DIM)
    model.w_in[:] = np.random.default_rng(5).normal(size=model.w_in.shape)
    return model


@pytest.mark.parametrize("form", ["static-embedding", "model2vec"])
def test_model2vec(sentences, tmp_path, form):
    load = reader("model2vec").StaticModel.from_pretrained
    words, matrix = exported(sentences, tmp_path / "folder", form)
    found = load(tmp_path / "folder")
    assert list(found.tokens) == [f"▁{word}" for word in words]
    assert same_bits(np.asarray(found.embedding), matrix)
    for word, row in zip(words, matrix, strict=True):
        assert same_bits(found.encode(word, max_length=None), row), word[:50]
    np.testing.assert_allclose(found.encode(TEXTS), means(sentences), atol=1e-6)


@pytest.mark.parametrize("form", ["static-embedding", "model2vec"])
def test_sentence_transformers(sentences, tmp_path, form):
    load = reader("sentence_transformers").SentenceTransformer
    words, matrix = exported(sentences, tmp_path / "folder", form)
    found = load(str(tmp_path / "folder"), device="cpu")
    assert same_bits(found.encode(words), matrix)
    np.testing.assert_allclose(found.encode(TEXTS), means(sentences), atol=1e-6)


def test_lower_cased_texts(tmp_path):
    load = reader("model2vec").StaticModel.from_pretrained
    lower = model_of(["plain", "é", "-", "Upper"], DIM, lower=True)
    options = ExportOptions("model2vec", "input", skip_unsafe=True)
    assert export_vectors(lower, tmp_path / "folder", options).skipped == ["Upper"]
    found = load(tmp_path / "folder")
    np.testing.assert_allclose(
        found.encode([text.upper() for text in TEXTS]), means(lower), atol=1e-6
    )


RAW = [
    "Don't stop: the U.S. state-of-the-art costs 3.14 or 1,000 (me@x.org; https://a.b/c?d=1)…",
    "naïve rock ’n’ roll — 東京都 हिन्दी cafe\u0301 don’t state\u2010of\u2011art ﬁne A.B.C. x.y.",
    "ΛΌΓΟΣ λόγος Straße STRASSE groß İstanbul \u00a0 a\u2028b -- !!! ‘quoted’ class’ a_b @me #tag",
]


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("punctuation", ["drop", "keep"])
def test_texts_are_cut_as_that_of_the_model_was(shared_data, tmp_path, lower, punctuation):
    library = reader("tokenizers")
    rules = TextRules(lower, "words", punctuation=punctuation)
    held_out = (shared_data / "wikitext2.valid.txt").read_text(encoding="utf-8").splitlines()
    texts = [*RAW, *pydoc_data.topics.topics.values(), *held_out[:500]]
    texts = [line for text in texts for line in text.splitlines()]
    wanted = [tokenized(text, rules).split() for text in texts]
    words = sorted({word for found in wanted for word in found})
    model = model_of(words, DIM, lower=lower, text=rules.as_json())
    export_vectors(model, tmp_path / "folder", ExportOptions("model2vec"))
    found = library.Tokenizer.from_file(str(tmp_path / "folder" / "tokenizer.json"))
    for text, tokens in zip(texts, wanted, strict=True):
        assert found.encode(text).tokens == [f"▁{token}" for token in tokens], text
    assert found.encode("xyzzyx, plughplugh!").tokens in ([], ["▁,", "▁!"])


def test_half_the_size(sentences, tmp_path):
    load = reader("model2vec").StaticModel.from_pretrained
    exported(sentences, tmp_path / "folder", "model2vec", float16=True)
    found = load(tmp_path / "folder").embedding
    kept = [w for w in HOSTILE if FORMATS["model2vec"].unsafe(w) is None]
    rows = sentences.w_in[[sentences.ids[word] for word in kept]]
    assert found.dtype == np.float16
    assert (found == rows.astype(np.float16)).all()
