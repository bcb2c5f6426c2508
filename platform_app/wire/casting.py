"""How raw input becomes text, numbers, bools and lists of texts: casting never fails.

Garbage becomes the zero value, and validation decides whether that is good enough.
Reference: contract/fields.md, first table and 1.6; strconv of Go 1.25 and spf13/cast 1.10.
"""

import re
from typing import Any

from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.raw_json import RawJson

# Longer texts are no numbers: none needs so many digits, and to read them takes its time.
LONGEST_NUMBER = 10_000
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
# No text may be split between two runs of digits in more than one way: it would be tried in all of them.
_DECIMAL = re.compile(rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?")
_HEX_DIGITS = r"[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*"
_HEXADECIMAL = re.compile(
    rf"[+-]?0[xX](?:_?{_HEX_DIGITS}(?:\.(?:{_HEX_DIGITS})?)?|\.{_HEX_DIGITS})[pP][+-]?{_DIGITS}"
)
_INTEGER = re.compile(
    r"([+-]?)(?:([0-9]+)\.[0-9]*|(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[0-9][0-9_]*))"
)
_BEYOND_INT64 = 2**63
_SPECIAL = {
    **{sign + word: float(sign + word) for sign in ("", "+", "-") for word in ("inf", "infinity")},
    "nan": float("nan"),
}


def to_string(raw: Any) -> str:
    """`raw` as text: numbers in plain decimals, null, arrays and objects as the empty text.

    >>> [to_string(value) for value in ("a", True, 1.5, 1e21, None, ["a"])]
    ['a', 'true', '1.5', '1000000000000000000000', '', '']
    """
    if isinstance(raw, str):
        return raw
    if raw is True:
        return "true"
    if raw is False:
        return "false"
    if isinstance(raw, float):
        return format_plain(raw)
    return str(raw) if isinstance(raw, int) else ""


def to_float(raw: Any) -> float:
    """`raw` as a double; unparsable text and text out of range are 0.

    >>> [to_float(value) for value in ("1_000.5", "0x1p4", "1e400", " 5", True, [5])]
    [1000.5, 16.0, 0.0, 0.0, 1.0, 0.0]
    """
    kind = type(raw)
    if kind is float:
        number: float = raw
        return number
    if kind is str:
        return _parse_float(raw)
    if kind is int or kind is bool:
        try:
            return float(raw)
        except OverflowError:
            return 0.0
    return _parse_float(raw) if isinstance(raw, str) else 0.0


def _parse_float(text: str) -> float:
    if len(text) > LONGEST_NUMBER:
        return 0.0
    if _DECIMAL.fullmatch(text):
        number = float(text)
        return 0.0 if number in (float("inf"), float("-inf")) else number
    if _HEXADECIMAL.fullmatch(text):
        try:
            return float.fromhex(text.replace("_", ""))
        except OverflowError:
            return 0.0
    return _SPECIAL.get(text.lower(), 0.0) if len(text) <= len("-infinity") else 0.0


def is_number_text(text: str) -> bool:
    """Whether `to_float` reads a number in `text`, rather than making it 0."""
    if len(text) > LONGEST_NUMBER:
        return False
    if _DECIMAL.fullmatch(text):
        return abs(float(text)) != float("inf")
    return _parse_float(text) != 0 or _HEXADECIMAL.fullmatch(text) is not None


def to_int(raw: Any) -> int:
    """`raw` as an integer: decimals are cut off; what is none, or needs more than 64 bits, is 0.

    >>> [to_int(value) for value in (-1.9, "1.9", "0x1f", "010", "0_7", "0x1.5", "1e3", 2**63, True, [5])]
    [-1, 1, 31, 8, 7, 0, 0, 0, 1, 0]
    """
    if isinstance(raw, str):
        number = _parse_int(raw)
    elif isinstance(raw, int | float) and abs(raw) < _BEYOND_INT64:
        number = int(raw)
    else:
        return 0
    return number if -_BEYOND_INT64 <= number < _BEYOND_INT64 else 0


def _parse_int(text: str) -> int:
    found = _INTEGER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if found is None:
        return 0
    sign, before_point, whole = found.groups()
    digits = before_point or whole
    try:
        # A leading zero alone means octal digits, which Python wants to be told.
        number = int(digits, 8 if digits[0] == "0" and digits[1:2] not in "xXbBoO" else 0)
    except ValueError:
        return 0
    return -number if sign == "-" else number


def to_bool(raw: Any) -> bool:
    """`raw` as a bool: true, numbers other than 0, and the texts `1 t T TRUE true True`."""
    if isinstance(raw, str):
        return raw in _TRUE
    return raw != 0 if isinstance(raw, int | float) else False


def parse_bool(text: str) -> bool:
    """What a text stands for, as Go's ParseBool reads it. Raises ValueError for all but true and false."""
    if not is_bool_text(text):
        raise ValueError(f"{text!r} is neither true nor false")
    return text in _TRUE


def is_bool_text(text: str) -> bool:
    """Whether `text` is one of those that stand for true or for false."""
    return text in _TRUE or text in _FALSE


def to_unique_strings(raw: Any) -> list[str]:
    """`raw` as a list of texts without empty ones and doubles, in the order of first appearance.

    >>> to_unique_strings('["b", "a", "b", ""]'), to_unique_strings("a,b"), to_unique_strings([["a"]])
    (['b', 'a'], ['a,b'], [])
    """
    return list(dict.fromkeys(text for text in _strings(raw) if text))


def _strings(raw: Any) -> list[str]:
    if raw is None:
        return []
    if isinstance(raw, str):
        if isinstance(raw, RawJson) or "[" in raw:
            return _json_strings(raw)
        return [raw]
    if isinstance(raw, list | tuple):
        if any(isinstance(item, list | tuple | dict) for item in raw):
            return []
        return [to_string(item) for item in raw]
    return [] if isinstance(raw, dict) else [to_string(raw)]


def _json_strings(text: str) -> list[str]:
    """The texts of a JSON array; of an array with other elements its texts and the whole, as Go leaves it."""
    try:
        value = decode_json(text.encode("utf-8", errors="replace"), whole=True)
    except MalformedJson:
        return [text]
    if not isinstance(value, list):
        return [] if value is None else [str(text)]
    strings = [item if isinstance(item, str) else "" for item in value]
    if any(item is not None and not isinstance(item, str) for item in value):
        strings.append(str(text))
    return strings


# --- printing doubles -------------------------------------------------------------------------------


def _shortest(number: float) -> tuple[str, str, int]:
    """Sign, the shortest digits that read back as `number`, and where the point stands among them.

    >>> _shortest(-1250.0), _shortest(0.0012)
    (('-', '125', 4), ('', '12', -2))
    """
    text = repr(number)
    sign = ""
    if text[0] == "-":
        sign, text = "-", text[1:]
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    point = len(whole) + int(exponent or 0)
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    stripped = stripped.rstrip("0")
    return (sign, stripped, point) if stripped else (sign, "0", 1)


def _plain(sign: str, digits: str, point: int) -> str:
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}"


def _scientific(sign: str, digits: str, point: int, *, exponent_width: int) -> str:
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    exponent = point - 1
    exponent_sign = "-" if exponent < 0 else "+"
    return f"{sign}{digits[0]}{fraction}e{exponent_sign}{abs(exponent):0{exponent_width}d}"


def _special(number: float) -> str | None:
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "+Inf" if number > 0 else "-Inf"
    return None


def format_float(number: float) -> str:
    """`number` as JSON answers print it: plain digits from 1e-6 to 1e21, else with an exponent.

    >>> [format_float(value) for value in (5.0, 1e-6, 1e-7, 1e20, 1e21, -0.0)]
    ['5', '0.000001', '1e-7', '100000000000000000000', '1e+21', '-0']
    """
    special = _special(number)
    if special is not None:
        return special
    sign, digits, point = _shortest(number)
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        return _plain(sign, digits, point)
    return _scientific(sign, digits, point, exponent_width=1)


def format_plain(number: float) -> str:
    """`number` in decimals without an exponent, however many it takes.

    >>> format_plain(1e-7), format_plain(1e21)
    ('0.0000001', '1000000000000000000000')
    """
    return _special(number) or _plain(*_shortest(number))


def format_short(number: float) -> str:
    """`number` as Go's `%v` prints it in messages, and its SQL driver when text is asked for.

    >>> [format_short(value) for value in (1000.0, 1e6, 1000000.5, 0.00001, -1e9)]
    ['1000', '1e+06', '1.0000005e+06', '1e-05', '-1e+09']
    """
    special = _special(number)
    if special is not None:
        return special
    sign, digits, point = _shortest(number)
    if -4 <= point - 1 < 6:
        return _plain(sign, digits, point)
    return _scientific(sign, digits, point, exponent_width=2)
