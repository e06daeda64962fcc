"""(m) The page of a map: frames per second while it is moved about in Chromium.

Chromium draws without a graphics card (``--disable-gpu``), as fast as the screen shows frames, 60 a
second at most. A motion is as many events of a pointer or wheel, one in each frame, as a hand would
make; each changes what is in view, so that everything is drawn anew.
"""

import statistics
import time

import numpy as np
from bench.report import NOT_INSTALLED, Report, at_least
from helpers.browser import missing, opened

from w2vcli.pictures.map_page import map_page
from w2vcli.vectors.word_map import WordMap

# What is done in each frame; `share` goes from 0 to 1 while the motion lasts.
MOTIONS = {
    "panning, all words in view": "drag(80 * Math.cos(2 * Math.PI * share), 3)",
    "zooming in and out": "wheel(share < 0.5 ? -60 : 60)",
    "panning, zoomed in": "drag(300 * Math.cos(2 * Math.PI * share), 20)",
    "panning, a word selected": "drag(80 * Math.cos(2 * Math.PI * share), 3)",
}

SCRIPT = """
async ([frames, prepare]) => {
  const canvas = document.getElementById("map");
  const look = () => {
    const seen = {};
    canvas.dispatchEvent(new CustomEvent("w2vcli-look", { detail: seen }));
    return seen;
  };
  const frame = () => new Promise(requestAnimationFrame);
  const box = canvas.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const about = { pointerId: 1, button: 0, buttons: 1, bubbles: true, pointerType: "mouse" };
  const send = (type, dx = 0, dy = 0) => canvas.dispatchEvent(
    new PointerEvent(type, { ...about, clientX: x + dx, clientY: y + dy }));
  canvas.setPointerCapture = () => {};
  const drag = (dx, dy) => send("pointermove", dx, dy);
  const wheel = (deltaY) => canvas.dispatchEvent(
    new WheelEvent("wheel", { deltaY, clientX: x, clientY: y, bubbles: true, cancelable: true }));
  const { at, moveTo } = look();
  moveTo(at.x, at.y, at.zoom * prepare);
  await frame();
  await frame();
  const turn = (share) => STEP;
  send("pointerdown");
  const places = new Set();
  let begin = 0;
  for (let k = -5; k < frames; k++) {
    if (k === 0) begin = await frame();
    turn(((k + frames) % frames) / frames);
    await frame();
    places.add(JSON.stringify(look().at));
  }
  const seconds = (await frame() - begin) / 1000;
  send("pointercancel");
  return { fps: (frames + 1) / seconds, places: places.size, labels: look().labels.length };
}
"""


def run(setting):
    sizes = setting.sizes
    file = setting.folder / "map.html"
    file.write_text(map_page(random_map(sizes.map_words), "Benchmark"), encoding="utf-8")
    report = Report(
        "(m) The page of a map in Chromium, frames per second",
        sizes.map_words,
        f"{file.stat().st_size / 1e6:.1f} MB, 1280 x 800",
        notes=["ours, result: the median over runs; 60 is the most that Chromium shows"],
    )
    if reason := missing():
        report.notes.append(reason)
        for what in MOTIONS:
            report.add(what, NOT_INSTALLED)
        return report
    with setting.browser() as browser:
        found = [_measured(browser, file, sizes.map_frames) for _ in range(setting.repeats)]
    for what in MOTIONS:
        fps = statistics.median(motions[what]["fps"] for _, motions in found)
        report.add(what, f"{fps:.1f}", "", f"{fps:.1f}", target=at_least(fps, 50))
        report.numbers[what] = [motions[what] for _, motions in found]
    seconds = statistics.median(opening for opening, _ in found)
    report.add("from opening to the first frame, s", f"{seconds:.2f}")
    report.numbers["opening"] = seconds
    return report


def _measured(browser, file, frames):
    """Return the seconds until the page is there, and what was found of each motion."""
    begin = time.perf_counter()
    found = {}
    with opened(browser, file) as page:
        page.evaluate("() => new Promise(requestAnimationFrame)")
        opening = time.perf_counter() - begin
        for what, step in MOTIONS.items():
            page.locator("#all").click()
            if what.endswith("selected"):
                page.locator("#lists button").first.click()
            page.wait_for_timeout(600)
            zoom = 12 if what.endswith("zoomed in") else 1
            found[what] = page.evaluate(SCRIPT.replace("STEP", step), [frames, zoom])
            assert found[what]["places"] > frames / 2, "the map did not move"
    return opening, found


def random_map(size, width=100):
    """Return a map of made-up words at random places, crowded in the middle as maps are."""
    random = np.random.default_rng(1)
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    words = ["".join(random.choice(letters, random.integers(2, 13))) + str(n) for n in range(size)]
    units = random.standard_normal((size, width), np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    places = random.standard_normal((size, 2))
    places /= np.abs(places).max()
    counts = (1e6 / np.arange(1, size + 1)).astype(np.int64)
    return WordMap(words, counts, units, "input", places, explained=(0.02, 0.01))
