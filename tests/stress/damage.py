"""Damage to files, drawn at random: to any bytes, and to the JSON of our tensor files.

Everything is drawn from a ``random.Random``: a seed brings it back, and Hypothesis has one to give
that shrinks.
"""

import hashlib
import json
import re
import struct

_BYTES = [
    b"\0", b"\xff", b"\n", b"\r", b" ", b'"', b"{", b"]", b"9",
    b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf",  # not UTF-8
    b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd",  # compressed
    b"a" * 1000, b" 1" * 100, b"\xcc\x80" * 50, "İß\u2028".encode(),
]  # fmt: skip
_NUMBERS = [
    "0", "-0", "1", "-1", "0.5", "1e308", "1e999", "-1e999", "NaN", "Infinity", "255", "65536",
    "2147483648", "4294967296", "9007199254740993", "9223372036854775807", "9223372036854775808",
    "18446744073709551615", "18446744073709551616", "9" * 19, "9" * 400, "9" * 5000,
]  # fmt: skip
_VALUES = [
    *_NUMBERS, "true", "null", '""', '"x"', '"\\ud800"', '"\\u0000"', '"\\n"', '"ⅷ"', "[]", "{}",
    "[[]]", "[0]", "[1, 2]", '{"a": 0}', '"' + "x" * 5000 + '"', '"w2vcli-checkpoint"', '"adagrad"',
    *("[" * depth + "]" * depth for depth in (100, 300, 900, 2000)),
    *('{"a": ' * depth + "1" + "}" * depth for depth in (100, 300, 900)),
]  # fmt: skip
_SIZES = [0, 1, 2, 7, 8, 100_000_000, 100_000_001, 2**31, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1]
_DIGITS = re.compile(rb"\d+")
_SHA256 = re.compile(rb'sha256\\": \\"([0-9a-f]{64})')


def damaged(random, goods):
    """Return one of some good files with some damage."""
    data = random.choice(goods)
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        data = random.choice(_WAYS)(random, data, goods)
    return data


def damaged_tensors(random, goods):
    """Return one of some good tensor files with some damage; often one that checksums miss."""
    data = random.choice(goods)
    if random.random() < 0.7:
        for _ in range(random.choice((1, 1, 2, 5))):
            data = _with_other_header(random, data)
    if random.random() < 0.5:
        for _ in range(random.choice((1, 1, 3))):
            data = random.choice((*_WAYS, _with_other_size))(random, data, goods)
    return _sealed(data) if random.random() < 0.75 else data


# --- bytes ------------------------------------------------------------------------------


def _piece(random, data):
    """Draw a piece of a file, mostly a short one."""
    begin = random.randrange(len(data) + 1)
    longest = random.choice((1, 4, 16, len(data)))
    return begin, min(len(data), begin + random.randint(0, longest))


def _flipped(random, data, _goods):
    place = random.randrange(len(data) + 1)
    return (
        data[:place]
        + bytes(b ^ 1 << random.randrange(8) for b in data[place : place + 1])
        + (data[place + 1 :])
    )


def _overwritten(random, data, _goods):
    place = random.randrange(len(data) + 1)
    new = random.choice(_BYTES)
    return data[:place] + new + data[place + len(new) :]


def _with_another_byte(random, data, _goods):
    place = random.randrange(len(data) + 1)
    return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]


def _cut_short(random, data, _goods):
    return data[: random.randrange(len(data) + 1)]


def _cut_out(random, data, _goods):
    begin, end = _piece(random, data)
    return data[:begin] + data[end:]


def _inserted(random, data, _goods):
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(_BYTES) + data[place:]


def _repeated(random, data, _goods):
    begin, end = _piece(random, data)
    return data[:end] + data[begin:end] * random.choice((1, 2, 9)) + data[end:]


def _spliced(random, data, goods):
    other = random.choice(goods)
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _appended(random, data, goods):
    return data + random.choice(goods)


def _with_another_number(random, data, _goods):
    found = list(_DIGITS.finditer(data))
    if not found:
        return data
    begin, end = random.choice(found).span()
    return data[:begin] + random.choice(_NUMBERS).encode() + data[end:]


_WAYS = (
    _flipped, _overwritten, _with_another_byte, _cut_short, _cut_out, _inserted, _repeated,
    _spliced, _appended, _with_another_number,
)  # fmt: skip


# --- tensor files -----------------------------------------------------------------------


def _with_other_size(random, data, _goods):
    near = len(data) + random.randint(-16, 16)
    size = random.choice([*_SIZES, near, max(0, near - 8), random.randrange(len(data) + 1)])
    return struct.pack("<Q", max(0, size)) + data[8:]


def _with_other_header(random, data):
    """Change a value somewhere in the JSON, or in the JSON within it; the tensors stay."""
    try:
        size = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + size])
        if random.random() < 0.6:
            inner = json.loads(header["__metadata__"]["w2vcli"])
            header["__metadata__"]["w2vcli"] = _altered(random, inner)
            encoded = json.dumps(header).encode()
        else:
            encoded = _altered(random, header).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return data  # it is no such file any more, or too deep to be written anew
    return struct.pack("<Q", len(encoded)) + encoded + data[8 + size :]


def _altered(random, tree):
    """Return JSON in which one value is another, or is gone, twice there or under another name."""
    if not (places := _places(tree)):
        return random.choice(_VALUES)
    container, key = random.choice(places)
    how = random.choice(("value", "value", "value", "value", "gone", "twice", "name", "swapped"))
    mark = "another value"
    if how == "gone":
        del container[key]
    elif how == "swapped":
        elsewhere, other = random.choice(places)
        container[key] = json.loads(json.dumps(elsewhere[other]))
    elif how == "name" and isinstance(container, dict):
        container[random.choice(["x", "", "shape", "input", "format"])] = container.pop(key)
    elif how == "twice" and isinstance(container, dict):
        container[f"{mark}{key}"] = random.choice([container[key], mark])
    else:
        container[key] = mark
    value = random.choice(_VALUES)
    return json.dumps(tree).replace(f'"{mark}"', value).replace(f'"{mark}', '"')


def _places(tree):
    """Return where the values of a tree are, each as its container and its key in there."""
    places, containers = [], [tree]
    for container in containers:
        keys = container if isinstance(container, dict) else range(len(container))
        places += [(container, key) for key in keys]
        containers += [container[key] for key in keys if isinstance(container[key], dict | list)]
    return places


def _sealed(data):
    """Return the file with its checksum made right, where it has one."""
    if not (found := _SHA256.search(data)):
        return data
    begin, end = found.span(1)
    digest = hashlib.sha256(data[:begin] + b"0" * 64 + data[end:]).hexdigest().encode()
    return data[:begin] + digest + data[end:]
