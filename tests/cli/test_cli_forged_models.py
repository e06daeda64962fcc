"""A model whose checksum is right and whose content is not: 65 wherever it is used."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from w2vcli.vectors.model import Model

COMMANDS = [
    ["similar", "forged", "king"],
    ["analogy", "forged", "king", "queen", "man"],
    ["analogy", "forged", "king", "queen", "man", "--method", "mul"],
    ["eval", "forged", "--similarity", "pairs"],
    ["eval", "forged", "--analogies", "questions"],
    ["eval", "forged", "--perplexity", "text.txt"],
    ["predict", "forged", "king"],
    ["predict", "forged", "--score", "the king rules the land"],
    ["compare", "forged", "model.safetensors"],
    [
        "train",
        "text.txt",
        "--vocab",
        "text.vocab",
        "--dim",
        "4",
        "-o",
        "new",
        "--warm-start",
        "forged",
    ],
]


def forge(**changes):
    """Save a copy of the model in which some arrays are changed by functions."""
    model = Model.load(Path("model.safetensors"))
    arrays = {name: change(np.array(getattr(model, name))) for name, change in changes.items()}
    replace(model, **arrays).save(Path("forged"))
    return model


@pytest.fixture
def refused(w2v):
    """Run a command that uses the forged model, and return why it is refused."""
    Path("pairs").write_text("king\tqueen\t1\n")
    Path("questions").write_text(": all\nking queen man woman\n")

    def run(command):
        code, out, err = w2v(*command)
        assert (code, out) == (65, ""), err
        assert err.startswith("w2vcli: forged: not a usable model: ")
        assert err.count("\n") == 1
        assert not Path("new").exists()
        return err

    return run


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("value", [np.nan, np.inf, -3e38])
def test_vectors_that_are_not_finite(refused, command, value):
    def spoil(matrix):
        matrix[:, 0] = value
        return matrix

    forge(w_in=spoil, w_out=spoil)
    assert "a number in its vectors is not finite, or is far too large" in refused(command)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("space", " \n")
def test_words_with_white_space(refused, command, space):
    """The code that reads texts would cut such a word in two, and then write beyond its arrays."""
    words = Model.load(Path("model.safetensors")).words
    forge(words=lambda _: [*words[:-1], f"king{space}queen"])
    assert "a word of its vocabulary holds white space" in refused(command)


@pytest.mark.parametrize("command", [COMMANDS[0], COMMANDS[5]], ids=" ".join)
def test_negative_counts(refused, command):
    forge(counts=lambda counts: -counts)
    assert "its counts are not those of a text" in refused(command)


def test_one_vector_that_is_asked_for(refused):
    def spoil(matrix):
        matrix[-1, -1] = np.nan
        return matrix

    last = forge(w_in=spoil).words[-1]
    assert "not finite" in refused(["predict", "forged", last])
    assert "not finite" in refused(["similar", "forged", "king", "--vectors", "input"])
