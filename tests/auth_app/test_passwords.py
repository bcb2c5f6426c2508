"""Passwords: bcrypt hashes that PocketBase reads, and those that it wrote."""

import pytest

from collections_app.passwords import PasswordTooLong, hash_password, matches

# Made by PocketBase 0.39.11 (its test data), cost 10.
FOREIGN = "$2a$10$0CUWH81tPWUhxKqksZnO/eDfJiWTTG/xg7v5Yg8RhcLIGWY3oeCHe"


@pytest.mark.parametrize(
    ("plain", "hashed", "expected"),
    [
        pytest.param("1234567890", FOREIGN, True, id="right"),
        pytest.param("1234567891", FOREIGN, False, id="wrong"),
        pytest.param("", FOREIGN, False, id="empty_password"),
        pytest.param("1234567890", FOREIGN.replace("$2a$", "$2b$"), True, id="2b"),
        pytest.param("1234567890", FOREIGN.replace("$2a$", "$2y$"), True, id="2y"),
        pytest.param("1234567890", "", False, id="no_hash"),
        pytest.param("1234567890", "1234567890", False, id="plain_text_in_the_column"),
        pytest.param("1234567890", "$2a$10$short", False, id="cut_hash"),
    ],
)
def test_matches(plain, hashed, expected):
    assert matches(plain, hashed) is expected


def test_bytes_after_the_72nd_do_not_count():
    hashed = hash_password("ä" * 36, cost=4)
    assert (matches("ä" * 36 + "more", hashed), matches("ä" * 35, hashed)) == (True, False)


def test_a_password_over_72_bytes_cannot_be_hashed():
    with pytest.raises(PasswordTooLong):
        hash_password("x" * 73)


@pytest.mark.parametrize(("cost", "prefix"), [(4, "$2a$04$"), (0, "$2a$04$"), (5, "$2a$05$")])
def test_hash_names_its_cost(cost, prefix):
    assert hash_password("secret", cost=cost).startswith(prefix)


def test_an_empty_password_has_no_hash():
    assert hash_password("") == ""
