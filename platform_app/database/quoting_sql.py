"""Names in SQL, quoted as both engines quote them."""


def quoted(name: str) -> str:
    """`name` as an identifier; quotes inside it are doubled."""
    return '"' + name.replace('"', '""') + '"'
