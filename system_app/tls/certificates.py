"""Certificates in files, as PocketBase keeps them: `.autocert_cache/NAME` holds the key, then the chain.

Written by whichever process got them, read by all: each looks at the file with every new connection, so a
renewed certificate is in use at once, and no process has to be told.

Reference: golang.org/x/crypto/acme/autocert (cachePut, DirCache) v0.55.0.
"""

import logging
import os
import ssl
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

logger = logging.getLogger(__name__)

_OWNER_ONLY = 0o700
# The other side is told that there is nothing of this name here, and tells its user so.
_NO_SUCH_NAME = ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


@dataclass(frozen=True)
class Validity:
    """From when until when a certificate holds."""

    begins: datetime
    ends: datetime


class UnusableCertificate(ValueError):
    """What was to be kept is no key with a certificate for it and for its name."""


class Certificates:
    """The files of a folder, of which those for `names` are used."""

    def __init__(self, folder: Path, names: Collection[str]) -> None:
        self.folder = folder
        self._names = frozenset(names)
        self._loaded: dict[str, tuple[tuple[int, int], ssl.SSLContext | None]] = {}

    def path(self, name: str) -> Path:
        return self.folder / name

    def validity(self, name: str) -> Validity | None:
        """Of the certificate for this name; None when there is none that can be used."""
        if self._context(name) is None:
            return None
        leaf = x509.load_pem_x509_certificates(self.path(name).read_bytes())[0]
        return Validity(leaf.not_valid_before_utc, leaf.not_valid_after_utc)

    def put(self, name: str, pem: bytes) -> None:
        """Keep a key and its chain, in place of what was there: whole, or not at all.

        Raises UnusableCertificate, and OSError.
        """
        _check(name, pem)
        write_file(self.path(name), pem)

    def context(self) -> ssl.SSLContext:
        """For a server: each connection gets the certificate for the name that it asks for, or is refused."""
        context = _server_context()
        context.sni_callback = self._choose
        return context

    def _choose(
        self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, base: ssl.SSLContext
    ) -> int | None:
        """Called by OpenSSL with the name in a client's first message."""
        context = self._context(name.lower()) if name and name.lower() in self._names else None
        if context is None:
            return _NO_SUCH_NAME
        connection.context = context
        return None

    def _context(self, name: str) -> ssl.SSLContext | None:
        """With the certificate that is in the file now; with the last good one, when it is damaged."""
        path = self.path(name)
        try:
            found = path.stat()
        except OSError:
            return None
        version = (found.st_ino, found.st_mtime_ns)
        known, context = self._loaded.get(name, (None, None))
        if known != version:
            try:
                fresh = _server_context()
                fresh.load_cert_chain(path)
                context = fresh
            except (OSError, ssl.SSLError) as error:
                logger.warning("%s holds no certificate that can be used: %s", path, error)
            self._loaded[name] = (version, context)
        return context


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _check(name: str, pem: bytes) -> None:
    try:
        key = load_pem_private_key(pem, password=None)
        leaf = x509.load_pem_x509_certificates(pem)[0]
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        is_good = key.public_key() == leaf.public_key() and name in names.get_values_for_type(x509.DNSName)
    except (ValueError, TypeError, x509.ExtensionNotFound) as error:
        raise UnusableCertificate("what came is no certificate for it") from error
    if not is_good:
        raise UnusableCertificate("what came is no certificate for it")


def write_file(path: Path, content: bytes) -> None:
    """Whole or not at all, and only its owner can read it."""
    path.parent.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
    # Its mode is 0600 from the beginning.
    descriptor, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
