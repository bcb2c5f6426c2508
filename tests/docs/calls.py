"""The calls of PocketBase's pages about extending, by name, and those that our tables name.

A call is what it is called on and its name: `app.FindRecordById(...)` is `app.FindRecordById`,
`app.Cron().Add(...)` is `Cron.Add`, `new Record(...)` is `new.Record`, a value of a package as
`core.TokenTypeAuth` and a field of an event as `e.Record` count, too. What stands for itself, as
`cronAdd(...)`, and what goes on a chain in a table, as `.Execute()`, is `.cronAdd`, `.Execute`.
"""

import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["Go", "JavaScript"]

# Code in Markdown: between one or more backquotes, over lines, too.
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_CALLED = {
    "Go": re.compile(r"(?:(?P<dot>\.)\s*)?\b(?P<name>[A-Z]\w*)(?:\[[\w, ]+\])?[({]"),
    "JavaScript": re.compile(r"(?:(?P<dot>\.)\s*|\b(?P<new>new)\s+)?(?<![\w$])(?P<name>[A-Za-z]\w*)(?=\()"),
}
_PACKAGES = (
    "apis|auth|core|cron|dbx|filesystem|forms|hook|list|mailer|mails|migratecmd|pocketbase|router|routine"
    "|search|security|store|subscriptions|template|tests|types|validation"
)
_VALUE = {
    # Types behind `*` or `]` are not called.
    "Go": re.compile(rf"(?<![*\]\w.])\b({_PACKAGES}|e|se)\.([A-Z]\w*)"),
    "JavaScript": re.compile(r"(?<![\w.])(e|\$\w+)\.(\w+)"),
}
# More than any name has; to search a whole page for each call takes seconds.
_NAME_CHARACTERS = 100
_NAME_BEFORE = re.compile(r"([$\w]+)\s*$")
# One thing under several names.
_SAME = {
    **dict.fromkeys(("$app", "App", "testApp", "txApp"), "app"),
    **dict.fromkeys(("a", "auth", "Auth", "Record"), "record"),
    **dict.fromkeys(("g", "sub", "RouterGroup"), "group"),
    **dict.fromkeys(("NotLike", "OrLike", "OrNotLike"), "Like"),
    **dict.fromkeys(("notLike", "orLike", "orNotLike"), "like"),
    "AuxDB": "DB",
    "NonconcurrentDB": "DB",
    "NewRegistry": "registry",
    "clients": "client",
    "se": "e",
}
_BRACKETS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Call:
    """`on` is empty for what stands for itself."""

    on: str
    name: str

    def __str__(self) -> str:
        return f"{self.on}.{self.name}"


def code_of(text: str) -> list[str]:
    """The code in a text."""
    return [found[2] for found in _CODE.finditer(text)]


def calls_of(code: str, language: Language) -> set[Call]:
    """The calls in code, which need not be whole."""
    found = set()
    for match in _CALLED[language].finditer(code):
        parts = match.groupdict()
        on = "new" if parts.get("new") else _called_on(code[: match.start()]) if parts["dot"] else ""
        found.add(Call(on, parts["name"]))
    found |= {Call(_SAME.get(on, on), name) for on, name in _VALUE[language].findall(code)}
    return found


def is_covered(call: Call, named: set[Call]) -> bool:
    """Whether a table names the call: on the same thing, or on whatever comes before."""
    if not call.on:
        return any(call.name == one.name for one in named)
    return call in named or Call("", call.name) in named


def _called_on(before: str) -> str:
    """What stands in front of a dot: `a` of `a.`, `b` of `a.b(...).`, nothing at the beginning."""
    rest = before.rstrip()
    while rest and rest[-1] in _BRACKETS:
        rest = rest[: _opening(rest)].rstrip()
    name = _NAME_BEFORE.search(rest[-_NAME_CHARACTERS:])
    return _SAME.get(name[1], name[1]) if name else ""


def _opening(text: str) -> int:
    """Where the bracket was opened that ends the text; the beginning if it is not in it."""
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        if text[position] in _BRACKETS:
            depth += 1
        elif text[position] in _BRACKETS.values():
            depth -= 1
            if not depth:
                return position
    return 0
