"""export: formats by name, what is refused, what is said, what is replaced."""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.limits import limited_files
from helpers.vector_scenes import HOSTILE, model_of, same_bits

from w2vcli.system.locks import locked

NAMES = {
    "v.txt": "word2vec",
    "v.vec": "word2vec",
    "v.vec.gz": "word2vec",
    "v.bin": "word2vec-binary",
    "v.glove": "glove",
    "v.glove.txt": "glove",
    "v.npy": "npy",
    "v.parquet": "parquet",
    "v.tsv": "projector",
    "v/": "static-embedding",
}
WORDS = 16


@pytest.fixture
def sound(w2v):
    """``w2v``, with a model of plain words in the file ``sound``."""
    model_of([f"word{i}" for i in range(WORDS)]).save(Path("sound"))
    return w2v


@pytest.mark.parametrize("name", NAMES)
def test_the_name_gives_the_format(sound, name):
    if NAMES[name] == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    code, out, err = sound("export", "sound", "-o", name, "--vectors", "input", "--json")
    assert code == 0, err
    said = json.loads(out)
    size = sum(Path(file).stat().st_size for file in said.pop("files"))
    assert said == {
        "output": name,
        "format": NAMES[name],
        "vectors": "input",
        "words": WORDS,
        "dim": 3,
        "bytes": size,
        "skipped": [],
        "missing": [],
    }
    shown = {"v.npy": "v.npy and v.words.txt", "v.tsv": "v.tsv and v.metadata.tsv"}.get(name, name)
    assert err == f"TIME wrote {shown}: 16 words, 3 numbers each, {size / 1e6:.1f} MB\n"


def test_the_blend_is_the_default(sound):
    code, out, _ = sound("export", "sound", "-o", "v.npy", "--json")
    assert (code, json.loads(out)["vectors"]) == (0, "blend")
    model = model_of([f"word{i}" for i in range(WORDS)])
    assert same_bits(np.load("v.npy"), model.w_in + model.w_out / 8)
    printed = sound("vectors", "sound", "--all", "--vectors", "blend")[1]
    rows = [line.split("\t")[1:] for line in printed.splitlines()]
    assert same_bits(np.array(rows, np.float32), np.load("v.npy"))


def test_the_option_comes_before_the_name(sound):
    assert sound("export", "sound", "-o", "v.txt", "--format", "npy")[0] == 0
    assert np.load("v.txt").shape == (WORDS, 3)
    assert Path("v.txt.words.txt").exists()
    code, out, err = sound("export", "sound", "-o", "v.any", "--format", "spacy")
    assert (code, out) == (0, "")
    assert err.endswith("TIME for spaCy: python -m spacy init vectors LANGUAGE v.any FOLDER\n")


def test_standard_output(sound):
    assert sound("export", "sound", "-o", "v.vec")[0] == 0
    code, out, err = sound("export", "sound", "-o", "-")
    assert (code, err) == (0, "")
    assert out == Path("v.vec").read_text()
    code, out, err = sound("export", "sound", "-o", "-", "--format", "glove", "--top", "2")
    assert [line.split()[0] for line in out.splitlines()] == ["word0", "word1"]


def test_hostile_words_on_standard_output(w2v, monkeypatch):
    model_of(HOSTILE).save(Path("hostile"))
    code, out, _ = w2v("export", "hostile", "-o", "-")
    assert code == 0
    assert [line.split(" ")[0] for line in out.split("\n")[1:-1]] == HOSTILE
    monkeypatch.setattr("w2vcli.cli.console.results_on_terminal", lambda: True)
    code, out, _ = w2v("export", "hostile", "-o", "-")
    assert code == 0
    assert out.replace("\n", "").isprintable()
    assert "\\x1b[31mred " in out


def test_a_word_that_cannot_be_carried(w2v):
    model_of(HOSTILE).save(Path("hostile"))
    Path("v.glove").write_text("old")
    code, out, err = w2v("export", "hostile", "-o", "v.glove")
    assert (code, out) == (65, "")
    assert err == (
        "w2vcli: hostile: glove cannot carry the word 'no\\xa0break', nor 7 other words: it holds "
        "white space at which readers of this format cut a line; choose another --format, or leave "
        "such words out with --skip-unsafe\n"
    )
    assert Path("v.glove").read_text() == "old"
    code, out, err = w2v("export", "hostile", "-o", "v.glove", "--skip-unsafe", "--json")
    assert code == 0
    assert err.startswith(
        "w2vcli: warning: glove cannot carry 8 of the words, such as 'no\\xa0break', which are "
        "left out\n"
    )
    assert json.loads(out)["skipped"] == [w for w in HOSTILE if w.split() != [w]]
    model_of(["\u00a0"]).save(Path("hostile"))
    code, _, err = w2v("export", "hostile", "-o", "v.tsv", "--skip-unsafe")
    assert code == 65
    assert "projector can carry none of its words" in err


def test_words_of_a_list(sound):
    Path("list").write_text("word3 17\nnosuch\nword1\n")
    code, out, err = sound("export", "sound", "-o", "v.npy", "--words", "list", "--json")
    assert code == 0
    assert Path("v.words.txt").read_text() == "word1\nword3\n"
    assert err.startswith(
        "w2vcli: warning: the model lacks 1 of the words of --words, such as 'nosuch'\n"
    )
    assert json.loads(out)["missing"] == ["nosuch"]
    Path("list").write_text("nosuch\n")
    code, _, err = sound("export", "sound", "-o", "v.npy", "--words", "list")
    assert (code, err) == (
        65,
        "w2vcli: sound: it knows none of the words of --words; give others\n",
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-o", "v.csv"], 2, "--output: the ending of v.csv is none of a format; choose one of "
         "word2vec, word2vec-binary, glove, fasttext-vec, npy, parquet, projector, "
         "static-embedding, model2vec, spacy with --format"),
        (["-o", "v.npy.gz"], 2, "--output: readers of npy take no file compressed by gzip; leave "
         "out .gz"),
        (["-o", "-", "--format", "npy"], 2, "--format npy: this is not text, so it cannot be "
         "written to standard output; name a file"),
        (["-o", "-", "--json"], 2, "--json and --output - both write to stdout; leave one of them "
         "out"),
        (["-o", "v.vec", "--float16"], 2, "--float16: word2vec has no numbers of this type; leave "
         "the option out, or choose one of npy, parquet, static-embedding, model2vec"),
        (["-o", ""], 2, "a file name is empty; is a variable unset in the command?"),
        (["-o", "sound", "--format", "npy"], 2, "--output: sound is also read; write to another "
         "file"),
        (["-o", "v.npy", "--words", "v.words.txt"], 2, "--output: v.words.txt is also read; write "
         "to another file"),
        (["-o", "missing/v.vec"], 73, "missing/v.vec: the folder missing does not exist; make it "
         "first or choose another"),
        (["-o", "missing/v/"], 73, "missing/v: the folder missing does not exist; make it first or "
         "choose another"),
        (["-o", "sound/"], 73, "sound: this is not a folder; choose another name"),
        (["-o", "folder/"], 73, "folder: the folder holds files that no export wrote, and would be "
         "replaced; choose another name"),
        (["-o", "folder", "--format", "npy"], 73, "folder: this is not a regular file; choose "
         "another name"),
    ],
)  # fmt: skip
def test_what_is_refused(sound, arguments, code, message):
    Path("folder").mkdir()
    Path("folder/mine").write_text("mine")
    Path("v.words.txt").write_text("word1\n")
    before = {path.name for path in Path().iterdir()}
    assert sound("export", "sound", *arguments) == (code, "", f"w2vcli: {message}\n")
    assert {path.name for path in Path().iterdir()} == before


def test_parquet_without_its_package(sound, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    code, _, err = sound("export", "sound", "-o", "v.parquet")
    assert (code, err) == (
        2,
        "w2vcli: writing Parquet needs one more package: pip install 'w2vcli[arrow]', or choose "
        "another --format\n",
    )


def test_imported_vectors_are_exported(w2v):
    Path("small.vec").write_text("a 1 0.1\nb 2 0.2\n")
    assert w2v("import", "small.vec", "-o", "imported")[0] == 0
    assert w2v("export", "imported", "-o", "-", "--format", "glove")[1] == "a 1.0 0.1\nb 2.0 0.2\n"
    code, _, err = w2v("export", "imported", "-o", "-", "--vectors", "sum")
    assert code == 2
    assert "has one vector for each word" in err


def test_a_folder_is_replaced_by_another_export_and_nothing_else(sound):
    for form in ("static-embedding", "model2vec", "static-embedding"):
        assert sound("export", "sound", "-o", "v", "--format", form)[0] == 0
    Path("v/notes").write_text("mine")
    code, _, err = sound("export", "sound", "-o", "v", "--format", "model2vec")
    assert code == 73
    assert "the folder holds files that no export wrote" in err
    assert Path("v/notes").read_text() == "mine"
    Path("v/notes").unlink()
    Path("v/README.md").write_text("a folder with files of the same names")
    assert sound("export", "sound", "-o", "v", "--format", "model2vec")[0] == 73


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_added_to_an_export_is_kept(sound, tmp_path, kind):
    assert sound("export", "sound", "-o", "v/")[0] == 0
    added = Path("v/added")
    added.mkdir() if kind == "folder" else added.symlink_to(tmp_path)
    code, _, err = sound("export", "sound", "-o", "v/")
    assert code == 73
    assert "the folder holds files that no export wrote" in err
    assert added.is_dir()


@pytest.mark.parametrize("name", ["./", "../", "."])
def test_a_folder_is_replaced_under_its_own_name(sound, name):
    code, _, err = sound("export", "sound", "-o", name, "--format", "static-embedding")
    assert code == 73
    assert "give its own name" in err


@pytest.mark.parametrize("name", ["v.vec", "v.vec.gz", "v.npy", "v.tsv", "v/", "v.bin"])
def test_a_full_disk(sound, name):
    arguments = ["export", "sound", "-o", name]
    assert sound(*arguments)[0] == 0

    def files():
        return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}

    model_of([f"word{i}" for i in range(5000)]).save(Path("sound"))
    before = files()
    with limited_files(8192):
        code, out, err = sound(*arguments)
    assert (code, out) == (74, "")
    assert "could not be written: File too large" in err
    assert files() == before
    assert sound(*arguments)[0] == 0


@pytest.mark.parametrize("name", ["v.vec", "v.npy", "v"])
def test_a_lock(sound, name):
    form = [] if name != "v" else ["--format", "model2vec"]
    with locked(Path(name)):
        assert sound("export", "sound", "-o", name, *form)[0] == 75
        assert sound("export", "sound", "-o", name, *form, "--lock", "skip")[0] == 0
        assert not Path(name).exists()
    assert sound("export", "sound", "-o", name, *form, "--lock", "wait")[0] == 0


def test_temporary_files_of_killed_runs_are_removed(sound):
    for name in (".v.npy.0123abcd.tmp", ".v.words.txt.0123abcd.tmp"):
        Path(name).write_text("half")
    assert sound("export", "sound", "-o", "v.npy")[0] == 0
    assert sorted(path.name for path in Path().glob(".*")) == []


def test_equal_vectors_give_equal_bytes(sound):
    for name in ("one.vec.gz", "two.vec.gz"):
        assert sound("export", "sound", "-o", name)[0] == 0
    assert Path("one.vec.gz").read_bytes() == Path("two.vec.gz").read_bytes()
    assert gzip.decompress(Path("one.vec.gz").read_bytes()).startswith(b"16 3\nword0 ")


def test_a_model_that_is_mapped(sound, monkeypatch):
    monkeypatch.setattr("w2vcli.vectors.model.IN_MEMORY", 0)
    assert sound("export", "sound", "-o", "v.npy", "--vectors", "input")[0] == 0
    assert same_bits(np.load("v.npy"), model_of([f"word{i}" for i in range(WORDS)]).w_in)
