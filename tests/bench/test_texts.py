"""The corpora of other kinds: what is prose of each kind of file, on a few lines of each."""

import gzip
import io
import json
import tarfile
import zipfile
from importlib import import_module

import pytest
from bench import text_archives, texts


def wheel(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return path


def packed(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize(
    ("line", "prose"),
    [
        ("the vectors of a word are its row and its column", True),
        ("el vector de una palabra es su fila y su columna", False),
        ("vectors words rows columns kernels tokens", False),
        ("it is not so", False),
    ],
)
def test_english_prose_is_long_and_has_the_commonest_words(line, prose):
    assert texts.english(line) is prose


def test_the_english_of_wheels(tmp_path):
    said = {"a": {"documentation": "<p>One <b>word</b>.</p><p>Two &amp; more.</p>", "name": "No"}}
    services = wheel(
        tmp_path / "a.whl",
        **{
            "x/service-2.json.gz": gzip.compress(json.dumps(said).encode()),
            "x/documents/b.json": json.dumps({"description": "Three.\n\nFour.", "id": "no"}),
        },
    )
    found = [" ".join(text.split()) for text in text_archives.services(services)]
    assert [text for text in found if text] == ["Three.", "Four.", "One word .", "Two &amp; more."]
    module = "X = 1\nDOCUMENTATION = r'''\ndescription:\n  - Says B(this)\n    and that.\n'''\n"
    modules = wheel(tmp_path / "m.whl", **{"a/plugins/m.py": module, "a/other.py": module})
    found = [" ".join(text.split()) for text in text_archives.modules(modules)]
    assert [text for text in found if text] == ["Says this and that."]
    speeches = wheel(tmp_path / "s.whl", **{"s/speeches/2.txt": "c", "s/speeches/1.txt": "a\nb"})
    assert list(text_archives.speeches(speeches)) == ["a", "b", "c"]


def test_the_english_of_npm_packages(tmp_path):
    brown = packed(tmp_path / "b.tgz", {"p/ca01": "The/at end/nn of/in-tl it/ppo ./.\n\nSo/rb ,/,"})
    assert [text.split() for text in text_archives.brown(brown)] == [
        ["The", "end", "of", "it", "./."],
        ["So", ",/,"],
    ]
    sentences = packed(tmp_path / "n.tgz", {"p/builds/doc-1.json": '["One.", {"text": "Two."}]'})
    assert list(text_archives.sentences(sentences)) == ["One.", "Two."]
    mail = "Subject: no\n\n> said\nanswered\n\nmore\n\n-- \nme\n"
    mails = {"p/data/easy-ham-1/1.txt": mail, "p/data/spam-1/1.txt": mail}
    letters = packed(tmp_path / "l.tgz", mails)
    assert list(text_archives.letters(letters)) == ["answered", "more\n"]


def test_corpora_hold_each_line_once_in_a_fixed_order(tmp_path):
    names = {"python3.11-doc": [1, 2, 2], "dict-devil": [2, 3], "wiki17": [4, 1]}
    found = {}
    for name, lines in names.items():
        found[name] = tmp_path / name
        found[name].write_text("".join(f"this is line {one} of the text\n" for one in lines))
    found["dict-devil"].write_text(found["dict-devil"].read_text() + "no prose\n")
    orders = []
    for _ in range(2):
        texts._write(tmp_path, found)
        orders.append((tmp_path / "mixed.txt").read_text())
    assert sorted(orders[0].split()[3::7]) == ["1", "2", "3", "4"]
    assert orders[0] == orders[1]
    python = (tmp_path / "python-doc.txt").read_text()
    assert python == "this is line 1 of the text\nthis is line 2 of the text\n"
    readme = (tmp_path / "README.md").read_text()
    assert "| dict-devil | 3 | 1 | 7 |" in readme
    assert "`mixed.txt`: 28 tokens" in readme
    assert "`python-doc.txt`: 14 tokens" in readme


def test_the_prose_of_files(tmp_path):
    """Pages, manual pages, POD, text and dictionaries; neither code nor what says little."""
    pytest.importorskip("lxml")
    files = {
        "a.html": "<html><head><title>No</title></head><body><p>One <i>word</i><!-- no --> here."
        "<pre>code</pre><ul><li>Two<p>Three</ul><script>no</script></body></html>",
        "b.docbook": "<!DOCTYPE book [<!ENTITY app 'App'>]><para>Try &amp; see &app; run.</para>",
        "b.page": "<page xmlns='http://projectmallard.org/1.0/'><p>Four <em>five</em>.</p></page>",
        "c.txt": "Six\nseven.\n\n    code = 1\n\nEight.\n",
        "d.pod": "=head1 Nine\n\nThe C<ten> of L<that|this>.\n\n    code\n",
        "changelog.txt": "No.",
        "e.c": "No.",
        "man/man3/f.3": ".SH NAME\nten \\- eleven\n.PP\n\\fBTwelve\\fP is\n.IR thirteen .\n"
        ".nf\ncode\n.fi\nFourteen.\n",
        "wordnet/data.noun": "0001 03 n 01 word | a gloss  \n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "g.dict.dz").write_bytes(gzip.compress(b"Word\n   its meaning\n"))
    peer = import_module("bench.peer_texts")
    found = {name: peer.paragraphs(tmp_path / name) for name in [*files, "g.dict.dz"]}
    assert {name: [text for text in lines if text.strip()] for name, lines in found.items()} == {
        "a.html": ["One word here.", "Two", "Three"],
        "b.docbook": ["Try & see &app; run."],
        "b.page": ["Four five."],
        "c.txt": ["Six seven.", "Eight."],
        "d.pod": ["Nine", "The ten of this."],
        "changelog.txt": [],
        "e.c": [],
        "man/man3/f.3": ["ten - eleven", "Twelve is thirteen .", "Fourteen."],
        "wordnet/data.noun": ["a gloss  "],
        "g.dict.dz": ["Word its meaning"],
    }
