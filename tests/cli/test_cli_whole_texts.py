"""count and train with texts that were cut short: nothing of them is used."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.store_scenes import refused, succeeding

from w2vcli.counts.store import Store

TEXT = "the king rules the land\nthe queen rules the land\na man walks\n"
SHA = hashlib.sha256(TEXT.encode()).hexdigest()
COUNT = ["count", "-", "--store", "store"]


@pytest.fixture
def run(w2v):
    return succeeding(w2v)


def texts():
    return [e["sha256"] for info in Store("store").segments() for e in info.inputs]


@pytest.mark.parametrize(
    ("options", "end"),
    [
        (["--expect-lines", "3"], ""),
        (["--expect-sha256", SHA], ""),
        (["--end-mark", "#whole"], "#whole\n"),
        (["--end-mark", "#whole", "--expect-lines", "3", "--expect-sha256", SHA], "#whole"),
    ],
)
def test_a_whole_stream_is_counted_and_a_torn_one_is_not(run, w2v, options, end):
    data = (TEXT + end).encode()
    for size in (0, 20, len(TEXT) - 1):
        refused(w2v(*COUNT, *options, stdin=data[:size]), 65, "standard input: expected ")
        assert Store("store").segments() == []
    _, err = run(*COUNT, *options, stdin=data)
    assert "counted 1 text with 3 lines and 13 tokens" in err
    assert texts() == [SHA]
    # The same text as a file, without the mark: it is there already.
    Path("same").write_text(TEXT, encoding="utf-8")
    _, err = run("count", "same", "--store", "store")
    assert "same: in the store already, so it is skipped" in err


def test_one_sentence_says_what_was_expected(w2v):
    found = hashlib.sha256(TEXT[:-1].encode()).hexdigest()
    for options, message in (
        (
            ["--expect-lines", "3"],
            "standard input: expected 3 lines, found 2 that end in a newline; the text is not "
            "whole, so nothing of it is used",
        ),
        (
            ["--expect-sha256", SHA],
            f"standard input: expected the SHA-256 {SHA}, found {found} (of the decompressed "
            "bytes); the text is another, so nothing of it is used",
        ),
        (
            ["--end-mark", "EOF"],
            "standard input: expected 'EOF' as the last line, found '... walks'; the text is not "
            "whole, so nothing of it is used",
        ),
    ):
        code, out, err = w2v(*COUNT, *options, stdin=TEXT[:-1].encode())
        assert (code, out, err) == (65, "", f"w2vcli: {message}\n")


def test_of_compressed_text_it_is_the_text_that_is_expected(run):
    Path("text.gz").write_bytes(gzip.compress(TEXT.encode() + b"END\n"))
    run("count", "text.gz", "--store", "store", "--expect-sha256", SHA, "--expect-lines", "3",
        "--end-mark", "END")  # fmt: skip
    assert texts() == [SHA]


def test_of_raw_text_the_bytes_are_those_before_tokenizing(run, w2v):
    more = ["--tokenize", "words", "--lower", "--lines", "paragraph"]
    run(*COUNT, *more, "--expect-lines", "3", "--end-mark", "#END", stdin=f"{TEXT}#END".encode())
    assert texts() == [SHA]
    with Store("store").opened() as (segment,):
        assert b"end" not in segment.words


def test_train_uses_a_whole_text_only(run, w2v):
    Path("text").write_text(TEXT * 3, encoding="utf-8")
    plain = ["--dim", "4", "--passes", "1", "--min-count", "1", "-o", "new.safetensors"]
    for more in ([], ["--store", "store"]):
        wrong = w2v("train", "text", *plain, *more, "--expect-lines", "8")
        refused(wrong, 65, "text: expected 8 lines, found 9 that end in a newline; the text is")
        assert not Path("new.safetensors").exists()
    assert Store("store").segments() == []
    for more in ([], ["--store", "store"]):
        run("train", "text", *plain, *more, "--expect-lines", "9")
        assert json.loads(run("info", "new.safetensors", "--json")[0])["corpus"]["tokens"] == 39
        Path("new.safetensors").unlink()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["count", "one", "two", "--store", "s", "--expect-lines", "3"],
            "--expect-lines says what one text has to be, and here are 2; give them one at a time",
        ),
        (
            ["count", "one", "--store", "s", "--expect-sha256", "abc"],
            "--expect-sha256: 'abc' is not a SHA-256: give its 64 hexadecimal digits",
        ),
        (["count", "one", "--store", "s", "--end-mark", ""], "--end-mark: it is the last line of"),
        (["count", "one", "--store", "s", "--expect-lines", "-1"], "Invalid value for '--expect-l"),
        (
            ["train", "--store", "s", "-o", "new", "--end-mark", "x"],
            "--end-mark says what a text has to be, and none is read here; name one",
        ),
    ],
)
def test_refused(run, w2v, arguments, message):
    refused(w2v(*arguments), 2, message)
    assert not Path("s").exists()


def test_a_producer_that_fails_in_a_pipeline(tmp_path):
    """What a shell does not tell: its exit status is that of the last command."""
    program = f"{sys.executable} -m w2vcli"
    (tmp_path / "text").write_text(TEXT * 100, encoding="utf-8")

    def shell(line):
        return subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False,
            env=os.environ | {"W2VCLI": program},
        )  # fmt: skip

    count = "$W2VCLI count - --store store --end-mark '#END#'"
    torn = shell(f"(head -150 text; exit 7) | {count}")
    assert (torn.returncode, torn.stdout) == (65, "")
    assert "expected '#END#' as the last line, found '" in torn.stderr
    whole = shell(f"(cat text && echo '#END#') | {count}")
    assert whole.returncode == 0, whole.stderr
    assert "counted 1 text with 300 lines and 1300 tokens" in whole.stderr.replace(",", "")
