"""Topics are read as the reference reads them (contract/realtime.md 4).

What is expected was asked of tools/subscriptions/client.go with Go 1.26.
"""

import json
from urllib.parse import quote

import pytest

from realtime_app.topics import Topic

QUERY = {"query": {"a": "1"}}
READ: tuple[dict[str, str], dict[str, str]] = ({"a": "1"}, {})
NOTHING: tuple[dict[str, str], dict[str, str]] = ({}, {})


def with_options(options, before="posts/*"):
    text = options if isinstance(options, str) else json.dumps(options, separators=(",", ":"))
    return f"{before}?options={quote(text, safe='')}"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(QUERY, READ, id="query"),
        pytest.param({"headers": {"X-Token": "t"}}, ({}, {"x_token": "t"}), id="headers_in_snake_case"),
        pytest.param(
            {"headers": {"XToken": "t", "myToken": "u"}},
            ({}, {"xtoken": "t", "my_token": "u"}),
            id="headers_in_camel_case",
        ),
        pytest.param({"query": {"X-Token": "t"}}, ({"X-Token": "t"}, {}), id="query_keeps_its_keys"),
        pytest.param(
            {"query": {"a": 1.5, "b": True, "c": False}},
            ({"a": "1.5", "b": "true", "c": "false"}, {}),
            id="scalars_are_texts",
        ),
        pytest.param(
            {"query": {"a": None, "b": [1], "c": {"d": 1}}},
            ({"a": "", "b": "", "c": ""}, {}),
            id="others_are_empty",
        ),
        pytest.param(
            '{"query":{"a":12345678901234567890}}',
            ({"a": "12345678901234567000"}, {}),
            id="numbers_are_doubles",
        ),
        pytest.param({"QUERY": {"a": "1"}}, READ, id="members_ignore_case"),
        pytest.param({**QUERY, "headers": "x"}, READ, id="a_member_of_a_wrong_type_is_left_out"),
        pytest.param({**QUERY, "more": 1}, READ, id="others_are_ignored"),
        pytest.param({"query": None}, NOTHING, id="null_member"),
        pytest.param("null", NOTHING, id="null"),
        pytest.param("[]", NOTHING, id="list"),
        pytest.param('"x"', NOTHING, id="text"),
        pytest.param("", NOTHING, id="empty"),
        pytest.param("bad", NOTHING, id="no_json"),
        pytest.param('{"query":{"a":"1"}}x', NOTHING, id="more_behind"),
        pytest.param('{"query":{"a":"1"}', NOTHING, id="cut_off"),
    ],
)
def test_options(options, expected):
    topic = Topic.read(with_options(options))
    assert (topic.query, topic.headers, topic.base) == (*expected, "posts/*")


@pytest.mark.parametrize(
    ("before", "after", "is_read"),
    [
        pytest.param("posts/*?", "", True, id="alone"),
        pytest.param("posts/*?x=1&", "", True, id="behind_others"),
        pytest.param("posts/*?", "&x=1", True, id="before_others"),
        pytest.param("posts/*?options=%7B%7D&", "", False, id="the_first_one_counts"),
        pytest.param("posts/*?options&", "", False, id="even_if_it_is_empty"),
        pytest.param("posts/*?Options=%7B%7D&", "", True, id="exact_name"),
        pytest.param("posts/*?x;y&%zz&", "", True, id="broken_ones_are_dropped"),
        pytest.param("?", "", True, id="without_a_path"),
        pytest.param("posts/*#", "", False, id="in_the_fragment"),
        pytest.param("posts/*#?", "", False, id="query_in_the_fragment"),
        pytest.param("posts/*?", "#x", True, id="before_a_fragment"),
        pytest.param("posts/*?", "#%zz", False, id="broken_escape_in_the_fragment"),
        pytest.param("posts/*?", "#\x01", True, id="control_character_in_the_fragment"),
        pytest.param("posts/\x01?", "", False, id="control_character"),
        pytest.param("posts/\x7f?", "", False, id="delete_character"),
        pytest.param("posts/%2?", "", False, id="broken_escape"),
        pytest.param("posts/%20?", "", True, id="escape"),
        pytest.param("po sts/é?", "", True, id="any_other_character"),
        pytest.param("a:b?", "", True, id="scheme"),
        pytest.param("a:%zz?", "", True, id="scheme_without_a_slash"),
        pytest.param("a:/%zz?", "", False, id="scheme_with_a_slash"),
        pytest.param("1:b?", "", False, id="colon_behind_no_scheme"),
        pytest.param(":b?", "", False, id="colon_first"),
        pytest.param("a/b:c?", "", True, id="colon_in_a_later_part"),
    ],
)
def test_url_around_the_options(before, after, is_read):
    text = before + "options=" + quote(json.dumps(QUERY)) + after
    topic = Topic.read(text)
    assert (topic.text, topic.query, topic.headers) == (text, QUERY["query"] if is_read else {}, {})


@pytest.mark.parametrize(
    ("text", "base"),
    [
        pytest.param("posts", "posts", id="plain"),
        pytest.param("posts/*", "posts/*", id="all"),
        pytest.param("posts/*?", "posts/*", id="empty_query"),
        pytest.param("posts/*?a?b", "posts/*", id="up_to_the_first"),
        pytest.param("posts/*#?x", "posts/*#", id="fragments_belong_to_it"),
        pytest.param("?x", "", id="nothing"),
        pytest.param("PB_CONNECT", "PB_CONNECT", id="as_the_first_event"),
        pytest.param("a\nb", "a\nb", id="line_feed"),
    ],
)
def test_base(text, base):
    assert Topic.read(text).base == base
