"""Reads an XML document as Go reads a struct from one: members are the texts of the root's children.

Reference: encoding/xml of Go 1.26.
"""

from typing import NoReturn
from xml.parsers import expat

# Whoever is sent XML has a handful of short members; the reference has no limit of its own.
MAX_BYTES = 256 * 1024


class MalformedXml(ValueError):
    """What is no XML document, is too large, or declares entities, which may grow without end."""


class _RootEnded(Exception):
    """Go looks no further."""


def read_members(document: bytes) -> list[tuple[str, str]]:
    """Name, without its namespace, and text of each child of the root, in order, without what is inside it.

    What follows the root is ignored. Raises MalformedXml, for what says that it is not UTF-8, too.

    >>> read_members(b"<a><Name>x<b>y</b>z</Name><Size>5</Size></a>")
    [('Name', 'xz'), ('Size', '5')]
    """
    if len(document) > MAX_BYTES:
        raise MalformedXml("too large")
    members: list[tuple[str, list[str]]] = []
    depth = 0

    def start(name: str, _: object) -> None:
        nonlocal depth
        depth += 1
        if depth == 2:
            members.append((name.rpartition(":")[2], []))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1
        if not depth:
            raise _RootEnded

    def text(piece: str) -> None:
        if depth == 2:
            members[-1][1].append(piece)

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.XmlDeclHandler = _check_declaration
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(document, True)
    except _RootEnded:
        pass
    except expat.ExpatError as error:
        raise MalformedXml(str(error)) from error
    return [(name, "".join(pieces)) for name, pieces in members]


def _check_declaration(version: str, encoding: str | None, _: int) -> None:
    if version != "1.0" or (encoding or "utf-8").lower() != "utf-8":
        raise MalformedXml(f"expected version 1.0 in UTF-8, got {version} in {encoding}")


def _refuse_entity(name: str, *_: object) -> NoReturn:
    raise MalformedXml(f"declares the entity {name}")
