"""What works once works once, however many clients bring it together (contract/auth.md 7, 8, 11 to 13)."""

import email
import email.policy
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.platform_app.mail.servers import MailServer, mail_server
from tests.process.at_once import JSON, Must, all_at_once, as_superuser, send, two_workers
from tests.served import START_SECONDS, Server

CLIENTS = 20
PASSWORD = "1234567890"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule"), "")


@dataclass
class World:
    server: Server
    mails: MailServer
    must: Must
    people: int = 0

    def join(self, collection: str = "people", **values: Any) -> str:
        """A new record that nobody verified; its address."""
        self.people += 1
        address = f"person{self.people}@example.com"
        body = {"email": address, "password": PASSWORD, "passwordConfirm": PASSWORD, **values}
        self.must("POST", f"collections/{collection}/records", body)
        return address

    def mailed_to(self, address: str, pattern: str) -> str:
        """What the mail to this address has in it, once it has come."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for received in list(self.mails.received):
                message = email.message_from_bytes(received.content, policy=email.policy.default)
                body = message.get_body(("plain",))
                if address in received.recipients and body is not None:
                    found = re.search(pattern, body.get_content())
                    assert found is not None
                    return found[0]
            time.sleep(0.02)
        pytest.fail(f"no mail came to {address}")

    def all_send(self, path: str, body: Callable[[int], Any]) -> list[tuple[int, Any]]:
        def sending(number: int):
            return lambda ask: ask("POST", f"collections/{path}", body(number), JSON)

        return all_at_once(self.server, *map(sending, range(CLIENTS)))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with mail_server() as mails:

        def prepare(must: Must) -> None:
            smtp = {"enabled": True, "host": "127.0.0.1", "port": mails.port}
            must("PATCH", "settings", {"smtp": smtp, "trustedProxy": {"headers": ["X-Real-IP"]}})
            options = {"type": "auth", "authAlert": {"enabled": False}, **OPEN}
            otp = {"enabled": True, "duration": 600, "length": 8}
            must("POST", "collections", {"name": "people", **options, "otp": otp})
            mfa = {"enabled": True, "duration": 600}
            must("POST", "collections", {"name": "careful", **options, "otp": otp, "mfa": mfa})

        with two_workers(request.param, tmp_path_factory.mktemp("once"), prepare) as server:
            yield World(server, mails, as_superuser(server))


def told(answers: list[tuple[int, Any]]) -> Counter[Any]:
    """How often each answer came; of one that signs in only the status."""
    return Counter((status, body if status == 204 else body.get("message", "")) for status, body in answers)


def test_a_code_signs_one_in(world):
    address = world.join()
    otp_id = send(world.server, "POST", "collections/people/request-otp", {"email": address})[1]["otpId"]
    code = world.mailed_to(address, r"\d{8}")
    body = {"otpId": otp_id, "password": code}

    def from_elsewhere(number: int):
        # Each has attempts of its own.
        headers = {**JSON, "x-real-ip": f"10.0.0.{number}"}
        return lambda ask: ask("POST", "collections/people/auth-with-otp", body, headers)

    answers = all_at_once(world.server, *map(from_elsewhere, range(CLIENTS)))
    assert told(answers) == {(200, ""): 1, (400, "Invalid or expired OTP."): CLIENTS - 1}


def test_five_attempts_are_five_on_all_processes(world):
    address = world.join()
    otp_id = send(world.server, "POST", "collections/people/request-otp", {"email": address})[1]["otpId"]
    world.mailed_to(address, r"\d{8}")
    answers = world.all_send("people/auth-with-otp", lambda number: {"otpId": otp_id, "password": "no"})
    assert told(answers) == {
        (400, "Invalid or expired OTP."): 5,
        (429, "Too many attempts, please try again later with a new OTP."): CLIENTS - 5,
    }


def test_nobody_gets_more_than_ten_codes(world):
    address = world.join()
    answers = world.all_send("people/request-otp", lambda number: {"email": address})
    assert {status for status, _ in answers} == {200}
    assert len({body["otpId"] for _, body in answers}) == 10


def test_a_session_of_two_factors_lets_one_in(world):
    address = world.join("careful")
    credentials = {"identity": address, "password": PASSWORD}
    otp_id = send(world.server, "POST", "collections/careful/request-otp", {"email": address})[1]["otpId"]
    code = world.mailed_to(address, r"\d{8}")
    body = {"otpId": otp_id, "password": code}
    status, first = send(world.server, "POST", "collections/careful/auth-with-otp", body)
    assert status == 401, first
    answers = world.all_send("careful/auth-with-password", lambda number: {**credentials, **first})
    assert told(answers) == {(200, ""): 1, (400, "Invalid or expired MFA session."): CLIENTS - 1}


JWT = r"eyJ[\w-]+\.[\w-]+\.[\w-]+"
REFUSED = (400, "An error occurred while validating the submitted data.")


def test_a_reset_link_sets_one_password(world):
    address = world.join()
    answers = world.all_send("people/request-password-reset", lambda number: {"email": address})
    assert {status for status, _ in answers} == {204}
    token = world.mailed_to(address, JWT)

    def body(number):
        password = f"password of {number}"
        return {"token": token, "password": password, "passwordConfirm": password}

    answers = world.all_send("people/confirm-password-reset", body)
    assert told(answers) == {(204, None): 1, REFUSED: CLIENTS - 1}
    winner = next(number for number, (status, _) in enumerate(answers) if status == 204)
    credentials = {"identity": address, "password": f"password of {winner}"}
    assert send(world.server, "POST", "collections/people/auth-with-password", credentials)[0] == 200
    assert sum(address in received.recipients for received in world.mails.received) == 1


def test_an_address_changes_once(world):
    address = world.join()
    credentials = {"identity": address, "password": PASSWORD}
    _, signed_in = send(world.server, "POST", "collections/people/auth-with-password", credentials)
    new = f"new.{address}"
    status, _ = send(
        world.server,
        "POST",
        "collections/people/request-email-change",
        {"newEmail": new},
        {"authorization": signed_in["token"]},
    )
    assert status == 204
    token = world.mailed_to(new, JWT)
    answers = world.all_send(
        "people/confirm-email-change", lambda number: {"token": token, "password": PASSWORD}
    )
    assert told(answers) == {(204, None): 1, REFUSED: CLIENTS - 1}


def test_a_verification_is_done_for_all_who_bring_it(world):
    address = world.join()
    send(world.server, "POST", "collections/people/request-verification", {"email": address})
    token = world.mailed_to(address, JWT)
    answers = world.all_send("people/confirm-verification", lambda number: {"token": token})
    assert told(answers) == {(204, None): CLIENTS}
    found = world.must("GET", f"collections/people/records?filter=email='{address}'")
    assert [record["verified"] for record in found["items"]] == [True]
