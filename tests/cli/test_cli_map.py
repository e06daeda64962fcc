"""map: lines, JSON, pictures, terminals, and every way to get it wrong."""

import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from helpers.terminals import PROGRAM, on_terminal
from helpers.vector_scenes import HOSTILE, model_of

from w2vcli.vectors.imported import ImportedVectors
from w2vcli.vectors.model import Model
from w2vcli.vectors.neighbors import VectorSpace
from w2vcli.vectors.word_map import map_words

MODEL = "model.safetensors"


def found(*words, vectors=None, **more):
    return map_words(VectorSpace(Model.load(Path(MODEL)), vectors), words, **more)


def lines(result):
    rows = zip(result.words, result.places, result.counts, result.clusters, strict=True)
    return "".join(f"{w}\t{x:.5f}\t{y:.5f}\t{n}\t{c}\n" for w, (x, y), n, c in rows)


def test_the_most_frequent_words(w2v):
    assert w2v("map", MODEL) == (0, lines(found()), "")
    assert w2v("map", MODEL, "--top", "5") == (0, lines(found(top=5)), "")
    assert len(found().words) > 10


def test_words_with_their_neighbours(w2v):
    assert w2v("map", MODEL, "king", "town") == (0, lines(found("king", "town")), "")
    expected = lines(found("king", "town", neighbors=2))
    assert w2v("map", MODEL, "king", "town", "king", "--neighbors", "2") == (0, expected, "")


@pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])
def test_options(w2v, vectors):
    options = ["--vectors", vectors, "--clusters", "3", "--seed", "5", "--threads", "2"]
    expected = lines(found("king", vectors=vectors, clusters=3, seed=5))
    assert w2v("map", MODEL, "king", *options) == (0, expected, "")


def test_json(w2v):
    code, out, err = w2v("map", MODEL, "king", "--neighbors", "3", "--json")
    result = found("king", neighbors=3)
    assert (code, err) == (0, "")
    assert [json.loads(line) for line in out.splitlines()] == [
        {
            "word": word,
            "x": round(float(result.places[number, 0]), 5),
            "y": round(float(result.places[number, 1]), 5),
            "count": int(result.counts[number]),
            "cluster": int(result.clusters[number]),
            "asked": word == "king",
        }
        for number, word in enumerate(result.words)
    ]


def test_words_from_standard_input(w2v):
    expected = lines(found("king", "town", "the"))
    assert w2v("map", MODEL, "-", stdin=b"king town\n\nthe\n") == (0, expected, "")
    code, out, err = w2v("map", MODEL, "-", stdin=b"\n")
    assert (code, out) == (2, "")
    assert "there are no words on standard input" in err


def test_unknown_words_are_named_and_the_others_shown(w2v):
    code, out, err = w2v("map", MODEL, "kinng", "town", "nowhere")
    assert (code, out) == (3, lines(found("town")))
    assert err.splitlines() == [
        "w2vcli: the model does not know the word 'kinng'; near it: king",
        "w2vcli: the model does not know the word 'nowhere'",
    ]
    code, out, err = w2v("map", MODEL, "nowhere", "-o", "map.svg")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert not Path("map.svg").exists()


def test_a_word_may_look_like_an_option(w2v):
    model_of(["a", "-b", "--top", "c"]).save(Path("dashes"))
    code, out, err = w2v("map", "dashes", "-b", "--neighbors", "1", "--", "--top")
    assert (code, err) == (0, "")
    assert {"-b", "--top"} <= {line.split("\t")[0] for line in out.splitlines()}


def test_imported_vectors_have_no_counts(w2v):
    vectors = np.random.default_rng(1).normal(size=(9, 1)).astype(np.float32)
    ImportedVectors([f"w{n}" for n in range(9)], vectors).save(Path("imported"))
    code, out, err = w2v("map", "imported")
    assert (code, err) == (0, "")
    assert {line.split("\t")[3] for line in out.splitlines()} == {"unknown"}
    assert {line.split("\t")[2] for line in out.splitlines()} == {"0.00000"}
    _, out, _ = w2v("map", "imported", "--json")
    assert {json.loads(line)["count"] for line in out.splitlines()} == {None}
    code, _, err = w2v("map", "imported", "-o", "map.svg", "--color", "frequency")
    assert (code, err) == (0, "TIME wrote map.svg\n")
    assert "imported: the first 9 words" in Path("map.svg").read_text(encoding="utf-8")
    assert "last in the vocabulary" in Path("map.svg").read_text(encoding="utf-8")


# --- pictures ---------------------------------------------------------------------------


def test_a_picture(w2v):
    assert w2v("map", MODEL, "-o", "map.svg") == (0, "", "TIME wrote map.svg\n")
    text = Path("map.svg").read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert f"{MODEL}: the {len(found().words)} most frequent words" in text
    assert w2v("map", MODEL, "king", "-o", "again.SVG")[0] == 0
    text = Path("again.SVG").read_text(encoding="utf-8")
    assert f"{MODEL}: king, with its neighbours" in text
    words = ["king", "queen", "man", "town", "the"]
    assert w2v("map", MODEL, *words, "-o", "map.svg")[0] == 0
    title = f"{MODEL}: king, queen, man and 2 more, with their neighbours"
    assert title in Path("map.svg").read_text(encoding="utf-8")


def test_colours_by_either_spelling(w2v):
    for name in ("--colour", "--color"):
        assert w2v("map", MODEL, "-o", f"{name}.svg", name, "frequency")[0] == 0
    assert w2v("map", MODEL, "-o", "clusters.svg")[0] == 0
    one, other, clusters = (
        Path(f"{name}.svg").read_text(encoding="utf-8")
        for name in ("--colour", "--color", "clusters")
    )
    assert one == other != clusters
    assert " times</text>" in one
    assert " times</text>" not in clusters


def test_a_png(w2v):
    pytest.importorskip("matplotlib")
    assert w2v("map", MODEL, "-o", "map.png") == (0, "", "TIME wrote map.png\n")
    assert Path("map.png").read_bytes()[:4] == b"\x89PNG"


def test_a_page(w2v):
    assert w2v("map", MODEL, "king", "-o", "map.html") == (0, "", "TIME wrote map.html\n")
    page = Path("map.html").read_text(encoding="utf-8")
    assert f"<title>{MODEL}: king, with its neighbours</title>" in page
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    shown = json.loads(data)
    result = found("king")
    assert shown["words"] == result.words
    assert shown["asked"] == sorted(result.asked)
    assert shown["clusters"] == result.clusters.tolist()


@pytest.mark.parametrize("kind", ["svg", "html"])
def test_hostile_words(w2v, kind):
    model_of(HOSTILE).save(Path("hostile"))
    code, _, err = w2v(
        "map", "hostile", "<script>alert(1)</script>", "x" * 10_000, "-o", f"m.{kind}"
    )
    assert (code, err) == (0, f"TIME wrote m.{kind}\n")
    assert "<script>alert" not in Path(f"m.{kind}").read_text(encoding="utf-8")


def test_hostile_words_in_lines(w2v):
    model_of(HOSTILE).save(Path("hostile"))
    code, out, _ = w2v("map", "hostile")
    assert code == 0
    assert [len(line.split("\t")) for line in out.split("\n")[:-1]] == [5] * len(HOSTILE)


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_other_methods(w2v, method):
    pytest.importorskip({"umap": "umap", "tsne": "openTSNE"}[method])
    expected = lines(found(method=method, seed=3))
    assert w2v("map", MODEL, "--method", method, "--seed", "3") == (0, expected, "")
    assert w2v("map", MODEL, "--method", method, "-o", "map.svg")[0] == 0
    name = {"umap": "UMAP", "tsne": "t-SNE"}[method]
    assert f"{name} of the input" in Path("map.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_other_methods_in_a_process_of_their_own(w2v, method):
    """The program keeps SciPy out until it is needed."""
    pytest.importorskip({"umap": "umap", "tsne": "openTSNE"}[method])
    done = subprocess.run(
        [*PROGRAM, "map", MODEL, "--method", method], capture_output=True, check=True
    )
    assert (done.stdout.decode(), done.stderr) == (lines(found(method=method)), b"")


# --- terminals --------------------------------------------------------------------------


def terminal(arguments, columns):
    """The exit code, and what is shown below the progress bar, which is gone by then."""
    code, shown = on_terminal(arguments, columns=columns)
    first = next((n for n, line in enumerate(shown) if line.startswith((MODEL, "hostile"))), 0)
    return code, shown[first:]


@pytest.mark.parametrize(("columns", "rows"), [(100, 40), (60, 20), (30, 16), (200, 50)])
def test_a_terminal_gets_a_map_that_fits_it(w2v, monkeypatch, columns, rows):
    monkeypatch.setenv("LINES", str(rows))
    code, shown = terminal(f"map {MODEL} king town", columns=columns)
    assert code == 0
    assert max(map(len, shown)) <= columns
    assert len(shown) < rows
    assert shown[0].startswith(f"{MODEL}: king, town")
    text = "\n".join(shown)
    assert "◆king" in text or "king◆" in text
    assert "PCA of the input and output vectors" in " ".join(shown)


def test_colours_are_not_the_only_sign(w2v, monkeypatch):
    monkeypatch.setenv("LINES", "30")
    _, coloured = terminal(f"map {MODEL} king", columns=90)
    monkeypatch.setenv("NO_COLOR", "1")
    _, plain = terminal(f"map {MODEL} king", columns=90)
    picture = [line for line in coloured if re.search("[•◆·]", line)]
    assert [line for line in plain if re.search("[•◆·]", line)] == picture
    assert "Colours are clusters in all dimensions." in " ".join(coloured)
    assert "Colours" not in " ".join(plain)
    monkeypatch.delenv("NO_COLOR")
    _, shown = terminal(f"map {MODEL} king --colour frequency", columns=90)
    assert "From blue to red: from rare words to frequent ones." in " ".join(shown)


def test_hostile_words_on_a_terminal(w2v):
    model_of(HOSTILE).save(Path("hostile"))
    code, shown = terminal(f"map hostile {HOSTILE[2]}", columns=100)
    assert code == 0
    assert max(map(len, shown)) <= 100
    assert "\n".join(shown).replace("\n", "").isprintable()


# --- what can be wrong ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "Missing argument 'MODEL'"),
        (["missing"], 66, "missing: cannot be read"),
        (["text.txt"], 65, "text.txt: this is a text and not a model"),
        ([MODEL, "--top", "0"], 2, "--top"),
        ([MODEL, "king", "--neighbors", "0"], 2, "--neighbors"),
        ([MODEL, "king", "--top", "5"], 2, "--top chooses the most frequent words"),
        ([MODEL, "--neighbors", "5"], 2, "--neighbors is for words that you name"),
        ([MODEL, "--clusters", "0"], 2, "--clusters"),
        ([MODEL, "--top", "3", "--clusters", "4"], 2, "there are 3 words on the map"),
        ([MODEL, "--method", "mds"], 2, "--method"),
        ([MODEL, "--colour", "red"], 2, "--colour"),
        ([MODEL, "--vectors", "all"], 2, "--vectors"),
        ([MODEL, "-o", "map.jpg"], 2, "map.jpg does not end in .html, .svg or .png"),
        ([MODEL, "-o", "-"], 2, "does not end in"),
        ([MODEL, "-o", ""], 2, "does not end in"),
        ([MODEL, "-o", "nowhere/map.svg"], 73, "nowhere"),
        ([MODEL, "-o", "map.svg", "--json"], 2, "leave one out"),
        (["here.svg", "-o", "here.svg"], 2, "here.svg is also read"),
        ([MODEL, "-n", "5"], 2, "here this is --top"),
    ],
)
def test_what_can_be_wrong(w2v, arguments, code, message):
    Path("here.svg").write_bytes(Path(MODEL).read_bytes())
    before = sorted(Path().iterdir())
    result, out, err = w2v("map", *arguments)
    assert (result, out, err.count("\n")) == (code, "", 1)
    assert message in err
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_a_method_whose_package_is_not_there(w2v, monkeypatch, method):
    monkeypatch.setitem(
        __import__("sys").modules, {"umap": "umap", "tsne": "openTSNE"}[method], None
    )
    code, out, err = w2v("map", MODEL, "--method", method, "-o", "map.svg")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "pip install 'w2vcli[map]'" in err
    assert not Path("map.svg").exists()


def test_what_others_call_it(w2v):
    assert "here this is 'map'" in w2v("tsne", MODEL)[2]


def test_options_from_the_environment_and_a_file(w2v, monkeypatch):
    Path("options.toml").write_text("[map]\ntop = 4\ncolour = 'frequency'\n")
    assert w2v("--config", "options.toml", "map", MODEL) == (0, lines(found(top=4)), "")
    monkeypatch.setenv("W2VCLI_MAP_TOP", "6")
    assert w2v("map", MODEL) == (0, lines(found(top=6)), "")


@pytest.mark.parametrize("ending", ["html", "svg", "png"])
def test_a_model_whose_name_is_no_text(w2v, ending):
    if ending == "png":
        pytest.importorskip("matplotlib")
    name = os.fsdecode(b"m\xff\x01.safetensors")
    Path("model.safetensors").rename(name)
    code, _, err = w2v("map", name, "-o", f"x.{ending}")
    assert (code, err) == (0, f"TIME wrote x.{ending}\n")
    picture = Path(f"x.{ending}").read_bytes()
    assert ending == "png" or rb"m\udcff\x01" in picture


def test_an_output_that_ends_as_a_folder_does(w2v):
    code, _, err = w2v("map", "model.safetensors", "-o", "x.html/")
    assert (code, "this is the name of a folder" in err) == (73, True)
    assert not Path("x.html").exists()
