"""Slow, obvious references for phrases: finding and joining them. Imports nothing of w2vcli."""


def joined(text, phrases):
    """The text with ``_`` in its phrases (tuples of bytes), a space between other words."""
    lines = text.split(b"\n")
    return b"\n".join(b" ".join(joined_line(line.split(), phrases)) for line in lines)


def joined_line(words, phrases):
    """The words of a line, those of a phrase as one: from left to right, the longest first."""
    done = []
    while words:
        lengths = [n for n in range(len(words), 1, -1) if tuple(words[:n]) in phrases]
        length = lengths[0] if lengths else 1
        done.append(b"_".join(words[:length]))
        words = words[length:]
    return done
