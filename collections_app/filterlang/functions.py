"""The functions of the filter language: which arguments they take.

Reference: contract/filters.md 8; tools/search/token_functions.go of PocketBase v0.39.11.
"""

from collections.abc import Callable
from dataclasses import replace

from collections_app.filterlang.dialects.base import Dialect
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import Fallback, Operand
from collections_app.filterlang.nodes import Call, Identifier, Number, OperandNode, Text
from platform_app.wire.json_text import quote

Resolve = Callable[[OperandNode], Operand]

MAX_STRFTIME_ARGUMENTS = 10


def call_function(call: Call, resolve: Resolve, dialect: Dialect) -> Operand:
    """The operand that a call makes. Raises FilterError for an unknown name or misplaced arguments."""
    function = _FUNCTIONS.get(call.name)
    if function is None:
        raise FilterError(f"unknown function {quote(call.name)}")
    return function(call, resolve, dialect)


def _geo_distance(call: Call, resolve: Resolve, dialect: Dialect) -> Operand:
    """Kilometres between two points; whichever joined row is at hand counts, never all of them."""
    if len(call.arguments) != 4:
        raise FilterError(f"[geoDistance] expected 4 arguments, got {len(call.arguments)}")
    points = []
    for index, argument in enumerate(call.arguments):
        if not isinstance(argument, Identifier | Number):
            raise FilterError(f"[geoDistance] argument {index} must be an identifier or number")
        try:
            points.append(resolve(argument))
        except FilterError as error:
            raise FilterError(f"[geoDistance] failed to resolve argument {index}: {error}") from error
    return Operand(
        dialect.geo_distance([point.value for point in points]),
        fallback=Fallback.NEVER,
        is_bound=any(point.is_bound for point in points),
    )


def _strftime(call: Call, resolve: Resolve, dialect: Dialect) -> Operand:
    """A moment as text, such as `strftime('%Y', created)`; an unreadable moment counts as empty."""
    if not call.arguments:
        raise FilterError("[strftime] expected at least 1 arguments, got 0")
    count = len(call.arguments)
    if count > MAX_STRFTIME_ARGUMENTS:
        raise FilterError(
            f"[strftime] too many arguments (max allowed {MAX_STRFTIME_ARGUMENTS}, got {count})"
        )
    form, *others = call.arguments
    if not isinstance(form, Text):
        raise FilterError("[strftime] expects the first argument to be a format string")
    operands = [resolve(form), *(_moment(node, resolve) for node in others[:1])]
    for index, modifier in enumerate(others[1:]):
        if not isinstance(modifier, Text):
            raise FilterError(f"[strftime] invalid modifier argument {index} - can be only string")
        operands.append(resolve(modifier))
    values = [operand.value for operand in operands]
    result = Operand(dialect.strftime(values, form.value), fallback=Fallback.ALWAYS, is_bound=True)
    moment = operands[1] if count > 1 else None
    if moment is None or moment.many is None:
        return result
    values[1] = moment.many_value or moment.value
    return replace(result, many=moment.many, many_value=dialect.strftime(values, form.value))


def _moment(node: OperandNode, resolve: Resolve) -> Operand:
    if isinstance(node, Call):
        raise FilterError("[strftime] expects the second argument to be of a valid time-value type")
    try:
        return resolve(node)
    except FilterError as error:
        raise FilterError(f"[strftime] failed to resolve time-value argument: {error}") from error


_FUNCTIONS: dict[str, Callable[[Call, Resolve, Dialect], Operand]] = {
    "geoDistance": _geo_distance,
    "strftime": _strftime,
}
