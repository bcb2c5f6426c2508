"""Rules of rate limits, as tests name them."""

from platform_app.runtime_settings.shape import RateLimitRule, RateLimitSettings


def rule(label: str = "x", most: int = 1, seconds: int = 10, audience: str = "") -> RateLimitRule:
    return RateLimitRule(label, audience, seconds, most)


def limits(*rules: RateLimitRule) -> RateLimitSettings:
    """A state of the settings of its own: what counts in memory tells them apart by identity."""
    return RateLimitSettings(enabled=True, rules=rules, excluded_ips=())
