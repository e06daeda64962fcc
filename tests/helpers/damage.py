"""Files that are damaged at random, by hypothesis."""

from hypothesis import strategies as st


def damaged(data, good):
    """Return bytes of which a few, drawn by ``data``, are others."""
    found = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(good) - 1))
        found[place] = data.draw(st.integers(0, 255))
    return bytes(found)
