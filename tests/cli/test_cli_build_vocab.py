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
