"""An answer keeps the error that made it, and no 500 goes unlogged, whoever chose it."""

import logging

import pytest
from django.test import RequestFactory

from collections_app.events import collection_create, record_view_request
from collections_app.views.api_view import APIView
from platform_app.wire.errors import ApiError, BadRequest, NotFound

PLAIN_500 = b'{"data":{},"message":"Something went wrong while processing your request.","status":500}\n'


def answer_to(error):
    class Raising(APIView):
        def get(self, request):
            raise error

    return Raising.as_view()(RequestFactory().get("/"))


@pytest.fixture
def log(caplog):
    """What is logged from INFO on, as `(level, text, whether with a traceback)`."""
    caplog.set_level(logging.INFO)
    return lambda: [(one.levelname, one.getMessage(), bool(one.exc_info)) for one in caplog.records]


def test_an_api_error_stays_with_its_answer(db, log):
    refused = BadRequest("No.")
    assert answer_to(refused).error is refused
    assert log() == []


def test_a_foreseen_exception_is_the_cause_of_the_error_that_stays(db, log):
    missing = FileNotFoundError("gone")
    error = answer_to(missing).error
    assert (type(error), error.__cause__) == (NotFound, missing)
    assert log() == []


def test_an_unforeseen_exception_is_answered_with_a_plain_500_and_logged(db, log):
    fault = ZeroDivisionError("1 / 0")
    answer = answer_to(fault)
    assert (answer.status_code, answer.content) == (500, PLAIN_500)
    assert answer.error.__cause__ is fault
    message = "answered with 500: Something went wrong while processing your request."
    assert log() == [("ERROR", message, True)]


def test_a_500_that_a_view_chose_is_logged_too(db, log):
    answer = answer_to(ApiError("Failed to create MFA record.", status=500))
    assert answer.status_code == 500
    assert log() == [("ERROR", "answered with 500: Failed to create MFA record.", True)]


@pytest.fixture
def failing():
    """Connect a receiver to a hook, in which something fails; gone after the test."""
    connected = []

    def connect(hook, fault):
        def receiver(event, **kwargs):
            raise fault

        hook.connect(receiver)
        connected.append((hook, receiver))

    yield connect
    for hook, receiver in connected:
        hook.disconnect(receiver)


def test_a_fault_inside_a_schema_change_is_logged_though_the_answer_is_400(design, failing, log):
    failing(collection_create, ZeroDivisionError("in a hook"))
    status, answer = design("POST", "collections", {"name": "broken", "fields": []})
    assert (status, answer["message"]) == (400, "Failed to create collection. Raw error: \nin a hook.")
    assert ("ERROR", "Failed to create collection. in a hook", True) in log()


def test_what_the_database_refuses_of_a_schema_change_is_no_fault(design, log):
    index = "CREATE INDEX `i` ON `orders` (missing)"
    status, _ = design("POST", "collections", {"name": "orders", "fields": [], "indexes": [index]})
    assert status == 400
    assert [one for one in log() if one[0] == "ERROR"] == []


def test_a_fault_in_a_request_hook_is_logged(design, failing, log):
    design.make("seen")
    _, record = design("POST", "collections/seen/records", {})
    failing(record_view_request, ZeroDivisionError("in a hook"))
    status, _ = design("GET", f"collections/seen/records/{record['id']}")
    assert status == 400
    assert [one for one in log() if one[0] == "ERROR"] == [
        ("ERROR", "code of your own failed: in a hook", True)
    ]
