"""The curve of a file: of models and checkpoints, and no other."""

import json
from pathlib import Path

import pytest

from w2vcli.errors import DataError, InputError
from w2vcli.judging.training_curve import curve_of
from w2vcli.system.tensor_file import read_tensors, write_tensors
from w2vcli.training import checkpoint
from w2vcli.vectors import model
from w2vcli.vectors.model import Model

STOP = ["train", "text.txt", "-o", "new", "--dim", "3", "--batch", "3", "--passes", "1"]
STOP += ["--max-time", "0.000001"]


def changed(path, kind, **changes):
    """A copy of a file with other metadata; None leaves a key out."""
    about, tensors = read_tensors(path, kind)
    about = {key: about[key] for key in [*kind.metadata, "curve"]} | changes
    copy = path.with_name("changed")
    write_tensors(copy, kind, tensors, {k: v for k, v in about.items() if v is not None})
    return copy


def test_a_checkpoint_says_how_far_the_run_is(w2v):
    assert w2v(*STOP)[0] == 0
    curve = curve_of(Path("new.checkpoint"))
    state = json.loads(w2v("info", "new.checkpoint", "--json")[1])["state"]
    assert (state["pass"], state["blocks_done"]) == (1, 1)
    assert 0 < curve.done < 1 == curve.passes
    assert (curve.losses, curve.final) == ((), None)
    assert curve.floor < curve.unigram < curve.uniform
    for _ in range(9):
        assert w2v(*STOP, "--resume")[0] == 0
        curve, before = curve_of(Path("new.checkpoint")), curve
        assert before.done <= curve.done  # the last block, then the end of a pass
        assert curve.points[: len(before.points)] == before.points
    assert 1 < curve.done < curve.end
    assert w2v(*STOP[:-2], "--resume")[0] == 0
    assert w2v(*STOP[:3], "whole", *STOP[4:-2])[0] == 0
    assert curve_of(Path("new")) == curve_of(Path("whole"))


def test_older_files_have_less(w2v):
    w2v(*STOP)
    of_model = curve_of(changed(Path("model.safetensors"), model.FORMAT, curve=None))
    whole = curve_of(Path("model.safetensors"))
    assert (of_model.losses, of_model.final) == (whole.losses, whole.final)
    assert (of_model.points, of_model.unigram, of_model.floor) == ((), None, None)
    kind = checkpoint.format_for({"optimizer": "adagrad"})
    with pytest.raises(DataError, match="there are no losses in it to draw; name another model"):
        curve_of(changed(Path("new.checkpoint"), kind, curve=None))


@pytest.mark.parametrize(
    "changes",
    [
        {"history": [1]},
        {"history": [{"loss": "x"}]},
        {"history": [{"loss": 1e300}]},
        {"curve": {"points": [[1]]}},
        {"curve": {"points": [[2.0, 1.0], [1.0, 1.0]]}},
        {"curve": {"unigram": True}},
        {"curve": [1]},
        {"curve": {"passes": -1}},
    ],
)
def test_what_is_no_curve(w2v, changes):
    path = changed(Path("model.safetensors"), model.FORMAT, **changes)
    with pytest.raises(DataError, match="its losses are not those of a training; train it again"):
        curve_of(path)
    assert Model.load(path).words  # it can be asked for words all the same


def test_files_without_a_training(w2v):
    Path("glove.txt").write_text("a 1 2\nb 3 4\n", encoding="utf-8")
    assert w2v("import", "glove.txt", "-o", "vectors")[0] == 0
    with pytest.raises(DataError, match="these vectors were imported, so there is no training"):
        curve_of(Path("vectors"))
    for name in ("text.vocab", "text.txt"):
        with pytest.raises(DataError, match="only a model and a checkpoint of one have a training"):
            curve_of(Path(name))
    with pytest.raises(InputError, match="none: cannot be read"):
        curve_of(Path("none"))
