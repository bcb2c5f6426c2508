"""AES-GCM in PocketBase's format; the sealed texts below were made by `$security.encrypt` of 0.39.11."""

import pytest

from platform_app.security.encryption import CannotDecrypt, decrypt, encrypt

KEY = "C7aoNPItI2SATN2SSt7M0AATM8FWLqg5"


@pytest.mark.parametrize(
    ("sealed", "key", "plain"),
    [
        pytest.param("jJJSkSzaEPvxPTIKEkUhXAry+/nJuUWTesopcRamIoqb", KEY, "tést", id="32_characters"),
        pytest.param("zk8uCSTloshdA2YBUEKsaHawFpNLlXn+y0YzgQ==", KEY, "", id="nothing"),
        pytest.param(
            "MRF01FQRAnsSVKLn7lGMJturomDl1i08986WjNk=", "0123456789abcdef01234567", "x", id="24_characters"
        ),
        pytest.param("ZGQp797ERh4iD6m8AWy6MOqsSQPpJxt9UYPy5PE=", "0123456789abcdef", "x", id="16_characters"),
    ],
)
def test_what_the_reference_encrypted_is_read(sealed, key, plain):
    assert decrypt(sealed, key).decode() == plain


def test_what_was_encrypted_is_read_again_and_looks_different_each_time():
    first, second = encrypt(b"test", KEY), encrypt(b"test", KEY)
    assert first != second
    assert decrypt(first, KEY) == decrypt(second, KEY) == b"test"


@pytest.mark.parametrize(
    "sealed",
    [
        pytest.param(encrypt(b"test", KEY[::-1]), id="another_key"),
        pytest.param("kJJSkSzaEPvxPTIKEkUhXAry+/nJuUWTesopcRamIoqb", id="changed"),
        pytest.param("jJJSkSzaEPvxPTIKEkUhXAry+/nJuUWTesop", id="cut"),
        pytest.param("", id="empty"),
        pytest.param("***", id="no_base64"),
        pytest.param("ä", id="no_ascii"),
    ],
)
def test_what_was_not_encrypted_with_the_key_is_told(sealed):
    with pytest.raises(CannotDecrypt):
        decrypt(sealed, KEY)


@pytest.mark.parametrize("key", ["", "short", KEY + "x"])
def test_a_key_that_is_none_is_told(key):
    with pytest.raises(ValueError, match="key"):
        encrypt(b"x", key)
    with pytest.raises(ValueError, match="key") as raised:
        decrypt("zk8uCSTloshdA2YBUEKsaHawFpNLlXn+y0YzgQ==", key)
    assert not isinstance(raised.value, CannotDecrypt)
