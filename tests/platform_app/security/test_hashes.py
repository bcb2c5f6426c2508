"""What the security page names of Python's and Django's gives what `$security` of 0.39.11 gave."""

import base64
import hashlib
import hmac
import random
import re
import string

import pytest
from django.utils.crypto import constant_time_compare, get_random_string

from platform_app.security.random_texts import random_text_of

TEXT, SECRET = "tést".encode(), "secrét".encode()


@pytest.mark.parametrize(
    ("digest", "of_the_reference"),
    [
        pytest.param(
            hashlib.md5(TEXT).hexdigest(),  # noqa: S324 - not for security
            "ab176f76fec779a347d4096384edb094",
            id="md5",
        ),
        pytest.param(
            hashlib.sha256(TEXT).hexdigest(),
            "4ab085ecf1470843b17d4d68492107506195ffec587aa4824b37248e5a9ff16c",
            id="sha256",
        ),
        pytest.param(
            hashlib.sha512(TEXT).hexdigest(),
            "17c9e4f63ad6be143cded4b744f101027f18414b59084c79bc9acad32bb17f354eeed18485ae3810bc765f3a0cfb3cb51b4da2"
            "5002f9334989c87b757dcdf914",
            id="sha512",
        ),
        pytest.param(
            hmac.new(SECRET, TEXT, "sha256").hexdigest(),
            "8d230ec010bf55c78afe8d1d12ced51164ec27c1de05f21fe1c40ce54369d5d2",
            id="hs256",
        ),
        pytest.param(
            hmac.new(SECRET, TEXT, "sha512").hexdigest(),
            "aa9223f5cd56470a824e2eeba6c4b4d4c650912b20eacb05facdde4cc2deb761d0369636ccd6638ecb435369a44dcbc0268a56"
            "dc3420f8889639df51473def42",
            id="hs512",
        ),
    ],
)
def test_hashes(digest, of_the_reference):
    assert digest == of_the_reference


@pytest.mark.parametrize(
    ("first", "second", "are_equal"), [("a", "a", True), ("a", "b", False), ("a", "aa", False)]
)
def test_constant_time_compare(first, second, are_equal):
    assert constant_time_compare(first, second) is are_equal


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        pytest.param(lambda: get_random_string(10), "[A-Za-z0-9]{10}", id="letters_and_digits"),
        pytest.param(lambda: get_random_string(5, "1234567890"), "[0-9]{5}", id="alphabet"),
        pytest.param(lambda: random_text_of(r"[a-z]{5}-\d{2,4}"), r"[a-z]{5}-\d{2,3}", id="pattern"),
    ],
)
def test_random_strings(make, shape):
    drawn = {make() for _ in range(50)}
    assert all(re.fullmatch(shape, text) for text in drawn)
    assert len(drawn) > 40


def test_pseudorandom_strings():
    text = "".join(random.choices(string.ascii_letters, k=10))  # noqa: S311 - not for secrets
    assert re.fullmatch("[A-Za-z]{10}", text)


def test_a_challenge_of_pkce():
    # The example of RFC 7636, appendix B.
    verifier = b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=")
    assert challenge == b"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
