"""explain: the numbers and the page."""

import json
import re
from unicodedata import east_asian_width

import numpy as np
import pytest
from helpers import reference

CAT = "the cat sat on the mat"
TITLES = [
    "1  Words in, words to predict",
    "2  Hidden vector",
    "3  Scores",
    "4  Softmax",
    "5  Loss",
    "6  Residual",
    "7  Gradient of the hidden vector",
    "8  Gradient of the input vectors",
    "9  Gradient of the output vectors",
    "10  Is it true?",
    "11  Update",
    "12  The loss after the step",
]
LONG = [f"{'word' * 12}{number}" for number in range(20)]


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    """As in a pipe, whatever the tests themselves run in."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def page(w2v):
    def run(*arguments):
        code, out, err = w2v("explain", *arguments)
        assert (code, err) == (0, "")
        return out

    return run


@pytest.fixture
def numbers(page):
    return lambda *arguments: json.loads(page("--json", *arguments))


def sections(page):
    """The parts of a page by number; the part before them is number 0."""
    parts = re.split(r"(?m)^(\d+)  (?=\S)", page)
    return {0: parts[0]} | {int(n): text for n, text in zip(parts[1::2], parts[2::2], strict=True)}


def rows(section):
    """The rows of the table of a part, split at white space."""
    lines = section.splitlines()
    rule = next(i for i, line in enumerate(lines) if set(line.strip()) == {"─"})
    return [line.split() for line in lines[rule + 1 :] if line]


def width(line):
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)


# --- JSON -------------------------------------------------------------------------------


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
@pytest.mark.parametrize("bias", [[], ["--bias"]])
@pytest.mark.parametrize(("smoothing", "prior"), [(1.0, 0.0), (0.5, 2.0)])
def test_json_equals_the_formulas(numbers, arch, bias, smoothing, prior):
    objective = ["--smoothing", str(smoothing), "--prior", str(prior)]
    found = numbers("--arch", arch, "--steps", "3", *bias, *objective)
    words = CAT.split()
    tokens = [found["vocabulary"].index(word) for word in words]
    lines, size = [tokens], len(found["vocabulary"])
    counts, ones = np.bincount(tokens), np.ones(size)
    factors = reference.smoothing(counts, ones, smoothing)
    rows = list(reference.predictions(lines, arch, size, 2, "uniform", ones, factors))
    row = rows[2]
    x, y = row
    shares = x / sum(a for a, _ in rows)
    assert (found["smoothing"], found["prior"]) == (smoothing, prior)
    assert found["factors"] == pytest.approx(factors.tolist())
    assert found["shares"] == pytest.approx(shares.tolist())
    assert found["sentence"] == words
    assert found["x"] == x.tolist()
    assert found["y"] == pytest.approx(y.tolist())
    assert len(found["steps"]) == 3
    for step in found["steps"]:
        numbered = {
            name: np.array(value) for name, value in step.items() if name != "finite_differences"
        }
        w_in, w_out, b = (numbered[name] for name in ("w_in", "w_out", "b"))
        h = w_in.T @ x
        z = w_out @ h + b
        p = np.exp(reference.log_softmax(z))
        d_in, d_out, d_b = reference.gradients([row], w_in, w_out, b)
        d_in += prior * shares[:, None] * w_in
        if not bias:
            d_b[:] = 0
        after = w_in - 0.1 * d_in, w_out - 0.1 * d_out, b - 0.1 * d_b
        expected = {
            "w_in": w_in,
            "w_out": w_out,
            "b": b,
            "h": h,
            "z": z,
            "exp_z": np.exp(z),
            "sum_exp_z": np.exp(z).sum(),
            "p": p,
            "minus_ln_p": -np.log(p),
            "minus_y_ln_p": -y * np.log(p),
            "loss": reference.loss([row], w_in, w_out, b),
            "perplexity": np.exp(-(y @ np.log(p)) / y.sum()),
            "penalty": prior / 2 * shares @ (w_in**2).sum(axis=1),
            "objective": step["loss"] + step["penalty"],
            "n_p": y.sum() * p,
            "residual": y.sum() * p - y,
            "observed": sum(weight * u for weight, u in zip(y, w_out, strict=True)),
            "expected": y.sum() * sum(share * u for share, u in zip(p, w_out, strict=True)),
            "d_h": w_out.T @ (y.sum() * p - y),
            "d_w_in": d_in,
            "d_w_out": d_out,
            "d_b": d_b,
            "w_in_after": after[0],
            "w_out_after": after[1],
            "b_after": after[2],
            "loss_after": reference.loss([row], *after),
            "perplexity_after": np.exp(reference.loss([row], *after) / y.sum()),
            "penalty_after": prior / 2 * shares @ (after[0] ** 2).sum(axis=1),
            "objective_after": step["loss_after"] + step["penalty_after"],
        }
        slopes = step.pop("finite_differences")
        assert step.keys() == expected.keys()
        for name, value in expected.items():
            np.testing.assert_allclose(numbered[name], value, rtol=0, atol=1e-6, err_msg=name)
        for slope in slopes:
            gradient = numbered[f"d_{slope['parameter'].replace('bias', 'b')}"]
            assert slope["formula"] == gradient[tuple(slope["place"])]
            assert slope["slope"] == pytest.approx(slope["formula"], abs=1e-6)
            assert slope["slope"] == (slope["above"] - slope["below"]) / (2 * found["epsilon"])
    for one, two in zip(found["steps"], found["steps"][1:], strict=False):
        assert [one[f"{name}_after"] for name in ("w_in", "w_out", "b", "loss", "penalty")] == [
            two[name] for name in ("w_in", "w_out", "b", "loss", "penalty")
        ]
    assert found["n"] == pytest.approx(y.sum())
    assert found["y_share"] == pytest.approx((y / y.sum()).tolist())
    least = -sum(part * np.log(part / y.sum()) for part in y if part)
    assert found["floor"] == pytest.approx(least)
    assert all(step["loss"] > found["floor"] - 1e-12 for step in found["steps"])
    assert found["tokens"] == tokens
    assert found["windows"] == [[1, 3], [1, 4], [1, 5], [2, 6], [3, 6], [4, 6]]


def test_the_differences_of_the_first_step_stand_beside_the_steps_too(numbers):
    found = numbers("--steps", "2", "--bias")
    assert found["finite_differences"] == slopes_of(found["steps"][0])
    assert found["finite_differences"] != slopes_of(found["steps"][1])
    assert len(found["finite_differences"]) == 4


def slopes_of(step):
    return step["finite_differences"]


def test_json_says_how(numbers):
    options = {"arch": "cbow", "window": 1, "dim": 2, "lr": 0.5, "seed": 4, "start": "zeros"}
    given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    found = numbers(*given, "--bias", "a", "b", "c")
    assert {name: found[name] for name in [*options, "bias"]} == options | {"bias": True}
    assert np.shape(found["steps"][0]["w_in"]) == (3, 2)


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_a_step_beyond_all_numbers_is_an_error(w2v, json):
    assert w2v("explain", "--lr", "1e308", "--steps", "3", *json) == (
        70,
        "",
        "w2vcli: --lr 1e+308 is too large: after step 1 the numbers are no longer finite; give a "
        "smaller one\n",
    )


def test_positions_count_from_1_as_the_option_does(numbers):
    found = numbers("--position", "2", "--window", "1")
    assert (found["position"], found["context"]) == (2, [1, 3])
    assert numbers()["position"] == 3


# --- the page ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--arch", "cbow", "--bias"],
        [*LONG, "--dim", "100", "--bias", "--window", "20"],
        [*LONG, "--arch", "cbow", "--dim", "100", "--bias", "--window", "20"],
        [" ".join(LONG[:2]), "--start", "zeros", "--bias"],
        ["--lr", "30", "--bias", "--steps", "20"],
        ["--lr", "1000", "--bias"],
        ["--lr", "1e9", "--bias", "--dim", "100", *LONG],
        ["東京" * 40, "は", "日本" * 30, "--bias"],
        ["x" * 300, "y" * 300],
        [*"abcdefghijklmnopqrst", "--window", "1000", "--position", "20"],
        ["a b " * 100, "--window", "1"],
        [*LONG, "--dim", "100", "--bias", "--window", "20", "--smoothing", "0.123", "--prior", "9"],
        ["--arch", "cbow", "--lr", "1000", "--smoothing", "0", "--prior", "0.3"],
    ],
)
def test_a_page_fits_80_columns_and_hides_no_number(page, arguments):
    out = page(*arguments)
    assert max(map(width, out.splitlines())) <= 80
    assert "…" not in out
    assert sections(out).keys() == set(range(13))


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["--arch", "cbow"], ["--bias"], ["--start", "zeros"], ["--dim", "1"],
        ["--position", "1"], ["--smoothing", "0.5", "--prior", "2"],
    ],
)  # fmt: skip
def test_every_section_is_there_in_order(page, arguments):
    out = page(*arguments)
    titles = re.findall(r"(?m)^(\d+  .*?)(?:   .*)?$", out)
    assert titles == TITLES
    assert out.startswith("One step of word2vec on paper: ")
    assert "\x1b" not in out
    assert not re.search(r"(?m) $", out)


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_the_numbers_of_the_page_are_those_of_the_json(page, numbers, arch):
    arguments = ["--arch", arch, "--bias", "--lr", "0.3"]
    parts, found = sections(page(*arguments)), numbers(*arguments)
    words, x, y = found["vocabulary"], found["x"], found["y"]
    (step,) = found["steps"]
    n = sum(y)

    def places(values):
        return [f"{value + 0:.4f}".replace("-0.0000", "0.0000") for value in values]

    columns = zip(words, places(step["z"]), places(np.exp(step["z"])), places(step["p"]))  # noqa: B905
    assert rows(parts[4])[:-1] == [list(row) for row in columns]
    assert rows(parts[5])[-1] == ["L", *places([step["loss"]])]
    for i, row in enumerate(rows(parts[3])):
        *outputs, b, z = row[1:]
        assert row[0] == words[i]
        assert [float(value) for value in outputs] == step["w_out"][i]
        assert [b, z] == places([step["b"][i], step["z"][i]])
    assert [row[:1] + row[-1:] for row in rows(parts[6])] == [
        [word, *places([r])] for word, r in zip(words, step["residual"], strict=True)
    ]
    observed, expected, difference = (row[-3:] for row in rows(parts[7]))
    assert observed == places(y @ np.array(step["w_out"]))
    assert expected == places(n * np.array(step["p"]) @ np.array(step["w_out"]))
    assert difference == places(step["d_h"])
    given = [i for i, share in enumerate(x) if share]
    assert rows(parts[8]) == [[words[i], f"{x[i]:.4g}", *places(step["d_w_in"][i])] for i in given]
    assert rows(parts[9]) == [
        [word, *places([r, *row])]
        for word, r, row in zip(words, step["residual"], step["d_w_out"], strict=True)
    ]
    assert [row[-2:] for row in rows(parts[10])] == [
        [f"{s['formula']:.8f}", f"{s['slope']:.8f}"] for s in found["finite_differences"]
    ]
    assert rows(parts[11]) == [
        *(["v", words[i], *places(step["w_in"][i] + step["w_in_after"][i])] for i in given),
        *(
            ["u", word, *places(old + new)]
            for word, old, new in zip(words, step["w_out"], step["w_out_after"], strict=True)
        ),
        *(
            ["b", word, *places([old, new])]
            for word, old, new in zip(words, step["b"], step["b_after"], strict=True)
        ),
    ]
    assert rows(parts[12]) == [
        [str(number), *places([loss, np.exp(loss / n)])]
        for number, loss in enumerate([step["loss"], step["loss_after"]])
    ]


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_the_page_shows_the_smoothing_and_the_prior(page, numbers, arch):
    arguments = ["--arch", arch, "--smoothing", "0.5", "--prior", "2"]
    parts, found = sections(page(*arguments)), numbers(*arguments)
    (step,) = found["steps"]
    assert [row[3] for row in rows(parts[1])] == [f"{s:.4f}" for s in found["factors"]]
    before = step["loss"], step["penalty"]
    assert [row[-1] for row in rows(parts[5])[-3:]] == [f"{v:.4f}" for v in (*before, sum(before))]
    given = [i for i, x in enumerate(found["x"]) if x]
    assert [row[:6] for row in rows(parts[8])] == [
        [found["vocabulary"][i], f"{found['x'][i]:.4g}", f"{found['shares'][i]:.4g}"]
        + [f"{value:.4f}" for value in step["d_w_in"][i]]
        for i in given
    ]
    after = step["loss_after"], step["penalty_after"]
    first, last = rows(parts[12])
    for line, values in ((first, before), (last, after)):
        assert [line[1], *line[-2:]] == [f"{v:.4f}" for v in (*values, sum(values))]
    plain = page("--arch", arch)
    assert "prior" not in plain
    assert "Smoothed" not in plain


def test_the_losses_of_many_steps(page, numbers):
    """The first ten and the last."""
    found = [step["loss_after"] for step in numbers("--steps", "40")["steps"]]
    part = sections(page("--steps", "40"))[12]
    assert part.startswith("The loss after 40 steps")
    assert f"The loss has fallen by {numbers()['steps'][0]['loss'] - found[-1]:.4f}." in part
    assert [row[:2] for row in rows(part)[1:]] == [
        [str(number), f"{found[number - 1]:.4f}"] for number in [*range(1, 11), 40]
    ]


def test_a_step_too_large_is_named(page):
    text = " ".join(page("--lr", "3").split())
    assert "The loss has risen: the step is too large. Try a smaller --lr." in text


@pytest.mark.parametrize(("bias", "said"), [([], False), (["--bias"], True)])
def test_zeros_say_why_nothing_moves(page, bias, said):
    text = " ".join(page("--start", "zeros", "--steps", "5", *bias).split())
    assert "W_out is zero, so dL/dh = W_out' (...) is zero: W_in gets no gradient." in text
    assert ("Only the bias moves" in text) == said
    assert ("Nothing has changed." in text) == (not said)


@pytest.mark.parametrize(
    "arguments", [[CAT], CAT.split(), ["the cat", "sat  on\tthe", "mat\n"], []]
)
def test_words_in_one_argument_or_in_several(page, arguments):
    assert page(*arguments) == page("the", "cat sat on the mat")


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_the_same_arguments_give_the_same_page_and_another_seed_another(page, json):
    assert page(*json) == page(*json)
    assert page(*json) != page("--seed", "2", *json)


# --- what cannot be shown ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            [f"w{number}" for number in range(21)],
            "explain is for a sentence that fits a terminal, of at most 20 different words, and "
            "this one has 21; give a shorter one",
        ),
        (["cat"], "a sentence of one word has no context; give two words or more"),
        ([" "], "a sentence without words has no context; give two words or more"),
        (["--position", "7"], "there is no word 7 in this sentence, which has 6"),
        (
            ["--position", "0"],
            "Invalid value for '--position': it should be greater than or equal to 1; "
            "see 'w2vcli explain --help'",
        ),
        (
            ["--lr", "0"],
            "Invalid value for '--lr': it should be greater than 0; see 'w2vcli explain --help'",
        ),
        (
            ["--lr", "nan"],
            "Invalid value for '--lr': it should be a finite number; see 'w2vcli explain --help'",
        ),
    ],
)
@pytest.mark.parametrize("json", [[], ["--json"]])
def test_wrong_usage(w2v, arguments, message, json):
    assert w2v("explain", *arguments, *json) == (2, "", f"w2vcli: {message}\n")


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_words_that_are_not_unicode(w2v, json):
    """As a shell in another encoding gives them."""
    code, out, err = w2v("explain", "a\udcff", "b", *json)
    assert "this is a bug" not in err
    assert out.replace("\n", "").isprintable()
    assert code in (0, 65)


def test_words_that_drive_terminals_are_shown_escaped(page):
    out = page("\x1b[31mred", "\x07bell", "[bold]x[/]", "--position", "1")
    assert out.replace("\n", "").isprintable()
    assert "[\\x1b[31mred] \\x07bell [bold]x[/]" in out


# --- the page for a browser -------------------------------------------------------------


def page_data(path):
    text = path.read_text(encoding="utf-8")
    (values,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(values)


def shared_steps(values):
    """The values with weights after a step only in the last, as the next begins with them."""
    for step in values["steps"][:-1]:
        for name in ("w_in", "w_out", "b"):
            del step[f"{name}_after"]
    del values["finite_differences"]
    return values


@pytest.mark.parametrize("options", [[], ["--bias", "--smoothing", "0.5", "--prior", "1"]])
def test_a_page_holds_the_json_of_both_architectures_and_starts(w2v, numbers, tmp_path, options):
    options = [*options, "--dim", "2", "--lr", "0.3", "--seed", "4", "--position", "2", "--window"]
    options = [*options, "1", "--steps", "3", "a", "b", "c", "a"]
    file = tmp_path / "step.html"
    code, out, err = w2v("explain", "-o", file, *options, "--arch", "cbow")
    assert (code, out, err.endswith(f"wrote {file}\n")) == (0, "", True)
    data = page_data(file)
    assert (data["arch"], data["start"]) == ("cbow", "random")
    assert data["examples"] == {
        arch: {
            start: shared_steps(numbers("--arch", arch, "--start", start, *options))
            for start in ("random", "zeros")
        }
        for arch in ("skipgram", "cbow")
    }


def test_a_page_has_many_steps_if_nobody_says(w2v, tmp_path):
    assert w2v("explain", "-o", tmp_path / "step.html", "--start", "zeros")[0] == 0
    data = page_data(tmp_path / "step.html")
    assert data["start"] == "zeros"
    assert len(data["examples"]["skipgram"]["random"]["steps"]) == 50


def test_a_page_or_json(w2v, tmp_path):
    file = tmp_path / "step.html"
    message = "w2vcli: --json writes numbers to stdout, and --output a page; leave one out\n"
    assert w2v("explain", "-o", file, "--json") == (2, "", message)
    assert not file.exists()


def test_numbers_that_json_lacks_are_null_on_a_page(w2v, tmp_path):
    assert (
        w2v("explain", "-o", tmp_path / "x.html", "--lr", "1e5", "--bias", "--steps", "3")[0] == 0
    )
    steps = page_data(tmp_path / "x.html")["examples"]["skipgram"]["random"]["steps"]
    assert None in steps[1]["exp_z"]


@pytest.mark.parametrize("name", ["step", "step.svg", "step.png", "step.html.gz", "-"])
def test_a_page_is_html(w2v, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    message = f"w2vcli: --output: {name} does not end in .html; name a file that does\n"
    assert w2v("explain", "-o", name) == (2, "", message)
    assert not (tmp_path / name).exists()


def test_a_page_that_cannot_be_written(w2v, tmp_path):
    code, out, err = w2v("explain", "-o", tmp_path / "none" / "step.html")
    assert (code, out) == (73, "")
    assert "none" in err
    assert w2v("explain", "-o", "")[0] == 2


def test_what_a_page_cannot_show_leaves_the_old_one(w2v, tmp_path):
    file = tmp_path / "step.html"
    file.write_text("old", encoding="utf-8")
    assert w2v("explain", "-o", file, "--lr", "1e308", "--steps", "3")[0] == 70
    assert w2v("explain", "-o", file, "cat")[0] == 2
    code, _, err = w2v("explain", "-o", file, "--dim", "100", "--steps", "1000", *LONG)
    assert (code, "33 million numbers" in err) == (2, True)
    assert file.read_text(encoding="utf-8") == "old"
