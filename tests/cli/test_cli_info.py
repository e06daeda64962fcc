"""info: whole outputs, as lines and as JSON; exit codes; nothing raw reaches a terminal."""

import json
from pathlib import Path

import numpy as np
import pytest

from w2vcli.judging.file_info import facts_of
from w2vcli.vectors.model import Model


def saved_model(path, **about):
    ones = np.ones((2, 3), np.float32)
    Model(["a", "b"], np.array([2, 1]), ones, ones, ones[:, 0], **about).save(path)
    return facts_of(path)


def test_a_line_for_each_fact(w2v):
    facts = saved_model(
        Path("m"),
        config={"lr": 0.1 + 0.2, "bias": True, "lower": False, "vocabulary": {"max_vocab": None}},
        corpus={"tokens": 3, "inputs": [{"sha256": "ab"}, {"sha256": "cd"}]},
        history=[{"loss": 1.23456789}],
    )
    expected = f"""\
kind	model
format_version	2
bytes	{facts["bytes"]}
checksum	{facts["checksum"]}
verified	yes
verified_by	the checksum of all its bytes
words	2
dim	3
config.lr	0.3
config.bias	yes
config.lower	no
config.vocabulary.max_vocab	none
corpus.tokens	3
corpus.inputs.1.sha256	ab
corpus.inputs.2.sha256	cd
history.1.loss	1.23457
versions	none
"""
    assert w2v("info", "m", "--verify") == (0, expected, "")


def test_a_vocabulary(w2v):
    Path("v").write_text("señor 3\nb 2\n", encoding="utf-8")
    expected = f"""\
kind	vocabulary
bytes	13
sha256	{facts_of(Path("v"))["sha256"]}
checksum	none
verified	yes
verified_by	its lines and their order; the format holds no checksum to compare
words	2
tokens	5
least_count	2
most_frequent.1.word	señor
most_frequent.1.count	3
most_frequent.2.word	b
most_frequent.2.count	2
"""
    assert w2v("info", "v", "--verify") == (0, expected, "")


def test_the_middle_of_a_long_list_is_left_to_json(w2v):
    saved_model(Path("m"), history=[{"loss": n} for n in range(1, 26)])
    lines = [line for line in w2v("info", "m")[1].splitlines() if line.startswith("history")]
    numbers = [*range(1, 11), None, *range(16, 26)]
    assert lines == [
        f"history.{n}.loss\t{n}" if n else "history....\t5 more; --json shows all" for n in numbers
    ]
    saved_model(Path("m"), history=list(range(20)))
    assert "more" not in w2v("info", "m")[1]


@pytest.mark.parametrize("name", ["model.safetensors", "text.vocab", "new.checkpoint"])
@pytest.mark.parametrize("verify", [False, True])
def test_json(w2v, name, verify):
    if name == "new.checkpoint":
        assert w2v("train", "text.txt", "-o", "new", "--max-time", "0.000001")[0] == 0
    code, out, err = w2v("info", name, "--json", *(["--verify"] if verify else []))
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert json.loads(out) == {"file": name} | facts_of(Path(name), verify)
    assert json.loads(out)["verified"] is verify


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("none", 66, "none: cannot be read: No such file or directory; check the path"),
        ("", 2, "a file name is empty; is a variable unset in the command?"),
        (
            "text.txt",
            65,
            "text.txt: neither a model, a checkpoint, a segment, a vocabulary nor a table of "
            "phrases of w2vcli, or damaged; name another file, or make this one again",
        ),
        (
            "flipped",
            65,
            "flipped: not a usable model: its content is not what its checksum says, so it is "
            "damaged; train it again or restore it",
        ),
        (
            "swapped",
            65,
            "swapped, line 2: the word 'a' is out of order (falling counts, ties by the bytes of "
            "the word), so the file was changed or is not of 'w2vcli build-vocab'; make it again, "
            "or use it if that was meant",
        ),
    ],
)
@pytest.mark.parametrize("json", [[], ["--json"]])
def test_what_cannot_be_told(w2v, name, code, message, json):
    data = bytearray(Path("model.safetensors").read_bytes())
    data[-200] ^= 1
    Path("flipped").write_bytes(data)
    Path("swapped").write_text("b 2\na 2\n")
    assert w2v("info", name, "--verify", *json) == (code, "", f"w2vcli: {message}\n")


HOSTILE = "\x1b[2J\t\n\x9b\u202e\ud800"


@pytest.mark.parametrize(
    "about",
    [
        {"config": {HOSTILE: HOSTILE}},
        {"corpus": {"inputs": [{HOSTILE: [HOSTILE]}]}},
        {"history": [HOSTILE, {HOSTILE: float(3)}]},
        {"versions": {"w2vcli": HOSTILE}},
    ],
)
def test_nothing_in_a_file_drives_the_terminal(w2v, about):
    saved_model(Path("m"), **about)
    code, out, err = w2v("info", "m", "--verify")
    assert (code, err) == (0, "")
    assert all(line.replace("\t", "", 1).isprintable() for line in out.splitlines())
    assert r"\x1b[2J\t\n\x9b\u202e\ud800" in out
    code, out, err = w2v("info", "m", "--json")
    assert (code, err) == (0, "")
    assert out[:-1].isprintable()
    assert json.loads(out) | about == json.loads(out)


def test_a_name_that_is_not_text(w2v):
    name = "\udcff\x1b"
    Path(name).write_text("a 1\n")
    code, out, err = w2v("info", name, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["file"] == name
    assert out.isascii()
    Path(name).write_text("a\n")
    assert w2v("info", name)[2].startswith(r"w2vcli: \udcff\x1b: neither")


def test_a_file_that_was_not_verified_is_not_called_bad(w2v):
    assert "verified" not in w2v("info", "model.safetensors")[1]
    assert "verified\tyes\n" in w2v("info", "model.safetensors", "--verify")[1]
