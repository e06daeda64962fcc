"""The frame of every page: one file that needs no network, and may not use one.

A page is made of files of this package (``assets``): its body, style and script, and those of the
frame, which all pages have. What a page shows is data, in JSON within it, that its script writes as
text: so nothing that stood in a corpus can become markup. The Content-Security-Policy allows these
scripts and styles only, by their hashes, and no connection at all.
"""

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from w2vcli.pictures.colours import style_sheet


def page(name: str, title: str, data: Mapping[str, Any], parts: Sequence[str] = ()) -> str:
    """Return a page as HTML.

    Parameters
    ----------
    name
        Which page: its body, style and script are ``assets/NAME.html``, ``.css`` and ``.js``.
    title
        Its title, any text.
    data
        Plain values, which its script finds in ``frame.data``; floats are finite.
    parts
        The names of further scripts, ``assets/PART.js``, which run before that of the page.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    style = style_sheet() + _asset("frame.css") + _asset(f"{name}.css")
    scripts = [_asset(f"{script}.js") for script in ("frame", *parts, name)]
    # "<" would let a word end the element; all else that is special is special in HTML only.
    values = json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    shown = html.escape(title)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="w2vcli">',
            '<link rel="icon" href="data:,">',
            f"<title>{shown}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            f'<header class="top"><h1><bdi>{shown}</bdi></h1>'
            '<button type="button" id="theme">Theme</button></header>',
            _asset(f"{name}.html").strip(),
            f'<script type="application/json" id="data">{values}</script>',
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>",
            "",
        ]
    )


def _asset(name: str) -> str:
    return (files("w2vcli.pictures") / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
