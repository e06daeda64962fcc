"""The model file: what is written is read, and nothing else is taken for a model."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from helpers.damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save

from w2vcli.errors import DataError, InputError, OutputError
from w2vcli.system.tensor_file import verify
from w2vcli.vectors.model import FORMAT, Model

WORDS = ["the", "señor", "\U0001d54f", "a\u00a0b"]


def small_model(**changes):
    random = np.random.default_rng(5)
    parts = {
        "words": WORDS,
        "counts": np.array([9, 5, 2, 1]),
        "w_in": random.normal(size=(4, 3)).astype(np.float32),
        "w_out": random.normal(size=(4, 3)).astype(np.float32),
        "bias": random.normal(size=4).astype(np.float32),
        "config": {"dim": 3, "lower": False, "title": "ñ"},
        "corpus": {"tokens": 17, "fingerprint": "ab"},
        "history": [{"pass": 1, "loss": 2.5}],
        "versions": {"w2vcli": "0"},
        "squares": np.arange(12, dtype=np.float32).reshape(3, 4),
    }
    return Model(**{**parts, **changes})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of a small model."""
    path = tmp_path_factory.mktemp("good") / "model"
    small_model().save(path)
    return path.read_bytes()


def split(data):
    """The header, as JSON values, and the tensors' bytes."""
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def unsplit(header, tensors):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + tensors


def written(path, change):
    """A model file in which ``change`` has altered the tensors and the JSON metadata."""
    tensors = {
        "input": np.ones((3, 2), np.float32),
        "output": np.ones((3, 2), np.float32),
        "bias": np.ones(3, np.float32),
        "counts": np.array([3, 2, 1]),
        "squares": np.ones((3, 3), np.float32),
        "vocab_bytes": np.frombuffer(b"abbccc", np.uint8),
        "vocab_offsets": np.array([0, 1, 3, 6]),
    }
    about = {
        "format": FORMAT.format,
        "sha256": "",
        "version": FORMAT.version,
        **{"config": {}, "corpus": {}, "history": [], "versions": {}},
    }
    changed = change(tensors, about)
    path.write_bytes(save(tensors, {"w2vcli": json.dumps(about if changed is None else changed)}))
    return path


# --- writing and reading ----------------------------------------------------------------


def test_round_trip(path):
    model = small_model()
    model.save(path)
    loaded = Model.load(path)
    assert loaded.words == WORDS
    for name in ("counts", "w_in", "w_out", "bias", "squares"):
        ours, theirs = getattr(model, name), getattr(loaded, name)
        assert theirs.dtype == ours.dtype
        np.testing.assert_array_equal(theirs, ours, strict=True)
    for name in ("config", "corpus", "history", "versions"):
        assert getattr(loaded, name) == getattr(model, name)
    assert loaded.ids == {word: index for index, word in enumerate(WORDS)}


WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\v\f\r"), min_size=1
)


@given(st.lists(WORD, min_size=1, max_size=8, unique=True), st.integers(1, 5))
def test_round_trip_of_any_words(tmp_path_factory, words, dim):
    path = tmp_path_factory.getbasetemp() / "any-words"
    size = len(words)
    matrix = np.arange(size * dim, dtype=np.float32).reshape(size, dim)
    Model(words, np.arange(1, size + 1), matrix, -matrix, matrix[:, 0]).save(path)
    loaded = Model.load(path)
    assert loaded.words == words
    np.testing.assert_array_equal(loaded.w_out, -matrix)


def test_matrices_in_another_layout_are_written_by_rows(path):
    matrix = np.arange(12, dtype=np.float32).reshape(3, 4).T
    assert not matrix.flags.c_contiguous
    small_model(w_in=matrix).save(path)
    np.testing.assert_array_equal(Model.load(path).w_in, matrix)


def test_equal_models_are_equal_files(tmp_path):
    for name in "abcdefgh":
        small_model().save(tmp_path / name)
    assert len({(tmp_path / name).read_bytes() for name in "abcdefgh"}) == 1


def test_a_loaded_model_is_saved_as_the_same_file(path, good):
    path.write_bytes(good)
    Model.load(path).save(path)  # over the file that is mapped
    assert path.read_bytes() == good


def test_the_file_is_the_documented_one(path, good):
    path.write_bytes(good)
    tensors = load_file(path)
    assert {name: (t.dtype.name, t.shape) for name, t in tensors.items()} == {
        "input": ("float32", (4, 3)),
        "output": ("float32", (4, 3)),
        "bias": ("float32", (4,)),
        "counts": ("int64", (4,)),
        "squares": ("float32", (3, 4)),
        "vocab_bytes": ("uint8", (17,)),
        "vocab_offsets": ("int64", (5,)),
    }
    assert tensors["vocab_bytes"].tobytes() == "".join(WORDS).encode()
    assert tensors["vocab_offsets"].tolist() == [0, 3, 9, 13, 17]
    metadata = split(good)[0]["__metadata__"]
    assert list(metadata) == ["w2vcli"]
    about = json.loads(metadata["w2vcli"])
    assert (about["format"], about["version"]) == ("w2vcli-model", 2)


def test_matrices_of_a_large_file_are_mapped_not_copied(path, good, monkeypatch):
    monkeypatch.setattr("w2vcli.vectors.model.IN_MEMORY", len(good) - 1)
    path.write_bytes(good)
    loaded = Model.load(path)
    for array in (loaded.w_in, loaded.w_out, loaded.bias):
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
        assert not array.flags.owndata
    mapped = Path("/proc/self/maps")
    if mapped.exists():
        assert str(path) in mapped.read_text()


def test_a_model_that_is_replaced_while_it_is_used_stays_what_it_was(path, good):
    path.write_bytes(good)
    loaded = Model.load(path)
    small_model(w_in=np.zeros((4, 3), np.float32)).save(path)
    np.testing.assert_array_equal(loaded.w_in, small_model().w_in)


def test_unaligned_tensors_are_read_all_the_same(path, good):
    header, tensors = split(good)
    data = unsplit(header, tensors)
    header["__metadata__"]["w2vcli"] += " " * ((1 - len(data) + len(tensors)) % 8)
    data = unsplit(header, tensors)
    assert (len(data) - len(tensors)) % 4
    path.write_bytes(data)
    np.testing.assert_array_equal(Model.load(path).w_in, small_model().w_in)


def test_unknown_further_tensors_and_keys_do_no_harm(path):
    def change(tensors, about):
        tensors["more"] = np.zeros(2)
        about["more"] = 1

    assert Model.load(written(path, change)).words == ["a", "bb", "ccc"]


def test_saving_fails_without_a_folder(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        small_model().save(tmp_path / "nothing" / "model")


def test_find():
    model = small_model()
    assert [model.find(word) for word in ("señor", "Señor", "")] == [1, None, None]
    assert small_model(config={"lower": True}).find("SEÑOR") == 1
    assert small_model(config={}).find("SEÑOR") is None


# --- what is not a model ----------------------------------------------------------------


def test_every_truncation_is_refused(path, good):
    for length in range(len(good)):
        path.write_bytes(good[:length])
        with pytest.raises(DataError, match="the file is damaged, cut short or of another kind"):
            Model.load(path)


def test_appended_bytes_are_refused(path, good):
    path.write_bytes(good + b"\0")
    with pytest.raises(DataError, match="damaged"):
        Model.load(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04\x95 pickle",
        b"\xff" * 100,
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 4) + b"null",
        struct.pack("<Q", 100_000) + b"[" * 100_000,
    ],
)
def test_files_of_another_kind_are_refused(path, data):
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        Model.load(path)
    assert str(caught.value).startswith(f"{path}: not a usable model: ")


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt"}])
def test_a_safetensors_file_of_someone_else(path, metadata):
    path.write_bytes(save({"weight": np.zeros((2, 2))}, metadata))
    with pytest.raises(DataError, match="was not made by w2vcli"):
        Model.load(path)


@pytest.mark.parametrize("about", [[], 1, None, "text", {}, {"format": FORMAT.format}])
def test_metadata_that_is_not_ours(path, about):
    with pytest.raises(DataError, match="was not made by w2vcli"):
        Model.load(written(path, lambda *_: about if about is not None else "null"))


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[" * 100_000, '{"version": ' + "1" * 5000 + "}"]
)
def test_metadata_that_is_not_json(path, text):
    path.write_bytes(save({"weight": np.zeros(2)}, {"w2vcli": text}))
    with pytest.raises(DataError, match="was not made by w2vcli"):
        Model.load(path)


@pytest.mark.parametrize("version", [FORMAT.version + 1, 0, "1", None, [1]])
def test_another_version(path, version):
    with pytest.raises(DataError, match=r"has format version .* reads version 2"):
        Model.load(written(path, lambda _, about: about.update(version=version)))


def test_another_kind_of_w2vcli_file(path):
    with pytest.raises(DataError, match=r"this is a checkpoint of w2vcli and not a model; name"):
        Model.load(written(path, lambda _, about: about.update(format="w2vcli-checkpoint")))
    for format in (None, ["w2vcli-model"], "W2VCLI-\nx"):
        with pytest.raises(DataError, match=r"this is a file of another kind \(.*\) and not a mod"):
            Model.load(written(path, lambda _, about, said=format: about.update(format=said)))


NESTED = json.loads('{"a": [' * 200 + "]}" * 200)
ODD = ["x" * 5000, "one\ntwo", "\ud800", 10**3000, NESTED, [NESTED], []]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("key", ["format", "version"])
def test_whatever_the_metadata_says_the_error_is_a_short_sentence(path, key, value):
    with pytest.raises(DataError) as caught:
        Model.load(written(path, lambda _, about: about.update({key: value})))
    message = str(caught.value).removeprefix(str(path))
    assert message.isprintable()
    assert len(message) < 150


@pytest.mark.parametrize("checksum", ["", "ab", "\ud800" * 64, "?" * 64, "ab" * 32], ids=ascii)
def test_a_checksum_that_is_none(path, checksum):
    written(path, lambda _, about: about.update(sha256=checksum))
    with pytest.raises(DataError, match="damaged"):
        verify(path, FORMAT)


@pytest.mark.parametrize("key", ["config", "corpus", "history", "versions"])
@pytest.mark.parametrize("value", [None, 1, "text", "other"])
def test_metadata_of_wrong_types(path, key, value):
    if value == "other":
        value = {} if key == "history" else []
    with pytest.raises(DataError, match="metadata is not what it should be"):
        Model.load(written(path, lambda _, about: about.update({key: value})))


@pytest.mark.parametrize(
    "name", ["input", "output", "bias", "counts", "vocab_bytes", "vocab_offsets"]
)
@pytest.mark.parametrize("change", ["missing", "dtype", "dimension", "scalar"])
def test_tensors_missing_or_of_another_type(path, name, change):
    def alter(tensors, _):
        tensor = tensors.pop(name)
        if change == "dtype":
            tensors[name] = tensor.astype(np.float64)
        elif change == "dimension":
            tensors[name] = tensor[None].copy()
        elif change == "scalar":
            tensors[name] = np.array(1, tensor.dtype)

    with pytest.raises(DataError, match=f"its tensor '{name}' is missing or of another type"):
        Model.load(written(path, alter))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input", np.ones((2, 2), np.float32)),
        ("input", np.ones((3, 3), np.float32)),
        ("output", np.ones((4, 2), np.float32)),
        ("output", np.ones((3, 1), np.float32)),
        ("bias", np.ones(2, np.float32)),
        ("counts", np.ones(4, np.int64)),
        ("squares", np.ones((3, 2), np.float32)),
        ("squares", np.ones((2, 3), np.float32)),
        ("vocab_bytes", np.frombuffer(b"abbcc", np.uint8)),
        ("vocab_offsets", np.array([0, 3, 6])),
        ("vocab_offsets", np.array([0, 1, 3, 6, 6])),
        ("vocab_offsets", np.array([1, 2, 3, 6])),
        ("vocab_offsets", np.array([0, 1, 3, 5])),
        ("vocab_offsets", np.array([0, 1, 3, 7])),
        ("vocab_offsets", np.array([0, 3, 3, 6])),
        ("vocab_offsets", np.array([0, 3, 1, 6])),
        ("vocab_offsets", np.array([0, -1, 3, 6])),
        # Differences in int64 would wrap around to positive numbers.
        ("vocab_offsets", np.array([0, 3 * 2**61, -(2**62), 6])),
    ],
)
def test_parts_that_disagree(path, name, value):
    with pytest.raises(DataError, match="its vocabulary and its matrices do not agree"):
        Model.load(written(path, lambda tensors, _: tensors.update({name: value})))


@pytest.mark.parametrize(("rows", "columns"), [(0, 2), (0, 0), (3, 0)])
def test_a_model_of_nothing(path, rows, columns):
    def change(tensors, _):
        for name in ("input", "output"):
            tensors[name] = np.empty((rows, columns), np.float32)
        if not rows:
            tensors.update(bias=np.empty(0, np.float32), counts=np.empty(0, np.int64))
            tensors.update(vocab_bytes=np.empty(0, np.uint8), vocab_offsets=np.zeros(1, np.int64))

    with pytest.raises(DataError, match="its tensor 'input' is empty"):
        Model.load(written(path, change))


@pytest.mark.parametrize("name", ["bias", "counts", "vocab_bytes", "vocab_offsets"])
def test_empty_tensors(path, name):
    with pytest.raises(DataError, match=f"its tensor '{name}' is empty"):
        Model.load(written(path, lambda tensors, _: tensors.update({name: tensors[name][:0]})))


def test_words_that_are_not_utf8(path):
    blob = np.frombuffer(b"ab\xffccc", np.uint8)
    with pytest.raises(DataError, match="its vocabulary is not valid UTF-8"):
        Model.load(written(path, lambda tensors, _: tensors.update(vocab_bytes=blob)))
    blob = np.frombuffer("aébcc".encode(), np.uint8)  # é is cut in two by the offset 2
    offsets = np.array([0, 2, 3, 6])
    with pytest.raises(DataError, match="its vocabulary is not valid UTF-8"):
        Model.load(written(path, lambda t, _: t.update(vocab_bytes=blob, vocab_offsets=offsets)))


def test_words_that_stand_twice(path):
    def change(tensors, _):
        tensors["vocab_bytes"] = np.frombuffer(b"abbbbb", np.uint8)
        tensors["vocab_offsets"] = np.array([0, 2, 4, 6])

    with pytest.raises(DataError, match="names a word twice"):
        Model.load(written(path, change))


@pytest.mark.parametrize("space", b" \t\n\v\f\r")
@pytest.mark.parametrize("place", range(6))
def test_words_with_white_space(path, space, place):
    blob = bytearray(b"abbccc")
    blob[place] = space
    changed = np.frombuffer(bytes(blob), np.uint8)
    with pytest.raises(DataError, match="a word of its vocabulary holds white space"):
        Model.load(written(path, lambda tensors, _: tensors.update(vocab_bytes=changed)))


@pytest.mark.parametrize("counts", [[3, 2, -1], [-(2**63), 1, 1], [2**62, 2**62, 0], [0, 0, 0]])
def test_counts_of_no_text(path, counts):
    with pytest.raises(DataError, match="its counts are not those of a text"):
        Model.load(written(path, lambda tensors, _: tensors.update(counts=np.array(counts))))


@pytest.mark.parametrize("name", ["bias", "squares"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1])
def test_numbers_that_are_not_finite(path, name, value):
    def change(tensors, _):
        tensors[name].flat[-1] = value

    written(path, change)
    if (name, value) == ("bias", -1):
        Model.load(path)
    else:
        with pytest.raises(DataError, match="its bias or its AdaGrad sums are not finite numbers"):
            Model.load(path)


def test_a_missing_file(path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        Model.load(path)


def test_a_folder(tmp_path):
    with pytest.raises(InputError, match="cannot be read: not a regular file"):
        Model.load(tmp_path)


def test_a_device():
    with pytest.raises((InputError, DataError), match="/dev/null: "):
        Model.load(Path("/dev/null"))


def test_a_name_that_the_system_refuses():
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        Model.load(Path("x" * 300))


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_file_that_may_not_be_read(path, good):
    path.write_bytes(good)
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        Model.load(path)


# --- damage of any kind: our errors or a model that makes sense, never another exception


def load_or_refuse(path, data):
    path.write_bytes(data)
    try:
        model = Model.load(path)
    except DataError:
        return
    assert len(model.words) == len(model.ids) == len(model.w_in) == len(model.w_out)
    assert len(model.words) == len(model.bias) == len(model.counts)
    assert model.w_in.shape == model.w_out.shape
    assert isinstance(model.config, dict)


@given(st.data())
@settings(max_examples=400)
def test_damaged_bytes(tmp_path_factory, good, data):
    load_or_refuse(tmp_path_factory.getbasetemp() / "damaged", damaged(data, good))


NUMBERS = st.integers(-1, 200) | st.sampled_from([2**31, 2**62, 2**63, 2**64 - 1, 2**64, 0.5])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=3), st.lists, max_leaves=4
)


@given(st.data())
@settings(max_examples=400)
def test_damaged_headers(tmp_path_factory, good, data):
    header, tensors = split(good)
    name = data.draw(st.sampled_from(sorted(header)))
    change = data.draw(st.sampled_from(["delete", "replace", "dtype", "shape", "data_offsets"]))
    if change == "delete":
        del header[name]
    elif change == "replace":
        header[name] = data.draw(VALUES)
    elif change == "dtype":
        header[name][change] = data.draw(st.sampled_from(["F32", "I64", "U8", "F16", "I32", "?"]))
    else:
        header[name][change] = data.draw(VALUES | st.lists(NUMBERS, max_size=3))
    load_or_refuse(tmp_path_factory.getbasetemp() / "header", unsplit(header, tensors))


@pytest.mark.parametrize("shape", [[0, 2**62], [2**62, 0], [2**40, 2**40], [0, 2**63]])
def test_shapes_beyond_all_bounds(path, good, shape):
    header, tensors = split(good)
    begin, end = header["input"]["data_offsets"]
    header["input"].update(shape=shape, data_offsets=[begin, begin])
    for entry in header.values():
        if "data_offsets" in entry and entry["data_offsets"][0] >= end:
            entry["data_offsets"] = [offset - (end - begin) for offset in entry["data_offsets"]]
    path.write_bytes(unsplit(header, tensors[:begin] + tensors[end:]))
    with pytest.raises(DataError):
        Model.load(path)
