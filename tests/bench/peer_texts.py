"""The paragraphs of documentation, one a line: run by texts.py, by an interpreter that has lxml.

    python peer_texts.py FOLDER OUTPUT

Reads what is below the folder: web pages, DocBook and Mallard, manual pages, POD, PDF, plain
text, dictionaries of dictd, WordNet's glosses. What is not prose (code, tables of numbers, other
languages) is left out later, by its words.
"""

import gzip
import html
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]

_BLOCKS_ARE = (
    "p li dd dt td th blockquote h1 h2 h3 h4 h5 h6 para simpara item title div section article "
    "body tr table ul ol dl caption figcaption note listitem header footer nav main aside"
)
_OMITTED_ARE = "script style pre programlisting screen svg math head nav select button"
_BLOCKS = frozenset(_BLOCKS_ARE.split())
_OMITTED = [f"{{*}}{name}" for name in _OMITTED_ARE.split()]
_HTML = {"remove_comments": True, "remove_pis": True}
_XML = _HTML | {"recover": True, "resolve_entities": False}
_TEXT = {".txt", ".rst", ".md", ".texi", ".faq"}
_PAGES = {".html", ".htm", ".xhtml"}
_MARKUP = {".page", ".docbook", ".xml"}
_NO_TEXT = re.compile(r"(changelog|copyright|genindex|search|py-modindex|license|copying)", re.I)
_MANUAL = re.compile(r"\.[1-9](?!pm)[a-z]*\Z")  # those of Perl's modules are its POD
_MACROS = "PP P LP TP TQ IP SH SS HP Pp It Sh Ss sp", "nf EX Bd TS Vb de SY", "fi EE Ed TE Ve . YS"
_PARAGRAPH, _EXAMPLE, _TEXT_AGAIN = (frozenset(macros.split()) for macros in _MACROS)
_MACRO = re.compile(r"\b[A-Z][a-z]\b ?")  # mdoc's, which stand within a line
_ESCAPE = re.compile(
    r"\\(?:f(?:\[[^]]*\]|\(..|.)|s[-+]?\d|\((?:..)|\[[^]]*\]|\*(?:\[[^]]*\]|\(..|.)|.)"
)
_POD = re.compile(r"[A-Z]<<?\s?([^<>|]*\|)?([^<>]*?)\s?>?>")
_GLOSS = re.compile(r"\| (.*)")
_CUT = re.compile(r"([a-z])-\n(?=[a-z])")
_SIZE = 30_000_000  # a larger file is data


def paragraphs(path):
    """Return the paragraphs of one file; none of what is no text."""
    name, packed = (path.stem, True) if path.suffix in (".gz", ".dz") else (path.name, False)
    suffix = Path(name).suffix.lower()
    if _NO_TEXT.match(name) or "_sources" in path.parts or path.stat().st_size > _SIZE:
        return []  # what Sphinx made a page of is read as that page
    if "/man/man" in str(path) and _MANUAL.search(name):
        text = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
        return _manual(text.decode("utf-8", "replace"))
    if suffix == ".pdf":
        return _printed(path)
    data = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    if suffix in _PAGES:
        return _marked_up(data, etree.HTMLParser(encoding="utf-8", **_HTML))
    if suffix in _MARKUP:
        return _marked_up(data, etree.XMLParser(**_XML))
    text = data.decode("utf-8", "replace")
    if suffix == ".pod":
        text = _POD.sub(r"\2", re.sub(r"(?m)^=\w+ ?", "", text))
    elif name.startswith("data.") and path.parent.name == "wordnet":
        return _GLOSS.findall(text)
    elif path.parent.name == "fortunes" and not suffix:
        text = text.replace("\n%\n", "\n\n")
    elif not (suffix in _TEXT or suffix == ".dict" or name.startswith(("NEWS", "README", "FAQ"))):
        return []
    return _plain(text, indented=suffix == ".dict")


def _marked_up(data, parser):
    """Return the text of each block of markup that holds text itself."""
    root = etree.fromstring(data, parser)
    if root is None:
        return []
    found = []
    parts: list[str] = []

    def end():
        text = " ".join("".join(parts).split())
        if text:
            found.append(text)
        parts.clear()

    etree.strip_elements(root, *_OMITTED, with_tail=False)
    for event, node in etree.iterwalk(root, events=("start", "end")):
        # The tag of an entity, such as &app;, is no text.
        if isinstance(node.tag, str) and node.tag.rsplit("}", 1)[-1] in _BLOCKS:
            end()
        parts.append((node.text if event == "start" else node.tail) or "")
    end()
    return found


def _plain(text, indented):
    """Return paragraphs between blank lines; indented ones are code, except in dictionaries."""
    found = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if line.strip()]
        if lines and (indented or sum(line[:1] in " \t" for line in lines) * 2 <= len(lines)):
            found.append(" ".join(" ".join(lines).split()))
    return found


def _manual(text):
    """Return the paragraphs of a manual page: its macros' arguments are text, its examples not."""
    found = []
    parts: list[str] = []
    shown = True
    for line in text.splitlines():
        if not line.startswith((".", "'")):
            if shown and line.strip():
                parts.append(line)
                continue
            macro, said = "PP", ""
        else:
            macro, _, said = line[1:].strip().partition(" ")
        if macro in _EXAMPLE or macro in _TEXT_AGAIN:
            shown = macro in _TEXT_AGAIN
        if macro in _PARAGRAPH | _EXAMPLE | _TEXT_AGAIN:
            found.append(" ".join(parts))
            parts.clear()
        elif shown and macro[:1].isalpha():
            parts.append(_MACRO.sub("", said.replace('"', " ")))
    return [" ".join(_ESCAPE.sub(_unescaped, one).split()) for one in [*found, " ".join(parts)]]


def _unescaped(escape):
    return "-" if escape[0] == r"\-" else "" if escape[0][1] in "fs&|^/,cu" else " "


def _printed(path):
    """Return the paragraphs of a PDF, words put together that were cut at the end of a line."""
    run = subprocess.run(["pdftotext", "-q", path, "-"], capture_output=True, check=False)
    text = run.stdout.decode("utf-8", "replace").replace("\f", "\n\n")
    return _plain(_CUT.sub(r"\1", text), indented=True)


def _lines(path):
    try:
        found = paragraphs(path)
    except (OSError, EOFError, ValueError, etree.LxmlError):
        return ""
    return "".join(f"{html.unescape(one)}\n" for one in found)


def main():
    folder, output = map(Path, sys.argv[1:])
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    with ProcessPoolExecutor(2) as pool, output.open("w", encoding="utf-8") as out:
        for text in pool.map(_lines, files, chunksize=50):
            out.write(text)


if __name__ == "__main__":
    main()
