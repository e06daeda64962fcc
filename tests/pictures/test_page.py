"""The frame of pages: what stood in a corpus is text in it, and nothing else runs or is loaded."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from w2vcli.pictures import page as pages

HOSTILE = "</script><script>alert(1)</script><!--<script \u2028 \" ' & \u202e x"


@pytest.fixture
def assets(monkeypatch):
    """A page of its own, made of few words."""
    texts = {"x.html": "<main></main>", "x.css": "", "x.js": "the page()", "y.js": "a part()"}
    read = pages._asset
    monkeypatch.setattr(pages, "_asset", lambda name: texts.get(name) or read_frame(name))

    def read_frame(name):
        return "" if name in texts else read(name)


class Reader(HTMLParser):
    """Collects the scripts and the title of a page as a browser would see them."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.policy, self.title, self._in = [], "", "", None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        about = dict(attributes)
        self._in = tag
        if tag == "script":
            self.scripts.append([about.get("type"), ""])
        if about.get("http-equiv") == "Content-Security-Policy":
            self.policy = about["content"]

    def handle_data(self, data):
        if self._in == "script":
            self.scripts[-1][1] += data
        elif self._in == "title":
            self.title += data

    def handle_endtag(self, tag):
        self._in = None


def test_hostile_text_is_data(assets):
    data = {"words": [HOSTILE], "n": 1.5}
    read = Reader(pages.page("x", HOSTILE, data))
    assert read.title == HOSTILE
    assert [kind for kind, _ in read.scripts] == ["application/json", None, None]
    assert json.loads(read.scripts[0][1]) == data


def test_the_policy_forbids_all_but_the_own_scripts_and_styles(assets):
    text = pages.page("x", "x", {})
    read = Reader(text)
    rules = dict(rule.split(" ", 1) for rule in read.policy.split("; "))
    assert rules["default-src"] == "'none'"

    def digest(part):
        return f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'"

    assert rules["script-src"] == " ".join(digest(script) for _, script in read.scripts[1:])
    assert rules["style-src"] == digest(re.search(r"<style>(.*?)</style>", text, re.S)[1])


def test_parts_of_the_script_run_before_it_each_allowed_by_its_hash(assets):
    read = Reader(pages.page("x", "x", {}, parts=["y"]))
    assert [text for _, text in read.scripts[2:]] == ["a part()", "the page()"]
    assert len(re.findall("'sha256-", read.policy)) == 4  # three scripts, one style


def test_numbers_that_json_lacks_are_refused(assets):
    with pytest.raises(ValueError, match="JSON compliant"):
        pages.page("x", "x", {"n": float("nan")})
