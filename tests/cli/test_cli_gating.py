"""--require, --keep and --strict-exit: published or not, what is kept, with which exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from w2vcli.system.locks import locked
from w2vcli.vectors.model import Model

TRAIN = ["train", "text.txt", "-o", "new", "--dim", "3", "--passes", "1", "--min-count", "2"]
OTHER = [*TRAIN, "--seed", "2"]
HELD_OUT = "the king and the queen\nthe man sits\nthe king rules the land\n"
QUESTIONS = ": all\nking queen man woman\nthe king a woman\n"
PAIRS = "king queen 9\nthe woman 1\nman woman 8\na the 5\n"


@pytest.fixture
def files(w2v):
    """Run a command line beside a held-out text, questions and pairs."""
    for name, text in (("held", HELD_OUT), ("questions", QUESTIONS), ("pairs", PAIRS)):
        Path(name).write_text(text)
    return w2v


def require(*texts):
    return [part for text in texts for part in ("--require", text)]


def lines(out):
    return [json.loads(line) for line in out.splitlines()]


# --- train ------------------------------------------------------------------------------

ALL = [
    "validation_loss <= 1.5 * previous", "loss <= previous + 1", "analogies >= 0 * previous",
    "similarity >= -1", "overlap >= 0", "words >= 0.9 * previous", "tokens >= previous",
]  # fmt: skip
GIVEN = ["--validation", "held", "--analogies", "questions", "--similarity", "pairs"]


def test_the_first_night_and_the_second(files):
    code, _, err = files(*TRAIN, *GIVEN, *require(*ALL))
    assert code == 0, err
    said = [line.removeprefix("TIME required: ") for line in err.splitlines() if "required" in line]
    nobody = "holds: there is no model before this one"
    assert said[:3] == [f"{text} {nobody}" for text in ALL[:3]]
    assert said[3].startswith("similarity ")
    assert said[3].endswith(" >= -1")
    assert said[4:] == [f"{text} {nobody}" for text in ALL[4:]]
    assert err.endswith("TIME wrote new\n")
    old = Model.load(Path("new"))
    code, out, err = files(*OTHER, *GIVEN, *require(*ALL), "--json")
    assert code == 0, err
    (event,) = (line for line in lines(out) if line.get("event") == "accepted")
    new = Model.load(Path("new"))
    assert event["event"] == "accepted"
    found = {each["measure"]: each for each in event["required"]}
    assert [each["require"] for each in event["required"]] == ALL
    assert all(each["met"] for each in event["required"])
    for name in ("loss", "validation_loss"):
        assert found[name]["value"] == new.history[-1][name]
        assert found[name]["previous"] == old.history[-1][name]
    assert found["loss"]["bound"] == found["loss"]["previous"] + 1
    assert found["words"]["value"] == found["words"]["previous"] == len(new.words)
    assert found["overlap"]["previous"] is None
    assert 0 < found["overlap"]["value"] < 1
    assert "TIME required: words 21 >= 0.9 * previous = 18.9" in err


def test_a_night_that_is_refused(files):
    assert files(*TRAIN)[0] == 0
    before = Path("new").read_bytes()
    Path("short.txt").write_text("".join(Path("text.txt").read_text().splitlines(True)[:4]))
    short = ["train", "short.txt", *TRAIN[2:], "--checkpoint-every", "1pass"]
    bounds = require("words >= 0.9 * previous", "tokens >= 10", "tokens >= 0.9 * previous")
    code, out, err = files(*short, *bounds, "--json")
    assert code == 4
    size = len(Model.load(Path("new")).words)
    *_, event = lines(out)
    words, ten, tokens = (each["value"] for each in event["required"])
    assert (event["event"], [each["met"] for each in event["required"]]) == (
        "refused",
        [False, True, False],
    )
    assert (ten, event["required"][2]["previous"]) == (tokens, 183)
    bound, by = 0.9 * size, 0.9 * size - words
    assert err.splitlines()[-2:] == [
        f"TIME required: tokens {tokens} >= 10",
        f"w2vcli: refused: words {words} is below 0.9 * previous = {bound:.1f} (by {by:.1f}); "
        f"tokens {tokens} is below 0.9 * previous = 164.7 (by {164.7 - tokens:.1f}); "
        "new is unchanged",
    ]
    assert "wrote" not in err
    assert Path("new").read_bytes() == before
    assert not Path("new.checkpoint").exists()
    code, _, err = files(*OTHER, "--resume", *bounds)  # the next night is not held up
    assert code == 0, err
    assert "new.checkpoint: no checkpoint found; starting from scratch" in err


def test_a_refused_model_is_kept_on_request(files):
    assert files(*OTHER)[0] == 0
    wanted = Path("new").read_bytes()
    assert files(*TRAIN)[0] == 0
    before = Path("new").read_bytes()
    code, _, err = files(*OTHER, *require("overlap > 1"), "--keep-refused", "--keep", "3")
    assert code == 4
    assert err.splitlines()[-1].endswith("; new is unchanged, and the refused one is new.refused")
    assert Path("new").read_bytes() == before
    assert Path("new.refused").read_bytes() == wanted
    assert not Path("new.1").exists()


def test_without_a_model_before_none_is_written(files):
    code, _, err = files(*TRAIN, *require("words >= 1e3"))
    assert code == 4
    assert err.splitlines()[-1] == (
        "w2vcli: refused: words 21 is below 1,000 (by 979); no model was written"
    )
    assert not Path("new").exists()


def test_a_held_out_text_of_another_night(files):
    """Then the model before is measured on the new one, as eval does it."""
    assert files(*TRAIN, "--validation", "text.txt")[0] == 0
    _, out, _ = files("eval", "new", "--perplexity", "held", "--json")
    expected = json.loads(out)["smoothed_loss"]
    gated = [*OTHER, "--validation", "held", *require("validation_loss <= 2 * previous")]
    code, out, err = files(*gated, "--json")
    assert code == 0, err
    (event,) = (line for line in lines(out) if line["event"] == "accepted")
    assert event["required"][0]["previous"] == expected


def test_a_run_that_was_resumed_is_judged_in_the_end(files):
    gated = [*TRAIN, *require("words >= 1e3")]
    code, _, err = files(*gated, "--max-time", "0.000001")
    assert (code, "refused" in err) == (0, False)
    assert Path("new.checkpoint").exists()
    assert files(*gated, "--resume")[0] == 4
    assert not Path("new.checkpoint").exists()


def test_the_model_is_the_same_with_a_gate_or_without(files):
    assert files(*TRAIN)[0] == 0
    before = Path("new").read_bytes()
    assert files(*TRAIN, *require("overlap >= 1", "words >= previous"), "--keep", "2")[0] == 0
    assert Path("new").read_bytes() == before


NEVER = ["train", "missing.txt", "-o", "new"]
"""Of a text that is missing: whatever else is wrong is said before."""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (require("los <= 3"), "--require 'los <= 3': there is no measure 'los' (did you mean lo"),
        (require("words >= 3", "loss"), "--require 'loss': a comparison is missing after 'loss'"),
        (require("validation_loss < 3"), "it needs --validation FILE, the text to measure it on"),
        (require("analogies > 0"), "it needs --analogies FILE, the questions to ask"),
        (require("similarity > 0"), "it needs --similarity FILE, the pairs to compare"),
        ([*require("loss < 3"), "--no-final-loss"], "it needs the final loss; give --final-loss"),
        (["--keep-refused"], "--keep-refused: nothing is refused without --require; give both"),
        (["--analogies", "questions"], "--analogies is what --require 'analogies ...' measures by"),
        (
            [*require("words > 1"), "--similarity", "pairs"],
            "--similarity is what --require 'similarity ...' measures by; give both, or neither",
        ),
        (
            [*require("validation_loss < previous"), "--validation", "-"],
            "standard input can be read only once; name a file",
        ),
        (
            [*require("validation_gain > 0"), "--validation", "-"],
            "standard input can be read only once; name a file",
        ),
        (require("validation_gain > 0"), "it needs --validation FILE"),
        (["--keep", "3", "--validation", "new.2"], "--keep: a run that writes new may replace or"),
        (
            [*require("words > 1"), "--keep-refused", "--validation", "new.refused"],
            "--keep-refused: a run that writes new may replace or remove new.refused, which is",
        ),
        (["--keep", "-1"], "Invalid value for '--keep': it should be greater than or equal to 0"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_read(files, arguments, message):
    code, _, err = files(*NEVER, *arguments)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([*require("analogies > 0"), "--analogies", "nothing"], 66, "nothing: cannot be read"),
        ([*require("analogies > 0"), "--analogies", "pairs"], 65, "pairs, line 1: expected four"),
        (require("overlap > 0"), 65, "new: not a usable model: "),
    ],
)
def test_bad_files_are_found_before_the_work(files, arguments, code, message):
    Path("new").write_bytes(b"no model\xff")
    found, _, err = files(*NEVER, *arguments)
    assert (found, message in err) == (code, True), err


def test_in_the_environment_and_in_a_file(files, monkeypatch):
    """In the environment each stands without spaces: these separate them."""
    monkeypatch.setenv("W2VCLI_TRAIN_REQUIRE", "words>=10 words<=0.5*previous")
    assert files(*TRAIN)[0] == 0
    code, _, err = files(*TRAIN)
    assert (code, "words 21 is above 0.5 * previous = 10.5" in err) == (4, True)
    monkeypatch.delenv("W2VCLI_TRAIN_REQUIRE")
    Path("config.toml").write_text("[train]\nkeep = 2\nrequire = ['words >= 22', 'tokens > 1']\n")
    code, _, err = files("--config", "config.toml", *TRAIN)
    assert (code, "refused: words 21 is below 22 (by 1)" in err) == (4, True)


def test_a_store_is_not_added_to_if_a_requirement_is_none(files):
    code, _, _ = files(*TRAIN, "--store", "counts", *require("los < 3"))
    assert (code, Path("counts").exists()) == (2, False)


# --- what is kept -----------------------------------------------------------------------


def test_the_models_before_are_kept_and_named(files):
    models = []
    for seed in "1234":
        code, out, err = files(*TRAIN, "--seed", seed, "--keep", "2", "--json")
        assert code == 0
        models.insert(0, Path("new").read_bytes())
    assert [Path(name).read_bytes() for name in ("new", "new.1", "new.2")] == models[:3]
    assert not Path("new.3").exists()
    assert err.splitlines()[-2:] == [
        "TIME kept the model before as new.1, and removed new.3", "TIME wrote new",
    ]  # fmt: skip
    assert {"event": "kept", "file": "new.1", "removed": ["new.3"]} in lines(out)
    assert files("similar", "new.1", "king")[0] == 0  # it is a model as any other


def test_a_text_where_a_model_would_be_kept_is_left_alone(files):
    Path("new.1").write_text("notes")
    code, _, err = files(*TRAIN, "--keep", "1")
    assert (code, Path("new.1").read_text()) == (73, "notes")
    assert "new.1: this is not a model of w2vcli, and it would be replaced or renamed; move" in err
    assert files(*TRAIN)[0] == 0


KILLED = """\
import os, signal, sys
from w2vcli.system import files, generations
at, name = int(sys.argv[1]), sys.argv[2]
class Killer:
    left = at
    def __getattr__(self, asked):
        real = getattr(os, asked)
        if asked != name:
            return real
        def call(*arguments):
            if Killer.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            Killer.left -= 1
            return real(*arguments)
        return call
files.os = generations.os = Killer()
from w2vcli.cli.app import run
sys.exit(run(sys.argv[3:]))
"""


@pytest.mark.parametrize(
    ("at", "name", "is_new"),
    [
        (0, "link", False),  # a number is free, and nothing is kept yet
        (0, "replace", False),  # while they are renamed
        (2, "replace", False),  # the file is kept, and not yet replaced
        (0, "unlink", True),  # one is kept too many
    ],
)
def test_a_run_that_is_killed_while_it_publishes(files, at, name, is_new):
    models = []
    for seed in "123":
        assert files(*TRAIN, "--seed", seed, "--keep", "2")[0] == 0
        models.insert(0, Path("new").read_bytes())
    command = [*TRAIN, "--seed", "4", "--keep", "2"]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(at), name, *command], capture_output=True, check=False
    )
    assert done.returncode == -9, done.stderr
    found = Path("new").read_bytes()
    assert (found != models[0]) == is_new
    kept = {path.read_bytes() for path in Path().glob("new*")}
    assert kept >= set(models)
    assert files(*TRAIN, "--seed", "5", "--keep", "2")[0] == 0
    five = Path("new").read_bytes()
    expected = [five, found, models[0]] if is_new else [five, models[0], models[1]]
    assert [Path(each).read_bytes() for each in ("new", "new.1", "new.2")] == expected
    assert sorted(path.name for path in Path().glob("*new*")) == ["new", "new.1", "new.2"]


# --- exit codes of their own ------------------------------------------------------------


def test_a_run_that_stops_says_so_by_its_exit_code(files):
    assert files(*TRAIN, "--max-time", "0.000001")[0] == 0
    Path("new.checkpoint").unlink()
    code, _, err = files(*TRAIN, "--max-time", "0.000001", "--strict-exit")
    assert (code, Path("new.checkpoint").exists()) == (5, True)
    assert "stopped in pass" in err
    assert files(*TRAIN, "--resume", "--strict-exit")[0] == 0


@pytest.mark.parametrize(
    "command",
    [
        TRAIN,
        ["build-vocab", "text.txt", "-o", "new"],
        ["tokenize", "text.txt", "-o", "new"],
        ["phrases", "text.txt", "-o", "new"],
        ["export", "model.safetensors", "-o", "new", "--format", "word2vec"],
        ["import", "vectors.txt", "-o", "new"],
        ["rollback", "new"],
    ],
    ids=lambda command: command[0],
)
def test_work_that_is_left_to_another_run_has_an_exit_code(files, command):
    Path("vectors.txt").write_text("the 1 2\n")
    with locked(Path("new")):
        assert files(*command, "--lock", "skip")[0] == 0
        code, _, err = files(*command, "--lock", "skip", "--strict-exit")
        assert (code, "nothing is left to do" in err) == (6, True)
        assert files(*command, "--strict-exit")[0] == 75


# --- eval and compare -------------------------------------------------------------------


def test_eval(files):
    command = ["eval", "model.safetensors", "--analogies", "questions", "--similarity", "pairs",
               "--perplexity", "held"]  # fmt: skip
    _, whole, _ = files(*command)
    bounds = require("analogies >= 0", "loss <= 99", "words <= 3")
    code, out, err = files(*command, *bounds)
    assert (code, out) == (4, whole)  # all of it, before
    *noted, last = err.splitlines()
    assert [line.split()[:3] for line in noted] == [
        ["TIME", "required:", "analogies"], ["TIME", "required:", "loss"],
    ]  # fmt: skip
    assert last == "w2vcli: refused: words 21 is above 3 (by 18)"
    code, out, _ = files(*command, *bounds[:-2], "--json")
    analogies, similarity, text, verdicts = lines(out)
    assert (code, verdicts["met"]) == (0, True)
    assert [each["value"] for each in verdicts["required"]] == [
        analogies["all"]["accuracy_add"], text["loss"],
    ]  # fmt: skip
    for name, value in (
        ("similarity", similarity["spearman"]),
        ("perplexity", text["perplexity"]),
        ("smoothed_loss", text["smoothed_loss"]),
    ):
        _, out, _ = files(*command, *require(f"{name} > -2"), "--json")
        assert lines(out)[-1]["required"][0]["value"] == value


def test_of_several_files_of_pairs_the_least_counts(files):
    Path("turned").write_text("king queen 1\nthe woman 9\nman woman 2\na the 5\n")
    command = ["eval", "model.safetensors", "--similarity", "pairs", "--similarity", "turned"]
    _, out, _ = files(*command, *require("similarity >= -2"), "--json")
    *scores, verdicts = lines(out)
    found = [score["spearman"] for score in scores]
    assert verdicts["required"][0]["value"] == min(found) < max(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("analogies > 0", "it needs --analogies FILE"),
        ("similarity > 0", "it needs --similarity FILE"),
        ("loss > 0", "it needs --perplexity CORPUS"),
        ("overlap > 0", "there is no measure 'overlap'; the measures of eval are"),
        ("words >= previous", "eval knows no previous words; give a number"),
    ],
)
def test_eval_says_what_it_cannot_measure(files, text, message):
    code, out, err = files("eval", "missing", *require(text))
    assert (code, out) == (2, "")
    assert message in err


def test_what_eval_could_not_measure_is_not_shown(files):
    Path("unknown").write_text("who knows these words\n")
    command = ["eval", "model.safetensors", "--analogies", "unknown", *require("analogies >= 0")]
    code, _, err = files(*command)
    assert code == 4
    assert "refused: analogies >= 0 is not shown: no question was answered" in err


def test_compare(files):
    assert files(*OTHER)[0] == 0
    command = ["compare", "model.safetensors", "new"]
    _, whole, _ = files(*command)
    summary = whole.splitlines()[-1].split("\t")
    code, out, err = files(*command, *require("overlap >= 2", "words >= previous", "gone <= 5"))
    assert (code, out) == (4, whole)
    assert "required: words" in err
    assert f"refused: overlap {float(summary[6]):g}" in err
    assert " is below 2 (by " in err
    texts = [f"{name} <= 999" for name in (
        "shared", "new", "gone", "mean_cosine", "median_cosine", "mean_overlap", "overlap",
    )]  # fmt: skip
    code, out, _ = files(*command, *require(*texts, "tokens >= previous"), "--json")
    *_, said, verdicts = lines(out)
    values = [each["value"] for each in verdicts["required"]]
    assert (code, verdicts["met"]) == (0, True)
    assert values[:3] == [said["shared"], said["new_words"], said["gone_words"]]
    names = ("mean_cosine", "median_cosine", "mean_overlap", "mean_overlap")
    assert [round(value, 6) for value in values[3:7]] == [said[name] for name in names]
    assert verdicts["required"][7]["value"] == verdicts["required"][7]["previous"] == 183


def test_compare_with_imported_vectors(files):
    Path("vectors.txt").write_text("the 1 2\nking 2 1\nqueen 1 1\n")
    assert files("import", "vectors.txt", "-o", "old")[0] == 0
    command = ["compare", "old", "model.safetensors"]
    code, _, err = files(*command, *require("words >= 2 * previous", "tokens >= previous"))
    assert code == 4
    assert "required: words 21 >= 2 * previous = 6" in err
    assert "refused: tokens >= previous is not shown: imported vectors do not say how many" in err
    code, _, err = files(*command, *require("gone <= previous"))
    assert (code, "compare knows no previous gone; give a number" in err) == (2, True)
