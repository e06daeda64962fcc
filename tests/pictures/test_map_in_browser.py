"""The page of a map, as its reader has it: in Chromium, from a file, without a network."""

import re

import numpy as np
import pytest
from helpers.browser import opened, serious_faults

from w2vcli.pictures.map_page import map_page
from w2vcli.vectors.word_map import Drift, WordMap

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"double\" 'single' & `tick`",
    "שלום",
    "\u202eturned round",
    "x" * 10_000,
    "two\nlines\u2028three",
    "漢字",
    "__proto__",
    "#%41%",
]

LOOK = """() => {
  const seen = {};
  document.getElementById("map").dispatchEvent(new CustomEvent("w2vcli-look", { detail: seen }));
  const { at, labels, busy } = seen;
  return { at, labels, busy, places: seen.places() };
}"""


def word_map(size=300, *, words=None, counts=True, method="pca", **more):
    random = np.random.default_rng(size)
    units = random.standard_normal((size, 20)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    places = random.standard_normal((size, 2))
    places /= np.abs(places).max()
    named = [f"{'abcde'[n % 5]}word{n}" for n in range(size)]
    named[: len(words or [])] = words or []
    return WordMap(
        named,
        (100_000 // np.arange(1, size + 1)) if counts else None,
        units,
        "input",
        places,
        method=method,
        explained=(0.25, 0.125) if method == "pca" else None,
        **more,
    )


def drift(size=300):
    random = np.random.default_rng(1)
    cosines = random.uniform(-0.2, 1, size)
    places = random.uniform(-1, 1, (size, 2))
    cosines[::10], places[::10] = np.nan, np.nan
    return Drift(places, cosines)


KINDS = {
    "pca": lambda: word_map(),
    "umap, clusters": lambda: word_map(method="umap", clusters=np.arange(300) % 11),
    "tsne, asked, no counts": lambda: word_map(
        60, counts=False, method="tsne", asked=frozenset([3, 40])
    ),
    "drift": lambda: word_map(drift=drift()),
    "one word": lambda: word_map(1),
    "all at one place": lambda: WordMap(
        ["one", "two"], None, np.eye(2, dtype=np.float32), "sum", np.zeros((2, 2)), "umap"
    ),
}


@pytest.fixture
def shown(browser, tmp_path):
    """Open a page with a map; with the options of ``opened``."""

    def show(found, title="A map", **options):
        file = tmp_path / "map.html"
        file.write_text(map_page(found, title), encoding="utf-8")
        return opened(browser, file, **options)

    return show


def look(page):
    """What is in view, once nothing moves any more."""
    for _ in range(100):
        seen = page.evaluate(LOOK)
        if not seen["busy"]:
            return seen
        page.wait_for_timeout(30)
    raise AssertionError("the map does not come to rest")


def on_page(page, x, y):
    """A place on the map as one on the page."""
    box = page.locator("#map").bounding_box()
    return box["x"] + x, box["y"] + y


def click(page, number):
    page.mouse.click(*on_page(page, *look(page)["places"][number]))


def find(page, text):
    page.fill("#query", text)
    page.press("#query", "Enter")
    return look(page)


def neighbours(page):
    """The neighbours that are shown: words and cosines."""
    texts = page.locator("#card ol button").all_inner_texts()
    rows = [text.split("\n") for text in texts]
    return [(row[0], float(row[-1].replace("−", "-"))) for row in rows]


def expected_neighbours(found, number, most=10):
    cosines = found.units.astype(np.float64) @ found.units[number]
    others = np.delete(np.arange(len(found.words)), number)
    best = others[np.argsort(-cosines[others], kind="stable")][:most]
    return [(found.words[k], cosines[k]) for k in best]


def assert_neighbours(page, found, number, most=10):
    expected = expected_neighbours(found, number, most)
    given = neighbours(page)
    assert [word for word, _ in given] == [word for word, _ in expected]
    for (_, one), (_, other) in zip(given, expected, strict=True):
        assert one == pytest.approx(other, abs=1.5e-4)  # and the four decimals shown


def pixel(page, x, y):
    """The colour of the map at a place."""
    return page.evaluate(
        """([x, y]) => {
          const canvas = document.getElementById("map");
          const ratio = canvas.width / canvas.clientWidth;
          // Read from another one: Chromium warns of canvases that are read more than once.
          const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
          copy.drawImage(canvas, -Math.floor(x * ratio), -Math.floor(y * ratio));
          return [...copy.getImageData(0, 0, 1, 1).data];
        }""",
        [x, y],
    )


def assert_apart(labels):
    """No label covers another."""
    boxes = np.array([[box[side] for side in ("left", "top", "right", "bottom")] for box in labels])
    left, top, right, bottom = boxes.T
    over = (
        (left[:, None] < right) & (left < right[:, None])
        & (top[:, None] < bottom) & (top < bottom[:, None])
    )  # fmt: skip
    assert over.sum() == len(labels)  # each covers itself


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_opens(shown, kind, dark):
    found = KINDS[kind]()
    with shown(found, f"Map: {kind}", dark=dark) as page:
        assert page.title() == page.locator("h1").inner_text() == f"Map: {kind}"
        assert_apart(look(page)["labels"])
        paper = pixel(page, 2, 2)
        assert (max(paper[:3]) < 60) == dark
        assert pixel(page, *look(page)["places"][-1]) != paper
        assert serious_faults(page) == []
        find(page, found.words[0])
        assert page.locator("#card h2").inner_text() == found.words[0]
        assert_neighbours(page, found, 0)
        page.locator("#keeps summary").click()
        assert serious_faults(page) == []


def test_what_is_kept_is_told(shown):
    for kind, said in {
        "pca": ["62.5 %", "all 20 numbers", "the 300 words of this page only"],
        "umap, clusters": ["UMAP (seed 1)", "how far groups are from each other"],
        "tsne, asked, no counts": ["t-SNE (seed 1)", "all 20 numbers"],
        "drift": ["old and new vector", "short arrow"],
    }.items():
        with shown(KINDS[kind]()) as page:
            text = re.sub(r"\s+", " ", page.locator("#keeps").text_content())
            assert all(part in text for part in said), kind


def test_a_search_finds_beginnings_first_and_flies_to_the_word(shown):
    found = word_map(words=["the", "Anthem", "theme", "other", "The"])
    with shown(found) as page:
        options = page.locator("[role=option] bdi")
        page.locator("#query").press_sequentially("THE")
        assert options.all_inner_texts() == ["the", "The", "theme", "Anthem", "other"]
        assert page.get_attribute("#query", "aria-expanded") == "true"
        assert page.locator("[role=status]").inner_text() == "5 suggestions"
        for _ in range(3):
            page.press("#query", "ArrowDown")
        active = page.get_attribute("#query", "aria-activedescendant")
        assert page.locator(f"#{active}[aria-selected=true]").inner_text().startswith("theme")
        page.press("#query", "Enter")
        assert page.locator("#card h2").inner_text() == "theme"
        assert page.get_attribute("#query", "aria-expanded") == "false"
        assert "theme" in page.locator("[role=status]").inner_text()
        seen = look(page)
        x, y = seen["places"][2]
        box = page.locator("#map").bounding_box()
        assert 0 < x < box["width"]
        assert 0 < y < box["height"]
        assert 2 in [label["number"] for label in seen["labels"]]
        page.fill("#query", "no such")
        assert page.locator("#unknown").inner_text() == "None of the 300 words has these letters."
        assert options.count() == 0
        page.fill("#query", "anth")
        page.locator("[role=option]").click()
        assert page.locator("#card h2").inner_text() == "Anthem"


def test_one_walks_from_neighbour_to_neighbour(shown):
    found = word_map()
    with shown(found) as page:
        number = 7
        click(page, number)
        for place in (0, 4, 9):
            assert page.locator("#card h2").inner_text() == found.words[number]
            assert_neighbours(page, found, number)
            word = expected_neighbours(found, number)[place][0]
            page.locator("#card ol button").nth(place).click()
            number = found.words.index(word)
        page.locator(".more").click()
        assert_neighbours(page, found, number, 20)
        page.locator("#close").click()
        assert page.locator("#card h2").count() == 0
        assert page.locator("#lists").is_visible()


def test_a_click_beside_all_words_lets_go(shown):
    with shown(word_map()) as page:
        click(page, 5)
        assert page.locator("#card h2").count() == 1
        page.mouse.click(*on_page(page, 4, 4))
        assert page.locator("#card h2").count() == 0


def test_a_label_can_be_clicked(shown):
    found = word_map()
    with shown(found) as page:
        seen = look(page)
        for label in seen["labels"]:  # one that has no dot behind it where it is clicked
            place = (label["left"] + 6, label["top"] + 6)
            if np.hypot(*(np.array(seen["places"]) - place).T).min() > 12:
                break
        page.mouse.click(*on_page(page, *place))
        assert page.locator("#card h2").inner_text() == found.words[label["number"]]


def test_hovering_shows_word_and_count(shown):
    found = word_map()
    with shown(found) as page:
        page.mouse.move(*on_page(page, *look(page)["places"][0]))
        look(page)
        assert page.locator("#tip").inner_text().split("\n") == [found.words[0], "100,000 times"]
        page.mouse.move(*on_page(page, 3, 3))
        look(page)
        assert not page.locator("#tip").is_visible()


def test_the_wheel_zooms_about_the_pointer(shown):
    with shown(word_map()) as page:
        before = look(page)
        x, y = before["places"][3]
        page.mouse.move(*on_page(page, x, y))
        page.mouse.wheel(0, -500)
        after = look(page)
        assert after["at"]["zoom"] > 2 * before["at"]["zoom"]
        assert after["places"][3] == pytest.approx([x, y], abs=1.5)
        page.mouse.wheel(0, 500)
        assert look(page)["at"]["zoom"] == pytest.approx(before["at"]["zoom"], rel=1e-6)


def test_dragging_moves_the_map_and_selects_nothing(shown):
    with shown(word_map()) as page:
        x, y = look(page)["places"][0]
        page.mouse.move(*on_page(page, x, y))
        page.mouse.down()
        page.mouse.move(*on_page(page, x + 30, y + 20))
        page.mouse.move(*on_page(page, x + 60, y + 40))
        page.mouse.up()
        assert look(page)["places"][0] == pytest.approx([x + 60, y + 40], abs=0.01)
        assert page.locator("#card h2").count() == 0


def test_two_fingers_zoom_and_one_taps(shown):
    found = word_map()
    with shown(found, width=400, touch=True) as page:
        session = page.context.new_cdp_session(page)

        def touch(kind, *fingers):
            points = [dict(zip("xy", on_page(page, *finger), strict=True)) for finger in fingers]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        before = look(page)["at"]["zoom"]
        touch("touchStart", (150, 150), (190, 150))
        for reach in range(5, 41, 5):
            touch("touchMove", (150 - reach, 150), (190 + reach, 150))
        touch("touchEnd")
        assert look(page)["at"]["zoom"] == pytest.approx(3 * before, rel=0.05)
        assert page.locator("#card h2").count() == 0
        page.locator("#all").tap()
        places = look(page)["places"]
        page.touchscreen.tap(*on_page(page, *places[0]))
        assert page.locator("#card h2").inner_text() == found.words[0]


def test_the_keyboard_is_enough(shown):
    found = word_map()
    with shown(found) as page:
        page.keyboard.press("Tab")  # the theme
        page.keyboard.press("Tab")
        page.keyboard.type("aword0")
        page.keyboard.press("Enter")
        assert page.locator("#card h2").inner_text() == "aword0"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # the nearest neighbour
        word = expected_neighbours(found, 0)[0][0]
        assert page.evaluate("document.activeElement.textContent") == word
        while page.evaluate("document.activeElement.id") != "map":
            page.keyboard.press("Tab")
        page.keyboard.press("0")
        whole = look(page)["at"]
        page.keyboard.press("+")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowUp")
        moved = look(page)["at"]
        assert moved["zoom"] > whole["zoom"]
        assert moved["x"] > whole["x"]
        assert moved["y"] > whole["y"]
        page.keyboard.press("-")
        page.keyboard.press("Home")
        assert look(page)["at"] == whole
        middle = [page.locator("#map").bounding_box()[side] / 2 for side in ("width", "height")]
        nearest = np.hypot(*(np.array(look(page)["places"]) - middle).T).argmin()
        page.wait_for_timeout(800)
        assert found.words[nearest] in page.locator("[role=status]").inner_text()
        page.keyboard.press("Enter")
        assert page.locator("#card h2").inner_text() == found.words[nearest]
        page.keyboard.press("Escape")
        assert page.locator("#card h2").count() == 0


def test_labels_never_cover_each_other_and_stay_as_one_moves(shown):
    found = word_map(3000)
    with shown(found) as page:
        earlier = {label["number"] for label in look(page)["labels"]}
        assert len(earlier) > 30
        for _ in range(8):
            page.locator("#in").click()
            seen = look(page)
            assert_apart(seen["labels"])
            now = {label["number"] for label in seen["labels"]}
            box = page.locator("#map").bounding_box()
            x, y = np.array(seen["places"]).T
            inside = (x > 0) & (x < box["width"]) & (y > 30) & (y < box["height"])
            assert {number for number in earlier if inside[number]} <= now
            assert len(now) > 30
            earlier = now
        page.locator("#map").focus()
        page.keyboard.press("ArrowRight")
        after = {label["number"]: label["left"] for label in look(page)["labels"]}
        before = {label["number"]: label["left"] for label in seen["labels"]}
        stayed = {n for n, left in before.items() if left > 81}
        assert stayed <= after.keys()
        for number in stayed:
            assert after[number] == pytest.approx(before[number] - 80, abs=0.01)
        find(page, found.words[0])
        assert_apart(look(page)["labels"])


def test_the_most_frequent_words_have_labels_first(shown):
    found = word_map(2000)
    with shown(found) as page:
        labels = {label["number"] for label in look(page)["labels"]}
        assert 0 in labels
        boxes = [sorted(labels)[k] for k in range(20)]
        assert np.median(sorted(labels)) < 1000
        assert max(boxes) < 100


def test_colours_and_legend(shown):
    found = KINDS["umap, clusters"]()
    with shown(found) as page:
        groups = page.locator("#legend button")
        assert groups.count() == 11
        middle = ", ".join(found.words[k] for k in found.central_words(3)[3])
        assert groups.nth(3).inner_text() == f"3: {middle}"
        groups.nth(3).click()
        assert groups.nth(3).get_attribute("aria-pressed") == "true"
        assert {label["number"] % 11 for label in look(page)["labels"]} == {3}
        groups.nth(3).click()
        assert len({label["number"] % 11 for label in look(page)["labels"]}) == 11
        page.select_option("#colouring", label="frequency")
        texts = groups.all_inner_texts()
        assert texts[0] == "20,000–100,000"
        assert len(texts) == 7
        assert texts[-1].startswith("333–")


def test_arrows_lead_from_old_places(shown):
    found = word_map(drift=drift())
    cosines = found.drift.cosines
    with shown(found) as page:
        changed, new = page.locator("#lists section").all()
        assert new.locator("button bdi").all_inner_texts() == [
            found.words[k] for k in range(0, 250, 10)
        ]
        rows = changed.locator("button").all_inner_texts()
        order = np.argsort(cosines)[: len(rows)]
        assert [row.split("\n")[0] for row in rows] == [found.words[k] for k in order]
        for row, number in zip(rows, order, strict=True):
            shown_value = float(row.split("\n")[-1].replace("−", "-"))
            assert shown_value == pytest.approx(cosines[number], abs=6e-5)
        drawn = page.evaluate("document.getElementById('map').toDataURL()")
        page.locator("#arrows").click()
        look(page)
        assert page.get_attribute("#arrows", "aria-pressed") == "false"
        assert page.evaluate("document.getElementById('map').toDataURL()") != drawn
        find(page, found.words[10])
        assert "a new word" in page.locator("#card dl").inner_text()
        find(page, found.words[11])
        assert f"cosine {cosines[11]:.4f}".replace("-", "−") in page.locator("#card").inner_text()


def test_addresses_lead_to_words(shown):
    found = word_map(words=HOSTILE)
    with shown(found) as page:
        for word in (HOSTILE[3], HOSTILE[0], HOSTILE[9]):
            find(page, word)
            assert page.evaluate("decodeURIComponent(location.hash.slice(1))") == word
        page.go_back()
        look(page)
        assert page.locator("#card h2").inner_text() == HOSTILE[0]
        page.reload()
        assert page.locator("#card h2").inner_text() == HOSTILE[0]
        page.evaluate("location.hash = '#%E0%A4%A'")  # no letters at all
        assert page.locator("#card h2").inner_text() == HOSTILE[0]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_hostile_words_are_text(shown, dark):
    clusters = np.zeros(300, np.int64)
    found = word_map(words=HOSTILE, clusters=clusters, drift=drift(), asked=frozenset(range(10)))
    with shown(found, HOSTILE[0], dark=dark) as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        scripts = page.locator("script").count()
        for number, word in enumerate(HOSTILE):
            find(page, word.split("\n")[-1])  # a field of one line has no other
            whole = page.locator("#card h2 bdi").text_content()
            assert whole == (word if len(word) <= 60 else "x" * 59 + "…")
            assert page.locator("#card ol button").count() == 10
            page.locator("#all").click()
            click(page, number)
            page.mouse.move(*on_page(page, *look(page)["places"][number]))
            look(page)
        page.select_option("#colouring", label="cluster")
        assert page.locator("script").count() == scripts
        assert page.locator("img, [onerror]").count() == 0
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 1280
        assert serious_faults(page) == []


@pytest.mark.parametrize("kind", ["pca", "umap, clusters", "drift"])
def test_a_narrow_screen_has_the_map_above_its_words(shown, kind):
    found = KINDS[kind]()
    with shown(found, width=400, touch=True) as page:
        find(page, found.words[1])
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        view = page.locator(".view").bounding_box()
        card = page.locator("#card").bounding_box()
        assert page.locator(".find").bounding_box()["y"] < view["y"]
        assert view["y"] + view["height"] <= card["y"]
        for button in page.locator("button, select, input, summary").all():
            box = button.bounding_box()
            if box:
                assert min(box["width"], box["height"]) >= 24
        for button in page.locator(".zoom button, .word").all():
            box = button.bounding_box()
            if box:
                assert min(box["width"], box["height"]) >= 44
        assert serious_faults(page) == []


def test_print_is_on_white_paper(shown):
    found = word_map()
    with shown(found, dark=True) as page:
        find(page, found.words[0])
        zoom = look(page)["at"]["zoom"]
        assert max(pixel(page, 2, 2)[:3]) < 60
        page.emulate_media(media="print")
        page.wait_for_timeout(100)
        assert pixel(page, 2, 2) == [255, 255, 255, 255]
        assert not page.locator("#query").is_visible()
        assert page.locator("#card ol button").first.is_visible()
        assert page.locator("#legend").is_visible()
        page.emulate_media(media="screen")
        page.wait_for_timeout(100)
        assert max(pixel(page, 2, 2)[:3]) < 60
        assert page.pdf()[:5] == b"%PDF-"
        assert look(page)["at"]["zoom"] == pytest.approx(zoom, rel=0.2)
        assert max(pixel(page, 2, 2)[:3]) < 60
        assert page.evaluate("document.documentElement.dataset.theme") is None


def test_the_theme_is_changed_by_its_button(shown):
    with shown(word_map()) as page:
        assert pixel(page, 2, 2) == [255, 255, 255, 255]
        page.locator("#theme").click()
        look(page)
        assert max(pixel(page, 2, 2)[:3]) < 60
        page.emulate_media(color_scheme="dark")
        page.locator("#theme").click()
        look(page)
        assert pixel(page, 2, 2) == [255, 255, 255, 255]


def test_nothing_flies_where_motion_is_unwelcome(shown):
    found = word_map()
    with shown(found) as page:
        look(page)
        start = page.evaluate(LOOK)["at"]
        page.fill("#query", found.words[5])
        page.press("#query", "Enter")
        assert page.evaluate(LOOK)["at"] != look(page)["at"]  # on its way
        page.locator("#all").click()
        assert look(page)["at"] == start
        page.emulate_media(reduced_motion="reduce")
        page.press("#query", "Enter")
        assert page.evaluate(LOOK)["at"] == look(page)["at"] != start


def test_many_pixels_to_a_point(browser, tmp_path):
    """A canvas is as fine as its screen."""
    file = tmp_path / "map.html"
    file.write_text(map_page(word_map(), "A map"))
    context = browser.new_context(offline=True, device_scale_factor=2)
    page = context.new_page()
    page.goto(file.as_uri())
    seen = look(page)
    box = page.locator("#map").bounding_box()
    assert page.evaluate("document.getElementById('map').width") == round(2 * box["width"])
    assert pixel(page, *seen["places"][0]) != pixel(page, 2, 2)
    click(page, 0)
    assert page.locator("#card h2").inner_text() == "aword0"
    context.close()


def test_words_without_counts_are_not_called_frequent(browser, tmp_path):
    units = np.eye(3, dtype=np.float32)
    places = units[:, :2].astype(np.float64)
    words = WordMap(["a", "b", "c"], None, units, "input", places, explained=(0.5, 0.5))
    file = tmp_path / "map.html"
    file.write_text(map_page(words, "imported"), encoding="utf-8")
    with opened(browser, file) as page:
        lists = page.inner_text("#lists")
        assert "First words" in lists
        assert "null" not in page.inner_text("body")
