"""Counters that all machines of an installation share, in Redis.

To ask it is to wait for the network, on the request's own thread. Machines can only share a PostgreSQL, where
no request runs on the event loop (docs/explanation/lanes.md).
"""

import logging
import time
from hashlib import blake2b
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from platform_app.runtime_settings.shape import RateLimitRule, RateLimitSettings
from system_app.limits.machine_counters import MachineCounters

logger = logging.getLogger(__name__)

# What one request may wait for each: a connection, an answer. After that nobody asks for a while.
DEADLINE_SECONDS = 0.1
AWAY_SECONDS = 5.0
_KEY_BYTES = 16
_PREFIX = "joey.rates."
_EPOCH_KEY = f"{_PREFIX}epoch"
_LONGEST_SECONDS = 10 * 365 * 86400
# Of a limiter that nobody uses; longer than any window is useful.
_FORGOTTEN_SECONDS = 7 * 86400

# KEYS: the epoch, the limiter, its window for one address. ARGV: requests and seconds of its rule, and what
# keeps the limiter beyond its windows. The clock is Redis's own, so that machines need not agree on theirs.
_TAKE = """
local epoch = redis.call('GET', KEYS[1]) or ''
local limiter, window = KEYS[2] .. epoch, KEYS[3] .. epoch
local rule = redis.call('HMGET', limiter, 'most', 'seconds')
if not rule[1] then
    rule = {ARGV[1], ARGV[2]}
    redis.call('HMSET', limiter, 'most', rule[1], 'seconds', rule[2])
end
redis.call('EXPIRE', limiter, rule[2] + ARGV[3])
local used = redis.call('INCR', window)
if used == 1 then
    redis.call('EXPIREAT', window, redis.call('TIME')[1] + rule[2])
end
if used > tonumber(rule[1]) then return 0 end
return 1
"""


class RedisCounters:
    """What is left of every window on all machines; while Redis is away, on this one.

    A limiter keeps the rule that it was first used with until the settings are saved.
    """

    def __init__(self, url: str, local: MachineCounters) -> None:
        self.local = local
        self._redis = _connected(url)
        self._script = self._redis.register_script(_TAKE)
        self._away_until = 0.0

    def take(self, limits: RateLimitSettings, rule: RateLimitRule, limiter: str, ip: str) -> bool:
        table = self.local.table
        if not table.has_counted:
            table.mark_counted()
        text = f"{limits.rules!r}{limiter}"
        keys = [_EPOCH_KEY, _key(text), _key(f"{text} {ip}")]
        seconds = min(rule.duration_seconds, _LONGEST_SECONDS)
        try:
            taken = self._asked(keys, [rule.max_requests, seconds, _FORGOTTEN_SECONDS])
        except RedisError:
            return self.local.take(limits, rule, limiter, ip)
        return bool(taken)

    def close(self) -> None:
        self._redis.close()

    def _asked(self, keys: list[str], arguments: list[int]) -> Any:
        """What the script returns. Raises RedisError, at once while Redis is known to be away."""
        now = time.monotonic()
        was_away = self._away_until > 0
        if now < self._away_until:
            raise RedisError
        if was_away:
            self._away_until = now + AWAY_SECONDS  # one asks, the others need not wait for that
        try:
            answer = self._script(keys, arguments)
        except RedisError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            if not was_away:
                logger.warning("rate limits are counted on this machine alone, without Redis: %s", error)
            raise
        if was_away:
            self._away_until = 0.0
            logger.warning("rate limits are counted in Redis again")
        return answer


def forget_in_redis(url: str, saved: str) -> None:
    """Begin anew for settings saved at this moment."""
    connected = _connected(url)
    try:
        connected.set(_EPOCH_KEY, f".{saved}")
    except RedisError as error:
        logger.warning("what Redis has counted for rate limits is not forgotten: %s", error)
    finally:
        connected.close()


def _connected(url: str) -> Any:
    """A client of Redis; its own types say that every answer may be awaited."""
    return Redis.from_url(
        url,
        socket_connect_timeout=DEADLINE_SECONDS,
        socket_timeout=DEADLINE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _key(text: str) -> str:
    return _PREFIX + blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).hexdigest()
