"""JSON as the contract writes it: compact, HTML characters escaped, numbers in plain decimals.

Strings and containers go straight through orjson. Two things do not: text that is JSON already
(`RawJson`, spliced in as it is) and floats whose shortest form orjson prints differently, which
`json_number` turns into something that it prints right.
Reference: contract/fields.md 19.1 and contract/system.md 2.
"""

from math import copysign
from typing import Any

import orjson

from platform_app.wire.casting import format_float
from platform_app.wire.raw_json import RawJson

_EXACT_INTEGERS = 2.0**53
_PLAIN_FROM = 1e-5  # below, orjson already switches to an exponent; the contract does so below 1e-6

# The five characters that Go's encoder escapes beyond what JSON asks for. They can only stand inside
# strings, so replacing them in the finished text is safe.
_ESCAPES = (
    (b"<", rb"\u003c"),
    (b">", rb"\u003e"),
    (b"&", rb"\u0026"),
    ("\u2028".encode(), rb"\u2028"),
    ("\u2029".encode(), rb"\u2029"),
)


def json_number(number: float) -> Any:
    """What `encode` prints as the contract prints this float.

    >>> encode([json_number(5.0), json_number(1e-6), json_number(1e21), json_number(-0.0)])
    b'[5,0.000001,1e+21,-0]'
    """
    if number.is_integer() and -_EXACT_INTEGERS < number < _EXACT_INTEGERS:
        # Zero is the commonest number of all; only the rare negative one needs a text.
        return int(number) if number or copysign(1.0, number) > 0 else RawJson("-0")
    if _PLAIN_FROM <= abs(number) < _EXACT_INTEGERS:
        return number
    return RawJson(format_float(number))


def _default(value: Any) -> Any:
    if isinstance(value, RawJson):
        return orjson.Fragment(str.__str__(value))  # orjson takes no subclass of str
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"{type(value).__name__} is not JSON serializable")


def encode(value: Any) -> bytes:
    """`value` as JSON bytes: dicts with text keys (order kept), lists, texts, numbers and `RawJson`."""
    encoded = orjson.dumps(value, _default, orjson.OPT_PASSTHROUGH_SUBCLASS)
    for character, escape in _ESCAPES:
        if character in encoded:
            encoded = encoded.replace(character, escape)
    return encoded
