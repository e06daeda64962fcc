"""Inputs and outputs that get in each other's way: refused, and every file stays as it is."""

from pathlib import Path

import pytest

TEXT = "the cat sat on the mat\n" * 9


@pytest.mark.parametrize("command", [["build-vocab"], ["train", "--dim", "3"]])
@pytest.mark.parametrize("name", [".o.lock", ".o.0123abcd.tmp", "o.complete"])
@pytest.mark.parametrize("text", [TEXT, ""])
def test_an_input_with_a_name_that_a_run_uses(w2v, command, name, text):
    Path(name).write_text(text)
    code, out, err = w2v(*command, "text.txt", name, "-o", "o")
    assert (code, out) == (2, "")
    assert err == (
        f"w2vcli: --output: a run that writes o may replace or remove {name}, which is read; "
        "write to another file\n"
    )
    assert Path(name).read_text() == text
    assert not Path("o").exists()


def test_a_checkpoint_that_is_being_written_is_no_input_either(w2v):
    name = ".o.checkpoint.0123abcd.tmp"
    Path(name).write_text(TEXT)
    assert w2v("train", "text.txt", "--validation", name, "-o", "o")[0] == 2
    assert Path(name).read_text() == TEXT


def test_a_file_with_content_is_no_lock_even_if_it_is_no_input(w2v):
    Path(".o.lock").write_text(TEXT)
    for command in (["build-vocab"], ["train", "--dim", "3"]):
        code, _, err = w2v(*command, "text.txt", "-o", "o")
        assert code == 73
        assert "o: its lock would be .o.lock, and that is a file with something in it" in err
        assert Path(".o.lock").read_text() == TEXT


@pytest.mark.parametrize("name", [".store.lock", ".a.segment.0123abcd.tmp", "a.segment"])
def test_an_input_with_a_name_that_the_store_uses(w2v, name):
    Path("s").mkdir()
    Path("s", name).write_text(TEXT)
    code, out, err = w2v("count", f"s/{name}", "--store", "s")
    assert (code, out) == (2, "")
    assert err.startswith(f"w2vcli: --store: s/{name} has a name in s that the store itself may")
    assert Path("s", name).read_text() == TEXT


def test_a_link_in_a_corpus_folder_is_no_output(w2v):
    Path("texts").mkdir()
    Path("texts/a.txt").write_text(TEXT)
    Path("texts/out").symlink_to("../elsewhere")
    for command in (["build-vocab"], ["train", "--dim", "3"]):
        code, out, err = w2v(*command, "texts", "-o", "texts/out")
        assert (code, out) == (2, "")
        assert "texts/out lies in the folder texts, which is read" in err
    Path("texts/.hidden").symlink_to("../elsewhere")
    assert w2v("build-vocab", "texts", "-o", "texts/.hidden", "--min-count", "1")[0] == 0
    assert Path("elsewhere").exists()
