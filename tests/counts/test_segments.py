"""A segment file is read as it was written; what is none is refused, whatever is wrong with it."""

import hashlib
import json
import struct

import numpy as np
import pytest
from helpers.segment_scenes import (
    COUNTING,
    COUNTINGS,
    TEXTS,
    corpus_of,
    expected,
    found,
    opened,
    saved,
    segment_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save

from w2vcli.counts.drafts import Draft
from w2vcli.counts.segment_sums import check
from w2vcli.counts.segments import FORMAT, Counting, Segment, SegmentInfo
from w2vcli.counts.spool import Spool
from w2vcli.errors import DataError, InputError, W2VError
from w2vcli.system.tensor_file import verify
from w2vcli.text.rules import TextRules
from w2vcli.text.windows import Windows

TEXT = "the cat sat on the mät\nthe end\n".encode()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "of.segment"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of a small segment."""
    return segment_of(tmp_path_factory.mktemp("good"), [TEXT]).path.read_bytes()


def damaged(path, good, change):
    """A segment in which ``change`` has altered the tensors and the JSON metadata."""
    path.write_bytes(good)
    tensors = {name: np.array(values) for name, values in load_file(path).items()}
    info = json.loads(header_of(good)["__metadata__"]["w2vcli"])
    change(tensors, info)
    path.write_bytes(save(tensors, {"w2vcli": json.dumps(info)}))
    return path


def header_of(data):
    return json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])


# --- writing and reading ----------------------------------------------------------------


@given(st.lists(TEXTS, min_size=1, max_size=3), COUNTINGS)
@settings(max_examples=50)
def test_round_trip(tmp_path_factory, texts, counting):
    folder = tmp_path_factory.getbasetemp()
    info = segment_of(folder, texts, counting=counting, label="x.1")
    assert (info.label, info.counting, info.replaces) == ("x.1", counting, [])
    assert info.tokens == sum(len(text.split()) for text in texts)
    assert info.bytes == info.path.stat().st_size
    assert info.texts == {hashlib.sha256(text).hexdigest() for text in texts}
    assert [entry["sha256"] for entry in info.inputs] == sorted(
        hashlib.sha256(text).hexdigest() for text in texts
    )
    by_name = {entry["name"]: entry for entry in info.inputs}
    for number, text in enumerate(texts):
        entry = by_name[str(folder / f"{number}.txt")]
        assert (entry["bytes"], entry["tokens"]) == (len(text), len(text.split()))
        assert entry["label"] == "x.1"
    with opened([info]) as (segment,):
        counts, pairs = expected(texts, counting.windows)
        assert found(segment) == (counts, pairs)
        assert segment.words == sorted(counts)
        assert info.types == len(counts)
        check(segment)
    verify(info.path, FORMAT)


def test_the_file_is_the_documented_one(path, good):
    path.write_bytes(good)
    tensors = load_file(path)
    assert {name: tensor.dtype.name for name, tensor in tensors.items()} == {
        "words": "uint8",
        "counts": "int64",
        "pairs": "uint8",
        "frame_firsts": "int64",
        "frame_ends": "int64",
    }
    assert tensors["words"].tobytes() == "cat\nend\nmät\non\nsat\nthe\n".encode()
    assert tensors["counts"].tolist() == [1, 1, 1, 1, 1, 3]
    # The keys are 6 * high + low, and near words weigh 2: on+cat, on+mät, sat+cat, sat+on (27),
    # the+cat (30) and then the+end, the+mät, the+on, the+sat.
    assert tensors["frame_firsts"].tolist() == [18]
    assert tensors["frame_ends"].tolist() == [18]
    assert tensors["pairs"].tolist() == [0, 1, 2, 1, 4, 2, 3, 2, 3, 2, *[1, 2] * 4]
    info = json.loads(header_of(good)["__metadata__"]["w2vcli"])
    assert (info["format"], info["version"], info["pairs"]) == ("w2vcli-segment", 1, 9)


@given(st.lists(TEXTS, min_size=2, max_size=4, unique=True), COUNTINGS, st.data())
@settings(max_examples=40)
def test_the_order_of_files_makes_no_difference(tmp_path_factory, texts, counting, data):
    folder = tmp_path_factory.getbasetemp()
    order = data.draw(st.permutations(range(len(texts))))
    with Spool(corpus_of(folder, texts)) as spool:
        one = saved(folder / "one.segment", spool, range(len(texts)), counting)
        other = saved(folder / "other.segment", spool, order, counting)
    assert one.path.read_bytes() == other.path.read_bytes()


def test_what_is_replaced_is_named(path):
    with Spool(corpus_of(path.parent, [TEXT])) as spool:
        saved(path, spool, [0])
    with opened([SegmentInfo.read(path)]) as (segment,):
        info = segment.info
        draft = Draft("b", COUNTING, info.inputs, segment.words, segment.counts, segment.pairs)
        draft.save(path, ["z.segment", "a.segment"])
    assert SegmentInfo.read(path).replaces == ["a.segment", "z.segment"]


def test_a_segment_can_be_read_when_it_is_gone(path):
    info = segment_of(path.parent, [TEXT])
    with opened([info]) as (segment,):
        path.unlink()
        assert found(segment) == expected([TEXT], COUNTING.windows)
    assert segment.pairs.data.file.closed


def test_as_json(path):
    info = segment_of(path.parent, [TEXT], label="x")
    assert info.as_json() == {
        "file": "of.segment",
        "label": "x",
        "windows": {"size": 2, "weights": "linear"},
        "lower": False,
        "tokens": 8,
        "types": 6,
        "pairs": 9,
        "bytes": info.bytes,
        "inputs": [{k: v for k, v in entry.items() if k != "sketch"} for entry in info.inputs],
    }
    assert json.loads(json.dumps(info.as_json())) == info.as_json()


def test_ways_of_counting_in_words():
    assert (
        str(Counting(Windows(5), TextRules(lower=True))) == "window 5, linear weights, lower-cased"
    )
    assert str(Counting(Windows(1, "uniform"))) == "window 1, uniform weights, case kept"


# --- damage -----------------------------------------------------------------------------


def change_input(key, value):
    return lambda _, info: info["inputs"][0].update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        *(
            lambda _, info, key=key, value=value: info.update({key: value})
            for key, values in {
                "label": ["", "a b", "../a", 1],
                "windows": [{}, {"size": 0}, {"size": 1001}, {"size": True}, {"size": "1"},
                            {"weights": "square"}, {"weights": ["linear"]}, {"more": 1}, []],
                "lower": [0, None],
                "inputs": [{}, [1], [[]], [{}]],
                "types": ["6", 6.0, None],
                "pairs": ["9", True],
                "replaces": ["a", [1], [["a"]], [{}], [None]],
            }.items()
            for value in values
            if not (key == "windows" and value == {})
        ),
        change_input("label", 1),
        change_input("name", None),
        change_input("bytes", 1.5),
        change_input("tokens", True),
        change_input("tokens", -1),
        change_input("tokens", 1 << 62),
        change_input("sha256", "ab"),
        change_input("sha256", "A" * 64),
        change_input("fingerprint", "0" * 15),
        change_input("fingerprint", "0" * 16 + "\n"),
        change_input("fingerprint", 0),
        lambda _, info: info["inputs"][0].pop("tokens"),
        lambda _, info: info["inputs"].append(None),
    ],
)  # fmt: skip
def test_metadata_that_is_not_what_it_should_be(path, good, change):
    with pytest.raises(DataError, match="its metadata is not what it should be; take it out"):
        SegmentInfo.read(damaged(path, good, change))


@pytest.mark.parametrize("key", list(FORMAT.metadata))
def test_metadata_that_is_missing(path, good, key):
    with pytest.raises(DataError, match="was not made by w2vcli"):
        SegmentInfo.read(damaged(path, good, lambda _, info: info.pop(key)))


HALF = 2**62


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("words", b"cat\nend\nmat\non\nsat\n"),
        ("words", b"cat\nend\nmat\non\nsat\nthe"),
        ("words", b"cat\nend\nmat\non\nsat\nthe\nx\n"),
        ("words", b"cat\nend\nmat\non\nsat\nthe\nx"),
        ("words", b""),
        ("counts", [1, 1, 1, 1, 1]),
        ("counts", [1, 1, 1, 1, 1, 0]),
        ("counts", [1, 1, 1, 1, -1, 5]),
        ("counts", [1, 1, 1, 1, 1, 1 << 62]),
        ("counts", [1 << 62] * 6),  # whose sum is beyond int64
        ("counts", []),
        ("pairs", b"\0\1"),
        ("pairs", b""),
        ("frame_firsts", []),
        ("frame_firsts", [-1]),
        ("frame_firsts", [20, 30]),
        ("frame_ends", []),
        ("frame_ends", [0]),
        ("frame_ends", [17]),
        ("frame_ends", [19]),
        ("frame_ends", [-1]),
        ("frame_ends", [8, 18]),
        (("frame_firsts", "frame_ends"), ([], [])),
        (("frame_firsts", "frame_ends"), ([20, 20], [2, 18])),
        (("frame_firsts", "frame_ends"), ([30, 20], [2, 18])),
        (("frame_firsts", "frame_ends"), ([20, 30], [18, 18])),
        (("frame_firsts", "frame_ends"), ([20, 30, 40], [2, 1, 18])),
        # Differences in int64 would wrap around to positive numbers.
        (("frame_firsts", "frame_ends"), ([1, 2, 3], [HALF + HALF // 2, -HALF - HALF // 2, 18])),
        (("frame_firsts", "frame_ends"), ([HALF + HALF // 2, -HALF - HALF // 2, 18], [1, 2, 18])),
    ],
)
def test_parts_that_do_not_agree(path, good, name, value):
    def change(tensors, _):
        names, values = (name, value) if isinstance(name, tuple) else ((name,), (value,))
        for one, its in zip(names, values, strict=True):
            if isinstance(its, bytes):
                tensors[one] = np.frombuffer(its, np.uint8)
            else:
                tensors[one] = np.array(its, np.int64)

    info = SegmentInfo.read(damaged(path, good, change))
    with pytest.raises(DataError, match="its parts do not agree"):
        Segment.open(info)


def test_words_that_are_not_utf8(path, good):
    def change(tensors, _):
        tensors["words"][0] = 0xFF

    with pytest.raises(DataError, match="its words are not valid UTF-8"):
        Segment.open(SegmentInfo.read(damaged(path, good, change)))


def test_other_numbers_of_types(path, good):
    info = SegmentInfo.read(damaged(path, good, lambda _, info: info.update(types=7)))
    with pytest.raises(DataError, match="its parts do not agree"):
        Segment.open(info)


def test_a_missing_file(path, good):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        SegmentInfo.read(path)
    path.write_bytes(good)
    info = SegmentInfo.read(path)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read: No such file"):
        Segment.open(info)


@given(st.data())
@settings(max_examples=300)
def test_damaged_bytes(tmp_path_factory, good, data):
    """They are refused with our errors, or make a segment; the checksum finds all of them."""
    path = tmp_path_factory.getbasetemp() / "damaged.segment"
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        bad[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bad)
    try:
        with opened([SegmentInfo.read(path)]) as (segment,):
            check(segment)
    except W2VError:
        pass
    if bad != good:
        with pytest.raises(DataError):
            verify(path, FORMAT)
