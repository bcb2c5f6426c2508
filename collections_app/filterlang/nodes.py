"""The tree of a parsed filter: comparisons, joined in groups."""

from dataclasses import dataclass
from typing import Literal

Sign = Literal["=", "!=", "~", "!~", "<", "<=", ">", ">="]
JoinWord = Literal["AND", "OR"]


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name still to be resolved: a macro, a field path, or null, true and false."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["OperandNode", ...]


OperandNode = Identifier | Text | Number | Call


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left sign right`; `is_any` is the question mark: one matching value of many is enough."""

    left: OperandNode
    sign: Sign
    right: OperandNode
    is_any: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Members in the order written, each with the word that joins it to the one before.

    The words stay flat, so that AND binds tighter than OR, as in SQL. The first word means nothing.
    """

    members: tuple[tuple[JoinWord, "Comparison | Group"], ...]


Node = Comparison | Group
