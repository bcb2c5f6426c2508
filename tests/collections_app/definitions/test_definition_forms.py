"""Definitions that are sent as forms, as the reference reads them into its structs."""

from urllib.parse import urlencode

import pytest

from collections_app.definitions.definition_forms import definition_from_form
from tests.collections_app.designing import refusal


@pytest.mark.parametrize(
    ("form", "definition"),
    [
        pytest.param({"name": ["12", "x"]}, {"name": "12"}, id="first_text"),
        pytest.param({"indexes": ["a", "b"]}, {"indexes": ["a", "b"]}, id="list"),
        pytest.param({"listRule": [""]}, {"listRule": ""}, id="rule"),
        pytest.param(
            {"authToken.duration": ["0x10"], "mfa.enabled": ["T"], "otp.length": [""]},
            {"authToken": {"duration": 16}, "mfa": {"enabled": True}, "otp": {"length": 0}},
            id="objects",
        ),
        pytest.param(
            {"emailTemplate.subject": ["s"], "oauth2.enabled": ["1"], "mappedFields.enabled": ["1"]},
            {
                "authAlert": {"emailTemplate": {"subject": "s"}},
                "oauth2": {"enabled": True},
                "otp": {"emailTemplate": {"subject": "s"}},
            },
            id="objects_in_objects_by_their_own_names",
        ),
        pytest.param({"system": ["1"], "created": ["x"]}, {}, id="not_read"),
        pytest.param({"updated.system": ["1"]}, {"system": True}, id="behind_a_moment"),
        pytest.param({"providers": ["x"], "nobody": ["1"]}, {}, id="unknown"),
    ],
)
def test_texts_are_read_by_the_paths_of_members(form, definition):
    assert definition_from_form(form, []) == definition


def test_json_is_laid_over_the_texts():
    form = {"name": ["a"], "authToken.duration": ["60"]}
    payloads = [{"name": "b", "authToken": {"secret": "s"}}, {"listRule": None}]
    assert definition_from_form(form, payloads) == {
        "name": "b",
        "authToken": {"duration": 60, "secret": "s"},
        "listRule": None,
    }


@pytest.mark.parametrize(
    "form",
    [{"fields": [""]}, {"mfa.enabled": ["yes"]}, {"otp.length": ["1.5"]}, {"updated.system": ["1e3"]}],
    ids=str,
)
def test_texts_that_do_not_fit(form):
    with pytest.raises(ValueError, match=r"."):
        definition_from_form(form, [])


def test_a_collection_is_made_and_changed_by_forms(design):
    def send(method, path, **texts):
        return design(method, path, urlencode(texts), kind="application/x-www-form-urlencoded")

    status, made = send("POST", "collections", **{"name": "77", "@jsonPayload": '{"listRule": "id = \'x\'"}'})
    assert (status, made["name"], made["listRule"]) == (200, "77", "id = 'x'")
    status, answer = send("PATCH", "collections/77", viewRule="true")
    assert (status, list(answer["data"])) == (400, ["viewRule"])
    assert send("PATCH", "collections/77", fields="1") == refusal(
        "Failed to load the submitted data due to invalid formatting."
    )
