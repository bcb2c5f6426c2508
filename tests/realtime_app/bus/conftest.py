from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import POSTGRESQL, another_postgresql
from tests.realtime_app.bus.driving import REDIS, Bus, Redis


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    if REDIS is None:
        pytest.skip("needs redis-server")
    server = Redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    if not POSTGRESQL:
        pytest.skip("needs TEST_DATABASE_URL")
    with another_postgresql() as url:
        yield url


@pytest.fixture
def unix_bus(tmp_path: Path) -> Iterator[Bus]:
    layer = {
        "BACKEND": "realtime_app.bus.unix_layer.UnixLayer",
        "CONFIG": {"directory": str(tmp_path / ".bus")},
    }
    bus = Bus(layer)
    yield bus
    bus.close()


@pytest.fixture
def redis_bus(redis: Redis, tmp_path: Path) -> Iterator[Bus]:
    layer = {
        "BACKEND": "realtime_app.bus.redis_layer.RedisLayer",
        "CONFIG": {"url": redis.url, "prefix": tmp_path.name},
    }
    bus = Bus(layer)
    yield bus
    bus.close()


@pytest.fixture
def postgres_bus(postgresql: str, tmp_path: Path) -> Iterator[Bus]:
    layer = {
        "BACKEND": "realtime_app.bus.postgres_layer.PostgresLayer",
        "CONFIG": {"url": postgresql},
    }
    bus = Bus(layer)
    yield bus
    bus.close()


@pytest.fixture(params=["unix", "redis", "postgres"])
def any_bus(request: pytest.FixtureRequest) -> Bus:
    return request.getfixturevalue(f"{request.param}_bus")
