"""The first start of a server: its link makes the first superuser, once."""

import json
import re
from pathlib import Path

from tests.served import Answer, Server, start

ANN = {"email": "ann@example.com", "password": "1234567890", "passwordConfirm": "1234567890"}
BEN = {**ANN, "email": "ben@example.com"}
LINK = re.compile(r"(http://\S+)/_/#/pbinstall/([\w-]+\.[\w-]+\.[\w-]+)")


def token_in(text: str) -> str:
    """Of the link that a start printed."""
    (found,) = LINK.findall(text)
    return str(found[1])


def create(server: Server, superuser: dict[str, str], token: str) -> Answer:
    headers = {"Content-Type": "application/json", "Authorization": token}
    return server.request("POST", "/api/collections/_superusers/records", headers, json.dumps(superuser))


def test_the_link_makes_one_superuser(tmp_path: Path) -> None:
    server = start(tmp_path / "pb_data")
    try:
        token = token_in(server.output.read_text())
        assert create(server, ANN, token).status == 200
        # The makeshift account is gone, and with it all that the link could do.
        assert create(server, BEN, token).status == 403
        answer = server.request("GET", "/api/collections/_superusers/records", {"Authorization": token})
        assert answer.status == 403
        credentials = json.dumps({"identity": ANN["email"], "password": ANN["password"]})
        signed_in = server.request(
            "POST",
            "/api/collections/_superusers/auth-with-password",
            {"Content-Type": "application/json"},
            credentials,
        )
        own = {"Authorization": json.loads(signed_in.body)["token"]}
        listed = json.loads(server.request("GET", "/api/collections/_superusers/records", own).body)
        assert [record["email"] for record in listed["items"]] == [ANN["email"]]
    finally:
        server.stop()
    again = start(tmp_path / "pb_data")
    again.stop()
    assert "pbinstall" not in again.output.read_text()


def test_each_start_prints_a_link_until_one_was_used(tmp_path: Path) -> None:
    for _ in range(2):
        server = start(tmp_path / "pb_data")
        token = token_in(server.output.read_text())
        listed = server.request("GET", "/api/collections/_superusers/records", {"Authorization": token})
        server.stop()
        assert json.loads(listed.body)["totalItems"] == 1  # nobody but the makeshift account
