"""`serve` puts its processes on the bus that BUS_URL names, and takes them off."""

import time
from pathlib import Path

import pytest

from config import env, settings
from tests.realtime_app.bus.driving import Redis
from tests.served import START_SECONDS, start


@pytest.fixture(params=["", "redis", "postgresql"], ids=["unix", "redis", "postgres"])
def bus_url(request: pytest.FixtureRequest) -> str:
    if not request.param:
        return ""
    server = request.getfixturevalue(request.param)
    return server.url if isinstance(server, Redis) else server


def test_two_processes_are_on_the_bus_until_they_end(tmp_path: Path, bus_url: str):
    sockets = tmp_path / "pb_data" / ".bus"
    server = start(tmp_path / "pb_data", WORKERS="2", BUS_URL=bus_url)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not bus_url and len(list(sockets.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        if bus_url:
            assert not sockets.exists()
        else:
            assert len(list(sockets.iterdir())) == 2
    finally:
        server.stop()
    assert not sockets.exists() or not list(sockets.iterdir())
    assert "the bus" not in server.output.read_text()


def test_redis_without_its_package_stops_the_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "find_spec", lambda name: None)
    with pytest.raises(env.InvalidVariable, match="BUS_URL: Redis needs the package channels-redis"):
        settings._bus_layer("redis://127.0.0.1")


def test_installations_share_a_redis_by_numbers():
    prefixes = {
        url: settings._bus_layer(url)["CONFIG"]["prefix"]
        for url in ("redis://a", "redis://a/0", "redis://a/1", "rediss://user:password@b:1/1")
    }
    assert list(prefixes.values()) == ["joey.0.", "joey.0.", "joey.1.", "joey.1."]
