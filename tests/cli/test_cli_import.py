"""import: the file, what is said of it, what it can be asked, and what it cannot."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.fasttext_files import TinyModel
from helpers.limits import limited_files
from helpers.vector_scenes import HOSTILE, model_of

import w2vcli
from w2vcli.system.locks import locked

TEXT = "3 2\none 1 0.1\ntwo 0.9 0.2\nthree -0.5 1\n"


@pytest.fixture
def theirs(w2v):
    """``w2v``, with vectors in the files ``theirs.vec`` and, imported, ``imported``."""
    Path("theirs.vec").write_text(TEXT)
    code, out, err = w2v("import", "theirs.vec", "-o", "imported")
    assert (code, out) == (0, "")
    assert err == "TIME wrote imported: 3 words, 2 numbers each, from word2vec\n"
    return w2v


def test_what_can_be_asked(theirs):
    code, out, _ = theirs("similar", "imported", "one", "--top", "2")
    assert (code, out) == (0, "one\ttwo\t0.9929\none\tthree\t-0.3560\n")
    assert theirs("analogy", "imported", "one", "two", "three", "--top", "1")[0] == 0
    Path("pairs").write_text("one two 1\none three 2\n")
    assert theirs("eval", "imported", "--similarity", "pairs")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "imported", "one"],
        ["eval", "imported", "--perplexity", "text.txt"],
        ["train", "text.txt", "-o", "new", "--warm-start", "imported"],
    ],
)
def test_what_cannot_be_asked(theirs, arguments):
    code, out, err = theirs(*arguments)
    assert (code, out) == (65, "")
    assert err == (
        "w2vcli: imported: these vectors were imported, so they have no output vectors, bias and "
        "counts, which predictions, losses and a warm start need; name a model that 'w2vcli train' "
        "made\n"
    )
    assert not Path("new").exists()


def test_they_are_compared_with_a_model(theirs):
    """By the one vector that both have; nobody knows how often their words occurred."""
    king = "3 2\nking 1 0.1\nqueen 0.9 0.2\nzzz -0.5 1\n"
    Path("theirs.vec").write_text(king)
    assert theirs("import", "theirs.vec", "-o", "imported")[0] == 0
    code, out, err = theirs("compare", "imported", "model.safetensors", "--json")
    assert code == 0, err
    lines = [json.loads(line) for line in out.splitlines()]
    changed = [line for line in lines if "changed" in line]
    assert {line["changed"] for line in changed} == {"king", "queen"}
    assert {line["old_count"] for line in changed} == {None}
    assert min(line["new_count"] for line in changed) > 0
    assert {"gone": "zzz", "count": None} in lines
    assert (lines[-1]["shared"], lines[-1]["vectors"]) == (2, "input")
    code, out, _ = theirs("compare", "model.safetensors", "imported", "--min-count", "99")
    assert (code, "zzz\tunknown\n" in out) == (0, True)
    assert theirs("compare", "imported", "model.safetensors", "--vectors", "both")[0] == 2


def test_info(theirs):
    code, out, _ = theirs("info", "imported", "--verify", "--json")
    assert code == 0
    said = json.loads(out)
    assert (said["kind"], said["words"], said["dim"]) == ("file of vectors", 3, 2)
    assert said["verified"] is True
    assert {"file", "format", "bytes", "sha256", "top", "skipped_rows"} == said["source"].keys()
    assert said["source"]["format"] == "word2vec"
    assert {"w2vcli", "numpy", "python"} == said["versions"].keys()
    assert "source.file\ttheirs.vec\n" in theirs("info", "imported")[1]


def test_a_model_of_fasttext(w2v):
    """What is said of it, its sizes, and a text for fastText of what was imported."""
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(3 + 7, 5)).astype(np.float32).tolist()
    model = TinyModel(["ett", "två", "</s>"], rows[:3], rows[3:], minn=2, maxn=4)
    Path("model.bin").write_bytes(model.data())
    code, out, err = w2v("import", "model.bin", "-o", "imported")
    assert (code, out) == (0, "")
    assert err == "TIME wrote imported: 3 words, 5 numbers each, from fasttext-bin\n"
    said = json.loads(w2v("info", "imported", "--json")[1])
    assert said["subwords"] == {
        "range": "2-4", "kind": "hashed", "buckets": 7, "bytes": {"words": 60, "buckets": 140},
    }  # fmt: skip
    assert said["source"]["format"] == "fasttext-bin"
    assert "subwords.bytes.buckets\t140\n" in w2v("info", "imported")[1]
    assert w2v("export", "imported", "-o", "v.vec", "--format", "fasttext-vec")[0] == 0
    assert Path("v.vec").read_text(encoding="utf-8").splitlines()[0] == "3 5"
    code, _, err = w2v("import", "model.bin", "-o", "new", "--format", "word2vec-binary")
    assert code == 65
    assert "choose another --format" in err
    Path("model.bin").write_bytes(model.data()[:-1])
    code, _, err = w2v("import", "model.bin", "-o", "new")
    assert (code, Path("new").exists()) == (65, False)
    assert err == "w2vcli: model.bin: the file is cut short or damaged; fetch it again\n"


def test_json_and_bad_rows(w2v):
    code, out, err = w2v(
        "import", "-", "-o", "imported", "--on-bad-rows", "skip", "--json",
        stdin=b"a 1 2\nb 1\na 3 4\nc 5 6\nd 1\ne 1\n",
    )  # fmt: skip
    assert code == 0
    said = json.loads(out)
    assert (said["words"], said["dim"]) == (2, 2)
    assert said["source"]["skipped_rows"] == len(said["bad_rows"]) == 4
    assert err.startswith(
        "w2vcli: warning: 4 bad rows are left out: line 2: expected a word and 2 numbers, found 2 "
        "fields; line 3: the word 'a' stands in line 1 too; line 5: expected a word and 2 numbers, "
        "found 2 fields; and 1 more\n"
    )
    assert w2vcli.load("imported").words == ["a", "c"]


def test_one_of_each(w2v):
    """A count of one takes the singular, and the bad rows that are named are few."""
    data = b"a 1\nb\n"
    arguments = ["import", "-", "-o", "imported", "--format", "glove", "--on-bad-rows", "skip"]
    assert w2v(*arguments, stdin=data)[2] == (
        "w2vcli: warning: 1 bad row is left out: line 2: expected a word and 1 number, found 1 "
        "field\nTIME wrote imported: 1 word, 1 number each, from glove\n"
    )
    code, out, err = w2v(*arguments, "--json", stdin=b"a 1\nb 1\n" + b"\n" * 250 + b"c 1\n")
    assert code == 0
    said = json.loads(out)
    assert (said["source"]["skipped_rows"], len(said["bad_rows"])) == (250, 100)
    assert "warning: 250 bad rows are left out: line 3: " in err
    assert "; and 247 more\n" in err


def test_hostile_words_there_and_back(w2v):
    model_of(HOSTILE).save(Path("hostile"))
    assert w2v("export", "hostile", "-o", "v.vec", "--vectors", "input")[0] == 0
    assert w2v("import", "v.vec", "-o", "imported")[0] == 0
    assert w2vcli.load("imported").words == HOSTILE
    Path("v.vec").write_bytes(b"good 1 2\n\x1b[31m 1\n")
    code, _, err = w2v("import", "v.vec", "-o", "imported")
    assert code == 65
    assert "\x1b" not in err
    Path("v.vec").write_bytes("\x1b\u202e\n1 2".encode())
    code, _, err = w2v("import", "v.vec", "-o", "imported")
    assert code == 65
    assert err.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.vec", "-o", "new"], 66, "missing.vec: no such file or folder; check the path"),
        ([".", "-o", "new"], 2, "--output: new lies in the folder ., which is read; write to "
         "another folder"),
        (["theirs.vec", "-o", "theirs.vec"], 2, "--output: theirs.vec is also read; write to "
         "another file"),
        (["theirs.vec", "-o", "missing/new"], 73, "missing/new: the folder missing does not exist; "
         "make it first or choose another"),
        (["model.safetensors", "-o", "new"], 65, "model.safetensors: this is a file of w2vcli "
         "already; use it as it is"),
        (["empty", "-o", "new"], 65, "empty, line 1: expected a word and its numbers, found ''; "
         "name a file of vectors"),
        (["theirs.vec", "-o", "new", "--format", "word2vec-binary", "--on-bad-rows", "skip"], 65,
         "theirs.vec, row 3: the file ends here, or is damaged, and its first line promises 3 "
         "words; fetch it again"),
        (["counts", "-o", "new"], 65, "counts: its lines are a word and one number, as in a "
         "vocabulary; name a file of vectors, or choose --format glove to import it all the same"),
    ],
)  # fmt: skip
def test_what_is_refused(theirs, arguments, code, message):
    Path("empty").touch()
    Path("counts").write_text("the 90\nof 50\n")
    result = theirs("import", *arguments)
    assert result[:2] == (code, ""), result[2]
    assert result[2].startswith(f"w2vcli: {message}")
    assert not Path("new").exists()


def test_a_full_disk(theirs):
    Path("many.vec").write_text("".join(f"word{i} 1 2\n" for i in range(5000)))
    before = Path("imported").read_bytes()
    with limited_files(8192):
        code, out, err = theirs("import", "many.vec", "-o", "imported")
    assert (code, out) == (74, "")
    assert err == "w2vcli: imported: could not be written: File too large\n"
    assert Path("imported").read_bytes() == before
    assert theirs("import", "many.vec", "-o", "imported")[0] == 0


def test_a_lock(theirs):
    with locked(Path("imported")):
        assert theirs("import", "theirs.vec", "-o", "imported")[0] == 75
        assert theirs("import", "theirs.vec", "-o", "imported", "--lock", "skip")[0] == 0
