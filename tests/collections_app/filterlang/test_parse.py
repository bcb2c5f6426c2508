"""What is a filter and what is not (contract/filters.md 1)."""

import pytest

from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.nodes import Call, Comparison, Group, Identifier, Number, Text
from collections_app.filterlang.parse import MAX_COMPARISONS, parse

A_IS_1 = Comparison(Identifier("a"), "=", Number(1.0))
B_IS_2 = Comparison(Identifier("b"), "=", Number(2.0))
C_IS_3 = Comparison(Identifier("c"), "=", Number(3.0))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("a=1", A_IS_1, id="single"),
        pytest.param("  a\t= \n1 // one", A_IS_1, id="blanks_and_comment"),
        pytest.param("((a=1))", A_IS_1, id="brackets_around_one_say_nothing"),
        pytest.param("a=1\0", A_IS_1, id="nul_at_the_end"),
        pytest.param(
            "a=1 || b=2 && c=3", Group((("AND", A_IS_1), ("OR", B_IS_2), ("AND", C_IS_3))), id="flat"
        ),
        pytest.param(
            "(a=1 || b=2) && c=3",
            Group((("AND", Group((("AND", A_IS_1), ("OR", B_IS_2)))), ("AND", C_IS_3))),
            id="group",
        ),
        pytest.param("(a=1) (b=2)", Group((("AND", A_IS_1), ("AND", B_IS_2))), id="groups_side_by_side"),
        pytest.param(
            "a=1 || b=2 (c=3)", Group((("AND", A_IS_1), ("OR", B_IS_2), ("OR", C_IS_3))), id="last_join_stays"
        ),
        pytest.param("title (a=1)", A_IS_1, id="operand_before_group_is_dropped"),
        pytest.param("x = (a=1)", A_IS_1, id="comparison_before_group_is_dropped"),
        pytest.param("a ?!~ 'x'", Comparison(Identifier("a"), "!~", Text("x"), is_any=True), id="any"),
        pytest.param("a = 007", Comparison(Identifier("a"), "=", Number(7.0)), id="leading_zeros"),
        pytest.param("a = -.5", Comparison(Identifier("a"), "=", Number(-0.5)), id="minus_point_five"),
        pytest.param("1 = 'x'", Comparison(Number(1.0), "=", Text("x")), id="literals_on_both_sides"),
        pytest.param("@a.b:c = #d", Comparison(Identifier("@a.b:c"), "=", Identifier("#d")), id="names"),
        pytest.param(
            "f( a, 1, // one\n 'x', ) > 2",
            Comparison(Call("f", (Identifier("a"), Number(1.0), Text("x"))), ">", Number(2.0)),
            id="call_with_trailing_comma_and_comment",
        ),
        pytest.param(
            "f(g(h())) = 1",
            Comparison(Call("f", (Call("g", (Call("h", ()),)),)), "=", Number(1.0)),
            id="call_in_a_call",
        ),
        pytest.param("f() = 1", Comparison(Call("f", ()), "=", Number(1.0)), id="call_without_arguments"),
    ],
)
def test_accepts(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "// c",
        "()",
        "(())",
        "a",
        "a =",
        "= 1",
        "a = 1 &&",
        "&& a = 1",
        "a = 1 b = 2",
        "(a = 1) b = 2",
        "a == 1",
        "a <> 1",
        "a => 1",
        "a ? 1",
        "a ~~ 1",
        "a ?? 1",
        "a AND 1",
        "!b",
        "a = 1 & b = 2",
        "a = 1 &&& b = 2",
        "a = 1 ||| b = 2",
        "a = .5",
        "a = 1.",
        "a = +5",
        "a = 1e5",
        "a = 5px",
        "a = 0x5",
        "a = -",
        "a = -.",
        "a = 1.2.3",
        "@ = 1",
        "_ = 1",
        "# = 1",
        "a. = 1",
        "a: = 1",
        "é = 1",
        "1a = 1",
        "a\r= 1",
        "a\u00a0= 1",
        "a = 'x",
        "a = 'x\\'",
        "a = \"x'",
        "a = 1\0b",
        "a = '\0'",
        "(a = 1",
        "a = 1)",
        "a = ('x)",
        "/* c */ a = 1",
        "/ a = 1",
        "f (1) = 1",
        "f(1 = 1",
        "f(,) = 1",
        "f(1 2) = 1",
        "f(1,,2) = 1",
        "f(&) = 1",
        "f.(1) = 1",
        "a = @now - 1",
        "a = {:x}",
    ],
)
def test_refuses(text):
    with pytest.raises(FilterError):
        parse(text)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        pytest.param(r"'it\'s'", "it's", id="escaped_quote"),
        pytest.param('"it\'s"', "it's", id="other_quote"),
        pytest.param(r'"a\"b"', 'a"b', id="escaped_double_quote"),
        pytest.param(r"'\n\t\r\\'", "\n\t\r\\", id="decoded"),
        pytest.param(r"'\b\f\v\0\/\d\%\_\x41\u0041'", r"\b\f\v\0\/\d\%\_\x41\u0041", id="kept"),
        pytest.param(r'"a\\nb"', r"a\nb", id="backslash_then_n"),
        pytest.param("'a\nb'", "a\nb", id="raw_newline"),
        pytest.param("'// no comment (('", "// no comment ((", id="nothing_special_inside"),
    ],
)
def test_text_literals(literal, value):
    assert parse(f"a = {literal}") == Comparison(Identifier("a"), "=", Text(value))


def test_the_number_of_comparisons_is_limited():
    at_the_limit = " || ".join(["a=1"] * MAX_COMPARISONS)
    assert len(parse(at_the_limit).members) == MAX_COMPARISONS
    with pytest.raises(FilterError, match="max filter expressions limit reached"):
        parse(f"{at_the_limit} || a=1")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("((a=1 || b=2) || c=3)", "a=1 || b=2 || c=3", id="or_in_or"),
        pytest.param("a=1 && (b=2 && c=3)", "a=1 && b=2 && c=3", id="and_in_and"),
        pytest.param("a=1 || (b=2 && c=3) || a=1", "a=1 || b=2 && c=3 || a=1", id="and_in_or"),
        pytest.param("a=1 || (b=2 && c=3 || a=1)", "a=1 || b=2 && c=3 || a=1", id="both_in_or"),
        pytest.param("(a=1 && b=2) && c=3 || a=1", "a=1 && b=2 && c=3 || a=1", id="and_between_both"),
    ],
)
def test_brackets_that_say_nothing(text, same):
    assert parse(text) == parse(same)


@pytest.mark.parametrize(
    "text",
    [
        "(a=1 || b=2) && c=3",
        "c=3 && (a=1 || b=2)",
        "c=3 || (a=1 || b=2) && c=3",
        "c=3 && (a=1 && b=2 || c=3) || c=3",
    ],
)
def test_brackets_that_say_something(text):
    assert [type(member) for _, member in parse(text).members].count(Group) == 1


def test_nesting_may_be_as_deep_as_a_filter_is_long():
    assert parse("(" * 20_000 + "a=1" + ")" * 20_000) == A_IS_1
    folded = "a=1"
    for at in range(MAX_COMPARISONS - 1):
        folded = f"({folded}) {'||' if at % 2 else '&&'} b=2"
    assert (parse(folded).depth, parse(folded).size) == (MAX_COMPARISONS // 2, MAX_COMPARISONS)
    with pytest.raises(FilterError, match="max filter expressions limit reached"):
        parse(f"({folded}) || b=2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("(" * 20_000, "missing 20000 closing bracket", id="never_closed"),
        pytest.param("(" * 20_000 + "a=1" + ")" * 19_999, "missing 1 closing bracket", id="one_missing"),
        pytest.param("(" * 20_000 + ")" * 20_000, "empty filter expression", id="nothing_inside"),
        pytest.param("(" * 20_000 + "a=" + ")" * 20_000, "invalid or incomplete", id="half_inside"),
    ],
)
def test_deep_brackets_that_are_refused(text, message):
    with pytest.raises(FilterError, match=message):
        parse(text)


def test_brackets_in_comments_and_quotes_of_comments_count():
    # A group is found before it is read, and only reading knows comments.
    with pytest.raises(FilterError):
        parse("(a=1 // )\n)")
    assert parse("(a=1 // '\n && (b=2) // '\n && c=3)") == parse("a=1 && b=2 && c=3")
