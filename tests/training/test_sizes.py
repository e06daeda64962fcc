"""The bytes of a run: each array is as large as it says, and none of a stage is forgotten."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.texts import SENTENCES

from w2vcli.softmax.output_layer import OutputHere
from w2vcli.system.threads import Team
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection
from w2vcli.training import sizes
from w2vcli.training.composition import composition_of
from w2vcli.training.data import encode_as
from w2vcli.training.options import TrainingOptions
from w2vcli.training.recipe import prepare
from w2vcli.training.sizes import Load, arrays, model_bytes, peak, stages
from w2vcli.vectors.model import _packed_ngrams


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(SENTENCES * 20, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "options",
    [
        TrainingOptions(dim=7, batch=5),
        TrainingOptions(dim=3, batch=1000, closing=False, optimizer="sgd"),
        TrainingOptions(dim=4, batch=6, arch="cbow"),
        TrainingOptions(dim=4, batch=6, method="stream", start="random"),
        TrainingOptions(dim=4, batch=6, subwords="2-4"),
    ],
)
def test_each_array_is_as_large_as_it_says(text, options):
    options = options.resolved()
    words = Selection(1)
    stream = encode_as(Corpus([text]), words).stream
    with Team(1) as team:
        training = prepare(Corpus([text]), options, team, words)
        trainer = training.trainer
        output = OutputHere(trainer._of_output())
    pairs = trainer._source.pairs
    entries = len(pairs.data) if pairs else 0
    composition = composition_of(training.corpus.vocabulary.words, options)
    load = Load(
        len(training.corpus.vocabulary), options, stream=len(stream), entries=entries,
        ngrams=len(composition.ngrams) if composition else 0,
        parts=len(composition.matrix.data) if composition else 0,
    )  # fmt: skip
    found = arrays(load)
    assert found["token stream"] == stream.nbytes
    assert found["pair counts"] == (sum(part.nbytes for part in pairs) if pairs else 0)
    w_in, w_out, bias = trainer.parameters
    assert (found["W_in"], found["W_out"]) == (w_in.nbytes, w_out.nbytes)
    assert found["output bias"] == bias.nbytes
    sums = sum(optimizer.accumulators.nbytes for optimizer in trainer.optimizers)
    assert found["AdaGrad sums"] == sums
    assert found["kernel buffers"] == sum(
        part.nbytes for part in output._kernel._sweeps._exponentials
    )
    if not pairs:  # every word of this text has a context, and the marks have none
        assert found["positions"] - 8 * (stream < 0).sum() == trainer._source.positions.nbytes
    if composition:
        kept = [*composition.matrix, *composition.shared, trainer._source._parts]
        texts = sum(map(sys.getsizeof, composition.ngrams))
        assert sum(part.nbytes for part in kept) + texts <= found["n-grams"]
    path = Path(text).with_name("model")
    training.model().save(path)
    written = model_bytes(load.words, options.dim, load.ngrams)
    assert abs(path.stat().st_size - written) < 8000
    of_ngrams = sum(values.nbytes for values in _packed_ngrams(training.model().subwords).values())
    assert written - model_bytes(load.words, options.dim) == pytest.approx(of_ngrams, rel=0.2)


def test_a_peak_is_that_of_its_stage_and_grows_with_everything():
    load = Load(
        1000, TrainingOptions().resolved(), 2, 5000, 100_000, 50_000, 99_000, densest=20_000
    )
    by_stage = stages(load)
    assert peak(load) == (max(by_stage.values()), max(by_stage, key=by_stage.get))
    assert min(by_stage.values()) > sizes.PROGRAM
    assert list(by_stage) == [
        "reading", "counting", "spectral start", "passes", "closing pass", "saving"
    ]  # fmt: skip
    for more in ({"words": 90_000}, {"stream": 90_000_000}, {"pairs": 10_000_000}):
        assert peak(replace(load, **more))[0] > peak(load)[0]
    wider = replace(load, options=replace(load.options, dim=3000))
    assert peak(wider)[0] > peak(load)[0]
    assert stages(load, 0)["passes"] == by_stage["passes"] - sizes.PROGRAM


@pytest.mark.parametrize("old_words", [0, 1000])
def test_ngrams_take_room_in_each_stage_that_has_them(old_words):
    load = Load(
        1000, TrainingOptions().resolved(), 2, 5000, 100_000, 50_000, 99_000, densest=20_000,
        old_words=old_words,
    )  # fmt: skip
    without = stages(load)
    found = stages(replace(load, ngrams=1_000_000, parts=40_000_000))
    more = {stage: found[stage] - without[stage] for stage in without}
    kept = arrays(replace(load, ngrams=1_000_000, parts=40_000_000))["n-grams"]
    rows = 4 * 1_000_000 * load.options.dim
    assert more.pop("reading") == 0  # n-grams are chosen among the words that are kept
    assert more.pop("counting") == kept
    solved = {"warm start"} if old_words else {"spectral start"}
    assert more.keys() == solved | {"passes", "closing pass", "saving"}
    for stage, bytes_more in more.items():
        # W_in and its sums, and what threads keep; where rows are solved for also these in float64.
        lasting = kept + 2 * rows + 2 * 8 * 16 * 8 * 1_000_000
        solving = {"closing pass": 4 * rows}.get(stage, 2 * rows * (stage in solved))
        assert bytes_more >= lasting + solving, stage


def test_without_counts_nothing_is_counted():
    streamed = TrainingOptions(method="stream", start="random").resolved()
    assert not {"counting", "spectral start", "closing pass"} & stages(Load(9, streamed)).keys()


def test_counts_beyond_the_memory_for_them_wait_on_disk():
    load = Load(
        50_000, TrainingOptions().resolved(), 2, 0, 10_000_000, 40_000_000, 80_000_000, densest=1
    )
    least = stages(replace(load, for_pairs=1 << 26))["counting"]
    assert least < stages(load)["counting"]
