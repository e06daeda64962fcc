"""Sketches of lines against the sets of all their hashes, and what they say of two texts."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.text.corpus import Corpus
from w2vcli.text.fingerprint import LEAST_TOKENS
from w2vcli.text.line_sketch import LEAST_SHARE, LEAST_SHARED, LineSketch, Overlap, overlaps
from w2vcli.text.tokens import Lexicon, encode_corpus

HASHES = st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 60), max_size=40)


def sketch_of(hashes, size, parts=1):
    sketch = LineSketch()
    for part in range(parts):
        sketch = sketch.joined(np.array(hashes[part::parts], np.int64), size)
    return sketch


@given(HASHES, st.integers(1, 12), st.integers(1, 12), st.integers(1, 4))
def test_a_sketch_is_all_hashes_below_its_bound(hashes, size, smaller, parts):
    every = sorted(set(hashes))
    sketch = sketch_of(hashes, size, parts)
    for kept, most in ((sketch, size), (sketch.cut(smaller), min(size, smaller))):
        assert kept.hashes.tolist() == every[:most]
        assert [h for h in every if h < kept.below] == every[:most]
        assert (kept.below == 2**63) == (len(every) <= most)


@given(HASHES, st.integers(1, 12))
def test_in_a_file(hashes, size):
    sketch = sketch_of(hashes, size)
    read = LineSketch.from_json(sketch.as_json())
    assert (read.hashes.tolist(), read.below) == (sketch.hashes.tolist(), sketch.below)


GOOD = sketch_of([5, 7, 9], 2).as_json()


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"below": 9},
        GOOD | {"below": 0},
        GOOD | {"below": 7},
        GOOD | {"below": 2**63 + 1},
        GOOD | {"below": "9"},
        GOOD | {"below": True},
        GOOD | {"hashes": GOOD["hashes"][4:]},
        GOOD | {"hashes": "*"},
        GOOD | {"hashes": 5},
        GOOD | {"hashes": "é"},
        GOOD | {"hashes": "//////////8="},  # -1
        {"below": 2**63, "hashes": "BwAAAAAAAAAFAAAAAAAAAA=="},  # 7, 5
        {"below": 2**63, "hashes": "BwAAAAAAAAAHAAAAAAAAAA=="},  # 7, 7
    ],
)
def test_what_is_no_sketch(said):
    with pytest.raises(ValueError, match=r"^this is no sketch of lines$"):
        LineSketch.from_json(said)


# --- of texts ---------------------------------------------------------------------------


def of_texts(folder, texts, sketched=256, size=1 << 20, threads=1):
    paths = [folder / f"{number}.txt" for number in range(len(texts))]
    for path, lines in zip(paths, texts, strict=True):
        path.write_bytes(b"".join(line + b"\n" for line in lines))
    corpus = Corpus([str(path) for path in paths])
    whole = corpus.chunks
    corpus.chunks = lambda: whole(size)
    for _ in encode_corpus(corpus, Lexicon(), threads, sketched):
        pass
    return [record.sketch for record in corpus.records]


def numbered(begin, end, words=LEAST_TOKENS):
    return [b" ".join(b"%d" % (line * 31 + word) for word in range(words))
            for line in range(begin, end)]  # fmt: skip


def test_each_line_counts_once_wherever_the_text_is_cut(tmp_path):
    lines = numbered(0, 30)
    wanted = of_texts(tmp_path, [lines])[0]
    assert (len(wanted.hashes), wanted.below) == (30, 2**63)
    for size in (1, 7, 40, 200):
        for threads in (1, 3):
            other = random.Random(size).sample(lines * 2, 60)
            found = of_texts(tmp_path, [other], size=size, threads=threads)[0]
            assert found.hashes.tolist() == wanted.hashes.tolist()
    few = of_texts(tmp_path, [lines], sketched=9)[0]
    assert few.hashes.tolist() == wanted.hashes[:9].tolist()


def test_short_lines_and_white_space_make_no_difference(tmp_path):
    lines = numbered(0, 20)
    plain, other, none = of_texts(
        tmp_path,
        [
            lines,
            [b" \t" + line.replace(b" ", b"  ") for line in lines] + numbered(0, 9, 4) + [b""],
            numbered(0, 50, LEAST_TOKENS - 1),
        ],
    )
    assert plain.hashes.tolist() == other.hashes.tolist()
    assert len(none.hashes) == 0


def test_no_sketch_unless_asked(tmp_path):
    assert of_texts(tmp_path, [numbered(0, 9)], sketched=0) == [None]


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ((0, 100), (0, 400), (0, 1, 1.0)),  # a beginning of a longer text
        ((0, 400), (0, 100), (1, 0, 1.0)),
        ((0, 100), (50, 150), (1, 0, 0.5)),
        ((0, 100), (75, 275), (0, 1, 0.25)),
        ((0, 100), (76, 276), None),
        ((0, 100), (100, 200), None),
        ((0, LEAST_SHARED), (0, LEAST_SHARED), (1, 0, 1.0)),
        ((0, LEAST_SHARED - 1), (0, 100), None),
    ],
)
def test_two_texts_whose_sketches_hold_every_line(tmp_path, one, other, found):
    sketches = of_texts(tmp_path, [numbered(*one), numbered(*other)], sketched=1000)
    assert overlaps(sketches, 0) == overlaps(sketches, 1) == ([Overlap(*found)] if found else [])
    assert overlaps(sketches, 2) == []


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.83, 1.0])
@pytest.mark.parametrize("longer", [1, 4])
def test_the_estimate_for_long_texts(tmp_path, share, longer):
    """Of 4,000 lines, in a text ``longer`` times as long; 256 lines are sampled of the longer."""
    part = numbered(0, 4000)
    cut = round(4000 * (1 - share))
    sketches = of_texts(tmp_path, [part, numbered(cut, cut + 4000 * longer)])
    found = overlaps(sketches, 1)
    if share < LEAST_SHARE:
        assert found == []
        return
    ((first, second, estimate),) = [(o.part, o.whole, o.share) for o in found]
    if longer > 1:
        assert (first, second) == (0, 1)
    sample = 256 / longer
    deviation = (share * (1 - share) / sample) ** 0.5
    assert abs(estimate - share) <= 4 * deviation  # its hashes are the same in every run


def test_texts_without_sketches_are_passed_over(tmp_path):
    one, other = of_texts(tmp_path, [numbered(0, 50), numbered(0, 50)])
    assert overlaps([None, one, None, other], 2) == [Overlap(3, 1, 1.0)]
    assert overlaps([None, None], 0) == []
    assert overlaps([], 0) == []


def test_a_header_that_each_text_has_is_too_little(tmp_path):
    header = numbered(10_000, 10_020)
    days = [header + numbered(100 * day, 100 * day + 90) for day in range(10)]
    assert overlaps(of_texts(tmp_path, days), 1) == []
