"""phrases: the table, the summaries for people and for programs, and all that can go wrong."""

import json
from pathlib import Path

import pytest
from helpers.arguments import changed

from w2vcli.system.locks import locked
from w2vcli.text.phrases import PhraseTable

FIND = ["phrases", "text", "-o", "new", "--min-count", "1", "--threshold", "0.5"]
TABLE = "bank of england\t1.33333\t3\nnew york\t1.33333\t3\n"


@pytest.fixture(autouse=True)
def text(w2v):
    Path("text").write_text("New York\nthe bank of England\n" * 3, encoding="utf-8")


def test_the_whole_path(w2v):
    code, out, err = w2v(*FIND, "--lower", "--connectors", "english", "--json")
    assert code == 0
    # The score of both: (3 - 1) / (3 * 3) * (4 words + 2 candidates).
    assert Path("new").read_text(encoding="utf-8") == TABLE
    assert json.loads(out) == {
        "tokens": 18,
        "types": 4,
        "candidates": 2,
        "frequent": 2,
        "phrases": 2,
        "fingerprint": PhraseTable.load("new").fingerprint,
    }
    assert err == (
        "TIME phrases: 2 of 2 candidates, in 18 tokens\nTIME the best: bank of england, new york\n"
    )


def test_without_connectors_and_with_some_of_a_file(w2v):
    assert w2v(*changed(FIND, ["--scoring", "npmi", "--threshold", "0.9"]))[0] == 0
    assert Path("new").read_text().splitlines()[0] == "New York\t1\t3"
    assert "bank of\t1\t3\n" in Path("new").read_text()
    Path("words").write_text("of 99\nthe\n", encoding="utf-8")
    assert w2v(*FIND, "--connectors", "words")[1] == ""
    assert Path("new").read_text() == "New York\t1.33333\t3\nbank of England\t1.33333\t3\n"


def test_the_best_ones_from_standard_input(w2v):
    text = b"a b\n" * 9 + b"c d\n" * 8
    code, out, err = w2v("phrases", "-", "-o", "new", "--top", "1", "--threshold", ".1", stdin=text)
    assert (code, out) == (0, "")
    assert Path("new").read_text() == "a b\t0.296296\t9\n"
    assert err == "TIME phrases: 1 of 2 candidates, in 34 tokens\nTIME the best: a b\n"


def test_the_same_table_with_any_threads_and_memory(w2v):
    tables = []
    for more in ([], ["--threads", "1"], ["--threads", "4", "--memory", "1K"]):
        assert w2v(*FIND, "--connectors", "english", *more)[0] == 0
        tables.append(Path("new").read_bytes())
    assert tables[0] == tables[1] == tables[2]


HOSTILE = ["\x1b[2J", "\u202eabc", "<script>", '"', "'", "-", "+", "a\u00a0b", "b\u2028c", "d\x85e"]


def test_hostile_words(w2v):
    lines = [*(f"{word} x{i}" for i, word in enumerate(HOSTILE)), "y" * 10_000 + " z"]
    Path("text").write_text("\n".join(lines * 3), encoding="utf-8")
    code, out, err = w2v(*FIND, "--json")
    assert code == 0
    assert json.loads(out)["phrases"] == len(lines)
    assert {phrase.text for phrase in PhraseTable.load("new").phrases} == set(lines)
    assert err.count("\n") == 2
    assert err.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--threshold", "0"], 2, "--threshold 0: a score of word2vec is greater than 0 for eve"),
        (["--threshold", "nan"], 2, "Invalid value for '--threshold': it should be a finite num"),
        (["--scoring", "npmi", "--threshold", "2"], 2, "--threshold 2: the score npmi lies betw"),
        (["--scoring", "pmi"], 2, "Invalid value for '--scoring': "),
        (["--min-count", "0"], 2, "Invalid value for '--min-count': "),
        (["--min-count", "9" * 20], 2, "Invalid value for '--min-count': "),
        (["--top", "0"], 2, "Invalid value for '--top': "),
        (["--connectors", "none"], 66, "none: no such file or folder"),
        (["--connectors", ""], 2, "a file name is empty"),
        (["--connectors", "new"], 2, "--output: new is also read"),
        (["--connectors", "bad"], 65, "bad, line 2, byte 1: 0xff is not valid UTF-8"),
        (["bad"], 65, "bad, line 2, byte 1: 0xff is not valid UTF-8"),
        (["--min-count", "9"], 65, "text: no two words stand together 10 times, as a phrase"),
        (["--threshold", "99"], 65, "text: none of the 4 pairs of words that are frequent enou"),
        (["one", "--threshold", "9"], 65, "one: the one pair of words that is frequent enough is"),
        (["many"], 65, "many/0, many/1, many/2 and 2 others: no two words stand together 2 times"),
    ],
)
def test_what_can_go_wrong(w2v, more, code, message):
    Path("bad").write_bytes(b"a\n\xff\n")
    Path("one").write_bytes(b"a b\n" * 2)
    Path("many").mkdir()
    for number in range(5):
        Path(f"many/{number}").write_bytes(b"a\n")
    Path("new").write_text("old", encoding="utf-8")
    arguments = changed(FIND, more)
    if more[0] in ("one", "many"):
        arguments.remove("text")
    found, out, err = w2v(*arguments)
    assert (found, out) == (code, "")
    assert err.startswith(f"w2vcli: {message}")
    assert err.count("\n") == 1
    assert Path("new").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["none", "-o", "new"], 66),
        (["text"], 2),
        (["text", "-o", "text"], 2),
        (["text", "-o", "-"], 2),
        (["text", "-o", "none/new"], 73),
        ([".", "-o", "new"], 2),
    ],
)
def test_unusable_inputs_and_outputs(w2v, arguments, code):
    before = Path("text").read_bytes()
    found, out, err = w2v("phrases", *arguments)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert Path("text").read_bytes() == before
    assert not Path("new").exists()


def test_no_advice_below_the_least(w2v):
    Path("words").write_bytes(b"a\nb\n")
    assert w2v("phrases", "words", "-o", "new", "--scoring", "npmi", "--min-count", "1") == (
        65,
        "",
        "w2vcli: words: no two words stand together once, as a phrase has to; give more text\n",
    )


def test_another_run_holds_the_table(w2v):
    with locked(Path("new")):
        assert w2v(*FIND)[0] == 75
        assert w2v(*FIND, "--lock", "skip") == (
            0,
            "",
            "TIME new: another run is at work on it; nothing is left to do\n",
        )
    assert w2v(*FIND)[0] == 0
    assert [path.name for path in Path().iterdir() if path.name.startswith(".")] == []
