"""JSON as text, in windows and in one go."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_app.wire import json_text
from platform_app.wire.json_text import compact, is_json, quote
from tests.steps import steps_of


@pytest.mark.parametrize(
    "text",
    [
        "[" * 9000 + "]" * 9000, "1e400", "1" * 5000, '["\\ud800"]', ' {"a" : [1, 2]} ',
        '"' + "\\n" * 300_000 + '"', "[" + "[]," * 100_000 + "1]", "[" + '{"a":1},' * 100_000 + "1]",
        "[" * 1500 + '"\\u00e9"' + "]" * 1500,
    ],
)  # fmt: skip
def test_is_json(text):
    assert is_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_001 + "]" * 10_001, "NaN", "-Infinity", "[1e400", "1 2", "", '["\\x"]', "\ufeff1", "[1,]",
        "[" + "[]," * 100_000 + "]", "[" + '{"a"},' * 100_000 + "1]", "[" * 1500 + '"\\u00e"' + "]" * 1500,
        "[" * 1500 + '"\n"' + "]" * 1500, "[" * 1500 + "]" * 1499 + "}", "[" * 300_000,
    ],
)  # fmt: skip
def test_is_no_json(text):
    assert not is_json(text)


ODD = st.text(st.sampled_from('a" \\\n,[é'), max_size=12)


@given(st.lists(st.dictionaries(ODD, st.lists(ODD | st.just(1.5)))), st.sampled_from([4, 5, 7, 64 * 1024]))
def test_compact_takes_blanks_between_tokens_only(value, window):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_WINDOW", window)
        assert compact(json.dumps(value, indent=2)) == json.dumps(value, separators=(",", ":"))


@pytest.mark.parametrize("piece", ['"a b", ', '"\\"", ', "1 , ", '" ",\n'])
def test_compact_works_in_windows(piece):
    text = "[" + piece * 50_000 + "1 ]"
    assert compact(text) == "[" + piece.strip().replace(" ,", ",") * 50_000 + "1]"
    assert steps_of(lambda: compact(text)) < 400


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('a"b\\', r'"a\"b\\"'),
        ("é\u2028\x7f\a", '"é\\u2028\\x7f\\a"'),
        ("\U000e0001", '"\\U000e0001"'),
        ("", '""'),
    ],
)
def test_quotes(text, quoted):
    assert quote(text) == quoted


def test_quotes_runs_and_not_characters():
    assert steps_of(lambda: quote('é"\\ a' * 100_000)) < 250_000
