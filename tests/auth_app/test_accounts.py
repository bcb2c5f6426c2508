"""Auth records from Python: found by e-mail or token, passwords that nobody knows, tokens."""

import pytest

from auth_app.accounts import find_auth_record_by_email, find_auth_record_by_token, set_random_password
from auth_app.tokens import (
    issue_auth_token,
    issue_email_change_token,
    issue_file_token,
    issue_password_reset_token,
    issue_verification_token,
    parse_token,
)
from collections_app.passwords import matches
from collections_app.records.querying.finding import find_record
from collections_app.records.writing.saving import save_record
from tests.auth_app.accounts import join

ANN = "ann000000000001"
ISSUERS = {
    "auth": issue_auth_token,
    "file": issue_file_token,
    "verification": issue_verification_token,
    "passwordReset": issue_password_reset_token,
    "emailChange": lambda record: issue_email_change_token(record, "new@example.com"),
}


@pytest.fixture
def ann(make_members):
    members = make_members()
    join("members", ANN, email="ann@example.com")
    return find_record(members, ANN)


def test_by_email(ann):
    assert find_auth_record_by_email("members", "ann@example.com").id == ANN
    assert find_auth_record_by_email(ann.collection, "other@example.com") is None


def test_by_email_in_what_is_no_auth_collection(make_collection):
    make_collection("things", [{"type": "email", "name": "email"}])
    with pytest.raises(TypeError, match="things"):
        find_auth_record_by_email("things", "ann@example.com")
    with pytest.raises(LookupError, match="nowhere"):
        find_auth_record_by_email("nowhere", "ann@example.com")


@pytest.mark.parametrize("kind", ISSUERS)
def test_by_token(ann, kind):
    token = ISSUERS[kind](ann)
    assert find_auth_record_by_token(token).id == ANN
    assert find_auth_record_by_token(token, kind).id == ANN
    others = [other for other in ISSUERS if other != kind]
    assert find_auth_record_by_token(token, *others) is None


def test_a_token_dies_with_the_key(ann):
    token = issue_auth_token(ann)
    ann.refresh_token_key()
    save_record(ann)
    assert find_auth_record_by_token(token) is None
    assert find_auth_record_by_token("no.token.atall") is None


def test_a_static_token_has_a_duration_of_its_own_and_is_not_renewed(ann):
    token = parse_token(issue_auth_token(ann, duration_seconds=60, refreshable=False))
    usual = parse_token(issue_auth_token(ann))
    assert (token.is_refreshable, usual.is_refreshable) == (False, True)
    assert token.claims["exp"] < usual.claims["exp"]


def test_a_random_password_is_told_and_goes_past_the_checks(make_members):
    members = make_members(changed_fields={"password": {"pattern": "^[0-9]+$", "cost": 4}})
    join("members", ANN, email="ann@example.com")
    record = find_record(members, ANN)
    plain = set_random_password(record)
    save_record(record)
    assert len(plain) == 30
    assert matches(plain, find_record(members, ANN)["password"])
