"""Pages in a headless Chromium that has no network, and whose complaints are failures."""

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]


def missing() -> str:
    """Return what is not installed that pages need to be opened here; nothing if all is."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed: make browser"
    return "" if _program() else "Chromium is not installed: make browser"


def _program() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def chromium() -> Iterator:
    """Start the browser; the test is skipped where it, or what drives it, is not installed."""
    if reason := missing():
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver, tempfile.TemporaryDirectory() as home:
        browser = driver.chromium.launch(
            executable_path=_program(), args=_OPTIONS, env={"HOME": home, "PATH": "/usr/bin:/bin"}
        )
        yield browser
        browser.close()


@contextmanager
def opened(browser, file: Path, *, dark: bool = False, width: int = 1280, touch: bool = False):
    """Open a page from its file, offline; fail if it complains or asks for anything else."""
    context = browser.new_context(
        offline=True,
        color_scheme="dark" if dark else "light",
        viewport={"width": width, "height": 800},
        has_touch=touch,
    )
    page = context.new_page()
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("request", lambda request: requests.append(request.url))
    address = file.resolve().as_uri()
    page.goto(address)
    yield page
    assert complaints == []
    assert [url for url in requests if url != address and not url.startswith("data:")] == []
    context.close()


def serious_faults(page) -> list[str]:
    """What axe-core finds on a page that is serious or critical, with where it is."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # Its script is run by the driver, which the page's policy does not bind.
    return [
        f"{fault['id']}: {fault['help']}: {node['target']} {node['html'][:200]}"
        for fault in axe.run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
