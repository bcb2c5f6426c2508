"""Patterns cost what their sizes say: no text and no pattern makes them work without bound."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collections_app.fields.matching import matches_pattern
from platform_app.database.lanes import NeedsPool, run_inline
from platform_app.security.random_texts import CannotGenerate, random_text_of
from platform_app.wire.patterns import patterns
from platform_app.wire.patterns.matching import IS_RE2, ClassMatcher, Re2Matcher, matcher_of
from platform_app.wire.patterns.measuring import byte_steps_of, steps_of
from platform_app.wire.patterns.parser import InvalidPattern
from platform_app.wire.patterns.patterns import Pattern, compile_pattern, parse_pattern
from platform_app.wire.patterns.re2_syntax import re2_syntax
from platform_app.wire.patterns.state_matcher import StateMatcher

# Go's answers to these are RE2's and our own: compared over millions of cases when they were written.
ATOMS = st.sampled_from(
    [
        "a",
        "k",
        "S",
        "é",
        "ß",
        "ſ",
        "\u212a",
        "ı",
        "σ",
        "😀",
        "𐐀",
        ".",
        "^",
        "$",
        r"\b",
        r"\B",
        r"\A",
        r"\z",
        r"\d",
    ]
    + [
        r"\W",
        r"[^\W]",
        "[a-c]",
        "[^a]",
        "[k-s]",
        "[[:alpha:]]",
        r"\pL",
        r"\PL",
        r"\p{Greek}",
        r"[\p{Lu}\d]",
        "\0",
    ]
    + [
        "(?i)",
        "(?s)",
        "(?m)",
        "(?i:k)",
        r"(?i:\w)",
        "(?i:[^k])",
        r"[\x{d7ff}-\x{e000}]",
        r"[^\x00-\x{10ffff}]",
    ]
)
COUNTS = st.sampled_from(["*", "+", "?", "*?", "{2}", "{0}", "{1,3}", "{2,}", "{0,2}?"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda choices: f"({'|'.join(choices)})"),
        st.tuples(inner, COUNTS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=8,
)
TEXTS = st.text("akKsSéÉßẞſ\u212aıİiIσςΣ😀𐐀𐐨 \n\0_1-\ufffd\ud800AZz", max_size=10)

ATTACKS = [
    pytest.param("^([a-zA-Z0-9]+[-_ ]?)+$", "a", "!", id="words_with_separators"),
    pytest.param("(x+x+)+y", "x", "", id="plus_of_plus"),
    pytest.param("^(a|a)*$", "a", "b", id="same_choices"),
    pytest.param("^(a|aa|aaa)*c$", "a", "b", id="overlapping_choices"),
    pytest.param("(a?){50}a{50}b", "a", "", id="counted_options"),
    pytest.param("(.*)(.*)(.*)(.*)(.*)x", "a", "", id="dots"),
    pytest.param(r"(\w+\s*)+:", "ab ", "", id="words_and_blanks"),
]


@pytest.mark.skipif(not IS_RE2, reason="google-re2 is not here")
@settings(max_examples=500, deadline=None)
@given(PATTERNS, st.lists(TEXTS, min_size=1, max_size=5))
def test_both_matchers_agree(pattern, texts):
    tree = parse_pattern(pattern)
    re2, own = (Pattern(matcher) for matcher in (matcher_of(tree), StateMatcher(tree)))
    assert [re2.matches(text) for text in texts] == [own.matches(text) for text in texts]


@pytest.mark.parametrize(("pattern", "repeated", "tail"), ATTACKS)
def test_work_grows_in_proportion_to_the_text(pattern, repeated, tail):
    """The steps that our own matcher looks at: as many for a character as the program has, at most."""
    tree = parse_pattern(pattern)
    matcher = StateMatcher(tree)
    for length in (30, 1_000, 20_000):
        before = matcher.work
        assert not matcher.matches(repeated * length + tail)
        assert matcher.work - before <= 2 * steps_of(tree) * (len(repeated) * length + 2)


def test_work_is_bounded_where_every_state_is_new():
    chance = random.Random(1)  # noqa: S311
    tree = parse_pattern("(a|b)*a(a|b){14}c")
    matcher = StateMatcher(tree)
    text = "".join(chance.choices("ab", k=20_000))
    assert not matcher.matches(text)
    assert matcher.work <= 2 * steps_of(tree) * len(text)
    assert matcher._remembered <= 60_000  # of 2 ** 15 states, each with some of 40 steps


@pytest.mark.skipif(not IS_RE2, reason="google-re2 is not here")
@pytest.mark.parametrize(("pattern", "repeated", "tail"), ATTACKS)
def test_re2_answers_long_texts(pattern, repeated, tail):
    """None of which `re` would have answered in our time."""
    assert not matcher_of(parse_pattern(pattern)).matches(repeated * 1_000_000 + tail)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("(x{100}){10}", id="counts_in_counts"),
        pytest.param("|".join(f"word{number}" for number in range(10_000)), id="ten_thousand_choices"),
        pytest.param(r"^[\p{L}\p{N} ]{1,500}$", id="letters_counted"),
        pytest.param(r"\PL{1000}", id="no_letters_counted"),
        pytest.param("(" * 199 + "a" + ")*" * 199, id="stars_in_stars"),
        pytest.param("(?i:" * 199 + "k" + ")" * 199, id="flags_in_flags"),
        pytest.param(r"\Qa\E" * 20_000, id="quotes"),
        pytest.param("a{" * 60_000, id="braces"),
        pytest.param("[" + "".join(map(chr, range(0x4E00, 0x9E00, 2))) + "]{1000}", id="many_ranges_counted"),
        pytest.param(r"\p{" + "_" * 100_000 + "L}", id="long_name"),
    ],
)
def test_large_patterns_are_taken(pattern):
    tree = parse_pattern(pattern)
    assert isinstance(matcher_of(tree), Re2Matcher) <= (byte_steps_of(tree) <= 20_000)
    assert compile_pattern(pattern).memory_bytes < 32 << 20


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        pytest.param("a" * 131_073, "expression too large", id="characters"),
        pytest.param("(" + "abcdefghij" * 20 + "){1000}", "expression too large", id="steps"),
        pytest.param(r"\pL" * 1000, "expression too large", id="ranges"),
        pytest.param("[" + r"\PL" * 1000 + "]", "expression too large", id="ranges_of_one_class"),
        pytest.param("(" * 201 + "a" + ")" * 201, "expression nests too deeply", id="groups"),
        pytest.param("(a" * 199 + "a" + "|b)*" * 199, "expression nests too deeply", id="parts_of_groups"),
        pytest.param("[" + "[:" * 60_000, "missing closing ]", id="names_without_an_end"),
    ],
)
def test_too_large_patterns_are_refused(pattern, reason):
    with pytest.raises(InvalidPattern, match=re.escape(f"error parsing regexp: {reason}: `")):
        compile_pattern(pattern)


@pytest.mark.skipif(not IS_RE2, reason="google-re2 is not here")
@settings(max_examples=100, deadline=None)
@given(PATTERNS, st.integers(1, 1000))
def test_what_is_small_enough_for_re2_is_taken_by_it(pattern, times):
    """Its limit is one of memory, ours one of steps: a program within ours must be within its."""
    try:
        tree = parse_pattern(f"(?:{pattern}){{{times}}}")
    except InvalidPattern:  # counts in counts
        return
    if byte_steps_of(tree) <= 20_000:
        assert isinstance(matcher_of(tree), Re2Matcher)


def test_a_pattern_is_compiled_once():
    assert compile_pattern("^once$") is compile_pattern("^once$")


def test_compiled_patterns_are_kept_within_their_memory():
    compiled = [compile_pattern(f"(kept{number}{{200}}){{5}}") for number in range(100)]
    assert sum(one.memory_bytes for one in compiled) > 64 << 20
    kept = patterns._compiled._patterns.values()
    assert 0 < sum(one.memory_bytes for one in kept) <= 64 << 20
    assert compiled[-1] in kept
    assert compiled[0] not in kept


def test_patterns_met_before_and_short_texts_are_for_the_event_loop():
    pattern = r"^(met before|[a-z0-9]+)$"
    with pytest.raises(NeedsPool):
        run_inline(lambda: matches_pattern(pattern, "abc"))
    assert matches_pattern(pattern, "abc")
    assert run_inline(lambda: matches_pattern(pattern, "abc"))
    assert not run_inline(lambda: matches_pattern(pattern, "-"))
    with pytest.raises(NeedsPool):
        run_inline(lambda: matches_pattern(pattern, "a" * 100_000))
    assert matches_pattern(pattern, "a" * 100_000)


def test_random_texts_of_nested_repeats_have_an_end():
    with pytest.raises(CannotGenerate, match="too long"):
        while True:  # each draws its own numbers of repeats
            random_text_of("(" * 40 + "a+" + ")+" * 40)


def test_long_random_texts_are_for_the_pool():
    with pytest.raises(NeedsPool):
        run_inline(lambda: random_text_of("(ab){900}"))
    assert random_text_of("(ab){900}") == "ab" * 900


def test_re2_is_asked_with_no_name_of_a_class_and_no_case_to_ignore():
    assert re2_syntax(parse_pattern(r"(?i)k\w|\.+a{0}$")) == (
        r"[\x{4b}\x{6b}\x{212a}][\x{30}-\x{39}\x{41}-\x{5a}\x{5f}-\x{5f}\x{61}-\x{7a}\x{17f}-\x{17f}\x{212a}-\x{212a}]"
        r"|(?:\x{2e}){1,}(?:)\z"
    )


@pytest.mark.parametrize(
    "pattern",
    ["^[a-z0-9]+$", "^[^a]*$", r"^\w{2,3}$", "^[\\]\\\\-]+$", "^[é-\U0001f600]+$", r"^[\x00-\x{10ffff}]+$"],
)
def test_texts_of_one_class_are_found_as_by_the_others(pattern):
    tree = parse_pattern(pattern)
    one_class, states = Pattern(matcher_of(tree)), Pattern(StateMatcher(tree))
    assert isinstance(matcher_of(tree), ClassMatcher)
    texts = (
        "",
        "a",
        "ab1",
        "abcd",
        "A",
        "b\n",
        "\n",
        "\0",
        "]\\-",
        "é",
        "\U0001f600",
        "\ud800",
        "a" * 1000 + "!",
    )
    assert [one_class.matches(text) for text in texts] == [states.matches(text) for text in texts]
