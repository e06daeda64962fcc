"""The page of a step as its reader has it: touched, gone through, heard, printed."""

import json
import re
from pathlib import Path

import pytest
from helpers.browser import opened, serious_faults

from w2vcli.errors import UsageError
from w2vcli.pictures.step_page import step_page

CAT = ["the", "cat", "sat", "on", "the", "mat"]
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'`&amp;",
    "مرحبا",
    "x" * 10_000,
    "\u202eevil",
    "{h}*z*",
    "--",
]

# What the page says in words, or is made of.
NOT_SHOWN = {
    *("sentence", "arch", "window", "dim", "seed", "start", "bias", "smoothing"),
    *("vocabulary", "tokens", "windows", "position", "context", "steps", "finite_differences"),
}
ONLY_WITH_OPTIONS = {
    *("factors", "shares", "prior", "penalty", "objective", "penalty_after", "objective_after"),
    *("b", "d_b", "b_after"),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("step") / "step.html"
    path.write_text(step_page(CAT), encoding="utf-8")
    return path


def written(tmp_path, *sentence, **options):
    path = tmp_path / "step.html"
    path.write_text(step_page(sentence or CAT, **options), encoding="utf-8")
    return path


def data_of(file):
    text = Path(file).read_text(encoding="utf-8")
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', text)[1]
    )


def value_of(values, at, reference):
    """The number of the JSON that a reference on the page stands for, in the step at ``at``."""
    name, *place = reference.split(":")
    name, _, other = name.partition("@")
    step = values["steps"][int(other or at)]
    name = "finite_differences" if name == "check" else name
    if name in values:
        found = values[name]
    elif name in step:
        found = step[name]
    else:  # weights after a step are those before the next
        found = values["steps"][int(other or at) + 1][name.removesuffix("_after")]
    for key in place:
        found = found[int(key) if key.isdigit() else key]
    return found


def is_written(value, text):
    """Whether a text is a number rounded to the digits that it has."""
    if value is None:
        return text == "∞"
    plain = text.replace("−", "-")
    if plain.startswith("-") and not plain.strip("-0."):
        return False
    mantissa, _, exponent = plain.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return abs(float(plain) - value) <= 0.501 * unit


def cell(page, reference, side="skipgram", part=None):
    within = f"#parts > :nth-child({part}) " if part else ""
    return page.locator(f'{within}[data-side="{side}"] td[data-ref="{reference}"]').first


def go_to(page, step):
    page.evaluate(
        """(step) => {
            const slider = document.querySelector('#step');
            slider.value = step;
            slider.dispatchEvent(new Event('input'));
            return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        }""",
        step,
    )


def lit(page):
    return page.evaluate(
        """() => [...document.querySelectorAll('.origin')]
            .map((node) => node.dataset.ref ?? `token:${node.dataset.token}`)"""
    )


# --- numbers ----------------------------------------------------------------------------


EVERY_NUMBER = """(side) => [...document.querySelectorAll(`[data-side="${side}"] [data-ref]`)]
    .map((node) => {
        const shown = node.textContent;
        node.dispatchEvent(new MouseEvent('click', { bubbles: true }));
        const told = [...document.querySelectorAll('#told .n')];
        return [
            node.dataset.ref,
            shown,
            told[0].textContent,
            told.slice(1).map((one) => [one.dataset.of, one.textContent]),
            [...document.querySelectorAll('.origin')].map((one) => one.dataset.ref),
        ];
    })"""


@pytest.mark.parametrize("start", ["random", "zeros"])
@pytest.mark.parametrize(
    ("options", "step"),
    [
        ({}, 1),
        ({"bias": True, "smoothing": 0.5, "prior": 2.0, "steps": 7}, 7),
        ({"lr": 1e5, "bias": True, "steps": 3}, 2),
        ({"dim": 8, "window": 1, "seed": 5, "steps": 4, "position": 0}, 3),
    ],
)
def test_every_number_on_the_page_is_that_of_the_json(browser, tmp_path, options, step, start):
    """In the tables and beside the slider, and those in the formula of each."""
    file = written(tmp_path, start=start, **options)
    with opened(browser, file) as page:
        page.check("input[value=both]")
        go_to(page, step)
        for side, starts in data_of(file)["examples"].items():
            values = starts[start]
            found = page.evaluate(EVERY_NUMBER, side)
            names = {reference.split(":")[0].partition("@")[0] for reference, *_ in found}
            known = {*values["steps"][-1], *values, "check"} - NOT_SHOWN
            assert known - names <= ONLY_WITH_OPTIONS
            for reference, shown, told, formula, origins in found:
                value = value_of(values, step - 1, reference)
                assert is_written(value, shown), (reference, value, shown)
                assert told == shown
                at = reference.split(":")[0].partition("@")[2] or step - 1
                chosen = {part for part, _ in formula} - {"lr", "epsilon", "prior"}
                if "@" not in "".join([reference, *chosen]):  # of another step less is shown
                    assert chosen <= {*origins}, reference
                for part, text in formula:
                    assert is_written(value_of(values, at, part), text), (reference, part, text)
            assert sum(len(formula) for *_, formula, _ in found) > len(found) / 2


# --- touching ---------------------------------------------------------------------------


def told(page):
    return page.locator("#told").inner_text().replace("\u2069", "").replace("\u2068", "")


def test_a_touched_number_tells_its_formula_and_lights_up_what_it_was_made_of(browser, file):
    with opened(browser, file) as page:
        assert "Point at a number" in told(page)
        cell(page, "z:1").click()
        assert "−1.6400" in told(page)
        assert "(−0.8) × 0.6 + (−0.9) × 0.9 + 0.7 × (−0.5)" in told(page)
        assert {*lit(page)} == {f"{name}:{k}" for name in ("h", "w_out:1") for k in range(3)}
        cell(page, "p:1").hover()
        assert "0.1940 / 5.5309" in told(page)
        assert {*lit(page)} == {"exp_z:1", "sum_exp_z"}
        page.mouse.move(5, 5)  # what was chosen comes back
        assert "−1.6400" in told(page)
        page.keyboard.press("Escape")
        assert "Point at a number" in told(page)
        assert lit(page) == []


def test_where_words_stand_in_the_sentence_lights_up(browser, file):
    with opened(browser, file) as page:
        cell(page, "y:0").click()
        assert lit(page) == ["token:0", "token:4"]
        cell(page, "x:2").click()
        assert lit(page) == ["token:2"]
        page.check("input[value=cbow]")
        cell(page, "x:0", "cbow").click()
        assert lit(page) == ["token:0", "token:4"]
        assert "1/4 + 1/4" in told(page)


def test_a_tap_is_a_touch(browser, file):
    with opened(browser, file, width=400, touch=True) as page:
        cell(page, "residual:2").tap()
        assert "1.5935 − 0" in told(page)
        page.locator("#told .close").tap()
        assert "Point at a number" in told(page)


def test_terms_say_what_they_mean(browser, file):
    with opened(browser, file) as page:
        page.locator(".term[data-term=u_o]").last.click()
        assert "The output vector of an observed word o, one that really stands there" in told(page)
        names = page.locator("#glossary dt").all_inner_texts()
        assert {"h", "z", "p", "y", "logit", "softmax", "nats"} < {*names}
        used = page.evaluate(
            "() => [...document.querySelectorAll('.term')].map((node) => node.dataset.term)"
        )
        assert {"u_o", "v_c", "h", "z", "p", "y", "logit", "softmax", "nats"} <= {*used}


def test_terms_within_what_is_told_can_be_followed_by_keyboard(browser, file):
    with opened(browser, file) as page:
        cell(page, "z:1").focus()
        page.locator("#told .term").first.focus()
        page.keyboard.press("Enter")
        assert "A score before softmax." in told(page)
        page.keyboard.press("Enter")  # on the button that closes it
        assert "Point at a number" in told(page)


def test_after_closing_one_is_where_one_was(browser, file):
    with opened(browser, file) as page:
        cell(page, "z:1").focus()
        page.locator("#told .close").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.dataset.ref") == "z:1"
        assert (lit(page), "Point at a number" in told(page)) == ([], True)


def test_the_keyboard_reaches_every_number(browser, file):
    """One stop for each table, the arrow keys in it; the formula is said."""
    with opened(browser, file) as page:
        stops = page.evaluate(
            """() => [...document.querySelectorAll('table')]
                .map((table) => table.querySelectorAll('[tabindex="0"]').length)"""
        )
        assert {*stops} == {1}
        cell(page, "w_out:0:0", part=3).focus()
        for key, reference in [
            ("ArrowRight", "w_out:0:1"),
            ("ArrowDown", "w_out:1:1"),
            ("End", "z:1"),
            ("ArrowRight", "z:1"),
            ("ArrowLeft", "w_out:1:2"),
            ("Home", "w_out:1:0"),
            ("ArrowUp", "w_out:0:0"),
            ("ArrowUp", "h:0"),
            ("Control+End", "z:4"),
            ("Control+Home", "h:0"),
            ("ArrowUp", "h:0"),
        ]:
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.dataset.ref") == reference
        page.keyboard.press("ArrowDown")
        page.keyboard.press("End")
        said = page.locator("[role=status]").text_content()
        assert said.startswith("score z the, a logit = 0.1000 u the · h = (−0.2) × 0.6 + 0.3 × 0.9")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('table')") is None


def test_a_sentence_from_the_right_runs_from_the_right(browser, tmp_path):
    sentence = ["جلست", "القطة", "على", "الحصيرة"]
    with opened(browser, written(tmp_path, *sentence, steps=2)) as page:
        first, second = (page.locator(".token").nth(place).bounding_box() for place in (0, 1))
        assert first["x"] > second["x"]
        page.locator(".token.centre").focus()
        page.keyboard.press("ArrowLeft")
        assert page.locator(".token.centre").inner_text() == "على"


def test_links_lead_to_the_parts(browser, file):
    with opened(browser, file) as page:
        page.locator("#way a").nth(6).click()
        page.get_by_role("heading", name="7 Back to the hidden vector").wait_for()
        box = page.locator("#part-7").bounding_box()
        assert 0 < box["y"] < 400
        assert page.locator("#way a").count() == page.locator("#parts h2").count() == 12


def test_the_window_slides_over_the_sentence(browser, file):
    def seen():
        centres = page.locator(".token.centre").all_inner_texts()
        return centres, page.locator(".token.context").all_inner_texts()

    with opened(browser, file) as page:
        assert seen() == (["sat"], ["the", "cat", "on", "the"])
        page.locator(".token.centre").focus()
        page.keyboard.press("ArrowRight")
        assert seen() == (["on"], ["cat", "sat", "the", "mat"])
        page.locator(".token").first.click()
        assert seen() == (["the"], ["cat", "sat"])
        assert page.locator("#window .flow .chip").all_inner_texts() == ["the", "cat", "sat"]
        assert "those of the window around “sat”" in page.locator(".note").inner_text()
        page.get_by_role("button", name="Back to it").click()
        assert seen()[0] == ["sat"]


# --- steps ------------------------------------------------------------------------------


def test_the_slider_goes_through_the_steps(browser, file):
    """On them p moves to y, the loss falls, and a number that was touched is told anew."""
    values = data_of(file)["examples"]["skipgram"]["random"]
    with opened(browser, file) as page:

        def far():
            shown = [float(cell(page, f"p:{word}").inner_text()) for word in range(5)]
            return max(abs(p - q) for p, q in zip(shown, values["y_share"], strict=True))

        def width():
            return page.locator('[data-side="skipgram"] .bars .is').first.bounding_box()["width"]

        cell(page, "p:0").click()
        before = far(), width(), page.locator("circle").first.get_attribute("cx")
        page.locator("#step").focus()
        page.keyboard.press("End")
        page.locator("#where", has_text="50 of 50").wait_for()
        assert (before[0] > 0.25, far() < 0.01) == (True, True)
        assert width() > 2 * before[1]
        assert float(page.locator("circle").first.get_attribute("cx")) > float(before[2]) + 100
        last = values["steps"][-1]
        assert f"{last['exp_z'][0]:.4f} / {last['sum_exp_z']:.4f}" in told(page)
        assert f"{last['loss']:.4f}" in page.locator("#curves").inner_text()
        assert page.locator("#step").get_attribute("aria-valuetext") == (
            f"step 50 of 50: loss of skip-gram {last['loss']:.4f}"
        )
        page.keyboard.press("ArrowLeft")
        page.locator("#where", has_text="49 of 50").wait_for()


def test_the_slider_is_dragged(browser, file):
    with opened(browser, file) as page:
        box = page.locator("#step").bounding_box()
        page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
        page.locator("#where", has_text=re.compile(r"^2\d of 50")).wait_for()


def test_the_steps_play(browser, tmp_path):
    with opened(browser, written(tmp_path, steps=4)) as page:
        page.get_by_role("button", name="Play").click()
        page.locator("#where", has_text="4 of 4").wait_for()
        page.get_by_role("button", name="Play").wait_for()


def test_a_single_step_has_no_slider(browser, tmp_path):
    with opened(browser, written(tmp_path, steps=1)) as page:
        assert not page.locator("#step").is_visible()
        assert "8.1414 → 7.0912" in page.locator("#curves").inner_text()


def test_architectures_one_by_one_and_side_by_side(browser, tmp_path):
    def sides():
        return [side for side in ("skipgram", "cbow") if cell(page, "z:0", side).is_visible()]

    with opened(browser, written(tmp_path, arch="cbow", steps=2)) as page:
        assert sides() == ["cbow"]
        page.check("input[value=both]")
        assert sides() == ["skipgram", "cbow"]
        left, right = (cell(page, "z:0", side).bounding_box() for side in ("skipgram", "cbow"))
        assert left["x"] + left["width"] < right["x"]
        page.check("input[value=skipgram]")
        assert sides() == ["skipgram"]


def test_zeros_never_leave_zero(browser, file):
    with opened(browser, file) as page:
        assert page.locator(".callout").count() == 0
        page.check("input[value=zeros]")
        assert "Each matrix waits for the other" in page.locator(".callout").inner_text()
        for step in (1, 50):
            go_to(page, step)
            cells = page.locator('td[data-ref^="w_"], td[data-ref^="d_w"], td[data-ref^="h:"]')
            assert {float(text) for text in cells.all_text_contents()} == {0.0}
        assert "Nothing has changed." in page.locator("#parts").text_content()
        page.check("input[value=random]")
        assert page.locator(".callout").count() == 0
        assert "The loss has fallen." in page.locator("#parts").text_content()


def test_a_page_may_begin_with_zeros(browser, tmp_path):
    with opened(browser, written(tmp_path, start="zeros", steps=3, bias=True)) as page:
        assert page.locator("input[value=zeros]").is_checked()
        assert "Only the bias moves" in page.locator(".callout").inner_text()


def test_check_it_shows_the_finite_difference(browser, file):
    slopes = data_of(file)["examples"]["skipgram"]["random"]["steps"][0]["finite_differences"]
    with opened(browser, file) as page:
        measured = cell(page, "check:0:slope")
        assert not measured.is_visible()
        page.get_by_role("button", name="Check it").click()
        assert measured.inner_text() == f"{slopes[0]['slope']:.8f}"
        assert cell(page, "check:0:formula").inner_text() == f"{slopes[0]['formula']:.8f}"
        measured.click()
        assert "0.00001" in told(page)
        assert {*lit(page)} == {"check:0:above", "check:0:below"}


def test_colours_alone_and_their_signs(browser, file):
    with opened(browser, file) as page:
        colour = "getComputedStyle(document.querySelector('td[data-ref=\"{}\"]')).backgroundColor"
        minus, zero, plus = (
            page.evaluate(colour.format(place)) for place in ("w_in:1:1", "w_in:0:1", "w_in:1:0")
        )
        assert len({minus, zero, plus}) == 3
        wide = cell(page, "w_in:1:1").bounding_box()["width"]
        page.check("input[value=colours]")
        assert cell(page, "w_in:1:1").bounding_box()["width"] < wide / 2
        cell(page, "w_in:1:1").click()
        assert "−0.9" in told(page)


# --- whoever reads it, and whatever is in it --------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("shown", ["skipgram", "both"])
def test_nothing_stands_in_the_way_of_anybody(browser, file, dark, shown):
    with opened(browser, file, dark=dark) as page:
        page.check(f"input[value={shown}]")
        page.get_by_role("button", name="Check it").first.click()
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        cell(page, "d_h:1").click()
        assert serious_faults(page) == []


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("options", [{}, {"dim": 100, "steps": 2, "bias": True}])
def test_no_page_is_wider_than_its_window(browser, tmp_path, width, options):
    with opened(browser, written(tmp_path, **options), width=width) as page:
        page.check("input[value=both]")
        cell(page, "z:0").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert cell(page, "z:0").bounding_box()["x"] < width


def test_what_is_focused_is_not_under_the_panel(browser, file):
    with opened(browser, file, width=400) as page:
        cell(page, "w_out:0:0", part=3).focus()
        for _ in range(6):
            page.keyboard.press("ArrowDown")
            page.wait_for_timeout(50)
        box = page.evaluate_handle("document.activeElement").bounding_box()
        dock = page.locator("#dock").bounding_box()
        panel = page.locator("#told").bounding_box()
        assert dock["y"] + dock["height"] <= box["y"]
        assert box["y"] + box["height"] <= panel["y"]


@pytest.mark.parametrize("width", [400, 1280])
def test_hostile_words_do_no_harm(browser, tmp_path, width):
    options = {"bias": True, "smoothing": 0.5, "prior": 1.0, "steps": 3}
    with opened(
        browser, written(tmp_path, *HOSTILE, *HOSTILE[::-1], **options), width=width
    ) as page:
        page.check("input[value=both]")
        words = {node.replace("\u2026", "") for node in page.locator(".token").all_inner_texts()}
        assert words == {word if len(word) < 40 else word[:39] for word in HOSTILE}
        assert page.locator("bdi[title]").first.get_attribute("title") == "x" * 500
        page.get_by_role("button", name="Check it").last.click()
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for node in page.locator('#parts [data-side="cbow"] td[data-ref]').all()[::40]:
            node.click()
        assert page.locator("#parts script, #parts b, #window b b, #told script").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_sentence_of_thousands_of_words(browser, tmp_path):
    sentence = ["a", "b"] * 3000
    with opened(browser, written(tmp_path, *sentence, window=900, steps=2)) as page:
        assert page.locator(".token").count() == 200
        assert cell(page, "y:0").inner_text() == "900"
        cell(page, "y:0").click()
        page.locator(".token").first.click()


def test_on_paper_no_controls_and_all_parts(browser, file):
    with opened(browser, file, dark=True) as page:
        cell(page, "z:1").click()
        page.emulate_media(media="print")
        for hidden in ("#told", "#choices", "#step", ".check"):
            assert not page.locator(hidden).first.is_visible()
        assert cell(page, "check:0:slope").is_visible()
        assert page.locator("#printed").inner_text() == "Step 1 of 50"
        assert page.evaluate("getComputedStyle(document.body.parentNode).backgroundColor") == (
            "rgb(255, 255, 255)"
        )


def test_too_many_numbers_for_a_page():
    with pytest.raises(
        UsageError, match=r"some 33 million numbers, too many for a browser; give f"
    ):
        step_page(list("abcdefghijklmnopqrst"), dim=100, steps=1000)
