"""subwords: what each n-gram says, in pipes, as JSON and on terminals; and what can be wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.subword_models import subword_model
from helpers.terminals import on_terminal

from w2vcli import Lookup, ngram_shares
from w2vcli.vectors.imported import ImportedVectors

MODEL = "subwords.safetensors"
PLAIN = "model.safetensors"


@pytest.fixture
def model(w2v):
    made = subword_model(lower=True)
    made.save(Path(MODEL))
    return made


def cells(share):
    name = "(own row)" if share.ngram is None else share.ngram
    return [name, str(share.times), f"{share.cosine:.4f}", f"{share.left:.4f}"]


def test_a_pipe_gets_a_line_for_each_ngram(w2v, model):
    code, out, err = w2v("subwords", MODEL, "aaaa", "kingly")
    note = "TIME the model does not know 'kingly': its vector is made of 7 n-grams\n"
    assert (code, err) == (0, note)
    shown = [line.split("\t") for line in out.splitlines()]
    expected = [
        [word, *cells(share)]
        for word in ("aaaa", "kingly")
        for share in ngram_shares(Lookup(model), word).shares
    ]
    assert shown == expected
    assert shown[0][:3] == ["aaaa", "(own row)", "1"]
    assert ["aaaa", "aaa", "2"] in [row[:3] for row in shown]
    assert w2v("subwords", MODEL, stdin=b"aaaa\nkingly\n") == (0, out, note)
    assert w2v("subwords", MODEL, "-", stdin=b"aaaa kingly\n") == (0, out, note)


def test_json(w2v, model):
    code, out, _ = w2v("subwords", MODEL, "--json", stdin=b"KING zzz kingly\n")
    assert code == 3
    king, unknown, kingly = map(json.loads, out.splitlines())
    assert unknown == {"query": "zzz", "unknown": ["zzz"]}
    assert king.keys() == {"query", "word", "ngrams"}
    assert (king["query"], king["word"]) == ("KING", "king")
    assert kingly.keys() == {"query", "unseen", "ngrams"}
    assert kingly["unseen"] == ["kingly"]
    assert len(kingly["ngrams"]) == 7
    assert king["ngrams"][0]["ngram"] is None
    for told, word in ((king, "king"), (kingly, "kingly")):
        for found, share in zip(
            told["ngrams"], ngram_shares(Lookup(model), word).shares, strict=True
        ):
            assert found == {
                "ngram": share.ngram,
                "times": share.times,
                "cosine": round(share.cosine, 6),
                "left": round(share.left, 6),
            }


def test_a_word_of_one_row_leaves_nothing_without_it(w2v):
    subword_model(least_words=2).save(Path(MODEL))
    assert w2v("subwords", MODEL, "the")[1] == "the\t(own row)\t1\t1.0000\t-\n"
    (told,) = map(json.loads, w2v("subwords", MODEL, "the", "--json")[1].splitlines())
    assert told["ngrams"] == [{"ngram": None, "times": 1, "cosine": 1.0, "left": None}]


def test_the_most_telling_come_first(w2v, model):
    everything = w2v("subwords", MODEL, "walking")[1].splitlines()
    for most in (1, 3, 999):
        shown = w2v("subwords", MODEL, "walking", "--top", most)[1].splitlines()
        assert shown == sorted(everything, key=lambda line: float(line.split("\t")[-1]))[:most]


def test_an_unknown_word_and_its_suggestion(w2v):
    subword_model(least_words=2).save(Path(MODEL))
    code, out, err = w2v("subwords", MODEL, "thei", "the")
    assert code == 3
    assert out == "the\t(own row)\t1\t1.0000\t-\n"
    assert err.startswith("w2vcli: the model does not know the word 'thei'; near it: the")
    assert err.count("\n") == 1


def test_models_without_ngrams(w2v):
    ImportedVectors(["king"], np.ones((1, 2), np.float32)).save(Path("imported"))
    instead = "import fastText's .bin, which has them, or "
    for name, hint in ((PLAIN, ""), ("imported", instead)):
        assert w2v("subwords", name, "king") == (
            2,
            "",
            f"w2vcli: {name} has no n-grams; {hint}train a model that has, as in "
            "'w2vcli train TEXT --subwords 3-6 -o MODEL'\n",
        )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([MODEL, "king", "--top", "0"], 2, "Invalid value for '--top'"),
        (["none", "king"], 66, "none: "),
        (["text.vocab", "king"], 65, "text.vocab: "),
    ],
)
def test_what_can_be_wrong(w2v, model, arguments, code, message):
    found = w2v("subwords", *arguments)
    assert found[:2] == (code, "")
    assert found[2].startswith(f"w2vcli: {message}")
    assert found[2].count("\n") == 1


def test_no_words_are_given_and_no_utf8(w2v, model, monkeypatch):
    code, out, err = w2v("subwords", MODEL, stdin=b"king\n\xe9\n")
    assert code == 65
    assert {line.split("\t")[0] for line in out.splitlines()} == {"king"}
    assert "line 2, byte 1: 0xe9 is not valid UTF-8" in err
    monkeypatch.setattr("w2vcli.cli.lines.sys", type("S", (), {"stdin": None}))
    code, out, err = w2v("subwords", MODEL)
    assert (code, out) == (2, "")
    assert err.startswith("w2vcli: no words were given")


def test_numbers_that_are_not_finite(w2v):
    model = subword_model()
    model.subwords.rows[model.subwords.ids["ing"]] = np.nan
    model.save(Path(MODEL))
    code, out, err = w2v("subwords", MODEL, "king")
    assert (code, out) == (65, "")
    assert "not finite" in err


def test_a_terminal_gets_tables(w2v, model):
    code, shown = on_terminal(f"subwords {MODEL} KING KINGLY")
    assert code == 0
    heads = [
        i for i, line in enumerate(shown) if line.split() == ["n-gram", "times", "cosine", "left"]
    ]
    assert [shown[i - 1] for i in heads] == [
        "KING (as king)",
        "KINGLY (as kingly) (unseen: of 7 n-grams)",
    ]
    for place, word in zip(heads, ("king", "kingly"), strict=True):
        for row, share in zip(
            shown[place + 2 :], ngram_shares(Lookup(model), word).shares, strict=False
        ):
            assert row.split() == " ".join(cells(share)).split()


def test_words_and_ngrams_control_no_terminal(w2v):
    words = ["\x1b[31m", "\u202eabc", "<b>", "-v", "+"]
    subword_model(words, ngrams="1-3").save(Path(MODEL))
    code, shown = on_terminal(f"subwords {MODEL} -v + <b> \x1b[31m \u202eabc")
    assert code == 0
    text = "\n".join(shown)
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "\\x1b[3" in text
    assert "\\u202ea" in text
    out = w2v("subwords", MODEL, "\u202eabc")[1]
    assert "\u202eabc\t<\u202ea\t1\t" in out
