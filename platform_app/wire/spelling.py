"""How Python's names are spelled outside."""


def camel_case(name: str) -> str:
    """`name` as members of JSON objects are spelled.

    >>> camel_case("identity_field")
    'identityField'
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
