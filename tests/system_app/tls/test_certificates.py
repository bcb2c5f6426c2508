"""Certificates in files: written whole, read by all, and the right one for each name."""

import ssl
from contextlib import suppress

import pytest

from system_app.tls.certificates import Certificates
from tests.process.tls_proxy import self_signed


@pytest.fixture
def certificates(tmp_path):
    return Certificates(tmp_path / "cache", ["example.com", "example.org"])


def handshake(certificates, name, trusted):
    """Between two ends in memory; the client's one, when it is done."""
    trust = ssl.create_default_context(cadata=trusted[trusted.index(b"-----BEGIN CERT") :].decode())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = certificates.context().wrap_bio(to_server, to_client, server_side=True)
    client = trust.wrap_bio(to_client, to_server, server_hostname=name)
    for _ in range(3):
        for end in (client, server):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
    return client


def test_each_name_is_shown_its_own(certificates, tmp_path):
    for name in ("example.com", "example.org"):
        pem = self_signed(tmp_path, name).read_bytes()
        certificates.put(name, pem)
        assert handshake(certificates, name, pem).version() == "TLSv1.3"


@pytest.mark.parametrize("name", ["example.net", "example.org"], ids=["strange", "without_a_certificate"])
def test_there_is_none_for_other_names(certificates, tmp_path, name):
    pem = self_signed(tmp_path, "example.com").read_bytes()
    certificates.put("example.com", pem)
    # A file in the folder does not make a name one of ours.
    certificates.put("example.net", self_signed(tmp_path, "example.net").read_bytes())
    with pytest.raises(ssl.SSLError):
        handshake(certificates, name, pem)


def test_the_next_client_is_shown_a_new_one(certificates, tmp_path):
    old = self_signed(tmp_path, "example.com").read_bytes()
    certificates.put("example.com", old)
    handshake(certificates, "example.com", old)
    Certificates(certificates.folder, []).put(
        "example.com", new := self_signed(tmp_path, "example.com").read_bytes()
    )
    handshake(certificates, "example.com", new)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(certificates, "example.com", old)


def test_a_damaged_file_leaves_the_last_good_one_in_use(certificates, tmp_path, caplog):
    good = self_signed(tmp_path, "example.com").read_bytes()
    certificates.put("example.com", good)
    handshake(certificates, "example.com", good)
    certificates.path("example.com").write_bytes(b"nonsense")
    for _ in range(3):
        handshake(certificates, "example.com", good)
    assert caplog.text.count("holds no certificate that can be used") == 1


def test_tls_begins_with_1_2(certificates):
    assert certificates.context().minimum_version is ssl.TLSVersion.TLSv1_2


def test_what_is_kept_is_for_the_owner_only_and_leaves_nothing_beside(certificates, tmp_path):
    certificates.put("example.com", self_signed(tmp_path, "example.com").read_bytes())
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in [certificates.folder, *certificates.folder.iterdir()]
    }
    assert modes == {"cache": 0o700, "example.com": 0o600}
