"""build-vocab: the file, the summary for people, the summary for programs."""

import json
from contextlib import contextmanager
from pathlib import Path


def test_the_whole_path(w2v):
    Path("in.txt").write_text("b a c\na b a\n", encoding="utf-8")
    code, out, err = w2v("build-vocab", "in.txt", "-o", "new.vocab", "--min-count", "2", "--json")
    assert code == 0
    assert Path("new.vocab").read_text(encoding="utf-8") == "a 3\nb 2\n"
    assert json.loads(out) == {
        "types": 3,
        "tokens": 6,
        "kept": {"types": 2, "tokens": 5},
        "kept_share": 5 / 6,
        "dropped": {
            "drop_words": {"types": 0, "tokens": 0},
            "min_count": {"types": 1, "tokens": 1},
            "max_vocab": {"types": 0, "tokens": 0},
        },
    }
    assert err == (
        "TIME vocabulary: 2 of 3 types, 5 of 6 tokens (83.33%) kept\n"
        "TIME dropped: 1 types, 1 tokens rarer than 2\n"
    )


def test_every_choice_of_words(w2v):
    Path("keep").write_text("rare\nmissing\n", encoding="utf-8")
    Path("drop").write_text("the 99\n", encoding="utf-8")
    code, out, err = w2v(
        "build-vocab", "-", "-o", "new.vocab", "--lower", "--min-count", "2", "--max-vocab", "2",
        "--keep-words", "keep", "--drop-words", "drop",
        stdin=b"The the THE b b b c c rare",
    )  # fmt: skip
    assert (code, out) == (0, "")
    assert Path("new.vocab").read_text(encoding="utf-8") == "b 3\nrare 1\n"
    assert err == (
        "w2vcli: warning: the corpus lacks 1 of the 2 words of --keep-words, such as 'missing'\n"
        "TIME vocabulary: 2 of 4 types, 4 of 9 tokens (44.44%) kept\n"
        "TIME dropped: 1 types, 3 tokens listed in --drop-words\n"
        "TIME dropped: 1 types, 2 tokens beyond the 2 most frequent\n"
    )


def test_an_output_in_a_hidden_folder_of_the_corpus_is_no_input(w2v):
    Path("texts/.made").mkdir(parents=True)
    Path("texts/a.txt").write_text("a a a a a", encoding="utf-8")
    for _ in range(2):
        assert w2v("build-vocab", "texts", "-o", "texts/.made/v")[0] == 0
    assert Path("texts/.made/v").read_text(encoding="utf-8") == "a 5\n"


def test_the_progress_is_that_of_the_corpus_which_is_read(w2v, monkeypatch):
    seen = []

    @contextmanager
    def meter(_what, reading, _then):
        yield
        seen.append((reading.finished, reading.done))

    monkeypatch.setattr("w2vcli.cli.progress.meter", meter)
    assert w2v("build-vocab", "text.txt", "-o", "new.vocab")[0] == 0
    assert seen == [(True, Path("text.txt").stat().st_size)]


def test_several_processes_and_shares_make_the_same_file(w2v):
    Path("day.txt").write_text("b a c\na b a\nnew york's end\n" * 300, encoding="utf-8")
    how = ["--min-count", "2", "--lower"]
    assert w2v("build-vocab", "day.txt", "text.txt", "-o", "one.vocab", *how)[0] == 0
    code, _, err = w2v(
        "build-vocab", "day.txt", "text.txt", "-o", "two.vocab", *how, "--jobs", "2",
        "--shard-size", "2K",
    )  # fmt: skip
    assert code == 0
    assert Path("two.vocab").read_bytes() == Path("one.vocab").read_bytes()
    for share in ("1/2", "0/2"):
        code, out, err = w2v(
            "build-vocab", "day.txt", "text.txt", "-o", f"{share[0]}.words", "--lower",
            "--shard", share, "--json",
        )  # fmt: skip
        assert code == 0
        assert f"share {share}: " in err
        assert json.loads(out)["share"] == share
    code, _, err = w2v("build-vocab", "0.words", "1.words", "0.words", "-o", "all.vocab", "--merge",
                       "--min-count", "2")  # fmt: skip
    assert code == 0
    assert "0.words: the same share again, so it is skipped" in err
    assert Path("all.vocab").read_bytes() == Path("one.vocab").read_bytes()
    code, out, _ = w2v("info", "0.words")
    assert code == 0
    assert "share of words" in out


def test_what_shares_of_words_cannot_be(w2v):
    def said(*arguments, code=2, stdin=b""):
        found, _, err = w2v("build-vocab", *arguments, "-o", "new.vocab", stdin=stdin)
        assert found == code
        assert not Path("new.vocab").exists()
        return err

    assert "is not a share" in said("text.txt", "--shard", "2/2")
    assert "standard input: this is no file" in said("-", "--shard", "0/2", stdin=b"a b")
    assert "standard input: this is no file" in said("-", "--jobs", "2", stdin=b"a b")
    assert "leave out --jobs" in said("text.txt", "--shard", "0/2", "--jobs", "2")
    assert "give it with --merge" in said("text.txt", "--shard", "0/2", "--min-count", "3")
    for about in (["--lower"], ["--jobs", "2"], ["--shard", "0/2"]):
        assert "--merge reads shares of words" in said("a.words", "--merge", *about)
    assert w2v("build-vocab", "text.txt", "-o", "a.words", "--shard", "0/2")[0] == 0
    assert "these are lacking: 1/2" in said("a.words", "--merge", code=65)
    assert "is a text and not a share of words" in said("text.txt", "--merge", code=65)
    assert "nowhere" in said("nowhere", "--merge", code=66)
    assert "a.words: this is a share of words and not a text; add" in said("text.txt", "a.words")
    assert "expected 'word count'" in w2v("train", "text.txt", "--vocab", "a.words", "-o", "m")[2]
