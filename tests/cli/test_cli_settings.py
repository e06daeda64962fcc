"""Options from the environment and from a file: precedence, and errors for what is none."""

from pathlib import Path

import pytest

from w2vcli.vectors.model import Model

TRAIN = ["train", "text.txt", "-o", "new", "--passes", "1", "--min-count", "3"]


def trained_dim(w2v, *arguments):
    code, _, err = w2v(*arguments)
    assert code == 0, err
    return Model.load(Path("new")).w_in.shape[1]


def test_precedence(w2v, monkeypatch):
    Path("c.toml").write_text("[train]\ndim = 5\n", encoding="utf-8")
    assert trained_dim(w2v, *TRAIN) == 100
    assert trained_dim(w2v, "--config", "c.toml", *TRAIN) == 5
    monkeypatch.setenv("W2VCLI_CONFIG", "c.toml")
    assert trained_dim(w2v, *TRAIN) == 5
    monkeypatch.setenv("W2VCLI_TRAIN_DIM", "6")
    assert trained_dim(w2v, *TRAIN) == 6
    assert trained_dim(w2v, *TRAIN, "--dim", "7") == 7


def test_every_kind_of_value(w2v):
    Path("c.toml").write_text(
        '[build-vocab]\nmin_count = 3\nmax-vocab = "2"\nlower = true\noutput = "new"\n'
        '[train]\nlr = 0.5\narch = "cbow"\n',
        encoding="utf-8",
    )
    assert w2v("--config", "c.toml", "build-vocab", "text.txt")[0] == 0
    assert len(Path("new").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            "[trian]\ndim = 2",
            "'trian' is not a table of one of the commands (did you mean train?)...",
        ),
        ("dim = 2", "'dim' is not a table of one of the commands; write [train] or another..."),
        ("train = 5", "'train' is not a table of one of the commands; write [train] or..."),
        (
            "[train]\ndimm = 2",
            "'dimm' in [train] is not an option of 'train' (did you mean dim?); "
            "see 'w2vcli train --help'",
        ),
        ('[train]\ncorpus = "text.txt"', "'corpus' in [train] is not an option of 'train'..."),
        ("[train]\nmin-count = 2\nmin_count = 3", "'min_count' in [train] is set twice..."),
        ("[train]\ndim = true", "'dim' in [train] should be a number or a string, not true"),
        ("[train]\nlower = 1", "'lower' in [train] should be true or false, not 1"),
        ("[train]\nlower = 'yes'", "'lower' in [train] should be true or false, not 'yes'"),
        ("[train]\ndim = 'x'", "Invalid value for '--dim': ..."),
        ("[train]\ndim = [2]", "'dim' in [train] should be a number or a string, not [2]"),
        ("[train]\ndim = {a = 2}", "'dim' in [train] should be a number or a string..."),
        (
            "[train]\ndim = 1979-05-27",
            "'dim' in [train] should be a number or a string...",
        ),
        ("[train]\noutput = []", "'output' in [train] should be a number or a string, not []"),
        ('[train]\nvocab = "a\\u0000b"', "'vocab' in [train] should be a number or a string, n..."),
        ('[train]\noutput = "a\\u0000"', "'output' in [train] should be a number or a string,..."),
        ("[train]\nseed = " + "9" * 5000, "not valid TOML: ..."),
        (
            "[train]\nseed = " + "9" * 4000,
            "'seed' in [train] should be a number or a string...",
        ),
        (
            "[train]\nlr = " + "9" * 400,
            "'lr' in [train] should be a number or a string, ...",
        ),
        ("[eval]\nsimilarity = [1]", "'similarity' in [eval] should be a string or a list of..."),
        ('[eval]\nperplexity = ["a\\u0000"]', "'perplexity' in [eval] should be a string or a..."),
        ("[train]\ndim = 0", "Invalid value for '--dim': ..."),
        ("[train]\nlr = nan", "Invalid value for '--lr': it should be a finite number..."),
        ("[train]\narch = 'x'", "Invalid value for '--arch': ..."),
        ("[train\n", "not valid TOML: ..."),
        ("\xff", "byte 1 is not valid UTF-8"),
        ("a = " + "[" * 9999, "not valid TOML: ..."),
    ],
)
def test_a_file_that_makes_no_sense(w2v, config, message):
    Path("c.toml").write_text(config, encoding="latin-1")
    code, out, err = w2v("--config", "c.toml", *TRAIN)
    assert (code, out) == (78, ""), err
    if message.endswith("..."):
        assert err.startswith(f"w2vcli: c.toml: {message[:-3]}")
        assert err.count("\n") == 1
    else:
        assert err == f"w2vcli: c.toml: {message}\n"
    assert not Path("new").exists()


@pytest.mark.parametrize("name", ["none.toml", ".", ""])
def test_a_file_that_cannot_be_read(w2v, name):
    code, _, err = w2v("--config", name, *TRAIN)
    assert code == 78
    assert err.startswith(f"w2vcli: '{name}': cannot be read: ")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "W2VCLI_TRAIN_DMI",
            "3",
            "the environment variable W2VCLI_TRAIN_DMI is not an option of any command "
            "(did you mean W2VCLI_TRAIN_DIM?); correct or unset it",
        ),
        ("W2VCLI_TRAIN_CORPUS", "x", "the environment variable W2VCLI_TRAIN_CORPUS is not..."),
        ("W2VCLI_TRAIN_DIM", "3x", "W2VCLI_TRAIN_DIM: Invalid value for '--dim': ..."),
        ("W2VCLI_TRAIN_LOWER", "maybe", "W2VCLI_TRAIN_LOWER: Invalid value for '--lower': ..."),
        ("W2VCLI_TRAIN_LR", "nan", "W2VCLI_TRAIN_LR: Invalid value for '--lr': ..."),
        ("W2VCLI_CONFIG", "none", "'none': cannot be read: ..."),
    ],
)
def test_a_variable_that_makes_no_sense(w2v, monkeypatch, variable, value, message):
    monkeypatch.setenv(variable, value)
    code, out, err = w2v(*TRAIN)
    assert (code, out) == (78, "")
    assert err.startswith(f"w2vcli: {message.removesuffix('...')}")
    assert err.count("\n") == 1
