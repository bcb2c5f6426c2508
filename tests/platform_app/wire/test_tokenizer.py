"""Tokens between separators that stand outside of quotes and brackets."""

import pytest

from platform_app.wire.tokenizer import Unbalanced, closing_bracket, split


@pytest.mark.parametrize(
    ("text", "separators", "tokens"),
    [
        pytest.param("", ",", [], id="nothing"),
        pytest.param("a", ",", ["a"], id="one"),
        pytest.param(" a ,\tb\n", ",", ["a", "b"], id="blanks_around"),
        pytest.param("\x85a\xa0", ",", ["a"], id="blanks_beyond_ascii"),
        pytest.param("a b", ",", ["a b"], id="blank_within"),
        pytest.param(",a,, ,b,", ",", ["a", "b"], id="empty_ones"),
        pytest.param("a;b,c", ",;", ["a", "b", "c"], id="several_separators"),
        pytest.param("a \n b", " ", ["a", "b"], id="blank_separates"),
        pytest.param("f(a, b), c", ",", ["f(a, b)", "c"], id="bracket"),
        pytest.param("f(a, (b, c)), d", ",", ["f(a, (b, c))", "d"], id="bracket_in_bracket"),
        pytest.param("a), b", ",", ["a)", "b"], id="bracket_closes_without_opening"),
        pytest.param("[a, b]", ",", ["[a", "b]"], id="square_bracket"),
        pytest.param("'a, b', c", ",", ["'a, b'", "c"], id="single_quote"),
        pytest.param('"a, b", c', ",", ['"a, b"', "c"], id="double_quote"),
        pytest.param("`a, b`, c", ",", ["`a, b`", "c"], id="backtick"),
        pytest.param("""'a", b', c""", ",", ["""'a", b'""", "c"], id="quote_in_another"),
        pytest.param("'a''b, c', d", ",", ["'a''b, c'", "d"], id="doubled_quote"),
        pytest.param("'(', (')', a)", ",", ["'('", "(')', a)"], id="bracket_in_quotes"),
        pytest.param(r"'a\', b', c", ",", [r"'a\', b'", "c"], id="escaped_quote"),
        pytest.param(r"\(a, b", ",", [r"\(a", "b"], id="escaped_bracket"),
        pytest.param(r"\\(a, b)", ",", [r"\\(a", "b)"], id="backslash_is_not_escaped_itself"),
        pytest.param(r"a\, b", ",", ["a\\", "b"], id="separator_is_not_escaped"),
        pytest.param("a\0b, c", ",", ["a", "b", "c"], id="nul_separates"),
        pytest.param("a, b,\0c", ",", ["a", "b"], id="nul_in_place_of_a_token_ends_the_text"),
        pytest.param("a\0\0b", ",", ["a"], id="nul_behind_nul_ends_the_text"),
    ],
)
def test_splits(text, separators, tokens):
    assert split(text, separators) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("a b,c", ["a ", "b,", "c"], id="at_the_end"),
        pytest.param("a\t b ", ["a\t", " ", "b "], id="blank_that_separates"),
        pytest.param("\va b", ["a ", "b"], id="blank_that_does_not"),
        pytest.param("a (b c) d", ["a ", "(b c) ", "d"], id="not_in_brackets"),
    ],
)
def test_keeps_separators(text, tokens):
    assert split(text, ", \n\t", keeps_separators=True) == tokens


def test_brackets_may_separate():
    assert split("excerpt(5, ')')", "(), ", heeds_brackets=False) == ["excerpt", "5", "')'"]


@pytest.mark.parametrize(
    ("text", "token"),
    [
        pytest.param("a, 'b, c", " 'b, c", id="quote"),
        pytest.param("a, f(b, c", " f(b, c", id="bracket"),
        pytest.param("a, (b')', c", " (b')', c", id="bracket_closes_in_quotes"),
        pytest.param(r"a, (b\), c", r" (b\), c", id="bracket_closes_escaped"),
        pytest.param("a, '(', `", " `", id="at_the_end"),
        pytest.param("a, 'b\0', c", " 'b", id="nul_in_a_quote"),
    ],
)
def test_what_stays_open_is_refused(text, token):
    with pytest.raises(Unbalanced) as refused:
        split(text, ",")
    assert refused.value.token == token


def test_an_open_bracket_that_is_not_heeded_is_taken():
    assert split("(a, b", ",", heeds_brackets=False) == ["(a", "b"]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        pytest.param("i(a)", 3, id="next"),
        pytest.param("i(a, f(b)) where (c)", 9, id="outermost"),
        pytest.param("i(')')", 5, id="not_in_quotes"),
        pytest.param(r"i(\))", 4, id="not_escaped"),
        pytest.param("i((a)", None, id="stays_open"),
        pytest.param("i('a)", None, id="quote_stays_open"),
    ],
)
def test_bracket_closes_at(text, end):
    assert closing_bracket(text, 1) == end
