"""A run that takes more than a few minutes says so, and what would shorten it; others do not."""

from pathlib import Path

import numpy as np
import pytest

from w2vcli.cli.planning import describe_long_run, long_run_json
from w2vcli.system.threads import Team
from w2vcli.text.corpus import Corpus
from w2vcli.text.vocabulary import Selection, Vocabulary
from w2vcli.training import long_run as module
from w2vcli.training.events import LongRun, Shorter
from w2vcli.training.long_run import long_run
from w2vcli.training.options import TrainingOptions
from w2vcli.training.recipe import prepare
from w2vcli.training.session import train


@pytest.fixture
def text(tmp_path):
    """A text of 60 words, one half of which are rare."""
    random = np.random.default_rng(0)
    shares = np.repeat([10.0, 1.0], 30)
    words = random.choice(60, 2000, p=shares / shares.sum())
    path = tmp_path / "text"
    lines = words.reshape(-1, 10).astype(str).tolist()
    path.write_text("".join(" ".join(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def asked(text, words, monkeypatch, step=1.0, forward=0.25, final_loss=True, **options):
    """Ask of a run on a machine with this pace, for each row and word of a block."""
    monkeypatch.setattr(module, "_SLOW", 0.0)
    each = [step, forward]

    class Paced:
        words = 1

        def __init__(self, options, words, rows, team):
            self.rows = rows

        def step(self, blocks):
            return self.rows * each.pop(0)

        forward = step

    monkeypatch.setattr(module, "Bench", Paced)
    monkeypatch.setattr(module, "_blocks", lambda rows, size, number: [])
    with Team(1) as team:
        chosen = TrainingOptions(dim=3, batch=7, **options).resolved()
        training = prepare(Corpus([text]), chosen, team, words)
        return training, long_run(training, words, team, final_loss)


def test_a_short_run_measures_nothing(text, monkeypatch):
    monkeypatch.setattr(module, "Bench", None)
    with Team(1) as team:
        training = prepare(Corpus([text]), TrainingOptions(dim=3), team, Selection(1))
        assert long_run(training, Selection(1), team) is None


@pytest.mark.parametrize("options", [{}, {"closing": False}, {"arch": "cbow"}])
def test_a_long_run_is_the_sum_of_its_blocks(text, monkeypatch, options):
    training, found = asked(text, Selection(1), monkeypatch, **options)
    trainer = training.trainer
    steps = trainer._steps + (len(trainer._closing) if trainer._closing else 0)
    losses = len(list(trainer._source.blocks()))
    size = len(training.corpus.vocabulary)
    assert found.seconds == trainer.block_rows * size * (steps + 0.25 * losses)
    assert (found.words, found.dim) == (size, 3)
    fewer = int((training.corpus.vocabulary.counts >= found_least(found)).sum())
    assert found.shorter.words == fewer < size
    assert 0 < found.shorter.seconds < found.seconds
    _, without = asked(text, Selection(1), monkeypatch, final_loss=False, **options)
    assert without.seconds == trainer.block_rows * size * steps


def found_least(found):
    return int(found.shorter.option.removeprefix("--min-count "))


def test_a_vocabulary_file_is_cut_by_its_own_counts(text, monkeypatch):
    words = Vocabulary([str(i) for i in range(40)], np.arange(40, 0, -1))
    _, found = asked(text, words, monkeypatch)
    assert found.shorter.option == f"--max-vocab {found.shorter.words}"
    assert found.shorter.words in (31, 21)


def test_a_run_of_a_few_minutes_says_nothing(text, monkeypatch):
    assert asked(text, Selection(1), monkeypatch, 1e-6, 1e-6)[1] is None


def test_the_model_is_the_same(text, monkeypatch, tmp_path):
    seen = []
    options, words = TrainingOptions(dim=3, batch=7), Selection(1)
    train(text, tmp_path / "one", options, words=words)
    monkeypatch.setattr(module, "_SLOW", 0.0)
    monkeypatch.setattr(module, "LONG", 0.0)
    train(text, tmp_path / "two", options, words=words, report=seen.append)
    assert sum(isinstance(event, LongRun) for event in seen) == 1
    assert Path(tmp_path, "one").read_bytes() == Path(tmp_path, "two").read_bytes()


def test_what_is_said():
    event = LongRun(840.0, 400_000, 300, Shorter("--min-count 20", 120_000, 170.0))
    assert describe_long_run(event) == (
        "this run will take about 14 minutes, with 400,000 words and 300 dimensions; --min-count "
        "20 would leave 120,000 words and about 3 minutes, a smaller --dim shortens it too "
        "('--plan' says more)"
    )
    assert long_run_json(event) == {
        "event": "long_run", "seconds": 840.0, "words": 400_000, "dim": 300,
        "shorter": {"option": "--min-count 20", "words": 120_000, "seconds": 170.0},
    }  # fmt: skip
    alone = LongRun(9000.0, 7, 3, None)
    assert describe_long_run(alone) == (
        "this run will take about 2.5 hours, with 7 words and 3 dimensions; a smaller "
        "--max-vocab or --dim would shorten it"
    )
    assert long_run_json(alone)["shorter"] is None
