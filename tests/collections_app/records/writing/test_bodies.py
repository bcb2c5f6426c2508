"""Which bodies a create takes, and what it makes of them (contract/records.md 6.1 and 15.1)."""

import pytest

from tests.collections_app.records.writing.sending import records_path
from tests.reference.writing_collections import OPEN

DEFAULT_REFUSAL = {
    "data": {},
    "message": "Something went wrong while processing your request.",
    "status": 400,
}
UNSUPPORTED = {"data": {}, "message": "Unsupported Content-Type.", "status": 400}
JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/vnd.api+json", "APPLICATION/JSON"])
def test_other_content_types_are_refused(guest, c, content_type):
    assert guest.raw("POST", records_path(c), '{"t":"x"}', content_type) == (400, UNSUPPORTED)


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        pytest.param("application/json; charset=latin1", '{"t":"x"}', "x", id="charset_is_ignored"),
        pytest.param("application/jsonx", '{"t":"x"}', "x", id="longer_type"),
        pytest.param(JSON, '{"t":"x"} garbage', "x", id="bytes_after_the_value"),
        pytest.param(JSON, '{"t":"x"}{"t":"y"}', "x", id="second_value"),
        pytest.param(JSON, "null", "", id="null"),
        pytest.param(JSON, '{"t":"x","t":"y"}', "y", id="last_of_equal_keys"),
        pytest.param(JSON, '{"T":"x"}', "", id="other_case"),
        pytest.param(JSON, '{"collectionId":"x","expand":{},"unknown":1}', "", id="unknown_keys"),
        pytest.param(URLENCODED, "t=a+b%20c", "a b c", id="urlencoded"),
        pytest.param(URLENCODED, "t=a&t=b", "", id="list_into_text"),
        pytest.param(URLENCODED, '@jsonPayload={"t":"x"}&t=y', "x", id="payload_wins"),
    ],
)
def test_a_body_that_is_taken(guest, c, content_type, body, text):
    status, record = guest.raw("POST", records_path(c), body, content_type)
    assert (status, record["t"]) == (200, text)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        *(pytest.param(JSON, body, id=f"json {body!r}") for body in ("[1]", "5", '"x"', "true", "{", "  ")),
        *(pytest.param(JSON, body, id=f"json {body!r}") for body in ('{"n":01}', '{"n":NaN}', '{"n":1e999}')),
        *(pytest.param(URLENCODED, body, id=f"form {body!r}") for body in ("t=%zz", "t=x;n=5")),
        *(
            pytest.param(URLENCODED, f"@jsonPayload={payload}", id=f"payload {payload!r}")
            for payload in ("[]", "", "{")
        ),
        pytest.param("multipart/form-data", "x", id="no_boundary"),
        pytest.param("application/xml", "<a/>", id="xml"),
    ],
)
def test_a_body_that_cannot_be_read(guest, c, content_type, body):
    assert guest.raw("POST", records_path(c), body, content_type) == (400, DEFAULT_REFUSAL)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=B"])
def test_a_form_without_a_byte(guest, make_collection, c, content_type):
    """Fields for files look for their parts, and find no form."""
    refused = (400, {"data": {}, "message": "Failed to read the submitted data.", "status": 400})
    assert guest.raw("POST", records_path(c), "", content_type) == refused
    _, record = guest.raw("POST", records_path(c), '{"t":"x"}', JSON)
    assert guest.raw("PATCH", f"{records_path(c)}/{record['id']}", "", content_type) == refused
    assert guest.raw("PATCH", f"{records_path(c)}/nothing", "", content_type)[0] == 404
    without_files = make_collection("d", [{"type": "text", "name": "t"}], **OPEN)
    assert guest.raw("POST", records_path(without_files), "", content_type)[0] == 200


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("12", 12),
        ("1.10", 1.1),
        ("007", "007"),
        ("true", True),
        ("null", None),
        ("[1,2]", [1, 2]),
        ("abc", "abc"),
    ],
)
def test_a_form_value_in_a_json_field(guest, c, raw, value):
    status, record = guest.form("POST", records_path(c), [("j", raw)])
    assert (status, record["j"]) == (200, value)


@pytest.mark.parametrize("raw", ["007", "1e3", "1.0", "true", "[1,2]"])
def test_a_form_value_in_a_text_field_stays_as_it_is(guest, c, raw):
    status, record = guest.form("POST", records_path(c), [("t", raw)])
    assert (status, record["t"]) == (200, raw)


def test_the_query_of_a_form_is_part_of_it(guest, c):
    status, record = guest.form("POST", records_path(c) + "?t=q&n=7", [("n", "1")])
    assert (status, record["t"], record["n"]) == (200, "q", 0)


def test_a_list_of_form_values(guest, c):
    assert guest.raw("POST", records_path(c), "s=a&s=b", URLENCODED)[1]["s"] == ["a", "b"]
    assert guest.raw("POST", records_path(c), "s[]=a", URLENCODED)[1]["s"] == []


def test_what_comes_before_the_body_and_what_after_it(guest, make_collection):
    closed = make_collection("closed")
    view = make_collection(
        "shown", type="view", fields=[], options={"viewQuery": "select id from closed"}, list_rule=""
    )
    assert guest.raw("POST", records_path(closed), "{", JSON) == (400, DEFAULT_REFUSAL)
    assert guest("POST", records_path(closed), {})[0] == 403
    status, body = guest.raw("POST", records_path(view), "{", JSON)
    assert (status, body["message"]) == (400, "Unsupported collection type.")
    for method, path in [("POST", "/collections/no/records"), ("PATCH", "/collections/no/records/x")]:
        assert guest(method, path, {})[1]["message"] == "Missing or invalid collection context."
    assert guest("DELETE", "/collections/no/records/x")[1]["message"] == "Missing collection context."
