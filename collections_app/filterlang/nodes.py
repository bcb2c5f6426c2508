"""The tree of a parsed filter: comparisons, joined in groups."""

from dataclasses import dataclass, field
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
    `depth` counts the groups inside each other, this one included, `size` the comparisons.
    """

    members: tuple[tuple[JoinWord, "Comparison | Group"], ...]
    depth: int = field(init=False, compare=False, repr=False)
    size: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # From the members', which know theirs: a tree may be deeper than Python's stack.
        depth = size = 0
        for _, member in self.members:
            if isinstance(member, Group):
                depth, size = max(depth, member.depth), size + member.size
            else:
                size += 1
        object.__setattr__(self, "depth", depth + 1)
        object.__setattr__(self, "size", size)


Node = Comparison | Group


def depth_of(node: Node) -> int:
    """How many groups stand inside each other."""
    return node.depth if isinstance(node, Group) else 0


def size_of(node: Node) -> int:
    """How many comparisons there are."""
    return node.size if isinstance(node, Group) else 1
