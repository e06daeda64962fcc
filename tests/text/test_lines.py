"""Lines of raw text: paragraphs and sentences, the same wherever the text is cut."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vcli.text.corpus import Corpus
from w2vcli.text.lines import LineJoiner
from w2vcli.text.phrases import Phrase, PhraseTable
from w2vcli.text.preparation import Preparation
from w2vcli.text.rules import TextRules


def lines_of(text, kind, cuts=()):
    """The lines of a text that comes in pieces, without white space at their ends."""
    joiner = LineJoiner(sentences=kind == "sentence")
    ends = [0, *cuts, len(text)]
    found = "".join(joiner.feed(text[a:b]) for a, b in pairwise(ends))
    return [
        " ".join(line.split()) for line in (found + joiner.finish()).split("\n") if line.strip()
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("He left. She came.", ["He left.", "She came."]),
        ("Stop! Why? Well… Yes.", ["Stop!", "Why?", "Well…", "Yes."]),
        ("“Stop!” he said. (He did.) “So.”", ["“Stop!” he said.", "(He did.)", "“So.”"]),
        ("He went... and came... Then", ["He went... and came...", "Then"]),
        ("Mr. Smith met J. R. Tolkien of the U.S. Army.",
         ["Mr. Smith met J. R. Tolkien of the U.S. Army."]),
        ("No. 5 of p. 7. He said no. Then 3.14.", ["No. 5 of p. 7.", "He said no.", "Then 3.14."]),
        ("It cost $5. «Bien.» ¿Qué?", ["It cost $5.", "«Bien.»", "¿Qué?"]),
        ("これは本です。「はい。」そう！", ["これは本です。", "「はい。」", "そう！"]),
        ("यह है। वह गया॥ क्या؟ ok", ["यह है।", "वह गया॥", "क्या؟", "ok"]),
        ("Wrapped at\nthe end. Of\na line.\n\nNext one\n \t\nand so",
         ["Wrapped at the end.", "Of a line.", "Next one", "and so"]),
        ("A list. • one. → two… …and so. 「はい",
         ["A list.", "• one.", "→ two…", "…and so.", "「はい"]),
        ("", []),
        (" \n\n ", []),
        (".", ["."]),
    ],
)  # fmt: skip
def test_sentences(text, sentences):
    assert lines_of(text, "sentence") == sentences


def test_paragraphs():
    text = "\n\na b.\nc D.\n\n \n\ne\n f\n"
    assert lines_of(text, "paragraph") == ["a b. c D.", "e f"]


PIECES = st.lists(
    st.sampled_from(
        ["a", "He", "Mr", "U.S.", "J", "No", "5", "x.", "…", "?", "! ", ".", "”", "“", "(", "—",
         "。", "।", " ", " ", "  ", "\n", "\n\n", "\t"]
    ),
    max_size=40,
).map("".join)  # fmt: skip
KINDS = st.sampled_from(["paragraph", "sentence"])


def in_white_space(text):
    return [match.end() for match in re.finditer(r"\s", text)]


def reference(text, kind):
    """Paragraphs, and their sentences, one word after the other."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    if kind == "paragraph":
        return [paragraph for paragraph in paragraphs if paragraph]
    found = []
    for paragraph in paragraphs:
        for part in re.findall(r"[^。।]*[。।]+[\"'”’»)\]」』]*|[^。।]+", paragraph):
            sentence = []
            tokens = part.split()
            for token, after in zip(tokens, [*tokens[1:], None], strict=True):
                sentence.append(token)
                if after is None or ends(token, after):
                    found.append(" ".join(sentence))
                    sentence = []
    return found


def ends(token, after):
    body = token.rstrip("\"'”’»)]」』")
    stop = body[len(body.rstrip(".!?…")) :]
    first = after.lstrip("\"'“‘«([¿¡—–-「『")[:1] or after[0]
    if not stop or first.islower():
        return False
    word = re.split(r"[\"'“‘«(\[]", body[: len(body) - len(stop)])[-1].lower()
    if stop == ".":
        if word[-1:].isalpha() and word[-2:-1] in ("", "."):
            return False
        return word != "mr" and not (word == "no" and first.isdigit())
    return True


@given(PIECES, KINDS, st.data())
def test_as_the_reference_wherever_it_is_cut(text, kind, data):
    expected = reference(text, kind)
    assert lines_of(text, kind) == expected
    places = in_white_space(text)
    cuts = sorted(data.draw(st.sets(st.sampled_from(places)))) if places else []
    assert lines_of(text, kind, cuts) == expected


TEXTS = st.lists(
    st.one_of(
        st.sampled_from("aB9 \n\r\x85\u2029\u00a0.,'’é\u0301न्।-_"),
        st.sampled_from("a:/ \n\0\x1b\x1c\x1d\x1e\x1f\u200b\u200d\ufeff\u2010\u0301"),
        st.sampled_from(["http://", "a@b.c"]),
    ),
    max_size=50,
).map("".join)
RULES = st.builds(
    TextRules,
    st.booleans(),
    st.just("words"),
    st.sampled_from(["keep", "fold", "drop"]),
    st.sampled_from(["keep", "drop"]),
    st.sampled_from(["line", "paragraph", "sentence"]),
)
TABLE = PhraseTable((Phrase("a B"), Phrase("a 9 a"), Phrase("0 B")))


@given(TEXTS, RULES, st.data())
def test_a_text_in_pieces_becomes_the_same_bytes(text, rules, data):
    whole = text.encode()
    places = [match.end() for match in re.finditer(rb"[ \n\r]", whole)]
    cuts = sorted(data.draw(st.sets(st.sampled_from(places)))) if places else []
    for tables in ((), (TABLE,)):
        results = []
        for ends in ([0, len(whole)], [0, *cuts, len(whole)]):
            preparation = Preparation(rules, tables)
            pieces = [preparation.feed(whole[a:b]) for a, b in pairwise(ends)]
            results.append(b"".join([*pieces, preparation.finish()]))
        assert results[0] == results[1]
        assert results[0][-1:] in (b"", b"\n")
        for line in results[0].split(b"\n"):
            assert line == b" ".join(line.split())


LONG = [
    *[".", ". (", '"', ")", ')"', "(", "!?", ". ", " ", "\n", "\n ", "\t", "\x1c", "\x85"],
    *["\u2029", "。", '。"', "a.", "a. ", "1,", "1,2", "a@", "a@b-", "a://", "'", "’", "-", "/"],
    *["\u2010", "\u200b", "\u200d", "\u0301", "\u0327\u0301", "a\u0327\u0301", "क\u094d"],
    *["😀\u200d", "☺\u0301", "🇫🇷"],
]


@pytest.mark.parametrize("run", LONG)
def test_no_run_takes_its_square(run):
    """The square of 200 kB takes from 8 seconds to many minutes, and this a fraction of one."""
    begun = time.process_time()
    for before in ("", "a http://"):
        text = (before + run * (200_000 // len(run.encode())) + "b c ").encode()
        preparation = Preparation(TextRules(True, "words", "fold", "keep", "sentence"))
        preparation.feed(text)
        preparation.finish()
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
def test_every_line_stays_one(tmp_path, size):
    text = "One.\r\n\r\nTwo, 2\rthree\n\n\u00a0\nfour\x85five\u2028six\n. \nlast word"
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    found = b"".join(Corpus([str(path)], TextRules(tokenize="words")).tokens(size))
    assert found == b"One\n\nTwo 2\nthree\n\n\nfour\nfive\nsix\n\nlast word\n"
    chunks = list(Corpus([str(path)], TextRules(tokenize="words")).chunks(size))
    assert all(chunk[-1:].isspace() for chunk in chunks)
    assert [line.split() for line in b"".join(chunks).split(b"\n")] == [
        line.split() for line in found.split(b"\n")
    ]
