"""Bodies on their way in: declared, chunked, and too large (contract/system.md 2 and 11)."""

import json
from collections.abc import Iterator

from tests.process.test_answers import error, json_answer
from tests.served import Server, answer_of

LIMIT = 32 * 1024 * 1024
TOO_LARGE = json_answer(413, error(413, "Request entity too large."))
SIGN_IN = "/api/collections/clients/auth-with-password"


def test_a_declared_length_over_the_limit_is_refused_before_the_body_is_sent(served: Server) -> None:
    connection = served.connect()
    try:
        connection.putrequest("POST", SIGN_IN)
        connection.putheader("Content-Length", str(LIMIT + 1))
        connection.endheaders()
        refused = answer_of(connection)
    finally:
        connection.close()
    assert [pair for pair in refused.headers if pair[0] != "connection"] == TOO_LARGE.headers
    assert (refused.status, refused.body) == (TOO_LARGE.status, TOO_LARGE.body)


def test_a_chunked_body_over_the_limit_is_refused(served: Server) -> None:
    connection = served.connect()
    chunk = b"x" * (1024 * 1024)
    try:
        connection.putrequest("POST", SIGN_IN)
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        for _ in range(LIMIT // len(chunk)):
            connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        connection.send(b"1\r\nx\r\n")
        refused = answer_of(connection)
    finally:
        connection.close()
    assert (refused.status, refused.body) == (TOO_LARGE.status, TOO_LARGE.body)


def test_a_chunked_body_is_read_whole(served: Server) -> None:
    text = json.dumps({"identity": "test@example.com", "password": "1234567890", "padding": "x" * 3_000_000})
    signed_in = served.request("POST", SIGN_IN, {"Content-Type": "application/json"}, pieces(text))
    assert signed_in.status == 200
    assert json.loads(signed_in.body)["record"]["id"] == "gk390qegs4y47wn"


def pieces(text: str) -> Iterator[bytes]:
    for at in range(0, len(text), 100_000):
        yield text[at : at + 100_000].encode()


def test_a_malformed_body_is_the_clients_mistake(served: Server) -> None:
    refused = served.request("POST", SIGN_IN, {"Content-Type": "application/json"}, "{")
    message = "An error occurred while loading the submitted data."
    assert refused == json_answer(400, error(400, message))
