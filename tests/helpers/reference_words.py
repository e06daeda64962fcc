"""Tokenizing, slowly: one character after the other, by the categories of ``unicodedata``."""

import unicodedata

import regex

UNSEEN = {0xAD, 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A)}
UNSEEN |= {0xFEFF}
INNER = set("'’-._·\u2027\u05f3\u05f4\u200c")
RUNS = set(".-!?=*_#~+…—–")
NO_ADDRESS = set('<>"“”«»')


def tokens(line, *, lower, numbers, punctuation):
    """The tokens of a line, a list of strings."""
    text = "".join(c for c in line if ord(c) not in UNSEEN)
    text = text.replace("\u2010", "-").replace("\u2011", "-")
    text = unicodedata.normalize("NFC", text)
    if lower:
        text = unicodedata.normalize("NFC", text.casefold())
    found = []
    place = 0
    while place < len(text):
        end = word_end(text, place)
        if end > place:
            found += numbered(text[place:end].replace("’", "'"), numbers)
        else:
            end = mark_end(text, place)
            if end > place and punctuation == "keep":
                found += [text[place:end]]
        place = max(end, place + 1)
    return found


def kind(text, place):
    """The first letter of the category of a character; nothing behind the end."""
    return unicodedata.category(text[place])[0] if place < len(text) else ""


def is_within(text, place):
    """Whether a character can stand in a word."""
    return kind(text, place) in ("L", "N", "M") or text[place : place + 1] == "\u200d"


def run_end(text, place):
    while is_within(text, place):
        place += 1
    return place


def word_end(text, start):
    """Where the word ends that begins here; ``start`` if none does."""
    if kind(text, start) not in ("L", "N"):
        return start
    end = dotted_end(text, start) or run_end(text, start)
    while end < len(text):
        comma = text[end] == "," and is_digit(text, end - 1) and is_digit(text, end + 1)
        if not ((text[end] in INNER or comma) and is_within(text, end + 1)):
            break
        end = run_end(text, end + 1)
    return address_end(text, end)


def is_digit(text, place):
    return place < len(text) and unicodedata.category(text[place]) == "Nd"


def dotted_end(text, start):
    """Where single letters with dots between them and behind them end; 0 if there are none."""
    place, letters = start, 0
    while kind(text, place) == "L" and text[place + 1 : place + 2] == ".":
        place, letters = place + 2, letters + 1
    return place if letters > 1 and not is_within(text, place) else 0


def address_end(text, end):
    """Where the address ends whose first word ends here; ``end`` if it is none."""
    if text[end : end + 3] == "://":
        stop = end + 3
        while stop < len(text) and is_of_address(text[stop]):
            stop += 1
        while stop > end + 3 and not is_within(text, stop - 1):
            stop -= 1
        if stop > end + 3:
            return stop + (text[stop : stop + 1] == "/")
    if text[end : end + 1] == "@" and (host := run_end(text, end + 1)) > end + 1:
        first = host
        while text[host : host + 1] in ("-", ".") and is_within(text, host + 1):
            host = run_end(text, host + 1)
        return host if host > first else end
    return end


def is_of_address(character):
    """Whether a character can stand in an address behind its ``://``."""
    if character.isspace() or character in NO_ADDRESS:
        return False
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs") or character in "\u200c\u200d"


def mark_end(text, start):
    """Where the mark or the run of equal marks ends that stands here; ``start`` if none does."""
    category = unicodedata.category(text[start])
    if text[start].isspace() or is_within(text, start) or category in ("Cc", "Cf", "Cs"):
        return start
    if text[start] not in RUNS:
        return start + len(regex.match(r"\X", text[start:])[0])
    end = start
    while text[end : end + 1] == text[start]:
        end += 1
    return end


def numbered(word, numbers):
    """A word as it is left where numbers are kept, folded or dropped."""
    separators = INNER - set("\u05f3\u05f4\u200c") | {","}
    parts = "".join(" " if c in separators else c for c in word).split(" ")
    if numbers == "keep" or not all(part and all(map(is_digit_itself, part)) for part in parts):
        return [word]
    return ["0"] if numbers == "fold" else []


def is_digit_itself(character):
    return unicodedata.category(character) == "Nd"
