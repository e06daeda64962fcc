"""A small text to train on."""

import re
from random import Random

SENTENCES = """\
the king rules the land and the queen rules the land
the king sits on the throne and the queen sits on the throne
the man walks to the town and the woman walks to the town
a man reads a book and a woman reads a book
the boy is a young man and the girl is a young woman
"""

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
"""A pattern for the time before each line of a log."""


def without_times(log):
    """Remove the time before each error and warning of a log, for tests of what they say."""
    return re.sub(rf"(?m)^{TIME} (?=w2vcli: )", "", log)


def random_lines(words, seed, lines=60):
    """Lines of zero to nine words each, some of them often the same."""
    random = Random(seed)
    return "".join(
        " ".join(random.choice(words) for _ in range(random.randrange(10))) + "\n"
        for _ in range(lines)
    )
