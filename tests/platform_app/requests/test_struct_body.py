"""Bodies with a fixed set of members (contract/system.md 2)."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import RequestFactory

from platform_app.requests.struct_body import bind
from platform_app.wire.errors import BadRequest


@dataclass
class Body:
    identity: str
    count: int
    deep: bool
    extra: dict[str, Any]
    two_words: str


@dataclass
class Count:
    count: int


NOTHING = {"identity": "", "count": 0, "deep": False, "extra": {}, "two_words": ""}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
XML = "text/xml"
LOADING = "An error occurred while loading the submitted data."


def post(body, content_type, query=""):
    data = body if isinstance(body, bytes) else body.encode()
    request = RequestFactory().generic("POST", "/", data, content_type=content_type, QUERY_STRING=query)
    request.META["CONTENT_LENGTH"] = str(len(data))
    return request


def part(name, text, filename=""):
    named = f'; filename="{filename}"' if filename else ""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n{text}\r\n'


@pytest.mark.parametrize(
    ("body", "content_type", "query", "expected"),
    [
        pytest.param("", "nonsense", "", {}, id="no_body_has_no_type"),
        pytest.param("{}", JSON, "", {}, id="empty_object"),
        pytest.param("null", JSON, "", {}, id="null"),
        pytest.param(
            '{"identity":"a","count":3,"deep":true,"extra":{"x":1.5}}',
            f"{JSON}; charset=utf-8",
            "",
            {"identity": "a", "count": 3, "deep": True, "extra": {"x": 1.5}},
            id="all_members",
        ),
        pytest.param('{"twoWords":"a","two_words":"b"}', JSON, "", {"two_words": "a"}, id="camel_case"),
        pytest.param('{"IDENTITY":"a"}', JSON, "", {"identity": "a"}, id="keys_in_another_case"),
        pytest.param('{"two\u017fwords":"b"}', JSON, "", {}, id="key_with_a_letter_more"),
        pytest.param('{"twoWord\u017f":"a"}', JSON, "", {"two_words": "a"}, id="long_s_is_an_s"),
        pytest.param('{"identity":null,"count":null}', JSON, "", {}, id="null_members_are_absent"),
        pytest.param('{"other":[1]}', JSON, "", {}, id="unknown_members_are_ignored"),
        pytest.param(
            ' {"identity":"a"} trailing', JSON, "", {"identity": "a"}, id="only_the_first_value_counts"
        ),
        pytest.param('{"identity":"a\\ud800"}', JSON, "", {"identity": "a\ufffd"}, id="lone_surrogate"),
        pytest.param(b'{"identity":"\xff"}', JSON, "", {"identity": "\ufffd"}, id="invalid_utf8"),
        pytest.param(
            "identity=a%20b+c&count=0x10&deep=t",
            FORM,
            "",
            {"identity": "a b c", "count": 16, "deep": True},
            id="form",
        ),
        pytest.param("Identity=a", FORM, "", {}, id="form_keys_keep_their_case"),
        pytest.param("count=&deep=", FORM, "", {}, id="form_empty_is_zero"),
        pytest.param("count=010", FORM, "", {"count": 8}, id="form_old_octal"),
        pytest.param("count=-1_000", FORM, "", {"count": -1000}, id="form_underscore"),
        pytest.param("count=1", FORM + "x", "", {}, id="form_of_a_type_that_only_begins_so"),
        pytest.param("identity=a&identity=b", FORM, "identity=c", {"identity": "a"}, id="form_before_query"),
        pytest.param("count=1", FORM, "identity=c", {"identity": "c", "count": 1}, id="form_and_query"),
        pytest.param(
            'identity=a&@jsonPayload={"identity":"b"}&@jsonPayload={"count":5}',
            FORM,
            "",
            {"identity": "b", "count": 5},
            id="form_payloads",
        ),
        pytest.param(part("identity", "a") + "--b--\r\n", MULTIPART, "", {"identity": "a"}, id="multipart"),
        pytest.param(
            part("identity", "a") + "--b--\r\n",
            MULTIPART,
            "identity=q",
            {"identity": "q"},
            id="multipart_after_query",
        ),
        pytest.param(
            part("identity", "a", "f.txt") + "--b--\r\n", MULTIPART, "", {}, id="files_are_no_members"
        ),
        pytest.param(
            "<r><Identity>a</Identity><Count> 5 </Count><Deep>true</Deep></r>",
            XML,
            "",
            {"identity": "a", "count": 5, "deep": True},
            id="xml",
        ),
        pytest.param(
            "<x:r xmlns:x='u'><x:Identity>a<b>b</b>&amp;<![CDATA[<]]></x:Identity><Count/></x:r>",
            XML,
            "",
            {"identity": "a&<"},
            id="xml_namespace_and_children",
        ),
        pytest.param(
            "x <r><Identity>a</Identity></r><r><Identity>b</Identity>",
            XML,
            "",
            {"identity": "a"},
            id="xml_around",
        ),
        pytest.param("<r>" + "<a>" * 9000 + "</a>" * 9000 + "</r>", XML, "", {}, id="xml_nested_deeply"),
        pytest.param('{"x":' + "[" * 9000 + "]" * 9000 + "}junk", JSON, "", {}, id="json_nested_deeply"),
        pytest.param('{"x":1e400,"y":' + "1" * 5000 + "}", JSON, "", {}, id="json_numbers_beyond_doubles"),
        pytest.param(
            "<r><identity>a</identity></r>", "application/xml", "", {}, id="xml_names_as_go_spells_them"
        ),
        pytest.param(
            "<?xml version='1.0' encoding='UTF-8'?><r><Identity>ü</Identity></r><r>&",
            "application/xml",
            "",
            {"identity": "ü"},
            id="xml_with_a_tail",
        ),
        pytest.param("<r><Count> +017 </Count></r>", XML, "", {"count": 17}, id="xml_number_is_decimal"),
    ],
)
def test_bound(body, content_type, query, expected):
    assert bind(post(body, content_type, query), Body) == Body(**{**NOTHING, **expected})


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param("[]", JSON, id="list"),
        pytest.param('"a"', JSON, id="text"),
        pytest.param("{", JSON, id="cut_off"),
        pytest.param(" ", JSON, id="blank"),
        pytest.param('{"x":NaN}', JSON, id="nan"),
        pytest.param('{"identity":5}', JSON, id="number_for_text"),
        pytest.param('{"count":"5"}', JSON, id="text_for_number"),
        pytest.param('{"count":1.0}', JSON, id="fraction_for_integer"),
        pytest.param('{"count":1e2}', JSON, id="exponent_for_integer"),
        pytest.param('{"count":true}', JSON, id="bool_for_integer"),
        pytest.param('{"count":9223372036854775808}', JSON, id="more_than_64_bits"),
        pytest.param('{"deep":1}', JSON, id="number_for_bool"),
        pytest.param('{"extra":[]}', JSON, id="list_for_object"),
        pytest.param("[" * 200_000, JSON, id="nested_too_deeply"),
        pytest.param("count=1.5", FORM, id="form_fraction"),
        pytest.param("count=1__0", FORM, id="form_two_underscores"),
        pytest.param("count=09", FORM, id="form_octal_with_a_nine"),
        pytest.param("count=+5", FORM, id="form_blank_before_number"),
        pytest.param("deep=yes", FORM, id="form_bool"),
        pytest.param("extra={}", FORM, id="form_object"),
        pytest.param("identity=%zz", FORM, id="form_broken_escape"),
        pytest.param('x=1&@jsonPayload={"identity":5}', FORM, id="form_payload_of_wrong_type"),
        pytest.param("x=1&@jsonPayload={} x", FORM, id="form_payload_with_a_tail"),
        pytest.param("x", MULTIPART, id="multipart_without_boundary"),
        pytest.param(part("identity", "a"), MULTIPART, id="multipart_cut_off"),
        pytest.param("x", "multipart/form-data", id="multipart_names_no_boundary"),
        pytest.param(part("x", "a") + "--b--", "multipart/form-datax; boundary=b", id="longer_type"),
        pytest.param("<r>", XML, id="xml_cut_off"),
        pytest.param('<?xml version="1.1"?><r/>', XML, id="xml_version"),
        pytest.param('<?xml version="1.0" encoding="latin1"?><r/>', XML, id="xml_encoding"),
        pytest.param("<r><Count>x</Count></r>", XML, id="xml_number"),
        pytest.param("<r><Count>0x10</Count></r>", XML, id="xml_number_of_another_base"),
        pytest.param("<r><Count>1_0</Count></r>", XML, id="xml_number_in_groups"),
        pytest.param('<!DOCTYPE r [<!ENTITY e "a">]><r/>', XML, id="xml_entity"),
        pytest.param("<r>" + " " * 256 * 1024 + "</r>", XML, id="xml_too_large"),
        pytest.param('{"count":1e400}', JSON, id="number_beyond_doubles"),
        pytest.param("[" + "1," * 1_000_000 + "1]", JSON, id="too_many_values"),
        pytest.param("count=" + "0" * 1001, FORM, id="form_digits"),
    ],
)
def test_refused(body, content_type):
    with pytest.raises(BadRequest) as caught:
        bind(post(body, content_type), Body)
    assert (caught.value.message, caught.value.data) == (LOADING, {})


@pytest.mark.parametrize("content_type", ["text/plain", "", "Application/json"])
def test_unsupported_type(content_type):
    with pytest.raises(BadRequest) as caught:
        bind(post("x", content_type), Body)
    assert caught.value.message == "Unsupported Content-Type."


def test_the_form_can_be_read_twice():
    request = post(part("identity", "a") + part("count", "2") + "--b--\r\n", MULTIPART)
    assert bind(request, Body).identity == "a"
    assert bind(request, Count) == Count(2)


def test_json_integers_keep_their_64_bits():
    body = json.dumps({"count": 2**63 - 1})
    assert bind(post(body, JSON), Count) == Count(2**63 - 1)


@dataclass
class Redirect:
    url: str = field(default="", metadata={"spelling": "redirectURL"})
    old_url: str = field(default="", metadata={"spelling": "redirectUrl"})
    user: str = field(default="", metadata={"in_json": False})
    extra: dict[str, Any] = field(default_factory=dict)


class TestMetadata:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            pytest.param(
                {"redirectURL": "a", "redirectUrl": "b"}, {"url": "a", "old_url": "b"}, id="spelled"
            ),
            pytest.param({"REDIRECTURL": "a"}, {"url": "a"}, id="the_first_has_the_other_cases"),
            pytest.param({"user": {"any": "thing"}}, {}, id="not_in_json"),
        ],
    )
    def test_json(self, body, expected):
        assert bind(post(json.dumps(body), JSON), Redirect) == Redirect(**expected)

    def test_forms(self):
        bound = bind(post("redirectURL=a&redirectUrl=b&user=c", FORM), Redirect)
        assert bound == Redirect(url="a", old_url="b", user="c")


class TestObjects:
    def test_their_numbers_are_doubles_as_in_all_that_has_no_type(self):
        text = '{"extra":{"n":9007199254740993,"deep":[1,{"x":2}]}}'
        extra = bind(post(text, JSON), Redirect).extra
        assert json.dumps(extra) == '{"deep": [1.0, {"x": 2.0}], "n": 9007199254740992.0}'

    @pytest.mark.parametrize("number", ["1e400", "-1e400"])
    def test_a_number_beyond_doubles_refuses_the_body(self, number):
        with pytest.raises(BadRequest, match=LOADING):
            bind(post('{"extra":{"n":%s}}' % number, JSON), Redirect)  # noqa: UP031
