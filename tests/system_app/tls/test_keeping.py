"""When certificates are asked for: once, in time, and ever less often while they are refused."""

import errno
import fcntl
import json
from datetime import UTC, datetime

import pytest

from system_app.tls import keeping
from system_app.tls.certificates import Certificates
from system_app.tls.keeping import Keeper, NotIssued
from system_app.tls.names import served_names
from tests.process.tls_proxy import self_signed

NAME = "example.com"
WWW = "www.example.com"
MINUTE = 60
HOUR = 60 * MINUTE


class Authority:
    """Issues what lasts for an hour from now on, or refuses it; `now` is the keeper's clock."""

    def __init__(self, folder):
        self.folder = folder
        self.now = int(datetime.now(UTC).timestamp())
        self.asked = []
        self.refuses = set()
        self.known = {NAME, WWW}

    def issue(self, name):
        self.asked.append(name)
        if name in self.refuses:
            raise NotIssued("the authority does not like it")
        return self.certificate(name, self.now)

    def certificate(self, name, now):
        return self_signed(self.folder, name, now=datetime.fromtimestamp(now, UTC)).read_bytes()

    def keeper(self, folder=None):
        names = served_names([NAME])
        certificates = Certificates(folder or self.folder / "cache", names.all)
        return Keeper(
            names, certificates, self.issue, clock=lambda: self.now, is_known=lambda name: name in self.known
        )

    def asked_since(self):
        asked, self.asked = self.asked, []
        return asked


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def test_what_is_missing_is_asked_for_once(authority):
    keeper = authority.keeper()
    keeper.look()
    assert authority.asked_since() == [NAME, WWW]
    keeper.look()
    authority.keeper().look()  # of another process
    assert authority.asked_since() == []


@pytest.mark.parametrize(
    ("minutes", "asked"),
    [
        pytest.param(38, [], id="before_the_last_third"),
        pytest.param(40, [NAME, WWW], id="in_the_last_third"),
        pytest.param(600, [NAME, WWW], id="after_its_end"),
    ],
)
def test_a_certificate_is_renewed_in_its_last_third(authority, minutes, asked):
    keeper = authority.keeper()
    keeper.look()
    authority.asked_since()
    authority.now += minutes * MINUTE
    keeper.look()
    assert authority.asked_since() == asked


def test_a_refusal_is_followed_by_ever_longer_pauses(authority, caplog):
    authority.refuses = {NAME}
    keeper = authority.keeper()
    keeper.look()
    assert authority.asked_since() == [NAME, WWW]  # one that is refused keeps no other from its own
    assert "example.com: the authority does not like it (until then" in caplog.text
    for pause in (1, 3, 9, 27, 81, 243, 720, 720):
        keeper.look()
        authority.now += pause * MINUTE - 1
        keeper.look()
        assert NAME not in authority.asked_since()
        authority.now += 1
        keeper.look()
        assert NAME in authority.asked_since()
    authority.refuses = set()
    authority.now += 12 * HOUR
    keeper.look()
    assert NAME in authority.asked_since()
    assert json.loads((authority.folder / "cache/.attempts.json").read_text()) == {}


def test_a_start_waits_for_five_minutes_at_most(authority):
    authority.refuses = {NAME}
    keeper = authority.keeper()
    for _ in range(8):
        keeper.look()
        authority.now += 12 * HOUR
    keeper.look()
    authority.asked_since()
    authority.now += 5 * MINUTE - 1
    authority.keeper().look()
    assert NAME not in authority.asked_since()
    authority.now += 1
    authority.keeper().look()
    assert NAME in authority.asked_since()


def test_a_clock_that_was_set_back_keeps_nothing_waiting(authority):
    authority.refuses = {NAME, WWW}
    keeper = authority.keeper()
    keeper.look()
    authority.asked_since()
    authority.now -= 24 * HOUR
    keeper.look()
    assert authority.asked_since() == [NAME, WWW]


def test_www_is_not_asked_for_while_nobody_can_look_it_up(authority, caplog):
    authority.known = set()
    keeper = authority.keeper()
    keeper.look()
    assert authority.asked_since() == [NAME]
    authority.known = {WWW}
    authority.now += HOUR - 1
    authority.asked_since()
    keeper.look()
    assert WWW not in authority.asked_since()
    authority.now += 1
    keeper.look()
    assert WWW in authority.asked_since()
    assert caplog.text == ""  # nobody asked for this name, so nobody is told


def test_one_process_at_a_time_asks(authority):
    folder = authority.folder / "cache"
    folder.mkdir()
    with (folder / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        authority.keeper().look()
        assert authority.asked_since() == []
    authority.keeper().look()
    assert authority.asked_since() == [NAME, WWW]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"example.com": 1}', b"\xff", b'{"example.com": {"x": 1}}']
)
def test_a_damaged_account_of_failures_counts_as_none(authority, content):
    (authority.folder / "cache").mkdir()
    (authority.folder / "cache/.attempts.json").write_bytes(content)
    authority.keeper().look()
    assert authority.asked_since() == [NAME, WWW]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        pytest.param("nonsense", "what came is no certificate for it", id="nonsense"),
        pytest.param("of_another_name", "what came is no certificate for it", id="of_another_name"),
        pytest.param("of_another_key", "what came is no certificate for it", id="of_another_key"),
        pytest.param("of_the_past", "it is to be renewed already by this machine's clock", id="of_the_past"),
    ],
)
def test_what_cannot_be_used_is_as_good_as_a_refusal(authority, monkeypatch, caplog, kind, why):
    """It takes no better one's place, and the authority is not asked again and again."""
    keeper = authority.keeper()
    keeper.look()
    before = (authority.folder / "cache" / NAME).read_bytes()
    authority.asked_since()
    authority.now += HOUR

    def issue(name):
        authority.asked.append(name)
        pem = authority.certificate(
            "other.test" if kind == "of_another_name" else name,
            authority.now - (HOUR if kind == "of_the_past" else 0),
        )
        return {
            "nonsense": b"nonsense",
            "of_another_key": before[: before.index(b"-----BEGIN CERT")]
            + pem[pem.index(b"-----BEGIN CERT") :],
        }.get(kind, pem)

    monkeypatch.setattr(keeper, "_issue", issue)
    keeper.look()
    keeper.look()
    assert authority.asked_since() == [NAME, WWW]
    assert f"no new certificate for example.com: {why}" in caplog.text
    if kind != "of_the_past":
        assert (authority.folder / "cache" / NAME).read_bytes() == before


class ADeath(BaseException):
    """Of a process in the middle of a conversation."""


def test_a_process_that_dies_of_it_is_no_reason_to_ask_at_once(authority, monkeypatch):
    keeper = authority.keeper()

    def die(name):
        authority.asked.append(name)
        raise ADeath

    monkeypatch.setattr(keeper, "_issue", die)
    with pytest.raises(ADeath):
        keeper.look()
    assert authority.asked_since() == [NAME]
    authority.keeper().look()
    assert authority.asked_since() == [WWW]
    authority.now += MINUTE
    authority.keeper().look()
    assert authority.asked_since() == [NAME]


def test_nothing_is_asked_for_where_nothing_can_be_written(authority, monkeypatch):
    def refuse(folder, name, attempt):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keeping, "note", refuse)
    with pytest.raises(OSError, match="No space left"):
        authority.keeper().look()
    assert authority.asked_since() == []
