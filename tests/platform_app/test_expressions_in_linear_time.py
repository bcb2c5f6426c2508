"""Every regular expression of ours, with texts made to make it backtrack: twice the text is twice the work.

Python's `re` does not say how often it tried, and a clock is no measure here. So the trees that `re` compiles
from are walked as `re` walks them, one way after the other, and the steps are counted.
"""

import importlib
import inspect
import itertools
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from math import inf
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

APPS = ("admin_ui", "auth_app", "collections_app", "files_app", "platform_app", "realtime_app", "system_app")

IN_VALID_JSON = "is asked only of valid JSON, where every quote is closed"
OF_SUPERUSERS = "reads SQL of superusers, who may let the database work for as long as they like"
EXEMPT = {
    "platform_app.wire.json_encoding._INTEGRAL": IN_VALID_JSON,
    "collections_app.tables.indexes._HEAD": OF_SUPERUSERS,
    "collections_app.tables.query_reader._TOKEN": OF_SUPERUSERS,
    "collections_app.tables.tables_sql._VIEW_HEAD": OF_SUPERUSERS,
    "collections_app.tables.view_order_sql._TOKEN": OF_SUPERUSERS,
    "collections_app.tables.view_query._COMMENT": OF_SUPERUSERS,
    "collections_app.definitions.view_fields._CAST": OF_SUPERUSERS,
    "system_app.console.sql_console._FIRST_WORD": OF_SUPERUSERS,
    "system_app.console.sql_console._PLACEHOLDER": OF_SUPERUSERS,
    "system_app.console.postgresql_statements._PIECE": OF_SUPERUSERS,
}

SHORT, LONG = 48, 96
MOST_UNITS = 60
MOST_STEPS = 100_000

Continue = Callable[[int], bool]


class TooManySteps(Exception):
    pass


class Steps:
    """Walks one expression through one text, trying alternatives in the order in which `re` does."""

    def __init__(self, tree: list, text: str, *, ignores_case: bool) -> None:
        self.tree, self.ignores_case = tree, ignores_case
        self.text = text.lower() if ignores_case else text
        self.count = 0

    def of(self, method: str) -> int:
        if method in ("match", "fullmatch"):
            self._walk(self.tree, 0, 0, lambda at: method == "match" or at == len(self.text))
            return self.count
        at = 0
        while at <= len(self.text):
            end = self._end_of(self.tree, at)
            if end is not None and method == "search":
                break
            at = at + 1 if end is None else max(end, at + 1)
        return self.count

    def _end_of(self, tree: list, at: int) -> int | None:
        """Where the first way of matching from `at` ends."""
        ends: list[int] = []

        def note(end: int) -> bool:
            ends.append(end)
            return True

        self._walk(tree, 0, at, note)
        return ends[0] if ends else None

    def _walk(self, tree: list, index: int, at: int, then: Continue) -> bool:
        if index == len(tree):
            return then(at)
        operator, value = tree[index]
        self.count += 1
        if self.count > MOST_STEPS:
            raise TooManySteps

        def after(end: int) -> bool:
            return self._walk(tree, index + 1, end, then)

        match str(operator):
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                return self._is_taken(operator, value, at) and after(at + 1)
            case "BRANCH":
                return any(self._walk(list(branch), 0, at, after) for branch in value[1])
            case "SUBPATTERN":
                return self._walk(list(value[3]), 0, at, after)
            case "ATOMIC_GROUP":
                end = self._end_of(list(value), at)
                return end is not None and after(end)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeat(str(operator), value, at, after)
            case "ASSERT" | "ASSERT_NOT":
                direction, inner = value
                start = at if direction > 0 else at - inner.getwidth()[0]
                holds = start >= 0 and self._walk(list(inner), 0, start, lambda end: True)
                return holds == (str(operator) == "ASSERT") and after(at)
            case "AT":
                return self._is_place(str(value), at) and after(at)
        raise NotImplementedError(operator)

    def _repeat(self, kind: str, value: tuple, at: int, after: Continue) -> bool:
        least, most, item = value[0], value[1], list(value[2])
        if kind == "POSSESSIVE_REPEAT":
            end = self._end_of([(_constants.MAX_REPEAT, (least, most, item))], at)
            return end is not None and after(end)
        if len(item) == 1 and str(item[0][0]) in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            taken = 0
            while taken < most and self._is_taken(item[0][0], item[0][1], at + taken):
                taken += 1
            counts = range(least, taken + 1)
            return any(self._counted(after, at + n) for n in (counts if "MIN" in kind else reversed(counts)))

        def repeat(times: int, place: int) -> bool:
            def more() -> bool:
                # An item that took nothing is not repeated for ever.
                may_repeat = times < most and (times < least or place > at or not times)
                return may_repeat and self._walk(item, 0, place, lambda end: repeat(times + 1, end))

            def enough() -> bool:
                return times >= least and after(place)

            return (enough() or more()) if "MIN" in kind else (more() or enough())

        return repeat(0, at)

    def _counted(self, after: Continue, at: int) -> bool:
        self.count += 1
        return after(at)

    def _is_taken(self, operator: object, value: Any, at: int) -> bool:
        self.count += 1
        if at >= len(self.text):
            return False
        return _takes(str(operator), value, self.text[at], ignores_case=self.ignores_case)

    def _is_place(self, name: str, at: int) -> bool:
        before = at > 0 and (self.text[at - 1].isalnum() or self.text[at - 1] == "_")
        behind = at < len(self.text) and (self.text[at].isalnum() or self.text[at] == "_")
        return {
            "AT_BEGINNING": at == 0 or self.text[at - 1] == "\n",
            "AT_BEGINNING_STRING": at == 0,
            "AT_END": at == len(self.text) or self.text[at] == "\n",
            "AT_END_STRING": at == len(self.text),
            "AT_BOUNDARY": before != behind,
            "AT_NON_BOUNDARY": before == behind,
        }[name]


_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdigit,
    "SPACE": str.isspace,
    "WORD": lambda character: character.isalnum() or character == "_",
}


def _takes(operator: str, value: Any, character: str, *, ignores_case: bool) -> bool:
    match operator:
        case "LITERAL" | "NOT_LITERAL":
            expected = chr(value).lower() if ignores_case else chr(value)
            return (character == expected) == (operator == "LITERAL")
        case "ANY":
            return character != "\n"
        case "RANGE":
            cases = {character, character.upper()} if ignores_case else {character}
            return any(len(case) == 1 and value[0] <= ord(case) <= value[1] for case in cases)
        case "CATEGORY":
            name = str(value).removeprefix("CATEGORY_")
            return _CATEGORIES[name.removeprefix("NOT_")](character) != name.startswith("NOT_")
    is_negated = str(value[0][0]) == "NEGATE"
    found = any(_takes(str(o), v, character, ignores_case=ignores_case) for o, v in value[is_negated:])
    return found != is_negated


def _pieces(tree: list) -> Iterator[str]:
    """Characters and words that the expression is about, to make texts of."""
    word = ""
    for operator, value in tree:
        name = str(operator)
        if name == "LITERAL":
            word += chr(value)
            yield chr(value)
            continue
        if len(word) > 1:
            yield word
        word = ""
        match name:
            case "NOT_LITERAL" | "ANY":
                yield "x"
            case "RANGE":
                yield from (chr(value[0]), chr(min(value[1], value[0] + 3)))
            case "CATEGORY":
                yield {"DIGIT": "1", "SPACE": " ", "WORD": "w"}.get(str(value).removeprefix("CATEGORY_"), "-")
            case "IN":
                yield from _pieces(value)
            case "BRANCH":
                yield from itertools.chain.from_iterable(map(_pieces, value[1]))
            case "SUBPATTERN":
                yield from _pieces(value[3])
            case "ASSERT" | "ASSERT_NOT":
                yield from _pieces(value[1])
            case "ATOMIC_GROUP":
                yield from _pieces(value)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                yield from _pieces(value[2])
    if len(word) > 1:
        yield word


def expressions() -> Iterator[tuple[str, re.Pattern, set[str]]]:
    """All that stand in a module, alone or in a sequence, with the methods that the module asks of them."""
    for app in APPS:
        package = importlib.import_module(app)
        for found in pkgutil.walk_packages(package.__path__, f"{app}."):
            if ".migrations" in found.name or ".management." in found.name:
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                several = enumerate(value) if isinstance(value, list | tuple) else [(None, value)]
                for number, one in several:
                    if isinstance(one, re.Pattern):
                        label = name if number is None else f"{name}[{number}]"
                        yield f"{found.name}.{label}", one, _methods(inspect.getsource(module), name)


def _methods(source: str, name: str) -> set[str]:
    methods = set(re.findall(rf"\b{name}\.(match|search|fullmatch|sub|finditer|findall|split)\b", source))
    return methods or {"fullmatch"}


def texts(tree: list, length: int) -> Iterator[str]:
    """One piece or two, repeated, behind another or none, with an end that nothing expects or a like one.

    In the same order for each length.
    """
    pieces = sorted(set(_pieces(tree)))
    pairs = ["".join(pair) for pair in itertools.permutations(pieces, 2)]
    units = [*pieces, *pairs[:: max(1, len(pairs) // MOST_UNITS)]]
    for unit in units:
        repeated = unit * (length // len(unit) + 1)
        for start, end in (("", ""), ("", "\0"), (pieces[0], "\0"), (pieces[-1], pieces[0]), ("", unit[0])):
            yield start + repeated[:length] + end


def worst(pattern: re.Pattern, methods: set[str]) -> tuple[float, int, str]:
    """How many times the work grows when the text is twice as long, at worst: `(growth, steps, the text)`."""
    source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    tree = list(_parser.parse(source, pattern.flags))
    ignores_case = bool(pattern.flags & re.IGNORECASE)
    found = (0.0, 0, "")
    for short, long in zip(texts(tree, SHORT), texts(tree, LONG), strict=True):
        for method in methods:
            try:
                few = Steps(tree, short, ignores_case=ignores_case).of(method)
                many = Steps(tree, long, ignores_case=ignores_case).of(method)
            except TooManySteps:
                return inf, MOST_STEPS, f"{method}: {long!r}"
            if many > 20 * LONG:  # of little work the growth says little
                found = max(found, (many / few, many, f"{method}: {long!r}"))
    return found


@pytest.fixture(autouse=True)
def deep_recursion():
    """The walk goes a few calls deeper with each character."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(5_000)
    yield
    sys.setrecursionlimit(usual)


@pytest.mark.parametrize(
    ("name", "pattern", "methods"),
    [pytest.param(name, *rest, id=name) for name, *rest in expressions() if name not in EXEMPT],
)
def test_twice_the_text_is_twice_the_work(name, pattern, methods):
    growth, steps, text = worst(pattern, methods)
    assert growth < 3, f"{steps} steps for {text}"


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        pytest.param(r"([a-z]+-?)+!", "fullmatch", id="plus_of_plus"),
        pytest.param(r"[0-9]+(?:_[0-9]+)*\.?[0-9]*", "fullmatch", id="digits_next_to_digits"),
        pytest.param(r"(\w+)_via_(\w+)", "fullmatch", id="words_with_a_word_between"),
        pytest.param(r"\s+(where|order)\s", "sub", id="blanks_looked_for_from_each_blank"),
        pytest.param(r"(a|b|ab)*c", "match", id="overlapping_choices"),
        pytest.param(r"/\*.*?\*/", "search", id="comments_without_an_end"),
    ],
)
def test_what_is_not_linear_is_found(pattern, method):
    assert worst(re.compile(pattern), {method})[0] >= 3


def test_exemptions_are_of_expressions_that_exist():
    assert set(EXEMPT) <= {name for name, *_ in expressions()}
