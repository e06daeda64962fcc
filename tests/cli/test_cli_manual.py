"""manual: pages in a pipe and on a terminal, and what there is no page for."""

import re

import pytest
from helpers.terminals import on_terminal

from w2vcli.cli.manual_pages import topics


def test_a_pipe_gets_the_page_without_comments(w2v):
    code, out, err = w2v("manual", "train")
    assert (code, err) == (0, "")
    assert out.startswith("# train: learn word vectors from a corpus\n")
    assert "| `--dim N` |" in out
    assert "<!--" not in out


def test_topics_are_listed_with_their_titles(w2v):
    code, out, err = w2v("manual")
    assert (code, err) == (0, "")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [name for name, _ in rows] == topics()
    assert all(title and title[0].islower() for _, title in rows if title[0] != "A")
    assert ["train", "learn word vectors from a corpus"] in rows


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("trian", " (did you mean train?)"),
        ("anlogy", " (did you mean analogy?)"),
        ("zzz", ""),
        ("../index", ""),
        ("", ""),
    ],
)
def test_an_unknown_topic(w2v, topic, hint):
    said = f"w2vcli: the manual has no page '{topic}'{hint}; 'w2vcli manual' lists all topics\n"
    assert w2v("manual", topic) == (2, "", said)


@pytest.mark.parametrize("topic", topics())
def test_a_terminal_gets_every_page_rendered(w2v, monkeypatch, topic):
    monkeypatch.setattr("w2vcli.cli.pages.results_on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = w2v("manual", topic)
    assert (code, err) == (0, "")
    assert "<!--" not in out
    assert "```" not in out
    assert ".md)" not in out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert max(map(len, plain.splitlines())) <= 80


def test_a_real_terminal():
    code, lines = on_terminal("manual exit-codes")
    assert code == 0
    assert any("wrong usage" in line for line in lines)
    code, lines = on_terminal("manual")
    assert code == 0
    assert lines[0] == "Manual"
