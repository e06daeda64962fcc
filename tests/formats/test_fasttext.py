"""fastText's binary models: read as their description says, and as fastText itself reads them."""

import gzip
import io
import itertools
import sys
import tracemalloc

import numpy as np
import pytest
from helpers.fasttext_files import TinyModel
from helpers.vector_scenes import HOSTILE, model_of, same_bits

import w2vcli
from w2vcli.errors import DataError, InputError
from w2vcli.formats.exporting import ExportOptions, export_vectors
from w2vcli.formats.importing import import_vectors
from w2vcli.vectors.subwords import vector_of

WORDS = ["the", "</s>", "två", "日本語", "naïve", "a", "\U0001d54f"]
UNSEEN = ["then", "tvåa", "日本", "", "b", "unseen", "\U0001d54f\U0001d54f"]


def numbers(count, dim, seed):
    return np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32).tolist()


def tiny(words=WORDS, dim=3, buckets=11, **more):
    """A model whose few buckets are shared by many n-grams."""
    return TinyModel(words, numbers(len(words), dim, 1), numbers(buckets, dim, 2), **more)


@pytest.fixture
def read(tmp_path):
    """Import a file of these bytes."""

    def imported(data, *more, **options):
        (tmp_path / "file").write_bytes(data)
        return import_vectors(str(tmp_path / "file"), *more, **options)

    return imported


def check(vectors, model, words=WORDS, unseen=UNSEEN):
    assert vectors.words == words
    expected = [model.vector(word) for word in words]
    np.testing.assert_allclose(vectors.w_in, expected, rtol=1e-6, atol=1e-7)
    if vectors.subwords is None:
        return
    for word in unseen:
        found = vector_of(vectors.subwords, word)
        if found is None:
            assert not any(model.vector(word) or [0])
        else:
            np.testing.assert_allclose(found, model.vector(word), rtol=1e-6, atol=1e-7)


# --- good models ------------------------------------------------------------------------


@pytest.mark.parametrize("version", [11, 12])
@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize(("minn", "maxn"), [(3, 6), (1, 1), (2, 3), (0, 4)])
def test_a_model(read, version, kind, minn, maxn):
    model = tiny(version=version, model=kind, minn=minn, maxn=maxn)
    done = read(model.data())
    assert (done.format, done.skipped) == ("fasttext-bin", 0)
    assert done.vectors.subwords.range == (max(1, minn), maxn)
    assert same_bits(done.vectors.subwords.rows, np.array(model.bucket_rows, np.float32))
    check(done.vectors, model)


@pytest.mark.parametrize(("minn", "maxn"), [(0, 0), (3, 0), (3, 2)])
@pytest.mark.parametrize("buckets", [0, 5])  # older versions of fastText keep them without use
def test_a_model_without_ngrams_is_plain_vectors(read, tmp_path, minn, maxn, buckets):
    model = tiny(minn=minn, maxn=maxn, buckets=buckets)
    vectors = read(model.data()).vectors
    assert vectors.subwords is None
    assert same_bits(vectors.w_in, np.array(model.rows, np.float32))
    vectors.save(tmp_path / "imported")
    assert b"subwords" not in (tmp_path / "imported").read_bytes()


def test_labels_among_the_words_of_a_text_have_no_rows(read):
    model = tiny(labels=["__label__a", "__label__b"])
    check(read(model.data()).vectors, model)


def test_it_is_saved_and_loaded(read, tmp_path):
    model = tiny()
    done = read(model.data())
    done.vectors.save(tmp_path / "imported")
    loaded = w2vcli.load(tmp_path / "imported")
    check(loaded, model)
    assert same_bits(loaded.subwords.rows, done.vectors.subwords.rows)
    assert same_bits(loaded.w_in, done.vectors.w_in)
    first = (tmp_path / "imported").read_bytes()
    loaded.save(tmp_path / "imported")
    assert (tmp_path / "imported").read_bytes() == first


def test_compressed_and_standard_input(read, monkeypatch):
    model = tiny()
    check(read(gzip.compress(model.data())).vectors, model)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(model.data())))
    done = import_vectors("-")
    assert done.format == "fasttext-bin"
    check(done.vectors, model)


@pytest.mark.parametrize("size", [1, 17, 100])
def test_in_pieces(read, monkeypatch, size):
    monkeypatch.setattr("w2vcli.formats.reading_fasttext._PIECE_BYTES", size)
    monkeypatch.setattr("w2vcli.formats.exact_reader._PIECE_BYTES", size)
    monkeypatch.setattr("w2vcli.formats.exact_reader._AHEAD_BYTES", size)
    monkeypatch.setattr("w2vcli.formats.table._STEP_BYTES", size)
    model = tiny(labels=["__label__a"])
    check(read(model.data()).vectors, model)


@pytest.mark.parametrize("top", [1, 3, 7, 8])
def test_top_keeps_all_buckets(read, top):
    model = tiny()
    done = read(model.data(), top=top)
    check(done.vectors, model, WORDS[:top])
    assert done.vectors.subwords.rows.shape == (11, 3)


def test_top_does_not_look_at_the_rest(read):
    plain = tiny(maxn=0, buckets=0)
    for data, model in ((plain.data()[:-100], plain), (tiny().data()[:-100], tiny())):
        check(read(data, top=2).vectors, model, WORDS[:2])


# --- bad rows ---------------------------------------------------------------------------

LARGEST = float(np.finfo(np.float32).max)


@pytest.mark.parametrize(
    ("word", "row", "said"),
    [
        (b"New York", [1, 2, 3], "the word 'New York' holds white space"),
        (b"one\xc3", [1, 2, 3], r"the word is not valid UTF-8 \(byte 0xc3\)"),
        (b"", [1, 2, 3], "the word '' is empty"),
        (b"the", [1, 2, 3], "the word 'the' stands in row 1 too"),
        (b"one", [1, np.nan, 3], "a number of the word 'one' is not finite"),
        (b"one", [1, -np.inf, 3], "a number of the word 'one' is not finite"),
        (b"one", [1, LARGEST, 3], "the vector of the word 'one' is so long that its square"),
    ],
)
def test_a_bad_row_is_named_or_left_out(read, word, row, said):
    good = tiny()
    rows = [*good.rows[:1], row, *good.rows[1:]]
    bad = TinyModel([WORDS[0], word, *WORDS[1:]], rows, good.bucket_rows)
    with pytest.raises(DataError, match=f"file, row 2: {said}.*--on-bad-rows skip"):
        read(bad.data())
    done = read(bad.data(), on_bad_rows="skip")
    assert done.skipped == len(done.bad) == 1
    assert done.vectors.source["skipped_rows"] == 1
    check(done.vectors, good)
    check(read(bad.data(), top=3, on_bad_rows="skip").vectors, good, WORDS[:3])


@pytest.mark.parametrize("skip", ["error", "skip"])
@pytest.mark.parametrize("number", [np.nan, np.inf, LARGEST])
def test_a_bucket_that_is_not_finite_is_an_error(read, number, skip):
    """Any unseen word might ask for it."""
    model = tiny()
    model.bucket_rows[4][1] = number
    with pytest.raises(DataError, match=r"bucket 5: a number is not finite, or its square"):
        read(model.data(), on_bad_rows=skip)


# --- bad files --------------------------------------------------------------------------


@pytest.mark.parametrize("skip", ["error", "skip"])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"model": 3}, "this is a supervised model of fastText, .* name a skip-gram or CBOW"),
        ({"quantized": 1}, r"this is a quantized model of fastText \(\.ftz\)"),
        ({"pruned": 0}, r"this is a quantized model of fastText \(\.ftz\)"),
        ({"pruned": 9}, r"this is a quantized model of fastText \(\.ftz\)"),
        ({"version": 10}, "not a binary model of fastText of version 11 or 12"),
        ({"version": 13}, "not a binary model of fastText of version 11 or 12"),
        ({"t": 2e-312}, "this is a model of floret"),
        ({"model": 0}, "the file is damaged"),
        ({"model": 4}, "the file is damaged"),
        ({"claimed_dim": 0}, "the file is damaged"),
        ({"claimed_dim": -3}, "the file is damaged"),
        ({"claimed_dim": 4}, "the file is damaged"),
        ({"claimed_dim": 1 << 30}, "the file is damaged"),
        ({"maxn": 101}, "the file is damaged, or its n-grams have up to 101 characters"),
        ({"claimed_buckets": -1}, "the file is damaged"),
        ({"claimed_buckets": 10}, "the file is damaged"),
        ({"claimed_buckets": 12}, "the file is damaged"),
        ({"claimed_buckets": 0}, "the file is damaged"),
        ({"quantized": 2}, "the file is damaged"),
        ({"kind": 1}, "the file is damaged"),
        ({"kind": 2}, "the file is damaged"),
        ({"entries": 6}, "the file is damaged"),
        ({"input_rows": 17}, "the file is damaged"),
        ({"input_rows": -1}, "the file is damaged"),
        ({"input_rows": (1 << 63) - 1}, "the file is damaged"),
        ({"maxn": 0, "input_rows": 6}, "the file is damaged"),
        ({"maxn": 0, "input_rows": 1 << 60}, "the file is cut short or damaged"),
        ({"behind": b"x"}, "it goes on behind its output vectors"),
    ],
)
def test_a_file_that_is_not_read(read, more, said, skip):
    with pytest.raises(DataError, match=f"file: {said}"):
        read(tiny(**more).data(), "fasttext-bin", on_bad_rows=skip)


def test_sizes_that_nothing_could_hold_take_no_memory(read):
    """Billions of words, of buckets, or of both, of which nothing follows."""
    data = tiny().data()
    place = data.index(b"the\0")
    for words, buckets, dim in ((2**31 - 1, 11, 3), (7, 2**31 - 1, 3), (7, 11, 1 << 20)):
        head = bytearray(data)
        head[8:12] = dim.to_bytes(4, "little")
        head[8 + 8 * 4 : 8 + 9 * 4] = buckets.to_bytes(4, "little")
        head[place - 28 : place - 20] = 2 * words.to_bytes(4, "little")
        matrix = data.index(WORDS[-1].encode() + b"\0") + len(WORDS[-1].encode()) + 1 + 9
        head[matrix + 1 : matrix + 17] = (words + buckets).to_bytes(8, "little") + dim.to_bytes(
            8, "little"
        )
        tracemalloc.start()
        with pytest.raises(DataError, match=r"file: the file is (cut short or )?damaged"):
            read(bytes(head))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1 << 26


def test_the_memory_is_that_of_the_rows(read, monkeypatch):
    """Once, and some pieces."""
    monkeypatch.setattr("w2vcli.formats.table._STEP_BYTES", 1 << 20)
    dim, buckets = 50, 400_000
    small = tiny(dim=dim, buckets=1, claimed_buckets=buckets, input_rows=len(WORDS) + buckets)
    data = small.data()
    end = data.index(np.array(small.bucket_rows, np.float32).tobytes())
    matrix = np.ones((buckets, dim), np.float32)
    whole = data[:end] + matrix.tobytes() + data[end + 4 * dim :]
    tracemalloc.start()
    vectors = read(whole).vectors
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert same_bits(vectors.subwords.rows, matrix)
    assert peak < matrix.nbytes + (1 << 25)


def test_a_file_that_is_cut_short_anywhere(read):
    data = tiny(labels=["__label__a"]).data()
    for end in itertools.chain(range(4, 160), range(160, len(data), 7)):
        with pytest.raises(DataError, match=r"file: the file is cut short or damaged"):
            read(data[:end])


def test_a_word_without_end(read):
    data = tiny().data()
    place = data.index(b"the\0")
    with pytest.raises(DataError, match=r"or has a word of more than 65,536 bytes, .* fetch"):
        read(data[:place] + b"x" * 200_000 + data[place:])
    long = ["the", "x" * 65_536]
    check(read(tiny(long).data()).vectors, tiny(long), long, ["tha"])


def test_no_words_at_all(read):
    model = TinyModel([], [], numbers(4, 3, 2))
    with pytest.raises(InputError, match="there are no vectors in it that can be used"):
        read(model.data())


@pytest.mark.parametrize("data", [b"one 1 2\n", b"2 2\na 1 2\n", b"\x00" * 300])
def test_another_format_is_told(read, data):
    with pytest.raises(DataError, match="not a binary model of fastText of version 11 or 12"):
        read(data, "fasttext-bin")


# --- fastText itself --------------------------------------------------------------------


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A text of words of several scripts."""
    path = tmp_path_factory.mktemp("fasttext") / "text"
    rng = np.random.default_rng(3)
    words = [
        "ett",
        "två",
        "trettio",
        "naïve",
        "日本語",
        "kung",
        "drottning",
        "kungar",
        "a",
        "\U0001d54fy",
    ]
    lines = [" ".join(rng.choice(words, 12)) for _ in range(60)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def fasttext():
    return pytest.importorskip("fasttext", reason="fasttext-wheel is not installed")


@pytest.mark.parametrize("kind", ["skipgram", "cbow"])
@pytest.mark.parametrize(("minn", "maxn"), [(3, 6), (1, 2), (0, 0)])
@pytest.mark.parametrize("loss", ["ns", "hs", "softmax"])
def test_as_fasttext_reads_it(fasttext, text, tmp_path, kind, minn, maxn, loss):
    theirs = fasttext.train_unsupervised(
        str(text), model=kind, dim=7, minn=minn, maxn=maxn, bucket=50, minCount=1, epoch=2,
        loss=loss, thread=1, verbose=0,
    )  # fmt: skip
    theirs.save_model(str(tmp_path / "model.bin"))
    ours = import_vectors(str(tmp_path / "model.bin")).vectors
    assert ours.words == theirs.get_words()
    assert "</s>" in ours.words
    expected = np.array([theirs.get_word_vector(word) for word in ours.words])
    np.testing.assert_allclose(ours.w_in, expected, rtol=1e-6, atol=1e-7)
    assert (ours.subwords is None) == (maxn == 0)
    for word in ["kungen", "tv", "日本", "ö", "\U0001d54f", "unseen"] if maxn else []:
        found = vector_of(ours.subwords, word)
        expected = theirs.get_word_vector(word)
        if found is None:
            assert not expected.any()
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


def test_the_slow_writer_writes_what_fasttext_reads(fasttext, tmp_path):
    model = tiny()
    (tmp_path / "model.bin").write_bytes(model.data())
    theirs = fasttext.load_model(str(tmp_path / "model.bin"))
    assert theirs.get_words() == WORDS
    for word in [*WORDS, *UNSEEN]:
        np.testing.assert_allclose(
            theirs.get_word_vector(word), model.vector(word) or [0] * 3, rtol=1e-6, atol=1e-7
        )


def test_gensim_writes_and_reads_the_same(text, tmp_path):
    """A model of gensim's, in fastText's format."""
    models = pytest.importorskip("gensim.models", reason="gensim is not installed")
    fast = pytest.importorskip("gensim.models.fasttext")
    sentences = [line.split() for line in text.read_text(encoding="utf-8").splitlines()]
    theirs = models.FastText(
        sentences, vector_size=5, min_count=1, bucket=40, min_n=2, max_n=4, epochs=1, workers=1
    )
    fast.save_facebook_model(theirs, str(tmp_path / "model.bin"))
    ours = import_vectors(str(tmp_path / "model.bin")).vectors
    assert ours.words == theirs.wv.index_to_key
    np.testing.assert_allclose(ours.w_in, theirs.wv.vectors, rtol=1e-5, atol=1e-7)
    for word in ["kungen", "日本", "unseen"]:
        found = vector_of(ours.subwords, word)
        np.testing.assert_allclose(found, theirs.wv[word], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("retrained", [False, True])
def test_a_supervised_model_is_refused(fasttext, tmp_path, retrained):
    lines = [f"__label__{'ab'[i % 2]} ett två {'tre' if i % 2 else 'fyra'}" for i in range(200)]
    (tmp_path / "labelled").write_text("\n".join(lines) + "\n", encoding="utf-8")
    theirs = fasttext.train_supervised(
        str(tmp_path / "labelled"), dim=4, minn=2, maxn=3, bucket=400, verbose=0, thread=1
    )
    if retrained:
        theirs.quantize(input=str(tmp_path / "labelled"), cutoff=300, retrain=True, verbose=0)
    theirs.save_model(str(tmp_path / "model"))
    with pytest.raises(DataError, match="model: this is a supervised model of fastText"):
        import_vectors(str(tmp_path / "model"))


def test_a_model_of_floret_is_refused(text, tmp_path):
    floret = pytest.importorskip("floret", reason="floret is not installed")
    for mode in ("fasttext", "floret"):
        theirs = floret.train_unsupervised(str(text), mode=mode, dim=2, bucket=50, verbose=0)
        theirs.save_model(str(tmp_path / "model"))
        with pytest.raises(DataError, match="model: this is a model of floret"):
            import_vectors(str(tmp_path / "model"))


# --- fastText's text --------------------------------------------------------------------


def test_text_for_fasttext_is_input_vectors(tmp_path):
    model = model_of(HOSTILE, 5)
    done = export_vectors(model, tmp_path / "v.vec", ExportOptions("fasttext-vec"))
    assert (done.format, done.vectors, done.words, done.dim) == (
        "fasttext-vec", "input", len(HOSTILE), 5,
    )  # fmt: skip
    export_vectors(model, tmp_path / "w.vec", ExportOptions("word2vec", "input"))
    assert (tmp_path / "v.vec").read_bytes() == (tmp_path / "w.vec").read_bytes()
    back = import_vectors(str(tmp_path / "v.vec")).vectors
    assert same_bits(back.w_in, model.w_in)
    blend = export_vectors(model, tmp_path / "w.vec", ExportOptions("fasttext-vec", "blend"))
    assert blend.vectors == "blend"
    assert (tmp_path / "v.vec").read_bytes() != (tmp_path / "w.vec").read_bytes()


def test_fasttext_begins_with_what_we_export(fasttext, text, tmp_path):
    """``-pretrainedVectors``: after a training that moves nothing they are what was written."""
    done = import_vectors_of(tmp_path, tiny(dim=5))
    export_vectors(done, tmp_path / "v.vec", ExportOptions("fasttext-vec"))
    theirs = fasttext.train_unsupervised(
        str(text), dim=5, minCount=1, epoch=1, lr=1e-30, maxn=0, thread=1, verbose=0,
        pretrainedVectors=str(tmp_path / "v.vec"),
    )  # fmt: skip
    words = theirs.get_words()
    assert set(WORDS) <= set(words)
    for word, vector in zip(done.words, done.w_in, strict=True):
        np.testing.assert_allclose(theirs.get_word_vector(word), vector, rtol=1e-6)


def import_vectors_of(folder, model):
    (folder / "model.bin").write_bytes(model.data())
    return import_vectors(str(folder / "model.bin")).vectors


def test_what_fasttext_writes_is_what_we_export(fasttext, text, tmp_path):
    """Its ``.vec`` has the words in this order, and five digits of these numbers."""
    theirs = fasttext.train_unsupervised(
        str(text), dim=4, minCount=1, epoch=1, bucket=30, thread=1, verbose=0
    )
    theirs.save_model(str(tmp_path / "model.bin"))
    ours = import_vectors(str(tmp_path / "model.bin")).vectors
    export_vectors(ours, tmp_path / "v.vec", ExportOptions("fasttext-vec"))
    header, *lines = (tmp_path / "v.vec").read_text(encoding="utf-8").splitlines()
    assert header == f"{len(theirs.get_words())} 4"
    for word, line in zip(theirs.get_words(), lines, strict=True):
        name, *values = line.split(" ")
        assert name == word
        np.testing.assert_allclose([float(v) for v in values], theirs.get_word_vector(word), 1e-5)


def test_gensim_reads_it(tmp_path):
    keyed = pytest.importorskip("gensim.models", reason="gensim is not installed").KeyedVectors
    ours = import_vectors_of(tmp_path, tiny())
    export_vectors(ours, tmp_path / "v.vec.gz", ExportOptions("fasttext-vec"))
    theirs = keyed.load_word2vec_format(str(tmp_path / "v.vec.gz"))
    assert theirs.index_to_key == WORDS
    assert same_bits(theirs.vectors, ours.w_in)
