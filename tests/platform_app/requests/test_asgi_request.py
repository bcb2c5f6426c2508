"""Which lines of repeated headers Django's request has."""

from io import BytesIO

import pytest

from platform_app.requests.asgi_request import request_of


@pytest.mark.parametrize(
    ("lines", "meta"),
    [
        pytest.param([], {}, id="none"),
        pytest.param([("authorization", "a")], {"HTTP_AUTHORIZATION": "a"}, id="once"),
        pytest.param(
            [("authorization", "a"), ("x-b", "c"), ("authorization", "b")],
            {"HTTP_AUTHORIZATION": "a", "HTTP_X_B": "c"},
            id="first_line",
        ),
        pytest.param([("origin", ""), ("origin", "b")], {"HTTP_ORIGIN": ""}, id="first_line_is_empty"),
        pytest.param(
            [("content-type", "a/b"), ("content-type", "c/d")], {"CONTENT_TYPE": "a/b"}, id="content_type"
        ),
        pytest.param([("cookie", "a=1"), ("cookie", "b=2")], {"HTTP_COOKIE": "a=1; b=2"}, id="cookies"),
        pytest.param([("x_a", "1"), ("x-a", "2"), ("x_a", "3")], {"HTTP_X_A": "2"}, id="underscores"),
    ],
)
def test_the_first_line_counts(lines, meta):
    headers = [(name.encode(), value.encode()) for name, value in lines]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
    found = request_of(scope, BytesIO()).META
    assert {key: found[key] for key in found if key.startswith(("HTTP_", "CONTENT_"))} == meta
