"""train: the log, the events, the model; every method from the command line."""

import hashlib
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from w2vcli.training.run_memory import RunMemory
from w2vcli.vectors.model import Model

SMALL = ["--dim", "3", "--passes", "2", "--min-count", "3"]


def check_the_run(options, words, written, end):
    """Check the events that are about the whole run, against the model."""
    model, file = Model.load(Path("new")), Path("new").read_bytes()
    assert options["event"] == "options"
    assert options["threads"] >= 1
    assert options["options"].items() <= model.config.items()
    assert options["options"]["dim"] == 3
    kept = {"types": len(model.words), "tokens": int(model.counts.sum())}
    assert (words["event"], words["kept"]) == ("vocabulary", kept)
    tokens = Path("text.txt").read_text("utf-8").split()
    assert (words["types"], words["tokens"]) == (len(set(tokens)), len(tokens))
    dropped = words["dropped"]
    assert [dropped[of] + kept[of] for of in kept] == [words[of] for of in kept]
    assert sum(n["types"] for n in dropped["why"].values()) == dropped["types"]
    assert dropped["why"].keys() == {"drop_words", "min_count", "max_vocab"}
    digest = hashlib.sha256(file).hexdigest()
    assert written == {"event": "written", "file": "new", "bytes": len(file), "sha256": digest}
    assert end.keys() == {"event", "seconds", "peak_memory"}
    assert 0 < end["seconds"] < 1000
    assert 10e6 < end["peak_memory"] < 100e9


@pytest.mark.parametrize("prior", ["30", "0"])
def test_the_log_and_the_events_agree(w2v, prior):
    """Without a prior, the log says nothing of it."""
    code, out, err = w2v(
        *("train", "text.txt", "-o", "new", *SMALL, "--json", "--validation", "text.txt"),
        *("--prior", prior),
    )
    assert code == 0
    options, words, first, *passes, done, written, end = map(json.loads, out.splitlines())
    assert (first["event"], done["event"]) == ("baselines", "done")
    check_the_run(options, words, written, end)
    assert [(p["event"], p.get("pass"), p.get("passes")) for p in passes] == [
        ("pass", 1, 2),
        ("pass", 2, 2),
        ("closing_pass", None, None),
    ]
    size = len(Model.load(Path("new")).words)
    assert first["uniform"] == math.log(size)
    assert first["floor"] < done["loss"] < first["unigram"] < first["uniform"]
    expected = [
        r"vocabulary: \d+ of \d+ types, \d+ of \d+ tokens \(\d+\.\d\d%\) kept",
        *([r"dropped: \d+ types, \d+ tokens rarer than 3"] * ("dropped" in err)),
        "to compare with, in nats per prediction: "
        f"ln V {first['uniform']:.4f}, unigram {first['unigram']:.4f}, "
        f"entropy floor of the counts {first['floor']:.4f}",
    ]
    names = ("pass 1/2", "pass 2/2", "closing pass", "done")
    for name, event in zip(names, (*passes, done), strict=True):
        assert event["perplexity"] == math.exp(event["loss"])
        assert event["validation_perplexity"] == math.exp(event["validation_loss"])
        assert (event["prior"] > 0) == (prior == "30")
        of_prior = f"prior {event['prior']:.4f}, " if prior == "30" else ""
        expected.append(
            f"{name}: loss {event['loss']:.4f}, perplexity {event['perplexity']:.2f}, {of_prior}"
            f"held out {event['validation_loss']:.4f}, "
            rf"perplexity {event['validation_perplexity']:.2f}, \d+\.\d s"
        )
    expected.append("wrote new")
    assert re.fullmatch("".join(f"TIME {line}\n" for line in expected), err), err


@pytest.mark.parametrize("held_out", [[], ["--validation", "text.txt"]])
def test_without_the_final_loss(w2v, held_out):
    """The log, the events and the model say so; the vectors are the same."""
    w2v("train", "text.txt", "-o", "whole", *SMALL, *held_out)
    short = ["train", "text.txt", "-o", "new", *SMALL, *held_out, "--no-final-loss"]
    code, out, err = w2v(*short, "--json")
    assert code == 0
    done = json.loads(out.splitlines()[-3])
    expected = {"event": "done", "loss": None, "perplexity": None, "prior": None}
    of_held_out = ""
    if held_out:
        held_out_loss = Model.load(Path("whole")).history[-1]["validation_loss"]
        expected |= {"validation_loss": held_out_loss}
        expected |= {"validation_perplexity": math.exp(held_out_loss)}
        of_held_out = f", held out {held_out_loss:.4f}, perplexity {math.exp(held_out_loss):.2f}"
    assert done == expected | {"seconds": done["seconds"]}
    said = (
        rf"done: final loss not computed \(that of the last pass stands\){of_held_out}, \d+\.\d s"
    )
    assert re.search(f"^TIME {said}$", err, re.MULTILINE), err
    whole, new = Model.load(Path("whole")), Model.load(Path("new"))
    for name in ("w_in", "w_out", "bias", "squares"):
        assert getattr(new, name).tobytes() == getattr(whole, name).tobytes()
    assert (new.config, new.corpus) == (whole.config, whole.corpus)
    assert new.history[:-1] == whole.history[:-1]
    assert {"history.4.loss\tnone", "history.4.prior\tnone", "history.4.final\tyes"} <= set(
        w2v("info", "new")[1].splitlines()
    )
    assert w2v(*short[:3], "again", *short[4:], "--warm-start", "new")[0] == 0


@pytest.mark.parametrize("before", [[], ["--no-final-loss"]])
@pytest.mark.parametrize("after", [[], ["--no-final-loss"]])
def test_a_run_is_resumed_with_the_final_loss_or_without(w2v, before, after):
    command = ["train", "text.txt", *SMALL, "-o"]
    assert w2v(*command, "whole", *after)[0] == 0
    assert w2v(*command, "new", *before, "--max-time", "0.000001")[0] == 0
    assert not Path("new").exists()
    assert w2v(*command, "new", *after, "--resume")[0] == 0
    assert Path("new").read_bytes() == Path("whole").read_bytes()


@pytest.mark.parametrize(
    ("passes", "names", "numbers"),
    [
        ("0.5", ["0.5/0.5"], [(0.5, 0.5)]),
        ("1.5", ["1/1.5", "1.5/1.5"], [(1, 1.5), (1.5, 1.5)]),
        ("2", ["1/2", "2/2"], [(1, 2), (2, 2)]),
    ],
)
def test_a_part_of_a_pass_is_shown_as_one(w2v, passes, names, numbers):
    options = ["--dim", "3", "--min-count", "1", "--batch", "1", "--passes", passes]
    text = Path("ten.txt")  # of ten types: ten blocks
    text.write_text("a b c d e f g h i j\n" * 3)
    code, out, err = w2v("train", str(text), "-o", "new", *options, "--json")
    assert code == 0
    assert re.findall(r"pass (\S+):", err) == names
    events = [e for e in map(json.loads, out.splitlines()) if e["event"] == "pass"]
    assert [(e["pass"], e["passes"]) for e in events] == numbers
    assert len(Model.load(Path("new")).history) == len(names) + 2


def test_a_run_is_resumed_in_a_part_of_a_pass(w2v):
    Path("ten.txt").write_text("a b c d e f g h i j\n" * 3)
    options = ["--dim", "3", "--min-count", "1", "--batch", "1", "--passes", "0.5"]
    command = ["train", "ten.txt", "-o", "new", *options]
    code, _, err = w2v(*command, "--max-time", "0.000001")
    assert (code, "stopped in pass 0.5/0.5, after 1 of its blocks" in err) == (0, True)
    code, _, err = w2v(*command, "--resume")
    assert (code, "going on in pass 0.5/0.5, after 1 of its blocks" in err) == (0, True)
    assert w2v(*command[:2], "-o", "whole", *options)[0] == 0
    assert Path("new").read_bytes() == Path("whole").read_bytes()


def test_without_json_nothing_goes_to_standard_output(w2v):
    code, out, err = w2v("train", "text.txt", "--vocab", "text.vocab", "-o", "new", *SMALL[:4])
    assert (code, out) == (0, "")
    first, second = err.splitlines()[:2]
    assert first == "TIME vocabulary: its 21 words are 183 of the 183 tokens (100.00%)"
    assert second.startswith("TIME to compare with")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--method", "stream"],
        ["--arch", "cbow"],
        ["--arch", "cbow", "--start", "random", "--no-bias", "--window-weights", "uniform"],
        ["--method", "stream", "--optimizer", "sgd", "--batch", "1", "--start", "random"],
        ["--max-vocab", "6", "--window", "1000", "--subsample", "0", "--threads", "2"],
        ["--lower", "--lr", "0.1", "--seed", "7", "--batch", "99999999999999999999"],
    ],
)
def test_every_method_makes_a_model(w2v, arguments):
    code, _, err = w2v("train", "text.txt", "-o", "new", *SMALL, *arguments)
    assert code == 0, err
    model = Model.load(Path("new"))
    assert model.w_in.shape == (len(model.words), 3)
    assert w2v("similar", "new", "the")[0] == 0


def test_no_output_bias(w2v):
    assert w2v("train", "text.txt", "-o", "new", *SMALL, "--no-bias")[0] == 0
    assert not Model.load(Path("new")).bias.any()


def test_losses_too_large_for_a_perplexity(w2v):
    code, out, err = w2v(
        "train", "text.txt", "-o", "new", "--dim", "3", "--min-count", "3", "--lr", "300",
        "--passes", "5", "--json",
    )  # fmt: skip
    assert code == 0, err
    events = [json.loads(line) for line in out.splitlines()]
    huge = [event for event in events if event.get("loss", 0) > 700]
    assert huge
    assert all(event["perplexity"] is None for event in huge)
    assert "perplexity inf" in err


@pytest.mark.jit
@pytest.mark.parametrize("method", [[], ["--method", "stream"], ["--arch", "cbow"]])
def test_the_file_does_not_depend_on_threads_or_memory(w2v, method, monkeypatch):
    """To the last byte, on a vocabulary of several chunks, with counts that exceed the memory."""
    random = np.random.default_rng(0)
    lines = [" ".join(f"w{i}" for i in random.integers(0, 4500, 30)) for _ in range(300)]
    Path("large.txt").write_text("\n".join(lines), encoding="utf-8")
    made = set()
    monkeypatch.setattr(
        RunMemory, "for_pairs", lambda memory, _: 64 << 10 if memory.limit else 1 << 30
    )
    for number, more in enumerate((["--threads", "1"], [], ["--threads", "3", "--memory", "1G"])):
        arguments = ["large.txt", "--min-count", "1", "--dim", "7", "--passes", "1", *method]
        code, _, err = w2v("train", *arguments, *more, "-o", f"model{number}")
        assert code == 0, err
        made.add(Path(f"model{number}").read_bytes())
    assert len(made) == 1


@pytest.mark.jit
def test_the_file_does_not_depend_on_the_threads_of_blas(w2v):
    """Nor on the number of processors, from which OpenBLAS has its default."""
    made = set()
    for threads in ("1", "2"):
        command = [sys.executable, "-m", "w2vcli", "train", "text.txt", "-o", "new", *SMALL]
        subprocess.run(
            command,
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            check=True,
            capture_output=True,
        )
        made.add(Path("new").read_bytes())
    assert len(made) == 1


def test_the_model_says_how_it_was_made(w2v):
    w2v("train", "text.txt", "-o", "one", *SMALL, "--validation", "text.txt")
    w2v("train", "text.txt", "-o", "two", *SMALL[:4], "--vocab", "text.vocab", "--lower")
    one, two = Model.load(Path("one")), Model.load(Path("two"))
    assert (one.config["dim"], one.config["method"], one.config["lr"]) == (3, "grouped", 0.25)
    assert one.config["vocabulary"]["min_count"] == 3
    assert len(two.config["vocabulary"]["given"]) == 64
    assert (one.config["lower"], two.config["lower"]) == (False, True)
    assert one.corpus["validation"]["fingerprint"] == one.corpus["fingerprint"]
    assert two.corpus["validation"] is None


@pytest.mark.parametrize("method", [["--arch", "cbow"], ["--method", "stream"], []])
def test_subsampling_that_leaves_nothing_is_named_as_the_cause(w2v, method):
    command = ["train", "text.txt", "-o", "new", "--dim", "3", *method]
    code, out, err = w2v(*command, "--subsample", "1e-320")
    assert (code, out) == (65, "")
    assert err.splitlines()[-1] == (
        "w2vcli: --subsample 9.99989e-321 leaves no pair of words any weight, so there is nothing "
        "to learn; raise it, or give 0 for none"
    )
    Path("alone.txt").write_text("a\nb\n" * 9)
    code, _, err = w2v("train", "alone.txt", *command[2:], "--subsample", "1e-320")
    assert (code, "no two words of the vocabulary stand within one window" in err) == (65, True)
