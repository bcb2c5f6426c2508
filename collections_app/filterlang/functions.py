"""The functions of the filter language: which arguments they take.

Reference: contract/filters.md 8; tools/search/token_functions.go of PocketBase v0.39.11.
"""

from collections.abc import Callable
from dataclasses import replace

from collections_app.filterlang.dialects.base import Dialect
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import Fallback, Operand
from collections_app.filterlang.nodes import Call, Identifier, Number, OperandNode, Text

Resolve = Callable[[OperandNode], Operand]

MAX_STRFTIME_ARGUMENTS = 10


def call_function(call: Call, resolve: Resolve, dialect: Dialect) -> Operand:
    """The operand that a call makes. Raises FilterError for an unknown name or misplaced arguments."""
    function = _FUNCTIONS.get(call.name)
    if function is None:
        raise FilterError(f"expected one of {', '.join(_FUNCTIONS)}, got {call.name}", call.position)
    return function(call, resolve, dialect)


def _geo_distance(call: Call, resolve: Resolve, dialect: Dialect) -> Operand:
    """Kilometres between two points; whichever joined row is at hand counts, never all of them."""
    if len(call.arguments) != 4:
        raise FilterError(f"expected 4 arguments in geoDistance, got {len(call.arguments)}", call.position)
    for argument in call.arguments:
        if not isinstance(argument, Identifier | Number):
            raise FilterError("expected a name or number in geoDistance", argument.position)
    points = [resolve(argument) for argument in call.arguments]
    return Operand(
        dialect.geo_distance([point.value for point in points]),
        fallback=Fallback.NEVER,
        is_bound=any(point.is_bound for point in points),
    )


def _strftime(call: Call, resolve: Resolve, dialect: Dialect) -> Operand:
    """A moment as text, such as `strftime('%Y', created)`; an unreadable moment counts as empty."""
    count = len(call.arguments)
    if not 1 <= count <= MAX_STRFTIME_ARGUMENTS:
        raise FilterError(
            f"expected 1 to {MAX_STRFTIME_ARGUMENTS} arguments in strftime, got {count}", call.position
        )
    for index, argument in enumerate(call.arguments):
        if index != 1 and not isinstance(argument, Text):
            raise FilterError("expected a quoted text in strftime", argument.position)
    form = call.arguments[0]
    form_text = form.value if isinstance(form, Text) else ""
    operands = [resolve(argument) for argument in call.arguments]
    values = [operand.value for operand in operands]
    result = Operand(dialect.strftime(values, form_text), fallback=Fallback.ALWAYS, is_bound=True)
    moment = operands[1] if count > 1 else None
    if moment is None or moment.many is None:
        return result
    values[1] = moment.many_value or moment.value
    return replace(result, many=moment.many, many_value=dialect.strftime(values, form_text))


_FUNCTIONS: dict[str, Callable[[Call, Resolve, Dialect], Operand]] = {
    "geoDistance": _geo_distance,
    "strftime": _strftime,
}
