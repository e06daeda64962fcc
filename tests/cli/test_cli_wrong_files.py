"""A file of another kind in the place of a model: one sentence says what it is."""

from pathlib import Path

import pytest

IMPORTABLE = {"similar", "analogy", "compare"}


@pytest.fixture
def files(w2v):
    """A file of each kind, by what it is called."""
    assert w2v("count", "text.txt", "--store", "store")[0] == 0
    checkpoint = ["--checkpoint-every", "1pass", "--max-time", "0.000001s"]
    arguments = ["--vocab", "text.vocab", "--dim", "4", *checkpoint]
    assert w2v("train", "text.txt", "-o", "stopped", *arguments)[0] in (0, 75)
    assert Path("stopped.checkpoint").exists()
    (segment,) = Path("store").glob("*.segment")
    return {
        "a text": "text.txt",
        "a vocabulary": "text.vocab",
        "a segment of w2vcli": str(segment),
        "a checkpoint of w2vcli": "stopped.checkpoint",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ["similar", "FILE", "a"],
        ["analogy", "FILE", "a", "b", "c"],
        ["predict", "FILE", "a"],
        ["eval", "FILE", "--perplexity", "text.txt"],
        ["compare", "model.safetensors", "FILE"],
        ["compare", "FILE", "model.safetensors"],
        ["train", "text.txt", "-o", "new", "--warm-start", "FILE"],
    ],
)
def test_what_is_named_instead_of_a_model(w2v, files, arguments):
    for kind, name in files.items():
        code, out, err = w2v(*(name if word == "FILE" else word for word in arguments))
        assert (code, out) == (65, "")
        # A text may be vectors of another tool, of which these commands can ask once imported.
        imports = kind in ("a text", "a vocabulary") and arguments[0] in IMPORTABLE
        hint = "; vectors of another tool are read by 'w2vcli import'" if imports else ""
        said = f"this is {kind} and not a model; name a model instead{hint}"
        assert err == f"w2vcli: {name}: {said}\n"
    assert not Path("new").exists()
