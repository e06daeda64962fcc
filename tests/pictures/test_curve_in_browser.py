"""The page of a curve in a browser: offline, by mouse and keys, light and dark, on small paper."""

import re
from dataclasses import replace

import pytest
from helpers.browser import opened, serious_faults
from helpers.curves import OLD, UNDERWAY, WHOLE

from w2vcli.pictures.curve_page import curve_page
from w2vcli.training.curve import Curve

HOSTILE = "</script><img src=x onerror=alert(1)> \" ' & \u202e אב " + "x" * 10_000


@pytest.fixture
def written(tmp_path):
    """Write the page of a curve, and return its file."""

    def write(curve, title="The training of x"):
        file = tmp_path / "curve.html"
        file.write_text(curve_page(curve, title), encoding="utf-8")
        return file

    return write


def reading(page):
    return page.locator("#reading").inner_text()


def cells(page, table):
    return [
        row.locator("th, td").all_inner_texts() for row in page.locator(f"#{table} tbody tr").all()
    ]


def test_the_keys_go_along_the_curve(browser, written):
    with opened(browser, written(WHOLE)) as page:
        slider = page.get_by_label("Go along the curve")
        slider.focus()
        exact = "The final vectors, exactly: loss 7.6713, perplexity 2,145.8; with the prior's part"
        assert reading(page) == f"{exact} 7.7457; held out 7.9328, perplexity 2,787.2."
        assert slider.get_attribute("aria-valuetext") == reading(page)
        page.keyboard.press("Home")
        assert reading(page) == "The old model, exactly: loss 8.2500, perplexity 3,827.6."
        page.keyboard.press("ArrowRight")
        first = WHOLE.points[0]
        assert reading(page).startswith(
            f"After 0.13 of 2 passes: loss {first.loss:.4f}, perplexity"
        )
        seen = set()
        while (shown := reading(page)) not in seen:
            seen.add(shown)
            page.keyboard.press("ArrowRight")
        assert len(seen) == len(WHOLE.points) + len(WHOLE.losses) + 1
        assert any(
            text.startswith("Mean of pass 1 of 2: loss 8.0561, perplexity 3,153;") for text in seen
        )
        assert any(text.startswith("Mean of the closing pass: loss 7.6806") for text in seen)


def test_the_mouse_finds_the_nearest(browser, written):
    with opened(browser, written(WHOLE)) as page:
        dots = page.locator("#plot .dot-loss")
        assert dots.count() == len(WHOLE.points)
        for number in (3, 12):
            dots.nth(number).hover()
            assert f"loss {WHOLE.points[number].loss:.4f}," in reading(page)
        page.locator("#plot .ring").first.hover()
        assert reading(page).startswith("The old model, exactly")


def test_places_are_those_of_the_numbers(browser, written):
    """By the axis of the page itself."""
    with opened(browser, written(WHOLE)) as page:
        ticks = page.locator("#plot text[text-anchor=end].scale").all()
        known = [
            (float(tick.text_content()), float(tick.get_attribute("y")) - 4)
            for tick in ticks
            if re.fullmatch(r"[\d.]+", tick.text_content())
        ]
        (low, y_low), *_, (high, y_high) = sorted(known)

        def loss(y):
            return low + (float(y) - y_low) / (y_high - y_low) * (high - low)

        dots = page.locator("#plot .dot-loss").all()
        found = [loss(dot.get_attribute("cy")) for dot in dots]
        assert found == pytest.approx([point.loss for point in WHOLE.points])
        means = [loss(mean.get_attribute("y1")) for mean in page.locator("#plot .mean").all()]
        assert means == pytest.approx([each.loss for each in WHOLE.losses])
        rings = [loss(ring.get_attribute("cy")) for ring in page.locator("#plot .ring").all()]
        assert rings == pytest.approx([WHOLE.before, WHOLE.final.loss])


def test_all_numbers_are_in_tables(browser, written):
    with opened(browser, written(WHOLE)) as page:
        assert cells(page, "passes")[0] == [
            "pass 1 of 2", "8.0561", "3,153", "0.0304", "7.9861", "2,939.8",
        ]  # fmt: skip
        assert [row[0] for row in cells(page, "passes")] == [
            "pass 1 of 2", "pass 2 of 2", "closing pass", "final vectors, exact",
        ]  # fmt: skip
        assert [row[:2] for row in cells(page, "compared")] == [
            ["ln V", "9.0864"],
            ["unigram", "8.4232"],
            ["entropy floor", "6.5438"],
            ["the old model, exact", "8.2500"],
        ]
        page.get_by_text("All points within the passes").click()
        assert [row[:2] for row in cells(page, "points")] == [
            [f"{passes:.4f}", f"{loss:.4f}"] for passes, loss in WHOLE.points
        ]


def test_the_axis_says_where_it_begins_and_can_begin_at_zero(browser, written):
    with opened(browser, written(WHOLE)) as page:
        said = page.locator("#axis")
        assert re.match(r"The axis of the loss begins at 6\.\d\d, not at 0\.", said.inner_text())
        assert "ln V, the loss of a model that knows nothing, is 9.0864" in said.inner_text()
        ticks = page.locator("#plot text[text-anchor=end].scale")
        assert "0" not in ticks.all_inner_texts()
        page.get_by_label("begin at 0").check()
        assert "0" in [text.rstrip("0").rstrip(".") or "0" for text in ticks.all_text_contents()]
        assert "begins at" not in said.inner_text()


def test_a_run_on_its_way_says_so(browser, written):
    file = written(UNDERWAY)
    with opened(browser, file) as page:
        assert page.locator("#state").inner_text() == "Not finished: 1.25 of 2 passes are done."
        assert "reload it to see more" in page.locator("#reload").inner_text()
        assert page.locator("meta[http-equiv=refresh]").count() == 0
        written(replace(UNDERWAY, done=1.5))
        page.reload()
        assert page.locator("#state").inner_text() == "Not finished: 1.5 of 2 passes are done."
    with opened(browser, written(WHOLE)) as page:
        assert page.locator("#state").inner_text() == "Finished: 2 passes and the closing pass."
        assert not page.locator("#reload").is_visible()


@pytest.mark.parametrize("curve", [OLD, Curve(2.0, unigram=8.4), replace(OLD, final=None)])
def test_a_curve_of_little(browser, written, curve):
    with opened(browser, written(curve, HOSTILE)) as page:
        assert page.locator("#plot svg").count() == 1
        assert page.locator("#within").is_visible() == bool(curve.points)
        empty = "No loss of this run is known yet."
        assert (reading(page) == empty) == curve.is_empty
        assert page.locator("img").count() == 0


@pytest.mark.parametrize("curve", [WHOLE, UNDERWAY], ids=["whole", "underway"])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [400, 1280])
def test_no_fault_on_light_and_dark_and_small_paper(browser, written, curve, dark, width):
    with opened(browser, written(curve), dark=dark, width=width) as page:
        page.get_by_text("All points within the passes").click()
        assert serious_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = page.locator("#plot svg").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        for text in page.locator("#plot text").all():
            place = text.bounding_box()
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= width
        ink = page.locator("#plot .halo").first.evaluate("e => getComputedStyle(e).fill")
        assert ink == ("rgb(230, 233, 238)" if dark else "rgb(27, 31, 36)")
        page.get_by_role("button", name="Show this page on").click()
        other = page.locator("#plot .halo").first.evaluate("e => getComputedStyle(e).fill")
        assert other != ink


def test_touch_and_print(browser, written):
    with opened(browser, written(WHOLE), width=400, touch=True) as page:
        page.locator("#plot .dot-loss").nth(5).tap()
        assert f"loss {WHOLE.points[5].loss:.4f}," in reading(page)
        page.emulate_media(media="print")
        assert not page.get_by_label("Go along the curve").is_visible()
        assert not page.locator("#plot .here").is_visible()
        assert page.locator("#plot .line.loss").is_visible()
