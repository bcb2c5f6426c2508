"""What is said about a rule that cannot be used: the words of PocketBase 0.39.11.

It was asked the same about collections of its own; `things` and its neighbours stand in for those here.
"""

import pytest

from collections_app.filterlang.dialects.sqlite_sql import SqliteDialect
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.parse import parse
from collections_app.records.querying.resolving import check_rule
from tests.collections_app.filterlang.world import CATALOG, THINGS

LEFT = "expected left operand (identifier, function, text or number), got"
RIGHT = "expected right operand (identifier, function text or number), got"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty filter expression"),
        (" \t\n", "empty filter expression"),
        ("// only a comment", "empty filter expression"),
        ("( )", "empty filter expression"),
        ("a = ()", "empty filter expression"),
        ("a", "invalid or incomplete filter expression"),
        ("a =", "invalid or incomplete filter expression"),
        ("a = 1 &&", "invalid or incomplete filter expression"),
        ("= 1", f'{LEFT} "=" (sign)'),
        ("a = 1 || || b = 2", f'{LEFT} "||" (join)'),
        ("a b", 'expected a sign operator, got "b" (identifier)'),
        ("'a' 'b'", 'expected a sign operator, got "b" (text)'),
        ("a-1 = 1", 'expected a sign operator, got "-1" (number)'),
        ("a && 1", 'expected a sign operator, got "&&" (join)'),
        ("a f(1)", 'expected a sign operator, got "f" (function)'),
        ("a = =", f'{RIGHT} "=" (sign)'),
        ("a = &&", f'{RIGHT} "&&" (join)'),
        ("a = 1 AND b = 2", 'expected && or ||, got "AND" (identifier)'),
        ("a = 1 'x'", 'expected && or ||, got "x" (text)'),
        ("a == 1", 'invalid sign operator "=="'),
        ("a ?! 1", 'invalid sign operator "?!"'),
        ("a = 1 & b = 2", 'invalid join operator "&"'),
        ("a = 1 ||| b = 2", 'invalid join operator "|||"'),
        ("a = 1.", 'invalid number "1."'),
        ("a->b = 1", 'invalid number "-"'),
        ("a. = 1", 'invalid identifier "a."'),
        ("@ = 1", 'invalid identifier "@"'),
        ("a = 1 / 2", "invalid comment"),
        ("a = 1; b", "unexpected character ';'"),
        ("a\r= 1", r"unexpected character '\r'"),
        ("\u200b = 1", r"unexpected character '\u200b'"),
        ("日 = 1", "unexpected character '日'"),
        ("(a = 1", "invalid formatted group - missing 1 closing bracket(s)"),
        ("a = 1 && (b = 1 || (", "invalid formatted group - missing 2 closing bracket(s)"),
        ("a = 1 && ('b)", 'invalid quoted text "\'b)"'),
        ("a = 'b", 'invalid quoted text "\'b"'),
        ('a = "b', r'invalid quoted text "\"b"'),
        (r"a = 'it\'s", "invalid quoted text \"'it's\""),
        ("a = 'b\\nc\\", r'''invalid quoted text "'b\nc"'''),
        ("a = 'b\x01", r'''invalid quoted text "'b\x01"'''),
        ("f(,) = 1", 'unexpected comma in function "f"'),
        ("f(1,,2) = 1", 'unexpected comma in function "f"'),
        ("f(1 2) = 1", 'expected comma after the last argument in function "f"'),
        ("f(&) = 1", """unsupported argument character '&' in function "f\""""),
        ("f(1", """invalid or incomplete function "f" (expected ')')"""),
        ("f(/) = 1", 'failed to scan comment in function "f": invalid comment'),
        ("f(-) = 1", 'invalid number argument "-" in function "f": invalid number "-"'),
        ("f(x.) = 1", 'invalid identifier argument "x." in function "f": invalid identifier "x."'),
        ("f('x", """invalid text argument "'x" in function "f": invalid quoted text "'x\""""),
        ("x.(1) = 1", 'invalid function name "x."'),
        (
            "f(g(h(i()))) = 1",
            'invalid identifier argument "g" in function "f": '
            'invalid identifier argument "h" in function "g": '
            'invalid identifier argument "i" in function "h": max nested function arguments reached (max: 3)',
        ),
    ],
)
def test_what_is_no_filter(text, message):
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("nope = nope2", 'left operand "nope" - unknown field "nope"'),
        ("null = nope", 'right operand "nope" - unknown field "nope"'),
        ("(t = 1 && (nope = 2))", 'left operand "nope" - unknown field "nope"'),
        ("#a = 1", 'left operand "#a" - failed to resolve field "#a"'),
        ("@request.x.y = 1", 'left operand "@request.x.y" - failed to resolve field "@request.x.y"'),
        ("t:nope = 1", 'left operand "t:nope" - unknown modifier in "t:nope"'),
        ("nope.x = 1", 'left operand "nope.x" - failed to resolve field "nope"'),
        ("t.x = 1", 'left operand "t.x" - field "t" is not a valid relation'),
        (
            "rel.up.up.up.up.up.up.up.id = 1",
            'left operand "rel.up.up.up.up.up.up.up.id" - max nested relations reached for field "up"',
        ),
        (
            "@collection.nope:a.x = 1",
            'left operand "@collection.nope:a.x" - failed to load collection "nope:a" from field path '
            '"@collection.nope:a.x"',
        ),
        ("@collection.users.nope = 1", 'left operand "@collection.users.nope" - unknown field "nope"'),
        (
            "@request.body.nope:each = 1",
            'left operand "@request.body.nope:each" - invalid modifier sequence nope:each',
        ),
        (
            "@request.body.t:length = 1",
            'left operand "@request.body.t:length" - field "t" doesn\'t support multivalue operations',
        ),
        (
            "nope_via_x.y = 1",
            'left operand "nope_via_x.y" - failed to load back relation field "nope_via_x" collection',
        ),
        ("children_via_x.y = 1", 'left operand "children_via_x.y" - missing back relation field "x"'),
        ("children_via_v.y = 1", 'left operand "children_via_v.y" - invalid back relation field "v"'),
        (
            "targets_via_up.y = 1",
            'left operand "targets_via_up.y" - invalid collection reference of a back relation field "up"',
        ),
        ("f(g()) = 1", 'left operand "f" - unknown function "f"'),
        ("1 = STRFTIME('x')", 'right operand "STRFTIME" - unknown function "STRFTIME"'),
        (
            "geoDistance(1,2,3) = 1",
            'left operand "geoDistance" - [geoDistance] expected 4 arguments, got 3',
        ),
        (
            "geoDistance(1,2,3,'x') = 1",
            'left operand "geoDistance" - [geoDistance] argument 3 must be an identifier or number',
        ),
        (
            "geoDistance(nope,2,3,'x') = 1",
            'left operand "geoDistance" - [geoDistance] failed to resolve argument 0: unknown field "nope"',
        ),
        ("strftime() = 1", 'left operand "strftime" - [strftime] expected at least 1 arguments, got 0'),
        (
            "strftime('%Y',d,'1','2','3','4','5','6','7','8','9') = 1",
            'left operand "strftime" - [strftime] too many arguments (max allowed 10, got 11)',
        ),
        (
            "strftime(t) = 1",
            'left operand "strftime" - [strftime] expects the first argument to be a format string',
        ),
        (
            "strftime('%Y', f()) = 1",
            'left operand "strftime" - '
            "[strftime] expects the second argument to be of a valid time-value type",
        ),
        (
            "strftime('%Y', nope, 1) = 1",
            'left operand "strftime" - '
            '[strftime] failed to resolve time-value argument: unknown field "nope"',
        ),
        (
            "strftime('%Y', d, 'a', t) = 1",
            'left operand "strftime" - [strftime] invalid modifier argument 1 - can be only string',
        ),
    ],
)
def test_what_cannot_be_resolved(rule, message):
    with pytest.raises(FilterError) as caught:
        check_rule(THINGS, rule, CATALOG, SqliteDialect())
    assert str(caught.value) == f"invalid {message}"
