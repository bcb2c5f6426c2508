"""Form and query texts as Go reads them: pairs, and the JSON types that form values stand for.

Reference: contract/records.md 2.1 and 6.1; net/url and mime of Go 1.26.
"""

import re
from binascii import a2b_qp
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

# Where Go has no limit of its own: a media type, or a disposition, is read parameter by parameter.
LONGEST_MEDIA_TYPE = 64 * 1024
MAX_PAIRS = 10_000

# What is done in one go to a text that may be long.
_WINDOW = 256 * 1024

_BROKEN_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_NUMBER = re.compile(r"-?[0-9][0-9.]*|-[0-9.]+")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_PARAMETER = re.compile(
    r"""\s*;\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*("[^"\\]*(?:\\.[^"\\]*)*"|[!#$%&'*+\-.^_`|~0-9A-Za-z]+)"""
)

# In which parameters with a star may be, as Go knows them.
_CHARSETS = frozenset({"us-ascii", "utf-8"})
# A backslash escapes only these; before anything else it stands for itself, as in a Windows path.
_ESCAPED = re.compile(r"""\\([()<>@,;:\\"/\[\]?=])""")


class MalformedPairs(ValueError):
    """A form text with a broken `%` escape or a semicolon, or with more pairs than Go reads."""


def read_pairs(text: str, *, strict: bool = False) -> list[tuple[str, str]]:
    """The pairs of `a=1&b=2`; broken ones are dropped, or with `strict` refused.

    Of more than MAX_PAIRS, empty ones too, none is read. Raises MalformedPairs when strict.
    """
    pairs: list[tuple[str, str]] = []
    if text.count("&") >= MAX_PAIRS:
        if strict:
            raise MalformedPairs("too many pairs")
        return pairs
    for piece in text.split("&"):
        if not piece:
            continue
        if ";" in piece or _has_broken_escape(piece):
            if strict:
                raise MalformedPairs(piece)
            continue
        name, _, value = piece.partition("=")
        pairs.append((_unescaped(name), _unescaped(value)))
    return pairs


def _unescaped(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" in text:
        # What reads quoted-printable knows the same escapes by another sign, and needs no Python for each.
        return a2b_qp(text.encode().replace(b"=", b"=3D").replace(b"%", b"=")).decode(errors="replace")
    return text


def _has_broken_escape(text: str) -> bool:
    if "%" not in text:
        return False
    for at in range(0, len(text), _WINDOW):
        end = at + _WINDOW
        found = _BROKEN_ESCAPE.search(text, at, end + 2)
        if found and found.start() < end:
            return True
    return False


def first_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        values.setdefault(name, value)
    return values


def grouped(*sources: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """All values of each name, those of earlier sources first."""
    values: dict[str, list[str]] = {}
    for pairs in sources:
        for name, value in pairs:
            values.setdefault(name, []).append(value)
    return values


def infer(text: str) -> Any:
    """The bool, number or text that a form value stands for.

    >>> [infer("true"), infer("12"), infer("1.0"), infer("007"), infer("-1.5")]
    [True, 12.0, '1.0', '007', -1.5]
    """
    if text == "true":
        return True
    if text == "false":
        return False
    if _NUMBER.fullmatch(text):
        try:
            number = float(text)
        except ValueError:
            return text
        if _plain(number) == text:
            return number
    return text


def _plain(number: float) -> str:
    """The shortest text that reads back as `number`, without an exponent."""
    text = repr(number)
    if "e" not in text:
        return text.removesuffix(".0")
    if number in (float("inf"), float("-inf")):
        return text
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.lstrip("-").replace(".", "")
    point = len(mantissa.lstrip("-").partition(".")[0]) + int(exponent)
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}"


def inferred(values: Mapping[str, list[str]]) -> dict[str, Any]:
    """Form values as a body: one value stands alone, several become a list."""
    return {
        name: infer(texts[0]) if len(texts) == 1 else [infer(text) for text in texts]
        for name, texts in values.items()
    }


def media_type(header: str) -> tuple[str, dict[str, str]] | None:
    """A content type's lower-cased name and its parameters, None for one that is malformed or endless."""
    if len(header) > LONGEST_MEDIA_TYPE:
        return None
    base, _, _ = header.partition(";")
    name = base.strip().lower()
    kind, slash, subtype = name.partition("/")
    if not _TOKEN.fullmatch(kind) or (slash and not _TOKEN.fullmatch(subtype)):
        return None
    parameters: dict[str, str] = {}
    starred: dict[str, dict[str, str]] = {}  # by what stands before the first star, then by the whole key
    at = len(base)
    while match := _PARAMETER.match(header, at):
        key, value = match.group(1).lower(), match.group(2)
        if value.startswith('"'):
            value = _ESCAPED.sub(r"\1", value[1:-1])
        plain, star, _ = key.partition("*")
        if (starred.setdefault(plain, {}) if star else parameters).setdefault(key, value) != value:
            return None
        at = match.end()
    if header[at:].strip() not in {"", ";"}:
        return None
    for plain, pieces in starred.items():
        whole = pieces.get(f"{plain}*")
        found = _joined(plain, pieces) if whole is None else _extended(whole)
        if found is not None:  # before the plain one, which is for those who do not know this
            parameters[plain] = found.decode(errors="replace")
    return name, parameters


def form_boundary(content_type: str) -> str | None:
    """The boundary of a `multipart/form-data`; None for another type, and for one that is malformed."""
    parsed = media_type(content_type)
    return None if parsed is None or parsed[0] != "multipart/form-data" else parsed[1].get("boundary")


def _joined(plain: str, pieces: Mapping[str, str]) -> bytes | None:
    """A value in pieces, as RFC 2231 has them: `name*0="a"; name*1*=%20b`; None when the first is missing."""
    found: list[bytes] = []
    while (key := f"{plain}*{len(found)}") in pieces or f"{key}*" in pieces:
        if key in pieces:
            found.append(pieces[key].encode())
        else:
            read = _unescaped_piece if found else _extended  # the first one names the charset
            found.append(read(pieces[f"{key}*"]) or b"")
    return b"".join(found) if found else None


def _extended(value: str) -> bytes | None:
    """What RFC 2231 writes as `utf-8''na%C3%AFve.txt`; None for another charset, or none."""
    charset, *language_and_text = value.split("'", 2)
    if charset.lower() not in _CHARSETS or len(language_and_text) < 2:
        return None
    return _unescaped_piece(language_and_text[1])


def _unescaped_piece(escaped: str) -> bytes | None:
    return None if _has_broken_escape(escaped) else unquote_to_bytes(escaped)
