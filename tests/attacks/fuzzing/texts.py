"""Texts that clients send and nobody expects: odd letters, odd numbers, what repeats and what nests."""

import random

ODD = (
    "", " ", "\t", "\x00", "a\x00b", "\u00a0", "\ufeff", "\ud800", "\udfff\ud800", "é", "e\u0301", "ü" * 40,
    "\U0001f600", "\u202e", "\uffff", "İ", "ß", "null", "true", "undefined", "None", "NaN", "-Infinity", "%",
    "%%%", "_", "\\", "\\'", "'", '"', "''", "';--", "`", "$", "$.a", "[", "]", "{", "}", "(", ")", "{{",
    "<", "<p>", "<!--", "</", "&", "&#x110000;", "&amp", "\r\n", "\n\n", "..", "../../etc/passwd", "/", "//",
    ".", "a.b", "@", "@request", "@collection.members.id", "a@b.co", "x@" + "a." * 60 + "co", "http://a.de",
    "http://" + "a" * 300, "mailto:x@y.z", "2024-05-01", "2024-02-30 25:61:61.999Z",
    "9999-12-31 23:59:59.999Z", "0000-00-00", "+292277026596-12-04", "post00000000001", "row000000000001",
    "ROW000000000001", "a", "b", "c", "x", "records", "expand", "__proto__",
)  # fmt: skip

NUMBERS = (
    "0", "-0", "1", "-1", "0.1", "1e1", "1e308", "1e309", "-1e400", "5e-324", "1e-400", "NaN", "Infinity",
    "0x10", "01", "1.", ".5", "+5", "9007199254740993", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809", "18446744073709551616", "1_000", "1e1000000", "--1", "1-1", "٣", "１", "1e",
    "1.1.1",
)  # fmt: skip

# Beginnings, what repeats, and ends that are meant for a matcher or parser that looks back.
_REPEATED = (
    ("", "a", "!"), ("", "a", ""), ("", "a ", "!"), ("", "ab-", "é"), ("", "x", "z"), ("", "1", ""),
    ("", "0", "x"), ("", "<p></b>", ""), ("", "<a ", ""), ("", "<!", ""), ("", "&", ""), ("", "&#", ""),
    ("", "<!--", ""), ("", "<p>", ""), ("", "<p a='", ""), ("<script>", "</", ""), ("", "(", ")"),
    ("", "((", ""), ("", "[", "]"), ("", "[", ""), ("", '{"a":', ""), ("", '"', ""), ("", "\\", ""),
    ("", "%", ""), ("", "%a", "b"), ("", "a%_", "c"), ("http://", "a.", ""), ("http://", "a-", ""),
    ("http://a.de/", "%41", ""), ("a@", "a.", "b"), ("", "a.", "@b.co"), ("", ".", ""), ("", ",", ""),
    ("", "a,", ""), ("", "=", ""), ("", "&a=", ""), ("", "\u00e9", ""), ("", "\ud800", ""), ("", "\x00", ""),
    ("", "\n", ""), ("", " ", "x"), ("", "//\n", ""), ("", "9", ""), ("2024-", "0", ""), ("", "-", "1"),
    ("", "é", ""), ("", "İ", ""), ("", "\U0001f600", ""), ("", "'", ""), ("", "a\\", "'"),
)  # fmt: skip


def size(chance: random.Random, most: int) -> int:
    """Small mostly, each order of magnitude up to `most` rarer than the one before."""
    top = 1
    while top < most and chance.random() < 0.6:
        top *= 10
    return chance.randint(0, min(top, most))


def repeated(chance: random.Random, most: int) -> str:
    begin, middle, end = chance.choice(_REPEATED)
    return begin + middle * (size(chance, most) // len(middle)) + end


def text(chance: random.Random, most: int = 5000) -> str:
    """Any text, of about `most` letters at the most; it may hold what UTF-8 cannot."""
    match chance.randrange(6):
        case 0 | 1:
            return chance.choice(ODD)
        case 2:
            return chance.choice(NUMBERS)
        case 3:
            return repeated(chance, most)
        case 4:
            return "".join(chance.choice(ODD) for _ in range(chance.randint(2, 6)))
        case _:
            letters = "abcXYZ019 _-.,:;'\"\\/%&<>()[]{}@#é\u0000\ud83d\U0001f600\n"
            return "".join(chance.choices(letters, k=size(chance, min(most, 2000))))


def mutated(chance: random.Random, whole: bytes) -> bytes:
    """`whole` with a few places cut, doubled, swapped or replaced."""
    changed = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(changed))
        upto = min(len(changed), at + chance.randint(1, 12))
        match chance.randrange(4):
            case 0:
                del changed[at:upto]
            case 1:
                changed[at:at] = changed[at:upto] * chance.randint(1, 5)
            case 2:
                changed[at:upto] = chance.randbytes(upto - at)
            case _:
                changed[at:at] = chance.choice(
                    (b"(", b")", b"'", b'"', b"\\", b"\0", b"%", b"&", b",", b"\xff", b"\r\n")
                )
    return bytes(changed)
