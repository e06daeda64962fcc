"""A spooled corpus gives its texts again, each alone, as often as need be."""

import errno
import io
import sys
from collections import Counter

import numpy as np
import pytest
from helpers.limits import limited_files
from helpers.reference_counts import tokens
from helpers.segment_scenes import TEXTS, corpus_of
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.counts import spool
from w2vcli.counts.spool import Spool
from w2vcli.errors import DataError, StorageError
from w2vcli.system import temporary
from w2vcli.text.corpus import Corpus
from w2vcli.text.tokens import BREAK


def lines_of(spooled, files):
    """The lines of words of some texts, without the empty ones."""
    lines = [[]]
    for stream in spooled.streams(files):
        assert stream.dtype == np.int32
        for token in stream.tolist():
            if token == BREAK:
                lines.append([])
            else:
                lines[-1].append(spooled.words[token])
    assert lines.pop() == []  # every file ends a line
    return [line for line in lines if line]


@given(st.lists(TEXTS, min_size=1, max_size=4), st.integers(1, 9), st.integers(1, 3), st.data())
def test_texts_come_back_in_any_choice_and_order(tmp_path_factory, texts, size, threads, data):
    corpus = corpus_of(tmp_path_factory.getbasetemp(), texts)
    whole = corpus.chunks
    corpus.chunks = lambda: whole(size)
    with pytest.MonkeyPatch.context() as patch, Spool(corpus, threads) as spooled:
        patch.setattr(spool, "_PIECE", 8)
        assert len(spooled.records) == len(texts)
        assert set(spooled.words) == {word for text in texts for word in text.split()}
        for _ in range(2):
            files = data.draw(st.lists(st.sampled_from(range(len(texts))), unique=True))
            chosen = [texts[file] for file in files]
            lines = [line for text in chosen for line in tokens(text) if line]
            assert lines_of(spooled, files) == lines
            counts = Counter(word for line in lines for word in line)
            assert spooled.counts(files).tolist() == [counts[word] for word in spooled.words]


def test_pieces_are_no_longer_than_they_should_be(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "_PIECE", 12)
    with Spool(corpus_of(tmp_path, [b"a b c d e\n", b"f\n"])) as spooled:
        assert [len(stream) for stream in spooled.streams([0, 1])] == [3, 3, 1, 3]


def test_standard_input_is_read_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a b\nc\n")))
    with Spool(Corpus(["-"])) as spooled:
        assert lines_of(spooled, [0]) == lines_of(spooled, [0]) == [[b"a", b"b"], [b"c"]]
        assert spooled.records[0].tokens == 3


def test_texts_without_words(tmp_path):
    with Spool(corpus_of(tmp_path, [b"", b"\n \n"])) as spooled:
        assert spooled.words == []
        assert spooled.counts([0, 1]).tolist() == []
        assert lines_of(spooled, [0, 1]) == []


# --- the temporary file -----------------------------------------------------------------


@pytest.fixture
def files(monkeypatch):
    """The temporary files that are made."""
    made, make = [], temporary.tempfile.TemporaryFile
    monkeypatch.setattr(
        temporary.tempfile, "TemporaryFile", lambda *a, **k: made.append(make(*a, **k)) or made[-1]
    )
    return made


def test_it_is_closed_at_the_end(tmp_path, files):
    with Spool(corpus_of(tmp_path, [b"a\n"])):
        assert [file.closed for file in files] == [False]
    assert files[0].closed


def test_it_is_closed_where_reading_fails(tmp_path, files):
    with pytest.raises(DataError, match="not valid UTF-8"):
        Spool(corpus_of(tmp_path, [b"a\n", b"\xff\n"]))
    assert [file.closed for file in files] == [True]


@pytest.mark.parametrize("words", [500, 50_000])  # less and more than the buffer of a file
def test_no_room(tmp_path, files, words):
    corpus = corpus_of(tmp_path, [b"a b\n" * (words // 2)])
    with limited_files(1024), pytest.raises(StorageError, match="no room for temporary files"):
        Spool(corpus)
    assert [file.closed for file in files] == [True]


def test_no_temporary_file_at_all(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(temporary.tempfile, "TemporaryFile", refuse)
    with pytest.raises(
        StorageError, match="no more temporary files can be open: Too many open files"
    ):
        Spool(corpus_of(tmp_path, [b"a\n"]))


def test_a_file_that_has_become_shorter(tmp_path, files):
    with Spool(corpus_of(tmp_path, [b"a b c\n"])) as spooled:
        files[0].truncate(4)
        with pytest.raises(StorageError, match=r"a temporary file: reading failed: .* cut short"):
            list(spooled.streams([0]))
