"""The conversation with an authority that ends with a certificate: ACME, by the HTTP-01 challenge.

Reference: RFC 8555; golang.org/x/crypto/acme/autocert v0.55.0, whose account key this uses and keeps.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import requests
from acme import challenges, errors, messages
from acme.client import ClientNetwork, ClientV2
from acme.crypto_util import make_csr
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from josepy.errors import Error as JoseError
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from system_app.tls.certificates import write_file
from system_app.tls.challenges import answering
from system_app.tls.keeping import NotIssued

_ACCOUNT_KEY = "acme_account+key"
# Of each step, and of the whole from when the challenge can be answered.
_STEP_SECONDS = 20
_LONGEST_SECONDS = 120


def issue(name: str, *, folder: Path, directory: str, ca_bundle: str = "") -> bytes:
    """A new key and the chain of a new certificate for `name`, as PEM. Takes seconds. Raises NotIssued.

    Who has a certificate issued agrees to the authority's terms of service, as with PocketBase.
    """
    key = _new_key()
    try:
        client = _client(_account_key(folder), directory, ca_bundle)
        order = client.new_order(make_csr(_pem(key), domains=[name]))
        with ExitStack() as answers:
            for challenge in _challenges(order):
                response, validation = challenge.response_and_validation(client.net.key)
                token = challenge.chall.encode("token")
                answers.enter_context(answering(folder, token, validation))
                client.answer_challenge(challenge, response)
            # Without a time zone, as the library compares it.
            deadline = datetime.now() + timedelta(seconds=_LONGEST_SECONDS)
            order = client.poll_and_finalize(order, deadline)
    except (
        errors.Error,
        messages.Error,
        JoseError,
        requests.RequestException,
        OSError,
        ValueError,
    ) as error:
        raise NotIssued(_reason(error, directory)) from error
    return _pem(key) + order.fullchain_pem.encode("ascii")


def _client(account: ec.EllipticCurvePrivateKey, directory: str, ca_bundle: str) -> ClientV2:
    """With an account of this key, which is made at the first time."""
    network = ClientNetwork(
        JWKEC(key=account),
        alg=ES256,
        verify_ssl=ca_bundle or True,  # type: ignore[arg-type]  # handed on to requests, which takes a path
        user_agent="Joey",
        timeout=_STEP_SECONDS,
    )
    client = ClientV2(ClientV2.get_directory(directory, network), network)
    registration = messages.NewRegistration(terms_of_service_agreed=True)
    try:
        client.new_account(registration)
    except errors.ConflictError as known:
        client.query_registration(messages.RegistrationResource(uri=known.location, body=registration))
    return client


def _challenges(order: messages.OrderResource) -> list[messages.ChallengeBody]:
    """Those of HTTP-01, of what is not known to be ours already."""
    found: list[messages.ChallengeBody] = []
    for authorization in order.authorizations:
        if authorization.body.status == messages.STATUS_VALID:
            continue
        http01 = [one for one in authorization.body.challenges if isinstance(one.chall, challenges.HTTP01)]
        if not http01:
            raise errors.Error("the authority offers no HTTP-01 challenge")
        found.append(http01[0])
    return found


def _account_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    path = folder / _ACCOUNT_KEY
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        key = _new_key()
        write_file(path, _pem(key))
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} holds no EC key")
    return key


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """As `EC PRIVATE KEY`, which is what PocketBase reads."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _reason(error: Exception, directory: str) -> str:
    match error:
        case errors.ValidationError():
            texts = _validation_errors(error.failed_authzrs)
            return _one_line("; ".join(texts) or "the authority does not say why")
        case errors.TimeoutError():
            return f"{directory} had no certificate ready within {_LONGEST_SECONDS} seconds"
        case messages.Error():
            return _one_line(error.detail or error.description or str(error))
        case requests.RequestException():
            return _one_line(f"{directory} is out of reach: {error}")
    return _one_line(str(error) or type(error).__name__)


def _validation_errors(failed: Sequence[messages.AuthorizationResource]) -> list[str]:
    return [
        str(challenge.error.detail)
        for authorization in failed
        for challenge in authorization.body.challenges
        if challenge.error is not None
    ]


def _one_line(text: str) -> str:
    return " ".join(text.split())
