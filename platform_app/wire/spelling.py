"""How names are spelled on either side of the wire."""

import re

_SEPARATORS = re.compile(r"[\W_]+", re.ASCII)
_HUMPS = re.compile(r"(?<=[^A-Z])(?=[A-Z])")


def camel_case(name: str) -> str:
    """`name` as members of JSON objects are spelled.

    >>> camel_case("identity_field")
    'identityField'
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def snake_case(name: str) -> str:
    """`name` as rules spell headers.

    >>> snake_case("X-Request-ID"), snake_case("someToken")
    ('x_request_id', 'some_token')
    """
    words = (word for word in _SEPARATORS.split(name) if word)
    return "_".join(_HUMPS.sub("_", word) for word in words).lower()
