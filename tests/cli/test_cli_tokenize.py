"""tokenize: a filter and a file; and --tokenize, which reads the same in other commands."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import w2vcli
from w2vcli.text.rules import VERSION

RAW = "“The king rules.” The U.S. king, and the king!\nIn 1984 the queen ruled the king's land.\n"


def write(text=RAW, name="raw.txt"):
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_from_standard_input_to_standard_output(w2v):
    code, out, err = w2v("tokenize", "--lower", "--numbers", "fold", stdin=RAW.encode())
    assert (code, err) == (0, "")
    assert out == (
        "the king rules the u.s. king and the king\nin 0 the queen ruled the king's land\n"
    )


def test_files_to_a_file(w2v):
    code, out, err = w2v("tokenize", write(), write("b. \n", "b"), "-o", "new", "--json")
    assert code == 0
    assert Path("new").read_text(encoding="utf-8") == (
        "The king rules The U.S. king and the king\nIn 1984 the queen ruled the king's land\nb\n"
    )
    assert json.loads(out) == {"output": "new", "lines": 3, "tokens": 18}
    assert err == "TIME wrote new: 3 lines, 18 tokens\n"


@pytest.mark.parametrize("threads", ["1", "2", "7"])
def test_threads_make_no_difference(w2v, threads):
    code, out, _ = w2v("tokenize", write(RAW * 999), "--threads", threads)
    assert (code, out) == (0, w2v("tokenize", "raw.txt")[1])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nosuch"], 66, "nosuch: no such file or folder; check the path"),
        (["raw.txt", "-o", "raw.txt"], 2, "--output: raw.txt is also read; write to another file"),
        (["raw.txt", "-o", "-"], 2, "--output: '-' (standard output) cannot be replaced whole"),
        (["raw.txt", "-o", "no/new"], 73, "no/new"),
        (["raw.txt", "--json"], 2, "--json is about the file that --output writes; give --output"),
        (["bad.txt", "-o", "new"], 65, "bad.txt, line 2, byte 2: 0xff is not valid UTF-8"),
        (["raw.txt", "--phrases", "nosuch"], 66, "nosuch: no such file or folder; check the path"),
        (["raw.txt", *["--phrases", "t"] * 2], 2, "--phrases: t holds the same phrases as a table"),
        (["--phrases", "-"], 2, "the text is read from there too if none is given; name a text"),
        (
            ["nul.txt"],
            65,
            "nul.txt, line 2, byte 4: a NUL byte, which no text has; if it is UTF-16",
        ),
        (["-", "-"], 2, "standard input ('-') can be read only once"),
        (["raw.txt", "--lines", "page"], 2, "'--lines'"),
    ],
)
def test_errors(w2v, arguments, code, message):
    write()
    Path("bad.txt").write_bytes(b"good\na\xff\n")
    Path("nul.txt").write_bytes(b"good\nthe\0 king\n")
    write("the king\n", "t")
    before = sorted(Path().iterdir())
    result = w2v("tokenize", *arguments)
    assert result[:2] == (code, "")
    assert message in result[2]
    assert result[2].count("\n") == 1
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("tokenize . > words.txt", "words.txt, which is also read"),
        ("tokenize raw.txt >> raw.txt", "raw.txt, which is also read"),
        ("tokenize < raw.txt >> raw.txt", "the file of standard input"),
    ],
)
def test_standard_output_is_no_input(w2v, command, shown):
    write()
    done = subprocess.run(
        f"{sys.executable} -m w2vcli {command}", shell=True, capture_output=True, check=False
    )
    assert done.returncode == 2
    said = f"w2vcli: standard output is {shown}; write to another file\n"
    assert done.stderr.decode().endswith(said)
    assert done.stderr.count(b"\n") == 1
    assert Path("raw.txt").read_text(encoding="utf-8") == RAW


def test_nul_bytes(w2v):
    Path("nul.txt").write_bytes("one\ntwo\n".encode("utf-16-le"))
    assert w2v("tokenize", "nul.txt", "--encoding", "utf-16-le")[:2] == (0, "one\ntwo\n")
    Path("nul.txt").write_bytes(b"one\nt\0o\n")
    assert w2v("tokenize", "nul.txt", "--on-bad-bytes", "skip-line")[:2] == (0, "one\n")
    assert w2v("tokenize", "nul.txt", "--on-bad-bytes", "replace")[:2] == (0, "one\nt o\n")
    assert w2v("build-vocab", "nul.txt", "-o", "v", "--min-count", "1")[0] == 0


# --- the other commands -----------------------------------------------------------------

RULES = ["--lower", "--numbers", "fold", "--lines", "sentence"]
TEXT = RAW * 9


def test_tokenize_words_is_tokenizing_first(w2v):
    write(TEXT)
    w2v("tokenize", "raw.txt", *RULES, "-o", "words.txt")
    for command in (["build-vocab"], ["train", "--dim", "3"]):
        assert w2v(*command, "words.txt", "-o", "first", "--json")[0] == 0
        assert w2v(*command, "raw.txt", "--tokenize", "words", *RULES, "-o", "at-once")[0] == 0
        if command == ["build-vocab"]:
            assert Path("first").read_bytes() == Path("at-once").read_bytes()
    one, other = w2vcli.load("first"), w2vcli.load("at-once")
    assert one.words == other.words
    assert (one.w_in == other.w_in).all()
    assert one.corpus == other.corpus
    assert "text" not in one.config
    assert other.config["text"] == {
        "tokenize": "words",
        "version": VERSION,
        "numbers": "fold",
        "punctuation": "drop",
        "lines": "sentence",
    }


def test_a_store_keeps_the_rules(w2v):
    write(TEXT)
    assert w2v("count", "raw.txt", "--store", "s", "--tokenize", "words", *RULES)[0] == 0
    assert w2v("train", "--store", "s", "--dim", "3", "-o", "counted")[0] == 0
    w2v("train", "raw.txt", "--tokenize", "words", *RULES, "--dim", "3", "-o", "read")
    assert Path("counted").read_bytes() == Path("read").read_bytes()
    assert '"text": {"tokenize": "words"' in w2v("store", "s", "--json")[1]
    assert "config.text.lines\tsentence\n" in w2v("info", "counted")[1]
    write("More.\n", "more.txt")
    code, _, err = w2v("count", "more.txt", "--store", "s", "--tokenize", "words", "--lower")
    assert code == 2
    assert err == (
        "w2vcli: the store s counts with window 5, linear weights, lower-cased, tokenized into "
        "words, numbers fold, lines sentence, and here it is window 5, linear weights, "
        "lower-cased, tokenized into words; give the same options, or another --store\n"
    )


def test_queries_texts_and_resumed_runs_follow_the_rules(w2v):
    write(TEXT)
    write("The QUEEN ruled the “king’s” land in 2026.\n", "new.txt")
    train = ["train", "raw.txt", "--dim", "3", "-o", "m", "--min-count", "1"]
    words = ["--tokenize", "words", *RULES]
    assert w2v(*train, *words, "--validation", "new.txt")[0] == 0
    for query, word in [("KING,", "king"), ("King’s", "king's"), ("1999", "0"), ("u.s.", "u.s.")]:
        assert w2v("similar", "m", query, "--top", "2") == (
            0, w2v("similar", "m", word, "--top", "2")[1].replace(f"{word}\t", f"{query}\t"), "",
        )  # fmt: skip
    assert w2v("similar", "m", "a b")[0] == 3
    code, out, _ = w2v("eval", "m", "--perplexity", "new.txt", "--json")
    found = json.loads(out)
    assert (code, found["tokens"], found["known"]) == (0, 8, 8)
    code, out, _ = w2v("predict", "m", "--score", "--json", stdin=Path("new.txt").read_bytes())
    assert [json.loads(out)[key] for key in ("tokens", "unknown")] == [8, 0]
    assert w2v(*train, *words, "--max-time", "0.000001s")[0] == 0
    code, _, err = w2v(*train, "--lower", "--resume")
    assert code == 2
    assert err == (
        "w2vcli: --resume: the run in m.checkpoint has another --tokenize: words there, none here; "
        "give the same options, or leave --resume out\n"
    )
    # The rules differ in one option, which the message names.
    kept = [option for option in words if option not in ("--numbers", "fold")]
    code, _, err = w2v(*train, *kept, "--resume")
    assert code == 2
    assert "has another --numbers: fold there, keep here; " in err


def test_a_warm_start_by_other_rules_is_noticed(w2v):
    write(TEXT)
    train = ["train", "raw.txt", "--dim", "3", "--min-count", "1", "--tokenize", "words"]
    assert w2v(*train, "--lower", "-o", "m")[0] == 0
    code, _, err = w2v(*train, "--warm-start", "m", "-o", "new")
    assert code == 0
    assert (
        "warning: the old model's text was lower-cased, tokenized into words, this one is case "
        "kept, tokenized into words; words written in another way count as new\n"
    ) in err
    code, _, err = w2v(*train, "--lower", "--warm-start", "m", "-o", "new")
    assert code == 0
    assert "the old model's text" not in err


def test_how_much_of_a_text_a_given_vocabulary_covers(w2v):
    rules = ["--tokenize", "words", "--lower"]
    assert w2v("build-vocab", write(RAW * 9), *rules, "-o", "v")[0] == 0
    train = ["train", "raw.txt", "--vocab", "v", "--dim", "2", "-o", "m"]
    for given, known in ((rules, "153 of the 153 tokens (100.00%)"), ([], "81 of the 153 tokens")):
        code, _, err = w2v(*train, *given)
        assert code == 0
        assert f"vocabulary: its 11 words are {known}" in err


def test_a_table_of_phrases_is_told_by_its_fingerprint(w2v):
    write(RAW)
    Path("table").write_text("new york\t12.5\t7\nof the\t3\t9\n", encoding="utf-8")
    train = ["train", "raw.txt", "--tokenize", "words", "--min-count", "1", "--dim", "2"]
    assert w2v(*train, "--phrases", "table", "-o", "m")[0] == 0
    code, out, _ = w2v("info", "table", "--json")
    facts = json.loads(out)
    assert (code, facts["kind"], facts["phrases"]) == (0, "table of phrases", 2)
    assert facts["best"] == ["new york", "of the"]
    code, _, err = w2v("eval", "m", "--perplexity", "raw.txt")
    assert code == 2
    assert f"m needs the phrases that were joined before ({facts['fingerprint']}" in err


def test_a_cbow_gap_is_between_words(w2v):
    write(TEXT)
    options = ["--arch", "cbow", "--dim", "3", "--lower", "--min-count", "1", "-o", "m"]
    assert w2v("train", "raw.txt", "--tokenize", "words", *options)[0] == 0
    answers = []
    for text in ("the queen _ the king's land", "The “Queen” (), _ the king’s land!"):
        code, out, _ = w2v("predict", "m", text, "--json")
        assert code == 0
        answers.append(json.loads(out)["answers"])
    assert answers[0] == answers[1]


def test_phrases(w2v):
    Path("table").write_text("the king\nqueen ruled\n", encoding="utf-8")
    Path("longer").write_text("queen_ruled the_king's\nin 1984\n", encoding="utf-8")
    write(TEXT)
    options = ["--tokenize", "words", "--lower", "--phrases", "table", "--phrases", "longer"]
    code, out, _ = w2v("tokenize", "raw.txt", *options[2:])
    assert out.startswith(
        "the_king rules the u.s. king and the_king\nin_1984 the queen_ruled the king's land\n"
    )
    assert w2v("train", "raw.txt", *options, "--min-count", "1", "--dim", "3", "-o", "m")[0] == 0
    assert w2v("similar", "m", "The King", "--top", "1")[0] == 0
    assert w2v("predict", "m", "The King", "--top", "1")[0] == 0
    asks = (["eval", "m", "--perplexity", "raw.txt"], ["predict", "m", "--score", "the king"])
    for ask in asks:
        code, _, err = w2v(*ask)
        assert code == 2
        assert "name their table with --phrases" in err
        code, _, err = w2v(*ask, "--phrases", "table")
        assert code == 2
        assert "is not what was joined before" in err
        assert w2v(*ask, "--phrases", "table", "--phrases", "longer")[0] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lower"], "--lower: what is in a store was lower-cased when counted, or was not"),
        (["--tokenize", "words"], "--tokenize: the texts in a store became tokens when they were"),
        (["--phrases", "t"], "--phrases: in a store they were joined when its texts were counted"),
    ],
)
def test_a_store_was_tokenized_before(w2v, options, message):
    code, _, err = w2v("train", "--store", "s", "-o", "m", *options)
    assert code == 2
    assert message in err


@pytest.mark.parametrize("command", [["train", "-o", "new"], ["count", "--store", "s"]])
def test_rules_of_tokenizing_without_it(w2v, command):
    code, _, err = w2v(*command, "text.txt", "--numbers", "fold")
    assert (code, err) == (
        2,
        "w2vcli: --numbers fold says how to tokenize; give --tokenize words too\n",
    )


# --- how files are read -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "out", "said"),
    [
        ("replace", "one\nt o\nthree\n", "1 sequence of bad bytes replaced"),
        ("skip-line", "one\nthree\n", "1 line left out"),
    ],
)
def test_bad_bytes(w2v, policy, out, said):
    Path("bad.txt").write_bytes(b"one\nt\xffo\nthree\n")
    result = w2v("tokenize", "bad.txt", "--on-bad-bytes", policy)
    assert result[:2] == (0, out)
    assert result[2] == (
        f"w2vcli: warning: not valid utf-8: {said}, in 1 of 1 files; the first in bad.txt, line 2\n"
    )
    for command in (["build-vocab", "-o", "v"], ["count", "--store", "s"]):
        code, _, err = w2v(*command, "text.txt", "bad.txt", "--on-bad-bytes", policy)
        assert code == 0
        assert f"{said}, in 1 of 2 files; the first in bad.txt, line 2\n" in err
    assert said in w2v("train", "text.txt", "bad.txt", "-o", "m", "--on-bad-bytes", policy)[2]


def test_an_encoding_is_that_of_the_held_out_text_too(w2v):
    for name in ("a", "b"):
        Path(name).write_text("Grüße und Küsse\n" * 5, encoding="utf-16")
    Path("bad").write_bytes("Grüße und\n".encode("utf-16") + b"x")
    encoding = ["--encoding", "utf-16"]
    assert w2v("train", "a", "--validation", "b", *encoding, "--dim", "2", "-o", "m")[0] == 0
    assert w2vcli.load("m").words == ["Grüße", "Küsse", "und"]
    held_out = ["--validation", "bad", "--on-bad-bytes", "skip-line"]
    code, _, err = w2v("train", "a", *held_out, *encoding, "--dim", "2", "-o", "m")
    assert code == 0
    assert "1 line left out, in 1 of 2 files; the first in bad, line 2\n" in err
    assert w2v("gradcheck", "a", *encoding, "--dim", "2", "--sample", "3")[0] == 0
    code, _, err = w2v("train", "a", "--encoding", "utf-61", "-o", "m2")
    assert code == 2
    assert err.startswith("w2vcli: --encoding: 'utf-61' is no encoding that Python knows; name one")


def test_names_of_texts_in_a_file(w2v):
    for name in ("a b", "c", "d/e.txt", "d/f.md"):
        Path(name).parent.mkdir(exist_ok=True)
        write(f"{name[0]}\n", name)
    Path("list").write_bytes(b"a b\n\nc\n")
    assert w2v("tokenize", "--files-from", "list")[:2] == (0, "a\nc\n")
    assert w2v("tokenize", "d", "--files-from", "list", "--include", "*.md")[1] == "d\na\nc\n"
    assert w2v("tokenize", "--files-from", "-", stdin=b"c\0a b\0")[1] == "c\na\n"
    options = ["--files-from", "list", "--min-count", "1", "-o", "v"]
    assert w2v("build-vocab", *options)[0] == 0
    assert Path("v").read_text(encoding="utf-8") == "a 1\nc 1\n"
    assert w2v("count", "--files-from", "list", "--store", "s")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["build-vocab", "-o", "v"], 2, "no text was given; name files or folders, or give --file"),
        (["build-vocab", "--files-from", "none", "-o", "v"], 66, "none: cannot be read: No such f"),
        (["build-vocab", "--files-from", "empty", "-o", "v"], 66, "empty: there are no names in"),
        (["tokenize", "-", "--files-from", "-"], 2, "standard input ('-') can be read only once"),
        (
            ["tokenize", "--files-from", "list", "-o", "raw.txt"],
            2,
            "--output: raw.txt is also read",
        ),
        (["tokenize", "--files-from", "list", "-o", "list"], 2, "--output: list is also read"),
        (["tokenize", "raw.txt", "--include", "*"], 2, "--include chooses among the files of fold"),
        (
            ["train", "--store", "s", "--encoding", "ascii", "-o", "m"],
            2,
            "--encoding: the texts in",
        ),
    ],
)
def test_names_that_lead_nowhere(w2v, arguments, code, message):
    write()
    write("", "empty")
    write("raw.txt\n", "list")
    result = w2v(*arguments)
    assert result[:2] == (code, "")
    assert message in result[2]
    assert result[2].count("\n") == 1


# --- text that is not tokenized ---------------------------------------------------------


def test_raw_text_is_noticed_once(w2v):
    names = [f"w{a}{b}" for a in "abcdef" for b in "abcdef"]
    text = "".join(f"{name} and {name}, or {name}.\n" for name in names) * 5
    write(text)
    said = (
        "w2vcli: warning: 65.5% of the words have punctuation glued to them, such as 'waa,' beside "
        "'waa'; --tokenize words separates it\n"
    )
    for command in (["build-vocab"], ["train", "--dim", "2"]):
        code, _, err = w2v(*command, "raw.txt", "-o", "new")
        assert code == 0
        assert err.count(said) == 1
        code, _, err = w2v(*command, "raw.txt", "-o", "new", "--tokenize", "words")
        assert (code, "glued" in err) == (0, False)
        assert "glued" not in w2v(*command, "text.txt", "-o", "new")[2]
