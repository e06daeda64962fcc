"""compare: whole outputs, as lines, tables and JSON, and every way to get it wrong."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from w2vcli.judging import comparison
from w2vcli.judging.comparison import compare
from w2vcli.vectors.model import Model

TEXT = """\
the king rules the land and the queen rules the land
the king sits on the throne and the queen sits on the throne
the man walks to the town and the woman walks to the town
a cat reads a book and a cat walks to the town
"""


@pytest.fixture
def models(w2v):
    """Run a command line where a second model, new.safetensors, is of another text."""
    Path("new.txt").write_text(TEXT * 3, encoding="utf-8")
    code, _, _ = w2v(
        "train", "new.txt", "-o", "new.safetensors", "--dim", "3", "--min-count", "3"
    )  # fmt: skip
    assert code == 0
    return w2v


NAMES = ["model.safetensors", "new.safetensors"]


def found(*arguments, **more):
    return compare(*(Model.load(Path(name)) for name in arguments or NAMES), **more)


def lines(result):
    changed = "".join(
        f"changed\t{c.word}\t{c.cosine:.4f}\t{c.overlap:.4f}\t{c.old_count}\t{c.new_count}\n"
        for c in result.changed
    )
    new = "".join(f"new\t{word}\t{count}\n" for word, count in result.new_words)
    gone = "".join(f"gone\t{word}\t{count}\n" for word, count in result.gone_words)
    means = (result.mean_cosine, result.median_cosine, result.mean_overlap)
    summary = [result.shared, result.new, result.gone, *(f"{mean:.4f}" for mean in means)]
    summary = "\t".join(map(str, ["summary", *summary, result.overlap_words]))
    return f"{changed}{new}{gone}{summary}\n"


def test_lines(models):
    code, out, err = models("compare", *NAMES)
    assert (code, err) == (0, "")
    assert out == lines(found())
    assert "\nnew\tcat\t6\n" in out
    assert "\ngone\tis\t6\ngone\tyoung\t6\ngone\tboy\t3\ngone\tgirl\t3\n" in out


@pytest.mark.parametrize("vectors", ["input", "output", "sum", "blend", "both"])
def test_options(models, vectors):
    options = ["--top", "2", "--min-count", "6", "--neighbors", "3", "--vectors", vectors]
    expected = lines(found(top=2, min_count=6, neighbors=3, vectors=vectors))
    assert models("compare", *NAMES, *options, "--threads", "2") == (0, expected, "")


def test_json(models):
    code, out, err = models("compare", *NAMES, "--json", "--top", "2", "--vectors", "input")
    assert (code, err) == (0, "")
    *rows, summary = map(json.loads, out.splitlines())
    result = found(top=2, vectors="input")
    assert rows == [
        *(
            {
                "changed": c.word,
                "cosine": c.cosine,
                "overlap": c.overlap,
                "old_count": c.old_count,
                "new_count": c.new_count,
            }
            for c in result.changed
        ),
        *({"new": word, "count": count} for word, count in result.new_words),
        *({"gone": word, "count": count} for word, count in result.gone_words),
    ]
    assert summary == {
        "summary": NAMES,
        "shared": result.shared,
        "new_words": result.new,
        "gone_words": result.gone,
        "mean_cosine": round(result.mean_cosine, 6),
        "median_cosine": round(result.median_cosine, 6),
        "mean_overlap": round(result.mean_overlap, 6),
        "overlap_words": result.shared,
        "neighbors": 10,
        "vectors": "input",
        "min_count": 1,
    }


def test_the_same_file_twice(models):
    code, out, err = models("compare", NAMES[0], NAMES[0])
    assert (code, err) == (0, "")
    words = Model.load(Path(NAMES[0])).words
    *rows, summary = [line.split("\t") for line in out.splitlines()]
    assert [row[:4] for row in rows] == [
        ["changed", word, "1.0000", "1.0000"] for word in words[:20]
    ]
    count = str(len(words))
    assert summary == ["summary", count, "0", "0", "1.0000", "1.0000", "1.0000", count]


def test_tables(models, monkeypatch):
    monkeypatch.setattr("w2vcli.cli.pages.results_on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = models("compare", *NAMES, "--top", "2", "--neighbors", "4")
    assert (code, err) == (0, "")
    titles = ["Most changed", "New", "Gone", "Summary"]
    assert re.findall(r"^[A-Z][a-z ]+$", out, re.MULTILINE) == titles
    text = " ".join(out.split())
    assert "the share of the 4 nearest words that are the same" in text
    assert "old count new count" in text
    assert "a sample" not in text
    assert max(map(len, out.splitlines())) <= 80
    monkeypatch.setattr(comparison, "_SEEN", 9)
    _, out, _ = models("compare", *NAMES, "--min-count", "1000")
    assert re.findall(r"^[A-Z][a-z ]+$", out, re.MULTILINE) == ["Summary"]
    assert "that of a sample, evenly spaced over the shared words" in out


@pytest.mark.parametrize(
    ("chosen", "what"),
    [
        ([], "input and output vectors"),
        (["--vectors", "input"], "input vectors"),
        (["--vectors", "sum"], "sums of input and output vectors"),
        (["--vectors", "blend"], "input vectors plus an eighth of the output vectors"),
    ],
)
def test_a_table_names_the_vectors(models, monkeypatch, chosen, what):
    monkeypatch.setattr("w2vcli.cli.pages.results_on_terminal", lambda: True)
    code, out, _ = models("compare", *NAMES, *chosen)
    assert code == 0
    assert f"Cosine: of the old and the new {what}, after the" in " ".join(out.split())


def test_fewer_words_than_dimensions(models):
    one = np.eye(3, 5, dtype=np.float32)
    Model(["the", "king", "x"], np.array([3, 2, 1]), one, one, one[:, 0]).save(Path("few"))
    code, out, err = models("compare", "few", NAMES[1])
    assert (code, out) == (0, lines(found("few", NAMES[1])))
    assert err == (
        "w2vcli: warning: the models share 2 words, fewer than their 5 dimensions, so that a "
        "rotation makes any vectors alike; go by the overlaps alone\n"
    )


def test_a_map_of_what_changed(models):
    expected = lines(found(top=2))
    result = models("compare", *NAMES, "--top", "2", "-o", "drift.svg")
    assert result == (0, expected, "TIME wrote drift.svg\n")
    text = Path("drift.svg").read_text(encoding="utf-8")
    assert f"<title>{NAMES[0]} to {NAMES[1]}: the words that changed most</title>" in text
    assert "2 words that moved most" in text
    for change in found(top=2).changed:
        about = (
            f"{change.word}, {change.new_count} times, cosine of old and new {change.cosine:.4f}"
        )
        assert f"<title>{about}</title>" in text
    assert ", new</title>" in text
    code, out, _ = models("compare", *NAMES, "--top", "2", "--json", "-o", "again.svg")
    assert (code, json.loads(out.splitlines()[-1])["summary"]) == (0, NAMES)
    assert Path("again.svg").read_text(encoding="utf-8") == text


def test_a_page_of_what_changed(models):
    result = models("compare", *NAMES, "--top", "2", "-o", "drift.html")
    assert result == (0, lines(found(top=2)), "TIME wrote drift.html\n")
    page = Path("drift.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    shown = json.loads(data)
    listed = {c.word for c in found(top=2).changed} | {word for word, _ in found(top=2).new_words}
    assert {shown["words"][number] for number in shown["asked"]} == listed
    by_word = dict(zip(shown["words"], shown["drift"]["cosines"], strict=True))
    assert by_word["cat"] is None
    for change in found(top=2).changed:
        assert by_word[change.word] == pytest.approx(change.cosine, abs=2e-5)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "Missing argument 'OLD'"),
        (NAMES[:1], 2, "Missing argument 'NEW'"),
        ([NAMES[0], ""], 2, "a file name is empty"),
        (["missing", NAMES[0]], 66, "missing: cannot be read"),
        ([NAMES[0], "missing"], 66, "missing: cannot be read"),
        ([NAMES[0], "text.txt"], 65, "text.txt: this is a text and not a model"),
        ([NAMES[0], "other"], 65, "the models share fewer than two words"),
        ([*NAMES, "--neighbors", "0"], 2, "--neighbors"),
        ([*NAMES, "--neighbors", "1001"], 2, "--neighbors"),
        ([*NAMES, "--top", "0"], 2, "--top"),
        ([*NAMES, "--min-count", "0"], 2, "--min-count"),
        ([*NAMES, "--vectors", "all"], 2, "--vectors"),
        ([*NAMES, "third"], 2, "third"),
        ([*NAMES, "-o", "drift.gif"], 2, "drift.gif does not end in .html, .svg or .png"),
        ([*NAMES, "-o", "nowhere/drift.svg"], 73, "nowhere"),
        (["old.svg", NAMES[1], "-o", "old.svg"], 2, "old.svg is also read"),
    ],
)
def test_what_can_be_wrong(models, arguments, code, message):
    one = np.ones((3, 2), dtype=np.float32)
    Model(["x", "y", "the"], np.array([3, 2, 1]), one, one, one[:, 0]).save(Path("other"))
    Path("old.svg").write_bytes(Path(NAMES[0]).read_bytes())
    result, out, err = models("compare", *arguments)
    assert (result, out, err.count("\n")) == (code, "", 1)
    assert message in err


def test_options_from_the_environment_and_a_file(models, monkeypatch):
    Path("options.toml").write_text("[compare]\ntop = 1\nmin-count = 6\n")
    expected = lines(found(top=1, min_count=6))
    assert models("--config", "options.toml", "compare", *NAMES) == (0, expected, "")
    monkeypatch.setenv("W2VCLI_COMPARE_TOP", "2")
    expected = lines(found(top=2))
    assert models("compare", *NAMES) == (0, expected, "")


def test_a_map_of_no_words_is_refused_in_a_sentence(w2v):
    code, out, err = w2v(
        "compare", "model.safetensors", "model.safetensors", "--min-count", "99999", "-o", "x.svg"
    )
    assert (code, out) == (2, "")
    assert "--min-count 99999: no word is as frequent as that in both models" in err
    assert not Path("x.svg").exists()
