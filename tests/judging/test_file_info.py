"""The facts of a file are true, its damage is found, and a hostile one gets an error of ours."""

import gzip
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.subword_models import subword_model
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from w2vcli.counts.store import Store
from w2vcli.errors import DataError, InputError
from w2vcli.judging.file_info import facts_of
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Vocabulary
from w2vcli.text.windows import Windows
from w2vcli.training import checkpoint
from w2vcli.training.checkpoint import Checkpoint
from w2vcli.vectors import model
from w2vcli.vectors.model import Model

MODEL, VOCABULARY = Path("model.safetensors"), Path("text.vocab")
NONE = {"checksum": None, "verified": False, "verified_by": None}


@pytest.fixture
def saved(w2v):
    """The checkpoint of a run that has stopped in its first pass, for ``new``."""
    arguments = ["train", "text.txt", "-o", "new", "--dim", "3", "--passes", "2", "--lower"]
    assert w2v(*arguments, "--validation", "text.txt", "--max-time", "0.000001")[0] == 0
    return Path("new.checkpoint")


def said(path):
    """What stands in the metadata of a tensor file, read without our code."""
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return json.loads(header["__metadata__"]["w2vcli"])


def hostile(path, kind, changes):
    """A file of a kind, whose metadata says something else."""
    tensors = {
        "input": np.ones((2, 2), np.float32),
        "output": np.ones((2, 2), np.float32),
        "bias": np.ones(2, np.float32),
        "counts": np.array([2, 1]),
        "squares": np.ones((3, 2), np.float32),
        "vocab_bytes": np.frombuffer(b"ab", np.uint8),
        "vocab_offsets": np.array([0, 1, 2]),
    }
    state = {"pass": 1, "blocks_done": 2, "loss": [6.0, 4.0], "history": [], "random": {}}
    about = {
        "format": kind.format,
        "version": kind.version,
        "sha256": "0" * 64,
        **{"config": {}, "corpus": {}, "history": [], "versions": {}, "words": "", "state": state},
    }
    path.write_bytes(save(tensors, {"w2vcli": json.dumps(about | changes)}))
    return path


# --- the facts --------------------------------------------------------------------------


def test_a_model(w2v):
    about, loaded = said(MODEL), Model.load(MODEL)
    facts = facts_of(MODEL)
    assert facts == {
        "kind": "model",
        "format_version": 2,
        "bytes": MODEL.stat().st_size,
        "checksum": about["sha256"],
        "verified": False,
        "verified_by": None,
        "words": len(loaded.words),
        "dim": 4,
        "config": loaded.config,
        "corpus": loaded.corpus,
        "history": loaded.history,
        "versions": loaded.versions,
        "curve": loaded.curve,
    }
    text = Path("text.txt").read_bytes()
    assert facts["corpus"]["tokens"] == len(text.split())
    assert [sorted(entry) for entry in facts["history"]] == [
        *[["loss", "prior", "validation_loss"]] * 2,
        ["closing", "loss", "prior", "validation_loss"],
        ["final", "loss", "prior", "validation_loss"],
    ]  # fmt: skip


def test_a_model_with_ngrams(tmp_path):
    trained = subword_model(dim=6)
    trained.save(tmp_path / "model")
    assert facts_of(tmp_path / "model")["subwords"] == {
        "range": "3-6",
        "kind": "exact",
        "ngrams": len(trained.subwords.ngrams),
        "bytes": {"words": 24 * len(trained.words), "ngrams": 24 * len(trained.subwords.ngrams)},
    }
    replace(trained, subwords=None, config={}).save(tmp_path / "plain")
    assert "subwords" not in facts_of(tmp_path / "plain")


def test_a_checkpoint(saved):
    about, run = said(saved), Checkpoint.load(saved)
    total, weight, penalty = run.state.loss
    facts = facts_of(saved)
    assert facts == {
        "kind": "checkpoint",
        "format_version": 1,
        "bytes": saved.stat().st_size,
        "checksum": about["sha256"],
        "verified": False,
        "verified_by": None,
        "model": None,
        "words": len(run.state.arrays["bias"]),
        "words_sha256": run.words,
        "dim": 3,
        "state": {"pass": 1, "blocks_done": 1, "loss": total / weight, "prior": penalty / weight},
        "config": run.config,
        "corpus": run.corpus,
        "history": run.state.history,
        "versions": run.versions,
        "curve": run.curve,
    }
    assert facts["config"]["lower"] is True
    assert facts["corpus"]["validation"]["tokens"] == facts["corpus"]["tokens"]


def test_a_checkpoint_knows_the_model_that_it_lies_beside(saved):
    for name, made in (("new", True), ("other", False)):
        moved = checkpoint.beside(Path(name))
        if not made:
            saved.rename(moved)
        else:
            Path(name).touch()
        assert facts_of(moved)["model"] == (name if made else None)
    moved.rename("new")
    assert facts_of(Path("new"))["model"] is None


@pytest.mark.parametrize("optimizer", ["adagrad", "sgd"])
def test_a_checkpoint_of_either_optimizer_after_a_pass(w2v, optimizer):
    arguments = ["train", "text.txt", "-o", "new", "--dim", "3", "--passes", "1000000"]
    more = ["--optimizer", optimizer, "--lr", "0.001", "--max-time", "0.3"]
    assert w2v(*arguments, *more)[0] == 0
    facts = facts_of(Path("new.checkpoint"), verified=True)
    assert facts["config"]["optimizer"] == optimizer
    assert len(facts["history"]) == facts["state"]["pass"] - 1


def test_a_run_that_stands_between_two_passes_has_no_loss_yet(tmp_path):
    state = {"pass": 2, "blocks_done": 0, "loss": [0.0, 0.0], "history": [{"loss": 2.5}]}
    facts = facts_of(hostile(tmp_path / "file", checkpoint.FORMAT, {"state": state}))
    assert facts["state"] == {"pass": 2, "blocks_done": 0, "loss": None, "prior": None}
    assert facts["history"] == [{"loss": 2.5}]


def test_a_vocabulary(w2v):
    vocabulary = Vocabulary.load(str(VOCABULARY))
    facts = facts_of(VOCABULARY)
    assert facts == {
        "kind": "vocabulary",
        "bytes": VOCABULARY.stat().st_size,
        "sha256": hashlib.sha256(VOCABULARY.read_bytes()).hexdigest(),
        **NONE,
        "words": len(vocabulary),
        "tokens": int(vocabulary.counts.sum()),
        "least_count": 3,
        "most_frequent": [
            {"word": word, "count": count}
            for word, count in zip(vocabulary.words[:5], vocabulary.counts.tolist(), strict=False)
        ],
    }


def test_a_vocabulary_may_be_compressed_as_for_train(w2v):
    Path("v.gz").write_bytes(gzip.compress(VOCABULARY.read_bytes()))
    facts, plain = facts_of(Path("v.gz"), verified=True), facts_of(VOCABULARY)
    assert facts["sha256"] == hashlib.sha256(Path("v.gz").read_bytes()).hexdigest()
    assert facts["bytes"] == Path("v.gz").stat().st_size
    assert facts["most_frequent"] == plain["most_frequent"]


def test_the_tokens_of_a_vocabulary_beyond_64_bits(tmp_path):
    path = tmp_path / "vocabulary"
    path.write_text("".join(f"word{n} {10**18 - 1}\n" for n in range(20)))
    facts = facts_of(path)
    assert facts["tokens"] == 20 * (10**18 - 1)
    assert len(facts["most_frequent"]) == 5


# --- verified ---------------------------------------------------------------------------


def test_a_whole_file_is_verified(saved):
    for path in (MODEL, saved):
        facts = facts_of(path, verified=True)
        verified = {"verified": True, "verified_by": "the checksum of all its bytes"}
        assert facts == facts_of(path) | verified
    facts = facts_of(VOCABULARY, verified=True)
    assert facts["verified"] is True
    assert facts["checksum"] is None
    assert "holds no checksum" in facts["verified_by"]


def test_flipped_bits_are_found(saved, w2v):
    assert w2v("train", "text.txt", "-o", "small", "--dim", "1", "--max-vocab", "3")[0] == 0
    for path in (Path("small"), saved):
        good = path.read_bytes()
        for bit in range(0, 8 * len(good), 41):
            data = bytearray(good)
            data[bit // 8] ^= 1 << bit % 8
            Path("flipped").write_bytes(data)
            with pytest.raises(DataError, match="flipped: "):
                facts_of(Path("flipped"), verified=True)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a 3\nb 2\nc x\n", "line 3: expected 'word count'"),
        ("a 3\nb\n", "line 2: expected 'word count'"),
        ("a 3\nb 2\na 1\n", "line 1: the word 'a' stands here and again in line 3"),
        ("a 3\nb 2\nc 4\n", "line 3: the word 'c' is out of order"),
        ("a 3\nc 2\nb 2\n", "line 3: the word 'b' is out of order"),
        ("a 3\n\N{FULLWIDTH TILDE} 2\n\U0001d54f 2\n~ 2\n", "line 4: the word '~' is out of order"),
    ],
)
def test_every_line_of_a_vocabulary_is_checked(tmp_path, text, place):
    path = tmp_path / "vocabulary"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        facts_of(path, verified=True)
    assert str(caught.value).startswith(f"{path}, {place}")


def test_a_vocabulary_in_another_order_is_one_too(tmp_path):
    """word2vec's own begins with </s>, whatever its count."""
    path = tmp_path / "vocabulary"
    path.write_text("</s> 1\nb 2\na 2\n")
    assert facts_of(path)["most_frequent"][0] == {"word": "b", "count": 2}
    path.write_text("a 2\nb 2\nc 1\n")
    assert facts_of(path, verified=True)["verified"] is True


# --- what is none -----------------------------------------------------------------------

NEITHER = (
    "neither a model, a checkpoint, a segment, a vocabulary nor a table of phrases of w2vcli, or "
    "damaged"
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"the king sits\n",
        b"king\n3\n",
        b"king three\n",
        b"\xff\xfe 3\n",
        b"\x80\x04\x95 pickle",
        b"\x1f\x8b\x08 damaged",
        gzip.compress(b"the king sits\n", mtime=0),
        save({"weight": np.zeros(2)}),
        save({"weight": np.zeros(2)}, {"w2vcli": "[]"}),
        save({"weight": np.zeros(2)}, {"w2vcli": "[" * 100_000}),
        save({"weight": np.zeros(2)}, {"w2vcli": '{"format": 1}'}),
    ],
)
def test_other_files(tmp_path, data):
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(DataError, match=NEITHER) as caught:
        facts_of(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_every_truncation_is_refused(saved):
    for path in (MODEL, saved):
        data = path.read_bytes()
        for length in range(0, len(data), 7):
            Path("cut").write_bytes(data[:length])
            with pytest.raises(DataError, match=f"cut: {NEITHER}"):
                facts_of(Path("cut"))


def test_a_vocabulary_that_is_cut_short(w2v):
    Path("cut").write_bytes(VOCABULARY.read_bytes().rstrip(b"\n0123456789"))
    with pytest.raises(DataError, match=r"cut, line \d+: expected 'word count'"):
        facts_of(Path("cut"))


def test_a_kind_that_is_not_known_yet(tmp_path):
    path = hostile(tmp_path / "file", model.FORMAT, {"format": "w2vcli-future"})
    with pytest.raises(DataError, match=r"does not know \(w2vcli-future\); use the w2vcli that"):
        facts_of(path)


@pytest.mark.parametrize("kind", [model.FORMAT, checkpoint.FORMAT])
def test_another_version(tmp_path, kind):
    path = hostile(tmp_path / "file", kind, {"version": 3})
    with pytest.raises(DataError, match=r"has format version 3, this w2vcli reads version [12]"):
        facts_of(path)


def test_a_checkpoint_whose_matrices_disagree(tmp_path):
    path = hostile(tmp_path / "file", checkpoint.FORMAT, {"config": {"optimizer": "adagrad"}})
    with pytest.raises(DataError, match="its tensor 'input_squares' is missing"):
        facts_of(path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none", "none: cannot be read: No such file or directory; check the path"),
        ("x" * 300, "x: cannot be read: File name too long"),
        ("folder", "folder: this is not a regular file"),
        ("/dev/zero", "/dev/zero: this is not a regular file"),
        ("pipe", "pipe: this is not a regular file"),
        ("-", "-: this is not a regular file"),
        ("./-", "-: this is not a regular file"),
    ],
)
def test_no_file(w2v, path, message):
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("-").write_bytes(VOCABULARY.read_bytes())
    with pytest.raises(InputError, match=message):
        facts_of(Path(path))


# --- hostile metadata: our errors or facts that can be written, never another exception


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"pass": None},
        {"loss": 1},
        {"loss": [1]},
        {"loss": [1, 2, 3, 4]},
        {"loss": [1, 2, "x"]},
        {"loss": ["a", "b"]},
        {"loss": [10**400, 0.5]},
        {"pass": float("inf")},
        {"blocks_done": [1]},
        {"blocks_done": "many"},
        {"history": None},
        {"history": 1},
    ],
)
def test_a_checkpoint_that_does_not_say_where_it_stands(tmp_path, state):
    whole = {"pass": 1, "blocks_done": 2, "loss": [6.0, 4.0], "history": []} if state else {}
    path = hostile(tmp_path / "file", checkpoint.FORMAT, {"state": whole | state})
    with pytest.raises(DataError, match="it does not say where the run stands"):
        facts_of(path)


@pytest.mark.parametrize("kind", [model.FORMAT, checkpoint.FORMAT])
@pytest.mark.parametrize("place", ["config", "corpus", "versions", "more"])
def test_metadata_nested_without_end(tmp_path, kind, place):
    nested = {}
    for _ in range(300):
        nested = {"a": [nested]}
    path = hostile(tmp_path / "file", kind, {place: nested})
    with pytest.raises(DataError, match="its metadata is not what it should be"):
        facts_of(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
KEYS = ["config", "corpus", "history", "versions", "words", "state", "sha256", "version", "format"]
KEYS += ["curve"]
STATES = st.fixed_dictionaries(
    {}, optional={"pass": VALUES, "blocks_done": VALUES, "loss": VALUES, "history": VALUES}
)


@given(
    st.sampled_from([model.FORMAT, checkpoint.FORMAT]),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=2)
    | st.fixed_dictionaries({"state": STATES}),
    st.booleans(),
)
def test_metadata_of_any_types(tmp_path_factory, kind, changes, verified):
    path = hostile(tmp_path_factory.getbasetemp() / "hostile", kind, changes)
    try:
        facts = facts_of(path, verified)
    except DataError:
        return
    json.dumps(facts)


def test_a_segment(tmp_path):
    (tmp_path / "text.txt").write_bytes(b"a b a\nc b\n")
    Store(tmp_path / "store").add(Corpus([str(tmp_path / "text.txt")]), "day", Windows(2))
    (path,) = (tmp_path / "store").glob("*.segment")
    facts = facts_of(path, verified=True)
    assert (facts["kind"], facts["label"], facts["tokens"], facts["types"]) == (
        "segment",
        "day",
        5,
        3,
    )
    assert (facts["pairs"], facts["windows"]) == (3, {"size": 2, "weights": "linear"})
    assert facts["inputs"][0]["bytes"] == 10
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(DataError, match="its content is not what its checksum says"):
        facts_of(path, verified=True)
