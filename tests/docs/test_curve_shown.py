"""The curve that the manual shows is the one that its training draws on a terminal."""

import re

from helpers import shown
from helpers.manual import MANUAL
from helpers.sessions import blocks
from helpers.terminals import on_terminal

MINE = "tests/docs/test_curve_shown.py"
_CURVE = re.compile("[\u2800-\u28ff ]")


def test_the_curve_of_the_manual(shared_data, tmp_path):
    page = (MANUAL / "train.md").read_text(encoding="utf-8")
    (block,) = (block for block in blocks(page) if block.marked("run by") == MINE)
    code, lines = on_terminal(
        f"train {shared_data}/wikitext2.train.txt --validation {shared_data}/wikitext2.valid.txt "
        f"--min-count 20 --dim 50 -o {tmp_path}/model.safetensors"
    )
    assert code == 0
    first = next(number for number, line in enumerate(lines) if "loss in nats" in line)
    real = lines[first : first + len(block.lines)]
    # Another processor may move a dot by a little; all that is said is the same.
    assert shown.same(*([_CURVE.sub("", line) for line in some] for some in (block.lines, real)))
    pairs = [
        pair
        for ours, theirs in zip(block.lines, real, strict=True)
        for pair in zip(ours.ljust(80), theirs.ljust(80), strict=True)
        if pair != (" ", " ")
    ]
    assert sum(one == other for one, other in pairs) >= 0.9 * len(pairs)
