import re

import pytest

from platform_app.security.random_texts import CannotGenerate, random_text_of
from platform_app.wire.patterns.matching import IS_RE2, matcher_of
from platform_app.wire.patterns.parser import InvalidPattern
from platform_app.wire.patterns.patterns import Pattern, compile_pattern, parse_pattern, pattern_error
from platform_app.wire.patterns.state_matcher import StateMatcher

MATCHERS = [
    pytest.param(matcher_of, id="re2", marks=pytest.mark.skipif(not IS_RE2, reason="google-re2 is not here")),
    pytest.param(StateMatcher, id="own"),
]


@pytest.mark.parametrize("matcher", MATCHERS)
@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        pytest.param("b", "abc", True, id="matches_anywhere"),
        pytest.param("^b", "abc", False, id="anchor"),
        pytest.param("^abc$", "abc", True, id="anchors"),
        pytest.param("^abc$", "abc\n", False, id="dollar_is_the_very_end"),
        pytest.param("(?m)^b$", "a\nb\nc", True, id="multi_line"),
        pytest.param("a.c", "a\nc", False, id="dot_is_no_line_feed"),
        pytest.param("(?s)a.c", "a\nc", True, id="dot_all"),
        pytest.param(r"^\w$", "é", False, id="word_is_ascii"),
        pytest.param(r"^\d$", "٣", False, id="digit_is_ascii"),
        pytest.param(r"\bb", "éb", True, id="boundary_is_ascii"),
        pytest.param(r"^\s$", "\v", False, id="space_without_vertical_tab"),
        pytest.param("^[[:space:]]$", "\v", True, id="posix_space"),
        pytest.param("^[^[:alpha:]-]$", "1", True, id="negated_class"),
        pytest.param("^[^[:alpha:]-]$", "-", False, id="hyphen_at_the_end"),
        pytest.param("^[]a]$", "]", True, id="bracket_first"),
        pytest.param(r"^\p{Greek}+$", "αβ", True, id="script"),
        pytest.param(r"^\p{Common}\p{Han}\p{Inherited}$", "1々\u0301", True, id="scripts_not_told_by_names"),
        pytest.param(r"^\p{Latin}$", "ª", True, id="script_of_a_sign"),
        pytest.param(r"^\p{gre-ek}\p{LU}$", "αB", True, id="loose_names"),
        pytest.param(r"^\p{Uppercase_Letter}\p{punct}$", "A!", True, id="aliases_of_categories"),
        pytest.param(r"^\p{ASCII}\p{Any}\P{Assigned}$", "aé\U000e0fff", True, id="other_classes"),
        pytest.param(r"(?i)^\p{Lu}\P{Lu}$", "a1", True, id="ignore_case_in_category"),
        pytest.param(r"(?i)^\P{Lu}$", "a", False, id="ignore_case_in_negated_category"),
        pytest.param(r"^\pL$", "é", True, id="category"),
        pytest.param(r"^\P{L}$", "é", False, id="negated_category"),
        pytest.param("(?i)^straße$", "STRAßE", True, id="ignore_case"),
        pytest.param("(?i:a)B", "AB", True, id="flags_in_a_group"),
        pytest.param("(?i:a)B", "Ab", False, id="flags_end_with_the_group"),
        pytest.param("(a(?i)b)c", "aBC", False, id="flags_end_with_the_enclosing_group"),
        pytest.param("(?i)[a-c]", "B", True, id="ignore_case_in_class"),
        pytest.param(r"\Qa.b\E", "axb", False, id="quoted"),
        pytest.param(r"\x{e9}\x41\101\n", "éAA\n", True, id="numeric_escapes"),
        pytest.param(r"\Aa\z", "a", True, id="text_anchors"),
        pytest.param("a{,2}", "a{,2}", True, id="brace_that_counts_nothing"),
        pytest.param("^a{2}$", "aa", True, id="count"),
        pytest.param("^(?:a|bc)+?$", "abc", True, id="alternatives"),
        pytest.param("^(?P<x>a)(?<y>b)$", "ab", True, id="named_groups"),
        pytest.param("^()$", "", True, id="empty_group"),
        pytest.param(r"\.\-\_\/", ".-_/", True, id="escaped_punctuation"),
        pytest.param("(?i)^kelvin$", "\u212aELVIN", True, id="ignore_case_of_the_kelvin_sign"),
        pytest.param("(?i)^[k-s]+$", "\u212a\u017f", True, id="ignore_case_in_class_reaches_other_letters"),
        pytest.param(r"(?i)^\w+$", "\u212a\u017f", True, id="ignore_case_in_word"),
        pytest.param(r"(?i)^\W$", "\u017f", False, id="ignore_case_in_no_word"),
        pytest.param("(?i)^[[:^lower:]]$", "\u017f", False, id="ignore_case_in_posix_class"),
        pytest.param("(?i)i", "\u0131\u0130", False, id="i_with_another_dot_is_another_letter"),
        pytest.param("(?i)^σ$", "ς", True, id="ignore_case_of_three_letters"),
        pytest.param("(?i)^[\U00010400]$", "\U00010428", True, id="ignore_case_beyond_the_bmp"),
        pytest.param(r"\B", "aéa", False, id="no_place_within_a_character"),
        pytest.param(r"é\Bé", "éé", True, id="no_boundary_between_other_letters"),
        pytest.param(r"a\Bb", "ab", True, id="no_boundary"),
        pytest.param(r"^.\b", "a", True, id="boundary_at_the_end"),
        pytest.param("(?m)^$", "a\n", True, id="empty_line_at_the_end"),
        pytest.param("a$^b", "ab", False, id="places_that_are_never_one"),
        pytest.param("^a\x00b$", "a\0b", True, id="nul"),
        pytest.param(r"^[^\x00]$", "\0", False, id="nul_in_class"),
        pytest.param(r"[^\x00-\x{10ffff}]", "a", False, id="empty_class"),
        pytest.param(r"^([^\x00-\x{10ffff}]|b)$", "b", True, id="empty_class_in_a_choice"),
        pytest.param("^.$", "\U0001f600", True, id="astral_is_one_character"),
        pytest.param(r"^[\x{10000}-\x{10ffff}]$", "\U0001f600", True, id="astral_range"),
        pytest.param(r"^\x{fffd}$", "\ud800", True, id="half_a_pair_is_the_replacement_character"),
        pytest.param(r"[\x{d800}-\x{dfff}]", "\ud800", False, id="no_text_has_half_a_pair"),
        pytest.param("^.$", "\ud83d\ude00", True, id="both_halves_are_one_character"),
        pytest.param("^(?:){1000}a{0}(b{0,2}){3}$", "bbbbbb", True, id="counts_of_nothing"),
        pytest.param("^(?:){1000}a{0}(b{0,2}){3}$", "bbbbbbb", False, id="one_more_than_counted"),
        pytest.param("^(a{100}){10}$", "a" * 1000, True, id="counts_in_counts"),
        pytest.param("^(a{100}){10}$", "a" * 999, False, id="one_less_than_counted"),
        pytest.param("^a{3,}?b{2,4}$", "aaaabb", True, id="count_without_end"),
        pytest.param("((a{100}){0}){1000}", "", True, id="what_never_occurs_is_not_counted"),
        pytest.param("^((a*)*b*)*$", "aabbab", True, id="stars_of_stars"),
        pytest.param("(|a)+c", "c", True, id="choice_of_nothing"),
        pytest.param("", "", True, id="empty"),
    ],
)
def test_matching(matcher, pattern, text, matches):
    assert Pattern(matcher(parse_pattern(pattern))).matches(text) is matches


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?!a)", "invalid or unsupported Perl syntax: `(?!`"),
        ("(?<=a)b", "invalid named capture: `(?<=a)b`"),
        ("(?P=n)", "invalid or unsupported Perl syntax: `(?P`"),
        ("(?i", "invalid or unsupported Perl syntax: `(?i`"),
        ("(?", "invalid or unsupported Perl syntax: `(?`"),
        ("(?P<n", "invalid named capture: `(?P<n`"),
        ("(?P<", "invalid or unsupported Perl syntax: `(?P`"),
        ("(?P<1-2>a)", "invalid named capture: `(?P<1-2>`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        (r"\q", r"invalid escape sequence: `\q`"),
        (r"\C", r"invalid escape sequence: `\C`"),
        (r"\xg", r"invalid escape sequence: `\xg`"),
        (r"\x{g", r"invalid escape sequence: `\x{g`"),
        (r"\x{99999999}", r"invalid escape sequence: `\x{999999`"),
        ("\\", "trailing backslash at end of expression: ``"),
        ("(a", "missing closing ): `(a`"),
        ("a)", "unexpected ): `a)`"),
        ("[a", "missing closing ]: `[a`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        (r"\p{Emoji}", r"invalid character class range: `\p{Emoji}`"),
        (r"\p{Musical}", r"invalid character class range: `\p{Musical}`"),
        (r"\p{Latn}", r"invalid character class range: `\p{Latn}`"),
        (r"\p{Old_Italic}", r"invalid character class range: `\p{Old_Italic}`"),
        (r"\p{Alphabetic}", r"invalid character class range: `\p{Alphabetic}`"),
        (r"\P{^L&}", r"invalid character class range: `\P{^L&}`"),
        (r"[\p{}]", r"invalid character class range: `\p{}`"),
        (r"\p{L", r"invalid character class range: `\p{L`"),
        (r"\p{Foo}", r"invalid character class range: `\p{Foo}`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("x{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
        ("a{2000}", "invalid repeat count: `{2000}`"),
        ("a{3,2}", "invalid repeat count: `{3,2}`"),
        pytest.param(f"a{{{'9' * 5000}}}", f"invalid repeat count: `{{{'9' * 5000}}}`", id="endless_count"),
        ("(a{40}){30}", "invalid repeat count: `{30}`"),
        ("(a{100}){100}", "invalid repeat count: `{100}`"),
    ],
)
def test_refused(pattern, reason):
    with pytest.raises(InvalidPattern) as caught:
        compile_pattern(pattern)
    assert str(caught.value) == f"error parsing regexp: {reason}"


def test_error_of_an_option():
    error = pattern_error("(?=a)")
    assert error is not None
    assert (error.code, error.message, error.params) == (
        "validation_invalid_regex",
        "Error parsing regexp: invalid or unsupported Perl syntax: `(?=`.",
        {},
    )
    assert pattern_error("") is None


@pytest.mark.parametrize(
    ("pattern", "shape"),
    [
        ("[a-z0-9]{15}", "[a-z0-9]{15}"),
        ("users[0-9]{5}", "users[0-9]{5}"),
        ("a*", "a{0,5}"),
        ("a+", "a{1,5}"),
        ("b{2,4}", "b{2,3}"),
        ("b{7,}", "b{7}"),
        ("b?c", "c"),
        ("...", "[A-Za-z0-9]{3}"),
        ("(a|bc)d", "ad|bcd"),
        ("(?i)é", "É"),
        ("[^\\x00-\\x{10fffe}]", "\U0010ffff"),
    ],
)
def test_random_texts_have_the_shape(pattern, shape):
    texts = {random_text_of(pattern) for _ in range(50)}
    assert [text for text in texts if not re.fullmatch(shape, text)] == []


def test_random_texts_differ():
    assert len({random_text_of("[a-z0-9]{15}") for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("pattern", "operator"), [(r"\b", 11), ("^a", 9), ("a$", 10), (r"\B", 12), ("()", 2)]
)
def test_places_cannot_be_generated(pattern, operator):
    with pytest.raises(CannotGenerate, match=f"unsupported pattern operator {operator}"):
        random_text_of(pattern)
